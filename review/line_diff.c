/* Myers' greedy algorithm over lines: the furthest place on every diagonal
 * after 0, 1, 2, ... changes, kept to walk back. */
#include "config.h"

#include "line_diff.h"

#include <stdlib.h>

#define CHANGES_MAX 1000
#define CONTEXT 3

struct lines {
    struct str *list; /* with their line ends */
    size_t count;
};

/* What is changed, line by line. */
struct marks {
    struct lines old_lines, new_lines;
    bool *removed, *added;
};

static enum err_code
split(struct str text, struct lines *out, struct error *err)
{
    size_t count = 1;
    size_t at = 0;

    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '\n';
    out->list = malloc(count * sizeof(*out->list));
    if (!out->list)
        return error_nomem(err);
    out->count = 0;
    while (at < text.len) {
        size_t end = str_find(text, STR_LIT("\n"), at);

        end = end == SIZE_MAX ? text.len : end + 1;
        out->list[out->count++] = str_slice(text, at, end);
        at = end;
    }
    return ERR_OK;
}

/* The middle that differs, numbered from its start. */
struct middle {
    const struct str *a, *b;
    long n, m;
};

/* One row for each number of changes: furthest x on diagonals -d .. d. */
static long
furthest(const struct middle *mid, const long *before, long d, long k)
{
    long x;

    if (d == 0)
        x = 0;
    else if (k == -d ||
             (k != d && before[k - 1 + d - 1] < before[k + 1 + d - 1]))
        x = before[k + 1 + d - 1];
    else
        x = before[k - 1 + d - 1] + 1;
    while (x < mid->n && x - k < mid->m && str_equal(mid->a[x], mid->b[x - k]))
        x++;
    return x;
}

/* Rows until the end is reached; *found: after how many changes, or -1. */
static enum err_code
search(const struct middle *mid, long **rows, long *found, struct error *err)
{
    *found = -1;
    for (long d = 0; d <= CHANGES_MAX && d <= mid->n + mid->m; d++) {
        long *row = malloc((size_t)(2 * d + 1) * sizeof(*row));

        if (!row)
            return error_nomem(err);
        rows[d] = row;
        for (long k = -d; k <= d; k += 2) {
            /* A row holds every second diagonal; the others are not read. */
            row[k + d] = furthest(mid, d ? rows[d - 1] : NULL, d, k);
            if (row[k + d] >= mid->n && row[k + d] - k >= mid->m) {
                *found = d;
                return ERR_OK;
            }
        }
    }
    return ERR_OK;
}

static void
walk_back(const struct middle *mid, long *const *rows, long changes,
          bool *removed, bool *added)
{
    long x = mid->n;
    long y = mid->m;

    for (long d = changes; d > 0; d--) {
        const long *before = rows[d - 1];
        long k = x - y;
        bool down = k == -d ||
                    (k != d && before[k - 1 + d - 1] < before[k + 1 + d - 1]);
        long from = down ? k + 1 : k - 1;

        x = before[from + d - 1];
        y = x - from;
        if (down)
            added[y] = true;
        else
            removed[x] = true;
    }
}

static enum err_code
mark(struct marks *marks, struct error *err)
{
    const struct lines *a = &marks->old_lines;
    const struct lines *b = &marks->new_lines;
    size_t head = 0;
    size_t tail = 0;
    struct middle mid;
    long **rows = calloc(CHANGES_MAX + 1, sizeof(*rows));
    long found = -1;
    enum err_code code;

    if (!rows)
        return error_nomem(err);
    while (head < a->count && head < b->count &&
           str_equal(a->list[head], b->list[head]))
        head++;
    while (
        tail < a->count - head && tail < b->count - head &&
        str_equal(a->list[a->count - 1 - tail], b->list[b->count - 1 - tail]))
        tail++;
    mid = (struct middle){a->list + head, b->list + head,
                          (long)(a->count - head - tail),
                          (long)(b->count - head - tail)};
    code = search(&mid, rows, &found, err);
    if (!code && found >= 0) {
        walk_back(&mid, rows, found, marks->removed + head,
                  marks->added + head);
    } else if (!code) {
        memset(marks->removed + head, true, (size_t)mid.n);
        memset(marks->added + head, true, (size_t)mid.m);
    }
    for (size_t i = 0; i <= CHANGES_MAX; i++)
        free(rows[i]);
    free(rows);
    return code;
}

static void
put_line(char sign, struct str line, line_put *put, struct buf *out)
{
    bool ended = line.len && line.ptr[line.len - 1] == '\n';

    xbuf_append(out, &sign, 1);
    put(str_slice(line, 0, line.len - ended), out);
    xbuf_append(out, "\n", 1);
    if (!ended)
        xbuf_append_str(out, STR_LIT("\\ No newline at end of file\n"));
}

/* Whether a change lies within the lines that context would join. */
static bool
change_near(const struct marks *marks, size_t i, size_t k)
{
    for (size_t step = 0; step <= 2 * (size_t)CONTEXT; step++) {
        if ((i + step < marks->old_lines.count && marks->removed[i + step]) ||
            (k + step < marks->new_lines.count && marks->added[k + step]))
            return true;
    }
    return false;
}

/* Where the hunk that begins with a change at (i, k) ends, behind its last
 * change. */
static void
find_end(const struct marks *marks, size_t *i, size_t *k)
{
    size_t x = *i;
    size_t y = *k;

    while ((x < marks->old_lines.count || y < marks->new_lines.count) &&
           change_near(marks, x, y)) {
        if (x < marks->old_lines.count && marks->removed[x]) {
            *i = ++x;
            *k = y;
        } else if (y < marks->new_lines.count && marks->added[y]) {
            *k = ++y;
            *i = x;
        } else {
            x++;
            y++;
        }
    }
}

static void
put_range(struct buf *out, char sign, size_t first, size_t count)
{
    /* An empty range is named by the line before it. */
    xbuf_printf(out, " %c%zu", sign, count ? first + 1 : first);
    if (count != 1)
        xbuf_printf(out, ",%zu", count);
}

static void
put_hunk(const struct marks *marks, size_t at[2], size_t end[2], line_put *put,
         struct buf *out)
{
    size_t before = at[0] < CONTEXT ? at[0] : CONTEXT;
    size_t after = marks->old_lines.count - end[0];
    size_t i = at[0] - before;
    size_t k = at[1] - before;

    after = after < CONTEXT ? after : CONTEXT;
    xbuf_append_str(out, STR_LIT("@@"));
    put_range(out, '-', i, end[0] + after - i);
    put_range(out, '+', k, end[1] + after - k);
    xbuf_append_str(out, STR_LIT(" @@\n"));
    while (i < end[0] + after || k < end[1] + after) {
        if (i < end[0] && marks->removed[i]) {
            put_line('-', marks->old_lines.list[i++], put, out);
        } else if (k < end[1] && marks->added[k]) {
            put_line('+', marks->new_lines.list[k++], put, out);
        } else {
            put_line(' ', marks->old_lines.list[i++], put, out);
            k++;
        }
    }
}

static void
put_hunks(const struct marks *marks, line_put *put, struct buf *out)
{
    size_t at[2] = {0, 0};

    while (at[0] < marks->old_lines.count || at[1] < marks->new_lines.count) {
        size_t end[2] = {at[0], at[1]};

        if ((at[0] < marks->old_lines.count && marks->removed[at[0]]) ||
            (at[1] < marks->new_lines.count && marks->added[at[1]])) {
            find_end(marks, &end[0], &end[1]);
            put_hunk(marks, at, end, put, out);
            at[0] = end[0];
            at[1] = end[1];
        } else {
            at[0]++;
            at[1]++;
        }
    }
}

enum err_code
line_diff(struct str old_text, struct str new_text, line_put *put,
          struct buf *out, struct error *err)
{
    struct marks marks = {0};
    enum err_code code = split(old_text, &marks.old_lines, err);

    if (!code)
        code = split(new_text, &marks.new_lines, err);
    if (!code) {
        marks.removed = calloc(marks.old_lines.count + 1, sizeof(bool));
        marks.added = calloc(marks.new_lines.count + 1, sizeof(bool));
        if (!marks.removed || !marks.added)
            code = error_nomem(err);
    }
    if (!code)
        code = mark(&marks, err);
    if (!code)
        put_hunks(&marks, put, out);
    free(marks.removed);
    free(marks.added);
    free(marks.old_lines.list);
    free(marks.new_lines.list);
    return code;
}
