/* Changes of texts as a diff for people. Lines are made safe to look at, so it
 * is no input for patch(1). */
#include "config.h"

#include "export_private.h"

#include "line_diff.h"
#include "stet/width.h"

static void
put_safe(struct str line, struct buf *out)
{
    width_escape_text(line, out);
}

static void
put_name(struct buf *out, const char *sign, const struct patch *patch,
         struct str id)
{
    xbuf_printf(out, "%s ", sign);
    if (patch->is_addition) {
        xbuf_append_str(out, STR_LIT("added"));
    } else {
        width_escape(patch->shard, 0, out);
        xbuf_printf(out, ":%llu", (unsigned long long)patch->record);
    }
    if (id.len) {
        xbuf_append(out, "\t", 1);
        width_escape(id, 0, out);
    }
    xbuf_append(out, "\n", 1);
}

/* Of every edit that has a reason; a redaction is said in any case, for its
 * text need not show it. */
static void
put_reasons(struct buf *out, const struct patch *patch)
{
    for (size_t i = 0; i < patch->edit_count; i++) {
        const struct patch_edit *edit = &patch->edits[i];

        if (!edit->reason.len && edit->op != OP_REDACT)
            continue;
        xbuf_printf(out, "# %s", patch_op_name(edit->op));
        if (edit->reason.len) {
            xbuf_append(out, ": ", 2);
            width_escape(edit->reason, 0, out);
        }
        xbuf_append(out, "\n", 1);
    }
}

static enum err_code
diff_place(void *ctx, const struct export_place *place, struct arena *arena,
           struct error *err)
{
    struct export_text *text = ctx;
    const struct patch *patch = &place->built->patch;
    bool dropped = patch_drops(patch);
    struct str now = dropped ? (struct str){NULL, 0} : place->built->text;
    struct export_view old;
    enum err_code code = export_view_old(text->x, place, arena, &old, err);

    if (code || (!dropped && place->built->edit_count == 0))
        return code;
    put_reasons(&text->out, patch);
    put_name(&text->out, "---", patch, place->document->id);
    if (dropped)
        xbuf_append_str(&text->out, STR_LIT("+++ /dev/null\n"));
    else
        put_name(&text->out, "+++", patch, place->document->id);
    return line_diff(old.text, now, put_safe, &text->out, err);
}

static enum err_code
diff_added(void *ctx, const struct patch *patch, struct error *err)
{
    struct export_text *text = ctx;
    struct arena arena;
    struct str content;
    enum err_code code;

    arena_init(&arena, 0);
    code = export_added_text(text->x, patch, &arena, &content, err);
    if (!code) {
        put_reasons(&text->out, patch);
        xbuf_append_str(&text->out, STR_LIT("--- /dev/null\n"));
        put_name(&text->out, "+++", patch, patch->id_token);
        code = line_diff((struct str){NULL, 0}, content, put_safe, &text->out,
                         err);
    }
    arena_release(&arena);
    return code;
}

void
export_diff_open(struct exporter *x)
{
    static const struct export_sink sink = {
        .place = diff_place,
        .added = diff_added,
        .write = export_text_write,
        .release = export_text_release,
    };

    export_text_open(x, &sink);
}
