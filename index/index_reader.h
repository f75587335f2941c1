/* Reading many documents of an open index, each thread with a reader of its
 * own: private to search and index files. Only what never changes in a
 * `struct index` is used. */
#ifndef INDEX_INDEX_READER_H
#define INDEX_INDEX_READER_H

#include "stet/index.h"

struct index_reader;
struct index_reader *index_reader_new(void);
void index_reader_free(struct index_reader *reader);

struct index_item {
    uint32_t doc;
    struct document_place place; /* of index_place() */
};

/* A document's record into `raw` (appended to); its shard stays open. The hash
 * is compared only when the shard has another size or time than it was indexed
 * with.
 * Fails: ERR_CONFLICT: it, or its shard, is not what was indexed. */
enum err_code index_reader_fetch(struct index_reader *reader,
                                 const struct index *index,
                                 const struct index_item *item,
                                 struct arena *arena, struct buf *raw,
                                 struct error *err);
/* The record just fetched, as far as its text; *out borrows from `raw` and
 * `arena`. The text is valid UTF-8 unless out->flags has DOC_LONE_SURROGATE.
 * ERR_CONFLICT as above. */
enum err_code index_reader_map(struct index_reader *reader, struct str raw,
                               struct arena *arena, struct document *out,
                               struct error *err);
/* Whether the record just fetched is what was indexed, by its hash; else
 * ERR_CONFLICT. */
enum err_code index_reader_verify(struct index_reader *reader, struct str raw,
                                  const struct document_place *place,
                                  struct arena *arena, struct error *err);
/* Whether that shard is open. */
bool index_reader_has(const struct index_reader *reader, uint32_t shard);
/* A shard without random access: to be read by one reader, in order. */
bool index_shard_is_stream(const struct index *index, uint32_t shard);

#endif
