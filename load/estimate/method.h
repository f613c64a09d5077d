/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of estimation, with their defaults; an edition overrides them (load/estimate/figures.h: method_of). */
#ifndef LOAD_ESTIMATE_METHOD_H
#define LOAD_ESTIMATE_METHOD_H

#include "schemas/run/arena.h"
#include "schemas/run/buf.h"

#include <stddef.h>
#include <stdint.h>

struct json;

#define METHOD_ID "pre-2026.1" /* changes whenever the same data and parameters would give other figures */

enum calibration_form { FORM_SILENT, FORM_STANDARD, FORM_NONE };
enum distance { DISTANCE_RAKING, DISTANCE_LINEAR, DISTANCE_LOGIT };
enum { METHOD_CUTS_MAX = 64, METHOD_MERGES_MAX = 64 };

struct method {
    int size_classes;            /* 8, of equal count */
    double cut[METHOD_CUTS_MAX]; /* euros, increasing: classes [a, b); none: equal count */
    size_t cuts;
    int group_minimum;          /* 5 respondents */
    double group_rate;          /* 1/3 */
    enum calibration_form form; /* silent part only */
    enum distance distance;     /* raking */
    double lower, upper;        /* of logit */
    int scale;                  /* d <- d N / S d before a standard calibration */
    int by_region, by_size;     /* the two margins: number of units by region, total size */
    struct region_merge {
        const char *region, *into;
    } merge[METHOD_MERGES_MAX]; /* in this order, where a region has too few respondents */
    size_t merges;
    int donors_minimum;       /* 5 */
    double influential;       /* 0.01 of the total */
    double early_rate;        /* 0.5 of units and of size */
    int groups_alone_allowed; /* when a calibration fails */
    double confidence;        /* 0.95 */
    double logit_interval;    /* shares below this or above 1 - this get their interval on the logit scale: 0.1 */
    const char *residual[8];  /* codes of the "other" categories, ranked last */
    size_t residuals;
    double band_total[2]; /* CV 0.165, 0.333 */
    double band_share[2]; /* half-width 0.05, 0.10 */
    struct arena arena;
};

void method_defaults(struct method *m);
void method_fini(struct method *m);
/* Overrides the defaults by the block "method" of edition.json (NULL: nothing); a value out of range is STATUS_CONFIG
 * naming it. */
enum flow method_read(struct method *m, const struct json *block, struct err *e) MUST_USE;
/* Canonical text "key=value" per line, for the digest that is part of a vintage's key. */
enum flow method_text(const struct method *m, struct buf *out, struct err *e) MUST_USE;

#endif
