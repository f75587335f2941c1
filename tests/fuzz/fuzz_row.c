/* Any bytes as a row of scores: its keys are read, or it is refused at a
 * position inside it; what is written of it reads back the same. */
#include "config.h"

#include "index/attribute_row.h"
#include "tests/fuzz/fuzz.h"

static bool
same(struct str a, struct str b)
{
    return !a.ptr == !b.ptr && str_equal(a, b);
}

static void
check_again(const struct attribute_row *row, struct arena *arena)
{
    struct attribute_row again;
    struct error err = ERROR_INIT;
    struct str name = {NULL, 0};
    struct str value = {NULL, 0};
    struct buf line = {0};

    attribute_row_format(row, STR_LIT("a \"name\""), STR_LIT("0.5"), &line);
    FUZZ_CHECK(attribute_row_parse(buf_str(&line), arena, &again, &err) ==
               ERR_OK);
    FUZZ_CHECK(same(row->id, again.id));
    FUZZ_CHECK(!row->source.ptr == !again.source.ptr);
    FUZZ_CHECK(row->text_bytes == again.text_bytes);
    FUZZ_CHECK(hash_equal(&row->text, &again.text));
    FUZZ_CHECK(attribute_row_value(again.attributes, arena, &name, &value,
                                   &err) == ERR_OK);
    FUZZ_CHECK(str_equal(name, STR_LIT("a \"name\"")) &&
               str_equal(value, STR_LIT("0.5")));
    buf_release(&line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str raw = {(const char *)data, size};
    struct attribute_row row;
    struct error err = ERROR_INIT;
    struct arena arena;

    arena_init(&arena, 0);
    if (attribute_row_parse(raw, &arena, &row, &err) != ERR_OK) {
        FUZZ_CHECK(err.code == ERR_FORMAT || err.code == ERR_LIMIT);
        FUZZ_CHECK(err.message[0] &&
                   (err.offset <= size || err.offset == ERR_NO_OFFSET));
    } else {
        struct str name;
        struct str value;

        (void)attribute_row_value(row.attributes, &arena, &name, &value, &err);
        check_again(&row, &arena);
    }
    arena_release(&arena);
    return 0;
}
