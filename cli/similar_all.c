/* `stet similar --all`: every group of copies and near copies. */
#include "config.h"

#include "cli/similar_all.h"

#include <stdio.h>
#include <unistd.h>

#include "stet/similar_groups.h"

static void
show_progress(void *ctx, const char *phase, uint64_t done, uint64_t total)
{
    (void)ctx;
    (void)fprintf(stderr, "\rstet: %s, %llu of %llu ", phase,
                  (unsigned long long)done, (unsigned long long)total);
}

static enum err_code
print_group_json(struct session *session, uint32_t number, const uint32_t *docs,
                 uint32_t count, struct error *err)
{
    struct buf line = {0};
    struct json_out w = {&line, false};
    enum err_code code = ERR_OK;

    json_open(&w, '{');
    json_key(&w, "group");
    json_int(&w, number);
    json_key(&w, "documents");
    json_open(&w, '[');
    for (uint32_t i = 0; code == ERR_OK && i < count; i++) {
        json_open(&w, '{');
        code = json_document(session, docs[i], &w, err);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_close(&w, '}');
    if (code == ERR_OK)
        print_json_line(&line);
    buf_release(&line);
    arena_reset(&session->arena);
    return code;
}

static enum err_code
print_group_plain(struct session *session, uint32_t number,
                  const uint32_t *docs, uint32_t count, struct error *err)
{
    printf("group %u: %u documents\n", (unsigned)number, (unsigned)count);
    for (uint32_t i = 0; i < count; i++) {
        struct document_place place;
        enum err_code code = index_place(session->index, docs[i], &place, err);

        if (code != ERR_OK)
            return code;
        printf("  at:");
        print_escaped(str_of(index_shard(session->index, place.shard)->path),
                      0);
        printf(":%llu\n", (unsigned long long)place.record);
    }
    return ERR_OK;
}

static enum err_code
print_groups(struct session *session, const struct similar_groups *groups,
             struct error *err)
{
    enum err_code code = ERR_OK;
    uint32_t start = 0;

    for (uint32_t i = 0; code == ERR_OK && i < groups->count; i++) {
        const uint32_t *docs = groups->docs + start;
        uint32_t count = groups->ends[i] - start;

        code = session->json
                   ? print_group_json(session, i + 1, docs, count, err)
                   : print_group_plain(session, i + 1, docs, count, err);
        start = groups->ends[i];
    }
    if (code == ERR_OK)
        (void)fprintf(stderr, "%u groups, %u documents\n",
                      (unsigned)groups->count, (unsigned)start);
    return code;
}

enum err_code
similar_all(struct session *session, double threshold, struct error *err)
{
    bool terminal = isatty(STDERR_FILENO);
    const struct similar_groups_options options = {
        .threshold = threshold,
        .cancel = interrupt_flag(),
        .progress = terminal ? show_progress : NULL,
    };
    struct similar_groups groups;
    struct similar_groups_report report = {0};
    enum err_code code =
        similar_groups_load(session->index, threshold, &groups, err);

    if (code == ERR_NOTFOUND) {
        *err = (struct error)ERROR_INIT;
        code = similar_groups_make(session->index, &options, &groups, &report,
                                   err);
        if (terminal)
            (void)fprintf(stderr, "\r%60s\r", "");
    }
    if (code != ERR_OK)
        return code;
    if (report.unreadable)
        complain("%llu of %llu pairs not compared: changed since indexed",
                 (unsigned long long)report.unreadable,
                 (unsigned long long)report.compared);
    code = print_groups(session, &groups, err);
    similar_groups_release(&groups);
    return code;
}
