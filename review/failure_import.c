/* Reading failures: rows of JSON lines, each a report of one round. */
#include "config.h"

#include <stdlib.h>

#include "review/store_private.h"
#include "stet/failure.h"
#include "stet/json.h"
#include "stet/shard.h"
#include "stet/utf8.h"
#include "stet/xalloc.h"

#define ID_MAX_BYTES ((size_t)256)
#define ID_MADE_DIGITS ((size_t)12) /* of a hash, where there is none */
#define OUTPUT_MAX_BYTES ((size_t)16 << 20)

struct reading {
    struct store *store;
    const char *path;
    struct str round;
    struct failure_import *out;
    failure_message *message;
    void *ctx;
    struct arena arena; /* of the file */
    struct failure *known;
    size_t known_count;
    struct annotation *acts;
    size_t count, cap;
};

static void
complain(const struct reading *r, uint64_t line, const char *text)
{
    r->out->bad++;
    if (r->message)
        r->message(r->ctx, r->path, line, text);
}

/* An id stands in quotes in reasons and queries. */
static const char *
check_id(struct str id)
{
    if (id.len == 0 || id.len > ID_MAX_BYTES || !utf8_is_valid(id))
        return "\"id\" is not 1 to 256 bytes of UTF-8";
    for (size_t i = 0; i < id.len; i++)
        if ((unsigned char)id.ptr[i] < ' ' || id.ptr[i] == 0x7f ||
            id.ptr[i] == '"' || id.ptr[i] == '\\')
            return "\"id\" has a control character, a quote or a backslash";
    return NULL;
}

static struct str
made_id(struct reading *r, struct str prompt, struct str output)
{
    struct buf text = {0};
    struct hash hash;
    char hex[HASH_HEX_SIZE];

    xbuf_append_str(&text, prompt);
    xbuf_append_str(&text, (struct str){"", 1}); /* a NUL between them */
    xbuf_append_str(&text, output);
    hash = hash_of(buf_str(&text));
    hash_format(&hash, hex);
    buf_release(&text);
    return arena_copy(&r->arena, (struct str){hex, ID_MADE_DIGITS});
}

static struct str
record_of(struct reading *r, const struct json_value *row, bool fixed)
{
    static const char *const texts[] = {"prompt", "output"};
    const struct json_value *metric = json_get(row, "metric");
    struct buf text = {0};
    struct json_out w = {&text, false};
    struct str copy;

    json_open(&w, '{');
    for (size_t i = 0; i < 2; i++) {
        struct str value = json_get_str(row, texts[i], (struct str){NULL, 0});

        if (!value.ptr)
            continue;
        json_key(&w, texts[i]);
        json_str(&w, value);
    }
    if (metric) {
        json_key(&w, "metric");
        json_raw(&w, metric->raw);
    }
    if (fixed) {
        json_key(&w, "fixed");
        json_bool(&w, true);
    }
    json_close(&w, '}');
    copy = arena_copy(&r->arena, buf_str(&text));
    buf_release(&text);
    return copy;
}

static const struct failure *
find_known(const struct reading *r, struct str id)
{
    for (size_t i = 0; i < r->known_count; i++)
        if (str_equal(r->known[i].id, id))
            return &r->known[i];
    return NULL;
}

/* The same round said the same of it. */
static bool
says_nothing(const struct reading *r, const struct failure *known,
             const struct json_value *row, bool fixed)
{
    const struct json_value *metric = json_get(row, "metric");

    return str_equal(known->round, r->round) &&
           fixed == (known->state == FAILURE_FIXED) &&
           str_equal(json_get_str(row, "output", known->output),
                     known->output) &&
           str_equal(json_get_str(row, "prompt", known->prompt),
                     known->prompt) &&
           str_equal(metric ? metric->raw : STR_LIT(""), known->metric);
}

static void
add_act(struct reading *r, struct str id, struct str record)
{
    if (r->count == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 64;
        r->acts = xreallocarray(r->acts, r->cap, sizeof(*r->acts));
    }
    r->acts[r->count++] = (struct annotation){.kind = ANNOTATION_FAILURE,
                                              .value = id,
                                              .text = record,
                                              .reason = r->round,
                                              .how = HOW_IMPORT};
}

/* NULL, or why the row is no failure. */
static const char *
take_row(struct reading *r, struct str raw)
{
    const struct json_value *row = NULL;
    const struct json_value *value;
    const struct failure *known;
    struct str output;
    struct str id = {NULL, 0};
    struct error ignored = ERROR_INIT;
    const char *wrong;
    bool fixed;

    if (json_parse(raw, &r->arena, &row, &ignored) || row->type != JSON_OBJECT)
        return "no JSON object";
    value = json_get(row, "fixed");
    fixed = value && value->type == JSON_TRUE;
    output = json_get_str(row, "output", (struct str){NULL, 0});
    if (output.len > OUTPUT_MAX_BYTES)
        return "\"output\" is too long";
    value = json_get(row, "id");
    if (value && value->type == JSON_STRING)
        id = value->string;
    else if (value && value->type == JSON_NUMBER)
        id = value->raw;
    else if (output.ptr)
        id = made_id(r, json_get_str(row, "prompt", STR_LIT("")), output);
    wrong = id.ptr ? check_id(id) : "neither \"id\" nor \"output\"";
    if (wrong)
        return wrong;
    known = find_known(r, id);
    if (!known && !output.len)
        return "no text under \"output\", and no failure of that id";
    if (known && says_nothing(r, known, row, fixed)) {
        r->out->known++;
        return NULL;
    }
    r->out->added += !known;
    r->out->fixed += known && fixed;
    r->out->failing += known && !fixed;
    add_act(r, id, record_of(r, row, fixed));
    return NULL;
}

static enum err_code
read_rows(struct reading *r, struct shard *shard, struct error *err)
{
    struct record record;
    enum err_code code = ERR_OK;

    while ((code = shard_next(shard, &record, err)) == ERR_OK &&
           record.kind != RECORD_END) {
        const char *wrong;

        if (record.kind == RECORD_BLANK)
            continue;
        r->out->rows++;
        wrong = record.kind == RECORD_LINE
                    ? take_row(r, arena_copy(&r->arena, record.raw))
                    : "the line is too long";
        if (wrong)
            complain(r, record.number + 1, wrong);
    }
    return code;
}

enum err_code
failures_import(struct store *store, const char *path, struct str round,
                struct failure_import *out, failure_message *message, void *ctx,
                struct error *err)
{
    struct reading r = {.store = store,
                        .path = path,
                        .round = round,
                        .out = out,
                        .message = message,
                        .ctx = ctx};
    struct shard *shard = NULL;
    enum err_code code = shard_open(&shard, path, &shard_default_limits, err);

    if (code != ERR_OK)
        return code;
    arena_init(&r.arena, 0);
    code = failures_load(store, &r.arena, &r.known, &r.known_count, err);
    if (code == ERR_OK)
        code = read_rows(&r, shard, err);
    if (code == ERR_OK && r.count)
        code = store_append(store, r.acts, r.count, -1, err);
    free(r.acts);
    arena_release(&r.arena);
    shard_close(shard);
    return code;
}
