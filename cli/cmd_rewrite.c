/* rewrite, insert, add: one document at a time, with a text from a file. */
#include "config.h"

#include <string.h>

#include "cli/annotate.h"
#include "cli/command_list.h"
#include "stet/addition.h"
#include "stet/fileio.h"
#include "stet/utf8.h"

#define TEXT_MAX ((size_t)64 << 20)

#define OPTION_FROM                                                         \
    {                                                                       \
        "from", 0, "FILE", "the text, from a file (- reads standard input)" \
    }

static const struct option_def rewrite_options[] = {OPTION_REASON, OPTION_SPAN,
                                                    OPTION_FROM, OPTION_END};
static const struct option_def insert_options[] = {
    OPTION_REASON,
    {"at", 0, "N", "before character N of the text"},
    OPTION_FROM,
    OPTION_END};
static const struct option_def add_options[] = {OPTION_REASON, OPTION_FROM,
                                                OPTION_END};

static enum err_code
read_from(struct run *run, struct str *out, struct error *err)
{
    const char *path = option_get(run->in, "from");
    struct buf content = {0};
    enum err_code code;

    if (!path)
        return usage_error(run->in, err, "--from FILE is needed");
    if (strcmp(path, "-") == 0)
        code = stdin_read(TEXT_MAX, &content, err);
    else
        code = file_read(path, TEXT_MAX, &content, err);
    if (!code && !utf8_is_wtf8(buf_str(&content)))
        code = error_set(err, ERR_FORMAT, "%s: not valid UTF-8", path);
    if (!code) {
        *out = arena_copy(&run->session.arena, buf_str(&content));
        if (!out->ptr)
            code = error_nomem(err);
    }
    buf_release(&content);
    return code;
}

/* rewrite and insert: one document, a text from a file. */
static enum err_code
fill_text(struct run *run, struct error *err)
{
    const char *span = option_get(run->in, "span");
    const char *at = option_get(run->in, "at");
    uint64_t start = 0;
    uint64_t end = 0;
    struct annotation *a = run_push(run, run_kind(run));
    enum err_code code = run_set_items(run, a, 0, 1, err);

    if (!code && a->kind == ANNOTATION_INSERT && !at)
        return usage_error(run->in, err, "--at N is needed");
    if (!code)
        code = read_from(run, &a->text, err);
    if (!code && at) {
        code = option_uint(run->in, "at", 0, UINT64_MAX, &start, err);
        end = start;
    } else if (!code && span) {
        code = run_parse_span(run, str_of(span), &start, &end, err);
    }
    if (!code && (at || span))
        code = run_set_span(run, a, run->targets.list[0].doc, start, end, err);
    else if (!code)
        /* Checks that the text may be edited at all. */
        code = run_set_span(run, a, run->targets.list[0].doc, 0, 0, err);
    if (!code && !at && !span)
        a->span = (struct annotation_span){0};
    return code;
}

static enum err_code
run_text(const struct invocation *in, int *status, struct error *err)
{
    struct run run;
    enum err_code code = run_open(&run, in, err);

    (void)status;
    if (!code && in->arg_count != 1)
        code = usage_error(in, err, "one document at a time");
    if (!code)
        code =
            targets_collect(&run.session, in, in->args, 1, &run.targets, err);
    if (!code)
        code = fill_text(&run, err);
    if (!code)
        code = run_store(&run, err);
    run_close(&run);
    return code;
}

static enum err_code
run_add(const struct invocation *in, int *status, struct error *err)
{
    struct run run;
    const struct document *from = NULL;
    struct annotation *a;
    struct annotation made;
    struct str text = {NULL, 0};
    uint32_t doc = 0;
    enum err_code code = run_open(&run, in, err);

    (void)status;
    if (!code && in->arg_count > 1)
        code = usage_error(in, err, "at most one document to link to");
    if (!code && in->arg_count == 1)
        code = resolve_ref(run.session.index, str_of(in->args[0]), &doc, err);
    if (!code && in->arg_count == 1)
        code = index_document(run.session.index, doc, &run.session.arena, &from,
                              err);
    if (!code)
        code = read_from(&run, &text, err);
    if (!code)
        code = addition_make(&made, text, from, &run.session.arena, err);
    if (!code) {
        a = run_push(&run, ANNOTATION_ADD);
        a->uuid = made.uuid;
        a->text = made.text;
        code = run_store(&run, err);
    }
    run_close(&run);
    return code;
}

#define ACT(name, synopsis, summary, details, options, run)            \
    const struct command command_##name = {#name,   synopsis, summary, \
                                           details, options,  run}

ACT(rewrite, "[--span A:B] --from FILE REF",
    "Give a document, or a passage of it, a new text",
    "The file's bytes are the new text, its last line end included.",
    rewrite_options, run_text);
ACT(insert, "--at N --from FILE REF", "Put text into a document", "",
    insert_options, run_text);
ACT(add, "--from FILE [REF]", "Add a new document to the corpus",
    "With REF it takes that document's source and language and links to it.",
    add_options, run_add);
