/* Histograms against an independent count; what people judged and which of it
 * is a random sample; intervals against a simulation of many samples. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stet/build.h"
#include "stet/calibration.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"
#include "tests/lib/review_fixture.h"

#define DOCUMENTS 3000u

static const char config[] =
    "[score \"toxicity\"]\n\tpath = attributes.toxicity\n"
    "\tkind = probability\n\tbad = high\n\trange = 0..1\n\tthreshold = 0.8\n"
    "[score \"quality\"]\n\tpath = attributes.quality\n\tkind = scale\n"
    "\tbad = low\n\trange = 0..5\n\tthreshold = 2\n"
    "[score \"perplexity\"]\n\tpath = attributes.perplexity\n"
    "\tkind = perplexity\n\tbad = high\n"
    "[score \"class\"]\n\tpath = attributes.class\n\tkind = label\n"
    "[score \"fine\"]\n\tpath = attributes.fine\n\tkind = number\n"
    "\tbad = low\n";

struct made {
    double toxicity, quality, perplexity, fine; /* NaN: unknown */
    unsigned class;
};

struct world {
    struct fixture *fixture;
    struct store *ana, *kim;
    struct index *index;
    struct resolver *resolver;
    struct arena arena;
    struct error err;
    uint64_t random;
    struct made made[DOCUMENTS];
};

static double
chance(struct world *w)
{
    return (double)(fixture_random(&w->random) >> 11) / 9007199254740992.0;
}

/* As it is written, so that the value is the decimal. */
static double
put_number(struct buf *out, const char *name, int digits, double value)
{
    char text[40];

    (void)snprintf(text, sizeof(text), "%.*g", digits, value);
    xbuf_printf(out, ",\"%s\":%s", name, text);
    return strtod(text, NULL);
}

static void
write_documents(struct world *w, struct buf *out)
{
    static const char *const classes[] = {"\"hate\"", "[\"hate\",\"threat\"]",
                                          "\"none\""};

    for (unsigned i = 0; i < DOCUMENTS; i++) {
        struct made *m = &w->made[i];

        *m = (struct made){(double)NAN, (double)NAN, (double)NAN, (double)NAN,
                           (unsigned)(chance(w) * 3)};
        xbuf_printf(out,
                    "{\"id\":\"d%u\",\"source\":\"s%u\",\"text\":\"text %u\","
                    "\"attributes\":{\"class\":%s",
                    i, i % 3, i, classes[m->class]);
        if (i % 17)
            m->toxicity = put_number(out, "toxicity", 3, chance(w));
        m->quality = put_number(out, "quality", 1, floor(chance(w) * 6));
        m->perplexity =
            put_number(out, "perplexity", 4, pow(10, 1 + 5 * chance(w)));
        m->fine = put_number(out, "fine", 17, chance(w) * 30 - 12);
        xbuf_printf(out, "}}\n");
    }
}

static int
set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    struct build_options options = {.jobs = 1};
    struct build_report report;
    struct buf text = {0};
    char *path;
    const char *shard;

    w->fixture = fixture_new(config);
    w->random = fixture_seed();
    w->ana = fixture_store(w->fixture, "ana");
    w->kim = fixture_store(w->fixture, "kim");
    arena_init(&w->arena, 0);
    path = path_join(w->fixture->folder, "shard.jsonl");
    write_documents(w, &text);
    shard = path;
    if (file_write_atomic(path, buf_str(&text), &w->err) ||
        build_run(w->fixture->ws, &shard, 1, &options, &report, &w->err) ||
        index_open(&w->index, w->fixture->ws, &w->err) ||
        resolver_new(&w->resolver, w->index, w->ana, &w->err))
        fail_msg("%s", w->err.message);
    assert_int_equal(index_count(w->index), DOCUMENTS);
    buf_release(&text);
    free(path);
    *state = w;
    return 0;
}

static int
tear_down(void **state)
{
    struct world *w = *state;

    resolver_free(w->resolver);
    index_close(w->index);
    store_close(w->ana);
    store_close(w->kim);
    arena_release(&w->arena);
    fixture_free(w->fixture);
    free(w);
    return 0;
}

static double
made_value(const struct made *m, const char *score)
{
    return strcmp(score, "toxicity") == 0     ? m->toxicity
           : strcmp(score, "quality") == 0    ? m->quality
           : strcmp(score, "perplexity") == 0 ? m->perplexity
                                              : m->fine;
}

static unsigned
score_named(struct world *w, const char *name)
{
    unsigned score = 0;

    assert_true(index_score_find(w->index, str_of(name), &score));
    return score;
}

static bool
is_in_bin(const struct histogram *h, uint32_t bin, double value)
{
    double low = h->edges[bin];
    double high = h->edges[bin + 1];

    if (h->bad == SCORE_BAD_LOW)
        return value <= high && (value > low || (bin == 0 && value == low));
    return value >= low &&
           (value < high || (bin + 1 == h->bins && value == high));
}

/* Every bin, and both sides of every cut, counted again from what was
 * written. */
static void
check_histogram(struct world *w, const char *name, unsigned bins,
                const struct bits *docs)
{
    struct histogram_spec spec = {score_named(w, name), docs, bins, 0.333,
                                  NULL};
    struct histogram h;
    uint64_t known = 0;

    assert_int_equal(histogram_count(&h, w->index, &spec, &w->err), ERR_OK);
    assert_true(h.bins >= 1 && h.bins <= (bins < 2 ? 2 : bins));
    for (uint32_t bin = 0; bin < h.bins; bin++) {
        uint64_t count = 0;

        assert_true(h.edges[bin] < h.edges[bin + 1]);
        for (uint32_t i = 0; i < DOCUMENTS; i++)
            if (!docs || bits_get(docs, i)) {
                double value = made_value(&w->made[i], name);

                count += is_in_bin(&h, bin, value);
                if (is_in_bin(&h, bin, value))
                    assert_int_equal(histogram_bin_of(&h, value), bin);
            }
        assert_int_equal(histogram_bin(&h, bin), count);
        known += count;
    }
    assert_int_equal(h.known, known);
    for (uint32_t cut = 0; cut < h.cut_count; cut++) {
        uint64_t flagged = 0;

        for (uint32_t i = 0; i < DOCUMENTS; i++)
            flagged += (!docs || bits_get(docs, i)) &&
                       score_is_flagged(h.bad, made_value(&w->made[i], name),
                                        h.cuts[cut]);
        assert_int_equal(histogram_flagged(&h, h.cuts[cut]), flagged);
    }
    histogram_release(&h);
}

static void
histograms(void **state)
{
    static const char *const names[] = {"toxicity", "quality", "perplexity",
                                        "fine"};
    struct world *w = *state;
    struct bits some = {0};

    assert_int_equal(bits_init(&some, DOCUMENTS, &w->err), ERR_OK);
    for (uint32_t i = 0; i < DOCUMENTS; i++)
        if (chance(w) < 0.05)
            bits_set(&some, i);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        for (unsigned bins = 1; bins < 120; bins = bins * 2 + 1) {
            check_histogram(w, names[i], bins, NULL);
            check_histogram(w, names[i], bins, &some);
        }
    bits_clear(&some);
    bits_set(&some, 17 * 4); /* its toxicity is unknown */
    check_histogram(w, "fine", 20, &some);
    bits_release(&some);
}

static void
edges_are_round(void **state)
{
    struct world *w = *state;
    struct histogram_spec spec = {score_named(w, "toxicity"), NULL, 20,
                                  (double)NAN, NULL};
    struct histogram h;
    int stop = 1;

    assert_int_equal(histogram_count(&h, w->index, &spec, &w->err), ERR_OK);
    assert_int_equal(h.bins, 20);
    for (unsigned i = 0; i <= 20; i++)
        assert_true(h.edges[i] == (double)i * 5 / 100);
    histogram_release(&h);
    spec.score = score_named(w, "quality");
    assert_int_equal(histogram_count(&h, w->index, &spec, &w->err), ERR_OK);
    assert_true(h.is_scale && h.bins == 6 && h.edges[0] == -1);
    histogram_release(&h);
    spec.score = score_named(w, "perplexity");
    assert_int_equal(histogram_count(&h, w->index, &spec, &w->err), ERR_OK);
    /* how many depends on the values that chance gave */
    assert_true(h.is_log);
    assert_in_range(h.bins, 8, 20);
    for (unsigned i = 0; i < h.bins; i++)
        assert_true(h.edges[i] < h.edges[i + 1]);
    histogram_release(&h);
    spec.cancel = &stop;
    assert_int_equal(histogram_count(&h, w->index, &spec, &w->err),
                     ERR_CANCELLED);
}

static void
labels(void **state)
{
    struct world *w = *state;
    struct label_spec spec = {LABEL_SCORE, score_named(w, "class"), NULL, NULL};
    struct label_counts counts;
    uint64_t expected[3] = {0};

    for (uint32_t i = 0; i < DOCUMENTS; i++)
        expected[w->made[i].class]++;
    assert_int_equal(label_counts_make(&counts, w->index, &spec, &w->err),
                     ERR_OK);
    assert_int_equal(counts.count, 3);
    assert_int_equal(counts.known, DOCUMENTS);
    assert_true(str_equal(counts.list[0].label, STR_LIT("hate")));
    assert_int_equal(counts.list[0].count, expected[0] + expected[1]);
    label_counts_release(&counts);
    spec.column = LABEL_SOURCE;
    assert_int_equal(label_counts_make(&counts, w->index, &spec, &w->err),
                     ERR_OK);
    assert_int_equal(counts.count, 3);
    assert_int_equal(counts.list[0].count, DOCUMENTS / 3);
    label_counts_release(&counts);
}

static struct item_key
key_of(struct world *w, uint32_t doc)
{
    struct item_key key;

    assert_int_equal(resolve_item(w->resolver, doc, &w->arena, &key, &w->err),
                     ERR_OK);
    return key;
}

static void
judge(struct world *w, struct store *store, uint32_t doc, const char *value,
      enum annotation_how how)
{
    struct annotation a = {.kind = ANNOTATION_VERDICT,
                           .value = str_of(value),
                           .how = how,
                           .has_item = true,
                           .item = key_of(w, doc),
                           .visible = doc % 2 ? VISIBLE_SCORES : 0};

    if (store_append(store, &a, 1, -1, &w->err))
        fail_msg("%s", w->err.message);
}

static void
save_queue(struct world *w, const char *name, const char *query,
           const uint32_t *docs, size_t count)
{
    struct item_key keys[64];
    struct queue_options options = {.name = str_of(name),
                                    .query = str_of(query)};

    for (size_t i = 0; i < count; i++)
        keys[i] = key_of(w, docs[i]);
    if (queue_save(w->ana, &options, keys, count, &w->err))
        fail_msg("%s", w->err.message);
}

static const struct judgement *
judgement_of(const struct judgements *j, uint32_t doc)
{
    for (size_t i = 0; i < j->count; i++)
        if (j->list[i].doc == doc)
            return &j->list[i];
    return NULL;
}

static void
judgements_of_readers(void **state)
{
    static const uint32_t whole[] = {40, 41, 42, 43};
    static const uint32_t part[] = {50, 51};
    struct world *w = *state;
    struct judgement_scope scope = {0};
    struct judgements j;
    struct uuid newest;
    struct annotation peek;
    bool earlier;

    judge(w, w->ana, 1, "good", HOW_READ);
    judge(w, w->kim, 1, "bad", HOW_READ); /* the newest */
    judge(w, w->ana, 2, "bad", HOW_READ);
    judge(w, w->ana, 2, "good", HOW_COMMAND); /* not read: 2 does not count */
    judge(w, w->ana, 3, "unsure", HOW_READ);
    judge(w, w->ana, 4, "bad", HOW_COMMAND);
    judge(w, w->ana, 40, "bad", HOW_READ);
    judge(w, w->ana, 42, "good", HOW_READ);
    judge(w, w->kim, 42, "good", HOW_READ);
    judge(w, w->ana, 50, "good", HOW_READ);
    judge(w, w->kim, 5, "bad", HOW_READ);
    assert_int_equal(
        store_undo_peek(w->kim, &w->arena, &peek, &earlier, &w->err), ERR_OK);
    newest = peek.uuid;
    assert_int_equal(store_undo(w->kim, &newest, &w->err), ERR_OK);
    save_queue(w, "all", "sort:random(7)", whole, 4);
    save_queue(w, "some", "source:s1  sort:random(8)", part, 2);
    save_queue(w, "worst", "sort:toxicity", part, 2);

    assert_int_equal(judgements_load(w->resolver, &scope, &j, &w->err), ERR_OK);
    assert_int_equal(j.count, 5);
    assert_int_equal(judgement_of(&j, 1)->truth, TRUTH_BAD);
    assert_true(judgement_of(&j, 1)->saw_scores);
    assert_int_equal(judgement_of(&j, 3)->truth, TRUTH_UNSURE);
    assert_null(judgement_of(&j, 2));
    assert_null(judgement_of(&j, 4));
    assert_null(judgement_of(&j, 5));
    assert_true(judgement_of(&j, 40)->sampled && judgement_of(&j, 42)->sampled);
    assert_false(judgement_of(&j, 50)->sampled);
    assert_int_equal(j.pairs, 2);
    assert_int_equal(j.agreeing, 1);
    assert_int_equal(j.sample.queues, 1);
    assert_int_equal(j.sample.items, 4);
    assert_int_equal(j.sample.judged, 2);
    assert_int_equal(j.sample.passed, 1); /* 41 */
    assert_true(str_equal(j.sample.names, STR_LIT("all")));
    judgements_release(&j);

    scope.query = STR_LIT("sort:toxicity source:s1"); /* its own queue, too */
    assert_int_equal(judgements_load(w->resolver, &scope, &j, &w->err), ERR_OK);
    assert_int_equal(j.sample.queues, 2);
    assert_true(judgement_of(&j, 50)->sampled);
    judgements_release(&j);
}

/* What others said of documents that are not shown is not told. */
static void
hidden_judgements(void **state)
{
    struct world *w = *state;
    struct bits mine = {0};
    struct judgement_scope scope = {.shown = &mine};
    struct judgements j;

    assert_int_equal(bits_init(&mine, DOCUMENTS, &w->err), ERR_OK);
    judge(w, w->kim, 60, "bad", HOW_READ);
    judge(w, w->kim, 61, "bad", HOW_READ);
    bits_set(&mine, 61);
    assert_int_equal(judgements_load(w->resolver, &scope, &j, &w->err), ERR_OK);
    assert_int_equal(j.count, 1);
    assert_int_equal(j.list[0].doc, 61);
    judgements_release(&j);
    bits_release(&mine);
}

static void
confusions(void **state)
{
    struct score_point list[] = {
        {0.9, TRUTH_BAD, true, true, false},
        {0.8, TRUTH_GOOD, true, true, true}, /* at it: flagged */
        {0.7, TRUTH_BAD, false, true, false},
        {0.1, TRUTH_GOOD, true, true, false},
        {0.2, TRUTH_GOOD, false, true, false},
        {0.95, TRUTH_UNSURE, true, true, false},
        {(double)NAN, TRUTH_BAD, true, true, false},
        {0.99, TRUTH_BAD, true, false, false}, /* another place of an item */
    };
    struct score_points points = {list, sizeof(list) / sizeof(list[0])};
    struct confusion c = confusion_at(&points, SCORE_BAD_HIGH, 0.8, false);
    struct buf text = {0};
    struct share share;

    (void)state;
    assert_int_equal(c.bad_flagged, 1);
    assert_int_equal(c.good_flagged, 1);
    assert_int_equal(c.bad_passed, 1);
    assert_int_equal(c.good_passed, 2);
    assert_int_equal(c.unsure, 1);
    assert_int_equal(c.unknown, 1);
    assert_int_equal(c.saw_scores, 1);
    c = confusion_at(&points, SCORE_BAD_HIGH, 0.8, true);
    assert_int_equal(c.bad_passed, 0);
    assert_int_equal(c.good_passed, 1);
    c = confusion_at(&points, SCORE_BAD_LOW, 0.2, false);
    assert_int_equal(c.good_flagged, 2);
    assert_int_equal(c.bad_passed, 2);
    share = share_of(81, 263);
    share_format(&share, true, &text);
    assert_string_equal(xbuf_cstr(&text), "30.8% (25.3..36.8, n 263)");
    buf_release(&text);
}

#define POINTS 20000u
#define SAMPLE 300u
#define ROUNDS 1500u

static int
worst_first(const void *a, const void *b)
{
    const struct score_point *x = a;
    const struct score_point *y = b;

    return (x->value < y->value) - (x->value > y->value);
}

/* Random samples hold the true recall and bad share as often as they say;
 * what is read worst first does not. */
static void
simulation(void **state)
{
    struct world *w = *state;
    struct score_point *list = xcalloc(POINTS, sizeof(*list));
    struct score_points points = {list, POINTS};
    struct confusion truth;
    unsigned held = 0;
    double recall;

    for (unsigned i = 0; i < POINTS; i++) {
        double value = chance(w);

        list[i] = (struct score_point){
            value, chance(w) < 0.3 * value * value ? TRUTH_BAD : TRUTH_GOOD,
            false, true, false};
    }
    truth = confusion_at(&points, SCORE_BAD_HIGH, 0.7, false);
    recall = (double)truth.bad_flagged /
             (double)(truth.bad_flagged + truth.bad_passed);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct confusion c;
        struct interval is;

        for (unsigned i = 0; i < POINTS; i++)
            list[i].sampled = false;
        for (unsigned n = 0; n < SAMPLE;) {
            unsigned i = (unsigned)(chance(w) * POINTS);

            n += !list[i].sampled;
            list[i].sampled = true;
        }
        c = confusion_at(&points, SCORE_BAD_HIGH, 0.7, true);
        is = confusion_recall(&c).interval;
        held += isnan(is.low) || (is.low <= recall && recall <= is.high);
    }
    /* three standard deviations under 95 % */
    assert_true(held >= (0.95 - 3 * sqrt(0.95 * 0.05 / ROUNDS)) * ROUNDS);
    qsort(list, POINTS, sizeof(*list), worst_first);
    for (unsigned i = 0; i < POINTS; i++)
        list[i].sampled = i < SAMPLE;
    truth = confusion_at(&points, SCORE_BAD_HIGH, 0.7, true);
    assert_true(confusion_recall(&truth).interval.low > recall);
    free(list);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(histograms),
        cmocka_unit_test(edges_are_round),
        cmocka_unit_test(labels),
        cmocka_unit_test(judgements_of_readers),
        cmocka_unit_test(hidden_judgements),
        cmocka_unit_test(confusions),
        cmocka_unit_test(simulation),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
