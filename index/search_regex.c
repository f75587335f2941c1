/* /pattern/ over the documents: what is certain in it leaves candidates, their
 * texts decide. */
#include "config.h"

#include <stdlib.h>

#include "search_eval.h"
#include "search_scan.h"
#include "stet/regex.h"
#include "stet/utf8.h"

struct matcher {
    struct regex *regex;
    struct buf shown;
};

struct question {
    const struct query_regex *regex;
    const int *cancel;
};

static void
matcher_end(void *state)
{
    struct matcher *matcher = state;

    regex_free(matcher->regex);
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
    if (code != ERR_OK) {
        free(matcher);
        return code;
    }
    regex_set_cancel(matcher->regex, question->cancel);
    *state = matcher;
    return ERR_OK;
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
    if (!utf8_is_valid(text)) {
        buf_clear(&matcher->shown);
        code = utf8_to_display(text, &matcher->shown, err);
        text = buf_str(&matcher->shown);
    }
    if (code == ERR_OK)
        code = regex_find(matcher->regex, text, 0, holds, &start, &end, err);
    return code;
}

enum err_code
search_regex(const struct search *search, const struct query_node *node,
             const struct bits *candidates, struct bits *out, struct error *err)
{
    struct question question = {&node->regex, search->env->cancel};
    const struct scan_test test = {.begin = matcher_begin,
                                   .end = matcher_end,
                                   .holds = matcher_holds,
                                   .ctx = &question};

    struct scan_run run = {.index = search->index,
                           .env = search->env,
                           .test = &test,
                           .candidates = candidates,
                           .found = node == search->last ? search->found : NULL,
                           .found_ctx = search->found_ctx,
                           .out = out};
    enum err_code code = search_scan(&run, err);

    search_count_left_out(search, &run);
    return code;
}
