/* `stet show`: one document, as people or as programs want it. */
#include "config.h"

#include <math.h>
#include <stdio.h>

#include "cli/command_list.h"
#include "cli/session.h"
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

static void
print_plain(struct session *session, uint32_t doc,
            const struct document *document, const struct item_state *state)
{
    struct document_place place;
    struct error ignored = ERROR_INIT;
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
    if (state->verdict.len)
        print_field("verdict", state->verdict);
    if (state->tags.len)
        print_field("tags", state->tags);
    putchar('\n');
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
    json_key(&w, "verdict");
    if (state->verdict.len)
        json_str(&w, state->verdict);
    else
        json_null(&w);
    json_tags(state->tags, &w);
    json_key(&w, "characters");
    json_int(&w, (int64_t)document->text_cp);
    json_key(&w, "text");
    json_str(&w, document->text);
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
    "with --raw.",
    show_options,
    run_show,
};
