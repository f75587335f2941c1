/* A look at the bytes of a record before it is read as JSON. Printable ASCII
 * but for the quote, the slash and the backslash stands for itself in JSON
 * unless it is written \uXXXX, also in JSON kept in a string; so a record that
 * has neither the needle nor a \u has no such text. Texts that are lists are
 * joined from strings, so there a needle can lie across two. */
#include "config.h"

#include "regex_raw.h"

#include <string.h>

static bool
is_plain(char byte, bool caseless)
{
    if (byte < ' ' || byte > '~' || byte == '"' || byte == '\\' || byte == '/')
        return false;
    return !caseless || !((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

/* How much it says: its length, nothing for what most texts have. */
static size_t
worth(struct str run)
{
    if (run.len == 1 && strchr(" .,-'()", run.ptr[0]))
        return 0;
    if (run.len == 1 && run.ptr[0] >= '0' &&
        !memchr("@[]^_`{|}~<=>?;:", run.ptr[0], 16))
        return 0;
    return run.len;
}

/* The longest plain run of a literal. */
static struct str
plain_run(struct str literal, bool caseless)
{
    struct str best = {NULL, 0};
    size_t start = 0;

    for (size_t at = 0; at <= literal.len; at++) {
        if (at < literal.len && is_plain(literal.ptr[at], caseless))
            continue;
        if (at - start > best.len)
            best = str_slice(literal, start, at);
        start = at + 1;
    }
    return worth(best) > 0 ? best : (struct str){NULL, 0};
}

static size_t
least(const struct regex_raw *raw)
{
    size_t len = raw->count ? SIZE_MAX : 0;

    for (unsigned i = 0; i < raw->count; i++)
        if (raw->needles[i].len < len)
            len = raw->needles[i].len;
    return len;
}

/* All alternatives must say something. */
static struct regex_raw
make_or(const struct need *need, bool caseless)
{
    struct regex_raw all = {.count = 0};

    for (const struct need *child = need->first; child; child = child->next) {
        struct regex_raw one = regex_raw_make(child, caseless);

        if (one.count == 0 || all.count + one.count > RAW_NEEDLES)
            return (struct regex_raw){.count = 0};
        for (unsigned i = 0; i < one.count; i++)
            all.needles[all.count++] = one.needles[i];
    }
    return all;
}

struct regex_raw
regex_raw_make(const struct need *need, bool caseless)
{
    struct regex_raw best = {.count = 0};

    if (!need)
        return best;
    if (need->op == NEED_OR)
        return make_or(need, caseless);
    if (need->op == NEED_LITERAL) {
        best.needles[0] = plain_run(need->literal, caseless);
        best.count = best.needles[0].len > 0;
        return best;
    }
    for (const struct need *child = need->first; child; child = child->next) {
        struct regex_raw one = regex_raw_make(child, caseless);

        if (least(&one) > least(&best))
            best = one;
    }
    return best;
}

/* Where in the needle the byte is that is rarest in most texts. */
static size_t
rarest(struct str needle)
{
    static const char frequent[] = "etaoinshrdlucmfwypvbgk 0123456789.,-";
    size_t best = 0;
    size_t rank = 0;

    for (size_t i = 0; i < needle.len; i++) {
        const char *at = memchr(frequent, needle.ptr[i], sizeof(frequent) - 1);
        size_t here = at ? (size_t)(at - frequent) : sizeof(frequent);

        here = needle.ptr[i] == ' ' ? 0 : here;
        if (here >= rank) {
            rank = here;
            best = i;
        }
    }
    return best;
}

/* memmem() of a short needle goes byte by byte; memchr() does not. */
static bool
has(struct str record, struct str needle, size_t rare)
{
    const char *at;
    const char *end;

    if (record.len < needle.len)
        return false;
    at = record.ptr + rare;
    end = record.ptr + record.len - (needle.len - 1 - rare);
    while (at < end) {
        at = memchr(at, needle.ptr[rare], (size_t)(end - at));
        if (!at)
            return false;
        if (memcmp(at - rare, needle.ptr, needle.len) == 0)
            return true;
        at++;
    }
    return false;
}

bool
regex_raw_may(const struct regex_raw *raw, struct str record, unsigned flags)
{
    if (raw->count == 0 || (flags & DOC_SEGMENTS))
        return true;
    for (unsigned i = 0; i < raw->count; i++)
        if (has(record, raw->needles[i], rarest(raw->needles[i])))
            return true;
    return regex_raw_has_escape(record);
}

bool
regex_raw_has_escape(struct str record)
{
    return has(record, STR_LIT("\\u"), 0);
}
