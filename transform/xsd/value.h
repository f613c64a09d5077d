/* SPDX-License-Identifier: Apache-2.0 */
/* Values as the acceptor reads them: the plain forms only. */
#ifndef TRANSFORM_XSD_VALUE_H
#define TRANSFORM_XSD_VALUE_H

#include "transform/xsd/model.h"

#define XSD_MILLION 1000000
/* Twelve digits and six decimals; what is larger or finer is a doubt. */
#define XSD_NUMBER_MAX INT64_C(999999999999999999)

struct xsd_number {
    int64_t value; /* in millionths */
    uint32_t total,
        fraction; /* digits as libxml2 counts them: without zeros before the number and after its decimals */
    int point;
};

/* 0 for what is no number, and for a sign plus, minus zero, a point without digits on both sides, more digits. */
int xsd_number(const char *s, struct xsd_number *n);
/* 0 when the blanks of the text are not as a type leaves them; else *characters is its length. */
int xsd_unfolded(const char *s, enum xsd_white white, uint32_t *characters);

#endif
