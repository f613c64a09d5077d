/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds are those of ENQUIRY §5, in the unit of the cells: tenths of months, hundredths of full-time equivalents. */
#include "tests/specimen/judge.h"

#include <stdio.h>
#include <string.h>

enum {
    FUNDING_LOW = 100,
    FUNDING_HIGH = 5000,
    LOAD_LOW = 10,
    LOAD_HIGH = 200,
    MONTHS_LOW = 10,
    MONTHS_HIGH = 600,
    DAYS_HIGH = 365,
    MEETINGS_HIGH = 60
};
/* 85 000 children for 66 M€. */
enum { RATIO_CHILDREN = 85000, RATIO_CREDITS = 66000000 };

const char *silence_name(enum silence s)
{
    static const char *const NAME[] = {"", "absent", "blank", "nil", "ND", "NC", "SO", "REFUS", "withheld", "unit"};
    return NAME[s];
}

const char *outcome_name(enum outcome o)
{
    static const char *const NAME[] = {"complete",  "partial",   "unusable", "refusal",
                                       "withdrawn", "undecided", "silent",   ""};
    return NAME[o];
}

struct bench {
    const struct letter *letter;
    const char *confirm;
    struct judged *out;
    int hold[CELLS];   /* cells to withhold once every rule has spoken */
    int failed[CELLS]; /* first cell of a table whose sum failed: nothing is deduced there */
    int errors, warnings;
};

static int has(const struct bench *b, size_t cell)
{
    return b->out->silence[cell] == SILENCE_NONE;
}

static int has_all(const struct bench *b, size_t first, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!has(b, first + i))
            return 0;
    return 1;
}

static int64_t sum(const struct bench *b, size_t first, size_t count)
{
    int64_t s = 0;
    for (size_t i = 0; i < count; i++)
        s += b->out->value[first + i];
    return s;
}

static void note(struct bench *b, const char *rule)
{
    char *text = b->out->rules;
    size_t n = strlen(text);
    const char *seen = strstr(text, rule);
    if (!seen)
        snprintf(text + n, RULES_TEXT_MAX - n, "%s%s", n ? " " : "", rule);
}

static void warn(struct bench *b, const char *rule, int bad)
{
    if (!bad)
        return;
    note(b, rule);
    b->warnings++;
}

static void hold(struct bench *b, size_t first, size_t count)
{
    for (size_t i = 0; i < count; i++)
        b->hold[first + i] = 1;
}

/* An error withholds the cells, unless an analyst confirmed the rule: then the values stay and the verdict is that of a
 * warning. */
static void fail(struct bench *b, const char *rule, size_t first, size_t count)
{
    note(b, rule);
    if (b->confirm && strcmp(b->confirm, rule) == 0) {
        b->warnings++;
        return;
    }
    b->errors++;
    hold(b, first, count);
}

/* A01-A04, A08; A10: two tables off by the same amount accuse the total. */
static void sums(struct bench *b)
{
    static const struct {
        const char *rule;
        size_t first, count;
    } TABLE[] = {
        {"A01", C_SEXE, 2}, {"A02", C_AGE, 4}, {"A03", C_PROFIL, 4}, {"A04", C_NIVEAU, 5}, {"A08", C_ORIENTEUR, 8}};
    int64_t gap[5] = {0};
    if (!has(b, C_ENF_TOTAL))
        return;
    for (size_t k = 0; k < 5; k++) {
        if (!has_all(b, TABLE[k].first, TABLE[k].count))
            continue;
        gap[k] = sum(b, TABLE[k].first, TABLE[k].count) - b->out->value[C_ENF_TOTAL];
        if (gap[k] != 0) {
            fail(b, TABLE[k].rule, TABLE[k].first, TABLE[k].count);
            b->failed[TABLE[k].first] = 1;
        }
    }
    int same = 0;
    for (size_t k = 0; k < 5; k++)
        for (size_t m = 0; m < k; m++)
            same |= gap[k] != 0 && gap[k] == gap[m];
    if (same)
        fail(b, "A10", C_ENF_TOTAL, 1);
}

static void parts(struct bench *b)
{
    static const struct {
        const char *rule;
        enum cell cell;
    } PART[] = {{"A05.1", C_ENF_PARCOURS}, {"A05.2", C_ENF_QPV}, {"A05.3", C_ENF_ASE}};
    const int32_t *v = b->out->value;
    if (!has(b, C_ENF_TOTAL))
        return;
    for (size_t k = 0; k < 3; k++)
        if (has(b, PART[k].cell) && v[PART[k].cell] > v[C_ENF_TOTAL])
            fail(b, PART[k].rule, PART[k].cell, 1);
    for (size_t k = 0; k < 10; k++)
        if (has(b, C_MOTIF + k) && v[C_MOTIF + k] > v[C_ENF_TOTAL])
            fail(b, "A05.4", C_MOTIF, 10);
    if (has(b, C_ENF_ENTREES) && v[C_ENF_ENTREES] > v[C_ENF_TOTAL])
        fail(b, "A06.2", C_ENF_ENTREES, 1);
    if (has(b, C_ENF_SORTIES) && v[C_ENF_SORTIES] > v[C_ENF_TOTAL])
        fail(b, "A06.3", C_ENF_SORTIES, 7);
}

static void exits(struct bench *b)
{
    if (has_all(b, C_ENF_SORTIES, 7) && sum(b, C_SORTIE, 6) != b->out->value[C_ENF_SORTIES]) {
        fail(b, "A06.1", C_ENF_SORTIES, 7);
        b->failed[C_SORTIE] = 1;
    }
}

static void reasons(struct bench *b)
{
    if (has_all(b, C_MOTIF, 10) && has(b, C_ENF_MOTIF))
        warn(b, "A07", sum(b, C_MOTIF, 10) < b->out->value[C_ENF_MOTIF]);
    if (has(b, C_ENF_TOTAL))
        warn(b, "A09", b->out->value[C_ENF_TOTAL] == 0);
}

static void means(struct bench *b)
{
    static const char *const POSTS[] = {"M04.1", "M04.2", "M04.3", "M04.4"};
    const int32_t *v = b->out->value;
    const struct pre *u = b->letter->from;
    if (has_all(b, C_FIN_TOTAL, 9)) {
        int64_t gap = sum(b, C_FIN, 8) - v[C_FIN_TOTAL];
        if (gap > 1 || gap < -1) {
            fail(b, "M01", C_FIN_TOTAL, 9);
            b->failed[C_FIN] = 1;
        }
    }
    if (has(b, C_FIN)) {
        int64_t credits = u->credits + u->absorbed, gap = v[C_FIN] - credits;
        warn(b, "M02", gap * 100 > credits || gap * 100 < -credits);
    }
    if (has(b, C_FIN_TOTAL) && has(b, C_ENF_TOTAL) && v[C_ENF_TOTAL] > 0)
        warn(b, "M03",
             v[C_FIN_TOTAL] < (int64_t)FUNDING_LOW * v[C_ENF_TOTAL] ||
                 v[C_FIN_TOTAL] > (int64_t)FUNDING_HIGH * v[C_ENF_TOTAL]);
    for (size_t k = 0; k < 4; k++)
        if (has(b, C_POSTES + k) && has(b, C_ETP + k) && v[C_ETP + k] > 100 * v[C_POSTES + k]) {
            fail(b, POSTS[k], C_POSTES + k, 1);
            hold(b, C_ETP + k, 1);
        }
    if (has(b, C_ETP))
        warn(b, "M05", v[C_ETP] > 100);
    if (has(b, C_ETP + 1) && has(b, C_ENF_TOTAL) && v[C_ETP + 1] > 0)
        warn(b, "M06",
             (int64_t)v[C_ENF_TOTAL] * 100 < (int64_t)LOAD_LOW * v[C_ETP + 1] ||
                 (int64_t)v[C_ENF_TOTAL] * 100 > (int64_t)LOAD_HIGH * v[C_ETP + 1]);
}

static void lengths(struct bench *b)
{
    const int32_t *v = b->out->value;
    for (size_t c = C_DUREE_TOTAL; c < C_ACTIONS; c++)
        if (has(b, c))
            warn(b, "P01", v[c] < MONTHS_LOW || v[c] > MONTHS_HIGH);
    if (has(b, C_EQ_DELAI))
        warn(b, "P01", v[C_EQ_DELAI] > DAYS_HIGH);
    if (has(b, C_EQ_NOMBRE) && has(b, C_EQ_REUNIONS) && v[C_EQ_NOMBRE] > 0)
        warn(b, "P01", v[C_EQ_REUNIONS] < v[C_EQ_NOMBRE] || v[C_EQ_REUNIONS] > MEETINGS_HIGH * v[C_EQ_NOMBRE]);
}

static void percentages(struct bench *b)
{
    static const struct {
        size_t first, count;
    } TABLE[] = {{C_SEXE, 2}, {C_AGE, 4}, {C_PROFIL, 4}, {C_NIVEAU, 5}, {C_ORIENTEUR, 8}};
    if (!has(b, C_ENF_TOTAL) || b->out->value[C_ENF_TOTAL] == 100)
        return;
    for (size_t k = 0; k < 5; k++)
        if (has_all(b, TABLE[k].first, TABLE[k].count))
            warn(b, "P02", sum(b, TABLE[k].first, TABLE[k].count) == 100);
}

static int near(int64_t a, int64_t b)
{
    return a <= 2 * b && b <= 2 * a;
}

/* total * mul / div against a base given as a fraction. */
static int scaled_near(int64_t total, int64_t mul, int64_t div, int64_t base, int64_t base_div)
{
    return near(total * mul * base_div, base * div);
}

static void history(struct bench *b)
{
    static const int64_t POWER[3] = {10, 100, 1000};
    const struct pre *u = b->letter->from;
    int64_t total = b->out->value[C_ENF_TOTAL];
    if (!has(b, C_ENF_TOTAL))
        return;
    int64_t before = u->before[C_ENF_TOTAL] + u->inherited;
    int64_t base = u->known_before ? before : (int64_t)(u->credits + u->absorbed) * RATIO_CHILDREN;
    int64_t base_div = u->known_before ? 1 : RATIO_CREDITS;
    if (base > 0 && !scaled_near(total, 1, 1, base, base_div)) {
        int wrong = 0;
        for (size_t k = 0; k < 3; k++)
            if (scaled_near(total, 1, POWER[k], base, base_div) || scaled_near(total, POWER[k], 1, base, base_div))
                wrong = 1;
        if (wrong) {
            fail(b, "H01", C_ENF_TOTAL, 1);
            if (!b->confirm || strcmp(b->confirm, "H01") != 0)
                hold(b, C_SEXE, C_DUREE_TOTAL - C_SEXE);
        }
    }
    if (u->known_before)
        warn(b, "H02", before > 0 && !near(total, before));
}

/* Of the working list, only "other legal person" keeps no public accounts. */
static void carrier(struct bench *b)
{
    if (has(b, C_PORTEUR))
        warn(b, "P03", strcmp(PORTEUR_CODES[b->out->value[C_PORTEUR]], "7490") == 0);
}

/* A code in no table, or two rows for one category: the table is withheld. */
static void codes(struct bench *b)
{
    for (size_t c = 0; c < CELLS; c++) {
        const struct question *q = question_of(c);
        if (b->letter->reply[c].unknown)
            fail(b, "N05", q->first, q->count);
        if (b->letter->reply[c].unreadable)
            fail(b, "N04", c, 1);
        if (b->letter->reply[c].again)
            fail(b, "N06", q->first, q->count);
    }
}

/* Of the document itself: a neighbourhood elsewhere, encodings that disagree. */
static void places(struct bench *b)
{
    warn(b, "G01", b->letter->other_department);
    warn(b, "S08", b->letter->encoding == ENCODING_BOM_LATIN1);
    warn(b, "S09", b->letter->encoding == ENCODING_LATIN1_QUOTES);
}

/* Absent, empty, nil and ND may be deduced; REFUS, NC and SO are answers of a kind. */
static int open_question(const struct bench *b, size_t cell)
{
    int s = b->out->silence[cell];
    return s == SILENCE_ABSENT || s == SILENCE_BLANK || s == SILENCE_NIL || s == SILENCE_ND;
}

static void deduce(struct bench *b)
{
    static const struct {
        size_t total, first, count;
    } TABLE[] = {{C_FIN_TOTAL, C_FIN, 8},      {C_ENF_SORTIES, C_SORTIE, 6}, {C_ENF_TOTAL, C_SEXE, 2},
                 {C_ENF_TOTAL, C_AGE, 4},      {C_ENF_TOTAL, C_PROFIL, 4},   {C_ENF_TOTAL, C_NIVEAU, 5},
                 {C_ENF_TOTAL, C_ORIENTEUR, 8}};
    struct judged *j = b->out;
    static const enum cell TOTAL[] = {C_FIN_TOTAL, C_ENF_SORTIES, C_ENF_TOTAL};
    for (size_t n = 0; n < 3; n++) {
        int64_t said = -1;
        int agree = 1;
        for (size_t k = 0; k < 7; k++)
            if (TABLE[k].total == TOTAL[n] && has_all(b, TABLE[k].first, TABLE[k].count) &&
                !b->failed[TABLE[k].first]) {
                int64_t s = sum(b, TABLE[k].first, TABLE[k].count);
                agree &= said < 0 || said == s;
                said = s;
            }
        if (said >= 0 && agree && open_question(b, TOTAL[n])) {
            j->value[TOTAL[n]] = (int32_t)said;
            j->silence[TOTAL[n]] = SILENCE_NONE;
            j->deduced[TOTAL[n]] = 1;
        }
    }
    for (size_t k = 0; k < 7; k++) {
        size_t missing = 0, which = 0;
        int64_t rest = j->value[TABLE[k].total];
        for (size_t i = 0; i < TABLE[k].count; i++) {
            size_t c = TABLE[k].first + i;
            if (has(b, c)) {
                rest -= j->value[c];
            } else {
                missing++;
                which = c;
            }
        }
        if (missing == 1 && has(b, TABLE[k].total) && open_question(b, which) && rest >= 0) {
            j->value[which] = (int32_t)rest;
            j->silence[which] = SILENCE_NONE;
            j->deduced[which] = 1;
        }
    }
}

static int answered(const struct bench *b, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++)
        if (!has(b, i) && b->out->silence[i] != SILENCE_SO)
            return 0;
    return 1;
}

static void classify(struct bench *b)
{
    struct judged *j = b->out;
    int tables = answered(b, C_SEXE, 2) + answered(b, C_AGE, 4) + answered(b, C_PROFIL, 4) + answered(b, C_NIVEAU, 5);
    int total = answered(b, C_ENF_TOTAL, 1);
    j->core = tables + total + answered(b, C_FIN_TOTAL, 1) + answered(b, C_ETP + 1, 1) + answered(b, C_DUREE_TOTAL, 1);
    if (j->core * 10 >= 64)
        j->outcome = OUTCOME_COMPLETE;
    else
        j->outcome = j->core >= 4 && (total || tables) ? OUTCOME_PARTIAL : OUTCOME_UNUSABLE;
}

/* What the product must log of its reading. */
static void count_readings(const struct reply *r, size_t cell, struct judged *j)
{
    const struct question *q = question_of(cell);
    int32_t unit = q->scale == 2 ? 100 : q->scale == 1 ? 10 : 1;
    if (r->how != HOW_ABSENT && r->key && !r->unknown)
        j->mapped++;
    if (r->how != HOW_VALUE)
        return;
    if (r->text && r->means != HOW_VALUE)
        j->named++;
    else if (r->text && !r->unreadable)
        j->mapped++;
    if (!r->text &&
        ((r->dress == DRESS_COMMA && r->value % unit != 0) || (r->dress == DRESS_THOUSANDS && r->value >= 1000)))
        j->converted++;
}

static void read_cells(struct bench *b)
{
    static const enum silence SAYS[] = {SILENCE_NONE, SILENCE_ABSENT, SILENCE_BLANK, SILENCE_NIL,
                                        SILENCE_ND,   SILENCE_NC,     SILENCE_SO,    SILENCE_REFUS};
    for (size_t c = 0; c < CELLS; c++) {
        const struct reply *r = &b->letter->reply[c];
        b->out->silence[c] = (uint8_t)SAYS[r->how == HOW_VALUE && r->text ? r->means : r->how];
        b->out->value[c] = r->value;
        count_readings(r, c, b->out);
    }
}

static int refused(const struct letter *l)
{
    if (l->sabotage != SABOTAGE_NONE && l->sabotage != SABOTAGE_HINT) {
        return 1;
    }
    return strcmp(l->namespace_year, "2022") != 0 || strcmp(l->campagne, "2022") != 0;
}

void judge(const struct letter *l, const char *confirm, struct judged *j)
{
    struct bench b = {.letter = l, .confirm = confirm, .out = j};
    memset(j, 0, sizeof *j);
    if (refused(l)) {
        j->verdict = 3;
        j->outcome = OUTCOME_UNUSABLE;
        for (size_t c = 0; c < CELLS; c++)
            j->silence[c] = SILENCE_UNIT;
        return;
    }
    read_cells(&b);
    codes(&b);
    sums(&b);
    parts(&b);
    exits(&b);
    reasons(&b);
    means(&b);
    lengths(&b);
    percentages(&b);
    carrier(&b);
    history(&b);
    places(&b);
    for (size_t c = 0; c < CELLS; c++)
        if (b.hold[c] && j->silence[c] == SILENCE_NONE)
            j->silence[c] = SILENCE_WITHHELD;
    deduce(&b);
    classify(&b);
    j->verdict = b.errors ? 2 : b.warnings ? 1 : 0;
}
