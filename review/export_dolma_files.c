/* The folder for Dolma's mixer: for every shard a link to it below
 * `documents/` and, row for row, its attributes below `attributes/RUN/`. The
 * mixer stops at the first record that it cannot read, and takes silence for
 * an answer where a file of attributes is missing: what it would trip over is
 * refused here. */
#include "config.h"

#include "export_dolma.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "stet/fileio.h"
#include "stet/json.h"
#include "stet/shard_writer.h"
#include "stet/xalloc.h"

#define DOCUMENTS "documents/"

/* What the mixer needs of a record. */
struct line {
    struct str id_token; /* of the last member `id`; ptr NULL: none */
    bool has_text;
    bool odd_id;    /* neither a string nor a number */
    bool has_run;   /* an attribute of this run's is there already */
    unsigned flags; /* of all its strings */
};

static bool
key_is(struct str raw, const struct json_token *token, const char *name)
{
    struct str key = str_slice(raw, token->start + 1, token->end - 1);

    return str_equal(key, str_of(name));
}

static bool
key_is_of_run(struct str raw, const struct json_token *token,
              const struct dolma *dolma)
{
    struct str key = str_slice(raw, token->start + 1, token->end - 1);
    size_t len = strlen(dolma->run);

    return str_starts_with(key, str_of(dolma->run)) &&
           str_starts_with(str_slice(key, len, key.len), STR_LIT("__human__"));
}

/* The value behind a key of the record. */
static void
note_member(struct str raw, const struct json_token *key,
            const struct json_token *value, struct line *line)
{
    if (key_is(raw, key, "id")) {
        line->id_token = str_slice(raw, value->start, value->end);
        line->odd_id = value->type == JSON_ARRAY || value->type == JSON_OBJECT;
    }
    if (key_is(raw, key, "text"))
        line->has_text = value->type == JSON_STRING;
}

static enum err_code
scan_line(const struct dolma *dolma, struct str raw, struct line *line,
          struct error *err)
{
    struct json_scan scan;
    struct json_token token;
    struct json_token key = {0};
    unsigned depth = 0;
    bool in_attributes = false;

    *line = (struct line){0};
    json_scan_init(&scan, raw, 0);
    for (;;) {
        enum err_code code = json_next(&scan, &token, err);

        if (code || token.type == JSON_END)
            return code;
        line->flags |= token.flags;
        if (token.type == JSON_KEY && depth == 1)
            key = token;
        else if (token.type == JSON_KEY && depth == 2 && in_attributes)
            line->has_run = line->has_run || key_is_of_run(raw, &token, dolma);
        else if (depth == 1 && token.type != JSON_OBJECT_END)
            note_member(raw, &key, &token, line);
        if (token.type == JSON_OBJECT || token.type == JSON_ARRAY) {
            in_attributes =
                depth == 1 ? key_is(raw, &key, "attributes") : in_attributes;
            depth++;
        } else if (token.type == JSON_OBJECT_END ||
                   token.type == JSON_ARRAY_END) {
            depth--;
        }
    }
}

/* Why the mixer would stop here, or NULL. */
static const char *
refuse_line(const struct line *line)
{
    if (line->flags & JSON_BAD_UTF8)
        return "is not UTF-8";
    if (line->flags & JSON_LONE_SURROGATE)
        return "holds half of a surrogate pair";
    if (!line->has_text)
        return "has no string `text`";
    if (line->odd_id)
        return "has an `id` that is no string or number";
    return NULL;
}

static enum err_code
check_line(const struct dolma *dolma, const struct record *record,
           struct line *line, struct error *err)
{
    struct error ignored = ERROR_INIT;
    const char *why = NULL;

    if (record->kind == RECORD_BLANK)
        why = "is blank";
    else if (record->kind != RECORD_LINE ||
             scan_line(dolma, record->raw, line, &ignored))
        why = "is not JSON, or too long";
    else
        why = refuse_line(line);
    if (why)
        return error_set(err, ERR_CONFLICT,
                         "record %llu %s: Dolma's mixer would stop there",
                         (unsigned long long)record->number, why);
    if (line->has_run)
        return error_set(err, ERR_CONFLICT,
                         "record %llu has attributes %s__human__... already: "
                         "give this run another name (--run NAME)",
                         (unsigned long long)record->number, dolma->run);
    return ERR_OK;
}

/* --- names --- */

static bool
ends_with(const char *name, const char *suffix)
{
    return str_ends_with(str_of(name), str_of(suffix));
}

/* What may be in a path but means something to the mixer: the name is a
 * pattern to it, and each "/documents/" has its place in other folders. */
static void
disarm(char *name)
{
    char *inner = strstr(name, DOCUMENTS);

    for (char *at = name; *at; at++)
        if (strchr("*?[]", *at))
            *at = '_';
    while (inner && (inner = strstr(inner + 1, "/" DOCUMENTS)))
        inner[1] = 'D';
}

/* The document's path below the folder. The mixer takes the codec from the
 * name's end. */
static char *
document_name(const struct index_shard *shard)
{
    const char *path = shard->path;
    const char *end = "";
    bool below = strncmp(path, DOCUMENTS, strlen(DOCUMENTS)) == 0 ||
                 (path[0] != '/' && strstr(path, "/" DOCUMENTS));
    char *name;

    if (shard->container == CONTAINER_GZIP && !ends_with(path, ".gz"))
        end = ".gz";
    else if (shard->container == CONTAINER_ZSTD && !ends_with(path, ".zst"))
        end = ".zst";
    else if (shard->container == CONTAINER_PLAIN &&
             (ends_with(path, ".gz") || ends_with(path, ".zst")))
        end = ".jsonl";
    while (*path == '/')
        path++;
    name = xasprintf("%s%s%s", below ? "" : DOCUMENTS, path, end);
    disarm(name);
    return name;
}

/* Where the mixer looks for the attributes of a document. */
static char *
attributes_name(const struct dolma *dolma, const char *document)
{
    int prefix = (int)(strstr(document, DOCUMENTS) - document);

    return xasprintf("%.*sattributes/%s/%s", prefix, document, dolma->run,
                     document + prefix + strlen(DOCUMENTS));
}

static enum err_code
make_parent(const char *path, struct error *err)
{
    char *parent = path_parent(path);
    enum err_code code = folder_make(parent, 0777, err);

    free(parent);
    return code;
}

static enum err_code
link_document(struct dolma *dolma, const char *folder, const char *name,
              uint32_t shard, struct error *err)
{
    char *target = export_shard_path(dolma->x, shard);
    char *link = path_join(folder, name);
    enum err_code code = make_parent(link, err);

    if (!code && symlink(target, link) != 0)
        code = errno == EEXIST
                   ? error_set(err, ERR_CONFLICT,
                               "%s: two shards would have this name here", name)
                   : error_errno(err, errno, link);
    free(link);
    free(target);
    return code;
}

/* --- rows --- */

static enum container
container_of(const char *name)
{
    return ends_with(name, ".gz")    ? CONTAINER_GZIP
           : ends_with(name, ".zst") ? CONTAINER_ZSTD
                                     : CONTAINER_PLAIN;
}

static enum err_code
open_rows(struct lines_writer **out, const struct dolma *dolma,
          const char *folder, const char *document, struct error *err)
{
    char *name = attributes_name(dolma, document);
    char *path = path_join(folder, name);
    enum err_code code = make_parent(path, err);

    if (!code)
        code = lines_writer_open(out, path, container_of(path), err);
    free(path);
    free(name);
    return code;
}

/* The rows from `row` on that are of this shard. */
static enum err_code
copy_rows(const struct dolma *dolma, struct shard *shard,
          const struct dolma_row *row, const struct dolma_row *end,
          struct lines_writer *writer, struct error *err)
{
    struct buf text = {0};
    enum err_code code = ERR_OK;

    while (!code) {
        struct record record;
        struct line line;
        bool here;

        code = shard_next(shard, &record, err);
        if (code || record.kind == RECORD_END)
            break;
        code = check_line(dolma, &record, &line, err);
        if (code)
            break;
        here = row < end && row->record == record.number;
        buf_clear(&text);
        dolma_row_format(dolma, here ? row : NULL, line.id_token, &text);
        row += here;
        code = lines_writer_write(writer, buf_str(&text), err);
    }
    if (!code && row != end)
        code = error_set(err, ERR_CONFLICT,
                         "changed since it was indexed: run `stet index`");
    buf_release(&text);
    return code;
}

static enum err_code
read_shard(struct dolma *dolma, uint32_t number, const struct dolma_row *row,
           const struct dolma_row *end, struct lines_writer *writer,
           struct error *err)
{
    const struct index_shard *known = index_shard(dolma->x->index, number);
    char *path = export_shard_path(dolma->x, number);
    struct shard *shard = NULL;
    enum err_code code = shard_open(&shard, path, &shard_default_limits, err);

    if (!code)
        shard_set_cancel(shard, dolma->x->options->cancel);
    if (!code)
        code = copy_rows(dolma, shard, row, end, writer, err);
    if (!code && shard_info(shard)->bom)
        code = error_set(err, ERR_CONFLICT,
                         "begins with a byte order mark: Dolma's mixer would "
                         "stop there");
    if (!code && !hash_equal(&shard_info(shard)->file_hash, &known->file_hash))
        code = error_set(err, ERR_CONFLICT,
                         "changed since it was indexed: run `stet index`");
    shard_close(shard);
    if (code)
        error_wrap(err, "%s", known->path);
    free(path);
    return code;
}

static enum err_code
write_shard(struct dolma *dolma, uint32_t number, const struct dolma_row *row,
            const struct dolma_row *end, const char *folder, struct error *err)
{
    char *name = document_name(index_shard(dolma->x->index, number));
    struct lines_writer *writer = NULL;
    enum err_code code = link_document(dolma, folder, name, number, err);

    if (!code)
        code = open_rows(&writer, dolma, folder, name, err);
    if (!code)
        code = read_shard(dolma, number, row, end, writer, err);
    if (!code)
        code = lines_writer_commit(writer, err);
    else
        lines_writer_abort(writer);
    xbuf_printf(&dolma->documents, "%s\n", name);
    free(name);
    return code;
}

/* --- documents that come in --- */

static enum err_code
write_fresh_rows(struct dolma *dolma, struct lines_writer *writer,
                 struct error *err)
{
    struct str rest = buf_str(&dolma->added);
    struct buf text = {0};
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < dolma->fresh_count && !code; i++) {
        size_t end = str_find(rest, STR_LIT("\n"), 0);
        struct record record = {
            .kind = RECORD_LINE, .raw = str_slice(rest, 0, end), .number = i};
        struct line line;

        code = check_line(dolma, &record, &line, err);
        if (code)
            break;
        buf_clear(&text);
        dolma_row_format(dolma, &dolma->fresh[i], line.id_token, &text);
        code = lines_writer_write(writer, buf_str(&text), err);
        rest = str_slice(rest, end + 1, rest.len);
    }
    buf_release(&text);
    return code;
}

static enum err_code
write_added(struct dolma *dolma, const char *folder, struct error *err)
{
    char *name = xasprintf(DOCUMENTS "added/%s.jsonl.zst", dolma->x->patch_id);
    char *path = path_join(folder, name);
    struct lines_writer *writer = NULL;
    enum err_code code = make_parent(path, err);

    if (!code && file_exists(path))
        code = error_set(err, ERR_CONFLICT, "%s: a shard has this name", name);
    if (!code)
        code = shard_write_lines(path, CONTAINER_ZSTD, buf_str(&dolma->added),
                                 err);
    if (!code)
        code = open_rows(&writer, dolma, folder, name, err);
    if (!code)
        code = write_fresh_rows(dolma, writer, err);
    if (!code)
        code = lines_writer_commit(writer, err);
    else
        lines_writer_abort(writer);
    if (code)
        error_wrap(err, "new documents");
    xbuf_printf(&dolma->documents, "%s\n", name);
    free(path);
    free(name);
    return code;
}

enum err_code
dolma_files_write(struct dolma *dolma, const char *folder, struct error *err)
{
    struct exporter *x = dolma->x;
    uint32_t *shards = export_shards_sorted(x);
    const struct dolma_row *row = dolma->rows;
    const struct dolma_row *last = row + dolma->row_count;
    enum err_code code = ERR_OK;

    for (uint32_t i = 0; i < index_shard_count(x->index) && !code; i++) {
        const struct dolma_row *end = row;

        while (end < last && end->shard == shards[i])
            end++;
        if (end > row ||
            (x->options->all_shards && index_shard(x->index, shards[i])->live))
            code = write_shard(dolma, shards[i], row, end, folder, err);
        row = end;
    }
    free(shards);
    if (!code && dolma->fresh_count)
        code = write_added(dolma, folder, err);
    return code;
}
