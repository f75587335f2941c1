/* The report card as a page for colleagues: one file, to read on a screen or
 * on paper. Plots are report_plot.c's; the words are those of report_text.c
 * where they say the same. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "review/html.h"
#include "review/report_plot.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"

#define SOURCES_MOST 40
#define CATEGORIES_MOST 60
#define REASONS_MOST 60
#define AGREEMENTS_MOST 60
#define NAME_CELLS 200

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
put(struct buf *out, const char *literal)
{
    xbuf_append_str(out, str_of(literal));
}

static void
put_share(struct buf *out, const struct share *share, bool with_interval)
{
    struct buf text = {0};

    share_format(share, with_interval, &text);
    html_text(out, buf_str(&text), 0);
    buf_release(&text);
}

static void
put_note(struct buf *out, struct str text)
{
    put(out, "<p class=\"note\">");
    html_text(out, text, 0);
    put(out, "</p>\n");
}

static void
open_figure(struct buf *out)
{
    put(out, "<figure>");
}

static void
close_figure(struct buf *out, const char *caption)
{
    put(out, "<figcaption>");
    html_text(out, str_of(caption), 0);
    put(out, "</figcaption></figure>\n");
}

static void
put_fact(struct buf *out, struct str value, const char *what)
{
    put(out, "<div><b>");
    html_text(out, value, 0);
    put(out, "</b><span>");
    html_text(out, str_of(what), 0);
    put(out, "</span></div>\n");
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
        put(&text, "unknown");
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

    put(out, "<div class=\"facts\">\n");
    put_count_fact(out, card->documents, "documents");
    put_count_fact(out, card->judgements.items, "judged while read");
    put_share_fact(out, &card->bad,
                   card->sampled ? "bad, from a random sample"
                                 : "bad among the judged");
    if (card->agreeing.whole)
        put_share_fact(out, &card->agreeing,
                       "of verdicts of two on one document agree");
    put(out, "</div>\n");
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
    put(out, "<section><h2>Bad by source</h2>\n<div class=\"plots\">");
    for (size_t i = 0; i < count; i++)
        rows[i] = (struct plot_share){
            card->sources[i].name.len ? card->sources[i].name
                                      : STR_LIT("(no source)"),
            card->sources[i].bad, card->sources[i].documents};
    if (card->bad.whole) {
        open_figure(out);
        plot_shares(rows, count, card->sampled, out);
        close_figure(out, card->sampled
                              ? "Share judged bad, with its interval at 95%"
                              : "Share of the judged that are bad: no sample");
    }
    put(out, "<table><tr><th class=\"n\">documents</th><th>source</th></tr>\n");
    for (size_t i = 0; i < count; i++) {
        put(out, "<tr><td class=\"n\">");
        html_count(out, rows[i].documents);
        put(out, "</td><td>");
        html_text(out, rows[i].name, NAME_CELLS);
        put(out, "</td></tr>\n");
    }
    put(out, "</table></div>\n");
    if (card->source_count > count)
        xbuf_printf(out, "<p class=\"note\">and %zu sources more</p>\n",
                    card->source_count - count);
    put(out, "</section>\n");
    free(rows);
}

static void
put_cell(struct buf *out, uint64_t count)
{
    put(out, "<td class=\"n\">");
    html_count(out, count);
    put(out, "</td>");
}

static void
put_confusion(const struct report_score *score, bool sampled, struct buf *out)
{
    const struct confusion *c = sampled ? &score->at.sampled : &score->at.all;
    struct share precision = confusion_precision(c);
    struct share recall = confusion_recall(c);
    struct share overflagged = confusion_overflagged(c);

    put(out, "<table><tr><th></th><th class=\"n\">judged bad</th>"
             "<th class=\"n\">judged good</th></tr>\n<tr><td>flagged</td>");
    put_cell(out, c->bad_flagged);
    put_cell(out, c->good_flagged);
    put(out, "</tr>\n<tr><td>not flagged</td>");
    put_cell(out, c->bad_passed);
    put_cell(out, c->good_passed);
    put(out, "</tr></table>\n<p>precision ");
    put_share(out, &precision, sampled);
    put(out, "<br/>recall ");
    put_share(out, &recall, sampled);
    put(out, "<br/>good ones flagged ");
    put_share(out, &overflagged, sampled);
    put(out, "</p>\n");
}

static bool
has_judged(const struct report_score *score)
{
    for (uint32_t bin = 0; bin < score->bins.bins; bin++)
        if (score->bad[bin].whole)
            return true;
    return false;
}

static void
put_against_reviewers(const struct report_card *card,
                      const struct report_score *score, struct buf *out)
{
    open_figure(out);
    plot_bands(score, card->sampled, out);
    close_figure(out, score->is_probability
                          ? "Calibration: share judged bad in each band, n "
                            "judged; dotted: if the score were the chance"
                          : "Share judged bad in each band, n judged");
    open_figure(out);
    plot_thresholds(score, out);
    close_figure(out, "What other thresholds would give");
}

static void
put_flagged(const struct report_score *score, bool sampled, struct buf *out)
{
    const struct calibration *at = &score->at;
    const struct confusion *c = sampled ? &at->sampled : &at->all;

    put(out, "<p class=\"note\">");
    html_count(out, at->flagged);
    xbuf_printf(out, " documents (%.1f%%) are flagged at %.10g %s, ",
                at->known ? 100 * (double)at->flagged / (double)at->known : 0,
                at->threshold,
                at->bad == SCORE_BAD_LOW ? "and under" : "and over");
    html_count(out, at->known - at->flagged);
    put(out, " are not.");
    if (at->unknown)
        xbuf_printf(out, " %llu have no such score.",
                    (unsigned long long)at->unknown);
    if (at->bad == SCORE_BAD_UNKNOWN)
        put(out, " Which end is bad is not set: high is taken as bad.");
    if (c->unsure || c->unknown)
        xbuf_printf(out,
                    " Of the judged, %llu unsure and %llu without the score "
                    "are left out.",
                    (unsigned long long)c->unsure,
                    (unsigned long long)c->unknown);
    if (c->saw_scores)
        xbuf_printf(out,
                    " %llu of the verdicts were given with scores in view.",
                    (unsigned long long)c->saw_scores);
    put(out, sampled || !has_judged(score)
                 ? "</p>\n"
                 : " Precision and recall are of judged documents that "
                   "were picked, not drawn.</p>\n");
}

/* The histogram of the same score on the other side, or NULL. */
static const struct report_score *
find_score(const struct report_side *side, struct str name)
{
    for (size_t i = 0; side && i < side->card->score_count; i++)
        if (str_equal(side->card->scores[i].name, name))
            return &side->card->scores[i];
    return NULL;
}

static void
put_histograms(const struct report_page *page, const struct report_score *score,
               struct buf *out)
{
    const struct report_score *before = find_score(page->before, score->name);

    if (before) {
        open_figure(out);
        plot_histogram(before, out);
        close_figure(out, "Before");
    }
    open_figure(out);
    plot_histogram(score, out);
    close_figure(out, before ? "Now" : "Documents in each band");
}

static void
put_score(const struct report_page *page, const struct report_score *score,
          struct buf *out)
{
    const struct report_card *card = page->now.card;
    bool has_threshold = !isnan(score->at.threshold);

    put(out, "<section><h2>Score ");
    html_text(out, score->name, NAME_CELLS);
    put(out, "</h2>\n<p class=\"note\">");
    html_count(out, score->bins.known);
    xbuf_printf(out, " documents have it%s</p>\n<div class=\"plots\">\n",
                score->bins.bad == SCORE_BAD_LOW    ? ", low is bad"
                : score->bins.bad == SCORE_BAD_HIGH ? ", high is bad"
                                                    : "");
    put_histograms(page, score, out);
    if (has_judged(score))
        put_against_reviewers(card, score, out);
    if (has_threshold && has_judged(score)) {
        put(out, "<div>");
        put_confusion(score, card->sampled, out);
        put(out, "</div>\n");
    }
    put(out, "</div>\n");
    if (has_threshold)
        put_flagged(score, card->sampled, out);
    put(out, "</section>\n");
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
    put(out, "<table><tr><th>category</th><th class=\"n\">phrases</th>"
             "<th class=\"n\">hits</th><th class=\"n\">documents</th></tr>\n");
    for (size_t i = 0; i < count; i++) {
        const struct phrase_category *category = &list->categories[i];

        put(out, "<tr><td>");
        html_text(out, category->name, NAME_CELLS);
        put(out, "</td>");
        put_cell(out, category->end - category->start);
        put_cell(out, category->hits);
        put_cell(out, category->documents);
        put(out, "</tr>\n");
    }
    put(out, "</table>\n");
}

static void
put_phrases(const struct report_page *page, struct buf *out)
{
    const struct phrase_list *list = page->now.phrases;
    size_t count = list->category_count < CATEGORIES_MOST ? list->category_count
                                                          : CATEGORIES_MOST;
    struct plot_bar *rows = xcalloc(count + 1, sizeof(*rows));

    put(out, "<section><h2>Phrases</h2>\n<div class=\"plots\">");
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
    open_figure(out);
    plot_bars(rows, count, "Hits per million tokens, by category", out);
    close_figure(out, "Hits per million tokens");
    put_phrase_rows(list, count, out);
    put(out, "</div>\n<p class=\"note\">In ");
    html_count(out, list->tokens);
    put(out, " tokens of ");
    html_count(out, list->documents);
    put(out, " documents, as the index counts them; every phrase counts by "
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

    put(out, "<section><h2>Edits</h2>\n<div class=\"plots\">");
    open_figure(out);
    plot_bars(rows, count, "Edited documents, by kind", out);
    close_figure(out, "Documents, by their newest edit");
    put(out, "<table><tr><th class=\"n\">documents</th><th>edit</th>"
             "<th>reason</th></tr>\n");
    for (size_t i = 0; i < edits->count && i < REASONS_MOST; i++) {
        const struct report_edit *edit = &edits->list[i];

        put(out, "<tr>");
        put_cell(out, edit->documents);
        put(out, "<td>");
        html_text(out, edit->kind, 0);
        put(out, "</td><td>");
        html_text(
            out, edit->reason.len ? edit->reason : STR_LIT("(no reason given)"),
            NAME_CELLS);
        put(out, "</td></tr>\n");
    }
    put(out, "</table></div>\n");
    if (edits->count > REASONS_MOST)
        xbuf_printf(out, "<p class=\"note\">and %zu reasons more</p>\n",
                    edits->count - REASONS_MOST);
    put(out, "</section>\n");
    free(rows);
}

static void
put_coefficient(struct buf *out, const struct coefficient *c)
{
    put(out, "<td class=\"n\">");
    if (c->gap != GAP_NONE)
        html_text(out, STR_LIT("\xE2\x80\x93"), 0);
    else if (c->has_interval)
        xbuf_printf(out, "%.3f<br/>%.3f..%.3f", c->value, c->interval.low,
                    c->interval.high);
    else
        xbuf_printf(out, "%.3f", c->value);
    put(out, "</td>");
}

static void
put_agreements(const struct report_agreements *agreements, struct buf *out)
{
    static const enum agreement_measure shown[] = {
        AGREEMENT_PERCENT, AGREEMENT_FLEISS, AGREEMENT_ALPHA,
        AGREEMENT_ALPHA_ORDINAL, AGREEMENT_AC1};

    put(out, "<section><h2>Agreement between reviewers</h2>\n<table><tr>"
             "<th>on</th><th class=\"n\">documents</th>"
             "<th class=\"n\">reviewers</th>");
    for (size_t m = 0; m < sizeof(shown) / sizeof(shown[0]); m++) {
        put(out, "<th class=\"n\">");
        html_text(out, str_of(agreement_title(shown[m])), 0);
        put(out, "</th>");
    }
    put(out, "</tr>\n");
    for (size_t i = 0; i < agreements->count && i < AGREEMENTS_MOST; i++) {
        const struct report_agreement *a = &agreements->list[i];

        xbuf_printf(out, "<tr><td>%s ", a->what);
        html_text(out, a->name, NAME_CELLS);
        put(out, "</td>");
        put_cell(out, a->found.units);
        put_cell(out, a->raters);
        for (size_t m = 0; m < sizeof(shown) / sizeof(shown[0]); m++)
            put_coefficient(out, &a->found.by[shown[m]]);
        put(out, "</tr>\n");
    }
    put(out, "</table>\n<p class=\"note\">Of documents that two or more "
             "rated; 95% intervals by bootstrap over documents. Where a value "
             "is rare, kappa and alpha are low however much people agree.");
    if (agreements->peers_seen)
        xbuf_printf(out,
                    " %llu verdicts were given with others' decisions in view.",
                    (unsigned long long)agreements->peers_seen);
    put(out, "</p></section>\n");
}

static void
put_head(const struct report_page *page, struct buf *out)
{
    char made[TIME_TEXT_SIZE];

    time_format(page->made_us, made);
    put(out, "<!DOCTYPE html>\n<html lang=\"en\"><head>"
             "<meta charset=\"utf-8\"/>\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-"
             "src 'none'; style-src 'unsafe-inline'\"/>\n"
             "<meta name=\"viewport\" content=\"width=device-width\"/>\n"
             "<title>Report card: ");
    html_text(out, page->now.name, NAME_CELLS);
    put(out, "</title>\n<style>");
    put(out, style);
    put(out, "</style></head>\n<body>\n<h1>Report card: ");
    html_text(out, page->now.name, NAME_CELLS);
    put(out, "</h1>\n<p class=\"note\">");
    xbuf_printf(out, "%.10s", made);
    if (page->query.len) {
        put(out, ", of the documents of the query ");
        html_text(out, page->query, NAME_CELLS);
    }
    if (page->before) {
        put(out, ", beside ");
        html_text(out, page->before->name, NAME_CELLS);
    }
    put(out, "</p>\n");
}

static void
put_before(const struct report_side *before, struct buf *out)
{
    put(out, "<section><h2>Before: ");
    html_text(out, before->name, NAME_CELLS);
    put(out, "</h2>\n");
    put_whole(before, out);
    put(out, "</section>\n");
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
        put_score(page, &card->scores[i], out);
    if (page->agreements && page->agreements->count)
        put_agreements(page->agreements, out);
    if (page->now.phrases)
        put_phrases(page, out);
    if (page->edits && (page->edits->count || page->edits->added))
        put_edits(page->edits, out);
    put(out, "</body></html>\n");
}
