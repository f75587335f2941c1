/* A query's part of a list, on the search lane: its hits in order, and the
 * first screen and the numbers while it runs. */
#include "config.h"

#include <string.h>

#include "stet/xalloc.h"
#include "tui/list_job.h"

#define READ_EVERY_US 100000
#define SCREEN_ROWS 100u      /* of a first screen */
#define SCREEN_AFTER_US 30000 /* sooner, the whole list comes */

static struct str
describe_order(const struct query *query, struct arena *arena)
{
    const struct query_order *o = &query->order;
    struct buf text = {0};
    struct str copy;

    switch (o->kind) {
    case ORDER_SCORE:
        xbuf_printf(&text, "%.*s%s", STR_FMT(o->a),
                    o->reverse ? ", best first" : ", worst first");
        break;
    case ORDER_NEAR:
        xbuf_printf(&text, "near %.*s %g", STR_FMT(o->a), o->value);
        break;
    case ORDER_DISAGREE:
        xbuf_printf(&text, "%.*s against %.*s", STR_FMT(o->a), STR_FMT(o->b));
        break;
    case ORDER_RANDOM:
        xbuf_printf(&text, "random (%llu)", (unsigned long long)o->seed);
        break;
    case ORDER_RANK:
        xbuf_printf(&text, "best match first");
        break;
    case ORDER_LENGTH:
        xbuf_printf(&text, o->reverse ? "longest first" : "shortest first");
        break;
    case ORDER_DEFAULT:
    case ORDER_SHARD:
        xbuf_printf(&text, "file order");
        break;
    }
    copy = arena_copy(arena, buf_str(&text));
    buf_release(&text);
    return copy;
}

static void
describe(struct list *list, struct str text)
{
    list->view.query = arena_copy(&list->arena, text);
    list->view.order = describe_order(list->parsed, &list->arena);
    list->blind = list->parsed->order.kind == ORDER_RANDOM;
}

struct searching {
    struct list_job *job;
    struct lane_context *c;
};

static enum err_code
fill_screen(struct screen_job *part, const struct searching *s,
            const struct search_screen *screen)
{
    struct list *list = &part->list;
    struct str text = {s->job->text, s->job->text_len};
    struct error *err = &part->job.err;
    enum err_code code = query_parse(&list->parsed, text, &list->arena, err);

    if (code)
        return code;
    describe(list, text);
    list->docs = xreallocarray(NULL, screen->count + 1, sizeof(*list->docs));
    memcpy(list->docs, screen->docs, screen->count * sizeof(*list->docs));
    list->view.count = screen->count;
    part->has_rows = true;
    return list_load_sets(s->c, list, err);
}

static void
release_screen(struct job *base)
{
    list_release(&((struct screen_job *)base)->list);
}

/* A search that ends soon is better seen as a whole. */
static void
take_screen(void *ctx, const struct search_screen *screen)
{
    const struct searching *s = ctx;
    struct list_job *job = s->job;
    struct screen_job *part;
    bool news = screen->count > job->told_rows ||
                (screen->ordered && !job->told_ordered && screen->count > 0);

    if (time_monotonic_us() - job->since_us < SCREEN_AFTER_US ||
        (!news && job->told_rows == 0))
        return;
    part = desk_job(sizeof(*part), LANE_SEARCH, NULL, list_finish_screen,
                    release_screen);
    arena_init(&part->list.arena, 0);
    part->asked = job->asked;
    part->found = screen->found;
    if (news) {
        part->job.code = fill_screen(part, s, screen);
        job->told_rows = screen->count;
        job->told_ordered = screen->ordered;
    }
    lane_tell(&job->job, &part->job);
}

static enum err_code
ask_named(void *ctx, const struct query_field *field, struct bits *out,
          struct error *err)
{
    const struct searching *s = ctx;

    s->job->list.view.narrowed |= resolver_narrows(s->c->resolver, field);
    return resolve_named(s->c->resolver, field, out, err);
}

static double
ask_disagree(void *ctx, struct str a, struct str b, uint32_t doc)
{
    return resolve_disagree(((const struct searching *)ctx)->c->resolver, a, b,
                            doc);
}

/* How many documents a search has read that must read them. */
struct read_job {
    struct job job;
    uint64_t asked;
    uint32_t done, of;
};

static unsigned
finish_read(struct job *base, struct desk *desk)
{
    const struct read_job *part = (const struct read_job *)base;

    if (part->asked != desk->lists_asked)
        return 0;
    desk->list.view.read_done = part->done;
    desk->list.view.read_of = part->of;
    return UPDATE_STATUS;
}

static void
take_progress(void *ctx, uint32_t done, uint32_t total)
{
    const struct searching *s = ctx;
    int64_t now = time_monotonic_us();
    struct read_job *part;

    if (now - s->job->since_us < SCREEN_AFTER_US ||
        now - s->job->read_us < READ_EVERY_US)
        return;
    s->job->read_us = now;
    part = desk_job(sizeof(*part), LANE_SEARCH, NULL, finish_read, NULL);
    part->asked = s->job->asked;
    part->done = done;
    part->of = total;
    lane_tell(&s->job->job, &part->job);
}

void
list_run_query(struct list_job *job, struct lane_context *c)
{
    struct list *list = &job->list;
    struct searching searching = {job, c};
    struct search_env env = {.named = ask_named,
                             .disagree = ask_disagree,
                             .progress = take_progress,
                             .ctx = &searching,
                             .cancel = c->cancel,
                             .hide_scores = !(c->sight & SIGHT_SCORES)};
    const struct search_watch watch = {SCREEN_ROWS, take_screen, &searching};
    struct str text = {job->text, job->text_len};
    struct hits hits = {0};

    job->since_us = time_monotonic_us();
    job->job.code =
        query_parse(&list->parsed, text, &list->arena, &job->job.err);
    if (!job->job.code)
        job->job.code = search_run_watched(c->index, list->parsed, &env, &watch,
                                           &hits, &job->job.err);
    if (job->job.code)
        return;
    list->docs = hits.docs;
    list->view.count = hits.count;
    list->view.unreadable = hits.unreadable;
    list->view.costly = hits.costly;
    list->view.direction_unknown = hits.direction_unknown;
    describe(list, text);
}
