/* SPDX-License-Identifier: Apache-2.0 */
/* The edition: a folder of tables that says everything particular to one year of one enquiry (page pre-edition.5).
 * Read whole into one arena, checked, then constant: any number of threads may read it. Knows no XML library:
 * expressions are texts here; pre-transform compiles them and `--check-edition` proves them. Plain structs with arrays,
 * because every stage walks them. */
#ifndef SCHEMAS_EDITION_EDITION_H
#define SCHEMAS_EDITION_EDITION_H

#include "schemas/run/arena.h"
#include "schemas/run/decimal.h"
#include "schemas/run/digest.h"
#include "schemas/run/err.h"
#include "schemas/run/json.h"
#include "schemas/run/map.h"

#include <stddef.h>
#include <stdint.h>

enum { EDITION_NONE = UINT32_MAX };

struct edition_label {
    const char *fr, *en; /* never NULL */
};

/* ---- categories.csv ---- */
struct edition_category {
    const char *code;
    struct edition_label label;
    const char *harmonised; /* code of the series across editions; equal to code unless the table says otherwise */
    int position;
    uint64_t line; /* in categories.csv */
};

struct edition_list {
    const char *id;
    const struct edition_category *categories; /* by position */
    size_t count;
};

/* ---- measures.csv: units of measure ---- */
struct edition_measure {
    const char *code;
    struct edition_label label;
    const char *sign; /* "€": printed after a number instead of the label; empty: none */
};

/* ---- variables.csv ---- */
enum edition_type {
    EDITION_COUNT,
    EDITION_DECIMAL,
    EDITION_CODE,
    EDITION_FLAG,
    EDITION_TEXT,
    EDITION_DATE,
    EDITION_TERRITORY
};
enum edition_shape { EDITION_SCALAR, EDITION_KEYED, EDITION_COMPUTED };
enum edition_missing { EDITION_ASK, EDITION_OPTIONAL };
enum edition_conversion {
    EDITION_THOUSANDS = 1,
    EDITION_DECIMAL_COMMA = 2,
    EDITION_UNIT_SUFFIX = 4,
    EDITION_CENTS = 8,        /* no reading but a guard: two decimals at most */
    EDITION_LEADING_ZERO = 16 /* of territory codes alone */
};

struct edition_no_answer {
    const char *text; /* folded comparison key (edition_key) */
    uint32_t silence; /* index in silences */
};

struct edition_variable {
    const char *id;
    uint32_t index; /* in edition.variables */
    uint32_t group; /* index in groups */
    struct edition_label label;
    const char *unit;
    enum edition_type type;
    enum edition_shape shape;
    enum edition_missing missing;
    const struct edition_list *list;    /* of the key when keyed, of the value when a code or flag; NULL otherwise */
    uint32_t sum_to;                    /* variable that the categories add up to, or EDITION_NONE */
    int core;                           /* is (one of) the core variables */
    uint32_t core_category;             /* the one category that counts as core, or EDITION_NONE: all */
    int content;                        /* part of the content digest of a document */
    int deduce;                         /* arithmetic may fill it */
    const char *context, *key, *select; /* XPath 1.0; context and key empty unless keyed */
    unsigned conversions;               /* enum edition_conversion, from numbers.csv */
    const struct edition_no_answer *no_answers;
    size_t no_answer_count;
    uint32_t first_cell; /* cells of all variables are numbered in order, categories inside */
    uint32_t cells;      /* 1, or the number of categories when keyed */
    uint64_t line;       /* in variables.csv */
};

/* ---- silences.csv: structural ones (absent blank nil withheld unit not-asked) and the edition's own (ND, NC...) ----
 */
struct edition_silence {
    const char *id;
    const char *obs_status; /* SDMX CL_OBS_STATUS */
    struct edition_label label;
    int deduce;   /* a deduction may replace it */
    int answered; /* counts as an answer (not applicable) */
};

/* ---- rules.csv and parameters.csv, as resolved at the as-of ---- */
enum edition_severity { EDITION_INFORMATION, EDITION_WARNING, EDITION_ERROR, EDITION_FATAL };
enum edition_stage {
    EDITION_DOCUMENT,
    EDITION_XSD,
    EDITION_IDENTITY,
    EDITION_NORMALISE,
    EDITION_RULE,
    EDITION_CAMPAIGN
};

struct edition_rule {
    const char *id; /* "A01", or "A05.2" for one assertion of a rule */
    enum edition_stage stage;
    int level; /* ESS validation level 0..5 */
    enum edition_severity severity;
    const uint32_t *withholds; /* cells (first_cell + category), ascending */
    size_t withhold_count;
    struct edition_label label, remedy;
    uint64_t line; /* in rules.csv */
};

struct edition_parameter {
    const char *id; /* an XML name; "list.SEXE" = number of categories is added for every list */
    const char *value;
    struct edition_label label;
};

/* The rule under which the reader itself tells what a decision did (normalised) or why it did nothing (failed). */
#define EDITION_RULE_DECISION "D01"

/* ---- figures.csv ---- */
enum edition_figure_kind {
    EDITION_FIGURE_COUNT,          /* units in scope */
    EDITION_FIGURE_REGISTER_TOTAL, /* sum of a register column over the scope */
    EDITION_FIGURE_TOTAL,          /* sum of w y */
    EDITION_FIGURE_SHARE,          /* sum of w c_k / sum of w over the denominator's categories */
    EDITION_FIGURE_MEAN,           /* sum of w n m / sum of w n, n = weight variable in the same category */
    EDITION_FIGURE_RATIO,          /* total / total */
    EDITION_FIGURE_RANK,           /* level and rank inside its partition, share of the denominator */
    EDITION_FIGURE_RATE,           /* response rate named by `column` (RR1, RR2, RR1W, RR2W) */
    EDITION_FIGURE_MINIMUM,        /* least and greatest of the mean figures of the same variable */
    EDITION_FIGURE_MAXIMUM
};
enum edition_domain {
    EDITION_NATION = 1,
    EDITION_REGION = 2,
    EDITION_SIZE = 4,
    EDITION_CARRIER = 8,
    EDITION_DEPARTEMENT = 16
};

struct edition_figure {
    const char *id; /* "F05", "F06.G" */
    enum edition_figure_kind kind;
    struct edition_label label;
    const char *unit;
    const char *column;         /* register column or rate name; empty otherwise */
    uint32_t variable;          /* or EDITION_NONE */
    const uint32_t *categories; /* positions in the variable's list; count 0: all, or a scalar */
    size_t category_count;
    uint32_t denominator;
    const uint32_t *denominator_categories;
    size_t denominator_category_count;
    const char *partition; /* figures of one partition cover its list once; ranks are taken inside it */
    uint32_t weight;       /* variable, or EDITION_NONE */
    unsigned domains;      /* enum edition_domain */
    int decimals;
    const char *published; /* as printed by the enquiry's owner; empty when nothing is */
    int order;
    uint64_t line;
};

/* ---- published.csv: what is public about this and other years, for comparison only ---- */
struct edition_published {
    const char *figure, *year, *value, *low, *high, *text, *source;
};

/* ---- synonyms.csv ---- */
struct edition_synonym {
    const char *text;  /* as in the table */
    const char *kind;  /* case, label, previous, typo */
    uint32_t category; /* position in the list */
};

/* ---- edition.json ---- */
enum edition_nature { EDITION_INITIAL, EDITION_CORRECTION, EDITION_WITHDRAWAL };
struct edition_nature_code {
    const char *code;
    enum edition_nature nature;
};
struct edition_identity {
    const char *unit, *campaign, *sequence, *nature, *stamp, *software,
        *test;             /* XPath string expressions; empty: not carried */
    const char *test_true; /* text of the test flag when set */
    const struct edition_nature_code *natures;
    size_t nature_count;
    const char *nil_reason; /* attribute (no namespace) that names the silence beside xsi:nil */
};
struct edition_register {
    const char *schema; /* file in the folder */
    const char *unit, *size, *region, *departement, *carrier, *source, *valid_from, *valid_to,
        *successor;      /* column names; empty: none */
    const char *measure; /* of the size column, a code of measures; empty: none */
};
struct edition_group {
    const char *id;
    struct edition_label label;
};
struct edition_prefix {
    const char *prefix, *uri;
};
struct edition_auxiliary {
    const char *id;
    const char *column; /* register column summed; empty: units are counted */
    const char *by;     /* register column that splits the margin; empty: one total */
};
struct edition_merge {
    const char *from, *into;
};
/* A declaration that is known to be wrong: documents that declare `declared` and hold bytes which only `real` uses are
 * read as `real`. */
struct edition_reading {
    const char *declared, *real;
};

struct edition_limits {
    int64_t body_bytes, depth, elements, text_bytes, findings, gzip_ratio;
};
struct edition_strata {
    int size_classes;
    const struct decimal *cuts; /* ascending, [a, b); count 0: classes of equal count */
    size_t cut_count;
    int minimum;
    double rate;
};

struct edition {
    const char *folder;
    const char *id, *enquiry, *campaign, *namespace_uri, *root;
    struct edition_label title;
    struct edition_label nation, size; /* what the whole area and the size of a unit are called */
    int revision;
    int reference_year;
    const struct edition_prefix *prefixes;
    size_t prefix_count;
    const struct edition_reading *readings; /* "encodings" */
    size_t reading_count;
    struct edition_register frame;
    struct edition_identity identity;
    const struct edition_group *groups;
    size_t group_count;
    double core_complete, core_partial;
    struct edition_strata strata;
    const struct edition_auxiliary *auxiliaries;
    size_t auxiliary_count;
    const struct edition_merge *region_merges; /* ordered */
    size_t region_merge_count;
    int64_t opening, closing; /* instants; INSTANT_NONE when not given */
    struct edition_limits limits;
    const struct edition_measure *measures; /* none in an edition made before there were any */
    size_t measure_count;
    const struct edition_variable *variables;
    size_t variable_count;
    uint32_t cell_count;
    const struct edition_list *lists; /* in order of first appearance */
    size_t list_count;
    const struct edition_silence *silences;
    size_t silence_count;
    const struct edition_rule *rules; /* by id; in force at the as-of */
    size_t rule_count;
    const struct edition_parameter *parameters; /* by id; in force at the as-of */
    size_t parameter_count;
    const struct edition_figure *figures; /* by order */
    size_t figure_count;
    const struct edition_published *published;
    size_t published_count;
    int64_t as_of;             /* INSTANT_NONE: the latest rows */
    const struct json *json;   /* the whole edition.json, for blocks that one stage alone reads (method, labels...) */
    struct edition_data *data; /* the reader's own */
};

/* Reads and checks the tables of a folder; return.xsd, rules.sch and the examples are not opened (a package carries
 * only the tables). STATUS_NOINPUT when the folder is missing, STATUS_CONFIG "file:line: name: what" for any fault.
 * Resolved at the latest rows. The caller frees with edition_close (accepts NULL). */
struct edition *edition_open(const char *folder, struct err *e);
void edition_close(struct edition *ed);
/* Chooses the rows of rules.csv and parameters.csv in force at an instant (INSTANT_NONE: the latest). Before any thread
 * reads. */
enum flow edition_resolve(struct edition *ed, int64_t as_of, struct err *e) MUST_USE;
/* The dated states of rules.csv and parameters.csv, oldest first: each a run of days on which the same rows are in
 * force. Days since the epoch; INT64_MIN and INT64_MAX where it is open. The list is the edition's. */
struct edition_state {
    int64_t from, to;
    int64_t as_of; /* an instant of the state; INSTANT_NONE for the last, the latest rows */
};
enum flow edition_states(const struct edition *ed, const struct edition_state **states, size_t *count,
                         struct err *e) MUST_USE;

/* Finders; NULL or EDITION_NONE when there is none. */
const struct edition_variable *edition_variable(const struct edition *ed, const char *id);
const struct edition_list *edition_list(const struct edition *ed, const char *id);
uint32_t edition_category(const struct edition_list *l, const char *code, size_t len); /* position by exact code */
uint32_t edition_harmonised(const struct edition_list *l,
                            const char *code); /* first position with that harmonised code */
/* The rule of an assertion id: exact ("A05.2"), else without its last suffix ("A05"), and so on. */
const struct edition_rule *edition_rule(const struct edition *ed, const char *id);
const char *edition_parameter(const struct edition *ed, const char *id); /* value or NULL */
int edition_parameter_number(const struct edition *ed, const char *id,
                             double *v) MUST_USE; /* 1 when present and a number */
uint32_t edition_silence(const struct edition *ed, const char *id, size_t len);
/* 1 when the figure is printed in per cent: a share or a rate, not a ratio of two totals. Accepts NULL. */
int edition_figure_in_percent(const struct edition_figure *f);
const struct edition_figure *edition_figure(const struct edition *ed, const char *id);
const struct edition_measure *edition_measure(const struct edition *ed, const char *code);

/* The comparison key of synonyms and no-answer texts: NFC, case, accents, spaces, apostrophes and dashes folded.
 * Replaces the content of out. */
enum flow edition_key(const char *s, size_t n, struct buf *out, struct err *e) MUST_USE;
/* The variable of a cell, and the position of its category (EDITION_NONE for a scalar) when category is not NULL. */
const struct edition_variable *edition_cell(const struct edition *ed, uint32_t cell, uint32_t *category);
/* A synonym of list l by its key, or NULL. Exact codes are not synonyms. Two synonyms of one key do not load. */
const struct edition_synonym *edition_synonym(const struct edition *ed, const struct edition_list *l, const char *key,
                                              size_t len);
/* The silence a no-answer text of this variable means (by key), or EDITION_NONE. */
uint32_t edition_no_answer(const struct edition_variable *v, const char *key, size_t len);

const char *edition_severity_name(enum edition_severity s);
const char *edition_stage_name(enum edition_stage s);
const char *edition_type_name(enum edition_type t);

/* The tables as used, for the package: names in bytewise order; rules.csv and parameters.csv hold only the rows in
 * force. NULL past the end. edition_open on a folder of these files gives the same edition. */
const char *edition_file(const struct edition *ed, size_t i, const char **bytes, size_t *n);
/* SHA-256 over those files and, when they were there on opening, return.xsd and rules.sch. */
enum flow edition_digest(const struct edition *ed, char hex[DIGEST_HEX_MAX], struct err *e) MUST_USE;

#endif
