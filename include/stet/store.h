/* The review store: the journal of annotations, append-only, and the state
 * derived from it. The only irreplaceable data stet has.
 *
 * SQLite, TRUNCATE + FULL, immediate transactions. Several processes may have
 * it open. Threads: one handle per thread. No read transaction outlives 20 ms.
 */
#ifndef STET_STORE_H
#define STET_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/annotation.h"
#include "stet/arena.h"
#include "stet/workspace.h"

struct store;

/* Opens or (unless `reading`) creates the store; makes the daily backup when
 * due. `reviewer` may be NULL for reading. ERR_CONFIG when a `reviewers` list
 * lacks the name; ERR_FORMAT damaged (says how to restore); ERR_CONFIG newer.
 */
enum err_code store_open(struct store **out, const struct workspace *ws,
                         const char *reviewer, bool reading, struct error *err);
void store_close(struct store *store);
const char *store_reviewer(const struct store *store);
/* Whether its reviewer is one of [policy] leads, or none are named: only leads
 * adjudicate, resolve escalations and read what is escalated. */
bool store_is_lead(const struct store *store);
int64_t store_session_start(const struct store *store); /* UTC us */

/* Whether a list of the settings, "ana, kim", has the name. */
bool reviewer_list_has(struct str list, struct str name);

/* The key of the reviewers' pseudonyms in patches; the store's secret. */
enum err_code store_pseudonym_key(struct store *store, struct hash *out,
                                  struct error *err);

/* The verdict set of [verdict] values, in order: value, key, digit. What a
 * value says of a document is its side: [verdict] good and bad list them. */
enum verdict_side { VERDICT_NEITHER, VERDICT_GOOD, VERDICT_BAD };
struct verdict_def {
    char *value;
    char key;  /* 0: none */
    int digit; /* -1: none */
    enum verdict_side side;
};
struct verdict_set {
    struct verdict_def *defs;
    size_t count;
};
enum err_code verdict_set_load(struct verdict_set *out,
                               const struct settings *settings,
                               struct error *err);
void verdict_set_release(struct verdict_set *set);
enum verdict_side verdict_set_side(const struct verdict_set *set,
                                   struct str value);
/* Hex SHA-256 of everything that shapes a decision: verdicts, tags,
 * guidelines, blind, mask. */
void policy_hash(const struct settings *settings, char hex[HASH_HEX_SIZE]);

/* Append in one durable transaction; fills uuid, lamport, at_us, reviewer,
 * seq. A uuid that is there already is skipped (a retry). When it returns
 * ERR_OK the annotations survive power loss. `expected`: version of the item's
 * state that the reviewer saw (store_state), or -1; if it moved:
 * ERR_CONFLICT and nothing is written. ERR_BUSY: try again.
 * Unknown verdict values and malformed tags are ERR_USAGE. */
enum err_code store_append(struct store *store, struct annotation *list,
                           size_t count, int64_t expected, struct error *err);

/* What `u` would undo: the reviewer's newest annotation that stands (claims,
 * reveals, exports and undos left out); ERR_NOTFOUND when there is none.
 * *earlier: it was made before this session. Lives in `arena`. */
enum err_code store_undo_peek(struct store *store, struct arena *arena,
                              struct annotation *out, bool *earlier,
                              struct error *err);
/* What ^R would bring back: the newest standing undo with nothing newer. */
enum err_code store_redo_peek(struct store *store, struct arena *arena,
                              struct annotation *out, struct error *err);
/* Invert one of the reviewer's own annotations, by uuid. */
enum err_code store_undo(struct store *store, const struct uuid *uuid,
                         struct error *err);
/* Bring one back: inverts the reviewer's undo that holds it. ERR_NOTFOUND:
 * none does. */
enum err_code store_redo(struct store *store, const struct uuid *uuid,
                         struct error *err);
/* One annotation with its items; ERR_NOTFOUND. Lives in `arena`. */
enum err_code store_annotation(struct store *store, const struct uuid *uuid,
                               struct arena *arena, struct annotation *out,
                               struct error *err);

/* Derived state of one reviewer, or the effective one, on an item. */
enum state_flag {
    STATE_JUDGED = 1, /* verdict, rating, rewrite, drop or keep */
    STATE_SKIPPED = 2,
    STATE_ESCALATED = 4,
    STATE_DROPPED = 8,
    STATE_KEPT = 16,
    STATE_REWRITTEN = 32, /* rewrite, redact or insert */
    STATE_NOTED = 64,
    STATE_SPANS = 128,
    STATE_DRAFT = 256,
    STATE_SENT_BACK = 512,
    STATE_DISAGREED = 1024 /* effective only: reviewers differ */
};
struct item_state {
    int64_t item;       /* 0: the store does not know it */
    int64_t version;    /* of the item, for store_append */
    struct str verdict; /* empty: none */
    unsigned flags;
    struct str tags;    /* space-separated, sorted; document level */
    int64_t judged_us;  /* 0: never */
    uint32_t reviewers; /* who judged it */
};
/* reviewer ptr NULL: effective (an adjudication, else the common value, else
 * the newest; models never count). Strings live in `arena`. */
enum err_code store_state(struct store *store, const struct item_key *key,
                          struct str reviewer, struct arena *arena,
                          struct item_state *out, struct error *err);

/* An item's annotations, oldest first, undone ones marked; arena-owned. */
enum err_code store_item_history(struct store *store,
                                 const struct item_key *key,
                                 struct arena *arena, struct annotation **out,
                                 size_t *count, struct error *err);

/* The journal in order of (lamport, uuid), in short transactions, up to the
 * newest at the call. Filters may be empty. The annotation lives until the
 * callback returns; an error from it stops. */
struct journal_filter {
    struct str reviewer;
    int64_t since_us, until_us; /* 0: open */
    const struct item_key *item;
    bool newest_first;
    bool bulk_counted; /* a bulk action has its item_count and its first item
                        * instead of the list */
    uint64_t limit;    /* 0: none */
};
typedef enum err_code journal_visit(void *ctx, const struct annotation *a,
                                    struct error *err);
enum err_code store_journal(struct store *store,
                            const struct journal_filter *filter,
                            journal_visit *visit, void *ctx, struct error *err);
/* Take annotations of another journal (lines of annotation_format), in any
 * order; those known are skipped. */
enum err_code store_merge(struct store *store, struct str lines,
                          uint64_t *added, uint64_t *known, struct error *err);

/* Unfinished rewrites: stored while typing, removed when accepted. */
enum err_code store_draft_put(struct store *store, const struct item_key *key,
                              struct str text, struct error *err);
enum err_code store_draft_get(struct store *store, const struct item_key *key,
                              struct arena *arena, struct str *text,
                              struct error *err); /* ERR_NOTFOUND */
enum err_code store_draft_remove(struct store *store,
                                 const struct item_key *key, struct error *err);

/* Small per-reviewer memory: last queue, place, prompt history. */
enum err_code store_note_put(struct store *store, const char *key,
                             struct str value, struct error *err);
enum err_code store_note_get(struct store *store, const char *key,
                             struct arena *arena, struct str *value,
                             struct error *err); /* ERR_NOTFOUND */

enum err_code store_backup(struct store *store, const char *path,
                           struct error *err);
/* Put a backup in the store's place; refuses (ERR_CONFLICT) when the store
 * has annotations that the backup lacks, unless `force`. */
enum err_code store_restore(const struct workspace *ws, const char *backup,
                            bool force, struct error *err);
/* Integrity, and the derived state against the journal. */
enum err_code store_check(struct store *store, uint64_t *annotations,
                          struct error *err);
/* Grows with every annotation by anyone: other desks' news. */
enum err_code store_head(struct store *store, int64_t *seq, struct error *err);

/* Counts for `stet stats` and the start view. reviewer ptr NULL: everyone. */
struct store_counts {
    uint64_t annotations, items, judged, skipped, escalated, dropped, rewritten,
        drafts, sent_back;
    uint64_t today; /* judged since local midnight */
};
enum err_code store_count(struct store *store, struct str reviewer,
                          struct store_counts *out, struct error *err);
/* (name, count) pairs: verdict values and tags of the effective state. */
struct name_count {
    struct str name;
    uint64_t count;
};
enum err_code store_verdict_counts(struct store *store, struct arena *arena,
                                   struct name_count **out, size_t *count,
                                   struct error *err);
enum err_code store_tag_counts(struct store *store, struct arena *arena,
                               struct name_count **out, size_t *count,
                               struct error *err);

#endif
