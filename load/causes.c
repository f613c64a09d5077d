/* SPDX-License-Identifier: Apache-2.0 */
/* One cause a unit, told from the store: records, judgements and findings of both vintages side by side. */
#include "load/causes.h"

#include "load/withholds.h"
#include "schemas/run/map.h"

#include <stdlib.h>
#include <string.h>

/* What is known of one unit in the two vintages. */
struct pair {
    unsigned char before, after; /* responds, in scope */
    unsigned char judged;        /* in both */
    unsigned char same_record, same_judgement, same_frame;
    unsigned char only_documents; /* what is used of it is the same */
    unsigned char decided;        /* what was decided about it differs */
};

struct causes {
    struct db *db;
    const struct vintage *a, *b; /* while it opens */
    struct map *units;
    struct pair *pair;
    size_t room;
    int decisions, edition; /* do they differ */
};

static struct pair *pair_of(struct causes *c, const char *unit, struct err *e)
{
    uint32_t i;
    int added;
    if (map_put(c->units, unit, strlen(unit), &i, &added, e) != FLOW_OK) {
        return NULL;
    }
    if (i >= c->room) {
        size_t room = c->room == 0 ? 1024 : 2 * c->room;
        struct pair *more = realloc(c->pair, room * sizeof *more);
        if (more == NULL) {
            err_set(e, STATUS_SYSTEM, "no memory for %zu units", room);
            return NULL;
        }
        c->pair = more;
        c->room = room;
    }
    if (added) {
        c->pair[i] = (struct pair){0};
    }
    return &c->pair[i];
}

#define RESPONDS(j, f) "(CASE WHEN " j ".outcome IN ('complete', 'partial') AND " f ".scope = 'in' THEN 1 ELSE 0 END)"

/* Units of the second vintage, beside what the first knows of them. */
static enum flow read_pair(void *ctx, const struct db_query *row, struct err *e)
{
    struct pair *p = pair_of(ctx, db_text(row, 0), e);
    if (p == NULL) {
        return FLOW_FATAL;
    }
    *p = (struct pair){.before = db_int(row, 1) != 0,
                       .after = db_int(row, 2) != 0,
                       .same_record = db_int(row, 3) != 0,
                       .same_judgement = db_int(row, 4) != 0,
                       .same_frame = db_int(row, 5) != 0,
                       .judged = db_int(row, 6) != 0};
    return FLOW_OK;
}

static enum flow read_pairs(struct causes *c, struct err *e)
{
    static const char sql[] = "SELECT u.unit, " RESPONDS("i", "g") ", " RESPONDS(
        "j",
        "f") ", CASE WHEN i.record = j.record THEN 1 ELSE 0 END, "
             "CASE WHEN t.judgement = u.judgement THEN 1 ELSE 0 END, CASE WHEN t.frame = u.frame THEN 1 ELSE 0 END, "
             "CASE WHEN t.unit IS NULL THEN 0 ELSE 1 END "
             "FROM vintage_unit u JOIN frame f ON f.frame = u.frame JOIN judgement j ON j.judgement = u.judgement "
             "LEFT JOIN vintage_unit t ON t.vintage = $1 AND t.unit = u.unit LEFT JOIN frame g ON g.frame = t.frame "
             "LEFT JOIN judgement i ON i.judgement = t.judgement WHERE u.vintage = $2 ORDER BY u.unit";
    return db_each(c->db, sql, DB_ARGS(DB_INT(c->a->id), DB_INT(c->b->id)), read_pair, c, e);
}

/* Units of the first vintage that the second does not have at all. */
static enum flow read_gone_unit(void *ctx, const struct db_query *row, struct err *e)
{
    struct pair *p = pair_of(ctx, db_text(row, 0), e);
    if (p == NULL) {
        return FLOW_FATAL;
    }
    p->before = db_int(row, 1) != 0;
    return FLOW_OK;
}

static enum flow read_gone(struct causes *c, struct err *e)
{
    static const char sql[] = "SELECT u.unit, " RESPONDS(
        "j", "f") " FROM vintage_unit u JOIN frame f ON f.frame = u.frame "
                  "JOIN judgement j ON j.judgement = u.judgement WHERE u.vintage = $1 AND NOT EXISTS "
                  "(SELECT 1 FROM vintage_unit t WHERE t.vintage = $2 AND t.unit = u.unit) ORDER BY u.unit";
    return db_each(c->db, sql, DB_ARGS(DB_INT(c->a->id), DB_INT(c->b->id)), read_gone_unit, c, e);
}

/* ---- documents: something else came, and what is used is the same ---- */

#define SAME(column) "coalesce(p." column ", -1) = coalesce(o." column ", -1) AND "
#define SAME_TEXT(column) "coalesce(p." column ", '') = coalesce(o." column ", '') AND "
#define ANSWERS_IN(these, those)                                                                                       \
    "EXISTS (SELECT 1 FROM observation o WHERE o.judgement = " these ".judgement AND NOT EXISTS "                      \
    "(SELECT 1 FROM observation p WHERE p.judgement = " those ".judgement AND p.cell = o.cell AND " SAME("scale")      \
        SAME("unscaled") SAME_TEXT("text") SAME("previous_scale") SAME("previous_unscaled") SAME_TEXT("previous_text") \
            SAME_TEXT("raw") SAME("line") "p.mark = o.mark))"
#define SAID_IN(these, those)                                                                                          \
    "EXISTS (SELECT 1 FROM finding o WHERE o.judgement = " these ".judgement AND o.record = i.record AND NOT EXISTS "  \
    "(SELECT 1 FROM finding p WHERE p.judgement = " those ".judgement AND p.record = o.record AND p.rule = o.rule AND" \
    " p.variable = o.variable AND p.category = o.category AND p.path = o.path AND " SAME("line") SAME(                 \
        "col") "p.stage = o.stage AND p.level = o.level AND p.severity = o.severity AND p.outcome = o.outcome AND "    \
               "p.value = o.value AND p.expected = o.expected AND p.message_fr = o.message_fr AND "                    \
               "p.message_en = o.message_en))"
#define CAME_IN(these, those)                                                                                          \
    "EXISTS (SELECT 1 FROM document o WHERE o.judgement = " these ".judgement AND NOT EXISTS "                         \
    "(SELECT 1 FROM document p WHERE p.judgement = " those                                                             \
    ".judgement AND p.record = o.record AND p.state = o.state))"

static enum flow mark_only_documents(void *ctx, const struct db_query *row, struct err *e)
{
    struct pair *p = pair_of(ctx, db_text(row, 0), e);
    if (p == NULL) {
        return FLOW_FATAL;
    }
    p->only_documents = 1;
    return FLOW_OK;
}

/* Used in both vintages: the same return, with the same answers and findings. Used in neither: another list. */
static enum flow read_only_documents(struct causes *c, struct err *e)
{
    static const char sql[] =
        "SELECT u.unit FROM vintage_unit t JOIN vintage_unit u ON u.unit = t.unit JOIN judgement i ON i.judgement = "
        "t.judgement JOIN judgement j ON j.judgement = u.judgement "
        "WHERE t.vintage = $1 AND u.vintage = $2 AND t.judgement <> u.judgement AND CASE WHEN "
        "i.outcome IN ('complete', 'partial') THEN CASE WHEN i.record = j.record AND i.outcome = j.outcome AND i.late "
        "= "
        "j.late AND i.verdict = j.verdict AND i.core_answered = j.core_answered AND i.core_asked = j.core_asked AND "
        "NOT " ANSWERS_IN("t", "u") " AND NOT " ANSWERS_IN("u", "t") " AND NOT " SAID_IN("t", "u") " AND NOT " SAID_IN(
            "u", "t") " THEN 1 ELSE 0 END WHEN j.outcome NOT IN ('complete', 'partial') AND "
                      "(" CAME_IN("t", "u") " OR " CAME_IN("u", "t") ") THEN 1 ELSE 0 END = 1";
    return db_each(c->db, sql, DB_ARGS(DB_INT(c->a->id), DB_INT(c->b->id)), mark_only_documents, c, e);
}

/* ---- decisions: where the edition differs too, what each unit's own judgement says of them ---- */

static enum flow mark_decided(void *ctx, const struct db_query *row, struct err *e)
{
    struct pair *p = pair_of(ctx, db_text(row, 0), e);
    if (p == NULL) {
        return FLOW_FATAL;
    }
    p->decided = 1;
    return FLOW_OK;
}

#define SET_IN(these, those)                                                                                           \
    "EXISTS (SELECT 1 FROM finding f WHERE f.judgement = " these                                                       \
    ".judgement AND f.rule = $1 AND f.outcome = 'normalised' "                                                         \
    "AND NOT EXISTS "                                                                                                  \
    "(SELECT 1 FROM finding g WHERE g.judgement = " those                                                              \
    ".judgement AND g.rule = f.rule AND g.outcome = f.outcome AND g.variable = "                                       \
    "f.variable AND g.category = f.category AND g.expected = f.expected))"

/* Values set: the finding that a decision leaves when it did something. */
static enum flow read_set(struct causes *c, struct err *e)
{
    static const char sql[] =
        "SELECT u.unit FROM vintage_unit t JOIN vintage_unit u ON u.unit = t.unit WHERE t.vintage = $2 AND "
        "u.vintage = $3 AND t.judgement <> u.judgement AND (" SET_IN("u", "t") " OR " SET_IN("t", "u") ")";
    return db_each(c->db, sql, DB_ARGS(DB_TEXT(EDITION_RULE_DECISION), DB_INT(c->a->id), DB_INT(c->b->id)),
                   mark_decided, c, e);
}

struct confirming {
    struct causes *causes;
    const struct edition *before, *after;
};

static enum flow mark_confirmed(void *ctx, const struct db_query *row, struct err *e)
{
    const struct confirming *k = ctx;
    const char *rule = db_text(row, 1), *variable = db_text(row, 2), *category = db_text(row, 3);
    int named = db_int(row, 4) > 0;
    int takes =
        withholds(k->before, rule, variable, category, named) && withholds(k->after, rule, variable, category, named);
    return takes ? mark_decided(k->causes, row, e) : FLOW_OK;
}

/* Values confirmed: the same rule of the same level speaks in both vintages, in one it takes the value, in one it does
 * not. */
static enum flow read_confirmed(struct causes *c, const struct edition *before, const struct edition *after,
                                struct err *e)
{
    static const char sql[] =
        "SELECT u.unit, f.rule, k.variable, k.category, "
        "max(CASE WHEN f.variable = k.variable AND f.category = k.category THEN 1 ELSE 0 END) "
        "FROM vintage_unit t JOIN vintage_unit u ON u.unit = t.unit "
        "JOIN observation o ON o.judgement = t.judgement JOIN mark m ON m.mark = o.mark "
        "JOIN cell k ON k.cell = o.cell JOIN cell l ON l.variable = k.variable AND l.category = k.category "
        "JOIN observation p ON p.judgement = u.judgement AND p.cell = l.cell JOIN mark n ON n.mark = p.mark "
        "JOIN finding f ON f.judgement = t.judgement JOIN finding g ON g.judgement = u.judgement AND g.rule = f.rule "
        "WHERE t.vintage = $1 AND u.vintage = $2 AND t.judgement <> u.judgement AND f.severity = 'error' AND "
        "g.severity = 'error' AND f.outcome = 'failed' AND g.outcome = 'failed' AND "
        "(m.silence = 'withheld') <> (n.silence = 'withheld') GROUP BY u.unit, f.rule, k.variable, k.category";
    struct confirming k = {c, before, after};
    return db_each(c->db, sql, DB_ARGS(DB_INT(c->a->id), DB_INT(c->b->id)), mark_confirmed, &k, e);
}

/* ---- the cause ---- */

static enum revision_cause cause_of(const struct causes *c, const struct pair *p)
{
    if (p->after && !p->before) {
        return CAUSE_NEW;
    }
    if (p->before && !p->after) {
        return CAUSE_WITHDRAWAL;
    }
    if (p->only_documents) {
        return CAUSE_DOCUMENTS;
    }
    if (!p->same_record) {
        return CAUSE_CORRECTION;
    }
    return c->decisions && (!c->edition || p->decided) ? CAUSE_DECISIONS : CAUSE_EDITION;
}

enum revision_cause causes_owner(void *ctx, const char *unit)
{
    const struct causes *c = ctx;
    uint32_t i = map_get(c->units, unit, strlen(unit));
    return i != MAP_NONE ? cause_of(c, &c->pair[i]) : CAUSE_EDITION;
}

uint32_t causes_count(const struct causes *c)
{
    return map_count(c->units);
}

struct caused causes_at(const struct causes *c, uint32_t i)
{
    const struct pair *p = &c->pair[i];
    return (struct caused){.unit = map_key(c->units, i),
                           .same_judgement = p->same_judgement,
                           .same_frame = p->same_frame,
                           .has_cause = !p->same_judgement && (p->judged || p->before || p->after),
                           .cause = cause_of(c, p)};
}

struct causes *causes_open(struct db *db, const struct vintage *a, const struct vintage *b,
                           const struct edition *before, const struct edition *after, struct err *e)
{
    struct causes *c = calloc(1, sizeof *c);
    struct map *units = map_new();
    if (c == NULL || units == NULL) {
        free(c);
        map_free(units);
        err_set(e, STATUS_SYSTEM, "no memory for the units of two vintages");
        return NULL;
    }
    *c = (struct causes){.db = db,
                         .a = a,
                         .b = b,
                         .units = units,
                         .decisions = strcmp(a->decisions_digest, b->decisions_digest) != 0,
                         .edition = strcmp(a->edition_digest, b->edition_digest) != 0};
    if (read_pairs(c, e) == FLOW_OK && read_gone(c, e) == FLOW_OK && read_only_documents(c, e) == FLOW_OK &&
        (!c->decisions || !c->edition ||
         (read_set(c, e) == FLOW_OK && read_confirmed(c, before, after, e) == FLOW_OK))) {
        return c;
    }
    causes_close(c);
    return NULL;
}

void causes_close(struct causes *c)
{
    if (c != NULL) {
        map_free(c->units);
        free(c->pair);
        free(c);
    }
}
