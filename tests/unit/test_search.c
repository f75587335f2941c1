/* Searching over an index in memory: every field and order by hand-made
 * cases, the joining of sets by random queries against an oracle that looks at
 * each document. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <math.h>

#include "stet/search.h"
#include "stet/xalloc.h"
#include "tests/lib/fake_index.h"

#define UNKNOWN ((double)NAN)

static const struct fake_document documents[] = {
    {"The quick brown fox",
     "1",
     "reddit",
     "en",
     "threats: x",
     "{\"metadata\":{\"url\":\"http://a.org/1\",\"n\":3}}",
     {0.1, 5, -1},
     false},
    {"the lazy dog, the QUICK dog",
     "2",
     "reddit",
     "en-GB",
     NULL,
     "{\"meta\":{\"url\":\"http://b.org/2\",\"tags\":[\"x\",\"y\"]}}",
     {0.8, 2, UNKNOWN},
     false},
    {"quick",
     "\"a b\"",
     NULL,
     NULL,
     "none",
     "{\"url\":\"http://c.org\"}",
     {UNKNOWN, 0, 3},
     false},
    {"quick",
     "\"\\u00e9/x\"",
     "wiki",
     "fr",
     "none",
     "{\"metadata\":{\"a.b\":true}}",
     {0.5, UNKNOWN, 2},
     false},
    {"dead quick fox", "3", "wiki", "fr", "none", "{}", {1, 1, 1}, true},
    {"\xE5\xB0\x8F\xE8\xAF\xB4\xE9\x87\x8C",
     "1",
     "wiki",
     "zh",
     "threats: y",
     "{\"metadata\":null}",
     {1, 4, UNKNOWN},
     false},
    {"quickly caf\xC3\xA9",
     NULL,
     "news",
     "fr",
     NULL,
     "{}",
     {0.2, 3, UNKNOWN},
     false},
    {"quick",
     "9",
     "news",
     "en",
     NULL,
     "{\"metadata\":{\"n\":30}}",
     {0, UNKNOWN, UNKNOWN},
     false},
};
#define DOCUMENTS (sizeof(documents) / sizeof(documents[0]))

static struct index *shared_index;

static enum err_code
judged_odd(void *ctx, const struct query_field *field, struct bits *out,
           struct error *err)
{
    (void)ctx;
    if (str_equal(field->name, STR_LIT("tag")) &&
        str_equal(field->value, STR_LIT("bad")))
        return error_set(err, ERR_USAGE, "no such tag");
    if (!str_equal(field->name, STR_LIT("verdict")))
        return error_set(err, ERR_NOTFOUND, "not mine");
    for (uint32_t i = 1; i < out->count; i += 2)
        bits_set(out, i);
    return ERR_OK;
}

static double
number_itself(void *ctx, struct str a, struct str b, uint32_t doc)
{
    (void)ctx;
    return a.len == 3 && b.len == 3 && doc != 2 ? (double)doc : UNKNOWN;
}

static enum err_code
run(struct index *index, struct str text, const struct search_env *env,
    struct hits *hits, struct error *err)
{
    struct arena arena;
    const struct query *query = NULL;
    enum err_code code;

    arena_init(&arena, 0);
    code = query_parse(&query, text, &arena, err);
    if (code == ERR_OK)
        code = search_run(index, query, env, hits, err);
    arena_release(&arena);
    return code;
}

static const struct search_env test_env = {.named = judged_odd,
                                           .disagree = number_itself};

/* The numbers of the hits, "0 2 7". */
static void
expect(const char *query, const char *numbers)
{
    struct error err = ERROR_INIT;
    struct hits hits = {0};
    struct buf out = {0};

    if (run(shared_index, str_of(query), &test_env, &hits, &err) != ERR_OK)
        fail_msg("%s: %s", query, err.message);
    for (uint32_t i = 0; i < hits.count; i++)
        xbuf_printf(&out, "%s%u", i ? " " : "", hits.docs[i]);
    if (strcmp(xbuf_cstr(&out), numbers) != 0)
        fail_msg("%s: %s, not %s", query, xbuf_cstr(&out), numbers);
    buf_release(&out);
    hits_release(&hits);
}

static void
refuse(const char *query, size_t at, const char *says)
{
    struct error err = ERROR_INIT;
    struct hits hits = {0};

    assert_int_equal(run(shared_index, str_of(query), &test_env, &hits, &err),
                     ERR_USAGE);
    if (err.offset != at || !strstr(err.message, says))
        fail_msg("%s: at %llu: %s", query, (unsigned long long)err.offset,
                 err.message);
}

static void
test_words(void **state)
{
    (void)state;
    expect("", "0 1 2 3 5 6 7");
    expect("QUICK", "0 1 2 3 7");
    expect("quick*", "0 1 2 3 6 7");
    expect("\"brown fox\"", "0");
    expect("\"quick br\"*", "0");
    expect("\"fox brown\"", "");
    expect("NEAR(fox quick, 1)", "0");
    expect("NEAR(fox quick, 0)", "");
    expect("lazy OR fox", "0 1");
    expect("quick -dog -fox", "2 3 7");
    expect("-quick", "5 6");
    expect("-(quick OR cafe)", "5");
    expect("NOT NOT fox", "0");
    expect("\xE8\xAF\xB4\xE9\x87\x8C", "5");
    expect("cafe", "6");
    expect("fox OR -the", "0 2 3 5 6 7");
}

static void
test_fields(void **state)
{
    (void)state;
    expect("toxicity:0.8..", "1 5");
    expect("toxicity:0.8", "1");
    expect("toxicity:..0.2", "0 6 7");
    expect("toxicity:..", "0 1 3 5 6 7");
    expect("-toxicity:..", "2");
    expect("-toxicity:0.5..", "0 2 6 7");
    expect("\"self-harm\":..-1", "0");
    expect("self_harm:2..3", "2 3");
    expect("score.safety:4..5", "0 5");
    expect("category:threats*", "0 5");
    expect("label:none", "2 3");
    expect("source:reddit", "0 1");
    expect("lang:en*", "0 1 7");
    expect("shard:a.jsonl", "0 1 2 3");
    expect("shard:web/b*", "5 6 7");
    expect("len:..5", "2 3 5 7");
    expect("len:27", "1");
    expect("dup:3..", "2 3 7");
    expect("dup:1 quick", "0 1");
    expect("id:1", "0 5");
    expect("id:\"a b\"", "2");
    expect("id:\xC3\xA9/x", "3");
    expect("id:*x", "3");
    expect("id:3", "");
    expect("meta.url:*.org*", "0 1 2");
    expect("meta.n:3", "0");
    expect("meta.n:3..", "0 7");
    expect("meta.tags:y", "1");
    expect("meta.\"a.b\":true", "3");
    expect("quick (meta.n:3 OR fox OR meta.url:*c.org)", "0 2");
    expect("-meta.url:*", "3 5 6 7");
    expect("verdict:bad", "1 3 5 7");
    expect("quick -verdict:bad", "0 2");
}

static void
test_orders(void **state)
{
    (void)state;
    expect("sort:toxicity", "5 1 3 6 0 7 2");
    expect("sort:-toxicity", "7 0 6 3 1 5 2");
    expect("sort:safety", "0 5 6 1 2 3 7");
    expect("sort:self-harm", "0 3 2 1 5 6 7");
    expect("sort:near(toxicity,0.5)", "3 6 1 0 5 7 2");
    expect("sort:len", "5 2 3 7 6 0 1");
    expect("sort:-len", "1 0 6 2 3 7 5");
    expect("sort:-shard", "7 6 5 3 2 1 0");
    expect("sort:shard", "0 1 2 3 5 6 7");
    expect("sort:disagree(toxicity,safety)", "0 1 6 5 2 3 7");
    expect("sort:disagree(ann,bob)", "7 6 5 3 1 0 2");
    expect("fox OR quick sort:rank -dog", "0 2 3 7");
}

/* A shuffle that depends on the seed, not on where the documents are. */
static void
test_random(void **state)
{
    struct fake_document moved[DOCUMENTS];
    struct index *other;
    struct error err = ERROR_INIT;
    struct hits a = {0};
    struct hits b = {0};
    struct hits c = {0};

    (void)state;
    for (size_t i = 0; i < DOCUMENTS; i++)
        moved[i] = documents[DOCUMENTS - 1 - i];
    other = fake_index_new(moved, DOCUMENTS);
    assert_int_equal(
        run(shared_index, STR_LIT("sort:random(42)"), NULL, &a, &err), ERR_OK);
    assert_int_equal(run(other, STR_LIT("sort:random(42)"), NULL, &b, &err),
                     ERR_OK);
    assert_int_equal(
        run(shared_index, STR_LIT("sort:random(43)"), NULL, &c, &err), ERR_OK);
    assert_int_equal(a.count, b.count);
    for (uint32_t i = 0; i < a.count; i++)
        assert_int_equal(a.docs[i], DOCUMENTS - 1 - b.docs[i]);
    assert_memory_not_equal(a.docs, c.docs, a.count * sizeof(*a.docs));
    hits_release(&a);
    hits_release(&b);
    hits_release(&c);
    fake_index_free(other);
}

static void
test_direction(void **state)
{
    struct error err = ERROR_INIT;
    struct hits hits = {0};

    (void)state;
    assert_int_equal(
        run(shared_index, STR_LIT("sort:safety"), NULL, &hits, &err), ERR_OK);
    assert_true(hits.direction_unknown);
    hits_release(&hits);
    assert_int_equal(
        run(shared_index, STR_LIT("sort:toxicity"), NULL, &hits, &err), ERR_OK);
    assert_false(hits.direction_unknown);
    hits_release(&hits);
}

static void
test_mistakes(void **state)
{
    (void)state;
    refuse("fox toxicty:1", 4, "did you mean toxicity");
    refuse("scource:x", 0, "source");
    refuse("zzzzzzzzz:x", 0, "quotes");
    refuse("score.toxic:1", 0, "toxicity");
    refuse("toxicity:high", 9, "number");
    refuse("toxicity:0.x..", 9, "number");
    refuse("toxicity:0.9..0.1", 9, "empty");
    refuse("len:long", 4, "number");
    refuse("tag:bad", 4, "no such tag");
    refuse("list:/nonexistent/file", 5, "/nonexistent/file");
    refuse("meta.:x", 0, "name is missing");
    refuse("sort:toxicty", 0, "did you mean toxicity");
    refuse("x sort:category", 2, "label");
    refuse("sort:rank", 0, "words");
    refuse("-fox sort:rank", 5, "words");
    refuse("sort:disagree(toxicity,nobody)", 0, "unknown score");
    /* Unknown fields are told even where nothing is left to search. */
    refuse("nowhere toxicty:1", 8, "unknown field");
}

static void
test_list(void **state)
{
    char path[] = "/tmp/stet-list-XXXXXX";
    int fd = mkstemp(path);
    static const char lines[] = "brown fox\r\n\n  ...\nLAZY\nfox quick\n";
    struct buf query = {0};

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, lines, sizeof(lines) - 1), sizeof(lines) - 1);
    close(fd);
    xbuf_printf(&query, "list:%s", path);
    expect(xbuf_cstr(&query), "0 1");
    unlink(path);
    buf_release(&query);
}

static void
test_regexes(void **state)
{
    (void)state;
    expect("/qu.ck/", "0 2 3 6 7");
    expect("/QUICK/", "1");
    expect("/QUICK$/i", "2 3 7");
    expect("/^quick\\b/", "2 3 7");
    expect("-/qui/", "1 5");
    expect("/ick/ lang:fr", "3 6");
    expect("brown OR /ly/ OR /\xE8\xAF\xB4/", "0 5 6");
    expect("quick -(/fox/ OR /caf\xC3\xA9/)", "1 2 3 7");
    expect("/caf\\x{e9}/ meta.n:1", "");
    expect("/quick/ sort:-len", "0 6 2 3 7");
}

/* Hits that come while the search runs. */
struct stream {
    uint32_t docs[8];
    uint32_t count, enough, done, total;
};

static bool
take_found(void *ctx, const uint32_t *docs, uint32_t count)
{
    struct stream *stream = ctx;

    for (uint32_t i = 0; i < count; i++)
        stream->docs[stream->count++] = docs[i];
    return stream->count < stream->enough;
}

static void
take_progress(void *ctx, uint32_t done, uint32_t total)
{
    struct stream *stream = ctx;

    assert_true(done <= total);
    assert_true(done > stream->done); /* no document is read again */
    stream->done = done;
    stream->total = total;
}

static void
test_stream(void **state)
{
    struct stream stream = {.enough = 100};
    struct search_env env = {
        .found = take_found, .progress = take_progress, .ctx = &stream};
    struct error err = ERROR_INIT;
    struct hits hits = {0};

    (void)state;
    assert_int_equal(
        run(shared_index, STR_LIT("quick /k$/"), &env, &hits, &err), ERR_OK);
    assert_int_equal(hits.count, 3);
    assert_int_equal(stream.count, 3);
    assert_memory_equal(stream.docs, hits.docs, sizeof(*hits.docs) * 3);
    assert_int_equal(stream.done, stream.total);
    assert_int_equal(stream.total, 5);
    assert_false(hits.cut);
    hits_release(&hits);
    /* enough: no error, and it says so */
    stream = (struct stream){.enough = 1};
    assert_int_equal(run(shared_index, STR_LIT("/k$/"), &env, &hits, &err),
                     ERR_OK);
    assert_true(hits.cut && stream.count >= 1 && stream.docs[0] == 2);
    hits_release(&hits);
    /* in another order, or taken away by what comes later: no stream */
    stream = (struct stream){.enough = 1};
    assert_int_equal(
        run(shared_index, STR_LIT("/k$/ sort:len"), &env, &hits, &err), ERR_OK);
    assert_int_equal(hits.count, 3);
    hits_release(&hits);
    assert_int_equal(stream.count, 0);
    stream = (struct stream){.enough = 1};
    assert_int_equal(
        run(shared_index, STR_LIT("-/k$/ OR /x/"), &env, &hits, &err), ERR_OK);
    hits_release(&hits);
    assert_int_equal(stream.count, 0);
}

/* Each document is read once, whatever the query asks of it. */
static void
test_read_once(void **state)
{
    static const struct {
        const char *query;
        uint32_t reads; /* candidates that are not words' alone */
        uint32_t hits, told;
    } cases[] = {
        {"/qu/ /k$/", 7, 3, 3},
        {"/k$/ OR /fox/ OR meta.n:30", 7, 4, 4},
        {"quick (/k$/ OR meta.n:3)", 5, 4, 4},
        {"quick -/k$/ -meta.n:3", 5, 1, 0},
        {"(lazy OR /k$/) (source:news OR /QU/)", 7, 2, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct stream stream = {.enough = 100};
        struct search_env env = {
            .found = take_found, .progress = take_progress, .ctx = &stream};
        struct error err = ERROR_INIT;
        struct hits hits = {0};

        assert_int_equal(
            run(shared_index, str_of(cases[i].query), &env, &hits, &err),
            ERR_OK);
        print_message("%s\n", cases[i].query);
        assert_int_equal(stream.total, cases[i].reads);
        assert_true(stream.done == stream.total);
        assert_int_equal(hits.count, cases[i].hits);
        assert_int_equal(stream.count, cases[i].told);
        assert_memory_equal(stream.docs, hits.docs,
                            stream.count * sizeof(*hits.docs));
        hits_release(&hits);
    }
}

static void
expect_costly(struct index *index, const char *query, uint32_t count,
              uint32_t costly)
{
    struct error err = ERROR_INIT;
    struct hits hits = {0};

    assert_int_equal(run(index, str_of(query), NULL, &hits, &err), ERR_OK);
    print_message("%s\n", query);
    assert_int_equal(hits.count, count);
    assert_int_equal(hits.costly, costly);
    hits_release(&hits);
}

/* A pattern that explodes is given up on that text alone, unless other parts
 * of the query decide. */
static void
test_costly_regex(void **state)
{
    char text[5000];
    struct fake_document few[2] = {{.text = "aa", .record = "{}"},
                                   {.text = text, .record = "{}"}};
    struct index *index;

    (void)state;
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 2] = '!';
    text[sizeof(text) - 1] = '\0';
    index = fake_index_new(few, 2);
    expect_costly(index, "/(a+)+$/", 1, 1);
    expect_costly(index, "-/(a+)+$/", 0, 1);
    expect_costly(index, "/(a+)+$/ OR /!/", 2, 0);
    expect_costly(index, "/(a+)+$/ -/!/", 1, 0);
    expect_costly(index, "-(/(a+)+$/ /!/)", 1, 1);
    expect_costly(index, "/(a+)+$/ OR meta.k:1", 1, 1);
    fake_index_free(index);
}

static void
test_cancel(void **state)
{
    static const int set = 1;
    const struct search_env env = {.cancel = &set};
    struct error err = ERROR_INIT;
    struct hits hits = {0};

    (void)state;
    assert_int_equal(run(shared_index, STR_LIT("quick"), &env, &hits, &err),
                     ERR_CANCELLED);
    assert_int_equal(run(shared_index, STR_LIT("/q/"), &env, &hits, &err),
                     ERR_CANCELLED);
    assert_null(hits.docs);
}

/* Random queries: words of one letter, so that the oracle is a few loops. */

#define RANDOM_DOCUMENTS 600u
#define RANDOM_QUERIES 1500
#define LETTERS 5u
#define WORDS_MAX 12u

static struct fake_document random_documents[RANDOM_DOCUMENTS];
static uint64_t random_state;

static uint32_t
draw(uint32_t limit)
{
    random_state = random_state * UINT64_C(6364136223846793005) + 1;
    return (uint32_t)(random_state >> 33) % limit;
}

static void
make_documents(void)
{
    for (uint32_t i = 0; i < RANDOM_DOCUMENTS; i++) {
        struct buf text = {0};
        uint32_t words = draw(WORDS_MAX);

        for (uint32_t j = 0; j < words; j++)
            xbuf_printf(&text, "%c%s ", 'a' + draw(LETTERS),
                        draw(3) ? "" : "x");
        random_documents[i] = (struct fake_document){
            .text = buf_take(&text),
            .record = draw(2) ? "{\"metadata\":{\"k\":1}}" : "{}",
            .source = draw(2) ? "s" : "t",
            .scores = {draw(4) ? draw(10) / 10.0 : UNKNOWN, UNKNOWN, UNKNOWN},
            .dead = draw(10) == 0};
    }
}

/* Start of the phrase's next occurrence in words at or after `from`, in
 * tokens; -1 for none. `phrase` is like "a bx c". */
static int
find_phrase(const char *text, const char *phrase, bool prefix, int from)
{
    for (int at = 0; *text; at++) {
        size_t len = strlen(phrase);
        const char *end = text + strcspn(text, " ");

        if (at >= from && strncmp(text, phrase, len) == 0 &&
            (prefix || text[len] == ' '))
            return at;
        text = *end ? end + 1 : end;
    }
    return -1;
}

struct operand {
    char text[32];
    int tokens;
    bool prefix;
};

static struct operand
draw_operand(bool phrase)
{
    struct operand out = {"", phrase ? 1 + (int)draw(2) : 1, draw(4) == 0};
    size_t used = 0;

    for (int i = 0; i < out.tokens; i++) {
        if (i > 0)
            out.text[used++] = ' ';
        out.text[used++] = (char)('a' + draw(LETTERS));
        if (draw(3) == 0)
            out.text[used++] = 'x';
    }
    out.text[used] = '\0';
    return out;
}

/* FTS5: all of them start within `near` tokens of the last one's start. */
static bool
near_holds(const char *text, const struct operand *operands, size_t count,
           int near)
{
    for (int last = 0; last < (int)WORDS_MAX; last++) {
        bool all = true;
        bool one_at_last = false;

        for (size_t i = 0; i < count && all; i++) {
            int from = last - operands[i].tokens - near;
            int at = find_phrase(text, operands[i].text, operands[i].prefix,
                                 from < 0 ? 0 : from);

            all = at >= 0 && at <= last;
            one_at_last |= find_phrase(text, operands[i].text,
                                       operands[i].prefix, last) == last;
        }
        if (all && one_at_last)
            return true;
    }
    return false;
}

static void
draw_text(struct buf *query, bool *holds)
{
    struct operand operands[3];
    bool near = draw(4) == 0;
    size_t count = near ? 2 + draw(2) : 1;
    int distance = (int)draw(4);

    if (near)
        xbuf_printf(query, "NEAR(");
    for (size_t i = 0; i < count; i++) {
        operands[i] = draw_operand(true);
        xbuf_printf(query, "\"%s\"%s ", operands[i].text,
                    operands[i].prefix ? "*" : "");
    }
    if (near)
        xbuf_printf(query, ", %d) ", distance);
    for (uint32_t i = 0; i < RANDOM_DOCUMENTS; i++)
        holds[i] = near
                       ? near_holds(random_documents[i].text, operands, count,
                                    distance)
                       : find_phrase(random_documents[i].text, operands[0].text,
                                     operands[0].prefix, 0) >= 0;
}

/* Letters as they stand in the text. */
static void
draw_regex(struct buf *query, bool *holds)
{
    char literal[16];
    unsigned used = 0;
    bool at_start = draw(4) == 0;

    for (unsigned i = 0, count = 1 + draw(3); i < count; i++) {
        literal[used++] = (char)('a' + draw(LETTERS));
        if (draw(3) == 0)
            literal[used++] = 'x';
        if (i + 1 < count && draw(2))
            literal[used++] = ' ';
    }
    literal[used] = '\0';
    xbuf_printf(query, "/%s%s/ ", at_start ? "^" : "", literal);
    for (uint32_t i = 0; i < RANDOM_DOCUMENTS; i++) {
        const char *found = strstr(random_documents[i].text, literal);

        holds[i] = at_start ? found == random_documents[i].text : found != NULL;
    }
}

static void
draw_field(struct buf *query, bool *holds)
{
    uint32_t kind = draw(6);
    double low = draw(10) / 10.0;

    if (kind >= 4) {
        draw_regex(query, holds);
        return;
    }
    if (kind == 0)
        xbuf_printf(query, "source:s ");
    else if (kind == 1)
        xbuf_printf(query, "meta.k:1 ");
    else if (kind == 2)
        xbuf_printf(query, "score.toxicity:%g.. ", low);
    else
        xbuf_printf(query, "len:%d..30 ", (int)(low * 10));
    for (uint32_t i = 0; i < RANDOM_DOCUMENTS; i++) {
        const struct fake_document *document = &random_documents[i];
        size_t len = strlen(document->text);

        holds[i] = kind == 0   ? document->source[0] == 's'
                   : kind == 1 ? strlen(document->record) > 2
                   : kind == 2 ? document->scores[0] >= low
                               : len >= (size_t)(low * 10) && len <= 30;
    }
}

/* A random query of at most `depth`, and for which documents it holds. */
static void
draw_query(struct buf *query, unsigned depth, bool *holds)
{
    static const char *const joints[] = {"", "OR "};
    uint32_t kind = depth ? draw(6) : 4 + draw(2);
    bool *right = NULL;

    if (kind >= 4) {
        if (draw(3))
            draw_text(query, holds);
        else
            draw_field(query, holds);
        return;
    }
    xbuf_printf(query, "%s", kind == 3 ? "-(" : "(");
    draw_query(query, depth - 1, holds);
    if (kind < 3) {
        uint32_t joint = draw(2);

        right = xcalloc(RANDOM_DOCUMENTS, sizeof(*right));
        xbuf_printf(query, "%s", joints[joint]);
        draw_query(query, depth - 1, right);
        for (uint32_t i = 0; i < RANDOM_DOCUMENTS; i++)
            holds[i] = joint ? holds[i] || right[i] : holds[i] && right[i];
        free(right);
    } else {
        for (uint32_t i = 0; i < RANDOM_DOCUMENTS; i++)
            holds[i] = !holds[i];
    }
    xbuf_printf(query, ") ");
}

static void
check_hits(const char *query, const struct hits *hits, const bool *holds)
{
    uint32_t used = 0;

    for (uint32_t i = 0; i < RANDOM_DOCUMENTS; i++) {
        bool want = holds[i] && !random_documents[i].dead;
        bool got = used < hits->count && hits->docs[used] == i;

        used += got;
        if (want != got)
            fail_msg("%s: document %u \"%s\": %d, not %d", query, i,
                     random_documents[i].text, got, want);
    }
    assert_int_equal(used, hits->count);
}

static void
test_random_queries(void **state)
{
    const char *seed = getenv("STET_TEST_SEED");
    bool *holds = xcalloc(RANDOM_DOCUMENTS, sizeof(*holds));
    struct buf query = {0};
    struct index *index;

    (void)state;
    random_state = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
    printf("# STET_TEST_SEED=%llu\n", (unsigned long long)random_state);
    make_documents();
    index = fake_index_new(random_documents, RANDOM_DOCUMENTS);
    for (int i = 0; i < RANDOM_QUERIES; i++) {
        struct error err = ERROR_INIT;
        struct hits hits = {0};

        buf_clear(&query);
        draw_query(&query, draw(6), holds);
        if (run(index, buf_str(&query), NULL, &hits, &err) != ERR_OK)
            fail_msg("%s: %s", xbuf_cstr(&query), err.message);
        check_hits(xbuf_cstr(&query), &hits, holds);
        hits_release(&hits);
    }
    fake_index_free(index);
    for (uint32_t i = 0; i < RANDOM_DOCUMENTS; i++)
        free((void *)(uintptr_t)random_documents[i].text);
    buf_release(&query);
    free(holds);
}

static int
open_index(void **state)
{
    (void)state;
    shared_index = fake_index_new(documents, DOCUMENTS);
    return 0;
}

static int
close_index(void **state)
{
    (void)state;
    fake_index_free(shared_index);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_direction),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_regexes),
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_read_once),
        cmocka_unit_test(test_costly_regex),
        cmocka_unit_test(test_random_queries),
    };

    return cmocka_run_group_tests(tests, open_index, close_index);
}
