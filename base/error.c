/* Errors as values: filling, wrapping and naming them. Nothing allocates, so
 * that running out of memory can be reported too. */
#include "config.h"

#define STET_ERROR_C

#include "stet/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A message that was cut must not end inside a UTF-8 sequence. */
static void
trim_partial(char *message)
{
    size_t len = strlen(message);
    size_t back = 0;
    size_t need = 0;
    unsigned char lead = 0;

    if (len + 1 < ERR_MESSAGE_MAX)
        return;
    while (back < 3 && back < len &&
           ((unsigned char)message[len - 1 - back] & 0xc0) == 0x80)
        back++;
    if (back >= len)
        return;
    lead = (unsigned char)message[len - 1 - back];
    need = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    if (need > back)
        message[len - 1 - back] = '\0';
}

static void set_message(struct error *err, const char *fmt, va_list args)
    __attribute__((format(printf, 2, 0)));

static void
set_message(struct error *err, const char *fmt, va_list args)
{
    /* The arguments may point into the message that is replaced. */
    char message[ERR_MESSAGE_MAX];

    if (vsnprintf(message, sizeof(message), fmt, args) < 0)
        message[0] = '\0';
    trim_partial(message);
    memcpy(err->message, message, sizeof(message));
}

enum err_code
error_set(struct error *err, enum err_code code, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    set_message(err, fmt, args);
    va_end(args);
    err->code = code;
    err->offset = ERR_NO_OFFSET;
    return code;
}

enum err_code
error_set_at(struct error *err, enum err_code code, uint64_t offset,
             const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    set_message(err, fmt, args);
    va_end(args);
    err->code = code;
    err->offset = offset;
    return code;
}

enum err_code
error_wrap(struct error *err, const char *fmt, ...)
{
    char context[ERR_MESSAGE_MAX];
    char message[ERR_MESSAGE_MAX];
    size_t used;
    size_t rest;
    va_list args;

    va_start(args, fmt);
    if (vsnprintf(context, sizeof(context), fmt, args) < 0)
        context[0] = '\0';
    va_end(args);
    trim_partial(context);
    used = strlen(context);
    if (used > sizeof(message) - 3)
        used = sizeof(message) - 3;
    memcpy(message, context, used);
    message[used++] = ':';
    message[used++] = ' ';
    rest = strlen(err->message);
    if (rest > sizeof(message) - 1 - used)
        rest = sizeof(message) - 1 - used;
    memcpy(message + used, err->message, rest);
    message[used + rest] = '\0';
    trim_partial(message);
    memcpy(err->message, message, used + rest + 1);
    return err->code;
}

enum err_code
error_nomem(struct error *err)
{
    return error_set(err, ERR_NOMEM, "%s", err_code_text(ERR_NOMEM));
}

enum err_code
error_errno(struct error *err, int errnum, const char *what)
{
    enum err_code code = ERR_IO;
    const char *text = NULL;
    char space[128];

    switch (errnum) {
    case ENOENT:
    case ENOTDIR:
        code = ERR_NOTFOUND;
        break;
    case EACCES:
    case EPERM:
    case EROFS:
        code = ERR_PERM;
        break;
    case EEXIST:
    case ENOTEMPTY:
        code = ERR_EXISTS;
        break;
    case ENOMEM:
        code = ERR_NOMEM;
        break;
    case ENOSPC:
        text = "disk full";
        break;
    case EDQUOT:
        text = "disk full: your quota is used up";
        break;
    case EFBIG:
        text = "file too large for the file system or the limit of ulimit -f";
        break;
    default:
        break;
    }
    if (!text)
        text = strerror_r(errnum, space, sizeof(space)); /* GNU's form */
    return error_set(err, code, "%s: %s", what, text);
}

const char *
err_code_text(enum err_code code)
{
    static const char *const texts[] = {
#define X(name, text, status) [ERR_##name] = (text),
        ERR_CODES(X)
#undef X
    };

    if ((size_t)code >= sizeof(texts) / sizeof(texts[0]))
        return "unknown error";
    return texts[code];
}

int
err_code_exit_status(enum err_code code)
{
    static const int statuses[] = {
#define X(name, text, status) [ERR_##name] = (status),
        ERR_CODES(X)
#undef X
    };

    if ((size_t)code >= sizeof(statuses) / sizeof(statuses[0]))
        return 70;
    return statuses[code];
}
