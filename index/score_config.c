/* Definitions of scores, from and to `.stet/config`, where people edit them. */
#include "config.h"

#include "score_config.h"

#include <math.h>
#include <stdlib.h>

#include "score_name.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"

#define CONFIG_MAX ((size_t)1 << 20)

static const char *const ends[] = {"unknown", "high", "low"};

static enum err_code
bad_setting(const struct setting *set, const char *wanted, struct error *err)
{
    return error_set(err, ERR_CONFIG, "%s:%u: [score \"%.*s\"] %.*s: %s",
                     set->origin, set->line, STR_FMT(set->sub),
                     STR_FMT(set->key), wanted);
}

static bool
parse_number(struct str text, double *out)
{
    char *copy = xstrndup(text);
    char *end;
    bool good;

    *out = strtod(copy, &end);
    good = end != copy && *end == '\0';
    free(copy);
    return good;
}

static bool
parse_choice(struct str text, const char *const *names, unsigned count,
             unsigned *out)
{
    for (unsigned i = 0; i < count; i++)
        if (str_equal(text, str_of(names[i]))) {
            *out = i;
            return true;
        }
    return false;
}

static bool
parse_range(struct str text, double *low, double *high)
{
    size_t dots = str_find(text, STR_LIT(".."), 0);
    double from;
    double to;

    if (dots == SIZE_MAX || !parse_number(str_slice(text, 0, dots), &from) ||
        !parse_number(str_slice(text, dots + 2, text.len), &to) || from > to)
        return false;
    *low = from;
    *high = to;
    return true;
}

static const struct setting *
get(const struct settings *settings, const char *name, const char *key)
{
    return settings_get(settings, "score", name, key);
}

/* The same; what is said of NAME holds for NAME@VERSION, too. */
static const struct setting *
get_inherited(const struct settings *settings, const char *name,
              const char *key)
{
    const struct setting *set = get(settings, name, key);
    char *base;

    if (set || !score_name_version(str_of(name)).ptr)
        return set;
    base = xstrndup(score_name_base(str_of(name)));
    set = get(settings, base, key);
    free(base);
    return set;
}

bool
score_config_says(const struct settings *settings, const char *name,
                  const char *key)
{
    return get_inherited(settings, name, key) != NULL;
}

enum err_code
score_config_apply(const struct settings *settings, struct score_def *def,
                   struct error *err)
{
    const struct setting *set = get(settings, def->name, "kind");
    unsigned choice;

    if (set) {
        if (!parse_choice(set->value, score_kind_names, SCORE_KINDS, &choice))
            return bad_setting(set,
                               "number, scale, probability, perplexity, label, "
                               "spans or segments",
                               err);
        def->kind = (enum score_kind)choice;
    }
    set = get_inherited(settings, def->name, "bad");
    if (set) {
        if (!parse_choice(set->value, ends, 3, &choice))
            return bad_setting(set, "high, low or unknown", err);
        def->bad = (enum score_bad)choice;
    }
    set = get_inherited(settings, def->name, "range");
    if (set && !parse_range(set->value, &def->min, &def->max))
        return bad_setting(set, "a range as 0..1", err);
    set = get_inherited(settings, def->name, "threshold");
    if (set && !parse_number(set->value, &def->threshold))
        return bad_setting(set, "a number", err);
    set = get(settings, def->name, "path");
    if (set && set->value.len > 0 &&
        !str_equal(set->value, str_of(def->path ? def->path : "")))
        def->path = xstrndup(set->value);
    return ERR_OK;
}

static bool
is_listed(const struct score_def *defs, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(str_of(defs[i].name), name))
            return true;
    return false;
}

enum err_code
score_config_load(const struct settings *settings, struct score_def **out,
                  size_t *count, struct error *err)
{
    struct score_def *defs = NULL;
    size_t used = 0;
    const struct setting *set;
    enum err_code code = ERR_OK;

    for (size_t i = 0; code == ERR_OK && (set = settings_at(settings, i));
         i++) {
        struct score_def def = {
            NULL,        NULL,        SCORE_NUMBER, SCORE_BAD_UNKNOWN,
            (double)NAN, (double)NAN, (double)NAN};

        if (!str_equal(set->section, STR_LIT("score")) || set->sub.len == 0 ||
            !str_equal(set->key, STR_LIT("path")) ||
            is_listed(defs, used, set->sub))
            continue;
        def.name = xstrndup(set->sub);
        code = score_config_apply(settings, &def, err);
        if (code == ERR_OK && def.path) {
            defs = xreallocarray(defs, used + 1, sizeof(*defs));
            defs[used++] = def;
        } else {
            free(def.name);
            free(def.path);
        }
    }
    if (code != ERR_OK) {
        score_config_free(defs, used);
        return code;
    }
    *out = defs;
    *count = used;
    return ERR_OK;
}

void
score_config_free(struct score_def *defs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(defs[i].name);
        free(defs[i].path);
    }
    free(defs);
}

/* In quotes, as git-config(1) says. */
static void
append_quoted(struct buf *out, const char *text)
{
    xbuf_append(out, "\"", 1);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            xbuf_append(out, "\\", 1);
        xbuf_append(out, text, 1);
    }
    xbuf_append(out, "\"", 1);
}

static bool
is_writable(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            return false;
    return true;
}

static void
append_def(struct buf *out, const struct score_def *def)
{
    xbuf_printf(out, "[score ");
    append_quoted(out, def->name);
    xbuf_printf(out, "]\n\tpath = ");
    append_quoted(out, def->path);
    xbuf_printf(out, "\n\tkind = %s\n\tbad = %s\n", score_kind_names[def->kind],
                ends[def->bad]);
    if (!isnan(def->min) && !isnan(def->max))
        xbuf_printf(out, "\trange = %g..%g\n", def->min, def->max);
    if (!isnan(def->threshold))
        xbuf_printf(out, "\tthreshold = %g\n", def->threshold);
    else if (def->max == 1 && def->bad != SCORE_BAD_UNKNOWN)
        xbuf_printf(out, "\t# threshold = 0.5\n");
}

enum err_code
score_config_append(const char *path, const struct settings *settings,
                    const struct score_def *defs, size_t count,
                    struct error *err)
{
    struct buf text = {0};
    struct error problem = ERROR_INIT;
    bool added = false;
    enum err_code code = file_read(path, CONFIG_MAX, &text, &problem);

    if (code != ERR_OK && code != ERR_NOTFOUND) {
        buf_release(&text);
        *err = problem;
        return code;
    }
    code = ERR_OK;
    if (text.len > 0 && text.ptr[text.len - 1] != '\n')
        xbuf_append(&text, "\n", 1);
    for (size_t i = 0; i < count; i++) {
        if (get(settings, defs[i].name, "path") || !is_writable(defs[i].name) ||
            !is_writable(defs[i].path))
            continue;
        append_def(&text, &defs[i]);
        added = true;
    }
    if (added)
        code = file_write_atomic(path, buf_str(&text), err);
    buf_release(&text);
    return code;
}
