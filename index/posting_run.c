/* Runs of sorted postings: moving them to a file when memory is short, and
 * reading them back in order. A run in memory is read where it lies. */
#include "config.h"

#include "posting_run.h"

#include <errno.h>
#include <unistd.h>

#define WINDOW ((size_t)64 << 10) /* bytes that are read at once */

void
run_release(struct run *run)
{
    buf_release(&run->bytes);
}

enum err_code
run_spill(struct run *run, int fd, uint64_t offset, struct error *err)
{
    size_t done = 0;

    while (done < run->bytes.len) {
        ssize_t written = pwrite(fd, run->bytes.ptr + done,
                                 run->bytes.len - done, (off_t)(offset + done));

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return error_errno(err, written ? errno : ENOSPC,
                               "cannot write postings aside");
        done += (size_t)written;
    }
    run->length = run->bytes.len;
    run->offset = offset;
    run->in_file = true;
    buf_release(&run->bytes);
    return ERR_OK;
}

uint64_t
run_key(struct str term)
{
    uint64_t key = 0;

    for (size_t i = 0; i < 8; i++)
        key = key << 8 | (i < term.len ? (unsigned char)term.ptr[i] : 0);
    return key;
}

void
run_cursor_init(struct run_cursor *cursor, const struct run *run, int fd)
{
    *cursor = (struct run_cursor){.run = run, .fd = fd};
}

void
run_cursor_release(struct run_cursor *cursor)
{
    buf_release(&cursor->window);
}

static enum err_code
read_exactly(int fd, char *out, size_t len, uint64_t offset, struct error *err)
{
    size_t done = 0;

    while (done < len) {
        ssize_t got = pread(fd, out + done, len - done, (off_t)(offset + done));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return error_errno(err, got ? errno : EIO,
                               "cannot read postings back");
        done += (size_t)got;
    }
    return ERR_OK;
}

/* Have `need` bytes, all there are or more, at the cursor. */
static enum err_code
fill(struct run_cursor *cursor, size_t need, struct error *err)
{
    struct buf *window = &cursor->window;
    uint64_t left = cursor->run->length - cursor->next;
    size_t have = window->len - cursor->at;
    size_t more;
    enum err_code code;

    if (have >= need || left == 0)
        return ERR_OK;
    if (have > 0)
        memmove(window->ptr, window->ptr + cursor->at, have);
    window->len = have;
    cursor->at = 0;
    more = need - have > WINDOW ? need - have : WINDOW;
    if (more > left)
        more = (size_t)left;
    code = buf_reserve(window, more, err);
    if (code == ERR_OK)
        code = read_exactly(cursor->fd, window->ptr + have, more,
                            cursor->run->offset + cursor->next, err);
    if (code != ERR_OK)
        return code;
    window->len += more;
    cursor->next += more;
    return ERR_OK;
}

static enum err_code
next_in_file(struct run_cursor *cursor, struct error *err)
{
    size_t size = sizeof(cursor->head);
    enum err_code code = fill(cursor, size, err);

    cursor->more = code == ERR_OK && cursor->at < cursor->window.len;
    if (!cursor->more)
        return code;
    memcpy(&cursor->head, cursor->window.ptr + cursor->at, size);
    size += (size_t)cursor->head.term + cursor->head.doclist;
    code = fill(cursor, size, err);
    if (code != ERR_OK)
        return code;
    cursor->term.ptr =
        cursor->window.ptr + cursor->at + sizeof(struct run_head);
    cursor->at += size;
    return ERR_OK;
}

enum err_code
run_next(struct run_cursor *cursor, struct error *err)
{
    const struct buf *bytes = &cursor->run->bytes;

    if (cursor->run->in_file) {
        enum err_code code = next_in_file(cursor, err);

        if (code != ERR_OK || !cursor->more)
            return code;
    } else {
        cursor->more = cursor->at < bytes->len;
        if (!cursor->more)
            return ERR_OK;
        memcpy(&cursor->head, bytes->ptr + cursor->at, sizeof(cursor->head));
        cursor->term.ptr = bytes->ptr + cursor->at + sizeof(struct run_head);
        cursor->at +=
            sizeof(struct run_head) + cursor->head.term + cursor->head.doclist;
    }
    cursor->term.len = cursor->head.term;
    cursor->doclist = (struct str){cursor->term.ptr + cursor->head.term,
                                   cursor->head.doclist};
    cursor->key = run_key(cursor->term);
    return ERR_OK;
}
