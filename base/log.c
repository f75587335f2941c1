/* The log file: one write() a line, so that lines of several processes and
 * threads never mix. A log that cannot be written is no one's failure. */
#include "config.h"

#include "stet/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stet/buf.h"
#include "stet/fileio.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1; /* under lock */

enum err_code
log_open(const char *path, struct error *err)
{
    int fd = open(path,
                  O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
                      O_NONBLOCK,
                  0600);
    struct stat stat;

    if (fd < 0)
        return error_errno(err, errno, path);
    if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode)) {
        close(fd);
        return error_set(err, ERR_IO, "%s: not a regular file", path);
    }
    pthread_mutex_lock(&lock);
    if (log_fd >= 0)
        close(log_fd);
    log_fd = fd;
    pthread_mutex_unlock(&lock);
    return ERR_OK;
}

void
log_close(void)
{
    pthread_mutex_lock(&lock);
    if (log_fd >= 0)
        close(log_fd);
    log_fd = -1;
    pthread_mutex_unlock(&lock);
}

static bool
is_open(void)
{
    bool open;

    pthread_mutex_lock(&lock);
    open = log_fd >= 0;
    pthread_mutex_unlock(&lock);
    return open;
}

void
log_line(const char *fmt, ...)
{
    char text[1024];
    char now[TIME_TEXT_SIZE];
    struct buf line = {0};
    va_list args;

    if (!is_open())
        return;
    va_start(args, fmt);
    if (vsnprintf(text, sizeof(text), fmt, args) < 0)
        text[0] = '\0';
    va_end(args);
    time_format(time_now_us(), now);
    xbuf_printf(&line, "%s %ld ", now, (long)getpid());
    for (const char *at = text; *at; at++) {
        unsigned char byte = (unsigned char)*at;

        if (byte < 0x20 || byte >= 0x7f || byte == '\\')
            xbuf_printf(&line, "\\x%02x", (unsigned)byte);
        else
            xbuf_append(&line, at, 1);
    }
    xbuf_append(&line, "\n", 1);
    pthread_mutex_lock(&lock);
    if (log_fd >= 0 && write(log_fd, line.ptr, line.len) < 0) {
        close(log_fd);
        log_fd = -1;
    }
    pthread_mutex_unlock(&lock);
    buf_release(&line);
}
