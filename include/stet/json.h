/* Strict JSON (RFC 8259) scanner with raw offsets, and writer helpers.
 *
 * The scanner is iterative and depth-limited, keeps numbers as bytes, accepts
 * lone surrogate escapes and ill-formed UTF-8 inside strings (and says so on
 * the token), and reports errors as offset + what was expected. It does not
 * look for duplicate keys: the callers' rule is "the last one wins".
 */
#ifndef STET_JSON_H
#define STET_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stet/buf.h"

#define JSON_DEPTH_MAX 128 /* default nesting limit */

enum json_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING, /* a value */
    JSON_KEY,    /* an object's key; its value comes next */
    JSON_ARRAY,  /* '[' */
    JSON_OBJECT, /* '{' */
    JSON_ARRAY_END,
    JSON_OBJECT_END,
    JSON_END /* after the one top-level value and white space */
};

/* Flags of a JSON_STRING or JSON_KEY token. */
enum {
    JSON_ESCAPED = 1,        /* has a backslash */
    JSON_LONE_SURROGATE = 2, /* an escape that is half of a pair */
    JSON_BAD_UTF8 = 4        /* raw bytes that are not UTF-8 */
};

struct json_token {
    enum json_type type;
    unsigned flags;
    size_t start, end; /* bytes of the token in the input, quotes included */
};

struct json_scan {
    struct str input;
    size_t at;
    unsigned depth, max_depth;
    unsigned state;         /* private */
    uint8_t stack[256 / 8]; /* one bit a level: object or array; private */
};

/* max_depth: 1..256, 0 for JSON_DEPTH_MAX. Borrows the input. */
void json_scan_init(struct json_scan *scan, struct str input,
                    unsigned max_depth);

/* The next token. Fails: ERR_FORMAT, ERR_LIMIT (depth), with err->offset.
 * Cost: linear, over 1 GB/s inside strings. */
enum err_code json_next(struct json_scan *scan, struct json_token *token,
                        struct error *err);

/* After a value's first token: skip to its end. *end becomes the offset just
 * past the value. Scalars return at once. After a key: skip its value. */
enum err_code json_skip(struct json_scan *scan, const struct json_token *token,
                        size_t *end, struct error *err);

/* Decode a string or key token (quotes included in `raw`) and append it.
 * Escapes are resolved; a lone surrogate becomes its 3-byte WTF-8 form; raw
 * ill-formed bytes become U+FFFD per maximal subpart. */
enum err_code json_decode_string(struct str raw, struct buf *out,
                                 struct error *err);

/* The same for a token that was scanned and is not JSON_BAD_UTF8, into room for
 * raw.len bytes; gives the length. */
size_t json_decode_clean(struct str raw, char *out);

/* Value of a number token, rounded correctly at any length; overflow gives
 * +-HUGE_VAL. *is_int: it is written as an integer (no point, no exponent) and
 * fits *exact_int, which is set only then. */
double json_number(struct str raw, bool *is_int, int64_t *exact_int);

/* Whether the whole of `input` is one valid JSON value. */
enum err_code json_validate(struct str input, unsigned max_depth,
                            struct error *err);

/* Append `s` (WTF-8; ill-formed bytes become U+FFFD) as a JSON string with its
 * quotes. Control characters, '"', '\\' and surrogates are escaped, as briefly
 * as possible; everything else is raw UTF-8. With `ascii`, DEL and all that is
 * not ASCII is escaped, too, as Python's json.dumps does. */
enum err_code json_write_string(struct buf *out, struct str s, bool ascii,
                                struct error *err);
/* Fewest digits that read back as the same double; null for NaN, inf. */
enum err_code json_write_double(struct buf *out, double value,
                                struct error *err);

/* Small parsed values (config, payloads, patches): a tree in an arena. */
struct json_value {
    enum json_type type; /* scalars, JSON_ARRAY or JSON_OBJECT */
    struct str raw;      /* the value's bytes in the input */
    struct str string;   /* decoded, for JSON_STRING; WTF-8 */
    double number;
    bool is_int; /* `integer` is exact */
    int64_t integer;
    struct str key;                  /* decoded, for a member */
    struct json_value *first, *next; /* children; siblings, in order */
};
struct arena;
/* Parse one value; *out borrows from `input` and `arena`. */
enum err_code json_parse(struct str input, struct arena *arena,
                         const struct json_value **out, struct error *err);
/* The last member of that name, or NULL. NULL objects allowed. */
const struct json_value *json_get(const struct json_value *object,
                                  const char *key);
struct str json_get_str(const struct json_value *object, const char *key,
                        struct str fallback);
int64_t json_get_int(const struct json_value *object, const char *key,
                     int64_t fallback);

/* A writer that keeps commas and quotes right; JSON without white space, on
 * one line. Small output: aborts when memory is out (xbuf_*). */
struct json_out {
    struct buf *out;
    bool comma;
};
void json_open(struct json_out *w, char bracket);  /* '{' or '[' */
void json_close(struct json_out *w, char bracket); /* '}' or ']' */
void json_key(struct json_out *w, const char *key);
void json_str(struct json_out *w, struct str value);
void json_int(struct json_out *w, int64_t value);
void json_double(struct json_out *w, double value);
void json_bool(struct json_out *w, bool value);
void json_null(struct json_out *w);
void json_raw(struct json_out *w, struct str json); /* copied as it is */

#endif
