/* SPDX-License-Identifier: Apache-2.0 */
/* What a sender needs beside the findings as stored: what is asked, until when, what is settled already, which question
 * a place in the file belongs to; numbers and expectations in the words of the page. */
#include "load/publish/feedback.h"

#include "schemas/dataset/expected.h"
#include "schemas/run/clock.h"
#include "schemas/run/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *words(const struct feedback *b, const char *fr, const char *en)
{
    return publication_words(b->p, fr, en);
}

static const char *keep(struct feedback *b, const char *text)
{
    const char *copy = arena_strdup(&b->arena, text);
    return copy ? copy : "";
}

/* ---- settled or not ---- */

const struct feedback_document *feedback_document_of(const struct feedback *b, const struct feedback_finding *f)
{
    for (size_t i = 0; i < b->documents; i++)
        if (*f->record && strcmp(b->document[i].record, f->record) == 0)
            return &b->document[i];
    return NULL;
}

/* A document that nothing is asked about any more: replaced, withdrawn, or refused before a better one came. */
static int past(const struct feedback *b, const struct feedback_document *d)
{
    if (strcmp(d->state, "current") == 0 || strcmp(d->state, "undecided") == 0)
        return 0;
    if (strcmp(d->state, "refused") != 0)
        return 1;
    for (const struct feedback_document *later = d + 1; later < b->document + b->documents; later++)
        if (strcmp(later->state, "current") == 0)
            return 1;
    return 0;
}

int feedback_settled(const struct feedback *b, const struct feedback_finding *f)
{
    const struct feedback_document *d = feedback_document_of(b, f);
    return d && past(b, d);
}

static size_t open_findings(const struct feedback *b, const char *severity)
{
    size_t n = 0;
    for (size_t i = 0; i < b->findings; i++)
        n += feedback_shown(&b->finding[i]) && !feedback_settled(b, &b->finding[i]) &&
             (!severity || strcmp(b->finding[i].severity, severity) == 0);
    return n;
}

/* ---- what is asked ---- */

/* The greatest number used so far, 0 when none can be read. */
static int64_t greatest_number(const struct feedback *b)
{
    double top = 0, v;
    for (size_t i = 0; i < b->documents; i++)
        if (double_parse(b->document[i].number, strlen(b->document[i].number), &v) && v > top && v < 1e9)
            top = v;
    return (int64_t)top;
}

static const char *send_again(struct feedback *b)
{
    char text[400];
    int64_t top = greatest_number(b);
    if (top > 0)
        (void)snprintf(
            text, sizeof text, "%s %lld.",
            words(b,
                  "Envoyez de nouveau tout le retour, par la même voie, avec la nature « rectificatif » et un numéro "
                  "plus grand que",
                  "Send the whole return again, the same way, with the nature \"rectificatif\" and a number above"),
            (long long)top);
    else
        (void)snprintf(text, sizeof text, "%s",
                       words(b, "Envoyez de nouveau tout le retour, par la même voie.",
                             "Send the whole return again, the same way."));
    return keep(b, text);
}

static const char *deadline(struct feedback *b)
{
    char text[300];
    int64_t closing = b->p->edition->closing;
    if (strcmp(b->p->vintage.status, "final") == 0)
        return words(b, "La campagne est terminée : les chiffres sont définitifs et un envoi ne les changera plus.",
                     "The campaign is over: the figures are final and no return will change them.");
    if (closing == INSTANT_NONE)
        return "";
    if (b->p->as_of <= closing / 1000000)
        (void)snprintf(text, sizeof text, "%s %s.", words(b, "La collecte ferme le", "The collection closes on"),
                       publication_day(b->p, closing));
    else
        (void)snprintf(
            text, sizeof text, "%s %s %s", words(b, "La collecte est close depuis le", "The collection closed on"),
            publication_day(b->p, closing),
            words(b,
                  "; un envoi tardif compte encore tant que les chiffres ne sont pas définitifs : faites-le sans "
                  "attendre.",
                  "; a late return still counts until the figures are final: please send it without delay."));
    return keep(b, text);
}

static const char *contact(struct feedback *b, int rules)
{
    char text[500];
    if (!rules) {
        (void)snprintf(text, sizeof text, "%s %s.",
                       words(b, "Une question ? Répondez au message qui accompagne ce compte rendu, en citant",
                             "A question? Answer the message that came with this feedback and quote"),
                       b->unit->id);
        return keep(b, text);
    }
    (void)snprintf(
        text, sizeof text, "%s %s%s",
        words(b,
              "Une question, ou une valeur juste malgré une règle ? Répondez au message qui accompagne ce compte "
              "rendu, en citant",
              "A question, or a value that is right although a rule says otherwise? Answer the message that came "
              "with this feedback and quote"),
        b->unit->id, words(b, " et le code de la règle.", " and the code of the rule."));
    return keep(b, text);
}

/* The core answers: how many there are, how many it takes. */
static const char *core(struct feedback *b)
{
    char text[300];
    const struct published_unit *u = b->unit;
    const struct edition *ed = b->p->edition;
    long long partial = (long long)ceil(ed->core_partial * (double)u->core_asked - 1e-9),
              whole = (long long)ceil(ed->core_complete * (double)u->core_asked - 1e-9);
    if (u->verdict < 0 || u->verdict > 2 || u->core_answered == u->core_asked)
        return "";
    (void)snprintf(text, sizeof text, "%s %lld %s %lld. %s %lld %s %lld %s",
                   words(b, "Réponses essentielles retenues :", "Essential answers kept:"), (long long)u->core_answered,
                   words(b, "sur", "of"), (long long)u->core_asked, words(b, "Il en faut", "It takes"), partial,
                   words(b, "pour que le retour soit utilisé,", "for the return to be used,"), whole,
                   words(b, "pour qu'il soit complet.", "for it to be complete."));
    return keep(b, text);
}

/* A return in force, and after it a document that was refused. */
static int refused_since(const struct feedback *b)
{
    int current = 0, refused = 0;
    for (size_t i = 0; i < b->documents; i++) {
        current = current || strcmp(b->document[i].state, "current") == 0;
        refused = refused || (strcmp(b->document[i].state, "refused") == 0 && !past(b, &b->document[i]));
    }
    return current && refused;
}

size_t feedback_steps(struct feedback *b, const char **step)
{
    size_t n = 0;
    const char *outcome = b->unit->outcome;
    int in_scope = strcmp(b->unit->scope, "in") == 0, silent = strcmp(outcome, "silent") == 0;
    size_t fatal = open_findings(b, "fatal"), errors = open_findings(b, "error"), all = open_findings(b, NULL);
    int again = strcmp(outcome, "unusable") == 0 || strcmp(outcome, "undecided") == 0 ||
                strcmp(outcome, "withdrawn") == 0 || strcmp(outcome, "partial") == 0 || errors + fatal > 0;
    if (!in_scope)
        return 0;
    if (refused_since(b))
        step[n++] = words(
            b,
            "Votre dernier envoi a été refusé : le retour d'avant reste en vigueur tant qu'un envoi corrigé ne le "
            "remplace pas.",
            "Your last document was refused: the return before it stays in force until a corrected one replaces "
            "it.");
    if (*core(b))
        step[n++] = core(b);
    if (errors + fatal > 0)
        step[n++] =
            words(b,
                  "Corrigez dans votre logiciel ce qui est relevé plus bas ; si le défaut tient au fichier lui-même "
                  "et non à vos réponses, transmettez cette page à l'éditeur du logiciel.",
                  "Correct in your software what is listed below; when the fault lies in the file itself and not in "
                  "your answers, pass this page on to the vendor of the software.");
    else if (all > 0)
        step[n++] =
            words(b,
                  "Vérifiez ce qui est relevé plus bas : une valeur juste se confirme en répondant, une valeur fausse "
                  "se corrige par un nouvel envoi.",
                  "Check what is listed below: confirm a right value by answering, correct a wrong one by sending "
                  "again.");
    else if (strcmp(outcome, "partial") == 0 || strcmp(outcome, "unusable") == 0)
        step[n++] = words(b, "Complétez les réponses essentielles qui manquent, listées plus bas.",
                          "Fill in the essential answers that are missing, listed below.");
    if (again)
        step[n++] = send_again(b);
    if ((again || silent || all > 0) && *deadline(b))
        step[n++] = deadline(b);
    if (strcmp(outcome, "refusal") == 0)
        step[n++] = words(b, "Si vous changez d'avis, votre retour reste le bienvenu.",
                          "Should you change your mind, your return is still welcome.");
    if (n == 0 || (!again && all == 0 && !silent && strcmp(outcome, "complete") == 0))
        step[n++] = words(b, "Vous n'avez rien à faire.", "There is nothing for you to do.");
    else
        step[n++] = contact(b, all > 0);
    return n;
}

/* ---- one finding ---- */

/* The message in the numbers of a French reader, outside what stands between quotation marks: that was sent so. */
static const char *french_numbers(struct feedback *b, const char *s)
{
    struct buf out;
    struct err ignored;
    int quoted = 0;
    enum flow f = FLOW_OK;
    buf_init(&out, 1 << 20);
    for (size_t i = 0; s[i] && f == FLOW_OK; i++) {
        int before = i > 0 && s[i - 1] >= '0' && s[i - 1] <= '9', after = s[i + 1] >= '0' && s[i + 1] <= '9';
        quoted += strncmp(s + i, "\xC2\xAB", 2) == 0 ? 1 : strncmp(s + i, "\xC2\xBB", 2) == 0 ? -1 : 0;
        if (s[i] == '.' && before && after && !quoted)
            f = buf_putc(&out, ',', &ignored);
        else if (s[i] == '-' && i > 0 && s[i - 1] == ' ' && after && !quoted)
            f = buf_puts(&out, "\xE2\x88\x92", &ignored);
        else
            f = buf_putc(&out, s[i], &ignored);
    }
    const char *kept = f == FLOW_OK ? keep(b, buf_str(&out)) : s;
    buf_fini(&out);
    return kept;
}

const char *feedback_message(struct feedback *b, const struct feedback_finding *f)
{
    const char *s = f->message;
    if (b->p->language == PUBLISH_FR && f->spec && f->spec->stage == EDITION_RULE)
        s = french_numbers(b, s);
    if (*s < 'a' || *s > 'z')
        return s;
    char *copy = arena_strdup(&b->arena, s);
    if (!copy)
        return s;
    copy[0] = (char)(copy[0] - 'a' + 'A');
    return copy;
}

/* As every reader of findings has it, without the full stop of a documentation. */
const char *feedback_expected(struct feedback *b, const struct feedback_finding *f)
{
    char text[EXPECTED_TEXT_MAX];
    if (b->p->language != PUBLISH_FR)
        return f->expected;
    char *copy = arena_strdup(&b->arena, expected_french(f->expected, f->message, text));
    size_t n = copy ? strlen(copy) : 0;
    if (n > 0 && strchr(copy, ' ') && copy[n - 1] == '.')
        copy[n - 1] = '\0';
    return copy ? copy : "";
}

/* A place as the edition's tables write it: /retour/enfants/sexe/effectif[2] and /r:retour/r:enfants/r:sexe/r:effectif
 * both give /retour/enfants/sexe/effectif. */
static void plain_path(const char *path, char *out, size_t size)
{
    size_t n = 0;
    for (const char *s = path; *s && n + 1 < size; s++) {
        const char *stop = s + strcspn(s, ":/[");
        if (*stop == ':' && (s == path || s[-1] == '/'))
            s = stop + 1;
        if (*s == '[')
            s += strcspn(s, "]");
        else
            out[n++] = *s;
        if (!*s)
            break;
    }
    out[n] = '\0';
}

const char *feedback_question(struct feedback *b, const struct feedback_finding *f)
{
    char item[300], place[600], at[600], path[1024];
    const struct edition *ed = b->p->edition;
    if (*f->variable)
        return keep(b, feedback_item(b, f->variable, f->category, item, sizeof item));
    plain_path(f->path, place, sizeof place);
    for (size_t i = 0; *place && i < ed->variable_count; i++) {
        const struct edition_variable *v = &ed->variables[i];
        if (v->shape == EDITION_COMPUTED)
            continue;
        int here = strcmp(v->select, ".") == 0;
        (void)snprintf(path, sizeof path, "%s%s%s", v->context, *v->context && !here ? "/" : "", here ? "" : v->select);
        plain_path(path, at, sizeof at);
        if (strcmp(at, place) == 0)
            return publication_label(b->p, &v->label);
    }
    return "";
}

/* The answers set aside because of this finding. */
const char *feedback_consequence(struct feedback *b, const struct feedback_finding *f)
{
    char text[700];
    size_t n = 0;
    uint32_t last = EDITION_NONE;
    text[0] = '\0';
    if (!f->spec || strcmp(f->severity, "error") != 0)
        return "";
    for (size_t k = 0; k < f->spec->withhold_count; k++) {
        uint32_t category;
        const struct edition_variable *v = edition_cell(b->p->edition, f->spec->withholds[k], &category);
        int withheld = 0;
        for (size_t i = 0; v && v->index != last && i < b->silences && !withheld; i++)
            withheld = b->silence[i].variable == v && strcmp(b->silence[i].silence, "withheld") == 0;
        if (!withheld)
            continue;
        last = v->index;
        int put = snprintf(text + n, sizeof text - n, "%s%s", n ? ", " : "", publication_label(b->p, &v->label));
        n += put > 0 && (size_t)put < sizeof text - n ? (size_t)put : 0;
    }
    return keep(b, text);
}
