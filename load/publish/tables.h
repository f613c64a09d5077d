/* SPDX-License-Identifier: Apache-2.0 */
/* The fillers: each adds one table to the publication. Registered in tables.c. */
#ifndef LOAD_PUBLISH_TABLES_H
#define LOAD_PUBLISH_TABLES_H

#include "load/publish/model.h"

/* follow.c: response by place, units, findings by rule, answers by item */
enum flow tables_response(struct publication *p, struct err *e) MUST_USE;
enum flow tables_units(struct publication *p, struct err *e) MUST_USE;
enum flow tables_findings(struct publication *p, struct err *e) MUST_USE;
enum flow tables_items(struct publication *p, struct err *e) MUST_USE;
/* quality.c: what the estimates rest on */
enum flow tables_revisions(struct publication *p, struct err *e) MUST_USE;
enum flow tables_bias(struct publication *p, struct err *e) MUST_USE;
enum flow tables_groups(struct publication *p, struct err *e) MUST_USE;
enum flow tables_sensitivity(struct publication *p, struct err *e) MUST_USE;
enum flow tables_contributions(struct publication *p, struct err *e) MUST_USE;
enum flow tables_steps(struct publication *p, struct err *e) MUST_USE;

#endif
