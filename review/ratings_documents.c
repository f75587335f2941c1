/* Ratings that the documents carry: raters' values in a member of theirs. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "review/ratings_private.h"
#include "stet/json.h"
#include "stet/xalloc.h"

#define UNIT_RATINGS_MAX 10000

/* "severity<0": a member, and what makes it yes. */
struct condition {
    char *path;     /* "": the element itself */
    const char *op; /* "<", "<=", ">", ">=", "="; NULL: none */
    char *operand;
    double number; /* NaN: it is no number */
};

struct reading_documents {
    struct index *index;
    const struct ratings_member *member;
    struct condition value;
    char **counted; /* members of `counts`; NULL at the end */
    struct name_table raters, categories;
    struct rating_list list;
    struct rated rated;
    struct arena arena; /* of one document */
    uint32_t unit;
};

static enum err_code
parse_condition(struct condition *out, const char *text, struct error *err)
{
    static const char *const ops[] = {"<=", ">=", "<", ">", "="};
    size_t at = text ? strcspn(text, "<>=") : 0;
    char *end = NULL;

    *out = (struct condition){.number = (double)NAN};
    out->path = xstrndup((struct str){text ? text : "", at});
    if (!text || !text[at])
        return ERR_OK;
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]) && !out->op; i++)
        if (strncmp(text + at, ops[i], strlen(ops[i])) == 0)
            out->op = ops[i];
    out->operand = xstrdup(text + at + strlen(out->op));
    out->number = strtod(out->operand, &end);
    if (end == out->operand || *end)
        out->number = (double)NAN;
    if (isnan(out->number) && strcmp(out->op, "=") != 0)
        return error_set(err, ERR_USAGE,
                         "--value %s: expected a number behind "
                         "%s",
                         text, out->op);
    return ERR_OK;
}

static char **
split_names(const char *text)
{
    char **names = xcalloc(text ? strlen(text) + 2 : 1, sizeof(*names));
    size_t count = 0;

    while (text && *text) {
        size_t len = strcspn(text, ",");

        if (len)
            names[count++] = xstrndup((struct str){text, len});
        text += len + (text[len] == ',');
    }
    return names;
}

/* The name of a value; false: it is none. */
static bool
value_name(const struct json_value *value, char number[40], struct str *out)
{
    switch (value->type) {
    case JSON_STRING:
        *out = value->string;
        return true;
    case JSON_NUMBER:
        (void)snprintf(number, 40, "%.17g", value->number);
        *out = str_of(number);
        return true;
    case JSON_TRUE:
    case JSON_FALSE:
        *out = value->type == JSON_TRUE ? STR_LIT("true") : STR_LIT("false");
        return true;
    case JSON_ARRAY:
    case JSON_OBJECT:
        *out = value->first ? STR_LIT("some") : STR_LIT("none");
        return true;
    case JSON_NULL:
    case JSON_KEY:
    case JSON_ARRAY_END:
    case JSON_OBJECT_END:
    case JSON_END:
        break;
    }
    return false;
}

static bool
condition_holds(const struct condition *c, const struct json_value *value,
                struct str name)
{
    double number = value->number;

    if (strcmp(c->op, "=") == 0 && value->type != JSON_NUMBER)
        return str_equal(name, str_of(c->operand));
    if (value->type != JSON_NUMBER)
        return false;
    return strcmp(c->op, "<") == 0    ? number < c->number
           : strcmp(c->op, "<=") == 0 ? number <= c->number
           : strcmp(c->op, ">") == 0  ? number > c->number
           : strcmp(c->op, ">=") == 0 ? number >= c->number
                                      : number == c->number;
}

/* What a rater's element says; NULL: nothing. */
static enum err_code
value_of(struct reading_documents *r, const struct json_value *element,
         const struct json_value **out, struct error *err)
{
    struct str raw = {NULL, 0};
    enum err_code code;

    *out = element;
    if (!*r->value.path)
        return ERR_OK;
    *out = NULL;
    if (element->type != JSON_OBJECT)
        return ERR_OK;
    code = record_get(element->raw, r->value.path, &r->arena, &raw, err);
    if (!code && raw.ptr)
        code = json_parse(raw, &r->arena, out, err);
    return code;
}

static enum err_code
add_element(struct reading_documents *r, uint32_t rater,
            const struct json_value *element, struct error *err)
{
    const struct json_value *value = NULL;
    struct str name;
    char number[40];
    enum err_code code = value_of(r, element, &value, err);

    if (code || !value || !value_name(value, number, &name))
        return code;
    if (r->value.op)
        name = condition_holds(&r->value, value, name) ? STR_LIT("yes")
                                                       : STR_LIT("no");
    return rating_list_add(
        &r->list,
        (struct rating){r->unit, rater, name_table_add(&r->categories, name)},
        err);
}

static uint32_t
rater_of(struct reading_documents *r, const struct json_value *element)
{
    static const char *const usual[] = {"annotator", "rater", "reviewer",
                                        "worker", "user"};
    const struct json_value *found = NULL;
    struct str name;
    char number[40];

    if (r->member->rater)
        found = json_get(element, r->member->rater);
    for (size_t i = 0; !r->member->rater && !found && i < 5; i++)
        found = json_get(element, usual[i]);
    if (!found || !value_name(found, number, &name))
        return RATER_UNKNOWN;
    return name_table_add(&r->raters, name);
}

static enum err_code
add_list(struct reading_documents *r, const struct json_value *list,
         struct error *err)
{
    enum err_code code = ERR_OK;
    size_t count = 0;

    for (const struct json_value *e = list->first; !code && e; e = e->next) {
        bool is_object = e->type == JSON_OBJECT;

        if (is_object && !r->member->value)
            return error_set(err, ERR_USAGE,
                             "--from %s has objects: name the member that is "
                             "the rating with --value",
                             r->member->from);
        if (++count > UNIT_RATINGS_MAX)
            break;
        code =
            add_element(r, is_object ? rater_of(r, e) : RATER_UNKNOWN, e, err);
    }
    return code;
}

static enum err_code
add_counts(struct reading_documents *r, const struct json_value *object,
           struct error *err)
{
    enum err_code code = ERR_OK;
    int64_t all = 0;

    for (size_t i = 0; r->counted[i]; i++) {
        int64_t count = json_get_int(object, r->counted[i], 0);
        uint32_t category =
            name_table_add(&r->categories, str_of(r->counted[i]));

        if (count < 0 || count > UNIT_RATINGS_MAX - all)
            continue;
        all += count;
        for (int64_t n = 0; !code && n < count; n++)
            code = rating_list_add(
                &r->list, (struct rating){r->unit, RATER_UNKNOWN, category},
                err);
    }
    return code;
}

static enum err_code
add_document(struct reading_documents *r, const struct document *document,
             struct error *err)
{
    const struct json_value *value = NULL;
    struct str raw = {NULL, 0};
    size_t before = r->list.count;
    enum err_code code =
        record_get(document->raw, r->member->from, &r->arena, &raw, err);

    if (!code && raw.ptr)
        code = json_parse(raw, &r->arena, &value, err);
    if (code == ERR_FORMAT) {
        r->rated.unreadable++;
        return ERR_OK;
    }
    if (code)
        return code;
    if (value && r->counted[0])
        code = add_counts(r, value, err);
    else if (value && value->type == JSON_ARRAY)
        code = add_list(r, value, err);
    else if (value && value->type == JSON_OBJECT)
        for (const struct json_value *e = value->first; !code && e; e = e->next)
            code = add_element(r, name_table_add(&r->raters, e->key), e, err);
    r->rated.without += r->list.count == before;
    r->unit += r->list.count > before;
    return code;
}

static enum err_code
read_documents(struct reading_documents *r, const struct hits *docs,
               const int *cancel, struct error *err)
{
    enum err_code code = ERR_OK;

    for (uint32_t i = 0; !code && i < docs->count; i++) {
        const struct document *document = NULL;

        if (cancel && __atomic_load_n(cancel, __ATOMIC_RELAXED))
            return error_set(err, ERR_CANCELLED, "%s",
                             err_code_text(ERR_CANCELLED));
        arena_reset(&r->arena);
        code =
            index_document(r->index, docs->docs[i], &r->arena, &document, err);
        if (code == ERR_CONFLICT || code == ERR_FORMAT) {
            r->rated.unreadable++;
            code = ERR_OK;
            continue;
        }
        if (!code)
            code = add_document(r, document, err);
        if (r->categories.count > RATING_CATEGORIES_MAX)
            break; /* ratings_deliver() says so */
    }
    return code;
}

static int
compare_docs(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static void
release(struct reading_documents *r)
{
    for (size_t i = 0; r->counted[i]; i++)
        free(r->counted[i]);
    free(r->counted);
    free(r->value.path);
    free(r->value.operand);
    free(r->list.list);
    name_table_release(&r->raters);
    name_table_release(&r->categories);
    arena_release(&r->arena);
}

enum err_code
ratings_of_documents(struct index *index, const struct hits *docs,
                     const struct ratings_member *member, const int *cancel,
                     rated_visit *visit, void *ctx, struct error *err)
{
    struct reading_documents r = {.index = index,
                                  .member = member,
                                  .counted = split_names(member->counts)};
    struct hits sorted = {.count = docs->count};
    enum err_code code = parse_condition(&r.value, member->value, err);

    name_table_init(&r.raters);
    name_table_init(&r.categories);
    arena_init(&r.arena, 0);
    /* In the order of the shards, whatever the order of the query. */
    sorted.docs = calloc((size_t)docs->count + 1, sizeof(*sorted.docs));
    if (!code && !sorted.docs)
        code = error_nomem(err);
    if (!code && docs->count) {
        memcpy(sorted.docs, docs->docs, docs->count * sizeof(*docs->docs));
        qsort(sorted.docs, sorted.count, sizeof(*sorted.docs), compare_docs);
    }
    if (!code)
        code = read_documents(&r, &sorted, cancel, err);
    r.rated.what = "member";
    r.rated.is_member = true;
    r.rated.name =
        str_of(member->value && !member->counts ? member->value : member->from);
    r.rated.raters = r.raters.names;
    r.rated.rater_count = r.raters.count;
    if (!code)
        code =
            ratings_deliver(&r.rated, &r.list, &r.categories, visit, ctx, err);
    free(sorted.docs);
    release(&r);
    return code;
}
