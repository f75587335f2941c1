/* /pattern/ as a question to documents: their records' bytes say no where they
 * can, else their texts decide. */
#include "config.h"

#include <stdlib.h>

#include "regex_need.h"
#include "regex_plain.h"
#include "regex_raw.h"
#include "search_eval.h"
#include "search_scan.h"
#include "stet/regex.h"
#include "stet/utf8.h"

/* After so many records, the bytes must have ruled out half of them. */
#define BYTES_TRIED 64u

struct matcher {
    struct regex *regex;
    struct regex *bytes; /* of records; NULL: not to be had, or no use */
    uint32_t tried, ruled_out;
    const struct regex_raw *raw;
    struct buf shown;
};

struct question {
    const struct query_regex *regex;
    struct regex_raw raw;
    enum regex_plain plain;
    const int *cancel;
};

static void
matcher_end(void *state)
{
    struct matcher *matcher = state;

    regex_free(matcher->regex);
    regex_free(matcher->bytes);
    buf_release(&matcher->shown);
    free(matcher);
}

static enum err_code
matcher_begin(void *ctx, void **state, struct error *err)
{
    const struct question *question = ctx;
    struct matcher *matcher = calloc(1, sizeof(*matcher));
    enum err_code code;

    if (!matcher)
        return error_nomem(err);
    code = regex_compile(&matcher->regex, question->regex->pattern,
                         question->regex->flags | REGEX_VALID, err);
    if (code == ERR_OK && question->plain != PLAIN_NOT)
        code = regex_compile(
            &matcher->bytes, question->regex->pattern,
            question->regex->flags |
                (question->plain == PLAIN_ASCII ? REGEX_BYTES : 0),
            err);
    if (code != ERR_OK) {
        matcher_end(matcher);
        return code;
    }
    regex_set_cancel(matcher->regex, question->cancel);
    if (matcher->bytes)
        regex_set_cancel(matcher->bytes, question->cancel);
    matcher->raw = &question->raw;
    *state = matcher;
    return ERR_OK;
}

/* The pattern on the record as it stands: much cheaper than its text. */
static bool
bytes_may_hold(struct matcher *matcher, struct str record, unsigned flags)
{
    struct error ignored = ERROR_INIT;
    bool found = true;
    size_t start;
    size_t end;

    if (!matcher->bytes || (flags & DOC_SEGMENTS))
        return true;
    if (regex_find(matcher->bytes, record, 0, &found, &start, &end, &ignored) !=
        ERR_OK)
        return true; /* too costly here: the text decides */
    found = found || regex_raw_has_escape(record);
    matcher->ruled_out += !found;
    if (++matcher->tried == BYTES_TRIED &&
        matcher->ruled_out < BYTES_TRIED / 2) {
        regex_free(matcher->bytes);
        matcher->bytes = NULL;
    }
    return found;
}

static bool
matcher_may_hold(void *state, struct str record, unsigned flags)
{
    struct matcher *matcher = state;

    return regex_raw_may(matcher->raw, record, flags) &&
           bytes_may_hold(matcher, record, flags);
}

static enum err_code
matcher_holds(void *state, const struct document *document, struct arena *arena,
              bool *holds, struct error *err)
{
    struct matcher *matcher = state;
    struct str text = document->text;
    size_t start;
    size_t end;
    enum err_code code = ERR_OK;

    (void)arena;
    if (document->flags & DOC_LONE_SURROGATE) {
        buf_clear(&matcher->shown);
        code = utf8_to_display(text, &matcher->shown, err);
        text = buf_str(&matcher->shown);
    }
    if (code == ERR_OK)
        code = regex_find(matcher->regex, text, 0, holds, &start, &end, err);
    return code;
}

enum err_code
search_regex(struct reader *out, const struct search *search,
             const struct query_node *node, struct arena *arena,
             struct error *err)
{
    struct question *question = arena_alloc(arena, sizeof(*question));
    struct need *need = NULL;
    enum err_code code = question ? regex_need(&need, &node->regex, arena, err)
                                  : error_nomem(err);

    if (code != ERR_OK)
        return code;
    *question = (struct question){
        .regex = &node->regex,
        .raw = regex_raw_make(need, regex_is_caseless(&node->regex)),
        .plain = regex_plain(&node->regex),
        .cancel = search->env->cancel,
    };
    *out = (struct reader){.test = {.begin = matcher_begin,
                                    .end = matcher_end,
                                    .holds = matcher_holds,
                                    .may_hold = matcher_may_hold,
                                    .ctx = question},
                           .need = need};
    return ERR_OK;
}
