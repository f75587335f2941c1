/* Rewriting zstd shards. A first pass decodes everything: it finds the frames
 * and what the result must hash to. The second copies the frames that no
 * splice touches and encodes the others anew, run by run. */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "shard/rewrite.h"
#include "shard/zstd_frame.h"

#define FRAME_MIN ((size_t)256 * 1024)
#define FRAME_MAX ((size_t)1 << 20)
#define ZSTD_LEVEL 3

struct piece {
    struct frame frame;
    bool touched;
    bool is_table; /* the input's seek table */
};

struct zstd_rewrite {
    struct rewrite *rewrite;
    struct piece *pieces;
    size_t count, cap;
    struct framer *framer;
    struct seektable table; /* of the new file */
    bool table_wanted;
    struct splicer splicer; /* of the second pass; a splice may cross runs */
    bool finished;          /* the splices at the very end are written */
};

static enum err_code
collect_piece(void *ctx, const struct frame *frame, struct error *err)
{
    struct zstd_rewrite *z = ctx;

    if (z->count == z->cap) {
        size_t cap = z->cap ? z->cap * 2 : 64;
        struct piece *pieces = realloc(z->pieces, cap * sizeof(*pieces));

        if (!pieces)
            return error_nomem(err);
        z->pieces = pieces;
        z->cap = cap;
    }
    z->pieces[z->count++] = (struct piece){.frame = *frame};
    return ERR_OK;
}

static enum err_code
expect_sink(void *ctx, const void *ptr, size_t len, struct error *err)
{
    struct zstd_rewrite *z = ctx;

    (void)err;
    hasher_update(z->rewrite->expected, ptr, len);
    return ERR_OK;
}

static enum err_code
first_pass(struct zstd_rewrite *z, struct error *err)
{
    struct rewrite *rewrite = z->rewrite;
    struct splicer splicer = {.splices = rewrite->splices,
                              .count = rewrite->count,
                              .sink = expect_sink,
                              .ctx = z};
    struct infile in = {.fd = -1};
    struct decoder *decoder = NULL;
    enum err_code code = infile_open(&in, rewrite->in_path, true, err);

    if (code == ERR_OK)
        code = decoder_open(&decoder, &in, &shard_default_limits, err);
    if (code == ERR_OK) {
        decoder->hook = collect_piece;
        decoder->hook_ctx = z;
        code = rewrite_decode(rewrite, decoder, &splicer, err);
    }
    if (code == ERR_OK)
        code = splicer_finish(&splicer, err);
    if (code == ERR_OK)
        rewrite->stats.hash_in = hasher_take(in.hasher);
    decoder_close(decoder);
    infile_close(&in);
    return code;
}

/* Whether the input ends in a seek table; if so its piece is marked. */
static enum err_code
find_table(struct zstd_rewrite *z, struct error *err)
{
    struct seektable table = {0};
    struct error ignored = ERROR_INIT;
    struct piece *last = z->count ? &z->pieces[z->count - 1] : NULL;
    uint64_t bytes;
    bool found = false;
    int fd;
    enum err_code code =
        file_open_regular(z->rewrite->in_path, &fd, &bytes, err);

    if (code)
        return code;
    seektable_read(&table, fd, bytes, &found, &ignored);
    close(fd);
    if (found && last && last->frame.kind == FRAME_SKIPPABLE &&
        last->frame.in == table.frames_end) {
        last->is_table = true;
        z->table_wanted = true;
    }
    seektable_release(&table);
    return ERR_OK;
}

/* Mark the data frames that a splice changes. An insertion belongs to the
 * frame that holds the byte after it, at the very end to the last one. */
static void
mark_touched(struct zstd_rewrite *z)
{
    const struct rewrite *rewrite = z->rewrite;
    struct piece *last = NULL;
    size_t at = 0;

    for (size_t i = 0; i < z->count; i++)
        if (z->pieces[i].frame.kind == FRAME_DATA)
            last = &z->pieces[i];
    for (size_t i = 0; i < rewrite->count; i++) {
        uint64_t start = rewrite->splices[i].offset;
        uint64_t end = start + rewrite->splices[i].length;
        bool any = false;

        end += end == start;
        while (at < z->count && z->pieces[at].frame.out_end <= start)
            at++;
        for (size_t j = at; j < z->count && z->pieces[j].frame.out < end; j++)
            if (z->pieces[j].frame.out_end > z->pieces[j].frame.out)
                any = z->pieces[j].touched = true;
        if (!any && last)
            last->touched = true;
    }
}

/* An entry of the new seek table. Sizes that do not fit it, or a frame without
 * a known checksum, cost the table or its checksums, not the rewrite. */
static void
note_entry(struct zstd_rewrite *z, uint64_t in, uint64_t out,
           const uint32_t *checksum)
{
    struct error ignored = ERROR_INIT;
    struct seek_entry entry = {(uint32_t)in, (uint32_t)out,
                               checksum ? *checksum : 0};

    if (!checksum)
        z->table.has_checksums = false;
    if (!z->table_wanted)
        return;
    if (in > UINT32_MAX || out > UINT32_MAX ||
        seektable_add(&z->table, entry, &ignored))
        z->table_wanted = false;
}

static enum err_code
new_frame(void *ctx, struct str packed, struct seek_entry entry,
          struct error *err)
{
    struct zstd_rewrite *z = ctx;

    z->rewrite->stats.frames_written++;
    note_entry(z, entry.in, entry.out, entry.checksum ? &entry.checksum : NULL);
    return rewrite_emit(z->rewrite, packed, err);
}

static enum err_code
frame_sink(void *ctx, const void *ptr, size_t len, struct error *err)
{
    struct zstd_rewrite *z = ctx;

    return framer_write(z->framer, ptr, len, err);
}

/* Copy a piece compressed. Padding is no frame, so it is not checked. */
static enum err_code
copy_piece(struct zstd_rewrite *z, const struct frame *frame, struct error *err)
{
    struct rewrite *rewrite = z->rewrite;
    struct infile in = {.fd = -1};
    enum err_code code =
        infile_open_range(&in, rewrite->in_path, frame->in, frame->in_end, err);

    while (code == ERR_OK) {
        struct str bytes;

        code = rewrite_cancelled(rewrite, err);
        if (code == ERR_OK)
            code = infile_fill(&in, 1, err);
        bytes = (struct str){(const char *)infile_ptr(&in), infile_unread(&in)};
        if (code || bytes.len == 0)
            break;
        if (frame->kind == FRAME_PADDING)
            code = outfile_write(rewrite->file, bytes.ptr, bytes.len, err);
        else
            code = rewrite_emit(rewrite, bytes, err);
        infile_advance(&in, bytes.len);
    }
    infile_close(&in);
    if (code == ERR_OK && frame->kind == FRAME_DATA)
        rewrite->stats.frames_copied++;
    if (code == ERR_OK && frame->kind != FRAME_PADDING)
        note_entry(z, frame->in_end - frame->in, frame->out_end - frame->out,
                   NULL);
    return code;
}

/* Behind the last data frame: the splices at the very end. */
static enum err_code
finish_splices(struct zstd_rewrite *z, struct error *err)
{
    enum err_code code = ERR_OK;

    if (!z->finished)
        code = splicer_finish(&z->splicer, err);
    z->finished = true;
    return code == ERR_OK ? framer_flush(z->framer, err) : code;
}

static bool
is_last_data(const struct zstd_rewrite *z, size_t piece)
{
    for (size_t i = piece + 1; i < z->count; i++)
        if (z->pieces[i].frame.kind == FRAME_DATA)
            return false;
    return true;
}

/* Encode pieces [first, last] anew: neighbours, all touched. */
static enum err_code
encode_run(struct zstd_rewrite *z, size_t first, size_t last, struct error *err)
{
    bool checksum = false;
    struct infile in = {.fd = -1};
    struct decoder *decoder = NULL;
    enum err_code code;

    for (size_t i = first; i <= last; i++)
        checksum |= z->pieces[i].frame.checksum;
    framer_set_checksum(z->framer, checksum);
    z->splicer.at = z->pieces[first].frame.out;
    code =
        infile_open_range(&in, z->rewrite->in_path, z->pieces[first].frame.in,
                          z->pieces[last].frame.in_end, err);
    if (code == ERR_OK)
        code = decoder_open(&decoder, &in, &shard_default_limits, err);
    if (code == ERR_OK)
        code = rewrite_decode(z->rewrite, decoder, &z->splicer, err);
    if (code == ERR_OK && is_last_data(z, last))
        code = finish_splices(z, err);
    if (code == ERR_OK)
        code = framer_flush(z->framer, err);
    decoder_close(decoder);
    infile_close(&in);
    return code;
}

static enum err_code
write_table(struct zstd_rewrite *z, struct error *err)
{
    struct buf table = {0};
    enum err_code code = ERR_OK;

    if (!z->table_wanted)
        return ERR_OK;
    code = seektable_format(&z->table, &table, err);
    if (code == ERR_OK)
        code = rewrite_emit(z->rewrite, buf_str(&table), err);
    buf_release(&table);
    return code;
}

static enum err_code
second_pass(struct zstd_rewrite *z, struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; code == ERR_OK && i < z->count; i++) {
        size_t last = i;

        if (z->pieces[i].is_table)
            continue;
        if (z->pieces[i].frame.kind == FRAME_PADDING)
            code = finish_splices(z, err);
        if (code == ERR_OK && !z->pieces[i].touched)
            code = copy_piece(z, &z->pieces[i].frame, err);
        if (!z->pieces[i].touched)
            continue;
        while (last + 1 < z->count && z->pieces[last + 1].touched)
            last++;
        code = encode_run(z, i, last, err);
        i = last;
    }
    /* Only here if there was no data frame: insertions make one. */
    if (code == ERR_OK)
        code = finish_splices(z, err);
    if (code == ERR_OK && outfile_size(z->rewrite->file) == 0)
        code = framer_write_empty(z->framer, err);
    if (code == ERR_OK)
        code = write_table(z, err);
    return code;
}

enum err_code
rewrite_zstd(struct rewrite *rewrite, struct error *err)
{
    struct framer_options framing = {CONTAINER_ZSTD, ZSTD_LEVEL, true,
                                     FRAME_MIN, FRAME_MAX};
    struct zstd_rewrite z = {.rewrite = rewrite};
    enum err_code code;

    z.splicer = (struct splicer){.splices = rewrite->splices,
                                 .count = rewrite->count,
                                 .sink = frame_sink,
                                 .ctx = &z};
    z.table.has_checksums = true;
    code = first_pass(&z, err);
    if (code == ERR_OK)
        code = find_table(&z, err);
    if (code == ERR_OK)
        code = framer_open(&z.framer, &framing, new_frame, &z, err);
    if (code == ERR_OK) {
        mark_touched(&z);
        code = second_pass(&z, err);
    }
    framer_close(z.framer);
    seektable_release(&z.table);
    free(z.pieces);
    return code;
}
