/* Views: open, layout, command, draw, close. Commands change state; draw only
 * reads it. The loop in app.c alone draws. */
#ifndef STET_TUI_VIEW_H
#define STET_TUI_VIEW_H

#include "tui/app.h"
#include "tui/desk_text.h"

struct view_ops {
    const char *name;
    /* Where its keys are looked up now: one bit of enum context. */
    unsigned (*where)(const struct view *view);
    /* `argument`: the rest of a `:` command; `key`: what was pressed, or
     * KEY_IS_NONE. */
    void (*command)(struct view *view, enum command command,
                    struct str argument, uint32_t key);
    /* A prompt that the view opened was answered. */
    void (*answer)(struct view *view, enum prompt_kind kind, struct str line);
    /* Optional: what stands in its prompt now; ptr NULL: it was left. */
    void (*typed)(struct view *view, enum prompt_kind kind, struct str line);
    /* Before each drawing: decide what is where, ask the desk for it. */
    void (*layout)(struct view *view, unsigned rows, unsigned cols);
    void (*draw)(const struct view *view, struct grid *grid);
    /* After it: what of the document was painted. */
    void (*painted)(struct view *view);
    void (*close)(struct view *view);
    /* Optional: keys before they are looked up, pasted text (an editor's);
     * false: not mine. */
    bool (*key)(struct view *view, uint32_t key);
    bool (*paste)(struct view *view, struct str text);
    /* Optional: at least every DESK_TICK_MS; true: draw it anew. */
    bool (*tick)(struct view *view);
    void (*mouse)(struct view *view, const struct mouse *mouse);
};

/* The first member of every view. */
struct view {
    const struct view_ops *ops;
    struct app *app;
};

struct view *view_start_new(struct app *app);
struct view *view_work_new(struct app *app);
/* Of what is marked; acts are added (their strings are copied), up to 20. */
struct view *view_sheet_new(struct app *app);
bool view_sheet_add(struct view *view, const struct desk_act *act);
bool view_is_sheet(const struct view *view);
/* Copies `filter`: only lines with it. */
struct view *view_log_new(struct app *app, struct str filter);
struct view *view_adjudicate_new(struct app *app);
struct view *view_failures_new(struct app *app);
/* Copies both. */
struct view *view_guide_new(struct app *app, struct str name, struct str text);
/* Of the current document, after desk_ask_similar(). */
struct view *view_similar_new(struct app *app);
bool view_is_similar(const struct view *view);
/* Of a score over the list; desk_histogram_refusal() must give none. */
struct view *view_histogram_new(struct app *app, unsigned score);
/* Of the current document, which must be there. */
struct view *view_audit_new(struct app *app);
/* The editor: `old` is what the document (or its `span`, unless NULL) says,
 * `now` what is edited, `at` the byte in it where it begins. Copies all. */
struct view *view_edit_new(struct app *app, struct str old, struct str now,
                           const struct span *span, size_t at);
/* A page about the current document, which must be there and not covered. */
struct view *view_page_new(struct app *app, enum desk_page_kind kind);
bool view_is_edit(const struct view *view);
/* Text from a template. */
void view_edit_insert(struct view *view, struct str text, enum template_at at);
/* An editor, a diff, of a new document instead of a rewrite. */
void view_edit_adds(struct view *view);
void view_diff_adds(struct view *view);
/* What is edited, or shown, began as a proposal: accepting it closes that, and
 * gives `from` as the reason. */
void view_edit_from(struct view *view, int64_t proposal, struct str from);
void view_diff_from(struct view *view, int64_t proposal, struct str from);
/* A rewrite of the current document, or of `span` in it (NULL: all of it):
 * what it was, what it shall be. Copies both. */
struct view *view_diff_new(struct app *app, struct str old, struct str new_text,
                           const struct span *span);
/* What a model proposes for the current document. Copies what it needs. */
struct view *view_proposal_new(struct app *app, struct str old,
                               const struct proposal *proposal);

#endif
