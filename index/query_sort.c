/* Reads the value of sort: a score, -score, or a word with arguments. */
#include "config.h"

#include "query_sort.h"

#include <math.h>

#include "query_lex.h"

#define ARGS_MAX 2

struct args {
    struct str at[ARGS_MAX];
    size_t position[ARGS_MAX]; /* in the query */
    size_t count;
};

/* Without blanks around it and without quotes. */
static enum err_code
take_arg(struct str arg, size_t at, struct arena *arena, struct str *out,
         struct error *err)
{
    size_t quote = 0;

    arg = str_trim(arg);
    if (arg.len == 0)
        return error_set_at(err, ERR_USAGE, at, "a name is missing here");
    if (arg.ptr[0] != '"') {
        *out = arg;
        return ERR_OK;
    }
    if (arg.len < 3 || arg.ptr[arg.len - 1] != '"')
        return error_set_at(err, ERR_USAGE, at, "this quote is not closed");
    return lex_quoted(arg, &quote, arena, out, err);
}

/* The next ',' outside quotes, or the end. */
static size_t
arg_end(struct str list, size_t at)
{
    bool quoted = false;

    for (; at < list.len; at++) {
        if (list.ptr[at] == '"')
            quoted = !quoted;
        else if (list.ptr[at] == ',' && !quoted)
            break;
    }
    return at;
}

static enum err_code
split_args(struct args *args, struct str list, size_t at, struct arena *arena,
           struct error *err)
{
    size_t start = 0;

    if (str_trim(list).len == 0)
        return ERR_OK;
    for (;;) {
        size_t end = arg_end(list, start);
        enum err_code code;

        if (args->count == ARGS_MAX)
            return error_set_at(err, ERR_USAGE, at + start,
                                "too many values in parentheses");
        args->position[args->count] = at + start;
        code = take_arg(str_slice(list, start, end), at + start, arena,
                        &args->at[args->count], err);
        if (code != ERR_OK)
            return code;
        args->count++;
        if (end == list.len)
            return ERR_OK;
        start = end + 1;
    }
}

static enum err_code
fill_near(struct query_order *order, const struct args *args, size_t at,
          struct error *err)
{
    if (args->count != 2)
        return error_set_at(err, ERR_USAGE, at, "write sort:near(SCORE,0.5)");
    if (!lex_number(args->at[1], &order->value))
        return error_set_at(err, ERR_USAGE, args->position[1],
                            "a number is needed here: near(SCORE,0.5)");
    order->kind = ORDER_NEAR;
    order->a = args->at[0];
    return ERR_OK;
}

static enum err_code
fill_random(struct query_order *order, const struct args *args, size_t at,
            struct error *err)
{
    uint64_t seed = 0;

    if (args->count > 1)
        return error_set_at(err, ERR_USAGE, at, "write sort:random(42)");
    for (size_t i = 0; args->count && i < args->at[0].len; i++) {
        unsigned digit = (unsigned)(unsigned char)args->at[0].ptr[i] - '0';

        if (digit > 9 || seed > (UINT64_MAX - digit) / 10)
            return error_set_at(err, ERR_USAGE, args->position[0],
                                "the seed is a whole number: random(42)");
        seed = seed * 10 + digit;
    }
    order->kind = ORDER_RANDOM;
    order->seed = seed;
    return ERR_OK;
}

static enum err_code
parse_call(struct query_order *order, struct str name, const struct args *args,
           size_t at, struct error *err)
{
    if (str_equal(name, STR_LIT("near")))
        return fill_near(order, args, at, err);
    if (str_equal(name, STR_LIT("random")))
        return fill_random(order, args, at, err);
    if (!str_equal(name, STR_LIT("disagree")))
        return error_set_at(err, ERR_USAGE, at,
                            "unknown order; there are near(SCORE,0.5), "
                            "disagree(A,B) and random(42)");
    if (args->count != 2)
        return error_set_at(err, ERR_USAGE, at, "write sort:disagree(A,B)");
    order->kind = ORDER_DISAGREE;
    order->a = args->at[0];
    order->b = args->at[1];
    return ERR_OK;
}

/* A bare word: one of ours, or a score. */
static enum err_code
parse_name(struct query_order *order, struct str name, size_t at,
           struct arena *arena, struct error *err)
{
    static const struct {
        const char *name;
        enum order_kind kind;
    } words[] = {
        {"rank", ORDER_RANK},
        {"shard", ORDER_SHARD},
        {"len", ORDER_LENGTH},
        {"random", ORDER_RANDOM},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (str_equal(name, str_of(words[i].name))) {
            order->kind = words[i].kind;
            return ERR_OK;
        }
    }
    order->kind = ORDER_SCORE;
    return take_arg(name, at, arena, &order->a, err);
}

enum err_code
query_sort_parse(struct query_order *order, struct str value, size_t at,
                 struct arena *arena, struct error *err)
{
    struct args args = {.count = 0};
    size_t open;
    enum err_code code;

    *order = (struct query_order){.kind = ORDER_DEFAULT};
    if (value.len && value.ptr[0] == '-') {
        order->reverse = true;
        value = str_slice(value, 1, value.len);
        at++;
    }
    if (value.len == 0)
        return error_set_at(err, ERR_USAGE, at,
                            "an order is missing: sort:SCORE, sort:len, ...");
    open = value.ptr[0] == '"' ? SIZE_MAX : str_find(value, STR_LIT("("), 0);
    if (open == SIZE_MAX)
        return parse_name(order, value, at, arena, err);
    if (value.ptr[value.len - 1] != ')')
        return error_set_at(err, ERR_USAGE, at + open,
                            "this ( is not closed: ) is missing");
    code = split_args(&args, str_slice(value, open + 1, value.len - 1),
                      at + open + 1, arena, err);
    if (code != ERR_OK)
        return code;
    return parse_call(order, str_slice(value, 0, open), &args, at, err);
}
