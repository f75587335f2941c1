/* The round trip seen from its end: which decisions still have their document,
 * which are done because an export of this workspace was applied, which meet
 * another text. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "review/made_text.h"
#include "review/resolve_private.h"
#include "review/store_scan.h"
#include "stet/xalloc.h"

#define KEY_STEP 500

struct walk {
    struct resolver *resolver;
    struct made_texts made;
    struct bits *changed, *applied; /* NULL: not wanted */
    struct round_counts counts;
};

/* What is absent in the key is absent in its document. */
static enum err_code
same_source(struct walk *w, uint32_t doc, const struct item_key *key,
            bool *same, struct error *err)
{
    struct str id_token = {NULL, 0};
    struct str source = {NULL, 0};
    enum err_code code =
        index_identity(w->resolver->index, doc, &w->resolver->scratch,
                       &id_token, &source, err);

    *same = !code && (source.ptr == NULL) == (key->source.ptr == NULL) &&
            (id_token.ptr == NULL) == (key->id_token.ptr == NULL) &&
            str_equal(source, key->source);
    return code;
}

static void
set_bit(struct bits *bits, uint32_t doc)
{
    if (bits && doc < bits->count)
        bits_set(bits, doc);
}

static enum err_code
take_successor(struct walk *w, uint32_t doc, const struct item_key *key,
               bool *is_applied, struct error *err)
{
    struct document_place place;
    enum err_code code = index_place(w->resolver->index, doc, &place, err);

    if (code)
        return code;
    if (made_texts_lead_to(&w->made, key, &place.text_hash)) {
        *is_applied = true;
        set_bit(w->applied, doc);
    } else {
        set_bit(w->changed, doc);
    }
    return ERR_OK;
}

/* An item that is decided on and has no document any more. */
static enum err_code
take_item(struct walk *w, const struct item_key *key, struct error *err)
{
    struct found_docs now;
    size_t found = 0;
    bool is_applied = false;
    bool is_dropped = false;
    enum err_code code = made_texts_find(&w->made, w->resolver->index, key,
                                         &w->resolver->scratch, &now, err);

    for (size_t i = 0; !code && i < now.count; i++) {
        bool same = false;

        code = same_source(w, now.docs[i], key, &same, err);
        if (code || !same)
            continue;
        found++;
        code = take_successor(w, now.docs[i], key, &is_applied, err);
    }
    if (!code && found == 0)
        code = made_texts_dropped(&w->made, w->resolver->store, key,
                                  &w->resolver->scratch, &is_dropped, err);
    if (is_applied || is_dropped)
        w->counts.applied++;
    else if (found)
        w->counts.changed++;
    else
        w->counts.gone++;
    return code;
}

static enum err_code
walk_items(struct walk *w, const struct item_list *decided, struct error *err)
{
    struct item_key keys[KEY_STEP];
    int64_t step[KEY_STEP];
    size_t at = 0;
    enum err_code code = ERR_OK;

    while (at < decided->count && !code) {
        size_t count = 0;

        for (; at < decided->count && count < KEY_STEP; at++) {
            uint32_t places = 0;

            resolve_places(w->resolver, decided->items[at], &places);
            w->counts.holding += places > 0;
            if (places)
                continue;
            step[count++] = decided->items[at];
        }
        arena_reset(&w->resolver->scratch);
        code = resolve_read_keys(w->resolver, step, count, keys, err);
        for (size_t i = 0; i < count && !code; i++)
            code = take_item(w, &keys[i], err);
    }
    return code;
}

static enum err_code
collect_decided(void *ctx, const struct state_row *row, struct error *err)
{
    return row->flags || row->kinds ? item_list_add(ctx, row->item, err)
                                    : ERR_OK;
}

enum err_code
round_walk(struct resolver *resolver, const struct round_sets *sets,
           struct round_counts *counts, struct error *err)
{
    struct walk w = {.resolver = resolver,
                     .changed = sets->changed,
                     .applied = sets->applied};
    struct item_list decided = {NULL, 0, 0};
    struct str all = {NULL, 0};
    enum err_code code =
        store_scan(resolver->store, all, collect_decided, &decided, err);

    if (!code)
        code = resolve_items(resolver, &decided, sets->decided, err);
    if (!code)
        code = made_texts_load(&w.made, resolver->store, err);
    if (!code)
        code = walk_items(&w, &decided, err);
    if (!code)
        *counts = w.counts;
    made_texts_release(&w.made);
    item_list_release(&decided);
    return code;
}

enum err_code
resolve_round(struct resolver *resolver, struct round_counts *out,
              struct error *err)
{
    struct bits known = {NULL, 0};
    struct bits others = {NULL, 0};
    struct round_sets sets = {&known, &others, &others};
    struct round_counts counts = {0};
    uint32_t count = index_count(resolver->index);
    enum err_code code = bits_init(&known, count, err);

    if (!code)
        code = bits_init(&others, count, err);
    if (!code)
        code = round_walk(resolver, &sets, &counts, err);
    if (!code) {
        bits_or(&known, &others);
        bits_not(&known);
        bits_and(&known, index_live(resolver->index));
        counts.undecided = bits_population(&known);
        *out = counts;
    }
    bits_release(&known);
    bits_release(&others);
    return code;
}

enum err_code
resolve_applied(struct resolver *resolver, struct str value, struct bits *out,
                struct error *err)
{
    struct bits known = {NULL, 0};
    struct round_sets sets = {&known, NULL, out};
    struct round_counts counts;
    bool no = str_equal(value, STR_LIT("no"));
    enum err_code code;

    if (!no && !str_equal(value, STR_LIT("yes")))
        return error_set(err, ERR_USAGE, "applied:%.*s: expected yes or no",
                         STR_FMT(value));
    code = bits_init(&known, out->count, err);
    if (!code)
        code = round_walk(resolver, &sets, &counts, err);
    if (!code && no) {
        bits_not(out);
        bits_and(out, index_live(resolver->index));
    }
    bits_release(&known);
    return code;
}
