/* From an output of a model to the documents that have the same words: spans
 * of the output that stand in the corpus word for word, the documents they
 * stand in, and documents that share many of its rare words. Lexical evidence:
 * it says where words stand, not what a model learned from.
 *
 * A span is words of the output in sequence (docs/tokenizer.md: case, accents
 * and punctuation make no difference). Spans are maximal: no document has one
 * with a word more at either end. Each has an anchor: a word that few documents
 * have or, in scripts without spaces, three characters in a row that few have.
 * What is made only of frequent words is not looked for. */
#ifndef STET_TRACE_H
#define STET_TRACE_H

#include "stet/index.h"

struct trace_options {
    uint32_t anchor_documents; /* an anchor is in at most so many */
    /* Of a span; in scripts without spaces two ideographs or four other
     * characters count as a word. */
    uint32_t min_words;
    double density;           /* spans to keep for each word of the output */
    uint32_t span_documents;  /* to fetch for a span */
    uint32_t fuzzy_documents; /* to list at most; 0: not looked for */
    uint64_t seed;            /* chooses among a span's documents */
    bool within_sentences;    /* spans do not go over the end of one */
    const int *cancel;        /* or NULL */
};
#define TRACE_ANCHOR_DOCUMENTS 10000u
#define TRACE_MIN_WORDS 6u
#define TRACE_DENSITY 0.05
#define TRACE_SPAN_DOCUMENTS 10u
#define TRACE_FUZZY_DOCUMENTS 5u
#define TRACE_WORDS_MAX 8192u /* of an output; the rest is cut */
struct trace_options trace_options_default(void);

struct trace_span {
    struct span text;    /* of the output */
    uint32_t first, end; /* its words, by number */
    double rarity; /* minus the decimal logarithm of the chance that words drawn
                    * one by one, as often as the corpus has them, are these */
    uint32_t documents; /* that have it, all of them */
};

enum trace_likeness {
    TRACE_BYTES, /* the same bytes, punctuation and all */
    TRACE_WORDS, /* the same words */
    TRACE_UNREAD /* known from the index; the text could not be read */
};
struct trace_match {
    uint32_t span;             /* of trace->spans */
    struct span text;          /* of the document, unless unread */
    uint64_t start_cp, end_cp; /* the same in code points */
    enum trace_likeness likeness;
};

struct trace_copy {
    uint32_t doc;
    bool exact; /* the same text; else a near copy (stet/similar.h) */
};
struct trace_document {
    uint32_t doc;
    double rank; /* bm25 of the prompt plus that of the output */
    struct trace_match *matches; /* by span; none: found by its rare words */
    size_t match_count;
    /* Of the output's anchors, in its passage that has the most of them; none:
     * all is 0. */
    uint32_t rare_words; /* different ones */
    double rare_share;   /* of the weight (idf) of all */
    struct span passage; /* about as long as the output; */
    uint64_t passage_start_cp, passage_end_cp; /* in code points */
    struct trace_copy *copies; /* of it, among those that were fetched */
    size_t copy_count;
    bool unread; /* its shard is not what was indexed: no rank */
};

struct trace {
    uint32_t words;           /* tokens of the output that were looked at */
    uint32_t words_cut;       /* and behind them */
    uint32_t anchors;         /* words that are (in) an anchor */
    uint32_t unknown;         /* words that are in no document */
    uint32_t spans_found;     /* maximal spans, of which `spans` are kept */
    uint32_t dropped_anchors; /* words or characters too repetitive to follow */
    uint32_t dropped_documents; /* the same */
    uint32_t documents;         /* searched */
    struct trace_span *spans;   /* the rarest first */
    size_t span_count;
    struct trace_document *list; /* with spans first; by rank */
    size_t count;
};

/* Trace an output; `prompt` may be empty. *out is the caller's: trace_free().
 *
 * Cost:    grows with the documents that have the output's anchors, not with
 *          the corpus; in scripts without spaces also with the documents that
 *          have its characters. Partitions are searched side by side.
 * Fails:   ERR_CANCELLED; ERR_NOMEM; what reading the index gives.
 * Threads: as the index's handle. */
enum err_code index_trace(struct index *index, struct str prompt,
                          struct str output,
                          const struct trace_options *options,
                          struct trace **out, struct error *err);
void trace_free(struct trace *trace); /* NULL allowed */

#endif
