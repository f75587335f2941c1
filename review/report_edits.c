/* What was edited and why, out of the derived state (which edits stand) and
 * the journal (the newest one's reason). */
#include "config.h"

#include <stdlib.h>

#include "review/name_table.h"
#include "review/resolve_private.h"
#include "review/store_scan.h"
#include "stet/report_card.h"
#include "stet/width.h"
#include "stet/xalloc.h"

#define REASONS_MOST 20

static const enum annotation_kind kinds[] = {
    ANNOTATION_DROP, ANNOTATION_REWRITE, ANNOTATION_REDACT, ANNOTATION_INSERT,
    ANNOTATION_KEEP};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

/* An edited item. */
struct edited {
    int64_t item;
    uint32_t kind, reason;
};
struct loading {
    struct store *store;
    struct name_table reasons;
    struct edited *list;
    size_t count, cap;
    uint64_t added;
};

static enum err_code
edited_row(void *ctx, struct stmt *stmt, struct error *err)
{
    struct loading *l = ctx;
    struct str kind = stmt_text(stmt, 1);

    (void)err;
    for (uint32_t k = 0; k < KIND_COUNT; k++) {
        if (!str_equal(kind, str_of(annotation_kind_name(kinds[k]))))
            continue;
        if (l->count == l->cap) {
            l->cap = l->cap ? 2 * l->cap : 256;
            l->list = xreallocarray(l->list, l->cap, sizeof(*l->list));
        }
        l->list[l->count++] =
            (struct edited){stmt_int(stmt, 0), k,
                            name_table_add(&l->reasons, stmt_text(stmt, 2))};
    }
    return ERR_OK;
}

/* A row an item: kind and reason come from the same annotation. */
static enum err_code
load_edited(struct loading *l, struct error *err)
{
    static const char sql[] =
        "SELECT st.item, a.kind, a.reason FROM"
        " (SELECT item, (SELECT a.seq FROM subject s"
        "   JOIN annotation a ON a.seq = s.seq WHERE s.item = state.item"
        "   AND a.kind IN ('drop', 'keep', 'rewrite', 'redact', 'insert')"
        "   AND a.reviewer NOT GLOB 'model/*'"
        "   AND NOT EXISTS (SELECT 1 FROM undone u WHERE u.seq = a.seq)"
        "   ORDER BY a.lamport DESC, a.uuid DESC LIMIT 1) AS newest"
        "  FROM state WHERE reviewer = '' AND item > ?1"
        "  ORDER BY item LIMIT ?2) st"
        " LEFT JOIN annotation a ON a.seq = st.newest ORDER BY st.item";
    struct store_steps steps = {sql, NULL, edited_row, l};

    return store_step_through(l->store, &steps, err);
}

static enum err_code
added_row(void *ctx, struct stmt *stmt, struct error *err)
{
    (void)err;
    ((struct loading *)ctx)->added += stmt_int(stmt, 1) != 0;
    return ERR_OK;
}

static enum err_code
count_added(struct loading *l, struct error *err)
{
    static const char sql[] =
        "SELECT a.seq, a.kind = 'add' AND a.reviewer NOT GLOB 'model/*'"
        " AND NOT EXISTS (SELECT 1 FROM undone u WHERE u.seq = a.seq)"
        " FROM (SELECT seq, kind, reviewer FROM annotation WHERE seq > ?1"
        "  ORDER BY seq LIMIT ?2) a ORDER BY a.seq";
    struct store_steps steps = {sql, NULL, added_row, l};

    return store_step_through(l->store, &steps, err);
}

/* Leave out items that have no place within. */
static enum err_code
keep_within(struct loading *l, struct resolver *resolver,
            const struct bits *within, struct error *err)
{
    struct item_list items = {0};
    struct bits places = {0};
    size_t kept = 0;
    enum err_code code = bits_init(&places, index_count(resolver->index), err);

    for (size_t i = 0; !code && i < l->count; i++)
        code = item_list_add(&items, l->list[i].item, err);
    if (!code)
        code = resolve_items(resolver, &items, &places, err);
    for (size_t i = 0; !code && i < l->count; i++) {
        uint32_t count = 0;
        const uint32_t *docs =
            resolve_places(resolver, l->list[i].item, &count);
        bool inside = false;

        for (uint32_t d = 0; d < count && !inside; d++)
            inside = docs[d] < within->count && bits_get(within, docs[d]);
        if (inside)
            l->list[kept++] = l->list[i];
    }
    if (!code)
        l->count = kept;
    bits_release(&places);
    item_list_release(&items);
    return code;
}

static int
compare_edited(const void *a, const void *b)
{
    const struct edited *x = a;
    const struct edited *y = b;

    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->reason > y->reason) - (x->reason < y->reason);
}

/* Rows of one kind are side by side already. */
static int
compare_edits(const void *a, const void *b)
{
    const struct report_edit *x = a;
    const struct report_edit *y = b;

    if (x->documents != y->documents)
        return x->documents > y->documents ? -1 : 1;
    return str_compare(x->reason, y->reason);
}

static void
count_edited(struct loading *l, struct report_edits *out)
{
    size_t of_kind = 0;

    if (l->count)
        qsort(l->list, l->count, sizeof(*l->list), compare_edited);
    out->list = xcalloc(l->count + 1, sizeof(*out->list));
    for (size_t i = 0; i < l->count; i++) {
        if (i == 0 || compare_edited(&l->list[i - 1], &l->list[i]) != 0)
            out->list[out->count++] = (struct report_edit){
                str_of(annotation_kind_name(kinds[l->list[i].kind])),
                arena_copy(&out->arena, l->reasons.names[l->list[i].reason]),
                0};
        out->list[out->count - 1].documents++;
        if (i + 1 == l->count || l->list[i + 1].kind != l->list[i].kind) {
            qsort(out->list + of_kind, out->count - of_kind, sizeof(*out->list),
                  compare_edits);
            of_kind = out->count;
        }
    }
    out->documents = l->count;
    out->added = l->added;
}

enum err_code
report_edits_load(struct report_edits *out, struct resolver *resolver,
                  const struct bits *within, struct error *err)
{
    struct loading l = {.store = resolver->store};
    enum err_code code;

    name_table_init(&l.reasons);
    code = load_edited(&l, err);
    if (!code)
        code = count_added(&l, err);
    if (!code && within)
        code = keep_within(&l, resolver, within, err);
    if (!code) {
        *out = (struct report_edits){0};
        arena_init(&out->arena, 0);
        count_edited(&l, out);
    }
    name_table_release(&l.reasons);
    free(l.list);
    return code;
}

void
report_edits_release(struct report_edits *edits)
{
    free(edits->list);
    arena_release(&edits->arena);
    *edits = (struct report_edits){0};
}

void
report_edits_format(const struct report_edits *edits, struct buf *out)
{
    size_t shown = 0;

    xbuf_append_str(out, STR_LIT("\nEdited documents, by the newest edit\n"));
    for (; shown < edits->count && shown < REASONS_MOST; shown++) {
        const struct report_edit *edit = &edits->list[shown];

        xbuf_printf(out, "  %9llu  %-8.*s  ",
                    (unsigned long long)edit->documents, STR_FMT(edit->kind));
        width_escape(edit->reason.len ? edit->reason
                                      : STR_LIT("(no reason given)"),
                     50, out);
        xbuf_append_str(out, STR_LIT("\n"));
    }
    if (edits->count > shown)
        xbuf_printf(out, "  and %zu reasons more\n", edits->count - shown);
    if (edits->added)
        xbuf_printf(out, "  %9llu  new\n", (unsigned long long)edits->added);
}
