/* Where control tokens go. The only choices that are made by chance are here:
 * one generator a document and purpose, seeded by SHA-256, so that neither
 * threads nor the order of shards matter. */
#include "config.h"

#include <stdlib.h>

#include "stet/utf8.h"
#include "training_private.h"

void
chance_init(struct chance *chance, uint64_t seed, const struct hash *text,
            const char *purpose)
{
    struct buf key = {0};
    struct hash hash;
    char hex[HASH_HEX_SIZE];

    hash_format(text, hex);
    xbuf_printf(&key, "%llu %s %s", (unsigned long long)seed, purpose, hex);
    hash = hash_of(buf_str(&key));
    chance->state = hash_prefix(&hash);
    buf_release(&key);
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t
next(struct chance *chance)
{
    uint64_t z = chance->state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

bool
chance_take(struct chance *chance, double rate)
{
    return (double)(next(chance) >> 11) * 0x1p-53 < rate;
}

/* One document on its way. */
struct placing {
    const struct training_options *options;
    const struct document *document;
    const struct training_text *text;
    struct training_counts *counts;
    struct chance dropout, inject;
    struct training_insert *list;
    size_t count, cap;
};

static bool
add(struct placing *placing, struct training_insert insert)
{
    if (placing->count == placing->cap) {
        size_t cap = placing->cap ? 2 * placing->cap : 64;
        struct training_insert *list =
            realloc(placing->list, cap * sizeof(*list));

        if (!list)
            return false;
        placing->list = list;
        placing->cap = cap;
    }
    placing->list[placing->count++] = insert;
    return true;
}

static bool
is_blank(uint32_t cp)
{
    return cp == ' ' || (cp >= '\t' && cp <= '\r') || cp == 0x85 ||
           cp == 0xA0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200A) ||
           cp == 0x2028 || cp == 0x2029 || cp == 0x202F || cp == 0x205F ||
           cp == 0x3000;
}

/* Han and kana are written without blanks: each is a word here. */
static bool
is_word_alone(uint32_t cp)
{
    return (cp >= 0x3041 && cp <= 0x3096) || (cp >= 0x30A1 && cp <= 0x30FA) ||
           (cp >= 0x3400 && cp <= 0x4DBF) || (cp >= 0x4E00 && cp <= 0x9FFF) ||
           (cp >= 0xF900 && cp <= 0xFAFF) || (cp >= 0x20000 && cp <= 0x3FFFF);
}

/* Before the words of bad text, but for the first. */
static bool
inject(struct placing *placing, size_t start, size_t end)
{
    struct str text = placing->document->text;
    bool first = true;
    bool blank_before = true;
    size_t at = start;

    while (at < end) {
        unsigned len;
        uint32_t cp = utf8_decode(text, at, &len);
        bool blank = is_blank(cp);
        struct training_insert insert = {at, placing->options->inject, true,
                                         blank_before};

        if (!blank && (blank_before || is_word_alone(cp))) {
            if (!first &&
                chance_take(&placing->inject, placing->options->rate)) {
                if (!add(placing, insert))
                    return false;
                placing->counts->injected++;
            }
            first = false;
        }
        blank_before = blank;
        at += len;
    }
    return true;
}

/* The token right before a segment. */
static bool
begin(struct placing *placing, const struct training_segment *segment)
{
    struct training_insert insert = {.at = segment->start};

    if (segment->label == LABEL_GOOD)
        insert.token = placing->options->good;
    else if (segment->label == LABEL_BAD)
        insert.token = placing->options->bad;
    if (!insert.token.ptr)
        return true;
    if (!chance_take(&placing->dropout, placing->options->dropout))
        return add(placing, insert);
    placing->counts->dropped++;
    return true;
}

static bool
place_all(struct placing *placing)
{
    const struct training_text *text = placing->text;
    bool fine = true;

    for (size_t i = 0; i < text->count && fine; i++)
        fine = begin(placing, &text->list[i]);
    for (size_t i = 0; placing->options->inject.ptr && fine && i < text->count;
         i++) {
        size_t first = i;

        while (i < text->count && text->list[i].label == LABEL_BAD)
            i++;
        if (i > first)
            fine =
                inject(placing, text->list[first].start, text->list[i - 1].end);
    }
    return fine;
}

static int
compare(const void *left, const void *right)
{
    const struct training_insert *a = left;
    const struct training_insert *b = right;

    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return a->injected - b->injected;
}

enum err_code
training_inserts(const struct training_options *options,
                 const struct document *document,
                 const struct training_text *text, struct arena *arena,
                 struct training_inserts *out, struct training_counts *counts,
                 struct error *err)
{
    struct placing placing = {.options = options,
                              .document = document,
                              .text = text,
                              .counts = counts};
    bool fine;

    chance_init(&placing.dropout, options->seed, &document->text_hash,
                "dropout");
    chance_init(&placing.inject, options->seed, &document->text_hash, "inject");
    fine = place_all(&placing);
    if (fine && placing.count > 1)
        qsort(placing.list, placing.count, sizeof(*placing.list), compare);
    out->count = placing.count;
    out->list = arena_alloc(arena, (placing.count + 1) * sizeof(*out->list));
    if (fine && out->list && placing.count)
        memcpy(out->list, placing.list, placing.count * sizeof(*out->list));
    free(placing.list);
    return fine && out->list ? ERR_OK : error_nomem(err);
}
