/* Any lines as records: sampled, explained, mapped. What a document says of
 * its text, spans and segments is true of its bytes. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "stet/json.h"
#include "stet/mapping.h"
#include "stet/utf8.h"
#include "tests/fuzz/fuzz.h"

static void
check_segments(const struct document *doc)
{
    size_t end = 0;

    for (size_t i = 0; i < doc->segment_count; i++) {
        const struct segment *segment = &doc->segments[i];

        FUZZ_CHECK(segment->text.start >= end);
        FUZZ_CHECK(doc->flags & DOC_FIXED_TEXT || segment->text.start == end);
        FUZZ_CHECK(segment->text.start <= segment->text.end);
        end = segment->text.end;
        FUZZ_CHECK(end <= doc->text.len);
        if (doc->text_end > 0)
            FUZZ_CHECK(segment->raw_start >= doc->text_start &&
                       segment->raw_end <= doc->text_end);
    }
    if (doc->segment_count > 0)
        FUZZ_CHECK(end == doc->text.len);
}

static void
check_document(const struct document *doc, const struct mapping *mapping)
{
    size_t start = 0;

    FUZZ_CHECK(utf8_is_wtf8(doc->text));
    FUZZ_CHECK(doc->text_cp == utf8_count(doc->text));
    FUZZ_CHECK(doc->text_start <= doc->text_end);
    FUZZ_CHECK(doc->text_end <= doc->raw.len);
    FUZZ_CHECK((doc->id.ptr != NULL) == (doc->id_token.ptr != NULL));
    check_segments(doc);
    for (size_t i = 0; i < doc->span_count; i++) {
        const struct span *span = &doc->spans[i].span;

        FUZZ_CHECK(span->start >= start && span->start < span->end);
        FUZZ_CHECK(span->end <= doc->text.len);
        FUZZ_CHECK(utf8_is_boundary(doc->text, span->start));
        FUZZ_CHECK(span->end == doc->text.len ||
                   utf8_is_boundary(doc->text, span->end));
        FUZZ_CHECK(doc->spans[i].score < mapping->score_count);
        start = span->start;
    }
}

/* Sets of labels are sorted, each once; scores are finite or unknown. */
static void
check_scores(const struct document *doc, const struct mapping *mapping)
{
    for (size_t i = 0; i < mapping->score_count; i++) {
        struct str set = doc->labels[i];
        struct str before = {NULL, 0};
        struct str label;

        FUZZ_CHECK(!isinf(doc->scores[i]));
        FUZZ_CHECK(mapping->scores[i].kind == SCORE_LABEL || !set.ptr);
        for (size_t at = 0; label_next(set, &at, &label); before = label) {
            FUZZ_CHECK(label.len > 0 || set.len == 0);
            FUZZ_CHECK(!before.ptr || str_compare(before, label) < 0);
            FUZZ_CHECK(label_is_in(set, label));
        }
    }
}

/* Any line as the row of a document: it adds to it, or leaves it valid. */
static void
map_row(const struct mapping *mapping, struct str row, unsigned what,
        struct arena *arena, struct document *doc)
{
    struct error err = ERROR_INIT;

    if (mapping_apply_row(mapping, row, MAP_SCORES | MAP_SPANS | what, arena,
                          doc, &err) != ERR_OK)
        FUZZ_CHECK(err.message[0] != '\0');
    check_document(doc, mapping);
    check_scores(doc, mapping);
}

static void
map_lines(const struct mapping *mapping, struct str input)
{
    struct arena arena;
    struct str row = {NULL, 0}; /* the line before */

    arena_init(&arena, (size_t)64 << 20);
    for (size_t at = 0; at < input.len;) {
        size_t end = str_find(input, STR_LIT("\n"), at);
        struct document *doc = NULL;
        struct error err = ERROR_INIT;
        struct str raw;

        end = end == SIZE_MAX ? input.len : end;
        raw = str_slice(input, at, end);
        at = end + 1;
        if (mapping_apply(mapping, raw, MAP_SCORES | MAP_SPANS, &arena, &doc,
                          &err) == ERR_OK) {
            struct error ignored = ERROR_INIT;

            FUZZ_CHECK(json_validate(raw, 0, &ignored) == ERR_OK);
            check_document(doc, mapping);
            check_scores(doc, mapping);
            map_row(mapping, raw, 0, &arena, doc);
            map_row(mapping, row, row.len % 2 ? MAP_SIGNALS : 0, &arena, doc);
        } else {
            FUZZ_CHECK(err.message[0] != '\0');
            FUZZ_CHECK(err.offset == ERR_NO_OFFSET || err.offset <= raw.len);
        }
        arena_reset(&arena);
        row = raw;
    }
    arena_release(&arena);
}

static void
sample_lines(struct mapping_sample *sample, struct str input)
{
    for (size_t at = 0; at < input.len;) {
        size_t end = str_find(input, STR_LIT("\n"), at);

        end = end == SIZE_MAX ? input.len : end;
        mapping_sample_add(sample, str_slice(input, at, end));
        mapping_sample_add_row(sample, str_slice(input, at, end));
        at = end + 1;
    }
}

/* Every path that discovery writes can be read back. */
static void
check_paths(const struct mapping *mapping, struct str input)
{
    struct arena arena;

    arena_init(&arena, (size_t)64 << 20);
    for (size_t i = 0; i < mapping->score_count && i < 8; i++) {
        struct str value;
        struct error err = ERROR_INIT;
        enum err_code code =
            record_get(input, mapping->scores[i].path, &arena, &value, &err);

        FUZZ_CHECK(code != ERR_USAGE);
    }
    arena_release(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = {(const char *)data, size};
    struct mapping_sample *sample = mapping_sample_new();
    struct mapping mapping;
    struct error err = ERROR_INIT;
    struct buf explained = {.max = 0};

    if (!sample)
        return 0;
    mapping_init(&mapping);
    sample_lines(sample, input);
    if (mapping_discover(&mapping, sample, &err) == ERR_OK) {
        FUZZ_CHECK(mapping_compile(&mapping, &err) == ERR_OK);
        mapping_explain(&mapping, NULL, NULL, sample, &explained);
        FUZZ_CHECK(explained.len > 0);
        map_lines(&mapping, input);
        check_paths(&mapping, input);
    }
    buf_release(&explained);
    mapping_release(&mapping);
    mapping_sample_free(sample);
    return 0;
}
