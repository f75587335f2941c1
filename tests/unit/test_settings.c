/* Settings: git's syntax, positions of mistakes, edits that keep the rest. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "stet/fileio.h"
#include "stet/settings.h"
#include "stet/xalloc.h"

/* STR_LIT is no constant. */
#define LIT(s)             \
    {                      \
        (s), sizeof(s) - 1 \
    }

static const struct {
    struct str text;
    const char *sub;
    const char *value; /* of [s] or [s "sub"], key "k"; NULL: none */
} good[] = {
    {LIT("[s]\nk = v\n"), "", "v"},
    {LIT("[s] k=v"), "", "v"},
    {LIT("\xef\xbb\xbf[S]\r\n\tK = v \r\n"), "", "v"},
    {LIT("[s]k = a  b\t # c\n"), "", "a  b"},
    {LIT("[s]k = \"a # b\" ; c\n"), "", "a # b"},
    {LIT("[s]k = \" a \"\n"), "", " a "},
    {LIT("[s]k = a\" b \"c\n"), "", "a b c"},
    {LIT("[s]k = a\\\n  b\n"), "", "a  b"},
    {LIT("[s]k = a\\\r\nb\n"), "", "ab"},
    {LIT("[s]k = \\\"\\\\\\t\\n\\b\n"), "", "\"\\\t\n\b"},
    {LIT("[s]k =\n"), "", ""},
    {LIT("[s]k = # nothing\n"), "", ""},
    {LIT("[s]k\n"), "", "true"},
    {LIT("[s]k"), "", "true"},
    {LIT("[s \"a/b\"]k=v"), "a/b", "v"},
    {LIT("[s \"A\\\"\\\\\\x\"]k=v"), "A\"\\x", "v"},
    {LIT("[s.Low.x]k=v"), "low.x", "v"},
    {LIT("[s \"A\"]k=v"), "a", NULL},
    {LIT("[s]k=1\n[t]k=2\n[s]k=3\n"), "", "3"},
    {LIT("[s]k=v=w=x\n"), "", "v=w=x"},
    {LIT("# k\n; k\n[s]\n[s \"x\"]\nk=1\n"), "", NULL},
    {LIT("[s]k2=v\nk-3=w\n"), "", NULL},
    {LIT(""), "", NULL},
};

static void
test_what_git_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct settings *settings = settings_new();
        struct error err = ERROR_INIT;
        const struct setting *found;

        if (settings_parse(settings, good[i].text, "f", false, &err) != ERR_OK)
            fail_msg("row %zu: %s", i, err.message);
        found = settings_get(settings, "s", good[i].sub, "k");
        if (!good[i].value)
            assert_null(found);
        else if (!found || !str_equal(found->value, str_of(good[i].value)))
            fail_msg("row %zu: not \"%s\"", i, good[i].value);
        settings_free(settings);
    }
}

static const struct {
    struct str text;
    const char *message; /* its start */
    uint64_t offset;
} bad[] = {
    {LIT("k = v\n"), "f:1:1: a key before", 0},
    {LIT("[s]\n  2 = v\n"), "f:2:3: a key or", 6},
    {LIT("[s\nk=v"), "f:1:3: ']'", 2},
    {LIT("[]\n"), "f:1:2: a section needs", 1},
    {LIT("[s \"a\n\"]"), "f:1:6: the quoted name", 5},
    {LIT("[s \"a\\"), "f:1:7: the quoted name", 6},
    {LIT("[s \"a\"x]"), "f:1:7: ']'", 6},
    {LIT("[s x]"), "f:1:4: '\"'", 3},
    {LIT("[s]\nk v\n"), "f:2:3: '='", 6},
    {LIT("[s]\n\xc3\xa9"), "f:2:1: a key or", 4},
    {LIT("[s]\nk = \xc3\xa9\\x\n"), "f:2:6: unknown escape", 10},
    {LIT("[s]\nk = \"a\n"), "f:2:5: the quote", 8},
    {LIT("[s]\nk = a\0b\n"), "f:2:6: a NUL", 9},
    {LIT("[s]\nk = a\\"), "f:2:6: unknown escape", 9},
    {LIT("[editor]\n\ncommand = rm\n"), "f:3:1: [editor] may", 10},
    {LIT("[Pipe \"x\"] a = rm\n"), "f:1:1: [pipe] may", 11},
    {LIT("[pager]\nx\n"), "f:2:1: [pager] may", 8},
};

static void
test_mistakes_have_a_place(void **state)
{
    struct settings *settings = settings_new();
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(
        settings_parse(settings, STR_LIT("[s]k=before"), "g", false, &err),
        ERR_OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct buf text = {0};

        xbuf_append_str(&text, bad[i].text);
        assert_int_equal(
            settings_parse(settings, buf_str(&text), "f", false, &err),
            ERR_CONFIG);
        if (!str_starts_with(str_of(err.message), str_of(bad[i].message)) ||
            err.offset != bad[i].offset)
            fail_msg("row %zu: %s at %ju", i, err.message,
                     (uintmax_t)err.offset);
        buf_release(&text);
    }
    assert_null(settings_at(settings, 1)); /* nothing of them stays */
    assert_true(
        str_equal(settings_str(settings, "s", "k", NULL), STR_LIT("before")));
    assert_int_equal(settings_parse(settings, STR_LIT("[editor]command=vi"),
                                    "g", true, &err),
                     ERR_OK);
    settings_free(settings);
}

static void
test_later_wins_and_the_command_line_most(void **state)
{
    struct settings *settings = settings_new();
    struct error err = ERROR_INIT;
    const struct setting *found;
    uint64_t size = 0;

    (void)state;
    settings_override(settings, "Policy", NULL, "Blind", STR_LIT("none"));
    assert_int_equal(settings_parse(settings,
                                    STR_LIT("[policy]\nblind = peers\n"
                                            "dwell = 250\nsize = 64M\n"
                                            "on = Yes\noff = off\nodd = x\n"),
                                    "project", false, &err),
                     ERR_OK);
    assert_int_equal(settings_parse(settings, STR_LIT("[policy]dwell=1x"),
                                    "mine", true, &err),
                     ERR_OK);
    found = settings_get(settings, "policy", NULL, "blind");
    assert_true(str_equal(found->value, STR_LIT("none")));
    assert_int_equal(found->line, 0);
    found = settings_get(settings, "POLICY", "", "size");
    assert_string_equal(found->origin, "project");
    assert_int_equal(found->line, 4);
    assert_int_equal(settings_size(settings, "policy", "size", 1, &size, &err),
                     ERR_OK);
    assert_int_equal(size, 64 << 20);
    assert_int_equal(settings_size(settings, "policy", "none", 5, &size, &err),
                     ERR_OK);
    assert_int_equal(size, 5);
    assert_int_equal(settings_size(settings, "policy", "dwell", 1, &size, &err),
                     ERR_CONFIG);
    assert_non_null(strstr(err.message, "mine:1: policy.dwell"));
    assert_true(settings_bool(settings, "policy", "on", false));
    assert_false(settings_bool(settings, "policy", "off", true));
    assert_true(settings_bool(settings, "policy", "odd", true));
    assert_string_equal(settings_str(settings, "a", "b", "fallback").ptr,
                        "fallback");
    settings_free(settings);
}

static void
test_sizes(void **state)
{
    uint64_t size = 7;

    (void)state;
    assert_true(size_parse(STR_LIT("0"), &size) && size == 0);
    assert_true(size_parse(STR_LIT("3k"), &size) && size == 3072);
    assert_true(size_parse(STR_LIT("18446744073709551615"), &size) &&
                size == UINT64_MAX);
    size = 7;
    assert_false(size_parse(STR_LIT("18446744073709551616"), &size));
    assert_false(size_parse(STR_LIT("18014398509481984k"), &size));
    assert_false(size_parse(STR_LIT(""), &size));
    assert_false(size_parse(STR_LIT("k"), &size));
    assert_false(size_parse(STR_LIT("1kk"), &size));
    assert_false(size_parse(STR_LIT("-1"), &size));
    assert_false(size_parse(STR_LIT("1 "), &size));
    assert_int_equal(size, 7);
}

static char *folder;
static char *file;

static int
setup(void **state)
{
    char name[] = "/tmp/stet-test-settings-XXXXXX";

    (void)state;
    umask(077);
    folder = xstrdup(mkdtemp(name));
    file = path_join(folder, "config");
    return 0;
}

static int
teardown(void **state)
{
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(folder_remove(folder, &err), ERR_OK);
    free(folder);
    free(file);
    return 0;
}

static const struct {
    const char *before;
    const char *sub;
    const char *value;
    const char *after;
} edits[] = {
    {"", NULL, "v", "[s]\n\tk = v\n"},
    {"# only a comment", NULL, "v", "# only a comment\n[s]\n\tk = v\n"},
    {"[s]\n  K=old ; why\n[t]\n", NULL, "new", "[s]\n  K= new ; why\n[t]\n"},
    {"[s] k = old # c", NULL, "new", "[s] k = new # c"},
    {"[s]\nk = 1\nk = 2\n", NULL, "3", "[s]\nk = 1\nk = 3\n"},
    {"[s]\nk\n[t]\n", NULL, "v", "[s]\nk = v\n[t]\n"},
    {"[s]\nk =\n", NULL, "v", "[s]\nk = v\n"},
    {"[s]\nk =;c\n", NULL, "v", "[s]\nk = v;c\n"},
    {"[s]\nk = \"a\\\n b\" # c\nl = 1\n", NULL, "v", "[s]\nk = v # c\nl = 1\n"},
    {"[s]\na = 1\n\n[t]\nk = 2\n", NULL, "v",
     "[s]\na = 1\n\tk = v\n\n[t]\nk = 2\n"},
    {"[s \"x\"]\r\na = 1\r\n[s]\r\n", "x", "v",
     "[s \"x\"]\r\na = 1\r\n\tk = v\r\n[s]\r\n"},
    {"[s] ; here", NULL, "v", "[s] ; here\n\tk = v\n"},
    {"[s]\n", "q\"\\", "v", "[s]\n[s \"q\\\"\\\\\"]\n\tk = v\n"},
    {"[s]\nk = 1\n", NULL, "", "[s]\nk = \"\"\n"},
    {"[s]\nk = 1\n", NULL, " a;#\"\\\n\t", "[s]\nk = \" a;#\\\"\\\\\\n\\t\"\n"},
};

static void
check_stored(const char *sub, struct str value)
{
    struct settings *settings = settings_new();
    struct error err = ERROR_INIT;
    const struct setting *found;

    if (settings_load(settings, file, false, &err) != ERR_OK)
        fail_msg("%s", err.message);
    found = settings_get(settings, "s", sub, "k");
    assert_non_null(found);
    assert_true(str_equal(found->value, value));
    settings_free(settings);
}

static void
test_store_keeps_every_other_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        struct error err = ERROR_INIT;
        struct buf found = {0};

        assert_int_equal(file_write_atomic(file, str_of(edits[i].before), &err),
                         ERR_OK);
        assert_int_equal(settings_store(file, "S", edits[i].sub, "K",
                                        str_of(edits[i].value), &err),
                         ERR_OK);
        assert_int_equal(file_read(file, 1000, &found, &err), ERR_OK);
        assert_string_equal(xbuf_cstr(&found), edits[i].after);
        check_stored(edits[i].sub, str_of(edits[i].value));
        buf_release(&found);
    }
}

static void
test_any_value_comes_back(void **state)
{
    static const char bytes[] = "ab \t\n\r\b\"\\;#=[]\xc3\xa9\x01\xff";
    unsigned seed = (unsigned)time(NULL);
    struct error err = ERROR_INIT;

    (void)state;
    print_message("# seed %u\n", seed);
    srand(seed);
    for (unsigned round = 0; round < 150; round++) {
        char value[12];
        size_t len = (size_t)rand() % sizeof(value);

        for (size_t i = 0; i < len; i++)
            value[i] = bytes[(size_t)rand() % (sizeof(bytes) - 1)];
        assert_int_equal(settings_store(file, "s", round % 2 ? "x y" : NULL,
                                        "k", (struct str){value, len}, &err),
                         ERR_OK);
        check_stored(round % 2 ? "x y" : NULL, (struct str){value, len});
    }
}

static void
test_store_refuses(void **state)
{
    struct error err = ERROR_INIT;
    struct str broken = STR_LIT("[s]\nk = \"open\n");
    struct buf found = {0};
    struct stat stat_;
    char *link = path_join(folder, "link");

    (void)state;
    assert_int_equal(
        settings_store(file, "s", NULL, "k", STR_LIT("a\0b"), &err),
        ERR_CONFIG);
    assert_int_equal(settings_store(file, "s s", NULL, "k", STR_LIT(""), &err),
                     ERR_CONFIG);
    assert_int_equal(settings_store(file, "s", NULL, "1k", STR_LIT(""), &err),
                     ERR_CONFIG);
    assert_int_equal(settings_store(file, "s", "a\nb", "k", STR_LIT(""), &err),
                     ERR_CONFIG);
    assert_false(file_exists(file));
    assert_int_equal(file_write_atomic(file, broken, &err), ERR_OK);
    assert_int_equal(settings_store(file, "s", NULL, "k", STR_LIT("v"), &err),
                     ERR_CONFIG);
    assert_int_equal(file_read(file, 1000, &found, &err), ERR_OK);
    assert_true(str_equal(buf_str(&found), broken));
    buf_release(&found);
    /* A link stays one, and the mode of what it names stays too. */
    assert_int_equal(file_write_atomic(file, STR_LIT(""), &err), ERR_OK);
    assert_int_equal(chmod(file, 0644), 0);
    assert_int_equal(symlink(file, link), 0);
    assert_int_equal(settings_store(link, "s", NULL, "k", STR_LIT("v"), &err),
                     ERR_OK);
    assert_int_equal(lstat(link, &stat_), 0);
    assert_true(S_ISLNK(stat_.st_mode));
    assert_int_equal(stat(file, &stat_), 0);
    assert_int_equal(stat_.st_mode & 0777, 0644);
    check_stored(NULL, STR_LIT("v"));
    free(link);
}

static void
test_load_missing_and_special(void **state)
{
    struct settings *settings = settings_new();
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(settings_load(settings, file, false, &err), ERR_OK);
    assert_int_equal(settings_load(settings, folder, false, &err), ERR_IO);
    settings_free(settings);
    settings_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_git_reads),
        cmocka_unit_test(test_mistakes_have_a_place),
        cmocka_unit_test(test_later_wins_and_the_command_line_most),
        cmocka_unit_test(test_sizes),
        TEST(test_store_keeps_every_other_byte),
        TEST(test_any_value_comes_back),
        TEST(test_store_refuses),
        TEST(test_load_missing_and_special),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
