/* Arenas: alignment, limits, reuse after reset. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "stet/arena.h"

static void
test_pieces_are_aligned_zeroed_and_apart(void **state)
{
    enum { COUNT = 2000 };
    static unsigned char *pieces[COUNT];
    static size_t sizes[COUNT];
    unsigned seed = (unsigned)time(NULL);
    struct arena arena;

    (void)state;
    print_message("# seed %u\n", seed);
    srand(seed);
    arena_init(&arena, 0);
    for (unsigned round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT; i++) {
            sizes[i] = (size_t)rand() % (i % 100 == 0 ? 30000 : 100);
            if (i % 3 == 0) {
                pieces[i] = (unsigned char *)arena_bytes(&arena, sizes[i]);
                assert_non_null(pieces[i]);
            } else {
                pieces[i] = arena_alloc(&arena, sizes[i]);
                assert_non_null(pieces[i]);
                assert_int_equal((uintptr_t)pieces[i] % 16, 0);
                for (size_t k = 0; k < sizes[i]; k++)
                    assert_int_equal(pieces[i][k], 0);
            }
            memset(pieces[i], (int)(i & 0xff), sizes[i]);
        }
        for (size_t i = 0; i < COUNT; i++)
            for (size_t k = 0; k < sizes[i]; k++)
                assert_int_equal(pieces[i][k], i & 0xff);
        arena_reset(&arena);
        assert_int_equal(arena.used, 0);
    }
    arena_release(&arena);
}

static void
test_limit_is_kept(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 1000);
    assert_non_null(arena_bytes(&arena, 600));
    assert_null(arena_bytes(&arena, 401));
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_non_null(arena_alloc(&arena, 400));
    assert_null(arena_copy(&arena, STR_LIT("x")).ptr);
    arena_reset(&arena);
    assert_non_null(arena_bytes(&arena, 1000));
    arena_release(&arena);
    arena_init(&arena, 0);
    assert_null(arena_bytes(&arena, SIZE_MAX));
    assert_null(arena_bytes(&arena, SIZE_MAX - 8));
    assert_null(arena_copy(&arena, (struct str){"x", SIZE_MAX}).ptr);
    arena_release(&arena);
}

static void
test_copy_adds_a_nul(void **state)
{
    struct arena arena;
    struct str copy;

    (void)state;
    arena_init(&arena, 0);
    copy = arena_copy(&arena, STR_LIT("a\0b"));
    assert_int_equal(copy.len, 3);
    assert_memory_equal(copy.ptr, "a\0b", 4);
    copy = arena_copy(&arena, (struct str){NULL, 0});
    assert_non_null(copy.ptr);
    assert_int_equal(copy.len, 0);
    arena_release(&arena);
}

static void
test_reset_keeps_no_big_block(void **state)
{
    struct arena arena;
    const char *first;

    (void)state;
    arena_init(&arena, 0);
    assert_non_null(arena_bytes(&arena, (size_t)32 << 20));
    arena_reset(&arena);
    assert_null(arena.head);
    first = arena_bytes(&arena, 10);
    assert_non_null(first);
    arena_reset(&arena);
    assert_ptr_equal(arena_bytes(&arena, 10), first);
    arena_release(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_aligned_zeroed_and_apart),
        cmocka_unit_test(test_limit_is_kept),
        cmocka_unit_test(test_copy_adds_a_nul),
        cmocka_unit_test(test_reset_keeps_no_big_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
