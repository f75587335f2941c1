/* The state that an item's annotations add up to: a pure function of them in
 * the order of (lamport, uuid), so that journals merged in any order agree. */
#ifndef STET_REVIEW_STATE_H
#define STET_REVIEW_STATE_H

#include "stet/annotation.h"
#include "stet/arena.h"
#include "stet/store.h"

/* The part of an annotation that state depends on. */
struct state_act {
    struct str reviewer;
    enum annotation_kind kind;
    struct str value;
    bool spanned;
    int64_t start, end; /* bytes of the span */
    int64_t at_us;
    bool undone;
};

struct state_tag {
    struct str name;
    bool spanned;
    int64_t start, end;
};

struct state_of {
    struct str reviewer; /* empty: the effective state */
    struct str verdict;
    unsigned flags;     /* enum state_flag */
    uint32_t kinds;     /* bit per annotation_kind in force */
    int64_t judged_us;  /* 0: never */
    uint32_t reviewers; /* effective only: how many people judged */
    struct str tags;    /* of the document: sorted, space-separated */
    struct str span_tags;
    /* private */
    size_t verdict_at; /* place of the verdict's act */
    struct state_tag *tag_list;
    size_t tag_count, tag_cap;
    bool noted, tagged_span, edited_span;
};

struct state_set {
    struct state_of *reviewers; /* all who acted or were named,
                                 * also if undone */
    size_t count, cap;
    struct state_of effective;
};

/* `acts` in order. *out lives in `arena` and borrows from the acts. */
enum err_code state_derive(const struct state_act *acts, size_t count,
                           struct arena *arena, struct state_set *out,
                           struct error *err);
/* Nothing to remember: the row may go. */
bool state_is_blank(const struct state_of *state);

#endif
