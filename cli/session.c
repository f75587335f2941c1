/* Opens the workspace, index and store for a subcommand and prints for it. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/session.h"
#include "stet/pool.h"
#include "stet/utf8.h"
#include "stet/width.h"

static int interrupted;
static volatile sig_atomic_t interrupted_by;

static void
on_interrupt(int signo)
{
    interrupted_by = signo;
    cancel_set(&interrupted);
    /* The second one ends the program at once. */
    (void)signal(signo, SIG_DFL);
}

void
interrupt_catch(void)
{
    struct sigaction action = {.sa_handler = on_interrupt};

    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGUSR1, &action, NULL);
}

bool
interrupt_is_typed(void)
{
    return interrupted_by == SIGINT;
}

const int *
interrupt_flag(void)
{
    return &interrupted;
}

const char *
session_reviewer(const struct invocation *in, const struct workspace *ws)
{
    const char *name = option_get(in, "reviewer");
    const struct setting *setting;
    const struct passwd *user;

    if (name && *name)
        return name;
    name = getenv("STET_REVIEWER");
    if (name && *name)
        return name;
    setting = settings_get(ws->settings, "reviewer", NULL, "name");
    if (setting && setting->value.len) {
        static char configured[256];

        (void)snprintf(configured, sizeof(configured), "%.*s",
                       STR_FMT(setting->value));
        return configured;
    }
    user = getpwuid(geteuid());
    return user ? user->pw_name : "reviewer";
}

/* A team's workspace is group-writable; anyone else's files stay private. */
void
share_umask(const struct workspace *ws)
{
    if (ws->shared)
        (void)umask(007);
}

/* Before the first decision there is no store to read: it is made. */
static enum err_code
open_store(struct session *session, const struct invocation *in, bool reading,
           struct error *err)
{
    const char *reviewer = session_reviewer(in, session->ws);
    enum err_code code =
        store_open(&session->store, session->ws, reviewer, reading, err);

    if (code == ERR_NOTFOUND && reading)
        code = store_open(&session->store, session->ws, reviewer, false, err);
    return code;
}

static enum err_code
open_parts(struct session *session, const struct invocation *in,
           const char *folder, unsigned needs, struct error *err)
{
    enum err_code code;

    *session = (struct session){.json = option_given(in, "json")};
    arena_init(&session->arena, 0);
    code = workspace_open(&session->ws, folder, option_given(in, "trust"), err);
    if (!code)
        share_umask(session->ws);
    if (!code && (needs & (NEED_STORE | NEED_STORE_READ)))
        code = open_store(session, in, !(needs & NEED_STORE), err);
    if (!code && (needs & (NEED_INDEX | NEED_RESOLVER)))
        code = index_open(&session->index, session->ws, err);
    if (!code && (needs & NEED_RESOLVER))
        code = resolver_new(&session->resolver, session->index, session->store,
                            err);
    if (!code && (needs & NEED_RESOLVER))
        resolver_set_cancel(session->resolver, interrupt_flag());
    return code;
}

enum err_code
session_open(struct session *session, const struct invocation *in,
             unsigned needs, struct error *err)
{
    return open_parts(session, in, option_get(in, "directory"), needs, err);
}

enum err_code
session_open_in(struct session *session, const struct invocation *in,
                const char *folder, unsigned needs, struct error *err)
{
    char *dot = path_join(folder, ".stet");
    bool has = file_is_folder(dot);

    free(dot);
    if (!has)
        return error_set(err, ERR_NOTFOUND, "%s: no .stet there", folder);
    return open_parts(session, in, folder, needs, err);
}

void
session_close(struct session *session)
{
    resolver_free(session->resolver);
    index_close(session->index);
    store_close(session->store);
    workspace_close(session->ws);
    arena_release(&session->arena);
}

/* A name without a version means the newest one: say so where there is a
 * choice. */
static void
note_version(struct session *session, struct str name)
{
    unsigned score;
    const struct score_def *def;

    if (str_starts_with(name, STR_LIT("score.")))
        name = str_slice(name, 6, name.len);
    if (!name.len || str_find(name, STR_LIT("@"), 0) != SIZE_MAX ||
        !index_score_find(session->index, name, &score) ||
        index_score_versions(session->index, score) < 2)
        return;
    def = index_score_def(session->index, score);
    if (!str_equal(str_of(def->name), name))
        complain("%.*s is %s here, the newest of %zu versions", STR_FMT(name),
                 def->name, index_score_versions(session->index, score));
}

static void
note_versions(struct session *session, const struct query_node *node)
{
    if (node->op == QUERY_FIELD)
        note_version(session, node->field.name);
    for (const struct query_node *child = node->first; child;
         child = child->next)
        note_versions(session, child);
}

/* What a search asks of its caller. */
struct asked {
    struct session *session;
    struct page *page; /* NULL: of no page */
    uint32_t told;     /* hits that the page was told of */
};

static enum err_code
ask_named(void *ctx, const struct query_field *field, struct bits *out,
          struct error *err)
{
    const struct asked *asked = ctx;

    return resolve_named(asked->session->resolver, field, out, err);
}

static double
ask_disagree(void *ctx, struct str a, struct str b, uint32_t doc)
{
    const struct asked *asked = ctx;

    return resolve_disagree(asked->session->resolver, a, b, doc);
}

static void
erase_progress(void)
{
    if (isatty(STDERR_FILENO) == 1)
        (void)fprintf(stderr, "\r%60s\r", "");
}

/* One more than the page has is looked for, to know whether it is the last. */
static bool
tell_page(void *ctx, const uint32_t *docs, uint32_t count)
{
    struct asked *asked = ctx;
    uint32_t left = asked->page->limit - asked->told;

    count = count < left ? count : left;
    if (count == 0)
        return true;
    erase_progress();
    asked->told += count;
    return asked->page->found(asked->page->ctx, docs, count);
}

/* On a terminal, from the second second on, twice a second; gone at the end. */
static void
show_progress(void *ctx, uint32_t done, uint32_t total)
{
    static struct timespec began;
    static struct timespec shown;
    struct timespec now;
    double since;

    (void)ctx;
    if (isatty(STDERR_FILENO) != 1)
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (began.tv_sec == 0)
        began = shown = now;
    since = (double)(now.tv_sec - shown.tv_sec) +
            (double)(now.tv_nsec - shown.tv_nsec) / 1e9;
    if (now.tv_sec - began.tv_sec < 1 || (since < 0.5 && done < total))
        return;
    shown = now;
    if (done < total)
        (void)fprintf(stderr, "\rstet: %u of %u documents looked at ", done,
                      total);
    else
        erase_progress();
}

static struct search_env
session_env(struct asked *asked)
{
    bool has_resolver = asked->session->resolver != NULL;

    return (struct search_env){
        .named = has_resolver ? ask_named : NULL,
        .disagree = has_resolver ? ask_disagree : NULL,
        .ctx = asked,
        .progress = show_progress,
        .cancel = interrupt_flag(),
    };
}

/* Say what a query's names meant, or where its mistake is: the query with a
 * mark, before the message. */
static void
note_query(struct session *session, const struct query *query, const char *text,
           enum err_code code, const struct error *err)
{
    struct buf shown = {0};
    size_t cells;

    if (code == ERR_OK) {
        note_versions(session, query->root);
        note_version(session, query->order.a);
        note_version(session, query->order.b);
    }
    if (code != ERR_USAGE || err->offset == ERR_NO_OFFSET ||
        err->offset > strlen(text))
        return;
    cells = width_cells((struct str){text, (size_t)err->offset});
    width_escape(str_of(text), 0, &shown);
    (void)fprintf(stderr, "  %s\n  %*s^\n", xbuf_cstr(&shown), (int)cells, "");
    buf_release(&shown);
}

enum err_code
session_search(struct session *session, const char *text,
               const struct query **query, struct hits *hits, struct error *err)
{
    struct asked asked = {.session = session};
    struct search_env env = session_env(&asked);
    enum err_code code = query_parse(query, str_of(text), &session->arena, err);

    if (!code)
        code = search_run(session->index, *query, &env, hits, err);
    show_progress(NULL, 0, 0);
    note_query(session, *query, text, code, err);
    return code;
}

enum err_code
session_page(struct session *session, struct page *page, struct error *err)
{
    struct asked asked = {.session = session, .page = page};
    struct search_env env = session_env(&asked);
    struct str from = page->after ? str_of(page->after) : (struct str){NULL, 0};
    enum err_code code =
        query_parse(&page->query, str_of(page->text), &session->arena, err);

    /* texts are read no further than the page asks for */
    if (!page->after && page->limit < UINT32_MAX)
        env.enough = page->limit + 1;
    if (!page->after && page->found)
        env.found = tell_page;
    if (!code)
        code = search_page(session->index, page->query, &env, from, page->limit,
                           &page->hits, err);
    show_progress(NULL, 0, 0);
    note_query(session, page->query, page->text, code, err);
    return code;
}

enum err_code
session_count(struct session *session, const char *text, struct hits *hits,
              struct error *err)
{
    struct asked asked = {.session = session};
    struct search_env env = session_env(&asked);
    const struct query *query = NULL;
    enum err_code code =
        query_parse(&query, str_of(text), &session->arena, err);

    if (!code)
        code = search_count(session->index, query, &env, hits, err);
    show_progress(NULL, 0, 0);
    note_query(session, query, text, code, err);
    return code;
}

void
print_escaped(struct str s, size_t cells)
{
    struct buf out = {0};

    width_escape(s, cells, &out);
    if (out.len)
        (void)fwrite(out.ptr, 1, out.len, stdout);
    buf_release(&out);
}

/* JSON's structure is ASCII, so whatever a terminal might obey is inside a
 * string and means the same as an escape. Ids stand as in their records: what
 * is ill-formed there becomes U+FFFD. */
void
print_json_line(struct buf *line)
{
    struct str rest = buf_str(line);
    struct buf out = {0};

    for (size_t at = 0, start = 0; at <= rest.len;) {
        unsigned len = 1;
        uint32_t cp = at < rest.len ? utf8_decode(rest, at, &len) : '\n';
        bool bad = at < rest.len && utf8_is_ill_formed(rest, at, cp, len);

        if (at < rest.len && !bad && (cp < 0x7F || width_is_safe(cp))) {
            at += len;
            continue;
        }
        xbuf_append(&out, rest.ptr + start, at - start);
        if (at == rest.len)
            break;
        if (cp > 0xFFFF)
            xbuf_printf(&out, "\\u%04x\\u%04x",
                        (unsigned)(0xD800 + ((cp - 0x10000) >> 10)),
                        (unsigned)(0xDC00 + (cp & 0x3FF)));
        else
            xbuf_printf(&out, "\\u%04x", (unsigned)cp);
        at += len;
        start = at;
    }
    xbuf_append(&out, "\n", 1);
    (void)fwrite(out.ptr, 1, out.len, stdout);
    buf_release(&out);
    buf_clear(line);
}

void
complain(const char *fmt, ...)
{
    char text[2 * ERR_MESSAGE_MAX];
    struct buf out = {0};
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    width_escape_text(str_of(text), &out);
    (void)fprintf(stderr, "stet: %s\n", xbuf_cstr(&out));
    buf_release(&out);
}

enum err_code
finish_output(struct error *err)
{
    if (fflush(stdout) || ferror(stdout))
        return error_errno(err, errno ? errno : EIO, "standard output");
    return ERR_OK;
}

bool
session_withholds(const struct session *session, const struct item_state *state)
{
    return (state->flags & STATE_ESCALATED) && !store_is_lead(session->store);
}

enum err_code
json_document(struct session *session, uint32_t doc, struct json_out *w,
              struct error *err)
{
    struct document_place place;
    struct str id_token;
    struct str source;
    const struct index_shard *shard;
    char hex[HASH_HEX_SIZE];
    enum err_code code = index_place(session->index, doc, &place, err);

    if (!code)
        code = index_identity(session->index, doc, &session->arena, &id_token,
                              &source, err);
    if (code)
        return code;
    shard = index_shard(session->index, place.shard);
    json_key(w, "shard");
    json_str(w, str_of(shard->path));
    json_key(w, "record");
    json_int(w, (int64_t)place.record);
    json_key(w, "source");
    if (source.ptr)
        json_str(w, source);
    else
        json_null(w);
    json_key(w, "id");
    if (id_token.ptr)
        json_raw(w, id_token);
    else
        json_null(w);
    json_key(w, "sha256");
    hash_format(&place.text_hash, hex);
    json_str(w, str_of(hex));
    return ERR_OK;
}

/* The number as its shard wrote it: a column may be narrower than double, and
 * the shortest decimal that it rounds from is what was there. */
static double
shown_score(struct session *session, unsigned score, uint32_t doc)
{
    double value = index_score(session->index, score, doc);

    for (int digits = 6; digits < 14 && !isnan(value); digits++) {
        char text[32];
        double decimal;

        (void)snprintf(text, sizeof(text), "%.*g", digits, value);
        decimal = strtod(text, NULL);
        if (index_score_round(session->index, score, doc, decimal) == value)
            return decimal;
    }
    return value;
}

/* A label is a string, a set of them an array. */
static void
json_labels(struct str set, struct json_out *w)
{
    bool many = set.len > 0 && set.ptr[set.len - 1] == LABEL_SEPARATOR;
    struct str label;

    if (!many) {
        json_str(w, set);
        return;
    }
    json_open(w, '[');
    for (size_t at = 0; label_next(set, &at, &label);)
        json_str(w, label);
    json_close(w, ']');
}

void
json_scores(struct session *session, uint32_t doc, struct json_out *w)
{
    json_key(w, "scores");
    json_open(w, '{');
    for (unsigned i = 0; i < index_score_count(session->index); i++) {
        const struct score_def *def = index_score_def(session->index, i);
        double value;
        struct str label;

        if (def->kind == SCORE_LABEL) {
            label = index_label(session->index, LABEL_SCORE, i, doc);
            if (!label.ptr)
                continue;
            json_key(w, def->name);
            json_labels(label, w);
            continue;
        }
        value = shown_score(session, i, doc);
        if (isnan(value))
            continue;
        json_key(w, def->name);
        json_double(w, value);
    }
    json_close(w, '}');
}

void
json_tags(struct str tags, struct json_out *w)
{
    json_key(w, "tags");
    json_open(w, '[');
    for (size_t at = 0; at < tags.len;) {
        size_t end = str_find(tags, STR_LIT(" "), at);

        end = end == SIZE_MAX ? tags.len : end;
        if (end > at)
            json_str(w, str_slice(tags, at, end));
        at = end + 1;
    }
    json_close(w, ']');
}
