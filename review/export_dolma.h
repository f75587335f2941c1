/* What the files of the export for Dolma's mixer share. */
#ifndef REVIEW_EXPORT_DOLMA_H
#define REVIEW_EXPORT_DOLMA_H

#include "export_private.h"

/* The attributes of one document: items, each ended by a line end, of the form
 * `KIND":VALUE`, where KIND lacks the run's name and both are JSON. */
struct dolma_row {
    uint32_t shard; /* of the index */
    uint64_t record;
    size_t start, end; /* of its items */
};
struct dolma {
    struct exporter *x;
    struct buf items;
    struct dolma_row *rows; /* by shard path and record */
    size_t row_count, row_cap;
    struct buf added;        /* records, of drop-and-add ones first */
    struct dolma_row *fresh; /* one for each line of `added` */
    size_t fresh_count, fresh_cap;
    unsigned texts; /* pairs of spans and text in use */
    char *run;
    struct buf documents; /* paths below the folder, each ended by a line
                           * end; all have a folder `documents` in them */
};

/* --- export_dolma_row.c --- */

struct dolma_pieces;
/* Append the items of a document's edits; with `moved` those of the new
 * document that comes in its place. */
void dolma_items_tags(const struct export_place *place, bool moved,
                      struct buf *out);
void dolma_items_drop(const struct export_place *place, struct buf *out);
void dolma_items_texts(const struct export_place *place,
                       const struct dolma_pieces *pieces, struct buf *out);
/* {"id":ID,"attributes":{...}}, without an id if it has none. */
void dolma_row_format(const struct dolma *dolma, const struct dolma_row *row,
                      struct str id_token, struct buf *out);

/* --- export_dolma_files.c --- */

/* Attributes of every shard that is touched, links to their documents, added
 * documents; dolma->documents lists them. */
enum err_code dolma_files_write(struct dolma *dolma, const char *folder,
                                struct error *err);

/* --- export_dolma_config.c --- */

/* mixer.json; `final` is the folder's path when it is complete. */
enum err_code dolma_config_write(const struct dolma *dolma, const char *folder,
                                 const char *final, struct error *err);

#endif
