/* Errors as values: a code for the caller, one line for the human.
 *
 * A function that can fail returns enum err_code and takes `struct error *`
 * last. On success *err is untouched; on failure outputs are untouched.
 * Messages may quote data: whoever prints one escapes it (width.h).
 */
#ifndef STET_ERROR_H
#define STET_ERROR_H

#include <stdint.h>

/* name, text, exit status (sysexits.h). Add a code only if a caller would act
 * differently on it. */
#define ERR_CODES(X)                    \
    X(OK, "success", 0)                 \
    X(NOMEM, "out of memory", 70)       \
    X(IO, "input/output error", 74)     \
    X(FORMAT, "malformed input", 65)    \
    X(LIMIT, "limit exceeded", 65)      \
    X(NOTFOUND, "not found", 66)        \
    X(EXISTS, "already exists", 73)     \
    X(CONFLICT, "conflict", 65)         \
    X(BUSY, "busy, try again", 75)      \
    X(CANCELLED, "cancelled", 75)       \
    X(USAGE, "usage", 64)               \
    X(UNAVAILABLE, "not available", 69) \
    X(PERM, "permission denied", 77)    \
    X(CONFIG, "configuration error", 78)

enum err_code {
#define X(name, text, status) ERR_##name,
    ERR_CODES(X)
#undef X
};

#define ERR_NO_OFFSET UINT64_MAX
#define ERR_MESSAGE_MAX 512

struct error {
    enum err_code code;
    uint64_t offset; /* bytes into the input at fault, or ERR_NO_OFFSET */
    char message[ERR_MESSAGE_MAX]; /* NUL-terminated, cut to fit */
};

#define ERROR_INIT                \
    {                             \
        ERR_OK, ERR_NO_OFFSET, "" \
    }

/* Fill *err and return `code`. The offset becomes ERR_NO_OFFSET. */
enum err_code error_set(struct error *err, enum err_code code, const char *fmt,
                        ...) __attribute__((format(printf, 3, 4), nonnull));

/* The same, with the position of the fault in the input. */
enum err_code error_set_at(struct error *err, enum err_code code,
                           uint64_t offset, const char *fmt, ...)
    __attribute__((format(printf, 4, 5), nonnull));

/* Put "context: " before the message of a filled *err; returns its code. */
enum err_code error_wrap(struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), nonnull));

/* ERR_NOMEM with its standard text. */
enum err_code error_nomem(struct error *err) __attribute__((nonnull));

/* ERR_IO, ERR_NOTFOUND, ERR_PERM, ERR_EXISTS or ERR_NOMEM as `errnum` (an
 * errno value) says, with "what: strerror". */
enum err_code error_errno(struct error *err, int errnum, const char *what)
    __attribute__((nonnull));

const char *err_code_text(enum err_code code);
int err_code_exit_status(enum err_code code);

/* The static analyzer reads one file at a time: tell it that these fail. */
#if defined(__clang_analyzer__) && !defined(STET_ERROR_C)
#define error_set(err, code, ...) \
    ((void)(error_set)(err, code, __VA_ARGS__), code)
#define error_set_at(err, code, ...) \
    ((void)(error_set_at)(err, code, __VA_ARGS__), code)
#define error_nomem(err) ((void)(error_nomem)(err), ERR_NOMEM)
#define error_errno(err, errnum, what) \
    ((void)(error_errno)(err, errnum, what), ERR_IO)
#define error_wrap(err, ...) ((void)(error_wrap)(err, __VA_ARGS__), ERR_IO)
#endif

#endif
