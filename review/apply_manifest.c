/* Writes and compares manifests. One line an input, so that two manifests can
 * be compared by eye. */
#include "config.h"

#include "apply_manifest.h"

#include <stdlib.h>

#include "stet/arena.h"
#include "stet/fileio.h"
#include "stet/json.h"
#include "stet/xalloc.h"
#include "training_private.h"

#define MANIFEST_FORMAT "stet-manifest"
#define MANIFEST_MAX ((size_t)1 << 30)

static void
put_hash(struct json_out *w, const char *key, const struct hash *hash)
{
    char hex[HASH_HEX_SIZE];

    hash_format(hash, hex);
    json_key(w, key);
    json_str(w, str_of(hex));
}

/* `path`: NULL where it goes without saying. */
static void
put_side(struct json_out *w, const char *key, const char *path, uint64_t bytes,
         const struct hash *hash)
{
    json_key(w, key);
    json_open(w, '{');
    if (path) {
        json_key(w, "path");
        json_str(w, str_of(path));
    }
    json_key(w, "bytes");
    json_int(w, (int64_t)bytes);
    put_hash(w, "sha256", hash);
    json_close(w, '}');
}

static void
put_files(struct json_out *w, const char *key, const struct manifest_file *list,
          size_t count)
{
    json_key(w, key);
    json_open(w, '[');
    for (size_t i = 0; i < count; i++) {
        xbuf_append_str(w->out, i ? STR_LIT(",\n") : STR_LIT("\n"));
        w->comma = false;
        json_open(w, '{');
        json_key(w, "path");
        json_str(w, str_of(list[i].path));
        json_key(w, "state");
        json_str(w, list[i].changed ? STR_LIT("changed") : STR_LIT("same"));
        put_side(w, "in", NULL, list[i].bytes_in, &list[i].hash_in);
        if (list[i].written)
            put_side(w, "out",
                     strcmp(list[i].out, list[i].path) == 0 ? NULL
                                                            : list[i].out,
                     list[i].bytes_out, &list[i].hash_out);
        json_close(w, '}');
    }
    json_close(w, ']');
    xbuf_append(w->out, "\n", 1);
}

static void
put_count(struct json_out *w, const char *key, uint64_t value)
{
    json_key(w, key);
    json_int(w, (int64_t)value);
}

void
manifest_options(const struct apply_options *options, struct buf *out)
{
    struct json_out w = {out, false};
    static const char *const names[] = {"stet", "path", "dolma", "none"};

    json_open(&w, '{');
    json_key(&w, "tags_at");
    json_str(&w, str_of(names[options->tags_at]));
    if (options->tags_at == TAGS_PATH) {
        json_key(&w, "path");
        json_str(&w, options->tags_path);
    }
    if (options->tags_at == TAGS_DOLMA && options->run.len) {
        json_key(&w, "run");
        json_str(&w, options->run);
    }
    json_key(&w, "partial");
    json_bool(&w, options->partial);
    json_key(&w, "all");
    json_bool(&w, options->all);
    if (options->training) {
        struct buf training = {0};

        training_format(options->training, &training);
        json_key(&w, "training");
        json_raw(&w, buf_str(&training));
        buf_release(&training);
    }
    if (options->recode) {
        json_key(&w, "codec");
        json_str(&w, str_of(container_name(options->container)));
    }
    if (options->level) {
        json_key(&w, "level");
        json_int(&w, options->level);
    }
    json_close(&w, '}');
}

void
manifest_format(const struct manifest *manifest, struct buf *out)
{
    struct json_out w = {out, false};
    const struct apply_report *report = manifest->report;

    json_open(&w, '{');
    json_key(&w, "format");
    json_str(&w, STR_LIT(MANIFEST_FORMAT));
    json_key(&w, "version");
    json_int(&w, 1);
    json_key(&w, "patch_set");
    json_open(&w, '{');
    json_key(&w, "id");
    json_str(&w, str_of(manifest->set->header.id));
    put_hash(&w, "sha256", &manifest->set->hash);
    json_close(&w, '}');
    json_key(&w, "options");
    json_raw(&w, manifest->options);
    put_files(&w, "inputs", manifest->inputs, manifest->input_count);
    put_files(&w, "siblings", manifest->siblings, manifest->sibling_count);
    if (manifest->added) {
        json_key(&w, "added");
        json_str(&w, str_of(manifest->added));
    }
    if (manifest->rescored)
        put_count(&w, "rescore", manifest->rescored);
    json_key(&w, "counts");
    json_open(&w, '{');
    put_count(&w, "patches", report->patches);
    put_count(&w, "applied", report->applied);
    put_count(&w, "already", report->already);
    put_count(&w, "conflicts", report->conflicts);
    put_count(&w, "added", report->added);
    put_count(&w, "dropped", report->dropped);
    json_close(&w, '}');
    json_close(&w, '}');
    xbuf_append(out, "\n", 1);
}

/* The manifest of a folder; NULL when there is none that can be read. */
static const struct json_value *
load(const char *folder, struct buf *text, struct arena *arena)
{
    char *path = path_join(folder, MANIFEST_NAME);
    const struct json_value *value = NULL;
    struct error ignored = ERROR_INIT;

    if (file_read(path, MANIFEST_MAX, text, &ignored) ||
        json_parse(buf_str(text), arena, &value, &ignored) ||
        !str_equal(json_get_str(value, "format", STR_LIT("")),
                   STR_LIT(MANIFEST_FORMAT)))
        value = NULL;
    free(path);
    return value;
}

static bool
hash_is(const struct json_value *object, const struct hash *hash)
{
    char hex[HASH_HEX_SIZE];

    hash_format(hash, hex);
    return str_equal(json_get_str(object, "sha256", STR_LIT("")), str_of(hex));
}

static bool
same_inputs(const struct json_value *list, const struct manifest_file *inputs,
            size_t count)
{
    const struct json_value *value = list ? list->first : NULL;
    size_t at = 0;

    for (; value && at < count; value = value->next, at++)
        if (!str_equal(json_get_str(value, "path", STR_LIT("")),
                       str_of(inputs[at].path)) ||
            !hash_is(json_get(value, "in"), &inputs[at].hash_in))
            return false;
    return !value && at == count;
}

static uint64_t
get_count(const struct json_value *counts, const char *key)
{
    int64_t value = json_get_int(counts, key, 0);

    return value < 0 ? 0 : (uint64_t)value;
}

bool
manifest_matches(const char *folder, const struct patch_set *set,
                 struct str options, const struct manifest_file *inputs,
                 size_t count, struct apply_report *report)
{
    struct buf text = {0};
    struct arena arena;
    const struct json_value *value = NULL;
    const struct json_value *counts = NULL;
    const struct json_value *made_with = NULL;
    bool same = false;

    arena_init(&arena, 0);
    value = load(folder, &text, &arena);
    counts = json_get(value, "counts");
    made_with = json_get(value, "options");
    same = value && hash_is(json_get(value, "patch_set"), &set->hash) &&
           made_with && str_equal(made_with->raw, options) &&
           same_inputs(json_get(value, "inputs"), inputs, count);
    if (same) {
        report->patches = get_count(counts, "patches");
        report->applied = get_count(counts, "applied");
        report->already = get_count(counts, "already");
        report->conflicts = get_count(counts, "conflicts");
        report->added = get_count(counts, "added");
        report->dropped = get_count(counts, "dropped");
    }
    arena_release(&arena);
    buf_release(&text);
    return same;
}

static bool
folder_names(const char *folder, const struct patch_set *set, bool *whole)
{
    struct buf text = {0};
    struct arena arena;
    const struct json_value *value = NULL;
    bool same;

    arena_init(&arena, 0);
    value = load(folder, &text, &arena);
    same = value && hash_is(json_get(value, "patch_set"), &set->hash);
    *whole = json_get_int(json_get(value, "counts"), "conflicts", -1) == 0;
    arena_release(&arena);
    buf_release(&text);
    return same;
}

/* The nearest folder above the file whose manifest names this patch set; NULL:
 * none. The caller frees it. */
static char *
find_folder(const char *path, const struct patch_set *set, bool *whole)
{
    char *folder = path_absolute(path);

    for (;;) {
        char *parent = path_parent(folder);
        bool top = strcmp(parent, folder) == 0;

        free(folder);
        folder = parent;
        if (top)
            break;
        if (folder_names(folder, set, whole))
            return folder;
    }
    free(folder);
    return NULL;
}

bool
manifest_names(const char *path, const struct patch_set *set, bool *whole)
{
    char *folder = find_folder(path, set, whole);
    bool found = folder != NULL;

    free(folder);
    return found;
}

static int
compare_hashes(const void *left, const void *right)
{
    return hash_compare(left, right);
}

void
manifest_outputs(const char *path, const struct patch_set *set,
                 struct hash **out, size_t *count)
{
    bool whole = false;
    char *folder = find_folder(path, set, &whole);
    struct buf text = {0};
    struct arena arena;
    const struct json_value *list = NULL;
    size_t room = 1;

    *count = 0;
    arena_init(&arena, 0);
    if (folder)
        list = json_get(load(folder, &text, &arena), "inputs");
    for (const struct json_value *v = list ? list->first : NULL; v; v = v->next)
        room++;
    *out = xcalloc(room, sizeof(**out));
    for (const struct json_value *v = list ? list->first : NULL; v; v = v->next)
        if (hash_parse(json_get_str(json_get(v, "out"), "sha256", STR_LIT("")),
                       &(*out)[*count]))
            ++*count;
    if (*count > 1)
        qsort(*out, *count, sizeof(**out), compare_hashes);
    arena_release(&arena);
    buf_release(&text);
    free(folder);
}
