/* SPDX-License-Identifier: Apache-2.0 */
/* Our reader on files of other crawlers (WARC 1.0: Wget, Heritrix), with what warcio reads in them; and on the worked
 * example of pre-archive(5). */
#include "schemas/archive/archive.h"
#include "schemas/run/clock.h"
#include "schemas/run/digest.h"
#include "schemas/run/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { LIMIT = 1 << 20 };

struct right {
    const char *file;
    uint64_t offset;
    const char *type;
    size_t payload;     /* bytes */
    const char *digest; /* first 16 digits of its sha256 */
};

static const struct right rights[] = {
    {"20130729-heritrix-original.warc.gz", 0, "response", 68639, "483944129f675bbc"},
    {"20130729-heritrix-revisit-with-http-headers.warc.gz", 0, "revisit", 0, "e3b0c44298fc1c14"},
    {"20141124-heritrix-server-not-modified.warc.gz", 0, "revisit", 0, "e3b0c44298fc1c14"},
    {"20141129-heritrix-original.warc.gz", 0, "response", 75331, "c4cefa7f469f48ec"},
    {"20141129-heritrix-revisit-with-http-headers-and-new-warc-headers.warc.gz", 0, "revisit", 0, "e3b0c44298fc1c14"},
    {"hello-world.warc.gz", 0, "warcinfo", 300, "afe61b497f98b4c6"},
    {"hello-world.warc.gz", 446, "request", 0, ""},
    {"hello-world.warc.gz", 907, "response", 13, "699733a22af63e4a"},
    {"hello-world.warc.gz", 1630, "metadata", 48, "5f9bc3b3b67d2f21"},
    {"hello-world.warc.gz", 1945, "resource", 117, "ce594ccca7b12f69"},
    {"hello-world.warc.gz", 2379, "resource", 504, "322db1924127cc04"},
    {"hello-world.warc", 0, "warcinfo", 300, "afe61b497f98b4c6"},
    {"hello-world.warc", 589, "request", 0, ""},
    {"hello-world.warc", 1260, "response", 13, "699733a22af63e4a"},
    {"hello-world.warc", 2349, "metadata", 48, "5f9bc3b3b67d2f21"},
    {"hello-world.warc", 2772, "resource", 117, "ce594ccca7b12f69"},
    {"hello-world.warc", 3340, "resource", 504, "322db1924127cc04"},
};

enum { RIGHTS = sizeof rights / sizeof rights[0] };

static void check_record(const struct right *x, const struct warc_record *r)
{
    char hex[DIGEST_HEX_MAX];
    struct err e;
    size_t n;
    const char *p = warc_payload(r, &n);
    assert_int_equal(r->minor, 0);
    assert_string_equal(warc_type_name(r->type), x->type);
    assert_int_equal(r->offset, x->offset);
    if (!*x->digest) /* a request: its head is its message */
        return;
    assert_int_equal(n, x->payload);
    assert_int_equal(digest_of(p, n, hex, &e), FLOW_OK);
    hex[16] = '\0';
    assert_string_equal(hex, x->digest);
    assert_int_not_equal(r->block_digest, WARC_DIGEST_BAD);
}

static void records_of_other_crawlers_are_read_as_warcio_reads_them(void **state)
{
    (void)state;
    if (!fs_is_dir(SAMPLES))
        skip();
    for (size_t i = 0; i < RIGHTS;) {
        char path[512];
        struct err e = {0};
        struct warc_record r;
        const char *file = rights[i].file;
        (void)snprintf(path, sizeof path, "%s/%s", SAMPLES, file);
        struct warc_reader *w = warc_reader_open(path, &e);
        if (!w)
            fail_msg("%s", e.text);
        warc_record_init(&r, LIMIT);
        enum flow f;
        while ((f = warc_next(w, &r, &e)) == FLOW_OK) {
            assert_true(i < RIGHTS && strcmp(rights[i].file, file) == 0);
            check_record(&rights[i++], &r);
        }
        if (f != FLOW_END)
            fail_msg("%s", e.text);
        assert_true(i == RIGHTS || strcmp(rights[i].file, file) != 0);
        warc_record_fini(&r);
        warc_reader_close(w);
    }
}

static void fields_of_a_not_modified_revisit_are_there(void **state)
{
    (void)state;
    if (!fs_is_dir(SAMPLES))
        skip();
    struct err e = {0};
    struct warc_record r;
    struct warc_reader *w = warc_reader_open(SAMPLES "/20141124-heritrix-server-not-modified.warc.gz", &e);
    assert_non_null(w);
    warc_record_init(&r, LIMIT);
    assert_int_equal(warc_next(w, &r, &e), FLOW_OK);
    assert_string_equal(warc_get(&r, "warc-etag"), "\"4078134-aed6-6117a140\"");
    assert_string_equal(warc_get(&r, "WARC-Profile"), "http://netpreserve.org/warc/1.0/revisit/server-not-modified");
    assert_int_equal(warc_next(w, &r, &e), FLOW_END);
    warc_record_fini(&r);
    warc_reader_close(w);
}

static void the_worked_example_of_the_page_is_read(void **state)
{
    (void)state;
    struct err e = {0};
    struct archive_options o = {.campaign = "2022", .as_of = INSTANT_NONE, .body_max = LIMIT, .ratio = 200};
    struct archive *a = archive_open(EXAMPLE, &o, &e);
    if (!a)
        fail_msg("%s", e.text);
    assert_int_equal(archive_files(a), 2);
    assert_int_equal(archive_documents(a), 2);
    assert_string_equal(archive_document_at(a, 0).unit, "PRE-01-01");
    struct archive_body b;
    archive_body_init(&b, LIMIT);
    assert_int_equal(archive_load(a, 0, &b, &e), FLOW_OK);
    assert_non_null(strstr(buf_str(&b.bytes), "pre=\"PRE-01-01\""));
    assert_string_equal(buf_str(&b.source), "http://retours.pre-bourg.example/PRE-01-01.xml");
    assert_string_equal(buf_str(&b.type), "application/xml");
    assert_string_equal(archive_document_at(a, 1).unit, "PRE-01-04");
    assert_int_equal(archive_load(a, 1, &b, &e), FLOW_OK);
    assert_string_equal(buf_str(&b.source), "inbox:PRE-01-04_retour.xml");
    archive_body_fini(&b);
    static const char *const outcomes[] = {"unchanged", "failed", "failed"};
    assert_int_equal(archive_fetches(a), 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(archive_fetch_at(a, i).outcome, outcomes[i]);
    struct warc_record r;
    struct warc_field field[WARC_FIELDS_MAX];
    size_t n = 0, found = 0;
    warc_record_init(&r, LIMIT);
    assert_int_equal(archive_fetch_read(a, 2, &r, &e), FLOW_OK);
    assert_int_equal(warc_block_fields(&r, field, WARC_FIELDS_MAX, &n, &e), FLOW_OK);
    for (size_t i = 0; i < n; i++)
        if (strcmp(field[i].name, "class") == 0) {
            assert_string_equal(field[i].value, "deferred");
            found = 1;
        }
    assert_int_equal(found, 1);
    warc_record_fini(&r);
    archive_close(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_of_other_crawlers_are_read_as_warcio_reads_them),
        cmocka_unit_test(fields_of_a_not_modified_revisit_are_there),
        cmocka_unit_test(the_worked_example_of_the_page_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
