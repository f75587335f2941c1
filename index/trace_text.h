/* An output as trace sees it: words, and which of them are anchors. */
#ifndef INDEX_TRACE_TEXT_H
#define INDEX_TRACE_TEXT_H

#include "search_eval.h"
#include "stet/trace.h"

#define TRACE_PHRASE 3u /* characters of an anchor without spaces */

/* Of the documents without a span only those are given of which a passage has
 * enough of the output's anchors: so many, and trace_text_rare_weight(). */
#define TRACE_RARE_WORDS 5u

struct trace_term {
    struct str folded;
    uint64_t documents; /* that have it */
    double rarity;      /* of trace_span */
    double idf;
    bool unspaced; /* of a script without spaces */
    bool anchor;
};

struct trace_word {
    uint32_t term;
    struct span text;
    bool begins; /* no span may have both this and the word before */
};

/* An anchor, once, however often it stands in the output. */
struct trace_anchor {
    uint32_t terms[TRACE_PHRASE];
    uint32_t length;    /* terms of it: 1 or TRACE_PHRASE */
    uint64_t documents; /* that have it */
    double weight;      /* idf; known when they are settled */
    bool dropped;       /* too many, or too often */
};

/* A place of an anchor in the output. */
struct trace_unit {
    uint32_t at; /* its first word */
    uint32_t length;
    uint32_t anchor;
};

struct trace_text {
    struct arena arena;
    struct trace_term *terms;
    size_t term_count;
    struct trace_word *words;
    uint32_t word_count, words_cut;
    uint32_t *weights; /* word_count + 1: of the words before each word */
    uint32_t *starts;  /* the first word that a span with this one may have */
    uint32_t *ends;    /* and behind its last one */
    struct trace_anchor *anchors;
    size_t anchor_count;
    struct trace_unit *units; /* by place */
    uint32_t unit_count;

    uint64_t rows, tokens; /* of the corpus */
};

/* Cut the output into words and ask the dictionaries. trace_text_release() also
 * after a failure. */
enum err_code trace_text_make(struct trace_text *text,
                              const struct search *search, struct str output,
                              const struct trace_options *options,
                              struct error *err);
void trace_text_release(struct trace_text *text);
/* The anchors that are phrases have their documents now: leave out those with
 * too many, and list the places of the others. */
enum err_code trace_text_settle(struct trace_text *text,
                                const struct trace_options *options,
                                struct error *err);
/* Of all anchors that some document has. */
double trace_text_anchor_weight(const struct trace_text *text);
/* What a passage that is like the output has of that: more where anchors are
 * characters, which any two texts of a language share sooner than words. */
double trace_text_rare_weight(const struct trace_text *text);
double trace_text_rarity(const struct trace_text *text, uint32_t first,
                         uint32_t end);
/* Weight of [first, end): TRACE_WORD_WEIGHT for a word, less for a character of
 * a script without spaces. */
#define TRACE_WORD_WEIGHT 4u
static inline uint32_t
trace_text_weight(const struct trace_text *text, uint32_t first, uint32_t end)
{
    return end > first ? text->weights[end] - text->weights[first] : 0;
}

#endif
