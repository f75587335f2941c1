/* The line editor at the bottom: readline's keys, history, completion. */
#ifndef STET_TUI_PROMPT_H
#define STET_TUI_PROMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"
#include "tui/grid.h"

#define PROMPT_MAX (16u << 10) /* bytes of input */
#define PROMPT_HISTORY 500     /* lines kept of each kind */

struct prompt_history {
    char **lines; /* oldest first */
    size_t *lens;
    size_t count;
};
void history_release(struct prompt_history *history);
/* Moves the line to the newest place when it is there already. */
void history_add(struct prompt_history *history, struct str line);
/* One line each, and back: what desk_memory keeps. */
void history_format(const struct prompt_history *history, struct buf *out);
void history_parse(struct prompt_history *history, struct str text);

/* A candidate for the word that ends at `at`: the one of this number (from 0)
 * that begins with it. */
struct completion {
    struct str line;
    size_t at, number;
    size_t start;     /* filled: where the word begins */
    struct buf *out;  /* filled: the candidate */
    struct buf *note; /* filled: a count, a value, what it is; our words */
};
/* False: no more. */
typedef bool prompt_complete(void *ctx, struct completion *completion);

struct prompt {
    bool active;
    char label[32]; /* our own words */
    struct buf line;
    size_t at;       /* cursor, bytes */
    struct buf kill; /* what ^W ^U ^K took, for ^Y */
    struct prompt_history *history;
    size_t place;       /* in history; count: the new line */
    struct buf pending; /* the new line while history is shown */
    bool searching;     /* ^R */
    struct buf pattern;
    prompt_complete *complete;
    void *ctx;
    size_t candidate; /* next one to offer; SIZE_MAX: not completing */
    size_t word_at;
    struct buf word; /* as typed, while completing */
    size_t error_at; /* byte the error points at; SIZE_MAX: none */
};

enum prompt_result { PROMPT_STAYS, PROMPT_DONE, PROMPT_LEFT };

void prompt_init(struct prompt *prompt);
void prompt_release(struct prompt *prompt);
void prompt_open(struct prompt *prompt, const char *label, struct str initial,
                 struct prompt_history *history);
void prompt_close(struct prompt *prompt);
enum prompt_result prompt_key(struct prompt *prompt, uint32_t key);
/* Pasted text: control characters become spaces. */
void prompt_paste(struct prompt *prompt, struct str text);
/* Draws into the clip's row and sets the cursor. */
void prompt_draw(const struct prompt *prompt, struct grid *grid, unsigned row);
/* What could stand at the cursor, as much as fits; false: nothing. */
bool prompt_draw_candidates(const struct prompt *prompt, struct grid *grid,
                            unsigned row);

#endif
