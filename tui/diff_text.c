/* From the parts of a word diff to a text: changes in brackets, long equal
 * stretches folded. The brackets are drawn in a style that no document text
 * ever has. */
#include "config.h"

#include "tui/diff_text.h"

#include <stdio.h>
#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/worddiff.h"

#define FOLD_LINES 8 /* equal lines in a row from which they are folded */
#define FOLD_KEEP ((size_t)2) /* lines kept around changes */

static void
add_span(struct diff_spans *spans, size_t start, size_t end)
{
    if ((spans->count & (spans->count - 1)) == 0)
        spans->at = xreallocarray(
            spans->at, spans->count ? spans->count * 2 : 1, sizeof(*spans->at));
    spans->at[spans->count++] = (struct span){start, end};
}

static void
put_mark(struct diff_text *diff, const char *mark)
{
    size_t start = diff->shown.len;

    xbuf_append_str(&diff->shown, str_of(mark));
    add_span(&diff->marks, start, diff->shown.len);
}

/* Behind the first `lines` lines of text, or its end. */
static size_t
after_lines(struct str text, size_t lines)
{
    size_t at = 0;

    for (; lines > 0 && at < text.len; lines--) {
        size_t end = str_find(text, STR_LIT("\n"), at);

        at = end == SIZE_MAX ? text.len : end + 1;
    }
    return at;
}

static void
put_equal(struct diff_text *diff, struct str text)
{
    size_t lines = 0;
    size_t start;
    size_t end;
    char words[64];

    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    if (lines < FOLD_LINES) {
        xbuf_append_str(&diff->shown, text);
        return;
    }
    start = after_lines(text, FOLD_KEEP);
    end = after_lines(text, lines - FOLD_KEEP);
    xbuf_append_str(&diff->shown, str_slice(text, 0, start));
    (void)snprintf(words, sizeof(words), "~ %zu lines equal ~\n",
                   lines - 2 * FOLD_KEEP);
    put_mark(diff, words);
    xbuf_append_str(&diff->shown, str_slice(text, end, text.len));
}

static void
put_change(struct diff_text *diff, const struct diff_part *part)
{
    bool added = part->kind == DIFF_ADDED;
    size_t start;

    put_mark(diff, added ? "{+" : "[-");
    start = diff->shown.len;
    xbuf_append_str(&diff->shown, part->text);
    add_span(added ? &diff->added : &diff->removed, start, diff->shown.len);
    put_mark(diff, added ? "+}" : "-]");
}

/* What was taken off: the old text, which stays. */
static void
put_dropped(struct diff_text *diff, struct str text)
{
    put_mark(diff, "[=");
    xbuf_append_str(&diff->shown, text);
    put_mark(diff, "=]");
}

void
diff_text_release(struct diff_text *diff)
{
    buf_release(&diff->shown);
    free(diff->marks.at);
    free(diff->removed.at);
    free(diff->added.at);
    free(diff->change);
    *diff = (struct diff_text){0};
}

/* The parts from `at` on that make one change; returns the part behind. */
static size_t
gather(const struct worddiff *words, size_t at, struct diff_change *change)
{
    for (; at < words->count && words->parts[at].kind != DIFF_EQUAL; at++) {
        bool added = words->parts[at].kind == DIFF_ADDED;

        if (added)
            change->made.end += words->parts[at].text.len;
        else
            change->old.end += words->parts[at].text.len;
    }
    return at;
}

/* The first `flags` changes are dropped where `former` has them dropped. */
static void
render(struct diff_text *diff, struct str old, struct str new_text,
       const struct diff_change *former, size_t flags)
{
    struct worddiff words;
    size_t in_old = 0;
    size_t in_new = 0;
    size_t i = 0;

    worddiff_make(&words, old, new_text);
    diff->change = xcalloc(words.count + 1, sizeof(*diff->change));
    while (i < words.count) {
        struct diff_change *change = &diff->change[diff->changes];
        size_t end;

        if (words.parts[i].kind == DIFF_EQUAL) {
            put_equal(diff, words.parts[i].text);
            in_old += words.parts[i].text.len;
            in_new += words.parts[i++].text.len;
            continue;
        }
        *change = (struct diff_change){.old = {in_old, in_old},
                                       .made = {in_new, in_new},
                                       .shown_at = diff->shown.len};
        end = gather(&words, i, change);
        change->dropped =
            diff->changes < flags && former[diff->changes].dropped;
        if (change->dropped)
            put_dropped(diff,
                        str_slice(old, change->old.start, change->old.end));
        for (; i < end && !change->dropped; i++)
            put_change(diff, &words.parts[i]);
        i = end;
        change->shown_end = diff->shown.len;
        in_old = change->old.end;
        in_new = change->made.end;
        diff->changes++;
    }
    diff->coarse = words.coarse;
    worddiff_release(&words);
}

void
diff_text_make(struct diff_text *diff, struct str old, struct str new_text)
{
    diff_text_release(diff);
    render(diff, old, new_text, NULL, 0);
}

bool
diff_text_toggle(struct diff_text *diff, struct str old, struct str new_text,
                 size_t at)
{
    struct diff_text former = *diff;
    size_t i = 0;

    while (i < former.changes && former.change[i].shown_end <= at)
        i++;
    if (i == former.changes)
        return false;
    former.change[i].dropped = !former.change[i].dropped;
    *diff = (struct diff_text){0};
    render(diff, old, new_text, former.change, former.changes);
    diff_text_release(&former);
    return true;
}

void
diff_text_result(const struct diff_text *diff, struct str old,
                 struct str new_text, struct buf *out)
{
    size_t at = 0;

    for (size_t i = 0; i < diff->changes; i++) {
        const struct diff_change *change = &diff->change[i];

        xbuf_append_str(out, str_slice(new_text, at, change->made.start));
        if (change->dropped)
            xbuf_append_str(out,
                            str_slice(old, change->old.start, change->old.end));
        else
            xbuf_append_str(
                out, str_slice(new_text, change->made.start, change->made.end));
        at = change->made.end;
    }
    xbuf_append_str(out, str_slice(new_text, at, new_text.len));
}

bool
diff_text_next(const struct diff_text *diff, size_t at, int direction,
               size_t *found)
{
    bool any = false;

    for (size_t i = 0; i < diff->changes; i++) {
        size_t start = diff->change[i].shown_at;

        if (direction > 0 ? start > at && !any : start < at) {
            *found = start;
            any = true;
        }
    }
    return any;
}

void
diff_text_layers(const struct diff_text *diff,
                 struct text_layer layers[DIFF_LAYERS])
{
    layers[0] = (struct text_layer){diff->removed.at, diff->removed.count,
                                    STYLE_DATA_REMOVED, NULL};
    layers[1] = (struct text_layer){diff->added.at, diff->added.count,
                                    STYLE_DATA_ADDED, NULL};
    layers[2] = (struct text_layer){diff->marks.at, diff->marks.count,
                                    STYLE_DIFF, NULL};
}
