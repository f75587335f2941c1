/* Seek tables (facebook/zstd, contrib/seekable_format): parsed without
 * trusting a size in them, and written. */
#include "config.h"

#include "shard/seektable.h"

#include <stdlib.h>

#include "shard/container.h"
#include "shard/zstd_frame.h"

#define FOOTER_SIZE 9
#define FOOTER_MAGIC 0x8F92EAB1u
#define TABLE_MAGIC 0x184D2A5Eu
#define CHECKSUM_FLAG 0x80u
#define RESERVED_BITS 0x7Cu
#define READ_STEP ((size_t)64 * 1024 / 12 * 12)

void
seektable_release(struct seektable *table)
{
    free(table->entries);
    *table = (struct seektable){0};
}

enum err_code
seektable_add(struct seektable *table, struct seek_entry entry,
              struct error *err)
{
    if (table->count == SEEKTABLE_FRAMES_MAX)
        return error_set(err, ERR_LIMIT,
                         "over %u frames do not fit a seek table",
                         SEEKTABLE_FRAMES_MAX);
    if (table->count == table->cap) {
        size_t cap = table->cap ? table->cap * 2 : 64;
        struct seek_entry *entries =
            realloc(table->entries, cap * sizeof(*entries));

        if (!entries)
            return error_nomem(err);
        table->entries = entries;
        table->cap = cap;
    }
    table->entries[table->count++] = entry;
    return ERR_OK;
}

static enum err_code
bad_table(uint64_t offset, const char *what, struct error *err)
{
    return error_set_at(err, ERR_FORMAT, offset, "seek table at byte %llu: %s",
                        (unsigned long long)offset, what);
}

/* Read the entries, `size` bytes each, from `offset` on. */
static enum err_code
read_entries(struct seektable *table, int fd, uint64_t offset, size_t count,
             size_t size, struct error *err)
{
    unsigned char *part = malloc(READ_STEP);
    enum err_code code = ERR_OK;
    size_t done = 0;

    if (!part)
        return error_nomem(err);
    while (code == ERR_OK && done < count) {
        size_t batch = READ_STEP / size;

        if (batch > count - done)
            batch = count - done;
        code = file_read_at(fd, offset + done * size, part, batch * size, err);
        for (size_t i = 0; code == ERR_OK && i < batch; i++) {
            const unsigned char *p = part + i * size;
            struct seek_entry entry = {le32(p), le32(p + 4),
                                       size == 12 ? le32(p + 8) : 0};

            code = seektable_add(table, entry, err);
        }
        done += batch;
    }
    free(part);
    return code;
}

static enum err_code
check_sums(const struct seektable *table, struct error *err)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < table->count; i++)
        sum += table->entries[i].in;
    if (sum != table->frames_end)
        return bad_table(table->frames_end,
                         "its frame sizes do not add up to its place", err);
    return ERR_OK;
}

enum err_code
seektable_read(struct seektable *table, int fd, uint64_t bytes, bool *found,
               struct error *err)
{
    struct seektable result = {0};
    unsigned char footer[FOOTER_SIZE];
    unsigned char header[ZSTD_SKIPPABLE_HEADER];
    uint64_t count;
    uint64_t size;
    uint64_t table_bytes;
    enum err_code code;

    *found = false;
    if (bytes < FOOTER_SIZE + ZSTD_SKIPPABLE_HEADER)
        return ERR_OK;
    code = file_read_at(fd, bytes - FOOTER_SIZE, footer, FOOTER_SIZE, err);
    if (code || le32(footer + 5) != FOOTER_MAGIC)
        return code;
    result.has_checksums = footer[4] & CHECKSUM_FLAG;
    count = le32(footer);
    size = result.has_checksums ? 12 : 8;
    table_bytes = count * size + FOOTER_SIZE;
    if (footer[4] & RESERVED_BITS)
        return bad_table(bytes - FOOTER_SIZE, "reserved bits are set", err);
    if (count > SEEKTABLE_FRAMES_MAX ||
        table_bytes + ZSTD_SKIPPABLE_HEADER > bytes)
        return bad_table(bytes - FOOTER_SIZE,
                         "claims more frames than the file can hold", err);
    result.frames_end = bytes - table_bytes - ZSTD_SKIPPABLE_HEADER;
    code = file_read_at(fd, result.frames_end, header, sizeof(header), err);
    if (code)
        return code;
    if (le32(header) != TABLE_MAGIC || le32(header + 4) != table_bytes)
        return bad_table(result.frames_end, "its frame header is wrong", err);
    code = read_entries(&result, fd, result.frames_end + sizeof(header),
                        (size_t)count, (size_t)size, err);
    if (code == ERR_OK)
        code = check_sums(&result, err);
    if (code) {
        seektable_release(&result);
        return code;
    }
    *table = result;
    *found = true;
    return ERR_OK;
}

static enum err_code
append_le32(struct buf *out, uint32_t value, struct error *err)
{
    unsigned char bytes[4] = {(unsigned char)value, (unsigned char)(value >> 8),
                              (unsigned char)(value >> 16),
                              (unsigned char)(value >> 24)};

    return buf_append(out, bytes, sizeof(bytes), err);
}

enum err_code
seektable_format(const struct seektable *table, struct buf *out,
                 struct error *err)
{
    size_t size = table->has_checksums ? 12 : 8;
    size_t start = out->len;
    uint32_t table_bytes = (uint32_t)(table->count * size + FOOTER_SIZE);
    char descriptor = table->has_checksums ? (char)CHECKSUM_FLAG : 0;
    enum err_code code;

    code = buf_reserve(out, table_bytes + ZSTD_SKIPPABLE_HEADER, err);
    if (code == ERR_OK)
        code = append_le32(out, TABLE_MAGIC, err);
    if (code == ERR_OK)
        code = append_le32(out, table_bytes, err);
    for (size_t i = 0; code == ERR_OK && i < table->count; i++) {
        const struct seek_entry *entry = &table->entries[i];

        code = append_le32(out, entry->in, err);
        if (code == ERR_OK)
            code = append_le32(out, entry->out, err);
        if (code == ERR_OK && table->has_checksums)
            code = append_le32(out, entry->checksum, err);
    }
    if (code == ERR_OK)
        code = append_le32(out, (uint32_t)table->count, err);
    if (code == ERR_OK)
        code = buf_append_byte(out, descriptor, err);
    if (code == ERR_OK)
        code = append_le32(out, FOOTER_MAGIC, err);
    if (code)
        out->len = start;
    return code;
}
