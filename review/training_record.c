/* A record made ready for training: its text gets control tokens, or becomes
 * a list of segments with their scores. What is not the text keeps its bytes.
 */
#include "config.h"

#include <math.h>

#include "splice_list.h"
#include "stet/json.h"
#include "stet/utf8.h"
#include "training_private.h"

/* A list of strings that end at `ends` of `text`, written as the text was. */
static enum err_code
list_json(const struct document *document, struct str text, const size_t *ends,
          size_t count, struct buf *out, struct error *err)
{
    bool ascii = json_is_ascii_style(
        str_slice(document->raw, document->text_start, document->text_end));
    enum err_code code = buf_append_byte(out, '[', err);

    for (size_t i = 0; i < count && !code; i++) {
        if (i)
            code = buf_append_byte(out, ',', err);
        if (!code)
            code = json_write_string(
                out, str_slice(text, i ? ends[i - 1] : 0, ends[i]), ascii, err);
    }
    return code ? code : buf_append_byte(out, ']', err);
}

/* Another value in the text's place. */
static enum err_code
replace_text(const struct document *document, struct str json,
             struct record_splices *out, struct error *err)
{
    struct record_splice splice = {document->text_start, document->text_end,
                                   arena_copy(out->arena, json)};

    return splice.bytes.ptr ? splices_add(out, &splice, err) : error_nomem(err);
}

/* --- control tokens --- */

static struct str
token_text(const struct training_insert *insert, struct arena *arena)
{
    char *bytes;

    if (!insert->blank)
        return insert->token;
    bytes = arena_bytes(arena, insert->token.len + 1);
    if (!bytes)
        return (struct str){NULL, 0};
    memcpy(bytes, insert->token.ptr, insert->token.len);
    bytes[insert->token.len] = ' ';
    return (struct str){bytes, insert->token.len + 1};
}

/* Inserts at one place become one. */
static enum err_code
put_string(struct record_splices *out, const struct document *document,
           const struct training_insert *inserts, size_t count,
           struct error *err)
{
    struct text_edit *edits =
        arena_alloc(out->arena, (count + 1) * sizeof(*edits));
    size_t made = 0;

    if (!edits)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        struct str token = token_text(&inserts[i], out->arena);
        struct text_edit *last = made ? &edits[made - 1] : NULL;

        if (!token.ptr)
            return error_nomem(err);
        if (last && last->span.start == inserts[i].at) {
            char *both = arena_bytes(out->arena, last->text.len + token.len);

            if (!both)
                return error_nomem(err);
            memcpy(both, last->text.ptr, last->text.len);
            memcpy(both + last->text.len, token.ptr, token.len);
            last->text = (struct str){both, last->text.len + token.len};
        } else {
            edits[made++] = (struct text_edit){
                {inserts[i].at, inserts[i].at}, token, i, false};
        }
    }
    return splice_text(document, edits, made, false, out, err);
}

/* In a list a token goes to the part that begins with what it is put before. */
static enum err_code
put_parts(struct record_splices *out, const struct document *document,
          const struct training_insert *inserts, size_t count,
          struct error *err)
{
    struct buf text = {0};
    struct buf json = {0};
    size_t *ends =
        arena_alloc(out->arena, (document->segment_count + 1) * sizeof(*ends));
    size_t at = 0;
    enum err_code code = ends ? ERR_OK : error_nomem(err);

    for (size_t i = 0, next = 0; i < document->segment_count && !code; i++) {
        size_t end = document->segments[i].text.end;

        for (; next < count && inserts[next].at < end && !code; next++) {
            code = buf_append_str(
                &text, str_slice(document->text, at, inserts[next].at), err);
            if (!code)
                code = buf_append_str(&text, inserts[next].token, err);
            if (!code && inserts[next].blank)
                code = buf_append_byte(&text, ' ', err);
            at = inserts[next].at;
        }
        if (!code)
            code =
                buf_append_str(&text, str_slice(document->text, at, end), err);
        at = end;
        ends[i] = text.len;
    }
    if (!code)
        code = list_json(document, buf_str(&text), ends,
                         document->segment_count, &json, err);
    if (!code)
        code = replace_text(document, buf_str(&json), out, err);
    buf_release(&json);
    buf_release(&text);
    return code;
}

static enum err_code
put_tokens(const struct training_options *options,
           const struct document *document, const struct training_text *text,
           struct training_result *out, struct training_counts *counts,
           struct error *err)
{
    struct training_inserts inserts = {NULL, 0};
    enum err_code code = training_inserts(
        options, document, text, out->splices.arena, &inserts, counts, err);

    if (code || inserts.count == 0)
        return code;
    return document->flags & DOC_SEGMENTS
               ? put_parts(&out->splices, document, inserts.list, inserts.count,
                           err)
               : put_string(&out->splices, document, inserts.list,
                            inserts.count, err);
}

/* --- segments --- */

static void
list_scores(const struct training_text *text, struct buf *out, double *mean)
{
    struct json_out w = {out, false};
    double sum = 0;
    size_t known = 0;

    json_open(&w, '[');
    for (size_t i = 0; i < text->count; i++) {
        json_double(&w, text->list[i].score);
        if (isnan(text->list[i].score))
            continue;
        sum += text->list[i].score;
        known++;
    }
    json_close(&w, ']');
    *mean = known ? sum / (double)known : (double)NAN;
}

/* The key's token before a value, and the path of what holds both. */
struct member_place {
    size_t start, end;
    struct member_path home;
};

static enum err_code
find_key(const struct document *document, const char *text_path,
         struct arena *arena, struct member_place *out, struct error *err)
{
    struct json_scan scan;
    struct json_token token = {.type = JSON_NULL};
    enum err_code code =
        member_path_parse(str_of(text_path), arena, &out->home, err);

    json_scan_init(&scan, document->raw, 0);
    while (!code && (token.type != JSON_END)) {
        code = json_next(&scan, &token, err);
        if (!code && token.type != JSON_KEY &&
            token.start == document->text_start)
            break;
        if (!code && token.type == JSON_KEY) {
            out->start = token.start;
            out->end = token.end;
        }
    }
    if (!code)
        out->home.count--;
    return code;
}

/* What must not be there yet, for it would be another's. */
static enum err_code
refuse_member(const struct document *document, const struct member_path *home,
              struct str key, struct error *err)
{
    struct member_path path = *home;
    enum member_kind kind;
    struct str value;
    enum err_code code;

    path.keys[path.count++] = key;
    code = member_find(document->raw, &path, &kind, &value, err);
    if (!code && value.ptr)
        code = error_set(err, ERR_CONFLICT,
                         "the record has a member %.*s already", STR_FMT(key));
    return code;
}

/* Scores beside a list may be there, and nothing else under their name. */
static enum err_code
refuse_other(const struct document *document, const struct member_path *home,
             struct str key, struct error *err)
{
    struct member_path path = *home;
    enum member_kind kind;
    struct str value;
    enum err_code code;

    path.keys[path.count++] = key;
    code = member_find(document->raw, &path, &kind, &value, err);
    return !code && value.ptr && value.ptr[0] != '['
               ? refuse_member(document, home, key, err)
               : code;
}

/* A list keeps its name, and the scores go where they are. */
static enum err_code
put_list_scores(const struct patch_header *header,
                const struct document *document, struct str scores, double mean,
                struct record_splices *out, struct error *err)
{
    static const struct str average = STR_LIT("avg_score");
    struct buf number = {0};
    struct json_out w = {&number, false};
    struct member_path path = {{STR_LIT("scores")}, 1};
    struct member members[2] = {{{NULL, 0}, scores}, {average, {NULL, 0}}};
    struct member_path beside;
    enum member_kind kind;
    struct str old;
    enum err_code code = ERR_OK;

    if (header->segment_score_count)
        code = member_path_parse(header->segment_scores[0], out->arena, &path,
                                 err);
    if (code)
        return code;
    beside = path;
    members[0].key = path.keys[--path.count];
    beside.keys[beside.count - 1] = average;
    code = refuse_other(document, &path, members[0].key, err);
    if (!code)
        code = member_find(document->raw, &beside, &kind, &old, err);
    json_double(&w, mean);
    members[1].value = buf_str(&number);
    if (!code)
        code = splice_members(document->raw, &path, members, old.ptr ? 2 : 1,
                              out, err);
    buf_release(&number);
    return code;
}

static enum err_code
put_text_scores(const struct document *document, const char *text_path,
                struct str scores, struct record_splices *out,
                struct error *err)
{
    struct member member = {STR_LIT("scores"), scores};
    struct member_place place = {0};
    struct record_splice splice = {0};
    bool named;
    enum err_code code = find_key(document, text_path, out->arena, &place, err);

    if (code)
        return code;
    named = str_equal(place.home.keys[place.home.count], STR_LIT("texts"));
    if (!named)
        code = refuse_member(document, &place.home, STR_LIT("texts"), err);
    if (!code)
        code = refuse_member(document, &place.home, member.key, err);
    splice.start = place.start;
    splice.end = place.end;
    splice.bytes = STR_LIT("\"texts\"");
    if (!code && !named)
        code = splices_add(out, &splice, err);
    if (!code)
        code = splice_members(document->raw, &place.home, &member, 1, out, err);
    return code;
}

static enum err_code
put_segments(const struct training_place *place,
             const struct document *document, const struct training_text *text,
             struct record_splices *out, struct error *err)
{
    bool bare = document->flags & DOC_BARE; /* it becomes an object */
    size_t *ends = arena_alloc(out->arena, (text->count + 1) * sizeof(*ends));
    struct buf json = {0};
    struct buf scores = {0};
    double mean;
    enum err_code code = ends ? ERR_OK : error_nomem(err);

    for (size_t i = 0; i < text->count && !code; i++)
        ends[i] = text->list[i].end;
    list_scores(text, &scores, &mean);
    if (!code && bare)
        code = buf_append_str(&json, STR_LIT("{\"texts\":"), err);
    if (!code)
        code =
            list_json(document, document->text, ends, text->count, &json, err);
    if (!code && bare)
        code = buf_printf(&json, err, ",\"scores\":%.*s}",
                          STR_FMT(buf_str(&scores)));
    if (!code)
        code = replace_text(document, buf_str(&json), out, err);
    if (!code && (document->flags & DOC_SEGMENTS))
        code = put_list_scores(place->header, document, buf_str(&scores), mean,
                               out, err);
    else if (!code && !bare)
        code =
            put_text_scores(document, place->text, buf_str(&scores), out, err);
    buf_release(&json);
    buf_release(&scores);
    return code;
}

static struct str
find_collision(const struct training_options *options, struct str text)
{
    const struct str tokens[] = {options->good, options->bad, options->inject};

    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
        if (tokens[i].ptr && str_find(text, tokens[i], 0) != SIZE_MAX)
            return tokens[i];
    return (struct str){NULL, 0};
}

/* Whether one part ends with half of a surrogate pair and the next begins with
 * the other: in one string they would be another character. */
static bool
joins_halves(const struct document *document)
{
    struct str text = document->text;

    for (size_t i = 0; i + 1 < document->segment_count; i++) {
        size_t at = document->segments[i].text.end;
        unsigned len;
        uint32_t high;
        uint32_t low;

        if (at < 3 || at >= text.len)
            continue;
        high = utf8_decode(text, at - 3, &len);
        low = utf8_decode(text, at, &len);
        if ((high & ~0x3FFu) == 0xD800 && (low & ~0x3FFu) == 0xDC00)
            return true;
    }
    return false;
}

static void
count_segments(const struct training_text *text, struct training_counts *counts)
{
    counts->segments += text->count;
    for (size_t i = 0; i < text->count; i++) {
        counts->good += text->list[i].label == LABEL_GOOD;
        counts->bad += text->list[i].label == LABEL_BAD;
        counts->unknown += text->list[i].label == LABEL_UNKNOWN;
    }
}

enum err_code
training_record(const struct training_place *place,
                const struct document *document, bool moved,
                struct arena *arena, struct training_result *out,
                struct training_counts *counts, struct error *err)
{
    const struct training_options *options = place->options->training;
    struct training_text text = {NULL, 0};
    enum err_code code;

    *out = (struct training_result){.splices = {.arena = arena}};
    counts->documents++;
    out->collision = find_collision(options, document->text);
    counts->collisions += out->collision.ptr != NULL;
    if (document->flags & (DOC_BAD_UTF8 | DOC_FIXED_TEXT) ||
        (options->segments && joins_halves(document))) {
        counts->left++;
        return ERR_OK;
    }
    code = training_label(place->options, document, moved, arena, &text, err);
    if (code)
        return code;
    count_segments(&text, counts);
    if (options->segments)
        return put_segments(place, document, &text, &out->splices, err);
    return put_tokens(options, document, &text, out, counts, err);
}
