/* The document's head line. What does not fit is left out from the end of a
 * list that begins with what matters most. */
#include "config.h"

#include "tui/pane_head.h"

#include <stdio.h>

#include "tui/pane_list.h"

#define ID_LEAST 8 /* cells */
#define ID_MOST 40
#define SOURCE_MOST 20
#define REASON_MOST 40
#define CHOSEN_MOST 24
#define FACTS_MAX 20

/* Our own words; bounds of each in one buffer. */
struct facts {
    struct buf text;
    size_t ends[FACTS_MAX];
    size_t count;
};

/* What was appended since the last one is a fact. */
static void
end_fact(struct facts *facts)
{
    size_t before = facts->count ? facts->ends[facts->count - 1] : 0;

    if (facts->text.len > before && facts->count < FACTS_MAX)
        facts->ends[facts->count++] = facts->text.len;
}

static void
add_fact(struct facts *facts, const char *words)
{
    xbuf_append_str(&facts->text, str_of(words));
    end_fact(facts);
}

static void
add_count(struct facts *facts, size_t count, const char *one, const char *many)
{
    char digits[BAR_COUNT];

    if (count == 0)
        return;
    bar_count(count, digits);
    xbuf_printf(&facts->text, "  %s %s", digits, count == 1 ? one : many);
    end_fact(facts);
}

/* "  18.2 kB" */
static void
add_size(struct facts *facts, size_t bytes)
{
    if (bytes < 1000)
        xbuf_printf(&facts->text, "  %zu B", bytes);
    else if (bytes < 1000000)
        xbuf_printf(&facts->text, "  %.1f kB", (double)bytes / 1e3);
    else
        xbuf_printf(&facts->text, "  %.1f MB", (double)bytes / 1e6);
    end_fact(facts);
}

/* "  ESCALATED by kim: too private?", for leads; else the word. */
static void
add_escalated(struct facts *facts, struct desk *desk,
              const struct desk_document *document)
{
    size_t count = 0;
    const struct annotation *all = desk_everyone(desk, &count);
    struct buf raw = {0};

    if (!(document->effective.flags & STATE_ESCALATED))
        return;
    xbuf_append_str(&facts->text, STR_LIT("  ESCALATED"));
    for (size_t i = count; i > 0; i--) {
        const struct annotation *a = &all[i - 1];

        if (a->kind != ANNOTATION_ESCALATE || a->undone)
            continue;
        xbuf_printf(&raw, " by %.*s", STR_FMT(a->reviewer));
        if (a->reason.len > 0 && !document->masked)
            xbuf_printf(&raw, ": %.*s", STR_FMT(a->reason));
        break;
    }
    width_escape(buf_str(&raw), REASON_MOST, &facts->text);
    buf_release(&raw);
    end_fact(facts);
}

static void
add_warnings(struct facts *facts, struct desk *desk,
             const struct desk_document *document)
{
    const struct document *inner = document->document;
    unsigned flags = document->mine.flags;

    add_escalated(facts, desk, document);
    if (document->text_changed)
        add_fact(facts, "  TEXT CHANGED since it was judged");
    if (document->draft.ptr)
        add_fact(facts, "  DRAFT");
    if (document->proposal_count)
        add_fact(facts, "  PROPOSAL");
    if (flags & STATE_SENT_BACK)
        add_fact(facts, "  SENT BACK (:audit says why)");
    add_count(facts, document->hidden, "hidden character", "hidden characters");
    if (document->right_to_left)
        add_fact(facts, "  right-to-left, in logical order");
    if (inner->flags & DOC_BAD_UTF8)
        add_fact(facts, "  bad UTF-8: read-only");
    else if (inner->flags & DOC_FIXED_TEXT)
        add_fact(facts, "  read-only");
    if (flags & STATE_NOTED)
        add_fact(facts, "  noted");
}

/* How much of the text is above the screen's end. Nothing of a covered one. */
static void
add_percent(struct facts *facts, const struct work *work,
            const struct desk_document *document)
{
    const struct text_pane *pane = &work->text;
    size_t start;
    size_t end;

    if (document->masked || pane->text.len == 0)
        return;
    text_pane_visible(pane, &start, &end);
    xbuf_printf(&facts->text, "  %zu%%", end * 100 / pane->text.len);
    end_fact(facts);
}

static void
add_line(struct facts *facts, const struct work *work,
         const struct desk_document *document)
{
    const struct text_pane *pane = &work->text;
    char line[BAR_COUNT];
    char lines[BAR_COUNT];

    if (document->masked || document->lines < 2)
        return;
    bar_count(pane->top_number, line);
    bar_count(document->lines, lines);
    xbuf_printf(&facts->text, "  line %s of %s", line, lines);
    end_fact(facts);
}

/* What a colour alone would tell otherwise. */
static void
add_chosen(struct facts *facts, const struct work *work)
{
    struct str text = work->text.text;
    struct span span;

    if (!work->choice.active || text.len == 0)
        return;
    span = span_chosen(&work->choice, text);
    xbuf_append_str(&facts->text, STR_LIT("  chosen: "));
    width_escape(str_slice(text, span.start, span.end), CHOSEN_MOST,
                 &facts->text);
    end_fact(facts);
}

static void
add_facts(struct facts *facts, const struct work *work,
          const struct desk_document *document)
{
    const struct document *inner = document->document;

    if (!document->masked) {
        work_find_words(work, &facts->text);
        end_fact(facts);
        add_chosen(facts, work);
    }
    add_size(facts, inner->text.len);
    add_percent(facts, work, document);
    add_warnings(facts, work->view.app->desk, document);
    add_line(facts, work, document);
    if (!document->masked)
        add_count(facts, document->hit_count, "hit", "hits");
    if (!document->scores_hidden && !document->masked)
        add_count(facts, inner->span_count, "span", "spans");
    if (document->places > 1)
        add_count(facts, document->places, "place", "places");
}

/* Where the last piece begins that `cells` cells before the end can hold. */
static size_t
tail_start(struct str text, unsigned cells, size_t total)
{
    size_t skip = total > cells ? total - cells : 0;
    size_t at = 0;
    size_t column = 0;

    while (at < text.len && column < skip) {
        struct piece piece = width_piece(text, at, false);

        /* newline and tab are drawn as marks of two */
        column += piece.kind == PIECE_NEWLINE || piece.kind == PIECE_TAB
                      ? 2
                      : piece.cells;
        at = piece.end;
    }
    return at;
}

void
head_elide(struct str text, unsigned cells, struct buf *out)
{
    size_t total = width_cells(text);
    unsigned tail = cells / 2;
    unsigned head = cells > tail ? cells - tail - 1 : 0;
    size_t at = 0;
    unsigned column = 0;

    if (total <= cells) {
        xbuf_append_str(out, text);
        return;
    }
    while (at < text.len) {
        struct piece piece = width_piece(text, at, false);
        unsigned wide = piece.kind == PIECE_NEWLINE || piece.kind == PIECE_TAB
                            ? 2
                            : piece.cells;

        if (column + wide > head)
            break;
        column += wide;
        at = piece.end;
    }
    xbuf_append_str(out, str_slice(text, 0, at));
    if (cells > 0)
        xbuf_append_str(out, STR_LIT("~"));
    at = tail_start(text, tail, total);
    xbuf_append_str(out, str_slice(text, at, text.len));
}

static unsigned
draw_name(const struct desk_document *document, struct grid *grid, unsigned col,
          unsigned room)
{
    const struct document *inner = document->document;
    struct buf name = {0};

    head_elide(inner->id, room < ID_MOST ? room : ID_MOST, &name);
    col += grid_put_data(grid, 0, col, room, STYLE_DATA_TITLE, buf_str(&name));
    buf_release(&name);
    if (document->mine.tags.len > 0) {
        col = grid_put(grid, 0, col, STYLE_NORMAL, " +");
        col += grid_put_data(grid, 0, col, 24, STYLE_DATA, document->mine.tags);
    }
    return col;
}

/* Facts while they fit; the first always shows, cut if need be. */
static unsigned
draw_facts(const struct facts *facts, struct grid *grid, unsigned col)
{
    size_t start = 0;

    for (size_t i = 0; i < facts->count; i++) {
        struct str fact =
            str_slice(buf_str(&facts->text), start, facts->ends[i]);
        char words[96];

        start = facts->ends[i];
        (void)snprintf(words, sizeof(words), "%.*s", STR_FMT(fact));
        if (i > 0 && col + width_cells(str_of(words)) >= grid->clip.cols)
            continue;
        col = grid_put(grid, 0, col, STYLE_NORMAL, words);
    }
    return col;
}

/* " in SOURCE  en  #9f31c2ab", as far as there is room. */
static unsigned
draw_origin(const struct desk_document *document, struct grid *grid,
            unsigned col)
{
    const struct document *inner = document->document;
    char hex[HASH_HEX_SIZE];

    if (inner->lang.len > 0 && col + 8 < grid->clip.cols) {
        col = grid_put(grid, 0, col, STYLE_NORMAL, "  ");
        col += grid_put_data(grid, 0, col, 5, STYLE_DATA, inner->lang);
    }
    if (inner->source.len > 0 && col + SOURCE_MOST + 4 < grid->clip.cols) {
        struct buf name = {0};

        head_elide(inner->source, SOURCE_MOST, &name);
        col = grid_put(grid, 0, col, STYLE_NORMAL, "  ");
        col += grid_put_data(grid, 0, col, SOURCE_MOST, STYLE_DATA,
                             buf_str(&name));
        buf_release(&name);
    }
    if (col + 14 < grid->clip.cols) {
        hash_format(&inner->text_hash, hex);
        hex[8] = '\0';
        col = grid_printf(grid, 0, col, STYLE_DIM, "  #%s", hex);
    }
    return col;
}

void
head_draw(const struct work *work, struct grid *grid)
{
    const struct desk_document *document = desk_document(work->view.app->desk);
    struct facts facts = {0};
    char word[8];
    unsigned col = 3;
    unsigned room;
    unsigned first;

    grid_clip(grid, work->head);
    grid_rule(grid, 0);
    if (!document || !document->document) {
        grid_put(grid, 0, 3, STYLE_DIM, " no document ");
        return;
    }
    add_facts(&facts, work, document);
    if (work->focus_text || work->choice.active)
        grid_put(grid, 0, 0, STYLE_BOLD, ">");
    grid_put(grid, 0, col - 1, STYLE_NORMAL, " ");
    list_state_word(document->mine.verdict, document->mine.flags, word);
    col = grid_put(grid, 0, col, STYLE_BOLD, word);
    col = grid_put(grid, 0, col, STYLE_NORMAL, " ");
    /* the id gives way to the facts, down to ID_LEAST cells */
    first = (unsigned)facts.text.len;
    room = grid->clip.cols > col + first + 2 ? grid->clip.cols - col - first - 2
                                             : 0;
    col = draw_name(document, grid, col, room > ID_LEAST ? room : ID_LEAST);
    col = draw_facts(&facts, grid, col);
    col = draw_origin(document, grid, col);
    grid_put(grid, 0, col, STYLE_NORMAL, " ");
    buf_release(&facts.text);
}
