/* The cache of groups: a header, group ends and document numbers, and the
 * SHA-256 of all that. It belongs to the generation whose manifest has the
 * hash in its header; any other is as good as none. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "index_impl.h"
#include "similar_cache.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"

#define MAGIC "stetsim1"
#define HEADER_SIZE 56u /* magic, manifest, threshold, groups, documents */

static void
put_u32(struct buf *out, uint32_t value)
{
    const unsigned char bytes[4] = {
        (unsigned char)value, (unsigned char)(value >> 8),
        (unsigned char)(value >> 16), (unsigned char)(value >> 24)};

    xbuf_append(out, bytes, 4);
}

static uint32_t
get_u32(const char *at)
{
    const unsigned char *bytes = (const unsigned char *)at;

    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
           (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* In millionths, so that it is the same on every machine. */
static uint32_t
threshold_number(double threshold)
{
    return (uint32_t)(threshold * 1e6 + 0.5);
}

enum err_code
similar_cache_write(const struct index *index, double threshold,
                    const struct similar_groups *groups, struct error *err)
{
    uint32_t docs = groups->count ? groups->ends[groups->count - 1] : 0;
    char *path = path_join(index->folder, SIMILAR_CACHE);
    struct buf out = {0};
    struct hash sum;
    enum err_code code;

    xbuf_append(&out, MAGIC, 8);
    xbuf_append(&out, index->manifest_hash.bytes, HASH_SIZE);
    put_u32(&out, threshold_number(threshold));
    put_u32(&out, groups->count);
    put_u32(&out, docs);
    put_u32(&out, 0);
    for (uint32_t i = 0; i < groups->count; i++)
        put_u32(&out, groups->ends[i]);
    for (uint32_t i = 0; i < docs; i++)
        put_u32(&out, groups->docs[i]);
    sum = hash_of(buf_str(&out));
    xbuf_append(&out, sum.bytes, HASH_SIZE);
    code = file_write_atomic(path, buf_str(&out), err);
    buf_release(&out);
    free(path);
    return code;
}

static bool
is_sound(const struct index *index, double threshold, struct str file)
{
    struct hash sum;

    if (file.len < HEADER_SIZE + HASH_SIZE || memcmp(file.ptr, MAGIC, 8) != 0 ||
        memcmp(file.ptr + 8, index->manifest_hash.bytes, HASH_SIZE) != 0 ||
        get_u32(file.ptr + 40) != threshold_number(threshold) ||
        file.len !=
            HEADER_SIZE + HASH_SIZE +
                ((uint64_t)get_u32(file.ptr + 44) + get_u32(file.ptr + 48)) * 4)
        return false;
    sum = hash_of(str_slice(file, 0, file.len - HASH_SIZE));
    return memcmp(sum.bytes, file.ptr + file.len - HASH_SIZE, HASH_SIZE) == 0;
}

static bool
unpack(const struct index *index, struct str file, struct similar_groups *out)
{
    uint32_t count = get_u32(file.ptr + 44);
    uint32_t docs = get_u32(file.ptr + 48);
    const char *at = file.ptr + HEADER_SIZE;
    uint32_t before = 0;

    out->count = count;
    out->ends = xcalloc((size_t)count + 1, sizeof(*out->ends));
    out->docs = xcalloc((size_t)docs + 1, sizeof(*out->docs));
    for (uint32_t i = 0; i < count; i++, at += 4) {
        out->ends[i] = get_u32(at);
        if (out->ends[i] < before + 2 || out->ends[i] > docs)
            return false;
        before = out->ends[i];
    }
    for (uint32_t i = 0; i < docs; i++, at += 4) {
        out->docs[i] = get_u32(at);
        if (out->docs[i] >= index->count)
            return false;
    }
    return before == docs;
}

enum err_code
similar_groups_load(struct index *index, double threshold,
                    struct similar_groups *out, struct error *err)
{
    char *path = path_join(index->folder, SIMILAR_CACHE);
    struct error ignored = ERROR_INIT;
    struct buf file = {0};
    bool good;

    *out = (struct similar_groups){0};
    good = file_read(path, SIZE_MAX, &file, &ignored) == ERR_OK &&
           is_sound(index, threshold, buf_str(&file)) &&
           unpack(index, buf_str(&file), out);
    buf_release(&file);
    free(path);
    if (good)
        return ERR_OK;
    similar_groups_release(out);
    return error_set(err, ERR_NOTFOUND, "no groups of this index yet");
}

void
similar_groups_release(struct similar_groups *groups)
{
    free(groups->ends);
    free(groups->docs);
    *groups = (struct similar_groups){0};
}
