/* SPDX-License-Identifier: Apache-2.0 */
/* Doors: site/ is what a server serves under the names of the register (site.csv says how it behaves), inbox/ what came
 * by hand. When both are read in one extraction, what arrived by hand counts as received after. */
#include "tests/specimen/story.h"

#include "schemas/dataset/csv.h"
#include "schemas/run/digest.h"
#include "schemas/run/fs.h"
#include "tests/specimen/compose.h"
#include "tests/specimen/trouble.h"
#include "tests/support/member.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ARRIVALS_MAX = 4, PATH_MAX_HERE = 4096, BODY_MAX = 16 * 1024 * 1024 };

struct sent {
    struct arrival row;
    char file[64], unit[16], rules[RULES_TEXT_MAX], sha256[DIGEST_HEX_MAX];
};

struct story {
    struct people *people;
    const struct places *places;
    const char *dir, *base, *decided;
    struct buf body;
    struct buf script_text, decisions_text;
    struct csv_writer script, decisions;
    struct sent sent[ARRIVALS_MAX];
    struct arrival list[ARRIVALS_MAX];
    size_t count;
    int by_hand; /* inbox files of this unit so far */
    char source[PATH_MAX_HERE];
    struct judged first; /* with the site alone and no decision */
    size_t *twins;       /* index of the PRE whose return a twin sends */
};

const char *story_kind_name(int kind)
{
    return kind_name((enum kind)kind);
}

/* Pairs the twins in order; one without a partner keeps silent instead. */
static enum flow pair_twins(struct story *s, struct err *e)
{
    struct people *p = s->people;
    size_t first = 0;
    s->twins = calloc(p->count, sizeof *s->twins);
    if (!s->twins)
        return err_set(e, STATUS_SYSTEM, "no memory for %zu PRE", p->count);
    for (size_t i = 0; i < p->count; i++) {
        if (p->items[i].kind != KIND_TWIN_B)
            continue;
        while (first < p->count && p->items[first].kind != KIND_TWIN_A)
            first++;
        if (first == p->count)
            p->items[i].kind = KIND_NOT_FOUND;
        else
            s->twins[i] = first++;
    }
    for (; first < p->count; first++)
        if (p->items[first].kind == KIND_TWIN_A)
            p->items[first].kind = KIND_NOT_FOUND;
    return FLOW_OK;
}

static enum flow row(struct csv_writer *w, const char *const *fields, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (csv_put(w, fields[i], e) != FLOW_OK)
            return FLOW_FATAL;
    return csv_end_row(w, e);
}
#define ROW(w, e, ...)                                                                                                 \
    row((w), (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), (e))

static enum flow folder(const char *dir, const char *name, struct err *e)
{
    char path[PATH_MAX_HERE];
    if (!fs_join(path, sizeof path, dir, name))
        return err_set(e, STATUS_CANTCREAT, "%s/%s: path too long", dir, name);
    return fs_mkdirs(path, e);
}

struct story *story_open(struct people *p, const struct places *places, const char *dir, const char *base_url,
                         const char *decided, struct err *e)
{
    struct story *s = calloc(1, sizeof *s);
    if (!s) {
        err_set(e, STATUS_SYSTEM, "no memory");
        return NULL;
    }
    s->people = p;
    s->places = places;
    s->dir = dir;
    s->base = base_url;
    s->decided = decided;
    buf_init(&s->body, BODY_MAX);
    buf_init(&s->script_text, BODY_MAX);
    buf_init(&s->decisions_text, BODY_MAX);
    csv_writer_init(&s->script, sink_buf(&s->script_text));
    csv_writer_init(&s->decisions, sink_buf(&s->decisions_text));
    if (pair_twins(s, e) != FLOW_OK || folder(dir, "site", e) != FLOW_OK || folder(dir, "inbox", e) != FLOW_OK ||
        ROW(&s->script, e, "path", "from", "to", "status", "headers", "body", "fault", "at", "delay_ms") != FLOW_OK ||
        ROW(&s->decisions, e, "unit", "action", "record", "rule", "variable", "category", "old", "new", "who", "when",
            "reason") != FLOW_OK) {
        story_abort(s);
        return NULL;
    }
    return s;
}

/* Plain write: what a specimen loses in a crash is made again. */
static enum flow write_file(const char *dir, const char *name, const struct buf *text, struct err *e)
{
    char path[PATH_MAX_HERE];
    if (!fs_join(path, sizeof path, dir, name))
        return err_set(e, STATUS_CANTCREAT, "%s/%s: path too long", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return err_sys(e, err_status(errno, STATUS_CANTCREAT), "%s", path);
    struct fd_sink f = {fd, path};
    enum flow flow = text->len ? sink_write(sink_fd(&f), text->data, text->len, e) : FLOW_OK;
    /* 30 June 2022, noon: a drop folder is read when its files have been quiet for a while. */
    const struct timespec quiet[2] = {{1656590400, 0}, {1656590400, 0}};
    if (flow == FLOW_OK && futimens(fd, quiet) != 0)
        flow = err_sys(e, STATUS_IO, "%s", path);
    if (close(fd) != 0 && flow == FLOW_OK)
        flow = err_sys(e, STATUS_IO, "%s", path);
    return flow;
}

/* State of what the site gave before anything came by hand and before the decisions. */
static const char *state_before(enum kind k, const char *state)
{
    int alone = k == KIND_CORRECTED || k == KIND_CORRECTED_FEWER || k == KIND_WITHDRAWN || k == KIND_WITHDRAWN_BY_US ||
                k == KIND_TIE;
    return alone ? "current" : state;
}

/* The body as a gzip file. */
static enum flow pack_body(struct buf *body, struct err *e)
{
    struct buf plain = *body;
    buf_init(body, BODY_MAX);
    enum flow flow = member_put(buf_str(&plain), plain.len, body, e);
    buf_fini(&plain);
    return flow;
}

static enum flow send_letter(struct story *s, const struct pre *u, const struct letter *l, enum door door,
                             const char *state, const struct judged *j, struct err *e)
{
    struct sent *x = &s->sent[s->count];
    int packed = u->kind == KIND_GZ_BY_HAND;
    if (s->count == ARRIVALS_MAX)
        return err_set(e, STATUS_BUG, "%s: too many documents", u->id);
    if (door == DOOR_SITE)
        snprintf(x->file, sizeof x->file, "site/%s.xml", u->id);
    else if (u->kind == KIND_STRAY)
        snprintf(x->file, sizeof x->file, "inbox/inconnu-%d.xml", ++s->by_hand);
    else
        snprintf(x->file, sizeof x->file, "inbox/%s-%d.xml%s", u->id, ++s->by_hand, packed ? ".gz" : "");
    snprintf(x->unit, sizeof x->unit, "%s", u->id);
    snprintf(x->rules, sizeof x->rules, "%s", j ? j->rules : "");
    buf_reset(&s->body);
    if (letter_write(l, s->people, s->places, &s->body, e) != FLOW_OK ||
        (packed && pack_body(&s->body, e) != FLOW_OK) || write_file(s->dir, x->file, &s->body, e) != FLOW_OK ||
        digest_of(buf_str(&s->body), s->body.len, x->sha256, e) != FLOW_OK)
        return FLOW_FATAL;
    int verdict = j ? j->verdict : -1;
    const char *before = door == DOOR_SITE ? state_before((enum kind)u->kind, state) : NULL;
    int counted = before && strcmp(before, "current") == 0;
    if (counted)
        judge(l, NULL, &s->first);
    x->row = (struct arrival){.file = x->file,
                              .unit = x->unit,
                              .state = state,
                              .verdict = verdict,
                              .rules = x->rules,
                              .converted = j ? j->converted : 0,
                              .mapped = j ? j->mapped : 0,
                              .named = j ? j->named : 0,
                              .sha256 = x->sha256,
                              .numero = l->numero,
                              .kind = kind_name((enum kind)u->kind),
                              .state_first = before,
                              .verdict_first = counted ? s->first.verdict : verdict,
                              .rules_first = counted ? s->first.rules : x->rules};
    s->list[s->count] = x->row;
    s->count++;
    return FLOW_OK;
}

static void next_number(const struct story *s, const struct pre *u, struct letter *l, int numero, const char *nature)
{
    l->numero = numero;
    l->nature = nature;
    l->withdrawal = strcmp(nature, "annulation") == 0;
    compose_stamp(s->people, u, numero, 0, l->horodatage, sizeof l->horodatage);
}

static enum flow behave(struct story *s, const struct pre *u, const char *from, const char *to, const char *status,
                        const char *headers, const char *body, const char *fault, const char *at, struct err *e)
{
    char path[64];
    snprintf(path, sizeof path, "/%s.xml", u->id);
    return ROW(&s->script, e, path, from, to, status, headers, body, fault, at, "");
}

static enum flow decide(struct story *s, const struct pre *u, const char *action, const char *rule,
                        const char *variable, const char *category, const char *old, const char *new,
                        const char *reason, struct err *e)
{
    return ROW(&s->decisions, e, u->id, action, "", rule, variable, category, old, new, "analyste", s->decided, reason);
}

static void nothing(struct judged *j, enum outcome o)
{
    memset(j, 0, sizeof *j);
    j->outcome = o;
    j->verdict = -1;
    memset(j->silence, SILENCE_UNIT, sizeof j->silence);
}

/* ---- one function per family of stories; l is the honest letter with the trouble of its kind ---- */

struct scene {
    struct story *s;
    const struct pre *u;
    struct letter *l;
    struct judged *j;
    struct err *e;
};

static enum flow current(struct scene *c, enum door door)
{
    return send_letter(c->s, c->u, c->l, door, "current", c->j, c->e);
}

/* An earlier or later sending beside the one that counts. */
static enum flow other(struct scene *c, const struct letter *l, enum door door, const char *state)
{
    struct judged j;
    judge(l, NULL, &j);
    return send_letter(c->s, c->u, l, door, state, &j, c->e);
}

/* First a sending with a mistake on the site, then the right one by hand. */
static enum flow corrected(struct scene *c)
{
    struct letter first = *c->l;
    if (c->u->kind == KIND_CORRECTED_FEWER) {
        for (size_t i = 0; i < 5; i++)
            c->l->reply[C_ACTIONS + i].how = i < 3 ? HOW_ABSENT : HOW_NIL;
        c->l->reply[C_EQ_DELAI].how = HOW_NIL;
        judge(c->l, NULL, c->j);
    } else {
        first.reply[C_ENF_TOTAL].how = HOW_VALUE;
        first.reply[C_ENF_TOTAL].value += 40;
    }
    if (other(c, &first, DOOR_SITE, "superseded") != FLOW_OK)
        return FLOW_FATAL;
    next_number(c->s, c->u, c->l, 2, "rectificatif");
    return current(c, DOOR_INBOX);
}

static enum flow older(struct scene *c)
{
    struct letter second = *c->l;
    next_number(c->s, c->u, c->l, 3, "rectificatif");
    next_number(c->s, c->u, &second, 2, "rectificatif");
    second.reply[C_EQ_REUNIONS].how = HOW_VALUE;
    second.reply[C_EQ_REUNIONS].value += 2;
    if (current(c, DOOR_SITE) != FLOW_OK)
        return FLOW_FATAL;
    return other(c, &second, DOOR_INBOX, "superseded");
}

static enum flow repeated(struct scene *c)
{
    struct letter copy = *c->l;
    copy.software = (enum software)((copy.software + 1) % SOFTWARE_COUNT);
    if (c->u->kind == KIND_REPEAT_NEXT)
        next_number(c->s, c->u, &copy, 2, "rectificatif");
    if (current(c, DOOR_SITE) != FLOW_OK)
        return FLOW_FATAL;
    return other(c, &copy, DOOR_INBOX, "repeat");
}

static enum flow tested(struct scene *c)
{
    struct letter trial = *c->l;
    trial.essai = 1;
    trial.reply[C_ENF_TOTAL].how = HOW_VALUE;
    trial.reply[C_ENF_TOTAL].value = 9999;
    if (current(c, DOOR_SITE) != FLOW_OK)
        return FLOW_FATAL;
    return send_letter(c->s, c->u, &trial, DOOR_INBOX, "test", NULL, c->e);
}

static enum flow withdrawn(struct scene *c, int again)
{
    struct letter first = *c->l, end = *c->l;
    next_number(c->s, c->u, &end, 2, "annulation");
    first.reply[C_EQ_REUNIONS].how = HOW_VALUE;
    first.reply[C_EQ_REUNIONS].value += again;
    if (again) {
        next_number(c->s, c->u, c->l, 3, "initial");
        if (current(c, DOOR_SITE) != FLOW_OK)
            return FLOW_FATAL;
    }
    if (other(c, &first, again ? DOOR_INBOX : DOOR_SITE, "withdrawn") != FLOW_OK)
        return FLOW_FATAL;
    return send_letter(c->s, c->u, &end, DOOR_INBOX, "withdrawal", NULL, c->e);
}

static enum flow refused_after(struct scene *c)
{
    struct letter bad = *c->l;
    next_number(c->s, c->u, &bad, 2, "rectificatif");
    bad.sabotage = SABOTAGE_NEGATIVE;
    if (current(c, DOOR_SITE) != FLOW_OK)
        return FLOW_FATAL;
    return other(c, &bad, DOOR_INBOX, "refused");
}

static enum flow decided(struct scene *c)
{
    char old[32], new[32];
    struct letter wrong = *c->l;
    switch (c->u->kind) {
    case KIND_FUNDERS_CONFIRMED:
        if (decide(c->s, c->u, "confirm", "M01", "", "", "", "", "le total comprend une avance rendue", c->e) !=
            FLOW_OK)
            return FLOW_FATAL;
        break;
    case KIND_CONFIRMED_SCALE:
        if (decide(c->s, c->u, "confirm", "H01", "", "", "", "", "le total de l'an passe etait dix fois trop petit",
                   c->e) != FLOW_OK)
            return FLOW_FATAL;
        break;
    default:
        wrong.reply[C_FIN + 1].value += 9000;
        letter_number(C_FIN + 1, wrong.reply[C_FIN + 1].value, old);
        letter_number(C_FIN + 1, c->l->reply[C_FIN + 1].value, new);
        if (decide(c->s, c->u, "set", "", "FIN", "COMMUNE", old, new, "faute de frappe confirmee par telephone",
                   c->e) != FLOW_OK)
            return FLOW_FATAL;
    }
    return send_letter(c->s, c->u, &wrong, DOOR_SITE, "current", c->j, c->e);
}

static enum flow refused(struct scene *c, enum door door)
{
    return send_letter(c->s, c->u, c->l, door, "refused", c->j, c->e);
}

/* The source of one PRE serves the return of another. */
static enum flow of_another(struct scene *c)
{
    const struct people *p = c->s->people;
    const struct pre *v = &p->items[(c->u->index + 1) % p->count];
    compose(p, v, COMPOSE_FULL, c->l);
    next_number(c->s, v, c->l, 7, "rectificatif");
    c->l->reply[C_ENF_ASE].value = 1;
    memset(c->j->silence, SILENCE_UNIT, sizeof c->j->silence);
    c->j->verdict = 3;
    c->j->outcome = OUTCOME_UNUSABLE;
    snprintf(c->j->rules, sizeof c->j->rules, "I01");
    return refused(c, DOOR_SITE);
}

static enum flow undecided(struct scene *c)
{
    struct letter l = *c->l;
    if (c->u->kind == KIND_TIE) {
        if (send_letter(c->s, c->u, &l, DOOR_SITE, "undecided", NULL, c->e) != FLOW_OK)
            return FLOW_FATAL;
        l.reply[C_EQ_REUNIONS].how = HOW_VALUE;
        l.reply[C_EQ_REUNIONS].value += 3;
        nothing(c->j, OUTCOME_UNDECIDED);
        return send_letter(c->s, c->u, &l, DOOR_INBOX, "undecided", NULL, c->e);
    }
    if (c->u->kind == KIND_COPY) {
        compose_before(c->s->people, c->u, &l);
    } else if (c->u->kind == KIND_TWIN_B) {
        compose(c->s->people, &c->s->people->items[c->s->twins[c->u->index]], COMPOSE_FULL, &l);
        l.pre = c->u->id;
    } else {
        compose(c->s->people, c->u, COMPOSE_FULL, &l);
    }
    nothing(c->j, OUTCOME_UNDECIDED);
    return send_letter(c->s, c->u, &l, DOOR_SITE, "undecided", NULL, c->e);
}

static enum flow served(struct scene *c)
{
    char old[64], headers[96];
    switch (c->u->kind) {
    case KIND_GZIP:
        if (behave(c->s, c->u, "", "", "", "", "", "gzip", "", c->e) != FLOW_OK)
            return FLOW_FATAL;
        break;
    case KIND_GZIP_FALSE:
        if (behave(c->s, c->u, "", "", "", "", "", "gzip-false", "", c->e) != FLOW_OK)
            return FLOW_FATAL;
        break;
    case KIND_FLAKY:
        if (behave(c->s, c->u, "1", "1", "503", "Retry-After: 1", "text:occupe", "", "", c->e) != FLOW_OK)
            return FLOW_FATAL;
        break;
    case KIND_MOVED:
        snprintf(old, sizeof old, "/ancien/%s.xml", c->u->id);
        snprintf(headers, sizeof headers, "Location: /%s.xml", c->u->id);
        if (ROW(&c->s->script, c->e, old, "", "", "301", headers, "text:", "", "", "") != FLOW_OK)
            return FLOW_FATAL;
        if (*c->s->base)
            snprintf(c->s->source, sizeof c->s->source, "%s/ancien/%s.xml", c->s->base, c->u->id);
        break;
    default:
        break;
    }
    return current(c, DOOR_SITE);
}

/* The server adds a page of its own after the return. */
static enum flow appended(struct scene *c)
{
    char name[64];
    buf_reset(&c->s->body);
    snprintf(name, sizeof name, "site/%s.xml", c->u->id);
    if (letter_write(c->l, c->s->people, c->s->places, &c->s->body, c->e) != FLOW_OK ||
        buf_puts(&c->s->body, "<!DOCTYPE html>\n<html><body>Erreur 500</body></html>\n", c->e) != FLOW_OK)
        return FLOW_FATAL;
    return write_file(c->s->dir, name, &c->s->body, c->e);
}

/* Nothing usable comes: the source is missing, dead, or answers with something else. */
static enum flow unheard(struct scene *c)
{
    nothing(c->j, c->u->kind == KIND_REFUSAL ? OUTCOME_REFUSAL : OUTCOME_SILENT);
    switch (c->u->kind) {
    case KIND_NO_SOURCE:
        c->s->source[0] = '\0';
        return FLOW_OK;
    case KIND_DEAD:
        if (*c->s->base)
            snprintf(c->s->source, sizeof c->s->source, "http://127.0.0.1:9/%s.xml", c->u->id);
        return FLOW_OK;
    case KIND_BROKEN_SERVER:
        return behave(c->s, c->u, "", "", "500", "", "text:erreur", "", "", c->e);
    case KIND_LOGIN:
        return behave(
            c->s, c->u, "", "", "200", "Content-Type: text/html",
            "text:<!DOCTYPE html><html><head><title>Connexion</title></head><body>Identifiez-vous</body></html>", "",
            "", c->e);
    case KIND_LOST:
        buf_reset(&c->s->body);
        if (letter_write(c->l, c->s->people, c->s->places, &c->s->body, c->e) != FLOW_OK)
            return FLOW_FATAL;
        if (*c->s->base) {
            char name[64];
            snprintf(name, sizeof name, "site/%s.xml", c->u->id);
            if (write_file(c->s->dir, name, &c->s->body, c->e) != FLOW_OK)
                return FLOW_FATAL;
        }
        return behave(c->s, c->u, "", "", "", "", "", "cut", "2000", c->e);
    case KIND_APPENDED:
        return appended(c);
    case KIND_REFUSAL:
        return decide(c->s, c->u, "refusal", "", "", "", "", "", "refuse de repondre, courrier du 20 juin", c->e);
    default:
        return FLOW_OK;
    }
}

/* By hand too, a page in place of a return and an empty file are kept as evidence and are no documents. */
static enum flow no_return(struct scene *c)
{
    nothing(c->j, OUTCOME_SILENT);
    c->s->source[0] = '\0';
    enum flow flow = send_letter(c->s, c->u, c->l, DOOR_INBOX, "", NULL, c->e);
    c->s->count = 0;
    return flow;
}

static enum flow tell_silent(struct scene *c)
{
    switch (c->u->kind) {
    case KIND_WITHDRAWN:
        nothing(c->j, OUTCOME_WITHDRAWN);
        return withdrawn(c, 0);
    case KIND_WITHDRAWN_BY_US:
        if (decide(c->s, c->u, "withdraw", "", "", "", "", "", "envoye par un ancien prestataire", c->e) != FLOW_OK ||
            send_letter(c->s, c->u, c->l, DOOR_SITE, "withdrawn", c->j, c->e) != FLOW_OK)
            return FLOW_FATAL;
        nothing(c->j, OUTCOME_WITHDRAWN);
        return FLOW_OK;
    case KIND_TIE:
    case KIND_COPY:
    case KIND_TWIN_A:
    case KIND_TWIN_B:
        return undecided(c);
    case KIND_TEST_ONLY:
        nothing(c->j, OUTCOME_SILENT);
        return send_letter(c->s, c->u, c->l, DOOR_SITE, "test", NULL, c->e);
    case KIND_EMPTY_RETURN:
    case KIND_TOTAL_WRONG:
    case KIND_SCALE:
        return current(c, DOOR_SITE);
    case KIND_HTML_BY_HAND:
    case KIND_NO_BYTE:
        return no_return(c);
    case KIND_WRONG_PRE:
        return of_another(c);
    default:
        return c->u->kind <= KIND_REFUSAL ? unheard(c) : refused(c, DOOR_SITE);
    }
}

/* Beside the return, sometimes, the beginning of one that a transfer program has not finished. */
static enum flow by_hand(struct scene *c)
{
    char name[64];
    enum flow flow = current(c, DOOR_INBOX);
    if (flow != FLOW_OK || c->u->kind != KIND_HAND)
        return flow;
    c->s->body.len /= 2;
    snprintf(name, sizeof name, "inbox/%s-9.xml.part", c->u->id);
    return write_file(c->s->dir, name, &c->s->body, c->e);
}

static enum flow tell_answer(struct scene *c)
{
    switch (c->u->kind) {
    case KIND_LATE:
        compose_stamp(c->s->people, c->u, 1, 1, c->l->horodatage, sizeof c->l->horodatage);
        c->s->source[0] = '\0';
        return current(c, DOOR_INBOX);
    case KIND_HAND:
    case KIND_GZ_BY_HAND:
        c->s->source[0] = '\0';
        return by_hand(c);
    case KIND_CORRECTED:
    case KIND_CORRECTED_FEWER:
        return corrected(c);
    case KIND_OLDER:
        return older(c);
    case KIND_REPEAT:
    case KIND_REPEAT_NEXT:
        return repeated(c);
    case KIND_TEST_THEN_REAL:
        return tested(c);
    case KIND_AGAIN:
        return withdrawn(c, 1);
    case KIND_REFUSED_AFTER:
        return refused_after(c);
    case KIND_FUNDERS_CONFIRMED:
    case KIND_FUNDERS_SET:
    case KIND_CONFIRMED_SCALE:
        return decided(c);
    default:
        return served(c);
    }
}

/* Without a return in force at first: undecided, refused, or silent. */
static void settle_first(struct story *s, const struct pre *u, const struct judged *j)
{
    for (size_t i = 0; i < s->count; i++) {
        const char *state = s->list[i].state_first;
        if (!state || u->scope != SCOPE_IN)
            continue;
        if (strcmp(state, "current") == 0)
            return;
        if (strcmp(state, "undecided") == 0)
            nothing(&s->first, OUTCOME_UNDECIDED);
        else if (strcmp(state, "refused") == 0)
            s->first = *j;
    }
}

enum flow story_tell(struct story *s, size_t i, struct judged *j, const char **source, struct err *e)
{
    const struct pre *u = &s->people->items[i];
    enum kind k = (enum kind)u->kind;
    struct letter l;
    struct scene c = {s, u, &l, j, e};
    enum flow flow;
    s->count = 0;
    s->by_hand = 0;
    nothing(&s->first, u->scope == SCOPE_IN ? OUTCOME_SILENT : OUTCOME_NONE);
    if (*s->base)
        snprintf(s->source, sizeof s->source, "%s/%s.xml", s->base, u->id);
    else
        snprintf(s->source, sizeof s->source, "file://%s/site/%s.xml", s->dir, u->id);
    *source = s->source;
    compose(s->people, u, trouble_needs_full(k) ? COMPOSE_FULL : COMPOSE_WITH_SILENCE, &l);
    trouble_apply(k, s->people, &l);
    judge(&l, trouble_confirmed(k), j);
    if (u->scope != SCOPE_IN) {
        flow = k == KIND_OUT_SENT ? send_letter(s, u, &l, DOOR_SITE, "out-of-scope", NULL, e) : FLOW_OK;
        nothing(j, OUTCOME_NONE);
        return flow;
    }
    flow = k < KIND_NOT_FOUND ? tell_answer(&c) : tell_silent(&c);
    settle_first(s, u, j);
    return flow;
}

const struct judged *story_first(const struct story *s)
{
    return &s->first;
}

enum flow story_stray(struct story *s, struct err *e)
{
    struct pre *u = &s->people->items[0];
    struct letter l;
    struct judged j = {.verdict = 3, .rules = "I01"};
    int kind = u->kind;
    s->count = 0;
    s->by_hand = 0;
    compose(s->people, u, COMPOSE_FULL, &l);
    l.pre = "PRE-99-01";
    l.reply[C_ENF_ASE].value += 1;
    u->kind = KIND_STRAY;
    enum flow flow = send_letter(s, u, &l, DOOR_INBOX, "refused", &j, e);
    u->kind = kind;
    snprintf(s->sent[0].unit, sizeof s->sent[0].unit, "%s", "");
    return flow;
}

size_t story_arrivals(const struct story *s, const struct arrival **list)
{
    *list = s->list;
    return s->count;
}

void story_abort(struct story *s)
{
    if (!s)
        return;
    csv_writer_fini(&s->script);
    csv_writer_fini(&s->decisions);
    buf_fini(&s->script_text);
    buf_fini(&s->decisions_text);
    buf_fini(&s->body);
    free(s->twins);
    free(s);
}

enum flow story_close(struct story *s, struct err *e)
{
    enum flow flow = write_file(s->dir, "site.csv", &s->script_text, e);
    if (flow == FLOW_OK)
        flow = write_file(s->dir, "decisions.csv", &s->decisions_text, e);
    story_abort(s);
    return flow;
}
