/* Builds the annotations of a subcommand and stores them in one transaction. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/annotate.h"
#include "stet/failure.h"
#include "stet/utf8.h"
#include "stet/xalloc.h"

enum annotation_kind
run_kind(const struct run *run)
{
    enum annotation_kind kind = ANNOTATION_VERDICT;

    (void)annotation_kind_parse(str_of(run->in->command->name), &kind);
    if (kind == ANNOTATION_ESCALATE && option_given(run->in, "resolve"))
        kind = ANNOTATION_RESOLVE;
    return kind;
}

/* "failure:ID", then what --reason says. */
static struct str
reason_of(struct run *run)
{
    const char *reason = option_get(run->in, "reason");
    const char *failure = option_get(run->in, "failure");
    struct buf text = {0};
    struct str copy;

    if (!failure)
        return reason ? str_of(reason) : (struct str){NULL, 0};
    failure_reason(str_of(failure), &text);
    if (reason)
        xbuf_printf(&text, " %s", reason);
    copy = arena_copy(&run->session.arena, buf_str(&text));
    buf_release(&text);
    return copy;
}

struct annotation *
run_push(struct run *run, enum annotation_kind kind)
{
    struct annotation *a;

    if ((run->count & (run->count + 1)) == 0)
        run->list =
            xreallocarray(run->list, 2 * run->count + 2, sizeof(*run->list));
    a = &run->list[run->count++];
    *a = (struct annotation){.kind = kind, .how = HOW_COMMAND};
    a->reason = reason_of(run);
    a->policy = str_of(run->policy);
    a->query = run->targets.query;
    return a;
}

/* One item, or a bulk list, for targets [first, end). */
enum err_code
run_set_items(struct run *run, struct annotation *a, size_t first, size_t end,
              struct error *err)
{
    size_t count = end - first;
    struct item_key *keys =
        arena_alloc(&run->session.arena, count * sizeof(*keys));
    enum err_code code = ERR_OK;

    if (!keys)
        return error_nomem(err);
    for (size_t i = 0; !code && i < count; i++)
        code = resolve_item(run->session.resolver,
                            run->targets.list[first + i].doc,
                            &run->session.arena, &keys[i], err);
    if (count == 1 && !run->targets.query.ptr) {
        a->item = keys[0];
        a->has_item = true;
    } else {
        a->items = keys;
        a->item_count = count;
    }
    return code;
}

enum err_code
run_parse_span(const struct run *run, struct str text, uint64_t *start,
               uint64_t *end, struct error *err)
{
    char *copy = xstrndup(text);
    char *rest = copy;
    bool ok;

    errno = 0;
    *start = strtoull(copy, &rest, 10);
    ok = rest != copy && *rest == ':' && copy[0] != '-';
    if (ok) {
        const char *second = rest + 1;

        *end = strtoull(second, &rest, 10);
        ok = rest != second && *rest == '\0' && *second != '-' && !errno &&
             *start <= *end;
    }
    free(copy);
    return ok ? ERR_OK
              : usage_error(run->in, err,
                            "a span is A:B with A <= B, in characters, not "
                            "'%.*s'",
                            (int)(text.len < 40 ? text.len : 40), text.ptr);
}

/* Bind a span in characters to the bytes of the document it is about. */
enum err_code
run_set_span(struct run *run, struct annotation *a, uint32_t doc,
             uint64_t start, uint64_t end, struct error *err)
{
    const struct document *document;
    enum err_code code = index_document(run->session.index, doc,
                                        &run->session.arena, &document, err);

    if (code)
        return code;
    if (document->flags & DOC_BAD_UTF8)
        return error_set(err, ERR_USAGE,
                         "the record has invalid UTF-8: it can be judged, "
                         "tagged or dropped, not rewritten");
    if (document->flags & DOC_FIXED_TEXT && a->kind != ANNOTATION_TAG &&
        a->kind != ANNOTATION_VERDICT)
        return error_set(err, ERR_USAGE,
                         "the text is put together from a list and cannot "
                         "be edited");
    if (end > document->text_cp)
        return error_set(err, ERR_USAGE,
                         "the span ends at character %llu, the text has %llu",
                         (unsigned long long)end,
                         (unsigned long long)document->text_cp);
    a->span.given = true;
    a->span.start_cp = start;
    a->span.end_cp = end;
    a->span.bytes.start = utf8_offset_of_cp(document->text, start);
    a->span.bytes.end = utf8_offset_of_cp(document->text, end);
    return ERR_OK;
}

enum err_code
run_store(struct run *run, struct error *err)
{
    enum err_code code =
        store_append(run->session.store, run->list, run->count, -1, err);

    if (code)
        return code;
    for (size_t i = 0; run->session.json && i < run->count; i++) {
        struct buf line = {0};
        struct json_out w = {&line, false};
        char uuid[UUID_TEXT_SIZE];
        const struct annotation *a = &run->list[i];

        uuid_format(&a->uuid, uuid);
        json_open(&w, '{');
        json_key(&w, "uuid");
        json_str(&w, str_of(uuid));
        json_key(&w, "kind");
        json_str(&w, str_of(annotation_kind_name(a->kind)));
        json_key(&w, "items");
        json_int(&w, a->items ? (int64_t)a->item_count : 1);
        json_close(&w, '}');
        print_json_line(&line);
        buf_release(&line);
    }
    if (!run->session.json)
        printf("%s: %zu document%s\n",
               option_given(run->in, "resolve") ? "resolve"
                                                : run->in->command->name,
               run->targets.count ? run->targets.count : 1,
               run->targets.count > 1 ? "s" : "");
    return ERR_OK;
}

enum err_code
run_open(struct run *run, const struct invocation *in, struct error *err)
{
    struct failure failure;
    enum err_code code;

    *run = (struct run){.in = in};
    interrupt_catch();
    code = session_open(&run->session, in,
                        NEED_INDEX | NEED_STORE | NEED_RESOLVER, err);
    if (!code)
        policy_hash(run->session.ws->settings, run->policy);
    if (!code && option_given(in, "failure"))
        code =
            failure_get(run->session.store, str_of(option_get(in, "failure")),
                        &run->session.arena, &failure, err);
    return code;
}

void
run_close(struct run *run)
{
    free(run->list);
    targets_release(&run->targets);
    session_close(&run->session);
}
