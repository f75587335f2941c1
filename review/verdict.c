/* What the configuration says about decisions: the verdict set, the taxonomy
 * of tags, and the hash of all that shapes a decision. */
#include "config.h"

#include <stdlib.h>

#include "review/store_private.h"
#include "review/store_scan.h"
#include "stet/xalloc.h"

#define DEFAULT_VERDICTS "good:a:1 bad:x:2 unsure::3"
#define VERDICTS_MAX 64

static enum err_code
bad_verdict(const struct setting *setting, struct str spec, const char *why,
            struct error *err)
{
    return error_set(err, ERR_CONFIG, "%s:%u: verdict \"%.*s\": %s",
                     setting ? setting->origin : "built in",
                     setting ? setting->line : 0U, STR_FMT(spec), why);
}

/* The next part up to ':', or all that is left. */
static struct str
take_part(struct str *rest)
{
    size_t at = str_find(*rest, STR_LIT(":"), 0);
    struct str part = *rest;

    if (at == SIZE_MAX) {
        *rest = str_slice(*rest, rest->len, rest->len);
        return part;
    }
    part.len = at;
    *rest = str_slice(*rest, at + 1, rest->len);
    return part;
}

static const char *
check_def(const struct verdict_set *set, const struct verdict_def *def)
{
    if (!tag_name_is_valid(str_of(def->value)))
        return "the value is 1 to 128 letters, digits or - _ / . :";
    if (set->count == VERDICTS_MAX)
        return "too many values";
    for (size_t i = 0; i < set->count; i++) {
        const struct verdict_def *other = &set->defs[i];

        if (str_equal(str_of(other->value), str_of(def->value)))
            return "the value is there twice";
        if (def->key && other->key == def->key)
            return "the key is taken";
        if (def->digit >= 0 && other->digit == def->digit)
            return "the digit is taken";
    }
    return NULL;
}

/* value[:key[:digit]] */
static enum err_code
add_verdict(struct verdict_set *set, struct str spec,
            const struct setting *setting, struct error *err)
{
    struct str rest = spec;
    struct str value = take_part(&rest);
    struct str key = take_part(&rest);
    struct str digit = take_part(&rest);
    struct verdict_def def = {NULL, 0, -1, VERDICT_NEITHER};
    const char *why = NULL;

    if (rest.len || key.len > 1 || digit.len > 1 ||
        (digit.len == 1 && (digit.ptr[0] < '0' || digit.ptr[0] > '9')) ||
        (key.len == 1 && (key.ptr[0] <= ' ' || key.ptr[0] > '~')))
        return bad_verdict(setting, spec,
                           "expected value:key:digit, key and digit optional",
                           err);
    def.value = xstrndup(value);
    if (key.len)
        def.key = key.ptr[0];
    if (digit.len)
        def.digit = digit.ptr[0] - '0';
    why = check_def(set, &def);
    if (why) {
        free(def.value);
        return bad_verdict(setting, spec, why, err);
    }
    set->defs = xreallocarray(set->defs, set->count + 1, sizeof(*set->defs));
    set->defs[set->count++] = def;
    return ERR_OK;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static enum err_code
add_verdicts(struct verdict_set *set, struct str list,
             const struct setting *setting, struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t at = 0; at < list.len && code == ERR_OK;) {
        size_t start = at;

        while (at < list.len && !is_blank(list.ptr[at]))
            at++;
        if (at > start)
            code = add_verdict(set, str_slice(list, start, at), setting, err);
        while (at < list.len && is_blank(list.ptr[at]))
            at++;
    }
    return code;
}

/* `value` lines add up; of `values` the winning one counts. */
static enum err_code
load_section(struct verdict_set *set, const struct settings *settings,
             struct error *err)
{
    const struct setting *values =
        settings_get(settings, "verdict", NULL, "values");
    const struct setting *s = NULL;
    enum err_code code = ERR_OK;

    if (values)
        code = add_verdicts(set, values->value, values, err);
    for (size_t i = 0; code == ERR_OK && (s = settings_at(settings, i)); i++)
        if (str_equal(s->section, STR_LIT("verdict")) &&
            str_equal(s->key, STR_LIT("value")))
            code = add_verdict(set, str_trim(s->value), s, err);
    return code;
}

/* The values on one side; without a setting the one of that very name. */
static enum err_code
load_side(struct verdict_set *set, const struct settings *settings,
          const char *key, enum verdict_side side, struct error *err)
{
    const struct setting *setting =
        settings_get(settings, "verdict", NULL, key);
    struct str list = setting ? setting->value : str_of(key);
    struct str word = {NULL, 0};

    for (size_t at = 0; next_word(list, &at, &word);) {
        bool found = word.len == 0;

        for (size_t i = 0; i < set->count; i++)
            if (str_equal(str_of(set->defs[i].value), word)) {
                set->defs[i].side = side;
                found = true;
            }
        if (!found && setting)
            return error_set(
                err, ERR_CONFIG, "%s:%u: [verdict] %s: \"%.*s\" is no verdict",
                setting->origin, setting->line, key, STR_FMT(word));
    }
    return ERR_OK;
}

enum err_code
verdict_set_load(struct verdict_set *out, const struct settings *settings,
                 struct error *err)
{
    struct verdict_set set = {NULL, 0};
    enum err_code code = load_section(&set, settings, err);

    if (code == ERR_OK && set.count == 0)
        code = add_verdicts(&set, STR_LIT(DEFAULT_VERDICTS), NULL, err);
    if (code == ERR_OK)
        code = load_side(&set, settings, "good", VERDICT_GOOD, err);
    if (code == ERR_OK)
        code = load_side(&set, settings, "bad", VERDICT_BAD, err);
    if (code != ERR_OK) {
        verdict_set_release(&set);
        return code;
    }
    *out = set;
    return ERR_OK;
}

void
verdict_set_release(struct verdict_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        free(set->defs[i].value);
    free(set->defs);
    *set = (struct verdict_set){NULL, 0};
}

bool
verdict_set_has(const struct verdict_set *set, struct str value)
{
    for (size_t i = 0; i < set->count; i++)
        if (str_equal(str_of(set->defs[i].value), value))
            return true;
    return false;
}

enum verdict_side
verdict_set_side(const struct verdict_set *set, struct str value)
{
    for (size_t i = 0; i < set->count; i++)
        if (str_equal(str_of(set->defs[i].value), value))
            return set->defs[i].side;
    return VERDICT_NEITHER;
}

enum err_code
taxonomy_load(struct taxonomy *out, const struct settings *settings,
              struct error *err)
{
    struct str how = settings_str(settings, "policy", "tags", "open");
    struct taxonomy taxonomy = {NULL, 0, str_equal(how, STR_LIT("closed"))};
    const struct setting *s = NULL;

    if (!taxonomy.closed && !str_equal(how, STR_LIT("open")))
        return error_set(err, ERR_CONFIG,
                         "[policy] tags: expected open or closed");
    for (size_t i = 0; (s = settings_at(settings, i)); i++) {
        if (!str_equal(s->section, STR_LIT("tag")) || s->sub.len == 0)
            continue;
        if (!tag_name_is_valid(s->sub)) {
            taxonomy_release(&taxonomy);
            return error_set(err, ERR_CONFIG,
                             "%s:%u: [tag \"%.*s\"]: a tag is 1 to 128 "
                             "letters, digits or - _ / . :",
                             s->origin, s->line, STR_FMT(s->sub));
        }
        if (taxonomy.count &&
            str_equal(str_of(taxonomy.names[taxonomy.count - 1]), s->sub))
            continue;
        taxonomy.names = xreallocarray(taxonomy.names, taxonomy.count + 1,
                                       sizeof(*taxonomy.names));
        taxonomy.names[taxonomy.count++] = xstrndup(s->sub);
    }
    *out = taxonomy;
    return ERR_OK;
}

bool
taxonomy_has(const struct taxonomy *taxonomy, struct str tag)
{
    if (!taxonomy->closed)
        return true;
    for (size_t i = 0; i < taxonomy->count; i++)
        if (str_equal(str_of(taxonomy->names[i]), tag))
            return true;
    return false;
}

void
taxonomy_release(struct taxonomy *taxonomy)
{
    for (size_t i = 0; i < taxonomy->count; i++)
        free(taxonomy->names[i]);
    free(taxonomy->names);
    *taxonomy = (struct taxonomy){NULL, 0, false};
}

static bool
shapes_decisions(const struct setting *s)
{
    static const char *const keys[] = {"blind", "mask", "tags", "guidelines"};

    if (str_equal(s->section, STR_LIT("verdict")) ||
        str_equal(s->section, STR_LIT("tag")))
        return true;
    if (!str_equal(s->section, STR_LIT("policy")))
        return false;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (str_equal(s->key, str_of(keys[i])))
            return true;
    return false;
}

static void
hash_part(struct hasher *hasher, struct str part)
{
    uint8_t len[4] = {(uint8_t)part.len, (uint8_t)(part.len >> 8),
                      (uint8_t)(part.len >> 16), (uint8_t)(part.len >> 24)};

    hasher_update(hasher, len, sizeof(len));
    if (part.len)
        hasher_update(hasher, part.ptr, part.len);
}

void
policy_hash(const struct settings *settings, char hex[HASH_HEX_SIZE])
{
    struct hasher *hasher = hasher_new();
    const struct setting *s = NULL;
    struct hash hash;

    hash_part(hasher, STR_LIT(DEFAULT_VERDICTS));
    for (size_t i = 0; (s = settings_at(settings, i)); i++) {
        if (!shapes_decisions(s))
            continue;
        hash_part(hasher, s->section);
        hash_part(hasher, s->sub);
        hash_part(hasher, s->key);
        hash_part(hasher, s->value);
    }
    hash = hasher_take(hasher);
    hasher_free(hasher);
    hash_format(&hash, hex);
}
