/* SPDX-License-Identifier: Apache-2.0 */
/* One archive folder, written by deposit, read by archive: what is believed, what is repeated, what survives a cut. */
#include "schemas/archive/deposit.h"
#include "schemas/archive/http.h"
#include "schemas/archive/index.h"
#include "schemas/archive/memory.h"
#include "schemas/run/clock.h"
#include "schemas/run/fs.h"

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

static void load(const struct archive *a, size_t i, const char *right)
{
    struct err e = {0};
    struct archive_body b;
    archive_body_init(&b, LIMIT);
    enum flow f = archive_load(a, i, &b, &e);
    if (f != FLOW_OK)
        fail_msg("document %zu: %s", i, e.text);
    assert_string_equal(buf_str(&b.bytes), right);
    assert_in_range(archive_size(a, i), strlen(right), strlen(right) + 2000); /* and the heads before it */
    assert_string_equal(buf_str(&b.source), "https://pre.example/r.xml");
    assert_string_equal(buf_str(&b.type), "application/xml");
    archive_body_fini(&b);
}

static void a_b_a_is_three_documents_and_two_bodies_kept(void **state)
{
    (void)state;
    struct err e = {0};
    one_night(0, "<a/>", "fetched");
    one_night(1, "<a/>", "unchanged");
    one_night(2, "<b/>", "fetched");
    one_night(3, "<a/>", "fetched");
    one_night(4, "<html>", "failed");
    for (int use_index = ARCHIVE_INDEX_NONE; use_index <= ARCHIVE_INDEX_READ; use_index++) {
        struct archive *a = reopen((enum archive_index)use_index);
        assert_int_equal(archive_files(a), 5);
        assert_int_equal(archive_documents(a), 3);
        load(a, 0, "<a/>");
        load(a, 1, "<b/>");
        load(a, 2, "<a/>");
        assert_int_equal(archive_document_at(a, 1).received_at, start + 2LL * DAY * 1000000 + 1);
        assert_int_equal(archive_fetches(a), 1);
        assert_string_equal(archive_fetch_at(a, 0).outcome, "failed");
        int64_t until;
        char hex[DIGEST_HEX_MAX];
        number(a, (const char *const[]){"PRE-59-02", "PRE-59-01"}, 2);
        assert_int_equal(archive_last(a, 0, &until), 0);
        assert_int_equal(archive_last(a, 1, &until), 1);
        assert_int_equal(digest_of("<a/>", 4, hex, &e), FLOW_OK);
        assert_int_equal(archive_last_is(a, 1, hex), 1);
        assert_int_equal(archive_last_is(a, 0, hex), 0);
        assert_int_equal(digest_of("<b/>", 4, hex, &e), FLOW_OK);
        assert_int_equal(archive_last_is(a, 1, hex), 0);
        archive_close(a);
    }
}

static void documents_alone_forget_what_collection_asks(void **state)
{
    (void)state;
    struct err e;
    one_night(0, "<a/>", "fetched");
    one_night(1, "<b/>", "fetched");
    one_night(2, "<a/>", "unchanged");
    struct archive_options o = {.campaign = "2022",
                                .as_of = INSTANT_NONE,
                                .use_index = ARCHIVE_INDEX_NONE,
                                .documents_only = 1,
                                .body_max = LIMIT};
    struct archive *a = archive_open(dir, &o, &e);
    assert_non_null(a);
    assert_int_equal(archive_documents(a), 3);
    load(a, 0, "<a/>");
    load(a, 1, "<b/>");
    load(a, 2, "<a/>"); /* a revisit: its body is sought by digest */
    assert_string_equal(archive_document_at(a, 2).unit, "PRE-59-01");
    assert_int_equal(archive_fetches(a), 1);
    assert_string_equal(archive_fetch_at(a, 0).unit, "PRE-59-01");
    int64_t until;
    assert_int_equal(archive_last(a, 0, &until), 0);
    assert_int_equal(archive_has_inbox(a, "x", "y"), 0);
    archive_close(a);
}

static void what_came_after_the_as_of_is_not_there(void **state)
{
    (void)state;
    struct err e;
    one_night(0, "<a/>", "fetched");
    one_night(2, "<b/>", "fetched");
    struct archive_options o = {
        .campaign = "2022", .as_of = start + 1LL * DAY * 1000000, .use_index = ARCHIVE_INDEX_KEEP, .body_max = LIMIT};
    struct archive *a = archive_open(dir, &o, &e);
    assert_non_null(a);
    assert_int_equal(archive_documents(a), 1);
    archive_close(a);
}

static size_t part_of(struct buf *whole)
{
    struct err e = {0};
    char **names, path[256];
    size_t n;
    struct deposit *d = night(9, &e);
    assert_non_null(d);
    commit(d, NULL, "PRE-01-01", "<one/>", "fetched", 9);
    size_t first = (size_t)deposit_bytes(d);
    commit(d, NULL, "PRE-02-01", "<two/>", "fetched", 9);
    assert_int_equal(deposit_close(d, &e), FLOW_OK);
    assert_int_equal(fs_names(dir, &names, &n, &e), FLOW_OK);
    assert_int_equal(n, 1);
    (void)snprintf(path, sizeof path, "%s/%s", dir, names[0]);
    assert_int_equal(fs_read(path, whole, &e), FLOW_OK);
    assert_int_equal(unlink(path), 0);
    fs_names_free(names, n);
    return first;
}

static void a_dead_run_is_salvaged_up_to_its_last_mark_wherever_it_was_cut(void **state)
{
    (void)state;
    struct err e = {0};
    struct buf whole;
    char part[256];
    buf_init(&whole, LIMIT);
    size_t first = part_of(&whole), salvaged;
    struct deposit_options o = {.dir = dir, .campaign = "2022", .level = 6};
    (void)snprintf(part, sizeof part, "%s/2022-20220521T020000Z.warc.gz.part", dir);
    for (size_t n = 0; n <= whole.len; n += n + 7 < whole.len ? 7 : 1) {
        FILE *f = fopen(part, "w");
        assert_non_null(f);
        assert_int_equal(fwrite(whole.data, 1, n, f), n);
        (void)fclose(f);
        assert_int_equal(deposit_salvage(&o, &salvaged, &e), FLOW_OK);
        assert_false(fs_is_file(part));
        size_t right = n >= whole.len ? 2 : n >= first ? 1 : 0;
        assert_int_equal(salvaged, right > 0);
        struct archive *a = reopen(0);
        if (archive_documents(a) != right)
            fail_msg("cut at %zu of %zu: %zu documents, expected %zu", n, whole.len, archive_documents(a), right);
        archive_close(a);
        part[strlen(part) - 5] = '\0';
        (void)unlink(part);
        part[strlen(part)] = '.';
    }
    buf_fini(&whole);
}

static char *last_name(void)
{
    struct err e = {0};
    char **names;
    size_t n;
    assert_int_equal(fs_names(dir, &names, &n, &e), FLOW_OK);
    assert_true(n > 0);
    char *last = strdup(names[n - 1]);
    assert_non_null(last);
    fs_names_free(names, n);
    return last;
}

static void one_archive(int day, int shard, const char *name)
{
    struct err e = {0};
    struct deposit_options o = {.dir = dir,
                                .campaign = "2022",
                                .shard = shard,
                                .shards = shard ? 3 : 0,
                                .now = start + (int64_t)day * DAY * 1000000,
                                .level = 6};
    struct deposit *d = deposit_open(&o, &e);
    assert_non_null(d);
    assert_string_equal(deposit_name(d), name);
    commit(d, NULL, "PRE-59-01", "<a/>", "fetched", day);
    assert_int_equal(deposit_close(d, &e), FLOW_OK);
}

static void names_follow_the_order_of_runs_within_a_second_and_when_the_clock_was_set_back(void **state)
{
    (void)state;
    one_archive(2, 0, "2022-20220514T020000Z.warc.gz");
    one_archive(2, 0, "2022-20220514T020001Z.warc.gz");
    one_archive(0, 0, "2022-20220514T020002Z.warc.gz"); /* two days back */
    one_archive(2, 1, "2022-20220514T020002Z-s01of03.warc.gz");
    one_archive(2, 2, "2022-20220514T020002Z-s02of03.warc.gz");
    one_archive(2, 1, "2022-20220514T020003Z-s01of03.warc.gz");
    one_archive(3, 0, "2022-20220515T020000Z.warc.gz");
}

static void names_do_not_run_out_in_a_minute(void **state)
{
    (void)state;
    char *before = strdup("");
    for (int i = 0; i < 70; i++) {
        one_night(0, "<a/>", "fetched");
        char *last = last_name();
        assert_true(strcmp(before, last) < 0);
        free(before);
        before = last;
    }
    assert_string_equal(before, "2022-20220512T020109Z.warc.gz");
    free(before);
}

static void a_part_of_another_shard_is_left_alone(void **state)
{
    (void)state;
    struct err e = {0};
    char part[256];
    size_t salvaged;
    (void)snprintf(part, sizeof part, "%s/2022-20220521T020000Z-s01of02.warc.gz.part", dir);
    FILE *f = fopen(part, "w");
    assert_non_null(f);
    (void)fclose(f);
    struct deposit_options o = {.dir = dir, .campaign = "2022"},
                           other = {.dir = dir, .campaign = "2022", .shard = 2, .shards = 2};
    assert_int_equal(deposit_salvage(&o, &salvaged, &e), FLOW_OK);
    assert_int_equal(deposit_salvage(&other, &salvaged, &e), FLOW_OK);
    assert_true(fs_is_file(part));
    other.shard = 1;
    assert_int_equal(deposit_salvage(&other, &salvaged, &e), FLOW_OK);
    assert_false(fs_is_file(part));
}

static void one_byte_altered_is_seen_whether_indexed_or_not(void **state)
{
    (void)state;
    struct err e = {0};
    char **names, path[256];
    size_t n;
    one_night(0, "<a>some text that takes a few bytes</a>", "fetched");
    archive_close(reopen(1));
    assert_int_equal(fs_names(dir, &names, &n, &e), FLOW_OK);
    (void)snprintf(path, sizeof path, "%s/%s", dir, names[n - 1]);
    FILE *f = fopen(path, "r+");
    assert_non_null(f);
    (void)fseek(f, -40, SEEK_END);
    int c = fgetc(f);
    (void)fseek(f, -40, SEEK_END);
    (void)fputc(c ^ 4, f);
    (void)fclose(f);
    struct archive_options o = {
        .campaign = "2022", .as_of = INSTANT_NONE, .use_index = ARCHIVE_INDEX_KEEP, .body_max = LIMIT};
    assert_null(archive_open(dir, &o, &e));
    assert_int_equal(e.status, STATUS_DATA);
    assert_non_null(strstr(e.text, names[n - 1]));
    fs_names_free(names, n);
}

static void a_damaged_index_is_built_again(void **state)
{
    (void)state;
    struct err e = {0};
    char **names, path[256];
    size_t n;
    one_night(0, "<a/>", "fetched");
    archive_close(reopen(1));
    (void)snprintf(path, sizeof path, "%s/.index", dir);
    assert_int_equal(fs_names(path, &names, &n, &e), FLOW_OK);
    assert_int_equal(n, 2);
    assert_string_equal(names[0], "2022-20220512T020000Z.warc.gz.cdxj"); /* beside the merged one */
    (void)snprintf(path, sizeof path, "%s/.index/2022.merged", dir);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof path, "%s/.index/%s", dir, names[0]);
    struct buf before, after;
    buf_init(&before, LIMIT);
    buf_init(&after, LIMIT);
    assert_int_equal(fs_read(path, &before, &e), FLOW_OK);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fwrite(before.data, 1, before.len - 9, f);
    (void)fclose(f);
    struct archive *a = reopen(1);
    assert_int_equal(archive_documents(a), 1);
    archive_close(a);
    assert_int_equal(fs_read(path, &after, &e), FLOW_OK);
    assert_int_equal(after.len, before.len);
    assert_memory_equal(after.data, before.data, before.len);
    fs_names_free(names, n);
    buf_fini(&before);
    buf_fini(&after);
}

static void the_register_kept_is_given_back_and_repeated_as_a_revisit(void **state)
{
    (void)state;
    struct err e = {0};
    struct buf out;
    buf_init(&out, LIMIT);
    for (int day = 0; day < 3; day++) {
        struct archive *a = reopen(1);
        struct deposit *d = night(day, &e);
        const char *text = day < 2 ? "pre,source\nPRE-1,\n" : "pre,source\nPRE-2,\n";
        char hex[DIGEST_HEX_MAX];
        assert_int_equal(digest_of(text, strlen(text), hex, &e), FLOW_OK);
        enum flow again = deposit_keep_again(d, "register", hex, a, &e);
        assert_int_equal(again, day == 1 ? FLOW_OK : FLOW_END);
        if (again == FLOW_END)
            assert_int_equal(deposit_keep(d, "register", "text/csv", (struct warc_part){text, strlen(text)}, &e),
                             FLOW_OK);
        commit(d, a, "PRE-1", "<a/>", "fetched", day);
        assert_int_equal(deposit_close(d, &e), FLOW_OK);
        archive_close(a);
        a = reopen(0);
        buf_reset(&out);
        assert_int_equal(archive_kept(a, "register", &out, &e), FLOW_OK);
        assert_string_equal(buf_str(&out), text);
        assert_int_equal(archive_kept(a, "decisions", &out, &e), FLOW_END);
        archive_close(a);
    }
    buf_fini(&out);
}

static void write_file(const char *path, const char *text, size_t n)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* As long as some chunks of a copy, exactly one, one byte more, one byte, and nothing. */
static void a_file_is_kept_by_pieces_as_it_is(void **state)
{
    (void)state;
    static const size_t sizes[] = {200001, 65536, 65537, 1, 0};
    char path[1200], hex[DIGEST_HEX_MAX];
    char *text = malloc(sizes[0]);
    (void)snprintf(path, sizeof path, "%s/register.csv", dir);
    for (size_t i = 0; i < sizes[0]; i++)
        text[i] = (char)('a' + i * i % 23);
    for (int day = 0; day < 5; day++) {
        struct err e = {0};
        struct buf out;
        size_t n = sizes[day];
        struct deposit *d = night(day, &e);
        write_file(path, text, n);
        assert_int_equal(digest_of(text, n, hex, &e), FLOW_OK);
        assert_int_equal(deposit_keep_file(d, "register", "text/csv", path, hex, &e), FLOW_OK);
        commit(d, NULL, "PRE-1", "<a/>", "fetched", day);
        assert_int_equal(deposit_close(d, &e), FLOW_OK);
        struct archive *a = reopen(0);
        buf_init(&out, LIMIT);
        assert_int_equal(archive_kept(a, "register", &out, &e), FLOW_OK);
        assert_int_equal(out.len, n);
        assert_memory_equal(buf_str(&out), text, n);
        archive_close(a);
        buf_fini(&out);
    }
    free(text);
}

static void a_file_that_changed_is_not_kept(void **state)
{
    (void)state;
    struct err e = {0};
    char path[1200], hex[DIGEST_HEX_MAX];
    (void)snprintf(path, sizeof path, "%s/register.csv", dir);
    struct deposit *d = night(0, &e);
    write_file(path, "pre,source\nPRE-1,\n", 18);
    assert_int_equal(digest_of("pre,source\nPRE-2,\n", 18, hex, &e), FLOW_OK);
    assert_int_equal(deposit_keep_file(d, "register", "text/csv", path, hex, &e), FLOW_FATAL);
    assert_int_equal(e.status, STATUS_RETRY);
    assert_non_null(strstr(e.text, path));
    int kept;
    deposit_rescue(d, &kept);
    assert_int_equal(kept, 0);
}

static void index_lines_come_back_as_they_were(void **state)
{
    (void)state;
    struct err e = {0};
    struct buf line;
    buf_init(&line, LIMIT);
    struct index_entry x = {.unit = "PRE 2A%é",
                            .at = start,
                            .outcome = "failed",
                            .until = INSTANT_NONE,
                            .mark_offset = 7,
                            .mark_length = 9},
                       y;
    assert_int_equal(index_print(&x, &line, &e), FLOW_OK);
    assert_int_equal(index_parse(line.data, line.len - 1, &y), 1);
    assert_string_equal(y.unit, x.unit);
    assert_int_equal(y.at, x.at);
    assert_int_equal(y.until, INSTANT_NONE);
    assert_int_equal(y.mark_length, 9);
    for (size_t n = 0; n + 1 < line.len; n++)
        assert_int_equal(index_parse(line.data, n, &y), 0);
    buf_fini(&line);
}

static void secrets_in_a_head_are_redacted(void **state)
{
    (void)state;
    struct err e = {0};
    struct buf out;
    buf_init(&out, LIMIT);
    static const char head[] = "HTTP/1.1 200 OK\nSet-Cookie: id=secret;\n folded secret\nTransfer-Encoding: "
                               "chunked\nETag: \"1\"\nproxy-authenticate: secret\n\n";
    assert_int_equal(http_head_length(head, sizeof head - 1), sizeof head - 1);
    assert_int_equal(http_head_copy(head, sizeof head - 1, &out, &e), FLOW_OK);
    assert_string_equal(buf_str(&out), "HTTP/1.1 200 OK\r\nSet-Cookie: redacted\r\nTransfer-Encoding: chunked\r\nETag: "
                                       "\"1\"\r\nproxy-authenticate: redacted\r\n\r\n");
    struct http_value v = http_field(out.data, out.len, "etag");
    assert_int_equal(v.len, 3);
    buf_fini(&out);
}

static void fields_and_chunks_that_contradict_are_seen(void **state)
{
    (void)state;
    static const char same[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\ncontent-length:  5 \r\n\r\n";
    static const char other[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\nContent-Length: 6\r\n\r\n";
    assert_int_equal(http_field_agrees(same, sizeof same - 1, "Content-Length"), 1);
    assert_int_equal(http_field_agrees(other, sizeof other - 1, "Content-Length"), 0);
    assert_int_equal(http_field_agrees(other, sizeof other - 1, "X"), 1);
    assert_int_equal(http_field_agrees(other, sizeof other - 1, "none"), 1);
    static const struct {
        const char *body;
        int broken;
    } bodies[] = {{"3\r\nabc\r\n0\r\n\r\n", 0},
                  {"3\r\nabc\r\n0", 0},
                  {"3\r\nab", 0},
                  {"3", 0},
                  {"3;x=y\r\nabc\r\n0\r\n", 0},
                  {"", 0},
                  {"zz\r\nabc\r\n", 1},
                  {"3\r\nabc\r\nso on\r\n", 1},
                  {"<r/>\n", 1},
                  {"<r/>", 0}};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        if (http_chunks_broken(bodies[i].body, strlen(bodies[i].body)) != bodies[i].broken)
            fail_msg("'%s'", bodies[i].body);
}

int main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_b_a_is_three_documents_and_two_bodies_kept),
        IN_FOLDER(documents_alone_forget_what_collection_asks),
        IN_FOLDER(what_came_after_the_as_of_is_not_there),
        IN_FOLDER(a_dead_run_is_salvaged_up_to_its_last_mark_wherever_it_was_cut),
        IN_FOLDER(a_part_of_another_shard_is_left_alone),
        IN_FOLDER(one_byte_altered_is_seen_whether_indexed_or_not),
        IN_FOLDER(a_damaged_index_is_built_again),
        IN_FOLDER(the_register_kept_is_given_back_and_repeated_as_a_revisit),
        IN_FOLDER(names_follow_the_order_of_runs_within_a_second_and_when_the_clock_was_set_back),
        IN_FOLDER(names_do_not_run_out_in_a_minute),
        IN_FOLDER(a_file_is_kept_by_pieces_as_it_is),
        IN_FOLDER(a_file_that_changed_is_not_kept),
        cmocka_unit_test(index_lines_come_back_as_they_were),
        cmocka_unit_test(secrets_in_a_head_are_redacted),
        cmocka_unit_test(fields_and_chunks_that_contradict_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
