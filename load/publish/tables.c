/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of figures, and all tables brought together: each filled once, then written in every format. */
#include "load/publish/tables.h"

#include "schemas/run/fs.h"
#include "schemas/run/output.h"

#include <stdio.h>
#include <string.h>

static const struct publish_column figure_columns[] = {
    {"figure", "chiffre", "figure", PUBLISH_CODE, 0},
    {"label", "libellé", "label", PUBLISH_TEXT, 0},
    {"unit", "unité", "unit", PUBLISH_MEASURE, 0},
    {"area", "zone", "area", PUBLISH_CODE, 0},
    {"area_label", "nom de la zone", "name of the area", PUBLISH_TEXT, 0},
    {"observed", "observé", "observed", PUBLISH_NUMBER, 0},
    {"estimated", "estimé", "estimated", PUBLISH_NUMBER, 0},
    {"lower", "borne basse (95 %)", "lower bound (95 %)", PUBLISH_NUMBER, 0},
    {"upper", "borne haute (95 %)", "upper bound (95 %)", PUBLISH_NUMBER, 0},
    {"variance", "variance", "variance", PUBLISH_NUMBER, 9},
    {"cv", "coefficient de variation", "coefficient of variation", PUBLISH_SHARE, 1},
    {"df", "degrés de liberté", "degrees of freedom", PUBLISH_INTEGER, 0},
    {"base", "unités dans la base", "units in the base", PUBLISH_INTEGER, 0},
    {"units", "unités du domaine", "units of the domain", PUBLISH_INTEGER, 0},
    {"coverage", "{size} de la base", "{size} of the base", PUBLISH_SHARE, 1},
    {"status", "statut", "status", PUBLISH_WORD, 0},
    {"rank", "rang", "rank", PUBLISH_INTEGER, 0},
    {"tied", "rang incertain", "rank uncertain", PUBLISH_INTEGER, 0},
    {"share", "part", "share", PUBLISH_SHARE, 1},
    {"imputed", "part imputée", "imputed part", PUBLISH_SHARE, 1},
    {"published", "publié", "published", PUBLISH_TEXT, 0},
    {NULL, NULL, NULL, PUBLISH_TEXT, 0},
};

static enum flow figure_row(struct publication *p, struct publish_table *t, const struct published_figure *f,
                            struct err *e)
{
    int share = edition_figure_in_percent(f->spec), decimals = f->spec ? f->spec->decimals : 3;
    publish_text(t, f->id);
    publish_text(t, f->spec ? publication_label(p, &f->spec->label) : "");
    publish_text(t, f->spec ? f->spec->unit : "");
    publish_text(t, f->area);
    publish_text(t, publication_area(p, f->domain, f->area));
    publish_number(t, f->observed, share, decimals);
    publish_number(t, f->estimated, share, decimals);
    publish_number(t, f->lower, share, decimals);
    publish_number(t, f->upper, share, decimals);
    publish_text(t, f->variance);
    publish_text(t, f->cv);
    publish_text(t, f->df);
    publish_int(t, f->base);
    publish_int(t, f->units);
    publish_text(t, f->coverage);
    publish_text(t, f->status);
    publish_text(t, f->rank);
    publish_int(t, f->tied);
    publish_text(t, f->share);
    publish_text(t, f->imputed);
    publish_text(t, f->spec && !*f->area ? f->spec->published : "");
    return publish_table_row(t, e);
}

static const struct {
    const char *domain, *name, *fr, *en, *sheet_fr, *sheet_en;
} domains[] = {
    {"nation", "figures-nation", "Chiffres, {nation}", "Figures, {nation}", "Ensemble", "Whole"},
    {"region", "figures-region", "Chiffres par région", "Figures by region", "Régions", "Régions"},
    {"size", "figures-size", "Chiffres par classe de taille ({size})", "Figures by size class ({size})", "Tailles",
     "Sizes"},
    {"carrier", "figures-carrier", "Chiffres par structure porteuse", "Figures by carrier", "Porteurs", "Carriers"},
};

static enum flow figures_by_domain(struct publication *p, size_t i, struct err *e)
{
    struct publish_table *t = publication_table(p, domains[i].name, figure_columns);
    enum flow f = FLOW_OK;
    t->sheet_fr = domains[i].sheet_fr;
    t->sheet_en = domains[i].sheet_en;
    t->fr = publication_named(p, domains[i].fr, PUBLISH_FR);
    t->en = publication_named(p, domains[i].en, PUBLISH_EN);
    t->note_fr = "Observé : somme des répondants. Estimé : pour toutes les unités du champ, avec intervalle à 95 %. "
                 "Diffusable : assez précis ; ce n'est pas un contrôle du secret.";
    t->note_en =
        "Observed: sum over respondents. Estimated: for all units in scope, with its 95 % interval. Free: precise "
        "enough; that is no disclosure control.";
    for (size_t k = 0; k < p->figures && f == FLOW_OK; k++)
        if (strcmp(p->figure[k].domain, domains[i].domain) == 0)
            f = figure_row(p, t, &p->figure[k], e);
    return f;
}

/* Départements: what is observed and how much it covers, never an estimate. */
static const struct publish_column departement_columns[] = {
    {"figure", "chiffre", "figure", PUBLISH_CODE, 0},
    {"label", "libellé", "label", PUBLISH_TEXT, 0},
    {"area", "département", "département", PUBLISH_CODE, 0},
    {"area_label", "nom", "name", PUBLISH_TEXT, 0},
    {"observed", "observé", "observed", PUBLISH_NUMBER, 0},
    {"base", "unités dans la base", "units in the base", PUBLISH_INTEGER, 0},
    {"units", "unités du département", "units of the département", PUBLISH_INTEGER, 0},
    {"coverage", "{size} de la base", "{size} of the base", PUBLISH_SHARE, 1},
    {"status", "statut", "status", PUBLISH_WORD, 0},
    {NULL, NULL, NULL, PUBLISH_TEXT, 0},
};

static enum flow figures_by_departement(struct publication *p, struct err *e)
{
    struct publish_table *t = publication_table(p, "figures-departement", departement_columns);
    enum flow f = FLOW_OK;
    t->sheet_fr = t->sheet_en = "Départements";
    t->fr = "Chiffres par département (observé et couverture)";
    t->en = "Figures by département (observed and coverage)";
    for (size_t k = 0; k < p->figures && f == FLOW_OK; k++) {
        const struct published_figure *x = &p->figure[k];
        if (strcmp(x->domain, "departement") != 0)
            continue;
        publish_text(t, x->id);
        publish_text(t, x->spec ? publication_label(p, &x->spec->label) : "");
        publish_text(t, x->area);
        publish_text(t, publication_area(p, x->domain, x->area));
        publish_number(t, x->observed, edition_figure_in_percent(x->spec), x->spec ? x->spec->decimals : 3);
        publish_int(t, x->base);
        publish_int(t, x->units);
        publish_text(t, x->coverage);
        publish_text(t, x->status);
        f = publish_table_row(t, e);
    }
    return f;
}

/* ---- writing ---- */

static enum flow write_csv(const struct publication *p, const struct publish_table *t, const char *suffix,
                           enum flow (*format)(const struct publish_table *, struct sink, struct err *), struct err *e)
{
    char name[160], path[4096];
    (void)snprintf(name, sizeof name, "tables/%s%s", t->name, suffix);
    if (!fs_join(path, sizeof path, p->folder, name))
        return err_set(e, STATUS_CANTCREAT, "%s/%s: name too long", p->folder, name);
    struct output *o = output_member_open(path, e);
    if (!o)
        return FLOW_FATAL;
    if (format(t, output_sink(o), e) != FLOW_OK) {
        output_abort(o);
        return FLOW_FATAL;
    }
    return output_commit(o, e);
}

static enum flow write_book(struct publication *p, const struct publish_table *const *tables, struct err *e)
{
    char number[32], path[4096];
    (void)snprintf(number, sizeof number, "%lld", (long long)p->vintage.number);
    const struct publish_fact facts[] = {
        {"Campagne", "Campaign", p->vintage.campaign},
        {"Version", "Vintage", number},
        {"Statut", "Status", publication_status(p)},
        {"Arrêtée au dernier document retenu", "As of the last document used", publication_date(p, p->vintage.as_of)},
        {"Jeu de données", "Dataset", p->vintage.package_name},
        {"Empreinte du contenu (SHA-256)", "Content digest (SHA-256)", p->vintage.content_digest},
        {"Édition", "Edition", p->vintage.edition_id},
        {"Empreinte de l'édition", "Digest of the edition", p->vintage.edition_digest},
        {"Empreinte du registre", "Digest of the register", p->vintage.register_digest},
        {"Méthode d'estimation", "Method of estimation", p->vintage.method},
        {"Empreinte de la méthode", "Digest of the method", p->vintage.method_digest},
        {"Programme", "Program", p->vintage.program},
        {"Arrondis", "Rounding",
         publication_words(p, "Les totaux peuvent différer par les arrondis.", "Totals may differ by rounding.")},
    };
    if (!fs_join(path, sizeof path, p->folder, "tables.xlsx"))
        return err_set(e, STATUS_CANTCREAT, "%s: name too long", p->folder);
    enum flow f = publish_xlsx(path, tables, p->tables, p->title, facts, sizeof facts / sizeof facts[0], p->as_of,
                               p->language, e);
    return f == FLOW_END ? FLOW_OK : f; /* built without workbooks: the CSV say it all */
}

static enum flow write_all(struct publication *p, struct err *e)
{
    const struct publish_table *tables[PUBLISH_TABLES_MAX];
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < p->tables && f == FLOW_OK; i++) {
        tables[i] = &p->table[i];
        f = write_csv(p, tables[i], ".csv", publish_csv, e);
        if (f == FLOW_OK)
            f = write_csv(p, tables[i], ".excel.csv", publish_csv_french, e);
    }
    if (f == FLOW_OK)
        f = write_book(p, tables, e);
    return f == FLOW_OK ? publish_package(p->folder, tables, p->tables, p->name, p->title, e) : f;
}

enum flow publish_tables(struct publication *p, struct err *e)
{
    static enum flow (*const fillers[])(struct publication *, struct err *) = {
        figures_by_departement, tables_response,      tables_units, tables_findings,
        tables_items,           tables_revisions,     tables_bias,  tables_groups,
        tables_sensitivity,     tables_contributions, tables_steps,
    };
    char path[4096];
    enum flow f = fs_join(path, sizeof path, p->folder, "tables")
                      ? fs_mkdirs(path, e)
                      : err_set(e, STATUS_CANTCREAT, "%s: name too long", p->folder);
    for (size_t i = 0; i < sizeof domains / sizeof domains[0] && f == FLOW_OK; i++)
        f = figures_by_domain(p, i, e);
    for (size_t i = 0; i < sizeof fillers / sizeof fillers[0] && f == FLOW_OK; i++)
        f = fillers[i](p, e);
    return f == FLOW_OK ? write_all(p, e) : f;
}
