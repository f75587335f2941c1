/* The documents that are like one: its hash finds the exact copies; all
 * signatures are compared with its own, and the texts of the nearest are
 * read. */
#include "config.h"

#include "stet/similar.h"

#include <stdlib.h>

#include "index_impl.h"
#include "signatures.h"
#include "similar_read.h"
#include "stet/pool.h"
#include "stet/xalloc.h"

/* Bins that differ although the sets are alike: for a Jaccard of 0.8, 25.6 of
 * 32 are equal, with a deviation of 2.3, and more where shingles are few. */
#define BINS_SLACK 9.6

struct candidate {
    uint32_t doc;
    unsigned matches;
};

struct lookup {
    struct index *index;
    uint32_t doc;
    const struct similar_options *options;
    struct similar_report *report;

    struct similar_reader *reader;
    struct shingles wanted, other;
    struct minhash signature;
    struct bits exact; /* exact copies, and the document itself */
    struct candidate *candidates;
    size_t count, cap;
};

static enum err_code
check_cancel(const struct lookup *lookup, struct error *err)
{
    if (!cancel_is_set(lookup->options->cancel))
        return ERR_OK;
    return error_set(err, ERR_CANCELLED, "%s", err_code_text(ERR_CANCELLED));
}

static enum err_code
find_exact(struct lookup *lookup, struct error *err)
{
    struct document_place place;
    struct arena arena;
    uint32_t *docs = NULL;
    size_t count = 0;
    enum err_code code = index_place(lookup->index, lookup->doc, &place, err);

    arena_init(&arena, 0);
    if (code == ERR_OK)
        code = index_find_hash(lookup->index, &place.text_hash, &arena, &docs,
                               &count, err);
    for (size_t i = 0; code == ERR_OK && i < count; i++) {
        bits_set(&lookup->exact, docs[i]);
        if (docs[i] != lookup->doc)
            lookup->options->found(
                lookup->options->ctx,
                &(struct similar_document){docs[i], 1, true});
    }
    bits_set(&lookup->exact, lookup->doc);
    arena_release(&arena);
    return code;
}

static enum err_code
add_candidate(struct lookup *lookup, uint32_t doc, unsigned matches,
              struct error *err)
{
    if (lookup->count == lookup->cap) {
        size_t cap = lookup->cap ? lookup->cap * 2 : 256;
        struct candidate *list =
            realloc(lookup->candidates, cap * sizeof(*list));

        if (!list)
            return error_nomem(err);
        lookup->candidates = list;
        lookup->cap = cap;
    }
    lookup->candidates[lookup->count++] = (struct candidate){doc, matches};
    return ERR_OK;
}

static enum err_code
scan_partition(struct lookup *lookup, const struct open_partition *part,
               unsigned least, struct error *err)
{
    struct minhash list[PACK_BLOCK];
    uint32_t count = part->end - part->first;
    enum err_code code = ERR_OK;

    for (uint32_t at = 0; code == ERR_OK && at < count; at += PACK_BLOCK) {
        uint32_t filled = count - at < PACK_BLOCK ? count - at : PACK_BLOCK;

        code = check_cancel(lookup, err);
        if (code == ERR_OK)
            code =
                signatures_load(part->db, at / PACK_BLOCK, list, filled, err);
        for (uint32_t i = 0; code == ERR_OK && i < filled; i++) {
            unsigned matches = minhash_matches(&list[i], &lookup->signature);
            uint32_t doc = part->first + at + i;

            if (matches >= least && bits_get(&lookup->index->live, doc) &&
                !bits_get(&lookup->exact, doc))
                code = add_candidate(lookup, doc, matches, err);
        }
    }
    return code;
}

static int
compare_candidates(const void *a, const void *b)
{
    const struct candidate *x = a;
    const struct candidate *y = b;

    if (x->matches != y->matches)
        return x->matches > y->matches ? -1 : 1;
    return (x->doc > y->doc) - (x->doc < y->doc);
}

static enum err_code
verify(struct lookup *lookup, uint32_t doc, struct error *err)
{
    struct error problem = ERROR_INIT;
    double jaccard;
    enum err_code code =
        similar_read(lookup->reader, doc, &lookup->other, &problem);

    lookup->report->candidates++;
    if (code == ERR_NOMEM) {
        *err = problem;
        return code;
    }
    if (code != ERR_OK) {
        lookup->report->unreadable++;
        return ERR_OK;
    }
    jaccard = shingles_jaccard(&lookup->wanted, &lookup->other);
    if (jaccard >= lookup->options->threshold)
        lookup->options->found(lookup->options->ctx,
                               &(struct similar_document){doc, jaccard, false});
    return ERR_OK;
}

static enum err_code
find_near(struct lookup *lookup, struct error *err)
{
    double least = lookup->options->threshold * MINHASH_BINS - BINS_SLACK;
    const struct token_hashes *tokens = similar_reader_tokens(lookup->reader);
    enum err_code code =
        similar_read(lookup->reader, lookup->doc, &lookup->wanted, err);

    if (code != ERR_OK || tokens->count < MINHASH_TOKENS_MIN)
        return code;
    minhash_make(tokens->list, tokens->count, &lookup->signature);
    for (unsigned i = 0; code == ERR_OK && i < lookup->index->partition_count;
         i++)
        code = scan_partition(lookup, &lookup->index->partitions[i],
                              least > 2 ? (unsigned)least : 2, err);
    if (code == ERR_OK && lookup->count > 1)
        qsort(lookup->candidates, lookup->count, sizeof(struct candidate),
              compare_candidates);
    for (size_t i = 0; code == ERR_OK && i < lookup->count; i++) {
        code = check_cancel(lookup, err);
        if (code == ERR_OK)
            code = verify(lookup, lookup->candidates[i].doc, err);
    }
    return code;
}

enum err_code
index_similar(struct index *index, uint32_t doc,
              const struct similar_options *options,
              struct similar_report *report, struct error *err)
{
    struct lookup lookup = {
        .index = index,
        .doc = doc,
        .options = options,
        .report = report,
        .reader = similar_reader_new(index),
    };
    enum err_code code = bits_init(&lookup.exact, index->count, err);

    *report = (struct similar_report){0};
    if (code == ERR_OK)
        code = find_exact(&lookup, err);
    if (code == ERR_OK)
        code = find_near(&lookup, err);
    similar_reader_free(lookup.reader);
    shingles_release(&lookup.wanted);
    shingles_release(&lookup.other);
    bits_release(&lookup.exact);
    free(lookup.candidates);
    return code;
}
