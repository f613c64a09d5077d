/* SPDX-License-Identifier: Apache-2.0 */
/* decisions.csv. What an action needs is checked here, so that a decision never fails half-way through a night: a wrong
 * one stops the run before anything is judged. */
#include "schemas/register/decisions.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/dataset/csv.h"
#include "schemas/run/clock.h"
#include "schemas/run/fs.h"

enum { D_UNIT, D_ACTION, D_RECORD, D_RULE, D_VARIABLE, D_CATEGORY, D_OLD, D_NEW, D_WHO, D_WHEN, D_REASON };
static const char *const NAMES[] = {"unit", "action", "record", "rule", "variable", "category",
                                    "old",  "new",    "who",    "when", "reason",   NULL};
static const char *const ACTIONS[] = {"use-record", "withdraw", "refusal", "confirm", "set"};
enum { ACTION_COUNT = sizeof ACTIONS / sizeof ACTIONS[0], DECISIONS_BYTES_MAX = 64 << 20 };

struct decisions {
    struct decision *rows;
    size_t count;
    struct arena arena;
    char digest[DIGEST_HEX_MAX];
};

struct reader {
    const struct edition *ed;
    const struct register_table *frame;
    struct csv_table *csv;
    const char *name;
    struct decisions *out;
    struct err *err;
};

const char *decision_action_name(enum decision_action a)
{
    return ACTIONS[a];
}

static enum flow PRINTF_LIKE(3, 4) fault(const struct reader *r, size_t column, const char *fmt, ...)
{
    char what[ERR_TEXT_MAX / 2];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return err_set(r->err, STATUS_DATA, "%s:%llu: %s \"%.100s\": %s", r->name,
                   (unsigned long long)csv_table_line(r->csv), NAMES[column], csv_table_get(r->csv, column), what);
}

static const char *get(const struct reader *r, size_t column)
{
    return csv_table_get(r->csv, column);
}

static enum flow copy(struct reader *r, size_t column, const char **out)
{
    *out = arena_strdup(&r->out->arena, get(r, column));
    return *out ? FLOW_OK : err_set(r->err, STATUS_SYSTEM, "%s: out of memory", r->name);
}

static enum flow read_action(const struct reader *r, struct decision *d)
{
    for (int i = 0; i < ACTION_COUNT; i++)
        if (strcmp(ACTIONS[i], get(r, D_ACTION)) == 0) {
            d->action = (enum decision_action)i;
            return FLOW_OK;
        }
    return fault(r, D_ACTION, "not one of use-record, withdraw, refusal, confirm, set");
}

static enum flow read_cell(const struct reader *r, struct decision *d)
{
    const char *variable = get(r, D_VARIABLE), *category = get(r, D_CATEGORY);
    d->variable = d->category = EDITION_NONE;
    if (!*variable)
        return *category ? fault(r, D_CATEGORY, "a category without a variable") : FLOW_OK;
    const struct edition_variable *v = edition_variable(r->ed, variable);
    if (!v)
        return fault(r, D_VARIABLE, "no such variable in the edition");
    d->variable = v->index;
    if (!*category)
        return FLOW_OK;
    if (v->shape != EDITION_KEYED)
        return fault(r, D_CATEGORY, "variable \"%s\" has no categories", v->id);
    d->category = edition_category(v->list, category, strlen(category));
    return d->category == EDITION_NONE ? fault(r, D_CATEGORY, "no such category of \"%s\"", v->id) : FLOW_OK;
}

/* Three decimals behind 1 to 999, or more decimals than an amount has: 12.000 is twelve for one writer and twelve
 * thousand for another. 0.125 is no thousand. */
static int is_unclear(const struct edition_variable *v, struct decimal x)
{
    return (v->conversions & EDITION_CENTS && x.scale > 2) ||
           (x.scale == 3 && x.unscaled >= 1000 && x.unscaled < 1000000);
}

static enum flow check_number(const struct reader *r, const struct decision *d)
{
    const struct edition_variable *v = &r->ed->variables[d->variable];
    const char *s = get(r, D_NEW);
    struct decimal x;
    if (!*s || v->type > EDITION_DECIMAL)
        return FLOW_OK;
    if (decimal_parse(s, strlen(s), &x) != DECIMAL_OK)
        return fault(r, D_NEW, "not a %s: figures only, a point before decimals, no separator of thousands",
                     edition_type_name(v->type));
    if (is_unclear(v, x))
        return fault(r, D_NEW, "decimals or thousands? Write thousands without separator (12000), %s",
                     v->type == EDITION_COUNT ? "a count without point (12)" : "decimals as 12 or 12.5");
    if (v->type == EDITION_COUNT && decimal_canonical(x).scale)
        return fault(r, D_NEW, "not a count: a whole number is expected");
    return x.unscaled < 0 ? fault(r, D_NEW, "below 0") : FLOW_OK;
}

/* A rule of the edition whatever its dates, or one that the programs raise themselves. */
static int known_rule(const struct edition *ed, const char *id)
{
    return edition_rule(ed, id) != NULL;
}

static enum flow check_due(const struct reader *r, const struct decision *d)
{
    switch (d->action) {
    case DECISION_USE_RECORD:
        return *get(r, D_RECORD) ? FLOW_OK : fault(r, D_RECORD, "use-record needs the record to use");
    case DECISION_CONFIRM:
        if (!*get(r, D_RULE) && d->variable == EDITION_NONE)
            return fault(r, D_RULE, "confirm needs a rule, a variable, or both");
        return FLOW_OK;
    case DECISION_SET:
        if (d->variable == EDITION_NONE)
            return fault(r, D_VARIABLE, "set needs a variable");
        if (r->ed->variables[d->variable].shape == EDITION_KEYED && d->category == EDITION_NONE)
            return fault(r, D_CATEGORY, "set needs a category of \"%s\"", get(r, D_VARIABLE));
        return check_number(r, d);
    case DECISION_REFUSAL:
    case DECISION_WITHDRAW:
        break;
    }
    return d->variable == EDITION_NONE ? FLOW_OK
                                       : fault(r, D_VARIABLE, "%s is about the whole return", ACTIONS[d->action]);
}

static enum flow read_row(struct reader *r, struct decision *d)
{
    const char *when = get(r, D_WHEN);
    d->line = (uint32_t)csv_table_line(r->csv);
    d->unit = register_find(r->frame, get(r, D_UNIT), strlen(get(r, D_UNIT)));
    if (d->unit == REGISTER_NONE)
        return fault(r, D_UNIT, "no such unit in the register");
    if (read_action(r, d) != FLOW_OK || read_cell(r, d) != FLOW_OK)
        return FLOW_FATAL;
    if (*get(r, D_RULE) && !known_rule(r->ed, get(r, D_RULE)))
        return fault(r, D_RULE, "no such rule in the edition");
    if (!clock_parse(when, strlen(when), 1, &d->when))
        return fault(r, D_WHEN, "not a date YYYY-MM-DD and not an instant with its zone");
    if (!*get(r, D_WHO))
        return fault(r, D_WHO, "a decision names who took it");
    if (!*get(r, D_REASON))
        return fault(r, D_REASON, "a decision has a reason");
    if (check_due(r, d) != FLOW_OK || copy(r, D_RECORD, &d->record) != FLOW_OK ||
        copy(r, D_RULE, &d->rule) != FLOW_OK || copy(r, D_OLD, &d->old_value) != FLOW_OK ||
        copy(r, D_NEW, &d->new_value) != FLOW_OK || copy(r, D_WHO, &d->who) != FLOW_OK)
        return FLOW_FATAL;
    return copy(r, D_REASON, &d->reason);
}

static int by_unit(const void *a, const void *b)
{
    const struct decision *x = a, *y = b;
    if (x->unit != y->unit)
        return x->unit < y->unit ? -1 : 1;
    if (x->when != y->when)
        return x->when < y->when ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

static enum flow read_all(struct reader *r, const char *text, size_t n)
{
    size_t lines = 1;
    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\n';
    r->out->rows = calloc(lines, sizeof *r->out->rows);
    if (!r->out->rows)
        return err_set(r->err, STATUS_SYSTEM, "%s: out of memory", r->name);
    if (digest_of(text, n, r->out->digest, r->err) != FLOW_OK)
        return FLOW_FATAL;
    r->csv = csv_table_open(text, n, r->name, 0, NAMES, r->err);
    enum flow f = r->csv ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = csv_table_next(r->csv, r->err)) == FLOW_OK)
        if (!csv_table_blank(r->csv))
            f = read_row(r, &r->out->rows[r->out->count++]);
    csv_table_close(r->csv);
    if (f != FLOW_END)
        return FLOW_FATAL;
    qsort(r->out->rows, r->out->count, sizeof *r->out->rows, by_unit);
    return FLOW_OK;
}

struct decisions *decisions_read(const struct edition *ed, const struct register_table *t, const char *text, size_t n,
                                 const char *name, struct err *e)
{
    struct decisions *d = calloc(1, sizeof *d);
    if (!d) {
        (void)err_set(e, STATUS_SYSTEM, "%s: out of memory", name);
        return NULL;
    }
    arena_init(&d->arena, DECISIONS_BYTES_MAX);
    struct reader r = {.ed = ed, .frame = t, .name = name, .out = d, .err = e};
    if (read_all(&r, text, n) == FLOW_OK)
        return d;
    decisions_close(d);
    return NULL;
}

struct decisions *decisions_open(const struct edition *ed, const struct register_table *t, const char *path,
                                 struct err *e)
{
    struct buf b;
    struct decisions *d = NULL;
    buf_init(&b, DECISIONS_BYTES_MAX);
    if (fs_read(path, &b, e) == FLOW_OK)
        d = decisions_read(ed, t, buf_str(&b), b.len, path, e);
    buf_fini(&b);
    return d;
}

void decisions_close(struct decisions *d)
{
    if (!d)
        return;
    free(d->rows);
    arena_fini(&d->arena);
    free(d);
}

size_t decisions_count(const struct decisions *d)
{
    return d ? d->count : 0;
}

const struct decision *decisions_get(const struct decisions *d, size_t i)
{
    return &d->rows[i];
}

size_t decisions_of(const struct decisions *d, uint32_t unit, size_t *first)
{
    size_t low = 0, high = decisions_count(d), end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (d->rows[middle].unit < unit)
            low = middle + 1;
        else
            high = middle;
    }
    *first = low;
    for (end = low; end < decisions_count(d) && d->rows[end].unit == unit;)
        end++;
    return end - low;
}

enum flow decisions_not_after(const struct decisions *d, int64_t now, const char *name, struct err *e)
{
    for (size_t i = 0; i < decisions_count(d); i++) {
        const struct decision *k = &d->rows[i];
        char when[INSTANT_TEXT_MAX];
        if (k->when <= now)
            continue;
        (void)clock_print(k->when, when);
        return err_set(e, STATUS_DATA,
                       "%s:%u: when \"%s\": in the future; a decision counts from its date on: correct the date, or "
                       "give --as-of",
                       name, (unsigned)k->line, when);
    }
    return FLOW_OK;
}

const char *decisions_digest(const struct decisions *d)
{
    return d ? d->digest : "";
}
