/* Names of scores. They are few (a hundred at most in the field) and looked up
 * once a query: lists are searched from end to end. */
#include "config.h"

#include "score_name.h"

#include <stdlib.h>

#include "stet/xalloc.h"

struct alias {
    char *text;
    char *name; /* of the score, perhaps without its version */
};

struct score_names {
    const struct score_def *defs;
    size_t count;
    struct alias *aliases;
    size_t alias_count;
};

/* Offset of the '@' before the version, or the length. */
static size_t
version_at(struct str name)
{
    for (size_t i = name.len; i > 1; i--)
        if (name.ptr[i - 1] == '@')
            return i - 1;
    return name.len;
}

struct str
score_name_base(struct str name)
{
    return str_slice(name, 0, version_at(name));
}

struct str
score_name_version(struct str name)
{
    size_t at = version_at(name);

    if (at == name.len)
        return (struct str){NULL, 0};
    return str_slice(name, at + 1, name.len);
}

static bool
is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static size_t
digits_end(struct str s, size_t at)
{
    while (at < s.len && is_digit(s.ptr[at]))
        at++;
    return at;
}

/* Two runs of digits by their value, whatever their length. */
static int
compare_digits(struct str a, struct str b)
{
    while (a.len > 1 && a.ptr[0] == '0')
        a = str_slice(a, 1, a.len);
    while (b.len > 1 && b.ptr[0] == '0')
        b = str_slice(b, 1, b.len);
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return str_compare(a, b);
}

int
score_version_compare(struct str a, struct str b)
{
    size_t i = 0;
    size_t j = 0;

    if (!a.ptr || !b.ptr)
        return (a.ptr != NULL) - (b.ptr != NULL);
    while (i < a.len && j < b.len) {
        if (is_digit(a.ptr[i]) && is_digit(b.ptr[j])) {
            size_t a_end = digits_end(a, i);
            size_t b_end = digits_end(b, j);
            int order =
                compare_digits(str_slice(a, i, a_end), str_slice(b, j, b_end));

            if (order)
                return order;
            i = a_end;
            j = b_end;
        } else if (a.ptr[i] != b.ptr[j]) {
            return (unsigned char)a.ptr[i] < (unsigned char)b.ptr[j] ? -1 : 1;
        } else {
            i++;
            j++;
        }
    }
    if (i < a.len || j < b.len)
        return i < a.len ? 1 : -1;
    return str_compare(a, b); /* 1.0 and 1.00 */
}

static void
add_aliases(struct score_names *names, const struct setting *set)
{
    struct str rest = set->value;

    while (rest.len > 0) {
        size_t comma = str_find(rest, STR_LIT(","), 0);
        size_t end = comma == SIZE_MAX ? rest.len : comma;
        struct str word = str_trim(str_slice(rest, 0, end));

        rest = comma == SIZE_MAX ? (struct str){NULL, 0}
                                 : str_slice(rest, end + 1, rest.len);
        if (word.len == 0)
            continue;
        names->aliases = xreallocarray(names->aliases, names->alias_count + 1,
                                       sizeof(*names->aliases));
        names->aliases[names->alias_count++] =
            (struct alias){xstrndup(word), xstrndup(set->sub)};
    }
}

struct score_names *
score_names_new(const struct score_def *defs, size_t count,
                const struct settings *settings)
{
    struct score_names *names = xcalloc(1, sizeof(*names));
    const struct setting *set;

    names->defs = defs;
    names->count = count;
    for (size_t i = 0; (set = settings_at(settings, i)); i++)
        if (str_equal(set->section, STR_LIT("score")) && set->sub.len > 0 &&
            str_equal(set->key, STR_LIT("alias")))
            add_aliases(names, set);
    return names;
}

void
score_names_free(struct score_names *names)
{
    if (!names)
        return;
    for (size_t i = 0; i < names->alias_count; i++) {
        free(names->aliases[i].text);
        free(names->aliases[i].name);
    }
    free(names->aliases);
    free(names);
}

static struct str
name_of(const struct score_names *names, size_t i)
{
    return str_of(names->defs[i].name);
}

static bool
is_plain(char byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || (unsigned char)byte >= 0x80;
}

static bool
same_folded(struct str a, struct str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if ((is_plain(a.ptr[i]) ? a.ptr[i] : '_') !=
            (is_plain(b.ptr[i]) ? b.ptr[i] : '_'))
            return false;
    return true;
}

/* Scores found so far, one of each base. */
struct matches {
    unsigned *found;
    size_t max, count;
    struct str version; /* the one asked for; ptr NULL: the newest */
};

static void
add_match(const struct score_names *names, struct matches *matches, size_t i)
{
    struct str name = name_of(names, i);
    struct str version = score_name_version(name);

    if (matches->version.ptr && (matches->version.len != version.len ||
                                 !str_equal(matches->version, version)))
        return;
    for (size_t m = 0; m < matches->count && m < matches->max; m++) {
        struct str other = name_of(names, matches->found[m]);

        if (!str_equal(score_name_base(other), score_name_base(name)))
            continue;
        if (score_version_compare(version, score_name_version(other)) > 0)
            matches->found[m] = (unsigned)i;
        return;
    }
    if (matches->count < matches->max)
        matches->found[matches->count] = (unsigned)i;
    matches->count++;
}

static void
find_base(const struct score_names *names, struct str base, bool folded,
          struct matches *matches)
{
    for (size_t i = 0; i < names->count; i++) {
        struct str other = score_name_base(name_of(names, i));

        if (folded ? same_folded(other, base) : str_equal(other, base))
            add_match(names, matches, i);
    }
}

static void
find_alias(const struct score_names *names, struct str base,
           struct matches *matches)
{
    for (size_t i = 0; i < names->alias_count; i++) {
        struct str name = str_of(names->aliases[i].name);
        struct matches exact = *matches;

        if (!str_equal(str_of(names->aliases[i].text), base))
            continue;
        if (!exact.version.ptr)
            exact.version = score_name_version(name);
        find_base(names, score_name_base(name), false, &exact);
        exact.version = matches->version;
        *matches = exact;
    }
}

size_t
score_names_find(const struct score_names *names, struct str name,
                 unsigned *found, size_t max)
{
    struct matches matches = {found, max, 0, score_name_version(name)};
    struct str base = score_name_base(name);

    find_base(names, base, false, &matches);
    if (matches.count == 0)
        find_alias(names, base, &matches);
    if (matches.count == 0)
        find_base(names, base, true, &matches);
    return matches.count;
}

size_t
score_names_versions(const struct score_names *names, unsigned score)
{
    struct str base = score_name_base(name_of(names, score));
    size_t count = 0;

    for (size_t i = 0; i < names->count; i++)
        count += str_equal(score_name_base(name_of(names, i)), base);
    return count;
}
