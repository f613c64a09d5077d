/* SPDX-License-Identifier: Apache-2.0 */
#include "load/words.h"

#include <stddef.h>
#include <string.h>

static const char *const vocabulary[][3] = {
    /* status of a figure */
    {"free", "diffusable", "free"},
    {"unreliable", "à lire avec prudence", "read with care"},
    {"withheld", "trop incertain", "too uncertain"},
    {"exact", "exact", "exact"},
    {"no-interval", "sans intervalle", "no interval"},
    {"no-return", "aucun répondant", "no respondent"},
    {"early", "pas encore estimable", "not yet estimable"},
    {"not-asked", "non demandé", "not asked"},
    /* scope and outcome of a unit */
    {"in", "dans le champ", "in scope"},
    {"merged", "fusionné", "merged"},
    {"closed", "fermé", "closed"},
    {"created", "créé", "created"},
    {"complete", "complet", "complete"},
    {"partial", "partiel", "partial"},
    {"unusable", "inexploitable", "unusable"},
    {"refusal", "refus de répondre", "refusal to answer"},
    {"undecided", "en suspens", "undecided"},
    {"withdrawn", "annulé", "withdrawn"},
    {"silent", "silencieux", "silent"},
    /* findings */
    {"fatal", "fatale", "fatal"},
    {"error", "erreur", "error"},
    {"warning", "avertissement", "warning"},
    {"information", "information", "information"},
    {"failed", "non respectée", "broken"},
    {"not-evaluable", "non évaluable", "not evaluable"},
    {"normalised", "normalisé", "normalised"},
    {"document", "fichier", "file"},
    {"xsd", "schéma", "schema"},
    {"identity", "identité", "identity"},
    {"normalise", "lecture", "reading"},
    {"rule", "règle", "rule"},
    {"campaign", "campagne", "campaign"},
    /* origin of a value, levels, steps of the estimation */
    {"reported", "déclarée", "reported"},
    {"deduced", "déduite", "deduced"},
    {"nation", "nation", "nation"},
    {"region", "région", "région"},
    {"departement", "département", "département"},
    {"calibration", "calage", "calibration"},
    {"eligibility", "éligibilité", "eligibility"},
    {"group-merge", "réunion de groupes", "groups merged"},
    {"groups-alone", "groupes seuls", "groups alone"},
    {"impute", "imputation", "imputation"},
    {"region-merge", "réunion de régions", "régions merged"},
};

static const char *const answers[][3] = {
    /* status of a vintage */
    {"provisional", "provisoire", "provisional"},
    {"semi-final", "semi-définitif", "semi-final"},
    {"final", "définitif", "final"},
    /* state and nature of a document */
    {"current", "en vigueur", "current"},
    {"superseded", "remplacé", "superseded"},
    {"repeat", "répétition", "repeat"},
    {"withdrawal", "annulation", "withdrawal"},
    {"refused", "refusé", "refused"},
    {"out-of-scope", "hors champ", "out of scope"},
    {"test", "essai", "test"},
    {"initial", "initial", "initial"},
    {"correction", "rectificatif", "correction"},
};

static const char *const characteristics[][3] = {
    {"size_mean", "taille, moyenne", "size, mean"},
    {"log_size_mean", "logarithme de la taille, moyenne", "logarithm of size, mean"},
    {"size", "classe de taille", "size class"},
    {"region", "région", "region"},
    {"carrier", "structure porteuse", "carrier"},
};

static const char *const suppositions[][3] = {
    {"-20%", "rapport à la taille : 20 % de moins", "ratio to size: 20 % less"},
    {"-10%", "rapport à la taille : 10 % de moins", "ratio to size: 10 % less"},
    {"+10%", "rapport à la taille : 10 % de plus", "ratio to size: 10 % more"},
    {"+20%", "rapport à la taille : 20 % de plus", "ratio to size: 20 % more"},
    {"previous", "rapport à l'édition précédente", "ratio on last edition"},
    {"groups", "groupes de réponse seuls, sans calage", "response groups alone, not calibrated"},
};

/* The words of a code; NULL where the table has none. */
static const char *find(const char *const table[][3], size_t n, const char *code, int french)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(table[i][0], code) == 0) {
            return table[i][french ? 1 : 2];
        }
    }
    return NULL;
}

#define FIND(table, code, french) find((table), sizeof(table) / sizeof *(table), (code), (french))

static const char *or_code(const char *words, const char *code)
{
    return words != NULL ? words : code;
}

const char *words_of(const char *code, int french)
{
    return or_code(FIND(vocabulary, code, french), code);
}

const char *words_of_answer(const char *code, int french)
{
    const char *words = FIND(answers, code, french);
    return words != NULL ? words : words_of(code, french);
}

const char *words_of_characteristic(const char *what, int french)
{
    return or_code(FIND(characteristics, what, french), what);
}

const char *words_of_supposition(const char *supposition, int french)
{
    return or_code(FIND(suppositions, supposition, french), supposition);
}
