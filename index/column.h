/* Columns: a number or a label for each document of a partition, in a file
 * that is mapped when read. Bound to its partition by the partition's hash. */
#ifndef INDEX_COLUMN_H
#define INDEX_COLUMN_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"
#include "stet/hash.h"

struct column_writer;
/* `spill`: path of a temporary file, made when the values outgrow memory and
 * removed by column_writer_free(). */
struct column_writer *column_writer_new(bool labels, const char *spill);
void column_writer_free(struct column_writer *writer);
/* Documents in ascending order; those left out are unknown, as is NaN. */
enum err_code column_set_number(struct column_writer *writer, uint32_t doc,
                                double value, struct error *err);
enum err_code column_set_label(struct column_writer *writer, uint32_t doc,
                               struct str label, struct error *err);
bool column_writer_is_empty(const struct column_writer *writer);
/* Write the file (atomic) for a partition of `count` documents. Numbers are
 * float32 if each of them is the shortest decimal of its float32. */
enum err_code column_writer_commit(struct column_writer *writer,
                                   const char *path, uint32_t count,
                                   const struct hash *partition,
                                   struct error *err);

/* Whether the double is what the shortest decimal of its float32 reads as. */
bool column_is_narrow(double value);

struct column;
/* ERR_FORMAT: damaged, or not of this partition. Threads: shared freely. */
enum err_code column_open(struct column **out, const char *path, bool labels,
                          uint32_t count, const struct hash *partition,
                          struct error *err);
void column_close(struct column *column); /* NULL allowed */
/* Give up the memory that was read: the system's cache keeps it, and the next
 * reader maps it again. */
void column_rest(const struct column *column);
/* Whether the bytes are those that were written. Reads all of them. */
bool column_is_sound(const struct column *column);
/* NaN: unknown. */
double column_number(const struct column *column, uint32_t doc);
/* Of `count` documents from `doc`. */
void column_numbers(const struct column *column, uint32_t doc, uint32_t count,
                    double *values);
bool column_is_float32(const struct column *column);
/* The shortest decimal that a narrow value stands for: 0.8 for the float32
 * 0.800000012; a wide one is returned as it is. */
double column_decimal(const struct column *column, double value);
double column_widen(float narrow);
/* Code 0 is unknown; codes run to column_label_count() inclusive. */
uint32_t column_code(const struct column *column, uint32_t doc);
uint32_t column_label_count(const struct column *column);
struct str column_label(const struct column *column, uint32_t code);

#endif
