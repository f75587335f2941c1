/* The report card and what goes with it, printed as lines of JSON. */
#include "config.h"

#include "cli/report_json.h"

#include <math.h>

#include "cli/session.h"
#include "cli/stats_threshold.h"

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

void
print_json_card(const struct report_card *card)
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

static void
print_json_category(const struct phrase_list *list,
                    const struct phrase_category *category)
{
    struct buf line = {0};
    struct json_out w = {&line, false};

    json_open(&w, '{');
    json_key(&w, "phrases");
    json_str(&w, category->name);
    json_key(&w, "hits");
    json_int(&w, (int64_t)category->hits);
    json_key(&w, "documents");
    json_int(&w, (int64_t)category->documents);
    json_key(&w, "tokens");
    json_int(&w, (int64_t)list->tokens);
    json_key(&w, "per_million");
    json_double(&w,
                round(1e6 * phrases_per_million(list, category->hits)) / 1e6);
    json_key(&w, "each");
    json_open(&w, '[');
    for (size_t i = category->start; i < category->end; i++) {
        json_open(&w, '{');
        json_key(&w, "phrase");
        json_str(&w, list->phrases[i].text);
        json_key(&w, "hits");
        json_int(&w, (int64_t)list->phrases[i].hits);
        json_key(&w, "documents");
        json_int(&w, (int64_t)list->phrases[i].documents);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

void
print_json_phrases(const struct phrase_list *list)
{
    for (size_t i = 0; i < list->category_count; i++)
        print_json_category(list, &list->categories[i]);
}

static void
print_json_edit(struct str kind, struct str reason, uint64_t documents)
{
    struct buf line = {0};
    struct json_out w = {&line, false};

    json_open(&w, '{');
    json_key(&w, "edit");
    json_str(&w, kind);
    json_key(&w, "reason");
    json_str(&w, reason);
    json_key(&w, "documents");
    json_int(&w, (int64_t)documents);
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

void
print_json_edits(const struct report_edits *edits)
{
    for (size_t i = 0; i < edits->count; i++)
        print_json_edit(edits->list[i].kind, edits->list[i].reason,
                        edits->list[i].documents);
    if (edits->added)
        print_json_edit(STR_LIT("add"), STR_LIT(""), edits->added);
}

void
print_json_failures(const struct failure_tally *tally)
{
    for (unsigned i = 0; i < FAILURE_STATE_COUNT; i++) {
        struct buf line = {0};
        struct json_out w = {&line, false};

        if (!tally->failures[i])
            continue;
        json_open(&w, '{');
        json_key(&w, "state");
        json_str(&w, str_of(failure_state_name((enum failure_state)i)));
        json_key(&w, "failures");
        json_int(&w, (int64_t)tally->failures[i]);
        json_key(&w, "edits");
        json_int(&w, (int64_t)tally->edits[i]);
        json_key(&w, "decisions");
        json_int(&w, (int64_t)tally->decisions[i]);
        json_close(&w, '}');
        print_json_line(&line);
        buf_release(&line);
    }
}
