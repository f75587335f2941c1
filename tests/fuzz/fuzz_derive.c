/* Any bytes as an expression of a derived score: it is read, or refused at a
 * position inside it; what was read gives numbers within its range. */
#include "config.h"

#include <math.h>

#include "index/derive.h"
#include "tests/fuzz/fuzz.h"

static void
fetch(void *ctx, unsigned score, double *values, uint32_t count)
{
    (void)ctx;
    for (uint32_t i = 0; i < count; i++)
        values[i] = (i + score) % 5 == 4 ? (double)NAN : (i + score) % 5 / 4.0;
}

static void
run(struct derived *derived)
{
    static const struct score_def bounded = {.max = 1};
    struct score_def defs[64];
    struct score_def def = {0};
    double values[DERIVE_BLOCK];
    size_t names = derived_name_count(derived);

    for (size_t i = 0; i < 64; i++)
        defs[i] = bounded;
    for (size_t i = 0; i < names; i++)
        derived_bind(derived, i, (unsigned)(i % 64));
    derived_describe(derived, defs, &def);
    FUZZ_CHECK(isnan(def.min) == isnan(def.max) && !(def.min > def.max));
    derived_run(derived, fetch, NULL, values, DERIVE_BLOCK);
    for (unsigned i = 0; i < DERIVE_BLOCK; i++) {
        double noise =
            isnan(def.min) ? 0 : 1e-9 * (fabs(def.min) + fabs(def.max));

        FUZZ_CHECK(isnan(values[i]) || isfinite(values[i]));
        FUZZ_CHECK(!(values[i] < def.min - noise));
        FUZZ_CHECK(!(values[i] > def.max + noise));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct derived *derived = NULL;
    struct error err = ERROR_INIT;

    if (derived_parse(&derived, text, &err) != ERR_OK) {
        FUZZ_CHECK(err.code == ERR_USAGE);
        FUZZ_CHECK(err.offset <= size && err.message[0]);
        return 0;
    }
    run(derived);
    derived_free(derived);
    return 0;
}
