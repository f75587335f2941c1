/* What an export leaves in the store: one annotation with the patch set's id
 * and hash, and how each text was changed, so that later exports know the
 * texts that this one made. */
#include "config.h"

#include "export_private.h"

#include <stdlib.h>

#include "stet/json.h"
#include "store_private.h"
#include "store_scan.h"

#define PAYLOAD_MAX ((size_t)48 << 20)

static const char key_sql[] =
    "SELECT value FROM memory WHERE reviewer = '' AND key = 'export-key'";
static const char key_put_sql[] =
    "INSERT OR IGNORE INTO memory(reviewer, key, value)"
    " VALUES ('', 'export-key', ?1)";

/* An export between a decision and its undoing. */
static const char said_sql[] =
    "SELECT 1 FROM annotation n JOIN annotation e ON e.kind = 'export'"
    " WHERE n.undoes = ?1 AND e.lamport > ?2 AND e.lamport < n.lamport"
    " LIMIT 1";

enum err_code
export_was_said(struct exporter *x, const struct annotation *a, bool *said,
                struct error *err)
{
    struct stmt *stmt = NULL;
    enum err_code code = db_stmt(x->store->db, said_sql, &stmt, err);

    *said = false;
    if (code)
        return code;
    stmt_bind_blob(stmt, 1, a->uuid.bytes, sizeof(a->uuid.bytes));
    stmt_bind_int(stmt, 2, (int64_t)a->lamport);
    code = stmt_step(stmt, said, err);
    stmt_reset(stmt);
    return code;
}

static enum err_code
read_key(struct exporter *x, struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum err_code code = db_stmt(x->store->db, key_sql, &stmt, err);

    if (!code)
        code = stmt_step(stmt, &row, err);
    if (!code && row) {
        x->key = arena_copy(x->arena, stmt_text(stmt, 0));
        if (!x->key.ptr)
            code = error_nomem(err);
    }
    if (stmt)
        stmt_reset(stmt);
    return code;
}

enum err_code
export_key_load(struct exporter *x, struct error *err)
{
    struct hash random;
    char hex[HASH_HEX_SIZE];
    struct stmt *stmt = NULL;
    enum err_code code = read_key(x, err);

    if (code || x->key.len)
        return code;
    random_bytes(random.bytes, sizeof(random.bytes));
    hash_format(&random, hex);
    code = db_begin(x->store->db, err);
    if (!code)
        code = db_stmt(x->store->db, key_put_sql, &stmt, err);
    if (!code) {
        stmt_bind_text(stmt, 1, str_of(hex));
        code = stmt_run(stmt, err);
    }
    if (!code)
        code = db_commit(x->store->db, err);
    if (code)
        db_rollback(x->store->db);
    return code ? code : read_key(x, err);
}

static enum err_code
add_former(struct exporter *x, const struct former_text *former,
           struct error *err)
{
    if (x->former_count == x->former_cap) {
        size_t cap = x->former_cap ? 2 * x->former_cap : 64;
        struct former_text *list = realloc(x->formers, cap * sizeof(*list));

        if (!list)
            return error_nomem(err);
        x->formers = list;
        x->former_cap = cap;
    }
    x->formers[x->former_count++] = *former;
    return ERR_OK;
}

static bool
read_edits(const struct json_value *list, struct arena *arena,
           struct former_text *out)
{
    struct text_edit *edits = NULL;
    size_t count = 0;
    size_t last = 0;

    for (const struct json_value *v = list ? list->first : NULL; v; v = v->next)
        count++;
    edits = arena_alloc(arena, (count + 1) * sizeof(*edits));
    if (!edits)
        return false;
    for (const struct json_value *v = list ? list->first : NULL; v;
         v = v->next) {
        const struct json_value *start = v->first;
        const struct json_value *end = start ? start->next : NULL;
        const struct json_value *text = end ? end->next : NULL;

        if (!text || !start->is_int || !end->is_int ||
            text->type != JSON_STRING || start->integer < (int64_t)last ||
            end->integer < start->integer)
            return false;
        edits[out->count++] =
            (struct text_edit){{(size_t)start->integer, (size_t)end->integer},
                               text->string,
                               out->count,
                               false};
        last = (size_t)end->integer;
    }
    out->edits = edits;
    return true;
}

/* One member of a payload; what cannot be read is passed over: a foreign
 * journal may hold anything. */
static enum err_code
read_former(struct exporter *x, const struct json_value *value,
            struct error *err)
{
    struct former_text former = {0};

    if (!hash_parse(json_get_str(value, "item", STR_LIT("")), &former.item) ||
        !hash_parse(json_get_str(value, "sha256", STR_LIT("")),
                    &former.id.hash) ||
        !read_edits(json_get(value, "edits"), x->arena, &former))
        return ERR_OK;
    return add_former(x, &former, err);
}

static enum err_code
past_row(void *ctx, struct stmt *stmt, struct error *err)
{
    struct exporter *x = ctx;
    const struct json_value *payload = NULL;
    struct str text = arena_copy(x->arena, stmt_text(stmt, 1));
    struct error ignored = ERROR_INIT;
    enum err_code code = ERR_OK;

    if (x->options->since_last)
        x->since_seq = stmt_int(stmt, 0);
    if ((uint64_t)stmt_int(stmt, 2) > x->exported)
        x->exported = (uint64_t)stmt_int(stmt, 2);
    if (!text.ptr)
        return error_nomem(err);
    if (text.len == 0 || json_parse(text, x->arena, &payload, &ignored))
        return ERR_OK;
    payload = json_get(payload, "texts");
    for (const struct json_value *v = payload ? payload->first : NULL;
         v && !code; v = v->next)
        code = read_former(x, v, err);
    return code;
}

static int
compare_formers(const void *left, const void *right)
{
    const struct former_text *a = left;
    const struct former_text *b = right;
    int order = hash_compare(&a->item, &b->item);

    return order ? order : hash_compare(&a->id.hash, &b->id.hash);
}

enum err_code
export_past_load(struct exporter *x, struct error *err)
{
    static const struct store_steps base = {
        .sql = "SELECT a.seq, a.text, a.lamport FROM annotation a"
               " WHERE a.seq > ?1 AND a.kind = 'export'"
               " AND NOT EXISTS (SELECT 1 FROM undone u WHERE u.seq = a.seq)"
               " ORDER BY a.seq LIMIT ?2",
        .row = past_row,
    };
    struct store_steps steps = base;
    size_t kept = 0;
    enum err_code code = store_head(x->store, &x->rules.head, err);

    steps.ctx = x;
    if (!code)
        code = store_step_through(x->store, &steps, err);
    if (code)
        return code;
    if (x->former_count > 1)
        qsort(x->formers, x->former_count, sizeof(*x->formers),
              compare_formers);
    for (size_t i = 0; i < x->former_count; i++)
        if (!kept || compare_formers(&x->formers[kept - 1], &x->formers[i]))
            x->formers[kept++] = x->formers[i];
    x->former_count = kept;
    return ERR_OK;
}

const struct former_text *
export_formers(const struct exporter *x, const struct item_key *key,
               size_t *count)
{
    struct hash item = item_key_hash(key);
    size_t low = 0;
    size_t high = x->former_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (hash_compare(&x->formers[middle].item, &item) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (high < x->former_count && hash_equal(&x->formers[high].item, &item))
        high++;
    *count = high - low;
    return x->formers + low;
}

void
export_journal_text(struct exporter *x, const struct item_key *key,
                    const struct text_id *after, const struct text_edit *edits,
                    size_t count)
{
    struct json_out w = {&x->journal, false};
    struct hash item = item_key_hash(key);
    char hex[HASH_HEX_SIZE];

    json_open(&w, '{');
    hash_format(&item, hex);
    json_key(&w, "item");
    json_str(&w, str_of(hex));
    hash_format(&after->hash, hex);
    json_key(&w, "sha256");
    json_str(&w, str_of(hex));
    json_key(&w, "edits");
    json_open(&w, '[');
    for (size_t i = 0; i < count; i++) {
        json_open(&w, '[');
        json_int(&w, (int64_t)edits[i].span.start);
        json_int(&w, (int64_t)edits[i].span.end);
        json_str(&w, edits[i].text);
        json_close(&w, ']');
    }
    json_close(&w, ']');
    json_close(&w, '}');
    xbuf_append(&x->journal, "\n", 1);
}

/* As many lines of texts as go into one annotation. */
static struct str
take_lines(struct str *rest, struct json_out *w)
{
    size_t size = 0;

    while (rest->len) {
        size_t end = str_find(*rest, STR_LIT("\n"), 0);

        if (size && size + end > PAYLOAD_MAX)
            break;
        if (end < PAYLOAD_MAX)
            json_raw(w, str_slice(*rest, 0, end));
        size += end;
        *rest = str_slice(*rest, end + 1, rest->len);
    }
    return *rest;
}

enum err_code
export_journal_write(struct exporter *x, const char *id,
                     const struct hash *hash, struct error *err)
{
    struct str rest = buf_str(&x->journal);
    struct buf payload = {0};
    char hex[HASH_HEX_SIZE];
    enum err_code code = ERR_OK;

    hash_format(hash, hex);
    do {
        struct annotation a = {.kind = ANNOTATION_EXPORT, .how = HOW_COMMAND};
        struct json_out w = {&payload, false};

        buf_clear(&payload);
        json_open(&w, '{');
        json_key(&w, "sha256");
        json_str(&w, str_of(hex));
        json_key(&w, "texts");
        json_open(&w, '[');
        rest = take_lines(&rest, &w);
        json_close(&w, ']');
        json_close(&w, '}');
        a.value = str_of(id);
        a.text = buf_str(&payload);
        code = store_append(x->store, &a, 1, -1, err);
    } while (!code && rest.len);
    buf_release(&payload);
    return code;
}
