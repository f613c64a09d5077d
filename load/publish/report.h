/* SPDX-License-Identifier: Apache-2.0 */
/* Sections of the report, and what they share. */
#ifndef LOAD_PUBLISH_REPORT_H
#define LOAD_PUBLISH_REPORT_H

#include "load/publish/html.h"
#include "load/publish/model.h"

/* Opens a section with its heading; the section closes it. */
void report_heading(const struct publication *p, struct html *h, const char *id, const char *fr, const char *en);
void report_paragraph(struct publication *p, struct html *h, const char *fr, const char *en);
/* The number of an exact text, 0 for none. */
double report_exact(const char *exact);

/* report_tables.c */
void report_revisions(struct publication *p, struct html *h);
void report_findings(struct publication *p, struct html *h);
void report_sensitivity(struct publication *p, struct html *h);
void report_bias(struct publication *p, struct html *h);
void report_method(struct publication *p, struct html *h);
void report_origin(struct publication *p, struct html *h);

#endif
