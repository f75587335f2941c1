/* The audit of a document: every decision that may be seen, oldest first, each
 * with what it replaced and the circumstances it was made in. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/view.h"

struct entry {
    struct str reviewer, what; /* raw data */
    struct str facts;          /* our words; data in them is escaped */
    int64_t at_us;
    bool undone;
};

struct audit_view {
    struct view view;
    struct arena arena;
    struct str id;
    bool peers_hidden;
    struct entry *entries;
    size_t count;
    size_t at, top, shown;
};

static struct audit_view *
audit_of(struct view *view)
{
    return (struct audit_view *)view;
}

/* What a reviewer's earlier decision of this kind was, while it stood. */
static const struct annotation *
replaced(const struct annotation *history, size_t at)
{
    const struct annotation *a = &history[at];

    if (a->kind != ANNOTATION_VERDICT && a->kind != ANNOTATION_RATE)
        return NULL;
    for (size_t i = at; i > 0; i--) {
        const struct annotation *former = &history[i - 1];

        if (former->kind == a->kind && !former->undone &&
            str_equal(former->reviewer, a->reviewer) &&
            (a->kind == ANNOTATION_VERDICT ||
             str_equal(former->value, a->value)))
            return former;
    }
    return NULL;
}

static void
put_facts(const struct annotation *a, const struct annotation *former,
          bool second, bool timed, struct buf *out)
{
    struct buf raw = {0};

    if (former)
        xbuf_printf(&raw, "was %.*s", STR_FMT(former->value));
    if (former && former->kind == ANNOTATION_RATE)
        xbuf_printf(&raw, "=%g", former->number);
    if (second)
        xbuf_printf(&raw, "%ssecond opinion", raw.len ? ", " : "");
    xbuf_printf(&raw, "%s%s", raw.len ? ", " : "", annotation_how_name(a->how));
    if (a->how == HOW_READ && timed)
        xbuf_printf(&raw, " %.1f s", a->ms / 1e3);
    if (a->how == HOW_READ)
        xbuf_printf(&raw, ", %.0f %% shown, scores %s, peers %s",
                    a->share * 100,
                    a->visible & VISIBLE_SCORES ? "seen" : "hidden",
                    a->visible & VISIBLE_PEERS ? "seen" : "hidden");
    if (a->queue.len)
        xbuf_printf(&raw, ", queue %.*s:%u", STR_FMT(a->queue),
                    (unsigned)a->position + 1);
    if (a->query.len)
        xbuf_printf(&raw, ", query %.*s", STR_FMT(a->query));
    if (a->policy.len >= 8)
        xbuf_printf(&raw, ", policy %.8s", a->policy.ptr);
    width_escape(buf_str(&raw), 0, out);
    buf_release(&raw);
}

static void
fill(struct audit_view *audit, const struct desk_document *document)
{
    struct arena *arena = &audit->arena;
    const struct annotation *history = document->history;

    audit->peers_hidden = document->peers_hidden;
    audit->id = arena_copy(arena, document->document->id);
    audit->entries = arena_alloc(arena, (document->history_count + 1) *
                                            sizeof(*audit->entries));
    for (size_t i = 0; audit->entries && i < document->history_count; i++) {
        struct entry *entry = &audit->entries[audit->count];
        struct buf what = {0};
        struct buf facts = {0};
        struct annotation act;

        if (history[i].kind == ANNOTATION_CLAIM)
            continue;
        act = history[i];
        if (document->masked) /* what people wrote is covered with the text */
            act.text = act.reason = (struct str){NULL, 0};
        desk_describe(&act, &what);
        /* a script's screens must not depend on how quick it ran */
        put_facts(&history[i], replaced(history, i),
                  desk_is_second_opinion(&history[i], history, i),
                  !audit->view.app->options->script, &facts);
        *entry =
            (struct entry){.at_us = history[i].at_us,
                           .undone = history[i].undone,
                           .reviewer = arena_copy(arena, history[i].reviewer),
                           .what = arena_copy(arena, buf_str(&what)),
                           .facts = arena_copy(arena, buf_str(&facts))};
        buf_release(&what);
        buf_release(&facts);
        audit->count++;
    }
}

static unsigned
where(const struct view *view)
{
    (void)view;
    return IN_AUDIT;
}

static void
move_by(struct audit_view *audit, long entries)
{
    long last = (long)audit->count - 1;
    long at = (long)audit->at + entries;

    audit->at = (size_t)(at < 0 || last < 0 ? 0 : at > last ? last : at);
}

static void
command(struct view *view, enum command command, struct str argument,
        uint32_t key)
{
    struct audit_view *audit = audit_of(view);
    long page = audit->shown > 1 ? (long)audit->shown - 1 : 1;

    (void)argument;
    (void)key;
    switch ((int)command) {
    case CMD_DOWN:
        move_by(audit, 1);
        break;
    case CMD_UP:
        move_by(audit, -1);
        break;
    case CMD_HALF_DOWN:
    case CMD_PAGE_DOWN:
        move_by(audit, page);
        break;
    case CMD_HALF_UP:
    case CMD_PAGE_UP:
        move_by(audit, -page);
        break;
    case CMD_TOP:
        move_by(audit, -(long)audit->at);
        break;
    case CMD_END:
        move_by(audit, (long)audit->count);
        break;
    case CMD_BACK:
        app_pop(view->app);
        break;
    default:
        break;
    }
}

static void
layout(struct view *view, unsigned rows, unsigned cols)
{
    struct audit_view *audit = audit_of(view);

    (void)cols;
    audit->shown = rows > 2 ? (rows - 1) / 2 : 1;
    if (audit->at < audit->top)
        audit->top = audit->at;
    if (audit->at >= audit->top + audit->shown)
        audit->top = audit->at - audit->shown + 1;
}

static void
draw_entry(const struct entry *entry, struct grid *grid, unsigned row)
{
    char when[BAR_AGE];
    unsigned cols = grid->clip.cols;
    unsigned col = 15;

    bar_age(entry->at_us, when);
    grid_put(grid, row, 2, STYLE_DIM, when);
    col += grid_put_data(grid, row, col, 20, STYLE_DATA_TITLE, entry->reviewer);
    col++;
    if (entry->undone)
        col = grid_put(grid, row, col, STYLE_WARN, "undone ");
    if (cols > col)
        grid_put_data(grid, row, col, cols - col,
                      entry->undone ? STYLE_DATA_DIM : STYLE_DATA, entry->what);
    if (cols > 17)
        grid_put_data(grid, row + 1, 17, cols - 17, STYLE_DATA_DIM,
                      entry->facts);
}

static void
draw(const struct view *view, struct grid *grid)
{
    const struct audit_view *audit = (const struct audit_view *)view;
    unsigned col;

    grid_rule(grid, 0);
    col = grid_put(grid, 0, 2, STYLE_TITLE, " audit of ");
    col += grid_put_data(grid, 0, col, 40, STYLE_DATA_TITLE, audit->id);
    grid_printf(grid, 0, col, STYLE_NORMAL, "  %zu decision%s%s ", audit->count,
                audit->count == 1 ? "" : "s",
                audit->peers_hidden ? "; others' are hidden until yours" : "");
    if (audit->count == 0)
        grid_put(grid, 1, 2, STYLE_DIM, "none");
    for (size_t i = 0; i < audit->shown && audit->top + i < audit->count; i++) {
        unsigned row = (unsigned)i * 2 + 1;
        size_t at = audit->top + i;

        draw_entry(&audit->entries[at], grid, row);
        if (at == audit->at) {
            grid_put(grid, row, 0, STYLE_BOLD, ">");
            grid_focus(grid, row, 0, true);
        }
    }
}

static void
close_view(struct view *view)
{
    arena_release(&audit_of(view)->arena);
    free(view);
}

struct view *
view_audit_new(struct app *app)
{
    static const struct view_ops ops = {
        .name = "audit",
        .where = where,
        .command = command,
        .layout = layout,
        .draw = draw,
        .close = close_view,
    };
    struct audit_view *audit = xcalloc(1, sizeof(*audit));

    audit->view = (struct view){&ops, app};
    arena_init(&audit->arena, 0);
    fill(audit, desk_document(app->desk));
    return &audit->view;
}
