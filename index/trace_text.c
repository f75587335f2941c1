/* Cuts an output into words and looks them up in the term dictionaries of all
 * partitions: how many documents have each decides what can be an anchor. */
#include "config.h"

#include "trace_text.h"

#include <math.h>
#include <stdlib.h>

#include "dictionary.h"
#include "docsize.h"
#include "fold.h"
#include "minhash.h"
#include "search_rank.h"
#include "stet/db.h"
#include "stet/utf8.h"

#define SHARE_WORDS 0.3
#define SHARE_CHARACTERS 0.6
#define TABLE_SIZE (4u * TRACE_WORDS_MAX) /* a power of two */

/* The words as they come. */
struct cutting {
    struct trace_text *text;
    uint32_t *table; /* numbers of terms plus 1, by hash */
    enum err_code code;
};

static bool
is_unspaced(struct str folded)
{
    unsigned len;

    return fold_glyph(utf8_decode(folded, 0, &len)) == GLYPH_UNSPACED;
}

/* The term's number; a new one if it is. */
static uint32_t
number_of(struct cutting *cutting, struct str folded)
{
    struct trace_text *text = cutting->text;
    uint32_t slot = (uint32_t)minhash_token(folded) & (TABLE_SIZE - 1);
    struct trace_term *term;

    for (; cutting->table[slot]; slot = (slot + 1) & (TABLE_SIZE - 1))
        if (str_equal(text->terms[cutting->table[slot] - 1].folded, folded))
            return cutting->table[slot] - 1;
    term = &text->terms[text->term_count++];
    term->folded = arena_copy(&text->arena, folded);
    if (!term->folded.ptr)
        cutting->code = ERR_NOMEM;
    term->unspaced = is_unspaced(folded);
    cutting->table[slot] = (uint32_t)text->term_count;
    return (uint32_t)text->term_count - 1;
}

static bool
take_word(void *ctx, const struct token *token)
{
    struct cutting *cutting = ctx;
    struct trace_text *text = cutting->text;

    if (text->word_count == TRACE_WORDS_MAX) {
        text->words_cut++;
        return true;
    }
    text->words[text->word_count++] =
        (struct trace_word){.term = number_of(cutting, token->folded),
                            .text = {token->start, token->end}};
    return cutting->code == ERR_OK;
}

static enum err_code
cut(struct trace_text *text, struct str output, struct error *err)
{
    struct tokenizer *tokenizer = tokenizer_new();
    struct cutting cutting = {.text = text};

    cutting.table = calloc(TABLE_SIZE, sizeof(*cutting.table));
    if (cutting.table)
        tokenizer_run(tokenizer, output, take_word, &cutting);
    else
        cutting.code = ERR_NOMEM;
    free(cutting.table);
    tokenizer_free(tokenizer);
    return cutting.code == ERR_OK ? ERR_OK : error_nomem(err);
}

/* Whether what stands between two words ends a sentence: a line, a full stop
 * before white space, or one of East Asia. */
static bool
ends_sentence(struct str gap)
{
    bool stop = false;
    unsigned len;

    for (size_t at = 0; at < gap.len; at += len) {
        uint32_t cp = utf8_decode(gap, at, &len);

        if (cp == '\n' || cp == 0x3002 || cp == 0xFF01 || cp == 0xFF1F ||
            cp == 0xFF61 || (stop && (cp == ' ' || cp == '\t' || cp == '\r')))
            return true;
        stop = stop || cp == '.' || cp == '!' || cp == '?' || cp == 0x2026;
    }
    return false;
}

static void
mark_sentences(struct trace_text *text, struct str output)
{
    for (uint32_t i = 1; i < text->word_count; i++) {
        size_t from = text->words[i - 1].text.end;
        size_t to = text->words[i].text.start;

        text->words[i].begins =
            to > from && ends_sentence(str_slice(output, from, to));
    }
}

static enum err_code
count_tokens(struct trace_text *text, const struct search *search,
             struct error *err)
{
    enum err_code code = ERR_OK;

    for (unsigned i = 0;
         code == ERR_OK && i < index_partition_count(search->index); i++) {
        int64_t rows = 0;
        int64_t tokens = 0;

        code = docsize_totals(index_partition_db(search->index, i), &rows,
                              &tokens, err);
        text->rows += (uint64_t)rows;
        text->tokens += (uint64_t)tokens;
    }
    return code;
}

/* Words come as points of a Poisson process do: the documents without a word
 * say how often one has it. */
static double
rarity_of(const struct trace_text *text, uint64_t documents)
{
    double rows = (double)text->rows;
    double having = documents > 0 ? (double)documents : 0.5;
    double often;

    if (having > rows - 0.5)
        having = rows - 0.5;
    if (rows < 1 || text->tokens == 0)
        return 0;
    often = -log1p(-having / rows) * rows / (double)text->tokens;
    return often < 1 ? -log10(often) : 0;
}

static enum err_code
look_up(struct trace_text *text, const struct search *search,
        uint32_t anchor_documents, struct error *err)
{
    unsigned partitions = index_partition_count(search->index);
    enum err_code code = count_tokens(text, search, err);

    for (size_t i = 0; code == ERR_OK && i < text->term_count; i++) {
        struct trace_term *term = &text->terms[i];

        for (unsigned part = 0; code == ERR_OK && part < partitions; part++) {
            uint32_t documents = 0;

            code = dictionary_find(index_partition_db(search->index, part),
                                   term->folded, &documents, err);
            term->documents += documents;
        }
        term->rarity = rarity_of(text, term->documents);
        term->idf = rank_idf((int64_t)text->rows, (int64_t)term->documents);
        term->anchor =
            term->documents > 0 && term->documents <= anchor_documents;
    }
    return code;
}

/* Words of scripts without spaces have two ideographs, or about four signs of
 * a syllable or a sound. */
static uint32_t
weight_of(const struct trace_term *term)
{
    unsigned len;
    uint32_t cp;

    if (!term->unspaced)
        return TRACE_WORD_WEIGHT;
    cp = utf8_decode(term->folded, 0, &len);
    return (cp >= 0x3400 && cp <= 0x9FFF) || cp >= 0x20000 ||
                   (cp >= 0xF900 && cp <= 0xFAFF)
               ? TRACE_WORD_WEIGHT / 2
               : TRACE_WORD_WEIGHT / 4;
}

/* How far a span with each word can go at most: not over a word that no
 * document has, nor over the start of a sentence. */
static void
find_limits(struct trace_text *text)
{
    uint32_t start = 0;
    uint32_t end = text->word_count;

    for (uint32_t i = 0; i < text->word_count; i++) {
        const struct trace_term *term = &text->terms[text->words[i].term];

        if (text->words[i].begins)
            start = i;
        text->starts[i] = start;
        if (term->documents == 0)
            start = i + 1;
        text->weights[i + 1] = text->weights[i] + weight_of(term);
    }
    for (uint32_t i = text->word_count; i-- > 0;) {
        if (text->terms[text->words[i].term].documents == 0)
            end = i;
        text->ends[i] = end;
        if (text->words[i].begins)
            end = i;
    }
}

/* --- anchors --- */

static bool
is_phrase(const struct trace_text *text, uint32_t at)
{
    if (at + TRACE_PHRASE > text->word_count)
        return false;
    for (uint32_t i = 0; i < TRACE_PHRASE; i++) {
        const struct trace_word *word = &text->words[at + i];
        const struct trace_term *term = &text->terms[word->term];

        if (!term->unspaced || term->anchor || term->documents == 0 ||
            (i > 0 && word->begins))
            return false;
    }
    return true;
}

static struct trace_anchor
anchor_at(const struct trace_text *text, uint32_t at)
{
    struct trace_anchor anchor = {.length = 1};
    const struct trace_term *term = &text->terms[text->words[at].term];

    anchor.terms[0] = text->words[at].term;
    anchor.documents = term->documents;
    if (term->anchor)
        return anchor;
    anchor.length = TRACE_PHRASE;
    anchor.documents = 0;
    for (uint32_t i = 0; i < TRACE_PHRASE; i++)
        anchor.terms[i] = text->words[at + i].term;
    return anchor;
}

static bool
has_anchor(const struct trace_text *text, uint32_t at)
{
    return text->terms[text->words[at].term].anchor || is_phrase(text, at);
}

static int
compare_anchors(const void *a, const void *b)
{
    const struct trace_anchor *x = a;
    const struct trace_anchor *y = b;

    for (uint32_t i = 0; i < TRACE_PHRASE; i++)
        if (x->terms[i] != y->terms[i])
            return x->terms[i] < y->terms[i] ? -1 : 1;
    return (x->length > y->length) - (x->length < y->length);
}

static void
list_anchors(struct trace_text *text)
{
    size_t kept = 0;

    for (uint32_t i = 0; i < text->word_count; i++)
        if (has_anchor(text, i))
            text->anchors[text->anchor_count++] = anchor_at(text, i);
    qsort(text->anchors, text->anchor_count, sizeof(*text->anchors),
          compare_anchors);
    for (size_t i = 0; i < text->anchor_count; i++)
        if (kept == 0 ||
            compare_anchors(&text->anchors[kept - 1], &text->anchors[i]) != 0)
            text->anchors[kept++] = text->anchors[i];
    text->anchor_count = kept;
}

enum err_code
trace_text_settle(struct trace_text *text, const struct trace_options *options,
                  struct error *err)
{
    text->units = arena_alloc(&text->arena,
                              (text->word_count + 1) * sizeof(*text->units));
    if (!text->units)
        return error_nomem(err);
    for (size_t i = 0; i < text->anchor_count; i++) {
        struct trace_anchor *anchor = &text->anchors[i];

        anchor->dropped =
            anchor->dropped || anchor->documents > options->anchor_documents;
        anchor->weight =
            rank_idf((int64_t)text->rows, (int64_t)anchor->documents);
    }
    for (uint32_t i = 0; i < text->word_count; i++) {
        struct trace_anchor wanted;
        const struct trace_anchor *found;

        if (!has_anchor(text, i))
            continue;
        wanted = anchor_at(text, i);
        found = bsearch(&wanted, text->anchors, text->anchor_count,
                        sizeof(wanted), compare_anchors);
        if (found && !found->dropped)
            text->units[text->unit_count++] = (struct trace_unit){
                i, wanted.length, (uint32_t)(found - text->anchors)};
    }
    return ERR_OK;
}

/* Each anchor counts as its share says. */
static double
sum_weights(const struct trace_text *text, double words, double characters)
{
    double weight = 0;

    for (size_t i = 0; i < text->anchor_count; i++) {
        const struct trace_anchor *anchor = &text->anchors[i];

        if (!anchor->dropped && anchor->documents > 0)
            weight +=
                anchor->weight *
                (text->terms[anchor->terms[0]].unspaced ? characters : words);
    }
    return weight;
}

double
trace_text_anchor_weight(const struct trace_text *text)
{
    return sum_weights(text, 1, 1);
}

double
trace_text_rare_weight(const struct trace_text *text)
{
    return sum_weights(text, SHARE_WORDS, SHARE_CHARACTERS);
}

double
trace_text_rarity(const struct trace_text *text, uint32_t first, uint32_t end)
{
    double rarity = 0;

    for (uint32_t i = first; i < end; i++)
        rarity += text->terms[text->words[i].term].rarity;
    return rarity;
}

/* --- all of it --- */

static enum err_code
allocate(struct trace_text *text, struct error *err)
{
    size_t count = TRACE_WORDS_MAX + 1;

    text->terms = calloc(count, sizeof(*text->terms));
    text->words = calloc(count, sizeof(*text->words));
    text->weights = calloc(count, sizeof(*text->weights));
    text->starts = calloc(count, sizeof(*text->starts));
    text->ends = calloc(count, sizeof(*text->ends));
    text->anchors = calloc(count, sizeof(*text->anchors));
    if (!text->terms || !text->words || !text->weights || !text->starts ||
        !text->ends || !text->anchors)
        return error_nomem(err);
    return ERR_OK;
}

enum err_code
trace_text_make(struct trace_text *text, const struct search *search,
                struct str output, const struct trace_options *options,
                struct error *err)
{
    enum err_code code;

    *text = (struct trace_text){0};
    arena_init(&text->arena, 0);
    code = allocate(text, err);
    if (code == ERR_OK)
        code = cut(text, output, err);
    if (code == ERR_OK && options->within_sentences)
        mark_sentences(text, output);
    if (code == ERR_OK)
        code = look_up(text, search, options->anchor_documents, err);
    if (code != ERR_OK)
        return code;
    find_limits(text);
    list_anchors(text);
    return ERR_OK;
}

void
trace_text_release(struct trace_text *text)
{
    arena_release(&text->arena);
    free(text->terms);
    free(text->words);
    free(text->weights);
    free(text->starts);
    free(text->ends);
    free(text->anchors);
}
