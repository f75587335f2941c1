/* Rows of scores: what they say about which document they mean, and rows as
 * stet keeps them. */
#ifndef INDEX_ATTRIBUTE_ROW_H
#define INDEX_ATTRIBUTE_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/arena.h"
#include "stet/hash.h"

struct attribute_row {
    struct str id;     /* raw JSON token; ptr NULL: none */
    struct str source; /* decoded; ptr NULL: none */
    struct str shard;  /* decoded; ptr NULL: none */
    bool has_record;
    uint64_t record;
    unsigned text_bytes; /* of the text's hash that are known; 0: none */
    struct hash text;
    struct str attributes; /* raw value of that member; ptr NULL: none */
};

/* Members id, source, sha256 (or text_sha256; 16 to 64 digits), shard, record
 * and attributes of an object, the last of each; others are skipped. Strings
 * live in `arena`.
 * Fails: ERR_FORMAT with err->offset. */
enum err_code attribute_row_parse(struct str raw, struct arena *arena,
                                  struct attribute_row *out, struct error *err);
/* The text's hash agrees as far as it is known. */
bool attribute_row_fits(const struct attribute_row *row, uint64_t text_prefix);

/* Append the row as a line: its id, source and hash, and attributes {name:
 * value}; `value` is raw JSON. */
void attribute_row_format(const struct attribute_row *row, struct str name,
                          struct str value, struct buf *out);
/* The one member of attributes {name: value}; ERR_FORMAT. Either may be
 * NULL. */
enum err_code attribute_row_value(struct str attributes, struct arena *arena,
                                  struct str *name, struct str *value,
                                  struct error *err);

#endif
