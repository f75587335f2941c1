/* `stet verify` and `stet apply`: patch sets onto shards. They need neither a
 * workspace nor an index. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command_list.h"
#include "cli/session.h"
#include "stet/apply.h"
#include "stet/fileio.h"

static const struct option_def verify_options[] = {
    {"quiet", 'q', NULL, "print the summary only"},
    {"tags-at", 0, "WHERE", "as for apply"},
    {"run", 0, "NAME", "as for apply"},
    {NULL, 0, NULL, NULL},
};
static const struct option_def apply_options[] = {
    {"to", 0, "DIR", "where the new shards go; must not exist"},
    {"tags-at", 0, "WHERE", "stet (default), dolma, none, or a path"},
    {"run", 0, "NAME", "of the attributes that --tags-at dolma writes"},
    {"root", 0, "DIR", "base of the shards' paths in DIR"},
    {"additions", 0, "PATH", "where new documents go, below DIR"},
    {"partial", 0, NULL, "apply the rest when some edits conflict"},
    {"all", 0, NULL, "bring unchanged shards along"},
    {"quiet", 'q', NULL, "print nothing but errors"},
    {NULL, 0, NULL, NULL},
};

struct printer {
    bool quiet, json;
    bool conflicts_only;
};

static const char *const outcomes[] = {
    [EDIT_APPLIES] = "applies",
    [EDIT_ALREADY] = "already applied",
    [EDIT_CONFLICT] = "conflict",
};

static void
print_json_edit(const struct apply_edit *edit)
{
    struct buf line = {0};
    struct json_out w = {&line, false};

    json_open(&w, '{');
    json_key(&w, "outcome");
    json_str(&w, str_of(outcomes[edit->outcome]));
    json_key(&w, "shard");
    if (edit->shard)
        json_str(&w, str_of(edit->shard));
    else
        json_null(&w);
    json_key(&w, "record");
    json_int(&w, (int64_t)edit->record);
    json_key(&w, "source");
    json_str(&w, edit->source);
    json_key(&w, "id");
    if (edit->id.len) /* as in the record: a number is no string */
        json_raw(&w, edit->id);
    else
        json_null(&w);
    json_key(&w, "op");
    json_str(&w, str_of(edit->op));
    json_key(&w, "why");
    json_str(&w, str_of(edit->why ? edit->why : ""));
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

static void
print_edit(void *ctx, const struct apply_edit *edit)
{
    const struct printer *printer = ctx;

    if (printer->conflicts_only && edit->outcome != EDIT_CONFLICT)
        return;
    if (printer->json) {
        print_json_edit(edit);
        return;
    }
    if (printer->conflicts_only) {
        complain("conflict: %s, record %llu, %s: %s",
                 edit->shard ? edit->shard : "no shard",
                 (unsigned long long)edit->record, edit->op,
                 edit->why ? edit->why : "");
        return;
    }
    if (printer->quiet)
        return;
    printf("%-16s %-8s ", outcomes[edit->outcome], edit->op);
    print_escaped(str_of(edit->shard ? edit->shard : "-"), 0);
    printf(":%llu ", (unsigned long long)edit->record);
    print_escaped(edit->id, 60);
    if (edit->why) {
        printf("  ");
        print_escaped(str_of(edit->why), 0);
    }
    putchar('\n');
}

static enum err_code
fill_options(const struct invocation *in, struct apply_options *options,
             struct error *err)
{
    const char *where = option_get(in, "tags-at");
    const char *run = option_get(in, "run");

    (void)err;
    *options = (struct apply_options){
        .limits = shard_default_limits,
        .partial = option_given(in, "partial"),
        .all = option_given(in, "all"),
        .root = option_get(in, "root"),
        .additions = option_get(in, "additions"),
        .spool = getenv("TMPDIR"),
        .run = str_of(run ? run : "stet"),
        .cancel = interrupt_flag(),
        .edit = print_edit,
    };
    if (!where || strcmp(where, "stet") == 0)
        options->tags_at = TAGS_STET;
    else if (strcmp(where, "dolma") == 0)
        options->tags_at = TAGS_DOLMA;
    else if (strcmp(where, "none") == 0)
        options->tags_at = TAGS_NONE;
    else {
        options->tags_at = TAGS_PATH;
        options->tags_path = str_of(where);
    }
    return ERR_OK;
}

static void
print_report(const struct apply_report *r, FILE *to)
{
    (void)fprintf(
        to,
        "%llu patches: %llu edits apply, %llu applied already, %llu "
        "conflict; %llu documents added, %llu dropped; %u shards changed, "
        "%u the same\n",
        (unsigned long long)r->patches, (unsigned long long)r->applied,
        (unsigned long long)r->already, (unsigned long long)r->conflicts,
        (unsigned long long)r->added, (unsigned long long)r->dropped,
        r->shards_changed, r->shards_same);
    if (r->rewritten_lists)
        complain("%llu list texts were rewritten as a whole: each is one "
                 "element now, and its score is null",
                 (unsigned long long)r->rewritten_lists);
}

static enum err_code
run_verify(const struct invocation *in, int *status, struct error *err)
{
    struct apply_options options;
    struct apply_report report = {0};
    struct printer printer = {.quiet = option_given(in, "quiet"),
                              .json = option_given(in, "json")};
    enum err_code code;

    interrupt_catch();
    if (in->arg_count < 2)
        return usage_error(in, err, "a patch set and its shards are needed");
    code = fill_options(in, &options, err);
    options.ctx = &printer;
    if (!code)
        code = apply_verify(in->args[0], (const char *const *)in->args + 1,
                            in->arg_count - 1, &options, &report, err);
    if (!code && !printer.json)
        print_report(&report, stdout);
    if (!code && report.conflicts)
        *status = err_code_exit_status(ERR_CONFLICT);
    return code;
}

static enum err_code
run_apply(const struct invocation *in, int *status, struct error *err)
{
    struct apply_options options;
    struct apply_report report = {0};
    struct printer printer = {.conflicts_only = true};
    const char *folder = option_get(in, "to");
    bool filter;
    enum err_code code;

    interrupt_catch();
    if (in->arg_count < 2)
        return usage_error(in, err, "a patch set and its shards are needed");
    filter = in->arg_count == 2 && strcmp(in->args[1], "-") == 0;
    if (!filter && !folder)
        return usage_error(in, err, "where to? --to DIR");
    code = fill_options(in, &options, err);
    options.ctx = &printer;
    if (code)
        return code;
    code = filter
               ? apply_filter(in->args[0], STDIN_FILENO, STDOUT_FILENO,
                              &options, &report, err)
               : apply_run(in->args[0], (const char *const *)in->args + 1,
                           in->arg_count - 1, folder, &options, &report, err);
    if (code)
        return code;
    if (report.done_before && !option_given(in, "quiet"))
        printf("already applied, nothing to do\n");
    else if (!option_given(in, "quiet"))
        print_report(&report, filter ? stderr : stdout);
    if (report.conflicts)
        *status = 1;
    return ERR_OK;
}

const struct command command_verify = {
    "verify",
    "[OPTIONS] PATCHSET SHARD...",
    "Say what a patch set would do to shards, edit by edit",
    "Nothing is written. Exits with 65 when an edit conflicts.",
    verify_options,
    run_verify,
};
const struct command command_apply = {
    "apply",
    "--to DIR [OPTIONS] PATCHSET SHARD... | PATCHSET -",
    "Write new shards with a patch set applied",
    "All or nothing: one conflict and nothing is written, unless --partial. "
    "What was\nnot edited keeps its bytes. Shards are never changed in place. "
    "With '-' one shard\ngoes from standard input to standard output; discard "
    "the output when the exit\nstatus is not 0.",
    apply_options,
    run_apply,
};
