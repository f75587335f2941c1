/* Unicode for the tokenizer: NFKC case folding of a unit with utf8proc, marks
 * dropped where docs/tokenizer.md says so, and classes by table. Nothing here
 * depends on what precedes or follows the unit. */
#include "config.h"

#include "fold.h"

#include <utf8proc.h>

struct range {
    uint32_t first, last;
};

/* Default_Ignorable_Code_Point. */
static const struct range ignorable[] = {
    {0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x061C, 0x061C},
    {0x115F, 0x1160},   {0x17B4, 0x17B5},   {0x180B, 0x180F},
    {0x200B, 0x200F},   {0x202A, 0x202E},   {0x2060, 0x206F},
    {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
    {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFF8},   {0x1BCA0, 0x1BCA3},
    {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

/* Latin (with ASCII digits), Greek, Hebrew, Arabic: marks are dropped. */
static const struct range bare[] = {
    {0x0030, 0x0039}, {0x0041, 0x005A},   {0x0061, 0x007A},   {0x00AA, 0x00AA},
    {0x00BA, 0x00BA}, {0x00C0, 0x02AF},   {0x0370, 0x03FF},   {0x0590, 0x06FF},
    {0x0750, 0x077F}, {0x0870, 0x08FF},   {0x1D00, 0x1DBF},   {0x1E00, 0x1FFF},
    {0x2C60, 0x2C7F}, {0xA720, 0xA7FF},   {0xAB30, 0xAB6F},   {0xFB1D, 0xFDFF},
    {0xFE70, 0xFEFF}, {0x10780, 0x107BF}, {0x1DF00, 0x1DFFF},
};

/* Scripts written without spaces: a token for each character. */
static const struct range unspaced[] = {
    {0x0E00, 0x0EFF},   {0x1000, 0x109F},   {0x1780, 0x17FF},
    {0x1950, 0x19DF},   {0x1A20, 0x1AAF},   {0x3005, 0x3007},
    {0x3021, 0x3029},   {0x3031, 0x3035},   {0x3038, 0x303C},
    {0x3041, 0x312F},   {0x31A0, 0x31BF},   {0x31F0, 0x31FF},
    {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA9E0, 0xA9FF},
    {0xAA60, 0xAADF},   {0xF900, 0xFAFF},   {0x11700, 0x1174F},
    {0x16FE0, 0x18D7F}, {0x1AFF0, 0x1B2FF}, {0x20000, 0x3FFFF},
};

static const struct range emoji[] = {
    {0x231A, 0x231B}, {0x23E9, 0x23F3}, {0x23F8, 0x23FA},   {0x2600, 0x2767},
    {0x2794, 0x27BF}, {0x2B50, 0x2B50}, {0x1F000, 0x1FAFF},
};

#define IN(table, cp) in_ranges(table, sizeof(table) / sizeof((table)[0]), cp)

static bool
in_ranges(const struct range *ranges, size_t count, uint32_t cp)
{
    size_t low = 0;

    while (low < count) {
        size_t middle = low + (count - low) / 2;

        if (cp > ranges[middle].last)
            low = middle + 1;
        else if (cp < ranges[middle].first)
            count = middle;
        else
            return true;
    }
    return false;
}

static bool
is_mark(int32_t cp)
{
    utf8proc_category_t category = utf8proc_category(cp);

    return category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME;
}

static bool
is_word(int32_t cp)
{
    utf8proc_category_t category = utf8proc_category(cp);

    return (category >= UTF8PROC_CATEGORY_LU &&
            category <= UTF8PROC_CATEGORY_LO) ||
           (category >= UTF8PROC_CATEGORY_ND &&
            category <= UTF8PROC_CATEGORY_NO) ||
           category == UTF8PROC_CATEGORY_CO;
}

bool
fold_is_emoji(uint32_t cp)
{
    if (!IN(emoji, cp))
        return false;
    return cp >= 0x1F000 ||
           utf8proc_category((int32_t)cp) == UTF8PROC_CATEGORY_SO;
}

bool
fold_is_indicator(uint32_t cp)
{
    return cp >= 0x1F1E6 && cp <= 0x1F1FF;
}

bool
fold_is_ignorable(uint32_t cp)
{
    return IN(ignorable, cp);
}

enum glyph
fold_glyph(uint32_t cp)
{
    if (fold_is_emoji(cp))
        return GLYPH_EMOJI;
    if (is_mark((int32_t)cp))
        return GLYPH_MARK;
    if (!is_word((int32_t)cp))
        return GLYPH_SEPARATOR;
    return IN(unspaced, cp) ? GLYPH_UNSPACED : GLYPH_WORD;
}

bool
fold_continues(uint32_t cp)
{
    int32_t parts[32];
    int boundary = 0;

    if (IN(ignorable, cp) || (cp >= 0x1160 && cp <= 0x11FF && cp != 0x11A7) ||
        (cp >= 0xD7B0 && cp <= 0xD7FF) || (cp >= 0x1F3FB && cp <= 0x1F3FF))
        return true;
    if (utf8proc_decompose_char((int32_t)cp, parts, 32,
                                UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT,
                                &boundary) < 1)
        return false;
    return is_mark(parts[0]);
}

/* Unicode's canonical ordering; stable. */
static void
order_marks(int32_t *cps, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        int32_t cp = cps[i];
        int rank = utf8proc_get_property(cp)->combining_class;
        size_t at = i;

        while (rank > 0 && at > 0 &&
               utf8proc_get_property(cps[at - 1])->combining_class > rank) {
            cps[at] = cps[at - 1];
            at--;
        }
        cps[at] = cp;
    }
}

/* Map every code point by `options`; what does not fit is left out. */
static size_t
map_each(const int32_t *in, size_t count, int32_t *out, unsigned options)
{
    size_t used = 0;

    for (size_t i = 0; i < count; i++) {
        int boundary = 0;
        utf8proc_ssize_t room = (utf8proc_ssize_t)(FOLD_RESULT_MAX - used);
        utf8proc_ssize_t added = utf8proc_decompose_char(
            in[i], out + used, room, (utf8proc_option_t)options, &boundary);

        if (added < 0 || added > room)
            continue;
        used += (size_t)added;
    }
    order_marks(out, used);
    return used;
}

/* Drop what is ignorable, marks after bare bases, and marks that stand on
 * nothing a token could hold. */
static size_t
drop_marks(int32_t *cps, size_t count)
{
    size_t kept = 0;
    bool keep = false;

    for (size_t i = 0; i < count; i++) {
        uint32_t cp = (uint32_t)cps[i];
        enum glyph glyph;

        if (IN(ignorable, cp))
            continue;
        glyph = fold_glyph(cp);
        if (glyph != GLYPH_MARK)
            keep = glyph != GLYPH_SEPARATOR && !IN(bare, cp);
        else if (!keep)
            continue;
        cps[kept++] = cps[i];
    }
    return kept;
}

size_t
fold_unit(const uint32_t *unit, size_t count, int32_t out[FOLD_RESULT_MAX])
{
    int32_t canonical[FOLD_RESULT_MAX];
    int32_t given[FOLD_UNIT_MAX];
    utf8proc_ssize_t composed;

    if (count > FOLD_UNIT_MAX)
        count = FOLD_UNIT_MAX;
    for (size_t i = 0; i < count; i++)
        given[i] = (int32_t)unit[i];
    count = map_each(given, count, canonical, UTF8PROC_DECOMPOSE);
    count = map_each(canonical, count, out,
                     UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD);
    count = drop_marks(out, count);
    order_marks(out, count); /* what was dropped may have kept them apart */
    composed = utf8proc_normalize_utf32(
        out, (utf8proc_ssize_t)count,
        (utf8proc_option_t)(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
    return composed < 0 ? 0 : (size_t)composed;
}
