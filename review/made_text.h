/* The texts that exports of this workspace make of others. */
#ifndef STET_REVIEW_MADE_TEXT_H
#define STET_REVIEW_MADE_TEXT_H

#include "stet/index.h"
#include "stet/store.h"

/* The text that the newest export makes of an item's. */
struct made_text {
    struct hash item, text;
    int64_t seq; /* of the export */
};
struct made_texts {
    struct made_text *list;
    size_t count, cap;
    struct arena scratch; /* while it is loaded */
};
/* Owns: made_texts_release(), also after a failure. */
enum err_code made_texts_load(struct made_texts *made, struct store *store,
                              struct error *err);
void made_texts_release(struct made_texts *made);
/* What the key's text becomes; NULL: no export changed it. */
const struct hash *made_texts_next(const struct made_texts *made,
                                   const struct item_key *key);
/* Whether exports made this text of the key's, one after the other. */
bool made_texts_lead_to(const struct made_texts *made,
                        const struct item_key *key, const struct hash *text);

struct found_docs {
    uint32_t *docs; /* in the arena */
    size_t count;
};
/* The documents that are the key's now, whatever their text: those of its id
 * and, if it has one, source; without an id those with the first of the texts
 * made of its own that is there. */
enum err_code made_texts_find(const struct made_texts *made,
                              struct index *index, const struct item_key *key,
                              struct arena *arena, struct found_docs *out,
                              struct error *err);

/* Whether the key's document, or what exports made of it, was dropped in the
 * end. */
enum err_code made_texts_dropped(const struct made_texts *made,
                                 struct store *store,
                                 const struct item_key *key,
                                 struct arena *arena, bool *dropped,
                                 struct error *err);

#endif
