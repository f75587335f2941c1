/* Documents whose text is no longer the one that was decided on; and where two
 * reviewers differ, by document. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "review/resolve_private.h"
#include "review/store_scan.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"

#define RECHECK_US INT64_C(1000000)

static enum err_code
collect_judged(void *ctx, const struct state_row *row, struct error *err)
{
    return row->flags & STATE_JUDGED ? item_list_add(ctx, row->item, err)
                                     : ERR_OK;
}

static enum err_code
find_changed(struct resolver *resolver, struct item_list *judged,
             struct bits *out, struct error *err)
{
    struct bits set = {NULL, 0};
    struct round_sets sets = {&set, out, NULL};
    struct round_counts counts;
    struct str all = {NULL, 0};
    enum err_code code = bits_init(&set, out->count, err);

    if (code == ERR_OK)
        code = round_walk(resolver, &sets, &counts, err);
    /* Judged again since: settled. */
    if (code == ERR_OK && set.count)
        memset(set.words, 0, ((size_t)set.count + 63) / 64 * sizeof(uint64_t));
    if (code == ERR_OK)
        code = store_scan(resolver->store, all, collect_judged, judged, err);
    if (code == ERR_OK)
        code = resolve_items(resolver, judged, &set, err);
    if (code == ERR_OK)
        bits_and_not(out, &set);
    bits_release(&set);
    return code;
}

enum err_code
resolve_changed(struct resolver *resolver, struct str value, struct bits *out,
                struct error *err)
{
    struct item_list judged = {NULL, 0, 0};
    bool no = str_equal(value, STR_LIT("no"));
    enum err_code code = ERR_OK;

    if (!no && !str_equal(value, STR_LIT("yes")))
        return error_set(err, ERR_USAGE, "changed:%.*s: expected yes or no",
                         STR_FMT(value));
    code = find_changed(resolver, &judged, out, err);
    if (code == ERR_OK && no) {
        bits_not(out);
        bits_and(out, index_live(resolver->index));
    }
    item_list_release(&judged);
    return code;
}

/* Items by the verdict of one reviewer. */
struct verdict_items {
    char *names[UINT8_MAX];
    struct item_list items[UINT8_MAX];
    size_t count;
};

static enum err_code
add_verdict(void *ctx, const struct state_row *row, struct error *err)
{
    struct verdict_items *verdicts = ctx;
    size_t i = 0;

    if (!row->verdict.len)
        return ERR_OK;
    while (i < verdicts->count &&
           !str_equal(str_of(verdicts->names[i]), row->verdict))
        i++;
    if (i == UINT8_MAX)
        return ERR_OK;
    if (i == verdicts->count)
        verdicts->names[verdicts->count++] = xstrndup(row->verdict);
    return item_list_add(&verdicts->items[i], row->item, err);
}

/* Codes are places in the list of names, which both reviewers share. */
static enum err_code
code_documents(struct resolver *resolver, struct verdict_items *verdicts,
               uint8_t *codes, struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t v = 0; v < verdicts->count && code == ERR_OK; v++) {
        struct item_list *items = &verdicts->items[v];
        struct bits set = {NULL, 0};

        code = bits_init(&set, index_count(resolver->index), err);
        if (code == ERR_OK)
            code = resolve_items(resolver, items, &set, err);
        for (uint32_t doc = 0; code == ERR_OK; doc++) {
            doc = bits_next(&set, doc);
            if (doc == UINT32_MAX)
                break;
            codes[doc] = (uint8_t)(v + 1);
        }
        bits_release(&set);
        items->count = 0;
    }
    return code;
}

static void
release_verdicts(struct verdict_items *verdicts)
{
    for (size_t i = 0; i < verdicts->count; i++) {
        free(verdicts->names[i]);
        item_list_release(&verdicts->items[i]);
    }
    free(verdicts);
}

/* A blind reviewer is told only of what he judged himself. */
static enum err_code
forget_unseen(struct resolver *resolver, struct error *err)
{
    struct disagreement *d = &resolver->disagreement;
    struct item_list judged = {NULL, 0, 0};
    struct bits seen = {NULL, 0};
    enum err_code code = bits_init(&seen, index_count(resolver->index), err);

    if (code == ERR_OK)
        code = resolve_own_judged(resolver, &judged, err);
    if (code == ERR_OK)
        code = resolve_items(resolver, &judged, &seen, err);
    for (uint32_t doc = 0; code == ERR_OK && doc < seen.count; doc++)
        if (!bits_get(&seen, doc))
            d->codes[0][doc] = d->codes[1][doc] = 0;
    bits_release(&seen);
    item_list_release(&judged);
    return code;
}

static enum err_code
fill_codes(struct resolver *resolver, struct str a, struct str b,
           struct error *err)
{
    struct disagreement *d = &resolver->disagreement;
    struct verdict_items *verdicts = xcalloc(1, sizeof(*verdicts));
    const struct str names[2] = {a, b};
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < 2 && code == ERR_OK; i++) {
        free(d->codes[i]);
        d->codes[i] = calloc((size_t)index_count(resolver->index) + 1, 1);
        if (!d->codes[i])
            code = error_nomem(err);
        if (code == ERR_OK)
            code = store_scan(resolver->store, names[i], add_verdict, verdicts,
                              err);
        if (code == ERR_OK)
            code = code_documents(resolver, verdicts, d->codes[i], err);
    }
    release_verdicts(verdicts);
    if (code == ERR_OK &&
        !(resolver->sight & (SIGHT_PEERS | SIGHT_DISAGREEMENT)))
        code = forget_unseen(resolver, err);
    return code;
}

static bool
is_current(const struct disagreement *d, struct str a, struct str b)
{
    return d->a && d->b && str_equal(str_of(d->a), a) &&
           str_equal(str_of(d->b), b);
}

/* Makes the codes of this pair, or anew when decisions were added. */
static bool
refresh(struct resolver *resolver, struct str a, struct str b)
{
    struct disagreement *d = &resolver->disagreement;
    struct error err = ERROR_INIT;
    int64_t now = time_monotonic_us();
    int64_t head = 0;
    bool same = is_current(d, a, b);

    if (same && now - d->checked_us < RECHECK_US)
        return d->codes[0] && d->codes[1];
    if (store_head(resolver->store, &head, &err) != ERR_OK)
        return false;
    d->checked_us = now;
    if (same && head == d->head)
        return d->codes[0] && d->codes[1];
    if (fill_codes(resolver, a, b, &err) != ERR_OK) {
        free(d->codes[0]);
        free(d->codes[1]);
        d->codes[0] = d->codes[1] = NULL;
    }
    d->head = head;
    if (!same) {
        free(d->a);
        free(d->b);
        d->a = xstrndup(a);
        d->b = xstrndup(b);
    }
    d->checked_us = time_monotonic_us();
    return d->codes[0] && d->codes[1];
}

double
resolve_disagree(void *resolver, struct str a, struct str b, uint32_t doc)
{
    struct resolver *r = resolver;
    const char *me = r->store->reviewer;
    const struct disagreement *d = &r->disagreement;

    if (me && str_equal(a, STR_LIT("me")))
        a = str_of(me);
    if (me && str_equal(b, STR_LIT("me")))
        b = str_of(me);
    if (!a.len || !b.len || !refresh(r, a, b) || doc >= index_count(r->index))
        return (double)NAN;
    if (!d->codes[0][doc] || !d->codes[1][doc])
        return (double)NAN;
    return d->codes[0][doc] == d->codes[1][doc] ? 0 : 1;
}
