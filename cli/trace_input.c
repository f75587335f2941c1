/* Reads outputs to be traced. A row that is none keeps its place, so that
 * results go with the lines of the file. */
#include "config.h"

#include "cli/trace_input.h"

#include <stdlib.h>

#include "cli/targets.h"
#include "stet/fileio.h"
#include "stet/json.h"

#define INPUT_MAX ((size_t)1 << 30)

static struct str
next_line(struct str content, size_t *at)
{
    size_t end = str_find(content, STR_LIT("\n"), *at);
    struct str line;

    if (end == SIZE_MAX)
        end = content.len;
    line = str_slice(content, *at, end);
    *at = end + 1;
    return line;
}

static struct str
raw_of(const struct json_value *object, const char *key)
{
    const struct json_value *value = json_get(object, key);

    return value ? value->raw : (struct str){NULL, 0};
}

static enum err_code
read_row(struct trace_inputs *inputs, struct str line,
         struct trace_input *input, struct error *err)
{
    const struct json_value *row = NULL;
    const struct json_value *output;
    struct error problem = ERROR_INIT;
    enum err_code code = json_parse(line, &inputs->arena, &row, &problem);

    input->hash = hash_of(line);
    if (code == ERR_NOMEM)
        return error_nomem(err);
    if (code != ERR_OK || row->type != JSON_OBJECT) {
        input->problem = "no JSON object";
        return ERR_OK;
    }
    output = json_get(row, "output");
    if (!output || output->type != JSON_STRING)
        input->problem = "no text under \"output\"";
    else
        input->output = output->string;
    input->prompt = json_get_str(row, "prompt", (struct str){NULL, 0});
    input->id = raw_of(row, "id");
    input->metric = raw_of(row, "metric");
    return ERR_OK;
}

/* Whether it begins as rows do. */
static bool
has_rows(struct trace_inputs *inputs)
{
    const struct json_value *row = NULL;
    struct error ignored = ERROR_INIT;
    size_t at = 0;
    struct str line = {NULL, 0};

    while (at < inputs->content.len && str_trim(line).len == 0)
        line = next_line(buf_str(&inputs->content), &at);
    return json_parse(line, &inputs->arena, &row, &ignored) == ERR_OK &&
           row->type == JSON_OBJECT && json_get(row, "output");
}

static enum err_code
read_rows(struct trace_inputs *inputs, struct error *err)
{
    struct str content = buf_str(&inputs->content);
    enum err_code code = ERR_OK;
    uint64_t number = 0;
    size_t lines = 1;

    for (size_t at = 0; at < content.len; at++)
        lines += content.ptr[at] == '\n';
    inputs->list = calloc(lines, sizeof(*inputs->list));
    if (!inputs->list)
        return error_nomem(err);
    for (size_t at = 0; code == ERR_OK && at < content.len; number++) {
        struct str line = str_trim(next_line(content, &at));
        struct trace_input *input = &inputs->list[inputs->count];

        if (line.len == 0)
            continue;
        inputs->count++;
        input->line = number;
        code = read_row(inputs, line, input, err);
    }
    return code;
}

enum err_code
trace_inputs_read(struct trace_inputs *inputs, const char *path, bool plain,
                  struct error *err)
{
    enum err_code code;

    *inputs = (struct trace_inputs){0};
    arena_init(&inputs->arena, 0);
    if (!path || strcmp(path, "-") == 0)
        code = stdin_read(INPUT_MAX, &inputs->content, err);
    else
        code = file_read(path, INPUT_MAX, &inputs->content, err);
    if (code != ERR_OK)
        return code;
    inputs->rows = !plain && has_rows(inputs);
    if (inputs->rows)
        return read_rows(inputs, err);
    inputs->list = calloc(1, sizeof(*inputs->list));
    if (!inputs->list)
        return error_nomem(err);
    inputs->count = 1;
    inputs->list[0].output = buf_str(&inputs->content);
    inputs->list[0].hash = hash_of(inputs->list[0].output);
    return ERR_OK;
}

void
trace_inputs_release(struct trace_inputs *inputs)
{
    free(inputs->list);
    arena_release(&inputs->arena);
    buf_release(&inputs->content);
}
