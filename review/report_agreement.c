/* Agreement for the report card: all that was rated by two, without the pairs
 * of reviewers. */
#include "config.h"

#include <stdlib.h>

#include "stet/report_card.h"
#include "stet/xalloc.h"

#define RESAMPLES 1000

struct loading {
    struct report_agreements *out;
    const int *cancel;
};

static enum err_code
take_rated(void *ctx, const struct rated *rated, struct error *err)
{
    struct loading *loading = ctx;
    struct report_agreements *out = loading->out;
    const struct agreement_options options = {RESAMPLES, 1, loading->cancel};
    struct rating_table table = {0};
    struct agreement found;
    enum err_code code = rating_table_make(&table, rated->ratings, rated->count,
                                           rated->scale, err);

    if (!code)
        code = agreement_compute(&found, NULL, &table, &options, err);
    rating_table_release(&table);
    if (code || found.units == 0)
        return code;
    out->list = xreallocarray(out->list, out->count + 1, sizeof(*out->list));
    out->list[out->count++] =
        (struct report_agreement){.what = rated->what,
                                  .name = arena_copy(&out->arena, rated->name),
                                  .raters = rated->rater_count,
                                  .found = found};
    if (!rated->name.len)
        out->peers_seen = rated->peers_seen;
    return ERR_OK;
}

enum err_code
report_agreements_load(struct report_agreements *out, struct resolver *resolver,
                       const struct bits *within, const int *cancel,
                       struct error *err)
{
    struct report_agreements found = {0};
    struct loading loading = {&found, cancel};
    const struct ratings_scope scope = {within, false};
    enum err_code code;

    arena_init(&found.arena, 0);
    code = ratings_of_store(resolver, &scope, take_rated, &loading, err);
    if (code)
        report_agreements_release(&found);
    else
        *out = found;
    return code;
}

void
report_agreements_release(struct report_agreements *agreements)
{
    free(agreements->list);
    arena_release(&agreements->arena);
    *agreements = (struct report_agreements){0};
}
