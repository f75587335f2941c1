/* The menu of orders: it puts a sort: into the query of the list. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "stet/fileio.h"
#include "stet/xalloc.h"
#include "tui/app.h"

#define ORDERS_MAX 200

/* Where the word at `at` ends: at a blank outside quotes and parentheses. */
static size_t
query_word_end(struct str query, size_t at)
{
    unsigned depth = 0;
    bool quoted = false;

    for (; at < query.len; at++) {
        char byte = query.ptr[at];

        if (byte == '"')
            quoted = !quoted;
        else if (!quoted && byte == '(')
            depth++;
        else if (!quoted && byte == ')' && depth > 0)
            depth--;
        else if (!quoted && depth == 0 && byte == ' ')
            break;
    }
    return at;
}

void
query_split(struct str query, struct buf *rest, struct buf *order)
{
    size_t at = 0;

    while (at < query.len) {
        size_t end = query_word_end(query, at);
        struct str word = str_slice(query, at, end);
        bool sorts = str_starts_with(word, STR_LIT("sort:"));
        struct buf *out = sorts ? order : rest;

        if (word.len > 0 && out) {
            if (out->len > 0)
                xbuf_append_str(out, STR_LIT(" "));
            xbuf_append_str(out, word);
        }
        at = end + 1;
    }
}

static void
order_picked(struct app *app, struct picker *picker,
             const struct picker_item *item, struct str typed, uint32_t key)
{
    struct buf query = {0};

    (void)picker;
    (void)key;
    query_split(desk_list(app->desk)->query, &query, NULL);
    if (query.len > 0)
        xbuf_append_str(&query, STR_LIT(" "));
    xbuf_append_str(&query, item ? str_of(item->label) : str_trim(typed));
    desk_query(app->desk, buf_str(&query));
    buf_release(&query);
}

/* A score's name as the query language takes it. */
static void
put_name(struct buf *out, const char *name)
{
    const char *quote = strpbrk(name, " ()\"',:") ? "\"" : "";

    xbuf_printf(out, "%s%s%s", quote, name, quote);
}

static void
add_order(struct app *app, const char *note, const char *before,
          const char *name, const char *after)
{
    struct buf label = {0};

    xbuf_append_str(&label, str_of(before));
    put_name(&label, name);
    xbuf_append_str(&label, str_of(after));
    picker_add(&app->picker, buf_str(&label), note, 0, false);
    buf_release(&label);
}

static void
add_score_orders(struct app *app, const struct score_def *def)
{
    bool known = def->bad != SCORE_BAD_UNKNOWN;
    char at[32];

    add_order(app, known ? "worst first" : "high first", "sort:", def->name,
              "");
    add_order(app, known ? "best first" : "low first", "sort:-", def->name, "");
    if (isnan(def->threshold))
        return;
    (void)snprintf(at, sizeof(at), ",%g)", def->threshold);
    add_order(app, "nearest to the threshold first", "sort:near(", def->name,
              at);
}

/* Two classifiers of the same thing are compared, not everything with
 * everything: both must have a range or a threshold. */
static bool
is_comparable(const struct score_def *def)
{
    return def->kind != SCORE_LABEL && def->bad != SCORE_BAD_UNKNOWN &&
           (!isnan(def->threshold) || (!isnan(def->min) && !isnan(def->max)));
}

static void
add_disagreements(struct app *app)
{
    size_t count = desk_score_count(app->desk);

    for (unsigned i = 0; i < count; i++) {
        const struct score_def *a = desk_score_def(app->desk, i);

        for (unsigned j = i + 1; is_comparable(a) && j < count; j++) {
            const struct score_def *b = desk_score_def(app->desk, j);
            struct buf label = {0};

            if (!is_comparable(b) || app->picker.count >= ORDERS_MAX)
                continue;
            xbuf_append_str(&label, STR_LIT("sort:disagree("));
            put_name(&label, a->name);
            xbuf_append_str(&label, STR_LIT(","));
            put_name(&label, b->name);
            xbuf_append_str(&label, STR_LIT(")"));
            picker_add(&app->picker, buf_str(&label),
                       "where the two differ most", 0, false);
            buf_release(&label);
        }
    }
}

/* Another seed each time, so that a second sample is another one. */
static void
add_random(struct app *app)
{
    unsigned seed =
        app->options->script ? 1 : (unsigned)(time_now_us() / 1000 % 1000000);
    char label[32];

    (void)snprintf(label, sizeof(label), "sort:random(%u)", seed);
    picker_add(&app->picker, str_of(label), "random, with a seed", 0, false);
}

void
app_open_order(struct app *app)
{
    struct picker *picker = &app->picker;

    if (desk_list(app->desk)->queue.len > 0) {
        app_say(app, true, "a queue keeps its order; f starts a query");
        return;
    }
    picker_open(picker, "order", order_picked);
    picker->allow_new = true;
    picker_add(picker, STR_LIT("sort:shard"), "as in the shards", 0, false);
    picker_add(picker, STR_LIT("sort:-len"), "longest first", 0, false);
    add_random(app);
    picker_add(picker, STR_LIT("sort:rank"), "best match first", 0, false);
    for (unsigned i = 0; i < desk_score_count(app->desk); i++) {
        unsigned focus = desk_focus_score(app->desk); /* it comes first */
        const struct score_def *def =
            desk_score_def(app->desk, i == 0       ? focus
                                      : i <= focus ? i - 1
                                                   : i);

        if (def->kind != SCORE_LABEL)
            add_score_orders(app, def);
    }
    add_disagreements(app);
}
