/* A document's shingles: its record is read where it lies and mapped as far as
 * its text, which is cut into tokens as the builder does. */
#include "config.h"

#include "similar_read.h"

#include <stdlib.h>

#include "index_reader.h"
#include "stet/utf8.h"
#include "stet/xalloc.h"

struct similar_reader {
    struct index *index;
    struct index_reader *reader;
    struct tokenizer *tokenizer;
    struct token_hashes tokens;
    struct buf raw, display;
    struct arena arena;
};

struct similar_reader *
similar_reader_new(struct index *index)
{
    struct similar_reader *reader = xcalloc(1, sizeof(*reader));

    reader->index = index;
    reader->reader = index_reader_new();
    reader->tokenizer = tokenizer_new();
    arena_init(&reader->arena, 0);
    return reader;
}

void
similar_reader_free(struct similar_reader *reader)
{
    if (!reader)
        return;
    index_reader_free(reader->reader);
    tokenizer_free(reader->tokenizer);
    token_hashes_release(&reader->tokens);
    buf_release(&reader->raw);
    buf_release(&reader->display);
    arena_release(&reader->arena);
    free(reader);
}

static enum err_code
read_text(struct similar_reader *reader, uint32_t doc, struct str *text,
          struct error *err)
{
    struct index_item item = {.doc = doc};
    struct document document;
    enum err_code code = index_place(reader->index, doc, &item.place, err);

    buf_clear(&reader->raw);
    arena_reset(&reader->arena);
    if (code == ERR_OK)
        code = index_reader_fetch(reader->reader, reader->index, &item,
                                  &reader->arena, &reader->raw, err);
    if (code == ERR_OK)
        code = index_reader_map(reader->reader, buf_str(&reader->raw),
                                &reader->arena, &document, err);
    if (code != ERR_OK)
        return code;
    *text = document.text;
    if (item.place.flags & (DOC_BAD_UTF8 | DOC_LONE_SURROGATE)) {
        buf_clear(&reader->display);
        code = utf8_to_display(document.text, &reader->display, err);
        *text = buf_str(&reader->display);
    }
    return code;
}

enum err_code
similar_read(struct similar_reader *reader, uint32_t doc,
             struct shingles *shingles, struct error *err)
{
    struct str text;
    enum err_code code = read_text(reader, doc, &text, err);

    if (code == ERR_OK)
        code = token_hashes_take(&reader->tokens, reader->tokenizer, text, err);
    if (code == ERR_OK)
        code = shingles_take(shingles, reader->tokens.list,
                             reader->tokens.count, err);
    return code;
}

const struct token_hashes *
similar_reader_tokens(const struct similar_reader *reader)
{
    return &reader->tokens;
}
