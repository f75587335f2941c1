/* Pieces of a query: private to the parser. */
#ifndef STET_INDEX_QUERY_LEX_H
#define STET_INDEX_QUERY_LEX_H

#include <stdbool.h>

#include "stet/arena.h"
#include "stet/buf.h"

enum lex_kind {
    LEX_END,
    LEX_OPEN,
    LEX_CLOSE,
    LEX_OR,
    LEX_AND,
    LEX_NOT,   /* the word or a '-' before something */
    LEX_NEAR,  /* with its '(' */
    LEX_COMMA, /* only inside NEAR */
    LEX_TEXT,
    LEX_FIELD,
    LEX_REGEX
};

struct lex {
    enum lex_kind kind;
    size_t at, end;    /* bytes of the query */
    struct str text;   /* of a word or phrase, without quotes and '*'; of a
                        * regex, "\/" made "/" */
    unsigned flags;    /* of a regex, as in stet/regex.h */
    bool prefix;       /* '*' behind it */
    struct str name;   /* of a field, without quotes */
    struct str value;  /* without quotes */
    bool value_quoted; /* at least in part: no range */
    size_t value_at;
};

struct lexer {
    struct str text;
    size_t at;
    bool near; /* inside NEAR: a comma ends a word */
    struct arena *arena;
};

/* The next piece. Fails: ERR_USAGE with its position. */
enum err_code lexer_next(struct lexer *lexer, struct lex *out,
                         struct error *err);

/* Bytes of white space at `at`, 0 for none: ASCII, U+00A0, U+3000. */
size_t lex_space(struct str text, size_t at);

/* A number with an optional suffix k (1,000) or m (1,000,000). */
bool lex_number(struct str text, double *out);

/* /pattern/flags at the lexer's position. */
enum err_code lex_regex(struct lexer *lexer, struct lex *out,
                        struct error *err);
/* Where in the query byte `at` of the regex's pattern stands. */
size_t lex_regex_offset(struct str query, const struct lex *regex, size_t at);

/* The string that starts with the quote at *at, unquoted ("" is a quote);
 * *at moves behind it. */
enum err_code lex_quoted(struct str text, size_t *at, struct arena *arena,
                         struct str *out, struct error *err);

#endif
