/* SPDX-License-Identifier: Apache-2.0 */
/* Signals: SIGTERM, SIGINT and SIGHUP ask for a clean stop (commit what is complete, exit 75); SIGUSR1 asks for a
 * status line; SIGPIPE and SIGXFSZ ignored: the write says EPIPE or EFBIG. */
#ifndef SCHEMAS_RUN_STOP_H
#define SCHEMAS_RUN_STOP_H

void stop_install(void);
/* The signal that asked to stop, or 0. Async-safe to read from any thread. */
int stop_asked(void);
/* 1 once after each SIGUSR1. */
int stop_status_asked(void);

#endif
