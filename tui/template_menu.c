/* The menu of templates: what is picked goes into the editor, with the document
 * filled in: %text%, %id%, %source%, %lang%. */
#include "config.h"

#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/app.h"
#include "tui/view.h"

static struct str
part_of(const struct document *document, struct str name)
{
    return str_equal(name, STR_LIT("text"))     ? document->text
           : str_equal(name, STR_LIT("id"))     ? document->id
           : str_equal(name, STR_LIT("source")) ? document->source
           : str_equal(name, STR_LIT("lang"))   ? document->lang
                                                : (struct str){NULL, 0};
}

static bool
is_part(struct str name)
{
    return str_equal(name, STR_LIT("text")) || str_equal(name, STR_LIT("id")) ||
           str_equal(name, STR_LIT("source")) ||
           str_equal(name, STR_LIT("lang"));
}

/* %% is a percent sign; what is between two others and no part stays. */
static void
fill(struct str template, const struct document *document, struct buf *out)
{
    size_t at = 0;

    while (at < template.len) {
        size_t start = str_find(template, STR_LIT("%"), at);
        size_t end;
        struct str name;

        if (start == SIZE_MAX)
            start = template.len;
        xbuf_append_str(out, str_slice(template, at, start));
        if (start == template.len)
            return;
        end = str_find(template, STR_LIT("%"), start + 1);
        name =
            str_slice(template, start + 1, end == SIZE_MAX ? start + 1 : end);
        if (is_part(name)) {
            xbuf_append_str(out, part_of(document, name));
            at = end + 1;
        } else {
            xbuf_append_str(out, STR_LIT("%"));
            at = start + (end == start + 1 ? 2 : 1);
        }
    }
}

/* Into the editor; it is opened first where none is. */
static void
use(struct app *app, const struct desk_template *template)
{
    const struct desk_document *document = desk_document(app->desk);
    struct buf text = {0};

    if (!view_is_edit(app_view(app)))
        app_rewrite(app, NULL, 0);
    if (!view_is_edit(app_view(app)) || !document || !document->document)
        return; /* it said why */
    fill(template->text, document->document, &text);
    view_edit_insert(app_view(app), buf_str(&text), template->at);
    buf_release(&text);
}

static void
template_picked(struct app *app, struct picker *picker,
                const struct picker_item *item, struct str typed, uint32_t key)
{
    size_t count;
    const struct desk_template *templates = desk_templates(app->desk, &count);

    (void)picker;
    (void)typed;
    (void)key;
    if (item && (size_t)item->id < count)
        use(app, &templates[item->id]);
}

void
app_template(struct app *app, struct str name)
{
    static const char *const places[] = {"at the cursor", "at the start",
                                         "at the end", "instead of the text"};
    size_t count;
    const struct desk_template *templates = desk_templates(app->desk, &count);

    if (count == 0) {
        app_say(app, true, "no [template \"NAME\"] in the settings");
        return;
    }
    for (size_t i = 0; name.len && i < count; i++)
        if (str_equal(templates[i].name, name)) {
            use(app, &templates[i]);
            return;
        }
    picker_open(&app->picker, "templates", template_picked);
    for (size_t i = 0; i < count; i++) {
        picker_add(&app->picker, templates[i].name, places[templates[i].at],
                   (int)i, false);
        picker_explain(&app->picker, templates[i].text);
    }
}
