/* "Unknown field": says so, with the names that look most like it. */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>

#include "search_eval.h"

#define NAME_MAX_COMPARED 48
#define SUGGESTIONS_MAX 3

struct suggestion {
    struct str name;
    size_t distance;
};

struct suggestions {
    struct str wanted;
    size_t limit; /* farther names are of no use */
    struct suggestion best[SUGGESTIONS_MAX];
    size_t count;
};

static char
lower(char byte)
{
    if (byte == '_' || byte == '/')
        return '-';
    return (char)tolower((unsigned char)byte);
}

/* Edit distance (Levenshtein), case and separators aside. */
static size_t
distance(struct str a, struct str b)
{
    size_t row[NAME_MAX_COMPARED + 1];

    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t best =
                diagonal + (lower(a.ptr[i - 1]) != lower(b.ptr[j - 1]));

            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[b.len];
}

/* A name that holds the wanted one counts as near: "toxic" finds
 * "perspective_toxicity". */
static bool
holds(struct str name, struct str wanted)
{
    if (wanted.len < 3)
        return false;
    for (size_t at = 0; at + wanted.len <= name.len; at++) {
        size_t i = 0;

        while (i < wanted.len &&
               lower(name.ptr[at + i]) == lower(wanted.ptr[i]))
            i++;
        if (i == wanted.len)
            return true;
    }
    return false;
}

static void
offer(struct suggestions *list, struct str name)
{
    struct suggestion item = {name, 0};
    size_t at;

    if (name.len > NAME_MAX_COMPARED || list->wanted.len > NAME_MAX_COMPARED)
        return;
    item.distance = distance(list->wanted, name);
    if (item.distance > list->limit && holds(name, list->wanted))
        item.distance = list->limit;
    if (item.distance > list->limit)
        return;
    for (at = list->count; at > 0; at--)
        if (list->best[at - 1].distance <= item.distance)
            break;
    if (at == SUGGESTIONS_MAX)
        return;
    if (list->count < SUGGESTIONS_MAX)
        list->count++;
    for (size_t i = list->count - 1; i > at; i--)
        list->best[i] = list->best[i - 1];
    list->best[at] = item;
}

static bool
is_capital(const char *name)
{
    return name[0] >= 'A' && name[0] <= 'Z';
}

/* The name could be several scores: which. */
static enum err_code
ambiguous(const struct search *search, struct str name, size_t at,
          const unsigned *found, size_t count, struct error *err)
{
    struct buf text = {0};

    for (size_t i = 0; i < count; i++)
        xbuf_printf(&text, "%s\"%s\"", i ? " or " : "",
                    index_score_def(search->index, found[i])->name);
    error_set_at(err, ERR_USAGE, at, "%.*s could be %s; write it so, in quotes",
                 STR_FMT(name), xbuf_cstr(&text));
    buf_release(&text);
    return err->code;
}

enum err_code
search_unknown(const struct search *search, struct str name, size_t at,
               bool only_scores, struct error *err)
{
    unsigned found[SUGGESTIONS_MAX];
    size_t matches =
        index_score_candidates(search->index, name, found, SUGGESTIONS_MAX);
    size_t count = index_score_count(search->index);
    struct suggestions list = {.wanted = name, .limit = 1 + name.len / 4};
    struct buf text = {0};

    if (matches > 1)
        return ambiguous(search, name, at, found,
                         matches < SUGGESTIONS_MAX ? matches : SUGGESTIONS_MAX,
                         err);
    if (str_starts_with(name, STR_LIT("score.")))
        list.wanted = str_slice(name, sizeof("score.") - 1, name.len);
    for (size_t i = 0; i < count; i++)
        offer(&list, str_of(index_score_def(search->index, (unsigned)i)->name));
    for (const struct query_help *row = query_fields; !only_scores && row->name;
         row++)
        if (!is_capital(row->name))
            offer(&list, str_of(row->name));
    for (size_t i = 0; i < list.count; i++) {
        xbuf_printf(&text, "%s", i ? ", " : "");
        xbuf_append_str(&text, list.best[i].name);
    }
    error_set_at(err, ERR_USAGE, at, "unknown %s: %.*s%s%s%s",
                 only_scores ? "score" : "field", STR_FMT(name),
                 list.count ? "; did you mean " : "",
                 list.count ? xbuf_cstr(&text) : "",
                 list.count    ? "?"
                 : only_scores ? ""
                               : "; put it in quotes if it is text");
    buf_release(&text);
    return err->code;
}

enum err_code
search_score(const struct search *search, struct str name, size_t at,
             unsigned *score, struct error *err)
{
    struct str bare = name;

    if (index_score_find(search->index, name, score))
        return ERR_OK;
    if (str_starts_with(name, STR_LIT("score.")))
        bare = str_slice(name, sizeof("score.") - 1, name.len);
    if (index_score_find(search->index, bare, score))
        return ERR_OK;
    return search_unknown(search, bare, at, true, err);
}
