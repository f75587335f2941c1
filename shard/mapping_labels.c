/* Labels: a class, a list of classes, or a map from classes to numbers, all
 * become a set of labels, sorted so that equal sets are equal strings. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "stet/json.h"

#include "shard/mapping_values.h"

#define LABELS_MAX 64 /* of one document; the others are left out */
#define THRESHOLD_DEFAULT 0.5
static const struct str fasttext = {"__label__", 9};

bool
label_next(struct str set, size_t *at, struct str *out)
{
    size_t end = *at;

    if (!set.ptr || *at >= set.len)
        return false;
    if (set.ptr[set.len - 1] != LABEL_SEPARATOR) {
        *at = set.len;
        *out = set;
        return true;
    }
    while (set.ptr[end] != LABEL_SEPARATOR)
        end++;
    *out = str_slice(set, *at, end);
    *at = end + 1;
    return true;
}

bool
label_is_in(struct str set, struct str label)
{
    struct str one;

    for (size_t at = 0; label_next(set, &at, &one);)
        if (str_equal(one, label))
            return true;
    return false;
}

void
label_format(struct str set, struct buf *out)
{
    struct str label;
    const char *before = "";

    for (size_t at = 0; label_next(set, &at, &label); before = ", ") {
        xbuf_printf(out, "%s", before);
        xbuf_append_str(out, label);
    }
}

struct label_set {
    struct str labels[LABELS_MAX];
    size_t count;
    struct arena *arena;
};

static enum err_code
add_label(struct label_set *set, struct str raw, unsigned flags,
          struct error *err)
{
    struct str label;
    enum err_code code;

    if (set->count == LABELS_MAX)
        return ERR_OK;
    code = value_string(raw, flags, set->arena, &label, err);
    if (code == ERR_OK && label.len > 0)
        set->labels[set->count++] = label;
    return code;
}

static int
compare_labels(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* The set as one string; ptr NULL when it is empty. */
static enum err_code
join_labels(struct label_set *set, struct str *out, struct error *err)
{
    size_t size = 0;
    size_t len = 0;
    char *joined;

    *out = (struct str){NULL, 0};
    if (set->count == 0)
        return ERR_OK;
    qsort(set->labels, set->count, sizeof(*set->labels), compare_labels);
    for (size_t i = 0; i < set->count; i++)
        size += set->labels[i].len + 1;
    joined = arena_bytes(set->arena, size);
    if (!joined)
        return error_nomem(err);
    for (size_t i = 0; i < set->count; i++) {
        struct str label = set->labels[i];

        if (i > 0 && str_equal(label, set->labels[i - 1]))
            continue;
        for (size_t k = 0; k < label.len; k++)
            joined[len++] =
                label.ptr[k] == LABEL_SEPARATOR ? ' ' : label.ptr[k];
        joined[len++] = LABEL_SEPARATOR;
    }
    *out = (struct str){joined, len};
    return ERR_OK;
}

/* Read a member of a container, whose key (in an object) is *key. False at
 * its end. Containers below it are passed over as numbers without a value. */
static bool
next_member(struct json_scan *scan, bool object, struct json_token *key,
            struct json_token *value)
{
    struct error ignored = ERROR_INIT; /* the record was valid JSON */
    size_t end;

    if (object && (json_next(scan, key, &ignored) || key->type != JSON_KEY))
        return false;
    return !json_next(scan, value, &ignored) && value->type != JSON_ARRAY_END &&
           !json_skip(scan, value, &end, &ignored);
}

static enum err_code
read_container(struct label_set *set, struct str raw, double threshold,
               struct error *err)
{
    bool object = raw.ptr[0] == '{';
    struct json_scan scan;
    struct json_token key;
    struct json_token value;
    enum err_code code;

    json_scan_init(&scan, raw, 0);
    code = json_next(&scan, &value, err);
    while (code == ERR_OK && next_member(&scan, object, &key, &value)) {
        struct str token = str_slice(raw, value.start, value.end);

        if (object && value_number(token, value.type) >= threshold)
            code = add_label(set, str_slice(raw, key.start, key.end), key.flags,
                             err);
        else if (!object && value.type == JSON_STRING)
            code = add_label(set, token, value.flags, err);
    }
    return code;
}

enum err_code
value_labels(struct str raw, unsigned flags, double threshold,
             struct arena *arena, struct str *out, struct error *err)
{
    struct label_set set = {.arena = arena};
    enum err_code code = ERR_OK;

    *out = (struct str){NULL, 0};
    if (raw.ptr[0] == '"') {
        code = value_string(raw, flags, arena, out, err);
        if (code != ERR_OK || out->len == 0 ||
            out->ptr[out->len - 1] != LABEL_SEPARATOR)
            return code;
        set.labels[set.count++] = *out; /* else it would look like a set */
    }
    if (raw.ptr[0] == '[' || raw.ptr[0] == '{')
        code = read_container(
            &set, raw, isnan(threshold) ? THRESHOLD_DEFAULT : threshold, err);
    return code == ERR_OK ? join_labels(&set, out, err) : code;
}

enum err_code
value_best_key(struct str object, struct arena *arena, struct str *out,
               struct error *err)
{
    struct json_scan scan;
    struct json_token key;
    struct json_token value;
    struct json_token best = {0};
    double most = (double)NAN;
    enum err_code code;

    *out = (struct str){NULL, 0};
    json_scan_init(&scan, object, 0);
    code = json_next(&scan, &value, err);
    while (code == ERR_OK && next_member(&scan, true, &key, &value)) {
        double number =
            value_number(str_slice(object, value.start, value.end), value.type);

        if (isnan(number) || number <= most)
            continue;
        most = number;
        best = key;
    }
    if (code == ERR_OK && !isnan(most))
        code = value_string(str_slice(object, best.start, best.end), best.flags,
                            arena, out, err);
    if (code == ERR_OK && str_starts_with(*out, fasttext))
        *out = str_slice(*out, fasttext.len, out->len);
    return code;
}
