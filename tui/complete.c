/* Completion. Each kind of word is a walk over its names that stops at the
 * wanted one; there are hundreds at most. */
#include "config.h"

#include "tui/complete.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "stet/avoid.h"
#include "stet/query.h"
#include "tui/view.h"

/* A walk under way. */
struct walk {
    struct app *app;
    struct completion *completion;
    struct str word;
    size_t left; /* matching names to pass */
};

/* True when this is the one that was wanted. */
static bool
offer(struct walk *walk, struct str name)
{
    if (!str_starts_with(name, walk->word))
        return false;
    if (walk->left > 0) {
        walk->left--;
        return false;
    }
    xbuf_append_str(walk->completion->out, name);
    return true;
}

static void
note_count(const struct walk *walk, uint64_t count)
{
    char text[BAR_COUNT];

    bar_count(count, text);
    xbuf_printf(walk->completion->note, "%s", text);
}

static bool
offer_words(struct walk *walk, const char *const *words)
{
    for (; *words; words++)
        if (offer(walk, str_of(*words)))
            return true;
    return false;
}

static bool
offer_commands(struct walk *walk, unsigned where)
{
    for (int c = CMD_NONE + 1; c < CMD_COUNT; c++)
        if ((command_table[c].where & where) &&
            offer(walk, str_of(command_table[c].name))) {
            xbuf_printf(walk->completion->note, "%s", command_table[c].meaning);
            return true;
        }
    return false;
}

static bool
offer_tags(struct walk *walk)
{
    size_t count;
    const struct desk_tag *tags = desk_tags(walk->app->desk, &count);

    for (size_t t = 0; t < count; t++)
        if (offer(walk, tags[t].name)) {
            note_count(walk, tags[t].count);
            return true;
        }
    return false;
}

/* +x, -y */
static bool
offer_signed_tags(struct walk *walk)
{
    struct buf *out = walk->completion->out;
    size_t before = out->len;

    if (walk->word.len &&
        (walk->word.ptr[0] == '+' || walk->word.ptr[0] == '-')) {
        xbuf_append_str(out, str_slice(walk->word, 0, 1));
        walk->word = str_slice(walk->word, 1, walk->word.len);
    }
    if (offer_tags(walk))
        return true;
    out->len = before;
    return false;
}

static bool
offer_queues(struct walk *walk)
{
    const struct desk_start *start = desk_start(walk->app->desk);

    for (size_t q = 0; start && q < start->queue_count; q++)
        if (offer(walk, start->queues[q].name)) {
            note_count(walk, start->queues[q].left);
            xbuf_printf(walk->completion->note, " left");
            return true;
        }
    return false;
}

static bool
offer_verdicts(struct walk *walk)
{
    const struct verdict_set *set = desk_verdicts(walk->app->desk);

    for (size_t i = 0; i < set->count; i++)
        if (offer(walk, str_of(set->defs[i].value)))
            return true;
    return false;
}

static bool
offer_scores(struct walk *walk)
{
    struct desk *desk = walk->app->desk;

    for (unsigned s = 0; s < desk_score_count(desk); s++)
        if (offer(walk, str_of(desk_score_def(desk, s)->name)))
            return true;
    return false;
}

static bool
offer_help(struct walk *walk, const struct query_help *help)
{
    for (; help->name; help++)
        if (help->name[0] >= 'a' && offer(walk, str_of(help->name))) {
            xbuf_printf(walk->completion->note, "%s", help->form);
            return true;
        }
    return false;
}

/* "-toxicity", "near(", "toxicity" */
static bool
offer_orders(struct walk *walk)
{
    if (walk->word.len && walk->word.ptr[0] == '-') {
        xbuf_append_str(walk->completion->out, STR_LIT("-"));
        walk->word = str_slice(walk->word, 1, walk->word.len);
    }
    return offer_help(walk, query_orders) || offer_scores(walk);
}

static bool
offer_fields(struct walk *walk)
{
    if (!offer_help(walk, query_fields) && !offer_scores(walk) &&
        !offer(walk, STR_LIT("sort")))
        return false;
    xbuf_append_str(walk->completion->out, STR_LIT(":"));
    return true;
}

/* "is:judged is:draft": the values of a field that has no others. */
static bool
offer_examples(struct walk *walk, struct str field)
{
    const struct query_help *help = query_fields;
    struct str form;

    while (help->name && !str_equal(field, str_of(help->name)))
        help++;
    form = str_of(help->name ? help->form : "");
    while (form.len) {
        size_t end = str_find(form, STR_LIT(" "), 0);
        struct str word = str_slice(form, 0, end == SIZE_MAX ? form.len : end);

        form = str_slice(form, end == SIZE_MAX ? form.len : end + 1, form.len);
        if (word.len > field.len + 1 &&
            offer(walk, str_slice(word, field.len + 1, word.len)))
            return true;
    }
    return false;
}

/* Such a value can stand in a query as it is. */
static bool
is_plain(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char byte = (unsigned char)value.ptr[i];

        if (!isalnum(byte) && !strchr("_-./", byte) && byte < 0x80)
            return false;
    }
    return value.len > 0;
}

/* A value that holds what would end it in a query is offered in quotes; one
 * that no line can hold, not at all. */
static bool
offer_value(struct walk *walk, const struct desk_value *value)
{
    struct buf *out = walk->completion->out;
    size_t before = out->len;
    bool plain = is_plain(value->name);

    for (size_t i = 0; i < value->name.len; i++)
        if ((unsigned char)value->name.ptr[i] < ' ' ||
            strchr("\"\\\177", value->name.ptr[i]))
            return false;
    if (!plain)
        xbuf_append_str(out, STR_LIT("\""));
    if (!offer(walk, value->name)) {
        out->len = before;
        return false;
    }
    if (!plain)
        xbuf_append_str(out, STR_LIT("\""));
    note_count(walk, value->count);
    return true;
}

static bool
offer_column(struct walk *walk, struct str field)
{
    size_t count;
    const struct desk_value *values =
        desk_values(walk->app->desk, field, &count);

    for (size_t i = 0; i < count; i++)
        if (offer_value(walk, &values[i]))
            return true;
    return false;
}

/* label:x is any label score's. */
static bool
offer_labels(struct walk *walk)
{
    struct desk *desk = walk->app->desk;

    for (unsigned s = 0; s < desk_score_count(desk); s++)
        if (desk_score_def(desk, s)->kind == SCORE_LABEL &&
            offer_column(walk, str_of(desk_score_def(desk, s)->name)))
            return true;
    return false;
}

/* What may follow a field's colon. */
static bool
offer_values(struct walk *walk, struct str field)
{
    if (str_equal(field, STR_LIT("tag")))
        return offer_tags(walk);
    if (str_equal(field, STR_LIT("sort")))
        return offer_orders(walk);
    if (str_equal(field, STR_LIT("queue")))
        return offer_queues(walk);
    if (str_equal(field, STR_LIT("verdict")))
        return offer_verdicts(walk) || offer(walk, STR_LIT("none"));
    if (walk->word.len && walk->word.ptr[0] == '"')
        walk->word = str_slice(walk->word, 1, walk->word.len);
    if (str_equal(field, STR_LIT("label")))
        return offer_labels(walk);
    if (offer_column(walk, field))
        return true;
    return (str_equal(field, STR_LIT("is")) ||
            str_equal(field, STR_LIT("has")) ||
            str_equal(field, STR_LIT("changed"))) &&
           offer_examples(walk, field);
}

static bool
complete_query(struct walk *walk)
{
    struct str word = walk->word;
    size_t colon = str_find(word, STR_LIT(":"), 0);

    if (word.len && word.ptr[0] == '-') {
        walk->completion->start++;
        word = str_slice(word, 1, word.len);
        colon = colon == SIZE_MAX ? colon : colon - 1;
    }
    if (colon == SIZE_MAX) {
        walk->word = word;
        return word.len > 0 && offer_fields(walk);
    }
    walk->completion->start += colon + 1;
    walk->word = str_slice(word, colon + 1, word.len);
    return offer_values(walk, str_slice(word, 0, colon));
}

static bool
complete_setting(struct walk *walk, struct str before)
{
    struct str name = str_trim(before);
    enum preference which = preference_find(name);

    if (name.len)
        return which != PREFERENCE_COUNT &&
               offer_words(walk, preference_table[which].values);
    for (unsigned i = 0; i < PREFERENCE_COUNT; i++)
        if (offer(walk, str_of(preference_table[i].name))) {
            xbuf_printf(
                walk->completion->note, "%s",
                preferences_get(&walk->app->preferences, (enum preference)i));
            return true;
        }
    return false;
}

/* Those who judged the document, as far as may be seen. */
static bool
offer_judges(struct walk *walk)
{
    const struct desk_document *d = desk_document(walk->app->desk);

    for (size_t i = 0; d && i < d->history_count; i++) {
        const struct annotation *a = &d->history[i];
        bool named = a->kind != ANNOTATION_VERDICT || a->undone;

        for (size_t j = 0; !named && j < i; j++)
            named = d->history[j].kind == ANNOTATION_VERDICT &&
                    !d->history[j].undone &&
                    str_equal(d->history[j].reviewer, a->reviewer);
        if (!named && offer(walk, a->reviewer))
            return true;
    }
    return false;
}

/* A tag, a field's value; behind '-' what is kept out now. */
static bool
offer_avoidable(struct walk *walk)
{
    struct buf *out = walk->completion->out;
    struct str avoided = desk_avoided(walk->app->desk);
    size_t before = out->len;
    struct str word;

    if (str_find(walk->word, STR_LIT(":"), 0) != SIZE_MAX)
        return complete_query(walk);
    if (!walk->word.len || walk->word.ptr[0] != '-')
        return offer_tags(walk) || complete_query(walk);
    xbuf_append_str(out, STR_LIT("-"));
    walk->word = str_slice(walk->word, 1, walk->word.len);
    for (size_t at = 0; avoid_next(avoided, &at, &word);)
        if (offer(walk, word))
            return true;
    out->len = before;
    return false;
}

static const char *const queue_verbs[] = {"save", "give", "split", "remove",
                                          NULL};

/* A command's argument; `before`: what stands between it and the word. */
static bool
complete_argument(struct walk *walk, enum command command, struct str before)
{
    switch ((int)command) {
    case CMD_TAG:
        return offer_signed_tags(walk);
    case CMD_GUIDE:
        return offer_tags(walk);
    case CMD_AVOID:
        return offer_avoidable(walk);
    case CMD_QUEUE:
        return offer_queues(walk) ||
               (!before.len && offer_words(walk, queue_verbs));
    case CMD_VERDICT:
        return offer_verdicts(walk);
    case CMD_SEND_BACK:
        return !before.len && offer_judges(walk);
    case CMD_SET:
        return complete_setting(walk, before);
    case CMD_SCORE:
    case CMD_HISTOGRAM:
        return offer_scores(walk);
    case CMD_MAP:
        return !before.len && offer_commands(walk, IN_ANY);
    default:
        return false;
    }
}

static bool
complete_command(struct walk *walk)
{
    struct completion *completion = walk->completion;
    struct view *view = app_view(walk->app);
    size_t space = str_find(completion->line, STR_LIT(" "), 0);

    if (completion->start == 0)
        return offer_commands(walk, view ? view->ops->where(view) : IN_ANY);
    if (space == SIZE_MAX)
        return false;
    return complete_argument(
        walk, desk_command_find(str_slice(completion->line, 0, space)),
        str_slice(completion->line, space + 1, completion->start));
}

bool
complete_word(void *ctx, struct completion *completion)
{
    struct walk walk = {ctx, completion, {NULL, 0}, completion->number};
    struct str line = completion->line;
    size_t start = completion->at;

    assert(line.ptr || start == 0);
    while (start > 0 && line.ptr[start - 1] != ' ' &&
           line.ptr[start - 1] != '(')
        start--;
    completion->start = start;
    walk.word = str_slice(line, start, completion->at);
    switch ((int)walk.app->prompt_kind) {
    case ASK_COMMAND:
        return complete_command(&walk);
    case ASK_QUERY:
    case ASK_PATTERN:
        return complete_query(&walk);
    default:
        return false;
    }
}

static bool
is_score(struct app *app, struct str field)
{
    for (unsigned s = 0; s < desk_score_count(app->desk); s++)
        if (str_equal(field, str_of(desk_score_def(app->desk, s)->name)))
            return true;
    return false;
}

static const char *
form_of(struct str field)
{
    const struct query_help *help = query_fields;

    if (str_starts_with(field, STR_LIT("meta.")))
        field = STR_LIT("meta");
    while (help->name && !str_equal(field, str_of(help->name)))
        help++;
    return help->form;
}

static void
query_syntax(struct app *app, struct str word, struct buf *out)
{
    size_t colon = str_find(word, STR_LIT(":"), 0);
    const char *form = NULL;
    struct str field = {NULL, 0};

    if (word.len && word.ptr[0] == '-') {
        word = str_slice(word, 1, word.len);
        colon = colon == SIZE_MAX ? colon : colon - 1;
    }
    if (colon != SIZE_MAX) {
        field = str_slice(word, 0, colon);
        form = form_of(field);
    }
    if (form)
        xbuf_printf(out, "%s", form);
    else if (is_score(app, field))
        xbuf_printf(out, "0.8..  ..0.2  3..5  1: both ends included");
    else if (!word.len)
        xbuf_printf(out, "word  \"a phrase\"  pre*  -not  OR  ( )  /regex/  "
                         "field:value  sort:score");
}

void
complete_syntax(struct app *app, struct buf *out)
{
    struct str line = buf_str(&app->prompt.line);
    size_t start = app->prompt.at;
    size_t space = str_find(line, STR_LIT(" "), 0);
    enum command command;

    while (start > 0 && line.ptr[start - 1] != ' ' &&
           line.ptr[start - 1] != '(')
        start--;
    if (app->prompt_kind == ASK_QUERY || app->prompt_kind == ASK_PATTERN)
        query_syntax(app, str_slice(line, start, app->prompt.at), out);
    if (app->prompt_kind != ASK_COMMAND || space == SIZE_MAX)
        return;
    command = desk_command_find(str_slice(line, 0, space));
    if (command != CMD_NONE)
        xbuf_printf(out, "%s", command_table[command].meaning);
}
