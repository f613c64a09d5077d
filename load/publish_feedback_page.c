/* SPDX-License-Identifier: Apache-2.0 */
/* One unit's feedback as a page and as plain text: same matter, same order. */
#include "load/publish_feedback.h"

#include "load/publish_html.h"
#include "load/publish_style.h"
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

/* A finding about another document than the one in force says which. */
static int about_other(const struct feedback *b, const struct feedback_finding *f)
{
    return *f->record && *b->unit->record && strcmp(f->record, b->unit->record) != 0;
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
                                 words(b, "Octets", "Bytes"),     words(b, "Empreinte", "Digest")};
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
        html_printf(h, "</td><td class=\"n\">%lld</td><td><code>%.12s…</code></td></tr>\n", (long long)d->bytes,
                    d->digest);
    }
    html_raw(h, "</tbody></table></div>\n");
}

static void labelled(struct html *h, const char *label, const char *text, int code)
{
    if (!*text)
        return;
    html_raw(h, "<p>");
    html_text(h, label);
    html_raw(h, code ? " <code>" : " ");
    html_text(h, text);
    html_raw(h, code ? "</code></p>\n" : "</p>\n");
}

static void page_finding(const struct feedback *b, struct html *h, const struct feedback_finding *f)
{
    char place[80], item[ITEM];
    html_printf(h, "<div class=\"finding s-%.16s\">\n<p><strong>", f->severity);
    html_text(h, severity_words(b, f->severity));
    html_raw(h, "</strong> · <code>");
    html_text(h, f->rule);
    html_raw(h, "</code> ");
    html_text(h, f->message);
    html_raw(h, "</p>\n");
    if (*f->variable)
        labelled(h, words(b, "Question :", "Item:"), feedback_item(b, f->variable, f->category, item, sizeof item), 0);
    labelled(h, words(b, "Endroit :", "Place:"), place_of(b, f, place, sizeof place), 0);
    labelled(h, words(b, "Élément :", "Element:"), f->path, 1);
    labelled(h, words(b, "Valeur reçue :", "Value received:"), f->value, 1);
    labelled(h, words(b, "Attendu :", "Expected:"), f->expected, 0);
    labelled(h, words(b, "Que faire :", "What to do:"), remedy_of(b, f), 0);
    if (about_other(b, f))
        labelled(h, words(b, "Document :", "Document:"), f->record, 1);
    html_raw(h, "</div>\n");
}

static void page_findings(const struct feedback *b, struct html *h)
{
    static const char *const order[] = {"fatal", "error", "warning"};
    size_t shown = 0;
    html_element(h, "h2", words(b, "Ce que le contrôle a relevé", "What the checks found"));
    for (size_t s = 0; s < sizeof order / sizeof order[0]; s++)
        for (size_t i = 0; i < b->findings; i++)
            if (feedback_shown(&b->finding[i]) && strcmp(b->finding[i].severity, order[s]) == 0) {
                page_finding(b, h, &b->finding[i]);
                shown++;
            }
    if (shown == 0)
        html_element(h, "p", words(b, "Rien à corriger.", "Nothing to correct."));
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
        html_element(h, "td", f->value);
        html_element(h, "td", f->expected);
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

static void page_missing(const struct feedback *b, struct html *h)
{
    char item[ITEM];
    if (b->unit->verdict < 0 || b->unit->verdict == 3 || missing_count(b) == 0)
        return;
    html_element(h, "h2", words(b, "Ce qui manque", "What is missing"));
    html_element(
        h, "p",
        words(b, "Un zéro est une réponse ; un blanc n'en est pas une.", "A zero is an answer; a blank is not."));
    html_raw(h, "<div class=\"wrap\"><table><thead><tr>");
    html_element(h, "th scope=\"col\"", words(b, "Question", "Item"));
    html_element(h, "th scope=\"col\"", words(b, "Pourquoi", "Why"));
    html_raw(h, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < b->silences; i++) {
        const struct feedback_silence *s = &b->silence[i];
        if (!feedback_missing(s))
            continue;
        html_raw(h, "<tr>");
        html_element(h, "td", feedback_item(b, s->variable, s->category, item, sizeof item));
        html_element(h, "td", feedback_silence_words(b, s->silence));
        html_raw(h, "</tr>\n");
    }
    html_raw(h, "</tbody></table></div>\n");
}

enum flow feedback_page(const struct feedback *b, struct err *e)
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
    html_printf(&h, "<p class=\"verdict v%d\">", u->verdict < 0 ? 1 : u->verdict);
    html_text(&h, feedback_verdict(b));
    html_raw(&h, "</p>\n");
    html_element(&h, "p", feedback_outcome(b));
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
            f = buf_printf(out, e, ", %s, %lld %s, sha256 %s\n", feedback_state(b, d->state), (long long)d->bytes,
                           words(b, "octets", "bytes"), d->digest);
        if (f == FLOW_OK)
            f = line(out, "  ", feedback_reason(b, d->reason), e);
    }
    return f;
}

static enum flow text_finding(const struct feedback *b, const struct feedback_finding *x, struct buf *out,
                              struct err *e)
{
    char place[80], item[ITEM];
    enum flow f = buf_printf(out, e, "\n- %s, %s: ", severity_words(b, x->severity), x->rule);
    if (f == FLOW_OK)
        f = put(out, x->message, e);
    if (f == FLOW_OK)
        f = buf_putc(out, '\n', e);
    if (f == FLOW_OK && *x->variable)
        f = line(out, words(b, "question :", "item:"), feedback_item(b, x->variable, x->category, item, sizeof item),
                 e);
    if (f == FLOW_OK)
        f = line(out, words(b, "endroit :", "place:"), place_of(b, x, place, sizeof place), e);
    if (f == FLOW_OK)
        f = line(out, words(b, "élément :", "element:"), x->path, e);
    if (f == FLOW_OK)
        f = line(out, words(b, "valeur reçue :", "value received:"), x->value, e);
    if (f == FLOW_OK)
        f = line(out, words(b, "attendu :", "expected:"), x->expected, e);
    return f == FLOW_OK ? line(out, words(b, "que faire :", "what to do:"), remedy_of(b, x), e) : f;
}

static enum flow text_findings(const struct feedback *b, struct buf *out, struct err *e)
{
    static const char *const order[] = {"fatal", "error", "warning"};
    size_t shown = 0;
    enum flow f = buf_printf(out, e, "\n%s\n", words(b, "CONSTATS", "FINDINGS"));
    for (size_t s = 0; s < sizeof order / sizeof order[0]; s++)
        for (size_t i = 0; i < b->findings && f == FLOW_OK; i++)
            if (feedback_shown(&b->finding[i]) && strcmp(b->finding[i].severity, order[s]) == 0) {
                f = text_finding(b, &b->finding[i], out, e);
                shown++;
            }
    return f == FLOW_OK && shown == 0
               ? buf_printf(out, e, "  %s\n", words(b, "Rien à corriger.", "Nothing to correct."))
               : f;
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
    if (b->unit->verdict < 0 || b->unit->verdict == 3 || missing_count(b) == 0)
        return FLOW_OK;
    enum flow f = buf_printf(out, e, "\n%s\n", words(b, "SANS RÉPONSE", "WITHOUT ANSWER"));
    for (size_t i = 0; i < b->silences && f == FLOW_OK; i++)
        if (feedback_missing(&b->silence[i]))
            f = buf_printf(out, e, "  %s (%s)\n",
                           feedback_item(b, b->silence[i].variable, b->silence[i].category, item, sizeof item),
                           feedback_silence_words(b, b->silence[i].silence));
    return f;
}

enum flow feedback_text(const struct feedback *b, struct buf *out, struct err *e)
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
