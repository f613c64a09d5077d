/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/specimen/questionnaire.h"

static const char *const FINANCEUR[] = {"P147", "COMMUNE", "EPCI", "DEPARTEMENT", "REGION", "CAF", "EN", "AUTRE"};
static const char *const FONCTION[] = {"COORD", "REFERENT", "INTERVENANT", "ADMIN"};
static const char *const SORTIE[] = {"OBJECTIFS", "RELAIS", "DEMENAGEMENT", "ABANDON", "AGE", "AUTRE"};
static const char *const SEXE[] = {"G", "F"};
static const char *const AGE[] = {"A02_05", "A06_10", "A11_16", "A17P"};
static const char *const PROFIL[] = {"P1", "P2", "P3", "P4"};
static const char *const NIVEAU[] = {"MAT", "ELE", "COL", "LYC", "AUT"};
static const char *const MOTIF[] = {"RESULTATS", "ISOLEMENT",   "COMPORTEMENT", "ABSENTEISME", "LANGAGE",
                                    "SANTE",     "PARENTALITE", "FAMILLE",      "LOISIRS",     "AUTRE"};
static const char *const ORIENTEUR[] = {"ECOLE", "COLLEGE",     "FAMILLE", "SOCIAL",
                                        "SANTE", "ASSOCIATION", "MAIRIE",  "AUTRE"};
static const char *const TRANSITION[] = {"CP_CE1", "CM2_6E"};
static const char *const DOMAINE[] = {"EDUCATIF", "PERISCOLAIRE", "CULTUREL", "SOCIAL", "SANITAIRE"};
static const char *const ETABLISSEMENT[] = {"MAT", "ELE", "COL", "LYC"};

const char *const PORTEUR_CODES[] = {"7361", "7367", "7362", "7410", "7331", "7378", "7210",
                                     "7343", "7344", "7346", "7348", "7379", "7490", NULL};
static const char *const OUI_NON[] = {"oui", "non", NULL};
static const char *const CONTRAT[] = {"AXE", "MENTIONNE", "ABSENT", NULL};

#define NUMBER(id, cell, scale)                                                                                        \
    {                                                                                                                  \
        id, cell, 1, NULL, QUESTION_NUMBER, scale, NULL                                                                \
    }
#define KEYED(id, cell, list, scale)                                                                                   \
    {                                                                                                                  \
        id, cell, sizeof(list) / sizeof *(list), list, QUESTION_NUMBER, scale, NULL                                    \
    }
#define CODE(id, cell, values)                                                                                         \
    {                                                                                                                  \
        id, cell, 1, NULL, QUESTION_CODE, 0, values                                                                    \
    }

static const struct question QUESTIONS[] = {
    CODE("PORTEUR", C_PORTEUR, PORTEUR_CODES),
    {"SIRET", C_SIRET, 1, NULL, QUESTION_TEXT, 0, NULL},
    NUMBER("COMMUNES", C_COMMUNES, 0),
    NUMBER("QUARTIERS", C_QUARTIERS, 0),
    CODE("EDUC_PRIO", C_EDUC_PRIO, OUI_NON),
    CODE("CITE_EDUC", C_CITE_EDUC, OUI_NON),
    CODE("CONTRAT_VILLE", C_CONTRAT_VILLE, CONTRAT),
    NUMBER("FIN_TOTAL", C_FIN_TOTAL, 0),
    KEYED("FIN", C_FIN, FINANCEUR, 0),
    KEYED("NAT", C_NAT, FINANCEUR, 0),
    KEYED("POSTES", C_POSTES, FONCTION, 0),
    KEYED("ETP", C_ETP, FONCTION, 2),
    NUMBER("EQ_NOMBRE", C_EQ_NOMBRE, 0),
    NUMBER("EQ_REUNIONS", C_EQ_REUNIONS, 0),
    NUMBER("EQ_DELAI", C_EQ_DELAI, 0),
    NUMBER("ENF_TOTAL", C_ENF_TOTAL, 0),
    NUMBER("ENF_PARCOURS", C_ENF_PARCOURS, 0),
    NUMBER("ENF_QPV", C_ENF_QPV, 0),
    NUMBER("ENF_ENTREES", C_ENF_ENTREES, 0),
    NUMBER("ENF_SORTIES", C_ENF_SORTIES, 0),
    KEYED("SORTIE", C_SORTIE, SORTIE, 0),
    NUMBER("ENF_ASE", C_ENF_ASE, 0),
    NUMBER("ENF_MOTIF", C_ENF_MOTIF, 0),
    KEYED("SEXE", C_SEXE, SEXE, 0),
    KEYED("AGE", C_AGE, AGE, 0),
    KEYED("PROFIL", C_PROFIL, PROFIL, 0),
    KEYED("NIVEAU", C_NIVEAU, NIVEAU, 0),
    KEYED("MOTIF", C_MOTIF, MOTIF, 0),
    KEYED("ORIENTEUR", C_ORIENTEUR, ORIENTEUR, 0),
    KEYED("TRANSITION", C_TRANSITION, TRANSITION, 0),
    NUMBER("DUREE_TOTAL", C_DUREE_TOTAL, 1),
    KEYED("DUREE", C_DUREE, PROFIL, 1),
    KEYED("ACTIONS", C_ACTIONS, DOMAINE, 0),
    KEYED("ETAB", C_ETAB, ETABLISSEMENT, 0),
    CODE("ART_CV", C_ART_CV, OUI_NON),
    CODE("ART_CE", C_ART_CE, OUI_NON),
};
enum { QUESTIONS_COUNT = sizeof QUESTIONS / sizeof *QUESTIONS };

const struct question *question_at(size_t i)
{
    return i < QUESTIONS_COUNT ? &QUESTIONS[i] : NULL;
}

size_t question_count(void)
{
    return QUESTIONS_COUNT;
}

const struct question *question_of(size_t cell)
{
    for (size_t i = 0; i < QUESTIONS_COUNT; i++)
        if (cell < QUESTIONS[i].first + QUESTIONS[i].count)
            return &QUESTIONS[i];
    return NULL;
}

size_t question_values(const struct question *q)
{
    size_t n = 0;
    while (q->values && q->values[n])
        n++;
    return n;
}
