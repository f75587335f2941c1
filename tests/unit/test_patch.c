/* Patch sets there and back, and patch sets that lie. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "review/patch.h"
#include "stet/fileio.h"

static struct text_id
text_id_of(struct str text)
{
    return (struct text_id){hash_of(text), text.len, text.len};
}

static struct patch_edit
edit_of(enum patch_op op)
{
    struct patch_edit edit = {0};

    edit.op = op;
    edit.reviewer = STR_LIT("r-0123456789abcdef");
    edit.at_us = 1790000000123456;
    edit.uuid.bytes[0] = (uint8_t)op;
    return edit;
}

/* One patch with every kind of edit. */
static struct patch
full_patch(struct patch_edit *edits, struct patch_former *former)
{
    struct patch patch = {0};

    edits[0] = edit_of(OP_VERDICT);
    edits[0].value = STR_LIT("bad");
    edits[0].reason = STR_LIT("a \"reason\"\n");
    edits[1] = edit_of(OP_RATE);
    edits[1].value = STR_LIT("quality");
    edits[1].has_number = true;
    edits[1].number = 0.1;
    edits[2] = edit_of(OP_TAG);
    edits[2].value = STR_LIT("hate/threat");
    edits[2].has_span = true;
    edits[2].span = (struct span){0, 3};
    edits[2].start_cp = 0;
    edits[2].end_cp = 3;
    edits[2].has_quote = true;
    edits[2].quote = quote_take(STR_LIT("one two"), edits[2].span);
    edits[3] = edit_of(OP_REDACT);
    edits[3].has_span = true;
    edits[3].span = (struct span){4, 7};
    edits[3].text = (struct str){"[\0]", 3};
    edits[4] = edit_of(OP_INSERT);
    edits[4].has_span = true;
    edits[4].text = STR_LIT("\xf0\x9f\x98\x80");
    *former =
        (struct patch_former){text_id_of(STR_LIT("one two!")), {7, 8}, {"", 0}};
    patch.shard = STR_LIT("b/one.jsonl");
    patch.record = 3;
    patch.offset = 99;
    patch.source = STR_LIT("web");
    patch.id_token = STR_LIT("12345678901234567890123");
    patch.guard = text_id_of(STR_LIT("one two"));
    patch.formers = former;
    patch.former_count = 1;
    patch.edits = edits;
    patch.edit_count = 5;
    patch.has_after = true;
    patch.after = text_id_of(STR_LIT("new"));
    return patch;
}

static struct patch
addition(const struct patch_edit *edit)
{
    struct patch patch = {0};

    patch.is_addition = true;
    patch.add = STR_LIT("{\"id\":\"stet:x\",\"text\":\"new\\n\"}");
    patch.uuid.bytes[3] = 7;
    patch.source = STR_LIT("web");
    patch.id_token = STR_LIT("\"stet:x\"");
    patch.edits = edit;
    patch.edit_count = 1;
    patch.has_after = true;
    patch.after = text_id_of(STR_LIT("new\n"));
    return patch;
}

static const struct patch_mapping mappings[] = {
    {{"text", 4}, {"id", 2}, {NULL, 0}}, {{"", 0}, {NULL, 0}, {NULL, 0}}};
static const struct patch_shard shards[] = {
    {{"a.jsonl", 7}, 0, 100, 5, {{1}}},
    {{"b/one.jsonl", 11}, 1, 200, 6, {{2}}}};
static const struct str words[] = {{"good", 4}, {"bad", 3}};

static struct patch_header
header_of(void)
{
    struct patch_header header = {0};

    header.corpus = STR_LIT("corpus");
    header.created_us = 1790000000123456;
    header.policy = STR_LIT("unanimous");
    header.rewrites = STR_LIT("replace");
    header.mappings = mappings;
    header.mapping_count = 2;
    header.verdicts = words;
    header.verdict_count = 2;
    header.tags = words;
    header.tag_count = 1;
    header.shards = shards;
    header.shard_count = 2;
    return header;
}

static char folder[] = "/tmp/stet-test-patch-XXXXXX";

static int
make_folder(void **state)
{
    *state = mkdtemp(folder);
    return *state ? 0 : -1;
}

static int
remove_folder(void **state)
{
    struct error err = ERROR_INIT;

    (void)state;
    return (int)folder_remove(folder, &err);
}

static void
write_set(const char *path, struct patch_header *header)
{
    struct patch_edit edits[5];
    struct patch_edit add = edit_of(OP_ADD);
    struct patch_former former;
    struct patch patch = full_patch(edits, &former);
    struct patch more = addition(&add);
    struct patch_counts counts = {0};
    struct buf body = {0};
    struct error err = ERROR_INIT;
    struct hash hash;

    assert_int_equal(patch_format(&patch, &body, &err), ERR_OK);
    assert_int_equal(patch_format(&more, &body, &err), ERR_OK);
    patch_count(&counts, &patch);
    patch_count(&counts, &more);
    assert_int_equal(
        patch_set_write(path, header, buf_str(&body), &counts, &hash, &err),
        ERR_OK);
    buf_release(&body);
}

static void
test_round_trip(void **state)
{
    char *path = path_join(*state, "set.stet.jsonl");
    struct patch_header header = header_of();
    struct patch_set set = {0};
    struct arena arena;
    struct patch patch;
    struct buf again = {0};
    struct error err = ERROR_INIT;

    write_set(path, &header);
    arena_init(&arena, 0);
    if (patch_set_load(&set, path, &err))
        fail_msg("%s", err.message);
    assert_string_equal(set.header.id, header.id);
    assert_int_equal(set.count, 2);
    assert_int_equal(set.counts.edits, 6);
    assert_int_equal(set.counts.ops[OP_ADD], 1);
    assert_int_equal(set.header.created_us, header.created_us);
    assert_null(set.header.mappings[0].source.ptr);
    assert_int_equal(set.header.shards[1].mapping, 1);
    assert_int_equal(patch_set_shard(&set, STR_LIT("b/one.jsonl")), 1);
    assert_int_equal(patch_set_shard(&set, STR_LIT("b/two")), SIZE_MAX);
    /* Parsed and written again, every line is the same bytes. */
    for (size_t i = 0; i < set.count; i++) {
        assert_int_equal(patch_parse(set.lines[i], &arena, &patch, &err),
                         ERR_OK);
        buf_clear(&again);
        assert_int_equal(patch_format(&patch, &again, &err), ERR_OK);
        assert_true(str_equal(str_slice(buf_str(&again), 0, again.len - 1),
                              set.lines[i]));
    }
    buf_clear(&again);
    patch_header_format(&set.header, &again);
    assert_int_equal(memcmp(again.ptr, set.file.ptr, again.len), 0);
    patch_set_release(&set);
    buf_release(&again);
    arena_release(&arena);
    free(path);
}

/* The id is of the content: the same content, the same id and bytes. */
static void
test_id(void **state)
{
    char *one = path_join(*state, "one");
    char *two = path_join(*state, "two");
    struct patch_header header = header_of();
    struct patch_header other = header_of();
    struct buf a = {0};
    struct buf b = {0};
    struct error err = ERROR_INIT;

    write_set(one, &header);
    write_set(two, &other);
    assert_int_equal(file_read(one, 1 << 20, &a, &err), ERR_OK);
    assert_int_equal(file_read(two, 1 << 20, &b, &err), ERR_OK);
    assert_true(str_equal(buf_str(&a), buf_str(&b)));
    other = header_of();
    other.corpus = STR_LIT("another");
    write_set(two, &other);
    assert_string_not_equal(header.id, other.id);
    buf_release(&a);
    buf_release(&b);
    free(one);
    free(two);
}

static enum err_code
parse_bytes(struct str bytes)
{
    struct patch_set set = {0};
    struct buf copy = {0};
    struct error err = ERROR_INIT;
    enum err_code code;

    xbuf_append_str(&copy, bytes);
    code = patch_set_parse(&set, &copy, &err);
    patch_set_release(&set);
    return code;
}

/* Any bit of any byte changed, any cut: refused. */
static void
test_damage(void **state)
{
    char *path = path_join(*state, "damage");
    struct patch_header header = header_of();
    struct buf file = {0};
    struct error err = ERROR_INIT;

    write_set(path, &header);
    assert_int_equal(file_read(path, 1 << 20, &file, &err), ERR_OK);
    assert_int_equal(parse_bytes(buf_str(&file)), ERR_OK);
    for (size_t i = 0; i < file.len; i++) {
        assert_int_equal(parse_bytes(str_slice(buf_str(&file), 0, i)),
                         ERR_FORMAT);
        for (unsigned bit = 0; bit < 8; bit++) {
            file.ptr[i] = (char)(file.ptr[i] ^ 1 << bit);
            if (parse_bytes(buf_str(&file)) != ERR_FORMAT)
                fail_msg("byte %zu, bit %u", i, bit);
            file.ptr[i] = (char)(file.ptr[i] ^ 1 << bit);
        }
    }
    buf_release(&file);
    free(path);
}

static void
check_line(const char *line, const char *message)
{
    struct arena arena;
    struct patch patch;
    struct error err = ERROR_INIT;

    arena_init(&arena, 0);
    assert_int_equal(patch_parse(str_of(line), &arena, &patch, &err),
                     ERR_FORMAT);
    if (!strstr(err.message, message))
        fail_msg("\"%s\" lacks \"%s\"", err.message, message);
    arena_release(&arena);
}

#define HEX "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TARGET "{\"target\":{\"shard\":\"a\",\"record\":1,\"offset\":2},"
#define GUARD                                                        \
    "\"guard\":{\"of\":\"text\",\"sha256\":\"" HEX "\",\"bytes\":5," \
    "\"codepoints\":5},"
#define WHO                                               \
    "\"reviewer\":\"r\",\"at\":\"2026-11-20T10:41:07Z\"," \
    "\"uuid\":\"01234567-89ab-cdef-0123-456789abcdef\"}]}"
#define SPAN(a, b) \
    "\"span\":{\"bytes\":[" #a "," #b "],\"codepoints\":[" #a "," #b "]},"

static void
test_lies(void **state)
{
    (void)state;
    check_line("[]", "string");
    check_line("{\"target\":1}", "\"shard\"");
    check_line("{\"target\":{\"shard\":\"a\",\"record\":-1}}", "\"record\"");
    check_line("{\"target\":{\"shard\":\"a\",\"record\":1.5}}", "\"record\"");
    check_line(TARGET "\"guard\":{\"of\":\"text\",\"sha256\":\"aa\"}}",
               "SHA-256");
    check_line(TARGET GUARD "\"edits\":{}}", "list");
    check_line(TARGET GUARD "\"edits\":[{\"op\":\"shell\"," WHO, "\"op\"");
    check_line(TARGET GUARD "\"edits\":[{\"op\":\"add\"," WHO, "additions");
    check_line(TARGET GUARD "\"edits\":[{\"op\":\"redact\",\"text\":\"\"," WHO,
               "span");
    check_line(TARGET GUARD "\"edits\":[{\"op\":\"replace\"," SPAN(0, 1) WHO,
               "\"text\"");
    check_line(TARGET GUARD
               "\"edits\":[{\"op\":\"redact\",\"text\":\"\"," SPAN(4, 6) WHO,
               "past");
    check_line(TARGET GUARD
               "\"edits\":[{\"op\":\"redact\",\"text\":\"\"," SPAN(4, 3) WHO,
               "[start, end]");
    check_line(TARGET GUARD
               "\"edits\":[{\"op\":\"insert\",\"text\":\"\"," SPAN(3, 4) WHO,
               "not empty");
    check_line(TARGET GUARD "\"edits\":[{\"op\":\"tag\"," WHO, "\"value\"");
    check_line("{\"add\":[],\"uuid\":\"01234567-89ab-cdef-0123-"
               "456789abcdef\",\"edits\":[]}",
               "addition");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_id),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_lies),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
