/* SPDX-License-Identifier: Apache-2.0 */
/* An archive folder in /tmp, and nights written into it. After cmocka.h. */
#ifndef TESTS_UNIT_ARCHIVE_FOLDER_H
#define TESTS_UNIT_ARCHIVE_FOLDER_H

#include "schemas/archive/deposit.h"
#include "schemas/archive/memory.h"
#include "schemas/run/digest.h"
#include "schemas/run/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY = 86400, LIMIT = 1 << 20 };
static const int64_t start = 1652320800000000; /* 2022-05-12T02:00:00Z */

static char dir[64];

static inline int setup(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/pre-archive-XXXXXX");
    return mkdtemp(dir) == NULL;
}

static inline int teardown(void **state)
{
    struct err e;
    (void)state;
    return fs_remove(dir, &e) != FLOW_OK;
}

static inline struct deposit *night(int day, struct err *e)
{
    struct deposit_options o = {
        .dir = dir, .campaign = "2022", .now = start + (int64_t)day * DAY * 1000000, .level = 6};
    return deposit_open(&o, e);
}

static inline struct archive *reopen(enum archive_index use_index)
{
    struct err e = {0};
    struct archive_options o = {
        .campaign = "2022", .as_of = INSTANT_NONE, .use_index = use_index, .body_max = LIMIT, .ratio = 200};
    struct archive *a = archive_open(dir, &o, &e);
    if (!a)
        fail_msg("archive_open: %s", e.text);
    return a;
}

static const char *name_of(void *ctx, size_t i)
{
    return ((const char *const *)ctx)[i];
}

static inline void number(struct archive *a, const char *const *unit, size_t n)
{
    struct err e;
    assert_int_equal(archive_number(a, n, name_of, (void *)(uintptr_t)unit, &e), FLOW_OK);
}

/* Commits body as unit's answer, or as revisit of what the archive holds already. */
static inline void commit(struct deposit *d, const struct archive *earlier, const char *unit, const char *body,
                          const char *outcome, int day)
{
    struct err e = {0};
    char hex[DIGEST_HEX_MAX];
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nETag: \"x\"\r\n\r\n";
    struct warc_record old;
    warc_record_init(&old, LIMIT);
    assert_int_equal(digest_of(body, strlen(body), hex, &e), FLOW_OK);
    struct deposit_data x = {.type = WARC_RESPONSE,
                             .uri = "https://pre.example/r.xml",
                             .head = {head, sizeof head - 1},
                             .payload = {body, strlen(body)},
                             .digest = hex};
    if (earlier && archive_find_body(earlier, hex, &old, &e) == FLOW_OK) {
        x.type = WARC_REVISIT;
        x.refers_id = warc_get(&old, "WARC-Record-ID");
        x.refers_uri = warc_get(&old, "WARC-Target-URI");
        x.refers_date = warc_get(&old, "WARC-Date");
    }
    struct warc_field mark[] = {{"outcome", outcome}, {"attempts", "1"}, {"status", "200"}};
    assert_int_equal(deposit_commit(d, unit, &x, x.uri, mark, 3, start + (int64_t)day * DAY * 1000000 + 1, &e),
                     FLOW_OK);
    warc_record_fini(&old);
}

static inline void one_night(int day, const char *body, const char *outcome)
{
    struct err e = {0};
    struct archive *a = reopen(1);
    struct deposit *d = night(day, &e);
    assert_non_null(d);
    commit(d, a, "PRE-59-01", body, outcome, day);
    assert_int_equal(deposit_close(d, &e), FLOW_OK);
    archive_close(a);
}

#endif
