/* Files that follow a shard line by line find it by their path: Dolma keeps
 * attributes/NAME/REST for documents/REST. */
#include "config.h"

#include "import_work.h"

#include "stet/json.h"

/* The path without what says how its content is kept. */
static struct str
stem(const char *path)
{
    static const char *const suffixes[] = {".gz",   ".zst",   ".zstd",
                                           ".gzip", ".jsonl", ".json"};
    struct str name = str_of(path);

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
        if (str_ends_with(name, str_of(suffixes[i])))
            name.len -= strlen(suffixes[i]);
    return name;
}

/* How many last components are the same. */
static size_t
common_components(struct str a, struct str b)
{
    size_t count = 0;

    while (a.len > 0 && b.len > 0 && a.ptr[a.len - 1] == b.ptr[b.len - 1]) {
        a.len--;
        b.len--;
        if ((a.len == 0 || a.ptr[a.len - 1] == '/') &&
            (b.len == 0 || b.ptr[b.len - 1] == '/'))
            count += a.len == 0 || b.len == 0 || a.ptr[a.len] != '/';
    }
    return count;
}

enum err_code
import_find_shard(const struct import *import, const char *file,
                  uint32_t *shard, struct error *err)
{
    size_t best = 0;
    bool several = false;

    for (uint32_t i = 0; i < index_shard_count(import->index); i++) {
        const struct index_shard *known = index_shard(import->index, i);
        size_t common =
            known->live ? common_components(stem(known->path), stem(file)) : 0;

        if (common > best) {
            best = common;
            several = false;
            *shard = i;
        } else if (common == best && common > 0) {
            several = true;
        }
    }
    if (best == 0)
        return error_set(err, ERR_NOTFOUND,
                         "%s: no shard of the index has this name", file);
    if (several)
        return error_set(err, ERR_CONFLICT,
                         "%s: several shards of the index have this name",
                         file);
    return ERR_OK;
}

bool
import_same_id(struct str a, struct str b)
{
    struct error ignored = ERROR_INIT;
    struct buf left = {0};
    struct buf right = {0};
    bool same = str_equal(a, b);

    if (!same && a.len > 1 && b.len > 1 && a.ptr[0] == '"' && b.ptr[0] == '"')
        same = json_decode_string(a, &left, &ignored) == ERR_OK &&
               json_decode_string(b, &right, &ignored) == ERR_OK &&
               str_equal(buf_str(&left), buf_str(&right));
    buf_release(&left);
    buf_release(&right);
    return same;
}
