/* Reads the documents of a trace. Each is cut into words once: that gives the
 * bytes of its spans, its bm25, and the shingles by which copies are known. */
#include "config.h"

#include "trace_documents.h"

#include <stdlib.h>

#include "fts.h"
#include "minhash.h"
#include "stet/pool.h"
#include "stet/similar.h"
#include "stet/utf8.h"
#include "trace_passage.h"

/* Bins that must be equal before texts are compared: at a Jaccard of 0.8, 25.6
 * of 32 are, with a deviation of 2.3. */
#define BINS_LEAST 16u
#define FUZZY_READ 48u /* the heaviest are read to be ranked */

/* A word of output or prompt. */
struct query_word {
    uint64_t hash;
    double weight;  /* idf, twice when it is in both */
    uint32_t often; /* in the document at hand */
};

struct fetched {
    struct trace_document document;
    struct hash text_hash;
    struct minhash signature;
    uint64_t *tokens; /* hashes; NULL: made shingles of, or none */
    size_t token_count;
    struct shingles shingles; /* made when they are asked for */
    double rarity;            /* of its spans: for those that rank alike */
};

struct fetching {
    const struct trace_sources *sources;
    const struct trace *trace;
    struct tokenizer *tokenizer;
    struct trace_passages *passages;
    double all_weight;        /* of the output's anchors */
    struct query_word *words; /* by hash */
    size_t word_count;
    struct fetched *list;
    size_t count;

    /* Of the document at hand. */
    struct arena arena;
    uint64_t *hashes; /* of its tokens */
    struct span *places;
    size_t token_count, token_cap;
    bool failed;
};

/* --- words --- */

static int
compare_words(const void *a, const void *b)
{
    const struct query_word *x = a;
    const struct query_word *y = b;

    return (x->hash > y->hash) - (x->hash < y->hash);
}

static void
add_words(struct fetching *fetching, const struct trace_text *text)
{
    for (size_t i = 0; i < text->term_count; i++)
        fetching->words[fetching->word_count++] =
            (struct query_word){.hash = minhash_token(text->terms[i].folded),
                                .weight = text->terms[i].idf};
}

static enum err_code
make_words(struct fetching *fetching, struct error *err)
{
    const struct trace_sources *sources = fetching->sources;
    size_t kept = 0;

    fetching->words =
        malloc((sources->output->term_count + sources->prompt->term_count + 1) *
               sizeof(*fetching->words));
    if (!fetching->words)
        return error_nomem(err);
    add_words(fetching, sources->output);
    add_words(fetching, sources->prompt);
    qsort(fetching->words, fetching->word_count, sizeof(*fetching->words),
          compare_words);
    for (size_t i = 0; i < fetching->word_count; i++) {
        if (kept > 0 &&
            fetching->words[kept - 1].hash == fetching->words[i].hash)
            fetching->words[kept - 1].weight += fetching->words[i].weight;
        else
            fetching->words[kept++] = fetching->words[i];
    }
    fetching->word_count = kept;
    return ERR_OK;
}

static bool
grow_tokens(struct fetching *fetching)
{
    size_t cap = fetching->token_cap ? fetching->token_cap * 2 : 1024;
    uint64_t *hashes = realloc(fetching->hashes, cap * sizeof(*hashes));
    struct span *places;

    if (!hashes)
        return false;
    fetching->hashes = hashes;
    places = realloc(fetching->places, cap * sizeof(*places));
    if (!places)
        return false;
    fetching->places = places;
    fetching->token_cap = cap;
    return true;
}

static bool
take_token(void *ctx, const struct token *token)
{
    struct fetching *fetching = ctx;
    struct query_word wanted = {.hash = minhash_token(token->folded)};
    struct query_word *found;

    if (fetching->token_count == fetching->token_cap &&
        !grow_tokens(fetching)) {
        fetching->failed = true;
        return false;
    }
    fetching->hashes[fetching->token_count] = wanted.hash;
    fetching->places[fetching->token_count++] =
        (struct span){token->start, token->end};
    found = bsearch(&wanted, fetching->words, fetching->word_count,
                    sizeof(wanted), compare_words);
    if (found)
        found->often++;
    return true;
}

/* --- a document --- */

static double
rank_of(const struct fetching *fetching)
{
    const struct trace_text *text = fetching->sources->output;
    double mean = text->rows ? (double)text->tokens / (double)text->rows : 1;
    double rank = 0;

    for (size_t i = 0; i < fetching->word_count; i++)
        if (fetching->words[i].often > 0)
            rank += fts_bm25_part(fetching->words[i].weight,
                                  fetching->words[i].often,
                                  (double)fetching->token_count, mean);
    return rank;
}

/* Where tokens [first, end) are in the text. */
static struct span
stretch_at(const struct fetching *fetching, struct str text, size_t first,
           size_t end, uint64_t *start_cp, uint64_t *end_cp)
{
    struct span span = {fetching->places[first].start,
                        fetching->places[end - 1].end};

    *start_cp = utf8_count(str_slice(text, 0, span.start));
    *end_cp = *start_cp + utf8_count(str_slice(text, span.start, span.end));
    return span;
}

/* How the span's words stand in the text. */
static struct trace_match
match_at(const struct fetching *fetching, struct str text,
         const struct trace_find *find)
{
    const struct trace_span *span = &fetching->trace->spans[find->span];
    const struct trace_text *output = fetching->sources->output;
    uint32_t count = span->end - span->first;
    struct trace_match match = {.span = find->span, .likeness = TRACE_UNREAD};

    if (find->place > fetching->token_count ||
        count > fetching->token_count - find->place)
        return match;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t term = output->words[span->first + i].term;

        if (fetching->hashes[find->place + i] !=
            minhash_token(output->terms[term].folded))
            return match;
    }
    match.text.start = fetching->places[find->place].start;
    match.text.end = fetching->places[find->place + count - 1].end;
    match.start_cp = utf8_count(str_slice(text, 0, match.text.start));
    match.end_cp = match.start_cp + utf8_count(str_slice(text, match.text.start,
                                                         match.text.end));
    match.likeness =
        str_equal(str_slice(text, match.text.start, match.text.end),
                  str_slice(fetching->sources->output_text, span->text.start,
                            span->text.end))
            ? TRACE_BYTES
            : TRACE_WORDS;
    return match;
}

static enum err_code
find_passage(struct fetching *fetching, struct str text,
             struct trace_document *document, struct error *err)
{
    struct trace_passage passage;
    enum err_code code =
        trace_passages_find(fetching->passages, fetching->hashes,
                            fetching->token_count, &passage, err);

    if (code != ERR_OK || passage.anchors == 0)
        return code;
    document->rare_words = passage.anchors;
    document->rare_share = passage.weight / fetching->all_weight;
    document->passage =
        stretch_at(fetching, text, passage.first, passage.end,
                   &document->passage_start_cp, &document->passage_end_cp);
    return ERR_OK;
}

/* The text's words counted and compared. */
static enum err_code
read_text(struct fetching *fetching, const struct document *read,
          struct fetched *fetched, struct error *err)
{
    fetching->token_count = 0;
    for (size_t i = 0; i < fetching->word_count; i++)
        fetching->words[i].often = 0;
    tokenizer_run(fetching->tokenizer, read->text, take_token, fetching);
    if (fetching->failed)
        return error_nomem(err);
    fetched->document.rank = rank_of(fetching);
    fetched->text_hash = read->text_hash;
    if (fetching->token_count >= MINHASH_TOKENS_MIN)
        minhash_make(fetching->hashes, fetching->token_count,
                     &fetched->signature);
    fetched->tokens = malloc((fetching->token_count + 1) * sizeof(uint64_t));
    if (!fetched->tokens)
        return error_nomem(err);
    if (fetching->token_count > 0)
        memcpy(fetched->tokens, fetching->hashes,
               fetching->token_count * sizeof(uint64_t));
    fetched->token_count = fetching->token_count;
    return find_passage(fetching, read->text, &fetched->document, err);
}

static enum err_code
fetch(struct fetching *fetching, uint32_t doc, const struct trace_find *finds,
      size_t count, struct error *err)
{
    struct fetched *fetched = &fetching->list[fetching->count++];
    const struct document *read = NULL;
    struct error problem = ERROR_INIT;
    enum err_code code;

    *fetched = (struct fetched){.document.doc = doc};
    arena_reset(&fetching->arena);
    code = index_document(fetching->sources->index, doc, &fetching->arena,
                          &read, &problem);
    if (code == ERR_NOMEM) {
        *err = problem;
        return code;
    }
    fetched->document.unread = code != ERR_OK;
    if (code == ERR_OK)
        code = read_text(fetching, read, fetched, err);
    else
        code = ERR_OK;
    fetched->document.matches =
        calloc(count + 1, sizeof(*fetched->document.matches));
    if (code != ERR_OK || !fetched->document.matches)
        return code != ERR_OK ? code : error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        struct trace_match match = {.span = finds[i].span,
                                    .likeness = TRACE_UNREAD};

        if (read)
            match = match_at(fetching, read->text, &finds[i]);
        fetched->document.matches[fetched->document.match_count++] = match;
        fetched->rarity += fetching->trace->spans[finds[i].span].rarity;
    }
    return ERR_OK;
}

static enum err_code
check_cancel(const struct fetching *fetching, struct error *err)
{
    if (!cancel_is_set(fetching->sources->options->cancel))
        return ERR_OK;
    return error_set(err, ERR_CANCELLED, "%s", err_code_text(ERR_CANCELLED));
}

static enum err_code
fetch_finds(struct fetching *fetching, const struct trace_find *finds,
            size_t count, struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t at = 0; code == ERR_OK && at < count;) {
        size_t end = at + 1;

        while (end < count && finds[end].doc == finds[at].doc)
            end++;
        code = check_cancel(fetching, err);
        if (code == ERR_OK)
            code = fetch(fetching, finds[at].doc, finds + at, end - at, err);
        at = end;
    }
    return code;
}

/* --- those without a span --- */

static bool
is_fetched(const struct fetching *fetching, uint32_t doc)
{
    for (size_t i = 0; i < fetching->count; i++)
        if (fetching->list[i].document.doc == doc)
            return true;
    return false;
}

static void
forget(struct fetched *fetched)
{
    free(fetched->document.matches);
    shingles_release(&fetched->shingles);
    free(fetched->tokens);
}

/* Only those with a passage that is like the output stay. */
static enum err_code
fetch_weighed(struct fetching *fetching, const struct trace_weighed *weighed,
              size_t count, struct error *err)
{
    double least = trace_text_rare_weight(fetching->sources->output);
    size_t left = FUZZY_READ;
    enum err_code code = ERR_OK;

    for (size_t i = 0; code == ERR_OK && i < count && left > 0; i++) {
        const struct trace_document *document;

        if (is_fetched(fetching, weighed[i].doc))
            continue;
        left--;
        code = check_cancel(fetching, err);
        if (code == ERR_OK)
            code = fetch(fetching, weighed[i].doc, NULL, 0, err);
        if (code != ERR_OK)
            break;
        document = &fetching->list[fetching->count - 1].document;
        if (document->rare_share * fetching->all_weight < least ||
            document->rare_words < TRACE_RARE_WORDS)
            forget(&fetching->list[--fetching->count]);
    }
    return code;
}

/* --- order and copies --- */

static int
compare_fetched(const void *a, const void *b)
{
    const struct fetched *x = a;
    const struct fetched *y = b;

    if ((x->document.match_count > 0) != (y->document.match_count > 0))
        return x->document.match_count > 0 ? -1 : 1;
    if (x->document.rank != y->document.rank)
        return x->document.rank > y->document.rank ? -1 : 1;
    if (x->rarity != y->rarity)
        return x->rarity > y->rarity ? -1 : 1;
    return (x->document.doc > y->document.doc) -
           (x->document.doc < y->document.doc);
}

/* Whether `other` has no span that `first` lacks. */
static bool
has_spans_of(const struct fetched *first, const struct fetched *other)
{
    size_t at = 0;

    for (size_t i = 0; i < other->document.match_count; i++) {
        while (at < first->document.match_count &&
               first->document.matches[at].span <
                   other->document.matches[i].span)
            at++;
        if (at == first->document.match_count ||
            first->document.matches[at].span != other->document.matches[i].span)
            return false;
    }
    return true;
}

static enum err_code
make_shingles(struct fetched *fetched, struct error *err)
{
    enum err_code code = ERR_OK;

    if (fetched->tokens)
        code = shingles_take(&fetched->shingles, fetched->tokens,
                             fetched->token_count, err);
    free(fetched->tokens);
    fetched->tokens = NULL;
    return code;
}

static enum err_code
is_copy(struct fetched *first, struct fetched *other, bool *copy, bool *exact,
        struct error *err)
{
    enum err_code code;

    *copy = *exact = false;
    if (first->document.unread || other->document.unread)
        return ERR_OK;
    *copy = *exact = hash_equal(&first->text_hash, &other->text_hash);
    if (*exact || minhash_is_none(&first->signature) ||
        minhash_matches(&first->signature, &other->signature) < BINS_LEAST ||
        !has_spans_of(first, other))
        return ERR_OK;
    code = make_shingles(first, err);
    if (code == ERR_OK)
        code = make_shingles(other, err);
    if (code == ERR_OK)
        *copy = shingles_jaccard(&first->shingles, &other->shingles) >=
                SIMILAR_THRESHOLD;
    return code;
}

static enum err_code
add_copy(struct trace_document *first, uint32_t doc, bool exact,
         struct error *err)
{
    struct trace_copy *copies =
        realloc(first->copies, (first->copy_count + 1) * sizeof(*copies));

    if (!copies)
        return error_nomem(err);
    first->copies = copies;
    first->copies[first->copy_count++] = (struct trace_copy){doc, exact};
    return ERR_OK;
}

/* Put each document into the trace, or under the one that it is a copy of. */
static enum err_code
give(struct fetching *fetching, struct trace *trace, struct error *err)
{
    size_t *origins = calloc(fetching->count + 1, sizeof(*origins));
    uint32_t fuzzy = 0;
    enum err_code code = ERR_OK;

    trace->list = calloc(fetching->count + 1, sizeof(*trace->list));
    if (!trace->list || !origins)
        code = error_nomem(err);
    for (size_t i = 0; code == ERR_OK && i < fetching->count; i++) {
        struct fetched *fetched = &fetching->list[i];
        bool copy = false;
        bool exact = false;
        size_t at = 0;

        for (; code == ERR_OK && at < trace->count; at++) {
            code = is_copy(&fetching->list[origins[at]], fetched, &copy, &exact,
                           err);
            if (copy)
                break;
        }
        if (copy)
            code =
                add_copy(&trace->list[at], fetched->document.doc, exact, err);
        if (copy || code != ERR_OK)
            continue;
        if (fetched->document.match_count == 0 &&
            fuzzy++ >= fetching->sources->options->fuzzy_documents)
            break;
        origins[trace->count] = i;
        trace->list[trace->count++] = fetched->document;
    }
    for (size_t i = 0; i < trace->count; i++) /* they are the trace's now */
        fetching->list[origins[i]].document.matches = NULL;
    free(origins);
    return code;
}

static void
release(struct fetching *fetching)
{
    for (size_t i = 0; i < fetching->count; i++)
        forget(&fetching->list[i]);
    free(fetching->list);
    free(fetching->words);
    free(fetching->hashes);
    free(fetching->places);
    arena_release(&fetching->arena);
    tokenizer_free(fetching->tokenizer);
    trace_passages_free(fetching->passages);
}

enum err_code
trace_documents(struct trace *trace, const struct trace_sources *sources,
                const struct trace_find *finds, size_t count,
                const struct trace_weighed *weighed, size_t weighed_count,
                struct error *err)
{
    struct fetching fetching = {
        .sources = sources,
        .trace = trace,
        .tokenizer = tokenizer_new(),
        .passages = trace_passages_new(sources->output),
        .all_weight = trace_text_anchor_weight(sources->output),
        .list = calloc(count + FUZZY_READ + 1, sizeof(struct fetched)),
    };
    enum err_code code;

    arena_init(&fetching.arena, 0);
    code = fetching.list ? make_words(&fetching, err) : error_nomem(err);
    if (code == ERR_OK)
        code = fetch_finds(&fetching, finds, count, err);
    if (code == ERR_OK)
        code = fetch_weighed(&fetching, weighed, weighed_count, err);
    if (code == ERR_OK && fetching.count > 1)
        qsort(fetching.list, fetching.count, sizeof(*fetching.list),
              compare_fetched);
    if (code == ERR_OK)
        code = give(&fetching, trace, err);
    release(&fetching);
    return code;
}
