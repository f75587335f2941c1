/* What the files of the export share. */
#ifndef REVIEW_EXPORT_PRIVATE_H
#define REVIEW_EXPORT_PRIVATE_H

#include "export_state.h"
#include "made_text.h"
#include "stet/index.h"

/* A text that a former export made of an item's text. */
struct former_text {
    struct hash item; /* item_key_hash */
    struct text_id id;
    const struct text_edit *edits; /* sorted; on the item's text */
    size_t count;
};

struct export_place;
/* What becomes of the decisions in another format than a patch set's. */
struct export_sink {
    /* A document's decisions; in order of shard path and record. ERR_CONFLICT:
     * they have no place in this format, and err says why. */
    enum err_code (*place)(void *ctx, const struct export_place *place,
                           struct arena *arena, struct error *err);
    /* A new document; after all places. NULL: they are left out. */
    enum err_code (*added)(void *ctx, const struct patch *patch,
                           struct error *err);
    /* Write the file, or into the folder that will have this path. */
    enum err_code (*write)(void *ctx, const char *path, const char *final,
                           struct error *err);
    void (*release)(void *ctx);
    bool folder;   /* or a file */
    bool delivers; /* all of the patch set: it is written and journalled */
};

struct exporter {
    const struct workspace *ws;
    struct store *store;
    struct index *index;
    const struct export_options *options;
    struct export_report *report;
    struct arena *arena; /* of the whole run */
    struct export_rules rules;
    struct str key;    /* of pseudonyms */
    uint64_t exported; /* Lamport number of the newest export; 0: none */
    int64_t since_seq; /* since_last: annotations after this one; else -1 */

    struct former_text *formers; /* sorted by item */
    size_t former_count, former_cap;
    struct made_texts made; /* loaded when it is asked for */
    bool made_loaded;

    struct patch_counts counts;
    struct buf body;      /* patch lines */
    struct buf additions; /* lines, in order of uuid */
    struct buf conflicts; /* lines of the conflicts file */
    struct buf journal;   /* texts that this export makes, one a line */
    int64_t newest_us;    /* of what is inside */
    bool *touched;        /* per shard of the index */
    struct patch_mapping *mappings; /* distinct ones; the commonest first */
    size_t mapping_count;
    size_t *shard_mapping; /* per shard of the index */
    struct balance *balance;
    const struct export_sink *sink; /* NULL: a patch set */
    void *sink_ctx;
    uint32_t *ranks;              /* of shards by path; by shard of the index */
    char patch_id[PATCH_ID_SIZE]; /* once the patch set is written */
};

/* --- export_journal.c: what exports leave in the store --- */

/* The store's key for pseudonyms, made when it is missing. */
enum err_code export_key_load(struct exporter *x, struct error *err);
/* The newest annotation, the last export, and the texts exports made. */
enum err_code export_past_load(struct exporter *x, struct error *err);
/* Whether an export said a decision that was undone later. */
enum err_code export_was_said(struct exporter *x, const struct annotation *a,
                              bool *said, struct error *err);
/* The former texts of an item. */
const struct former_text *export_formers(const struct exporter *x,
                                         const struct item_key *key,
                                         size_t *count);
/* Note a text for the journal. */
void export_journal_text(struct exporter *x, const struct item_key *key,
                         const struct text_id *after,
                         const struct text_edit *edits, size_t count);
/* Journal the export. */
enum err_code export_journal_write(struct exporter *x, const char *id,
                                   const struct hash *hash, struct error *err);

/* --- export_items.c: what there is to export --- */

struct export_item {
    struct item_key key;
    bool complained; /* its conflict is written down */
    bool beside;     /* its rewrite is among the additions */
};
/* Items with decisions, and changed ones only when asked for. Arena-owned. */
enum err_code export_items_load(struct exporter *x, struct export_item **out,
                                size_t *count, struct error *err);
/* `add` annotations that stand, in order of uuid. */
enum err_code export_adds_load(struct exporter *x, struct annotation **out,
                               size_t *count, struct error *err);
/* The documents of an item: all its places. */
enum err_code export_docs(struct exporter *x, const struct item_key *key,
                          struct arena *arena, uint32_t **docs, size_t *count,
                          struct error *err);
/* Whether what was decided on an item without a document is done: a document
 * has the text that exports made of it, or it was dropped and nothing has its
 * id. */
enum err_code export_is_applied(struct exporter *x, const struct item_key *key,
                                struct arena *arena, bool *applied,
                                struct error *err);

/* --- export_patch.c: decisions on a document as a patch --- */

struct built {
    struct patch patch;
    struct text_edit *edits; /* of the text; sorted */
    size_t edit_count;
    bool whole;      /* edits[0] replaces all of it */
    struct str text; /* the new one */
    const char *why; /* it cannot be a patch; NULL: it can */
};
enum err_code export_build(struct exporter *x, const struct decisions *d,
                           const struct item_key *key,
                           const struct document *document, struct arena *arena,
                           struct built *out, struct error *err);
/* An edit with who, when and why of an annotation. */
enum err_code export_edit(struct exporter *x, enum patch_op op,
                          const struct annotation *a, struct arena *arena,
                          struct patch_edit *out, struct error *err);

/* One document with its decisions, of which there is at least one. */
struct export_place {
    uint32_t shard; /* of the index */
    const struct document *document;
    const struct built *built; /* the patch names shard and record */
};

/* --- export_sink.c: the other formats --- */

/* Set x->sink for the format of the options. */
void export_sink_open(struct exporter *x);
void export_sink_release(struct exporter *x);
/* Shards of the index by path; caller frees. */
uint32_t *export_shards_sorted(const struct exporter *x);
/* A shard's file; caller frees. */
char *export_shard_path(const struct exporter *x, uint32_t shard);

/* A text made of a document's by some of its edits. */
struct export_view {
    struct str text;
    const struct text_edit *edits;
    size_t count;
};
/* The new text; that of a dropped document is the old one. */
struct export_view export_view_new(const struct export_place *place);
/* The old text as it may be shown: with its redactions carried out, unless the
 * options ask for quotes. */
enum err_code export_view_old(const struct exporter *x,
                              const struct export_place *place,
                              struct arena *arena, struct export_view *out,
                              struct error *err);
/* Where an edit of the document is in that text, in code points. Without a
 * span: all of it. */
void export_span_cp(const struct export_view *view,
                    const struct patch_edit *edit, uint64_t *start,
                    uint64_t *end);
/* The record with its new text, in its own shape. */
enum err_code export_new_record(const struct export_place *place,
                                struct arena *arena, struct str *out,
                                struct error *err);
/* The text of a new document; ptr NULL: it has none that can be read. */
enum err_code export_added_text(const struct exporter *x,
                                const struct patch *patch, struct arena *arena,
                                struct str *out, struct error *err);

/* A format that is one file, made in memory. */
struct export_text {
    struct exporter *x;
    struct buf out;
};
void export_text_open(struct exporter *x, const struct export_sink *sink);
enum err_code export_text_write(void *ctx, const char *path, const char *final,
                                struct error *err);
void export_text_release(void *ctx);

/* The formats' makers, each in a file of its own. */
void export_dolma_open(struct exporter *x);
void export_datatrove_open(struct exporter *x);
void export_ids_open(struct exporter *x);
void export_csv_open(struct exporter *x);
void export_diff_open(struct exporter *x);
/* --- export_lines.c */
void export_pairs_open(struct exporter *x);
void export_ratings_open(struct exporter *x);
void export_jsonl_open(struct exporter *x);

/* --- export_folder.c: a folder that is absent or complete --- */

struct export_folder {
    char *path, *partial;
};
/* ERR_EXISTS when something is at `path`. */
enum err_code export_folder_open(struct export_folder *folder, const char *path,
                                 struct error *err);
enum err_code export_folder_commit(struct export_folder *folder,
                                   struct error *err);
/* Also after a commit. */
void export_folder_release(struct export_folder *folder);
/* A file in it, with the folders on the way. */
enum err_code export_folder_write(const char *folder, const char *name,
                                  struct str content, struct error *err);

/* --- export_add.c: new documents --- */

/* The document rewritten, as a new one beside it. */
enum err_code export_beside(struct exporter *x, const struct built *built,
                            const struct annotation *rewrite,
                            const struct document *document,
                            const struct patch_mapping *mapping,
                            struct arena *arena, struct error *err);
enum err_code export_adds(struct exporter *x, struct error *err);

/* --- export_conflict.c: what is left out, and why --- */

/* An item that is left out (key), or an addition (a). */
void export_conflict(struct exporter *x, const struct item_key *key,
                     const struct annotation *a, struct str why);

/* --- export_write.c --- */

/* Header, body, additions and trailer; the conflicts file; the journal. */
enum err_code export_write(struct exporter *x, const char *path,
                           struct error *err);

/* --- balance.c: what drops take away --- */

enum err_code balance_new(struct balance **out, struct exporter *x,
                          struct error *err);
void balance_free(struct balance *balance);
/* A document with its decisions. */
enum err_code balance_add(struct balance *balance, uint32_t doc,
                          const struct decisions *d, struct error *err);
/* Fill the report; *stop: drops take over a fifth of something. */
enum err_code balance_finish(struct balance *balance, bool *stop,
                             struct error *err);

#endif
