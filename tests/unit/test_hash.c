/* Hashes by the vectors of FIPS 180-4 and RFC 4231; uuids by their order. */
#include "config.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stet/hash.h"

static void
check_hex(struct hash hash, const char *expected)
{
    char hex[HASH_HEX_SIZE];

    hash_format(&hash, hex);
    assert_string_equal(hex, expected);
}

static const char abc_hex[] = "ba7816bf8f01cfea414140de5dae2223"
                              "b00361a396177a9cb410ff61f20015ad";

static void
test_known_digests(void **state)
{
    struct hasher *hasher = hasher_new();
    char *million = malloc(1000000);

    (void)state;
    check_hex(hash_of(STR_LIT("abc")), abc_hex);
    check_hex(hash_of((struct str){NULL, 0}),
              "e3b0c44298fc1c149afbf4c8996fb924"
              "27ae41e4649b934ca495991b7852b855");
    assert_non_null(million);
    memset(million, 'a', 1000000);
    for (size_t at = 0, step = 1; at < 1000000; at += step, step = step * 2 + 1)
        hasher_update(hasher, million + at,
                      1000000 - at < step ? 1000000 - at : step);
    check_hex(hasher_take(hasher), "cdc76e5c9914fb9281a1c7e284d73e67"
                                   "f1809a48a497200e046d39ccc7112cd0");
    hasher_update(hasher, "abc", 3); /* it starts anew */
    check_hex(hasher_take(hasher), abc_hex);
    hasher_free(hasher);
    hasher_free(NULL);
    free(million);
}

static void
test_known_hmacs(void **state)
{
    char key[131];

    (void)state;
    check_hex(
        hash_hmac(STR_LIT("Jefe"), STR_LIT("what do ya want for nothing?")),
        "5bdcc146bf60754e6a042426089575c7"
        "5a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof(key));
    check_hex(hash_hmac((struct str){key, sizeof(key)},
                        STR_LIT("Test Using Larger Than Block-Size Key - "
                                "Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f"
              "8e0bc6213728c5140546040f0ee37f54");
}

static void
test_parse_is_strict(void **state)
{
    struct hash hash = hash_of(STR_LIT("abc"));
    struct hash parsed;
    char hex[HASH_HEX_SIZE];

    (void)state;
    assert_true(hash_parse(str_of(abc_hex), &parsed));
    assert_true(hash_equal(&hash, &parsed));
    assert_int_equal(hash_prefix(&hash), UINT64_C(0xba7816bf8f01cfea));
    assert_false(hash_parse((struct str){abc_hex, 63}, &parsed));
    memcpy(hex, abc_hex, sizeof(hex));
    hex[10] = 'g';
    assert_false(hash_parse(str_of(hex), &parsed));
    assert_false(hash_parse(STR_LIT(""), &parsed));
    assert_true(hash_equal(&hash, &parsed));
}

static void
test_uuids_sort_in_order_of_making(void **state)
{
    struct uuid last = uuid_make();
    struct uuid parsed;
    char text[UUID_TEXT_SIZE];

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        struct uuid next = uuid_make();

        assert_true(memcmp(last.bytes, next.bytes, 16) < 0);
        assert_int_equal(next.bytes[6] >> 4, 7);
        assert_int_equal(next.bytes[8] >> 6, 2);
        last = next;
    }
    uuid_format(&last, text);
    assert_int_equal(strlen(text), 36);
    assert_true(uuid_parse(str_of(text), &parsed));
    assert_memory_equal(parsed.bytes, last.bytes, 16);
    text[8] = '_';
    assert_false(uuid_parse(str_of(text), &parsed));
    assert_false(uuid_parse((struct str){text, 35}, &parsed));
}

static void *
hash_much(void *arg)
{
    unsigned *wrong = arg;
    struct hash expected = {{0}};

    (void)hash_parse(str_of(abc_hex), &expected);
    for (unsigned i = 0; i < 2000; i++) {
        struct hash hash = hash_of(STR_LIT("abc"));

        *wrong += !hash_equal(&hash, &expected);
        (void)uuid_make();
    }
    return NULL;
}

static void
test_threads_do_not_meet(void **state)
{
    pthread_t threads[4];
    unsigned wrong[4] = {0};

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, hash_much, &wrong[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(wrong[i], 0);
    }
}

/* Streams on a thread of their own: any pieces, and again after a take. */
static void
test_aside(void **state)
{
    static char bytes[3 << 20];
    struct hasher *aside = hasher_new_aside();

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * i >> 7);
    for (size_t step = 1; step < sizeof(bytes); step = step * 41 + 1) {
        size_t len = step < 1000 ? 70000 : sizeof(bytes);
        struct hash want = hash_of((struct str){bytes, len});
        struct hash got;

        for (size_t at = 0; at < len; at += step)
            hasher_update(aside, bytes + at, len - at < step ? len - at : step);
        got = hasher_take(aside);
        assert_true(hash_equal(&want, &got));
    }
    hasher_update(aside, bytes, sizeof(bytes));
    hasher_free(aside);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_digests),
        cmocka_unit_test(test_known_hmacs),
        cmocka_unit_test(test_parse_is_strict),
        cmocka_unit_test(test_uuids_sort_in_order_of_making),
        cmocka_unit_test(test_threads_do_not_meet),
        cmocka_unit_test(test_aside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
