/* The workspace: the `.stet` folder, found like git finds `.git`, and the
 * configuration that belongs to it. */
#ifndef STET_WORKSPACE_H
#define STET_WORKSPACE_H

#include "stet/fileio.h"
#include "stet/settings.h"

struct workspace {
    char *root;   /* the corpus root: base of all shard paths; absolute */
    char *dot;    /* the `.stet` folder; absolute */
    char *index;  /* dot/index */
    char *store;  /* dot/review.db */
    char *config; /* dot/config */
    bool shared;  /* a team's: 2770/0660 */
    struct settings *settings; /* personal file, then project file */
};

/* Find `.stet` in `start` (absolute or relative; NULL: the current folder) or
 * a parent, and load the configuration. Refuses (ERR_PERM) a workspace that
 * belongs to another user or is writable by strangers, unless `trust`.
 * Fails: ERR_NOTFOUND "no .stet here or above". */
enum err_code workspace_open(struct workspace **out, const char *start,
                             bool trust, struct error *err);
/* Create `.stet` in `folder` (0700; shared: 2770 and group, NULL for the
 * caller's own), or open the one that is there. */
enum err_code workspace_create(struct workspace **out, const char *folder,
                               bool shared, const char *group,
                               struct error *err);
void workspace_close(struct workspace *ws);
/* Path of a file below `.stet`; caller frees. */
char *workspace_path(const struct workspace *ws, const char *name);
/* The mode for new files and folders: 0600/0700 or 0660/02770. */
mode_t workspace_file_mode(const struct workspace *ws);
mode_t workspace_folder_mode(const struct workspace *ws);

#endif
