/* The desk's list: queries and queues in, rows and places among them. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "stet/fileio.h"
#include "stet/xalloc.h"
#include "tui/desk_state.h"

#define READ_EVERY_US 100000
#define SCREEN_ROWS 100u      /* of a first screen */
#define SCREEN_AFTER_US 30000 /* sooner, the whole list comes */

struct list_job {
    struct job job;
    uint64_t asked; /* number of the query */
    int64_t since_us, read_us;
    uint32_t told_rows;
    bool told_ordered;
    char *text; /* the query typed, or the queue's name */
    size_t text_len;
    bool is_queue;
    struct list list;      /* filled by the lane; taken by finish */
    uint32_t place;        /* of a queue */
    uint32_t lost;         /* items of a queue that are not in the index */
    struct item_key *keep; /* where to stand afterwards, or NULL */
    uint32_t keep_doc;
    struct item_key *items; /* of a queue; in the list's arena */
    size_t item_count;
};

void
list_docs_release(uint32_t *docs, unsigned *users)
{
    if (users && --*users > 0)
        return;
    free(users);
    free(docs);
}

uint32_t *
list_share_docs(struct list *list, unsigned **users)
{
    if (!list->users) {
        list->users = xmalloc(sizeof(*list->users));
        *list->users = 1;
    }
    ++*list->users;
    *users = list->users;
    return list->docs;
}

void
list_release(struct list *list)
{
    list_docs_release(list->docs, list->users);
    bits_release(&list->closed);
    bits_release(&list->judged);
    bits_release(&list->changed);
    bits_release(&list->taken);
    bits_release(&list->marks);
    arena_release(&list->arena);
    *list = (struct list){0};
}

static void
swap_bits(struct bits *a, struct bits *b)
{
    struct bits former = *a;

    *a = *b;
    *b = former;
}

static enum err_code
named(struct lane_context *c, const char *name, const char *value, bool mine,
      struct bits *out, struct error *err)
{
    struct query_field field = {.name = str_of(name),
                                .value = str_of(value),
                                .low = __builtin_nan(""),
                                .high = __builtin_nan("")};

    if (mine)
        field.by = STR_LIT("me");
    return resolve_named(c->resolver, &field, out, err);
}

/* Who judged what, as far as stepping and marking rows needs it. */
static enum err_code
load_states(struct lane_context *c, struct bits *closed, struct bits *judged,
            struct bits *changed, struct error *err)
{
    uint32_t count = index_count(c->index);
    enum err_code code;

    if ((code = bits_init(judged, count, err)) ||
        (code = bits_init(closed, count, err)) ||
        (code = bits_init(changed, count, err)) ||
        (code = named(c, "is", "judged", true, judged, err)) ||
        (code = named(c, "is", "skipped", true, closed, err)) ||
        (code = named(c, "changed", "yes", false, changed, err)))
        return code;
    bits_or(closed, judged);
    return ERR_OK;
}

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

/* The sets beside the rows. */
static enum err_code
load_sets(struct lane_context *c, struct list *list, struct error *err)
{
    enum err_code code =
        load_states(c, &list->closed, &list->judged, &list->changed, err);

    if (!code)
        code = bits_init(&list->taken, index_count(c->index), err);
    if (!code)
        code = bits_init(&list->marks, list->view.count, err);
    return code;
}

/* The first rows of a search that takes its time, or just how many it has. */
struct screen_job {
    struct job job;
    uint64_t asked, found;
    bool has_rows;
    struct list list;
};

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
    return load_sets(s->c, list, err);
}

static unsigned finish_screen(struct job *base, struct desk *desk);

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
    part = desk_job(sizeof(*part), LANE_SEARCH, NULL, finish_screen,
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
    return resolve_named(((const struct searching *)ctx)->c->resolver, field,
                         out, err);
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

static void
run_query(struct list_job *job, struct lane_context *c)
{
    struct list *list = &job->list;
    struct searching searching = {job, c};
    struct search_env env = {.named = ask_named,
                             .disagree = ask_disagree,
                             .progress = take_progress,
                             .ctx = &searching,
                             .cancel = c->cancel};
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

static enum err_code
resolve_items(struct list_job *job, struct lane_context *c,
              const struct item_key *items, size_t count, struct error *err)
{
    struct arena scratch;
    enum err_code code = ERR_OK;

    job->list.docs = xreallocarray(NULL, count + 1, sizeof(uint32_t));
    arena_init(&scratch, 0);
    for (size_t i = 0; !code && i < count; i++) {
        uint32_t *docs;
        size_t places;

        arena_reset(&scratch);
        code =
            resolve_docs(c->resolver, &items[i], &scratch, &docs, &places, err);
        if (!code && places)
            job->list.docs[job->list.view.count++] = docs[0];
        else if (!code)
            job->lost++;
        if (i <= job->place && !places && job->place)
            job->place--;
    }
    arena_release(&scratch);
    return code;
}

static void
run_queue(struct list_job *job, struct lane_context *c)
{
    struct list *list = &job->list;
    struct queue_info info;
    struct item_key *items;
    size_t count;
    struct error ignored = ERROR_INIT;
    enum err_code code =
        queue_get(c->store, (struct str){job->text, job->text_len},
                  &list->arena, &info, &job->job.err);

    if (!code)
        code = queue_items(c->store, info.name, &list->arena, &items, &count,
                           &job->job.err);
    if (!code) {
        job->place = info.place;
        code = resolve_items(job, c, items, count, &job->job.err);
    }
    job->job.code = code;
    if (code)
        return;
    job->items = items;
    job->item_count = count;
    list->view.queue = info.name;
    list->view.query = info.query;
    list->view.order = info.order.len ? info.order : STR_LIT("as saved");
    list->blind = info.blind || info.overlap > 0;
    /* For highlights; the list itself is the saved one. */
    if (query_parse(&list->parsed, info.query, &list->arena, &ignored))
        list->parsed = NULL;
}

/* What others judged in a queue is closed to me too. */
static void
close_done(struct list_job *job, struct lane_context *c)
{
    struct arena scratch;
    struct turn *turns;
    struct error *err = &job->job.err;

    arena_init(&scratch, 0);
    turns = arena_alloc(&scratch, (job->item_count + 1) * sizeof(*turns));
    job->job.code =
        turns ? queue_turns(c->store, job->list.view.queue, job->items,
                            job->item_count, &scratch, turns, err)
              : error_nomem(err);
    for (size_t i = 0; !job->job.code && i < job->item_count; i++) {
        uint32_t *docs;
        size_t places;

        if (turns[i].turn != TURN_DONE)
            continue;
        job->job.code = resolve_docs(c->resolver, &job->items[i], &scratch,
                                     &docs, &places, err);
        if (!job->job.code && places)
            bits_set(&job->list.closed, docs[0]);
    }
    arena_release(&scratch);
}

/* The document that was on screen, in the numbers of this generation. */
static void
find_kept(struct list_job *job, struct lane_context *c)
{
    uint32_t *docs;
    size_t count;
    struct error ignored = ERROR_INIT;

    job->keep_doc = UINT32_MAX;
    if (job->keep &&
        !resolve_docs(c->resolver, job->keep, &job->job.arena, &docs, &count,
                      &ignored) &&
        count)
        job->keep_doc = docs[0];
}

static void
run_list(struct job *base, struct lane_context *c)
{
    struct list_job *job = (struct list_job *)base;
    struct list *list = &job->list;

    if (job->is_queue)
        run_queue(job, c);
    else
        run_query(job, c);
    list->generation = index_generation(c->index);
    if (!base->code)
        base->code = load_sets(c, list, &base->err);
    if (!base->code && job->is_queue)
        close_done(job, c);
    if (!base->code)
        find_kept(job, c);
}

static void
count_judged(struct list *list)
{
    list->view.judged = 0;
    for (uint32_t i = 0; i < list->view.count; i++)
        list->view.judged += bits_get(&list->judged, list->docs[i]);
}

static void
keep_error(struct desk *desk, const struct list_job *job)
{
    struct desk_list *view = &desk->list.view;

    view->error = arena_copy(&desk->list.arena, str_of(job->job.err.message));
    view->error_at = job->job.err.offset == ERR_NO_OFFSET
                         ? SIZE_MAX
                         : (size_t)job->job.err.offset;
    if (desk->quiet)
        return; /* the prompt shows it */
    if (job->job.code == ERR_CANCELLED)
        desk_say(desk, false, "stopped");
    else
        desk_say(desk, true, "%s", job->job.err.message);
}

uint32_t
list_find_doc(const struct desk *desk, uint32_t doc)
{
    for (uint32_t i = 0; i < desk->list.view.count; i++)
        if (desk->list.docs[i] == doc)
            return i;
    return UINT32_MAX;
}

/* Where to stand in a new list: the document seen before, the place left in a
 * queue, else the top; in a queue at the first open row from there. */
static uint32_t
first_row(struct desk *desk, const struct list_job *job)
{
    const struct list *list = &desk->list;
    uint32_t row = job->keep_doc == UINT32_MAX
                       ? UINT32_MAX
                       : list_find_doc(desk, job->keep_doc);

    if (row != UINT32_MAX)
        return row;
    row = job->place < list->view.count ? job->place : 0;
    if (!job->is_queue)
        return row;
    for (uint32_t i = 0; i < list->view.count; i++) {
        uint32_t at = (row + i) % list->view.count;

        if (!bits_get(&list->closed, list->docs[at]))
            return at;
    }
    return row;
}

static void
adopt(struct desk *desk, struct list *list)
{
    desk_put_aside(desk);
    list_release(&desk->list);
    desk->list = *list;
    *list = (struct list){0};
    desk->list.serial = ++desk->list_serials;
    desk->list.view.error_at = SIZE_MAX;
    count_judged(&desk->list);
    desk_forget_rows(desk);
    desk_forget_documents(desk);
}

/* The first rows were these already: the rest comes behind them, and what is
 * on the screen stays. */
static bool
extend(struct desk *desk, struct list *list, uint64_t asked)
{
    struct list *former = &desk->list;

    if (!former->view.partial || former->asked != asked ||
        former->view.count > list->view.count)
        return false;
    for (uint32_t i = 0; i < former->view.count; i++)
        if (former->docs[i] != list->docs[i])
            return false;
    list->serial = former->serial;
    list->view.current = former->view.current;
    swap_bits(&list->taken, &former->taken);
    list_release(former);
    desk->list = *list;
    *list = (struct list){0};
    desk->list.view.error_at = SIZE_MAX;
    count_judged(&desk->list);
    return true;
}

/* The document that the reader is at, whatever row it gets. */
static uint32_t
current_doc(const struct desk *desk, uint64_t asked)
{
    const struct list *list = &desk->list;

    return list->view.partial && list->asked == asked &&
                   list->view.current < list->view.count
               ? list->docs[list->view.current]
               : UINT32_MAX;
}

static unsigned
finish_screen(struct job *base, struct desk *desk)
{
    struct screen_job *part = (struct screen_job *)base;
    uint32_t doc = current_doc(desk, part->asked);
    uint32_t row;

    if (part->asked != desk->lists_asked || base->code)
        return 0;
    if (part->has_rows) {
        if (!extend(desk, &part->list, part->asked)) {
            adopt(desk, &part->list);
            row = doc == UINT32_MAX ? UINT32_MAX : list_find_doc(desk, doc);
            desk_go(desk, row == UINT32_MAX ? 0 : row);
        }
        desk->list.view.partial = true;
        desk->list.view.running = true;
        desk->list.asked = part->asked;
    }
    if (desk->list.view.partial && desk->list.asked == part->asked)
        desk->list.view.found = part->found;
    return part->has_rows ? UPDATE_ALL : UPDATE_STATUS;
}

bool
desk_list_is_whole(struct desk *desk)
{
    if (desk->list.view.partial)
        desk_say(desk, true,
                 desk->list.view.running
                     ? "the search is not finished: wait for the whole list"
                     : "the search was stopped: this is not the whole list");
    return !desk->list.view.partial;
}

static void
say_found(struct desk *desk, const struct list_job *job)
{
    if (job->lost)
        desk_say(desk, false, "%u documents of the queue are not in the index",
                 job->lost);
    else if (desk->list.view.unreadable)
        desk_say(desk, true,
                 "%u documents changed since they were indexed and are left "
                 "out: run stet index",
                 desk->list.view.unreadable);
    else if (desk->list.view.costly)
        desk_say(desk, true,
                 "on %u documents the regular expression is too costly: they "
                 "are left out",
                 desk->list.view.costly);
    else
        desk_say(desk, false, "%u documents", desk->list.view.count);
}

static unsigned
finish_list(struct job *base, struct desk *desk)
{
    struct list_job *job = (struct list_job *)base;

    if (job->asked != desk->lists_asked) /* a newer one runs */
        return 0;
    desk->list.view.running = false;
    if (base->code) {
        keep_error(desk, job);
        return UPDATE_LIST | UPDATE_STATUS;
    }
    if (current_doc(desk, job->asked) != UINT32_MAX)
        job->keep_doc = current_doc(desk, job->asked);
    if (!extend(desk, &job->list, job->asked)) {
        adopt(desk, &job->list);
        if (desk->list.view.count)
            desk_go(desk, first_row(desk, job));
    }
    if (!desk->quiet)
        say_found(desk, job);
    desk_session_arrive(desk);
    return UPDATE_ALL;
}

static void
release_list(struct job *base)
{
    struct list_job *job = (struct list_job *)base;

    list_release(&job->list);
    free(job->keep);
    free(job->text);
}

static void
submit_list(struct desk *desk, struct str text, bool is_queue)
{
    struct list_job *job = desk_job(sizeof(*job), LANE_SEARCH, run_list,
                                    finish_list, release_list);

    job->text = xstrndup(text);
    job->text_len = text.len;
    job->is_queue = is_queue;
    desk->resuming = false;
    job->asked = ++desk->lists_asked;
    job->keep_doc = UINT32_MAX;
    job->job.replaceable = true;
    job->job.kind = JOB_QUERY;
    arena_init(&job->list.arena, 0);
    /* A reload keeps the place; a new query starts at its top. */
    if (desk->current && str_equal(text, is_queue ? desk->list.view.queue
                                                  : desk->list.view.query)) {
        job->keep = xcalloc(1, sizeof(*job->keep));
        *job->keep = key_copy(&desk->current->key, &job->job.arena);
    }
    desk->list.view.running = true;
    desk->list.view.since_us = time_monotonic_us();
    desk->list.view.error = (struct str){NULL, 0};
    desk->list.view.error_at = SIZE_MAX;
    lane_cancel(desk->lanes, LANE_SEARCH);
    lane_submit(desk->lanes, &job->job);
}

void
desk_submit_live(struct desk *desk, struct str query)
{
    submit_list(desk, query, false);
}

void
desk_query(struct desk *desk, struct str query)
{
    desk->quiet = false;
    if (!desk->live)
        desk_put_place(desk);
    if (!desk_is_live(desk, query))
        submit_list(desk, query, false);
    else if (!desk->list.view.running)
        desk_say(desk, false, "%u documents", desk->list.view.count);
    desk_memory_put(desk, "last.query", query);
}

void
desk_open_queue(struct desk *desk, struct str name)
{
    desk->quiet = false;
    desk_put_place(desk);
    submit_list(desk, name, true);
    desk_memory_put(desk, "last.queue", name);
}

const struct desk_list *
desk_list(const struct desk *desk)
{
    return &desk->list.view;
}

static bool
is_open(const struct list *list, uint32_t row)
{
    uint32_t doc = list->docs[row];

    return !bits_get(&list->closed, doc) && !bits_get(&list->taken, doc);
}

bool
desk_go_unjudged(struct desk *desk, int direction)
{
    const struct list *list = &desk->list;
    uint32_t row = list->view.current;

    desk->step = direction;
    while (direction > 0 ? row + 1 < list->view.count : row > 0) {
        row = direction > 0 ? row + 1 : row - 1;
        if (is_open(list, row)) {
            desk_go(desk, row);
            return true;
        }
    }
    return false;
}

/* After an undo: the states as they are now. */
struct states_job {
    struct job job;
    uint64_t list;
    struct bits closed, judged, changed;
};

static void
run_states(struct job *base, struct lane_context *c)
{
    struct states_job *job = (struct states_job *)base;

    base->code =
        load_states(c, &job->closed, &job->judged, &job->changed, &base->err);
}

static unsigned
finish_states(struct job *base, struct desk *desk)
{
    struct states_job *job = (struct states_job *)base;

    if (base->code || job->list != desk->list.serial)
        return 0;
    swap_bits(&desk->list.closed, &job->closed);
    swap_bits(&desk->list.judged, &job->judged);
    swap_bits(&desk->list.changed, &job->changed);
    count_judged(&desk->list);
    return UPDATE_LIST | UPDATE_STATUS;
}

static void
release_states(struct job *base)
{
    struct states_job *job = (struct states_job *)base;

    bits_release(&job->closed);
    bits_release(&job->judged);
    bits_release(&job->changed);
}

void
desk_refresh_states(struct desk *desk)
{
    struct states_job *job = desk_job(sizeof(*job), LANE_SEARCH, run_states,
                                      finish_states, release_states);

    job->list = desk->list.serial;
    job->job.replaceable = true;
    job->job.kind = JOB_STATES;
    lane_submit(desk->lanes, &job->job);
}

void
desk_go_when_found(struct desk *desk, const uint32_t *docs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t row = list_find_doc(desk, docs[i]);

        if (row != UINT32_MAX) {
            desk_go(desk, row);
            return;
        }
    }
}
