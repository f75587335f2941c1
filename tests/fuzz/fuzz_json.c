/* Any bytes as JSON: scanner, skipper, tree and decoder agree, offsets stay
 * inside the input, and what is written again reads the same. */
#include "config.h"

#include <stdlib.h>

#include "stet/arena.h"
#include "stet/json.h"
#include "stet/utf8.h"
#include "tests/fuzz/fuzz.h"

static void
check_string(struct str raw, unsigned flags)
{
    struct buf text = {.max = 0};
    struct buf again = {.max = 0};
    struct buf back = {.max = 0};
    struct error err = ERROR_INIT;

    FUZZ_CHECK(json_decode_string(raw, &text, &err) == ERR_OK);
    FUZZ_CHECK(utf8_is_wtf8(buf_str(&text)));
    FUZZ_CHECK(utf8_is_valid(buf_str(&text)) !=
               !!(flags & JSON_LONE_SURROGATE));
    if (!(flags & JSON_BAD_UTF8)) {
        char *clean = malloc(raw.len);
        size_t len = json_decode_clean(raw, clean);

        FUZZ_CHECK(str_equal((struct str){clean, len}, buf_str(&text)));
        free(clean);
    }
    for (int ascii = 0; ascii < 2; ascii++) {
        buf_clear(&again);
        buf_clear(&back);
        FUZZ_CHECK(json_write_string(&again, buf_str(&text), ascii, &err) ==
                   ERR_OK);
        FUZZ_CHECK(json_decode_string(buf_str(&again), &back, &err) == ERR_OK);
        FUZZ_CHECK(str_equal(buf_str(&back), buf_str(&text)));
        FUZZ_CHECK(json_validate(buf_str(&again), 0, &err) == ERR_OK);
    }
    buf_release(&text);
    buf_release(&again);
    buf_release(&back);
}

static void
check_number(struct str raw)
{
    struct buf text = {.max = 0};
    struct error err = ERROR_INIT;
    bool is_int;
    int64_t integer = 0;
    double value = json_number(raw, &is_int, &integer);

    FUZZ_CHECK(json_write_double(&text, value, &err) == ERR_OK);
    if (buf_str(&text).ptr[0] != 'n')
        FUZZ_CHECK(json_number(buf_str(&text), &is_int, &integer) == value);
    buf_release(&text);
}

/* Scan with containers skipped when their bit in `skips` is set. */
static enum err_code
scan(struct str input, unsigned skips)
{
    struct json_scan scan;
    struct json_token token = {.type = JSON_NULL};
    struct error err = ERROR_INIT;
    size_t last = 0;

    json_scan_init(&scan, input, 0);
    while (token.type != JSON_END) {
        enum err_code code = json_next(&scan, &token, &err);
        size_t end;

        if (code == ERR_OK && skips >> (token.start % 8) & 1) {
            code = json_skip(&scan, &token, &end, &err);
            FUZZ_CHECK(code != ERR_OK ||
                       (end >= token.end && end <= input.len));
        } else if (code == ERR_OK && token.start < token.end) {
            struct str raw = str_slice(input, token.start, token.end);

            if (token.type == JSON_STRING || token.type == JSON_KEY)
                check_string(raw, token.flags);
            else if (token.type == JSON_NUMBER)
                check_number(raw);
        }
        if (code != ERR_OK) {
            FUZZ_CHECK(err.offset <= input.len);
            return code;
        }
        FUZZ_CHECK(token.start >= last && token.end >= token.start &&
                   token.end <= input.len);
        last = token.start;
    }
    return ERR_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = {(const char *)data, size};
    struct arena arena;
    const struct json_value *value = NULL;
    struct error err = ERROR_INIT;
    enum err_code code = json_validate(input, 0, &err);

    FUZZ_CHECK(scan(input, 0) == code);
    FUZZ_CHECK(scan(input, size ? data[0] ^ data[size / 2] : 0) == code);
    arena_init(&arena, 0);
    FUZZ_CHECK(json_parse(input, &arena, &value, &err) == code);
    if (value)
        FUZZ_CHECK(json_validate(value->raw, 0, &err) == ERR_OK);
    arena_release(&arena);
    return 0;
}
