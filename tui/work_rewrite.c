/* The working view's commands that make another text: rewriting, redacting,
 * proposals, templates, new documents. */
#include "config.h"

#include "tui/work.h"

static void
show_proposal(struct work *work)
{
    const struct desk_document *document = desk_document(work->view.app->desk);
    struct app *app = work->view.app;

    if (!document || !document->document)
        app_say(work->view.app, true, "no document yet");
    else if (document->masked)
        app_say(app, true, "%s", desk_covered(document));
    else if (document->proposal_count == 0)
        app_say(app, false, "nobody proposes a rewrite of it");
    else
        app_push(app, view_proposal_new(app, document->document->text,
                                        &document->proposals[0]));
}

static void
show_diff(struct work *work)
{
    const struct desk_document *document = desk_document(work->view.app->desk);
    struct app *app = work->view.app;
    struct str text;
    bool accepted;

    if (!document || !document->document) {
        app_say(work->view.app, true, "no document yet");
        return;
    }
    if (document->masked) {
        app_say(app, true, "%s", desk_covered(document));
        return;
    }
    text = app_rewrite_of(app, document, &accepted);
    if (!accepted && !document->draft.ptr)
        app_say(app, false, "no rewrite yet; r begins one");
    else
        app_push(app, view_diff_new(app, document->document->text, text, NULL));
    if (accepted)
        app_say(app, false, "accepted; e edits it again, u takes it back");
}

bool
work_rewrite_command(struct work *work, enum command command,
                     struct str argument)
{
    struct app *app = work->view.app;
    struct span span;

    switch ((int)command) {
    case CMD_EDIT:
    case CMD_SPAN_EDIT:
        app_edit(app, work_chosen(work, &span), work->text.cursor);
        work->choice.active = false;
        return true;
    case CMD_REWRITE:
    case CMD_SPAN_REWRITE:
        app_rewrite(app, work_chosen(work, &span), work->text.cursor);
        work->choice.active = false;
        return true;
    case CMD_TEMPLATE:
        app_template(app, argument);
        return true;
    case CMD_REDACT:
        app_prompt(app, ASK_REDACT, "placeholder ", app_placeholder(app));
        return true;
    case CMD_REDACT_ALL:
        app_redact(app, argument);
        return true;
    case CMD_ADD:
        app_add(app);
        return true;
    case CMD_PROPOSAL:
        show_proposal(work);
        return true;
    case CMD_DIFF:
        show_diff(work);
        return true;
    default:
        return false;
    }
}

void
work_redact_answer(struct work *work, struct str line)
{
    struct desk_act act = {.kind = ANNOTATION_REDACT, .value = line};

    if (!work->choice.active)
        return;
    act.has_span = true;
    act.span = span_chosen(&work->choice, work->text.text);
    app_act(work->view.app, &act);
}
