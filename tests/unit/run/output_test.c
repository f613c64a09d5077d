/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/run/locales.h"

#include "schemas/run/beside.h"
#include "schemas/run/digest.h"
#include "schemas/run/fs.h"
#include "schemas/run/lock.h"
#include "schemas/run/output.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char home[64]; /* the folder of the current test */

static int enter(void **state)
{
    (void)state;
    (void)snprintf(home, sizeof home, "/tmp/pre-output-XXXXXX");
    return mkdtemp(home) && chdir(home) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    struct err e;
    return chdir("/") == 0 && fs_remove(home, &e) == FLOW_OK ? 0 : -1;
}

static void expect_file(const char *path, const char *content)
{
    struct buf b;
    struct err e = {0};
    buf_init(&b, 100000);
    if (fs_read(path, &b, &e) != FLOW_OK)
        fail_msg("%s", e.text);
    assert_string_equal(buf_str(&b), content);
    buf_fini(&b);
}

static void what_is_synced_early_is_not_visible_and_not_all(void **state)
{
    (void)state;
    struct err e;
    struct output *o = output_open("a", &e);
    assert_non_null(o);
    assert_int_equal(sink_write(output_sink(o), "one ", 4, &e), FLOW_OK);
    assert_int_equal(output_sync(o, &e), FLOW_OK);
    expect_file("a.part", "one ");
    assert_false(fs_is_file("a"));
    assert_int_equal(sink_write(output_sink(o), "two", 3, &e), FLOW_OK);
    assert_int_equal(output_commit(o, &e), FLOW_OK);
    expect_file("a", "one two");
}

static void nothing_is_visible_before_commit(void **state)
{
    (void)state;
    struct err e;
    struct stat st;
    assert_int_equal(output_file("a", "old", 3, &e), FLOW_OK);
    struct output *o = output_open("a", &e);
    assert_non_null(o);
    assert_int_equal(sink_write(output_sink(o), "new", 3, &e), FLOW_OK);
    expect_file("a", "old");
    assert_int_equal(output_commit(o, &e), FLOW_OK);
    expect_file("a", "new");
    assert_false(fs_is_file("a.part"));
    assert_int_equal(stat("a", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void abort_leaves_things_as_they_were(void **state)
{
    (void)state;
    struct err e;
    assert_int_equal(output_file("a", "old", 3, &e), FLOW_OK);
    struct output *o = output_open("a", &e);
    assert_non_null(o);
    assert_int_equal(sink_write(output_sink(o), "new", 3, &e), FLOW_OK);
    output_abort(o);
    expect_file("a", "old");
    assert_false(fs_is_file("a.part"));
    output_abort(NULL);
}

static void large_writes_keep_their_order(void **state)
{
    (void)state;
    enum { N = 200000 };
    struct err e;
    char expected[DIGEST_HEX_MAX], got[DIGEST_HEX_MAX];
    char *big = malloc(N);
    assert_non_null(big);
    for (int i = 0; i < N; i++)
        big[i] = (char)(i % 251);
    struct output *o = output_open("big", &e);
    assert_non_null(o);
    for (int at = 0, step = 1; at < N; at += step, step = step * 7 % 100003) {
        size_t n = (size_t)(step < N - at ? step : N - at);
        assert_int_equal(sink_write(output_sink(o), big + at, n, &e), FLOW_OK);
    }
    assert_int_equal(output_commit(o, &e), FLOW_OK);
    assert_int_equal(digest_of(big, N, expected, &e), FLOW_OK);
    assert_int_equal(digest_file("big", got, &e), FLOW_OK);
    assert_string_equal(got, expected);
    free(big);
}

static void a_missing_parent_is_cannot_create(void **state)
{
    (void)state;
    struct err e;
    assert_null(output_open("no/such/file", &e));
    assert_int_equal(e.status, STATUS_CANTCREAT);
    assert_null(outdir_open("no/such/folder", 0, &e));
    assert_int_equal(e.status, STATUS_CANTCREAT);
}

/* Writes beyond the limit of file size in a child; its exit status is the error's status, or 99 when something is left
 * over. */
static int write_too_much(void)
{
    struct rlimit limit = {4096, 4096};
    struct err e = {0};
    static char block[70000];
    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 98;
    struct output *o = output_open("full", &e);
    if (!o)
        return 97;
    enum flow f = sink_write(output_sink(o), block, 5000, &e);
    if (f == FLOW_OK)
        f = output_commit(o, &e);
    else
        output_abort(o);
    return f == FLOW_OK || fs_is_file("full.part") ? 99 : (int)e.status;
}

static void a_full_disk_is_status_74_and_leaves_nothing(void **state)
{
    (void)state;
    struct err e;
    int status;
    assert_int_equal(output_file("full", "old", 3, &e), FLOW_OK);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(write_too_much());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), STATUS_IO);
    expect_file("full", "old");
}

static void a_device_without_space_is_status_74(void **state)
{
    (void)state;
    struct err e;
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        skip();
    struct fd_sink to = {fileno(full), "/dev/full"};
    assert_int_equal(sink_write(sink_fd(&to), "x", 1, &e), FLOW_FATAL);
    assert_int_equal(e.status, STATUS_IO);
    assert_string_equal(e.text, "/dev/full: No space left on device");
    (void)fclose(full);
}

static struct outdir *folder_with(const char *path, int replace, const char *content)
{
    char file[256];
    struct err e;
    struct outdir *d = outdir_open(path, replace, &e);
    assert_non_null(d);
    assert_true(fs_join(file, sizeof file, outdir_path(d), "f"));
    assert_int_equal(output_file(file, content, strlen(content), &e), FLOW_OK);
    return d;
}

static void a_folder_appears_whole_and_is_not_replaced_unasked(void **state)
{
    (void)state;
    struct err e;
    struct outdir *d = folder_with("d/", 0, "one");
    assert_false(fs_is_dir("d"));
    assert_int_equal(outdir_commit(d, &e), FLOW_OK);
    expect_file("d/f", "one");
    assert_int_equal(outdir_commit(folder_with("d", 0, "two"), &e), FLOW_FATAL);
    assert_int_equal(e.status, STATUS_CANTCREAT);
    expect_file("d/f", "one");
    assert_false(fs_is_dir("d.part"));
    assert_int_equal(outdir_commit(folder_with("d", 1, "three"), &e), FLOW_OK);
    expect_file("d/f", "three");
    assert_false(fs_is_dir("d.part"));
    outdir_abort(folder_with("d", 1, "four"));
    expect_file("d/f", "three");
    outdir_abort(NULL);
}

static void a_link_is_swapped(void **state)
{
    (void)state;
    struct err e;
    char to[64] = "";
    assert_int_equal(output_link("one", "current", &e), FLOW_OK);
    assert_int_equal(output_link("two", "current", &e), FLOW_OK);
    assert_int_equal(readlink("current", to, sizeof to - 1), 3);
    assert_string_equal(to, "two");
}

static void trees_are_removed_but_links_are_not_followed(void **state)
{
    (void)state;
    struct err e;
    assert_int_equal(fs_mkdirs("kept", &e), FLOW_OK);
    assert_int_equal(output_file("kept/f", "x", 1, &e), FLOW_OK);
    assert_int_equal(fs_mkdirs("t/a/b", &e), FLOW_OK);
    assert_int_equal(output_file("t/a/b/f", "x", 1, &e), FLOW_OK);
    assert_int_equal(symlink("../../kept", "t/a/link"), 0);
    assert_int_equal(fs_remove("t", &e), FLOW_OK);
    assert_false(fs_is_dir("t"));
    expect_file("kept/f", "x");
    assert_int_equal(fs_remove("t", &e), FLOW_OK);
}

static void files_are_read_up_to_a_limit(void **state)
{
    (void)state;
    struct err e;
    struct buf b;
    assert_int_equal(output_file("f", "12345", 5, &e), FLOW_OK);
    buf_init(&b, 5);
    assert_int_equal(fs_read("f", &b, &e), FLOW_OK);
    assert_string_equal(buf_str(&b), "12345");
    buf_fini(&b);
    buf_init(&b, 4);
    assert_int_equal(fs_read("f", &b, &e), FLOW_FATAL);
    assert_int_equal(e.status, STATUS_DATA);
    assert_string_equal(e.text, "f: larger than 4 bytes");
    buf_fini(&b);
    assert_int_equal(fs_read("none", &b, &e), FLOW_FATAL);
    assert_int_equal(e.status, STATUS_NOINPUT);
    buf_fini(&b);
}

static void names_come_sorted_by_bytes(void **state)
{
    (void)state;
    static const char *const names[] = {"b", "B", "\xc3\xa9", "a", "a.b", "a-b"};
    static const char *const sorted[] = {"B", "a", "a-b", "a.b", "b", "\xc3\xa9"};
    struct err e;
    char **got;
    size_t n;
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(output_file(names[i], "", 0, &e), FLOW_OK);
    assert_int_equal(fs_names(".", &got, &n, &e), FLOW_OK);
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(got[i], sorted[i]);
    fs_names_free(got, n);
    assert_true(fs_free_bytes(".") > 0);
}

static void a_lock_has_one_holder_and_dies_with_it(void **state)
{
    (void)state;
    struct err e;
    int ready[2], status;
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (!lock_take("lock", "pre-x", &e) || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            (void)pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_null(lock_take("lock", "pre-y", &e));
    assert_int_equal(e.status, STATUS_RETRY);
    char expected[64];
    (void)snprintf(expected, sizeof expected, "lock: held by pre-x (pid %ld on ", (long)child);
    assert_int_equal(strncmp(e.text, expected, strlen(expected)), 0);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    struct lock *l = lock_take("lock", "pre-y", &e); /* the file still names the dead one: only the kernel counts */
    assert_non_null(l);
    lock_release(l);
    l = lock_take("lock", "pre-z", &e);
    assert_non_null(l);
    lock_release(l);
    lock_release(NULL);
    (void)close(ready[0]);
    (void)close(ready[1]);
}

static void digests_are_those_of_the_standard(void **state)
{
    (void)state;
    struct err e;
    char hex[DIGEST_HEX_MAX];
    assert_int_equal(digest_of("abc", 3, hex, &e), FLOW_OK); /* FIPS 180-4 example */
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(digest_of("", 0, hex, &e), FLOW_OK);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_int_equal(digest_file("none", hex, &e), FLOW_FATAL);
    assert_int_equal(e.status, STATUS_NOINPUT);
}

static void what_stands_at_an_offset_is_read_as_far_as_it_goes(void **state)
{
    (void)state;
    struct err e;
    char got[8] = "";
    assert_int_equal(output_file("a", "abcdefgh", 8, &e), FLOW_OK);
    int fd = fs_open("a", &e);
    assert_true(fd >= 0);
    assert_int_equal(fs_read_at(fd, got, 3, 2), 3);
    assert_memory_equal(got, "cde", 3);
    assert_int_equal(fs_read_at(fd, got, sizeof got, 6), 2);
    assert_memory_equal(got, "gh", 2);
    assert_int_equal(fs_read_at(fd, got, 1, 8), 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(fs_read_at(fd, got, 1, 0), -1);
}

/* Waits until the other side has spoken: it can end only when both go on at once. */
static enum flow echo(void *ctx, struct err *e)
{
    int *end = ctx;
    char c;
    if (read(end[0], &c, 1) != 1 || write(end[1], &c, 1) != 1)
        return err_set(e, STATUS_IO, "no byte");
    return c == 'x' ? FLOW_OK : err_set(e, STATUS_DATA, "heard %c", c);
}

static void work_goes_on_beside_and_tells_its_failure(void **state)
{
    (void)state;
    struct err e = {.status = STATUS_OK};
    for (const char *said = "xy"; *said; said++) {
        int ask[2], answer[2];
        char heard = 0;
        struct beside b;
        assert_int_equal(pipe(ask), 0);
        assert_int_equal(pipe(answer), 0);
        beside_begin(&b, echo, (int[]){ask[0], answer[1]});
        assert_int_equal(write(ask[1], said, 1), 1);
        assert_int_equal(read(answer[0], &heard, 1), 1);
        assert_int_equal(heard, *said);
        assert_int_equal(beside_wait(&b, &e), *said == 'x' ? FLOW_OK : FLOW_FATAL);
        for (int i = 0; i < 2; i++)
            assert_int_equal(close(ask[i]) | close(answer[i]), 0);
        if (*said == 'x')
            assert_int_equal(e.status, STATUS_OK);
    }
    assert_int_equal(e.status, STATUS_DATA);
    assert_string_equal(e.text, "heard y");
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown((f), enter, leave)

static const struct CMUnitTest tests[] = {
    IN_FOLDER(what_is_synced_early_is_not_visible_and_not_all),
    IN_FOLDER(nothing_is_visible_before_commit),
    IN_FOLDER(abort_leaves_things_as_they_were),
    IN_FOLDER(large_writes_keep_their_order),
    IN_FOLDER(a_missing_parent_is_cannot_create),
    IN_FOLDER(a_full_disk_is_status_74_and_leaves_nothing),
    IN_FOLDER(a_device_without_space_is_status_74),
    IN_FOLDER(a_folder_appears_whole_and_is_not_replaced_unasked),
    IN_FOLDER(a_link_is_swapped),
    IN_FOLDER(trees_are_removed_but_links_are_not_followed),
    IN_FOLDER(files_are_read_up_to_a_limit),
    IN_FOLDER(what_stands_at_an_offset_is_read_as_far_as_it_goes),
    IN_FOLDER(work_goes_on_beside_and_tells_its_failure),
    IN_FOLDER(names_come_sorted_by_bytes),
    IN_FOLDER(a_lock_has_one_holder_and_dies_with_it),
    IN_FOLDER(digests_are_those_of_the_standard),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
