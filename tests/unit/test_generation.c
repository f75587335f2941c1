/* The manifest: what is written reads the same, every damage is noticed, no
 * word of it leads out of the folder. Packed documents the same. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "index/generation.h"
#include "index/pack.h"
#include "tests/lib/shard_build.h"

static void
fill(struct generation *manifest)
{
    struct generation_partition partition = {7, 1000, 123456, {{1}}};

    generation_init(manifest);
    manifest->generation = 41;
    manifest->next = 9;
    generation_add_partition(manifest, &partition);
    partition.number = 3;
    generation_add_partition(manifest, &partition);
    generation_add_column(manifest, 7, COLUMN_SCORE, 1, "part-0007.b.col");
    generation_add_column(manifest, 3, COLUMN_SOURCE, 0,
                          "part-0003.doc.source.col");
    generation_forget(manifest, 7, 4);
    generation_forget(manifest, 7, 4);
    generation_forget(manifest, 7, 0);
    generation_add_score(manifest, "toxicity", "attributes.toxicity",
                         SCORE_NUMBER);
    generation_add_score(manifest, "hate/thr eat\nening%",
                         "attributes.\"hate/thr eat\\nening%\"", SCORE_LABEL);
    generation_add_score(manifest, "", "", SCORE_SPANS);
    generation_add_shard(manifest, 7, 1, "/data/b c%\n.jsonl.zst");
    generation_add_shard(manifest, 3, 0, "a/0.jsonl");
    generation_add_shard(manifest, 0, 0, "lost.jsonl");
}

static void
test_round_trip(void **state)
{
    struct generation manifest;
    struct generation back;
    struct buf text = {0};
    struct buf again = {0};
    struct error err = ERROR_INIT;

    (void)state;
    fill(&manifest);
    generation_format(&manifest, &text);
    assert_int_equal(generation_parse(&back, buf_str(&text), &err), ERR_OK);
    assert_int_equal(back.generation, 41);
    assert_int_equal(back.next, 9);
    assert_int_equal(back.partition_count, 2);
    assert_int_equal(back.partitions[0].number, 3);
    assert_int_equal(back.shard_count, 3);
    assert_string_equal(back.shards[0].path, "lost.jsonl");
    assert_int_equal(back.shards[2].partition, 7);
    assert_int_equal(back.shards[2].shard, 1);
    assert_string_equal(back.shards[2].path, "/data/b c%\n.jsonl.zst");
    assert_int_equal(back.forgotten_count, 2);
    assert_true(generation_is_forgotten(&back, 7, 0));
    assert_false(generation_is_forgotten(&back, 3, 0));
    assert_int_equal(back.score_count, 3);
    assert_string_equal(back.scores[1].name, "hate/thr eat\nening%");
    assert_int_equal(back.scores[1].kind, SCORE_LABEL);
    assert_string_equal(back.scores[2].path, "");
    assert_string_equal(back.columns[0].file, "part-0003.doc.source.col");
    generation_format(&back, &again);
    assert_true(str_equal(buf_str(&text), buf_str(&again)));
    generation_drop_partition(&back, 7);
    assert_int_equal(back.partition_count, 1);
    assert_int_equal(back.column_count, 1);
    assert_int_equal(back.forgotten_count, 0);
    assert_int_equal(back.shard_count, 2);
    generation_release(&manifest);
    generation_release(&back);
    buf_release(&text);
    buf_release(&again);
}

/* Imported scores have no path, but the sum of their rows; leaving a score out
 * takes its columns and moves the numbers of those behind it. */
static void
test_imported(void **state)
{
    struct generation manifest;
    struct generation back;
    struct buf text = {0};
    struct error err = ERROR_INIT;

    (void)state;
    fill(&manifest);
    generation_add_score(&manifest, "tox@v7", NULL, SCORE_NUMBER);
    manifest.scores[3].rows = UINT64_MAX - 4;
    generation_add_column(&manifest, 3, COLUMN_SCORE, 3, "part-0003.t.col");
    generation_add_column(&manifest, 3, COLUMN_LABEL, 1, "part-0003.b.col");
    generation_format(&manifest, &text);
    assert_int_equal(generation_parse(&back, buf_str(&text), &err), ERR_OK);
    assert_int_equal(back.score_count, 4);
    assert_null(back.scores[3].path);
    assert_true(back.scores[3].rows == UINT64_MAX - 4);
    assert_int_equal(back.scores[0].rows, 0);
    generation_drop_score(&back, 1);
    assert_int_equal(back.score_count, 3);
    assert_string_equal(back.scores[2].name, "tox@v7");
    assert_int_equal(back.column_count, 2);
    assert_string_equal(back.columns[0].file, "part-0003.t.col");
    assert_int_equal(back.columns[0].score, 2);
    assert_int_equal(back.columns[1].kind, COLUMN_SOURCE);
    generation_release(&manifest);
    generation_release(&back);
    buf_release(&text);
}

static void
test_damage_is_noticed(void **state)
{
    struct generation manifest;
    struct buf text = {0};
    struct error err = ERROR_INIT;

    (void)state;
    fill(&manifest);
    generation_format(&manifest, &text);
    generation_release(&manifest);
    for (size_t len = 0; len < text.len; len++)
        assert_int_equal(
            generation_parse(&manifest, (struct str){text.ptr, len}, &err),
            ERR_FORMAT);
    for (size_t i = 0; i < text.len; i++) {
        text.ptr[i] = (char)(text.ptr[i] ^ 4);
        assert_int_equal(generation_parse(&manifest, buf_str(&text), &err),
                         ERR_FORMAT);
        text.ptr[i] = (char)(text.ptr[i] ^ 4);
    }
    buf_release(&text);
}

/* With a right sum: the lines themselves are refused. */
static void
expect(enum err_code code, int version, const char *line)
{
    struct generation manifest;
    struct error err = ERROR_INIT;
    struct buf text = {0};
    struct hash hash;
    char hex[HASH_HEX_SIZE];

    xbuf_printf(&text, "stet-index %d\n%s\n", version, line);
    hash = hash_of(buf_str(&text));
    hash_format(&hash, hex);
    xbuf_printf(&text, "sum %s\n", hex);
    assert_int_equal(generation_parse(&manifest, buf_str(&text), &err), code);
    if (code == ERR_OK)
        generation_release(&manifest);
    buf_release(&text);
}

/* Those of before there were lines of shards are read, newer ones are not. */
static void
test_versions(void **state)
{
    (void)state;
    expect(ERR_OK, 1, "generation 7\nnext 3");
    expect(ERR_OK, 2, "generation 7\nnext 3\nshard 0001 0 a.jsonl");
    expect(ERR_FORMAT, 3, "generation 7\nnext 3");
    expect(ERR_FORMAT, 11, "generation 7\nnext 3");
}

static void
test_hostile_lines(void **state)
{
    static const char *const lines[] = {
        "",
        "unknown 1",
        "generation -1",
        "generation 99999999999999999999",
        "next 4294967296",
        "column 0001 score 0 ../../etc/passwd",
        "column 0001 score 0 part-../x",
        "column 0001 wrong 0 part-0001.x.col",
        "column 0001 score",
        "forgotten 0001",
        "forgotten 0001 2\nforgotten 0001 2",
        "partition 0002 1 1 00",
        "score 1 number a b",
        "score 0 number a%0 b",
        "score 0 number a%00 b",
        "score 0 number a b c d e f",
        "shard 0001 0",
        "shard 0001 0 %",
        "shard 0001 0 a%00b",
        "shard 0001 0 a b",
        "shard 1x 0 a",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        expect(ERR_FORMAT, 2, lines[i]);
}

static void
test_column_names(void **state)
{
    char name[300];
    char *a;
    char *b;

    (void)state;
    a = generation_column_name(12, "hate/threat.x");
    assert_string_equal(a, "part-0012.hate%2Fthreat%2Ex.col");
    free(a);
    memset(name, '/', sizeof(name));
    name[298] = '\0';
    a = generation_column_name(1, name);
    name[297] = 'x';
    b = generation_column_name(1, name);
    assert_true(strlen(a) < 150);
    assert_string_not_equal(a, b);
    free(a);
    free(b);
}

static void
test_places(void **state)
{
    struct pack_place in[PACK_BLOCK];
    struct pack_place out[PACK_BLOCK];
    struct random_source random;
    struct buf packed = {0};
    uint64_t offset = 0;

    (void)state;
    random_start(&random);
    for (size_t i = 0; i < PACK_BLOCK; i++) {
        if (i == 500)
            offset = 0; /* the next shard */
        in[i] = (struct pack_place){0};
        in[i].record = i + random_below(&random, 3);
        in[i].offset = offset;
        in[i].length = (uint32_t)random_below(&random, UINT32_MAX);
        in[i].flags = (uint32_t)random_below(&random, 64);
        in[i].text_bytes = (uint32_t)random_below(&random, UINT32_MAX);
        in[i].text_cp =
            (uint32_t)random_below(&random, (uint64_t)in[i].text_bytes + 1);
        offset += in[i].length + random_below(&random, UINT32_MAX);
    }
    pack_places(in, PACK_BLOCK, &packed);
    assert_true(unpack_places(buf_str(&packed), out, PACK_BLOCK));
    assert_memory_equal(in, out, sizeof(in));
    assert_false(unpack_places(buf_str(&packed), out, PACK_BLOCK - 1));
    packed.len--;
    assert_false(unpack_places(buf_str(&packed), out, PACK_BLOCK));
    buf_release(&packed);
}

static void
test_ids(void **state)
{
    static const char *const ids[] = {"\"a-1\"", "\"a-2\"", NULL, "\"a-2\"",
                                      "17",      "",        "170"};
    const size_t count = sizeof(ids) / sizeof(ids[0]);
    struct buf packed = {0};
    struct buf id = {0};
    struct str previous = {NULL, 0};
    size_t at = 0;
    bool known;

    (void)state;
    for (size_t i = 0; i < count; i++) {
        struct str next = ids[i] ? str_of(ids[i]) : (struct str){NULL, 0};

        pack_id(&packed, previous, next);
        if (next.ptr)
            previous = next;
    }
    for (size_t i = 0; i < count; i++) {
        assert_true(unpack_id(buf_str(&packed), &at, &id, &known));
        assert_int_equal(known, ids[i] != NULL);
        if (known)
            assert_true(str_equal(buf_str(&id), str_of(ids[i])));
    }
    assert_int_equal(at, packed.len);
    assert_false(unpack_id(buf_str(&packed), &at, &id, &known));
    buf_release(&packed);
    buf_release(&id);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_imported),
        cmocka_unit_test(test_damage_is_noticed),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_hostile_lines),
        cmocka_unit_test(test_column_names),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
