/* Lines of words with a sum, read and written. A reader trusts nothing. */
#include "config.h"

#include "manifest_words.h"

#include <stdio.h>
#include <stdlib.h>

#include "stet/hash.h"
#include "stet/xalloc.h"

bool
words_is_plain(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z') || byte == '_' || byte == '-';
}

void
words_encode(struct buf *out, const char *word, const char *also)
{
    if (!*word)
        xbuf_printf(out, "%%");
    for (; *word; word++) {
        if (words_is_plain(*word) || strchr(also, *word))
            xbuf_append(out, word, 1);
        else
            xbuf_printf(out, "%%%02X", (unsigned)(unsigned char)*word);
    }
}

bool
words_number(struct str word, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;

    if (word.len == 0 || word.len > 20)
        return false;
    for (size_t i = 0; i < word.len; i++) {
        unsigned digit = (unsigned)(unsigned char)word.ptr[i] - '0';

        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (value > max)
        return false;
    *out = value;
    return true;
}

bool
words_u32(struct str word, uint32_t *out)
{
    uint64_t value;

    if (!words_number(word, UINT32_MAX - 1, &value))
        return false;
    *out = (uint32_t)value;
    return true;
}

bool
words_choice(struct str word, const char *const *names, size_t count,
             unsigned *out)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(word, str_of(names[i]))) {
            *out = (unsigned)i;
            return true;
        }
    return false;
}

static int
hex_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

char *
words_decode(struct str word)
{
    char *out = xmalloc(word.len + 1);
    size_t used = 0;

    if (str_equal(word, STR_LIT("%")))
        word.len = 0;
    for (size_t i = 0; i < word.len; i++) {
        int high = -1;
        int low = -1;

        if (word.ptr[i] != '%') {
            out[used++] = word.ptr[i];
            continue;
        }
        if (word.len - i > 2) {
            high = hex_value(word.ptr[i + 1]);
            low = hex_value(word.ptr[i + 2]);
        }
        if (high < 0 || low < 0 || high + low == 0) {
            free(out);
            return NULL;
        }
        out[used++] = (char)(high * 16 + low);
        i += 2;
    }
    out[used] = '\0';
    return out;
}

void
words_seal(struct buf *out, size_t start)
{
    struct hash hash =
        hash_of((struct str){out->ptr + start, out->len - start});
    char hex[HASH_HEX_SIZE];

    hash_format(&hash, hex);
    xbuf_printf(out, "sum %s\n", hex);
}

enum err_code
words_unseal(struct str *text, const char *header, struct error *err)
{
    size_t name = strcspn(header, " ");
    size_t len = strlen(header);
    struct hash hash;
    char hex[HASH_HEX_SIZE];
    char line[HASH_HEX_SIZE + 8];
    size_t sum = HASH_HEX_SIZE - 1 + 5;

    if (!str_starts_with(*text, (struct str){header, name + 1}))
        return error_set(err, ERR_FORMAT, "no %.*s file of stet", (int)name,
                         header);
    if (!str_starts_with(*text, str_of(header)) || text->len == len ||
        text->ptr[len] != '\n')
        return error_set(err, ERR_FORMAT,
                         "made by a newer stet: upgrade, or run `stet index` "
                         "to build the index again");
    if (text->len < sum)
        return error_set(err, ERR_FORMAT, "damaged: cut short");
    hash = hash_of(str_slice(*text, 0, text->len - sum));
    hash_format(&hash, hex);
    (void)snprintf(line, sizeof(line), "sum %s\n", hex);
    if (!str_ends_with(*text, str_of(line)))
        return error_set(err, ERR_FORMAT, "damaged: its sum differs");
    text->len -= sum;
    return ERR_OK;
}

static bool
split_line(struct words *line, struct str text)
{
    size_t at = 0;

    line->count = 0;
    while (line->count < WORDS_MAX) {
        size_t space = str_find(text, STR_LIT(" "), at);
        size_t end = space == SIZE_MAX ? text.len : space;

        line->words[line->count++] = str_slice(text, at, end);
        if (space == SIZE_MAX)
            return true;
        at = end + 1;
    }
    return false;
}

enum err_code
words_foreach(struct str text,
              bool (*line)(void *ctx, const struct words *line), void *ctx,
              struct error *err)
{
    size_t at = str_find(text, STR_LIT("\n"), 0);
    unsigned number = 2;

    if (at == SIZE_MAX)
        at = text.len;
    for (at++; at < text.len; number++) {
        size_t end = str_find(text, STR_LIT("\n"), at);
        struct words words;

        if (end == SIZE_MAX || !split_line(&words, str_slice(text, at, end)) ||
            !line(ctx, &words))
            return error_set_at(err, ERR_FORMAT, at, "damaged: line %u",
                                number);
        at = end + 1;
    }
    return ERR_OK;
}
