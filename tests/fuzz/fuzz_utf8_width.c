/* Any bytes as text: characters and pieces cover it exactly, and nothing that
 * a terminal could obey comes out. */
#include "config.h"

#include "stet/utf8.h"
#include "stet/width.h"
#include "tests/fuzz/fuzz.h"

static void
check_characters(struct str s)
{
    uint64_t count = 0;
    size_t at = 0;
    bool valid = true;

    while (at < s.len) {
        unsigned len;
        uint32_t cp = utf8_decode(s, at, &len);

        FUZZ_CHECK(len >= 1 && len <= 4 && at + len <= s.len);
        FUZZ_CHECK(cp <= 0x10FFFF);
        FUZZ_CHECK(utf8_is_boundary(s, at));
        FUZZ_CHECK(utf8_prev(s, at + len - 1) == at);
        FUZZ_CHECK(utf8_next(s, at) == at + len);
        if (utf8_is_ill_formed(s, at, cp, len)) {
            valid = false;
        } else {
            char bytes[4];

            FUZZ_CHECK(utf8_encode(cp, bytes) == len);
            FUZZ_CHECK(memcmp(bytes, s.ptr + at, len) == 0);
        }
        at += len;
        count++;
    }
    FUZZ_CHECK(utf8_is_wtf8(s) == valid);
    if (valid) {
        FUZZ_CHECK(utf8_count(s) == count);
        FUZZ_CHECK(utf8_offset_of_cp(s, count) == s.len);
    }
}

static void
check_safe(struct str s, bool lines)
{
    size_t at = 0;

    FUZZ_CHECK(utf8_is_valid(s));
    while (at < s.len) {
        unsigned len;
        uint32_t cp = utf8_decode(s, at, &len);

        FUZZ_CHECK(width_is_safe(cp) || (lines && (cp == '\n' || cp == '\t')));
        at += len;
    }
}

static void
check_pieces(struct str s, bool reveal)
{
    size_t at = 0;

    while (at < s.len) {
        struct piece piece = width_piece(s, at, reveal);

        FUZZ_CHECK(piece.start == at && piece.end > at && piece.end <= s.len);
        FUZZ_CHECK(piece.cells <= PIECE_MARK_MAX);
        if (piece.kind == PIECE_TEXT && piece.cells)
            check_safe(str_slice(s, at, piece.end), false);
        if (piece.kind == PIECE_HIDDEN)
            check_safe(str_of(piece.mark), false);
        at = piece.end;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str s = {(const char *)data, size};
    struct buf out = {.max = 0};
    struct error err = ERROR_INIT;

    check_characters(s);
    check_pieces(s, false);
    check_pieces(s, true);
    FUZZ_CHECK(utf8_to_display(s, &out, &err) == ERR_OK);
    FUZZ_CHECK(utf8_is_valid(buf_str(&out)));
    buf_clear(&out);
    width_escape(s, 0, &out);
    check_safe(buf_str(&out), false);
    FUZZ_CHECK(width_cells(buf_str(&out)) == width_cells(s));
    FUZZ_CHECK(width_count_hidden(buf_str(&out)) == 0);
    buf_clear(&out);
    width_escape(s, 20, &out);
    FUZZ_CHECK(width_cells(buf_str(&out)) <= 20);
    buf_clear(&out);
    width_escape_text(s, &out);
    check_safe(buf_str(&out), true);
    buf_release(&out);
    return 0;
}
