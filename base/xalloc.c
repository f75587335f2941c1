/* Allocations of small, fixed sizes that abort when memory is out, after the
 * hook had its chance to give the terminal back. */
#include "config.h"

#include "stet/xalloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void (*out_of_memory_hook)(void); /* set before threads start */

void
xalloc_set_hook(void (*hook)(void))
{
    out_of_memory_hook = hook;
}

static _Noreturn void
out_of_memory(void)
{
    void (*hook)(void) = out_of_memory_hook;

    out_of_memory_hook = NULL;
    if (hook)
        hook();
    (void)fputs("stet: out of memory\n", stderr);
    abort();
}

void *
xmalloc(size_t size)
{
    void *ptr = malloc(size ? size : 1);

    if (!ptr)
        out_of_memory();
    return ptr;
}

void *
xcalloc(size_t count, size_t size)
{
    void *ptr = calloc(count ? count : 1, size ? size : 1);

    if (!ptr)
        out_of_memory();
    return ptr;
}

void *
xrealloc(void *ptr, size_t size)
{
    void *grown = realloc(ptr, size ? size : 1);

    if (!grown)
        out_of_memory();
    return grown;
}

void *
xreallocarray(void *ptr, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        out_of_memory();
    return xrealloc(ptr, count * size);
}

char *
xstrdup(const char *cstr)
{
    return xstrndup(str_of(cstr));
}

char *
xstrndup(struct str s)
{
    char *copy;

    if (s.len == SIZE_MAX)
        out_of_memory();
    copy = xmalloc(s.len + 1);
    if (s.len)
        memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return copy;
}

char *
xasprintf(const char *fmt, ...)
{
    char *text = NULL;
    va_list args;
    int len;

    va_start(args, fmt);
    len = vasprintf(&text, fmt, args);
    va_end(args);
    if (len < 0 || !text)
        out_of_memory();
    return text;
}
