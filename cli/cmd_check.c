/* `stet check`: index against shards, store against its journal. */
#include "config.h"

#include <stdio.h>

#include "cli/command_list.h"
#include "cli/session.h"

static const struct option_def check_options[] = {
    {"full", 0, NULL, "every record and every word of the index, not a sample"},
    {NULL, 0, NULL, NULL},
};

struct findings {
    unsigned count;
    bool json;
};

static void
finding(void *ctx, const char *shard, const char *text)
{
    struct findings *findings = ctx;
    struct buf line = {0};
    struct json_out w = {&line, false};

    findings->count++;
    if (!findings->json) {
        if (shard) {
            print_escaped(str_of(shard), 0);
            printf(": ");
        }
        print_escaped(str_of(text), 0);
        putchar('\n');
        return;
    }
    json_open(&w, '{');
    json_key(&w, "shard");
    if (shard)
        json_str(&w, str_of(shard));
    else
        json_null(&w);
    json_key(&w, "finding");
    json_str(&w, str_of(text));
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
        printf("index: %u findings; 'stet index' rebuilds what changed\n",
               findings);
    else
        printf("index: %u documents in generation %llu agree with their "
               "shards%s\n",
               index_live_count(session->index),
               (unsigned long long)index_generation(session->index),
               full ? "" : " (sampled)");
}

static enum err_code
run_check(const struct invocation *in, int *status, struct error *err)
{
    struct session session;
    struct findings findings = {.json = option_given(in, "json")};
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
        code = index_check(session.index, full, interrupt_flag(), finding,
                           &findings, err);
    if (!code && session.json)
        print_json_summary(&session, annotations, findings.count);
    else if (!code)
        print_summary(&session, full, findings.count);
    if (!code && findings.count)
        *status = err_code_exit_status(ERR_FORMAT);
    session_close(&session);
    return code;
}

const struct command command_check = {
    "check",
    "[--full]",
    "Check the index against the shards, and the store",
    "Prints what differs and exits with 65 when something does.",
    check_options,
    run_check,
};
