/* Results of a plan, edit by edit: counted, told, and the conflicts written
 * down for review. */
#include "config.h"

#include "apply_plan.h"

#include <stdlib.h>

#include "stet/json.h"
#include "stet/xalloc.h"

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
write_conflicts(struct buf *out, struct str line, const struct patch *patch,
                const struct edit_result *edits, const struct found *found)
{
    struct json_out w = {out, false};

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
    if (found) {
        json_key(&w, "found");
        json_open(&w, '{');
        json_key(&w, "shard");
        json_str(&w, str_of(found->shard));
        json_key(&w, "record");
        json_int(&w, (int64_t)found->record);
        json_close(&w, '}');
    }
    json_key(&w, "patch");
    json_raw(&w, line);
    json_close(&w, '}');
    xbuf_append(out, "\n", 1);
}

static struct str
keep(struct plan_share *share, struct str s)
{
    return s.ptr ? arena_copy(&share->arena, s) : s;
}

static void
add_edit(struct plan_share *share, const struct apply_edit *edit)
{
    struct apply_edit *kept;

    if (share->edit_count == share->edit_cap) {
        share->edit_cap = share->edit_cap ? 2 * share->edit_cap : 16;
        share->edits =
            xreallocarray(share->edits, share->edit_cap, sizeof(*share->edits));
    }
    kept = &share->edits[share->edit_count++];
    *kept = *edit;
    kept->source = keep(share, edit->source);
    kept->id = keep(share, edit->id);
    if (edit->why)
        kept->why = keep(share, str_of(edit->why)).ptr;
}

void
share_add(struct plan *plan, struct plan_share *share, size_t line,
          const struct patch *patch, const struct edit_result *edits,
          const struct found *found)
{
    const struct apply_options *options = plan->options;
    const char *name = found ? found->shard : NULL;
    bool conflict = patch->edit_count == 0 && edits[0].outcome == EDIT_CONFLICT;

    if (!name && !patch->is_addition)
        name = keep(share, patch->shard).ptr;
    share->report.conflicts += conflict;
    for (size_t i = 0; i < patch->edit_count; i++) {
        struct apply_edit edit = {
            .outcome = edits[i].outcome,
            .shard = name,
            .record = found ? found->record : patch->record,
            .source = patch->source,
            .id = patch->id_token,
            .op = patch_op_name(patch->edits[i].op),
            .why = edits[i].why,
        };

        count_edit(&share->report, edit.outcome);
        conflict = conflict || edit.outcome == EDIT_CONFLICT;
        if (options->edit &&
            (!options->only_conflicts || edit.outcome == EDIT_CONFLICT))
            add_edit(share, &edit);
    }
    if (conflict)
        write_conflicts(&share->conflicts, plan->set.lines[line], patch, edits,
                        found);
}

enum err_code
share_add_all(struct plan *plan, struct plan_share *share, size_t line,
              const struct patch *patch, enum edit_outcome outcome,
              const char *why, struct error *err)
{
    struct edit_result *edits = calloc(patch->edit_count + 1, sizeof(*edits));

    if (!edits)
        return error_nomem(err);
    for (size_t i = 0; i < patch->edit_count; i++)
        edits[i] = (struct edit_result){outcome, why};
    share_add(plan, share, line, patch, edits, NULL);
    free(edits);
    return ERR_OK;
}

void
share_tell(struct plan *plan, struct plan_share *share)
{
    struct apply_report *to = plan->report;
    const struct apply_report *from = &share->report;

    to->applied += from->applied;
    to->already += from->already;
    to->conflicts += from->conflicts;
    to->added += from->added;
    to->dropped += from->dropped;
    to->rewritten_lists += from->rewritten_lists;
    xbuf_append_str(&plan->conflicts, buf_str(&share->conflicts));
    for (size_t i = 0; i < share->edit_count; i++)
        plan->options->edit(plan->options->ctx, &share->edits[i]);
    share_release(share);
}

void
share_release(struct plan_share *share)
{
    arena_release(&share->arena);
    buf_release(&share->conflicts);
    free(share->edits);
    *share = (struct plan_share){.edits = NULL};
    arena_init(&share->arena, 0);
}
