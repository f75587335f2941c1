/* A shard read in order: file -> decoder -> lines. The first chunk is decoded
 * at the opening, so that what is no shard is refused there; damage is told
 * only after the records before it. */
#include "config.h"

#include "stet/shard.h"

#include <stdlib.h>

#include "shard/container.h"

#define RATIO_FROM (UINT64_C(64) << 20) /* bytes before the ratio counts */

const struct shard_limits shard_default_limits = {
    .max_record = UINT64_C(64) << 20,
    .max_window_log = 27,
    .max_ratio = 2000,
};

struct shard {
    struct infile in;
    struct decoder *decoder;
    struct jsonl jsonl;
    struct shard_limits limits;
    struct shard_info info;
    struct str chunk;    /* decoded, not yet split */
    bool chunk_is_new;   /* the tee has not seen it */
    bool ended;          /* the decoder gave its last chunk, or failed */
    bool done;           /* the last record or the failure was told */
    struct error failed; /* waits behind the records of the last chunk */
    uint64_t records;    /* lines given */
    uint64_t counted;    /* bytes of lines given: for the ratio */
    shard_sink *tee;
    void *tee_ctx;
    const int *cancel;
};

static void
shard_decode(struct shard *shard)
{
    struct str chunk = {NULL, 0};

    if (shard->decoder->ops->read(shard->decoder, &chunk, &shard->failed)) {
        shard->ended = true;
        return;
    }
    shard->chunk = chunk;
    shard->chunk_is_new = chunk.len > 0;
    shard->ended = chunk.len == 0;
}

/* Takes over shard->in. */
static enum err_code
shard_begin(struct shard **out, struct shard *shard,
            const struct shard_limits *limits, struct error *err)
{
    enum err_code code;

    shard->limits = limits ? *limits : shard_default_limits;
    shard->failed = (struct error)ERROR_INIT;
    jsonl_init(&shard->jsonl, shard->limits.max_record);
    code = decoder_open(&shard->decoder, &shard->in, &shard->limits, err);
    if (code)
        goto out;
    shard->info.container = shard->decoder->ops->container;
    shard_decode(shard);
    code = content_check(shard->chunk, shard->info.container, err);
    if (code)
        goto out;
    *out = shard;
    shard = NULL;
out:
    shard_close(shard);
    return code;
}

static struct shard *
shard_new(void)
{
    struct shard *shard = calloc(1, sizeof(*shard));

    if (shard)
        shard->in.fd = -1;
    return shard;
}

enum err_code
shard_open(struct shard **out, const char *path,
           const struct shard_limits *limits, struct error *err)
{
    struct shard *shard = shard_new();
    enum err_code code;

    if (!shard)
        return error_nomem(err);
    code = infile_open(&shard->in, path, true, err);
    if (code) {
        shard_close(shard);
        return code;
    }
    return shard_begin(out, shard, limits, err);
}

enum err_code
shard_open_fd(struct shard **out, int fd, const char *name,
              const struct shard_limits *limits, struct error *err)
{
    struct shard *shard = shard_new();
    enum err_code code;

    (void)name; /* messages leave the name to the caller, as for paths */
    if (!shard)
        return error_nomem(err);
    code = infile_open_fd(&shard->in, fd, true, err);
    if (code) {
        shard_close(shard);
        return code;
    }
    shard->in.stream = true;
    return shard_begin(out, shard, limits, err);
}

void
shard_close(struct shard *shard)
{
    if (!shard)
        return;
    decoder_close(shard->decoder);
    jsonl_release(&shard->jsonl);
    infile_close(&shard->in);
    free(shard);
}

/* Tell a failure once; the shard is at its end afterwards. */
static enum err_code
shard_fail(struct shard *shard, const struct error *what, struct error *err)
{
    shard->done = true;
    if (what->code != ERR_FORMAT && what->code != ERR_LIMIT) {
        *err = *what;
        return what->code;
    }
    return error_set_at(err, what->code, what->offset,
                        "%s; %llu records were read before it", what->message,
                        (unsigned long long)shard->records);
}

static enum err_code
shard_check_ratio(struct shard *shard, struct error *err)
{
    struct error what = ERROR_INIT;
    uint64_t compressed = shard->in.offset ? shard->in.offset : 1;

    if (shard->limits.max_ratio == 0 || shard->counted <= RATIO_FROM ||
        shard->counted / compressed < shard->limits.max_ratio)
        return ERR_OK;
    error_set_at(&what, ERR_LIMIT, shard->in.offset,
                 "expands %llu-fold (%llu bytes from %llu), over the limit "
                 "(--max-ratio) of %llu",
                 (unsigned long long)(shard->counted / compressed),
                 (unsigned long long)shard->counted,
                 (unsigned long long)compressed,
                 (unsigned long long)shard->limits.max_ratio);
    return shard_fail(shard, &what, err);
}

static void
shard_count(struct shard *shard, const struct record *record)
{
    struct shard_info *info = &shard->info;

    info->lines++;
    info->blank += record->kind == RECORD_BLANK;
    info->crlf += record->line_end == 2;
    info->bom |= record->number == 0 && record->offset == 3;
    shard->records += record->kind == RECORD_LINE;
    if (record->kind != RECORD_TOO_LONG)
        shard->counted += record->length + record->line_end;
}

/* All bytes were split: the line without an end, then the end. */
static enum err_code
shard_finish(struct shard *shard, struct record *record, struct error *err)
{
    if (shard->failed.code)
        return shard_fail(shard, &shard->failed, err);
    jsonl_finish(&shard->jsonl, record);
    if (record->kind != RECORD_END) {
        shard_count(shard, record);
        return ERR_OK;
    }
    shard->done = true;
    shard->info.frames = shard->decoder->frames;
    shard->info.bytes = shard->in.offset;
    shard->info.file_hash = hasher_take(shard->in.hasher);
    return ERR_OK;
}

/* Have bytes to split, unless the decoder is at its end. */
static enum err_code
shard_more(struct shard *shard, struct error *err)
{
    if (shard->cancel && __atomic_load_n(shard->cancel, __ATOMIC_RELAXED))
        return error_set(err, ERR_CANCELLED, "%s",
                         err_code_text(ERR_CANCELLED));
    if (shard->chunk.len == 0 && !shard->ended)
        shard_decode(shard);
    if (!shard->chunk_is_new)
        return ERR_OK;
    shard->chunk_is_new = false;
    shard->info.decompressed += shard->chunk.len;
    shard->info.frames = shard->decoder->frames;
    if (!shard->tee)
        return ERR_OK;
    return shard->tee(shard->tee_ctx, shard->chunk.ptr, shard->chunk.len, err);
}

enum err_code
shard_next(struct shard *shard, struct record *record, struct error *err)
{
    enum err_code code = ERR_OK;
    bool complete = false;

    if (shard->done) {
        *record = (struct record){.kind = RECORD_END};
        return ERR_OK;
    }
    while (!complete) {
        if (shard->chunk.len == 0 || shard->chunk_is_new)
            code = shard_more(shard, err);
        if (code == ERR_OK && shard->chunk.len == 0)
            return shard_finish(shard, record, err);
        if (code == ERR_OK)
            code = jsonl_take(&shard->jsonl, &shard->chunk, record, &complete,
                              err);
        if (code) {
            shard->done = true;
            return code;
        }
    }
    shard_count(shard, record);
    return shard_check_ratio(shard, err);
}

void
shard_set_tee(struct shard *shard, shard_sink *sink, void *ctx)
{
    shard->tee = sink;
    shard->tee_ctx = ctx;
}

const struct shard_info *
shard_info(const struct shard *shard)
{
    return &shard->info;
}

uint64_t
shard_position(const struct shard *shard)
{
    return shard->in.offset;
}

void
shard_set_cancel(struct shard *shard, const int *cancel)
{
    shard->cancel = cancel;
}
