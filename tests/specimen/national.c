/* SPDX-License-Identifier: Apache-2.0 */
/* Formulas of METHOD §4, under the names of the edition, with weight 1. Integers to the last step; nine decimals are
 * printed, truncated towards zero. */
#include "tests/specimen/national.h"

#include <stdio.h>

static void add(struct sums *s, const int32_t *value, const uint8_t *silence)
{
    s->units++;
    for (size_t c = 0; c < CELLS; c++)
        if (question_of(c)->kind == QUESTION_NUMBER && !(silence && silence[c]))
            s->cell[c] += value[c];
    for (size_t k = 0; k < 4; k++)
        if (!silence || (!silence[C_DUREE + k] && !silence[C_PROFIL + k])) {
            s->months[k] += (int64_t)value[C_PROFIL + k] * value[C_DUREE + k];
            s->weight[k] += value[C_PROFIL + k];
        }
}

/* Parts of a whole only: mean lengths have no shares. */
static int has_shares(const struct question *q)
{
    return q->codes && q->kind == QUESTION_NUMBER && q->first != C_DUREE;
}

static void add_both(struct national *n, const struct pre *u, const struct judged *j)
{
    for (size_t i = 0; u->known_before && i < question_count(); i++) {
        const struct question *q = question_at(i);
        int whole = has_shares(q);
        for (size_t c = q->first; whole && c < q->first + q->count; c++)
            whole = !j->silence[c];
        for (size_t c = q->first; whole && c < q->first + q->count; c++) {
            n->both[c].before += u->before[c];
            n->both[c].now += j->value[c];
        }
    }
}

void national_add(struct national *n, const struct pre *u, const struct judged *j)
{
    n->field++;
    n->credits += u->credits + u->absorbed;
    add(&n->truth, u->truth, NULL);
    if (j->outcome == OUTCOME_COMPLETE || j->outcome == OUTCOME_PARTIAL) {
        add(&n->observed, j->value, j->silence);
        add_both(n, u, j);
    }
}

static int64_t range(const struct sums *s, size_t first, size_t count)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += s->cell[first + i];
    return sum;
}

/* a / b with nine decimals; "" when b is 0. */
static void ratio(int64_t a, int64_t b, char *out, size_t size)
{
    if (b == 0) {
        out[0] = '\0';
        return;
    }
    int64_t whole = a / b, rest = a % b, digits = 0;
    for (int i = 0; i < 9; i++) {
        rest *= 10;
        digits = digits * 10 + rest / b;
        rest %= b;
    }
    if (digits == 0)
        snprintf(out, size, "%lld", (long long)whole);
    else
        snprintf(out, size, "%lld.%09lld", (long long)whole, (long long)digits);
}

static enum flow row(struct csv_writer *w, const char *figure, const char *part, int64_t ta, int64_t tb, int64_t oa,
                     int64_t ob, struct err *e)
{
    char name[48], truth[48], observed[48];
    snprintf(name, sizeof name, "%s%s%s", figure, *part ? "." : "", part);
    ratio(ta, tb, truth, sizeof truth);
    ratio(oa, ob, observed, sizeof observed);
    const char *const fields[] = {name, truth, observed, "", ""};
    for (size_t i = 0; i < 5; i++)
        if (csv_put(w, fields[i], e) != FLOW_OK)
            return FLOW_FATAL;
    return csv_end_row(w, e);
}

static enum flow shares(const struct national *n, struct csv_writer *w, const char *figure, size_t first, struct err *e)
{
    const struct question *q = question_of(first);
    const struct sums *t = &n->truth, *o = &n->observed;
    for (size_t i = 0; i < q->count; i++)
        if (row(w, figure, q->codes[i], t->cell[first + i], range(t, first, q->count), o->cell[first + i],
                range(o, first, q->count), e) != FLOW_OK)
            return FLOW_FATAL;
    return FLOW_OK;
}

/* A reason is ranked by its level; its share is of the children, several reasons each. */
static enum flow reasons(const struct national *n, struct csv_writer *w, struct err *e)
{
    const struct question *q = question_of(C_MOTIF);
    const struct sums *t = &n->truth, *o = &n->observed;
    for (size_t i = 0; i < q->count; i++) {
        char text[5][48];
        size_t c = C_MOTIF + i;
        snprintf(text[0], sizeof text[0], "F10.%s", q->codes[i]);
        ratio(t->cell[c], 1, text[1], sizeof text[1]);
        ratio(o->cell[c], 1, text[2], sizeof text[2]);
        ratio(t->cell[c], t->cell[C_ENF_TOTAL], text[3], sizeof text[3]);
        ratio(o->cell[c], o->cell[C_ENF_TOTAL], text[4], sizeof text[4]);
        for (size_t k = 0; k < 5; k++)
            if (csv_put(w, text[k], e) != FLOW_OK)
                return FLOW_FATAL;
        if (csv_end_row(w, e) != FLOW_OK)
            return FLOW_FATAL;
    }
    return FLOW_OK;
}

/* The profile with the least (sign -1) or greatest mean length; cross products, so nothing is rounded. */
static size_t extreme(const struct sums *s, int sign)
{
    size_t best = 0;
    for (size_t k = 1; k < 4; k++)
        if (s->weight[k] && sign * (s->months[k] * s->weight[best] - s->months[best] * s->weight[k]) > 0)
            best = k;
    return best;
}

static enum flow lengths(const struct national *n, struct csv_writer *w, struct err *e)
{
    const struct question *q = question_of(C_DUREE);
    const struct sums *t = &n->truth, *o = &n->observed;
    for (size_t k = 0; k < 4; k++)
        if (row(w, "F09", q->codes[k], t->months[k], 10 * t->weight[k], o->months[k], 10 * o->weight[k], e) != FLOW_OK)
            return FLOW_FATAL;
    size_t ts = extreme(t, -1), tl = extreme(t, 1), os = extreme(o, -1), ol = extreme(o, 1);
    if (row(w, "F09", "MIN", t->months[ts], 10 * t->weight[ts], o->months[os], 10 * o->weight[os], e) != FLOW_OK)
        return FLOW_FATAL;
    return row(w, "F09", "MAX", t->months[tl], 10 * t->weight[tl], o->months[ol], 10 * o->weight[ol], e);
}

enum flow national_write(const struct national *n, struct csv_writer *w, struct err *e)
{
    const struct sums *t = &n->truth, *o = &n->observed;
    if (row(w, "F01", "", n->field, 1, n->field, 1, e) != FLOW_OK ||
        row(w, "F02", "", n->credits, 1, n->credits, 1, e) != FLOW_OK ||
        row(w, "F03", "", t->cell[C_POSTES], 1, o->cell[C_POSTES], 1, e) != FLOW_OK ||
        row(w, "F04", "", t->cell[C_ETP + 1], 100, o->cell[C_ETP + 1], 100, e) != FLOW_OK ||
        row(w, "F05", "", t->cell[C_ENF_TOTAL], 1, o->cell[C_ENF_TOTAL], 1, e) != FLOW_OK ||
        shares(n, w, "F06", C_SEXE, e) != FLOW_OK || shares(n, w, "F07", C_AGE, e) != FLOW_OK)
        return FLOW_FATAL;
    int64_t tp = t->cell[C_PROFIL + 1] + t->cell[C_PROFIL + 2], op = o->cell[C_PROFIL + 1] + o->cell[C_PROFIL + 2];
    int64_t ta = range(t, C_PROFIL, 4), oa = range(o, C_PROFIL, 4);
    if (row(w, "F08", "P23", tp, ta, op, oa, e) != FLOW_OK ||
        row(w, "F08", "P14", ta - tp, ta, oa - op, oa, e) != FLOW_OK || lengths(n, w, e) != FLOW_OK ||
        reasons(n, w, e) != FLOW_OK)
        return FLOW_FATAL;
    int64_t ts = range(t, C_ORIENTEUR, 2), os = range(o, C_ORIENTEUR, 2), tr = range(t, C_ORIENTEUR, 8),
            orr = range(o, C_ORIENTEUR, 8);
    if (row(w, "F11", "ECOLE", ts, tr, os, orr, e) != FLOW_OK ||
        row(w, "F11", "AUTRES", tr - ts, tr, orr - os, orr, e) != FLOW_OK)
        return FLOW_FATAL;
    return row(w, "F12", "", o->units, n->field, o->units, n->field, e);
}

static enum flow shift_row(const struct national *n, const struct question *q, size_t c, int64_t before, int64_t now,
                           struct csv_writer *w, struct err *e)
{
    /* Over before * now; money of 53 000 PRE is 36 bits long, a product of two would not fit in 64. */
    long double gap =
        (long double)n->both[c].now * (long double)before - (long double)n->both[c].before * (long double)now;
    int nil = n->both[c].now == 0 && n->both[c].before > 0;
    char was[48], is[48];
    if (!nil && (gap < 0 ? -gap : gap) <= 0.10L * (long double)before * (long double)now)
        return FLOW_OK;
    ratio(100 * n->both[c].before, before, was, sizeof was);
    ratio(100 * n->both[c].now, now, is, sizeof is);
    if (csv_put(w, q->id, e) != FLOW_OK || csv_put(w, q->codes[c - q->first], e) != FLOW_OK ||
        csv_put(w, was, e) != FLOW_OK || csv_put(w, is, e) != FLOW_OK)
        return FLOW_FATAL;
    return csv_end_row(w, e);
}

enum flow national_write_shifts(const struct national *n, struct csv_writer *w, struct err *e)
{
    for (size_t i = 0; i < question_count(); i++) {
        const struct question *q = question_at(i);
        int64_t before = 0, now = 0;
        if (!has_shares(q))
            continue;
        for (size_t c = q->first; c < q->first + q->count; c++) {
            before += n->both[c].before;
            now += n->both[c].now;
        }
        for (size_t c = q->first; before > 0 && now > 0 && c < q->first + q->count; c++)
            if (shift_row(n, q, c, before, now, w, e) != FLOW_OK)
                return FLOW_FATAL;
    }
    return FLOW_OK;
}
