/* The algebra of what is certain: sets of strings with gaps, turned into
 * needed literals where they would become too many. After Russ Cox, "Regular
 * Expression Matching with a Trigram Index" (2012), with tokens instead of
 * trigrams. */
#include "config.h"

#include "regex_part.h"

#include "fold.h"
#include "regex_need.h"
#include "stet/utf8.h"

#define GAP '\xff'          /* no byte of UTF-8 */
#define LITERALS_MAX 64u    /* in a need: what the dictionary is searched for */
#define CASELESS_IOTA 0x3B9 /* its other case is also a mark, U+0345 */

struct part
part_empty(void)
{
    return (struct part){.strings = {{"", 0}}, .count = 1};
}

struct part
part_gap(void)
{
    static const char gap[1] = {GAP};

    return (struct part){.strings = {{gap, 1}}, .count = 1};
}

/* Whether `cp` begins a unit of the tokenizer wherever it stands and is alone
 * in it unless marks follow. */
static bool
stands_alone(uint32_t cp, bool caseless)
{
    int32_t folded[FOLD_RESULT_MAX];
    size_t count;

    if (fold_continues(cp) || fold_is_emoji(cp) || fold_is_indicator(cp))
        return false;
    count = fold_unit(&cp, 1, folded);
    if (count == 0 || fold_glyph((uint32_t)folded[0]) == GLYPH_MARK)
        return false;
    for (size_t i = 0; i < count; i++)
        if (fold_glyph((uint32_t)folded[i]) == GLYPH_EMOJI)
            return false;
    return !caseless || count > 1 || folded[0] != CASELESS_IOTA;
}

/* Second halves of canonical compositions whose first half is of a script that
 * keeps its marks. */
static const uint32_t seconds[] = {
    0x0300,  0x0301,  0x0304,  0x0306,  0x0307,  0x0308,  0x030B,
    0x030F,  0x0338,  0x093C,  0x09BE,  0x09D7,  0x0B3E,  0x0B56,
    0x0B57,  0x0BBE,  0x0BD7,  0x0C56,  0x0CC2,  0x0CD5,  0x0CD6,
    0x0D3E,  0x0D57,  0x0DCA,  0x0DCF,  0x0DDF,  0x102E,  0x1161,
    0x11A8,  0x1B35,  0x3099,  0x309A,  0x110BA, 0x11127, 0x1133E,
    0x11357, 0x114B0, 0x114BA, 0x114BD, 0x115AF, 0x11930,
};

/* Whether `cp` folds to the start of what it folds to with any marks behind
 * it. */
static bool
keeps_its_start(uint32_t cp)
{
    int32_t alone[FOLD_RESULT_MAX];
    int32_t joined[FOLD_RESULT_MAX];
    size_t count = fold_unit(&cp, 1, alone);

    /* a mark of its own may come behind another one */
    for (size_t i = 0; i < count; i++)
        if (fold_glyph((uint32_t)alone[i]) == GLYPH_MARK)
            return false;
    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        uint32_t unit[2] = {cp, seconds[i]};
        size_t with = fold_unit(unit, 2, joined);

        if (with < count || memcmp(alone, joined, count * sizeof(*alone)) != 0)
            return false;
    }
    return true;
}

static struct str
join(struct parts *parts, struct str a, struct str b)
{
    char *bytes;

    if (b.len == 0)
        return a;
    if (a.len == 0)
        return b;
    bytes = arena_bytes(parts->arena, a.len + b.len);
    if (!bytes) {
        parts->failed = true;
        return part_gap().strings[0];
    }
    memcpy(bytes, a.ptr, a.len);
    memcpy(bytes + a.len, b.ptr, b.len);
    return (struct str){bytes, a.len + b.len};
}

struct part
part_char(struct parts *parts, uint32_t cp, bool caseless)
{
    struct part part = part_empty();
    char bytes[4];

    if (!stands_alone(cp, caseless))
        return part_gap();
    part.strings[0] =
        arena_copy(parts->arena, (struct str){bytes, utf8_encode(cp, bytes)});
    if (part.strings[0].ptr)
        return part;
    parts->failed = true;
    return part_gap();
}

static struct need *
new_need(struct parts *parts, enum need_op op)
{
    struct need *need = arena_alloc(parts->arena, sizeof(*need));

    if (need)
        need->op = op;
    else
        parts->failed = true;
    return need;
}

/* A node over two; they are copied, since a need can be a part of several.
 * NULL: out of memory. */
static struct need *
need_of_two(struct parts *parts, enum need_op op, const struct need *a,
            const struct need *b)
{
    struct need *both = new_need(parts, op);
    struct need *left = new_need(parts, a->op);
    struct need *right = new_need(parts, b->op);

    if (!both || !left || !right)
        return NULL;
    *left = *a;
    *right = *b;
    left->next = right;
    right->next = NULL;
    both->first = left;
    return both;
}

/* Both; either may be NULL. */
static struct need *
need_and(struct parts *parts, struct need *a, struct need *b)
{
    if (!a || !b)
        return a ? a : b;
    return need_of_two(parts, NEED_AND, a, b);
}

/* One run between gaps; NULL: nothing of it is certain. */
static struct need *
need_run(struct parts *parts, struct str run)
{
    struct need *need;

    /* only the last can have marks behind it */
    if (run.len > 0) {
        size_t last = utf8_prev(run, run.len - 1);
        unsigned len;

        if (!keeps_its_start(utf8_decode(run, last, &len)))
            run.len = last;
    }
    if (run.len == 0 || parts->literals >= LITERALS_MAX)
        return NULL;
    need = new_need(parts, NEED_LITERAL);
    if (!need)
        return NULL;
    parts->literals++;
    need->literal = run;
    return need;
}

static struct need *
need_string(struct parts *parts, struct str string)
{
    struct need *need = NULL;
    size_t start = 0;

    for (size_t at = 0; at <= string.len; at++) {
        if (at < string.len && string.ptr[at] != GAP)
            continue;
        need = need_and(parts, need,
                        need_run(parts, str_slice(string, start, at)));
        start = at + 1;
    }
    return need;
}

/* One of the strings; NULL when one of them needs nothing. */
static struct need *
need_strings(struct parts *parts, const struct part *part)
{
    struct need *any = new_need(parts, NEED_OR);
    struct need **link = any ? &any->first : NULL;

    for (unsigned i = 0; any && i < part->count; i++) {
        *link = need_string(parts, part->strings[i]);
        if (!*link)
            return NULL;
        link = &(*link)->next;
    }
    return any && part->count == 1 ? any->first : any;
}

struct need *
part_need(struct parts *parts, const struct part *part)
{
    return need_and(parts, part->need, need_strings(parts, part));
}

static size_t
longest(const struct part *part)
{
    size_t len = 0;

    for (unsigned i = 0; i < part->count; i++)
        if (part->strings[i].len > len)
            len = part->strings[i].len;
    return len;
}

static void
add_string(struct part *part, struct str string)
{
    for (unsigned i = 0; i < part->count; i++)
        if (str_equal(part->strings[i], string))
            return;
    part->strings[part->count++] = string;
}

struct part
part_concat(struct parts *parts, const struct part *a, const struct part *b)
{
    struct part out = {.need = NULL};

    if (a->count * b->count > PART_STRINGS ||
        longest(a) + longest(b) > PART_BYTES) {
        out = part_gap();
        out.need = need_and(parts, part_need(parts, a), part_need(parts, b));
        return out;
    }
    out.need = need_and(parts, a->need, b->need);
    for (unsigned i = 0; i < a->count; i++)
        for (unsigned j = 0; j < b->count; j++)
            add_string(&out, join(parts, a->strings[i], b->strings[j]));
    return out;
}

struct part
part_or(struct parts *parts, const struct part *a, const struct part *b)
{
    struct part out = *a;
    struct need *left;
    struct need *right;

    if (!a->need && !b->need && a->count + b->count <= PART_STRINGS) {
        for (unsigned i = 0; i < b->count; i++)
            add_string(&out, b->strings[i]);
        return out;
    }
    left = part_need(parts, a);
    right = part_need(parts, b);
    out = part_gap();
    if (left && right)
        out.need = need_of_two(parts, NEED_OR, left, right);
    return out;
}

struct part
part_repeat(struct parts *parts, const struct part *part, unsigned min,
            unsigned max)
{
    const struct part gap = part_gap();
    const struct part empty = part_empty();
    struct part out = *part;

    if (min == 0)
        return max == 1 && !part->need ? part_or(parts, part, &empty) : gap;
    if (min == max && part->count == 1 &&
        part->strings[0].len * min <= PART_BYTES) {
        for (unsigned i = 1; i < min; i++)
            out.strings[0] = join(parts, out.strings[0], part->strings[0]);
        return out;
    }
    if (max == 1)
        return out;
    /* the first and the last time, which can be the same */
    out = part_concat(parts, part, &gap);
    if (part->count * part->count <= PART_STRINGS)
        out = part_concat(parts, &out, part);
    return out;
}

struct part
part_assert(struct parts *parts, const struct part *part)
{
    struct part out = part_empty();

    out.need = part_need(parts, part);
    return out;
}
