/* Small, fixed-size allocations that abort when memory is out. Annotations
 * are already committed then; the hook restores the terminal first. Sizes
 * that come from data use malloc and return ERR_NOMEM instead. */
#ifndef STET_XALLOC_H
#define STET_XALLOC_H

#include <stddef.h>

#include "stet/buf.h"

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t size)
    __attribute__((malloc, returns_nonnull));
void *xrealloc(void *ptr, size_t size) __attribute__((returns_nonnull));
/* realloc of count*size with the overflow checked. */
void *xreallocarray(void *ptr, size_t count, size_t size)
    __attribute__((returns_nonnull));
char *xstrdup(const char *cstr) __attribute__((malloc, returns_nonnull));
char *xstrndup(struct str s) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), malloc, returns_nonnull));

/* Called once before the abort; NULL for none. Set by the desk. */
void xalloc_set_hook(void (*hook)(void));

#endif
