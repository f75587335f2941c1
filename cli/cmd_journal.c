/* log, merge, backup, restore: the journal in and out. */
#include "config.h"

#include <stdio.h>

#include "cli/command_list.h"
#include "cli/session.h"
#include "stet/fileio.h"
#include "stet/pool.h"

#define JOURNAL_MAX ((size_t)8 << 30)

static const struct option_def log_options[] = {
    {"limit", 'n', "N", "the newest N only"},
    {"since", 0, "DATE", "from this time on (2026-11-20, or RFC 3339)"},
    {"by", 0, "NAME", "one reviewer's annotations"},
    {NULL, 0, NULL, NULL},
};
static const struct option_def no_options[] = {
    {NULL, 0, NULL, NULL},
};
static const struct option_def restore_options[] = {
    {"force", 0, NULL, "although newer annotations are lost"},
    {NULL, 0, NULL, NULL},
};

static void
print_plain(const struct annotation *a)
{
    char when[TIME_TEXT_SIZE];
    char uuid[UUID_TEXT_SIZE];

    time_format(a->at_us, when);
    uuid_format(&a->uuid, uuid);
    printf("%.19sZ  %s  ", when, uuid);
    print_escaped(a->reviewer, 20);
    printf("  %s ", annotation_kind_name(a->kind));
    if (a->value.len)
        print_escaped(a->value, 40);
    if (a->kind == ANNOTATION_RATE)
        printf("=%g", a->number);
    if (a->span.given)
        printf(" [%llu:%llu]", (unsigned long long)a->span.start_cp,
               (unsigned long long)a->span.end_cp);
    if (a->items)
        printf("  %zu documents", a->item_count);
    else if (a->has_item && a->item.id_token.ptr) {
        printf("  ");
        print_escaped(a->item.id_token, 60);
    }
    if (a->kind == ANNOTATION_NOTE) {
        printf("  ");
        print_escaped(a->text, 60);
    }
    if (a->reason.len) {
        printf("  reason: ");
        print_escaped(a->reason, 60);
    }
    printf("%s\n", a->undone ? "  (undone)" : "");
}

static enum err_code
visit(void *ctx, const struct annotation *a, struct error *err)
{
    const struct session *session = ctx;
    struct buf line = {0};
    enum err_code code = ERR_OK;

    if (cancel_is_set(interrupt_flag()))
        return error_set(err, ERR_CANCELLED, "stopped");
    if (!session->json) {
        print_plain(a);
        return ERR_OK;
    }
    code = annotation_format(a, &line, err);
    if (!code)
        print_json_line(&line);
    buf_release(&line);
    return code;
}

static enum err_code
fill_filter(const struct invocation *in, struct journal_filter *filter,
            struct error *err)
{
    const char *since = option_get(in, "since");
    const char *by = option_get(in, "by");
    enum err_code code =
        option_uint(in, "limit", 0, UINT64_MAX, &filter->limit, err);

    if (!code && since && !time_parse(str_of(since), &filter->since_us))
        code = usage_error(in, err, "'%s' is not a date", since);
    if (by)
        filter->reviewer = str_of(by);
    filter->newest_first = filter->limit != 0;
    return code;
}

static enum err_code
run_log(const struct invocation *in, int *status, struct error *err)
{
    struct session session;
    struct journal_filter filter = {0};
    struct item_key key;
    uint32_t doc;
    enum err_code code;

    (void)status;
    interrupt_catch();
    code = session_open(&session, in,
                        in->arg_count
                            ? NEED_STORE_READ | NEED_INDEX | NEED_RESOLVER
                            : NEED_STORE_READ,
                        err);
    if (!code)
        code = fill_filter(in, &filter, err);
    if (!code && in->arg_count) {
        code = resolve_ref(session.index, str_of(in->args[0]), &doc, err);
        if (!code)
            code =
                resolve_item(session.resolver, doc, &session.arena, &key, err);
        filter.item = &key;
    }
    if (!code)
        code = store_journal(session.store, &filter, visit, &session, err);
    session_close(&session);
    return code;
}

static enum err_code
run_merge(const struct invocation *in, int *status, struct error *err)
{
    struct session session;
    uint64_t added = 0;
    uint64_t known = 0;
    enum err_code code;

    (void)status;
    if (!in->arg_count)
        return usage_error(in, err, "which journals?");
    code = session_open(&session, in, NEED_STORE, err);
    for (size_t i = 0; !code && i < in->arg_count; i++) {
        struct buf lines = {0};
        uint64_t new_here = 0;
        uint64_t known_here = 0;

        code = file_read(in->args[i], JOURNAL_MAX, &lines, err);
        if (!code)
            code = store_merge(session.store, buf_str(&lines), &new_here,
                               &known_here, err);
        if (code)
            error_wrap(err, "%s", in->args[i]);
        added += new_here;
        known += known_here;
        buf_release(&lines);
    }
    if (!code)
        printf("%llu annotations taken, %llu known already\n",
               (unsigned long long)added, (unsigned long long)known);
    session_close(&session);
    return code;
}

static enum err_code
run_backup(const struct invocation *in, int *status, struct error *err)
{
    struct session session;
    enum err_code code;

    (void)status;
    if (in->arg_count != 1)
        return usage_error(in, err, "where to?");
    code = session_open(&session, in, NEED_STORE_READ, err);
    if (!code)
        code = store_backup(session.store, in->args[0], err);
    session_close(&session);
    return code;
}

static enum err_code
run_restore(const struct invocation *in, int *status, struct error *err)
{
    struct session session;
    enum err_code code;

    (void)status;
    if (in->arg_count != 1)
        return usage_error(in, err, "which backup?");
    code = session_open(&session, in, 0, err);
    if (!code)
        code = store_restore(session.ws, in->args[0], option_given(in, "force"),
                             err);
    session_close(&session);
    return code;
}

const struct command command_log = {
    "log",
    "[OPTIONS] [REF]",
    "Print the journal, or one document's part of it",
    "With --json, whole and complete: what 'stet merge' reads.",
    log_options,
    run_log,
};
const struct command command_merge = {
    "merge",
    "FILE...",
    "Take in journals of other workspaces",
    "Any order and any number of times give the same state.",
    no_options,
    run_merge,
};
const struct command command_backup = {
    "backup", "FILE", "Copy the review store", "", no_options, run_backup,
};
const struct command command_restore = {
    "restore",
    "[--force] FILE",
    "Put a backup of the review store in place",
    "Refuses to overwrite annotations that the backup does not have.",
    restore_options,
    run_restore,
};
