/* Matches of a regex in a text, for highlights. Each search is limited by
 * itself; their number and time are limited here, since a text of one's own
 * making can have a costly match at every byte. */
#include "config.h"

#include "highlight_regex.h"

#include <time.h>

#include "stet/regex.h"
#include "stet/utf8.h"

#define TIME_MAX_MS 100

enum err_code
regex_text_init(struct regex_text *text, struct str given, struct error *err)
{
    enum err_code code;

    *text = (struct regex_text){.given = given, .shown = given};
    if (utf8_is_valid(given))
        return ERR_OK;
    code = utf8_to_display(given, &text->copy, err);
    text->shown = buf_str(&text->copy);
    text->moved = !utf8_is_wtf8(given);
    return code;
}

void
regex_text_release(struct regex_text *text)
{
    buf_release(&text->copy);
}

static int64_t
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A place in both forms of the text. */
struct place {
    size_t given, shown;
};

/* Go on to byte `shown`: what is ill-formed there is three bytes here. */
static void
move_to(const struct regex_text *text, struct place *place, size_t shown)
{
    if (!text->moved)
        *place = (struct place){shown, shown};
    while (place->shown < shown) {
        unsigned given;
        unsigned len;

        utf8_decode(text->given, place->given, &given);
        utf8_decode(text->shown, place->shown, &len);
        place->given += given;
        place->shown += len;
    }
}

enum err_code
regex_highlight(const struct query_regex *query, const struct regex_text *text,
                regex_span *found, void *ctx, struct error *err)
{
    struct regex *regex = NULL;
    int64_t until = now_ms() + TIME_MAX_MS;
    struct place place = {0, 0};
    struct error ignored = ERROR_INIT;
    size_t at = 0;
    enum err_code code =
        regex_compile(&regex, query->pattern, query->flags | REGEX_VALID, err);

    for (unsigned i = 0; code == ERR_OK && i < REGEX_SPANS_MAX; i++) {
        size_t start = 0;
        size_t end = 0;
        bool more = false;
        size_t from;

        if (regex_find(regex, text->shown, at, &more, &start, &end, &ignored) !=
                ERR_OK ||
            !more)
            break;
        /* \K can name a start before the last match's end. */
        start = start < at ? at : start;
        at = end > at ? end : at;
        if (end <= start) {
            if (at >= text->shown.len)
                break;
            at = utf8_next(text->shown, at > end ? at : end);
        } else {
            move_to(text, &place, start);
            from = place.given;
            move_to(text, &place, end);
            if (!found(ctx, from, place.given))
                break;
        }
        if (now_ms() > until)
            break;
    }
    regex_free(regex);
    return code;
}
