/* The query field `similar:REF`: a document with its copies and near copies.
 * It is the review's because references are. */
#include "config.h"

#include "review/resolve_private.h"
#include "stet/similar.h"

static void
set_bit(void *ctx, const struct similar_document *found)
{
    bits_set(ctx, found->doc);
}

enum err_code
resolve_similar(struct resolver *resolver, struct str ref, struct bits *out,
                struct error *err)
{
    const struct similar_options options = {
        .threshold = SIMILAR_THRESHOLD,
        .cancel = resolver->cancel,
        .found = set_bit,
        .ctx = out,
    };
    struct similar_report report;
    uint32_t doc;
    enum err_code code = resolve_ref(resolver->index, ref, &doc, err);

    /* that code means "not a field of mine" */
    if (code == ERR_NOTFOUND || code == ERR_FORMAT) {
        err->code = ERR_USAGE;
        return ERR_USAGE;
    }
    if (code != ERR_OK)
        return code;
    bits_set(out, doc);
    return index_similar(resolver->index, doc, &options, &report, err);
}
