/* What a blind reviewer's queries may tell of the others: nothing of documents
 * that he has not judged himself. A query is as telling as a column: the hits
 * of "verdict:bad" are what others found bad. */
#include "config.h"

#include "review/resolve_private.h"
#include "review/store_scan.h"

/* Fields, or a value of one, that tell what somebody decided. That a document
 * is judged, passed on or escalated tells nothing of how. */
static const struct {
    const char *name, *value; /* value NULL: any but none */
} telling[] = {
    {"verdict", NULL},   {"tag", NULL},   {"op", NULL},    {"reason", NULL},
    {"failure", NULL},   {"has", "note"}, {"has", "span"}, {"is", "dropped"},
    {"is", "rewritten"}, {"is", "kept"},  {"is", "noted"}, {"is", "disagreed"},
};

void
resolver_set_sight(struct resolver *resolver, unsigned sight)
{
    resolver->sight = sight;
    resolver->disagreement.head = -1; /* made anew */
    resolver->disagreement.checked_us = 0;
}

static bool
is_own(const struct resolver *resolver, struct str reviewer)
{
    return str_equal(reviewer, STR_LIT("me")) ||
           (resolver->store->reviewer &&
            str_equal(reviewer, str_of(resolver->store->reviewer)));
}

bool
resolver_narrows(const struct resolver *resolver,
                 const struct query_field *field)
{
    if (resolver->sight & SIGHT_PEERS || is_own(resolver, field->by))
        return false;
    if (resolver->sight & SIGHT_DISAGREEMENT &&
        str_equal(field->name, STR_LIT("is")) &&
        str_equal(field->value, STR_LIT("disagreed")))
        return false;
    if (str_equal(field->name, STR_LIT("verdict")) &&
        str_equal(field->value, STR_LIT("none")))
        return false;
    for (size_t i = 0; i < sizeof(telling) / sizeof(telling[0]); i++)
        if (str_equal(field->name, str_of(telling[i].name)) &&
            (!telling[i].value ||
             str_equal(field->value, str_of(telling[i].value))))
            return true;
    return false;
}

static enum err_code
add_judged(void *ctx, const struct state_row *row, struct error *err)
{
    return row->flags & STATE_JUDGED ? item_list_add(ctx, row->item, err)
                                     : ERR_OK;
}

enum err_code
resolve_own_judged(struct resolver *resolver, struct item_list *out,
                   struct error *err)
{
    const char *me = resolver->store->reviewer;

    return me ? store_scan(resolver->store, str_of(me), add_judged, out, err)
              : ERR_OK;
}

enum err_code
resolve_narrow(struct resolver *resolver, const struct item_list *own,
               struct item_list *asked, struct error *err)
{
    struct item_list judged = {0};
    size_t kept = 0;
    size_t at = 0;
    enum err_code code = resolve_own_judged(resolver, &judged, err);

    item_list_sort_unique(asked);
    for (size_t i = 0; i < asked->count; i++) {
        while (at < judged.count && judged.items[at] < asked->items[i])
            at++;
        if (at < judged.count && judged.items[at] == asked->items[i])
            asked->items[kept++] = asked->items[i];
    }
    asked->count = kept;
    for (size_t i = 0; i < own->count && code == ERR_OK; i++)
        code = item_list_add(asked, own->items[i], err);
    item_list_release(&judged);
    return code;
}
