/* `:queue`: opens a queue, saves the list as one, gives, splits and removes. */
#include "config.h"

#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/app.h"
#include "tui/view.h"

/* The first word, taken off the line. */
static struct str
take_word(struct str *line)
{
    struct str word;
    size_t len = 0;

    *line = str_trim(*line);
    while (len < line->len && line->ptr[len] != ' ')
        len++;
    word = str_slice(*line, 0, len);
    *line = str_trim(str_slice(*line, len, line->len));
    return word;
}

/* A whole number up to `max`; 0: it is none. */
static unsigned
number_of(struct str word, unsigned max)
{
    unsigned value = 0;

    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] < '0' || word.ptr[i] > '9' || value > max)
            return 0;
        value = value * 10 + (unsigned)(word.ptr[i] - '0');
    }
    return value <= max ? value : 0;
}

/* NAME [for A,B] [overlap PERCENT] [blind] [replace] */
static void
save(struct app *app, struct str words)
{
    struct queue_options options = {.name = take_word(&words)};

    while (words.len > 0) {
        struct str word = take_word(&words);

        if (str_equal(word, STR_LIT("for"))) {
            options.reviewers = take_word(&words);
        } else if (str_equal(word, STR_LIT("overlap"))) {
            options.overlap = number_of(take_word(&words), 100) / 100.0;
        } else if (str_equal(word, STR_LIT("blind"))) {
            options.blind = true;
        } else if (str_equal(word, STR_LIT("replace"))) {
            options.replace = true;
        } else {
            app_say(app, true,
                    ":queue save NAME [for A,B] [overlap PERCENT] [blind] "
                    "[replace]");
            return;
        }
    }
    desk_queue_save(app->desk, &options);
}

static void
removed(struct app *app, void *ctx, bool yes)
{
    char *name = ctx;

    if (yes)
        desk_queue_change(app->desk, QUEUE_REMOVE, str_of(name),
                          (struct str){0}, 0);
    free(name);
}

static void
ask_removal(struct app *app, struct str name)
{
    struct buf shown = {0};

    width_escape(name, 40, &shown);
    app_ask(app, removed, xstrndup(name), "remove queue %s?",
            xbuf_cstr(&shown));
    buf_release(&shown);
}

static void
open_queue(struct app *app, struct str name)
{
    desk_open_queue(app->desk, name);
    while (app->depth > 1)
        app_pop(app);
    app_push(app, view_work_new(app));
}

void
app_queue(struct app *app, struct str words)
{
    struct str rest = words;
    struct str verb = take_word(&rest);
    struct str name;
    unsigned parts;

    if (rest.len == 0 && words.len > 0) {
        open_queue(app, words);
        return;
    }
    if (words.len == 0) {
        app_run(app, CMD_START, (struct str){0}, KEY_IS_NONE);
    } else if (str_equal(verb, STR_LIT("save"))) {
        save(app, rest);
    } else if (str_equal(verb, STR_LIT("remove"))) {
        ask_removal(app, rest);
    } else if (str_equal(verb, STR_LIT("give"))) {
        name = take_word(&rest);
        desk_queue_change(app->desk, QUEUE_GIVE, name, rest, 0);
    } else if (str_equal(verb, STR_LIT("split"))) {
        name = take_word(&rest);
        parts = number_of(rest, 1000);
        if (parts < 2)
            app_say(app, true, ":queue split NAME PARTS, from 2 to 1000");
        else
            desk_queue_change(app->desk, QUEUE_SPLIT, name, (struct str){0},
                              parts);
    } else {
        open_queue(app, words); /* its name has a blank */
    }
}
