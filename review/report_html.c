/* The report card as a page for colleagues: one file, to read on a screen or
 * on paper. Plots are report_plot.c's; the words are those of report_text.c
 * where they say the same. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "review/html.h"
#include "review/report_html.h"
#include "review/report_plot.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"

#define SOURCES_MOST 40
#define CATEGORIES_MOST 60
#define REASONS_MOST 60
#define AGREEMENTS_MOST 60

static const char style[] =
    "body{font:15px/1.5 system-ui,sans-serif;color:#1d2733;background:#fff;"
    "margin:2rem auto;max-width:62rem;padding:0 1.5rem}"
    "h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2.2rem 0 .4rem;"
    "border-bottom:1px solid #d6dce1;padding-bottom:.2rem;"
    "overflow-wrap:anywhere}"
    "p{margin:.4rem 0}.note{color:#55626f;font-size:.9rem;max-width:46rem}"
    ".facts{display:flex;flex-wrap:wrap;gap:.4rem 2.6rem;margin:1rem 0}"
    ".facts b{display:block;font-size:1.5rem;font-weight:600}"
    ".facts span{color:#55626f;font-size:.9rem}"
    ".plots{display:grid;grid-template-columns:1fr 1fr;gap:.6rem 1.6rem}"
    "figure{margin:0;break-inside:avoid}figcaption{font-size:.9rem;"
    "color:#55626f;overflow-wrap:anywhere}"
    "svg{width:100%;height:auto;font:11px system-ui,sans-serif}"
    "svg "
    "text{fill:#1d2733}.count{font-size:9px}.bar{fill:#8fa3b5}.flagged{fill:#"
    "c0583a}"
    ".before{fill:none;stroke:#8fa3b5}.axis{stroke:#1d2733}"
    ".grid{stroke:#e3e7eb}.threshold{stroke:#1d2733;stroke-dasharray:4 3}"
    ".ideal{stroke:#8fa3b5;stroke-dasharray:2 3}"
    ".whisker{stroke:#c0583a}circle.bad{fill:#c0583a}"
    "circle.precision{fill:#2a6592}circle.recall{fill:#c98a1b}"
    "polyline{fill:none;stroke-width:1.6}"
    "polyline.precision{stroke:#2a6592}"
    "polyline.recall{stroke:#c98a1b;stroke-dasharray:6 3}"
    "table{border-collapse:collapse;margin:.6rem 0;font-size:.92rem}"
    "th,td{padding:.15rem .9rem .15rem 0;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}"
    "th{font-weight:600;border-bottom:1px solid #d6dce1}"
    "th,td{min-width:5rem}"
    "td.n,th.n{min-width:0;text-align:right;white-space:nowrap;"
    "font-variant-numeric:tabular-nums}"
    "section{break-inside:auto}"
    "@media(max-width:44rem){.plots{grid-template-columns:1fr}}"
    "@media print{body{margin:0;max-width:none;padding:0;font-size:10.5pt;"
    "-webkit-print-color-adjust:exact;print-color-adjust:exact}"
    "h2{break-after:avoid}table{break-inside:avoid}@page{margin:16mm}}";

static void
put_note(struct buf *out, struct str text)
{
    html_put(out, "<p class=\"note\">");
    html_text(out, text, 0);
    html_put(out, "</p>\n");
}

static void
put_fact(struct buf *out, struct str value, const char *what)
{
    html_put(out, "<div><b>");
    html_text(out, value, 0);
    html_put(out, "</b><span>");
    html_text(out, str_of(what), 0);
    html_put(out, "</span></div>\n");
}

static void
put_count_fact(struct buf *out, uint64_t count, const char *what)
{
    struct buf text = {0};

    html_count(&text, count);
    put_fact(out, buf_str(&text), what);
    buf_release(&text);
}

static void
put_share_fact(struct buf *out, const struct share *share, const char *what)
{
    struct buf text = {0};

    if (share->whole)
        xbuf_printf(&text, "%.1f%%",
                    100 * (double)share->part / (double)share->whole);
    else
        html_put(&text, "unknown");
    put_fact(out, buf_str(&text), what);
    buf_release(&text);
}

/* What the shares are worth. */
static void
put_basis(const struct report_card *card, struct buf *out)
{
    const struct random_sample *sample = &card->judgements.sample;
    struct buf text = {0};

    if (!card->sampled) {
        put_note(out, STR_LIT("No random queue was read: what was judged was "
                              "picked, not drawn, and says nothing of the "
                              "rest. There are no intervals."));
        return;
    }
    xbuf_printf(&text,
                "Bad: %.1f%% to %.1f%% of the corpus at 95%% (Clopper and "
                "Pearson), from %u of %u documents drawn at random; %llu of "
                "them were judged unsure and are left out. Random %s: %.*s.",
                100 * card->bad.interval.low, 100 * card->bad.interval.high,
                sample->judged, sample->items, (unsigned long long)card->unsure,
                sample->queues == 1 ? "queue" : "queues",
                STR_FMT(sample->names));
    if (sample->passed)
        xbuf_printf(&text,
                    " %u drawn were passed over: if they differ, so do the "
                    "figures.",
                    sample->passed);
    put_note(out, buf_str(&text));
    buf_release(&text);
}

static void
put_whole(const struct report_side *side, struct buf *out)
{
    const struct report_card *card = side->card;

    html_put(out, "<div class=\"facts\">\n");
    put_count_fact(out, card->documents, "documents");
    put_count_fact(out, card->judgements.items, "judged while read");
    put_share_fact(out, &card->bad,
                   card->sampled ? "bad, from a random sample"
                                 : "bad among the judged");
    if (card->agreeing.whole)
        put_share_fact(out, &card->agreeing,
                       "of verdicts of two on one document agree");
    html_put(out, "</div>\n");
    put_basis(card, out);
}

static void
put_sources(const struct report_card *card, struct buf *out)
{
    struct plot_share *rows = xcalloc(SOURCES_MOST, sizeof(*rows));
    size_t count =
        card->source_count < SOURCES_MOST ? card->source_count : SOURCES_MOST;

    if (count == 0) {
        free(rows);
        return;
    }
    html_put(out, "<section><h2>Bad by source</h2>\n<div class=\"plots\">");
    for (size_t i = 0; i < count; i++)
        rows[i] = (struct plot_share){
            card->sources[i].name.len ? card->sources[i].name
                                      : STR_LIT("(no source)"),
            card->sources[i].bad, card->sources[i].documents};
    if (card->bad.whole) {
        html_figure_open(out);
        plot_shares(rows, count, card->sampled, out);
        html_figure_close(
            out, card->sampled ? "Share judged bad, with its interval at 95%"
                               : "Share of the judged that are bad: no sample");
    }
    html_put(out,
             "<table><tr><th class=\"n\">documents</th><th>source</th></tr>\n");
    for (size_t i = 0; i < count; i++) {
        html_put(out, "<tr><td class=\"n\">");
        html_count(out, rows[i].documents);
        html_put(out, "</td><td>");
        html_text(out, rows[i].name, NAME_CELLS);
        html_put(out, "</td></tr>\n");
    }
    html_put(out, "</table></div>\n");
    if (card->source_count > count)
        xbuf_printf(out, "<p class=\"note\">and %zu sources more</p>\n",
                    card->source_count - count);
    html_put(out, "</section>\n");
    free(rows);
}

static const struct phrase_category *
find_category(const struct report_side *side, struct str name)
{
    if (!side || !side->phrases)
        return NULL;
    for (size_t i = 0; i < side->phrases->category_count; i++)
        if (str_equal(side->phrases->categories[i].name, name))
            return &side->phrases->categories[i];
    return NULL;
}

static void
put_phrase_rows(const struct phrase_list *list, size_t count, struct buf *out)
{
    html_put(out,
             "<table><tr><th>category</th><th class=\"n\">phrases</th>"
             "<th class=\"n\">hits</th><th class=\"n\">documents</th></tr>\n");
    for (size_t i = 0; i < count; i++) {
        const struct phrase_category *category = &list->categories[i];

        html_put(out, "<tr><td>");
        html_text(out, category->name, NAME_CELLS);
        html_put(out, "</td>");
        html_cell(out, category->end - category->start);
        html_cell(out, category->hits);
        html_cell(out, category->documents);
        html_put(out, "</tr>\n");
    }
    html_put(out, "</table>\n");
}

static void
put_phrases(const struct report_page *page, struct buf *out)
{
    const struct phrase_list *list = page->now.phrases;
    size_t count = list->category_count < CATEGORIES_MOST ? list->category_count
                                                          : CATEGORIES_MOST;
    struct plot_bar *rows = xcalloc(count + 1, sizeof(*rows));

    html_put(out, "<section><h2>Phrases</h2>\n<div class=\"plots\">");
    for (size_t i = 0; i < count; i++) {
        const struct phrase_category *category = &list->categories[i];
        const struct phrase_category *before =
            find_category(page->before, category->name);

        rows[i] = (struct plot_bar){
            category->name, phrases_per_million(list, category->hits),
            before ? phrases_per_million(page->before->phrases, before->hits)
                   : (double)NAN,
            1};
    }
    html_figure_open(out);
    plot_bars(rows, count, "Hits per million tokens, by category", out);
    html_figure_close(out, "Hits per million tokens");
    put_phrase_rows(list, count, out);
    html_put(out, "</div>\n<p class=\"note\">In ");
    html_count(out, list->tokens);
    html_put(out, " tokens of ");
    html_count(out, list->documents);
    html_put(out,
             " documents, as the index counts them; every phrase counts by "
             "itself, also within another.</p></section>\n");
    free(rows);
}

/* One bar a kind. */
static size_t
edits_by_kind(const struct report_edits *edits, struct plot_bar *rows)
{
    size_t count = 0;

    for (size_t i = 0; i < edits->count; i++) {
        if (i == 0 || !str_equal(edits->list[i].kind, edits->list[i - 1].kind))
            rows[count++] =
                (struct plot_bar){edits->list[i].kind, 0, (double)NAN, 0};
        rows[count - 1].now += (double)edits->list[i].documents;
    }
    if (edits->added)
        rows[count++] = (struct plot_bar){STR_LIT("new documents"),
                                          (double)edits->added, (double)NAN, 0};
    return count;
}

static void
put_edits(const struct report_edits *edits, struct buf *out)
{
    struct plot_bar *rows = xcalloc(edits->count + 1, sizeof(*rows));
    size_t count = edits_by_kind(edits, rows);

    html_put(out, "<section><h2>Edits</h2>\n<div class=\"plots\">");
    html_figure_open(out);
    plot_bars(rows, count, "Edited documents, by kind", out);
    html_figure_close(out, "Documents, by their newest edit");
    html_put(out, "<table><tr><th class=\"n\">documents</th><th>edit</th>"
                  "<th>reason</th></tr>\n");
    for (size_t i = 0; i < edits->count && i < REASONS_MOST; i++) {
        const struct report_edit *edit = &edits->list[i];

        html_put(out, "<tr>");
        html_cell(out, edit->documents);
        html_put(out, "<td>");
        html_text(out, edit->kind, 0);
        html_put(out, "</td><td>");
        html_text(
            out, edit->reason.len ? edit->reason : STR_LIT("(no reason given)"),
            NAME_CELLS);
        html_put(out, "</td></tr>\n");
    }
    html_put(out, "</table></div>\n");
    if (edits->count > REASONS_MOST)
        xbuf_printf(out, "<p class=\"note\">and %zu reasons more</p>\n",
                    edits->count - REASONS_MOST);
    html_put(out, "</section>\n");
    free(rows);
}

static void
put_failures(const struct failure_tally *tally, struct buf *out)
{
    html_put(out, "<section><h2>Failures, by where they stand</h2>\n<table><tr>"
                  "<th class=\"n\">failures</th><th class=\"n\">edits</th>"
                  "<th class=\"n\">decisions</th><th>state</th></tr>\n");
    for (unsigned i = 0; i < FAILURE_STATE_COUNT; i++) {
        if (!tally->failures[i])
            continue;
        html_put(out, "<tr>");
        html_cell(out, tally->failures[i]);
        html_cell(out, tally->edits[i]);
        html_cell(out, tally->decisions[i]);
        xbuf_printf(out, "<td>%s</td></tr>\n",
                    failure_state_name((enum failure_state)i));
    }
    html_put(out, "</table></section>\n");
}

static void
put_coefficient(struct buf *out, const struct coefficient *c)
{
    html_put(out, "<td class=\"n\">");
    if (c->gap != GAP_NONE)
        html_text(out, STR_LIT("\xE2\x80\x93"), 0);
    else if (c->has_interval)
        xbuf_printf(out, "%.3f<br/>%.3f..%.3f", c->value, c->interval.low,
                    c->interval.high);
    else
        xbuf_printf(out, "%.3f", c->value);
    html_put(out, "</td>");
}

static void
put_agreements(const struct report_agreements *agreements, struct buf *out)
{
    static const enum agreement_measure shown[] = {
        AGREEMENT_PERCENT, AGREEMENT_FLEISS, AGREEMENT_ALPHA,
        AGREEMENT_ALPHA_ORDINAL, AGREEMENT_AC1};

    html_put(out, "<section><h2>Agreement between reviewers</h2>\n<table><tr>"
                  "<th>on</th><th class=\"n\">documents</th>"
                  "<th class=\"n\">reviewers</th>");
    for (size_t m = 0; m < sizeof(shown) / sizeof(shown[0]); m++) {
        html_put(out, "<th class=\"n\">");
        html_text(out, str_of(agreement_title(shown[m])), 0);
        html_put(out, "</th>");
    }
    html_put(out, "</tr>\n");
    for (size_t i = 0; i < agreements->count && i < AGREEMENTS_MOST; i++) {
        const struct report_agreement *a = &agreements->list[i];

        xbuf_printf(out, "<tr><td>%s ", a->what);
        html_text(out, a->name, NAME_CELLS);
        html_put(out, "</td>");
        html_cell(out, a->found.units);
        html_cell(out, a->raters);
        for (size_t m = 0; m < sizeof(shown) / sizeof(shown[0]); m++)
            put_coefficient(out, &a->found.by[shown[m]]);
        html_put(out, "</tr>\n");
    }
    html_put(out,
             "</table>\n<p class=\"note\">Of documents that two or more "
             "rated; 95% intervals by bootstrap over documents. Where a value "
             "is rare, kappa and alpha are low however much people agree.");
    if (agreements->peers_seen)
        xbuf_printf(out,
                    " %llu verdicts were given with others' decisions in view.",
                    (unsigned long long)agreements->peers_seen);
    html_put(out, "</p></section>\n");
}

static void
put_head(const struct report_page *page, struct buf *out)
{
    char made[TIME_TEXT_SIZE];

    time_format(page->made_us, made);
    html_put(out,
             "<!DOCTYPE html>\n<html lang=\"en\"><head>"
             "<meta charset=\"utf-8\"/>\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-"
             "src 'none'; style-src 'unsafe-inline'\"/>\n"
             "<meta name=\"viewport\" content=\"width=device-width\"/>\n"
             "<title>Report card: ");
    html_text(out, page->now.name, NAME_CELLS);
    html_put(out, "</title>\n<style>");
    html_put(out, style);
    html_put(out, "</style></head>\n<body>\n<h1>Report card: ");
    html_text(out, page->now.name, NAME_CELLS);
    html_put(out, "</h1>\n<p class=\"note\">");
    xbuf_printf(out, "%.10s", made);
    if (page->query.len) {
        html_put(out, ", of the documents of the query ");
        html_text(out, page->query, NAME_CELLS);
    }
    if (page->before) {
        html_put(out, ", beside ");
        html_text(out, page->before->name, NAME_CELLS);
    }
    html_put(out, "</p>\n");
}

static void
put_before(const struct report_side *before, struct buf *out)
{
    html_put(out, "<section><h2>Before: ");
    html_text(out, before->name, NAME_CELLS);
    html_put(out, "</h2>\n");
    put_whole(before, out);
    html_put(out, "</section>\n");
}

void
report_page_format(const struct report_page *page, struct buf *out)
{
    const struct report_card *card = page->now.card;

    put_head(page, out);
    put_whole(&page->now, out);
    if (page->before)
        put_before(page->before, out);
    put_sources(card, out);
    for (size_t i = 0; i < card->score_count; i++)
        page_score(page, &card->scores[i], out);
    if (page->agreements && page->agreements->count)
        put_agreements(page->agreements, out);
    if (page->now.phrases)
        put_phrases(page, out);
    if (page->edits && (page->edits->count || page->edits->added))
        put_edits(page->edits, out);
    if (page->failures && page->failures->total)
        put_failures(page->failures, out);
    html_put(out, "</body></html>\n");
}
