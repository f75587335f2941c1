/* Decisions on a document as one guarded patch. */
#include "config.h"

#include "export_private.h"

#include <stdlib.h>

#include "stet/utf8.h"

/* Code points before a place; the last answer is kept, for edits come in
 * order of place. */
struct counter {
    struct str text;
    size_t at;
    uint64_t cp;
};

static uint64_t
count_to(struct counter *counter, size_t at)
{
    if (at < counter->at) {
        counter->at = 0;
        counter->cp = 0;
    }
    counter->cp += utf8_count(str_slice(counter->text, counter->at, at));
    counter->at = at;
    return counter->cp;
}

static bool
is_edit(enum patch_op op)
{
    return op == OP_REPLACE || op == OP_REDACT || op == OP_INSERT;
}

/* A stand-in that is the same for all patches of a workspace. */
static enum err_code
make_pseudonym(const struct exporter *x, struct str reviewer,
               struct arena *arena, struct str *out, struct error *err)
{
    struct hash hash = hash_hmac(x->key, reviewer);
    char hex[HASH_HEX_SIZE];
    char name[2 + HASH_HEX_SIZE];

    hash_format(&hash, hex);
    memcpy(name, "r-", 2);
    memcpy(name + 2, hex, 16);
    *out = arena_copy(arena, (struct str){name, 18});
    return out->ptr ? ERR_OK : error_nomem(err);
}

enum err_code
export_edit(struct exporter *x, enum patch_op op, const struct annotation *a,
            struct arena *arena, struct patch_edit *out, struct error *err)
{
    struct patch_edit edit = {.op = op, .at_us = a->at_us, .uuid = a->uuid};

    if (op == OP_VERDICT || op == OP_TAG || op == OP_UNTAG || op == OP_RATE)
        edit.value = a->value;
    if (op == OP_RATE) {
        edit.has_number = true;
        edit.number = a->number;
    }
    if (op == OP_REPLACE || op == OP_INSERT || op == OP_NOTE)
        edit.text = a->text.ptr ? a->text : STR_LIT("");
    if (op == OP_REDACT)
        edit.text = a->value.ptr ? a->value : STR_LIT("");
    if (a->reason.len)
        edit.reason = a->reason;
    if (a->at_us > x->newest_us)
        x->newest_us = a->at_us;
    *out = edit;
    return make_pseudonym(x, a->reviewer, arena, &out->reviewer, err);
}

/* A span as the patch says it; false: it is not one of this text. */
static bool
set_span(struct patch_edit *edit, const struct annotation *a,
         struct counter *counter)
{
    struct str text = counter->text;
    struct span span = a->span.bytes;

    if (!a->span.given)
        return true;
    if (span.start > span.end || span.end > text.len ||
        !utf8_is_boundary(text, span.start) ||
        !utf8_is_boundary(text, span.end))
        return false;
    edit->has_span = true;
    edit->span = span;
    edit->start_cp = count_to(counter, span.start);
    edit->end_cp = count_to(counter, span.end);
    edit->has_quote = true;
    edit->quote = quote_take(text, span);
    return true;
}

/* No quote or context may show what a redaction removes. */
static void
hide_redacted(struct patch_edit *edits, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct patch_edit *edit = &edits[i];
        size_t start;
        size_t end;

        if (!edit->has_quote)
            continue;
        start = edit->span.start - edit->quote.before.len;
        end = edit->span.end + edit->quote.after.len;
        for (size_t k = 0; k < count; k++)
            if (edits[k].op == OP_REDACT && edits[k].span.start < end &&
                start < edits[k].span.end)
                edit->has_quote = false;
        if (edit->op == OP_REDACT)
            edit->has_quote = false;
    }
}

static const char *
check_text_edits(const struct document *document)
{
    if (document->flags & DOC_BAD_UTF8)
        return "the record is not UTF-8: its text cannot be edited";
    if (document->flags & DOC_FIXED_TEXT)
        return "the text's parts are not joined exactly: it cannot be edited";
    return NULL;
}

/* The new text, and whether the edits can stand side by side. */
static enum err_code
make_text(const struct document *document, struct arena *arena,
          struct built *out, struct error *err)
{
    struct buf text = {0};
    enum err_code code;

    out->text = document->text;
    if (out->edit_count == 0)
        return ERR_OK;
    out->why = check_text_edits(document);
    if (!out->why && ((out->whole && out->edit_count > 1) ||
                      edits_sort(out->edits, out->edit_count)))
        out->why = "edits of the text overlap";
    if (out->why)
        return ERR_OK;
    code = edits_apply(document->text, out->edits, out->edit_count, &text, err);
    if (code == ERR_CONFLICT) {
        out->why = "the new text would join two surrogate halves";
        code = ERR_OK;
    } else if (!code) {
        out->text = arena_copy(arena, buf_str(&text));
        if (!out->text.ptr)
            code = error_nomem(err);
    }
    buf_release(&text);
    return code;
}

static struct text_id
identify(struct str text)
{
    return (struct text_id){hash_of(text), text.len, utf8_count(text)};
}

/* What former exports made of this text, and the way from there. */
static enum err_code
add_formers(const struct exporter *x, const struct item_key *key,
            const struct document *document, struct arena *arena,
            struct built *out, struct error *err)
{
    size_t count = 0;
    const struct former_text *list = export_formers(x, key, &count);
    struct patch_former *formers =
        arena_alloc(arena, (count + 1) * sizeof(*formers));
    size_t kept = 0;

    if (!formers)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        struct buf text = {0};
        struct str former;
        struct hash hash;
        struct text_edit way;

        if (hash_equal(&list[i].id.hash, &out->patch.guard.hash) ||
            hash_equal(&list[i].id.hash, &out->patch.after.hash))
            continue;
        if (list[i].count &&
            list[i].edits[list[i].count - 1].span.end > document->text.len)
            continue;
        if (edits_apply(document->text, list[i].edits, list[i].count, &text,
                        err) == ERR_NOMEM) {
            buf_release(&text);
            return ERR_NOMEM;
        }
        former = arena_copy(arena, buf_str(&text));
        buf_release(&text);
        if (!former.ptr)
            return error_nomem(err);
        hash = hash_of(former);
        if (!hash_equal(&hash, &list[i].id.hash))
            continue;
        way = edits_between(former, out->text);
        formers[kept++] =
            (struct patch_former){identify(former), way.span, way.text};
    }
    out->patch.formers = formers;
    out->patch.former_count = kept;
    return ERR_OK;
}

static enum err_code
build_edits(struct exporter *x, const struct decisions *d,
            const struct document *document, struct arena *arena,
            struct built *out, struct error *err)
{
    struct counter counter = {document->text, 0, 0};
    struct patch_edit *edits =
        arena_alloc(arena, (d->count + 1) * sizeof(*edits));
    bool redacted = false;

    out->edits = arena_alloc(arena, (d->count + 1) * sizeof(*out->edits));
    if (!edits || !out->edits)
        return error_nomem(err);
    for (size_t i = 0; i < d->count; i++) {
        const struct annotation *a = d->list[i].a;
        enum err_code code =
            export_edit(x, d->list[i].op, a, arena, &edits[i], err);

        if (code)
            return code;
        if (d->list[i].op != OP_NOTE && d->list[i].op != OP_UNTAG &&
            !set_span(&edits[i], a, &counter))
            out->why = "a span is not one of this text";
        redacted = redacted || edits[i].op == OP_REDACT;
        if (!is_edit(edits[i].op))
            continue;
        out->whole = out->whole || !edits[i].has_span;
        out->edits[out->edit_count++] = (struct text_edit){
            edits[i].has_span ? edits[i].span
                              : (struct span){0, document->text.len},
            edits[i].text, i, false};
    }
    if (redacted && !x->options->quotes)
        hide_redacted(edits, d->count);
    out->patch.edits = edits;
    out->patch.edit_count = d->count;
    return ERR_OK;
}

static bool
is_dropped(const struct decisions *d)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->list[i].op == OP_DROP)
            return true;
    return false;
}

enum err_code
export_build(struct exporter *x, const struct decisions *d,
             const struct item_key *key, const struct document *document,
             struct arena *arena, struct built *out, struct error *err)
{
    bool raw = (document->flags & DOC_BAD_UTF8) != 0;
    enum err_code code;

    *out = (struct built){0};
    out->patch.source = document->source;
    out->patch.id_token = document->id_token;
    out->patch.record = document->record;
    out->patch.offset = document->offset;
    out->patch.guard_raw = raw;
    out->patch.guard = (struct text_id){
        document->text_hash, raw ? document->raw.len : document->text.len,
        raw ? 0 : document->text_cp};
    code = build_edits(x, d, document, arena, out, err);
    if (!code && !out->why)
        code = make_text(document, arena, out, err);
    if (code || out->why)
        return code;
    out->patch.has_after = !is_dropped(d);
    out->patch.after = out->edit_count ? identify(out->text) : out->patch.guard;
    if (raw)
        return ERR_OK;
    return add_formers(x, key, document, arena, out, err);
}
