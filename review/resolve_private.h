/* The resolver's handle and its cache file. */
#ifndef STET_REVIEW_RESOLVE_PRIVATE_H
#define STET_REVIEW_RESOLVE_PRIVATE_H

#include "review/store_private.h"
#include "stet/resolve.h"

/* Document numbers of an item: `count` of them at `first` in the list. */
struct places {
    uint32_t first, count; /* count PLACES_UNKNOWN: not looked up yet */
};
#define PLACES_UNKNOWN UINT32_MAX

struct resolve_cache;

/* Verdicts of two reviewers by document, for sort:disagree(a,b). */
struct disagreement {
    char *a, *b;
    uint8_t *codes[2]; /* by document; 0: no verdict */
    int64_t head;      /* of the store, when it was made */
    int64_t checked_us;
};

struct resolver {
    struct index *index;
    struct store *store;
    struct resolve_cache *cache; /* NULL: works without */
    struct places *places;       /* by item number */
    size_t item_cap;
    uint32_t *docs;
    size_t doc_count, doc_cap;
    struct item_list unsaved; /* looked up, not in the cache file yet */
    struct disagreement disagreement;
    struct arena scratch;
    const int *cancel; /* or NULL */
    unsigned sight;    /* SIGHT_ bits */
};

/* resolve_similar.c: `ref` and what is like it. */
enum err_code resolve_similar(struct resolver *resolver, struct str ref,
                              struct bits *out, struct error *err);
/* resolve.c: set the bits of all places of the items (sorted here). */
enum err_code resolve_items(struct resolver *resolver, struct item_list *items,
                            struct bits *out, struct error *err);
/* The numbers must be known: after resolve_items(). */
const uint32_t *resolve_places(const struct resolver *resolver, int64_t item,
                               uint32_t *count);
enum err_code resolve_add(struct resolver *resolver, int64_t item,
                          const uint32_t *docs, size_t count,
                          struct error *err);
/* One more document of the item that was added last. */
enum err_code resolve_extend(struct resolver *resolver, int64_t item,
                             uint32_t doc, struct error *err);
/* Keys of items, in one read; strings live in `scratch`. */
enum err_code resolve_read_keys(struct resolver *resolver, const int64_t *items,
                                size_t count, struct item_key *out,
                                struct error *err);

/* resolve_scan.c: look up many items that are not known yet. */
enum err_code resolve_scan(struct resolver *resolver,
                           const struct item_list *items, struct error *err);

/* resolve_sight.c: of what was asked, leave what may be seen: one's own items,
 * and the others' where one has judged. Takes no list over. */
enum err_code resolve_narrow(struct resolver *resolver,
                             const struct item_list *own,
                             struct item_list *asked, struct error *err);
/* Fill with the items that this resolver's reviewer judged. */
enum err_code resolve_own_judged(struct resolver *resolver,
                                 struct item_list *out, struct error *err);

/* resolve_fields.c */
bool str_is_glob(struct str s);
/* resolve_reason.c */
enum err_code resolve_reason(struct resolver *resolver, struct str pattern,
                             struct str reviewer, struct item_list *items,
                             struct error *err);

/* Items of standing annotations whose reason names the failure. */
enum err_code resolve_failure(struct resolver *resolver, struct str id,
                              struct str reviewer, struct item_list *items,
                              struct error *err);

/* resolve_round.c */
/* Documents, by the decisions on them; of one size. */
struct round_sets {
    struct bits *decided; /* these still have the text that was decided on */
    struct bits *changed; /* another text under a decided id; NULL allowed */
    struct bits *applied; /* the text that an export makes; NULL allowed */
};
enum err_code round_walk(struct resolver *resolver,
                         const struct round_sets *sets,
                         struct round_counts *counts, struct error *err);
/* applied:yes, applied:no */
enum err_code resolve_applied(struct resolver *resolver, struct str value,
                              struct bits *out, struct error *err);

/* resolve_changed.c: changed:yes, changed:no */
enum err_code resolve_changed(struct resolver *resolver, struct str value,
                              struct bits *out, struct error *err);

/* resolve_cache.c: never fails loudly; NULL when there can be no cache. */
struct resolve_cache *resolve_cache_open(struct resolver *resolver);
void resolve_cache_close(struct resolve_cache *cache);
void resolve_cache_load(struct resolve_cache *cache, struct resolver *resolver);
/* Writes what is unsaved. */
void resolve_cache_save(struct resolve_cache *cache, struct resolver *resolver);

#endif
