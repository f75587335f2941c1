/* Reading what a build in tasks is asked for, and printing how far it is. */
#include "config.h"

#include "cli/index_tasks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/session.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"

#define LIST_MAX ((size_t)256 << 20)
#define TASKS_MAX 1000000u

static void
add_shard(struct index_request *request, char *path)
{
    if ((request->count & (request->count - 1)) == 0)
        request->shards = xreallocarray(request->shards,
                                        request->count ? request->count * 2 : 1,
                                        sizeof(*request->shards));
    request->shards[request->count++] = path;
}

/* One path a line; empty lines are skipped. */
static enum err_code
read_list(const struct invocation *in, const char *name,
          struct index_request *request, struct error *err)
{
    struct buf text = {0};
    size_t at = 0;
    enum err_code code = file_read(name, LIST_MAX, &text, err);

    while (code == ERR_OK && at < text.len) {
        size_t end = str_find(buf_str(&text), STR_LIT("\n"), at);
        struct str line;

        if (end == SIZE_MAX)
            end = text.len;
        line = str_slice(buf_str(&text), at, end);
        if (line.len > 0 && line.ptr[line.len - 1] == '\r')
            line.len--;
        if (line.len > 0 && memchr(line.ptr, '\0', line.len))
            code =
                usage_error(in, err, "--shards: %s is no list of paths", name);
        else if (line.len > 0)
            add_shard(request, xstrndup(line));
        at = end + 1;
    }
    buf_release(&text);
    return code;
}

/* I/N, from 1. */
static enum err_code
read_task(const struct invocation *in, const char *text,
          struct build_task *task, struct error *err)
{
    char *end = NULL;
    unsigned long number = strtoul(text, &end, 10);
    unsigned long count = 0;

    if (text[0] >= '0' && text[0] <= '9' && *end == '/' && end[1] >= '0' &&
        end[1] <= '9')
        count = strtoul(end + 1, &end, 10);
    if (count == 0 || count > TASKS_MAX || *end || number == 0 ||
        number > count)
        return usage_error(in, err, "--task takes I/N, 1/N to N/N, not '%s'",
                           text);
    *task = (struct build_task){(unsigned)number, (unsigned)count};
    return ERR_OK;
}

enum err_code
index_request_read(const struct invocation *in, struct index_request *out,
                   struct error *err)
{
    const char *list = option_get(in, "shards");
    const char *task = option_get(in, "task");
    struct index_request request = {NULL, 0, {0, 0}};
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < in->arg_count; i++)
        add_shard(&request, xstrdup(in->args[i]));
    if (list)
        code = read_list(in, list, &request, err);
    if (code == ERR_OK && task)
        code = read_task(in, task, &request.task, err);
    if (code == ERR_OK && list && request.count == 0)
        code = error_set(err, ERR_NOTFOUND, "%s: no shard is named", list);
    if (code == ERR_OK && task && request.count == 0)
        code = usage_error(in, err, "--task needs --shards LIST");
    if (code == ERR_OK && task && option_given(in, "forget"))
        code = usage_error(in, err, "--task and --forget do not go together");
    if (code == ERR_OK)
        *out = request;
    else
        index_request_release(&request);
    return code;
}

void
index_request_release(struct index_request *request)
{
    for (size_t i = 0; i < request->count; i++)
        free(request->shards[i]);
    free(request->shards);
    *request = (struct index_request){NULL, 0, {0, 0}};
}

struct told {
    bool json, any;
    struct buf unfinished; /* "3,5": as sbatch --array takes it */
    unsigned count;
};

static const char *
state_of(const struct build_task_status *status)
{
    if (status->stale)
        return "stale";
    if (status->missing)
        return "missing";
    return status->ready ? "complete" : "published";
}

static void
tell(void *ctx, const struct build_task_status *status)
{
    struct told *told = ctx;
    uint32_t parts =
        status->published + status->ready + status->stale + status->missing;

    told->any = true;
    if (status->stale + status->missing > 0) {
        xbuf_printf(&told->unfinished, "%s%u", told->count ? "," : "",
                    status->task.number);
        told->count++;
    }
    if (told->json) {
        struct buf line = {0};
        struct json_out w = {&line, false};

        json_open(&w, '{');
        json_key(&w, "plan");
        json_str(&w, str_of(status->plan));
        json_key(&w, "task");
        json_int(&w, status->task.number);
        json_key(&w, "tasks");
        json_int(&w, status->task.count);
        json_key(&w, "state");
        json_str(&w, str_of(state_of(status)));
        json_key(&w, "parts");
        json_int(&w, parts);
        json_key(&w, "unfinished");
        json_int(&w, status->stale + status->missing);
        json_close(&w, '}');
        print_json_line(&line);
        buf_release(&line);
    } else {
        printf("task %u/%u of %s: %s, %u of %u parts\n", status->task.number,
               status->task.count, status->plan, state_of(status),
               parts - status->stale - status->missing, parts);
    }
}

enum err_code
index_tasks_status(struct workspace *ws, const struct index_request *request,
                   const struct build_options *options, bool json, bool *any,
                   struct error *err)
{
    struct told told = {.json = json};
    bool published;
    enum err_code code = build_tasks_publish(ws, options, &published, err);

    if (code == ERR_OK)
        code = build_tasks_list(ws, (const char *const *)request->shards,
                                request->count, tell, &told, err);
    if (code == ERR_OK && told.count > 0)
        code = error_set(err, ERR_BUSY, "not finished: %s %.*s",
                         told.count == 1 ? "task" : "tasks",
                         told.unfinished.len > 200 ? 200
                                                   : (int)told.unfinished.len,
                         told.unfinished.ptr);
    if (code == ERR_OK && request->count > 0 && !told.any)
        code = error_set(err, ERR_BUSY,
                         "no task has been run for this list of shards");
    *any = told.any;
    buf_release(&told.unfinished);
    return code;
}

void
index_task_summarise(const struct build_report *report, struct build_task task,
                     bool json)
{
    struct buf line = {0};
    struct json_out w = {&line, false};

    if (!json) {
        printf("task %u/%u: %llu documents in %u shards built, %u unchanged\n",
               task.number, task.count, (unsigned long long)report->added,
               report->shards_indexed, report->shards_unchanged);
        return;
    }
    json_open(&w, '{');
    json_key(&w, "task");
    json_int(&w, task.number);
    json_key(&w, "tasks");
    json_int(&w, task.count);
#define MEMBER(name)     \
    json_key(&w, #name); \
    json_int(&w, (int64_t)report->name)
    MEMBER(added);
    MEMBER(rejected);
    MEMBER(shards_indexed);
    MEMBER(shards_unchanged);
    MEMBER(shards_failed);
    MEMBER(shards_damaged);
    MEMBER(text_bytes);
    MEMBER(index_bytes);
#undef MEMBER
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}
