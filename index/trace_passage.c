/* Slides a window over the anchors that a document has. */
#include "config.h"

#include "trace_passage.h"

#include <stdlib.h>

#include "minhash.h"
#include "stet/xalloc.h"

#define WIDTH_MIN 40u /* tokens */

/* An anchor by the hash of its tokens. */
struct mark {
    uint64_t hash;
    uint32_t anchor;
    uint32_t length;
};

/* An anchor in the document. */
struct stand {
    size_t at;
    uint32_t anchor, length;
};

struct trace_passages {
    const struct trace_text *text;
    size_t width;
    struct mark *marks; /* by hash */
    size_t mark_count;
    bool phrases;     /* some are */
    uint32_t *inside; /* of each anchor, how many are in the window */
    struct stand *stands;
    size_t stand_count, stand_cap;
};

static uint64_t
phrase_hash(const uint64_t *hashes)
{
    uint64_t hash = 0;

    for (uint32_t i = 0; i < TRACE_PHRASE; i++)
        hash = (hash ^ hashes[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return hash;
}

static struct mark
mark_of(const struct trace_text *text, uint32_t number)
{
    const struct trace_anchor *anchor = &text->anchors[number];
    struct mark mark = {.anchor = number, .length = anchor->length};
    uint64_t hashes[TRACE_PHRASE] = {0};

    for (uint32_t i = 0; i < anchor->length; i++)
        hashes[i] = minhash_token(text->terms[anchor->terms[i]].folded);
    mark.hash = anchor->length == 1 ? hashes[0] : phrase_hash(hashes);
    return mark;
}

static int
compare_marks(const void *a, const void *b)
{
    const struct mark *x = a;
    const struct mark *y = b;

    return (x->hash > y->hash) - (x->hash < y->hash);
}

struct trace_passages *
trace_passages_new(const struct trace_text *text)
{
    struct trace_passages *passages = xcalloc(1, sizeof(*passages));

    passages->text = text;
    passages->width = 2 * (size_t)text->word_count;
    if (passages->width < WIDTH_MIN)
        passages->width = WIDTH_MIN;
    passages->marks = xcalloc(text->anchor_count + 1, sizeof(*passages->marks));
    passages->inside =
        xcalloc(text->anchor_count + 1, sizeof(*passages->inside));
    for (uint32_t i = 0; i < text->anchor_count; i++) {
        if (text->anchors[i].dropped || text->anchors[i].documents == 0)
            continue;
        passages->marks[passages->mark_count++] = mark_of(text, i);
        passages->phrases = passages->phrases || text->anchors[i].length > 1;
    }
    qsort(passages->marks, passages->mark_count, sizeof(struct mark),
          compare_marks);
    return passages;
}

void
trace_passages_free(struct trace_passages *passages)
{
    if (!passages)
        return;
    free(passages->marks);
    free(passages->inside);
    free(passages->stands);
    free(passages);
}

static bool
add_stand(struct trace_passages *passages, uint64_t hash, size_t at,
          uint32_t length)
{
    const struct mark wanted = {.hash = hash};
    const struct mark *mark =
        bsearch(&wanted, passages->marks, passages->mark_count, sizeof(wanted),
                compare_marks);

    if (!mark || mark->length != length)
        return true;
    if (passages->stand_count == passages->stand_cap) {
        size_t cap = passages->stand_cap ? passages->stand_cap * 2 : 256;
        struct stand *list = realloc(passages->stands, cap * sizeof(*list));

        if (!list)
            return false;
        passages->stands = list;
        passages->stand_cap = cap;
    }
    passages->stands[passages->stand_count++] =
        (struct stand){at, mark->anchor, length};
    return true;
}

static bool
find_stands(struct trace_passages *passages, const uint64_t *hashes,
            size_t count)
{
    passages->stand_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (!add_stand(passages, hashes[i], i, 1))
            return false;
        if (passages->phrases && count - i >= TRACE_PHRASE &&
            !add_stand(passages, phrase_hash(hashes + i), i, TRACE_PHRASE))
            return false;
    }
    return true;
}

/* Put the anchor at `stand` into the window, or take it out. */
static void
change(struct trace_passages *passages, const struct stand *stand, bool in,
       struct trace_passage *now)
{
    uint32_t *inside = &passages->inside[stand->anchor];
    double weight = passages->text->anchors[stand->anchor].weight;

    if (in && (*inside)++ == 0) {
        now->anchors++;
        now->weight += weight;
    } else if (!in && --*inside == 0) {
        now->anchors--;
        now->weight -= weight;
    }
}

enum err_code
trace_passages_find(struct trace_passages *passages, const uint64_t *hashes,
                    size_t count, struct trace_passage *out, struct error *err)
{
    const struct stand *stands;
    struct trace_passage now = {0};
    size_t left = 0;

    *out = now;
    if (!find_stands(passages, hashes, count))
        return error_nomem(err);
    stands = passages->stands;
    memset(passages->inside, 0,
           (passages->text->anchor_count + 1) * sizeof(*passages->inside));
    for (size_t i = 0; i < passages->stand_count; i++) {
        change(passages, &stands[i], true, &now);
        while (stands[i].at - stands[left].at >= passages->width ||
               passages->inside[stands[left].anchor] > 1)
            change(passages, &stands[left++], false, &now);
        if (now.weight <= out->weight)
            continue;
        *out = now;
        out->first = stands[left].at;
        out->end = stands[i].at + stands[i].length;
    }
    return ERR_OK;
}
