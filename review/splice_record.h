/* Edits inside a raw record: only the edited values get new bytes. */
#ifndef REVIEW_SPLICE_RECORD_H
#define REVIEW_SPLICE_RECORD_H

#include "edits.h"

/* Replace bytes [start, end) of the record. */
struct record_splice {
    size_t start, end;
    struct str bytes; /* arena-owned */
};
struct record_splices {
    struct record_splice *list; /* arena-owned */
    size_t count, cap;
    struct arena *arena;
};

/* The document's text edited: sorted, conflict-free edits, or with `whole` the
 * one edit that replaces all of it. Escapes outside the spans survive; new
 * text is pure ASCII where the old was written so. In a list text an edit
 * changes the elements it touches; a whole rewrite leaves one element.
 * Fails: ERR_CONFLICT when the text is read-only (its parts are not joined
 * exactly, or the record is not UTF-8). */
enum err_code splice_text(const struct document *document,
                          const struct text_edit *edits, size_t count,
                          bool whole, struct record_splices *out,
                          struct error *err);

/* Whether a JSON string, or a list of them, is written in pure ASCII and had to
 * be: then new text is, too. */
bool json_is_ascii_style(struct str raw);

/* Path of an object inside a record: keys from the top. */
struct member_path {
    struct str keys[16];
    unsigned count;
};
/* `a.b."c.d"`. ERR_USAGE when malformed or too deep. */
enum err_code member_path_parse(struct str text, struct arena *arena,
                                struct member_path *out, struct error *err);

enum member_kind {
    MEMBER_OBJECT,
    MEMBER_OTHER, /* there, but not an object */
    MEMBER_ABSENT
};
/* What the record has at a path (the last of equal keys); *value is its raw
 * JSON, ptr NULL when absent. ERR_FORMAT: the record is not JSON. */
enum err_code member_find(struct str raw, const struct member_path *path,
                          enum member_kind *kind, struct str *value,
                          struct error *err);

struct member {
    struct str key;
    struct str value; /* JSON */
};
/* Set members of the object at `path`; missing objects are made. Members that
 * are there get the new value in place (the last one of equal keys).
 * Fails: ERR_CONFLICT when something else than an object is in the way. */
enum err_code splice_members(struct str raw, const struct member_path *path,
                             const struct member *members, size_t count,
                             struct record_splices *out, struct error *err);

/* Sort the splices and append the new record. ERR_CONFLICT: they overlap. */
enum err_code splices_apply(struct str raw, struct record_splices *splices,
                            struct buf *out, struct error *err);

/* The record without a member of the object at `path`, as it was before
 * splice_members added it last; with `prune` also without the objects of the
 * path that hold nothing else. ERR_NOTFOUND when it is not there. */
enum err_code record_without(struct str raw, const struct member_path *path,
                             struct str key, bool prune, struct buf *out,
                             struct error *err);

#endif
