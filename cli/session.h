/* What most subcommands open and print: workspace, index, store; JSON or
 * plain lines; messages that cannot hurt a terminal. Private to cli/. */
#ifndef STET_CLI_SESSION_H
#define STET_CLI_SESSION_H

#include <stdbool.h>

#include "cli/command.h"
#include "stet/arena.h"
#include "stet/index.h"
#include "stet/json.h"
#include "stet/resolve.h"
#include "stet/search.h"
#include "stet/store.h"

struct session {
    struct workspace *ws;
    struct index *index;
    struct store *store;
    struct resolver *resolver;
    struct arena arena;
    bool json;
};

enum session_need {
    NEED_INDEX = 1,
    NEED_STORE = 2, /* for writing */
    NEED_STORE_READ = 4,
    NEED_RESOLVER = 8 /* with index and a store */
};
/* Opens what is asked for; session_close() in any case. */
enum err_code session_open(struct session *session, const struct invocation *in,
                           unsigned needs, struct error *err);
/* The same for another workspace: that of `folder`, not of one above. */
enum err_code session_open_in(struct session *session,
                              const struct invocation *in, const char *folder,
                              unsigned needs, struct error *err);
void session_close(struct session *session);
void share_umask(const struct workspace *ws);
/* --reviewer, $STET_REVIEWER, [reviewer] name, the login name. */
const char *session_reviewer(const struct invocation *in,
                             const struct workspace *ws);

/* Parse and run a query. Hits must be released; *query is in the arena. */
enum err_code session_search(struct session *session, const char *text,
                             const struct query **query, struct hits *hits,
                             struct error *err);

/* A page of at most `limit` hits after a cursor (NULL: from the start). */
struct page {
    const char *text, *after;
    uint32_t limit;
    /* Hits that are certain before the search ends, in their order and never
     * more than `limit`: the first of those that it ends with. `query` is
     * known by then. False: stop. NULL allowed. */
    bool (*found)(void *ctx, const uint32_t *docs, uint32_t count);
    void *ctx;
    const struct query *query; /* out; in the session's arena */
    struct hits hits;          /* out; must be released */
};
enum err_code session_page(struct session *session, struct page *page,
                           struct error *err);
/* The number of hits, and of documents left out. */
enum err_code session_count(struct session *session, const char *text,
                            struct hits *hits, struct error *err);

/* A flag that SIGINT and SIGTERM set; commands pass it on as `cancel`. */
const int *interrupt_flag(void);
/* It was ^C, not a batch system's signal before its time is up. */
bool interrupt_is_typed(void);
void interrupt_catch(void);

/* One line to stdout with everything dangerous made visible. */
void print_escaped(struct str s, size_t cells);
/* A finished JSON line: prints and clears. Characters that could do harm in a
 * terminal become escapes, which mean the same. */
void print_json_line(struct buf *line);
/* Message to stderr: "stet: ..." escaped. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* stdout could be written: else ERR_IO. */
enum err_code finish_output(struct error *err);

/* Whether a document's text is withheld: it is escalated (`state` is the
 * effective one), and the reviewer is no lead. */
bool session_withholds(const struct session *session,
                       const struct item_state *state);

/* JSON members every hit has: ref, source, id, shard, record. */
enum err_code json_document(struct session *session, uint32_t doc,
                            struct json_out *w, struct error *err);

/* "scores": an object of all that are known. */
void json_scores(struct session *session, uint32_t doc, struct json_out *w);
/* "tags": an array, from a state's tags separated by blanks. */
void json_tags(struct str tags, struct json_out *w);

#endif
