/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/run/locales.h"

#include "schemas/run/arena.h"
#include "schemas/run/buf.h"
#include "schemas/run/json.h"
#include "schemas/run/log.h"
#include "schemas/run/map.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void an_arena_hands_out_aligned_zeroed_memory_up_to_its_maximum(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 100000);
    for (int i = 1; i < 200; i++) {
        unsigned char *p = arena_get(&a, (size_t)i);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (int k = 0; k < i; k++)
            assert_int_equal(p[k], 0);
        memset(p, 0xFF, (size_t)i);
    }
    assert_null(arena_get(&a, 100000));
    assert_null(arena_get(&a, SIZE_MAX));
    arena_reset(&a);
    assert_int_equal(a.used, 0);
    char *big = arena_get(&a, 90000);
    assert_non_null(big);
    assert_int_equal(big[0] | big[89999], 0);
    assert_string_equal(arena_strdup(&a, "abc"), "abc");
    assert_string_equal(arena_copy(&a, "abcdef", 2), "ab");
    arena_fini(&a);
}

static void a_map_numbers_its_keys_in_order_of_arrival(void **state)
{
    (void)state;
    struct map *m = map_new();
    struct err e;
    char key[24];
    assert_non_null(m);
    assert_int_equal(map_get(m, "x", 1), MAP_NONE);
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 5000; i++) {
            uint32_t index;
            int added;
            int n = snprintf(key, sizeof key, "PRE-%u-key", i);
            assert_int_equal(map_put(m, key, (size_t)n, &index, &added, &e), FLOW_OK);
            assert_int_equal(index, i);
            assert_int_equal(added, round == 0);
        }
    }
    assert_int_equal(map_count(m), 5000);
    assert_string_equal(map_key(m, 17), "PRE-17-key");
    assert_null(map_key(m, 5000));
    assert_int_equal(map_get(m, "PRE-4999-key", 12), 4999);
    assert_int_equal(map_get(m, "PRE-4999-kex", 12), MAP_NONE);
    assert_int_equal(map_get(m, "", 0), MAP_NONE);
    const char *kept = map_key(m, 17);
    uint32_t index;
    map_forget(m);
    assert_string_equal(kept, "PRE-17-key");
    assert_int_equal(map_count(m), 0);
    assert_int_equal(map_get(m, "PRE-17-key", 10), MAP_NONE);
    assert_int_equal(map_put(m, "again", 5, &index, NULL, &e), FLOW_OK);
    assert_int_equal(index, 0);
    assert_string_equal(map_key(m, 0), "again");
    map_free(m);
    map_free(NULL);
}

static void a_map_holds_keys_of_one_length_side_by_side(void **state)
{
    (void)state;
    struct map *m = map_new_of(6);
    struct err e;
    char key[24];
    uint32_t index;
    assert_non_null(m);
    assert_int_equal(map_get(m, "000000", 6), MAP_NONE);
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 5000; i++) {
            int added;
            (void)snprintf(key, sizeof key, "%06u", i);
            key[1] = '\0'; /* any bytes */
            assert_int_equal(map_put(m, key, 6, &index, &added, &e), FLOW_OK);
            assert_int_equal(index, i);
            assert_int_equal(added, round == 0);
        }
    }
    assert_int_equal(map_count(m), 5000);
    (void)snprintf(key, sizeof key, "%06u", 17);
    key[1] = '\0';
    assert_memory_equal(map_key(m, 17), key, 6);
    assert_null(map_key(m, 5000));
    assert_int_equal(map_get(m, key, 6), 17);
    assert_int_equal(map_get(m, key, 5), MAP_NONE);
    assert_int_equal(map_put(m, "1234567", 7, &index, NULL, &e), FLOW_FATAL);
    assert_int_equal(e.status, STATUS_BUG);
    map_forget(m);
    assert_int_equal(map_get(m, key, 6), MAP_NONE);
    assert_int_equal(map_put(m, "again!", 6, &index, NULL, &e), FLOW_OK);
    assert_int_equal(index, 0);
    map_free(m);
}

static void a_buffer_refuses_to_grow_beyond_its_maximum(void **state)
{
    (void)state;
    struct buf b;
    struct err e;
    buf_init(&b, 10);
    assert_string_equal(buf_str(&b), "");
    assert_int_equal(buf_printf(&b, &e, "%d", 12345), FLOW_OK);
    assert_int_equal(buf_puts(&b, "67890", &e), FLOW_OK);
    assert_int_equal(buf_putc(&b, 'x', &e), FLOW_FATAL);
    assert_int_equal(e.status, STATUS_DATA);
    assert_string_equal(e.text, "larger than 10 bytes");
    assert_string_equal(buf_str(&b), "1234567890");
    buf_fini(&b);
}

/* A document of megabytes does not stay for the rest of the run. */
static void a_large_buffer_gives_its_memory_back(void **state)
{
    (void)state;
    struct buf b;
    struct err e;
    buf_init(&b, 8 << 20);
    assert_int_equal(buf_puts(&b, "small", &e), FLOW_OK);
    size_t cap = b.cap;
    buf_reset(&b);
    assert_int_equal(b.cap, cap);
    for (int i = 0; i < 3 << 20; i++)
        assert_int_equal(buf_putc(&b, 'x', &e), FLOW_OK);
    assert_int_equal(b.len, 3 << 20);
    buf_reset(&b);
    assert_int_equal(b.cap, 0);
    assert_string_equal(buf_str(&b), "");
    assert_int_equal(b.max, 8 << 20);
    assert_int_equal(buf_puts(&b, "again", &e), FLOW_OK);
    assert_string_equal(buf_str(&b), "again");
    buf_fini(&b);
}

static void errors_are_prefixed_and_cut_at_a_character(void **state)
{
    (void)state;
    struct err e;
    char longer[3 * ERR_TEXT_MAX];
    assert_int_equal(err_set(&e, STATUS_DATA, "line %d", 3), FLOW_FATAL);
    assert_int_equal(err_prefix(&e, "%s", "register.csv"), FLOW_FATAL);
    assert_string_equal(e.text, "register.csv: line 3");
    assert_int_equal(e.status, STATUS_DATA);
    for (size_t i = 0; i + 2 < sizeof longer; i += 2)
        memcpy(longer + i, "\xc3\xa9", 3);
    assert_int_equal(err_set(&e, STATUS_DATA, "%s", longer), FLOW_FATAL);
    assert_int_equal(strlen(e.text) % 2, 0);
    assert_true(strlen(e.text) > ERR_TEXT_MAX - 4);
}

static void every_status_has_a_name_and_a_sentence(void **state)
{
    (void)state;
    enum status s = STATUS_OK, before = STATUS_OK;
    unsigned n = 0;
    for (; status_row(n, &s); n++) {
        assert_true(n == 0 || s > before);
        assert_string_not_equal(status_name(s), "unknown");
        assert_true(strlen(status_sentence(s)) > 10);
        before = s;
    }
    assert_int_equal(n, 13);
    assert_string_equal(status_name((enum status)99), "unknown");
}

static void json_is_written_and_read_back(void **state)
{
    (void)state;
    struct err e;
    struct buf b;
    struct jsonw w;
    int64_t i;
    double d;
    buf_init(&b, 10000);
    jsonw_init(&w, sink_buf(&b), 0, &e);
    jsonw_object(&w, NULL);
    jsonw_text(&w, "id", "20\"22\\\n\t\xc3\xa9");
    jsonw_array(&w, "list");
    jsonw_int(&w, NULL, INT64_MIN);
    jsonw_raw(&w, NULL, "0.5");
    jsonw_object(&w, NULL);
    jsonw_end(&w);
    jsonw_end(&w);
    jsonw_array(&w, "empty");
    jsonw_end(&w);
    jsonw_bool(&w, "yes", 1);
    jsonw_text(&w, "none", NULL);
    jsonw_end(&w);
    assert_int_equal(jsonw_finish(&w), FLOW_OK);
    assert_string_equal(
        buf_str(&b),
        "{\n  \"id\": \"20\\\"22\\\\\\n\\u0009\xc3\xa9\",\n  \"list\": [\n    -9223372036854775808,\n    0.5,\n"
        "    {}\n  ],\n  \"empty\": [],\n  \"yes\": true,\n  \"none\": null\n}\n");
    struct json *j = json_parse(buf_str(&b), b.len, "x.json", &e);
    assert_non_null(j);
    assert_string_equal(json_text(j, "id"), "20\"22\\\n\t\xc3\xa9");
    assert_true(json_int(j, "list.0", &i) && i == INT64_MIN);
    assert_true(json_number(j, "list.1", &d) && d == 0.5);
    assert_false(json_int(j, "list.1", &i));
    assert_null(json_at(j, "list.3"));
    assert_null(json_at(j, "list.x"));
    assert_null(json_text(j, "none"));
    assert_int_equal(json_bool(j, "yes"), 1);
    assert_int_equal(json_bool(j, "id"), -1);
    assert_int_equal(json_count(j), 5);
    assert_int_equal(json_count(json_at(j, "list")), 3);
    assert_string_equal(json_key(j, 2), "empty");
    assert_null(json_key(j, 5));
    assert_int_equal(json_bool(json_member(j, 3), NULL), 1);
    json_free(j);
    buf_fini(&b);
}

static void json_faults_name_file_line_and_column(void **state)
{
    (void)state;
    struct err e;
    static const char *const texts[] = {"{\"a\":1,\"a\":2}", "{\"a\":1", "[1,]", "", "{\"a\":\"\xff\"}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_null(json_parse(texts[i], strlen(texts[i]), "edition.json", &e));
        assert_int_equal(e.status, STATUS_CONFIG);
        assert_int_equal(strncmp(e.text, "edition.json: line ", 19), 0);
    }
}

static void a_log_line_is_one_line_whatever_is_in_it(void **state)
{
    (void)state;
    char got[1024];
    int ends[2], kept = dup(STDERR_FILENO);
    assert_int_equal(setenv("PRE_NOW", "2022-05-12T08:11:00Z", 1), 0);
    assert_int_equal(pipe(ends), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    log_init("pre-x", LOG_INFO);
    log_event(LOG_DEBUG, "silent", LOG_NUM("n", 1));
    log_event(LOG_WARNING, "refused", LOG_TEXT("unit", "PRE-2A-01"), LOG_NUM("bytes", -3),
              LOG_TEXT("message", "a \"b\"\n\xe2\x80\xae"
                                  "c\\"),
              LOG_TEXT("empty", NULL), LOG_TEXT("u", "\xc3\xa9"));
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    ssize_t n = read(ends[0], got, sizeof got - 1);
    assert_true(n > 0);
    got[n] = '\0';
    assert_string_equal(got,
                        "time=2022-05-12T08:11:00Z level=warning program=pre-x event=refused unit=PRE-2A-01 bytes=-3 "
                        "message=\"a \\\"b\\\"\\n<U+202E>c\\\\\" empty=\"\" u=\xc3\xa9\n");
    (void)close(ends[0]);
    (void)close(ends[1]);
    (void)close(kept);
    assert_int_equal(unsetenv("PRE_NOW"), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_arena_hands_out_aligned_zeroed_memory_up_to_its_maximum),
    cmocka_unit_test(a_map_numbers_its_keys_in_order_of_arrival),
    cmocka_unit_test(a_map_holds_keys_of_one_length_side_by_side),
    cmocka_unit_test(a_buffer_refuses_to_grow_beyond_its_maximum),
    cmocka_unit_test(a_large_buffer_gives_its_memory_back),
    cmocka_unit_test(errors_are_prefixed_and_cut_at_a_character),
    cmocka_unit_test(every_status_has_a_name_and_a_sentence),
    cmocka_unit_test(json_is_written_and_read_back),
    cmocka_unit_test(json_faults_name_file_line_and_column),
    cmocka_unit_test(a_log_line_is_one_line_whatever_is_in_it),
};

RUN_IN_LOCALES(tests)
