/* The tables of the query language, and the tree as text. stet-query(7),
 * completion and suggestions are made from these tables. */
#include "config.h"

#include "stet/query.h"
#include "stet/regex.h"

const struct query_help query_fields[] = {
    {"SCORE", "SCORE:0.8.. SCORE:..0.2 SCORE:3..5 SCORE:1",
     "Score in a range, both ends included, or equal to a number. SCORE:.. "
     "finds every document that has it. Also SCORE>=0.8 and SCORE<=0.2, which "
     "a shell needs in quotes. A name that is no plain word is written in "
     "quotes (\"self-harm\":1) or with _ for each other sign (self_harm:1). "
     "toxicity@v7:0.8.. is that version of a score; without one the newest is "
     "meant (none, then v6, v7, v10)."},
    {"score.SCORE", "score.len:0.5..",
     "The same; reaches a score whose name is also a field's."},
    {"label", "label:hate",
     "Any label score has this class. Patterns with * and ?."},
    {"LABEL", "category:threats*", "The label score of that name has it."},
    {"len", "len:10k.. len:..280",
     "Length of the text in code points; k is 1,000, m is 1,000,000."},
    {"lang", "lang:zh lang:pt*", "Language, as the record gives it."},
    {"source", "source:reddit", "Source, as the record gives it. Patterns."},
    {"shard", "shard:cc-* shard:web/part-00*.zst",
     "Path below the corpus root, or the file's name. Patterns."},
    {"id", "id:1234 id:\"page 7\" id:https://example.org/*",
     "Id, as text or as its JSON. Patterns."},
    {"meta", "meta.url:*example.org* meta.\"a.b\":x",
     "Another member of the record's metadata, read from the shard: slow "
     "alone, quick beside something that leaves few. Patterns."},
    {"dup", "dup:3.. dup:1",
     "How many documents have exactly this text, itself included."},
    {"similar", "similar:sha:5f2d9c… similar:source:web/id:12",
     "That document, its copies and near copies: alike in four fifths of "
     "their shingles, five words in a row (see stet similar)."},
    {"list", "list:slurs.txt", "Any phrase of a file, one on a line."},
    {"verdict", "verdict:bad verdict:bad by:ann verdict:none",
     "The verdict in force, or that reviewer's."},
    {"tag", "tag:bad-topic tag:hate/* tag:none", "A tag in force."},
    {"is",
     "is:judged is:unjudged is:skipped is:draft is:escalated is:dropped "
     "is:rewritten is:masked",
     "State of review."},
    {"by", "by:me by:ann -by:me",
     "Somebody has annotated it. Beside verdict, tag, op, is, judged or "
     "reason: that reviewer's."},
    {"judged", "judged:today judged:2026-11-20.. judged:2026-11-01..2026-11-07",
     "When it was judged, in the reviewer's time zone."},
    {"op", "op:redact", "It has such an annotation."},
    {"reason", "reason:quoted*", "The reason that a reviewer gave. Patterns."},
    {"has", "has:proposal has:note has:span", "It has such an annotation."},
    {"queue", "queue:monday", "It is in that queue."},
    {"changed", "changed:yes",
     "The text has changed since it was judged, and not by a patch of ours."},
    {"applied", "applied:yes",
     "It has the text that an export makes of the one judged."},
    {"failure", "failure:12 failure:\"run 7/a\"",
     "A decision on it names that failure (see stet failures)."},
    {NULL, NULL, NULL},
};

const struct query_help query_orders[] = {
    {"SCORE", "sort:toxicity sort:-toxicity",
     "By a score, the bad end first; with - the other. Where it is not known "
     "which end is bad, high values come first. Unknown values come last."},
    {"near", "sort:near(toxicity,0.5)", "Nearest to a value first."},
    {"disagree", "sort:disagree(llm,embed) sort:disagree(ann,bob)",
     "Where two scores (scaled to their ranges) or two reviewers differ "
     "most."},
    {"random", "sort:random(42)",
     "Shuffled; the same seed gives the same order, also after documents have "
     "moved to other shards."},
    {"rank", "sort:rank", "Best match of the words first (bm25)."},
    {"len", "sort:len sort:-len", "Shortest first, longest first."},
    {"shard", "sort:shard", "The order of the shards; the default."},
    {NULL, NULL, NULL},
};

static void
dump_text(const struct query_text *text, struct buf *out)
{
    if (text->count > 1)
        xbuf_printf(out, "(near %u", text->near);
    for (size_t i = 0; i < text->count; i++) {
        xbuf_printf(out, "%s\"", text->count > 1 ? " " : "");
        xbuf_append_str(out, text->phrases[i].text);
        xbuf_printf(out, "\"%s", text->phrases[i].prefix ? "*" : "");
    }
    if (text->count > 1)
        xbuf_printf(out, ")");
}

static void
dump_field(const struct query_field *field, struct buf *out)
{
    xbuf_printf(out, "(field ");
    xbuf_append_str(out, field->name);
    xbuf_printf(out, " ");
    xbuf_append_str(out, field->value);
    if (field->is_range)
        xbuf_printf(out, " %g..%g", field->low, field->high);
    else if (field->low == field->low)
        xbuf_printf(out, " =%g", field->low);
    if (field->by.ptr) {
        xbuf_printf(out, " by ");
        xbuf_append_str(out, field->by);
    }
    xbuf_printf(out, ")");
}

static void
dump_regex(const struct query_regex *regex, struct buf *out)
{
    xbuf_printf(out, "/");
    for (size_t i = 0; i < regex->pattern.len; i++) {
        const char *byte = regex->pattern.ptr + i;

        xbuf_append_str(out,
                        *byte == '/' ? STR_LIT("\\/") : (struct str){byte, 1});
    }
    xbuf_printf(out, "/%s%s%s%s", regex->flags & REGEX_CASE ? "" : "i",
                regex->flags & REGEX_MULTILINE ? "m" : "",
                regex->flags & REGEX_DOTALL ? "s" : "",
                regex->flags & REGEX_EXTENDED ? "x" : "");
}

static void
dump_node(const struct query_node *node, struct buf *out)
{
    static const char *const names[] = {
        [QUERY_AND] = "(and", [QUERY_OR] = "(or", [QUERY_NOT] = "(not"};

    switch (node->op) {
    case QUERY_ALL:
        xbuf_printf(out, "all");
        return;
    case QUERY_TEXT:
        dump_text(&node->text, out);
        return;
    case QUERY_FIELD:
        dump_field(&node->field, out);
        return;
    case QUERY_REGEX:
        dump_regex(&node->regex, out);
        return;
    case QUERY_AND:
    case QUERY_OR:
    case QUERY_NOT:
        break;
    }
    xbuf_printf(out, "%s", names[node->op]);
    for (const struct query_node *child = node->first; child;
         child = child->next) {
        xbuf_printf(out, " ");
        dump_node(child, out);
    }
    xbuf_printf(out, ")");
}

static void
dump_order(const struct query_order *order, struct buf *out)
{
    static const char *const names[] = {
        [ORDER_SCORE] = "score",       [ORDER_NEAR] = "near",
        [ORDER_DISAGREE] = "disagree", [ORDER_RANDOM] = "random",
        [ORDER_RANK] = "rank",         [ORDER_SHARD] = "shard",
        [ORDER_LENGTH] = "len"};

    if (order->kind == ORDER_DEFAULT)
        return;
    xbuf_printf(out, " sort %s%s", order->reverse ? "-" : "",
                names[order->kind]);
    if (order->a.len) {
        xbuf_printf(out, " ");
        xbuf_append_str(out, order->a);
    }
    if (order->b.len) {
        xbuf_printf(out, " ");
        xbuf_append_str(out, order->b);
    }
    if (order->kind == ORDER_NEAR)
        xbuf_printf(out, " %g", order->value);
    if (order->kind == ORDER_RANDOM)
        xbuf_printf(out, " %llu", (unsigned long long)order->seed);
}

void
query_dump(const struct query *query, struct buf *out)
{
    dump_node(query->root, out);
    dump_order(&query->order, out);
}
