/* For json_differential.py: reads records (length in 4 bytes, little-endian,
 * then the bytes) and prints a line for each: R (refused), L (too deep) or
 * A, the flags of all its strings, and the value in a form that does not
 * depend on how it was written. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "stet/arena.h"
#include "stet/json.h"
#include "stet/xalloc.h"

static void
dump_string(struct buf *out, struct str s)
{
    struct error err = ERROR_INIT;

    if (json_write_string(out, s, true, &err) != ERR_OK)
        xbuf_append(out, "NOMEM", 5);
}

static bool
has_later_twin(const struct json_value *member)
{
    for (const struct json_value *m = member->next; m; m = m->next)
        if (str_equal(m->key, member->key))
            return true;
    return false;
}

static void
dump_number(struct buf *out, const struct json_value *value)
{
    uint64_t bits;

    memcpy(&bits, &value->number, sizeof(bits));
    xbuf_append(out, "#", 1);
    xbuf_append_str(out, value->raw);
    xbuf_printf(out, ":%016" PRIx64 ":", bits);
    if (value->is_int)
        xbuf_printf(out, "%" PRId64, value->integer);
}

static void
dump(struct buf *out, const struct json_value *value)
{
    static const char scalars[] = "nft";

    if (value->type <= JSON_TRUE) {
        xbuf_append(out, &scalars[value->type], 1);
        return;
    }
    if (value->type == JSON_NUMBER) {
        dump_number(out, value);
        return;
    }
    if (value->type == JSON_STRING) {
        dump_string(out, value->string);
        return;
    }
    xbuf_append(out, value->type == JSON_OBJECT ? "{" : "[", 1);
    for (const struct json_value *v = value->first; v; v = v->next) {
        if (value->type == JSON_OBJECT) {
            if (has_later_twin(v))
                continue;
            dump_string(out, v->key);
        }
        dump(out, v);
        xbuf_append(out, ",", 1);
    }
    xbuf_append(out, value->type == JSON_OBJECT ? "}" : "]", 1);
}

static enum err_code
scan_flags(struct str record, unsigned *flags)
{
    struct json_scan scan;
    struct json_token token = {.type = JSON_NULL};
    struct error err = ERROR_INIT;

    json_scan_init(&scan, record, 0);
    while (token.type != JSON_END) {
        enum err_code code = json_next(&scan, &token, &err);

        if (code != ERR_OK)
            return code;
        *flags |= token.flags;
    }
    return ERR_OK;
}

static void
answer(struct str record, struct arena *arena, struct buf *out)
{
    unsigned flags = 0;
    enum err_code code = scan_flags(record, &flags);
    const struct json_value *value = NULL;
    struct error err = ERROR_INIT;

    if (json_parse(record, arena, &value, &err) != code) {
        xbuf_append(out, "scanner and tree disagree", 25);
    } else if (code != ERR_OK) {
        xbuf_append(out, code == ERR_LIMIT ? "L" : "R", 1);
    } else {
        xbuf_printf(out, "A%u ", flags & ~(unsigned)JSON_ESCAPED);
        dump(out, value);
    }
    xbuf_append(out, "\n", 1);
}

int
main(void)
{
    struct arena arena;
    struct buf out = {.max = 0};
    unsigned char head[4];

    arena_init(&arena, 0);
    while (fread(head, 1, sizeof(head), stdin) == sizeof(head)) {
        size_t len = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 |
                     (size_t)head[3] << 24;
        /* Its own allocation, so that a read past its end is caught. */
        char *record = xmalloc(len);

        if (fread(record, 1, len, stdin) != len)
            return EXIT_FAILURE;
        buf_clear(&out);
        answer((struct str){record, len}, &arena, &out);
        (void)fwrite(out.ptr, 1, out.len, stdout);
        arena_reset(&arena);
        free(record);
    }
    buf_release(&out);
    arena_release(&arena);
    return ferror(stdin) || fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
