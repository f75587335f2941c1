/* `stet export`: the reviewers' current state as a patch set, or for other
 * tools. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command_list.h"
#include "cli/session.h"
#include "stet/export.h"
#include "stet/fileio.h"

static const struct option_def export_options[] = {
    {"output", 'o', "PATH", "the patch set (*.stet.jsonl), or the folder"},
    {"format", 0, "FORMAT",
     "patch (default), dolma, datatrove, ids, pairs, ratings, csv, diff, "
     "jsonl"},
    {"policy", 0, "POLICY", "unanimous (default), last, agree:K, adjudicated"},
    {"since", 0, "WHEN", "only what changed since today, last, or a date"},
    {"query", 0, "QUERY", "only documents that match"},
    {"rewrites", 0, "HOW", "replace (default), or beside the original"},
    {"corpus", 0, "NAME", "name of the corpus in the header"},
    {"quotes", 0, NULL, "redactions carry the text that they remove"},
    {"models", 0, NULL, "with model raters' annotations"},
    {"run", 0, "NAME", "dolma: first part of the attributes' names"},
    {"all", 0, NULL, "dolma: shards without decisions, too"},
    {"tasks", 0, "N", "datatrove: tasks of the run (default: one a shard)"},
    {"yes", 'y', NULL, "although drops take over 20 % of something"},
    {NULL, 0, NULL, NULL},
};

static enum err_code
parse_policy(const struct invocation *in, struct export_options *options,
             struct error *err)
{
    const char *policy = option_get(in, "policy");
    char *end;

    if (!policy || strcmp(policy, "unanimous") == 0) {
        options->policy = POLICY_UNANIMOUS;
    } else if (strcmp(policy, "last") == 0) {
        options->policy = POLICY_LAST;
    } else if (strcmp(policy, "adjudicated") == 0) {
        options->policy = POLICY_ADJUDICATED;
    } else if (strncmp(policy, "agree:", 6) == 0) {
        options->policy = POLICY_AGREE;
        options->agree = (unsigned)strtoul(policy + 6, &end, 10);
        if (*end || !options->agree)
            return usage_error(in, err, "agree:K needs a number of reviewers");
    } else {
        return usage_error(in, err, "unknown policy '%s'", policy);
    }
    return ERR_OK;
}

static enum err_code
parse_since(const struct invocation *in, struct export_options *options,
            struct error *err)
{
    const char *since = option_get(in, "since");

    if (!since)
        return ERR_OK;
    if (strcmp(since, "last") == 0) {
        options->since_last = true;
        return ERR_OK;
    }
    if (!time_parse(str_of(since), &options->since_us))
        return usage_error(in, err,
                           "--since takes today, last or a date, not "
                           "'%s'",
                           since);
    return ERR_OK;
}

static enum err_code
parse_format(const struct invocation *in, struct export_options *options,
             struct error *err)
{
    const char *format = option_get(in, "format");
    const char *run = option_get(in, "run");
    const char *tasks = option_get(in, "tasks");
    unsigned number = EXPORT_PATCH;
    char *end;

    while (format && export_format_name(number) &&
           strcmp(export_format_name(number), format) != 0)
        number++;
    if (!export_format_name(number))
        return usage_error(in, err, "unknown format '%s'", format);
    options->format = (enum export_format)number;
    if ((run || option_given(in, "all")) && number != EXPORT_DOLMA)
        return usage_error(in, err, "--run and --all go with --format dolma");
    if (tasks && number != EXPORT_DATATROVE)
        return usage_error(in, err, "--tasks goes with --format datatrove");
    options->run = run ? str_of(run) : (struct str){NULL, 0};
    options->all_shards = option_given(in, "all");
    if (tasks) {
        options->tasks = (unsigned)strtoul(tasks, &end, 10);
        if (*end || !options->tasks)
            return usage_error(in, err, "--tasks takes a number");
    }
    return ERR_OK;
}

static enum err_code
parse_options(const struct invocation *in, struct export_options *options,
              struct error *err)
{
    const char *rewrites = option_get(in, "rewrites");
    const char *query = option_get(in, "query");
    const char *corpus = option_get(in, "corpus");
    enum err_code code = parse_policy(in, options, err);

    if (!code)
        code = parse_since(in, options, err);
    if (!code)
        code = parse_format(in, options, err);
    if (!code && rewrites && strcmp(rewrites, "beside") != 0 &&
        strcmp(rewrites, "replace") != 0)
        code = usage_error(in, err, "--rewrites takes replace or beside");
    if (!code && rewrites && options->format != EXPORT_PATCH &&
        options->format != EXPORT_DOLMA &&
        options->format != EXPORT_DATATROVE && options->format != EXPORT_JSONL)
        code = usage_error(in, err, "--rewrites has no meaning in this format");
    options->beside = rewrites && strcmp(rewrites, "beside") == 0;
    options->query = query ? str_of(query) : (struct str){NULL, 0};
    options->corpus = corpus ? str_of(corpus) : (struct str){NULL, 0};
    options->quotes = option_given(in, "quotes");
    options->models = option_given(in, "models");
    options->yes = option_given(in, "yes");
    return code;
}

static void
print_balance(const struct export_report *report)
{
    for (size_t i = 0; i < report->balance_count; i++) {
        const struct export_balance *b = &report->balance[i];

        complain(
            "%llu of %llu documents%s%.*s: %.*s%s%.*s",
            (unsigned long long)b->edits, (unsigned long long)b->of_documents,
            b->source.len ? " of " : "", STR_FMT(b->source), STR_FMT(b->op),
            b->category.len ? " " : "", STR_FMT(b->category));
    }
}

static bool
is_patch_set(enum export_format format)
{
    return format == EXPORT_PATCH || format == EXPORT_DOLMA;
}

static void
print_report_json(const struct export_report *report, enum export_format format)
{
    char hex[HASH_HEX_SIZE];
    struct buf line = {0};
    struct json_out w = {&line, false};

    json_open(&w, '{');
    json_key(&w, "patches");
    json_int(&w, (int64_t)report->patches);
    json_key(&w, "edits");
    json_int(&w, (int64_t)report->edits);
    json_key(&w, "conflicts");
    json_int(&w, (int64_t)report->conflicts);
    json_key(&w, "applied");
    json_int(&w, (int64_t)report->applied);
    if (is_patch_set(format)) {
        hash_format(&report->patch_hash, hex);
        json_key(&w, "sha256");
        json_str(&w, str_of(hex));
    }
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

static void
print_report(const struct export_report *report, const char *path,
             enum export_format format)
{
    bool folder = format == EXPORT_DOLMA || format == EXPORT_DATATROVE ||
                  format == EXPORT_IDS;
    char hex[HASH_HEX_SIZE];

    if (is_patch_set(format))
        printf("%llu patches with %llu edits written to ",
               (unsigned long long)report->patches,
               (unsigned long long)report->edits);
    else
        printf("decisions on %llu documents written to ",
               (unsigned long long)report->patches);
    print_escaped(str_of(path), 0);
    printf("\n");
    if (is_patch_set(format)) {
        hash_format(&report->patch_hash, hex);
        printf("sha256 %s\n", hex);
    }
    if (report->applied)
        printf("%llu documents have their edits already\n",
               (unsigned long long)report->applied);
    if (report->conflicts)
        printf("%llu documents are left out: see %s%s\n",
               (unsigned long long)report->conflicts, path,
               folder ? "/conflicts.jsonl" : ".conflicts.jsonl");
}

static enum err_code
run_export(const struct invocation *in, int *status, struct error *err)
{
    struct session session;
    struct export_options options = {.cancel = interrupt_flag()};
    struct export_report report = {0};
    const char *path = option_get(in, "output");
    enum err_code code;

    (void)status;
    interrupt_catch();
    code = session_open(&session, in, NEED_STORE | NEED_INDEX, err);
    if (!code && (!path || in->arg_count))
        code = usage_error(in, err, "where to? -o PATH");
    if (!code)
        code = parse_options(in, &options, err);
    if (!code)
        code = export_run(
            &(struct export_source){session.ws, session.store, session.index},
            &options, path, &session.arena, &report, err);
    if (!code) {
        if (report.stopped || !session.json)
            print_balance(&report);
        if (report.stopped)
            code = error_set(err, ERR_CONFLICT,
                             "drops would take over 20 %% of a category or "
                             "source (above): nothing is written; bad text "
                             "that is labelled teaches, --yes drops it all "
                             "the same");
        else if (session.json)
            print_report_json(&report, options.format);
        else
            print_report(&report, path, options.format);
    }
    session_close(&session);
    return code;
}

const struct command command_export = {
    "export",
    "-o PATH [OPTIONS]",
    "Write decisions as a patch set, or for other tools",
    "A patch set is stet-patch(5); the other formats are in stet-export(5).\n"
    "dolma, datatrove and ids make a folder. The same state gives the same\n"
    "bytes. Escalated documents are left out.",
    export_options,
    run_export,
};
