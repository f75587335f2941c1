/* Runs a plan: lets the partitions be walked side by side, and tells what is
 * known meanwhile. */
#include "config.h"

#include "search_run.h"

#include <stdlib.h>
#include <time.h>

#include "stet/fileio.h"
#include "stet/pool.h"
#include "stet/xalloc.h"

#define TELL_EVERY_US 50000

enum err_code
search_cancelled(const struct search *search, struct error *err)
{
    if (cancel_is_set(search->env->cancel))
        return error_set(err, ERR_CANCELLED, "%s",
                         err_code_text(ERR_CANCELLED));
    return ERR_OK;
}

struct pool *
search_pool(const struct search *search)
{
    unsigned partitions = index_partition_count(search->index);
    unsigned cores = pool_cores();

    if (cores > partitions)
        cores = partitions;
    return pool_new(cores ? cores : 1, "search");
}

static void
free_parts(struct run *run)
{
    for (unsigned i = 0; i < run->part_count; i++) {
        free(run->parts[i].items);
        free(run->parts[i].head);
        free(run->parts[i].top);
    }
    free(run->parts);
    run->parts = NULL;
    run->part_count = 0;
}

/* Parts that find the candidates for which `root` holds; those of a final
 * walk have keys and first rows, too. */
static void
make_parts(struct run *run, const struct plan_node *root,
           const struct bits *candidates, bool final)
{
    free_parts(run);
    run->part_count = index_partition_count(run->search.index);
    run->parts = xcalloc(run->part_count + 1, sizeof(*run->parts));
    for (unsigned i = 0; i < run->part_count; i++) {
        struct part *part = &run->parts[i];

        *part = (struct part){.search = &run->search,
                              .plan = &run->plan,
                              .root = root,
                              .candidates = candidates,
                              .order = final ? run->order : NULL,
                              .lists = !final || run->order,
                              .number = i,
                              .rows = final ? run->rows : 0,
                              .lock = &run->lock,
                              .changed = &run->changed,
                              .err = ERROR_INIT};
        part->head = xcalloc(part->rows + 1, sizeof(*part->head));
        part->top = xcalloc(part->rows + 1, sizeof(*part->top));
        index_partition_range(run->search.index, i, &part->first, &part->end);
    }
}

void
search_tell(struct run *run, const struct search_screen *screen)
{
    run->told = *screen;
    run->told.docs = run->screen;
    run->told_us = time_monotonic_us();
    run->watch->screen(run->watch->ctx, &run->told);
}

/* Hits that come while documents are read, to whoever wants them. */
static bool
take_found(void *ctx, const uint32_t *docs, uint32_t count)
{
    struct run *run = ctx;
    const struct search_env *env = run->search.env;
    struct search_screen screen = run->told;
    bool by_documents = !run->order || order_is_documents(run->order);
    bool full;

    screen.found += count;
    for (uint32_t i = 0; i < count && screen.count < run->rows; i++)
        run->screen[screen.count++] = docs[i];
    screen.ordered = by_documents;
    full = screen.count == run->rows && run->told.count < run->rows;
    run->told.found = screen.found;
    if (run->rows > 0 &&
        (full || time_monotonic_us() - run->told_us >= TELL_EVERY_US))
        search_tell(run, &screen);
    else
        run->told.count = screen.count;
    if (!by_documents)
        return true;
    return (env->enough == 0 || screen.found < env->enough) &&
           (!env->found || env->found(env->ctx, docs, count));
}

enum err_code
search_begin(struct run *run, struct index *index, const struct query *query,
             const struct search_env *env, struct error *err)
{
    static const struct search_env nothing = {0};
    pthread_condattr_t clock;
    enum err_code code;

    run->search = (struct search){.index = index,
                                  .env = env ? env : &nothing,
                                  .hits = &run->hits,
                                  .found_ctx = run};
    (void)pthread_mutex_init(&run->lock, NULL);
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&run->changed, &clock);
    (void)pthread_condattr_destroy(&clock);
    run->rows = run->watch ? run->watch->rows : 0;
    run->search.watched = run->rows > 0;
    run->screen = xcalloc(run->rows + 1, sizeof(*run->screen));
    run->told_us = time_monotonic_us();
    code = search_cancelled(&run->search, err);
    if (code == ERR_OK)
        code = search_plan_make(&run->plan, &run->search, query, err);
    if (code == ERR_OK && search_is_read(run->plan.root))
        run->search.found = take_found;
    return code;
}

void
search_end(struct run *run)
{
    free_parts(run);
    free(run->screen);
    order_free(run->order);
    search_plan_release(&run->plan);
    index_rest(run->search.index);
    (void)pthread_cond_destroy(&run->changed);
    (void)pthread_mutex_destroy(&run->lock);
}

/* The first rows in the order of documents that are certain: a partition's
 * rows count when those before it are complete. With the lock. */
static uint32_t
first_documents(const struct run *run, uint32_t *out)
{
    uint32_t used = 0;

    for (unsigned i = 0; i < run->part_count && used < run->rows; i++) {
        const struct part *part = &run->parts[i];

        for (uint32_t j = 0; j < part->head_count && used < run->rows; j++)
            out[used++] = part->head[j];
        if (!part->done && part->head_count < run->rows)
            break;
    }
    return used;
}

/* The first rows in order, out of what each part found at its top: certain as
 * far as the first bound. With the lock. False: not known. */
static bool
first_in_order(const struct run *run, uint32_t *out)
{
    struct keyed bound = {UINT64_MAX, UINT32_MAX};
    struct keyed *all;
    struct keyed *first;
    uint32_t count = 0;
    bool enough = false;

    for (unsigned i = 0; i < run->part_count; i++) {
        if (run->parts[i].top_state != TOP_READY)
            return false;
        if (keyed_is_before(&run->parts[i].bound, &bound))
            bound = run->parts[i].bound;
        count += run->parts[i].top_count;
    }
    all = xcalloc(count + 1, sizeof(*all));
    first = xcalloc(run->rows + 1, sizeof(*first));
    count = 0;
    for (unsigned i = 0; i < run->part_count; i++)
        for (uint32_t j = 0; j < run->parts[i].top_count; j++)
            all[count++] = run->parts[i].top[j];
    count = order_select(all, count, NULL, first, run->rows);
    if (count == run->rows && !keyed_is_before(&bound, &first[count - 1])) {
        enough = true;
        for (uint32_t i = 0; i < count; i++)
            out[i] = first[i].doc;
    }
    free(first);
    free(all);
    return enough;
}

/* Whether the screen is worth telling now. */
static bool
refresh(struct run *run, uint32_t *rows, struct search_screen *screen)
{
    bool late = time_monotonic_us() - run->told_us >= TELL_EVERY_US;
    bool by_documents = order_is_documents(run->order);

    *screen = run->told;
    screen->found = 0;
    for (unsigned i = 0; i < run->part_count; i++)
        screen->found += run->parts[i].found;
    if (!by_documents && !screen->ordered && first_in_order(run, rows)) {
        screen->ordered = true;
        screen->count = run->rows;
        return true;
    }
    if (by_documents || !screen->ordered) {
        screen->count = first_documents(run, rows);
        screen->ordered = by_documents;
    }
    if (by_documents && screen->count == run->rows &&
        run->told.count < run->rows)
        return true;
    return late && (screen->count != run->told.count ||
                    screen->found != run->told.found);
}

static bool
is_done(const struct run *run)
{
    for (unsigned i = 0; i < run->part_count; i++)
        if (!run->parts[i].done)
            return false;
    return true;
}

static void
watch_parts(struct run *run)
{
    struct search_screen screen;

    pthread_mutex_lock(&run->lock);
    while (!is_done(run)) {
        struct timespec until;
        bool worth;

        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += TELL_EVERY_US * 1000L;
        if (until.tv_nsec >= 1000000000L) {
            until.tv_nsec -= 1000000000L;
            until.tv_sec++;
        }
        (void)pthread_cond_timedwait(&run->changed, &run->lock, &until);
        worth = refresh(run, run->screen, &screen);
        if (!worth || cancel_is_set(run->search.env->cancel))
            continue;
        pthread_mutex_unlock(&run->lock);
        search_tell(run, &screen);
        pthread_mutex_lock(&run->lock);
    }
    pthread_mutex_unlock(&run->lock);
}

/* Walk all partitions; an error of the first that has one counts. */
static enum err_code
run_parts(struct run *run, struct error *err)
{
    struct pool *pool = search_pool(&run->search);

    for (unsigned i = 0; i < run->part_count; i++)
        pool_submit(pool, part_run, &run->parts[i], 0);
    if (run->part_count > 0 && run->parts[0].rows > 0)
        watch_parts(run);
    pool_wait(pool);
    pool_free(pool);
    for (unsigned i = 0; i < run->part_count; i++) {
        if (run->parts[i].code != ERR_OK) {
            *err = run->parts[i].err;
            return run->parts[i].code;
        }
    }
    return ERR_OK;
}

enum err_code
search_shallow(struct run *run, const struct plan_node *node,
               const struct bits *candidates, struct bits *out,
               struct error *err)
{
    enum err_code code;

    make_parts(run, node, candidates, false);
    code = run_parts(run, err);
    for (unsigned i = 0; code == ERR_OK && i < run->part_count; i++)
        for (uint32_t j = 0; j < run->parts[i].count; j++)
            bits_set(out, run->parts[i].items[j].doc);
    return code;
}

static enum err_code
find_deep(struct run *run, struct error *err)
{
    static const struct plan_node all = {.op = PLAN_ALL};
    struct bits found = {NULL, 0};
    enum err_code code = bits_init(&found, index_count(run->search.index), err);

    if (code == ERR_OK)
        code = search_deep(run, run->plan.root, index_live(run->search.index),
                           &found, err);
    if (code == ERR_OK) {
        make_parts(run, &all, &found, true);
        code = run_parts(run, err);
    }
    bits_release(&found);
    return code;
}

enum err_code
search_find(struct run *run, struct error *err)
{
    enum err_code code;

    if (run->plan.root->cost == COST_READ) {
        code = find_deep(run, err);
    } else {
        make_parts(run, run->plan.root, index_live(run->search.index), true);
        code = run_parts(run, err);
    }
    for (unsigned i = 0; i < run->part_count; i++)
        run->hits.total += run->parts[i].found;
    return code;
}
