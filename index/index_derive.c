/* Derived scores of an open index: from the configuration's expressions to
 * numbers behind those of the columns. Nothing of them is stored; a change in
 * the configuration holds from the next opening on. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "index_impl.h"
#include "score_config.h"
#include "stet/xalloc.h"

#define CHAIN_MAX 16u /* derived from derived from ... */

struct derivation {
    struct index *index;
    const struct settings *settings;
    const struct setting **sets; /* of derived score i */
    unsigned *state;             /* 0 not looked at, 1 being, 2 done */
};

static enum err_code
fail(const struct setting *set, const char *text, struct error *err)
{
    return error_set(err, ERR_CONFIG, "%s:%u: [score \"%.*s\"] derive: %s",
                     set->origin, set->line, STR_FMT(set->sub), text);
}

static bool
is_stored(const struct index *index, struct str name)
{
    for (size_t i = 0; i < index->stored_count; i++)
        if (str_equal(str_of(index->defs[i].name), name))
            return true;
    return false;
}

static enum err_code
add_one(struct derivation *d, const struct setting *set, struct error *err)
{
    struct index *index = d->index;
    size_t i = index->def_count - index->stored_count;
    struct error problem = ERROR_INIT;
    struct derived *derived = NULL;

    if (is_stored(index, set->sub))
        return fail(set,
                    "the index has a score of this name: give the derived "
                    "one another",
                    err);
    if (derived_parse(&derived, set->value, &problem) != ERR_OK)
        return fail(set, problem.message, err);
    index->defs =
        xreallocarray(index->defs, index->def_count + 1, sizeof(*index->defs));
    index->defs[index->def_count++] = (struct score_def){
        xstrndup(set->sub), NULL,        SCORE_NUMBER, SCORE_BAD_UNKNOWN,
        (double)NAN,        (double)NAN, (double)NAN};
    index->derived =
        xreallocarray(index->derived, i + 1, sizeof(struct derived *));
    index->derived[i] = derived;
    d->sets = xreallocarray(d->sets, i + 1, sizeof(const struct setting *));
    d->sets[i] = set;
    return ERR_OK;
}

static enum err_code
add_all(struct derivation *d, struct error *err)
{
    const struct setting *set;
    enum err_code code = ERR_OK;

    for (size_t i = 0;
         code == ERR_OK && (set = settings_at(d->settings, i)) != NULL; i++) {
        char *name = xstrndup(set->sub);

        /* of several, the one that wins */
        if (str_equal(set->section, STR_LIT("score")) && set->sub.len > 0 &&
            str_equal(set->key, STR_LIT("derive")) && set->value.len > 0 &&
            set == settings_get(d->settings, "score", name, "derive"))
            code = add_one(d, set, err);
        free(name);
    }
    return code;
}

static enum err_code
bind_name(struct derivation *d, size_t i, size_t n, struct error *err)
{
    struct index *index = d->index;
    struct str name = derived_name(index->derived[i], n);
    unsigned found[2];
    struct error text = ERROR_INIT;
    size_t count = score_names_find(index->names, name, found, 2);

    if (count == 0)
        error_set(&text, ERR_CONFIG,
                  "there is no score %.*s: index or import it first, or "
                  "change the expression",
                  STR_FMT(name));
    else if (count > 1)
        error_set(&text, ERR_CONFIG,
                  "%.*s could be %s or %s: write the name out, in quotes",
                  STR_FMT(name), index->defs[found[0]].name,
                  index->defs[found[1]].name);
    else if (index->defs[found[0]].kind == SCORE_LABEL)
        error_set(&text, ERR_CONFIG, "%.*s is a label, not a number",
                  STR_FMT(name));
    if (text.code != ERR_OK)
        return fail(d->sets[i], text.message, err);
    derived_bind(index->derived[i], n, found[0]);
    return ERR_OK;
}

/* Bind the names of derived score `i`, then of those that it needs, and
 * describe it once they are described. */
static enum err_code
resolve(struct derivation *d, size_t i, unsigned depth, struct error *err)
{
    struct index *index = d->index;
    struct derived *derived = index->derived[i];
    struct score_def *def = &index->defs[index->stored_count + i];
    enum err_code code = ERR_OK;

    if (d->state[i] == 2)
        return ERR_OK;
    if (d->state[i] == 1)
        return fail(d->sets[i], "it needs itself, by way of others", err);
    if (depth == CHAIN_MAX)
        return fail(d->sets[i], "too many derived from one another", err);
    d->state[i] = 1;
    for (size_t n = 0; n < derived_name_count(derived) && code == ERR_OK; n++) {
        unsigned score;

        code = bind_name(d, i, n, err);
        score = derived_score(derived, n);
        if (code == ERR_OK && score >= index->stored_count)
            code = resolve(d, score - index->stored_count, depth + 1, err);
    }
    if (code != ERR_OK)
        return code;
    d->state[i] = 2;
    derived_describe(derived, index->defs, def);
    code = score_config_apply(d->settings, def, err);
    free(def->path); /* it has none, whatever the configuration says */
    def->path = NULL;
    def->kind = SCORE_NUMBER;
    return code;
}

enum err_code
index_derive(struct index *index, const struct settings *settings,
             struct error *err)
{
    struct derivation d = {.index = index, .settings = settings};
    size_t count;
    enum err_code code;

    index->stored_count = index->def_count;
    code = add_all(&d, err);
    count = index->def_count - index->stored_count;
    if (code == ERR_OK) {
        index->names = score_names_new(index->defs, index->def_count, settings);
        d.state = xcalloc(count + 1, sizeof(*d.state));
        for (size_t i = 0; i < count && code == ERR_OK; i++)
            code = resolve(&d, i, 0, err);
    }
    free(d.sets);
    free(d.state);
    return code;
}

void
index_derive_release(struct index *index)
{
    if (index->derived)
        for (size_t i = index->stored_count; i < index->def_count; i++)
            derived_free(index->derived[i - index->stored_count]);
    free(index->derived);
    score_names_free(index->names);
}
