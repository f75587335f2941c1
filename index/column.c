/* Column files, read by mapping them. Layout, in this machine's byte order
 * (the magic number tells another's): struct header, values, padding to 8
 * bytes, for labels offsets[count + 1] (32 bits) and the labels' bytes; the
 * SHA-256 of all that. */
#include "config.h"

#include "column.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "column_file.h"
#include "stet/xalloc.h"

struct column {
    void *map;
    size_t size;
    const struct column_header *header;
    const char *values;
    const uint32_t *offsets; /* label_count + 1 */
    const char *labels;
};

static uint64_t
padded(uint64_t size)
{
    return (size + 7) & ~UINT64_C(7);
}

unsigned
column_width(uint32_t form)
{
    switch ((enum column_form)form) {
    case FORM_CODE8:
        return 1;
    case FORM_CODE16:
        return 2;
    case FORM_FLOAT32:
    case FORM_CODE32:
        return 4;
    case FORM_FLOAT64:
        return 8;
    }
    return 0;
}

/* Every size in the header must agree with the file's. */
static bool
layout_holds(struct column *column, bool labels, uint32_t count)
{
    const struct column_header *header = column->header;
    unsigned width = column_width(header->form);
    uint64_t values = sizeof(*header);
    uint64_t end = values + padded((uint64_t)header->length * width);
    uint64_t size = column->size - HASH_SIZE;
    bool coded = header->form >= FORM_CODE8;

    if (header->magic != COLUMN_MAGIC || width == 0 || header->count != count ||
        coded != labels)
        return false;
    column->values = (const char *)column->map + values;
    if (!labels)
        return end == size;
    if (end > size || size - end < ((uint64_t)header->label_count + 1) * 4)
        return false;
    column->offsets = (const void *)((const char *)column->map + end);
    end += ((uint64_t)header->label_count + 1) * 4;
    column->labels = (const char *)column->map + end;
    if (column->offsets[0] != 0 ||
        column->offsets[header->label_count] != size - end)
        return false;
    for (uint32_t i = 0; i < header->label_count; i++)
        if (column->offsets[i] > column->offsets[i + 1])
            return false;
    return true;
}

static enum err_code
map_file(struct column *column, const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;
    enum err_code code = ERR_OK;

    if (fd < 0)
        return error_errno(err, errno, path);
    if (fstat(fd, &status) != 0) {
        code = error_errno(err, errno, path);
    } else if (!S_ISREG(status.st_mode) ||
               (uint64_t)status.st_size <
                   sizeof(struct column_header) + HASH_SIZE ||
               (uint64_t)status.st_size > SIZE_MAX / 2) {
        code = error_set(err, ERR_FORMAT, "%s: not a column", path);
    } else {
        column->size = (size_t)status.st_size;
        column->map = mmap(NULL, column->size, PROT_READ, MAP_SHARED, fd, 0);
        if (column->map == MAP_FAILED) {
            column->map = NULL;
            code = error_errno(err, errno, path);
        }
    }
    close(fd);
    return code;
}

enum err_code
column_open(struct column **out, const char *path, bool labels, uint32_t count,
            const struct hash *partition, struct error *err)
{
    struct column *column = xcalloc(1, sizeof(*column));
    enum err_code code = map_file(column, path, err);

    if (code == ERR_OK) {
        column->header = column->map;
        if (!layout_holds(column, labels, count))
            code = error_set(err, ERR_FORMAT, "%s: damaged", path);
        else if (!hash_equal(&column->header->partition, partition))
            code = error_set(err, ERR_FORMAT,
                             "%s: belongs to another partition", path);
    }
    if (code == ERR_OK) {
        *out = column;
        column = NULL;
    }
    column_close(column);
    return code;
}

bool
column_is_sound(const struct column *column)
{
    size_t size = column->size - HASH_SIZE;
    struct hash hash = hash_of((struct str){column->map, size});

    return memcmp(hash.bytes, (const char *)column->map + size, HASH_SIZE) == 0;
}

void
column_close(struct column *column)
{
    if (!column)
        return;
    if (column->map)
        munmap(column->map, column->size);
    free(column);
}

void
column_rest(const struct column *column)
{
    if (column->map)
        (void)madvise(column->map, column->size, MADV_DONTNEED);
}

double
column_number(const struct column *column, uint32_t doc)
{
    doc -= column->header->first;
    if (doc >= column->header->length) /* also when it was before */
        return (double)NAN;
    if (column->header->form == FORM_FLOAT32)
        return (double)((const float *)(const void *)column->values)[doc];
    return ((const double *)(const void *)column->values)[doc];
}

void
column_numbers(const struct column *column, uint32_t doc, uint32_t count,
               double *values)
{
    const struct column_header *header = column->header;
    const float *narrow = (const void *)column->values;

    if (header->form == FORM_FLOAT32 && doc >= header->first &&
        doc - header->first <= header->length &&
        count <= header->length - (doc - header->first)) {
        for (uint32_t i = 0; i < count; i++)
            values[i] = (double)narrow[doc - header->first + i];
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        values[i] = column_number(column, doc + i);
}

bool
column_is_float32(const struct column *column)
{
    return column->header->form == FORM_FLOAT32;
}

/* The nearest decimal with ever more places until one reads back. Up to 12
 * places the product is exact (24 + 28 bits), and so is the quotient's
 * rounding (Clinger 1990: both below 2^53 and 10^22). */
double
column_widen(float narrow)
{
    static const double powers[] = {1e1, 1e2, 1e3, 1e4,  1e5,  1e6,
                                    1e7, 1e8, 1e9, 1e10, 1e11, 1e12};
    double value = (double)narrow;

    if (!isfinite(value) || value == trunc(value))
        return value;
    for (size_t i = 0; i < sizeof(powers) / sizeof(powers[0]); i++) {
        double decimal = rint(value * powers[i]) / powers[i];

        if ((float)decimal == narrow)
            return decimal;
    }
    for (int digits = 6; digits <= 9; digits++) {
        char text[32];

        (void)snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtof(text, NULL) == narrow)
            return strtod(text, NULL);
    }
    return value;
}

double
column_decimal(const struct column *column, double value)
{
    return column_is_float32(column) ? column_widen((float)value) : value;
}

uint32_t
column_code(const struct column *column, uint32_t doc)
{
    const void *values = column->values;
    uint32_t code = 0;

    doc -= column->header->first;
    if (doc >= column->header->length)
        return 0;
    if (column->header->form == FORM_CODE8)
        code = ((const uint8_t *)values)[doc];
    else if (column->header->form == FORM_CODE16)
        code = ((const uint16_t *)values)[doc];
    else
        code = ((const uint32_t *)values)[doc];
    return code <= column->header->label_count ? code : 0;
}

uint32_t
column_label_count(const struct column *column)
{
    return column->header->label_count;
}

struct str
column_label(const struct column *column, uint32_t code)
{
    if (code == 0 || code > column->header->label_count)
        return (struct str){NULL, 0};
    return (struct str){column->labels + column->offsets[code - 1],
                        column->offsets[code] - column->offsets[code - 1]};
}
