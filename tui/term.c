/* Curses, signals and terminal modes. What ncurses does not restore by itself
 * (bracketed paste, synchronized output; anything at all after a crash) is one
 * string of bytes prepared at the start, written by whoever ends first. */
#include "config.h"

#include "tui/term.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "stet/utf8.h"
#include "stet/xalloc.h"
#include "tui/keys.h"

#define RESTORE_MAX 512
#define PASTE_MAX (64u << 10)
#define PASTE_BEGINS 0x3001
#define PASTE_ENDS 0x3002
#define PASTE_WAIT_MS 500

/* Shared with signal handlers: written before they are installed, except for
 * the flags. */
static struct {
    char restore[RESTORE_MAX];
    size_t restore_len;
    struct termios saved;
    volatile sig_atomic_t active; /* the terminal is ours */
    volatile sig_atomic_t end_signal, stop_wanted, continued, resized;
    int pipe[2];
} shared = {.pipe = {-1, -1}};

struct terminal {
    SCREEN *screen;
    const char *fallback;
    bool color;
    bool has_default; /* the terminal's own colours can be asked for */
    bool synchronized;
    attr_t attributes[STYLE_COUNT];
    short pairs[STYLE_COUNT]; /* 0: the terminal's own */
    struct grid shown;        /* what the terminal shows */
    bool all;                 /* paint everything */
    struct buf paste;
    struct mouse mouse;
};

static void
write_all(const char *ptr, size_t len)
{
    while (len > 0) {
        ssize_t done = write(STDOUT_FILENO, ptr, len);

        if (done < 0 && errno != EINTR)
            return;
        if (done > 0) {
            ptr += done;
            len -= (size_t)done;
        }
    }
}

/* Async-signal-safe. */
static void
restore_now(void)
{
    if (!shared.active)
        return;
    shared.active = 0;
    write_all(shared.restore, shared.restore_len);
    tcsetattr(STDIN_FILENO, TCSANOW, &shared.saved);
}

static struct sigaction old_actions[NSIG];

static void
on_crash(int signal)
{
    restore_now();
    sigaction(signal, &old_actions[signal], NULL);
    (void)raise(signal);
}

static void
on_end(int signal)
{
    int saved_errno = errno;

    /* The second one does not wait; a closing terminal sends several at
     * once, though, and what was decided is still being saved then. */
    if (shared.end_signal == signal && signal != SIGHUP) {
        on_crash(signal);
        return;
    }
    shared.end_signal = signal;
    (void)!write(shared.pipe[1], "", 1);
    errno = saved_errno;
}

static void
on_stop(int signal)
{
    int saved_errno = errno;

    (void)signal;
    shared.stop_wanted = 1;
    (void)!write(shared.pipe[1], "", 1);
    errno = saved_errno;
}

static void
on_continue(int signal)
{
    (void)signal;
    shared.continued = 1;
}

/* Curses' own handler only sets a flag that is looked at when keys are read:
 * between that and poll() it would wait for the next key. */
static void
on_resize(int signal)
{
    int saved_errno = errno;

    if (old_actions[signal].sa_handler != SIG_DFL &&
        old_actions[signal].sa_handler != SIG_IGN)
        old_actions[signal].sa_handler(signal);
    shared.resized = 1;
    (void)!write(shared.pipe[1], "", 1);
    errno = saved_errno;
}

static const int crash_signals[] = {SIGSEGV, SIGBUS,  SIGILL,
                                    SIGFPE,  SIGABRT, SIGQUIT};
static const int end_signals[] = {SIGTERM, SIGHUP, SIGINT};

static void
handle(int signal, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};

    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, &old_actions[signal]);
}

static void
handle_signals(void)
{
    for (size_t i = 0; i < sizeof(crash_signals) / sizeof(int); i++)
        handle(crash_signals[i], on_crash);
    for (size_t i = 0; i < sizeof(end_signals) / sizeof(int); i++)
        handle(end_signals[i], on_end);
    handle(SIGCONT, on_continue);
    handle(SIGWINCH, on_resize);
}

static void
unhandle_signals(void)
{
    for (size_t i = 0; i < sizeof(crash_signals) / sizeof(int); i++)
        sigaction(crash_signals[i], &old_actions[crash_signals[i]], NULL);
    for (size_t i = 0; i < sizeof(end_signals) / sizeof(int); i++)
        sigaction(end_signals[i], &old_actions[end_signals[i]], NULL);
    sigaction(SIGTSTP, &old_actions[SIGTSTP], NULL);
    sigaction(SIGCONT, &old_actions[SIGCONT], NULL);
    sigaction(SIGWINCH, &old_actions[SIGWINCH], NULL);
}

/* Without the padding ("$<2>") that terminfo strings may hold. */
static void
add_restore(const char *bytes)
{
    if (!bytes || bytes == (const char *)-1)
        return;
    while (*bytes && shared.restore_len < RESTORE_MAX) {
        if (bytes[0] == '$' && bytes[1] == '<' && strchr(bytes, '>'))
            bytes = strchr(bytes, '>') + 1;
        else
            shared.restore[shared.restore_len++] = *bytes++;
    }
}

static bool
is_synchronized(const char *name)
{
    return strcmp(name, "linux") != 0 && strncmp(name, "vt", 2) != 0 &&
           strcmp(name, "ansi") != 0;
}

static void
prepare_restore(const struct terminal *term)
{
    shared.restore_len = 0;
    if (term->synchronized)
        add_restore("\033[?2026l");
    add_restore("\033[?2004l");
    if (tigetstr("kmous") && tigetstr("kmous") != (char *)-1)
        add_restore("\033[?1000l\033[?1006l");
    add_restore(tigetstr("sgr0"));
    add_restore(tigetstr("op"));
    add_restore(tigetstr("cnorm"));
    add_restore(tigetstr("rmkx"));
    add_restore(tigetstr("rmcup"));
    add_restore("\r");
}

static void
modes_on(void)
{
    static const char on[] = "\033[?2004h";

    write_all(on, sizeof(on) - 1);
}

static void
modes_off(void)
{
    static const char off[] = "\033[?2004l";

    write_all(off, sizeof(off) - 1);
}

static void
start_color_pairs(struct terminal *term)
{
    if (term->color && has_colors() && start_color() != ERR && COLORS >= 8 &&
        COLOR_PAIRS > STYLE_COUNT)
        term->has_default = use_default_colors() != ERR;
    else
        term->color = false;
    term_theme(term, THEME_DEFAULT);
}

static attr_t
attributes_of(const struct look *look)
{
    attr_t attributes = A_NORMAL;

    if (look->attributes & LOOK_BOLD)
        attributes |= A_BOLD;
    if (look->attributes & LOOK_DIM)
        attributes |= A_DIM;
    if (look->attributes & LOOK_UNDERLINE)
        attributes |= A_UNDERLINE;
    if (look->attributes & LOOK_REVERSE)
        attributes |= A_REVERSE;
    return attributes;
}

/* Each style has a pair of its own, if it has a colour. */
void
term_theme(struct terminal *term, enum theme theme)
{
    short background = -1;

    if (theme_is_opaque(theme) || !term->has_default)
        background = COLOR_BLACK;
    for (int style = 0; style < STYLE_COUNT; style++) {
        struct look look = theme_look(theme, (enum style)style);
        short color = COLORS >= 256 ? look.rich : look.basic;

        term->attributes[style] = attributes_of(&look);
        term->pairs[style] = 0;
        if (!term->color || theme == THEME_MONO ||
            (color < 0 && !theme_is_opaque(theme)))
            continue;
        if (init_pair((short)(style + 1), color, background) != ERR)
            term->pairs[style] = (short)(style + 1);
    }
    term_redraw(term);
}

/* Whether there is an entry of that name: newterm() leaks when there is none.
 */
static bool
is_known(const char *name)
{
    int status;
    char copy[64];

    if (!name || !name[0] || strlen(name) >= sizeof(copy) || strchr(name, '/'))
        return false;
    memcpy(copy, name, strlen(name) + 1);
    if (setupterm(copy, STDOUT_FILENO, &status) == ERR)
        return false;
    del_curterm(cur_term);
    return true;
}

/* newterm, on the terminal's own entry or one that most resemble. */
static enum err_code
open_screen(struct terminal *term, const char *name, struct error *err)
{
    static const char *const others[] = {"xterm-256color", "xterm", "ansi",
                                         "vt100"};

    if (is_known(name))
        term->screen = newterm(name, stdout, stdin);
    for (size_t i = 0; !term->screen && i < sizeof(others) / sizeof(others[0]);
         i++) {
        if (!is_known(others[i]))
            continue;
        term->screen = newterm(others[i], stdout, stdin);
        term->fallback = others[i];
        name = others[i];
    }
    if (!term->screen)
        return error_set(err, ERR_UNAVAILABLE,
                         "no terminal description works; use the subcommands "
                         "(stet search, stet show, stet verdict ...)");
    term->synchronized = is_synchronized(name);
    return ERR_OK;
}

static enum err_code
check_terminal(const struct tui_options *options, struct error *err)
{
    bool dumb = options->term && strcmp(options->term, "dumb") == 0;

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || dumb)
        return error_set(err, ERR_UNAVAILABLE,
                         "%s: the desk needs one; use the subcommands (stet "
                         "search, stet show, stet verdict ...) or "
                         "stet desk --script FILE",
                         dumb ? "TERM=dumb" : "not a terminal");
    return ERR_OK;
}

enum err_code
term_open(struct terminal **out, const struct tui_options *options,
          struct error *err)
{
    struct terminal *term;
    enum err_code code = check_terminal(options, err);

    if (code)
        return code;
    if (tcgetattr(STDIN_FILENO, &shared.saved) != 0 ||
        (shared.pipe[0] < 0 && pipe2(shared.pipe, O_CLOEXEC | O_NONBLOCK) != 0))
        return error_errno(err, errno, "terminal");
    term = xcalloc(1, sizeof(*term));
    term->color = !options->no_color;
    grid_init(&term->shown, 1, 1);
    shared.end_signal = shared.stop_wanted = 0;
    /* Before curses: one of its own it would ignore while it paints. */
    handle(SIGTSTP, on_stop);
    code = open_screen(term, options->term, err);
    if (code) {
        sigaction(SIGTSTP, &old_actions[SIGTSTP], NULL);
        grid_release(&term->shown);
        free(term);
        return code;
    }
    if (!getenv("ESCDELAY"))
        set_escdelay(25);
    raw();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    scrollok(stdscr, FALSE);
    start_color_pairs(term);
    define_key("\033[200~", PASTE_BEGINS);
    define_key("\033[201~", PASTE_ENDS);
    prepare_restore(term);
    shared.active = 1;
    handle_signals();
    xalloc_set_hook(restore_now);
    modes_on();
    term->all = true;
    *out = term;
    return ERR_OK;
}

void
term_close(struct terminal *term)
{
    if (!term)
        return;
    modes_off();
    endwin();
    restore_now(); /* after a paint that was cut short, too */
    unhandle_signals();
    xalloc_set_hook(NULL);
    delscreen(term->screen);
    grid_release(&term->shown);
    buf_release(&term->paste);
    free(term);
}

const char *
term_fallback(const struct terminal *term)
{
    return term->fallback;
}

void
term_size(const struct terminal *term, unsigned *rows, unsigned *cols)
{
    (void)term;
    *rows = LINES > 0 ? (unsigned)LINES : 1;
    *cols = COLS > 0 ? (unsigned)COLS : 1;
}

unsigned
term_wait(struct terminal *term, int wake_fd, int timeout_ms)
{
    struct pollfd fds[] = {{STDIN_FILENO, POLLIN, 0},
                           {wake_fd, POLLIN, 0},
                           {shared.pipe[0], POLLIN, 0}};
    char drain[64];
    unsigned what = 0;

    if (shared.end_signal || shared.stop_wanted || shared.resized)
        timeout_ms = 0;
    if (poll(fds, 3, timeout_ms) < 0)
        return TERM_INPUT;
    if (fds[0].revents)
        what |= TERM_INPUT;
    if (fds[0].revents & (POLLHUP | POLLERR) && !shared.end_signal)
        shared.end_signal = SIGHUP;
    if (fds[1].revents)
        what |= TERM_WAKE;
    if (shared.resized) {
        shared.resized = 0; /* curses tells when keys are read */
        term_redraw(term);  /* smaller and back again: it has lost text */
        what |= TERM_INPUT;
    }
    if (fds[2].revents)
        while (read(shared.pipe[0], drain, sizeof(drain)) > 0)
            ;
    if (shared.end_signal || shared.stop_wanted)
        what |= TERM_SIGNAL;
    return what;
}

int
term_signal(const struct terminal *term)
{
    (void)term;
    return shared.end_signal;
}

bool
term_stop_wanted(struct terminal *term)
{
    bool wanted = shared.stop_wanted;

    (void)term;
    shared.stop_wanted = 0;
    return wanted;
}

static const struct {
    int code;
    uint32_t key;
} function_keys[] = {
    {KEY_UP, KEY_IS_UP},
    {KEY_DOWN, KEY_IS_DOWN},
    {KEY_LEFT, KEY_IS_LEFT},
    {KEY_RIGHT, KEY_IS_RIGHT},
    {KEY_HOME, KEY_IS_HOME},
    {KEY_END, KEY_IS_END},
    {KEY_A1, KEY_IS_HOME},
    {KEY_C1, KEY_IS_END},
    {KEY_PPAGE, KEY_IS_PGUP},
    {KEY_NPAGE, KEY_IS_PGDN},
    {KEY_DC, KEY_IS_DELETE},
    {KEY_IC, KEY_IS_INSERT},
    {KEY_BTAB, KEY_IS_BACKTAB},
    {KEY_ENTER, KEY_IS_ENTER},
    {KEY_BACKSPACE, KEY_IS_BACKSPACE},
    {KEY_RESIZE, KEY_IS_RESIZE},
};

static uint32_t
function_key(int code)
{
    const char *name;

    for (size_t i = 0; i < sizeof(function_keys) / sizeof(function_keys[0]);
         i++)
        if (function_keys[i].code == code)
            return function_keys[i].key;
    if (code >= KEY_F(1) && code <= KEY_F(12))
        return KEY_IS_F1 + (uint32_t)(code - KEY_F(1));
    name = keyname(code); /* modified keys: run-time codes */
    if (!name)
        return KEY_IS_UNKNOWN;
    if (strncmp(name, "kLFT5", 5) == 0)
        return KEY_WITH_CTRL | KEY_IS_LEFT;
    if (strncmp(name, "kRIT5", 5) == 0)
        return KEY_WITH_CTRL | KEY_IS_RIGHT;
    return KEY_IS_UNKNOWN;
}

/* One character or key code; KEY_IS_NONE when there is no input. */
static uint32_t
read_key(int *code)
{
    wint_t wide = 0;
    int result = get_wch(&wide);

    *code = 0;
    if (result == ERR)
        return KEY_IS_NONE;
    if (result == KEY_CODE_YES) {
        *code = (int)wide;
        return function_key((int)wide);
    }
    if (wide == 0 || wide > 0x10FFFF)
        return KEY_IS_UNKNOWN;
    return wide == '\n' ? KEY_IS_ENTER : wide == 8 ? KEY_IS_BACKSPACE : wide;
}

/* Everything up to the end mark; keys in between are dropped. */
static void
read_paste(struct terminal *term)
{
    struct pollfd fd = {STDIN_FILENO, POLLIN, 0};
    int code;

    buf_clear(&term->paste);
    for (;;) {
        uint32_t key = read_key(&code);
        char bytes[4];

        if (code == PASTE_ENDS)
            return;
        if (key == KEY_IS_NONE) {
            if (poll(&fd, 1, PASTE_WAIT_MS) <= 0)
                return;
            continue;
        }
        if (code == 0 && key <= 0x10FFFF && term->paste.len < PASTE_MAX)
            xbuf_append(&term->paste, bytes, utf8_encode(key, bytes));
    }
}

/* False: a release, or another button. */
static bool
read_mouse(struct terminal *term)
{
    MEVENT event;
    enum mouse_kind kind;

    if (getmouse(&event) == ERR || event.x < 0 || event.y < 0)
        return false;
    if (event.bstate & BUTTON1_PRESSED)
        kind = MOUSE_CLICK;
    else if (event.bstate & BUTTON4_PRESSED)
        kind = MOUSE_WHEEL_UP;
    else if (event.bstate & BUTTON5_PRESSED)
        kind = MOUSE_WHEEL_DOWN;
    else
        return false;
    term->mouse = (struct mouse){kind, (unsigned)event.y, (unsigned)event.x};
    return true;
}

void
term_mouse(struct terminal *term, bool on)
{
    (void)term;
    mouseinterval(0); /* no waiting for a second click */
    (void)mousemask(
        on ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
}

struct mouse
term_mouse_event(const struct terminal *term)
{
    return term->mouse;
}

uint32_t
term_key(struct terminal *term)
{
    int code;
    uint32_t key = read_key(&code);

    while (code == KEY_MOUSE) {
        if (read_mouse(term))
            return KEY_IS_MOUSE;
        key = read_key(&code);
    }
    if (code == PASTE_BEGINS) {
        read_paste(term);
        return KEY_IS_PASTE;
    }
    if (key != KEY_IS_ESC)
        return key;
    /* Alt-x arrives as ESC and x at once */
    key = read_key(&code);
    if (key == KEY_IS_NONE)
        return KEY_IS_ESC;
    return code == 0 || key == KEY_IS_BACKSPACE ? key | KEY_WITH_ALT : key;
}

struct str
term_paste(const struct terminal *term)
{
    return buf_str(&term->paste);
}

/* A cell as curses wants it. A character whose width the C library does not
 * agree on would shift the row: a stand-in of the right width instead. */
static void
paint_cell(const struct terminal *term, unsigned row, unsigned col,
           const struct cell *cell)
{
    attr_t attributes = term->attributes[cell->style];
    short pair = term->pairs[cell->style];
    struct str bytes = {cell->bytes, cell->len};
    wchar_t wide[CCHARW_MAX + 1];
    size_t at = 0;
    size_t count = 0;
    cchar_t out;

    while (at < bytes.len && count < CCHARW_MAX) {
        unsigned len;

        wide[count++] = (wchar_t)utf8_decode(bytes, at, &len);
        at += len;
    }
    wide[count] = L'\0';
    if (cell->focus)
        attributes ^= A_REVERSE;
    if (wcwidth(wide[0]) != cell->cells ||
        setcchar(&out, wide, attributes, pair, NULL) == ERR) {
        attr_set(attributes, pair, NULL);
        for (unsigned i = 0; i < cell->cells; i++)
            mvaddch((int)row, (int)(col + i), '?');
        attr_set(A_NORMAL, 0, NULL);
        return;
    }
    mvadd_wch((int)row, (int)col, &out);
}

static void
paint_row(const struct terminal *term, const struct grid *grid, unsigned row)
{
    const struct cell *cells = &grid->cells[(size_t)row * grid->cols];
    const struct cell *shown = &term->shown.cells[(size_t)row * grid->cols];

    for (unsigned col = 0; col < grid->cols; col++) {
        if (cells[col].cells == 0)
            continue;
        if (term->all || memcmp(&cells[col], &shown[col], sizeof(*cells)) != 0)
            paint_cell(term, row, col, &cells[col]);
    }
}

void
term_paint(struct terminal *term, const struct grid *grid)
{
    static const char begin[] = "\033[?2026h";
    static const char end[] = "\033[?2026l";
    size_t size = (size_t)grid->rows * grid->cols * sizeof(*grid->cells);
    bool changed;

    if (term->shown.rows != grid->rows || term->shown.cols != grid->cols) {
        grid_resize(&term->shown, grid->rows, grid->cols);
        term->all = true;
    }
    changed = term->all || memcmp(term->shown.cells, grid->cells, size) != 0;
    if (!changed && term->shown.cursor_row == grid->cursor_row &&
        term->shown.cursor_col == grid->cursor_col)
        return;
    if (term->all)
        erase();
    if (changed)
        for (unsigned row = 0; row < grid->rows; row++)
            paint_row(term, grid, row);
    memcpy(term->shown.cells, grid->cells, size);
    term->shown.cursor_row = grid->cursor_row;
    term->shown.cursor_col = grid->cursor_col;
    term->all = false;
    move((int)grid->cursor_row, (int)grid->cursor_col);
    wnoutrefresh(stdscr);
    if (term->synchronized && changed)
        write_all(begin, sizeof(begin) - 1);
    doupdate();
    if (term->synchronized && changed)
        write_all(end, sizeof(end) - 1);
}

/* What terminals take: xterm 100,000 bytes of base64, others more. */
#define COPY_MAX 74994u

bool
term_copy(const struct terminal *term, struct str text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
                                 "qrstuvwxyz0123456789+/";
    struct buf out = {0};

    (void)term;
    if (text.len > COPY_MAX)
        return false;
    xbuf_append_str(&out, STR_LIT("\033]52;c;"));
    for (size_t i = 0; i < text.len; i += 3) {
        uint32_t bits = 0;
        char four[4];

        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 |
                   (i + k < text.len ? (unsigned char)text.ptr[i + k] : 0u);
        for (unsigned k = 0; k < 4; k++)
            four[k] =
                i + k > text.len ? '=' : digits[bits >> (18 - 6 * k) & 63];
        xbuf_append(&out, four, 4);
    }
    xbuf_append_str(&out, STR_LIT("\a"));
    write_all(out.ptr, out.len);
    buf_release(&out);
    return true;
}

void
term_redraw(struct terminal *term)
{
    clearok(stdscr, TRUE);
    term->all = true;
}

void
term_leave(struct terminal *term)
{
    (void)term;
    def_prog_mode();
    modes_off();
    endwin();
    shared.active = 0;
}

void
term_return(struct terminal *term)
{
    struct winsize size;

    reset_prog_mode();
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row &&
        size.ws_col && is_term_resized(size.ws_row, size.ws_col))
        resizeterm(size.ws_row, size.ws_col);
    shared.active = 1;
    modes_on();
    refresh();
    term_redraw(term);
}

/* The whole group stops, as the terminal driver does it: a script that runs
 * stet too. An orphaned group is not stopped by the kernel, hence the limit. */
bool
term_suspend(struct terminal *term)
{
    struct sigaction stop = {.sa_handler = SIG_DFL};
    struct sigaction former;

    if (getsid(0) == getpid())
        return false;
    term_leave(term);
    sigemptyset(&stop.sa_mask);
    sigaction(SIGTSTP, &stop, &former);
    shared.continued = 0;
    kill(0, SIGTSTP);
    for (unsigned i = 0; i < 20 && !shared.continued; i++)
        poll(NULL, 0, 10);
    sigaction(SIGTSTP, &former, NULL);
    term_return(term);
    return true;
}
