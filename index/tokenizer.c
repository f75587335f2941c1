/* The `stet` tokenizer: text to folded tokens with their byte ranges, as
 * docs/tokenizer.md says. The text is taken unit by unit (a character and what
 * continues it); folding a unit is slow, so results are remembered: by code
 * point if it is one of the BMP, else by its bytes. Runs of ASCII never come
 * that far. */
#include "config.h"

#include "stet/tokenizer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <utf8proc.h>

#include "stet/utf8.h"
#include "stet/xalloc.h"

#include "ascii_word.h"
#include "fold.h"

#define MEMO_COUNT 8192u /* a power of two */
#define MEMO_BYTES 16    /* of a unit, and of its folded form */

enum memo_kind {
    MEMO_EMPTY,
    MEMO_NOTHING,  /* folds to nothing: no separator either */
    MEMO_BREAK,    /* separators only */
    MEMO_WORD,     /* part of a word */
    MEMO_UNSPACED, /* one token by itself */
    MEMO_MIXED     /* taken code point by code point */
};

struct memo {
    uint64_t unit[MEMO_BYTES / 8]; /* its bytes, then zeros */
    char folded[MEMO_BYTES];
    uint8_t unit_len, folded_len;
    uint8_t kind;
};

/* Bits of a code point's class. */
enum { CLASS_KNOWN = 1, CLASS_CONTINUES = 2, CLASS_EMOJI = 4 };

#define PLAIN_BYTES 4

/* A code point of the BMP, and what it is when it is a unit by itself. */
struct plain {
    uint8_t class; /* 0: not looked at */
    uint8_t kind;  /* MEMO_MIXED: look it up like any other */
    uint8_t len;
    char folded[PLAIN_BYTES]; /* one code point */
};

struct unit {
    size_t start, end; /* bytes of the text */
};

struct tokenizer {
    struct plain plain[0x10000];
    struct memo memo[MEMO_COUNT];

    /* the token being put together */
    char token[TOKENIZER_TOKEN_MAX_CP * 4];
    size_t token_len;
    unsigned token_cp;
    enum glyph token_glyph;
    size_t start, end;
    bool going;
    token_sink *sink;
    void *ctx;

    int32_t folded[FOLD_RESULT_MAX];
    size_t folded_count;

    struct ascii_block block;
};

/* 0 for separators, else the folded letter or digit. */
static const char ascii_fold[128] = {
    ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4',
    ['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9',
    ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd', ['E'] = 'e',
    ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j',
    ['K'] = 'k', ['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o',
    ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r', ['S'] = 's', ['T'] = 't',
    ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y',
    ['Z'] = 'z', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd',
    ['e'] = 'e', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i',
    ['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n',
    ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's',
    ['t'] = 't', ['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x',
    ['y'] = 'y', ['z'] = 'z',
};

struct tokenizer *
tokenizer_new(void)
{
    return xcalloc(1, sizeof(struct tokenizer));
}

void
tokenizer_free(struct tokenizer *tokenizer)
{
    free(tokenizer);
}

static char identity[64];

static void
make_identity(void)
{
    (void)snprintf(identity, sizeof(identity), "stet %d unicode %s",
                   TOKENIZER_VERSION, utf8proc_unicode_version());
}

const char *
tokenizer_identity(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make_identity);
    return identity;
}

static inline unsigned
class_of(struct tokenizer *tokenizer, uint32_t cp)
{
    unsigned class = cp <= 0xFFFF ? tokenizer->plain[cp].class : 0;

    if (class)
        return class;
    class = CLASS_KNOWN;
    if (fold_continues(cp))
        class |= CLASS_CONTINUES;
    if (fold_is_emoji(cp))
        class |= CLASS_EMOJI;
    if (cp <= 0xFFFF)
        tokenizer->plain[cp].class = (uint8_t) class;
    return class;
}

/* utf8_decode with the usual cases inline; a surrogate is ill-formed here. */
static inline uint32_t
decode(struct str s, size_t at, unsigned *len)
{
    const unsigned char *p = (const unsigned char *)s.ptr + at;
    uint32_t cp;

    if (p[0] < 0x80) {
        *len = 1;
        return p[0];
    }
    if (p[0] >= 0xE1 && p[0] < 0xED && s.len - at >= 3 &&
        (p[1] & 0xC0) == 0x80 && (p[2] & 0xC0) == 0x80) {
        *len = 3;
        return (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 |
               (uint32_t)(p[2] & 0x3F);
    }
    if (p[0] >= 0xC2 && p[0] < 0xE0 && s.len - at >= 2 &&
        (p[1] & 0xC0) == 0x80) {
        *len = 2;
        return (uint32_t)(p[0] & 0x1F) << 6 | (uint32_t)(p[1] & 0x3F);
    }
    cp = utf8_decode(s, at, len);
    return cp >= 0xD800 && cp <= 0xDFFF ? UTF8_REPLACEMENT : cp;
}

static void
flush(struct tokenizer *tokenizer)
{
    if (tokenizer->token_len > 0 && tokenizer->going) {
        struct token token = {
            {tokenizer->token, tokenizer->token_len},
            tokenizer->start,
            tokenizer->end,
        };
        tokenizer->going = tokenizer->sink(tokenizer->ctx, &token);
    }
    tokenizer->token_len = 0;
    tokenizer->token_cp = 0;
}

/* Room for one more code point that `unit` gives to a token of `glyph`. */
static inline void
begin_cp(struct tokenizer *tokenizer, enum glyph glyph, struct unit unit)
{
    if (tokenizer->token_cp >= TOKENIZER_TOKEN_MAX_CP)
        flush(tokenizer);
    if (tokenizer->token_len == 0) {
        tokenizer->start = unit.start;
        tokenizer->token_glyph = glyph;
    }
    tokenizer->end = unit.end;
    tokenizer->token_cp++;
}

static void
append_folded(struct tokenizer *tokenizer, enum glyph glyph, struct str folded,
              struct unit unit)
{
    size_t at = 0;

    while (at < folded.len) {
        begin_cp(tokenizer, glyph, unit);
        do
            tokenizer->token[tokenizer->token_len++] = folded.ptr[at++];
        while (at < folded.len && (folded.ptr[at] & 0xC0) == 0x80);
    }
}

static void
append_ascii(struct tokenizer *tokenizer, struct str text, struct unit run)
{
    if (tokenizer->token_len > 0 && tokenizer->token_glyph != GLYPH_WORD)
        flush(tokenizer);
    for (size_t at = run.start; at < run.end; at++) {
        begin_cp(tokenizer, GLYPH_WORD, (struct unit){at, at + 1});
        tokenizer->token[tokenizer->token_len++] =
            ascii_fold[(unsigned char)text.ptr[at]];
    }
}

/* The general case: what was folded, code point by code point. */
static void
append_mixed(struct tokenizer *tokenizer, struct unit unit)
{
    bool fresh = true; /* nothing of this unit is in the token yet */

    for (size_t i = 0; i < tokenizer->folded_count && tokenizer->going; i++) {
        uint32_t cp = (uint32_t)tokenizer->folded[i];
        enum glyph glyph = fold_glyph(cp);
        char bytes[4];
        unsigned len;

        if (glyph == GLYPH_SEPARATOR) {
            flush(tokenizer);
            continue;
        }
        if (glyph == GLYPH_MARK)
            glyph = tokenizer->token_glyph; /* drop_marks left it a base */
        else if (glyph == GLYPH_UNSPACED || tokenizer->token_glyph != glyph ||
                 (glyph == GLYPH_EMOJI && fresh))
            flush(tokenizer);
        len = utf8_encode(cp, bytes);
        append_folded(tokenizer, glyph, (struct str){bytes, len}, unit);
        fresh = false;
    }
}

static enum memo_kind
kind_of(const struct tokenizer *tokenizer)
{
    enum glyph first = GLYPH_SEPARATOR;

    if (tokenizer->folded_count == 0)
        return MEMO_NOTHING;
    for (size_t i = 0; i < tokenizer->folded_count; i++) {
        enum glyph glyph = fold_glyph((uint32_t)tokenizer->folded[i]);

        if (i == 0)
            first = glyph;
        else if (glyph == GLYPH_MARK && first != GLYPH_SEPARATOR)
            continue;
        else if (glyph != first || first == GLYPH_UNSPACED)
            return MEMO_MIXED;
    }
    switch (first) {
    case GLYPH_SEPARATOR:
        return MEMO_BREAK;
    case GLYPH_WORD:
        return MEMO_WORD;
    case GLYPH_UNSPACED:
    case GLYPH_EMOJI:
        return MEMO_UNSPACED;
    case GLYPH_MARK:
        break;
    }
    return MEMO_MIXED;
}

/* Fold the unit's bytes into tokenizer->folded. */
static void
fold_bytes(struct tokenizer *tokenizer, struct str text, struct unit unit)
{
    uint32_t cps[FOLD_UNIT_MAX];
    size_t count = 0;

    for (size_t at = unit.start; at < unit.end && count < FOLD_UNIT_MAX;) {
        unsigned len;

        cps[count++] = decode(text, at, &len);
        at += len;
    }
    tokenizer->folded_count = fold_unit(cps, count, tokenizer->folded);
}

/* Fill a memo from what was folded; false when it does not fit. */
static bool
memo_fill(struct tokenizer *tokenizer, struct memo *memo, size_t unit_len)
{
    size_t used = 0;

    if (unit_len > MEMO_BYTES)
        return false;
    memo->kind = MEMO_EMPTY;
    for (size_t i = 0; i < tokenizer->folded_count; i++) {
        char out[4];
        unsigned len = utf8_encode((uint32_t)tokenizer->folded[i], out);

        if (used + len > MEMO_BYTES)
            return false;
        memcpy(memo->folded + used, out, len);
        used += len;
    }
    memo->unit_len = (uint8_t)unit_len;
    memo->folded_len = (uint8_t)used;
    memo->kind = (uint8_t)kind_of(tokenizer);
    return true;
}

/* The unit's first MEMO_BYTES as words. */
static inline void
load_unit(struct str text, struct unit unit, uint64_t words[MEMO_BYTES / 8])
{
    size_t len = unit.end - unit.start;

    words[0] = words[1] = 0;
    if (len <= 4 && text.len - unit.start >= 4) {
        uint32_t bytes;

        memcpy(&bytes, text.ptr + unit.start, sizeof(bytes));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        words[0] = bytes & UINT32_MAX >> (32 - 8 * len);
#else
        words[0] = bytes >> (32 - 8 * len);
#endif
        return;
    }
    memcpy(words, text.ptr + unit.start, len < MEMO_BYTES ? len : MEMO_BYTES);
}

static void
take_unit(struct tokenizer *tokenizer, struct str text, struct unit unit)
{
    size_t len = unit.end - unit.start;
    uint64_t words[MEMO_BYTES / 8];
    struct memo *memo;
    struct str folded;
    uint64_t hash;

    load_unit(text, unit, words);
    hash = (words[0] ^ words[1] * 31) * UINT64_C(0x9e3779b97f4a7c15);
    memo = &tokenizer->memo[hash >> 32 & (MEMO_COUNT - 1)];
    if (memo->kind == MEMO_EMPTY || memo->unit_len != len ||
        memo->unit[0] != words[0] || memo->unit[1] != words[1]) {
        fold_bytes(tokenizer, text, unit);
        if (!memo_fill(tokenizer, memo, len)) {
            append_mixed(tokenizer, unit);
            return;
        }
        memcpy(memo->unit, words, sizeof(words));
    } else if (memo->kind == MEMO_MIXED) {
        fold_bytes(tokenizer, text, unit);
    }
    folded = (struct str){memo->folded, memo->folded_len};
    switch ((enum memo_kind)memo->kind) {
    case MEMO_NOTHING:
        break;
    case MEMO_BREAK:
        flush(tokenizer);
        break;
    case MEMO_WORD:
        if (tokenizer->token_glyph != GLYPH_WORD)
            flush(tokenizer);
        append_folded(tokenizer, GLYPH_WORD, folded, unit);
        break;
    case MEMO_UNSPACED:
        flush(tokenizer);
        append_folded(tokenizer, GLYPH_UNSPACED, folded, unit);
        break;
    case MEMO_MIXED:
    case MEMO_EMPTY:
        append_mixed(tokenizer, unit);
        break;
    }
}

static void
fill_plain(struct tokenizer *tokenizer, struct plain *plain, uint32_t cp)
{
    char out[4];
    unsigned len = 0;
    enum memo_kind kind;

    (void)class_of(tokenizer, cp);
    tokenizer->folded_count = fold_unit(&cp, 1, tokenizer->folded);
    kind = kind_of(tokenizer);
    if (kind == MEMO_WORD || kind == MEMO_UNSPACED) {
        len = utf8_encode((uint32_t)tokenizer->folded[0], out);
        memcpy(plain->folded, out, len);
        if (tokenizer->folded_count != 1 || plain->class & CLASS_EMOJI)
            kind = MEMO_MIXED;
    }
    plain->kind = (uint8_t)kind;
    plain->len = (uint8_t)len;
}

/* False: not as easy as that. */
static inline bool
append_plain(struct tokenizer *tokenizer, const struct plain *plain,
             struct unit unit)
{
    enum glyph glyph = GLYPH_WORD;

    switch ((enum memo_kind)plain->kind) {
    case MEMO_NOTHING:
        return true;
    case MEMO_BREAK:
        flush(tokenizer);
        return true;
    case MEMO_WORD:
        if (tokenizer->token_glyph != GLYPH_WORD)
            flush(tokenizer);
        break;
    case MEMO_UNSPACED:
        flush(tokenizer);
        glyph = GLYPH_UNSPACED;
        break;
    case MEMO_MIXED:
    case MEMO_EMPTY:
        return false;
    }
    begin_cp(tokenizer, glyph, unit);
    memcpy(tokenizer->token + tokenizer->token_len, plain->folded, PLAIN_BYTES);
    tokenizer->token_len += plain->len;
    return true;
}

/* Units of one code point of the BMP each, the first at `at`, the others not
 * ASCII; returns where they end, or `at`: look closer. */
static size_t
take_plain(struct tokenizer *tokenizer, struct str text, size_t at)
{
    unsigned len;
    uint32_t cp = decode(text, at, &len);

    while (cp <= 0xFFFF && tokenizer->going) {
        struct plain *plain = &tokenizer->plain[cp];
        size_t end = at + len;
        bool last = end == text.len || (unsigned char)text.ptr[end] < 0x80;

        if (plain->kind == MEMO_EMPTY)
            fill_plain(tokenizer, plain, cp);
        if (!last) {
            cp = decode(text, end, &len);
            if (class_of(tokenizer, cp) & CLASS_CONTINUES)
                break;
        }
        if (!append_plain(tokenizer, plain, (struct unit){at, end}))
            break;
        at = end;
        if (last)
            break;
    }
    return at;
}

/* End of what continues at `at`; *joined: it ends with a joiner. */
static size_t
skip_continuing(struct tokenizer *tokenizer, struct str text, size_t at,
                bool *joined)
{
    *joined = false;
    while (at < text.len && (unsigned char)text.ptr[at] >= 0x80) {
        unsigned len;
        uint32_t cp = decode(text, at, &len);

        if (!(class_of(tokenizer, cp) & CLASS_CONTINUES))
            break;
        *joined = cp == FOLD_ZWJ;
        at += len;
    }
    return at;
}

/* End of the unit that starts at `at`: a character with what continues it;
 * emoji joined by ZWJ, and the two halves of a flag, are one unit. */
static size_t
unit_end(struct tokenizer *tokenizer, struct str text, size_t at)
{
    unsigned len;
    uint32_t cp = decode(text, at, &len);
    bool emoji = class_of(tokenizer, cp) & CLASS_EMOJI;
    bool joined;

    at += len;
    if (fold_is_indicator(cp) && at < text.len) {
        cp = decode(text, at, &len);
        if (fold_is_indicator(cp))
            at += len;
    }
    at = skip_continuing(tokenizer, text, at, &joined);
    while (emoji && joined && at < text.len) {
        cp = decode(text, at, &len);
        if (!(class_of(tokenizer, cp) & CLASS_EMOJI))
            break;
        at = skip_continuing(tokenizer, text, at + len, &joined);
    }
    return at;
}

/* The whole words within a block of ASCII, the first byte of it no part of a
 * longer one; `words` has no other bits. */
static inline void
emit_words(struct tokenizer *tokenizer, uint64_t words, size_t at)
{
    while (words && tokenizer->going) {
        unsigned start = (unsigned)__builtin_ctzll(words);
        unsigned len = (unsigned)__builtin_ctzll(~(words >> start));
        struct token token = {
            {tokenizer->block.folded + start, len},
            at + start,
            at + start + len,
        };

        words &= UINT64_MAX << (start + len);
        tokenizer->going = tokenizer->sink(tokenizer->ctx, &token);
    }
}

/* Words and separators of ASCII, when nothing is pending; returns where the
 * first begins that is not seen as a whole, or `at`: look closer. */
static inline size_t
take_ascii(struct tokenizer *tokenizer, struct str text, size_t at)
{
    struct ascii_block *block = &tokenizer->block;
    char end_of_text[ASCII_BLOCK] = {0};
    const char *bytes = text.ptr + at;
    size_t left = text.len - at;
    uint64_t seen;
    uint64_t gaps;
    unsigned gap;

    if (left < ASCII_BLOCK) {
        memcpy(end_of_text, bytes, left);
        bytes = end_of_text;
    }
    ascii_block_load(block, bytes);
    if (block->count == 0)
        return at;
    seen = UINT64_MAX >> (ASCII_BLOCK - block->count);
    gaps = ~block->words & seen;
    if (!gaps)
        return at;
    gap = ASCII_BLOCK - 1 - (unsigned)__builtin_clzll(gaps);
    emit_words(tokenizer, block->words & ~(UINT64_MAX << gap), at);
    /* a mark may follow the last byte: then both are one unit */
    at += gap;
    if (at + 1 >= text.len)
        return text.len;
    return (unsigned char)text.ptr[at + 1] < 0x80 ? at + 1 : at;
}

void
tokenizer_run(struct tokenizer *tokenizer, struct str text, token_sink *sink,
              void *ctx)
{
    size_t at = 0;

    tokenizer->sink = sink;
    tokenizer->ctx = ctx;
    tokenizer->going = true;
    tokenizer->token_len = 0;
    tokenizer->token_cp = 0;
    while (at < text.len && tokenizer->going) {
        const unsigned char *bytes = (const unsigned char *)text.ptr;
        size_t end =
            tokenizer->token_len ? at : take_ascii(tokenizer, text, at);

        if (end > at) {
            at = end;
            continue;
        }
        while (end < text.len && bytes[end] < 0x80 && ascii_fold[bytes[end]])
            end++;
        /* a mark may follow the last one: then both are one unit */
        if (end > at && end < text.len && bytes[end] >= 0x80)
            end--;
        if (end > at) {
            append_ascii(tokenizer, text, (struct unit){at, end});
        } else if (bytes[at] < 0x80 && !ascii_fold[bytes[at]] &&
                   (at + 1 == text.len || bytes[at + 1] < 0x80)) {
            flush(tokenizer);
            end = at + 1;
        } else {
            end = take_plain(tokenizer, text, at);
            if (end == at) {
                end = unit_end(tokenizer, text, at);
                take_unit(tokenizer, text, (struct unit){at, end});
            }
        }
        at = end;
    }
    flush(tokenizer);
}
