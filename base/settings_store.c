/* Changing one value in a settings file. Every byte that is not the value
 * stays: the file belongs to its author. */
#include "config.h"

#include <stdlib.h>

#include "base/settings_scan.h"
#include "stet/fileio.h"
#include "stet/settings.h"

#define FILE_MAX ((size_t)1 << 20)

/* What is wanted and where it goes. */
struct place {
    struct str section; /* lower case */
    struct str sub;
    struct str key; /* lower case */
    bool found;     /* the key is there: replace [start, end) */
    size_t start;
    size_t end;
    const char *before; /* goes before the value */
    bool has_section;
    size_t section_end; /* behind the last line of the last such section */
    bool open_end;      /* the last line has no newline of its own, though a
                         * backslash may hide one */
};

static enum err_code
check_names(const struct place *place, struct str value, struct error *err)
{
    if (!settings_is_section_name(place->section))
        return error_set(err, ERR_CONFIG, "not a section name: \"%.*s\"",
                         STR_FMT(place->section));
    if (!settings_is_key_name(place->key))
        return error_set(err, ERR_CONFIG, "not a key name: \"%.*s\"",
                         STR_FMT(place->key));
    if (memchr(place->sub.ptr, '\n', place->sub.len))
        return error_set(err, ERR_CONFIG, "a newline in the section name");
    if (value.len && memchr(value.ptr, '\0', value.len))
        return error_set(err, ERR_CONFIG, "a NUL byte in the value");
    return ERR_OK;
}

/* Behind the newline at or after `at`. */
static size_t
line_end(struct str text, size_t at)
{
    size_t newline = str_find(text, STR_LIT("\n"), at);

    return newline == SIZE_MAX ? text.len : newline + 1;
}

static enum err_code
find_place(struct str text, const char *path, struct place *place,
           struct error *err)
{
    struct settings_scan scan;
    enum err_code code;
    size_t last_end = 0; /* of an item in the section */

    settings_scan_init(&scan, text, path);
    for (;;) {
        struct settings_item item;
        bool more = false;

        code = settings_scan_next(&scan, &item, &more, err);
        if (code != ERR_OK || !more)
            break;
        place->open_end = item.end == text.len;
        if (!str_equal(item.section, place->section) ||
            !str_equal(item.sub, place->sub)) {
            if (item.start < place->section_end) /* on the same line */
                place->section_end = last_end;
            continue;
        }
        last_end = item.end;
        place->has_section = true;
        place->section_end = line_end(text, item.end);
        if (item.is_section || !str_equal(item.key, place->key))
            continue;
        place->found = true;
        place->start = item.has_value ? item.value_start : item.key_end;
        place->end = item.has_value ? item.value_end : item.key_end;
        place->before = item.has_value ? "" : " = ";
        if (item.has_value && text.ptr[place->start - 1] == '=')
            place->before = " ";
    }
    settings_scan_release(&scan);
    return code;
}

static void
append_value(struct buf *out, struct str value)
{
    bool quote = value.len == 0;

    for (size_t i = 0; i < value.len; i++)
        quote |=
            value.ptr[i] == ';' || value.ptr[i] == '#' || value.ptr[i] == '\r';
    if (value.len)
        quote |= value.ptr[0] == ' ' || value.ptr[value.len - 1] == ' ';
    if (quote)
        xbuf_append(out, "\"", 1);
    for (size_t i = 0; i < value.len; i++) {
        switch (value.ptr[i]) {
        case '\n':
            xbuf_append(out, "\\n", 2);
            break;
        case '\t':
            xbuf_append(out, "\\t", 2);
            break;
        case '\b':
            xbuf_append(out, "\\b", 2);
            break;
        case '"':
        case '\\':
            xbuf_append(out, "\\", 1);
            xbuf_append(out, &value.ptr[i], 1);
            break;
        default:
            xbuf_append(out, &value.ptr[i], 1);
            break;
        }
    }
    if (quote)
        xbuf_append(out, "\"", 1);
}

static void
append_header(struct buf *out, const struct place *place, const char *newline)
{
    xbuf_append(out, "[", 1);
    xbuf_append_str(out, place->section);
    if (place->sub.len) {
        xbuf_append(out, " \"", 2);
        for (size_t i = 0; i < place->sub.len; i++) {
            if (place->sub.ptr[i] == '"' || place->sub.ptr[i] == '\\')
                xbuf_append(out, "\\", 1);
            xbuf_append(out, &place->sub.ptr[i], 1);
        }
        xbuf_append(out, "\"", 1);
    }
    xbuf_printf(out, "]%s", newline);
}

static void
edit(struct str text, const struct place *place, struct str value,
     struct buf *out)
{
    const char *newline =
        str_find(text, STR_LIT("\r\n"), 0) == SIZE_MAX ? "\n" : "\r\n";
    size_t at = place->has_section ? place->section_end : text.len;

    if (place->found) {
        xbuf_append(out, text.ptr, place->start);
        xbuf_printf(out, "%s", place->before);
        append_value(out, value);
        xbuf_append_str(out, str_slice(text, place->end, text.len));
        return;
    }
    xbuf_append(out, text.ptr, at);
    if (at > 0 &&
        (text.ptr[at - 1] != '\n' || (at == text.len && place->open_end)))
        /* A CR that belongs to the value must not become a CR LF. */
        xbuf_printf(out, "%s", text.ptr[at - 1] == '\r' ? "\r\n" : newline);
    if (!place->has_section)
        append_header(out, place, newline);
    xbuf_append(out, "\t", 1);
    xbuf_append_str(out, place->key);
    xbuf_append(out, " = ", 3);
    append_value(out, value);
    xbuf_printf(out, "%s", newline);
    if (at < text.len)
        xbuf_append_str(out, str_slice(text, at, text.len));
}

enum err_code
settings_edit(struct str text, const char *origin,
              const struct settings_change *change, struct buf *out,
              struct error *err)
{
    struct buf section = {0};
    struct buf key = {0};
    struct place place = {
        .section = settings_lower(&section, str_of(change->section)),
        .sub = str_of(change->sub ? change->sub : ""),
        .key = settings_lower(&key, str_of(change->key)),
    };
    enum err_code code = check_names(&place, change->value, err);

    if (code == ERR_OK)
        code = find_place(text, origin, &place, err);
    if (code == ERR_OK)
        edit(text, &place, change->value, out);
    buf_release(&section);
    buf_release(&key);
    return code;
}

enum err_code
settings_store(const char *path, const char *section, const char *sub,
               const char *key, struct str value, struct error *err)
{
    struct settings_change change = {section, sub, key, value};
    char *real = realpath(path, NULL); /* keep a link: edit what it names */
    struct error reason = ERROR_INIT;
    struct buf text = {0};
    struct buf edited = {0};
    enum err_code code = file_read(path, FILE_MAX, &text, &reason);

    if (code == ERR_OK || code == ERR_NOTFOUND)
        code = settings_edit(buf_str(&text), path, &change, &edited, err);
    else
        *err = reason;
    if (code == ERR_OK)
        code = file_write_atomic(real ? real : path, buf_str(&edited), err);
    buf_release(&text);
    buf_release(&edited);
    free(real);
    return code;
}
