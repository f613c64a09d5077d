/* SPDX-License-Identifier: Apache-2.0 */
/* The questionnaire of edition 2022 as the specimen knows it: variables in the order of the edition, each a run of
 * cells (one per category). Written from the enquiry, not read from the edition, so that a mistake in either shows. */
#ifndef TESTS_SPECIMEN_QUESTIONNAIRE_H
#define TESTS_SPECIMEN_QUESTIONNAIRE_H

#include <stddef.h>
#include <stdint.h>

/* First cell of each variable. */
enum cell {
    C_PORTEUR,
    C_SIRET,
    C_COMMUNES,
    C_QUARTIERS,
    C_EDUC_PRIO,
    C_CITE_EDUC,
    C_CONTRAT_VILLE,
    C_FIN_TOTAL,
    C_FIN,
    C_NAT = C_FIN + 8,
    C_POSTES = C_NAT + 8,
    C_ETP = C_POSTES + 4,
    C_EQ_NOMBRE = C_ETP + 4,
    C_EQ_REUNIONS,
    C_EQ_DELAI,
    C_ENF_TOTAL,
    C_ENF_PARCOURS,
    C_ENF_QPV,
    C_ENF_ENTREES,
    C_ENF_SORTIES,
    C_SORTIE,
    C_ENF_ASE = C_SORTIE + 6,
    C_ENF_MOTIF,
    C_SEXE,
    C_AGE = C_SEXE + 2,
    C_PROFIL = C_AGE + 4,
    C_NIVEAU = C_PROFIL + 4,
    C_MOTIF = C_NIVEAU + 5,
    C_ORIENTEUR = C_MOTIF + 10,
    C_TRANSITION = C_ORIENTEUR + 8,
    C_DUREE_TOTAL = C_TRANSITION + 2,
    C_DUREE,
    C_ACTIONS = C_DUREE + 4,
    C_ETAB = C_ACTIONS + 5,
    C_ART_CV = C_ETAB + 4,
    C_ART_CE,
    CELLS
};

enum question_kind { QUESTION_NUMBER, QUESTION_CODE, QUESTION_TEXT };

struct question {
    const char *id;
    enum cell first;
    size_t count;             /* cells */
    const char *const *codes; /* category codes, NULL for a scalar */
    enum question_kind kind;
    int scale;                 /* QUESTION_NUMBER: a cell holds value * 10^scale */
    const char *const *values; /* QUESTION_CODE: a cell holds an index in here, NULL-terminated */
};

/* In the order of the edition; returns NULL past the end. */
const struct question *question_at(size_t i);
/* The variable a cell belongs to. */
const struct question *question_of(size_t cell);
size_t question_count(void);
/* Number of values of a code question. */
size_t question_values(const struct question *q);

extern const char *const PORTEUR_CODES[];

#endif
