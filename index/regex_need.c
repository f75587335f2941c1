/* Reads a pattern that PCRE2 accepts for what must stand in a text that it
 * matches. The syntax is that of pcre2pattern(3), 10.42; what could mean
 * anything else in another version, and what can end a match early or jump
 * (verbs, recursion, conditions), makes nothing certain. */
#include "config.h"

#include "regex_need.h"

#include "regex_part.h"
#include "stet/regex.h"
#include "stet/utf8.h"

#define CLASS_MAX 4u         /* characters of a class that are told apart */
#define REPEAT_MAX 0xFFFFFFu /* and no limit */

struct reader {
    struct parts parts;
    struct str pattern;
    size_t at;
    bool caseless, extended;
    bool quoted; /* between \Q and \E */
    bool lost;   /* nothing is certain */
};

static struct part read_group(struct reader *r);

static bool
looking_at(const struct reader *r, const char *text)
{
    return str_starts_with(str_slice(r->pattern, r->at, r->pattern.len),
                           str_of(text));
}

static bool
skip(struct reader *r, const char *text)
{
    if (!looking_at(r, text))
        return false;
    r->at += strlen(text);
    return true;
}

/* The next byte, 0 at the end. */
static char
peek(const struct reader *r)
{
    return r->at < r->pattern.len ? r->pattern.ptr[r->at] : '\0';
}

static bool
ended(const struct reader *r)
{
    return r->at >= r->pattern.len;
}

/* Give up. */
static struct part
lose(struct reader *r)
{
    r->lost = true;
    r->at = r->pattern.len;
    return part_gap();
}

static bool
is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Past the next `byte`. */
static void
skip_past(struct reader *r, const char *byte)
{
    size_t end = str_find(r->pattern, str_of(byte), r->at);

    if (end == SIZE_MAX)
        lose(r);
    else
        r->at = end + 1;
}

static uint32_t
take_cp(struct reader *r)
{
    unsigned len;
    uint32_t cp = utf8_decode(r->pattern, r->at, &len);

    r->at += len;
    return cp;
}

/* What stands for nothing: comments, and white space with x. */
static void
skip_nothing(struct reader *r)
{
    while (!ended(r) && !r->lost) {
        char byte = peek(r);

        if (skip(r, "\\E") || skip(r, "\\Q\\E")) {
            continue;
        } else if (skip(r, "(?#")) {
            skip_past(r, ")");
        } else if (r->extended && memchr(" \t\n\v\f\r", byte, 6)) {
            r->at++;
        } else if (r->extended && byte == '#') {
            size_t end = str_find(r->pattern, STR_LIT("\n"), r->at);

            r->at = end == SIZE_MAX ? r->pattern.len : end + 1;
        } else {
            return;
        }
    }
}

static unsigned
take_number(struct reader *r)
{
    unsigned value = 0;

    while (is_digit(peek(r))) {
        value = value * 10 + (unsigned)(peek(r) - '0');
        if (value > REPEAT_MAX)
            value = REPEAT_MAX;
        r->at++;
    }
    return value;
}

/* {3} {3,} {3,5}; what only looks like one may be one to another PCRE2. */
static bool
take_braces(struct reader *r, unsigned *min, unsigned *max)
{
    size_t start = r->at++;

    if (is_digit(peek(r))) {
        *min = *max = take_number(r);
        if (peek(r) == ',') {
            r->at++;
            *max = is_digit(peek(r)) ? take_number(r) : REPEAT_MAX;
        }
        if (skip(r, "}"))
            return true;
    }
    if (memchr("0123456789, \t", r->pattern.ptr[start + 1], 13))
        lose(r);
    else
        r->at = start;
    return false;
}

static bool
take_quantifier(struct reader *r, unsigned *min, unsigned *max)
{
    *min = 0;
    *max = REPEAT_MAX;
    switch (peek(r)) {
    case '*':
        break;
    case '+':
        *min = 1;
        break;
    case '?':
        *max = 1;
        break;
    case '{':
        if (r->at + 1 >= r->pattern.len || !take_braces(r, min, max))
            return false;
        r->at--; /* at the closing one */
        break;
    default:
        return false;
    }
    r->at++;
    if (!skip(r, "+"))
        (void)skip(r, "?");
    return true;
}

/* \x41 or \x{41}; *cp unless it is UTF8_REPLACEMENT. */
static void
take_hex(struct reader *r, uint32_t *cp)
{
    static const char digits[] = "0123456789abcdef";
    bool braced = skip(r, "{");
    uint32_t value = 0;
    const char *digit;
    unsigned count = 0;

    while (!ended(r) && (braced || count < 2)) {
        digit = memchr(digits, peek(r) | 0x20, 16);
        if (!digit || peek(r) < '0')
            break;
        value = value << 4 | (uint32_t)(digit - digits);
        if (value > 0x10FFFF)
            value = 0x110000;
        count++;
        r->at++;
    }
    if (braced && !skip(r, "}"))
        lose(r);
    if (value <= 0x10FFFF)
        *cp = value;
}

enum escape { ESCAPE_CHAR, ESCAPE_CLASS, ESCAPE_ASSERT };

/* {name}, <name> or 'name'. */
static void
skip_name(struct reader *r)
{
    if (skip(r, "{"))
        skip_past(r, "}");
    else if (skip(r, "<"))
        skip_past(r, ">");
    else if (skip(r, "'"))
        skip_past(r, "'");
    else
        lose(r);
}

/* Behind a backslash and a letter that needs more. */
static enum escape
take_letter(struct reader *r, char letter, uint32_t *cp)
{
    switch (letter) {
    case 'p':
    case 'P':
        if (peek(r) == '{')
            skip_name(r);
        else
            r->at++;
        return ESCAPE_CLASS;
    case 'x':
        take_hex(r, cp);
        return ESCAPE_CHAR;
    case 'o':
        skip_name(r);
        return ESCAPE_CLASS;
    case 'c':
        r->at++;
        return ESCAPE_CLASS;
    case 'N':
        if (looking_at(r, "{U+"))
            skip_name(r);
        return ESCAPE_CLASS;
    case 'k':
        skip_name(r);
        return ESCAPE_CLASS;
    case 'g':
        /* \g<1> and \g'1' call a group; the others refer back */
        if (peek(r) == '{') {
            skip_name(r);
        } else if (peek(r) == '<' || peek(r) == '\'') {
            lose(r);
        } else {
            if (!skip(r, "-"))
                (void)skip(r, "+");
            (void)take_number(r);
        }
        return ESCAPE_CLASS;
    default:
        lose(r);
        return ESCAPE_CLASS;
    }
}

/* Behind a backslash. *cp: for ESCAPE_CHAR. */
static enum escape
take_escape(struct reader *r, uint32_t *cp)
{
    static const char controls[] = "aefnrt";
    char byte = peek(r);

    if (ended(r)) {
        lose(r);
        return ESCAPE_CLASS;
    }
    if ((unsigned char)byte >= 0x80 ||
        !((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z')) {
        if (is_digit(byte)) { /* a group or an octal number */
            (void)take_number(r);
            return ESCAPE_CLASS;
        }
        *cp = take_cp(r);
        return ESCAPE_CHAR;
    }
    r->at++;
    if (memchr(controls, byte, sizeof(controls) - 1)) {
        *cp = '\n'; /* to the tokenizer they are all the same */
        return ESCAPE_CHAR;
    }
    if (memchr("dDwWsShHvVRX", byte, 12))
        return ESCAPE_CLASS;
    if (memchr("bBAZzGK", byte, 7))
        return ESCAPE_ASSERT;
    return take_letter(r, byte, cp);
}

/* The characters of a class, while they are few. */
struct set {
    uint32_t cps[CLASS_MAX];
    unsigned count;
    bool open; /* others, too */
};

static void
set_add(struct set *set, uint32_t first, uint32_t last)
{
    if (last - first >= CLASS_MAX - set->count)
        set->open = true;
    for (; !set->open && first <= last; first++)
        set->cps[set->count++] = first;
}

/* One character or escape inside a class; false: it stands for several. */
static bool
take_member(struct reader *r, uint32_t *cp)
{
    if (!skip(r, "\\")) {
        *cp = take_cp(r);
        return true;
    }
    if (peek(r) == 'b') {
        r->at++;
        *cp = '\b';
        return true;
    }
    if (peek(r) == 'Q' || peek(r) == 'E') {
        lose(r);
        return false;
    }
    return take_escape(r, cp) == ESCAPE_CHAR;
}

/* [:alpha:] */
static bool
skip_posix(struct reader *r)
{
    size_t end;

    if (!looking_at(r, "[:") && !looking_at(r, "[.") && !looking_at(r, "[="))
        return false;
    end = str_find(r->pattern, STR_LIT(":]"), r->at + 2);
    if (peek(r) != '[' || r->pattern.ptr[r->at + 1] != ':' || end == SIZE_MAX) {
        lose(r);
        return true;
    }
    for (size_t i = r->at + 2; i < end; i++) {
        char byte = r->pattern.ptr[i];

        /* also [:<:], which is a boundary */
        if (!((byte >= 'a' && byte <= 'z') || (byte == '^' && i == r->at + 2)))
            lose(r);
    }
    if (!r->lost)
        r->at = end + 2;
    return true;
}

/* Up to the end of the class. */
static void
read_members(struct reader *r, struct set *set)
{
    bool first = true;

    while (!r->lost && (first || peek(r) != ']')) {
        uint32_t from = 0;
        uint32_t to = 0;

        first = false;
        if (ended(r)) {
            lose(r);
        } else if (skip_posix(r) || !take_member(r, &from)) {
            set->open = true;
        } else if (peek(r) == '-' && r->at + 1 < r->pattern.len &&
                   r->pattern.ptr[r->at + 1] != ']') {
            r->at++;
            if (looking_at(r, "[") || !take_member(r, &to) || to < from)
                lose(r); /* a hyphen by itself, perhaps */
            else
                set_add(set, from, to);
        } else {
            set_add(set, from, from);
        }
    }
    r->at += !r->lost;
}

/* Behind the '['. */
static struct part
read_class(struct reader *r)
{
    struct set set = {.count = 0};
    struct part part;

    if (looking_at(r, "[:<:]]") || looking_at(r, "[:>:]]"))
        return lose(r);
    set.open = skip(r, "^");
    read_members(r, &set);
    if (r->lost || set.open || set.count == 0)
        return part_gap();
    part = part_char(&r->parts, set.cps[0], r->caseless);
    for (unsigned i = 1; i < set.count; i++) {
        struct part other = part_char(&r->parts, set.cps[i], r->caseless);

        part = part_or(&r->parts, &part, &other);
    }
    return part;
}

/* Options of (?im-sx: from the '?' on; false: they are none. The reader stands
 * at the ')' or ':'. */
static bool
take_options(struct reader *r)
{
    bool on = true;

    if (skip(r, "^"))
        r->caseless = r->extended = false;
    for (; !ended(r); r->at++) {
        switch (peek(r)) {
        case '-':
            on = false;
            break;
        case 'i':
            r->caseless = on;
            break;
        case 'x':
            if (looking_at(r, "xx") && on) /* changes classes, too */
                return false;
            r->extended = on;
            break;
        case 'm':
        case 's':
        case 'n':
        case 'J':
        case 'U':
            break;
        case ')':
        case ':':
            return true;
        default:
            return false;
        }
    }
    return false;
}

/* (?<name> (?'name' (?P<name> */
static bool
take_group_name(struct reader *r)
{
    if (looking_at(r, "P<") || looking_at(r, "<"))
        skip_past(r, ">");
    else if (skip(r, "'"))
        skip_past(r, "'");
    else
        return false;
    return true;
}

/* A group to its ')'. */
static struct part
read_to_close(struct reader *r)
{
    struct part part = read_group(r);

    if (!r->lost && !skip(r, ")"))
        return lose(r);
    return part;
}

/* Behind "(?". *setting: it is (?i), which ends with the group around it. */
static struct part
read_special(struct reader *r, bool *setting)
{
    struct part part;

    if (looking_at(r, "<*"))
        return lose(r);
    if (skip(r, "=") || skip(r, "<=")) {
        part = read_to_close(r);
        return part_assert(&r->parts, &part);
    }
    if (skip(r, "!") || skip(r, "<!")) {
        part = read_to_close(r);
        return part_empty();
    }
    if (skip(r, "P=")) {
        skip_past(r, ")");
        return part_gap();
    }
    if (skip(r, ":") || skip(r, "|") || skip(r, ">") || take_group_name(r))
        return read_to_close(r);
    if (!take_options(r))
        return lose(r);
    if (skip(r, ":"))
        return read_to_close(r);
    r->at++;
    *setting = true;
    return part_empty();
}

/* Behind the '('. */
static struct part
read_parenthesis(struct reader *r)
{
    bool caseless = r->caseless;
    bool extended = r->extended;
    bool setting = false;
    struct part part;

    if (looking_at(r, "*"))
        return lose(r);
    part = skip(r, "?") ? read_special(r, &setting) : read_to_close(r);
    if (!setting) {
        r->caseless = caseless;
        r->extended = extended;
    }
    return part;
}

/* One thing that a quantifier can follow. */
static struct part
read_atom(struct reader *r)
{
    uint32_t cp = 0;
    char byte = peek(r);

    if (r->quoted)
        return part_char(&r->parts, take_cp(r), r->caseless);
    switch (byte) {
    case '\\':
        r->at++;
        switch (take_escape(r, &cp)) {
        case ESCAPE_CHAR:
            return part_char(&r->parts, cp, r->caseless);
        case ESCAPE_ASSERT:
            return part_empty();
        case ESCAPE_CLASS:
            break;
        }
        return part_gap();
    case '[':
        r->at++;
        return read_class(r);
    case '(':
        r->at++;
        return read_parenthesis(r);
    case '.':
        r->at++;
        return part_gap();
    case '^':
    case '$':
        r->at++;
        return part_empty();
    default:
        break;
    }
    cp = take_cp(r);
    /* with x some versions of PCRE2 skip more white space than others */
    if (r->extended && (cp == 0x85 || cp == 0x200E || cp == 0x200F ||
                        cp == 0x2028 || cp == 0x2029))
        return lose(r);
    return part_char(&r->parts, cp, r->caseless);
}

static struct part
read_sequence(struct reader *r)
{
    struct part all = part_empty();

    for (;;) {
        struct part part;
        unsigned min;
        unsigned max;

        if (r->quoted && skip(r, "\\E"))
            r->quoted = false;
        if (!r->quoted)
            skip_nothing(r);
        if (!r->quoted && skip(r, "\\Q")) {
            r->quoted = true;
            continue;
        }
        if (ended(r) || (!r->quoted && (peek(r) == '|' || peek(r) == ')')))
            return all;
        part = read_atom(r);
        if (r->quoted && skip(r, "\\E"))
            r->quoted = false;
        while (!r->quoted && !r->lost) {
            skip_nothing(r);
            if (!take_quantifier(r, &min, &max))
                break;
            part = part_repeat(&r->parts, &part, min, max);
        }
        all = part_concat(&r->parts, &all, &part);
    }
}

/* Alternatives, up to a ')' or the end. */
static struct part
read_group(struct reader *r)
{
    struct part any = read_sequence(r);

    while (!r->lost && skip(r, "|")) {
        struct part other = read_sequence(r);

        any = part_or(&r->parts, &any, &other);
    }
    return any;
}

enum err_code
regex_need(struct need **out, const struct query_regex *regex,
           struct arena *arena, struct error *err)
{
    struct reader r = {.parts.arena = arena,
                       .pattern = regex->pattern,
                       .caseless = !(regex->flags & REGEX_CASE),
                       .extended = regex->flags & REGEX_EXTENDED};
    struct part part = read_group(&r);
    struct need *need = part_need(&r.parts, &part);

    if (r.parts.failed)
        return error_nomem(err);
    *out = r.lost || !ended(&r) ? NULL : need;
    return ERR_OK;
}

bool
regex_is_caseless(const struct query_regex *regex)
{
    struct str pattern = regex->pattern;
    size_t at = 0;

    if (!(regex->flags & REGEX_CASE))
        return true;
    /* an i between (? and the end of the options, roughly */
    while ((at = str_find(pattern, STR_LIT("(?"), at)) != SIZE_MAX) {
        for (at += 2; at < pattern.len; at++) {
            if (pattern.ptr[at] == 'i')
                return true;
            if (!memchr("^-imsxnJUra", pattern.ptr[at], 11))
                break;
        }
    }
    return false;
}

void
regex_need_dump(const struct need *need, struct buf *out)
{
    if (!need) {
        xbuf_printf(out, "-");
        return;
    }
    if (need->op == NEED_LITERAL) {
        xbuf_printf(out, "\"");
        xbuf_append_str(out, need->literal);
        xbuf_printf(out, "\"");
        return;
    }
    xbuf_printf(out, need->op == NEED_AND ? "(and" : "(or");
    for (const struct need *child = need->first; child; child = child->next) {
        xbuf_printf(out, " ");
        regex_need_dump(child, out);
    }
    xbuf_printf(out, ")");
}
