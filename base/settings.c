/* Settings: values of all files in order of appearance. Look-ups go from the
 * end, since the later value wins; there are tens of them, not thousands. */
#include "config.h"

#include "stet/settings.h"

#include <stdlib.h>

#include "base/settings_scan.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"

#define FILE_MAX ((size_t)1 << 20)

struct settings {
    struct setting *values;
    size_t count;
    size_t cap;
    size_t file_count; /* values before this one come from files */
    char **origins;
    size_t origin_count;
};

static const char override_origin[] = "command line";

/* What runs a program is the reader's choice, never the project's. */
static const char *const command_sections[] = {"editor", "pager", "pipe"};

struct settings *
settings_new(void)
{
    return xcalloc(1, sizeof(struct settings));
}

static void
release_value(struct setting *value)
{
    free((void *)(uintptr_t)value->section.ptr);
    free((void *)(uintptr_t)value->sub.ptr);
    free((void *)(uintptr_t)value->key.ptr);
    free((void *)(uintptr_t)value->value.ptr);
}

void
settings_free(struct settings *settings)
{
    if (!settings)
        return;
    for (size_t i = 0; i < settings->count; i++)
        release_value(&settings->values[i]);
    for (size_t i = 0; i < settings->origin_count; i++)
        free(settings->origins[i]);
    free(settings->origins);
    free(settings->values);
    free(settings);
}

static struct str
copy(struct str s)
{
    return (struct str){xstrndup(s), s.len};
}

/* Values of files go before those of the command line. */
static void
add_value(struct settings *settings, size_t at, const struct setting *value)
{
    if (settings->count == settings->cap) {
        settings->cap = settings->cap ? settings->cap * 2 : 32;
        settings->values = xreallocarray(settings->values, settings->cap,
                                         sizeof(*settings->values));
    }
    memmove(settings->values + at + 1, settings->values + at,
            (settings->count - at) * sizeof(*settings->values));
    settings->values[at] = (struct setting){
        copy(value->section), copy(value->sub), copy(value->key),
        copy(value->value),   value->origin,    value->line};
    settings->count++;
}

static const char *
add_origin(struct settings *settings, const char *origin)
{
    settings->origins = xreallocarray(
        settings->origins, settings->origin_count + 1, sizeof(char *));
    settings->origins[settings->origin_count] = xstrdup(origin);
    return settings->origins[settings->origin_count++];
}

static bool
names_command(struct str section)
{
    for (size_t i = 0;
         i < sizeof(command_sections) / sizeof(command_sections[0]); i++)
        if (str_equal(section, str_of(command_sections[i])))
            return true;
    return false;
}

static void
drop_from(struct settings *settings, size_t start)
{
    size_t end = settings->file_count;

    for (size_t i = start; i < end; i++)
        release_value(&settings->values[i]);
    memmove(settings->values + start, settings->values + end,
            (settings->count - end) * sizeof(*settings->values));
    settings->count -= end - start;
    settings->file_count = start;
}

enum err_code
settings_parse(struct settings *settings, struct str text, const char *origin,
               bool personal, struct error *err)
{
    size_t start = settings->file_count;
    const char *kept_origin = add_origin(settings, origin);
    struct settings_scan scan;
    enum err_code code;

    settings_scan_init(&scan, text, origin);
    for (;;) {
        struct settings_item item;
        struct setting value;
        bool more = false;

        code = settings_scan_next(&scan, &item, &more, err);
        if (code != ERR_OK || !more)
            break;
        if (item.is_section)
            continue;
        value = (struct setting){
            item.section, item.sub,    item.key,
            item.value,   kept_origin, settings_scan_line(&scan, item.start)};
        if (!personal && names_command(item.section)) {
            code =
                error_set_at(err, ERR_CONFIG, item.start,
                             "%s:%u:1: [%.*s] may name a command and belongs "
                             "into your personal file",
                             origin, value.line, STR_FMT(item.section));
            break;
        }
        add_value(settings, settings->file_count, &value);
        settings->file_count++;
    }
    settings_scan_release(&scan);
    if (code != ERR_OK && settings->file_count > start)
        drop_from(settings, start);
    return code;
}

enum err_code
settings_load(struct settings *settings, const char *path, bool personal,
              struct error *err)
{
    struct error reason = ERROR_INIT;
    struct buf text = {0};
    enum err_code code = file_read(path, FILE_MAX, &text, &reason);

    if (code == ERR_OK)
        code = settings_parse(settings, buf_str(&text), path, personal, err);
    else if (code == ERR_NOTFOUND)
        code = ERR_OK;
    else
        *err = reason;
    buf_release(&text);
    return code;
}

void
settings_override(struct settings *settings, const char *section,
                  const char *sub, const char *key, struct str value)
{
    struct buf section_lower = {0};
    struct buf key_lower = {0};
    struct setting added = {
        settings_lower(&section_lower, str_of(section)),
        str_of(sub ? sub : ""),
        settings_lower(&key_lower, str_of(key)),
        value,
        override_origin,
        0,
    };

    add_value(settings, settings->count, &added);
    buf_release(&section_lower);
    buf_release(&key_lower);
}

const struct setting *
settings_get(const struct settings *settings, const char *section,
             const char *sub, const char *key)
{
    struct buf section_buf = {0};
    struct buf key_buf = {0};
    struct str section_lower = settings_lower(&section_buf, str_of(section));
    struct str key_lower = settings_lower(&key_buf, str_of(key));
    struct str wanted_sub = str_of(sub ? sub : "");
    const struct setting *found = NULL;

    for (size_t i = settings->count; i > 0 && !found; i--) {
        const struct setting *value = &settings->values[i - 1];

        if (str_equal(value->key, key_lower) &&
            str_equal(value->section, section_lower) &&
            str_equal(value->sub, wanted_sub))
            found = value;
    }
    buf_release(&section_buf);
    buf_release(&key_buf);
    return found;
}

struct str
settings_str(const struct settings *settings, const char *section,
             const char *key, const char *fallback)
{
    const struct setting *value = settings_get(settings, section, NULL, key);

    if (value)
        return value->value;
    return fallback ? str_of(fallback) : (struct str){NULL, 0};
}

bool
size_parse(struct str text, uint64_t *out)
{
    static const char suffixes[] = "kmgt";
    uint64_t value = 0;
    size_t at = 0;
    unsigned shift = 0;

    for (; at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9'; at++) {
        uint64_t digit = (uint64_t)(text.ptr[at] - '0');

        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (at == 0)
        return false;
    if (at < text.len) {
        char lower = (char)(text.ptr[at++] | 0x20);
        const char *suffix = memchr(suffixes, lower, sizeof(suffixes) - 1);

        if (!suffix)
            return false;
        shift = 10 * (unsigned)(suffix - suffixes + 1);
    }
    if (at != text.len || value > UINT64_MAX >> shift)
        return false;
    *out = value << shift;
    return true;
}

enum err_code
settings_size(const struct settings *settings, const char *section,
              const char *key, uint64_t fallback, uint64_t *out,
              struct error *err)
{
    const struct setting *value = settings_get(settings, section, NULL, key);

    if (!value) {
        *out = fallback;
        return ERR_OK;
    }
    if (size_parse(value->value, out))
        return ERR_OK;
    if (value->line == 0)
        return error_set(err, ERR_CONFIG,
                         "%s.%s: not a number with k, m or g: %.*s", section,
                         key, STR_FMT(value->value));
    return error_set(
        err, ERR_CONFIG, "%s:%u: %s.%s: not a number with k, m or g: %.*s",
        value->origin, value->line, section, key, STR_FMT(value->value));
}

static bool
is_word(struct str value, const char *word)
{
    size_t len = strlen(word);

    if (value.len != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if ((value.ptr[i] | 0x20) != (word[i] | 0x20))
            return false;
    return true;
}

bool
settings_bool(const struct settings *settings, const char *section,
              const char *key, bool fallback)
{
    static const char *const yes[] = {"true", "yes", "on", "1"};
    static const char *const no[] = {"false", "no", "off", "0", ""};
    const struct setting *value = settings_get(settings, section, NULL, key);

    if (!value)
        return fallback;
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        if (is_word(value->value, yes[i]))
            return true;
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        if (is_word(value->value, no[i]))
            return false;
    return fallback;
}

const struct setting *
settings_at(const struct settings *settings, size_t i)
{
    return i < settings->count ? &settings->values[i] : NULL;
}
