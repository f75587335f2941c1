/* Patch sets as data: one patch <-> one JSON line, header, trailer. The
 * format is docs/patch-format.md. */
#ifndef REVIEW_PATCH_H
#define REVIEW_PATCH_H

#include "edits.h"

#define PATCH_VERSION 1
#define PATCH_FORMAT "stet-patch-set"
#define PATCH_ID_SIZE 17 /* hex digits and the NUL */
#define PATCH_MAPPINGS_MAX 64
#define PATCH_FILE_MAX ((size_t)1 << 36)

#define PATCH_OPS(X)      \
    X(VERDICT, "verdict") \
    X(RATE, "rate")       \
    X(TAG, "tag")         \
    X(UNTAG, "untag")     \
    X(DROP, "drop")       \
    X(KEEP, "keep")       \
    X(REPLACE, "replace") \
    X(REDACT, "redact")   \
    X(INSERT, "insert")   \
    X(NOTE, "note")       \
    X(ADD, "add")

enum patch_op {
#define X(name, text) OP_##name,
    PATCH_OPS(X)
#undef X
        PATCH_OP_COUNT
};
const char *patch_op_name(enum patch_op op);

struct patch_edit {
    enum patch_op op;
    bool has_span; /* else the whole document */
    struct span span;
    uint64_t start_cp, end_cp;
    bool has_quote;
    struct quote quote;
    struct str value; /* verdict, tag, scale; ptr NULL: none */
    bool has_number;
    double number;       /* of a rating */
    struct str text;     /* new text, note; ptr NULL: none */
    struct str reason;   /* ptr NULL: none */
    struct str reviewer; /* pseudonym */
    int64_t at_us;
    struct uuid uuid;
};

/* A text without its bytes. */
struct text_id {
    struct hash hash;
    uint64_t bytes, codepoints;
};

/* A text that a former export of this workspace made, and the one replacement
 * that makes the present one of it. */
struct patch_former {
    struct text_id id;
    struct span span;
    struct str text;
};

struct patch {
    bool is_addition;

    struct str shard; /* as named by the header */
    uint64_t record, offset;
    struct str source;   /* ptr NULL: absent */
    struct str id_token; /* raw JSON; ptr NULL: absent */
    struct text_id guard;
    bool guard_raw; /* of the record's bytes: it is not UTF-8 */
    const struct patch_former *formers;
    size_t former_count;

    struct str add; /* the whole record, of an addition */
    struct uuid uuid;

    const struct patch_edit *edits;
    size_t edit_count;
    bool has_after; /* the text stays or comes to be; not after a drop */
    struct text_id after;
};

/* Paths of a record's parts; ptr NULL: none. text "": a bare string. */
struct patch_mapping {
    struct str text, id, source;
};
struct patch_shard {
    struct str path; /* below the corpus root */
    size_t mapping;
    uint64_t bytes, records;
    struct hash hash;
};

struct patch_header {
    char id[PATCH_ID_SIZE]; /* filled by patch_set_write */
    struct str corpus;
    struct hash index;
    int64_t created_us;
    struct str policy, rewrites;
    const struct patch_mapping *mappings; /* additions have the first */
    size_t mapping_count;
    const struct str *segment_scores; /* paths parallel to a list text */
    size_t segment_score_count;
    const struct str *verdicts, *tags;
    size_t verdict_count, tag_count;
    const struct patch_shard *shards; /* sorted by path */
    size_t shard_count;
};

/* Whether it takes the document out. */
bool patch_drops(const struct patch *patch);

struct patch_counts {
    uint64_t patches, additions, edits;
    uint64_t ops[PATCH_OP_COUNT];
};
void patch_count(struct patch_counts *counts, const struct patch *patch);

/* One line with its line end. Aborts when memory is out, except for texts. */
enum err_code patch_format(const struct patch *patch, struct buf *out,
                           struct error *err);
/* Views borrow from `line` and `arena`. ERR_FORMAT says what is wrong. */
enum err_code patch_parse(struct str line, struct arena *arena,
                          struct patch *out, struct error *err);
void patch_header_format(const struct patch_header *header, struct buf *out);
enum err_code patch_header_parse(struct str line, struct arena *arena,
                                 struct patch_header *out, struct error *err);

/* Write a patch set (atomic): header, `body` (lines of patch_format, targets
 * before additions), trailer. Fills header->id, which names exactly this
 * header and body, and the hash of the file. */
enum err_code patch_set_write(const char *path, struct patch_header *header,
                              struct str body,
                              const struct patch_counts *counts,
                              struct hash *file_hash, struct error *err);

/* A patch set in memory: the file's bytes and where its lines are. */
struct patch_set {
    struct buf file;
    struct arena arena;
    struct patch_header header;
    struct str *lines; /* without line ends; additions last */
    size_t count;
    struct patch_counts counts;
    struct hash hash; /* of the file */
};
/* Reads and checks all of it: trailer, hash, counts, order, every line. */
enum err_code patch_set_load(struct patch_set *out, const char *path,
                             struct error *err);
enum err_code patch_set_parse(struct patch_set *out, struct buf *file,
                              struct error *err); /* takes *file over */
void patch_set_release(struct patch_set *set);
/* Number of the header's shard of that path, or SIZE_MAX. */
size_t patch_set_shard(const struct patch_set *set, struct str path);

#endif
