/* Editing a text: every change and its undo, against a naive model. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tui/text_edit.h"

#define STATES 400

static void
assert_text(const struct text_edit *edit, const char *text)
{
    struct str now = text_edit_text(edit);

    assert_int_equal(now.len, strlen(text));
    if (now.len)
        assert_memory_equal(now.ptr, text, now.len);
}

static void
type(struct text_edit *edit, const char *text)
{
    for (; *text; text++)
        text_edit_insert(edit, (struct str){text, 1});
}

static void
test_typing_is_undone_by_the_line(void **state)
{
    struct text_edit *edit = text_edit_new(STR_LIT(""));

    (void)state;
    type(edit, "one\ntwo");
    assert_text(edit, "one\ntwo");
    assert_true(text_edit_undo(edit));
    assert_text(edit, "one\n");
    assert_true(text_edit_undo(edit));
    assert_text(edit, "");
    assert_false(text_edit_undo(edit));
    assert_true(text_edit_redo(edit));
    assert_true(text_edit_redo(edit));
    assert_false(text_edit_redo(edit));
    assert_text(edit, "one\ntwo");
    assert_int_equal(text_edit_cursor(edit), 7);
    text_edit_free(edit);
}

static void
test_moving_ends_a_change(void **state)
{
    struct text_edit *edit = text_edit_new(STR_LIT("abc"));

    (void)state;
    text_edit_go(edit, 3);
    type(edit, "de");
    text_edit_go(edit, 0);
    type(edit, "XY");
    assert_text(edit, "XYabcde");
    assert_true(text_edit_undo(edit));
    assert_text(edit, "abcde");
    type(edit, "!"); /* the undone is gone */
    assert_false(text_edit_redo(edit));
    assert_text(edit, "!abcde");
    text_edit_free(edit);
}

static void
test_removals_in_a_row_are_one(void **state)
{
    struct text_edit *edit = text_edit_new(STR_LIT("abcdef"));

    (void)state;
    text_edit_go(edit, 4);
    text_edit_remove(edit, 3, 4); /* backwards */
    text_edit_remove(edit, 2, 3);
    text_edit_remove(edit, 2, 3); /* and forwards */
    assert_text(edit, "abf");
    assert_true(text_edit_undo(edit));
    assert_text(edit, "abcdef");
    assert_true(text_edit_redo(edit));
    assert_text(edit, "abf");
    text_edit_remove(edit, 3, 9); /* nothing there */
    assert_text(edit, "abf");
    text_edit_free(edit);
}

static void
test_kills_in_a_row_are_put_together(void **state)
{
    struct text_edit *edit = text_edit_new(STR_LIT("one two three"));

    (void)state;
    text_edit_go(edit, 4);
    text_edit_kill(edit, 4, 8);
    text_edit_kill(edit, 4, 9);
    text_edit_kill(edit, 0, 4); /* backwards: before the others */
    assert_text(edit, "");
    text_edit_yank(edit);
    assert_text(edit, "one two three");
    text_edit_go(edit, 3);
    text_edit_kill(edit, 3, 7); /* elsewhere: a new one */
    text_edit_yank(edit);
    text_edit_yank(edit);
    assert_text(edit, "one two two three");
    text_edit_free(edit);
}

/* A text and where its cursor is, as a plain copy. */
struct snapshot {
    char *text;
    size_t len;
};

static struct snapshot
take(const struct text_edit *edit)
{
    struct str text = text_edit_text(edit);
    struct snapshot s = {malloc(text.len + 1), text.len};

    if (text.len)
        memcpy(s.text, text.ptr, text.len);
    s.text[text.len] = '\0';
    return s;
}

static void
splice(struct snapshot *s, size_t start, size_t end, const char *with,
       size_t len)
{
    char *made = malloc(s->len - (end - start) + len + 1);

    memcpy(made, s->text, start);
    memcpy(made + start, with, len);
    memcpy(made + start + len, s->text + end, s->len - end);
    s->len = s->len - (end - start) + len;
    free(s->text);
    s->text = made;
}

static void
random_change(struct text_edit *edit, struct snapshot *model)
{
    size_t len = model->len;
    size_t a = (size_t)rand() % (len + 1);
    size_t b = (size_t)rand() % (len + 1);
    char bytes[40];
    size_t count = (size_t)rand() % sizeof(bytes) + 1;

    if (a > b) {
        size_t former = a;

        a = b;
        b = former;
    }
    for (size_t i = 0; i < count; i++)
        bytes[i] = (char)("ab\ncd efghij"[rand() % 12]);
    if (rand() % 3 == 0) { /* go on where the cursor is */
        a = text_edit_cursor(edit);
        b = a;
    }
    text_edit_go(edit, a);
    if (rand() % 2) {
        text_edit_insert(edit, (struct str){bytes, count});
        splice(model, a, a, bytes, count);
    } else if (rand() % 2) {
        text_edit_remove(edit, a, b);
        splice(model, a, b, "", 0);
    } else {
        text_edit_kill(edit, a, b);
        splice(model, a, b, "", 0);
    }
}

static void
check(const struct text_edit *edit, const struct snapshot *model)
{
    struct str text = text_edit_text(edit);

    assert_int_equal(text.len, model->len);
    if (text.len)
        assert_memory_equal(text.ptr, model->text, text.len);
    assert_true(text_edit_cursor(edit) <= text.len);
}

/* All the way back to the start and forward to the end, any number of times. */
static void
test_random_changes(void **state)
{
    const char *given = getenv("STET_TEST_SEED");
    unsigned seed =
        given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);

    (void)state;
    print_message("seed %u\n", seed);
    srand(seed);
    for (int round = 0; round < 60; round++) {
        struct text_edit *edit = text_edit_new(STR_LIT("the first text\n"));
        struct snapshot first = take(edit);
        struct snapshot model = take(edit);

        for (int i = 0; i < STATES; i++) {
            random_change(edit, &model);
            check(edit, &model);
            if (rand() % 50 == 0)
                while (text_edit_undo(edit))
                    continue;
            while (text_edit_redo(edit))
                continue;
            check(edit, &model);
        }
        while (text_edit_undo(edit))
            continue;
        check(edit, &first);
        while (text_edit_redo(edit))
            continue;
        check(edit, &model);
        free(first.text);
        free(model.text);
        text_edit_free(edit);
    }
}

static void
test_old_changes_are_forgotten(void **state)
{
    struct text_edit *edit = text_edit_new(STR_LIT(""));
    size_t size = (size_t)8 << 20;
    char *much = malloc(size);
    unsigned undone = 0;

    (void)state;
    memset(much, 'x', size);
    for (int i = 0; i < 12; i++) {
        text_edit_insert(edit, (struct str){much, size});
        text_edit_go(edit, 0);
        text_edit_remove(edit, 0, size);
        text_edit_go(edit, 0);
    }
    while (text_edit_undo(edit))
        undone++;
    assert_in_range(undone, 4, 10);
    free(much);
    text_edit_free(edit);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_typing_is_undone_by_the_line),
        cmocka_unit_test(test_moving_ends_a_change),
        cmocka_unit_test(test_removals_in_a_row_are_one),
        cmocka_unit_test(test_kills_in_a_row_are_put_together),
        cmocka_unit_test(test_random_changes),
        cmocka_unit_test(test_old_changes_are_forgotten),
    };

    return cmocka_run_group_tests_name("text_edit", tests, NULL, NULL);
}
