/* SPDX-License-Identifier: Apache-2.0 */
/* What extraction asks of earlier nights, held small: the limits of a small place, digests of other kinds, numbers for
 * names. */
#include "schemas/archive/deposit.h"
#include "schemas/archive/known.h"
#include "schemas/archive/memory.h"
#include "schemas/run/clock.h"
#include "schemas/run/fs.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/archive/folder.h"

static const char *const one[] = {"PRE-59-01"};

static struct archive *memory(void)
{
    struct err e = {0};
    struct archive_options o = {
        .campaign = "2022", .as_of = INSTANT_NONE, .use_index = ARCHIVE_INDEX_NONE, .last_only = 1, .body_max = LIMIT};
    struct archive *a = archive_open(dir, &o, &e);
    if (!a)
        fail_msg("archive_open: %s", e.text);
    return a;
}

static void refuse(int day, const char *until)
{
    struct err e = {0};
    struct deposit *d = night(day, &e);
    const struct warc_field mark[] = {{"outcome", "failed"}, {"retry-after", until}};
    assert_non_null(d);
    assert_int_equal(deposit_commit(d, one[0], NULL, "https://pre.example/r.xml", mark, 2,
                                    start + (int64_t)day * DAY * 1000000 + 1, &e),
                     FLOW_OK);
    assert_int_equal(deposit_close(d, &e), FLOW_OK);
}

static void until_is(const char *right)
{
    char text[INSTANT_TEXT_MAX] = "";
    int64_t until;
    struct archive *a = memory();
    number(a, one, 1);
    assert_int_equal(archive_last(a, 0, &until), 1);
    if (until != INSTANT_NONE)
        (void)clock_print(until, text);
    assert_string_equal(text, right);
    archive_close(a);
}

static void the_last_word_on_when_to_ask_again_counts(void **state)
{
    (void)state;
    refuse(0, "");
    until_is("");
    refuse(1, "2022-06-01T00:00:00Z");
    until_is("2022-06-01T00:00:00Z");
    refuse(2, "2022-07-01T00:00:00Z");
    until_is("2022-07-01T00:00:00Z");
    one_night(3, "<a/>", "fetched");
    until_is("");
    refuse(4, "2022-08-01T00:00:00Z");
    until_is("2022-08-01T00:00:00Z");
}

static void units_are_known_by_their_numbers_and_strangers_are_not(void **state)
{
    (void)state;
    static const char *const units[] = {"PRE-01-01", "PRE-02-01", "PRE-59-01"};
    struct err e = {0};
    char hex[DIGEST_HEX_MAX];
    int64_t until;
    struct warc_record r;
    struct deposit *d = night(0, &e);
    assert_non_null(d);
    commit(d, NULL, "PRE-59-01", "<a/>", "fetched", 0);
    commit(d, NULL, "PRE-75-01", "<left/>", "fetched", 0);
    commit(d, NULL, "PRE-01-01", "<b/>", "fetched", 0);
    assert_int_equal(deposit_close(d, &e), FLOW_OK);
    struct archive *a = memory();
    number(a, units, 3);
    warc_record_init(&r, LIMIT);
    static const char *const body[] = {"<b/>", NULL, "<a/>"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(archive_last(a, i, &until), body[i] != NULL);
        assert_int_equal(digest_of(body[i] ? body[i] : "<left/>", body[i] ? 4 : 7, hex, &e), FLOW_OK);
        assert_int_equal(archive_last_is(a, i, hex), body[i] != NULL);
        assert_int_equal(archive_last_data(a, i, &r, &e), body[i] ? FLOW_OK : FLOW_END);
        assert_int_equal(archive_find_body(a, hex, &r, &e), FLOW_OK); /* that of the unit that left, too */
    }
    warc_record_fini(&r);
    archive_close(a);
}

static void a_digest_written_otherwise_is_a_body_of_its_own(void **state)
{
    (void)state;
    struct err e = {0};
    char hex[DIGEST_HEX_MAX], upper[DIGEST_HEX_MAX];
    one_night(0, "<a/>", "fetched");
    assert_int_equal(digest_of("<a/>", 4, hex, &e), FLOW_OK);
    for (size_t i = 0; i < sizeof hex; i++)
        upper[i] = (char)(hex[i] >= 'a' && hex[i] <= 'f' ? hex[i] - 'a' + 'A' : hex[i]);
    struct archive *a = memory();
    const char *const stated[] = {upper, "3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ", upper};
    for (size_t i = 0; i < 3; i++) {
        struct index_entry x = {.unit = "PRE-59-02", .outcome = "fetched", .until = INSTANT_NONE, .data_length = 1};
        (void)snprintf(x.digest, sizeof x.digest, "%s", stated[i]);
        assert_int_equal(known_take(a, &x, &e), FLOW_OK);
    }
    assert_int_equal(map_count(a->bodies), 3);
    assert_int_equal(known_body(a, hex), 0);
    assert_int_equal(known_body(a, upper), 1);
    assert_int_equal(known_body(a, stated[1]), 2);
    assert_int_equal(known_body(a, ""), MAP_NONE);
    archive_close(a);
}

/* The archive of the night, moved to that place of its file. */
static void move_to(const char *path, off_t offset)
{
    struct buf whole;
    struct err e = {0};
    buf_init(&whole, LIMIT);
    assert_int_equal(fs_read(path, &whole, &e), FLOW_OK);
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, whole.data, whole.len, offset), (ssize_t)whole.len);
    (void)close(fd);
    buf_fini(&whole);
}

static void a_record_behind_4_gb_is_read_and_none_behind_1024_gb_is_taken(void **state)
{
    (void)state;
    const uint64_t far = 5ull << 30, last = (1ull << 40) - 1;
    struct err e = {0};
    char path[256];
    struct warc_record r;
    one_night(0, "<a/>", "fetched");
    struct archive *a = memory();
    struct spot data = a->source[0].data;
    (void)snprintf(path, sizeof path, "%s/%s", dir, archive_file_name(a, 0));
    struct index_entry x = {.unit = "PRE-59-01", .outcome = "fetched", .until = INSTANT_NONE, .type = WARC_RESPONSE};
    x.data_offset = far + spot_offset(data);
    x.data_length = data.length;
    assert_int_equal(digest_of("<a/>", 4, x.digest, &e), FLOW_OK);
    move_to(path, (off_t)far);
    assert_int_equal(known_take(a, &x, &e), FLOW_OK);
    x.unit[0] = 'Q';
    x.data_offset = last;
    assert_int_equal(known_take(a, &x, &e), FLOW_OK);
    assert_int_equal(spot_offset(a->source[1].data), last);
    x.data_offset = last + 1;
    assert_int_equal(known_take(a, &x, &e), FLOW_FATAL);
    assert_int_equal(e.status, STATUS_DATA);
    assert_non_null(strstr(e.text, "1024 GB"));
    number(a, one, 1);
    warc_record_init(&r, LIMIT);
    assert_int_equal(archive_last_data(a, 0, &r, &e), FLOW_OK);
    assert_int_equal(r.payload_digest, WARC_DIGEST_GOOD);
    warc_record_fini(&r);
    archive_close(a);
}

int main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(the_last_word_on_when_to_ask_again_counts),
        IN_FOLDER(units_are_known_by_their_numbers_and_strangers_are_not),
        IN_FOLDER(a_digest_written_otherwise_is_a_body_of_its_own),
        IN_FOLDER(a_record_behind_4_gb_is_read_and_none_behind_1024_gb_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
