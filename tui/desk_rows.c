/* The rows of the list, loaded a window at a time and kept in a small cache. */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stet/xalloc.h"
#include "tui/desk_state.h"

#define SNIPPET_BYTES 240
#define NO_WINDOW (UINT32_MAX - 1)
/* A row's snippet is looked for in this much of a long text. */
#define SNIPPET_TEXT ((size_t)256 << 10)

struct rows_job {
    struct job job;
    uint64_t list;
    uint32_t first, count; /* first: of a window; NO_WINDOW: none */
    uint32_t rows[ROW_WINDOW];
    uint32_t docs[ROW_WINDOW];
    const struct query *parsed; /* in `query_arena` */
    struct arena query_arena;
    struct row_slot slots[ROW_WINDOW];
    struct item_state mine[ROW_WINDOW], effective[ROW_WINDOW];
    uint32_t characters[ROW_WINDOW];
    struct str langs[ROW_WINDOW];
};

void
desk_forget_rows(struct desk *desk)
{
    for (size_t i = 0; i < ROW_SLOTS; i++) {
        if (desk->slots[i].full)
            arena_release(&desk->slots[i].arena);
        desk->slots[i] = (struct row_slot){0};
    }
    memset(desk->asked, 0xff, sizeof(desk->asked));
    desk_outdate_similar(desk);
}

void
desk_outdate_rows(struct desk *desk)
{
    for (size_t i = 0; i < ROW_SLOTS; i++)
        desk->slots[i].stale = desk->slots[i].full;
    desk_outdate_similar(desk);
}

static enum err_code
fill_snippet(struct rows_job *job, const struct document *document,
             struct row_slot *slot, struct error *err)
{
    struct str text = document->text;
    struct span *spans = NULL;
    struct span window;
    size_t count = 0;
    enum err_code code = ERR_OK;

    if (text.len > SNIPPET_TEXT)
        text.len = SNIPPET_TEXT;
    if (job->parsed)
        code = search_highlight(job->parsed, text, &slot->arena, &spans, &count,
                                err);
    if (code)
        return code;
    window = search_snippet(text, spans, count, SNIPPET_BYTES);
    slot->data.snippet =
        arena_copy(&slot->arena, str_slice(text, window.start, window.end));
    slot->data.hits = spans;
    for (size_t i = 0; i < count && spans[i].start < window.end; i++) {
        if (spans[i].start < window.start || spans[i].end > window.end)
            continue;
        spans[slot->data.hit_count++] = (struct span){
            spans[i].start - window.start, spans[i].end - window.start};
    }
    return ERR_OK;
}

static enum err_code
fill_document(struct rows_job *job, struct lane_context *c, uint32_t doc,
              struct row_slot *slot, struct error *err)
{
    const struct document *document;
    enum err_code code =
        index_document(c->index, doc, &job->job.arena, &document, err);

    if (code) {
        /* The row says what is wrong instead of a snippet. */
        slot->data.snippet = arena_copy(&slot->arena, str_of(err->message));
        return ERR_OK;
    }
    slot->data.id = arena_copy(&slot->arena, document->id);
    return fill_snippet(job, document, slot, err);
}

static enum err_code
fill_row(struct rows_job *job, struct lane_context *c, uint32_t i,
         struct error *err)
{
    struct row_slot *slot = &job->slots[i];
    uint32_t doc = job->docs[i];
    size_t scores = index_score_count(c->index);
    struct document_place place;
    double *values;
    struct item_key key;
    enum err_code code = index_place(c->index, doc, &place, err);

    arena_init(&slot->arena, 0);
    slot->full = true;
    slot->row = job->rows[i];
    values = arena_alloc(&slot->arena, (scores + 1) * sizeof(*values));
    if (!code && !values)
        code = error_nomem(err);
    if (!code)
        code = resolve_item(c->resolver, doc, &slot->arena, &key, err);
    if (code)
        return code;
    for (unsigned s = 0; s < scores; s++)
        values[s] = index_score_def(c->index, s)->kind == SCORE_LABEL
                        ? (double)NAN
                        : index_score_decimal(c->index, s, doc);
    slot->data.scores = values;
    slot->data.record = place.record;
    job->characters[i] = place.text_cp;
    job->langs[i] =
        arena_copy(&slot->arena, index_label(c->index, LABEL_LANG, 0, doc));
    slot->data.source = key.source;
    slot->data.shard = arena_copy(
        &slot->arena, str_of(index_shard(c->index, place.shard)->path));
    code = fill_document(job, c, doc, slot, err);
    if (!code)
        code = store_state(c->store, &key, str_of(store_reviewer(c->store)),
                           &slot->arena, &job->mine[i], err);
    if (!code)
        code = store_state(c->store, &key, (struct str){NULL, 0}, &slot->arena,
                           &job->effective[i], err);
    return code;
}

static void
run_rows(struct job *base, struct lane_context *c)
{
    struct rows_job *job = (struct rows_job *)base;

    for (uint32_t i = 0; !base->code && i < job->count; i++)
        base->code = fill_row(job, c, i, &base->err);
}

/* What may be seen of a row is decided here, once. */
void
desk_hide_row(const struct desk *desk, struct desk_row *row,
              const struct row_facts *facts, struct arena *arena)
{
    const struct item_state *mine = facts->mine;
    const struct item_state *all = facts->effective;
    bool judged = mine->flags & STATE_JUDGED;
    bool peers = !desk_peers_hidden(desk, judged);
    bool scores_hidden = desk_scores_hidden(desk, judged);
    const struct item_state *shown = peers && !mine->verdict.len ? all : mine;

    row->verdict = shown->verdict;
    row->tags = peers && !mine->tags.len ? all->tags : mine->tags;
    row->flags = peers ? mine->flags | all->flags : mine->flags;
    row->scores = facts->scores;
    row->masked = desk_is_masked(desk, row->scores, all->flags, scores_hidden);
    if (row->masked) {
        struct cover cover = {row->scores, all->flags, scores_hidden,
                              facts->characters, facts->lang};

        row->cover = desk_cover(desk, &cover, arena);
    }
    if (scores_hidden) {
        double *values =
            arena_alloc(arena, (desk_score_count(desk) + 1) * sizeof(*values));

        for (size_t s = 0; values && s < desk_score_count(desk); s++)
            values[s] = (double)NAN;
        if (values)
            row->scores = values;
    }
}

static void
hide(const struct desk *desk, struct rows_job *job, uint32_t i)
{
    const struct row_facts facts = {
        .scores = job->slots[i].data.scores,
        .mine = &job->mine[i],
        .effective = &job->effective[i],
        .characters = job->characters[i],
        .lang = job->langs[i],
    };

    desk_hide_row(desk, &job->slots[i].data, &facts, &job->slots[i].arena);
}

static unsigned
finish_rows(struct job *base, struct desk *desk)
{
    struct rows_job *job = (struct rows_job *)base;

    for (size_t i = 0; i < ROW_ASKED; i++)
        if (desk->asked[i] == job->first)
            desk->asked[i] = UINT32_MAX;
    if (base->code && base->code != ERR_CANCELLED) {
        desk_say(desk, true, "%s", base->err.message);
        return UPDATE_STATUS;
    }
    if (base->code || job->list != desk->list.serial)
        return 0;
    for (uint32_t i = 0; i < job->count; i++) {
        struct row_slot *slot = &desk->slots[job->slots[i].row % ROW_SLOTS];

        hide(desk, job, i);
        if (slot->full)
            arena_release(&slot->arena);
        *slot = job->slots[i];
        job->slots[i].full = false;
    }
    return UPDATE_LIST;
}

static void
release_rows(struct job *base)
{
    struct rows_job *job = (struct rows_job *)base;

    for (size_t i = 0; i < ROW_WINDOW; i++)
        if (job->slots[i].full)
            arena_release(&job->slots[i].arena);
    arena_release(&job->query_arena);
}

static bool
note_asked(struct desk *desk, uint32_t first)
{
    size_t at = ROW_ASKED;

    for (size_t i = 0; i < ROW_ASKED; i++) {
        if (desk->asked[i] == first)
            return false;
        if (desk->asked[i] == UINT32_MAX)
            at = i;
    }
    /* All under way: this one is asked for again at the next drawing. */
    if (at == ROW_ASKED)
        return false;
    desk->asked[at] = first;
    return true;
}

static void
submit_rows(struct desk *desk, uint32_t first, const uint32_t *rows,
            uint32_t count)
{
    const struct list *list = &desk->list;
    struct error ignored = ERROR_INIT;
    struct rows_job *job =
        desk_job(sizeof(*job), LANE_ROWS, run_rows, finish_rows, release_rows);

    job->list = list->serial;
    job->first = first;
    job->count = count;
    for (uint32_t i = 0; i < count; i++) {
        job->rows[i] = rows[i];
        job->docs[i] = list->docs[rows[i]];
    }
    arena_init(&job->query_arena, 0);
    if (list->parsed && query_parse(&job->parsed, list->parsed->text,
                                    &job->query_arena, &ignored))
        job->parsed = NULL;
    lane_submit(desk->lanes, &job->job);
}

static bool
is_loaded(const struct desk *desk, uint32_t row)
{
    const struct row_slot *slot = &desk->slots[row % ROW_SLOTS];

    return slot->full && slot->row == row;
}

static void
ask_window(struct desk *desk, uint32_t row)
{
    uint32_t first = row - row % ROW_WINDOW;
    uint32_t rows[ROW_WINDOW];
    uint32_t count = 0;

    for (uint32_t at = first; count < ROW_WINDOW && at < desk->list.view.count;
         at++)
        rows[count++] = at;
    if (row < desk->list.view.count &&
        (!is_loaded(desk, row) || desk->slots[row % ROW_SLOTS].stale) &&
        note_asked(desk, first))
        submit_rows(desk, first, rows, count);
}

void
desk_reload_rows_of(struct desk *desk, const uint32_t *docs, size_t count)
{
    desk_outdate_similar(desk);
    for (size_t i = 0; i < ROW_SLOTS; i++) {
        const struct row_slot *slot = &desk->slots[i];

        if (!slot->full || slot->row >= desk->list.view.count)
            continue;
        for (size_t d = 0; d < count; d++)
            if (desk->list.docs[slot->row] == docs[d])
                submit_rows(desk, NO_WINDOW, &slot->row, 1);
    }
}

const struct desk_row *
desk_row(struct desk *desk, uint32_t row)
{
    struct row_slot *slot = &desk->slots[row % ROW_SLOTS];
    const struct list *list = &desk->list;

    if (row >= list->view.count)
        return NULL;
    ask_window(desk, row);
    if (!is_loaded(desk, row))
        return NULL;
    slot->data.marked = bits_get(&list->marks, row);
    slot->data.taken = bits_get(&list->taken, list->docs[row]);
    return &slot->data;
}

void
desk_rows_around(struct desk *desk, uint32_t first, uint32_t count)
{
    uint32_t end = first + count;

    for (uint32_t row = first; row < end; row += ROW_WINDOW)
        ask_window(desk, row);
    ask_window(desk, end - 1);
    for (uint32_t row = end; row < end + ROW_AHEAD; row += ROW_WINDOW)
        ask_window(desk, row);
    for (uint32_t back = ROW_WINDOW; back <= ROW_AHEAD && back <= first;
         back += ROW_WINDOW)
        ask_window(desk, first - back);
}

void
desk_load_rows(struct desk *desk, const uint32_t *rows, uint32_t count)
{
    for (uint32_t at = 0; at < count; at += ROW_WINDOW)
        submit_rows(desk, NO_WINDOW, rows + at,
                    count - at < ROW_WINDOW ? count - at : ROW_WINDOW);
}

const struct desk_row *
desk_row_loaded(struct desk *desk, uint32_t row)
{
    return row < desk->list.view.count && is_loaded(desk, row)
               ? &desk->slots[row % ROW_SLOTS].data
               : NULL;
}
