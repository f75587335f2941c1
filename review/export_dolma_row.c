/* A document's decisions as attributes of Dolma's: lists of [start, end,
 * score] in code points, and texts. */
#include "config.h"

#include "export_dolma.h"

#include <stdio.h>

#include "dolma_text.h"
#include "stet/json.h"
#include "stet/utf8.h"

/* `KIND":`, where KIND is human__ and two parts of a name. */
static void
put_name(struct buf *out, const char *first, struct str second)
{
    struct buf name = {0};
    struct buf quoted = {0};
    struct json_out w = {&quoted, false};

    xbuf_printf(&name, "human__%s", first);
    xbuf_append_str(&name, second);
    json_str(&w, buf_str(&name));
    /* Without the opening quote: the run's name comes before. */
    xbuf_append(out, quoted.ptr + 1, quoted.len - 1);
    xbuf_append(out, ":", 1);
    buf_release(&name);
    buf_release(&quoted);
}

/* A score is written with a point: to a JSONPath filter 1 is not >= 1.0. */
static void
put_span(struct json_out *w, uint64_t start_cp, uint64_t end_cp, double score)
{
    size_t start;
    struct str digits;

    json_open(w, '[');
    json_int(w, (int64_t)start_cp);
    json_int(w, (int64_t)end_cp);
    start = w->out->len;
    json_double(w, score);
    digits = str_slice(buf_str(w->out), start, w->out->len);
    if (!memchr(digits.ptr, '.', digits.len) &&
        !memchr(digits.ptr, 'e', digits.len))
        xbuf_append(w->out, ".0", 2);
    json_close(w, ']');
}

static bool
is_tag(enum patch_op op)
{
    return op == OP_TAG || op == OP_UNTAG;
}

static bool
same_name(const struct patch_edit *a, const struct patch_edit *b)
{
    return (a->op == b->op || (is_tag(a->op) && is_tag(b->op))) &&
           (a->op == OP_REDACT || str_equal(a->value, b->value));
}

/* A verdict may have a name that means something else here. */
static bool
is_taken(struct str verdict)
{
    static const char *const taken[] = {"drop", "redact", "tag_", "rate_",
                                        "verdict_"};

    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        if (str_starts_with(verdict, str_of(taken[i])))
            return true;
    return verdict.len > 1 && verdict.ptr[0] == 'r' && verdict.ptr[1] >= '0' &&
           verdict.ptr[1] <= '9';
}

/* All edits of the first one's name as one attribute. */
static void
put_edits(const struct export_place *place, size_t first, bool moved,
          struct buf *out)
{
    const struct patch *patch = &place->built->patch;
    const struct patch_edit *edit = &patch->edits[first];
    struct export_view view = {place->document->text, NULL, 0};
    struct json_out w = {out, false};

    if (moved)
        view = export_view_new(place);
    if (is_tag(edit->op))
        put_name(out, "tag_", edit->value);
    else if (edit->op == OP_RATE)
        put_name(out, "rate_", edit->value);
    else if (edit->op == OP_REDACT)
        put_name(out, "redact", STR_LIT(""));
    else
        put_name(out, is_taken(edit->value) ? "verdict_" : "", edit->value);
    json_open(&w, '[');
    for (size_t i = first; i < patch->edit_count; i++) {
        const struct patch_edit *other = &patch->edits[i];
        uint64_t start;
        uint64_t end;

        if (!same_name(edit, other))
            continue;
        export_span_cp(&view, other, &start, &end);
        put_span(&w, start, end,
                 other->op == OP_RATE    ? other->number
                 : other->op == OP_UNTAG ? 0
                                         : 1);
    }
    json_close(&w, ']');
    xbuf_append(out, "\n", 1);
}

void
dolma_items_tags(const struct export_place *place, bool moved, struct buf *out)
{
    const struct patch *patch = &place->built->patch;

    for (size_t i = 0; i < patch->edit_count; i++) {
        const struct patch_edit *edit = &patch->edits[i];
        bool first = edit->op == OP_VERDICT || is_tag(edit->op) ||
                     edit->op == OP_RATE || (edit->op == OP_REDACT && !moved);

        for (size_t k = 0; k < i && first; k++)
            first = !same_name(edit, &patch->edits[k]);
        if (first)
            put_edits(place, i, moved, out);
    }
}

void
dolma_items_drop(const struct export_place *place, struct buf *out)
{
    struct json_out w = {out, false};

    put_name(out, "drop", STR_LIT(""));
    json_open(&w, '[');
    put_span(&w, 0, place->document->text_cp, 1);
    json_close(&w, ']');
    xbuf_append(out, "\n", 1);
}

void
dolma_items_texts(const struct export_place *place,
                  const struct dolma_pieces *pieces, struct buf *out)
{
    struct str text = place->document->text;

    for (unsigned number = 0; number < pieces->texts; number++) {
        struct json_out w = {out, false};
        struct str content = {NULL, 0};
        char name[24];
        size_t at = 0;
        uint64_t cp = 0;

        (void)snprintf(name, sizeof(name), "r%u", number);
        put_name(out, name, STR_LIT(""));
        json_open(&w, '[');
        for (size_t i = 0; i < pieces->count; i++) {
            const struct dolma_piece *piece = &pieces->list[i];
            uint64_t start;

            if (piece->number != number)
                continue;
            start = cp + utf8_count(str_slice(text, at, piece->span.start));
            cp = start + utf8_count(str_slice(text, piece->span.start,
                                              piece->span.end));
            at = piece->span.end;
            content = piece->text;
            put_span(&w, start, cp, 1);
        }
        json_close(&w, ']');
        xbuf_append(out, "\n", 1);
        put_name(out, name, STR_LIT("_text"));
        w = (struct json_out){out, false};
        json_str(&w, content);
        xbuf_append(out, "\n", 1);
    }
}

void
dolma_row_format(const struct dolma *dolma, const struct dolma_row *row,
                 struct str id_token, struct buf *out)
{
    size_t at = row ? row->start : 0;
    size_t end = row ? row->end : 0;
    const char *before = "\"";

    xbuf_append(out, "{", 1);
    if (id_token.ptr) {
        xbuf_append(out, "\"id\":", 5);
        xbuf_append_str(out, id_token);
        xbuf_append(out, ",", 1);
    }
    xbuf_append_str(out, STR_LIT("\"attributes\":{"));
    while (at < end) {
        const char *item = dolma->items.ptr + at;
        const char *stop = memchr(item, '\n', end - at);
        size_t len = (size_t)(stop - item);

        xbuf_printf(out, "%s%s__", before, dolma->run);
        xbuf_append(out, item, len);
        before = ",\"";
        at += len + 1;
    }
    xbuf_append_str(out, STR_LIT("}}\n"));
}
