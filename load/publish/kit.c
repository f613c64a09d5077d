/* SPDX-License-Identifier: Apache-2.0 */
/* kit/: what a software vendor needs to send returns that pass: the edition's own files as they are, and the
 * questionnaire, code lists and rules in readable form. */
#include "load/publish/html.h"
#include "load/publish/model.h"
#include "load/publish/style.h"
#include "schemas/run/fs.h"

#include <stdio.h>
#include <string.h>

static const char files_sql[] = "SELECT path, content FROM edition_file WHERE edition = $1 ORDER BY path";

/* The part of an edition's path below its folder; NULL for a name that is not ours. */
static const char *below(const char *path)
{
    const char *name = strncmp(path, "edition/", 8) == 0 ? path + 8 : path;
    if (*name == '/' || *name == '\0' || strstr(name, ".."))
        return NULL;
    return name;
}

static enum flow copy_file(const struct publication *p, const char *name, const char *content, struct err *e)
{
    char path[1024], folder[4096];
    (void)snprintf(path, sizeof path, "kit/edition/%.900s", name);
    if (!fs_join(folder, sizeof folder, p->folder, path))
        return err_set(e, STATUS_CANTCREAT, "%s/%s: name too long", p->folder, path);
    *strrchr(folder, '/') = '\0';
    enum flow f = fs_mkdirs(folder, e);
    return f == FLOW_OK ? publication_file(p, path, content, strlen(content), e) : f;
}

static enum flow copy_edition(struct publication *p, int *schema, struct err *e)
{
    struct db_query *q = db_select(p->db, files_sql, DB_ARGS(DB_INT(p->vintage.edition)), e);
    enum flow f = q ? FLOW_OK : FLOW_FATAL;
    *schema = 0;
    while (f == FLOW_OK && (f = db_next(q, e)) == FLOW_OK) {
        const char *name = below(db_text(q, 0));
        *schema = *schema || (name && strcmp(name, "return.xsd") == 0);
        f = name ? copy_file(p, name, db_text(q, 1), e) : FLOW_OK;
    }
    db_query_close(q);
    return f == FLOW_END ? FLOW_OK : f;
}

/* ---- the readable page ---- */

static void head_row(struct html *h, const char *const *heads)
{
    html_raw(h, "<div class=\"wrap\"><table><thead><tr>");
    for (size_t i = 0; heads[i]; i++)
        html_element(h, "th scope=\"col\"", heads[i]);
    html_raw(h, "</tr></thead><tbody>\n");
}

static void end_table(struct html *h)
{
    html_raw(h, "</tbody></table></div>\n");
}

/* A code in one piece; a path, which may be long, breaks. */
static void code_cell(struct html *h, const char *text)
{
    html_raw(h, strlen(text) < 24 ? "<td class=\"id\"><code>" : "<td><code>");
    html_verbatim(h, text);
    html_raw(h, "</code></td>");
}

static void variable_row(struct publication *p, struct html *h, const struct edition_variable *v)
{
    char path[1024];
    int here = strcmp(v->select, ".") == 0;
    html_raw(h, "<tr>");
    code_cell(h, v->id);
    html_element(h, "td", publication_label(p, &v->label));
    html_element(h, "td", publish_measure(p->edition, v->unit, p->language));
    code_cell(h, v->list ? v->list->id : "");
    code_cell(h, v->sum_to != EDITION_NONE ? p->edition->variables[v->sum_to].id : "");
    (void)snprintf(path, sizeof path, "%s%s%s%s%s%s", v->context, *v->key ? "[" : "", v->key, *v->key ? "]" : "",
                   *v->context && !here ? "/" : "", here ? "" : v->select);
    code_cell(h, path);
    html_raw(h, "</tr>\n");
}

static void variables(struct publication *p, struct html *h)
{
    const struct edition *ed = p->edition;
    const char *const heads[] = {publication_words(p, "Identifiant", "Identifier"),
                                 publication_words(p, "Question", "Item"),
                                 publication_words(p, "Unité", "Unit"),
                                 publication_words(p, "Liste", "List"),
                                 publication_words(p, "Doit s'ajouter à", "Must add up to"),
                                 publication_words(p, "Place dans le fichier (XPath)", "Place in the file (XPath)"),
                                 NULL};
    html_element(h, "h2 id=\"questionnaire\"", publication_words(p, "Questionnaire", "Questionnaire"));
    for (size_t g = 0; g < ed->group_count; g++) {
        html_element(h, "h3", publication_label(p, &ed->groups[g].label));
        head_row(h, heads);
        for (size_t i = 0; i < ed->variable_count; i++)
            if (ed->variables[i].group == g)
                variable_row(p, h, &ed->variables[i]);
        end_table(h);
    }
}

static void lists(struct publication *p, struct html *h)
{
    const char *const heads[] = {publication_words(p, "Code", "Code"), publication_words(p, "Libellé", "Label"), NULL};
    html_element(h, "h2 id=\"lists\"", publication_words(p, "Listes de codes", "Code lists"));
    for (size_t i = 0; i < p->edition->list_count; i++) {
        const struct edition_list *l = &p->edition->lists[i];
        html_element(h, "h3", l->id);
        head_row(h, heads);
        for (size_t k = 0; k < l->count; k++) {
            html_raw(h, "<tr>");
            code_cell(h, l->categories[k].code);
            html_element(h, "td", publication_label(p, &l->categories[k].label));
            html_raw(h, "</tr>\n");
        }
        end_table(h);
    }
}

static void rules(struct publication *p, struct html *h)
{
    const char *const heads[] = {publication_words(p, "Règle", "Rule"), publication_words(p, "Gravité", "Severity"),
                                 publication_words(p, "Ce qui est contrôlé", "What is checked"),
                                 publication_words(p, "Que faire", "What to do"), NULL};
    html_element(h, "h2 id=\"rules\"", publication_words(p, "Règles de contrôle", "Rules"));
    html_element(h, "p",
                 publication_words(p,
                                   "Fatale : le retour est refusé ; erreur : le groupe de réponses est mis de côté ; "
                                   "avertissement : la valeur est gardée et une vérification est demandée ; "
                                   "information : noté seulement.",
                                   "Fatal: the return is refused; error: the group of answers is set aside; warning: "
                                   "the value is kept and a check is "
                                   "asked; information: noted only."));
    head_row(h, heads);
    for (size_t i = 0; i < p->edition->rule_count; i++) {
        const struct edition_rule *r = &p->edition->rules[i];
        html_raw(h, "<tr>");
        code_cell(h, r->id);
        html_element(h, "td", publish_word(edition_severity_name(r->severity), p->language));
        html_element(h, "td", publication_label(p, &r->label));
        html_element(h, "td", publication_label(p, &r->remedy));
        html_raw(h, "</tr>\n");
    }
    end_table(h);
}

static void how_to_check(struct publication *p, struct html *h, int schema)
{
    html_element(h, "h2 id=\"check\"",
                 publication_words(p, "Contrôler un retour avant de l'envoyer", "Check a return before sending it"));
    if (!schema) {
        html_element(h, "p",
                     publication_words(p,
                                       "Ce jeu de données ne porte pas le schéma : demandez le dossier de l'édition.",
                                       "This dataset does not carry the schema: ask for the folder of the edition."));
        return;
    }
    html_element(
        h, "p",
        publication_words(p,
                          "Depuis ce dossier, avec le programme de l'enquête : schéma, codes, nombres et règles. "
                          "retour.xml est votre fichier ; edition/example.xml peut en tenir lieu pour essayer.",
                          "From this folder, with the program of the enquiry: schema, codes, numbers and rules. "
                          "retour.xml is your file; edition/example.xml can stand for it to try."));
    html_element(h, "pre", "pre-transform --check retour.xml --edition edition");
    html_element(h, "p",
                 publication_words(p, "Pour un programme, les mêmes constats en JSON ou en CSV :",
                                   "For a program, the same findings as JSON or CSV:"));
    html_element(h, "pre", "pre-transform --check retour.xml --edition edition --format json");
    html_element(h, "p",
                 publication_words(p, "Schéma seul, avec le programme ou tout validateur XSD 1.0 :",
                                   "Schema alone, with the program or any XSD 1.0 validator:"));
    html_element(h, "pre", "pre-transform --check retour.xml --xsd edition/return.xsd");
    html_element(h, "pre", "xmllint --noout --schema edition/return.xsd retour.xml");
    html_element(
        h, "p",
        publication_words(p,
                          "Code de sortie de pre-transform : 0 accepté, 1 accepté en partie, 65 refusé. Le dossier "
                          "edition/ contient le schéma (return.xsd), les règles (rules.sch, rules.csv), un exemple "
                          "complet (example.xml) et un contre-exemple par règle (counter-examples/). Ce qui se "
                          "compare au registre ou à l'édition précédente n'est jugé qu'à la réception.",
                          "Exit status of pre-transform: 0 accepted, 1 partly accepted, 65 refused. The folder "
                          "edition/ holds the schema (return.xsd), the rules (rules.sch, rules.csv), a whole example "
                          "(example.xml) and a counter-example for each rule (counter-examples/). What is compared "
                          "with the register or with last edition is only judged on receipt."));
}

enum flow publish_kit(struct publication *p, struct err *e)
{
    struct html h;
    char path[4096];
    int schema = 0;
    enum flow f = fs_join(path, sizeof path, p->folder, "kit")
                      ? fs_mkdirs(path, e)
                      : err_set(e, STATUS_CANTCREAT, "%s: name too long", p->folder);
    if (f == FLOW_OK)
        f = copy_edition(p, &schema, e);
    if (f != FLOW_OK)
        return f;
    html_open(&h, publication_words(p, "fr", "en"), p->title, publish_style, NULL, e);
    html_raw(&h, "<div class=\"banner\" role=\"note\">");
    html_text(&h, publication_words(p, "INTERNE – kit pour éditeurs de logiciels, avant diffusion",
                                    "INTERNAL – kit for software vendors, before release"));
    html_raw(&h, "</div>\n<header>\n");
    html_element(&h, "h1", p->title);
    html_raw(&h, "<nav aria-label=\"sections\"><ul><li><a href=\"#check\">");
    html_text(&h, publication_words(p, "Contrôler", "Check"));
    html_raw(&h, "</a></li><li><a href=\"#questionnaire\">Questionnaire</a></li><li><a href=\"#lists\">");
    html_text(&h, publication_words(p, "Listes", "Lists"));
    html_raw(&h, "</a></li><li><a href=\"#rules\">");
    html_text(&h, publication_words(p, "Règles", "Rules"));
    html_raw(&h, "</a></li></ul></nav></header>\n<main>\n");
    how_to_check(p, &h, schema);
    variables(p, &h);
    lists(p, &h);
    rules(p, &h);
    html_raw(&h, "</main>\n");
    f = html_close(&h, NULL);
    if (f == FLOW_OK)
        f = publication_file(p, "kit/index.html", h.page.data, h.page.len, e);
    html_fini(&h);
    return f;
}
