/* The picker over a view. What matches: every typed word occurs in the label
 * or the note, in any case. */
#include "config.h"

#include "tui/picker.h"

#include "tui/textdraw.h"
#include "tui/wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "stet/utf8.h"
#include "stet/xalloc.h"
#include "tui/keys.h"

#define PICKER_COLS 72
#define DETAIL_ROWS 5u
#define DETAIL_MAX ((size_t)1024)
#define PICKER_ROWS 18

void
picker_init(struct picker *picker)
{
    *picker = (struct picker){0};
}

static void
forget_items(struct picker *picker)
{
    for (size_t i = 0; i < picker->count; i++) {
        free(picker->items[i].label);
        free(picker->items[i].note);
        buf_release(&picker->items[i].detail);
    }
    free(picker->items);
    picker->items = NULL;
    picker->count = 0;
}

void
picker_release(struct picker *picker)
{
    forget_items(picker);
    buf_release(&picker->typed);
    *picker = (struct picker){0};
}

void
picker_open(struct picker *picker, const char *title, picker_done *done)
{
    picker_release(picker);
    picker->active = true;
    (void)snprintf(picker->title, sizeof(picker->title), "%s", title);
    picker->done = done;
}

void
picker_add(struct picker *picker, struct str label, const char *note, int id,
           bool chosen)
{
    size_t cells = width_cells(label);

    picker->items =
        xreallocarray(picker->items, picker->count + 1, sizeof(*picker->items));
    picker->items[picker->count++] = (struct picker_item){
        xstrndup(label), note ? xstrdup(note) : NULL, id, chosen, {0}};
    if (cells > picker->label_cells)
        picker->label_cells = cells < 32 ? cells : 32;
}

void
picker_explain(struct picker *picker, struct str detail)
{
    struct picker_item *item = &picker->items[picker->count - 1];

    xbuf_append_str(&item->detail,
                    str_slice(detail, 0,
                              detail.len < DETAIL_MAX
                                  ? detail.len
                                  : utf8_prev(detail, DETAIL_MAX)));
}

void
picker_close(struct picker *picker)
{
    picker_release(picker);
}

static bool
holds(const char *text, struct str word)
{
    for (; text && *text; text++)
        if (strncasecmp(text, word.ptr, word.len) == 0)
            return true;
    return false;
}

static bool
matches(const struct picker *picker, const struct picker_item *item)
{
    struct str rest = str_trim(buf_str(&picker->typed));

    while (rest.len > 0) {
        size_t len = 0;
        struct str word;

        while (len < rest.len && rest.ptr[len] != ' ')
            len++;
        word = str_slice(rest, 0, len);
        if (!holds(item->label, word) && !holds(item->note, word))
            return false;
        rest = str_trim(str_slice(rest, len, rest.len));
    }
    return true;
}

static size_t
match_count(const struct picker *picker)
{
    size_t count = 0;

    for (size_t i = 0; i < picker->count; i++)
        count += matches(picker, &picker->items[i]);
    return count;
}

struct picker_item *
picker_current(const struct picker *picker)
{
    size_t at = 0;

    for (size_t i = 0; i < picker->count; i++)
        if (matches(picker, &picker->items[i]) && at++ == picker->at)
            return &picker->items[i];
    return NULL;
}

static void
pick(struct app *app, struct picker *picker, uint32_t key)
{
    struct picker copy = *picker;
    struct picker_item *item = picker_current(picker);
    bool stays = picker->many && key == ' ' && item;

    if (!item && !(picker->allow_new && picker->typed.len > 0))
        return;
    if (stays) {
        item->chosen = !item->chosen;
        copy.done(app, picker, item, buf_str(&picker->typed), key);
        return;
    }
    /* the callback may open another picker in this one's place */
    *picker = (struct picker){0};
    copy.done(app, &copy, item, buf_str(&copy.typed), key);
    picker_release(&copy);
}

static void
type(struct picker *picker, uint32_t key)
{
    char bytes[4];

    if (picker->typed.len < 256)
        xbuf_append(&picker->typed, bytes, utf8_encode(key, bytes));
    picker->at = 0;
}

void
picker_paste(struct picker *picker, struct str text)
{
    for (size_t i = 0; i < text.len && i < 256; i++)
        if ((unsigned char)text.ptr[i] >= 0x20 && text.ptr[i] != 0x7F)
            type(picker, (unsigned char)text.ptr[i] < 0x80
                             ? (uint32_t)(unsigned char)text.ptr[i]
                             : '?');
}

void
picker_key(struct app *app, struct picker *picker, uint32_t key)
{
    size_t count = match_count(picker);

    switch (key) {
    case KEY_IS_ESC:
    case 3: /* ^C */
    case 7: /* ^G */
        picker_close(picker);
        break;
    case KEY_IS_ENTER:
        pick(app, picker, key);
        break;
    case KEY_IS_DOWN:
    case KEY_IS_TAB:
    case 14: /* ^N */
        if (picker->at + 1 < count)
            picker->at++;
        break;
    case KEY_IS_UP:
    case KEY_IS_BACKTAB:
    case 16: /* ^P */
        if (picker->at > 0)
            picker->at--;
        break;
    case KEY_IS_PGDN:
        picker->at = picker->at + 10 < count ? picker->at + 10
                     : count                 ? count - 1
                                             : 0;
        break;
    case KEY_IS_PGUP:
        picker->at = picker->at > 10 ? picker->at - 10 : 0;
        break;
    case 21: /* ^U */
        buf_clear(&picker->typed);
        picker->at = 0;
        break;
    case KEY_IS_BACKSPACE:
        if (picker->typed.len == 0)
            picker_close(picker);
        else
            picker->typed.len =
                utf8_prev(buf_str(&picker->typed), picker->typed.len - 1);
        picker->at = 0;
        break;
    case ' ':
        if (picker->many) {
            pick(app, picker, key);
            break;
        }
        type(picker, key);
        break;
    default:
        if (key > 0x20 && key <= 0x10FFFF)
            type(picker, key);
    }
}

/* The row behind the list: above the detail of the current item, if it has one
 * and there is room. */
static unsigned
list_end(const struct picker *picker, unsigned rows)
{
    const struct picker_item *item = picker_current(picker);
    unsigned end = rows > 0 ? rows - 1 : 0;

    return item && item->detail.len > 0 && rows > 2 * DETAIL_ROWS
               ? end - DETAIL_ROWS - 1
               : end;
}

/* The beginning of the guideline, wrapped. */
static void
draw_detail(const struct picker *picker, struct grid *grid, unsigned row,
            unsigned end)
{
    const struct picker_item *item = picker_current(picker);
    struct text_look look = {.style = STYLE_DATA};
    struct wrap wrap;
    struct wrap_row at;

    if (row >= end || !item)
        return;
    grid_rule(grid, row++);
    look.text = buf_str(&item->detail);
    wrap_init(&wrap);
    wrap_set(&wrap, look.text, grid->clip.cols - 4, true, false);
    at = wrap_at(&wrap, 0);
    do {
        struct pen pen = {grid, row++, 2, grid->clip.cols - 1, STYLE_DATA};

        (void)text_draw(pen, &look, at.start, at.end);
    } while (row < end && wrap_next(&wrap, &at));
    wrap_release(&wrap);
}

void
picker_layout(struct picker *picker, unsigned rows)
{
    size_t room = list_end(picker, rows < PICKER_ROWS ? rows : PICKER_ROWS);

    room = room > 1 ? room - 1 : 1;
    if (picker->at < picker->top)
        picker->top = picker->at;
    if (picker->at >= picker->top + room)
        picker->top = picker->at - room + 1;
}

static void
draw_item(const struct picker *picker, struct grid *grid, unsigned row,
          const struct picker_item *item)
{
    unsigned cells = (unsigned)picker->label_cells;

    grid_put(grid, row, 1, STYLE_NORMAL, item->chosen ? "*" : " ");
    grid_put_data(grid, row, 3, cells, STYLE_DATA, str_of(item->label));
    if (item->note)
        grid_put(grid, row, 5 + cells, STYLE_DIM, item->note);
}

void
picker_draw(const struct picker *picker, struct grid *grid)
{
    struct area area = grid->clip;
    unsigned cols = area.cols < PICKER_COLS ? area.cols : PICKER_COLS;
    unsigned rows = area.rows < PICKER_ROWS ? area.rows : PICKER_ROWS;
    size_t index = 0;
    unsigned row = 1;
    unsigned col;

    area.col += (area.cols - cols) / 2;
    area.row += area.rows > rows ? (area.rows - rows) / 2 : 0;
    grid_clip(grid, (struct area){area.row, area.col, rows, cols});
    for (unsigned i = 0; i < rows; i++)
        grid_fill(grid, i, 1, cols - 1, STYLE_NORMAL, ' ');
    grid_rule_down(grid, 0);
    grid_rule_down(grid, cols - 1);
    area = grid->clip;
    grid_clip(grid, (struct area){area.row, area.col + 1, rows, cols - 2});
    cols = grid->clip.cols;
    grid_fill(grid, 0, 0, cols, STYLE_BAR, ' ');
    col = grid_put(grid, 0, 1, STYLE_BAR, picker->title);
    col = grid_put(grid, 0, col, STYLE_BAR, ": ");
    grid_cursor(grid, 0, col);
    col += grid_put_data(grid, 0, col, cols > col ? cols - col : 0, STYLE_DATA,
                         buf_str(&picker->typed));
    grid_cursor(grid, 0, col);
    for (size_t i = 0; i < picker->count && row < list_end(picker, rows); i++) {
        if (!matches(picker, &picker->items[i]))
            continue;
        if (index >= picker->top) {
            draw_item(picker, grid, row, &picker->items[i]);
            if (index == picker->at) {
                grid_put(grid, row, 0, STYLE_NORMAL, ">");
                grid_focus(grid, row, 0, true);
            }
            row++;
        }
        index++;
    }
    if (index == 0)
        grid_put(grid, 1, 3, STYLE_DIM,
                 picker->allow_new ? "nothing fits: Enter takes it as new"
                                   : "nothing fits");
    draw_detail(picker, grid, list_end(picker, rows), rows - 1);
    grid_rule(grid, rows - 1);
    grid_put(grid, rows - 1, 2, STYLE_DIM,
             picker->many ? " type to narrow  Space toggles  Enter  Esc "
                          : " type to narrow  Enter  Esc ");
}
