/* The index that tests of search run on. */
#include "config.h"

#include "tests/lib/fake_index.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "index/dictionary.h"
#include "index/fts.h"
#include "index/index_reader.h"
#include "stet/db.h"
#include "stet/utf8.h"
#include "stet/xalloc.h"

#define PARTITIONS_MAX 8u

struct index {
    const struct fake_document *documents;
    uint32_t count;
    struct bits live;
    unsigned partition_count;
    struct db *partitions[PARTITIONS_MAX];
    char *paths[PARTITIONS_MAX];
    struct score_def scores[FAKE_SCORES + 1];
};

static void
check(enum err_code code, const struct error *err)
{
    if (code == ERR_OK)
        return;
    (void)fputs(err->message, stderr);
    abort();
}

static void
fill_partition(struct index *index, unsigned partition)
{
    struct error err = ERROR_INIT;
    struct db *db = NULL;
    struct stmt *stmt = NULL;
    char path[] = "/tmp/stet-fake-XXXXXX";
    int fd = mkstemp(path);
    uint32_t first;
    uint32_t end;

    if (fd < 0)
        abort();
    close(fd);
    unlink(path);
    index->paths[partition] = xstrdup(path);
    check(db_open(&db, path, DB_BUILD, &err), &err);
    index->partitions[partition] = db;
    check(fts_register(db, &err), &err);
    check(db_exec(db,
                  "CREATE TABLE dictionary(block INTEGER PRIMARY KEY,"
                  " first BLOB NOT NULL UNIQUE, data BLOB NOT NULL);"
                  "CREATE VIRTUAL TABLE fts USING"
                  " fts5(text, content='', tokenize='stet')",
                  &err),
          &err);
    index_partition_range(index, partition, &first, &end);
    for (uint32_t doc = first; doc < end; doc++) {
        check(db_stmt(db, "INSERT INTO fts(rowid, text) VALUES (?1, ?2)", &stmt,
                      &err),
              &err);
        stmt_bind_int(stmt, 1, doc - first + 1);
        stmt_bind_text(stmt, 2, str_of(index->documents[doc].text));
        check(stmt_run(stmt, &err), &err);
    }
    check(dictionary_fill(db, &err), &err);
}

struct index *
fake_index_new(const struct fake_document *documents, uint32_t count)
{
    return fake_index_split(documents, count, 2);
}

struct index *
fake_index_split(const struct fake_document *documents, uint32_t count,
                 unsigned partitions)
{
    static char names[][12] = {"toxicity", "safety", "self-harm", "category"};
    struct index *index = xcalloc(1, sizeof(*index));
    struct error err = ERROR_INIT;

    index->documents = documents;
    index->count = count;
    index->partition_count =
        partitions < PARTITIONS_MAX ? partitions : PARTITIONS_MAX;
    index->scores[0] = (struct score_def){
        names[0], names[0], SCORE_NUMBER, SCORE_BAD_HIGH, 0, 1, 0.5};
    index->scores[1] = (struct score_def){
        names[1], names[1], SCORE_NUMBER, SCORE_BAD_UNKNOWN, 0, 5, (double)NAN};
    index->scores[2] = (struct score_def){
        names[2],    names[2],    SCORE_NUMBER, SCORE_BAD_LOW,
        (double)NAN, (double)NAN, (double)NAN};
    index->scores[3] = (struct score_def){
        names[3],    names[3],    SCORE_LABEL, SCORE_BAD_UNKNOWN,
        (double)NAN, (double)NAN, (double)NAN};
    check(bits_init(&index->live, count, &err), &err);
    for (uint32_t i = 0; i < count; i++)
        if (!documents[i].dead)
            bits_set(&index->live, i);
    for (unsigned i = 0; i < index->partition_count; i++)
        fill_partition(index, i);
    return index;
}

void
fake_index_free(struct index *index)
{
    for (unsigned i = 0; i < index->partition_count; i++) {
        db_close(index->partitions[i]);
        unlink(index->paths[i]);
        free(index->paths[i]);
    }
    bits_release(&index->live);
    free(index);
}

uint64_t
index_generation(const struct index *index)
{
    (void)index;
    return 7;
}

uint32_t
index_count(const struct index *index)
{
    return index->count;
}

uint32_t
index_live_count(const struct index *index)
{
    return bits_population(&index->live);
}

const struct bits *
index_live(const struct index *index)
{
    return &index->live;
}

unsigned
index_partition_count(const struct index *index)
{
    return index->partition_count;
}

void
index_partition_range(const struct index *index, unsigned partition,
                      uint32_t *first, uint32_t *end)
{
    *first =
        (uint32_t)((uint64_t)index->count * partition / index->partition_count);
    *end = (uint32_t)((uint64_t)index->count * (partition + 1) /
                      index->partition_count);
}

struct db *
index_partition_db(struct index *index, unsigned partition)
{
    return index->partitions[partition];
}

uint32_t
index_shard_count(const struct index *index)
{
    (void)index;
    return 2;
}

const struct index_shard *
index_shard(const struct index *index, uint32_t shard)
{
    static struct index_shard shards[2];

    shards[shard].path = shard ? "web/b.jsonl.zst" : "web/a.jsonl";
    shards[shard].live = true;
    shards[shard].first = shard ? index->count / 2 : 0;
    shards[shard].end = shard ? index->count : index->count / 2;
    return &shards[shard];
}

enum err_code
index_place(struct index *index, uint32_t doc, struct document_place *out,
            struct error *err)
{
    struct str text = str_of(index->documents[doc].text);

    (void)err;
    *out = (struct document_place){.shard = doc >= index->count / 2,
                                   /* its bytes are no record */
                                   .flags = DOC_SEGMENTS,
                                   .text_bytes = (uint32_t)text.len,
                                   .text_cp = (uint32_t)utf8_count(text),
                                   .text_hash = hash_of(text)};
    return ERR_OK;
}

enum err_code
index_identity(struct index *index, uint32_t doc, struct arena *arena,
               struct str *id_token, struct str *source, struct error *err)
{
    const struct fake_document *document = &index->documents[doc];

    (void)err;
    if (document->id_token)
        *id_token = arena_copy(arena, str_of(document->id_token));
    if (document->source)
        *source = arena_copy(arena, str_of(document->source));
    return ERR_OK;
}

enum err_code
index_document(struct index *index, uint32_t doc, struct arena *arena,
               const struct document **out, struct error *err)
{
    struct document *document = arena_alloc(arena, sizeof(*document));

    if (!document)
        return error_nomem(err);
    document->raw = str_of(index->documents[doc].record);
    *out = document;
    return ERR_OK;
}

/* What index/index_reader.h gives to a scan. */
struct index_reader *
index_reader_new(void)
{
    return malloc(1);
}

void
index_reader_free(struct index_reader *reader)
{
    free(reader);
}

/* A record of a test is not its document's: the number goes along. */
enum err_code
index_reader_fetch(struct index_reader *reader, const struct index *index,
                   const struct index_item *item, struct arena *arena,
                   struct buf *raw, struct error *err)
{
    const struct fake_document *document = &index->documents[item->doc];

    (void)reader;
    (void)arena;
    (void)err;
    xbuf_append(raw, &document, sizeof(const struct fake_document *));
    return ERR_OK;
}

enum err_code
index_reader_map(struct index_reader *reader, struct str raw,
                 struct arena *arena, struct document *out, struct error *err)
{
    const struct fake_document *document;

    (void)reader;
    (void)arena;
    (void)err;
    memcpy(&document, raw.ptr, sizeof(const struct fake_document *));
    *out = (struct document){.text = str_of(document->text)};
    if (!utf8_is_valid(out->text))
        out->flags = DOC_LONE_SURROGATE;
    if (document->record)
        out->raw = str_of(document->record);
    return ERR_OK;
}

enum err_code
index_reader_verify(struct index_reader *reader, struct str raw,
                    const struct document_place *place, struct arena *arena,
                    struct error *err)
{
    (void)reader;
    (void)raw;
    (void)place;
    (void)arena;
    (void)err;
    return ERR_OK;
}

bool
index_reader_has(const struct index_reader *reader, uint32_t shard)
{
    (void)reader;
    (void)shard;
    return false;
}

bool
index_shard_is_stream(const struct index *index, uint32_t shard)
{
    (void)index;
    return shard == 0;
}

enum err_code
index_find_id(struct index *index, struct str id_token, struct str source,
              struct arena *arena, uint32_t **docs, size_t *count,
              struct error *err)
{
    uint32_t *found = arena_alloc(arena, index->count * sizeof(*found));

    (void)source;
    if (!found)
        return error_nomem(err);
    *count = 0;
    for (uint32_t i = 0; i < index->count; i++) {
        const char *token = index->documents[i].id_token;

        if (token && bits_get(&index->live, i) &&
            str_equal(id_token, str_of(token)))
            found[(*count)++] = i;
    }
    *docs = found;
    return ERR_OK;
}

size_t
index_score_count(const struct index *index)
{
    (void)index;
    return FAKE_SCORES + 1;
}

const struct score_def *
index_score_def(const struct index *index, unsigned score)
{
    return &index->scores[score];
}

static bool
same_name(struct str name, const char *other)
{
    size_t i = 0;

    for (; i < name.len && other[i]; i++)
        if (name.ptr[i] != other[i] && !(name.ptr[i] == '_' && other[i] == '-'))
            return false;
    return i == name.len && !other[i];
}

bool
index_score_find(const struct index *index, struct str name, unsigned *score)
{
    for (unsigned i = 0; i <= FAKE_SCORES; i++) {
        if (same_name(name, index->scores[i].name)) {
            *score = i;
            return true;
        }
    }
    return false;
}

size_t
index_score_candidates(const struct index *index, struct str name,
                       unsigned *found, size_t max)
{
    (void)max;
    return index_score_find(index, name, found) ? 1 : 0;
}

double
index_score(struct index *index, unsigned score, uint32_t doc)
{
    double value = index->documents[doc].scores[score];

    return score == 0 ? (double)(float)value : value;
}

void
index_rest(struct index *index)
{
    (void)index; /* nothing is mapped */
}

void
index_scores(struct index *index, unsigned score, uint32_t doc, uint32_t count,
             double *values)
{
    for (uint32_t i = 0; i < count; i++)
        values[i] = index_score(index, score, doc + i);
}

/* "toxicity" is a float32 column, the others are not. */
double
index_score_round(struct index *index, unsigned score, uint32_t doc,
                  double constant)
{
    (void)index;
    (void)doc;
    return score == 0 ? (double)(float)constant : constant;
}

enum err_code
index_label_bits(struct index *index, enum label_column column, unsigned score,
                 struct str pattern, struct bits *out, struct error *err)
{
    (void)score;
    (void)err;
    for (uint32_t i = 0; i < index->count; i++) {
        const struct fake_document *document = &index->documents[i];
        const char *label = column == LABEL_SOURCE ? document->source
                            : column == LABEL_LANG ? document->lang
                                                   : document->category;

        if (label && str_glob(pattern, str_of(label)))
            bits_set(out, i);
    }
    return ERR_OK;
}
