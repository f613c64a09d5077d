/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/outcome.h"
#include "extract/retry.h"
#include "schemas/run/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define S INT64_C(1000000)
static const int64_t now = 1652343060 * S; /* 2022-05-12T08:11:00Z */

static void every_form_of_retry_after_is_read_and_garbage_is_none(void **state)
{
    static const struct {
        const char *text;
        int64_t right; /* seconds after now; -1: none */
    } cases[] = {
        {"2", 2},
        {"86400", 86400},
        {"0", 0},
        {"Thu, 12 May 2022 08:12:00 GMT", 60},
        {"Thursday, 12-May-22 08:12:00 GMT", 60},
        {"Thu May 12 08:12:00 2022", 60},
        {"Thu May  2 08:12:00 2022", 0},
        {"Wed, 11 May 2022 08:12:00 GMT", 0}, /* past: now */
        {"99999999999999999999", 7 * 86400},
        {"Thu, 12 May 2099 08:12:00 GMT", 7 * 86400},
        {"soon", -1},
        {"", -1},
        {"-5", -1},
        {"1.5", -1},
        {"Thu, 32 May 2022 08:12:00 GMT", -1},
        {"Thu, 12 Mai 2022 08:12:00 GMT", -1},
        {"Thu, 12 May 2022 25:12:00 GMT", -1},
        {"Thu, 12 May 2022 08:12 GMT", -1},
        {"2022-05-12T08:12:00Z", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t got = retry_after(cases[i].text, strlen(cases[i].text), now, 7 * 86400 * S);
        int64_t right = cases[i].right < 0 ? INSTANT_NONE : now + cases[i].right * S;
        if (got != right)
            fail_msg("'%s': %lld s", cases[i].text, (long long)((got - now) / S));
    }
}

static void waits_double_with_jitter_up_to_the_cap(void **state)
{
    (void)state;
    uint64_t random = 42;
    for (int attempt = 1; attempt < 12; attempt++)
        for (int i = 0; i < 200; i++) {
            int64_t whole = S << (attempt - 1), most = whole < 30 * S ? whole : 30 * S;
            int64_t d = retry_delay(attempt, S, 30 * S, &random);
            assert_true(d >= most / 2 && d <= most);
        }
}

static void what_cannot_heal_is_not_asked_again(void **state)
{
    (void)state;
    assert_int_equal(failure_tries(FAILURE_RESET, 4), 4);
    assert_int_equal(failure_tries(FAILURE_TOO_SLOW, 4), 2);
    assert_int_equal(failure_tries(FAILURE_TOO_SLOW, 1), 1);
    assert_int_equal(failure_tries(FAILURE_LOGIN_PAGE, 4), 1);
    assert_int_equal(failure_tries(FAILURE_TLS_EXPIRED, 4), 1);
    for (int f = FAILURE_NONE + 1; f < FAILURES; f++)
        assert_true(*failure_name((enum failure)f) != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_retry_after_is_read_and_garbage_is_none),
        cmocka_unit_test(waits_double_with_jitter_up_to_the_cap),
        cmocka_unit_test(what_cannot_heal_is_not_asked_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
