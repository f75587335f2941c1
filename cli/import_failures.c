/* Failures from files into the store, and what a round says of known ones. */
#include "config.h"

#include "cli/import_failures.h"

#include <stdio.h>
#include <time.h>

#include "cli/session.h"
#include "stet/failure.h"

#define SHOWN 10 /* messages that are spelled out, of each file */

struct told {
    const char *file;
    uint64_t count;
};

static void
show_message(void *ctx, const char *file, uint64_t line, const char *text)
{
    struct told *told = ctx;

    if (told->file != file)
        *told = (struct told){file, 0};
    if (++told->count <= SHOWN)
        complain("%s, line %llu: %s", file, (unsigned long long)line, text);
}

static void
print_json(const struct failure_import *r)
{
    struct buf line = {0};
    struct json_out w = {&line, false};

    json_open(&w, '{');
#define MEMBER(name)     \
    json_key(&w, #name); \
    json_int(&w, (int64_t)r->name)
    MEMBER(rows);
    MEMBER(added);
    MEMBER(fixed);
    MEMBER(failing);
    MEMBER(known);
    MEMBER(bad);
#undef MEMBER
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

static void
print_count(uint64_t count, const char *text)
{
    if (count)
        printf("%llu %s\n", (unsigned long long)count, text);
}

static void
print_plain(const struct failure_import *r, struct str round)
{
    printf("round ");
    print_escaped(round, 0);
    printf(": %llu rows\n", (unsigned long long)r->rows);
    print_count(r->added, "new");
    print_count(r->failing, "still failing");
    print_count(r->fixed, "fixed");
    print_count(r->known, "said the same before");
    print_count(r->bad, "are no failures: left out");
}

/* The day, where no --round says more. */
static struct str
round_name(const struct invocation *in, char day[16])
{
    const char *given = option_get(in, "round");
    time_t now = time(NULL);
    struct tm local;

    if (given)
        return str_of(given);
    if (!localtime_r(&now, &local) ||
        strftime(day, 16, "%Y-%m-%d", &local) == 0)
        return STR_LIT("today");
    return str_of(day);
}

enum err_code
import_failures(const struct invocation *in, int *status, struct error *err)
{
    struct session session;
    struct failure_import report = {0};
    struct told told = {NULL, 0};
    char day[16];
    struct str round = round_name(in, day);
    enum err_code code;

    if (round.len == 0)
        return usage_error(in, err, "--round takes a name");
    code = session_open(&session, in, NEED_STORE, err);
    if (!code && in->arg_count < 2)
        code = usage_error(in, err, "which files?");
    for (size_t i = 1; !code && i < in->arg_count; i++)
        code = failures_import(session.store, in->args[i], round, &report,
                               show_message, &told, err);
    if (!code && session.json)
        print_json(&report);
    else if (!code)
        print_plain(&report, round);
    if (!code && report.bad)
        *status = 1;
    session_close(&session);
    return code;
}
