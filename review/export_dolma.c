/* Export for Dolma's mixer: attributes that say what to drop and what to
 * replace, and the configuration that carries it out. What replacing spans
 * cannot do becomes a drop and a new document. */
#include "config.h"

#include "export_dolma.h"

#include <ctype.h>
#include <stdlib.h>

#include "dolma_text.h"
#include "stet/utf8.h"
#include "stet/xalloc.h"

static enum err_code
push_row(struct dolma_row **list, size_t *count, size_t *cap,
         struct dolma_row row, struct error *err)
{
    if (*count == *cap) {
        size_t wider = *cap ? 2 * *cap : 256;
        struct dolma_row *rows = realloc(*list, wider * sizeof(*rows));

        if (!rows)
            return error_nomem(err);
        *list = rows;
        *cap = wider;
    }
    (*list)[(*count)++] = row;
    return ERR_OK;
}

static enum err_code
push_fresh(struct dolma *dolma, struct str record, size_t items,
           struct error *err)
{
    enum err_code code = buf_append_str(&dolma->added, record, err);

    if (!code)
        code = buf_append_byte(&dolma->added, '\n', err);
    return code
               ? code
               : push_row(&dolma->fresh, &dolma->fresh_count, &dolma->fresh_cap,
                          (struct dolma_row){.start = items,
                                             .end = dolma->items.len},
                          err);
}

/* The document as it is to be, among the new ones. */
static enum err_code
move_document(struct dolma *dolma, const struct export_place *place,
              struct arena *arena, struct error *err)
{
    size_t items = dolma->items.len;
    struct str record;
    enum err_code code = export_new_record(place, arena, &record, err);

    if (code)
        return code;
    dolma_items_tags(place, true, &dolma->items);
    return push_fresh(dolma, record, items, err);
}

static enum err_code
add_place(void *ctx, const struct export_place *place, struct arena *arena,
          struct error *err)
{
    struct dolma *dolma = ctx;
    const struct built *built = place->built;
    struct dolma_pieces pieces = {0};
    bool dropped = patch_drops(&built->patch);
    size_t items;
    enum err_code code = ERR_OK;

    if (built->edit_count && !dropped) {
        if (!utf8_is_valid(built->text))
            return error_set(err, ERR_CONFLICT,
                             "half of a surrogate pair is in its new text: "
                             "Dolma's mixer cannot read that");
        code = dolma_pieces_make(place->document->text, built->edits,
                                 built->edit_count, arena, &pieces, err);
        if (!code && !pieces.fits)
            code = move_document(dolma, place, arena, err);
        dropped = dropped || !pieces.fits;
    }
    if (code)
        return code;
    items = dolma->items.len;
    dolma_items_tags(place, false, &dolma->items);
    if (dropped)
        dolma_items_drop(place, &dolma->items);
    else
        dolma_items_texts(place, &pieces, &dolma->items);
    if (!dropped && pieces.texts > dolma->texts)
        dolma->texts = pieces.texts;
    return push_row(&dolma->rows, &dolma->row_count, &dolma->row_cap,
                    (struct dolma_row){place->shard, built->patch.record, items,
                                       dolma->items.len},
                    err);
}

static enum err_code
add_new(void *ctx, const struct patch *patch, struct error *err)
{
    struct dolma *dolma = ctx;

    return push_fresh(dolma, patch->add, dolma->items.len, err);
}

/* The mixer finds attributes by replacing "/documents/" anywhere in a path,
 * and takes paths for patterns and for text with "${...}" in it. */
static enum err_code
check_folder(const char *final, struct error *err)
{
    char *slashed = xasprintf("%s/", final);
    bool bad = strpbrk(slashed, "*?[]\n") || strstr(slashed, "${") ||
               strstr(slashed, "/documents/");

    free(slashed);
    if (bad)
        return error_set(err, ERR_USAGE,
                         "%s: Dolma's mixer cannot work in a folder below "
                         "one called `documents`, or with one of *?[]${ in "
                         "its path",
                         final);
    return ERR_OK;
}

static enum err_code
choose_run(struct dolma *dolma, struct error *err)
{
    struct str run = dolma->x->options->run;

    for (size_t i = 0; i < run.len; i++)
        if (!isalnum((unsigned char)run.ptr[i]) && run.ptr[i] != '_')
            return error_set(err, ERR_USAGE,
                             "--run takes letters, digits and '_'");
    if (run.len && isdigit((unsigned char)run.ptr[0]))
        return error_set(err, ERR_USAGE, "--run begins with a letter");
    dolma->run =
        run.len ? xstrndup(run) : xasprintf("stet_%.8s", dolma->x->patch_id);
    return ERR_OK;
}

static enum err_code
write_all(void *ctx, const char *folder, const char *final, struct error *err)
{
    struct dolma *dolma = ctx;
    enum err_code code = check_folder(final, err);

    if (!code)
        code = choose_run(dolma, err);
    if (!code)
        code = dolma_files_write(dolma, folder, err);
    if (!code && dolma->documents.len == 0)
        code = error_set(err, ERR_NOTFOUND,
                         "there is nothing to export: no decisions");
    return code ? code : dolma_config_write(dolma, folder, final, err);
}

static void
release(void *ctx)
{
    struct dolma *dolma = ctx;

    buf_release(&dolma->items);
    buf_release(&dolma->added);
    buf_release(&dolma->documents);
    free(dolma->rows);
    free(dolma->fresh);
    free(dolma->run);
    free(dolma);
}

void
export_dolma_open(struct exporter *x)
{
    static const struct export_sink sink = {add_place, add_new, write_all,
                                            release,   true,    true};
    struct dolma *dolma = xcalloc(1, sizeof(*dolma));

    dolma->x = x;
    x->sink = &sink;
    x->sink_ctx = dolma;
}
