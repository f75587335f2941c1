/* Encodes places as FTS5's doclists (segment.h) for a run. The size that goes
 * before a position list is known behind it: one byte is left for it, which is
 * nearly always enough. */
#include "config.h"

#include "posting_write.h"

#include "varint.h"

#define ROOM 24u    /* bytes that one place can take */
#define BATCH 1024u /* places for which room is made at once */
#define NO_DOCUMENT UINT32_MAX

enum err_code
run_writer_open(struct run_writer *writer, struct str term, struct error *err)
{
    struct buf *run = writer->run;
    size_t size = sizeof(writer->head);
    enum err_code code = buf_reserve(run, size + term.len, err);

    if (code != ERR_OK)
        return code;
    writer->head = (struct run_head){.term = (uint32_t)term.len};
    writer->head_at = run->len;
    memset(run->ptr + run->len, 0, size);
    memcpy(run->ptr + run->len + size, term.ptr, term.len);
    run->len += size + term.len;
    writer->doclist_at = run->len;
    writer->document = NO_DOCUMENT;
    return ERR_OK;
}

/* Write the size of the open position list before it; `end` is where it ends,
 * the result where it ends then. */
static uint8_t *
close_positions(struct run_writer *writer, uint8_t *end)
{
    uint8_t *at = (uint8_t *)writer->run->ptr + writer->size_at;
    size_t size = (size_t)(end - at) - 1;
    uint8_t bytes[VARINT_MAX];
    size_t width;

    if (size < 64) {
        *at = (uint8_t)(size * 2);
        return end;
    }
    width = varint_put(bytes, (uint64_t)size * 2);
    memmove(at + width, at + 1, size);
    memcpy(at, bytes, width);
    return end + width - 1;
}

/* A document's position list begins. */
static uint8_t *
open_positions(struct run_writer *writer, uint32_t document, uint8_t *end)
{
    uint32_t row = writer->first_row + document;

    if (writer->document != NO_DOCUMENT) {
        end = close_positions(writer, end);
        end += varint_put(end, row - writer->head.last);
    } else {
        writer->head.first = row;
    }
    writer->head.last = row;
    writer->head.documents++;
    writer->document = document;
    writer->position = 0;
    writer->size_at = (size_t)(end - (uint8_t *)writer->run->ptr);
    return end + 1;
}

enum err_code
run_writer_put(struct run_writer *writer, const struct run_place *places,
               size_t count, struct error *err)
{
    struct buf *run = writer->run;
    enum err_code code = ERR_OK;

    while (count > 0) {
        size_t batch = count < BATCH ? count : BATCH;
        uint8_t *end;

        code = buf_reserve(run, (batch + 1) * ROOM, err);
        if (code != ERR_OK)
            return code;
        end = (uint8_t *)run->ptr + run->len;
        for (size_t i = 0; i < batch; i++) {
            if (places[i].document != writer->document)
                end = open_positions(writer, places[i].document, end);
            end += varint_put(end, (uint64_t)places[i].position -
                                       writer->position + 2);
            writer->position = places[i].position;
        }
        run->len = (size_t)(end - (uint8_t *)run->ptr);
        places += batch;
        count -= batch;
    }
    return code;
}

enum err_code
run_writer_close(struct run_writer *writer, struct error *err)
{
    struct buf *run = writer->run;
    enum err_code code = buf_reserve(run, ROOM, err);
    uint8_t *end;
    size_t size;

    if (code != ERR_OK)
        return code;
    end = close_positions(writer, (uint8_t *)run->ptr + run->len);
    run->len = (size_t)(end - (uint8_t *)run->ptr);
    size = run->len - writer->doclist_at;
    if (size > UINT32_MAX)
        return error_set(err, ERR_LIMIT, "too many places of one word");
    writer->head.doclist = (uint32_t)size;
    memcpy(run->ptr + writer->head_at, &writer->head, sizeof(writer->head));
    return ERR_OK;
}
