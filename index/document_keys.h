/* All documents of some partitions by what rows name them by: the hash of the
 * text, the id within its source, the id alone.
 *
 * Cost: 8 bytes a document, and 16 for each kind of key that is asked for;
 *       about 2 s for 10^6 documents, then under a microsecond a look-up. */
#ifndef INDEX_DOCUMENT_KEYS_H
#define INDEX_DOCUMENT_KEYS_H

#include "generation.h"

struct document_keys;

/* Open the partitions of the manifest for which `wanted` is set (NULL: all), in
 * order; their documents are numbered from 0 on. Borrows nothing. */
enum err_code document_keys_open(struct document_keys **out, const char *folder,
                                 const struct generation *manifest,
                                 const bool *wanted, const int *cancel,
                                 struct error *err);
void document_keys_close(struct document_keys *keys); /* NULL allowed */
uint32_t document_keys_count(const struct document_keys *keys);
/* The documents of the i-th opened partition; *partition: its position in the
 * manifest. False at the end. */
bool document_keys_part(const struct document_keys *keys, size_t i,
                        size_t *partition, uint32_t *first, uint32_t *end);

enum key_kind { KEY_HASH, KEY_ID, KEY_SOURCE_ID };
#define KEY_KINDS 3
struct document_key {
    enum key_kind kind;
    struct hash text;  /* KEY_HASH */
    struct str id;     /* raw JSON token */
    struct str source; /* KEY_SOURCE_ID; decoded */
};
/* Documents that have this key, ascending; those of forgotten shards are left
 * out. The numbers follow each other in `found` at a distance of one entry:
 * read them with document_keys_at(). */
struct key_range {
    const struct key_entry *first;
    size_t count;
};
enum err_code document_keys_find(struct document_keys *keys,
                                 const struct document_key *key,
                                 struct key_range *out, struct error *err);
uint32_t document_keys_at(struct key_range range, size_t i);
/* First 8 bytes of the hash of the document's text. */
uint64_t document_keys_text(const struct document_keys *keys, uint32_t doc);

#endif
