/* `stet diff`: two workspaces, or a workspace and a kept copy of its index. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command_list.h"
#include "cli/session.h"
#include "stet/index_diff.h"
#include "stet/xalloc.h"

#define LISTED 20

static const struct option_def diff_options[] = {
    {"score", 0, "NAME", "this score only; lists what moved most"},
    {"list", 0, NULL, "list the documents, too"},
    {"limit", 0, "N", "documents of a list (20)"},
    {NULL, 0, NULL, NULL},
};

struct diff {
    struct session a, b;
    struct settings *settings; /* of a lone index's scores; may be NULL */
    struct index_diff found;
    struct diff_score one; /* of --score */
    const struct diff_score *scores;
    size_t score_count;
    uint64_t limit;
    bool json, lists;
};

static bool
is_index_folder(const char *path)
{
    char *manifest = path_join(path, "MANIFEST");
    bool is = file_exists(manifest);

    free(manifest);
    return is;
}

/* A copy of .stet/index has no configuration: the other side's counts. */
static enum err_code
open_lone_index(struct diff *diff, struct session *session, const char *path,
                const struct session *other, struct error *err)
{
    char *folder = path_absolute(path);
    struct workspace ws = {.root = folder, .index = folder};
    enum err_code code;

    arena_init(&session->arena, 0);
    if (other->ws) {
        ws.settings = other->ws->settings;
    } else {
        if (!diff->settings)
            diff->settings = settings_new();
        ws.settings = diff->settings;
    }
    code = index_open(&session->index, &ws, err);
    free(folder);
    return code;
}

static enum err_code
open_side(struct diff *diff, struct session *session, const char *path,
          const struct invocation *in, struct error *err)
{
    const struct session *other = session == &diff->a ? &diff->b : &diff->a;
    enum err_code code;

    if (path && is_index_folder(path))
        code = open_lone_index(diff, session, path, other, err);
    else if (path)
        code = session_open_in(session, in, path, NEED_INDEX, err);
    else
        code = session_open(session, in, NEED_INDEX, err);
    return code;
}

static void
put_count(uint64_t count, const char *what)
{
    char digits[24];
    size_t len = (size_t)snprintf(digits, sizeof(digits), "%llu",
                                  (unsigned long long)count);

    printf("%*s", len > 12 ? 0 : (int)(13 - len - (len - 1) / 3), "");
    for (size_t i = 0; i < len; i++)
        printf("%s%c", i > 0 && (len - i) % 3 == 0 ? "," : "", digits[i]);
    printf("  %s\n", what);
}

static void
print_score(const struct diff_score *score)
{
    putchar('\n');
    print_escaped(score->name, 60);
    printf(": %llu of %llu documents have another value\n",
           (unsigned long long)score->moved, (unsigned long long)score->both);
    if (!score->is_label && score->moved)
        printf("  moved by %.4g on average (%+.4g), by %.4g at most\n",
               score->mean, score->drift, score->largest);
    if (!isnan(score->threshold) && !score->is_label)
        printf("  at %.10g: %llu newly flagged, %llu no longer\n",
               score->threshold, (unsigned long long)score->newly,
               (unsigned long long)score->no_longer);
    if (score->only_a || score->only_b)
        printf("  %llu have it in A only, %llu in B only\n",
               (unsigned long long)score->only_a,
               (unsigned long long)score->only_b);
}

static void
print_text(const struct diff *diff)
{
    const struct index_diff *found = &diff->found;

    put_count(found->a_count, "documents in A");
    put_count(found->b_count, "documents in B");
    put_count(found->pair_count - found->changed, "are the same in both");
    put_count(found->changed, "have another text");
    put_count(found->removed_count, "are in A only");
    put_count(found->added_count, "are in B only");
    if (found->renamed)
        put_count(found->renamed,
                  "of these have the text of one that is in A only");
    for (size_t i = 0; i < diff->score_count; i++)
        print_score(&diff->scores[i]);
}

static void
json_count(struct json_out *w, const char *key, uint64_t value)
{
    json_key(w, key);
    json_int(w, (int64_t)value);
}

static void
print_json_documents(const struct index_diff *found)
{
    struct buf line = {0};
    struct json_out w = {&line, false};

    json_open(&w, '{');
    json_key(&w, "diff");
    json_str(&w, STR_LIT("documents"));
    json_count(&w, "a", found->a_count);
    json_count(&w, "b", found->b_count);
    json_count(&w, "same", found->pair_count - found->changed);
    json_count(&w, "changed", found->changed);
    json_count(&w, "removed", found->removed_count);
    json_count(&w, "added", found->added_count);
    json_count(&w, "renamed", found->renamed);
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

static void
print_json_score(const struct diff_score *score)
{
    struct buf line = {0};
    struct json_out w = {&line, false};

    json_open(&w, '{');
    json_key(&w, "diff");
    json_str(&w, STR_LIT("score"));
    json_key(&w, "score");
    json_str(&w, score->name);
    json_count(&w, "both", score->both);
    json_count(&w, "moved", score->moved);
    json_count(&w, "only_a", score->only_a);
    json_count(&w, "only_b", score->only_b);
    if (!score->is_label) {
        json_key(&w, "mean");
        json_double(&w, round(score->mean * 1e9) / 1e9);
        json_key(&w, "drift");
        json_double(&w, round(score->drift * 1e9) / 1e9);
        json_key(&w, "largest");
        json_double(&w, round(score->largest * 1e9) / 1e9);
    }
    if (!isnan(score->threshold) && !score->is_label) {
        json_key(&w, "threshold");
        json_double(&w, score->threshold);
        json_count(&w, "newly", score->newly);
        json_count(&w, "no_longer", score->no_longer);
    }
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

/* One listed document; values NaN: none. */
struct listed {
    const char *what;
    uint32_t doc;
    double from, to;
};

static enum err_code
print_json_listed(struct session *session, const struct listed *listed,
                  struct error *err)
{
    struct buf line = {0};
    struct json_out w = {&line, false};
    enum err_code code;

    json_open(&w, '{');
    json_key(&w, "diff");
    json_str(&w, str_of(listed->what));
    if (!isnan(listed->from)) {
        json_key(&w, "from");
        json_double(&w, listed->from);
        json_key(&w, "to");
        json_double(&w, listed->to);
    }
    code = json_document(session, listed->doc, &w, err);
    json_close(&w, '}');
    if (!code)
        print_json_line(&line);
    buf_release(&line);
    return code;
}

static enum err_code
print_listed(struct session *session, bool json, const struct listed *listed,
             struct error *err)
{
    struct document_place place;
    struct str id;
    struct str source;
    enum err_code code;

    arena_reset(&session->arena);
    if (json)
        return print_json_listed(session, listed, err);
    code = index_place(session->index, listed->doc, &place, err);
    if (!code)
        code = index_identity(session->index, listed->doc, &session->arena, &id,
                              &source, err);
    if (code)
        return code;
    printf("%s", listed->what);
    if (!isnan(listed->from))
        printf("  %.6g -> %.6g", listed->from, listed->to);
    printf("  at:");
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
    putchar('\n');
    return ERR_OK;
}

static enum err_code
list_documents(struct diff *diff, struct session *session, const char *what,
               const uint32_t *docs, size_t count, struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; !code && i < count && i < diff->limit; i++)
        code = print_listed(
            session, diff->json,
            &(struct listed){what, docs[i], (double)NAN, (double)NAN}, err);
    if (!code && count > diff->limit && !diff->json)
        printf("  and %zu more (--limit)\n", count - (size_t)diff->limit);
    return code;
}

struct moved {
    double by; /* distance */
    size_t pair;
};

static int
compare_moved(const void *a, const void *b)
{
    const struct moved *x = a;
    const struct moved *y = b;

    if (x->by < y->by || x->by > y->by)
        return x->by > y->by ? -1 : 1;
    return (x->pair > y->pair) - (x->pair < y->pair);
}

static enum err_code
print_moved(struct diff *diff, const struct moved *moved, size_t count,
            struct error *err)
{
    const struct diff_score *score = &diff->one;
    enum err_code code = ERR_OK;

    for (size_t i = 0; !code && i < count && i < diff->limit; i++) {
        const struct diff_pair *pair = &diff->found.pairs[moved[i].pair];
        const struct listed listed = {
            "moved", pair->b,
            index_score_decimal(diff->a.index, score->a, pair->a),
            index_score_decimal(diff->b.index, score->b, pair->b)};

        code = print_listed(&diff->b, diff->json, &listed, err);
    }
    if (!code && count > diff->limit && !diff->json)
        printf("  and %zu more (--limit)\n", count - (size_t)diff->limit);
    return code;
}

/* Those that moved most first. */
static enum err_code
list_moved(struct diff *diff, struct error *err)
{
    struct moved *moved = calloc(diff->found.pair_count + 1, sizeof(*moved));
    size_t count = 0;
    enum err_code code;

    if (!moved)
        return error_nomem(err);
    for (size_t i = 0; i < diff->found.pair_count; i++) {
        double by = fabs(index_diff_move(diff->a.index, diff->b.index,
                                         &diff->one, &diff->found.pairs[i]));

        if (by > 0)
            moved[count++] = (struct moved){by, i};
    }
    qsort(moved, count, sizeof(*moved), compare_moved);
    code = print_moved(diff, moved, count, err);
    free(moved);
    return code;
}

static enum err_code
list_changed(struct diff *diff, struct error *err)
{
    const struct index_diff *found = &diff->found;
    uint32_t *docs = calloc(found->changed + 1, sizeof(*docs));
    size_t count = 0;
    enum err_code code;

    if (!docs)
        return error_nomem(err);
    for (size_t i = 0; i < found->pair_count; i++)
        if (found->pairs[i].changed)
            docs[count++] = found->pairs[i].b;
    code = list_documents(diff, &diff->b, "changed", docs, count, err);
    free(docs);
    return code;
}

static enum err_code
print_lists(struct diff *diff, struct error *err)
{
    const struct index_diff *found = &diff->found;
    enum err_code code = ERR_OK;

    if (!diff->json)
        putchar('\n');
    if (diff->scores == &diff->one)
        return diff->one.is_label ? ERR_OK : list_moved(diff, err);
    code = list_documents(diff, &diff->a, "removed", found->removed,
                          found->removed_count, err);
    if (!code)
        code = list_documents(diff, &diff->b, "added", found->added,
                              found->added_count, err);
    if (!code)
        code = list_changed(diff, err);
    return code;
}

static enum err_code
print_diff(struct diff *diff, struct error *err)
{
    if (!diff->json) {
        print_text(diff);
    } else {
        print_json_documents(&diff->found);
        for (size_t i = 0; i < diff->score_count; i++)
            print_json_score(&diff->scores[i]);
    }
    return diff->lists ? print_lists(diff, err) : ERR_OK;
}

static enum err_code
compare(struct diff *diff, const char *score, struct error *err)
{
    enum err_code code = index_diff_make(&diff->found, diff->a.index,
                                         diff->b.index, interrupt_flag(), err);

    diff->scores = diff->found.scores;
    diff->score_count = diff->found.score_count;
    if (code || !score)
        return code;
    diff->scores = &diff->one;
    diff->score_count = 1;
    diff->lists = true;
    code =
        index_diff_score(&diff->one, &diff->found, diff->a.index, diff->b.index,
                         str_of(score), interrupt_flag(), err);
    return code == ERR_NOTFOUND ? error_set(err, ERR_USAGE, "%s", err->message)
                                : code;
}

static enum err_code
run_diff(const struct invocation *in, int *status, struct error *err)
{
    struct diff diff = {.json = option_given(in, "json"),
                        .lists = option_given(in, "list")};
    enum err_code code =
        option_uint(in, "limit", LISTED, UINT32_MAX, &diff.limit, err);

    (void)status;
    if (code)
        return code;
    if (in->arg_count < 1 || in->arg_count > 2)
        return usage_error(in, err, "expected one or two folders");
    interrupt_catch();
    code = open_side(&diff, &diff.b, in->arg_count > 1 ? in->args[1] : NULL, in,
                     err);
    if (!code)
        code = open_side(&diff, &diff.a, in->args[0], in, err);
    if (!code)
        code = compare(&diff, option_get(in, "score"), err);
    if (!code)
        code = print_diff(&diff, err);
    index_diff_release(&diff.found);
    session_close(&diff.a);
    session_close(&diff.b);
    settings_free(diff.settings);
    return code;
}

const struct command command_diff = {
    "diff",
    "[OPTIONS] A [B]",
    "Compare two indexes: documents that came, went and changed, scores that "
    "moved",
    "A and B are folders with a workspace (B: by default this one), or copies "
    "of a workspace's .stet/index, as cp -al .stet/index FOLDER makes before "
    "shards are indexed again (its files never change, so links will do). A "
    "document is the same by its id within its source, without an id by its "
    "text. Scores are compared by name; --score NAME takes the newest version "
    "of NAME in each, and lists the documents that it moved most in. Shards "
    "are not read.",
    diff_options,
    run_diff,
};
