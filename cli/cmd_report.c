/* `stet report`: the corpus at a glance. */
#include "config.h"

#include <math.h>
#include <stdio.h>

#include "cli/command_list.h"
#include "cli/session.h"
#include "cli/stats_threshold.h"
#include "stet/report_card.h"

static const struct option_def report_options[] = {
    {"query", 0, "QUERY", "of these documents only"},
    {NULL, 0, NULL, NULL},
};

static void
print_json_whole(const struct report_card *card)
{
    struct buf line = {0};
    struct json_out w = {&line, false};

    json_open(&w, '{');
    json_key(&w, "documents");
    json_int(&w, (int64_t)card->documents);
    json_key(&w, "judged");
    json_int(&w, card->judgements.items);
    json_key(&w, "random");
    json_bool(&w, card->sampled);
    json_key(&w, "drawn");
    json_int(&w, card->judgements.sample.items);
    json_key(&w, "drawn_judged");
    json_int(&w, card->judgements.sample.judged);
    json_key(&w, "passed_over");
    json_int(&w, card->judgements.sample.passed);
    json_key(&w, "unsure");
    json_int(&w, (int64_t)card->unsure);
    json_share(&w, "bad", card->bad, card->sampled);
    json_share(&w, "agreeing", card->agreeing, false);
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

static void
print_json_source(const struct report_card *card,
                  const struct report_source *source)
{
    struct buf line = {0};
    struct json_out w = {&line, false};

    json_open(&w, '{');
    json_key(&w, "source");
    if (source->name.ptr)
        json_str(&w, source->name);
    else
        json_null(&w);
    json_key(&w, "documents");
    json_int(&w, (int64_t)source->documents);
    json_share(&w, "bad", source->bad, card->sampled);
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

static void
print_json_bin(const struct report_card *card, const struct report_score *score,
               uint32_t bin)
{
    struct buf line = {0};
    struct json_out w = {&line, false};

    json_open(&w, '{');
    json_key(&w, "score");
    json_str(&w, score->name);
    json_key(&w, "low");
    json_double(&w, score->bins.edges[bin]);
    json_key(&w, "high");
    json_double(&w, score->bins.edges[bin + 1]);
    json_key(&w, "documents");
    json_int(&w, (int64_t)histogram_bin(&score->bins, bin));
    json_share(&w, "bad", score->bad[bin], card->sampled);
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

static void
print_json(const struct report_card *card)
{
    print_json_whole(card);
    for (size_t i = 0; i < card->source_count; i++)
        print_json_source(card, &card->sources[i]);
    for (size_t i = 0; i < card->score_count; i++) {
        const struct report_score *score = &card->scores[i];

        for (uint32_t bin = 0; bin < score->bins.bins; bin++)
            print_json_bin(card, score, bin);
        if (!isnan(score->at.threshold))
            print_json_threshold(score->name, &score->at);
    }
}

static enum err_code
print_card(struct session *session, struct str query, const struct bits *within,
           struct error *err)
{
    struct judgement_scope scope = {.query = query, .within = within};
    struct report_card card;
    struct buf text = {0};
    enum err_code code =
        report_card_make(&card, session->resolver, session->index, &scope,
                         interrupt_flag(), err);

    if (code)
        return code;
    if (session->json) {
        print_json(&card);
    } else {
        report_card_format(&card, &text);
        print_lines(buf_str(&text), "");
    }
    buf_release(&text);
    report_card_release(&card);
    return ERR_OK;
}

static enum err_code
find_documents(struct session *session, const char *text, struct bits *out,
               struct error *err)
{
    const struct query *query;
    struct hits hits = {0};
    enum err_code code = session_search(session, text, &query, &hits, err);

    if (!code)
        code = bits_init(out, index_count(session->index), err);
    for (uint32_t i = 0; !code && i < hits.count; i++)
        bits_set(out, hits.docs[i]);
    hits_release(&hits);
    return code;
}

static enum err_code
run_report(const struct invocation *in, int *status, struct error *err)
{
    struct session session;
    const char *text = option_get(in, "query");
    struct bits within = {0};
    enum err_code code;

    (void)status;
    interrupt_catch();
    code = session_open(&session, in,
                        NEED_STORE_READ | NEED_INDEX | NEED_RESOLVER, err);
    if (!code && text)
        code = find_documents(&session, text, &within, err);
    if (!code)
        code = print_card(&session, str_of(text ? text : ""),
                          text ? &within : NULL, err);
    bits_release(&within);
    session_close(&session);
    return code;
}

const struct command command_report = {
    "report",
    "[OPTIONS]",
    "Print the share of bad documents, by source and score, and what "
    "thresholds are worth",
    "Only verdicts given while reading count, not those of commands, bulk "
    "actions or models. What is said of the corpus (or of QUERY's documents) "
    "comes from random queues over it: stet queue save NAME --order "
    "'random(1)', read in its order. Without one the figures are of the "
    "judged documents alone and have no interval. Intervals are exact ones at "
    "95 % (Clopper and Pearson). With --json there is a line for the whole, "
    "for each source, for each bin of a score and for each threshold.",
    report_options,
    run_report,
};
