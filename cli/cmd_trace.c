/* stet trace: outputs in, spans and documents out; many as a batch that can be
 * stopped and resumed. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/command_list.h"
#include "cli/trace_print.h"
#include "stet/fileio.h"
#include "stet/pool.h"

#define RESULTS_MAX ((size_t)8 << 30)

static const struct option_def trace_options_table[] = {
    {"density", 0, "D", "spans to keep for each word (default: 0.05)"},
    {"min-words", 0, "N", "least words of a span (default: 6)"},
    {"anchor", 0, "N", "an anchor is in at most N documents (default: 10000)"},
    {"documents", 0, "N", "documents to fetch for a span (default: 10)"},
    {"fuzzy", 0, "N",
     "documents to list without a span but with rare words (default: 5)"},
    {"seed", 0, "N", "draws among a span's documents (default: 0)"},
    {"sentences", 0, NULL, "spans do not go over the end of a sentence"},
    {"plain", 0, NULL, "take the input for one output, whatever it looks like"},
    {"to", 0, "FILE", "write JSON lines to FILE, each as it is done"},
    {"resume", 0, NULL, "go on behind what FILE has"},
    {NULL, 0, NULL, NULL},
};

struct batch {
    struct session session;
    struct trace_options options;
    struct trace_inputs inputs;
    struct buf settings;
    FILE *to; /* NULL: stdout */
    size_t done, bad;
    size_t resumed; /* of `done`: were there already */
    int64_t began_us, shown_us;
};

static enum err_code
read_count(const struct invocation *in, const char *name, uint32_t max,
           uint32_t *out, struct error *err)
{
    uint64_t value;
    enum err_code code = option_uint(in, name, *out, max, &value, err);

    if (code == ERR_OK)
        *out = (uint32_t)value;
    return code;
}

static enum err_code
read_options(const struct invocation *in, struct trace_options *options,
             struct error *err)
{
    const char *density = option_get(in, "density");
    char *end = NULL;
    enum err_code code;

    *options = trace_options_default();
    options->cancel = interrupt_flag();
    options->within_sentences = option_given(in, "sentences");
    if (density) {
        options->density = strtod(density, &end);
        if (!*density || *end || !(options->density > 0) ||
            options->density > 1)
            return usage_error(in, err,
                               "--density takes a number over 0, up to 1");
    }
    code = read_count(in, "min-words", 1000, &options->min_words, err);
    if (code == ERR_OK)
        code =
            read_count(in, "anchor", 1000000, &options->anchor_documents, err);
    if (code == ERR_OK)
        code = read_count(in, "documents", 1000, &options->span_documents, err);
    if (code == ERR_OK)
        code = read_count(in, "fuzzy", 48, &options->fuzzy_documents, err);
    if (code == ERR_OK)
        code = option_uint(in, "seed", 0, INT64_MAX, &options->seed, err);
    if (code == ERR_OK &&
        (options->min_words == 0 || options->span_documents == 0 ||
         options->anchor_documents == 0))
        return usage_error(in, err,
                           "--min-words, --documents and --anchor take 1 or "
                           "more");
    if (code == ERR_OK && option_given(in, "resume") && !option_get(in, "to"))
        return usage_error(in, err, "--resume goes with --to");
    return code;
}

/* --- the file of results --- */

/* Whether a line is the result of this input under the same settings. */
static bool
is_result(const struct batch *batch, const struct trace_input *input,
          struct str line)
{
    char hex[HASH_HEX_SIZE];
    struct buf start = {0};
    struct buf end = {0};
    bool same;

    hash_format(&input->hash, hex);
    xbuf_printf(&start, "{\"line\":%llu,\"sha256\":\"%s\"",
                (unsigned long long)input->line, hex);
    xbuf_append_str(&end, STR_LIT("\"settings\":"));
    xbuf_append_str(&end, buf_str(&batch->settings));
    xbuf_append(&end, "}", 1);
    same = str_starts_with(line, buf_str(&start)) &&
           str_ends_with(line, buf_str(&end));
    buf_release(&start);
    buf_release(&end);
    return same;
}

/* The results that are there are those of the first inputs; *keep: the bytes
 * of them, without a last line that was cut off. */
static enum err_code
check_results(struct batch *batch, struct str content, const char *path,
              uint64_t *keep, struct error *err)
{
    *keep = 0;
    for (size_t at = 0; at < content.len;) {
        size_t end = str_find(content, STR_LIT("\n"), at);

        if (end == SIZE_MAX)
            break;
        if (batch->done == batch->inputs.count ||
            !is_result(batch, &batch->inputs.list[batch->done],
                       str_slice(content, at, end)))
            return error_set(err, ERR_CONFLICT,
                             "%s: line %zu is not the result of these inputs "
                             "with these options and this index",
                             path, batch->done + 1);
        batch->bad += batch->inputs.list[batch->done].problem != NULL;
        batch->done++;
        at = end + 1;
        *keep = at;
    }
    batch->resumed = batch->done;
    return ERR_OK;
}

static enum err_code
open_results(struct batch *batch, const struct invocation *in,
             struct error *err)
{
    const char *path = option_get(in, "to");
    bool resume = option_given(in, "resume") && file_exists(path);
    struct buf content = {0};
    uint64_t keep = 0;
    enum err_code code = ERR_OK;

    if (resume)
        code = file_read(path, RESULTS_MAX, &content, err);
    if (code == ERR_OK && resume)
        code = check_results(batch, buf_str(&content), path, &keep, err);
    buf_release(&content);
    if (code != ERR_OK)
        return code;
    if (resume && truncate(path, (off_t)keep) != 0)
        return error_errno(err, errno, path);
    batch->to = fopen(path, resume ? "abe" : "wbxe");
    if (batch->to)
        return ERR_OK;
    if (errno == EEXIST)
        return error_set(err, ERR_EXISTS,
                         "%s exists; go on behind it with --resume", path);
    return error_errno(err, errno, path);
}

static enum err_code
write_result(struct batch *batch, struct buf *line, struct error *err)
{
    if (!batch->to) {
        print_json_line(line);
        return finish_output(err);
    }
    xbuf_append(line, "\n", 1);
    if (fwrite(line->ptr, 1, line->len, batch->to) != line->len ||
        fflush(batch->to))
        return error_errno(err, errno ? errno : EIO, "--to");
    return ERR_OK;
}

/* --- running --- */

/* On a terminal, twice a second. */
static void
show_progress(struct batch *batch)
{
    int64_t now = time_monotonic_us();
    size_t fresh = batch->done - batch->resumed;
    double left;

    if (isatty(STDERR_FILENO) != 1 || batch->inputs.count < 2 ||
        (now - batch->shown_us < 500000 && batch->done < batch->inputs.count))
        return;
    batch->shown_us = now;
    left = fresh ? (double)(now - batch->began_us) / (double)fresh *
                       (double)(batch->inputs.count - batch->done) / 1e6
                 : 0;
    if (batch->done < batch->inputs.count)
        (void)fprintf(stderr, "\rstet: %zu of %zu outputs traced, %.0f s left ",
                      batch->done, batch->inputs.count, left);
    else
        (void)fprintf(stderr, "\r%60s\r", "");
}

static void
print_heading(const struct batch *batch, const struct trace_input *input)
{
    if (!batch->inputs.rows)
        return;
    printf("%sline %llu", batch->done > 0 ? "\n" : "",
           (unsigned long long)input->line + 1);
    if (input->id.ptr) {
        printf("  id:");
        print_escaped(input->id, 60);
    }
    if (input->problem)
        printf(": %s", input->problem);
    putchar('\n');
}

static enum err_code
trace_one(struct batch *batch, const struct trace_input *input,
          struct error *err)
{
    struct trace *trace = NULL;
    struct buf line = {0};
    enum err_code code = ERR_OK;

    arena_reset(&batch->session.arena);
    if (!input->problem)
        code = index_trace(batch->session.index, input->prompt, input->output,
                           &batch->options, &trace, err);
    if (code == ERR_OK && (batch->session.json || batch->to)) {
        code = trace_format_json(&batch->session, input, trace,
                                 buf_str(&batch->settings), &line, err);
        if (code == ERR_OK)
            code = write_result(batch, &line, err);
    } else if (code == ERR_OK) {
        print_heading(batch, input);
        if (trace)
            code = trace_print_plain(&batch->session, input, trace,
                                     &batch->options, err);
    }
    trace_free(trace);
    buf_release(&line);
    return code;
}

static enum err_code
run_batch(struct batch *batch, struct error *err)
{
    enum err_code code = ERR_OK;

    batch->began_us = time_monotonic_us();
    while (code == ERR_OK && batch->done < batch->inputs.count) {
        const struct trace_input *input = &batch->inputs.list[batch->done];

        show_progress(batch);
        code = cancel_is_set(interrupt_flag())
                   ? error_set(err, ERR_CANCELLED, "%s",
                               err_code_text(ERR_CANCELLED))
                   : trace_one(batch, input, err);
        if (code == ERR_OK) {
            batch->done++;
            batch->bad += input->problem != NULL;
        }
    }
    show_progress(batch);
    if (code == ERR_CANCELLED && batch->inputs.count > 1)
        (void)error_set(err, ERR_CANCELLED,
                        "stopped: %zu of %zu outputs were traced%s",
                        batch->done, batch->inputs.count,
                        batch->to ? "; go on with --resume" : "");
    return code;
}

static enum err_code
close_results(struct batch *batch, enum err_code code, struct error *err)
{
    if (!batch->to)
        return code;
    if (code == ERR_OK && fsync(fileno(batch->to)) != 0 && errno != EINVAL)
        code = error_errno(err, errno, "--to");
    if (fclose(batch->to) != 0 && code == ERR_OK)
        code = error_errno(err, errno, "--to");
    if (code == ERR_OK)
        printf("%zu outputs traced%s\n", batch->done - batch->bad,
               batch->resumed ? ", with those that were there" : "");
    return code;
}

static enum err_code
run_trace(const struct invocation *in, int *status, struct error *err)
{
    struct batch batch = {.session = {0}};
    enum err_code code = read_options(in, &batch.options, err);

    if (code != ERR_OK)
        return code;
    if (in->arg_count > 1)
        return usage_error(in, err, "one FILE, or '-' for stdin");
    interrupt_catch();
    code = session_open(&batch.session, in, NEED_INDEX, err);
    if (code == ERR_OK)
        code =
            trace_inputs_read(&batch.inputs, in->arg_count ? in->args[0] : NULL,
                              option_given(in, "plain"), err);
    if (code == ERR_OK) {
        trace_format_settings(&batch.options, batch.session.index,
                              &batch.settings);
        if (option_get(in, "to"))
            code = open_results(&batch, in, err);
    }
    if (code == ERR_OK)
        code = run_batch(&batch, err);
    code = close_results(&batch, code, err);
    if (code == ERR_OK && batch.bad > 0) {
        complain("%zu rows could not be traced: no \"output\"", batch.bad);
        *status = 1;
    }
    buf_release(&batch.settings);
    trace_inputs_release(&batch.inputs);
    session_close(&batch.session);
    return code;
}

const struct command command_trace = {
    "trace",
    "[--density D] [--min-words N] [--to FILE [--resume]] [--json] [FILE|-]",
    "Find the documents that have the words of a model's output",
    "FILE is an output, plain text, or JSON lines with \"output\" and, if "
    "there "
    "are any,\n\"prompt\", \"id\" and \"metric\". Found are spans of the "
    "output "
    "that stand in documents\nword for word (case, accents and punctuation "
    "make no difference), as long as they\ncan be: no document has one with a "
    "word more at either end. Each has an anchor, a\nword that at most "
    "--anchor documents have or, in scripts without spaces, three\ncharacters "
    "in a row; phrases of frequent words alone are not looked for. In such\n"
    "scripts two ideographs, or four other characters, count as a word.\n\n"
    "The rarest spans are kept, --density of them a word, by the product of "
    "their words'\nfrequencies (rarity: minus its decimal logarithm). For "
    "each, up to --documents are\nread, drawn by --seed, and compared: \"~\" "
    "means that the words are the same and the\nbytes are not, \"?\" that the "
    "text could not be read. Documents are ordered by bm25 of\nprompt and "
    "output; copies and near copies stand under the first. Last come documents"
    "\nwithout a span of which a passage, twice as long as the output, has "
    "many "
    "of its rare\nwords (--fuzzy).\n\nWith --to each result is written as it "
    "is "
    "done; what was stopped goes on with\n--resume. This is lexical evidence: "
    "it says where the same words stand, not what a\nmodel was influenced by.",
    trace_options_table,
    run_trace,
};
