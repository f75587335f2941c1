/* Annotations as journal lines and back. A line is lossless: ids keep their
 * raw JSON token, lone surrogates are escaped. */
#include "config.h"

#include "stet/annotation.h"

#include <math.h>

#include "review/annotation_check.h"
#include "stet/fileio.h"
#include "stet/json.h"
#include "stet/utf8.h"

static const char *const kind_names[] = {
#define X(name, text, meaning) text,
    ANNOTATION_KINDS(X)
#undef X
};

static const char *const how_names[] = {"read",   "bulk",    "spread",
                                        "import", "command", "model"};
#define HOW_COUNT (sizeof(how_names) / sizeof(how_names[0]))

const char *
annotation_kind_name(enum annotation_kind kind)
{
    return kind < ANNOTATION_KIND_COUNT ? kind_names[kind] : "unknown";
}

bool
annotation_kind_parse(struct str name, enum annotation_kind *kind)
{
    for (unsigned i = 0; i < ANNOTATION_KIND_COUNT; i++) {
        if (str_equal(name, str_of(kind_names[i]))) {
            *kind = (enum annotation_kind)i;
            return true;
        }
    }
    return false;
}

const char *
annotation_how_name(enum annotation_how how)
{
    return how < HOW_COUNT ? how_names[how] : "unknown";
}

bool
annotation_how_parse(struct str name, enum annotation_how *how)
{
    for (unsigned i = 0; i < HOW_COUNT; i++) {
        if (str_equal(name, str_of(how_names[i]))) {
            *how = (enum annotation_how)i;
            return true;
        }
    }
    return false;
}

struct item_key
item_key_of(const struct document *document)
{
    return (struct item_key){document->source, document->id_token,
                             document->text_hash};
}

/* The line being written; `code` keeps the first failure. */
struct line {
    struct buf *out;
    struct error *err;
    enum err_code code;
};

static void
line_raw(struct line *line, struct str s)
{
    if (line->code == ERR_OK)
        line->code = buf_append_str(line->out, s, line->err);
}

static void
line_key(struct line *line, const char *key)
{
    if (line->code == ERR_OK)
        line->code = buf_printf(line->out, line->err, ",\"%s\":", key);
}

static void
line_string(struct line *line, struct str s)
{
    if (line->code == ERR_OK)
        line->code = json_write_string(line->out, s, false, line->err);
}

static void
line_str(struct line *line, const char *key, struct str s)
{
    if (s.len == 0)
        return;
    line_key(line, key);
    line_string(line, s);
}

static void
line_int(struct line *line, const char *key, int64_t value)
{
    if (line->code == ERR_OK)
        line->code = buf_printf(line->out, line->err, ",\"%s\":%lld", key,
                                (long long)value);
}

static void
line_double(struct line *line, const char *key, double value)
{
    line_key(line, key);
    if (line->code == ERR_OK)
        line->code = json_write_double(line->out, value, line->err);
}

static void
line_item(struct line *line, const struct item_key *item)
{
    char hex[HASH_HEX_SIZE];

    line_raw(line, STR_LIT("{"));
    if (item->source.ptr) {
        line_raw(line, STR_LIT("\"source\":"));
        line_string(line, item->source);
        line_raw(line, STR_LIT(","));
    }
    if (item->id_token.ptr) {
        line_raw(line, STR_LIT("\"id\":"));
        line_raw(line, item->id_token);
        line_raw(line, STR_LIT(","));
    }
    hash_format(&item->text, hex);
    line_raw(line, STR_LIT("\"text\":\""));
    line_raw(line, str_of(hex));
    line_raw(line, STR_LIT("\"}"));
}

static void
line_subject(struct line *line, const struct annotation *a)
{
    if (a->items) {
        line_key(line, "items");
        line_raw(line, STR_LIT("["));
        for (size_t i = 0; i < a->item_count; i++) {
            if (i)
                line_raw(line, STR_LIT(","));
            line_item(line, &a->items[i]);
        }
        line_raw(line, STR_LIT("]"));
    } else if (a->has_item) {
        line_key(line, "item");
        line_item(line, &a->item);
    }
    line_str(line, "query", a->query);
}

static void
line_span(struct line *line, const struct annotation_span *span)
{
    if (!span->given || line->code != ERR_OK)
        return;
    line->code = buf_printf(line->out, line->err,
                            ",\"span\":{\"bytes\":[%zu,%zu],"
                            "\"cp\":[%llu,%llu]}",
                            span->bytes.start, span->bytes.end,
                            (unsigned long long)span->start_cp,
                            (unsigned long long)span->end_cp);
}

static void
line_payload(struct line *line, const struct annotation *a)
{
    line_str(line, "value", a->value);
    if (a->kind == ANNOTATION_RATE)
        line_double(line, "number", a->number);
    if (a->text.ptr) { /* an empty text says something: delete the span */
        line_key(line, "text");
        line_string(line, a->text);
    }
    line_span(line, &a->span);
    line_str(line, "reason", a->reason);
}

/* By bit of `visible`. */
static const char *const visible_words[] = {"scores", "peers", "verdicts"};
#define VISIBLE_WORDS (sizeof(visible_words) / sizeof(visible_words[0]))

static void
line_visible(struct line *line, unsigned visible)
{
    const char *before = "[";

    line_key(line, "visible");
    for (unsigned i = 0; i < VISIBLE_WORDS; i++) {
        if (!(visible & (1u << i)))
            continue;
        line_raw(line, str_of(before));
        line_string(line, str_of(visible_words[i]));
        before = ",";
    }
    line_raw(line, STR_LIT("]"));
}

static void
line_circumstances(struct line *line, const struct annotation *a)
{
    line_str(line, "how", str_of(annotation_how_name(a->how)));
    if (a->ms)
        line_int(line, "ms", a->ms);
    if (a->share != 0)
        line_double(line, "share", a->share);
    if (a->visible)
        line_visible(line, a->visible);
    if (a->queue.len) {
        line_str(line, "queue", a->queue);
        line_int(line, "position", a->position);
    }
    line_str(line, "policy", a->policy);
}

enum err_code
annotation_format(const struct annotation *annotation, struct buf *out,
                  struct error *err)
{
    struct line line = {out, err, ERR_OK};
    size_t start = out->len;
    char uuid[UUID_TEXT_SIZE];
    char at[TIME_TEXT_SIZE];

    uuid_format(&annotation->uuid, uuid);
    time_format(annotation->at_us, at);
    line_raw(&line, STR_LIT("{\"uuid\":\""));
    line_raw(&line, str_of(uuid));
    line_raw(&line, STR_LIT("\""));
    line_int(&line, "lamport", (int64_t)annotation->lamport);
    line_str(&line, "at", str_of(at));
    line_str(&line, "reviewer", annotation->reviewer);
    line_str(&line, "kind", str_of(annotation_kind_name(annotation->kind)));
    line_subject(&line, annotation);
    line_payload(&line, annotation);
    line_circumstances(&line, annotation);
    line_raw(&line, STR_LIT("}"));
    if (line.code != ERR_OK)
        out->len = start;
    return line.code;
}

/* The line being read; `code` keeps the first failure. */
struct reading {
    const struct json_value *object;
    struct arena *arena;
    struct error *err;
    enum err_code code;
};

static void
reading_fail(struct reading *in, const char *key, const char *expected)
{
    if (in->code == ERR_OK)
        in->code = error_set(in->err, ERR_FORMAT,
                             "annotation: \"%s\": expected %s", key, expected);
}

/* A member that must be a string when it is there. */
static struct str
reading_str(struct reading *in, const char *key)
{
    const struct json_value *value = json_get(in->object, key);

    if (!value || value->type == JSON_NULL)
        return (struct str){NULL, 0};
    if (value->type != JSON_STRING) {
        reading_fail(in, key, "a string");
        return (struct str){NULL, 0};
    }
    if (!value->string.ptr)
        return (struct str){"", 0};
    return value->string;
}

static uint64_t
uint_of(struct reading *in, const struct json_value *value, const char *key,
        uint64_t max)
{
    if (!value)
        return 0;
    if (value->type != JSON_NUMBER || !value->is_int || value->integer < 0 ||
        (uint64_t)value->integer > max) {
        reading_fail(in, key, "a whole number within its limits");
        return 0;
    }
    return (uint64_t)value->integer;
}

static uint64_t
reading_uint(struct reading *in, const char *key, uint64_t max)
{
    return uint_of(in, json_get(in->object, key), key, max);
}

static double
reading_double(struct reading *in, const char *key)
{
    const struct json_value *value = json_get(in->object, key);

    if (!value)
        return 0;
    if (value->type != JSON_NUMBER || !isfinite(value->number)) {
        reading_fail(in, key, "a number");
        return 0;
    }
    return value->number;
}

static void
read_item(struct reading *in, const struct json_value *value,
          struct item_key *out)
{
    const struct json_value *source = json_get(value, "source");
    const struct json_value *id = json_get(value, "id");
    const struct json_value *text = json_get(value, "text");

    *out = (struct item_key){{NULL, 0}, {NULL, 0}, {{0}}};
    if (value->type != JSON_OBJECT || !text || text->type != JSON_STRING ||
        !hash_parse(text->string, &out->text)) {
        reading_fail(in, "item", "an object with the text's SHA-256");
        return;
    }
    if (source && source->type == JSON_STRING) {
        out->source = source->string;
        if (!out->source.ptr)
            out->source.ptr = "";
    } else if (source) {
        reading_fail(in, "source", "a string");
    }
    if (id && (id->type == JSON_STRING || id->type == JSON_NUMBER))
        out->id_token = id->raw;
    else if (id)
        reading_fail(in, "id", "a string or a number");
}

static void
read_items(struct reading *in, const struct json_value *list,
           struct annotation *out)
{
    struct item_key *items = NULL;
    size_t count = 0;

    if (list->type != JSON_ARRAY) {
        reading_fail(in, "items", "a list");
        return;
    }
    for (const struct json_value *v = list->first; v; v = v->next)
        count++;
    items = arena_alloc(in->arena, (count ? count : 1) * sizeof(*items));
    if (!items) {
        in->code = error_nomem(in->err);
        return;
    }
    count = 0;
    for (const struct json_value *v = list->first; v && in->code == ERR_OK;
         v = v->next)
        read_item(in, v, &items[count++]);
    out->items = items;
    out->item_count = count;
}

static void
read_pair(struct reading *in, const struct json_value *span, const char *key,
          uint64_t pair[2])
{
    const struct json_value *list = json_get(span, key);

    if (!list || list->type != JSON_ARRAY || !list->first ||
        !list->first->next || list->first->next->next) {
        reading_fail(in, "span", "bytes and cp, each [start,end]");
        return;
    }
    pair[0] = uint_of(in, list->first, "span", INT64_MAX);
    pair[1] = uint_of(in, list->first->next, "span", INT64_MAX);
}

static void
read_span(struct reading *in, struct annotation_span *out)
{
    const struct json_value *span = json_get(in->object, "span");
    uint64_t bytes[2] = {0, 0};
    uint64_t cp[2] = {0, 0};

    if (!span)
        return;
    if (span->type != JSON_OBJECT) {
        reading_fail(in, "span", "an object");
        return;
    }
    read_pair(in, span, "bytes", bytes);
    read_pair(in, span, "cp", cp);
    *out = (struct annotation_span){true, {bytes[0], bytes[1]}, cp[0], cp[1]};
}

static void
read_visible(struct reading *in, struct annotation *out)
{
    const struct json_value *list = json_get(in->object, "visible");

    if (!list)
        return;
    if (list->type != JSON_ARRAY) {
        reading_fail(in, "visible", "a list");
        return;
    }
    for (const struct json_value *v = list->first; v; v = v->next) {
        unsigned i = 0;

        while (i < VISIBLE_WORDS &&
               !str_equal(v->string, str_of(visible_words[i])))
            i++;
        if (i < VISIBLE_WORDS)
            out->visible |= 1u << i;
        else
            reading_fail(in, "visible", "scores, peers or verdicts");
    }
}

static void
read_head(struct reading *in, struct annotation *out)
{
    if (!uuid_parse(reading_str(in, "uuid"), &out->uuid))
        reading_fail(in, "uuid", "a UUID");
    out->lamport = reading_uint(in, "lamport", ANNOTATION_LAMPORT_MAX);
    if (out->lamport == 0)
        reading_fail(in, "lamport", "a number from 1");
    if (!time_parse(reading_str(in, "at"), &out->at_us) || out->at_us <= 0)
        reading_fail(in, "at", "an RFC 3339 time");
    out->reviewer = reading_str(in, "reviewer");
    if (!annotation_kind_parse(reading_str(in, "kind"), &out->kind))
        reading_fail(in, "kind", "a known kind (a newer stet's journal?)");
    if (!annotation_how_parse(reading_str(in, "how"), &out->how))
        reading_fail(in, "how", "a known way");
}

static void
read_rest(struct reading *in, struct annotation *out)
{
    const struct json_value *item = json_get(in->object, "item");
    const struct json_value *items = json_get(in->object, "items");

    if (item) {
        read_item(in, item, &out->item);
        out->has_item = true;
    } else if (items) {
        read_items(in, items, out);
    }
    out->query = reading_str(in, "query");
    out->value = reading_str(in, "value");
    out->number = reading_double(in, "number");
    out->text = reading_str(in, "text");
    read_span(in, &out->span);
    out->reason = reading_str(in, "reason");
    out->ms = (uint32_t)reading_uint(in, "ms", UINT32_MAX);
    out->share = reading_double(in, "share");
    read_visible(in, out);
    out->queue = reading_str(in, "queue");
    out->position = (uint32_t)reading_uint(in, "position", UINT32_MAX);
    out->policy = reading_str(in, "policy");
}

enum err_code
annotation_parse(struct str line, struct arena *arena, struct annotation *out,
                 struct error *err)
{
    struct reading in = {NULL, arena, err, ERR_OK};
    struct annotation a = {0};
    enum err_code code = json_parse(line, arena, &in.object, err);

    if (code != ERR_OK)
        return code;
    if (in.object->type != JSON_OBJECT)
        return error_set(err, ERR_FORMAT, "annotation: expected an object");
    read_head(&in, &a);
    read_rest(&in, &a);
    if (in.code == ERR_OK)
        in.code = annotation_check(&a, ERR_FORMAT, err);
    if (in.code == ERR_OK)
        *out = a;
    return in.code;
}
