/* `stet index`: build or update the index, with a progress line. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command_list.h"
#include "cli/index_tasks.h"
#include "cli/keep_stdin.h"
#include "cli/session.h"
#include "stet/build.h"
#include "stet/width.h"
#include "stet/xalloc.h"

static const struct option_def index_options[] = {
    {"jobs", 'j', "N", "builders side by side (default: the cores)"},
    {"memory", 0, "SIZE", "bound on memory (default: a quarter of RAM)"},
    {"partition", 0, "SIZE", "text a partition holds (default 4G)"},
    {"builder", 0, "NAME",
     "what writes the full-text tables: bulk (default) or fts5, which is slow"},
    {"text", 0, "PATH", "where a record's text is, e.g. content"},
    {"id", 0, "PATH", "where its id is"},
    {"source", 0, "PATH", "where its source is"},
    {"lang", 0, "PATH", "where its language is"},
    {"score", 0, "NAME=PATH", "a score to take in (may be repeated)"},
    {"as", 0, "NAME", "keep stdin ('-') as the shard NAME.jsonl.zst"},
    {"replace", 0, NULL, "--as may take the place of a former shard"},
    {"shards", 0, "LIST", "a file that names shards or folders, one a line"},
    {"task", 0, "I/N",
     "build part I of N of the shards, alone; beside others that run the rest"},
    {"seekable", 0, "WHEN", "seekable copies: auto, always or never"},
    {"forget", 0, "SHARD", "leave a shard out (may be repeated)"},
    {"rehash", 0, NULL, "compare shards by SHA-256, not by size and time"},
    {"explain", 0, NULL, "print the mapping that would be used, and stop"},
    {"status", 0, NULL, "print what is indexed, and stop"},
    {"shared", 0, NULL, "make a team's workspace (group-writable)"},
    {"group", 0, "GROUP", "the group of a --shared workspace"},
    {"max-record", 0, "SIZE", "longest record (default 64M)"},
    {"max-window", 0, "LOG2", "largest zstd window (default 27)"},
    {"max-ratio", 0, "N", "largest expansion of a shard (default 2000)"},
    {"max-depth", 0, "N", "deepest JSON nesting (default 128)"},
    {"max-bad", 0, "N", "bad records a shard may have (default 1000 or 1%)"},
    {"quiet", 'q', NULL, "no progress"},
    {"yes", 'y', NULL, "write although little space would be left"},
    {NULL, 0, NULL, NULL},
};

#define SHOWN_OF_SHARD 10 /* bad records that are spelled out */

struct shard_messages {
    char *shard;
    uint64_t count;
};
/* What the callbacks, which come from builders' threads, write to. */
struct display {
    bool quiet, terminal;
    bool line_open;
    int64_t started_us, shown_us;
    struct shard_messages *shards; /* those with bad records */
    size_t shard_count;
};

static void
format_size(uint64_t bytes, char out[16])
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB"};
    double value = (double)bytes;
    size_t unit = 0;

    while (value >= 1000 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        value /= 1024;
        unit++;
    }
    (void)snprintf(out, 16, unit && value < 10 ? "%.1f %s" : "%.0f %s", value,
                   units[unit]);
}

static void
format_left(const struct build_progress *p, double seconds, char out[32])
{
    double left;

    out[0] = '\0';
    if (!p->bytes_done || p->bytes_done >= p->bytes_total || seconds < 1)
        return;
    left = seconds * (double)(p->bytes_total - p->bytes_done) /
           (double)p->bytes_done;
    if (left < 90)
        (void)snprintf(out, 32, ", %.0f s left", left);
    else
        (void)snprintf(out, 32, ", %.0f min left", left / 60);
}

static void
show_progress(void *ctx, const struct build_progress *p)
{
    struct display *display = ctx;
    int64_t now = time_monotonic_us();
    int64_t every = display->terminal ? 250000 : 10000000;
    double seconds = (double)(now - display->started_us) / 1e6;
    char left[32];
    char text[16];
    int percent;

    if (display->quiet || now - display->shown_us < every || seconds < 0.2)
        return;
    display->shown_us = now;
    format_left(p, seconds, left);
    format_size(p->text_bytes, text);
    percent = p->bytes_total
                  ? (int)(100 * (double)p->bytes_done / (double)p->bytes_total)
                  : 0;
    (void)fprintf(stderr,
                  "%s%3d%% %s, shard %u of %u, %llu documents, %s of text, "
                  "%.0f MB/s%s%s",
                  display->terminal ? "\r" : "stet: ", percent, p->phase,
                  p->shards_done + (p->shards_done < p->shards_total),
                  p->shards_total, (unsigned long long)p->documents, text,
                  (double)p->text_bytes / 1e6 / seconds, left,
                  display->terminal ? "\033[K" : "\n");
    display->line_open = display->terminal;
    (void)fflush(stderr);
}

static void
end_line(struct display *display)
{
    if (display->line_open)
        (void)fprintf(stderr, "\r\033[K");
    display->line_open = false;
}

/* Bad records of a shard that were told of before this one. */
static uint64_t
count_message(struct display *display, const char *shard)
{
    for (size_t i = display->shard_count; i > 0; i--)
        if (strcmp(display->shards[i - 1].shard, shard) == 0)
            return display->shards[i - 1].count++;
    display->shards = xrealloc(display->shards, (display->shard_count + 1) *
                                                    sizeof(*display->shards));
    display->shards[display->shard_count++] =
        (struct shard_messages){xstrdup(shard), 1};
    return 0;
}

static void
show_message(void *ctx, const struct build_message *m)
{
    struct display *display = ctx;

    if (m->has_record && count_message(display, m->shard) >= SHOWN_OF_SHARD)
        return;
    end_line(display);
    if (m->has_record)
        complain("%s, record %llu, byte %llu: %s", m->shard,
                 (unsigned long long)m->record, (unsigned long long)m->offset,
                 m->text);
    else if (m->shard)
        complain("%s: %s", m->shard, m->text);
    else
        complain("%s", m->text);
}

static void
end_display(struct display *display)
{
    end_line(display);
    for (size_t i = 0; i < display->shard_count; i++) {
        struct shard_messages *of = &display->shards[i];

        if (of->count > SHOWN_OF_SHARD)
            complain("%s: %llu more bad records", of->shard,
                     (unsigned long long)(of->count - SHOWN_OF_SHARD));
        free(of->shard);
    }
    free(display->shards);
}

static enum err_code
fill_mapping(const struct invocation *in, struct mapping *mapping,
             struct error *err)
{
    const char *value;
    enum err_code code = ERR_OK;

    if ((value = option_get(in, "text")))
        mapping->text = xstrdup(value);
    if ((value = option_get(in, "id")))
        mapping->id = xstrdup(value);
    if ((value = option_get(in, "source")))
        mapping->source = xstrdup(value);
    if ((value = option_get(in, "lang")))
        mapping->lang = xstrdup(value);
    for (size_t i = 0; !code && (value = option_nth(in, "score", i)); i++) {
        struct score_def def = {.kind = SCORE_NUMBER,
                                .min = __builtin_nan(""),
                                .max = __builtin_nan(""),
                                .threshold = __builtin_nan("")};
        const char *equals = strchr(value, '=');
        unsigned number;

        if (!equals || equals == value || !equals[1])
            return usage_error(in, err, "--score takes NAME=PATH, not '%s'",
                               value);
        def.name = xstrndup((struct str){value, (size_t)(equals - value)});
        def.path = xstrdup(equals + 1);
        code = mapping_add_score(mapping, &def, &number, err);
        free(def.name);
        free(def.path);
    }
    return code;
}

static enum err_code
fill_limits(const struct invocation *in, struct build_options *o,
            struct error *err)
{
    const char *builder = option_get(in, "builder");
    const char *seekable = option_get(in, "seekable");
    uint64_t jobs;
    uint64_t window;
    uint64_t depth;
    enum err_code code;

    o->limits = shard_default_limits;
    if ((code = option_uint(in, "jobs", 0, 256, &jobs, err)) ||
        (code = option_size(in, "memory", 0, &o->memory, err)) ||
        (code = option_size(in, "partition", 0, &o->partition, err)) ||
        (code = option_size(in, "max-record", o->limits.max_record,
                            &o->limits.max_record, err)) ||
        (code = option_uint(in, "max-window", o->limits.max_window_log, 31,
                            &window, err)) ||
        (code = option_uint(in, "max-ratio", o->limits.max_ratio, UINT64_MAX,
                            &o->limits.max_ratio, err)) ||
        (code = option_uint(in, "max-depth", 0, 256, &depth, err)) ||
        (code = option_uint(in, "max-bad", 0, UINT64_MAX, &o->max_bad, err)))
        return code;
    o->jobs = (unsigned)jobs;
    o->limits.max_window_log = (unsigned)window;
    o->max_depth = (unsigned)depth;
    if (!seekable || strcmp(seekable, "auto") == 0)
        o->seekable = SEEKABLE_AUTO;
    else if (strcmp(seekable, "always") == 0)
        o->seekable = SEEKABLE_ALWAYS;
    else if (strcmp(seekable, "never") == 0)
        o->seekable = SEEKABLE_NEVER;
    else
        return usage_error(in, err, "--seekable takes auto, always or never");
    if (!builder || strcmp(builder, "bulk") == 0)
        o->builder = BUILDER_BULK;
    else if (strcmp(builder, "fts5") == 0)
        o->builder = BUILDER_FTS5;
    else
        return usage_error(in, err, "--builder takes bulk or fts5");
    return ERR_OK;
}

static enum err_code
explain(const struct workspace *ws, const struct invocation *in,
        const struct build_options *options, struct error *err)
{
    struct buf out = {0};
    struct buf safe = {0};
    enum err_code code = ERR_OK;

    if (!in->arg_count)
        return usage_error(in, err, "--explain needs a shard");
    for (size_t i = 0; !code && i < in->arg_count; i++) {
        code = build_explain(ws, in->args[i], options, &out, err);
        if (!code) {
            width_escape_text(buf_str(&out), &safe);
            (void)fwrite(safe.ptr, 1, safe.len, stdout);
        }
        buf_clear(&out);
        buf_clear(&safe);
    }
    buf_release(&out);
    buf_release(&safe);
    return code;
}

static void
print_shard(const struct index_shard *shard, bool json)
{
    struct buf line = {0};
    struct json_out w = {&line, false};

    if (json) {
        json_open(&w, '{');
        json_key(&w, "shard");
        json_str(&w, str_of(shard->path));
        json_key(&w, "container");
        json_str(&w, str_of(container_name(shard->container)));
        json_key(&w, "bytes");
        json_int(&w, (int64_t)shard->bytes);
        json_key(&w, "documents");
        json_int(&w, shard->end - shard->first);
        json_key(&w, "rejected");
        json_int(&w, (int64_t)shard->rejected);
        json_key(&w, "damaged");
        json_bool(&w, shard->damaged);
        json_key(&w, "copy");
        json_bool(&w, shard->copy != NULL);
        json_close(&w, '}');
        print_json_line(&line);
    } else {
        printf("%10u documents  %6llu rejected  %-5s %s%s  ",
               shard->end - shard->first, (unsigned long long)shard->rejected,
               container_name(shard->container),
               shard->copy ? "copied" : "in place",
               shard->damaged ? "  DAMAGED" : "");
        print_escaped(str_of(shard->path), 0);
        putchar('\n');
    }
    buf_release(&line);
}

static enum err_code
print_shards(const struct workspace *ws, bool json, struct error *err)
{
    struct index *index = NULL;
    enum err_code code = index_open(&index, ws, err);

    if (code)
        return code;
    for (uint32_t i = 0; i < index_shard_count(index); i++)
        if (index_shard(index, i)->live)
            print_shard(index_shard(index, i), json);
    if (!json)
        printf("%10u documents in generation %llu\n", index_live_count(index),
               (unsigned long long)index_generation(index));
    index_close(index);
    return ERR_OK;
}

/* What tasks have finished is published first. */
static enum err_code
status(struct workspace *ws, const struct invocation *in,
       const struct index_request *request, const struct build_options *options,
       struct error *err)
{
    bool json = option_given(in, "json");
    bool any = false;
    struct error unfinished = ERROR_INIT;
    enum err_code tasks =
        index_tasks_status(ws, request, options, json, &any, &unfinished);
    enum err_code code = ERR_OK;

    if (tasks == ERR_OK || tasks == ERR_BUSY)
        code = print_shards(ws, json, err);
    if (tasks != ERR_OK) {
        *err = unfinished;
        return tasks;
    }
    return code;
}

/* What will be written and whether it fits; ERR_LIMIT above 80 % of what is
 * free. */
static enum err_code
announce(const struct workspace *ws, const struct invocation *in,
         const struct index_request *request,
         const struct build_options *options, struct error *err)
{
    struct build_plan plan;
    char index_size[16];
    char copy_size[16];
    char free_size[16];
    const char *const *shards = (const char *const *)request->shards;
    enum err_code code =
        request->task.count > 0
            ? build_task_plan(ws, shards, request->count, request->task,
                              options, &plan, err)
            : build_plan(ws, shards, request->count, options, &plan, err);

    if (code)
        return code;
    format_size(plan.index_bytes, index_size);
    format_size(plan.copy_bytes, copy_size);
    format_size(plan.free_bytes, free_size);
    if (plan.shards_new + plan.shards_changed && !option_given(in, "quiet"))
        complain("writing about %s of index + %s of seekable copies to %s "
                 "(%s free)",
                 index_size, copy_size, ws->index, free_size);
    if (!option_given(in, "yes") &&
        plan.index_bytes + plan.copy_bytes > plan.free_bytes / 5 * 4)
        return error_set(err, ERR_LIMIT,
                         "%s + %s would take more than 80 %% of the %s free "
                         "on %s; --yes does it all the same",
                         index_size, copy_size, free_size, ws->index);
    return ERR_OK;
}

static void
summarise(const struct build_report *r, const struct display *display,
          bool json)
{
    double seconds = (double)(time_monotonic_us() - display->started_us) / 1e6;
    char index_size[16];
    char copy_size[16];

    format_size(r->index_bytes, index_size);
    format_size(r->copy_bytes, copy_size);
    if (json) {
        struct buf line = {0};
        struct json_out w = {&line, false};

        json_open(&w, '{');
#define MEMBER(name)     \
    json_key(&w, #name); \
    json_int(&w, (int64_t)r->name)
        MEMBER(generation);
        MEMBER(documents);
        MEMBER(added);
        MEMBER(rejected);
        MEMBER(bad_utf8);
        MEMBER(surrogates);
        MEMBER(duplicates_of_id);
        MEMBER(rows_failed);
        MEMBER(rows_rejected);
        MEMBER(blank);
        MEMBER(crlf);
        MEMBER(bom);
        MEMBER(shards_indexed);
        MEMBER(shards_unchanged);
        MEMBER(shards_missing);
        MEMBER(shards_failed);
        MEMBER(shards_damaged);
        MEMBER(text_bytes);
        MEMBER(index_bytes);
        MEMBER(copy_bytes);
#undef MEMBER
        json_close(&w, '}');
        print_json_line(&line);
        buf_release(&line);
        return;
    }
    printf("%llu documents in %u shards added, %u unchanged; %llu documents in "
           "all (%.1f s, %.0f MB of text/s, index %s, copies %s)\n",
           (unsigned long long)r->added, r->shards_indexed, r->shards_unchanged,
           (unsigned long long)r->documents, seconds,
           seconds > 0 ? (double)r->text_bytes / 1e6 / seconds : 0, index_size,
           copy_size);
    if (r->shards_damaged)
        printf("%u shards are damaged: only the part before the damage is "
               "indexed\n",
               r->shards_damaged);
    if (r->rejected)
        printf("%llu records rejected\n", (unsigned long long)r->rejected);
    if (r->bad_utf8 + r->surrogates)
        printf("%llu records with invalid UTF-8, %llu with lone surrogates: "
               "taken, U+FFFD shown for them\n",
               (unsigned long long)r->bad_utf8,
               (unsigned long long)r->surrogates);
    if (r->duplicates_of_id)
        printf("%llu documents share source and id with another\n",
               (unsigned long long)r->duplicates_of_id);
    if (r->rows_failed)
        printf("%llu attribute files do not fit their documents, or are "
               "damaged\n",
               (unsigned long long)r->rows_failed);
    if (r->rows_rejected)
        printf("%llu rows of attribute files rejected\n",
               (unsigned long long)r->rows_rejected);
    if (r->shards_missing)
        printf("%u shards are gone and left out\n", r->shards_missing);
}

static enum err_code
build(struct workspace *ws, const struct invocation *in,
      const struct index_request *request, struct build_options *options,
      int *status_out, struct error *err)
{
    struct display display = {.quiet = option_given(in, "quiet"),
                              .terminal = isatty(STDERR_FILENO) == 1,
                              .started_us = time_monotonic_us()};
    struct build_report report = {0};
    const char *const *shards = (const char *const *)request->shards;
    bool is_task = request->task.count > 0;
    enum err_code code = announce(ws, in, request, options, err);

    if (code)
        return code;
    options->progress = show_progress;
    options->message = show_message;
    options->ctx = &display;
    if (is_task)
        code = build_task(ws, shards, request->count, request->task, options,
                          &report, err);
    else
        code = build_run(ws, shards, request->count, options, &report, err);
    end_display(&display);
    if (code)
        return code;
    if (is_task)
        index_task_summarise(&report, request->task, option_given(in, "json"));
    else
        summarise(&report, &display, option_given(in, "json"));
    if (report.cancelled)
        return error_set(err, ERR_CANCELLED,
                         "stopped; what was finished is kept, run "
                         "'stet index' again to go on");
    if (report.shards_failed && !report.documents)
        return error_set(err, ERR_FORMAT, "no shard could be indexed");
    if (report.shards_damaged && !report.documents)
        return error_set(err, ERR_FORMAT, "no document could be read");
    if (report.rejected || report.shards_failed || report.shards_damaged ||
        report.rows_failed || report.rows_rejected)
        *status_out = 1;
    return ERR_OK;
}

/* stdin first becomes a shard, which is then indexed like any other. */
static enum err_code
build_piped(struct workspace *ws, const struct invocation *in,
            struct build_options *options, int *status_out, struct error *err)
{
    char *path = NULL;
    struct index_request request = {&path, 1, {0, 0}};
    enum err_code code = stdin_keep(in, ws, options, &path, err);

    if (code)
        return code;
    code = build(ws, in, &request, options, status_out, err);
    free(path);
    return code;
}

static enum err_code
run_index(const struct invocation *in, int *status_out, struct error *err)
{
    struct build_options options = {.cancel = interrupt_flag()};
    struct index_request request = {NULL, 0, {0, 0}};
    struct mapping mapping;
    struct workspace *ws = NULL;
    const char *folder = option_get(in, "directory");
    const char *forget[OPTION_VALUES_MAX];
    bool piped = false;
    enum err_code code;

    interrupt_catch();
    mapping_init(&mapping);
    code = stdin_is_wanted(in, &piped, err);
    if (!code)
        code = fill_mapping(in, &mapping, err);
    if (!code)
        code = fill_limits(in, &options, err);
    if (!code)
        code = index_request_read(in, &request, err);
    if (code)
        goto out;
    while ((forget[options.forget_count] =
                option_nth(in, "forget", options.forget_count)))
        options.forget_count++;
    options.forget = forget;
    options.mapping = &mapping;
    options.rehash = option_given(in, "rehash");
    code = workspace_open(&ws, folder, option_given(in, "trust"), err);
    if (code == ERR_NOTFOUND && option_given(in, "explain"))
        code = ERR_OK; /* writes nothing, needs no workspace */
    else if (code == ERR_NOTFOUND && request.count &&
             !option_given(in, "status"))
        code = workspace_create(&ws, folder ? folder : ".",
                                option_given(in, "shared"),
                                option_get(in, "group"), err);
    if (code)
        goto out;
    if (ws)
        share_umask(ws);
    if (option_given(in, "explain"))
        code = explain(ws, in, &options, err);
    else if (option_given(in, "status"))
        code = status(ws, in, &request, &options, err);
    else if (piped)
        code = build_piped(ws, in, &options, status_out, err);
    else
        code = build(ws, in, &request, &options, status_out, err);
out:
    index_request_release(&request);
    workspace_close(ws);
    mapping_release(&mapping);
    return code;
}

const struct command command_index = {
    "index",
    "[OPTIONS] [SHARD|FOLDER...]",
    "Build or update the index of a corpus",
    "Shards are files of JSON lines, plain, gzip or zstd, whatever their "
    "names say.\nFiles of attributes (Dolma) and signals (RedPajama) beside "
    "them are read in step\nwith them; one that does not fit is an error. "
    "docs/formats.md has the shapes.\nThe first call makes the workspace, "
    ".stet, in the current "
    "folder (or -C DIR).\nWithout shards the known ones are checked again: "
    "unchanged ones are skipped,\nchanged ones indexed anew, missing ones left "
    "out. ^C stops cleanly; the next\ncall goes on.\n--as NAME - reads JSON "
    "lines, plain or compressed, from stdin, for what is kept\nin other "
    "formats: they become the shard NAME.jsonl.zst below the corpus root. "
    "An\nempty input, or one that ends within a record, is refused.\n--task "
    "I/N "
    "--shards LIST builds a part of the shards in LIST and may run on many\n"
    "machines at once; space is looked at for this part alone. --status lists "
    "what is\nmissing and, when nothing is, publishes the index. SIGTERM and "
    "SIGUSR1 stop cleanly,\nwith exit 75.",
    index_options,
    run_index,
};
