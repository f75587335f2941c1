/* Definitions of scores in the configuration: [score "NAME"] sections. */
#ifndef INDEX_SCORE_CONFIG_H
#define INDEX_SCORE_CONFIG_H

#include "stet/mapping.h"
#include "stet/settings.h"

/* Put what the configuration says about def->name over `def`; def->path is
 * replaced by an owned copy when it says another. ERR_CONFIG. */
enum err_code score_config_apply(const struct settings *settings,
                                 struct score_def *def, struct error *err);
/* Whether it says anything of `key`, for the name or for it without its
 * version. */
bool score_config_says(const struct settings *settings, const char *name,
                       const char *key);
/* All definitions that have a path, in order of appearance; caller frees. */
enum err_code score_config_load(const struct settings *settings,
                                struct score_def **out, size_t *count,
                                struct error *err);
void score_config_free(struct score_def *defs, size_t count);
/* Append those that the configuration does not have, in one write. Names that
 * its syntax cannot hold are left out. */
enum err_code score_config_append(const char *path,
                                  const struct settings *settings,
                                  const struct score_def *defs, size_t count,
                                  struct error *err);

#endif
