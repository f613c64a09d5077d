/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/run/heap.h"

#include <limits.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void heap_give_back(size_t size)
{
#ifdef __GLIBC__
    (void)mallopt(M_MMAP_THRESHOLD, size < INT_MAX ? (int)size : INT_MAX);
#else
    (void)size;
#endif
}
