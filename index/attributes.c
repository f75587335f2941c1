/* The folders of imported scores, and what the manifest says of them. A file's
 * name has its place in the order and the hash of its rows. */
#include "config.h"

#include "attributes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "attribute_row.h"
#include "column.h"
#include "stet/shard_writer.h"
#include "stet/xalloc.h"

#define FOLDER "attributes"
#define INCOMING "incoming.jsonl.zst"
#define SUFFIX ".jsonl.zst"
#define NUMBER_DIGITS 4u
#define HASH_DIGITS 16u
#define LEVEL 3

static char *
sets_folder(const struct workspace *ws)
{
    return workspace_path(ws, FOLDER);
}

char *
attributes_folder(const struct workspace *ws, const char *name)
{
    char *all = sets_folder(ws);
    char *word = generation_file_word(name);
    char *folder = path_join(all, word);

    free(all);
    free(word);
    return folder;
}

/* NNNN-HASH.jsonl.zst */
static bool
is_rows_file(const char *name)
{
    struct str text = str_of(name);

    return text.len == NUMBER_DIGITS + 1 + HASH_DIGITS + sizeof(SUFFIX) - 1 &&
           strspn(name, "0123456789") == NUMBER_DIGITS &&
           name[NUMBER_DIGITS] == '-' &&
           strspn(name + NUMBER_DIGITS + 1, "0123456789abcdef") ==
               HASH_DIGITS &&
           str_ends_with(text, STR_LIT(SUFFIX));
}

static struct attribute_set *
set_of(struct attribute_sets *sets, const char *root, struct str word)
{
    struct attribute_set *last =
        sets->count ? &sets->list[sets->count - 1] : NULL;
    char *name = xstrndup(word);

    if (last && strcmp(path_base(last->folder), name) == 0) {
        free(name);
        return last;
    }
    sets->list =
        xreallocarray(sets->list, sets->count + 1, sizeof(*sets->list));
    last = &sets->list[sets->count++];
    *last = (struct attribute_set){.folder = path_join(root, name)};
    free(name);
    return last;
}

static void
take_file(struct attribute_sets *sets, const char *root, const char *path)
{
    const char *slash = strchr(path, '/');
    struct attribute_set *set;

    if (path[0] == '.' || !slash || !is_rows_file(slash + 1))
        return;
    set =
        set_of(sets, root, str_slice(str_of(path), 0, (size_t)(slash - path)));
    set->files.names = xreallocarray(set->files.names, set->files.count + 1,
                                     sizeof(*set->files.names));
    set->files.names[set->files.count++] = xstrdup(slash + 1);
}

/* Name and kind are those of the first row. */
static enum err_code
read_first(struct attribute_set *set, struct error *err)
{
    char *path = path_join(set->folder, set->files.names[0]);
    struct shard *shard = NULL;
    struct record record = {0};
    struct attribute_row row;
    struct str name = {NULL, 0};
    struct str value = {NULL, 0};
    struct arena arena;
    enum err_code code = shard_open(&shard, path, &shard_default_limits, err);

    arena_init(&arena, 0);
    if (code == ERR_OK)
        code = shard_next(shard, &record, err);
    if (code == ERR_OK && record.kind != RECORD_LINE)
        code = error_set(err, ERR_FORMAT, "no rows");
    if (code == ERR_OK)
        code = attribute_row_parse(record.raw, &arena, &row, err);
    if (code == ERR_OK)
        code = attribute_row_value(row.attributes, &arena, &name, &value, err);
    if (code == ERR_OK) {
        set->name = xstrndup(name);
        set->kind = value.ptr[0] == '"' ? SCORE_LABEL : SCORE_NUMBER;
    } else if (code != ERR_NOMEM) {
        error_wrap(err, "%s: remove the folder and import its scores again",
                   path);
    }
    shard_close(shard);
    arena_release(&arena);
    free(path);
    return code;
}

static void
sum_files(struct attribute_set *set)
{
    struct buf text = {0};
    struct hash hash;

    for (size_t i = 0; i < set->files.count; i++)
        xbuf_printf(&text, "%s\n", set->files.names[i]);
    hash = hash_of(buf_str(&text));
    set->sum = hash_prefix(&hash) | 1;
    buf_release(&text);
}

enum err_code
attributes_load(struct attribute_sets *out, const struct workspace *ws,
                struct error *err)
{
    char *root = sets_folder(ws);
    struct attribute_sets sets = {NULL, 0};
    struct names names = {NULL, 0};
    enum err_code code = ERR_OK;

    if (file_is_folder(root))
        code = folder_list(root, true, &names, err);
    for (size_t i = 0; i < names.count; i++)
        take_file(&sets, root, names.names[i]);
    for (size_t i = 0; i < sets.count && code == ERR_OK; i++) {
        code = read_first(&sets.list[i], err);
        sum_files(&sets.list[i]);
    }
    names_free(&names);
    free(root);
    if (code != ERR_OK) {
        attributes_release(&sets);
        return code;
    }
    *out = sets;
    return ERR_OK;
}

void
attributes_release(struct attribute_sets *sets)
{
    for (size_t i = 0; i < sets->count; i++) {
        free(sets->list[i].name);
        free(sets->list[i].folder);
        names_free(&sets->list[i].files);
    }
    free(sets->list);
    *sets = (struct attribute_sets){NULL, 0};
}

void
attributes_clean(const struct workspace *ws)
{
    char *root = sets_folder(ws);
    struct names names = {NULL, 0};
    struct error ignored = ERROR_INIT;

    if (file_is_folder(root) &&
        folder_list(root, true, &names, &ignored) == ERR_OK)
        for (size_t i = 0; i < names.count; i++) {
            const char *name = names.names[i];
            char *path = path_join(root, name);

            if (name[0] == '.' || path_is_partial(name) ||
                strcmp(path_base(name), INCOMING) == 0)
                (void)unlink(path);
            if (name[0] == '.') {
                char *folder = path_parent(path);

                (void)rmdir(folder);
                free(folder);
            }
            free(path);
        }
    names_free(&names);
    free(root);
}

static const struct attribute_set *
set_named(const struct attribute_sets *sets, const char *name)
{
    for (size_t i = 0; i < sets->count; i++)
        if (strcmp(sets->list[i].name, name) == 0)
            return &sets->list[i];
    return NULL;
}

static bool
has_score(const struct generation *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->score_count; i++)
        if (!manifest->scores[i].path &&
            strcmp(manifest->scores[i].name, name) == 0)
            return true;
    return false;
}

static const struct generation_partition *
partition_of(const struct generation *manifest, uint32_t number)
{
    for (size_t i = 0; i < manifest->partition_count; i++)
        if (manifest->partitions[i].number == number)
            return &manifest->partitions[i];
    return NULL;
}

static bool
is_readable(const struct generation *manifest, const char *folder,
            const struct generation_column *as)
{
    const struct generation_partition *of =
        partition_of(manifest, as->partition);
    struct error ignored = ERROR_INIT;
    struct column *column = NULL;
    char *path = path_join(folder, as->file);
    bool good;

    good = of && column_open(&column, path, as->kind == COLUMN_LABEL,
                             of->documents, &of->hash, &ignored) == ERR_OK;
    column_close(column);
    free(path);
    return good;
}

static bool
drop_damaged(struct generation *manifest, const char *folder)
{
    size_t kept = 0;

    for (size_t i = 0; i < manifest->column_count; i++) {
        const struct generation_column *column = &manifest->columns[i];
        bool imported = column->kind <= COLUMN_LABEL &&
                        column->score < manifest->score_count &&
                        !manifest->scores[column->score].path;

        if (imported && !is_readable(manifest, folder, column))
            free(manifest->columns[i].file);
        else
            manifest->columns[kept++] = manifest->columns[i];
    }
    if (kept == manifest->column_count)
        return false;
    manifest->column_count = kept;
    return true;
}

bool
attributes_align(struct generation *manifest, const char *folder,
                 const struct attribute_sets *sets)
{
    bool changed = drop_damaged(manifest, folder);
    size_t i = 0;

    while (i < manifest->score_count) {
        const struct generation_score *score = &manifest->scores[i];
        const struct attribute_set *set =
            score->path ? NULL : set_named(sets, score->name);

        if (score->path || (set && set->kind == score->kind)) {
            i++;
            continue;
        }
        generation_drop_score(manifest, (uint32_t)i);
        changed = true;
    }
    for (i = 0; i < sets->count; i++) {
        if (has_score(manifest, sets->list[i].name))
            continue;
        generation_add_score(manifest, sets->list[i].name, NULL,
                             sets->list[i].kind);
        changed = true;
    }
    return changed;
}

static bool
has_column(const struct generation *manifest, uint32_t partition,
           uint32_t score)
{
    for (size_t i = 0; i < manifest->column_count; i++)
        if (manifest->columns[i].partition == partition &&
            manifest->columns[i].kind <= COLUMN_LABEL &&
            manifest->columns[i].score == score)
            return true;
    return false;
}

bool
attributes_are_filled(const struct generation *manifest,
                      const struct attribute_sets *sets)
{
    for (uint32_t s = 0; s < manifest->score_count; s++) {
        const struct generation_score *score = &manifest->scores[s];
        const struct attribute_set *set =
            score->path ? NULL : set_named(sets, score->name);

        if (score->path)
            continue;
        if (!set || set->sum != score->rows)
            return false;
        for (size_t i = 0; i < manifest->partition_count; i++)
            if (!has_column(manifest, manifest->partitions[i].number, s))
                return false;
    }
    return true;
}

struct attribute_writer {
    char *folder;
    struct seekable_writer *file;
    struct hasher *hasher;
    bool any; /* rows */
};

enum err_code
attribute_writer_open(struct attribute_writer **out, const struct workspace *ws,
                      const char *name, struct error *err)
{
    static const struct seekable_options options = {.level = LEVEL};
    struct attribute_writer *writer = xcalloc(1, sizeof(*writer));
    char *path;
    enum err_code code;

    writer->folder = attributes_folder(ws, name);
    writer->hasher = hasher_new();
    path = path_join(writer->folder, INCOMING);
    code = folder_make(writer->folder, workspace_folder_mode(ws), err);
    if (code == ERR_OK)
        code = seekable_writer_open(&writer->file, path, &options, err);
    free(path);
    if (code != ERR_OK) {
        attribute_writer_abort(writer);
        return code;
    }
    *out = writer;
    return ERR_OK;
}

enum err_code
attribute_writer_add(struct attribute_writer *writer, struct str line,
                     struct error *err)
{
    hasher_update(writer->hasher, line.ptr, line.len);
    writer->any = true;
    return seekable_writer_write(writer->file, line.ptr, line.len, err);
}

/* The set's last file, as a name; NULL when there is none. Caller frees. */
static char *
last_file(const char *folder)
{
    struct names names = {NULL, 0};
    struct error ignored = ERROR_INIT;
    char *last = NULL;

    if (folder_list(folder, false, &names, &ignored) == ERR_OK)
        for (size_t i = 0; i < names.count; i++)
            if (is_rows_file(names.names[i])) {
                free(last);
                last = xstrdup(names.names[i]);
            }
    names_free(&names);
    return last;
}

static enum err_code
name_file(const struct attribute_writer *writer, const char *from,
          const char *last, const char *hex, struct error *err)
{
    unsigned long number = last ? strtoul(last, NULL, 10) + 1 : 1;
    char *name = xasprintf("%04lu-%.16s" SUFFIX, number, hex);
    char *to = path_join(writer->folder, name);
    enum err_code code = ERR_OK;

    if (number > 9999)
        code = error_set(err, ERR_LIMIT,
                         "too many imports of one score: remove it and import "
                         "it again");
    else if (rename(from, to) != 0)
        code = error_errno(err, errno, to);
    if (code == ERR_OK)
        code = file_sync_parent(to, err);
    free(name);
    free(to);
    return code;
}

enum err_code
attribute_writer_commit(struct attribute_writer *writer, bool *added,
                        struct error *err)
{
    char *from = path_join(writer->folder, INCOMING);
    char *last = last_file(writer->folder);
    struct seekable_writer *file = writer->file;
    struct hash hash = hasher_take(writer->hasher);
    char hex[HASH_HEX_SIZE];
    enum err_code code = ERR_OK;

    hash_format(&hash, hex);
    *added = writer->any && (!last || strncmp(last + NUMBER_DIGITS + 1, hex,
                                              HASH_DIGITS) != 0);
    if (*added) {
        writer->file = NULL;
        code = seekable_writer_commit(file, err);
        if (code == ERR_OK)
            code = name_file(writer, from, last, hex, err);
    }
    free(from);
    free(last);
    attribute_writer_abort(writer);
    return code;
}

void
attribute_writer_abort(struct attribute_writer *writer)
{
    if (!writer)
        return;
    seekable_writer_abort(writer->file);
    (void)rmdir(writer->folder); /* an empty one is no set */
    hasher_free(writer->hasher);
    free(writer->folder);
    free(writer);
}
