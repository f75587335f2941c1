/* Reading attribute files in step with their documents. */
#include "config.h"

#include "build_rows.h"

#include <inttypes.h>
#include <stdlib.h>

#include "stet/fileio.h"
#include "stet/xalloc.h"

#define ROWS_MAX 256u /* files beside one shard */

struct row_file {
    char *path;
    struct shard *shard; /* NULL: at its end, or given up */
    struct record record;
    bool has_record;
};

struct rows {
    struct build *build;
    struct row_file *files;
    size_t count;
};

/* The name without what says how it is compressed. */
static struct str
bare_name(const char *name)
{
    static const char *const suffixes[] = {".gz", ".zst", ".zstd", ".gzip"};
    struct str bare = str_of(name);

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
        if (str_ends_with(bare, str_of(suffixes[i])))
            bare.len -= strlen(suffixes[i]);
    return bare;
}

/* NAME/REST of the files in `folder` that go with `rest`, as paths. */
static void
take_siblings(const char *folder, const char *rest, struct names *out)
{
    struct names names = {NULL, 0};
    struct error ignored = ERROR_INIT;

    if (folder_list(folder, true, &names, &ignored) != ERR_OK)
        return;
    for (size_t i = 0; i < names.count && out->count < ROWS_MAX; i++) {
        const char *slash = strchr(names.names[i], '/');

        if (!slash || !str_equal(bare_name(slash + 1), bare_name(rest)))
            continue;
        out->names = xreallocarray(out->names, out->count + 1, sizeof(char *));
        out->names[out->count++] = path_join(folder, names.names[i]);
    }
    names_free(&names);
}

void
rows_list(const char *full, struct names *out)
{
    static const char documents[] = "/documents/";
    const char *at = strstr(full, documents);
    const char *last = NULL;
    char *folder;

    *out = (struct names){NULL, 0};
    for (; at; at = strstr(at + 1, documents))
        last = at;
    if (!last)
        return;
    folder = xasprintf("%.*s/attributes", (int)(last - full), full);
    if (file_is_folder(folder))
        take_siblings(folder, last + strlen(documents), out);
    free(folder);
}

uint64_t
rows_fingerprint(const char *full)
{
    struct names names;
    struct buf text = {0};
    struct hash hash;
    uint64_t out = 0;

    rows_list(full, &names);
    for (size_t i = 0; i < names.count; i++) {
        struct error ignored = ERROR_INIT;
        struct file_stat stat = {0};

        (void)file_stat(names.names[i], &stat, &ignored);
        xbuf_printf(&text, "%s %" PRIu64 " %" PRId64 "\n", names.names[i],
                    stat.bytes, stat.mtime_ns);
    }
    if (names.count > 0) {
        hash = hash_of(buf_str(&text));
        out = hash_prefix(&hash) >> 1 | 1; /* fits SQLite, is not 0 */
    }
    buf_release(&text);
    names_free(&names);
    return out;
}

static void
give_up(struct rows *rows, struct row_file *file, enum err_code code,
        const char *text)
{
    build_note(rows->build, file->path, code, true, text);
    shard_close(file->shard);
    file->shard = NULL;
}

struct rows *
rows_open(struct build *build, const struct work_shard *shard)
{
    const struct shard_limits *limits = &build->options->limits;
    struct rows *rows = xcalloc(1, sizeof(*rows));
    struct names names;

    rows->build = build;
    rows_list(shard->full, &names);
    rows->files = xcalloc(names.count + 1, sizeof(*rows->files));
    for (size_t i = 0; i < names.count; i++) {
        struct row_file *file = &rows->files[rows->count++];
        struct error err = ERROR_INIT;
        enum err_code code;

        file->path = names.names[i];
        names.names[i] = NULL;
        code = shard_open(&file->shard, file->path,
                          limits->max_record ? limits : &shard_default_limits,
                          &err);
        if (code != ERR_OK)
            give_up(rows, file, code, err.message);
        else
            shard_set_cancel(file->shard, &build->stop);
    }
    names_free(&names);
    return rows;
}

void
rows_close(struct rows *rows)
{
    if (!rows)
        return;
    for (size_t i = 0; i < rows->count; i++) {
        shard_close(rows->files[i].shard);
        free(rows->files[i].path);
    }
    free(rows->files);
    free(rows);
}

/* Go on to line `number`; false when the file has no such line. */
static bool
advance(struct rows *rows, struct row_file *file, uint64_t number)
{
    while (file->shard && (!file->has_record || file->record.number < number)) {
        struct error err = ERROR_INIT;
        enum err_code code = shard_next(file->shard, &file->record, &err);

        file->has_record = code == ERR_OK;
        if (code == ERR_OK && file->record.kind != RECORD_END)
            continue;
        if (code == ERR_CANCELLED)
            return false;
        give_up(rows, file, code == ERR_OK ? ERR_FORMAT : code,
                code == ERR_OK ? "has fewer lines than its documents"
                               : err.message);
    }
    return file->shard && file->record.number == number &&
           file->record.kind == RECORD_LINE;
}

enum err_code
rows_apply(struct rows *rows, const struct mapping *mapping,
           struct arena *arena, struct document *document, struct error *err)
{
    for (size_t i = 0; i < rows->count; i++) {
        struct row_file *file = &rows->files[i];
        struct error problem = ERROR_INIT;
        enum err_code code;

        if (!advance(rows, file, document->record))
            continue;
        code = mapping_apply_row(mapping, file->record.raw, MAP_SCORES, arena,
                                 document, &problem);
        if (code == ERR_NOMEM) {
            *err = problem;
            return code;
        }
        if (code != ERR_OK) {
            error_wrap(&problem, "line %" PRIu64 ", the rest is left out",
                       document->record + 1);
            give_up(rows, file, code, problem.message);
        }
    }
    return ERR_OK;
}
