/* SPDX-License-Identifier: Apache-2.0 */
/* The store behind its interface. With PRE_TEST_DATABASE set the same cases run against that database (an empty one),
 * else SQLite. */
#include "load/store/db.h"
#include "load/store/db_place.h"
#include "schemas/run/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char folder[64];
static char url[512];

static int setup(void **state)
{
    (void)state;
    const char *given = getenv("PRE_TEST_DATABASE");
    snprintf(folder, sizeof folder, "/tmp/pre-db-XXXXXX");
    assert_non_null(mkdtemp(folder));
    if (given != NULL) {
        snprintf(url, sizeof url, "%s", given);
    } else {
        snprintf(url, sizeof url, "sqlite:%s/store.db", folder);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    struct err e;
    return fs_remove(folder, &e) == FLOW_OK ? 0 : -1;
}

static struct db *open_ok(enum db_mode mode)
{
    struct err e = {0};
    struct db *db = db_open(url, mode, &e);
    if (db == NULL) {
        print_error("%s\n", e.text);
    }
    assert_non_null(db);
    return db;
}

static int64_t number(struct db *db, const char *sql)
{
    struct err e = {0};
    int64_t v = -1;
    if (db_number(db, sql, DB_NO_ARGS, -1, &v, &e) != FLOW_OK) {
        print_error("%s\n", e.text);
        fail();
    }
    return v;
}

static void a_store_that_is_not_there_cannot_be_read(void **state)
{
    (void)state;
    struct err e = {0};
    assert_null(db_open(url, DB_READ, &e));
    assert_int_equal(e.status, STATUS_NOINPUT);
}

static void what_is_not_committed_leaves_no_trace(void **state)
{
    (void)state;
    struct err e = {0};
    struct db *db = open_ok(DB_WRITE);
    assert_int_equal(number(db, "SELECT count(*) FROM vintage"), 0);
    db_close(db);
    assert_null(db_open(url, DB_READ, &e));
    assert_int_equal(e.status, STATUS_NOINPUT);
}

static void rows_come_back_as_they_were_put(void **state)
{
    (void)state;
    struct err e = {0};
    static const char odd[] = "tab\t newline\n backslash\\ quote' \"é €";
    struct db *db = open_ok(DB_WRITE);
    struct db_insert *i = db_insert_open(db, "cell", "cell, variable, category, harmonised", &e);
    assert_non_null(i);
    enum { ROWS = 2345 };
    for (int k = 0; k < ROWS; k++) {
        char category[16];
        snprintf(category, sizeof category, "%d", k);
        db_put_int(i, k);
        db_put_text(i, odd);
        db_put_text(i, category);
        db_put_text(i, "");
        assert_int_equal(db_end_row(i, &e), FLOW_OK);
    }
    assert_int_equal(db_commit(db, &e), FLOW_FATAL);
    assert_int_equal(e.status, STATUS_BUG);
    assert_int_equal(db_insert_finish(i, &e), FLOW_OK);
    db_insert_close(i);
    assert_int_equal(db_commit(db, &e), FLOW_OK);
    db_close(db);

    db = open_ok(DB_READ);
    struct db_query *q =
        db_select(db, "SELECT cell, variable, harmonised FROM cell WHERE variable = $1 AND cell >= $2 ORDER BY cell",
                  DB_ARGS(DB_TEXT(odd), DB_INT(5)), &e);
    assert_non_null(q);
    int seen = 5;
    while (db_next(q, &e) == FLOW_OK) {
        assert_int_equal(db_int(q, 0), seen++);
        assert_string_equal(db_text(q, 1), odd);
        assert_string_equal(db_text(q, 2), "");
        if (seen % 1000 == 0) {
            assert_int_equal(number(db, "SELECT count(*) FROM cell"), ROWS);
        }
    }
    assert_int_equal(seen, ROWS);
    db_query_close(q);
    db_close(db);
}

static struct db_query *cells_from(struct db *db, int first)
{
    struct err e = {0};
    struct db_query *q =
        db_select(db, "SELECT cell FROM cell WHERE cell >= $1 ORDER BY cell", DB_ARGS(DB_INT(first)), &e);
    assert_non_null(q);
    return q;
}

static void next_is(struct db_query *q, int cell)
{
    struct err e = {0};
    assert_int_equal(db_next(q, &e), FLOW_OK);
    assert_int_equal(db_int(q, 0), cell);
}

static void a_query_asked_again_knows_nothing_of_the_last_time(void **state)
{
    (void)state;
    struct db *db = open_ok(DB_READ);
    struct db_query *one = cells_from(db, 7), *two = cells_from(db, 9); /* side by side */
    next_is(one, 7);
    next_is(two, 9);
    next_is(one, 8);
    db_query_close(one); /* in the middle */
    one = cells_from(db, 100);
    next_is(two, 10);
    next_is(one, 100);
    db_query_close(two);
    db_query_close(one);
    for (int k = 0; k < 50; k++) { /* more than are kept */
        char sql[80];
        snprintf(sql, sizeof sql, "SELECT count(*) FROM cell WHERE cell < %d", k);
        assert_int_equal(number(db, sql), k);
        one = cells_from(db, k);
        next_is(one, k);
        db_query_close(one);
    }
    db_close(db);
}

static void constraints_are_the_last_guard(void **state)
{
    (void)state;
    static const struct {
        const char *what, *sql;
    } cases[] = {
        {"a mark of no known origin",
         "INSERT INTO mark (mark, obs_status, silence, origin) VALUES (900, 'A', '', 'guessed')"},
        {"a cell twice", "INSERT INTO cell (cell, variable, category, harmonised) VALUES (3, 'x', 'y', 'z')"},
        {"a unit in scope without size",
         "INSERT INTO frame (frame, campaign, unit, digest, scope, region, departement, carrier, successor) VALUES (1, "
         "'c', 'u', 'd', 'in', '', '', '', '')"},
        {"a judgement of a kind unknown",
         "INSERT INTO judgement (judgement, campaign, unit, digest, outcome, record, received_at, late, fatal, error, "
         "warning, information, not_evaluable, core_answered, core_asked, items_answered, items_asked) "
         "VALUES (1, 'c', 'u', '0000000000000000000000000000000000000000000000000000000000000000', 'lost', '', '', 0, "
         "0, 0, 0, 0, 0, 0, 0, 0, 0)"},
        {"more answers than questions",
         "INSERT INTO judgement (judgement, campaign, unit, digest, outcome, record, received_at, late, fatal, error, "
         "warning, information, not_evaluable, core_answered, core_asked, items_answered, items_asked) "
         "VALUES (1, 'c', 'u', '0000000000000000000000000000000000000000000000000000000000000000', 'silent', '', '', "
         "0, 0, 0, 0, 0, 0, 9, 8, 0, 0)"},
        {"a number without scale", "INSERT INTO observation (judgement, cell, mark, unscaled) VALUES (1, 1, 1, 5)"},
        {"vintage nought", "INSERT INTO vintage (vintage, campaign, number, package, method, method_digest, "
                           "parameters, program, libraries, run, estimable, note) VALUES (1, 'c', 0, 1, 'm', "
                           "'0000000000000000000000000000000000000000000000000000000000000000', '', '', '', 1, 1, '')"},
        {"an event signed by nobody",
         "INSERT INTO event (event, vintage, status, at, who) VALUES (1, 1, 'final', '2022-01-01T00:00:00Z', '')"},
        {"a base beyond its population",
         "INSERT INTO figure (vintage, position, figure, domain, area, status, base, units, coverage, tied, imputed) "
         "VALUES (1, 1, 'F', 'nation', '', 'A', 3, 2, '1', 0, '0')"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct err e = {0};
        struct db *db = open_ok(DB_WRITE);
        if (db_exec(db, cases[k].sql, DB_NO_ARGS, &e) == FLOW_OK) {
            print_error("accepted: %s\n", cases[k].what);
            fail();
        }
        assert_int_equal(e.status, STATUS_BUG);
        db_close(db);
    }
}

static void an_orphan_is_refused(void **state)
{
    (void)state;
    struct err e = {0};
    struct db *db = open_ok(DB_WRITE);
    assert_int_equal(
        db_exec(db, "INSERT INTO edition_file (edition, path, content) VALUES (77, 'x', '')", DB_NO_ARGS, &e),
        FLOW_FATAL);
    db_close(db);
}

static void parents_are_sent_before_their_children(void **state)
{
    (void)state;
    struct err e = {0};
    struct db *db = open_ok(DB_WRITE);
    struct db_insert *parent = db_insert_open(db, "edition", "edition, digest, id, revision, campaign", &e);
    struct db_insert *child = db_insert_open(db, "edition_file", "edition, path, content", &e);
    db_put_int(parent, 5);
    db_put_text(parent, "d");
    db_put_text(parent, "2022");
    db_put_int(parent, 1);
    db_put_text(parent, "2022");
    assert_int_equal(db_end_row(parent, &e), FLOW_OK);
    for (int k = 0; k < 1500; k++) {
        char path[16];
        snprintf(path, sizeof path, "%d", k);
        db_put_int(child, 5);
        db_put_text(child, path);
        db_put_text(child, "");
        assert_int_equal(db_end_row(child, &e), FLOW_OK);
    }
    assert_int_equal(db_insert_finish(child, &e), FLOW_OK);
    assert_int_equal(db_insert_finish(parent, &e), FLOW_OK);
    db_insert_close(parent);
    db_insert_close(child);
    db_close(db);
}

static void a_refused_row_is_told_by_a_later_call_and_before_later_failures(void **state)
{
    (void)state;
    enum { MANY = 100000 }; /* many batches: nobody may wait for the others for ever */
    struct err e = {0}, later = {.status = STATUS_DATA, .text = "a later row is no good"};
    struct db *db = open_ok(DB_WRITE);
    assert_int_equal(db_settle(NULL, FLOW_FATAL, &later), FLOW_FATAL);
    assert_int_equal(db_settle(db, FLOW_FATAL, &later), FLOW_FATAL);
    assert_int_equal(later.status, STATUS_DATA);
    struct db_insert *orphans = db_insert_open(db, "edition_file", "edition, path, content", &e);
    assert_non_null(orphans);
    enum flow f = FLOW_OK;
    for (int k = 0; k < MANY && f == FLOW_OK; k++) {
        char path[16];
        snprintf(path, sizeof path, "%d", k);
        db_put_int(orphans, 77);
        db_put_text(orphans, path);
        db_put_text(orphans, "");
        f = db_end_row(orphans, &e);
    }
    assert_int_equal(f, FLOW_FATAL);
    assert_int_equal(e.status, STATUS_BUG);
    (void)!db_insert_finish(orphans, &e);
    db_insert_close(orphans);
    e = (struct err){0};
    assert_int_equal(db_exec(db, "DELETE FROM edition_file", DB_NO_ARGS, &e), FLOW_FATAL);
    assert_int_equal(e.status, STATUS_BUG);
    assert_int_equal(db_commit(db, &e), FLOW_FATAL);
    assert_int_equal(db_settle(db, FLOW_FATAL, &later), FLOW_FATAL);
    assert_int_equal(later.status, STATUS_BUG);
    assert_string_equal(later.text, e.text);
    db_close(db);
    db = open_ok(DB_WRITE);
    assert_int_equal(number(db, "SELECT count(*) FROM edition_file"), 0);
    db_close(db);
}

static void rows_and_an_open_query_share_the_connection(void **state)
{
    (void)state;
    struct err e = {0};
    struct db *db = open_ok(DB_WRITE);
    struct db_query *q = db_select(db, "SELECT item, value FROM store WHERE item = 'schema'", DB_NO_ARGS, &e);
    assert_non_null(q);
    assert_int_equal(db_next(q, &e), FLOW_OK);
    struct db_insert *i = db_insert_open(db, "mark", "mark, obs_status, silence, origin", &e);
    assert_non_null(i);
    for (int k = 0; k < 50000; k++) {
        char silence[16];
        snprintf(silence, sizeof silence, "%d", k);
        db_put_int(i, k);
        db_put_text(i, "A");
        db_put_text(i, silence);
        db_put_text(i, "");
        assert_int_equal(db_end_row(i, &e), FLOW_OK);
        assert_string_equal(db_text(q, 0), "schema");
    }
    assert_int_equal(db_insert_finish(i, &e), FLOW_OK);
    assert_int_equal(db_next(q, &e), FLOW_END);
    db_query_close(q);
    assert_int_equal(number(db, "SELECT count(*) FROM mark"), 50000);
    db_insert_close(i);
    db_close(db);
}

static void a_second_writer_is_told_who_holds_the_store(void **state)
{
    (void)state;
    struct err e = {0};
    struct db *first = open_ok(DB_WRITE);
    assert_null(db_open(url, DB_WRITE, &e));
    assert_int_equal(e.status, STATUS_RETRY);
    assert_non_null(strstr(e.text, "since"));
    struct db *reader = open_ok(DB_READ);
    db_close(reader);
    db_close(first);
    db_close(open_ok(DB_WRITE));
}

static void urls_that_say_nothing_or_too_much_are_misuse(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "store.db",
        "mysql://x",
        "sqlite:",
#ifdef PRE_HAVE_POSTGRES
        "postgresql://u:secret@127.0.0.1/x",
        "postgresql://127.0.0.1/x?password=secret",
#endif
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        struct err e = {0};
        assert_null(db_open(bad[k], DB_WRITE, &e));
        assert_int_equal(e.status, STATUS_USAGE);
        assert_null(strstr(e.text, "secret"));
    }
}

static void network_file_systems_are_known_by_number(void **state)
{
    (void)state;
    assert_string_equal(db_place_network(0x6969), "NFS");
    assert_string_equal(db_place_network(0xFFFFFFFFFF534D42UL), "CIFS");
    assert_null(db_place_network(0xEF53));     /* ext4 */
    assert_null(db_place_network(0x01021994)); /* tmpfs */
}

static void a_newer_store_is_left_alone(void **state)
{
    (void)state;
    struct err e = {0};
    struct db *db = open_ok(DB_WRITE);
    assert_int_equal(db_exec(db, "UPDATE store SET value = '99' WHERE item = 'schema'", DB_NO_ARGS, &e), FLOW_OK);
    assert_int_equal(db_commit(db, &e), FLOW_OK);
    db_close(db);
    assert_null(db_open(url, DB_WRITE, &e));
    assert_int_equal(e.status, STATUS_CONFIG);
    assert_null(db_open(url, DB_READ, &e));
    assert_int_equal(e.status, STATUS_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_that_is_not_there_cannot_be_read),
        cmocka_unit_test(what_is_not_committed_leaves_no_trace),
        cmocka_unit_test(rows_come_back_as_they_were_put),
        cmocka_unit_test(a_query_asked_again_knows_nothing_of_the_last_time),
        cmocka_unit_test(constraints_are_the_last_guard),
        cmocka_unit_test(an_orphan_is_refused),
        cmocka_unit_test(parents_are_sent_before_their_children),
        cmocka_unit_test(a_refused_row_is_told_by_a_later_call_and_before_later_failures),
        cmocka_unit_test(rows_and_an_open_query_share_the_connection),
        cmocka_unit_test(a_second_writer_is_told_who_holds_the_store),
        cmocka_unit_test(urls_that_say_nothing_or_too_much_are_misuse),
        cmocka_unit_test(network_file_systems_are_known_by_number),
        cmocka_unit_test(a_newer_store_is_left_alone),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
