/* Taking another journal's annotations, in any order. */
#include "config.h"

#include "review/store_private.h"

#define MERGE_STEP 1000 /* lines a transaction: others get their turn */

/* The next line that is not blank; false at the end. */
static bool
next_line(struct str lines, size_t *at, uint64_t *number, struct str *out)
{
    while (*at < lines.len) {
        size_t end = str_find(lines, STR_LIT("\n"), *at);

        if (end == SIZE_MAX)
            end = lines.len;
        *out = str_trim(str_slice(lines, *at, end));
        *at = end + 1;
        ++*number;
        if (out->len)
            return true;
    }
    return false;
}

static enum err_code
parse_line(struct str line, uint64_t number, struct arena *arena,
           struct annotation *out, struct error *err)
{
    enum err_code code = annotation_parse(line, arena, out, err);

    if (code != ERR_OK)
        error_wrap(err, "line %llu", (unsigned long long)number);
    return code;
}

/* A journal with one bad line changes nothing. */
static enum err_code
check_lines(struct str lines, struct error *err)
{
    struct annotation parsed = {0};
    struct arena arena;
    struct str line = {NULL, 0};
    uint64_t number = 0;
    size_t at = 0;
    enum err_code code = ERR_OK;

    arena_init(&arena, 0);
    while (code == ERR_OK && next_line(lines, &at, &number, &line)) {
        arena_reset(&arena);
        code = parse_line(line, number, &arena, &parsed, err);
    }
    arena_release(&arena);
    return code;
}

struct merge {
    struct str lines;
    size_t at;
    uint64_t number;
    uint64_t added, known;
};

static enum err_code
merge_step(struct store *store, struct merge *merge, struct arena *arena,
           bool *more, struct error *err)
{
    struct item_list dirty = {NULL, 0, 0};
    struct str line = {NULL, 0};
    int64_t last = 0;
    enum err_code code = ERR_OK;

    for (unsigned i = 0; i < MERGE_STEP && code == ERR_OK; i++) {
        struct annotation a = {0};

        *more = next_line(merge->lines, &merge->at, &merge->number, &line);
        if (!*more)
            break;
        code = parse_line(line, merge->number, arena, &a, err);
        if (code == ERR_OK)
            code = append_find(store, &a.uuid, &a.seq, err);
        if (code != ERR_OK)
            break;
        if (a.seq != 0) {
            merge->known++;
            continue;
        }
        code = append_one(store, &a, &dirty, err);
        merge->added++;
        last = a.seq;
    }
    if (code == ERR_OK)
        code = derive_items(store, &dirty, last, err);
    item_list_release(&dirty);
    return code;
}

enum err_code
store_merge(struct store *store, struct str lines, uint64_t *added,
            uint64_t *known, struct error *err)
{
    struct merge merge = {.lines = lines};
    struct arena arena;
    bool more = true;
    enum err_code code = ERR_OK;

    if (store->reading)
        return error_set(err, ERR_PERM, "the store is open for reading only");
    arena_init(&arena, 0);
    code = check_lines(lines, err);
    while (code == ERR_OK && more) {
        arena_reset(&arena);
        code = db_begin(store->db, err);
        if (code != ERR_OK)
            break;
        code = merge_step(store, &merge, &arena, &more, err);
        if (code == ERR_OK)
            code = db_commit(store->db, err);
        if (code != ERR_OK)
            db_rollback(store->db);
    }
    arena_release(&arena);
    if (code == ERR_OK) {
        *added = merge.added;
        *known = merge.known;
    }
    return code;
}
