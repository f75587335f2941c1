/* `stet import KIND FILE...`: what comes from elsewhere. Each kind is a row of
 * a table here and a function of the room that keeps it. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command_list.h"
#include "cli/import_annotations.h"
#include "cli/import_failures.h"
#include "cli/import_proposals.h"
#include "cli/session.h"
#include "stet/import.h"
#include "stet/xalloc.h"

#define SHOWN 10 /* messages about rows that are spelled out, of each file */

static const struct option_def import_options[] = {
    {"classifier", 0, "NAME@VERSION", "who gave the scores: names them"},
    {"score", 0, "[NAME=]PATH", "where a row has a score (may be repeated)"},
    {"bad", 0, "END", "which end is bad: high or low"},
    {"range", 0, "A..B", "smallest and largest value"},
    {"aligned", 0, NULL, "line N of a FILE is record N of its shard"},
    {"remove", 0, "NAME", "take an imported score out"},
    {"round", 0, "NAME",
     "of failures: the round of training (default: the day)"},
    {"quiet", 'q', NULL, "no progress"},
    {NULL, 0, NULL, NULL},
};

struct display {
    bool quiet, terminal, line_open;
    int64_t shown_us;
    const char *file; /* of the last message */
    uint64_t messages;
};

static void
end_line(struct display *display)
{
    if (display->line_open)
        (void)fprintf(stderr, "\r\033[K");
    display->line_open = false;
}

static void
show_progress(void *ctx, uint64_t done, uint64_t total)
{
    struct display *display = ctx;
    int64_t now = time_monotonic_us();

    if (display->quiet ||
        now - display->shown_us < (display->terminal ? 250000 : 10000000))
        return;
    display->shown_us = now;
    (void)fprintf(stderr, "%s%3d%% of the rows read%s",
                  display->terminal ? "\r" : "stet: ",
                  total ? (int)(100 * (double)done / (double)total) : 0,
                  display->terminal ? "\033[K" : "\n");
    display->line_open = display->terminal;
    (void)fflush(stderr);
}

static void
end_messages(struct display *display)
{
    end_line(display);
    if (display->file && display->messages > SHOWN)
        complain("%s: %llu more such rows", display->file,
                 (unsigned long long)(display->messages - SHOWN));
    display->messages = 0;
}

static void
show_message(void *ctx, const struct import_message *m)
{
    struct display *display = ctx;

    if (display->file != m->file)
        end_messages(display);
    display->file = m->file;
    if (++display->messages > SHOWN)
        return;
    end_line(display);
    complain("%s, line %llu: %s", m->file, (unsigned long long)m->line,
             m->text);
}

static bool
parse_range(const char *text, double *low, double *high)
{
    const char *dots = strstr(text, "..");
    char *from =
        dots ? xstrndup(str_slice(str_of(text), 0, (size_t)(dots - text)))
             : NULL;
    char *end;
    bool good = false;

    if (from && *from && dots[2]) {
        *low = strtod(from, &end);
        good = *end == '\0';
        *high = strtod(dots + 2, &end);
        good = good && *end == '\0' && *low <= *high;
    }
    free(from);
    return good;
}

static enum err_code
read_options(const struct invocation *in, struct import_options *options,
             struct error *err)
{
    const char *bad = option_get(in, "bad");
    const char *range = option_get(in, "range");
    const char *name = option_get(in, "classifier");

    options->has_bad = bad != NULL;
    options->has_range = range != NULL;
    if (bad && strcmp(bad, "high") == 0)
        options->bad = SCORE_BAD_HIGH;
    else if (bad && strcmp(bad, "low") == 0)
        options->bad = SCORE_BAD_LOW;
    else if (bad)
        return usage_error(in, err, "--bad takes high or low");
    if (range && !parse_range(range, &options->min, &options->max))
        return usage_error(in, err, "--range takes a range such as 0..1");
    if (name && (!*name || name[strlen(name) - 1] == '@'))
        return usage_error(in, err,
                           "--classifier takes a name such as toxicity@v7");
    options->classifier = name;
    options->aligned = option_given(in, "aligned");
    return ERR_OK;
}

/* NAME=PATH or PATH; names are owned by the caller. */
static size_t
read_scores(const struct invocation *in, struct import_score *scores,
            char **names)
{
    size_t count = 0;
    const char *value;

    while ((value = option_nth(in, "score", count))) {
        const char *equals = strchr(value, '=');

        names[count] = equals ? xstrndup(str_slice(str_of(value), 0,
                                                   (size_t)(equals - value)))
                              : NULL;
        scores[count] =
            (struct import_score){names[count], equals ? equals + 1 : value};
        count++;
    }
    return count;
}

static void
print_json(const struct import_report *r)
{
    struct buf line = {0};
    struct json_out w = {&line, false};

    json_open(&w, '{');
#define MEMBER(name)     \
    json_key(&w, #name); \
    json_int(&w, (int64_t)r->name)
    MEMBER(generation);
    MEMBER(rows);
    MEMBER(documents);
    MEMBER(covered);
    MEMBER(unmatched);
    MEMBER(changed);
    MEMBER(duplicates);
    MEMBER(disagreements);
    MEMBER(ambiguous);
    MEMBER(bad);
    MEMBER(empty);
#undef MEMBER
    json_key(&w, "scores");
    json_open(&w, '[');
    for (size_t i = 0; i < r->score_count; i++) {
        json_open(&w, '{');
        json_key(&w, "name");
        json_str(&w, str_of(r->scores[i].name));
        json_key(&w, "added");
        json_bool(&w, r->scores[i].added);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

static void
print_count(uint64_t count, const char *text)
{
    if (count)
        printf("%llu %s\n", (unsigned long long)count, text);
}

static void
print_plain(const struct import_report *r)
{
    for (size_t i = 0; i < r->score_count; i++) {
        const struct import_score_report *score = &r->scores[i];

        print_escaped(str_of(score->name), 0);
        if (score->added)
            printf(": %llu documents have it, %llu do not\n",
                   (unsigned long long)score->known,
                   (unsigned long long)(r->documents - score->known));
        else
            printf(": nothing new\n");
    }
    printf("%llu rows for %llu of %llu documents\n",
           (unsigned long long)r->rows, (unsigned long long)r->covered,
           (unsigned long long)r->documents);
    print_count(r->unmatched, "rows fit no document");
    print_count(r->changed, "of them are about another text of a document");
    print_count(r->duplicates, "rows repeat others");
    print_count(r->disagreements, "rows disagree with others: the last counts");
    print_count(r->ambiguous, "rows fit documents of several sources: left "
                              "out");
    print_count(r->empty, "rows have no score");
    print_count(r->bad, "rows are bad: left out");
}

static enum err_code
import_files(struct workspace *ws, const struct invocation *in, int *status,
             struct error *err)
{
    struct display display = {.quiet = option_given(in, "quiet"),
                              .terminal = isatty(STDERR_FILENO) == 1,
                              .shown_us = time_monotonic_us()};
    struct import_score scores[OPTION_VALUES_MAX];
    char *names[OPTION_VALUES_MAX] = {NULL};
    struct import_options options = {.scores = scores,
                                     .cancel = interrupt_flag(),
                                     .message = show_message,
                                     .progress = show_progress,
                                     .ctx = &display};
    struct import_report report = {0};
    enum err_code code = read_options(in, &options, err);

    options.score_count = read_scores(in, scores, names);
    if (code == ERR_OK && in->arg_count < 2)
        code = usage_error(in, err, "which files?");
    if (code == ERR_OK)
        code = import_scores(ws, (const char *const *)in->args + 1,
                             in->arg_count - 1, &options, &report, err);
    end_messages(&display);
    if (code == ERR_OK && option_given(in, "json"))
        print_json(&report);
    else if (code == ERR_OK)
        print_plain(&report);
    if (code == ERR_OK && (report.bad || report.ambiguous ||
                           report.disagreements || !report.covered))
        *status = 1;
    import_report_release(&report);
    for (size_t i = 0; i < options.score_count; i++)
        free(names[i]);
    return code;
}

static enum err_code
run_scores(const struct invocation *in, int *status, struct error *err)
{
    const char *name = option_get(in, "remove");
    struct workspace *ws = NULL;
    enum err_code code;

    interrupt_catch();
    if (name && in->arg_count > 1)
        return usage_error(in, err, "--remove takes no files");
    code = workspace_open(&ws, option_get(in, "directory"),
                          option_given(in, "trust"), err);
    if (code != ERR_OK)
        return code;
    share_umask(ws);
    if (name) {
        code = import_remove(ws, name, err);
        if (code == ERR_OK && !option_given(in, "json")) {
            print_escaped(str_of(name), 0);
            printf(": removed\n");
        }
    } else {
        code = import_files(ws, in, status, err);
    }
    workspace_close(ws);
    return code;
}

static const struct {
    const char *name;
    enum err_code (*run)(const struct invocation *in, int *status,
                         struct error *err);
} kinds[] = {{"scores", run_scores},
             {"proposals", import_proposals},
             {"annotations", import_annotations},
             {"failures", import_failures}};

static enum err_code
run_import(const struct invocation *in, int *status, struct error *err)
{
    for (size_t i = 0; in->arg_count && i < sizeof(kinds) / sizeof(kinds[0]);
         i++)
        if (strcmp(in->args[0], kinds[i].name) == 0)
            return kinds[i].run(in, status, err);
    return usage_error(in, err,
                       "what is to be imported? scores, proposals, "
                       "annotations or failures");
}

const struct command command_import = {
    "import",
    "scores|proposals|annotations|failures [OPTIONS] FILE...",
    "Take in scores, and what models propose, say or get wrong",
    "FILEs are JSON lines, plain or compressed.\n\nscores: a row names its "
    "document by "
    "id and\nsource, by id where it is unique, by the SHA-256 of the text "
    "(sha256), or by shard\nand record; --aligned takes line N for record N of "
    "the shard of the same name, as\nDolma's attributes/NAME/REST is for "
    "documents/REST. Scores are found by looking at\nthe first rows unless "
    "--score says where they are.\nWith --classifier NAME@VERSION the score is "
    "called so, or NAME/WHAT@VERSION where\nrows have several. Rows are kept "
    "in .stet/attributes/ with the hash of the text\nthat they are about: they "
    "outlast re-indexing, hold for that text only, and reach\ndocuments that "
    "are indexed later. Importing again adds to them; what came "
    "last\ncounts.\n\nproposals: a row is {\"id\", \"sha256\", \"text\", "
    "\"model\", \"style\"}, the hash that of the text\nit was written for; one "
    "that was written for another text is set aside. At the\ndesk P shows them "
    "beside the original; has:proposal finds the documents.\n\n"
    "annotations: a row is as 'stet export --format ratings' writes it: "
    "{\"id\", "
    "\"sha256\" or\n\"text\", \"verdict\", \"tags\", \"not_tags\", "
    "\"ratings\": {SCALE: NUMBER}, \"spans\":\n[{\"start\", \"end\", "
    "\"tag\"}], \"reason\"}. --reviewer says whose they are; a "
    "model\nis model/NAME@VERSION and never counts among people: by:NAME finds "
    "what it\njudged, sort:disagree(NAME,PERSON) where it differs. Importing "
    "again adds what is\nnew.\n\n"
    "failures: a row is {\"output\", \"prompt\", \"id\", \"metric\"}. In a "
    "later --round\na "
    "row of a known id says that it is still failing, or with \"fixed\": true "
    "that\nit is gone. "
    "stet failures lists them.",
    import_options,
    run_import,
};
