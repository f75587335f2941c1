/* Ratings put in order and handed over: by unit, each rater once, with
 * categories that are sorted, as numbers where all of them are. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "review/ratings_private.h"
#include "stet/xalloc.h"

enum err_code
rating_list_add(struct rating_list *list, struct rating rating,
                struct error *err)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? 2 * list->cap : 1024;
        struct rating *grown = realloc(list->list, cap * sizeof(*grown));

        if (!grown)
            return error_nomem(err);
        list->list = grown;
        list->cap = cap;
    }
    list->list[list->count++] = rating;
    return ERR_OK;
}

/* A rating with the place at which it was added: qsort keeps no order. */
struct placed {
    struct rating rating;
    size_t place;
};

static int
compare_placed(const void *a, const void *b)
{
    const struct placed *x = a;
    const struct placed *y = b;

    if (x->rating.unit != y->rating.unit)
        return x->rating.unit < y->rating.unit ? -1 : 1;
    if (x->rating.rater != y->rating.rater)
        return x->rating.rater < y->rating.rater ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

static enum err_code
keep_first(struct rating_list *list, uint64_t *repeated, struct error *err)
{
    struct placed *placed = calloc(list->count + 1, sizeof(*placed));
    size_t kept = 0;

    if (!placed)
        return error_nomem(err);
    for (size_t i = 0; i < list->count; i++)
        placed[i] = (struct placed){list->list[i], i};
    qsort(placed, list->count, sizeof(*placed), compare_placed);
    for (size_t i = 0; i < list->count; i++) {
        const struct rating *r = &placed[i].rating;
        const struct rating *last = kept ? &list->list[kept - 1] : NULL;

        if (last && last->unit == r->unit && last->rater == r->rater &&
            r->rater != RATER_UNKNOWN)
            ++*repeated;
        else
            list->list[kept++] = *r;
    }
    list->count = kept;
    free(placed);
    return ERR_OK;
}

static bool
read_number(struct str name, double *value)
{
    char *text = xstrndup(name);
    char *end = text;
    bool whole;

    *value = strtod(text, &end);
    whole = name.len > 0 && end == text + name.len;
    free(text);
    return whole && isfinite(*value) &&
           (name.ptr[0] == '-' || (name.ptr[0] >= '0' && name.ptr[0] <= '9'));
}

struct category {
    struct str name;
    double value;
    uint32_t number;
};

static int
compare_categories(const void *a, const void *b)
{
    const struct category *x = a;
    const struct category *y = b;

    if (x->value < y->value || x->value > y->value)
        return x->value < y->value ? -1 : 1;
    return str_compare(x->name, y->name);
}

/* values[] and names[] in order, and the ratings' numbers after it. */
static bool
order_categories(const struct name_table *table, struct rating_list *list,
                 double *values, struct str *names)
{
    struct category *sorted = xcalloc(table->count + 1, sizeof(*sorted));
    uint32_t *places = xcalloc(table->count + 1, sizeof(*places));
    bool numbers = table->count > 0;

    for (uint32_t i = 0; i < table->count; i++) {
        sorted[i] = (struct category){table->names[i], 0, i};
        numbers = numbers && read_number(table->names[i], &sorted[i].value);
    }
    for (uint32_t i = 0; !numbers && i < table->count; i++)
        sorted[i].value = 0;
    qsort(sorted, table->count, sizeof(*sorted), compare_categories);
    for (uint32_t i = 0; i < table->count; i++) {
        values[i] = sorted[i].value;
        names[i] = sorted[i].name;
        places[sorted[i].number] = i;
    }
    for (size_t i = 0; i < list->count; i++)
        list->list[i].category = places[list->list[i].category];
    free(sorted);
    free(places);
    return numbers;
}

enum err_code
ratings_deliver(struct rated *rated, struct rating_list *list,
                struct name_table *categories, rated_visit *visit, void *ctx,
                struct error *err)
{
    double values[RATING_CATEGORIES_MAX];
    struct str names[RATING_CATEGORIES_MAX];
    bool numbers;
    enum err_code code;

    if (categories->count > RATING_CATEGORIES_MAX)
        return error_set(err, ERR_LIMIT,
                         "more than %u different values: compare them by a "
                         "condition, as in --value 'NAME<0.5'",
                         RATING_CATEGORIES_MAX);
    code = keep_first(list, &rated->repeated, err);
    if (code)
        return code;
    numbers = order_categories(categories, list, values, names);
    rated->ratings = list->list;
    rated->count = list->count;
    rated->scale =
        (struct rating_scale){categories->count, numbers ? values : NULL};
    rated->categories = names;
    return visit(ctx, rated, err);
}
