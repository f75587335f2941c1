/* How far the tasks are. */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "stet/fileio.h"
#include "task.h"

static enum err_code
tell_plan(const struct task_plan *plan, const struct build *known,
          build_task_told *tell, void *ctx)
{
    for (unsigned task = 1; task <= plan->tasks; task++) {
        struct build_task_status status = {
            .plan = path_base(plan->folder),
            .task = {task, plan->tasks},
        };

        for (uint64_t i = task - 1; i < plan->parts; i += plan->tasks) {
            enum task_part_state state =
                task_part_state(plan, (uint32_t)i, known);

            status.published += state == PART_PUBLISHED;
            status.ready += state == PART_READY;
            status.stale += state == PART_STALE;
            status.missing += state == PART_MISSING;
        }
        tell(ctx, &status);
    }
    return ERR_OK;
}

enum err_code
build_tasks_list(const struct workspace *ws, const char *const *shards,
                 size_t count, build_task_told *tell, void *ctx,
                 struct error *err)
{
    struct build_options options = {.cancel = NULL};
    struct build_report ignored;
    struct names names = {NULL, 0};
    struct build build;
    char *wanted = NULL;
    enum err_code code;

    build_init(&build, ws, &options, &ignored);
    code = build_load_manifest(&build, err);
    if (code == ERR_OK)
        code = build_list_known(&build, err);
    if (code == ERR_OK && count > 0)
        code = task_plan_list_hash(&build, shards, count, &wanted, err);
    if (code == ERR_OK)
        code = task_plan_list(ws, &names, err);
    for (size_t i = 0; i < names.count && code == ERR_OK; i++) {
        struct error problem = ERROR_INIT;
        struct task_plan plan;

        if (wanted &&
            !str_starts_with(str_of(path_base(names.names[i])), str_of(wanted)))
            continue;
        code = task_plan_load(&plan, names.names[i], &problem);
        if (code == ERR_OK) {
            code = tell_plan(&plan, &build, tell, ctx);
            task_plan_release(&plan);
        } else if (code == ERR_NOTFOUND) {
            code = ERR_OK; /* killed before it was made */
        } else {
            *err = problem;
        }
    }
    names_free(&names);
    free(wanted);
    build_release(&build);
    return code;
}

enum err_code
build_tasks_publish(struct workspace *ws, const struct build_options *options,
                    bool *published, struct error *err)
{
    int lock = -1;
    enum err_code code = build_lock(ws, &lock, err);

    *published = false;
    if (code == ERR_OK)
        code = task_publish(ws, options, published, err);
    if (*published)
        build_clean(ws->index);
    if (lock >= 0)
        close(lock);
    return code;
}
