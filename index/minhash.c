/* MinHash signatures and the shingles they stand for. A shingle's hash is that
 * of its tokens, each turned by its place, mixed at the end: it rolls on by two
 * turns a token. */
#include "config.h"

#include "minhash.h"

#include <stdlib.h>
#include <string.h>

#define BIN_SHIFT 59 /* the highest 5 bits name the bin */

static const uint64_t KEYS[2] = {UINT64_C(0x9e3779b97f4a7c15),
                                 UINT64_C(0xd1b54a32d192ed03)};

/* Multiply and fold, as wyhash does. */
static inline uint64_t
mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)(a ^ KEYS[0]) * (b ^ KEYS[1]);

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t
turn(uint64_t hash, unsigned by)
{
    return hash << by | hash >> (64 - by);
}

uint64_t
minhash_token(struct str folded)
{
    uint64_t hash = folded.len;

    for (size_t at = 0; at < folded.len; at += 8) {
        size_t left = folded.len - at;
        uint64_t word = 0;

        for (size_t i = 0; i < (left < 8 ? left : 8); i++)
            word |= (uint64_t)(unsigned char)folded.ptr[at + i] << 8 * i;
        hash = mix(hash, word);
    }
    return mix(hash, hash);
}

/* The hashes of a text's tokens: in order, or by the numbers in order. */
struct tokens {
    const uint64_t *hashes;
    const uint32_t *numbers; /* NULL: none */
};

static inline uint64_t
token_at(struct tokens tokens, size_t at)
{
    return tokens.hashes[tokens.numbers ? tokens.numbers[at] : at];
}

/* The first shingle, not mixed. */
static inline uint64_t
first_sum(struct tokens tokens)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < SHINGLE_TOKENS; i++)
        sum = turn(sum, 1) ^ token_at(tokens, i);
    return sum;
}

/* From the shingle before to the one whose last token is `last`. */
static inline uint64_t
next_sum(uint64_t sum, struct tokens tokens, size_t last)
{
    return turn(sum, 1) ^
           turn(token_at(tokens, last - SHINGLE_TOKENS), SHINGLE_TOKENS) ^
           token_at(tokens, last);
}

/* What the empty bins take; at least one is full. */
static void
densify(uint64_t mins[MINHASH_BINS], uint32_t full)
{
    for (unsigned i = 0; i < MINHASH_BINS; i++) {
        unsigned from = i;

        for (uint64_t attempt = 1; !(full >> from & 1); attempt++)
            from = (unsigned)(mix(i, attempt) >> BIN_SHIFT);
        mins[i] = mins[from];
    }
}

/* Each bin's least hash; returns the bins that have one. */
static inline uint32_t
fill_bins(struct tokens tokens, size_t count, uint64_t mins[MINHASH_BINS])
{
    uint64_t sum = first_sum(tokens);
    uint32_t full = 0;

    memset(mins, 0xff, MINHASH_BINS * sizeof(*mins));
    for (size_t i = SHINGLE_TOKENS;; i++) {
        uint64_t hash = mix(sum, 0);
        unsigned bin = (unsigned)(hash >> BIN_SHIFT);

        if (hash < mins[bin])
            mins[bin] = hash;
        if (i == count)
            break;
        sum = next_sum(sum, tokens, i);
    }
    for (unsigned i = 0; i < MINHASH_BINS; i++)
        full |= (uint32_t)(mins[i] != UINT64_MAX) << i;
    return full;
}

static void
finish_signature(uint64_t mins[MINHASH_BINS], uint32_t full,
                 struct minhash *out)
{
    if (full != UINT32_MAX)
        densify(mins, full);
    for (unsigned i = 0; i < MINHASH_BINS; i++)
        out->bytes[i] = (uint8_t)mins[i];
}

void
minhash_make(const uint64_t *tokens, size_t count, struct minhash *out)
{
    uint64_t mins[MINHASH_BINS];
    uint32_t full;

    *out = (struct minhash){{0}};
    if (count < MINHASH_TOKENS_MIN)
        return;
    full = fill_bins((struct tokens){tokens, NULL}, count, mins);
    finish_signature(mins, full, out);
}

void
minhash_make_numbered(const uint64_t *hashes, const uint32_t *numbers,
                      size_t count, struct minhash *out)
{
    uint64_t mins[MINHASH_BINS];
    uint32_t full;

    *out = (struct minhash){{0}};
    if (count < MINHASH_TOKENS_MIN)
        return;
    full = fill_bins((struct tokens){hashes, numbers}, count, mins);
    finish_signature(mins, full, out);
}

bool
minhash_is_none(const struct minhash *signature)
{
    static const struct minhash none;

    return memcmp(signature, &none, sizeof(none)) == 0;
}

unsigned
minhash_matches(const struct minhash *a, const struct minhash *b)
{
    unsigned matches = 0;

    for (unsigned i = 0; i < MINHASH_BINS; i++)
        matches += a->bytes[i] == b->bytes[i];
    return matches;
}

static bool
take_token(void *ctx, const struct token *token)
{
    struct token_hashes *hashes = ctx;

    if (hashes->count == hashes->cap) {
        size_t cap = hashes->cap ? hashes->cap * 2 : 1024;
        uint64_t *list = realloc(hashes->list, cap * sizeof(*list));

        if (!list) {
            hashes->failed = true;
            return false;
        }
        hashes->list = list;
        hashes->cap = cap;
    }
    hashes->list[hashes->count++] = minhash_token(token->folded);
    return true;
}

enum err_code
token_hashes_take(struct token_hashes *hashes, struct tokenizer *tokenizer,
                  struct str text, struct error *err)
{
    hashes->count = 0;
    hashes->failed = false;
    tokenizer_run(tokenizer, text, take_token, hashes);
    return hashes->failed ? error_nomem(err) : ERR_OK;
}

void
token_hashes_release(struct token_hashes *hashes)
{
    free(hashes->list);
    *hashes = (struct token_hashes){0};
}

static int
compare_hashes(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;

    return (*x > *y) - (*x < *y);
}

enum err_code
shingles_take(struct shingles *shingles, const uint64_t *tokens, size_t count,
              struct error *err)
{
    size_t kept = 0;
    uint64_t sum;

    shingles->count = 0;
    if (count < SHINGLE_TOKENS)
        return ERR_OK;
    if (count > shingles->cap) {
        uint64_t *list = realloc(shingles->list, count * sizeof(*list));

        if (!list)
            return error_nomem(err);
        shingles->list = list;
        shingles->cap = count;
    }
    sum = first_sum((struct tokens){tokens, NULL});
    for (size_t i = SHINGLE_TOKENS;; i++) {
        shingles->list[shingles->count++] = mix(sum, 0);
        if (i == count)
            break;
        sum = next_sum(sum, (struct tokens){tokens, NULL}, i);
    }
    qsort(shingles->list, shingles->count, sizeof(*shingles->list),
          compare_hashes);
    for (size_t i = 0; i < shingles->count; i++)
        if (i == 0 || shingles->list[i] != shingles->list[kept - 1])
            shingles->list[kept++] = shingles->list[i];
    shingles->count = kept;
    return ERR_OK;
}

void
shingles_release(struct shingles *shingles)
{
    free(shingles->list);
    *shingles = (struct shingles){0};
}

double
shingles_jaccard(const struct shingles *a, const struct shingles *b)
{
    size_t shared = 0;
    size_t i = 0;
    size_t j = 0;

    while (i < a->count && j < b->count) {
        if (a->list[i] == b->list[j]) {
            shared++;
            i++;
            j++;
        } else if (a->list[i] < b->list[j]) {
            i++;
        } else {
            j++;
        }
    }
    if (a->count + b->count == 0)
        return 0;
    return (double)shared / (double)(a->count + b->count - shared);
}
