/* What views share: the desk, the keys, the prompt, the stack of views. */
#ifndef STET_TUI_APP_H
#define STET_TUI_APP_H

#include "tui/desk.h"
#include "tui/grid.h"
#include "tui/keyboard.h"
#include "tui/keys.h"
#include "tui/picker.h"
#include "tui/preferences.h"
#include "tui/prompt.h"

#define VIEWS_MAX 8

enum prompt_kind {
    ASK_COMMAND,
    ASK_FIND,
    ASK_QUERY,
    ASK_NOTE,
    ASK_PATTERN,
    ASK_REDACT,
    ASK_REASON,
    ASK_PIPE,
    ASK_KINDS
};

struct app;
struct view;
/* The answer to app_ask(); called once, also when the desk closes. */
typedef void app_answer(struct app *app, void *ctx, bool yes);

struct app {
    struct desk *desk;
    struct workspace *ws;
    const struct tui_options *options;
    struct terminal *term; /* NULL: a script's grid only */
    struct grid grid;
    struct keymap *keymap;
    struct preferences preferences;

    struct view *views[VIEWS_MAX];
    unsigned depth;

    struct prompt prompt;
    enum prompt_kind prompt_kind;
    struct prompt_history history[ASK_KINDS];
    bool history_loaded;

    struct buf followed; /* the query as it was looked at last */
    char mistake[120];   /* in it, while it is typed; empty: none */
    struct buf asked;    /* the query that was typed last */
    bool asked_open;     /* its outcome is not known yet */

    struct picker picker; /* over the view while it is open */

    char question[160]; /* "bad on 3 marked documents?"; empty: none */
    app_answer *answer;
    void *answer_ctx;

    char note[160]; /* our own message, until the next key */
    bool note_is_error;
    bool blank;       /* F12 */
    int64_t blank_us; /* since when */
    bool quit;
    uint64_t seen_message; /* serial of the one that a key answered */
};

struct view *app_view(const struct app *app);
void app_push(struct app *app, struct view *view); /* takes it */
void app_pop(struct app *app);
void app_say(struct app *app, bool is_error, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void app_ask(struct app *app, app_answer *answer, void *ctx, const char *fmt,
             ...) __attribute__((format(printf, 4, 5)));
void app_prompt(struct app *app, enum prompt_kind kind, const char *label,
                struct str initial);
/* Draw everything into the grid; the loop paints it. */
void app_draw(struct app *app);
/* Draw, and write the screen as text. */
enum err_code app_dump(struct app *app, struct str path, struct error *err);
/* Run a command as if its key was pressed. */
void app_run(struct app *app, enum command command, struct str argument,
             uint32_t key);
/* A `:` line. */
void app_run_line(struct app *app, struct str line);

/* Decide on the current document or the marks; asks first when there are
 * several. The strings must live until it returns. */
void app_act(struct app *app, const struct desk_act *act);
/* The verdict of a key or a digit; a name. NULL: none. */
const struct verdict_def *app_verdict_of_key(const struct app *app,
                                             uint32_t key);
const struct verdict_def *app_verdict_named(const struct app *app,
                                            struct str name);
/* :queue NAME, save NAME ..., give NAME A,B, split NAME N, remove NAME */
void app_queue(struct app *app, struct str words);
/* :template NAME; no name: a menu */
void app_template(struct app *app, struct str name);
/* :redact PATTERN: all that matches, shown as a word diff */
void app_redact(struct app *app, struct str pattern);
/* What stands for a redacted passage. */
struct str app_placeholder(const struct app *app);
/* :add: a new document, linked to the current one, in the editor */
void app_add(struct app *app);
/* :adjudicate: the documents on which reviewers differ */
void app_adjudicate(struct app *app);
/* :guide TAG */
void app_guide(struct app *app, struct str tag);
/* The next covered line of the current text, as `pane` shows it; NULL: it is
 * not on the screen. */
struct text_pane;
void app_uncover_line(struct app *app, struct text_pane *pane);
/* :escalate WHY, :resolve WHY */
void app_escalate(struct app *app, struct str why);
void app_resolve(struct app *app, struct str why);
/* :send-back REVIEWER WHY */
void app_send_back(struct app *app, struct str words);
/* :tag +x -y */
void app_tag(struct app *app, struct str words, const struct span *span);
/* A query's words, apart from its order (NULL: left out). */
void query_split(struct str query, struct buf *rest, struct buf *order);
/* :score NAME, and the keys to the next and previous score; the histogram. */
void app_focus_score(struct app *app, struct str name);
void app_move_score(struct app *app, int direction);
void app_open_histogram(struct app *app, struct str name);
void app_open_report(struct app *app);
/* Overlays. */
void app_open_help(struct app *app);
/* :map */
void app_map(struct app *app, struct str words);
/* :set; then app_prefer() */
void app_set(struct app *app, struct str words);
/* Make the screen as the preferences say. */
void app_prefer(struct app *app);
void app_open_order(struct app *app);
void app_open_tags(struct app *app, const struct span *span);
/* The $EDITOR round trip of the current document (its draft if it has one) or
 * of a span of it, beginning near byte `at`; then the word diff. */
void app_edit(struct app *app, const struct span *span, size_t at);
/* NULL: it may be rewritten; else why not. */
const char *app_why_not_rewrite(const struct desk_document *document);
/* The same in place. */
void app_rewrite(struct app *app, const struct span *span, size_t at);
/* My draft, else my rewrite that stands (then *accepted), else the text. */
struct str app_rewrite_of(struct app *app, const struct desk_document *document,
                          bool *accepted);

/* Hand-offs; each says what it did or why not. `span`: that of the current
 * document, or NULL for all of it. */
void app_copy_ids(struct app *app);
void app_copy_text(struct app *app, const struct span *span);
void app_pipe(struct app *app, const struct span *span, struct str command);

/* The two or three lines at the bottom. */
#define BAR_COUNT 32
void bar_count(uint64_t count, char out[BAR_COUNT]); /* "77,790" */
#define BAR_AGE 16
/* How long ago: "now", "12 min", "3 h"; then local time, "Nov 25 16:02". */
void bar_age(int64_t at_us, char out[BAR_AGE]);
unsigned bar_rows(const struct app *app);
void bar_draw(struct app *app, struct grid *grid);

#endif
