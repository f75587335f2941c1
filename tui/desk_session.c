/* Where one was: the list, the document and the marks when the desk was left,
 * to go on from there. Kept by document numbers, which one generation of the
 * index keeps; with another one only the list comes back. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "stet/xalloc.h"
#include "tui/desk_state.h"

static const char session_key[] = "last.session";

static int
compare_docs(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* "0-12 40 77-80": runs of document numbers. */
static void
put_marks(const struct list *list, struct buf *out)
{
    uint32_t *docs = xreallocarray(NULL, list->view.marked + 1, sizeof(*docs));
    uint32_t count = 0;

    for (uint32_t i = 0; i < list->view.count && count < list->view.marked; i++)
        if (bits_get(&list->marks, i))
            docs[count++] = list->docs[i];
    qsort(docs, count, sizeof(*docs), compare_docs);
    for (uint32_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count && docs[next] == docs[next - 1] + 1;)
            next++;
        xbuf_printf(out, " %u-%u", (unsigned)docs[i], (unsigned)docs[next - 1]);
    }
    free(docs);
}

void
desk_session_save(struct desk *desk)
{
    const struct list *list = desk->has_aside ? &desk->aside : &desk->list;
    struct buf text = {0};

    if (!list->serial || list->view.partial || !list->view.count)
        return;
    xbuf_printf(
        &text, "%s %llu %u %u %u", list->view.queue.len ? "queue" : "query",
        (unsigned long long)list->generation, (unsigned)list->view.current,
        (unsigned)list->docs[list->view.current], (unsigned)list->view.marked);
    put_marks(list, &text);
    xbuf_append_str(&text, STR_LIT("\n"));
    xbuf_append_str(&text,
                    list->view.queue.len ? list->view.queue : list->view.query);
    desk_memory_put(desk, session_key, buf_str(&text));
    buf_release(&text);
}

static uint64_t
take_number(struct str *text)
{
    uint64_t value = 0;
    size_t len = 0;

    *text = str_trim(*text);
    while (len < text->len && text->ptr[len] >= '0' && text->ptr[len] <= '9')
        value = value * 10 + (uint64_t)(text->ptr[len++] - '0');
    *text = str_slice(*text, len, text->len);
    return value;
}

static bool
read_session(struct desk *desk, struct desk_session *out)
{
    struct str text = desk_memory(desk, session_key);
    size_t line = str_find(text, STR_LIT("\n"), 0);
    struct str head;

    if (line == SIZE_MAX || line < 6)
        return false;
    head = str_slice(text, 6, line);
    *out = (struct desk_session){.is_queue =
                                     str_starts_with(text, STR_LIT("queue ")),
                                 .name = str_slice(text, line + 1, text.len)};
    out->generation = take_number(&head);
    out->row = (uint32_t)take_number(&head);
    out->doc = (uint32_t)take_number(&head);
    out->marked = (uint32_t)take_number(&head);
    out->marks = head;
    return true;
}

bool
desk_session(struct desk *desk, struct desk_session *out)
{
    return desk->list_serials == 0 && read_session(desk, out);
}

void
desk_session_resume(struct desk *desk)
{
    struct desk_session session;

    if (!read_session(desk, &session))
        return;
    if (session.is_queue)
        desk_open_queue(desk, session.name);
    else
        desk_query(desk, session.name);
    desk->resuming = true;
}

static void
mark_docs(struct desk *desk, uint64_t first, uint64_t last)
{
    for (uint32_t row = 0; row < desk->list.view.count; row++)
        if (desk->list.docs[row] >= first && desk->list.docs[row] <= last)
            desk_mark(desk, row, true);
}

static void
take_marks(struct desk *desk, struct str runs)
{
    while ((runs = str_trim(runs)).len) {
        uint64_t first = take_number(&runs);

        if (!runs.len || runs.ptr[0] != '-')
            return;
        runs = str_slice(runs, 1, runs.len);
        mark_docs(desk, first, take_number(&runs));
    }
}

void
desk_session_arrive(struct desk *desk)
{
    struct desk_session session;
    uint32_t row;

    if (!desk->resuming)
        return;
    desk->resuming = false;
    if (!read_session(desk, &session))
        return;
    if (session.generation != desk->list.generation) {
        desk_say(desk, false, "the index is another one: from the start%s",
                 session.marked ? ", without marks" : "");
        return;
    }
    take_marks(desk, session.marks);
    row = list_find_doc(desk, session.doc);
    if (row == UINT32_MAX) /* it has left the list: what came after it */
        row = session.row < desk->list.view.count ? session.row : 0;
    desk_go(desk, row);
}
