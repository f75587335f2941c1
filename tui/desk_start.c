/* The desk's slow facts: start view, tag names, news from elsewhere. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "stet/avoid.h"
#include "stet/failure.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"
#include "tui/desk_state.h"

#define GUIDE_MAX ((size_t)256 << 10)

struct start_job {
    struct job job;
    struct queue_info *queues;
    size_t queue_count;
    struct store_counts mine;
    uint32_t changed, escalated;
    uint64_t proposals, failures;
    bool is_lead;
    bool was_stopped; /* by a new list: something is not counted */
    struct str avoid; /* ptr NULL: as the store has it */
};

static enum err_code
count_named(struct lane_context *c, const char *name, const char *value,
            uint32_t *count, struct error *err)
{
    struct query_field field = {.name = str_of(name), .value = str_of(value)};
    struct bits bits;
    enum err_code code = bits_init(&bits, index_count(c->index), err);

    if (code)
        return code;
    code = resolve_named(c->resolver, &field, &bits, err);
    if (!code)
        *count = bits_population(&bits);
    bits_release(&bits);
    return code;
}

/* A queue is worth less when part of it is avoided. A mistake in the words is
 * told to whoever opens one. */
static enum err_code
count_avoided(struct start_job *start, struct lane_context *c,
              struct error *err)
{
    struct bits avoided = {0};
    struct error why = ERROR_INIT;
    enum err_code found =
        desk_find_avoided(c, start->avoid, &start->job.arena, &avoided, &why);
    enum err_code code = ERR_OK;

    start->was_stopped = found == ERR_CANCELLED;
    for (size_t i = 0;
         !found && !code && avoided.words && i < start->queue_count; i++)
        code = avoid_count(c->resolver, &avoided, &start->queues[i], err);
    bits_release(&avoided);
    return code;
}

static void
run_start(struct job *job, struct lane_context *c)
{
    struct start_job *start = (struct start_job *)job;
    struct failure_tally failures;

    job->code = queue_list(c->store, &job->arena, &start->queues,
                           &start->queue_count, &job->err);
    if (!job->code)
        job->code = count_avoided(start, c, &job->err);
    if (!job->code)
        job->code = store_count(c->store, str_of(store_reviewer(c->store)),
                                &start->mine, &job->err);
    if (!job->code)
        job->code =
            count_named(c, "changed", "yes", &start->changed, &job->err);
    if (!job->code && start->is_lead)
        job->code =
            count_named(c, "is", "escalated", &start->escalated, &job->err);
    if (!job->code)
        job->code = proposals_count(c->store, &start->proposals, &job->err);
    if (!job->code)
        job->code = failures_tally(c->store, &failures, &job->err);
    if (!job->code)
        start->failures = failure_tally_open(&failures);
}

static unsigned
finish_start(struct job *job, struct desk *desk)
{
    struct start_job *start = (struct start_job *)job;

    desk->start_asked = false;
    if (job->code) {
        desk_say(desk, true, "%s", job->err.message);
        return UPDATE_STATUS;
    }
    arena_release(&desk->start_arena);
    desk->start_arena = job->arena;
    arena_init(&job->arena, 0);
    desk->start = (struct desk_start){
        start->queues,    start->queue_count, start->mine,    start->changed,
        start->escalated, start->proposals,   start->failures};
    desk->start_known = true;
    if (start->was_stopped && !desk->closing)
        desk_ask_start(desk);
    return UPDATE_ALL;
}

void
desk_ask_start(struct desk *desk)
{
    struct job *job;

    if (desk->start_asked)
        return;
    desk->start_asked = true;
    job = desk_job(sizeof(struct start_job), LANE_SEARCH, run_start,
                   finish_start, NULL);
    ((struct start_job *)job)->avoid = desk_avoided_copy(desk, &job->arena);
    ((struct start_job *)job)->is_lead = desk_may_adjudicate(desk);
    lane_submit(desk->lanes, job);
}

void
desk_refresh_start(struct desk *desk)
{
    desk_session_save(desk);
    desk_pace_save(desk);
    desk_ask_facts(desk);
    desk_ask_start(desk);
}

const struct desk_start *
desk_start(struct desk *desk)
{
    return desk->start_known ? &desk->start : NULL;
}

struct tags_job {
    struct job job;
    struct name_count *used;
    size_t count;
    struct str *guides; /* by number of the setting */
};

static bool
is_file_setting(const struct setting *setting)
{
    return (str_equal(setting->section, STR_LIT("tag")) &&
            str_equal(setting->key, STR_LIT("guide"))) ||
           (str_equal(setting->section, STR_LIT("template")) &&
            str_equal(setting->key, STR_LIT("file")));
}

/* The files that explain tags and hold templates; one that cannot be read says
 * so itself. */
static enum err_code
read_guides(struct tags_job *tags, struct lane_context *c)
{
    const struct settings *settings = c->ws->settings;
    struct arena *arena = &tags->job.arena;
    const struct setting *setting;
    size_t count = 0;

    while (settings_at(settings, count))
        count++;
    tags->guides = arena_alloc(arena, (count + 1) * sizeof(*tags->guides));
    if (!tags->guides)
        return error_nomem(&tags->job.err);
    for (size_t i = 0; (setting = settings_at(settings, i)); i++) {
        struct buf text = {0};
        struct error why = ERROR_INIT;
        char *name;
        char *path;

        if (!is_file_setting(setting))
            continue;
        name = xstrndup(setting->value);
        path = name[0] == '/' ? xstrdup(name) : path_join(c->ws->root, name);
        tags->guides[i] = arena_copy(
            arena, file_read(path, GUIDE_MAX, &text, &why) ? str_of(why.message)
                                                           : buf_str(&text));
        buf_release(&text);
        free(path);
        free(name);
    }
    return ERR_OK;
}

static void
run_tags(struct job *job, struct lane_context *c)
{
    struct tags_job *tags = (struct tags_job *)job;

    job->code = store_tag_counts(c->store, &job->arena, &tags->used,
                                 &tags->count, &job->err);
    if (!job->code)
        job->code = read_guides(tags, c);
}

static struct desk_tag *
find_tag(struct desk *desk, struct str name)
{
    for (size_t i = 0; i < desk->tag_count; i++)
        if (str_equal(desk->tags[i].name, name))
            return &desk->tags[i];
    return NULL;
}

static struct desk_tag *
add_tag(struct desk *desk, struct str name)
{
    struct desk_tag *tag = find_tag(desk, name);

    if (tag)
        return tag;
    tag = &desk->tags[desk->tag_count++];
    tag->name = arena_copy(&desk->tag_arena, name);
    return tag;
}

static int
compare_tags(const void *a, const void *b)
{
    const struct desk_tag *x = a;
    const struct desk_tag *y = b;

    return str_compare(x->name, y->name);
}

static enum template_at
template_at(struct str word)
{
    return str_equal(word, STR_LIT("start"))     ? TEMPLATE_START
           : str_equal(word, STR_LIT("end"))     ? TEMPLATE_END
           : str_equal(word, STR_LIT("replace")) ? TEMPLATE_REPLACE
                                                 : TEMPLATE_CURSOR;
}

static struct desk_template *
find_template(struct desk *desk, struct str name)
{
    for (size_t i = 0; i < desk->template_count; i++)
        if (str_equal(desk->templates[i].name, name))
            return &desk->templates[i];
    desk->templates[desk->template_count].name =
        arena_copy(&desk->tag_arena, name);
    return &desk->templates[desk->template_count++];
}

static void
take_templates(struct desk *desk, const struct tags_job *tags)
{
    const struct settings *settings = desk->ws->settings;
    const struct setting *setting;
    size_t count = 0;

    for (size_t i = 0; (setting = settings_at(settings, i)); i++)
        count += str_equal(setting->section, STR_LIT("template"));
    desk->template_count = 0;
    desk->templates =
        arena_alloc(&desk->tag_arena, (count + 1) * sizeof(*desk->templates));
    for (size_t i = 0; desk->templates && (setting = settings_at(settings, i));
         i++) {
        struct desk_template *template;

        if (!str_equal(setting->section, STR_LIT("template")) ||
            !setting->sub.len)
            continue;
        template = find_template(desk, setting->sub);
        if (str_equal(setting->key, STR_LIT("at")))
            template->at = template_at(setting->value);
        else if (str_equal(setting->key, STR_LIT("text")))
            template->text = arena_copy(&desk->tag_arena, setting->value);
        else if (str_equal(setting->key, STR_LIT("file")))
            template->text = arena_copy(&desk->tag_arena, tags->guides[i]);
    }
}

const struct desk_template *
desk_templates(const struct desk *desk, size_t *count)
{
    *count = desk->template_count;
    return desk->templates;
}

static unsigned
finish_tags(struct job *job, struct desk *desk)
{
    struct tags_job *tags = (struct tags_job *)job;
    const struct setting *setting;
    size_t configured = 0;

    if (job->code)
        return 0;
    for (size_t i = 0; (setting = settings_at(desk->ws->settings, i)); i++)
        configured += str_equal(setting->section, STR_LIT("tag"));
    arena_release(&desk->tag_arena);
    arena_init(&desk->tag_arena, 0);
    desk->tag_count = 0;
    desk->tags = arena_alloc(&desk->tag_arena, (configured + tags->count + 1) *
                                                   sizeof(*desk->tags));
    if (!desk->tags)
        return 0;
    for (size_t i = 0; (setting = settings_at(desk->ws->settings, i)); i++) {
        struct desk_tag *tag;

        if (!str_equal(setting->section, STR_LIT("tag")) || !setting->sub.len)
            continue;
        tag = add_tag(desk, setting->sub);
        if (str_equal(setting->key, STR_LIT("key")) &&
            setting->value.len < sizeof(tag->key))
            memcpy(tag->key, setting->value.ptr, setting->value.len);
        if (str_equal(setting->key, STR_LIT("guide")))
            tag->guide = arena_copy(&desk->tag_arena, tags->guides[i]);
    }
    for (size_t i = 0; i < tags->count; i++)
        add_tag(desk, tags->used[i].name)->count = tags->used[i].count;
    take_templates(desk, tags);
    qsort(desk->tags, desk->tag_count, sizeof(*desk->tags), compare_tags);
    return UPDATE_STATUS;
}

void
desk_ask_tags(struct desk *desk)
{
    lane_submit(desk->lanes, desk_job(sizeof(struct tags_job), LANE_SEARCH,
                                      run_tags, finish_tags, NULL));
}

const struct desk_tag *
desk_tags(struct desk *desk, size_t *count)
{
    *count = desk->tag_count;
    return desk->tags;
}

/* News from elsewhere: other desks' decisions, a newer index. */
struct tick_job {
    struct job job;
    int64_t head;
    bool newer;
};

static void
run_tick(struct job *base, struct lane_context *c)
{
    struct tick_job *job = (struct tick_job *)base;

    base->code = store_head(c->store, &job->head, &base->err);
    job->newer =
        index_published_generation(c->ws) != index_generation(c->index);
}

void
desk_note_own(struct desk *desk, int64_t seq)
{
    if (desk->own_count < OWN_MAX)
        desk->own[desk->own_count++] = seq;
}

/* Whether there is an annotation after the last tick that is not known to be
 * mine. Some of mine may look like others' for a moment; never the reverse. */
static bool
has_others(const struct desk *desk, int64_t head)
{
    int64_t mine = 0;

    for (unsigned i = 0; i < desk->own_count; i++)
        mine += desk->own[i] > desk->head && desk->own[i] <= head;
    return head - desk->head > mine;
}

static void
note_head(struct desk *desk, int64_t head)
{
    unsigned kept = 0;

    desk->head = head;
    for (unsigned i = 0; i < desk->own_count; i++)
        if (desk->own[i] > head)
            desk->own[kept++] = desk->own[i];
    desk->own_count = kept;
}

static unsigned
finish_tick(struct job *base, struct desk *desk)
{
    const struct tick_job *job = (const struct tick_job *)base;
    bool first = desk->head < 0;
    bool others = has_others(desk, job->head);
    bool newer = job->newer && !desk->facts.index_is_newer;

    if (base->code)
        return 0;
    note_head(desk, job->head);
    desk->facts.index_is_newer = job->newer;
    if (newer)
        desk_say(desk, false, "the index is newer: :reload switches to it");
    if (!others || first)
        return newer ? UPDATE_STATUS : 0;
    desk_refresh_states(desk);
    desk_outdate_rows(desk);
    desk_outdate_documents(desk);
    desk_ask_start(desk);
    return UPDATE_LIST | UPDATE_STATUS;
}

void
desk_tick(struct desk *desk)
{
    struct job *job;
    int64_t now = time_monotonic_us();

    if (now - desk->ticked_us < DESK_TICK_MS * INT64_C(1000))
        return;
    desk->ticked_us = now;
    desk_renew_claim(desk);
    desk_retry_unsaved(desk);
    job = desk_job(sizeof(struct tick_job), LANE_SEARCH, run_tick, finish_tick,
                   NULL);
    job->replaceable = true;
    job->kind = JOB_TICK;
    lane_submit(desk->lanes, job);
}
