/* `stet failures`: the inbox of what a model said that it should not; one of
 * them; and where they stand. */
#include "config.h"

#include <stdio.h>

#include "cli/command_list.h"
#include "cli/session.h"
#include "stet/failure.h"

static const struct option_def failures_options[] = {
    {"only", 0, "STATE", "list those in this state"},
    {"state", 0, "STATE", "set where the IDs stand"},
    {"note", 0, "TEXT", "what there is to say to it"},
    {NULL, 0, NULL, NULL},
};

#define HEAD_CELLS ((size_t)60) /* of an output in the list */

static void
print_json(const struct failure *failure)
{
    struct buf line = {0};
    struct json_out w = {&line, false};

    json_open(&w, '{');
    json_key(&w, "id");
    json_str(&w, failure->id);
    json_key(&w, "state");
    json_str(&w, str_of(failure_state_name(failure->state)));
    json_key(&w, "by");
    json_str(&w, failure->by);
    if (failure->note.len) {
        json_key(&w, "note");
        json_str(&w, failure->note);
    }
    json_key(&w, "round");
    json_str(&w, failure->round);
    json_key(&w, "rounds");
    json_int(&w, failure->rounds);
    json_key(&w, "edits");
    json_int(&w, (int64_t)failure->edits);
    json_key(&w, "decisions");
    json_int(&w, (int64_t)failure->decisions);
    if (failure->metric.len) {
        json_key(&w, "metric");
        json_raw(&w, failure->metric);
    }
    json_key(&w, "prompt");
    json_str(&w, failure->prompt);
    json_key(&w, "output");
    json_str(&w, failure->output);
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

static void
print_row(const struct failure *failure)
{
    printf("%-13s  ", failure_state_name(failure->state));
    print_escaped(failure->id, 24);
    printf("  rounds %u  edits %llu  ", failure->rounds,
           (unsigned long long)failure->edits);
    print_escaped(failure->output, HEAD_CELLS);
    putchar('\n');
}

static void
print_whole(const struct failure *failure)
{
    printf("id      ");
    print_escaped(failure->id, 0);
    printf("\nstate   %s, by ", failure_state_name(failure->state));
    print_escaped(failure->by, 0);
    if (failure->note.len) {
        printf(": ");
        print_escaped(failure->note, 0);
    }
    printf("\nround   ");
    print_escaped(failure->round, 0);
    printf(" (%u in all)\nedits   %llu, other decisions %llu\n",
           failure->rounds, (unsigned long long)failure->edits,
           (unsigned long long)failure->decisions);
    if (failure->metric.len) {
        printf("metric  ");
        print_escaped(failure->metric, 0);
        putchar('\n');
    }
    printf("\nprompt\n");
    print_escaped(failure->prompt, 0);
    printf("\n\noutput\n");
    print_escaped(failure->output, 0);
    putchar('\n');
}

static enum err_code
list_all(struct session *session, const struct invocation *in,
         struct error *err)
{
    const char *only = option_get(in, "only");
    enum failure_state wanted = FAILURE_OPEN;
    struct failure *list = NULL;
    size_t count = 0;
    enum err_code code =
        failures_load(session->store, &session->arena, &list, &count, err);

    if (code == ERR_OK && only && !failure_state_parse(str_of(only), &wanted))
        return usage_error(in, err,
                           "--only takes open, traced, edited, fixed, "
                           "still-failing or will-not-fix");
    for (size_t i = 0; code == ERR_OK && i < count; i++) {
        if (only && list[i].state != wanted)
            continue;
        if (session->json)
            print_json(&list[i]);
        else
            print_row(&list[i]);
    }
    return code;
}

static enum err_code
set_states(struct session *session, const struct invocation *in,
           struct error *err)
{
    const char *note = option_get(in, "note");
    enum failure_state state;
    enum err_code code = ERR_OK;

    if (!failure_state_parse(str_of(option_get(in, "state")), &state))
        return usage_error(in, err,
                           "--state takes open, traced, edited, fixed, "
                           "still-failing or will-not-fix");
    if (in->arg_count == 0)
        return usage_error(in, err, "which failures?");
    for (size_t i = 0; code == ERR_OK && i < in->arg_count; i++)
        code = failure_set(session->store, str_of(in->args[i]), state,
                           str_of(note ? note : ""), err);
    return code;
}

static enum err_code
run_failures(const struct invocation *in, int *status, struct error *err)
{
    bool sets = option_given(in, "state");
    struct session session;
    struct failure failure;
    enum err_code code =
        session_open(&session, in, sets ? NEED_STORE : NEED_STORE_READ, err);

    (void)status;
    if (code == ERR_OK && sets)
        code = set_states(&session, in, err);
    else if (code == ERR_OK && in->arg_count == 0)
        code = list_all(&session, in, err);
    for (size_t i = 0; code == ERR_OK && !sets && i < in->arg_count; i++) {
        code = failure_get(session.store, str_of(in->args[i]), &session.arena,
                           &failure, err);
        if (code == ERR_OK && session.json)
            print_json(&failure);
        else if (code == ERR_OK)
            print_whole(&failure);
    }
    session_close(&session);
    return code;
}

const struct command command_failures = {
    "failures",
    "[--only STATE | [--state STATE [--note TEXT]] ID...] [--json]",
    "List what a model said that it should not, and where each stands",
    "Failures come by stet import failures. Each is open, traced (its "
    "documents "
    "are known),\nedited (decisions name it), fixed, still-failing "
    "(both said by a later round)\nor will-not-fix. An ID shows one; --state "
    "sets where it stands.\n\nstet failures --json is input for stet trace. "
    "Decisions with --failure ID, and those made\nat the desk from the "
    "failure's documents, name it in their reason, which reaches the\npatch; "
    "the query failure:ID finds their documents.",
    failures_options,
    run_failures,
};
