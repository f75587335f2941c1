/* The store's handle and what its files share. */
#ifndef STET_REVIEW_STORE_PRIVATE_H
#define STET_REVIEW_STORE_PRIVATE_H

#include "review/annotation_check.h"
#include "stet/db.h"
#include "stet/store.h"

/* Reads go in steps of at most this many rows, so that none outlives 20 ms. */
#define CHUNK_ROWS 2000

struct taxonomy {
    char **names; /* sorted */
    size_t count;
    bool closed; /* [policy] tags = closed */
};

struct store {
    struct db *db;
    char *reviewer;     /* NULL: reading for nobody */
    char *resolve_path; /* of resolve.c's cache */
    bool reading;
    bool claimed; /* this handle took claims */
    int lock_fd;  /* shared: `restore` waits for all of them */
    int64_t session_us;
    int64_t session_seq; /* what is newer was made in this session */
    struct verdict_set verdicts;
    struct taxonomy taxonomy;
    char policy[HASH_HEX_SIZE];
    char *leads;          /* [policy] leads; may be empty */
    char *mask;           /* [policy] mask, a query; may be empty */
    struct arena scratch; /* of one call */
};

/* store.c */
enum err_code store_meta(struct store *store, const char *name, void *out,
                         size_t size, struct error *err);
/* store_schema.c: open the file, check whose it is, bring it up to date. */
enum err_code schema_open(struct db **out, const struct workspace *ws,
                          bool reading, struct error *err);
/* Whether an open database is a store of a version that is known. */
enum err_code schema_check(struct db *db, const char *path, uint32_t *version,
                           struct error *err);

/* store_item.c: interned keys. */
enum err_code item_intern(struct store *store, const struct item_key *key,
                          int64_t *item, struct error *err);
/* *item 0: not known. */
enum err_code item_find(struct store *store, const struct item_key *key,
                        int64_t *item, struct error *err);
struct hash item_key_hash(const struct item_key *key);
/* Source, id and text from three columns; false: out of memory. */
bool item_of_row(struct stmt *stmt, int at, struct arena *arena,
                 struct item_key *out);

/* A growing list of item numbers. */
struct item_list {
    int64_t *items;
    size_t count, cap;
};
enum err_code item_list_add(struct item_list *list, int64_t item,
                            struct error *err);
void item_list_sort_unique(struct item_list *list);
void item_list_release(struct item_list *list);

/* store_derive.c: in the caller's transaction. */
enum err_code derive_items(struct store *store, struct item_list *items,
                           int64_t version, struct error *err);
/* After annotation `seq` came: who is undone now; items to derive. */
enum err_code derive_undone(struct store *store, const struct uuid *uuid,
                            struct item_list *dirty, struct error *err);

/* What the journal says about an item now; lives in store->scratch. */
struct state_set;
enum err_code derive_load(struct store *store, int64_t item,
                          struct state_set *out, struct error *err);
/* store_check.c: the stored states are those of the journal. */
enum err_code derive_check(struct store *store, struct error *err);

/* store_row.c: the annotation table. */
#define ANNOTATION_COLUMNS                                               \
    "a.seq, a.uuid, a.lamport, a.at_us, a.reviewer, a.kind, a.bulk,"     \
    " a.query, a.value, a.number, a.span_start, a.span_end, a.start_cp," \
    " a.end_cp, a.reason, a.how, a.ms, a.share, a.visible, a.queue,"     \
    " a.position, a.policy, u.seq IS NOT NULL, a.text"
enum err_code annotation_of_row(struct stmt *stmt, struct arena *arena,
                                struct annotation *out, struct error *err);
/* Fill item or items of annotations that annotation_of_row gave. */
/* A bulk action's count and its first item, without the list. */
enum err_code annotation_count_items(struct store *store,
                                     struct annotation *annotation,
                                     struct arena *arena, struct error *err);
enum err_code annotation_load_items(struct store *store,
                                    struct annotation *annotation, bool bulk,
                                    struct arena *arena, struct error *err);
enum err_code annotation_insert(struct store *store,
                                const struct annotation *annotation,
                                int64_t *seq, struct error *err);
enum err_code annotation_add_items(struct store *store, int64_t seq,
                                   const struct annotation *annotation,
                                   struct item_list *dirty, struct error *err);

/* store_append.c */
/* In the caller's transaction; the lamport is there. */
enum err_code append_one(struct store *store, struct annotation *annotation,
                         struct item_list *dirty, struct error *err);
enum err_code append_find(struct store *store, const struct uuid *uuid,
                          int64_t *seq, struct error *err);

/* verdict.c */
bool verdict_set_has(const struct verdict_set *set, struct str value);
enum err_code taxonomy_load(struct taxonomy *out,
                            const struct settings *settings, struct error *err);
bool taxonomy_has(const struct taxonomy *taxonomy, struct str tag);
void taxonomy_release(struct taxonomy *taxonomy);

/* store_backup.c */
enum err_code backup_daily(const struct workspace *ws, struct db *db,
                           struct error *err);
/* Beside the daily ones: before a migration or a restore. */
enum err_code backup_named(const struct workspace *ws, struct db *db,
                           const char *why, struct error *err);
/* Held shared by every handle, alone by a restore. */
enum err_code store_lock(const struct workspace *ws, bool alone, int *fd,
                         struct error *err);

/* claim.c */
void claims_drop(struct store *store);

#endif
