/* A text cut into segments, each good, bad or unknown: by what people said of
 * the passage, then of the document, then by a classifier's score. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "stet/json.h"
#include "stet/utf8.h"
#include "training_private.h"

const char *const training_unit_names[TRAINING_UNITS] = {"sentence", "line",
                                                         "given"};

/* A passage that somebody or something judged. */
struct judged {
    struct span span;
    bool bad;
    double value; /* of a classifier */
};
struct judgement {
    struct judged *people, *scores; /* in the arena */
    size_t people_count, score_count;
    size_t passed;             /* scores that end before the segment at hand */
    enum training_label whole; /* what people said of the document */
    double score;              /* the classifier's of it; NaN: none */
};

/* Whether one of the globs in a list fits. */
static bool
list_has(struct str list, struct str word)
{
    size_t at = 0;

    while (at < list.len) {
        size_t end = str_find(list, STR_LIT(" "), at);

        end = end == SIZE_MAX ? list.len : end;
        if (end > at && str_glob(str_slice(list, at, end), word))
            return true;
        at = end + 1;
    }
    return false;
}

static enum training_label
label_of_tag(const struct training_options *options, struct str tag)
{
    if (list_has(options->bad_tags, tag))
        return LABEL_BAD;
    return list_has(options->good_tags, tag) ? LABEL_GOOD : LABEL_UNKNOWN;
}

/* On a passage the verdicts' names are tags, too: the desk's sentence by
 * sentence. */
static enum training_label
label_of_passage(const struct training_options *options, struct str tag)
{
    if (list_has(options->bad_verdicts, tag))
        return LABEL_BAD;
    if (list_has(options->good_verdicts, tag))
        return LABEL_GOOD;
    return label_of_tag(options, tag);
}

/* A span in code points as bytes, cut at the text's end; false: empty. */
static bool
to_bytes(struct str text, int64_t start_cp, int64_t end_cp, struct span *out)
{
    size_t start;
    size_t end;

    if (start_cp < 0 || end_cp <= start_cp)
        return false;
    start = utf8_offset_of_cp(text, (uint64_t)start_cp);
    end = utf8_offset_of_cp(text, (uint64_t)end_cp);
    *out = (struct span){start, end == SIZE_MAX ? text.len : end};
    return start != SIZE_MAX && out->start < out->end;
}

static enum err_code
read_spans(const struct training_options *options, struct str text,
           const struct json_value *spans, struct arena *arena,
           struct judgement *out, struct error *err)
{
    size_t count = 1;

    for (const struct json_value *v = spans ? spans->first : NULL; v;
         v = v->next)
        count++;
    out->people = arena_alloc(arena, count * sizeof(*out->people));
    if (!out->people)
        return error_nomem(err);
    for (const struct json_value *v = spans ? spans->first : NULL; v;
         v = v->next) {
        struct judged *judged = &out->people[out->people_count];
        enum training_label label = label_of_passage(
            options, json_get_str(v, "tag", (struct str){NULL, 0}));

        judged->bad = label == LABEL_BAD;
        if (label != LABEL_UNKNOWN &&
            to_bytes(text, json_get_int(v, "start", -1),
                     json_get_int(v, "end", -1), &judged->span))
            out->people_count++;
    }
    return ERR_OK;
}

/* The verdict counts before the document's tags, a bad tag before a good. */
static enum training_label
label_of_whole(const struct training_options *options,
               const struct json_value *stet)
{
    struct str verdict = json_get_str(stet, "verdict", (struct str){NULL, 0});
    const struct json_value *tags = json_get(stet, "tags");
    enum training_label label = LABEL_UNKNOWN;

    if (verdict.ptr && list_has(options->bad_verdicts, verdict))
        return LABEL_BAD;
    if (verdict.ptr && list_has(options->good_verdicts, verdict))
        return LABEL_GOOD;
    for (const struct json_value *v = tags ? tags->first : NULL; v;
         v = v->next) {
        enum training_label one = v->type == JSON_STRING
                                      ? label_of_tag(options, v->string)
                                      : LABEL_UNKNOWN;

        if (one > label)
            label = one;
    }
    return label;
}

static enum err_code
read_people(const struct apply_options *options,
            const struct document *document, struct arena *arena,
            struct judgement *out, struct error *err)
{
    const struct json_value *value =
        record_stet_object(options, document->raw, arena);

    out->whole = label_of_whole(options->training, value);
    return read_spans(options->training, document->text,
                      json_get(value, "spans"), arena, out, err);
}

static double
worse(const struct training_options *options, double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) ? b : a;
    return options->low_is_bad ? fmin(a, b) : fmax(a, b);
}

/* A span of all the text is a score of the document. */
static void
add_score(const struct training_options *options,
          const struct document *document, struct span span, double value,
          struct judgement *out)
{
    if (span.start == span.end)
        return; /* an empty part */
    if (span.start == 0 && span.end == document->text.len)
        out->score = worse(options, out->score, value);
    else
        out->scores[out->score_count++] = (struct judged){span, false, value};
}

static int
compare_judged(const void *left, const void *right)
{
    const struct judged *a = left;
    const struct judged *b = right;

    return a->span.start < b->span.start ? -1 : a->span.start > b->span.start;
}

/* A list beside the text's parts, or of [start, end, score]. */
static enum err_code
read_score_list(const struct training_options *options,
                const struct document *document, bool moved,
                const struct json_value *list, struct arena *arena,
                struct judgement *out, struct error *err)
{
    size_t count = 0;
    size_t at = 0;

    for (const struct json_value *v = list->first; v; v = v->next)
        count++;
    out->scores = arena_alloc(arena, (count + 1) * sizeof(*out->scores));
    if (!out->scores)
        return error_nomem(err);
    for (const struct json_value *v = list->first; v; v = v->next, at++) {
        const struct json_value *end = v->first ? v->first->next : NULL;
        const struct json_value *value = end ? end->next : NULL;
        struct span span;

        if (v->type == JSON_NUMBER && count == document->segment_count)
            add_score(options, document, document->segments[at].text, v->number,
                      out);
        else if (v->type == JSON_ARRAY && value && !moved && v->first->is_int &&
                 end->is_int && value->type == JSON_NUMBER &&
                 to_bytes(document->text, v->first->integer, end->integer,
                          &span))
            add_score(options, document, span, value->number, out);
    }
    if (out->score_count > 1)
        qsort(out->scores, out->score_count, sizeof(*out->scores),
              compare_judged);
    return ERR_OK;
}

static enum err_code
read_scores(const struct apply_options *options,
            const struct document *document, bool moved, struct arena *arena,
            struct judgement *out, struct error *err)
{
    const struct json_value *value = NULL;
    struct str raw = {NULL, 0};
    enum err_code code = ERR_OK;

    out->score = (double)NAN;
    if (!options->training->score)
        return ERR_OK;
    code =
        record_get(document->raw, options->training->score, arena, &raw, err);
    if (!code && raw.ptr)
        code = json_parse(raw, arena, &value, err);
    if (code || !value)
        return code;
    if (value->type == JSON_NUMBER)
        out->score = value->number;
    else if (value->type == JSON_ARRAY)
        code = read_score_list(options->training, document, moved, value, arena,
                               out, err);
    return code;
}

/* --- where segments end --- */

struct cuts {
    size_t *list; /* in the arena */
    size_t count;
};

static bool
is_blank_at(struct str text, size_t at)
{
    return text.ptr[at] == ' ' ||
           (text.ptr[at] >= '\t' && text.ptr[at] <= '\r');
}

/* Whether a sentence ends right before `at`, blanks behind it not counted. */
static bool
is_sentence_end(struct str text, size_t at)
{
    static const char *const wide[] = {"\xE3\x80\x82", "\xEF\xBC\x81",
                                       "\xEF\xBC\x9F"};
    size_t sign = at;

    for (size_t i = 0; i < 3 && at >= 3; i++)
        if (memcmp(text.ptr + at - 3, wide[i], 3) == 0)
            return true;
    if (!is_blank_at(text, at))
        return false;
    if (at >= 1 && text.ptr[at - 1] == '\n' && text.ptr[at] == '\n')
        return true;
    while (sign > 0 && memchr("\"')", text.ptr[sign - 1], 3))
        sign--;
    return sign > 0 && memchr(".!?", text.ptr[sign - 1], 3);
}

/* The end of the sentence that begins at `at`, with the blanks behind it. */
static size_t
sentence_end(struct str text, size_t at)
{
    at = utf8_next(text, at);
    while (at < text.len && !is_sentence_end(text, at))
        at = utf8_next(text, at);
    while (at < text.len && is_blank_at(text, at))
        at++;
    return at;
}

static size_t
unit_end(enum training_unit unit, struct str text, size_t at)
{
    const char *lf;

    if (unit == UNIT_SENTENCE)
        return sentence_end(text, at);
    lf = unit == UNIT_LINE ? memchr(text.ptr + at, '\n', text.len - at) : NULL;
    return lf ? (size_t)(lf - text.ptr) + 1 : text.len;
}

static int
compare_cuts(const void *left, const void *right)
{
    const size_t *a = left;
    const size_t *b = right;

    return *a < *b ? -1 : *a > *b;
}

/* Ends of units and of tagged spans, sorted, none twice. */
static enum err_code
make_cuts(const struct training_options *options,
          const struct document *document, const struct judgement *judgement,
          struct arena *arena, struct cuts *out, struct error *err)
{
    struct str text = document->text;
    bool given =
        options->unit == UNIT_GIVEN && (document->flags & DOC_SEGMENTS);
    size_t room = 2 * judgement->people_count + 2;
    size_t count = 0;

    for (size_t at = 0; at < text.len && !given; room++)
        at = unit_end(options->unit, text, at);
    room += given ? document->segment_count : 0;
    out->list = arena_alloc(arena, room * sizeof(*out->list));
    if (!out->list)
        return error_nomem(err);
    for (size_t at = 0; at < text.len && !given;)
        out->list[count++] = at = unit_end(options->unit, text, at);
    for (size_t i = 0; given && i < document->segment_count; i++)
        out->list[count++] = document->segments[i].text.end;
    for (size_t i = 0; i < judgement->people_count; i++) {
        out->list[count++] = judgement->people[i].span.start;
        out->list[count++] = judgement->people[i].span.end;
    }
    if (count > 1)
        qsort(out->list, count, sizeof(*out->list), compare_cuts);
    for (size_t i = 0; i < count; i++)
        if (out->list[i] > 0 &&
            (out->count == 0 || out->list[i] > out->list[out->count - 1]))
            out->list[out->count++] = out->list[i];
    return ERR_OK;
}

/* --- what a segment is --- */

static bool
meet(struct span a, const struct training_segment *b)
{
    return a.start < b->end && b->start < a.end;
}

/* The worst score that says something of the segment. Segments come in order:
 * what ended before one is not looked at again. */
static double
score_of(const struct training_options *options, struct judgement *judgement,
         const struct training_segment *segment)
{
    const struct judged *scores = judgement->scores;
    double worst = judgement->score;

    while (judgement->passed < judgement->score_count &&
           scores[judgement->passed].span.end <= segment->start)
        judgement->passed++;
    for (size_t i = judgement->passed;
         i < judgement->score_count && scores[i].span.start < segment->end; i++)
        if (meet(scores[i].span, segment))
            worst = worse(options, worst, scores[i].value);
    return worst;
}

static void
label(const struct training_options *options, struct judgement *judgement,
      struct training_segment *segment)
{
    enum training_label said = LABEL_UNKNOWN;
    bool bad;

    for (size_t i = 0; i < judgement->people_count; i++)
        if (meet(judgement->people[i].span, segment) && said != LABEL_BAD)
            said = judgement->people[i].bad ? LABEL_BAD : LABEL_GOOD;
    if (said == LABEL_UNKNOWN)
        said = judgement->whole;
    if (said != LABEL_UNKNOWN) {
        segment->label = said;
        segment->score = said == LABEL_BAD ? 1 : 0;
        return;
    }
    segment->score = score_of(options, judgement, segment);
    segment->label = LABEL_UNKNOWN;
    if (isnan(segment->score) || isnan(options->threshold))
        return;
    bad = options->low_is_bad ? segment->score < options->threshold
                              : segment->score > options->threshold;
    segment->label = bad ? LABEL_BAD : LABEL_GOOD;
}

enum err_code
training_label(const struct apply_options *options,
               const struct document *document, bool moved, struct arena *arena,
               struct training_text *out, struct error *err)
{
    const struct training_options *training = options->training;
    struct judgement judgement = {.score = (double)NAN};
    struct cuts cuts = {NULL, 0};
    enum err_code code = read_people(options, document, arena, &judgement, err);

    if (!code)
        code = read_scores(options, document, moved, arena, &judgement, err);
    if (!code)
        code = make_cuts(training, document, &judgement, arena, &cuts, err);
    if (code)
        return code;
    out->count = cuts.count;
    out->list = arena_alloc(arena, (cuts.count + 1) * sizeof(*out->list));
    if (!out->list)
        return error_nomem(err);
    for (size_t i = 0; i < cuts.count; i++) {
        out->list[i].start = i ? cuts.list[i - 1] : 0;
        out->list[i].end = cuts.list[i];
        label(training, &judgement, &out->list[i]);
    }
    return ERR_OK;
}
