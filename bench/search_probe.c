/* Times of searching within one process, warm: what bench/search.py prints.
 *
 *     search_probe FOLDER ROUNDS <QUERIES
 *
 * One query a line; for each, a line of JSON with arrays of microseconds, one
 * for each round: to the first rows, to the rows in order, to the whole list,
 * to the count, to a page of ROWS. First of all the workspace's opening, last
 * the reading of documents by number, in random order. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stet/fileio.h"
#include "stet/search.h"
#include "stet/workspace.h"
#include "stet/xalloc.h"

#define ROWS 50u
#define DOCUMENTS 1000u
#define LINE_MAX_BYTES 4096

static enum err_code
fail(const char *what, const struct error *err)
{
    (void)fprintf(stderr, "search_probe: %s: %s\n", what, err->message);
    return err->code;
}

/* When the rows came; 0: not yet. */
struct watched {
    int64_t first, ordered;
};

static void
take_screen(void *ctx, const struct search_screen *screen)
{
    struct watched *watched = ctx;

    if (screen->count > 0 && !watched->first)
        watched->first = time_monotonic_us();
    if (screen->ordered && screen->count == ROWS && !watched->ordered)
        watched->ordered = time_monotonic_us();
}

enum { FIRST, ORDERED, WHOLE, COUNT, PAGE, TIMES };

static enum err_code
run_once(struct index *index, const struct query *query, int64_t times[TIMES],
         uint32_t *total, struct error *err)
{
    struct watched watched = {0, 0};
    const struct search_watch watch = {ROWS, take_screen, &watched};
    struct hits hits = {0};
    int64_t start = time_monotonic_us();
    int64_t end;
    enum err_code code =
        search_run_watched(index, query, NULL, &watch, &hits, err);

    end = time_monotonic_us();
    if (code != ERR_OK)
        return code;
    *total = hits.count;
    hits_release(&hits);
    times[FIRST] = (watched.first ? watched.first : end) - start;
    times[ORDERED] = (watched.ordered ? watched.ordered : end) - start;
    times[WHOLE] = end - start;
    start = time_monotonic_us();
    code = search_count(index, query, NULL, &hits, err);
    times[COUNT] = time_monotonic_us() - start;
    start = time_monotonic_us();
    if (code == ERR_OK)
        code = search_page(index, query, NULL, (struct str){NULL, 0}, ROWS,
                           &hits, err);
    times[PAGE] = time_monotonic_us() - start;
    hits_release(&hits);
    return code;
}

static void
print_times(const char *name, const int64_t *times, size_t count, size_t step)
{
    printf("\"%s\":[", name);
    for (size_t i = 0; i < count; i++)
        printf("%s%lld", i ? "," : "", (long long)times[i * step]);
    printf("]");
}

static enum err_code
probe_query(struct index *index, const char *line, size_t rounds,
            struct error *err)
{
    static const char *const names[TIMES] = {"first", "ordered", "whole",
                                             "count", "page"};
    int64_t *times = xcalloc(rounds * TIMES, sizeof(*times));
    const struct query *query = NULL;
    struct arena arena;
    uint32_t total = 0;
    enum err_code code;

    arena_init(&arena, 0);
    code = query_parse(&query, str_of(line), &arena, err);
    for (size_t i = 0; code == ERR_OK && i <= rounds; i++) /* 0: warms up */
        code = run_once(index, query, &times[(i ? i - 1 : 0) * TIMES], &total,
                        err);
    if (code == ERR_OK) {
        printf("{\"hits\":%u", total);
        for (size_t i = 0; i < TIMES; i++) {
            printf(",");
            print_times(names[i], times + i, rounds, TIMES);
        }
        printf("}\n");
        (void)fflush(stdout);
    }
    arena_release(&arena);
    free(times);
    return code;
}

static enum err_code
probe_documents(struct index *index, struct error *err)
{
    int64_t times[DOCUMENTS];
    uint64_t state = 1;
    struct arena arena;
    enum err_code code = ERR_OK;

    arena_init(&arena, 0);
    for (size_t i = 0; code == ERR_OK && i < DOCUMENTS; i++) {
        const struct document *document = NULL;
        int64_t start = time_monotonic_us();

        state = state * UINT64_C(6364136223846793005) + 1;
        arena_reset(&arena);
        code = index_document(index,
                              (uint32_t)((state >> 33) % index_count(index)),
                              &arena, &document, err);
        times[i] = time_monotonic_us() - start;
    }
    arena_release(&arena);
    if (code != ERR_OK)
        return code;
    printf("{");
    print_times("document", times, DOCUMENTS, 1);
    printf("}\n");
    return ERR_OK;
}

static enum err_code
probe_opening(const struct workspace *ws, size_t rounds, struct error *err)
{
    int64_t *times = xcalloc(rounds, sizeof(*times));
    enum err_code code = ERR_OK;

    for (size_t i = 0; code == ERR_OK && i < rounds; i++) {
        struct index *index = NULL;
        int64_t start = time_monotonic_us();

        code = index_open(&index, ws, err);
        times[i] = time_monotonic_us() - start;
        index_close(index);
    }
    if (code == ERR_OK) {
        printf("{");
        print_times("open", times, rounds, 1);
        printf("}\n");
    }
    free(times);
    return code;
}

int
main(int argc, char **argv)
{
    char line[LINE_MAX_BYTES];
    size_t rounds = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    struct workspace *ws = NULL;
    struct index *index = NULL;
    struct error err = ERROR_INIT;
    enum err_code code;

    if (rounds == 0) {
        (void)fputs("usage: search_probe FOLDER ROUNDS <QUERIES\n", stderr);
        return 64;
    }
    code = workspace_open(&ws, argv[1], false, &err);
    if (code == ERR_OK)
        code = probe_opening(ws, rounds, &err);
    if (code == ERR_OK)
        code = index_open(&index, ws, &err);
    while (code == ERR_OK && fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = '\0';
        code = probe_query(index, line, rounds, &err);
    }
    if (code == ERR_OK)
        code = probe_documents(index, &err);
    if (code != ERR_OK)
        code = fail(argv[1], &err);
    index_close(index);
    workspace_close(ws);
    return code == ERR_OK ? 0 : 1;
}
