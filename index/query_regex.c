/* /pattern/flags in a query: where it ends, its flags, and from a place in the
 * pattern to the one in the query. */
#include "config.h"

#include "query_lex.h"
#include "stet/regex.h"

/* The slash that ends the pattern which begins at `at`, or text.len. */
static size_t
find_slash(struct str text, size_t at)
{
    while (at < text.len && text.ptr[at] != '/')
        at += text.ptr[at] == '\\' && at + 1 < text.len ? 2 : 1;
    return at;
}

/* The pattern in raw form, with each \/ made /. */
static enum err_code
take_pattern(struct lexer *lexer, struct str raw, struct str *out,
             struct error *err)
{
    char *copy = arena_bytes(lexer->arena, raw.len);
    size_t used = 0;

    if (!copy)
        return error_nomem(err);
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.ptr[i] == '\\' && i + 1 < raw.len) {
            if (raw.ptr[i + 1] != '/')
                copy[used++] = '\\';
            i++;
        }
        copy[used++] = raw.ptr[i];
    }
    *out = (struct str){copy, used};
    return ERR_OK;
}

static enum err_code
take_flags(struct lexer *lexer, struct lex *out, struct error *err)
{
    struct str text = lexer->text;

    out->flags = REGEX_CASE;
    for (; lexer->at < text.len && !lex_space(text, lexer->at); lexer->at++) {
        switch (text.ptr[lexer->at]) {
        case 'i':
            out->flags &= ~(unsigned)REGEX_CASE;
            break;
        case 'm':
            out->flags |= REGEX_MULTILINE;
            break;
        case 's':
            out->flags |= REGEX_DOTALL;
            break;
        case 'x':
            out->flags |= REGEX_EXTENDED;
            break;
        case ')':
            return ERR_OK;
        default:
            return error_set_at(err, ERR_USAGE, lexer->at,
                                "only the flags i, m, s and x may follow a "
                                "regular expression (a / inside it is written "
                                "\\/, and a path goes in quotes)");
        }
    }
    return ERR_OK;
}

enum err_code
lex_regex(struct lexer *lexer, struct lex *out, struct error *err)
{
    struct str text = lexer->text;
    size_t start = lexer->at + 1;
    size_t end = find_slash(text, start);
    enum err_code code;

    if (end == text.len)
        return error_set_at(err, ERR_USAGE, lexer->at,
                            "this regular expression is not closed: / is "
                            "missing (words that begin with / go in quotes)");
    if (end == start)
        return error_set_at(err, ERR_USAGE, lexer->at,
                            "there is nothing between these slashes");
    out->kind = LEX_REGEX;
    lexer->at = end + 1;
    code = take_pattern(lexer, str_slice(text, start, end), &out->text, err);
    if (code == ERR_OK)
        code = take_flags(lexer, out, err);
    out->end = lexer->at;
    return code;
}

size_t
lex_regex_offset(struct str query, const struct lex *regex, size_t at)
{
    size_t from = regex->at + 1;

    for (; at > 0 && query.ptr[from] != '/'; at--) {
        from++;
        if (query.ptr[from - 1] != '\\' || from >= query.len)
            continue;
        /* \\/ is one byte of the pattern, any other escape is two */
        if (query.ptr[from] != '/' && --at == 0)
            break;
        from++;
    }
    return from;
}
