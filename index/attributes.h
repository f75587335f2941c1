/* Scores that were imported: sets of rows in `.stet/attributes/<name>/`, from
 * which columns are made for every partition that there is. The folders are
 * the truth: the manifest follows them. All under the index's lock. */
#ifndef INDEX_ATTRIBUTES_H
#define INDEX_ATTRIBUTES_H

#include "generation.h"
#include "stet/fileio.h"
#include "stet/workspace.h"

struct attribute_set {
    char *name; /* of the score */
    char *folder;
    enum score_kind kind; /* SCORE_NUMBER or SCORE_LABEL */
    struct names files;   /* in the folder, in the order of importing */
    uint64_t sum;         /* of the files; not 0 */
    uint64_t known;       /* documents with a value; set by attributes_fill */
};
struct attribute_sets {
    struct attribute_set *list; /* by folder name */
    size_t count;
};

/* Fails: ERR_FORMAT: a set cannot be read. None at all is fine. */
enum err_code attributes_load(struct attribute_sets *out,
                              const struct workspace *ws, struct error *err);
void attributes_release(struct attribute_sets *sets);
/* Caller frees. */
char *attributes_folder(const struct workspace *ws, const char *name);
/* Remove what killed runs left. */
void attributes_clean(const struct workspace *ws);

/* Give the manifest a score for each set and no other imported ones; numbers
 * of the others may move down. Columns of imported scores that cannot be read
 * are left out, to be made again. Returns whether it changed. */
bool attributes_align(struct generation *manifest, const char *folder,
                      const struct attribute_sets *sets);
/* Whether each has its column, of the rows as they are, in each partition. */
bool attributes_are_filled(const struct generation *manifest,
                           const struct attribute_sets *sets);
/* Write the columns that are missing and add them to the (aligned) manifest.
 * Nothing that a published generation uses is touched. */
enum err_code attributes_fill(struct generation *manifest, const char *folder,
                              struct attribute_sets *sets, const int *cancel,
                              struct error *err);

/* A new file of a set, absent or complete. */
struct attribute_writer;
enum err_code attribute_writer_open(struct attribute_writer **out,
                                    const struct workspace *ws,
                                    const char *name, struct error *err);
enum err_code attribute_writer_add(struct attribute_writer *writer,
                                   struct str line, struct error *err);
/* *added: false without rows, and when the set's last file has the same. The
 * handle is gone afterwards, also on failure. */
enum err_code attribute_writer_commit(struct attribute_writer *writer,
                                      bool *added, struct error *err);
void attribute_writer_abort(struct attribute_writer *writer);

#endif
