/* Writes the reviewers' current state as a patch set. Places are sorted before
 * they are read, so that the same state gives the same bytes. */
#include "config.h"

#include "export_private.h"

#include <stdlib.h>

#include "stet/fileio.h"
#include "stet/resolve.h"
#include "stet/search.h"
#include "stet/xalloc.h"

/* One line to be. */
struct place_ref {
    uint32_t rank;  /* of the shard by path */
    uint32_t shard; /* of the index */
    uint64_t record;
    uint32_t doc;
    uint32_t item;
};
struct run {
    struct exporter x;
    struct export_item *items;
    size_t item_count;
    struct place_ref *places;
    size_t place_count, place_cap;
    struct bits wanted; /* of the query */
    bool has_query;
};

static enum err_code
run_query(struct run *run, struct error *err)
{
    struct exporter *x = &run->x;
    struct resolver *resolver = NULL;
    const struct query *query = NULL;
    struct search_env env = {.named = resolve_named,
                             .disagree = resolve_disagree,
                             .cancel = x->options->cancel};
    struct hits hits = {0};
    enum err_code code;

    if (!x->options->query.len)
        return ERR_OK;
    run->has_query = true;
    code = bits_init(&run->wanted, index_count(x->index), err);
    if (!code)
        code = query_parse(&query, x->options->query, x->arena, err);
    if (!code)
        code = resolver_new(&resolver, x->index, x->store, err);
    env.ctx = resolver;
    if (!code)
        code = search_run(x->index, query, &env, &hits, err);
    for (uint32_t i = 0; i < hits.count && !code; i++)
        bits_set(&run->wanted, hits.docs[i]);
    hits_release(&hits);
    resolver_free(resolver);
    return code;
}

static void
rank_shards(struct exporter *x)
{
    uint32_t count = index_shard_count(x->index);
    uint32_t *sorted = export_shards_sorted(x);

    x->ranks = xcalloc(count + 1, sizeof(*x->ranks));
    for (uint32_t i = 0; i < count; i++)
        x->ranks[sorted[i]] = i;
    free(sorted);
}

static struct str
path_of(const char *path)
{
    return path ? str_of(path) : (struct str){NULL, 0};
}

static bool
same_path(struct str a, struct str b)
{
    return (a.ptr == NULL) == (b.ptr == NULL) && str_equal(a, b);
}

/* The number of a mapping, or how many there are. */
static size_t
find_mapping(const struct exporter *x, const struct patch_mapping *own)
{
    size_t at = 0;

    while (at < x->mapping_count &&
           !(same_path(x->mappings[at].text, own->text) &&
             same_path(x->mappings[at].id, own->id) &&
             same_path(x->mappings[at].source, own->source)))
        at++;
    return at;
}

/* Distinct mappings of the live shards; the one of most documents first. */
static enum err_code
find_mappings(struct exporter *x, struct error *err)
{
    uint32_t count = index_shard_count(x->index);
    uint64_t documents[PATCH_MAPPINGS_MAX] = {0};
    size_t best = 0;
    struct patch_mapping first;

    x->mappings = xcalloc(PATCH_MAPPINGS_MAX, sizeof(*x->mappings));
    x->shard_mapping = xcalloc(count + 1, sizeof(*x->shard_mapping));
    x->touched = xcalloc(count + 1, sizeof(*x->touched));
    for (uint32_t i = 0; i < count; i++) {
        const struct index_shard *shard = index_shard(x->index, i);
        struct patch_mapping own = {path_of(shard->text_path),
                                    path_of(shard->id_path),
                                    path_of(shard->source_path)};
        size_t at;

        if (!own.text.ptr)
            own.text = STR_LIT("");
        at = find_mapping(x, &own);
        if (at == PATCH_MAPPINGS_MAX)
            return error_set(err, ERR_LIMIT, "over %d mappings of records",
                             PATCH_MAPPINGS_MAX);
        x->mappings[at] = own;
        x->mapping_count += at == x->mapping_count;
        x->shard_mapping[i] = at;
        documents[at] += shard->live ? shard->end - shard->first : 0;
        best = documents[at] > documents[best] ? at : best;
    }
    if (x->mapping_count == 0)
        return error_set(err, ERR_NOTFOUND, "the index has no shards");
    first = x->mappings[best];
    x->mappings[best] = x->mappings[0];
    x->mappings[0] = first;
    for (uint32_t i = 0; i < count; i++) {
        size_t *own = &x->shard_mapping[i];

        *own = *own == best ? 0 : *own == 0 ? best : *own;
    }
    return ERR_OK;
}

/* Whether an earlier export said what is taken back now. */
static enum err_code
find_retracted(struct exporter *x, const struct annotation *history,
               size_t count, bool *found, struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < count && !*found && !code; i++)
        if (history[i].undone && history[i].lamport < x->exported &&
            (history[i].kind == ANNOTATION_VERDICT ||
             history[i].kind == ANNOTATION_RATE ||
             history[i].kind == ANNOTATION_TAG))
            code = export_was_said(x, &history[i], found, err);
    return code;
}

static enum err_code
decide(struct run *run, size_t item, struct arena *arena, struct decisions *out,
       bool *left_out, struct error *err)
{
    struct exporter *x = &run->x;
    struct annotation *history = NULL;
    struct item_state state = {0};
    size_t count = 0;
    enum err_code code = store_state(x->store, &run->items[item].key,
                                     (struct str){NULL, 0}, arena, &state, err);

    *out = (struct decisions){0};
    *left_out = (state.flags & STATE_ESCALATED) != 0;
    if (code || *left_out)
        return code;
    code = store_item_history(x->store, &run->items[item].key, arena, &history,
                              &count, err);
    if (!code)
        code = decisions_make(history, count, &x->rules, arena, out, err);
    if (!code && out->count == 0)
        code = find_retracted(x, history, count, &out->retracted, err);
    *left_out = out->why.ptr && out->count == 0;
    return code;
}

static void
complain_once(struct run *run, size_t item, struct str why)
{
    if (run->items[item].complained)
        return;
    run->items[item].complained = true;
    export_conflict(&run->x, &run->items[item].key, NULL, why);
}

static bool
add_place(struct run *run, struct place_ref place)
{
    if (run->place_count == run->place_cap) {
        size_t cap = run->place_cap ? 2 * run->place_cap : 256;
        struct place_ref *places = realloc(run->places, cap * sizeof(*places));

        if (!places)
            return false;
        run->places = places;
        run->place_cap = cap;
    }
    run->places[run->place_count++] = place;
    return true;
}

/* An item of which no document has the text now. */
static enum err_code
miss_item(struct run *run, size_t item, struct arena *arena, struct error *err)
{
    struct decisions d;
    bool left_out = false;
    bool applied = false;
    enum err_code code = decide(run, item, arena, &d, &left_out, err);

    if (!code && !d.why.ptr && d.count)
        code = export_is_applied(&run->x, &run->items[item].key, arena,
                                 &applied, err);
    if (code)
        return code;
    if (applied)
        run->x.report->applied++;
    else if (d.count || d.why.ptr)
        complain_once(run, item,
                      STR_LIT("no document has this source, id and text now: "
                              "changed or removed since"));
    return ERR_OK;
}

static enum err_code
find_item(struct run *run, size_t item, struct arena *arena, struct error *err)
{
    struct exporter *x = &run->x;
    uint32_t *docs = NULL;
    size_t count = 0;
    bool wanted = !run->has_query;
    enum err_code code =
        export_docs(x, &run->items[item].key, arena, &docs, &count, err);

    for (size_t i = 0; i < count && !code; i++)
        wanted = wanted || bits_get(&run->wanted, docs[i]);
    for (size_t i = 0; i < count && !code && wanted; i++) {
        struct document_place at;

        code = index_place(x->index, docs[i], &at, err);
        if (!code && !add_place(run, (struct place_ref){
                                         x->ranks[at.shard], at.shard,
                                         at.record, docs[i], (uint32_t)item}))
            code = error_nomem(err);
    }
    if (!code && count == 0 && !run->has_query)
        code = miss_item(run, item, arena, err);
    return code;
}

static int
compare_places(const void *left, const void *right)
{
    const struct place_ref *a = left;
    const struct place_ref *b = right;

    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->record != b->record)
        return a->record < b->record ? -1 : 1;
    return a->doc < b->doc ? -1 : a->doc > b->doc;
}

static enum err_code
find_places(struct run *run, struct error *err)
{
    struct arena arena;
    enum err_code code = ERR_OK;

    arena_init(&arena, 0);
    for (size_t i = 0; i < run->item_count && !code; i++) {
        arena_reset(&arena);
        code = find_item(run, i, &arena, err);
    }
    arena_release(&arena);
    if (run->place_count > 1)
        qsort(run->places, run->place_count, sizeof(*run->places),
              compare_places);
    return code;
}

/* Rewrites go beside: take them out of the document's own decisions. */
static const struct annotation *
split_rewrite(struct decisions *d)
{
    const struct annotation *rewrite = NULL;
    size_t kept = 0;

    for (size_t i = 0; i < d->count; i++) {
        if (d->list[i].op == OP_REPLACE && !rewrite)
            rewrite = d->list[i].a;
        if (d->list[i].op != OP_REPLACE && d->list[i].op != OP_INSERT)
            d->list[kept++] = d->list[i];
    }
    if (rewrite)
        d->count = kept;
    return rewrite;
}

static bool
has_op(const struct decisions *d, enum patch_op op)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->list[i].op == op)
            return true;
    return false;
}

static enum err_code
write_beside(struct run *run, const struct place_ref *place,
             struct decisions *d, const struct document *document,
             struct arena *arena, struct error *err)
{
    struct exporter *x = &run->x;
    struct built built;
    const struct annotation *rewrite = NULL;
    enum err_code code;

    if (!x->options->beside || !has_op(d, OP_REPLACE))
        return ERR_OK;
    code = export_build(x, d, &run->items[place->item].key, document, arena,
                        &built, err);
    if (code)
        return code;
    if (built.why) {
        complain_once(run, place->item, str_of(built.why));
        d->count = 0;
        return ERR_OK;
    }
    rewrite = split_rewrite(d);
    if (run->items[place->item].beside)
        return ERR_OK;
    run->items[place->item].beside = true;
    code =
        export_beside(x, &built, rewrite, document,
                      &x->mappings[x->shard_mapping[place->shard]], arena, err);
    if (code == ERR_CONFLICT) {
        complain_once(run, place->item, str_of(err->message));
        d->count = 0;
        code = ERR_OK;
    }
    return code;
}

static enum err_code
write_patch(struct run *run, const struct place_ref *place,
            const struct decisions *d, const struct document *document,
            struct arena *arena, struct error *err)
{
    struct exporter *x = &run->x;
    const struct item_key *key = &run->items[place->item].key;
    struct built built;
    enum err_code code = export_build(x, d, key, document, arena, &built, err);

    if (code)
        return code;
    if (built.why) {
        complain_once(run, place->item, str_of(built.why));
        return ERR_OK;
    }
    if (d->count == 0 && built.patch.former_count == 0 && !d->retracted)
        return ERR_OK;
    built.patch.shard = str_of(index_shard(x->index, place->shard)->path);
    built.patch.record = place->record;
    if (x->sink && d->count) {
        code = x->sink->place(
            x->sink_ctx, &(struct export_place){place->shard, document, &built},
            arena, err);
        if (code == ERR_CONFLICT) {
            complain_once(run, place->item, str_of(err->message));
            return ERR_OK;
        }
        if (code)
            return code;
    }
    x->touched[place->shard] = true;
    patch_count(&x->counts, &built.patch);
    for (size_t i = 0; i < d->count; i++)
        x->report->ops[d->list[i].a->kind]++;
    if (built.edit_count)
        export_journal_text(x, key, &built.patch.after, built.edits,
                            built.edit_count);
    code = patch_format(&built.patch, &x->body, err);
    return code ? code : balance_add(x->balance, place->doc, d, err);
}

static enum err_code
write_place(struct run *run, const struct place_ref *place, struct arena *arena,
            struct error *err)
{
    struct exporter *x = &run->x;
    const struct document *document = NULL;
    struct decisions d;
    bool left_out = false;
    enum err_code code = decide(run, place->item, arena, &d, &left_out, err);

    if (!code && d.why.ptr)
        complain_once(run, place->item, d.why);
    if (code || left_out)
        return code;
    code = index_document(x->index, place->doc, arena, &document, err);
    if (code == ERR_CONFLICT) {
        complain_once(run, place->item, str_of(err->message));
        return ERR_OK;
    }
    if (!code)
        code = write_beside(run, place, &d, document, arena, err);
    return code ? code : write_patch(run, place, &d, document, arena, err);
}

static enum err_code
write_places(struct run *run, struct error *err)
{
    const int *cancel = run->x.options->cancel;
    struct arena arena;
    enum err_code code = ERR_OK;

    arena_init(&arena, 0);
    for (size_t i = 0; i < run->place_count && !code; i++) {
        if (cancel && *cancel)
            code = error_set(err, ERR_CANCELLED, "cancelled");
        arena_reset(&arena);
        if (!code)
            code = write_place(run, &run->places[i], &arena, err);
    }
    arena_release(&arena);
    return code;
}

/* Additions have an id, also where the corpus has none: a mapping that reads
 * it lets them be found in shards that have them already. */
static void
map_added_ids(struct exporter *x)
{
    size_t count = x->mapping_count;

    for (size_t i = 0; i < count && x->additions.len; i++) {
        struct patch_mapping own = x->mappings[i];

        own.id = STR_LIT("id");
        if (!x->mappings[i].id.ptr && own.text.len &&
            x->mapping_count < PATCH_MAPPINGS_MAX &&
            find_mapping(x, &own) == x->mapping_count)
            x->mappings[x->mapping_count++] = own;
    }
}

static enum err_code
collect(struct run *run, struct error *err)
{
    struct exporter *x = &run->x;
    enum err_code code = export_key_load(x, err);

    if (!code)
        code = export_past_load(x, err);
    if (!code)
        code = find_mappings(x, err);
    if (!code)
        code = balance_new(&x->balance, x, err);
    if (!code)
        code = run_query(run, err);
    if (!code)
        code = export_items_load(x, &run->items, &run->item_count, err);
    rank_shards(x);
    if (!code)
        code = find_places(run, err);
    if (!code)
        code = write_places(run, err);
    if (!code)
        code = export_adds(x, err);
    map_added_ids(x);
    return code;
}

static void
run_release(struct run *run)
{
    struct exporter *x = &run->x;

    free(x->formers);
    made_texts_release(&x->made);
    export_sink_release(x);
    free(x->touched);
    free(x->ranks);
    free(x->mappings);
    free(x->shard_mapping);
    buf_release(&x->body);
    buf_release(&x->additions);
    buf_release(&x->conflicts);
    buf_release(&x->journal);
    balance_free(x->balance);
    free(run->items);
    free(run->places);
    bits_release(&run->wanted);
}

/* Whether a pipeline fed with this format loses what is dropped. */
static bool
takes_away(enum export_format format)
{
    return format == EXPORT_PATCH || format == EXPORT_DOLMA ||
           format == EXPORT_DATATROVE || format == EXPORT_IDS;
}

enum err_code
export_run(const struct export_source *from,
           const struct export_options *options, const char *path,
           struct arena *arena, struct export_report *report, struct error *err)
{
    struct run run = {0};
    bool stop = false;
    enum err_code code;

    *report = (struct export_report){0};
    run.x = (struct exporter){
        .ws = from->ws,
        .store = from->store,
        .index = from->index,
        .options = options,
        .report = report,
        .arena = arena,
        .rules = {options->policy, options->agree, options->models, 0},
        .since_seq = -1,
    };
    export_sink_open(&run.x);
    code = collect(&run, err);
    if (!code)
        code = balance_finish(run.x.balance, &stop, err);
    report->patches = run.x.counts.patches + run.x.counts.additions;
    report->edits = run.x.counts.edits;
    report->documents = run.x.counts.patches;
    report->ops[ANNOTATION_ADD] = run.x.counts.additions;
    if (!takes_away(options->format))
        report->balance_count = 0;
    report->stopped =
        !code && stop && !options->yes && takes_away(options->format);
    if (!code && !report->stopped)
        code = export_write(&run.x, path, err);
    run_release(&run);
    return code;
}
