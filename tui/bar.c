/* The lines at the bottom: where we are, what was saved, the keys, the
 * prompt. */
#include "config.h"

#include <stdio.h>
#include <time.h>

#include "stet/fileio.h"

#include "tui/complete.h"
#include "tui/pace.h"
#include "tui/view.h"

unsigned
bar_rows(const struct app *app)
{
    return app->grid.rows >= 20 ? 3 : app->grid.rows >= 8 ? 2 : 1;
}

void
bar_count(uint64_t count, char out[BAR_COUNT])
{
    char digits[BAR_COUNT];
    size_t len = (size_t)snprintf(digits, sizeof(digits), "%llu",
                                  (unsigned long long)count);
    size_t at = 0;

    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
}

void
bar_age(int64_t at_us, char out[BAR_AGE])
{
    int64_t seconds = (time_now_us() - at_us) / 1000000;
    time_t then = (time_t)(at_us / 1000000);
    struct tm at;

    if (seconds < 60)
        (void)snprintf(out, BAR_AGE, "now");
    else if (seconds < 3600)
        (void)snprintf(out, BAR_AGE, "%d min", (int)(seconds / 60));
    else if (seconds < 24 * 3600)
        (void)snprintf(out, BAR_AGE, "%d h", (int)(seconds / 3600));
    else if (localtime_r(&then, &at))
        (void)strftime(out, BAR_AGE, "%b %d %H:%M", &at);
    else
        out[0] = '\0';
}

/* A proposal, which stays until a break or :break; no key waits for it. */
static void
put_break(const struct app *app, struct buf *text)
{
    const struct preferences *prefer = &app->preferences;
    const struct pace *pace = desk_pace(app->desk);
    unsigned texts = preferences_number(prefer, PREFER_TEXTS);

    if (pace_is_due(pace, 0, texts))
        xbuf_printf(text, "%u covered texts: a break? (:break)  ",
                    (unsigned)pace->since_count);
    else if (pace_is_due(pace, preferences_number(prefer, PREFER_BREAK), 0))
        xbuf_printf(text, "%u min: a break? (:break)  ",
                    (unsigned)(pace->since_us / 60000000));
}

static void
draw_status(const struct app *app, struct grid *grid, unsigned row)
{
    const struct desk_list *list = desk_list(app->desk);
    const struct desk_saving *saving = desk_saving(app->desk);
    struct str failure = desk_failure(app->desk);
    struct buf text = {0};
    char at[BAR_COUNT];
    char count[BAR_COUNT];
    unsigned col;
    unsigned right;
    unsigned last;

    grid_fill(grid, row, 0, grid->clip.cols, STYLE_BAR, ' ');
    bar_count(list->count ? (uint64_t)list->current + 1 : 0, at);
    bar_count(list->partial ? list->found : list->count, count);
    xbuf_printf(&text, " %s/%s%s  ", at, count, list->partial ? "+" : "");
    if (list->marked)
        xbuf_printf(&text, "marked %u  ", (unsigned)list->marked);
    if (list->judged)
        xbuf_printf(&text, "judged %u  ", (unsigned)list->judged);
    if (list->avoided)
        xbuf_printf(&text, "avoided %u  ", (unsigned)list->avoided);
    put_break(app, &text);
    if (failure.len)
        xbuf_append_str(&text, STR_LIT("failure "));
    col = grid_put(grid, row, 0, STYLE_BAR, xbuf_cstr(&text));
    if (failure.len)
        col += grid_put_data(grid, row, col, 20, STYLE_DATA_BAR, failure) + 2;
    buf_clear(&text);
    if (list->running && list->read_of) {
        bar_count(list->read_done, at);
        bar_count(list->read_of, count);
        xbuf_printf(&text, "read %s of %s, ^C stops  ", at, count);
    } else if (list->running) {
        xbuf_append_str(&text, STR_LIT("searching, ^C stops  "));
    }
    col = grid_put(grid, row, col, STYLE_BAR, xbuf_cstr(&text));
    buf_clear(&text);
    if (saving->bulk_of)
        xbuf_printf(&text, " %u of %u, ^C stops ", (unsigned)saving->bulk_done,
                    (unsigned)saving->bulk_of);
    if (saving->pending)
        xbuf_printf(&text, " UNSAVED %u ", (unsigned)saving->pending);
    else if (saving->saved)
        xbuf_printf(&text, " saved %llu ", (unsigned long long)saving->saved);
    right = grid->clip.cols;
    if (text.len > 0)
        right = grid_put_right(grid, row, STYLE_BAR, xbuf_cstr(&text));
    /* The newest decision gets a third of the row, the order the rest. */
    last = (unsigned)width_cells(saving->last);
    if (last > grid->clip.cols / 3)
        last = grid->clip.cols / 3;
    if (last > 0 && right > col + last) {
        right -= last;
        grid_put_data(grid, row, right, last, STYLE_DATA_BAR, saving->last);
    }
    if (right > col + 2)
        grid_put_data(grid, row, col, right - col - 2, STYLE_DATA_BAR,
                      list->order);
    buf_release(&text);
}

/* What the key bar shows in each place, as far as it fits; CMD_NONE ends. */
#define BAR_COMMANDS 16
static const enum command bar_commands[CONTEXT_COUNT][BAR_COMMANDS] = {
    [CONTEXT_START] = {CMD_OPEN, CMD_QUERY, CMD_UNDO, CMD_COMMAND, CMD_HELP,
                       CMD_QUIT},
    [CONTEXT_LIST] = {CMD_GOOD, CMD_BAD, CMD_SKIP, CMD_TAGS, CMD_SPAN,
                      CMD_REWRITE, CMD_UNDO, CMD_FIND, CMD_QUERY, CMD_ORDER,
                      CMD_MARK, CMD_COMMAND, CMD_HELP},
    [CONTEXT_TEXT] = {CMD_GOOD, CMD_BAD, CMD_SKIP, CMD_TAGS, CMD_SPAN,
                      CMD_REWRITE, CMD_UNDO, CMD_FIND, CMD_QUERY, CMD_ORDER,
                      CMD_MARK, CMD_COMMAND, CMD_HELP},
    [CONTEXT_SPAN] = {CMD_GOOD, CMD_BAD, CMD_TAGS, CMD_SPAN_REWRITE, CMD_REDACT,
                      CMD_WORD, CMD_SENTENCE, CMD_HIT, CMD_SPAN_LEAVE,
                      CMD_HELP},
    [CONTEXT_DIFF] = {CMD_ACCEPT, CMD_REFUSE, CMD_TOGGLE_CHANGE, CMD_EDIT_AGAIN,
                      CMD_FIND_NEXT, CMD_BACK, CMD_HELP},
    [CONTEXT_EDIT] = {CMD_SAVE, CMD_EDIT_LEAVE, CMD_TEMPLATE, CMD_LIVE_DIFF,
                      CMD_EDIT_UNDO, CMD_KILL_LINE, CMD_YANK},
    [CONTEXT_LOG] = {CMD_TAKE_BACK, CMD_FIND, CMD_BACK, CMD_HELP},
    [CONTEXT_ADJUDICATE] = {CMD_TAKE_SIDE, CMD_GOOD, CMD_BAD, CMD_LEFT,
                            CMD_RIGHT, CMD_NEXT, CMD_UNDO, CMD_BACK, CMD_HELP},
    [CONTEXT_SHEET] = {CMD_DECIDE, CMD_REASON, CMD_BACK, CMD_HELP},
    [CONTEXT_SIMILAR] = {CMD_GOOD, CMD_BAD, CMD_TAGS, CMD_MARK, CMD_MARK_ALL,
                         CMD_FIND_NEXT, CMD_UNDO, CMD_BACK, CMD_HELP},
    [CONTEXT_FAILURES] = {CMD_OPEN, CMD_STATUS, CMD_FIND_NEXT, CMD_PANE,
                          CMD_UNDO, CMD_BACK, CMD_HELP},
    [CONTEXT_REPORT] = {CMD_PAGE_DOWN, CMD_BACK, CMD_HELP},
    [CONTEXT_HISTOGRAM] = {CMD_OPEN, CMD_THRESHOLD_DOWN, CMD_THRESHOLD_UP,
                           CMD_THRESHOLD, CMD_SCORE_NEXT, CMD_LOG_SCALE,
                           CMD_BACK, CMD_HELP},
    [CONTEXT_AUDIT] = {CMD_BACK, CMD_HELP},
    [CONTEXT_PAGE] = {CMD_FIND, CMD_WRAP, CMD_BACK, CMD_HELP},
};

static const enum command *
commands_of(unsigned where)
{
    unsigned i = 0;

    while (i + 1 < CONTEXT_COUNT && !(where & (1u << i)))
        i++;
    return bar_commands[i];
}

/* "a good  x bad ..." from the keys as they are bound. */
static void
draw_keys(const struct app *app, struct grid *grid, unsigned row)
{
    struct view *view = app_view(app);
    const enum command *list =
        commands_of(view ? view->ops->where(view) : IN_START);
    unsigned col = 1;

    for (; *list != CMD_NONE; list++) {
        char key[KEY_NAME_MAX];
        const char *name = command_table[*list].name;

        keymap_key(app->keymap, *list, key);
        if (!key[0] ||
            col + width_cells(str_of(key)) + 1 + width_cells(str_of(name)) >
                grid->clip.cols)
            continue;
        col = grid_put(grid, row, col, STYLE_KEY, key);
        col = grid_put(grid, row, col + 1, STYLE_NORMAL, name) + 2;
    }
}

/* The newest thing said, ours or the desk's; false: nothing. */
static bool
draw_message(const struct app *app, struct grid *grid, unsigned row)
{
    const struct desk_message *message = desk_message(app->desk);

    if (app->note[0]) {
        grid_put(grid, row, 1, app->note_is_error ? STYLE_ERROR : STYLE_NORMAL,
                 app->note);
        return true;
    }
    if (!message || message->text.len == 0 ||
        message->serial == app->seen_message)
        return false;
    if (message->is_error)
        grid_put(grid, row, 1, STYLE_ERROR, "!");
    grid_put_data(grid, row, message->is_error ? 3 : 1, grid->clip.cols,
                  STYLE_DATA, message->text);
    return true;
}

/* Above the prompt: a mistake, what fits at the cursor, or how to write it. */
static bool
draw_hint(struct app *app, struct grid *grid, unsigned row)
{
    const struct desk_list *list = desk_list(app->desk);
    bool query = app->prompt_kind == ASK_QUERY && app->followed.len;
    struct str line = buf_str(&app->prompt.line);
    bool begun = line.len && line.ptr[line.len - 1] == ':';
    struct buf text = {0};
    bool refused =
        query && list->error.len && str_equal(line, buf_str(&app->asked));
    bool any = true;

    if (!refused && prompt_draw_candidates(&app->prompt, grid, row))
        return true;
    if (!refused)
        complete_syntax(app, &text);
    any = text.len || app->mistake[0] || (query && list->error.len);
    if (any)
        grid_fill(grid, row, 0, grid->cols, STYLE_NORMAL, ' ');
    if (app->mistake[0] && !(begun && text.len))
        grid_put(grid, row, 1, STYLE_WARN, app->mistake);
    else if (query && list->error.len) {
        grid_put(grid, row, 1, STYLE_ERROR, "!");
        grid_put_data(grid, row, 3, grid->cols, STYLE_DATA, list->error);
    } else if (any)
        grid_put(grid, row, 1, STYLE_DIM, xbuf_cstr(&text));
    buf_release(&text);
    return any;
}

void
bar_draw(struct app *app, struct grid *grid)
{
    unsigned rows = bar_rows(app);
    unsigned last = grid->rows - 1;
    bool said;

    grid_clip(grid, grid_whole(grid));
    for (unsigned i = 0; i < rows; i++)
        grid_fill(grid, last - i, 0, grid->cols, STYLE_NORMAL, ' ');
    if (rows >= 2)
        draw_status(app, grid, last - rows + 1);
    if (app->prompt.active) {
        prompt_draw(&app->prompt, grid, last);
        if (!(rows >= 2 && draw_hint(app, grid, last - 1)) && rows == 3)
            draw_message(app, grid, last - 1);
        return;
    }
    if (app->question[0]) {
        unsigned col = grid_put(grid, last, 1, STYLE_WARN, app->question);

        col = grid_put(grid, last, col, STYLE_KEY, "  y");
        col = grid_put(grid, last, col, STYLE_NORMAL, " yes ");
        col = grid_put(grid, last, col, STYLE_KEY, " n");
        col = grid_put(grid, last, col, STYLE_NORMAL, " no ");
        grid_cursor(grid, last, col);
        return;
    }
    said = draw_message(app, grid, rows == 3 ? last - 1 : last);
    if (rows == 3 || !said)
        draw_keys(app, grid, last);
}
