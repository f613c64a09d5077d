/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of pre-transform, parsed. */
#ifndef TRANSFORM_SETTINGS_H
#define TRANSFORM_SETTINGS_H

#include "schemas/run/options.h"

struct settings {
    /* a dataset from an archive */
    const char *edition, *archive, *frame, *decisions, *as_of, *previous, *output, *shard, *normalised, *summary;
    long jobs;
    int accept_refusals, afresh;
    /* a dataset from the packages of its shards */
    int merge;
    /* files checked for a sender */
    int check;
    const char *xsd;
    int format, language; /* enum check_format, enum check_language */
    /* an edition proved */
    const char *check_edition;
    /* PART..., FILE... */
    char **operands;
    size_t operand_count;
};

#endif
