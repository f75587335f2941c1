/* Edits of a text in the form that Dolma's mixer carries out faithfully. */
#include "config.h"

#include "dolma_text.h"

#include "stet/utf8.h"

struct work {
    struct str text;
    struct arena *arena;
    struct dolma_piece *list;
    size_t count, cap;
};

static enum err_code
join(const struct work *work, struct str a, struct str b, struct str *out,
     struct error *err)
{
    char *bytes = arena_bytes(work->arena, a.len + b.len + 1);

    if (!bytes)
        return error_nomem(err);
    if (a.len)
        memcpy(bytes, a.ptr, a.len);
    if (b.len)
        memcpy(bytes + a.len, b.ptr, b.len);
    *out = (struct str){bytes, a.len + b.len};
    return ERR_OK;
}

static enum err_code
push(struct work *work, struct span span, struct str text, struct error *err)
{
    if (work->count == work->cap) {
        size_t cap = work->cap ? 2 * work->cap : 16;
        struct dolma_piece *list =
            arena_alloc(work->arena, cap * sizeof(*list));

        if (!list)
            return error_nomem(err);
        if (work->count)
            memcpy(list, work->list, work->count * sizeof(*list));
        work->list = list;
        work->cap = cap;
    }
    work->list[work->count++] = (struct dolma_piece){span, text, 0};
    return ERR_OK;
}

/* An insert takes in a neighbour: the edit before it that ends there, else the
 * character behind it, or at the text's end the one before it. */
static enum err_code
place_insert(struct work *work, const struct text_edit *edit, struct error *err)
{
    struct dolma_piece *last =
        work->count ? &work->list[work->count - 1] : NULL;
    size_t at = edit->span.start;
    struct span span = {at, at};
    struct str text;
    enum err_code code;

    if (last && last->span.end == at)
        return join(work, last->text, edit->text, &last->text, err);
    if (at < work->text.len) {
        span.end = utf8_next(work->text, at);
        code = join(work, edit->text, str_slice(work->text, at, span.end),
                    &text, err);
    } else {
        span.start = utf8_prev(work->text, at - 1);
        code = join(work, str_slice(work->text, span.start, at), edit->text,
                    &text, err);
    }
    return code ? code : push(work, span, text, err);
}

/* Edits without empty spans. */
static enum err_code
fill_spans(struct work *work, const struct text_edit *edits, size_t count,
           struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < count && !code; i++) {
        const struct text_edit *edit = &edits[i];
        const struct text_edit *next = i + 1 < count ? edit + 1 : NULL;
        struct str text;

        if (edit->span.end > edit->span.start) {
            code = push(work, edit->span, edit->text, err);
        } else if (next && next->span.start == edit->span.start) {
            code = join(work, edit->text, next->text, &text, err);
            if (!code)
                code = push(work, next->span, text, err);
            i++;
        } else {
            code = place_insert(work, edit, err);
        }
    }
    return code;
}

static size_t
count_braces(struct str text)
{
    size_t count = 0;
    size_t at = 0;

    while ((at = str_find(text, STR_LIT("{}"), at)) != SIZE_MAX) {
        count++;
        at += 2;
    }
    return count;
}

/* Take in characters around until there is one for every part that the text
 * is cut into. False: there are too few. */
static enum err_code
widen(struct work *work, struct dolma_piece *piece, struct span room,
      bool *fits, struct error *err)
{
    struct str text = work->text;
    enum err_code code = ERR_OK;

    *fits = true;
    while (!code && *fits) {
        uint64_t has =
            utf8_count(str_slice(text, piece->span.start, piece->span.end));
        uint64_t needs = count_braces(piece->text) + 1;
        struct span span = piece->span;

        if (has >= needs)
            break;
        for (; has < needs && span.end < room.end; has++)
            span.end = utf8_next(text, span.end);
        for (; has < needs && span.start > room.start; has++)
            span.start = utf8_prev(text, span.start - 1);
        *fits = has >= needs;
        code = join(work, str_slice(text, span.start, piece->span.start),
                    piece->text, &piece->text, err);
        if (!code)
            code = join(work, piece->text,
                        str_slice(text, piece->span.end, span.end),
                        &piece->text, err);
        piece->span = span;
    }
    return code;
}

/* Cut a piece within every "{}" of its text. */
static enum err_code
cut(struct work *work, const struct dolma_piece *piece, struct error *err)
{
    struct str rest = piece->text;
    struct span span = piece->span;
    enum err_code code = ERR_OK;
    size_t at;

    while (!code && (at = str_find(rest, STR_LIT("{}"), 0)) != SIZE_MAX) {
        size_t end = utf8_next(work->text, span.start);

        code = push(work, (struct span){span.start, end},
                    str_slice(rest, 0, at + 1), err);
        rest = str_slice(rest, at + 1, rest.len);
        span.start = end;
    }
    return code ? code : push(work, span, rest, err);
}

static enum err_code
cut_braces(struct work *work, bool *fits, struct error *err)
{
    struct dolma_piece *whole = work->list;
    size_t count = work->count;
    enum err_code code = ERR_OK;

    work->list = NULL;
    work->count = work->cap = 0;
    *fits = true;
    for (size_t i = 0; i < count && !code && *fits; i++) {
        struct span room = {
            work->count ? work->list[work->count - 1].span.end : 0,
            i + 1 < count ? whole[i + 1].span.start : work->text.len};

        code = widen(work, &whole[i], room, fits, err);
        if (!code && *fits)
            code = cut(work, &whole[i], err);
    }
    return code;
}

/* Number the texts; false: there are too many. */
static bool
number_texts(struct work *work, unsigned *texts)
{
    const struct dolma_piece *firsts[DOLMA_TEXTS_MAX];
    unsigned count = 0;

    for (size_t i = 0; i < work->count; i++) {
        unsigned at = 0;

        while (at < count && !str_equal(firsts[at]->text, work->list[i].text))
            at++;
        if (at == count) {
            if (count == DOLMA_TEXTS_MAX)
                return false;
            firsts[count++] = &work->list[i];
        }
        work->list[i].number = at;
    }
    *texts = count;
    return true;
}

/* All pieces as one, with what lies between them. */
static enum err_code
merge(struct work *work, struct error *err)
{
    struct span span = work->list[0].span;
    struct buf text = {0};
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < work->count && !code; i++) {
        const struct dolma_piece *piece = &work->list[i];

        if (i > 0)
            code = buf_append_str(
                &text, str_slice(work->text, span.end, piece->span.start), err);
        if (!code)
            code = buf_append_str(&text, piece->text, err);
        span.end = piece->span.end;
    }
    work->count = 0;
    if (!code)
        code = push(work, span, arena_copy(work->arena, buf_str(&text)), err);
    if (!code && !work->list[0].text.ptr)
        code = error_nomem(err);
    buf_release(&text);
    return code;
}

enum err_code
dolma_pieces_make(struct str text, const struct text_edit *edits, size_t count,
                  struct arena *arena, struct dolma_pieces *out,
                  struct error *err)
{
    struct work work = {.text = text, .arena = arena};
    struct dolma_pieces made = {0};
    enum err_code code = ERR_OK;

    if (count && text.len) {
        code = fill_spans(&work, edits, count, err);
        if (!code)
            code = cut_braces(&work, &made.fits, err);
        if (!code && made.fits && !number_texts(&work, &made.texts)) {
            code = merge(&work, err);
            if (!code)
                code = cut_braces(&work, &made.fits, err);
            made.fits = made.fits && number_texts(&work, &made.texts);
        }
    }
    if (code)
        return code;
    made.list = work.list;
    made.count = work.count;
    *out = made;
    return ERR_OK;
}
