/* Two texts compared line by line. Pure. */
#ifndef REVIEW_LINE_DIFF_H
#define REVIEW_LINE_DIFF_H

#include "stet/buf.h"

/* Append the hunks of a unified diff with three lines of context; nothing when
 * the texts are equal. `put` writes a line's content, which has no line end.
 * The fewest changed lines, up to 1,000 of them; beyond, all that lies between
 * the first and the last difference is changed. */
typedef void line_put(struct str line, struct buf *out);
enum err_code line_diff(struct str old_text, struct str new_text, line_put *put,
                        struct buf *out, struct error *err);

#endif
