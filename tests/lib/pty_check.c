/* The judge of a program's output. Knows nothing of the program: characters by
 * their Unicode category, sequences by a list of what curses needs. */
#include "config.h"

#include "tests/lib/pty_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static void find(struct pty_check *check, uint64_t at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
find(struct pty_check *check, uint64_t at, const char *fmt, ...)
{
    va_list args;
    char *to;
    int used;

    if (check->findings++ >= PTY_FINDINGS_KEPT)
        return;
    to = check->kept[check->findings - 1];
    used = snprintf(to, PTY_FINDING_MAX, "byte %llu: ", (unsigned long long)at);
    va_start(args, fmt);
    (void)vsnprintf(to + used, PTY_FINDING_MAX - (size_t)used, fmt, args);
    va_end(args);
}

/* A sequence with its bytes spelled out. */
static void
find_sequence(struct pty_check *check, const char *what)
{
    char shown[PTY_SEQUENCE_MAX * 4 + 1];
    size_t len = 0;

    for (size_t i = 0; i < check->sequence_len; i++) {
        unsigned char c = (unsigned char)check->sequence[i];
        bool plain = c >= 0x20 && c < 0x7F;

        len += (size_t)snprintf(shown + len, sizeof(shown) - len,
                                plain ? "%c" : "<%02X>", c);
    }
    shown[len < 70 ? len : 70] = '\0';
    find(check, check->started, "%s ESC %s", what, shown);
}

void
pty_check_init(struct pty_check *check)
{
    *check = (struct pty_check){.state = PTY_TEXT};
}

/* Letters, marks, numbers, punctuation, symbols, spaces; not U+2028 and 9. */
static bool
code_point_is_safe(uint32_t cp)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);

    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_ZS;
}

/* One byte of a character of several. */
static void
feed_utf8(struct pty_check *check, unsigned char c)
{
    utf8proc_int32_t cp;
    utf8proc_ssize_t len;

    if (check->utf8_wanted == 0) {
        check->started = check->offset;
        check->utf8_len = 0;
        check->utf8_wanted = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC2 ? 2 : 1;
    }
    check->utf8[check->utf8_len++] = c;
    if (check->utf8_len < check->utf8_wanted)
        return;
    len = utf8proc_iterate(check->utf8, check->utf8_len, &cp);
    if (len != (utf8proc_ssize_t)check->utf8_len)
        find(check, check->started, "ill-formed UTF-8 %02X", check->utf8[0]);
    else if (!code_point_is_safe((uint32_t)cp))
        find(check, check->started, "U+%04X", (unsigned)cp);
    check->utf8_wanted = 0;
}

/* Bytes that the cursor may be moved with. */
static bool
control_is_allowed(unsigned char c)
{
    return c == '\b' || c == '\t' || c == '\n' || c == '\r';
}

static void
feed_text(struct pty_check *check, unsigned char c)
{
    if (check->utf8_wanted && (c & 0xC0) != 0x80) {
        find(check, check->started, "ill-formed UTF-8 %02X", check->utf8[0]);
        check->utf8_wanted = 0;
    }
    if (c == 0x1B) {
        check->state = PTY_ESCAPE;
        check->started = check->offset;
        check->sequence_len = 0;
    } else if (c >= 0x80) {
        feed_utf8(check, c);
    } else if ((c < 0x20 && !control_is_allowed(c)) || c == 0x7F) {
        find(check, check->offset, "control character %02X", c);
        if (c == 0x0E || c == 0x0F)
            check->line_drawing = c == 0x0E;
    }
}

static void
set_mode(struct pty_check *check, unsigned long mode, bool on)
{
    switch (mode) {
    case 1:  /* cursor keys */
    case 7:  /* wrap at the margin */
    case 12: /* blinking cursor */
        break;
    case 25:
        check->cursor_hidden = !on;
        break;
    case 1000: /* clicks */
    case 1006: /* told in decimal */
        check->mouse = on;
        break;
    case 1049:
        check->alternate = on;
        break;
    case 2004:
        check->paste = on;
        break;
    case 2026:
        check->synchronized = on;
        break;
    default:
        find_sequence(check, "mode");
    }
}

static void
set_modes(struct pty_check *check, const char *parameters, bool on)
{
    const char *at = parameters;

    do {
        char *end;
        unsigned long mode = strtoul(at, &end, 10);

        if (end == at) {
            find_sequence(check, "mode");
            return;
        }
        set_mode(check, mode, on);
        at = end;
    } while (*at++ == ';');
}

/* Which attributes are on after SGR; "38;5;N" and the like are skipped. */
static void
set_attributes(struct pty_check *check, const char *parameters)
{
    const uint32_t text = UINT32_C(1) << 30;
    const uint32_t ground = UINT32_C(1) << 31;
    const char *at = parameters;

    do {
        char *end;
        unsigned long n = strtoul(at, &end, 10);

        if (n == 0)
            check->attributes = 0;
        else if (n < 10)
            check->attributes |= UINT32_C(1) << n;
        else if (n == 22)
            check->attributes &= ~UINT32_C(6);
        else if (n > 22 && n < 30)
            check->attributes &= ~(UINT32_C(1) << (n - 20));
        else if (n == 39)
            check->attributes &= ~text;
        else if (n == 49)
            check->attributes &= ~ground;
        else if (n >= 30)
            check->attributes |=
                (n < 40 || (n >= 90 && n < 100)) ? text : ground;
        if (n == 38 || n == 48)
            return;
        at = end;
    } while (*at++ == ';');
}

static bool
is_numbers(const char *parameters)
{
    return strspn(parameters, "0123456789;") == strlen(parameters);
}

/* The title is put away, and back; the Linux console's cursor. */
static bool
is_harmless(char final, const char *parameters)
{
    if (final == 't')
        return strcmp(parameters, "22;0;0") == 0 ||
               strcmp(parameters, "23;0;0") == 0;
    return final == 'c' &&
           (strcmp(parameters, "?0") == 0 || strcmp(parameters, "?1") == 0);
}

/* check->sequence is "[parameters final" with its NUL. */
static void
end_csi(struct pty_check *check)
{
    static const char finals[] = "ABCDGHJKLMPSTXZ@bdmr";
    char parameters[PTY_SEQUENCE_MAX];
    char final = check->sequence[check->sequence_len - 1];

    memcpy(parameters, check->sequence + 1, check->sequence_len - 2);
    parameters[check->sequence_len - 2] = '\0';
    if (parameters[0] == '?' && (final == 'h' || final == 'l'))
        set_modes(check, parameters + 1, final == 'h');
    else if ((final == 'h' || final == 'l') && strcmp(parameters, "4") == 0)
        check->insert = final == 'h';
    else if (is_harmless(final, parameters))
        return;
    else if (final == 'm' && is_numbers(parameters))
        set_attributes(check, parameters);
    else if (!strchr(finals, final) || !is_numbers(parameters))
        find_sequence(check, "sequence");
}

static bool
add_to_sequence(struct pty_check *check, unsigned char c)
{
    if (check->sequence_len + 1 >= PTY_SEQUENCE_MAX) {
        find_sequence(check, "long sequence");
        check->state = PTY_TEXT;
        return false;
    }
    check->sequence[check->sequence_len++] = (char)c;
    check->sequence[check->sequence_len] = '\0';
    return true;
}

static void
feed_escape(struct pty_check *check, unsigned char c)
{
    if (!add_to_sequence(check, c))
        return;
    check->state = PTY_TEXT;
    switch (c) {
    case '[':
        check->state = PTY_CSI;
        break;
    case '(':
    case ')':
        check->state = PTY_CHARSET;
        break;
    case ']':
        check->state = PTY_OSC;
        break;
    case 'P':
    case 'X':
    case '^':
    case '_':
        find_sequence(check, "string");
        check->state = PTY_STRING;
        break;
    case '=':
    case '>':
        check->keypad = c == '=';
        break;
    case 0x1B: /* the one before was cut off */
        find_sequence(check, "broken sequence");
        check->state = PTY_ESCAPE;
        check->sequence_len = 0;
        break;
    case '7':
    case '8':
    case 'D':
    case 'E':
    case 'M':
        break;
    default:
        find_sequence(check, "sequence");
    }
}

static void
feed_csi(struct pty_check *check, unsigned char c)
{
    if (!add_to_sequence(check, c))
        return;
    if (c >= 0x40 && c <= 0x7E) {
        check->state = PTY_TEXT;
        end_csi(check);
    } else if (c < 0x20 || c > 0x3F) {
        check->state = PTY_TEXT;
        find_sequence(check, "broken sequence");
        if (c == 0x1B) /* the next one, as terminals take it */
            feed_text(check, c);
    }
}

/* curses gives the palette back with one; there is no other. */
static void
feed_osc(struct pty_check *check, unsigned char c)
{
    if (!add_to_sequence(check, c))
        return;
    if (strcmp(check->sequence, "]R") == 0) { /* the Linux console's */
        check->state = PTY_TEXT;
    } else if (c == '\a' || c == '\\') {
        check->state = PTY_TEXT;
        if (strcmp(check->sequence, "]104\a") != 0 &&
            strcmp(check->sequence, "]104\033\\") != 0)
            find_sequence(check, "string");
    }
}

static void
feed_byte(struct pty_check *check, unsigned char c)
{
    switch (check->state) {
    case PTY_TEXT:
        feed_text(check, c);
        break;
    case PTY_ESCAPE:
        feed_escape(check, c);
        break;
    case PTY_CHARSET:
        check->state = PTY_TEXT;
        if (c == '\033') { /* a crash cut it off: terminals begin anew */
            feed_text(check, c);
            break;
        }
        if (add_to_sequence(check, c) && c != 'B' && c != '0')
            find_sequence(check, "character set");
        if (check->sequence[0] == '(') /* the other one is by SO and SI */
            check->line_drawing = c == '0';
        break;
    case PTY_CSI:
        feed_csi(check, c);
        break;
    case PTY_OSC:
        feed_osc(check, c);
        break;
    case PTY_STRING:
        if (c == '\a' || c == '\\' || c == 0x18)
            check->state = PTY_TEXT;
        break;
    default:
        break;
    }
}

void
pty_check_feed(struct pty_check *check, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < len; i++) {
        feed_byte(check, at[i]);
        check->offset++;
    }
}

void
pty_check_end(struct pty_check *check)
{
    if (check->state != PTY_TEXT || check->utf8_wanted)
        find(check, check->offset, "the output ends inside a sequence");
}

void
pty_check_modes(const struct pty_check *check, char *out, size_t size)
{
    (void)snprintf(
        out, size, "%s%s%s%s%s%s%s%s%s",
        check->alternate ? " alternate-screen" : "",
        check->cursor_hidden ? " hidden-cursor" : "",
        check->paste ? " bracketed-paste" : "", check->mouse ? " mouse" : "",
        check->synchronized ? " synchronized-output" : "",
        check->keypad ? " keypad" : "", check->insert ? " insert" : "",
        check->attributes ? " attributes" : "",
        check->line_drawing ? " line-drawing" : "");
}
