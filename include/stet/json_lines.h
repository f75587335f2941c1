/* JSON for people to read: indented, or a line for each member. */
#ifndef STET_JSON_LINES_H
#define STET_JSON_LINES_H

#include "stet/buf.h"

/* The value with every member on a line of its own, indented by two; tokens
 * keep their bytes, empty brackets stay together. Appends; what was appended
 * before a failure stays. Fails: as json_next(). Cost: linear. */
enum err_code json_indent(struct str json, struct buf *out, struct error *err);

/* "path  value" for every member of an object, objects and lists within them
 * spread out: "metadata.url  https://...". Strings are decoded; values over
 * JSON_LINE_VALUE bytes and lists over JSON_LINE_ITEMS items are cut and say
 * so. The member whose value begins at byte `skip` of the input is left out
 * (SIZE_MAX: none). Appends. Fails: as json_parse(). */
#define JSON_LINE_VALUE 1000u
#define JSON_LINE_ITEMS 50u
enum err_code json_member_lines(struct str json, size_t skip, struct buf *out,
                                struct error *err);

#endif
