/* SPDX-License-Identifier: Apache-2.0 */
/* Drawings of the report as inline SVG, each beside the numbers it shows. */
#ifndef LOAD_PUBLISH_CHART_H
#define LOAD_PUBLISH_CHART_H

#include "load/publish/html.h"

#include <stddef.h>

struct chart_bar {
    const char *label, *status; /* status: words that warn, or "" */
    double value, low, high;    /* in the unit of the scale */
    double rank;                /* place among its likes, for who sorts them */
    int has_value, has_interval;
    const char *shown, *interval; /* as printed */
    const char *note;             /* a further column, or NULL */
};

/* A table whose second column draws the values from 0 to `top`, 0 for the largest end of an interval. */
void chart_bars(struct html *h, const char *caption, const char *const *headings, const struct chart_bar *bar, size_t n,
                double top);

struct chart_point {
    const char *label, *tick; /* the day, and as it stands below some points */
    double value;
};
/* A rising line, 0 to `top`, with a rule at `line` (negative: none). */
void chart_curve(struct html *h, const char *title, const struct chart_point *point, size_t n, double top, double line,
                 const char *line_label);

struct chart_area {
    const char *code;
    int has_rate;
    double rate;       /* 0..1 */
    const char *shown; /* "70 % (7 / 10)" */
};
struct chart_map {
    const char *title, *inset;     /* inset: words above the enlarged Paris */
    const struct chart_area *area; /* of départements, or of régions */
    size_t areas;
    int by_region;
};
/* The outlines, once a page, before the first map: maps only refer to them. */
void chart_shapes(struct html *h);
/* Metropolitan départements or régions as shapes, overseas as tiles. */
void chart_map(struct html *h, const struct chart_map *m);
/* The classes of the map, for its legend: the i-th colour and lower bound; 0 past the end. */
int chart_class(size_t i, const char **colour, double *from);
extern const char chart_no_colour[];

#endif
