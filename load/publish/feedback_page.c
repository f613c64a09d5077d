/* SPDX-License-Identifier: Apache-2.0 */
/* One unit's feedback as a page and as plain text: same matter, same order. */
#include "load/publish/feedback.h"

#include "load/publish/html.h"
#include "load/publish/style.h"
#include "schemas/run/text.h"

#include <stdio.h>
#include <string.h>

enum { ITEM = 300 };

static const char *words(const struct feedback *b, const char *fr, const char *en)
{
    return publication_words(b->p, fr, en);
}

static const char *severity_words(const struct feedback *b, const char *s)
{
    return strcmp(s, "fatal") == 0     ? words(b, "Refus", "Refusal")
           : strcmp(s, "error") == 0   ? words(b, "Erreur", "Error")
           : strcmp(s, "warning") == 0 ? words(b, "À vérifier", "To be checked")
                                       : words(b, "Information", "Information");
}

static const char *remedy_of(const struct feedback *b, const struct feedback_finding *f)
{
    return f->spec ? publication_label(b->p, &f->spec->remedy) : "";
}

static const char *place_of(const struct feedback *b, const struct feedback_finding *f, char *out, size_t size)
{
    if (f->line && f->column)
        (void)snprintf(out, size, "%s %lld, %s %lld", words(b, "ligne", "line"), (long long)f->line,
                       words(b, "colonne", "column"), (long long)f->column);
    else if (f->line)
        (void)snprintf(out, size, "%s %lld", words(b, "ligne", "line"), (long long)f->line);
    else
        out[0] = '\0';
    return out;
}

static const char *nature_words(const struct feedback *b, const char *nature)
{
    return strcmp(nature, "initial") == 0      ? words(b, "initial", "initial")
           : strcmp(nature, "correction") == 0 ? words(b, "rectificatif", "correction")
           : strcmp(nature, "withdrawal") == 0 ? words(b, "annulation", "withdrawal")
                                               : nature;
}

/* ---- page ---- */

static void page_documents(const struct feedback *b, struct html *h)
{
    html_element(h, "h2", words(b, "Ce que nous avons reçu", "What we received"));
    if (b->documents == 0) {
        html_element(h, "p", words(b, "Rien à ce jour.", "Nothing so far."));
        return;
    }
    html_raw(h, "<div class=\"wrap\"><table><thead><tr>");
    const char *const heads[] = {words(b, "Reçu le", "Received"), words(b, "N°", "No"),
                                 words(b, "Nature", "Nature"),    words(b, "État", "State"),
                                 words(b, "Octets", "Bytes"),     words(b, "Empreinte SHA-256", "SHA-256 digest")};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        html_element(h, "th scope=\"col\"", heads[i]);
    html_raw(h, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < b->documents; i++) {
        const struct feedback_document *d = &b->document[i];
        html_raw(h, "<tr>");
        html_element(h, "td", publication_date(b->p, d->received_at));
        html_element(h, "td", d->number);
        html_element(h, "td", nature_words(b, d->nature));
        html_raw(h, "<td>");
        html_text(h, feedback_state(b, d->state));
        if (*feedback_reason(b, d->reason)) {
            html_raw(h, "<br><span class=\"note\">");
            html_text(h, feedback_reason(b, d->reason));
            html_raw(h, "</span>");
        }
        html_raw(h, "</td>");
        html_element(h, "td class=\"n\"", publication_number(b->p, (double)d->bytes, 0));
        html_printf(h, "<td><code>%.64s</code></td></tr>\n", d->digest);
    }
    html_raw(h, "</tbody></table></div>\n");
}

/* "Question : ..."; what was sent or stands in the file is code, shown character by character. */
static void labelled(struct html *h, const char *label, const char *text, int code)
{
    if (!*text)
        return;
    html_raw(h, "<dt>");
    html_text(h, label);
    html_raw(h, code ? "</dt><dd><code>" : "</dt><dd>");
    if (code)
        html_verbatim(h, text);
    else
        html_text(h, text);
    html_raw(h, code ? "</code></dd>\n" : "</dd>\n");
}

/* "n° 1, reçu le 25/05/2022 ..."; "" when there is but one document. */
static const char *document_words(const struct feedback *b, const struct feedback_finding *f, char *out, size_t size)
{
    const struct feedback_document *d = feedback_document_of(b, f);
    out[0] = '\0';
    if (d && b->documents > 1)
        (void)snprintf(out, size, "%s%.20s%s%s %s", *d->number ? words(b, "n° ", "no ") : "", d->number,
                       *d->number ? ", " : "", words(b, "reçu le", "received on"),
                       publication_date(b->p, d->received_at));
    return out;
}

static void page_finding(struct feedback *b, struct html *h, const struct feedback_finding *f)
{
    char text[300];
    int settled = feedback_settled(b, f);
    html_printf(h, "<div class=\"finding s-%.16s\">\n<p><strong>", settled ? "past" : f->severity);
    html_text(h, severity_words(b, f->severity));
    html_raw(h, "</strong> · <code>");
    html_verbatim(h, f->rule);
    html_raw(h, "</code> ");
    html_text(h, feedback_message(b, f));
    html_raw(h, "</p>\n<dl>\n");
    labelled(h, words(b, "Question", "Item"), feedback_question(b, f), 0);
    labelled(h, words(b, "Endroit", "Place"), place_of(b, f, text, sizeof text), 0);
    labelled(h, words(b, "Élément", "Element"), f->path, 1);
    labelled(h, words(b, "Valeur reçue", "Value received"), f->value, 1);
    labelled(h, words(b, "Attendu", "Expected"), feedback_expected(b, f), 0);
    if (!settled) {
        labelled(h, words(b, "Mis de côté", "Set aside"), feedback_consequence(b, f), 0);
        labelled(h, words(b, "Que faire", "What to do"), remedy_of(b, f), 0);
    }
    labelled(h, words(b, "Envoi", "Document"), document_words(b, f, text, sizeof text), 0);
    html_raw(h, "</dl></div>\n");
}

/* Findings still to be dealt with, or those of documents that no longer count; how many. */
static size_t page_some(struct feedback *b, struct html *h, int settled)
{
    static const char *const order[] = {"fatal", "error", "warning"};
    size_t shown = 0;
    for (size_t s = 0; s < sizeof order / sizeof order[0]; s++)
        for (size_t i = 0; i < b->findings; i++)
            if (feedback_shown(&b->finding[i]) && strcmp(b->finding[i].severity, order[s]) == 0 &&
                feedback_settled(b, &b->finding[i]) == settled) {
                page_finding(b, h, &b->finding[i]);
                shown++;
            }
    return shown;
}

static size_t settled_count(const struct feedback *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->findings; i++)
        n += feedback_shown(&b->finding[i]) && feedback_settled(b, &b->finding[i]);
    return n;
}

/* Is there a return whose checks can be said to have found nothing? */
static int judged(const struct feedback *b)
{
    return b->unit->verdict >= 0;
}

static void page_findings(struct feedback *b, struct html *h)
{
    size_t past = settled_count(b), all = 0;
    for (size_t i = 0; i < b->findings; i++)
        all += (size_t)feedback_shown(&b->finding[i]);
    if (judged(b) || all > past) {
        html_element(h, "h2", words(b, "Ce que le contrôle a relevé", "What the checks found"));
        if (page_some(b, h, 0) == 0)
            html_element(h, "p", words(b, "Rien à corriger.", "Nothing to correct."));
    }
    if (past > 0) {
        html_raw(h, "<details><summary>");
        html_text(h, words(b, "Ce qui avait été relevé sur des envois remplacés ou annulés : rien à faire",
                           "What had been found in documents since replaced or withdrawn: nothing to do"));
        html_printf(h, " (%zu)</summary>\n", past);
        (void)page_some(b, h, 1);
        html_raw(h, "</details>\n");
    }
}

static void page_normalised(const struct feedback *b, struct html *h)
{
    char item[ITEM];
    size_t n = 0;
    for (size_t i = 0; i < b->findings; i++)
        n += strcmp(b->finding[i].outcome, "normalised") == 0;
    if (n == 0)
        return;
    html_element(h, "h2", words(b, "Ce que nous avons lu autrement qu'écrit", "What we read otherwise than written"));
    html_raw(h, "<div class=\"wrap\"><table><thead><tr>");
    html_element(h, "th scope=\"col\"", words(b, "Question", "Item"));
    html_element(h, "th scope=\"col\"", words(b, "Écrit", "Written"));
    html_element(h, "th scope=\"col\"", words(b, "Lu", "Read"));
    html_element(h, "th scope=\"col\" class=\"n\"", words(b, "Ligne", "Line"));
    html_raw(h, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < b->findings; i++) {
        const struct feedback_finding *f = &b->finding[i];
        if (strcmp(f->outcome, "normalised") != 0)
            continue;
        html_raw(h, "<tr>");
        html_element(h, "td", feedback_item(b, f->variable, f->category, item, sizeof item));
        html_raw(h, "<td><code>");
        html_verbatim(h, f->value);
        html_raw(h, "</code></td><td><code>");
        html_verbatim(h, f->expected);
        html_raw(h, "</code></td>");
        html_printf(h, "<td class=\"n\">%lld</td></tr>\n", (long long)f->line);
    }
    html_raw(h, "</tbody></table></div>\n");
}

static size_t missing_count(const struct feedback *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->silences; i++)
        n += (size_t)feedback_missing(&b->silence[i]);
    return n;
}

static int essential(const struct feedback_silence *s)
{
    return s->variable && s->variable->core &&
           (s->variable->core_category == EDITION_NONE || s->variable->core_category == s->position);
}

/* The silences from i on that one line tells: a whole table that is silent in one way, else one. item gets its words.
 */
static size_t missing_run(const struct feedback *b, size_t i, char *item, size_t size, int *core)
{
    const struct feedback_silence *s = &b->silence[i];
    size_t n = 1;
    *core = essential(s);
    while (i + n < b->silences && s->variable && b->silence[i + n].variable == s->variable &&
           strcmp(b->silence[i + n].silence, s->silence) == 0)
        *core = essential(&b->silence[i + n++]) || *core;
    if (n > 1 && n == s->variable->cells) {
        (void)snprintf(item, size, "%s – %s", publication_label(b->p, &s->variable->label),
                       words(b, "toutes les lignes", "every row"));
        return n;
    }
    *core = essential(s);
    (void)feedback_item(b, s->name, s->category, item, size);
    return 1;
}

static int tells_missing(const struct feedback *b)
{
    return b->unit->verdict >= 0 && b->unit->verdict != 3 && missing_count(b) > 0;
}

static void page_missing(const struct feedback *b, struct html *h)
{
    char item[ITEM];
    int core;
    if (!tells_missing(b))
        return;
    html_element(h, "h2", words(b, "Ce qui manque", "What is missing"));
    html_element(
        h, "p",
        words(b, "Un zéro est une réponse ; un blanc n'en est pas une.", "A zero is an answer; a blank is not."));
    html_raw(h, "<div class=\"wrap\"><table><thead><tr>");
    html_element(h, "th scope=\"col\"", words(b, "Question", "Item"));
    html_element(h, "th scope=\"col\"", words(b, "Pourquoi", "Why"));
    html_raw(h, "</tr></thead><tbody>\n");
    for (size_t i = 0, n; i < b->silences; i += n) {
        n = missing_run(b, i, item, sizeof item, &core);
        if (!feedback_missing(&b->silence[i]))
            continue;
        html_raw(h, "<tr><td>");
        html_text(h, item);
        if (core) {
            html_raw(h, " · ");
            html_element(h, "strong", words(b, "réponse essentielle", "essential answer"));
        }
        html_raw(h, "</td>");
        html_element(h, "td", feedback_silence_words(b, b->silence[i].silence));
        html_raw(h, "</tr>\n");
    }
    html_raw(h, "</tbody></table></div>\n");
}

static void page_steps(struct feedback *b, struct html *h)
{
    const char *step[FEEDBACK_STEPS];
    size_t n = feedback_steps(b, step);
    if (n == 0)
        return;
    html_element(h, "h2", words(b, "Ce que nous vous demandons", "What we ask of you"));
    html_raw(h, "<ul>\n");
    for (size_t i = 0; i < n; i++)
        html_element(h, "li", step[i]);
    html_raw(h, "</ul>\n");
}

enum flow feedback_page(struct feedback *b, struct err *e)
{
    struct html h;
    char title[300], name[200];
    const struct published_unit *u = b->unit;
    (void)snprintf(title, sizeof title, "%s – %s", u->id,
                   words(b, "compte rendu de contrôle", "feedback on your return"));
    html_open(&h, words(b, "fr", "en"), title, publish_style, NULL, e);
    html_raw(&h, "<div class=\"banner\" role=\"note\">");
    html_text(&h, words(b, "INTERNE à l'enquête – destiné au seul expéditeur du retour",
                        "INTERNAL to the enquiry – for the sender only"));
    html_raw(&h, "</div>\n<header>\n");
    html_element(&h, "h1", *u->label ? u->label : u->id);
    html_raw(&h, "<p class=\"meta\">");
    html_text(&h, u->id);
    html_raw(&h, " · ");
    html_text(&h, b->p->title);
    html_raw(&h, "</p>\n</header>\n<main>\n");
    html_printf(&h, "<p class=\"verdict v%d\">",
                strcmp(u->outcome, "unusable") == 0 ? 3
                : u->verdict < 0                    ? 1
                                                    : u->verdict);
    html_text(&h, feedback_verdict(b));
    html_raw(&h, "</p>\n");
    html_element(&h, "p", feedback_outcome(b));
    page_steps(b, &h);
    page_documents(b, &h);
    if (b->documents > 0) {
        page_findings(b, &h);
        page_normalised(b, &h);
        page_missing(b, &h);
    }
    html_raw(&h, "</main>\n<footer>");
    html_text(&h, words(b, "État au ", "As of "));
    html_text(&h, publication_date(b->p, b->p->vintage.as_of));
    html_raw(&h, "</footer>\n");
    enum flow f = html_close(&h, NULL);
    (void)snprintf(name, sizeof name, "retours/%s.html", u->id);
    if (f == FLOW_OK)
        f = publication_file(b->p, name, h.page.data, h.page.len, e);
    html_fini(&h);
    return f;
}

/* ---- text ---- */

/* Text of others: controls shown, one line. */
static enum flow put(struct buf *out, const char *s, struct err *e)
{
    return text_visible(s, strlen(s), out, e);
}

static enum flow line(struct buf *out, const char *label, const char *text, struct err *e)
{
    if (!*text)
        return FLOW_OK;
    enum flow f = buf_printf(out, e, "  %s ", label);
    if (f == FLOW_OK)
        f = put(out, text, e);
    return f == FLOW_OK ? buf_putc(out, '\n', e) : f;
}

static enum flow text_documents(const struct feedback *b, struct buf *out, struct err *e)
{
    enum flow f = buf_printf(out, e, "\n%s\n", words(b, "REÇU", "RECEIVED"));
    if (f == FLOW_OK && b->documents == 0)
        f = buf_printf(out, e, "  %s\n", words(b, "Rien à ce jour.", "Nothing so far."));
    for (size_t i = 0; i < b->documents && f == FLOW_OK; i++) {
        const struct feedback_document *d = &b->document[i];
        f = buf_printf(out, e, "  %s, %s ", publication_date(b->p, d->received_at), words(b, "numéro", "number"));
        if (f == FLOW_OK)
            f = put(out, *d->number ? d->number : "-", e);
        if (f == FLOW_OK)
            f = buf_printf(out, e, ", %s, %lld %s\n    sha256 %s\n", feedback_state(b, d->state), (long long)d->bytes,
                           words(b, "octets", "bytes"), d->digest);
        if (f == FLOW_OK)
            f = line(out, "  ", feedback_reason(b, d->reason), e);
    }
    return f;
}

static enum flow text_finding(struct feedback *b, const struct feedback_finding *x, struct buf *out, struct err *e)
{
    char text[300], place[80];
    const int settled = feedback_settled(b, x);
    const char *const lines[][2] = {
        {words(b, "question :", "item:"), feedback_question(b, x)},
        {words(b, "endroit :", "place:"), place_of(b, x, place, sizeof place)},
        {words(b, "élément :", "element:"), x->path},
        {words(b, "valeur reçue :", "value received:"), x->value},
        {words(b, "attendu :", "expected:"), feedback_expected(b, x)},
        {words(b, "mis de côté :", "set aside:"), settled ? "" : feedback_consequence(b, x)},
        {words(b, "que faire :", "what to do:"), settled ? "" : remedy_of(b, x)},
        {words(b, "envoi :", "document:"), document_words(b, x, text, sizeof text)},
    };
    enum flow f = buf_printf(out, e, "\n- %s, %s%s ", severity_words(b, x->severity), x->rule, words(b, " :", ":"));
    if (f == FLOW_OK)
        f = put(out, feedback_message(b, x), e);
    if (f == FLOW_OK)
        f = buf_putc(out, '\n', e);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0] && f == FLOW_OK; i++)
        f = line(out, lines[i][0], lines[i][1], e);
    return f;
}

static enum flow text_some(struct feedback *b, int settled, struct buf *out, struct err *e)
{
    static const char *const order[] = {"fatal", "error", "warning"};
    enum flow f = FLOW_OK;
    for (size_t s = 0; s < sizeof order / sizeof order[0]; s++)
        for (size_t i = 0; i < b->findings && f == FLOW_OK; i++)
            if (feedback_shown(&b->finding[i]) && strcmp(b->finding[i].severity, order[s]) == 0 &&
                feedback_settled(b, &b->finding[i]) == settled)
                f = text_finding(b, &b->finding[i], out, e);
    return f;
}

static enum flow text_findings(struct feedback *b, struct buf *out, struct err *e)
{
    size_t past = settled_count(b), all = 0;
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < b->findings; i++)
        all += (size_t)feedback_shown(&b->finding[i]);
    if (judged(b) || all > past)
        f = buf_printf(out, e, "\n%s\n%s", words(b, "CONSTATS", "FINDINGS"),
                       all > past ? "" : words(b, "  Rien à corriger.\n", "  Nothing to correct.\n"));
    if (f == FLOW_OK)
        f = text_some(b, 0, out, e);
    if (f == FLOW_OK && past > 0)
        f = buf_printf(out, e, "\n%s\n",
                       words(b, "CONSTATS SUR DES ENVOIS REMPLACÉS OU ANNULÉS : RIEN À FAIRE",
                             "FINDINGS ABOUT DOCUMENTS SINCE REPLACED OR WITHDRAWN: NOTHING TO DO"));
    return f == FLOW_OK ? text_some(b, 1, out, e) : f;
}

static enum flow text_steps(struct feedback *b, struct buf *out, struct err *e)
{
    const char *step[FEEDBACK_STEPS];
    size_t n = feedback_steps(b, step);
    enum flow f =
        n ? buf_printf(out, e, "\n%s\n", words(b, "CE QUE NOUS VOUS DEMANDONS", "WHAT WE ASK OF YOU")) : FLOW_OK;
    for (size_t i = 0; i < n && f == FLOW_OK; i++)
        f = buf_printf(out, e, "  * %s\n", step[i]);
    return f;
}

static enum flow text_normalised(const struct feedback *b, struct buf *out, struct err *e)
{
    char item[ITEM];
    enum flow f = FLOW_OK;
    int first = 1;
    for (size_t i = 0; i < b->findings && f == FLOW_OK; i++) {
        const struct feedback_finding *x = &b->finding[i];
        if (strcmp(x->outcome, "normalised") != 0)
            continue;
        if (first)
            f = buf_printf(out, e, "\n%s\n", words(b, "LU AUTREMENT QU'ÉCRIT", "READ OTHERWISE THAN WRITTEN"));
        first = 0;
        if (f == FLOW_OK)
            f = buf_printf(out, e, "  %s: ", feedback_item(b, x->variable, x->category, item, sizeof item));
        if (f == FLOW_OK)
            f = put(out, x->value, e);
        if (f == FLOW_OK)
            f = buf_puts(out, " -> ", e);
        if (f == FLOW_OK)
            f = put(out, x->expected, e);
        if (f == FLOW_OK)
            f = buf_putc(out, '\n', e);
    }
    return f;
}

static enum flow text_missing(const struct feedback *b, struct buf *out, struct err *e)
{
    char item[ITEM];
    int core;
    if (!tells_missing(b))
        return FLOW_OK;
    enum flow f = buf_printf(out, e, "\n%s\n", words(b, "SANS RÉPONSE", "WITHOUT ANSWER"));
    for (size_t i = 0, n; i < b->silences && f == FLOW_OK; i += n) {
        n = missing_run(b, i, item, sizeof item, &core);
        if (feedback_missing(&b->silence[i]))
            f = buf_printf(out, e, "  %s (%s)%s\n", item, feedback_silence_words(b, b->silence[i].silence),
                           core ? words(b, " : réponse essentielle", ": essential answer") : "");
    }
    return f;
}

enum flow feedback_text(struct feedback *b, struct buf *out, struct err *e)
{
    const struct published_unit *u = b->unit;
    enum flow f = buf_printf(out, e, "%s\n\n",
                             words(b, "INTERNE à l'enquête, destiné au seul expéditeur du retour",
                                   "INTERNAL to the enquiry, for the sender only"));
    if (f == FLOW_OK)
        f = put(out, u->id, e);
    if (f == FLOW_OK && *u->label) {
        f = buf_puts(out, "  ", e);
        if (f == FLOW_OK)
            f = put(out, u->label, e);
    }
    if (f == FLOW_OK)
        f = buf_printf(out, e, "\n%s\n\n%s\n%s\n", b->p->title, feedback_verdict(b), feedback_outcome(b));
    if (f == FLOW_OK)
        f = text_steps(b, out, e);
    if (f == FLOW_OK)
        f = text_documents(b, out, e);
    if (f == FLOW_OK && b->documents > 0)
        f = text_findings(b, out, e);
    if (f == FLOW_OK && b->documents > 0)
        f = text_normalised(b, out, e);
    if (f == FLOW_OK && b->documents > 0)
        f = text_missing(b, out, e);
    return f == FLOW_OK ? buf_printf(out, e, "\n%s %s\n", words(b, "État au", "As of"),
                                     publication_date(b->p, b->p->vintage.as_of))
                        : f;
}
