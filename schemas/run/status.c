/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/run/status.h"

#include <stddef.h>

static const struct {
    enum status status;
    const char *name;
    const char *sentence;
} table[] = {
    {STATUS_OK, "ok", "done; the summary says whether anything changed"},
    {STATUS_PARTIAL, "partial", "done, but in this run a source failed or a document was refused or is undecided"},
    {STATUS_USAGE, "usage", "the command line is wrong"},
    {STATUS_DATA, "data", "input data refused"},
    {STATUS_NOINPUT, "noinput", "an input is missing"},
    {STATUS_NOSOURCE, "nosource", "no source answered at all"},
    {STATUS_BUG, "bug", "a defect of the program; please report it"},
    {STATUS_SYSTEM, "system", "the system refused memory, a thread or a process"},
    {STATUS_CANTCREAT, "cantcreat", "an output cannot be created"},
    {STATUS_IO, "io", "read or write error, or the disk is full"},
    {STATUS_RETRY, "retry", "locked, or stopped by a signal after a clean commit: run again"},
    {STATUS_PERM, "perm", "permission denied, or a credential file that others can read"},
    {STATUS_CONFIG, "config", "configuration or edition refused"},
};

enum { ROWS = sizeof table / sizeof table[0] };

static size_t row_of(enum status s)
{
    size_t i = 0;
    while (i < ROWS && table[i].status != s)
        i++;
    return i;
}

const char *status_name(enum status s)
{
    size_t i = row_of(s);
    return i < ROWS ? table[i].name : "unknown";
}

const char *status_sentence(enum status s)
{
    size_t i = row_of(s);
    return i < ROWS ? table[i].sentence : "unknown";
}

int status_row(unsigned i, enum status *s)
{
    if (i >= ROWS)
        return 0;
    *s = table[i].status;
    return 1;
}
