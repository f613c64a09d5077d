/* SPDX-License-Identifier: Apache-2.0 */
/* pre-transform --check FILE... --xsd FILE.xsd: any XML file against any schema; findings as a table, CSV or JSON on
 * stdout. No register, no archive, nothing written. */
#ifndef TRANSFORM_CHECK_CHECK_H
#define TRANSFORM_CHECK_CHECK_H

#include "schemas/run/arena.h"
#include "transform/xml/xml.h"

enum check_format { CHECK_TABLE, CHECK_CSV, CHECK_JSON }; /* in the order of the option's choices */
enum check_language { CHECK_FRENCH, CHECK_ENGLISH };

/* What a check says of one file, whatever judged it: reused by --check with an edition. */
struct check_row {
    const char *rule, *severity; /* "S07", "fatal" */
    uint64_t line, column;
    const char *path, *value;
    const char *expected; /* in the language of the output */
    const char *message, *original;
    uint64_t folded;
    int counted;        /* the message already says how many were folded */
    const char *remedy; /* of the edition's rule; "" without one */
};
struct check_report {
    const char *file;
    const char *digest; /* sha256 of the file */
    int verdict;        /* 0 clean, 1 warnings, 2 a group withheld, 3 refused */
    const char *bom, *declared, *used;
    const struct check_row *row;
    size_t rows;
    uint64_t total; /* findings, those folded into others included */
};

struct check_output; /* opaque: prints reports one after the other */
struct check_output *check_output_new(enum check_format format, enum check_language language, int fd,
                                      const char *schema, const char *schema_digest, struct err *e);
enum flow check_output_put(struct check_output *o, const struct check_report *r, struct err *e) MUST_USE;
/* Ends the output and frees o. */
enum flow check_output_end(struct check_output *o, struct err *e) MUST_USE;
void check_output_free(struct check_output *o); /* accepts NULL */

/* What was expected, in the language of the output; NULL only without memory. */
const char *check_expected(enum check_language l, const char *expected, const char *message_fr, struct arena *a);
/* The exit status of the worst verdict: 0 accepted (0, 1), 1 partly (2), 65 refused (3). */
enum status check_status(int verdict);

struct check {
    const char *xsd;
    enum check_format format;
    enum check_language language;
    const char *const *files;
    size_t count;
};
/* Checks every file against the schema. *verdict is the worst. FLOW_FATAL with STATUS_CONFIG when the schema does not
 * compile, STATUS_NOINPUT when a file is missing. */
enum flow check_files(const struct check *c, int *verdict, struct err *e) MUST_USE;

#endif
