/* Any bytes as a file of phrases: refused with a line, or every phrase has its
 * one category and nothing is lost. */
#include "config.h"

#include "stet/phrases.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct phrase_list list;
    struct error err = ERROR_INIT;
    size_t at = 0;

    if (phrase_list_parse(&list, text, &err) != ERR_OK) {
        FUZZ_CHECK(err.code == ERR_USAGE &&
                   str_starts_with(str_of(err.message), STR_LIT("line ")));
        return 0;
    }
    for (size_t c = 0; c < list.category_count; c++) {
        FUZZ_CHECK(list.categories[c].start == at &&
                   list.categories[c].end > at);
        at = list.categories[c].end;
    }
    FUZZ_CHECK(at == list.phrase_count);
    for (size_t i = 0; i < list.phrase_count; i++)
        FUZZ_CHECK(list.phrases[i].text.len > 0);
    phrase_list_release(&list);
    return 0;
}
