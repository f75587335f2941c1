/* A shard from a pipe. It is written beside its place and gets its name only
 * when the input ended properly. */
#include "config.h"

#include "cli/keep_stdin.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/session.h"
#include "stet/shard_writer.h"
#include "stet/xalloc.h"

#define NAME_BYTES 200
#define LEVEL 3

enum err_code
stdin_is_wanted(const struct invocation *in, bool *wanted, struct error *err)
{
    bool dash = false;

    for (size_t i = 0; i < in->arg_count; i++)
        dash |= strcmp(in->args[i], "-") == 0;
    *wanted = dash || option_given(in, "as");
    if (*wanted && !option_given(in, "as"))
        return usage_error(in, err, "a shard from stdin needs --as NAME");
    if (*wanted && (!dash || in->arg_count != 1))
        return usage_error(in, err, "--as NAME takes '-' and nothing else");
    return ERR_OK;
}

/* A path below the root, of plain words: nothing hidden, no way out. */
static bool
is_name(struct str name)
{
    bool start = true;

    if (name.len == 0 || name.len > NAME_BYTES)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char byte = (unsigned char)name.ptr[i];

        if (byte < 0x20 || byte == 0x7F)
            return false;
        if (start && (byte == '.' || byte == '/'))
            return false;
        start = byte == '/';
    }
    return !start;
}

static char *
shard_path(const struct workspace *ws, struct str name)
{
    char *file;
    char *path;

    if (str_ends_with(name, STR_LIT(".zst")))
        name.len -= 4;
    if (str_ends_with(name, STR_LIT(".jsonl")))
        name.len -= 6;
    file = xasprintf("%.*s.jsonl.zst", STR_FMT(name));
    path = path_join(ws->root, file);
    free(file);
    return path;
}

/* The folder for it; a former shard of that name only with --replace. */
static enum err_code
prepare_place(const struct invocation *in, const struct workspace *ws,
              const char *path, struct error *err)
{
    char *folder;
    enum err_code code;

    if (file_exists(path) && !option_given(in, "replace"))
        return error_set(err, ERR_EXISTS,
                         "%s: already exists; --replace takes its place", path);
    folder = path_parent(path);
    code = folder_make(folder, workspace_folder_mode(ws), err);
    free(folder);
    return code;
}

enum err_code
stdin_keep(const struct invocation *in, const struct workspace *ws,
           const struct build_options *options, char **path, struct error *err)
{
    struct str name = str_of(option_get(in, "as"));
    struct seekable_copy job = {
        .from = "stdin",
        .options = {.level = LEVEL},
        .limits = options->limits,
        .stream = true,
        .replace = option_given(in, "replace"),
        .cancel = options->cancel,
    };
    char *place;
    enum err_code code;

    if (!is_name(name))
        return usage_error(in, err,
                           "--as takes the name of a file below the corpus "
                           "root, such as cc/part-0");
    place = shard_path(ws, name);
    job.to = place;
    code = prepare_place(in, ws, place, err);
    if (code == ERR_OK) {
        job.fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
        if (job.fd < 0)
            code = error_set(err, ERR_IO, "stdin is closed");
    }
    if (code == ERR_OK) {
        code = seekable_copy(&job, NULL, err);
        if (code != ERR_OK && code != ERR_CANCELLED && code != ERR_EXISTS)
            error_wrap(err, "stdin");
    }
    if (code == ERR_OK) {
        *path = place;
        place = NULL;
    }
    free(place);
    return code;
}
