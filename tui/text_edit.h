/* A text that is being edited: its bytes, the cursor, and every change, so that
 * all can be undone. Pure: no screen, no keys. Offsets are bytes; they must lie
 * on boundaries of characters. */
#ifndef STET_TUI_TEXT_EDIT_H
#define STET_TUI_TEXT_EDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"

struct text_edit;

struct text_edit *text_edit_new(struct str text); /* copied; cursor at 0 */
void text_edit_free(struct text_edit *edit);

/* Valid until the next change. */
struct str text_edit_text(const struct text_edit *edit);
size_t text_edit_cursor(const struct text_edit *edit);
/* Grows with every change, undos too. */
uint64_t text_edit_serial(const struct text_edit *edit);

/* Another place: what is typed there is undone apart from what went before. */
void text_edit_go(struct text_edit *edit, size_t at);
/* At the cursor, which goes behind it. What is typed in one go is undone in
 * one go, by the line. */
void text_edit_insert(struct text_edit *edit, struct str text);
/* [start, end); the cursor goes there. */
void text_edit_remove(struct text_edit *edit, size_t start, size_t end);
/* The same, and kept for text_edit_yank(); kills in a row are put together. */
void text_edit_kill(struct text_edit *edit, size_t start, size_t end);
void text_edit_yank(struct text_edit *edit);

/* False: nothing left. The cursor goes to what changed. At least the newest
 * 64 MB of changes are kept. */
bool text_edit_undo(struct text_edit *edit);
bool text_edit_redo(struct text_edit *edit);

#endif
