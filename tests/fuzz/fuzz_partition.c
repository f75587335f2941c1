/* Any bytes as a manifest, as packed documents, as a column, and as changes to
 * a good partition: refused, or read without leaving what was given. */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "index/column.h"
#include "index/dictionary.h"
#include "index/generation.h"
#include "index/partition.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"
#include "tests/fuzz/fuzz.h"

#define DOCUMENTS 40u

static char folder[] = "/tmp/stet-fuzz-XXXXXX";
static struct buf good; /* the bytes of a partition that was built */

static void
clean(void)
{
    struct error err = ERROR_INIT;

    (void)folder_remove(folder, &err);
    buf_release(&good);
}

static char *
name_of(const char *name)
{
    return path_join(folder, name);
}

static void
add_documents(struct partition_writer *writer)
{
    struct error err = ERROR_INIT;

    for (unsigned i = 0; i < DOCUMENTS; i++) {
        char text[64];
        char id[32];
        struct document document = {.record = i, .offset = i * 100};

        (void)snprintf(text, sizeof(text), "common word%u caf\xC3\xA9", i);
        (void)snprintf(id, sizeof(id), "\"id-%u\"", i / 2);
        document.raw = str_of(text);
        document.text = str_of(text);
        document.text_cp = document.text.len - 1;
        document.text_hash = hash_of(document.text);
        document.id_token = str_of(id);
        document.source = STR_LIT("s");
        FUZZ_CHECK(partition_add(writer, &document, &err) == ERR_OK);
    }
}

static void
build_good(void)
{
    struct mapping mapping;
    struct partition_options options = {
        .folder = folder, .name = "tmp", .mapping = &mapping, .memory = 1};
    struct partition_shard shard = {.bytes = 4000};
    struct partition_writer *writer = NULL;
    struct generation manifest;
    struct error err = ERROR_INIT;
    char *path;

    FUZZ_CHECK(mkdtemp(folder) != NULL);
    (void)atexit(clean);
    mapping_init(&mapping);
    generation_init(&manifest);
    FUZZ_CHECK(partition_writer_open(&writer, &options, &err) == ERR_OK);
    add_documents(writer);
    shard.path = xstrdup("a.jsonl");
    shard.text = xstrdup("text");
    FUZZ_CHECK(partition_add_shard(writer, &shard, &err) == ERR_OK);
    partition_shard_release(&shard);
    FUZZ_CHECK(partition_writer_finish(writer, NULL, NULL, &err) == ERR_OK);
    FUZZ_CHECK(partition_writer_publish(writer, 1, &manifest, &err) == ERR_OK);
    partition_writer_free(writer);
    path = name_of("part-0001.db");
    FUZZ_CHECK(file_read(path, (size_t)1 << 20, &good, &err) == ERR_OK);
    free(path);
    generation_release(&manifest);
    mapping_release(&mapping);
}

static void
write_named(const char *name, struct str bytes)
{
    char *path = name_of(name);
    FILE *file = fopen(path, "wb");

    FUZZ_CHECK(file != NULL);
    FUZZ_CHECK(fwrite(bytes.ptr ? bytes.ptr : "", 1, bytes.len, file) ==
               bytes.len);
    FUZZ_CHECK(fclose(file) == 0);
    free(path);
}

/* Lines of a manifest under a right sum. */
static void
try_manifest(struct str lines)
{
    struct generation manifest;
    struct generation again;
    struct error err = ERROR_INIT;
    struct buf text = {0};
    struct hash hash;
    char hex[HASH_HEX_SIZE];

    xbuf_printf(&text, "stet-index 2\n");
    xbuf_append_str(&text, lines);
    hash = hash_of(buf_str(&text));
    hash_format(&hash, hex);
    xbuf_printf(&text, "sum %s\n", hex);
    if (generation_parse(&manifest, buf_str(&text), &err) == ERR_OK) {
        buf_clear(&text);
        generation_format(&manifest, &text);
        FUZZ_CHECK(generation_parse(&again, buf_str(&text), &err) == ERR_OK);
        for (size_t i = 0; i < again.column_count; i++)
            FUZZ_CHECK(!strchr(again.columns[i].file, '/'));
        generation_release(&manifest);
        generation_release(&again);
    }
    buf_release(&text);
}

static void
try_packed(struct str packed)
{
    static struct pack_place places[PACK_BLOCK];
    struct buf id = {0};
    size_t at = 0;
    bool known;

    for (size_t count = 0; count < 40; count++)
        if (unpack_places(packed, places, count))
            for (size_t i = 0; i < count; i++)
                FUZZ_CHECK(places[i].text_cp <= places[i].text_bytes);
    while (at < packed.len && unpack_id(packed, &at, &id, &known))
        FUZZ_CHECK(at <= packed.len);
    buf_release(&id);
}

static void
try_column(struct str bytes, bool labels)
{
    struct hash none = {{0}};
    struct column *column = NULL;
    struct error err = ERROR_INIT;
    char *path = name_of("a.col");

    write_named("a.col", bytes);
    for (uint32_t count = 0; count < 9; count++) {
        if (column_open(&column, path, labels, count, &none, &err) != ERR_OK)
            continue;
        for (uint32_t doc = 0; doc < count; doc++) {
            if (labels)
                (void)hash_of(column_label(column, column_code(column, doc)));
            else
                (void)column_number(column, doc);
        }
        column_close(column);
    }
    free(path);
}

static void
take_found(void *ctx, uint32_t doc)
{
    (void)ctx;
    FUZZ_CHECK(doc < DOCUMENTS);
}

static bool
take_term(void *ctx, struct str term, uint32_t documents)
{
    (void)ctx;
    (void)documents;
    return term.len == 0 || term.ptr[0] != '\0';
}

static void
read_partition(struct db *db)
{
    static struct pack_place places[PACK_BLOCK];
    struct partition_shards shards = {NULL, 0};
    struct error err = ERROR_INIT;
    struct buf id = {0};
    struct hash hash;
    uint32_t documents;
    int64_t count;
    bool known;

    if (partition_load_shards(db, DOCUMENTS, &shards, &err) == ERR_OK) {
        for (size_t i = 0; i < shards.count; i++)
            FUZZ_CHECK(shards.list[i].end <= DOCUMENTS);
        partition_shards_release(&shards);
    }
    (void)partition_load_block(db, 0, places, DOCUMENTS, &err);
    for (uint32_t doc = 0; doc < DOCUMENTS; doc += 13) {
        (void)partition_load_hash(db, doc, &hash, &err);
        (void)partition_load_id(db, doc, &id, &known, &err);
        (void)partition_lookup(db, LOOKUP_HASH, hash_prefix(&hash), DOCUMENTS,
                               take_found, NULL, &err);
    }
    (void)dictionary_foreach(db, (struct str){NULL, 0}, take_term, NULL, &err);
    (void)dictionary_find(db, STR_LIT("word7"), &documents, &err);
    (void)db_get_int(db, "SELECT count(*) FROM fts('common word3')", 0, 0, 0,
                     &count, &err);
    buf_release(&id);
}

/* Four bytes a change: where (three), and by what. */
static void
try_partition(struct str changes)
{
    struct error err = ERROR_INIT;
    struct db *db = NULL;
    struct buf bytes = {0};

    if (!good.ptr)
        build_good();
    xbuf_append_str(&bytes, buf_str(&good));
    for (size_t i = 0; i + 4 <= changes.len; i += 4) {
        const unsigned char *p = (const unsigned char *)changes.ptr + i;
        size_t at = ((size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2]) % bytes.len;

        bytes.ptr[at] = (char)(bytes.ptr[at] ^ p[3]);
    }
    write_named("part-0001.db", buf_str(&bytes));
    if (partition_open(&db, folder, 1, &err) == ERR_OK) {
        (void)partition_check_identity(db, &err);
        read_partition(db);
        db_close(db);
    }
    buf_release(&bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data + 1, size - 1};

    if (size == 0)
        return 0;
    if (!good.ptr)
        build_good();
    switch (data[0] % 5) {
    case 0:
        try_manifest(rest);
        break;
    case 1:
        try_packed(rest);
        break;
    case 2:
    case 3:
        try_column(rest, data[0] % 5 == 3);
        break;
    default:
        try_partition(rest);
        break;
    }
    return 0;
}
