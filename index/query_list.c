/* list:FILE: any phrase of a file, one on a line. The path is relative to the
 * current folder, as for any file that a command is given. */
#include "config.h"

#include "query_list.h"

#include "stet/fileio.h"
#include "stet/tokenizer.h"

#define LIST_BYTES_MAX ((size_t)1 << 20)

static bool
count_token(void *ctx, const struct token *token)
{
    size_t *count = ctx;

    (void)token;
    return ++*count <= QUERY_PHRASE_TOKENS_MAX;
}

static enum err_code
read_lines(const struct query_field *field, struct buf *lines,
           struct error *err)
{
    struct buf path = {0};
    enum err_code code = buf_append_str(&path, field->value, err);

    if (code == ERR_OK)
        code = file_read(xbuf_cstr(&path), LIST_BYTES_MAX, lines, err);
    if (code != ERR_OK && code != ERR_NOMEM) {
        err->code = code = ERR_USAGE;
        err->offset = field->value_at;
    }
    buf_release(&path);
    return code;
}

enum err_code
list_foreach(const struct query_field *field, struct tokenizer *tokenizer,
             list_visit *visit, void *ctx, struct error *err)
{
    struct buf lines = {0};
    size_t number = 0;
    size_t end;
    enum err_code code = read_lines(field, &lines, err);

    for (size_t at = 0; code == ERR_OK && at < lines.len; at = end + 1) {
        struct query_phrase phrase = {{NULL, 0}, false};
        size_t count = 0;

        end = str_find(buf_str(&lines), STR_LIT("\n"), at);
        if (end == SIZE_MAX)
            end = lines.len;
        number++;
        phrase.text = str_slice(buf_str(&lines), at, end);
        tokenizer_run(tokenizer, phrase.text, count_token, &count);
        if (count > QUERY_PHRASE_TOKENS_MAX)
            code = error_set_at(err, ERR_USAGE, field->value_at,
                                "line %zu of the list is longer than %d words",
                                number, QUERY_PHRASE_TOKENS_MAX);
        else if (count > 0)
            code = visit(ctx, &phrase, err);
    }
    buf_release(&lines);
    return code;
}
