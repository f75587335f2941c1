/* PCRE2 with limits: patterns come from people, texts from anyone, and the
 * two together can cost exponential time. */
#include "config.h"

#include "stet/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "stet/xalloc.h"

#define PATTERN_MAX 4096
#define MATCH_LIMIT 1000000
#define DEPTH_LIMIT 250000
#define HEAP_LIMIT_KIB (64 * 1024)
#define JIT_STACK_START ((size_t)32 << 10)
#define JIT_STACK_MAX ((size_t)1 << 20)

struct regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack; /* NULL: the interpreter matches */
};

static enum err_code
pattern_error(int result, size_t offset, struct error *err)
{
    PCRE2_UCHAR text[200];

    if (pcre2_get_error_message(result, text, sizeof(text)) < 0)
        text[0] = '\0';
    return error_set_at(err, ERR_FORMAT, offset, "%s at character %zu",
                        (const char *)text, offset + 1);
}

static enum err_code
setup(struct regex *regex, struct error *err)
{
    regex->data = pcre2_match_data_create_from_pattern(regex->code, NULL);
    regex->context = pcre2_match_context_create(NULL);
    if (!regex->data || !regex->context)
        return error_nomem(err);
    pcre2_set_match_limit(regex->context, MATCH_LIMIT);
    pcre2_set_depth_limit(regex->context, DEPTH_LIMIT);
    pcre2_set_heap_limit(regex->context, HEAP_LIMIT_KIB);
    if (pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE) != 0)
        return ERR_OK;
    regex->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, NULL);
    if (!regex->stack)
        return error_nomem(err);
    pcre2_jit_stack_assign(regex->context, NULL, regex->stack);
    return ERR_OK;
}

enum err_code
regex_compile(struct regex **out, struct str pattern, unsigned flags,
              struct error *err)
{
    uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
    struct regex *regex = NULL;
    enum err_code code;
    PCRE2_SIZE offset = 0;
    int result = 0;

    if (pattern.len > PATTERN_MAX)
        return error_set(err, ERR_LIMIT, "a pattern of more than %d bytes",
                         PATTERN_MAX);
    options |= flags & REGEX_LITERAL ? PCRE2_LITERAL
                                     : PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
    if (!(flags & REGEX_CASE))
        options |= PCRE2_CASELESS;
    regex = xcalloc(1, sizeof(*regex));
    regex->code = pcre2_compile((PCRE2_SPTR)(pattern.len ? pattern.ptr : ""),
                                pattern.len, options, &result, &offset, NULL);
    if (regex->code)
        code = setup(regex, err);
    else
        code = pattern_error(result, offset, err);
    if (code == ERR_OK) {
        *out = regex;
        regex = NULL;
    }
    regex_free(regex);
    return code;
}

void
regex_free(struct regex *regex)
{
    if (!regex)
        return;
    pcre2_jit_stack_free(regex->stack);
    pcre2_match_context_free(regex->context);
    pcre2_match_data_free(regex->data);
    pcre2_code_free(regex->code);
    free(regex);
}

enum err_code
regex_find(struct regex *regex, struct str text, size_t from, bool *found,
           size_t *start, size_t *end, struct error *err)
{
    PCRE2_SPTR ptr = (PCRE2_SPTR)(text.len ? text.ptr : "");
    const PCRE2_SIZE *offsets;
    PCRE2_UCHAR message[200];
    int result;

    if (from > text.len) {
        *found = false;
        return ERR_OK;
    }
    result = pcre2_match(regex->code, ptr, text.len, from, 0, regex->data,
                         regex->context);
    if (result == PCRE2_ERROR_JIT_STACKLIMIT)
        result = pcre2_match(regex->code, ptr, text.len, from, PCRE2_NO_JIT,
                             regex->data, regex->context);
    switch (result) {
    case PCRE2_ERROR_NOMATCH:
        *found = false;
        return ERR_OK;
    case PCRE2_ERROR_MATCHLIMIT:
    case PCRE2_ERROR_DEPTHLIMIT:
    case PCRE2_ERROR_HEAPLIMIT:
    case PCRE2_ERROR_RECURSELOOP:
        return error_set(err, ERR_LIMIT,
                         "the pattern is too costly on this text");
    case PCRE2_ERROR_NOMEMORY:
        return error_nomem(err);
    default:
        break;
    }
    if (result < 0) {
        if (pcre2_get_error_message(result, message, sizeof(message)) < 0)
            message[0] = '\0';
        return error_set(err, ERR_FORMAT, "%s", (const char *)message);
    }
    offsets = pcre2_get_ovector_pointer(regex->data);
    *found = true;
    *start = offsets[0];
    /* \K in a lookahead can put the start behind the end. */
    *end = offsets[1] < offsets[0] ? offsets[0] : offsets[1];
    return ERR_OK;
}
