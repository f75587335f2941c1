/* Lines that a reviewer's desk remembers, in the store. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "stet/avoid.h"
#include "stet/xalloc.h"
#include "tui/desk_state.h"

/* Lines that come back next time: prompt histories and the like. */
static const char *const memory_keys[] = {
    "history.query", "history.find",   "history.command", "history.pattern",
    "history.pipe",  "history.reason", "draft.add",       AVOID_KEY,
    PACE_KEY,        "last.query",     "last.queue",      "last.session"};
#define MEMORY_KEYS (sizeof(memory_keys) / sizeof(memory_keys[0]))

struct memory_job {
    struct job job;
    struct str values[MEMORY_KEYS];
    char *key; /* of a put */
    char *value;
    size_t value_len;
};

static void
run_memory_load(struct job *job, struct lane_context *c)
{
    struct memory_job *memory = (struct memory_job *)job;

    for (size_t i = 0; i < MEMORY_KEYS; i++)
        (void)store_note_get(c->store, memory_keys[i], &job->arena,
                             &memory->values[i], &job->err);
}

static struct memory *
memory_of(struct desk *desk, const char *key)
{
    struct memory *memory = desk->memory;

    while (memory && strcmp(memory->key, key) != 0)
        memory = memory->next;
    if (!memory) {
        memory = xcalloc(1, sizeof(*memory));
        memory->key = xstrdup(key);
        memory->next = desk->memory;
        desk->memory = memory;
    }
    return memory;
}

static unsigned
finish_memory_load(struct job *job, struct desk *desk)
{
    const struct memory_job *memory = (const struct memory_job *)job;

    if (job->code) {
        desk_say(desk, true, "%s", job->err.message);
        return UPDATE_STATUS;
    }
    for (size_t i = 0; i < MEMORY_KEYS; i++) {
        struct memory *to = memory_of(desk, memory_keys[i]);

        if (memory->values[i].ptr && !to->value.len)
            xbuf_append_str(&to->value, memory->values[i]);
    }
    desk->memory_known = true;
    desk_pace_load(desk);
    return UPDATE_STATUS;
}

void
desk_load_memory(struct desk *desk)
{
    lane_submit(desk->lanes,
                desk_job(sizeof(struct memory_job), LANE_REVIEW,
                         run_memory_load, finish_memory_load, NULL));
}

struct str
desk_memory(struct desk *desk, const char *key)
{
    return buf_str(&memory_of(desk, key)->value);
}

static void
run_memory_put(struct job *job, struct lane_context *c)
{
    const struct memory_job *memory = (const struct memory_job *)job;

    job->code = store_note_put(c->store, memory->key,
                               (struct str){memory->value, memory->value_len},
                               &job->err);
}

static unsigned
finish_quietly(struct job *job, struct desk *desk)
{
    if (!job->code)
        return 0;
    desk_say(desk, true, "%s", job->err.message);
    return UPDATE_STATUS;
}

static void
release_memory_put(struct job *job)
{
    free(((struct memory_job *)job)->key);
    free(((struct memory_job *)job)->value);
}

void
desk_memory_put(struct desk *desk, const char *key, struct str value)
{
    struct memory *memory = memory_of(desk, key);
    struct memory_job *job = desk_job(sizeof(*job), LANE_REVIEW, run_memory_put,
                                      finish_quietly, release_memory_put);

    job->key = xstrdup(key);
    job->value = xstrndup(value);
    job->value_len = value.len;
    buf_clear(&memory->value);
    xbuf_append_str(&memory->value, value);
    lane_submit(desk->lanes, &job->job);
}
