/* What a fuzz target defines, and how it says that a rule was broken. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Like assert, but never compiled out. */
#define FUZZ_CHECK(condition)                                            \
    do {                                                                 \
        if (!(condition)) {                                              \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, \
                    #condition);                                         \
            __builtin_trap();                                            \
        }                                                                \
    } while (0)

#endif
