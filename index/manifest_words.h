/* Lines of words, in which the builder keeps what it knows: manifests, plans
 * of tasks and their parts. Words are separated by one space; a word from data
 * is written with %XX for what could break the line; the last line is a sum
 * over the others. */
#ifndef INDEX_MANIFEST_WORDS_H
#define INDEX_MANIFEST_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"

#define WORDS_MAX 11

/* One line being read; borrows from the text. */
struct words {
    struct str words[WORDS_MAX];
    size_t count;
};

/* A letter, a digit, '_' or '-'. */
bool words_is_plain(char byte);
/* Append `word` with %XX for all but plain bytes and `also`. */
void words_encode(struct buf *out, const char *word, const char *also);
/* The word decoded, or NULL; caller frees. */
char *words_decode(struct str word);
bool words_number(struct str word, uint64_t max, uint64_t *out);
bool words_u32(struct str word, uint32_t *out);
/* The position of the word among `count` names. */
bool words_choice(struct str word, const char *const *names, size_t count,
                  unsigned *out);

/* Append the sum of what was appended since `start`. */
void words_seal(struct buf *out, size_t start);
/* Take the sum off, once it is right and the first line is `header`, e.g.
 * "stet-index 1". ERR_FORMAT: not this kind of file ("stet-index"), of a newer
 * stet, or damaged. */
enum err_code words_unseal(struct str *text, const char *header,
                           struct error *err);
/* Give the lines after the first to `line`, which says whether it is one.
 * ERR_FORMAT. */
enum err_code words_foreach(struct str text,
                            bool (*line)(void *ctx, const struct words *line),
                            void *ctx, struct error *err);

#endif
