/* Reading proposals: rows of JSON lines, found in the corpus by id and the hash
 * of the text that they were written for. */
#include "config.h"

#include <stdio.h>

#include "review/proposal_private.h"
#include "stet/shard.h"

struct reading {
    struct store *store;
    struct index *index;
    const char *path;
    struct proposal_import *out;
    proposal_message *message;
    void *ctx;
    struct arena arena; /* of one row */
};

static void
complain(const struct reading *r, uint64_t line, const char *text)
{
    r->out->bad++;
    if (r->message)
        r->message(r->ctx, r->path, line, text);
}

static enum err_code
has_text(struct reading *r, uint32_t doc, const struct hash *hash, bool *same,
         struct error *err)
{
    struct document_place place;
    enum err_code code = index_place(r->index, doc, &place, err);

    *same = code == ERR_OK && hash_equal(&place.text_hash, hash);
    return code;
}

/* The documents that the row can mean, those with its text first. */
static enum err_code
find_docs(struct reading *r, const struct proposal_row *row, uint32_t **docs,
          size_t *count, bool *stale, struct error *err)
{
    size_t kept = 0;
    enum err_code code =
        row->id_token.ptr ? index_find_id(r->index, row->id_token, row->source,
                                          &r->arena, docs, count, err)
                          : index_find_hash(r->index, &row->hash, &r->arena,
                                            docs, count, err);

    *stale = false;
    if (code != ERR_OK || !row->has_hash)
        return code;
    for (size_t i = 0; code == ERR_OK && i < *count; i++) {
        bool same;

        code = has_text(r, (*docs)[i], &row->hash, &same, err);
        if (same)
            (*docs)[kept++] = (*docs)[i];
    }
    *stale = *count > 0 && kept == 0;
    *count = kept;
    return code;
}

static enum err_code
key_of(struct reading *r, uint32_t doc, struct item_key *key, struct error *err)
{
    struct document_place place;
    enum err_code code = index_place(r->index, doc, &place, err);

    *key = (struct item_key){.source = {NULL, 0}};
    if (code == ERR_OK)
        code = index_identity(r->index, doc, &r->arena, &key->id_token,
                              &key->source, err);
    if (code == ERR_OK)
        key->text = place.text_hash;
    return code;
}

static bool
same_key(const struct item_key *a, const struct item_key *b)
{
    return hash_equal(&a->text, &b->text) &&
           str_equal(a->id_token, b->id_token) &&
           str_equal(a->source, b->source);
}

/* Copies of one item are one; different items are a question. */
static enum err_code
take_row(struct reading *r, const struct proposal_row *row, struct error *err)
{
    uint32_t *docs = NULL;
    size_t count = 0;
    bool stale;
    bool added = false;
    struct item_key key;
    enum err_code code = find_docs(r, row, &docs, &count, &stale, err);

    r->out->stale += code == ERR_OK && stale;
    r->out->unmatched += code == ERR_OK && !stale && count == 0;
    if (code != ERR_OK || count == 0)
        return code;
    code = key_of(r, docs[0], &key, err);
    for (size_t i = 1; code == ERR_OK && i < count; i++) {
        struct item_key other;

        code = key_of(r, docs[i], &other, err);
        if (code == ERR_OK && !same_key(&key, &other)) {
            r->out->ambiguous++;
            return ERR_OK;
        }
    }
    if (code == ERR_OK)
        code = proposal_add(r->store, &key, &row->proposal, &added, err);
    r->out->taken += code == ERR_OK && added;
    r->out->known += code == ERR_OK && !added;
    return code;
}

static enum err_code
read_rows(struct reading *r, struct shard *shard, struct error *err)
{
    struct record record;
    enum err_code code = ERR_OK;

    while ((code = shard_next(shard, &record, err)) == ERR_OK &&
           record.kind != RECORD_END) {
        struct proposal_row row;
        const char *why;

        if (record.kind == RECORD_BLANK)
            continue;
        r->out->rows++;
        arena_reset(&r->arena);
        why = record.kind == RECORD_LINE
                  ? proposal_row_parse(record.raw, &r->arena, &row)
                  : "the line is too long";
        if (why)
            complain(r, record.number + 1, why);
        else
            code = take_row(r, &row, err);
        if (code != ERR_OK)
            break;
    }
    return code;
}

enum err_code
proposals_import(struct store *store, struct index *index, const char *path,
                 struct proposal_import *out, proposal_message *message,
                 void *ctx, struct error *err)
{
    struct reading r = {store, index, path, out, message, ctx, {0}};
    struct shard *shard = NULL;
    enum err_code code = shard_open(&shard, path, &shard_default_limits, err);

    if (code != ERR_OK)
        return code;
    arena_init(&r.arena, 0);
    code = db_begin(store->db, err);
    if (code == ERR_OK) {
        code = read_rows(&r, shard, err);
        if (code == ERR_OK)
            code = db_commit(store->db, err);
        if (code != ERR_OK)
            db_rollback(store->db);
    }
    arena_release(&r.arena);
    shard_close(shard);
    return code;
}
