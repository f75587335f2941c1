/* Lists of ids, one for each thing that is said of documents: what pipelines
 * filter by. */
#include "config.h"

#include "export_private.h"

#include <stdlib.h>

#include "stet/fileio.h"
#include "stet/json.h"
#include "stet/xalloc.h"

struct id_list {
    char *name; /* of its file */
    struct buf lines;
};
struct ids {
    struct exporter *x;
    struct id_list *lists;
    size_t count;
};

/* The name of a list's file: in no folder, not hidden. */
static char *
file_name(const char *kind, struct str value)
{
    struct buf name = {0};

    xbuf_append_str(&name, str_of(kind));
    for (size_t i = 0; i < value.len; i++) {
        unsigned char byte = (unsigned char)value.ptr[i];

        if (byte == '/' || byte == '%' || byte < ' ' || byte == 0x7f)
            xbuf_printf(&name, "%%%02X", byte);
        else
            xbuf_append(&name, &value.ptr[i], 1);
    }
    xbuf_append(&name, ".ids", 4);
    return buf_take(&name);
}

static struct buf *
find_list(struct ids *ids, const char *kind, struct str value)
{
    char *name = file_name(kind, value);
    struct id_list *list;

    for (size_t i = 0; i < ids->count; i++) {
        if (strcmp(ids->lists[i].name, name) == 0) {
            free(name);
            return &ids->lists[i].lines;
        }
    }
    ids->lists = xreallocarray(ids->lists, ids->count + 1, sizeof(*list));
    list = &ids->lists[ids->count++];
    *list = (struct id_list){name, {0}};
    return &list->lines;
}

static bool
is_one_line(struct str id)
{
    for (size_t i = 0; i < id.len; i++)
        if ((unsigned char)id.ptr[i] < ' ')
            return false;
    return id.len > 0;
}

/* An id as people write it, its JSON where that is no line, a place where there
 * is none. */
static void
put_id(struct buf *line, struct str id, const struct patch *patch)
{
    if (!patch->id_token.ptr)
        xbuf_printf(line, "at:%.*s:%llu", STR_FMT(patch->shard),
                    (unsigned long long)patch->record);
    else
        xbuf_append_str(line, is_one_line(id) ? id : patch->id_token);
    xbuf_append(line, "\n", 1);
}

static bool
listed_before(const struct patch *patch, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (patch->edits[i].op == patch->edits[at].op &&
            str_equal(patch->edits[i].value, patch->edits[at].value))
            return true;
    return false;
}

static const char *
list_kind(enum patch_op op)
{
    switch (op) {
    case OP_VERDICT:
        return "verdict-";
    case OP_TAG:
        return "tag-";
    case OP_UNTAG:
        return "untag-";
    case OP_DROP:
        return "drop";
    case OP_KEEP:
        return "keep";
    case OP_REPLACE:
        return "replace";
    case OP_REDACT:
        return "redact";
    case OP_INSERT:
        return "insert";
    case OP_RATE:
    case OP_NOTE:
    case OP_ADD:
    case PATCH_OP_COUNT:
        break;
    }
    return NULL;
}

static enum err_code
ids_place(void *ctx, const struct export_place *place, struct arena *arena,
          struct error *err)
{
    const struct patch *patch = &place->built->patch;

    (void)arena;
    (void)err;
    for (size_t i = 0; i < patch->edit_count; i++) {
        const struct patch_edit *edit = &patch->edits[i];
        const char *kind = list_kind(edit->op);

        if (kind && !listed_before(patch, i))
            put_id(find_list(ctx, kind, edit->value), place->document->id,
                   patch);
    }
    return ERR_OK;
}

static enum err_code
ids_added(void *ctx, const struct patch *patch, struct error *err)
{
    const struct json_value *id = NULL;
    struct arena arena;
    enum err_code code = ERR_OK;

    arena_init(&arena, 0);
    if (patch->id_token.ptr)
        code = json_parse(patch->id_token, &arena, &id, err);
    if (!code)
        put_id(find_list(ctx, "add", (struct str){NULL, 0}),
               id && id->type == JSON_STRING ? id->string : patch->id_token,
               patch);
    arena_release(&arena);
    return code;
}

static enum err_code
ids_write(void *ctx, const char *folder, const char *final, struct error *err)
{
    struct ids *ids = ctx;
    enum err_code code = ERR_OK;

    (void) final;
    for (size_t i = 0; i < ids->count && !code; i++)
        code = export_folder_write(folder, ids->lists[i].name,
                                   buf_str(&ids->lists[i].lines), err);
    return code;
}

static void
ids_release(void *ctx)
{
    struct ids *ids = ctx;

    for (size_t i = 0; i < ids->count; i++) {
        free(ids->lists[i].name);
        buf_release(&ids->lists[i].lines);
    }
    free(ids->lists);
    free(ids);
}

void
export_ids_open(struct exporter *x)
{
    static const struct export_sink sink = {
        .place = ids_place,
        .added = ids_added,
        .write = ids_write,
        .release = ids_release,
        .folder = true,
    };
    struct ids *ids = xcalloc(1, sizeof(*ids));

    ids->x = x;
    x->sink = &sink;
    x->sink_ctx = ids;
}
