/* What a score's threshold is worth, on the command line: the desk's figures,
 * for people and as JSON. */
#include "config.h"

#include "cli/stats_threshold.h"

#include <math.h>
#include <stdio.h>

enum err_code
judged_hits_load(struct session *session, struct str query,
                 const struct hits *hits, struct judged_hits *out,
                 struct error *err)
{
    struct judged_hits judged = {0};
    struct judgement_scope scope = {.query = query, .within = &judged.docs};
    enum err_code code =
        bits_init(&judged.docs, index_count(session->index), err);

    for (uint32_t i = 0; !code && i < hits->count; i++)
        bits_set(&judged.docs, hits->docs[i]);
    if (!code)
        code =
            judgements_load(session->resolver, &scope, &judged.judgements, err);
    if (code)
        bits_release(&judged.docs);
    else
        *out = judged;
    return code;
}

void
judged_hits_release(struct judged_hits *judged)
{
    if (!judged->docs.words)
        return;
    bits_release(&judged->docs);
    judgements_release(&judged->judgements);
}

void
json_share(struct json_out *w, const char *name, struct share share,
           bool with_interval)
{
    json_key(w, name);
    json_open(w, '{');
    json_key(w, "part");
    json_int(w, (int64_t)share.part);
    json_key(w, "whole");
    json_int(w, (int64_t)share.whole);
    if (with_interval && share.whole) {
        json_key(w, "low");
        json_double(w, round(share.interval.low * 1e6) / 1e6);
        json_key(w, "high");
        json_double(w, round(share.interval.high * 1e6) / 1e6);
    }
    json_close(w, '}');
}

void
print_lines(struct str text, const char *indent)
{
    while (text.len > 0) {
        size_t end = str_find(text, STR_LIT("\n"), 0);

        end = end == SIZE_MAX ? text.len : end;
        printf("%s", indent);
        print_escaped(str_slice(text, 0, end), 200);
        putchar('\n');
        text = str_slice(text, end < text.len ? end + 1 : end, text.len);
    }
}

void
print_json_threshold(struct str score, const struct calibration *c)
{
    bool sampled = c->sample.judged > 0;
    const struct confusion *basis = sampled ? &c->sampled : &c->all;
    struct buf line = {0};
    struct json_out w = {&line, false};

    json_open(&w, '{');
    json_key(&w, "score");
    json_str(&w, score);
    json_key(&w, "threshold");
    json_double(&w, c->threshold);
    json_key(&w, "flagged");
    json_int(&w, (int64_t)c->flagged);
    json_key(&w, "known");
    json_int(&w, (int64_t)c->known);
    json_key(&w, "unknown");
    json_int(&w, (int64_t)c->unknown);
    json_key(&w, "random");
    json_bool(&w, sampled);
    json_key(&w, "drawn");
    json_int(&w, c->sample.items);
    json_key(&w, "passed_over");
    json_int(&w, c->sample.passed);
    json_share(&w, "precision", confusion_precision(basis), sampled);
    json_share(&w, "recall", confusion_recall(basis), sampled);
    json_share(&w, "good_flagged", confusion_overflagged(basis), sampled);
    json_key(&w, "unsure");
    json_int(&w, (int64_t)basis->unsure);
    json_key(&w, "saw_scores");
    json_int(&w, (int64_t)basis->saw_scores);
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

enum err_code
print_threshold(struct session *session, unsigned score, double threshold,
                const struct judged_hits *judged, struct error *err)
{
    const struct score_def *def = index_score_def(session->index, score);
    struct histogram_spec spec = {score, &judged->docs, 10, threshold,
                                  interrupt_flag()};
    struct score_points points = {0};
    struct histogram h = {0};
    struct calibration c;
    struct buf text = {0};
    enum err_code code;

    if (isnan(threshold))
        threshold = spec.threshold = def->threshold;
    if (isnan(threshold))
        return ERR_OK;
    code = histogram_count(&h, session->index, &spec, err);
    if (!code)
        code = score_points_make(&points, session->index, score,
                                 &judged->judgements, err);
    if (!code) {
        c = (struct calibration){
            .bad = h.bad,
            .threshold = threshold,
            .flagged = histogram_flagged(&h, threshold),
            .known = h.known,
            .unknown = h.unknown,
            .all = confusion_at(&points, h.bad, threshold, false),
            .sampled = confusion_at(&points, h.bad, threshold, true),
            .sample = judged->judgements.sample};
        if (session->json) {
            print_json_threshold(str_of(def->name), &c);
        } else {
            calibration_format(&c, &text);
            print_lines(buf_str(&text), "  ");
        }
    }
    buf_release(&text);
    score_points_release(&points);
    histogram_release(&h);
    return code;
}
