/* SPDX-License-Identifier: Apache-2.0 */
/* The last step, common to every run: rows of one or more parts become a dataset package. A whole run gives its own
 * spool, --merge the packages of its shards: the same function, so the same bytes. A shard stops before the
 * campaign-level rules. */
#ifndef TRANSFORM_MERGE_H
#define TRANSFORM_MERGE_H

#include "transform/observed.h"

struct merge {
    const struct edition *edition; /* as resolved */
    const struct source *sources;
    size_t source_count;
    const struct observed *observed; /* what was counted of the spool's observations; NULL with packages */
    const char *const *extras;       /* register's own columns */
    size_t extra_count;
    struct package_facts facts;             /* as_of and archives are filled here, from the records in force */
    const struct package_archive *archives; /* all that may have given one, in name order */
    size_t archive_count;
    const char *output;
    int accept_refusals;
    long jobs;
    /* what came of it */
    struct package_result result;
    char as_of[40];         /* of the last record in force; "" when none is */
    uint64_t documents[16]; /* by state, in the order of the table's closed list */
    uint64_t received;
    uint64_t outcomes[16]; /* by outcome, likewise; units in scope only */
    uint64_t in_scope;
    uint64_t severities[4], not_evaluable, normalised; /* findings */
    uint64_t alarms;                                   /* campaign findings */
    uint64_t twins;                                    /* documents undecided because another unit sent the same */
};

enum flow merge_run(struct merge *m, struct err *e) MUST_USE;
/* Position of a value in a closed list "a|b|c", or 15. */
unsigned merge_position(const char *list, const char *value);

#endif
