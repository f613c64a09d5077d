/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/dataset/tables.h"

#include <string.h>

#define STATES "current|superseded|repeat|withdrawn|withdrawal|undecided|refused|out-of-scope|test"
#define SILENCES "empty|absent|blank|nil|ND|NC|SO|REFUS|withheld|unit"
#define SEVERITIES "fatal|error|warning|information"

static const struct table_column units[UNITS_COLUMNS] = {
    [UNITS_UNIT] = {"unit", COLUMN_STRING, 1, 1, 0, NULL, "Identifier of the unit in the register"},
    [UNITS_SCOPE] = {"scope", COLUMN_STRING, 0, 1, 1, "in|closed|created|merged",
                     "In the field of the enquiry, or why not"},
    [UNITS_OUTCOME] = {"outcome", COLUMN_STRING, 0, 0, 1,
                       "complete|partial|unusable|refusal|withdrawn|undecided|silent",
                       "What came of it; empty out of scope"},
    [UNITS_RECORD] = {"record", COLUMN_STRING, 0, 0, 0, NULL, "Archive record of the return in force"},
    [UNITS_RECEIVED_AT] = {"received_at", COLUMN_INSTANT, 0, 0, 0, NULL, "When that return was received"},
    [UNITS_LATE] = {"late", COLUMN_INTEGER, 0, 0, 0, "0|1", "Received after closing"},
    [UNITS_VERDICT] = {"verdict", COLUMN_INTEGER, 0, 0, 0, "0|1|2|3",
                       "0 clean, 1 warnings, 2 a group withheld, 3 refused"},
    [UNITS_FATAL] = {"fatal", COLUMN_INTEGER, 0, 0, 0, NULL, "Findings of this severity"},
    [UNITS_ERROR] = {"error", COLUMN_INTEGER, 0, 0, 0, NULL, "Findings of this severity"},
    [UNITS_WARNING] = {"warning", COLUMN_INTEGER, 0, 0, 0, NULL, "Findings of this severity"},
    [UNITS_INFORMATION] = {"information", COLUMN_INTEGER, 0, 0, 0, NULL, "Findings of this severity"},
    [UNITS_NOT_EVALUABLE] = {"not_evaluable", COLUMN_INTEGER, 0, 0, 0, NULL, "Rules that could not be evaluated"},
    [UNITS_CORE_ANSWERED] = {"core_answered", COLUMN_INTEGER, 0, 0, 0, NULL, "Core variables answered"},
    [UNITS_CORE_ASKED] = {"core_asked", COLUMN_INTEGER, 0, 0, 0, NULL, "Core variables asked"},
    [UNITS_ITEMS_ANSWERED] = {"items_answered", COLUMN_INTEGER, 0, 0, 0, NULL, "Items answered"},
    [UNITS_ITEMS_ASKED] = {"items_asked", COLUMN_INTEGER, 0, 0, 0, NULL, "Items asked"},
};

static const struct table_column documents[DOCUMENTS_COLUMNS] = {
    [DOCUMENTS_UNIT] = {"unit", COLUMN_STRING, 1, 0, 0, NULL, "Unit it was received for; empty when unknown"},
    [DOCUMENTS_RECEIVED_AT] = {"received_at", COLUMN_INSTANT, 2, 1, 0, NULL, "When it was received"},
    [DOCUMENTS_RECORD] = {"record", COLUMN_STRING, 3, 1, 0, NULL, "Archive record"},
    [DOCUMENTS_ARCHIVE] = {"archive", COLUMN_STRING, 0, 1, 0, NULL, "Archive file"},
    [DOCUMENTS_SOURCE] = {"source", COLUMN_STRING, 0, 0, 0, NULL, "Where it was fetched"},
    [DOCUMENTS_RAW_DIGEST] = {"raw_digest", COLUMN_STRING, 0, 1, 0, NULL, "SHA-256 of the bytes received"},
    [DOCUMENTS_CONTENT_DIGEST] = {"content_digest", COLUMN_STRING, 0, 0, 0, NULL,
                                  "SHA-256 of the normalised content; empty when it says too little"},
    [DOCUMENTS_BYTES] = {"bytes", COLUMN_INTEGER, 0, 1, 0, NULL, "Bytes of the document"},
    [DOCUMENTS_CAMPAIGN] = {"campaign", COLUMN_STRING, 0, 0, 0, NULL, "Campaign it declares"},
    [DOCUMENTS_NUMBER] = {"number", COLUMN_STRING, 0, 0, 0, NULL, "Sequence number it declares"},
    [DOCUMENTS_NATURE] = {"nature", COLUMN_STRING, 0, 0, 0, NULL, "initial, correction or withdrawal"},
    [DOCUMENTS_STAMP] = {"stamp", COLUMN_STRING, 0, 0, 0, NULL, "Time stamp it declares"},
    [DOCUMENTS_SOFTWARE] = {"software", COLUMN_STRING, 0, 0, 0, NULL, "Software it declares"},
    [DOCUMENTS_STATE] = {"state", COLUMN_STRING, 0, 1, 1, STATES, "What it became; states add up to received"},
    [DOCUMENTS_VERDICT] = {"verdict", COLUMN_INTEGER, 0, 0, 0, "0|1|2|3",
                           "0 clean, 1 warnings, 2 a group withheld, 3 refused"},
    [DOCUMENTS_REASON] = {"reason", COLUMN_STRING, 0, 0, 0, NULL, "Why it has this state"},
    [DOCUMENTS_RELATED] = {"related", COLUMN_STRING, 0, 0, 0, NULL, "Record it replaces, repeats or ties with"},
    [DOCUMENTS_FATAL] = {"fatal", COLUMN_INTEGER, 0, 0, 0, NULL, "Findings of this severity"},
    [DOCUMENTS_ERROR] = {"error", COLUMN_INTEGER, 0, 0, 0, NULL, "Findings of this severity"},
    [DOCUMENTS_WARNING] = {"warning", COLUMN_INTEGER, 0, 0, 0, NULL, "Findings of this severity"},
    [DOCUMENTS_INFORMATION] = {"information", COLUMN_INTEGER, 0, 0, 0, NULL, "Findings of this severity"},
};

static const struct table_column observations[OBSERVATIONS_COLUMNS] = {
    [OBSERVATIONS_UNIT] = {"unit", COLUMN_STRING, 1, 1, 0, NULL, "Unit"},
    [OBSERVATIONS_VARIABLE] = {"variable", COLUMN_STRING, 2, 1, 0, NULL, "Variable of the edition"},
    [OBSERVATIONS_CATEGORY] = {"category", COLUMN_STRING, 3, 0, 0, NULL, "Category; empty for a scalar"},
    [OBSERVATIONS_VALUE] = {"value", COLUMN_STRING, 0, 0, 0, NULL, "Exact value; empty when silent"},
    [OBSERVATIONS_HARMONISED] = {"harmonised", COLUMN_STRING, 0, 0, 0, NULL, "Category across editions"},
    [OBSERVATIONS_PREVIOUS] = {"previous", COLUMN_STRING, 0, 0, 0, NULL, "Value of the last edition"},
    [OBSERVATIONS_OBS_STATUS] = {"obs_status", COLUMN_STRING, 0, 1, 1, NULL, "SDMX CL_OBS_STATUS"},
    [OBSERVATIONS_SILENCE] = {"silence", COLUMN_STRING, 0, 0, 1, SILENCES, "Why there is no value"},
    [OBSERVATIONS_ORIGIN] = {"origin", COLUMN_STRING, 0, 0, 1, "reported|deduced", "Where the value comes from"},
    [OBSERVATIONS_RAW] = {"raw", COLUMN_STRING, 0, 0, 0, NULL, "Text as received"},
    [OBSERVATIONS_LINE] = {"line", COLUMN_INTEGER, 0, 0, 0, NULL, "Line in the return"},
};

static const struct table_column findings[FINDINGS_COLUMNS] = {
    [FINDINGS_UNIT] = {"unit", COLUMN_STRING, 1, 0, 0, NULL, "Unit; empty when unknown"},
    [FINDINGS_RECORD] = {"record", COLUMN_STRING, 2, 0, 0, NULL, "Archive record; empty for campaign rules"},
    [FINDINGS_SEQ] = {"seq", COLUMN_INTEGER, 3, 1, 0, NULL, "Order within the record"},
    [FINDINGS_STAGE] = {"stage", COLUMN_STRING, 0, 1, 0, NULL, "document, identity, xsd, rule, campaign"},
    [FINDINGS_LEVEL] = {"level", COLUMN_INTEGER, 0, 0, 0, NULL, "ESS validation level, 0 to 5"},
    [FINDINGS_RULE] = {"rule", COLUMN_STRING, 0, 1, 0, NULL, "Rule"},
    [FINDINGS_SEVERITY] = {"severity", COLUMN_STRING, 0, 1, 1, SEVERITIES, "Severity"},
    [FINDINGS_OUTCOME] = {"outcome", COLUMN_STRING, 0, 1, 1, "failed|not-evaluable|normalised", "What the rule found"},
    [FINDINGS_VARIABLE] = {"variable", COLUMN_STRING, 0, 0, 0, NULL, "Variable concerned"},
    [FINDINGS_CATEGORY] = {"category", COLUMN_STRING, 0, 0, 0, NULL, "Category concerned"},
    [FINDINGS_PATH] = {"path", COLUMN_STRING, 0, 0, 0, NULL, "Place in the return"},
    [FINDINGS_LINE] = {"line", COLUMN_INTEGER, 0, 0, 0, NULL, "Line in the return"},
    [FINDINGS_COLUMN] = {"column", COLUMN_INTEGER, 0, 0, 0, NULL, "Column in the return"},
    [FINDINGS_VALUE] = {"value", COLUMN_STRING, 0, 0, 0, NULL, "Value found"},
    [FINDINGS_EXPECTED] = {"expected", COLUMN_STRING, 0, 0, 0, NULL, "What was expected"},
    [FINDINGS_MESSAGE_FR] = {"message_fr", COLUMN_STRING, 0, 0, 0, NULL, "Sentence in French"},
    [FINDINGS_MESSAGE_EN] = {"message_en", COLUMN_STRING, 0, 0, 0, NULL, "Sentence in English"},
};

static const struct table_column fetches[FETCHES_COLUMNS] = {
    [FETCHES_UNIT] = {"unit", COLUMN_STRING, 2, 0, 0, NULL, "Unit"},
    [FETCHES_SOURCE] = {"source", COLUMN_STRING, 1, 0, 0, NULL, "Source as registered"},
    [FETCHES_OUTCOME] = {"outcome", COLUMN_STRING, 0, 0, 1, NULL, "Last outcome"},
    [FETCHES_CLASS] = {"class", COLUMN_STRING, 0, 0, 0, NULL, "Class of the outcome"},
    [FETCHES_ATTEMPTS] = {"attempts", COLUMN_INTEGER, 0, 0, 0, NULL, "Attempts of the last run"},
    [FETCHES_STATUS] = {"status", COLUMN_STRING, 0, 0, 0, NULL, "Protocol status"},
    [FETCHES_AT] = {"at", COLUMN_INSTANT, 0, 0, 0, NULL, "When"},
    [FETCHES_RECORD] = {"record", COLUMN_STRING, 0, 0, 0, NULL, "Archive record"},
    [FETCHES_MESSAGE] = {"message", COLUMN_STRING, 0, 0, 0, NULL, "Message of the run"},
};

static const struct table_spec tables[TABLE_COUNT] = {
    [TABLE_UNITS] = {"units", "Register and what came of each unit", units, UNITS_COLUMNS, 1},
    [TABLE_DOCUMENTS] = {"documents", "Documents received", documents, DOCUMENTS_COLUMNS, 1},
    [TABLE_OBSERVATIONS] = {"observations", "Answers and silences", observations, OBSERVATIONS_COLUMNS, 1},
    [TABLE_FINDINGS] = {"findings", "Findings", findings, FINDINGS_COLUMNS, 1},
    [TABLE_FETCHES] = {"fetches", "Last outcome of each source", fetches, FETCHES_COLUMNS, 0},
};

const struct table_spec *table_spec(enum dataset_table t)
{
    return &tables[t];
}

size_t table_find(const struct table_spec *s, const char *column)
{
    size_t i = 0;
    while (i < s->count && strcmp(s->columns[i].name, column) != 0)
        i++;
    return i;
}
