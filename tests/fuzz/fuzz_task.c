/* Any lines, with a right sum, as the plan of a build in tasks and as a part's
 * marker: what is taken is in order and in bounds. */
#include "config.h"

#include <stdlib.h>

#include "index/manifest_words.h"
#include "index/task.h"
#include "stet/xalloc.h"
#include "tests/fuzz/fuzz.h"

static void
try_plan(struct str text)
{
    struct error err = ERROR_INIT;
    struct task_plan plan;

    if (task_plan_parse(&plan, text, &err) != ERR_OK) {
        FUZZ_CHECK(err.code == ERR_FORMAT && err.message[0]);
        return;
    }
    FUZZ_CHECK(plan.tasks > 0);
    for (size_t i = 0; i < plan.shard_count; i++) {
        FUZZ_CHECK(*plan.shards[i].path);
        FUZZ_CHECK(i == 0 ||
                   strcmp(plan.shards[i - 1].path, plan.shards[i].path) < 0);
    }
    for (size_t i = 0; i < plan.mapping.score_count; i++)
        FUZZ_CHECK(plan.mapping.scores[i].name && plan.mapping.scores[i].path);
    task_plan_release(&plan);
}

static void
try_part(struct str text)
{
    struct error err = ERROR_INIT;
    struct task_part part;

    if (task_part_parse(&part, text, &err) != ERR_OK) {
        FUZZ_CHECK(err.code == ERR_FORMAT || err.code == ERR_CONFLICT);
        return;
    }
    for (size_t i = 1; i < part.shard_count; i++)
        FUZZ_CHECK(strcmp(part.shards[i - 1].path, part.shards[i].path) <= 0);
    task_part_release(&part);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const headers[] = {"stet-plan 1\n", "stet-part 1\n"};
    struct str text = {(const char *)data, size};

    try_plan(text);
    try_part(text);
    for (unsigned i = 0; i < 2; i++) {
        struct buf sealed = {0};

        xbuf_append_str(&sealed, str_of(headers[i]));
        xbuf_append_str(&sealed, text);
        words_seal(&sealed, 0);
        if (i == 0)
            try_plan(buf_str(&sealed));
        else
            try_part(buf_str(&sealed));
        buf_release(&sealed);
    }
    return 0;
}
