/* Myers' greedy difference (1986) over words, blanks and single signs, after
 * the equal ends are taken off. */
#include "config.h"

#include "tui/worddiff.h"

#include <assert.h>
#include <stdlib.h>

#include "stet/utf8.h"
#include "stet/xalloc.h"

#define WORDS_MAX 2000000

struct words {
    struct str *at;
    int count;
};

static int
class_of(struct str text, size_t at)
{
    unsigned char byte;

    assert(text.ptr);
    byte = (unsigned char)text.ptr[at];
    if (byte == '\n')
        return 0; /* by itself */
    if (byte == ' ' || byte == '\t')
        return 1;
    if (byte >= 0x80)
        return byte >= 0xE3 && byte < 0xF0 ? 0 : 2; /* CJK: by themselves */
    if ((byte >= '0' && byte <= '9') || byte == '_' ||
        ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z'))
        return 2;
    return 0;
}

static size_t
word_end(struct str text, size_t at)
{
    int class = class_of(text, at);

    do
        at = utf8_next(text, at);
    while (class != 0 && at < text.len && class_of(text, at) == class);
    return at;
}

static bool
split_words(struct str text, struct words *out)
{
    size_t at = 0;
    size_t cap = 256;

    out->at = xreallocarray(NULL, cap, sizeof(*out->at));
    out->count = 0;
    while (at < text.len) {
        size_t end = word_end(text, at);

        if ((size_t)out->count == cap) {
            if (cap >= WORDS_MAX)
                return false;
            cap *= 2;
            out->at = xreallocarray(out->at, cap, sizeof(*out->at));
        }
        out->at[out->count++] = str_slice(text, at, end);
        at = end;
    }
    return true;
}

/* Adjacent parts of one kind become one: their texts are neighbours. */
static void
add_part(struct worddiff *diff, enum diff_kind kind, struct str text)
{
    if (text.len == 0)
        return;
    if (diff->count > 0) {
        struct diff_part *last = &diff->parts[diff->count - 1];

        if (last->kind == kind && last->text.ptr + last->text.len == text.ptr) {
            last->text.len += text.len;
            return;
        }
    }
    if ((diff->count & (diff->count - 1)) == 0)
        diff->parts =
            xreallocarray(diff->parts, diff->count ? diff->count * 2 : 1,
                          sizeof(*diff->parts));
    diff->parts[diff->count++] = (struct diff_part){kind, text};
}

/* The furthest x on each diagonal k = -d..d, for each d: triangular. */
struct trace {
    int **rows;
    int edits; /* -1: too many */
};

static int
advance(const int *row, int d, int k)
{
    bool down = k == -d || (k != d && row[d + k - 1] < row[d + k + 1]);

    return down ? row[d + k + 1] : row[d + k - 1] + 1;
}

static void
find_path(struct trace *trace, const struct words *a, const struct words *b)
{
    int last = DIFF_EDITS_MAX;

    trace->rows = xcalloc(DIFF_EDITS_MAX + 2, sizeof(*trace->rows));
    trace->edits = -1;
    /* row d holds diagonals -d-1..d+1 at index d + 1 + k */
    trace->rows[0] = xcalloc(3, sizeof(int));
    for (int d = 0; d <= last; d++) {
        int *row = trace->rows[d];
        int *next = xcalloc(2 * (size_t)d + 5, sizeof(int));

        trace->rows[d + 1] = next;
        for (int k = -d; k <= d; k += 2) {
            int x = d == 0 ? 0 : advance(row + 1, d, k);
            int y = x - k;

            while (x < a->count && y < b->count &&
                   str_equal(a->at[x], b->at[y])) {
                x++;
                y++;
            }
            next[d + 2 + k] = x;
            if (x >= a->count && y >= b->count) {
                trace->edits = d;
                return;
            }
        }
    }
}

static void
free_path(struct trace *trace)
{
    for (int i = 0; i < DIFF_EDITS_MAX + 2; i++)
        free(trace->rows[i]);
    free(trace->rows);
}

/* Walk the path back; parts come out last first. */
static void
walk_back(const struct trace *trace, const struct words *a,
          const struct words *b, struct worddiff *reversed)
{
    int x = a->count;
    int y = b->count;

    assert(a->at && b->at);
    for (int d = trace->edits; d >= 0; d--) {
        const int *row = trace->rows[d] + 1;
        int k = x - y;
        int start_x;
        bool down =
            d > 0 && (k == -d || (k != d && row[d + k - 1] < row[d + k + 1]));

        start_x = d == 0 ? 0 : advance(row, d, k);
        while (x > start_x) {
            x--;
            y--;
            add_part(reversed, DIFF_EQUAL, a->at[x]);
        }
        if (d == 0)
            return;
        if (down)
            add_part(reversed, DIFF_ADDED, b->at[--y]);
        else
            add_part(reversed, DIFF_REMOVED, a->at[--x]);
    }
}

/* In each run of changes what was removed comes first. */
static void
add_sorted(struct worddiff *diff, const struct worddiff *reversed)
{
    size_t end = reversed->count;

    while (end > 0) {
        size_t start = end;

        while (start > 0 && reversed->parts[start - 1].kind != DIFF_EQUAL)
            start--;
        for (int kind = DIFF_REMOVED; kind <= DIFF_ADDED; kind++)
            for (size_t i = end; i > start; i--)
                if (reversed->parts[i - 1].kind == (enum diff_kind)kind)
                    add_part(diff, (enum diff_kind)kind,
                             reversed->parts[i - 1].text);
        if (start > 0) {
            add_part(diff, DIFF_EQUAL, reversed->parts[start - 1].text);
            start--;
        }
        end = start;
    }
}

static void
diff_middle(struct worddiff *out, struct str old, struct str new_text)
{
    struct words a;
    struct words b;
    struct trace trace = {NULL, -1};
    struct worddiff reversed = {0};
    bool fits = split_words(old, &a);

    fits = split_words(new_text, &b) && fits;
    if (fits)
        find_path(&trace, &a, &b);
    if (trace.edits >= 0) {
        walk_back(&trace, &a, &b, &reversed);
        add_sorted(out, &reversed);
    } else {
        out->coarse = true;
        add_part(out, DIFF_REMOVED, old);
        add_part(out, DIFF_ADDED, new_text);
    }
    if (trace.rows)
        free_path(&trace);
    free(reversed.parts);
    free(a.at);
    free(b.at);
}

/* Bytes that are the same at the start, up to a place where words begin. */
static size_t
common_start(struct str a, struct str b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    size_t at = 0;

    if (len == 0)
        return 0;
    assert(a.ptr && b.ptr);
    while (at < len && a.ptr[at] == b.ptr[at])
        at++;
    while (at > 0 && a.ptr[at - 1] != '\n')
        at--;
    return at;
}

static size_t
common_end(struct str a, struct str b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    size_t count = 0;

    if (len == 0)
        return 0;
    assert(a.ptr && b.ptr);
    while (count < len && a.ptr[a.len - count - 1] == b.ptr[b.len - count - 1])
        count++;
    while (count > 0 && a.ptr[a.len - count] != '\n')
        count--;
    return count;
}

void
worddiff_make(struct worddiff *out, struct str old, struct str new_text)
{
    size_t start;
    size_t end;
    struct str a;
    struct str b;

    *out = (struct worddiff){0};
    if (str_equal(old, new_text)) {
        add_part(out, DIFF_EQUAL, old);
        return;
    }
    start = common_start(old, new_text);
    a = str_slice(old, start, old.len);
    b = str_slice(new_text, start, new_text.len);
    end = common_end(a, b);
    add_part(out, DIFF_EQUAL, str_slice(old, 0, start));
    diff_middle(out, str_slice(a, 0, a.len - end),
                str_slice(b, 0, b.len - end));
    add_part(out, DIFF_EQUAL, str_slice(a, a.len - end, a.len));
}

void
worddiff_release(struct worddiff *diff)
{
    free(diff->parts);
    *diff = (struct worddiff){0};
}
