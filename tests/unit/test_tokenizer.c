/* The tokenizer on hand-picked text; `--tokens` serves the comparison with
 * its Python twin (tests/lib/tokenizer_twin.py). */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stet/tokenizer.h"

/* Tokens as "folded@start-end folded@start-end ". */
static bool
write_token(void *ctx, const struct token *token)
{
    xbuf_append_str(ctx, token->folded);
    xbuf_printf(ctx, "@%zu-%zu ", token->start, token->end);
    return true;
}

static void
expect(const char *text, size_t len, const char *wanted)
{
    struct tokenizer *tokenizer = tokenizer_new();
    struct buf out = {0};

    /* twice: what is remembered must not differ from what is folded */
    for (int i = 0; i < 2; i++) {
        buf_clear(&out);
        tokenizer_run(tokenizer, (struct str){text, len}, write_token, &out);
        assert_string_equal(xbuf_cstr(&out), wanted);
    }
    buf_release(&out);
    tokenizer_free(tokenizer);
}
#define EXPECT(text, wanted) expect(text, sizeof(text) - 1, wanted)

static void
test_words(void **state)
{
    (void)state;
    EXPECT("", "");
    EXPECT(" .,", "");
    EXPECT("Hello, World2!", "hello@0-5 world2@7-13 ");
    EXPECT("a\0b", "a@0-1 b@2-3 ");
    EXPECT("don't snake_case", "don@0-3 t@4-5 snake@6-11 case@12-16 ");
    EXPECT("\xEF\xBC\xA1\xEF\xBC\xA2", "ab@0-6 "); /* fullwidth AB */
    EXPECT("x\xE2\x84\xA2", "xtm@0-4 ");           /* trade mark */
    EXPECT("Stra\xC3\x9F"
           "e",
           "strasse@0-7 ");
    EXPECT("so\xC2\xAD"
           "ft",
           "soft@0-6 "); /* soft hyphen */
}

static void
test_marks(void **state)
{
    (void)state;
    EXPECT("caf\xC3\xA9", "cafe@0-5 ");
    EXPECT("cafe\xCC\x81 x", "cafe@0-6 x@7-8 ");
    EXPECT("\xCC\x81", "");
    EXPECT("1\xEF\xB8\x8F\xE2\x83\xA3", "1@0-7 "); /* keycap */
    /* Cyrillic short i keeps its breve */
    EXPECT("\xD0\xB9", "\xD0\xB9@0-2 ");
    EXPECT("\xD0\xB8\xCC\x86", "\xD0\xB9@0-4 ");
    /* Devanagari keeps its vowel signs */
    EXPECT("\xE0\xA4\x95\xE0\xA4\xBF\xE0\xA4\xA4",
           "\xE0\xA4\x95\xE0\xA4\xBF\xE0\xA4\xA4@0-9 ");
    /* Arabic alef with hamza, and a vowel sign, are bare */
    EXPECT("\xD8\xA3\xD9\x8E", "\xD8\xA7@0-4 ");
}

static void
test_unspaced(void **state)
{
    (void)state;
    EXPECT("\xE6\x97\xA5\xE6\x9C\xAC"
           "x",
           "\xE6\x97\xA5@0-3 \xE6\x9C\xAC@3-6 "
           "x@6-7 ");
    /* ga, written as one code point, as two, and in half width */
    EXPECT("\xE3\x81\x8C", "\xE3\x81\x8C@0-3 ");
    EXPECT("\xE3\x81\x8B\xE3\x82\x99", "\xE3\x81\x8C@0-6 ");
    EXPECT("\xEF\xBD\xB6\xEF\xBE\x9E", "\xE3\x82\xAC@0-6 ");
    /* Thai: tham, sara am is a mark and a vowel */
    EXPECT("\xE0\xB8\x97\xE0\xB8\xB3",
           "\xE0\xB8\x97\xE0\xB9\x8D@0-6 \xE0\xB8\xB2@0-6 ");
}

static void
test_emoji(void **state)
{
    (void)state;
    EXPECT("a\xF0\x9F\x98\x80\xF0\x9F\x98\x80",
           "a@0-1 \xF0\x9F\x98\x80@1-5 \xF0\x9F\x98\x80@5-9 ");
    /* woman ZWJ laptop: one token; a flag: one token */
    EXPECT("\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB",
           "\xF0\x9F\x91\xA9\xF0\x9F\x92\xBB@0-11 ");
    EXPECT("\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA\xF0\x9F\x87\xAB",
           "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA@0-8 \xF0\x9F\x87\xAB@8-12 ");
    EXPECT("\xE2\x9D\xA4\xEF\xB8\x8F", "\xE2\x9D\xA4@0-6 ");
}

static void
test_ill_formed(void **state)
{
    (void)state;
    EXPECT("a\xFF"
           "b",
           "a@0-1 b@2-3 ");
    EXPECT("a\xED\xA0\x80"
           "b",
           "a@0-1 b@4-5 ");
    EXPECT("a\xE3\x81", "a@0-1 ");
    EXPECT("\xC3", "");
}

static void
test_long_runs(void **state)
{
    struct buf text = {0};
    struct buf wanted = {0};

    (void)state;
    for (int i = 0; i < 130; i++)
        xbuf_append(&text, "Z", 1);
    for (int i = 0; i < 130; i++) {
        xbuf_append(&wanted, "z", 1);
        if (i == 63)
            xbuf_printf(&wanted, "@0-64 ");
        if (i == 127)
            xbuf_printf(&wanted, "@64-128 ");
    }
    xbuf_printf(&wanted, "@128-130 ");
    expect(text.ptr, text.len, xbuf_cstr(&wanted));
    buf_release(&text);
    buf_release(&wanted);
}

/* The same tokens wherever a text lies in the blocks that are looked at
 * together. */
static void
test_any_place(void **state)
{
    static const char *const before[] = {" ", "a ", "., "};
    struct buf text = {0};
    struct buf wanted = {0};

    (void)state;
    for (size_t spaces = 0; spaces < 130; spaces++)
        for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
            size_t at = strlen(before[i]) + spaces;

            buf_clear(&text);
            buf_clear(&wanted);
            xbuf_printf(&text, "%s", before[i]);
            for (size_t n = 0; n < spaces; n++)
                xbuf_printf(&text, " ");
            /* e with an accent; a space with one; letters of two bytes */
            xbuf_printf(&text, "Ab ne\xCC\x81 \xCC\x81x9 Z\xC3\x89\xC3\x89 q");
            if (i == 1)
                xbuf_printf(&wanted, "a@0-1 ");
            xbuf_printf(&wanted,
                        "ab@%zu-%zu ne@%zu-%zu x9@%zu-%zu zee@%zu-%zu "
                        "q@%zu-%zu ",
                        at, at + 2, at + 3, at + 7, at + 10, at + 12, at + 13,
                        at + 18, at + 19, at + 20);
            expect(text.ptr, text.len, xbuf_cstr(&wanted));
        }
    buf_release(&text);
    buf_release(&wanted);
}

/* Words and gaps of all lengths up to more than a block. */
static void
test_lengths(void **state)
{
    struct buf text = {0};
    struct buf wanted = {0};

    (void)state;
    for (size_t word = 1; word <= TOKENIZER_TOKEN_MAX_CP; word++)
        for (size_t gap = 1; gap < 70; gap += 1 + gap / 8) {
            buf_clear(&text);
            buf_clear(&wanted);
            for (size_t n = 0; n < 5; n++) {
                size_t start = text.len;

                for (size_t i = 0; i < word; i++)
                    xbuf_append(&text, &"WORDword09"[i % 10], 1);
                for (size_t i = 0; i < word; i++)
                    xbuf_append(&wanted, &"wordword09"[i % 10], 1);
                xbuf_printf(&wanted, "@%zu-%zu ", start, text.len);
                for (size_t i = 0; n < 4 && i < gap; i++)
                    xbuf_append(&text, &" -@[`{/:"[i % 8], 1);
            }
            expect(text.ptr, text.len, xbuf_cstr(&wanted));
        }
    buf_release(&text);
    buf_release(&wanted);
}

static bool
stop_after_two(void *ctx, const struct token *token)
{
    int *count = ctx;

    (void)token;
    return ++*count < 2;
}

static void
test_stop(void **state)
{
    struct tokenizer *tokenizer = tokenizer_new();
    int count = 0;

    (void)state;
    tokenizer_run(tokenizer, str_of("a b c d"), stop_after_two, &count);
    assert_int_equal(count, 2);
    tokenizer_free(tokenizer);
}

static bool
write_binary(void *ctx, const struct token *token)
{
    uint32_t head[3] = {(uint32_t)token->folded.len, (uint32_t)token->start,
                        (uint32_t)token->end};

    xbuf_append(ctx, head, sizeof(head));
    xbuf_append_str(ctx, token->folded);
    return true;
}

static bool
count_token(void *ctx, const struct token *token)
{
    (void)token;
    ++*(uint32_t *)ctx;
    return true;
}

/* Length-prefixed texts from stdin; their tokens to stdout. */
static int
serve(void)
{
    struct tokenizer *tokenizer = tokenizer_new();
    struct buf out = {0};
    struct buf text = {0};
    uint32_t len;

    while (fread(&len, sizeof(len), 1, stdin) == 1) {
        struct error err = ERROR_INIT;
        uint32_t count = 0;

        buf_clear(&text);
        buf_clear(&out);
        if (buf_reserve(&text, len + 1u, &err) != ERR_OK ||
            fread(text.ptr, 1, len, stdin) != len)
            return EXIT_FAILURE;
        text.len = len;
        tokenizer_run(tokenizer, buf_str(&text), count_token, &count);
        xbuf_append(&out, &count, sizeof(count));
        tokenizer_run(tokenizer, buf_str(&text), write_binary, &out);
        if (fwrite(out.ptr, 1, out.len, stdout) != out.len)
            return EXIT_FAILURE;
    }
    buf_release(&out);
    buf_release(&text);
    tokenizer_free(tokenizer);
    return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),      cmocka_unit_test(test_marks),
        cmocka_unit_test(test_unspaced),   cmocka_unit_test(test_emoji),
        cmocka_unit_test(test_ill_formed), cmocka_unit_test(test_long_runs),
        cmocka_unit_test(test_any_place),  cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_stop),
    };

    if (argc > 1 && strcmp(argv[1], "--tokens") == 0)
        return serve();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
