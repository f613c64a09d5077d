/* SPDX-License-Identifier: Apache-2.0 */
/* --check: what a sender or the vendor of a software asks before sending. Without a register: the rules that need one
 * say so. */
#include "transform/check/check.h"
#include "transform/check/edition.h"
#include "transform/judge.h"
#include "transform/run.h"

#include "schemas/run/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct checking {
    const struct settings *s;
    struct edition *edition;
    struct plan plan;
    struct xml_schema *schema;
    struct judge *judge;
    struct check_output *out;
    struct arena arena;
    struct buf text;
    int worst;
    struct err *e;
};

static enum flow no_memory(struct err *e)
{
    return err_set(e, STATUS_SYSTEM, "out of memory");
}

static enum flow open_all(struct checking *c)
{
    char path[4096];
    arena_init(&c->arena, 512 << 20);
    if (!(c->edition = edition_open(c->s->edition, c->e)) ||
        edition_resolve(c->edition, INSTANT_NONE, c->e) != FLOW_OK ||
        plan_init(&c->plan, c->edition, NULL, NULL, INSTANT_NONE, c->e) != FLOW_OK)
        return FLOW_FATAL;
    buf_init(&c->text, (size_t)c->edition->limits.body_bytes + 1);
    if (!fs_join(path, sizeof path, c->s->edition, "return.xsd"))
        return err_set(c->e, STATUS_CONFIG, "%s: path too long", c->s->edition);
    if (!(c->schema = xml_schema_open(path, c->e)) || !(c->judge = judge_new(&c->plan, c->schema, c->e)))
        return FLOW_FATAL;
    c->out = check_output_new((enum check_format)c->s->format, (enum check_language)c->s->language, STDOUT_FILENO, path,
                              xml_schema_digest(c->schema), c->e);
    return c->out ? FLOW_OK : FLOW_FATAL;
}

static size_t count_findings(const struct findings *f)
{
    size_t n = 0;
    for (const struct finding *x = f->first; x; x = x->next)
        n++;
    return n;
}

/* What the edition advises against a rule that spoke; nothing where there is nothing to do. */
static const char *remedy_of(const struct checking *c, const struct finding *x)
{
    const struct edition_rule *r = edition_rule(c->edition, x->rule);
    if (!r || x->outcome == FINDING_NOT_EVALUABLE || x->severity == EDITION_INFORMATION)
        return "";
    return c->s->language == CHECK_ENGLISH ? r->remedy.en : r->remedy.fr;
}

static enum flow report(struct checking *c, const char *file, const struct document *d)
{
    size_t n = count_findings(&d->findings), i = 0;
    struct check_row *rows = arena_get(&c->arena, (n + 1) * sizeof *rows);
    if (!rows)
        return no_memory(c->e);
    for (const struct finding *x = d->findings.first; x; x = x->next) {
        const char *expected =
            check_expected((enum check_language)c->s->language, x->expected, x->message[LANG_FR], &c->arena);
        if (!expected)
            return no_memory(c->e);
        rows[i++] = (struct check_row){
            .rule = x->rule,
            .severity = x->outcome == FINDING_NOT_EVALUABLE ? "not-evaluable" : edition_severity_name(x->severity),
            .line = x->line,
            .column = x->column,
            .path = x->path,
            .value = x->value,
            .expected = expected,
            .message = x->message[c->s->language == CHECK_ENGLISH ? LANG_EN : LANG_FR],
            .original = x->original,
            .folded = x->folded,
            .counted = 1,
            .remedy = remedy_of(c, x)};
    }
    struct check_report r = {.file = file,
                             .digest = d->raw_digest,
                             .verdict = d->verdict,
                             .bom = d->bom,
                             .declared = d->declared,
                             .used = d->used,
                             .row = rows,
                             .rows = n,
                             .total = n};
    c->worst = d->verdict > c->worst ? d->verdict : c->worst;
    return check_output_put(c->out, &r, c->e);
}

/* A file larger than the edition allows is judged by its beginning: the reader says that it is over the limit. */
static enum flow check_one(struct checking *c, const char *file)
{
    static const struct subject nobody = {.unit = "", .row = REGISTER_NONE};
    char digest[DIGEST_HEX_MAX];
    struct document d = {.record = "", .archive = "", .source = file, .received_at = 0};
    arena_reset(&c->arena);
    buf_reset(&c->text);
    enum flow f = fs_read(file, &c->text, c->e); /* once: it may be a pipe */
    if (f != FLOW_OK && c->e->status != STATUS_DATA)
        return f;
    digest[0] = '\0';
    if ((f == FLOW_OK       ? digest_of(buf_str(&c->text), c->text.len, digest, c->e)
         : fs_is_file(file) ? digest_file(file, digest, c->e)
                            : FLOW_OK) != FLOW_OK)
        return FLOW_FATAL;
    char *room;
    size_t n = c->text.len;
    if (f != FLOW_OK) { /* one byte too many is enough to say so */
        if (buf_room(&c->text, c->text.max - c->text.len, &room, c->e) != FLOW_OK)
            return FLOW_FATAL;
        memset(room, ' ', c->text.max - c->text.len);
        n = c->text.max;
    }
    d.raw_digest = digest;
    d.bytes = n;
    if (judge_subject(c->judge, &nobody, c->e) != FLOW_OK ||
        judge_document(c->judge, c->text.data ? c->text.data : "", n, NULL, &d, &c->arena, c->e) != FLOW_OK)
        return err_prefix(c->e, "%s", file);
    return report(c, file, &d);
}

static void close_all(struct checking *c)
{
    check_output_free(c->out);
    judge_free(c->judge);
    xml_schema_close(c->schema);
    plan_fini(&c->plan);
    edition_close(c->edition);
    buf_fini(&c->text);
    arena_fini(&c->arena);
}

static enum flow check_with_edition(const struct settings *s, enum status *status, struct err *e)
{
    struct checking c = {.s = s, .e = e};
    enum flow f = open_all(&c);
    for (size_t i = 0; i < s->operand_count && f == FLOW_OK; i++)
        f = check_one(&c, s->operands[i]);
    if (f == FLOW_OK) {
        f = check_output_end(c.out, e);
        c.out = NULL;
    }
    *status = check_status(c.worst);
    close_all(&c);
    return f;
}

enum flow run_check_edition(const struct settings *s, struct err *e)
{
    struct edition_proof p;
    if (check_edition(s->check_edition, &p, e) != FLOW_OK)
        return FLOW_FATAL;
    int n = printf("edition %s, revision %d: %zu variables, %zu cells, %zu lists, %zu rules, %zu tests, %zu figures, "
                   "%zu elements, %zu counter-examples, %zu dated state(s) proved\n",
                   p.id, p.revision, p.variables, p.cells, p.lists, p.rules, p.assertions, p.figures, p.elements,
                   p.counter_examples, p.states);
    return n < 0 || fflush(stdout) != 0 ? err_sys(e, STATUS_IO, "standard output") : FLOW_OK;
}

enum flow run_check(const struct settings *s, enum status *status, struct err *e)
{
    int verdict = 0;
    if (s->edition)
        return check_with_edition(s, status, e);
    struct check c = {.xsd = s->xsd,
                      .format = (enum check_format)s->format,
                      .language = (enum check_language)s->language,
                      .files = (const char *const *)s->operands,
                      .count = s->operand_count};
    enum flow f = check_files(&c, &verdict, e);
    *status = check_status(verdict);
    return f;
}
