/* A workspace in a temporary folder, and shorthands for annotations. */
#include "config.h"

#include "tests/lib/review_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "stet/db.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"

static void
must(enum err_code code, const struct error *err)
{
    if (code != ERR_OK) {
        (void)fprintf(stderr, "fixture: %s\n", err->message);
        abort();
    }
}

struct fixture *
fixture_new(const char *config)
{
    struct error err = ERROR_INIT;
    struct fixture *fixture = xcalloc(1, sizeof(*fixture));
    const char *tmp = getenv("TMPDIR");
    char *path = NULL;

    if (!tmp) /* memory: durable commits wait for real disks */
        tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    fixture->folder = xasprintf("%s/stet-review-XXXXXX", tmp);
    if (!mkdtemp(fixture->folder))
        must(error_set(&err, ERR_IO, "mkdtemp"), &err);
    if (config) {
        path = xasprintf("%s/.stet", fixture->folder);
        mkdir(path, 0700);
        free(path);
        path = xasprintf("%s/.stet/config", fixture->folder);
        must(file_write_atomic(path, str_of(config), &err), &err);
        free(path);
    }
    must(workspace_create(&fixture->ws, fixture->folder, false, NULL, &err),
         &err);
    return fixture;
}

void
fixture_free(struct fixture *fixture)
{
    struct error err = ERROR_INIT;

    workspace_close(fixture->ws);
    must(folder_remove(fixture->folder, &err), &err);
    free(fixture->folder);
    free(fixture);
}

struct store *
fixture_store(struct fixture *fixture, const char *reviewer)
{
    struct error err = ERROR_INIT;
    struct store *store = NULL;

    must(store_open(&store, fixture->ws, reviewer, false, &err), &err);
    return store;
}

struct item_key
fixture_key(unsigned n)
{
    static char *ids[200000];
    struct item_key key = {STR_LIT("web"), {NULL, 0}, {{0}}};

    if (n >= sizeof(ids) / sizeof(ids[0]))
        abort();
    if (!ids[n])
        ids[n] = xasprintf("\"doc-%u\"", n);
    key.id_token = str_of(ids[n]);
    key.text = hash_of(key.id_token);
    return key;
}

struct annotation
fixture_act(enum annotation_kind kind, unsigned item, const char *value)
{
    struct annotation act = {.kind = kind, .how = HOW_READ};

    act.item = fixture_key(item);
    act.has_item = true;
    if (kind == ANNOTATION_REWRITE || kind == ANNOTATION_NOTE)
        act.text = str_of(value);
    else if (value)
        act.value = str_of(value);
    return act;
}

struct uuid
fixture_append(struct store *store, enum annotation_kind kind, unsigned item,
               const char *value)
{
    struct error err = ERROR_INIT;
    struct annotation act = fixture_act(kind, item, value);

    must(store_append(store, &act, 1, -1, &err), &err);
    return act.uuid;
}

struct item_state
fixture_state(struct store *store, unsigned item, const char *reviewer,
              struct arena *arena)
{
    struct error err = ERROR_INIT;
    struct item_key key = fixture_key(item);
    struct item_state state = {0};
    struct str who = {NULL, 0};

    if (reviewer)
        who = str_of(reviewer);
    must(store_state(store, &key, who, arena, &state, &err), &err);
    return state;
}

/* Item numbers and versions differ between stores; keys do not. */
static const char dump_sql[] =
    "SELECT hex(i.key) || ' ' || s.reviewer || ' ' || ifnull(s.verdict, '-')"
    " || ' ' || s.flags || ' ' || s.kinds || ' ' || ifnull(s.tags, '-')"
    " || ' ' || ifnull(s.span_tags, '-') || ' ' || s.judged_us || ' '"
    " || s.reviewers FROM state s JOIN item i ON i.id = s.item"
    " UNION ALL SELECT 'undone ' || hex(a.uuid) FROM undone u"
    " JOIN annotation a ON a.seq = u.seq ORDER BY 1";

char *
fixture_dump(struct fixture *fixture)
{
    struct error err = ERROR_INIT;
    struct buf out = {0};
    struct db *db = NULL;
    struct stmt *stmt = NULL;
    bool row = false;

    must(db_open(&db, fixture->ws->store, DB_STORE_READ, &err), &err);
    must(db_stmt(db, dump_sql, &stmt, &err), &err);
    must(stmt_step(stmt, &row, &err), &err);
    while (row) {
        xbuf_append_str(&out, stmt_text(stmt, 0));
        xbuf_append(&out, "\n", 1);
        must(stmt_step(stmt, &row, &err), &err);
    }
    stmt_reset(stmt);
    db_close(db);
    xbuf_cstr(&out);
    return buf_take(&out);
}

static enum err_code
add_line(void *ctx, const struct annotation *a, struct error *err)
{
    struct buf *out = ctx;
    enum err_code code = annotation_format(a, out, err);

    return code == ERR_OK ? buf_append_byte(out, '\n', err) : code;
}

char *
fixture_journal(struct store *store, size_t *len)
{
    struct error err = ERROR_INIT;
    struct journal_filter filter = {0};
    struct buf out = {0};

    must(store_journal(store, &filter, add_line, &out, &err), &err);
    xbuf_cstr(&out);
    *len = out.len;
    return buf_take(&out);
}

uint64_t
fixture_seed(void)
{
    const char *given = getenv("STET_TEST_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);

    printf("# seed %llu\n", (unsigned long long)seed);
    return seed ? seed : 1;
}

uint64_t
fixture_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}
