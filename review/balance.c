/* What an export does by op, category and source, and what its drops would
 * take away: bad text that is labelled teaches, bad text that is missing does
 * not. */
#include "config.h"

#include "export_private.h"

#include <stdlib.h>

#include "stet/xalloc.h"

#define NAMES_MAX 4096u /* distinct names; further ones share the last */

struct row {
    uint32_t op, category, source;
};
struct balance {
    struct exporter *x;
    struct str *names;   /* distinct, copied */
    uint64_t *drops;     /* by name: of documents with that category */
    uint64_t *inside;    /* by name: decisions of that category */
    uint64_t *of_source; /* by name: live documents; 0 not counted yet */
    uint32_t name_count;
    uint32_t last; /* found last */
    struct row *rows;
    size_t row_count, row_cap;
    uint32_t *dropped; /* documents */
    size_t dropped_count, dropped_cap;
};

enum err_code
balance_new(struct balance **out, struct exporter *x, struct error *err)
{
    struct balance *balance = calloc(1, sizeof(*balance));

    if (!balance)
        return error_nomem(err);
    balance->names = xcalloc(NAMES_MAX, sizeof(*balance->names));
    balance->drops = xcalloc(NAMES_MAX, sizeof(*balance->drops));
    balance->inside = xcalloc(NAMES_MAX, sizeof(*balance->inside));
    balance->of_source = xcalloc(NAMES_MAX, sizeof(*balance->of_source));
    balance->x = x;
    *out = balance;
    return ERR_OK;
}

void
balance_free(struct balance *balance)
{
    if (!balance)
        return;
    free(balance->names);
    free(balance->drops);
    free(balance->inside);
    free(balance->of_source);
    free(balance->rows);
    free(balance->dropped);
    free(balance);
}

static uint32_t
intern(struct balance *balance, struct str name)
{
    if (balance->last < balance->name_count &&
        str_equal(balance->names[balance->last], name))
        return balance->last;
    for (uint32_t i = 0; i < balance->name_count; i++)
        if (str_equal(balance->names[i], name))
            return balance->last = i;
    if (balance->name_count == NAMES_MAX)
        return NAMES_MAX - 1;
    balance->names[balance->name_count] = arena_copy(balance->x->arena, name);
    return balance->last = balance->name_count++;
}

static bool
add_row(struct balance *balance, struct str op, struct str category,
        struct str source)
{
    if (balance->row_count == balance->row_cap) {
        size_t cap = balance->row_cap ? 2 * balance->row_cap : 256;
        struct row *rows = realloc(balance->rows, cap * sizeof(*rows));

        if (!rows)
            return false;
        balance->rows = rows;
        balance->row_cap = cap;
    }
    balance->rows[balance->row_count++] =
        (struct row){intern(balance, op), intern(balance, category),
                     intern(balance, source)};
    return true;
}

static bool
add_dropped(struct balance *balance, uint32_t doc)
{
    if (balance->dropped_count == balance->dropped_cap) {
        size_t cap = balance->dropped_cap ? 2 * balance->dropped_cap : 256;
        uint32_t *docs = realloc(balance->dropped, cap * sizeof(*docs));

        if (!docs)
            return false;
        balance->dropped = docs;
        balance->dropped_cap = cap;
    }
    balance->dropped[balance->dropped_count++] = doc;
    return true;
}

static bool
is_category(enum patch_op op)
{
    return op == OP_VERDICT || op == OP_TAG;
}

/* Every edit counts in each category of its document; a drop's categories are
 * kept apart, under "drop". */
enum err_code
balance_add(struct balance *balance, uint32_t doc, const struct decisions *d,
            struct error *err)
{
    struct str source = index_label(balance->x->index, LABEL_SOURCE, 0, doc);
    bool dropped = false;
    bool fine = true;

    for (size_t i = 0; i < d->count; i++)
        dropped = dropped || d->list[i].op == OP_DROP;
    if (!source.ptr)
        source = STR_LIT("");
    for (size_t i = 0; i < d->count && fine; i++) {
        enum patch_op op = d->list[i].op;
        struct str value = is_category(op) ? d->list[i].a->value : STR_LIT("");

        fine = add_row(balance, str_of(patch_op_name(op)), value, source);
        if (!fine || !is_category(op))
            continue;
        balance->inside[intern(balance, value)]++;
        if (!dropped)
            continue;
        balance->drops[intern(balance, value)]++;
        fine = add_row(balance, STR_LIT("drop"), value, source);
    }
    if (fine && dropped)
        fine = add_dropped(balance, doc);
    return fine ? ERR_OK : error_nomem(err);
}

static int
compare_rows(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(struct row));
}

/* Live documents that have a label. */
static uint64_t
count_label(const struct balance *balance, enum label_column column,
            unsigned score, struct str label)
{
    struct index *index = balance->x->index;
    const struct bits *live = index_live(index);
    uint64_t count = 0;

    for (uint32_t doc = bits_next(live, 0); doc != UINT32_MAX;
         doc = bits_next(live, doc + 1)) {
        struct str own = index_label(index, column, score, doc);

        count += label.len > 0 ? label_is_in(own, label) : own.len == 0;
    }
    return count;
}

/* Drops, and of how many; true when they are more than a fifth. */
static bool
is_too_much(uint64_t drops, uint64_t of)
{
    return drops * 5 > of;
}

static void
put(struct balance *balance, struct export_balance row)
{
    struct export_report *report = balance->x->report;

    report->balance[report->balance_count++] = row;
}

static void
put_label(struct balance *balance, enum label_column column, struct str label,
          uint64_t drops, uint64_t of)
{
    static const struct str none = {"", 0};
    struct export_balance row = {STR_LIT("drop"), label, none, drops, of};

    if (column == LABEL_SOURCE)
        row = (struct export_balance){STR_LIT("drop"), none, label, drops, of};
    if (balance->x->report->balance_count < NAMES_MAX)
        put(balance, row);
}

/* Whether the drops of the documents with a label are too many. The i-th
 * dropped document has it; counted once, for the first that has. */
static bool
check_label(struct balance *balance, enum label_column column, unsigned score,
            size_t i, struct str label)
{
    struct index *index = balance->x->index;
    uint64_t drops = 0;
    uint64_t of;

    for (size_t k = 0; k < balance->dropped_count; k++) {
        bool has = label_is_in(
            index_label(index, column, score, balance->dropped[k]), label);

        if (has && k < i)
            return false;
        drops += has;
    }
    of = count_label(balance, column, score, label);
    if (!is_too_much(drops, of))
        return false;
    put_label(balance, column, label, drops, of);
    return true;
}

/* Drops by one label column: each label that a dropped document has. */
static bool
check_labels(struct balance *balance, enum label_column column, unsigned score)
{
    struct index *index = balance->x->index;
    bool stop = false;

    for (size_t i = 0; i < balance->dropped_count; i++) {
        struct str set = index_label(index, column, score, balance->dropped[i]);
        struct str label;

        for (size_t at = 0; label_next(set, &at, &label);)
            stop |= check_label(balance, column, score, i, label);
    }
    return stop;
}

static uint64_t
count_named(const struct name_count *list, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i].name, name))
            return list[i].count;
    return 0;
}

/* Drops by the reviewers' own verdicts and tags. */
static enum err_code
check_decided(struct balance *balance, bool *stop, struct error *err)
{
    struct exporter *x = balance->x;
    struct name_count *verdicts = NULL;
    struct name_count *tags = NULL;
    size_t verdict_count = 0;
    size_t tag_count = 0;
    enum err_code code = store_verdict_counts(x->store, x->arena, &verdicts,
                                              &verdict_count, err);

    if (!code)
        code = store_tag_counts(x->store, x->arena, &tags, &tag_count, err);
    for (uint32_t name = 0; name < balance->name_count && !code; name++) {
        uint64_t of =
            count_named(verdicts, verdict_count, balance->names[name]) +
            count_named(tags, tag_count, balance->names[name]);

        of = of > balance->inside[name] ? of : balance->inside[name];
        if (!is_too_much(balance->drops[name], of))
            continue;
        *stop = true;
        put(balance,
            (struct export_balance){STR_LIT("drop"), balance->names[name],
                                    STR_LIT(""), balance->drops[name], of});
    }
    return code;
}

static uint64_t
source_size(struct balance *balance, uint32_t source)
{
    if (balance->of_source[source] == 0)
        balance->of_source[source] =
            count_label(balance, LABEL_SOURCE, 0, balance->names[source]);
    return balance->of_source[source];
}

/* Rows that are equal become one, with their number. */
static void
fold_rows(struct balance *balance)
{
    if (balance->row_count > 1)
        qsort(balance->rows, balance->row_count, sizeof(*balance->rows),
              compare_rows);
    for (size_t i = 0, end; i < balance->row_count; i = end) {
        const struct row *row = &balance->rows[i];

        end = i + 1;
        while (end < balance->row_count &&
               compare_rows(row, &balance->rows[end]) == 0)
            end++;
        put(balance, (struct export_balance){
                         balance->names[row->op], balance->names[row->category],
                         balance->names[row->source], end - i,
                         source_size(balance, row->source)});
    }
}

enum err_code
balance_finish(struct balance *balance, bool *stop, struct error *err)
{
    struct exporter *x = balance->x;
    size_t room = balance->row_count + 2 * (size_t)NAMES_MAX + 1;
    enum err_code code = ERR_OK;

    *stop = false;
    x->report->balance =
        arena_alloc(x->arena, room * sizeof(*x->report->balance));
    if (!x->report->balance)
        return error_nomem(err);
    if (balance->dropped_count) {
        code = check_decided(balance, stop, err);
        if (!code && check_labels(balance, LABEL_SOURCE, 0))
            *stop = true;
        for (unsigned i = 0; i < index_score_count(x->index) && !code; i++)
            if (index_score_def(x->index, i)->kind == SCORE_LABEL &&
                check_labels(balance, LABEL_SCORE, i))
                *stop = true;
    }
    if (!code)
        fold_rows(balance);
    return code;
}
