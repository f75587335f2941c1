/* The reviewers' current state, written as a patch set (stet-patch(5),
 * docs/patch-format.md) or for other tools (docs/exports.md). */
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
/* enum, name, what it is */
#define EXPORT_FORMATS(X)                                          \
    X(PATCH, "patch", "a patch set, for stet apply")               \
    X(DOLMA, "dolma", "a folder for Dolma's mixer")                \
    X(DATATROVE, "datatrove", "a folder for datatrove's filter")   \
    X(IDS, "ids", "a folder with lists of ids")                    \
    X(PAIRS, "pairs", "originals with their rewrites, JSON lines") \
    X(RATINGS, "ratings", "verdicts as labels, JSON lines")        \
    X(CSV, "csv", "a table for people")                            \
    X(DIFF, "diff", "changes of texts, for people")                \
    X(JSONL, "jsonl", "the decided documents, JSON lines")

enum export_format {
#define X(name, text, meaning) EXPORT_##name,
    EXPORT_FORMATS(X)
#undef X
        EXPORT_FORMAT_COUNT
};
/* NULL at the end of the list. */
const char *export_format_name(unsigned format);

struct export_options {
    enum export_format format;
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
    struct str run;    /* dolma: first part of the attributes' names: letters,
                        * digits, '_'; empty: of the patch set's id */
    bool all_shards;   /* dolma: rows also for shards that nothing is about */
    unsigned tasks;    /* datatrove: of the run; 0: one a shard */
    const int *cancel;
};
/* Edits by op, category (tag or verdict) and source. */
struct export_balance {
    struct str op, category, source;
    uint64_t edits, of_documents;
};
struct export_report {
    uint64_t patches, edits, documents, conflicts;
    uint64_t applied; /* left out, being done: a former export was applied */
    uint64_t ops[32]; /* by annotation_kind */
    struct hash patch_hash;
    /* Empty for formats that only show what was decided. Those that stop the
     * export come first: op "drop", and a category or a
     * source of which the drops would take too much. Arena-owned. */
    struct export_balance *balance;
    size_t balance_count;
    bool stopped; /* drops over 20 % of a category or source */
};
/* Write `path` (atomic), and `path` + ".conflicts.jsonl" for what does not
 * meet the policy or has no place in the format. Formats that are folders must
 * not be there yet (ERR_EXISTS); the conflicts are a file in them. Same state,
 * same bytes. Patch sets, also those in a folder for Dolma's mixer, are
 * journalled. When report->stopped nothing was written. Escalated items are
 * left out. `arena` holds the report's strings. */
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
