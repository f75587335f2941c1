/* A trace from its start to its end: the output's anchors, their places in all
 * partitions, runs of words on diagonals, the rarest of the maximal ones, and
 * their documents. */
#include "config.h"

#include "stet/trace.h"

#include <math.h>
#include <stdlib.h>

#include "search_rank.h"
#include "stet/pool.h"
#include "stet/xalloc.h"
#include "trace_documents.h"

struct run {
    struct search search;
    struct search_env env;
    const struct trace_options *options;
    struct trace_text text, prompt;
    struct trace_part *parts;
    unsigned part_count;
    struct trace_hits hits; /* of all partitions, by span, then document */
    struct bits drawn;      /* documents to be read */
    struct trace_find *finds;
    size_t find_count, find_cap;
    struct trace *trace;
};

struct trace_options
trace_options_default(void)
{
    return (struct trace_options){
        .anchor_documents = TRACE_ANCHOR_DOCUMENTS,
        .min_words = TRACE_MIN_WORDS,
        .density = TRACE_DENSITY,
        .span_documents = TRACE_SPAN_DOCUMENTS,
        .fuzzy_documents = TRACE_FUZZY_DOCUMENTS,
    };
}

void
trace_free(struct trace *trace)
{
    if (!trace)
        return;
    for (size_t i = 0; i < trace->count; i++) {
        free(trace->list[i].matches);
        free(trace->list[i].copies);
    }
    free(trace->list);
    free(trace->spans);
    free(trace);
}

/* --- partitions --- */

static void
make_parts(struct run *run)
{
    struct index *index = run->search.index;

    run->part_count = index_partition_count(index);
    run->parts = xcalloc(run->part_count + 1, sizeof(*run->parts));
    for (unsigned i = 0; i < run->part_count; i++) {
        struct trace_part *part = &run->parts[i];

        *part = (struct trace_part){.search = &run->search,
                                    .text = &run->text,
                                    .options = run->options,
                                    .number = i,
                                    .db = index_partition_db(index, i),
                                    .err = ERROR_INIT};
        index_partition_range(index, i, &part->first, &part->end);
    }
}

static enum err_code
run_parts(struct run *run, pool_job *job, struct error *err)
{
    struct pool *pool = search_pool(&run->search);

    for (unsigned i = 0; i < run->part_count; i++)
        pool_submit(pool, job, &run->parts[i], 0);
    pool_wait(pool);
    pool_free(pool);
    for (unsigned i = 0; i < run->part_count; i++) {
        if (run->parts[i].code != ERR_OK) {
            *err = run->parts[i].err;
            return run->parts[i].code;
        }
    }
    return ERR_OK;
}

/* A phrase is in as many documents as all partitions found; an anchor with too
 * many places in one is none. */
static void
sum_anchors(struct run *run)
{
    for (size_t i = 0; i < run->text.anchor_count; i++) {
        struct trace_anchor *anchor = &run->text.anchors[i];
        bool over = false;

        for (unsigned part = 0; part < run->part_count; part++) {
            over = over || run->parts[part].places[i].over;
            if (anchor->length > 1)
                anchor->documents += run->parts[part].places[i].documents;
        }
        anchor->dropped = over;
        if (over && anchor->length == 1)
            run->trace->dropped_anchors++;
    }
}

/* --- spans --- */

static int
compare_hits(const void *a, const void *b)
{
    const struct trace_hit *x = a;
    const struct trace_hit *y = b;

    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    if (x->doc != y->doc)
        return x->doc < y->doc ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

static enum err_code
join_hits(struct run *run, struct error *err)
{
    enum err_code code = ERR_OK;

    for (unsigned i = 0; i < run->part_count; i++) {
        const struct trace_hits *hits = &run->parts[i].hits;

        for (size_t j = 0; code == ERR_OK && j < hits->count; j++)
            code = trace_hits_add(&run->hits, &hits->list[j], err);
        run->trace->dropped_documents += run->parts[i].dropped_documents;
    }
    if (code == ERR_OK)
        code = trace_hits_prune(&run->hits, run->text.word_count, err);
    if (code == ERR_OK && run->hits.count > 1)
        qsort(run->hits.list, run->hits.count, sizeof(struct trace_hit),
              compare_hits);
    return code;
}

/* A span and its hits. */
struct group {
    struct trace_span span;
    size_t start, end;
};

static struct group
group_at(const struct run *run, size_t at)
{
    const struct trace_hit *hits = run->hits.list;
    const struct trace_text *text = &run->text;
    struct group group = {
        .span = {.text = {text->words[hits[at].first].text.start,
                          text->words[hits[at].end - 1].text.end},
                 .first = hits[at].first,
                 .end = hits[at].end,
                 .rarity =
                     trace_text_rarity(text, hits[at].first, hits[at].end)},
        .start = at,
    };

    for (; at < run->hits.count && hits[at].first == group.span.first &&
           hits[at].end == group.span.end;
         at++)
        group.span.documents +=
            at == group.start || hits[at].doc != hits[at - 1].doc;
    group.end = at;
    return group;
}

static int
compare_groups(const void *a, const void *b)
{
    const struct group *x = a;
    const struct group *y = b;

    if (x->span.rarity != y->span.rarity)
        return x->span.rarity > y->span.rarity ? -1 : 1;
    return (x->span.first > y->span.first) - (x->span.first < y->span.first);
}

/* SplitMix64's mixing (Steele, Lea and Flood 2014). */
static uint64_t
mix(uint64_t value)
{
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

/* Some of the span's documents, drawn by the seed. */
static enum err_code
draw_documents(struct run *run, const struct group *group, struct error *err)
{
    uint32_t wanted = run->options->span_documents;
    struct keyed *all =
        malloc(((size_t)group->span.documents + 1) * sizeof(*all));
    struct keyed *drawn = malloc(((size_t)wanted + 1) * sizeof(*drawn));
    uint32_t count = 0;

    if (!all || !drawn) {
        free(all);
        free(drawn);
        return error_nomem(err);
    }
    for (size_t i = group->start; i < group->end; i++) {
        const struct trace_hit *hit = &run->hits.list[i];

        if (i == group->start || hit[-1].doc != hit->doc)
            all[count++] = (struct keyed){
                .key = mix(run->options->seed ^ mix(hit->doc + UINT64_C(1))),
                .doc = hit->doc};
    }
    count = order_select(all, count, NULL, drawn, wanted);
    for (uint32_t i = 0; i < count; i++)
        bits_set(&run->drawn, drawn[i].doc);
    free(all);
    free(drawn);
    return ERR_OK;
}

/* Where a span stands first in each document that was drawn, for whichever
 * span. */
static enum err_code
find_span(struct run *run, const struct group *group, uint32_t span,
          struct error *err)
{
    for (size_t i = group->start; i < group->end; i++) {
        const struct trace_hit *hit = &run->hits.list[i];

        if (!bits_get(&run->drawn, hit->doc) ||
            (i > group->start && hit[-1].doc == hit->doc))
            continue;
        if (run->find_count == run->find_cap) {
            size_t cap = run->find_cap ? run->find_cap * 2 : 64;
            struct trace_find *finds =
                realloc(run->finds, cap * sizeof(*finds));

            if (!finds)
                return error_nomem(err);
            run->finds = finds;
            run->find_cap = cap;
        }
        run->finds[run->find_count++] =
            (struct trace_find){hit->doc, span, hit->place};
    }
    return ERR_OK;
}

static size_t
wanted_spans(const struct run *run, size_t found)
{
    double words =
        (double)trace_text_weight(&run->text, 0, run->text.word_count) /
        TRACE_WORD_WEIGHT;
    double wanted = ceil(words * run->options->density);

    return wanted < (double)found ? (size_t)wanted : found;
}

static enum err_code
choose(struct run *run, struct group *groups, size_t count, struct error *err)
{
    struct trace *trace = run->trace;
    size_t kept = wanted_spans(run, count);
    enum err_code code = ERR_OK;

    trace->spans_found = (uint32_t)count;
    if (count > 1)
        qsort(groups, count, sizeof(*groups), compare_groups);
    trace->spans = calloc(kept + 1, sizeof(*trace->spans));
    if (!trace->spans)
        return error_nomem(err);
    for (; code == ERR_OK && trace->span_count < kept; trace->span_count++) {
        trace->spans[trace->span_count] = groups[trace->span_count].span;
        code = draw_documents(run, &groups[trace->span_count], err);
    }
    for (uint32_t i = 0; code == ERR_OK && i < kept; i++)
        code = find_span(run, &groups[i], i, err);
    return code;
}

static enum err_code
make_spans(struct run *run, struct error *err)
{
    struct group *groups =
        calloc((size_t)run->text.word_count + 1, sizeof(*groups));
    size_t count = 0;
    enum err_code code = groups ? ERR_OK : error_nomem(err);

    /* Of maximal spans no two begin at the same word. */
    for (size_t at = 0; code == ERR_OK && at < run->hits.count;) {
        groups[count] = group_at(run, at);
        at = groups[count++].end;
    }
    if (code == ERR_OK)
        code = choose(run, groups, count, err);
    free(groups);
    return code;
}

/* --- documents --- */

static int
compare_finds(const void *a, const void *b)
{
    const struct trace_find *x = a;
    const struct trace_find *y = b;

    if (x->doc != y->doc)
        return x->doc < y->doc ? -1 : 1;
    return (x->span > y->span) - (x->span < y->span);
}

static int
compare_weighed(const void *a, const void *b)
{
    const struct trace_weighed *x = a;
    const struct trace_weighed *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->doc > y->doc) - (x->doc < y->doc);
}

static enum err_code
make_documents(struct run *run, struct str output, struct error *err)
{
    struct trace_sources sources = {
        .index = run->search.index,
        .output = &run->text,
        .prompt = &run->prompt,
        .output_text = output,
        .options = run->options,
    };
    struct trace_weighed *weighed =
        malloc((run->part_count * TRACE_WEIGHED + 1) * sizeof(*weighed));
    size_t count = 0;
    enum err_code code;

    if (!weighed)
        return error_nomem(err);
    for (unsigned i = 0; i < run->part_count; i++)
        for (size_t j = 0; j < run->parts[i].weighed_count; j++)
            weighed[count++] = run->parts[i].weighed[j];
    qsort(weighed, count, sizeof(*weighed), compare_weighed);
    if (run->find_count > 1)
        qsort(run->finds, run->find_count, sizeof(*run->finds), compare_finds);
    code = trace_documents(run->trace, &sources, run->finds, run->find_count,
                           weighed, count, err);
    free(weighed);
    return code;
}

static void
count_words(struct run *run)
{
    const struct trace_text *text = &run->text;
    struct trace *trace = run->trace;
    uint32_t counted = 0;

    trace->words = text->word_count;
    trace->words_cut = text->words_cut;
    trace->documents = index_live_count(run->search.index);
    for (uint32_t i = 0; i < text->unit_count; i++) {
        const struct trace_unit *unit = &text->units[i];
        uint32_t end = unit->at + unit->length;
        uint32_t from = unit->at > counted ? unit->at : counted;

        if (text->anchors[unit->anchor].documents == 0 || from >= end)
            continue;
        trace->anchors += end - from;
        counted = end;
    }
    for (uint32_t i = 0; i < text->word_count; i++)
        trace->unknown += text->terms[text->words[i].term].documents == 0;
}

static enum err_code
run_all(struct run *run, struct str prompt, struct str output,
        struct error *err)
{
    enum err_code code =
        trace_text_make(&run->text, &run->search, output, run->options, err);

    if (code == ERR_OK)
        code = trace_text_make(&run->prompt, &run->search, prompt, run->options,
                               err);
    if (code == ERR_OK)
        make_parts(run);
    if (code == ERR_OK)
        code = run_parts(run, trace_part_places, err);
    if (code != ERR_OK)
        return code;
    sum_anchors(run);
    code = trace_text_settle(&run->text, run->options, err);
    if (code == ERR_OK)
        code = run_parts(run, trace_part_spans, err);
    if (code == ERR_OK)
        code = join_hits(run, err);
    if (code == ERR_OK)
        code = make_spans(run, err);
    if (code == ERR_OK)
        code = make_documents(run, output, err);
    if (code == ERR_OK)
        count_words(run);
    return code;
}

enum err_code
index_trace(struct index *index, struct str prompt, struct str output,
            const struct trace_options *options, struct trace **out,
            struct error *err)
{
    struct run run = {
        .search = {.index = index},
        .env = {.cancel = options->cancel},
        .options = options,
        .trace = xcalloc(1, sizeof(struct trace)),
    };
    enum err_code code;

    run.search.env = &run.env;
    code = bits_init(&run.drawn, index_count(index), err);
    if (code == ERR_OK)
        code = run_all(&run, prompt, output, err);
    for (unsigned i = 0; i < run.part_count; i++)
        trace_part_release(&run.parts[i]);
    free(run.parts);
    free(run.hits.list);
    free(run.finds);
    bits_release(&run.drawn);
    trace_text_release(&run.text);
    trace_text_release(&run.prompt);
    if (code == ERR_OK)
        *out = run.trace;
    else
        trace_free(run.trace);
    return code;
}
