/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of numbers made by other people's programs, read where they lie (their licence keeps them out of this tree); a
 * test that needs one is skipped where they are absent. */
#ifndef TESTS_CONTRACT_ORACLE_R_PEERS_H
#define TESTS_CONTRACT_ORACLE_R_PEERS_H

#include <stddef.h>

enum { PEER_COLUMNS = 24 };

struct peer_table {
    size_t rows, columns;
    char *name[PEER_COLUMNS];
    char ***text; /* [rows][columns] */
};

/* NULL when the file is not there; any other trouble fails the test. */
struct peer_table *peer_open(const char *file);
void peer_close(struct peer_table *t);
/* A column as numbers (freed by the caller). */
double *peer_numbers(const struct peer_table *t, const char *column);
/* Its distinct texts numbered in order of appearance; *levels receives how many. */
unsigned *peer_levels(const struct peer_table *t, const char *column, unsigned *levels);

#endif
