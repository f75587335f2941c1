/* The query that finds the documents of a bin of a histogram, or a label's. */
#include "config.h"

#include "tui/bin_query.h"

#include <string.h>

#include "stet/query.h"

/* A score's name as queries take it. */
static void
put_name(struct buf *out, const char *name)
{
    bool plain = name[0] && strspn(name, "abcdefghijklmnopqrstuvwxyz"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789_") == strlen(name);
    bool taken = strcmp(name, "sort") == 0;

    for (const struct query_help *f = query_fields; f->name; f++)
        taken = taken || strcmp(f->name, name) == 0;
    if (plain && !taken)
        xbuf_append_str(out, str_of(name));
    else if (!strchr(name, '"'))
        xbuf_printf(out, "score.\"%s\"", name);
    else
        xbuf_printf(out, "score.%s", name);
}

/* Both ends of a range belong to it: what is on the border and in the next
 * bin is taken out. */
void
bin_query_range(const struct score_def *def, const struct histogram *h,
                uint32_t bin, struct buf *out)
{
    bool low = h->bad == SCORE_BAD_LOW;
    uint32_t border = low ? bin : bin + 1;
    bool outer = border == (low ? 0 : h->bins);

    put_name(out, def->name);
    if (h->is_scale) {
        xbuf_printf(out, ":%.10g", h->edges[low ? bin + 1 : bin]);
        return;
    }
    xbuf_printf(out, ":%.10g..%.10g", h->edges[bin], h->edges[bin + 1]);
    if (!outer && h->on_cut[histogram_cut_near(h, h->edges[border])]) {
        xbuf_append_str(out, STR_LIT(" -"));
        put_name(out, def->name);
        xbuf_printf(out, ":%.10g", h->edges[border]);
    }
}

void
bin_query_label(const struct score_def *def, struct str label, struct buf *out)
{
    put_name(out, def->name);
    xbuf_append_str(out, STR_LIT(":\""));
    for (size_t i = 0; i < label.len; i++) {
        if (label.ptr[i] == '"') /* doubled inside quotes */
            xbuf_append_str(out, STR_LIT("\""));
        xbuf_append(out, &label.ptr[i], 1);
    }
    xbuf_append_str(out, STR_LIT("\""));
}
