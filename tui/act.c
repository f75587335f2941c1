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
    if (view_is_similar(app_view(app))) {
        (void)desk_act_similar(app->desk, act);
        return;
    }
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

void
app_guide(struct app *app, struct str tag)
{
    size_t count;
    const struct desk_tag *tags = desk_tags(app->desk, &count);

    for (size_t i = 0; i < count; i++)
        if (str_equal(tags[i].name, tag) && tags[i].guide.len > 0) {
            app_push(app, view_guide_new(app, tag, tags[i].guide));
            return;
        }
    app_say(app, true,
            tag.len ? "that tag has no guideline ([tag] guide = FILE)"
                    : ":guide TAG");
}

void
app_send_back(struct app *app, struct str words)
{
    size_t end = str_find(words, STR_LIT(" "), 0);
    struct desk_act act = {.kind = ANNOTATION_SEND_BACK};

    act.value = str_slice(words, 0, end == SIZE_MAX ? words.len : end);
    if (end != SIZE_MAX)
        act.reason = str_trim(str_slice(words, end, words.len));
    app_act(app, &act);
}

enum {
    PICK_TAG,
    PICK_DROP,
    PICK_KEEP,
    PICK_ESCALATE,
    PICK_RESOLVE,
    PICK_NOTE,
    PICK_REDACT
};

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
    case PICK_RESOLVE:
        app_resolve(app, (struct str){0});
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
        picker_explain(picker, tags[i].guide);
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
    if (document && document->effective.flags & STATE_ESCALATED &&
        desk_may_adjudicate(app->desk))
        picker_add(picker, STR_LIT("resolve"), "action: end its escalation",
                   PICK_RESOLVE, false);
    picker_add(picker, STR_LIT("note"), "action: write a note", PICK_NOTE,
               false);
}
