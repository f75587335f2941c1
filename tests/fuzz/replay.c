/* A main() for fuzz targets without a fuzzer: every file named, and every file
 * in the folders named, goes through the target once. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "stet/buf.h"
#include "tests/fuzz/fuzz.h"

static int
replay_file(const char *path)
{
    struct buf content = {.max = 0};
    char chunk[4096];
    size_t n;
    FILE *file = fopen(path, "rb");
    char *exact;

    if (!file) {
        perror(path);
        return -1;
    }
    while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
        xbuf_append(&content, chunk, n);
    (void)fclose(file);
    /* A copy without slack, so that a read past its end is caught. */
    exact = malloc(content.len ? content.len : 1);
    if (exact && content.len)
        memcpy(exact, content.ptr, content.len);
    if (exact)
        LLVMFuzzerTestOneInput((const uint8_t *)exact, content.len);
    free(exact);
    buf_release(&content);
    return 0;
}

/* Files replayed, or -1. */
static int
replay(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    int count = 0;

    if (!dir && errno == ENOTDIR)
        return replay_file(path) == 0 ? 1 : -1;
    if (!dir) {
        perror(path);
        return -1;
    }
    while (count >= 0 && (entry = readdir(dir))) {
        struct buf inner = {.max = 0};

        if (entry->d_name[0] == '.')
            continue;
        xbuf_printf(&inner, "%s/%s", path, entry->d_name);
        count = replay_file(xbuf_cstr(&inner)) == 0 ? count + 1 : -1;
        buf_release(&inner);
    }
    closedir(dir);
    return count;
}

int
main(int argc, char **argv)
{
    int total = 0;

    for (int i = 1; i < argc; i++) {
        int count = replay(argv[i]);

        if (count < 0)
            return EXIT_FAILURE;
        total += count;
    }
    printf("%d inputs\n", total);
    return total > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
