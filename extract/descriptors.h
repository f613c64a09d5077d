/* SPDX-License-Identifier: Apache-2.0 */
/* Open files: a source must never fail because this process ran out of them. */
#ifndef EXTRACT_DESCRIPTORS_H
#define EXTRACT_DESCRIPTORS_H

#include "schemas/run/err.h"

/* Lowers *parallel to the connections that RLIMIT_NOFILE leaves room for, after raising the soft limit as far as the
 * hard one lets; warns when it did. STATUS_SYSTEM, with the limit and the remedy, when not even one fits. */
enum flow descriptors_fit(long *parallel, struct err *e) MUST_USE;

#endif
