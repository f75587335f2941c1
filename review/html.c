/* Text made harmless for a page: first as for a terminal, then for markup. */
#include "config.h"

#include "review/html.h"

#include <stdio.h>

#include "stet/width.h"

void
html_text(struct buf *out, struct str text, size_t cells)
{
    struct buf safe = {0};

    width_escape(text, cells, &safe);
    for (size_t i = 0; i < safe.len; i++) {
        switch (safe.ptr[i]) {
        case '&':
            xbuf_append_str(out, STR_LIT("&amp;"));
            break;
        case '<':
            xbuf_append_str(out, STR_LIT("&lt;"));
            break;
        case '>':
            xbuf_append_str(out, STR_LIT("&gt;"));
            break;
        case '"':
            xbuf_append_str(out, STR_LIT("&quot;"));
            break;
        case '\'':
            xbuf_append_str(out, STR_LIT("&#39;"));
            break;
        default:
            xbuf_append(out, safe.ptr + i, 1);
        }
    }
    buf_release(&safe);
}

void
html_count(struct buf *out, uint64_t count)
{
    char digits[24];
    size_t len = (size_t)snprintf(digits, sizeof(digits), "%llu",
                                  (unsigned long long)count);

    for (size_t i = 0; i < len; i++)
        xbuf_printf(out, "%s%c", i > 0 && (len - i) % 3 == 0 ? "," : "",
                    digits[i]);
}

void
html_put(struct buf *out, const char *markup)
{
    xbuf_append_str(out, str_of(markup));
}

void
html_figure_open(struct buf *out)
{
    html_put(out, "<figure>");
}

void
html_figure_close(struct buf *out, const char *caption)
{
    html_put(out, "<figcaption>");
    html_text(out, str_of(caption), 0);
    html_put(out, "</figcaption></figure>\n");
}

void
html_cell(struct buf *out, uint64_t count)
{
    html_put(out, "<td class=\"n\">");
    html_count(out, count);
    html_put(out, "</td>");
}
