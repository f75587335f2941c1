/* A list to choose from, narrowed by typing: tags, orders, help. */
#ifndef STET_TUI_PICKER_H
#define STET_TUI_PICKER_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"
#include "tui/grid.h"

struct picker_item {
    char *label;       /* may hold data: drawn as such */
    char *note;        /* our own words behind it; NULL: none */
    int id;            /* of the caller */
    bool chosen;       /* has a mark: a tag that is on */
    struct buf detail; /* data, shown below while the cursor is on it */
};

struct app;
struct picker;
/* One was picked; NULL: Enter on a text that no item has (`allow_new`). */
typedef void picker_done(struct app *app, struct picker *picker,
                         const struct picker_item *item, struct str typed,
                         uint32_t key);

struct picker {
    bool active;
    char title[64];
    struct picker_item *items;
    size_t count;
    struct buf typed;
    size_t at;      /* among those that match */
    size_t top;     /* first one drawn */
    bool allow_new; /* Enter takes what was typed */
    bool many;      /* Space picks and stays */
    size_t label_cells;
    picker_done *done;
    bool has_span; /* what the pick is about */
    size_t span_start, span_end;
};

void picker_init(struct picker *picker);
void picker_release(struct picker *picker);
/* Open empty; add items after it. */
void picker_open(struct picker *picker, const char *title, picker_done *done);
void picker_add(struct picker *picker, struct str label, const char *note,
                int id, bool chosen);
/* Of the item added last: its beginning is copied. */
void picker_explain(struct picker *picker, struct str detail);
void picker_close(struct picker *picker);
/* The item under the cursor; NULL: nothing matches. */
struct picker_item *picker_current(const struct picker *picker);
/* Takes every key while it is open; calls `done` and closes (or stays, after
 * Space, when `many`). */
void picker_key(struct app *app, struct picker *picker, uint32_t key);
void picker_paste(struct picker *picker, struct str text);
/* Before drawing: scroll to the cursor. */
void picker_layout(struct picker *picker, unsigned rows);
void picker_draw(const struct picker *picker, struct grid *grid);

#endif
