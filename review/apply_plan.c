/* Plans an application: one pass over every shard finds the documents, a
 * second over those with targets works out the splices. Nothing is written. */
#include "config.h"

#include "apply_plan.h"

#include <stdlib.h>

#include "apply_manifest.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"

/* Where the shards come from. */
enum made { MADE_ELSEHOW, MADE_PARTLY, MADE_WHOLLY };

static char *
path_or_null(struct str path)
{
    return path.ptr ? xstrndup(path) : NULL;
}

enum err_code
plan_open(struct plan *plan, const char *patchset,
          const struct apply_options *options, struct apply_report *report,
          struct error *err)
{
    enum err_code code;

    *plan = (struct plan){.options = options, .report = report};
    *report = (struct apply_report){0};
    arena_init(&plan->arena, 0);
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
        free(plan->inputs[i].splices);
        free(plan->inputs[i].rows);
    }
    free(plan->inputs);
    for (size_t i = 0; plan->mappings && i < plan->set.header.mapping_count;
         i++)
        mapping_release(&plan->mappings[i]);
    free(plan->mappings);
    patch_set_release(&plan->set);
    arena_release(&plan->arena);
    buf_release(&plan->additions);
    buf_release(&plan->conflicts);
}

void
plan_progress(struct plan *plan, uint64_t bytes)
{
    plan->bytes_done += bytes;
    if (plan->options->progress)
        plan->options->progress(plan->options->ctx, plan->bytes_done,
                                plan->bytes_total);
}

/* Records of one shard that are documents, one after another. */
struct reader {
    struct plan *plan;
    struct shard *shard;
    struct arena arena;
    uint64_t position;
};

static void
reader_close(struct reader *reader)
{
    shard_close(reader->shard);
    arena_release(&reader->arena);
}

static enum err_code
reader_open(struct reader *reader, struct plan *plan, const char *path,
            struct error *err)
{
    enum err_code code;

    *reader = (struct reader){.plan = plan};
    arena_init(&reader->arena, 0);
    code = shard_open(&reader->shard, path, &plan->options->limits, err);
    if (!code)
        shard_set_cancel(reader->shard, plan->options->cancel);
    return code;
}

/* The next line that is not blank; RECORD_END at the end. */
static enum err_code
reader_next(struct reader *reader, struct record *record, struct error *err)
{
    for (;;) {
        enum err_code code = shard_next(reader->shard, record, err);
        uint64_t position = shard_position(reader->shard);

        if (position - reader->position > 1 << 20) {
            plan_progress(reader->plan, position - reader->position);
            reader->position = position;
        }
        if (code || record->kind == RECORD_END || record->kind == RECORD_LINE)
            return code;
    }
}

/* The record as a document, NULL when the mapping finds none: then it is
 * nobody's target, and keeps its bytes. */
static enum err_code
reader_map(struct reader *reader, const struct record *record, size_t mapping,
           struct document **document, struct error *err)
{
    struct error bad = ERROR_INIT;
    enum err_code code;

    *document = NULL;
    code = mapping_apply(&reader->plan->mappings[mapping], record->raw, 0,
                         &reader->arena, document, &bad);
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

/* A record that is not UTF-8 is guarded as a whole: what this patch set put
 * into it must not hide it. */
static enum err_code
see_untagged(struct plan *plan, const struct document *document,
             struct document *out, struct error *err)
{
    struct buf raw = {0};
    struct error none = ERROR_INIT;
    enum err_code code;

    *out = *document;
    if (!(document->flags & DOC_BAD_UTF8))
        return ERR_OK;
    code = record_untagged(&plan->context, document->raw, &raw, &none);
    if (code == ERR_OK)
        out->text_hash = hash_of(buf_str(&raw));
    else if (code == ERR_NOMEM)
        *err = none;
    buf_release(&raw);
    return code == ERR_NOMEM ? code : ERR_OK;
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

/* `only`: the mapping of a shard that is as it was, or SIZE_MAX. */
static enum err_code
scan_record(struct reader *reader, const struct record *record, size_t only,
            uint32_t number, struct locator *locator, struct error *err)
{
    struct plan *plan = reader->plan;
    struct document *views[PATCH_MAPPINGS_MAX] = {NULL};
    uint32_t count = (uint32_t)plan->set.header.mapping_count;
    enum err_code code = ERR_OK;

    arena_reset(&reader->arena);
    for (uint32_t i = 0; i < count && !code; i++)
        if (only == SIZE_MAX || only == i)
            code = reader_map(reader, record, i, &views[i], err);
    for (uint32_t i = 0; i < count && !code; i++) {
        struct document seen;
        bool best = views[i] != NULL;

        for (uint32_t k = 0; k < count && best; k++)
            best = !views[k] || !knows_less(views[i], views[k]);
        if (!best)
            continue;
        code = see_untagged(plan, views[i], &seen, err);
        if (!code)
            code = locator_see(locator, number, i, &seen, err);
    }
    return code;
}

/* A shard that the header knows is read by its own mapping. */
static enum err_code
find_mapping(struct plan *plan, const char *path, size_t *only,
             struct error *err)
{
    const struct patch_header *header = &plan->set.header;
    struct hash hash;
    enum err_code code;

    *only = SIZE_MAX;
    if (header->mapping_count == 1)
        return ERR_OK;
    code = file_hash(path, &hash, plan->options->cancel, err);
    if (code)
        return code;
    for (size_t i = 0; i < header->shard_count; i++) {
        if (!hash_equal(&header->shards[i].hash, &hash))
            continue;
        if (*only != SIZE_MAX && *only != header->shards[i].mapping) {
            *only = SIZE_MAX;
            break;
        }
        *only = header->shards[i].mapping;
    }
    return ERR_OK;
}

static enum err_code
scan_shard(struct plan *plan, uint32_t number, struct locator *locator,
           struct error *err)
{
    struct plan_input *input = &plan->inputs[number];
    struct reader reader;
    struct record record;
    size_t only = SIZE_MAX;
    enum err_code code = reader_open(&reader, plan, input->path, err);

    if (!code)
        code = find_mapping(plan, input->path, &only, err);
    while (!code) {
        code = reader_next(&reader, &record, err);
        if (code || record.kind == RECORD_END)
            break;
        code = scan_record(&reader, &record, only, number, locator, err);
    }
    if (!code) {
        input->info = *shard_info(reader.shard);
        plan_progress(plan, input->info.bytes - reader.position);
    } else {
        error_wrap(err, "%s", input->path);
    }
    reader_close(&reader);
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
add_row(struct plan *plan, struct plan_input *input,
        const struct document *document, bool dropped)
{
    struct plan_row row = {document->record, dropped, {NULL, 0}, {NULL, 0}};

    if (document->source.ptr)
        row.source = arena_copy(&plan->arena, document->source);
    if (document->id_token.ptr)
        row.id_token = arena_copy(&plan->arena, document->id_token);
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
take_result(struct plan *plan, struct plan_input *input,
            const struct record *record, const struct document *document,
            const struct record_result *result, struct error *err)
{
    bool fine = true;

    if (result->drop) {
        struct splice all = {
            record->offset, record->raw.len + record->line_end, {NULL, 0}};

        plan->report->dropped++;
        fine = add_splice(input, all) && add_row(plan, input, document, true);
        return fine ? ERR_OK : error_nomem(err);
    }
    for (size_t i = 0; i < result->splices.count && fine; i++) {
        const struct record_splice *part = &result->splices.list[i];
        struct splice splice = {record->offset + part->start,
                                part->end - part->start,
                                arena_copy(&plan->arena, part->bytes)};

        fine = splice.bytes.ptr && add_splice(input, splice);
    }
    if (fine && result->text_changed)
        fine = add_row(plan, input, document, false);
    plan->report->rewritten_lists += result->one_segment;
    return fine ? ERR_OK : error_nomem(err);
}

static enum err_code
apply_place(struct plan *plan, struct plan_input *input, struct reader *reader,
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
        code =
            plan_report_all(plan, place->line, &patch, EDIT_ALREADY, NULL, err);
        arena_release(&arena);
        return code;
    }
    arena_reset(&reader->arena);
    if (!code)
        code = reader_map(reader, record, place->mapping, &document, err);
    if (!code && !document)
        code = error_set(err, ERR_CONFLICT, "changed while it was read");
    if (!code)
        code = record_apply(&plan->context, &patch, place, document, &arena,
                            &result, err);
    if (!code) {
        plan_report(plan, place->line, &patch, result.edits, input->path,
                    record->number);
        code = take_result(plan, input, record, document, &result, err);
    }
    arena_release(&arena);
    return code;
}

/* A line for a record that another line decides. */
static enum err_code
pass_place(struct plan *plan, const struct place *place, struct error *err)
{
    bool done = place->state == TEXT_AFTER;
    struct arena arena;
    struct patch patch;
    enum err_code code;

    arena_init(&arena, 0);
    code = patch_parse(plan->set.lines[place->line], &arena, &patch, err);
    done = done || (!code && patch.is_addition);
    if (!code)
        code = plan_report_all(
            plan, place->line, &patch, done ? EDIT_ALREADY : EDIT_CONFLICT,
            done ? NULL : "another patch holds for this record", err);
    arena_release(&arena);
    return code;
}

/* Several lines that claim one record: the text that was judged decides, and
 * the others are left for review. */
static enum err_code
apply_places(struct plan *plan, struct plan_input *input, struct reader *reader,
             const struct place *places, size_t count,
             const struct record *record, struct error *err)
{
    size_t best = 0;
    enum err_code code = ERR_OK;

    for (size_t i = 1; i < count; i++)
        if (places[i].state < places[best].state)
            best = i;
    for (size_t i = 0; i < count && !code; i++)
        code = i == best
                   ? apply_place(plan, input, reader, &places[i], record, err)
                   : pass_place(plan, &places[i], err);
    return code;
}

/* The places of one shard, which are sorted by record. */
static enum err_code
plan_shard(struct plan *plan, uint32_t number, const struct place *places,
           size_t count, struct error *err)
{
    struct plan_input *input = &plan->inputs[number];
    struct reader reader;
    struct record record;
    size_t at = 0;
    enum err_code code = reader_open(&reader, plan, input->path, err);

    while (!code && at < count) {
        size_t end = at + 1;

        code = reader_next(&reader, &record, err);
        if (code || record.kind == RECORD_END)
            break;
        if (record.number != places[at].record)
            continue;
        while (end < count && places[end].record == places[at].record)
            end++;
        code = apply_places(plan, input, &reader, places + at, end - at,
                            &record, err);
        at = end;
    }
    if (!code && at < count)
        code = error_set(err, ERR_CONFLICT, "changed while it was read");
    if (code)
        error_wrap(err, "%s", input->path);
    else
        plan_progress(plan, input->info.bytes - reader.position);
    reader_close(&reader);
    return code;
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
plan_unplaced(struct plan *plan, size_t line, const struct line_where *where,
              enum made made, struct error *err)
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
        plan->report->added++;
        code = buf_append_str(&plan->additions, patch.add, err);
        if (!code)
            code = buf_append_byte(&plan->additions, '\n', err);
        if (!code)
            code = plan_report_all(plan, line, &patch, EDIT_APPLIES, NULL, err);
    } else if (is_gone(&patch, where, made)) {
        code = plan_report_all(plan, line, &patch, EDIT_ALREADY, NULL, err);
    } else if (!(plan->filter && where->fate == LINE_MISSING)) {
        code =
            plan_report_all(plan, line, &patch, EDIT_CONFLICT, where->why, err);
    }
    arena_release(&arena);
    return code;
}

static enum err_code
plan_lines(struct plan *plan, const struct line_where *lines, struct error *err)
{
    enum made made = made_by_this(plan);
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < plan->set.count && !code; i++)
        if (lines[i].fate != LINE_PLACED)
            code = plan_unplaced(plan, i, &lines[i], made, err);
    return code;
}

static enum err_code
plan_shards(struct plan *plan, const struct place *places, size_t count,
            struct error *err)
{
    size_t at = 0;
    enum err_code code = ERR_OK;

    for (uint32_t i = 0; i < plan->input_count && !code; i++) {
        size_t end = at;

        while (end < count && places[end].shard == i)
            end++;
        if (end == at)
            plan_progress(plan, plan->inputs[i].info.bytes);
        else
            code = plan_shard(plan, i, places + at, end - at, err);
        at = end;
        if (plan->inputs[i].splice_count)
            plan->report->shards_changed++;
        else
            plan->report->shards_same++;
    }
    return code;
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

enum err_code
plan_make(struct plan *plan, const char *const *shards, size_t count,
          struct error *err)
{
    struct locator *locator = NULL;
    const struct line_where *lines = NULL;
    struct place *places = NULL;
    size_t place_count = 0;
    enum err_code code = locator_new(&locator, &plan->set, err);

    if (code)
        return code;
    plan->inputs = xcalloc(count + 1, sizeof(*plan->inputs));
    plan->input_count = count;
    for (size_t i = 0; i < count && !code; i++) {
        struct file_stat stat;

        plan->inputs[i].path = shards[i];
        code = file_stat(shards[i], &stat, err);
        if (!code)
            plan->bytes_total += 2 * stat.bytes;
    }
    for (uint32_t i = 0; i < count && !code; i++)
        code = scan_shard(plan, i, locator, err);
    if (!code)
        code = locator_assign(locator, is_new_corpus(plan), &places,
                              &place_count, &lines, err);
    if (!code)
        code = plan_shards(plan, places, place_count, err);
    if (!code)
        code = plan_lines(plan, lines, err);
    locator_free(locator);
    return code;
}
