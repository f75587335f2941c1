/* What the journal adds up to for each failure: its rounds, where it stands,
 * and how many decisions name it. */
#include "config.h"

#include "stet/failure.h"

#include <stdlib.h>
#include <string.h>

#include "review/store_private.h"
#include "review/store_scan.h"
#include "stet/json.h"
#include "stet/xalloc.h"

#define REASON_PREFIX "failure:"

static const char *const state_names[FAILURE_STATE_COUNT] = {
#define X(name, text) [FAILURE_##name] = (text),
    FAILURE_STATES(X)
#undef X
};

const char *
failure_state_name(enum failure_state state)
{
    return state_names[state];
}

bool
failure_state_parse(struct str name, enum failure_state *state)
{
    for (unsigned i = 0; i < FAILURE_STATE_COUNT; i++)
        if (str_equal(name, str_of(state_names[i]))) {
            *state = (enum failure_state)i;
            return true;
        }
    return false;
}

static bool
is_word_byte(unsigned char byte)
{
    return byte >= 0x80 || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           strchr("_-./", byte) != NULL;
}

void
failure_reason(struct str id, struct buf *out)
{
    bool plain = true;

    for (size_t i = 0; i < id.len; i++)
        plain = plain && id.ptr[i] && is_word_byte((unsigned char)id.ptr[i]);
    xbuf_append_str(out, STR_LIT(REASON_PREFIX));
    xbuf_append_str(out, str_of(plain ? "" : "\""));
    xbuf_append_str(out, id);
    xbuf_append_str(out, str_of(plain ? "" : "\""));
}

struct str
failure_of_reason(struct str reason)
{
    const size_t prefix = sizeof(REASON_PREFIX) - 1;
    struct str none = {NULL, 0};
    size_t end = prefix;

    if (!str_starts_with(reason, STR_LIT(REASON_PREFIX)))
        return none;
    if (reason.len > prefix && reason.ptr[prefix] == '"') {
        end = str_find(reason, STR_LIT("\""), prefix + 1);
        return end == SIZE_MAX ? none : str_slice(reason, prefix + 1, end);
    }
    while (end < reason.len && reason.ptr[end] &&
           is_word_byte((unsigned char)reason.ptr[end]))
        end++;
    return end > prefix ? str_slice(reason, prefix, end) : none;
}

/* One line of the journal about a failure. */
struct act {
    bool is_status;
    struct str id, text, reason, by;
    int64_t at_us, lamport, seq;
    struct uuid uuid;
};

struct load {
    struct arena *arena;
    struct act *acts;
    size_t act_count, act_cap;
    struct failure *list;
    int64_t *moved; /* lamport of what gave each its state */
    size_t count;
    uint32_t *table; /* by id: place + 1 */
    size_t mask;
};

static enum err_code
act_row(void *ctx, struct stmt *stmt, struct error *err)
{
    struct load *load = ctx;
    struct str uuid = stmt_text(stmt, 7);
    struct act *act;

    if (load->act_count == load->act_cap) {
        load->act_cap = load->act_cap ? load->act_cap * 2 : 64;
        load->acts =
            xreallocarray(load->acts, load->act_cap, sizeof(*load->acts));
    }
    act = &load->acts[load->act_count];
    *act = (struct act){
        .seq = stmt_int(stmt, 0),
        .is_status = str_equal(stmt_text(stmt, 1), STR_LIT("status")),
        .id = arena_copy(load->arena, stmt_text(stmt, 2)),
        .text = arena_copy(load->arena, stmt_text(stmt, 3)),
        .reason = arena_copy(load->arena, stmt_text(stmt, 4)),
        .by = arena_copy(load->arena, stmt_text(stmt, 5)),
        .at_us = stmt_int(stmt, 6),
        .lamport = stmt_int(stmt, 8),
    };
    if (uuid.len == sizeof(act->uuid.bytes))
        memcpy(act->uuid.bytes, uuid.ptr, sizeof(act->uuid.bytes));
    load->act_count++;
    return act->id.ptr && act->text.ptr && act->reason.ptr && act->by.ptr
               ? ERR_OK
               : error_nomem(err);
}

static int
compare_acts(const void *a, const void *b)
{
    const struct act *x = a;
    const struct act *y = b;

    if (x->lamport != y->lamport)
        return x->lamport < y->lamport ? -1 : 1;
    return memcmp(x->uuid.bytes, y->uuid.bytes, sizeof(x->uuid.bytes));
}

static size_t
slot_of(const struct load *load, struct str id)
{
    struct hash hash = hash_of(id);
    size_t at = hash_prefix(&hash) & load->mask;

    while (load->table[at] &&
           !str_equal(load->list[load->table[at] - 1].id, id))
        at = (at + 1) & load->mask;
    return at;
}

static struct failure *
find(const struct load *load, struct str id)
{
    uint32_t place = load->table ? load->table[slot_of(load, id)] : 0;

    return place ? &load->list[place - 1] : NULL;
}

/* A record's members, as far as it has them. */
static void
read_record(struct load *load, struct failure *failure, struct str text,
            bool *fixed)
{
    const struct json_value *value = NULL;
    const struct json_value *member;
    struct error ignored = ERROR_INIT;

    *fixed = false;
    if (json_parse(text, load->arena, &value, &ignored) ||
        value->type != JSON_OBJECT)
        return;
    failure->prompt = json_get_str(value, "prompt", failure->prompt);
    failure->output = json_get_str(value, "output", failure->output);
    member = json_get(value, "metric");
    failure->metric = member ? member->raw : (struct str){"", 0};
    member = json_get(value, "fixed");
    *fixed = member && member->type == JSON_TRUE;
}

static void
fold_round(struct load *load, struct failure *failure, const struct act *act)
{
    bool first = failure->rounds == 0;
    bool again = !first && !str_equal(failure->round, act->reason);
    bool fixed;

    read_record(load, failure, act->text, &fixed);
    failure->rounds += first || again;
    failure->round = act->reason;
    if (fixed)
        failure->state = FAILURE_FIXED;
    else if (first)
        failure->state = FAILURE_OPEN;
    else if (failure->state != FAILURE_WILL_NOT_FIX &&
             (again || failure->state == FAILURE_FIXED))
        failure->state = FAILURE_STILL_FAILING;
    if (first || again || fixed) {
        load->moved[failure - load->list] = act->lamport;
        failure->by = act->by;
        failure->at_us = act->at_us;
        failure->note = (struct str){"", 0};
    }
}

static enum err_code
fold(struct load *load, struct error *err)
{
    size_t size = 16;

    if (load->act_count)
        qsort(load->acts, load->act_count, sizeof(*load->acts), compare_acts);
    while (size < 2 * load->act_count)
        size *= 2;
    load->mask = size - 1;
    load->table = xcalloc(size, sizeof(*load->table));
    load->list =
        arena_alloc(load->arena, (load->act_count + 1) * sizeof(*load->list));
    load->moved = xcalloc(load->act_count + 1, sizeof(*load->moved));
    if (!load->list)
        return error_nomem(err);
    for (size_t i = 0; i < load->act_count; i++) {
        const struct act *act = &load->acts[i];
        struct failure *failure = find(load, act->id);

        if (!failure && act->is_status)
            continue; /* its report was undone, or has not come yet */
        if (!failure) {
            failure = &load->list[load->count];
            *failure = (struct failure){.id = act->id,
                                        .prompt = {"", 0},
                                        .output = {"", 0},
                                        .metric = {"", 0}};
            load->table[slot_of(load, act->id)] = (uint32_t)++load->count;
        }
        if (!act->is_status) {
            fold_round(load, failure, act);
        } else if (failure_state_parse(act->text, &failure->state)) {
            load->moved[failure - load->list] = act->lamport;
            failure->by = act->by;
            failure->at_us = act->at_us;
            failure->note = act->reason;
        }
    }
    return ERR_OK;
}

/* One decision that names a failure: who decides has begun with it. */
static enum err_code
count_row(void *ctx, struct stmt *stmt, struct error *err)
{
    struct load *load = ctx;
    struct str id = failure_of_reason(stmt_text(stmt, 1));
    struct failure *failure = id.ptr ? find(load, id) : NULL;
    uint64_t items = (uint64_t)stmt_int(stmt, 3);
    enum annotation_kind kind;

    (void)err;
    if (!failure || !annotation_kind_parse(stmt_text(stmt, 2), &kind) ||
        kind == ANNOTATION_FAILURE || kind == ANNOTATION_STATUS)
        return ERR_OK;
    items += items == 0;
    if (kind == ANNOTATION_REWRITE || kind == ANNOTATION_REDACT ||
        kind == ANNOTATION_INSERT || kind == ANNOTATION_DROP ||
        kind == ANNOTATION_ADD)
        failure->edits += items;
    else
        failure->decisions += items;
    if (stmt_int(stmt, 4) > load->moved[failure - load->list] &&
        (failure->state == FAILURE_OPEN || failure->state == FAILURE_TRACED ||
         failure->state == FAILURE_STILL_FAILING))
        failure->state = FAILURE_EDITED;
    return ERR_OK;
}

static void
bind_nothing(void *ctx, struct stmt *stmt)
{
    (void)ctx;
    (void)stmt;
}

enum err_code
failures_load(struct store *store, struct arena *arena, struct failure **out,
              size_t *count, struct error *err)
{
    struct load load = {.arena = arena};
    struct store_steps acts = {
        "SELECT seq, kind, value, text, reason, reviewer, at_us, uuid, lamport"
        " FROM annotation a WHERE seq > ?1 AND kind IN ('failure', 'status')"
        " AND NOT EXISTS (SELECT 1 FROM undone u WHERE u.seq = a.seq)"
        " ORDER BY seq LIMIT ?2",
        bind_nothing, act_row, &load};
    struct store_steps reasons = {
        "SELECT seq, reason, kind,"
        " (SELECT count(*) FROM subject s WHERE s.seq = a.seq), lamport"
        " FROM annotation a WHERE seq > ?1 AND reason IS NOT NULL"
        " AND substr(reason, 1, 8) = 'failure:'"
        " AND NOT EXISTS (SELECT 1 FROM undone u WHERE u.seq = a.seq)"
        " ORDER BY seq LIMIT ?2",
        bind_nothing, count_row, &load};
    enum err_code code = store_step_through(store, &acts, err);

    if (code == ERR_OK)
        code = fold(&load, err);
    if (code == ERR_OK && load.count)
        code = store_step_through(store, &reasons, err);
    if (code == ERR_OK) {
        *out = load.list;
        *count = load.count;
    }
    free(load.acts);
    free(load.table);
    free(load.moved);
    return code;
}

enum err_code
failure_get(struct store *store, struct str id, struct arena *arena,
            struct failure *out, struct error *err)
{
    struct failure *list = NULL;
    size_t count = 0;
    enum err_code code = failures_load(store, arena, &list, &count, err);

    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i].id, id)) {
            *out = list[i];
            return ERR_OK;
        }
    return error_set(err, ERR_NOTFOUND, "no failure \"%.*s\"", STR_FMT(id));
}

enum err_code
failure_set(struct store *store, struct str id, enum failure_state state,
            struct str note, struct error *err)
{
    struct annotation act = {.kind = ANNOTATION_STATUS,
                             .value = id,
                             .text = str_of(failure_state_name(state)),
                             .reason = note,
                             .how = HOW_COMMAND};
    struct failure failure;
    struct arena arena;
    enum err_code code;

    arena_init(&arena, 0);
    code = failure_get(store, id, &arena, &failure, err);
    arena_release(&arena);
    return code == ERR_OK ? store_append(store, &act, 1, -1, err) : code;
}
