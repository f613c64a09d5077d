/* SPDX-License-Identifier: Apache-2.0 */
/* --show method: how the estimates of a vintage came about: parameters, what was done in order, response groups,
 * largest weights, influential values. --show quality: respondents against the others, what the main total would be
 * under other suppositions, the effect of editing. */
#include "load/estimation.h"
#include "load/show/show.h"

#include <stdlib.h>
#include <string.h>

static const struct report_column step_columns[] = {
    {"step", "étape", "step", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"text", "ce qui a été fait", "what was done", REPORT_LEFT, 1, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

static const struct report_column group_columns[] = {
    {"group", "groupe", "group", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"size_from", "taille de", "size from", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"size_to", "à moins de", "to less than", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"units", "champ", "scope", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"respondents", "ayant répondu", "answered", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"rate", "taux", "rate", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"weight", "poids", "weight", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"classes", "classes réunies", "classes merged", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

static const struct report_column weight_columns[] = {
    {"unit", "unité", "unit", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"group", "groupe", "group", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"base_weight", "avant calage", "before calibration", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"weight", "poids", "weight", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

static const struct report_column influence_columns[] = {
    {"unit", "unité", "unit", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"variable", "variable", "variable", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"category", "modalité", "category", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"value", "valeur", "value", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"weight", "poids", "weight", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {"influence", "influence", "influence", REPORT_RIGHT, 0, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

static const struct report_column parameter_columns[] = {
    {"parameter", "paramètre", "parameter", REPORT_LEFT, 0, REPORT_ALWAYS},
    {"value", "valeur", "value", REPORT_LEFT, 1, REPORT_ALWAYS},
    {NULL, NULL, NULL, REPORT_LEFT, 0, REPORT_ALWAYS},
};

/* The text of a vintage's parameters, "key=value" a line. */
static enum flow put_parameters(struct question *q, struct err *e)
{
    struct report *r = q->report;
    struct buf text;
    struct db_query *rows =
        db_select(q->db, "SELECT parameters FROM vintage WHERE vintage = $1", DB_ARGS(DB_INT(q->vintage.id)), e);
    enum flow f = rows != NULL ? db_next(rows, e) : FLOW_FATAL;
    buf_init(&text, 1 << 20);
    report_begin(r, "parameters", report_words(r, "Paramètres", "Parameters"), parameter_columns);
    if (f == FLOW_OK) {
        f = buf_puts(&text, db_text(rows, 0), e);
    }
    for (char *line = text.data; f == FLOW_OK && line != NULL && *line != '\0';) {
        char *end = line + strcspn(line, "\n"), *next = *end != '\0' ? end + 1 : end;
        char *equal = memchr(line, '=', (size_t)(end - line));
        *end = '\0';
        if (equal != NULL) {
            *equal = '\0';
        }
        report_text(r, line);
        report_text(r, equal != NULL ? equal + 1 : "");
        report_row(r);
        line = next;
    }
    report_end(r);
    buf_fini(&text);
    db_query_close(rows);
    return f;
}

static void put_steps(struct report *r, const struct estimate *x)
{
    report_begin(r, "steps", report_words(r, "Étapes", "Steps"), step_columns);
    for (size_t i = 0; i < x->steps; i++) {
        report_code(r, x->step[i].step);
        report_text(r, report_words(r, x->step[i].text_fr, x->step[i].text_en));
        report_row(r);
    }
    report_end(r);
}

static void put_groups(struct report *r, const struct estimate *x)
{
    report_begin(r, "groups", report_words(r, "Groupes de réponse homogène", "Response groups"), group_columns);
    for (size_t g = 0; g < x->groups; g++) {
        const struct response_group *one = &x->response_group[g];
        report_id(r, (int64_t)g + 1);
        report_number(r, one->from, 0);
        if (one->has_to) {
            report_number(r, one->to, 0);
        } else {
            report_none(r);
        }
        report_int(r, one->units);
        report_int(r, one->respondents);
        if (one->units > 0) {
            report_percent(r, (double)one->respondents / one->units, 1);
        } else {
            report_none(r);
        }
        report_number(r, one->weight, 4);
        report_int(r, one->classes);
        report_row(r);
    }
    report_end(r);
}

static void put_largest(struct report *r, const struct estimate *x)
{
    report_begin(r, "largest_weights", report_words(r, "Plus grands poids", "Largest weights"), weight_columns);
    for (size_t k = 0; k < x->largest_count; k++) {
        uint32_t u = x->largest[k];
        report_text(r, x->population->id[u]);
        report_id(r, (int64_t)x->group[u] + 1);
        report_number(r, x->response_group[x->group[u]].weight, 4);
        report_number(r, x->weight[u], 4);
        report_row(r);
    }
    report_end(r);
}

static void put_influential(struct report *r, const struct estimate *x)
{
    report_begin(r, "influential", report_words(r, "Valeurs influentes", "Influential values"), influence_columns);
    for (size_t k = 0; k < x->influentials; k++) {
        const struct influential_value *v = &x->influential[k];
        report_text(r, x->population->id[v->unit]);
        report_text(r, show_variable(x->population, v->item));
        report_text(r, x->population->item[v->item].category);
        report_number(r, cells_value(&x->population->item[v->item].answer, v->unit), 0);
        report_number(r, x->weight[v->unit], 3);
        report_percent(r, v->share, 1);
        report_row(r);
    }
    report_end(r);
}

enum flow show_method(struct question *q, struct err *e)
{
    struct estimation x;
    enum flow f =
        estimation_run(&x, q->db, q->vintage.id, q->vintage.edition, (struct estimate_asking){.figure = ""}, e);
    if (f == FLOW_OK) {
        struct report *r = q->report;
        show_heading(q);
        report_note(r, "%s, %s; %s", q->vintage.method, q->vintage.program, q->vintage.libraries);
        put_steps(r, x.estimate);
        put_groups(r, x.estimate);
        put_largest(r, x.estimate);
        put_influential(r, x.estimate);
        f = put_parameters(q, e);
    }
    estimation_fini(&x);
    return f;
}
