/* Writing columns: values are kept as doubles or 32-bit codes in the order of
 * documents, spilled to a file when there are many, and narrowed at the end. */
#include "config.h"

#include "column.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "column_file.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"

#define PENDING 8192 /* values in memory before they are spilled */
#define LABEL_BYTES_MAX ((size_t)1 << 31)

struct column_writer {
    bool labels;
    bool narrow;      /* every number so far is narrow */
    uint32_t first;   /* document of the first value */
    uint32_t count;   /* values */
    uint32_t pending; /* values in numbers or codes */
    union {
        double numbers[PENDING];
        uint32_t codes[PENDING];
    } values;
    char *spill_path;
    FILE *spill; /* NULL until needed */

    struct buf label_bytes;
    uint32_t *offsets; /* label_count + 1 */
    uint32_t label_count;
    uint32_t *table; /* open hash of codes; table_size a power of two */
    uint32_t table_size;
};

struct column_writer *
column_writer_new(bool labels, const char *spill)
{
    struct column_writer *writer = xcalloc(1, sizeof(*writer));

    writer->labels = labels;
    writer->narrow = true;
    writer->spill_path = xstrdup(spill);
    buf_init(&writer->label_bytes, LABEL_BYTES_MAX);
    return writer;
}

void
column_writer_free(struct column_writer *writer)
{
    if (!writer)
        return;
    if (writer->spill) {
        (void)fclose(writer->spill);
        (void)unlink(writer->spill_path);
    }
    free(writer->spill_path);
    buf_release(&writer->label_bytes);
    free(writer->offsets);
    free(writer->table);
    free(writer);
}

bool
column_writer_is_empty(const struct column_writer *writer)
{
    return writer->count == 0;
}

static float
to_float(double value)
{
    return (float)value;
}

bool
column_is_narrow(double value)
{
    float narrow = to_float(value);
    char text[32];

    if (isnan(value) || (value == trunc(value) && (double)narrow == value))
        return true;
    for (int digits = 6; digits <= 9; digits++) {
        (void)snprintf(text, sizeof(text), "%.*g", digits, (double)narrow);
        if (strtof(text, NULL) == narrow)
            return strtod(text, NULL) == value;
    }
    return false;
}

static size_t
pending_size(const struct column_writer *writer)
{
    return writer->labels ? sizeof(uint32_t) : sizeof(double);
}

static enum err_code
spill_pending(struct column_writer *writer, struct error *err)
{
    if (!writer->spill) {
        writer->spill = fopen(writer->spill_path, "wb+ex");
        if (!writer->spill)
            return error_errno(err, errno, writer->spill_path);
    }
    if (fwrite(&writer->values, pending_size(writer), writer->pending,
               writer->spill) != writer->pending)
        return error_errno(err, errno ? errno : EIO, writer->spill_path);
    writer->pending = 0;
    return ERR_OK;
}

/* Make the values between the last one and `doc` unknown, and room for it. */
static enum err_code
pad(struct column_writer *writer, uint32_t doc, struct error *err)
{
    if (writer->count == 0)
        writer->first = doc;
    while (writer->count < doc - writer->first) {
        if (writer->pending == PENDING) {
            enum err_code code = spill_pending(writer, err);

            if (code != ERR_OK)
                return code;
        }
        if (writer->labels)
            writer->values.codes[writer->pending++] = 0;
        else
            writer->values.numbers[writer->pending++] = (double)NAN;
        writer->count++;
    }
    return writer->pending == PENDING ? spill_pending(writer, err) : ERR_OK;
}

enum err_code
column_set_number(struct column_writer *writer, uint32_t doc, double value,
                  struct error *err)
{
    enum err_code code;

    if (isnan(value))
        return ERR_OK;
    code = pad(writer, doc, err);
    if (code != ERR_OK)
        return code;
    if (writer->narrow)
        writer->narrow = column_is_narrow(value);
    writer->values.numbers[writer->pending++] = value;
    writer->count++;
    return ERR_OK;
}

static uint32_t
hash_label(struct str label)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < label.len; i++)
        hash = (hash ^ (unsigned char)label.ptr[i]) * 16777619u;
    return hash ^ hash >> 15;
}

static struct str
label_of(const struct column_writer *writer, uint32_t code)
{
    uint32_t start = writer->offsets[code - 1];

    return (struct str){writer->label_bytes.ptr + start,
                        writer->offsets[code] - start};
}

/* The slot that holds `label`, or the free one where it belongs. */
static uint32_t *
find_slot(const struct column_writer *writer, struct str label)
{
    uint32_t at = hash_label(label) & (writer->table_size - 1);

    while (writer->table[at] &&
           !str_equal(label_of(writer, writer->table[at]), label))
        at = (at + 1) & (writer->table_size - 1);
    return &writer->table[at];
}

static enum err_code
grow_table(struct column_writer *writer, struct error *err)
{
    uint32_t size = writer->table_size ? writer->table_size * 2 : 64;
    uint32_t *table = calloc(size, sizeof(*table));
    uint32_t *offsets =
        realloc(writer->offsets, (size_t)size * sizeof(*offsets));

    if (offsets)
        writer->offsets = offsets;
    if (!table || !offsets) {
        free(table);
        return error_nomem(err);
    }
    offsets[0] = 0;
    free(writer->table);
    writer->table = table;
    writer->table_size = size;
    for (uint32_t code = 1; code <= writer->label_count; code++)
        *find_slot(writer, label_of(writer, code)) = code;
    return ERR_OK;
}

static enum err_code
find_code(struct column_writer *writer, struct str label, uint32_t *out,
          struct error *err)
{
    enum err_code code = ERR_OK;
    uint32_t *slot;

    if ((writer->label_count + 2) * 2 > writer->table_size)
        code = grow_table(writer, err);
    if (code != ERR_OK)
        return code;
    slot = find_slot(writer, label);
    if (!*slot) {
        code = buf_append_str(&writer->label_bytes, label, err);
        if (code != ERR_OK)
            return code;
        writer->offsets[++writer->label_count] =
            (uint32_t)writer->label_bytes.len;
        *slot = writer->label_count;
    }
    *out = *slot;
    return ERR_OK;
}

enum err_code
column_set_label(struct column_writer *writer, uint32_t doc, struct str label,
                 struct error *err)
{
    uint32_t value;
    enum err_code code;

    if (!label.ptr)
        return ERR_OK;
    code = find_code(writer, label, &value, err);
    if (code == ERR_OK)
        code = pad(writer, doc, err);
    if (code != ERR_OK)
        return code;
    writer->values.codes[writer->pending++] = value;
    writer->count++;
    return ERR_OK;
}

static uint32_t
choose_form(const struct column_writer *writer)
{
    if (!writer->labels)
        return writer->narrow ? FORM_FLOAT32 : FORM_FLOAT64;
    if (writer->label_count <= UINT8_MAX)
        return FORM_CODE8;
    return writer->label_count <= UINT16_MAX ? FORM_CODE16 : FORM_CODE32;
}

/* Narrow pending value `i` into `out`. */
static void
narrow_value(const struct column_writer *writer, uint32_t form, uint32_t i,
             void *out)
{
    uint32_t code = writer->values.codes[writer->labels ? i : 0];
    double number = writer->values.numbers[writer->labels ? 0 : i];
    float narrow;
    uint8_t code8 = (uint8_t)code;
    uint16_t code16 = (uint16_t)code;

    switch ((enum column_form)form) {
    case FORM_FLOAT32:
        narrow = to_float(number);
        memcpy(out, &narrow, sizeof(narrow));
        break;
    case FORM_FLOAT64:
        memcpy(out, &number, sizeof(number));
        break;
    case FORM_CODE8:
        memcpy(out, &code8, sizeof(code8));
        break;
    case FORM_CODE16:
        memcpy(out, &code16, sizeof(code16));
        break;
    case FORM_CODE32:
        memcpy(out, &code, sizeof(code));
        break;
    }
}

/* A file being written, and the hash of it. */
struct sink {
    struct outfile *file;
    struct hasher *hasher;
};

static enum err_code
emit(struct sink *sink, const void *ptr, size_t len, struct error *err)
{
    hasher_update(sink->hasher, ptr, len);
    return outfile_write(sink->file, ptr, len, err);
}

static enum err_code
write_pending(struct column_writer *writer, uint32_t form, struct sink *sink,
              struct error *err)
{
    static const size_t chunk = 512;
    unsigned width = column_width(form);
    char bytes[512 * sizeof(double)];
    enum err_code code = ERR_OK;

    for (uint32_t at = 0; at < writer->pending && code == ERR_OK;) {
        size_t used = 0;

        while (at < writer->pending && used < chunk * width) {
            narrow_value(writer, form, at++, bytes + used);
            used += width;
        }
        code = emit(sink, bytes, used, err);
    }
    return code;
}

static enum err_code
write_values(struct column_writer *writer, uint32_t form, struct sink *sink,
             struct error *err)
{
    uint64_t size = (uint64_t)writer->count * column_width(form);
    static const char zeros[8] = {0};
    enum err_code code = ERR_OK;

    if (writer->spill) {
        code = spill_pending(writer, err);
        if (code != ERR_OK)
            return code;
        if (fflush(writer->spill) != 0 ||
            fseek(writer->spill, 0, SEEK_SET) != 0)
            return error_errno(err, errno, writer->spill_path);
        do {
            writer->pending = (uint32_t)fread(
                &writer->values, pending_size(writer), PENDING, writer->spill);
            code = write_pending(writer, form, sink, err);
        } while (code == ERR_OK && writer->pending > 0);
        if (code == ERR_OK && ferror(writer->spill))
            code =
                error_set(err, ERR_IO, "%s: cannot read", writer->spill_path);
    } else {
        code = write_pending(writer, form, sink, err);
    }
    if (code == ERR_OK)
        code = emit(sink, zeros, (8 - size % 8) % 8, err);
    return code;
}

static enum err_code
write_labels(struct column_writer *writer, struct sink *sink, struct error *err)
{
    static const uint32_t none = 0;
    const uint32_t *offsets = writer->offsets ? writer->offsets : &none;
    enum err_code code;

    code = emit(sink, offsets,
                ((size_t)writer->label_count + 1) * sizeof(*offsets), err);
    if (code == ERR_OK && writer->label_bytes.len > 0)
        code =
            emit(sink, writer->label_bytes.ptr, writer->label_bytes.len, err);
    return code;
}

enum err_code
column_writer_commit(struct column_writer *writer, const char *path,
                     uint32_t count, const struct hash *partition,
                     struct error *err)
{
    struct column_header header = {
        .magic = COLUMN_MAGIC,
        .form = choose_form(writer),
        .count = count,
        .first = writer->first,
        .length = writer->count,
        .label_count = writer->label_count,
        .partition = *partition,
    };
    struct sink sink = {NULL, NULL};
    enum err_code code = outfile_open(&sink.file, path, err);

    if (code != ERR_OK)
        return code;
    sink.hasher = hasher_new();
    code = emit(&sink, &header, sizeof(header), err);
    if (code == ERR_OK)
        code = write_values(writer, header.form, &sink, err);
    if (code == ERR_OK && writer->labels)
        code = write_labels(writer, &sink, err);
    if (code == ERR_OK) {
        struct hash hash = hasher_take(sink.hasher);

        code = outfile_write(sink.file, hash.bytes, HASH_SIZE, err);
    }
    if (code == ERR_OK) {
        code = outfile_commit(sink.file, true, NULL, err);
        sink.file = NULL;
    }
    outfile_abort(sink.file);
    hasher_free(sink.hasher);
    return code;
}
