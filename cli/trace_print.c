/* Formats traces. Places in JSON are in code points, as in other exchange
 * files. */
#include "config.h"

#include "cli/trace_print.h"

#include <stdio.h>

#include "stet/utf8.h"

#define SHOWN_CELLS 160 /* of a span */
#define COPIES_SHOWN 3

static const char *const likeness_names[] = {
    [TRACE_BYTES] = "bytes",
    [TRACE_WORDS] = "words",
    [TRACE_UNREAD] = "unread",
};

/* --- JSON --- */

void
trace_format_settings(const struct trace_options *options,
                      const struct index *index, struct buf *out)
{
    struct json_out w = {out, false};
    char hex[HASH_HEX_SIZE];

    json_open(&w, '{');
    json_key(&w, "index");
    hash_format(index_manifest_hash(index), hex);
    json_str(&w, str_of(hex));
    json_key(&w, "anchor");
    json_int(&w, options->anchor_documents);
    json_key(&w, "min_words");
    json_int(&w, options->min_words);
    json_key(&w, "density");
    json_double(&w, options->density);
    json_key(&w, "documents");
    json_int(&w, options->span_documents);
    json_key(&w, "fuzzy");
    json_int(&w, options->fuzzy_documents);
    json_key(&w, "seed");
    json_int(&w, (int64_t)options->seed);
    json_key(&w, "sentences");
    json_bool(&w, options->within_sentences);
    json_close(&w, '}');
}

static void
format_spans(const struct trace *trace, struct str output, struct json_out *w)
{
    json_key(w, "spans");
    json_open(w, '[');
    for (size_t i = 0; i < trace->span_count; i++) {
        const struct trace_span *span = &trace->spans[i];
        struct str text = str_slice(output, span->text.start, span->text.end);
        uint64_t start = utf8_count(str_slice(output, 0, span->text.start));

        json_open(w, '{');
        json_key(w, "start");
        json_int(w, (int64_t)start);
        json_key(w, "end");
        json_int(w, (int64_t)(start + utf8_count(text)));
        json_key(w, "text");
        json_str(w, text);
        json_key(w, "words");
        json_int(w, span->end - span->first);
        json_key(w, "rarity");
        json_double(w, span->rarity);
        json_key(w, "documents");
        json_int(w, span->documents);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void
format_matches(const struct trace_document *document, struct json_out *w)
{
    json_key(w, "spans");
    json_open(w, '[');
    for (size_t i = 0; i < document->match_count; i++) {
        const struct trace_match *match = &document->matches[i];

        json_open(w, '{');
        json_key(w, "span");
        json_int(w, match->span);
        json_key(w, "same");
        json_str(w, str_of(likeness_names[match->likeness]));
        if (match->likeness != TRACE_UNREAD) {
            json_key(w, "start");
            json_int(w, (int64_t)match->start_cp);
            json_key(w, "end");
            json_int(w, (int64_t)match->end_cp);
        }
        json_close(w, '}');
    }
    json_close(w, ']');
}

static enum err_code
format_document(struct session *session, const struct trace_document *document,
                struct json_out *w, struct error *err)
{
    enum err_code code;

    json_open(w, '{');
    code = json_document(session, document->doc, w, err);
    json_key(w, "found_by");
    json_str(w, document->match_count > 0 ? STR_LIT("span")
                                          : STR_LIT("rare words"));
    json_key(w, "rank");
    if (document->unread)
        json_null(w);
    else
        json_double(w, document->rank);
    format_matches(document, w);
    json_key(w, "rare_words");
    json_int(w, document->rare_words);
    json_key(w, "rare_share");
    json_double(w, document->rare_share);
    json_key(w, "passage");
    if (document->rare_words > 0) {
        json_open(w, '{');
        json_key(w, "start");
        json_int(w, (int64_t)document->passage_start_cp);
        json_key(w, "end");
        json_int(w, (int64_t)document->passage_end_cp);
        json_close(w, '}');
    } else {
        json_null(w);
    }
    json_key(w, "copies");
    json_open(w, '[');
    for (size_t i = 0; code == ERR_OK && i < document->copy_count; i++) {
        json_open(w, '{');
        code = json_document(session, document->copies[i].doc, w, err);
        json_key(w, "exact");
        json_bool(w, document->copies[i].exact);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
    return code;
}

static void
format_counts(const struct trace *trace, struct json_out *w)
{
    json_key(w, "searched");
    json_open(w, '{');
    json_key(w, "documents");
    json_int(w, trace->documents);
    json_key(w, "words");
    json_int(w, trace->words);
    json_key(w, "words_cut");
    json_int(w, trace->words_cut);
    json_key(w, "words_anchored");
    json_int(w, trace->anchors);
    json_key(w, "words_unknown");
    json_int(w, trace->unknown);
    json_key(w, "spans");
    json_int(w, trace->spans_found);
    json_key(w, "dropped_words");
    json_int(w, trace->dropped_anchors);
    json_key(w, "dropped_documents");
    json_int(w, trace->dropped_documents);
    json_close(w, '}');
}

enum err_code
trace_format_json(struct session *session, const struct trace_input *input,
                  const struct trace *trace, struct str settings,
                  struct buf *out, struct error *err)
{
    struct json_out w = {out, false};
    char hex[HASH_HEX_SIZE];
    enum err_code code = ERR_OK;

    json_open(&w, '{');
    json_key(&w, "line");
    json_int(&w, (int64_t)input->line);
    json_key(&w, "sha256");
    hash_format(&input->hash, hex);
    json_str(&w, str_of(hex));
    if (input->id.ptr) {
        json_key(&w, "id");
        json_raw(&w, input->id);
    }
    if (input->metric.ptr) {
        json_key(&w, "metric");
        json_raw(&w, input->metric);
    }
    if (input->problem) {
        json_key(&w, "error");
        json_str(&w, str_of(input->problem));
    } else {
        format_spans(trace, input->output, &w);
        json_key(&w, "documents");
        json_open(&w, '[');
        for (size_t i = 0; code == ERR_OK && i < trace->count; i++)
            code = format_document(session, &trace->list[i], &w, err);
        json_close(&w, ']');
        format_counts(trace, &w);
        json_key(&w, "note");
        json_str(&w, STR_LIT(TRACE_NOTE));
    }
    json_key(&w, "settings");
    json_raw(&w, settings);
    json_close(&w, '}');
    return code;
}

/* --- plain --- */

/* On one line: white space of any kind is a blank. */
static void
print_words(struct str text)
{
    struct buf line = {0};

    for (size_t i = 0; i < text.len; i++) {
        char byte = text.ptr[i];

        xbuf_append(&line,
                    byte == '\n' || byte == '\t' || byte == '\r' ? " " : &byte,
                    1);
    }
    print_escaped(buf_str(&line), SHOWN_CELLS);
    buf_release(&line);
}

static void
print_spans(const struct trace *trace, struct str output)
{
    for (size_t i = 0; i < trace->span_count; i++) {
        const struct trace_span *span = &trace->spans[i];

        printf("%3zu. ", i + 1);
        print_words(str_slice(output, span->text.start, span->text.end));
        printf("\n     %u words, rarity %.1f, in %u document%s\n",
               span->end - span->first, span->rarity, span->documents,
               span->documents == 1 ? "" : "s");
    }
}

static enum err_code
print_place(struct session *session, uint32_t doc, struct error *err)
{
    struct document_place place;
    struct str id;
    struct str source;
    enum err_code code = index_place(session->index, doc, &place, err);

    if (code == ERR_OK)
        code = index_identity(session->index, doc, &session->arena, &id,
                              &source, err);
    if (code != ERR_OK)
        return code;
    printf("at:");
    print_escaped(str_of(index_shard(session->index, place.shard)->path), 0);
    printf(":%llu", (unsigned long long)place.record);
    if (source.len) {
        printf("  source:");
        print_escaped(source, 40);
    }
    if (id.len) {
        printf("  id:");
        print_escaped(id, 60);
    }
    return ERR_OK;
}

static void
print_matches(const struct trace_document *document)
{
    static const char *const marks[] = {
        [TRACE_BYTES] = "",
        [TRACE_WORDS] = "~",
        [TRACE_UNREAD] = "?",
    };

    for (size_t i = 0; i < document->match_count; i++)
        printf("%s%s%u",
               i                           ? ","
               : document->match_count > 1 ? "spans "
                                           : "span ",
               marks[document->matches[i].likeness],
               document->matches[i].span + 1);
    if (document->match_count == 0)
        printf("no span, but a passage with %u rare words (%.0f %% by weight)",
               document->rare_words, document->rare_share * 100);
}

static enum err_code
print_document(struct session *session, const struct trace_document *document,
               struct error *err)
{
    enum err_code code;

    if (document->unread)
        printf("      ?  ");
    else
        printf("%7.2f  ", document->rank);
    code = print_place(session, document->doc, err);
    printf("\n         ");
    print_matches(document);
    if (document->unread)
        printf("; changed since it was indexed");
    putchar('\n');
    for (size_t i = 0;
         code == ERR_OK && i < document->copy_count && i < COPIES_SHOWN; i++) {
        printf("         %s: ",
               document->copies[i].exact ? "copy" : "near copy");
        code = print_place(session, document->copies[i].doc, err);
        putchar('\n');
    }
    if (document->copy_count > COPIES_SHOWN)
        printf("         and %zu copies more\n",
               document->copy_count - COPIES_SHOWN);
    return code;
}

/* What was searched, what was cut. */
static void
tell(const struct trace *trace, const struct trace_options *options)
{
    (void)fprintf(stderr,
                  "%u documents searched for spans of %u words and more; %u of "
                  "%u words are anchors\n(in at most %u documents), phrases of "
                  "other words alone were not looked for\n",
                  trace->documents, options->min_words, trace->anchors,
                  trace->words, options->anchor_documents);
    if (trace->unknown)
        (void)fprintf(stderr, "%u words are in no document\n", trace->unknown);
    if (trace->spans_found > trace->span_count)
        (void)fprintf(stderr, "%u spans less rare were left out (--density)\n",
                      trace->spans_found - (uint32_t)trace->span_count);
    if (trace->words_cut)
        (void)fprintf(stderr, "%u words behind the first %u were cut\n",
                      trace->words_cut, TRACE_WORDS_MAX);
    if (trace->dropped_anchors || trace->dropped_documents)
        (void)fprintf(stderr,
                      "not followed, too repetitive: %u words, %u documents\n",
                      trace->dropped_anchors, trace->dropped_documents);
    (void)fprintf(stderr, TRACE_NOTE "\n");
}

enum err_code
trace_print_plain(struct session *session, const struct trace_input *input,
                  const struct trace *trace,
                  const struct trace_options *options, struct error *err)
{
    enum err_code code = ERR_OK;

    print_spans(trace, input->output);
    if (trace->span_count == 0)
        printf("no span\n");
    for (size_t i = 0; code == ERR_OK && i < trace->count; i++)
        code = print_document(session, &trace->list[i], err);
    if (code == ERR_OK)
        code = finish_output(err);
    if (code == ERR_OK)
        tell(trace, options);
    return code;
}
