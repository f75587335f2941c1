/* Cuts bytes into frames (zstd) or members (gzip) of bounded size, each
 * compressed alone, preferably ending where a line ends. Where the cuts are
 * depends on the bytes only, so threads change nothing but the time. */
#include "config.h"

#include "shard/framer.h"

#include <pthread.h>
#include <stdlib.h>

#include "stet/pool.h"

#include "shard/packer.h"

#define THREADS_MAX 8u
/* A frame takes a millisecond: threads that wait for the next cost more. */
#define SLOTS_OF_THREAD 8u

/* A frame on its way: filled, compressed, given to the sink. */
struct slot {
    struct framer *framer;
    struct buf content, packed;
    struct seek_entry entry;
    bool checksum;
    bool finished; /* under the lock */
    enum err_code code;
    struct error err;
};

struct framer {
    struct framer_options options;
    framer_sink *sink;
    void *ctx;
    struct slot *slots; /* a ring; one without threads */
    unsigned slot_count;
    unsigned first, begun; /* slots given to the pool, from `first` on */
    struct packer *packers[THREADS_MAX];
    unsigned packer_count;
    struct pool *pool;
    pthread_mutex_t lock; /* guards the free packers, and what is finished */
    pthread_cond_t finished;
    unsigned free_packers; /* those before it in packers[] */
};

static enum err_code
open_slots(struct framer *framer, struct error *err)
{
    const struct framer_options *o = &framer->options;
    const struct packing packing = {o->container, o->level, o->checksum,
                                    o->check, o->max};
    unsigned packers = o->threads ? o->threads : 1;
    enum err_code code = ERR_OK;

    framer->slot_count = o->threads ? SLOTS_OF_THREAD * o->threads + 1 : 1;
    framer->slots = calloc(framer->slot_count, sizeof(*framer->slots));
    if (!framer->slots)
        return error_nomem(err);
    for (unsigned i = 0; i < framer->slot_count; i++)
        framer->slots[i].framer = framer;
    while (framer->packer_count < packers && !code) {
        code =
            packer_open(&framer->packers[framer->packer_count], &packing, err);
        framer->packer_count += code == ERR_OK;
    }
    framer->free_packers = framer->packer_count;
    return code;
}

enum err_code
framer_open(struct framer **out, const struct framer_options *options,
            framer_sink *sink, void *ctx, struct error *err)
{
    struct framer *framer = calloc(1, sizeof(*framer));
    enum err_code code;

    if (!framer)
        return error_nomem(err);
    framer->options = *options;
    if (framer->options.threads > THREADS_MAX)
        framer->options.threads = THREADS_MAX;
    framer->sink = sink;
    framer->ctx = ctx;
    pthread_mutex_init(&framer->lock, NULL);
    pthread_cond_init(&framer->finished, NULL);
    code = open_slots(framer, err);
    if (code) {
        framer_close(framer);
        return code;
    }
    if (framer->options.threads)
        framer->pool = pool_new(framer->options.threads, "compress");
    *out = framer;
    return ERR_OK;
}

void
framer_close(struct framer *framer)
{
    if (!framer)
        return;
    pool_free(framer->pool);
    for (unsigned i = 0; i < framer->packer_count; i++)
        packer_close(framer->packers[i]);
    for (unsigned i = 0; framer->slots && i < framer->slot_count; i++) {
        buf_release(&framer->slots[i].content);
        buf_release(&framer->slots[i].packed);
    }
    free(framer->slots);
    pthread_cond_destroy(&framer->finished);
    pthread_mutex_destroy(&framer->lock);
    free(framer);
}

void
framer_set_checksum(struct framer *framer, bool checksum)
{
    framer->options.checksum = checksum;
}

/* There are as many packers as threads, so one is free. */
static void
pack(void *arg)
{
    struct slot *slot = arg;
    struct framer *framer = slot->framer;
    struct packer *packer;
    enum err_code code;

    pthread_mutex_lock(&framer->lock);
    packer = framer->packers[--framer->free_packers];
    pthread_mutex_unlock(&framer->lock);
    code = packer_pack(packer, buf_str(&slot->content), slot->checksum,
                       &slot->packed, &slot->entry, &slot->err);
    pthread_mutex_lock(&framer->lock);
    framer->packers[framer->free_packers++] = packer;
    slot->code = code;
    slot->finished = true;
    pthread_cond_signal(&framer->finished);
    pthread_mutex_unlock(&framer->lock);
}

/* The oldest frame, to the sink. */
static enum err_code
give(struct framer *framer, struct error *err)
{
    struct slot *slot = &framer->slots[framer->first];
    enum err_code code;

    pthread_mutex_lock(&framer->lock);
    while (!slot->finished)
        pthread_cond_wait(&framer->finished, &framer->lock);
    pthread_mutex_unlock(&framer->lock);
    code = slot->code;
    if (code)
        *err = slot->err;
    else
        code =
            framer->sink(framer->ctx, buf_str(&slot->packed), slot->entry, err);
    buf_clear(&slot->content);
    slot->finished = false;
    framer->first = (framer->first + 1) % framer->slot_count;
    framer->begun--;
    return code;
}

static struct slot *
filling(const struct framer *framer)
{
    return &framer->slots[(framer->first + framer->begun) % framer->slot_count];
}

/* The frame being filled is complete; a slot is free afterwards. */
static enum err_code
emit(struct framer *framer, struct error *err)
{
    struct slot *slot = filling(framer);

    slot->checksum = framer->options.checksum;
    framer->begun++;
    if (framer->pool)
        pool_submit(framer->pool, pack, slot, 0);
    else
        pack(slot);
    return framer->begun == framer->slot_count ? give(framer, err) : ERR_OK;
}

/* How many of `len` more bytes belong to the present frame; *cut: it ends
 * behind them. */
static size_t
frame_share(const struct framer *framer, const char *ptr, size_t len, bool *cut)
{
    size_t have = filling(framer)->content.len;
    size_t min = framer->options.min;
    size_t space = framer->options.max - have;
    const char *newline;

    if (len > space)
        len = space;
    *cut = len == space;
    if (have < min) {
        if (have + len < min || min == framer->options.max)
            return len;
        newline = memchr(ptr + (min - have) - 1, '\n', len - (min - have) + 1);
    } else {
        newline = memchr(ptr, '\n', len);
    }
    if (!newline)
        return len;
    *cut = true;
    return (size_t)(newline + 1 - ptr);
}

enum err_code
framer_write(struct framer *framer, const void *ptr, size_t len,
             struct error *err)
{
    const char *at = ptr;

    while (len > 0) {
        bool cut = false;
        size_t share = frame_share(framer, at, len, &cut);
        enum err_code code =
            buf_append(&filling(framer)->content, at, share, err);

        if (code == ERR_OK && cut)
            code = emit(framer, err);
        if (code)
            return code;
        at += share;
        len -= share;
    }
    return ERR_OK;
}

static enum err_code
drain(struct framer *framer, struct error *err)
{
    enum err_code code = ERR_OK;

    while (framer->begun > 0 && code == ERR_OK)
        code = give(framer, err);
    return code;
}

enum err_code
framer_flush(struct framer *framer, struct error *err)
{
    enum err_code code =
        filling(framer)->content.len > 0 ? emit(framer, err) : ERR_OK;

    return code == ERR_OK ? drain(framer, err) : code;
}

enum err_code
framer_write_empty(struct framer *framer, struct error *err)
{
    enum err_code code = emit(framer, err);

    return code == ERR_OK ? drain(framer, err) : code;
}
