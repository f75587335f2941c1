/* `stet show`: one document, as people or as programs want it. */
#include "config.h"

#include <math.h>
#include <stdio.h>

#include "cli/command_list.h"
#include "cli/session.h"
#include "stet/utf8.h"
#include "stet/width.h"

static const struct option_def show_options[] = {
    {"raw", 0, NULL, "print the record's bytes as they are in the shard"},
    {NULL, 0, NULL, NULL},
};

static void
print_field(const char *name, struct str value)
{
    printf("%-10s ", name);
    if (value.ptr)
        print_escaped(value, 0);
    else
        printf("-");
    putchar('\n');
}

static bool
is_over(const struct score_def *def, double value)
{
    return def->bad == SCORE_BAD_LOW
               ? value <= def->threshold
               : def->bad == SCORE_BAD_HIGH && value >= def->threshold;
}

static void
print_scores(const struct session *session, const struct document *document)
{
    const char *title = "scores";
    struct buf labels = {0};

    for (unsigned i = 0; i < index_score_count(session->index); i++) {
        const struct score_def *def = index_score_def(session->index, i);

        if (def->kind == SCORE_LABEL && document->labels[i].ptr) {
            printf("%-10s ", title);
            title = "";
            print_escaped(str_of(def->name), 0);
            printf(" = ");
            label_format(document->labels[i], &labels);
            print_escaped(buf_str(&labels), 0);
            buf_clear(&labels);
            putchar('\n');
        } else if (def->kind != SCORE_LABEL && !isnan(document->scores[i])) {
            printf("%-10s ", title);
            title = "";
            print_escaped(str_of(def->name), 0);
            printf(" = %.9g%s\n", document->scores[i],
                   is_over(def, document->scores[i]) ? " !" : "");
        }
    }
    buf_release(&labels);
}

#define PASSAGES_SHOWN 20

static void
print_passage(const char *title, struct str name, double value, struct str text)
{
    printf("%-10s ", title);
    print_escaped(name, 0);
    printf(" = %.9g  ", value);
    print_escaped(text, 50);
    putchar('\n');
}

/* Spans, and scores of the parts of a list text. */
static void
print_passages(const struct session *session, const struct document *document)
{
    size_t shown = 0;
    size_t count = document->span_count;

    for (size_t i = 0; i < document->span_count; i++) {
        const struct span_score *span = &document->spans[i];
        const struct score_def *def =
            index_score_def(session->index, span->score);

        if (++shown > PASSAGES_SHOWN)
            break;
        print_passage(
            i > 0 ? "" : "spans", str_of(def->name), span->value,
            str_slice(document->text, span->span.start, span->span.end));
    }
    for (size_t i = 0; i < document->segment_count; i++) {
        const struct segment *part = &document->segments[i];

        count += isnan(part->score) ? 0 : 1;
        if (!isnan(part->score) && ++shown <= PASSAGES_SHOWN)
            print_passage(
                shown == 1 ? "segments" : "", STR_LIT("score"), part->score,
                str_slice(document->text, part->text.start, part->text.end));
    }
    if (count > PASSAGES_SHOWN)
        printf("%-10s %zu more\n", "", count - PASSAGES_SHOWN);
}

static void
json_passage(struct json_out *w, struct str name, struct str text,
             struct span span, double value)
{
    uint64_t start = utf8_count(str_slice(text, 0, span.start));
    uint64_t length = utf8_count(str_slice(text, span.start, span.end));

    json_open(w, '{');
    if (name.ptr) {
        json_key(w, "score");
        json_str(w, name);
    }
    json_key(w, "start");
    json_int(w, (int64_t)start);
    json_key(w, "end");
    json_int(w, (int64_t)(start + length));
    json_key(w, "value");
    json_double(w, value);
    json_close(w, '}');
}

/* In code points, as exchange files have them. */
static void
json_passages(const struct session *session, const struct document *document,
              struct json_out *w)
{
    static const struct str none = {NULL, 0};

    if (document->span_count > 0) {
        json_key(w, "spans");
        json_open(w, '[');
        for (size_t i = 0; i < document->span_count; i++) {
            const struct span_score *span = &document->spans[i];

            json_passage(
                w, str_of(index_score_def(session->index, span->score)->name),
                document->text, span->span, span->value);
        }
        json_close(w, ']');
    }
    if (document->segment_count > 0) {
        json_key(w, "segments");
        json_open(w, '[');
        for (size_t i = 0; i < document->segment_count; i++)
            json_passage(w, none, document->text, document->segments[i].text,
                         document->segments[i].score);
        json_close(w, ']');
    }
}

static void
print_plain(struct session *session, uint32_t doc,
            const struct document *document, const struct item_state *state)
{
    struct document_place place;
    struct error ignored = ERROR_INIT;
    bool withheld = session_withholds(session, state);
    struct buf text = {0};
    char hex[HASH_HEX_SIZE];

    if (!index_place(session->index, doc, &place, &ignored)) {
        printf("%-10s at:", "place");
        print_escaped(str_of(index_shard(session->index, place.shard)->path),
                      0);
        printf(":%llu\n", (unsigned long long)place.record);
    }
    print_field("id", document->id);
    print_field("source", document->source);
    print_field("lang", document->lang);
    hash_format(&document->text_hash, hex);
    print_field("sha256", str_of(hex));
    printf("%-10s %llu characters, %zu bytes, %zu hidden characters%s%s\n",
           "length", (unsigned long long)document->text_cp, document->text.len,
           width_count_hidden(document->text),
           document->flags & DOC_BAD_UTF8 ? ", invalid UTF-8" : "",
           document->flags & DOC_LONE_SURROGATE ? ", lone surrogates" : "");
    print_scores(session, document);
    if (!withheld)
        print_passages(session, document);
    if (state->verdict.len)
        print_field("verdict", state->verdict);
    if (state->tags.len)
        print_field("tags", state->tags);
    putchar('\n');
    if (withheld)
        printf("(escalated: the text is for [policy] leads)");
    else
        width_escape_text(document->text, &text);
    if (text.len)
        (void)fwrite(text.ptr, 1, text.len, stdout);
    putchar('\n');
    buf_release(&text);
}

static enum err_code
print_json(struct session *session, uint32_t doc,
           const struct document *document, const struct item_state *state,
           struct error *err)
{
    struct buf line = {0};
    struct json_out w = {&line, false};
    enum err_code code;

    json_open(&w, '{');
    code = json_document(session, doc, &w, err);
    json_scores(session, doc, &w);
    json_passages(session, document, &w);
    json_key(&w, "verdict");
    if (state->verdict.len)
        json_str(&w, state->verdict);
    else
        json_null(&w);
    json_tags(state->tags, &w);
    json_key(&w, "characters");
    json_int(&w, (int64_t)document->text_cp);
    json_key(&w, "text");
    if (session_withholds(session, state)) {
        json_null(&w);
        json_key(&w, "withheld");
        json_str(&w, STR_LIT("escalated"));
    } else {
        json_str(&w, document->text);
    }
    json_close(&w, '}');
    if (!code)
        print_json_line(&line);
    buf_release(&line);
    return code;
}

static enum err_code
run_show(const struct invocation *in, int *status, struct error *err)
{
    struct session session;
    const struct document *document;
    struct item_state state;
    struct item_key key;
    uint32_t doc;
    enum err_code code;

    (void)status;
    if (in->arg_count != 1)
        return usage_error(in, err, "which document?");
    code = session_open(&session, in, NEED_INDEX | NEED_STORE_READ, err);
    if (!code)
        code = resolve_ref(session.index, str_of(in->args[0]), &doc, err);
    if (!code)
        code =
            index_document(session.index, doc, &session.arena, &document, err);
    if (!code) {
        key = item_key_of(document);
        code = store_state(session.store, &key, (struct str){NULL, 0},
                           &session.arena, &state, err);
    }
    if (!code && option_given(in, "raw") && session_withholds(&session, &state))
        code = error_set(err, ERR_PERM,
                         "it is escalated: its record is for [policy] leads");
    if (!code && option_given(in, "raw")) {
        (void)fwrite(document->raw.ptr, 1, document->raw.len, stdout);
        putchar('\n');
    } else if (!code && session.json) {
        code = print_json(&session, doc, document, &state, err);
    } else if (!code) {
        print_plain(&session, doc, document, &state);
    }
    session_close(&session);
    return code;
}

const struct command command_show = {
    "show",
    "[--raw] [--json] REF",
    "Print one document",
    "REF is id:ID, source:SOURCE/id:ID, at:SHARD:RECORD, sha:HASH, or an id "
    "alone where\nit is unique. Control characters are made visible except "
    "with --raw. Spans and\nscores of segments are shown with their passages; "
    "--json gives their places in\ncode points. The text of an escalated "
    "document is printed for [policy] leads only.",
    show_options,
    run_show,
};
