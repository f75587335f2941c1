/* Signatures against their definition written down plainly, what they do not
 * depend on, and how near their estimate comes to the exact Jaccard. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "index/invert.h"
#include "index/minhash.h"
#include "stet/hash.h"
#include "stet/xalloc.h"

#define TOKENS_MAX 3000u

static uint64_t random_state;

static uint32_t
chance(uint32_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return below ? (uint32_t)(random_state >> 32) % below : 0;
}

static void
seed_from_clock(void)
{
    const char *given = getenv("STET_TEST_SEED");

    random_bytes(&random_state, sizeof(random_state));
    if (given)
        random_state = strtoull(given, NULL, 0);
    random_state |= 1;
    print_message("STET_TEST_SEED=0x%llx\n", (unsigned long long)random_state);
}

/* --- docs/index-format.md, word by word --- */

static uint64_t
plain_mix(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product =
        (unsigned __int128)(a ^ UINT64_C(0x9e3779b97f4a7c15)) *
        (b ^ UINT64_C(0xd1b54a32d192ed03));

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t
plain_token(const char *token)
{
    size_t len = strlen(token);
    uint64_t hash = len;

    for (size_t at = 0; at < len; at += 8) {
        uint64_t word = 0;

        for (size_t i = at; i < at + 8 && i < len; i++)
            word += (uint64_t)(unsigned char)token[i] << 8 * (i - at);
        hash = plain_mix(hash, word);
    }
    return plain_mix(hash, hash);
}

static uint64_t
plain_shingle(const uint64_t *tokens)
{
    uint64_t hash = 0;

    for (unsigned i = 0; i < 5; i++) {
        unsigned behind = 4 - i;

        hash ^= behind ? tokens[i] << behind | tokens[i] >> (64 - behind)
                       : tokens[i];
    }
    return plain_mix(hash, 0);
}

static void
plain_signature(const uint64_t *tokens, size_t count, uint8_t out[32])
{
    uint64_t least[32];
    bool full[32] = {false};

    memset(out, 0, 32);
    if (count < 8)
        return;
    for (size_t i = 0; i + 5 <= count; i++) {
        uint64_t hash = plain_shingle(tokens + i);
        unsigned bin = (unsigned)(hash >> 59);

        if (!full[bin] || hash < least[bin])
            least[bin] = hash;
        full[bin] = true;
    }
    for (unsigned i = 0; i < 32; i++) {
        unsigned from = i;

        for (uint64_t n = 1; !full[from]; n++)
            from = (unsigned)(plain_mix(i, n) >> 59);
        out[i] = (uint8_t)(least[from] & 0xff);
    }
}

static void
test_definition(void **state)
{
    uint64_t tokens[200];

    (void)state;
    seed_from_clock();
    for (unsigned round = 0; round < 2000; round++) {
        size_t count = round < 100 ? round / 4 : chance(200);
        struct minhash signature;
        uint8_t plain[32];

        for (size_t i = 0; i < count; i++) {
            char word[24];

            (void)snprintf(word, sizeof(word), "%.*s%u", (int)chance(14),
                           "abcdefghijklmnop", chance(50));
            tokens[i] = plain_token(word);
            assert_true(minhash_token(str_of(word)) == tokens[i]);
        }
        minhash_make(tokens, count, &signature);
        plain_signature(tokens, count, plain);
        assert_memory_equal(signature.bytes, plain, 32);
        assert_int_equal(minhash_is_none(&signature), count < 8);
    }
}

/* --- what a signature depends on --- */

static void
take(struct token_hashes *hashes, const char *text)
{
    struct tokenizer *tokenizer = tokenizer_new();
    struct error err = ERROR_INIT;

    assert_int_equal(token_hashes_take(hashes, tokenizer, str_of(text), &err),
                     ERR_OK);
    tokenizer_free(tokenizer);
}

static struct minhash
signature_of(const char *text)
{
    struct token_hashes hashes = {0};
    struct minhash signature;

    take(&hashes, text);
    minhash_make(hashes.list, hashes.count, &signature);
    token_hashes_release(&hashes);
    return signature;
}

static void
test_case_and_marks(void **state)
{
    struct minhash a =
        signature_of("The stone bridge over the old river is closed today");
    struct minhash b =
        signature_of("the STONE bridge, over the \"old\" river -- is closed "
                     "today!");
    struct minhash c =
        signature_of("today closed is river old the over bridge stone the");
    struct minhash twice = signature_of(
        "round and round and round and round and round and round and round");
    struct minhash more =
        signature_of("round and round and round and round and round and round "
                     "and round and round and round and round and round");

    (void)state;
    assert_int_equal(minhash_matches(&a, &b), 32);
    assert_true(minhash_matches(&a, &c) < 8); /* the order counts */
    /* a set has each shingle once */
    assert_int_equal(minhash_matches(&twice, &more), 32);
}

static void
test_inverter(void **state)
{
    static const char *const list[] = {
        "one text of a chunk with enough words to have a signature",
        "",
        "too short",
        "another text, of the same words as one text of a chunk with a "
        "Donaudampfschifffahrtsgesellschaftskapitaen in it",
        "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xE3\x81\xAE\xE6\x96\x87\xE6\x9B"
        "\xB8\xE3\x82\x92\xE8\xAA\xAD\xE3\x82\x80",
    };
    struct inverter *inverter = inverter_new();
    struct inverted_text out[5];
    struct buf bytes = {0};
    struct buf run = {0};
    struct error err = ERROR_INIT;
    size_t ends[5];
    struct invert_texts texts = {.ends = ends, .count = 5, .first_row = 1};

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        xbuf_append_str(&bytes, str_of(list[i]));
        ends[i] = bytes.len;
    }
    texts.text = buf_str(&bytes);
    for (unsigned again = 0; again < 2; again++) {
        assert_int_equal(inverter_run(inverter, &texts, out, &run, &err),
                         ERR_OK);
        for (unsigned i = 0; i < 5; i++) {
            struct minhash expected = signature_of(list[i]);

            assert_memory_equal(&out[i].signature, &expected, 32);
        }
    }
    assert_true(minhash_is_none(&out[2].signature));
    assert_false(minhash_is_none(&out[4].signature));
    inverter_free(inverter);
    buf_release(&bytes);
    buf_release(&run);
}

/* --- the estimate --- */

static double
exact_jaccard(const uint64_t *a, size_t a_count, const uint64_t *b,
              size_t b_count)
{
    struct shingles x = {0};
    struct shingles y = {0};
    struct error err = ERROR_INIT;
    double jaccard;

    assert_int_equal(shingles_take(&x, a, a_count, &err), ERR_OK);
    assert_int_equal(shingles_take(&y, b, b_count, &err), ERR_OK);
    jaccard = shingles_jaccard(&x, &y);
    assert_true(jaccard == shingles_jaccard(&y, &x));
    shingles_release(&x);
    shingles_release(&y);
    return jaccard;
}

/* Another text: some tokens replaced, one run of them left out. */
static size_t
change(const uint64_t *tokens, size_t count, uint64_t *out)
{
    uint32_t every = 3 + chance(200);
    size_t cut = chance(4) ? 0 : chance((uint32_t)count / 3);
    size_t from = chance((uint32_t)(count - cut));
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (i < from || i >= from + cut)
            out[kept++] =
                chance(every) ? tokens[i] : plain_mix(chance(1u << 30), 1);
    return kept;
}

/* For b-bit bins the estimate is (m/32 - 1/256) / (1 - 1/256); of 32 draws its
 * deviation is at most 0.09. */
static void
test_estimate(void **state)
{
    static uint64_t a[TOKENS_MAX];
    static uint64_t b[TOKENS_MAX];
    enum { ROUNDS = 3000 };
    double bias = 0;
    double squares = 0;

    (void)state;
    seed_from_clock();
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t count = 12 + chance(round % 2 ? 60 : TOKENS_MAX - 12);
        size_t other;
        struct minhash x;
        struct minhash y;
        double off;

        for (size_t i = 0; i < count; i++)
            a[i] = plain_mix(chance(5000), 2);
        other = change(a, count, b);
        minhash_make(a, count, &x);
        minhash_make(b, other, &y);
        if (minhash_is_none(&y))
            continue;
        off = (minhash_matches(&x, &y) / 32.0 - 1 / 256.0) / (255 / 256.0) -
              exact_jaccard(a, count, b, other);
        bias += off / ROUNDS;
        squares += off * off / ROUNDS;
    }
    print_message("estimate: bias %.4f, deviation %.4f\n", bias, sqrt(squares));
    assert_true(fabs(bias) < 0.015);
    assert_true(sqrt(squares) < 0.1);
}

static void
test_shingle_sets(void **state)
{
    uint64_t tokens[12] = {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6};
    struct shingles set = {0};
    struct shingles none = {0};
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(shingles_take(&set, tokens, 12, &err), ERR_OK);
    assert_int_equal(set.count, 6); /* 8, two of them twice */
    for (size_t i = 1; i < set.count; i++)
        assert_true(set.list[i - 1] < set.list[i]);
    assert_true(shingles_jaccard(&set, &set) == 1);
    assert_int_equal(shingles_take(&none, tokens, 4, &err), ERR_OK);
    assert_int_equal(none.count, 0);
    assert_true(shingles_jaccard(&none, &none) == 0);
    assert_true(shingles_jaccard(&none, &set) == 0);
    assert_true(exact_jaccard(tokens, 6, tokens, 7) == 2 / 3.0);
    shingles_release(&set);
    shingles_release(&none);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_definition),
        cmocka_unit_test(test_case_and_marks),
        cmocka_unit_test(test_inverter),
        cmocka_unit_test(test_shingle_sets),
        cmocka_unit_test(test_estimate),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
