/* SPDX-License-Identifier: Apache-2.0 */
/* retours/: for each unit a page and a text: what was received when, what was found, what to do, what is missing; a
 * reminder for the silent. A unit's values stand in its own page and nowhere else. index.csv serves a mail merge. */
#include "load/publish/feedback.h"

#include "load/publish/style.h"
#include "schemas/run/decimal.h"
#include "schemas/run/fs.h"
#include "schemas/run/output.h"
#include "schemas/run/progress.h"
#include "schemas/run/stop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "retours"

/* ---- words ---- */

static const char *verdict_words(const struct publication *p, int verdict)
{
    static const char *const words[][2] = {
        {"Retour accepté sans remarque", "Return accepted without remark"},
        {"Retour accepté avec avertissements", "Return accepted with warnings"},
        {"Retour accepté en partie : des réponses sont mises de côté",
         "Return partly accepted: some answers are set aside"},
        {"Retour refusé", "Return refused"},
    };
    return verdict < 0 || verdict > 3 ? publication_words(p, "Aucun retour reçu", "No return received")
                                      : publication_words(p, words[verdict][0], words[verdict][1]);
}

static const char *outcome_words(const struct publication *p, const struct published_unit *u)
{
    static const struct {
        const char *outcome, *fr, *en;
    } table[] = {
        {"complete", "Votre retour est utilisé. Merci.", "Your return is used. Thank you."},
        {"partial", "Votre retour est utilisé ; il y manque des réponses essentielles.",
         "Your return is used; essential answers are missing."},
        {"unusable", "Votre retour ne peut pas être utilisé en l'état : merci d'envoyer un retour rectificatif.",
         "Your return cannot be used as it is: please send a correction."},
        {"refusal", "Vous avez fait savoir que vous ne répondriez pas.", "You let us know that you would not answer."},
        {"withdrawn", "Vous avez annulé votre retour : merci d'en envoyer un nouveau.",
         "You withdrew your return: please send a new one."},
        {"undecided",
         "Nous n'avons pas pu décider quel document fait foi, voir ci-dessous : merci d'envoyer un retour rectificatif "
         "avec un "
         "numéro plus grand.",
         "We could not decide which document counts, see below: please send a correction with a greater number."},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(u->outcome, table[i].outcome) == 0)
            return publication_words(p, table[i].fr, table[i].en);
    if (u->unreachable)
        return publication_words(
            p, "Nous n'avons pas pu lire votre retour à l'adresse convenue : merci de vérifier qu'elle répond.",
            "We could not read your return at the agreed address: please check that it answers.");
    return publication_words(p,
                             "Rappel : nous n'avons pas encore reçu votre retour. Merci de l'envoyer dès que possible.",
                             "Reminder: we have not received your return yet. Please send it as soon as possible.");
}

/* ---- matter of one unit ---- */

static const char documents_sql[] = "SELECT received_at, record, raw_digest, bytes, number, nature, state, verdict, "
                                    "reason FROM document WHERE judgement = $1 ORDER BY "
                                    "position";
static const char findings_sql[] = "SELECT rule, severity, outcome, variable, category, path, line, col, value, "
                                   "expected, message_fr, message_en, record FROM finding "
                                   "WHERE judgement = $1 ORDER BY position";
static const char silences_sql[] = "SELECT c.variable, c.category, m.silence FROM observation o JOIN cell c ON "
                                   "c.cell = o.cell JOIN mark m ON m.mark = o.mark "
                                   "WHERE o.judgement = $1 AND m.silence <> '' ORDER BY c.variable, c.category";

static const char *kept(struct publication *p, struct arena *a, const char *s)
{
    const char *copy = s ? arena_strdup(a, s) : "";
    (void)p;
    return copy ? copy : "";
}

static enum flow more(void *array, size_t count, size_t size, struct err *e)
{
    void **at = array;
    if (count & (count - 1))
        return FLOW_OK;
    void *grown = realloc(*at, (count ? 2 * count : 1) * size);
    if (!grown)
        return err_set(e, STATUS_SYSTEM, "out of memory");
    *at = grown;
    return FLOW_OK;
}

static enum flow read_documents(struct feedback *b, struct err *e)
{
    struct db_query *q = db_select(b->p->db, documents_sql, DB_ARGS(DB_INT(b->unit->judgement)), e);
    enum flow f = q ? FLOW_OK : FLOW_FATAL;
    b->documents = 0;
    while (f == FLOW_OK && (f = db_next(q, e)) == FLOW_OK) {
        void *array = b->document;
        f = more(&array, b->documents, sizeof *b->document, e);
        b->document = array;
        if (f != FLOW_OK)
            break;
        struct feedback_document *d = &b->document[b->documents++];
        *d = (struct feedback_document){.bytes = db_int(q, 3), .verdict = db_null(q, 7) ? -1 : (int)db_int(q, 7)};
        d->received_at = kept(b->p, &b->arena, db_text(q, 0));
        d->record = kept(b->p, &b->arena, db_text(q, 1));
        d->digest = kept(b->p, &b->arena, db_text(q, 2));
        d->number = kept(b->p, &b->arena, db_text(q, 4));
        d->nature = kept(b->p, &b->arena, db_text(q, 5));
        d->state = kept(b->p, &b->arena, db_text(q, 6));
        d->reason = kept(b->p, &b->arena, db_text(q, 8));
    }
    db_query_close(q);
    return f == FLOW_END ? FLOW_OK : f;
}

static enum flow read_findings(struct feedback *b, struct err *e)
{
    struct db_query *q = db_select(b->p->db, findings_sql, DB_ARGS(DB_INT(b->unit->judgement)), e);
    enum flow f = q ? FLOW_OK : FLOW_FATAL;
    b->findings = 0;
    while (f == FLOW_OK && (f = db_next(q, e)) == FLOW_OK) {
        void *array = b->finding;
        f = more(&array, b->findings, sizeof *b->finding, e);
        b->finding = array;
        if (f != FLOW_OK)
            break;
        struct feedback_finding *d = &b->finding[b->findings++];
        const char **const texts[] = {&d->rule, &d->severity, &d->outcome, &d->variable, &d->category, &d->path};
        for (int i = 0; i < 6; i++)
            *texts[i] = kept(b->p, &b->arena, db_text(q, i));
        d->line = db_int(q, 6);
        d->column = db_int(q, 7);
        d->value = kept(b->p, &b->arena, db_text(q, 8));
        d->expected = kept(b->p, &b->arena, db_text(q, 9));
        d->message = kept(b->p, &b->arena, db_text(q, b->p->language == PUBLISH_FR ? 10 : 11));
        d->record = kept(b->p, &b->arena, db_text(q, 12));
        d->spec = edition_rule(b->p->edition, d->rule);
    }
    db_query_close(q);
    return f == FLOW_END ? FLOW_OK : f;
}

static int in_questionnaire_order(const void *x, const void *y)
{
    const struct feedback_silence *a = x, *b = y;
    uint32_t i = a->variable ? a->variable->index : EDITION_NONE, k = b->variable ? b->variable->index : EDITION_NONE;
    if (i != k)
        return i < k ? -1 : 1;
    return a->position != b->position ? (a->position < b->position ? -1 : 1) : strcmp(a->category, b->category);
}

static enum flow read_silences(struct feedback *b, struct err *e)
{
    struct db_query *q = db_select(b->p->db, silences_sql, DB_ARGS(DB_INT(b->unit->judgement)), e);
    enum flow f = q ? FLOW_OK : FLOW_FATAL;
    b->silences = 0;
    while (f == FLOW_OK && (f = db_next(q, e)) == FLOW_OK) {
        void *array = b->silence;
        f = more(&array, b->silences, sizeof *b->silence, e);
        b->silence = array;
        if (f != FLOW_OK)
            break;
        struct feedback_silence *s = &b->silence[b->silences++];
        s->name = kept(b->p, &b->arena, db_text(q, 0));
        s->category = kept(b->p, &b->arena, db_text(q, 1));
        s->silence = kept(b->p, &b->arena, db_text(q, 2));
        s->variable = edition_variable(b->p->edition, s->name);
        s->position = s->variable && s->variable->list && *s->category
                          ? edition_category(s->variable->list, s->category, strlen(s->category))
                          : EDITION_NONE;
    }
    db_query_close(q);
    if (b->silences)
        qsort(b->silence, b->silences, sizeof *b->silence, in_questionnaire_order);
    return f == FLOW_END ? FLOW_OK : f;
}

/* ---- labels ---- */

const char *feedback_item(const struct feedback *b, const char *variable, const char *category, char *out, size_t size)
{
    const struct edition_variable *v = edition_variable(b->p->edition, variable);
    const char *label = v ? publication_label(b->p, &v->label) : variable, *part = category;
    if (!*label) /* read otherwise, but in no question: the encoding */
        label = publication_words(b->p, "Texte du fichier", "Text of the file");
    if (v && v->list && *category) {
        uint32_t i = edition_category(v->list, category, strlen(category));
        part = i != EDITION_NONE ? publication_label(b->p, &v->list->categories[i].label) : category;
    }
    (void)snprintf(out, size, *category ? "%s – %s" : "%s", label, part);
    return out;
}

const char *feedback_silence_words(const struct feedback *b, const char *silence)
{
    uint32_t i = edition_silence(b->p->edition, silence, strlen(silence));
    return i != EDITION_NONE ? publication_label(b->p, &b->p->edition->silences[i].label) : silence;
}

int feedback_shown(const struct feedback_finding *f)
{
    return strcmp(f->outcome, "failed") == 0 && strcmp(f->severity, "information") != 0;
}

/* What has no answer, without what was set aside (told with its finding) and what follows from an empty return. */
int feedback_missing(const struct feedback_silence *s)
{
    return strcmp(s->silence, "withheld") != 0 && strcmp(s->silence, "unit") != 0 && strcmp(s->silence, "SO") != 0;
}

const char *feedback_verdict(const struct feedback *b)
{
    if (b->unit->verdict < 0 && b->documents > 0)
        return publication_words(b->p, "Document reçu, pas de retour en vigueur",
                                 "Document received, no return in force");
    if (b->unit->verdict >= 0 && b->unit->verdict < 3 && strcmp(b->unit->outcome, "unusable") == 0)
        return publication_words(b->p, "Retour lu, mais trop incomplet pour être utilisé",
                                 "Return read, but too incomplete to be used");
    return verdict_words(b->p, b->unit->verdict);
}

const char *feedback_state(const struct feedback *b, const char *state)
{
    static const struct {
        const char *state, *fr, *en;
    } table[] = {
        {"current", "en vigueur", "in force"},
        {"superseded", "remplacé par un plus récent", "superseded"},
        {"repeat", "déjà reçu", "received before"},
        {"withdrawn", "annulé", "withdrawn"},
        {"withdrawal", "demande d'annulation", "withdrawal"},
        {"undecided", "en suspens", "undecided"},
        {"refused", "refusé", "refused"},
        {"out-of-scope", "hors champ", "out of scope"},
        {"test", "essai, non utilisé", "test, not used"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].state, state) == 0)
            return publication_words(b->p, table[i].fr, table[i].en);
    return state;
}

/* "" for a reason that the state already says; a rule gives its label. */
const char *feedback_reason(const struct feedback *b, const char *reason)
{
    static const struct {
        const char *reason, *fr, *en;
    } table[] = {
        {"number-tie", "un autre document porte le même numéro et un autre contenu",
         "another document has the same number and other content"},
        {"same-content-other-unit", "le même contenu est arrivé d'une autre unité",
         "the same content came from another unit"},
        {"same-content-other-campaign", "le même contenu a servi à une autre campagne",
         "the same content served another campaign"},
        {"older-number", "son numéro est plus petit que celui du retour en vigueur",
         "its number is below that of the return in force"},
        {"decision", "sur décision de l'enquêteur", "by decision of the enquirer"},
    };
    static const char *const silent[] = {"same-content", "replaced", "test", "withdrawal", "scope", ""};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].reason, reason) == 0)
            return publication_words(b->p, table[i].fr, table[i].en);
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++)
        if (strcmp(silent[i], reason) == 0)
            return "";
    const struct edition_rule *r = edition_rule(b->p->edition, reason);
    return r ? publication_label(b->p, &r->label) : reason;
}

const char *feedback_outcome(const struct feedback *b)
{
    return strcmp(b->unit->scope, "in") == 0
               ? outcome_words(b->p, b->unit)
               : publication_words(b->p,
                                   "Vous n'êtes pas dans le champ de cette campagne : rien n'est attendu de vous.",
                                   "You are not in the scope of this campaign: nothing is expected of you.");
}

/* ---- files ---- */

static enum flow write_unit(struct feedback *b, struct err *e)
{
    char name[256];
    struct buf text;
    enum flow f = feedback_page(b, e);
    buf_init(&text, 16 << 20);
    if (f == FLOW_OK)
        f = feedback_text(b, &text, e);
    (void)snprintf(name, sizeof name, FOLDER "/%s.txt", b->unit->id);
    if (f == FLOW_OK)
        f = publication_file(b->p, name, text.data ? text.data : "", text.len, e);
    buf_fini(&text);
    return f;
}

static const struct publish_column index_columns[] = {
    {"unit", "identifiant", "unit", PUBLISH_CODE, 0},
    {"label", "nom", "label", PUBLISH_TEXT, 0},
    {"departement", "département", "département", PUBLISH_CODE, 0},
    {"outcome", "issue", "outcome", PUBLISH_WORD, 0},
    {"verdict", "verdict", "verdict", PUBLISH_INTEGER, 0},
    {"received_at", "reçu le (UTC)", "received at (UTC)", PUBLISH_TEXT, 0},
    {"fatal", "constats fatals", "fatal findings", PUBLISH_INTEGER, 0},
    {"error", "erreurs", "errors", PUBLISH_INTEGER, 0},
    {"warning", "avertissements", "warnings", PUBLISH_INTEGER, 0},
    {"page", "page", "page", PUBLISH_TEXT, 0},
    {"text", "texte", "text", PUBLISH_TEXT, 0},
    {"subject", "objet du message", "subject of the message", PUBLISH_TEXT, 0},
    {NULL, NULL, NULL, PUBLISH_TEXT, 0},
};

static enum flow index_row(struct publish_table *t, const struct feedback *b, struct err *e)
{
    const struct published_unit *u = b->unit;
    char name[400];
    const char *const texts[] = {u->id, u->label, u->departement, u->outcome};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        publish_text(t, texts[i]);
    if (u->verdict < 0)
        publish_none(t);
    else
        publish_int(t, u->verdict);
    publish_text(t, u->received_at);
    publish_int(t, u->fatal);
    publish_int(t, u->error);
    publish_int(t, u->warning);
    (void)snprintf(name, sizeof name, "%s.html", u->id);
    publish_text(t, name);
    (void)snprintf(name, sizeof name, "%s.txt", u->id);
    publish_text(t, name);
    (void)snprintf(name, sizeof name, "%s – %s", u->id, feedback_verdict(b));
    publish_text(t, name);
    return publish_table_row(t, e);
}

static int usable_name(const char *id)
{
    return *id && *id != '.' && strlen(id) < 120 &&
           id[strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")] == '\0';
}

static enum flow all_units(struct publication *p, struct publish_table *t, struct err *e)
{
    struct feedback b = {.p = p};
    enum flow f = FLOW_OK;
    struct progress bar;
    arena_init(&b.arena, (size_t)256 << 20);
    progress_begin(&bar, "unit pages", p->units);
    for (size_t i = 0; i < p->units && f == FLOW_OK; i++) {
        b.unit = &p->unit[i];
        if (stop_asked()) {
            f = err_set(e, STATUS_RETRY,
                        "stopped by a signal before the publication was whole: what was published before stands");
            break;
        }
        if (!usable_name(b.unit->id)) {
            f = err_set(e, STATUS_DATA, "unit '%.60s': no name for a file; letters, digits, '-' and '_' are expected",
                        b.unit->id);
            break;
        }
        arena_reset(&b.arena);
        f = read_documents(&b, e);
        if (f == FLOW_OK)
            f = read_findings(&b, e);
        if (f == FLOW_OK)
            f = read_silences(&b, e);
        if (f == FLOW_OK)
            f = write_unit(&b, e);
        if (f == FLOW_OK)
            f = index_row(t, &b, e);
        progress_step(&bar, i + 1);
    }
    progress_end(&bar);
    free(b.document);
    free(b.finding);
    free(b.silence);
    arena_fini(&b.arena);
    return f;
}

static enum flow write_index(struct publication *p, const struct publish_table *t, const char *name,
                             enum flow (*format)(const struct publish_table *, struct sink, struct err *),
                             struct err *e)
{
    struct buf b;
    buf_init(&b, 256 << 20);
    enum flow f = format(t, sink_buf(&b), e);
    if (f == FLOW_OK)
        f = publication_file(p, name, b.data, b.len, e);
    buf_fini(&b);
    return f;
}

enum flow publish_feedback(struct publication *p, struct err *e)
{
    char path[4096];
    struct publish_table index;
    if (!fs_join(path, sizeof path, p->folder, FOLDER))
        return err_set(e, STATUS_CANTCREAT, "%s: name too long", p->folder);
    publish_table_init(&index, "index", index_columns, &p->arena);
    enum flow f = fs_mkdirs(path, e);
    if (f == FLOW_OK)
        f = all_units(p, &index, e);
    if (f == FLOW_OK)
        f = write_index(p, &index, FOLDER "/index.csv", publish_csv, e);
    if (f == FLOW_OK)
        f = write_index(p, &index, FOLDER "/index.excel.csv", publish_csv_french, e);
    publish_table_fini(&index);
    return f;
}
