/* Layouts as pairs of rows: what the keys give, and what they give on a US
 * keyboard. A look-up walks them all; there are 400 characters, and people
 * press no more than ten keys a second. */
#include "config.h"

#include "tui/keyboard.h"

#include <assert.h>
#include <stddef.h>

#include "stet/buf.h"
#include "stet/utf8.h"

static const struct {
    const char *theirs, *latin;
} rows[] = {
    /* Russian; Ukrainian letters; the Belarusian short u */
    {"йцукенгшщзхъфывапролджэячсмитьбюё", "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"},
    {"ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮЁ", "QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>~"},
    {"іїєґўІЇЄҐЎ№", "s]'`oS}\"~O#"},
    /* Greek, with the accented letters of dead keys */
    {"ςερτυθιοπασδφγηξκλζχψωβνμ", "wertyuiopasdfghjklzxcvbnm"},
    {"ΕΡΤΥΘΙΟΠΑΣΔΦΓΗΞΚΛΖΧΨΩΒΝΜ", "ERTYUIOPASDFGHJKLZXCVBNM"},
    {"άέήίόύώΆΈΉΊΌΎΏ", "aehioyvAEHIOYV"},
    /* Hebrew (SI-1452) */
    {"קראטוןםפשדגכעיחלךףזסבהנמצתץ", "ertyuiopasdfghjkl;zxcvbnm,."},
    /* Arabic; Persian letters that differ */
    {"ضصثقفغعهخحجدشسيبلاتنمكطئءؤرىةوزظذ", "qwertyuiop[]asdfghjkl;'zxcvnm,./`"},
    {"یکگپچ", "d;'\\]"},
    {"٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789"},
    {"؟؛،", "?;,"},
};

static const char azerty_own[] = "éèçà";
static const char azerty_own_digits[] = "2790";
static const char azerty_shared[] = "&\"'(-_";
static const char azerty_shared_digits[] = "134568";

/* The character of `to` at the place that `character` has in `from`. */
static uint32_t
find_in(struct str from, const char *to, uint32_t character)
{
    unsigned len;

    for (size_t at = 0, i = 0; at < from.len; at += len, i++) {
        assert(to[i]);
        if (utf8_decode(from, at, &len) == character)
            return (uint32_t)(unsigned char)to[i];
    }
    return 0;
}

uint32_t
keyboard_latin(uint32_t character)
{
    if (character >= 0xFF01 && character <= 0xFF5E) /* full-width */
        return character - 0xFF01 + '!';
    if (character == 0x3000)
        return ' ';
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t latin =
            find_in(str_of(rows[i].theirs), rows[i].latin, character);

        if (latin)
            return latin;
    }
    return 0;
}

bool
keyboard_is_azerty(uint32_t character)
{
    return find_in(str_of(azerty_own), azerty_own_digits, character) != 0;
}

uint32_t
keyboard_digit(enum keyboard keyboard, uint32_t character)
{
    uint32_t digit = 0;

    if (keyboard == KEYBOARD_LATIN)
        return 0;
    if (keyboard == KEYBOARD_AZERTY)
        digit = find_in(str_of(azerty_shared), azerty_shared_digits, character);
    return digit ? digit
                 : find_in(str_of(azerty_own), azerty_own_digits, character);
}
