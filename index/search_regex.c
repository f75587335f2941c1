/* /pattern/ over the documents: what is certain in it leaves candidates, their
 * texts decide. */
#include "config.h"

#include <stdlib.h>

#include "regex_need.h"
#include "regex_plain.h"
#include "regex_raw.h"
#include "regex_terms.h"
#include "search_eval.h"
#include "search_scan.h"
#include "stet/regex.h"
#include "stet/utf8.h"

/* So few documents are read sooner than looked up. */
#define NARROW_FROM 16u

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

/* Candidates of a partition, and what is found among them. */
struct part {
    uint32_t first, end;
    struct bits candidates, found; /* bit 0: `first` */
};

static enum err_code
part_init(struct part *part, const struct search *search, unsigned number,
          const struct bits *candidates, struct error *err)
{
    uint32_t doc;
    enum err_code code;

    index_partition_range(search->index, number, &part->first, &part->end);
    code = bits_init(&part->candidates, part->end - part->first, err);
    if (code == ERR_OK)
        code = bits_init(&part->found, part->end - part->first, err);
    if (code != ERR_OK)
        return code;
    for (doc = bits_next(candidates, part->first); doc < part->end;
         doc = bits_next(candidates, doc + 1))
        bits_set(&part->candidates, doc - part->first);
    return ERR_OK;
}

static void
part_release(struct part *part)
{
    bits_release(&part->candidates);
    bits_release(&part->found);
}

static enum err_code
run_part(const struct search *search, unsigned number, const struct need *need,
         struct part *part, struct scan_run *run, struct error *err)
{
    uint32_t before = bits_population(&part->candidates);
    bool useful = false;
    enum err_code code = ERR_OK;

    if (need && before >= NARROW_FROM)
        code =
            regex_narrow(index_partition_db(search->index, number), need,
                         search->env->cancel, &part->candidates, &useful, err);
    if (code != ERR_OK)
        return code;
    run->done += before - bits_population(&part->candidates);
    run->candidates = &part->candidates;
    run->base = part->first;
    run->out = &part->found;
    return search_scan(run, err);
}

/* Partition after partition, so that the first hits do not wait for the last
 * one's dictionary. */
static enum err_code
run_parts(const struct search *search, const struct need *need,
          const struct bits *candidates, struct scan_run *run, struct bits *out,
          struct error *err)
{
    unsigned count = index_partition_count(search->index);
    enum err_code code = ERR_OK;

    for (unsigned i = 0; code == ERR_OK && i < count && !run->cut; i++) {
        struct part part = {0};

        code = part_init(&part, search, i, candidates, err);
        if (code == ERR_OK)
            code = run_part(search, i, need, &part, run, err);
        for (uint32_t bit = bits_next(&part.found, 0);
             code == ERR_OK && bit != UINT32_MAX;
             bit = bits_next(&part.found, bit + 1))
            bits_set(out, part.first + bit);
        part_release(&part);
    }
    return code;
}

enum err_code
search_regex(const struct search *search, const struct query_node *node,
             const struct bits *candidates, struct bits *out, struct error *err)
{
    struct question question = {.regex = &node->regex,
                                .cancel = search->env->cancel};
    const struct scan_test test = {.begin = matcher_begin,
                                   .end = matcher_end,
                                   .holds = matcher_holds,
                                   .may_hold = matcher_may_hold,
                                   .ctx = &question};
    struct scan_run run = {.index = search->index,
                           .env = search->env,
                           .test = &test,
                           .total = bits_population(candidates),
                           .found = node == search->last ? search->found : NULL,
                           .found_ctx = search->found_ctx};
    struct need *need = NULL;
    struct arena arena;
    enum err_code code;

    arena_init(&arena, 0);
    code = regex_need(&need, &node->regex, &arena, err);
    question.raw = regex_raw_make(need, regex_is_caseless(&node->regex));
    question.plain = regex_plain(&node->regex);
    if (code == ERR_OK)
        code = run_parts(search, need, candidates, &run, out, err);
    search_count_left_out(search, &run);
    arena_release(&arena);
    return code;
}
