/* The formats of exports beside patch sets: which there are, and what their
 * writers share. */
#include "config.h"

#include "export_private.h"

#include <stdlib.h>

#include "stet/fileio.h"
#include "stet/xalloc.h"

const char *
export_format_name(unsigned format)
{
    static const char *const names[] = {
#define X(name, text, meaning) text,
        EXPORT_FORMATS(X)
#undef X
    };

    return format < EXPORT_FORMAT_COUNT ? names[format] : NULL;
}

void
export_sink_open(struct exporter *x)
{
    static void (*const open[EXPORT_FORMAT_COUNT])(struct exporter * x) = {
        [EXPORT_DOLMA] = export_dolma_open,
    };

    if (open[x->options->format])
        open[x->options->format](x);
}

void
export_sink_release(struct exporter *x)
{
    if (x->sink && x->sink->release)
        x->sink->release(x->sink_ctx);
    x->sink = NULL;
}

struct ranked {
    struct str path;
    uint32_t shard;
};

static int
compare_ranked(const void *left, const void *right)
{
    return str_compare(((const struct ranked *)left)->path,
                       ((const struct ranked *)right)->path);
}

uint32_t *
export_shards_sorted(const struct exporter *x)
{
    uint32_t count = index_shard_count(x->index);
    struct ranked *list = xcalloc(count + 1, sizeof(*list));
    uint32_t *sorted = xcalloc(count + 1, sizeof(*sorted));

    for (uint32_t i = 0; i < count; i++)
        list[i] = (struct ranked){str_of(index_shard(x->index, i)->path), i};
    qsort(list, count, sizeof(*list), compare_ranked);
    for (uint32_t i = 0; i < count; i++)
        sorted[i] = list[i].shard;
    free(list);
    return sorted;
}

char *
export_shard_path(const struct exporter *x, uint32_t shard)
{
    const char *path = index_shard(x->index, shard)->path;

    return path[0] == '/' ? xstrdup(path) : path_join(x->ws->root, path);
}
