/* Any bytes as a row of annotations: it is refused with a reason, or all that
 * is taken from it is of the type that it is taken for. */
#include "config.h"

#include "review/import_item.h"
#include "stet/utf8.h"
#include "tests/fuzz/fuzz.h"

static void
check_list(const struct json_value *row, const char *key, enum json_type type)
{
    const struct json_value *list = json_get(row, key);

    for (const struct json_value *v = list ? list->first : NULL; v; v = v->next)
        FUZZ_CHECK(v->type == type);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str raw = {(const char *)data, size};
    const struct json_value *value = NULL;
    struct item_wanted wanted;
    struct error err = ERROR_INIT;
    struct arena arena;
    const char *why = NULL;

    arena_init(&arena, 0);
    if (!json_parse(raw, &arena, &value, &err)) {
        why = annotation_row_check(value);
        if (!why)
            why = import_wanted(value, true, &wanted);
        FUZZ_CHECK(!why || (why[0] && utf8_is_valid(str_of(why))));
        if (!why) {
            FUZZ_CHECK(wanted.id_token.ptr || wanted.has_hash);
            check_list(value, "tags", JSON_STRING);
            check_list(value, "not_tags", JSON_STRING);
            check_list(value, "ratings", JSON_NUMBER);
            check_list(value, "spans", JSON_OBJECT);
        }
    }
    arena_release(&arena);
    return 0;
}
