/* `stet queue`: save, list, give, split, remove and export work lists. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command_list.h"
#include "cli/session.h"

static const struct option_def queue_options[] = {
    {"order", 0, "ORDER", "such as toxicity, near(toxicity,0.5), random(1)"},
    {"limit", 'n', "N", "the first N documents only"},
    {"for", 0, "NAMES", "reviewers, with commas"},
    {"to", 0, "NAMES", "reviewers, with commas (give)"},
    {"overlap", 0, "PERCENT", "share of documents that two people read"},
    {"blind", 0, NULL, "hide scores and peers"},
    {"replace", 0, NULL, "an existing queue of that name"},
    {"parts", 0, "N", "number of parts (split)"},
    {NULL, 0, NULL, NULL},
};

static enum err_code
save_hits(struct session *session, const struct queue_options *options,
          const struct hits *hits, uint64_t limit, struct error *err)
{
    size_t count = limit && limit < hits->count ? limit : hits->count;
    struct item_key *items =
        arena_alloc(&session->arena, (count + 1) * sizeof(*items));
    enum err_code code = ERR_OK;

    if (!items)
        return error_nomem(err);
    for (size_t i = 0; !code && i < count; i++)
        code = resolve_item(session->resolver, hits->docs[i], &session->arena,
                            &items[i], err);
    if (!code)
        code = queue_save(session->store, options, items, count, err);
    if (!code)
        printf("queue %.*s: %zu documents\n", STR_FMT(options->name), count);
    return code;
}

static enum err_code
save(struct session *session, const struct invocation *in, struct error *err)
{
    struct queue_options options = {0};
    const struct query *query;
    struct hits hits = {0};
    struct buf text = {0};
    const char *order = option_get(in, "order");
    const char *people = option_get(in, "for");
    uint64_t limit;
    uint64_t overlap;
    enum err_code code;

    if (in->arg_count < 2)
        return usage_error(in, err, "save needs a name");
    for (size_t i = 2; i < in->arg_count; i++)
        xbuf_printf(&text, "%s%s", i > 2 ? " " : "", in->args[i]);
    if (order)
        xbuf_printf(&text, " sort:%s", order);
    code = option_uint(in, "limit", 0, UINT32_MAX, &limit, err);
    if (!code)
        code = option_uint(in, "overlap", 0, 100, &overlap, err);
    if (!code)
        code = session_search(session, xbuf_cstr(&text), &query, &hits, err);
    if (!code) {
        options.name = str_of(in->args[1]);
        options.query = buf_str(&text);
        options.order = str_of(order ? order : "");
        options.reviewers = str_of(people ? people : "");
        options.overlap = (double)overlap / 100;
        options.blind = option_given(in, "blind");
        options.replace = option_given(in, "replace");
        code = save_hits(session, &options, &hits, limit, err);
    }
    hits_release(&hits);
    buf_release(&text);
    return code;
}

static void
print_queue(const struct queue_info *queue, bool json)
{
    struct buf line = {0};
    struct json_out w = {&line, false};

    if (!json) {
        printf("%8llu left of %-8llu ", (unsigned long long)queue->left,
               (unsigned long long)queue->total);
        print_escaped(queue->name, 40);
        printf("  ");
        print_escaped(queue->query, 60);
        if (queue->reviewers.len) {
            printf("  for ");
            print_escaped(queue->reviewers, 40);
        }
        putchar('\n');
        return;
    }
    json_open(&w, '{');
    json_key(&w, "name");
    json_str(&w, queue->name);
    json_key(&w, "query");
    json_str(&w, queue->query);
    json_key(&w, "reviewers");
    json_str(&w, queue->reviewers);
    json_key(&w, "total");
    json_int(&w, (int64_t)queue->total);
    json_key(&w, "left");
    json_int(&w, (int64_t)queue->left);
    json_key(&w, "blind");
    json_bool(&w, queue->blind);
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

static enum err_code
list(struct session *session, struct error *err)
{
    struct queue_info *queues;
    size_t count;
    enum err_code code =
        queue_list(session->store, &session->arena, &queues, &count, err);

    for (size_t i = 0; !code && i < count; i++)
        print_queue(&queues[i], session->json);
    return code;
}

static enum err_code
export_queue(struct session *session, const char *name, struct error *err)
{
    struct item_key *items;
    size_t count;
    enum err_code code = queue_items(session->store, str_of(name),
                                     &session->arena, &items, &count, err);

    for (size_t i = 0; !code && i < count; i++) {
        struct buf line = {0};
        struct json_out w = {&line, false};
        char hex[HASH_HEX_SIZE];

        hash_format(&items[i].text, hex);
        json_open(&w, '{');
        json_key(&w, "source");
        if (items[i].source.ptr)
            json_str(&w, items[i].source);
        else
            json_null(&w);
        json_key(&w, "id");
        if (items[i].id_token.ptr)
            json_raw(&w, items[i].id_token);
        else
            json_null(&w);
        json_key(&w, "sha256");
        json_str(&w, str_of(hex));
        json_close(&w, '}');
        print_json_line(&line);
        buf_release(&line);
    }
    return code;
}

static enum err_code
split(struct session *session, const struct invocation *in, struct error *err)
{
    uint64_t parts;
    enum err_code code = option_uint(in, "parts", 2, 1000, &parts, err);

    if (!code && parts < 2)
        code = usage_error(in, err, "--parts is at least 2");
    return code ? code
                : queue_split(session->store, str_of(in->args[1]),
                              (unsigned)parts, err);
}

static enum err_code
run_queue(const struct invocation *in, int *status, struct error *err)
{
    struct session session;
    const char *verb = in->arg_count ? in->args[0] : "list";
    const char *name = in->arg_count > 1 ? in->args[1] : NULL;
    bool saving = strcmp(verb, "save") == 0;
    const char *to = option_get(in, "to");
    enum err_code code;

    (void)status;
    interrupt_catch();
    code = session_open(
        &session, in,
        NEED_STORE | (saving ? (unsigned)(NEED_INDEX | NEED_RESOLVER) : 0),
        err);
    if (code)
        goto out;
    if (saving)
        code = save(&session, in, err);
    else if (strcmp(verb, "list") == 0)
        code = list(&session, err);
    else if (!name)
        code = usage_error(in, err, "which queue?");
    else if (strcmp(verb, "give") == 0)
        code = to ? queue_give(session.store, str_of(name), str_of(to), err)
                  : usage_error(in, err, "--to NAMES is needed");
    else if (strcmp(verb, "split") == 0)
        code = split(&session, in, err);
    else if (strcmp(verb, "remove") == 0)
        code = queue_remove(session.store, str_of(name), err);
    else if (strcmp(verb, "export") == 0)
        code = export_queue(&session, name, err);
    else
        code = usage_error(in, err, "unknown verb '%s'", verb);
out:
    session_close(&session);
    return code;
}

const struct command command_queue = {
    "queue",
    "save NAME QUERY...|list|give NAME|split NAME|remove NAME|export NAME",
    "Make and hand out ordered work lists",
    "A queue keeps its documents and their order while people work on it. "
    "Judged,\nskipped and claimed documents are stepped over.",
    queue_options,
    run_queue,
};
