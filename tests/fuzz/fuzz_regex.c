/* Any bytes as flags, a pattern and a text: what is read from the pattern must
 * be in the text when it matches, both as tokens and as bytes of the record. */
#include "config.h"

#include "index/regex_need.h"
#include "index/regex_probe.h"
#include "index/regex_raw.h"
#include "stet/json.h"
#include "stet/regex.h"
#include "stet/utf8.h"
#include "tests/fuzz/fuzz.h"

/* Whether a token of the text has the part; a run that is cut has all. */
struct wanted {
    struct str inside, suffix, prefix;
    bool has_inside, has_suffix, has_prefix;
};

static bool
see_token(void *ctx, const struct token *token)
{
    struct wanted *w = ctx;
    struct str term = token->folded;
    struct str end;

    if (utf8_count(term) >= TOKENIZER_TOKEN_MAX_CP)
        w->has_inside = w->has_suffix = true;
    w->has_inside |= str_find(term, w->inside, 0) != SIZE_MAX;
    w->has_prefix |= str_starts_with(term, w->prefix);
    if (term.len >= w->suffix.len) {
        end = str_slice(term, term.len - w->suffix.len, term.len);
        w->has_suffix |= str_equal(end, w->suffix);
    }
    return true;
}

static bool
has_literal(struct str text, struct str literal, struct tokenizer *tokenizer,
            struct arena *arena)
{
    struct error err = ERROR_INIT;
    struct probe probe;
    struct wanted w = {.has_inside = false};

    FUZZ_CHECK(probe_make(&probe, literal, tokenizer, arena, &err) == ERR_OK);
    w = (struct wanted){probe.inside,          probe.suffix,
                        probe.prefix,          probe.inside.len == 0,
                        probe.suffix.len == 0, probe.prefix.len == 0};
    tokenizer_run(tokenizer, text, see_token, &w);
    return w.has_inside && w.has_suffix && w.has_prefix;
}

static bool
has_need(struct str text, const struct need *need, struct tokenizer *tokenizer,
         struct arena *arena)
{
    if (need->op == NEED_LITERAL)
        return has_literal(text, need->literal, tokenizer, arena);
    for (const struct need *child = need->first; child; child = child->next)
        if (has_need(text, child, tokenizer, arena) == (need->op == NEED_OR))
            return need->op == NEED_OR;
    return need->op == NEED_AND;
}

static void
check_match(const struct query_regex *query, const struct need *need,
            struct str text, struct arena *arena)
{
    struct regex_raw raw = regex_raw_make(need, regex_is_caseless(query));
    struct tokenizer *tokenizer = tokenizer_new();
    struct error err = ERROR_INIT;
    struct buf record = {0};

    FUZZ_CHECK(tokenizer != NULL);
    FUZZ_CHECK(!need || has_need(text, need, tokenizer, arena));
    FUZZ_CHECK(json_write_string(&record, text, false, &err) == ERR_OK);
    FUZZ_CHECK(regex_raw_may(&raw, buf_str(&record), 0));
    buf_release(&record);
    tokenizer_free(tokenizer);
}

/* The text behind the pattern, as a regex sees it. */
static void
run(const struct query_regex *query, struct str given, struct arena *arena)
{
    struct error err = ERROR_INIT;
    struct need *need = NULL;
    struct regex *regex = NULL;
    struct buf text = {0};
    struct buf dump = {0};
    bool found = false;
    size_t start;
    size_t end;

    FUZZ_CHECK(regex_need(&need, query, arena, &err) == ERR_OK);
    regex_need_dump(need, &dump);
    FUZZ_CHECK(dump.len > 0);
    FUZZ_CHECK(utf8_to_display(given, &text, &err) == ERR_OK);
    FUZZ_CHECK(regex_compile(&regex, query->pattern, query->flags | REGEX_VALID,
                             &err) == ERR_OK);
    if (regex_find(regex, buf_str(&text), 0, &found, &start, &end, &err) ==
            ERR_OK &&
        found)
        check_match(query, need, buf_str(&text), arena);
    regex_free(regex);
    buf_release(&text);
    buf_release(&dump);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str all = {(const char *)data, size};
    struct query_regex query;
    struct error err = ERROR_INIT;
    struct arena arena;
    size_t end;

    if (size < 2)
        return 0;
    query.flags = data[0] & (REGEX_CASE | REGEX_MULTILINE | REGEX_DOTALL |
                             REGEX_EXTENDED);
    end = str_find(all, (struct str){"", 1}, 1); /* a NUL ends the pattern */
    query.pattern = str_slice(all, 1, end == SIZE_MAX ? size : end);
    if (regex_check(query.pattern, query.flags, &err) != ERR_OK)
        return 0;
    arena_init(&arena, 0);
    run(&query, end == SIZE_MAX ? all : str_slice(all, end + 1, size), &arena);
    arena_release(&arena);
    return 0;
}
