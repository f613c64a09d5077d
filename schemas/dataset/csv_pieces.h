/* SPDX-License-Identifier: Apache-2.0 */
/* A CSV file read by pieces that end with a row: a window over a stream, for csv_continue. */
#ifndef SCHEMAS_DATASET_CSV_PIECES_H
#define SCHEMAS_DATASET_CSV_PIECES_H

#include "schemas/run/buf.h"

/* Up to n bytes of the stream into `to`; FLOW_END once nothing is left behind them. */
typedef enum flow csv_fill(void *ctx, char *to, size_t n, size_t *got, struct err *e);

struct csv_pieces {
    csv_fill *fill;
    void *ctx;
    const char *name; /* of the file, for errors; borrowed */
    size_t step;      /* bytes asked of the stream at once */
    struct buf text;  /* the window; its max is the longest row accepted, and a step */
    size_t piece;     /* bytes of it that are the piece at hand */
    int ended;
};

void csv_pieces_init(struct csv_pieces *p, const char *name, size_t step, size_t row_max, csv_fill *fill, void *ctx);
void csv_pieces_fini(struct csv_pieces *p);
/* p->text.data[0..p->piece) is the next piece; FLOW_END when there is none. */
enum flow csv_pieces_next(struct csv_pieces *p, struct err *e) MUST_USE;

#endif
