/* The line editor: readline's keys, history, completion, paste, drawing. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tui/keys.h"
#include "tui/prompt.h"

static void
type(struct prompt *prompt, const char *keys)
{
    struct str rest = str_of(keys);

    while (rest.len > 0) {
        size_t len = 0;

        while (len < rest.len && rest.ptr[len] != ' ')
            len++;
        prompt_key(prompt, key_parse(str_slice(rest, 0, len)));
        rest = str_slice(rest, len < rest.len ? len + 1 : len, rest.len);
    }
}

/* `|` is the cursor. */
static void
assert_line(const struct prompt *prompt, const char *expected)
{
    struct buf got = {0};

    xbuf_append(&got, prompt->line.ptr, prompt->at);
    xbuf_append(&got, "|", 1);
    xbuf_append_str(
        &got, str_slice(buf_str(&prompt->line), prompt->at, prompt->line.len));
    assert_string_equal(xbuf_cstr(&got), expected);
    buf_release(&got);
}

static void
test_editing(void **state)
{
    struct prompt prompt;

    (void)state;
    prompt_init(&prompt);
    prompt_open(&prompt, ":", STR_LIT("one two three"), NULL);
    assert_line(&prompt, "one two three|");
    type(&prompt, "^W");
    assert_line(&prompt, "one two |");
    type(&prompt, "Alt-b");
    assert_line(&prompt, "one |two ");
    type(&prompt, "^Y");
    assert_line(&prompt, "one three|two ");
    type(&prompt, "^A Alt-f ^K");
    assert_line(&prompt, "one|");
    type(&prompt, "^Y ^A Alt-d ^D");
    assert_line(&prompt, "|threetwo ");
    type(&prompt, "^E é Backspace Left Left ^U");
    assert_line(&prompt, "|o ");
    type(&prompt, "Delete Delete Delete");
    assert_line(&prompt, "|");
    assert_int_equal(prompt_key(&prompt, 'x'), PROMPT_STAYS);
    assert_int_equal(prompt_key(&prompt, KEY_IS_ENTER), PROMPT_DONE);
    assert_int_equal(prompt_key(&prompt, KEY_IS_ESC), PROMPT_LEFT);
    prompt_release(&prompt);
}

static void
test_graphemes(void **state)
{
    struct prompt prompt;

    (void)state;
    prompt_init(&prompt);
    prompt_open(&prompt, ":", STR_LIT("a\xCC\x81日"), NULL);
    type(&prompt, "Left");
    assert_line(&prompt, "a\xCC\x81|日");
    type(&prompt, "Backspace");
    assert_line(&prompt, "|日");
    prompt_release(&prompt);
}

static void
test_history(void **state)
{
    struct prompt prompt;
    struct prompt_history history = {0};
    struct prompt_history again = {0};
    struct buf text = {0};

    (void)state;
    history_add(&history, STR_LIT("first"));
    history_add(&history, STR_LIT("second"));
    history_add(&history, STR_LIT("first"));
    assert_int_equal(history.count, 2);
    prompt_init(&prompt);
    prompt_open(&prompt, "/", STR_LIT("new"), &history);
    type(&prompt, "Up");
    assert_line(&prompt, "first|");
    type(&prompt, "Up Up Up");
    assert_line(&prompt, "second|");
    type(&prompt, "Down Down Down");
    assert_line(&prompt, "new|");
    type(&prompt, "^R s e");
    assert_line(&prompt, "second|");
    type(&prompt, "^R");
    assert_int_equal(prompt_key(&prompt, KEY_IS_ENTER), PROMPT_DONE);
    assert_line(&prompt, "second|");
    history_format(&history, &text);
    history_parse(&again, buf_str(&text));
    assert_int_equal(again.count, 2);
    assert_string_equal(again.lines[1], "first");
    for (unsigned i = 0; i < PROMPT_HISTORY + 10; i++) {
        buf_clear(&text);
        xbuf_printf(&text, "line %u", i);
        history_add(&again, buf_str(&text));
    }
    assert_int_equal(again.count, PROMPT_HISTORY);
    buf_release(&text);
    history_release(&history);
    history_release(&again);
    prompt_release(&prompt);
}

static bool
offer(void *ctx, struct completion *completion)
{
    static const char *const words[] = {"half-down", "half-up"};

    (void)ctx;
    completion->start = 0;
    if (completion->at == 0 || completion->number >= 2)
        return false;
    xbuf_append_str(completion->out, str_of(words[completion->number]));
    xbuf_printf(completion->note, "%u", 7u + (unsigned)completion->number);
    return true;
}

static void
test_completion(void **state)
{
    struct prompt prompt;

    (void)state;
    prompt_init(&prompt);
    prompt_open(&prompt, ":", STR_LIT("ha"), NULL);
    prompt.complete = offer;
    type(&prompt, "Tab");
    assert_line(&prompt, "half-down|");
    type(&prompt, "Tab");
    assert_line(&prompt, "half-up|");
    type(&prompt, "Tab");
    assert_line(&prompt, "ha|");
    type(&prompt, "Tab x");
    assert_line(&prompt, "half-downx|");
    prompt_release(&prompt);
}

static void
test_paste(void **state)
{
    struct prompt prompt;
    struct buf big = {0};

    (void)state;
    prompt_init(&prompt);
    prompt_open(&prompt, ":", STR_LIT(""), NULL);
    prompt_paste(&prompt, STR_LIT("\033[31mred\r\nQ\n"));
    assert_line(&prompt, "[31mred  Q|");
    while (big.len <= PROMPT_MAX)
        xbuf_append_str(&big, STR_LIT("too much "));
    prompt_paste(&prompt, buf_str(&big));
    assert_line(&prompt, "[31mred  Q|");
    buf_release(&big);
    prompt_release(&prompt);
}

static void
test_drawing(void **state)
{
    struct prompt prompt;
    struct grid grid;
    struct buf out = {0};

    (void)state;
    grid_init(&grid, 1, 10);
    prompt_init(&prompt);
    prompt_open(&prompt, ":", STR_LIT("tag +one -two"), NULL);
    prompt_draw(&prompt, &grid, 0);
    grid_dump(&grid, &out);
    assert_string_equal(xbuf_cstr(&out), "screen 10x1 cursor 0,9\n"
                                         "|:one -two\n"
                                         "@0 0-0:prompt 1-8:data\n");
    /* the place of a mistake */
    buf_clear(&out);
    grid_clear(&grid);
    prompt_open(&prompt, "f ", STR_LIT("a:(b"), NULL);
    prompt.error_at = 2;
    prompt_draw(&prompt, &grid, 0);
    grid_dump(&grid, &out);
    assert_string_equal(xbuf_cstr(&out),
                        "screen 10x1 cursor 0,6\n"
                        "|f a:(b\n"
                        "@0 0-1:prompt 2-3:data 4-4:error 5-5:data\n");
    buf_release(&out);
    prompt_release(&prompt);
    grid_release(&grid);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_editing), cmocka_unit_test(test_graphemes),
        cmocka_unit_test(test_history), cmocka_unit_test(test_completion),
        cmocka_unit_test(test_paste),   cmocka_unit_test(test_drawing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
