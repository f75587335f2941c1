/* The store under fire: several processes, kill -9 at random moments, full
 * disks. STET_TEST_LONG=1 runs the long form. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "stet/store.h"
#include "stet/xalloc.h"
#include "tests/lib/review_fixture.h"

enum { WRITERS = 2, DECISIONS = 2000, MOST = 200000 };

static bool
is_long(void)
{
    const char *text = getenv("STET_TEST_LONG");

    return text && text[0] == '1';
}

static void
must_check(struct store *store, uint64_t expected)
{
    struct error err = ERROR_INIT;
    uint64_t count = 0;

    if (store_check(store, &count, &err) != ERR_OK)
        fail_msg("%s", err.message);
    assert_int_equal(count, expected);
}

/* Sets of uuids, sorted once filled. */
struct uuids {
    struct uuid *list;
    size_t count;
};

static int
by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct uuid));
}

static bool
has_uuid(const struct uuids *set, const struct uuid *uuid)
{
    return bsearch(uuid, set->list, set->count, sizeof(*uuid), by_bytes) !=
           NULL;
}

static enum err_code
collect(void *ctx, const struct annotation *a, struct error *err)
{
    struct uuids *set = ctx;

    (void)err;
    assert_true(set->count < MOST);
    set->list[set->count++] = a->uuid;
    return ERR_OK;
}

static void
stored_uuids(struct store *store, struct uuids *set)
{
    struct journal_filter filter = {0};
    struct error err = ERROR_INIT;

    set->count = 0;
    assert_int_equal(store_journal(store, &filter, collect, set, &err), ERR_OK);
    qsort(set->list, set->count, sizeof(*set->list), by_bytes);
    for (size_t i = 1; i < set->count; i++)
        assert_int_not_equal(by_bytes(&set->list[i - 1], &set->list[i]), 0);
}

/* A writer's life; the exit status counts what went wrong. */
static int
write_decisions(struct fixture *fixture, unsigned writer)
{
    struct error err = ERROR_INIT;
    struct store *store = fixture_store(fixture, writer ? "kim" : "ana");
    int failed = 0;

    for (unsigned i = 0; i < DECISIONS; i++) {
        struct annotation act =
            fixture_act(ANNOTATION_VERDICT, i, i % 2 ? "good" : "bad");

        if (store_append(store, &act, 1, -1, &err) != ERR_OK) {
            (void)fprintf(stderr, "# writer %u: %s\n", writer, err.message);
            failed = 1;
        }
    }
    store_close(store);
    return failed;
}

static void
test_two_processes(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct store *store = NULL;
    struct arena arena;
    pid_t children[WRITERS];

    (void)state;
    arena_init(&arena, 0);
    for (unsigned i = 0; i < WRITERS; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            _exit(write_decisions(fixture, i));
    }
    for (unsigned i = 0; i < WRITERS; i++) {
        int status = 0;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    store = fixture_store(fixture, "lee");
    must_check(store, WRITERS * DECISIONS);
    for (unsigned i = 0; i < DECISIONS; i += 97) {
        struct item_state s = fixture_state(store, i, NULL, &arena);

        assert_int_equal(s.reviewers, 2);
        assert_true(
            str_equal(s.verdict, i % 2 ? STR_LIT("good") : STR_LIT("bad")));
    }
    store_close(store);
    arena_release(&arena);
    fixture_free(fixture);
}

/* What a child tells: the annotation it is about to append, then that it was
 * acknowledged. */
struct report {
    char what; /* 't' about to try, 'd' done */
    unsigned item;
    struct uuid uuid;
};

static void
tell(int fd, char what, unsigned item, const struct uuid *uuid)
{
    struct report report;

    memset(&report, 0, sizeof(report));
    report.what = what;
    report.item = item;
    report.uuid = *uuid;
    if (write(fd, &report, sizeof(report)) != sizeof(report))
        _exit(2);
}

static void
append_until_killed(struct fixture *fixture, int fd, uint64_t random)
{
    struct error err = ERROR_INIT;
    struct store *store = fixture_store(fixture, "ana");

    for (;;) {
        unsigned item = (unsigned)(fixture_random(&random) % 50);
        struct annotation act =
            fixture_act(ANNOTATION_VERDICT, item, item % 2 ? "good" : "bad");
        struct item_key keys[20];

        if (item % 10 == 0) { /* sometimes a list */
            for (unsigned i = 0; i < 20; i++)
                keys[i] = fixture_key(i);
            act.has_item = false;
            act.items = keys;
            act.item_count = 20;
        }
        act.uuid = uuid_make();
        tell(fd, 't', item, &act.uuid);
        if (store_append(store, &act, 1, -1, &err) != ERR_OK)
            _exit(3);
        tell(fd, 'd', item, &act.uuid);
        if (item % 7 == 0) {
            if (store_undo(store, &act.uuid, &err) != ERR_OK)
                _exit(4);
        }
    }
}

/* Reads what the child told until its end; the last try that was not
 * acknowledged goes to *open. */
static bool
read_reports(int fd, struct uuids *acked, struct report *open)
{
    struct report report;
    bool is_open = false;

    while (read(fd, &report, sizeof(report)) == sizeof(report)) {
        is_open = report.what == 't';
        if (is_open)
            *open = report;
        else
            acked->list[acked->count++] = report.uuid;
    }
    return is_open;
}

static unsigned
kill_once(struct fixture *fixture, struct uuids *acked, uint64_t *random)
{
    static struct uuid memory[MOST];
    struct uuids stored = {memory, 0};
    struct error err = ERROR_INIT;
    struct timespec pause = {0, 0};
    struct store *store = NULL;
    struct report open;
    bool is_open = false;
    unsigned unacknowledged = 0;
    int pipes[2];
    pid_t child;

    assert_int_equal(pipe(pipes), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(pipes[0]);
        append_until_killed(fixture, pipes[1], *random | 1);
    }
    close(pipes[1]);
    pause.tv_nsec = (long)(2000000 + fixture_random(random) % 60000000);
    nanosleep(&pause, NULL);
    kill(child, SIGKILL);
    is_open = read_reports(pipes[0], acked, &open);
    close(pipes[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);

    store = fixture_store(fixture, "ana");
    stored_uuids(store, &stored);
    for (size_t i = 0; i < acked->count; i++)
        assert_true(has_uuid(&stored, &acked->list[i]));
    if (is_open) { /* the desk tries again with the same uuid */
        struct annotation act =
            fixture_act(ANNOTATION_VERDICT, open.item, "bad");
        size_t before = stored.count;

        act.uuid = open.uuid;
        unacknowledged = has_uuid(&stored, &open.uuid);
        assert_int_equal(store_append(store, &act, 1, -1, &err), ERR_OK);
        stored_uuids(store, &stored);
        assert_int_equal(stored.count, before + !unacknowledged);
        assert_true(has_uuid(&stored, &open.uuid));
        acked->list[acked->count++] = open.uuid;
    }
    must_check(store, stored.count);
    store_close(store);
    return unacknowledged;
}

static void
test_kill_at_random_moments(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct uuids acked = {xcalloc(MOST, sizeof(struct uuid)), 0};
    uint64_t random = fixture_seed();
    unsigned rounds = is_long() ? 150 : 20;
    unsigned unacknowledged = 0;

    (void)state;
    store_close(fixture_store(fixture, "ana"));
    for (unsigned i = 0; i < rounds; i++)
        unacknowledged += kill_once(fixture, &acked, &random);
    printf("# %u kills, %zu acknowledged, %u stored unacknowledged\n", rounds,
           acked.count, unacknowledged);
    assert_true(acked.count > 0);
    free(acked.list);
    fixture_free(fixture);
}

/* Rewrites of 20 kB until the disk is full; how many were acknowledged, or -1
 * for a wrong error. */
static int
append_until_full(struct store *store)
{
    static char text[20001];
    struct error err = ERROR_INIT;

    memset(text, 'x', sizeof(text) - 1);
    for (int i = 0; i < 1000; i++) {
        struct annotation act =
            fixture_act(ANNOTATION_REWRITE, (unsigned)i % 100, text);
        enum err_code code = store_append(store, &act, 1, -1, &err);

        if (code == ERR_IO && err.message[0] && act.seq == 0)
            return i;
        if (code != ERR_OK) {
            (void)fprintf(stderr, "# %d: %s\n", (int)code, err.message);
            return -1;
        }
    }
    return -1;
}

static void
test_file_size_limit(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct store *store = NULL;
    int pipes[2];
    int count = 0;
    pid_t child;

    (void)state;
    assert_int_equal(pipe(pipes), 0);
    child = fork();
    if (child == 0) {
        struct rlimit limit = {400000, 400000};

        (void)signal(SIGXFSZ, SIG_IGN);
        store = fixture_store(fixture, "ana");
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
            _exit(2);
        count = append_until_full(store);
        store_close(store);
        _exit(write(pipes[1], &count, sizeof(count)) == sizeof(count) ? 0 : 3);
    }
    close(pipes[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(read(pipes[0], &count, sizeof(count)), sizeof(count));
    close(pipes[0]);
    assert_in_range(count, 1, 100);
    store = fixture_store(fixture, "ana");
    must_check(store, (uint64_t)count);
    fixture_append(store, ANNOTATION_VERDICT, 1, "good");
    store_close(store);
    fixture_free(fixture);
}

static void
test_full_disk(void **state)
{
    struct fixture *outer = fixture_new(NULL);
    char *folder = xasprintf("%s/disk", outer->folder);
    struct error err = ERROR_INIT;
    struct workspace *ws = NULL;
    struct store *store = NULL;
    int count = 0;

    (void)state;
    assert_int_equal(folder_make(folder, 0700, &err), ERR_OK);
    if (mount("stet-test", folder, "tmpfs", 0, "size=1m") != 0) {
        printf("# skipped: cannot mount a small tmpfs here (%s)\n",
               strerror(errno));
        free(folder);
        fixture_free(outer);
        skip();
        return;
    }
    assert_int_equal(workspace_create(&ws, folder, false, NULL, &err), ERR_OK);
    assert_int_equal(store_open(&store, ws, "ana", false, &err), ERR_OK);
    count = append_until_full(store);
    assert_in_range(count, 1, 100);
    must_check(store, (uint64_t)count);
    store_close(store);
    /* A reader of the full disk still gets everything. */
    assert_int_equal(store_open(&store, ws, NULL, true, &err), ERR_OK);
    must_check(store, (uint64_t)count);
    store_close(store);
    workspace_close(ws);
    assert_int_equal(umount(folder), 0);
    free(folder);
    fixture_free(outer);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_processes),
        cmocka_unit_test(test_kill_at_random_moments),
        cmocka_unit_test(test_file_size_limit),
        cmocka_unit_test(test_full_disk),
    };

    return cmocka_run_group_tests_name("store faults", tests, NULL, NULL);
}
