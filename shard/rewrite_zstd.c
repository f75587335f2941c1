/* Rewriting zstd shards: the frames that no splice touches are copied
 * compressed, the others are encoded anew, run by run. Where the frames lie
 * is known from their headers; if one does not state its size, all is decoded
 * once to find out. */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "shard/rewrite.h"
#include "shard/zstd_frame.h"

struct piece {
    struct frame frame;
    bool touched;
    bool is_table; /* the input's seek table */
};

struct zstd_rewrite {
    struct rewrite *rewrite;
    struct piece *pieces;
    size_t count, cap;
    size_t data_frames;
    uint64_t window; /* the widest */
    struct framer *framer;
    struct splicer splicer; /* a splice may cross runs */
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
    if (frame->kind == FRAME_DATA) {
        z->data_frames++;
        if (frame->window > z->window)
            z->window = frame->window;
    }
    return ERR_OK;
}

static enum err_code
pass_by(void *ctx, const void *ptr, size_t len, struct error *err)
{
    (void)ctx;
    (void)ptr;
    (void)len;
    (void)err;
    return ERR_OK;
}

/* Frames that do not state their sizes: decode all to find them. */
static enum err_code
measure_pieces(struct zstd_rewrite *z, struct error *err)
{
    struct splicer nothing = {.sink = pass_by};
    struct infile in = {.fd = -1};
    struct decoder *decoder = NULL;
    enum err_code code = infile_open(&in, z->rewrite->in_path, false, err);

    z->count = z->data_frames = 0;
    rewrite_hold_window(z->window);
    if (code == ERR_OK)
        code = decoder_open(&decoder, &in, &shard_default_limits, err);
    if (code == ERR_OK) {
        decoder->hook = collect_piece;
        decoder->hook_ctx = z;
        code = rewrite_decode(z->rewrite, decoder, &nothing, err);
    }
    decoder_close(decoder);
    infile_close(&in);
    rewrite_drop_window(z->window);
    return code;
}

static enum err_code
find_pieces(struct zstd_rewrite *z, struct error *err)
{
    bool sized = false;
    enum err_code code =
        frame_walk(z->rewrite->in_path, collect_piece, z, &sized, err);

    /* The only frame is touched whatever its size. */
    if (code || sized || z->data_frames < 2)
        return code;
    return measure_pieces(z, err);
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
        z->rewrite->table_wanted = true;
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
    if (last && z->data_frames == 1) {
        last->touched = true;
        return;
    }
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

/* Without a copied frame all checksums are known, and a table costs little. */
static void
choose_table(struct zstd_rewrite *z)
{
    bool whole = true;

    for (size_t i = 0; i < z->count; i++)
        whole = whole && (z->pieces[i].touched || z->pieces[i].is_table);
    if (whole)
        z->rewrite->table_wanted = true;
}

static enum err_code
frame_sink(void *ctx, const void *ptr, size_t len, struct error *err)
{
    struct zstd_rewrite *z = ctx;

    return framer_write(z->framer, ptr, len, err);
}

/* Copy a piece compressed: the input's hash vouches for it. */
static enum err_code
copy_piece(struct zstd_rewrite *z, const struct frame *frame, struct error *err)
{
    struct rewrite *rewrite = z->rewrite;
    struct infile *in = rewrite->in;
    enum err_code code = ERR_OK;

    while (code == ERR_OK && in->offset < frame->in_end) {
        size_t len;

        code = rewrite_cancelled(rewrite, err);
        if (code == ERR_OK)
            code = infile_fill(in, 1, err);
        if (code)
            break;
        len = infile_unread(in);
        if (len > frame->in_end - in->offset)
            len = (size_t)(frame->in_end - in->offset);
        if (len == 0)
            return error_set(err, ERR_CONFLICT, "changed while it was read");
        code = outfile_write(rewrite->file, infile_ptr(in), len, err);
        infile_advance(in, len);
        rewrite_progress(rewrite, len);
    }
    if (code == ERR_OK && frame->kind == FRAME_DATA)
        rewrite->stats.frames_copied++;
    if (code == ERR_OK && frame->kind != FRAME_PADDING)
        rewrite_note(rewrite, frame->in_end - frame->in,
                     frame->out_end - frame->out, NULL);
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
    struct rewrite *rewrite = z->rewrite;
    uint64_t start = z->pieces[first].frame.in;
    uint64_t end = z->pieces[last].frame.in_end;
    uint64_t skipped = 0;
    bool checksum = false;
    struct infile in = {.fd = -1};
    struct decoder *decoder = NULL;
    enum err_code code;

    for (size_t i = first; i <= last; i++)
        checksum |= z->pieces[i].frame.checksum;
    framer_set_checksum(z->framer, checksum);
    z->splicer.at = z->pieces[first].frame.out;
    code = infile_open_range(&in, rewrite->in_path, start, end, err);
    if (code == ERR_OK)
        code = decoder_open(&decoder, &in, &shard_default_limits, err);
    if (code == ERR_OK)
        code = rewrite_decode(rewrite, decoder, &z->splicer, err);
    if (code == ERR_OK && is_last_data(z, last))
        code = finish_splices(z, err);
    if (code == ERR_OK)
        code = framer_flush(z->framer, err);
    if (code == ERR_OK)
        code = infile_skip(rewrite->in, end - start, &skipped, err);
    decoder_close(decoder);
    infile_close(&in);
    return code;
}

static enum err_code
write_pieces(struct zstd_rewrite *z, struct error *err)
{
    uint64_t skipped = 0;
    enum err_code code = ERR_OK;

    for (size_t i = 0; code == ERR_OK && i < z->count; i++) {
        const struct frame *frame = &z->pieces[i].frame;
        size_t last = i;

        if (z->pieces[i].is_table) {
            code = infile_skip(z->rewrite->in, frame->in_end - frame->in,
                               &skipped, err);
            continue;
        }
        if (frame->kind == FRAME_PADDING)
            code = finish_splices(z, err);
        if (code == ERR_OK && !z->pieces[i].touched)
            code = copy_piece(z, frame, err);
        if (code || !z->pieces[i].touched)
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
        code = rewrite_table(z->rewrite, err);
    return code;
}

enum err_code
rewrite_zstd(struct rewrite *rewrite, struct error *err)
{
    struct framer_options framing = rewrite_framing(rewrite);
    struct zstd_rewrite z = {.rewrite = rewrite};
    enum err_code code;

    z.splicer = (struct splicer){.splices = rewrite->splices,
                                 .count = rewrite->count,
                                 .sink = frame_sink,
                                 .ctx = &z};
    code = find_pieces(&z, err);
    if (code == ERR_OK)
        code = find_table(&z, err);
    if (code == ERR_OK)
        code = framer_open(&z.framer, &framing, rewrite_frame, rewrite, err);
    if (code == ERR_OK) {
        mark_touched(&z);
        choose_table(&z);
        rewrite_hold_window(z.window);
        code = write_pieces(&z, err);
        rewrite_drop_window(z.window);
    }
    framer_close(z.framer);
    free(z.pieces);
    return code;
}
