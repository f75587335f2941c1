/* Columns: what is written comes back, narrow or wide, with gaps; files that
 * are damaged or of another partition are refused. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "index/column.h"
#include "stet/fileio.h"
#include "tests/lib/shard_build.h"

static const struct hash part = {{1, 2, 3}};

static struct column_writer *
new_writer(bool labels)
{
    char *spill = path_join(test_folder(), "spill");
    struct column_writer *writer = column_writer_new(labels, spill);

    free(spill);
    return writer;
}

static struct column *
commit(struct column_writer *writer, bool labels, uint32_t count)
{
    char *path = path_join(test_folder(), "a.col");
    struct column *column = NULL;
    struct error err = ERROR_INIT;

    assert_int_equal(column_writer_commit(writer, path, count, &part, &err),
                     ERR_OK);
    column_writer_free(writer);
    assert_int_equal(column_open(&column, path, labels, count, &part, &err),
                     ERR_OK);
    free(path);
    return column;
}

static void
set_number(struct column_writer *writer, uint32_t doc, double value)
{
    struct error err = ERROR_INIT;

    assert_int_equal(column_set_number(writer, doc, value, &err), ERR_OK);
}

static void
test_narrow(void **state)
{
    (void)state;
    assert_true(column_is_narrow(0));
    assert_true(column_is_narrow(-3));
    assert_true(column_is_narrow(0.1));
    assert_true(column_is_narrow(0.8731));
    assert_true(column_is_narrow(0.9999999)); /* 7 digits, exact in float32 */
    assert_true(column_is_narrow(16777216));
    assert_true(column_is_narrow((double)NAN));
    assert_false(column_is_narrow(16777217));
    assert_false(column_is_narrow(0.123456789012));
    assert_false(column_is_narrow(3.0000000001));
    assert_false(column_is_narrow(1e300));
    assert_false(column_is_narrow((double)0.1f)); /* 0.10000000149011612 */
}

static void
test_gaps(void **state)
{
    struct column_writer *writer = new_writer(false);
    struct column *column;

    (void)state;
    set_number(writer, 3, 0.5);
    set_number(writer, 4, (double)NAN);
    set_number(writer, 7, 0.1);
    column = commit(writer, false, 12);
    assert_true(column_is_float32(column));
    for (uint32_t i = 0; i < 12; i++) {
        if (i == 3)
            assert_true(column_number(column, i) == 0.5);
        else if (i == 7)
            assert_true(column_number(column, i) == (double)0.1f);
        else
            assert_true(isnan(column_number(column, i)));
    }
    column_close(column);
}

/* More values than are kept in memory, one of which needs a double. */
/* What was given up is read again. */
static void
test_rest(void **state)
{
    struct column_writer *writer = new_writer(false);
    struct column *column;

    (void)state;
    for (uint32_t doc = 0; doc < 20000; doc++)
        set_number(writer, doc, doc / 8.0);
    column = commit(writer, false, 20000);
    for (unsigned round = 0; round < 3; round++) {
        for (uint32_t doc = 0; doc < 20000; doc += 7)
            assert_true(column_number(column, doc) == doc / 8.0);
        column_rest(column);
    }
    assert_true(column_is_sound(column));
    column_close(column);
}

static void
test_spilled(void **state)
{
    struct column_writer *writer = new_writer(false);
    struct column *column;

    (void)state;
    for (uint32_t i = 5; i < 50000; i += 2)
        set_number(writer, i, i == 30001 ? 0.123456789012 : i / 8.0);
    column = commit(writer, false, 50010);
    assert_false(column_is_float32(column));
    for (uint32_t i = 0; i < 50010; i++) {
        double value = column_number(column, i);

        if (i < 5 || i % 2 == 0 || i >= 50000)
            assert_true(isnan(value));
        else
            assert_true(value == (i == 30001 ? 0.123456789012 : i / 8.0));
    }
    column_close(column);
    {
        char *spill = path_join(test_folder(), "spill");

        assert_false(file_exists(spill));
        free(spill);
    }
}

static void
test_labels(void **state)
{
    const uint32_t distinct[] = {1, 255, 256, 70000};

    (void)state;
    for (size_t d = 0; d < sizeof(distinct) / sizeof(distinct[0]); d++) {
        struct column_writer *writer = new_writer(true);
        uint32_t count = 2 * distinct[d] + 3;
        struct error err = ERROR_INIT;
        struct column *column;
        char text[32];

        for (uint32_t i = 1; i < count - 1; i++) {
            (void)snprintf(text, sizeof(text), "label %u", i % distinct[d]);
            assert_int_equal(column_set_label(writer, i, str_of(text), &err),
                             ERR_OK);
        }
        column = commit(writer, true, count);
        assert_int_equal(column_label_count(column), distinct[d]);
        assert_int_equal(column_code(column, 0), 0);
        assert_int_equal(column_code(column, count - 1), 0);
        assert_null(column_label(column, 0).ptr);
        for (uint32_t i = 1; i < count - 1; i++) {
            (void)snprintf(text, sizeof(text), "label %u", i % distinct[d]);
            assert_true(str_equal(column_label(column, column_code(column, i)),
                                  str_of(text)));
        }
        column_close(column);
    }
}

/* Every byte of the header changed, every length cut: refused or readable. */
static void
test_damaged(void **state)
{
    struct column_writer *writer = new_writer(true);
    char *path = path_join(test_folder(), "a.col");
    char *other = path_join(test_folder(), "b.col");
    struct hash wrong = {{9}};
    struct buf bytes = {0};
    struct error err = ERROR_INIT;
    struct column *column = NULL;

    (void)state;
    assert_int_equal(column_set_label(writer, 0, STR_LIT("x"), &err), ERR_OK);
    assert_int_equal(column_set_label(writer, 1, STR_LIT("yy"), &err), ERR_OK);
    column_close(commit(writer, true, 2));
    assert_int_equal(column_open(&column, path, true, 2, &wrong, &err),
                     ERR_FORMAT);
    assert_int_equal(column_open(&column, path, true, 3, &part, &err),
                     ERR_FORMAT);
    assert_int_equal(column_open(&column, path, false, 2, &part, &err),
                     ERR_FORMAT);
    read_file(path, &bytes);
    for (size_t len = 0; len < bytes.len; len++) {
        write_file(other, (struct str){bytes.ptr, len});
        assert_int_not_equal(column_open(&column, other, true, 2, &part, &err),
                             ERR_OK);
    }
    for (size_t i = 0; i < bytes.len; i++) {
        bytes.ptr[i] = (char)(bytes.ptr[i] ^ 0x55);
        write_file(other, buf_str(&bytes));
        bytes.ptr[i] = (char)(bytes.ptr[i] ^ 0x55);
        if (column_open(&column, other, true, 2, &part, &err) != ERR_OK)
            continue;
        for (uint32_t doc = 0; doc < 2; doc++) {
            struct str label = column_label(column, column_code(column, doc));

            (void)hash_of(label); /* reads all of it */
        }
        column_close(column);
    }
    buf_release(&bytes);
    free(path);
    free(other);
}

static int
teardown(void **state)
{
    (void)state;
    test_folder_remove();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_narrow),  cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_spilled), cmocka_unit_test(test_labels),
        cmocka_unit_test(test_damaged), cmocka_unit_test(test_rest),
    };

    return cmocka_run_group_tests(tests, NULL, teardown);
}
