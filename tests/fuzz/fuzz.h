/* What a fuzz target defines, and how it says that a rule was broken. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
fuzz_check(bool holds, const char *file, int line, const char *condition)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: not true: %s\n", file, line, condition);
    __builtin_trap();
}

/* Like assert, but never compiled out. */
#define FUZZ_CHECK(condition) \
    fuzz_check(condition, __FILE__, __LINE__, #condition)

#endif
