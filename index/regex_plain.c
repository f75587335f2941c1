/* A strict reader: what it does not know makes the pattern not plain. */
#include "config.h"

#include "regex_plain.h"

#include <string.h>

#include "regex_need.h"
#include "stet/regex.h"
#include "stet/utf8.h"

/* JSON writes these as they are; the others are written \", \\, \n or, some
 * writers, \/. */
static bool
is_verbatim(uint32_t cp)
{
    return cp >= ' ' && cp != 0x7F && cp != '"' && cp != '\\' && cp != '/';
}

/* Whether [first, last] is verbatim as a whole. */
static bool
is_verbatim_range(uint32_t first, uint32_t last)
{
    static const uint32_t written_otherwise[] = {'"', '/', '\\', 0x7F};

    if (!is_verbatim(first) || last < first)
        return false;
    for (size_t i = 0; i < 4; i++)
        if (first <= written_otherwise[i] && written_otherwise[i] <= last)
            return false;
    return true;
}

struct plain_reader {
    struct str pattern;
    size_t at;
    uint32_t highest; /* character that is named */
};

static bool
take(struct plain_reader *r, uint32_t *cp)
{
    unsigned len;

    if (r->at >= r->pattern.len)
        return false;
    *cp = utf8_decode(r->pattern, r->at, &len);
    r->at += len;
    if (*cp > r->highest)
        r->highest = *cp;
    return true;
}

/* \. and other escaped punctuation, which stands for itself. */
static bool
take_escaped(struct plain_reader *r, uint32_t *cp)
{
    return take(r, cp) && *cp < 0x80 &&
           strchr(".-+*?()[]{}|^$#&~=!<>:,;@%_'`", (int)*cp) != NULL &&
           *cp != 0;
}

/* Behind the '['. */
static bool
take_class(struct plain_reader *r)
{
    uint32_t first;
    uint32_t last;

    for (bool any = false;; any = true) {
        if (!take(r, &first))
            return false;
        if (first == ']')
            return any; /* first of all it would be a member */
        if (first == '^' || first == '[' || first == '&' || first == '~')
            return false; /* negated, POSIX, or set operations elsewhere */
        if (first == '\\' && !take_escaped(r, &first))
            return false;
        last = first;
        if (r->at + 1 < r->pattern.len && r->pattern.ptr[r->at] == '-' &&
            r->pattern.ptr[r->at + 1] != ']') {
            r->at++;
            if (!take(r, &last) || last == '[' ||
                (last == '\\' && !take_escaped(r, &last)))
                return false;
        }
        if (!is_verbatim_range(first, last))
            return false;
    }
}

/* Behind the '(': a group that only groups. */
static bool
take_group(struct plain_reader *r)
{
    struct str rest = str_slice(r->pattern, r->at, r->pattern.len);

    if (str_starts_with(rest, STR_LIT("?:")))
        r->at += 2;
    else if (rest.len > 0 && (rest.ptr[0] == '?' || rest.ptr[0] == '*'))
        return false;
    return true;
}

static bool
take_piece(struct plain_reader *r)
{
    uint32_t cp;

    if (!take(r, &cp))
        return false;
    switch (cp) {
    case '[':
        return take_class(r);
    case '(':
        return take_group(r);
    case '\\':
        return take_escaped(r, &cp);
    case '.':
    case '^':
    case '$':
        return false;
    case ')':
    case '|':
    case '?':
    case '*':
    case '+':
    case '{':
    case '}':
        return true; /* signs, or themselves: verbatim in either case */
    default:
        return is_verbatim(cp);
    }
}

enum regex_plain
regex_plain(const struct query_regex *regex)
{
    struct plain_reader r = {.pattern = regex->pattern};

    if (regex->flags & (REGEX_EXTENDED | REGEX_LITERAL) || !r.pattern.len)
        return PLAIN_NOT;
    while (r.at < r.pattern.len)
        if (!take_piece(&r))
            return PLAIN_NOT;
    /* without case, k and s stand for characters beyond ASCII too */
    return r.highest < 0x80 && !regex_is_caseless(regex) ? PLAIN_ASCII
                                                         : PLAIN_UTF8;
}
