/* Keys, their names, the command table and bindings; scripts of keys. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "stet/settings.h"
#include "stet/tui.h"
#include "stet/utf8.h"
#include "tui/keyboard.h"
#include "tui/keys.h"
#include "tui/script.h"

static void
test_names(void **state)
{
    static const char *const names[] = {
        "a",   "Z",    "^D",    "Tab",       "Enter", "Space",
        "F12", "PgDn", "Alt-b", "Ctrl-Left", "é",     "Shift-Tab"};
    char name[KEY_NAME_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        uint32_t key = key_parse(str_of(names[i]));

        assert_int_not_equal(key, KEY_IS_NONE);
        key_format(key, name);
        assert_string_equal(name, names[i]);
    }
    assert_int_equal(key_parse(STR_LIT("")), KEY_IS_NONE);
    assert_int_equal(key_parse(STR_LIT("F13")), KEY_IS_NONE);
    assert_int_equal(key_parse(STR_LIT("ab")), KEY_IS_NONE);
    assert_int_equal(key_parse(STR_LIT("Ctrl-x")), KEY_IS_NONE);
    key_format(0x202E, name);
    assert_string_equal(name, "<U+202E>");
}

/* Every default key parses, and no key has two commands in one place. */
static void
test_table_has_no_clash(void **state)
{
    struct keymap *map = keymap_new();

    (void)state;
    for (int i = CMD_NONE + 1; i < CMD_COUNT; i++) {
        char keys[64];
        char *save = NULL;
        char *word;

        assert_true(strlen(command_table[i].meaning) > 0);
        (void)snprintf(keys, sizeof(keys), "%s", command_table[i].keys);
        for (word = strtok_r(keys, " ", &save); word;
             word = strtok_r(NULL, " ", &save)) {
            uint32_t key = key_parse(str_of(word));

            assert_int_not_equal(key, KEY_IS_NONE);
            for (unsigned where = 1; where < IN_ANY; where <<= 1)
                if (command_table[i].where & where)
                    assert_int_equal(keymap_find(map, where, key), i);
        }
    }
    keymap_free(map);
}

/* Keys of verdicts move nothing in any pager (less, lnav, tig ...). */
static void
test_verdicts_are_no_motions(void **state)
{
    struct keymap *map = keymap_new();

    (void)state;
    assert_int_equal(keymap_find(map, IN_TEXT, 'a'), CMD_GOOD);
    assert_int_equal(keymap_find(map, IN_TEXT, 'x'), CMD_BAD);
    assert_int_equal(keymap_find(map, IN_TEXT, '3'), CMD_VERDICT);
    assert_int_equal(keymap_find(map, IN_DIFF, 'a'), CMD_NONE);
    assert_int_equal(keymap_find(map, IN_DIFF, 'x'), CMD_NONE);
    assert_int_equal(keymap_find(map, IN_DIFF, '1'), CMD_NONE);
    assert_int_equal(keymap_find(map, IN_TEXT, ' '), CMD_PAGE_DOWN);
    assert_int_equal(keymap_find(map, IN_SPAN, 'w'), CMD_WORD);
    assert_int_equal(keymap_find(map, IN_TEXT, 'w'), CMD_WRAP);
    keymap_free(map);
}

static void
test_personal_keys(void **state)
{
    struct keymap *map = keymap_new();
    struct settings *settings = settings_new();
    struct error err = ERROR_INIT;
    struct buf keys = {0};

    (void)state;
    assert_int_equal(settings_parse(settings,
                                    STR_LIT("[keys]\ngood = y F5\n"
                                            "next-open = Space\n"),
                                    "keys", true, &err),
                     ERR_OK);
    assert_int_equal(keymap_load(map, settings, &err), ERR_OK);
    assert_int_equal(keymap_find(map, IN_TEXT, 'y'), CMD_GOOD);
    assert_int_equal(keymap_find(map, IN_TEXT, 'a'), CMD_GOOD);
    assert_int_equal(keymap_find(map, IN_TEXT, ' '), CMD_NEXT_OPEN);
    assert_int_equal(keymap_find(map, IN_DIFF, ' '), CMD_PAGE_DOWN);
    keymap_keys(map, CMD_GOOD, &keys);
    assert_string_equal(xbuf_cstr(&keys), "a y F5");
    buf_release(&keys);
    assert_int_equal(keymap_bind(map, STR_LIT("nonsense"), STR_LIT("y"), &err),
                     ERR_USAGE);
    assert_int_equal(keymap_bind(map, STR_LIT("good"), STR_LIT("yy"), &err),
                     ERR_USAGE);
    settings_override(settings, "keys", NULL, "bad", STR_LIT("nokey"));
    assert_int_equal(keymap_load(map, settings, &err), ERR_CONFIG);
    keymap_free(map);
    settings_free(settings);
}

/* A file of settings and what is wrong with it; NULL: nothing. */
static void
assert_load(const char *text, const char *message)
{
    struct keymap *map = keymap_new();
    struct settings *settings = settings_new();
    struct error err = ERROR_INIT;

    assert_int_equal(
        settings_parse(settings, str_of(text), "config", true, &err), ERR_OK);
    assert_int_equal(keymap_load(map, settings, &err),
                     message ? ERR_CONFIG : ERR_OK);
    if (message)
        assert_string_equal(err.message, message);
    keymap_free(map);
    settings_free(settings);
}

static void
test_mistakes_in_keys(void **state)
{
    (void)state;
    assert_load("[keys]\ngood = y\nbad = y\n",
                "config:3: y cannot run bad: it runs good since line 2");
    assert_load("[keys]\nnxet = y\n", "config:2: no command \"nxet\"");
    assert_load("[keys]\n\nnext = F13\n", "config:3: no key \"F13\"");
    assert_load("[keys \"spam\"]\nnext = y\n",
                "config:2: no place \"spam\" for keys");
    assert_load("[keys \"span\"]\nnext = y\n",
                "config:2: next does not work there");
    /* another place, the same command twice, taken from a default */
    assert_load("[keys]\nredact = y\nnext = y\ngood = F5\ngood = F5 j\n", NULL);
}

/* A personal file may take a key that the project's file gave away. */
static void
test_later_files_win(void **state)
{
    struct keymap *map = keymap_new();
    struct settings *settings = settings_new();
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(settings_parse(settings, STR_LIT("[keys]\ngood = y\n"),
                                    "project", false, &err),
                     ERR_OK);
    assert_int_equal(settings_parse(settings,
                                    STR_LIT("[keys]\nbad = y\n[keys \"text\"]\n"
                                            "nothing = a\n"),
                                    "personal", true, &err),
                     ERR_OK);
    assert_int_equal(keymap_load(map, settings, &err), ERR_OK);
    assert_int_equal(keymap_find(map, IN_TEXT, 'y'), CMD_BAD);
    assert_int_equal(keymap_find(map, IN_TEXT, 'a'), CMD_NOTHING);
    assert_int_equal(keymap_find(map, IN_LIST, 'a'), CMD_GOOD);
    keymap_free(map);
    settings_free(settings);
}

/* Whether a German or French keyboard has it without AltGr. */
static bool
is_plain(uint32_t key)
{
    return key >= 0x80 || !strchr("[]{}\\|~@", (int)key);
}

static void
test_no_command_needs_altgr(void **state)
{
    struct keymap *map = keymap_new();

    (void)state;
    for (int i = CMD_NONE + 1; i < CMD_COUNT; i++) {
        char keys[64];
        char *save = NULL;
        bool any = command_table[i].keys[0] == '\0';

        (void)snprintf(keys, sizeof(keys), "%s", command_table[i].keys);
        for (char *word = strtok_r(keys, " ", &save); word;
             word = strtok_r(NULL, " ", &save))
            any = any || is_plain(key_parse(str_of(word)));
        assert_true(any);
    }
    keymap_free(map);
}

static void
assert_latin(const char *theirs, const char *latin)
{
    struct str rest = str_of(theirs);
    unsigned len;

    for (size_t at = 0; at < rest.len; at += len, latin++)
        assert_int_equal(keyboard_latin(utf8_decode(rest, at, &len)), *latin);
    assert_int_equal(*latin, '\0');
}

/* a x s t u r j k on the keyboards of people who write otherwise. */
static void
test_other_layouts(void **state)
{
    (void)state;
    assert_latin("фчыегкол", "axsturjk");
    assert_latin("ФЧЖюі", "AX:.s");
    assert_latin("αχστθρξκ", "axsturjk");
    assert_latin("שסדאורחל", "axsturjk");
    assert_latin("شءسفعقتن", "axsturjk");
    assert_latin("ａｘ１？　", "ax1? ");
    assert_latin("٣۳", "33");
    assert_int_equal(keyboard_latin('a'), 0);
    assert_int_equal(keyboard_latin(0x65E5), 0);
}

static void
test_azerty(void **state)
{
    (void)state;
    assert_int_equal(keyboard_digit(KEYBOARD_AUTO, 0xE9), '2');
    assert_int_equal(keyboard_digit(KEYBOARD_AUTO, 0xE0), '0');
    assert_int_equal(keyboard_digit(KEYBOARD_AUTO, '&'), 0);
    assert_int_equal(keyboard_digit(KEYBOARD_AZERTY, '&'), '1');
    assert_int_equal(keyboard_digit(KEYBOARD_AZERTY, '"'), '3');
    assert_int_equal(keyboard_digit(KEYBOARD_AZERTY, 'a'), 0);
    assert_int_equal(keyboard_digit(KEYBOARD_LATIN, 0xE9), 0);
}

static void
test_arguments(void **state)
{
    (void)state;
    assert_true(str_equal(desk_command_argument(CMD_DUMP), STR_LIT("FILE")));
    assert_true(str_equal(desk_command_argument(CMD_TAG), STR_LIT("+x -y")));
    assert_null(desk_command_argument(CMD_SKIP).ptr);
    assert_null(desk_command_argument(CMD_QUIT).ptr);
}

static void
test_public_table(void **state)
{
    const struct tui_command_help *table = tui_command_table();
    size_t count = 0;

    (void)state;
    while (table[count].name) {
        assert_non_null(table[count].keys);
        assert_true(strlen(table[count].context) > 0);
        assert_int_equal(desk_command_find(str_of(table[count].name)),
                         count + 1);
        count++;
    }
    assert_int_equal(count, CMD_COUNT - 1);
}

static void
assert_key(struct script *script, uint32_t key)
{
    struct error err = ERROR_INIT;
    struct step step;

    assert_int_equal(script_next(script, &step, &err), ERR_OK);
    assert_int_equal(step.kind, STEP_KEY);
    assert_int_equal(step.key, key);
}

static void
test_script(void **state)
{
    struct script *script;
    struct error err = ERROR_INIT;
    struct step step;

    (void)state;
    assert_int_equal(script_parse(&script,
                                  STR_LIT("# remark\n\nj  ^D\n:q\n%type é\n"
                                          "%size 40x10\n%wait 7\n%paste a b\n"
                                          ":\nnokey\n"),
                                  "s", &err),
                     ERR_OK);
    assert_key(script, 'j');
    assert_key(script, 4);
    assert_key(script, ':');
    assert_key(script, 'q');
    assert_key(script, KEY_IS_ENTER);
    assert_key(script, 0xE9);
    assert_int_equal(script_next(script, &step, &err), ERR_OK);
    assert_int_equal(step.kind, STEP_SIZE);
    assert_int_equal(step.cols, 40);
    assert_int_equal(step.rows, 10);
    assert_int_equal(script_next(script, &step, &err), ERR_OK);
    assert_int_equal(step.ms, 7);
    assert_int_equal(script_next(script, &step, &err), ERR_OK);
    assert_int_equal(step.kind, STEP_PASTE);
    assert_true(str_equal(step.text, STR_LIT("a b")));
    assert_key(script, ':');
    assert_int_equal(script_next(script, &step, &err), ERR_USAGE);
    assert_string_equal(err.message, "s:10: unknown key");
    script_close(script);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_table_has_no_clash),
        cmocka_unit_test(test_verdicts_are_no_motions),
        cmocka_unit_test(test_personal_keys),
        cmocka_unit_test(test_mistakes_in_keys),
        cmocka_unit_test(test_later_files_win),
        cmocka_unit_test(test_no_command_needs_altgr),
        cmocka_unit_test(test_other_layouts),
        cmocka_unit_test(test_azerty),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_public_table),
        cmocka_unit_test(test_script),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
