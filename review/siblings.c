/* Keeps files of rows aligned: Dolma's mixer stops at a row too many, and old
 * spans on a new text would paint the wrong passages. */
#include "config.h"

#include "siblings.h"

#include <stdlib.h>

#include "stet/json.h"
#include "stet/row_files.h"
#include "stet/xalloc.h"

/* Whether two id tokens name the same id, however they are escaped. */
static bool
same_id(struct str a, struct str b)
{
    struct arena arena;
    const struct json_value *left = NULL;
    const struct json_value *right = NULL;
    struct error ignored = ERROR_INIT;
    bool same = str_equal(a, b);

    if (same)
        return true;
    arena_init(&arena, 0);
    same = !json_parse(a, &arena, &left, &ignored) &&
           !json_parse(b, &arena, &right, &ignored) &&
           left->type == JSON_STRING && right->type == JSON_STRING &&
           str_equal(left->string, right->string);
    arena_release(&arena);
    return same;
}

/* One row that must follow its record. */
static enum err_code
splice_row(const struct record *record, const struct plan_row *row,
           bool signals, struct splice *out, bool *needed, struct error *err)
{
    static const struct member_path id_path = {{{"id", 2}}, 1};
    static const struct member_path attributes = {{{"attributes", 10}}, 1};
    static const struct member_path quality = {{{"quality_signals", 15}}, 1};
    const struct member_path *path = signals ? &quality : &attributes;
    enum member_kind kind;
    struct str id = {NULL, 0};
    struct str value = {NULL, 0};
    enum err_code code = ERR_OK;

    if (record->kind == RECORD_LINE && !signals)
        code = member_find(record->raw, &id_path, &kind, &id, err);
    if (!code && (record->kind != RECORD_LINE ||
                  (id.ptr && row->id_token.ptr && !same_id(id, row->id_token))))
        code = error_set(err, ERR_FORMAT,
                         "row %llu is %.*s, its record %.*s: not a "
                         "row-aligned sibling",
                         (unsigned long long)record->number,
                         id.len < 60 ? (int)id.len : 60, id.ptr ? id.ptr : "",
                         row->id_token.len < 60 ? (int)row->id_token.len : 60,
                         row->id_token.ptr ? row->id_token.ptr : "");
    if (code)
        return code;
    *needed = true;
    if (row->dropped) {
        *out = (struct splice){
            record->offset, record->raw.len + record->line_end, {NULL, 0}};
        return ERR_OK;
    }
    code = member_find(record->raw, path, &kind, &value, err);
    *needed = !code && value.ptr && !str_equal(value, STR_LIT("{}"));
    if (*needed)
        *out = (struct splice){record->offset +
                                   (uint64_t)(value.ptr - record->raw.ptr),
                               value.len, STR_LIT("{}")};
    return code;
}

enum err_code
sibling_plan(const char *path, const struct plan_input *input,
             const struct apply_options *options, struct splice **splices,
             size_t *count, struct error *err)
{
    struct splice *list = xcalloc(input->row_count + 1, sizeof(*list));
    bool signals = row_file_is_signals(path);
    struct shard *shard = NULL;
    struct record record;
    size_t row = 0;
    enum err_code code = shard_open(&shard, path, &options->limits, err);

    *count = 0;
    if (!code)
        shard_set_cancel(shard, options->cancel);
    while (!code) {
        bool needed = false;

        code = shard_next(shard, &record, err);
        if (code || record.kind == RECORD_END)
            break;
        if (row == input->row_count || record.number < input->rows[row].record)
            continue;
        code = splice_row(&record, &input->rows[row], signals, &list[*count],
                          &needed, err);
        *count += needed;
        row++;
    }
    if (!code && shard_info(shard)->lines != input->info.lines)
        code = error_set(err, ERR_FORMAT,
                         "%llu rows for %llu records: not a row-aligned "
                         "sibling",
                         (unsigned long long)shard_info(shard)->lines,
                         (unsigned long long)input->info.lines);
    shard_close(shard);
    if (code) {
        free(list);
        return error_wrap(err, "%s", path);
    }
    *splices = list;
    return ERR_OK;
}
