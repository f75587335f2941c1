/* Query text to tree. AND (written or not) binds tighter than OR. What the
 * words mean is not looked at here, except that each needs a token: a word
 * without one would silently match nothing. */
#include "config.h"

#include "stet/query.h"

#include <assert.h>
#include <math.h>

#include "query_lex.h"
#include "query_sort.h"
#include "stet/regex.h"
#include "stet/tokenizer.h"

struct parser {
    struct lexer lexer;
    struct lex lex; /* the piece that is looked at */
    struct tokenizer *tokenizer;
    struct query *query;
    unsigned texts, regexes;
    unsigned depth;  /* parentheses and NOTs */
    unsigned parens; /* parentheses alone */
    struct error *err;
};

static enum err_code parse_or(struct parser *p, struct query_node **out);

static enum err_code
advance(struct parser *p)
{
    return lexer_next(&p->lexer, &p->lex, p->err);
}

static struct query_node *
new_node(struct parser *p, enum query_op op, size_t at)
{
    struct query_node *node = arena_alloc(p->lexer.arena, sizeof(*node));

    if (!node)
        return NULL;
    node->op = op;
    node->at = at;
    return node;
}

static bool
count_token(void *ctx, const struct token *token)
{
    size_t *count = ctx;

    (void)token;
    return ++*count <= QUERY_PHRASE_TOKENS_MAX;
}

/* A word or phrase must have something that is in the index. */
static enum err_code
check_text(struct parser *p)
{
    size_t count = 0;
    struct str text = p->lex.text;

    if (++p->texts > QUERY_TEXTS_MAX)
        return error_set_at(p->err, ERR_USAGE, p->lex.at,
                            "more than %d words and phrases; use list:FILE",
                            QUERY_TEXTS_MAX);
    tokenizer_run(p->tokenizer, text, count_token, &count);
    if (count > QUERY_PHRASE_TOKENS_MAX)
        return error_set_at(p->err, ERR_USAGE, p->lex.at,
                            "a phrase of more than %d words or characters",
                            QUERY_PHRASE_TOKENS_MAX);
    if (count > 0)
        return ERR_OK;
    if (text.len && strspn(p->lexer.text.ptr + p->lex.at, "<>=") == text.len)
        return error_set_at(p->err, ERR_USAGE, p->lex.at,
                            "a comparison is written as a range, without "
                            "spaces: toxicity:0.8..");
    return error_set_at(p->err, ERR_USAGE, p->lex.at,
                        "nothing to search for here: no letter, digit or "
                        "symbol that is indexed");
}

static enum err_code
parse_text(struct parser *p, struct query_node **out)
{
    struct query_node *node = new_node(p, QUERY_TEXT, p->lex.at);
    struct query_phrase *phrase = arena_alloc(p->lexer.arena, sizeof(*phrase));
    enum err_code code;

    if (!node || !phrase)
        return error_nomem(p->err);
    code = check_text(p);
    if (code != ERR_OK)
        return code;
    *phrase = (struct query_phrase){p->lex.text, p->lex.prefix};
    node->text.phrases = phrase;
    node->text.count = 1;
    *out = node;
    return advance(p);
}

#define NEAR_PHRASES_MAX 64
#define NEAR_DEFAULT 10
#define NEAR_MAX 1000000

/* What follows the comma of NEAR(a b, 5). */
static enum err_code
parse_distance(struct parser *p, struct query_text *text)
{
    double value;
    enum err_code code = advance(p);

    if (code != ERR_OK)
        return code;
    if (p->lex.kind != LEX_TEXT || p->lex.prefix ||
        !lex_number(p->lex.text, &value) || !(value >= 0) || value > NEAR_MAX ||
        value != floor(value))
        return error_set_at(p->err, ERR_USAGE, p->lex.at,
                            "NEAR needs a number of words here: NEAR(a b, 5)");
    text->near = (unsigned)value;
    code = advance(p);
    if (code == ERR_OK && p->lex.kind != LEX_CLOSE)
        code = error_set_at(p->err, ERR_USAGE, p->lex.at,
                            "a ) is missing to end NEAR");
    return code;
}

static enum err_code
parse_operands(struct parser *p, struct query_text *text)
{
    struct query_phrase *phrases =
        arena_alloc(p->lexer.arena, NEAR_PHRASES_MAX * sizeof(*phrases));
    enum err_code code;

    if (!phrases)
        return error_nomem(p->err);
    text->phrases = phrases;
    for (;;) {
        code = advance(p);
        if (code != ERR_OK)
            return code;
        if (p->lex.kind == LEX_CLOSE || p->lex.kind == LEX_COMMA)
            break;
        if (p->lex.kind == LEX_END)
            return error_set_at(p->err, ERR_USAGE, p->lex.at,
                                "a ) is missing to end NEAR");
        if (p->lex.kind != LEX_TEXT)
            return error_set_at(p->err, ERR_USAGE, p->lex.at,
                                "NEAR takes only words and phrases");
        if (text->count == NEAR_PHRASES_MAX)
            return error_set_at(p->err, ERR_USAGE, p->lex.at,
                                "NEAR takes at most %d words and phrases",
                                NEAR_PHRASES_MAX);
        code = check_text(p);
        if (code != ERR_OK)
            return code;
        phrases[text->count++] =
            (struct query_phrase){p->lex.text, p->lex.prefix};
    }
    if (p->lex.kind == LEX_COMMA)
        return parse_distance(p, text);
    return ERR_OK;
}

static enum err_code
parse_near(struct parser *p, struct query_node **out)
{
    struct query_node *node = new_node(p, QUERY_TEXT, p->lex.at);
    enum err_code code;

    if (!node)
        return error_nomem(p->err);
    node->text.near = NEAR_DEFAULT;
    p->lexer.near = true;
    code = parse_operands(p, &node->text);
    p->lexer.near = false;
    if (code != ERR_OK)
        return code;
    if (node->text.count == 0)
        return error_set_at(p->err, ERR_USAGE, node->at,
                            "NEAR needs words: NEAR(a b, 5)");
    *out = node;
    return advance(p);
}

/* Split "low..high" and read the numbers. */
static void
fill_range(struct query_field *field, bool quoted)
{
    size_t dots = quoted ? SIZE_MAX : str_find(field->value, STR_LIT(".."), 0);
    double value;

    field->low = field->high = (double)NAN;
    if (dots == SIZE_MAX) {
        if (lex_number(field->value, &value))
            field->low = field->high = value;
        return;
    }
    field->is_range = true;
    field->low_text = str_slice(field->value, 0, dots);
    field->high_text = str_slice(field->value, dots + 2, field->value.len);
    if (lex_number(field->low_text, &value))
        field->low = value;
    if (lex_number(field->high_text, &value))
        field->high = value;
}

/* sort: goes into the query's order and leaves no node. */
static enum err_code
parse_sort(struct parser *p, struct query_node **out)
{
    struct query_order *order = &p->query->order;
    enum err_code code;

    if (p->depth > 0)
        return error_set_at(p->err, ERR_USAGE, p->lex.at,
                            "sort: belongs outside parentheses and NOT");
    if (order->kind != ORDER_DEFAULT)
        return error_set_at(p->err, ERR_USAGE, p->lex.at,
                            "there is a sort: already");
    code = query_sort_parse(order, p->lex.value, p->lex.value_at,
                            p->lexer.arena, p->err);
    if (code != ERR_OK)
        return code;
    order->at = p->lex.at;
    *out = NULL;
    return advance(p);
}

static enum err_code
parse_field(struct parser *p, struct query_node **out)
{
    struct query_node *node;

    if (str_equal(p->lex.name, STR_LIT("sort")))
        return parse_sort(p, out);
    node = new_node(p, QUERY_FIELD, p->lex.at);
    if (!node)
        return error_nomem(p->err);
    node->field.name = p->lex.name;
    node->field.value = p->lex.value;
    node->field.at = p->lex.at;
    node->field.value_at = p->lex.value_at;
    fill_range(&node->field, p->lex.value_quoted);
    *out = node;
    return advance(p);
}

static enum err_code
enter(struct parser *p)
{
    if (++p->depth <= QUERY_DEPTH_MAX)
        return ERR_OK;
    return error_set_at(p->err, ERR_USAGE, p->lex.at,
                        "more than %d parentheses or NOTs inside one another",
                        QUERY_DEPTH_MAX);
}

static enum err_code
parse_group(struct parser *p, struct query_node **out)
{
    size_t at = p->lex.at;
    enum err_code code = enter(p);

    if (code == ERR_OK)
        code = advance(p);
    if (code != ERR_OK)
        return code;
    p->parens++;
    if (p->lex.kind == LEX_CLOSE)
        return error_set_at(p->err, ERR_USAGE, at,
                            "there is nothing inside these parentheses");
    code = parse_or(p, out);
    if (code != ERR_OK)
        return code;
    if (p->lex.kind != LEX_CLOSE)
        return error_set_at(p->err, ERR_USAGE, at,
                            "this ( is not closed: ) is missing");
    p->parens--;
    p->depth--;
    return advance(p);
}

static const char *
operand_missing(const struct lex *lex)
{
    switch (lex->kind) {
    case LEX_OR:
        return "OR needs something on both sides (\"OR\" in quotes is the "
               "word)";
    case LEX_AND:
        return "AND needs something on both sides (\"AND\" in quotes is the "
               "word)";
    case LEX_CLOSE:
        return "there is no ( for this )";
    case LEX_END:
    case LEX_OPEN:
    case LEX_NOT:
    case LEX_NEAR:
    case LEX_COMMA:
    case LEX_TEXT:
    case LEX_FIELD:
    case LEX_REGEX:
        break;
    }
    return "something is missing at the end";
}

/* The pattern must compile; where it does not is said in the query. */
static enum err_code
parse_regex(struct parser *p, struct query_node **out)
{
    struct query_node *node = new_node(p, QUERY_REGEX, p->lex.at);
    enum err_code code;

    if (!node)
        return error_nomem(p->err);
    if (++p->regexes > QUERY_REGEXES_MAX)
        return error_set_at(p->err, ERR_USAGE, p->lex.at,
                            "more than %d regular expressions",
                            QUERY_REGEXES_MAX);
    node->regex.pattern = p->lex.text;
    node->regex.flags = p->lex.flags;
    code = regex_check(node->regex.pattern, node->regex.flags, p->err);
    if (code == ERR_FORMAT)
        return error_set_at(
            p->err, ERR_USAGE,
            lex_regex_offset(p->lexer.text, &p->lex, (size_t)p->err->offset),
            "in this regular expression: %s", p->err->message);
    if (code == ERR_LIMIT)
        return error_set_at(p->err, ERR_USAGE, p->lex.at, "%s",
                            p->err->message);
    if (code != ERR_OK)
        return code;
    *out = node;
    return advance(p);
}

static enum err_code
parse_primary(struct parser *p, struct query_node **out)
{
    switch (p->lex.kind) {
    case LEX_OPEN:
        return parse_group(p, out);
    case LEX_NEAR:
        return parse_near(p, out);
    case LEX_TEXT:
        return parse_text(p, out);
    case LEX_FIELD:
        return parse_field(p, out);
    case LEX_REGEX:
        return parse_regex(p, out);
    case LEX_END:
    case LEX_CLOSE:
    case LEX_OR:
    case LEX_AND:
    case LEX_NOT:
    case LEX_COMMA:
        break;
    }
    if (p->lex.kind == LEX_CLOSE && p->parens > 0)
        return error_set_at(p->err, ERR_USAGE, p->lex.at,
                            "something is missing before this )");
    return error_set_at(p->err, ERR_USAGE, p->lex.at, "%s",
                        operand_missing(&p->lex));
}

/* NOTs, then one thing; two NOTs cancel out. */
static enum err_code
parse_unary(struct parser *p, struct query_node **out)
{
    size_t at = p->lex.at;
    unsigned nots = 0;
    struct query_node *node = NULL;
    struct query_node * not ;
    enum err_code code = ERR_OK;

    while (code == ERR_OK && p->lex.kind == LEX_NOT) {
        nots++;
        code = enter(p);
        if (code == ERR_OK)
            code = advance(p);
    }
    if (code == ERR_OK)
        code = parse_primary(p, &node);
    if (code != ERR_OK)
        return code;
    p->depth -= nots;
    *out = node;
    if (nots % 2 == 0)
        return ERR_OK;
    not = new_node(p, QUERY_NOT, at);
    if (!not )
        return error_nomem(p->err);
    not ->first = node;
    *out = not ;
    return ERR_OK;
}

static bool
is_by(const struct query_node *node)
{
    return node->op == QUERY_FIELD &&
           str_equal(node->field.name, STR_LIT("by"));
}

static bool
takes_by(const struct query_node *node)
{
    static const char *const names[] = {"verdict", "tag",    "op",
                                        "is",      "judged", "reason"};

    if (node->op != QUERY_FIELD || node->field.by.ptr)
        return false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (str_equal(node->field.name, str_of(names[i])))
            return true;
    return false;
}

/* Give the fields under `node` their reviewer; what has one keeps it. */
static void
give_by(struct query_node *node, struct str by)
{
    if (takes_by(node))
        node->field.by = by;
    for (struct query_node *child = node->first; child; child = child->next)
        give_by(child, by);
}

/* by:NAME beside a verdict means that reviewer's verdict. It goes when a field
 * of the group itself has taken it; otherwise (under OR or NOT) it also stays
 * a condition of its own: `-verdict:bad by:ann` wants what Ann has judged. */
static enum err_code
attach_by(struct parser *p, struct query_node *group)
{
    struct query_node **link;
    struct query_node *by = NULL;
    struct query_node *second = NULL;
    bool taken = false;

    for (struct query_node *child = group->first; child; child = child->next) {
        taken = taken || takes_by(child);
        if (is_by(child) && by && !second)
            second = child;
        else if (is_by(child) && !by)
            by = child;
    }
    if (!by || (second && !taken))
        return ERR_OK;
    if (second)
        return error_set_at(p->err, ERR_USAGE, second->at,
                            "two by: for one verdict; put each pair in "
                            "parentheses: (verdict:bad by:ann)");
    for (struct query_node *child = group->first; child; child = child->next)
        if (child != by)
            give_by(child, by->field.value);
    if (!taken)
        return ERR_OK;
    link = &group->first;
    while (*link && *link != by)
        link = &(*link)->next;
    *link = by->next;
    return ERR_OK;
}

static bool
ends_and(enum lex_kind kind)
{
    return kind == LEX_END || kind == LEX_CLOSE || kind == LEX_OR;
}

/* *out is NULL when the group held nothing but sort:. */
static enum err_code
parse_and(struct parser *p, struct query_node **out)
{
    struct query_node *group = new_node(p, QUERY_AND, p->lex.at);
    struct query_node **link;
    enum err_code code = ERR_OK;

    if (!group)
        return error_nomem(p->err);
    link = &group->first;
    do {
        struct query_node *node = NULL;

        code = parse_unary(p, &node);
        if (code != ERR_OK)
            return code;
        if (node) {
            *link = node;
            link = &node->next;
        }
        if (p->lex.kind == LEX_AND) {
            code = advance(p);
            if (code == ERR_OK && ends_and(p->lex.kind))
                return error_set_at(p->err, ERR_USAGE, p->lex.at,
                                    "AND needs something on both sides");
        }
    } while (code == ERR_OK && !ends_and(p->lex.kind));
    if (code == ERR_OK)
        code = attach_by(p, group);
    if (code != ERR_OK)
        return code;
    *out = group->first && !group->first->next ? group->first : group;
    if (!group->first)
        *out = NULL;
    return ERR_OK;
}

static enum err_code
or_missing(struct parser *p, size_t or_at)
{
    return error_set_at(p->err, ERR_USAGE, or_at,
                        "OR needs something on both sides (\"OR\" in quotes "
                        "is the word)");
}

/* What follows an OR. */
static enum err_code
parse_branch(struct parser *p, struct query_node **out)
{
    size_t or_at = p->lex.at;
    enum err_code code = advance(p);

    if (code != ERR_OK)
        return code;
    if (p->lex.kind == LEX_END || p->lex.kind == LEX_CLOSE)
        return or_missing(p, or_at);
    code = parse_and(p, out);
    if (code == ERR_OK && !*out)
        return or_missing(p, or_at);
    return code;
}

static enum err_code
parse_or(struct parser *p, struct query_node **out)
{
    struct query_node *group;
    struct query_node *node = NULL;
    struct query_node **link;
    enum err_code code = parse_and(p, &node);

    *out = node;
    if (code != ERR_OK || p->lex.kind != LEX_OR)
        return code;
    if (!node)
        return or_missing(p, p->lex.at);
    group = new_node(p, QUERY_OR, node->at);
    if (!group)
        return error_nomem(p->err);
    group->first = node;
    link = &node->next;
    *out = group;
    while (p->lex.kind == LEX_OR) {
        code = parse_branch(p, &node);
        if (code != ERR_OK)
            return code;
        *link = node;
        link = &node->next;
    }
    return ERR_OK;
}

static enum err_code
parse_all(struct parser *p, struct query_node **out)
{
    enum err_code code = advance(p);

    *out = NULL;
    if (code == ERR_OK && p->lex.kind != LEX_END)
        code = parse_or(p, out);
    if (code != ERR_OK)
        return code;
    if (p->lex.kind != LEX_END)
        return error_set_at(p->err, ERR_USAGE, p->lex.at, "%s",
                            operand_missing(&p->lex));
    if (!*out)
        *out = new_node(p, QUERY_ALL, 0);
    return *out ? ERR_OK : error_nomem(p->err);
}

enum err_code
query_parse(const struct query **out, struct str text, struct arena *arena,
            struct error *err)
{
    struct parser p = {.lexer.arena = arena, .err = err};
    struct query_node *root = NULL;
    enum err_code code;

    if (text.len > QUERY_BYTES_MAX)
        return error_set_at(err, ERR_USAGE, QUERY_BYTES_MAX,
                            "the query is longer than %zu bytes",
                            QUERY_BYTES_MAX);
    p.query = arena_alloc(arena, sizeof(*p.query));
    if (!p.query)
        return error_nomem(err);
    p.query->text = arena_copy(arena, text);
    if (!p.query->text.ptr)
        return error_nomem(err);
    p.lexer.text = p.query->text;
    p.tokenizer = tokenizer_new();
    if (!p.tokenizer)
        return error_nomem(err);
    code = parse_all(&p, &root);
    tokenizer_free(p.tokenizer);
    if (code != ERR_OK)
        return code;
    p.query->root = root;
    *out = p.query;
    return ERR_OK;
}
