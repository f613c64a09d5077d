/* SPDX-License-Identifier: Apache-2.0 */
/* The merged index of a folder: with it, a reader knows what it would know without, and whatever is wrong with it is
 * never believed. */
#include "schemas/archive/archive.h"
#include "schemas/run/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/file.h>
#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/archive/folder.h"

enum { NIGHTS = 9 };

static const char *const units[] = {"PRE-59-01", "PRE-2A-01", "PRE-971-01", "PRE-01-04"};

/* What each unit's source gives on each night: "" a failure without body, "!..." a page that is no return. */
static const char *const given[NIGHTS][4] = {
    {"<a/>", "", "<x/>", "!login"}, {"<a/>", "<c/>", "<x/>", "!login"}, {"<b/>", "<c/>", "", "!login"},
    {"<a/>", "", "<x/>", "<d/>"},   {"", "<x/>", "<x/>", "<d/>"},       {"!login", "<x/>", "<y/>", ""},
    {"<a/>", "<c/>", "<x/>", ""},   {"<a/>", "<c/>", "", "<d/>"},       {"<b/>", "", "<x/>", "!other"}};

static void keep_register(struct deposit *d, const struct archive *earlier, int day)
{
    struct err e = {0};
    char hex[DIGEST_HEX_MAX];
    const char *text = day < 4 || day == 7 ? "pre,source\nPRE-1,\n" : "pre,source\nPRE-2,\n";
    assert_int_equal(digest_of(text, strlen(text), hex, &e), FLOW_OK);
    if (deposit_keep_again(d, "register", hex, earlier, &e) == FLOW_END)
        assert_int_equal(deposit_keep(d, "register", "text/csv", (struct warc_part){text, strlen(text)}, &e), FLOW_OK);
}

static void drop(struct deposit *d, const char *name, const char *unit, const char *body, int day)
{
    struct err e = {0};
    char hex[DIGEST_HEX_MAX], uri[64];
    assert_int_equal(digest_of(body, strlen(body), hex, &e), FLOW_OK);
    (void)snprintf(uri, sizeof uri, "inbox:%s", name);
    struct deposit_data x = {.type = WARC_RESOURCE,
                             .uri = uri,
                             .content_type = "application/xml",
                             .payload = {body, strlen(body)},
                             .digest = hex};
    struct warc_field mark[] = {{"outcome", "fetched"}};
    assert_int_equal(deposit_commit(d, unit, &x, uri, mark, 1, start + (int64_t)day * DAY * 1000000 + 2, &e), FLOW_OK);
}

static void whole_night(int day, enum archive_index use)
{
    struct err e = {0};
    struct archive *a = reopen(use);
    struct deposit *d = night(day, &e);
    assert_non_null(d);
    keep_register(d, a, day);
    for (size_t i = 0; i < 4; i++) {
        const char *body = given[day][i];
        if (*body)
            commit(d, a, units[i], body, *body == '!' ? "failed" : "fetched", day);
        else {
            struct warc_field mark[] = {{"outcome", "failed"}, {"retry-after", "2022-06-01T00:00:00Z"}};
            assert_int_equal(deposit_commit(d, units[i], NULL, "https://pre.example/r.xml", mark, 2,
                                            start + (int64_t)day * DAY * 1000000 + 1, &e),
                             FLOW_OK);
        }
    }
    if (day % 3 == 1)
        drop(d, "by%20hand.xml", "", day < 5 ? "<hand/>" : "<other/>", day);
    if (day == 4)
        drop(d, "late.xml", "PRE-01-04", "<late/>", day);
    assert_int_equal(deposit_close(d, &e), FLOW_OK);
    archive_close(a);
}

static void describe_bodies(const struct archive *a, struct buf *out)
{
    static const char *const bodies[] = {"<a/>",    "<b/>",     "<c/>",    "<d/>",   "<x/>",  "<y/>",
                                         "<hand/>", "<other/>", "<late/>", "!login", "!other"};
    struct err e = {0};
    struct warc_record r;
    char hex[DIGEST_HEX_MAX];
    warc_record_init(&r, LIMIT);
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        assert_int_equal(digest_of(bodies[i], strlen(bodies[i]), hex, &e), FLOW_OK);
        enum flow f = archive_find_body(a, hex, &r, &e);
        assert_int_equal(buf_printf(out, &e, "body %s %s %d %d\n", bodies[i],
                                    f == FLOW_OK ? warc_get(&r, "WARC-Record-ID") : "",
                                    archive_has_inbox(a, "by%20hand.xml", hex), archive_has_inbox(a, "late.xml", hex)),
                         FLOW_OK);
    }
    warc_record_fini(&r);
}

/* All that can be asked of an archive, in words. */
static void describe(enum archive_index use, int64_t as_of, struct buf *out)
{
    struct err e = {0};
    struct archive_options o = {.campaign = "2022", .as_of = as_of, .use_index = use, .body_max = LIMIT, .ratio = 200};
    struct archive *a = archive_open(dir, &o, &e);
    struct archive_body b;
    struct warc_record r;
    if (!a)
        fail_msg("archive_open: %s", e.text);
    buf_reset(out);
    archive_body_init(&b, LIMIT);
    warc_record_init(&r, LIMIT);
    for (size_t i = 0; i < archive_files(a); i++)
        assert_int_equal(buf_printf(out, &e, "file %s %s\n", archive_file_name(a, i), archive_file_digest(a, i)),
                         FLOW_OK);
    for (size_t i = 0; i < archive_documents(a); i++) {
        struct archive_document d = archive_document_at(a, i);
        enum flow f = archive_load(a, i, &b, &e); /* FLOW_FATAL where the body meant went with its archive */
        assert_int_equal(buf_printf(out, &e, "document %d %s %lld %s %llu %s %s %s\n", f, d.unit,
                                    (long long)d.received_at, d.archive, (unsigned long long)d.offset, b.id, b.digest,
                                    buf_str(&b.bytes)),
                         FLOW_OK);
    }
    for (size_t i = 0; i < archive_fetches(a); i++) {
        struct archive_fetch f = archive_fetch_at(a, i);
        assert_int_equal(archive_fetch_read(a, i, &r, &e), FLOW_OK);
        assert_int_equal(buf_printf(out, &e, "fetch %s %s %lld %s\n", f.unit, f.outcome, (long long)f.at,
                                    warc_get(&r, "WARC-Record-ID")),
                         FLOW_OK);
    }
    number(a, units, 4);
    for (size_t i = 0; i < 4; i++) {
        int64_t until;
        if (!archive_last(a, i, &until))
            continue;
        enum flow f = archive_last_data(a, i, &r, &e);
        assert_int_equal(buf_printf(out, &e, "last %s %lld %s %s\n", units[i], (long long)until,
                                    f == FLOW_OK ? warc_get(&r, "WARC-Payload-Digest") : "",
                                    f == FLOW_OK ? warc_get(&r, "WARC-Record-ID") : ""),
                         FLOW_OK);
    }
    describe_bodies(a, out);
    struct buf kept;
    buf_init(&kept, LIMIT);
    if (archive_kept(a, "register", &kept, &e) == FLOW_OK)
        assert_int_equal(buf_printf(out, &e, "register %s", buf_str(&kept)), FLOW_OK);
    buf_fini(&kept);
    warc_record_fini(&r);
    archive_body_fini(&b);
    archive_close(a);
}

static void place(char *path, size_t size, const char *name)
{
    assert_true(snprintf(path, size, "%s/%s", dir, name) < (int)size);
}

static void merged_place(char *path, size_t size)
{
    place(path, size, ".index/2022.merged");
}

static void write_file(const char *path, const void *p, size_t n)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* Asserts that every way of reading says what reading the archives themselves says. */
static void same_in_every_way(const char *when)
{
    struct buf right, got;
    buf_init(&right, LIMIT);
    buf_init(&got, LIMIT);
    describe(ARCHIVE_INDEX_NONE, INSTANT_NONE, &right);
    static const enum archive_index ways[] = {ARCHIVE_INDEX_READ, ARCHIVE_INDEX_KEEP, ARCHIVE_INDEX_READ};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        describe(ways[i], INSTANT_NONE, &got);
        if (strcmp(buf_str(&right), buf_str(&got)) != 0)
            fail_msg("%s, way %zu:\n%s\nbut is:\n%s", when, i, buf_str(&got), buf_str(&right));
    }
    buf_fini(&right);
    buf_fini(&got);
}

static void all_nights(enum archive_index use)
{
    for (int day = 0; day < NIGHTS; day++)
        whole_night(day, use);
}

static void every_night_leaves_behind_what_all_nights_would(void **state)
{
    (void)state;
    char when[32];
    for (int day = 0; day < NIGHTS; day++) {
        whole_night(day, day % 4 == 3 ? ARCHIVE_INDEX_NONE : ARCHIVE_INDEX_KEEP); /* now and then several are new */
        (void)snprintf(when, sizeof when, "night %d", day);
        same_in_every_way(when);
    }
}

static void it_holds_what_matters_and_no_more(void **state)
{
    (void)state;
    struct err e = {0};
    struct buf b;
    char path[256];
    all_nights(ARCHIVE_INDEX_KEEP);
    archive_close(reopen(ARCHIVE_INDEX_KEEP));
    merged_place(path, sizeof path);
    buf_init(&b, LIMIT);
    assert_int_equal(fs_read(path, &b, &e), FLOW_OK);
    size_t lines = 0, of_59 = 0;
    for (const char *p = buf_str(&b); *p; p = strchr(p, '\n') + 1) {
        lines += *p != '!';
        of_59 += strncmp(p, "PRE-59-01 ", 10) == 0;
    }
    /* nights 0, 2, 3 and 8 gave documents, the last of them the last mark; the page of night 5 stands in full with
     * PRE-01-04 since night 0 */
    assert_int_equal(of_59, 4);
    assert_true(lines < 4 * NIGHTS);
    buf_fini(&b);
}

/* The lines of single archives are not needed once it is there: they are not made again. */
static void it_is_enough(void **state)
{
    (void)state;
    struct err e = {0};
    char **names, path[256];
    size_t n;
    all_nights(ARCHIVE_INDEX_KEEP);
    archive_close(reopen(ARCHIVE_INDEX_KEEP));
    place(path, sizeof path, ".index");
    assert_int_equal(fs_names(path, &names, &n, &e), FLOW_OK);
    for (size_t i = 0; i < n; i++)
        if (strstr(names[i], ".cdxj")) {
            char one[512];
            (void)snprintf(one, sizeof one, "%s/%s", path, names[i]);
            assert_int_equal(unlink(one), 0);
        }
    fs_names_free(names, n);
    same_in_every_way("without the lines of single archives");
    assert_int_equal(fs_names(path, &names, &n, &e), FLOW_OK);
    assert_int_equal(n, 1);
    assert_string_equal(names[0], "2022.merged");
    fs_names_free(names, n);
}

static void an_earlier_as_of_does_without_it(void **state)
{
    (void)state;
    struct buf right, got;
    buf_init(&right, LIMIT);
    buf_init(&got, LIMIT);
    all_nights(ARCHIVE_INDEX_KEEP);
    for (int day = 0; day <= NIGHTS; day++) {
        describe(ARCHIVE_INDEX_NONE, start + (int64_t)day * DAY * 1000000, &right);
        describe(ARCHIVE_INDEX_KEEP, start + (int64_t)day * DAY * 1000000, &got);
        assert_string_equal(buf_str(&right), buf_str(&got));
    }
    buf_fini(&right);
    buf_fini(&got);
}

static void cut_or_altered_anywhere_it_is_made_again(void **state)
{
    (void)state;
    struct err e = {0};
    struct buf good, right, got;
    char path[256];
    buf_init(&good, LIMIT);
    buf_init(&right, LIMIT);
    buf_init(&got, LIMIT);
    for (int day = 0; day < 3; day++)
        whole_night(day, ARCHIVE_INDEX_KEEP);
    describe(ARCHIVE_INDEX_KEEP, INSTANT_NONE, &right);
    merged_place(path, sizeof path);
    assert_int_equal(fs_read(path, &good, &e), FLOW_OK);
    for (size_t n = 0; n < good.len; n += 23) {
        write_file(path, good.data, n);
        describe(ARCHIVE_INDEX_READ, INSTANT_NONE, &got);
        assert_string_equal(buf_str(&right), buf_str(&got));
    }
    for (size_t i = 0; i < good.len; i += 11) {
        good.data[i] ^= 1;
        write_file(path, good.data, good.len);
        good.data[i] ^= 1;
        describe(ARCHIVE_INDEX_READ, INSTANT_NONE, &got);
        assert_string_equal(buf_str(&right), buf_str(&got));
    }
    write_file(path, good.data, good.len / 2);
    archive_close(reopen(ARCHIVE_INDEX_KEEP));
    assert_int_equal(fs_read(path, &got, &e), FLOW_OK);
    assert_true(got.len > good.len / 2);
    same_in_every_way("made again");
    buf_fini(&good);
    buf_fini(&right);
    buf_fini(&got);
}

/* One whose lines are whole, but of other archives. */
static void one_of_another_folder_is_not_believed(void **state)
{
    struct err e = {0};
    struct buf other;
    char path[256];
    buf_init(&other, LIMIT);
    for (int day = 0; day < 3; day++)
        whole_night(day, ARCHIVE_INDEX_KEEP);
    archive_close(reopen(ARCHIVE_INDEX_KEEP));
    merged_place(path, sizeof path);
    assert_int_equal(fs_read(path, &other, &e), FLOW_OK);
    assert_int_equal(teardown(state), 0);
    assert_int_equal(setup(state), 0);
    one_night(0, "<b/>", "fetched"); /* archives of the same names */
    one_night(1, "<a/>", "fetched");
    one_night(2, "<a/>", "failed");
    archive_close(reopen(ARCHIVE_INDEX_KEEP));
    merged_place(path, sizeof path);
    write_file(path, other.data, other.len);
    same_in_every_way("of another folder");
    buf_fini(&other);
}

static void one_of_archives_gone_or_come_in_between_is_not_believed(void **state)
{
    (void)state;
    struct err e = {0};
    struct buf first;
    char path[256];
    buf_init(&first, LIMIT);
    for (int day = 0; day < 5; day++)
        whole_night(day, ARCHIVE_INDEX_KEEP);
    archive_close(reopen(ARCHIVE_INDEX_KEEP));
    place(path, sizeof path, "2022-20220513T020000Z.warc.gz");
    assert_int_equal(fs_read(path, &first, &e), FLOW_OK);
    assert_int_equal(unlink(path), 0);
    archive_close(reopen(ARCHIVE_INDEX_KEEP));
    same_in_every_way("one gone");
    write_file(path, first.data, first.len);
    same_in_every_way("one come back in between");
    buf_fini(&first);
}

static void while_another_writes_it_nothing_is_written(void **state)
{
    (void)state;
    char path[256], part[300];
    all_nights(ARCHIVE_INDEX_NONE);
    place(path, sizeof path, ".index");
    struct err e = {0};
    assert_int_equal(fs_mkdirs(path, &e), FLOW_OK);
    merged_place(path, sizeof path);
    (void)snprintf(part, sizeof part, "%s.part", path);
    write_file(part, "half a line", 11);
    int fd = open(part, O_WRONLY);
    assert_true(fd >= 0 && flock(fd, LOCK_EX) == 0);
    same_in_every_way("another writes");
    assert_false(fs_is_file(path));
    (void)close(fd); /* it died: what it left is written over */
    same_in_every_way("the other died");
    assert_true(fs_is_file(path));
    assert_false(fs_is_file(part));
}

static void where_nothing_can_be_written_it_does_without(void **state)
{
    (void)state;
    char path[256];
    all_nights(ARCHIVE_INDEX_NONE);
    place(path, sizeof path, ".index");
    write_file(path, "", 0); /* no folder */
    same_in_every_way("no folder");
    struct buf nothing;
    struct err e = {0};
    buf_init(&nothing, LIMIT);
    assert_int_equal(fs_read(path, &nothing, &e), FLOW_OK);
    assert_int_equal(nothing.len, 0);
    buf_fini(&nothing);
}

int main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(every_night_leaves_behind_what_all_nights_would),
        IN_FOLDER(it_holds_what_matters_and_no_more),
        IN_FOLDER(it_is_enough),
        IN_FOLDER(an_earlier_as_of_does_without_it),
        IN_FOLDER(cut_or_altered_anywhere_it_is_made_again),
        IN_FOLDER(one_of_another_folder_is_not_believed),
        IN_FOLDER(one_of_archives_gone_or_come_in_between_is_not_believed),
        IN_FOLDER(while_another_writes_it_nothing_is_written),
        IN_FOLDER(where_nothing_can_be_written_it_does_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
