/* The desk's state, and the workers that change it. Views read this and ask
 * for things; nothing here waits: what is not there yet is NULL, and arrives
 * with an update. No curses. Main thread only.
 *
 * Behind it: a searcher, a loader of rows, a loader of documents (each with
 * its own index and store connections), and the review worker (the writing
 * store connection). Each runs jobs in order; a newer query, row window
 * or document replaces an older one that has not begun; results wait in a
 * list, and one byte goes to the wake pipe. */
#ifndef STET_TUI_DESK_H
#define STET_TUI_DESK_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/annotation.h"
#include "stet/calibration.h"
#include "stet/index.h"
#include "stet/proposal.h"
#include "stet/queue.h"
#include "stet/store.h"
#include "stet/tui.h"

/* What changed: bits returned by desk_poll and by commands. */
enum update {
    UPDATE_LIST = 1,
    UPDATE_DOCUMENT = 2,
    UPDATE_STATUS = 4,
    UPDATE_START = 8,
    UPDATE_ALL = 15
};

struct desk;

enum err_code desk_open(struct desk **out, struct workspace *ws,
                        const struct tui_options *options, struct error *err);
/* Waits for what was decided to be saved. ERR_IO: some of it could not be, and
 * was written as a journal beside the store instead (the message says where
 * and how to take it in). NULL allowed. */
enum err_code desk_close(struct desk *desk, struct error *err);
int desk_wake_fd(const struct desk *desk);
/* Take in what the workers finished; returns UPDATE_ bits. Call when wake_fd
 * is readable. */
unsigned desk_poll(struct desk *desk);
/* Work under way that the screen waits for (scripts wait until false). */
bool desk_is_busy(const struct desk *desk);
/* Call at least every DESK_TICK_MS: looks for others' decisions and a newer
 * index, renews the claim, tries again what could not be saved. */
#define DESK_TICK_MS 1000
void desk_tick(struct desk *desk);
void desk_stop(struct desk *desk); /* ^C: cancel query, counts, prefetch */

/* The line at the bottom: newest message, and whether it is an error. */
struct desk_message {
    struct str text; /* from us; data inside is already escaped */
    bool is_error;
    int64_t at_us;
    uint64_t serial; /* grows with every message */
};
const struct desk_message *desk_message(const struct desk *desk);
void desk_say(struct desk *desk, bool is_error, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* What is fixed for the session. */
const char *desk_reviewer(const struct desk *desk);
const struct verdict_set *desk_verdicts(const struct desk *desk);
size_t desk_score_count(const struct desk *desk);
const struct score_def *desk_score_def(const struct desk *desk, unsigned i);
struct desk_facts {
    const char *corpus; /* name */
    uint32_t documents; /* live */
    bool index_is_newer;
};
const struct desk_facts *desk_facts(const struct desk *desk);

/* My pace today: mine alone. A key was pressed; a break is taken. */
struct pace;
const struct pace *desk_pace(const struct desk *desk);
void desk_sign(struct desk *desk);
void desk_break(struct desk *desk);
/* Whether covered texts are to be spoken of: there is a mask, or what was
 * escalated was met. */
bool desk_meets_covered(const struct desk *desk);

/* Start view. */
struct desk_start {
    const struct queue_info *queues;
    size_t queue_count;
    struct store_counts mine;
    uint32_t changed;   /* texts changed since I judged them */
    uint32_t escalated; /* by anyone, for those who may adjudicate */
    uint64_t proposals; /* open ones */
    uint64_t failures;  /* neither fixed nor given up */
};
const struct desk_start *desk_start(struct desk *desk); /* NULL: loading */
void desk_refresh_start(struct desk *desk); /* its counts, and index_is_newer */

/* The list: hits of a query, or a queue; its order stays while it is worked. */
struct desk_list {
    struct str query; /* as typed; empty: all documents */
    struct str queue; /* name; empty: an ad-hoc query */
    struct str order; /* "toxicity, worst first" */
    uint32_t count;   /* rows */
    int64_t since_us; /* it runs */
    bool running;     /* a query runs; unless partial, these rows are older */
    bool partial;     /* the first rows of a search that runs or was stopped */
    uint64_t found;   /* its hits so far */
    uint32_t read_done, read_of; /* documents that it reads; of 0: none */
    bool direction_unknown;
    bool narrowed; /* blind: of others' decisions only where I judged, too */
    uint32_t unreadable; /* left out: changed since they were indexed */
    uint32_t costly;     /* left out: a regex is too costly on them */
    struct str error;    /* of the newest query; empty: none */
    size_t error_at;     /* position in that query's text, or SIZE_MAX */
    uint32_t current;    /* row whose document is shown */
    uint32_t judged;     /* rows judged by me, when known */
    uint32_t marked;
    uint32_t avoided; /* left out of a queue by desk_avoid() */
};
const struct desk_list *desk_list(const struct desk *desk);
/* Run a query with its sort:; replaces the list when it succeeds. */
void desk_query(struct desk *desk, struct str query);
void desk_open_queue(struct desk *desk, struct str name);
/* While a query is typed: show what it finds, or say why not in the list's
 * error. The former list stays until rows come, and is kept aside. */
void desk_live_query(struct desk *desk, struct str query);
/* Whether that is a good idea at every key. */
struct query;
bool desk_is_cheap(const struct query *query);
void desk_live_keep(struct desk *desk);  /* the new list stays */
void desk_live_leave(struct desk *desk); /* the former one comes back */
/* Where the last session ended; false: nowhere, or a list was opened since. */
struct desk_session {
    bool is_queue;
    struct str name; /* of the queue, or the query; the desk's memory */
    uint64_t generation;
    uint32_t row, doc, marked;
    struct str marks;
};
bool desk_session(struct desk *desk, struct desk_session *out);
void desk_session_resume(struct desk *desk);
/* Keep words out of my queues, or (with a '-' before) in them again; what they
 * are now. Says what came of it, and opens the queue that is open anew. */
void desk_avoid(struct desk *desk, struct str changes);
struct str desk_avoided(struct desk *desk);
/* Show row i's document (claims it in a queue). */
void desk_go(struct desk *desk, uint32_t row);
/* Next (+1) or previous (-1) row that is open for me, from the current one;
 * false: there is none. May step asynchronously past foreign claims. */
bool desk_go_unjudged(struct desk *desk, int direction);

struct desk_row {
    struct str id, source, shard; /* raw data: draw through the grid */
    uint64_t record;
    struct str snippet;      /* raw data */
    const struct span *hits; /* in snippet */
    size_t hit_count;
    const double *scores; /* desk_score_count(), NaN unknown */
    struct str verdict;   /* mine, or the effective one when peers show */
    struct str tags;
    unsigned flags; /* enum state_flag */
    bool marked, masked, taken;
    struct str cover; /* when masked: what is covered, in our words */
};
/* NULL until loaded; asks for it. */
const struct desk_row *desk_row(struct desk *desk, uint32_t row);
/* Asks for the rows on the screen, then for those before and behind. */
void desk_rows_around(struct desk *desk, uint32_t first, uint32_t count);
/* The same for scattered rows: load them; NULL until then, asks for nothing. */
void desk_load_rows(struct desk *desk, const uint32_t *rows, uint32_t count);
const struct desk_row *desk_row_loaded(struct desk *desk, uint32_t row);

struct desk_document {
    uint64_t serial; /* grows when another text is shown */
    uint32_t row, doc;
    const struct document *document; /* with scores and spans */
    struct str display; /* the text with U+FFFD for what is ill-formed; offsets
                         * as in document->text */
    const struct span *hits;
    size_t hit_count;
    struct item_state mine, effective; /* effective: empty while blind */
    const struct annotation *history;  /* empty of peers' while blind */
    size_t history_count;
    uint32_t places;        /* copies of this very item */
    bool text_changed;      /* judged earlier with another text */
    struct str old_verdict; /* then */
    size_t hidden;          /* characters drawn as marks */
    size_t lines;
    bool right_to_left;               /* much of it is */
    struct str draft;                 /* unfinished rewrite; ptr NULL: none */
    const struct proposal *proposals; /* open ones, oldest first */
    size_t proposal_count;
    struct str error; /* could not be loaded: why */
    bool masked;      /* some of the text is covered */
    bool sealed;      /* escalated, and not for this reviewer to uncover */
    const struct span *open; /* of a covered text: what is uncovered */
    size_t open_count;
    struct str cover; /* what is covered, in our words */
    bool scores_hidden, peers_hidden;
};
/* The current one; NULL: nothing yet (the former stays until it is there). */
const struct desk_document *desk_document(const struct desk *desk);
/* All of the current text, or cover all of it again; says so when it is sealed.
 */
void desk_uncover(struct desk *desk, bool uncover);
void desk_uncover_span(struct desk *desk, struct span span);
/* Why nothing may be done with the text, while some of it is covered, or NULL.
 */
const char *desk_covered(const struct desk_document *document);
/* Whether I settle disagreements: one of [policy] leads, or there are none. */
bool desk_may_adjudicate(const struct desk *desk);
/* All annotations of the current document, whatever is blind, for those who
 * may adjudicate; NULL for others. */
const struct annotation *desk_everyone(const struct desk *desk, size_t *count);

/* A command came: when the order of a search under way is known, the document
 * on the screen stays there. Until then the screen goes to the top of it. */
void desk_hold(struct desk *desk);

/* Told by the loop when a document was painted: dwell counts from here; the
 * share of its text (bytes) that has been on screen grows with it. A cover
 * was painted: start == end. */
void desk_painted(struct desk *desk, size_t start, size_t end);

/* The screen was blank so long: nothing was read in that time. */
void desk_was_blank(struct desk *desk, int64_t us);

/* Acts on the current document, or on the marks if there are any (then a
 * bulk annotation; `desk_act_count` says on how many). They refuse, with a
 * message, before the dwell time, on a repeat under 100 ms, on a masked text
 * where that matters. `next`: go on to the next open row at once; otherwise
 * stay and reveal. */
struct desk_act {
    enum annotation_kind kind;
    struct str value, text, reason;
    double number;
    bool has_span;
    struct span span; /* bytes of document->text */
    bool next;
    int64_t proposal; /* that it accepts, closed once it is saved; 0: none */
};
bool desk_act(struct desk *desk, const struct desk_act *act);
/* A new document, linked to the current one. */
bool desk_add(struct desk *desk, struct str text);
/* On the marks, up to 20 acts in one transaction. ^C (desk_stop) before it is
 * stored takes it off and marks them again. */
bool desk_act_marked(struct desk *desk, const struct desk_act *acts,
                     size_t count);
/* Before it: what the marks are. */
#define SHEET_BINS 10
#define SHEET_SAMPLES 20
struct desk_sheet {
    bool known; /* what follows `count` and the samples has been counted */
    uint32_t count, mine;            /* marked; judged by me before */
    uint32_t samples[SHEET_SAMPLES]; /* rows, ascending */
    size_t sample_count;
    uint32_t judged; /* by anyone */
    bool has_score, scores_hidden;
    unsigned score;
    double low, high;
    uint32_t bins[SHEET_BINS], without;
};
void desk_ask_sheet(struct desk *desk);
const struct desk_sheet *desk_sheet(const struct desk *desk);
uint32_t desk_act_count(const struct desk *desk);
void desk_repeat_last(struct desk *desk); /* `.`: last verdict with its tags */
/* `u`: asks (message) before an earlier session; the second press does it.
 * Goes to what it undid. */
void desk_undo(struct desk *desk);
void desk_redo(struct desk *desk);
/* Undo this one of mine, or bring it back; goes to it like desk_undo(). */
void desk_undo_one(struct desk *desk, const struct uuid *uuid, bool bring_back);

/* My decisions, newest first. */
struct desk_log_line {
    struct uuid uuid;
    int64_t at_us;   /* UTC */
    struct str what; /* "bad", "+topic/insult": raw data */
    struct str id;   /* of the item: raw data, escapes kept */
    size_t items;    /* of a bulk action; else 0 */
    bool undone;
};
struct desk_log {
    const struct desk_log_line *lines;
    size_t count;
    bool more; /* older ones were left out: ask with a higher limit */
    bool old;  /* something was undone since: ask again */
};
/* Load up to `limit` lines in which `filter` stands, in any case (empty:
 * all). */
void desk_ask_log(struct desk *desk, struct str filter, size_t limit);
const struct desk_log *desk_log(const struct desk *desk); /* NULL: loading */
/* A verdict that is another than one given before, of the `before` annotations
 * of the item, after what somebody else judged was there to be seen. */
bool desk_is_second_opinion(const struct annotation *a,
                            const struct annotation *history, size_t before);
/* "bad", "+topic/insult [3:9]  reason: ..." */
void desk_describe(const struct annotation *annotation, struct buf *out);

/* The copies and near copies of one document. */
struct desk_similar_member {
    uint32_t doc;
    double jaccard;
    bool exact;            /* the same text */
    bool chosen;           /* a decision reaches it, too */
    bool barred;           /* cannot be chosen: changed, or escalated */
    struct str unreadable; /* why it could not be read; ptr NULL: it could */
    struct desk_row row;   /* no snippet */
};
struct desk_similar {
    uint32_t doc; /* they are like this one */
    /* Exact ones first, then the likest; more come while it runs. */
    const struct desk_similar_member *const *members;
    size_t count, chosen;
    bool running, cut;   /* cut: there may be more */
    uint64_t unreadable; /* candidates that changed since they were indexed */
    uint32_t text_of;    /* whose text was asked for last; UINT32_MAX: none */
    bool text_known;
    struct str text; /* raw data */
    struct str text_error;
};
/* Look for those like the current document; false: there is none. */
bool desk_ask_similar(struct desk *desk);
const struct desk_similar *desk_similar(const struct desk *desk);
void desk_similar_read(struct desk *desk, uint32_t doc);
/* False: it is barred. */
bool desk_similar_choose(struct desk *desk, uint32_t doc, bool on);
/* Load states again that have changed. */
void desk_refresh_similar(struct desk *desk);
/* Decide on the document and the chosen ones: one annotation, one undo. */
bool desk_act_similar(struct desk *desk, const struct desk_act *act);
/* The same with a list of documents; none: the current one alone, whatever is
 * marked. */
bool desk_act_spread(struct desk *desk, const struct desk_act *act,
                     const uint32_t *docs, size_t count);
void desk_forget_similar(struct desk *desk);

struct desk_saving {
    uint32_t pending;            /* decided but not yet committed */
    uint32_t bulk_done, bulk_of; /* documents of a bulk action; of 0: none */
    uint64_t saved;              /* this session */
    struct str last;             /* "bad cc-0012:90417" */
    int64_t last_us;
};
const struct desk_saving *desk_saving(const struct desk *desk);

void desk_mark(struct desk *desk, uint32_t row, bool on);
void desk_mark_all(struct desk *desk, bool on);
void desk_mark_range(struct desk *desk, uint32_t first, uint32_t last);
/* Their ids, a line each, as far as the rows are loaded; how many were not. */
uint32_t desk_marked_ids(struct desk *desk, struct buf *out);
/* To tmux's buffer and through it to the terminal's clipboard; says so. */
void desk_tmux_copy(struct desk *desk, struct str text, const char *what);
/* Start writing the marked documents to `fd` as JSON lines, but for covered and
 * escalated ones; it is closed at the end, and what was written is told. */
void desk_write_marked(struct desk *desk, int fd);
/* The rows that this query finds too. */
void desk_mark_query(struct desk *desk, struct str query);

/* The score that the histogram is of, and the order menu begins with. */
unsigned desk_focus_score(struct desk *desk);
void desk_set_focus_score(struct desk *desk, unsigned score);
/* By name; '_' stands for what is no letter or digit; the start of a name
 * will do if there is one such score. */
bool desk_score_named(const struct desk *desk, struct str name,
                      unsigned *score);

/* The report card of the whole corpus, as text; empty while it is counted. */
const char *desk_report_refusal(const struct desk *desk);
void desk_ask_report(struct desk *desk);
struct str desk_report(const struct desk *desk);

/* How a score lies over the list's documents. */
struct desk_histogram {
    uint64_t serial; /* grows with every one */
    unsigned score;
    struct histogram bins;
    struct label_counts labels; /* of a label score, instead of bins */
    /* Judged documents of each bin or label, by enum truth. */
    uint32_t (*judged)[TRUTH_COUNT];
    struct score_points points;
    struct judgements judgements; /* its sample */
    bool peers_hidden;            /* only what I judged counts as judged */
};
/* Why there is none now: scores are hidden. NULL: nothing is in the way. */
const char *desk_histogram_refusal(const struct desk *desk);
/* Count it unless it is there or under way: at most so many bins, exact at
 * the threshold (NaN: none). Asked before every drawing; counted anew when the
 * list or somebody's verdicts change. */
struct desk_histogram_ask {
    unsigned score, bins;
    double threshold;
};
void desk_ask_histogram(struct desk *desk,
                        const struct desk_histogram_ask *ask);
/* The newest; NULL: none yet. */
const struct desk_histogram *desk_histogram(const struct desk *desk);
/* One that failed or was stopped is counted when it is asked for again. */
void desk_retry_histogram(struct desk *desk);
bool desk_histogram_is_running(const struct desk *desk);
/* Why the newest could not be counted; empty: it could. */
struct str desk_histogram_error(const struct desk *desk);

void desk_draft(struct desk *desk, struct str text); /* store the draft */
void desk_draft_drop(struct desk *desk);
/* A proposal was accepted (by what was just decided) or refused. */
void desk_proposal_close(struct desk *desk, int64_t number, bool accepted);
/* Of the newest of these. */
enum draft_state { DRAFT_STORED, DRAFT_PENDING, DRAFT_FAILED };
enum draft_state desk_draft_state(const struct desk *desk);
/* Prompt history and the like: newest last; arena of the desk. */
struct str desk_memory(struct desk *desk, const char *key);
void desk_memory_put(struct desk *desk, const char *key, struct str value);
/* Texts of the configuration that rewrites begin with, or take in. */
enum template_at {
    TEMPLATE_CURSOR,
    TEMPLATE_START,
    TEMPLATE_END,
    TEMPLATE_REPLACE
};
struct desk_template {
    struct str name, text;
    enum template_at at;
};
const struct desk_template *desk_templates(const struct desk *desk,
                                           size_t *count);
/* Tag names known: config's vocabulary and those in use, with counts. */
struct desk_tag {
    struct str name;
    char key[8];
    uint64_t count;
    struct str guide; /* when to use it; raw data, empty: no guideline */
};
const struct desk_tag *desk_tags(struct desk *desk, size_t *count);
/* What documents have for "source", "lang" or a label's name, the most frequent
 * first. The first call asks; until it is answered there are none. */
struct desk_value {
    struct str name;
    uint64_t count;
};
const struct desk_value *desk_values(struct desk *desk, struct str field,
                                     size_t *count);
/* The list as a queue; `query` and `order` of the options are not read. */
void desk_queue_save(struct desk *desk, const struct queue_options *options);
enum queue_change { QUEUE_GIVE, QUEUE_SPLIT, QUEUE_REMOVE };
void desk_queue_change(struct desk *desk, enum queue_change change,
                       struct str name, struct str reviewers, unsigned parts);
void desk_reload(struct desk *desk); /* the newer index, by document key */

/* The inbox of failures. */
struct failure;
struct desk_failures {
    const struct failure *list;
    size_t count;
    bool known;
};
void desk_ask_failures(struct desk *desk);
const struct desk_failures *desk_failures(const struct desk *desk);
/* What is shown of one that is not traced. */
void desk_failure_text(const struct failure *failure, struct buf *text);

/* One failure's documents. */
struct desk_trace {
    uint64_t number; /* 0: none was made */
    struct str id;
    struct str text;    /* prompt, output, documents; raw data */
    struct span *spans; /* of it, by place: what documents have word for word */
    size_t span_count;
    uint32_t documents;
    struct str query; /* of the documents that have the spans; empty: none */
};
void desk_ask_trace(struct desk *desk, const struct failure *failure);
/* The last one made, if it is this failure's; NULL: none. */
const struct desk_trace *desk_trace(const struct desk *desk, struct str id);
bool desk_is_tracing(const struct desk *desk);
/* Its documents become the list. Decisions there are made for the failure. */
void desk_open_trace(struct desk *desk);
/* The failure that decisions are made for now: of the list that was opened
 * from it, or of a queue named failure:ID; empty: none. */
struct str desk_failure(const struct desk *desk);
/* False: no such state. */
bool desk_set_failure(struct desk *desk, struct str id, struct str state,
                      struct str note);

#endif
