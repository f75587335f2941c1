/* Any bytes as a row of proposals: it is refused with a reason, or it can be
 * accepted: as a rewrite with its model and style as the reason. */
#include "config.h"

#include "review/annotation_check.h"
#include "review/proposal_private.h"
#include "stet/utf8.h"
#include "tests/fuzz/fuzz.h"

static void
check_accepts(const struct proposal_row *row)
{
    const struct proposal *proposal = &row->proposal;
    struct annotation rewrite = {.kind = ANNOTATION_REWRITE, .has_item = true};
    struct error err = ERROR_INIT;
    struct buf reason = {0};

    xbuf_append_str(&reason, STR_LIT("proposal of "));
    xbuf_append_str(&reason, proposal->model);
    xbuf_append_str(&reason, STR_LIT(": "));
    xbuf_append_str(&reason, proposal->style);
    rewrite.text = proposal->text;
    rewrite.reason = buf_str(&reason);
    rewrite.item.id_token = row->wanted.id_token;
    FUZZ_CHECK(annotation_check(&rewrite, ERR_FORMAT, &err) == ERR_OK);
    buf_release(&reason);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str raw = {(const char *)data, size};
    struct proposal_row row;
    struct arena arena;
    const char *why;

    arena_init(&arena, 0);
    why = proposal_row_parse(raw, &arena, &row);
    if (why) {
        FUZZ_CHECK(why[0] && utf8_is_valid(str_of(why)));
    } else {
        FUZZ_CHECK(row.wanted.id_token.ptr || row.wanted.has_hash);
        check_accepts(&row);
    }
    arena_release(&arena);
    return 0;
}
