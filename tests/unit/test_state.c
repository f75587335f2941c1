/* The fold from annotations to state: each rule by example. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "review/state.h"

struct world {
    struct arena arena;
    struct state_act acts[32];
    size_t count;
    struct state_set set;
};

static int
set_up(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    arena_init(&w->arena, 0);
    *state = w;
    return 0;
}

static int
tear_down(void **state)
{
    struct world *w = *state;

    arena_release(&w->arena);
    free(w);
    return 0;
}

static struct state_act *
act(struct world *w, const char *who, enum annotation_kind kind,
    const char *value)
{
    struct state_act *a = &w->acts[w->count++];

    *a = (struct state_act){.reviewer = str_of(who),
                            .kind = kind,
                            .value = str_of(value ? value : ""),
                            .at_us = (int64_t)w->count * 1000};
    return a;
}

static void
derive(struct world *w)
{
    struct error err = ERROR_INIT;

    assert_int_equal(state_derive(w->acts, w->count, &w->arena, &w->set, &err),
                     ERR_OK);
}

static const struct state_of *
of(const struct world *w, const char *who)
{
    for (size_t i = 0; i < w->set.count; i++)
        if (str_equal(w->set.reviewers[i].reviewer, str_of(who)))
            return &w->set.reviewers[i];
    fail_msg("no state of %s", who);
    return NULL;
}

#define assert_str(view, literal) \
    assert_true(str_equal((view), str_of(literal)))

static void
test_effective_verdict(void **state)
{
    struct world *w = *state;

    act(w, "ana", ANNOTATION_VERDICT, "good");
    act(w, "kim", ANNOTATION_VERDICT, "good");
    act(w, "model/x@1", ANNOTATION_VERDICT, "bad");
    derive(w);
    assert_str(w->set.effective.verdict, "good");
    assert_int_equal(w->set.effective.reviewers, 2);
    assert_int_equal(w->set.effective.flags, STATE_JUDGED);
    assert_str(of(w, "model/x@1")->verdict, "bad");
    act(w, "kim", ANNOTATION_VERDICT, "bad");
    derive(w);
    assert_str(w->set.effective.verdict, "bad"); /* the newest */
    assert_true(w->set.effective.flags & STATE_DISAGREED);
    act(w, "lee", ANNOTATION_ADJUDICATE, "good");
    act(w, "kim", ANNOTATION_VERDICT, "unsure");
    derive(w);
    assert_str(w->set.effective.verdict, "good");
    assert_false(w->set.effective.flags & STATE_DISAGREED);
    assert_false(of(w, "lee")->flags & STATE_JUDGED);
}

static void
test_models_alone_judge_nothing(void **state)
{
    struct world *w = *state;

    act(w, "model/x@1", ANNOTATION_VERDICT, "bad");
    act(w, "model/x@1", ANNOTATION_TAG, "spam");
    act(w, "model/x@1", ANNOTATION_DROP, NULL);
    derive(w);
    assert_true(state_is_blank(&w->set.effective));
    assert_true(of(w, "model/x@1")->flags & STATE_DROPPED);
}

static void
test_what_judges(void **state)
{
    static const struct {
        enum annotation_kind kind;
        bool judges;
    } rows[] = {
        {ANNOTATION_VERDICT, true},    {ANNOTATION_RATE, true},
        {ANNOTATION_REWRITE, true},    {ANNOTATION_DROP, true},
        {ANNOTATION_KEEP, true},       {ANNOTATION_TAG, false},
        {ANNOTATION_UNTAG, false},     {ANNOTATION_REDACT, false},
        {ANNOTATION_INSERT, false},    {ANNOTATION_NOTE, false},
        {ANNOTATION_SKIP, false},      {ANNOTATION_ESCALATE, false},
        {ANNOTATION_SEND_BACK, false}, {ANNOTATION_REVEAL, false},
        {ANNOTATION_CLAIM, false},
    };
    struct world *w = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        w->count = 0;
        act(w, "ana", rows[i].kind, "x");
        derive(w);
        assert_int_equal((of(w, "ana")->flags & STATE_JUDGED) != 0,
                         rows[i].judges);
        assert_int_equal(of(w, "ana")->judged_us, rows[i].judges ? 1000 : 0);
        assert_int_equal(w->set.effective.reviewers, rows[i].judges);
    }
}

static void
test_fate_is_exclusive(void **state)
{
    struct world *w = *state;
    unsigned fates = STATE_DROPPED | STATE_KEPT | STATE_REWRITTEN;

    act(w, "ana", ANNOTATION_REWRITE, NULL);
    act(w, "ana", ANNOTATION_DROP, NULL);
    derive(w);
    assert_int_equal(of(w, "ana")->flags & fates, STATE_DROPPED);
    act(w, "ana", ANNOTATION_KEEP, NULL);
    derive(w);
    assert_int_equal(of(w, "ana")->flags & fates, STATE_KEPT);
    act(w, "ana", ANNOTATION_REDACT, "[X]")->spanned = true;
    derive(w);
    assert_int_equal(of(w, "ana")->flags & fates, STATE_REWRITTEN);
    assert_true(of(w, "ana")->flags & STATE_SPANS);
    act(w, "kim", ANNOTATION_DROP, NULL);
    derive(w);
    assert_true(w->set.effective.flags & STATE_DISAGREED);
    assert_int_equal(w->set.effective.flags & fates, STATE_DROPPED);
}

static void
test_skip_escalate_send_back(void **state)
{
    struct world *w = *state;

    act(w, "ana", ANNOTATION_SKIP, NULL);
    derive(w);
    assert_int_equal(of(w, "ana")->flags, STATE_SKIPPED);
    assert_int_equal(w->set.effective.flags, STATE_SKIPPED);
    act(w, "kim", ANNOTATION_VERDICT, "good");
    derive(w);
    assert_int_equal(w->set.effective.flags, STATE_JUDGED);
    act(w, "ana", ANNOTATION_ESCALATE, NULL);
    act(w, "kim", ANNOTATION_VERDICT, "bad");
    derive(w);
    assert_true(w->set.effective.flags & STATE_ESCALATED);
    /* Not even by who escalated it. */
    act(w, "ana", ANNOTATION_VERDICT, "bad");
    derive(w);
    assert_true(w->set.effective.flags & STATE_ESCALATED);
    assert_true(of(w, "ana")->flags & STATE_ESCALATED);
    act(w, "lee", ANNOTATION_SEND_BACK, "kim");
    derive(w);
    assert_false(w->set.effective.flags & STATE_ESCALATED);
    assert_true(of(w, "kim")->flags & STATE_SENT_BACK);
    assert_false(of(w, "ana")->flags & STATE_SENT_BACK);
    act(w, "kim", ANNOTATION_VERDICT, "good");
    derive(w);
    assert_false(w->set.effective.flags & STATE_SENT_BACK);
}

/* It ends all escalations before it, changes nothing else, and is undone. */
static void
test_resolve(void **state)
{
    struct world *w = *state;

    act(w, "ana", ANNOTATION_VERDICT, "bad");
    act(w, "ana", ANNOTATION_ESCALATE, NULL);
    act(w, "kim", ANNOTATION_ESCALATE, NULL);
    act(w, "lee", ANNOTATION_SEND_BACK, "ana");
    act(w, "ana", ANNOTATION_ESCALATE, NULL);
    act(w, "lee", ANNOTATION_SEND_BACK, "kim");
    act(w, "ana", ANNOTATION_ESCALATE, NULL);
    act(w, "model/m", ANNOTATION_RESOLVE, NULL);
    derive(w);
    assert_true(w->set.effective.flags & STATE_ESCALATED);
    act(w, "lee", ANNOTATION_RESOLVE, NULL);
    derive(w);
    assert_false(w->set.effective.flags & STATE_ESCALATED);
    assert_int_equal(of(w, "ana")->flags, STATE_JUDGED);
    assert_int_equal(of(w, "kim")->flags, STATE_SENT_BACK);
    assert_int_equal(of(w, "lee")->flags, 0);
    assert_true(str_equal(w->set.effective.verdict, STR_LIT("bad")));
    w->acts[w->count - 1].undone = true;
    derive(w);
    assert_true(of(w, "ana")->flags & STATE_ESCALATED);
    w->acts[w->count - 1].undone = false;
    act(w, "kim", ANNOTATION_ESCALATE, NULL);
    derive(w);
    assert_true(w->set.effective.flags & STATE_ESCALATED);
}

static void
test_send_back_to_all_and_undone(void **state)
{
    struct world *w = *state;
    struct state_act *back = NULL;

    act(w, "ana", ANNOTATION_VERDICT, "good");
    act(w, "kim", ANNOTATION_TAG, "x");
    act(w, "lee", ANNOTATION_SEND_BACK, NULL);
    derive(w);
    assert_true(of(w, "ana")->flags & STATE_SENT_BACK);
    assert_false(of(w, "kim")->flags & STATE_SENT_BACK);
    w->count = 0;
    back = act(w, "lee", ANNOTATION_SEND_BACK, "zoe");
    derive(w);
    assert_true(of(w, "zoe")->flags & STATE_SENT_BACK);
    back->undone = true;
    derive(w); /* still listed, so that the stored row goes */
    assert_true(state_is_blank(of(w, "zoe")));
}

static void
test_tags(void **state)
{
    struct world *w = *state;
    struct state_act *a = NULL;

    act(w, "ana", ANNOTATION_TAG, "spam");
    act(w, "ana", ANNOTATION_TAG, "hate/threat");
    act(w, "ana", ANNOTATION_TAG, "spam");
    a = act(w, "ana", ANNOTATION_TAG, "spam");
    a->spanned = true;
    a->end = 5;
    derive(w);
    assert_str(of(w, "ana")->tags, "hate/threat spam");
    assert_str(of(w, "ana")->span_tags, "spam");
    assert_true(of(w, "ana")->flags & STATE_SPANS);
    assert_str(w->set.effective.tags, "hate/threat spam");
    a = act(w, "ana", ANNOTATION_UNTAG, "spam"); /* that span only */
    a->spanned = true;
    a->end = 5;
    derive(w);
    assert_str(of(w, "ana")->tags, "hate/threat spam");
    assert_int_equal(of(w, "ana")->span_tags.len, 0);
    act(w, "kim", ANNOTATION_UNTAG, "spam");
    derive(w);
    assert_str(of(w, "ana")->tags, "hate/threat spam");
    assert_str(w->set.effective.tags, "hate/threat");
}

static void
test_undone_acts_do_not_count(void **state)
{
    struct world *w = *state;

    act(w, "ana", ANNOTATION_VERDICT, "good");
    act(w, "ana", ANNOTATION_VERDICT, "bad")->undone = true;
    derive(w);
    assert_str(of(w, "ana")->verdict, "good");
    w->acts[0].undone = true;
    derive(w);
    assert_true(state_is_blank(of(w, "ana")));
    assert_true(state_is_blank(&w->set.effective));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(test_effective_verdict),
        T(test_models_alone_judge_nothing),
        T(test_what_judges),
        T(test_fate_is_exclusive),
        T(test_skip_escalate_send_back),
        T(test_resolve),
        T(test_send_back_to_all_and_undone),
        T(test_tags),
        T(test_undone_acts_do_not_count),
    };

    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
