/* The query parser: what a query means, and where a mistake is. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stet/query.h"

struct good {
    const char *query, *tree;
};
struct bad {
    const char *query;
    size_t at;
    const char *says; /* part of the message */
};

static enum err_code
parse(const char *text, struct arena *arena, struct buf *tree,
      struct error *err)
{
    const struct query *query = NULL;
    enum err_code code = query_parse(&query, str_of(text), arena, err);

    if (code == ERR_OK)
        query_dump(query, tree);
    return code;
}

static void
check_good(const struct good *cases, size_t count)
{
    struct arena arena;
    struct buf tree = {0};

    arena_init(&arena, 0);
    for (size_t i = 0; i < count; i++) {
        struct error err = ERROR_INIT;

        buf_clear(&tree);
        if (parse(cases[i].query, &arena, &tree, &err) != ERR_OK)
            fail_msg("%s: %s", cases[i].query, err.message);
        assert_string_equal(xbuf_cstr(&tree), cases[i].tree);
    }
    buf_release(&tree);
    arena_release(&arena);
}

static void
check_bad(const struct bad *cases, size_t count)
{
    struct arena arena;
    struct buf tree = {0};

    arena_init(&arena, 0);
    for (size_t i = 0; i < count; i++) {
        struct error err = ERROR_INIT;

        buf_clear(&tree);
        if (parse(cases[i].query, &arena, &tree, &err) != ERR_USAGE)
            fail_msg("%s: no error but %s", cases[i].query, xbuf_cstr(&tree));
        if (err.offset != cases[i].at || !strstr(err.message, cases[i].says))
            fail_msg("%s: at %llu: %s", cases[i].query,
                     (unsigned long long)err.offset, err.message);
    }
    buf_release(&tree);
    arena_release(&arena);
}

#define CHECK(check, cases) check(cases, sizeof(cases) / sizeof((cases)[0]))

static void
test_words(void **state)
{
    static const struct good cases[] = {
        {"", "all"},
        {"  \t\n", "all"},
        {"hate", "\"hate\""},
        {"a b", "(and \"a\" \"b\")"},
        {"a AND b", "(and \"a\" \"b\")"},
        {"a\xE3\x80\x80"
         "b",
         "(and \"a\" \"b\")"},
        {"a OR b c", "(or \"a\" (and \"b\" \"c\"))"},
        {"a OR b OR c", "(or \"a\" \"b\" \"c\")"},
        {"(a OR b) c", "(and (or \"a\" \"b\") \"c\")"},
        {"-a", "(not \"a\")"},
        {"a NOT b", "(and \"a\" (not \"b\"))"},
        {"--a", "\"a\""},
        {"-(a OR b) c", "(and (not (or \"a\" \"b\")) \"c\")"},
        {"\"two words\"", "\"two words\""},
        {"\"say \"\"hi\"\" now\"", "\"say \"hi\" now\""},
        {"a\"b c\"d", "(and \"a\" \"b c\" \"d\")"},
        {"pre*", "\"pre\"*"},
        {"f***", "\"f\"*"},
        {"\"of the pre\"*", "\"of the pre\"*"},
        {"self-harm", "\"self-harm\""},
        {"or and not near", "(and \"or\" \"and\" \"not\" \"near\")"},
        {"\"OR\"", "\"OR\""},
        {"12:30", "\"12:30\""},
        {"\xE0\xB8\x81:x", "\"\xE0\xB8\x81:x\""},
        {"i<j a->b", "(and \"i<j\" \"a->b\")"},
    };

    (void)state;
    CHECK(check_good, cases);
}

static void
test_near(void **state)
{
    static const struct good cases[] = {
        {"NEAR(a b)", "(near 10 \"a\" \"b\")"},
        {"NEAR (a b,5)", "(near 5 \"a\" \"b\")"},
        {"NEAR(a \"b c\" d*, 0) e",
         "(and (near 0 \"a\" \"b c\" \"d\"*) \"e\")"},
        {"NEAR(a)", "\"a\""},
        {"NEAR", "\"NEAR\""},
        {"NEAR(OR AND)", "(near 10 \"OR\" \"AND\")"},
    };
    static const struct bad wrong[] = {
        {"NEAR(a b", 8, "missing"},
        {"NEAR(a b,", 9, "number"},
        {"NEAR(a b,x)", 9, "number"},
        {"NEAR(a b,-3)", 9, "number"},
        {"NEAR(a b,1.5)", 9, "number"},
        {"NEAR(a b,5 6)", 11, "missing"},
        {"NEAR()", 0, "needs words"},
        {"NEAR(a (b))", 7, "only words"},
        {"NEAR(a -b)", 7, "only words"},
        {"NEAR(a tag:b)", 7, "only words"},
        {"NEAR(a !)", 7, "nothing to search"},
    };

    (void)state;
    CHECK(check_good, cases);
    CHECK(check_bad, wrong);
}

static void
test_fields(void **state)
{
    static const struct good cases[] = {
        {"toxicity:0.8..", "(field toxicity 0.8.. 0.8..nan)"},
        {"toxicity:..0.2", "(field toxicity ..0.2 nan..0.2)"},
        {"safety:3..5", "(field safety 3..5 3..5)"},
        {"t:-1e3..+.5", "(field t -1e3..+.5 -1000..0.5)"},
        {"t:..", "(field t .. nan..nan)"},
        {"t:1", "(field t 1 =1)"},
        {"len:10k..2m", "(field len 10k..2m 10000..2e+06)"},
        {"len:1kk", "(field len 1kk)"},
        {"\"self-harm\":0.5..", "(field self-harm 0.5.. 0.5..nan)"},
        {"-\"self-harm\":1", "(not (field self-harm 1 =1))"},
        {"hate/threatening:1", "(field hate/threatening 1 =1)"},
        {"score.\"a b\":1", "(field score.a b 1 =1)"},
        {"meta.\"a.b\".c:x", "(field meta.\"a.b\".c x)"},
        {"toxicity@v7:1", "(field toxicity@v7 1 =1)"},
        {"tag:bad-topic", "(field tag bad-topic)"},
        {"source:\"a..b\"", "(field source a..b)"},
        {"meta.url:*example.org*", "(field meta.url *example.org*)"},
        {"meta.x:*\"two words\"*", "(field meta.x *two words*)"},
        {"id:https://x.org/a", "(field id https://x.org/a)"},
        {"id:\"//x\"", "(field id //x)"},
        {"id:\"\"", "(field id )"},
        {"judged:2026-11-20T10:00:00Z..",
         "(field judged 2026-11-20T10:00:00Z.. nan..nan)"},
        {"toxicity>=0.8", "(field toxicity 0.8.. 0.8..nan)"},
        {"toxicity<=0.8", "(field toxicity ..0.8 nan..0.8)"},
        {"toxicity:>=.8", "(field toxicity .8.. 0.8..nan)"},
        {"\"self-harm\">=1", "(field self-harm 1.. 1..nan)"},
        {"(tag:a)", "(field tag a)"},
    };
    static const struct bad wrong[] = {
        {"see http://x.org/(a)", 4, "\"http://x.org/\""},
        {"tag:", 4, "value is missing"},
        {"a tag: b", 6, "value is missing"},
        {"id:a(b)", 4, "quotes"},
        {"toxicity>0.8", 0, "toxicity:0.8.."},
        {"toxicity:<0.8", 0, "toxicity:..0.8"},
        {"toxicity >= 0.8", 9, "range"},
    };

    (void)state;
    CHECK(check_good, cases);
    CHECK(check_bad, wrong);
}

static void
test_by(void **state)
{
    static const struct good cases[] = {
        {"verdict:bad by:ann", "(field verdict bad by ann)"},
        {"by:ann verdict:bad x", "(and (field verdict bad by ann) \"x\")"},
        {"verdict:bad tag:x by:ann",
         "(and (field verdict bad by ann) (field tag x by ann))"},
        {"by:me", "(field by me)"},
        {"-by:me", "(not (field by me))"},
        {"verdict:bad -by:me", "(and (field verdict bad) (not (field by me)))"},
        {"verdict:bad OR by:me", "(or (field verdict bad) (field by me))"},
        {"-verdict:bad by:ann",
         "(and (not (field verdict bad by ann)) (field by ann))"},
        {"(verdict:bad OR x) by:ann",
         "(and (or (field verdict bad by ann) \"x\") (field by ann))"},
        {"by:ann by:bob", "(and (field by ann) (field by bob))"},
        {"(verdict:bad by:ann) tag:x by:bob",
         "(and (field verdict bad by ann) (field tag x by bob))"},
        {"toxicity:1 by:ann", "(and (field toxicity 1 =1) (field by ann))"},
    };
    static const struct bad wrong[] = {
        {"verdict:bad by:ann by:bob", 19, "two by:"},
    };

    (void)state;
    CHECK(check_good, cases);
    CHECK(check_bad, wrong);
}

static void
test_orders(void **state)
{
    static const struct good cases[] = {
        {"sort:toxicity", "all sort score toxicity"},
        {"a sort:-toxicity b", "(and \"a\" \"b\") sort -score toxicity"},
        {"sort:-\"self-harm\"", "all sort -score self-harm"},
        {"sort:near(toxicity,0.5)", "all sort near toxicity 0.5"},
        {"sort:near( \"a,b\" , .5 )", "all sort near a,b 0.5"},
        {"sort:disagree(a, b)", "all sort disagree a b"},
        {"sort:random(42)", "all sort random 42"},
        {"sort:random", "all sort random 0"},
        {"sort:rank", "all sort rank"},
        {"sort:-shard", "all sort -shard"},
        {"sort:len", "all sort len"},
        {"a OR b sort:len", "(or \"a\" \"b\") sort len"},
    };
    static const struct bad wrong[] = {
        {"sort:", 5, "order is missing"},
        {"sort:-", 6, "order is missing"},
        {"sort:near(t)", 5, "near(SCORE,0.5)"},
        {"sort:near(t,x)", 12, "number"},
        {"sort:near(t,0.5", 9, "not closed"},
        {"sort:nearest(t,1)", 5, "unknown order"},
        {"sort:random(x)", 12, "seed"},
        {"sort:random(99999999999999999999)", 12, "seed"},
        {"sort:disagree(a)", 5, "disagree(A,B)"},
        {"sort:disagree(a,,b)", 16, "missing"},
        {"sort:len sort:rank", 9, "already"},
        {"(a sort:len)", 3, "outside"},
        {"-sort:len", 1, "outside"},
        {"sort:len OR a", 9, "both sides"},
        {"a OR sort:len", 2, "both sides"},
    };

    (void)state;
    CHECK(check_good, cases);
    CHECK(check_bad, wrong);
}

static void
test_mistakes(void **state)
{
    static const struct bad wrong[] = {
        {"(a", 0, "not closed"},
        {"a (b (c)", 2, "not closed"},
        {"a)", 1, "no ("},
        {"a ()", 2, "nothing inside"},
        {"(a OR)", 3, "both sides"},
        {"OR a", 0, "both sides"},
        {"a OR", 2, "both sides"},
        {"a OR OR b", 5, "both sides"},
        {"a AND", 5, "both sides"},
        {"AND a", 0, "both sides"},
        {"NOT", 3, "missing"},
        {"(-)", 1, "nothing to search"},
        {"\"a b", 0, "not closed"},
        {"a \"\"", 2, "nothing to search"},
        {"a - b", 2, "nothing to search"},
        {"a ... b", 2, "nothing to search"},
        {"*", 0, "before *"},
        {"a*b", 1, "end a word"},
    };

    (void)state;
    CHECK(check_bad, wrong);
}

static void
repeat(struct buf *text, const char *piece, size_t count)
{
    for (size_t i = 0; i < count; i++)
        xbuf_printf(text, "%s", piece);
}

/* Limits hold exactly: the largest query passes, one more does not. */
static void
test_regexes(void **state)
{
    static const struct good cases[] = {
        {"/a+/", "/a+/"},
        {"/a+/i", "/a+/i"},
        {"/a+/xsmi", "/a+/imsx"},
        {"-/a b/ c", "(and (not /a b/) \"c\")"},
        {"(/(a) \"/m OR /c/)", "(or /(a) \"/m /c/)"},
        {"/a\\/b\\\\/", "/a\\/b\\\\/"},
        {"/\\//", "/\\//"},
        {"/[\"(]/ x", "(and /[\"(]/ \"x\")"},
        {"NEAR(/a b)", "(near 10 \"/a\" \"b\")"},
        {"a/b/", "\"a/b/\""},
        {"/\xE6\xBC\xA2/ sort:len", "/\xE6\xBC\xA2/ sort len"},
    };
    static const struct bad wrong[] = {
        {"/a", 0, "not closed"},
        {"x /a\\/", 2, "not closed"},
        {"/a\\", 0, "not closed"},
        {"//", 0, "nothing between"},
        {"/usr/bin", 5, "only the flags"},
        {"/a/g", 3, "only the flags"},
        {"/a/ii\"b\"", 5, "only the flags"},
        {"b /a(/", 5, "parenthesis"},
        {"b /\\/\\/a(/", 9, "parenthesis"},
        {"/\\\\\\/(/", 6, "parenthesis"},
        {"/*a/", 1, "does not follow a repeatable"},
        {"/a/ /b\xff/", 6, "UTF-8"},
        {"/[b-a]/", 4, "out of order"},
        {"/\\C/", 3, "\\C is disabled"},
    };

    (void)state;
    check_good(cases, sizeof(cases) / sizeof(cases[0]));
    check_bad(wrong, sizeof(wrong) / sizeof(wrong[0]));
}

static void
test_limits(void **state)
{
    struct arena arena;
    struct buf text = {0};
    struct buf tree = {0};
    struct error err = ERROR_INIT;

    (void)state;
    arena_init(&arena, 0);
    repeat(&text, "(", QUERY_DEPTH_MAX);
    repeat(&text, "a", 1);
    repeat(&text, ")", QUERY_DEPTH_MAX);
    assert_int_equal(parse(xbuf_cstr(&text), &arena, &tree, &err), ERR_OK);
    assert_string_equal(xbuf_cstr(&tree), "\"a\"");
    buf_clear(&text);
    repeat(&text, "(", QUERY_DEPTH_MAX + 1);
    assert_int_equal(parse(xbuf_cstr(&text), &arena, &tree, &err), ERR_USAGE);
    assert_int_equal(err.offset, QUERY_DEPTH_MAX);
    buf_clear(&text);
    repeat(&text, "NOT ", QUERY_DEPTH_MAX + 1);
    assert_int_equal(parse(xbuf_cstr(&text), &arena, &tree, &err), ERR_USAGE);
    buf_clear(&text);
    repeat(&text, "w ", QUERY_TEXTS_MAX);
    assert_int_equal(parse(xbuf_cstr(&text), &arena, &tree, &err), ERR_OK);
    repeat(&text, "w", 1);
    assert_int_equal(parse(xbuf_cstr(&text), &arena, &tree, &err), ERR_USAGE);
    assert_int_equal(err.offset, 2 * QUERY_TEXTS_MAX);
    buf_clear(&text);
    repeat(&text, "x-", QUERY_PHRASE_TOKENS_MAX);
    assert_int_equal(parse(xbuf_cstr(&text), &arena, &tree, &err), ERR_OK);
    repeat(&text, "x", 1);
    assert_int_equal(parse(xbuf_cstr(&text), &arena, &tree, &err), ERR_USAGE);
    buf_clear(&text);
    repeat(&text, "tag:xxxx", 1);
    repeat(&text, " tag:xxx", QUERY_BYTES_MAX / 8 - 1);
    assert_int_equal(parse(xbuf_cstr(&text), &arena, &tree, &err), ERR_OK);
    repeat(&text, "x", 1);
    assert_int_equal(parse(xbuf_cstr(&text), &arena, &tree, &err), ERR_USAGE);
    buf_release(&text);
    buf_release(&tree);
    arena_release(&arena);
}

/* Views of the tree must not point into the caller's text. */
static void
test_copy(void **state)
{
    struct arena arena;
    struct buf tree = {0};
    struct error err = ERROR_INIT;
    char text[] = "hate tag:bad sort:near(t,1)";
    const struct query *query = NULL;

    (void)state;
    arena_init(&arena, 0);
    assert_int_equal(query_parse(&query, str_of(text), &arena, &err), ERR_OK);
    memset(text, 'Z', sizeof(text) - 1);
    query_dump(query, &tree);
    assert_string_equal(xbuf_cstr(&tree),
                        "(and \"hate\" (field tag bad)) sort near t 1");
    buf_release(&tree);
    arena_release(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),   cmocka_unit_test(test_near),
        cmocka_unit_test(test_fields),  cmocka_unit_test(test_by),
        cmocka_unit_test(test_orders),  cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_limits),  cmocka_unit_test(test_copy),
        cmocka_unit_test(test_regexes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
