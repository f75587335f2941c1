/* Finding in a text: words as the index folds them, regexes, their mistakes;
 * against a slow search of the same meaning. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stet/tokenizer.h"
#include "stet/utf8.h"
#include "tui/find.h"

static uint64_t seed;

static unsigned
draw(unsigned below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((seed >> 33) % below);
}

/* "0-3 8-11" */
static void
expect(const char *pattern, const char *text, const char *want)
{
    struct found found = {0};
    struct error err = ERROR_INIT;
    struct buf got = {0};

    assert_int_equal(
        find_all(str_of(pattern), str_of(text), NULL, &found, &err), ERR_OK);
    for (size_t i = 0; i < found.count; i++)
        xbuf_printf(&got, "%s%zu-%zu", i ? " " : "", found.spans[i].start,
                    found.spans[i].end);
    assert_string_equal(xbuf_cstr(&got), want);
    buf_release(&got);
    found_release(&found);
}

static void
test_words(void **state)
{
    (void)state;
    expect("kit", "A Kitchen, a kite; askit", "2-9 13-17");
    expect("kite ", "A Kitchen, a kite; kites", "13-17");
    expect("cafe", "CAFÉ cafe\xCC\x81", "0-5 6-12");
    expect("e mail", "e-mail, E  Mails, mail", "0-6 8-16");
    expect("a a", "a a a a", "0-3 4-7"); /* not overlapping */
    expect("a a b", "a a a b", "2-7");
    expect("雪国", "長い雪国であった。雪 国", "6-12 27-34");
    expect("", "text", "");
    expect("word", "", "");
    expect("?!", "what?! why?!", "4-6 10-12");
    expect("\xF0\x9F\x91\x8D", "ok \xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD", "3-11");
}

static void
test_regexes(void **state)
{
    (void)state;
    expect("/colou?r/", "color Colour colour", "0-5 13-19");
    expect("/colou?r/i", "color Colour", "0-5 6-12");
    expect("/colou?r", "a colour", "2-8"); /* still being typed */
    expect("/a\\/b/", "a/b", "0-3");
    expect("/^b/m", "a\nb", "2-3");
    expect("/x*/", "axxb\xC3\xA9x", "1-3 6-7"); /* empty ones do not count */
    expect("/", "a/b", "");
    expect("//", "a/b", "");
    expect("/./", "\xE2\x82\xAC", "0-3");
}

static enum err_code
fails(const char *pattern, struct error *err)
{
    struct found found = {0};
    enum err_code code =
        find_all(str_of(pattern), STR_LIT("text"), NULL, &found, err);

    found_release(&found);
    return code;
}

static void
test_mistakes(void **state)
{
    struct error err = ERROR_INIT;
    struct found found = {0};
    struct buf words = {0};
    int cancel = 1;

    (void)state;
    assert_int_equal(fails("/fo[o", &err), ERR_FORMAT);
    assert_int_equal(err.offset, 5);
    assert_int_equal(fails("/foo/q", &err), ERR_FORMAT);
    assert_int_equal(err.offset, 5);
    for (int i = 0; i <= FIND_TOKENS_MAX; i++)
        xbuf_append_str(&words, STR_LIT("a "));
    assert_int_equal(fails(xbuf_cstr(&words), &err), ERR_LIMIT);
    buf_release(&words);
    assert_int_equal(
        find_all(STR_LIT("e"), STR_LIT("e"), &cancel, &found, &err),
        ERR_CANCELLED);
    assert_int_equal(
        find_all(STR_LIT("/e/"), STR_LIT("e"), &cancel, &found, &err),
        ERR_CANCELLED);
    found_release(&found);
}

struct token_copy {
    char folded[32];
    size_t start, end;
};
struct tokens {
    struct token_copy all[256];
    size_t count;
};

static bool
keep(void *ctx, const struct token *token)
{
    struct tokens *tokens = ctx;
    struct token_copy *copy = &tokens->all[tokens->count++];

    assert_true(tokens->count <= 256 && token->folded.len < 32);
    memcpy(copy->folded, token->folded.ptr, token->folded.len);
    copy->folded[token->folded.len] = '\0';
    copy->start = token->start;
    copy->end = token->end;
    return true;
}

static bool
token_fits(const struct token_copy *want, const struct token_copy *is,
           bool prefix)
{
    return prefix ? strncmp(is->folded, want->folded, strlen(want->folded)) == 0
                  : strcmp(is->folded, want->folded) == 0;
}

/* The matches, by trying every place. */
static size_t
slow(const struct tokens *want, const struct tokens *text, bool prefix,
     struct span *out)
{
    size_t count = 0;

    for (size_t i = 0; i + want->count <= text->count; i++) {
        size_t n = 0;

        while (n < want->count && token_fits(&want->all[n], &text->all[i + n],
                                             prefix && n + 1 == want->count))
            n++;
        if (n < want->count ||
            (count && text->all[i].start < out[count - 1].end))
            continue;
        out[count++] =
            (struct span){text->all[i].start, text->all[i + n - 1].end};
    }
    return count;
}

static void
random_text(struct buf *out, unsigned words)
{
    static const char *const parts[] = {
        "a",  "A",  "ab",           "é", "e\xCC\x81", "-", " ", " ",
        "雪", "\n", "\xE2\x80\x8B", "ß", "ss",        ".", "ก", "\xE2\x80\xAE"};

    buf_clear(out);
    for (unsigned i = 0; i < words; i++)
        xbuf_append_str(out, str_of(parts[draw(16)]));
}

static void
test_random_words(void **state)
{
    struct tokenizer *tokenizer = tokenizer_new();
    struct buf text = {0};
    struct buf pattern = {0};

    (void)state;
    seed = 1;
    for (int round = 0; round < 3000; round++) {
        struct tokens want = {.count = 0};
        struct tokens is = {.count = 0};
        struct span spans[256];
        struct found found = {0};
        struct error err = ERROR_INIT;
        size_t count;
        bool prefix;

        random_text(&text, draw(120));
        random_text(&pattern, 1 + draw(5));
        tokenizer_run(tokenizer, buf_str(&pattern), keep, &want);
        tokenizer_run(tokenizer, buf_str(&text), keep, &is);
        if (want.count == 0)
            continue;
        prefix = pattern.ptr[pattern.len - 1] != ' ';
        count = slow(&want, &is, prefix, spans);
        assert_int_equal(
            find_all(buf_str(&pattern), buf_str(&text), NULL, &found, &err),
            ERR_OK);
        assert_int_equal(found.count, count);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(found.spans[i].start, spans[i].start);
            assert_int_equal(found.spans[i].end, spans[i].end);
            assert_int_equal(found_at(found.spans, found.count, spans[i].start),
                             i);
            assert_int_equal(
                found_at(found.spans, found.count, spans[i].start + 1), i + 1);
        }
        found_release(&found);
    }
    buf_release(&text);
    buf_release(&pattern);
    tokenizer_free(tokenizer);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_regexes),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_random_words),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("find", tests, NULL, NULL);
}
