/* One patch on one document: pure, no files. */
#ifndef REVIEW_APPLY_RECORD_H
#define REVIEW_APPLY_RECORD_H

#include "locate.h"
#include "splice_record.h"
#include "stet/apply.h"
#include "stet/json.h"
#include "stet/mapping.h"

/* The same for all records of one run. */
struct apply_context {
    const struct patch_header *header;
    const struct mapping *mappings; /* compiled; as the header's */
    const struct apply_options *options;
};

struct edit_result {
    enum edit_outcome outcome;
    const char *why; /* of a conflict; lives in the arena */
};
struct record_result {
    bool drop;
    bool text_changed;
    bool one_segment;          /* a list text became one element */
    struct edit_result *edits; /* one per edit of the patch */
    bool conflict;             /* an edit does not apply */
    struct record_splices splices;
};

/* What the patch makes of the document that was found at a place. *out lives
 * in `arena`. A conflict is no failure: it is in *out. */
enum err_code record_apply(const struct apply_context *context,
                           const struct patch *patch, const struct place *place,
                           const struct document *document, struct arena *arena,
                           struct record_result *out, struct error *err);

/* What is left of a record that is not UTF-8 when the stet object of this
 * patch set is taken out again. ERR_NOTFOUND: it has none. */
enum err_code record_untagged(const struct apply_context *context,
                              struct str raw, struct buf *out,
                              struct error *err);

/* --- tags_json.c --- */

/* A tag's span in the new text, in code points. */
struct tag_span {
    struct str tag;
    uint64_t start_cp, end_cp;
};
struct tag_state {
    const struct patch *patch;
    const struct edit_result *edits; /* conflicting ones are left out */
    const struct tag_span *spans;    /* by edit; only those with has_span */
    uint64_t text_cp;                /* of the new text */
};
/* Whether the patch says anything that goes into the record as a tag. */
bool tags_are_given(const struct tag_state *state);
/* Add the splices that put verdict, tags, rating and spans where the options
 * say; none when they are there already. ERR_CONFLICT: no place for them. */
enum err_code tags_splice(const struct apply_context *context,
                          const struct tag_state *state, struct str raw,
                          struct record_splices *out, struct error *err);
/* The object that some patch set put into the record; NULL: none, or not where
 * the options put it. In the arena. */
const struct json_value *record_stet_object(const struct apply_options *options,
                                            struct str raw,
                                            struct arena *arena);
/* Whether the record carries this patch set's id. */
bool tags_name_patch(const struct apply_context *context, struct str raw);

#endif
