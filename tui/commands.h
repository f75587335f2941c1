/* Every command of the desk: the one source of default keys, `:` names, help,
 * key bar, completion and the manual's key table.
 *
 * X(id, name, default keys, where it works, what it does)
 *
 * What it does begins in lower case, unless the command takes an argument: then
 * it begins with that, "FILE: ..." . No default key may need AltGr alone
 * ([ ] { } \ | ~ @): a second one goes with it. */
#ifndef STET_TUI_COMMANDS_H
#define STET_TUI_COMMANDS_H

/* The places that take keys, with the word for them in settings and manual.
 * A view with keys of its own adds a row here, its commands to the table below
 * and a line to the key bar in bar.c. */
#define CONTEXTS(X)                                             \
    X(START, "start")                                           \
    X(LIST, "list")                                             \
    X(TEXT, "text") /* the document pane */                     \
    X(SPAN, "span") /* while one is chosen */                   \
    X(DIFF, "rewrite")                                          \
    X(EDIT, "edit") /* rewriting in place */                    \
    X(LOG, "log")                                               \
    X(AUDIT, "audit") /* and other pages */                     \
    X(PAGE, "page")   /* about a document */                    \
    X(ADJUDICATE, "adjudicate")                                 \
    X(SHEET, "sheet") /* before a decision on many documents */ \
    X(HISTOGRAM, "histogram")                                   \
    X(REPORT, "report")                                         \
    X(SIMILAR, "similar")                                       \
    X(FAILURES, "failures")

enum context_number {
#define X(id, word) CONTEXT_##id,
    CONTEXTS(X)
#undef X
        CONTEXT_COUNT
};

/* Where a command works; several may be or-ed. */
enum context {
#define X(id, word) IN_##id = 1 << CONTEXT_##id,
    CONTEXTS(X)
#undef X
        IN_WORK = IN_LIST | IN_TEXT,
    IN_DOCUMENT = IN_LIST | IN_TEXT | IN_SPAN,
    IN_ANY = (1 << CONTEXT_COUNT) - 1
};

#define COMMANDS(X)                                                            \
    X(GOOD, "good", "a", IN_DOCUMENT | IN_SIMILAR | IN_ADJUDICATE,             \
      "judge it good, then the next one")                                      \
    X(BAD, "bad", "x", IN_DOCUMENT | IN_SIMILAR | IN_ADJUDICATE,               \
      "judge it bad, then the next one")                                       \
    X(SKIP, "skip", "s", IN_WORK, "pass on it: it stays open for others")      \
    X(GOOD_STAY, "good-stay", "A", IN_WORK, "judge it good and stay")          \
    X(BAD_STAY, "bad-stay", "X", IN_WORK, "judge it bad and stay")             \
    X(SKIP_STAY, "skip-stay", "S", IN_WORK, "skip it and stay")                \
    X(VERDICT, "verdict", "0 1 2 3 4 5 6 7 8 9",                               \
      IN_DOCUMENT | IN_SIMILAR | IN_ADJUDICATE,                                \
      "NAME: the verdict with this digit or name, then the next one")          \
    X(TAGS, "tags", "t", IN_DOCUMENT | IN_SIMILAR,                             \
      "tags and actions: type to narrow")                                      \
    X(GUIDE, "guide", "", IN_ANY, "TAG: when to use it")                       \
    X(REPEAT, "repeat", ".", IN_WORK, "the last verdict with its tags again")  \
    X(NOTE, "note", "c", IN_WORK, "write a note")                              \
    X(ESCALATE, "escalate", "!", IN_WORK, "WHY: hand it to a lead")            \
    X(RESOLVE, "resolve", "F9", IN_WORK,                                       \
      "WHY: end its escalation, for a lead: all may read it again")            \
    X(SEND_BACK, "send-back", "", IN_WORK,                                     \
      "REVIEWER WHY: to be judged again; no REVIEWER: by all who did")         \
    X(UNDO, "undo", "u Backspace", IN_ANY & ~IN_EDIT, "undo my last decision") \
    X(REDO, "redo", "^R U", IN_ANY & ~IN_EDIT, "redo it")                      \
    X(LOG, "log", "", IN_ANY, "WORDS: my decisions, to take back any one")     \
    X(TAKE_BACK, "take-back", "Enter", IN_LOG,                                 \
      "undo this one, or bring it back")                                       \
    X(DECIDE, "decide", "y Enter", IN_SHEET, "do it on all of them")           \
    X(REASON, "reason", "c", IN_SHEET, "write the reason")                     \
    X(SIMILAR, "similar", "=", IN_WORK,                                        \
      "its copies and near copies, to decide on them together")                \
    X(ADJUDICATE, "adjudicate", "", IN_ANY,                                    \
      "where reviewers differ: settle one after the other")                    \
    X(FAILURES, "failures", "", IN_ANY, "what a model said, and where from")   \
    X(STATUS, "status", "s", IN_FAILURES, "STATE NOTE: where it stands")       \
    X(TAKE_SIDE, "take-side", "Enter", IN_ADJUDICATE,                          \
      "take this reviewer's verdict")                                          \
    X(AUDIT, "audit", "", IN_WORK, "who decided what about this document")     \
    X(REWRITE, "rewrite", "r e", IN_WORK, "rewrite it here")                   \
    X(EDIT, "edit", "E", IN_WORK, "rewrite in $EDITOR")                        \
    X(REDACT_ALL, "redact-all", "", IN_WORK,                                   \
      "WORDS or /pattern/: a placeholder wherever it matches")                 \
    X(ADD, "add", "", IN_WORK, "write a new document beside this one")         \
    X(TEMPLATE, "template", "F5 Alt-t", IN_WORK | IN_EDIT,                     \
      "NAME: begin with it, or put it in; no name: a menu")                    \
    X(PROPOSAL, "proposal", "P", IN_WORK, "the rewrite that a model proposes") \
    X(DIFF, "diff", "D", IN_WORK, "show the rewrite as a word diff")           \
    X(SPAN, "span", "v", IN_WORK, "choose a span of the text")                 \
    X(SENTENCES, "sentences", "T", IN_WORK,                                    \
      "judge sentence by sentence: a good, x bad")                             \
    X(DOWN, "down", "j Down", IN_ANY, "a line down")                           \
    X(UP, "up", "k Up", IN_ANY, "a line up")                                   \
    X(NEXT, "next", "J", IN_WORK | IN_SIMILAR | IN_ADJUDICATE,                 \
      "the next document")                                                     \
    X(PREVIOUS, "previous", "K", IN_WORK | IN_SIMILAR | IN_ADJUDICATE,         \
      "the previous document")                                                 \
    X(NEXT_OPEN, "next-open", ">", IN_WORK, "the next unjudged document")      \
    X(PREVIOUS_OPEN, "previous-open", "<", IN_WORK,                            \
      "the previous unjudged document")                                        \
    X(HALF_DOWN, "half-down", "^D", IN_ANY & ~IN_EDIT, "half a page down")     \
    X(HALF_UP, "half-up", "^U", IN_ANY & ~IN_EDIT, "half a page up")           \
    X(PAGE_DOWN, "page-down", "PgDn Space", IN_ANY, "a page down")             \
    X(PAGE_UP, "page-up", "PgUp b", IN_ANY & ~IN_SPAN, "a page up")            \
    X(TOP, "top", "g Home", IN_ANY & ~IN_EDIT, "to the top")                   \
    X(END, "end", "G End", IN_ANY & ~IN_EDIT, "to the end")                    \
    X(LEFT, "left", "Left",                                                    \
      IN_TEXT | IN_SPAN | IN_DIFF | IN_EDIT | IN_ADJUDICATE,                   \
      "scroll left, or one character back")                                    \
    X(RIGHT, "right", "Right",                                                 \
      IN_TEXT | IN_SPAN | IN_DIFF | IN_EDIT | IN_ADJUDICATE,                   \
      "scroll right, or one character on")                                     \
    X(WORD, "word", "w", IN_SPAN, "to the end of the word")                    \
    X(WORD_BACK, "word-back", "b", IN_SPAN, "to the start of the word")        \
    X(SENTENCE, "sentence", "s", IN_SPAN, "the whole sentence")                \
    X(SENTENCE_ON, "sentence-on", ")", IN_SPAN, "to the sentence's end")       \
    X(SENTENCE_BACK, "sentence-back", "(", IN_SPAN, "to the sentence's start") \
    X(PARAGRAPH, "paragraph", "p", IN_SPAN, "the whole paragraph")             \
    X(LINE, "line", "l", IN_SPAN, "the whole line")                            \
    X(HIT, "hit", "h", IN_SPAN, "the nearest hit")                             \
    X(SPAN_REWRITE, "rewrite-span", "r e", IN_SPAN, "rewrite the span here")   \
    X(SPAN_EDIT, "edit-span", "E", IN_SPAN, "rewrite the span in $EDITOR")     \
    X(REDACT, "redact", "R", IN_SPAN, "replace the span by a placeholder")     \
    X(SPAN_SWAP, "swap-ends", "o", IN_SPAN, "move the other end of the span")  \
    X(SPAN_LEAVE, "leave-span", "v Esc q", IN_SPAN, "leave the span")          \
    X(FIND, "find", "/", IN_ANY & ~IN_START, "find in this pane")              \
    X(FIND_NEXT, "find-next", "n", IN_ANY & ~IN_START,                         \
      "the next match, or the next hit or change")                             \
    X(FIND_PREVIOUS, "find-previous", "N", IN_ANY & ~IN_START,                 \
      "the previous one")                                                      \
    X(HOT_NEXT, "hot-next", ";", IN_DOCUMENT,                                  \
      "the next scored passage or hit")                                        \
    X(HOT_PREVIOUS, "hot-previous", ",", IN_DOCUMENT, "the previous one")      \
    X(PASSAGES, "passages", "L", IN_WORK,                                      \
      "list hits, scored passages and annotated spans")                        \
    X(SPAN_REMOVE, "remove-span", "-", IN_WORK,                                \
      "take back my annotation of the span gone to")                           \
    X(NUMBERS, "numbers", "#", IN_WORK,                                        \
      "scores of sentences and passages in the margin")                        \
    X(METADATA, "metadata", "I", IN_WORK, "what is known of the document")     \
    X(RECORD, "raw", "", IN_WORK,                                              \
      "exact: its record, indented or byte for byte")                          \
    X(WHY, "why", "H", IN_WORK, "why it is in this list")                      \
    X(QUERY, "query", "f", IN_WORK | IN_START, "edit the query")               \
    X(ORDER, "order", "o", IN_WORK, "the order of the list")                   \
    X(HISTOGRAM, "histogram", "i", IN_WORK,                                    \
      "NAME: how the focused score lies over the hits, or another")            \
    X(SCORE_NEXT, "score-next", ")", IN_WORK | IN_HISTOGRAM,                   \
      "focus the next score")                                                  \
    X(SCORE_PREVIOUS, "score-previous", "(", IN_WORK | IN_HISTOGRAM,           \
      "focus the previous score")                                              \
    X(SCORE, "score", "", IN_WORK | IN_HISTOGRAM,                              \
      "NAME: focus this score: histogram and order go by it")                  \
    X(THRESHOLD_UP, "threshold-up", "Right l", IN_HISTOGRAM,                   \
      "move the threshold a bin up")                                           \
    X(THRESHOLD_DOWN, "threshold-down", "Left h", IN_HISTOGRAM,                \
      "move it a bin down")                                                    \
    X(THRESHOLD_MORE, "threshold-more", "+", IN_HISTOGRAM,                     \
      "move it a tenth of a bin up")                                           \
    X(THRESHOLD_LESS, "threshold-less", "-", IN_HISTOGRAM,                     \
      "move it a tenth of a bin down")                                         \
    X(THRESHOLD, "threshold", "t", IN_HISTOGRAM, "N: put the threshold there") \
    X(LOG_SCALE, "log-scale", "L", IN_HISTOGRAM,                               \
      "draw counts on a logarithmic scale, or not")                            \
    X(REPORT, "report", "", IN_ANY & ~IN_SPAN,                                 \
      "what is bad in the corpus, and what thresholds are worth")              \
    X(MARK, "mark", "m", IN_WORK | IN_SIMILAR,                                 \
      "mark it, or take its mark off")                                         \
    X(MARK_ALL, "mark-all", "M", IN_WORK | IN_SIMILAR,                         \
      "mark all hits, or none")                                                \
    X(MARK_RANGE, "mark-range", "V", IN_WORK | IN_SIMILAR,                     \
      "mark from the last mark here")                                          \
    X(MARK_PATTERN, "mark-pattern", "*", IN_WORK,                              \
      "mark the hits that a query finds")                                      \
    X(COPY_ID, "copy-id", "y", IN_WORK,                                        \
      "copy the id, or those of the marked ones")                              \
    X(COPY_TEXT, "copy-text", "Y", IN_DOCUMENT, "copy the text or the span")   \
    X(PIPE, "pipe", "| F6", IN_DOCUMENT,                                       \
      "COMMAND: give it the text, or the marked ones as JSON lines")           \
    X(WRAP, "wrap", "w", IN_ANY & ~(IN_SPAN | IN_START), "wrap lines or not")  \
    X(HIDDEN, "hidden", "W", IN_ANY & ~IN_START,                               \
      "show harmless invisible characters too")                                \
    X(UNCOVER, "uncover", "z", IN_WORK | IN_ADJUDICATE,                        \
      "uncover the next line of a covered text")                               \
    X(UNCOVER_ALL, "uncover-all", "Alt-z", IN_WORK | IN_ADJUDICATE,            \
      "uncover all of it")                                                     \
    X(COVER, "cover", "Z", IN_WORK | IN_ADJUDICATE, "cover all of it again")   \
    X(ZOOM, "zoom", "p", IN_WORK, "one pane over the whole screen")            \
    X(PANE, "pane", "Tab", IN_WORK | IN_FAILURES, "the other pane")            \
    X(PANE_BACK, "pane-back", "Shift-Tab", IN_WORK | IN_FAILURES,              \
      "the other pane")                                                        \
    X(OPEN, "open", "Enter", IN_START | IN_LIST | IN_HISTOGRAM | IN_FAILURES,  \
      "open it")                                                               \
    X(ACCEPT, "accept", "+", IN_DIFF, "accept the rewrite")                    \
    X(REFUSE, "refuse", "-", IN_DIFF, "refuse it: the draft is dropped")       \
    X(TOGGLE_CHANGE, "toggle-change", "d", IN_DIFF,                            \
      "take this change off, or put it on again")                              \
    X(EDIT_AGAIN, "edit-again", "e r", IN_DIFF, "edit it again")               \
    X(EDIT_OUTSIDE, "edit-outside", "E", IN_DIFF, "edit it in $EDITOR")        \
    X(SAVE, "done", "F2 ^S", IN_EDIT, "done: to the word diff")                \
    X(LIVE_DIFF, "live-diff", "F4 Alt-w", IN_EDIT, "the word diff below")      \
    X(EDIT_UNDO, "edit-undo", "^_ Alt-u", IN_EDIT, "undo what I typed")        \
    X(EDIT_REDO, "edit-redo", "Alt-r", IN_EDIT, "redo it")                     \
    X(NEXT_WORD, "next-word", "Alt-f Ctrl-Right", IN_EDIT, "a word on")        \
    X(PREVIOUS_WORD, "previous-word", "Alt-b Ctrl-Left", IN_EDIT,              \
      "a word back")                                                           \
    X(ROW_START, "row-start", "Home ^A", IN_EDIT, "to the row's start")        \
    X(ROW_END, "row-end", "End ^E", IN_EDIT, "to the row's end")               \
    X(TEXT_START, "text-start", "Alt-< Ctrl-Home", IN_EDIT,                    \
      "to the text's start")                                                   \
    X(TEXT_END, "text-end", "Alt-> Ctrl-End", IN_EDIT, "to the text's end")    \
    X(DELETE_BACK, "delete-back", "Backspace", IN_EDIT,                        \
      "delete the character before")                                           \
    X(DELETE, "delete", "Delete ^D", IN_EDIT, "delete the character here")     \
    X(KILL_LINE, "kill-line", "^K", IN_EDIT, "cut to the line's end")          \
    X(KILL_BACK, "kill-back", "^U", IN_EDIT, "cut to the line's start")        \
    X(KILL_WORD, "kill-word", "Alt-d", IN_EDIT, "cut to the word's end")       \
    X(KILL_WORD_BACK, "kill-word-back", "^W Alt-Backspace", IN_EDIT,           \
      "cut the word before")                                                   \
    X(YANK, "yank", "^Y", IN_EDIT, "put back what was cut")                    \
    X(BACK, "back", "q Esc", IN_ANY & ~(IN_SPAN | IN_EDIT), "back")            \
    X(EDIT_LEAVE, "leave-edit", "Esc", IN_EDIT, "leave it: the draft is kept") \
    X(QUIT, "quit", "Q", IN_ANY, "quit: everything is saved")                  \
    X(COMMAND, "command", ":", IN_ANY, "a command by name")                    \
    X(HELP, "help", "? F1", IN_ANY, "this help: type to filter, Enter runs")   \
    X(START, "start", "F3", IN_ANY, "my queues and counts")                    \
    X(BLANK, "blank", "F12", IN_ANY, "blank the screen")                       \
    X(BREAK, "break", "", IN_ANY,                                              \
      "blank the screen for a break: what is counted to the next begins anew") \
    X(STOP, "stop", "^C", IN_ANY, "stop the work under way")                   \
    X(REDRAW, "redraw", "^L", IN_ANY, "draw the screen again")                 \
    X(SUSPEND, "suspend", "^Z", IN_ANY, "suspend stet")                        \
    X(GO, "go", "", IN_WORK, "N: to row N; also :N")                           \
    X(TAG, "tag", "", IN_WORK | IN_SIMILAR,                                    \
      "+x -y: put tags on and take them off")                                  \
    X(RATE, "rate", "", IN_WORK, "SCALE=N: a value on a scale")                \
    X(DROP, "drop", "", IN_WORK | IN_SIMILAR, "leave the document out")        \
    X(KEEP, "keep", "", IN_WORK | IN_SIMILAR, "keep it as it is")              \
    X(QUEUE, "queue", "", IN_ANY,                                              \
      "NAME: open it; save, give, split, remove NAME")                         \
    X(AVOID, "avoid", "", IN_ANY,                                              \
      "TAG or FIELD:VALUE: keep it out of my queues; -TAG: no longer")         \
    X(RELOAD, "reload", "", IN_ANY, "take up the newer index")                 \
    X(WRITE, "w", "", IN_ANY, "nothing to do: every decision is saved")        \
    X(DUMP, "dump", "", IN_ANY, "FILE: write the screen as text")              \
    X(MAP, "map", "", IN_ANY,                                                  \
      "COMMAND KEY...: bind keys until I quit; KEY: what it does")             \
    X(SET, "set", "", IN_ANY, "NAME VALUE: theme, mouse and other settings")   \
    X(NOTHING, "nothing", "", IN_ANY,                                          \
      "do nothing: for keys that are in the way")

enum command {
    CMD_NONE,
#define X(id, name, keys, where, meaning) CMD_##id,
    COMMANDS(X)
#undef X
        CMD_COUNT
};

struct command_info {
    const char *name, *keys;
    unsigned where; /* enum context bits */
    const char *meaning;
};
/* By number; [CMD_NONE] has no name. */
extern const struct command_info command_table[CMD_COUNT];
/* "list", "span" ... by enum context_number. */
extern const char *const context_words[CONTEXT_COUNT];

#endif
