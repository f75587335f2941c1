/* A log file for what a reviewer cannot be shown: ids, hashes, counts,
 * durations; never document text. Off unless opened. */
#ifndef STET_LOG_H
#define STET_LOG_H

#include "stet/error.h"

/* Append to `path` (0600). */
enum err_code log_open(const char *path, struct error *err);
void log_close(void);
/* Control characters are escaped. Threads: any. */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
