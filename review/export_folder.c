/* Exports that are folders: written beside their place, then renamed to it. */
#include "config.h"

#include "export_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "stet/fileio.h"
#include "stet/xalloc.h"

enum err_code
export_folder_open(struct export_folder *folder, const char *path,
                   struct error *err)
{
    struct uuid uuid = uuid_make();
    char text[UUID_TEXT_SIZE];

    *folder = (struct export_folder){.path = path_absolute(path)};
    if (file_exists(folder->path) || file_is_folder(folder->path))
        return error_set(err, ERR_EXISTS,
                         "%s is there already: an export makes a new folder",
                         path);
    uuid_format(&uuid, text);
    folder->partial = xasprintf("%s.partial-%s", folder->path, text);
    return folder_make(folder->partial, 0777, err);
}

/* Names of files that were just written are synced with their folders. */
static enum err_code
sync_folders(const char *path, struct error *err)
{
    struct names names;
    enum err_code code = folder_list_folders(path, &names, err);

    if (code)
        return code;
    for (size_t i = 0; i < names.count && !code; i++) {
        char *below = path_join(path, names.names[i]);

        code = sync_folders(below, err);
        free(below);
    }
    names_free(&names);
    return code ? code : file_sync_folder(path, err);
}

enum err_code
export_folder_commit(struct export_folder *folder, struct error *err)
{
    enum err_code code = sync_folders(folder->partial, err);

    if (code)
        return code;
    if (renameat2(AT_FDCWD, folder->partial, AT_FDCWD, folder->path,
                  RENAME_NOREPLACE) != 0 &&
        (errno != EINVAL || rename(folder->partial, folder->path) != 0))
        return error_errno(err, errno, folder->path);
    free(folder->partial);
    folder->partial = NULL;
    return file_sync_parent(folder->path, err);
}

void
export_folder_release(struct export_folder *folder)
{
    struct error ignored = ERROR_INIT;

    if (folder->partial)
        (void)folder_remove(folder->partial, &ignored);
    free(folder->partial);
    free(folder->path);
    *folder = (struct export_folder){0};
}

enum err_code
export_folder_write(const char *folder, const char *name, struct str content,
                    struct error *err)
{
    char *path = path_join(folder, name);
    char *parent = path_parent(path);
    enum err_code code = folder_make(parent, 0777, err);

    if (!code)
        code = file_write_atomic(path, content, err);
    free(parent);
    free(path);
    return code;
}
