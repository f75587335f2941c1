/* One partition's share of a search, on a thread of its own: hits in the order
 * of documents, told of stretch by stretch, then their keys. */
#include "config.h"

#include <stdlib.h>

#include "dictionary.h"
#include "search_run.h"
#include "stet/db.h"
#include "stet/fileio.h"

/* The first stretches are short, for the first rows' sake. */
#define STRETCH_FIRST 256u
#define STRETCH_MAX 65536u

/* When the whole would take longer than this, look down the order first. */
#define LOOK_DOWN_US 15000
#define LOOK_DOWN_DENSITY 0.05
#define LOOK_DOWN_MAX 1500u /* documents looked at, 15 us each */
#define LOOK_DOWN_BLOCK 65536u

static bool
add_room(struct part *part, uint32_t more)
{
    size_t cap = part->cap ? part->cap : 1024;
    struct keyed *grown;

    if (more <= part->cap - part->count)
        return true;
    while (cap < (size_t)part->count + more)
        cap *= 2;
    if (cap > part->end - part->first)
        cap = part->end - part->first;
    grown = realloc(part->items, cap * sizeof(*grown));
    if (!grown)
        return false;
    part->items = grown;
    part->cap = (uint32_t)cap;
    return true;
}

/* Take a stretch's hits in, and tell of them. */
static enum err_code
take_hits(struct part *part, const struct stretch *at, const struct bits *hits,
          struct error *err)
{
    uint32_t count = bits_population(hits);
    uint32_t before = part->count;

    if (part->lists && !add_room(part, count))
        return error_nomem(err);
    for (uint32_t i = bits_next(hits, 0); part->lists && i != UINT32_MAX;
         i = bits_next(hits, i + 1))
        part->items[part->count++] = (struct keyed){0, at->first + i};
    pthread_mutex_lock(part->lock);
    part->found += count;
    for (uint32_t i = before; i < part->count && part->head_count < part->rows;
         i++)
        part->head[part->head_count++] = part->items[i].doc;
    if (count > 0)
        pthread_cond_signal(part->changed);
    pthread_mutex_unlock(part->lock);
    return ERR_OK;
}

static enum err_code
run_stretch(struct part *part, struct walk *walk, const struct stretch *at,
            struct error *err)
{
    struct bits live = {NULL, 0};
    struct bits hits = {NULL, 0};
    enum err_code code = bits_init(&live, at->end - at->first, err);

    if (code == ERR_OK)
        code = bits_init(&hits, live.count, err);
    if (code == ERR_OK) {
        bits_slice(&live, part->candidates, at->first);
        code = walk_stretch(walk, at, &live, &hits, err);
    }
    if (code == ERR_OK)
        code = take_hits(part, at, &hits, err);
    bits_release(&hits);
    bits_release(&live);
    return code;
}

static void
set_top_state(struct part *part, enum top_state state)
{
    pthread_mutex_lock(part->lock);
    part->top_state = state;
    pthread_cond_signal(part->changed);
    pthread_mutex_unlock(part->lock);
}

/* After the first few thousand documents: whether the order's own first
 * documents give a first screen sooner than the rest of the walk. A list has
 * its rows for all documents or none. */
static enum err_code
consider_top(struct part *part, const struct walk *walk, uint32_t seen,
             int64_t us, struct error *err)
{
    enum top_state state = TOP_NONE;
    double density = (double)part->count / seen;
    double left = (double)(part->end - part->first - seen);
    enum err_code code = ERR_OK;

    if (part->rows > 0 && order_is_score(part->order) &&
        density > LOOK_DOWN_DENSITY && left / seen * (double)us > LOOK_DOWN_US)
        code = part_look_down(part, walk, density, &state, err);
    set_top_state(part, state);
    return code;
}

static enum err_code
walk_all(struct part *part, struct walk *walk, struct error *err)
{
    uint32_t size = STRETCH_FIRST;
    int64_t start = time_monotonic_us();
    struct stretch at = {part->search, part->number, part->first, part->first};
    bool considered = false;
    enum err_code code = ERR_OK;

    while (code == ERR_OK && at.first < part->end) {
        at.end = part->end - at.first > size ? at.first + size : part->end;
        code = run_stretch(part, walk, &at, err);
        if (code == ERR_OK && part->order && !considered && size >= 4096) {
            considered = true;
            code = consider_top(part, walk, at.end - part->first,
                                time_monotonic_us() - start, err);
        }
        at.first = at.end;
        size = size * 4 < STRETCH_MAX ? size * 4 : STRETCH_MAX;
    }
    return code;
}

/* A word's documents are counted already, unless some are forgotten. */
static enum err_code
count_known(struct part *part, struct db *db, bool *known, struct error *err)
{
    struct str term = part->root->term;
    uint32_t doc = part->first;

    *known = false;
    if (part->lists || part->root->op != PLAN_MATCH || !term.ptr)
        return ERR_OK;
    while (doc < part->end && bits_get(part->candidates, doc))
        doc++;
    *known = doc == part->end;
    return *known ? dictionary_find(db, term, &part->found, err) : ERR_OK;
}

void
part_run(void *arg)
{
    struct part *part = arg;
    struct db *db = index_partition_db(part->search->index, part->number);
    struct walk *walk = NULL;
    bool known = false;
    enum err_code code = count_known(part, db, &known, &part->err);

    db_set_cancel(db, part->search->env->cancel);
    if (code == ERR_OK)
        code = walk_new(&walk, part->plan, part->root, part->number, NULL,
                        &part->err);
    if (code == ERR_OK && !known)
        code = walk_all(part, walk, &part->err);
    if (code == ERR_OK && part->order && !order_asks_caller(part->order))
        code = order_keys(part->order, part->number, part->items, part->count,
                          &part->err);
    walk_free(walk);
    db_set_cancel(db, NULL);
    pthread_mutex_lock(part->lock);
    part->code = code;
    part->done = true;
    if (part->top_state == TOP_UNKNOWN)
        part->top_state = TOP_NONE;
    pthread_cond_signal(part->changed);
    pthread_mutex_unlock(part->lock);
}

/* The partition's first `wanted` documents in order. */
static enum err_code
first_in_order(const struct part *part, struct keyed *out, uint32_t wanted,
               uint32_t *count, struct error *err)
{
    const struct bits *live = index_live(part->search->index);
    struct keyed *block = malloc((wanted + LOOK_DOWN_BLOCK) * sizeof(*block));
    uint32_t doc = bits_next(live, part->first);
    uint32_t kept = 0;
    enum err_code code = block ? ERR_OK : error_nomem(err);

    while (code == ERR_OK && doc < part->end) {
        uint32_t used = kept;

        memcpy(block, out, kept * sizeof(*block));
        for (; doc < part->end && used < kept + LOOK_DOWN_BLOCK;
             doc = bits_next(live, doc + 1))
            block[used++].doc = doc;
        code = order_keys(part->order, part->number, block + kept, used - kept,
                          err);
        if (code == ERR_OK)
            kept = order_select(block, used, NULL, out, wanted);
    }
    free(block);
    *count = kept;
    return code;
}

/* Which of them are hits; those stay, in order. */
static enum err_code
keep_hits(struct part *part, const struct walk *known, struct keyed *docs,
          uint32_t *count, struct error *err)
{
    struct stretch at = {part->search, part->number, part->first, part->end};
    struct bits candidates = {NULL, 0};
    struct bits hits = {NULL, 0};
    struct walk *walk = NULL;
    uint32_t kept = 0;
    enum err_code code = bits_init(&candidates, at.end - at.first, err);

    if (code == ERR_OK)
        code = bits_init(&hits, candidates.count, err);
    if (code == ERR_OK)
        code =
            walk_new(&walk, part->plan, part->root, part->number, known, err);
    for (uint32_t i = 0; code == ERR_OK && i < *count; i++)
        bits_set(&candidates, docs[i].doc - at.first);
    if (code == ERR_OK)
        code = walk_stretch(walk, &at, &candidates, &hits, err);
    for (uint32_t i = 0; code == ERR_OK && i < *count; i++)
        if (bits_get(&hits, docs[i].doc - at.first))
            docs[kept++] = docs[i];
    *count = kept;
    walk_free(walk);
    bits_release(&hits);
    bits_release(&candidates);
    return code;
}

enum err_code
part_look_down(struct part *part, const struct walk *known, double density,
               enum top_state *state, struct error *err)
{
    double share = (double)(part->end - part->first) /
                   (double)index_count(part->search->index);
    double wanted = 64 + 2 * (double)part->rows * share / density;
    uint32_t limit = wanted < LOOK_DOWN_MAX ? (uint32_t)wanted : LOOK_DOWN_MAX;
    struct keyed *docs = malloc(limit * sizeof(*docs));
    uint32_t count = 0;
    enum err_code code = docs ? ERR_OK : error_nomem(err);

    if (code == ERR_OK)
        code = first_in_order(part, docs, limit, &count, err);
    if (code == ERR_OK) {
        part->bound = count == limit ? docs[count - 1]
                                     : (struct keyed){UINT64_MAX, UINT32_MAX};
        code = keep_hits(part, known, docs, &count, err);
    }
    if (code == ERR_OK) {
        part->top_count = count < part->rows ? count : part->rows;
        memcpy(part->top, docs, part->top_count * sizeof(*docs));
        *state = TOP_READY;
    }
    free(docs);
    return code;
}
