/* Plans an application: the documents are found, then the splices of those
 * with patches are worked out, shards side by side. Nothing is written. */
#include "config.h"

#include "apply_plan.h"

#include <pthread.h>
#include <stdlib.h>

#include "apply_manifest.h"
#include "stet/pool.h"
#include "stet/xalloc.h"

/* Where the shards come from. */
enum made { MADE_ELSEHOW, MADE_PARTLY, MADE_WHOLLY };

static char *
path_or_null(struct str path)
{
    return path.ptr ? xstrndup(path) : NULL;
}

/* Whoever needs all the room is not kept waiting by those that need little. */
static void
init_room(struct plan *plan)
{
    pthread_rwlockattr_t attr;

    pthread_rwlockattr_init(&attr);
    pthread_rwlockattr_setkind_np(&attr,
                                  PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&plan->room, &attr);
    pthread_rwlockattr_destroy(&attr);
}

void
plan_enter(struct plan *plan, bool large)
{
    if (large)
        pthread_rwlock_wrlock(&plan->room);
    else
        pthread_rwlock_rdlock(&plan->room);
}

void
plan_leave(struct plan *plan)
{
    pthread_rwlock_unlock(&plan->room);
}

enum err_code
plan_open(struct plan *plan, const char *patchset,
          const struct apply_options *options, struct apply_report *report,
          struct error *err)
{
    enum err_code code;

    *plan = (struct plan){.options = options, .report = report};
    *report = (struct apply_report){0};
    init_room(plan);
    code = patch_set_load(&plan->set, patchset, err);
    if (code)
        return code;
    plan->mappings =
        xcalloc(plan->set.header.mapping_count, sizeof(*plan->mappings));
    for (size_t i = 0; i < plan->set.header.mapping_count && !code; i++) {
        const struct patch_mapping *from = &plan->set.header.mappings[i];
        struct mapping *mapping = &plan->mappings[i];

        mapping_init(mapping);
        mapping->text = path_or_null(from->text);
        mapping->id = path_or_null(from->id);
        mapping->source = path_or_null(from->source);
        code = mapping_compile(mapping, err);
    }
    if (code)
        return code;
    plan->context =
        (struct apply_context){&plan->set.header, plan->mappings, options};
    report->patches = plan->set.count;
    return ERR_OK;
}

void
plan_release(struct plan *plan)
{
    for (size_t i = 0; i < plan->input_count; i++) {
        struct plan_input *input = &plan->inputs[i];

        free(input->seen);
        free(input->splices);
        free(input->rows);
        share_release(&input->share);
        arena_release(&input->arena);
    }
    free(plan->inputs);
    pthread_rwlock_destroy(&plan->room);
    locator_free(plan->locator);
    for (size_t i = 0; plan->mappings && i < plan->set.header.mapping_count;
         i++)
        mapping_release(&plan->mappings[i]);
    free(plan->mappings);
    patch_set_release(&plan->set);
    buf_release(&plan->additions);
    buf_release(&plan->conflicts);
}

void
plan_progress(struct plan *plan, uint64_t bytes)
{
    __atomic_add_fetch(&plan->bytes_done, bytes, __ATOMIC_RELAXED);
}

void
plan_tick(void *ctx)
{
    struct plan *plan = ctx;

    if (plan->options->progress)
        plan->options->progress(
            plan->options->ctx,
            __atomic_load_n(&plan->bytes_done, __ATOMIC_RELAXED),
            plan->bytes_total);
}

enum err_code
plan_take_inputs(struct plan *plan, const char *const *shards, size_t count,
                 struct error *err)
{
    enum err_code code = ERR_OK;

    plan->inputs = xcalloc(count + 1, sizeof(*plan->inputs));
    plan->input_count = count;
    for (size_t i = 0; i < count; i++) {
        struct plan_input *input = &plan->inputs[i];

        input->path = shards[i];
        input->known = NO_SHARD;
        arena_init(&input->arena, 0);
        arena_init(&input->share.arena, 0);
        if (!code)
            code = file_stat(shards[i], &input->stat, err);
        plan->bytes_total += input->stat.bytes;
    }
    return code;
}

static bool
add_splice(struct plan_input *input, struct splice splice)
{
    if (input->splice_count == input->splice_cap) {
        size_t cap = input->splice_cap ? 2 * input->splice_cap : 16;
        struct splice *list = realloc(input->splices, cap * sizeof(*list));

        if (!list)
            return false;
        input->splices = list;
        input->splice_cap = cap;
    }
    input->splices[input->splice_count++] = splice;
    return true;
}

static bool
add_row(struct plan_input *input, const struct document *document, bool dropped)
{
    struct plan_row row = {document->record, dropped, {NULL, 0}, {NULL, 0}};

    if (document->source.ptr)
        row.source = arena_copy(&input->arena, document->source);
    if (document->id_token.ptr)
        row.id_token = arena_copy(&input->arena, document->id_token);
    if (input->row_count == input->row_cap) {
        size_t cap = input->row_cap ? 2 * input->row_cap : 16;
        struct plan_row *list = realloc(input->rows, cap * sizeof(*list));

        if (!list)
            return false;
        input->rows = list;
        input->row_cap = cap;
    }
    input->rows[input->row_count++] = row;
    return true;
}

/* A record's splices become the shard's. */
static enum err_code
take_result(struct plan_input *input, const struct record *record,
            const struct document *document, const struct record_result *result,
            struct error *err)
{
    bool fine = true;

    if (result->drop) {
        struct splice all = {
            record->offset, record->raw.len + record->line_end, {NULL, 0}};

        input->share.report.dropped++;
        fine = add_splice(input, all) && add_row(input, document, true);
        return fine ? ERR_OK : error_nomem(err);
    }
    for (size_t i = 0; i < result->splices.count && fine; i++) {
        const struct record_splice *part = &result->splices.list[i];
        struct splice splice = {record->offset + part->start,
                                part->end - part->start,
                                arena_copy(&input->arena, part->bytes)};

        fine = splice.bytes.ptr && add_splice(input, splice);
    }
    if (fine && result->text_changed)
        fine = add_row(input, document, false);
    input->share.report.rewritten_lists += result->one_segment;
    return fine ? ERR_OK : error_nomem(err);
}

static enum err_code
apply_place(struct plan *plan, struct plan_input *input,
            const struct place *place, const struct record *record,
            struct error *err)
{
    struct arena arena;
    struct patch patch;
    struct record_result result = {0};
    struct document *document = NULL;
    enum err_code code;

    arena_init(&arena, 0);
    code = patch_parse(plan->set.lines[place->line], &arena, &patch, err);
    if (!code && patch.is_addition) {
        code = share_add_all(plan, &input->share, place->line, &patch,
                             EDIT_ALREADY, NULL, err);
        arena_release(&arena);
        return code;
    }
    if (!code)
        code = plan_map(plan, record, place->mapping, &arena, &document, err);
    if (!code && !document)
        code = error_set(err, ERR_CONFLICT, "changed while it was read");
    if (!code)
        code = record_apply(&plan->context, &patch, place, document, &arena,
                            &result, err);
    if (!code) {
        share_add(plan, &input->share, place->line, &patch, result.edits,
                  &(struct found){input->path, record->number});
        code = take_result(input, record, document, &result, err);
    }
    arena_release(&arena);
    return code;
}

/* A line for a record that another line decides. */
static enum err_code
pass_place(struct plan *plan, struct plan_share *share,
           const struct place *place, struct error *err)
{
    bool done = place->state == TEXT_AFTER;
    struct arena arena;
    struct patch patch;
    enum err_code code;

    arena_init(&arena, 0);
    code = patch_parse(plan->set.lines[place->line], &arena, &patch, err);
    done = done || (!code && patch.is_addition);
    if (!code)
        code = share_add_all(
            plan, share, place->line, &patch,
            done ? EDIT_ALREADY : EDIT_CONFLICT,
            done ? NULL : "another patch holds for this record", err);
    arena_release(&arena);
    return code;
}

/* Several lines that claim one record: the text that was judged decides, and
 * the others are left for review. */
static enum err_code
apply_places(struct plan *plan, struct plan_input *input,
             const struct place *places, size_t count,
             const struct record *record, struct error *err)
{
    size_t best = 0;
    enum err_code code = ERR_OK;

    for (size_t i = 1; i < count; i++)
        if (places[i].state < places[best].state)
            best = i;
    for (size_t i = 0; i < count && !code; i++)
        code = i == best ? apply_place(plan, input, &places[i], record, err)
                         : pass_place(plan, &input->share, &places[i], err);
    return code;
}

/* The patches of one shard. */
static enum err_code
plan_places(struct plan *plan, struct plan_input *input, const int *cancel,
            struct error *err)
{
    const struct place *places = input->places;
    struct fetch *fetch = NULL;
    size_t at = 0;
    enum err_code code = fetch_open(&fetch, plan, input, cancel, err);

    while (!code && at < input->place_count) {
        struct record record;
        size_t end = at + 1;

        if (cancel_is_set(cancel))
            code = error_set(err, ERR_CANCELLED, "%s",
                             err_code_text(ERR_CANCELLED));
        while (end < input->place_count &&
               places[end].record == places[at].record)
            end++;
        if (!code)
            code = fetch_record(fetch, &places[at], &record, err);
        if (code)
            break;
        code = apply_places(plan, input, places + at, end - at, &record, err);
        at = end;
    }
    fetch_close(fetch);
    return code ? error_wrap(err, "%s", input->path) : ERR_OK;
}

/* On any thread. */
static enum err_code
plan_shard(void *ctx, size_t number, const int *cancel, struct error *err)
{
    struct plan *plan = ctx;
    struct plan_input *input = &plan->inputs[number];
    bool large = input->large;
    enum err_code code;

    if (input->place_count == 0)
        return ERR_OK;
    for (size_t i = 0; i < input->seen_count; i++)
        large = large || input->seen[i].length > PLAN_LARGE;
    plan_enter(plan, large);
    code = plan_places(plan, input, cancel, err);
    plan_leave(plan);
    return code;
}

/* In order: what there is to tell of it. */
static enum err_code
tell_shard(void *ctx, size_t number, struct error *err)
{
    struct plan *plan = ctx;
    struct plan_input *input = &plan->inputs[number];

    (void)err;
    if (input->splice_count)
        plan->report->shards_changed++;
    else
        plan->report->shards_same++;
    share_tell(plan, &input->share);
    free(input->seen);
    input->seen = NULL;
    input->seen_count = input->seen_cap = 0;
    return ERR_OK;
}

/* Whether the shards are this patch set's output, and all of it applied. */
static enum made
made_by_this(const struct plan *plan)
{
    enum made made = MADE_ELSEHOW;

    for (size_t i = 0; i < plan->input_count && made != MADE_WHOLLY; i++) {
        bool whole = false;

        if (manifest_names(plan->inputs[i].path, &plan->set, &whole))
            made = whole ? MADE_WHOLLY : MADE_PARTLY;
    }
    return made;
}

/* A drop's target that is not there any more, or only a namesake of it. */
static bool
is_gone(const struct patch *patch, const struct line_where *where,
        enum made made)
{
    if (!patch_drops(patch))
        return false;
    return made == MADE_WHOLLY ||
           (made == MADE_PARTLY && where->fate == LINE_MISSING);
}

/* A patch without a document: an addition to make, a drop that is done, or a
 * conflict. */
static enum err_code
plan_unplaced(struct plan *plan, struct plan_share *share, size_t line,
              const struct line_where *where, enum made made, struct error *err)
{
    struct arena arena;
    struct patch patch;
    enum err_code code;

    arena_init(&arena, 0);
    code = patch_parse(plan->set.lines[line], &arena, &patch, err);
    if (code) {
        arena_release(&arena);
        return code;
    }
    if (patch.is_addition && plan->filter) {
        code = ERR_OK;
    } else if (patch.is_addition) {
        share->report.added++;
        code = buf_append_str(&plan->additions, patch.add, err);
        if (!code)
            code = buf_append_byte(&plan->additions, '\n', err);
        if (!code)
            code = share_add_all(plan, share, line, &patch, EDIT_APPLIES, NULL,
                                 err);
    } else if (is_gone(&patch, where, made)) {
        code =
            share_add_all(plan, share, line, &patch, EDIT_ALREADY, NULL, err);
    } else if (!(plan->filter && where->fate == LINE_MISSING)) {
        code = share_add_all(plan, share, line, &patch, EDIT_CONFLICT,
                             where->why, err);
    }
    arena_release(&arena);
    return code;
}

static enum err_code
plan_lines(struct plan *plan, const struct line_where *lines, enum made made,
           struct error *err)
{
    struct plan_share share = {.edits = NULL};
    enum err_code code = ERR_OK;

    arena_init(&share.arena, 0);
    for (size_t i = 0; i < plan->set.count && !code; i++)
        if (lines[i].fate != LINE_PLACED)
            code = plan_unplaced(plan, &share, i, &lines[i], made, err);
    if (!code)
        share_tell(plan, &share);
    share_release(&share);
    return code;
}

static enum err_code
plan_shards(struct plan *plan, const struct place *places, size_t count,
            struct error *err)
{
    const struct pool_each each = {.count = plan->input_count,
                                   .threads = plan->options->threads,
                                   .name = "plan",
                                   .work = plan_shard,
                                   .done = tell_shard,
                                   .tick = plan_tick,
                                   .ctx = plan,
                                   .cancel = plan->options->cancel};
    size_t at = 0;

    for (uint32_t i = 0; i < plan->input_count; i++) {
        size_t end = at;

        while (end < count && places[end].shard == i)
            end++;
        plan->inputs[i].places = places + at;
        plan->inputs[i].place_count = end - at;
        at = end;
    }
    return pool_each(&each, err);
}

/* Whether no shard is as it was at the export: then ids may be new as well.
 * Else a document that is not there is gone, or in a shard that was not given,
 * and one with the same text is another. */
static bool
is_new_corpus(const struct plan *plan)
{
    const struct patch_header *header = &plan->set.header;

    if (plan->filter)
        return false;
    for (size_t i = 0; i < plan->input_count; i++)
        for (size_t k = 0; k < header->shard_count; k++)
            if (hash_equal(&plan->inputs[i].info.file_hash,
                           &header->shards[k].hash))
                return false;
    return true;
}

static int
compare_hashes(const void *left, const void *right)
{
    return hash_compare(left, right);
}

/* In a shard that this patch set wrote nothing is left to do, though a document
 * without an id may have the text now that another had. */
static void
mark_made(const struct plan *plan, struct place *places, size_t count)
{
    struct hash *made = NULL;
    size_t made_count = 0;

    for (size_t i = 0; i < plan->input_count && made_count == 0; i++) {
        free(made);
        manifest_outputs(plan->inputs[i].path, &plan->set, &made, &made_count);
    }
    for (size_t i = 0; i < count && made_count; i++)
        if (bsearch(&plan->inputs[places[i].shard].info.file_hash, made,
                    made_count, sizeof(*made), compare_hashes))
            places[i].done = true;
    free(made);
}

enum err_code
plan_make(struct plan *plan, struct error *err)
{
    const struct line_where *lines = NULL;
    struct place *places = NULL;
    size_t place_count = 0;
    enum made made = MADE_ELSEHOW;
    enum err_code code = locator_new(&plan->locator, &plan->set, err);

    if (!code)
        code = plan_find(plan, err);
    if (!code)
        code = locator_assign(plan->locator, is_new_corpus(plan), &places,
                              &place_count, &lines, err);
    if (!code)
        made = made_by_this(plan);
    if (!code && made == MADE_WHOLLY)
        mark_made(plan, places, place_count);
    if (!code)
        code = plan_shards(plan, places, place_count, err);
    if (!code)
        code = plan_lines(plan, lines, made, err);
    return code;
}
