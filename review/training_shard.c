/* Shards made ready for training, line by line. What is no document keeps its
 * bytes. */
#include "config.h"

#include <stdio.h>

#include "stet/json.h"
#include "stet/xalloc.h"
#include "training_private.h"

#define COLLISIONS_SHOWN 10000 /* of each shard */

/* Where the records of one shard stand. */
struct walk {
    const struct training_job *job;
    struct arena arena;
    struct lines_writer *writer;
    uint32_t only;     /* the mapping of a shard that is as it was */
    size_t row;        /* next of input->rows */
    uint64_t original; /* number of the record before drops */
};

/* The next record of the input that was not dropped; whether its text is
 * another now. */
static bool
step(struct walk *walk)
{
    const struct plan_input *input = walk->job->input;

    while (walk->row < input->row_count &&
           input->rows[walk->row].record == walk->original &&
           input->rows[walk->row].dropped) {
        walk->row++;
        walk->original++;
    }
    if (walk->row < input->row_count &&
        input->rows[walk->row].record == walk->original++) {
        walk->row++;
        return true;
    }
    return false;
}

/* By the shard's own mapping, else by the one that finds most. */
static enum err_code
map(struct walk *walk, const struct record *record, struct document **out,
    uint32_t *mapping, struct error *err)
{
    struct plan *plan = walk->job->plan;
    uint32_t count = (uint32_t)plan->set.header.mapping_count;
    enum err_code code = ERR_OK;

    *out = NULL;
    for (uint32_t i = 0; i < count && !code; i++) {
        struct document *document = NULL;

        if (walk->only != UINT32_MAX && walk->only != i)
            continue;
        code = plan_map(plan, record, i, &walk->arena, &document, err);
        if (!code && document &&
            (!*out || (!(*out)->id_token.ptr && document->id_token.ptr))) {
            *out = document;
            *mapping = i;
        }
    }
    return code;
}

static void
note_collision(const struct training_job *job, const struct document *document,
               struct str token)
{
    struct json_out w = {job->collisions, false};
    const char *shard = !job->input         ? "added"
                        : job->plan->filter ? "-"
                                            : job->input->path;

    if (job->counts->collisions > COLLISIONS_SHOWN)
        return;
    json_open(&w, '{');
    json_key(&w, "shard");
    json_str(&w, str_of(shard));
    json_key(&w, "record");
    json_int(&w, (int64_t)document->record);
    if (document->id_token.ptr) {
        json_key(&w, "id");
        json_raw(&w, document->id_token);
    }
    json_key(&w, "token");
    json_str(&w, token);
    json_close(&w, '}');
    xbuf_append(w.out, "\n", 1);
}

/* The record's new bytes into `out`; it may stay empty: nothing changes. */
static enum err_code
make_record(struct walk *walk, const struct record *record, bool moved,
            struct buf *out, struct error *err)
{
    const struct training_job *job = walk->job;
    struct document *document = NULL;
    struct training_result result = {0};
    struct training_place place = {job->plan->options, &job->plan->set.header,
                                   NULL};
    uint32_t mapping = 0;
    enum err_code code = map(walk, record, &document, &mapping, err);

    if (code || !document)
        return code;
    place.text = job->plan->mappings[mapping].text;
    code = training_record(&place, document, moved, &walk->arena, &result,
                           job->counts, err);
    if (!code && result.collision.ptr)
        note_collision(job, document, result.collision);
    if (!code && result.splices.count)
        code = splices_apply(document->raw, &result.splices, out, err);
    if (code)
        error_wrap(err, "record %llu", (unsigned long long)record->number);
    return code;
}

static enum err_code
write_line(struct walk *walk, const struct record *record, struct str bytes,
           struct error *err)
{
    static const char ends[] = "\r\n";
    struct str end = {ends + 2 - record->line_end, record->line_end};
    enum err_code code = lines_writer_write(walk->writer, bytes, err);

    return code ? code : lines_writer_write(walk->writer, end, err);
}

static enum err_code
walk_shard(struct walk *walk, struct shard *shard, struct error *err)
{
    struct buf line = {0};
    struct record record;
    enum err_code code;

    for (;;) {
        bool moved;

        code = shard_next(shard, &record, err);
        if (code || record.kind == RECORD_END)
            break;
        if (record.kind == RECORD_TOO_LONG) {
            code = error_set(err, ERR_LIMIT, "record %llu is too long",
                             (unsigned long long)record.number);
            break;
        }
        moved = step(walk);
        arena_reset(&walk->arena);
        buf_clear(&line);
        if (record.number == 0 && record.offset == 3)
            code =
                lines_writer_write(walk->writer, STR_LIT("\xEF\xBB\xBF"), err);
        if (!code && record.kind == RECORD_LINE)
            code = make_record(walk, &record, moved, &line, err);
        if (!code)
            code = write_line(walk, &record,
                              line.len ? buf_str(&line) : record.raw, err);
        if (code)
            break;
    }
    buf_release(&line);
    return code;
}

/* Of a shard that the header knows by its bytes, its own mapping. */
static uint32_t
own_mapping(const struct plan *plan, const struct plan_input *input)
{
    const struct patch_header *header = &plan->set.header;
    uint32_t found = UINT32_MAX;

    for (size_t i = 0; i < header->shard_count; i++) {
        uint32_t mapping = (uint32_t)header->shards[i].mapping;

        if (!hash_equal(&header->shards[i].hash, &input->info.file_hash))
            continue;
        if (found != UINT32_MAX && found != mapping)
            return UINT32_MAX;
        found = mapping;
    }
    return found;
}

enum err_code
training_shard(const struct training_job *job, struct error *err)
{
    const struct apply_options *options = job->plan->options;
    struct walk walk = {.job = job, .only = own_mapping(job->plan, job->input)};
    struct shard *shard = NULL;
    enum container container =
        options->recode ? options->container : job->input->info.container;
    enum err_code code = shard_open(&shard, job->from, &options->limits, err);

    arena_init(&walk.arena, 0);
    if (!code)
        code = lines_writer_open(&walk.writer, job->to, container, err);
    if (!code) {
        shard_set_cancel(shard, job->cancel);
        code = walk_shard(&walk, shard, err);
    }
    if (!code && strcmp(job->from, job->input->path) == 0 &&
        !hash_equal(&shard_info(shard)->file_hash, &job->input->info.file_hash))
        code = error_set(err, ERR_CONFLICT, "changed while it was read");
    if (!code) {
        code = lines_writer_commit(walk.writer, err);
        walk.writer = NULL;
    }
    lines_writer_abort(walk.writer);
    shard_close(shard);
    arena_release(&walk.arena);
    return code ? error_wrap(err, "%s", job->input->path) : ERR_OK;
}

enum err_code
training_lines(struct plan *plan, struct buf *lines,
               struct training_counts *counts, struct buf *collisions,
               struct error *err)
{
    const struct training_job job = {
        .plan = plan, .counts = counts, .collisions = collisions};
    struct walk walk = {.job = &job, .only = UINT32_MAX};
    struct buf out = {0};
    struct buf line = {0};
    struct record record = {.kind = RECORD_LINE};
    size_t at = 0;
    enum err_code code = ERR_OK;

    arena_init(&walk.arena, 0);
    while (!code && at < lines->len) {
        size_t end = str_find(buf_str(lines), STR_LIT("\n"), at);

        record.raw = str_slice(buf_str(lines), at, end);
        arena_reset(&walk.arena);
        buf_clear(&line);
        code = make_record(&walk, &record, false, &line, err);
        if (!code)
            code = buf_append_str(&out, line.len ? buf_str(&line) : record.raw,
                                  err);
        if (!code)
            code = buf_append_byte(&out, '\n', err);
        record.number++;
        at = end + 1;
    }
    if (!code) {
        buf_release(lines);
        *lines = out;
        out = (struct buf){0};
    }
    buf_release(&out);
    buf_release(&line);
    arena_release(&walk.arena);
    return code;
}

enum err_code
training_refuse(const struct training_options *options,
                const struct training_counts *counts, struct str collisions,
                struct error *err)
{
    size_t end = str_find(collisions, STR_LIT("\n"), 0);

    if (options->allow_collisions || counts->collisions == 0)
        return ERR_OK;
    return error_set(
        err, ERR_CONFLICT,
        "%llu documents have a control token in their text "
        "already, nothing was written; the first: %.*s",
        (unsigned long long)counts->collisions,
        STR_FMT(str_slice(collisions, 0, end == SIZE_MAX ? 0 : end)));
}

void
training_count(struct training_counts *sum, const struct training_counts *part)
{
    sum->documents += part->documents;
    sum->left += part->left;
    sum->segments += part->segments;
    sum->good += part->good;
    sum->bad += part->bad;
    sum->unknown += part->unknown;
    sum->dropped += part->dropped;
    sum->injected += part->injected;
    sum->collisions += part->collisions;
}

static void
put_str(struct json_out *w, const char *key, struct str value)
{
    if (!value.ptr || value.len == 0)
        return;
    json_key(w, key);
    json_str(w, value);
}

void
training_format(const struct training_options *options, struct buf *out)
{
    struct json_out w = {out, false};
    char seed[24];

    json_open(&w, '{');
    json_key(&w, "as");
    json_str(&w, options->segments ? STR_LIT("segments") : STR_LIT("tokens"));
    json_key(&w, "unit");
    json_str(&w, str_of(training_unit_names[options->unit]));
    put_str(&w, "good", options->good);
    put_str(&w, "bad", options->bad);
    put_str(&w, "inject", options->inject);
    json_key(&w, "dropout");
    json_double(&w, options->dropout);
    json_key(&w, "rate");
    json_double(&w, options->rate);
    json_key(&w, "seed");
    (void)snprintf(seed, sizeof(seed), "%llu",
                   (unsigned long long)options->seed);
    json_raw(&w, str_of(seed));
    put_str(&w, "score", str_of(options->score ? options->score : ""));
    json_key(&w, "low_is_bad");
    json_bool(&w, options->low_is_bad);
    json_key(&w, "threshold");
    json_double(&w, options->threshold);
    put_str(&w, "good_verdicts", options->good_verdicts);
    put_str(&w, "bad_verdicts", options->bad_verdicts);
    put_str(&w, "good_tags", options->good_tags);
    put_str(&w, "bad_tags", options->bad_tags);
    json_close(&w, '}');
}
