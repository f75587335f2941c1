/* Where words, sentences and graphemes of a text begin and end. Byte
 * positions; never past the text; looks at most 8 KiB around. */
#ifndef STET_TUI_MOTION_H
#define STET_TUI_MOTION_H

#include "stet/buf.h"
#include "stet/document.h"

size_t motion_right(struct str text, size_t at); /* one grapheme */
size_t motion_left(struct str text, size_t at);
/* Behind the end of the word at or after `at`. */
size_t motion_word_end(struct str text, size_t at);
/* The start of the word before `at`. */
size_t motion_word_start(struct str text, size_t at);
/* Behind the end of the sentence that holds `at`. */
size_t motion_sentence_end(struct str text, size_t at);
/* Its start; from a start, that of the one before. */
size_t motion_sentence_start(struct str text, size_t at);
/* The word, the sentence that holds `at`. */
struct span motion_word(struct str text, size_t at);
struct span motion_sentence(struct str text, size_t at);
/* The line that holds `at`, without its line feed; the lines around it up to
 * empty ones. No longer than 1 MiB on either side. */
struct span motion_line(struct str text, size_t at);
struct span motion_paragraph(struct str text, size_t at);

#endif
