/* The edited text inside its record: places in the decoded text are mapped to
 * places in the string token, so that only the edited stretch is rewritten. */
#include "config.h"

#include "splice_record.h"

#include <string.h>

#include "splice_list.h"
#include "stet/json.h"
#include "stet/utf8.h"

/* A walk through a string token that keeps the decoded offset. */
struct token_walk {
    struct str raw;
    size_t at;      /* in raw */
    size_t decoded; /* bytes of text before `at` */
};

static unsigned
hex_value(struct str raw, size_t at)
{
    unsigned value = 0;

    for (size_t i = at; i < at + 4; i++) {
        unsigned char c = (unsigned char)raw.ptr[i];

        value =
            value * 16 + (c <= '9' ? c - (unsigned)'0' : (c | 32u) - 'a' + 10u);
    }
    return value;
}

/* Over one escape; the token was scanned before. */
static void
walk_escape(struct token_walk *walk)
{
    unsigned unit;

    if (walk->raw.ptr[walk->at + 1] != 'u') {
        walk->at += 2;
        walk->decoded += 1;
        return;
    }
    unit = hex_value(walk->raw, walk->at + 2);
    walk->at += 6;
    if (unit < 0x80) {
        walk->decoded += 1;
    } else if (unit < 0x800) {
        walk->decoded += 2;
    } else if ((unit & 0xfc00) == 0xd800 && walk->at + 6 < walk->raw.len &&
               walk->raw.ptr[walk->at] == '\\' &&
               walk->raw.ptr[walk->at + 1] == 'u' &&
               (hex_value(walk->raw, walk->at + 2) & 0xfc00) == 0xdc00) {
        walk->at += 6;
        walk->decoded += 4;
    } else {
        walk->decoded += 3;
    }
}

/* Move on to a decoded offset; false when no character starts there. */
static bool
walk_to(struct token_walk *walk, size_t decoded)
{
    size_t end = walk->raw.len - 1; /* the closing quote */

    while (walk->decoded < decoded && walk->at < end) {
        size_t run = end - walk->at;
        const char *escape = NULL;

        if (walk->raw.ptr[walk->at] == '\\') {
            walk_escape(walk);
            continue;
        }
        if (run > decoded - walk->decoded)
            run = decoded - walk->decoded;
        escape = memchr(walk->raw.ptr + walk->at, '\\', run);
        if (escape)
            run = (size_t)(escape - walk->raw.ptr) - walk->at;
        walk->at += run;
        walk->decoded += run;
    }
    return walk->decoded == decoded;
}

bool
json_is_ascii_style(struct str raw)
{
    size_t at = 0;

    for (size_t i = 0; i < raw.len; i++)
        if ((unsigned char)raw.ptr[i] >= 0x80)
            return false;
    while ((at = str_find(raw, STR_LIT("\\u"), at)) != SIZE_MAX) {
        size_t slashes = 0;

        while (slashes < at && raw.ptr[at - 1 - slashes] == '\\')
            slashes++;
        if (slashes % 2 == 0 && hex_value(raw, at + 2) >= 0x80)
            return true;
        at += 2;
    }
    return false;
}

/* `text` as the inside of a JSON string, or with `quotes` the whole of it. */
static enum err_code
encode(struct str text, bool ascii, bool quotes, struct arena *arena,
       struct str *out, struct error *err)
{
    struct buf buf = {0};
    enum err_code code = json_write_string(&buf, text, ascii, err);

    if (!code) {
        *out = arena_copy(arena,
                          quotes ? buf_str(&buf)
                                 : str_slice(buf_str(&buf), 1, buf.len - 1));
        if (!out->ptr)
            code = error_nomem(err);
    }
    buf_release(&buf);
    return code;
}

/* Edits within one string token whose text starts at `base` of the whole. */
static enum err_code
splice_token(const struct document *document, struct span token, size_t base,
             const struct text_edit *edits, size_t count,
             struct record_splices *out, struct error *err)
{
    struct str raw = str_slice(document->raw, token.start, token.end);
    struct token_walk walk = {raw, 1, 0};
    bool ascii = json_is_ascii_style(raw);

    for (size_t i = 0; i < count; i++) {
        struct record_splice splice = {0};
        enum err_code code;

        if (!walk_to(&walk, edits[i].span.start - base))
            return error_set(err, ERR_CONFLICT, "an edit cuts a character");
        splice.start = token.start + walk.at;
        if (!walk_to(&walk, edits[i].span.end - base))
            return error_set(err, ERR_CONFLICT, "an edit cuts a character");
        splice.end = token.start + walk.at;
        code =
            encode(edits[i].text, ascii, false, out->arena, &splice.bytes, err);
        if (!code)
            code = splices_add(out, &splice, err);
        if (code)
            return code;
    }
    return ERR_OK;
}

/* The first element that holds the place, from `from` on. */
static size_t
segment_of(const struct document *document, size_t from, size_t place)
{
    while (from + 1 < document->segment_count &&
           document->segments[from].text.end < place)
        from++;
    return from;
}

/* Cut an edit at the elements' ends: its text goes to the first. */
static enum err_code
splice_segments(const struct document *document, const struct text_edit *edits,
                size_t count, struct record_splices *out, struct error *err)
{
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        struct text_edit part = edits[i];
        size_t end = part.span.end;
        bool first = true;

        at = segment_of(document, at, part.span.start);
        /* What begins at the border belongs to the next element. */
        while (part.span.start < end && at + 1 < document->segment_count &&
               document->segments[at].text.end <= part.span.start)
            at++;
        for (size_t k = at; first || part.span.start < end; k++) {
            const struct segment *segment = &document->segments[k];
            struct span token = {segment->raw_start, segment->raw_end};
            enum err_code code;

            part.span.end = end < segment->text.end ? end : segment->text.end;
            code = splice_token(document, token, segment->text.start, &part, 1,
                                out, err);
            if (code)
                return code;
            part.span.start = segment->text.end;
            part.text = (struct str){"", 0};
            first = false;
            at = k;
        }
    }
    return ERR_OK;
}

/* Whether the elements cover the text one after another. */
static bool
segments_are_exact(const struct document *document)
{
    size_t at = 0;

    for (size_t i = 0; i < document->segment_count; i++) {
        if (document->segments[i].text.start != at)
            return false;
        at = document->segments[i].text.end;
    }
    return document->segment_count > 0 && at == document->text.len;
}

static enum err_code
splice_whole(const struct document *document, struct str text,
             struct record_splices *out, struct error *err)
{
    struct str raw =
        str_slice(document->raw, document->text_start, document->text_end);
    struct record_splice splice = {
        document->text_start, document->text_end, {NULL, 0}};
    enum err_code code = encode(text, json_is_ascii_style(raw), true,
                                out->arena, &splice.bytes, err);

    if (!code && (document->flags & DOC_SEGMENTS)) {
        char *list = arena_bytes(out->arena, splice.bytes.len + 2);

        if (!list)
            return error_nomem(err);
        list[0] = '[';
        memcpy(list + 1, splice.bytes.ptr, splice.bytes.len);
        list[splice.bytes.len + 1] = ']';
        splice.bytes = (struct str){list, splice.bytes.len + 2};
    }
    return code ? code : splices_add(out, &splice, err);
}

enum err_code
splice_text(const struct document *document, const struct text_edit *edits,
            size_t count, bool whole, struct record_splices *out,
            struct error *err)
{
    struct span token = {document->text_start, document->text_end};

    if (document->flags & DOC_BAD_UTF8)
        return error_set(err, ERR_CONFLICT,
                         "the record is not UTF-8: its text is read-only");
    if (document->flags & DOC_FIXED_TEXT)
        return error_set(err, ERR_CONFLICT,
                         "the text's parts are not joined exactly: it is "
                         "read-only");
    if (whole)
        return splice_whole(document, edits[0].text, out, err);
    if (document->flags & DOC_SEGMENTS) {
        if (!segments_are_exact(document))
            return error_set(err, ERR_CONFLICT, "the text has no parts");
        return splice_segments(document, edits, count, out, err);
    }
    if (token.end <= token.start + 1 || document->raw.ptr[token.start] != '"')
        return error_set(err, ERR_CONFLICT,
                         "the text lies inside another string: it is "
                         "read-only");
    return splice_token(document, token, 0, edits, count, out, err);
}
