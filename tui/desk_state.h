/* The desk's insides, shared by the desk_*.c files. Main thread only. */
#ifndef STET_TUI_DESK_STATE_H
#define STET_TUI_DESK_STATE_H

#include "stet/search.h"
#include "tui/desk.h"
#include "tui/desk_text.h"
#include "tui/lane.h"
#include "tui/pace.h"

/* Kinds of replaceable jobs. */
enum {
    JOB_QUERY,
    JOB_HISTOGRAM,
    JOB_DOCUMENT,
    JOB_PREFETCH,
    JOB_PREFETCH_AGAIN,
    JOB_STATES,
    JOB_TICK,
    JOB_FIND,
    JOB_PAGE
};

#define ROW_SLOTS 512u /* rows kept, direct-mapped */
#define ROW_WINDOW 32u /* rows loaded by one job */
#define ROW_AHEAD 64u  /* rows loaded before they are looked at */
#define ROW_ASKED 16   /* windows under way at once */
#define CACHED_DOCUMENTS 6
#define OWN_MAX 64u

struct row_slot {
    bool full;
    bool stale; /* shown until it is loaded again */
    uint32_t row;
    struct arena arena;
    struct desk_row data;
};

/* A loaded document; the arena owns everything in `data`. */
struct loaded {
    bool full;
    uint64_t list; /* serial of the list it was loaded for */
    uint64_t used; /* for eviction */
    struct arena arena;
    struct desk_document data;
    char *draft; /* what data.draft is once it was typed here */
    struct item_key key;
    /* Everyone's; `data` has what may be seen of them. */
    struct item_state effective;
    const struct annotation *history;
    size_t history_count;
};

enum blind { BLIND_OFF, BLIND_PEERS, BLIND_ALL };

/* Fixed by the configuration at start. */
struct desk_policy {
    enum blind blind;
    char hash[HASH_HEX_SIZE];
    int64_t dwell_us;
    char *mask_score; /* as written; NULL: no mask */
    bool is_named_lead;
    bool mask_found; /* it is score mask_number of the index */
    unsigned mask_number;
    double mask_low, mask_high;
};

/* The rows and who judged what among them, by document number. */
struct list {
    struct desk_list view; /* strings in the arena */
    struct arena arena;
    uint64_t serial;
    uint64_t asked;             /* number of the query, while partial */
    uint32_t *docs;             /* malloc'd */
    unsigned *users;            /* jobs that read docs, and the list; NULL: the
                                 * list alone */
    const struct query *parsed; /* arena; NULL for a queue without one */
    struct bits closed;         /* judged or skipped by me */
    struct bits judged;         /* judged by me */
    struct bits changed;
    struct bits taken;   /* someone else's claim was met */
    struct bits marks;   /* by row */
    uint64_t generation; /* of the index */
    bool blind;          /* a blind queue or a random order */
    bool held;           /* partial, and its reader did something */
};

/* The newest annotation that `.` repeats. */
struct repeat {
    char *verdict; /* NULL: none */
    char *tags[16];
    size_t tag_count;
    uint64_t document; /* serial of the document they were given to */
};

struct memory {
    struct memory *next;
    char *key;
    struct buf value;
};

struct desk {
    struct workspace *ws;
    struct tui_options options;
    char *reviewer;
    struct lanes *lanes;
    int wake[2];
    struct desk_policy policy;
    struct verdict_set verdicts;

    struct desk_facts facts;
    char *corpus;
    struct mapping scores; /* the index's definitions, copied */
    struct desk_start start;
    struct arena start_arena;
    bool start_known, start_asked;
    bool closing;
    unsigned drafts_pending;
    bool draft_failed;
    struct desk_sheet sheet;
    struct desk_log log;
    bool log_known;
    struct arena log_arena;
    struct arena failures_arena, trace_arena;
    bool facts_known;
    struct desk_failures failures;
    struct desk_trace trace;
    uint64_t traces;
    bool tracing;
    struct buf failure_id, failure_query; /* opened from the inbox */
    struct arena values_arena;
    struct value_column *values; /* values_arena */
    size_t values_count;
    bool values_asked;
    struct arena tag_arena;
    struct desk_template *templates; /* tag_arena */
    size_t template_count;
    struct desk_tag *tags;
    size_t tag_count;
    struct memory *memory;
    bool memory_known;
    struct pace pace;
    int64_t pace_saved_us;

    struct similar *similar; /* NULL: not looked for */
    uint64_t similar_serials;

    struct list list;
    bool resuming;        /* the list asked for is the last session's */
    bool live;            /* a query is being typed */
    bool quiet;           /* what it finds is not told */
    struct buf live_text; /* asked last */
    bool has_aside;       /* `aside` is the list from before */
    struct list aside;
    uint64_t list_serials;
    uint64_t lists_asked;      /* queries and queues, to know the newest */
    struct row_slot *slots;    /* ROW_SLOTS */
    uint32_t asked[ROW_ASKED]; /* windows under way; UINT32_MAX: none */

    struct loaded cache[CACHED_DOCUMENTS];
    int64_t moved;          /* rows of the last move */
    struct loaded *current; /* in the cache, or NULL */
    uint64_t clock;         /* of cache use */
    uint64_t document_serials;
    uint64_t news; /* how often others had decided */
    int step;      /* direction of going when a row is taken */
    bool revealed;
    bool uncovered;    /* all of the text; else these bytes of it */
    struct span *open; /* sorted and apart; malloc'd */
    size_t open_count, open_cap;
    unsigned met;       /* PACE_ bits of the text on screen */
    bool reveal_told;   /* the journal has it */
    int64_t painted_us; /* 0: not yet */
    struct bits shown;  /* blocks of the text that were on screen */
    struct desk_page page;
    struct arena page_arena; /* its text */
    struct desk_find *find;  /* what `/` found; NULL: nothing yet */

    int64_t last_act_us;
    int64_t ticked_us, claimed_us;
    int64_t head;         /* the newest annotation, anyone's; -1: not known */
    int64_t own[OWN_MAX]; /* mine after it, as far as there is room */
    unsigned own_count;
    struct repeat repeat;
    struct desk_saving saving;
    char *saving_text;
    struct job *unsaved;    /* appends that failed, to be tried again */
    struct uuid undo_asked; /* of an earlier session: the second `u` does it */
    bool undo_is_asked;

    struct counted *counted; /* the histogram: desk_histogram.c */
    struct buf report;
    unsigned focus_score;
    bool focus_is_set;

    struct desk_message message;
    char *message_text;
};

/* list_states.c */
/* Whether what is escalated is none of mine in this list: it is a queue, or I
 * may not read it. */
bool desk_escalation_closes(const struct desk *desk);
/* desk_list.c */
/* What the queue leaves out has changed; its place stays where it is. */
void desk_reopen_queue(struct desk *desk);
/* Whether the list is complete; says so when it is not. */
bool desk_list_is_whole(struct desk *desk);
void list_release(struct list *list);
/* A job keeps the rows: they stay when the list goes. Main thread. */
uint32_t *list_share_docs(struct list *list, unsigned **users);
void list_docs_release(uint32_t *docs, unsigned *users);
void desk_refresh_states(struct desk *desk);
uint32_t list_find_doc(const struct desk *desk, uint32_t doc);
void desk_go_when_found(struct desk *desk, const uint32_t *docs, size_t count);
/* Search without leaving what is put aside, and without a word. */
void desk_submit_live(struct desk *desk, struct str query);
/* desk_session.c */
void desk_session_save(struct desk *desk);
/* The list has come: to the place and marks, if it was to be resumed. */
void desk_session_arrive(struct desk *desk);
/* desk_live.c */
/* Whether that query was asked last, without an error so far. */
bool desk_is_live(const struct desk *desk, struct str query);
/* Before the list is replaced: keep it if a query is being typed. */
void desk_put_aside(struct desk *desk);
/* desk_pace.c */
#define PACE_KEY "pace"
void desk_pace_load(struct desk *desk); /* the memory is there */
void desk_pace_save(struct desk *desk);
/* The text on screen was judged, or (some of it) uncovered. */
void desk_meet(struct desk *desk, bool judged);
/* desk_avoid.c */
/* The words for a job; ptr NULL: not known yet, it reads them itself. */
struct str desk_avoided_copy(struct desk *desk, struct arena *arena);
/* On a lane: the documents that the words name; none: `out` stays empty. */
enum err_code desk_find_avoided(struct lane_context *c, struct str words,
                                struct arena *arena, struct bits *out,
                                struct error *err);
/* desk_rows.c */
void desk_forget_rows(struct desk *desk);
/* Load them all again as they are drawn; the old ones show until then. */
void desk_outdate_rows(struct desk *desk);
/* Load these documents' rows again; the old ones show until then. */
void desk_reload_rows_of(struct desk *desk, const uint32_t *docs, size_t count);
/* What is known of a row, before anything of it is hidden. */
struct row_facts {
    const double *scores;
    const struct item_state *mine, *effective; /* effective: everyone's */
    uint64_t characters;
    struct str lang;
};
/* Fill what may be seen of the row: verdict, tags, flags, scores, cover. */
void desk_hide_row(const struct desk *desk, struct desk_row *row,
                   const struct row_facts *facts, struct arena *arena);
/* desk_similar.c */
void desk_outdate_similar(struct desk *desk); /* states have changed */
/* desk_document.c */
/* What may be seen of the current one has changed. */
void desk_hide_again(struct desk *desk);
void desk_forget_documents(struct desk *desk);
/* Others decided: load the current one again, and what is at hand when one goes
 * there. */
void desk_outdate_documents(struct desk *desk);
/* Its state changed: load it again when one goes back to it. */
void desk_forget_document(struct desk *desk, uint32_t doc);
/* Load the current row's document again: its state changed. */
void desk_refresh_document(struct desk *desk);
void desk_renew_claim(struct desk *desk);
bool desk_scores_hidden(const struct desk *desk, bool judged);
bool desk_peers_hidden(const struct desk *desk, bool judged);
/* desk_cover.c */
bool desk_is_over_threshold(const struct desk *desk, const double *scores);
bool desk_is_masked(const struct desk *desk, const double *scores,
                    unsigned flags, bool scores_hidden);
/* Escalated, and not for this reviewer to uncover. */
bool desk_is_sealed(const struct desk *desk, unsigned flags);
void desk_cover_again(struct desk *desk); /* for another document */
/* What stands in a covered text's place: why, length, language. */
struct cover {
    const double *scores;
    unsigned flags;
    bool scores_hidden;
    uint64_t characters;
    struct str lang;
};
struct str desk_cover(const struct desk *desk, const struct cover *cover,
                      struct arena *arena);
/* desk_find.c */
void desk_find_free(struct desk *desk);
/* desk_histogram.c */
void desk_forget_histogram(struct desk *desk);
/* desk_start.c */
void desk_ask_facts(struct desk *desk);
void desk_ask_start(struct desk *desk);
void desk_ask_tags(struct desk *desk);
void desk_load_memory(struct desk *desk);
/* An annotation of mine is stored: not news. */
void desk_note_own(struct desk *desk, int64_t seq);
/* desk_act.c */
void desk_note_reveal(struct desk *desk, const char *what);
/* desk_repeat.c */
void desk_remember(struct desk *desk, const struct desk_act *act);
/* desk_opinion.c: whether what another judged stands there to be seen; whether
 * an annotation of mine tells so already. */
bool desk_sees_verdicts(const struct desk *desk, const struct desk_document *d);
bool desk_has_told_seen(const struct desk *desk, const struct desk_document *d);
/* desk_act.c. Before an undo, which may hide others' verdicts again: that they
 * were seen.
 */
void desk_note_seen(struct desk *desk);
void desk_retry_unsaved(struct desk *desk);
enum err_code desk_rescue_unsaved(struct desk *desk, struct error *err);
void desk_put_place(struct desk *desk);

/* A job of the given size with its lane and functions set. */
void *desk_job(size_t size, enum lane_id lane,
               void (*run)(struct job *, struct lane_context *),
               unsigned (*finish)(struct job *, struct desk *),
               void (*release)(struct job *));
/* Deep copy of a key. */
struct item_key key_copy(const struct item_key *key, struct arena *arena);

/* desk_log.c: an id as people read it: a JSON string without its quotes, a
 * number as it is. */
struct str desk_bare_id(struct str token);
/* desk_failures.c: the reason of a decision on this list: its failure, then the
 * words; in `arena`. */
struct str desk_reason(const struct desk *desk, struct str reason,
                       struct arena *arena);
void desk_forget_failures(struct desk *desk);

#endif
