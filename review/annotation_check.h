/* What makes an annotation well-formed, wherever it comes from. */
#ifndef STET_REVIEW_ANNOTATION_CHECK_H
#define STET_REVIEW_ANNOTATION_CHECK_H

#include "stet/annotation.h"

/* A journal may not push the counter to where it cannot grow. */
#define ANNOTATION_LAMPORT_MAX ((uint64_t)1 << 52)

bool annotation_how_parse(struct str name, enum annotation_how *how);

/* Kinds that are about no item: add, export, undo. */
bool annotation_kind_has_item(enum annotation_kind kind);

/* Shape, sizes and text encoding; not whether a verdict is in the set. Fails
 * with `code` and what is wrong. */
enum err_code annotation_check(const struct annotation *annotation,
                               enum err_code code, struct error *err);

/* 1 to 128 bytes of letters, digits, - _ / . : and non-ASCII letters; not
 * "none", not starting with a '-'. */
bool tag_name_is_valid(struct str name);
/* 1 to 128 bytes without controls, commas, or spaces at the ends. */
bool reviewer_name_is_valid(struct str name);
bool reviewer_is_model(struct str name);

#endif
