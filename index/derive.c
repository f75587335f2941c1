/* The expressions of derived scores: read by recursive descent into steps for
 * a stack of blocks, so that a column's worth of documents costs few calls. */
#include "config.h"

#include "derive.h"

#include <math.h>
#include <stdlib.h>

#include "stet/json.h"
#include "stet/xalloc.h"

#define LEVELS_MAX 32u /* of parentheses and calls */
#define STACK_MAX 32u  /* values waiting at a time */
#define STEPS_MAX 1000u
#define ROUND_BITS 13 /* of a double's 53 are dropped */

enum derive_op {
    OP_NUMBER,
    OP_SCORE,
    OP_NEGATE,
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_MAX,
    OP_MIN,
    OP_MEAN
};

struct step {
    enum derive_op op;
    unsigned count; /* of arguments; for OP_SCORE the name's number */
    double number;
};

struct derived {
    struct step *steps;
    size_t step_count;
    struct derived_name {
        char *text;
        unsigned score;
    } * names;
    size_t name_count;
};

struct parser {
    struct str text;
    size_t at;
    unsigned level;
    unsigned height; /* of the stack, here */
    struct derived *out;
};

static enum err_code parse_sum(struct parser *p, struct error *err);

static void
skip_blanks(struct parser *p)
{
    while (p->at < p->text.len && memchr(" \t", p->text.ptr[p->at], 2))
        p->at++;
}

/* The next byte that is no blank; 0 at the end. */
static char
peek(struct parser *p)
{
    skip_blanks(p);
    return p->at < p->text.len ? p->text.ptr[p->at] : '\0';
}

static enum err_code
expected(const struct parser *p, const char *what, struct error *err)
{
    return error_set_at(err, ERR_USAGE, p->at,
                        "%s expected at byte %zu of: "
                        "%.*s",
                        what, p->at + 1, STR_FMT(p->text));
}

static enum err_code
emit(struct parser *p, struct step step, unsigned taken, struct error *err)
{
    struct derived *out = p->out;

    p->height = p->height - taken + 1;
    if (out->step_count == STEPS_MAX || p->height > STACK_MAX)
        return error_set_at(err, ERR_USAGE, p->at,
                            "the expression is too long");
    out->steps =
        xreallocarray(out->steps, out->step_count + 1, sizeof(*out->steps));
    out->steps[out->step_count++] = step;
    return ERR_OK;
}

static enum err_code
emit_name(struct parser *p, struct str name, struct error *err)
{
    struct derived *out = p->out;
    size_t i = 0;

    if (str_starts_with(name, STR_LIT("score.")))
        name = str_slice(name, 6, name.len);
    if (name.len == 0)
        return expected(p, "a name", err);
    while (i < out->name_count && !str_equal(str_of(out->names[i].text), name))
        i++;
    if (i == out->name_count) {
        out->names = xreallocarray(out->names, i + 1, sizeof(*out->names));
        out->names[out->name_count++] =
            (struct derived_name){xstrndup(name), 0};
    }
    return emit(p, (struct step){OP_SCORE, (unsigned)i, 0}, 0, err);
}

static bool
is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* '-' and '/' are arithmetic: names with them stand in quotes. */
static bool
is_name_byte(char byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || byte == '_' || byte == '.' ||
           byte == '@' || (unsigned char)byte >= 0x80;
}

static enum err_code
parse_number(struct parser *p, struct error *err)
{
    size_t end = p->at;
    char *copy;
    char *stop;
    double number;

    while (end < p->text.len && (is_name_byte(p->text.ptr[end]) ||
                                 (memchr("+-", p->text.ptr[end], 2) &&
                                  memchr("eE", p->text.ptr[end - 1], 2))))
        end++;
    copy = xstrndup(str_slice(p->text, p->at, end));
    number = strtod(copy, &stop);
    /* strtod would also take hexadecimal numbers and names of infinity */
    if (*stop || strspn(copy, "0123456789.eE+-") != strlen(copy) ||
        !isfinite(number)) {
        free(copy);
        return expected(p, "a number", err);
    }
    free(copy);
    p->at = end;
    return emit(p, (struct step){OP_NUMBER, 0, number}, 0, err);
}

static enum err_code
parse_quoted(struct parser *p, struct error *err)
{
    char quote = p->text.ptr[p->at];
    size_t end = p->at + 1;
    struct str name;

    while (end < p->text.len && p->text.ptr[end] != quote)
        end++;
    if (end == p->text.len)
        return expected(p, "the end of this quote", err);
    name = str_slice(p->text, p->at + 1, end);
    p->at = end + 1;
    return emit_name(p, name, err);
}

static bool
function_named(struct str name, enum derive_op *op)
{
    static const struct {
        const char *name;
        enum derive_op op;
    } functions[] = {{"max", OP_MAX}, {"min", OP_MIN}, {"mean", OP_MEAN}};

    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        if (str_equal(name, str_of(functions[i].name))) {
            *op = functions[i].op;
            return true;
        }
    return false;
}

/* Behind the '(' of a call. */
static enum err_code
parse_arguments(struct parser *p, enum derive_op op, struct error *err)
{
    struct step step = {op, 0, 0};
    enum err_code code;

    for (;;) {
        code = parse_sum(p, err);
        if (code != ERR_OK)
            return code;
        step.count++;
        if (peek(p) != ',')
            break;
        p->at++;
    }
    if (peek(p) != ')')
        return expected(p, "',' or ')'", err);
    p->at++;
    return emit(p, step, step.count, err);
}

static enum err_code
parse_word(struct parser *p, struct error *err)
{
    size_t start = p->at;
    struct str word;
    enum derive_op op;

    while (p->at < p->text.len && is_name_byte(p->text.ptr[p->at]))
        p->at++;
    word = str_slice(p->text, start, p->at);
    if (peek(p) != '(')
        return emit_name(p, word, err);
    if (!function_named(word, &op)) {
        p->at = start;
        return expected(p, "max(), min() or mean()", err);
    }
    p->at++;
    return parse_arguments(p, op, err);
}

static enum err_code
parse_group(struct parser *p, struct error *err)
{
    enum err_code code;

    p->at++;
    code = parse_sum(p, err);
    if (code != ERR_OK)
        return code;
    if (peek(p) != ')')
        return expected(p, "')'", err);
    p->at++;
    return ERR_OK;
}

static enum err_code
parse_atom(struct parser *p, struct error *err)
{
    char byte = peek(p);
    bool negate = false;
    enum err_code code;

    while (byte == '-' || byte == '+') {
        negate ^= byte == '-';
        p->at++;
        byte = peek(p);
    }
    if (is_digit(byte) || byte == '.')
        code = parse_number(p, err);
    else if (byte == '"' || byte == '\'')
        code = parse_quoted(p, err);
    else if (byte == '(')
        code = parse_group(p, err);
    else if (byte && is_name_byte(byte))
        code = parse_word(p, err);
    else
        code = expected(p, "a score's name, a number or '('", err);
    if (code == ERR_OK && negate)
        code = emit(p, (struct step){OP_NEGATE, 1, 0}, 1, err);
    return code;
}

static enum err_code
parse_product(struct parser *p, struct error *err)
{
    enum err_code code = parse_atom(p, err);

    while (code == ERR_OK && (peek(p) == '*' || peek(p) == '/')) {
        enum derive_op op = peek(p) == '*' ? OP_MULTIPLY : OP_DIVIDE;

        p->at++;
        code = parse_atom(p, err);
        if (code == ERR_OK)
            code = emit(p, (struct step){op, 2, 0}, 2, err);
    }
    return code;
}

static enum err_code
parse_sum(struct parser *p, struct error *err)
{
    enum err_code code;

    if (p->level == LEVELS_MAX)
        return error_set_at(err, ERR_USAGE, p->at,
                            "over %u parentheses within one another",
                            LEVELS_MAX);
    p->level++;
    code = parse_product(p, err);
    while (code == ERR_OK && (peek(p) == '+' || peek(p) == '-')) {
        enum derive_op op = peek(p) == '+' ? OP_ADD : OP_SUBTRACT;

        p->at++;
        code = parse_product(p, err);
        if (code == ERR_OK)
            code = emit(p, (struct step){op, 2, 0}, 2, err);
    }
    p->level--;
    return code;
}

enum err_code
derived_parse(struct derived **out, struct str text, struct error *err)
{
    struct derived *derived = xcalloc(1, sizeof(*derived));
    struct parser parser = {.text = text, .out = derived};
    enum err_code code = parse_sum(&parser, err);

    if (code == ERR_OK && (peek(&parser) != '\0' || parser.at < text.len))
        code = expected(&parser, "an operator", err);
    if (code == ERR_OK) {
        *out = derived;
        derived = NULL;
    }
    derived_free(derived);
    return code;
}

void
derived_free(struct derived *derived)
{
    if (!derived)
        return;
    for (size_t i = 0; i < derived->name_count; i++)
        free(derived->names[i].text);
    free(derived->names);
    free(derived->steps);
    free(derived);
}

size_t
derived_name_count(const struct derived *derived)
{
    return derived->name_count;
}

struct str
derived_name(const struct derived *derived, size_t i)
{
    return str_of(derived->names[i].text);
}

void
derived_bind(struct derived *derived, size_t i, unsigned score)
{
    derived->names[i].score = score;
}

unsigned
derived_score(const struct derived *derived, size_t i)
{
    return derived->names[i].score;
}

double
derived_round(double value)
{
    uint64_t bits;

    if (!isfinite(value))
        return (double)NAN;
    memcpy(&bits, &value, sizeof(bits));
    bits += (UINT64_C(1) << (ROUND_BITS - 1)) - 1 + ((bits >> ROUND_BITS) & 1);
    bits &= ~((UINT64_C(1) << ROUND_BITS) - 1);
    memcpy(&value, &bits, sizeof(bits));
    return isfinite(value) ? value : (double)NAN;
}

/* values[i] = values[i] op other[i] */
static void
combine(enum derive_op op, double *values, const double *other, uint32_t count)
{
    switch (op) {
    case OP_ADD:
        for (uint32_t i = 0; i < count; i++)
            values[i] += other[i];
        break;
    case OP_SUBTRACT:
        for (uint32_t i = 0; i < count; i++)
            values[i] -= other[i];
        break;
    case OP_MULTIPLY:
        for (uint32_t i = 0; i < count; i++)
            values[i] *= other[i];
        break;
    case OP_DIVIDE:
        for (uint32_t i = 0; i < count; i++)
            values[i] /= other[i];
        break;
    case OP_MAX:
        for (uint32_t i = 0; i < count; i++)
            values[i] = fmax(values[i], other[i]); /* skips NaN */
        break;
    case OP_MIN:
        for (uint32_t i = 0; i < count; i++)
            values[i] = fmin(values[i], other[i]);
        break;
    case OP_NUMBER:
    case OP_SCORE:
    case OP_NEGATE:
    case OP_MEAN:
        break;
    }
}

/* Of `arguments` blocks from `first`; the result is in the first. */
static void
average(double (*first)[DERIVE_BLOCK], unsigned arguments, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        double sum = 0;
        unsigned known = 0;

        for (unsigned a = 0; a < arguments; a++)
            if (!isnan(first[a][i])) {
                sum += first[a][i];
                known++;
            }
        first[0][i] = sum / known; /* NaN for none */
    }
}

void
derived_run(const struct derived *derived, derived_fetch *fetch, void *ctx,
            double *values, uint32_t count)
{
    double stack[STACK_MAX][DERIVE_BLOCK];
    unsigned height = 0;

    memset(stack[0], 0, count * sizeof(stack[0][0]));
    for (size_t s = 0; s < derived->step_count; s++) {
        const struct step *step = &derived->steps[s];
        unsigned first = height - step->count;

        if (step->op == OP_NUMBER) {
            for (uint32_t i = 0; i < count; i++)
                stack[height][i] = step->number;
            height++;
            continue;
        }
        if (step->op == OP_SCORE) {
            fetch(ctx, derived->names[step->count].score, stack[height], count);
            height++;
            continue;
        }
        if (step->op == OP_NEGATE)
            for (uint32_t i = 0; i < count; i++)
                stack[first][i] = -stack[first][i];
        else if (step->op == OP_MEAN)
            average(&stack[first], step->count, count);
        for (unsigned a = 1; a < step->count; a++)
            combine(step->op, stack[first], stack[first + a], count);
        height = first + 1;
    }
    for (uint32_t i = 0; i < count; i++)
        values[i] = derived_round(stack[0][i]);
}

/* What is known of a value: its bounds (NaN: none), and which way it is bad. */
struct trait {
    double low, high;
    enum score_bad bad;
    bool constant; /* goes with any direction */
};

static enum score_bad
flipped(enum score_bad bad)
{
    return bad == SCORE_BAD_HIGH  ? SCORE_BAD_LOW
           : bad == SCORE_BAD_LOW ? SCORE_BAD_HIGH
                                  : SCORE_BAD_UNKNOWN;
}

static struct trait
negated(struct trait a)
{
    return (struct trait){-a.high, -a.low, flipped(a.bad), a.constant};
}

static struct trait
inverse(struct trait a)
{
    if (!(a.low > 0 || a.high < 0))
        a.low = a.high = (double)NAN;
    return (struct trait){1 / a.high, 1 / a.low, flipped(a.bad), a.constant};
}

/* NaN when one is: fmin and fmax would skip it. */
static double
least(double a, double b)
{
    return isnan(a) || isnan(b) ? (double)NAN : fmin(a, b);
}

static double
most(double a, double b)
{
    return isnan(a) || isnan(b) ? (double)NAN : fmax(a, b);
}

static struct trait
product(struct trait a, struct trait b)
{
    double corners[4] = {a.low * b.low, a.low * b.high, a.high * b.low,
                         a.high * b.high};
    struct trait out = {corners[0], corners[0], SCORE_BAD_UNKNOWN,
                        a.constant && b.constant};
    const struct trait *scale = a.constant ? &a : &b;
    const struct trait *other = a.constant ? &b : &a;

    for (unsigned i = 1; i < 4; i++) {
        out.low = least(out.low, corners[i]);
        out.high = most(out.high, corners[i]);
    }
    if (scale->constant && scale->low > 0)
        out.bad = other->bad;
    else if (scale->constant && scale->low < 0)
        out.bad = flipped(other->bad);
    else if (!scale->constant && a.low >= 0 && b.low >= 0 && a.bad == b.bad)
        out.bad = a.bad;
    return out;
}

static enum score_bad
common(struct trait a, struct trait b)
{
    if (a.constant)
        return b.bad;
    return b.constant || a.bad == b.bad ? a.bad : SCORE_BAD_UNKNOWN;
}

static struct trait
joined(enum derive_op op, struct trait a, struct trait b)
{
    struct trait out = {(double)NAN, (double)NAN, SCORE_BAD_UNKNOWN,
                        a.constant && b.constant};

    switch (op) {
    case OP_MULTIPLY:
        return product(a, b);
    case OP_DIVIDE:
        return product(a, inverse(b));
    case OP_SUBTRACT:
        return joined(OP_ADD, a, negated(b));
    case OP_ADD:
        out.low = a.low + b.low;
        out.high = a.high + b.high;
        break;
    case OP_MAX: /* of one alone where the other is unknown */
    case OP_MIN:
    case OP_MEAN:
        out.low = least(a.low, b.low);
        out.high = most(a.high, b.high);
        break;
    case OP_NUMBER:
    case OP_SCORE:
    case OP_NEGATE:
        return a;
    }
    out.bad = common(a, b);
    return out;
}

void
derived_describe(const struct derived *derived, const struct score_def *defs,
                 struct score_def *def)
{
    struct trait stack[STACK_MAX] = {{0, 0, SCORE_BAD_UNKNOWN, true}};
    unsigned height = 0;

    for (size_t s = 0; s < derived->step_count; s++) {
        const struct step *step = &derived->steps[s];

        if (step->op == OP_NUMBER) {
            stack[height++] = (struct trait){step->number, step->number,
                                             SCORE_BAD_UNKNOWN, true};
        } else if (step->op == OP_SCORE) {
            const struct score_def *of =
                &defs[derived->names[step->count].score];

            stack[height++] = (struct trait){of->min, of->max, of->bad, false};
        } else {
            unsigned first = height - step->count;

            if (step->op == OP_NEGATE)
                stack[first] = negated(stack[first]);
            for (unsigned a = 1; a < step->count; a++)
                stack[first] = joined(step->op, stack[first], stack[first + a]);
            height = first + 1;
        }
    }
    def->min = stack[0].low <= stack[0].high ? stack[0].low : (double)NAN;
    def->max = stack[0].low <= stack[0].high ? stack[0].high : (double)NAN;
    if (!isfinite(def->min) || !isfinite(def->max))
        def->min = def->max = (double)NAN;
    def->bad = stack[0].constant ? SCORE_BAD_UNKNOWN : stack[0].bad;
}
