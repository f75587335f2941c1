/* The header of a patch set, and the files of an export. */
#include "config.h"

#include "export_private.h"

#include <stdlib.h>
#include <unistd.h>

#include "review/store_private.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"

/* Also of structures that begin with their name. */
static int
compare_names(const void *left, const void *right)
{
    return str_compare(*(const struct str *)left, *(const struct str *)right);
}

/* Tags of the configuration and those in use, sorted, each once. */
static enum err_code
list_tags(struct exporter *x, struct patch_header *header, struct error *err)
{
    const struct taxonomy *known = &x->store->taxonomy;
    struct name_count *tags = NULL;
    struct str *names = NULL;
    size_t count = 0;
    size_t kept = 0;
    enum err_code code =
        store_tag_counts(x->store, x->arena, &tags, &count, err);

    if (code)
        return code;
    names = arena_alloc(x->arena, (count + known->count + 1) * sizeof(*names));
    if (!names)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        names[i] = tags[i].name;
    for (size_t i = 0; i < known->count; i++)
        names[count++] = str_of(known->names[i]);
    qsort(names, count, sizeof(*names), compare_names);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || !str_equal(names[kept - 1], names[i]))
            names[kept++] = names[i];
    header->tags = names;
    header->tag_count = kept;
    return ERR_OK;
}

/* Verdicts in force and tags, for the header. */
static enum err_code
list_vocabulary(struct exporter *x, struct patch_header *header,
                struct error *err)
{
    struct verdict_set set;
    struct str *names = NULL;
    enum err_code code = verdict_set_load(&set, x->ws->settings, err);

    if (code)
        return code;
    names = arena_alloc(x->arena, (set.count + 1) * sizeof(*names));
    for (size_t i = 0; names && i < set.count; i++)
        names[i] = arena_copy(x->arena, str_of(set.defs[i].value));
    header->verdicts = names;
    header->verdict_count = names ? set.count : 0;
    verdict_set_release(&set);
    return list_tags(x, header, err);
}

static void
list_shards(struct exporter *x, struct patch_header *header)
{
    uint32_t count = index_shard_count(x->index);
    struct patch_shard *list =
        arena_alloc(x->arena, (count + 1) * sizeof(*list));
    size_t kept = 0;

    for (uint32_t i = 0; list && i < count; i++) {
        const struct index_shard *shard = index_shard(x->index, i);

        if (x->touched[i])
            list[kept++] = (struct patch_shard){
                str_of(shard->path), x->shard_mapping[i], shard->bytes,
                shard->records, shard->file_hash};
    }
    if (kept > 1)
        qsort(list, kept, sizeof(*list), compare_names);
    header->shards = list;
    header->shard_count = kept;
}

static void
list_segment_scores(struct exporter *x, struct patch_header *header)
{
    size_t count = index_score_count(x->index);
    struct str *list = arena_alloc(x->arena, (count + 1) * sizeof(*list));
    size_t kept = 0;

    for (unsigned i = 0; list && i < count; i++) {
        const struct score_def *def = index_score_def(x->index, i);

        if (def->kind == SCORE_SEGMENTS)
            list[kept++] = str_of(def->path);
    }
    header->segment_scores = list;
    header->segment_score_count = kept;
}

static struct str
policy_name(const struct exporter *x)
{
    struct buf text = {0};
    struct str name;

    switch (x->rules.policy) {
    case POLICY_LAST:
        return STR_LIT("last");
    case POLICY_ADJUDICATED:
        return STR_LIT("adjudicated");
    case POLICY_AGREE:
        xbuf_printf(&text, "agree:%u", x->rules.agree);
        name = arena_copy(x->arena, buf_str(&text));
        buf_release(&text);
        return name;
    case POLICY_UNANIMOUS:
        break;
    }
    return STR_LIT("unanimous");
}

static enum err_code
write_conflicts(struct exporter *x, const char *path, struct error *err)
{
    char *name = xasprintf("%s.conflicts.jsonl", path);
    enum err_code code = ERR_OK;

    if (x->conflicts.len)
        code = file_write_atomic(name, buf_str(&x->conflicts), err);
    else
        (void)unlink(name); /* of an earlier patch set of this name */
    free(name);
    return code;
}

static enum err_code
write_patch_set(struct exporter *x, const char *path, struct error *err)
{
    struct patch_header header = {
        .corpus = x->options->corpus.len ? x->options->corpus
                                         : str_of(path_base(x->ws->root)),
        .index = *index_manifest_hash(x->index),
        .created_us = x->newest_us,
        .policy = policy_name(x),
        .rewrites = x->options->beside ? STR_LIT("beside") : STR_LIT("replace"),
        .mappings = x->mappings,
        .mapping_count = x->mapping_count,
    };
    enum err_code code = list_vocabulary(x, &header, err);

    list_shards(x, &header);
    list_segment_scores(x, &header);
    if (!code)
        code = buf_append_str(&x->body, buf_str(&x->additions), err);
    if (!code)
        code = patch_set_write(path, &header, buf_str(&x->body), &x->counts,
                               &x->report->patch_hash, err);
    memcpy(x->patch_id, header.id, sizeof(x->patch_id));
    return code;
}

static enum err_code
fill_folder(struct exporter *x, const char *partial, const char *final,
            struct error *err)
{
    char *patches = path_join(partial, "edits.stet.jsonl");
    enum err_code code = ERR_OK;

    if (x->sink->delivers)
        code = write_patch_set(x, patches, err);
    if (!code)
        code = x->sink->write(x->sink_ctx, partial, final, err);
    if (!code && x->conflicts.len)
        code = export_folder_write(partial, "conflicts.jsonl",
                                   buf_str(&x->conflicts), err);
    free(patches);
    return code;
}

static enum err_code
write_folder(struct exporter *x, const char *path, struct error *err)
{
    struct export_folder folder = {0};
    enum err_code code = export_folder_open(&folder, path, err);

    if (!code)
        code = fill_folder(x, folder.partial, folder.path, err);
    if (!code)
        code = export_folder_commit(&folder, err);
    export_folder_release(&folder);
    return code;
}

enum err_code
export_write(struct exporter *x, const char *path, struct error *err)
{
    enum err_code code;

    if (x->sink && x->sink->folder) {
        code = write_folder(x, path, err);
    } else {
        code = write_conflicts(x, path, err);
        if (!code)
            code = x->sink ? x->sink->write(x->sink_ctx, path, path, err)
                           : write_patch_set(x, path, err);
    }
    if (!code && (!x->sink || x->sink->delivers))
        code =
            export_journal_write(x, x->patch_id, &x->report->patch_hash, err);
    return code;
}
