/* Folds an item's annotations into a state per reviewer and the effective
 * one. What decides the document's fate (drop, keep, or an edit) is exclusive:
 * the newest wins. A later judgement of one's own ends a skip and a sending
 * back, but no escalation: that is for a lead to end, by resolving it,
 * adjudicating or sending the item back. */
#include "config.h"

#include "review/state.h"

#include <stdlib.h>

#include "review/annotation_check.h"

#define KIND_BIT(kind) (UINT32_C(1) << (unsigned)(kind))
#define EDIT_KINDS                                                \
    (KIND_BIT(ANNOTATION_REWRITE) | KIND_BIT(ANNOTATION_REDACT) | \
     KIND_BIT(ANNOTATION_INSERT))
#define FATE_FLAGS \
    ((unsigned)STATE_DROPPED | (unsigned)STATE_KEPT | (unsigned)STATE_REWRITTEN)

/* Pointers into the list are good until the next call. */
static struct state_of *
reviewer_state(struct state_set *set, struct arena *arena, struct str reviewer)
{
    for (size_t i = 0; i < set->count; i++)
        if (str_equal(set->reviewers[i].reviewer, reviewer))
            return &set->reviewers[i];
    if (set->count == set->cap) {
        size_t cap = set->cap ? set->cap * 2 : 4;
        struct state_of *more = arena_alloc(arena, cap * sizeof(*more));

        if (!more)
            return NULL;
        if (set->count)
            memcpy(more, set->reviewers, set->count * sizeof(*more));
        set->reviewers = more;
        set->cap = cap;
    }
    set->reviewers[set->count] = (struct state_of){.reviewer = reviewer};
    return &set->reviewers[set->count++];
}

static bool
tag_is(const struct state_tag *tag, const struct state_act *act)
{
    return str_equal(tag->name, act->value) && tag->spanned == act->spanned &&
           (!act->spanned ||
            (tag->start == act->start && tag->end == act->end));
}

static bool
put_tag(struct state_of *state, struct arena *arena,
        const struct state_act *act)
{
    for (size_t i = 0; i < state->tag_count; i++)
        if (tag_is(&state->tag_list[i], act))
            return true;
    if (state->tag_count == state->tag_cap) {
        size_t cap = state->tag_cap ? state->tag_cap * 2 : 4;
        struct state_tag *more = arena_alloc(arena, cap * sizeof(*more));

        if (!more)
            return false;
        if (state->tag_count)
            memcpy(more, state->tag_list, state->tag_count * sizeof(*more));
        state->tag_list = more;
        state->tag_cap = cap;
    }
    state->tag_list[state->tag_count++] =
        (struct state_tag){act->value, act->spanned, act->start, act->end};
    return true;
}

/* Without a span, a topic goes from the document and from all its spans. */
static void
take_tag(struct state_of *state, const struct state_act *act)
{
    size_t kept = 0;

    for (size_t i = 0; i < state->tag_count; i++) {
        const struct state_tag *tag = &state->tag_list[i];
        bool gone =
            act->spanned ? tag_is(tag, act) : str_equal(tag->name, act->value);

        if (!gone)
            state->tag_list[kept++] = *tag;
    }
    state->tag_count = kept;
}

static void
judge(struct state_of *state, const struct state_act *act)
{
    state->flags |= STATE_JUDGED;
    state->flags &= ~((unsigned)STATE_SKIPPED | STATE_SENT_BACK);
    state->judged_us = act->at_us;
}

static void
decide_fate(struct state_of *state, const struct state_act *act)
{
    unsigned flag = STATE_REWRITTEN;
    uint32_t others = KIND_BIT(ANNOTATION_DROP) | KIND_BIT(ANNOTATION_KEEP);

    if (act->kind == ANNOTATION_DROP || act->kind == ANNOTATION_KEEP) {
        flag = act->kind == ANNOTATION_DROP ? STATE_DROPPED : STATE_KEPT;
        others |= EDIT_KINDS;
        state->edited_span = false;
    } else if (act->spanned) {
        state->edited_span = true;
    }
    state->flags = (state->flags & ~FATE_FLAGS) | flag;
    state->kinds &= ~others;
    if (act->kind != ANNOTATION_REDACT && act->kind != ANNOTATION_INSERT)
        judge(state, act);
}

/* One act into one state; false: out of memory. */
static bool
fold(struct state_of *state, struct arena *arena, const struct state_act *act,
     size_t at)
{
    switch (act->kind) {
    case ANNOTATION_VERDICT:
        state->verdict = act->value;
        state->verdict_at = at;
        judge(state, act);
        break;
    case ANNOTATION_RATE:
        judge(state, act);
        break;
    case ANNOTATION_REWRITE:
    case ANNOTATION_REDACT:
    case ANNOTATION_INSERT:
    case ANNOTATION_DROP:
    case ANNOTATION_KEEP:
        decide_fate(state, act);
        break;
    case ANNOTATION_TAG:
        if (!put_tag(state, arena, act))
            return false;
        break;
    case ANNOTATION_UNTAG:
        take_tag(state, act);
        break;
    case ANNOTATION_NOTE:
        state->noted = true;
        break;
    case ANNOTATION_SKIP:
        state->flags |= STATE_SKIPPED;
        state->flags &= ~(unsigned)STATE_SENT_BACK;
        break;
    case ANNOTATION_ESCALATE:
        state->flags |= STATE_ESCALATED;
        state->flags &= ~(unsigned)STATE_SENT_BACK;
        break;
    case ANNOTATION_ADJUDICATE:
    case ANNOTATION_RESOLVE:
    case ANNOTATION_SEND_BACK:
    case ANNOTATION_ADD:
    case ANNOTATION_CLAIM:
    case ANNOTATION_REVEAL:
    case ANNOTATION_EXPORT:
    case ANNOTATION_UNDO:
    case ANNOTATION_FAILURE:
    case ANNOTATION_STATUS:
    case ANNOTATION_KIND_COUNT:
        break;
    }
    state->kinds |= KIND_BIT(act->kind);
    return true;
}

/* What one reviewer's act does to the states of the others. */
static void
settle_others(struct state_set *set, const struct state_act *act)
{
    bool back = act->kind == ANNOTATION_SEND_BACK;

    if (!back && act->kind != ANNOTATION_ADJUDICATE &&
        act->kind != ANNOTATION_RESOLVE)
        return;
    for (size_t i = 0; i < set->count; i++) {
        struct state_of *state = &set->reviewers[i];

        state->flags &= ~(unsigned)STATE_ESCALATED;
        if (act->kind == ANNOTATION_RESOLVE)
            continue;
        if (!back)
            state->flags &= ~(unsigned)STATE_SENT_BACK;
        else if (act->value.len ? str_equal(state->reviewer, act->value)
                                : (state->flags & STATE_JUDGED) != 0)
            state->flags |= STATE_SENT_BACK;
    }
}

static int
by_name(const void *a, const void *b)
{
    const struct state_tag *x = a;
    const struct state_tag *y = b;

    return str_compare(x->name, y->name);
}

/* The names of the sorted list, each once. */
static bool
join_tags(const struct state_of *state, bool spanned, struct arena *arena,
          struct str *out)
{
    const struct state_tag *last = NULL;
    size_t len = 0;
    char *text = NULL;

    *out = (struct str){NULL, 0};
    for (size_t i = 0; i < state->tag_count; i++)
        len += state->tag_list[i].name.len + 1;
    if (len == 0)
        return true;
    text = arena_bytes(arena, len);
    if (!text)
        return false;
    len = 0;
    for (size_t i = 0; i < state->tag_count; i++) {
        const struct state_tag *tag = &state->tag_list[i];

        if (tag->spanned != spanned ||
            (last && str_equal(last->name, tag->name)))
            continue;
        if (last)
            text[len++] = ' ';
        memcpy(text + len, tag->name.ptr, tag->name.len);
        len += tag->name.len;
        last = tag;
    }
    if (len)
        *out = (struct str){text, len};
    return true;
}

static bool
finish(struct state_of *state, struct arena *arena)
{
    bool tagged_span = false;

    if (state->tag_count > 1)
        qsort(state->tag_list, state->tag_count, sizeof(*state->tag_list),
              by_name);
    for (size_t i = 0; i < state->tag_count; i++)
        tagged_span = tagged_span || state->tag_list[i].spanned;
    if (state->tag_count == 0)
        state->kinds &= ~KIND_BIT(ANNOTATION_TAG);
    if (state->noted)
        state->flags |= STATE_NOTED;
    if (tagged_span || state->edited_span)
        state->flags |= STATE_SPANS;
    return join_tags(state, false, arena, &state->tags) &&
           join_tags(state, true, arena, &state->span_tags);
}

/* Verdict and flags of the item from its people's states. `settled` is the
 * newest adjudication, or NULL. The pooled fold has given the rest. */
static void
make_effective(struct state_set *set, const struct state_act *settled)
{
    struct state_of *all = &set->effective;
    const struct state_of *newest = NULL;
    unsigned fates = 0;
    bool differ = false;

    all->flags &=
        ~((unsigned)STATE_SKIPPED | STATE_ESCALATED | STATE_SENT_BACK);
    for (size_t i = 0; i < set->count; i++) {
        const struct state_of *state = &set->reviewers[i];

        if (reviewer_is_model(state->reviewer))
            continue;
        all->reviewers += (state->flags & STATE_JUDGED) != 0;
        all->flags |= state->flags & (STATE_ESCALATED | STATE_SENT_BACK);
        if ((state->flags & STATE_SKIPPED) && !(all->flags & STATE_JUDGED))
            all->flags |= STATE_SKIPPED;
        fates |= state->flags & FATE_FLAGS;
        if (!state->verdict.len)
            continue;
        differ =
            differ || (newest && !str_equal(newest->verdict, state->verdict));
        if (!newest || state->verdict_at > newest->verdict_at)
            newest = state;
    }
    all->verdict = newest ? newest->verdict : (struct str){NULL, 0};
    if (settled) {
        all->verdict = settled->value;
        all->flags |= STATE_JUDGED;
        if (all->judged_us == 0)
            all->judged_us = settled->at_us;
    } else if (differ || (fates & (fates - 1)) != 0) {
        all->flags |= STATE_DISAGREED;
    }
}

enum err_code
state_derive(const struct state_act *acts, size_t count, struct arena *arena,
             struct state_set *out, struct error *err)
{
    struct state_set set = {0};
    const struct state_act *settled = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct state_act *act = &acts[i];
        bool person = !reviewer_is_model(act->reviewer);
        bool named = act->kind == ANNOTATION_SEND_BACK && act->value.len;
        struct state_of *state = NULL;

        if (named && !reviewer_state(&set, arena, act->value))
            return error_nomem(err);
        state = reviewer_state(&set, arena, act->reviewer);
        if (!state)
            return error_nomem(err);
        if (act->undone)
            continue;
        if (!fold(state, arena, act, i))
            return error_nomem(err);
        if (!person)
            continue;
        if (!fold(&set.effective, arena, act, i))
            return error_nomem(err);
        settle_others(&set, act);
        if (act->kind == ANNOTATION_ADJUDICATE)
            settled = act;
    }
    for (size_t i = 0; i < set.count; i++)
        if (!finish(&set.reviewers[i], arena))
            return error_nomem(err);
    make_effective(&set, settled);
    if (!finish(&set.effective, arena))
        return error_nomem(err);
    *out = set;
    return ERR_OK;
}

bool
state_is_blank(const struct state_of *state)
{
    return state->flags == 0 && state->kinds == 0 && !state->verdict.len &&
           !state->tags.len && !state->span_tags.len;
}
