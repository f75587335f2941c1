/* Going through the derived states of one reviewer, in short reads. */
#ifndef STET_REVIEW_STORE_SCAN_H
#define STET_REVIEW_STORE_SCAN_H

#include "stet/db.h"
#include "stet/store.h"

/* Views live until the callback returns. */
struct state_row {
    int64_t item;
    struct str verdict, tags, span_tags;
    unsigned flags;
    uint32_t kinds;
    int64_t judged_us;
};
/* Must not use the store. */
typedef enum err_code state_visit(void *ctx, const struct state_row *row,
                                  struct error *err);
/* reviewer empty: the effective states. Ascending by item. */
enum err_code store_scan(struct store *store, struct str reviewer,
                         state_visit *visit, void *ctx, struct error *err);

/* Run a query of (number, ...) rows in steps: its ?1 is the last first column
 * (-1 to begin with), ?2 the number of rows; `bind` sets the others. */
struct store_steps {
    const char *sql;
    void (*bind)(void *ctx, struct stmt *stmt);
    enum err_code (*row)(void *ctx, struct stmt *stmt, struct error *err);
    void *ctx;
};
enum err_code store_step_through(struct store *store,
                                 const struct store_steps *steps,
                                 struct error *err);

/* The next word of a space-separated list; false at the end. */
bool next_word(struct str list, size_t *at, struct str *word);

#endif
