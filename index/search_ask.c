/* The parts of a question put to one document: first of the record's bytes,
 * which answer no or perhaps, then of its text. No part is asked whose answer
 * changes nothing. */
#include "config.h"

#include "search_ask.h"

#include <stdlib.h>

enum answer { NO, PERHAPS, YES };

/* A thread's. */
struct asking {
    const struct ask_all *all;
    void **states;   /* of the readers */
    bool *ruled_out; /* by the bytes of this record */
    uint32_t doc;
    /* the bytes, or else the document with its arena */
    struct str record;
    unsigned flags;
    const struct document *document;
    struct arena *arena;
    enum err_code code; /* of a reader */
    struct error *err;
};

static void
asking_end(void *state)
{
    struct asking *asking = state;

    for (unsigned i = 0; asking->states && i < asking->all->count; i++)
        if (asking->states[i])
            asking->all->readers[i]->reader.test.end(asking->states[i]);
    free(asking->states);
    free(asking->ruled_out);
    free(asking);
}

static enum err_code
asking_begin(void *ctx, void **state, struct error *err)
{
    const struct ask_all *all = ctx;
    struct asking *asking = calloc(1, sizeof(*asking));
    enum err_code code = ERR_OK;

    if (!asking)
        return error_nomem(err);
    asking->all = all;
    asking->states = calloc(all->count, sizeof(void *));
    asking->ruled_out = calloc(all->count, sizeof(bool));
    if (!asking->states || !asking->ruled_out)
        code = error_nomem(err);
    for (unsigned i = 0; code == ERR_OK && i < all->count; i++) {
        const struct scan_test *test = &all->readers[i]->reader.test;

        code = test->begin(test->ctx, &asking->states[i], err);
    }
    if (code == ERR_OK)
        *state = asking;
    else
        asking_end(asking);
    return code;
}

static void
asking_about(void *state, uint32_t doc)
{
    struct asking *asking = state;

    asking->doc = doc;
    memset(asking->ruled_out, 0, asking->all->count * sizeof(bool));
}

static enum answer
ask_bytes(struct asking *asking, const struct ask *ask)
{
    const struct scan_test *test = &ask->reader.test;

    if (!test->may_hold || test->may_hold(asking->states[ask->number],
                                          asking->record, asking->flags))
        return PERHAPS;
    asking->ruled_out[ask->number] = true;
    return NO;
}

static enum answer
ask_document(struct asking *asking, const struct ask *ask)
{
    bool holds = false;
    enum err_code code;

    if (asking->code != ERR_OK)
        return PERHAPS;
    code = ask->reader.test.holds(asking->states[ask->number], asking->document,
                                  asking->arena, &holds, asking->err);
    if (code == ERR_LIMIT)
        return PERHAPS;
    asking->code = code;
    return holds ? YES : NO;
}

static enum answer answer_of(struct asking *asking, const struct ask *ask);

static enum answer
answer_of_group(struct asking *asking, const struct ask *ask)
{
    enum answer decides = ask->op == PLAN_AND ? NO : YES;
    enum answer all = ask->op == PLAN_AND ? YES : NO;

    for (const struct ask *child = ask->children; child; child = child->next) {
        enum answer one = answer_of(asking, child);

        if (one == decides)
            return one;
        if (one == PERHAPS)
            all = PERHAPS;
    }
    return all;
}

static enum answer
answer_of(struct asking *asking, const struct ask *ask)
{
    if (ask->op == PLAN_SET)
        return bits_get(&ask->set, asking->doc) ? YES : NO;
    if (ask->op == PLAN_NOT)
        return (enum answer)(YES - answer_of(asking, ask->children));
    if (ask->op != PLAN_READ)
        return answer_of_group(asking, ask);
    if (asking->ruled_out[ask->number] ||
        !bits_get(&ask->set, asking->doc - asking->all->first))
        return NO;
    return asking->document ? ask_document(asking, ask)
                            : ask_bytes(asking, ask);
}

static bool
asking_may_hold(void *state, struct str record, unsigned flags)
{
    struct asking *asking = state;

    asking->record = record;
    asking->flags = flags;
    asking->document = NULL;
    return answer_of(asking, asking->all->root) != NO;
}

static enum err_code
asking_holds(void *state, const struct document *document, struct arena *arena,
             bool *holds, struct error *err)
{
    struct asking *asking = state;
    enum answer answer;

    asking->document = document;
    asking->arena = arena;
    asking->code = ERR_OK;
    asking->err = err;
    answer = answer_of(asking, asking->all->root);
    if (asking->code != ERR_OK)
        return asking->code;
    *holds = answer == YES;
    return answer == PERHAPS ? ERR_LIMIT : ERR_OK;
}

const struct scan_test ask_test = {.begin = asking_begin,
                                   .end = asking_end,
                                   .about = asking_about,
                                   .may_hold = asking_may_hold,
                                   .holds = asking_holds};
