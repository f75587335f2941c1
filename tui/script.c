/* Scripts of keys: script.h has the format. */
#include "config.h"

#include "tui/script.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "stet/fileio.h"
#include "stet/utf8.h"
#include "stet/xalloc.h"
#include "tui/keys.h"

#define SCRIPT_MAX (16u << 20)

struct script {
    struct buf text;
    char *name;
    size_t at; /* next line */
    unsigned line;
    struct str rest; /* of the line under way */
    bool typing;     /* rest is typed character by character */
    bool with_enter;
};

enum err_code
script_parse(struct script **out, struct str text, const char *name,
             struct error *err)
{
    struct script *script = xcalloc(1, sizeof(*script));
    enum err_code code = buf_append_str(&script->text, text, err);

    script->name = xstrdup(name);
    if (code) {
        script_close(script);
        return code;
    }
    *out = script;
    return ERR_OK;
}

enum err_code
script_open(struct script **out, const char *path, struct error *err)
{
    struct buf text = {0};
    enum err_code code = file_read(path, SCRIPT_MAX, &text, err);

    if (!code)
        code = script_parse(out, buf_str(&text), path, err);
    buf_release(&text);
    return code;
}

void
script_close(struct script *script)
{
    if (!script)
        return;
    buf_release(&script->text);
    free(script->name);
    free(script);
}

static enum err_code
bad_line(const struct script *script, const char *what, struct error *err)
{
    return error_set(err, ERR_USAGE, "%s:%u: %s", script->name, script->line,
                     what);
}

static bool
parse_number(struct str *text, unsigned *out)
{
    unsigned value = 0;
    size_t len = 0;

    while (len < text->len && text->ptr[len] >= '0' && text->ptr[len] <= '9' &&
           len < 6)
        value = value * 10 + (unsigned)(text->ptr[len++] - '0');
    *text = str_slice(*text, len, text->len);
    *out = value;
    return len > 0;
}

/* "COL,ROW", both from 0. */
static bool
parse_place(struct str text, struct mouse *mouse)
{
    if (!parse_number(&text, &mouse->col) || !text.len || text.ptr[0] != ',')
        return false;
    text = str_slice(text, 1, text.len);
    return parse_number(&text, &mouse->row) && text.len == 0;
}

static bool
parse_mouse(struct str line, struct step *step)
{
    static const struct {
        const char *word;
        enum mouse_kind kind;
    } words[] = {{"%click ", MOUSE_CLICK},
                 {"%up ", MOUSE_WHEEL_UP},
                 {"%down ", MOUSE_WHEEL_DOWN}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct str word = str_of(words[i].word);

        if (!str_starts_with(line, word))
            continue;
        step->kind = STEP_MOUSE;
        step->mouse.kind = words[i].kind;
        return parse_place(str_slice(line, word.len, line.len), &step->mouse);
    }
    return false;
}

static enum err_code
directive(struct script *script, struct str line, struct step *step,
          struct error *err)
{
    struct str rest;

    if (str_starts_with(line, STR_LIT("%type "))) {
        script->rest = str_slice(line, 6, line.len);
        script->typing = true;
        script->with_enter = false;
        return ERR_OK;
    }
    if (str_starts_with(line, STR_LIT("%paste "))) {
        *step = (struct step){.kind = STEP_PASTE,
                              .text = str_slice(line, 7, line.len)};
        return ERR_OK;
    }
    if (str_starts_with(line, STR_LIT("%dump "))) {
        *step = (struct step){.kind = STEP_DUMP,
                              .text = str_trim(str_slice(line, 6, line.len))};
        return ERR_OK;
    }
    if (str_starts_with(line, STR_LIT("%wait "))) {
        rest = str_slice(line, 6, line.len);
        step->kind = STEP_WAIT;
        if (parse_number(&rest, &step->ms) && rest.len == 0)
            return ERR_OK;
    } else if (str_starts_with(line, STR_LIT("%size "))) {
        rest = str_slice(line, 6, line.len);
        step->kind = STEP_SIZE;
        if (parse_number(&rest, &step->cols) && rest.len &&
            rest.ptr[0] == 'x') {
            rest = str_slice(rest, 1, rest.len);
            if (parse_number(&rest, &step->rows) && rest.len == 0)
                return ERR_OK;
        }
    }
    return parse_mouse(line, step) ? ERR_OK
                                   : bad_line(script, "not understood", err);
}

/* Take the next line up; step->kind stays STEP_END when it only feeds `rest`.
 */
static enum err_code
next_line(struct script *script, struct step *step, struct error *err)
{
    struct str text = buf_str(&script->text);
    size_t end = str_find(text, STR_LIT("\n"), script->at);
    struct str line;

    if (end == SIZE_MAX)
        end = text.len;
    line = str_slice(text, script->at, end);
    script->at = end + 1;
    script->line++;
    assert(line.ptr || line.len == 0);
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    if (line.len == 0 || line.ptr[0] == '#')
        return ERR_OK;
    if (line.ptr[0] == '%' && line.len > 1)
        return directive(script, line, step, err);
    script->rest = line;
    script->typing = script->with_enter = line.ptr[0] == ':' && line.len > 1;
    return ERR_OK;
}

/* One key of the line under way; false when it is used up. */
static bool
next_key(struct script *script, struct step *step, bool *bad)
{
    struct str *rest = &script->rest;
    size_t len = 0;
    unsigned bytes;

    *bad = false;
    if (script->typing) {
        if (rest->len == 0) {
            script->typing = false;
            if (!script->with_enter)
                return false;
            *step = (struct step){.kind = STEP_KEY, .key = KEY_IS_ENTER};
            return true;
        }
        *step = (struct step){.kind = STEP_KEY,
                              .key = utf8_decode(*rest, 0, &bytes)};
        *rest = str_slice(*rest, bytes, rest->len);
        return true;
    }
    *rest = str_trim(*rest);
    while (len < rest->len && rest->ptr[len] != ' ' && rest->ptr[len] != '\t')
        len++;
    if (len == 0)
        return false;
    *step = (struct step){.kind = STEP_KEY,
                          .key = key_parse(str_slice(*rest, 0, len))};
    *bad = step->key == KEY_IS_NONE;
    *rest = str_slice(*rest, len, rest->len);
    return true;
}

enum err_code
script_next(struct script *script, struct step *step, struct error *err)
{
    *step = (struct step){.kind = STEP_END};
    for (;;) {
        enum err_code code;
        bool bad;

        if ((script->rest.len > 0 || script->typing) &&
            next_key(script, step, &bad))
            return bad ? bad_line(script, "unknown key", err) : ERR_OK;
        if (script->at >= script->text.len)
            return ERR_OK;
        code = next_line(script, step, err);
        if (code || step->kind != STEP_END)
            return code;
    }
}
