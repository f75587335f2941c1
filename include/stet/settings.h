/* Configuration in git-config syntax (git-config(1), "Syntax"): sections,
 * [section "sub"], key = value ; comments. Project file, personal file,
 * command line: later files win, every value knows its origin. */
#ifndef STET_SETTINGS_H
#define STET_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"

struct settings;

struct setting {
    struct str section; /* lower case */
    struct str sub;     /* as written; empty when none */
    struct str key;     /* lower case */
    struct str value;
    const char *origin; /* file name */
    unsigned line;
};

struct settings *settings_new(void);
void settings_free(struct settings *settings);
/* Add a file's values; a missing file is fine. ERR_CONFIG names line and
 * column. `personal`: sections that name commands are allowed only here. */
enum err_code settings_load(struct settings *settings, const char *path,
                            bool personal, struct error *err);
enum err_code settings_parse(struct settings *settings, struct str text,
                             const char *origin, bool personal,
                             struct error *err);
/* One value on top of the files (from the command line). */
void settings_override(struct settings *settings, const char *section,
                       const char *sub, const char *key, struct str value);

/* The winning value, or NULL. `sub` may be NULL. Borrows. */
const struct setting *settings_get(const struct settings *settings,
                                   const char *section, const char *sub,
                                   const char *key);
struct str settings_str(const struct settings *settings, const char *section,
                        const char *key, const char *fallback);
/* Bad numbers are ERR_CONFIG with the place. Suffixes k, m, g (1024). */
enum err_code settings_size(const struct settings *settings,
                            const char *section, const char *key,
                            uint64_t fallback, uint64_t *out,
                            struct error *err);
bool settings_bool(const struct settings *settings, const char *section,
                   const char *key, bool fallback);
/* All values in order of appearance; `i` from 0; NULL at the end. */
const struct setting *settings_at(const struct settings *settings, size_t i);

/* Change one value in a file, keeping every other byte and comment. Creates
 * the file (0600, atomic). */
enum err_code settings_store(const char *path, const char *section,
                             const char *sub, const char *key, struct str value,
                             struct error *err);

/* "64M" and the like: false when malformed. */
bool size_parse(struct str text, uint64_t *out);

#endif
