/* Finds documents by what makes an item: source and id, and the text's hash.
 * Lines equal in these form a group: they are one item in several places, and
 * what holds for one holds for all. A document that is no item of the patch
 * set may still be one whose text or id changed: such candidates are kept by
 * text and by (source, id), so that a look-up costs the same however many
 * lines share a text. */
#include "config.h"

#include "locate.h"

#include <stdlib.h>

#include "locate_table.h"

/* An addition may be in a shard of any mapping. */
#define ANY_MAPPING UINT32_MAX

struct group {
    uint32_t key, guard, after; /* buckets; key: NONE without an id */
    bool is_addition;
    bool is_drop;
    uint32_t first_line, last_line, lines;
    uint32_t exact; /* places that are this item for certain */
    uint32_t done;  /* of them with the text that the patch makes */
};

struct candidate {
    struct place place;
    uint32_t next;
};

struct locator {
    const struct patch_set *set;
    bool by_text;
    struct hasher *hasher;
    struct group *groups;
    uint32_t group_count;
    uint32_t *line_next; /* per line: the next of its group */
    struct line_where *where;
    struct buckets texts, keys;
    struct entries items;
    struct filter known_texts, known_keys;
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

/* The same for the filter, without the cost of SHA-256 (FNV-1a). */
static uint64_t
mix_key(struct str source, struct str id_token)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ source.len;

    for (size_t i = 0; i < source.len; i++)
        hash = (hash ^ (unsigned char)source.ptr[i]) * 0x100000001b3;
    for (size_t i = 0; i < id_token.len; i++)
        hash = (hash ^ (unsigned char)id_token.ptr[i]) * 0x100000001b3;
    return hash ^ hash >> 32;
}

/* One hash of two, under a mapping. */
static struct hash
join(struct hasher *hasher, const struct hash *a, const struct hash *b,
     uint32_t mapping)
{
    hasher_update(hasher, a->bytes, sizeof(a->bytes));
    if (b)
        hasher_update(hasher, b->bytes, sizeof(b->bytes));
    hasher_update(hasher, &mapping, sizeof(mapping));
    return hasher_take(hasher);
}

/* The group of a line with this item, or NONE. */
static uint32_t
find_group(const struct locator *locator, const struct hash *item,
           bool is_addition)
{
    const struct entries *items = &locator->items;

    for (uint32_t at = entry_first(items, item); at != NONE;
         at = entry_next(items, at, item))
        if (items->list[at].state == TEXT_GUARD &&
            locator->groups[items->list[at].group].is_addition == is_addition)
            return items->list[at].group;
    return NONE;
}

/* Source and id, as a mapping gives them. */
struct identity {
    struct hash key;
    uint32_t mapping;
};

static bool
add_text(struct locator *locator, const struct identity *identity,
         const struct hash *text, struct entry entry, uint32_t *bucket)
{
    struct hash named = join(locator->hasher, text, NULL, identity->mapping);
    uint32_t at = bucket_make(&locator->texts, &named);

    filter_add(&locator->known_texts, hash_prefix(text));
    if (bucket)
        *bucket = at;
    entry.hash = join(locator->hasher, &identity->key, text, identity->mapping);
    return at != NONE && entry_add(&locator->items, entry);
}

/* A group for a new item, known by all its texts. */
static bool
add_group(struct locator *locator, const struct patch *patch,
          const struct identity *identity)
{
    uint32_t number = locator->group_count++;
    struct group *group = &locator->groups[number];
    struct entry entry = {.group = number, .state = TEXT_GUARD};
    const struct hash *guard =
        patch->is_addition ? &patch->after.hash : &patch->guard.hash;
    bool fine;

    *group = (struct group){.key = NONE,
                            .after = NONE,
                            .is_addition = patch->is_addition,
                            .is_drop = patch_drops(patch),
                            .first_line = NONE};
    fine = add_text(locator, identity, guard, entry, &group->guard);
    entry.state = TEXT_AFTER;
    if (fine && !patch->is_addition && patch->has_after &&
        !hash_equal(&patch->after.hash, guard))
        fine = add_text(locator, identity, &patch->after.hash, entry,
                        &group->after);
    entry.state = TEXT_FORMER;
    for (uint32_t i = 0; fine && i < patch->former_count; i++) {
        entry.former = i;
        fine = add_text(locator, identity, &patch->formers[i].id.hash, entry,
                        NULL);
    }
    if (fine && patch->id_token.ptr) {
        struct hash named =
            join(locator->hasher, &identity->key, NULL, identity->mapping);

        filter_add(&locator->known_keys,
                   mix_key(patch->source, patch->id_token));
        group->key = bucket_make(&locator->keys, &named);
        fine = group->key != NONE;
    }
    return fine;
}

static uint32_t
mapping_of(const struct patch_set *set, const struct patch *patch)
{
    size_t shard =
        patch->is_addition ? SIZE_MAX : patch_set_shard(set, patch->shard);

    return shard == SIZE_MAX ? ANY_MAPPING
                             : (uint32_t)set->header.shards[shard].mapping;
}

static bool
index_line(struct locator *locator, uint32_t line, const struct patch *patch)
{
    struct identity identity = {
        key_of(locator->hasher, patch->source, patch->id_token),
        mapping_of(locator->set, patch)};
    struct hash item =
        join(locator->hasher, &identity.key,
             patch->is_addition ? &patch->after.hash : &patch->guard.hash,
             identity.mapping);
    uint32_t number = find_group(locator, &item, patch->is_addition);
    struct group *group = NULL;

    if (number == NONE) {
        number = locator->group_count;
        if (!add_group(locator, patch, &identity))
            return false;
    }
    group = &locator->groups[number];
    locator->line_next[line] = NONE;
    if (group->first_line == NONE)
        group->first_line = line;
    else
        locator->line_next[group->last_line] = line;
    group->last_line = line;
    group->lines++;
    locator->texts.list[group->guard].lines++;
    if (group->after != NONE)
        locator->texts.list[group->after].lines++;
    if (group->key != NONE)
        locator->keys.list[group->key].lines++;
    return true;
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

        arena_reset(&arena);
        code = patch_parse(set->lines[i], &arena, &patch, err);
        if (!code && !index_line(locator, (uint32_t)i, &patch))
            code = error_nomem(err);
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
             !slots_init(&locator->texts.slots, 2 * count) ||
             !slots_init(&locator->keys.slots, count) ||
             !slots_init(&locator->items.slots, 2 * count) ||
             !filter_init(&locator->known_texts, 2 * count) ||
             !filter_init(&locator->known_keys, count))
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
    buckets_release(&locator->texts);
    buckets_release(&locator->keys);
    entries_release(&locator->items);
    free(locator->known_texts.words);
    free(locator->known_keys.words);
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

/* A document that may be one of the bucket's if no better one is found. No
 * more are kept than can be used; the count says how many there were. */
static bool
add_candidate(struct locator *locator, struct bucket *bucket,
              struct place place)
{
    uint32_t at = locator->candidate_count;

    if (bucket->seen++ >= bucket->lines)
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
    if (bucket->first == NONE)
        bucket->first = at;
    else
        locator->candidates[bucket->last].next = at;
    bucket->last = at;
    return true;
}

/* Places of the items that the document is. */
static bool
see_item(struct locator *locator, const struct hash *item, struct place place,
         bool *found)
{
    const struct entries *items = &locator->items;

    for (uint32_t at = entry_first(items, item); at != NONE;
         at = entry_next(items, at, item)) {
        const struct entry *entry = &items->list[at];
        struct group *group = &locator->groups[entry->group];

        *found = true;
        if (group->is_addition && group->exact)
            continue;
        place.state = entry->state;
        place.former = entry->former;
        group->exact++;
        group->done += entry->state == TEXT_AFTER;
        if (!add_place(locator, entry->group, place))
            return false;
    }
    return true;
}

bool
locator_knows(const struct locator *locator, const struct sighting *sighting)
{
    return filter_has(&locator->known_texts,
                      hash_prefix(&sighting->text_hash)) ||
           (sighting->id_token.ptr &&
            filter_has(&locator->known_keys,
                       mix_key(sighting->source, sighting->id_token)));
}

static enum err_code
see(struct locator *locator, struct place place,
    const struct sighting *sighting, struct error *err)
{
    struct hasher *hasher = locator->hasher;
    uint32_t mapping = sighting->mapping;
    struct hash named = join(hasher, &sighting->text_hash, NULL, mapping);
    uint32_t text = bucket_find(&locator->texts, &named);
    struct hash key = key_of(hasher, sighting->source, sighting->id_token);
    uint32_t known = NONE;
    bool found = false;

    if (text != NONE) {
        struct hash item = join(hasher, &key, &sighting->text_hash, mapping);

        if (!see_item(locator, &item, place, &found))
            return error_nomem(err);
    }
    if (!found && locator->set->counts.additions && sighting->id_token.ptr) {
        struct hash item =
            join(hasher, &key, &sighting->text_hash, ANY_MAPPING);

        if (!see_item(locator, &item, place, &found))
            return error_nomem(err);
    }
    /* A document that is known for certain is nobody else's. */
    if (found)
        return ERR_OK;
    if (sighting->id_token.ptr) {
        named = join(hasher, &key, NULL, mapping);
        known = bucket_find(&locator->keys, &named);
    }
    if ((known != NONE &&
         !add_candidate(locator, &locator->keys.list[known], place)) ||
        (text != NONE &&
         !add_candidate(locator, &locator->texts.list[text], place)))
        return error_nomem(err);
    return ERR_OK;
}

enum err_code
locator_see(struct locator *locator, uint32_t shard,
            const struct sighting *sighting, bool *kept, struct error *err)
{
    struct place place = {
        shard, NONE, sighting->record, sighting->mapping, TEXT_CHANGED, 0,
        false, false};
    size_t places = locator->place_count;
    uint32_t candidates = locator->candidate_count;
    enum err_code code = ERR_OK;

    if (locator_knows(locator, sighting))
        code = see(locator, place, sighting, err);
    *kept =
        locator->place_count > places || locator->candidate_count > candidates;
    return code;
}

static void
set_fate(struct locator *locator, uint32_t group, enum line_fate fate,
         const char *why)
{
    uint32_t line = locator->groups[group].first_line;

    for (; line != NONE; line = locator->line_next[line])
        locator->where[line] = (struct line_where){fate, why};
}

/* How many groups look for candidates of a text, or of a source and id. */
static void
count_missing(struct locator *locator)
{
    for (uint32_t i = 0; i < locator->group_count; i++) {
        const struct group *group = &locator->groups[i];

        if (group->exact || group->is_addition)
            continue;
        locator->texts.list[group->guard].groups++;
        if (group->after != NONE)
            locator->texts.list[group->after].groups++;
        if (group->key != NONE)
            locator->keys.list[group->key].groups++;
    }
}

/* The documents that have the group's text under another source or id. */
static bool
assign_text(struct locator *locator, uint32_t number)
{
    const struct group *group = &locator->groups[number];
    const struct bucket *bucket = &locator->texts.list[group->guard];
    enum text_state state = TEXT_GUARD;

    if (bucket->seen == 0 && group->after != NONE) {
        bucket = &locator->texts.list[group->after];
        state = TEXT_AFTER;
    }
    if (bucket->seen == 0) {
        set_fate(locator, number, LINE_MISSING,
                 "no document has this source and id, or this text");
        return true;
    }
    if (bucket->groups > 1 || bucket->seen != group->lines) {
        set_fate(locator, number, LINE_AMBIGUOUS,
                 "source and id are gone, and several documents have this "
                 "text");
        return true;
    }
    for (uint32_t at = bucket->first; at != NONE;
         at = locator->candidates[at].next) {
        struct place place = locator->candidates[at].place;

        place.state = state;
        if (!add_place(locator, number, place))
            return false;
    }
    return true;
}

/* For a group without a place: the candidates, when they can be told apart. */
static bool
assign_candidates(struct locator *locator, uint32_t number)
{
    const struct group *group = &locator->groups[number];
    const struct bucket *bucket =
        group->key == NONE ? NULL : &locator->keys.list[group->key];

    if (group->is_addition) {
        set_fate(locator, number, LINE_MISSING, "not added yet");
        return true;
    }
    if (group->is_drop || (!locator->by_text && !(bucket && bucket->seen))) {
        bool changed = bucket && bucket->seen;

        set_fate(locator, number, changed ? LINE_AMBIGUOUS : LINE_MISSING,
                 changed ? "the text changed since it was judged"
                         : "no document has this source, id and text");
        return true;
    }
    if (!bucket || bucket->seen == 0)
        return assign_text(locator, number);
    if (bucket->seen > 1 || bucket->groups > 1 || group->lines > 1) {
        set_fate(locator, number, LINE_AMBIGUOUS,
                 "the text changed, and several documents have this source "
                 "and id");
        return true;
    }
    return add_place(locator, number, locator->candidates[bucket->first].place);
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
    else if (state == TEXT_GUARD ||
             (state == TEXT_FORMER && group->key != NONE))
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
    for (size_t i = 0; i < locator->place_count; i++) {
        const struct group *group = &locator->groups[locator->place_group[i]];
        struct place *place = &locator->places[i];

        place->unsure = place->state == TEXT_AFTER && group->key == NONE &&
                        group->done > group->lines;
    }
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
locator_assign(struct locator *locator, bool by_text, struct place **places,
               size_t *count, const struct line_where **lines,
               struct error *err)
{
    locator->by_text = by_text;
    count_missing(locator);
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
