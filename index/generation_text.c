/* The manifest as lines of words and back. A reader trusts nothing: numbers are
 * bounded, file names may not leave the folder. */
#include "config.h"

#include "generation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "manifest_words.h"
#include "stet/xalloc.h"

#define HEADER "stet-index 2"
#define HEADER_OLD "stet-index 1" /* has no shards */

static const char *const column_kinds[] = {"score", "label", "source", "lang"};

void
generation_format(struct generation *manifest, struct buf *out)
{
    size_t start = out->len;
    char hex[HASH_HEX_SIZE];

    generation_sort(manifest);
    xbuf_printf(out, HEADER "\n");
    for (size_t i = 0; i < manifest->column_count; i++) {
        const struct generation_column *column = &manifest->columns[i];

        xbuf_printf(out, "column %04" PRIu32 " %s %" PRIu32 " ",
                    column->partition, column_kinds[column->kind],
                    column->score);
        words_encode(out, column->file, ".%");
        xbuf_printf(out, "\n");
    }
    for (size_t i = 0; i < manifest->forgotten_count; i++)
        xbuf_printf(out, "forgotten %04" PRIu32 " %" PRIu32 "\n",
                    manifest->forgotten[i].partition,
                    manifest->forgotten[i].shard);
    xbuf_printf(out, "generation %" PRIu64 "\nnext %" PRIu32 "\n",
                manifest->generation, manifest->next);
    for (size_t i = 0; i < manifest->partition_count; i++) {
        const struct generation_partition *partition = &manifest->partitions[i];

        hash_format(&partition->hash, hex);
        xbuf_printf(out, "partition %04" PRIu32 " %" PRIu32 " %" PRIu64 " %s\n",
                    partition->number, partition->documents, partition->bytes,
                    hex);
    }
    for (size_t i = 0; i < manifest->score_count; i++) {
        xbuf_printf(out, "score %zu %s ", i,
                    score_kind_names[manifest->scores[i].kind]);
        words_encode(out, manifest->scores[i].name, "./");
        xbuf_printf(out, " ");
        if (manifest->scores[i].path)
            words_encode(out, manifest->scores[i].path, "./");
        else
            xbuf_printf(out, "%% %" PRIu64, manifest->scores[i].rows);
        xbuf_printf(out, "\n");
    }
    for (size_t i = 0; i < manifest->shard_count; i++) {
        const struct generation_shard *shard = &manifest->shards[i];

        xbuf_printf(out, "shard %04" PRIu32 " %" PRIu32 " ", shard->partition,
                    shard->shard);
        words_encode(out, shard->path, "./");
        xbuf_printf(out, "\n");
    }
    words_seal(out, start);
}

/* A column's file: nothing that could leave the folder. */
static bool
is_file_name(struct str word)
{
    if (!str_starts_with(word, STR_LIT("part-")) || word.len > 250)
        return false;
    for (size_t i = 0; i < word.len; i++)
        if (!words_is_plain(word.ptr[i]) && word.ptr[i] != '.' &&
            word.ptr[i] != '%')
            return false;
    return true;
}

static bool
parse_column(struct generation *manifest, const struct words *line)
{
    uint32_t partition;
    uint32_t score;
    unsigned kind;
    char *file;

    if (line->count != 5 || !words_u32(line->words[1], &partition) ||
        !words_choice(line->words[2], column_kinds, 4, &kind) ||
        !words_u32(line->words[3], &score) || !is_file_name(line->words[4]))
        return false;
    file = xstrndup(line->words[4]);
    generation_add_column(manifest, partition, (enum column_kind)kind, score,
                          file);
    free(file);
    return true;
}

static bool
parse_partition(struct generation *manifest, const struct words *line)
{
    struct generation_partition partition;
    size_t count = manifest->partition_count;

    if (line->count != 5 || !words_u32(line->words[1], &partition.number) ||
        !words_u32(line->words[2], &partition.documents) ||
        !words_number(line->words[3], INT64_MAX, &partition.bytes) ||
        !hash_parse(line->words[4], &partition.hash))
        return false;
    if (count > 0 && manifest->partitions[count - 1].number >= partition.number)
        return false;
    generation_add_partition(manifest, &partition);
    return true;
}

static bool
is_after(const struct generation_forgotten *entry,
         const struct generation_forgotten *last)
{
    return entry->partition > last->partition ||
           (entry->partition == last->partition && entry->shard > last->shard);
}

static bool
parse_forgotten(struct generation *manifest, const struct words *line)
{
    struct generation_forgotten entry;
    size_t count = manifest->forgotten_count;

    if (line->count != 3 || !words_u32(line->words[1], &entry.partition) ||
        !words_u32(line->words[2], &entry.shard))
        return false;
    if (count > 0 && !is_after(&entry, &manifest->forgotten[count - 1]))
        return false;
    generation_add_forgotten(manifest, entry);
    return true;
}

static bool
parse_score(struct generation *manifest, const struct words *line)
{
    uint32_t number;
    unsigned kind;
    bool imported = line->count == 6;
    uint64_t rows = 0;
    char *name;
    char *path;
    bool good;

    if ((line->count != 5 && !imported) ||
        !words_u32(line->words[1], &number) ||
        number != manifest->score_count || number >= MANIFEST_SCORES_MAX ||
        !words_choice(line->words[2], score_kind_names, SCORE_KINDS, &kind))
        return false;
    if (imported && (!str_equal(line->words[4], STR_LIT("%")) ||
                     !words_number(line->words[5], UINT64_MAX, &rows)))
        return false;
    name = words_decode(line->words[3]);
    path = words_decode(line->words[4]);
    good = name && path;
    if (good) {
        generation_add_score(manifest, name, imported ? NULL : path,
                             (enum score_kind)kind);
        manifest->scores[number].rows = rows;
    }
    free(name);
    free(path);
    return good;
}

static bool
parse_shard(struct generation *manifest, const struct words *line)
{
    uint32_t partition;
    uint32_t shard;
    char *path;

    if (line->count != 4 || !words_u32(line->words[1], &partition) ||
        !words_u32(line->words[2], &shard) || line->words[3].len == 0)
        return false;
    path = words_decode(line->words[3]);
    if (!path || !*path) {
        free(path);
        return false;
    }
    generation_add_shard(manifest, partition, shard, path);
    free(path);
    return true;
}

static bool
parse_line(void *ctx, const struct words *line)
{
    struct generation *manifest = ctx;
    struct str word = line->words[0];
    uint64_t value;

    if (str_equal(word, STR_LIT("column")))
        return parse_column(manifest, line);
    if (str_equal(word, STR_LIT("forgotten")))
        return parse_forgotten(manifest, line);
    if (str_equal(word, STR_LIT("partition")))
        return parse_partition(manifest, line);
    if (str_equal(word, STR_LIT("score")))
        return parse_score(manifest, line);
    if (str_equal(word, STR_LIT("shard")))
        return parse_shard(manifest, line);
    if (line->count != 2)
        return false;
    if (str_equal(word, STR_LIT("generation")))
        return words_number(line->words[1], UINT64_MAX - 1,
                            &manifest->generation);
    if (!str_equal(word, STR_LIT("next")) ||
        !words_number(line->words[1], UINT32_MAX - 1, &value))
        return false;
    manifest->next = (uint32_t)value;
    return true;
}

enum err_code
generation_parse(struct generation *out, struct str text, struct error *err)
{
    struct generation manifest;
    bool old = str_starts_with(text, STR_LIT(HEADER_OLD "\n"));
    enum err_code code = words_unseal(&text, old ? HEADER_OLD : HEADER, err);

    if (code != ERR_OK)
        return code;
    generation_init(&manifest);
    code = words_foreach(text, parse_line, &manifest, err);
    if (code != ERR_OK) {
        generation_release(&manifest);
        return code;
    }
    *out = manifest;
    return ERR_OK;
}
