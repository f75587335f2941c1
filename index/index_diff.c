/* Documents of two indexes side by side: both sorted by a hash of source and
 * id, then merged. */
#include "config.h"

#include "stet/index_diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stet/histogram.h"
#include "stet/pool.h"

#define CANCEL_EVERY 1024u

/* 96 bits of a hash of source and id, or of the text where there is no id. */
struct keyed_document {
    uint64_t key, text;
    uint32_t more, doc;
};

struct side {
    struct index *index;
    struct keyed_document *list;
    size_t count;
};

struct comparing {
    struct index_diff *diff;
    struct side a, b;
    const int *cancel;
};

static enum err_code
check_cancel(const int *cancel, struct error *err)
{
    if (!cancel_is_set(cancel))
        return ERR_OK;
    return error_set(err, ERR_CANCELLED, "%s", err_code_text(ERR_CANCELLED));
}

/* Lengths go before parts, so that no two keys are the same bytes. */
static enum err_code
write_key(struct str id, struct str source, const struct hash *text,
          struct buf *out, struct error *err)
{
    buf_clear(out);
    if (!id.ptr)
        return buf_append(out, text->bytes, sizeof(text->bytes), err);
    xbuf_append_varint(out, source.ptr ? source.len + 1 : 0);
    xbuf_append_str(out, source);
    return buf_append_str(out, id, err);
}

static enum err_code
load_document(struct side *side, uint32_t doc, struct arena *arena,
              struct buf *bytes, struct error *err)
{
    struct document_place place;
    struct str id;
    struct str source;
    struct hash hash;
    enum err_code code = index_place(side->index, doc, &place, err);

    if (!code)
        code = index_identity(side->index, doc, arena, &id, &source, err);
    if (!code)
        code = write_key(id, source, &place.text_hash, bytes, err);
    if (code)
        return code;
    hash = hash_of(buf_str(bytes));
    side->list[side->count++] = (struct keyed_document){
        .key = hash_prefix(&hash),
        .text = hash_prefix(&place.text_hash),
        .more = (uint32_t)hash.bytes[8] << 24 | (uint32_t)hash.bytes[9] << 16 |
                (uint32_t)hash.bytes[10] << 8 | hash.bytes[11],
        .doc = doc};
    return ERR_OK;
}

static int
compare_keys(const struct keyed_document *x, const struct keyed_document *y)
{
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->more > y->more) - (x->more < y->more);
}

static int
compare_documents(const void *a, const void *b)
{
    const struct keyed_document *x = a;
    const struct keyed_document *y = b;
    int order = compare_keys(x, y);

    if (order)
        return order;
    if (x->text != y->text)
        return x->text < y->text ? -1 : 1;
    return (x->doc > y->doc) - (x->doc < y->doc);
}

static enum err_code
load_side(struct side *side, const int *cancel, struct error *err)
{
    const struct bits *live = index_live(side->index);
    struct buf bytes = {0};
    struct arena arena;
    enum err_code code = ERR_OK;

    arena_init(&arena, 0);
    side->list = malloc(((size_t)index_live_count(side->index) + 1) *
                        sizeof(*side->list));
    if (!side->list)
        code = error_nomem(err);
    for (uint32_t doc = bits_next(live, 0); !code && doc != UINT32_MAX;
         doc = bits_next(live, doc + 1)) {
        arena_reset(&arena);
        code = load_document(side, doc, &arena, &bytes, err);
        if (!code && doc % CANCEL_EVERY == 0)
            code = check_cancel(cancel, err);
    }
    if (!code)
        qsort(side->list, side->count, sizeof(*side->list), compare_documents);
    buf_release(&bytes);
    arena_release(&arena);
    return code;
}

static void
add_pair(struct index_diff *diff, const struct keyed_document *a,
         const struct keyed_document *b)
{
    bool changed = a->text != b->text;

    diff->pairs[diff->pair_count++] =
        (struct diff_pair){a->doc, b->doc, changed};
    diff->changed += changed;
}

/* Documents of one key. */
struct group {
    struct keyed_document *list;
    size_t count;
};

static size_t
same_key(const struct side *side, size_t at)
{
    size_t end = at + 1;

    while (end < side->count &&
           compare_keys(&side->list[at], &side->list[end]) == 0)
        end++;
    return end;
}

/* Take out those that have a partner with the same text; returns how many are
 * left in each. Both are sorted by text. */
static void
pair_same_texts(struct index_diff *diff, struct group *a, struct group *b)
{
    size_t i = 0;
    size_t j = 0;
    size_t a_left = 0;
    size_t b_left = 0;

    while (i < a->count && j < b->count) {
        if (a->list[i].text == b->list[j].text)
            add_pair(diff, &a->list[i++], &b->list[j++]);
        else if (a->list[i].text < b->list[j].text)
            a->list[a_left++] = a->list[i++];
        else
            b->list[b_left++] = b->list[j++];
    }
    while (i < a->count)
        a->list[a_left++] = a->list[i++];
    while (j < b->count)
        b->list[b_left++] = b->list[j++];
    a->count = a_left;
    b->count = b_left;
}

static int
compare_places(const void *a, const void *b)
{
    const struct keyed_document *x = a;
    const struct keyed_document *y = b;

    return (x->doc > y->doc) - (x->doc < y->doc);
}

/* What is left over of a group is kept at the front of its side's list, whose
 * documents there have been dealt with. */
static void
pair_group(struct comparing *c, struct group a, struct group b, size_t left[2])
{
    size_t both;

    pair_same_texts(c->diff, &a, &b);
    if (a.count > 1)
        qsort(a.list, a.count, sizeof(*a.list), compare_places);
    if (b.count > 1)
        qsort(b.list, b.count, sizeof(*b.list), compare_places);
    both = a.count < b.count ? a.count : b.count;
    for (size_t i = 0; i < both; i++)
        add_pair(c->diff, &a.list[i], &b.list[i]);
    for (size_t i = both; i < a.count; i++)
        c->a.list[left[0]++] = a.list[i];
    for (size_t i = both; i < b.count; i++)
        c->b.list[left[1]++] = b.list[i];
}

static void
pair_all(struct comparing *c)
{
    size_t left[2] = {0, 0};
    size_t i = 0;
    size_t j = 0;

    while (i < c->a.count || j < c->b.count) {
        int order = i == c->a.count ? 1
                    : j == c->b.count
                        ? -1
                        : compare_keys(&c->a.list[i], &c->b.list[j]);
        size_t a_end = order <= 0 ? same_key(&c->a, i) : i;
        size_t b_end = order >= 0 ? same_key(&c->b, j) : j;

        pair_group(c, (struct group){c->a.list + i, a_end - i},
                   (struct group){c->b.list + j, b_end - j}, left);
        i = a_end;
        j = b_end;
    }
    c->a.count = left[0];
    c->b.count = left[1];
}

static int
compare_texts(const void *a, const void *b)
{
    const struct keyed_document *x = a;
    const struct keyed_document *y = b;

    return (x->text > y->text) - (x->text < y->text);
}

static uint64_t
count_renamed(const struct comparing *c)
{
    uint64_t renamed = 0;
    size_t i = 0;
    size_t j = 0;

    qsort(c->a.list, c->a.count, sizeof(*c->a.list), compare_texts);
    qsort(c->b.list, c->b.count, sizeof(*c->b.list), compare_texts);
    while (i < c->a.count && j < c->b.count) {
        int order = compare_texts(&c->a.list[i], &c->b.list[j]);

        renamed += order == 0;
        i += order <= 0;
        j += order >= 0;
    }
    return renamed;
}

static enum err_code
list_left(const struct side *side, uint32_t **docs, size_t *count,
          struct error *err)
{
    *docs = malloc((side->count + 1) * sizeof(**docs));
    if (!*docs)
        return error_nomem(err);
    qsort(side->list, side->count, sizeof(*side->list), compare_places);
    for (size_t i = 0; i < side->count; i++)
        (*docs)[i] = side->list[i].doc;
    *count = side->count;
    return ERR_OK;
}

static int
compare_pairs(const void *a, const void *b)
{
    const struct diff_pair *x = a;
    const struct diff_pair *y = b;

    return (x->b > y->b) - (x->b < y->b);
}

static enum err_code
compare_sides(struct comparing *c, struct error *err)
{
    size_t most = c->a.count < c->b.count ? c->a.count : c->b.count;
    struct index_diff *diff = c->diff;
    enum err_code code;

    diff->a_count = c->a.count;
    diff->b_count = c->b.count;
    diff->pairs = malloc((most + 1) * sizeof(*diff->pairs));
    if (!diff->pairs)
        return error_nomem(err);
    pair_all(c);
    qsort(diff->pairs, diff->pair_count, sizeof(*diff->pairs), compare_pairs);
    diff->renamed = count_renamed(c);
    code = list_left(&c->a, &diff->removed, &diff->removed_count, err);
    if (!code)
        code = list_left(&c->b, &diff->added, &diff->added_count, err);
    return code;
}

double
index_diff_move(struct index *a, struct index *b,
                const struct diff_score *score, const struct diff_pair *pair)
{
    return index_score_decimal(b, score->b, pair->b) -
           index_score_decimal(a, score->a, pair->a);
}

/* The two indexes while a score is compared. */
struct comparison {
    struct index *a, *b;
    struct diff_score *score;
    enum score_bad bad;
};

static void
count_label(const struct comparison *c, const struct diff_pair *pair)
{
    struct diff_score *score = c->score;
    struct str a = index_label(c->a, LABEL_SCORE, score->a, pair->a);
    struct str b = index_label(c->b, LABEL_SCORE, score->b, pair->b);

    score->both += a.ptr && b.ptr;
    score->only_a += a.ptr && !b.ptr;
    score->only_b += !a.ptr && b.ptr;
    score->moved += a.ptr && b.ptr && !str_equal(a, b);
}

static void
count_number(const struct comparison *c, const struct diff_pair *pair)
{
    struct diff_score *score = c->score;
    double a = index_score_decimal(c->a, score->a, pair->a);
    double b = index_score_decimal(c->b, score->b, pair->b);
    bool was;
    bool is;

    score->only_a += !isnan(a) && isnan(b);
    score->only_b += isnan(a) && !isnan(b);
    if (isnan(a) || isnan(b))
        return;
    score->both++;
    if (a < b || a > b) {
        score->moved++;
        score->mean += fabs(b - a);
        score->drift += b - a;
        score->largest = fmax(score->largest, fabs(b - a));
    }
    if (isnan(score->threshold))
        return;
    was = score_is_flagged(c->bad, a, score->threshold);
    is = score_is_flagged(c->bad, b, score->threshold);
    score->newly += !was && is;
    score->no_longer += was && !is;
}

static enum err_code
compare_score(const struct comparison *c, const struct index_diff *diff,
              const int *cancel, struct error *err)
{
    struct diff_score *score = c->score;
    enum err_code code = ERR_OK;

    for (size_t i = 0; !code && i < diff->pair_count; i++) {
        if (score->is_label)
            count_label(c, &diff->pairs[i]);
        else
            count_number(c, &diff->pairs[i]);
        if (i % CANCEL_EVERY == 0)
            code = check_cancel(cancel, err);
    }
    if (score->moved) {
        score->mean /= (double)score->moved;
        score->drift /= (double)score->moved;
    }
    return code;
}

enum err_code
index_diff_score(struct diff_score *out, const struct index_diff *diff,
                 struct index *a, struct index *b, struct str name,
                 const int *cancel, struct error *err)
{
    struct diff_score score = {.name = name};
    struct comparison c = {.a = a, .b = b, .score = &score};
    const struct score_def *a_def;
    const struct score_def *b_def;
    enum err_code code;

    if (!index_score_find(a, name, &score.a) ||
        !index_score_find(b, name, &score.b))
        return error_set(err, ERR_NOTFOUND, "no score '%.*s' in both",
                         STR_FMT(name));
    a_def = index_score_def(a, score.a);
    b_def = index_score_def(b, score.b);
    score.is_label = b_def->kind == SCORE_LABEL;
    if (score.is_label != (a_def->kind == SCORE_LABEL))
        return error_set(err, ERR_USAGE,
                         "'%.*s' is a label in one and a number in the other",
                         STR_FMT(name));
    score.threshold =
        isnan(b_def->threshold) ? a_def->threshold : b_def->threshold;
    c.bad = b_def->bad;
    code = compare_score(&c, diff, cancel, err);
    if (!code)
        *out = score;
    return code;
}

static enum err_code
compare_scores(const struct comparing *c, struct error *err)
{
    size_t count = index_score_count(c->b.index);
    struct index_diff *diff = c->diff;
    enum err_code code = ERR_OK;

    diff->scores = calloc(count + 1, sizeof(*diff->scores));
    if (!diff->scores)
        return error_nomem(err);
    for (unsigned s = 0; !code && s < count; s++) {
        struct str name = str_of(index_score_def(c->b.index, s)->name);
        struct diff_score *score = &diff->scores[diff->score_count];
        struct error ignored = ERROR_INIT;

        code = index_diff_score(score, diff, c->a.index, c->b.index, name,
                                c->cancel, &ignored);
        if (code == ERR_NOTFOUND || code == ERR_USAGE)
            code = ERR_OK;
        else if (code)
            *err = ignored;
        else if (score->both || score->only_a || score->only_b)
            diff->score_count++;
    }
    return code;
}

enum err_code
index_diff_make(struct index_diff *out, struct index *a, struct index *b,
                const int *cancel, struct error *err)
{
    struct index_diff diff = {0};
    struct comparing c = {
        .diff = &diff, .a = {.index = a}, .b = {.index = b}, .cancel = cancel};
    enum err_code code = load_side(&c.a, cancel, err);

    if (!code)
        code = load_side(&c.b, cancel, err);
    if (!code)
        code = compare_sides(&c, err);
    free(c.a.list);
    free(c.b.list);
    if (!code)
        code = compare_scores(&c, err);
    if (code)
        index_diff_release(&diff);
    else
        *out = diff;
    return code;
}

void
index_diff_release(struct index_diff *diff)
{
    free(diff->pairs);
    free(diff->added);
    free(diff->removed);
    free(diff->scores);
    *diff = (struct index_diff){0};
}
