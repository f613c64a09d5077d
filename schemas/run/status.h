/* SPDX-License-Identifier: Apache-2.0 */
/* Exit status: one table for the programs, their manual pages and the jobs (sysexits.h numbers). */
#ifndef SCHEMAS_RUN_STATUS_H
#define SCHEMAS_RUN_STATUS_H

enum status {
    STATUS_OK = 0,         /* done; the summary says whether anything changed */
    STATUS_PARTIAL = 1,    /* done, but a source failed or a document was refused or is undecided */
    STATUS_USAGE = 64,     /* command line misuse */
    STATUS_DATA = 65,      /* input data refused: package, archive, register, too many refusals */
    STATUS_NOINPUT = 66,   /* an input file or folder is missing */
    STATUS_NOSOURCE = 69,  /* no source answered at all */
    STATUS_BUG = 70,       /* a defect of the program */
    STATUS_SYSTEM = 71,    /* the system refused memory, a thread, a process */
    STATUS_CANTCREAT = 73, /* an output cannot be created */
    STATUS_IO = 74,        /* read or write error, disk full */
    STATUS_RETRY = 75,     /* locked, or stopped by a signal after a clean commit: run again */
    STATUS_PERM = 77,      /* permission, or a credential file that others can read */
    STATUS_CONFIG = 78     /* configuration or edition refused */
};

/* The name ("data") and the sentence of a status; "unknown" for a number not in the table. */
const char *status_name(enum status s);
const char *status_sentence(enum status s);

/* The i-th row of the table, in increasing order; returns 0 past the end. */
int status_row(unsigned i, enum status *s);

#endif
