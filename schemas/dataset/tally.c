/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/dataset/tally.h"

#include "schemas/run/text.h"

#include <stdlib.h>
#include <string.h>

static size_t list_size(const char *values)
{
    size_t n = 1;
    for (const char *p = values; (p = strchr(p, '|')) != NULL; p++)
        n++;
    return n;
}

/* The i-th value of a closed list; its length goes to *n. */
static const char *list_item(const char *values, size_t i, size_t *n)
{
    while (i-- > 0)
        values = strchr(values, '|') + 1;
    *n = strcspn(values, "|");
    return values;
}

static enum flow new_count(struct tally *y, size_t column, const char *value, size_t len, struct err *e)
{
    if (len >= TALLY_TEXT_MAX || y->counts == TALLY_VALUES_MAX) {
        (void)err_set(e, STATUS_DATA, "column %s: too many different values, or one too long to be counted: '%.40s'",
                      y->spec->columns[column].name, value);
        return FLOW_ITEM;
    }
    struct tally_count *c = &y->count[y->counts++];
    *c = (struct tally_count){.column = column, .len = len};
    memcpy(c->value, value, len);
    return FLOW_OK;
}

static void find_keys(struct tally *y)
{
    for (int k = 1; k <= TALLY_KEYS_MAX; k++)
        for (size_t i = 0; i < y->spec->count; i++)
            if (y->spec->columns[i].key == k)
                y->key_column[y->keys++] = i;
}

/* A count for each value of the closed lists, in their order. */
static enum flow count_closed(struct tally *y, struct err *e)
{
    for (size_t i = 0; i < y->spec->count; i++) {
        const struct table_column *c = &y->spec->columns[i];
        size_t values = c->counted && c->values ? list_size(c->values) : 0;
        for (size_t k = 0; k < values; k++) {
            size_t len;
            const char *value = list_item(c->values, k, &len);
            if (new_count(y, i, value, len, e) != FLOW_OK)
                return FLOW_FATAL;
        }
    }
    return FLOW_OK;
}

enum flow tally_init(struct tally *y, enum dataset_table t, size_t extra, const struct map *sums, struct err *e)
{
    *y = (struct tally){.spec = table_spec(t), .extra = extra, .sums = sums};
    buf_init(&y->key, 1 << 20);
    find_keys(y);
    if (count_closed(y, e) != FLOW_OK)
        return FLOW_FATAL;
    if (!sums)
        return FLOW_OK;
    y->sum = calloc(map_count(sums) + 1, sizeof *y->sum);
    return y->sum ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory");
}

void tally_fini(struct tally *y)
{
    buf_fini(&y->key);
    free(y->sum);
    y->sum = NULL;
}

static size_t place(const struct tally *y, size_t column)
{
    return column == 0 ? 0 : column + y->extra;
}

static int is_integer(const char *s, size_t n)
{
    if (n == 0 || n > 18 || (n > 1 && s[0] == '0'))
        return 0;
    for (size_t i = 0; i < n; i++)
        if (s[i] < '0' || s[i] > '9')
            return 0;
    return 1;
}

static int is_instant(const char *s, size_t n)
{
    return n >= 20 && s[4] == '-' && s[7] == '-' && s[10] == 'T' && s[13] == ':' && s[16] == ':' && s[n - 1] == 'Z';
}

static int well_formed(const struct table_column *c, const struct csv_field *f)
{
    if (f->len == 0)
        return !c->required;
    if (c->values && !text_in_list(c->values, '|', f->text, f->len))
        return 0;
    return c->type == COLUMN_INTEGER   ? is_integer(f->text, f->len)
           : c->type == COLUMN_INSTANT ? is_instant(f->text, f->len)
                                       : 1;
}

static enum flow refuse(const struct table_column *c, const struct csv_field *f, struct err *e)
{
    const char *why = f->len == 0                 ? "a value is required"
                      : c->values                 ? "not one of the values of its list"
                      : c->type == COLUMN_INTEGER ? "not a count"
                                                  : "not an instant in UTC";
    (void)err_set(e, STATUS_DATA, "column %s: '%.60s': %s", c->name, f->text, why);
    return FLOW_ITEM;
}

/* Counts a value of this column that was met before, or stands in its closed list: such a value needs no other check.
 * 0: not met yet. */
static int count_known(struct tally *y, size_t column, const struct csv_field *f)
{
    size_t i = y->last[column];
    for (size_t tried = 0; tried <= y->counts; tried++) {
        struct tally_count *c = &y->count[i];
        if (i < y->counts && c->column == column && c->len == f->len && memcmp(c->value, f->text, f->len) == 0) {
            c->n++;
            y->last[column] = i;
            return 1;
        }
        i = tried;
    }
    return 0;
}

static enum flow count_new(struct tally *y, size_t column, const struct csv_field *f, struct err *e)
{
    enum flow flow = new_count(y, column, f->text, f->len, e);
    if (flow == FLOW_OK) {
        y->count[y->counts - 1].n = 1;
        y->last[column] = y->counts - 1;
    }
    return flow;
}

/* The sum of a variable. Rows come variable by variable, unit after unit: mostly it is the last one's or the one that
 * followed it before. */
static uint32_t sum_of(struct tally *y, const struct csv_field *name)
{
    uint32_t count = (uint32_t)map_count(y->sums);
    for (uint32_t near = 0; near < 2 && count; near++) {
        uint32_t i = (y->last_sum + near) % count;
        const char *key = map_key(y->sums, i);
        if (strncmp(key, name->text, name->len) == 0 && key[name->len] == '\0')
            return y->last_sum = i;
    }
    uint32_t i = map_get(y->sums, name->text, name->len);
    if (i != MAP_NONE)
        y->last_sum = i;
    return i;
}

static enum flow add_sum(struct tally *y, const struct csv_field *f, struct err *e)
{
    const struct csv_field *name = &f[OBSERVATIONS_VARIABLE], *value = &f[OBSERVATIONS_VALUE];
    struct decimal d;
    uint32_t i = value->len ? sum_of(y, name) : MAP_NONE;
    if (i == MAP_NONE)
        return FLOW_OK;
    if (decimal_parse(value->text, value->len, &d) != DECIMAL_OK || !decimal_add(y->sum[i], d, &y->sum[i])) {
        (void)err_set(e, STATUS_DATA, "column value: '%.60s' of %s cannot be added to its control total", value->text,
                      name->text);
        return FLOW_ITEM;
    }
    return FLOW_OK;
}

static int compare_field(const struct table_column *c, const char *old, size_t n, const struct csv_field *f)
{
    if (c->type == COLUMN_INTEGER && n != f->len)
        return n < f->len ? -1 : 1;
    return strcmp(old, f->text);
}

static enum flow check_key(struct tally *y, const struct csv_field *field, struct err *e)
{
    const char *old = y->key.data;
    const struct csv_field *part[TALLY_KEYS_MAX] = {field, field, field};
    const size_t keys = y->keys;
    size_t total = 0;
    char *to;
    int order = y->key.len ? 0 : -1;
    for (size_t i = 0; i < keys; i++) {
        part[i] = &field[place(y, y->key_column[i])];
        total += part[i]->len + 1;
        if (order == 0) {
            order = compare_field(&y->spec->columns[y->key_column[i]], old, y->key_len[i], part[i]);
            old += y->key_len[i] + 1;
        }
    }
    if (order >= 0) {
        (void)err_set(e, STATUS_DATA, "key '%.60s': %s", part[0]->text,
                      order == 0 ? "the same key twice" : "rows are not in the order of the key");
        return FLOW_ITEM;
    }
    buf_reset(&y->key);
    if (buf_room(&y->key, total, &to, e) != FLOW_OK)
        return FLOW_FATAL;
    for (size_t i = 0; i < keys; i++) {
        memcpy(to, part[i]->text, part[i]->len + 1);
        to += part[i]->len + 1;
        y->key_len[i] = part[i]->len;
    }
    y->key.len = total;
    return FLOW_OK;
}

/* One value: its form, and its count when the column is counted. */
static enum flow check_value(struct tally *y, size_t column, const struct csv_field *f, struct err *e)
{
    const struct table_column *c = &y->spec->columns[column];
    if (c->counted && f->len && count_known(y, column, f))
        return FLOW_OK;
    if (!well_formed(c, f))
        return refuse(c, f, e);
    return c->counted && f->len ? count_new(y, column, f, e) : FLOW_OK;
}

enum flow tally_row(struct tally *y, const struct csv_field *field, struct err *e)
{
    enum flow f = check_key(y, field, e);
    for (size_t i = 0; i < y->spec->count && f == FLOW_OK; i++)
        f = check_value(y, i, &field[place(y, i)], e);
    if (f == FLOW_OK && y->sums)
        f = add_sum(y, field, e);
    y->rows += f == FLOW_OK;
    return f;
}

void tally_restart(struct tally *y)
{
    buf_reset(&y->key);
}

void tally_clear(struct tally *y)
{
    struct err none; /* they had room before */
    y->counts = 0;
    (void)count_closed(y, &none);
    for (uint32_t i = 0; y->sums && i < map_count(y->sums); i++)
        y->sum[i] = (struct decimal){0, 0};
    y->rows = 0;
    memset(y->last, 0, sizeof y->last);
    tally_restart(y);
}

enum flow tally_pass(struct tally *y, const char *key, struct err *e)
{
    struct csv_field field[UNITS_COLUMNS + DOCUMENTS_COLUMNS];
    for (size_t i = 0; i < y->spec->count; i++)
        field[i] = (struct csv_field){.text = ""};
    field[y->key_column[0]] = (struct csv_field){.text = key, .len = strlen(key)};
    return check_key(y, field, e);
}

static enum flow add_count(struct tally *y, const struct tally_count *x, int sign, struct err *e)
{
    size_t i = 0;
    while (i < y->counts && (y->count[i].column != x->column || strcmp(y->count[i].value, x->value) != 0))
        i++;
    if (i == y->counts && new_count(y, x->column, x->value, x->len, e) != FLOW_OK)
        return FLOW_ITEM;
    y->count[i].n += sign < 0 ? 0 - x->n : x->n;
    return FLOW_OK;
}

enum flow tally_add(struct tally *y, const struct tally *x, int sign, struct err *e)
{
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < x->counts && f == FLOW_OK; i++)
        f = add_count(y, &x->count[i], sign, e);
    for (uint32_t i = 0; x->sums && i < map_count(x->sums) && f == FLOW_OK; i++) {
        const char *name = map_key(x->sums, i);
        uint32_t k = map_get(y->sums, name, strlen(name));
        if (k == MAP_NONE || !(sign < 0 ? decimal_sub : decimal_add)(y->sum[k], x->sum[i], &y->sum[k]))
            f = err_set(e, STATUS_DATA, "column value: the values of %s cannot be added to its control total", name);
    }
    y->rows += sign < 0 ? 0 - x->rows : x->rows;
    return f == FLOW_OK ? FLOW_OK : FLOW_FATAL;
}

static int by_text(const void *a, const void *b)
{
    const struct tally_count *x = a, *y = b;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    return strcmp(x->value, y->value);
}

void tally_sort(struct tally *y)
{
    size_t closed = 0;
    while (closed < y->counts && y->spec->columns[y->count[closed].column].values)
        closed++;
    size_t kept = closed;
    for (size_t i = closed; i < y->counts; i++)
        if (y->count[i].n)
            y->count[kept++] = y->count[i];
    y->counts = kept;
    if (y->counts > closed)
        qsort(y->count + closed, y->counts - closed, sizeof y->count[0], by_text);
    memset(y->last, 0, sizeof y->last);
}
