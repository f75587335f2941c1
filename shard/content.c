/* Content that is no JSON lines, told once from its first bytes instead of
 * once a line: UTF-16, files compressed twice, Parquet and other binary. */
#include "config.h"

#include "shard/container.h"

#define BINARY_HEAD 512 /* bytes looked at */

struct magic {
    struct str bytes;
    const char *name;
};

static const struct magic magics[] = {
    {{"\x28\xB5\x2F\xFD", 4}, "zstd"},
    {{"\x1F\x8B\x08", 3}, "gzip"},
    {{"BZh", 3}, "bzip2"},
    {{"\xFD"
      "7zXZ\0",
      6},
     "xz"},
    {{"\x04\x22\x4D\x18", 4}, "lz4"},
    {{"PK\x03\x04", 4}, "zip"},
    {{"7z\xBC\xAF\x27\x1C", 6}, "7-Zip"},
    {{"PAR1", 4}, "Parquet"},
    {{"ARROW1", 6}, "Arrow"},
    {{"SQLite format 3\0", 16}, "SQLite"},
    {{"Obj\x01", 4}, "Avro"},
    {{"\x7F"
      "ELF",
      4},
     "ELF"},
    {{"%PDF-", 5}, "PDF"},
    {{"WARC/1.", 7}, "WARC"},
};

static enum err_code
check_magic(struct str head, enum container container, struct error *err)
{
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        const struct magic *magic = &magics[i];

        if (!str_starts_with(head, magic->bytes))
            continue;
        if (container == CONTAINER_PLAIN)
            return error_set_at(err, ERR_FORMAT, 0,
                                "not JSON Lines: the file is %s", magic->name);
        return error_set_at(err, ERR_FORMAT, 0,
                            "not JSON Lines: the content of the %s file is "
                            "itself %s",
                            container_name(container), magic->name);
    }
    return ERR_OK;
}

static enum err_code
check_utf16(struct str head, struct error *err)
{
    const char *order = NULL;

    if (str_starts_with(head, STR_LIT("\xFF\xFE")) ||
        (head.len >= 4 && head.ptr[0] == '{' && !head.ptr[1] && !head.ptr[3]))
        order = "little";
    else if (str_starts_with(head, STR_LIT("\xFE\xFF")) ||
             (head.len >= 4 && !head.ptr[0] && head.ptr[1] == '{' &&
              !head.ptr[2]))
        order = "big";
    if (!order)
        return ERR_OK;
    return error_set_at(err, ERR_FORMAT, 0,
                        "UTF-16 (%s-endian) is not supported: convert it to "
                        "UTF-8",
                        order);
}

/* A long unnamed binary: begins like no JSON value, and every eighth byte or
 * more is a control character. All zeros are left to the record limit. */
static enum err_code
check_binary(struct str head, struct error *err)
{
    size_t control = 0;
    size_t zeros = 0;
    size_t len = head.len < BINARY_HEAD ? head.len : BINARY_HEAD;

    if (len < 64 || memchr("{[\" \t\r\n-", head.ptr[0], 9))
        return ERR_OK;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)head.ptr[i];

        control += c < 0x20 && !(c >= '\t' && c <= '\r') && c != 0x1B;
        zeros += c == 0;
    }
    if (zeros == len || control < len / 8)
        return ERR_OK;
    return error_set_at(err, ERR_FORMAT, 0,
                        "not JSON Lines: binary; the first byte is 0x%02X",
                        (unsigned)(unsigned char)head.ptr[0]);
}

/* A JSON array over several lines: the usual other kind of .json file. */
static enum err_code
check_array(struct str head, struct error *err)
{
    struct str body = str_starts_with(head, STR_LIT("\xEF\xBB\xBF"))
                          ? str_slice(head, 3, head.len)
                          : head;
    struct str line = str_trim(body);
    size_t newline;

    if (line.len == 0 || line.ptr[0] != '[')
        return ERR_OK;
    newline = str_find(line, STR_LIT("\n"), 0);
    if (newline == SIZE_MAX)
        return ERR_OK;
    line = str_trim(str_slice(line, 0, newline));
    if (line.len > 1 && line.ptr[line.len - 1] != ',')
        return ERR_OK;
    return error_set_at(err, ERR_FORMAT, (uint64_t)(line.ptr - head.ptr),
                        "not JSON Lines; first byte [: an array over several "
                        "lines (write one record a line)");
}

enum err_code
content_check(struct str head, enum container container, struct error *err)
{
    enum err_code code;

    if (head.len == 0)
        return ERR_OK;
    code = check_magic(head, container, err);
    if (code == ERR_OK)
        code = check_utf16(head, err);
    if (code == ERR_OK)
        code = check_binary(head, err);
    if (code == ERR_OK)
        code = check_array(head, err);
    return code;
}
