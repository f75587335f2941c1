/* Rewriting: what may be rewritten, in place or by a round trip through
 * $EDITOR, and the draft. */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "stet/utf8.h"
#include "tui/app.h"
#include "tui/editor.h"
#include "tui/term.h"
#include "tui/view.h"

/* NULL: it may; else why not. */
const char *
app_why_not_rewrite(const struct desk_document *document)
{
    if (!document || !document->document)
        return "no document yet";
    if (document->masked)
        return desk_covered(document);
    if (document->document->flags & DOC_BAD_UTF8)
        return "the record has bytes that are not UTF-8: judge, tag or drop it";
    if (document->document->flags & DOC_FIXED_TEXT)
        return "the parts of this text cannot be put together again: "
               "judge, tag or drop it";
    return NULL;
}

static const char *
why_not_outside(const struct app *app, const struct desk_document *document)
{
    if (app->options->secure)
        return "secure: no editor here";
    if (document &&
        (document->mine.flags | document->effective.flags) & STATE_ESCALATED)
        return "it is escalated: its text does not go to an editor";
    if (!app->options->editor)
        return "set VISUAL or EDITOR, or [editor] command in your settings";
    return NULL;
}

static size_t
line_of(struct str text, size_t at)
{
    size_t line = 1;

    assert(text.ptr || text.len == 0);
    for (size_t i = 0; i < at && i < text.len; i++)
        line += text.ptr[i] == '\n';
    return line;
}

/* The whole text with a span replaced. */
static void
put_whole(struct buf *out, struct str text, const struct span *span,
          struct str replacement)
{
    buf_clear(out);
    if (span) {
        xbuf_append(out, text.ptr, span->start);
        xbuf_append_str(out, replacement);
        xbuf_append_str(out, str_slice(text, span->end, text.len));
    } else {
        xbuf_append_str(out, replacement);
    }
}

/* Editors end a file with a line feed that the text did not have. */
static void
drop_added_line_feed(struct str before, struct buf *after)
{
    bool had;

    assert(before.ptr || before.len == 0);
    had = before.len > 0 && before.ptr[before.len - 1] == '\n';
    if (!had && after->len > 0 && after->ptr[after->len - 1] == '\n')
        after->len--;
}

static void
take_result(struct app *app, const struct desk_document *document,
            const struct span *span, struct str result)
{
    struct str text = document->document->text;
    struct str old = span ? str_slice(text, span->start, span->end) : text;
    struct buf whole = {0};

    if (!utf8_is_wtf8(result)) {
        app_say(app, true,
                "the editor wrote bytes that are not UTF-8: "
                "nothing is changed");
        return;
    }
    if (str_equal(old, result)) {
        app_say(app, false, "the text is as it was");
        return;
    }
    put_whole(&whole, text, span, result);
    desk_draft(app->desk, buf_str(&whole));
    buf_release(&whole);
    app_push(app, view_diff_new(app, old, result, span));
}

struct str
app_rewrite_of(struct app *app, const struct desk_document *document,
               bool *accepted)
{
    if (accepted)
        *accepted = false;
    if (document->draft.ptr)
        return document->draft;
    for (size_t i = document->history_count; i > 0; i--) {
        const struct annotation *a = &document->history[i - 1];

        if (a->kind != ANNOTATION_REWRITE || a->undone || a->span.given ||
            !str_equal(a->reviewer, str_of(desk_reviewer(app->desk))))
            continue;
        if (accepted)
            *accepted = true;
        return a->text;
    }
    return document->document->text;
}

void
app_edit(struct app *app, const struct span *span, size_t at)
{
    const struct desk_document *document = desk_document(app->desk);
    const char *why = why_not_outside(app, document);
    struct buf result = {.max = EDITOR_TEXT_MAX};
    struct error err = ERROR_INIT;
    struct str text;
    enum err_code code;

    if (!why)
        why = app_why_not_rewrite(document);
    if (why) {
        app_say(app, true, "%s", why);
        return;
    }
    text = document->document->text;
    if (span)
        text = str_slice(text, span->start, span->end);
    else
        text = app_rewrite_of(app, document, NULL);
    if (app->term) /* a script's editor needs none */
        term_leave(app->term);
    code = editor_run(app->ws, app->options->editor, text,
                      span ? 1 : line_of(text, at), &result, &err);
    if (app->term)
        term_return(app->term);
    if (code) {
        app_say(app, true, "%s", err.message);
    } else {
        drop_added_line_feed(text, &result);
        take_result(app, document, span, buf_str(&result));
    }
    buf_release(&result);
}

void
app_rewrite(struct app *app, const struct span *span, size_t at)
{
    const struct desk_document *document = desk_document(app->desk);
    const char *why = app_why_not_rewrite(document);
    struct str text;
    struct str old;
    struct str now;

    if (why) {
        app_say(app, true, "%s", why);
        return;
    }
    text = document->document->text;
    old = span ? str_slice(text, span->start, span->end) : text;
    now = span ? old : app_rewrite_of(app, document, NULL);
    app_push(app,
             view_edit_new(app, old, now, span, span || at > now.len ? 0 : at));
}

void
app_add(struct app *app)
{
    const struct desk_document *document = desk_document(app->desk);
    struct view *edit;

    if (!document || !document->document) {
        app_say(app, true, "no document yet");
        return;
    }
    edit = view_edit_new(app, STR_LIT(""), desk_memory(app->desk, "draft.add"),
                         NULL, 0);
    view_edit_adds(edit);
    app_push(app, edit);
}
