/* The configuration with which Dolma's mixer carries an export out. */
#include "config.h"

#include "export_dolma.h"

#include "stet/json.h"

/* The path of the spans or of the text of a number. */
static void
put_path(const struct dolma *dolma, struct json_out *w, const char *key,
         unsigned number, const char *end)
{
    struct buf path = {0};

    xbuf_printf(&path, "$.attributes.%s__human__r%u%s", dolma->run, number,
                end);
    json_key(w, key);
    json_str(w, buf_str(&path));
    buf_release(&path);
}

static void
put_filter(const struct dolma *dolma, struct json_out *w)
{
    struct buf test = {0};

    xbuf_printf(&test,
                "$.attributes[?(@.%s__human__drop && @.%s__human__drop[0] && "
                "@.%s__human__drop[0][2] >= 0.5)]",
                dolma->run, dolma->run, dolma->run);
    json_key(w, "filter");
    json_open(w, '{');
    json_key(w, "include");
    json_open(w, '[');
    json_close(w, ']');
    json_key(w, "exclude");
    json_open(w, '[');
    json_str(w, buf_str(&test));
    json_close(w, ']');
    json_key(w, "syntax");
    json_str(w, STR_LIT("jsonpath"));
    json_close(w, '}');
    buf_release(&test);
}

static void
put_replacements(const struct dolma *dolma, struct json_out *w)
{
    json_key(w, "span_replacement");
    json_open(w, '[');
    for (unsigned i = 0; i < dolma->texts; i++) {
        json_open(w, '{');
        put_path(dolma, w, "span", i, "");
        json_key(w, "min_score");
        json_double(w, 0.5);
        put_path(dolma, w, "replacement", i, "_text");
        json_key(w, "syntax");
        json_str(w, STR_LIT("jsonpath"));
        json_close(w, '}');
    }
    json_close(w, ']');
}

/* The length of what comes before `documents/` in a path. */
static size_t
prefix_len(struct str name)
{
    return str_find(name, STR_LIT("documents/"), 0);
}

/* Takes the next path of the list. */
static bool
next_name(struct str *rest, struct str *name)
{
    size_t end = str_find(*rest, STR_LIT("\n"), 0);

    if (end == SIZE_MAX)
        return false;
    *name = str_slice(*rest, 0, end);
    *rest = str_slice(*rest, end + 1, rest->len);
    return true;
}

static void
put_path_below(struct json_out *w, const char *folder, struct str name)
{
    struct buf path = {0};

    xbuf_printf(&path, "%s/", folder);
    xbuf_append_str(&path, name);
    while (path.len && path.ptr[path.len - 1] == '/')
        path.len--;
    json_str(w, buf_str(&path));
    buf_release(&path);
}

static void
put_documents(const struct dolma *dolma, struct str prefix, const char *final,
              struct json_out *w)
{
    struct str rest = buf_str(&dolma->documents);
    struct str name;

    json_key(w, "documents");
    json_open(w, '[');
    while (next_name(&rest, &name))
        if (str_equal(str_slice(name, 0, prefix_len(name)), prefix))
            put_path_below(w, final, name);
    json_close(w, ']');
}

static void
put_stream(const struct dolma *dolma, struct str prefix, unsigned number,
           const char *final, struct json_out *w)
{
    struct buf text = {0};

    json_open(w, '{');
    xbuf_printf(&text, number ? "%s_%u" : "%s", dolma->run, number);
    json_key(w, "name");
    json_str(w, buf_str(&text));
    put_documents(dolma, prefix, final, w);
    json_key(w, "attributes");
    json_open(w, '[');
    json_str(w, str_of(dolma->run));
    json_close(w, ']');
    put_filter(dolma, w);
    put_replacements(dolma, w);
    json_key(w, "output");
    json_open(w, '{');
    json_key(w, "path");
    buf_clear(&text);
    xbuf_printf(&text, "%s/mixed", final);
    put_path_below(w, xbuf_cstr(&text), prefix);
    json_close(w, '}');
    json_close(w, '}');
    buf_release(&text);
}

/* The mixer names its output by what follows `documents/`: what comes before
 * makes a stream of its own. */
static void
put_streams(const struct dolma *dolma, const char *final, struct json_out *w)
{
    struct str all = buf_str(&dolma->documents);
    struct str rest = all;
    struct str name;
    unsigned number = 0;

    json_key(w, "streams");
    json_open(w, '[');
    while (next_name(&rest, &name)) {
        struct str prefix = str_slice(name, 0, prefix_len(name));
        struct str before = {all.ptr, (size_t)(name.ptr - all.ptr)};
        struct str other;
        bool first = true;

        while (first && next_name(&before, &other))
            first = !str_equal(str_slice(other, 0, prefix_len(other)), prefix);
        if (first)
            put_stream(dolma, prefix, number++, final, w);
    }
    json_close(w, ']');
}

enum err_code
dolma_config_write(const struct dolma *dolma, const char *folder,
                   const char *final, struct error *err)
{
    struct buf text = {0};
    struct json_out w = {&text, false};
    enum err_code code;

    json_open(&w, '{');
    put_streams(dolma, final, &w);
    json_key(&w, "processes");
    json_int(&w, 1);
    /* Shards stay shards, in their order. */
    json_key(&w, "shuffle");
    json_bool(&w, false);
    json_close(&w, '}');
    xbuf_append(&text, "\n", 1);
    code = export_folder_write(folder, "mixer.json", buf_str(&text), err);
    buf_release(&text);
    return code;
}
