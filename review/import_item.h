/* From a row that names a document to the item that it is. */
#ifndef REVIEW_IMPORT_ITEM_H
#define REVIEW_IMPORT_ITEM_H

#include "stet/annotation.h"
#include "stet/index.h"
#include "stet/json.h"

struct item_wanted {
    struct str id_token, source; /* ptr NULL: not told */
    struct hash hash;            /* of the text that the row is about */
    bool has_hash;
};
enum item_fate {
    ITEM_FOUND,
    ITEM_MISSING,
    ITEM_STALE,    /* only with another text */
    ITEM_AMBIGUOUS /* several documents, not copies of one item */
};
struct item_found {
    enum item_fate fate;
    struct item_key key;
    uint32_t doc; /* one of its documents */
};
/* The item, in `arena`. */
enum err_code import_find_item(struct index *index,
                               const struct item_wanted *wanted,
                               struct arena *arena, struct item_found *out,
                               struct error *err);
/* Read id, source and sha256, else the hash of `text` if that is told, from a
 * row; NULL: done, else what is wrong. */
const char *import_wanted(const struct json_value *row, bool text_is_theirs,
                          struct item_wanted *out);
/* NULL: it is a row of annotations, else what is wrong with it. */
const char *annotation_row_check(const struct json_value *row);

#endif
