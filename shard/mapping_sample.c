/* Sampling: one walk over a record that counts types, ranges and shapes by
 * path. Bounded whatever the records hold: so many paths, so many below one
 * parent, so many labels. */
#include "config.h"

#include "shard/mapping_sample.h"

#include <math.h>
#include <stdlib.h>

#include "stet/xalloc.h"

#include "shard/mapping_values.h"
#include "shard/record_path.h"

#define TOP_RESERVE 96 /* paths kept free for the top level */
#define DEPTH_MAX 8    /* of objects entered */
#define EMBEDDED_MAX ((size_t)1 << 20)

struct mapping_sample *
mapping_sample_new(void)
{
    struct mapping_sample *sample = calloc(1, sizeof(*sample));

    if (!sample)
        return NULL;
    sample->paths = calloc(SAMPLE_PATHS_MAX + 1, sizeof(*sample->paths));
    if (!sample->paths) {
        free(sample);
        return NULL;
    }
    sample->count = 1;
    return sample;
}

void
mapping_sample_free(struct mapping_sample *sample)
{
    if (!sample)
        return;
    for (uint32_t i = 0; i < sample->count; i++)
        free(sample->paths[i].key);
    free(sample->paths);
    free(sample);
}

static uint32_t
hash_key(uint32_t parent, struct str key)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ parent;

    for (size_t i = 0; i < key.len; i++)
        h = (h ^ (unsigned char)key.ptr[i]) * UINT64_C(0x100000001b3);
    return (uint32_t)(h ^ h >> 32);
}

/* The table's place of a member: its own or the free one. At most half of the
 * table is in use. */
static uint32_t
table_place(const struct mapping_sample *sample, uint32_t parent,
            struct str key)
{
    uint32_t size = 2 * SAMPLE_PATHS_MAX;
    uint32_t at = hash_key(parent, key) % size;

    while (sample->table[at] != 0) {
        const struct sample_path *path = &sample->paths[sample->table[at]];

        if (path->parent == parent &&
            str_equal((struct str){path->key, path->key_len}, key))
            break;
        at = (at + 1) % size;
    }
    return at;
}

/* The path of a member, made if it is new and there is room; NULL if not. */
static struct sample_path *
get_path(struct mapping_sample *sample, uint32_t parent, struct str key)
{
    uint32_t place = table_place(sample, parent, key);
    uint32_t limit = SAMPLE_PATHS_MAX - (parent ? TOP_RESERVE : 0);
    struct sample_path *path;

    if (sample->table[place])
        return &sample->paths[sample->table[place]];
    if (sample->count > limit || key.len > 256 ||
        sample->paths[parent].children >= SAMPLE_CHILDREN_MAX) {
        sample->dropped++;
        return NULL;
    }
    sample->table[place] = sample->count;
    path = &sample->paths[sample->count++];
    path->parent = parent;
    path->key = xstrndup(key);
    path->key_len = key.len;
    path->min = path->max = (double)NAN;
    sample->paths[parent].children++;
    return path;
}

static void
keep_example(struct sample_path *path, struct str raw)
{
    size_t len = raw.len;

    if (path->example_len > 0 || !raw.ptr || str_equal(raw, STR_LIT("null")))
        return;
    if (len > SAMPLE_EXAMPLE_BYTES) {
        path->example_cut = true;
        len = SAMPLE_EXAMPLE_BYTES;
        while (len > 0 && ((unsigned char)raw.ptr[len] & 0xC0) == 0x80)
            len--;
    }
    memcpy(path->example, raw.ptr, len);
    path->example_len = len;
}

static bool
see_range(struct sample_path *path, struct str raw)
{
    bool is_int;
    int64_t integer;
    double value = json_number(raw, &is_int, &integer);

    path->values++;
    path->whole_values += isfinite(value) && value == floor(value);
    if (!(value >= path->min))
        path->min = value;
    if (!(value <= path->max))
        path->max = value;
    return is_int;
}

/* A string that holds a number and nothing else. */
static void
see_quoted(struct sample_path *path, struct str raw)
{
    struct str inner = str_slice(raw, 1, raw.len - 1);

    if (isnan(value_number(raw, JSON_STRING)))
        return;
    path->quoted++;
    (void)see_range(path, inner);
}

/* A string at a path, or of a list there: perhaps a label. */
static void
see_label(struct sample_path *path, struct str raw)
{
    struct hash hash;

    if (raw.len > SAMPLE_LABEL_BYTES) {
        path->long_strings++;
        return;
    }
    if (path->many_labels)
        return;
    hash = hash_of(raw);
    for (unsigned i = 0; i < path->label_count; i++)
        if (hash_equal(&path->labels[i], &hash))
            return;
    if (path->label_count == SAMPLE_LABELS_MAX)
        path->many_labels = true;
    else
        path->labels[path->label_count++] = hash;
}

static void
see_string(struct sample_path *path, struct str raw)
{
    path->strings++;
    see_quoted(path, raw);
    see_label(path, raw);
}

/* A walk over one record. Errors are not kept: a malformed record is told by
 * mapping_apply. */
struct sampler {
    struct mapping_sample *sample;
    struct json_scan *scan;
    struct error err;
    unsigned depth;
};

/* Whether the array whose '[' was read is [number, number(, anything)]; *first:
 * whether it begins at 0. */
static bool
take_triple(struct sampler *s, struct sample_path *path, bool *ok, bool *first)
{
    struct json_token token;
    size_t count = 0;
    size_t end;

    *ok = true;
    *first = false;
    for (;; count++) {
        if (json_next(s->scan, &token, &s->err))
            return false;
        if (token.type == JSON_ARRAY_END)
            break;
        if (token.type != JSON_NUMBER && (count < 2 || token.type != JSON_NULL))
            *ok = false;
        if (token.type == JSON_NUMBER && count == 0)
            *first = s->scan->input.ptr[token.start] == '0';
        if (token.type == JSON_NUMBER && count == 2)
            see_range(path, str_slice(s->scan->input, token.start, token.end));
        if (json_skip(s->scan, &token, &end, &s->err))
            return false;
    }
    *ok = *ok && (count == 2 || count == 3);
    return true;
}

/* A scalar of an array. */
static enum sample_shape
see_element(struct sampler *s, struct sample_path *path,
            const struct json_token *token)
{
    struct str raw = str_slice(s->scan->input, token->start, token->end);

    if (token->type == JSON_STRING) {
        see_label(path, raw);
        return SHAPE_STRINGS;
    }
    if (token->type == JSON_NUMBER)
        (void)see_range(path, raw);
    return token->type == JSON_NUMBER || token->type == JSON_NULL
               ? SHAPE_NUMBERS
               : SHAPE_OTHER;
}

/* The elements of an array whose '[' was read: how many, and their shape. */
static bool
see_array(struct sampler *s, struct sample_path *path)
{
    enum sample_shape shape = SHAPE_EMPTY;
    bool whole = false;
    size_t count = 0;

    for (;;) {
        enum sample_shape one = SHAPE_OTHER;
        struct json_token token;
        size_t end;
        bool ok = false;

        if (json_next(s->scan, &token, &s->err))
            return false;
        if (token.type == JSON_ARRAY_END)
            break;
        if (token.type == JSON_ARRAY) {
            if (!take_triple(s, path, &ok, &whole))
                return false;
            one = ok ? SHAPE_SPANS : SHAPE_OTHER;
        } else {
            if (json_skip(s->scan, &token, &end, &s->err))
                return false;
            one = see_element(s, path, &token);
        }
        shape = count == 0 || shape == one ? one : SHAPE_OTHER;
        count++;
    }
    path->arrays++;
    path->shapes[shape]++;
    path->wholes += shape == SHAPE_SPANS && count == 1 && whole;
    path->last_count = count;
    return true;
}

static bool see_object(struct sampler *s, uint32_t parent);

/* JSON kept in a string: datatrove's metadata. */
static void
see_embedded(struct sampler *s, uint32_t path, struct str raw)
{
    struct json_scan scan;
    struct json_token token;
    struct sampler inner = {s->sample, &scan, ERROR_INIT, s->depth + 1};
    struct buf text;

    if (!str_starts_with(raw, STR_LIT("\"{")) || s->depth >= DEPTH_MAX ||
        raw.len > EMBEDDED_MAX)
        return;
    buf_init(&text, EMBEDDED_MAX);
    if (json_decode_string(raw, &text, &inner.err) == ERR_OK &&
        json_validate(buf_str(&text), 0, &inner.err) == ERR_OK) {
        json_scan_init(&scan, buf_str(&text), 0);
        if (json_next(&scan, &token, &inner.err) == ERR_OK)
            see_object(&inner, path);
    }
    buf_release(&text);
}

/* A member's value whose first token was read. */
static bool
see_value(struct sampler *s, struct sample_path *path,
          const struct json_token *token)
{
    uint32_t number = (uint32_t)(path - s->sample->paths);
    size_t start = token->start;
    struct str raw = str_slice(s->scan->input, start, token->end);
    bool ok = true;
    size_t end;

    path->last_record = s->sample->records;
    path->in_records += !s->sample->row && token->type != JSON_NULL;
    if (token->type == JSON_NUMBER) {
        path->numbers++;
        path->integers += see_range(path, raw);
    } else if (token->type == JSON_STRING) {
        see_string(path, raw);
    }
    path->booleans += token->type == JSON_TRUE || token->type == JSON_FALSE;
    path->nulls += token->type == JSON_NULL;
    path->objects += token->type == JSON_OBJECT;
    if (token->type == JSON_STRING)
        see_embedded(s, number, raw);
    if (token->type == JSON_ARRAY)
        ok = see_array(s, path);
    else if (token->type == JSON_OBJECT && s->depth < DEPTH_MAX)
        ok = see_object(s, number);
    else
        ok = json_skip(s->scan, token, &end, &s->err) == ERR_OK;
    if (ok)
        keep_example(path, str_slice(s->scan->input, start, s->scan->at));
    return ok;
}

static struct sample_path *
key_path(struct sampler *s, uint32_t parent, const struct json_token *token)
{
    struct str raw = str_slice(s->scan->input, token->start, token->end);
    struct buf key = {0};
    struct sample_path *path = NULL;

    if (token->flags == 0)
        return get_path(s->sample, parent, str_slice(raw, 1, raw.len - 1));
    if (json_decode_string(raw, &key, &s->err) == ERR_OK)
        path = get_path(s->sample, parent, buf_str(&key));
    buf_release(&key);
    return path;
}

/* The members of an object whose '{' was read. */
static bool
see_object(struct sampler *s, uint32_t parent)
{
    bool ok = true;

    s->depth++;
    while (ok) {
        struct json_token token;
        struct sample_path *path;
        size_t end;

        ok = json_next(s->scan, &token, &s->err) == ERR_OK;
        if (!ok || token.type == JSON_OBJECT_END)
            break;
        path = key_path(s, parent, &token);
        ok = json_next(s->scan, &token, &s->err) == ERR_OK;
        if (ok && path)
            ok = see_value(s, path, &token);
        else if (ok)
            ok = json_skip(s->scan, &token, &end, &s->err) == ERR_OK;
    }
    s->depth--;
    return ok;
}

/* Number lists of this record that run beside the text's list. */
static void
see_parallel(struct mapping_sample *sample)
{
    static const char *const texts[] = {"texts", "text", "content"};
    const struct sample_path *list = NULL;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && !list; i++) {
        list = sample_find(sample, texts[i]);
        if (list && (list->last_record != sample->records ||
                     list->shapes[SHAPE_STRINGS] == 0))
            list = NULL;
    }
    for (uint32_t i = 1; list && i < sample->count; i++) {
        struct sample_path *path = &sample->paths[i];

        if (path->last_record == sample->records &&
            path->shapes[SHAPE_NUMBERS] > 0)
            path->parallel += path->last_count == list->last_count;
    }
}

void
mapping_sample_add_row(struct mapping_sample *sample, struct str raw)
{
    struct json_scan scan;
    struct json_token token;
    struct sampler s = {sample, &scan, ERROR_INIT, 0};

    if (json_validate(raw, 0, &s.err))
        return;
    json_scan_init(&scan, raw, 0);
    sample->row = true;
    if (json_next(&scan, &token, &s.err) == ERR_OK && token.type == JSON_OBJECT)
        see_object(&s, 0);
    sample->row = false;
}

void
mapping_sample_add(struct mapping_sample *sample, struct str raw)
{
    struct error why = ERROR_INIT;
    struct json_scan scan;
    struct json_token token;
    struct sampler s = {sample, &scan, ERROR_INIT, 0};

    sample->lines++;
    if (json_validate(raw, 0, &why) != ERR_OK) {
        if (!sample->bad)
            sample->why = why;
        sample->bad = sample->bad ? sample->bad : sample->lines;
        return;
    }
    json_scan_init(&scan, raw, 0);
    if (json_next(&scan, &token, &s.err))
        return;
    if (token.type != JSON_OBJECT && token.type != JSON_STRING)
        return;
    sample->records++;
    if (token.type == JSON_STRING) {
        sample->bare++;
        return;
    }
    see_object(&s, 0);
    see_parallel(sample);
}

uint64_t
sample_times(const struct sample_path *path)
{
    return path->strings + path->numbers + path->booleans + path->objects +
           path->arrays;
}

const struct sample_path *
sample_find(const struct mapping_sample *sample, const char *text)
{
    struct record_path parts = {0};
    struct error ignored = ERROR_INIT;
    uint32_t at = 0;

    if (record_path_parse(&parts, text, &ignored))
        return NULL;
    for (unsigned i = 0; i < parts.count; i++) {
        at =
            sample->table[table_place(sample, at, record_path_part(&parts, i))];
        if (at == 0)
            break;
    }
    record_path_release(&parts);
    return at ? &sample->paths[at] : NULL;
}

void
sample_format(const struct mapping_sample *sample,
              const struct sample_path *path, struct buf *out)
{
    struct error ignored = ERROR_INIT;

    if (path->parent)
        sample_format(sample, &sample->paths[path->parent], out);
    record_path_append(out, (struct str){path->key, path->key_len}, &ignored);
}
