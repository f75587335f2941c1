/* Folds a history into standing decisions. What a reviewer says later replaces
 * what that reviewer said before on the same aspect: the verdict, a scale, a
 * tag on a span, the text of a span, or the document's fate (drop, keep, or
 * edits, of which the newest kind holds). */
#include "config.h"

#include "export_state.h"

#include <stdlib.h>

#include "annotation_check.h"

/* A standing decision of one reviewer. */
struct claim {
    enum patch_op op;
    const struct annotation *a;
    struct str reviewer;
    bool settled; /* by an adjudication */
    bool gone;
};
struct fold {
    struct claim *claims;
    size_t count;
    bool pooled; /* all reviewers as one: the last one wins */
    const struct annotation *settled;
};

static bool
op_of(enum annotation_kind kind, enum patch_op *op)
{
    static const struct {
        enum annotation_kind kind;
        enum patch_op op;
    } pairs[] = {
        {ANNOTATION_VERDICT, OP_VERDICT}, {ANNOTATION_RATE, OP_RATE},
        {ANNOTATION_TAG, OP_TAG},         {ANNOTATION_UNTAG, OP_UNTAG},
        {ANNOTATION_REWRITE, OP_REPLACE}, {ANNOTATION_REDACT, OP_REDACT},
        {ANNOTATION_INSERT, OP_INSERT},   {ANNOTATION_DROP, OP_DROP},
        {ANNOTATION_KEEP, OP_KEEP},       {ANNOTATION_NOTE, OP_NOTE},
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (pairs[i].kind == kind) {
            *op = pairs[i].op;
            return true;
        }
    }
    return false;
}

static bool
is_edit(enum patch_op op)
{
    return op == OP_REPLACE || op == OP_REDACT || op == OP_INSERT;
}

static bool
is_fate(enum patch_op op)
{
    return op == OP_DROP || op == OP_KEEP;
}

static bool
same_span(const struct annotation *a, const struct annotation *b)
{
    return a->span.given == b->span.given &&
           (!a->span.given || (a->span.bytes.start == b->span.bytes.start &&
                               a->span.bytes.end == b->span.bytes.end));
}

/* A tag taken off the document is off its spans, too. */
static bool
same_tag(const struct claim *a, const struct claim *b)
{
    bool wide = (a->op == OP_UNTAG && !a->a->span.given) ||
                (b->op == OP_UNTAG && !b->a->span.given);

    return str_equal(a->a->value, b->a->value) &&
           (wide || same_span(a->a, b->a));
}

/* Whether two claims are about the same, so that they may differ. */
static bool
same_aspect(const struct claim *a, const struct claim *b)
{
    bool tags = (a->op == OP_TAG || a->op == OP_UNTAG) &&
                (b->op == OP_TAG || b->op == OP_UNTAG);

    if (tags)
        return same_tag(a, b);
    if (is_fate(a->op))
        return is_fate(b->op) || is_edit(b->op);
    if (is_edit(a->op))
        return is_fate(b->op) ||
               (is_edit(b->op) && (same_span(a->a, b->a) || !a->a->span.given ||
                                   !b->a->span.given));
    if (a->op != b->op)
        return false;
    return a->op == OP_VERDICT ||
           (a->op == OP_RATE && str_equal(a->a->value, b->a->value));
}

/* Of two claims about the same, whether they say the same. */
static bool
same_value(const struct claim *a, const struct claim *b)
{
    const struct annotation *x = a->a;
    const struct annotation *y = b->a;

    if (a->op != b->op || !same_span(x, y))
        return false;
    switch (a->op) {
    case OP_VERDICT:
    case OP_TAG:
    case OP_UNTAG:
        return str_equal(x->value, y->value);
    case OP_RATE:
        return str_equal(x->value, y->value) && !(x->number < y->number) &&
               !(x->number > y->number);
    case OP_REPLACE:
    case OP_INSERT:
        return str_equal(x->text, y->text);
    case OP_REDACT:
        return str_equal(x->value, y->value);
    case OP_DROP:
    case OP_KEEP:
        return true;
    case OP_NOTE:
    case OP_ADD:
    case PATCH_OP_COUNT:
        break;
    }
    return false;
}

/* Whether a reviewer's later claim replaces an earlier one. */
static bool
replaces(const struct claim *later, const struct claim *earlier)
{
    if (!same_aspect(later, earlier))
        return false;
    if (!is_edit(later->op) || !is_edit(earlier->op))
        return true;
    /* A span edited after a rewrite of the whole does not undo that. */
    return same_span(later->a, earlier->a) || !later->a->span.given;
}

static void
fold_one(struct fold *fold, const struct annotation *a)
{
    struct claim claim = {.a = a, .reviewer = a->reviewer};

    if (a->kind == ANNOTATION_ADJUDICATE)
        fold->settled = a;
    if (!op_of(a->kind, &claim.op))
        return;
    for (size_t i = 0; i < fold->count && claim.op != OP_NOTE; i++) {
        struct claim *earlier = &fold->claims[i];

        if (!earlier->gone &&
            (fold->pooled || str_equal(earlier->reviewer, a->reviewer)) &&
            replaces(&claim, earlier))
            earlier->gone = true;
    }
    fold->claims[fold->count++] = claim;
}

/* An adjudication is the verdict, whatever else was said. With `all`, what
 * the adjudicator said on any aspect holds against the others. */
static void
settle(struct fold *fold, bool all)
{
    const struct annotation *settled = fold->settled;

    for (size_t i = 0; i < fold->count; i++) {
        struct claim *claim = &fold->claims[i];

        if (claim->op == OP_VERDICT)
            claim->gone = true;
        if (all && str_equal(claim->reviewer, settled->reviewer))
            claim->settled = true;
    }
    fold->claims[fold->count++] =
        (struct claim){OP_VERDICT, settled, settled->reviewer, true, false};
    for (size_t i = 0; i < fold->count; i++)
        for (size_t k = 0; all && k < fold->count; k++)
            if (fold->claims[i].settled && !fold->claims[k].settled &&
                same_aspect(&fold->claims[i], &fold->claims[k]) &&
                !same_value(&fold->claims[i], &fold->claims[k]))
                fold->claims[k].gone = true;
}

static void
drop_gone(struct fold *fold)
{
    size_t kept = 0;

    for (size_t i = 0; i < fold->count; i++)
        if (!fold->claims[i].gone)
            fold->claims[kept++] = fold->claims[i];
    fold->count = kept;
}

static const char *
aspect_name(const struct claim *claim)
{
    return claim->op == OP_VERDICT ? "the verdict"
           : claim->op == OP_RATE  ? "a rating"
           : is_edit(claim->op)    ? "the text"
           : is_fate(claim->op)    ? "dropping or keeping it"
                                   : "a tag";
}

/* A sentence for the conflicts file; only the first is kept. */
static enum err_code
complain(struct decisions *out, struct arena *arena, const char *what,
         const char *aspect, struct error *err)
{
    struct buf text = {0};

    if (out->why.ptr)
        return ERR_OK;
    xbuf_printf(&text, "%s%s", what, aspect);
    out->why = arena_copy(arena, buf_str(&text));
    buf_release(&text);
    return out->why.ptr ? ERR_OK : error_nomem(err);
}

/* Reviewers who say the same as a claim. */
static unsigned
count_support(const struct fold *fold, const struct claim *claim)
{
    unsigned support = 0;

    for (size_t i = 0; i < fold->count; i++) {
        bool counted = false;

        if (!same_value(&fold->claims[i], claim))
            continue;
        for (size_t k = 0; k < i && !counted; k++)
            counted =
                same_value(&fold->claims[k], claim) &&
                str_equal(fold->claims[k].reviewer, fold->claims[i].reviewer);
        support += !counted;
    }
    return support;
}

/* Leave out what too few agree on. */
static enum err_code
demand_support(struct fold *fold, unsigned agree, struct arena *arena,
               struct decisions *out, struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < fold->count && !code; i++) {
        struct claim *claim = &fold->claims[i];

        if (claim->op == OP_NOTE || claim->settled ||
            count_support(fold, claim) >= agree)
            continue;
        claim->gone = true;
        code = complain(out, arena, "too few reviewers agree on ",
                        aspect_name(claim), err);
    }
    drop_gone(fold);
    return code;
}

/* Different reviewers must not say different things about the same. */
static enum err_code
find_dispute(const struct fold *fold, struct arena *arena,
             struct decisions *out, bool *found, struct error *err)
{
    for (size_t i = 0; i < fold->count; i++) {
        for (size_t k = 0; k < i; k++) {
            const struct claim *a = &fold->claims[i];
            const struct claim *b = &fold->claims[k];

            if (str_equal(a->reviewer, b->reviewer) || !same_aspect(a, b) ||
                same_value(a, b))
                continue;
            *found = true;
            return complain(out, arena, "reviewers differ about ",
                            aspect_name(is_fate(b->op) ? b : a), err);
        }
    }
    return ERR_OK;
}

static bool
spans_clash(const struct annotation *a, const struct annotation *b)
{
    struct span x = a->span.bytes;
    struct span y = b->span.bytes;

    if (!a->span.given || !b->span.given)
        return true;
    if (x.start == x.end && y.start == y.end)
        return x.start == y.start;
    return x.start < y.end && y.start < x.end;
}

/* With the last one winning, of overlapping edits the newest stays. */
static void
keep_newest_edits(struct fold *fold)
{
    for (size_t i = fold->count; i-- > 0;) {
        for (size_t k = 0; k < i && !fold->claims[i].gone; k++)
            if (is_edit(fold->claims[i].op) && is_edit(fold->claims[k].op) &&
                spans_clash(fold->claims[i].a, fold->claims[k].a))
                fold->claims[k].gone = true;
    }
    drop_gone(fold);
}

/* Of equal claims one stays. A drop leaves nothing to edit. */
static void
merge_equal(struct fold *fold)
{
    bool dropped = false;

    for (size_t i = 0; i < fold->count; i++) {
        dropped = dropped || fold->claims[i].op == OP_DROP;
        for (size_t k = 0; k < i; k++)
            if (!fold->claims[k].gone &&
                same_value(&fold->claims[i], &fold->claims[k]))
                fold->claims[i].gone = true;
    }
    for (size_t i = 0; i < fold->count; i++)
        if (dropped &&
            (is_edit(fold->claims[i].op) || fold->claims[i].op == OP_KEEP))
            fold->claims[i].gone = true;
    drop_gone(fold);
}

static int
compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* The order of a patch's edits: by op, then name, then place, then time. */
static int
compare_decisions(const void *left, const void *right)
{
    static const unsigned char rank[PATCH_OP_COUNT] = {
        [OP_VERDICT] = 0, [OP_RATE] = 1, [OP_TAG] = 2,     [OP_UNTAG] = 3,
        [OP_DROP] = 4,    [OP_KEEP] = 5, [OP_REPLACE] = 6, [OP_REDACT] = 6,
        [OP_INSERT] = 6,  [OP_NOTE] = 7, [OP_ADD] = 8,
    };
    const struct decision *x = left;
    const struct decision *y = right;
    int order = rank[x->op] - rank[y->op];

    if (!order && !is_edit(x->op) && x->op != OP_NOTE)
        order = str_compare(x->a->value, y->a->value);
    if (!order)
        order = compare_numbers(x->a->span.given, y->a->span.given);
    if (!order)
        order = compare_numbers(x->a->span.bytes.start, y->a->span.bytes.start);
    if (!order)
        order = compare_numbers(x->a->span.bytes.end, y->a->span.bytes.end);
    if (!order)
        order = compare_numbers(x->a->lamport, y->a->lamport);
    if (!order)
        order = memcmp(x->a->uuid.bytes, y->a->uuid.bytes,
                       sizeof(x->a->uuid.bytes));
    return order;
}

static enum err_code
judge(struct fold *fold, const struct export_rules *rules, struct arena *arena,
      struct decisions *out, struct error *err)
{
    bool disputed = false;
    enum err_code code = ERR_OK;

    if (rules->policy == POLICY_ADJUDICATED && !fold->settled) {
        if (fold->count)
            code = complain(out, arena, "", "not adjudicated", err);
        fold->count = 0;
        return code;
    }
    if (fold->settled)
        settle(fold, rules->policy == POLICY_ADJUDICATED);
    drop_gone(fold);
    if (rules->policy == POLICY_LAST) {
        keep_newest_edits(fold);
        return ERR_OK;
    }
    if (rules->policy == POLICY_AGREE)
        code = demand_support(fold, rules->agree, arena, out, err);
    if (!code)
        code = find_dispute(fold, arena, out, &disputed, err);
    if (disputed)
        fold->count = 0;
    return code;
}

enum err_code
decisions_make(const struct annotation *history, size_t count,
               const struct export_rules *rules, struct arena *arena,
               struct decisions *out, struct error *err)
{
    struct fold fold = {.pooled = rules->policy == POLICY_LAST};
    struct decisions made = {0};
    enum err_code code;

    /* One more for an adjudication. */
    fold.claims = arena_alloc(arena, (count + 1) * sizeof(*fold.claims));
    made.list = arena_alloc(arena, (count + 1) * sizeof(*made.list));
    if (!fold.claims || !made.list)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        if (!history[i].undone && history[i].seq <= rules->head &&
            (rules->models || !reviewer_is_model(history[i].reviewer)))
            fold_one(&fold, &history[i]);
    drop_gone(&fold);
    code = judge(&fold, rules, arena, &made, err);
    if (code)
        return code;
    merge_equal(&fold);
    for (size_t i = 0; i < fold.count; i++)
        made.list[made.count++] =
            (struct decision){fold.claims[i].op, fold.claims[i].a};
    if (made.count > 1)
        qsort(made.list, made.count, sizeof(*made.list), compare_decisions);
    *out = made;
    return ERR_OK;
}
