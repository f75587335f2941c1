/* `stet report`: the corpus at a glance, as text, JSON or a page. */
#include "config.h"

#include <stdio.h>

#include "cli/command_list.h"
#include "cli/report_json.h"
#include "cli/session.h"
#include "cli/stats_threshold.h"

static const struct option_def report_options[] = {
    {"query", 0, "QUERY", "of these documents only"},
    {"phrases", 0, "FILE", "count these phrases, by [category]"},
    {"html", 0, "FILE", "write a page with plots instead"},
    {"before", 0, "FOLDER", "beside the workspace of this folder (--html)"},
    {NULL, 0, NULL, NULL},
};

/* All that is reported of one workspace. */
struct report {
    struct session session;
    struct bits within; /* no words: all documents */
    struct report_card card;
    struct phrase_list phrases;
    struct report_edits edits;
    struct failure_tally failures;
    struct report_agreements agreements; /* of a page only */
    bool has_card, has_edits;
};

static enum err_code
find_documents(struct report *report, const char *text, struct error *err)
{
    const struct query *query;
    struct hits hits = {0};
    enum err_code code =
        session_search(&report->session, text, &query, &hits, err);

    if (!code)
        code =
            bits_init(&report->within, index_count(report->session.index), err);
    for (uint32_t i = 0; !code && i < hits.count; i++)
        bits_set(&report->within, hits.docs[i]);
    hits_release(&hits);
    return code;
}

static enum err_code
count_phrases(struct report *report, const char *path, struct error *err)
{
    const struct bits *within = report->within.words ? &report->within : NULL;
    struct buf text = {0};
    enum err_code code = file_read(path, PHRASES_BYTES_MAX, &text, err);

    if (!code) {
        code = phrase_list_parse(&report->phrases, buf_str(&text), err);
        if (code)
            error_wrap(err, "%s", path);
    }
    if (!code)
        code = phrases_count(&report->phrases, report->session.index, within,
                             interrupt_flag(), err);
    buf_release(&text);
    return code;
}

static enum err_code
make_card(struct report *report, const char *text, struct error *err)
{
    const struct bits *within = report->within.words ? &report->within : NULL;
    struct judgement_scope scope = {.query = str_of(text ? text : ""),
                                    .within = within};
    enum err_code code =
        report_card_make(&report->card, report->session.resolver,
                         report->session.index, &scope, interrupt_flag(), err);

    report->has_card = !code;
    if (!code)
        code = report_edits_load(&report->edits, report->session.resolver,
                                 within, err);
    report->has_edits = report->has_card && !code;
    if (!code)
        code = failures_tally(report->session.store, &report->failures, err);
    return code;
}

static enum err_code
report_make(struct report *report, const struct invocation *in,
            const char *folder, struct error *err)
{
    const char *text = option_get(in, "query");
    const char *phrases = option_get(in, "phrases");
    unsigned needs = NEED_STORE_READ | NEED_INDEX | NEED_RESOLVER;
    enum err_code code =
        folder ? session_open_in(&report->session, in, folder, needs, err)
               : session_open(&report->session, in, needs, err);

    if (!code && text)
        code = find_documents(report, text, err);
    if (!code && phrases)
        code = count_phrases(report, phrases, err);
    if (!code)
        code = make_card(report, text, err);
    return code;
}

static void
report_release(struct report *report)
{
    if (report->has_card)
        report_card_release(&report->card);
    if (report->has_edits)
        report_edits_release(&report->edits);
    report_agreements_release(&report->agreements);
    if (report->phrases.categories)
        phrase_list_release(&report->phrases);
    bits_release(&report->within);
    session_close(&report->session);
}

static void
print_phrases(const struct phrase_list *list)
{
    printf("\nPhrases, in %llu tokens of the index\n",
           (unsigned long long)list->tokens);
    printf("  %11s %9s %9s  category\n", "per million", "hits", "documents");
    for (size_t i = 0; i < list->category_count; i++) {
        const struct phrase_category *category = &list->categories[i];

        printf("  %11.1f %9llu %9llu  ",
               phrases_per_million(list, category->hits),
               (unsigned long long)category->hits,
               (unsigned long long)category->documents);
        print_escaped(category->name, 50);
        putchar('\n');
    }
    if (list->wordless)
        printf("  %llu lines without a letter or digit are left out\n",
               (unsigned long long)list->wordless);
}

static void
print_text(const struct report *report, bool has_phrases)
{
    struct buf text = {0};

    report_card_format(&report->card, &text);
    print_lines(buf_str(&text), "");
    buf_clear(&text);
    if (has_phrases)
        print_phrases(&report->phrases);
    if (report->edits.count || report->edits.added)
        report_edits_format(&report->edits, &text);
    failure_tally_format(&report->failures, &text);
    print_lines(buf_str(&text), "");
    buf_release(&text);
}

static struct report_side
side_of(const struct report *report, bool has_phrases)
{
    return (struct report_side){
        .name = str_of(path_base(report->session.ws->root)),
        .card = &report->card,
        .phrases = has_phrases ? &report->phrases : NULL};
}

static enum err_code
write_page(const struct report *now, const struct report *before,
           const struct invocation *in, struct error *err)
{
    const char *query = option_get(in, "query");
    bool has_phrases = option_given(in, "phrases");
    struct report_side beside;
    struct report_page page = {.now = side_of(now, has_phrases),
                               .edits = &now->edits,
                               .agreements = &now->agreements,
                               .failures = &now->failures,
                               .query = str_of(query ? query : ""),
                               .made_us = time_now_us()};
    struct buf text = {0};
    enum err_code code;

    if (before) {
        beside = side_of(before, has_phrases);
        page.before = &beside;
    }
    report_page_format(&page, &text);
    code = file_write_atomic(option_get(in, "html"), buf_str(&text), err);
    buf_release(&text);
    return code;
}

static void
print_report(const struct report *report, bool has_phrases)
{
    if (!report->session.json) {
        print_text(report, has_phrases);
        return;
    }
    print_json_card(&report->card);
    if (has_phrases)
        print_json_phrases(&report->phrases);
    print_json_edits(&report->edits);
    print_json_failures(&report->failures);
}

static enum err_code
run_report(const struct invocation *in, int *status, struct error *err)
{
    const char *folder = option_get(in, "before");
    bool is_page = option_given(in, "html");
    struct report now = {0};
    struct report before = {0};
    enum err_code code;

    (void)status;
    if (folder && !is_page)
        return usage_error(in, err, "--before needs --html");
    interrupt_catch();
    code = report_make(&now, in, NULL, err);
    if (!code && folder)
        code = report_make(&before, in, folder, err);
    if (!code && is_page)
        code = report_agreements_load(&now.agreements, now.session.resolver,
                                      now.within.words ? &now.within : NULL,
                                      interrupt_flag(), err);
    if (!code && is_page)
        code = write_page(&now, folder ? &before : NULL, in, err);
    else if (!code)
        print_report(&now, option_given(in, "phrases"));
    report_release(&before);
    report_release(&now);
    return code;
}

const struct command command_report = {
    "report",
    "[OPTIONS]",
    "Report the share of bad documents, by source and score, what thresholds "
    "are worth, hits of phrases, and edits",
    "Only verdicts given while reading count, not those of commands, bulk "
    "actions or models. What is said of the corpus (or of QUERY's documents) "
    "comes from random queues over it: stet queue save NAME --order "
    "'random(1)', read in its order. Without one the figures are of the "
    "judged documents alone and have no interval. Intervals are exact ones at "
    "95 % (Clopper and Pearson). With --json there is a line for the whole, "
    "for each source, for each bin of a score, for each threshold, for each "
    "category of phrases and for each kind and reason of edits, for each state "
    "of failures. A file of "
    "--phrases has one phrase a line, found as the index folds words; [NAME] "
    "begins a category, # a comment. --html writes one file with plots and "
    "without scripts, to be read on screen or paper; --before puts another "
    "workspace's figures beside, as those of the corpus before a patch.",
    report_options,
    run_report,
};
