/* Finds documents by text hash and by (source, id) in two hash tables over the
 * patch lines. Lines equal in source, id and guard form a group: they are one
 * item in several places, and what holds for one holds for all. */
#include "config.h"

#include "locate.h"

#include <stdlib.h>

#define NONE UINT32_MAX

struct group {
    struct hash key; /* of source and id */
    struct hash guard;
    bool keyed; /* there is an id */
    bool is_addition;
    uint32_t mapping;
    uint32_t first_line, last_line, lines;
    uint32_t exact;   /* places with this key and a known text */
    uint64_t changed; /* places with this key and another text */
    uint64_t foreign; /* places with this text and another key */
    uint32_t first_changed, first_foreign; /* chains of candidates */
    uint32_t last_foreign;
};

/* A hash that leads to a group. */
struct entry {
    struct hash hash;
    uint32_t next, group;
    enum text_state state; /* of texts */
    uint32_t former;
};
struct table {
    uint32_t *heads;
    uint32_t mask;
    struct entry *entries;
    uint32_t count, cap;
};

struct candidate {
    struct place place;
    uint32_t next;
};

struct locator {
    const struct patch_set *set;
    struct hasher *hasher;
    struct group *groups;
    uint32_t group_count;
    uint32_t *line_next; /* per line: the next of its group */
    struct line_where *where;
    struct table texts, keys, idents;
    struct candidate *candidates;
    uint32_t candidate_count, candidate_cap;
    struct place *places;
    size_t place_count, place_cap;
    uint32_t *place_group;
};

/* Source and id as one hash; absent differs from empty. */
static struct hash
key_of(struct hasher *hasher, struct str source, struct str id_token)
{
    uint64_t lens[2] = {source.ptr ? source.len + 1 : 0,
                        id_token.ptr ? id_token.len + 1 : 0};

    hasher_update(hasher, lens, sizeof(lens));
    hasher_update(hasher, source.ptr, source.len);
    hasher_update(hasher, id_token.ptr, id_token.len);
    return hasher_take(hasher);
}

static bool
table_init(struct table *table, size_t expected)
{
    size_t size = 16;

    while (size < 2 * expected && size < ((size_t)1 << 31))
        size *= 2;
    table->heads = malloc(size * sizeof(*table->heads));
    if (!table->heads)
        return false;
    memset(table->heads, 0xff, size * sizeof(*table->heads));
    table->mask = (uint32_t)(size - 1);
    return true;
}

static void
table_release(struct table *table)
{
    free(table->heads);
    free(table->entries);
}

static bool
table_add(struct table *table, struct entry entry)
{
    uint32_t slot = (uint32_t)hash_prefix(&entry.hash) & table->mask;

    if (table->count == table->cap) {
        uint32_t cap = table->cap ? 2 * table->cap : 64;
        struct entry *entries = realloc(table->entries, cap * sizeof(*entries));

        if (!entries)
            return false;
        table->entries = entries;
        table->cap = cap;
    }
    entry.next = table->heads[slot];
    table->entries[table->count] = entry;
    table->heads[slot] = table->count++;
    return true;
}

static uint32_t
table_skip(const struct table *table, uint32_t at, const struct hash *hash)
{
    while (at != NONE && !hash_equal(&table->entries[at].hash, hash))
        at = table->entries[at].next;
    return at;
}

static uint32_t
table_first(const struct table *table, const struct hash *hash)
{
    uint32_t slot = (uint32_t)hash_prefix(hash) & table->mask;

    return table_skip(table, table->heads[slot], hash);
}

static uint32_t
table_next(const struct table *table, uint32_t at, const struct hash *hash)
{
    return table_skip(table, table->entries[at].next, hash);
}

/* The group of a line, made when it is new. */
static uint32_t
group_of(struct locator *locator, const struct patch *patch, uint32_t mapping,
         bool *is_new)
{
    struct hasher *hasher = locator->hasher;
    const struct text_id *guard =
        patch->is_addition ? &patch->after : &patch->guard;
    struct hash key = key_of(hasher, patch->source, patch->id_token);
    struct group *group = NULL;
    struct hash ident;
    uint32_t at;

    hasher_update(hasher, key.bytes, sizeof(key.bytes));
    hasher_update(hasher, guard->hash.bytes, sizeof(guard->hash.bytes));
    hasher_update(hasher, patch->is_addition ? "+" : "=", 1);
    hasher_update(hasher, &mapping, sizeof(mapping));
    ident = hasher_take(hasher);
    at = table_first(&locator->idents, &ident);
    *is_new = at == NONE;
    if (at != NONE)
        return locator->idents.entries[at].group;
    group = &locator->groups[locator->group_count];
    *group = (struct group){.key = key,
                            .guard = guard->hash,
                            .keyed = patch->id_token.ptr != NULL,
                            .is_addition = patch->is_addition,
                            .mapping = mapping,
                            .first_line = NONE,
                            .first_changed = NONE,
                            .first_foreign = NONE,
                            .last_foreign = NONE};
    if (!table_add(
            &locator->idents,
            (struct entry){ident, NONE, locator->group_count, TEXT_GUARD, 0}))
        return NONE;
    return locator->group_count++;
}

/* The hashes by which a group's documents are known. */
static bool
index_group(struct locator *locator, uint32_t number, const struct patch *patch)
{
    const struct group *group = &locator->groups[number];
    bool fine =
        table_add(&locator->texts,
                  (struct entry){group->guard, NONE, number, TEXT_GUARD, 0});

    if (fine && !patch->is_addition && patch->has_after &&
        !hash_equal(&patch->after.hash, &group->guard))
        fine =
            table_add(&locator->texts, (struct entry){patch->after.hash, NONE,
                                                      number, TEXT_AFTER, 0});
    for (size_t i = 0; fine && i < patch->former_count; i++)
        fine = table_add(&locator->texts,
                         (struct entry){patch->formers[i].id.hash, NONE, number,
                                        TEXT_FORMER, (uint32_t)i});
    if (fine && group->keyed)
        fine =
            table_add(&locator->keys, (struct entry){group->key, NONE, number,
                                                     TEXT_CHANGED, 0});
    return fine;
}

static uint32_t
mapping_of(const struct patch_set *set, const struct patch *patch)
{
    size_t shard =
        patch->is_addition ? SIZE_MAX : patch_set_shard(set, patch->shard);

    return shard == SIZE_MAX ? 0 : (uint32_t)set->header.shards[shard].mapping;
}

static enum err_code
index_lines(struct locator *locator, struct error *err)
{
    const struct patch_set *set = locator->set;
    struct arena arena;
    enum err_code code = ERR_OK;

    arena_init(&arena, 0);
    for (size_t i = 0; i < set->count && !code; i++) {
        struct patch patch;
        struct group *group = NULL;
        uint32_t number;
        bool is_new = false;

        arena_reset(&arena);
        code = patch_parse(set->lines[i], &arena, &patch, err);
        if (code)
            break;
        number = group_of(locator, &patch, mapping_of(set, &patch), &is_new);
        if (number == NONE ||
            (is_new && !index_group(locator, number, &patch))) {
            code = error_nomem(err);
            break;
        }
        group = &locator->groups[number];
        locator->line_next[i] = NONE;
        if (group->first_line == NONE)
            group->first_line = (uint32_t)i;
        else
            locator->line_next[group->last_line] = (uint32_t)i;
        group->last_line = (uint32_t)i;
        group->lines++;
    }
    arena_release(&arena);
    return code;
}

enum err_code
locator_new(struct locator **out, const struct patch_set *set,
            struct error *err)
{
    struct locator *locator = calloc(1, sizeof(*locator));
    size_t count = set->count + 1;
    enum err_code code = ERR_OK;

    if (!locator)
        return error_nomem(err);
    locator->set = set;
    locator->hasher = hasher_new();
    locator->groups = calloc(count, sizeof(*locator->groups));
    locator->line_next = calloc(count, sizeof(*locator->line_next));
    locator->where = calloc(count, sizeof(*locator->where));
    if (set->count >= NONE)
        code = error_set(err, ERR_LIMIT, "too many patches");
    else if (!locator->groups || !locator->line_next || !locator->where ||
             !table_init(&locator->texts, 2 * count) ||
             !table_init(&locator->keys, count) ||
             !table_init(&locator->idents, count))
        code = error_nomem(err);
    else
        code = index_lines(locator, err);
    if (code) {
        locator_free(locator);
        return code;
    }
    *out = locator;
    return ERR_OK;
}

void
locator_free(struct locator *locator)
{
    if (!locator)
        return;
    table_release(&locator->texts);
    table_release(&locator->keys);
    table_release(&locator->idents);
    free(locator->groups);
    hasher_free(locator->hasher);
    free(locator->line_next);
    free(locator->where);
    free(locator->candidates);
    free(locator->places);
    free(locator->place_group);
    free(locator);
}

static bool
add_place(struct locator *locator, uint32_t group, struct place place)
{
    if (locator->place_count == locator->place_cap) {
        size_t cap = locator->place_cap ? 2 * locator->place_cap : 64;
        struct place *places = realloc(locator->places, cap * sizeof(*places));
        uint32_t *groups = NULL;

        if (!places)
            return false;
        locator->places = places;
        groups = realloc(locator->place_group, cap * sizeof(*groups));
        if (!groups)
            return false;
        locator->place_group = groups;
        locator->place_cap = cap;
    }
    locator->place_group[locator->place_count] = group;
    locator->places[locator->place_count++] = place;
    return true;
}

/* A document that may be the group's if no better one is found. No more are
 * kept than can be used; the count says how many there were. */
static bool
add_candidate(struct locator *locator, struct group *group, bool changed,
              struct place place)
{
    uint64_t *seen = changed ? &group->changed : &group->foreign;
    uint32_t at = locator->candidate_count;

    if ((*seen)++ >= group->lines)
        return true;
    if (at == locator->candidate_cap) {
        uint32_t cap = at ? 2 * at : 64;
        struct candidate *more =
            realloc(locator->candidates, cap * sizeof(*more));

        if (!more)
            return false;
        locator->candidates = more;
        locator->candidate_cap = cap;
    }
    locator->candidates[at] = (struct candidate){place, NONE};
    locator->candidate_count++;
    if (changed)
        group->first_changed = at;
    else if (group->first_foreign == NONE)
        group->first_foreign = at;
    else
        locator->candidates[group->last_foreign].next = at;
    if (!changed)
        group->last_foreign = at;
    return true;
}

/* Texts with this hash in groups of this key (exact) or of others. */
static bool
see_text(struct locator *locator, const struct hash *text,
         const struct hash *key, bool exact, struct place place, bool *found)
{
    for (uint32_t at = table_first(&locator->texts, text); at != NONE;
         at = table_next(&locator->texts, at, text)) {
        const struct entry *entry = &locator->texts.entries[at];
        struct group *group = &locator->groups[entry->group];

        if (group->mapping != place.mapping ||
            hash_equal(&group->key, key) != exact)
            continue;
        place.state = entry->state;
        place.former = entry->former;
        if (!exact) {
            if (!add_candidate(locator, group, false, place))
                return false;
            continue;
        }
        *found = true;
        group->exact++;
        if (!add_place(locator, entry->group, place))
            return false;
    }
    return true;
}

enum err_code
locator_see(struct locator *locator, uint32_t shard, uint32_t mapping,
            const struct document *document, struct error *err)
{
    struct hash key =
        key_of(locator->hasher, document->source, document->id_token);
    struct place place = {shard,   NONE,         document->record,
                          mapping, TEXT_CHANGED, 0};
    bool found = false;
    bool fine = true;

    if (!see_text(locator, &document->text_hash, &key, true, place, &found))
        return error_nomem(err);
    /* A document that is known for certain is nobody else's. */
    if (found)
        return ERR_OK;
    for (uint32_t at = table_first(&locator->keys, &key); fine && at != NONE;
         at = table_next(&locator->keys, at, &key)) {
        struct group *group = &locator->groups[locator->keys.entries[at].group];

        if (group->mapping == mapping)
            fine = add_candidate(locator, group, true, place);
    }
    if (fine)
        fine =
            see_text(locator, &document->text_hash, &key, false, place, &found);
    return fine ? ERR_OK : error_nomem(err);
}

static void
set_fate(struct locator *locator, uint32_t group, enum line_fate fate,
         const char *why)
{
    uint32_t line = locator->groups[group].first_line;

    for (; line != NONE; line = locator->line_next[line])
        locator->where[line] = (struct line_where){fate, why};
}

/* For a group without an exact place: the candidates, when they can be told
 * apart. */
static bool
assign_candidates(struct locator *locator, uint32_t number)
{
    struct group *group = &locator->groups[number];
    uint32_t line = group->first_line;

    if (group->is_addition) {
        set_fate(locator, number, LINE_MISSING, "not added yet");
        return true;
    }
    if (group->changed > 0) {
        if (group->changed > 1 || group->lines > 1) {
            set_fate(locator, number, LINE_AMBIGUOUS,
                     "the text changed, and several documents have this "
                     "source and id");
            return true;
        }
        return add_place(locator, number,
                         locator->candidates[group->first_changed].place);
    }
    if (group->foreign == 0) {
        set_fate(locator, number, LINE_MISSING,
                 "no document has this source and id, or this text");
        return true;
    }
    if (group->foreign != group->lines) {
        set_fate(locator, number, LINE_AMBIGUOUS,
                 "source and id are gone, and several documents have this "
                 "text");
        return true;
    }
    for (uint32_t at = group->first_foreign; at != NONE;
         at = locator->candidates[at].next, line = locator->line_next[line])
        if (!add_place(locator, number, locator->candidates[at].place))
            return false;
    return true;
}

static int
compare_places(const void *left, const void *right)
{
    const struct place *a = left;
    const struct place *b = right;

    if (a->shard != b->shard)
        return a->shard < b->shard ? -1 : 1;
    if (a->record != b->record)
        return a->record < b->record ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

/* A line for a place, NONE when the place is not meant: a text as the patch
 * would make it counts only for want of one that it would change, for it may
 * be another document. What the reviewer saw counts everywhere: a decision
 * holds for all places. */
static uint32_t
take_line(struct locator *locator, struct group *group, enum text_state state)
{
    uint32_t line = group->first_line;

    if (line != NONE)
        group->first_line = locator->line_next[line];
    else if (state == TEXT_GUARD || (state == TEXT_FORMER && group->keyed))
        line = group->last_line;
    return line;
}

/* Lines to places, in order; places that are not meant are left out. */
static void
number_places(struct locator *locator)
{
    size_t kept = 0;

    for (unsigned state = TEXT_GUARD; state <= TEXT_CHANGED; state++)
        for (size_t i = 0; i < locator->place_count; i++)
            if (locator->places[i].state == state)
                locator->places[i].line = take_line(
                    locator, &locator->groups[locator->place_group[i]], state);
    for (size_t i = 0; i < locator->place_count; i++)
        if (locator->places[i].line != NONE)
            locator->places[kept++] = locator->places[i];
    locator->place_count = kept;
    for (uint32_t i = 0; i < locator->group_count; i++) {
        uint32_t line = locator->groups[i].first_line;

        for (; line != NONE; line = locator->line_next[line])
            if (locator->where[line].fate == LINE_PLACED)
                locator->where[line] = (struct line_where){
                    LINE_MISSING, "fewer documents have this source, id "
                                  "and text than when it was exported"};
    }
}

enum err_code
locator_assign(struct locator *locator, struct place **places, size_t *count,
               const struct line_where **lines, struct error *err)
{
    for (uint32_t i = 0; i < locator->group_count; i++)
        if (locator->groups[i].exact == 0 && !assign_candidates(locator, i))
            return error_nomem(err);
    number_places(locator);
    if (locator->place_count > 1)
        qsort(locator->places, locator->place_count, sizeof(*locator->places),
              compare_places);
    *places = locator->places;
    *count = locator->place_count;
    *lines = locator->where;
    return ERR_OK;
}
