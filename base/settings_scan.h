/* The syntax of settings files, item by item, with the places of their bytes:
 * what settings.c reads and settings_store.c edits. */
#ifndef BASE_SETTINGS_SCAN_H
#define BASE_SETTINGS_SCAN_H

#include "stet/buf.h"

struct settings_scan {
    struct str text;
    const char *origin; /* for messages */
    size_t at;
    struct buf section; /* of the last header; sub has no value before one */
    struct buf sub;
    struct buf key;
    struct buf value;
    bool has_section;
};

struct settings_item {
    bool is_section;    /* a header; else a key with a value */
    struct str section; /* views live until the next call */
    struct str sub;
    struct str key;
    struct str value;
    size_t start; /* of the header or key */
    size_t key_end;
    bool has_value;     /* a '=' follows the key */
    size_t value_start; /* as written, without blanks around it */
    size_t value_end;
    size_t end; /* behind the header's ']', or at the newline of the value */
};

void settings_scan_init(struct settings_scan *scan, struct str text,
                        const char *origin);
void settings_scan_release(struct settings_scan *scan);
/* *more: whether *item was filled. ERR_CONFIG with "origin:line:column". */
enum err_code settings_scan_next(struct settings_scan *scan,
                                 struct settings_item *item, bool *more,
                                 struct error *err);
/* Lines from 1. */
unsigned settings_scan_line(const struct settings_scan *scan, size_t offset);

/* Append `text` with one value changed: what settings_store does to a file. */
struct settings_change {
    const char *section;
    const char *sub; /* NULL for none */
    const char *key;
    struct str value;
};
enum err_code settings_edit(struct str text, const char *origin,
                            const struct settings_change *change,
                            struct buf *out, struct error *err);

bool settings_is_section_name(struct str name);
bool settings_is_key_name(struct str name);
struct str settings_lower(struct buf *buf, struct str name);

#endif
