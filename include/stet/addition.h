/* New documents: the record that an `add` annotation carries. */
#ifndef STET_ADDITION_H
#define STET_ADDITION_H

#include "stet/annotation.h"

/* Fill an ANNOTATION_ADD with a fresh uuid and the whole record of a new
 * document: id "stet:<uuid>", the text, and, when it was written after another
 * document (`from`, may be NULL), that one's source and language, with a link
 * in metadata.stet.from. Owns: strings live in `arena`. ERR_USAGE: empty. */
enum err_code addition_make(struct annotation *out, struct str text,
                            const struct document *from, struct arena *arena,
                            struct error *err);

#endif
