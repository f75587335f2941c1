/* The manifest as text and back. Words are separated by one space; a word
 * from data is written with %XX for what could break the line. A reader trusts
 * nothing: numbers are bounded, file names may not leave the folder. */
#include "config.h"

#include "generation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "stet/xalloc.h"

#define HEADER "stet-index 1"
#define WORDS_MAX 6

static const char *const column_kinds[] = {"score", "label", "source", "lang"};

static bool
is_plain(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z') || byte == '_' || byte == '-';
}

void
generation_encode(struct buf *out, const char *word, const char *also)
{
    if (!*word)
        xbuf_printf(out, "%%");
    for (; *word; word++) {
        if (is_plain(*word) || strchr(also, *word))
            xbuf_append(out, word, 1);
        else
            xbuf_printf(out, "%%%02X", (unsigned)(unsigned char)*word);
    }
}

void
generation_format(struct generation *manifest, struct buf *out)
{
    size_t start = out->len;
    char hex[HASH_HEX_SIZE];
    struct hash hash;

    generation_sort(manifest);
    xbuf_printf(out, HEADER "\n");
    for (size_t i = 0; i < manifest->column_count; i++) {
        const struct generation_column *column = &manifest->columns[i];

        xbuf_printf(out, "column %04" PRIu32 " %s %" PRIu32 " ",
                    column->partition, column_kinds[column->kind],
                    column->score);
        generation_encode(out, column->file, ".%");
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
        generation_encode(out, manifest->scores[i].name, "./");
        xbuf_printf(out, " ");
        if (manifest->scores[i].path)
            generation_encode(out, manifest->scores[i].path, "./");
        else
            xbuf_printf(out, "%% %" PRIu64, manifest->scores[i].rows);
        xbuf_printf(out, "\n");
    }
    hash = hash_of((struct str){out->ptr + start, out->len - start});
    hash_format(&hash, hex);
    xbuf_printf(out, "sum %s\n", hex);
}

/* One line being read. */
struct line {
    struct str words[WORDS_MAX];
    size_t count;
};

static bool
parse_number(struct str word, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;

    if (word.len == 0 || word.len > 20)
        return false;
    for (size_t i = 0; i < word.len; i++) {
        unsigned digit = (unsigned)(unsigned char)word.ptr[i] - '0';

        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (value > max)
        return false;
    *out = value;
    return true;
}

static bool
parse_u32(struct str word, uint32_t *out)
{
    uint64_t value;

    if (!parse_number(word, UINT32_MAX - 1, &value))
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool
parse_kind(struct str word, const char *const *names, size_t count,
           unsigned *out)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(word, str_of(names[i]))) {
            *out = (unsigned)i;
            return true;
        }
    return false;
}

static int
hex_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

/* The word decoded, or NULL; caller frees. */
static char *
decode_word(struct str word)
{
    char *out = xmalloc(word.len + 1);
    size_t used = 0;

    if (str_equal(word, STR_LIT("%")))
        word.len = 0;
    for (size_t i = 0; i < word.len; i++) {
        int high = -1;
        int low = -1;

        if (word.ptr[i] != '%') {
            out[used++] = word.ptr[i];
            continue;
        }
        if (word.len - i > 2) {
            high = hex_value(word.ptr[i + 1]);
            low = hex_value(word.ptr[i + 2]);
        }
        if (high < 0 || low < 0 || high + low == 0) {
            free(out);
            return NULL;
        }
        out[used++] = (char)(high * 16 + low);
        i += 2;
    }
    out[used] = '\0';
    return out;
}

/* A column's file: nothing that could leave the folder. */
static bool
is_file_name(struct str word)
{
    if (!str_starts_with(word, STR_LIT("part-")) || word.len > 250)
        return false;
    for (size_t i = 0; i < word.len; i++)
        if (!is_plain(word.ptr[i]) && word.ptr[i] != '.' && word.ptr[i] != '%')
            return false;
    return true;
}

static bool
parse_column(struct generation *manifest, const struct line *line)
{
    uint32_t partition;
    uint32_t score;
    unsigned kind;
    char *file;

    if (line->count != 5 || !parse_u32(line->words[1], &partition) ||
        !parse_kind(line->words[2], column_kinds, 4, &kind) ||
        !parse_u32(line->words[3], &score) || !is_file_name(line->words[4]))
        return false;
    file = xstrndup(line->words[4]);
    generation_add_column(manifest, partition, (enum column_kind)kind, score,
                          file);
    free(file);
    return true;
}

static bool
parse_partition(struct generation *manifest, const struct line *line)
{
    struct generation_partition partition;
    size_t count = manifest->partition_count;

    if (line->count != 5 || !parse_u32(line->words[1], &partition.number) ||
        !parse_u32(line->words[2], &partition.documents) ||
        !parse_number(line->words[3], INT64_MAX, &partition.bytes) ||
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
parse_forgotten(struct generation *manifest, const struct line *line)
{
    struct generation_forgotten entry;
    size_t count = manifest->forgotten_count;

    if (line->count != 3 || !parse_u32(line->words[1], &entry.partition) ||
        !parse_u32(line->words[2], &entry.shard))
        return false;
    if (count > 0 && !is_after(&entry, &manifest->forgotten[count - 1]))
        return false;
    generation_add_forgotten(manifest, entry);
    return true;
}

static bool
parse_score(struct generation *manifest, const struct line *line)
{
    uint32_t number;
    unsigned kind;
    bool imported = line->count == 6;
    uint64_t rows = 0;
    char *name;
    char *path;
    bool good;

    if ((line->count != 5 && !imported) ||
        !parse_u32(line->words[1], &number) ||
        number != manifest->score_count || number >= MANIFEST_SCORES_MAX ||
        !parse_kind(line->words[2], score_kind_names, SCORE_KINDS, &kind))
        return false;
    if (imported && (!str_equal(line->words[4], STR_LIT("%")) ||
                     !parse_number(line->words[5], UINT64_MAX, &rows)))
        return false;
    name = decode_word(line->words[3]);
    path = decode_word(line->words[4]);
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
parse_line(struct generation *manifest, const struct line *line)
{
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
    if (line->count != 2)
        return false;
    if (str_equal(word, STR_LIT("generation")))
        return parse_number(line->words[1], UINT64_MAX - 1,
                            &manifest->generation);
    if (!str_equal(word, STR_LIT("next")) ||
        !parse_number(line->words[1], UINT32_MAX - 1, &value))
        return false;
    manifest->next = (uint32_t)value;
    return true;
}

static bool
split_line(struct line *line, struct str text)
{
    size_t at = 0;

    line->count = 0;
    while (line->count < WORDS_MAX) {
        size_t space = str_find(text, STR_LIT(" "), at);
        size_t end = space == SIZE_MAX ? text.len : space;

        line->words[line->count++] = str_slice(text, at, end);
        if (space == SIZE_MAX)
            return true;
        at = end + 1;
    }
    return false;
}

/* The text without its last line, which must be the right sum. */
static enum err_code
check_sum(struct str *text, struct error *err)
{
    struct hash hash;
    char hex[HASH_HEX_SIZE];
    char line[HASH_HEX_SIZE + 8];
    int len;

    if (!str_starts_with(*text, STR_LIT("stet-index ")))
        return error_set(err, ERR_FORMAT, "not a manifest of stet");
    if (!str_starts_with(*text, STR_LIT(HEADER "\n")))
        return error_set(err, ERR_FORMAT,
                         "made by a newer stet: upgrade, or run `stet index` "
                         "to build the index again");
    len = HASH_HEX_SIZE - 1 + 5;
    if (text->len < (size_t)len)
        return error_set(err, ERR_FORMAT, "damaged: cut short");
    hash = hash_of(str_slice(*text, 0, text->len - (size_t)len));
    hash_format(&hash, hex);
    (void)snprintf(line, sizeof(line), "sum %s\n", hex);
    if (!str_ends_with(*text, str_of(line)))
        return error_set(err, ERR_FORMAT, "damaged: its sum differs");
    text->len -= (size_t)len;
    return ERR_OK;
}

static enum err_code
parse_lines(struct generation *manifest, struct str text, struct error *err)
{
    size_t at = sizeof(HEADER); /* with the line end */
    unsigned number = 2;

    while (at < text.len) {
        size_t end = str_find(text, STR_LIT("\n"), at);
        struct line line;

        if (end == SIZE_MAX || !split_line(&line, str_slice(text, at, end)) ||
            !parse_line(manifest, &line))
            return error_set_at(err, ERR_FORMAT, at, "damaged: line %u",
                                number);
        at = end + 1;
        number++;
    }
    return ERR_OK;
}

enum err_code
generation_parse(struct generation *out, struct str text, struct error *err)
{
    struct generation manifest;
    enum err_code code = check_sum(&text, err);

    if (code != ERR_OK)
        return code;
    generation_init(&manifest);
    code = parse_lines(&manifest, text, err);
    if (code != ERR_OK) {
        generation_release(&manifest);
        return code;
    }
    *out = manifest;
    return ERR_OK;
}
