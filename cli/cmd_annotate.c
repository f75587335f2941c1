/* verdict, rate, tag, rewrite, redact, insert, drop, keep, add, note, skip,
 * escalate: the desk's annotations from the command line. One runner; each
 * command is its name, its arguments and how they fill an annotation. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command_list.h"
#include "cli/targets.h"
#include "stet/addition.h"
#include "stet/utf8.h"
#include "stet/xalloc.h"

#define TEXT_MAX ((size_t)64 << 20)

#define OPTION_REASON                                                 \
    {                                                                 \
        "reason", 0, "TEXT", "why; kept in the journal and the patch" \
    }
#define OPTION_QUERY                                          \
    {                                                         \
        "query", 0, "QUERY", "act on everything that matches" \
    }
#define OPTION_BATCH                                                       \
    {                                                                      \
        "batch", 0, "FILE", "act on each line: REF, or ARGUMENT, tab, REF" \
    }
#define OPTION_FROM                                                         \
    {                                                                       \
        "from", 0, "FILE", "the text, from a file (- reads standard input)" \
    }
#define OPTION_SPAN                                                            \
    {                                                                          \
        "span", 0, "A:B", "characters A to B (from 0, B excluded) of the text" \
    }
#define OPTION_END          \
    {                       \
        NULL, 0, NULL, NULL \
    }

static const struct option_def act_options[] = {OPTION_REASON, OPTION_QUERY,
                                                OPTION_BATCH, OPTION_END};
static const struct option_def span_options[] = {
    OPTION_REASON, OPTION_SPAN, OPTION_QUERY, OPTION_BATCH, OPTION_END};
static const struct option_def rewrite_options[] = {OPTION_REASON, OPTION_SPAN,
                                                    OPTION_FROM, OPTION_END};
static const struct option_def redact_options[] = {
    OPTION_REASON,
    OPTION_SPAN,
    {"placeholder", 0, "TEXT",
     "what stands there instead (default [REDACTED])"},
    OPTION_BATCH,
    OPTION_END};
static const struct option_def insert_options[] = {
    OPTION_REASON,
    {"at", 0, "N", "before character N of the text"},
    OPTION_FROM,
    OPTION_END};
static const struct option_def add_options[] = {OPTION_REASON, OPTION_FROM,
                                                OPTION_END};

/* Everything the runner needs while it builds the list. */
struct run {
    const struct invocation *in;
    struct session session;
    struct targets targets;
    struct annotation *list; /* malloc'd */
    size_t count;
    char policy[HASH_HEX_SIZE];
};

static enum annotation_kind
kind_of(const struct run *run)
{
    enum annotation_kind kind = ANNOTATION_VERDICT;

    (void)annotation_kind_parse(str_of(run->in->command->name), &kind);
    return kind;
}

static struct annotation *
push(struct run *run, enum annotation_kind kind)
{
    const char *reason = option_get(run->in, "reason");
    struct annotation *a;

    if ((run->count & (run->count + 1)) == 0)
        run->list =
            xreallocarray(run->list, 2 * run->count + 2, sizeof(*run->list));
    a = &run->list[run->count++];
    *a = (struct annotation){.kind = kind, .how = HOW_COMMAND};
    a->reason = reason ? str_of(reason) : (struct str){NULL, 0};
    a->policy = str_of(run->policy);
    a->query = run->targets.query;
    return a;
}

/* One item, or a bulk list, for targets [first, end). */
static enum err_code
set_items(struct run *run, struct annotation *a, size_t first, size_t end,
          struct error *err)
{
    size_t count = end - first;
    struct item_key *keys =
        arena_alloc(&run->session.arena, count * sizeof(*keys));
    enum err_code code = ERR_OK;

    if (!keys)
        return error_nomem(err);
    for (size_t i = 0; !code && i < count; i++)
        code = resolve_item(run->session.resolver,
                            run->targets.list[first + i].doc,
                            &run->session.arena, &keys[i], err);
    if (count == 1 && !run->targets.query.ptr) {
        a->item = keys[0];
        a->has_item = true;
    } else {
        a->items = keys;
        a->item_count = count;
    }
    return code;
}

static enum err_code
parse_span(const struct run *run, struct str text, uint64_t *start,
           uint64_t *end, struct error *err)
{
    char *copy = xstrndup(text);
    char *rest = copy;
    bool ok;

    errno = 0;
    *start = strtoull(copy, &rest, 10);
    ok = rest != copy && *rest == ':' && copy[0] != '-';
    if (ok) {
        const char *second = rest + 1;

        *end = strtoull(second, &rest, 10);
        ok = rest != second && *rest == '\0' && *second != '-' && !errno &&
             *start <= *end;
    }
    free(copy);
    return ok ? ERR_OK
              : usage_error(run->in, err,
                            "a span is A:B with A <= B, in characters, not "
                            "'%.*s'",
                            (int)(text.len < 40 ? text.len : 40), text.ptr);
}

/* Bind a span in characters to the bytes of the document it is about. */
static enum err_code
set_span(struct run *run, struct annotation *a, uint32_t doc, uint64_t start,
         uint64_t end, struct error *err)
{
    const struct document *document;
    enum err_code code = index_document(run->session.index, doc,
                                        &run->session.arena, &document, err);

    if (code)
        return code;
    if (document->flags & DOC_BAD_UTF8)
        return error_set(err, ERR_USAGE,
                         "the record has invalid UTF-8: it can be judged, "
                         "tagged or dropped, not rewritten");
    if (document->flags & DOC_FIXED_TEXT && a->kind != ANNOTATION_TAG &&
        a->kind != ANNOTATION_VERDICT)
        return error_set(err, ERR_USAGE,
                         "the text is put together from a list and cannot "
                         "be edited");
    if (end > document->text_cp)
        return error_set(err, ERR_USAGE,
                         "the span ends at character %llu, the text has %llu",
                         (unsigned long long)end,
                         (unsigned long long)document->text_cp);
    a->span.given = true;
    a->span.start_cp = start;
    a->span.end_cp = end;
    a->span.bytes.start = utf8_offset_of_cp(document->text, start);
    a->span.bytes.end = utf8_offset_of_cp(document->text, end);
    return ERR_OK;
}

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

/* "+topic -other": one annotation each. */
static enum err_code
fill_tags(struct run *run, struct str words, size_t first, size_t end,
          struct error *err)
{
    const char *span = option_get(run->in, "span");
    uint64_t start_cp, end_cp;
    size_t at = 0;
    enum err_code code = ERR_OK;

    while (!code && at < words.len) {
        size_t stop = str_find(words, STR_LIT(" "), at);
        struct str word;
        struct annotation *a;

        if (stop == SIZE_MAX)
            stop = words.len;
        word = str_slice(words, at, stop);
        at = stop + 1;
        if (!word.len)
            continue;
        if (word.len < 2 || (word.ptr[0] != '+' && word.ptr[0] != '-'))
            return usage_error(run->in, err,
                               "write +TAG to tag, -TAG to untag");
        a = push(run, word.ptr[0] == '+' ? ANNOTATION_TAG : ANNOTATION_UNTAG);
        a->value = str_slice(word, 1, word.len);
        code = set_items(run, a, first, end, err);
        if (!code && span)
            code = parse_span(run, str_of(span), &start_cp, &end_cp, err);
        if (!code && span)
            code =
                end - first == 1
                    ? set_span(run, a, run->targets.list[first].doc, start_cp,
                               end_cp, err)
                    : usage_error(run->in, err, "--span is for one document");
    }
    return code;
}

/* SCALE=N */
static enum err_code
fill_rating(struct run *run, struct annotation *a, struct str args,
            struct error *err)
{
    size_t equals = str_find(args, STR_LIT("="), 0);
    char *number, *end = NULL;

    if (equals == SIZE_MAX || !equals || equals + 1 == args.len)
        return usage_error(run->in, err, "a rating is SCALE=N");
    number = xstrndup(str_slice(args, equals + 1, args.len));
    a->value = str_slice(args, 0, equals);
    a->number = strtod(number, &end);
    if (*end || !(a->number > -1e9 && a->number < 1e9)) {
        free(number);
        return usage_error(run->in, err, "a rating is SCALE=N, N a number");
    }
    free(number);
    return ERR_OK;
}

/* One annotation over targets [first, end), which share `args`. */
static enum err_code
fill_one(struct run *run, struct str args, size_t first, size_t end,
         struct error *err)
{
    enum annotation_kind kind = kind_of(run);
    struct annotation *a;
    const char *span = option_get(run->in, "span");
    const char *placeholder = option_get(run->in, "placeholder");
    uint64_t start, stop;
    enum err_code code = ERR_OK;

    if (kind == ANNOTATION_TAG)
        return fill_tags(run, args, first, end, err);
    a = push(run, kind);
    code = set_items(run, a, first, end, err);
    if (code)
        return code;
    if (kind == ANNOTATION_RATE)
        code = fill_rating(run, a, args, err);
    else if (kind == ANNOTATION_NOTE)
        a->text = args;
    else if (kind == ANNOTATION_REDACT)
        a->value = placeholder ? str_of(placeholder) : STR_LIT("[REDACTED]");
    else if (kind == ANNOTATION_VERDICT)
        a->value = args;
    if (kind == ANNOTATION_REDACT && args.len)
        span = args.ptr;
    if (code || (!span && kind != ANNOTATION_REDACT))
        return code;
    if (!span)
        return usage_error(run->in, err, "--span A:B is needed");
    if (end - first != 1)
        return usage_error(run->in, err, "--span is for one document");
    code = parse_span(
        run, args.len && kind == ANNOTATION_REDACT ? args : str_of(span),
        &start, &stop, err);
    return code ? code
                : set_span(run, a, run->targets.list[first].doc, start, stop,
                           err);
}

static bool
same_args(struct str a, struct str b)
{
    return (a.ptr == NULL) == (b.ptr == NULL) && str_equal(a, b);
}

/* Runs of targets with equal arguments become one annotation each, so that a
 * query or a list is undone as one; those with spans stay single. */
static enum err_code
fill_all(struct run *run, struct str args, struct error *err)
{
    size_t first = 0;
    bool single = kind_of(run) == ANNOTATION_REDACT;
    enum err_code code = ERR_OK;

    while (!code && first < run->targets.count) {
        struct str own = run->targets.list[first].args;
        size_t end = first + 1;

        while (!single && end < run->targets.count &&
               same_args(run->targets.list[end].args, own))
            end++;
        code = fill_one(run, own.ptr ? own : args, first, end, err);
        first = end;
    }
    return code;
}

static enum err_code
store_and_report(struct run *run, struct error *err)
{
    enum err_code code =
        store_append(run->session.store, run->list, run->count, -1, err);

    if (code)
        return code;
    for (size_t i = 0; run->session.json && i < run->count; i++) {
        struct buf line = {0};
        struct json_out w = {&line, false};
        char uuid[UUID_TEXT_SIZE];
        const struct annotation *a = &run->list[i];

        uuid_format(&a->uuid, uuid);
        json_open(&w, '{');
        json_key(&w, "uuid");
        json_str(&w, str_of(uuid));
        json_key(&w, "kind");
        json_str(&w, str_of(annotation_kind_name(a->kind)));
        json_key(&w, "items");
        json_int(&w, a->items ? (int64_t)a->item_count : 1);
        json_close(&w, '}');
        print_json_line(&line);
        buf_release(&line);
    }
    if (!run->session.json)
        printf("%s: %zu document%s\n", run->in->command->name,
               run->targets.count ? run->targets.count : 1,
               run->targets.count > 1 ? "s" : "");
    return ERR_OK;
}

static enum err_code
run_open(struct run *run, const struct invocation *in, struct error *err)
{
    enum err_code code;

    *run = (struct run){.in = in};
    interrupt_catch();
    code = session_open(&run->session, in,
                        NEED_INDEX | NEED_STORE | NEED_RESOLVER, err);
    if (!code)
        policy_hash(run->session.ws->settings, run->policy);
    return code;
}

static void
run_close(struct run *run)
{
    free(run->list);
    targets_release(&run->targets);
    session_close(&run->session);
}

/* How many leading arguments are the command's own, not REFs. */
static size_t
own_arguments(const struct invocation *in, enum annotation_kind kind,
              struct buf *joined)
{
    size_t own = 0;

    if (option_given(in, "batch") && in->arg_count == 0)
        return 0;
    if (kind == ANNOTATION_VERDICT || kind == ANNOTATION_RATE ||
        kind == ANNOTATION_NOTE)
        own = in->arg_count > 0;
    else if (kind == ANNOTATION_TAG)
        while (own < in->arg_count &&
               (in->args[own][0] == '+' || in->args[own][0] == '-'))
            own++;
    for (size_t i = 0; i < own; i++)
        xbuf_printf(joined, "%s%s", i ? " " : "", in->args[i]);
    return own;
}

static enum err_code
run_act(const struct invocation *in, int *status, struct error *err)
{
    struct run run;
    struct buf args = {0};
    size_t own;
    enum err_code code = run_open(&run, in, err);

    (void)status;
    if (code)
        goto out;
    own = own_arguments(in, kind_of(&run), &args);
    if (!own && !option_given(in, "batch") &&
        (kind_of(&run) == ANNOTATION_VERDICT ||
         kind_of(&run) == ANNOTATION_TAG || kind_of(&run) == ANNOTATION_RATE ||
         kind_of(&run) == ANNOTATION_NOTE)) {
        code = usage_error(in, err, "an argument is missing");
        goto out;
    }
    code = targets_collect(&run.session, in, in->args + own,
                           in->arg_count - own, &run.targets, err);
    if (!code && !run.targets.count)
        code = error_set(err, ERR_NOTFOUND, "nothing matches");
    if (!code)
        code = fill_all(&run, (struct str){xbuf_cstr(&args), args.len}, err);
    if (!code)
        code = store_and_report(&run, err);
out:
    run_close(&run);
    buf_release(&args);
    return code;
}

/* rewrite and insert: one document, a text from a file. */
static enum err_code
fill_text(struct run *run, struct error *err)
{
    const char *span = option_get(run->in, "span");
    const char *at = option_get(run->in, "at");
    uint64_t start = 0, end = 0;
    struct annotation *a = push(run, kind_of(run));
    enum err_code code = set_items(run, a, 0, 1, err);

    if (!code && a->kind == ANNOTATION_INSERT && !at)
        return usage_error(run->in, err, "--at N is needed");
    if (!code)
        code = read_from(run, &a->text, err);
    if (!code && at) {
        code = option_uint(run->in, "at", 0, UINT64_MAX, &start, err);
        end = start;
    } else if (!code && span) {
        code = parse_span(run, str_of(span), &start, &end, err);
    }
    if (!code && (at || span))
        code = set_span(run, a, run->targets.list[0].doc, start, end, err);
    else if (!code)
        /* Checks that the text may be edited at all. */
        code = set_span(run, a, run->targets.list[0].doc, 0, 0, err);
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
        code = store_and_report(&run, err);
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
    struct str text;
    uint32_t doc;
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
        a = push(&run, ANNOTATION_ADD);
        a->uuid = made.uuid;
        a->text = made.text;
        code = store_and_report(&run, err);
    }
    run_close(&run);
    return code;
}

#define ACT(name, synopsis, summary, details, options, run)            \
    const struct command command_##name = {#name,   synopsis, summary, \
                                           details, options,  run}

ACT(verdict, "[OPTIONS] VALUE REF...|--query Q|--batch FILE",
    "Judge documents: good, bad, unsure or what the project uses",
    "A verdict is one value of an exclusive set; a new one replaces your "
    "former one.",
    act_options, run_act);
ACT(rate, "[OPTIONS] SCALE=N REF...|--query Q|--batch FILE",
    "Rate documents on a scale", "", act_options, run_act);
ACT(tag, "[OPTIONS] +TAG|-TAG... REF...|--query Q|--batch FILE",
    "Put topics on documents, or take them off",
    "Any number of changes at once; --span tags a passage of one document.",
    span_options, run_act);
ACT(rewrite, "[--span A:B] --from FILE REF",
    "Give a document, or a passage of it, a new text",
    "The file's bytes are the new text, its last line end included.",
    rewrite_options, run_text);
ACT(redact, "--span A:B [--placeholder TEXT] REF|--batch FILE",
    "Replace a passage by a placeholder",
    "Lines of a batch are A:B, a tab, REF.", redact_options, run_act);
ACT(insert, "--at N --from FILE REF", "Put text into a document", "",
    insert_options, run_text);
ACT(drop, "[OPTIONS] REF...|--query Q|--batch FILE",
    "Leave documents out of the corpus",
    "Bad text that is labelled teaches; bad text that is missing does not. "
    "Prefer a\nverdict, a tag or a rewrite.",
    act_options, run_act);
ACT(keep, "[OPTIONS] REF...|--query Q|--batch FILE",
    "Keep documents as they are", "Judged, and never altered by a patch.",
    act_options, run_act);
ACT(add, "--from FILE [REF]", "Add a new document to the corpus",
    "With REF it takes that document's source and language and links to it.",
    add_options, run_add);
ACT(note, "[OPTIONS] TEXT REF...|--query Q|--batch FILE", "Leave a remark", "",
    act_options, run_act);
ACT(skip, "[OPTIONS] REF...|--query Q|--batch FILE",
    "Pass documents on to other reviewers", "", act_options, run_act);
ACT(escalate, "[OPTIONS] REF...|--query Q|--batch FILE",
    "Hand documents to a lead",
    "Escalated documents leave the queues and every export.", act_options,
    run_act);
