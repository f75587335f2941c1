/* Failures by where they stand, with what was decided for them: whether edits
 * help shows in the rounds that come behind them. */
#include "config.h"

#include "stet/failure.h"

enum err_code
failures_tally(struct store *store, struct failure_tally *out,
               struct error *err)
{
    struct failure *list = NULL;
    size_t count = 0;
    struct arena arena;
    enum err_code code;

    arena_init(&arena, 0);
    *out = (struct failure_tally){0};
    code = failures_load(store, &arena, &list, &count, err);
    for (size_t i = 0; code == ERR_OK && i < count; i++) {
        out->total++;
        out->failures[list[i].state]++;
        out->edits[list[i].state] += list[i].edits;
        out->decisions[list[i].state] += list[i].decisions;
    }
    arena_release(&arena);
    return code;
}

uint64_t
failure_tally_open(const struct failure_tally *tally)
{
    return tally->total - tally->failures[FAILURE_FIXED] -
           tally->failures[FAILURE_WILL_NOT_FIX];
}

void
failure_tally_format(const struct failure_tally *tally, struct buf *out)
{
    if (tally->total == 0)
        return;
    xbuf_append_str(out, STR_LIT("\nFailures, by where they stand\n"
                                 "   failures     edits  decisions  state\n"));
    for (unsigned i = 0; i < FAILURE_STATE_COUNT; i++)
        if (tally->failures[i])
            xbuf_printf(out, "  %9llu %9llu  %9llu  %s\n",
                        (unsigned long long)tally->failures[i],
                        (unsigned long long)tally->edits[i],
                        (unsigned long long)tally->decisions[i],
                        failure_state_name((enum failure_state)i));
}
