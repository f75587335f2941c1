/* Inversion by two passes over the texts' tokens. The first gives each
 * different token a number and notes the numbers in the order of the texts;
 * the second deals places out by number, which sorts them, since the texts are
 * in the order of rows. Memory is far away: tokens are hashed some dozen ahead,
 * so that their table slots are on the way when they are looked at, places and
 * sorted terms are fetched likewise, and a term with its first 16 bytes is half
 * a cache line. */
#include "config.h"

#include "invert.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "posting_write.h"
#include "stet/hash.h"
#include "stet/tokenizer.h"
#include "stet/xalloc.h"

#define AHEAD 32u          /* tokens hashed before they are looked up */
#define FETCH 16u          /* places and terms fetched before they are used */
#define SLOTS_FIRST 16384u /* a power of two */
#define SCATTER_MAX ((size_t)8 << 20) /* places dealt out in one pass */
#define DIGIT_BITS 16u                /* of keys, sorted by */
#define DIGITS (1u << DIGIT_BITS)
#define INSERT_MAX 16u /* terms sorted by insertion */
#define HEAD 16u       /* TOKEN_READABLE */
#define NOWHERE UINT32_MAX
#define HUGE_PAGE ((size_t)2 << 20)

struct term {
    uint64_t head[2]; /* the first 16 bytes, then zeros */
    uint32_t len;     /* 0: a free slot */
    uint32_t rest;    /* the bytes behind them, in `rests` */
    uint32_t number;
    uint32_t count; /* tokens */
};

/* A token that waits for its slot. */
struct pending {
    uint64_t head[2];
    uint64_t hash;
    uint32_t len;
    uint32_t rest; /* in `waiting` */
};

struct sorted {
    uint64_t key; /* first 8 bytes, as a number */
    const struct term *term;
};

struct inverter {
    struct tokenizer *tokenizer;
    uint64_t seed[2]; /* hostile texts cannot know where terms go */

    struct term *slots;
    size_t slot_count;
    uint32_t term_count;
    struct buf rests; /* of long terms */
    uint64_t *hashes; /* of terms by number, for signatures */
    size_t hash_cap;

    struct pending pending[AHEAD];
    unsigned pending_count;
    struct buf waiting; /* rests of pending tokens */

    uint32_t *tokens; /* numbers, in the order of the texts */
    size_t token_count, token_cap;
    uint32_t *ends; /* tokens up to the end of each text */
    size_t end_cap;

    struct sorted *sorted; /* terms in order; as many more to sort them */
    size_t sorted_cap;
    uint32_t digits[DIGITS]; /* where terms with one go */
    uint32_t *cursors; /* by number: where the next place goes, or NOWHERE */
    size_t cursor_cap;
    struct run_place *places;
    size_t place_cap;

    enum err_code code; /* of the tokens taken so far */
    struct error error;
};

struct inverter *
inverter_new(void)
{
    struct inverter *inverter = xcalloc(1, sizeof(*inverter));

    inverter->tokenizer = tokenizer_new();
    random_bytes(inverter->seed, sizeof(inverter->seed));
    return inverter;
}

void
inverter_free(struct inverter *inverter)
{
    if (!inverter)
        return;
    tokenizer_free(inverter->tokenizer);
    free(inverter->slots);
    free(inverter->hashes);
    free(inverter->tokens);
    free(inverter->ends);
    free(inverter->sorted);
    free(inverter->cursors);
    free(inverter->places);
    buf_release(&inverter->rests);
    buf_release(&inverter->waiting);
    free(inverter);
}

/* Memory that is accessed all over: in huge pages, where there are. */
static void *
table_alloc(size_t count, size_t size)
{
    size_t align = count * size < HUGE_PAGE ? sizeof(struct term) : HUGE_PAGE;
    size_t bytes = (count * size + align - 1) / align * align;
    void *table = aligned_alloc(align, bytes);

    if (table && align == HUGE_PAGE)
        (void)madvise(table, bytes, MADV_HUGEPAGE);
    return table;
}

/* Make room for `need` items of `size` bytes; *list keeps its content. */
static enum err_code
grow(void *list, size_t *cap, size_t need, size_t size, struct error *err)
{
    void **items = list;
    size_t more = *cap + *cap / 2;
    void *grown;

    if (need <= *cap)
        return ERR_OK;
    if (more < need)
        more = need;
    grown = table_alloc(more, size);
    if (!grown)
        return error_nomem(err);
    if (*cap > 0)
        memcpy(grown, *items, *cap * size);
    free(*items);
    *items = grown;
    *cap = more;
    return ERR_OK;
}

static inline uint64_t
fold_product(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Multiply and fold (as wyhash does), with a seed of this process. */
static inline uint64_t
hash_head(const struct inverter *inverter, const uint64_t head[2], uint32_t len)
{
    return fold_product(head[0] ^ inverter->seed[0],
                        head[1] ^ inverter->seed[1] ^ len);
}

static uint64_t
hash_rest(const struct inverter *inverter, uint64_t hash, struct str rest)
{
    for (size_t at = 0; at < rest.len; at += 8) {
        uint64_t word = 0;

        memcpy(&word, rest.ptr + at, rest.len - at < 8 ? rest.len - at : 8);
        hash = fold_product(hash ^ inverter->seed[0], word ^ inverter->seed[1]);
    }
    return hash;
}

static struct str
rest_of(const struct buf *rests, uint32_t at, uint32_t len)
{
    if (len <= HEAD)
        return (struct str){NULL, 0};
    return (struct str){rests->ptr + at, len - HEAD};
}

/* Twice the slots; terms keep their numbers. */
static enum err_code
grow_slots(struct inverter *inverter, struct error *err)
{
    size_t count =
        inverter->slot_count ? inverter->slot_count * 2 : SLOTS_FIRST;
    struct term *slots = table_alloc(count, sizeof(*slots));

    if (!slots)
        return error_nomem(err);
    memset(slots, 0, count * sizeof(*slots));
    for (size_t i = 0; i < inverter->slot_count; i++) {
        const struct term *term = &inverter->slots[i];
        uint64_t hash;

        if (term->len == 0)
            continue;
        hash = hash_head(inverter, term->head, term->len);
        hash = hash_rest(inverter, hash,
                         rest_of(&inverter->rests, term->rest, term->len));
        while (slots[hash & (count - 1)].len)
            hash++;
        slots[hash & (count - 1)] = *term;
    }
    free(inverter->slots);
    inverter->slots = slots;
    inverter->slot_count = count;
    return ERR_OK;
}

static bool
is_same(const struct inverter *inverter, const struct term *term,
        const struct pending *token)
{
    if (term->head[0] != token->head[0] || term->head[1] != token->head[1] ||
        term->len != token->len)
        return false;
    return str_equal(rest_of(&inverter->rests, term->rest, term->len),
                     rest_of(&inverter->waiting, token->rest, token->len));
}

/* The term's bytes; short ones are its head. */
static struct str
term_bytes(const struct inverter *inverter, const struct term *term,
           char space[TOKENIZER_TOKEN_MAX_CP * 4])
{
    uint64_t head[2] = {term->head[0], term->head[1]};

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    head[0] = __builtin_bswap64(head[0]);
    head[1] = __builtin_bswap64(head[1]);
#endif
    memcpy(space, head, HEAD);
    if (term->len > HEAD)
        memcpy(space + HEAD, inverter->rests.ptr + term->rest,
               term->len - HEAD);
    return (struct str){space, term->len};
}

/* For signatures: once a term, not once a token. */
static enum err_code
add_hash(struct inverter *inverter, const struct term *term, struct error *err)
{
    char space[TOKENIZER_TOKEN_MAX_CP * 4];
    enum err_code code =
        grow(&inverter->hashes, &inverter->hash_cap, (size_t)term->number + 1,
             sizeof(*inverter->hashes), err);

    if (code == ERR_OK)
        inverter->hashes[term->number] =
            minhash_token(term_bytes(inverter, term, space));
    return code;
}

static enum err_code
add_term(struct inverter *inverter, struct term *slot,
         const struct pending *token, struct error *err)
{
    struct str rest = rest_of(&inverter->waiting, token->rest, token->len);
    uint32_t at = (uint32_t)inverter->rests.len;
    enum err_code code = buf_append_str(&inverter->rests, rest, err);

    if (code == ERR_OK && inverter->rests.len > UINT32_MAX)
        code = error_set(err, ERR_LIMIT, "too many long words in one text");
    if (code != ERR_OK)
        return code;
    *slot = (struct term){
        .head = {token->head[0], token->head[1]},
        .len = token->len,
        .rest = at,
        .number = inverter->term_count++,
    };
    return add_hash(inverter, slot, err);
}

static enum err_code
take_pending(struct inverter *inverter, const struct pending *token,
             struct error *err)
{
    size_t mask = inverter->slot_count - 1;
    size_t at = token->hash & mask;
    struct term *term = &inverter->slots[at];

    while (term->len && !is_same(inverter, term, token)) {
        at = (at + 1) & mask;
        term = &inverter->slots[at];
    }
    if (term->len == 0) {
        enum err_code code = add_term(inverter, term, token, err);

        if (code != ERR_OK)
            return code;
    }
    term->count++;
    inverter->tokens[inverter->token_count++] = term->number;
    return ERR_OK;
}

static void
take_all_pending(struct inverter *inverter)
{
    struct error *err = &inverter->error;
    unsigned count = inverter->pending_count;
    enum err_code code = inverter->code;

    if (code == ERR_OK)
        code =
            grow(&inverter->tokens, &inverter->token_cap,
                 inverter->token_count + count, sizeof(*inverter->tokens), err);
    if (code == ERR_OK && inverter->token_count > UINT32_MAX - AHEAD)
        code = error_set(err, ERR_LIMIT, "too many words in one text");
    for (unsigned i = 0; code == ERR_OK && i < count; i++)
        code = take_pending(inverter, &inverter->pending[i], err);
    /* not over half full, whatever the next tokens are */
    if (code == ERR_OK &&
        inverter->slot_count < ((size_t)inverter->term_count + AHEAD) * 2)
        code = grow_slots(inverter, err);
    inverter->pending_count = 0;
    inverter->waiting.len = 0;
    inverter->code = code;
}

/* The first bytes of a token; TOKEN_READABLE are there. */
static inline void
load_head(struct pending *pending, struct str folded)
{
    static const uint8_t kept[2 * HEAD] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    };
    size_t len = folded.len < HEAD ? folded.len : HEAD;
    uint64_t mask[2];

    memcpy(pending->head, folded.ptr, HEAD);
    memcpy(mask, kept + HEAD - len, HEAD);
    for (unsigned i = 0; i < 2; i++) {
        pending->head[i] &= mask[i];
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
        pending->head[i] = __builtin_bswap64(pending->head[i]);
#endif
    }
}

static bool
take_token(void *ctx, const struct token *token)
{
    struct inverter *inverter = ctx;
    struct pending *pending = &inverter->pending[inverter->pending_count++];
    struct str folded = token->folded;

    load_head(pending, folded);
    pending->len = (uint32_t)folded.len;
    pending->hash = hash_head(inverter, pending->head, pending->len);
    if (folded.len > HEAD) {
        struct str rest = str_slice(folded, HEAD, folded.len);

        pending->rest = (uint32_t)inverter->waiting.len;
        xbuf_append_str(&inverter->waiting, rest);
        pending->hash = hash_rest(inverter, pending->hash, rest);
    }
    __builtin_prefetch(
        &inverter->slots[pending->hash & (inverter->slot_count - 1)], 1);
    if (inverter->pending_count == AHEAD)
        take_all_pending(inverter);
    return inverter->code == ERR_OK;
}

static enum err_code
take_texts(struct inverter *inverter, const struct invert_texts *texts,
           struct inverted_text *out, struct error *err)
{
    size_t start = 0;
    size_t before = 0;
    enum err_code code = grow(&inverter->ends, &inverter->end_cap, texts->count,
                              sizeof(*inverter->ends), err);

    if (code != ERR_OK)
        return code;
    for (uint32_t i = 0; i < texts->count; i++) {
        tokenizer_run(inverter->tokenizer,
                      str_slice(texts->text, start, texts->ends[i]), take_token,
                      inverter);
        take_all_pending(inverter);
        if (inverter->code != ERR_OK) {
            *err = inverter->error;
            return inverter->code;
        }
        start = texts->ends[i];
        inverter->ends[i] = (uint32_t)inverter->token_count;
        out[i].tokens = (uint32_t)(inverter->token_count - before);
        minhash_make_numbered(inverter->hashes, inverter->tokens + before,
                              out[i].tokens, &out[i].signature);
        before = inverter->token_count;
    }
    return ERR_OK;
}

static int
compare_terms(const void *a, const void *b, void *ctx)
{
    const struct inverter *inverter = ctx;
    const struct sorted *x = a;
    const struct sorted *y = b;
    uint64_t x_next = __builtin_bswap64(x->term->head[1]);
    uint64_t y_next = __builtin_bswap64(y->term->head[1]);
    int order;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    if (x_next != y_next)
        return x_next < y_next ? -1 : 1;
    order = str_compare(rest_of(&inverter->rests, x->term->rest, x->term->len),
                        rest_of(&inverter->rests, y->term->rest, y->term->len));
    return order
               ? order
               : (x->term->len > y->term->len) - (x->term->len < y->term->len);
}

/* Put terms in the order of one digit of their keys, else leave them in that in
 * which they are. */
static void
deal_terms(const struct sorted *from, struct sorted *to, size_t count,
           unsigned shift, uint32_t places[DIGITS])
{
    uint32_t total = 0;

    memset(places, 0, DIGITS * sizeof(*places));
    for (size_t i = 0; i < count; i++)
        places[from[i].key >> shift & (DIGITS - 1)]++;
    for (size_t i = 0; i < DIGITS; i++) {
        uint32_t here = places[i];

        places[i] = total;
        total += here;
    }
    for (size_t i = 0; i < count; i++)
        to[places[from[i].key >> shift & (DIGITS - 1)]++] = from[i];
}

/* Terms whose first 8 bytes are the same: few, as a rule. */
static void
sort_same(struct inverter *inverter, struct sorted *terms, size_t count)
{
    if (count > INSERT_MAX) {
        qsort_r(terms, count, sizeof(*terms), compare_terms, inverter);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct sorted moved = terms[i];
        size_t at = i;

        for (; at > 0 && compare_terms(&terms[at - 1], &moved, inverter) > 0;
             at--)
            terms[at] = terms[at - 1];
        terms[at] = moved;
    }
}

static enum err_code
sort_terms(struct inverter *inverter, struct error *err)
{
    const struct term *end = inverter->slots + inverter->slot_count;
    size_t count = inverter->term_count;
    struct sorted *sorted;
    struct sorted *at;
    enum err_code code = grow(&inverter->sorted, &inverter->sorted_cap,
                              count * 2, sizeof(*inverter->sorted), err);

    if (code != ERR_OK)
        return code;
    at = sorted = inverter->sorted;
    for (const struct term *term = inverter->slots; term < end; term++)
        if (term->len)
            *at++ = (struct sorted){__builtin_bswap64(term->head[0]), term};
    for (unsigned shift = 0; shift < 64; shift += 2 * DIGIT_BITS) {
        deal_terms(sorted, sorted + count, count, shift, inverter->digits);
        deal_terms(sorted + count, sorted, count, shift + DIGIT_BITS,
                   inverter->digits);
    }
    for (size_t i = 0, same; i < count; i += same) {
        for (same = 1;
             i + same < count && sorted[i + same].key == sorted[i].key;)
            same++;
        if (same > 1)
            sort_same(inverter, sorted + i, same);
    }
    return ERR_OK;
}

/* A word so common that its places are not worth moving: found by reading all
 * tokens. */
static enum err_code
encode_alone(const struct inverter *inverter, uint32_t number,
             struct run_writer *writer, struct error *err)
{
    struct run_place place = {0, 0};
    uint32_t start = 0;
    enum err_code code = ERR_OK;

    for (size_t i = 0; code == ERR_OK && i < inverter->token_count; i++) {
        while (i >= inverter->ends[place.document])
            start = inverter->ends[place.document++];
        if (inverter->tokens[i] != number)
            continue;
        place.position = (uint32_t)i - start;
        code = run_writer_put(writer, &place, 1, err);
    }
    return code;
}

/* Put the places of the terms that have a cursor where it says. */
static void
deal_out(struct inverter *inverter, uint32_t texts)
{
    const uint32_t *tokens = inverter->tokens;
    uint32_t at = 0;

    for (uint32_t document = 0; document < texts; document++) {
        uint32_t end = inverter->ends[document];

        for (uint32_t start = at; at < end; at++) {
            uint32_t *cursor = &inverter->cursors[tokens[at]];

            if (at + FETCH < inverter->token_count)
                __builtin_prefetch(
                    &inverter->places[inverter->cursors[tokens[at + FETCH]]],
                    1);
            if (*cursor != NOWHERE)
                inverter->places[(*cursor)++] =
                    (struct run_place){document, at - start};
        }
    }
}

/* Give cursors to the terms from `first` on whose places fit in one pass;
 * returns the end of them. */
static size_t
plan_pass(struct inverter *inverter, size_t first)
{
    size_t total = 0;
    size_t end = first;

    for (; end < inverter->term_count; end++) {
        const struct term *term = inverter->sorted[end].term;

        if (end + FETCH < inverter->term_count)
            __builtin_prefetch(inverter->sorted[end + FETCH].term);
        if (term->count > SCATTER_MAX - total)
            break;
        inverter->cursors[term->number] = (uint32_t)total;
        total += term->count;
    }
    return end;
}

/* The terms [first, end), whose places were dealt out. */
static enum err_code
encode_pass(struct inverter *inverter, size_t first, size_t end,
            struct run_writer *writer, struct error *err)
{
    size_t at = 0;
    enum err_code code = ERR_OK;

    for (size_t i = first; code == ERR_OK && i < end; i++) {
        const struct term *term = inverter->sorted[i].term;
        char space[TOKENIZER_TOKEN_MAX_CP * 4];

        if (i + FETCH < end)
            __builtin_prefetch(inverter->sorted[i + FETCH].term);
        code = run_writer_open(writer, term_bytes(inverter, term, space), err);
        if (code == ERR_OK)
            code =
                run_writer_put(writer, inverter->places + at, term->count, err);
        at += term->count;
        if (code == ERR_OK)
            code = run_writer_close(writer, err);
        inverter->cursors[term->number] = NOWHERE;
    }
    return code;
}

static enum err_code
encode_common(struct inverter *inverter, const struct term *term,
              struct run_writer *writer, struct error *err)
{
    char space[TOKENIZER_TOKEN_MAX_CP * 4];
    enum err_code code =
        run_writer_open(writer, term_bytes(inverter, term, space), err);

    if (code == ERR_OK)
        code = encode_alone(inverter, term->number, writer, err);
    return code == ERR_OK ? run_writer_close(writer, err) : code;
}

static enum err_code
encode(struct inverter *inverter, const struct invert_texts *texts,
       struct buf *run, struct error *err)
{
    struct run_writer writer = {.run = run, .first_row = texts->first_row};
    size_t most = inverter->token_count < SCATTER_MAX ? inverter->token_count
                                                      : SCATTER_MAX;
    enum err_code code = grow(&inverter->cursors, &inverter->cursor_cap,
                              inverter->term_count, sizeof(uint32_t), err);

    if (code == ERR_OK)
        code = grow(&inverter->places, &inverter->place_cap, most,
                    sizeof(struct run_place), err);
    if (code != ERR_OK)
        return code;
    for (uint32_t i = 0; i < inverter->term_count; i++)
        inverter->cursors[i] = NOWHERE;
    for (size_t i = 0; code == ERR_OK && i < inverter->term_count;) {
        size_t end = plan_pass(inverter, i);

        if (end == i) {
            code = encode_common(inverter, inverter->sorted[i++].term, &writer,
                                 err);
            continue;
        }
        deal_out(inverter, texts->count);
        code = encode_pass(inverter, i, end, &writer, err);
        i = end;
    }
    return code;
}

/* Forget the texts; keep the memory unless they were many. */
static void
forget(struct inverter *inverter)
{
    if (inverter->slots)
        memset(inverter->slots, 0,
               inverter->slot_count * sizeof(*inverter->slots));
    inverter->term_count = 0;
    inverter->token_count = 0;
    inverter->pending_count = 0;
    inverter->waiting.len = 0;
    inverter->rests.len = 0;
    inverter->code = ERR_OK;
}

enum err_code
inverter_run(struct inverter *inverter, const struct invert_texts *texts,
             struct inverted_text *out, struct buf *run, struct error *err)
{
    enum err_code code = ERR_OK;

    forget(inverter);
    if (!inverter->slots)
        code = grow_slots(inverter, err);
    if (code == ERR_OK)
        code = take_texts(inverter, texts, out, err);
    if (code == ERR_OK)
        code = sort_terms(inverter, err);
    if (code == ERR_OK)
        code = encode(inverter, texts, run, err);
    return code;
}
