/* A score over the current hits, a bin a row, the worst on top, the reviewers'
 * verdicts in the bars; a threshold that moves and what it is worth. Enter
 * makes a bin the query; back from there returns to all of them. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stet/xalloc.h"
#include "tui/bin_query.h"
#include "tui/histogram_view.h"

#define BINS_MOST 40u

static struct histogram_view *
view_of(struct view *view)
{
    return (struct histogram_view *)view;
}

/* A reload may bring fewer scores than there were. */
const struct score_def *
histogram_score(const struct histogram_view *v)
{
    static char none[] = "";
    static const struct score_def nothing = {.name = none};
    struct desk *desk = v->view.app->desk;

    return v->score < desk_score_count(desk) ? desk_score_def(desk, v->score)
                                             : &nothing;
}

const struct desk_histogram *
histogram_of_view(const struct histogram_view *v)
{
    const struct desk_histogram *h = desk_histogram(v->view.app->desk);

    return h && h->score == v->score && !v->away && !v->coming_back ? h : NULL;
}

bool
histogram_is_label(const struct histogram_view *v)
{
    return histogram_score(v)->kind == SCORE_LABEL;
}

static unsigned
row_count(const struct histogram_view *v)
{
    const struct desk_histogram *h = histogram_of_view(v);

    return !h                      ? 0
           : histogram_is_label(v) ? (unsigned)h->labels.count
                                   : h->bins.bins;
}

uint32_t
histogram_row_bin(const struct histogram *h, unsigned row)
{
    return h->bad == SCORE_BAD_LOW ? row : h->bins - 1 - row;
}

static void
set_score(struct histogram_view *v, unsigned score)
{
    v->score = score;
    v->threshold = v->counted = histogram_score(v)->threshold;
    v->at = v->top = 0;
}

static unsigned
where(const struct view *view)
{
    (void)view;
    return IN_HISTOGRAM;
}

/* The end of the bins next to the threshold; first of all, of this row. */
static double
next_edge(const struct histogram_view *v, const struct histogram *h, int to)
{
    uint32_t bin = histogram_row_bin(h, v->at < h->bins ? v->at : 0);

    if (isnan(v->threshold))
        return h->edges[h->bad == SCORE_BAD_LOW ? bin + 1 : bin];
    if (to > 0) {
        for (uint32_t i = 0; i <= h->bins; i++)
            if (h->edges[i] > v->threshold)
                return h->edges[i];
        return h->edges[h->bins];
    }
    for (uint32_t i = h->bins + 1; i-- > 0;)
        if (h->edges[i] < v->threshold)
            return h->edges[i];
    return h->edges[0];
}

static double
next_cut(const struct histogram_view *v, const struct histogram *h, int to)
{
    uint32_t at;

    if (isnan(v->threshold))
        return next_edge(v, h, to);
    at = histogram_cut_near(h, v->threshold);
    if (to > 0 && h->cuts[at] <= v->threshold)
        return h->cuts[at + 1 < h->cut_count ? at + 1 : at];
    if (to < 0 && h->cuts[at] >= v->threshold)
        return h->cuts[at > 0 ? at - 1 : 0];
    return h->cuts[at];
}

static void
move_threshold(struct histogram_view *v, int to, bool fine)
{
    const struct desk_histogram *h = histogram_of_view(v);

    if (histogram_is_label(v))
        app_say(v->view.app, true, "labels have no threshold");
    else if (h && h->bins.bins)
        v->threshold =
            fine ? next_cut(v, &h->bins, to) : next_edge(v, &h->bins, to);
}

static void
type_threshold(struct histogram_view *v, struct str argument)
{
    struct app *app = v->view.app;
    char text[40];
    char *end;
    double value;

    if (histogram_is_label(v)) {
        app_say(app, true, "labels have no threshold");
        return;
    }
    if (argument.len == 0) {
        app_prompt(app, ASK_COMMAND, ":", STR_LIT("threshold "));
        return;
    }
    (void)snprintf(text, sizeof(text), "%.*s",
                   (int)(argument.len < 39 ? argument.len : 39), argument.ptr);
    value = strtod(text, &end);
    if (*end || !isfinite(value))
        app_say(app, true, "a threshold is a number");
    else
        v->threshold = v->counted = value;
}

/* The list's query and the bin, in the list's order. */
static void
list_bin(struct histogram_view *v)
{
    const struct desk_histogram *h = histogram_of_view(v);
    struct app *app = v->view.app;
    struct buf query = {0};
    struct buf rest = {0};
    struct buf order = {0};

    if (!h || v->at >= row_count(v))
        return;
    query_split(buf_str(&v->query), &rest, v->queue.len ? NULL : &order);
    if (v->queue.len)
        xbuf_printf(&query, "queue:%.*s ", STR_FMT(buf_str(&v->queue)));
    else if (rest.len)
        xbuf_printf(&query, "(%.*s) ", STR_FMT(buf_str(&rest)));
    if (histogram_is_label(v))
        bin_query_label(histogram_score(v), h->labels.list[v->at].label,
                        &query);
    else
        bin_query_range(histogram_score(v), &h->bins,
                        histogram_row_bin(&h->bins, v->at), &query);
    if (order.len)
        xbuf_printf(&query, " %.*s", STR_FMT(buf_str(&order)));
    v->row = desk_list(app->desk)->current;
    v->away = true;
    desk_query(app->desk, buf_str(&query));
    app_push(app, view_work_new(app));
    buf_release(&query);
    buf_release(&rest);
    buf_release(&order);
}

static void
move_by(struct histogram_view *v, long rows)
{
    long last = (long)row_count(v) - 1;
    long at = (long)v->at + rows;

    if (last < 0) /* not counted yet: stay */
        return;
    v->at = (unsigned)(at > last ? last : at < 0 ? 0 : at);
}

static bool
command_threshold(struct histogram_view *v, enum command command,
                  struct str argument)
{
    switch ((int)command) {
    case CMD_THRESHOLD_UP:
    case CMD_THRESHOLD_DOWN:
        move_threshold(v, command == CMD_THRESHOLD_UP ? 1 : -1, false);
        return true;
    case CMD_THRESHOLD_MORE:
    case CMD_THRESHOLD_LESS:
        move_threshold(v, command == CMD_THRESHOLD_MORE ? 1 : -1, true);
        return true;
    case CMD_THRESHOLD:
        type_threshold(v, argument);
        return true;
    default:
        return false;
    }
}

static void
command(struct view *view, enum command command, struct str argument,
        uint32_t key)
{
    struct histogram_view *v = view_of(view);
    struct app *app = view->app;
    long page = v->bin_rows > 2 ? (long)v->bin_rows - 2 : 1;

    (void)key;
    if (command_threshold(v, command, argument))
        return;
    switch ((int)command) {
    case CMD_OPEN:
        list_bin(v);
        break;
    case CMD_SCORE:
        app_focus_score(app, argument);
        break;
    case CMD_SCORE_NEXT:
    case CMD_SCORE_PREVIOUS:
        app_move_score(app, command == CMD_SCORE_NEXT ? 1 : -1);
        break;
    case CMD_LOG_SCALE:
        v->log = !v->log;
        break;
    case CMD_DOWN:
    case CMD_UP:
        move_by(v, command == CMD_DOWN ? 1 : -1);
        break;
    case CMD_PAGE_DOWN:
    case CMD_HALF_DOWN:
        move_by(v, page);
        break;
    case CMD_PAGE_UP:
    case CMD_HALF_UP:
        move_by(v, -page);
        break;
    case CMD_TOP:
    case CMD_END:
        move_by(v, command == CMD_TOP ? -100000 : 100000);
        break;
    case CMD_BACK:
        app_pop(app);
        break;
    default:
        break;
    }
}

static bool
has_cut(const struct histogram *h, double value)
{
    return h->bins == 0 || isnan(value) || value <= h->edges[0] ||
           value >= h->edges[h->bins] ||
           h->cuts[histogram_cut_near(h, value)] == value;
}

/* Back from a bin: the list that the histogram is of, at its place. */
static void
come_back(struct histogram_view *v)
{
    struct desk *desk = v->view.app->desk;

    if (v->away) {
        v->away = false;
        v->coming_back = true;
        if (v->queue.len)
            desk_open_queue(desk, buf_str(&v->queue));
        else
            desk_query(desk, buf_str(&v->query));
    } else if (v->coming_back && !desk_list(desk)->running) {
        v->coming_back = false;
        if (v->row < desk_list(desk)->count)
            desk_go(desk, v->row);
    }
}

static void
ask(struct histogram_view *v, unsigned bins)
{
    const struct desk_histogram *h = histogram_of_view(v);
    struct desk_histogram_ask ask;

    if (v->coming_back)
        return;
    if (bins != v->bins ||
        (h && !histogram_is_label(v) && !has_cut(&h->bins, v->threshold)))
        v->counted = v->threshold;
    v->bins = bins;
    ask = (struct desk_histogram_ask){v->score, bins, v->counted};
    desk_ask_histogram(v->view.app->desk, &ask);
}

static void
layout(struct view *view, unsigned rows, unsigned cols)
{
    struct histogram_view *v = view_of(view);
    unsigned focus = desk_focus_score(view->app->desk);

    (void)cols;
    come_back(v);
    if (focus != v->score)
        set_score(v, focus);
    v->text_rows = rows >= 18 ? 7 : rows >= 12 ? 4 : rows >= 8 ? 2 : 0;
    v->bin_rows = rows > v->text_rows + 2 ? rows - v->text_rows - 2 : 1;
    ask(v, v->bin_rows - 1 < BINS_MOST ? v->bin_rows - 1 : BINS_MOST);
    move_by(v, 0);
    if (row_count(v) && row_count(v) + 1 < v->bin_rows) /* no gap under them */
        v->bin_rows = row_count(v) + 1;
    v->text_rows = rows - 2 - v->bin_rows < 9 ? v->text_rows : 9;
    if (v->at < v->top)
        v->top = v->at;
    if (v->at + 1 >= v->top + v->bin_rows)
        v->top = v->at + 2 - v->bin_rows;
}

static void
close_view(struct view *view)
{
    buf_release(&view_of(view)->query);
    buf_release(&view_of(view)->queue);
    free(view);
}

struct view *
view_histogram_new(struct app *app, unsigned score)
{
    static const struct view_ops ops = {
        .name = "histogram",
        .where = where,
        .command = command,
        .layout = layout,
        .draw = histogram_draw,
        .close = close_view,
    };
    struct histogram_view *v = xcalloc(1, sizeof(*v));

    v->view = (struct view){&ops, app};
    xbuf_append_str(&v->query, desk_list(app->desk)->query);
    xbuf_append_str(&v->queue, desk_list(app->desk)->queue);
    set_score(v, score);
    return &v->view;
}
