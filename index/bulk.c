/* Texts are gathered into chunks; a pool of threads makes a run of each
 * (invert.h), in any order; the calling thread takes the finished ones in the
 * order of rows, writes the sizes of their documents and puts runs aside when
 * memory is short. The database is the calling thread's alone. */
#include "config.h"

#include "bulk.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "bulk_merge.h"
#include "dictionary.h"
#include "invert.h"
#include "posting_run.h"
#include "segment.h"
#include "stet/pool.h"
#include "stet/xalloc.h"

#define CHUNK_MIN ((size_t)256 << 10) /* bytes of text */
#define CHUNK_MAX ((size_t)8 << 20)
#define CHUNK_TEXTS 1000000u
#define INVERTED_SHARE 7u /* an inverter's memory, in chunks */

struct chunk {
    struct bulk *bulk;
    struct chunk *next;
    struct buf text;
    size_t *ends;
    struct inverted_text *inverted; /* as many */
    uint32_t count, cap;
    uint32_t first_row;
    struct run run;
    bool done; /* under the lock */
    struct error error;
};

struct bulk {
    struct bulk_options options;
    size_t chunk_size;
    uint64_t runs_memory; /* bytes of runs that stay in memory */
    struct pool *pool;

    struct chunk *filling; /* not yet given to the pool */
    struct chunk *spare;   /* to be filled again: its memory is warm */
    struct chunk *first;   /* given, in order */
    struct chunk **last;
    uint32_t rows;
    uint64_t tokens;

    struct run *runs;
    size_t run_count, run_cap;
    uint64_t in_memory; /* bytes of runs */
    size_t kept;        /* runs before it are in the file */
    int aside;          /* or -1 */
    uint64_t aside_used;

    pthread_mutex_t lock;        /* guards what follows, and chunk->done */
    pthread_cond_t finished;     /* a chunk is done */
    struct inverter **inverters; /* that nobody uses */
    unsigned inverter_count;
};

/* What the inverters leave, but for a quarter: that is for what is kept of each
 * document and for reading runs back. To write runs aside and read them again
 * costs more than to hold them. */
static uint64_t
memory_for_runs(const struct bulk *bulk)
{
    uint64_t inverting = (uint64_t)bulk->chunk_size *
                         ((INVERTED_SHARE + 1) * bulk->options.threads + 1);
    uint64_t memory = bulk->options.memory;
    uint64_t quarter = memory / 4;

    return inverting < memory / 2 ? memory - quarter - inverting : quarter;
}

struct bulk *
bulk_new(const struct bulk_options *options)
{
    struct bulk *bulk = xcalloc(1, sizeof(*bulk));
    unsigned threads = options->threads;
    uint64_t chunk = options->memory / 2 / ((INVERTED_SHARE + 1) * threads + 1);

    bulk->options = *options;
    bulk->chunk_size = chunk < CHUNK_MIN   ? CHUNK_MIN
                       : chunk > CHUNK_MAX ? CHUNK_MAX
                                           : (size_t)chunk;
    bulk->runs_memory = memory_for_runs(bulk);
    bulk->last = &bulk->first;
    bulk->aside = -1;
    pthread_mutex_init(&bulk->lock, NULL);
    pthread_cond_init(&bulk->finished, NULL);
    bulk->inverters = xcalloc(threads + 1, sizeof(struct inverter *));
    bulk->pool = pool_new(threads, "stet-invert");
    return bulk;
}

static void
chunk_free(struct chunk *chunk)
{
    if (!chunk)
        return;
    buf_release(&chunk->text);
    run_release(&chunk->run);
    free(chunk->ends);
    free(chunk->inverted);
    free(chunk);
}

void
bulk_free(struct bulk *bulk)
{
    if (!bulk)
        return;
    pool_free(bulk->pool);
    while (bulk->first) {
        struct chunk *chunk = bulk->first;

        bulk->first = chunk->next;
        chunk_free(chunk);
    }
    chunk_free(bulk->filling);
    chunk_free(bulk->spare);
    for (size_t i = 0; i < bulk->run_count; i++)
        run_release(&bulk->runs[i]);
    free(bulk->runs);
    for (unsigned i = 0; i < bulk->inverter_count; i++)
        inverter_free(bulk->inverters[i]);
    free(bulk->inverters);
    if (bulk->aside >= 0)
        close(bulk->aside);
    pthread_mutex_destroy(&bulk->lock);
    pthread_cond_destroy(&bulk->finished);
    free(bulk);
}

static struct inverter *
take_inverter(struct bulk *bulk)
{
    struct inverter *inverter = NULL;

    pthread_mutex_lock(&bulk->lock);
    if (bulk->inverter_count > 0)
        inverter = bulk->inverters[--bulk->inverter_count];
    pthread_mutex_unlock(&bulk->lock);
    return inverter ? inverter : inverter_new();
}

static void
invert_chunk(void *arg)
{
    struct chunk *chunk = arg;
    struct bulk *bulk = chunk->bulk;
    struct inverter *inverter = take_inverter(bulk);
    const struct invert_texts texts = {
        .text = buf_str(&chunk->text),
        .ends = chunk->ends,
        .count = chunk->count,
        .first_row = chunk->first_row,
    };

    (void)inverter_run(inverter, &texts, chunk->inverted, &chunk->run.bytes,
                       &chunk->error);
    pthread_mutex_lock(&bulk->lock);
    bulk->inverters[bulk->inverter_count++] = inverter;
    chunk->done = true;
    pthread_cond_signal(&bulk->finished);
    pthread_mutex_unlock(&bulk->lock);
}

static enum err_code
open_aside(struct bulk *bulk, struct error *err)
{
    const char *path = bulk->options.aside;

    bulk->aside = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (bulk->aside < 0)
        return error_errno(err, errno, path);
    (void)unlink(path); /* gone with this process */
    return ERR_OK;
}

static enum err_code
spare_memory(struct bulk *bulk, struct error *err)
{
    enum err_code code = ERR_OK;

    if (bulk->in_memory <= bulk->runs_memory)
        return ERR_OK;
    if (bulk->aside < 0)
        code = open_aside(bulk, err);
    for (; code == ERR_OK && bulk->kept < bulk->run_count; bulk->kept++) {
        struct run *run = &bulk->runs[bulk->kept];
        uint64_t size = run->bytes.len;

        code = run_spill(run, bulk->aside, bulk->aside_used, err);
        if (code != ERR_OK)
            break;
        bulk->in_memory -= size;
        bulk->aside_used += size;
    }
    return code;
}

/* A finished chunk's sizes, signatures and run. */
static enum err_code
take_chunk(struct bulk *bulk, struct chunk *chunk, struct error *err)
{
    enum err_code code = chunk->error.code;

    if (code != ERR_OK)
        *err = chunk->error;
    for (uint32_t i = 0; code == ERR_OK && i < chunk->count; i++) {
        const struct inverted_text *text = &chunk->inverted[i];

        bulk->tokens += text->tokens;
        code = segment_add_size(bulk->options.db, chunk->first_row + i,
                                text->tokens, err);
        if (code == ERR_OK && bulk->options.signatures)
            code = signatures_add(bulk->options.signatures, bulk->options.db,
                                  &text->signature, err);
    }
    if (code != ERR_OK)
        return code;
    if (bulk->run_count == bulk->run_cap) {
        bulk->run_cap = bulk->run_cap ? bulk->run_cap * 2 : 64;
        bulk->runs =
            xreallocarray(bulk->runs, bulk->run_cap, sizeof(*bulk->runs));
    }
    bulk->in_memory += chunk->run.bytes.len;
    bulk->runs[bulk->run_count++] = chunk->run;
    chunk->run = (struct run){0};
    return spare_memory(bulk, err);
}

/* Take chunks in order until at most `most` are with the pool. */
static enum err_code
take_chunks(struct bulk *bulk, unsigned most, struct error *err)
{
    enum err_code code = ERR_OK;
    unsigned waiting = 0;

    for (const struct chunk *at = bulk->first; at; at = at->next)
        waiting++;
    while (code == ERR_OK && waiting > most) {
        struct chunk *chunk = bulk->first;

        pthread_mutex_lock(&bulk->lock);
        while (!chunk->done)
            pthread_cond_wait(&bulk->finished, &bulk->lock);
        pthread_mutex_unlock(&bulk->lock);
        bulk->first = chunk->next;
        if (!bulk->first)
            bulk->last = &bulk->first;
        code = take_chunk(bulk, chunk, err);
        chunk_free(bulk->spare);
        bulk->spare = chunk;
        waiting--;
    }
    return code;
}

/* Give the chunk being filled to the pool; as many more wait as work. */
static enum err_code
submit(struct bulk *bulk, struct error *err)
{
    struct chunk *chunk = bulk->filling;
    enum err_code code;

    if (!chunk)
        return ERR_OK;
    code = take_chunks(bulk, bulk->options.threads, err);
    if (code != ERR_OK)
        return code;
    bulk->filling = NULL;
    *bulk->last = chunk;
    bulk->last = &chunk->next;
    pool_submit(bulk->pool, invert_chunk, chunk, 0);
    return ERR_OK;
}

static struct chunk *
new_chunk(struct bulk *bulk)
{
    struct chunk *chunk = bulk->spare;

    bulk->spare = NULL;
    if (!chunk)
        chunk = xcalloc(1, sizeof(*chunk));
    chunk->bulk = bulk;
    chunk->next = NULL;
    chunk->text.len = 0;
    chunk->count = 0;
    chunk->first_row = bulk->rows + 1;
    chunk->done = false;
    chunk->error.code = ERR_OK;
    return chunk;
}

static void
add_end(struct chunk *chunk, size_t end)
{
    if (chunk->count == chunk->cap) {
        chunk->cap = chunk->cap ? chunk->cap * 2 : 256;
        chunk->ends =
            xreallocarray(chunk->ends, chunk->cap, sizeof(*chunk->ends));
        chunk->inverted = xreallocarray(chunk->inverted, chunk->cap,
                                        sizeof(*chunk->inverted));
    }
    chunk->ends[chunk->count++] = end;
}

/* Without a copy, nothing beside it. */
static enum err_code
add_long(struct bulk *bulk, struct str text, struct error *err)
{
    struct invert_texts texts = {
        .text = text,
        .ends = &text.len,
        .count = 1,
        .first_row = bulk->rows + 1,
    };
    struct chunk *chunk;
    struct inverter *inverter;
    enum err_code code = submit(bulk, err);

    if (code == ERR_OK)
        code = take_chunks(bulk, 0, err);
    if (code != ERR_OK)
        return code;
    chunk = new_chunk(bulk);
    add_end(chunk, text.len);
    inverter = inverter_new(); /* and its memory is not kept */
    code =
        inverter_run(inverter, &texts, chunk->inverted, &chunk->run.bytes, err);
    inverter_free(inverter);
    bulk->rows++;
    if (code == ERR_OK)
        code = take_chunk(bulk, chunk, err);
    chunk_free(chunk);
    return code;
}

enum err_code
bulk_add(struct bulk *bulk, struct str text, struct error *err)
{
    enum err_code code;

    if (text.len > bulk->chunk_size)
        return add_long(bulk, text, err);
    if (!bulk->filling)
        bulk->filling = new_chunk(bulk);
    code = buf_append_str(&bulk->filling->text, text, err);
    if (code != ERR_OK)
        return code;
    add_end(bulk->filling, bulk->filling->text.len);
    bulk->rows++;
    if (bulk->filling->text.len < bulk->chunk_size &&
        bulk->filling->count < CHUNK_TEXTS)
        return ERR_OK;
    return submit(bulk, err);
}

bool
bulk_is_full(const struct bulk *bulk)
{
    return bulk->run_count >= bulk_merge_fan_in(bulk->options.memory);
}

enum err_code
bulk_finish(struct bulk *bulk, struct error *err)
{
    struct bulk_merge merge = {.db = bulk->options.db, .fd = -1};
    enum err_code code = submit(bulk, err);

    if (code == ERR_OK)
        code = take_chunks(bulk, 0, err);
    if (code != ERR_OK)
        return code;
    for (; bulk->inverter_count > 0; bulk->inverter_count--)
        inverter_free(bulk->inverters[bulk->inverter_count - 1]);
    merge.runs = bulk->runs;
    merge.count = bulk->run_count;
    merge.fd = bulk->aside;
    merge.rows = bulk->rows;
    merge.tokens = bulk->tokens;
    merge.page_size = bulk->options.page_size;
    return bulk_merge_runs(&merge, err);
}
