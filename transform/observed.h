/* SPDX-License-Identifier: Apache-2.0 */
/* Observations are nine tenths of what a dataset holds, so each worker makes those of its units ready: the text as the
 * package will hold it, the control totals, the shares of the campaign. What is left to the last step is to put the
 * texts one after the other and to add up what the workers counted. Sums are exact: their order changes nothing. */
#ifndef TRANSFORM_OBSERVED_H
#define TRANSFORM_OBSERVED_H

#include "schemas/dataset/portion.h"
#include "transform/campaign.h"

struct observed {
    struct portion rows;
    struct map *sums;    /* variables with a control total */
    struct shift *shift; /* NULL: no shares wanted */
    int respondent;      /* the unit in hand counts in the shares */
};

/* shares: the campaign-level rules hold, and there is a previous edition to compare with. */
struct observed *observed_new(const struct edition *ed, int shares, struct err *e);
void observed_free(struct observed *o); /* accepts NULL */
/* The rows that follow are those of one unit; their text goes to `out`. */
void observed_begin(struct observed *o, int respondent, struct buf *out);
enum flow observed_row(struct observed *o, const char *const *values, struct err *e) MUST_USE;
/* Adds what another counted. */
enum flow observed_add(struct observed *o, const struct observed *other, struct err *e) MUST_USE;

/* Forgets what was counted; writes it as bytes, and reads it back into an empty one. FLOW_ITEM: no such bytes. */
void observed_clear(struct observed *o);
enum flow observed_save(struct observed *o, struct buf *out, struct err *e) MUST_USE;
enum flow observed_restore(struct observed *o, const char *p, size_t n) MUST_USE;

/* Ids of the variables with a control total, NULL-terminated: free the list. NULL without memory. */
const char **observed_sums(const struct edition *ed);

#endif
