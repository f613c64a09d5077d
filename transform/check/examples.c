/* SPDX-License-Identifier: Apache-2.0 */
/* The example and the counter-examples through the same judge as returns. counter-examples/context.csv gives what a
 * document alone cannot: its row of the register and its values of the last edition. All contexts are rows of one
 * register, so that one judge serves them all. */
#include "transform/check/edition_parts.h"

#include "schemas/dataset/csv.h"
#include "schemas/run/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOCUMENT_MAX = 16 << 20 };
#define FOLDER "counter-examples"

struct context_row {
    const char *example, *kind, *name, *value;
    uint64_t line;
};

struct bench {
    struct proof *proof;
    struct arena arena; /* life of the whole proof */
    struct arena one;   /* of one document */
    struct context_row *rows;
    size_t row_count;
    char **names; /* examples in file order; names[0] is "*", for example.xml */
    size_t count;
    struct register_table *frame;
    struct plan plan;
    struct judge *judge;
};

/* ---- context.csv ---- */
static enum flow read_row(struct bench *b, struct csv_table *t, struct context_row *r)
{
    struct proof *p = b->proof;
    const char **fields[] = {&r->example, &r->kind, &r->name, &r->value};
    for (size_t i = 0; i < 4; i++) {
        *fields[i] = arena_strdup(&b->arena, csv_table_get(t, i));
        if (!*fields[i])
            return err_set(p->err, STATUS_SYSTEM, "out of memory");
    }
    r->line = csv_table_line(t);
    if (strcmp(r->kind, "register") == 0 || strcmp(r->kind, "previous") == 0 || strcmp(r->kind, "fires") == 0)
        return FLOW_OK;
    return proof_fault(p, FOLDER "/context.csv", r->line, r->example, "kind \"%s\" is not register, previous or fires",
                       r->kind);
}

static enum flow read_rows(struct bench *b, const char *path, const struct buf *text)
{
    static const char *const columns[] = {"example", "kind", "name", "value", NULL};
    struct err *e = b->proof->err;
    struct context_row *rows = calloc(text->len / 4 + 2, sizeof *rows); /* a row holds three commas and a line end */
    if (!rows)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    b->rows = rows;
    struct csv_table *t = csv_table_open(buf_str(text), text->len, path, 0, columns, e);
    enum flow f = t ? FLOW_OK : FLOW_FATAL;
    while (f == FLOW_OK && (f = csv_table_next(t, e)) == FLOW_OK)
        f = read_row(b, t, &rows[b->row_count++]);
    csv_table_close(t);
    if (f == FLOW_FATAL && e && e->status == STATUS_DATA)
        e->status = STATUS_CONFIG;
    return f == FLOW_END ? FLOW_OK : f;
}

static enum flow read_context(struct bench *b)
{
    char path[4096];
    struct buf text;
    buf_init(&text, DOCUMENT_MAX);
    if (!fs_join(path, sizeof path, b->proof->edition->folder, FOLDER "/context.csv") || !fs_is_file(path))
        return FLOW_OK;
    enum flow f = fs_read(path, &text, b->proof->err);
    if (f == FLOW_OK)
        f = read_rows(b, path, &text);
    buf_fini(&text);
    return f;
}

/* The value in force for an example: its own row, else that of "*". NULL: none. */
static const char *context(const struct bench *b, const char *example, const char *kind, const char *name)
{
    const char *common = NULL;
    for (size_t i = 0; i < b->row_count; i++) {
        const struct context_row *r = &b->rows[i];
        if (strcmp(r->kind, kind) != 0 || strcmp(r->name, name) != 0)
            continue;
        if (strcmp(r->example, example) == 0)
            return r->value;
        if (strcmp(r->example, "*") == 0)
            common = r->value;
    }
    return common;
}

static int is_first(const struct bench *b, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(b->rows[k].kind, b->rows[i].kind) == 0 && strcmp(b->rows[k].name, b->rows[i].name) == 0)
            return 0;
    return 1;
}

/* ---- the register of the examples: line i + 2 is that of example i ---- */
static enum flow put_field(struct buf *out, const char *s, struct err *e)
{
    enum flow f = buf_putc(out, '"', e);
    for (; *s && f == FLOW_OK; s++)
        f = *s == '"' ? buf_puts(out, "\"\"", e) : buf_putc(out, *s, e);
    return f == FLOW_OK ? buf_putc(out, '"', e) : f;
}

static enum flow put_row(const struct bench *b, const char *example, struct buf *out)
{
    struct err *e = b->proof->err;
    const char *unit = b->proof->edition->frame.unit, *id = example ? context(b, example, "register", unit) : unit;
    if (!unit)
        return err_set(e, STATUS_BUG, "the edition names no unit column");
    if (!id && *b->proof->edition->identity.unit)
        return proof_fault(b->proof, FOLDER "/context.csv", 0, example,
                           "nothing says which unit sent it: a row \"*,register,%s,\" with the unit is due", unit);
    enum flow f = put_field(out, !id ? "unit" : *id ? id : "unit", e);
    for (size_t i = 0; i < b->row_count && f == FLOW_OK; i++) {
        const char *name = b->rows[i].name, *value;
        if (strcmp(b->rows[i].kind, "register") != 0 || strcmp(name, unit) == 0 || !is_first(b, i))
            continue;
        value = example ? context(b, example, "register", name) : name;
        f = buf_putc(out, ',', e);
        if (f == FLOW_OK)
            f = put_field(out, value ? value : "", e);
    }
    return f == FLOW_OK ? buf_putc(out, '\n', e) : f;
}

static enum flow make_frame(struct bench *b)
{
    struct buf text;
    buf_init(&text, DOCUMENT_MAX);
    enum flow f = put_row(b, NULL, &text);
    for (size_t i = 0; i < b->count && f == FLOW_OK; i++)
        f = put_row(b, b->names[i], &text);
    if (f == FLOW_OK)
        b->frame = register_bare(b->proof->edition, buf_str(&text), text.len, FOLDER "/context.csv", b->proof->err);
    buf_fini(&text);
    return f == FLOW_OK && !b->frame ? FLOW_FATAL : f;
}

static uint32_t row_of(const struct bench *b, size_t example)
{
    for (uint32_t i = 0; i < register_count(b->frame); i++)
        if (register_unit(b->frame, i).line == example + 2)
            return i;
    return REGISTER_NONE;
}

static enum flow previous_of_example(struct bench *b, const char *example, struct previous_value **out)
{
    struct previous_value **last = out;
    *out = NULL;
    for (size_t i = 0; i < b->row_count; i++) {
        const struct context_row *r = &b->rows[i];
        const char *value, *dot;
        if (strcmp(r->kind, "previous") != 0 || !is_first(b, i) ||
            !(value = context(b, example, "previous", r->name)) || !*value)
            continue;
        struct previous_value *v = arena_get(&b->one, sizeof *v);
        if (!v)
            return err_set(b->proof->err, STATUS_SYSTEM, "out of memory");
        dot = strchr(r->name, '.');
        v->variable = dot ? arena_copy(&b->one, r->name, (size_t)(dot - r->name)) : r->name;
        v->category = dot ? dot + 1 : "";
        v->value = value;
        *last = v;
        last = &v->next;
    }
    return FLOW_OK;
}

/* ---- one document ---- */
static enum flow judge_file(struct bench *b, size_t example, const char *file, struct document *d)
{
    char path[4096];
    struct buf text;
    struct proof *p = b->proof;
    struct subject s = {.row = row_of(b, example)};
    struct previous_value *previous;
    static char no_digest[] = "";
    s.unit = s.row == REGISTER_NONE ? "" : register_id(b->frame, s.row);
    arena_reset(&b->one);
    buf_init(&text, DOCUMENT_MAX);
    enum flow f = previous_of_example(b, b->names[example], &previous);
    s.previous = previous;
    *d = (struct document){.record = file, .archive = "", .source = "", .raw_digest = no_digest, .received_at = 0};
    if (f == FLOW_OK && !fs_join(path, sizeof path, p->edition->folder, file))
        f = err_set(p->err, STATUS_CONFIG, "%s: path too long", p->edition->folder);
    if (f == FLOW_OK)
        f = fs_read(path, &text, p->err);
    if (f == FLOW_OK)
        f = judge_subject(b->judge, &s, p->err);
    if (f == FLOW_OK)
        f = judge_document(b->judge, buf_str(&text), text.len, NULL, d, &b->one, p->err);
    buf_fini(&text);
    return f;
}

static int same_rule(const char *rule, const char *id)
{
    size_t n = strlen(rule);
    return strncmp(rule, id, n) == 0 && (id[n] == '\0' || id[n] == '.');
}

/* Findings carry the id of the row of rules.csv: an example named after one assertion stands for that row. */
static int means(const struct bench *b, const char *name, const char *id)
{
    const struct edition_rule *r = edition_rule(b->proof->edition, name);
    return same_rule(r ? r->id : name, id);
}

static int fired(const struct finding *x)
{
    return x->outcome != FINDING_NOT_EVALUABLE;
}

/* A rule of another day cannot fire; a misspelt one is told under the latest rows. */
static int in_force(const struct bench *b, const char *rule)
{
    return proof_is_latest(b->proof) || edition_rule(b->proof->edition, rule) != NULL;
}

static int fires(const struct bench *b, const struct document *d, const char *rule)
{
    for (const struct finding *x = d->findings.first; x; x = x->next)
        if (fired(x) && means(b, rule, x->rule))
            return 1;
    return 0;
}

static int expected(const struct bench *b, const char *example, const char *id)
{
    if (means(b, example, id))
        return 1;
    for (size_t i = 0; i < b->row_count; i++)
        if (strcmp(b->rows[i].kind, "fires") == 0 && strcmp(b->rows[i].example, example) == 0 &&
            means(b, b->rows[i].name, id))
            return 1;
    return 0;
}

static enum flow check_document(struct bench *b, size_t example, const char *file)
{
    struct document d;
    const char *name = b->names[example];
    if (judge_file(b, example, file, &d) != FLOW_OK)
        return FLOW_FATAL;
    if (d.findings.crashed)
        return proof_fault(b->proof, file, 0, name, "a rule stopped with an error");
    for (const struct finding *x = d.findings.first; x; x = x->next)
        if (fired(x) && !expected(b, name, x->rule))
            return proof_fault(b->proof, file, x->line, x->rule, "%s: %s",
                               example ? "fires too" : "the example breaks a rule", x->message[LANG_EN]);
    if (example && !fires(b, &d, name))
        return proof_fault(b->proof, file, 0, name, "does not fire this rule");
    for (size_t i = 0; i < b->row_count; i++) {
        const struct context_row *r = &b->rows[i];
        if (strcmp(r->kind, "fires") == 0 && strcmp(r->example, name) == 0 && in_force(b, r->name) &&
            !fires(b, &d, r->name))
            return proof_fault(b->proof, FOLDER "/context.csv", r->line, name, "does not fire %s", r->name);
    }
    return FLOW_OK;
}

/* ---- the folder ---- */
static enum flow list_examples(struct bench *b)
{
    char path[4096];
    char **files = NULL;
    size_t count = 0;
    struct proof *p = b->proof;
    if (!fs_join(path, sizeof path, p->edition->folder, FOLDER))
        return err_set(p->err, STATUS_CONFIG, "%s: path too long", p->edition->folder);
    if (fs_is_dir(path) && fs_names(path, &files, &count, p->err) != FLOW_OK)
        return FLOW_FATAL;
    b->names = calloc(count + 2, sizeof *b->names);
    enum flow f = b->names ? FLOW_OK : err_set(p->err, STATUS_SYSTEM, "out of memory");
    if (f == FLOW_OK)
        b->names[b->count++] = arena_strdup(&b->arena, "*");
    for (size_t i = 0; f == FLOW_OK && i < count; i++) {
        size_t n = strlen(files[i]);
        if (n < 5 || strcmp(files[i] + n - 4, ".xml") != 0)
            continue;
        char *name = arena_copy(&b->arena, files[i], n - 4);
        if (!name)
            f = err_set(p->err, STATUS_SYSTEM, "out of memory");
        else if (edition_rule(p->edition, name))
            b->names[b->count++] = name;
        else if (proof_is_latest(p))
            f = proof_fault(p, FOLDER, 0, files[i], "no rule in force has this name");
    }
    fs_names_free(files, count);
    return f;
}

static enum flow check_missing(const struct bench *b)
{
    const struct edition *ed = b->proof->edition;
    for (size_t i = 0; i < ed->rule_count; i++) {
        const struct edition_rule *r = &ed->rules[i];
        size_t k = 1;
        if (r->stage != EDITION_RULE || strchr(r->id, '.'))
            continue;
        while (k < b->count && !same_rule(r->id, b->names[k]))
            k++;
        if (k == b->count)
            return proof_fault(b->proof, "rules.csv", r->line, r->id, "no counter-example: write " FOLDER "/%s.xml",
                               r->id);
    }
    for (size_t i = 0; i < b->row_count; i++) {
        size_t k = 0;
        while (k < b->count && strcmp(b->names[k], b->rows[i].example) != 0)
            k++;
        if (k == b->count && proof_is_latest(b->proof))
            return proof_fault(b->proof, FOLDER "/context.csv", b->rows[i].line, b->rows[i].example,
                               "no such counter-example");
    }
    return FLOW_OK;
}

static enum flow run(struct bench *b)
{
    struct proof *p = b->proof;
    if (list_examples(b) != FLOW_OK || read_context(b) != FLOW_OK || check_missing(b) != FLOW_OK ||
        make_frame(b) != FLOW_OK)
        return FLOW_FATAL;
    if (plan_init(&b->plan, p->edition, b->frame, NULL, INSTANT_NONE, p->err) != FLOW_OK)
        return FLOW_FATAL;
    b->judge = judge_new(&b->plan, p->schema, p->err);
    enum flow f = b->judge ? check_document(b, 0, "example.xml") : FLOW_FATAL;
    for (size_t i = 1; i < b->count && f == FLOW_OK; i++) {
        char file[512];
        (void)snprintf(file, sizeof file, FOLDER "/%s.xml", b->names[i]);
        f = check_document(b, i, file);
    }
    p->counts.counter_examples = b->count - 1;
    return f;
}

enum flow proof_examples(struct proof *p)
{
    struct bench b = {.proof = p};
    arena_init(&b.arena, DOCUMENT_MAX);
    arena_init(&b.one, 4 * (size_t)DOCUMENT_MAX);
    enum flow f = run(&b);
    judge_free(b.judge);
    plan_fini(&b.plan);
    register_close(b.frame);
    free(b.names);
    free(b.rows);
    arena_fini(&b.one);
    arena_fini(&b.arena);
    return f;
}
