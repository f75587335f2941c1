/* Patch sets out: the reviewers' current state as guarded edits. The format
 * is stet-patch(5), docs/patch-format.md. */
#ifndef STET_EXPORT_H
#define STET_EXPORT_H

#include "stet/index.h"
#include "stet/store.h"

enum export_policy {
    POLICY_UNANIMOUS, /* reviewers agree, or there is one */
    POLICY_LAST,
    POLICY_AGREE, /* at least `agree` say the same */
    POLICY_ADJUDICATED
};
struct export_options {
    enum export_policy policy;
    unsigned agree;
    int64_t since_us; /* 0: everything */
    bool since_last;  /* since this workspace's last export */
    struct str query; /* only these documents; empty: all */
    bool quotes;      /* redactions carry what they remove */
    bool models;      /* model raters too */
    bool beside;      /* rewrites are added with `rewrite_of`, originals kept */
    bool yes;         /* despite the balance check */
    struct str corpus; /* name for the header; empty: the root's base name */
    const int *cancel;
};
/* Edits by op, category (tag or verdict) and source. */
struct export_balance {
    struct str op, category, source;
    uint64_t edits, of_documents;
};
struct export_report {
    uint64_t patches, edits, documents, conflicts;
    uint64_t ops[32]; /* by annotation_kind */
    struct hash patch_hash;
    /* Those that stop the export come first: op "drop", and a category or a
     * source of which the drops would take too much. Arena-owned. */
    struct export_balance *balance;
    size_t balance_count;
    bool stopped; /* drops over 20 % of a category or source */
};
/* Write `path` (atomic), and `path` + ".conflicts.jsonl" for what does not
 * meet the policy. Same state, same bytes. Journals the export. When
 * report->stopped nothing was written. Escalated items are left out. `arena`
 * holds the report's strings. */
struct export_source {
    const struct workspace *ws;
    struct store *store;
    struct index *index;
};
enum err_code export_run(const struct export_source *from,
                         const struct export_options *options, const char *path,
                         struct arena *arena, struct export_report *report,
                         struct error *err);

#endif
