/* Grows runs on their diagonals, word by word, to the right and then to the
 * left. Each round asks for the next word of every run that still grows, all
 * questions about one word together and in the order of rows, so that its
 * doclist is gone through once. */
#include "config.h"

#include <stdlib.h>

#include "doclist_seek.h"
#include "trace_part.h"

struct question {
    size_t stretch;
    uint32_t word; /* of the output */
};

struct growing {
    struct trace_part *part;
    struct trace_stretches *stretches;
    size_t *active; /* stretches that have a question */
    size_t active_count;
    struct question *questions; /* by term, then row */
    size_t *starts;             /* of each term, and the end */
};

static bool
is_long(const struct growing *growing, uint32_t first, uint32_t end)
{
    return trace_text_weight(growing->part->text, first, end) >=
           TRACE_WORD_WEIGHT * growing->part->options->min_words;
}

/* Take in the units that the run has reached. */
static void
absorb(const struct growing *growing, struct trace_stretch *stretch)
{
    const struct trace_unit *units = growing->part->text->units;

    while (stretch->unit <= stretch->last &&
           units[stretch->unit].at <= stretch->end) {
        uint32_t end = units[stretch->unit].at + units[stretch->unit].length;

        if (end > stretch->end)
            stretch->end = end;
        stretch->unit++;
    }
}

/* The run begins anew at the next unit. */
static void
begin(const struct growing *growing, struct trace_stretch *stretch)
{
    stretch->first = stretch->end =
        growing->part->text->units[stretch->unit].at;
    stretch->leftwards = false;
    absorb(growing, stretch);
}

static enum err_code
finish(struct growing *growing, const struct trace_stretch *stretch,
       struct error *err)
{
    const struct trace_hit hit = {
        .first = stretch->first,
        .end = stretch->end,
        .doc = growing->part->first + stretch->row - 1,
        .place = (uint32_t)((int64_t)stretch->first + stretch->shift),
    };

    if (!is_long(growing, stretch->first, stretch->end))
        return ERR_OK;
    return trace_hits_add(&growing->part->hits, &hit, err);
}

/* Go on until there is a question about *word, or nothing is left to ask. */
static enum err_code
step(struct growing *growing, struct trace_stretch *stretch, uint32_t *word,
     bool *asks, struct error *err)
{
    enum err_code code = ERR_OK;

    *asks = false;
    while (code == ERR_OK) {
        if (!stretch->leftwards && stretch->end < stretch->high) {
            *word = stretch->end;
            *asks = true;
            return ERR_OK;
        }
        stretch->leftwards = true;
        if (stretch->first > stretch->low &&
            is_long(growing, stretch->low, stretch->end)) {
            *word = stretch->first - 1;
            *asks = true;
            return ERR_OK;
        }
        code = finish(growing, stretch, err);
        /* What lies before the next unit ended here. */
        stretch->low = stretch->end + 1;
        if (code != ERR_OK || stretch->unit > stretch->last ||
            !is_long(growing, stretch->low, stretch->high))
            break;
        begin(growing, stretch);
    }
    return code;
}

/* A word was found where it would belong to the run, or not. */
static void
answer(const struct growing *growing, struct trace_stretch *stretch, bool found)
{
    if (found && stretch->leftwards) {
        stretch->first--;
    } else if (found) {
        stretch->end++;
        absorb(growing, stretch);
    } else if (stretch->leftwards) {
        stretch->low = stretch->first;
    } else {
        stretch->leftwards = true;
    }
}

static bool
has(const uint32_t *places, size_t count, int64_t wanted)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if ((int64_t)places[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && (int64_t)places[low] == wanted;
}

/* All questions about one term. */
static enum err_code
ask_term(struct growing *growing, uint32_t term, struct error *err)
{
    const struct trace_part *part = growing->part;
    struct doclist_seek *seek = NULL;
    enum err_code code = search_cancelled(part->search, err);

    if (code == ERR_OK)
        code = doclist_seek_new(&seek, part->db, part->text->terms[term].folded,
                                part->end - part->first, err);
    for (size_t i = growing->starts[term];
         code == ERR_OK && i < growing->starts[term + 1]; i++) {
        const struct question *question = &growing->questions[i];
        struct trace_stretch *stretch =
            &growing->stretches->list[question->stretch];
        const uint32_t *places;
        size_t count;

        code = doclist_seek_row(seek, stretch->row, &places, &count, err);
        if (code == ERR_OK)
            answer(growing, stretch,
                   has(places, count, question->word + stretch->shift));
    }
    doclist_seek_free(seek);
    return code;
}

/* The next question of each active stretch, those about one term together;
 * stretches without one are active no longer. `words`: one for each. */
static enum err_code
collect(struct growing *growing, uint32_t *words, struct error *err)
{
    const struct trace_text *text = growing->part->text;
    size_t kept = 0;

    memset(growing->starts, 0,
           (text->term_count + 2) * sizeof(*growing->starts));
    for (size_t i = 0; i < growing->active_count; i++) {
        size_t number = growing->active[i];
        uint32_t word;
        bool asks;
        enum err_code code =
            step(growing, &growing->stretches->list[number], &word, &asks, err);

        if (code != ERR_OK)
            return code;
        if (!asks)
            continue;
        growing->active[kept] = number;
        words[kept++] = word;
        growing->starts[text->words[word].term + 2]++;
    }
    growing->active_count = kept;
    for (size_t i = 2; i < text->term_count + 2; i++)
        growing->starts[i] += growing->starts[i - 1];
    for (size_t i = 0; i < kept; i++)
        growing->questions[growing->starts[text->words[words[i]].term + 1]++] =
            (struct question){growing->active[i], words[i]};
    return ERR_OK;
}

static enum err_code
grow(struct growing *growing, uint32_t *words, struct error *err)
{
    const struct trace_text *text = growing->part->text;
    enum err_code code = collect(growing, words, err);

    while (code == ERR_OK && growing->active_count > 0) {
        for (uint32_t i = 0; code == ERR_OK && i < text->term_count; i++)
            if (growing->starts[i] < growing->starts[i + 1])
                code = ask_term(growing, i, err);
        if (code == ERR_OK)
            code = collect(growing, words, err);
    }
    return code;
}

enum err_code
trace_extend(struct trace_part *part, struct trace_stretches *stretches,
             struct error *err)
{
    size_t count = stretches->count;
    struct growing growing = {
        .part = part,
        .stretches = stretches,
        .active = malloc((count + 1) * sizeof(*growing.active)),
        .active_count = count,
        .questions = malloc((count + 1) * sizeof(*growing.questions)),
        .starts = malloc((part->text->term_count + 2) * sizeof(size_t)),
    };
    uint32_t *words = malloc((count + 1) * sizeof(*words));
    enum err_code code = ERR_OK;

    if (!growing.active || !growing.questions || !growing.starts || !words)
        code = error_nomem(err);
    for (size_t i = 0; code == ERR_OK && i < count; i++) {
        growing.active[i] = i;
        begin(&growing, &stretches->list[i]);
    }
    if (code == ERR_OK)
        code = grow(&growing, words, err);
    free(growing.active);
    free(growing.questions);
    free(growing.starts);
    free(words);
    return code;
}
