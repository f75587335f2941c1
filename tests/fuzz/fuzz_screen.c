/* Any bytes as a document: rows cover it from wherever one comes, and what is
 * drawn of it, in a list, a pane, a prompt or a diff, is nothing that a
 * terminal obeys and never looks like our own words. */
#include "config.h"

#include "stet/utf8.h"
#include "stet/width.h"
#include "tests/fuzz/fuzz.h"
#include "tui/motion.h"
#include "tui/pane_text.h"
#include "tui/prompt.h"
#include "tui/worddiff.h"

#define ROWS 6
#define TEXT_MAX (64u << 10)
#define DIFF_TEXT_MAX 600

static void
check_cells(const struct grid *grid)
{
    for (unsigned i = 0; i < grid->rows * grid->cols; i++) {
        const struct cell *cell = &grid->cells[i];
        struct str bytes = {cell->bytes, cell->len};
        unsigned cells = 0;

        FUZZ_CHECK(utf8_is_valid(bytes));
        for (size_t at = 0; at < bytes.len;) {
            unsigned len;
            uint32_t cp = utf8_decode(bytes, at, &len);

            FUZZ_CHECK(width_is_safe(cp));
            cells += width_of(cp);
            at += len;
        }
        FUZZ_CHECK(cells == cell->cells);
        if (cell->cells == 2)
            FUZZ_CHECK(i % grid->cols + 1 < grid->cols &&
                       grid->cells[i + 1].cells == 0);
    }
}

static void
check_rows(struct str text, unsigned cells, bool soft, bool reveal)
{
    struct wrap wrap;
    struct wrap other;
    struct wrap_row row;
    size_t at = 0;
    unsigned compared = 0;

    wrap_init(&wrap);
    wrap_init(&other);
    wrap_set(&wrap, text, cells, soft, reveal);
    row = wrap_at(&wrap, 0);
    for (;;) {
        struct wrap_row found;

        FUZZ_CHECK(row.start == at && row.start <= row.end &&
                   row.end <= row.next && row.next - row.end <= 1);
        at = row.next;
        if (compared++ < 16) { /* as seen from here only */
            wrap_forget(&other);
            wrap_set(&other, text, cells, soft, reveal);
            found = wrap_at(&other, row.start);
            FUZZ_CHECK(found.start == row.start && found.next == row.next);
        }
        if (!wrap_next(&wrap, &row))
            break;
    }
    FUZZ_CHECK(at == text.len);
    wrap_release(&wrap);
    wrap_release(&other);
}

static void
check_pane(struct str text, unsigned cols, unsigned keys)
{
    static const enum command commands[] = {
        CMD_PAGE_DOWN, CMD_DOWN,   CMD_END,  CMD_UP,  CMD_WRAP,
        CMD_RIGHT,     CMD_HIDDEN, CMD_LEFT, CMD_TOP, CMD_HALF_DOWN};
    struct text_look look = {.text = text, .style = STYLE_DATA};
    struct text_pane pane;
    struct grid grid;

    grid_init(&grid, ROWS, cols);
    text_pane_init(&pane);
    text_pane_set(&pane, text);
    for (unsigned i = 0; i < 8; i++) {
        struct error err = ERROR_INIT;

        grid_clear(&grid);
        text_pane_layout(&pane, ROWS, cols);
        text_pane_draw(&pane, &grid, &look, true);
        check_cells(&grid);
        text_pane_command(&pane, commands[(keys + i * 7) % 10]);
        if (i == 4 && text_pane_find(&pane, str_slice(text, 0, text.len / 8),
                                     &err) == ERR_OK)
            (void)text_pane_find_next(&pane, keys & 1 ? 1 : -1);
    }
    grid_clear(&grid);
    text_draw_line((struct pen){&grid, 0, 0, cols, STYLE_DATA}, &look);
    grid_put_data(&grid, 1, 0, cols, STYLE_DATA, text);
    check_cells(&grid);
    text_pane_release(&pane);
    grid_release(&grid);
}

static void
check_diff(struct str old, struct str new_text)
{
    struct worddiff diff;
    size_t lens[2] = {0, 0};

    worddiff_make(&diff, old, new_text);
    for (size_t i = 0; i < diff.count; i++) {
        if (diff.parts[i].kind != DIFF_ADDED)
            lens[0] += diff.parts[i].text.len;
        if (diff.parts[i].kind != DIFF_REMOVED)
            lens[1] += diff.parts[i].text.len;
    }
    FUZZ_CHECK(lens[0] == old.len && lens[1] == new_text.len);
    worddiff_release(&diff);
}

static void
check_motions(struct str text)
{
    size_t at = 0;

    while (at < text.len) {
        size_t next = motion_right(text, at);
        struct span span = motion_sentence(text, at);

        FUZZ_CHECK(next > at && next <= text.len);
        FUZZ_CHECK(motion_left(text, next) < next);
        FUZZ_CHECK(motion_word_end(text, at) <= text.len);
        FUZZ_CHECK(motion_word_start(text, at) <= at);
        FUZZ_CHECK(span.start <= span.end && span.end <= text.len);
        at = next + text.len / 64;
        at = at < text.len && !utf8_is_boundary(text, at) ? utf8_next(text, at)
                                                          : at;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text;
    struct prompt prompt;
    struct grid grid;

    if (size < 4 || size > TEXT_MAX)
        return 0;
    text = (struct str){(const char *)data + 3, size - 3};
    check_rows(text, 1 + data[0] % 120, data[1] & 1, data[1] & 2);
    check_pane(text, 1 + data[0] % 120, data[2]);
    if (text.len <= DIFF_TEXT_MAX)
        check_diff(str_slice(text, 0, text.len / 2),
                   str_slice(text, text.len / 2, text.len));
    check_motions(text);
    prompt_init(&prompt);
    prompt_open(&prompt, ":", STR_LIT(""), NULL);
    prompt_paste(&prompt, text);
    grid_init(&grid, 1, 1 + data[0] % 120);
    prompt_draw(&prompt, &grid, 0);
    check_cells(&grid);
    grid_release(&grid);
    prompt_release(&prompt);
    return 0;
}
