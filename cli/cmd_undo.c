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
    {"uuid", 0, "UUID", "bring this annotation back, undone at any time"},
    {NULL, 0, NULL, NULL},
};

static void
print_json(const struct annotation *target, bool redo)
{
    char uuid[UUID_TEXT_SIZE];
    struct buf line = {0};
    struct json_out w = {&line, false};

    uuid_format(&target->uuid, uuid);
    json_open(&w, '{');
    json_key(&w, redo ? "redone" : "undone");
    json_str(&w, str_of(uuid));
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

static void
print_plain(const struct annotation *target, const char *uuid, bool redo)
{
    printf("%s: ", redo ? "brought back" : "undone");
    if (uuid)
        printf("%s\n", uuid);
    else if (redo)
        printf("what was undone last\n");
    else if (!target->items && !target->has_item)
        printf("%s\n", annotation_kind_name(target->kind));
    else
        printf("%s, %zu document%s\n", annotation_kind_name(target->kind),
               target->items ? target->item_count : 1,
               target->items && target->item_count != 1 ? "s" : "");
}

static enum err_code
run(const struct invocation *in, bool redo, struct error *err)
{
    struct session session;
    struct annotation target = {0};
    const char *uuid = option_get(in, "uuid");
    bool earlier;
    enum err_code code = session_open(&session, in, NEED_STORE, err);

    if (!code && uuid && !uuid_parse(str_of(uuid), &target.uuid))
        code = error_set(err, ERR_USAGE, "'%s' is not a uuid", uuid);
    else if (!code && !uuid && redo)
        code = store_redo_peek(session.store, &session.arena, &target, err);
    else if (!code && !uuid)
        code = store_undo_peek(session.store, &session.arena, &target, &earlier,
                               err);
    if (!code)
        code = uuid && redo ? store_redo(session.store, &target.uuid, err)
                            : store_undo(session.store, &target.uuid, err);
    if (!code && session.json)
        print_json(&target, redo);
    else if (!code)
        print_plain(&target, uuid, redo);
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
    "redo", "[--uuid UUID]", "Bring back what you undid last",
    "",     redo_options,    run_redo,
};
