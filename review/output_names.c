/* Names in the output folder: those below the inputs' common root. */
#include "config.h"

#include "apply_output.h"

#include <stdlib.h>

#include "stet/row_files.h"
#include "stet/xalloc.h"

/* The longest folder that holds both paths. */
static char *
common_folder(char *folder, const char *path)
{
    for (;;) {
        char *relative = path_relative(folder, path);
        char *parent = NULL;

        if (relative) {
            free(relative);
            return folder;
        }
        parent = path_parent(folder);
        free(folder);
        folder = parent;
    }
}

static void
find_siblings(struct output *output, const char *const *shards, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *absolute = path_absolute(shards[i]);
        struct names names;

        row_files_list(absolute, &names);
        free(absolute);
        output->siblings = xreallocarray(
            output->siblings, output->sibling_count + names.count + 1,
            sizeof(*output->siblings));
        for (size_t k = 0; k < names.count; k++) {
            output->siblings[output->sibling_count++] =
                (struct output_sibling){names.names[k], i};
            names.names[k] = NULL;
        }
        names_free(&names);
    }
}

static void
find_root(struct output *output, const char *const *shards, size_t count)
{
    if (output->options->root) {
        output->root = path_absolute(output->options->root);
        return;
    }
    for (size_t i = 0; i < count + output->sibling_count; i++) {
        char *path = path_absolute(
            i < count ? shards[i] : output->siblings[i - count].path);

        if (!output->root)
            output->root = path_parent(path);
        else
            output->root = common_folder(output->root, path);
        free(path);
    }
}

static int
compare_files(const void *left, const void *right)
{
    const struct manifest_file *a = left;
    const struct manifest_file *b = right;

    return strcmp(a->path, b->path);
}

/* The name of what a file becomes: its ending says the container, where there
 * is another one. */
static char *
out_name(const struct apply_options *options, const char *path)
{
    static const char *const endings[] = {".gz", ".zst", ".zstd"};
    static const char *const added[] = {[CONTAINER_PLAIN] = "",
                                        [CONTAINER_GZIP] = ".gz",
                                        [CONTAINER_ZSTD] = ".zst"};
    size_t len = strlen(path);

    if (!options->recode)
        return xstrdup(path);
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t tail = strlen(endings[i]);

        if (len > tail && strcmp(path + len - tail, endings[i]) == 0) {
            len -= tail;
            break;
        }
    }
    return xasprintf("%.*s%s", (int)len, path, added[options->container]);
}

/* Name and size of one file. */
static enum err_code
describe(const struct output *output, const char *path,
         struct manifest_file *file, struct error *err)
{
    char *absolute = path_absolute(path);
    char *inside = path_relative(output->folder, absolute);
    struct file_stat stat;
    enum err_code code = ERR_OK;

    file->path = path_relative(output->root, absolute);
    if (inside)
        code = error_set(err, ERR_USAGE,
                         "%s lies inside the output: nothing is changed in "
                         "place",
                         path);
    else if (!file->path)
        code = error_set(err, ERR_USAGE, "%s is not below the root %s", path,
                         output->root);
    if (!code)
        code = file_stat(path, &stat, err);
    if (!code) {
        file->out = out_name(output->options, file->path);
        file->bytes_in = stat.bytes;
    }
    free(inside);
    free(absolute);
    return code;
}

/* Order the inputs by name; no two may have one. */
static enum err_code
sort_inputs(struct output *output, const char *const *shards, struct error *err)
{
    struct manifest_file *sorted = NULL;
    size_t *order = NULL;

    if (output->count == 0)
        return error_set(err, ERR_USAGE, "no shards");
    sorted = xcalloc(output->count, sizeof(*sorted));
    order = xcalloc(output->count, sizeof(*order));
    for (size_t i = 0; i < output->count; i++)
        sorted[i] = output->inputs[i];
    qsort(sorted, output->count, sizeof(*sorted), compare_files);
    for (size_t i = 0; i < output->count; i++)
        for (size_t k = 0; k < output->count; k++)
            if (output->inputs[k].path == sorted[i].path)
                order[k] = i;
    for (size_t i = 0; i < output->count; i++)
        output->paths[order[i]] = shards[i];
    for (size_t i = 0; i < output->sibling_count; i++)
        output->siblings[i].input = order[output->siblings[i].input];
    memcpy(output->inputs, sorted, output->count * sizeof(*sorted));
    free(sorted);
    free(order);
    for (size_t i = 1; i < output->count; i++)
        if (strcmp(output->inputs[i - 1].path, output->inputs[i].path) == 0)
            return error_set(err, ERR_USAGE, "%s is named twice",
                             output->paths[i]);
    return ERR_OK;
}

static int
compare_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Two files of different endings may come to have one name. */
static enum err_code
check_names(const struct output *output, struct error *err)
{
    size_t count = output->count + output->sibling_count;
    const char **names = xcalloc(count + 1, sizeof(*names));
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < count; i++)
        names[i] = i < output->count
                       ? output->inputs[i].out
                       : output->sibling_files[i - output->count].out;
    qsort(names, count, sizeof(*names), compare_texts);
    for (size_t i = 1; i < count && !code && output->options->recode; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            code = error_set(err, ERR_USAGE,
                             "two files would become %s: apply them apart",
                             names[i]);
    free(names);
    return code;
}

enum err_code
output_open(struct output *output, const char *folder,
            const char *const *shards, size_t count,
            const struct apply_options *options, struct error *err)
{
    enum err_code code = ERR_OK;

    *output = (struct output){.options = options, .count = count};
    output->folder = path_absolute(folder);
    output->inputs = xcalloc(count + 1, sizeof(*output->inputs));
    output->paths = xcalloc(count + 1, sizeof(*output->paths));
    manifest_options(options, &output->options_text);
    find_siblings(output, shards, count);
    find_root(output, shards, count);
    output->sibling_files =
        xcalloc(output->sibling_count + 1, sizeof(*output->sibling_files));
    for (size_t i = 0; i < count && !code; i++)
        code = describe(output, shards[i], &output->inputs[i], err);
    for (size_t i = 0; i < output->sibling_count && !code; i++)
        code = describe(output, output->siblings[i].path,
                        &output->sibling_files[i], err);
    if (!code)
        code = sort_inputs(output, shards, err);
    return code ? code : check_names(output, err);
}

void
output_release(struct output *output)
{
    for (size_t i = 0; i < output->count; i++) {
        free(output->inputs[i].path);
        free(output->inputs[i].out);
    }
    for (size_t i = 0; i < output->sibling_count; i++) {
        free(output->siblings[i].path);
        if (output->sibling_files) {
            free(output->sibling_files[i].path);
            free(output->sibling_files[i].out);
        }
    }
    free(output->inputs);
    free(output->paths);
    free(output->siblings);
    free(output->sibling_files);
    free(output->folder);
    free(output->partial);
    free(output->root);
    buf_release(&output->options_text);
}
