/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of texts held small: of each field, how much it shares with the same field of the row before, and the rest. In
 * a list in order neighbours are alike: same departement, same address but for its end. Every PACKED_BLOCK-th row
 * begins anew, so that a row is found without reading all before it. */
#ifndef SCHEMAS_REGISTER_PACKED_H
#define SCHEMAS_REGISTER_PACKED_H

#include "schemas/run/buf.h"

enum { PACKED_BLOCK = 32 };

struct packed {
    size_t fields; /* of every row */
    size_t rows;
    size_t longest; /* bytes of the longest row, each field with its NUL */
    struct buf bytes;
    struct buf starts; /* where each block begins: uint32_t */
    struct buf last;   /* the row put last: its fields, each with its NUL */
};

void packed_init(struct packed *p, size_t fields);
void packed_fini(struct packed *p);
/* One more row: p->fields texts. STATUS_DATA beyond 4 GB. */
enum flow packed_put(struct packed *p, const char *const *value, struct err *e) MUST_USE;
/* All rows are there: gives back what is not needed to read them. */
void packed_settle(struct packed *p);

/* Reads rows again; one for each thread. Rows in order cost least. */
struct packed_reader {
    const struct packed *of;
    size_t row; /* that `text` holds; SIZE_MAX: none */
    const unsigned char *at;
    char *text, *before; /* fields of the row, each with its NUL; of the row before */
};
enum flow packed_reader_init(struct packed_reader *r, const struct packed *of, struct err *e) MUST_USE;
void packed_reader_fini(struct packed_reader *r);
/* The fields of a row, one after the other, each with its NUL; borrowed until another row is asked. */
const char *packed_row(struct packed_reader *r, size_t row);

#endif
