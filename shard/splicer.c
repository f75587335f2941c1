/* Copies a stream and replaces some of it. An insertion comes before the byte
 * at its offset. */
#include "config.h"

#include "shard/splicer.h"

enum err_code
splices_check(const struct splice *splices, size_t count, struct error *err)
{
    uint64_t end = 0;

    for (size_t i = 0; i < count; i++) {
        if (splices[i].offset < end ||
            splices[i].length > UINT64_MAX - splices[i].offset)
            return error_set_at(err, ERR_FORMAT, splices[i].offset,
                                "splice %zu at byte %llu overlaps the one "
                                "before it",
                                i, (unsigned long long)splices[i].offset);
        end = splices[i].offset + splices[i].length;
    }
    return ERR_OK;
}

/* Write the splices that begin here. */
static enum err_code
begin_splices(struct splicer *splicer, struct error *err)
{
    while (splicer->next < splicer->count && splicer->at >= splicer->skip_end &&
           splicer->splices[splicer->next].offset == splicer->at) {
        const struct splice *splice = &splicer->splices[splicer->next++];
        enum err_code code = ERR_OK;

        splicer->skip_end = splice->offset + splice->length;
        if (splice->bytes.len > 0)
            code = splicer->sink(splicer->ctx, splice->bytes.ptr,
                                 splice->bytes.len, err);
        if (code)
            return code;
    }
    return ERR_OK;
}

enum err_code
splicer_feed(struct splicer *splicer, const char *ptr, size_t len,
             struct error *err)
{
    while (len > 0) {
        enum err_code code = begin_splices(splicer, err);
        bool skip = splicer->at < splicer->skip_end;
        uint64_t stop = UINT64_MAX;
        size_t part = len;

        if (code)
            return code;
        if (skip)
            stop = splicer->skip_end;
        else if (splicer->next < splicer->count)
            stop = splicer->splices[splicer->next].offset;
        if (part > stop - splicer->at)
            part = (size_t)(stop - splicer->at);
        if (!skip)
            code = splicer->sink(splicer->ctx, ptr, part, err);
        if (code)
            return code;
        splicer->at += part;
        ptr += part;
        len -= part;
    }
    return ERR_OK;
}

enum err_code
splicer_finish(struct splicer *splicer, struct error *err)
{
    enum err_code code = begin_splices(splicer, err);

    if (code)
        return code;
    if (splicer->next < splicer->count || splicer->at < splicer->skip_end)
        return error_set_at(err, ERR_FORMAT, splicer->at,
                            "a splice ends past the shard's %llu bytes: it "
                            "was changed",
                            (unsigned long long)splicer->at);
    return ERR_OK;
}
