/* Any bytes as a query: it parses or is refused at a position inside it, and
 * what is made of it for FTS5 is never an error there. Highlights of the query
 * in its own text are sorted and do not overlap. */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "index/fts.h"
#include "index/query_match.h"
#include "stet/db.h"
#include "stet/search.h"
#include "tests/fuzz/fuzz.h"

/* One small table for all runs, in a file that is gone already. */
static struct db *
table(void)
{
    static struct db *db;
    char path[] = "/tmp/stet-fuzz-XXXXXX";
    struct error err = ERROR_INIT;
    int fd;

    if (db)
        return db;
    fd = mkstemp(path);
    FUZZ_CHECK(fd >= 0);
    close(fd);
    FUZZ_CHECK(db_open(&db, path, DB_BUILD, &err) == ERR_OK);
    FUZZ_CHECK(fts_register(db, &err) == ERR_OK);
    FUZZ_CHECK(db_exec(db,
                       "CREATE VIRTUAL TABLE fts USING"
                       " fts5(text, content='', tokenize='stet');"
                       "INSERT INTO fts(rowid, text) VALUES"
                       " (1, 'a b c'), (2, 'b a x y z'), (3, '1 2 3')",
                       &err) == ERR_OK);
    unlink(path);
    return db;
}

static void
run_match(const struct query_node *node)
{
    struct error err = ERROR_INIT;
    struct buf expression = {0};
    struct stmt *stmt = NULL;
    bool row = true;

    FUZZ_CHECK(match_append(node, &expression, &err) == ERR_OK);
    FUZZ_CHECK(db_stmt(table(), "SELECT rowid FROM fts WHERE fts MATCH ?1",
                       &stmt, &err) == ERR_OK);
    stmt_bind_text(stmt, 1, buf_str(&expression));
    while (row) {
        if (stmt_step(stmt, &row, &err) != ERR_OK) {
            (void)fprintf(stderr, "%s\n", err.message);
            FUZZ_CHECK(err.code == ERR_OK);
        }
    }
    stmt_reset(stmt);
    buf_release(&expression);
}

static void
run_matches(const struct query_node *node)
{
    if (match_can(node)) {
        run_match(node);
        return;
    }
    for (const struct query_node *child = node->first; child;
         child = child->next)
        run_matches(child);
}

static void
check_highlight(const struct query *query, struct str text, struct arena *arena)
{
    struct error err = ERROR_INIT;
    struct span *spans = NULL;
    size_t count = 0;
    size_t at = 0;
    struct span snippet;

    FUZZ_CHECK(search_highlight(query, text, arena, &spans, &count, &err) ==
               ERR_OK);
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(spans[i].start >= at && spans[i].end > spans[i].start);
        FUZZ_CHECK(spans[i].end <= text.len);
        at = spans[i].end;
    }
    snippet = search_snippet(text, spans, count, 20);
    FUZZ_CHECK(snippet.start <= snippet.end && snippet.end <= text.len);
    FUZZ_CHECK(snippet.end - snippet.start <= 20);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    const struct query *query = NULL;
    struct error err = ERROR_INIT;
    struct buf dump = {0};
    struct arena arena;

    arena_init(&arena, 0);
    if (query_parse(&query, text, &arena, &err) != ERR_OK) {
        FUZZ_CHECK(err.code == ERR_USAGE);
        FUZZ_CHECK(err.offset <= size && err.message[0]);
    } else {
        query_dump(query, &dump);
        FUZZ_CHECK(dump.len > 0);
        run_matches(query->root);
        check_highlight(query, text, &arena);
    }
    buf_release(&dump);
    arena_release(&arena);
    return 0;
}
