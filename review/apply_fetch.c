/* The records that patches are for, one after another. What was kept when it
 * was seen is at hand; else a frame or two are decoded; a shard that cannot be
 * read at random is read up to its last target. */
#include "config.h"

#include <stdlib.h>

#include "apply_plan.h"
#include "stet/xalloc.h"

struct fetch {
    struct plan *plan;
    const struct plan_input *input;
    const int *cancel;
    struct shard_reader *random; /* NULL: not, or not any more */
    uint64_t total;              /* decompressed bytes of it */
    struct shard *shard;         /* NULL until it is needed */
    struct record record;        /* of it, the last */
    struct buf bytes;
    struct arena arena;
};

/* The file that can be read at random: the index's copy, or the shard. */
static enum err_code
open_random(struct fetch *fetch, struct error *err)
{
    const struct plan_input *input = fetch->input;
    struct index *index = fetch->plan->options->index;
    bool copy = input->known != NO_SHARD &&
                index_shard(index, input->known)->copy != NULL;
    char *path =
        copy ? index_shard_file(index, input->known) : xstrdup(input->path);
    struct frame_map map = {.frames = 0};
    bool seekable = false;
    enum err_code code = copy ? frame_map_load_seekable(&map, path, err)
                              : frame_map_scan(&map, path, &seekable, err);

    fetch->total = map.frames ? map.out[map.frames] : input->info.decompressed;
    if (!code && (copy || seekable))
        code = shard_reader_open(&fetch->random, path, &map, err);
    frame_map_release(&map);
    free(path);
    return code;
}

enum err_code
fetch_open(struct fetch **out, struct plan *plan,
           const struct plan_input *input, const int *cancel, struct error *err)
{
    struct fetch *fetch = xcalloc(1, sizeof(*fetch));
    struct error ignored = ERROR_INIT;
    bool all = true;

    fetch->plan = plan;
    fetch->input = input;
    fetch->cancel = cancel;
    arena_init(&fetch->arena, 0);
    for (size_t i = 0; i < input->seen_count; i++)
        all = all && input->seen[i].raw.ptr;
    /* It can be done without. */
    if (!all && open_random(fetch, &ignored) == ERR_NOMEM) {
        *err = ignored;
        fetch_close(fetch);
        return ERR_NOMEM;
    }
    *out = fetch;
    return ERR_OK;
}

void
fetch_close(struct fetch *fetch)
{
    if (!fetch)
        return;
    shard_reader_close(fetch->random);
    shard_close(fetch->shard);
    buf_release(&fetch->bytes);
    arena_release(&fetch->arena);
    free(fetch);
}

/* By bisection: sightings are in order of their records. */
static const struct sighting *
find_sighting(const struct plan_input *input, const struct place *place)
{
    size_t low = 0;
    size_t high = input->seen_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (input->seen[middle].record < place->record)
            low = middle + 1;
        else
            high = middle;
    }
    while (low < input->seen_count &&
           input->seen[low].record == place->record) {
        if (input->seen[low].mapping == place->mapping)
            return &input->seen[low];
        low++;
    }
    return NULL;
}

/* Whether a record is the document that was seen. */
static bool
is_as_seen(struct fetch *fetch, const struct sighting *sighting,
           const struct record *record)
{
    struct document *document = NULL;
    struct error ignored = ERROR_INIT;
    struct hash hash;
    bool same;

    arena_reset(&fetch->arena);
    same = plan_map(fetch->plan, record, sighting->mapping, &fetch->arena,
                    &document, &ignored) == ERR_OK &&
           document &&
           plan_text_hash(fetch->plan, document, &hash, &ignored) == ERR_OK &&
           hash_equal(&hash, &sighting->text_hash) &&
           str_equal(document->id_token, sighting->id_token) &&
           str_equal(document->source, sighting->source);
    arena_reset(&fetch->arena);
    return same;
}

/* The record with its line end, which shows how long that is. */
static bool
read_random(struct fetch *fetch, const struct sighting *sighting,
            struct record *record)
{
    struct error ignored = ERROR_INIT;
    uint64_t length = sighting->length;
    uint64_t left = fetch->total - sighting->offset;
    const char *end;

    buf_clear(&fetch->bytes);
    if (sighting->offset > fetch->total || length > left ||
        shard_reader_read(fetch->random, sighting->offset,
                          (size_t)(left - length < 2 ? left : length + 2),
                          &fetch->bytes, &ignored) != ERR_OK)
        return false;
    end = fetch->bytes.ptr + length;
    *record = (struct record){.kind = RECORD_LINE,
                              .raw = {fetch->bytes.ptr, (size_t)length},
                              .number = sighting->record,
                              .offset = sighting->offset,
                              .length = length};
    if (left == length)
        record->line_end = 0;
    else if (end[0] == '\n')
        record->line_end = 1;
    else if (end[0] == '\r' && left - length > 1 && end[1] == '\n')
        record->line_end = 2;
    else
        return false;
    return is_as_seen(fetch, sighting, record);
}

static enum err_code
read_on(struct fetch *fetch, uint64_t number, struct record *record,
        struct error *err)
{
    enum err_code code = ERR_OK;

    if (!fetch->shard) {
        code = shard_open(&fetch->shard, fetch->input->path,
                          &fetch->plan->options->limits, err);
        if (code)
            return code;
        shard_set_cancel(fetch->shard, fetch->cancel);
        fetch->record.number = UINT64_MAX;
    }
    while (!code && (fetch->record.number == UINT64_MAX ||
                     fetch->record.number < number)) {
        code = shard_next(fetch->shard, &fetch->record, err);
        if (!code && fetch->record.kind == RECORD_END)
            break;
    }
    if (!code &&
        (fetch->record.kind != RECORD_LINE || fetch->record.number != number))
        code = error_set(err, ERR_CONFLICT, "changed while it was read");
    if (!code)
        *record = fetch->record;
    return code;
}

enum err_code
fetch_record(struct fetch *fetch, const struct place *place,
             struct record *record, struct error *err)
{
    const struct sighting *sighting = find_sighting(fetch->input, place);

    if (!sighting)
        return error_set(err, ERR_CONFLICT, "changed while it was read");
    if (sighting->raw.ptr) {
        *record = (struct record){.kind = RECORD_LINE,
                                  .raw = sighting->raw,
                                  .number = sighting->record,
                                  .offset = sighting->offset,
                                  .length = sighting->length,
                                  .line_end = sighting->line_end};
        return ERR_OK;
    }
    if (fetch->random) {
        if (read_random(fetch, sighting, record))
            return ERR_OK;
        /* A map or a copy that lies: the shard itself decides. */
        shard_reader_close(fetch->random);
        fetch->random = NULL;
    }
    return read_on(fetch, place->record, record, err);
}
