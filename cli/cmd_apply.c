/* `stet verify` and `stet apply`: patch sets onto shards. They need neither a
 * workspace nor an index; an index that is there saves reading. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/apply_training.h"
#include "cli/command_list.h"
#include "cli/session.h"
#include "stet/apply.h"
#include "stet/fileio.h"

static const struct option_def verify_options[] = {
    {"quiet", 'q', NULL, "print the summary only"},
    {"full", 0, NULL, "read every shard whole, whatever the index knows"},
    {"trust-index", 0, NULL,
     "do not hash shards whose size and time are the index's"},
    {"jobs", 'j', "N", "shards side by side (default: the cores)"},
    {"progress", 0, NULL, "say how far it is"},
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
    TRAINING_OPTIONS{"codec", 0, "NAME",
                     "write zstd, gzip or plain (default: as each was)"},
    {"level", 0, "N", "of compression (default: zstd 3, gzip 6)"},
    {"full", 0, NULL, "read every shard whole, whatever the index knows"},
    {"trust-index", 0, NULL,
     "do not hash shards whose size and time are the index's"},
    {"jobs", 'j', "N", "shards side by side (default: the cores)"},
    {"progress", 0, NULL, "say how far it is"},
    {"quiet", 'q', NULL, "print nothing but errors"},
    {NULL, 0, NULL, NULL},
};

struct printer {
    bool quiet, json;
    bool conflicts_only;
    bool terminal, line_open; /* of the progress */
    int64_t shown_us;
};

static void
show_progress(void *ctx, uint64_t done, uint64_t total)
{
    struct printer *printer = ctx;
    int64_t now = time_monotonic_us();
    int64_t every = printer->terminal ? 250000 : 10000000;

    if (now - printer->shown_us < every || total == 0)
        return;
    printer->shown_us = now;
    if (done > total)
        done = total;
    (void)fprintf(stderr, "%s%3d%% of %.1f MB%s",
                  printer->terminal ? "\r" : "stet: ",
                  (int)(100 * (double)done / (double)total),
                  (double)total / 1e6, printer->terminal ? "\033[K" : "\n");
    printer->line_open = printer->terminal;
    (void)fflush(stderr);
}

static void
end_line(struct printer *printer)
{
    if (printer->line_open)
        (void)fprintf(stderr, "\r\033[K");
    printer->line_open = false;
}

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
    struct printer *printer = ctx;

    end_line(printer);
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

/* The index of the workspace here, if there is one: it is not needed. */
static enum err_code
open_index(const struct invocation *in, struct workspace **ws,
           struct index **index, struct error *err)
{
    struct error none = ERROR_INIT;
    enum err_code code;

    if (option_given(in, "full"))
        return ERR_OK;
    code = workspace_open(ws, option_get(in, "directory"),
                          option_given(in, "trust"), &none);
    if (!code)
        code = index_open(index, *ws, &none);
    if (!code || code == ERR_NOTFOUND)
        return ERR_OK;
    if (code == ERR_NOMEM) {
        *err = none;
        return code;
    }
    complain("every shard is read whole: %s", none.message);
    return ERR_OK;
}

static enum err_code
read_codec(const struct invocation *in, struct apply_options *options,
           struct error *err)
{
    const char *name = option_get(in, "codec");
    uint64_t level = 0;
    uint64_t jobs = 0;
    enum err_code code = option_uint(in, "level", 0, 19, &level, err);

    if (!code)
        code = option_uint(in, "jobs", 0, 256, &jobs, err);
    if (code)
        return code;
    options->level = (int)level;
    options->threads = (unsigned)jobs;
    options->recode = name != NULL;
    for (int i = CONTAINER_PLAIN; name && i <= CONTAINER_ZSTD; i++) {
        options->container = (enum container)i;
        if (strcmp(name, container_name((enum container)i)) == 0)
            return ERR_OK;
    }
    return name ? usage_error(in, err, "no codec '%s'", name) : ERR_OK;
}

static enum err_code
fill_options(const struct invocation *in, struct apply_options *options,
             struct error *err)
{
    const char *where = option_get(in, "tags-at");
    const char *run = option_get(in, "run");

    *options = (struct apply_options){
        .limits = shard_default_limits,
        .partial = option_given(in, "partial"),
        .all = option_given(in, "all"),
        .root = option_get(in, "root"),
        .additions = option_get(in, "additions"),
        .spool = getenv("TMPDIR"),
        .run = str_of(run ? run : "stet"),
        .trust_index = option_given(in, "trust-index"),
        .cancel = interrupt_flag(),
        .edit = print_edit,
        .progress = option_given(in, "progress") ? show_progress : NULL,
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
    return read_codec(in, options, err);
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
                              .json = option_given(in, "json"),
                              .terminal = isatty(STDERR_FILENO) == 1,
                              .shown_us = time_monotonic_us()};
    struct workspace *ws = NULL;
    enum err_code code;

    interrupt_catch();
    if (in->arg_count < 2)
        return usage_error(in, err, "a patch set and its shards are needed");
    code = fill_options(in, &options, err);
    options.ctx = &printer;
    if (!code)
        code = open_index(in, &ws, &options.index, err);
    if (!code)
        code = apply_verify(in->args[0], (const char *const *)in->args + 1,
                            in->arg_count - 1, &options, &report, err);
    index_close(options.index);
    workspace_close(ws);
    end_line(&printer);
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
    struct printer printer = {.conflicts_only = true,
                              .terminal = isatty(STDERR_FILENO) == 1,
                              .shown_us = time_monotonic_us()};
    struct workspace *ws = NULL;
    struct training_setup training = {.given = false};
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
    options.only_conflicts = true;
    if (!code)
        code = training_setup(&training, in, err);
    if (!code && training.given)
        options.training = &training.options;
    if (!code && !filter)
        code = open_index(in, &ws, &options.index, err);
    if (code)
        goto out;
    code = filter
               ? apply_filter(in->args[0], STDIN_FILENO, STDOUT_FILENO,
                              &options, &report, err)
               : apply_run(in->args[0], (const char *const *)in->args + 1,
                           in->arg_count - 1, folder, &options, &report, err);
    end_line(&printer);
    if (code)
        goto out;
    if (report.done_before && !option_given(in, "quiet"))
        printf("already applied, nothing to do\n");
    else if (!option_given(in, "quiet"))
        print_report(&report, filter ? stderr : stdout);
    if (training.given && !report.done_before && !option_given(in, "quiet"))
        training_print(&training.options, &report.training,
                       filter ? stderr : stdout);
    if (report.conflicts)
        *status = 1;
out:
    index_close(options.index);
    workspace_close(ws);
    training_setup_release(&training);
    return code;
}

const struct command command_verify = {
    "verify",
    "[OPTIONS] PATCHSET SHARD...",
    "Say what a patch set would do to shards, edit by edit",
    "Nothing is written. Exits with 65 when an edit conflicts. Of shards that "
    "the index of\nthe workspace knows, by their SHA-256, only the frames with "
    "edits are decompressed.",
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
    "the output when the exit\nstatus is not 0.\n--tokens, --inject and "
    "--segments write every shard, and new documents, as\nconditional training "
    "takes them: by what people decided, then by --score. The same\nseed and "
    "text give the same tokens. A text that has a token already is refused.",
    apply_options,
    run_apply,
};
