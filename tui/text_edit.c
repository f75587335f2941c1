/* The text lies in one piece, so that it can be laid out like any other: moving
 * 5 MB for a key costs less than a millisecond. */
#include "config.h"

#include "tui/text_edit.h"

#include <stdlib.h>
#include <string.h>

#include "stet/xalloc.h"

#define HISTORY_BYTES ((size_t)64 << 20)

/* At `at`, `removed` made way for `inserted`. */
struct change {
    size_t at;
    struct buf removed, inserted;
};

struct text_edit {
    struct buf text;
    size_t cursor;
    uint64_t serial;
    struct change *changes;
    size_t count, cap;
    size_t done;  /* changes[done..count) have been undone */
    size_t bytes; /* in all changes */
    bool sealed;  /* the newest change is complete */
    struct buf killed;
    size_t killed_at; /* where a further kill adds to it; SIZE_MAX: nowhere */
    uint64_t killed_serial;
};

struct text_edit *
text_edit_new(struct str text)
{
    struct text_edit *edit = xcalloc(1, sizeof(*edit));

    xbuf_append_str(&edit->text, text);
    edit->sealed = true;
    edit->killed_at = SIZE_MAX;
    return edit;
}

static void
change_release(struct text_edit *edit, struct change *change)
{
    edit->bytes -= change->removed.len + change->inserted.len;
    buf_release(&change->removed);
    buf_release(&change->inserted);
}

void
text_edit_free(struct text_edit *edit)
{
    if (!edit)
        return;
    for (size_t i = 0; i < edit->count; i++)
        change_release(edit, &edit->changes[i]);
    free(edit->changes);
    buf_release(&edit->text);
    buf_release(&edit->killed);
    free(edit);
}

struct str
text_edit_text(const struct text_edit *edit)
{
    return buf_str(&edit->text);
}

size_t
text_edit_cursor(const struct text_edit *edit)
{
    return edit->cursor;
}

uint64_t
text_edit_serial(const struct text_edit *edit)
{
    return edit->serial;
}

void
text_edit_go(struct text_edit *edit, size_t at)
{
    edit->sealed = edit->sealed || at != edit->cursor;
    edit->cursor = at < edit->text.len ? at : edit->text.len;
}

/* Puts `inserted` in the place of `removed` bytes. */
static void
splice(struct text_edit *edit, size_t at, size_t removed, struct str inserted)
{
    struct buf *text = &edit->text;
    size_t behind = text->len - at - removed;

    if (inserted.len > removed) /* room for the difference */
        xbuf_append(text, inserted.ptr, inserted.len - removed);
    if (behind && inserted.len != removed)
        memmove(text->ptr + at + inserted.len, text->ptr + at + removed,
                behind);
    if (inserted.len)
        memcpy(text->ptr + at, inserted.ptr, inserted.len);
    text->len = at + inserted.len + behind;
    edit->cursor = at + inserted.len;
    edit->serial++;
}

static void
forget_oldest(struct text_edit *edit)
{
    size_t gone = 0;

    while (edit->bytes > HISTORY_BYTES && gone + 1 < edit->count)
        change_release(edit, &edit->changes[gone++]);
    if (gone == 0)
        return;
    edit->count -= gone;
    edit->done -= gone;
    memmove(edit->changes, edit->changes + gone,
            edit->count * sizeof(*edit->changes));
}

static void
forget_undone(struct text_edit *edit)
{
    while (edit->count > edit->done)
        change_release(edit, &edit->changes[--edit->count]);
}

static struct change *
add_change(struct text_edit *edit, size_t at)
{
    forget_undone(edit);
    if (edit->count == edit->cap) {
        edit->cap = edit->cap ? edit->cap * 2 : 64;
        edit->changes =
            xreallocarray(edit->changes, edit->cap, sizeof(*edit->changes));
    }
    edit->changes[edit->count++] = (struct change){.at = at};
    edit->done = edit->count;
    return &edit->changes[edit->count - 1];
}

/* The change that typing goes on with, or NULL. */
static struct change *
open_change(struct text_edit *edit)
{
    return edit->sealed || edit->done == 0 || edit->done < edit->count
               ? NULL
               : &edit->changes[edit->done - 1];
}

void
text_edit_insert(struct text_edit *edit, struct str text)
{
    struct change *change = open_change(edit);
    size_t at = edit->cursor;

    if (text.len == 0)
        return;
    if (!change || change->at + change->inserted.len != at)
        change = add_change(edit, at);
    xbuf_append_str(&change->inserted, text);
    edit->bytes += text.len;
    splice(edit, at, 0, text);
    edit->sealed = memchr(text.ptr, '\n', text.len) != NULL;
    forget_oldest(edit);
}

/* Whether a removal goes on with the newest change: backwards through what was
 * there, or forwards from the same place. */
static bool
joins(const struct change *change, size_t start, size_t end)
{
    return change && change->inserted.len == 0 &&
           (end == change->at || start == change->at);
}

static void
keep_removed(struct change *change, size_t start, struct str removed)
{
    struct buf joined = {0};

    if (start == change->at) {
        xbuf_append_str(&change->removed, removed);
        return;
    }
    xbuf_append_str(&joined, removed);
    xbuf_append_str(&joined, buf_str(&change->removed));
    buf_release(&change->removed);
    change->removed = joined;
    change->at = start;
}

void
text_edit_remove(struct text_edit *edit, size_t start, size_t end)
{
    struct change *change = open_change(edit);
    struct str removed;

    if (end > edit->text.len)
        end = edit->text.len;
    if (start >= end)
        return;
    removed = str_slice(buf_str(&edit->text), start, end);
    if (!joins(change, start, end))
        change = add_change(edit, start);
    keep_removed(change, start, removed);
    edit->bytes += end - start;
    splice(edit, start, end - start, (struct str){0});
    edit->sealed = false;
    forget_oldest(edit);
}

void
text_edit_kill(struct text_edit *edit, size_t start, size_t end)
{
    struct str text = buf_str(&edit->text);
    bool goes_on =
        edit->killed_serial == edit->serial && edit->killed_at == edit->cursor;
    struct buf joined = {0};

    if (end > text.len)
        end = text.len;
    if (start >= end)
        return;
    if (goes_on && start == edit->cursor)
        xbuf_append_str(&joined, buf_str(&edit->killed));
    xbuf_append_str(&joined, str_slice(text, start, end));
    if (goes_on && start != edit->cursor)
        xbuf_append_str(&joined, buf_str(&edit->killed));
    buf_release(&edit->killed);
    edit->killed = joined;
    text_edit_remove(edit, start, end);
    edit->killed_at = edit->cursor;
    edit->killed_serial = edit->serial;
}

void
text_edit_yank(struct text_edit *edit)
{
    edit->sealed = true;
    text_edit_insert(edit, buf_str(&edit->killed));
    edit->sealed = true;
}

bool
text_edit_undo(struct text_edit *edit)
{
    const struct change *change;

    if (edit->done == 0)
        return false;
    change = &edit->changes[--edit->done];
    splice(edit, change->at, change->inserted.len, buf_str(&change->removed));
    edit->sealed = true;
    return true;
}

bool
text_edit_redo(struct text_edit *edit)
{
    const struct change *change;

    if (edit->done == edit->count)
        return false;
    change = &edit->changes[edit->done++];
    splice(edit, change->at, change->removed.len, buf_str(&change->inserted));
    edit->sealed = true;
    return true;
}
