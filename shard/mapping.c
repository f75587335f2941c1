/* Mappings: which paths of a record mean what; kept, copied, compiled. */
#include "config.h"

#include "stet/mapping.h"

#include <stdlib.h>

#include "stet/xalloc.h"

#include "shard/mapping_plan.h"
#include "shard/record_path.h"

const char *const score_kind_names[SCORE_KINDS] = {
    "number", "label",       "spans",     "segments",
    "scale",  "probability", "perplexity"};

bool
score_is_number(enum score_kind kind)
{
    return kind != SCORE_LABEL && kind != SCORE_SPANS && kind != SCORE_SEGMENTS;
}

static void
plan_free(struct mapping_plan *plan)
{
    if (!plan)
        return;
    mapping_tree_free(plan->tree);
    free(plan->scores);
    free(plan);
}

void
mapping_init(struct mapping *mapping)
{
    *mapping = (struct mapping){0};
}

void
mapping_release(struct mapping *mapping)
{
    for (size_t i = 0; i < mapping->score_count; i++) {
        free(mapping->scores[i].name);
        free(mapping->scores[i].path);
    }
    free(mapping->scores);
    free(mapping->text);
    free(mapping->id);
    free(mapping->source);
    free(mapping->lang);
    plan_free(mapping->plan);
    mapping_init(mapping);
}

static char *
copy_or_null(const char *cstr)
{
    return cstr ? xstrdup(cstr) : NULL;
}

enum err_code
mapping_copy(struct mapping *out, const struct mapping *from, struct error *err)
{
    struct mapping copy;
    enum err_code code = ERR_OK;

    mapping_init(&copy);
    copy.text = copy_or_null(from->text);
    copy.id = copy_or_null(from->id);
    copy.source = copy_or_null(from->source);
    copy.lang = copy_or_null(from->lang);
    for (size_t i = 0; code == ERR_OK && i < from->score_count; i++)
        code = mapping_add_score(&copy, &from->scores[i], NULL, err);
    if (code == ERR_OK && from->plan)
        code = mapping_compile(&copy, err);
    if (code) {
        mapping_release(&copy);
        return code;
    }
    *out = copy;
    return ERR_OK;
}

static bool
name_is_taken(const struct mapping *mapping, const char *name)
{
    for (size_t i = 0; i < mapping->score_count; i++)
        if (strcmp(mapping->scores[i].name, name) == 0)
            return true;
    return false;
}

/* A name that no other definition has: as wanted, else the path's last keys,
 * more and more of them, else with a number. Caller frees. */
static char *
unique_name(const struct mapping *mapping, const char *wanted,
            const struct record_path *path)
{
    struct buf name = {0};

    if (wanted)
        xbuf_append_str(&name, str_of(wanted));
    for (unsigned i = path->count;
         i > 0 && (name.len == 0 || name_is_taken(mapping, name.ptr)); i--) {
        buf_clear(&name);
        for (unsigned part = i - 1; part < path->count; part++) {
            xbuf_append(&name, "_", part > i - 1 ? 1 : 0);
            xbuf_append_str(&name, record_path_part(path, part));
        }
        xbuf_cstr(&name);
    }
    for (unsigned n = 2; name_is_taken(mapping, xbuf_cstr(&name)); n++) {
        buf_clear(&name);
        xbuf_append_str(&name, wanted
                                   ? str_of(wanted)
                                   : record_path_part(path, path->count - 1));
        xbuf_printf(&name, "_%u", n);
    }
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] < 0x20 || name.ptr[i] == 0x7F)
            name.ptr[i] = '_';
    return buf_take(&name);
}

/* By path; those that no record has, by name. */
static bool
is_same_score(const struct score_def *a, const struct score_def *b)
{
    if (a->path && b->path)
        return strcmp(a->path, b->path) == 0;
    return !a->path && !b->path && strcmp(a->name, b->name) == 0;
}

enum err_code
mapping_add_score(struct mapping *mapping, const struct score_def *def,
                  unsigned *number, struct error *err)
{
    struct record_path path = {0};
    struct score_def *added;
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < mapping->score_count; i++) {
        if (!is_same_score(&mapping->scores[i], def))
            continue;
        if (number)
            *number = (unsigned)i;
        return ERR_OK;
    }
    if (def->path)
        code = record_path_parse(&path, def->path, err);
    if (code)
        return code;
    mapping->scores = xreallocarray(mapping->scores, mapping->score_count + 1,
                                    sizeof(*mapping->scores));
    added = &mapping->scores[mapping->score_count];
    *added = *def;
    added->name = unique_name(mapping, def->name, &path);
    added->path = copy_or_null(def->path);
    if (number)
        *number = (unsigned)mapping->score_count;
    mapping->score_count++;
    record_path_release(&path);
    return ERR_OK;
}

static enum err_code
plan_add(struct mapping_plan *plan, const char *path, uint32_t *node,
         struct error *err)
{
    *node = NO_NODE;
    if (!path || !*path)
        return ERR_OK;
    return mapping_tree_add(plan->tree, path, node, err);
}

/* The Pile's writer joins a list at `text` by a blank line when it reads it
 * back; lists of segments elsewhere are joined exactly. */
static enum err_code
plan_joint(struct mapping_plan *plan, const char *text, struct error *err)
{
    struct record_path path = {0};
    enum err_code code;

    if (!text || !*text)
        return ERR_OK;
    code = record_path_parse(&path, text, err);
    if (code == ERR_OK &&
        str_equal(record_path_part(&path, path.count - 1), STR_LIT("text")))
        plan->joint = STR_LIT("\n\n");
    record_path_release(&path);
    return code;
}

enum err_code
mapping_compile(struct mapping *mapping, struct error *err)
{
    struct mapping_plan *plan = xcalloc(1, sizeof(*plan));
    enum err_code code = ERR_OK;

    plan->scores = xcalloc(mapping->score_count + 1, sizeof(*plan->scores));
    plan->tree = mapping_tree_new();
    if (!plan->tree)
        code = error_nomem(err);
    if (code == ERR_OK)
        code = plan_add(plan, mapping->text, &plan->text, err);
    if (code == ERR_OK)
        code = plan_add(plan, mapping->id, &plan->id, err);
    if (code == ERR_OK)
        code = plan_add(plan, mapping->source, &plan->source, err);
    if (code == ERR_OK)
        code = plan_add(plan, mapping->lang, &plan->lang, err);
    if (code == ERR_OK)
        code = plan_add(plan, "metadata", &plan->metadata, err);
    for (size_t i = 0; code == ERR_OK && i < mapping->score_count; i++)
        code = plan_add(plan, mapping->scores[i].path, &plan->scores[i], err);
    if (code == ERR_OK)
        code = plan_joint(plan, mapping->text, err);
    if (code) {
        plan_free(plan);
        return code;
    }
    plan_free(mapping->plan);
    mapping->plan = plan;
    return ERR_OK;
}
