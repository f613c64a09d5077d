/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a group of tests under the locales that change what printf, strtod and toupper do. Products never call
 * setlocale; a library or a host program may. The locales are made by the build (PRE_LOCALES). */
#ifndef TESTS_UNIT_RUN_LOCALES_H
#define TESTS_UNIT_RUN_LOCALES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEST_SKIPPED = 77 };

#define RUN_IN_LOCALES(tests)                                                                                          \
    static int run_in(const char *name)                                                                                \
    {                                                                                                                  \
        if (!setlocale(LC_ALL, name))                                                                                  \
            return -1;                                                                                                 \
        return cmocka_run_group_tests_name(name, (tests), NULL, NULL);                                                 \
    }                                                                                                                  \
    int main(void)                                                                                                     \
    {                                                                                                                  \
        static const char *const names[] = {"C", "fr_FR.UTF-8", "tr_TR.UTF-8"};                                        \
        const char *made = getenv("PRE_LOCALES");                                                                      \
        if (made)                                                                                                      \
            (void)setenv("LOCPATH", made, 1);                                                                          \
        int failed = 0, missing = 0;                                                                                   \
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {                                                  \
            int rc = run_in(names[i]);                                                                                 \
            failed += rc > 0 ? rc : 0;                                                                                 \
            missing += rc < 0;                                                                                         \
        }                                                                                                              \
        if (missing)                                                                                                   \
            (void)fprintf(stderr, "%d locales are missing: install the package locales\n", missing);                   \
        return failed ? failed : missing ? TEST_SKIPPED : 0;                                                           \
    }

#endif
