/* The line editor. Its text is data like any other when it is drawn: a paste
 * or a history line may hold anything. */
#include "config.h"

#include "tui/prompt.h"

#include <assert.h>
#include <stdlib.h>

#include "stet/utf8.h"
#include "stet/xalloc.h"
#include "tui/keys.h"

enum {
    CTRL_A = 1,
    CTRL_B = 2,
    CTRL_C = 3,
    CTRL_D = 4,
    CTRL_E = 5,
    CTRL_F = 6,
    CTRL_G = 7,
    CTRL_H = 8,
    CTRL_J = 10,
    CTRL_K = 11,
    CTRL_N = 14,
    CTRL_P = 16,
    CTRL_R = 18,
    CTRL_T = 20,
    CTRL_U = 21,
    CTRL_W = 23,
    CTRL_Y = 25
};

void
history_release(struct prompt_history *history)
{
    for (size_t i = 0; i < history->count; i++)
        free(history->lines[i]);
    free(history->lines);
    free(history->lens);
    *history = (struct prompt_history){0};
}

static void
history_remove(struct prompt_history *history, size_t at)
{
    size_t behind = history->count - at - 1;

    free(history->lines[at]);
    memmove(&history->lines[at], &history->lines[at + 1],
            behind * sizeof(*history->lines));
    memmove(&history->lens[at], &history->lens[at + 1],
            behind * sizeof(*history->lens));
    history->count--;
}

static struct str
history_line(const struct prompt_history *history, size_t i)
{
    return (struct str){history->lines[i], history->lens[i]};
}

void
history_add(struct prompt_history *history, struct str line)
{
    if (line.len == 0)
        return;
    assert(line.ptr);
    for (size_t i = 0; i < history->count; i++)
        if (str_equal(history_line(history, i), line)) {
            history_remove(history, i);
            break;
        }
    if (history->count == PROMPT_HISTORY)
        history_remove(history, 0);
    history->lines = xreallocarray(history->lines, history->count + 1,
                                   sizeof(*history->lines));
    history->lens = xreallocarray(history->lens, history->count + 1,
                                  sizeof(*history->lens));
    history->lines[history->count] = xstrndup(line);
    history->lens[history->count++] = line.len;
}

void
history_format(const struct prompt_history *history, struct buf *out)
{
    for (size_t i = 0; i < history->count; i++) {
        xbuf_append_str(out, history_line(history, i));
        xbuf_append(out, "\n", 1);
    }
}

void
history_parse(struct prompt_history *history, struct str text)
{
    size_t start = 0;

    while (start < text.len) {
        size_t end = str_find(text, STR_LIT("\n"), start);

        if (end == SIZE_MAX)
            end = text.len;
        history_add(history, str_slice(text, start, end));
        start = end + 1;
    }
}

void
prompt_init(struct prompt *prompt)
{
    *prompt = (struct prompt){.error_at = SIZE_MAX, .candidate = SIZE_MAX};
}

void
prompt_release(struct prompt *prompt)
{
    buf_release(&prompt->line);
    buf_release(&prompt->kill);
    buf_release(&prompt->pending);
    buf_release(&prompt->pattern);
    buf_release(&prompt->word);
    *prompt = (struct prompt){0};
}

static void
set_line(struct prompt *prompt, struct str line)
{
    struct str copy = {NULL, 0};
    char *bytes = xstrndup(line);

    copy = (struct str){bytes, line.len};
    buf_clear(&prompt->line);
    xbuf_append_str(&prompt->line, copy);
    prompt->at = prompt->line.len;
    free(bytes);
}

void
prompt_open(struct prompt *prompt, const char *label, struct str initial,
            struct prompt_history *history)
{
    prompt->active = true;
    prompt->searching = false;
    prompt->complete = NULL;
    prompt->candidate = SIZE_MAX;
    prompt->error_at = SIZE_MAX;
    prompt->history = history;
    prompt->place = history ? history->count : 0;
    buf_clear(&prompt->pending);
    buf_clear(&prompt->pattern);
    memset(prompt->label, 0, sizeof(prompt->label));
    for (size_t i = 0; label[i] && i + 1 < sizeof(prompt->label); i++)
        prompt->label[i] = label[i];
    set_line(prompt, initial);
}

void
prompt_close(struct prompt *prompt)
{
    prompt->active = false;
}

static void
insert(struct prompt *prompt, struct str text)
{
    struct buf next = {0};

    if (prompt->line.len + text.len > PROMPT_MAX)
        return;
    xbuf_append(&next, prompt->line.ptr, prompt->at);
    xbuf_append_str(&next, text);
    xbuf_append_str(
        &next, str_slice(buf_str(&prompt->line), prompt->at, prompt->line.len));
    prompt->at += text.len;
    buf_release(&prompt->line);
    prompt->line = next;
}

/* Take [start, end) out, into the kill buffer if `keep`. */
static void
cut(struct prompt *prompt, size_t start, size_t end, bool keep)
{
    struct buf *line = &prompt->line;

    if (start >= end)
        return;
    if (keep) {
        buf_clear(&prompt->kill);
        xbuf_append(&prompt->kill, line->ptr + start, end - start);
    }
    memmove(line->ptr + start, line->ptr + end, line->len - end);
    line->len -= end - start;
    if (prompt->at >= end)
        prompt->at -= end - start;
    else if (prompt->at > start)
        prompt->at = start;
}

/* The grapheme before or after the cursor. */
static size_t
left_of(const struct prompt *prompt, size_t at)
{
    struct str line = buf_str(&prompt->line);
    size_t pos = 0;
    size_t last = 0;

    while (pos < at) {
        last = pos;
        pos = width_piece(line, pos, false).end;
    }
    return last;
}

static size_t
right_of(const struct prompt *prompt, size_t at)
{
    struct str line = buf_str(&prompt->line);

    return at < line.len ? width_piece(line, at, false).end : at;
}

static bool
is_word(const struct prompt *prompt, size_t at)
{
    unsigned char byte = (unsigned char)prompt->line.ptr[at];

    return byte >= 0x80 || (byte >= '0' && byte <= '9') ||
           ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

static size_t
word_left(const struct prompt *prompt, size_t at)
{
    while (at > 0 && !is_word(prompt, at - 1))
        at--;
    while (at > 0 && is_word(prompt, at - 1))
        at--;
    return at;
}

static size_t
word_right(const struct prompt *prompt, size_t at)
{
    while (at < prompt->line.len && !is_word(prompt, at))
        at++;
    while (at < prompt->line.len && is_word(prompt, at))
        at++;
    return at;
}

static size_t
space_left(const struct prompt *prompt, size_t at)
{
    while (at > 0 && prompt->line.ptr[at - 1] == ' ')
        at--;
    while (at > 0 && prompt->line.ptr[at - 1] != ' ')
        at--;
    return at;
}

static void
show_history(struct prompt *prompt, size_t place)
{
    struct prompt_history *history = prompt->history;

    if (!history || place > history->count)
        return;
    if (prompt->place == history->count) {
        buf_clear(&prompt->pending);
        xbuf_append_str(&prompt->pending, buf_str(&prompt->line));
    }
    prompt->place = place;
    set_line(prompt, place == history->count ? buf_str(&prompt->pending)
                                             : history_line(history, place));
}

/* The newest line before `from` that holds the pattern. */
static void
search_history(struct prompt *prompt, size_t from)
{
    struct prompt_history *history = prompt->history;

    while (history && from > 0) {
        from--;
        if (str_find(history_line(history, from), buf_str(&prompt->pattern),
                     0) != SIZE_MAX) {
            show_history(prompt, from);
            return;
        }
    }
}

static void
search_key(struct prompt *prompt, uint32_t key)
{
    char bytes[4];
    size_t count = prompt->history ? prompt->history->count : 0;

    if (key == CTRL_R) {
        search_history(prompt, prompt->place);
        return;
    }
    if (key == KEY_IS_BACKSPACE || key == CTRL_H) {
        if (prompt->pattern.len > 0)
            prompt->pattern.len =
                utf8_prev(buf_str(&prompt->pattern), prompt->pattern.len - 1);
        return;
    }
    xbuf_append(&prompt->pattern, bytes, utf8_encode(key, bytes));
    search_history(prompt, count);
}

static void
complete(struct prompt *prompt)
{
    struct buf found = {0};
    struct buf line = {0};
    struct buf note = {0};
    struct completion completion = {.out = &found, .note = &note};
    size_t start;

    if (!prompt->complete)
        return;
    if (prompt->candidate == SIZE_MAX) {
        buf_clear(&prompt->word);
        xbuf_append(&prompt->word, prompt->line.ptr, prompt->at);
        prompt->candidate = 0;
    }
    completion.line = buf_str(&prompt->word);
    completion.at = prompt->word.len;
    completion.number = prompt->candidate;
    start = prompt->word.len;
    if (prompt->complete(prompt->ctx, &completion)) {
        start = completion.start;
        buf_release(&note);
    } else {
        buf_release(&note);
        if (prompt->candidate > 0) { /* round again, through what was typed */
            buf_clear(&found);
            prompt->candidate = SIZE_MAX;
        } else {
            prompt->candidate = SIZE_MAX;
            buf_release(&found);
            return;
        }
    }
    xbuf_append(&line, prompt->word.ptr, start);
    xbuf_append_str(&line, buf_str(&found));
    start = line.len;
    xbuf_append_str(
        &line, str_slice(buf_str(&prompt->line), prompt->at, prompt->line.len));
    buf_release(&prompt->line);
    buf_release(&found);
    prompt->line = line;
    prompt->at = start;
    if (prompt->candidate != SIZE_MAX)
        prompt->candidate++;
}

static bool
move_key(struct prompt *prompt, uint32_t key)
{
    switch (key) {
    case CTRL_A:
    case KEY_IS_HOME:
        prompt->at = 0;
        return true;
    case CTRL_E:
    case KEY_IS_END:
        prompt->at = prompt->line.len;
        return true;
    case CTRL_B:
    case KEY_IS_LEFT:
        prompt->at = left_of(prompt, prompt->at);
        return true;
    case CTRL_F:
    case KEY_IS_RIGHT:
        prompt->at = right_of(prompt, prompt->at);
        return true;
    case KEY_WITH_ALT | 'b':
    case KEY_WITH_CTRL | KEY_IS_LEFT:
        prompt->at = word_left(prompt, prompt->at);
        return true;
    case KEY_WITH_ALT | 'f':
    case KEY_WITH_CTRL | KEY_IS_RIGHT:
        prompt->at = word_right(prompt, prompt->at);
        return true;
    case CTRL_P:
    case KEY_IS_UP:
        if (prompt->place > 0)
            show_history(prompt, prompt->place - 1);
        return true;
    case CTRL_N:
    case KEY_IS_DOWN:
        show_history(prompt, prompt->place + 1);
        return true;
    default:
        return false;
    }
}

static bool
cut_key(struct prompt *prompt, uint32_t key)
{
    size_t at = prompt->at;

    switch (key) {
    case KEY_IS_BACKSPACE:
    case CTRL_H:
        cut(prompt, left_of(prompt, at), at, false);
        return true;
    case CTRL_D:
    case KEY_IS_DELETE:
        cut(prompt, at, right_of(prompt, at), false);
        return true;
    case CTRL_W:
        cut(prompt, space_left(prompt, at), at, true);
        return true;
    case KEY_WITH_ALT | KEY_IS_BACKSPACE:
        cut(prompt, word_left(prompt, at), at, true);
        return true;
    case KEY_WITH_ALT | 'd':
        cut(prompt, at, word_right(prompt, at), true);
        return true;
    case CTRL_U:
        cut(prompt, 0, at, true);
        return true;
    case CTRL_K:
        cut(prompt, at, prompt->line.len, true);
        return true;
    case CTRL_Y:
        insert(prompt, buf_str(&prompt->kill));
        return true;
    default:
        return false;
    }
}

enum prompt_result
prompt_key(struct prompt *prompt, uint32_t key)
{
    char bytes[4];
    bool character = key >= 0x20 && key <= 0x10FFFF && key != KEY_IS_BACKSPACE;

    if (key == KEY_IS_ENTER || key == CTRL_J)
        return PROMPT_DONE;
    if (key == KEY_IS_ESC || key == CTRL_G || key == CTRL_C)
        return PROMPT_LEFT;
    if (prompt->searching &&
        (character || key == CTRL_R || key == KEY_IS_BACKSPACE)) {
        search_key(prompt, key);
        return PROMPT_STAYS;
    }
    prompt->searching = key == CTRL_R;
    if (prompt->searching) {
        buf_clear(&prompt->pattern);
        return PROMPT_STAYS;
    }
    if (key == KEY_IS_TAB) {
        complete(prompt);
        return PROMPT_STAYS;
    }
    prompt->candidate = SIZE_MAX;
    if (move_key(prompt, key))
        return PROMPT_STAYS;
    prompt->error_at = SIZE_MAX;
    if ((key == KEY_IS_BACKSPACE || key == CTRL_H) && prompt->line.len == 0)
        return PROMPT_LEFT;
    if (!cut_key(prompt, key) && character)
        insert(prompt, (struct str){bytes, utf8_encode(key, bytes)});
    return PROMPT_STAYS;
}

void
prompt_paste(struct prompt *prompt, struct str text)
{
    struct buf line = {0};

    for (size_t i = 0; i < text.len; i++) {
        char byte = text.ptr[i];

        if ((unsigned char)byte < 0x20 || byte == 0x7F)
            byte = ' ';
        xbuf_append(&line, &byte, 1);
    }
    insert(prompt, str_trim(buf_str(&line)));
    buf_release(&line);
}

void
prompt_draw(const struct prompt *prompt, struct grid *grid, unsigned row)
{
    struct str line = buf_str(&prompt->line);
    unsigned col;
    unsigned room;
    size_t from = 0;
    size_t before = width_cells(str_slice(line, 0, prompt->at));

    grid_fill(grid, row, 0, grid->clip.cols, STYLE_NORMAL, ' ');
    if (prompt->searching) {
        col = grid_put(grid, row, 0, STYLE_PROMPT, "history: ");
        col += grid_put_data(grid, row, col, 30, STYLE_DATA,
                             buf_str(&prompt->pattern));
        col = grid_put(grid, row, col, STYLE_PROMPT, " > ");
    } else {
        col = grid_put(grid, row, 0, STYLE_PROMPT, prompt->label);
    }
    room = col < grid->clip.cols ? grid->clip.cols - col : 0;
    /* the stretch before the cursor must fit */
    while (from < prompt->at && before + 1 > room) {
        size_t next = width_piece(line, from, false).end;

        before -= width_cells(str_slice(line, from, next));
        from = next;
    }
    grid_put_data(grid, row, col, room, STYLE_DATA,
                  str_slice(line, from, line.len));
    if (prompt->error_at != SIZE_MAX && prompt->error_at >= from &&
        prompt->error_at < line.len) {
        struct piece piece = width_piece(line, prompt->error_at, false);
        struct pen pen = {grid, row, col, grid->clip.cols, STYLE_ERROR};

        pen.col +=
            (unsigned)width_cells(str_slice(line, from, prompt->error_at));
        grid_put_piece(&pen, line, &piece);
    }
    grid_cursor(grid, row,
                col + (unsigned)width_cells(str_slice(line, from, prompt->at)));
}

/* The word itself, when it is whole, first with what it is. */
static unsigned
draw_candidate(struct grid *grid, unsigned row, unsigned col,
               const struct completion *completion)
{
    unsigned room = grid->clip.cols - col;
    size_t cells = width_cells(buf_str(completion->out)) + 1 +
                   width_cells(buf_str(completion->note)) + 2;

    if (cells > room && completion->number > 0)
        return grid->clip.cols;
    col += grid_put_data(grid, row, col, room, STYLE_DATA_TITLE,
                         buf_str(completion->out));
    if (completion->note->len)
        col = grid_put(grid, row, col + 1, STYLE_DIM,
                       xbuf_cstr(completion->note));
    return col + 2;
}

bool
prompt_draw_candidates(const struct prompt *prompt, struct grid *grid,
                       unsigned row)
{
    struct buf out = {0};
    struct buf note = {0};
    struct completion completion = {.out = &out, .note = &note};
    unsigned col = 1;

    if (!prompt->complete || prompt->searching)
        return false;
    completion.line = prompt->candidate == SIZE_MAX ? buf_str(&prompt->line)
                                                    : buf_str(&prompt->word);
    completion.at =
        prompt->candidate == SIZE_MAX ? prompt->at : prompt->word.len;
    while (col < grid->clip.cols &&
           prompt->complete(prompt->ctx, &completion)) {
        if (completion.number == 0)
            grid_fill(grid, row, 0, grid->clip.cols, STYLE_NORMAL, ' ');
        col = draw_candidate(grid, row, col, &completion);
        completion.number++;
        buf_clear(&out);
        buf_clear(&note);
    }
    buf_release(&out);
    buf_release(&note);
    return completion.number > 0;
}
