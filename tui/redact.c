/* `:redact PATTERN`: everything that matches makes way for the placeholder, and
 * the whole is shown as a rewrite, to be accepted or refused. */
#include "config.h"

#include "stet/regex.h"
#include "stet/settings.h"
#include "stet/workspace.h"
#include "stet/xalloc.h"
#include "tui/app.h"
#include "tui/view.h"

struct str
app_placeholder(const struct app *app)
{
    return settings_str(app->ws->settings, "rewrite", "placeholder",
                        "[REDACTED]");
}

/* /regex/ or /regex/i, else plain words in any case. */
static enum err_code
compile(struct regex **out, struct str pattern, struct error *err)
{
    size_t end = pattern.len;
    unsigned flags = REGEX_CASE;

    if (pattern.len < 2 || pattern.ptr[0] != '/')
        return regex_compile(out, pattern, REGEX_LITERAL, err);
    while (end > 1 && pattern.ptr[end - 1] != '/') {
        flags =
            pattern.ptr[end - 1] == 'i' ? flags & ~(unsigned)REGEX_CASE : flags;
        end--;
    }
    if (end < 3)
        return regex_compile(out, pattern, REGEX_LITERAL, err);
    return regex_compile(out, str_slice(pattern, 1, end - 1), flags, err);
}

/* How many were replaced. */
static enum err_code
replace_all(struct regex *regex, struct str text, struct str placeholder,
            struct buf *out, size_t *count, struct error *err)
{
    size_t at = 0;

    *count = 0;
    for (;;) {
        bool found = false;
        size_t start = 0;
        size_t end = 0;
        enum err_code code =
            regex_find(regex, text, at, &found, &start, &end, err);

        if (code)
            return code;
        if (!found || start == end) /* an empty match hides nothing */
            break;
        xbuf_append_str(out, str_slice(text, at, start));
        xbuf_append_str(out, placeholder);
        at = end;
        ++*count;
    }
    xbuf_append_str(out, str_slice(text, at, text.len));
    return ERR_OK;
}

void
app_redact(struct app *app, struct str pattern)
{
    const struct desk_document *document = desk_document(app->desk);
    const char *why = app_why_not_rewrite(document);
    struct regex *regex = NULL;
    struct buf text = {0};
    struct error err = ERROR_INIT;
    struct str now;
    size_t count = 0;
    enum err_code code;

    if (why || pattern.len == 0) {
        app_say(app, true, "%s", why ? why : ":redact WORDS or /pattern/");
        return;
    }
    now = app_rewrite_of(app, document, NULL);
    code = compile(&regex, pattern, &err);
    if (!code)
        code =
            replace_all(regex, now, app_placeholder(app), &text, &count, &err);
    if (code) {
        app_say(app, true, "%s", err.message);
    } else if (count == 0) {
        app_say(app, false, "nothing here matches");
    } else {
        desk_draft(app->desk, buf_str(&text));
        app_push(app, view_diff_new(app, document->document->text,
                                    buf_str(&text), NULL));
    }
    regex_free(regex);
    buf_release(&text);
}
