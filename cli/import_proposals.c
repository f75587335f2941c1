/* Proposals from files into the store, and what came of their rows. */
#include "config.h"

#include "cli/import_proposals.h"

#include <stdio.h>

#include "cli/session.h"
#include "stet/proposal.h"

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
print_json(const struct proposal_import *r)
{
    struct buf line = {0};
    struct json_out w = {&line, false};

    json_open(&w, '{');
#define MEMBER(name)     \
    json_key(&w, #name); \
    json_int(&w, (int64_t)r->name)
    MEMBER(rows);
    MEMBER(taken);
    MEMBER(known);
    MEMBER(stale);
    MEMBER(unmatched);
    MEMBER(ambiguous);
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
print_plain(const struct proposal_import *r)
{
    printf("%llu of %llu proposals taken in\n", (unsigned long long)r->taken,
           (unsigned long long)r->rows);
    print_count(r->known, "were there already");
    print_count(r->stale, "are stale: written for another text; set aside");
    print_count(r->unmatched, "fit no document");
    print_count(r->ambiguous, "fit several documents: left out");
    print_count(r->bad, "rows are bad: left out");
}

enum err_code
import_proposals(const struct invocation *in, int *status, struct error *err)
{
    struct session session;
    struct proposal_import report = {0};
    struct told told = {NULL, 0};
    enum err_code code;

    interrupt_catch();
    code = session_open(&session, in, NEED_INDEX | NEED_STORE, err);
    if (!code && in->arg_count < 2)
        code = usage_error(in, err, "which files?");
    for (size_t i = 1; !code && i < in->arg_count; i++)
        code = proposals_import(session.store, session.index, in->args[i],
                                &report, show_message, &told, err);
    if (!code && session.json)
        print_json(&report);
    else if (!code)
        print_plain(&report);
    if (!code &&
        (report.bad || report.ambiguous || report.stale || report.unmatched))
        *status = 1;
    session_close(&session);
    return code;
}
