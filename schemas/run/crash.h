/* SPDX-License-Identifier: Apache-2.0 */
/* Crash points for the fault tests: in test builds (-DPRE_TEST_BUILD) the n-th crash_point() reached kills the process
 * with SIGKILL when the environment says PRE_CRASH_AT=n; PRE_CRASH_COUNT=FILE writes how many were reached;
 * PRE_CRASH_PROGRAM=NAME spares the other programs. In product builds it is nothing. */
#ifndef SCHEMAS_RUN_CRASH_H
#define SCHEMAS_RUN_CRASH_H

#ifdef PRE_TEST_BUILD
void crash_point(const char *name);
#else
static inline void crash_point(const char *name)
{
    (void)name;
}
#endif

#endif
