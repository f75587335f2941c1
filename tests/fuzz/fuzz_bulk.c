/* Texts from any bytes: the bulk builder and FTS5's inserts give the same
 * tables. The first byte is the page size, the second the threads and the
 * memory, the third how often the texts are repeated; 0xFF ends a text, 0xFE
 * and a byte repeat what the text has so far. */
#include "config.h"

#include <stdlib.h>

#include "index/segment.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/fts_tables.h"

#define BYTES_MAX ((size_t)1 << 20)

static struct texts texts;

static void
repeat_text(unsigned times)
{
    size_t start = texts.count ? texts.ends[texts.count - 1] : 0;
    size_t len = texts.bytes.len - start;

    for (unsigned i = 0; i < times; i++) {
        if (len == 0 || texts.bytes.len + len > BYTES_MAX)
            return;
        if (buf_reserve(&texts.bytes, len, &(struct error){0}) != ERR_OK)
            abort();
        xbuf_append(&texts.bytes, texts.bytes.ptr + start, len);
    }
}

static void
add_texts(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size && texts.count < 1000; i++) {
        if (data[i] == 0xFF)
            end_text(&texts);
        else if (data[i] == 0xFE && i + 1 < size)
            repeat_text(data[++i]);
        else
            xbuf_append(&texts.bytes, &data[i], 1);
    }
    end_text(&texts);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t sizes[] = {64, 80, 200, 1000, SEGMENT_PAGE_SIZE};

    if (size < 3)
        return 0;
    for (unsigned i = 0; i <= data[2] % 8u; i++)
        add_texts(data + 3, size - 3);
    must_build_equal(&texts, sizes[data[0] % 5u],
                     data[1] & 4 ? UINT64_C(1) << 30 : 1, 1 + data[1] % 3u);
    clear_texts(&texts);
    return 0;
}
