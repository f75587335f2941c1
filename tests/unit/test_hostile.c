/* Every file of the hostile collection: read, sampled, mapped. None crashes
 * or hangs; the containers give exactly what was promised. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "stet/mapping.h"
#include "stet/shard.h"

#include "tests/lib/shard_build.h"

struct outcome {
    enum err_code code;
    struct error err;
    uint64_t lines, blank, too_long; /* records by kind */
    uint64_t mapped, refused;        /* lines */
    uint64_t spans;
    unsigned flags;
    enum err_code mapping; /* discovery */
};

static void
map_line(const struct mapping *mapping, struct arena *arena,
         const struct record *record, struct outcome *out)
{
    struct error err = ERROR_INIT;
    struct document *doc = NULL;

    if (mapping_apply(mapping, record->raw, MAP_SCORES | MAP_SPANS, arena, &doc,
                      &err) == ERR_OK) {
        out->mapped++;
        out->flags |= doc->flags;
        out->spans += doc->span_count;
    } else {
        out->refused++;
        assert_true(err.message[0] != '\0');
        assert_true(err.offset == ERR_NO_OFFSET ||
                    err.offset <= record->raw.len);
    }
    arena_reset(arena);
}

/* One reading: sample it (mapping NULL) or map it. */
static void
read_all(const char *path, struct mapping_sample *sample,
         const struct mapping *mapping, struct outcome *out)
{
    struct shard *shard = NULL;
    struct record record = {.kind = RECORD_LINE};
    struct arena arena;

    *out = (struct outcome){.err = ERROR_INIT};
    arena_init(&arena, (size_t)512 << 20);
    out->code = shard_open(&shard, path, NULL, &out->err);
    while (out->code == ERR_OK && record.kind != RECORD_END) {
        out->code = shard_next(shard, &record, &out->err);
        if (out->code)
            break;
        out->lines += record.kind == RECORD_LINE;
        out->blank += record.kind == RECORD_BLANK;
        out->too_long += record.kind == RECORD_TOO_LONG;
        if (record.kind == RECORD_LINE && sample && out->lines < 1000)
            mapping_sample_add(sample, record.raw);
        if (record.kind == RECORD_LINE && mapping && out->lines < 5000)
            map_line(mapping, &arena, &record, out);
    }
    shard_close(shard);
    arena_release(&arena);
}

static void
read_hostile(const char *path, struct outcome *out)
{
    struct mapping_sample *sample = mapping_sample_new();
    struct mapping mapping;
    struct error err = ERROR_INIT;
    struct buf explained = {0};

    assert_non_null(sample);
    mapping_init(&mapping);
    read_all(path, sample, NULL, out);
    out->mapping = mapping_discover(&mapping, sample, &err);
    if (out->mapping == ERR_OK) {
        assert_int_equal(mapping_compile(&mapping, &err), ERR_OK);
        mapping_explain(&mapping, NULL, NULL, sample, &explained);
        assert_true(explained.len > 0);
        read_all(path, NULL, &mapping, out);
    }
    buf_release(&explained);
    mapping_release(&mapping);
    mapping_sample_free(sample);
}

struct promise {
    const char *name;
    enum err_code code;
    uint64_t lines, blank, too_long;
    const char *message; /* part of it */
};

static const struct promise promises[] = {
    {"bad-checksum.jsonl.zst", ERR_FORMAT, 2000, 0, 0, "checksum"},
    {"bad-crc.json.gz", ERR_FORMAT, 2000, 0, 0, "data check"},
    {"big-window.jsonl.zst", ERR_LIMIT, 0, 0, 0, "window of 2147483648"},
    {"blank-lines.jsonl", ERR_OK, 3, 6, 0, ""},
    {"bom.jsonl", ERR_OK, 45, 0, 0, ""},
    {"bomb-line-1g.jsonl.zst", ERR_OK, 1, 0, 1, ""},
    {"crlf.jsonl", ERR_OK, 45, 0, 0, ""},
    {"empty-frame.jsonl.zst", ERR_OK, 0, 0, 0, ""},
    {"empty.json.gz", ERR_OK, 0, 0, 0, ""},
    {"empty.jsonl", ERR_OK, 0, 0, 0, ""},
    {"empty.jsonl.zst", ERR_OK, 0, 0, 0, ""},
    {"flipped-multi.jsonl.zst", ERR_FORMAT, 1108, 0, 0, "zstd frame 8"},
    {"flipped-silent.jsonl.zst", ERR_OK, 2000, 0, 0, ""},
    {"flipped.json.gz", ERR_FORMAT, 1999, 0, 0, "data check"},
    {"flipped.jsonl.zst", ERR_FORMAT, 840, 0, 0, "corruption"},
    {"gz-named-zst.jsonl.zst", ERR_OK, 2000, 0, 0, ""},
    {"hash-flood-ids.jsonl.zst", ERR_OK, 20000, 0, 0, ""},
    {"long-line.jsonl.zst", ERR_OK, 2, 0, 0, ""},
    {"multi-member.json.gz", ERR_OK, 131, 0, 0, ""},
    {"no-final-newline.jsonl", ERR_OK, 45, 0, 0, ""},
    {"not-a-shard.parquet.zst", ERR_FORMAT, 0, 0, 0, "itself Parquet"},
    {"plain-named-zst.jsonl.zst", ERR_OK, 9, 0, 0, ""},
    {"size-lie.jsonl.zst", ERR_FORMAT, 1908, 0, 0, "corruption"},
    {"skippable-lie.jsonl.zst", ERR_FORMAT, 2000, 0, 0,
     "claims 4294967295 bytes, 1 are left"},
    {"skippable.jsonl.zst", ERR_OK, 2001, 0, 0, ""},
    {"trailing-garbage.jsonl.zst", ERR_FORMAT, 2000, 0, 0,
     "are no frame, from byte 118656"},
    {"truncated-header.jsonl.zst", ERR_FORMAT, 0, 0, 0, "truncated"},
    {"truncated-multi.jsonl.zst", ERR_FORMAT, 1240, 0, 0,
     "frame 10 (byte 79469): truncated"},
    {"truncated.json.gz", ERR_FORMAT, 1040, 0, 0, "byte 59069"},
    {"truncated.jsonl.zst", ERR_FORMAT, 840, 0, 0,
     "byte 59328; 840 records were read before it"},
    {"utf16le.jsonl", ERR_FORMAT, 0, 0, 0, "UTF-16"},
    {"zero-padding.jsonl.zst", ERR_OK, 2000, 0, 0, ""},
    {"zst-in-zst.jsonl.zst", ERR_FORMAT, 0, 0, 0, "itself zstd"},
    {"zst-named-jsonl.jsonl", ERR_OK, 2000, 0, 0, ""},
};

/* What mapping gives for the files whose records are the trouble. */
struct mapped_promise {
    const char *name;
    uint64_t mapped, refused;
};

static const struct mapped_promise mapped_promises[] = {
    {"deep-arrays.jsonl", 1, 1},       {"deep-objects.jsonl.zst", 1, 1},
    {"deep-unclosed.jsonl.zst", 1, 2}, {"duplicate-keys.jsonl", 3, 0},
    {"many-keys.jsonl.zst", 2, 0},     {"missing-fields.jsonl", 4, 3},
    {"non-object-lines.jsonl", 3, 12}, {"nul.jsonl", 4, 2},
    {"surrogates.jsonl", 9, 0},        {"unicode.jsonl", 33, 0},
    {"wrong-types.jsonl", 8, 7},
};

static void
check_promises(const char *name, const struct outcome *out)
{
    for (size_t i = 0; i < sizeof(promises) / sizeof(promises[0]); i++) {
        const struct promise *want = &promises[i];

        if (strcmp(want->name, name) != 0)
            continue;
        if (out->code != want->code || out->lines != want->lines ||
            out->blank != want->blank || out->too_long != want->too_long ||
            !strstr(out->err.message, want->message))
            fail_msg("%s: code %d, %llu lines, %llu blank, %llu too long: %s",
                     name, out->code, (unsigned long long)out->lines,
                     (unsigned long long)out->blank,
                     (unsigned long long)out->too_long, out->err.message);
    }
    for (size_t i = 0; i < sizeof(mapped_promises) / sizeof(mapped_promises[0]);
         i++) {
        const struct mapped_promise *want = &mapped_promises[i];

        if (strcmp(want->name, name) == 0 &&
            (out->mapped != want->mapped || out->refused != want->refused))
            fail_msg("%s: %llu mapped, %llu refused", name,
                     (unsigned long long)out->mapped,
                     (unsigned long long)out->refused);
    }
}

/* Too long for a unit test; the command line's tests stream them. */
static bool
is_slow(const char *name)
{
    return strcmp(name, "bomb-zeros-4g.jsonl.zst") == 0 ||
           strcmp(name, "bomb-zeros-1g.json.gz") == 0 ||
           strcmp(name, "bomb-13m-docs.jsonl.zst") == 0;
}

static void
test_manifest(void **state)
{
    const char *manifest = data_path("hostile/MANIFEST.tsv");
    struct buf text = {0};
    size_t files = 0;
    char *line;
    char *rest;

    (void)state;
    if (!manifest)
        skip();
    read_file(manifest, &text);
    for (line = text.ptr; line < text.ptr + text.len; line = rest + 1) {
        struct outcome out;
        char path[512];
        double seconds;
        clock_t start = clock();

        rest = memchr(line, '\n', (size_t)(text.ptr + text.len - line));
        assert_non_null(rest);
        *rest = '\0';
        *strchr(line, '\t') = '\0';
        if (strcmp(line, "file") == 0 || is_slow(line))
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", data_path("hostile"), line);
        read_hostile(path, &out);
        check_promises(line, &out);
        seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        if (seconds > 5)
            fail_msg("%s took %.1f s", line, seconds);
        files++;
    }
    assert_true(files > 390);
    buf_release(&text);
}

/* The suite's cases as values of otherwise good records. */
static void
test_embedded_suite(void **state)
{
    const char *path = data_path("hostile/jsontestsuite-embedded.jsonl");
    struct shard *shard;
    struct record record;
    struct error err = ERROR_INIT;
    struct mapping mapping;
    struct arena arena;
    size_t checked = 0;

    (void)state;
    if (!path)
        skip();
    mapping_init(&mapping);
    mapping.text = strdup("text");
    mapping.id = strdup("id");
    assert_int_equal(mapping_compile(&mapping, &err), ERR_OK);
    arena_init(&arena, 0);
    assert_int_equal(shard_open(&shard, path, NULL, &err), ERR_OK);
    while (shard_next(shard, &record, &err) == ERR_OK &&
           record.kind != RECORD_END) {
        struct document *doc = NULL;
        enum err_code code =
            mapping_apply(&mapping, record.raw, 0, &arena, &doc, &err);
        bool valid = str_starts_with(record.raw, STR_LIT("{\"id\":\"y_")) ||
                     str_starts_with(record.raw, STR_LIT("{\"id\": \"after-"));
        bool invalid = str_starts_with(record.raw, STR_LIT("{\"id\":\"n_"));

        if ((valid && code != ERR_OK) || (invalid && code == ERR_OK))
            fail_msg("line %llu: %s", (unsigned long long)record.number,
                     code ? err.message : "was taken");
        checked += valid || invalid;
        arena_reset(&arena);
    }
    assert_true(checked > 500);
    shard_close(shard);
    arena_release(&arena);
    mapping_release(&mapping);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_manifest),
        cmocka_unit_test(test_embedded_suite),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
