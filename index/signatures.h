/* The table `signature` of a partition: MinHash signatures of its documents,
 * in blocks as its other packed data. */
#ifndef INDEX_SIGNATURES_H
#define INDEX_SIGNATURES_H

#include "minhash.h"
#include "pack.h"
#include "stet/db.h"

#define SIGNATURES_SCHEMA \
    "CREATE TABLE signature(block INTEGER PRIMARY KEY, data BLOB NOT NULL);"

/* Filled in the order of documents. Zero is empty. */
struct signature_writer {
    struct minhash list[PACK_BLOCK];
    uint32_t count; /* in `list` */
    uint32_t block;
};
enum err_code signatures_add(struct signature_writer *writer, struct db *db,
                             const struct minhash *signature,
                             struct error *err);
/* Write what is left. */
enum err_code signatures_finish(struct signature_writer *writer, struct db *db,
                                struct error *err);

/* The `count` signatures of block `block`. */
enum err_code signatures_load(struct db *db, uint32_t block,
                              struct minhash *list, size_t count,
                              struct error *err);

/* Compares signatures with the texts they are of. */
struct signatures_check;
struct signatures_check *signatures_check_new(struct db *db,
                                              uint32_t documents);
void signatures_check_free(struct signatures_check *check); /* NULL allowed */
/* *same: whether the document's signature is this text's. */
enum err_code signatures_check_text(struct signatures_check *check,
                                    uint32_t doc, struct str text, bool *same,
                                    struct error *err);

#endif
