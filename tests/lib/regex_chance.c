/* Texts and patterns by chance. */
#include "config.h"

#include "tests/lib/regex_chance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stet/hash.h"
#include "stet/mapping.h"
#include "stet/regex.h"
#include "stet/shard.h"
#include "stet/utf8.h"
#include "stet/xalloc.h"

static uint64_t random_state;

uint32_t
chance(uint32_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32) % below;
}

void
chance_seed(const char *test)
{
    const char *given = getenv("STET_TEST_SEED");

    random_bytes(&random_state, sizeof(random_state));
    if (given)
        random_state = strtoull(given, NULL, 0);
    random_state |= 1;
    (void)fprintf(stderr, "# %s: STET_TEST_SEED=0x%llx\n", test,
                  (unsigned long long)random_state);
}

#define PICK(list) (list)[chance(sizeof(list) / sizeof((list)[0]))]

/* --- texts --- */

/* Pieces that the tokenizer, folding or PCRE2 take apart in odd ways. */
static const char *const pieces[] = {
    "phone",
    "iPhones",
    "KILL",
    "killing",
    "fu\xC3\x9Fnote",
    "\xC5\xBFin",
    "\xE2\x84\xAAlvin",
    "na\xC3\xAFve",
    "nai\xCC\x88ve",
    "\xEF\xAC\x81sh",
    "\xC2\xBD",
    "1\xC2\xBDz2",
    "\xEF\xB7\xBA",
    "\xE3\x8F\x82",
    "\xC5\x89",
    "\xCE\xB1\xCD\x85\xCF\x83",
    "\xE1\xBE\xB3",
    "\xE1\xBE\xBE",
    "\xCE\xBA\xCE\xB1\xCE\xB9",
    "\xD0\xB8\xCC\x86",
    "\xD0\xB9\xD0\xBE\xD0\xB4",
    "\xD0\x98\xD0\xB4\xD0\xB8",
    "\xE3\x81\x8B\xE3\x82\x99",
    "\xE3\x81\x8C",
    "\xE3\x83\x86\xE3\x83\xAD",
    "\xEF\xBD\xB6\xEF\xBE\x9E",
    "\xE6\xBC\xA2\xE5\xAD\x97",
    "\xE5\xAE\x89\xE5\x85\xA8",
    "\xE6\xBC\xA2\xF3\xA0\x84\x80\xE5\xAD\x97",
    "\xE5\xAD\x97\xCC\x81",
    "\xEF\xA4\x80",
    "\xE0\xB8\xAA\xE0\xB8\xA7\xE0\xB8\xA2",
    "\xE0\xB8\x81\xE0\xB8\xB3",
    "\xE0\xA4\x95\xE0\xA4\xBC",
    "\xE0\xA5\x98",
    "\xE0\xA4\xB9\xE0\xA4\xBF",
    "\xED\x95\x9C\xEA\xB5\xAD",
    "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB",
    "\xEA\xB0\x80\xE1\x86\xA8",
    "\xD8\xA3\xD9\x87\xD9\x84",
    "\xD9\x83\xD9\x8E",
    "\xD7\xA9\xD7\x81\xD7\x9C",
    "\xF0\x9F\x98\x80",
    "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7",
    "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA",
    "\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD",
    "\xE2\x9D\xA4\xEF\xB8\x8F",
    "\xF0\x9D\x94\xB8\xF0\x9D\x95\x93",
    "\xEF\xBC\xA1\xEF\xBD\x82",
    "\xE2\x93\x90",
    "soft\xC2\xADhyphen",
    "zero\xE2\x80\x8Bwidth",
    "a_b",
    "x\xCC\xB8",
    "<\xCC\xB8",
    "\xED\xA0\x80",
    "\xED\xB0\x80z",
    "\xEF\xBF\xBD",
    "\xEF\xBF\xBDq",
    "\xC3\x85ngstr\xC3\xB6m",
    "\xE2\x84\xAB",
    "\xCE\xA3\xCE\xB9\xCF\x82",
    "\xD5\x87\xD5\xA1\xD6\x87",
    "\xC4\xB0stanbul",
    "\xC4\xB1",
    "\xE1\x83\xA5\xE1\x83\x90\xE1\x83\xA0",
    "\xE1\xB2\xA5",
    "\xE1\x8F\xA3\xEA\xAE\xB3",
    "\xEA\x99\x8B\xE1\xB2\x88",
    "\xF0\x90\x90\x80\xF0\x90\x90\xA8",
    "don't",
    "3.14",
    "e-mail",
    "\xE1\x80\x99\xE1\x80\xBC",
    "\xE0\xBC\x8B\xE0\xBD\x82",
    "\xE1\x9F\x92",
    "\xE2\x84\xA2",
};
static const char *const joints[] = {
    " ",
    " ",
    " ",
    "",
    "",
    ", ",
    "\n",
    ".",
    "-",
    "\xCC\x81",
    "\xE2\x80\x8D",
    "\xE2\x80\x8C",
    "\xEF\xB8\x8F",
    "\xE3\x82\x99",
    "\xCD\x85",
    "\t",
    "\r\n",
    "\xC2\xA0",
    "\xE3\x80\x80",
    "_",
    "\"",
    "/",
    "\\",
    "!",
};

static void
add(struct buf *out, const char *text)
{
    xbuf_append_str(out, str_of(text));
}

/* A word of few letters, so that its parts are in other words. */
static void
add_word(struct buf *out, uint32_t length)
{
    static const char *const letters[] = {
        "a", "b", "c",        "k",        "K",        "s",        "S", "i", "o",
        "e", "x", "\xC3\xA9", "\xC3\x9F", "\xCE\xB9", "\xD0\xB8", "0", "9"};

    for (uint32_t i = 0; i < length; i++)
        add(out, PICK(letters));
}

/* A run that is cut, with words across the cuts. */
static void
add_run(struct buf *out)
{
    uint32_t count = 8 + chance(30);

    add_word(out, chance(64));
    for (uint32_t i = 0; i < count; i++) {
        if (chance(4))
            add_word(out, 1 + chance(6));
        else
            add(out, PICK(pieces));
    }
}

/* More marks than a unit counts. */
static void
add_marks(struct buf *out)
{
    static const char *const marks[] = {"\xCC\x81", "\xCD\x85", "\xE3\x82\x99",
                                        "\xE2\x80\x8D", "\xE0\xA4\xBC"};
    uint32_t count = chance(3) ? chance(4) : 28 + chance(12);

    add(out, PICK(pieces));
    for (uint32_t i = 0; i < count; i++)
        add(out, PICK(marks));
}

static void
add_hostile(struct buf *out)
{
    uint32_t count = 1 + chance(10);

    for (uint32_t i = 0; i < count; i++) {
        switch (chance(12)) {
        case 0:
            add_run(out);
            break;
        case 1:
            add_marks(out);
            break;
        case 2:
        case 3:
        case 4:
            add_word(out, 1 + chance(9));
            break;
        default:
            add(out, PICK(pieces));
            break;
        }
        add(out, PICK(joints));
    }
}

/* A stretch of each document of a shard, until `texts` is full. */
static unsigned
add_real(const char *path, struct buf *bytes, size_t *ends, unsigned count,
         unsigned most)
{
    struct shard *shard = NULL;
    struct error err = ERROR_INIT;
    struct record record;
    struct arena arena;

    if (shard_open(&shard, path, NULL, &err) != ERR_OK)
        return count;
    arena_init(&arena, 0);
    while (count < most && shard_next(shard, &record, &err) == ERR_OK &&
           record.kind != RECORD_END) {
        struct document *document = NULL;
        struct mapping mapping;
        char text_path[] = "text";
        size_t start;

        mapping_init(&mapping);
        mapping.text = xstrdup(text_path);
        arena_reset(&arena);
        if (mapping_compile(&mapping, &err) == ERR_OK &&
            mapping_apply(&mapping, record.raw, MAP_TEXT, &arena, &document,
                          &err) == ERR_OK &&
            document->text.len > 400) {
            start = utf8_prev(document->text,
                              chance((uint32_t)document->text.len - 300));
            xbuf_append_str(bytes,
                            str_slice(document->text, start,
                                      utf8_prev(document->text, start + 250)));
            ends[count++] = bytes->len;
        }
        mapping_release(&mapping);
    }
    arena_release(&arena);
    shard_close(shard);
    return count;
}

void
chance_texts(struct buf *bytes, struct str texts[CHANCE_TEXTS])
{
    static const char *const shards[] = {"udhr-00000.json.gz",
                                         "gnome-help-00000.jsonl.zst"};
    static size_t ends[CHANCE_TEXTS];
    const char *srcdir = getenv("srcdir");
    unsigned count = 0;

    for (size_t i = 0; i < sizeof(shards) / sizeof(shards[0]); i++) {
        struct buf path = {0};

        xbuf_printf(&path, "%s/../shared/data/docs/%s", srcdir ? srcdir : ".",
                    shards[i]);
        count = add_real(xbuf_cstr(&path), bytes, ends, count,
                         CHANCE_TEXTS / 3 * (unsigned)(i + 1) / 2);
        buf_release(&path);
    }
    (void)fprintf(stderr, "# %u real texts%s\n", count,
                  count ? "" : ": no ../shared/data beside the sources");
    for (; count < CHANCE_TEXTS; count++) {
        add_hostile(bytes);
        ends[count] = bytes->len;
    }
    for (unsigned i = 0; i < count; i++) {
        size_t start = i ? ends[i - 1] : 0;

        texts[i] = (struct str){bytes->ptr + start, ends[i] - start};
    }
}

/* --- patterns --- */

struct maker {
    const struct str *texts;
    struct buf *out;
    bool extended;
};

static void make_pattern(struct maker *m, unsigned depth);

/* A few characters of a text. */
static struct str
sample(const struct maker *m, uint32_t most)
{
    struct str text = m->texts[chance(CHANCE_TEXTS)];
    size_t start;
    size_t end;

    if (text.len == 0)
        return text;
    start = utf8_prev(text, chance((uint32_t)text.len));
    end = start;
    for (uint32_t i = 1 + chance(most); i > 0 && end < text.len; i--)
        end = utf8_next(text, end);
    return str_slice(text, start, end);
}

static bool
is_alnum(uint32_t cp)
{
    return (cp >= '0' && cp <= '9') || ((cp | 32) >= 'a' && (cp | 32) <= 'z');
}

static void
make_ascii(struct maker *m, uint32_t cp)
{
    bool special = strchr("\\/[](){}.*+?^$|#- \t\n\r\v\f", (int)cp) != NULL;

    if (!special && chance(30) != 0)
        xbuf_append(m->out, &(char){(char)cp}, 1);
    else if (cp == '\n' || cp == '\r' || cp == '\t')
        add(m->out, cp == '\n' ? "\\n" : cp == '\r' ? "\\r" : "\\t");
    else if (cp > ' ' && cp != '_' && !is_alnum(cp))
        xbuf_printf(m->out, "\\%c", (int)cp);
    else
        xbuf_printf(m->out, "\\x%02x", (unsigned)cp);
}

static void
make_char(struct maker *m, struct str text, size_t at)
{
    unsigned len;
    uint32_t cp = utf8_decode(text, at, &len);
    char bytes[4];

    if (cp >= 0xD800 && cp <= 0xDFFF)
        cp = UTF8_REPLACEMENT;
    if (chance(40) == 0)
        xbuf_printf(m->out, "\\x{%x}", (unsigned)cp);
    else if (cp < 0x80)
        make_ascii(m, cp);
    else
        xbuf_append(m->out, bytes, utf8_encode(cp, bytes));
}

/* A class with the character, and others. */
static void
make_class(struct maker *m, struct str text, size_t at)
{
    static const char *const others[] = {
        "a-c", "\\d", "x",   "\\w",      "[:alpha:]",
        "^",   "]",   "k-m", "\xC3\xA9", "\\p{Lu}",
        "\\]", "-",   "\\n", "\\x41",    "\xD0\xB0-\xD0\xB4",
        "&&",  "[",   "s"};

    xbuf_append(m->out, "[", 1);
    if (chance(12) == 0)
        xbuf_append(m->out, "^", 1);
    if (chance(10) == 0)
        xbuf_append(m->out, "]", 1);
    make_char(m, text, at);
    for (uint32_t i = chance(3); i > 0; i--)
        add(m->out, PICK(others));
    xbuf_append(m->out, "]", 1);
}

static void
make_quantifier(struct maker *m)
{
    static const char *const quantifiers[] = {
        "?",    "*",     "+",     "{1}",   "{2}",   "{0}",
        "{1,}", "{0,2}", "{1,3}", "{,3}",  "{2,3}", "{x}",
        "{1,2", "+",     "?",     "{0,1}", " {2}",  "{1}{1}"};

    add(m->out, PICK(quantifiers));
    if (chance(4) == 0)
        add(m->out, chance(2) ? "?" : "+");
}

/* What takes no text, or any. */
static void
make_filler(struct maker *m)
{
    static const char *const fillers[] = {
        "\\b",         "\\B",          "^",        "$",
        "\\A",         "\\z",          "\\K",      ".",
        ".*",          ".{0,5}",       "\\w+",     "\\s*",
        "\\d?",        "\\p{L}",       "\\P{L}*",  "\\X",
        "\\R?",        "(?i)",         "(?-i)",    "(?x)",
        "(?#x(y)",     "\\h*",         "(?s)",     "(?m)^",
        "(.)\\1",      "\\N",          "\\Q.\\E*", "\\Q\\E",
        "(?^)",        "\\pL",         "()",       "(?:)",
        "\\G",         "[[:<:]]",      "(?U)",     "\\E",
        "(?|a|(b))?",  "(?(?=a)a|b)?", "(*SKIP)?", "(?1)?",
        "\\g{-1}?",    "(?C1)",        "(*UCP)",   "(?xx)[a b]?",
        "\\o{101}?",   "\\cA?",        "\\07?",    "\\e?",
        "\\V*",        "(?n)",         "(?'n'a)?", "\\k{n}?",
        "[\\Qa]\\E]?", "(*F)?",        "(?=)",     "(?!x{9})",
        "(?<!zz)",     "\\H?",         "(?J)",     "(?x) # c\n"};

    add(m->out, PICK(fillers));
}

static void
make_group(struct maker *m, unsigned depth)
{
    static const char *const openings[] = {
        "(",      "(?:",    "(?>",   "(?=",    "(?<=", "(?!",
        "(?<!",   "(?i:",   "(?-i:", "(?<a>",  "(?|",  "(?x:",
        "(?s-m:", "(?P<b>", "(?^:",  "(*pla:", "(?is:"};

    add(m->out, PICK(openings));
    make_pattern(m, depth + 1);
    while (chance(2)) {
        xbuf_append(m->out, "|", 1);
        if (chance(8))
            make_pattern(m, depth + 1);
    }
    xbuf_append(m->out, ")", 1);
}

static void
make_text(struct maker *m)
{
    struct str text = sample(m, chance(6) ? 8 : 80);
    bool quoted = chance(15) == 0;
    size_t at = 0;

    if (quoted) {
        add(m->out, "\\Q");
        xbuf_append_str(m->out, text);
        add(m->out, chance(8) ? "\\E" : "");
        return;
    }
    while (at < text.len) {
        switch (chance(30)) {
        case 0:
            xbuf_append(m->out, ".", 1);
            break;
        case 1:
            make_class(m, text, at);
            break;
        case 2:
            make_char(m, text, at);
            make_quantifier(m);
            break;
        case 3:
            make_char(m, text, at);
            make_filler(m);
            break;
        default:
            make_char(m, text, at);
            break;
        }
        at = utf8_next(text, at);
    }
}

static void
make_pattern(struct maker *m, unsigned depth)
{
    uint32_t count = 1 + chance(3);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t what = chance(10);

        if (what < 2 && depth < 3)
            make_group(m, depth);
        else if (what < 4)
            make_filler(m);
        else
            make_text(m);
        if (chance(8) == 0)
            make_quantifier(m);
        if (m->extended && chance(3) == 0)
            add(m->out, chance(2) ? " " : " # (comment\n");
    }
    if (depth == 0 && chance(5) == 0) {
        xbuf_append(m->out, "|", 1);
        make_pattern(m, 1);
    }
}

void
chance_pattern(const struct str *texts, struct buf *pattern, unsigned *flags)
{
    struct maker m = {texts, pattern, false};

    *flags = chance(2) ? REGEX_CASE : 0;
    if (chance(4) == 0)
        *flags |= REGEX_MULTILINE;
    if (chance(4) == 0)
        *flags |= REGEX_DOTALL;
    if (chance(6) == 0)
        *flags |= REGEX_EXTENDED;
    m.extended = *flags & REGEX_EXTENDED;
    make_pattern(&m, 0);
}
