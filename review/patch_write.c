/* Patches as JSON lines. The same patch gives the same bytes: members have one
 * order, absent ones are left out. */
#include "config.h"

#include "patch.h"

#include "stet/fileio.h"
#include "stet/json.h"

static const char *const op_names[] = {
#define X(name, text) text,
    PATCH_OPS(X)
#undef X
};

const char *
patch_op_name(enum patch_op op)
{
    return op_names[op];
}

bool
patch_drops(const struct patch *patch)
{
    for (size_t i = 0; i < patch->edit_count; i++)
        if (patch->edits[i].op == OP_DROP)
            return true;
    return false;
}

void
patch_count(struct patch_counts *counts, const struct patch *patch)
{
    if (patch->is_addition)
        counts->additions++;
    else
        counts->patches++;
    counts->edits += patch->edit_count;
    for (size_t i = 0; i < patch->edit_count; i++)
        counts->ops[patch->edits[i].op]++;
}

static void
put_str(struct json_out *w, const char *key, struct str value)
{
    if (!value.ptr)
        return;
    json_key(w, key);
    json_str(w, value);
}

static void
put_int(struct json_out *w, const char *key, uint64_t value)
{
    json_key(w, key);
    json_int(w, (int64_t)value);
}

static void
put_hash(struct json_out *w, const char *key, const struct hash *hash)
{
    char hex[HASH_HEX_SIZE];

    hash_format(hash, hex);
    put_str(w, key, str_of(hex));
}

static void
put_time(struct json_out *w, const char *key, int64_t us)
{
    char text[TIME_TEXT_SIZE];

    time_format(us, text);
    put_str(w, key, str_of(text));
}

static void
put_uuid(struct json_out *w, const char *key, const struct uuid *uuid)
{
    char text[UUID_TEXT_SIZE];

    uuid_format(uuid, text);
    put_str(w, key, str_of(text));
}

static void
put_text_id(struct json_out *w, const struct text_id *id)
{
    put_hash(w, "sha256", &id->hash);
    put_int(w, "bytes", id->bytes);
    put_int(w, "codepoints", id->codepoints);
}

static void
put_pair(struct json_out *w, const char *key, uint64_t a, uint64_t b)
{
    json_key(w, key);
    json_open(w, '[');
    json_int(w, (int64_t)a);
    json_int(w, (int64_t)b);
    json_close(w, ']');
}

static void
put_strs(struct json_out *w, const char *key, const struct str *list,
         size_t count)
{
    json_key(w, key);
    json_open(w, '[');
    for (size_t i = 0; i < count; i++)
        json_str(w, list[i]);
    json_close(w, ']');
}

static void
put_edit(struct json_out *w, const struct patch_edit *edit)
{
    json_open(w, '{');
    put_str(w, "op", str_of(patch_op_name(edit->op)));
    if (edit->has_span) {
        json_key(w, "span");
        json_open(w, '{');
        put_pair(w, "bytes", edit->span.start, edit->span.end);
        put_pair(w, "codepoints", edit->start_cp, edit->end_cp);
        json_close(w, '}');
    }
    if (edit->has_quote) {
        put_str(w, "before", edit->quote.before);
        put_str(w, "quote", edit->quote.quote);
        put_str(w, "behind", edit->quote.after);
    }
    put_str(w, "value", edit->value);
    if (edit->has_number) {
        json_key(w, "number");
        json_double(w, edit->number);
    }
    put_str(w, "text", edit->text);
    put_str(w, "reason", edit->reason);
    put_str(w, "reviewer", edit->reviewer);
    put_time(w, "at", edit->at_us);
    put_uuid(w, "uuid", &edit->uuid);
    json_close(w, '}');
}

static void
put_guard(struct json_out *w, const struct patch *patch)
{
    json_key(w, "guard");
    json_open(w, '{');
    put_str(w, "of", str_of(patch->guard_raw ? "record" : "text"));
    put_text_id(w, &patch->guard);
    if (patch->former_count) {
        json_key(w, "former");
        json_open(w, '[');
        for (size_t i = 0; i < patch->former_count; i++) {
            const struct patch_former *former = &patch->formers[i];

            json_open(w, '{');
            put_text_id(w, &former->id);
            put_pair(w, "span", former->span.start, former->span.end);
            put_str(w, "text", former->text);
            json_close(w, '}');
        }
        json_close(w, ']');
    }
    json_close(w, '}');
}

static void
put_target(struct json_out *w, const struct patch *patch)
{
    json_key(w, "target");
    json_open(w, '{');
    put_str(w, "shard", patch->shard);
    put_int(w, "record", patch->record);
    put_int(w, "offset", patch->offset);
    put_str(w, "source", patch->source);
    if (patch->id_token.ptr) {
        json_key(w, "id");
        json_raw(w, patch->id_token);
    }
    json_close(w, '}');
}

enum err_code
patch_format(const struct patch *patch, struct buf *out, struct error *err)
{
    struct json_out w = {out, false};
    size_t need = 1024 + 3 * patch->add.len;

    for (size_t i = 0; i < patch->edit_count; i++)
        need +=
            1024 + patch->edits[i].text.len + patch->edits[i].quote.quote.len;
    for (size_t i = 0; i < patch->former_count; i++)
        need += 256 + patch->formers[i].text.len;
    if (buf_reserve(out, need, err))
        return err->code;
    json_open(&w, '{');
    if (patch->is_addition) {
        json_key(&w, "add");
        json_raw(&w, patch->add);
        put_uuid(&w, "uuid", &patch->uuid);
        put_str(&w, "source", patch->source);
        if (patch->id_token.ptr) {
            json_key(&w, "id");
            json_raw(&w, patch->id_token);
        }
    } else {
        put_target(&w, patch);
        put_guard(&w, patch);
    }
    json_key(&w, "edits");
    json_open(&w, '[');
    for (size_t i = 0; i < patch->edit_count; i++)
        put_edit(&w, &patch->edits[i]);
    json_close(&w, ']');
    if (patch->has_after) {
        json_key(&w, "after");
        json_open(&w, '{');
        put_text_id(&w, &patch->after);
        json_close(&w, '}');
    }
    json_close(&w, '}');
    return buf_append_byte(out, '\n', err);
}

static void
put_mappings(struct json_out *w, const struct patch_header *header)
{
    json_key(w, "mappings");
    json_open(w, '[');
    for (size_t i = 0; i < header->mapping_count; i++) {
        json_open(w, '{');
        put_str(w, "text", header->mappings[i].text);
        put_str(w, "id", header->mappings[i].id);
        put_str(w, "source", header->mappings[i].source);
        json_close(w, '}');
    }
    json_close(w, ']');
    if (header->segment_score_count)
        put_strs(w, "segment_scores", header->segment_scores,
                 header->segment_score_count);
}

void
patch_header_format(const struct patch_header *header, struct buf *out)
{
    struct json_out w = {out, false};

    json_open(&w, '{');
    put_str(&w, "format", STR_LIT(PATCH_FORMAT));
    put_int(&w, "version", PATCH_VERSION);
    put_str(&w, "id", str_of(header->id));
    put_str(&w, "corpus", header->corpus);
    put_hash(&w, "index", &header->index);
    put_time(&w, "created", header->created_us);
    put_str(&w, "policy", header->policy);
    put_str(&w, "rewrites", header->rewrites);
    put_mappings(&w, header);
    put_strs(&w, "verdicts", header->verdicts, header->verdict_count);
    put_strs(&w, "tags", header->tags, header->tag_count);
    json_key(&w, "shards");
    json_open(&w, '[');
    for (size_t i = 0; i < header->shard_count; i++) {
        const struct patch_shard *shard = &header->shards[i];

        json_open(&w, '{');
        put_str(&w, "path", shard->path);
        put_int(&w, "bytes", shard->bytes);
        put_hash(&w, "sha256", &shard->hash);
        put_int(&w, "records", shard->records);
        put_int(&w, "mapping", shard->mapping);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_close(&w, '}');
    xbuf_append(out, "\n", 1);
}

static void
format_trailer(const struct patch_counts *counts, const struct hash *hash,
               struct buf *out)
{
    struct json_out w = {out, false};

    json_open(&w, '{');
    json_key(&w, "end");
    json_open(&w, '{');
    put_int(&w, "patches", counts->patches);
    put_int(&w, "additions", counts->additions);
    put_int(&w, "edits", counts->edits);
    json_key(&w, "ops");
    json_open(&w, '{');
    for (unsigned op = 0; op < PATCH_OP_COUNT; op++)
        if (counts->ops[op])
            put_int(&w, op_names[op], counts->ops[op]);
    json_close(&w, '}');
    put_hash(&w, "sha256", hash);
    json_close(&w, '}');
    json_close(&w, '}');
    xbuf_append(out, "\n", 1);
}

/* The id names a header (with the id empty) and a body. */
static void
make_id(struct patch_header *header, struct str body, struct hasher *hasher)
{
    struct buf line = {0};
    char hex[HASH_HEX_SIZE];
    struct hash hash;

    header->id[0] = '\0';
    patch_header_format(header, &line);
    hasher_update(hasher, line.ptr, line.len);
    hasher_update(hasher, body.ptr, body.len);
    hash = hasher_take(hasher);
    hash_format(&hash, hex);
    memcpy(header->id, hex, PATCH_ID_SIZE - 1);
    header->id[PATCH_ID_SIZE - 1] = '\0';
    buf_release(&line);
}

enum err_code
patch_set_write(const char *path, struct patch_header *header, struct str body,
                const struct patch_counts *counts, struct hash *file_hash,
                struct error *err)
{
    struct hasher *hasher = hasher_new();
    struct buf line = {0};
    struct buf trailer = {0};
    struct outfile *file = NULL;
    struct hash hash;
    enum err_code code;

    make_id(header, body, hasher);
    patch_header_format(header, &line);
    hasher_update(hasher, line.ptr, line.len);
    hasher_update(hasher, body.ptr, body.len);
    hash = hasher_take(hasher);
    format_trailer(counts, &hash, &trailer);
    code = outfile_open(&file, path, err);
    if (!code)
        code = outfile_write(file, line.ptr, line.len, err);
    if (!code)
        code = outfile_write(file, body.ptr, body.len, err);
    if (!code)
        code = outfile_write(file, trailer.ptr, trailer.len, err);
    if (!code) {
        code = outfile_commit(file, true, file_hash, err);
        file = NULL;
    }
    outfile_abort(file);
    buf_release(&line);
    buf_release(&trailer);
    hasher_free(hasher);
    return code;
}
