/* Finds the documents that a subcommand acts on. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/targets.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"

#define BATCH_MAX ((size_t)1 << 30)

static void
push(struct targets *targets, uint32_t doc, struct str args)
{
    if ((targets->count & (targets->count + 1)) == 0)
        targets->list = xreallocarray(targets->list, 2 * targets->count + 2,
                                      sizeof(*targets->list));
    targets->list[targets->count++] = (struct target){doc, args};
}

static enum err_code
collect_query(struct session *session, const char *text,
              struct targets *targets, struct error *err)
{
    const struct query *query;
    struct hits hits = {0};
    enum err_code code = session_search(session, text, &query, &hits, err);

    for (uint32_t i = 0; !code && i < hits.count; i++)
        push(targets, hits.docs[i], (struct str){NULL, 0});
    if (!code)
        targets->query = str_of(text);
    hits_release(&hits);
    return code;
}

enum err_code
stdin_read(size_t max, struct buf *out, struct error *err)
{
    char block[65536];
    ssize_t got;

    out->max = max;
    while ((got = read(STDIN_FILENO, block, sizeof(block))) > 0) {
        enum err_code code = buf_append(out, block, (size_t)got, err);

        if (code)
            return code;
    }
    return got < 0 ? error_set(err, ERR_IO, "standard input cannot be read")
                   : ERR_OK;
}

static enum err_code
collect_line(struct session *session, struct str line, size_t number,
             struct targets *targets, struct error *err)
{
    const char *tab = memchr(line.ptr, '\t', line.len);
    struct str args = {NULL, 0};
    struct str ref = line;
    uint32_t doc;
    enum err_code code;

    if (tab) {
        args = (struct str){line.ptr, (size_t)(tab - line.ptr)};
        ref = str_slice(line, args.len + 1, line.len);
    }
    code = resolve_ref(session->index, ref, &doc, err);
    if (code)
        return error_wrap(err, "batch line %zu", number);
    if (args.ptr) {
        args = arena_copy(&session->arena, args);
        if (!args.ptr)
            return error_nomem(err);
    }
    push(targets, doc, args);
    return ERR_OK;
}

static enum err_code
collect_batch(struct session *session, const char *path,
              struct targets *targets, struct error *err)
{
    struct buf content = {0};
    struct str text;
    size_t at = 0;
    size_t number = 0;
    enum err_code code = strcmp(path, "-") == 0
                             ? stdin_read(BATCH_MAX, &content, err)
                             : file_read(path, BATCH_MAX, &content, err);

    text = buf_str(&content);
    while (!code && at < text.len) {
        size_t end = str_find(text, STR_LIT("\n"), at);
        struct str line;

        if (end == SIZE_MAX)
            end = text.len;
        line = str_slice(text, at, end);
        at = end + 1;
        number++;
        if (str_trim(line).len)
            code = collect_line(session, line, number, targets, err);
    }
    buf_release(&content);
    return code;
}

enum err_code
targets_collect(struct session *session, const struct invocation *in,
                char **refs, size_t ref_count, struct targets *out,
                struct error *err)
{
    const char *query = option_get(in, "query");
    const char *batch = option_get(in, "batch");
    enum err_code code = ERR_OK;

    *out = (struct targets){0};
    if ((query != NULL) + (batch != NULL) + (ref_count > 0) != 1)
        return usage_error(in, err,
                           ref_count || query || batch
                               ? "give REFs, or --query, or --batch: one of "
                                 "them"
                               : "which documents?");
    if (query)
        return collect_query(session, query, out, err);
    if (batch)
        return collect_batch(session, batch, out, err);
    for (size_t i = 0; !code && i < ref_count; i++) {
        uint32_t doc;

        code = resolve_ref(session->index, str_of(refs[i]), &doc, err);
        if (!code)
            push(out, doc, (struct str){NULL, 0});
    }
    return code;
}

void
targets_release(struct targets *targets)
{
    free(targets->list);
    *targets = (struct targets){0};
}
