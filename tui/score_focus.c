/* The focused score: by name, by the next and previous keys; its histogram. */
#include "config.h"

#include "stet/width.h"
#include "tui/pane_scores.h"
#include "tui/view.h"

static bool
find_score(struct app *app, struct str name, unsigned *score)
{
    struct buf shown = {0};

    if (desk_score_named(app->desk, name, score))
        return true;
    width_escape(name, 40, &shown);
    app_say(app, true, "no score, or more than one, begins with \"%s\"",
            xbuf_cstr(&shown));
    buf_release(&shown);
    return false;
}

void
app_focus_score(struct app *app, struct str name)
{
    unsigned score;

    if (name.len == 0)
        app_say(app, true, ":score NAME");
    else if (find_score(app, name, &score))
        desk_set_focus_score(app->desk, score);
}

void
app_move_score(struct app *app, int direction)
{
    if (desk_score_count(app->desk) == 0)
        app_say(app, true, "the documents have no scores");
    else
        desk_set_focus_score(app->desk, scores_next(app->desk, direction));
}

void
app_open_histogram(struct app *app, struct str name)
{
    const char *why = desk_histogram_refusal(app->desk);
    unsigned score;

    if (why) {
        app_say(app, true, "%s", why);
        return;
    }
    score = desk_focus_score(app->desk);
    if (name.len > 0 && !find_score(app, name, &score))
        return;
    desk_set_focus_score(app->desk, score);
    desk_retry_histogram(app->desk);
    app_push(app, view_histogram_new(app, score));
}
