/* What one generation of the index is made of, kept in its manifest; and the
 * names of its files. */
#include "config.h"

#include "generation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "manifest_words.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"

#define COLUMN_NAME_MAX 80 /* bytes of an encoded name kept as it is */

void
generation_init(struct generation *manifest)
{
    *manifest = (struct generation){.next = 1};
}

void
generation_release(struct generation *manifest)
{
    for (size_t i = 0; i < manifest->column_count; i++)
        free(manifest->columns[i].file);
    for (size_t i = 0; i < manifest->score_count; i++) {
        free(manifest->scores[i].name);
        free(manifest->scores[i].path);
    }
    generation_drop_shards(manifest);
    free(manifest->partitions);
    free(manifest->columns);
    free(manifest->forgotten);
    free(manifest->scores);
    generation_init(manifest);
}

/* One more element of `size` bytes; grows at powers of two. */
static void *
grow(void *list, size_t count, size_t size)
{
    if (count & (count - 1) && count)
        return list;
    return xreallocarray(list, count ? count * 2 : 1, size);
}

void
generation_add_partition(struct generation *manifest,
                         const struct generation_partition *partition)
{
    manifest->partitions = grow(manifest->partitions, manifest->partition_count,
                                sizeof(*manifest->partitions));
    manifest->partitions[manifest->partition_count++] = *partition;
}

void
generation_add_column(struct generation *manifest, uint32_t partition,
                      enum column_kind kind, uint32_t score, const char *file)
{
    manifest->columns = grow(manifest->columns, manifest->column_count,
                             sizeof(*manifest->columns));
    manifest->columns[manifest->column_count++] =
        (struct generation_column){partition, kind, score, xstrdup(file)};
}

void
generation_add_score(struct generation *manifest, const char *name,
                     const char *path, enum score_kind kind)
{
    manifest->scores = grow(manifest->scores, manifest->score_count,
                            sizeof(*manifest->scores));
    manifest->scores[manifest->score_count++] = (struct generation_score){
        xstrdup(name), path ? xstrdup(path) : NULL, kind, 0};
}

void
generation_add_shard(struct generation *manifest, uint32_t partition,
                     uint32_t shard, const char *path)
{
    manifest->shards = grow(manifest->shards, manifest->shard_count,
                            sizeof(*manifest->shards));
    manifest->shards[manifest->shard_count++] =
        (struct generation_shard){partition, shard, xstrdup(path)};
}

void
generation_drop_shards(struct generation *manifest)
{
    for (size_t i = 0; i < manifest->shard_count; i++)
        free(manifest->shards[i].path);
    free(manifest->shards);
    manifest->shards = NULL;
    manifest->shard_count = 0;
}

void
generation_drop_columns(struct generation *manifest, uint32_t score)
{
    size_t kept = 0;

    for (size_t i = 0; i < manifest->column_count; i++)
        if (manifest->columns[i].kind > COLUMN_LABEL ||
            manifest->columns[i].score != score)
            manifest->columns[kept++] = manifest->columns[i];
        else
            free(manifest->columns[i].file);
    manifest->column_count = kept;
}

void
generation_drop_score(struct generation *manifest, uint32_t score)
{
    generation_drop_columns(manifest, score);
    for (size_t i = 0; i < manifest->column_count; i++)
        if (manifest->columns[i].kind <= COLUMN_LABEL &&
            manifest->columns[i].score > score)
            manifest->columns[i].score--;
    free(manifest->scores[score].name);
    free(manifest->scores[score].path);
    for (size_t i = score; i + 1 < manifest->score_count; i++)
        manifest->scores[i] = manifest->scores[i + 1];
    manifest->score_count--;
}

bool
generation_is_forgotten(const struct generation *manifest, uint32_t partition,
                        uint32_t shard)
{
    for (size_t i = 0; i < manifest->forgotten_count; i++)
        if (manifest->forgotten[i].partition == partition &&
            manifest->forgotten[i].shard == shard)
            return true;
    return false;
}

void
generation_add_forgotten(struct generation *manifest,
                         struct generation_forgotten entry)
{
    manifest->forgotten = grow(manifest->forgotten, manifest->forgotten_count,
                               sizeof(*manifest->forgotten));
    manifest->forgotten[manifest->forgotten_count++] = entry;
}

void
generation_forget(struct generation *manifest, uint32_t partition,
                  uint32_t shard)
{
    if (!generation_is_forgotten(manifest, partition, shard))
        generation_add_forgotten(
            manifest, (struct generation_forgotten){partition, shard});
}

void
generation_drop_partition(struct generation *manifest, uint32_t number)
{
    size_t kept = 0;

    for (size_t i = 0; i < manifest->partition_count; i++)
        if (manifest->partitions[i].number != number)
            manifest->partitions[kept++] = manifest->partitions[i];
    manifest->partition_count = kept;
    kept = 0;
    for (size_t i = 0; i < manifest->column_count; i++)
        if (manifest->columns[i].partition != number)
            manifest->columns[kept++] = manifest->columns[i];
        else
            free(manifest->columns[i].file);
    manifest->column_count = kept;
    kept = 0;
    for (size_t i = 0; i < manifest->forgotten_count; i++)
        if (manifest->forgotten[i].partition != number)
            manifest->forgotten[kept++] = manifest->forgotten[i];
    manifest->forgotten_count = kept;
    kept = 0;
    for (size_t i = 0; i < manifest->shard_count; i++)
        if (manifest->shards[i].partition != number)
            manifest->shards[kept++] = manifest->shards[i];
        else
            free(manifest->shards[i].path);
    manifest->shard_count = kept;
}

static int
compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int
compare_partitions(const void *a, const void *b)
{
    const struct generation_partition *x = a;
    const struct generation_partition *y = b;

    return compare_numbers(x->number, y->number);
}

static int
compare_columns(const void *a, const void *b)
{
    const struct generation_column *x = a;
    const struct generation_column *y = b;
    int order = compare_numbers(x->partition, y->partition);

    if (!order)
        order = compare_numbers(x->kind, y->kind);
    return order ? order : compare_numbers(x->score, y->score);
}

static int
compare_forgotten(const void *a, const void *b)
{
    const struct generation_forgotten *x = a;
    const struct generation_forgotten *y = b;
    int order = compare_numbers(x->partition, y->partition);

    return order ? order : compare_numbers(x->shard, y->shard);
}

static int
compare_shards(const void *a, const void *b)
{
    const struct generation_shard *x = a;
    const struct generation_shard *y = b;
    int order = compare_numbers(x->partition, y->partition);

    if (!order)
        order = compare_numbers(x->shard, y->shard);
    return order ? order : strcmp(x->path, y->path);
}

static void
sort_list(void *list, size_t count, size_t size,
          int (*compare)(const void *, const void *))
{
    if (count > 1)
        qsort(list, count, size, compare);
}

void
generation_sort(struct generation *manifest)
{
    sort_list(manifest->partitions, manifest->partition_count,
              sizeof(*manifest->partitions), compare_partitions);
    sort_list(manifest->columns, manifest->column_count,
              sizeof(*manifest->columns), compare_columns);
    sort_list(manifest->forgotten, manifest->forgotten_count,
              sizeof(*manifest->forgotten), compare_forgotten);
    sort_list(manifest->shards, manifest->shard_count,
              sizeof(*manifest->shards), compare_shards);
}

enum err_code
generation_load(struct generation *out, const char *folder, struct hash *hash,
                struct error *err)
{
    char *path = path_join(folder, MANIFEST_NAME);
    struct buf text = {0};
    enum err_code code = file_read(path, MANIFEST_MAX, &text, err);

    if (code == ERR_OK) {
        code = generation_parse(out, buf_str(&text), err);
        if (code != ERR_OK)
            error_wrap(err, "%s", path);
        else if (hash)
            *hash = hash_of(buf_str(&text));
    }
    buf_release(&text);
    free(path);
    return code;
}

enum err_code
generation_store(struct generation *manifest, const char *folder,
                 struct error *err)
{
    char *path = path_join(folder, MANIFEST_NAME);
    struct buf text = {0};
    enum err_code code;

    generation_format(manifest, &text);
    code = file_write_atomic(path, buf_str(&text), err);
    buf_release(&text);
    free(path);
    return code;
}

char *
generation_partition_name(uint32_t number)
{
    return xasprintf("part-%04" PRIu32 ".db", number);
}

char *
generation_lock_name(uint64_t generation)
{
    return xasprintf("gen-%" PRIu64 ".lock", generation);
}

char *
generation_file_word(const char *name)
{
    struct buf encoded = {0};

    words_encode(&encoded, name, "");
    if (encoded.len > COLUMN_NAME_MAX) {
        struct hash hash = hash_of(str_of(name));
        char hex[HASH_HEX_SIZE];

        hash_format(&hash, hex);
        encoded.len = COLUMN_NAME_MAX;
        while (encoded.ptr[encoded.len - 1] == '%' ||
               encoded.ptr[encoded.len - 2] == '%')
            encoded.len--; /* no half of a %XX */
        xbuf_printf(&encoded, "-%.16s", hex);
    }
    return buf_take(&encoded);
}

char *
generation_column_name(uint32_t partition, const char *name)
{
    char *word = generation_file_word(name);
    char *out = xasprintf("part-%04" PRIu32 ".%s.col", partition, word);

    free(word);
    return out;
}

enum err_code
generation_make_lock(const char *folder, uint64_t generation, struct error *err)
{
    char *name = generation_lock_name(generation);
    char *path = path_join(folder, name);
    int fd = -1;
    enum err_code code = file_lock(path, false, true, &fd, err);

    if (code == ERR_OK)
        close(fd);
    free(name);
    free(path);
    return code;
}
