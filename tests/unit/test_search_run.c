/* How a search runs: the same hits, orders and ranks however the documents are
 * cut into partitions, honest screens meanwhile, pages that fit together, and
 * an end when told to. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include <math.h>

#include "index/search_run.h"
#include "stet/db.h"
#include "stet/pool.h"
#include "stet/xalloc.h"
#include "tests/lib/fake_index.h"

#define UNKNOWN ((double)NAN)
#define DOCUMENTS 1500u
#define QUERIES 250
#define ROWS 20u

static struct fake_document documents[DOCUMENTS];
static uint64_t random_state;

static uint32_t
draw(uint32_t limit)
{
    random_state = random_state * UINT64_C(6364136223846793005) + 1;
    return (uint32_t)(random_state >> 33) % limit;
}

/* Words from frequent to rare: a, b, ... with endings. */
static void
append_word(struct buf *text)
{
    uint32_t letter = draw(26);
    static const char *const ends[] = {"", "", "x", "xy"};

    letter = draw(letter + 1);
    xbuf_printf(text, "%c%s", (char)('a' + (int)letter), ends[draw(4)]);
}

static int
make_documents(void **state)
{
    const char *seed = getenv("STET_TEST_SEED");

    (void)state;
    random_state = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
    printf("# STET_TEST_SEED=%llu\n", (unsigned long long)random_state);
    for (uint32_t i = 0; i < DOCUMENTS; i++) {
        struct buf text = {0};

        for (uint32_t j = draw(40); j > 0; j--) {
            append_word(&text);
            xbuf_append(&text, " ", 1);
        }
        if (!text.ptr)
            xbuf_append_str(&text, STR_LIT(""));
        documents[i] = (struct fake_document){
            .text = xstrdup(xbuf_cstr(&text)),
            .record = draw(2) ? "{\"metadata\":{\"k\":1}}" : "{}",
            .source = draw(3) ? "s" : "t",
            .scores = {draw(5) ? draw(50) / 50.0 : UNKNOWN,
                       draw(3) ? draw(6) : UNKNOWN, UNKNOWN},
            .dead = draw(10) == 0};
        buf_release(&text);
    }
    return 0;
}

static int
free_documents(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < DOCUMENTS; i++)
        free((void *)(uintptr_t)documents[i].text);
    return 0;
}

static void
append_leaf(struct buf *query)
{
    uint32_t kind = draw(12);

    if (kind < 5) {
        append_word(query);
        xbuf_printf(query, "%s", draw(4) ? "" : "*");
    } else if (kind < 8) {
        xbuf_printf(query, "\"");
        append_word(query);
        xbuf_printf(query, " ");
        append_word(query);
        xbuf_printf(query, "\"%s", draw(4) ? "" : "*");
    } else if (kind == 8) {
        xbuf_printf(query, "NEAR(");
        append_word(query);
        xbuf_printf(query, " ");
        append_word(query);
        xbuf_printf(query, ", %u)", (unsigned)draw(6));
    } else if (kind == 9) {
        xbuf_printf(query, "toxicity:%g..", draw(10) / 10.0);
    } else if (kind == 10) {
        xbuf_printf(query, draw(2) ? "source:s" : "len:20..60");
    } else {
        xbuf_printf(query, draw(2) ? "meta.k:1" : "/a.b/");
    }
    xbuf_printf(query, " ");
}

static void
append_tree(struct buf *query, unsigned depth)
{
    if (depth == 0 || draw(3) == 0) {
        append_leaf(query);
        return;
    }
    xbuf_printf(query, draw(5) ? "(" : "-(");
    append_tree(query, depth - 1);
    xbuf_printf(query, draw(2) ? "OR " : "");
    append_tree(query, depth - 1);
    if (draw(3) == 0)
        append_tree(query, depth - 1);
    xbuf_printf(query, ") ");
}

static void
append_order(struct buf *query)
{
    static const char *const orders[] = {
        "",
        "sort:toxicity",
        "sort:-toxicity",
        "sort:near(toxicity,0.5)",
        "sort:safety",
        "sort:len",
        "sort:-shard",
        "sort:random(5)",
        "sort:disagree(toxicity,safety)",
    };

    xbuf_printf(query, "%s", orders[draw(sizeof(orders) / sizeof(orders[0]))]);
}

/* What a watch was told. */
struct told {
    const struct index *index;
    uint64_t found;
    uint32_t rows[ROWS];
    uint32_t count, calls;
    bool ordered;
    int *cancel;
};

static void
take_screen(void *ctx, const struct search_screen *screen)
{
    struct told *told = ctx;

    assert_true(screen->count <= ROWS);
    assert_false(told->ordered && !screen->ordered);
    told->calls++;
    told->found = screen->found;
    told->count = screen->count;
    told->ordered = screen->ordered;
    if (screen->count > 0)
        memcpy(told->rows, screen->docs, screen->count * sizeof(uint32_t));
    if (told->cancel)
        cancel_set(told->cancel);
}

static const struct query *
parse(struct str text, struct arena *arena)
{
    struct error err = ERROR_INIT;
    const struct query *query = NULL;

    if (query_parse(&query, text, arena, &err) != ERR_OK)
        fail_msg("%.*s: %s", STR_FMT(text), err.message);
    return query;
}

static void
succeed(const struct query *query, enum err_code code, const struct error *err)
{
    if (code != ERR_OK)
        fail_msg("%.*s: %s", STR_FMT(query->text), err->message);
}

static void
same_docs(const struct query *query, const struct hits *a, const struct hits *b,
          uint32_t from, uint32_t count)
{
    if (a->count < from + count || b->count < count)
        fail_msg("%.*s: %u and %u hits", STR_FMT(query->text), a->count,
                 b->count);
    for (uint32_t i = 0; i < count; i++)
        if (a->docs[from + i] != b->docs[i])
            fail_msg("%.*s: hit %u is %u, not %u", STR_FMT(query->text),
                     from + i, b->docs[i], a->docs[from + i]);
}

static int
by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* What was told last agrees with what came out. */
static void
check_told(const struct query *query, const struct told *told,
           const struct hits *hits)
{
    struct hits rows = {.docs = (uint32_t *)(uintptr_t)told->rows,
                        .count = told->count};
    uint32_t *sorted = xcalloc(hits->count + 1, sizeof(*sorted));

    assert_true(told->found <= hits->count);
    if (told->calls > 0 && told->ordered)
        same_docs(query, hits, &rows, 0, told->count);
    if (hits->count > 0)
        memcpy(sorted, hits->docs, hits->count * sizeof(*sorted));
    qsort(sorted, hits->count, sizeof(*sorted), by_number);
    for (uint32_t i = 0; told->calls > 0 && !told->ordered && i < told->count;
         i++)
        assert_int_equal(told->rows[i], sorted[i]);
    free(sorted);
}

static void
check_pages(struct index *index, const struct query *query,
            const struct hits *all)
{
    uint32_t limit = 1 + all->count / (1 + draw(5));
    char cursor[SEARCH_CURSOR_SIZE];
    struct str after = {NULL, 0};
    uint32_t seen = 0;
    struct error err = ERROR_INIT;

    do {
        struct hits page = {0};

        succeed(query,
                search_page(index, query, NULL, after, limit, &page, &err),
                &err);
        assert_int_equal(page.total, all->count);
        assert_int_equal(page.count,
                         all->count - seen < limit ? all->count - seen : limit);
        same_docs(query, all, &page, seen, page.count);
        seen += page.count;
        if (page.count > 0) {
            search_cursor(index, query, &page, page.count - 1, cursor);
            after = str_of(cursor);
        }
        hits_release(&page);
    } while (seen < all->count);
}

/* Every way to ask, against the plain run over one partition. */
static void
check_query(struct index *one, struct index *many, const struct query *query)
{
    struct told told = {.index = many};
    const struct search_watch watch = {ROWS, take_screen, &told};
    struct error err = ERROR_INIT;
    struct hits plain = {0};
    struct hits hits = {0};

    succeed(query, search_run(one, query, NULL, &plain, &err), &err);
    succeed(query, search_run_watched(many, query, NULL, &watch, &hits, &err),
            &err);
    assert_int_equal(plain.count, hits.count);
    assert_int_equal(plain.total, plain.count);
    same_docs(query, &plain, &hits, 0, hits.count);
    check_told(query, &told, &hits);
    hits_release(&hits);
    /* a partition of several stretches */
    told = (struct told){.index = one};
    succeed(query, search_run_watched(one, query, NULL, &watch, &hits, &err),
            &err);
    assert_int_equal(plain.count, hits.count);
    same_docs(query, &plain, &hits, 0, hits.count);
    check_told(query, &told, &hits);
    check_pages(many, query, &hits);
    hits_release(&hits);
    succeed(query, search_count(many, query, NULL, &hits, &err), &err);
    assert_int_equal(hits.total, plain.count);
    assert_null(hits.docs);
    hits_release(&plain);
}

static void
test_partitions(void **state)
{
    struct index *one = fake_index_split(documents, DOCUMENTS, 1);
    struct index *many = fake_index_split(documents, DOCUMENTS, 2 + draw(7));
    struct buf text = {0};
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    for (int i = 0; i < QUERIES; i++) {
        arena_reset(&arena);
        buf_clear(&text);
        append_tree(&text, draw(4));
        append_order(&text);
        check_query(one, many, parse(buf_str(&text), &arena));
    }
    arena_release(&arena);
    buf_release(&text);
    fake_index_free(many);
    fake_index_free(one);
}

/* FTS5's own values, of its one table. */
static void
check_bm25(struct index *one, const char *words, const struct hits *page)
{
    struct db *db = index_partition_db(one, 0);
    struct stmt *stmt = NULL;
    struct error err = ERROR_INIT;
    bool more = true;
    uint32_t at = 0;

    assert_int_equal(
        db_stmt(db,
                "SELECT rowid, bm25(fts) FROM fts WHERE fts MATCH ?1"
                " ORDER BY bm25(fts), rowid",
                &stmt, &err),
        ERR_OK);
    stmt_bind_text(stmt, 1, str_of(words));
    while (stmt_step(stmt, &more, &err) == ERR_OK && more) {
        uint32_t doc = (uint32_t)stmt_int(stmt, 0) - 1;

        if (documents[doc].dead)
            continue;
        assert_true(at < page->count);
        assert_int_equal(page->docs[at], doc);
        assert_true(page->keys[at] == order_key(stmt_double(stmt, 1), false));
        at++;
    }
    assert_int_equal(at, page->count);
}

static void
test_rank(void **state)
{
    struct index *one = fake_index_split(documents, DOCUMENTS, 1);
    struct index *many = fake_index_split(documents, DOCUMENTS, 2 + draw(7));
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    for (int i = 0; i < QUERIES; i++) {
        struct buf words = {0};
        struct buf text = {0};
        struct error err = ERROR_INIT;
        struct hits a = {0};
        struct hits b = {0};
        const struct query *query;
        uint32_t count = 1 + draw(4);

        for (uint32_t j = 0; j < count; j++) {
            xbuf_printf(&words, j ? " OR \"" : "\"");
            append_word(&words);
            if (draw(3) == 0) {
                xbuf_printf(&words, " ");
                append_word(&words);
            }
            xbuf_printf(&words, "\"");
        }
        xbuf_printf(&text, "%s sort:rank", xbuf_cstr(&words));
        query = parse(buf_str(&text), &arena);
        succeed(query,
                search_page(one, query, NULL, (struct str){NULL, 0}, UINT32_MAX,
                            &a, &err),
                &err);
        succeed(query,
                search_page(many, query, NULL, (struct str){NULL, 0},
                            UINT32_MAX, &b, &err),
                &err);
        assert_int_equal(a.count, b.count);
        same_docs(query, &a, &b, 0, a.count);
        if (a.count > 0)
            assert_memory_equal(a.keys, b.keys, a.count * sizeof(*a.keys));
        check_bm25(one, xbuf_cstr(&words), &a);
        hits_release(&a);
        hits_release(&b);
        buf_release(&words);
        buf_release(&text);
    }
    arena_release(&arena);
    fake_index_free(many);
    fake_index_free(one);
}

/* Looking down a score's order finds the same first rows as sorting all. */
static void
test_look_down(void **state)
{
    static const char *const queries[] = {
        "a sort:toxicity", "(a OR b*) -c sort:-toxicity",
        "source:s b sort:near(toxicity,0.3)", "\"a b\" sort:toxicity"};
    struct index *one = fake_index_split(documents, DOCUMENTS, 1);
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        const struct query *query = parse(str_of(queries[i]), &arena);
        struct run run = {0};
        struct part part = {.search = &run.search,
                            .plan = &run.plan,
                            .candidates = index_live(one),
                            .rows = ROWS,
                            .top = xcalloc(ROWS, sizeof(*part.top)),
                            .end = DOCUMENTS};
        enum top_state top = TOP_UNKNOWN;
        struct error err = ERROR_INIT;
        struct hits hits = {0};

        succeed(query, search_run(one, query, NULL, &hits, &err), &err);
        succeed(query, search_begin(&run, one, query, NULL, &err), &err);
        succeed(query, order_make(&run.order, &run.search, query, &err), &err);
        part.root = run.plan.root;
        part.order = run.order;
        succeed(query, part_look_down(&part, NULL, 0.3, &top, &err), &err);
        assert_int_equal(top, TOP_READY);
        assert_true(part.top_count > 0);
        for (uint32_t j = 0; j < part.top_count; j++)
            assert_int_equal(part.top[j].doc, hits.docs[j]);
        free(part.top);
        search_end(&run);
        hits_release(&hits);
    }
    arena_release(&arena);
    fake_index_free(one);
}

static void
test_cursors(void **state)
{
    struct index *index = fake_index_split(documents, DOCUMENTS, 2);
    struct arena arena;
    const struct query *query;
    const struct query *other;
    char cursor[SEARCH_CURSOR_SIZE];
    struct hits hits = {0};
    struct error err = ERROR_INIT;
    struct str none = {NULL, 0};

    (void)state;
    arena_init(&arena, 0);
    query = parse(STR_LIT("a sort:toxicity"), &arena);
    other = parse(STR_LIT("a sort:-toxicity"), &arena);
    succeed(query, search_page(index, query, NULL, none, 3, &hits, &err), &err);
    assert_int_equal(hits.count, 3);
    search_cursor(index, query, &hits, 2, cursor);
    hits_release(&hits);
    assert_int_equal(
        search_page(index, other, NULL, str_of(cursor), 3, &hits, &err),
        ERR_USAGE);
    assert_int_equal(
        search_page(index, query, NULL, STR_LIT("x"), 3, &hits, &err),
        ERR_USAGE);
    assert_int_equal(
        search_page(index, query, NULL, STR_LIT(""), 3, &hits, &err),
        ERR_USAGE);
    cursor[0] = '8'; /* the fake index is of generation 7 */
    assert_int_equal(
        search_page(index, query, NULL, str_of(cursor), 3, &hits, &err),
        ERR_CONFLICT);
    arena_release(&arena);
    fake_index_free(index);
}

/* The caller's own sets come first: a stop from there ends it before any
 * partition is walked, and nobody is told of rows any more. */
static enum err_code
stop_here(void *ctx, const struct query_field *field, struct bits *out,
          struct error *err)
{
    struct told *told = ctx;

    (void)field;
    (void)err;
    bits_fill(out);
    cancel_set(told->cancel);
    return ERR_OK;
}

static void
test_stop(void **state)
{
    struct index *index = fake_index_split(documents, DOCUMENTS, 3);
    int flag = 0;
    struct told told = {.cancel = &flag};
    const struct search_env env = {
        .named = stop_here, .ctx = &told, .cancel = &flag};
    const struct search_watch watch = {ROWS, take_screen, &told};
    struct arena arena;
    struct hits hits = {0};
    struct error err = ERROR_INIT;

    (void)state;
    arena_init(&arena, 0);
    assert_int_equal(search_run_watched(index,
                                        parse(STR_LIT("verdict:x a"), &arena),
                                        &env, &watch, &hits, &err),
                     ERR_CANCELLED);
    assert_int_equal(told.calls, 0);
    assert_null(hits.docs);
    /* Within FTS5: a phrase that is nowhere gives no row to stop at, so what
     * stops it is its reading of pages. */
    for (int i = 0; i < 3; i++) {
        static const char *const words[] = {"\"z a z\"", "sort:rank a", "a*"};

        flag = 1;
        err = (struct error)ERROR_INIT;
        assert_int_equal(search_count(index, parse(str_of(words[i]), &arena),
                                      &(struct search_env){.cancel = &flag},
                                      &hits, &err),
                         ERR_CANCELLED);
    }
    arena_release(&arena);
    fake_index_free(index);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_partitions), cmocka_unit_test(test_rank),
        cmocka_unit_test(test_look_down),  cmocka_unit_test(test_cursors),
        cmocka_unit_test(test_stop),
    };

    return cmocka_run_group_tests(tests, make_documents, free_documents);
}
