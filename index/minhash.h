/* Signatures of texts, by which near copies are found without reading them:
 * one-permutation MinHash of shingles, a byte a bin.
 *
 * One pass deals the shingles' hashes into bins and keeps each bin's least (Li,
 * Owen and Zhang 2012, "One Permutation Hashing"); an empty bin takes that of a
 * full one drawn by hashing (Shrivastava 2017, "Optimal Densification for Fast
 * and Accurate Minwise Hashing"); a byte of each is kept (Li and König 2010,
 * "b-Bit Minwise Hashing"). Two bins are equal as often as the sets of shingles
 * are alike by Jaccard, and 1 time in 256 more. The hashes have no secret, so
 * that partitions can be compared: who wants to can make texts that look alike.
 * Only the shingles themselves decide (shingles_jaccard). */
#ifndef INDEX_MINHASH_H
#define INDEX_MINHASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stet/buf.h"
#include "stet/tokenizer.h"

#define MINHASH_BINS 32u
#define SHINGLE_TOKENS 5u     /* tokens of a shingle */
#define MINHASH_TOKENS_MIN 8u /* shorter texts have no signature */

/* All zero: none. */
struct minhash {
    uint8_t bytes[MINHASH_BINS];
};

/* The hash of a token, the same in every partition. */
uint64_t minhash_token(struct str folded);
/* Of a text's tokens, by their hashes in order. */
void minhash_make(const uint64_t *tokens, size_t count, struct minhash *out);
/* The same of tokens that are numbers into a list of hashes. */
void minhash_make_numbered(const uint64_t *hashes, const uint32_t *numbers,
                           size_t count, struct minhash *out);
bool minhash_is_none(const struct minhash *signature);
/* Bins that are equal: 0 to MINHASH_BINS. */
unsigned minhash_matches(const struct minhash *a, const struct minhash *b);

/* The tokens of a text as hashes. Memory kept for the next text. */
struct token_hashes {
    uint64_t *list;
    size_t count, cap;
    bool failed; /* memory ran out */
};
enum err_code token_hashes_take(struct token_hashes *hashes,
                                struct tokenizer *tokenizer, struct str text,
                                struct error *err);
void token_hashes_release(struct token_hashes *hashes);

/* The set of a text's shingles: hashes, ascending, each once. */
struct shingles {
    uint64_t *list;
    size_t count, cap;
};
enum err_code shingles_take(struct shingles *shingles, const uint64_t *tokens,
                            size_t count, struct error *err);
void shingles_release(struct shingles *shingles);
/* Shared shingles over those of both; 0 when there are none. */
double shingles_jaccard(const struct shingles *a, const struct shingles *b);

#endif
