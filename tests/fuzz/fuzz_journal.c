/* Any bytes as a journal's line: it is refused with a reason, or what it says
 * comes out again the same. */
#include "config.h"

#include "stet/annotation.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str line = {(const char *)data, size};
    struct error err = ERROR_INIT;
    struct annotation first = {0};
    struct annotation second = {0};
    struct buf out = {0};
    struct buf again = {0};
    struct arena arena;

    arena_init(&arena, 0);
    if (annotation_parse(line, &arena, &first, &err) != ERR_OK) {
        FUZZ_CHECK(err.code == ERR_FORMAT || err.code == ERR_LIMIT);
        FUZZ_CHECK(err.message[0]);
    } else {
        FUZZ_CHECK(annotation_format(&first, &out, &err) == ERR_OK);
        FUZZ_CHECK(str_find(buf_str(&out), STR_LIT("\n"), 0) == SIZE_MAX);
        FUZZ_CHECK(annotation_parse(buf_str(&out), &arena, &second, &err) ==
                   ERR_OK);
        FUZZ_CHECK(annotation_format(&second, &again, &err) == ERR_OK);
        FUZZ_CHECK(str_equal(buf_str(&out), buf_str(&again)));
    }
    buf_release(&out);
    buf_release(&again);
    arena_release(&arena);
    return 0;
}
