/* SPDX-License-Identifier: Apache-2.0 */
/* What rules.sch says by name: assertions, and attributes of the bound elements. */
#ifndef TRANSFORM_RULES_NAMES_H
#define TRANSFORM_RULES_NAMES_H

#include "transform/plan.h"
#include "transform/rules/schematron.h"

enum { BOUND_NAME_MAX = 128 };

/* The next name that follows `prefix` ("$parameter/@") at or after *at; *at is moved to it. NULL: no more. */
const char *names_next(const char **at, const char *prefix, char name[BOUND_NAME_MAX]);
uint64_t names_line(const char *text, const char *at);
/* 1 when s (NULL: no rules) asserts the rule, by its id or one with a suffix. */
int names_asserted(const struct schematron *s, const char *rule);
/* Each rule in force is asserted, in the namespace of the returns, each parameter asked for stands in parameters.csv,
 * as a number where it is taken for one: what is missing would pass, or refuse, every return in silence. STATUS_CONFIG
 * with file, line and name. */
enum flow names_check(const struct plan *p, const struct schematron *s, struct err *e) MUST_USE;

#endif
