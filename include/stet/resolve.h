/* Between the store's items and the index's documents, and the query fields
 * that only the review knows. A cache per generation (.stet/index/resolve.db)
 * that rebuilds itself. */
#ifndef STET_RESOLVE_H
#define STET_RESOLVE_H

#include "stet/index.h"
#include "stet/queue.h"
#include "stet/search.h"
#include "stet/store.h"

struct resolver;

/* Borrows both, which must outlive it. Threads: as they. */
enum err_code resolver_new(struct resolver **out, struct index *index,
                           struct store *store, struct error *err);
void resolver_free(struct resolver *resolver);
/* Stops what reads documents (similar:REF) when it is set; NULL: nothing. */
void resolver_set_cancel(struct resolver *resolver, const int *cancel);

/* What answers may tell to somebody who reads blind. Without SIGHT_PEERS what
 * others decided of a document counts only once he has judged it himself. */
#define SIGHT_PEERS 1u
#define SIGHT_DISAGREEMENT 2u /* where they differ, all the same */
#define SIGHT_SCORES 4u       /* without it is:masked is refused */
#define SIGHT_ALL 7u          /* of a new resolver */
void resolver_set_sight(struct resolver *resolver, unsigned sight);
/* Whether the sight leaves something out of the answer to such a field. */
bool resolver_narrows(const struct resolver *resolver,
                      const struct query_field *field);

/* The item of a document, and all its places. Arena-owned. */
enum err_code resolve_item(struct resolver *resolver, uint32_t doc,
                           struct arena *arena, struct item_key *out,
                           struct error *err);
enum err_code resolve_docs(struct resolver *resolver,
                           const struct item_key *key, struct arena *arena,
                           uint32_t **docs, size_t *count, struct error *err);

/* search_env.named: verdict, tag, is, by, judged, op, reason, has, queue,
 * changed, applied, failure, similar. ctx is the resolver. */
enum err_code resolve_named(void *resolver, const struct query_field *field,
                            struct bits *out, struct error *err);
double resolve_disagree(void *resolver, struct str a, struct str b,
                        uint32_t doc);

/* REF of the command line: id:…, source:…/id:…, at:SHARD:N, sha:…, or bare.
 * ERR_NOTFOUND; ERR_FORMAT "not unique" with the candidates listed. */
enum err_code resolve_ref(struct index *index, struct str ref, uint32_t *doc,
                          struct error *err);

/* How the decisions stand to the documents that are there now. */
struct round_counts {
    uint64_t holding;   /* the text that was decided on is there */
    uint64_t applied;   /* done: the text that the newest export makes of it is
                         * there, or it was dropped and is gone */
    uint64_t changed;   /* its id has another text */
    uint64_t gone;      /* nothing has its id */
    uint64_t undecided; /* documents that no decision is about */
};
enum err_code resolve_round(struct resolver *resolver, struct round_counts *out,
                            struct error *err);

#endif
