/* `stet search`: hits with scores, verdicts, tags and snippets. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/command_list.h"
#include "cli/session.h"
#include "stet/pool.h"
#include "stet/utf8.h"
#include "stet/xalloc.h"

#define SNIPPET_BYTES 160

static const struct option_def search_options[] = {
    {"limit", 'n', "N", "print at most N hits (default 20; 0: all)"},
    {"after", 0, "CURSOR", "go on after that hit of the same query"},
    {"count", 0, NULL, "print the number of hits only"},
    {"why", 0, NULL, "print which words and patterns stand where, in bytes"},
    {"refs", 0, NULL, "print references only, for --batch"},
    {NULL, 0, NULL, NULL},
};

/* What a printed hit is made of; everything in the session's arena. */
struct hit {
    uint32_t doc;
    char cursor[SEARCH_CURSOR_SIZE];
    const struct document *document; /* NULL: not to be read any more */
    struct item_state state;
    bool withheld; /* escalated, and not for this reviewer */
    struct span *spans;
    size_t span_count;
    struct span snippet;
    struct search_match *matches; /* NULL: not asked for */
    size_t match_count;
};

static enum err_code
load_hit(struct session *session, const struct query *query, uint32_t doc,
         struct hit *hit, struct error *err)
{
    struct item_key key;
    enum err_code code;

    hit->doc = doc;
    code = index_document(session->index, doc, &session->arena, &hit->document,
                          err);
    if (code == ERR_CONFLICT || code == ERR_FORMAT || code == ERR_NOTFOUND) {
        complain("%s", err->message);
        hit->document = NULL;
        return ERR_OK;
    }
    if (!code)
        code = search_highlight(query, hit->document->text, &session->arena,
                                &hit->spans, &hit->span_count, err);
    if (code)
        return code;
    hit->snippet = search_snippet(hit->document->text, hit->spans,
                                  hit->span_count, SNIPPET_BYTES);
    key = item_key_of(hit->document);
    code = store_state(session->store, &key, (struct str){NULL, 0},
                       &session->arena, &hit->state, err);
    hit->withheld = !code && session_withholds(session, &hit->state);
    return code;
}

static void
print_json_matches(const struct hit *hit, struct json_out *w)
{
    json_key(w, "matches");
    json_open(w, '[');
    for (size_t i = 0; i < hit->match_count; i++) {
        const struct search_match *match = &hit->matches[i];

        json_open(w, '{');
        json_key(w, match->is_regex ? "regex" : "phrase");
        json_str(w, match->what);
        json_key(w, "start");
        json_int(w, (int64_t)match->span.start);
        json_key(w, "end");
        json_int(w, (int64_t)match->span.end);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void
print_plain_matches(const struct hit *hit)
{
    for (size_t i = 0; i < hit->match_count; i++) {
        const struct search_match *match = &hit->matches[i];

        printf("    %zu-%zu  ", match->span.start, match->span.end);
        if (match->is_regex)
            putchar('/');
        print_escaped(match->what, 60);
        printf("%s\n", match->is_regex ? "/" : "");
    }
}

static enum err_code
print_json_hit(struct session *session, const struct hit *hit,
               struct error *err)
{
    struct buf line = {0};
    struct json_out w = {&line, false};
    enum err_code code;

    json_open(&w, '{');
    code = json_document(session, hit->doc, &w, err);
    json_scores(session, hit->doc, &w);
    json_key(&w, "verdict");
    if (hit->state.verdict.len)
        json_str(&w, hit->state.verdict);
    else
        json_null(&w);
    json_tags(hit->state.tags, &w);
    json_key(&w, "snippet");
    if (hit->document && !hit->withheld)
        json_str(&w, str_slice(hit->document->text, hit->snippet.start,
                               hit->snippet.end));
    else
        json_null(&w);
    if (hit->withheld) {
        json_key(&w, "withheld");
        json_str(&w, STR_LIT("escalated"));
    }
    if (hit->matches)
        print_json_matches(hit, &w);
    json_key(&w, "cursor");
    json_str(&w, str_of(hit->cursor));
    json_close(&w, '}');
    if (!code)
        print_json_line(&line);
    buf_release(&line);
    return code;
}

static void
print_plain_scores(struct session *session, uint32_t doc)
{
    size_t shown = 0;

    for (unsigned i = 0; i < index_score_count(session->index) && shown < 6;
         i++) {
        const struct score_def *def = index_score_def(session->index, i);
        double value;

        if (def->kind == SCORE_LABEL)
            continue;
        value = index_score(session->index, i, doc);
        if (isnan(value))
            continue;
        printf("  ");
        print_escaped(str_of(def->name), 24);
        printf(" %.4g", value);
        shown++;
    }
}

static enum err_code
print_plain_hit(struct session *session, const struct hit *hit,
                struct error *err)
{
    struct document_place place;
    const struct index_shard *shard;
    enum err_code code = index_place(session->index, hit->doc, &place, err);

    if (code)
        return code;
    shard = index_shard(session->index, place.shard);
    printf("at:");
    print_escaped(str_of(shard->path), 0);
    printf(":%llu", (unsigned long long)place.record);
    if (hit->document && hit->document->id_token.ptr) {
        printf("  id:");
        print_escaped(hit->document->id, 60);
    }
    print_plain_scores(session, hit->doc);
    if (hit->state.verdict.len) {
        printf("  ");
        print_escaped(hit->state.verdict, 20);
    }
    if (hit->state.tags.len) {
        printf("  [");
        print_escaped(hit->state.tags, 60);
        printf("]");
    }
    printf("\n    ");
    if (hit->withheld)
        printf("(escalated)");
    else if (hit->document)
        print_escaped(str_slice(hit->document->text, hit->snippet.start,
                                hit->snippet.end),
                      0);
    putchar('\n');
    print_plain_matches(hit);
    return ERR_OK;
}

static enum err_code
print_ref(struct session *session, uint32_t doc, struct error *err)
{
    struct document_place place;
    enum err_code code = index_place(session->index, doc, &place, err);

    if (!code)
        printf("at:%s:%llu\n", index_shard(session->index, place.shard)->path,
               (unsigned long long)place.record);
    return code;
}

static enum err_code
print_hit(struct session *session, const struct query *query,
          const struct hits *hits, uint32_t at, bool why, struct error *err)
{
    struct arena scratch = session->arena;
    struct hit hit = {.document = NULL};
    enum err_code code;

    arena_init(&session->arena, 0);
    search_cursor(session->index, query, hits, at, hit.cursor);
    code = load_hit(session, query, hits->docs[at], &hit, err);
    if (!code && why && hit.document && !hit.withheld)
        code = search_why(query, hit.document->text, &session->arena,
                          &hit.matches, &hit.match_count, err);
    if (!code)
        code = session->json ? print_json_hit(session, &hit, err)
                             : print_plain_hit(session, &hit, err);
    arena_release(&session->arena);
    session->arena = scratch;
    return code;
}

/* How many of how many, and how to go on. */
static void
print_end(struct session *session, const struct query *query,
          const struct hits *hits, bool more)
{
    char cursor[SEARCH_CURSOR_SIZE];

    (void)fprintf(stderr, "%u of %u%s hits\n", hits->count, hits->total,
                  hits->cut ? " or more" : "");
    if (!more)
        return;
    search_cursor(session->index, query, hits, hits->count - 1, cursor);
    (void)fprintf(stderr, "go on with --after %s\n", cursor);
}

/* The last line of --json, when there is something to say. */
static void
print_json_end(const struct hits *hits)
{
    struct buf line = {0};
    struct json_out w = {&line, false};

    if (hits->costly) {
        json_open(&w, '{');
        json_key(&w, "too_costly");
        json_int(&w, hits->costly);
        json_close(&w, '}');
        print_json_line(&line);
    }
    buf_release(&line);
}

/* A page that is printed as it comes. */
struct printing {
    struct session *session;
    struct page page;
    bool refs, why;
    uint32_t printed;
    struct error *err; /* of `code` */
    enum err_code code;
};

/* The hits from `from` on. */
static enum err_code
print_hits(const struct printing *printing, const struct hits *hits,
           uint32_t from, struct error *err)
{
    enum err_code code = ERR_OK;

    for (uint32_t i = from; !code && i < hits->count; i++) {
        if (cancel_is_set(interrupt_flag()))
            return error_set(err, ERR_CANCELLED, "stopped");
        code = printing->refs
                   ? print_ref(printing->session, hits->docs[i], err)
                   : print_hit(printing->session, printing->page.query, hits, i,
                               printing->why, err);
    }
    return code;
}

/* Hits while others are looked for. */
static bool
print_found(void *ctx, const uint32_t *docs, uint32_t count)
{
    struct printing *printing = ctx;
    struct hits hits = {.docs = xreallocarray(NULL, count, sizeof(*docs)),
                        .count = count};

    memcpy(hits.docs, docs, count * sizeof(*docs));
    printing->code = print_hits(printing, &hits, 0, printing->err);
    hits_release(&hits);
    if (!printing->code)
        printing->code = finish_output(printing->err);
    printing->printed += count;
    return !printing->code;
}

static void
complain_of(const struct hits *hits)
{
    if (hits->unreadable)
        complain("%u documents changed or were damaged since they were "
                 "indexed and are left out: run 'stet index'",
                 hits->unreadable);
    if (hits->costly)
        complain("on %u documents the regular expression is too costly: "
                 "they are left out",
                 hits->costly);
    if (hits->direction_unknown)
        complain("which end is bad is not known: highest first (set "
                 "'bad' of the score in .stet/config)");
}

static enum err_code
print_count(struct session *session, const char *text, struct error *err)
{
    struct hits hits = {0};
    enum err_code code = session_count(session, text, &hits, err);

    if (!code) {
        complain_of(&hits);
        printf("%u\n", hits.total);
    }
    hits_release(&hits);
    return code;
}

/* What is left to print when the search has ended. */
static enum err_code
print_rest(const struct printing *printing, struct error *err)
{
    const struct page *page = &printing->page;
    const struct hits *hits = &page->hits;
    bool full = hits->count == page->limit && hits->count > 0 &&
                hits->count < hits->total;
    enum err_code code;

    complain_of(hits);
    code = print_hits(printing, hits, printing->printed, err);
    if (!code && printing->session->json && !printing->refs)
        print_json_end(hits);
    if (!code && !printing->session->json && !printing->refs)
        print_end(printing->session, page->query, hits, full);
    return code;
}

static enum err_code
print_page(struct session *session, const struct invocation *in,
           const char *text, struct error *err)
{
    struct printing printing = {.session = session,
                                .refs = option_given(in, "refs"),
                                .why = option_given(in, "why"),
                                .err = err};
    struct page *page = &printing.page;
    uint64_t limit;
    enum err_code code = option_uint(in, "limit", 20, UINT64_MAX, &limit, err);

    if (code)
        return code;
    *page = (struct page){.text = text,
                          .after = option_get(in, "after"),
                          .limit = limit && limit < UINT32_MAX ? (uint32_t)limit
                                                               : UINT32_MAX,
                          .found = print_found,
                          .ctx = &printing};
    code = session_page(session, page, err);
    if (printing.code)
        code = printing.code;
    if (!code)
        code = print_rest(&printing, err);
    hits_release(&page->hits);
    return code;
}

static enum err_code
run_search(const struct invocation *in, int *status, struct error *err)
{
    struct session session;
    struct buf text = {0};
    enum err_code code;

    (void)status;
    interrupt_catch();
    for (size_t i = 0; i < in->arg_count; i++)
        xbuf_printf(&text, "%s%s", i ? " " : "", in->args[i]);
    code = session_open(&session, in,
                        NEED_INDEX | NEED_STORE_READ | NEED_RESOLVER, err);
    if (!code && option_given(in, "count"))
        code = print_count(&session, xbuf_cstr(&text), err);
    else if (!code)
        code = print_page(&session, in, xbuf_cstr(&text), err);
    session_close(&session);
    buf_release(&text);
    return code;
}

const struct command command_search = {
    "search",
    "[OPTIONS] QUERY...",
    "Print the documents that match a query",
    "The language is explained in stet-query(7). Without a QUERY every "
    "document matches. With --limit it prints a page, and where it ended: "
    "--after goes on from there, with the same query and as long as the index "
    "is the same, whatever was judged meanwhile. With --json each hit has its "
    "cursor, and a last line {\"too_costly\":N} counts the documents that a "
    "regular expression was given up on. Hits of a regular expression in the "
    "order of the shards are printed as they are found, and looked for no "
    "further than the page needs.",
    search_options,
    run_search,
};
