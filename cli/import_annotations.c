/* Annotations of models and of other tools into the journal, and what came of
 * their rows. */
#include "config.h"

#include "cli/import_annotations.h"

#include <stdio.h>
#include <string.h>

#include "cli/session.h"
#include "stet/annotation_import.h"

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
print_json(const struct annotation_import *r)
{
    struct buf line = {0};
    struct json_out w = {&line, false};

    json_open(&w, '{');
#define MEMBER(name)     \
    json_key(&w, #name); \
    json_int(&w, (int64_t)r->name)
    MEMBER(rows);
    MEMBER(annotations);
    MEMBER(known);
    MEMBER(stale);
    MEMBER(unmatched);
    MEMBER(ambiguous);
    MEMBER(empty);
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
print_plain(const struct annotation_import *r, const char *rater)
{
    printf("%llu annotations of %llu rows taken in for ",
           (unsigned long long)r->annotations, (unsigned long long)r->rows);
    print_escaped(str_of(rater), 0);
    putchar('\n');
    print_count(r->known, "were there already");
    print_count(r->stale, "rows are stale: about another text; left out");
    print_count(r->unmatched, "rows fit no document");
    print_count(r->ambiguous, "rows fit several documents: left out");
    print_count(r->empty, "rows say nothing");
    print_count(r->bad, "rows are bad: left out");
}

/* Whoever runs this is hardly who judged, and a model must not pass for a
 * person. */
static enum err_code
check_rater(const struct invocation *in, const char *rater, struct error *err)
{
    const char *at = rater ? strchr(rater, '@') : NULL;

    if (!rater)
        return usage_error(in, err,
                           "who gave them? --reviewer model/NAME@VERSION for "
                           "a model, or a person's name");
    if (strncmp(rater, "model/", 6) == 0 &&
        (!at || at == rater + 6 || at[1] == '\0'))
        return usage_error(in, err, "a model is named model/NAME@VERSION");
    if (at && strncmp(rater, "model/", 6) != 0)
        return usage_error(in, err, "is %s a model? Then it is model/%s", rater,
                           rater);
    return ERR_OK;
}

enum err_code
import_annotations(const struct invocation *in, int *status, struct error *err)
{
    const char *rater = option_get(in, "reviewer");
    struct session session = {0};
    struct annotation_import report = {0};
    struct told told = {NULL, 0};
    enum err_code code = check_rater(in, rater, err);

    interrupt_catch();
    if (code)
        return code;
    code = session_open(&session, in, NEED_INDEX | NEED_STORE, err);
    if (!code && in->arg_count < 2)
        code = usage_error(in, err, "which files?");
    for (size_t i = 1; !code && i < in->arg_count; i++)
        code = annotations_import(session.store, session.index, in->args[i],
                                  &report, show_message, &told, err);
    if (!code && session.json)
        print_json(&report);
    else if (!code)
        print_plain(&report, rater);
    if (!code && (report.bad || report.ambiguous || report.stale ||
                  report.unmatched || report.empty))
        *status = 1;
    session_close(&session);
    return code;
}
