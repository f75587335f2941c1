/* `stet similar`: the copies and near copies of a document. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/command_list.h"
#include "cli/similar_all.h"
#include "stet/similar.h"

static const struct option_def similar_options[] = {
    {"threshold", 0, "J",
     "near copies from this Jaccard on (0.5 to 1; default 0.8)"},
    {"all", 0, NULL, "list every group of copies and near copies"},
    {NULL, 0, NULL, NULL},
};

struct listing {
    struct session *session;
    uint64_t exact, near;
    enum err_code code; /* of printing; the first failure */
    struct error error;
};

static enum err_code
print_json(struct session *session, const struct similar_document *found,
           const struct item_state *state, struct error *err)
{
    struct buf line = {0};
    struct json_out w = {&line, false};
    enum err_code code;

    json_open(&w, '{');
    code = json_document(session, found->doc, &w, err);
    json_key(&w, "jaccard");
    json_double(&w, found->jaccard);
    json_key(&w, "exact");
    json_bool(&w, found->exact);
    json_scores(session, found->doc, &w);
    json_key(&w, "verdict");
    if (state->verdict.len)
        json_str(&w, state->verdict);
    else
        json_null(&w);
    json_tags(state->tags, &w);
    json_close(&w, '}');
    if (code == ERR_OK)
        print_json_line(&line);
    buf_release(&line);
    return code;
}

/* So that 0.8 is not said of what is under it. */
static double
rounded_down(double jaccard)
{
    return floor(jaccard * 1000) / 1000;
}

static enum err_code
print_plain(struct session *session, const struct similar_document *found,
            const struct item_key *key, const struct item_state *state,
            struct error *err)
{
    struct document_place place;
    enum err_code code = index_place(session->index, found->doc, &place, err);

    if (code != ERR_OK)
        return code;
    if (found->exact)
        printf("exact");
    else
        printf("%.3f", rounded_down(found->jaccard));
    printf("  at:");
    print_escaped(str_of(index_shard(session->index, place.shard)->path), 0);
    printf(":%llu", (unsigned long long)place.record);
    if (key->source.len) {
        printf("  source:");
        print_escaped(key->source, 40);
    }
    if (key->id_token.len) {
        printf("  id:");
        print_escaped(key->id_token, 60);
    }
    if (state->verdict.len) {
        printf("  ");
        print_escaped(state->verdict, 20);
    }
    if (state->tags.len) {
        printf("  [");
        print_escaped(state->tags, 60);
        printf("]");
    }
    putchar('\n');
    return ERR_OK;
}

static void
print_found(void *ctx, const struct similar_document *found)
{
    struct listing *listing = ctx;
    struct session *session = listing->session;
    struct item_key key;
    struct item_state state;

    if (listing->code != ERR_OK)
        return;
    arena_reset(&session->arena);
    listing->code = resolve_item(session->resolver, found->doc, &session->arena,
                                 &key, &listing->error);
    if (listing->code == ERR_OK)
        listing->code = store_state(session->store, &key, (struct str){NULL, 0},
                                    &session->arena, &state, &listing->error);
    if (listing->code == ERR_OK && session->json)
        listing->code = print_json(session, found, &state, &listing->error);
    else if (listing->code == ERR_OK)
        listing->code =
            print_plain(session, found, &key, &state, &listing->error);
    if (found->exact)
        listing->exact++;
    else
        listing->near++;
    (void)fflush(stdout); /* the first ones at once */
}

static enum err_code
read_threshold(const struct invocation *in, double *out, struct error *err)
{
    const char *text = option_get(in, "threshold");
    char *end = NULL;

    *out = SIMILAR_THRESHOLD;
    if (!text)
        return ERR_OK;
    *out = strtod(text, &end);
    if (*text == '\0' || *end || !(*out >= 0.5 && *out <= 1))
        return usage_error(in, err, "--threshold takes a number from 0.5 to 1");
    return ERR_OK;
}

static void
tell_counts(const struct listing *listing, const struct similar_report *report)
{
    (void)fprintf(stderr, "%llu exact, %llu near",
                  (unsigned long long)listing->exact,
                  (unsigned long long)listing->near);
    if (report->unreadable)
        (void)fprintf(stderr, "; %llu not read: changed since indexed",
                      (unsigned long long)report->unreadable);
    (void)fputc('\n', stderr);
}

static enum err_code
run_similar(const struct invocation *in, int *status, struct error *err)
{
    struct session session;
    struct listing listing = {.session = &session};
    struct similar_options options = {
        .cancel = interrupt_flag(),
        .found = print_found,
        .ctx = &listing,
    };
    struct similar_report report;
    uint32_t doc = 0;
    enum err_code code = read_threshold(in, &options.threshold, err);

    (void)status;
    if (code != ERR_OK)
        return code;
    if (in->arg_count != (option_given(in, "all") ? 0 : 1))
        return usage_error(in, err, "which document? or --all");
    code = session_open(&session, in,
                        NEED_INDEX | NEED_STORE_READ | NEED_RESOLVER, err);
    interrupt_catch();
    if (code == ERR_OK && option_given(in, "all")) {
        code = similar_all(&session, options.threshold, err);
        session_close(&session);
        return code;
    }
    if (code == ERR_OK)
        code = resolve_ref(session.index, str_of(in->args[0]), &doc, err);
    if (code == ERR_OK)
        code = index_similar(session.index, doc, &options, &report, err);
    if (code == ERR_OK && listing.code != ERR_OK) {
        *err = listing.error;
        code = listing.code;
    }
    if (code == ERR_OK)
        tell_counts(&listing, &report);
    session_close(&session);
    return code;
}

const struct command command_similar = {
    "similar",
    "[--threshold J] [--json] REF|--all",
    "List copies and near copies of a document",
    "Exact copies have the same text. Near copies are alike in at least four "
    "fifths\n(--threshold) of their shingles, which are five words in a row: "
    "the shared ones over\nall of both (Jaccard). Case, accents and "
    "punctuation make no difference. Texts\nunder 8 words have only exact "
    "copies. The query similar:REF finds the same\ndocuments, itself "
    "included, so --query \"similar:REF\" decides on all of them.\n\n--all "
    "puts all documents into groups, once for each state of the index, and "
    "lists\nthe groups. A member is alike to some other one, not to all.",
    similar_options,
    run_similar,
};
