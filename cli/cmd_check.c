/* `stet check`: index against shards, store against its journal. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command_list.h"
#include "cli/session.h"
#include "stet/build.h"
#include "stet/xalloc.h"

static const struct option_def check_options[] = {
    {"rebuild", 0, NULL, "index again what differs, and only that"},
    {"full", 0, NULL, "every record and every word of the index, not a sample"},
    {NULL, 0, NULL, NULL},
};

struct findings {
    bool json;
    unsigned count;
    unsigned lasting;  /* that indexing again cannot mend */
    struct bits again; /* shards by number */
};

static void
finding(void *ctx, const struct check_finding *found)
{
    struct findings *findings = ctx;
    struct buf line = {0};
    struct json_out w = {&line, false};

    findings->count++;
    findings->lasting += found->again_first == found->again_end;
    for (uint32_t i = found->again_first; i < found->again_end; i++)
        bits_set(&findings->again, i);
    if (!findings->json) {
        if (found->shard) {
            print_escaped(str_of(found->shard), 0);
            printf(": ");
        }
        print_escaped(str_of(found->text), 0);
        putchar('\n');
        return;
    }
    json_open(&w, '{');
    json_key(&w, "shard");
    if (found->shard)
        json_str(&w, str_of(found->shard));
    else
        json_null(&w);
    json_key(&w, "finding");
    json_str(&w, str_of(found->text));
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

static void
print_json_summary(const struct session *session, uint64_t annotations,
                   unsigned findings)
{
    struct buf line = {0};
    struct json_out w = {&line, false};

    json_open(&w, '{');
    json_key(&w, "annotations");
    json_int(&w, (int64_t)annotations);
    json_key(&w, "documents");
    json_int(&w, index_live_count(session->index));
    json_key(&w, "generation");
    json_int(&w, (int64_t)index_generation(session->index));
    json_key(&w, "findings");
    json_int(&w, findings);
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

static void
print_summary(const struct session *session, bool full, unsigned findings)
{
    if (findings)
        printf("index: %u findings; 'stet check --rebuild' indexes again what "
               "differs\n",
               findings);
    else
        printf("index: %u documents in generation %llu agree with their "
               "shards%s\n",
               index_live_count(session->index),
               (unsigned long long)index_generation(session->index),
               full ? "" : " (sampled)");
}

static int
compare_paths(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
say(void *ctx, const struct build_message *message)
{
    (void)ctx;
    complain("%s%s%s", message->shard ? message->shard : "",
             message->shard ? ": " : "", message->text);
}

/* Index again the shards of what was found. */
static enum err_code
rebuild(struct session *session, const struct findings *findings,
        struct error *err)
{
    uint32_t count = bits_population(&findings->again);
    const char **paths = xcalloc(count + 1, sizeof(*paths));
    struct build_options options = {.again = paths,
                                    .limits = shard_default_limits,
                                    .message = say,
                                    .cancel = interrupt_flag()};
    struct build_report report = {0};
    enum err_code code = ERR_OK;

    for (uint32_t i = bits_next(&findings->again, 0); i != UINT32_MAX;
         i = bits_next(&findings->again, i + 1)) {
        const struct index_shard *shard = index_shard(session->index, i);

        if (shard->live)
            paths[options.again_count++] = shard->path;
    }
    qsort(paths, options.again_count, sizeof(*paths), compare_paths);
    if (options.again_count > 0)
        code = build_run(session->ws, NULL, 0, &options, &report, err);
    if (code == ERR_OK && report.cancelled)
        code = error_set(err, ERR_CANCELLED,
                         "stopped; run 'stet check --rebuild' again");
    if (code == ERR_OK && !session->json)
        printf("index: %u shards indexed again, generation %llu\n",
               report.shards_indexed, (unsigned long long)report.generation);
    free(paths);
    return code;
}

static enum err_code
check_index(struct session *session, struct findings *findings, bool full,
            struct error *err)
{
    enum err_code code =
        bits_init(&findings->again, index_shard_count(session->index), err);

    if (code == ERR_OK)
        code = index_check(session->index, full, interrupt_flag(), finding,
                           findings, err);
    return code;
}

static enum err_code
run_check(const struct invocation *in, int *status, struct error *err)
{
    struct session session;
    struct findings findings = {.json = option_given(in, "json")};
    bool again = option_given(in, "rebuild");
    bool full = option_given(in, "full");
    uint64_t annotations = 0;
    enum err_code code;

    interrupt_catch();
    code = session_open(&session, in, NEED_STORE_READ | NEED_INDEX, err);
    if (!code)
        code = store_check(session.store, &annotations, err);
    if (!code && !session.json)
        printf("store: %llu annotations, derived state agrees\n",
               (unsigned long long)annotations);
    if (!code)
        code = check_index(&session, &findings, full, err);
    if (!code && session.json)
        print_json_summary(&session, annotations, findings.count);
    else if (!code)
        print_summary(&session, full, findings.count);
    if (!code && again && findings.count)
        code = rebuild(&session, &findings, err);
    if (!code && (again ? findings.lasting : findings.count))
        *status = err_code_exit_status(ERR_FORMAT);
    bits_release(&findings.again);
    session_close(&session);
    return code;
}

const struct command command_check = {
    "check",
    "[--full] [--rebuild]",
    "Check the index against the shards, and the store",
    "Prints what differs and exits with 65 when something does. With "
    "--rebuild,\nwhat the index has wrong is indexed again from the shards, in "
    "a new generation;\n65 is then for what that cannot mend.",
    check_options,
    run_check,
};
