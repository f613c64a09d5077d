/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over the nation, twice: of the true answers of the whole field, and of what respondents gave that could be used.
 */
#ifndef TESTS_SPECIMEN_NATIONAL_H
#define TESTS_SPECIMEN_NATIONAL_H

#include "schemas/dataset/csv.h"
#include "tests/specimen/judge.h"

struct sums {
    int64_t cell[CELLS]; /* sum of the values */
    int64_t months[4],
        weight[4]; /* children of the profile times tenths of months, and children, where both are known */
    int64_t units; /* PRE that enter */
};

struct national {
    struct sums truth, observed;
    struct {
        int64_t before, now;
    } both[CELLS]; /* tables that a respondent filled whole in both editions */
    int64_t credits;
    int64_t field;
};

/* One unit of the field; j as told. */
void national_add(struct national *n, const struct pre *u, const struct judged *j);
/* Rows variable, category, before, now: national shares, in per cent, that moved by more than ten points or fell to
 * nil. */
enum flow national_write_shifts(const struct national *n, struct csv_writer *w, struct err *e) MUST_USE;
/* Rows figure, truth, observed, truth_share, observed_share (reasons only). */
enum flow national_write(const struct national *n, struct csv_writer *w, struct err *e) MUST_USE;

#endif
