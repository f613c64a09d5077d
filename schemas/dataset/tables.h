/* SPDX-License-Identifier: Apache-2.0 */
/* The five tables of a dataset package: one list of columns drives writer, reader, control totals and the Table Schema
 * in datapackage.json. Page: pre-dataset.5. */
#ifndef SCHEMAS_DATASET_TABLES_H
#define SCHEMAS_DATASET_TABLES_H

#include <stddef.h>

enum dataset_table { TABLE_UNITS, TABLE_DOCUMENTS, TABLE_OBSERVATIONS, TABLE_FINDINGS, TABLE_FETCHES, TABLE_COUNT };

enum column_type { COLUMN_STRING, COLUMN_INTEGER, COLUMN_INSTANT };

struct table_column {
    const char *name;
    enum column_type type;
    int key;            /* 1, 2, 3: position in the primary key; 0: not in it */
    int required;       /* never empty */
    int counted;        /* its values are counted in the control totals */
    const char *values; /* "a|b|c": closed list, or NULL */
    const char *title;
};

struct table_spec {
    const char *name; /* "units"; its file is units.csv.gz */
    const char *title;
    const struct table_column *columns;
    size_t count;
    int content; /* does it enter the content digest? */
};

const struct table_spec *table_spec(enum dataset_table t);
/* Position of a column by name in the fixed list, or count. */
size_t table_find(const struct table_spec *s, const char *column);

/* Positions in the fixed lists. In a units row the register's own columns stand between UNITS_UNIT and UNITS_SCOPE:
 * position of a fixed column > 0 in the file = its number here + number of register columns (without the unit). */
enum units_column {
    UNITS_UNIT,
    UNITS_SCOPE,
    UNITS_OUTCOME,
    UNITS_RECORD,
    UNITS_RECEIVED_AT,
    UNITS_LATE,
    UNITS_VERDICT,
    UNITS_FATAL,
    UNITS_ERROR,
    UNITS_WARNING,
    UNITS_INFORMATION,
    UNITS_NOT_EVALUABLE,
    UNITS_CORE_ANSWERED,
    UNITS_CORE_ASKED,
    UNITS_ITEMS_ANSWERED,
    UNITS_ITEMS_ASKED,
    UNITS_COLUMNS
};

enum documents_column {
    DOCUMENTS_UNIT,
    DOCUMENTS_RECEIVED_AT,
    DOCUMENTS_RECORD,
    DOCUMENTS_ARCHIVE,
    DOCUMENTS_SOURCE,
    DOCUMENTS_RAW_DIGEST,
    DOCUMENTS_CONTENT_DIGEST,
    DOCUMENTS_BYTES,
    DOCUMENTS_CAMPAIGN,
    DOCUMENTS_NUMBER,
    DOCUMENTS_NATURE,
    DOCUMENTS_STAMP,
    DOCUMENTS_SOFTWARE,
    DOCUMENTS_STATE,
    DOCUMENTS_VERDICT,
    DOCUMENTS_REASON,
    DOCUMENTS_RELATED,
    DOCUMENTS_FATAL,
    DOCUMENTS_ERROR,
    DOCUMENTS_WARNING,
    DOCUMENTS_INFORMATION,
    DOCUMENTS_COLUMNS
};

enum observations_column {
    OBSERVATIONS_UNIT,
    OBSERVATIONS_VARIABLE,
    OBSERVATIONS_CATEGORY,
    OBSERVATIONS_VALUE,
    OBSERVATIONS_HARMONISED,
    OBSERVATIONS_PREVIOUS,
    OBSERVATIONS_OBS_STATUS,
    OBSERVATIONS_SILENCE,
    OBSERVATIONS_ORIGIN,
    OBSERVATIONS_RAW,
    OBSERVATIONS_LINE,
    OBSERVATIONS_COLUMNS
};

enum findings_column {
    FINDINGS_UNIT,
    FINDINGS_RECORD,
    FINDINGS_SEQ,
    FINDINGS_STAGE,
    FINDINGS_LEVEL,
    FINDINGS_RULE,
    FINDINGS_SEVERITY,
    FINDINGS_OUTCOME,
    FINDINGS_VARIABLE,
    FINDINGS_CATEGORY,
    FINDINGS_PATH,
    FINDINGS_LINE,
    FINDINGS_COLUMN,
    FINDINGS_VALUE,
    FINDINGS_EXPECTED,
    FINDINGS_MESSAGE_FR,
    FINDINGS_MESSAGE_EN,
    FINDINGS_COLUMNS
};

enum fetches_column {
    FETCHES_UNIT,
    FETCHES_SOURCE,
    FETCHES_OUTCOME,
    FETCHES_CLASS,
    FETCHES_ATTEMPTS,
    FETCHES_STATUS,
    FETCHES_AT,
    FETCHES_RECORD,
    FETCHES_MESSAGE,
    FETCHES_COLUMNS
};

#endif
