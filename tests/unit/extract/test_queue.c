/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct queue *open_with(size_t tasks, const long *limits, size_t hosts)
{
    struct err e;
    uint32_t h;
    struct queue *q = queue_open(tasks, &e);
    assert_non_null(q);
    for (size_t i = 0; i < hosts; i++)
        assert_int_equal(queue_add_host(q, limits[i], &h, &e), FLOW_OK);
    return q;
}

static void hosts_take_turns_and_none_goes_over_its_limit(void **state)
{
    (void)state;
    const long limits[] = {2, 1};
    struct queue *q = open_with(6, limits, 2);
    for (uint32_t t = 0; t < 4; t++)
        queue_put(q, t, 0);
    queue_put(q, 4, 1);
    queue_put(q, 5, 1);
    assert_int_equal(queue_take(q), 0);
    assert_int_equal(queue_take(q), 4);
    assert_int_equal(queue_take(q), 1);
    assert_int_equal(queue_take(q), QUEUE_NONE); /* both full */
    queue_done(q, 4);
    assert_int_equal(queue_take(q), 5);
    queue_done(q, 0);
    queue_done(q, 1);
    assert_int_equal(queue_take(q), 2);
    assert_int_equal(queue_take(q), 3);
    assert_int_equal(queue_take(q), QUEUE_NONE);
    assert_int_equal(queue_waiting(q), 0);
    queue_close(q);
}

static void what_waits_comes_back_in_order_of_time(void **state)
{
    (void)state;
    const long limits[] = {100};
    struct queue *q = open_with(50, limits, 1);
    for (uint32_t t = 0; t < 50; t++)
        queue_put_later(q, t, 0, (int64_t)((t * 37) % 50));
    int64_t last = -1;
    assert_int_equal(queue_next_due(q), 0);
    for (int64_t now = 0; now < 50; now++) {
        queue_tick(q, now);
        uint32_t t = queue_take(q);
        assert_int_not_equal(t, QUEUE_NONE);
        int64_t due = (int64_t)((t * 37) % 50);
        assert_true(due == now && due > last);
        last = due;
        assert_int_equal(queue_take(q), QUEUE_NONE);
    }
    assert_true(queue_next_due(q) == INT64_MAX);
    queue_close(q);
}

static void a_host_that_asks_for_less_gets_less_and_at_least_one(void **state)
{
    (void)state;
    const long limits[] = {6};
    struct queue *q = open_with(20, limits, 1);
    for (uint32_t t = 0; t < 20; t++)
        queue_put(q, t, 0);
    uint32_t first = queue_take(q);
    for (int i = 0; i < 10; i++)
        queue_slow_down(q, first);
    assert_int_equal(queue_take(q), QUEUE_NONE);
    queue_done(q, first);
    assert_int_not_equal(queue_take(q), QUEUE_NONE);
    assert_int_equal(queue_take(q), QUEUE_NONE);
    queue_close(q);
}

static void every_task_is_taken_exactly_once_whatever_the_order(void **state)
{
    (void)state;
    enum { TASKS = 2000, HOSTS = 37 };
    long limits[HOSTS];
    uint32_t x = 7, running[TASKS], count = 0, taken = 0;
    unsigned char seen[TASKS] = {0};
    for (size_t i = 0; i < HOSTS; i++)
        limits[i] = 1 + (long)(i % 4);
    struct queue *q = open_with(TASKS, limits, HOSTS);
    for (uint32_t t = 0; t < TASKS; t++)
        queue_put(q, t, (t * 31) % HOSTS);
    while (taken < TASKS) {
        uint32_t t;
        while ((t = queue_take(q)) != QUEUE_NONE) {
            assert_int_equal(seen[t]++, 0);
            running[count++] = t;
            taken++;
        }
        assert_true(count > 0);
        x = x * 1664525u + 1013904223u;
        uint32_t i = (x >> 8) % count;
        queue_done(q, running[i]);
        running[i] = running[--count];
    }
    queue_close(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_take_turns_and_none_goes_over_its_limit),
        cmocka_unit_test(what_waits_comes_back_in_order_of_time),
        cmocka_unit_test(a_host_that_asks_for_less_gets_less_and_at_least_one),
        cmocka_unit_test(every_task_is_taken_exactly_once_whatever_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
