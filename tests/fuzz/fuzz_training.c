/* Any record made ready for training: its segments are its text, one after
 * another, and without its tokens it is the text that it was. The first byte
 * chooses how. */
#include "config.h"

#include <math.h>

#include "review/training_private.h"
#include "tests/fuzz/fuzz.h"

#define GOOD "<|good|>"
#define BAD "<|bad|>"
#define UNSAFE "<unsafe>"

static struct training_options
options_of(uint8_t how)
{
    return (struct training_options){
        .segments = how & 1,
        .unit = (enum training_unit)(how >> 1 & 3) % TRAINING_UNITS,
        .good = STR_LIT(GOOD),
        .bad = STR_LIT(BAD),
        .dropout = how & 8 ? 0.5 : 0,
        .inject = how & 1 ? (struct str){NULL, 0} : STR_LIT(UNSAFE),
        .rate = how & 16 ? 0.5 : 1,
        .score = "score",
        .low_is_bad = how & 32,
        .threshold = 0.5,
        .good_verdicts = STR_LIT("good"),
        .bad_verdicts = STR_LIT("bad"),
        .good_tags = STR_LIT("fine"),
        .bad_tags = STR_LIT("hate/* slur"),
        .seed = how,
    };
}

/* The text without the tokens that training put into it. */
static void
take_out(struct str text, struct buf *out)
{
    static const struct str tokens[] = {STR_LIT(GOOD), STR_LIT(BAD),
                                        STR_LIT(UNSAFE " "), STR_LIT(UNSAFE)};
    size_t at = 0;

    while (at < text.len) {
        size_t step = 0;

        for (size_t i = 0; i < 4 && !step; i++)
            if (str_starts_with(str_slice(text, at, text.len), tokens[i]))
                step = tokens[i].len;
        if (!step)
            xbuf_append(out, text.ptr + at++, 1);
        at += step;
    }
}

static void
compile(struct mapping *mapping, const char *text)
{
    struct error err = ERROR_INIT;

    mapping_init(mapping);
    mapping->text = strdup(text);
    FUZZ_CHECK(mapping_compile(mapping, &err) == ERR_OK);
}

static void
check_new(const struct document *document, struct training_result *result,
          const struct training_options *options, const struct mapping *mapping,
          struct arena *arena)
{
    struct buf raw = {0};
    struct buf text = {0};
    struct document *again = NULL;
    struct error err = ERROR_INIT;
    struct mapping list;

    FUZZ_CHECK(splices_apply(document->raw, &result->splices, &raw, &err) ==
               ERR_OK);
    compile(&list, strcmp(mapping->text, "m.text") == 0 ? "m.texts" : "texts");
    FUZZ_CHECK(mapping_apply(options->segments ? &list : mapping, buf_str(&raw),
                             0, arena, &again, &err) == ERR_OK);
    if (options->segments)
        xbuf_append_str(&text, again->text);
    else
        take_out(again->text, &text);
    FUZZ_CHECK(str_equal(buf_str(&text), document->text));
    mapping_release(&list);
    buf_release(&raw);
    buf_release(&text);
}

static void
run(struct str raw, uint8_t how, const char *path)
{
    struct training_options training = options_of(how);
    struct apply_options options = {.tags_at = TAGS_STET,
                                    .training = &training};
    struct str scores[] = {STR_LIT("scores")};
    struct patch_header header = {.segment_scores = scores,
                                  .segment_score_count = 1};
    struct training_place place = {&options, &header, path};
    struct training_counts counts = {0};
    struct training_result result;
    struct mapping mapping;
    struct document *document = NULL;
    struct error err = ERROR_INIT;
    struct arena arena;

    arena_init(&arena, 0);
    compile(&mapping, path);
    if (!mapping_apply(&mapping, raw, 0, &arena, &document, &err)) {
        enum err_code code = training_record(&place, document, how & 64, &arena,
                                             &result, &counts, &err);

        FUZZ_CHECK(code == ERR_OK || code == ERR_CONFLICT);
        FUZZ_CHECK(counts.good + counts.bad + counts.unknown ==
                   counts.segments);
        if (!code && !result.collision.ptr && counts.left == 0 &&
            (result.splices.count || training.segments))
            check_new(document, &result, &training, &mapping, &arena);
    }
    mapping_release(&mapping);
    arena_release(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[] = {"text", "texts", "m.text", ""};

    if (size < 2)
        return 0;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        run((struct str){(const char *)data + 1, size - 1}, data[0], paths[i]);
    return 0;
}
