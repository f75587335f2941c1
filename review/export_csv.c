/* Decisions as a table for people: RFC 4180, one row a document. */
#include "config.h"

#include "export_private.h"

#include "stet/json.h"
#include "stet/utf8.h"
#include "stet/width.h"

#define EXCERPT_CP 200 /* of a text */

/* Without control characters, which tables and terminals obey. What a
 * spreadsheet would take for a formula begins with an apostrophe. */
static void
put_cell(struct buf *out, struct str text)
{
    struct buf safe = {0};
    struct str cell;
    bool formula;

    width_escape_text(text, &safe);
    cell = buf_str(&safe);
    formula = cell.len && strchr("=+-@\t\r", cell.ptr[0]);
    xbuf_append(out, formula ? "\"'" : "\"", formula ? 2 : 1);
    while (cell.len) {
        const char *quote = memchr(cell.ptr, '"', cell.len);
        size_t len = quote ? (size_t)(quote - cell.ptr) + 1 : cell.len;

        xbuf_append(out, cell.ptr, len);
        if (quote)
            xbuf_append(out, "\"", 1);
        cell = str_slice(cell, len, cell.len);
    }
    xbuf_append(out, "\"", 1);
    buf_release(&safe);
}

static void
put_next(struct buf *out, struct str cell)
{
    xbuf_append(out, ",", 1);
    put_cell(out, cell);
}

static void
put_number(struct buf *out, uint64_t number)
{
    xbuf_printf(out, ",%llu", (unsigned long long)number);
}

static void
put_excerpt(struct buf *out, struct str text)
{
    size_t end = utf8_offset_of_cp(text, EXCERPT_CP);

    put_next(out, end == SIZE_MAX ? text : str_slice(text, 0, end));
}

static void
add_word(struct buf *cell, struct str word)
{
    if (cell->len)
        xbuf_append(cell, "; ", 2);
    xbuf_append_str(cell, word);
}

/* The values, ratings, reasons or notes of all edits of an op, as one cell. */
static void
put_all(struct buf *out, const struct patch *patch, enum patch_op op)
{
    struct buf cell = {0};

    for (size_t i = 0; i < patch->edit_count; i++) {
        const struct patch_edit *edit = &patch->edits[i];
        struct buf word = {0};

        if (edit->op != op)
            continue;
        xbuf_append_str(&word, op == OP_NOTE ? edit->text : edit->value);
        if (op == OP_RATE) {
            xbuf_append(&word, "=", 1);
            json_double(&(struct json_out){&word, false}, edit->number);
        }
        if (edit->has_span)
            xbuf_printf(&word, "[%llu:%llu]",
                        (unsigned long long)edit->start_cp,
                        (unsigned long long)edit->end_cp);
        add_word(&cell, buf_str(&word));
        buf_release(&word);
    }
    put_next(out, buf_str(&cell));
    buf_release(&cell);
}

static void
put_reasons(struct buf *out, const struct patch *patch)
{
    struct buf cell = {0};

    for (size_t i = 0; i < patch->edit_count; i++)
        if (patch->edits[i].reason.len)
            add_word(&cell, patch->edits[i].reason);
    put_next(out, buf_str(&cell));
    buf_release(&cell);
}

static struct str
fate_of(const struct export_place *place)
{
    const struct patch *patch = &place->built->patch;

    if (patch_drops(patch))
        return STR_LIT("drop");
    if (place->built->edit_count)
        return STR_LIT("change");
    for (size_t i = 0; i < patch->edit_count; i++)
        if (patch->edits[i].op == OP_KEEP)
            return STR_LIT("keep");
    return STR_LIT("");
}

static enum err_code
csv_place(void *ctx, const struct export_place *place, struct arena *arena,
          struct error *err)
{
    struct export_text *text = ctx;
    struct buf *out = &text->out;
    const struct patch *patch = &place->built->patch;
    struct export_view old;
    enum err_code code = export_view_old(text->x, place, arena, &old, err);

    if (code)
        return code;
    put_cell(out, patch->shard);
    put_number(out, patch->record);
    put_next(out, place->document->source);
    put_next(out, place->document->id);
    put_all(out, patch, OP_VERDICT);
    put_all(out, patch, OP_TAG);
    put_all(out, patch, OP_RATE);
    put_next(out, fate_of(place));
    put_number(out, place->built->edit_count);
    put_reasons(out, patch);
    put_all(out, patch, OP_NOTE);
    put_excerpt(out, old.text);
    put_excerpt(out, place->built->edit_count && !patch_drops(patch)
                         ? place->built->text
                         : (struct str){NULL, 0});
    xbuf_append(out, "\r\n", 2);
    return ERR_OK;
}

static enum err_code
csv_added(void *ctx, const struct patch *patch, struct error *err)
{
    struct export_text *text = ctx;
    struct buf *out = &text->out;
    const struct json_value *id = NULL;
    struct arena arena;
    struct str content = {NULL, 0};
    enum err_code code;

    arena_init(&arena, 0);
    code = export_added_text(text->x, patch, &arena, &content, err);
    if (!code && patch->id_token.ptr)
        code = json_parse(patch->id_token, &arena, &id, err);
    if (!code) {
        put_cell(out, STR_LIT(""));
        xbuf_append(out, ",", 1);
        put_next(out, patch->source);
        put_next(out,
                 id && id->type == JSON_STRING ? id->string : patch->id_token);
        xbuf_append_str(out, STR_LIT(",\"\",\"\",\"\",\"add\",1"));
        put_reasons(out, patch);
        xbuf_append_str(out, STR_LIT(",\"\",\"\""));
        put_excerpt(out, content);
        xbuf_append(out, "\r\n", 2);
    }
    arena_release(&arena);
    return code;
}

void
export_csv_open(struct exporter *x)
{
    static const struct export_sink sink = {
        .place = csv_place,
        .added = csv_added,
        .write = export_text_write,
        .release = export_text_release,
    };
    struct export_text *text;

    export_text_open(x, &sink);
    text = x->sink_ctx;
    xbuf_append_str(&text->out,
                    STR_LIT("shard,record,source,id,verdict,tags,ratings,fate,"
                            "edits,reasons,notes,text,new_text\r\n"));
}
