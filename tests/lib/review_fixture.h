/* A workspace in a temporary folder, and shorthands for annotations. */
#ifndef STET_TESTS_REVIEW_FIXTURE_H
#define STET_TESTS_REVIEW_FIXTURE_H

#include "stet/store.h"

struct fixture {
    struct workspace *ws;
    char *folder;
};

/* Dies on failure, as all of these do. `config` may be NULL. */
struct fixture *fixture_new(const char *config);
void fixture_free(struct fixture *fixture);
struct store *fixture_store(struct fixture *fixture, const char *reviewer);

/* An item's key; good for as long as the program runs. */
struct item_key fixture_key(unsigned n);

struct annotation fixture_act(enum annotation_kind kind, unsigned item,
                              const char *value);
/* Append one, by the store's reviewer; the uuid. */
struct uuid fixture_append(struct store *store, enum annotation_kind kind,
                           unsigned item, const char *value);
struct item_state fixture_state(struct store *store, unsigned item,
                                const char *reviewer, struct arena *arena);
/* Every derived row as text, comparable between stores; caller frees. */
char *fixture_dump(struct fixture *fixture);
/* The whole journal as lines; caller frees. */
char *fixture_journal(struct store *store, size_t *len);
/* A seed from STET_TEST_SEED or the clock; printed. */
uint64_t fixture_seed(void);
uint64_t fixture_random(uint64_t *state);

#endif
