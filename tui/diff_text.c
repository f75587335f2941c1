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

void
diff_text_release(struct diff_text *diff)
{
    buf_release(&diff->shown);
    free(diff->marks.at);
    free(diff->removed.at);
    free(diff->added.at);
    *diff = (struct diff_text){0};
}

void
diff_text_make(struct diff_text *diff, struct str old, struct str new_text)
{
    struct worddiff words;

    diff_text_release(diff);
    worddiff_make(&words, old, new_text);
    for (size_t i = 0; i < words.count; i++) {
        if (words.parts[i].kind == DIFF_EQUAL)
            put_equal(diff, words.parts[i].text);
        else
            put_change(diff, &words.parts[i]);
        if (words.parts[i].kind != DIFF_EQUAL &&
            (i == 0 || words.parts[i - 1].kind == DIFF_EQUAL))
            diff->changes++;
    }
    diff->coarse = words.coarse;
    worddiff_release(&words);
}

bool
diff_text_next(const struct diff_text *diff, size_t at, int direction,
               size_t *found)
{
    bool any = false;

    for (size_t i = 0; i < diff->marks.count; i++) {
        size_t start = diff->marks.at[i].start;
        char first = diff->shown.ptr[start];

        if (first != '[' && first != '{') /* a fold is no change */
            continue;
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
