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
    writer->size_at = run->len;
    return ERR_OK;
}

/* Write the size of a position list before it: at `list`, where one byte was
 * left. `end` is where it ends, the result where it ends then. */
static inline uint8_t *
close_positions(uint8_t *list, uint8_t *end)
{
    size_t size = (size_t)(end - list) - 1;
    uint8_t bytes[VARINT_MAX];
    size_t width;

    if (size < 64) {
        *list = (uint8_t)(size * 2);
        return end;
    }
    width = varint_put(bytes, (uint64_t)size * 2);
    memmove(list + width, list + 1, size);
    memcpy(list, bytes, width);
    return end + width - 1;
}

/* Places for which there is room. */
static void
put_batch(struct run_writer *writer, const struct run_place *places,
          size_t count)
{
    uint8_t *start = (uint8_t *)writer->run->ptr;
    uint8_t *end = start + writer->run->len;
    uint8_t *list = start + writer->size_at;
    uint32_t document = writer->document;
    uint32_t position = writer->position;

    for (size_t i = 0; i < count; i++) {
        if (places[i].document != document) {
            if (document != NO_DOCUMENT) {
                end = close_positions(list, end);
                end += varint_put(end, places[i].document - document);
            } else {
                writer->head.first = writer->first_row + places[i].document;
            }
            writer->head.documents++;
            document = places[i].document;
            position = 0;
            list = end++;
        }
        end += varint_put(end, (uint64_t)places[i].position - position + 2);
        position = places[i].position;
    }
    writer->document = document;
    writer->position = position;
    writer->size_at = (size_t)(list - start);
    writer->run->len = (size_t)(end - start);
}

enum err_code
run_writer_put(struct run_writer *writer, const struct run_place *places,
               size_t count, struct error *err)
{
    enum err_code code = ERR_OK;

    while (count > 0) {
        size_t batch = count < BATCH ? count : BATCH;

        code = buf_reserve(writer->run, (batch + 1) * ROOM, err);
        if (code != ERR_OK)
            return code;
        put_batch(writer, places, batch);
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
    end = close_positions((uint8_t *)run->ptr + writer->size_at,
                          (uint8_t *)run->ptr + run->len);
    run->len = (size_t)(end - (uint8_t *)run->ptr);
    size = run->len - writer->doclist_at;
    if (size > UINT32_MAX)
        return error_set(err, ERR_LIMIT, "too many places of one word");
    writer->head.doclist = (uint32_t)size;
    writer->head.last = writer->first_row + writer->document;
    memcpy(run->ptr + writer->head_at, &writer->head, sizeof(writer->head));
    return ERR_OK;
}
