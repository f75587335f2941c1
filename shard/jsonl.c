/* Decompressed bytes into lines. A line that lies within one chunk is lent
 * without a copy; one that crosses chunks is put together in a buffer that
 * grows with it; one over the limit is counted and dropped as it passes. */
#include "config.h"

#include "shard/container.h"

#define CARRY_KEEP ((size_t)8 << 20)

void
jsonl_init(struct jsonl *jsonl, uint64_t max_record)
{
    *jsonl = (struct jsonl){.max_record = max_record};
}

void
jsonl_release(struct jsonl *jsonl)
{
    buf_release(&jsonl->carry);
}

static bool
is_blank(struct str line)
{
    for (size_t i = 0; line.ptr && i < line.len; i++) {
        char c = line.ptr[i];

        if (c != ' ' && c != '\t' && c != '\r')
            return false;
    }
    return true;
}

/* Fill the record of a line that is complete: jsonl->length bytes, of which
 * `line` holds all unless it was too long. */
static void
jsonl_fill(struct jsonl *jsonl, struct str line, bool newline,
           struct record *record)
{
    bool crlf = newline && jsonl->length > 0 && jsonl->last == '\r';
    uint64_t length = jsonl->length - (crlf ? 1 : 0);

    *record = (struct record){.kind = RECORD_LINE,
                              .number = jsonl->number,
                              .offset = jsonl->start,
                              .length = length,
                              .line_end = newline ? (crlf ? 2 : 1) : 0};
    jsonl->start += jsonl->length + (newline ? 1 : 0);
    jsonl->number++;
    jsonl->length = 0;
    if (jsonl->skipping || length > jsonl->max_record) {
        jsonl->skipping = false;
        record->kind = RECORD_TOO_LONG;
        return;
    }
    record->raw = (struct str){line.ptr, (size_t)length};
    if (record->offset == 0 &&
        str_starts_with(record->raw, STR_LIT("\xEF\xBB\xBF"))) {
        record->raw = str_slice(record->raw, 3, record->raw.len);
        record->offset = 3;
        record->length -= 3;
    }
    if (is_blank(record->raw))
        record->kind = RECORD_BLANK;
}

/* Keep a part of a line whose end has not come yet. */
static enum err_code
jsonl_keep(struct jsonl *jsonl, struct str part, struct error *err)
{
    if (part.len == 0)
        return ERR_OK;
    jsonl->length += part.len;
    jsonl->last = part.ptr[part.len - 1];
    if (jsonl->skipping)
        return ERR_OK;
    if (jsonl->length > jsonl->max_record + 1) { /* 1: a CR */
        jsonl->skipping = true;
        buf_release(&jsonl->carry);
        return ERR_OK;
    }
    return buf_append_str(&jsonl->carry, part, err);
}

enum err_code
jsonl_take(struct jsonl *jsonl, struct str *chunk, struct record *record,
           bool *complete, struct error *err)
{
    const char *newline =
        chunk->len ? memchr(chunk->ptr, '\n', chunk->len) : NULL;
    struct str part = *chunk;
    enum err_code code = ERR_OK;

    if (jsonl->given) {
        jsonl->given = false;
        if (jsonl->carry.cap > CARRY_KEEP)
            buf_release(&jsonl->carry);
        buf_clear(&jsonl->carry);
    }
    *complete = newline != NULL;
    if (newline)
        part.len = (size_t)(newline - chunk->ptr);
    *chunk = str_slice(*chunk, part.len + (newline ? 1 : 0), chunk->len);
    if (newline && jsonl->length == 0) {
        jsonl->length = part.len;
        if (part.len > 0)
            jsonl->last = part.ptr[part.len - 1];
        jsonl_fill(jsonl, part, true, record);
        return ERR_OK;
    }
    code = jsonl_keep(jsonl, part, err);
    if (code == ERR_OK && newline) {
        jsonl->given = true;
        jsonl_fill(jsonl, buf_str(&jsonl->carry), true, record);
    }
    return code;
}

void
jsonl_finish(struct jsonl *jsonl, struct record *record)
{
    *record = (struct record){
        .kind = RECORD_END, .number = jsonl->number, .offset = jsonl->start};
    if (jsonl->length == 0)
        return;
    jsonl->given = true;
    jsonl_fill(jsonl, buf_str(&jsonl->carry), false, record);
}
