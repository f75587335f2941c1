/* Any bytes as a settings file: what parses can be edited, the edit is found
 * again, and every other value is as before. The first byte is the length of
 * the value that follows it, the rest is the file. */
#include "config.h"

#include "base/settings_scan.h"
#include "stet/settings.h"
#include "tests/fuzz/fuzz.h"

static bool
is_target(const struct setting *setting, const struct settings_change *change)
{
    return str_equal(setting->section, str_of(change->section)) &&
           str_equal(setting->sub, str_of(change->sub ? change->sub : "")) &&
           str_equal(setting->key, str_of(change->key));
}

/* `after` is `before` but for the last target, or with one more. */
static void
check_others(const struct settings *before, const struct settings *after,
             const struct settings_change *change)
{
    const struct setting *target =
        settings_get(before, change->section, change->sub, change->key);
    const struct setting *changed =
        settings_get(after, change->section, change->sub, change->key);
    size_t i = 0;
    size_t k = 0;

    FUZZ_CHECK(changed && str_equal(changed->value, change->value));
    for (;; i++, k++) {
        const struct setting *old = settings_at(before, i);
        const struct setting *new = settings_at(after, k);

        if (!target && new == changed)
            new = settings_at(after, ++k);
        FUZZ_CHECK(!old == !new);
        if (!old)
            return;
        FUZZ_CHECK(str_equal(old->section, new->section) &&
                   str_equal(old->sub, new->sub) &&
                   str_equal(old->key, new->key));
        FUZZ_CHECK(old == target || str_equal(old->value, new->value));
        FUZZ_CHECK(old != target || is_target(new, change));
    }
}

static void
check_edit(struct str text, const struct settings *before,
           const struct settings_change *change)
{
    struct settings *after = settings_new();
    struct error err = ERROR_INIT;
    struct buf once = {0};
    struct buf twice = {0};

    FUZZ_CHECK(settings_edit(text, "f", change, &once, &err) == ERR_OK);
    FUZZ_CHECK(settings_parse(after, buf_str(&once), "f", true, &err) ==
               ERR_OK);
    check_others(before, after, change);
    FUZZ_CHECK(settings_edit(buf_str(&once), "f", change, &twice, &err) ==
               ERR_OK);
    FUZZ_CHECK(str_equal(buf_str(&once), buf_str(&twice)));
    settings_free(after);
    buf_release(&once);
    buf_release(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct settings_change change = {"s", NULL, "k", STR_LIT("v")};
    struct settings *before = settings_new();
    struct error err = ERROR_INIT;

    if (size > 0 && data[0] < size) {
        change.value = str_slice(text, 1, (size_t)data[0] + 1);
        text = str_slice(text, (size_t)data[0] + 1, size);
    }
    if (change.value.len && memchr(change.value.ptr, 0, change.value.len))
        change.value = STR_LIT("");
    if (settings_parse(before, text, "f", true, &err) == ERR_OK) {
        check_edit(text, before, &change);
        change.sub = "x\"y";
        check_edit(text, before, &change);
    } else {
        FUZZ_CHECK(err.code == ERR_CONFIG && err.offset <= text.len);
        FUZZ_CHECK(settings_at(before, 0) == NULL);
    }
    settings_free(before);
    return 0;
}
