/* Looking up copies and near copies, against every pair compared exactly. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "index/index_impl.h"
#include "index/similar_read.h"
#include "stet/fileio.h"
#include "stet/similar.h"
#include "stet/similar_groups.h"
#include "stet/xalloc.h"
#include "tests/lib/index_corpus.h"

/* --- the oracle: pairs of documents by the shingles they share --- */

struct posting {
    uint64_t shingle;
    uint32_t doc;
};
struct pair {
    uint32_t a, b;
    double jaccard;
};
struct oracle {
    uint32_t count;
    uint32_t *sizes; /* shingles of each document */
    struct posting *postings;
    size_t posting_count;
    struct pair *pairs; /* shared shingles until they are divided */
    size_t pair_count;
};

static int
compare_postings(const void *a, const void *b)
{
    const struct posting *x = a;
    const struct posting *y = b;

    if (x->shingle != y->shingle)
        return x->shingle < y->shingle ? -1 : 1;
    return (x->doc > y->doc) - (x->doc < y->doc);
}

static int
compare_pairs(const void *a, const void *b)
{
    const struct pair *x = a;
    const struct pair *y = b;

    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

static void
read_all(struct oracle *oracle, struct index *index)
{
    struct similar_reader *reader = similar_reader_new(index);
    struct shingles shingles = {0};
    struct error err = ERROR_INIT;
    size_t cap = 0;

    oracle->count = index_count(index);
    oracle->sizes = xcalloc(oracle->count, sizeof(*oracle->sizes));
    for (uint32_t doc = 0; doc < oracle->count; doc++) {
        assert_int_equal(similar_read(reader, doc, &shingles, &err), ERR_OK);
        if (similar_reader_tokens(reader)->count < MINHASH_TOKENS_MIN)
            continue;
        oracle->sizes[doc] = (uint32_t)shingles.count;
        while (oracle->posting_count + shingles.count > cap) {
            cap = cap ? cap * 2 : 65536;
            oracle->postings =
                xreallocarray(oracle->postings, cap, sizeof(*oracle->postings));
        }
        for (size_t i = 0; i < shingles.count; i++)
            oracle->postings[oracle->posting_count++] =
                (struct posting){shingles.list[i], doc};
    }
    shingles_release(&shingles);
    similar_reader_free(reader);
}

static void
add_pairs(struct oracle *oracle, size_t first, size_t end, size_t *cap)
{
    for (size_t i = first; i < end; i++)
        for (size_t j = i + 1; j < end; j++) {
            if (oracle->pair_count == *cap) {
                *cap = *cap ? *cap * 2 : 65536;
                oracle->pairs =
                    xreallocarray(oracle->pairs, *cap, sizeof(*oracle->pairs));
            }
            oracle->pairs[oracle->pair_count++] = (struct pair){
                oracle->postings[i].doc, oracle->postings[j].doc, 1};
        }
}

/* Keeps the pairs that are alike enough. */
static void
divide(struct oracle *oracle, double threshold)
{
    size_t kept = 0;

    for (size_t i = 0; i < oracle->pair_count;) {
        struct pair pair = oracle->pairs[i];
        double shared = 0;

        while (i < oracle->pair_count &&
               compare_pairs(&pair, &oracle->pairs[i]) == 0) {
            shared++;
            i++;
        }
        pair.jaccard =
            shared / (oracle->sizes[pair.a] + oracle->sizes[pair.b] - shared);
        if (pair.jaccard >= threshold)
            oracle->pairs[kept++] = pair;
    }
    oracle->pair_count = kept;
}

static void
compare_all(struct oracle *oracle, double threshold)
{
    size_t cap = 0;

    qsort(oracle->postings, oracle->posting_count, sizeof(*oracle->postings),
          compare_postings);
    for (size_t i = 0; i < oracle->posting_count;) {
        size_t end = i;

        while (end < oracle->posting_count &&
               oracle->postings[end].shingle == oracle->postings[i].shingle)
            end++;
        add_pairs(oracle, i, end, &cap);
        i = end;
    }
    if (oracle->pair_count > 0)
        qsort(oracle->pairs, oracle->pair_count, sizeof(*oracle->pairs),
              compare_pairs);
    divide(oracle, threshold);
}

static void
oracle_release(struct oracle *oracle)
{
    free(oracle->sizes);
    free(oracle->postings);
    free(oracle->pairs);
}

/* --- looking up --- */

struct lookup {
    const struct oracle *oracle;
    uint32_t doc;
    uint64_t found, wrong, exact, out_of_order;
    bool near_seen;
};

static void
take(void *ctx, const struct similar_document *found)
{
    struct lookup *lookup = ctx;
    struct pair key = {lookup->doc, found->doc, 0};
    const struct pair *pair;

    if (key.a > key.b)
        key = (struct pair){found->doc, lookup->doc, 0};
    if (found->exact) {
        lookup->exact++;
        lookup->out_of_order += lookup->near_seen;
        if (!lookup->oracle->sizes[found->doc])
            return; /* too short for shingles */
    } else {
        lookup->near_seen = true;
    }
    pair = lookup->oracle->pair_count
               ? bsearch(&key, lookup->oracle->pairs,
                         lookup->oracle->pair_count, sizeof(key), compare_pairs)
               : NULL;
    if (!pair || pair->jaccard != found->jaccard)
        lookup->wrong++;
    lookup->found++;
}

/* A look-up each would be slow: of those without a near copy, some. */
static bool
is_looked_up(const struct oracle *oracle, uint32_t doc)
{
    if (doc % 16 == 0)
        return true;
    for (size_t i = 0; i < oracle->pair_count; i++)
        if (oracle->pairs[i].a == doc || oracle->pairs[i].b == doc)
            return true;
    return false;
}

static void
look_up_all(struct index *index, const struct oracle *oracle, double threshold,
            struct lookup *sum, uint64_t *candidates)
{
    const struct similar_options options = {
        .threshold = threshold,
        .found = take,
        .ctx = sum,
    };
    struct error err = ERROR_INIT;

    for (uint32_t doc = 0; doc < oracle->count; doc++) {
        struct similar_report report;

        if (!is_looked_up(oracle, doc))
            continue;
        sum->doc = doc;
        sum->near_seen = false;
        assert_int_equal(index_similar(index, doc, &options, &report, &err),
                         ERR_OK);
        assert_int_equal(report.unreadable, 0);
        *candidates += report.candidates;
    }
}

/* Every text is also there with changes, so that pairs of all degrees are. */
static void
random_shard(const char *name, unsigned count)
{
    char *path = corpus_path(name);
    struct buf lines = {0};
    struct error err = ERROR_INIT;

    srand(7);
    for (unsigned i = 0; i < count; i++) {
        unsigned words = 3 + (unsigned)rand() % 150;
        unsigned seed = (unsigned)rand();
        unsigned every = 5 + (unsigned)rand() % 60;

        for (unsigned copy = 0; copy < 3; copy++) {
            srand(seed);
            xbuf_printf(&lines, "{\"id\":\"%u-%u\",\"text\":\"", i, copy);
            for (unsigned w = 0; w < words; w++) {
                unsigned word = (unsigned)rand() % 3000;
                bool other = copy == 2 && (w + i) % every == 0;

                xbuf_printf(&lines, "w%u ", other ? 9000 + w : word);
            }
            /* the second copy: near, not exact */
            xbuf_printf(&lines, "%s\"}\n", copy == 1 ? "end" : "stop");
        }
        srand(seed + 1);
    }
    assert_int_equal(file_write_atomic(path, buf_str(&lines), &err), ERR_OK);
    buf_release(&lines);
    free(path);
}

static void
expect(const struct oracle *oracle, const struct lookup *sum,
       uint64_t candidates, double recall)
{
    double wanted = 2.0 * (double)oracle->pair_count;

    print_message("%zu pairs; recall %.4f; %llu read, %.1f %% of them near\n",
                  oracle->pair_count, (double)sum->found / wanted,
                  (unsigned long long)candidates,
                  100.0 * (double)(sum->found - sum->exact) /
                      (double)(candidates ? candidates : 1));
    assert_true(oracle->pair_count > 100);
    assert_int_equal(sum->wrong, 0); /* what is found is so */
    assert_int_equal(sum->out_of_order, 0);
    assert_true((double)sum->found >= recall * wanted);
}

/* --- groups --- */

/* The group of each document, from 1; 0: none. */
static uint32_t *
group_numbers(const struct similar_groups *groups, uint32_t documents)
{
    uint32_t *numbers = xcalloc((size_t)documents + 1, sizeof(*numbers));
    uint32_t at = 0;

    for (uint32_t i = 0; i < groups->count; i++) {
        assert_true(groups->ends[i] >= at + 2);
        for (; at < groups->ends[i]; at++) {
            assert_int_equal(numbers[groups->docs[at]], 0);
            numbers[groups->docs[at]] = i + 1;
        }
    }
    return numbers;
}

/* Whether one other in its group is like it. */
static bool
has_reason(const struct oracle *oracle, const uint32_t *numbers,
           struct index *index, uint32_t doc)
{
    struct error err = ERROR_INIT;
    struct document_place place;
    struct arena arena;
    uint32_t *docs = NULL;
    size_t count = 0;

    for (size_t i = 0; i < oracle->pair_count; i++)
        if ((oracle->pairs[i].a == doc || oracle->pairs[i].b == doc) &&
            numbers[oracle->pairs[i].a] == numbers[oracle->pairs[i].b])
            return true;
    arena_init(&arena, 0);
    assert_int_equal(index_place(index, doc, &place, &err), ERR_OK);
    assert_int_equal(
        index_find_hash(index, &place.text_hash, &arena, &docs, &count, &err),
        ERR_OK);
    arena_release(&arena);
    return count > 1;
}

static void
compare_groups(struct index *index, const struct oracle *oracle, double recall)
{
    const struct similar_groups_options options = {.threshold =
                                                       SIMILAR_THRESHOLD};
    struct similar_groups groups;
    struct similar_groups again;
    struct similar_groups_report report;
    struct error err = ERROR_INIT;
    size_t together = 0;
    uint32_t *numbers;

    assert_int_equal(
        similar_groups_load(index, SIMILAR_THRESHOLD, &again, &err),
        ERR_NOTFOUND);
    assert_int_equal(
        similar_groups_make(index, &options, &groups, &report, &err), ERR_OK);
    numbers = group_numbers(&groups, oracle->count);
    for (size_t i = 0; i < oracle->pair_count; i++)
        together += numbers[oracle->pairs[i].a] != 0 &&
                    numbers[oracle->pairs[i].a] == numbers[oracle->pairs[i].b];
    print_message("%u groups; %.4f of the pairs together; %llu compared\n",
                  (unsigned)groups.count,
                  (double)together / (double)oracle->pair_count,
                  (unsigned long long)report.compared);
    assert_true((double)together >= recall * (double)oracle->pair_count);
    for (uint32_t doc = 0; doc < oracle->count; doc++)
        if (numbers[doc])
            assert_true(has_reason(oracle, numbers, index, doc));
    assert_int_equal(
        similar_groups_load(index, SIMILAR_THRESHOLD, &again, &err), ERR_OK);
    assert_int_equal(again.count, groups.count);
    assert_memory_equal(again.ends, groups.ends,
                        groups.count * sizeof(*groups.ends));
    assert_memory_equal(again.docs, groups.docs,
                        groups.ends[groups.count - 1] * sizeof(*groups.docs));
    similar_groups_release(&again);
    assert_int_equal(similar_groups_load(index, 0.7, &again, &err),
                     ERR_NOTFOUND);
    similar_groups_release(&groups);
    free(numbers);
}

static void
compare_corpus(double recall)
{
    struct index *index = must_open();
    struct oracle oracle = {0};
    struct lookup sum = {.oracle = &oracle};
    uint64_t candidates = 0;

    read_all(&oracle, index);
    compare_all(&oracle, SIMILAR_THRESHOLD);
    look_up_all(index, &oracle, SIMILAR_THRESHOLD, &sum, &candidates);
    expect(&oracle, &sum, candidates, recall);
    compare_groups(index, &oracle, 0.98);
    oracle_release(&oracle);
    index_close(index);
}

static void
test_random_texts(void **state)
{
    (void)state;
    random_shard("random.jsonl", 400);
    (void)must_build(true);
    compare_corpus(0.99);
}

/* Half-translated manuals, templates of Wikipedia's talk pages, comments. */
static void
test_real_texts(void **state)
{
    static const char *const names[] = {
        "docs/gnome-help-00000.jsonl.zst",
        "flagged/wikitalk-perspective-00000.jsonl.zst",
        "flagged/civil-spans-00000.jsonl"};
    const char *data = getenv("STET_TEST_DATA");
    struct build_options options = {0};
    struct build_report report;
    struct error err = ERROR_INIT;
    char paths[3][1024];
    const char *list[3];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct file_stat stat;

        (void)snprintf(paths[i], sizeof(paths[i]), "%s/%s", data ? data : "",
                       names[i]);
        list[i] = paths[i];
        if (file_stat(paths[i], &stat, &err) != ERR_OK) {
            print_message("skipped: the folder of test data is not there\n");
            skip();
        }
    }
    assert_int_equal(build_run(ws, list, 3, &options, &report, &err), ERR_OK);
    compare_corpus(0.99);
}

static void
test_cancelled(void **state)
{
    struct index *index;
    struct oracle oracle = {0};
    struct lookup sum = {.oracle = &oracle};
    struct similar_report report;
    struct error err = ERROR_INIT;
    int cancel = 1;
    const struct similar_options options = {0.8, &cancel, take, &sum};
    const struct similar_groups_options group_options = {.threshold = 0.8,
                                                         .cancel = &cancel};
    struct similar_groups groups;
    struct similar_groups_report group_report;

    (void)state;
    random_shard("random.jsonl", 10);
    (void)must_build(true);
    index = must_open();
    assert_int_equal(index_similar(index, 0, &options, &report, &err),
                     ERR_CANCELLED);
    assert_int_equal(similar_groups_make(index, &group_options, &groups,
                                         &group_report, &err),
                     ERR_CANCELLED);
    assert_int_equal(similar_groups_load(index, 0.8, &groups, &err),
                     ERR_NOTFOUND);
    index_close(index);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CORPUS_TEST(test_random_texts),
        CORPUS_TEST(test_real_texts),
        CORPUS_TEST(test_cancelled),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
