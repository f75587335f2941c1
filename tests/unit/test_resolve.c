/* Items and documents find each other, over rebuilt indexes too; the query
 * fields of the review; references. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "stet/avoid.h"
#include "stet/build.h"
#include "stet/fileio.h"
#include "stet/resolve.h"
#include "stet/xalloc.h"
#include "tests/lib/review_fixture.h"

/* Document numbers are these lines', from 0. */
static const char first_shard[] =
    "{\"id\":\"a\",\"source\":\"web\",\"text\":\"zero\"}\n"
    "{\"id\":\"b\",\"source\":\"web\",\"text\":\"one\"}\n"
    "{\"id\":\"b\",\"source\":\"news\",\"text\":\"one\"}\n"
    "{\"id\":12,\"source\":\"web\",\"text\":\"three\"}\n"
    "{\"id\":\"12\",\"source\":\"web\",\"text\":\"three\"}\n";
static const char second_shard[] =
    "{\"id\":\"a\",\"source\":\"web\",\"text\":\"zero\"}\n" /* 0 again */
    "{\"id\":\"http:\\/\\/x\",\"source\":\"web\",\"text\":\"six\"}\n"
    "{\"id\":\"\\u00e9\",\"source\":\"web\",\"text\":\"seven\"}\n"
    "{\"id\":\"8\",\"source\":\"web\",\"text\":\"eight\"}\n"
    "{\"id\":\"9\",\"source\":\"web\",\"text\":\"nine\"}\n";

struct world {
    struct fixture *fixture;
    struct store *ana, *kim;
    struct index *index;
    struct resolver *resolver;
    struct arena arena;
    struct error err;
};

static void
write_shard(struct world *w, const char *name, const char *content)
{
    char *path = path_join(w->fixture->folder, name);

    assert_int_equal(file_write_atomic(path, str_of(content), &w->err), ERR_OK);
    free(path);
}

static void
build(struct world *w, const char *const *names, size_t count)
{
    struct build_options options = {.jobs = 1};
    struct build_report report;
    char *paths[4] = {NULL};
    const char *shards[4] = {NULL};

    for (size_t i = 0; i < count; i++) {
        paths[i] = path_join(w->fixture->folder, names[i]);
        shards[i] = paths[i];
    }
    if (build_run(w->fixture->ws, shards, count, &options, &report, &w->err) !=
        ERR_OK)
        fail_msg("%s", w->err.message);
    for (size_t i = 0; i < count; i++)
        free(paths[i]);
}

static void
open_index(struct world *w)
{
    if (index_open(&w->index, w->fixture->ws, &w->err) != ERR_OK)
        fail_msg("%s", w->err.message);
    assert_int_equal(resolver_new(&w->resolver, w->index, w->ana, &w->err),
                     ERR_OK);
}

static void
close_index(struct world *w)
{
    resolver_free(w->resolver);
    index_close(w->index);
    w->resolver = NULL;
    w->index = NULL;
}

static int
set_up(void **state)
{
    static const char *const shards[] = {"first.jsonl", "second.jsonl"};
    struct world *w = calloc(1, sizeof(*w));

    w->fixture = fixture_new(NULL);
    w->ana = fixture_store(w->fixture, "ana");
    w->kim = fixture_store(w->fixture, "kim");
    arena_init(&w->arena, 0);
    write_shard(w, "first.jsonl", first_shard);
    write_shard(w, "second.jsonl", second_shard);
    build(w, shards, 2);
    open_index(w);
    assert_int_equal(index_count(w->index), 10);
    *state = w;
    return 0;
}

static int
tear_down(void **state)
{
    struct world *w = *state;

    close_index(w);
    store_close(w->ana);
    store_close(w->kim);
    arena_release(&w->arena);
    fixture_free(w->fixture);
    free(w);
    return 0;
}

static struct annotation
on_doc(struct world *w, uint32_t doc, enum annotation_kind kind,
       const char *value)
{
    struct annotation act = fixture_act(kind, 0, value);

    assert_int_equal(
        resolve_item(w->resolver, doc, &w->arena, &act.item, &w->err), ERR_OK);
    return act;
}

static void
decide(struct world *w, struct store *store, uint32_t doc,
       enum annotation_kind kind, const char *value)
{
    struct annotation act = on_doc(w, doc, kind, value);

    if (store_append(store, &act, 1, -1, &w->err) != ERR_OK)
        fail_msg("%s", w->err.message);
}

/* The documents that a query finds, as "0,5,6". */
static const char *
find(struct world *w, const char *text)
{
    struct search_env env = {.named = resolve_named,
                             .disagree = resolve_disagree,
                             .ctx = w->resolver};
    const struct query *query = NULL;
    struct hits hits = {0};
    struct buf out = {0};
    struct str copy;

    if (query_parse(&query, str_of(text), &w->arena, &w->err) != ERR_OK ||
        search_run(w->index, query, &env, &hits, &w->err) != ERR_OK)
        return w->err.message;
    for (uint32_t i = 0; i < hits.count; i++)
        xbuf_printf(&out, "%s%u", i ? "," : "", (unsigned)hits.docs[i]);
    copy = arena_copy(&w->arena, buf_str(&out));
    buf_release(&out);
    hits_release(&hits);
    return copy.ptr;
}

#define assert_find(w, query, expected) \
    assert_string_equal(find(w, query), expected)

static void
test_there_and_back(void **state)
{
    static const char *const places[] = {"0,5", "1", "2", "3", "4",
                                         "0,5", "6", "7", "8", "9"};
    struct world *w = *state;

    for (uint32_t doc = 0; doc < 10; doc++) {
        const struct document *document = NULL;
        struct item_key key;
        struct item_key shown;
        uint32_t *docs = NULL;
        size_t count = 0;
        struct buf out = {0};

        assert_int_equal(
            resolve_item(w->resolver, doc, &w->arena, &key, &w->err), ERR_OK);
        assert_int_equal(
            index_document(w->index, doc, &w->arena, &document, &w->err),
            ERR_OK);
        shown = item_key_of(document); /* the desk's way is the same */
        assert_true(str_equal(shown.source, key.source));
        assert_true(str_equal(shown.id_token, key.id_token));
        assert_true(hash_equal(&shown.text, &key.text));
        assert_int_equal(
            resolve_docs(w->resolver, &key, &w->arena, &docs, &count, &w->err),
            ERR_OK);
        for (size_t i = 0; i < count; i++)
            xbuf_printf(&out, "%s%u", i ? "," : "", (unsigned)docs[i]);
        assert_string_equal(xbuf_cstr(&out), places[doc]);
        buf_release(&out);
    }
}

static void
make_decisions(struct world *w)
{
    struct annotation act = on_doc(w, 8, ANNOTATION_TAG, "hate/threat");

    decide(w, w->ana, 0, ANNOTATION_VERDICT, "bad");
    decide(w, w->ana, 1, ANNOTATION_VERDICT, "good");
    decide(w, w->kim, 1, ANNOTATION_VERDICT, "bad");
    decide(w, w->kim, 3, ANNOTATION_TAG, "spam");
    decide(w, w->kim, 4, ANNOTATION_DROP, NULL);
    decide(w, w->ana, 6, ANNOTATION_SKIP, NULL);
    decide(w, w->ana, 7, ANNOTATION_NOTE, "look");
    act.reason = STR_LIT("Quoted Slur");
    act.span = (struct annotation_span){true, {0, 2}, 0, 2};
    assert_int_equal(store_append(w->ana, &act, 1, -1, &w->err), ERR_OK);
    decide(w, w->ana, 9, ANNOTATION_ESCALATE, NULL);
}

/* Ana reads blind: what Kim found counts where Ana judged (0, 5 and 1). */
static void
check_sight(struct world *w)
{
    resolver_set_sight(w->resolver, SIGHT_SCORES);
    assert_find(w, "verdict:bad", "0,1,5");
    assert_find(w, "verdict:bad by:kim", "1");
    assert_find(w, "verdict:bad by:me", "0,5");
    assert_find(w, "verdict:none", "2,3,4,6,7,8,9");
    assert_find(w, "is:judged", "0,1,4,5");
    assert_find(w, "is:judged by:kim", "1,4");
    assert_find(w, "is:dropped", "");
    assert_find(w, "op:drop", "");
    assert_find(w, "tag:spam", "");
    assert_find(w, "tag:spam by:kim", "");
    assert_find(w, "tag:*", "8");
    assert_find(w, "tag:none", "0,1,2,3,4,5,6,7,9");
    assert_find(w, "has:note", "7");
    assert_find(w, "reason:slur", "8");
    assert_find(w, "is:escalated", "9");
    assert_find(w, "is:disagreed", "1");
    assert_find(w, "is:masked", "");
    assert_find(w, "sort:disagree(ana,kim)", "1,0,2,3,4,5,6,7,8,9");
    resolver_set_sight(w->resolver, SIGHT_ALL);
}

/* Kim's second verdict is on a document that Ana did not judge. */
static void
test_sight(void **state)
{
    struct world *w = *state;

    make_decisions(w);
    decide(w, w->kim, 2, ANNOTATION_VERDICT, "bad");
    decide(w, w->ana, 2, ANNOTATION_NOTE, "hm");
    decide(w, w->kim, 7, ANNOTATION_NOTE, "mine");
    resolver_set_sight(w->resolver, SIGHT_PEERS);
    assert_non_null(strstr(find(w, "is:masked"), "hidden"));
    resolver_set_sight(w->resolver, SIGHT_SCORES | SIGHT_DISAGREEMENT);
    assert_find(w, "verdict:bad", "0,1,5");
    assert_find(w, "is:disagreed", "1");
    resolver_set_sight(w->resolver, SIGHT_ALL);
    assert_find(w, "verdict:bad", "0,1,2,5");
}

static void
check_fields(struct world *w)
{
    assert_find(w, "verdict:bad", "0,1,5");
    assert_find(w, "verdict:bad by:ana", "0,5");
    assert_find(w, "verdict:good by:me", "1");
    assert_find(w, "verdict:none", "2,3,4,6,7,8,9");
    assert_find(w, "is:judged", "0,1,4,5");
    assert_find(w, "is:judged by:kim", "1,4");
    assert_find(w, "is:unjudged", "2,3,6,7,8,9");
    assert_find(w, "is:dropped", "4");
    assert_find(w, "is:skipped", "6");
    assert_find(w, "is:noted", "7");
    assert_find(w, "is:escalated", "9");
    assert_find(w, "is:disagreed", "1");
    assert_find(w, "is:kept", "");
    assert_find(w, "tag:spam", "3");
    assert_find(w, "tag:hate/*", "8");
    assert_find(w, "tag:hate", "");
    assert_find(w, "tag:none", "0,1,2,4,5,6,7,9");
    assert_find(w, "by:kim", "1,3,4");
    assert_find(w, "-by:me", "2,3,4");
    assert_find(w, "op:drop", "4");
    assert_find(w, "op:tag by:ana", "8");
    assert_find(w, "reason:slur", "8");
    assert_find(w, "reason:quoted*", "8");
    assert_find(w, "reason:nothing", "");
    assert_find(w, "has:note", "7");
    assert_find(w, "has:span", "8");
    assert_find(w, "has:proposal", "");
    assert_find(w, "judged:today", "0,1,4,5");
    assert_find(w, "judged:2001-01-01", "");
    assert_find(w, "judged:2001-01-01..", "0,1,4,5");
    assert_find(w, "judged:..2001-01-01", "");
    assert_find(w, "changed:yes", "");
    assert_find(w, "changed:no", "0,1,2,3,4,5,6,7,8,9");
    assert_find(w, "failure:1", "");
}

static void
test_fields(void **state)
{
    struct world *w = *state;
    struct item_key key;

    make_decisions(w);
    check_fields(w);
    check_sight(w);
    assert_non_null(strstr(find(w, "is:foo"), "sent-back"));
    assert_non_null(strstr(find(w, "verdict:excellent"), "unsure"));
    assert_non_null(strstr(find(w, "op:foo"), "redact"));
    assert_non_null(strstr(find(w, "queue:foo"), "no queue"));
    assert_non_null(strstr(find(w, "judged:foo"), "today"));
    assert_non_null(strstr(find(w, "changed:foo"), "yes"));
    assert_int_equal(resolve_item(w->resolver, 2, &w->arena, &key, &w->err),
                     ERR_OK);
    assert_int_equal(store_draft_put(w->ana, &key, STR_LIT("half"), &w->err),
                     ERR_OK);
    assert_find(w, "is:draft", "2");
    assert_find(w, "is:draft by:kim", "");
}

static void
test_queue_field(void **state)
{
    struct world *w = *state;
    struct queue_options options = {.name = STR_LIT("q")};
    struct item_key keys[2];

    assert_int_equal(resolve_item(w->resolver, 5, &w->arena, &keys[0], &w->err),
                     ERR_OK);
    assert_int_equal(resolve_item(w->resolver, 2, &w->arena, &keys[1], &w->err),
                     ERR_OK);
    assert_int_equal(queue_save(w->ana, &options, keys, 2, &w->err), ERR_OK);
    assert_find(w, "queue:q", "0,2,5");
}

static void
test_cache_is_only_a_cache(void **state)
{
    struct world *w = *state;
    char *path = path_join(w->fixture->ws->index, "resolve.db");

    make_decisions(w);
    check_fields(w);
    close_index(w); /* writes it */
    assert_true(file_exists(path));
    open_index(w);
    check_fields(w);
    close_index(w);
    assert_int_equal(unlink(path), 0);
    open_index(w);
    check_fields(w);
    close_index(w);
    assert_int_equal(file_write_atomic(path, STR_LIT("rubbish"), &w->err),
                     ERR_OK);
    open_index(w);
    check_fields(w);
    free(path);
}

/* Re-sharded, re-ordered, one text changed: what was decided holds. */
static void
test_new_generation(void **state)
{
    static const char moved[] =
        "{\"text\":\"one\",\"source\":\"news\",\"id\":\"b\"}\n"
        "{\"text\":\"one\",\"source\":\"web\",\"id\":\"b\"}\n"
        "{\"text\":\"ZERO\",\"source\":\"web\",\"id\":\"a\"}\n";
    static const char *const shards[] = {"moved.jsonl"};
    struct world *w = *state;
    char *first = path_join(w->fixture->folder, "first.jsonl");
    char *second = path_join(w->fixture->folder, "second.jsonl");

    make_decisions(w);
    check_fields(w);
    close_index(w);
    assert_int_equal(unlink(first), 0);
    assert_int_equal(unlink(second), 0);
    write_shard(w, "moved.jsonl", moved);
    build(w, NULL, 0);
    build(w, shards, 1);
    open_index(w);
    assert_int_equal(index_live_count(w->index), 3);
    /* Numbers are new: find the texts. */
    assert_string_equal(find(w, "verdict:bad"), find(w, "one source:web"));
    assert_string_equal(find(w, "changed:yes"), find(w, "zero"));
    assert_string_not_equal(find(w, "zero"), "");
    assert_find(w, "verdict:bad zero", "");
    {
        const char *text = find(w, "zero");

        decide(w, w->ana, (uint32_t)strtoul(text, NULL, 10), ANNOTATION_VERDICT,
               "good");
    }
    assert_find(w, "changed:yes", ""); /* judged again */
    free(first);
    free(second);
}

/* Few items among many documents are looked up one by one. */
static void
test_few_of_many(void **state)
{
    static const char *const shards[] = {"many.jsonl"};
    struct world *w = *state;
    struct buf many = {0};

    for (unsigned i = 0; i < 400; i++) /* ten texts, ids in part only */
        xbuf_printf(&many,
                    i % 4 ? "{\"id\":%u,\"source\":\"s\",\"text\":\"m%u\"}\n"
                          : "{\"source\":\"s\",\"text\":\"n%u_%u\"}\n",
                    i, i % 10);
    close_index(w);
    write_shard(w, "many.jsonl", xbuf_cstr(&many));
    build(w, shards, 1);
    open_index(w);
    decide(w, w->ana, 110, ANNOTATION_VERDICT, "bad");
    decide(w, w->ana, 111, ANNOTATION_VERDICT, "bad");
    decide(w, w->ana, 5, ANNOTATION_VERDICT, "bad");
    assert_find(w, "verdict:bad", "0,5,110,111");
    buf_release(&many);
}

static void
test_masked(void **state)
{
    struct world *w = *state;
    static const char config[] = "[policy]\nmask = source:news\n";
    char *path = path_join(w->fixture->ws->dot, "config");

    assert_find(w, "is:masked", "");
    close_index(w);
    store_close(w->ana);
    workspace_close(w->fixture->ws);
    assert_int_equal(file_write_atomic(path, STR_LIT(config), &w->err), ERR_OK);
    assert_int_equal(
        workspace_open(&w->fixture->ws, w->fixture->folder, true, &w->err),
        ERR_OK);
    w->ana = fixture_store(w->fixture, "ana");
    open_index(w);
    assert_find(w, "is:masked", "2");
    assert_find(w, "-is:masked three", "3,4");
    free(path);
}

static void
test_disagree(void **state)
{
    struct world *w = *state;

    make_decisions(w);
    decide(w, w->kim, 0, ANNOTATION_VERDICT, "bad");
    assert_true(
        resolve_disagree(w->resolver, STR_LIT("ana"), STR_LIT("kim"), 1) == 1);
    assert_true(
        resolve_disagree(w->resolver, STR_LIT("me"), STR_LIT("kim"), 5) == 0);
    assert_true(isnan(
        resolve_disagree(w->resolver, STR_LIT("ana"), STR_LIT("kim"), 3)));
    assert_true(isnan(
        resolve_disagree(w->resolver, STR_LIT("ana"), STR_LIT("lee"), 1)));
}

static void
assert_ref(struct world *w, const char *ref, uint32_t expected)
{
    uint32_t doc = UINT32_MAX;

    if (resolve_ref(w->index, str_of(ref), &doc, &w->err) != ERR_OK)
        fail_msg("%s: %s", ref, w->err.message);
    assert_int_equal(doc, expected);
}

static void
test_references(void **state)
{
    struct world *w = *state;
    uint32_t doc = UINT32_MAX;
    char sha[80] = "sha:";
    struct hash hash = hash_of(STR_LIT("nine"));

    assert_ref(w, "id:a", 0); /* two places of one item: the first */
    assert_ref(w, "a", 0);
    assert_ref(w, "8", 8);
    assert_ref(w, "\"12\"", 4);
    assert_ref(w, "source:news/id:b", 2);
    assert_ref(w, "source:web/id:b", 1);
    assert_ref(w, "id:http://x", 6);
    assert_ref(w, "http://x", 6);
    assert_ref(w, "id:\xc3\xa9", 7);
    assert_ref(w, "at:second.jsonl:3", 8);
    assert_ref(w, "second.jsonl:3", 8);
    hash_format(&hash, sha + 4);
    assert_ref(w, sha, 9);
    assert_ref(w, sha + 4, 9);
    assert_int_equal(resolve_ref(w->index, STR_LIT("b"), &doc, &w->err),
                     ERR_FORMAT);
    assert_non_null(strstr(w->err.message, "source:web/id:\"b\""));
    assert_non_null(strstr(w->err.message, "source:news/id:\"b\""));
    assert_int_equal(resolve_ref(w->index, STR_LIT("12"), &doc, &w->err),
                     ERR_FORMAT); /* the number and the string */
    assert_int_equal(resolve_ref(w->index, STR_LIT("zzz"), &doc, &w->err),
                     ERR_NOTFOUND);
    assert_int_equal(
        resolve_ref(w->index, STR_LIT("at:x.jsonl:1"), &doc, &w->err),
        ERR_NOTFOUND);
    assert_int_equal(resolve_ref(w->index, STR_LIT("sha:12"), &doc, &w->err),
                     ERR_USAGE);
    assert_int_equal(resolve_ref(w->index, STR_LIT(""), &doc, &w->err),
                     ERR_NOTFOUND);
    assert_int_equal(doc, UINT32_MAX);
}

/* "4,8", or the mistake. */
static const char *
avoided(struct world *w, const char *words, bool told)
{
    struct bits found = {0};
    struct buf out = {0};
    struct str copy;
    enum err_code code = bits_init(&found, index_count(w->index), &w->err);

    assert_int_equal(code, ERR_OK);
    code = avoid_find(w->resolver, str_of(words), told, &found, &w->err);
    for (uint32_t doc = bits_next(&found, 0); doc != UINT32_MAX;
         doc = bits_next(&found, doc + 1))
        xbuf_printf(&out, "%s%u", out.len ? "," : "", (unsigned)doc);
    copy = arena_copy(&w->arena, buf_str(&out));
    buf_release(&out);
    bits_release(&found);
    return code ? w->err.message : copy.ptr;
}

static void
test_avoid(void **state)
{
    struct world *w = *state;
    struct str word;
    size_t at = 0;

    decide(w, w->kim, 3, ANNOTATION_TAG, "spam");
    decide(w, w->kim, 8, ANNOTATION_TAG, "hate/threat");
    decide(w, w->ana, 4, ANNOTATION_TAG, "hate:old");
    assert_string_equal(avoided(w, "", false), "");
    assert_string_equal(avoided(w, "spam", false), "3");
    assert_string_equal(avoided(w, "  hate/*  spam ", false), "3,8");
    assert_string_equal(avoided(w, "source:news hate", false), "2");
    assert_string_equal(avoided(w, "tag:hate:old", false), "4");
    assert_string_equal(avoided(w, "spam nosuch:1", false),
                        "avoid nosuch:1: unknown field: nosuch; put it in "
                        "quotes if it is text");
    /* What others tagged is avoided unseen, but not told of. */
    resolver_set_sight(w->resolver, 0);
    assert_string_equal(avoided(w, "spam", false), "3");
    assert_string_equal(avoided(w, "spam", true), "");
    assert_find(w, "tag:spam", "");
    resolver_set_sight(w->resolver, SIGHT_ALL);
    assert_int_equal(avoid_check(STR_LIT("hate/*"), &w->err), ERR_OK);
    assert_int_equal(avoid_check(STR_LIT("source:web"), &w->err), ERR_OK);
    assert_int_equal(avoid_check(STR_LIT("a\"b"), &w->err), ERR_USAGE);
    assert_int_equal(avoid_check(STR_LIT("tag:("), &w->err), ERR_USAGE);
    assert_int_equal(avoid_check(STR_LIT("-spam"), &w->err), ERR_USAGE);
    assert_true(avoid_next(STR_LIT("  a b"), &at, &word));
    assert_true(str_equal(word, STR_LIT("a")));
    assert_true(avoid_next(STR_LIT("  a b"), &at, &word));
    assert_true(str_equal(word, STR_LIT("b")));
    assert_false(avoid_next(STR_LIT("  a b"), &at, &word));
}

/* Of six items, one judged and two avoided, three are left. */
static void
test_avoid_in_a_queue(void **state)
{
    struct world *w = *state;
    struct queue_options options = {.name = STR_LIT("q")};
    struct item_key items[6];
    struct queue_info queue;
    struct bits found = {0};

    for (uint32_t i = 0; i < 6; i++)
        assert_int_equal(
            resolve_item(w->resolver, i + 4, &w->arena, &items[i], &w->err),
            ERR_OK);
    assert_int_equal(queue_save(w->ana, &options, items, 6, &w->err), ERR_OK);
    decide(w, w->ana, 6, ANNOTATION_VERDICT, "bad");
    decide(w, w->ana, 6, ANNOTATION_TAG, "gore"); /* done: counts for neither */
    decide(w, w->kim, 0, ANNOTATION_TAG, "gore"); /* and its copy, 5 */
    decide(w, w->kim, 9, ANNOTATION_TAG, "gore");
    assert_int_equal(bits_init(&found, index_count(w->index), &w->err), ERR_OK);
    assert_int_equal(
        avoid_find(w->resolver, STR_LIT("gore"), false, &found, &w->err),
        ERR_OK);
    assert_int_equal(
        queue_get(w->ana, STR_LIT("q"), &w->arena, &queue, &w->err), ERR_OK);
    assert_int_equal(queue.left, 5);
    assert_int_equal(avoid_count(w->resolver, &found, &queue, &w->err), ERR_OK);
    assert_int_equal(queue.avoided, 2);
    assert_int_equal(queue.left, 3);
    bits_release(&found);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(test_there_and_back),
        T(test_fields),
        T(test_sight),
        T(test_avoid),
        T(test_avoid_in_a_queue),
        T(test_queue_field),
        T(test_cache_is_only_a_cache),
        T(test_new_generation),
        T(test_few_of_many),
        T(test_masked),
        T(test_disagree),
        T(test_references),
    };

    return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
