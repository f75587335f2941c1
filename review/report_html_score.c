/* A score on the report card's page: how it lies, and what reviewers say. */
#include "config.h"

#include <math.h>

#include "review/html.h"
#include "review/report_html.h"
#include "review/report_plot.h"

static void
put_share(struct buf *out, const struct share *share, bool with_interval)
{
    struct buf text = {0};

    share_format(share, with_interval, &text);
    html_text(out, buf_str(&text), 0);
    buf_release(&text);
}

static void
put_confusion(const struct report_score *score, bool sampled, struct buf *out)
{
    const struct confusion *c = sampled ? &score->at.sampled : &score->at.all;
    struct share precision = confusion_precision(c);
    struct share recall = confusion_recall(c);
    struct share overflagged = confusion_overflagged(c);

    html_put(out,
             "<table><tr><th></th><th class=\"n\">judged bad</th>"
             "<th class=\"n\">judged good</th></tr>\n<tr><td>flagged</td>");
    html_cell(out, c->bad_flagged);
    html_cell(out, c->good_flagged);
    html_put(out, "</tr>\n<tr><td>not flagged</td>");
    html_cell(out, c->bad_passed);
    html_cell(out, c->good_passed);
    html_put(out, "</tr></table>\n<p>precision ");
    put_share(out, &precision, sampled);
    html_put(out, "<br/>recall ");
    put_share(out, &recall, sampled);
    html_put(out, "<br/>good ones flagged ");
    put_share(out, &overflagged, sampled);
    html_put(out, "</p>\n");
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
    html_figure_open(out);
    plot_bands(score, card->sampled, out);
    html_figure_close(out,
                      score->is_probability
                          ? "Calibration: share judged bad in each band, n "
                            "judged; dotted: if the score were the chance"
                          : "Share judged bad in each band, n judged");
    html_figure_open(out);
    plot_thresholds(score, out);
    html_figure_close(out, "What other thresholds would give");
}

static void
put_flagged(const struct report_score *score, bool sampled, struct buf *out)
{
    const struct calibration *at = &score->at;
    const struct confusion *c = sampled ? &at->sampled : &at->all;

    html_put(out, "<p class=\"note\">");
    html_count(out, at->flagged);
    xbuf_printf(out, " documents (%.1f%%) are flagged at %.10g %s, ",
                at->known ? 100 * (double)at->flagged / (double)at->known : 0,
                at->threshold,
                at->bad == SCORE_BAD_LOW ? "and under" : "and over");
    html_count(out, at->known - at->flagged);
    html_put(out, " are not.");
    if (at->unknown)
        xbuf_printf(out, " %llu have no such score.",
                    (unsigned long long)at->unknown);
    if (at->bad == SCORE_BAD_UNKNOWN)
        html_put(out, " Which end is bad is not set: high is taken as bad.");
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
    html_put(out, sampled || !has_judged(score)
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
        html_figure_open(out);
        plot_histogram(before, out);
        html_figure_close(out, "Before");
    }
    html_figure_open(out);
    plot_histogram(score, out);
    html_figure_close(out, before ? "Now" : "Documents in each band");
}

void
page_score(const struct report_page *page, const struct report_score *score,
           struct buf *out)
{
    const struct report_card *card = page->now.card;
    bool has_threshold = !isnan(score->at.threshold);

    html_put(out, "<section><h2>Score ");
    html_text(out, score->name, NAME_CELLS);
    html_put(out, "</h2>\n<p class=\"note\">");
    html_count(out, score->bins.known);
    xbuf_printf(out, " documents have it%s</p>\n<div class=\"plots\">\n",
                score->bins.bad == SCORE_BAD_LOW    ? ", low is bad"
                : score->bins.bad == SCORE_BAD_HIGH ? ", high is bad"
                                                    : "");
    put_histograms(page, score, out);
    if (has_judged(score))
        put_against_reviewers(card, score, out);
    if (has_threshold && has_judged(score)) {
        html_put(out, "<div>");
        put_confusion(score, card->sampled, out);
        html_put(out, "</div>\n");
    }
    html_put(out, "</div>\n");
    if (has_threshold)
        put_flagged(score, card->sampled, out);
    html_put(out, "</section>\n");
}
