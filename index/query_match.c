/* Words to FTS5's own syntax. FTS5 has only a binary NOT, and its parser has a
 * stack of fixed size and a limit on height: hence `a NOT (b OR c)` and the
 * limit on depth, beyond which search.c joins sets instead. */
#include "config.h"

#include "query_match.h"

#define MATCH_DEPTH_MAX 12

static bool
can(const struct query_node *node, unsigned depth)
{
    bool positive = false;

    if (depth > MATCH_DEPTH_MAX)
        return false;
    if (node->op == QUERY_TEXT)
        return true;
    if (node->op != QUERY_AND && node->op != QUERY_OR)
        return false;
    for (const struct query_node *child = node->first; child;
         child = child->next) {
        const struct query_node *inner = child;

        if (child->op == QUERY_NOT && node->op == QUERY_AND)
            inner = child->first;
        else
            positive = true;
        if (!can(inner, depth + 1))
            return false;
    }
    return positive;
}

bool
match_can(const struct query_node *node)
{
    return can(node, 0);
}

enum err_code
match_append_phrase(const struct query_phrase *phrase, struct buf *out,
                    struct error *err)
{
    struct str text = phrase->text;
    enum err_code code = buf_append_byte(out, '"', err);

    for (size_t i = 0; code == ERR_OK && i < text.len; i++) {
        char byte = text.ptr[i];

        if (byte == '"')
            code = buf_append_byte(out, '"', err);
        if (code == ERR_OK) /* a NUL separates words and would end the SQL */
            code = buf_append(out, byte ? &byte : " ", 1, err);
    }
    if (code == ERR_OK)
        code = buf_append_str(
            out, phrase->prefix ? STR_LIT("\" *") : STR_LIT("\""), err);
    return code;
}

static enum err_code
append_text(const struct query_text *text, struct buf *out, struct error *err)
{
    enum err_code code;

    if (text->count == 1)
        return match_append_phrase(&text->phrases[0], out, err);
    code = buf_append_str(out, STR_LIT("NEAR("), err);
    for (size_t i = 0; code == ERR_OK && i < text->count; i++) {
        if (i > 0)
            code = buf_append_byte(out, ' ', err);
        if (code == ERR_OK)
            code = match_append_phrase(&text->phrases[i], out, err);
    }
    if (code == ERR_OK)
        code = buf_printf(out, err, ", %u)", text->near);
    return code;
}

/* The children that are, or are not, under NOT; joined, in parentheses. */
static enum err_code
append_list(const struct query_node *node, bool negated, const char *joint,
            struct buf *out, struct error *err)
{
    enum err_code code = buf_append_byte(out, '(', err);
    bool first = true;

    for (const struct query_node *child = node->first; code == ERR_OK && child;
         child = child->next) {
        if ((child->op == QUERY_NOT) != negated)
            continue;
        if (!first)
            code = buf_append_str(out, str_of(joint), err);
        first = false;
        if (code == ERR_OK)
            code = match_append(negated ? child->first : child, out, err);
    }
    return code == ERR_OK ? buf_append_byte(out, ')', err) : code;
}

static bool
has_not(const struct query_node *node)
{
    for (const struct query_node *child = node->first; child;
         child = child->next)
        if (child->op == QUERY_NOT)
            return true;
    return false;
}

enum err_code
match_append(const struct query_node *node, struct buf *out, struct error *err)
{
    enum err_code code;
    bool negative;

    if (node->op == QUERY_TEXT)
        return append_text(&node->text, out, err);
    if (node->op == QUERY_OR)
        return append_list(node, false, " OR ", out, err);
    negative = has_not(node);
    code = negative ? buf_append_byte(out, '(', err) : ERR_OK;
    if (code == ERR_OK)
        code = append_list(node, false, " AND ", out, err);
    if (code != ERR_OK || !negative)
        return code;
    code = buf_append_str(out, STR_LIT(" NOT "), err);
    if (code == ERR_OK)
        code = append_list(node, true, " OR ", out, err);
    return code == ERR_OK ? buf_append_byte(out, ')', err) : code;
}

static enum err_code
walk(const struct query_node *node, bool negated, match_visit *visit, void *ctx,
     struct error *err)
{
    enum err_code code = ERR_OK;

    if (node->op == QUERY_NOT)
        negated = !negated;
    if (node->op == QUERY_TEXT || node->op == QUERY_FIELD ||
        node->op == QUERY_REGEX)
        return negated ? ERR_OK : visit(ctx, node, err);
    for (const struct query_node *child = node->first; code == ERR_OK && child;
         child = child->next)
        code = walk(child, negated, visit, ctx, err);
    return code;
}

enum err_code
match_foreach(const struct query_node *node, match_visit *visit, void *ctx,
              struct error *err)
{
    return walk(node, false, visit, ctx, err);
}
