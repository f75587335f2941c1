/* From needed literals to documents: parts of words become terms, by one walk
 * over the partition's dictionary, terms become rows, and what is between them
 * is a phrase for FTS5.
 *
 * A run of more than TOKENIZER_TOKEN_MAX_CP characters is cut into tokens at
 * places that the literal cannot know, so documents with a token of that
 * length are left in wherever a literal begins inside a word. */
#include "config.h"

#include "regex_terms.h"

#include <stdlib.h>

#include "dictionary.h"
#include "query_match.h"
#include "regex_probe.h"
#include "stet/pool.h"
#include "stet/utf8.h"

#define LITERALS_MAX 64u
#define WALKS_MAX 24u    /* needles that each term is compared with */
#define CUTS_MAX 100000u /* terms of cut runs */
#define WORTH_ONE_IN                                                         \
    3                      /* a set of more documents than that is not worth \
                            * its time */
#define CANCEL_EVERY 4096u /* terms */

enum sql { SQL_PLACES_MAKE, SQL_PLACES, SQL_MATCH };
static const char *const sql[] = {
    [SQL_PLACES_MAKE] = "PRAGMA query_only = OFF;"
                        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.places"
                        " USING fts5vocab(main, fts, instance);"
                        "PRAGMA query_only = ON",
    [SQL_PLACES] = "SELECT doc FROM temp.places WHERE term = ?1",
    [SQL_MATCH] = "SELECT rowid FROM fts WHERE fts MATCH ?1",
};

enum needle_kind { NEEDLE_INSIDE, NEEDLE_SUFFIX, NEEDLE_PREFIX, NEEDLE_CUT };

/* A part of a term, and the terms that have it. */
struct needle {
    enum needle_kind kind;
    struct str part;
    struct buf terms; /* length byte less one, bytes */
    uint32_t count;
    uint64_t documents; /* of all of them, at most */
    bool useless;       /* too many */
};

struct narrow {
    struct db *db;
    const int *cancel;
    struct arena arena;
    struct tokenizer *tokenizer;
    uint32_t count; /* documents of the partition */

    const struct need *literals[LITERALS_MAX];
    struct probe probes[LITERALS_MAX];
    size_t literal_count;
    struct needle needles[3 * LITERALS_MAX + 1];
    size_t needle_count;
    uint32_t walked; /* terms */
    struct buf expression;
};

static enum err_code
cancelled(const struct narrow *n, struct error *err)
{
    if (cancel_is_set(n->cancel))
        return error_set(err, ERR_CANCELLED, "%s",
                         err_code_text(ERR_CANCELLED));
    return ERR_OK;
}

/* The needle of that part, made when it is new; NULL: no part, or too many to
 * compare every term with. */
static struct needle *
find_needle(struct narrow *n, enum needle_kind kind, struct str part)
{
    size_t walks = 0;

    if (part.len == 0 && kind != NEEDLE_CUT)
        return NULL;
    for (size_t i = 0; i < n->needle_count; i++) {
        struct needle *needle = &n->needles[i];

        if (needle->kind == kind && str_equal(needle->part, part))
            return needle;
        walks += needle->kind != NEEDLE_PREFIX;
    }
    if (n->needle_count == sizeof(n->needles) / sizeof(n->needles[0]) ||
        (kind != NEEDLE_PREFIX && kind != NEEDLE_CUT && walks >= WALKS_MAX))
        return NULL;
    n->needles[n->needle_count] = (struct needle){.kind = kind, .part = part};
    return &n->needles[n->needle_count++];
}

static enum err_code
add_literals(struct narrow *n, const struct need *need, struct error *err)
{
    enum err_code code = ERR_OK;
    struct probe *probe;

    if (need->op != NEED_LITERAL) {
        for (const struct need *child = need->first; code == ERR_OK && child;
             child = child->next)
            code = add_literals(n, child, err);
        return code;
    }
    if (n->literal_count == LITERALS_MAX)
        return ERR_OK;
    probe = &n->probes[n->literal_count];
    code = probe_make(probe, need->literal, n->tokenizer, &n->arena, err);
    if (code != ERR_OK)
        return code;
    n->literals[n->literal_count++] = need;
    (void)find_needle(n, NEEDLE_INSIDE, probe->inside);
    (void)find_needle(n, NEEDLE_SUFFIX, probe->suffix);
    (void)find_needle(n, NEEDLE_PREFIX, probe->prefix);
    if (probe->inside.len + probe->suffix.len > 0)
        (void)find_needle(n, NEEDLE_CUT, (struct str){NULL, 0});
    return ERR_OK;
}

static bool
fits(const struct needle *needle, struct str term)
{
    struct str part = needle->part;

    switch (needle->kind) {
    case NEEDLE_INSIDE:
        return str_find(term, part, 0) != SIZE_MAX;
    case NEEDLE_SUFFIX:
        return term.len >= part.len &&
               memcmp(term.ptr + term.len - part.len, part.ptr, part.len) == 0;
    case NEEDLE_PREFIX:
        return str_starts_with(term, part);
    case NEEDLE_CUT:
        return term.len >= TOKENIZER_TOKEN_MAX_CP &&
               utf8_count(term) >= TOKENIZER_TOKEN_MAX_CP;
    }
    return false;
}

static void
add_term(struct narrow *n, struct needle *needle, struct str term,
         uint32_t documents)
{
    uint32_t most = needle->kind == NEEDLE_CUT ? CUTS_MAX : REGEX_TERMS_MAX;

    needle->documents += documents;
    if (++needle->count > most || needle->documents > n->count / WORTH_ONE_IN) {
        needle->useless = true;
        return;
    }
    xbuf_append(&needle->terms, &(char){(char)(term.len - 1)}, 1);
    xbuf_append_str(&needle->terms, term);
}

static bool
walk_term(void *ctx, struct str term, uint32_t documents)
{
    struct narrow *n = ctx;
    bool wanted = false;

    for (size_t i = 0; i < n->needle_count; i++) {
        struct needle *needle = &n->needles[i];

        if (needle->kind == NEEDLE_PREFIX || needle->useless)
            continue;
        wanted = wanted || needle->kind != NEEDLE_CUT;
        if (fits(needle, term))
            add_term(n, needle, term, documents);
    }
    return wanted &&
           (++n->walked % CANCEL_EVERY != 0 || !cancel_is_set(n->cancel));
}

struct prefix_walk {
    struct narrow *narrow;
    struct needle *needle;
};

static bool
walk_prefix(void *ctx, struct str term, uint32_t documents)
{
    struct prefix_walk *walk = ctx;

    if (!fits(walk->needle, term))
        return false;
    add_term(walk->narrow, walk->needle, term, documents);
    return !walk->needle->useless;
}

/* Find the terms of all needles. */
static enum err_code
walk_dictionary(struct narrow *n, struct error *err)
{
    enum err_code code = ERR_OK;
    bool all = false;

    for (size_t i = 0; code == ERR_OK && i < n->needle_count; i++) {
        struct prefix_walk walk = {n, &n->needles[i]};

        if (walk.needle->kind == NEEDLE_PREFIX)
            code = dictionary_foreach(n->db, walk.needle->part, walk_prefix,
                                      &walk, err);
        else
            all = all || walk.needle->kind != NEEDLE_CUT;
    }
    if (code == ERR_OK && all)
        code =
            dictionary_foreach(n->db, (struct str){NULL, 0}, walk_term, n, err);
    return code == ERR_OK ? cancelled(n, err) : code;
}

static enum err_code
add_rows(struct narrow *n, enum sql which, struct str value, struct bits *out,
         struct error *err)
{
    struct stmt *stmt;
    bool row = false;
    enum err_code code = db_stmt(n->db, sql[which], &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_text(stmt, 1, value);
    for (;;) {
        int64_t number;

        code = stmt_step(stmt, &row, err);
        if (code != ERR_OK || !row)
            break;
        number = stmt_int(stmt, 0);
        if (number < 1 || number > (int64_t)n->count) {
            code = error_set(err, ERR_FORMAT,
                             "the index names a document that it does not "
                             "have; run `stet check`");
            break;
        }
        bits_set(out, (uint32_t)(number - 1));
    }
    stmt_reset(stmt);
    return code;
}

static enum err_code
add_match(struct narrow *n, const struct query_phrase *phrase, struct bits *out,
          struct error *err)
{
    enum err_code code;

    buf_clear(&n->expression);
    code = match_append_phrase(phrase, &n->expression, err);
    if (code == ERR_OK)
        code = add_rows(n, SQL_MATCH, buf_str(&n->expression), out, err);
    return code;
}

/* The documents of the needle's terms. */
static enum err_code
needle_rows(struct narrow *n, const struct needle *needle, struct bits *out,
            struct error *err)
{
    struct str terms = buf_str(&needle->terms);
    enum err_code code = ERR_OK;
    size_t at = 0;

    while (code == ERR_OK && at < terms.len) {
        size_t end = at + 2 + (size_t)(unsigned char)terms.ptr[at];
        struct str term = str_slice(terms, at + 1, end);

        if (probe_reads_back(term, n->tokenizer))
            code = add_match(n, &(struct query_phrase){term, false}, out, err);
        else
            code = add_rows(n, SQL_PLACES, term, out, err);
        at = end;
    }
    return code;
}

/* Leave in `set` what the needle's terms have. Those that begin inside a word
 * can be cut in two in documents of `cut`. */
static enum err_code
narrow_by_needle(struct narrow *n, enum needle_kind kind, struct str part,
                 struct bits *set, bool *useful, struct error *err)
{
    const struct needle *needle = find_needle(n, kind, part);
    const struct needle *cut = NULL;
    struct bits rows = {NULL, 0};
    enum err_code code;

    if (needle && kind != NEEDLE_PREFIX)
        cut = find_needle(n, NEEDLE_CUT, (struct str){NULL, 0});
    if (!needle || needle->useless ||
        (kind != NEEDLE_PREFIX && (!cut || cut->useless)))
        return ERR_OK;
    code = bits_init(&rows, n->count, err);
    if (code == ERR_OK)
        code = needle_rows(n, needle, &rows, err);
    if (code == ERR_OK && cut)
        code = needle_rows(n, cut, &rows, err);
    if (code == ERR_OK) {
        bits_and(set, &rows);
        *useful = true;
    }
    bits_release(&rows);
    return code;
}

/* Whether FTS5 should look the phrase up: a single word may be everywhere. */
static enum err_code
is_worth(struct narrow *n, const struct query_phrase *phrase, bool *worth,
         struct error *err)
{
    struct str word = str_trim(phrase->text);
    uint32_t documents = 0;
    enum err_code code;

    *worth = word.len > 0;
    if (!*worth || str_find(word, STR_LIT(" "), 0) != SIZE_MAX)
        return ERR_OK;
    code = dictionary_find(n->db, word, &documents, err);
    *worth = documents <= n->count / WORTH_ONE_IN;
    return code;
}

static enum err_code
narrow_by_phrase(struct narrow *n, const struct query_phrase *phrase,
                 struct bits *set, bool *useful, struct error *err)
{
    struct bits rows = {NULL, 0};
    bool worth = false;
    enum err_code code = is_worth(n, phrase, &worth, err);

    if (code != ERR_OK || !worth)
        return code;
    code = bits_init(&rows, n->count, err);
    if (code == ERR_OK)
        code = add_match(n, phrase, &rows, err);
    if (code == ERR_OK) {
        bits_and(set, &rows);
        *useful = true;
    }
    bits_release(&rows);
    return code;
}

static enum err_code
narrow_by_literal(struct narrow *n, const struct need *need, struct bits *set,
                  bool *useful, struct error *err)
{
    const struct probe *probe = NULL;
    enum err_code code;

    *useful = false;
    for (size_t i = 0; i < n->literal_count; i++)
        if (n->literals[i] == need)
            probe = &n->probes[i];
    if (!probe)
        return ERR_OK;
    bits_fill(set);
    code = narrow_by_needle(n, NEEDLE_INSIDE, probe->inside, set, useful, err);
    if (code == ERR_OK)
        code =
            narrow_by_needle(n, NEEDLE_SUFFIX, probe->suffix, set, useful, err);
    if (code == ERR_OK)
        code =
            narrow_by_needle(n, NEEDLE_PREFIX, probe->prefix, set, useful, err);
    if (code == ERR_OK)
        code = narrow_by_phrase(n, &probe->phrase, set, useful, err);
    return code == ERR_OK ? cancelled(n, err) : code;
}

/* The documents that can have what is needed, in `set`; *useful: it is not all
 * of them. */
static enum err_code
evaluate(struct narrow *n, const struct need *need, struct bits *set,
         bool *useful, struct error *err)
{
    bool all = need->op == NEED_AND;
    struct bits part = {NULL, 0};
    enum err_code code;

    if (need->op == NEED_LITERAL)
        return narrow_by_literal(n, need, set, useful, err);
    code = bits_init(&part, n->count, err);
    *useful = !all;
    if (all)
        bits_fill(set);
    for (const struct need *child = need->first; code == ERR_OK && child;
         child = child->next) {
        bool child_useful = false;

        memset(part.words, 0, (n->count + 63) / 64 * sizeof(*part.words));
        code = evaluate(n, child, &part, &child_useful, err);
        if (code != ERR_OK)
            break;
        if (all && child_useful)
            bits_and(set, &part);
        else if (!all)
            bits_or(set, &part);
        *useful = all ? *useful || child_useful : *useful && child_useful;
        if (!all && !child_useful)
            break;
    }
    bits_release(&part);
    return code;
}

static enum err_code
run(struct narrow *n, const struct need *need, struct bits *documents,
    bool *useful, struct error *err)
{
    struct bits set = {NULL, 0};
    enum err_code code = add_literals(n, need, err);

    if (code == ERR_OK)
        code = bits_init(&set, n->count, err);
    if (code == ERR_OK)
        code = db_exec(n->db, sql[SQL_PLACES_MAKE], err);
    if (code == ERR_OK)
        code = walk_dictionary(n, err);
    if (code == ERR_OK)
        code = evaluate(n, need, &set, useful, err);
    if (code == ERR_OK && *useful)
        bits_and(documents, &set);
    bits_release(&set);
    return code;
}

enum err_code
regex_narrow(struct db *db, const struct need *need, const int *cancel,
             struct bits *documents, bool *useful, struct error *err)
{
    struct narrow *n = calloc(1, sizeof(*n));
    enum err_code code;

    *useful = false;
    if (!n)
        return error_nomem(err);
    n->db = db;
    n->cancel = cancel;
    n->count = documents->count;
    n->tokenizer = tokenizer_new();
    arena_init(&n->arena, 0);
    db_set_cancel(db, cancel);
    code =
        n->tokenizer ? run(n, need, documents, useful, err) : error_nomem(err);
    db_set_cancel(db, NULL);
    for (size_t i = 0; i < n->needle_count; i++)
        buf_release(&n->needles[i].terms);
    buf_release(&n->expression);
    tokenizer_free(n->tokenizer);
    arena_release(&n->arena);
    free(n);
    return code;
}
