/* Results while a query is typed. The list that was there is put aside, whole,
 * when the first new rows come, and put back when the prompt is left. */
#include "config.h"

#include "tui/desk_state.h"

/* Whether the documents need not be read for it, and its order comes as the
 * search goes. */
static bool
is_cheap_node(const struct query_node *node)
{
    if (node->op == QUERY_REGEX ||
        (node->op == QUERY_FIELD &&
         str_starts_with(node->field.name, STR_LIT("meta."))))
        return false;
    for (const struct query_node *child = node->first; child;
         child = child->next)
        if (!is_cheap_node(child))
            return false;
    return true;
}

bool
desk_is_cheap(const struct query *query)
{
    return query->order.kind != ORDER_RANK &&
           query->order.kind != ORDER_DISAGREE && is_cheap_node(query->root);
}

void
desk_live_query(struct desk *desk, struct str query)
{
    if (!desk->live)
        desk_put_place(desk);
    desk->live = desk->quiet = true;
    buf_clear(&desk->live_text);
    xbuf_append_str(&desk->live_text, query);
    desk_submit_live(desk, query);
}

bool
desk_is_live(const struct desk *desk, struct str query)
{
    return desk->live && desk->list.view.error.len == 0 &&
           str_equal(buf_str(&desk->live_text), query);
}

void
desk_put_aside(struct desk *desk)
{
    if (!desk->live || desk->has_aside)
        return;
    desk->aside = desk->list;
    desk->has_aside = true;
    desk->list = (struct list){0};
}

void
desk_live_keep(struct desk *desk)
{
    desk->live = desk->quiet = false;
    if (desk->has_aside)
        list_release(&desk->aside);
    desk->has_aside = false;
}

void
desk_live_leave(struct desk *desk)
{
    uint32_t row;

    if (!desk->live)
        return;
    desk->live = desk->quiet = false;
    desk->lists_asked++; /* what is still searched comes too late */
    lane_cancel(desk->lanes, LANE_SEARCH);
    desk->list.view.running = false;
    desk->list.view.error = (struct str){NULL, 0};
    if (!desk->has_aside)
        return;
    list_release(&desk->list);
    desk->list = desk->aside;
    desk->aside = (struct list){0};
    desk->has_aside = false;
    desk->list.serial = ++desk->list_serials;
    desk->list.view.running = false;
    desk_forget_rows(desk);
    desk_forget_documents(desk);
    row = desk->list.view.current;
    desk_go(desk, row);
}
