/* A whole patch set: complete, unchanged and in order, or refused. */
#include "config.h"

#include "patch.h"

#include <stdlib.h>

#include "stet/fileio.h"
#include "stet/json.h"

size_t
patch_set_shard(const struct patch_set *set, struct str path)
{
    size_t low = 0;
    size_t high = set->header.shard_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_compare(set->header.shards[middle].path, path);

        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return SIZE_MAX;
}

/* The trailer is the last line and covers all before it. */
static enum err_code
check_trailer(struct str file, size_t *body_end, struct patch_counts *counts,
              struct arena *arena, struct error *err)
{
    const struct json_value *value = NULL;
    const struct json_value *end = NULL;
    const struct json_value *ops = NULL;
    struct hash hash;
    char hex[HASH_HEX_SIZE];
    size_t start;

    if (file.len == 0 || file.ptr[file.len - 1] != '\n')
        return error_set(err, ERR_FORMAT,
                         "the patch set has no trailer: it is incomplete");
    for (start = file.len - 1; start > 0 && file.ptr[start - 1] != '\n';)
        start--;
    if (json_parse(str_slice(file, start, file.len - 1), arena, &value, err) ||
        !(end = json_get(value, "end")))
        return error_set(err, ERR_FORMAT,
                         "the patch set has no trailer: it is incomplete");
    hash = hash_of(str_slice(file, 0, start));
    hash_format(&hash, hex);
    if (!str_equal(json_get_str(end, "sha256", STR_LIT("")), str_of(hex)))
        return error_set(err, ERR_FORMAT,
                         "the patch set was changed or damaged: its hash is "
                         "not the trailer's");
    ops = json_get(end, "ops");
    if (!ops || ops->type != JSON_OBJECT)
        return error_set(err, ERR_FORMAT, "the trailer has no counts of ops");
    counts->patches = (uint64_t)json_get_int(end, "patches", -1);
    counts->additions = (uint64_t)json_get_int(end, "additions", -1);
    counts->edits = (uint64_t)json_get_int(end, "edits", -1);
    for (unsigned op = 0; op < PATCH_OP_COUNT; op++)
        counts->ops[op] = (uint64_t)json_get_int(ops, patch_op_name(op), 0);
    *body_end = start;
    return ERR_OK;
}

static enum err_code
check_order(const struct patch_set *set, const struct patch *former,
            const struct patch *patch, struct error *err)
{
    if (patch->is_addition)
        return ERR_OK;
    if (patch_set_shard(set, patch->shard) == SIZE_MAX)
        return error_set(err, ERR_FORMAT,
                         "the target's shard is not in the header");
    if (former) {
        int order = str_compare(former->shard, patch->shard);

        if (former->is_addition || order > 0 ||
            (order == 0 && former->record >= patch->record))
            return error_set(err, ERR_FORMAT,
                             "not in order of shard and record");
    }
    return ERR_OK;
}

/* Check every line and remember where it is. */
static enum err_code
scan_lines(struct patch_set *set, size_t at, size_t end, struct error *err)
{
    struct arena arenas[2]; /* this line's, and the one before */
    struct patch patches[2] = {0};
    struct str file = buf_str(&set->file);
    size_t cap = 0;
    enum err_code code = ERR_OK;

    arena_init(&arenas[0], 0);
    arena_init(&arenas[1], 0);
    while (at < end && !code) {
        const char *newline = memchr(file.ptr + at, '\n', end - at);
        size_t stop = newline ? (size_t)(newline - file.ptr) : end;
        struct str line = str_slice(file, at, stop);
        unsigned now = set->count & 1;
        struct patch *former = set->count ? &patches[!now] : NULL;

        if (set->count == cap) {
            size_t wider = cap ? 2 * cap : 256;
            struct str *lines =
                realloc(set->lines, wider * sizeof(*set->lines));

            if (!lines) {
                code = error_nomem(err);
                break;
            }
            set->lines = lines;
            cap = wider;
        }
        arena_reset(&arenas[now]);
        code = patch_parse(line, &arenas[now], &patches[now], err);
        if (!code)
            code = check_order(set, former, &patches[now], err);
        if (code) {
            error_wrap(err, "line %zu", set->count + 2);
            break;
        }
        patch_count(&set->counts, &patches[now]);
        set->lines[set->count++] = line;
        at = stop + 1;
    }
    arena_release(&arenas[0]);
    arena_release(&arenas[1]);
    return code;
}

enum err_code
patch_set_parse(struct patch_set *out, struct buf *file, struct error *err)
{
    struct patch_set set = {0};
    struct patch_counts stated = {0};
    struct str text;
    const char *newline = NULL;
    size_t body_end = 0;
    bool ours;
    enum err_code code = ERR_OK;

    set.file = *file;
    *file = (struct buf){0};
    arena_init(&set.arena, 0);
    text = buf_str(&set.file);
    newline = text.len ? memchr(text.ptr, '\n', text.len) : NULL;
    /* A file that was cut short must not be called malformed. */
    ours = str_starts_with(text, STR_LIT("{\"format\":\"" PATCH_FORMAT "\""));
    if (ours)
        code = check_trailer(text, &body_end, &stated, &set.arena, err);
    if (!code &&
        patch_header_parse(
            str_slice(text.len ? text : STR_LIT(""), 0,
                      newline ? (size_t)(newline - text.ptr) : text.len),
            &set.arena, &set.header, err))
        code = error_wrap(err, "line 1");
    if (!code && !ours)
        code = check_trailer(text, &body_end, &stated, &set.arena, err);
    if (!code)
        code =
            scan_lines(&set, (size_t)(newline - text.ptr) + 1, body_end, err);
    if (!code && memcmp(&stated, &set.counts, sizeof(stated)) != 0)
        code = error_set(err, ERR_FORMAT,
                         "the trailer's counts are not those of the lines");
    if (!code) {
        set.hash = hash_of(text);
        *out = set;
        set = (struct patch_set){0};
    }
    patch_set_release(&set);
    return code;
}

enum err_code
patch_set_load(struct patch_set *out, const char *path, struct error *err)
{
    struct buf file = {0};
    enum err_code code = file_read(path, PATCH_FILE_MAX, &file, err);

    if (code) {
        buf_release(&file);
        return code;
    }
    code = patch_set_parse(out, &file, err);
    if (code)
        error_wrap(err, "%s", path);
    return code;
}

void
patch_set_release(struct patch_set *set)
{
    buf_release(&set->file);
    arena_release(&set->arena);
    free(set->lines);
    *set = (struct patch_set){0};
}
