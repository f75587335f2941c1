/* The database door: two writers, cancelling, damage, a full disk. Children
 * are real processes, because POSIX locks do not exist within one. */
#include "config.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "stet/db.h"
#include "stet/fileio.h"
#include "stet/pool.h"
#include "stet/xalloc.h"

static char *folder;
static char *path; /* of the store under test */

static int
setup(void **state)
{
    char name[] = "/tmp/stet-test-db-XXXXXX";

    (void)state;
    umask(077);
    folder = xstrdup(mkdtemp(name));
    path = path_join(folder, "a store?#%.db");
    return 0;
}

static int
teardown(void **state)
{
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(folder_remove(folder, &err), ERR_OK);
    free(folder);
    free(path);
    return 0;
}

#define CHECK_OK(call)                        \
    do {                                      \
        enum err_code code_ = (call);         \
        if (code_ != ERR_OK)                  \
            print_error("%s\n", err.message); \
        assert_int_equal(code_, ERR_OK);      \
    } while (0)

static struct db *
open_store(enum db_mode mode)
{
    struct error err = ERROR_INIT;
    struct db *db = NULL;

    CHECK_OK(db_open(&db, path, mode, &err));
    return db;
}

static int64_t
get_int(struct db *db, const char *sql)
{
    struct error err = ERROR_INIT;
    int64_t value = -1;

    CHECK_OK(db_get_int(db, sql, 0, 0, -1, &value, &err));
    return value;
}

static const char insert_sql[] = "INSERT INTO t VALUES (?, ?, ?, ?)";
static const char select_sql[] = "SELECT * FROM t ORDER BY rowid";
static const char count_sql[] = "SELECT count(*) FROM t";

static void
test_values_come_back(void **state)
{
    struct error err = ERROR_INIT;
    struct db *db = open_store(DB_STORE);
    struct stmt *stmt = NULL;
    bool row = false;
    struct stat stat_;
    uint32_t application = 0;
    uint32_t version = 0;

    (void)state;
    CHECK_OK(db_exec(db, "CREATE TABLE t (a, b, c, d)", &err));
    for (int i = 0; i < 2; i++) {
        CHECK_OK(db_stmt(db, insert_sql, &stmt, &err));
        stmt_bind_int(stmt, 1, INT64_MIN);
        stmt_bind_text(stmt, 2, STR_LIT("x\0y"));
        stmt_bind_blob(stmt, 3, NULL, 0);
        if (i == 0) /* the second keeps nothing of the first */
            stmt_bind_double(stmt, 4, 0.5);
        CHECK_OK(stmt_run(stmt, &err));
    }
    assert_int_equal(db_last_rowid(db), 2);
    assert_int_equal(db_changes(db), 1);
    CHECK_OK(db_stmt(db, select_sql, &stmt, &err));
    CHECK_OK(stmt_step(stmt, &row, &err));
    assert_true(row);
    assert_int_equal(stmt_int(stmt, 0), INT64_MIN);
    assert_true(str_equal(stmt_text(stmt, 1), STR_LIT("x\0y")));
    assert_false(stmt_is_null(stmt, 2));
    assert_int_equal(stmt_text(stmt, 2).len, 0);
    assert_true(stmt_double(stmt, 3) > 0.4);
    CHECK_OK(stmt_step(stmt, &row, &err));
    assert_true(stmt_is_null(stmt, 3));
    CHECK_OK(stmt_step(stmt, &row, &err));
    assert_false(row);
    CHECK_OK(db_set_version(db, 0xfeedbeef, 3, &err));
    CHECK_OK(db_get_version(db, &application, &version, &err));
    assert_int_equal(application, 0xfeedbeef);
    assert_int_equal(version, 3);
    db_close(db);
    assert_int_equal(stat(path, &stat_), 0);
    assert_int_equal(stat_.st_mode & 0777, 0600);
}

static void
test_bind_failures_surface(void **state)
{
    struct error err = ERROR_INIT;
    struct db *db = open_store(DB_STORE);
    struct stmt *stmt = NULL;
    bool row = false;

    (void)state;
    CHECK_OK(db_stmt(db, "SELECT ?", &stmt, &err));
    stmt_bind_int(stmt, 2, 1);
    assert_int_not_equal(stmt_step(stmt, &row, &err), ERR_OK);
    stmt_bind_int(stmt, 1, 1); /* the failure is forgotten */
    CHECK_OK(stmt_step(stmt, &row, &err));
    assert_true(row);
    db_close(db);
}

static void
test_settings_of_a_store(void **state)
{
    struct db *db = open_store(DB_STORE);
    struct error err = ERROR_INIT;
    struct stmt *stmt = NULL;
    bool row = false;

    (void)state;
    CHECK_OK(db_stmt(db, "PRAGMA journal_mode", &stmt, &err));
    CHECK_OK(stmt_step(stmt, &row, &err));
    assert_true(str_equal(stmt_text(stmt, 0), STR_LIT("truncate")));
    stmt_reset(stmt);
    assert_int_equal(get_int(db, "PRAGMA synchronous"), 2);
    assert_int_equal(get_int(db, "PRAGMA foreign_keys"), 1);
    assert_int_equal(get_int(db, "PRAGMA trusted_schema"), 0);
    assert_int_equal(get_int(db, "PRAGMA temp_store"), 2);
    assert_int_equal(get_int(db, "PRAGMA mmap_size"), 0);
    db_close(db);
}

static void
test_many_statements(void **state)
{
    enum { COUNT = 500 };
    static char sql[COUNT][32];
    struct db *db = open_store(DB_STORE);
    struct error err = ERROR_INIT;
    struct stmt *first = NULL;
    struct stmt *again = NULL;

    (void)state;
    for (int i = 0; i < COUNT; i++)
        (void)snprintf(sql[i], sizeof(sql[i]), "SELECT %d", i);
    CHECK_OK(db_stmt(db, sql[0], &first, &err));
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(get_int(db, sql[i]), i);
    CHECK_OK(db_stmt(db, sql[0], &again, &err));
    assert_ptr_equal(first, again);
    db_close(db);
}

/* Run `child` in a process of its own; its status. */
static int
run_child(void (*child)(void))
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        child();
        _exit(0);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

enum { WRITES = 60 };

/* Add 1 to a counter, read and written within a transaction. */
static void
write_many(void)
{
    struct error err = ERROR_INIT;
    struct db *db = NULL;
    int64_t value = 0;

    if (db_open(&db, path, DB_STORE, &err) != ERR_OK)
        _exit(2);
    for (int i = 0; i < WRITES; i++) {
        if (db_begin(db, &err) != ERR_OK ||
            db_get_int(db, "SELECT v FROM counter", 0, 0, -1, &value, &err) !=
                ERR_OK ||
            db_exec(db, "UPDATE counter SET v = v + 1", &err) != ERR_OK ||
            db_commit(db, &err) != ERR_OK) {
            (void)fprintf(stderr, "# %s\n", err.message);
            _exit(3);
        }
    }
    db_close(db);
}

static void
test_two_processes_write(void **state)
{
    struct db *db = open_store(DB_STORE);
    struct error err = ERROR_INIT;
    pid_t pids[3];

    (void)state;
    CHECK_OK(db_exec(db,
                     "CREATE TABLE counter (v); INSERT INTO counter "
                     "VALUES (0)",
                     &err));
    db_close(db);
    for (size_t i = 0; i < 3; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            write_many();
            _exit(0);
        }
    }
    for (size_t i = 0; i < 3; i++) {
        int status = -1;

        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    db = open_store(DB_STORE_READ);
    assert_int_equal(get_int(db, "SELECT v FROM counter"), 3 * WRITES);
    assert_int_equal(db_exec(db, "DELETE FROM counter", &err), ERR_PERM);
    db_close(db);
}

/* Write into a transaction, then die as by kill -9. */
static void
die_writing(void)
{
    struct error err = ERROR_INIT;
    struct db *db = NULL;

    /* A tiny cache, so that pages reach the file before the commit. */
    if (db_open(&db, path, DB_STORE, &err) != ERR_OK ||
        db_exec(db, "PRAGMA cache_size = 2", &err) != ERR_OK ||
        db_begin(db, &err) != ERR_OK ||
        db_exec(db, "INSERT INTO t SELECT randomblob(5000) FROM t, t, t",
                &err) != ERR_OK)
        _exit(2);
    (void)raise(SIGKILL);
}

static void
test_reader_rolls_back_a_dead_writer(void **state)
{
    struct db *db = open_store(DB_STORE);
    struct error err = ERROR_INIT;
    struct file_stat before;
    struct file_stat after;

    (void)state;
    CHECK_OK(db_exec(db,
                     "CREATE TABLE t (v); INSERT INTO t VALUES (1), (2), "
                     "(3), (4)",
                     &err));
    db_close(db);
    CHECK_OK(file_stat(path, &before, &err));
    assert_true(WIFSIGNALED(run_child(die_writing)));
    CHECK_OK(file_stat(path, &after, &err));
    assert_true(after.bytes > before.bytes); /* else it tested nothing */
    db = open_store(DB_STORE_READ);
    assert_int_equal(get_int(db, count_sql), 4);
    CHECK_OK(db_check(db, true, &err));
    db_close(db);
}

static void *
cancel_soon(void *arg)
{
    usleep(50000);
    cancel_set(arg);
    return NULL;
}

static void *
interrupt_soon(void *arg)
{
    usleep(50000);
    db_interrupt(arg);
    return NULL;
}

static const char endless_sql[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    "SELECT count(*) FROM n";

static void
test_cancel_and_interrupt(void **state)
{
    struct db *db = open_store(DB_STORE);
    struct error err = ERROR_INIT;
    pthread_t thread;
    int64_t value = 0;
    int flag = 0;

    (void)state;
    db_set_cancel(db, &flag);
    pthread_create(&thread, NULL, cancel_soon, &flag);
    assert_int_equal(db_get_int(db, endless_sql, 0, 0, 0, &value, &err),
                     ERR_CANCELLED);
    pthread_join(thread, NULL);
    db_set_cancel(db, NULL);
    assert_int_equal(get_int(db, "SELECT 7"), 7);
    pthread_create(&thread, NULL, interrupt_soon, db);
    assert_int_equal(db_get_int(db, endless_sql, 0, 0, 0, &value, &err),
                     ERR_CANCELLED);
    pthread_join(thread, NULL);
    db_close(db);
}

static void
begin_and_expect_cancel(void)
{
    struct error err = ERROR_INIT;
    struct db *db = NULL;
    pthread_t thread;
    int flag = 0;
    int64_t start = time_monotonic_us();

    if (db_open(&db, path, DB_STORE, &err) != ERR_OK)
        _exit(2);
    db_set_cancel(db, &flag);
    pthread_create(&thread, NULL, cancel_soon, &flag);
    if (db_begin(db, &err) != ERR_CANCELLED)
        _exit(3);
    pthread_join(thread, NULL);
    if (time_monotonic_us() - start > 2000000)
        _exit(4);
    db_close(db);
}

static void
begin_and_expect_busy(void)
{
    struct error err = ERROR_INIT;
    struct db *db = NULL;
    int64_t start = time_monotonic_us();

    /* Nothing may take longer than the timeout of 5 s. */
    if (db_open(&db, path, DB_STORE, &err) != ERR_OK)
        _exit(2);
    if (db_begin(db, &err) != ERR_BUSY)
        _exit(3);
    if (time_monotonic_us() - start < 4500000 ||
        time_monotonic_us() - start > 8000000)
        _exit(4);
    db_close(db);
}

static void
test_busy_waits_and_can_be_cancelled(void **state)
{
    struct db *db = open_store(DB_STORE);
    struct error err = ERROR_INIT;

    (void)state;
    CHECK_OK(db_begin(db, &err));
    assert_int_equal(run_child(begin_and_expect_cancel), 0);
    assert_int_equal(run_child(begin_and_expect_busy), 0);
    db_rollback(db);
    db_rollback(db); /* harmless */
    CHECK_OK(db_begin(db, &err));
    CHECK_OK(db_commit(db, &err));
    db_close(db);
}

/* The limit of file sizes stands in for a full disk. */
static void
fill_the_disk(void)
{
    struct error err = ERROR_INIT;
    struct rlimit limit = {200000, 200000};
    struct db *db = NULL;
    int64_t count = 0;

    (void)signal(SIGXFSZ, SIG_IGN);
    if (db_open(&db, path, DB_STORE, &err) != ERR_OK ||
        setrlimit(RLIMIT_FSIZE, &limit) != 0)
        _exit(2);
    for (int i = 0; i < 1000; i++) {
        enum err_code code = db_begin(db, &err);

        if (code == ERR_OK)
            code = db_exec(db, "INSERT INTO t VALUES (zeroblob(5000))", &err);
        if (code == ERR_OK)
            code = db_commit(db, &err);
        if (code == ERR_OK) {
            count++;
            continue;
        }
        db_rollback(db);
        if (code != ERR_IO || !strstr(err.message, "file too large"))
            _exit(3);
        /* What was acknowledged is there; the connection still works. */
        if (count < 10 ||
            db_get_int(db, "SELECT count(*) FROM t", 0, 0, -1, &count, &err) !=
                ERR_OK ||
            db_check(db, true, &err) != ERR_OK)
            _exit(4);
        db_close(db);
        _exit(0);
    }
    _exit(5);
}

static void
test_full_disk_is_said(void **state)
{
    struct db *db = open_store(DB_STORE);
    struct error err = ERROR_INIT;

    (void)state;
    CHECK_OK(db_exec(db, "CREATE TABLE t (v)", &err));
    db_close(db);
    assert_int_equal(run_child(fill_the_disk), 0);
    db = open_store(DB_STORE);
    /* SQLite's own limit takes the way of SQLITE_FULL. */
    CHECK_OK(db_exec(db, "PRAGMA max_page_count = 60", &err));
    assert_int_equal(
        db_exec(db, "INSERT INTO t VALUES (zeroblob(900000))", &err), ERR_IO);
    assert_non_null(strstr(err.message, "disk full"));
    db_close(db);
}

static void
test_damage_is_found(void **state)
{
    struct db *db = open_store(DB_BUILD);
    struct error err = ERROR_INIT;
    int64_t value = 0;
    enum err_code code;
    int fd;

    (void)state;
    CHECK_OK(db_exec(db, "CREATE TABLE t (v)", &err));
    CHECK_OK(db_begin(db, &err));
    for (int i = 0; i < 200; i++)
        CHECK_OK(db_exec(db, "INSERT INTO t VALUES (randomblob(500))", &err));
    CHECK_OK(db_commit(db, &err));
    CHECK_OK(db_sync(db, &err));
    db_close(db);
    db = open_store(DB_INDEX);
    CHECK_OK(db_check(db, false, &err));
    assert_int_equal(db_exec(db, "DELETE FROM t", &err), ERR_PERM);
    db_close(db);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    for (int page = 2; page < 15; page++)
        assert_int_equal(pwrite(fd, "\xff\xff\xff\xff\xff\xff\xff\xff", 8,
                                (off_t)page * 4096),
                         8);
    close(fd);
    db = open_store(DB_INDEX);
    code = db_check(db, true, &err);
    assert_int_equal(code, ERR_FORMAT);
    assert_int_equal(
        db_get_int(db, "SELECT sum(length(v)) FROM t", 0, 0, 0, &value, &err),
        ERR_FORMAT);
    db_close(db);
}

static void
test_what_is_no_database(void **state)
{
    struct error err = ERROR_INIT;
    struct db *db = NULL;
    char *missing = path_join(folder, "missing.db");
    char *fifo = path_join(folder, "fifo");

    (void)state;
    CHECK_OK(file_write_atomic(path,
                               STR_LIT("this is plain text, and long "
                                       "enough for a header to be read "
                                       "from it, since SQLite reads "
                                       "100 bytes of every file"),
                               &err));
    assert_int_equal(db_open(&db, path, DB_STORE, &err), ERR_FORMAT);
    assert_int_equal(db_open(&db, path, DB_INDEX, &err), ERR_FORMAT);
    assert_int_equal(db_open(&db, missing, DB_INDEX, &err), ERR_NOTFOUND);
    assert_int_equal(db_open(&db, missing, DB_STORE_READ, &err), ERR_NOTFOUND);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(db_open(&db, fifo, DB_STORE, &err), ERR_IO);
    assert_int_equal(db_open(&db, folder, DB_STORE, &err), ERR_IO);
    assert_null(db);
    db_close(NULL);
    free(missing);
    free(fifo);
}

static void
test_savepoints_of_a_build(void **state)
{
    struct db *db = open_store(DB_BUILD);
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(get_int(db, "PRAGMA page_size"), 4096);
    CHECK_OK(db_begin(db, &err));
    CHECK_OK(db_exec(db,
                     "CREATE TABLE t (v); INSERT INTO t VALUES (1);"
                     "SAVEPOINT a; INSERT INTO t VALUES (2); ROLLBACK TO a;"
                     "RELEASE a; INSERT INTO t VALUES (3)",
                     &err));
    CHECK_OK(db_commit(db, &err));
    assert_int_equal(get_int(db, "SELECT sum(v) FROM t"), 4);
    db_close(db);
}

static void
test_backup_is_complete_or_absent(void **state)
{
    struct db *db = open_store(DB_STORE);
    struct db *copy = NULL;
    struct error err = ERROR_INIT;
    char *backup = path_join(folder, "backup.db");
    char *nowhere = path_join(folder, "no/such/backup.db");
    struct names names;

    (void)state;
    CHECK_OK(db_exec(db, "CREATE TABLE t (v); INSERT INTO t VALUES (1)", &err));
    CHECK_OK(db_backup(db, backup, &err));
    CHECK_OK(db_exec(db, "INSERT INTO t VALUES (2)", &err));
    CHECK_OK(db_open(&copy, backup, DB_INDEX, &err));
    assert_int_equal(get_int(copy, count_sql), 1);
    CHECK_OK(db_check(copy, true, &err));
    db_close(copy);
    CHECK_OK(db_backup(db, backup, &err)); /* replaces */
    CHECK_OK(db_open(&copy, backup, DB_INDEX, &err));
    assert_int_equal(get_int(copy, count_sql), 2);
    db_close(copy);
    assert_int_equal(db_backup(db, nowhere, &err), ERR_NOTFOUND);
    db_close(db);
    CHECK_OK(folder_list(folder, false, &names, &err));
    assert_int_equal(names.count, 3); /* store, journal, backup */
    names_free(&names);
    free(backup);
    free(nowhere);
}

static void
test_codes(void **state)
{
    struct db *db = open_store(DB_STORE);
    struct error err = ERROR_INIT;

    (void)state;
    CHECK_OK(db_exec(db, "CREATE TABLE t (v UNIQUE); INSERT INTO t VALUES (1)",
                     &err));
    assert_int_equal(db_exec(db, "INSERT INTO t VALUES (1)", &err),
                     ERR_CONFLICT);
    assert_int_equal(db_exec(db, "SELECT * FROM nothing", &err), ERR_FORMAT);
    assert_int_equal(db_exec(db,
                             "PRAGMA writable_schema = 1; "
                             "DELETE FROM sqlite_schema",
                             &err),
                     ERR_FORMAT); /* defensive */
    CHECK_OK(db_exec(db, "SELECT 1", &err));
    CHECK_OK(db_error(db, &err));
    assert_non_null(db_handle(db));
    db_close(db);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_values_come_back),
        TEST(test_bind_failures_surface),
        TEST(test_settings_of_a_store),
        TEST(test_many_statements),
        TEST(test_two_processes_write),
        TEST(test_reader_rolls_back_a_dead_writer),
        TEST(test_cancel_and_interrupt),
        TEST(test_busy_waits_and_can_be_cancelled),
        TEST(test_full_disk_is_said),
        TEST(test_damage_is_found),
        TEST(test_what_is_no_database),
        TEST(test_savepoints_of_a_build),
        TEST(test_backup_is_complete_or_absent),
        TEST(test_codes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
