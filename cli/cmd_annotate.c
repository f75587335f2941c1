/* verdict, rate, tag, redact, drop, keep, note, skip, escalate, send-back: the
 * desk's annotations from the command line, on any number of documents. One
 * runner; each command is its name, its arguments and how they fill an
 * annotation. */
#include "config.h"

#include <stdlib.h>

#include "cli/annotate.h"
#include "cli/command_list.h"
#include "stet/xalloc.h"

#define OPTION_QUERY                                          \
    {                                                         \
        "query", 0, "QUERY", "act on everything that matches" \
    }
#define OPTION_BATCH                                                       \
    {                                                                      \
        "batch", 0, "FILE", "act on each line: REF, or ARGUMENT, tab, REF" \
    }

static const struct option_def act_options[] = {OPTION_REASON, OPTION_QUERY,
                                                OPTION_BATCH, OPTION_END};
static const struct option_def span_options[] = {
    OPTION_REASON, OPTION_SPAN, OPTION_QUERY, OPTION_BATCH, OPTION_END};
static const struct option_def redact_options[] = {
    OPTION_REASON,
    OPTION_SPAN,
    {"placeholder", 0, "TEXT",
     "what stands there instead (default [REDACTED])"},
    OPTION_BATCH,
    OPTION_END};

static const struct option_def back_options[] = {
    {"to", 0, "REVIEWER", "who is to look again (default: all who judged it)"},
    OPTION_REASON,
    OPTION_QUERY,
    OPTION_BATCH,
    OPTION_END};

static const struct option_def escalate_options[] = {
    {"resolve", 0, NULL, "end an escalation instead: for a lead"},
    OPTION_REASON,
    OPTION_QUERY,
    OPTION_BATCH,
    OPTION_END};

/* "+topic -other": one annotation each. */
static enum err_code
fill_tags(struct run *run, struct str words, size_t first, size_t end,
          struct error *err)
{
    const char *span = option_get(run->in, "span");
    uint64_t start_cp;
    uint64_t end_cp;
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
        a = run_push(run,
                     word.ptr[0] == '+' ? ANNOTATION_TAG : ANNOTATION_UNTAG);
        a->value = str_slice(word, 1, word.len);
        code = run_set_items(run, a, first, end, err);
        if (!code && span)
            code = run_parse_span(run, str_of(span), &start_cp, &end_cp, err);
        if (!code && span)
            code =
                end - first == 1
                    ? run_set_span(run, a, run->targets.list[first].doc,
                                   start_cp, end_cp, err)
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
    char *number;
    char *end = NULL;

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
    enum annotation_kind kind = run_kind(run);
    struct annotation *a;
    const char *span = option_get(run->in, "span");
    const char *placeholder = option_get(run->in, "placeholder");
    uint64_t start;
    uint64_t stop;
    enum err_code code = ERR_OK;

    if (kind == ANNOTATION_TAG)
        return fill_tags(run, args, first, end, err);
    a = run_push(run, kind);
    code = run_set_items(run, a, first, end, err);
    if (code)
        return code;
    if (kind == ANNOTATION_RATE)
        code = fill_rating(run, a, args, err);
    else if (kind == ANNOTATION_NOTE)
        a->text = args;
    else if (kind == ANNOTATION_REDACT)
        a->value = placeholder ? str_of(placeholder) : STR_LIT("[REDACTED]");
    else if (kind == ANNOTATION_VERDICT || kind == ANNOTATION_ADJUDICATE)
        a->value = args;
    else if (kind == ANNOTATION_SEND_BACK && option_get(run->in, "to"))
        a->value = str_of(option_get(run->in, "to"));
    if (kind == ANNOTATION_REDACT && args.len)
        span = args.ptr;
    if (code || (!span && kind != ANNOTATION_REDACT))
        return code;
    if (!span)
        return usage_error(run->in, err, "--span A:B is needed");
    if (end - first != 1)
        return usage_error(run->in, err, "--span is for one document");
    code = run_parse_span(
        run, args.len && kind == ANNOTATION_REDACT ? args : str_of(span),
        &start, &stop, err);
    return code ? code
                : run_set_span(run, a, run->targets.list[first].doc, start,
                               stop, err);
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
    bool single = run_kind(run) == ANNOTATION_REDACT;
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

/* How many leading arguments are the command's own, not REFs. */
static size_t
own_arguments(const struct invocation *in, enum annotation_kind kind,
              struct buf *joined)
{
    size_t own = 0;

    if (option_given(in, "batch") && in->arg_count == 0)
        return 0;
    if (kind == ANNOTATION_VERDICT || kind == ANNOTATION_RATE ||
        kind == ANNOTATION_ADJUDICATE || kind == ANNOTATION_NOTE)
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
    own = own_arguments(in, run_kind(&run), &args);
    if (!own && !option_given(in, "batch") &&
        (run_kind(&run) == ANNOTATION_VERDICT ||
         run_kind(&run) == ANNOTATION_ADJUDICATE ||
         run_kind(&run) == ANNOTATION_TAG ||
         run_kind(&run) == ANNOTATION_RATE ||
         run_kind(&run) == ANNOTATION_NOTE)) {
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
        code = run_store(&run, err);
out:
    run_close(&run);
    buf_release(&args);
    return code;
}

#define ACT(name, synopsis, summary, details, options)                 \
    const struct command command_##name = {#name,   synopsis, summary, \
                                           details, options,  run_act}

ACT(verdict, "[OPTIONS] VALUE REF...|--query Q|--batch FILE",
    "Judge documents: good, bad, unsure or what the project uses",
    "A verdict is one value of an exclusive set; a new one replaces your "
    "former one.",
    act_options);
ACT(adjudicate, "[--reason CAUSE] VALUE REF...|--query Q|--batch FILE",
    "Settle where reviewers differ",
    "The verdict holds for the project, whoever judged what, until it is "
    "undone.\nWho may: [policy] leads, or everybody where none are named. "
    "is:disagreed finds the documents.",
    act_options);
ACT(rate, "[OPTIONS] SCALE=N REF...|--query Q|--batch FILE",
    "Rate documents on a scale", "", act_options);
ACT(tag, "[OPTIONS] +TAG|-TAG... REF...|--query Q|--batch FILE",
    "Put topics on documents, or take them off",
    "Any number of changes at once; --span tags a passage of one document.",
    span_options);
ACT(redact, "--span A:B [--placeholder TEXT] REF|--batch FILE",
    "Replace a passage by a placeholder",
    "Lines of a batch are A:B, a tab, REF.", redact_options);
ACT(drop, "[OPTIONS] REF...|--query Q|--batch FILE",
    "Leave documents out of the corpus",
    "Bad text that is labelled teaches; bad text that is missing does not. "
    "Prefer a\nverdict, a tag or a rewrite.",
    act_options);
ACT(keep, "[OPTIONS] REF...|--query Q|--batch FILE",
    "Keep documents as they are", "Judged, and never altered by a patch.",
    act_options);
ACT(note, "[OPTIONS] TEXT REF...|--query Q|--batch FILE", "Leave a remark", "",
    act_options);
ACT(skip, "[OPTIONS] REF...|--query Q|--batch FILE",
    "Pass documents on to other reviewers", "", act_options);
ACT(escalate, "[--resolve] [OPTIONS] REF...|--query Q|--batch FILE",
    "Hand documents to a lead, or take them back from there",
    "Escalated documents leave the queues and every export, and their text is "
    "shown to\nleads only, until a lead resolves, adjudicates or sends them "
    "back: [policy] leads,\nor everybody where none are named. is:escalated "
    "finds them.",
    escalate_options);

/* Its name is no identifier. */
const struct command command_send_back = {
    "send-back",
    "[--to REVIEWER] [--reason TEXT] REF...|--query Q|--batch FILE",
    "Ask for documents to be judged again",
    "They stand in the start view of those who are asked, and in their queues, "
    "until\nthey have judged them anew. Sending back ends an escalation.",
    back_options,
    run_act};
