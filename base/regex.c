/* PCRE2 with limits: patterns come from people, texts from anyone, and the
 * two together can cost exponential time. */
#include "config.h"

#include "stet/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "stet/pool.h"
#include "stet/xalloc.h"

#define MATCH_LIMIT 1000000
#define DEPTH_LIMIT 250000
#define HEAP_LIMIT_KIB (64 * 1024)
#define JIT_STACK_START ((size_t)32 << 10)
#define JIT_STACK_MAX ((size_t)1 << 20)
/* A search looks for matches that start in one stretch of this size after the
 * other: what cancelling waits for, and what the match limit is for. */
#define WINDOW ((size_t)2 << 20)

struct regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack; /* NULL: the interpreter matches */
    const int *cancel;
    bool valid; /* texts are valid UTF-8 */
    bool whole; /* no windows: \G would match where one begins */
};

static enum err_code
pattern_error(int result, size_t offset, struct error *err)
{
    PCRE2_UCHAR text[200];

    if (pcre2_get_error_message(result, text, sizeof(text)) < 0)
        text[0] = '\0';
    return error_set_at(err, ERR_FORMAT, offset, "%s", (const char *)text);
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

static uint32_t
options_of(unsigned flags)
{
    uint32_t options = PCRE2_USE_OFFSET_LIMIT;

    if (flags & REGEX_BYTES)
        options |= flags & REGEX_CASE ? 0 : PCRE2_CASELESS;
    else
        options |= PCRE2_UTF;
    if (flags & REGEX_BYTES)
        return options;
    options |= flags & REGEX_LITERAL ? PCRE2_LITERAL
                                     : PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
    if (!(flags & REGEX_CASE))
        options |= PCRE2_CASELESS;
    if (flags & REGEX_MULTILINE)
        options |= PCRE2_MULTILINE;
    if (flags & REGEX_DOTALL)
        options |= PCRE2_DOTALL;
    if (flags & REGEX_EXTENDED)
        options |= PCRE2_EXTENDED;
    if (!(flags & REGEX_VALID))
        options |= PCRE2_MATCH_INVALID_UTF;
    return options;
}

static enum err_code
compile(pcre2_code **out, struct str pattern, unsigned flags, struct error *err)
{
    pcre2_compile_context *context;
    PCRE2_SIZE offset = 0;
    int result = 0;

    if (pattern.len > REGEX_PATTERN_MAX)
        return error_set(err, ERR_LIMIT, "a pattern of more than %d bytes",
                         REGEX_PATTERN_MAX);
    context = pcre2_compile_context_create(NULL);
    if (!context)
        return error_nomem(err);
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    pcre2_set_bsr(context, PCRE2_BSR_UNICODE);
    *out =
        pcre2_compile((PCRE2_SPTR)(pattern.len ? pattern.ptr : ""), pattern.len,
                      options_of(flags), &result, &offset, context);
    pcre2_compile_context_free(context);
    return *out ? ERR_OK : pattern_error(result, offset, err);
}

enum err_code
regex_check(struct str pattern, unsigned flags, struct error *err)
{
    pcre2_code *code = NULL;
    enum err_code result = compile(&code, pattern, flags, err);

    pcre2_code_free(code);
    return result;
}

enum err_code
regex_compile(struct regex **out, struct str pattern, unsigned flags,
              struct error *err)
{
    struct regex *regex = xcalloc(1, sizeof(*regex));
    enum err_code code = compile(&regex->code, pattern, flags, err);

    if (code == ERR_OK)
        code = setup(regex, err);
    if (code == ERR_OK) {
        regex->valid = flags & REGEX_VALID;
        regex->whole = str_find(pattern, STR_LIT("\\G"), 0) != SIZE_MAX;
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

void
regex_set_cancel(struct regex *regex, const int *cancel)
{
    regex->cancel = cancel;
}

/* Matches that start in [from, limit]; PCRE2's result. */
static int
match(struct regex *regex, struct str text, size_t from, size_t limit)
{
    PCRE2_SPTR ptr = (PCRE2_SPTR)(text.len ? text.ptr : "");
    uint32_t options = regex->valid ? PCRE2_NO_UTF_CHECK : 0;
    int result;

    pcre2_set_offset_limit(regex->context, limit);
    result = pcre2_match(regex->code, ptr, text.len, from, options, regex->data,
                         regex->context);
    if (result == PCRE2_ERROR_JIT_STACKLIMIT)
        result =
            pcre2_match(regex->code, ptr, text.len, from,
                        options | PCRE2_NO_JIT, regex->data, regex->context);
    return result;
}

/* Where the window that begins at `from` ends: at a character's start. */
static size_t
window_end(const struct regex *regex, struct str text, size_t from)
{
    size_t end = from + WINDOW;

    if (regex->whole || !regex->valid || text.len - from <= WINDOW)
        return text.len;
    while (((unsigned char)text.ptr[end] & 0xC0) == 0x80)
        end--;
    return end;
}

static enum err_code
match_error(int result, struct error *err)
{
    PCRE2_UCHAR message[200];

    switch (result) {
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
    if (pcre2_get_error_message(result, message, sizeof(message)) < 0)
        message[0] = '\0';
    return error_set(err, ERR_FORMAT, "%s", (const char *)message);
}

enum err_code
regex_find(struct regex *regex, struct str text, size_t from, bool *found,
           size_t *start, size_t *end, struct error *err)
{
    const PCRE2_SIZE *offsets;
    int result = PCRE2_ERROR_NOMATCH;

    while (result == PCRE2_ERROR_NOMATCH && from <= text.len) {
        size_t limit = window_end(regex, text, from);

        result = match(regex, text, from, limit);
        if (limit == text.len)
            break;
        if (cancel_is_set(regex->cancel))
            return error_set(err, ERR_CANCELLED, "%s",
                             err_code_text(ERR_CANCELLED));
        from = limit;
    }
    *found = result >= 0;
    if (result == PCRE2_ERROR_NOMATCH)
        return ERR_OK;
    if (result < 0)
        return match_error(result, err);
    offsets = pcre2_get_ovector_pointer(regex->data);
    *start = offsets[0];
    /* \K in a lookahead can put the start behind the end. */
    *end = offsets[1] < offsets[0] ? offsets[0] : offsets[1];
    return ERR_OK;
}
