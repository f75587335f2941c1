/* Files: absent or complete, never through a link, never a fifo; paths and
 * times. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "stet/fileio.h"
#include "stet/log.h"
#include "stet/xalloc.h"

static char *folder;
static char *file;

static int
setup(void **state)
{
    char name[] = "/tmp/stet-test-file-XXXXXX";

    (void)state;
    umask(077);
    folder = xstrdup(mkdtemp(name));
    file = path_join(folder, "target");
    return 0;
}

static int
teardown(void **state)
{
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(folder_remove(folder, &err), ERR_OK);
    assert_false(file_exists(folder));
    free(folder);
    free(file);
    return 0;
}

#define CHECK_OK(call)                        \
    do {                                      \
        enum err_code code_ = (call);         \
        if (code_ != ERR_OK)                  \
            print_error("%s\n", err.message); \
        assert_int_equal(code_, ERR_OK);      \
    } while (0)

static void
check_content(const char *path, struct str expected)
{
    struct error err = ERROR_INIT;
    struct buf found = {0};

    CHECK_OK(file_read(path, (size_t)1 << 24, &found, &err));
    assert_true(str_equal(buf_str(&found), expected));
    buf_release(&found);
}

static size_t
count_files(void)
{
    struct error err = ERROR_INIT;
    struct names names;
    size_t count;

    CHECK_OK(folder_list(folder, true, &names, &err));
    count = names.count;
    names_free(&names);
    return count;
}

static void
test_written_in_pieces(void **state)
{
    enum { SIZE = 700000 };
    char *content = xmalloc(SIZE);
    struct error err = ERROR_INIT;
    struct outfile *out = NULL;
    struct hash hash;
    struct hash expected;
    struct stat stat_;
    unsigned seed = (unsigned)time(NULL);

    (void)state;
    print_message("# seed %u\n", seed);
    srand(seed);
    for (size_t i = 0; i < SIZE; i++)
        content[i] = (char)rand();
    CHECK_OK(outfile_open(&out, file, &err));
    for (size_t at = 0; at < SIZE;) {
        size_t len = (size_t)rand() % (rand() % 8 ? 3000 : 150000);

        if (len > SIZE - at)
            len = SIZE - at;
        CHECK_OK(outfile_write(out, content + at, len, &err));
        at += len;
        assert_int_equal(outfile_size(out), at);
    }
    assert_false(file_exists(file));
    CHECK_OK(outfile_commit(out, true, &hash, &err));
    check_content(file, (struct str){content, SIZE});
    expected = hash_of((struct str){content, SIZE});
    assert_true(hash_equal(&hash, &expected));
    CHECK_OK(file_hash(file, &hash, NULL, &err));
    assert_true(hash_equal(&hash, &expected));
    assert_int_equal(stat(file, &stat_), 0);
    assert_int_equal(stat_.st_mode & 0777, 0600);
    assert_int_equal(count_files(), 1);
    free(content);
}

static void
test_abort_leaves_the_old(void **state)
{
    struct error err = ERROR_INIT;
    struct outfile *out = NULL;

    (void)state;
    CHECK_OK(file_write_atomic(file, STR_LIT("old"), &err));
    CHECK_OK(outfile_open(&out, file, &err));
    CHECK_OK(outfile_write(out, "new", 3, &err));
    outfile_abort(out);
    outfile_abort(NULL);
    check_content(file, STR_LIT("old"));
    assert_int_equal(count_files(), 1);
}

static void
test_kill_leaves_the_old(void **state)
{
    struct error err = ERROR_INIT;
    int status = 0;
    pid_t pid;

    (void)state;
    CHECK_OK(file_write_atomic(file, STR_LIT("old"), &err));
    pid = fork();
    if (pid == 0) {
        struct outfile *out = NULL;
        static char much[200000];

        if (outfile_open(&out, file, &err) != ERR_OK ||
            outfile_write(out, much, sizeof(much), &err) != ERR_OK)
            _exit(2);
        (void)raise(SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    check_content(file, STR_LIT("old"));
    assert_int_equal(count_files(), 2); /* and the partial one */
}

static void
test_full_disk_leaves_nothing(void **state)
{
    struct error err = ERROR_INIT;
    int status = 0;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        struct rlimit limit = {100000, 100000};
        struct outfile *out = NULL;
        static char much[90000];
        enum err_code code;

        (void)signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0 ||
            outfile_open(&out, file, &err) != ERR_OK ||
            outfile_write(out, much, sizeof(much), &err) != ERR_OK)
            _exit(2);
        code = outfile_write(out, much, sizeof(much), &err);
        if (code != ERR_IO || !strstr(err.message, "file too large"))
            _exit(3);
        /* The file is lost, also when the rest would fit. */
        if (outfile_write(out, much, 1, &err) != ERR_IO ||
            outfile_commit(out, false, NULL, &err) != ERR_IO)
            _exit(4);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(count_files(), 0);
}

static void
test_a_link_is_replaced_not_followed(void **state)
{
    struct error err = ERROR_INIT;
    char *other = path_join(folder, "other");
    struct stat stat_;

    (void)state;
    CHECK_OK(file_write_atomic(other, STR_LIT("precious"), &err));
    assert_int_equal(symlink(other, file), 0);
    CHECK_OK(file_write_atomic(file, STR_LIT("new"), &err));
    check_content(other, STR_LIT("precious"));
    assert_int_equal(lstat(file, &stat_), 0);
    assert_true(S_ISREG(stat_.st_mode));
    assert_int_equal(chmod(file, 0640), 0);
    CHECK_OK(file_write_atomic(file, STR_LIT("newer"), &err));
    assert_int_equal(stat(file, &stat_), 0);
    assert_int_equal(stat_.st_mode & 0777, 0640);
    free(other);
}

static void
test_special_files_are_never_opened(void **state)
{
    struct error err = ERROR_INIT;
    struct buf text = {0};
    struct file_stat stat_;
    struct hash hash;

    (void)state;
    assert_int_equal(mkfifo(file, 0600), 0);
    alarm(10); /* opening a fifo would hang */
    assert_int_equal(file_read(file, 10, &text, &err), ERR_IO);
    assert_int_equal(file_hash(file, &hash, NULL, &err), ERR_IO);
    assert_int_equal(file_stat(file, &stat_, &err), ERR_IO);
    assert_int_equal(log_open(file, &err), ERR_IO);
    assert_int_equal(file_read(folder, 10, &text, &err), ERR_IO);
    assert_int_equal(file_stat("/dev/null", &stat_, &err), ERR_IO);
    alarm(0);
    assert_int_equal(file_write_atomic(folder, STR_LIT("x"), &err), ERR_IO);
}

static void
test_read_keeps_to_its_limit(void **state)
{
    struct error err = ERROR_INIT;
    struct buf text = {0};
    struct file_stat stat_;
    struct hash hash;
    int cancel = 1;

    (void)state;
    CHECK_OK(file_write_atomic(file, STR_LIT("0123456789"), &err));
    xbuf_append(&text, "x", 1);
    assert_int_equal(file_read(file, 9, &text, &err), ERR_LIMIT);
    CHECK_OK(file_read(file, 10, &text, &err));
    assert_true(str_equal(buf_str(&text), STR_LIT("x0123456789")));
    buf_release(&text);
    CHECK_OK(file_read("/proc/self/stat", 100000, &text, &err));
    assert_true(text.len > 10); /* though its size is said to be 0 */
    assert_int_equal(file_read("/proc/self/stat", 5, &text, &err), ERR_LIMIT);
    buf_release(&text);
    CHECK_OK(file_stat(file, &stat_, &err));
    assert_int_equal(stat_.bytes, 10);
    assert_true(stat_.mtime_ns > 0 && stat_.inode > 0);
    assert_int_equal(file_hash(file, &hash, &cancel, &err), ERR_CANCELLED);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(file_read(file, 9, &text, &err), ERR_NOTFOUND);
    assert_int_equal(file_stat(file, &stat_, &err), ERR_NOTFOUND);
}

static void
test_folders(void **state)
{
    static const char *const expected[] = {"B", "a/b/c", "a/link", "a0", "z"};
    struct error err = ERROR_INIT;
    char *deep = path_join(folder, "tree/a/b");
    char *top = path_join(folder, "tree");
    struct names names;

    (void)state;
    CHECK_OK(folder_make(deep, 0700, &err));
    CHECK_OK(folder_make(deep, 0700, &err));
    assert_int_equal(chdir(top), 0);
    CHECK_OK(file_write_atomic("z", STR_LIT("1"), &err));
    CHECK_OK(file_write_atomic("B", STR_LIT("1"), &err));
    CHECK_OK(file_write_atomic("a0", STR_LIT("1"), &err));
    CHECK_OK(file_write_atomic("a/b/c", STR_LIT("1"), &err));
    assert_int_equal(symlink("../z", "a/link"), 0);
    assert_int_equal(symlink("nowhere", "a/dangling"), 0);
    assert_int_equal(symlink("..", "a/b/loop"), 0);
    assert_int_equal(mkfifo("a/fifo", 0600), 0);
    CHECK_OK(folder_list(top, true, &names, &err));
    assert_int_equal(names.count, 5);
    for (size_t i = 0; i < names.count; i++)
        assert_string_equal(names.names[i], expected[i]);
    names_free(&names);
    CHECK_OK(folder_list(".", false, &names, &err));
    assert_int_equal(names.count, 3);
    names_free(&names);
    assert_int_equal(folder_list("nowhere", true, &names, &err), ERR_NOTFOUND);
    assert_int_equal(folder_make("z/x", 0700, &err), ERR_NOTFOUND);
    assert_int_equal(folder_make("z", 0700, &err), ERR_EXISTS);
    CHECK_OK(file_sync_folder(".", &err));
    assert_true(file_is_folder("a"));
    assert_false(file_is_folder("z"));
    assert_int_equal(chdir("/"), 0);
    free(deep);
    free(top);
}

static void
test_remove_does_not_follow_links(void **state)
{
    struct error err = ERROR_INIT;
    char *keep = path_join(folder, "keep");
    char *tree = path_join(folder, "tree/sub");
    char *link = path_join(folder, "tree/sub/link");
    char *top = path_join(folder, "tree");
    char *alias = path_join(folder, "alias");

    (void)state;
    CHECK_OK(folder_make(keep, 0700, &err));
    CHECK_OK(folder_make(tree, 0700, &err));
    CHECK_OK(file_write_atomic(file, STR_LIT("precious"), &err));
    assert_int_equal(symlink(keep, link), 0);
    assert_int_equal(symlink(keep, alias), 0);
    CHECK_OK(folder_remove(top, &err));
    assert_false(file_exists(top));
    assert_true(file_is_folder(keep));
    assert_int_not_equal(folder_remove(alias, &err), ERR_OK);
    assert_true(file_is_folder(keep));
    CHECK_OK(folder_remove(top, &err)); /* missing is fine */
    check_content(file, STR_LIT("precious"));
    free(keep);
    free(tree);
    free(link);
    free(top);
    free(alias);
}

static void
test_locks(void **state)
{
    struct error err = ERROR_INIT;
    int one = -1;
    int two = -1;
    int three = -1;

    (void)state;
    CHECK_OK(file_lock(file, false, false, &one, &err));
    CHECK_OK(file_lock(file, false, false, &two, &err));
    assert_int_equal(file_lock(file, true, false, &three, &err), ERR_BUSY);
    assert_int_equal(three, -1);
    close(one);
    close(two);
    CHECK_OK(file_lock(file, true, true, &three, &err));
    assert_int_equal(file_lock(file, false, false, &one, &err), ERR_BUSY);
    close(three);
}

static void
test_network_file_systems(void **state)
{
    struct error err = ERROR_INIT;
    uint64_t bytes = 0;

    (void)state;
    assert_string_equal(file_network_name(0x6969, ""), "NFS");
    assert_string_equal(file_network_name(0xFF534D42, NULL), "CIFS");
    assert_string_equal(file_network_name(0x0BD00BD0, NULL), "Lustre");
    assert_string_equal(file_network_name(0x65735546, "fuse.sshfs"),
                        "fuse.sshfs");
    assert_null(file_network_name(0x65735546, "fuseblk"));
    assert_null(file_network_name(0x65735546, NULL));
    assert_null(file_network_name(0xEF53, "fuse.sshfs"));
    assert_null(file_network_name(0x01021994, "")); /* tmpfs */
    CHECK_OK(file_check_local(file, &err));         /* not there yet */
    CHECK_OK(file_free_space(folder, &bytes, &err));
    assert_true(bytes > 0);
}

static void
check_owned(char *found, const char *expected)
{
    if (expected)
        assert_string_equal(found, expected);
    else
        assert_null(found);
    free(found);
}

static void
test_paths(void **state)
{
    char *partial = path_partial("/x/y");

    (void)state;
    check_owned(path_join("a", "b"), "a/b");
    check_owned(path_join("a/", "b"), "a/b");
    check_owned(path_join("", "b"), "b");
    check_owned(path_join("a", "/b"), "/b");
    check_owned(path_join("a", ""), "a");
    check_owned(path_absolute("/a//b/./c/../d/"), "/a/b/d");
    check_owned(path_absolute("/../.."), "/");
    check_owned(path_absolute("/..a/...b"), "/..a/...b");
    assert_int_equal(chdir("/tmp"), 0);
    check_owned(path_absolute("x/../y"), "/tmp/y");
    check_owned(path_absolute("."), "/tmp");
    check_owned(path_relative("/a/b", "/a/b/c/d"), "c/d");
    check_owned(path_relative("/a/b/", "/a/b/c"), "c");
    check_owned(path_relative("/", "/a"), "a");
    check_owned(path_relative("/a/b", "/a/bc"), NULL);
    check_owned(path_relative("/a/b", "/a"), NULL);
    check_owned(path_relative("/a/b", "/a/b"), ".");
    assert_string_equal(path_base("/a/b"), "b");
    assert_string_equal(path_base("b"), "b");
    check_owned(path_parent("/a/b"), "/a");
    check_owned(path_parent("/a"), "/");
    check_owned(path_parent("a"), ".");
    check_owned(path_parent("a//b//"), "a");
    check_owned(path_parent("/"), "/");
    assert_true(str_starts_with(str_of(partial), STR_LIT("/x/.y.partial-")));
    free(partial);
}

static void
test_xdg(void **state)
{
    (void)state;
    assert_int_equal(setenv("HOME", "/home/kim", 1), 0);
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_RUNTIME_DIR");
    assert_int_equal(setenv("XDG_STATE_HOME", "relative", 1), 0);
    check_owned(path_xdg("config", "config"), "/home/kim/.config/stet/config");
    check_owned(path_xdg("state", ""), "/home/kim/.local/state/stet");
    check_owned(path_xdg("runtime", "x"), "/home/kim/.local/state/stet/x");
    assert_int_equal(setenv("XDG_RUNTIME_DIR", "/run/user/1", 1), 0);
    assert_int_equal(setenv("XDG_CONFIG_HOME", "/c", 1), 0);
    check_owned(path_xdg("runtime", "x"), "/run/user/1/stet/x");
    check_owned(path_xdg("config", "x"), "/c/stet/x");
}

static const struct {
    const char *text;
    int64_t us; /* INT64_MIN: refused */
} times[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"2026-11-20T10:41:07.123456Z", INT64_C(1795171267123456)},
    {"2026-11-20T11:41:07.1234569+01:00", INT64_C(1795171267123456)},
    {"2026-11-20t05:11:07.123456-05:30", INT64_C(1795171267123456)},
    {"1969-12-31T23:59:59.5Z", -500000},
    {"2024-02-29T00:00:00Z", INT64_C(1709164800000000)},
    {"2026-11-20 10:41", INT64_C(1795167660000000)}, /* CET below */
    {"2026-07-01", INT64_C(1782856800000000)},       /* CEST */
    {"2023-02-29T00:00:00Z", INT64_MIN},
    {"2026-13-01", INT64_MIN},
    {"2026-00-01", INT64_MIN},
    {"2026-01-32", INT64_MIN},
    {"2026-1-1", INT64_MIN},
    {"2026-01-01T24:00:00Z", INT64_MIN},
    {"2026-01-01T00:00:00.Z", INT64_MIN},
    {"2026-01-01T00:00:00Zx", INT64_MIN},
    {"2026-01-01T00:00:00+1:00", INT64_MIN},
    {"2026-01-01T", INT64_MIN},
    {"", INT64_MIN},
    {"today", INT64_MIN},
};

static void
test_times(void **state)
{
    char text[TIME_TEXT_SIZE];
    int64_t before;

    (void)state;
    assert_int_equal(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
    tzset();
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        int64_t us = 42;
        bool ok = time_parse(str_of(times[i].text), &us);

        if (ok != (times[i].us != INT64_MIN) || us != (ok ? times[i].us : 42))
            fail_msg("%s: %jd", times[i].text, (intmax_t)us);
    }
    time_format(INT64_C(1795171267123456), text);
    assert_string_equal(text, "2026-11-20T10:41:07.123456Z");
    time_format(-500000, text);
    assert_string_equal(text, "1969-12-31T23:59:59.500000Z");
    time_format(INT64_MAX, text);
    time_format(INT64_MIN, text);
    before = time_monotonic_us();
    assert_true(time_now_us() > INT64_C(1700000000000000));
    time_set_us(5);
    assert_int_equal(time_now_us(), 5);
    time_set_us(0);
    assert_true(time_monotonic_us() >= before);
}

static void
test_log_is_one_line_each(void **state)
{
    struct error err = ERROR_INIT;
    struct stat stat_;

    (void)state;
    log_line("to nobody");
    CHECK_OK(log_open(file, &err));
    time_set_us(1);
    log_line("%s %d", "a\nb\x1b[0m\xc2\x9b", 7);
    log_line("second");
    time_set_us(0);
    log_close();
    log_line("to nobody");
    {
        struct buf text = {0};
        struct buf expected = {0};

        CHECK_OK(file_read(file, 1000, &text, &err));
        xbuf_printf(&expected,
                    "1970-01-01T00:00:00.000001Z %ld "
                    "a\\x0ab\\x1b[0m\\xc2\\x9b 7\n"
                    "1970-01-01T00:00:00.000001Z %ld second\n",
                    (long)getpid(), (long)getpid());
        assert_string_equal(xbuf_cstr(&text), xbuf_cstr(&expected));
        buf_release(&text);
        buf_release(&expected);
    }
    assert_int_equal(stat(file, &stat_), 0);
    assert_int_equal(stat_.st_mode & 0777, 0600);
}

static void *
make_deep(void *path)
{
    struct error err = ERROR_INIT;

    return folder_make(path, 0700, &err) == ERR_OK ? path : NULL;
}

/* Who comes second finds what the first one made, at every depth. */
static void
test_folders_made_side_by_side(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        pthread_t threads[4];
        char *deep = xasprintf("%s/%u/a/b/c/d", folder, i);

        for (size_t k = 0; k < 4; k++)
            assert_int_equal(pthread_create(&threads[k], NULL, make_deep, deep),
                             0);
        for (size_t k = 0; k < 4; k++) {
            void *made = NULL;

            pthread_join(threads[k], &made);
            assert_ptr_equal(made, deep);
        }
        free(deep);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_written_in_pieces),
        TEST(test_abort_leaves_the_old),
        TEST(test_kill_leaves_the_old),
        TEST(test_full_disk_leaves_nothing),
        TEST(test_a_link_is_replaced_not_followed),
        TEST(test_special_files_are_never_opened),
        TEST(test_read_keeps_to_its_limit),
        TEST(test_folders),
        TEST(test_folders_made_side_by_side),
        TEST(test_remove_does_not_follow_links),
        TEST(test_locks),
        TEST(test_network_file_systems),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_xdg),
        cmocka_unit_test(test_times),
        TEST(test_log_is_one_line_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
