/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMAS_RUN_HEAP_H
#define SCHEMAS_RUN_HEAP_H

#include <stddef.h>

/* Blocks of that size and more go back to the system as soon as they are freed, and grow without a second copy. glibc
 * would learn from each large block that is freed to keep blocks of that size. */
void heap_give_back(size_t size);

#endif
