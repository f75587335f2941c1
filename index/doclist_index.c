/* Doclist indexes: B-trees that grow upwards, of which only the rightmost page
 * of each level is open. */
#include "config.h"

#include "doclist_index.h"

#include <stdlib.h>

#include "stet/xalloc.h"
#include "varint.h"

#define LEVELS 32u /* the format's limit */

struct level {
    struct buf page;
    uint32_t number;
    bool has_row;
    uint64_t row; /* the last one */
};

struct finished {
    int64_t id;
    size_t at, len; /* in `pages` */
};

struct doclist_index {
    uint32_t segment;
    size_t page_size;
    struct level levels[LEVELS];
    struct finished *finished;
    size_t finished_count, finished_cap;
    struct buf pages; /* of the finished */
};

struct doclist_index *
doclist_index_new(uint32_t segment, size_t page_size)
{
    struct doclist_index *index = xcalloc(1, sizeof(*index));

    index->segment = segment;
    index->page_size = page_size;
    return index;
}

void
doclist_index_free(struct doclist_index *index)
{
    if (!index)
        return;
    for (unsigned i = 0; i < LEVELS; i++)
        buf_release(&index->levels[i].page);
    buf_release(&index->pages);
    free(index->finished);
    free(index);
}

void
doclist_index_start(struct doclist_index *index, uint32_t page)
{
    index->levels[0].number = page;
}

static void
append(struct level *level, uint64_t value)
{
    uint8_t bytes[VARINT_MAX];

    xbuf_append(&level->page, bytes, varint_put(bytes, value));
}

static void
finish_page(struct doclist_index *index, unsigned height)
{
    struct level *level = &index->levels[height];

    if (index->finished_count == index->finished_cap) {
        index->finished_cap =
            index->finished_cap ? index->finished_cap * 2 : 64;
        index->finished = xreallocarray(index->finished, index->finished_cap,
                                        sizeof(*index->finished));
    }
    index->finished[index->finished_count++] = (struct finished){
        .id = ((int64_t)index->segment << 37) + (INT64_C(1) << 36) +
              ((int64_t)height << 31) + level->number,
        .at = index->pages.len,
        .len = level->page.len,
    };
    xbuf_append_str(&index->pages, buf_str(&level->page));
}

/* The first row number of a page. */
static uint64_t
first_row(const struct level *level)
{
    const uint8_t *bytes = (const uint8_t *)level->page.ptr;
    uint64_t value;
    size_t at = 1;

    at += varint_get(bytes + at, &value);
    (void)varint_get(bytes + at, &value);
    return value;
}

/* The page of this level is full: put it away and begin the next. When it was
 * the root, the level above begins with it. */
static void
turn_page(struct doclist_index *index, unsigned height)
{
    struct level *level = &index->levels[height];
    struct level *above = level + 1;

    level->page.ptr[0] = 1; /* not the root */
    finish_page(index, height);
    if (above->page.len == 0) {
        uint64_t row = first_row(level);

        above->number = level->number;
        append(above, 0);
        append(above, level->number);
        append(above, row);
        above->has_row = true;
        above->row = row;
    }
    buf_clear(&level->page);
    level->has_row = false;
    level->number++;
}

enum err_code
doclist_index_add(struct doclist_index *index, uint64_t row, uint32_t page,
                  struct error *err)
{
    bool full = true;

    for (unsigned height = 0; full; height++) {
        struct level *level = &index->levels[height];

        if (height + 1 == LEVELS)
            return error_set(err, ERR_LIMIT, "too many rows of one word");
        full = level->page.len >= index->page_size;
        if (full)
            turn_page(index, height);
        if (level->has_row) {
            append(level, row - level->row);
        } else {
            append(level, full);
            append(level, height ? index->levels[height - 1].number : page);
            append(level, row);
        }
        level->has_row = true;
        level->row = row;
    }
    return ERR_OK;
}

void
doclist_index_skip(struct doclist_index *index)
{
    if (index->levels[0].page.len > 0)
        append(&index->levels[0], 0);
}

bool
doclist_index_close(struct doclist_index *index, bool keep)
{
    keep = keep && index->levels[0].page.len > 0;
    for (unsigned i = 0; i < LEVELS && index->levels[i].page.len > 0; i++) {
        if (keep)
            finish_page(index, i);
        buf_clear(&index->levels[i].page);
        index->levels[i].has_row = false;
    }
    return keep;
}

static int
compare_finished(const void *a, const void *b)
{
    const struct finished *x = a;
    const struct finished *y = b;

    return (x->id > y->id) - (x->id < y->id);
}

enum err_code
doclist_index_foreach(struct doclist_index *index,
                      enum err_code (*write)(void *ctx, int64_t id,
                                             struct str page,
                                             struct error *err),
                      void *ctx, struct error *err)
{
    enum err_code code = ERR_OK;

    if (index->finished_count > 1)
        qsort(index->finished, index->finished_count, sizeof(*index->finished),
              compare_finished);
    for (size_t i = 0; code == ERR_OK && i < index->finished_count; i++) {
        const struct finished *one = &index->finished[i];

        code = write(ctx, one->id,
                     (struct str){index->pages.ptr + one->at, one->len}, err);
    }
    return code;
}
