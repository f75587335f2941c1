/* A patch on a document. Spans are found on the text as it is; document-level
 * decisions hold only for the text that was judged. */
#include "config.h"

#include "apply_record.h"

#include "stet/json.h"
#include "stet/utf8.h"

/* One record on its way. */
struct job {
    const struct apply_context *context;
    const struct patch *patch;
    const struct place *place;
    const struct document *document;
    struct arena *arena;
    struct record_result *out;
    struct text_edit *edits; /* of the text; `number` is the patch's edit */
    size_t count;
    bool whole;             /* edits[0] replaces all of it */
    bool done;              /* all text edits are in the text already */
    bool text_refused;      /* an edit of the text does not apply */
    struct span *tag_spans; /* by edit: where a tag's span is */
    struct buf text;        /* the new one, when text edits apply */
};

static bool
changes_text(const struct patch_edit *edit)
{
    return edit->op == OP_REPLACE || edit->op == OP_REDACT ||
           edit->op == OP_INSERT;
}

static void
refuse(struct job *job, size_t at, const char *why)
{
    job->out->edits[at] = (struct edit_result){EDIT_CONFLICT, why};
    job->out->conflict = true;
    if (changes_text(&job->patch->edits[at]))
        job->text_refused = true;
}

/* Every text edit that was going to apply does not. */
static void
refuse_text(struct job *job, const char *why)
{
    struct str copy = arena_copy(job->arena, str_of(why));

    for (size_t i = 0; i < job->patch->edit_count; i++)
        if (changes_text(&job->patch->edits[i]) &&
            job->out->edits[i].outcome == EDIT_APPLIES)
            refuse(job, i, copy.ptr ? copy.ptr : "out of memory");
    job->out->conflict = true;
    if (job->patch->edit_count == 0)
        job->out->edits[0] = (struct edit_result){EDIT_CONFLICT, copy.ptr};
    job->count = 0;
    job->whole = false;
}

/* On the judged text the bytes say where. Hostile patches may lie. */
static bool
find_exact(struct job *job, size_t at, struct span *span)
{
    const struct patch_edit *edit = &job->patch->edits[at];
    struct str text = job->document->text;

    *span = edit->span;
    if (span->end > text.len || !utf8_is_boundary(text, span->start) ||
        !utf8_is_boundary(text, span->end)) {
        refuse(job, at, "the span cuts a character");
        return false;
    }
    if (edit->has_quote &&
        !str_equal(edit->quote.quote,
                   str_slice(text, span->start, span->end))) {
        refuse(job, at, "the quote is not what stands in its span");
        return false;
    }
    return true;
}

/* In another text the quote says where. */
static bool
find_quote(struct job *job, size_t at, struct span *span)
{
    const struct patch_edit *edit = &job->patch->edits[at];
    struct quote done = edit->quote;

    if (!edit->has_quote) {
        refuse(job, at, "the text changed, and the edit has no quote");
        return false;
    }
    switch (quote_find(job->document->text, &edit->quote, span)) {
    case QUOTE_ONE:
        return true;
    case QUOTE_MANY:
        refuse(job, at, "the text changed, and the quote is there repeatedly");
        return false;
    case QUOTE_NONE:
        break;
    }
    done.quote = edit->text;
    if (changes_text(edit) &&
        quote_find(job->document->text, &done, span) == QUOTE_ONE)
        job->out->edits[at].outcome = EDIT_ALREADY;
    else
        refuse(job, at, "the text changed, and the quote is not there");
    return false;
}

static bool
find_span(struct job *job, size_t at, struct span *span)
{
    return job->place->state == TEXT_CHANGED ? find_quote(job, at, span)
                                             : find_exact(job, at, span);
}

/* A text that a former export made: one replacement makes the new one. */
static void
collect_former(struct job *job)
{
    const struct patch_former *former =
        &job->patch->formers[job->place->former];
    struct str text = job->document->text;

    if (former->span.end > text.len ||
        !utf8_is_boundary(text, former->span.start) ||
        !utf8_is_boundary(text, former->span.end)) {
        refuse_text(job, "the former text's span is not in it");
        return;
    }
    job->edits[0] = (struct text_edit){former->span, former->text, 0, false};
    job->count = 1;
}

static void
collect_edits(struct job *job)
{
    for (size_t i = 0; i < job->patch->edit_count; i++) {
        const struct patch_edit *edit = &job->patch->edits[i];
        struct span span = {0, job->document->text.len};

        if (!changes_text(edit))
            continue;
        if (edit->has_span) {
            if (!find_span(job, i, &span))
                continue;
        } else if (job->place->state == TEXT_CHANGED) {
            refuse(job, i, "the text changed since it was rewritten");
            continue;
        } else {
            job->whole = true;
        }
        job->edits[job->count++] =
            (struct text_edit){span, edit->text, i, false};
    }
}

/* The edits that apply, sorted; those that clash are taken out. */
static void
settle_edits(struct job *job)
{
    size_t kept = 0;

    if (job->whole && job->count > 1) {
        refuse_text(job, "the whole text is rewritten beside other edits");
        return;
    }
    (void)edits_sort(job->edits, job->count);
    for (size_t i = 0; i < job->count; i++) {
        if (job->edits[i].clash)
            refuse(job, job->edits[i].number,
                   "overlaps another edit, or inserts at its place");
        else
            job->edits[kept++] = job->edits[i];
    }
    job->count = kept;
}

/* The new text, compared with what the patch says it must be. */
static enum err_code
make_text(struct job *job, struct error *err)
{
    struct hash hash;
    enum err_code code = edits_apply(job->document->text, job->edits,
                                     job->count, &job->text, err);

    if (code == ERR_CONFLICT) {
        refuse_text(job, err->message);
        return ERR_OK;
    }
    if (code || job->place->state == TEXT_CHANGED || job->text_refused)
        return code;
    hash = hash_of(buf_str(&job->text));
    if (!job->patch->has_after || !hash_equal(&hash, &job->patch->after.hash))
        refuse_text(job, "the edits do not give the text that the patch says");
    return ERR_OK;
}

static enum err_code
apply_text(struct job *job, struct error *err)
{
    bool any = job->place->state == TEXT_FORMER;
    enum err_code code;

    for (size_t i = 0; i < job->patch->edit_count; i++)
        any = any || changes_text(&job->patch->edits[i]);
    if (!any)
        return ERR_OK;
    if (job->place->state == TEXT_AFTER) {
        job->done = true;
        return ERR_OK;
    }
    if (job->place->state == TEXT_FORMER) {
        collect_former(job);
    } else {
        collect_edits(job);
        settle_edits(job);
    }
    if (job->count == 0)
        return ERR_OK;
    code = make_text(job, err);
    if (code || job->count == 0)
        return code;
    code = splice_text(job->document, job->edits, job->count, job->whole,
                       &job->out->splices, err);
    if (code == ERR_CONFLICT) {
        refuse_text(job, err->message);
        job->out->splices.count = 0;
        return ERR_OK;
    }
    job->out->text_changed = true;
    return code;
}

/* A list text that became one element has no score any more. */
static enum err_code
reset_segment_scores(struct job *job, struct error *err)
{
    const struct patch_header *header = job->context->header;

    if (!job->whole || job->count == 0 ||
        !(job->document->flags & DOC_SEGMENTS))
        return ERR_OK;
    job->out->one_segment = true;
    for (size_t i = 0; i < header->segment_score_count; i++) {
        struct member_path path;
        struct member member = {{NULL, 0}, STR_LIT("[null]")};
        enum member_kind kind;
        struct str value;
        enum err_code code = member_path_parse(header->segment_scores[i],
                                               job->arena, &path, err);

        if (!code)
            code = member_find(job->document->raw, &path, &kind, &value, err);
        if (code)
            return code;
        if (!value.ptr)
            continue;
        member.key = path.keys[--path.count];
        code = splice_members(job->document->raw, &path, &member, 1,
                              &job->out->splices, err);
        if (code)
            return code;
    }
    return ERR_OK;
}

/* Which decisions stand, before anything is written. */
static void
judge_decisions(struct job *job)
{
    for (size_t i = 0; i < job->patch->edit_count; i++) {
        const struct patch_edit *edit = &job->patch->edits[i];
        bool spanned = edit->op == OP_TAG && edit->has_span;

        if (changes_text(edit) || edit->op == OP_NOTE)
            continue;
        if (spanned && job->place->state != TEXT_AFTER &&
            job->place->state != TEXT_FORMER) {
            find_span(job, i, &job->tag_spans[i]);
        } else if (spanned) {
            job->tag_spans[i] = edit->span;
        } else if (job->place->state == TEXT_CHANGED) {
            refuse(job, i, "the text changed since it was judged");
        }
    }
}

/* A tag's span, moved along with the edits of the text. Where only the new
 * text is at hand, the spans are moved by the patch's own edits. */
static enum err_code
move_spans(struct job *job, struct tag_span *spans, uint64_t *text_cp,
           struct error *err)
{
    struct text_edit *moves = job->edits;
    size_t count = job->count;
    struct str text = job->count ? buf_str(&job->text) : job->document->text;

    if (job->place->state == TEXT_AFTER || job->place->state == TEXT_FORMER) {
        moves = arena_alloc(job->arena,
                            (job->patch->edit_count + 1) * sizeof(*moves));
        if (!moves)
            return error_nomem(err);
        count = 0;
        for (size_t i = 0; i < job->patch->edit_count; i++) {
            const struct patch_edit *edit = &job->patch->edits[i];
            struct span all = {0, job->patch->guard.bytes};

            if (changes_text(edit))
                moves[count++] = (struct text_edit){
                    edit->has_span ? edit->span : all, edit->text, i, false};
        }
        if (edits_sort(moves, count))
            count = 0;
    }
    *text_cp = utf8_count(text);
    for (size_t i = 0; i < job->patch->edit_count; i++) {
        const struct patch_edit *edit = &job->patch->edits[i];
        size_t start;
        size_t end;

        if (edit->op != OP_TAG || !edit->has_span)
            continue;
        start = edits_move(moves, count, job->tag_spans[i].start, false);
        end = edits_move(moves, count, job->tag_spans[i].end, true);
        end = end > text.len ? text.len : end;
        start = start > end ? end : start;
        spans[i] = (struct tag_span){edit->value,
                                     utf8_count(str_slice(text, 0, start)),
                                     utf8_count(str_slice(text, 0, end))};
    }
    return ERR_OK;
}

static enum err_code
apply_tags(struct job *job, struct error *err)
{
    struct tag_state state = {job->patch, job->out->edits, NULL, 0};
    struct tag_span *spans =
        arena_alloc(job->arena, (job->patch->edit_count + 1) * sizeof(*spans));
    size_t before = job->out->splices.count;
    enum err_code code;

    if (!spans)
        return error_nomem(err);
    state.spans = spans;
    if (!tags_are_given(&state) && job->patch->edit_count > 0)
        return ERR_OK;
    code = move_spans(job, spans, &state.text_cp, err);
    if (!code)
        code = tags_splice(job->context, &state, job->document->raw,
                           &job->out->splices, err);
    if (code == ERR_CONFLICT) {
        struct str why = arena_copy(job->arena, str_of(err->message));

        job->out->splices.count = before;
        for (size_t i = 0; i < job->patch->edit_count; i++)
            if (job->out->edits[i].outcome == EDIT_APPLIES &&
                !changes_text(&job->patch->edits[i]) &&
                job->patch->edits[i].op != OP_KEEP &&
                job->patch->edits[i].op != OP_NOTE)
                refuse(job, i, why.ptr);
        return ERR_OK;
    }
    return code;
}

/* The new record must read as the new text. */
static enum err_code
check_record(struct job *job, struct error *err)
{
    struct buf raw = {0};
    struct document *again = NULL;
    struct str want =
        job->out->text_changed ? buf_str(&job->text) : job->document->text;
    enum err_code code =
        splices_apply(job->document->raw, &job->out->splices, &raw, err);

    if (!code)
        code = mapping_apply(&job->context->mappings[job->place->mapping],
                             buf_str(&raw), 0, job->arena, &again, err);
    if (!code && !str_equal(again->text, want))
        code = error_set(err, ERR_CONFLICT,
                         "record %llu: the new record does not read as the "
                         "new text",
                         (unsigned long long)job->document->record);
    buf_release(&raw);
    return code;
}

/* What was asked for and is so already. */
static void
mark_done(struct job *job)
{
    bool nothing = job->out->splices.count == 0;

    for (size_t i = 0; i < job->patch->edit_count; i++) {
        struct edit_result *result = &job->out->edits[i];

        if (result->outcome == EDIT_APPLIES &&
            (nothing || (job->done && changes_text(&job->patch->edits[i]))))
            result->outcome = EDIT_ALREADY;
    }
}

static enum err_code
run(struct job *job, struct error *err)
{
    enum err_code code;

    /* More documents without ids have the new text than were given it: a tag
     * might go to the wrong one. */
    if (job->place->done || job->place->unsure ||
        (job->place->state == TEXT_CHANGED &&
         tags_name_patch(job->context, job->document->raw))) {
        mark_done(job);
        return ERR_OK;
    }
    judge_decisions(job);
    if (patch_drops(job->patch) && job->place->state != TEXT_CHANGED) {
        job->out->drop = true;
        return ERR_OK;
    }
    code = apply_text(job, err);
    if (!code)
        code = reset_segment_scores(job, err);
    if (!code)
        code = apply_tags(job, err);
    if (!code && job->out->splices.count)
        code = check_record(job, err);
    if (!code)
        mark_done(job);
    return code;
}

enum err_code
record_apply(const struct apply_context *context, const struct patch *patch,
             const struct place *place, const struct document *document,
             struct arena *arena, struct record_result *out, struct error *err)
{
    struct record_result result = {0};
    struct job job = {0};
    size_t room = patch->edit_count + 1;
    enum err_code code;

    result.splices.arena = arena;
    result.edits = arena_alloc(arena, room * sizeof(*result.edits));
    job = (struct job){.context = context,
                       .patch = patch,
                       .place = place,
                       .document = document,
                       .arena = arena,
                       .out = &result};
    job.edits = arena_alloc(arena, room * sizeof(*job.edits));
    job.tag_spans = arena_alloc(arena, room * sizeof(*job.tag_spans));
    if (!result.edits || !job.edits || !job.tag_spans)
        return error_nomem(err);
    code = run(&job, err);
    buf_release(&job.text);
    if (!code)
        *out = result;
    return code;
}
