/* Any bytes as a patch line and a record: what is read is written the same
 * again, and applying it never leaves the record, whatever the patch claims.
 */
#include "config.h"

#include "review/apply_record.h"
#include "stet/json.h"
#include "tests/fuzz/fuzz.h"

static void
check_round(const struct patch *patch)
{
    struct arena arena;
    struct buf first = {0};
    struct buf second = {0};
    struct patch again;
    struct error err = ERROR_INIT;

    arena_init(&arena, 0);
    FUZZ_CHECK(patch_format(patch, &first, &err) == ERR_OK);
    FUZZ_CHECK(patch_parse(str_slice(buf_str(&first), 0, first.len - 1), &arena,
                           &again, &err) == ERR_OK);
    FUZZ_CHECK(patch_format(&again, &second, &err) == ERR_OK);
    FUZZ_CHECK(str_equal(buf_str(&first), buf_str(&second)));
    buf_release(&first);
    buf_release(&second);
    arena_release(&arena);
}

static void
check_apply(const struct patch *patch, struct str raw, enum tags_at tags_at)
{
    struct mapping mapping;
    struct patch_header header = {.id = "0123456789abcdef"};
    struct apply_options options = {.tags_at = tags_at,
                                    .tags_path = STR_LIT("a.b")};
    struct apply_context context = {&header, &mapping, &options};
    struct error err = ERROR_INIT;

    mapping_init(&mapping);
    mapping.text = (char[]){"text"};
    mapping.id = (char[]){"id"};
    FUZZ_CHECK(mapping_compile(&mapping, &err) == ERR_OK);
    for (unsigned state = TEXT_GUARD; state <= TEXT_CHANGED; state++) {
        struct place place = {.state = state};
        struct record_result result;
        struct document *document = NULL;
        struct arena arena;
        struct buf out = {0};

        if (state == TEXT_FORMER && patch->former_count == 0)
            continue;
        arena_init(&arena, 0);
        if (!mapping_apply(&mapping, raw, 0, &arena, &document, &err) &&
            !record_apply(&context, patch, &place, document, &arena, &result,
                          &err)) {
            FUZZ_CHECK(splices_apply(raw, &result.splices, &out, &err) ==
                       ERR_OK);
            FUZZ_CHECK(result.drop ||
                       json_validate(buf_str(&out), 256, &err) == ERR_OK);
        }
        buf_release(&out);
        arena_release(&arena);
    }
    mapping.text = NULL;
    mapping.id = NULL;
    mapping_release(&mapping);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = {(const char *)data, size};
    size_t newline = size ? str_find(input, STR_LIT("\n"), 0) : SIZE_MAX;
    struct arena arena;
    struct patch_set set = {0};
    struct patch_header header;
    struct buf copy = {0};
    struct patch patch;
    struct error err = ERROR_INIT;

    xbuf_append(&copy, data, size);
    if (!patch_set_parse(&set, &copy, &err))
        patch_set_release(&set);
    if (newline == SIZE_MAX)
        return 0;
    arena_init(&arena, 0);
    (void)!patch_header_parse(str_slice(input, 0, newline), &arena, &header,
                              &err);
    if (!patch_parse(str_slice(input, 0, newline), &arena, &patch, &err)) {
        struct str raw = str_slice(input, newline + 1, size);

        check_round(&patch);
        check_apply(&patch, raw, TAGS_STET);
        check_apply(&patch, raw, TAGS_PATH);
        check_apply(&patch, raw, TAGS_DOLMA);
    }
    arena_release(&arena);
    return 0;
}
