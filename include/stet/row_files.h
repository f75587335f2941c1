/* Files beside a shard that hold a row for each of its records, in the same
 * order: Dolma's attributes (allenai/dolma, docs/data-format.md), in
 * attributes/NAME/REST for documents/REST, and RedPajama v2's signals
 * (togethercomputer/RedPajama-Data), in STEM.signals.json.gz beside
 * STEM.json.gz or in quality_signals/ for documents/. How they are compressed
 * may differ from their documents. */
#ifndef STET_ROW_FILES_H
#define STET_ROW_FILES_H

#include <stdbool.h>

#include "stet/fileio.h"

/* Those of a shard, by its absolute path; at most 256, each absolute. */
void row_files_list(const char *shard, struct names *out);
/* Whether the file (absolute path) is one itself. */
bool row_file_is(const char *path);
/* Whether it holds signals: their ids end with "/" and the record's number. */
bool row_file_is_signals(const char *path);

#endif
