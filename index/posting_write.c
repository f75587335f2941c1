/* Encodes places as FTS5's doclists (segment.h) for a run. The size that goes
 * before a position list is known behind it: one byte is left for it, which is
 * nearly always enough. */
#include "config.h"

#include "posting_write.h"

#include "varint.h"

#define ROOM 64u /* bytes that one place can take */
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

/* Write the size of the open position list before it; one byte is kept for
 * it. There is room. */
static void
close_positions(struct run_writer *writer)
{
    struct buf *run = writer->run;
    size_t start = writer->size_at + 1;
    size_t size = run->len - start;
    uint8_t bytes[VARINT_MAX];
    size_t width = varint_put(bytes, (uint64_t)size * 2);

    if (width > 1) {
        memmove(run->ptr + start + width - 1, run->ptr + start, size);
        run->len += width - 1;
    }
    memcpy(run->ptr + writer->size_at, bytes, width);
}

enum err_code
run_writer_put(struct run_writer *writer, struct run_place place,
               struct error *err)
{
    struct buf *run = writer->run;
    uint64_t offset = place.position;

    if (run->cap - run->len < ROOM) {
        enum err_code code = buf_reserve(run, run->len / 2 + ROOM, err);

        if (code != ERR_OK)
            return code;
    }
    if (place.document == writer->document) {
        offset -= writer->position;
    } else {
        uint32_t row = writer->first_row + place.document;

        if (writer->document != NO_DOCUMENT) {
            close_positions(writer);
            run->len += varint_put((uint8_t *)run->ptr + run->len,
                                   row - writer->head.last);
        } else {
            writer->head.first = row;
        }
        writer->head.last = row;
        writer->head.documents++;
        writer->document = place.document;
        writer->size_at = run->len++;
    }
    writer->position = place.position;
    run->len += varint_put((uint8_t *)run->ptr + run->len, offset + 2);
    return ERR_OK;
}

enum err_code
run_writer_close(struct run_writer *writer, struct error *err)
{
    struct buf *run = writer->run;
    enum err_code code = buf_reserve(run, ROOM, err);
    size_t size;

    if (code != ERR_OK)
        return code;
    close_positions(writer);
    size = run->len - writer->doclist_at;
    if (size > UINT32_MAX)
        return error_set(err, ERR_LIMIT, "too many places of one word");
    writer->head.doclist = (uint32_t)size;
    memcpy(run->ptr + writer->head_at, &writer->head, sizeof(writer->head));
    return ERR_OK;
}
