/* SPDX-License-Identifier: Apache-2.0 */
/* v(S): the first vintage with the causes of S applied, estimated anew. Shapley: the mean, over every order in which
 * the causes could have come, of what each one changes when its turn comes; 2^k estimates for k causes present. */
#include "load/estimate/revision.h"
#include "load/estimate/estimate_work.h"
#include "load/estimate/sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *revision_cause_name(enum revision_cause c)
{
    static const char *const names[] = {"register",  "new",     "correction", "withdrawal",
                                        "decisions", "edition", "method",     "documents"};
    return (unsigned)c < sizeof names / sizeof *names ? names[c] : "unknown";
}

enum { NOWHERE = POPULATION_NONE };

/* The units of both sides, in order of identifier. */
struct pair {
    uint32_t a, b; /* rows, NOWHERE */
    uint8_t cause; /* CAUSE_COUNT: none, the answers are the same */
};

struct run {
    const struct revision_side *a, *b;
    struct pair *pair;
    size_t pairs;
    uint32_t *item_a, *item_b; /* items of the side's figures -> items of the other side */
    struct revision *out;
};

/* ---- what differs ---- */
static int frame_differs(const struct run *r, const struct pair *p)
{
    const struct population *a = r->a->population, *b = r->b->population;
    if (p->a == NOWHERE || p->b == NOWHERE || a->size[p->a] != b->size[p->b])
        return 1;
    for (int d = 0; d < DIM_COUNT; d++)
        if (strcmp(a->codes[d].code[a->dim[d][p->a]], b->codes[d].code[b->dim[d][p->b]]) != 0)
            return 1;
    return 0;
}

static int cell_differs(const struct item *a, uint32_t i, const struct item *b, uint32_t j)
{
    if (cells_status(&a->answer, i) != cells_status(&b->answer, j) ||
        cells_value(&a->answer, i) != cells_value(&b->answer, j))
        return 1;
    double before_a, before_b;
    int pa = item_previous(a, i, &before_a), pb = item_previous(b, j, &before_b);
    return pa != pb || before_a != before_b;
}

static int answers_differ(const struct run *r, const struct pair *p)
{
    const struct population *a = r->a->population, *b = r->b->population;
    if (a->outcome[p->a] != b->outcome[p->b])
        return 1;
    for (uint32_t k = 0; k < b->items; k++)
        if (r->item_b[k] != NOWHERE && cell_differs(&a->item[r->item_b[k]], p->a, &b->item[k], p->b))
            return 1;
    return 0;
}

static enum revision_cause cause_of(const struct run *r, const struct pair *p, revision_owner *owner, void *ctx)
{
    const struct population *a = r->a->population, *b = r->b->population;
    int in_a = p->a != NOWHERE && unit_responds(a, p->a), in_b = p->b != NOWHERE && unit_responds(b, p->b);
    if (p->a == NOWHERE || p->b == NOWHERE)
        return in_b && !in_a ? CAUSE_NEW : CAUSE_REGISTER;
    if (!answers_differ(r, p))
        return CAUSE_COUNT;
    if (in_b && !in_a)
        return CAUSE_NEW;
    if (in_a && !in_b)
        return CAUSE_WITHDRAWAL;
    enum revision_cause c = owner ? owner(ctx, b->id[p->b]) : CAUSE_EDITION;
    return c == CAUSE_CORRECTION || c == CAUSE_DECISIONS ? c : CAUSE_EDITION;
}

static uint32_t *item_map(const struct population *from, const struct population *to)
{
    uint32_t *map = calloc(from->items + 1, sizeof *map);
    for (size_t v = 0; map && v < from->variables; v++)
        for (uint32_t k = 0; k < from->variable[v].count; k++) {
            uint32_t item = from->variable[v].first + k;
            map[item] = population_find_item(to, from->variable[v].id, from->item[item].category);
        }
    return map;
}

static enum flow pairs_make(struct run *r, revision_owner *owner, void *ctx, struct err *e)
{
    const struct population *a = r->a->population, *b = r->b->population;
    r->pair = calloc(a->units + b->units + 1, sizeof *r->pair);
    r->item_a = item_map(a, b);
    r->item_b = item_map(b, a);
    if (!r->pair || !r->item_a || !r->item_b)
        return err_set(e, STATUS_SYSTEM, "out of memory for the revision of %zu units", b->units);
    for (size_t i = 0, j = 0; i < a->units || j < b->units;) {
        int c = i == a->units ? 1 : j == b->units ? -1 : strcmp(a->id[i], b->id[j]);
        struct pair *p = &r->pair[r->pairs++];
        p->a = c <= 0 ? (uint32_t)i++ : NOWHERE;
        p->b = c >= 0 ? (uint32_t)j++ : NOWHERE;
        p->cause = (uint8_t)cause_of(r, p, owner, ctx);
        if (frame_differs(r, p)) {
            r->out->present |= 1U << CAUSE_REGISTER;
            r->out->units[CAUSE_REGISTER]++;
        }
        if (p->cause != CAUSE_COUNT && p->cause != CAUSE_REGISTER) {
            r->out->present |= 1U << p->cause;
            r->out->units[p->cause]++;
        }
    }
    return FLOW_OK;
}

static int same_part(const struct figure_part *a, const struct figure_part *b)
{
    if (strcmp(a->variable, b->variable) != 0 || a->count != b->count)
        return 0;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->category[i], b->category[i]) != 0)
            return 0;
    return 1;
}

static int same_figures(const struct figures *a, const struct figures *b)
{
    if (a->count != b->count)
        return 0;
    for (size_t i = 0; i < a->count; i++) {
        const struct figure *f = &a->figure[i], *g = &b->figure[i];
        if (strcmp(f->id, g->id) != 0 || f->kind != g->kind || !same_part(&f->part, &g->part) ||
            !same_part(&f->denominator, &g->denominator) || strcmp(f->weight, g->weight) != 0 ||
            strcmp(f->column, g->column) != 0)
            return 0;
    }
    return 1;
}

static enum flow method_differs(const struct run *r, int *differs, struct err *e)
{
    struct buf a, b;
    buf_init(&a, 1 << 20);
    buf_init(&b, 1 << 20);
    enum flow f = method_text(r->a->method, &a, e);
    f = f == FLOW_OK ? method_text(r->b->method, &b, e) : f;
    *differs = f == FLOW_OK && (strcmp(buf_str(&a), buf_str(&b)) != 0 || !same_figures(r->a->figures, r->b->figures));
    buf_fini(&a);
    buf_fini(&b);
    return f;
}

/* ---- a population between the two ---- */
static enum flow declare_like(struct population *p, const struct population *model, struct err *e)
{
    enum flow f = FLOW_OK;
    for (size_t v = 0; f == FLOW_OK && v < model->variables; v++) {
        const struct variable *m = &model->variable[v];
        const char **category = calloc(m->count + 1, sizeof *category);
        if (!category)
            return err_set(e, STATUS_SYSTEM, "out of memory for a revision");
        for (uint32_t k = 0; k < m->count; k++)
            category[k] = model->item[m->first + k].category;
        int scalar = m->count == 1 && *category[0] == '\0';
        uint32_t base = m->base == POPULATION_NONE ? POPULATION_NONE : variable_of_item(model, m->base);
        struct variable_role role = {.base = base == POPULATION_NONE ? NULL : model->variable[base].id,
                                     .sums = m->sums,
                                     .weight = m->weight == POPULATION_NONE ? NULL : model->variable[m->weight].id,
                                     .previous = model->item[m->first].keeps_previous};
        f = population_variable(p, m->id, scalar ? NULL : category, scalar ? 0 : m->count, &role, e);
        free(category);
    }
    return f;
}

/* From which side come the answers of a pair: its population and row; NULL when from neither. */
static const struct population *answers_of(const struct run *r, unsigned s, const struct pair *p, uint32_t *row)
{
    int second = p->cause == CAUSE_COUNT ? p->b != NOWHERE : (int)(s >> p->cause & 1U);
    if (p->cause == CAUSE_REGISTER)
        second = p->b != NOWHERE && (p->a == NOWHERE || (s >> CAUSE_REGISTER & 1U));
    *row = second ? p->b : p->a;
    return *row == NOWHERE ? NULL : second ? r->b->population : r->a->population;
}

static void copy_answers(const struct run *r, struct population *to, size_t at, const struct population *from,
                         uint32_t row, int model_b)
{
    const uint32_t *map = from == (model_b ? r->b->population : r->a->population) ? NULL
                          : model_b                                               ? r->item_b
                                                                                  : r->item_a;
    to->outcome[at] = from->outcome[row];
    to->late[at] = from->late[row];
    for (uint32_t k = 0; k < to->items; k++) {
        uint32_t source = map ? map[k] : k;
        if (source == NOWHERE)
            continue;
        const struct item *it = &from->item[source];
        double before;
        population_put(to, k, (uint32_t)at, cells_status(&it->answer, row), cells_value(&it->answer, row));
        if (item_previous(it, row, &before))
            population_put_previous(to, k, (uint32_t)at, before);
    }
}

static enum flow put_unit(const struct run *r, struct population *to, size_t at, unsigned s, const struct pair *p,
                          struct err *e)
{
    int frame_b = (int)(s >> CAUSE_REGISTER & 1U);
    const struct population *frame = frame_b ? r->b->population : r->a->population;
    uint32_t row = frame_b ? p->b : p->a;
    struct unit_facts f = {.id = frame->id[row],
                           .size = frame->size[row],
                           .outcome = OUTCOME_SILENT,
                           .region = frame->codes[DIM_REGION].code[frame->dim[DIM_REGION][row]],
                           .departement = frame->codes[DIM_DEPARTEMENT].code[frame->dim[DIM_DEPARTEMENT][row]],
                           .carrier = frame->codes[DIM_CARRIER].code[frame->dim[DIM_CARRIER][row]]};
    return population_unit(to, at, &f, e);
}

static struct population *between(const struct run *r, unsigned s, struct err *e)
{
    int frame_b = (int)(s >> CAUSE_REGISTER & 1U), model_b = (int)(s >> CAUSE_METHOD & 1U);
    const struct population *frame = frame_b ? r->b->population : r->a->population;
    struct population *p = population_new(frame->units, e);
    if (!p)
        return NULL;
    enum flow f = declare_like(p, model_b ? r->b->population : r->a->population, e);
    size_t at = 0;
    for (size_t k = 0; f == FLOW_OK && k < r->pairs; k++) {
        uint32_t row;
        if ((frame_b ? r->pair[k].b : r->pair[k].a) == NOWHERE)
            continue;
        f = put_unit(r, p, at, s, &r->pair[k], e);
        const struct population *from = answers_of(r, s, &r->pair[k], &row);
        if (f == FLOW_OK && from)
            copy_answers(r, p, at, from, row, model_b);
        at++;
    }
    p->size_out = frame->size_out;
    p->units_out = frame->units_out;
    if (f == FLOW_OK)
        return p;
    population_free(p);
    return NULL;
}

/* ---- values over the subsets ---- */
static enum flow values_of(const struct run *r, unsigned s, int all_domains, double *value, uint8_t *has, struct err *e)
{
    const struct revision_side *side = s >> CAUSE_METHOD & 1U ? r->b : r->a;
    struct method m = *side->method;
    struct population *p = between(r, s, e);
    if (!p)
        return FLOW_FATAL;
    m.groups_alone_allowed = 1;
    struct run_options o = {.nation_only = !all_domains, .no_variance = 1, .mask_variable = POPULATION_NONE};
    struct estimate *x = estimate_run_with(p, side->figures, &m, &o, e);
    for (size_t k = 0; x && k < r->out->rows; k++) {
        const struct revision_row *row = &r->out->row[k];
        const struct figure_row *f = estimate_row(x, row->figure, row->domain, row->area);
        has[k] = (uint8_t)(f && f->has_estimated);
        value[k] = has[k] ? f->estimated : 0.0;
    }
    enum flow f = x ? FLOW_OK : FLOW_FATAL;
    estimate_free(x);
    population_free(p);
    return f;
}

/* Rows of both vintages that can be compared; half-widths of the first. */
static enum flow rows_of(struct run *r, int all_domains, struct err *e)
{
    struct run_options o = {.nation_only = !all_domains, .mask_variable = POPULATION_NONE};
    struct method ma = *r->a->method, mb = *r->b->method;
    ma.groups_alone_allowed = mb.groups_alone_allowed = 1;
    struct estimate *a = estimate_run_with(r->a->population, r->a->figures, &ma, &o, e);
    struct estimate *b = a ? estimate_run_with(r->b->population, r->b->figures, &mb, &o, e) : NULL;
    enum flow f = a && b ? FLOW_OK : FLOW_FATAL;
    r->out->row = f == FLOW_OK ? calloc(b->rows + 1, sizeof *r->out->row) : NULL;
    if (f == FLOW_OK && !r->out->row)
        f = err_set(e, STATUS_SYSTEM, "out of memory for a revision");
    for (size_t i = 0; f == FLOW_OK && i < b->rows; i++) {
        const struct figure_row *now = &b->row[i];
        const char *id = b->figures->figure[now->figure].id;
        const struct figure_row *was = estimate_row(a, id, now->domain, now->area);
        if (!was || !was->has_estimated || !now->has_estimated ||
            (now->domain != DOMAIN_NATION && now->domain != DOMAIN_REGION))
            continue;
        struct revision_row *row = &r->out->row[r->out->rows++];
        *row = (struct revision_row){.figure = arena_strdup(&r->out->arena, id),
                                     .domain = now->domain,
                                     .area = arena_strdup(&r->out->arena, now->area),
                                     .before = was->estimated,
                                     .after = now->estimated};
        double half = was->has_interval ? 0.5 * (was->upper - was->lower) : 0.0;
        row->has_half_width = half > 0.0;
        row->half_widths = half > 0.0 ? (now->estimated - was->estimated) / half : 0.0;
        if (!row->figure || !row->area)
            f = err_set(e, STATUS_SYSTEM, "out of memory for a revision");
    }
    estimate_free(a);
    estimate_free(b);
    return f;
}

static int causes_of(unsigned present, int *cause)
{
    int k = 0;
    for (int c = 0; c < CAUSE_COUNT; c++)
        if (present >> c & 1U)
            cause[k++] = c;
    return k;
}

static unsigned spread_bits(unsigned subset, const int *cause, int k)
{
    unsigned s = 0;
    for (int i = 0; i < k; i++)
        if (subset >> i & 1U)
            s |= 1U << cause[i];
    return s;
}

static int bits(unsigned v)
{
    int n = 0;
    for (; v; v &= v - 1)
        n++;
    return n;
}

/* |S|! (k - |S| - 1)! / k! */
static double share_of_orders(int size, int k)
{
    double w = 1.0 / k;
    for (int i = 1; i <= size; i++)
        w *= (double)i / (k - i);
    return w;
}

/* The last digits go to the largest part, so that the parts add up to the difference exactly. */
static void close_sum(struct revision_row *row, const int *cause, int k)
{
    double difference = row->after - row->before;
    int largest = cause[0];
    for (int i = 1; i < k; i++)
        if (fabs(row->part[cause[i]]) > fabs(row->part[largest]))
            largest = cause[i];
    for (int again = 0; again < 4; again++) {
        struct sum s = {0};
        for (int i = 0; i < k; i++)
            sum_add(&s, row->part[cause[i]]);
        double left = difference - sum_value(&s);
        if (left == 0.0)
            return;
        row->part[largest] += left;
    }
}

static enum flow shapley(struct run *r, int all_domains, struct err *e)
{
    int cause[CAUSE_COUNT], k = causes_of(r->out->present, cause);
    size_t rows = r->out->rows, subsets = (size_t)1 << k;
    double *value = calloc(rows * subsets + 1, sizeof *value);
    uint8_t *has = calloc(rows * subsets + 1, 1);
    enum flow f = value && has ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory for %zu recomputations", subsets);
    for (unsigned s = 0; f == FLOW_OK && k > 0 && s < subsets; s++)
        f = values_of(r, spread_bits(s, cause, k), all_domains, value + s * rows, has + s * rows, e);
    for (size_t i = 0; f == FLOW_OK && k > 0 && i < rows; i++) {
        struct revision_row *row = &r->out->row[i];
        for (int c = 0; c < k; c++) {
            struct sum part = {0};
            for (unsigned s = 0; s < subsets; s++)
                if (!(s >> c & 1U) && has[s * rows + i] && has[(s | 1U << c) * rows + i])
                    sum_add(&part,
                            share_of_orders(bits(s), k) * (value[(s | 1U << c) * rows + i] - value[s * rows + i]));
            row->part[cause[c]] = sum_value(&part);
        }
        close_sum(row, cause, k);
    }
    free(value);
    free(has);
    return f;
}

struct revision *revision_run(const struct revision_side *a, const struct revision_side *b, revision_owner *owner,
                              void *ctx, int all_domains, struct err *e)
{
    struct run r = {.a = a, .b = b, .out = calloc(1, sizeof *r.out)};
    int differs = 0;
    if (!r.out) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory for a revision");
        return NULL;
    }
    arena_init(&r.out->arena, 1 << 28);
    enum flow f = pairs_make(&r, owner, ctx, e);
    f = f == FLOW_OK ? method_differs(&r, &differs, e) : f;
    if (differs)
        r.out->present |= 1U << CAUSE_METHOD;
    f = f == FLOW_OK ? rows_of(&r, all_domains, e) : f;
    f = f == FLOW_OK ? shapley(&r, all_domains, e) : f;
    free(r.pair);
    free(r.item_a);
    free(r.item_b);
    if (f == FLOW_OK)
        return r.out;
    revision_free(r.out);
    return NULL;
}

void revision_free(struct revision *r)
{
    if (!r)
        return;
    free(r->row);
    arena_fini(&r->arena);
    free(r);
}
