/* Finding files of rows by name: what their layouts have in common is that the
 * path of one follows from the other's. */
#include "config.h"

#include "stet/row_files.h"

#include <stdlib.h>
#include <string.h>

#include "stet/buf.h"
#include "stet/xalloc.h"

#define FILES_MAX 256u /* beside one shard */
#define DOCUMENTS "/documents/"
#define ATTRIBUTES "/attributes/"
#define SIGNALS "/quality_signals/"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const compressed[] = {"", ".gz", ".zst", ".zstd", ".gzip"};

/* Where what says how a file is compressed begins in its name. */
static size_t
bare_length(const char *name)
{
    struct str bare = str_of(name);

    for (size_t i = 1; i < COUNT(compressed); i++)
        if (str_ends_with(bare, str_of(compressed[i])))
            return bare.len - strlen(compressed[i]);
    return bare.len;
}

/* The name without that and without .json or .jsonl. */
static struct str
stem_of(const char *name)
{
    struct str stem = {name, bare_length(name)};

    if (str_ends_with(stem, STR_LIT(".json")))
        stem.len -= 5;
    else if (str_ends_with(stem, STR_LIT(".jsonl")))
        stem.len -= 6;
    return stem;
}

/* The last such folder of a path, or NULL. */
static const char *
last_folder(const char *path, const char *folder)
{
    const char *last = NULL;

    for (const char *at = path; (at = strstr(at, folder)) != NULL; at++)
        last = at;
    return last;
}

static void
append(struct names *out, char *path)
{
    out->names = xreallocarray(out->names, out->count + 1, sizeof(*out->names));
    out->names[out->count++] = path;
}

/* The file of that name, compressed as `like` is or another way; NULL. */
static char *
find_file(const char *bare, const char *like)
{
    char *path = xasprintf("%s%s", bare, like + bare_length(like));

    for (size_t i = 0; i < COUNT(compressed) && !file_exists(path); i++) {
        free(path);
        path = xasprintf("%s%s", bare, compressed[i]);
    }
    if (file_exists(path))
        return path;
    free(path);
    return NULL;
}

/* NAME/REST of the folders in `folder`. */
static void
list_attributes(const char *folder, const char *rest, struct names *out)
{
    struct names names = {NULL, 0};
    struct error ignored = ERROR_INIT;

    if (folder_list_folders(folder, &names, &ignored) != ERR_OK)
        return;
    for (size_t i = 0; i < names.count && out->count < FILES_MAX; i++) {
        char *bare = xasprintf("%s/%s/%.*s", folder, names.names[i],
                               (int)bare_length(rest), rest);
        char *found = find_file(bare, rest);

        free(bare);
        if (found)
            append(out, found);
    }
    names_free(&names);
}

/* The file with `mark` behind its stem, or with `stem` for it, beside `path` or
 * in the folder `to` where it is in `from`. Caller frees; NULL: none. */
static char *
counterpart(const char *path, const char *from, const char *to, struct str stem,
            const char *mark)
{
    const char *at = last_folder(path, from);
    const char *kind = path + stem_of(path).len;
    size_t kind_len = bare_length(path) - stem_of(path).len;
    size_t before = at ? (size_t)(at - path) : 0;
    char *bare =
        xasprintf("%.*s%s%.*s", STR_FMT(stem), mark, (int)kind_len, kind);
    char *found = find_file(bare, path);

    if (!found && at && stem.len > before + strlen(from)) {
        struct str rest = str_slice(stem, before + strlen(from), stem.len);

        free(bare);
        bare = xasprintf("%.*s%s%.*s%s%.*s", (int)before, path, to,
                         STR_FMT(rest), mark, (int)kind_len, kind);
        found = find_file(bare, path);
    }
    free(bare);
    return found;
}

void
row_files_list(const char *shard, struct names *out)
{
    const char *at = last_folder(shard, DOCUMENTS);
    char *signals =
        counterpart(shard, DOCUMENTS, SIGNALS, stem_of(shard), ".signals");

    *out = (struct names){NULL, 0};
    if (at) {
        char *folder = xasprintf("%.*s/attributes", (int)(at - shard), shard);

        list_attributes(folder, at + strlen(DOCUMENTS), out);
        free(folder);
    }
    if (signals)
        append(out, signals);
}

bool
row_file_is_signals(const char *path)
{
    return str_ends_with(stem_of(path), STR_LIT(".signals"));
}

static bool
is_attributes(const char *path)
{
    char *copy = xstrdup(path);
    char *at = copy;
    bool found = false;

    while (!found && (at = strstr(at, ATTRIBUTES)) != NULL) {
        char *documents;

        *at = '\0';
        documents = path_join(copy, "documents");
        found = file_is_folder(documents);
        free(documents);
        *at++ = '/';
    }
    free(copy);
    return found;
}

bool
row_file_is(const char *path)
{
    struct str stem = stem_of(path);
    char *documents;
    bool found;

    if (!row_file_is_signals(path))
        return is_attributes(path);
    stem.len -= strlen(".signals");
    documents = counterpart(path, SIGNALS, DOCUMENTS, stem, "");
    found = documents != NULL;
    free(documents);
    return found;
}
