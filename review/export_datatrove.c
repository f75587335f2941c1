/* Export for datatrove: what to leave out, as the lists of its deduplication
 * filter (little-endian 32-bit numbers of the documents that a task reads, in
 * order), and what comes in, as a shard. A changed text is both. */
#include "config.h"

#include "export_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "stet/fileio.h"
#include "stet/json.h"
#include "stet/shard_writer.h"
#include "stet/utf8.h"
#include "stet/xalloc.h"

struct gone {
    uint32_t shard; /* of the index */
    uint64_t record;
};
struct datatrove {
    struct exporter *x;
    struct gone *gone; /* by shard path and record */
    size_t count, cap;
    struct buf added; /* records */
    bool *touched;    /* by shard of the index: something is left out */
    uint32_t *files;  /* the reader's: live shards by path */
    uint32_t file_count;
};

static enum err_code
leave_out(struct datatrove *out, struct gone gone, struct error *err)
{
    if (out->count == out->cap) {
        size_t cap = out->cap ? 2 * out->cap : 256;
        struct gone *list = realloc(out->gone, cap * sizeof(*list));

        if (!list)
            return error_nomem(err);
        out->gone = list;
        out->cap = cap;
    }
    out->gone[out->count++] = gone;
    return ERR_OK;
}

static enum err_code
take_in(struct datatrove *out, struct str record, struct error *err)
{
    enum err_code code = buf_append_str(&out->added, record, err);

    return code ? code : buf_append_byte(&out->added, '\n', err);
}

static enum err_code
datatrove_place(void *ctx, const struct export_place *place,
                struct arena *arena, struct error *err)
{
    struct datatrove *out = ctx;
    const struct built *built = place->built;
    bool dropped = patch_drops(&built->patch);
    struct str record;
    enum err_code code = ERR_OK;

    if (!dropped && built->edit_count == 0)
        return ERR_OK;
    if (!dropped)
        code = export_new_record(place, arena, &record, err);
    if (!code && !dropped)
        code = take_in(out, record, err);
    if (code)
        return code;
    return leave_out(out, (struct gone){place->shard, built->patch.record},
                     err);
}

static enum err_code
datatrove_added(void *ctx, const struct patch *patch, struct error *err)
{
    return take_in(ctx, patch->add, err);
}

/* --- what the reader makes of a line --- */

enum line_kind { LINE_SKIPPED, LINE_READ, LINE_ODD };

static enum line_kind
kind_of_text(const struct json_token *token)
{
    if (token->type == JSON_NULL)
        return LINE_SKIPPED;
    if (token->type != JSON_STRING)
        return LINE_ODD;
    return token->end - token->start > 2 ? LINE_READ : LINE_SKIPPED;
}

/* The value of the record's last member of that name. */
static enum line_kind
find_text(struct json_scan *scan, struct str raw, struct str text_key)
{
    enum line_kind kind = LINE_SKIPPED;
    struct error ignored = ERROR_INIT;
    struct json_token token;
    bool is_text = false;

    while (!json_next(scan, &token, &ignored) && token.type == JSON_KEY) {
        is_text =
            str_equal(str_slice(raw, token.start + 1, token.end - 1), text_key);
        if (json_next(scan, &token, &ignored))
            break;
        if (is_text)
            kind = kind_of_text(&token);
        if (json_skip(scan, &token, &(size_t){0}, &ignored))
            break;
    }
    return kind;
}

/* The reader goes on after what is no JSON for it, and after documents without
 * text. A carriage return is a line's end to it, bad UTF-8 the file's. */
static enum line_kind
classify(struct str raw, struct str text_key)
{
    struct json_scan scan;
    struct json_token token;
    struct error ignored = ERROR_INIT;
    unsigned flags = 0;
    bool is_object = false;
    bool first = true;

    if (memchr(raw.ptr, '\r', raw.len))
        return LINE_ODD;
    json_scan_init(&scan, raw, 256);
    do {
        if (json_next(&scan, &token, &ignored))
            return utf8_is_valid(raw) ? LINE_SKIPPED : LINE_ODD;
        is_object = is_object || (first && token.type == JSON_OBJECT);
        first = false;
        flags |= token.flags;
    } while (token.type != JSON_END);
    if ((flags & JSON_BAD_UTF8) || !is_object)
        return LINE_ODD;
    if (flags & JSON_LONE_SURROGATE)
        return LINE_SKIPPED;
    json_scan_init(&scan, raw, 256);
    (void)json_next(&scan, &token, &ignored);
    return find_text(&scan, raw, text_key);
}

static enum err_code
check_key(const struct index_shard *shard, struct error *err)
{
    if (shard->text_path && shard->text_path[0] &&
        !strpbrk(shard->text_path, ".\"[]"))
        return ERR_OK;
    return error_set(err, ERR_CONFLICT,
                     "datatrove's reader takes the text from a member of the "
                     "record; here it is elsewhere");
}

static void
put_u32(struct buf *out, uint64_t number)
{
    char bytes[4];

    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (char)(number >> (8 * i) & 0xff);
    xbuf_append(out, bytes, 4);
}

/* One file of a task: *read counts the task's documents. */
struct task {
    struct buf list;
    uint64_t read;
};

static enum err_code
count_lines(struct shard *shard, struct str key, const struct gone **gone,
            const struct gone *end, struct task *task, struct error *err)
{
    for (;;) {
        struct record record;
        enum line_kind kind = LINE_SKIPPED;
        enum err_code code = shard_next(shard, &record, err);

        if (code || record.kind == RECORD_END)
            return code;
        if (record.kind == RECORD_TOO_LONG)
            kind = LINE_ODD;
        /* With a byte order mark the first line is no JSON to the reader. */
        if (record.kind == RECORD_LINE &&
            (record.number > 0 || record.offset == 0))
            kind = classify(record.raw, key);
        if (kind == LINE_ODD || task->read > UINT32_MAX)
            return error_set(err, ERR_CONFLICT,
                             "record %llu: what datatrove's reader makes of it "
                             "is not certain",
                             (unsigned long long)record.number);
        if (*gone < end && (*gone)->record == record.number) {
            if (kind == LINE_READ)
                put_u32(&task->list, task->read);
            (*gone)++;
        }
        task->read += kind == LINE_READ;
    }
}

static enum err_code
read_file(struct datatrove *out, uint32_t number, struct task *task,
          struct error *err)
{
    const struct index_shard *known = index_shard(out->x->index, number);
    const struct gone *last = out->gone + out->count;
    const struct gone *gone = out->gone;
    const struct gone *end;
    char *path = export_shard_path(out->x, number);
    struct shard *shard = NULL;
    enum err_code code = check_key(known, err);

    while (gone < last && gone->shard != number)
        gone++;
    for (end = gone; end < last && end->shard == number;)
        end++;
    if (!code)
        code = shard_open(&shard, path, &shard_default_limits, err);
    if (!code) {
        shard_set_cancel(shard, out->x->options->cancel);
        code =
            count_lines(shard, str_of(known->text_path), &gone, end, task, err);
    }
    if (!code && (gone != end || !hash_equal(&shard_info(shard)->file_hash,
                                             &known->file_hash)))
        code = error_set(err, ERR_CONFLICT,
                         "changed since it was indexed: run `stet index`");
    shard_close(shard);
    if (code)
        error_wrap(err, "%s", known->path);
    free(path);
    return code;
}

static enum err_code
write_task(struct datatrove *out, uint32_t rank, uint32_t tasks,
           const char *folder, struct error *err)
{
    struct task task = {{0}, 0};
    bool touched = false;
    char name[40];
    enum err_code code = ERR_OK;

    for (uint32_t i = rank; i < out->file_count; i += tasks)
        touched = touched || out->touched[out->files[i]];
    if (!touched)
        return ERR_OK;
    for (uint32_t i = rank; i < out->file_count && !code; i += tasks)
        code = read_file(out, out->files[i], &task, err);
    (void)snprintf(name, sizeof(name), "remove/%06u.remove", rank);
    if (!code)
        code = export_folder_write(folder, name, buf_str(&task.list), err);
    buf_release(&task.list);
    return code;
}

/* Which file a task reads is told by its place in this list. */
static enum err_code
write_paths(struct datatrove *out, const char *folder, struct error *err)
{
    uint32_t count = index_shard_count(out->x->index);
    uint32_t *sorted = export_shards_sorted(out->x);
    struct buf list = {0};
    enum err_code code;

    out->touched = xcalloc(count + 1, sizeof(*out->touched));
    for (size_t i = 0; i < out->count; i++)
        out->touched[out->gone[i].shard] = true;
    out->files = sorted;
    for (uint32_t i = 0; i < count; i++) {
        const struct index_shard *shard = index_shard(out->x->index, sorted[i]);

        if (!shard->live)
            continue;
        xbuf_printf(&list, "%s\n", shard->path);
        out->files[out->file_count++] = sorted[i];
    }
    code = export_folder_write(folder, "paths.txt", buf_str(&list), err);
    buf_release(&list);
    return code;
}

static enum err_code
datatrove_write(void *ctx, const char *folder, const char *final,
                struct error *err)
{
    struct datatrove *out = ctx;
    char *added = path_join(folder, "added/00000.jsonl.gz");
    char *parent = path_parent(added);
    uint32_t tasks;
    enum err_code code = write_paths(out, folder, err);

    (void) final;
    tasks = out->x->options->tasks ? out->x->options->tasks : out->file_count;
    for (uint32_t rank = 0; rank < tasks && !code; rank++)
        code = write_task(out, rank, tasks, folder, err);
    if (!code && out->added.len)
        code = folder_make(parent, 0777, err);
    if (!code && out->added.len)
        code =
            shard_write_lines(added, CONTAINER_GZIP, buf_str(&out->added), err);
    free(parent);
    free(added);
    return code;
}

static void
datatrove_release(void *ctx)
{
    struct datatrove *out = ctx;

    free(out->gone);
    free(out->touched);
    free(out->files);
    buf_release(&out->added);
    free(out);
}

void
export_datatrove_open(struct exporter *x)
{
    static const struct export_sink sink = {
        .place = datatrove_place,
        .added = datatrove_added,
        .write = datatrove_write,
        .release = datatrove_release,
        .folder = true,
    };
    struct datatrove *out = xcalloc(1, sizeof(*out));

    out->x = x;
    x->sink = &sink;
    x->sink_ctx = out;
}
