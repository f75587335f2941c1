/* Results of a plan, edit by edit: counted, told, and the conflicts written
 * down for review. */
#include "config.h"

#include "apply_plan.h"

#include <stdlib.h>

#include "stet/json.h"

static void
count_edit(struct apply_report *report, enum edit_outcome outcome)
{
    switch (outcome) {
    case EDIT_APPLIES:
        report->applied++;
        break;
    case EDIT_ALREADY:
        report->already++;
        break;
    case EDIT_CONFLICT:
        report->conflicts++;
        break;
    }
}

/* {"conflicts":[{"edit":0,"op":"tag","why":"…"}],"found":{…},"patch":{…}} */
static void
write_conflicts(struct plan *plan, size_t line, const struct patch *patch,
                const struct edit_result *edits, const char *shard,
                uint64_t record)
{
    struct json_out w = {&plan->conflicts, false};

    json_open(&w, '{');
    json_key(&w, "conflicts");
    json_open(&w, '[');
    for (size_t i = 0; i < patch->edit_count; i++) {
        if (edits[i].outcome != EDIT_CONFLICT)
            continue;
        json_open(&w, '{');
        json_key(&w, "edit");
        json_int(&w, (int64_t)i);
        json_key(&w, "op");
        json_str(&w, str_of(patch_op_name(patch->edits[i].op)));
        json_key(&w, "why");
        json_str(&w, str_of(edits[i].why ? edits[i].why : ""));
        json_close(&w, '}');
    }
    json_close(&w, ']');
    if (shard) {
        json_key(&w, "found");
        json_open(&w, '{');
        json_key(&w, "shard");
        json_str(&w, str_of(shard));
        json_key(&w, "record");
        json_int(&w, (int64_t)record);
        json_close(&w, '}');
    }
    json_key(&w, "patch");
    json_raw(&w, plan->set.lines[line]);
    json_close(&w, '}');
    xbuf_append(&plan->conflicts, "\n", 1);
}

void
plan_report(struct plan *plan, size_t line, const struct patch *patch,
            const struct edit_result *edits, const char *shard, uint64_t record)
{
    const struct apply_options *options = plan->options;
    const char *name = shard;
    bool conflict = patch->edit_count == 0 && edits[0].outcome == EDIT_CONFLICT;

    if (!name && !patch->is_addition)
        name = arena_copy(&plan->arena, patch->shard).ptr;
    plan->report->conflicts += conflict;
    for (size_t i = 0; i < patch->edit_count; i++) {
        struct apply_edit edit = {
            .outcome = edits[i].outcome,
            .shard = name,
            .record = shard ? record : patch->record,
            .source = patch->source,
            .id = patch->id_token,
            .op = patch_op_name(patch->edits[i].op),
            .why = edits[i].why,
        };

        count_edit(plan->report, edit.outcome);
        conflict = conflict || edit.outcome == EDIT_CONFLICT;
        if (options->edit)
            options->edit(options->ctx, &edit);
    }
    if (conflict)
        write_conflicts(plan, line, patch, edits, shard, record);
}

enum err_code
plan_report_all(struct plan *plan, size_t line, const struct patch *patch,
                enum edit_outcome outcome, const char *why, struct error *err)
{
    struct edit_result *edits = calloc(patch->edit_count + 1, sizeof(*edits));

    if (!edits)
        return error_nomem(err);
    for (size_t i = 0; i < patch->edit_count; i++)
        edits[i] = (struct edit_result){outcome, why};
    plan_report(plan, line, patch, edits, NULL, 0);
    free(edits);
    return ERR_OK;
}
