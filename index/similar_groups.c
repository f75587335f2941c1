/* Grouping all documents. Equal hashes join first. Of each set of exact copies
 * one goes on: its signature is cut into eight bands of four bytes, and those
 * that agree in a band and in enough of all bytes are pairs, whose texts are
 * read and compared. Sets are joined as trees (Galler and Fischer 1964). */
#include "config.h"

#include "stet/similar_groups.h"

#include <stdlib.h>
#include <string.h>

#include "index_impl.h"
#include "signatures.h"
#include "similar_cache.h"
#include "similar_read.h"
#include "stet/pool.h"
#include "stet/xalloc.h"

#define BAND_BYTES 4u
#define BANDS (MINHASH_BINS / BAND_BYTES)
#define LEADERS 16u /* of a band's bucket that each is compared with */
#define PAIRS_MAX ((size_t)1 << 22)
#define MATCHES_SLACK 7.6 /* three deviations of 32 bins at 0.8 */
#define PROGRESS_STEP 1024u

struct grouping {
    struct index *index;
    const struct similar_groups_options *options;
    struct similar_groups_report *report;
    uint32_t *parents; /* by document */
    struct minhash *signatures;
    uint64_t *entries; /* of one pass: key and document */
    size_t entry_count;
    uint64_t *pairs; /* two documents each */
    size_t pair_count;
    unsigned least; /* equal bins of a pair */
    struct similar_reader *reader;
    struct shingles a, b;
};

static enum err_code
tell(const struct grouping *grouping, const char *phase, uint64_t done,
     uint64_t total, struct error *err)
{
    if (cancel_is_set(grouping->options->cancel))
        return error_set(err, ERR_CANCELLED, "%s",
                         err_code_text(ERR_CANCELLED));
    if (grouping->options->progress)
        grouping->options->progress(grouping->options->ctx, phase, done, total);
    return ERR_OK;
}

static uint32_t
root_of(struct grouping *grouping, uint32_t doc)
{
    uint32_t *parents = grouping->parents;

    while (parents[doc] != doc) {
        parents[doc] = parents[parents[doc]];
        doc = parents[doc];
    }
    return doc;
}

/* The lower number is the root. */
static void
join(struct grouping *grouping, uint32_t a, uint32_t b)
{
    a = root_of(grouping, a);
    b = root_of(grouping, b);
    if (a < b)
        grouping->parents[b] = a;
    else
        grouping->parents[a] = b;
}

static int
compare_u64(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;

    return (*x > *y) - (*x < *y);
}

static void
sort_entries(uint64_t *list, size_t count)
{
    if (count > 1)
        qsort(list, count, sizeof(*list), compare_u64);
}

/* Call `take` for each block of documents of all partitions. */
typedef enum err_code take_block(struct grouping *grouping,
                                 const struct open_partition *part,
                                 uint32_t first, uint32_t count,
                                 struct error *err);

static enum err_code
each_block(struct grouping *grouping, const char *phase, take_block *take,
           struct error *err)
{
    const struct index *index = grouping->index;
    enum err_code code = ERR_OK;

    for (unsigned p = 0; code == ERR_OK && p < index->partition_count; p++) {
        const struct open_partition *part = &index->partitions[p];
        uint32_t count = part->end - part->first;

        for (uint32_t at = 0; code == ERR_OK && at < count; at += PACK_BLOCK) {
            code = tell(grouping, phase, part->first + at, index->count, err);
            if (code == ERR_OK)
                code = take(grouping, part, at,
                            count - at < PACK_BLOCK ? count - at : PACK_BLOCK,
                            err);
        }
    }
    return code;
}

/* 32 bits of the hash and the document: those that are equal are compared. */
static enum err_code
take_hashes(struct grouping *grouping, const struct open_partition *part,
            uint32_t first, uint32_t count, struct error *err)
{
    struct hash hashes[PACK_BLOCK];
    enum err_code code =
        partition_load_hashes(part->db, first / PACK_BLOCK, hashes, count, err);

    for (uint32_t i = 0; code == ERR_OK && i < count; i++) {
        uint32_t doc = part->first + first + i;

        if (bits_get(&grouping->index->live, doc))
            grouping->entries[grouping->entry_count++] =
                (hash_prefix(&hashes[i]) >> 32) << 32 | doc;
    }
    return code;
}

static enum err_code
take_signatures(struct grouping *grouping, const struct open_partition *part,
                uint32_t first, uint32_t count, struct error *err)
{
    return signatures_load(part->db, first / PACK_BLOCK,
                           &grouping->signatures[part->first + first], count,
                           err);
}

/* Of documents whose hashes begin alike, join those that are equal. */
static enum err_code
join_equal(struct grouping *grouping, const uint64_t *entries, size_t count,
           struct error *err)
{
    for (size_t i = 0; i + 1 < count; i++) {
        uint32_t doc = (uint32_t)entries[i];
        struct document_place x;
        enum err_code code;

        if (root_of(grouping, doc) != doc)
            continue;
        code = index_place(grouping->index, doc, &x, err);
        for (size_t j = i + 1; code == ERR_OK && j < count; j++) {
            struct document_place y;

            code = index_place(grouping->index, (uint32_t)entries[j], &y, err);
            if (code == ERR_OK && hash_equal(&x.text_hash, &y.text_hash))
                join(grouping, doc, (uint32_t)entries[j]);
        }
        if (code != ERR_OK)
            return code;
    }
    return ERR_OK;
}

static size_t
bucket_end(const struct grouping *grouping, size_t at)
{
    uint64_t key = grouping->entries[at] >> 32;

    while (at < grouping->entry_count && grouping->entries[at] >> 32 == key)
        at++;
    return at;
}

static enum err_code
join_exact(struct grouping *grouping, struct error *err)
{
    enum err_code code =
        each_block(grouping, "reading hashes", take_hashes, err);

    if (code != ERR_OK)
        return code;
    sort_entries(grouping->entries, grouping->entry_count);
    for (size_t i = 0; code == ERR_OK && i < grouping->entry_count;) {
        size_t end = bucket_end(grouping, i);

        code = join_equal(grouping, grouping->entries + i, end - i, err);
        i = end;
    }
    return code;
}

static enum err_code
compare_pair(struct grouping *grouping, uint32_t a, uint32_t b, bool *has_a,
             struct error *err)
{
    struct error problem = ERROR_INIT;
    enum err_code code = ERR_OK;

    if (root_of(grouping, a) == root_of(grouping, b))
        return ERR_OK;
    if (!*has_a)
        code = similar_read(grouping->reader, a, &grouping->a, &problem);
    *has_a = code == ERR_OK;
    if (code == ERR_OK)
        code = similar_read(grouping->reader, b, &grouping->b, &problem);
    if (code == ERR_NOMEM)
        return error_nomem(err);
    grouping->report->compared++;
    if (code != ERR_OK)
        grouping->report->unreadable++;
    else if (shingles_jaccard(&grouping->a, &grouping->b) >=
             grouping->options->threshold)
        join(grouping, a, b);
    return ERR_OK;
}

/* Read and compare what was found, each pair once. */
static enum err_code
compare_pairs(struct grouping *grouping, struct error *err)
{
    enum err_code code = ERR_OK;
    bool has_a = false;

    sort_entries(grouping->pairs, grouping->pair_count);
    for (size_t i = 0; code == ERR_OK && i < grouping->pair_count; i++) {
        uint64_t pair = grouping->pairs[i];

        if (i > 0 && pair == grouping->pairs[i - 1])
            continue;
        if (i == 0 || pair >> 32 != grouping->pairs[i - 1] >> 32)
            has_a = false;
        if (i % PROGRESS_STEP == 0)
            code =
                tell(grouping, "comparing texts", i, grouping->pair_count, err);
        if (code == ERR_OK)
            code = compare_pair(grouping, (uint32_t)(pair >> 32),
                                (uint32_t)pair, &has_a, err);
    }
    grouping->pair_count = 0;
    return code;
}

static bool
is_pair(struct grouping *grouping, uint32_t a, uint32_t b)
{
    return minhash_matches(&grouping->signatures[a],
                           &grouping->signatures[b]) >= grouping->least &&
           root_of(grouping, a) != root_of(grouping, b);
}

/* Each with the bucket's first ones that are unlike one another, and with the
 * one before it: not all with all, or a text that is everywhere would take for
 * ever. */
static enum err_code
pair_bucket(struct grouping *grouping, const uint64_t *entries, size_t count,
            struct error *err)
{
    uint32_t leaders[LEADERS];
    unsigned leader_count = 0;
    enum err_code code = ERR_OK;

    for (size_t i = 0; code == ERR_OK && i < count; i++) {
        uint32_t doc = (uint32_t)entries[i];
        bool found = false;

        if (grouping->pair_count + LEADERS + 1 > PAIRS_MAX)
            code = compare_pairs(grouping, err);
        for (unsigned l = 0; l < leader_count; l++)
            if (is_pair(grouping, leaders[l], doc)) {
                grouping->pairs[grouping->pair_count++] =
                    (uint64_t)leaders[l] << 32 | doc;
                found = true;
            }
        if (i > 0 && is_pair(grouping, (uint32_t)entries[i - 1], doc))
            grouping->pairs[grouping->pair_count++] =
                (uint64_t)(uint32_t)entries[i - 1] << 32 | doc;
        if (!found && leader_count < LEADERS)
            leaders[leader_count++] = doc;
    }
    return code;
}

static enum err_code
pair_band(struct grouping *grouping, unsigned band, struct error *err)
{
    enum err_code code =
        tell(grouping, "comparing signatures", band, BANDS, err);

    grouping->entry_count = 0;
    for (uint32_t doc = 0; doc < grouping->index->count; doc++) {
        const struct minhash *signature = &grouping->signatures[doc];
        uint32_t key;

        if (grouping->parents[doc] != doc || minhash_is_none(signature) ||
            !bits_get(&grouping->index->live, doc))
            continue;
        memcpy(&key, signature->bytes + band * BAND_BYTES, BAND_BYTES);
        grouping->entries[grouping->entry_count++] = (uint64_t)key << 32 | doc;
    }
    sort_entries(grouping->entries, grouping->entry_count);
    for (size_t i = 0; code == ERR_OK && i < grouping->entry_count;) {
        size_t end = bucket_end(grouping, i);

        code = pair_bucket(grouping, grouping->entries + i, end - i, err);
        i = end;
    }
    return code;
}

/* Groups in the order of their first documents. */
static void
collect(struct grouping *grouping, struct similar_groups *out)
{
    uint32_t documents = grouping->index->count;
    uint32_t docs = 0;
    size_t count = 0;

    for (uint32_t doc = 0; doc < documents; doc++)
        grouping->entries[count++] =
            (uint64_t)root_of(grouping, doc) << 32 | doc;
    sort_entries(grouping->entries, count);
    out->ends = xcalloc((size_t)documents / 2 + 1, sizeof(*out->ends));
    out->docs = xcalloc((size_t)documents + 1, sizeof(*out->docs));
    grouping->entry_count = count;
    for (size_t i = 0; i < count;) {
        size_t end = bucket_end(grouping, i);

        for (size_t j = i; end - i > 1 && j < end; j++)
            out->docs[docs++] = (uint32_t)grouping->entries[j];
        if (end - i > 1)
            out->ends[out->count++] = docs;
        i = end;
    }
}

static enum err_code
prepare(struct grouping *grouping, struct error *err)
{
    size_t count = (size_t)grouping->index->count + 1;
    double least = grouping->options->threshold * MINHASH_BINS - MATCHES_SLACK;

    grouping->least = least > BAND_BYTES ? (unsigned)least : BAND_BYTES;
    grouping->parents = malloc(count * sizeof(*grouping->parents));
    grouping->signatures = malloc(count * sizeof(*grouping->signatures));
    grouping->entries = malloc(count * sizeof(*grouping->entries));
    grouping->pairs = malloc(PAIRS_MAX * sizeof(*grouping->pairs));
    grouping->reader = similar_reader_new(grouping->index);
    if (!grouping->parents || !grouping->signatures || !grouping->entries ||
        !grouping->pairs)
        return error_nomem(err);
    for (uint32_t doc = 0; doc < grouping->index->count; doc++)
        grouping->parents[doc] = doc;
    return ERR_OK;
}

static void
grouping_release(struct grouping *grouping)
{
    free(grouping->parents);
    free(grouping->signatures);
    free(grouping->entries);
    free(grouping->pairs);
    similar_reader_free(grouping->reader);
    shingles_release(&grouping->a);
    shingles_release(&grouping->b);
}

enum err_code
similar_groups_make(struct index *index,
                    const struct similar_groups_options *options,
                    struct similar_groups *out,
                    struct similar_groups_report *report, struct error *err)
{
    struct grouping grouping = {
        .index = index, .options = options, .report = report};
    enum err_code code;

    *out = (struct similar_groups){0};
    *report = (struct similar_groups_report){0};
    code = prepare(&grouping, err);
    if (code == ERR_OK)
        code = join_exact(&grouping, err);
    if (code == ERR_OK)
        code =
            each_block(&grouping, "reading signatures", take_signatures, err);
    for (unsigned band = 0; code == ERR_OK && band < BANDS; band++)
        code = pair_band(&grouping, band, err);
    if (code == ERR_OK)
        code = compare_pairs(&grouping, err);
    if (code == ERR_OK) {
        collect(&grouping, out);
        code = similar_cache_write(index, options->threshold, out, err);
    }
    if (code != ERR_OK)
        similar_groups_release(out);
    grouping_release(&grouping);
    return code;
}
