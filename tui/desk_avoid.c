/* What I keep out of my queues: changed by `:avoid`, tried before it is kept.
 */
#include "config.h"

#include <stdlib.h>

#include "stet/avoid.h"
#include "stet/xalloc.h"
#include "tui/desk_state.h"

struct avoid_job {
    struct job job;
    struct str words, added; /* the whole list; what is new in it */
    uint32_t count;          /* documents of the new ones */
};

struct str
desk_avoided(struct desk *desk)
{
    return desk_memory(desk, AVOID_KEY);
}

static void
run_avoid(struct job *base, struct lane_context *c)
{
    struct avoid_job *job = (struct avoid_job *)base;
    struct bits found = {0};

    base->code = bits_init(&found, index_count(c->index), &base->err);
    if (!base->code)
        base->code =
            avoid_find(c->resolver, job->added, true, &found, &base->err);
    if (!base->code)
        job->count = bits_population(&found);
    bits_release(&found);
}

static unsigned
finish_avoid(struct job *base, struct desk *desk)
{
    const struct avoid_job *job = (const struct avoid_job *)base;

    if (base->code && base->code != ERR_CANCELLED) { /* then only the count */
        desk_say(desk, true, "%s", base->err.message);
        return UPDATE_STATUS;
    }
    desk_memory_put(desk, AVOID_KEY, job->words);
    desk_reopen_queue(desk);
    desk_ask_start(desk); /* behind it: what runs is stopped by a new list */
    if (!job->words.len)
        desk_say(desk, false, "nothing is kept out of my queues");
    else if (job->added.len && !base->code)
        desk_say(desk, false, "kept out of my queues: %.*s (new: %u documents)",
                 STR_FMT(job->words), (unsigned)job->count);
    else
        desk_say(desk, false, "kept out of my queues: %.*s",
                 STR_FMT(job->words));
    return UPDATE_STATUS | UPDATE_START;
}

static bool
has_word(struct str words, struct str wanted)
{
    struct str word;

    for (size_t at = 0; avoid_next(words, &at, &word);)
        if (str_equal(word, wanted))
            return true;
    return false;
}

static void
put_word(struct buf *words, struct str word)
{
    if (words->len > 0)
        xbuf_append_str(words, STR_LIT(" "));
    xbuf_append_str(words, word);
}

/* One word of the command into the list; false: refused, and said why. */
static bool
change(struct desk *desk, struct str word, struct buf *words, struct buf *added)
{
    bool off = word.ptr[0] == '-';
    struct str name = off ? str_slice(word, 1, word.len) : word;
    struct str former;
    struct buf kept = {0};
    struct error err = ERROR_INIT;

    if (off && !has_word(buf_str(words), name)) {
        desk_say(desk, true, "not kept out: %.*s", STR_FMT(name));
        return false;
    }
    if (!off && avoid_check(name, &err)) {
        desk_say(desk, true, "%s", err.message);
        return false;
    }
    if (!off && has_word(buf_str(words), name))
        return true;
    for (size_t at = 0; avoid_next(buf_str(words), &at, &former);)
        if (!str_equal(former, name))
            put_word(&kept, former);
    if (!off) {
        put_word(&kept, name);
        put_word(added, name);
    }
    buf_clear(words);
    xbuf_append_str(words, buf_str(&kept));
    buf_release(&kept);
    return true;
}

void
desk_avoid(struct desk *desk, struct str changes)
{
    struct buf words = {0};
    struct buf added = {0};
    struct str word;
    bool good = true;

    xbuf_append_str(&words, desk_avoided(desk));
    for (size_t at = 0; good && avoid_next(changes, &at, &word);)
        good = change(desk, word, &words, &added);
    if (good) {
        struct avoid_job *job =
            desk_job(sizeof(*job), LANE_SEARCH, run_avoid, finish_avoid, NULL);

        job->words = arena_copy(&job->job.arena, buf_str(&words));
        job->added = arena_copy(&job->job.arena, buf_str(&added));
        lane_submit(desk->lanes, &job->job);
    }
    buf_release(&words);
    buf_release(&added);
}

enum err_code
desk_find_avoided(struct lane_context *c, struct str words, struct arena *arena,
                  struct bits *out, struct error *err)
{
    enum err_code code = ERR_OK;

    if (!words.ptr) {
        code = store_note_get(c->store, AVOID_KEY, arena, &words, err);
        if (code == ERR_NOTFOUND)
            code = ERR_OK;
    }
    if (code || !words.len)
        return code;
    code = bits_init(out, index_count(c->index), err);
    return code ? code : avoid_find(c->resolver, words, false, out, err);
}

struct str
desk_avoided_copy(struct desk *desk, struct arena *arena)
{
    struct str words = desk_avoided(desk);

    if (!desk->memory_known)
        return (struct str){NULL, 0};
    return arena_copy(arena, words.len ? words : STR_LIT(""));
}
