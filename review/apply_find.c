/* Shows all documents of the inputs to the locator: those of shards that the
 * index knows by their rows there, those of the others by reading them. Reading
 * and hashing is done side by side, the locator is asked in order of the
 * shards. */
#include "config.h"

#include <stdlib.h>

#include "apply_plan.h"
#include "stet/pool.h"
#include "stet/xalloc.h"

#define KEPT_MAX (UINT64_C(32) << 20) /* bytes of records, of all shards */
#define SMALL_WINDOW 24u
#define PROGRESS_STEP ((uint64_t)1 << 20)

enum err_code
plan_map(const struct plan *plan, const struct record *record, uint32_t mapping,
         struct arena *arena, struct document **document, struct error *err)
{
    struct error bad = ERROR_INIT;
    enum err_code code;

    *document = NULL;
    code = mapping_apply(&plan->mappings[mapping], record->raw, 0, arena,
                         document, &bad);
    if (code == ERR_NOMEM) {
        *err = bad;
        return code;
    }
    if (code) {
        *document = NULL;
        return ERR_OK;
    }
    (*document)->record = record->number;
    (*document)->offset = record->offset;
    return ERR_OK;
}

enum err_code
plan_text_hash(const struct plan *plan, const struct document *document,
               struct hash *out, struct error *err)
{
    struct buf raw = {0};
    struct error none = ERROR_INIT;
    enum err_code code;

    *out = document->text_hash;
    if (!(document->flags & DOC_BAD_UTF8))
        return ERR_OK;
    code = record_untagged(&plan->context, document->raw, &raw, &none);
    if (code == ERR_OK)
        *out = hash_of(buf_str(&raw));
    else if (code == ERR_NOMEM)
        *err = none;
    buf_release(&raw);
    return code == ERR_NOMEM ? code : ERR_OK;
}

/* A copy for the locator; the record itself while there is room for such. */
static enum err_code
add_sighting(struct plan *plan, struct plan_input *input,
             const struct sighting *from, struct error *err)
{
    struct arena *arena = &input->arena;
    struct sighting sighting = *from;
    struct str raw = from->raw;

    sighting.raw = (struct str){NULL, 0};
    if (raw.ptr &&
        __atomic_add_fetch(&plan->kept, raw.len, __ATOMIC_RELAXED) <= KEPT_MAX)
        sighting.raw = arena_copy(arena, raw);
    if (from->source.ptr)
        sighting.source = arena_copy(arena, from->source);
    if (from->id_token.ptr)
        sighting.id_token = arena_copy(arena, from->id_token);
    if ((from->source.ptr && !sighting.source.ptr) ||
        (from->id_token.ptr && !sighting.id_token.ptr))
        return error_nomem(err);
    if (input->seen_count == input->seen_cap) {
        size_t cap = input->seen_cap ? 2 * input->seen_cap : 16;
        struct sighting *list = realloc(input->seen, cap * sizeof(*list));

        if (!list)
            return error_nomem(err);
        input->seen = list;
        input->seen_cap = cap;
    }
    input->seen[input->seen_count++] = sighting;
    return ERR_OK;
}

/* The same text read by a mapping that knows less of whose it is: a decision
 * on a document without an id must not meet all that have one. */
static bool
knows_less(const struct document *a, const struct document *b)
{
    if (!hash_equal(&a->text_hash, &b->text_hash))
        return false;
    if (!a->id_token.ptr != !b->id_token.ptr)
        return !a->id_token.ptr;
    return !a->source.ptr && b->source.ptr;
}

/* One shard that is read whole. */
struct scan {
    struct plan *plan;
    struct plan_input *input;
    struct shard *shard;
    struct arena arena;
    size_t only; /* the mapping of a shard that is as it was, or SIZE_MAX */
    uint64_t position;
};

static enum err_code
note_view(struct scan *scan, const struct record *record,
          const struct document *view, uint32_t mapping, struct error *err)
{
    struct sighting sighting = {.record = record->number,
                                .offset = record->offset,
                                .length = record->raw.len,
                                .mapping = mapping,
                                .line_end = record->line_end,
                                .source = view->source,
                                .id_token = view->id_token,
                                .raw = record->raw};
    enum err_code code =
        plan_text_hash(scan->plan, view, &sighting.text_hash, err);

    if (code || !locator_knows(scan->plan->locator, &sighting))
        return code;
    return add_sighting(scan->plan, scan->input, &sighting, err);
}

static enum err_code
scan_record(struct scan *scan, const struct record *record, struct error *err)
{
    struct plan *plan = scan->plan;
    struct document *views[PATCH_MAPPINGS_MAX] = {NULL};
    uint32_t count = (uint32_t)plan->set.header.mapping_count;
    enum err_code code = ERR_OK;

    for (uint32_t i = 0; i < count && !code; i++)
        if (scan->only == SIZE_MAX || scan->only == i)
            code = plan_map(plan, record, i, &scan->arena, &views[i], err);
    for (uint32_t i = 0; i < count && !code; i++) {
        bool best = views[i] != NULL;

        for (uint32_t k = 0; k < count && best; k++)
            best = !views[k] || !knows_less(views[i], views[k]);
        if (best)
            code = note_view(scan, record, views[i], i, err);
    }
    return code;
}

static enum err_code
scan_records(struct scan *scan, struct error *err)
{
    struct record record;
    enum err_code code;

    for (;;) {
        uint64_t position;

        code = shard_next(scan->shard, &record, err);
        if (code || record.kind == RECORD_END)
            return code;
        position = shard_position(scan->shard);
        if (position > scan->position + PROGRESS_STEP) {
            plan_progress(scan->plan, position - scan->position);
            scan->position = position;
        }
        if (record.kind == RECORD_TOO_LONG && !scan->input->large)
            return error_set(err, ERR_LIMIT, "needs room");
        if (record.kind != RECORD_LINE)
            continue;
        arena_reset(&scan->arena);
        code = scan_record(scan, &record, err);
        if (code)
            return code;
    }
}

static enum err_code
scan_within(struct scan *scan, const struct shard_limits *limits,
            const int *cancel, struct error *err)
{
    struct plan_input *input = scan->input;
    enum err_code code;

    input->seen_count = 0;
    arena_init(&scan->arena, 0);
    code = shard_open(&scan->shard, input->path, limits, err);
    if (!code) {
        shard_set_cancel(scan->shard, cancel);
        code = scan_records(scan, err);
    }
    if (!code)
        input->info = *shard_info(scan->shard);
    shard_close(scan->shard);
    scan->shard = NULL;
    arena_release(&scan->arena);
    return code;
}

/* The number of the mapping that a shard of this hash has in the header; the
 * only one there is, or SIZE_MAX. */
static size_t
mapping_of(const struct plan *plan, const struct hash *hash)
{
    const struct patch_header *header = &plan->set.header;
    size_t only = SIZE_MAX;

    if (header->mapping_count == 1)
        return 0;
    for (size_t i = 0; i < header->shard_count; i++) {
        if (!hash_equal(&header->shards[i].hash, hash))
            continue;
        if (only != SIZE_MAX && only != header->shards[i].mapping)
            return SIZE_MAX;
        only = header->shards[i].mapping;
    }
    return only;
}

static enum err_code
scan_input(struct plan *plan, struct plan_input *input, const int *cancel,
           struct error *err)
{
    struct scan scan = {.plan = plan, .input = input};
    struct shard_limits limits = plan->options->limits;
    enum err_code code;

    scan.only = input->hashed ? mapping_of(plan, &input->hash) : SIZE_MAX;
    if (limits.max_window_log > SMALL_WINDOW)
        limits.max_window_log = SMALL_WINDOW;
    if (limits.max_record > PLAN_LARGE)
        limits.max_record = PLAN_LARGE;
    plan_enter(plan, false);
    code = scan_within(&scan, &limits, cancel, err);
    plan_leave(plan);
    if (code == ERR_LIMIT) {
        input->large = true;
        plan_enter(plan, true);
        code = scan_within(&scan, &plan->options->limits, cancel, err);
        plan_leave(plan);
    }
    if (!code && input->hashed &&
        !hash_equal(&input->hash, &input->info.file_hash))
        code = error_set(err, ERR_CONFLICT, "changed while it was read");
    if (!code && input->info.bytes > scan.position)
        plan_progress(plan, input->info.bytes - scan.position);
    return code;
}

static bool
same_path(struct str a, const char *b)
{
    return !a.ptr == !b && (!b || str_equal(a, str_of(b)));
}

/* Whether the rows of an index's shard are the documents that reading a file
 * of this hash would show. */
static bool
tells_all(const struct plan *plan, const struct index_shard *shard,
          const struct hash *hash)
{
    size_t mapping = mapping_of(plan, hash);
    const struct patch_mapping *own;

    if (!shard->live || shard->damaged || shard->rejected ||
        mapping == SIZE_MAX || !hash_equal(&shard->file_hash, hash))
        return false;
    own = &plan->set.header.mappings[mapping];
    return same_path(own->text, shard->text_path) &&
           same_path(own->id, shard->id_path) &&
           same_path(own->source, shard->source_path);
}

static void
find_known(const struct plan *plan, struct plan_input *input)
{
    struct index *index = plan->options->index;

    for (uint32_t i = 0;
         index && input->known == NO_SHARD && i < index_shard_count(index); i++)
        if (tells_all(plan, index_shard(index, i), &input->hash))
            input->known = i;
}

/* Worth hashing for: a shard of other bytes is not known. */
static bool
may_be_known(const struct plan *plan, const struct plan_input *input)
{
    struct index *index = plan->options->index;

    for (uint32_t i = 0; index && i < index_shard_count(index); i++)
        if (index_shard(index, i)->bytes == input->stat.bytes)
            return true;
    return false;
}

/* The index's word for a file that has not changed its size and time. */
static void
trust_index(const struct plan *plan, struct plan_input *input)
{
    struct index *index = plan->options->index;
    char *path = path_absolute(input->path);

    for (uint32_t i = 0; i < index_shard_count(index) && !input->hashed; i++) {
        const struct index_shard *shard = index_shard(index, i);
        char *own;

        if (!shard->live || shard->bytes != input->stat.bytes ||
            shard->mtime_ns != input->stat.mtime_ns)
            continue;
        own = index_shard_path(index, i);
        input->hashed = strcmp(own, path) == 0;
        if (input->hashed)
            input->hash = shard->file_hash;
        free(own);
    }
    free(path);
}

static enum err_code
hash_input(struct plan *plan, struct plan_input *input, const int *cancel,
           struct error *err)
{
    enum err_code code;

    if (!input->hashed && plan->options->index && plan->options->trust_index)
        trust_index(plan, input);
    if (input->hashed)
        return ERR_OK;
    code = file_hash(input->path, &input->hash, cancel, err);
    input->hashed = code == ERR_OK;
    return code;
}

static enum err_code
hash_one(void *ctx, size_t number, const int *cancel, struct error *err)
{
    struct plan *plan = ctx;

    return hash_input(plan, &plan->inputs[number], cancel, err);
}

enum err_code
plan_hash_inputs(struct plan *plan, struct error *err)
{
    const struct pool_each each = {.count = plan->input_count,
                                   .threads = plan->options->threads,
                                   .name = "hash",
                                   .work = hash_one,
                                   .tick = plan_tick,
                                   .ctx = plan,
                                   .cancel = plan->options->cancel};

    return pool_each(&each, err);
}

/* On any thread: all that needs the file. */
static enum err_code
read_one(void *ctx, size_t number, const int *cancel, struct error *err)
{
    struct plan *plan = ctx;
    struct plan_input *input = &plan->inputs[number];
    bool hash = plan->set.header.mapping_count > 1 || may_be_known(plan, input);
    enum err_code code = ERR_OK;

    if (hash)
        code = hash_input(plan, input, cancel, err);
    if (!code && hash)
        find_known(plan, input);
    if (!code && input->known == NO_SHARD)
        code = scan_input(plan, input, cancel, err);
    return code ? error_wrap(err, "%s", input->path) : ERR_OK;
}

/* One row of the index as a sighting. */
static enum err_code
see_row(struct plan *plan, struct plan_input *input, uint32_t doc,
        struct arena *arena, struct sighting *sighting, bool *bad,
        struct error *err)
{
    struct document_place place;
    enum err_code code = index_place(plan->options->index, doc, &place, err);

    if (code)
        return code;
    *bad = (place.flags & DOC_BAD_UTF8) != 0;
    sighting->record = place.record;
    sighting->offset = place.offset;
    sighting->length = place.length;
    sighting->text_hash = place.text_hash;
    arena_reset(arena);
    code = index_identity(plan->options->index, doc, arena, &sighting->id_token,
                          &sighting->source, err);
    if (!code && locator_knows(plan->locator, sighting))
        code = add_sighting(plan, input, sighting, err);
    return code;
}

/* The documents of a shard that the index knows. A record that is not UTF-8
 * is guarded by its bytes, which may have to be looked at: *bad. */
static enum err_code
see_rows(struct plan *plan, struct plan_input *input, bool *bad,
         struct error *err)
{
    const struct index_shard *shard =
        index_shard(plan->options->index, input->known);
    struct sighting sighting = {.mapping =
                                    (uint32_t)mapping_of(plan, &input->hash)};
    struct arena arena;
    enum err_code code = ERR_OK;

    arena_init(&arena, 0);
    *bad = false;
    for (uint32_t doc = shard->first; doc < shard->end && !code && !*bad; doc++)
        code = see_row(plan, input, doc, &arena, &sighting, bad, err);
    arena_release(&arena);
    input->info = (struct shard_info){.container = shard->container,
                                      .bytes = shard->bytes,
                                      .decompressed = shard->decompressed,
                                      .lines = shard->records,
                                      .file_hash = shard->file_hash};
    return code;
}

/* In order of the shards: the locator's turn. */
static enum err_code
show_one(void *ctx, size_t number, struct error *err)
{
    struct plan *plan = ctx;
    struct plan_input *input = &plan->inputs[number];
    bool bad = false;
    size_t kept = 0;
    enum err_code code = ERR_OK;

    if (input->known != NO_SHARD) {
        code = see_rows(plan, input, &bad, err);
        if (!code && !bad)
            plan_progress(plan, input->stat.bytes);
    }
    if (!code && bad) {
        input->known = NO_SHARD;
        code = scan_input(plan, input, plan->options->cancel, err);
    }
    for (size_t i = 0; i < input->seen_count && !code; i++) {
        bool keep = false;

        code = locator_see(plan->locator, (uint32_t)number, &input->seen[i],
                           &keep, err);
        if (keep)
            input->seen[kept++] = input->seen[i];
    }
    input->seen_count = kept;
    return code ? error_wrap(err, "%s", input->path) : ERR_OK;
}

enum err_code
plan_find(struct plan *plan, struct error *err)
{
    const struct pool_each each = {.count = plan->input_count,
                                   .threads = plan->options->threads,
                                   .name = "read",
                                   .work = read_one,
                                   .done = show_one,
                                   .tick = plan_tick,
                                   .ctx = plan,
                                   .cancel = plan->options->cancel};

    return pool_each(&each, err);
}
