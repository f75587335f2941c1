/* Records to documents: every shape of the field, what is refused and where,
 * code points to bytes, and discovery. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stet/mapping.h"
#include "stet/utf8.h"

static struct arena arena;

static int
setup(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

/* Discover from the records, separated by line ends. */
static void
discover(struct mapping *mapping, struct str records)
{
    struct mapping_sample *sample = mapping_sample_new();
    struct error err = ERROR_INIT;
    size_t at = 0;

    mapping_init(mapping);
    while (at < records.len) {
        size_t end = str_find(records, STR_LIT("\n"), at);

        end = end == SIZE_MAX ? records.len : end;
        mapping_sample_add(sample, str_slice(records, at, end));
        at = end + 1;
    }
    if (mapping_discover(mapping, sample, &err) ||
        mapping_compile(mapping, &err))
        fail_msg("%s", err.message);
    mapping_sample_free(sample);
}

static struct document *
apply(const struct mapping *mapping, struct str raw)
{
    struct document *doc = NULL;
    struct error err = ERROR_INIT;
    /* An exact copy, so that a read past the end is caught. */
    char *copy = malloc(raw.len ? raw.len : 1);

    memcpy(copy, raw.ptr, raw.len);
    if (mapping_apply(mapping, (struct str){copy, raw.len},
                      MAP_SCORES | MAP_SPANS, &arena, &doc, &err))
        fail_msg("%s", err.message);
    free(copy);
    /* The copy is gone: once more with what stays. */
    assert_int_equal(
        mapping_apply(mapping, raw, MAP_SCORES | MAP_SPANS, &arena, &doc, &err),
        ERR_OK);
    assert_int_equal(doc->text_cp, utf8_count(doc->text));
    return doc;
}

static struct error
refuse(const struct mapping *mapping, struct str raw)
{
    struct document *doc = NULL;
    struct error err = ERROR_INIT;

    assert_int_not_equal(
        mapping_apply(mapping, raw, MAP_SCORES | MAP_SPANS, &arena, &doc, &err),
        ERR_OK);
    assert_null(doc);
    return err;
}

static void
assert_str(struct str got, struct str want)
{
    if (!str_equal(got, want))
        fail_msg("got '%.*s', not '%.*s'", STR_FMT(got), STR_FMT(want));
}

static const struct score_def *
score(const struct mapping *mapping, const char *name, unsigned *number)
{
    for (size_t i = 0; i < mapping->score_count; i++) {
        if (strcmp(mapping->scores[i].name, name) != 0)
            continue;
        if (number)
            *number = (unsigned)i;
        return &mapping->scores[i];
    }
    fail_msg("no score %s", name);
    return NULL;
}

static const char dolma[] =
    "{\"id\":\"a\",\"text\":\"0\xC3\xA9"
    "2\\u00e94\",\"source\":\"s\",\"metadata\":{\"lang\":\"fr\","
    "\"length\":5,\"perplexity\":30.5},\"attributes\":{\"toxicity\":0.25,"
    "\"hate/threatening\":1,\"x__hate__v1\":[[3,4,0.5],[1,3,0.75],[4,99,0.1],"
    "[7,9,1],[2,2,1]],\"empty_hate\":[]}}";

static struct str
dolma_record(void)
{
    return str_of(dolma);
}

static void
test_dolma(void **state)
{
    struct mapping m;
    struct document *doc;
    struct hash hash;
    unsigned n;
    const size_t ends[] = {4, 6, 7};

    (void)state;
    discover(&m, dolma_record());
    assert_string_equal(m.text, "text");
    assert_string_equal(m.id, "id");
    assert_string_equal(m.source, "source");
    assert_string_equal(m.lang, "metadata.lang");
    doc = apply(&m, dolma_record());
    assert_str(doc->text, STR_LIT("0\xC3\xA9"
                                  "2\xC3\xA9"
                                  "4"));
    hash = hash_of(doc->text);
    assert_true(hash_equal(&hash, &doc->text_hash));
    assert_str(str_slice(doc->raw, doc->text_start, doc->text_end),
               STR_LIT("\"0\xC3\xA9"
                       "2\\u00e94\""));
    assert_str(doc->id, STR_LIT("a"));
    assert_str(doc->id_token, STR_LIT("\"a\""));
    assert_str(doc->lang, STR_LIT("fr"));
    assert_int_equal(score(&m, "toxicity", &n)->bad, SCORE_BAD_HIGH);
    assert_true(doc->scores[n] == 0.25);
    assert_string_equal(score(&m, "hate/threatening", &n)->path,
                        "attributes.\"hate/threatening\"");
    assert_true(doc->scores[n] == 1);
    score(&m, "perplexity", &n);
    assert_true(doc->scores[n] == 30.5);
    assert_int_equal(score(&m, "x__hate__v1", &n)->kind, SCORE_SPANS);
    /* Past-the-end spans are cut or dropped, empty ones dropped; the worst
     * of those that stay. */
    assert_true(doc->scores[n] == 0.75);
    assert_int_equal(doc->span_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(doc->spans[i].score, n);
        assert_int_equal(doc->spans[i].span.end, ends[i]);
    }
    assert_int_equal(doc->spans[0].span.start, 1);
    assert_int_equal(doc->spans[1].span.start, 4);
    assert_int_equal(doc->spans[2].span.start, 6);
    /* Numbers that are no scores. */
    for (size_t i = 0; i < m.score_count; i++)
        assert_string_not_equal(m.scores[i].path, "metadata.length");
    mapping_release(&m);
}

static void
test_lists(void **state)
{
    struct mapping m;
    struct document *doc;
    unsigned n;

    (void)state;
    discover(&m, STR_LIT("{\"texts\":[\"a\",\"b\\n\",\"\"],"
                         "\"scores\":[0.1,0.9,null],\"avg_score\":0.5}"));
    assert_string_equal(m.text, "texts");
    doc = apply(&m, STR_LIT("{\"texts\":[\"a\", \"b\\n\",\"\"],"
                            "\"scores\":[0.1,0.9,null],\"avg_score\":0.5}"));
    assert_str(doc->text, STR_LIT("ab\n"));
    assert_int_equal(doc->flags, DOC_SEGMENTS);
    assert_int_equal(doc->segment_count, 3);
    assert_str(str_slice(doc->raw, doc->segments[1].raw_start,
                         doc->segments[1].raw_end),
               STR_LIT("\"b\\n\""));
    assert_int_equal(doc->segments[1].text.start, 1);
    assert_int_equal(doc->segments[1].text.end, 3);
    assert_int_equal(score(&m, "scores", &n)->kind, SCORE_SEGMENTS);
    assert_true(doc->segments[1].score == 0.9);
    assert_true(isnan(doc->segments[2].score));
    assert_true(doc->scores[n] == 0.9);
    assert_int_equal(score(&m, "avg_score", &n)->kind, SCORE_PROBABILITY);
    refuse(&m, STR_LIT("{\"texts\":[\"a\",1]}"));
    mapping_release(&m);

    discover(&m, STR_LIT("{\"text\":[\"a\",\"b\"],\"meta\":"
                         "{\"pile_set_name\":\"X\"}}"));
    doc = apply(&m, STR_LIT("{\"text\":[\"a\",\"b\"],\"meta\":"
                            "{\"pile_set_name\":\"X\"}}"));
    assert_str(doc->text, STR_LIT("a\n\nb"));
    assert_true(doc->flags & DOC_FIXED_TEXT);
    assert_str(doc->source, STR_LIT("X"));
    assert_null(doc->id.ptr);
    mapping_release(&m);
}

static void
test_bare(void **state)
{
    struct mapping m;
    struct document *doc;

    (void)state;
    discover(&m, STR_LIT("\"one\"\n\"two\""));
    assert_string_equal(m.text, "");
    doc = apply(&m, STR_LIT(" \"t\\u0000wo\" "));
    assert_str(doc->text, STR_LIT("t\0wo"));
    assert_int_equal(doc->flags, DOC_BARE);
    assert_int_equal(doc->text_start, 1);
    assert_int_equal(doc->text_end, 12);
    refuse(&m, STR_LIT("{\"text\":\"x\"}"));
    refuse(&m, STR_LIT("5"));
    mapping_release(&m);
}

static void
test_metadata_string(void **state)
{
    static const char record[] =
        "{\"text\":\"x\",\"metadata\":\"{\\\"language\\\":\\\"en\\\","
        "\\\"toxic_score\\\":0.5,\\\"date\\\":20200101}\"}";
    struct mapping m;
    struct document *doc;
    struct str value;
    struct error err = ERROR_INIT;
    unsigned n;

    (void)state;
    discover(&m, str_of(record));
    assert_string_equal(m.lang, "metadata.language");
    assert_int_equal(m.score_count, 1);
    doc = apply(&m, str_of(record));
    assert_true(doc->flags & DOC_META_STRING);
    assert_str(doc->lang, STR_LIT("en"));
    score(&m, "toxic_score", &n);
    assert_true(doc->scores[n] == 0.5);
    assert_int_equal(
        record_get(str_of(record), "metadata.date", &arena, &value, &err),
        ERR_OK);
    assert_str(value, STR_LIT("20200101"));
    /* What does not parse is only a string. */
    doc = apply(&m, STR_LIT("{\"text\":\"x\",\"metadata\":"
                            "\"{\\\"language\\\":\\\"en\\\",\"}"));
    assert_null(doc->lang.ptr);
    mapping_release(&m);
}

static void
test_ids(void **state)
{
    struct mapping m;
    struct document *doc;

    (void)state;
    discover(&m, STR_LIT("{\"id\":\"a\",\"text\":\"x\"}"));
    doc = apply(&m, STR_LIT("{\"id\":12345678901234567890,\"text\":\"x\"}"));
    assert_str(doc->id, STR_LIT("12345678901234567890"));
    assert_str(doc->id_token, STR_LIT("12345678901234567890"));
    doc = apply(&m, STR_LIT("{\"id\":\"1\\u0032\",\"text\":\"x\"}"));
    assert_str(doc->id, STR_LIT("12"));
    assert_str(doc->id_token, STR_LIT("\"1\\u0032\""));
    doc = apply(&m, STR_LIT("{\"id\":null,\"text\":\"x\"}"));
    assert_null(doc->id_token.ptr);
    doc = apply(&m, STR_LIT("{\"id\":\"\",\"text\":\"x\"}"));
    assert_null(doc->id_token.ptr);
    doc = apply(&m, STR_LIT("{\"text\":\"x\"}"));
    assert_null(doc->id_token.ptr);
    assert_int_equal(refuse(&m, STR_LIT("{\"id\":[1],\"text\":\"x\"}")).offset,
                     6);
    assert_int_equal(refuse(&m, STR_LIT("{\"id\":true,\"text\":\"x\"}")).code,
                     ERR_FORMAT);
    refuse(&m, STR_LIT("{\"id\":1.5,\"text\":\"x\"}"));
    refuse(&m, STR_LIT("{\"id\":{},\"text\":\"x\"}"));
    mapping_release(&m);
}

static void
test_refusals(void **state)
{
    struct mapping m;
    struct error err;

    (void)state;
    discover(&m, STR_LIT("{\"id\":\"a\",\"text\":\"x\"}"));
    err = refuse(&m, STR_LIT("{\"id\":\"a\"}"));
    assert_string_equal(err.message, "no text at text");
    refuse(&m, STR_LIT("{\"text\":null}"));
    err = refuse(&m, STR_LIT("{\"a\":0,\"text\":5}"));
    assert_int_equal(err.offset, 14);
    assert_non_null(strstr(err.message, "is a number, not a string"));
    err = refuse(&m, STR_LIT("[{\"text\":\"x\"}]"));
    assert_non_null(strstr(err.message, "first byte ["));
    refuse(&m, STR_LIT("{\"text\":\"x\"} {}"));
    refuse(&m, STR_LIT("{\"text\":\"x\",}"));
    refuse(&m, STR_LIT("{\"text\":\"x\",\"a\":NaN}"));
    refuse(&m, STR_LIT("{\"text\":\"x\""));
    refuse(&m, STR_LIT(""));
    mapping_release(&m);
}

static void
test_duplicates(void **state)
{
    struct mapping m;
    struct document *doc;
    unsigned n;

    (void)state;
    discover(&m, STR_LIT("{\"text\":\"x\",\"attributes\":{\"toxic\":1,"
                         "\"hate\":0}}"));
    doc = apply(&m, STR_LIT("{\"text\":\"x\",\"text\":\"last\",\"attributes\":"
                            "{\"toxic\":1,\"hate\":1},\"attributes\":"
                            "{\"hate\":0,\"hate\":0.5}}"));
    assert_str(doc->text, STR_LIT("last"));
    score(&m, "toxic", &n);
    assert_true(isnan(doc->scores[n]));
    score(&m, "hate", &n);
    assert_true(doc->scores[n] == 0.5);
    mapping_release(&m);
}

static void
test_bad_utf8(void **state)
{
    struct mapping m;
    struct document *doc;
    struct str raw = STR_LIT("{\"text\":\"a\xFF\",\"id\":\"i\"}");
    struct hash hash = hash_of(raw);

    (void)state;
    discover(&m, STR_LIT("{\"text\":\"x\",\"id\":\"i\"}"));
    doc = apply(&m, raw);
    assert_true(doc->flags & DOC_BAD_UTF8);
    assert_str(doc->text, STR_LIT("a\xEF\xBF\xBD"));
    assert_true(hash_equal(&hash, &doc->text_hash));
    doc = apply(&m, STR_LIT("{\"text\":\"a\",\"other\":[{\"\xFF\":1}]}"));
    assert_true(doc->flags & DOC_BAD_UTF8);
    doc = apply(&m, STR_LIT("{\"text\":\"a\\ud800\"}"));
    assert_int_equal(doc->flags, DOC_LONE_SURROGATE);
    assert_str(doc->text, STR_LIT("a\xED\xA0\x80"));
    mapping_release(&m);
}

static void
test_labels(void **state)
{
    struct mapping m;
    struct document *doc;
    unsigned n;

    (void)state;
    discover(&m, STR_LIT("{\"text\":\"x\",\"label\":\"hate\",\"title\":\"t\","
                         "\"attributes\":{\"flag\":true,\"kind\":\"a\"}}"));
    assert_int_equal(score(&m, "label", &n)->kind, SCORE_LABEL);
    assert_int_equal(score(&m, "kind", NULL)->kind, SCORE_LABEL);
    assert_int_equal(score(&m, "flag", NULL)->kind, SCORE_NUMBER);
    assert_int_equal(m.score_count, 3);
    doc = apply(&m, STR_LIT("{\"text\":\"x\",\"label\":\"no hate\","
                            "\"attributes\":{\"flag\":false}}"));
    assert_str(doc->labels[n], STR_LIT("no hate"));
    assert_true(isnan(doc->scores[n]));
    score(&m, "flag", &n);
    assert_true(doc->scores[n] == 0);
    mapping_release(&m);
}

/* The labels of a document, each in brackets. */
static void
assert_labels(const struct document *doc, unsigned score, const char *want)
{
    struct buf got = {0};
    struct str label;

    for (size_t at = 0; label_next(doc->labels[score], &at, &label);)
        xbuf_printf(&got, "[%.*s]", STR_FMT(label));
    assert_string_equal(xbuf_cstr(&got), want);
    buf_release(&got);
}

/* Lists of labels and maps of classes are sets of labels. */
static void
test_label_sets(void **state)
{
    struct buf shown = {0};
    struct mapping m;
    struct document *doc;
    unsigned warn;
    unsigned map;

    (void)state;
    discover(&m, STR_LIT("{\"text\":\"x\",\"metadata\":{\"quality_warnings\":"
                         "[\"tiny\",\"header\"],\"tags\":[\"no\"]},"
                         "\"attributes\":{\"jigsaw\":{\"hate\":0.9,"
                         "\"b\":0}}}\n"
                         "{\"text\":\"x\",\"metadata\":"
                         "{\"quality_warnings\":null}}"));
    assert_int_equal(score(&m, "quality_warnings", &warn)->kind, SCORE_LABEL);
    assert_int_equal(score(&m, "jigsaw", &map)->kind, SCORE_LABEL);
    assert_int_equal(score(&m, "hate", NULL)->bad, SCORE_BAD_HIGH);
    assert_int_equal(m.score_count, 4);
    doc = apply(&m, STR_LIT("{\"text\":\"x\",\"metadata\":{"
                            "\"quality_warnings\":[\"b\\n\",\"a\",5,[\"z\"],"
                            "\"a\",\"\",\"\\u001f\"]},\"attributes\":"
                            "{\"jigsaw\":{\"hate\":0.5,\"x\":0.49,"
                            "\"o\":{\"hate\":1},\"yes\":true}}}"));
    assert_labels(doc, warn, "[ ][a][b\n]");
    assert_labels(doc, map, "[hate][yes]");
    label_format(doc->labels[map], &shown);
    assert_str(buf_str(&shown), STR_LIT("hate, yes"));
    doc = apply(&m, STR_LIT("{\"text\":\"x\",\"metadata\":{"
                            "\"quality_warnings\":[]},\"attributes\":"
                            "{\"jigsaw\":\"a\\u001fb\"}}"));
    assert_null(doc->labels[warn].ptr);
    assert_labels(doc, map,
                  "[a\x1F"
                  "b]");
    doc = apply(&m, STR_LIT("{\"text\":\"x\",\"attributes\":"
                            "{\"jigsaw\":\"a\\u001f\"}}"));
    assert_labels(doc, map, "[a ]");
    m.scores[map].threshold = 0.95;
    doc = apply(&m, STR_LIT("{\"text\":\"x\",\"attributes\":{\"jigsaw\":"
                            "{\"hate\":0.94,\"b\":0.95}}}"));
    assert_labels(doc, map, "[b]");
    buf_release(&shown);
    mapping_release(&m);
}

/* Kinds, ranges and ends, by what was seen and by name. */
static void
test_kinds(void **state)
{
    static const struct {
        const char *name;
        enum score_kind kind;
        enum score_bad bad;
        double max;
    } want[] = {
        {"severity", SCORE_SCALE, SCORE_BAD_UNKNOWN, 5},
        {"rating", SCORE_SCALE, SCORE_BAD_UNKNOWN, 10},
        {"toxicity", SCORE_PROBABILITY, SCORE_BAD_HIGH, 1},
        {"quoted", SCORE_PROBABILITY, SCORE_BAD_UNKNOWN, 1},
        {"flagged", SCORE_NUMBER, SCORE_BAD_UNKNOWN, 1},
        {"logit", SCORE_NUMBER, SCORE_BAD_UNKNOWN, (double)NAN},
        {"harmful_pp", SCORE_PERPLEXITY, SCORE_BAD_LOW, (double)NAN},
        {"doc__x__hate", SCORE_PROBABILITY, SCORE_BAD_HIGH, 1},
        {"passages", SCORE_SPANS, SCORE_BAD_UNKNOWN, 1},
    };
    struct mapping m;
    struct document *doc;
    unsigned n;

    (void)state;
    discover(&m,
             STR_LIT("{\"text\":\"abc\",\"attributes\":{\"severity\":3,"
                     "\"rating\":8,\"toxicity\":0.25,\"quoted\":\"0.5\","
                     "\"flagged\":true,\"logit\":-2.5,\"harmful_pp\":0.7,"
                     "\"doc__x__hate\":[[0,3,0.5]],\"passages\":[[0,1,0.5],"
                     "[1,2,0.5]],\"mixed\":1,\"list\":[1,2]}}\n"
                     "{\"text\":\"abc\",\"attributes\":{\"mixed\":\"one\"}}"));
    assert_int_equal(m.score_count, sizeof(want) / sizeof(want[0]));
    for (size_t i = 0; i < m.score_count; i++) {
        const struct score_def *def = score(&m, want[i].name, NULL);

        assert_int_equal(def->kind, want[i].kind);
        assert_int_equal(def->bad, want[i].bad);
        assert_true(def->max == want[i].max ||
                    (isnan(def->max) && isnan(want[i].max)));
    }
    doc = apply(&m, STR_LIT("{\"text\":\"abc\",\"attributes\":{\"severity\":"
                            "1e999,\"rating\":\"7\",\"quoted\":\" 1\","
                            "\"logit\":\"NaN\",\"harmful_pp\":[],"
                            "\"doc__x__hate\":[[0,3,null]],"
                            "\"passages\":[]}}"));
    for (size_t i = 0; i < m.score_count; i++) {
        double value = (score(&m, want[i].name, &n), doc->scores[n]);
        double known = strcmp(want[i].name, "rating") == 0     ? 7
                       : strcmp(want[i].name, "passages") == 0 ? 0
                                                               : (double)NAN;

        if (!(value == known || (isnan(value) && isnan(known))))
            fail_msg("%s is %g", want[i].name, value);
    }
    mapping_release(&m);
}

/* Of a map of languages the surest is the document's. */
static void
test_language_map(void **state)
{
    struct mapping m;
    struct document *doc;

    (void)state;
    discover(&m, STR_LIT("{\"text\":\"x\",\"metadata\":{\"language\":"
                         "{\"__label__en\":0.9}}}"));
    assert_string_equal(m.lang, "metadata.language");
    doc = apply(&m, STR_LIT("{\"text\":\"x\",\"metadata\":{\"language\":"
                            "{\"__label__en\":0.2,\"__label__de\":0.7,"
                            "\"c\":\"d\",\"e\":{}}}}"));
    assert_str(doc->lang, STR_LIT("de"));
    doc = apply(&m, STR_LIT("{\"text\":\"x\",\"metadata\":{\"language\":{}}}"));
    assert_null(doc->lang.ptr);
    mapping_release(&m);
}

static void
test_names(void **state)
{
    struct mapping m;
    struct mapping copy;
    struct score_def def = {.threshold = (double)NAN};
    struct error err = ERROR_INIT;
    unsigned n;
    char a[] = "a.score";
    char b[] = "b.score";
    char c[] = "a.\"sc.ore\"";
    char bad[] = "a..b";
    char open_quote[] = "a.\"b";

    (void)state;
    mapping_init(&m);
    def.path = a;
    assert_int_equal(mapping_add_score(&m, &def, &n, &err), ERR_OK);
    def.path = b;
    assert_int_equal(mapping_add_score(&m, &def, &n, &err), ERR_OK);
    assert_int_equal(n, 1);
    def.path = a;
    assert_int_equal(mapping_add_score(&m, &def, &n, &err), ERR_OK);
    assert_int_equal(n, 0);
    def.path = c;
    assert_int_equal(mapping_add_score(&m, &def, &n, &err), ERR_OK);
    assert_string_equal(m.scores[0].name, "score");
    assert_string_equal(m.scores[1].name, "b_score");
    assert_string_equal(m.scores[2].name, "sc.ore");
    def.path = bad;
    assert_int_equal(mapping_add_score(&m, &def, &n, &err), ERR_USAGE);
    def.path = open_quote;
    assert_int_equal(mapping_add_score(&m, &def, &n, &err), ERR_USAGE);
    m.text = strdup("text");
    assert_int_equal(mapping_compile(&m, &err), ERR_OK);
    assert_int_equal(mapping_copy(&copy, &m, &err), ERR_OK);
    mapping_release(&m);
    assert_true(apply(&copy, STR_LIT("{\"text\":\"x\",\"a\":{\"sc.ore\":7}}"))
                    ->scores[2] == 7);
    mapping_release(&copy);
}

static void
test_no_text(void **state)
{
    struct mapping m;
    struct mapping_sample *sample = mapping_sample_new();
    struct error err = ERROR_INIT;

    (void)state;
    mapping_init(&m);
    mapping_sample_add(sample, STR_LIT("{\"body\":\"x\",\"other\":1}"));
    mapping_sample_add(sample, STR_LIT("{\"body\":"));
    assert_int_equal(mapping_discover(&m, sample, &err), ERR_FORMAT);
    assert_non_null(strstr(err.message, "body, other"));
    mapping_sample_free(sample);
    mapping_release(&m);
}

/* Many records of other shapes; what the docs promise of each. */
static void
test_field_shapes(void **state)
{
    struct mapping m;

    (void)state;
    discover(&m, STR_LIT("{\"text\":\"x\",\"url\":\"u\",\"metadata\":"
                         "{\"WARC-Record-ID\":\"w\",\"score\":3.2,"
                         "\"token_count\":9}}"));
    assert_string_equal(m.id, "metadata.WARC-Record-ID");
    assert_int_equal(m.score_count, 1);
    assert_true(m.scores[0].max == 5);
    mapping_release(&m);
    discover(&m, STR_LIT("{\"raw_content\":\"x\",\"digest\":\"sha1:d\","
                         "\"perplexity\":300.5,\"nlines\":4,\"length\":8,"
                         "\"quality_signals\":{\"ccnet_length\":[[0,1,5]]}}"));
    assert_string_equal(m.text, "raw_content");
    assert_string_equal(m.id, "digest");
    assert_int_equal(m.score_count, 2);
    assert_int_equal(score(&m, "ccnet_length", NULL)->kind, SCORE_SCALE);
    mapping_release(&m);
    discover(&m, STR_LIT("{\"content\":\"x\",\"warc_headers\":"
                         "{\"warc-record-id\":\"w\"},\"metadata\":"
                         "{\"harmful_pp\":1200.5,\"annotations\":"
                         "[{\"severity\":1}]}}"));
    assert_string_equal(m.id, "warc_headers.warc-record-id");
    assert_int_equal(m.score_count, 1);
    assert_int_equal(score(&m, "harmful_pp", NULL)->bad, SCORE_BAD_LOW);
    mapping_release(&m);
}

static void
test_rows(void **state)
{
    struct mapping m;
    struct document *doc;
    struct error err = ERROR_INIT;
    unsigned n = 0;

    (void)state;
    discover(&m, STR_LIT("{\"id\":\"a\",\"text\":\"x\",\"attributes\":"
                         "{\"hate\":[[1,2,0.5]]}}\n"
                         "{\"id\":\"a\",\"attributes\":{\"toxic\":0.1,"
                         "\"spans__abuse\":[[1,2,1]],\"label\":\"l\"}}"));
    assert_int_equal(m.score_count, 4);
    doc = apply(&m, STR_LIT("{\"id\":\"a\",\"text\":\"\xC3\xA9\xC3\xA9!\","
                            "\"attributes\":{\"hate\":[[1,2,0.5]]}}"));
    assert_int_equal(
        mapping_apply_row(&m,
                          STR_LIT("{\"id\":\"a\",\"attributes\":{\"toxic\":0.1,"
                                  "\"spans__abuse\":[[0,3,1]]}}"),
                          MAP_SCORES | MAP_SPANS, &arena, doc, &err),
        ERR_OK);
    assert_int_equal(doc->span_count, 2);
    assert_int_equal(doc->spans[0].span.end, 5);
    assert_int_equal(doc->spans[1].span.start, 2);
    score(&m, "toxic", &n);
    assert_true(doc->scores[n] == 0.1);
    score(&m, "hate", &n);
    assert_true(doc->scores[n] == 0.5);
    score(&m, "label", &n);
    assert_null(doc->labels[n].ptr);
    assert_int_equal(mapping_apply_row(&m, STR_LIT("{\"id\":\"b\"}"),
                                       MAP_SCORES, &arena, doc, &err),
                     ERR_CONFLICT);
    assert_int_equal(
        mapping_apply_row(&m, STR_LIT("{"), MAP_SCORES, &arena, doc, &err),
        ERR_FORMAT);
    mapping_release(&m);
}

static void
test_record_get(void **state)
{
    struct str raw = STR_LIT("{\"a\":{\"b.c\":[1, 2]},\"a\":{\"b.c\":[3],"
                             "\"n\":null}}");
    struct str value;
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(record_get(raw, "a.\"b.c\"", &arena, &value, &err),
                     ERR_OK);
    assert_str(value, STR_LIT("[3]"));
    assert_int_equal(record_get(raw, "a.n", &arena, &value, &err), ERR_OK);
    assert_str(value, STR_LIT("null"));
    assert_int_equal(record_get(raw, "a.x", &arena, &value, &err), ERR_OK);
    assert_null(value.ptr);
    assert_int_equal(record_get(raw, "a.n.x", &arena, &value, &err), ERR_OK);
    assert_null(value.ptr);
    assert_int_equal(record_get(STR_LIT("{"), "a", &arena, &value, &err),
                     ERR_FORMAT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dolma),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_bare),
        cmocka_unit_test(test_metadata_string),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_bad_utf8),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_label_sets),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_language_map),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_no_text),
        cmocka_unit_test(test_field_shapes),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_record_get),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
