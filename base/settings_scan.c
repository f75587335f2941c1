/* Syntax of settings files: git-config(1), "Syntax". What git refuses is
 * refused here too, since users will look at such a file with both. */
#include "config.h"

#include "base/settings_scan.h"

void
settings_scan_init(struct settings_scan *scan, struct str text,
                   const char *origin)
{
    *scan = (struct settings_scan){.text = text, .origin = origin};
    if (str_starts_with(text, STR_LIT("\xef\xbb\xbf")))
        scan->at = 3;
}

void
settings_scan_release(struct settings_scan *scan)
{
    buf_release(&scan->section);
    buf_release(&scan->sub);
    buf_release(&scan->key);
    buf_release(&scan->value);
}

unsigned
settings_scan_line(const struct settings_scan *scan, size_t offset)
{
    unsigned line = 1;

    for (size_t i = 0; i < offset && i < scan->text.len; i++)
        line += scan->text.ptr[i] == '\n';
    return line;
}

static enum err_code
fault(const struct settings_scan *scan, size_t at, const char *what,
      struct error *err)
{
    unsigned column = 1;

    for (size_t i = at; i > 0 && scan->text.ptr[i - 1] != '\n'; i--)
        column += ((unsigned char)scan->text.ptr[i - 1] & 0xc0) != 0x80;
    return error_set_at(err, ERR_CONFIG, at, "%s:%u:%u: %s", scan->origin,
                        settings_scan_line(scan, at), column, what);
}

/* The byte at `at`, with CR LF as one newline, and -1 at the end. */
static int
peek(const struct settings_scan *scan, size_t at)
{
    const char *ptr = scan->text.ptr;

    if (at >= scan->text.len)
        return -1;
    if (ptr[at] == '\r' && at + 1 < scan->text.len && ptr[at + 1] == '\n')
        return '\n';
    return (unsigned char)ptr[at];
}

static size_t
width_at(const struct settings_scan *scan, size_t at)
{
    return peek(scan, at) == '\n' && scan->text.ptr[at] == '\r' ? 2 : 1;
}

static bool
is_blank(int byte)
{
    return byte == ' ' || byte == '\t';
}

static bool
is_letter(int byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool
is_name_byte(int byte)
{
    return is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '-';
}

bool
settings_is_section_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!is_name_byte((unsigned char)name.ptr[i]))
            return false;
    return name.len > 0;
}

bool
settings_is_key_name(struct str name)
{
    return settings_is_section_name(name) &&
           is_letter((unsigned char)name.ptr[0]);
}

struct str
settings_lower(struct buf *buf, struct str name)
{
    buf_clear(buf);
    for (size_t i = 0; i < name.len; i++) {
        char byte = name.ptr[i];

        if (byte >= 'A' && byte <= 'Z')
            byte = (char)(byte - 'A' + 'a');
        xbuf_append(buf, &byte, 1);
    }
    return buf_str(buf);
}

/* Blanks, newlines, comments. */
static void
skip_nothing(struct settings_scan *scan)
{
    for (;;) {
        int byte = peek(scan, scan->at);

        if (is_blank(byte) || byte == '\n') {
            scan->at += width_at(scan, scan->at);
        } else if (byte == '#' || byte == ';') {
            while (byte != '\n' && byte != -1)
                byte = peek(scan, ++scan->at);
        } else {
            return;
        }
    }
}

/* The rest of [section "sub"] from the opening quote. */
static enum err_code
scan_sub(struct settings_scan *scan, struct error *err)
{
    int byte;

    while ((byte = peek(scan, ++scan->at)) != '"') {
        if (byte == '\\')
            byte = peek(scan, ++scan->at);
        if (byte == -1 || byte == '\n' || byte == 0)
            return fault(scan, scan->at, "the quoted name is not closed", err);
        xbuf_append(&scan->sub, scan->text.ptr + scan->at, 1);
    }
    scan->at++;
    return ERR_OK;
}

static enum err_code
scan_section(struct settings_scan *scan, struct error *err)
{
    size_t start = ++scan->at;
    enum err_code code = ERR_OK;
    struct str name;

    while (is_name_byte(peek(scan, scan->at)))
        scan->at++;
    name = str_slice(scan->text, start, scan->at);
    if (name.len == 0)
        return fault(scan, scan->at, "a section needs a name of letters", err);
    settings_lower(&scan->section, name);
    buf_clear(&scan->sub);
    scan->has_section = true;
    if (is_blank(peek(scan, scan->at))) {
        while (is_blank(peek(scan, scan->at)))
            scan->at++;
        if (peek(scan, scan->at) != '"')
            return fault(scan, scan->at, "'\"' expected", err);
        code = scan_sub(scan, err);
    } else if (peek(scan, scan->at) == '.') { /* git's old way to write it */
        start = ++scan->at;
        while (is_name_byte(peek(scan, scan->at)) ||
               peek(scan, scan->at) == '.')
            scan->at++;
        settings_lower(&scan->sub, str_slice(scan->text, start, scan->at));
    }
    if (code != ERR_OK)
        return code;
    if (peek(scan, scan->at) != ']')
        return fault(scan, scan->at, "']' expected", err);
    scan->at++;
    return ERR_OK;
}

/* One escape, from its backslash. */
static enum err_code
scan_escape(struct settings_scan *scan, struct error *err)
{
    int byte = peek(scan, scan->at + 1);
    char plain;

    switch (byte) {
    case '\n':
        scan->at++;
        scan->at += width_at(scan, scan->at);
        return ERR_OK;
    case 'n':
        plain = '\n';
        break;
    case 't':
        plain = '\t';
        break;
    case 'b':
        plain = '\b';
        break;
    case '"':
    case '\\':
        plain = (char)byte;
        break;
    default:
        return fault(scan, scan->at,
                     "unknown escape (known: \\n \\t \\b \\\" "
                     "\\\\)",
                     err);
    }
    xbuf_append(&scan->value, &plain, 1);
    scan->at += 2;
    return ERR_OK;
}

/* One byte or escape of a value. *quote: where the open quote is, or SIZE_MAX.
 */
static enum err_code
scan_value_part(struct settings_scan *scan, size_t *quote, struct error *err)
{
    int byte = peek(scan, scan->at);
    bool quoted = *quote != SIZE_MAX;

    if (byte == 0)
        return fault(scan, scan->at, "a NUL byte", err);
    if (byte == '\\')
        return scan_escape(scan, err);
    if (byte == '"')
        *quote = quoted ? SIZE_MAX : scan->at;
    else if (!is_blank(byte) || quoted || scan->value.len > 0)
        xbuf_append(&scan->value, scan->text.ptr + scan->at, 1);
    scan->at++;
    return ERR_OK;
}

/* From behind the '='. Blanks count only before something else. */
static enum err_code
scan_value(struct settings_scan *scan, struct settings_item *item,
           struct error *err)
{
    size_t keep = 0; /* length of the value without trailing blanks */
    size_t quote = SIZE_MAX;

    item->value_start = scan->at;
    while (is_blank(peek(scan, scan->at)))
        item->value_start = ++scan->at;
    item->value_end = item->value_start;
    for (;;) {
        int byte = peek(scan, scan->at);
        bool plain = quote == SIZE_MAX;
        enum err_code code;

        if (byte == -1 || byte == '\n' ||
            (plain && (byte == '#' || byte == ';')))
            break;
        code = scan_value_part(scan, &quote, err);
        if (code != ERR_OK)
            return code;
        if (plain && is_blank(byte))
            continue;
        keep = scan->value.len;
        item->value_end = scan->at;
    }
    if (quote != SIZE_MAX)
        return fault(scan, quote, "the quote is not closed", err);
    scan->value.len = keep;
    while (peek(scan, scan->at) != '\n' && scan->at < scan->text.len)
        scan->at++;
    return ERR_OK;
}

static enum err_code
scan_key(struct settings_scan *scan, struct settings_item *item,
         struct error *err)
{
    size_t start = scan->at;

    if (!is_letter(peek(scan, start)))
        return fault(scan, start, "a key or a [section] expected", err);
    if (!scan->has_section)
        return fault(scan, start, "a key before the first [section]", err);
    while (is_name_byte(peek(scan, scan->at)))
        scan->at++;
    settings_lower(&scan->key, str_slice(scan->text, start, scan->at));
    item->key_end = scan->at;
    buf_clear(&scan->value);
    while (is_blank(peek(scan, scan->at)))
        scan->at++;
    if (peek(scan, scan->at) == '=') {
        scan->at++;
        item->has_value = true;
        return scan_value(scan, item, err);
    }
    if (peek(scan, scan->at) != '\n' && scan->at < scan->text.len)
        return fault(scan, scan->at, "'=' expected", err);
    xbuf_append_str(&scan->value, STR_LIT("true"));
    return ERR_OK;
}

enum err_code
settings_scan_next(struct settings_scan *scan, struct settings_item *item,
                   bool *more, struct error *err)
{
    enum err_code code;

    skip_nothing(scan);
    *item = (struct settings_item){.start = scan->at};
    *more = scan->at < scan->text.len;
    if (!*more)
        return ERR_OK;
    item->is_section = peek(scan, scan->at) == '[';
    if (item->is_section)
        code = scan_section(scan, err);
    else
        code = scan_key(scan, item, err);
    if (code != ERR_OK)
        return code;
    item->end = scan->at;
    item->section = buf_str(&scan->section);
    item->sub = buf_str(&scan->sub);
    item->key = item->is_section ? (struct str){NULL, 0} : buf_str(&scan->key);
    item->value =
        item->is_section ? (struct str){NULL, 0} : buf_str(&scan->value);
    return ERR_OK;
}
