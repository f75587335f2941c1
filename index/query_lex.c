/* Cuts a query into words, phrases, fields and operators. A field is told from
 * a word by its shape alone (a name, then ':'); whether the name means
 * something is decided where the scores are known. */
#include "config.h"

#include "query_lex.h"

#include <math.h>

#include "stet/json.h"

size_t
lex_space(struct str text, size_t at)
{
    struct str rest;

    if (!text.ptr || at >= text.len)
        return 0;
    rest = str_slice(text, at, text.len);
    if (memchr(" \t\r\n\v\f", rest.ptr[0], 6))
        return 1;
    if (str_starts_with(rest, STR_LIT("\xC2\xA0")))
        return 2;
    return str_starts_with(rest, STR_LIT("\xE3\x80\x80")) ? 3 : 0;
}

static bool
is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool
is_name_start(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '_';
}

static bool
is_name_byte(char byte)
{
    return is_name_start(byte) || is_digit(byte) || byte == '.' ||
           byte == '-' || byte == '/' || byte == '@';
}

static size_t
skip_digits(struct str text, size_t at)
{
    while (at < text.len && is_digit(text.ptr[at]))
        at++;
    return at;
}

/* Length of a decimal number at the start of `text`, 0 for none. */
static size_t
number_length(struct str text)
{
    size_t at = 0;
    size_t whole;
    size_t end;
    size_t digits;

    if (at < text.len && (text.ptr[at] == '+' || text.ptr[at] == '-'))
        at++;
    whole = at;
    end = skip_digits(text, at);
    digits = end - whole;
    if (end < text.len && text.ptr[end] == '.') {
        size_t fraction = skip_digits(text, end + 1);

        digits += fraction - (end + 1);
        end = fraction;
    }
    if (digits == 0)
        return 0;
    if (end < text.len && (text.ptr[end] == 'e' || text.ptr[end] == 'E')) {
        size_t power = end + 1;

        if (power < text.len &&
            (text.ptr[power] == '+' || text.ptr[power] == '-'))
            power++;
        if (power < text.len && is_digit(text.ptr[power]))
            end = skip_digits(text, power);
    }
    return end;
}

bool
lex_number(struct str text, double *out)
{
    size_t len = number_length(text);
    double factor = 1;
    char digits[64];
    size_t used = 0;
    size_t at = 0;
    bool is_int;
    int64_t integer;

    if (len == 0 || len > sizeof(digits) - 2)
        return false;
    if (len + 1 == text.len) {
        char suffix = text.ptr[len];

        factor = suffix == 'k' || suffix == 'K'   ? 1e3
                 : suffix == 'm' || suffix == 'M' ? 1e6
                                                  : 0;
    }
    if (factor == 0 || len + 1 < text.len)
        return false;
    /* To JSON's form: no '+', a digit on both sides of the point. */
    if (text.ptr[at] == '+')
        at++;
    else if (text.ptr[at] == '-')
        digits[used++] = text.ptr[at++];
    while (at + 1 < len && text.ptr[at] == '0' && is_digit(text.ptr[at + 1]))
        at++;
    if (text.ptr[at] == '.')
        digits[used++] = '0';
    for (; at < len; at++) {
        if (text.ptr[at] == '.' &&
            (at + 1 >= len || !is_digit(text.ptr[at + 1])))
            continue;
        digits[used++] = text.ptr[at];
    }
    *out = json_number((struct str){digits, used}, &is_int, &integer) * factor;
    return true;
}

enum err_code
lex_quoted(struct str text, size_t *at, struct arena *arena, struct str *out,
           struct error *err)
{
    size_t start = *at + 1;
    size_t end = start;
    size_t doubled = 0;
    char *copy;
    size_t used = 0;

    for (;;) {
        end = str_find(text, STR_LIT("\""), end);
        if (end == SIZE_MAX)
            return error_set_at(err, ERR_USAGE, *at,
                                "this quote is not closed: \" is missing");
        if (end + 1 >= text.len || text.ptr[end + 1] != '"')
            break;
        if (end == start)
            break; /* an empty string, not a doubled quote */
        doubled++;
        end += 2;
    }
    *at = end + 1;
    if (doubled == 0) {
        *out = str_slice(text, start, end);
        return ERR_OK;
    }
    copy = arena_bytes(arena, end - start);
    if (!copy)
        return error_nomem(err);
    for (size_t i = start; i < end; i++) {
        copy[used++] = text.ptr[i];
        if (text.ptr[i] == '"')
            i++;
    }
    *out = (struct str){copy, used};
    return ERR_OK;
}

/* Where the bare run of bytes at `at` ends. */
static size_t
bare_end(const struct lexer *lexer, size_t at)
{
    struct str text = lexer->text;

    while (at < text.len && !lex_space(text, at)) {
        char byte = text.ptr[at];

        if (byte == '(' || byte == ')' || byte == '"' ||
            (byte == ',' && lexer->near))
            break;
        at++;
    }
    return at;
}

/* A name at `at`: bare, quoted ("self-harm"), or with quoted parts behind a
 * point (score."self-harm"). *end is where it ends; false: no name. Text in
 * quotes counts only when `end` is at ':', '<' or '>'. */
static bool
find_name(struct str text, size_t at, size_t *end)
{
    size_t start = at;

    if (at < text.len && text.ptr[at] != '"' && !is_name_start(text.ptr[at]))
        return false;
    while (at < text.len) {
        if (text.ptr[at] == '"') {
            if (at != start && text.ptr[at - 1] != '.')
                return false;
            at = str_find(text, STR_LIT("\""), at + 1);
            if (at == SIZE_MAX)
                return false;
            at++;
        } else if (is_name_byte(text.ptr[at])) {
            if (at != start && text.ptr[at - 1] == '"' && text.ptr[at] != '.')
                return false;
            at++;
        } else {
            break;
        }
    }
    *end = at;
    return at > start && at < text.len &&
           (text.ptr[at] == ':' || text.ptr[at] == '<' || text.ptr[at] == '>');
}

/* The name as fields know it: quotes go, except in a path of `meta.`, which
 * keeps them (a path says "a.b" for a key with a point). */
static enum err_code
take_name(const struct lexer *lexer, struct str raw, struct str *out,
          struct error *err)
{
    char *copy;
    size_t used = 0;

    *out = raw;
    if (str_find(raw, STR_LIT("\""), 0) == SIZE_MAX ||
        str_starts_with(raw, STR_LIT("meta.")))
        return ERR_OK;
    copy = arena_bytes(lexer->arena, raw.len);
    if (!copy)
        return error_nomem(err);
    for (size_t i = 0; i < raw.len; i++)
        if (raw.ptr[i] != '"')
            copy[used++] = raw.ptr[i];
    *out = (struct str){copy, used};
    return ERR_OK;
}

/* NAME>=1, NAME:>=1: the same as a range; NAME>1 cannot be said. */
static enum err_code
read_compare(struct lexer *lexer, struct lex *out, size_t at, bool *is_compare,
             struct error *err)
{
    struct str text = lexer->text;
    bool least = text.ptr[at] == '>';
    bool equal = at + 1 < text.len && text.ptr[at + 1] == '=';
    size_t start = at + (equal ? 2 : 1);
    struct str number = str_slice(text, start, bare_end(lexer, start));
    double ignored;
    char *range;

    *is_compare = lex_number(number, &ignored);
    if (!*is_compare)
        return ERR_OK;
    if (!equal)
        return error_set_at(err, ERR_USAGE, out->at,
                            "write %.*s:%s%.*s%s (a range holds both its "
                            "ends), or quote it as text",
                            STR_FMT(out->name), least ? "" : "..",
                            STR_FMT(number), least ? ".." : "");
    range = arena_bytes(lexer->arena, number.len + 2);
    if (!range)
        return error_nomem(err);
    memcpy(range + (least ? 0 : 2), number.ptr, number.len);
    memcpy(range + (least ? number.len : 0), "..", 2);
    out->kind = LEX_FIELD;
    out->value = (struct str){range, number.len + 2};
    out->value_at = start;
    out->end = start + number.len;
    lexer->at = out->end;
    return ERR_OK;
}

/* The value of sort: may hold one pair of parentheses: near(a,0.5). */
static size_t
sort_value_end(const struct lexer *lexer, size_t at)
{
    struct str text = lexer->text;
    bool quoted = false;
    unsigned depth = 0;

    for (; at < text.len; at++) {
        char byte = text.ptr[at];

        if (byte == '"')
            quoted = !quoted;
        if (quoted)
            continue;
        if (byte == '(')
            depth++;
        if (byte == ')' && depth-- == 0)
            break;
        if (depth == 0 && lex_space(text, at))
            break;
    }
    return at;
}

/* Bare and quoted runs, joined. */
static enum err_code
read_value(struct lexer *lexer, struct lex *out, struct error *err)
{
    struct str text = lexer->text;
    size_t at = out->value_at;
    size_t end = bare_end(lexer, at);
    struct buf joined = {0};
    enum err_code code = ERR_OK;

    if (end >= text.len || text.ptr[end] != '"') {
        out->value = str_slice(text, at, end);
        lexer->at = end;
        return ERR_OK;
    }
    out->value_quoted = true;
    for (;;) {
        struct str part = str_slice(text, at, end);

        xbuf_append_str(&joined, part);
        at = end;
        if (at >= text.len || text.ptr[at] != '"')
            break;
        code = lex_quoted(text, &at, lexer->arena, &part, err);
        if (code != ERR_OK)
            goto out;
        xbuf_append_str(&joined, part);
        end = bare_end(lexer, at);
    }
    lexer->at = at;
    out->value = arena_copy(lexer->arena, buf_str(&joined));
    if (!out->value.ptr)
        code = error_nomem(err);
out:
    buf_release(&joined);
    return code;
}

static enum err_code
check_value(const struct lexer *lexer, const struct lex *field,
            struct error *err)
{
    struct str text = lexer->text;

    if (str_starts_with(field->value, STR_LIT("//")) && !field->value_quoted) {
        struct str word =
            str_slice(text, field->at, bare_end(lexer, field->at));

        return error_set_at(err, ERR_USAGE, field->at,
                            "%.*s: is no field; put an address in quotes: "
                            "\"%.*s\"",
                            STR_FMT(field->name), STR_FMT(word));
    }
    if (field->value.len == 0 && !field->value_quoted)
        return error_set_at(err, ERR_USAGE, field->value_at,
                            "a value is missing behind %.*s: (put it in "
                            "quotes if it is text)",
                            STR_FMT(field->name));
    if (lexer->at < text.len && text.ptr[lexer->at] == '(')
        return error_set_at(err, ERR_USAGE, lexer->at,
                            "put a value with parentheses in quotes");
    return ERR_OK;
}

/* A field at the lexer's position, if one stands there (*found). */
static enum err_code
read_field(struct lexer *lexer, struct lex *out, bool *found, struct error *err)
{
    struct str text = lexer->text;
    size_t end = 0;
    enum err_code code;

    *found = find_name(text, lexer->at, &end);
    if (!*found)
        return ERR_OK;
    code = take_name(lexer, str_slice(text, lexer->at, end), &out->name, err);
    if (code != ERR_OK)
        return code;
    if (text.ptr[end] != ':')
        return read_compare(lexer, out, end, found, err);
    out->value_at = end + 1;
    if (end + 1 < text.len &&
        (text.ptr[end + 1] == '<' || text.ptr[end + 1] == '>')) {
        bool compared = false;

        code = read_compare(lexer, out, end + 1, &compared, err);
        if (code != ERR_OK || compared)
            return code;
    }
    out->kind = LEX_FIELD;
    if (str_equal(out->name, STR_LIT("sort"))) {
        lexer->at = sort_value_end(lexer, end + 1);
        out->value = str_slice(text, end + 1, lexer->at);
        out->end = lexer->at;
        return ERR_OK;
    }
    code = read_value(lexer, out, err);
    out->end = lexer->at;
    return code == ERR_OK ? check_value(lexer, out, err) : code;
}

/* The operator that a bare word is, or LEX_TEXT. */
static enum lex_kind
operator_kind(struct lexer *lexer, struct str word)
{
    size_t at = lexer->at;
    size_t space;

    if (str_equal(word, STR_LIT("OR")))
        return LEX_OR;
    if (str_equal(word, STR_LIT("AND")))
        return LEX_AND;
    if (str_equal(word, STR_LIT("NOT")))
        return LEX_NOT;
    if (!str_equal(word, STR_LIT("NEAR")))
        return LEX_TEXT;
    while ((space = lex_space(lexer->text, at)) > 0)
        at += space;
    if (at >= lexer->text.len || lexer->text.ptr[at] != '(')
        return LEX_TEXT;
    lexer->at = at + 1;
    return LEX_NEAR;
}

static enum err_code
read_word(struct lexer *lexer, struct lex *out, struct error *err)
{
    struct str word;
    size_t star;

    lexer->at = bare_end(lexer, out->at);
    word = str_slice(lexer->text, out->at, lexer->at);
    out->kind = lexer->near ? LEX_TEXT : operator_kind(lexer, word);
    out->end = lexer->at;
    if (out->kind != LEX_TEXT)
        return ERR_OK;
    while (word.len && word.ptr[word.len - 1] == '*') {
        word.len--;
        out->prefix = true;
    }
    out->text = word;
    star = str_find(word, STR_LIT("*"), 0);
    if (star != SIZE_MAX)
        return error_set_at(err, ERR_USAGE, out->at + star,
                            "* can only end a word; put it in quotes to "
                            "search for what is around it");
    if (out->prefix && word.len == 0)
        return error_set_at(err, ERR_USAGE, out->at,
                            "the start of a word is missing before *");
    return ERR_OK;
}

static enum err_code
read_phrase(struct lexer *lexer, struct lex *out, struct error *err)
{
    enum err_code code;

    out->kind = LEX_TEXT;
    code = lex_quoted(lexer->text, &lexer->at, lexer->arena, &out->text, err);
    if (code != ERR_OK)
        return code;
    if (lexer->at < lexer->text.len && lexer->text.ptr[lexer->at] == '*') {
        out->prefix = true;
        lexer->at++;
    }
    out->end = lexer->at;
    return ERR_OK;
}

/* Pieces of one byte; false: something longer stands here. */
static bool
read_sign(struct lexer *lexer, struct lex *out)
{
    struct str text = lexer->text;
    size_t next = lexer->at + 1;

    switch (text.ptr[lexer->at]) {
    case '(':
        out->kind = LEX_OPEN;
        break;
    case ')':
        out->kind = LEX_CLOSE;
        break;
    case ',':
        if (!lexer->near)
            return false;
        out->kind = LEX_COMMA;
        break;
    case '-':
        if (next >= text.len || lex_space(text, next) || text.ptr[next] == ')')
            return false;
        out->kind = LEX_NOT;
        break;
    default:
        return false;
    }
    out->end = ++lexer->at;
    return true;
}

enum err_code
lexer_next(struct lexer *lexer, struct lex *out, struct error *err)
{
    struct str text = lexer->text;
    enum err_code code;
    size_t space;
    bool found;

    while ((space = lex_space(text, lexer->at)) > 0)
        lexer->at += space;
    *out = (struct lex){.at = lexer->at, .end = lexer->at};
    if (lexer->at >= text.len || read_sign(lexer, out))
        return ERR_OK;
    code = read_field(lexer, out, &found, err);
    if (code != ERR_OK || found)
        return code;
    if (text.ptr[lexer->at] == '"')
        return read_phrase(lexer, out, err);
    if (text.ptr[lexer->at] == '/' && !lexer->near)
        return lex_regex(lexer, out, err);
    return read_word(lexer, out, err);
}
