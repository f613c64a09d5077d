/* SPDX-License-Identifier: Apache-2.0 */
/* A cell: one variable and category of one return. A value or a named silence, never both, never neither. */
#ifndef TRANSFORM_CELL_H
#define TRANSFORM_CELL_H

#include "schemas/run/decimal.h"

#include <libxml/tree.h>
#include <stdint.h>

struct cell {
    const char *raw;        /* text as received, "" when there was none */
    const char *value;      /* normalised; NULL: silent */
    struct decimal number;  /* of a count or decimal with a value */
    uint32_t silence;       /* index in the edition's silences while value is NULL */
    uint32_t line;          /* 0: not in the document */
    unsigned char deduced;  /* by arithmetic */
    unsigned char withheld; /* 1: by a rule or an unreadable text; raw stays */
    unsigned char bad;      /* cannot be read: no decision but `set` brings it back */
    unsigned char suspect;  /* in a table with a failed rule: arithmetic keeps away */
    xmlNodePtr node;        /* where the value stands, while the tree does */
};

#endif
