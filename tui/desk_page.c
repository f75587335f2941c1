/* Pages about the current document: its record, what is known of it, why it is
 * in the list. A worker makes what may take a while from copies; the rest is
 * put before it here, where blind is known. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stet/json_lines.h"
#include "stet/xalloc.h"
#include "tui/desk_state.h"
#include "tui/desk_text.h"
#include "tui/pane_list.h"

struct page_job {
    struct job job;
    enum desk_page_kind kind;
    uint64_t serial;
    bool scores_hidden;
    struct str raw;   /* record or text; job arena */
    size_t skip;      /* of the record: where the text's value is */
    struct str query; /* job arena */
    struct buf out;   /* the text so far */
};

/* How often a word of the query stands in the text, and where first. */
struct word_count {
    struct search_match match;
    size_t count;
};

static size_t
line_of(struct str text, size_t at)
{
    size_t line = 1;

    for (size_t i = 0; i < at; i++)
        line += text.ptr[i] == '\n';
    return line;
}

static bool
is_counted(struct word_count *counts, size_t count,
           const struct search_match *match)
{
    for (size_t i = 0; i < count; i++)
        if (counts[i].match.is_regex == match->is_regex &&
            str_equal(counts[i].match.what, match->what)) {
            counts[i].count++;
            return true;
        }
    return false;
}

#define WORDS_MAX 1000 /* told apart */

static void
put_words(struct page_job *job, const struct search_match *matches,
          size_t match_count)
{
    struct word_count *counts = xcalloc(WORDS_MAX, sizeof(*counts));
    size_t count = 0;

    for (size_t i = 0; i < match_count; i++)
        if (!is_counted(counts, count, &matches[i]) && count < WORDS_MAX)
            counts[count++] = (struct word_count){matches[i], 1};
    if (count == 0)
        xbuf_append_str(&job->out,
                        STR_LIT("none of the query's words stands in it\n"));
    for (size_t i = 0; i < count; i++) {
        const char *quote = counts[i].match.is_regex ? "/" : "";

        xbuf_printf(&job->out, "  %s%.*s%s   %zu time%s, first in line %zu\n",
                    quote, STR_FMT(counts[i].match.what), quote,
                    counts[i].count, counts[i].count == 1 ? "" : "s",
                    line_of(job->raw, counts[i].match.span.start));
    }
    free(counts);
}

/* Words, regexes, or a list of them. */
static bool
has_words(const struct query_node *node)
{
    bool any = node->op == QUERY_TEXT || node->op == QUERY_REGEX ||
               (node->op == QUERY_FIELD &&
                str_equal(node->field.name, STR_LIT("list")));

    for (const struct query_node *child = node->first; child && !any;
         child = child->next)
        any = has_words(child);
    return any;
}

static enum err_code
make_why(struct page_job *job, struct error *err)
{
    const struct query *query = NULL;
    struct search_match *matches = NULL;
    size_t count = 0;
    enum err_code code;

    if (job->query.len == 0)
        return ERR_OK;
    code = query_parse(&query, job->query, &job->job.arena, err);
    if (code == ERR_OK)
        code =
            search_why(query, job->raw, &job->job.arena, &matches, &count, err);
    if (code != ERR_OK || !has_words(query->root))
        return code;
    xbuf_append_str(&job->out, STR_LIT("\nwhat of the query stands here\n"));
    put_words(job, matches, count);
    return ERR_OK;
}

static void
run_page(struct job *base, struct lane_context *c)
{
    struct page_job *job = (struct page_job *)base;

    (void)c;
    switch (job->kind) {
    case PAGE_RECORD:
        base->code = json_indent(job->raw, &job->out, &base->err);
        break;
    case PAGE_EXACT:
        xbuf_append_str(&job->out, job->raw);
        break;
    case PAGE_METADATA:
        if (job->raw.len > 0)
            base->code =
                json_member_lines(job->raw, job->skip, &job->out, &base->err);
        break;
    case PAGE_WHY:
        base->code = make_why(job, &base->err);
        break;
    }
    if (base->code == ERR_OK)
        return;
    xbuf_printf(&job->out, "\n%s\n", base->err.message);
    base->code = ERR_OK;
}

static unsigned
finish_page(struct job *base, struct desk *desk)
{
    struct page_job *job = (struct page_job *)base;
    uint64_t number = desk->page.number + 1;

    arena_release(&desk->page_arena);
    arena_init(&desk->page_arena, 0);
    desk->page = (struct desk_page){.kind = job->kind,
                                    .serial = job->serial,
                                    .number = number,
                                    .scores_hidden = job->scores_hidden};
    desk->page.text = arena_copy(&desk->page_arena, buf_str(&job->out));
    return UPDATE_ALL;
}

static void
release_page(struct job *base)
{
    buf_release(&((struct page_job *)base)->out);
}

static void
put_member(struct buf *out, const char *name, struct str value)
{
    if (value.len > 0)
        xbuf_printf(out, "%s  %.*s\n", name, STR_FMT(value));
}

static void
put_facts(struct desk *desk, const struct desk_document *d, struct buf *out)
{
    const struct document *inner = d->document;
    const struct desk_row *row = desk_row(desk, d->row);
    char hex[HASH_HEX_SIZE];

    put_member(out, "id", inner->id);
    put_member(out, "source", inner->source);
    put_member(out, "language", inner->lang);
    if (row)
        xbuf_printf(out, "shard  %.*s, record %llu\n", STR_FMT(row->shard),
                    (unsigned long long)inner->record);
    xbuf_printf(out, "length  %zu bytes, %llu characters, %zu line%s\n",
                inner->text.len, (unsigned long long)inner->text_cp, d->lines,
                d->lines == 1 ? "" : "s");
    if (inner->segment_count)
        xbuf_printf(out, "parts  %zu\n", inner->segment_count);
    hash_format(&inner->text_hash, hex);
    xbuf_printf(out, "sha256  %s\n", hex);
    if (d->places > 1)
        xbuf_printf(out, "places  %u\n", (unsigned)d->places);
    if (d->hidden)
        xbuf_printf(out, "hidden characters  %zu\n", d->hidden);
    xbuf_append_str(out, STR_LIT("\n"));
}

static const struct score_def *
find_score(const struct desk *desk, struct str name, unsigned *number)
{
    if (str_starts_with(name, STR_LIT("score.")))
        name = str_slice(name, 6, name.len);
    for (unsigned i = 0; i < desk_score_count(desk); i++)
        if (str_equal(str_of(desk_score_def(desk, i)->name), name)) {
            *number = i;
            return desk_score_def(desk, i);
        }
    return NULL;
}

/* What the document has for a score that the query or its order names. */
static void
put_score(struct desk *desk, const struct desk_document *d, const char *why,
          struct str name, struct str wanted, struct buf *out)
{
    unsigned number = 0;
    char value[16];

    if (!find_score(desk, name, &number))
        return;
    xbuf_printf(out, "%s  %.*s%s%.*s", why, STR_FMT(name),
                wanted.len ? ":" : "", STR_FMT(wanted));
    if (d->scores_hidden) {
        xbuf_append_str(out, STR_LIT("   its score is hidden until it is "
                                     "judged\n"));
        return;
    }
    score_text(d->document->scores ? d->document->scores[number] : (double)NAN,
               value);
    xbuf_printf(out, "   here: %s\n", value[0] ? value : "unknown");
}

static void
put_rules(struct desk *desk, const struct desk_document *d,
          const struct query_node *node, bool negated, struct buf *out)
{
    if (!node)
        return;
    if (node->op == QUERY_FIELD)
        put_score(desk, d, negated ? "not" : "rule", node->field.name,
                  node->field.value, out);
    for (const struct query_node *child = node->first; child;
         child = child->next)
        put_rules(desk, d, child, negated != (node->op == QUERY_NOT), out);
}

static void
put_reason(struct desk *desk, const struct desk_document *d, struct buf *out)
{
    const struct desk_list *list = desk_list(desk);
    const struct query *query = desk->list.parsed;
    struct str none = {NULL, 0};

    put_member(out, "queue", list->queue);
    if (list->query.len > 0)
        put_member(out, "query", list->query);
    else if (list->queue.len == 0)
        xbuf_append_str(out, STR_LIT("query  (all documents)\n"));
    put_member(out, "order", list->order);
    xbuf_printf(out, "place  %u of %u%s\n", (unsigned)d->row + 1,
                (unsigned)list->count, list->partial ? "+" : "");
    if (!query)
        return;
    put_rules(desk, d, query->root, false, out);
    if (query->order.a.len > 0)
        put_score(desk, d, "order by", query->order.a, none, out);
    if (query->order.b.len > 0)
        put_score(desk, d, "order by", query->order.b, none, out);
}

/* What the worker needs, and the beginning of the page. */
static void
fill(struct desk *desk, const struct desk_document *d, struct page_job *job)
{
    struct arena *arena = &job->job.arena;
    const struct document *inner = d->document;

    if (job->kind == PAGE_WHY) {
        put_reason(desk, d, &job->out);
        job->raw = arena_copy(arena, inner->text);
        if (desk->list.parsed)
            job->query = arena_copy(arena, desk->list.parsed->text);
        return;
    }
    if (job->kind == PAGE_METADATA)
        put_facts(desk, d, &job->out);
    if (d->scores_hidden) {
        xbuf_append_str(&job->out,
                        STR_LIT("The record may hold scores: they are hidden "
                                "until the document is judged.\n"));
        job->kind = PAGE_METADATA; /* nothing more to be made */
        return;
    }
    job->raw = arena_copy(arena, inner->raw);
    job->skip = inner->text_start;
}

void
desk_ask_page(struct desk *desk, enum desk_page_kind kind)
{
    const struct desk_document *d = desk_document(desk);
    struct page_job *job;

    if (!d || !d->document || d->masked)
        return;
    job =
        desk_job(sizeof(*job), LANE_TEXT, run_page, finish_page, release_page);
    job->kind = kind;
    job->serial = d->serial;
    job->scores_hidden = d->scores_hidden;
    job->skip = SIZE_MAX;
    fill(desk, d, job);
    job->job.replaceable = true;
    job->job.kind = JOB_PAGE;
    desk->page.running = true;
    lane_submit(desk->lanes, &job->job);
}

const struct desk_page *
desk_page(const struct desk *desk)
{
    return &desk->page;
}
