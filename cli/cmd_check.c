/* `stet check`: index against shards, store against its journal. */
#include "config.h"

#include <stdio.h>

#include "cli/command_list.h"
#include "cli/session.h"

static const struct option_def check_options[] = {
    {"full", 0, NULL, "every record of every shard, not a sample"},
    {NULL, 0, NULL, NULL},
};

static void
finding(void *ctx, const char *shard, const char *text)
{
    unsigned *count = ctx;

    (*count)++;
    print_escaped(str_of(shard), 0);
    printf(": ");
    print_escaped(str_of(text), 0);
    putchar('\n');
}

static enum err_code
run_check(const struct invocation *in, int *status, struct error *err)
{
    struct session session;
    unsigned findings = 0;
    uint64_t annotations = 0;
    enum err_code code;

    interrupt_catch();
    code = session_open(&session, in, NEED_STORE_READ | NEED_INDEX, err);
    if (!code)
        code = store_check(session.store, &annotations, err);
    if (!code)
        printf("store: %llu annotations, derived state agrees\n",
               (unsigned long long)annotations);
    if (!code)
        code = index_check(session.index, option_given(in, "full"),
                           interrupt_flag(), finding, &findings, err);
    if (!code && findings) {
        printf("index: %u findings; 'stet index' rebuilds what changed\n",
               findings);
        *status = err_code_exit_status(ERR_FORMAT);
    } else if (!code) {
        printf("index: %u documents in generation %llu agree with their "
               "shards%s\n",
               index_live_count(session.index),
               (unsigned long long)index_generation(session.index),
               option_given(in, "full") ? "" : " (sampled)");
    }
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
