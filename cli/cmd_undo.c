/* `stet undo` and `stet redo`: the reviewer's newest annotation. */
#include "config.h"

#include <stdio.h>

#include "cli/command_list.h"
#include "cli/session.h"

static const struct option_def undo_options[] = {
    {"uuid", 0, "UUID", "this annotation instead of the newest"},
    {NULL, 0, NULL, NULL},
};
static const struct option_def redo_options[] = {
    {NULL, 0, NULL, NULL},
};

static enum err_code
undo_uuid(struct session *session, const char *text, struct error *err)
{
    struct uuid uuid;

    if (!uuid_parse(str_of(text), &uuid))
        return error_set(err, ERR_USAGE, "'%s' is not a uuid", text);
    return store_undo(session->store, &uuid, err);
}

static enum err_code
run(const struct invocation *in, bool redo, struct error *err)
{
    struct session session;
    struct annotation target = {0};
    bool earlier;
    enum err_code code = session_open(&session, in, NEED_STORE, err);

    if (!code && option_given(in, "uuid")) {
        code = undo_uuid(&session, option_get(in, "uuid"), err);
    } else if (!code) {
        code =
            redo ? store_redo_peek(session.store, &session.arena, &target, err)
                 : store_undo_peek(session.store, &session.arena, &target,
                                   &earlier, err);
        if (!code)
            code = store_undo(session.store, &target.uuid, err);
    }
    if (!code) {
        printf("%s: ", redo ? "brought back" : "undone");
        if (option_given(in, "uuid"))
            printf("%s\n", option_get(in, "uuid"));
        else if (redo)
            printf("what was undone last\n");
        else
            printf("%s, %zu document%s\n", annotation_kind_name(target.kind),
                   target.items ? target.item_count : 1,
                   target.items && target.item_count != 1 ? "s" : "");
    }
    session_close(&session);
    return code;
}

static enum err_code
run_undo(const struct invocation *in, int *status, struct error *err)
{
    (void)status;
    return run(in, false, err);
}

static enum err_code
run_redo(const struct invocation *in, int *status, struct error *err)
{
    (void)status;
    return run(in, true, err);
}

const struct command command_undo = {
    "undo",
    "[--uuid UUID]",
    "Take back your newest annotation",
    "A bulk action is taken back as one. Others' annotations are never "
    "touched.",
    undo_options,
    run_undo,
};
const struct command command_redo = {
    "redo", "", "Bring back what you undid last", "", redo_options, run_redo,
};
