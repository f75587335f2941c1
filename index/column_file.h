/* Layout of a column file; shared by its writer and its reader. Its last
 * HASH_SIZE bytes are the SHA-256 of those before. */
#ifndef INDEX_COLUMN_FILE_H
#define INDEX_COLUMN_FILE_H

#include "stet/hash.h"

#define COLUMN_MAGIC UINT64_C(0x326C6F6374657473) /* "stetcol2" */

enum column_form {
    FORM_FLOAT32 = 1,
    FORM_FLOAT64,
    FORM_CODE8,
    FORM_CODE16,
    FORM_CODE32
};

struct column_header {
    uint64_t magic;
    uint32_t form;        /* enum column_form */
    uint32_t count;       /* documents of the partition */
    uint32_t first;       /* values are kept for the documents */
    uint32_t length;      /* [first, first + length); others are unknown */
    uint32_t label_count; /* without the unknown one */
    uint32_t reserved;
    struct hash partition; /* of the partition's file */
};

/* Bytes of a value; 0 for what is no form. */
unsigned column_width(uint32_t form);

#endif
