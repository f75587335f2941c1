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
take_row(struct reading *r, const struct proposal_row *row, struct error *err)
{
    struct item_found found;
    bool added = false;
    enum err_code code =
        import_find_item(r->index, &row->wanted, &r->arena, &found, err);

    if (code != ERR_OK)
        return code;
    r->out->stale += found.fate == ITEM_STALE;
    r->out->unmatched += found.fate == ITEM_MISSING;
    r->out->ambiguous += found.fate == ITEM_AMBIGUOUS;
    if (found.fate != ITEM_FOUND)
        return ERR_OK;
    code = proposal_add(r->store, &found.key, &row->proposal, &added, err);
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
