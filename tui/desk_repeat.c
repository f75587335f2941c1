/* `.`: the newest verdict with the tags that came with it. */
#include "config.h"

#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/desk_state.h"

static void
forget_tag(struct repeat *r, struct str tag)
{
    for (size_t i = 0; i < r->tag_count; i++)
        if (str_equal(str_of(r->tags[i]), tag)) {
            free(r->tags[i]);
            r->tags[i] = r->tags[--r->tag_count];
            return;
        }
}

void
desk_remember(struct desk *desk, const struct desk_act *act)
{
    struct repeat *r = &desk->repeat;

    if (act->has_span || !desk_document(desk))
        return;
    if (act->kind == ANNOTATION_UNTAG &&
        r->document == desk_document(desk)->serial)
        forget_tag(r, act->value);
    if (act->kind == ANNOTATION_TAG && act->value.len) {
        if (r->document != desk_document(desk)->serial || r->tag_count == 16) {
            for (size_t i = 0; i < r->tag_count; i++)
                free(r->tags[i]);
            r->tag_count = 0;
            free(r->verdict);
            r->verdict = NULL;
        }
        if (r->tag_count < 16)
            r->tags[r->tag_count++] = xstrndup(act->value);
        r->document = desk_document(desk)->serial;
    } else if (act->kind == ANNOTATION_VERDICT) {
        if (r->document != desk_document(desk)->serial) {
            for (size_t i = 0; i < r->tag_count; i++)
                free(r->tags[i]);
            r->tag_count = 0;
        }
        free(r->verdict);
        r->verdict = xstrndup(act->value);
        r->document = desk_document(desk)->serial;
    }
}

void
desk_repeat_last(struct desk *desk)
{
    struct repeat r = desk->repeat;
    struct desk_act act = {.kind = ANNOTATION_TAG};

    if (!r.verdict && !r.tag_count) {
        desk_say(desk, true, "nothing to repeat yet");
        return;
    }
    /* Acting frees and refills the memory: act on copies. */
    desk->repeat = (struct repeat){0};
    for (size_t i = 0; i < r.tag_count; i++) {
        act.value = str_of(r.tags[i]);
        act.next =
            !r.verdict && i + 1 == r.tag_count && !desk->list.view.marked;
        (void)desk_act(desk, &act);
    }
    if (r.verdict) {
        act = (struct desk_act){.kind = ANNOTATION_VERDICT,
                                .value = str_of(r.verdict),
                                .next = true};
        (void)desk_act(desk, &act);
    }
    free(r.verdict);
    for (size_t i = 0; i < r.tag_count; i++)
        free(r.tags[i]);
}
