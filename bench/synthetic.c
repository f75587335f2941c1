/* Documents that nobody wrote, for corpora larger than the packages give: words
 * by Zipf's law over four million of them, in three scripts, with scores. A
 * document depends on the seed and its number alone, so shards can be made side
 * by side:
 *
 *     synthetic SEED FIRST COUNT WORDS     JSON lines, WORDS a document (mean);
 *                                          on stderr how much text they hold
 *     synthetic word RANK...               the Latin words of these ranks
 */
#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VOCABULARY 4194304.0
#define SIGMA 0.8 /* of the log-normal length */

enum script { LATIN, CYRILLIC, HAN, SCRIPTS };

/* Sebastiano Vigna's splitmix64 (https://prng.di.unimi.it/splitmix64.c). */
static uint64_t
next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* In (0, 1). */
static double
next_unit(uint64_t *state)
{
    return ((double)(next_random(state) >> 11) + 0.5) * 0x1p-53;
}

static double
next_normal(uint64_t *state)
{
    double radius = sqrt(-2 * log(next_unit(state)));

    return radius * cos(2 * M_PI * next_unit(state));
}

/* The word of a rank, short when frequent: its digits as syllables. */
static size_t
write_word(char *out, uint64_t rank, enum script script)
{
    static const char *const latin_heads = "bcdfghjklmnprstv";
    static const char *const latin_tails = "aeiou";
    size_t len = 0;

    if (script == HAN) {
        /* One ideograph of 3,000, or two. */
        do {
            unsigned code = 0x4E00 + (unsigned)(rank % 3000) * 6;
            out[len++] = (char)(0xE0 | code >> 12);
            out[len++] = (char)(0x80 | (code >> 6 & 0x3F));
            out[len++] = (char)(0x80 | (code & 0x3F));
            rank /= 3000;
        } while (rank);
        return len;
    }
    do {
        unsigned digit = (unsigned)(rank % 80);
        if (script == LATIN) {
            out[len++] = latin_heads[digit / 5];
            out[len++] = latin_tails[digit % 5];
        } else {
            unsigned head = 0x431 + digit / 5;
            unsigned tail = 0x430 + digit % 5 * 5;

            out[len++] = (char)(0xC0 | head >> 6);
            out[len++] = (char)(0x80 | (head & 0x3F));
            out[len++] = (char)(0xC0 | tail >> 6);
            out[len++] = (char)(0x80 | (tail & 0x3F));
        }
        rank /= 80;
    } while (rank);
    return len;
}

/* P(rank < r) = log(r + 1) / log(VOCABULARY). */
static uint64_t
next_rank(uint64_t *state)
{
    return (uint64_t)exp2(next_unit(state) * log2(VOCABULARY)) - 1;
}

/* Its bytes. */
static size_t
print_text(uint64_t *state, enum script script, unsigned words)
{
    const char *stop = script == HAN ? "。" : ". ";
    const char *gap = script == HAN ? "" : " ";
    char word[64];
    size_t bytes = 0;

    for (unsigned i = 0; i < words; i++) {
        const char *after = next_random(state) % 12 ? gap : stop;
        size_t len = write_word(word, next_rank(state), script);
        (void)fwrite_unlocked(word, 1, len, stdout);
        (void)fputs_unlocked(after, stdout);
        bytes += len + strlen(after);
    }
    return bytes;
}

static size_t
print_document(uint64_t seed, uint64_t number, double mean_words)
{
    static const char *const language[SCRIPTS] = {"en", "ru", "zh"};
    uint64_t state = (seed << 40) ^ number;
    size_t bytes;
    double draw = next_unit(&state);
    enum script script = draw < 0.75 ? LATIN : draw < 0.88 ? CYRILLIC : HAN;
    /* exp(mu + sigma^2 / 2) is the mean of a log-normal. */
    double words =
        mean_words * exp(SIGMA * next_normal(&state) - SIGMA * SIGMA / 2);

    printf("{\"id\":\"s%" PRIu64 "-%" PRIu64 "\",\"text\":\"", seed, number);
    bytes = print_text(&state, script, 1 + (unsigned)words);
    printf("\",\"source\":\"synthetic\",\"metadata\":{\"lang\":\"%s\"},"
           "\"attributes\":{\"toxicity\":%.4f,\"quality\":%.2f,"
           "\"safety\":%d}}\n",
           language[script], pow(next_unit(&state), 6), 5 * next_unit(&state),
           (int)(6 * pow(next_unit(&state), 5)));
    return bytes;
}

int
main(int argc, char **argv)
{
    char word[64];

    if (argc > 2 && strcmp(argv[1], "word") == 0) {
        for (int i = 2; i < argc; i++) {
            size_t len = write_word(word, strtoull(argv[i], NULL, 10), LATIN);
            printf("%.*s\n", (int)len, word);
        }
    } else if (argc == 5) {
        uint64_t first = strtoull(argv[2], NULL, 10);
        uint64_t end = first + strtoull(argv[3], NULL, 10);
        uint64_t bytes = 0;
        for (uint64_t number = first; number < end; number++)
            bytes += print_document(strtoull(argv[1], NULL, 10), number,
                                    strtod(argv[4], NULL));
        (void)fprintf(
            stderr, "{\"documents\":%" PRIu64 ",\"text_bytes\":%" PRIu64 "}\n",
            end - first, bytes);
    } else {
        (void)fputs("usage: synthetic SEED FIRST COUNT WORDS\n"
                    "       synthetic word RANK...\n",
                    stderr);
        return 64;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        (void)fputs("synthetic: the output could not be written\n", stderr);
        return 1;
    }
    return 0;
}
