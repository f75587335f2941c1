/* The report card in words, the same for the desk and the command line. */
#include "config.h"

#include <math.h>
#include <stdio.h>

#include "stet/report_card.h"

#define BAR_CELLS 10
#define SOURCES_MOST 40

/* "74,462" */
static void
format_count(uint64_t count, char out[32])
{
    char digits[24];
    size_t len = (size_t)snprintf(digits, sizeof(digits), "%llu",
                                  (unsigned long long)count);
    size_t at = 0;

    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
}

static void
put_share_line(struct buf *out, const char *name, const struct share *share,
               bool sampled)
{
    xbuf_printf(out, "  %s ", name);
    share_format(share, sampled, out);
    xbuf_append_str(out, STR_LIT("\n"));
}

static void
put_whole(const struct report_card *card, struct buf *out)
{
    const struct random_sample *sample = &card->judgements.sample;
    char text[32];

    format_count(card->documents, text);
    xbuf_printf(out, "%s documents, %u judged while read\n", text,
                card->judgements.items);
    if (card->sampled)
        xbuf_printf(
            out,
            "  of %u drawn at random, %u judged, %llu of them unsure: "
            "%s %.*s\n",
            sample->items, sample->judged, (unsigned long long)card->unsure,
            sample->queues == 1 ? "queue" : "queues", STR_FMT(sample->names));
    else
        xbuf_append_str(
            out,
            STR_LIT("  no random queue was read: what was judged was picked, "
                    "not drawn, and\n  says nothing of the rest. stet queue "
                    "save NAME --order 'random(1)' draws one\n"));
    if (card->sampled && sample->passed)
        xbuf_printf(out,
                    "  %u drawn were passed over: if they differ, so do the "
                    "figures\n",
                    sample->passed);
    put_share_line(out,
                   card->sampled ? "bad:" : "bad among the judged:", &card->bad,
                   card->sampled);
    if (card->agreeing.whole)
        xbuf_printf(out,
                    "  verdicts of two on one document: %.1f%% agree "
                    "(n %llu)\n",
                    100 * (double)card->agreeing.part /
                        (double)card->agreeing.whole,
                    (unsigned long long)card->agreeing.whole);
}

static void
put_sources(const struct report_card *card, struct buf *out)
{
    xbuf_append_str(out, STR_LIT("\nBad by source\n"));
    for (size_t i = 0; i < card->source_count && i < SOURCES_MOST; i++) {
        const struct report_source *source = &card->sources[i];
        char count[32];

        format_count(source->documents, count);
        xbuf_printf(out, "  %12s  ", count);
        share_format(&source->bad, card->sampled, out);
        xbuf_append_str(out, STR_LIT("  "));
        xbuf_append_str(out, source->name.len ? source->name
                                              : STR_LIT("(no source)"));
        xbuf_append_str(out, STR_LIT("\n"));
    }
    if (card->source_count > SOURCES_MOST)
        xbuf_printf(out, "  and %zu sources more\n",
                    card->source_count - SOURCES_MOST);
}

static void
put_bin(const struct report_card *card, const struct report_score *score,
        uint32_t bin, uint64_t most, struct buf *out)
{
    const struct histogram *h = &score->bins;
    uint64_t documents = histogram_bin(h, bin);
    double part = most ? (double)documents / (double)most : 0;
    int cells = (int)(part * BAR_CELLS + 0.5);
    char range[40];
    char count[32];

    if (h->is_scale)
        (void)snprintf(range, sizeof(range), "%.6g",
                       h->edges[h->bad == SCORE_BAD_LOW ? bin + 1 : bin]);
    else
        (void)snprintf(range, sizeof(range), "%.5g .. %.5g", h->edges[bin],
                       h->edges[bin + 1]);
    if (cells == 0 && documents)
        cells = 1;
    format_count(documents, count);
    xbuf_printf(out, "  %13s |%-*.*s %9s %5.1f%%", range, BAR_CELLS, cells,
                "##########", count,
                100 * (double)documents / (double)h->known);
    if (score->bad[bin].whole) {
        xbuf_append_str(out, STR_LIT("  bad "));
        share_format(&score->bad[bin], card->sampled, out);
    }
    xbuf_append_str(out, STR_LIT("\n"));
}

static void
put_score(const struct report_card *card, const struct report_score *score,
          struct buf *out)
{
    const struct histogram *h = &score->bins;
    struct buf text = {0};
    struct str rest;
    uint64_t most = 0;
    char known[32];

    format_count(h->known, known);
    xbuf_printf(out, "\n%.*s  %s documents%s\n", STR_FMT(score->name), known,
                h->bad == SCORE_BAD_LOW    ? ", low is bad"
                : h->bad == SCORE_BAD_HIGH ? ", high is bad"
                                           : "");
    for (uint32_t bin = 0; bin < h->bins; bin++)
        if (histogram_bin(h, bin) > most)
            most = histogram_bin(h, bin);
    for (uint32_t i = 0; i < h->bins; i++)
        put_bin(card, score, h->bad == SCORE_BAD_LOW ? i : h->bins - 1 - i,
                most, out);
    if (isnan(score->at.threshold))
        return;
    calibration_format(&score->at, &text);
    for (rest = buf_str(&text); rest.len > 0;) {
        size_t end = str_find(rest, STR_LIT("\n"), 0);

        end = end == SIZE_MAX ? rest.len : end + 1;
        xbuf_append_str(out, STR_LIT("  "));
        xbuf_append_str(out, str_slice(rest, 0, end));
        rest = str_slice(rest, end, rest.len);
    }
    buf_release(&text);
}

void
report_card_format(const struct report_card *card, struct buf *out)
{
    put_whole(card, out);
    if (card->source_count)
        put_sources(card, out);
    for (size_t i = 0; i < card->score_count; i++)
        put_score(card, &card->scores[i], out);
}
