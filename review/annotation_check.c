/* Checks of annotations: everything that enters the store passes here. */
#include "config.h"

#include "review/annotation_check.h"

#include <math.h>

#include "stet/failure.h"
#include "stet/utf8.h"

#define NAME_MAX_BYTES 128
#define VALUE_MAX_BYTES 1024
#define REASON_MAX_BYTES ((size_t)64 << 10)
#define QUERY_MAX_BYTES ((size_t)64 << 10)
#define TEXT_MAX_BYTES ((size_t)64 << 20)
#define ITEMS_MAX ((size_t)16 << 20)
#define AT_MAX_US INT64_C(253402300799999999) /* end of the year 9999 */

bool
annotation_kind_has_item(enum annotation_kind kind)
{
    return kind != ANNOTATION_ADD && kind != ANNOTATION_EXPORT &&
           kind != ANNOTATION_UNDO && kind != ANNOTATION_FAILURE &&
           kind != ANNOTATION_STATUS;
}

static bool
is_tag_ascii(uint32_t cp)
{
    return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') ||
           (cp >= '0' && cp <= '9') || cp == '-' || cp == '_' || cp == '/' ||
           cp == '.' || cp == ':';
}

/* Controls, spaces and invisible format characters outside ASCII. */
static bool
is_blank_cp(uint32_t cp)
{
    static const struct {
        uint32_t first, last;
    } blanks[] = {
        {0x80, 0xa0},       {0xad, 0xad},     {0x61c, 0x61c},
        {0x1680, 0x1680},   {0x180e, 0x180e}, {0x2000, 0x200f},
        {0x2028, 0x202f},   {0x205f, 0x206f}, {0x3000, 0x3000},
        {0xd800, 0xdfff},   {0xfeff, 0xfeff}, {0xfff9, 0xffff},
        {0xe0000, 0xe0fff},
    };

    for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++)
        if (cp >= blanks[i].first && cp <= blanks[i].last)
            return true;
    return false;
}

bool
tag_name_is_valid(struct str name)
{
    unsigned len = 0;

    if (name.len == 0 || name.len > NAME_MAX_BYTES || !utf8_is_valid(name) ||
        name.ptr[0] == '-' || str_equal(name, STR_LIT("none")))
        return false;
    for (size_t at = 0; at < name.len; at += len) {
        uint32_t cp = utf8_decode(name, at, &len);

        if (cp < 0x80 ? !is_tag_ascii(cp) : is_blank_cp(cp))
            return false;
    }
    return true;
}

bool
reviewer_name_is_valid(struct str name)
{
    unsigned len = 0;

    if (name.len == 0 || name.len > NAME_MAX_BYTES || !utf8_is_valid(name) ||
        name.ptr[0] == ' ' || name.ptr[name.len - 1] == ' ')
        return false;
    for (size_t at = 0; at < name.len; at += len) {
        uint32_t cp = utf8_decode(name, at, &len);

        if (cp < 0x20 || cp == 0x7f || cp == ',' ||
            (cp >= 0x80 && is_blank_cp(cp)))
            return false;
    }
    return true;
}

bool
reviewer_is_model(struct str name)
{
    return str_starts_with(name, STR_LIT("model/"));
}

static bool
is_text(struct str s, size_t max)
{
    return s.len <= max && utf8_is_wtf8(s);
}

static const char *
check_strings(const struct annotation *a)
{
    struct hash policy;

    if (a->reviewer.ptr && !reviewer_name_is_valid(a->reviewer))
        return "reviewer is not a name";
    if (!is_text(a->value, VALUE_MAX_BYTES))
        return "value is too long or not UTF-8";
    if (!is_text(a->reason, REASON_MAX_BYTES))
        return "reason is too long or not UTF-8";
    if (!is_text(a->query, QUERY_MAX_BYTES))
        return "query is too long or not UTF-8";
    if (!is_text(a->queue, NAME_MAX_BYTES))
        return "queue is too long or not UTF-8";
    if (!is_text(a->text, TEXT_MAX_BYTES))
        return "text is too long or not UTF-8";
    if (a->policy.len && !hash_parse(a->policy, &policy))
        return "policy is not a SHA-256";
    return NULL;
}

static const char *
check_numbers(const struct annotation *a)
{
    const struct annotation_span *span = &a->span;

    if (!isfinite(a->number))
        return "number is not finite";
    if (!(a->share >= 0 && a->share <= 1))
        return "share is not within 0 and 1";
    if (a->at_us < 0 || a->at_us > AT_MAX_US)
        return "time is out of range";
    if (a->lamport > ANNOTATION_LAMPORT_MAX)
        return "lamport is out of range";
    if (a->visible & ~VISIBLE_ALL)
        return "visible has unknown bits";
    if (!span->given)
        return NULL;
    if (span->bytes.start > span->bytes.end || span->start_cp > span->end_cp ||
        span->start_cp > span->bytes.start || span->end_cp > span->bytes.end ||
        span->bytes.end > (size_t)INT64_MAX)
        return "span is not in order";
    return NULL;
}

static const char *
check_subject(const struct annotation *a)
{
    if (a->has_item && a->items)
        return "both an item and a list";
    if (!annotation_kind_has_item(a->kind))
        return a->has_item || a->items ? "this kind is about no item" : NULL;
    if (!a->has_item && !a->items)
        return "an item is missing";
    if (a->items && (a->item_count == 0 || a->item_count > ITEMS_MAX))
        return "the list of items is empty or too long";
    if (a->items && a->span.given)
        return "a span needs a single item";
    if (a->span.given &&
        (a->kind == ANNOTATION_VERDICT || a->kind == ANNOTATION_ADJUDICATE ||
         a->kind == ANNOTATION_RATE))
        return "a verdict or rating is about the whole document: tag the "
               "passage";
    return NULL;
}

static const char *
check_failure(const struct annotation *a)
{
    enum failure_state state;

    if (a->value.len == 0)
        return "a failure's id is missing";
    if (a->kind == ANNOTATION_STATUS && !failure_state_parse(a->text, &state))
        return "a failure's state is missing or unknown";
    return a->text.len ? NULL : "a failure's text is missing";
}

static const char *
check_edit(const struct annotation *a)
{
    if (a->kind == ANNOTATION_REWRITE)
        return a->text.len || (a->text.ptr && a->span.given)
                   ? NULL
                   : "a rewrite needs a text (or drop the document)";
    if (a->kind == ANNOTATION_REDACT)
        return a->span.given && a->span.bytes.start < a->span.bytes.end
                   ? NULL
                   : "a redaction needs a span";
    return a->span.given && a->span.bytes.start == a->span.bytes.end &&
                   a->text.len
               ? NULL
               : "an insertion needs a place and a text";
}

static const char *
check_payload(const struct annotation *a)
{
    struct uuid uuid;

    switch (a->kind) {
    case ANNOTATION_VERDICT:
    case ANNOTATION_ADJUDICATE:
        return a->value.len ? NULL : "a verdict's value is missing";
    case ANNOTATION_RATE:
        return a->value.len ? NULL : "a rating's scale is missing";
    case ANNOTATION_TAG:
    case ANNOTATION_UNTAG:
        return tag_name_is_valid(a->value)
                   ? NULL
                   : "a tag is 1 to 128 letters, digits or - _ / . :";
    case ANNOTATION_REWRITE:
    case ANNOTATION_REDACT:
    case ANNOTATION_INSERT:
        return check_edit(a);
    case ANNOTATION_ADD:
    case ANNOTATION_NOTE:
        return a->text.len ? NULL : "the text is missing";
    case ANNOTATION_SEND_BACK: /* to one reviewer, or to all who judged */
        return a->value.len == 0 || reviewer_name_is_valid(a->value)
                   ? NULL
                   : "sent back to what is not a name";
    case ANNOTATION_FAILURE:
    case ANNOTATION_STATUS:
        return check_failure(a);
    case ANNOTATION_UNDO:
        return uuid_parse(a->value, &uuid) ? NULL
                                           : "an undo names an annotation";
    case ANNOTATION_DROP:
    case ANNOTATION_KEEP:
    case ANNOTATION_SKIP:
    case ANNOTATION_ESCALATE:
    case ANNOTATION_RESOLVE:
    case ANNOTATION_CLAIM:
    case ANNOTATION_REVEAL:
    case ANNOTATION_EXPORT:
        return NULL;
    case ANNOTATION_KIND_COUNT:
        break;
    }
    return "unknown kind";
}

enum err_code
annotation_check(const struct annotation *annotation, enum err_code code,
                 struct error *err)
{
    const char *wrong = check_strings(annotation);

    if (!wrong)
        wrong = check_numbers(annotation);
    if (!wrong)
        wrong = check_subject(annotation);
    if (!wrong)
        wrong = check_payload(annotation);
    return wrong ? error_set(err, code, "%s: %s",
                             annotation_kind_name(annotation->kind), wrong)
                 : ERR_OK;
}
