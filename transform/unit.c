/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/unit.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_BYTES_MAX = 1 << 30, NUMBER_MAX = 24, SOURCE_MAX = 1 << 20 };

void unit_rows_init(struct unit_rows *r)
{
    for (int t = 0; t < TABLE_COUNT; t++)
        buf_init(&r->table[t], ROWS_BYTES_MAX);
    r->crashed = 0;
}

void unit_rows_reset(struct unit_rows *r)
{
    for (int t = 0; t < TABLE_COUNT; t++)
        buf_reset(&r->table[t]);
    r->crashed = 0;
}

void unit_rows_fini(struct unit_rows *r)
{
    for (int t = 0; t < TABLE_COUNT; t++)
        buf_fini(&r->table[t]);
}

size_t unit_row_fields_of(const struct register_table *frame, enum dataset_table t)
{
    if (t == TABLE_OBSERVATIONS)
        return UNIT_TEXT_FIELDS;
    return table_spec(t)->count + (t == TABLE_UNITS ? register_columns(frame) - 1 : 0);
}

static const char *count_text(char *out, uint64_t n)
{
    char *at = out + NUMBER_MAX - 1;
    *at = '\0';
    do
        *--at = (char)('0' + n % 10);
    while ((n /= 10) != 0);
    return at;
}

static const char *or_none(const char *s)
{
    return s && *s ? s : NULL;
}

/* ---- units ---- */
/* The document whose judgement stands for the unit: the return in force, else the last one refused. */
static const struct document *speaker(const struct unit_judgement *u)
{
    const struct document *d = u->in_force;
    for (size_t i = u->count; !d && u->outcome == UNIT_UNUSABLE && i-- > 0;)
        if (u->documents[i].state == DOCUMENT_REFUSED)
            d = &u->documents[i];
    return d;
}

/* The register's columns; the address of the source without what its query holds: it may be a secret. */
static enum flow take_columns(const struct plan *p, const struct subject *s, const char **values, size_t *k,
                              struct buf *source, struct err *e)
{
    uint32_t unit_column = register_column_index(p->frame, p->edition->frame.unit);
    uint32_t source_column = register_column_index(p->frame, p->edition->frame.source);
    enum flow f = register_mask_source(register_value(s->rows, s->row, source_column), source, e);
    for (uint32_t c = 0; c < register_columns(p->frame); c++)
        if (c != unit_column)
            values[(*k)++] = c == source_column ? buf_str(source) : register_value(s->rows, s->row, c);
    return f;
}

static enum flow put_unit(const struct plan *p, const struct subject *s, const struct unit_judgement *u,
                          struct buf *out, struct err *e)
{
    const char *values[ROWS_FIELDS_MAX] = {s->unit};
    char when[INSTANT_TEXT_MAX], n[10][NUMBER_MAX];
    const struct document *d = speaker(u), *in_force = u->in_force;
    enum register_scope scope = register_unit(p->frame, s->row).scope;
    struct buf source;
    size_t k = 1;
    if (unit_row_fields_of(p->frame, TABLE_UNITS) > ROWS_FIELDS_MAX)
        return err_set(e, STATUS_DATA, "the register has more than %d columns", ROWS_FIELDS_MAX);
    buf_init(&source, SOURCE_MAX);
    enum flow f = take_columns(p, s, values, &k, &source, e);
    const char **v = values + k - UNITS_SCOPE;
    v[UNITS_SCOPE] = register_scope_name(scope);
    v[UNITS_OUTCOME] = scope == REGISTER_IN ? unit_outcome_name(u->outcome) : NULL;
    if (in_force) {
        v[UNITS_RECORD] = in_force->record;
        (void)clock_print(in_force->received_at, when);
        v[UNITS_RECEIVED_AT] = when;
        v[UNITS_LATE] = p->edition->closing != INSTANT_NONE && in_force->received_at > p->edition->closing ? "1" : "0";
        v[UNITS_CORE_ANSWERED] = count_text(n[5], u->core_answered);
        v[UNITS_CORE_ASKED] = count_text(n[6], u->core_asked);
        v[UNITS_ITEMS_ANSWERED] = count_text(n[7], u->items_answered);
        v[UNITS_ITEMS_ASKED] = count_text(n[8], u->items_asked);
    }
    if (d) {
        const struct findings *found = &d->findings;
        v[UNITS_VERDICT] = count_text(n[9], (uint64_t)d->verdict);
        v[UNITS_FATAL] = count_text(n[0], found->count[EDITION_FATAL]);
        v[UNITS_ERROR] = count_text(n[1], found->count[EDITION_ERROR]);
        v[UNITS_WARNING] = count_text(n[2], found->count[EDITION_WARNING]);
        v[UNITS_INFORMATION] = count_text(n[3], found->count[EDITION_INFORMATION]);
        v[UNITS_NOT_EVALUABLE] = count_text(n[4], found->not_evaluable);
    }
    if (f == FLOW_OK)
        f = rows_put(out, values, unit_row_fields_of(p->frame, TABLE_UNITS), e);
    buf_fini(&source);
    return f;
}

/* ---- documents ---- */
/* Rows of a document stand under its unit, or under none when the register does not know it. */
static const char *unit_of(const struct subject *s)
{
    return s->row == REGISTER_NONE ? "" : s->unit;
}

static enum flow put_document(const struct subject *s, const struct document *d, struct buf *out, struct err *e)
{
    static const char *const natures[] = {"initial", "correction", "withdrawal"};
    const char *v[DOCUMENTS_COLUMNS] = {0};
    char when[INSTANT_TEXT_MAX], n[6][NUMBER_MAX];
    const struct findings *f = &d->findings;
    (void)clock_print(d->received_at, when);
    v[DOCUMENTS_UNIT] = unit_of(s);
    v[DOCUMENTS_RECEIVED_AT] = when;
    v[DOCUMENTS_RECORD] = d->record;
    v[DOCUMENTS_ARCHIVE] = d->archive;
    v[DOCUMENTS_SOURCE] = or_none(d->source);
    v[DOCUMENTS_RAW_DIGEST] = d->raw_digest;
    v[DOCUMENTS_CONTENT_DIGEST] = or_none(d->content_digest);
    v[DOCUMENTS_BYTES] = count_text(n[0], d->bytes);
    v[DOCUMENTS_CAMPAIGN] = or_none(d->identity.campaign);
    v[DOCUMENTS_NUMBER] = or_none(d->identity.number);
    v[DOCUMENTS_NATURE] = d->identity.nature_known ? natures[d->identity.nature] : NULL;
    v[DOCUMENTS_STAMP] = or_none(d->identity.stamp);
    v[DOCUMENTS_SOFTWARE] = or_none(d->identity.software);
    v[DOCUMENTS_STATE] = document_state_name(d->state);
    v[DOCUMENTS_VERDICT] = count_text(n[1], (uint64_t)d->verdict);
    v[DOCUMENTS_REASON] = or_none(d->reason);
    v[DOCUMENTS_RELATED] = or_none(d->related);
    v[DOCUMENTS_FATAL] = count_text(n[2], f->count[EDITION_FATAL]);
    v[DOCUMENTS_ERROR] = count_text(n[3], f->count[EDITION_ERROR]);
    v[DOCUMENTS_WARNING] = count_text(n[4], f->count[EDITION_WARNING]);
    v[DOCUMENTS_INFORMATION] = count_text(n[5], f->count[EDITION_INFORMATION]);
    return rows_put(out, v, DOCUMENTS_COLUMNS, e);
}

/* ---- findings ---- */
static enum flow put_finding(const struct plan *p, const struct subject *s, const struct document *d,
                             const struct finding *x, uint64_t seq, struct buf *out, struct err *e)
{
    const char *v[FINDINGS_COLUMNS] = {0};
    char n[4][NUMBER_MAX];
    v[FINDINGS_UNIT] = unit_of(s);
    v[FINDINGS_RECORD] = d->record;
    v[FINDINGS_SEQ] = count_text(n[0], seq);
    v[FINDINGS_STAGE] = edition_stage_name(x->stage);
    v[FINDINGS_LEVEL] = count_text(n[1], (uint64_t)x->level);
    v[FINDINGS_RULE] = x->rule;
    v[FINDINGS_SEVERITY] = edition_severity_name(x->severity);
    v[FINDINGS_OUTCOME] = finding_outcome_name(x->outcome);
    if (x->variable != EDITION_NONE) {
        const struct edition_variable *var = &p->edition->variables[x->variable];
        v[FINDINGS_VARIABLE] = var->id;
        if (x->category != EDITION_NONE && var->list && x->category < var->list->count)
            v[FINDINGS_CATEGORY] = var->list->categories[x->category].code;
    }
    v[FINDINGS_PATH] = x->path;
    v[FINDINGS_LINE] = x->line ? count_text(n[2], x->line) : NULL;
    v[FINDINGS_COLUMN] = x->column ? count_text(n[3], x->column) : NULL;
    v[FINDINGS_VALUE] = x->value;
    v[FINDINGS_EXPECTED] = x->expected;
    v[FINDINGS_MESSAGE_FR] = x->message[LANG_FR];
    v[FINDINGS_MESSAGE_EN] = x->message[LANG_EN];
    return rows_put(out, v, FINDINGS_COLUMNS, e);
}

static enum flow put_findings(const struct plan *p, const struct subject *s, const struct document *d, struct buf *out,
                              struct err *e)
{
    uint64_t seq = 0;
    enum flow f = FLOW_OK;
    for (const struct finding *x = d->findings.first; x && f == FLOW_OK; x = x->next)
        f = put_finding(p, s, d, x, ++seq, out, e);
    return f;
}

/* ---- order of rows: by the text of the key, not by time or arrival ---- */
struct keyed {
    const struct document *d;
    char when[INSTANT_TEXT_MAX];
};

static int by_when(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int order = strcmp(x->when, y->when);
    return order ? order : strcmp(x->d->record, y->d->record);
}

static int by_record(const void *a, const void *b)
{
    return strcmp(((const struct keyed *)a)->d->record, ((const struct keyed *)b)->d->record);
}

static enum flow put_all_documents(const struct plan *p, const struct subject *s, const struct unit_judgement *u,
                                   struct unit_rows *r, struct arena *arena, struct err *e)
{
    struct keyed *k = arena_get(arena, (u->count + 1) * sizeof *k);
    enum flow f = k ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory");
    for (size_t i = 0; k && i < u->count; i++) {
        k[i].d = &u->documents[i];
        (void)clock_print(k[i].d->received_at, k[i].when);
        r->crashed += k[i].d->findings.crashed;
    }
    if (k)
        qsort(k, u->count, sizeof *k, by_when);
    for (size_t i = 0; i < u->count && f == FLOW_OK; i++)
        f = put_document(s, k[i].d, &r->table[TABLE_DOCUMENTS], e);
    if (k)
        qsort(k, u->count, sizeof *k, by_record);
    for (size_t i = 0; i < u->count && f == FLOW_OK; i++)
        f = put_findings(p, s, k[i].d, &r->table[TABLE_FINDINGS], e);
    return f;
}

/* ---- observations ---- */
/* Last edition's value of each cell, joined by harmonised code; where one old code stands for several new ones, none of
 * them has one. */
static const char **join_previous(const struct plan *p, const struct subject *s, struct arena *arena)
{
    const char **joined = arena_get(arena, (p->edition->cell_count + 1) * sizeof *joined);
    for (const struct previous_value *o = s->previous; joined && o; o = o->next) {
        const struct edition_variable *v = edition_variable(p->edition, o->variable);
        uint32_t hit = EDITION_NONE;
        unsigned hits = 0;
        for (uint32_t i = 0; v && i < v->cells; i++)
            if (strcmp(plan_harmonised(p, v->first_cell + i), o->category) == 0) {
                hit = v->first_cell + i;
                hits++;
            }
        if (hits == 1)
            joined[hit] = o->value;
    }
    return joined;
}

static void fill_cell(const struct plan *p, const struct cell *c, const char **v, char *line)
{
    if (!c) {
        v[OBSERVATIONS_SILENCE] = p->edition->silences[p->unit].id;
        v[OBSERVATIONS_OBS_STATUS] = p->edition->silences[p->unit].obs_status;
        return;
    }
    v[OBSERVATIONS_RAW] = c->raw;
    v[OBSERVATIONS_LINE] = c->line ? count_text(line, c->line) : NULL;
    v[OBSERVATIONS_VALUE] = c->value;
    v[OBSERVATIONS_OBS_STATUS] = c->value ? "A" : p->edition->silences[c->silence].obs_status;
    v[OBSERVATIONS_SILENCE] = c->value ? NULL : p->edition->silences[c->silence].id;
    v[OBSERVATIONS_ORIGIN] = c->value ? c->deduced ? "deduced" : "reported" : NULL;
}

static enum flow put_observations(const struct plan *p, const struct subject *s, const struct document *d,
                                  struct observed *o, struct arena *arena, struct err *e)
{
    const char **previous = join_previous(p, s, arena);
    enum flow f = previous ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory");
    for (uint32_t i = 0; i < p->edition->cell_count && f == FLOW_OK; i++) {
        uint32_t cell = p->order[i];
        const char *v[OBSERVATIONS_COLUMNS] = {0};
        char line[NUMBER_MAX];
        v[OBSERVATIONS_UNIT] = s->unit;
        v[OBSERVATIONS_VARIABLE] = p->edition->variables[p->cells[cell].variable].id;
        v[OBSERVATIONS_CATEGORY] = plan_category(p, cell);
        v[OBSERVATIONS_HARMONISED] = plan_harmonised(p, cell);
        v[OBSERVATIONS_PREVIOUS] = previous[cell];
        fill_cell(p, d ? &d->cells[cell] : NULL, v, line);
        f = observed_row(o, v, e);
    }
    return f;
}

static enum flow put_text(const struct plan *p, const struct subject *s, const struct unit_judgement *u,
                          struct buf *out, struct observed *o, struct arena *arena, struct err *e)
{
    enum flow f = buf_put(out, s->unit, strlen(s->unit) + 1, e);
    observed_begin(o, u->outcome != UNIT_UNUSABLE, out);
    if (f == FLOW_OK)
        f = put_observations(p, s, u->in_force, o, arena, e);
    return f == FLOW_OK ? buf_putc(out, '\0', e) : f;
}

enum flow unit_write(const struct plan *p, const struct subject *s, const struct unit_judgement *u, struct unit_rows *r,
                     struct observed *o, struct arena *arena, struct err *e)
{
    enum flow f = put_all_documents(p, s, u, r, arena, e);
    if (s->row != REGISTER_NONE && f == FLOW_OK) {
        f = put_unit(p, s, u, &r->table[TABLE_UNITS], e);
        if (f == FLOW_OK && register_unit(p->frame, s->row).scope == REGISTER_IN)
            f = put_text(p, s, u, &r->table[TABLE_OBSERVATIONS], o, arena, e);
    }
    return f;
}
