/* The query fields that only the review knows, as sets of documents. */
#include "config.h"

#include <assert.h>
#include <stdlib.h>

#include "review/day.h"
#include "review/queue_private.h"
#include "review/resolve_private.h"
#include "review/store_scan.h"

/* One field being answered. */
struct answer {
    struct resolver *resolver;
    const struct query_field *field;
    struct str reviewer; /* whose state; empty: the effective one */
    struct item_list items;
    bool inverted; /* the items are those that do not match */
};

typedef bool row_test(const struct answer *answer, const struct state_row *row,
                      int64_t a, int64_t b);

struct filter {
    struct answer *answer;
    row_test *test;
    int64_t a, b;
};

static enum err_code
filter_row(void *ctx, const struct state_row *row, struct error *err)
{
    struct filter *filter = ctx;

    return filter->test(filter->answer, row, filter->a, filter->b)
               ? item_list_add(&filter->answer->items, row->item, err)
               : ERR_OK;
}

static enum err_code
collect(struct answer *answer, row_test *test, int64_t a, int64_t b,
        struct error *err)
{
    struct filter filter = {answer, test, a, b};

    return store_scan(answer->resolver->store, answer->reviewer, filter_row,
                      &filter, err);
}

bool
str_is_glob(struct str s)
{
    return s.len && (memchr(s.ptr, '*', s.len) || memchr(s.ptr, '?', s.len));
}

static bool
matches(struct str pattern, struct str s)
{
    return str_is_glob(pattern) ? str_glob(pattern, s) : str_equal(pattern, s);
}

static bool
any_word(struct str list, struct str pattern)
{
    struct str word = {NULL, 0};

    for (size_t at = 0; next_word(list, &at, &word);)
        if (matches(pattern, word))
            return true;
    return false;
}

static bool
test_verdict(const struct answer *answer, const struct state_row *row,
             int64_t a, int64_t b)
{
    (void)a;
    (void)b;
    return row->verdict.len && matches(answer->field->value, row->verdict);
}

static bool
test_any_verdict(const struct answer *answer, const struct state_row *row,
                 int64_t a, int64_t b)
{
    (void)answer;
    (void)a;
    (void)b;
    return row->verdict.len != 0;
}

static bool
test_tag(const struct answer *answer, const struct state_row *row, int64_t a,
         int64_t b)
{
    (void)a;
    (void)b;
    return any_word(row->tags, answer->field->value) ||
           any_word(row->span_tags, answer->field->value);
}

static bool
test_any_tag(const struct answer *answer, const struct state_row *row,
             int64_t a, int64_t b)
{
    (void)answer;
    (void)a;
    (void)b;
    return row->tags.len || row->span_tags.len;
}

static bool
test_flags(const struct answer *answer, const struct state_row *row, int64_t a,
           int64_t b)
{
    (void)answer;
    (void)b;
    return (row->flags & (unsigned)a) != 0;
}

static bool
test_kinds(const struct answer *answer, const struct state_row *row, int64_t a,
           int64_t b)
{
    (void)answer;
    (void)b;
    return (row->kinds & (uint32_t)a) != 0;
}

static bool
test_judged_between(const struct answer *answer, const struct state_row *row,
                    int64_t a, int64_t b)
{
    (void)answer;
    return (row->flags & STATE_JUDGED) && row->judged_us >= a &&
           row->judged_us < b;
}

/* A verdict that neither the set nor any state knows is a slip. */
static enum err_code
answer_verdict(struct answer *answer, struct error *err)
{
    const struct verdict_set *set = &answer->resolver->store->verdicts;
    struct str value = answer->field->value;
    struct buf known = {0};
    enum err_code code = ERR_OK;

    if (str_equal(value, STR_LIT("none"))) {
        answer->inverted = true;
        return collect(answer, test_any_verdict, 0, 0, err);
    }
    code = collect(answer, test_verdict, 0, 0, err);
    if (code != ERR_OK || answer->items.count || str_is_glob(value) ||
        verdict_set_has(set, value))
        return code;
    for (size_t i = 0; i < set->count; i++)
        xbuf_printf(&known, " %s", set->defs[i].value);
    code = error_set(err, ERR_USAGE,
                     "\"%.*s\" is not a verdict: expected%s or none",
                     STR_FMT(value), xbuf_cstr(&known));
    buf_release(&known);
    return code;
}

static enum err_code
answer_tag(struct answer *answer, struct error *err)
{
    if (str_equal(answer->field->value, STR_LIT("none"))) {
        answer->inverted = true;
        return collect(answer, test_any_tag, 0, 0, err);
    }
    return collect(answer, test_tag, 0, 0, err);
}

/* Item numbers of the rows of a query; `bind` gets the answer. */
static enum err_code
item_row(void *ctx, struct stmt *stmt, struct error *err)
{
    struct answer *answer = ctx;

    return item_list_add(&answer->items, stmt_int(stmt, 0), err);
}

static struct str
draft_reviewer(const struct answer *answer)
{
    const char *own = answer->resolver->store->reviewer;

    if (answer->reviewer.len)
        return answer->reviewer;
    return own ? str_of(own) : (struct str){NULL, 0};
}

static void
bind_draft(void *ctx, struct stmt *stmt)
{
    struct str reviewer = draft_reviewer(ctx);

    if (reviewer.ptr)
        stmt_bind_text(stmt, 3, reviewer);
    else
        stmt_bind_null(stmt, 3);
}

static enum err_code
answer_draft(struct answer *answer, struct error *err)
{
    struct store_steps steps = {
        "SELECT DISTINCT item FROM draft"
        " WHERE item > ?1 AND (?3 IS NULL OR reviewer = ?3)"
        " ORDER BY item LIMIT ?2",
        bind_draft, item_row, answer};

    return store_step_through(answer->resolver->store, &steps, err);
}

/* What [policy] mask = QUERY covers. The query may not lean on the review. */
static enum err_code
resolve_masked(struct resolver *resolver, struct bits *out, struct error *err)
{
    struct search_env env = {0};
    struct str mask = str_of(resolver->store->mask);
    const struct query *query = NULL;
    struct hits hits = {0};
    enum err_code code = ERR_OK;

    if (!(resolver->sight & SIGHT_SCORES))
        return error_set(err, ERR_USAGE, "scores are hidden (blind = all)");
    if (!mask.len)
        return ERR_OK;
    arena_reset(&resolver->scratch);
    code = query_parse(&query, mask, &resolver->scratch, err);
    if (code == ERR_OK)
        code = search_run(resolver->index, query, &env, &hits, err);
    if (code != ERR_OK) {
        error_wrap(err, "[policy] mask");
        err->offset = ERR_NO_OFFSET; /* it was one in the mask */
        return code;
    }
    for (uint32_t i = 0; i < hits.count; i++)
        bits_set(out, hits.docs[i]);
    hits_release(&hits);
    return ERR_OK;
}

/* By anyone: few are, and they have an index of their own. */
static enum err_code
answer_escalated(struct answer *answer, struct error *err)
{
    struct store_steps steps = {
        "SELECT item FROM state INDEXED BY state_escalated"
        " WHERE reviewer = '' AND (flags & 4) != 0"
        " AND item > ?1 ORDER BY item LIMIT ?2",
        NULL, item_row, answer};

    static_assert(STATE_ESCALATED == 4, "as the statement has it");
    return store_step_through(answer->resolver->store, &steps, err);
}

static const struct {
    const char *name;
    unsigned flag;
    bool inverted;
} states[] = {
    {"judged", STATE_JUDGED, false},
    {"unjudged", STATE_JUDGED, true},
    {"skipped", STATE_SKIPPED, false},
    {"draft", STATE_DRAFT, false},
    {"escalated", STATE_ESCALATED, false},
    {"dropped", STATE_DROPPED, false},
    {"rewritten", STATE_REWRITTEN, false},
    {"kept", STATE_KEPT, false},
    {"noted", STATE_NOTED, false},
    {"sent-back", STATE_SENT_BACK, false},
    {"disagreed", STATE_DISAGREED, false},
};

static enum err_code
answer_is(struct answer *answer, struct error *err)
{
    struct str value = answer->field->value;

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (!str_equal(value, str_of(states[i].name)))
            continue;
        if (states[i].flag == STATE_DRAFT)
            return answer_draft(answer, err);
        if (states[i].flag == STATE_ESCALATED && !answer->reviewer.len)
            return answer_escalated(answer, err);
        answer->inverted = states[i].inverted;
        return collect(answer, test_flags, states[i].flag, 0, err);
    }
    return error_set(err, ERR_USAGE,
                     "is:%.*s: expected judged, unjudged, skipped, draft, "
                     "escalated, dropped, rewritten, kept, noted, sent-back, "
                     "disagreed or masked",
                     STR_FMT(value));
}

/* Anything of theirs that stands. */
static enum err_code
answer_by(struct answer *answer, struct error *err)
{
    uint32_t silent =
        UINT32_C(1) << ANNOTATION_CLAIM | UINT32_C(1) << ANNOTATION_REVEAL;

    return collect(answer, test_kinds, (int64_t)~silent & UINT32_MAX, 0, err);
}

static enum err_code
answer_judged(struct answer *answer, struct error *err)
{
    const struct query_field *field = answer->field;
    int64_t start = 0;
    int64_t end = INT64_MAX;
    bool good = false;

    if (field->is_range)
        good = day_range(field->low_text, field->high_text, &start, &end);
    else
        good = day_range(field->value, field->value, &start, &end);
    if (!good ||
        (field->is_range && !field->low_text.len && !field->high_text.len))
        return error_set(err, ERR_USAGE,
                         "judged: expected today, yesterday, a date "
                         "(2026-11-20) or a range of them");
    return collect(answer, test_judged_between, start, end, err);
}

static enum err_code
answer_op(struct answer *answer, struct error *err)
{
    struct str value = answer->field->value;
    enum annotation_kind kind;
    struct buf known = {0};
    enum err_code code = ERR_OK;

    if (annotation_kind_parse(value, &kind) && annotation_kind_has_item(kind))
        return collect(answer, test_kinds, INT64_C(1) << kind, 0, err);
    for (unsigned i = 0; i < ANNOTATION_KIND_COUNT; i++)
        if (annotation_kind_has_item((enum annotation_kind)i))
            xbuf_printf(&known, " %s",
                        annotation_kind_name((enum annotation_kind)i));
    code = error_set(err, ERR_USAGE, "op:%.*s: expected one of%s",
                     STR_FMT(value), xbuf_cstr(&known));
    buf_release(&known);
    return code;
}

static void
bind_nothing(void *ctx, struct stmt *stmt)
{
    (void)ctx;
    (void)stmt;
}

static enum err_code
answer_proposal(struct answer *answer, struct error *err)
{
    struct store_steps steps = {
        "SELECT DISTINCT item FROM proposal"
        " WHERE item > ?1 AND closed_us IS NULL ORDER BY item LIMIT ?2",
        bind_nothing, item_row, answer};

    return store_step_through(answer->resolver->store, &steps, err);
}

static enum err_code
answer_has(struct answer *answer, struct error *err)
{
    struct str value = answer->field->value;

    if (str_equal(value, STR_LIT("note")))
        return collect(answer, test_flags, STATE_NOTED, 0, err);
    if (str_equal(value, STR_LIT("span")))
        return collect(answer, test_flags, STATE_SPANS, 0, err);
    if (str_equal(value, STR_LIT("draft")))
        return answer_draft(answer, err);
    if (str_equal(value, STR_LIT("proposal")))
        return answer_proposal(answer, err);
    return error_set(err, ERR_USAGE,
                     "has:%.*s: expected note, span, draft or proposal",
                     STR_FMT(value));
}

static enum err_code
answer_reason(struct answer *answer, struct error *err)
{
    return resolve_reason(answer->resolver, answer->field->value,
                          answer->reviewer, &answer->items, err);
}

static enum err_code
add_queue_items(struct answer *answer, int64_t queue, struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum err_code code =
        db_stmt(answer->resolver->store->db,
                "SELECT item FROM queue_item WHERE queue = ?1", &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, queue);
    code = stmt_step(stmt, &row, err);
    while (code == ERR_OK && row) {
        code = item_list_add(&answer->items, stmt_int(stmt, 0), err);
        if (code == ERR_OK)
            code = stmt_step(stmt, &row, err);
    }
    stmt_reset(stmt);
    return code;
}

static enum err_code
answer_queue(struct answer *answer, struct error *err)
{
    int64_t queue = 0;
    double overlap = 0;
    enum err_code code = queue_find(
        answer->resolver->store, answer->field->value, &queue, &overlap, err);

    if (code == ERR_NOTFOUND) /* that code means "not a field of mine" */
        return error_set(err, ERR_USAGE, "no queue named \"%.*s\"",
                         STR_FMT(answer->field->value));
    return code == ERR_OK ? add_queue_items(answer, queue, err) : code;
}

static enum err_code
answer_failure(struct answer *answer, struct error *err)
{
    return resolve_failure(answer->resolver, answer->field->value,
                           answer->reviewer, &answer->items, err);
}

static const struct {
    const char *name;
    enum err_code (*answer)(struct answer *answer, struct error *err);
} fields[] = {
    {"verdict", answer_verdict}, {"tag", answer_tag},
    {"is", answer_is},           {"by", answer_by},
    {"judged", answer_judged},   {"op", answer_op},
    {"reason", answer_reason},   {"has", answer_has},
    {"queue", answer_queue},     {"failure", answer_failure},
};

static enum err_code
find_reviewer(struct answer *answer, bool is_by, struct error *err)
{
    struct str who = is_by ? answer->field->value : answer->field->by;

    if (!who.len)
        return ERR_OK;
    if (str_equal(who, STR_LIT("me"))) {
        if (!answer->resolver->store->reviewer)
            return error_set(err, ERR_USAGE, "by:me needs a reviewer");
        who = str_of(answer->resolver->store->reviewer);
    }
    answer->reviewer = who;
    return ERR_OK;
}

/* Only what a blind reviewer may see of it. */
static enum err_code
narrow(struct answer *answer, size_t which, struct error *err)
{
    const char *me = answer->resolver->store->reviewer;
    struct answer own = {.resolver = answer->resolver,
                         .field = answer->field,
                         .reviewer = str_of(me ? me : "")};
    enum err_code code = ERR_OK;

    if (me && !answer->reviewer.len)
        code = fields[which].answer(&own, err);
    if (code == ERR_OK)
        code =
            resolve_narrow(answer->resolver, &own.items, &answer->items, err);
    item_list_release(&own.items);
    return code;
}

static enum err_code
run(struct answer *answer, size_t which, struct bits *out, struct error *err)
{
    bool is_by = str_equal(answer->field->name, STR_LIT("by"));
    enum err_code code = find_reviewer(answer, is_by, err);

    if (code == ERR_OK)
        code = fields[which].answer(answer, err);
    if (code == ERR_OK && resolver_narrows(answer->resolver, answer->field))
        code = narrow(answer, which, err);
    if (code == ERR_OK)
        code = resolve_items(answer->resolver, &answer->items, out, err);
    if (code == ERR_OK && answer->inverted) {
        bits_not(out);
        bits_and(out, index_live(answer->resolver->index));
    }
    item_list_release(&answer->items);
    return code;
}

enum err_code
resolve_named(void *resolver, const struct query_field *field, struct bits *out,
              struct error *err)
{
    struct answer answer = {.resolver = resolver, .field = field};

    if (str_equal(field->name, STR_LIT("changed")))
        return resolve_changed(resolver, field->value, out, err);
    if (str_equal(field->name, STR_LIT("applied")))
        return resolve_applied(resolver, field->value, out, err);
    if (str_equal(field->name, STR_LIT("similar")))
        return resolve_similar(resolver, field->value, out, err);
    if (str_equal(field->name, STR_LIT("is")) &&
        str_equal(field->value, STR_LIT("masked")))
        return resolve_masked(resolver, out, err);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (str_equal(field->name, str_of(fields[i].name)))
            return run(&answer, i, out, err);
    return error_set(err, ERR_NOTFOUND, "no field \"%.*s\"",
                     STR_FMT(field->name));
}
