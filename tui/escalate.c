/* Handing documents to a lead and taking them back from there; uncovering a
 * text line by line. */
#include "config.h"

#include "tui/pane_text.h"
#include "tui/view.h"

void
app_escalate(struct app *app, struct str why)
{
    const struct desk_act act = {
        .kind = ANNOTATION_ESCALATE, .reason = why, .next = true};

    app_act(app, &act);
}

void
app_resolve(struct app *app, struct str why)
{
    const struct desk_document *document = desk_document(app->desk);
    const struct desk_act act = {.kind = ANNOTATION_RESOLVE, .reason = why};
    bool marked = desk_list(app->desk)->marked > 0;

    if (!desk_may_adjudicate(app->desk))
        app_say(app, true, "[policy] leads names who resolves");
    else if (!document || !document->document)
        app_say(app, true, "no document yet");
    else if (!marked && !(document->effective.flags & STATE_ESCALATED))
        app_say(app, true, "it is not escalated");
    else
        app_act(app, &act);
}

void
app_uncover_line(struct app *app, struct text_pane *pane)
{
    const struct desk_document *document = desk_document(app->desk);
    struct span span;

    if (!document || !document->document)
        app_say(app, true, "no document yet");
    else if (!document->masked)
        app_say(app, false, "nothing of it is covered");
    else if (!pane)
        app_say(app, true, "the text is not on the screen: Tab shows it");
    else if (document->sealed)
        app_say(app, true, "%s", desk_covered(document));
    else if (text_pane_next_covered(pane, document->open, document->open_count,
                                    &span))
        desk_uncover_span(app->desk, span);
}
