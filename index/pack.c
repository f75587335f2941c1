/* Packing of what the index keeps of each document. Places are differences to
 * what the former document makes likely: the next line, one byte further. */
#include "config.h"

#include "pack.h"

static uint64_t
zigzag(uint64_t difference)
{
    return difference << 1 ^ (uint64_t)((int64_t)difference >> 63);
}

static uint64_t
unzigzag(uint64_t value)
{
    return value >> 1 ^ (~(value & 1) + 1);
}

void
pack_places(const struct pack_place *places, size_t count, struct buf *out)
{
    uint64_t record = 0;
    uint64_t offset = 0;

    for (size_t i = 0; i < count; i++) {
        const struct pack_place *place = &places[i];

        xbuf_append_varint(out, zigzag(place->record - record));
        xbuf_append_varint(out, zigzag(place->offset - offset));
        xbuf_append_varint(out, place->length);
        xbuf_append_varint(out, place->flags);
        xbuf_append_varint(out, place->text_bytes);
        xbuf_append_varint(out, place->text_bytes - place->text_cp);
        record = place->record + 1;
        offset = place->offset + place->length + 1;
    }
}

static bool
get_u32(struct str packed, size_t *at, uint32_t *out)
{
    uint64_t value;

    if (!str_get_varint(packed, at, &value) || value > UINT32_MAX)
        return false;
    *out = (uint32_t)value;
    return true;
}

bool
unpack_places(struct str packed, struct pack_place *places, size_t count)
{
    uint64_t record = 0;
    uint64_t offset = 0;
    size_t at = 0;

    if (count > PACK_BLOCK)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct pack_place *place = &places[i];
        uint64_t delta_record;
        uint64_t delta_offset;
        uint32_t wide;

        if (!str_get_varint(packed, &at, &delta_record) ||
            !str_get_varint(packed, &at, &delta_offset) ||
            !get_u32(packed, &at, &place->length) ||
            !get_u32(packed, &at, &place->flags) ||
            !get_u32(packed, &at, &place->text_bytes) ||
            !get_u32(packed, &at, &wide) || wide > place->text_bytes)
            return false;
        place->text_cp = place->text_bytes - wide;
        place->record = record + unzigzag(delta_record);
        place->offset = offset + unzigzag(delta_offset);
        if (place->record > INT64_MAX || place->offset > INT64_MAX)
            return false;
        record = place->record + 1;
        offset = place->offset + place->length + 1;
    }
    return at == packed.len;
}

void
pack_id(struct buf *out, struct str previous, struct str id)
{
    size_t shared = 0;

    if (!id.ptr) {
        xbuf_append_varint(out, 0);
        return;
    }
    while (shared < id.len && shared < previous.len &&
           id.ptr[shared] == previous.ptr[shared])
        shared++;
    xbuf_append_varint(out, (uint64_t)id.len + 1);
    xbuf_append_varint(out, shared);
    xbuf_append_str(out, str_slice(id, shared, id.len));
}

bool
unpack_id(struct str packed, size_t *at, struct buf *id, bool *known)
{
    uint64_t len;
    uint64_t shared;

    if (!str_get_varint(packed, at, &len))
        return false;
    *known = len > 0;
    if (len == 0)
        return true;
    len--;
    if (!str_get_varint(packed, at, &shared) || shared > id->len ||
        shared > len || len - shared > packed.len - *at)
        return false;
    id->len = (size_t)shared;
    xbuf_append(id, packed.ptr + *at, (size_t)(len - shared));
    *at += (size_t)(len - shared);
    return true;
}

void
pack_entry(struct buf *out, const struct pack_entry *entry)
{
    char bytes[PACK_ENTRY];

    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (char)(entry->prefix >> (56 - 8 * i));
    for (unsigned i = 0; i < 4; i++)
        bytes[8 + i] = (char)(entry->doc >> (24 - 8 * i));
    xbuf_append(out, bytes, sizeof(bytes));
}

struct pack_entry
unpack_entry(const char *ptr)
{
    const unsigned char *bytes = (const unsigned char *)ptr;
    struct pack_entry entry = {0};

    for (unsigned i = 0; i < 8; i++)
        entry.prefix = entry.prefix << 8 | bytes[i];
    for (unsigned i = 8; i < PACK_ENTRY; i++)
        entry.doc = entry.doc << 8 | bytes[i];
    return entry;
}
