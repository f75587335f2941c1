/* Decisions: from keys, pickers and `:` lines to desk_act(). */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/app.h"
#include "tui/term.h"
#include "tui/view.h"

const struct verdict_def *
app_verdict_of_key(const struct app *app, uint32_t key)
{
    const struct verdict_set *set = desk_verdicts(app->desk);

    for (size_t i = 0; i < set->count; i++) {
        const struct verdict_def *def = &set->defs[i];

        if ((def->key && (uint32_t)(unsigned char)def->key == key) ||
            (def->digit >= 0 && (uint32_t)('0' + def->digit) == key))
            return def;
    }
    return NULL;
}

const struct verdict_def *
app_verdict_named(const struct app *app, struct str name)
{
    const struct verdict_set *set = desk_verdicts(app->desk);

    for (size_t i = 0; i < set->count; i++)
        if (str_equal(str_of(set->defs[i].value), name))
            return &set->defs[i];
    return NULL;
}

void
app_act(struct app *app, const struct desk_act *act)
{
    if (desk_list(app->desk)->marked == 0 || act->has_span) {
        desk_act(app->desk, act);
        return;
    }
    /* Several acts of one command are asked for together. */
    if (!view_is_sheet(app_view(app)))
        app_push(app, view_sheet_new(app));
    if (!view_is_sheet(app_view(app)) || !view_sheet_add(app_view(app), act))
        app_say(app, true, "too much at once");
}

void
app_tag(struct app *app, struct str words, const struct span *span)
{
    while (words.len > 0) {
        size_t len = 0;
        struct desk_act act = {.kind = ANNOTATION_TAG};

        while (len < words.len && words.ptr[len] != ' ')
            len++;
        act.value = str_slice(words, 0, len);
        words = str_trim(str_slice(words, len, words.len));
        if (act.value.ptr[0] == '-')
            act.kind = ANNOTATION_UNTAG;
        if (act.value.ptr[0] == '-' || act.value.ptr[0] == '+')
            act.value = str_slice(act.value, 1, act.value.len);
        if (act.value.len == 0)
            continue;
        act.has_span = span != NULL;
        if (span)
            act.span = *span;
        app_act(app, &act);
    }
}

enum { PICK_TAG, PICK_DROP, PICK_KEEP, PICK_ESCALATE, PICK_NOTE, PICK_REDACT };

static bool
has_word(struct str words, struct str word)
{
    size_t at = 0;

    assert(words.ptr || words.len == 0);
    while (at < words.len) {
        size_t end = str_find(words, STR_LIT(" "), at);

        if (end == SIZE_MAX)
            end = words.len;
        if (str_equal(str_slice(words, at, end), word))
            return true;
        at = end + 1;
    }
    return false;
}

static void
act_of(struct app *app, enum annotation_kind kind, struct str value,
       const struct picker *picker)
{
    struct desk_act act = {.kind = kind, .value = value};

    act.has_span = picker->has_span;
    act.span = (struct span){picker->span_start, picker->span_end};
    app_act(app, &act);
}

static void
tag_picked(struct app *app, struct picker *picker,
           const struct picker_item *item, struct str typed, uint32_t key)
{
    typed = str_trim(typed);
    if (!item) {
        act_of(app, ANNOTATION_TAG, typed, picker);
        return;
    }
    switch (item->id) {
    case PICK_DROP:
        act_of(app, ANNOTATION_DROP, (struct str){0}, picker);
        break;
    case PICK_KEEP:
        act_of(app, ANNOTATION_KEEP, (struct str){0}, picker);
        break;
    case PICK_ESCALATE:
        act_of(app, ANNOTATION_ESCALATE, (struct str){0}, picker);
        break;
    case PICK_NOTE:
        app_run(app, CMD_NOTE, (struct str){0}, KEY_IS_NONE);
        break;
    case PICK_REDACT:
        app_run(app, CMD_REDACT, (struct str){0}, KEY_IS_NONE);
        break;
    default: {
        /* Space has flipped the mark already */
        bool on = key == ' ' ? !item->chosen : item->chosen;

        act_of(app, on ? ANNOTATION_UNTAG : ANNOTATION_TAG, str_of(item->label),
               picker);
    }
    }
}

void
app_open_tags(struct app *app, const struct span *span)
{
    const struct desk_document *document = desk_document(app->desk);
    struct picker *picker = &app->picker;
    size_t count;
    const struct desk_tag *tags = desk_tags(app->desk, &count);

    picker_open(picker, span ? "tag the span" : "tags and actions", tag_picked);
    picker->allow_new = true;
    picker->many = true;
    if (span) {
        picker->has_span = true;
        picker->span_start = span->start;
        picker->span_end = span->end;
    }
    for (size_t i = 0; i < count; i++) {
        char note[64];

        (void)snprintf(note, sizeof(note), "%llu%s%.8s",
                       (unsigned long long)tags[i].count,
                       tags[i].key[0] ? "  key " : "", tags[i].key);
        picker_add(picker, tags[i].name, note, PICK_TAG,
                   !span && document &&
                       has_word(document->mine.tags, tags[i].name));
    }
    if (span) {
        picker_add(picker, STR_LIT("redact"), "action: a placeholder instead",
                   PICK_REDACT, false);
        return;
    }
    picker_add(picker, STR_LIT("drop"), "action: leave the document out",
               PICK_DROP, false);
    picker_add(picker, STR_LIT("keep"), "action: keep it as it is", PICK_KEEP,
               false);
    picker_add(picker, STR_LIT("escalate"), "action: hand it to a lead",
               PICK_ESCALATE, false);
    picker_add(picker, STR_LIT("note"), "action: write a note", PICK_NOTE,
               false);
}

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

/* The query without its order. */
static void
append_without_order(struct buf *out, struct str query)
{
    size_t at = 0;

    while (at < query.len) {
        size_t end = query_word_end(query, at);
        struct str word = str_slice(query, at, end);

        if (word.len > 0 && !str_starts_with(word, STR_LIT("sort:"))) {
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
    append_without_order(&query, desk_list(app->desk)->query);
    if (query.len > 0)
        xbuf_append_str(&query, STR_LIT(" "));
    xbuf_append_str(&query, item ? str_of(item->label) : str_trim(typed));
    desk_query(app->desk, buf_str(&query));
    buf_release(&query);
}

static void
add_order(struct app *app, const char *note, const char *before,
          const char *name)
{
    struct buf label = {0};
    bool quote = strpbrk(name, " ()\"',:") != NULL;

    xbuf_printf(&label, "%s%s%s%s", before, quote ? "\"" : "", name,
                quote ? "\"" : "");
    picker_add(&app->picker, buf_str(&label), note, 0, false);
    buf_release(&label);
}

void
app_open_order(struct app *app)
{
    struct picker *picker = &app->picker;
    size_t count = desk_score_count(app->desk);

    if (desk_list(app->desk)->queue.len > 0) {
        app_say(app, true, "a queue keeps its order; f starts a query");
        return;
    }
    picker_open(picker, "order", order_picked);
    picker->allow_new = true;
    picker_add(picker, STR_LIT("sort:shard"), "as in the shards", 0, false);
    picker_add(picker, STR_LIT("sort:-len"), "longest first", 0, false);
    picker_add(picker, STR_LIT("sort:random(1)"), "random, with a seed", 0,
               false);
    picker_add(picker, STR_LIT("sort:rank"), "best match first", 0, false);
    for (unsigned i = 0; i < count; i++) {
        const struct score_def *def = desk_score_def(app->desk, i);

        if (def->kind == SCORE_LABEL)
            continue;
        bool known = def->bad != SCORE_BAD_UNKNOWN;

        add_order(app, known ? "worst first" : "high first",
                  "sort:", def->name);
        add_order(app, known ? "best first" : "low first", "sort:-", def->name);
    }
}
