/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/specimen/trouble.h"

#include "tests/specimen/calc.h"
#include "tests/specimen/rng.h"

#include <string.h>

static void say(struct letter *l, size_t cell, int32_t value)
{
    memset(&l->reply[cell], 0, sizeof l->reply[cell]);
    l->reply[cell].value = value;
}

static void add(struct letter *l, size_t cell, int32_t more)
{
    say(l, cell, l->reply[cell].value + more);
}

static int32_t value(const struct letter *l, size_t cell)
{
    return l->reply[cell].value;
}

static void dress(struct letter *l, size_t cell, enum dress d)
{
    if (l->reply[cell].how == HOW_VALUE && !l->reply[cell].text)
        l->reply[cell].dress = d;
}

int trouble_needs_full(enum kind k)
{
    switch (k) {
    case KIND_SUM_SEXE:
    case KIND_SUM_AGE:
    case KIND_SUM_PROFIL:
    case KIND_SUM_NIVEAU:
    case KIND_SUM_ORIENTEUR:
    case KIND_SAME_GAP:
    case KIND_PART_ABOVE:
    case KIND_MOTIF_ABOVE:
    case KIND_EXITS:
    case KIND_MOTIFS_FEW:
    case KIND_FUNDERS:
    case KIND_FUNDERS_CONFIRMED:
    case KIND_FUNDERS_SET:
    case KIND_ETP_ABOVE:
    case KIND_RICH:
    case KIND_LOAD:
    case KIND_PERCENT:
    case KIND_ZERO:
    case KIND_CONFIRMED_SCALE:
    case KIND_TOTAL_WRONG:
    case KIND_SCALE:
    case KIND_DOUBLED:
    case KIND_TWICE:
    case KIND_TWICE_MAPPED:
    case KIND_UNMAPPED:
    case KIND_LABELS:
    case KIND_PREVIOUS:
    case KIND_SILENCES:
    case KIND_CREDITS:
    case KIND_WORDS:
    case KIND_COMMA:
    case KIND_THOUSANDS:
    case KIND_CDATA:
    case KIND_ZEROS:
    case KIND_CORRECTED_FEWER:
    case KIND_TEST_ONLY:
        return 1;
    default:
        return 0;
    }
}

const char *trouble_confirmed(enum kind k)
{
    return k == KIND_FUNDERS_CONFIRMED ? "M01" : k == KIND_CONFIRMED_SCALE ? "H01" : NULL;
}

static void multiply_before(struct pre *u, int32_t by, int32_t over)
{
    for (size_t c = C_ENF_TOTAL; c < C_DUREE_TOTAL; c++)
        u->before[c] = u->before[c] * by / over;
    u->known_before = 1;
}

void trouble_before(enum kind k, struct pre *u)
{
    if (k == KIND_SCALE || k == KIND_CONFIRMED_SCALE || k == KIND_DOUBLED)
        memcpy(u->before, u->truth, sizeof u->before);
    if (k == KIND_CONFIRMED_SCALE)
        multiply_before(u, 1, 10);
    else if (k == KIND_DOUBLED)
        multiply_before(u, 2, 5);
    else if (k == KIND_SCALE || k == KIND_COPY)
        u->known_before = 1;
}

static void scale_children(struct letter *l, int32_t by)
{
    for (size_t c = C_ENF_TOTAL; c < C_DUREE_TOTAL; c++)
        if (l->reply[c].how == HOW_VALUE)
            say(l, c, value(l, c) * by);
}

static void labels(struct letter *l)
{
    static const struct {
        size_t cell;
        const char *key;
    } KEY[] = {{C_PROFIL, "Profil 1"},        {C_PROFIL + 1, "profil 2"},        {C_NIVEAU, "Maternelle"},
               {C_NIVEAU + 1, "Élémentaire"}, {C_MOTIF + 1, "Isolement social"}, {C_MOTIF + 5, "sante"},
               {C_ORIENTEUR, "École"},        {C_ORIENTEUR + 1, "college"},      {C_DUREE, "PROFIL 1"}};
    static const char *const CARRIER[] = {"CCAS", "CIAS", "Caisse des écoles", "GIP"};
    for (size_t i = 0; i < sizeof KEY / sizeof *KEY; i++)
        l->reply[KEY[i].cell].key = KEY[i].key;
    if (value(l, C_PORTEUR) < 4)
        l->reply[C_PORTEUR].text = CARRIER[value(l, C_PORTEUR)];
}

static void codes_of_last_year(struct letter *l)
{
    static const struct {
        size_t cell;
        const char *key;
    } KEY[] = {{C_PROFIL, "PROFIL_1"},         {C_PROFIL + 1, "PROFIL_2"}, {C_PROFIL + 2, "PROFIL_3"},
               {C_PROFIL + 3, "PROFIL_4"},     {C_NIVEAU + 4, "AUTRES"},   {C_MOTIF, "SCOLAIRE"},
               {C_MOTIF + 1, "ISOLEMENT_SOC"}, {C_MOTIF + 3, "ABSENCE"},   {C_MOTIF + 8, "LOISIR"},
               {C_ORIENTEUR, "ECOLE_ELEM"},    {C_ORIENTEUR + 3, "ASE"},   {C_ORIENTEUR + 4, "PMI"},
               {C_ORIENTEUR + 5, "ASSO"},      {C_ORIENTEUR + 6, "VILLE"}};
    for (size_t i = 0; i < sizeof KEY / sizeof *KEY; i++)
        l->reply[KEY[i].cell].key = KEY[i].key;
}

static void words(struct letter *l)
{
    static const struct {
        size_t cell;
        const char *text;
        enum how means;
    } WORD[] = {{C_NAT, "sans objet", HOW_SO}, {C_NAT + 2, "NC", HOW_NC}, {C_NAT + 3, "Non disponible", HOW_ND},
                {C_NAT + 4, "s.o.", HOW_SO},   {C_ETP + 3, "nd", HOW_ND}, {C_EQ_DELAI, "non communiqué", HOW_NC},
                {C_ENF_ASE, "SO", HOW_SO},     {C_DUREE, "ND", HOW_ND},   {C_FIN + 7, "NC", HOW_NC}};
    for (size_t i = 0; i < sizeof WORD / sizeof *WORD; i++) {
        l->reply[WORD[i].cell].how = HOW_VALUE;
        l->reply[WORD[i].cell].text = WORD[i].text;
        l->reply[WORD[i].cell].means = WORD[i].means;
    }
}

static void silences(struct letter *l)
{
    static const enum how ALL[] = {HOW_ABSENT, HOW_BLANK, HOW_NIL, HOW_ND, HOW_NC, HOW_SO, HOW_REFUS};
    for (size_t i = 0; i < 7; i++)
        l->reply[C_NAT + i].how = ALL[i];
    for (size_t i = 0; i < 5; i++)
        l->reply[C_ACTIONS + i].how = ALL[(i + 2) % 7];
}

static void say_nothing(struct letter *l)
{
    for (size_t c = C_SIRET; c < CELLS; c++)
        if (c != C_COMMUNES && c != C_QUARTIERS)
            l->reply[c].how = HOW_ABSENT;
    l->reply[C_ENF_TOTAL].how = HOW_NIL;
    l->reply[C_FIN_TOTAL].how = HOW_BLANK;
}

static void no_child(struct letter *l)
{
    for (size_t c = C_ENF_TOTAL; c < C_DUREE_TOTAL; c++)
        say(l, c, 0);
    for (size_t c = C_DUREE_TOTAL; c < C_ACTIONS; c++)
        l->reply[c].how = HOW_SO;
}

static void cdata(struct letter *l)
{
    dress(l, C_ENF_TOTAL, DRESS_CDATA);
    dress(l, C_SEXE, DRESS_COMMENT);
    dress(l, C_SEXE + 1, DRESS_CDATA);
    dress(l, C_FIN_TOTAL, DRESS_COMMENT);
    dress(l, C_ETP + 1, DRESS_COMMENT);
}

static void dress_range(struct letter *l, size_t first, size_t last, enum dress d)
{
    for (size_t c = first; c < last; c++)
        if (d != DRESS_THOUSANDS || value(l, c) >= 1000)
            dress(l, c, d);
}

static void money(enum kind k, struct letter *l)
{
    int32_t n = value(l, C_ENF_TOTAL), more = 0;
    size_t cell = C_FIN + 1;
    if (k == KIND_CREDITS) {
        more = value(l, C_FIN) / 13;
        cell = C_FIN;
    } else if (k == KIND_RICH) {
        more = 6000 * n;
    }
    add(l, cell, more);
    add(l, C_FIN_TOTAL, more);
}

static int32_t reasons(const struct letter *l)
{
    int32_t sum = 0;
    for (size_t i = 0; i < 10; i++)
        sum += value(l, C_MOTIF + i);
    return sum;
}

static void break_sums(enum kind k, struct letter *l)
{
    int32_t n = value(l, C_ENF_TOTAL);
    switch (k) {
    case KIND_SUM_SEXE:
        add(l, C_SEXE, 7);
        break;
    case KIND_SUM_AGE:
        add(l, C_AGE + 1, 3);
        break;
    case KIND_SUM_PROFIL:
        add(l, C_PROFIL + 1, 11);
        break;
    case KIND_SUM_NIVEAU:
        add(l, C_NIVEAU + 1, 2);
        break;
    case KIND_SUM_ORIENTEUR:
        add(l, C_ORIENTEUR, 9);
        break;
    case KIND_SAME_GAP:
        add(l, C_SEXE, 5);
        add(l, C_AGE + 1, 5);
        break;
    case KIND_PART_ABOVE:
        say(l, C_ENF_QPV, n + 3);
        break;
    case KIND_MOTIF_ABOVE:
        say(l, C_MOTIF, n + 5);
        break;
    case KIND_EXITS:
        add(l, C_SORTIE, 4);
        break;
    case KIND_MOTIFS_FEW:
        say(l, C_ENF_MOTIF, reasons(l) + 3);
        break;
    case KIND_TOTAL_WRONG:
        add(l, C_ENF_TOTAL, n / 3 + 1);
        break;
    case KIND_PERCENT:
        say(l, C_SEXE, 58);
        say(l, C_SEXE + 1, 42);
        break;
    case KIND_FUNDERS:
    case KIND_FUNDERS_CONFIRMED:
        add(l, C_FIN + 1, 9000);
        break;
    case KIND_ETP_ABOVE:
        say(l, C_ETP + 2, value(l, C_POSTES + 2) * 100 + 50);
        break;
    case KIND_COORD_ABOVE: /* so it is: see answers.c */
        say(l, C_POSTES, 2);
        say(l, C_ETP, 150);
        break;
    case KIND_LONG:
        say(l, C_DUREE_TOTAL, 725);
        break;
    default:
        break;
    }
}

/* 1 when the kind is about bytes only. */
static int encode(enum kind k, struct letter *l)
{
    static const struct {
        enum kind kind;
        enum encoding encoding;
    } ENCODINGS[] = {{KIND_QUOTES, ENCODING_LATIN1_QUOTES}, {KIND_BOM_LATIN1, ENCODING_BOM_LATIN1},
                     {KIND_LATIN1, ENCODING_LATIN1},        {KIND_CP1252, ENCODING_CP1252},
                     {KIND_BOM, ENCODING_UTF8_BOM},         {KIND_UTF16, ENCODING_UTF16}};
    for (size_t i = 0; i < sizeof ENCODINGS / sizeof *ENCODINGS; i++)
        if (ENCODINGS[i].kind == k) {
            l->encoding = ENCODINGS[i].encoding;
            return 1;
        }
    return 0;
}

static void rewrite(enum kind k, struct letter *l)
{
    if (encode(k, l))
        return;
    switch (k) {
    case KIND_LABELS:
        labels(l);
        break;
    case KIND_PREVIOUS:
        codes_of_last_year(l);
        break;
    case KIND_WORDS:
        words(l);
        break;
    case KIND_UNMAPPED:
        l->reply[C_PROFIL + 3].key = "P9";
        l->reply[C_PROFIL + 3].unknown = 1;
        break;
    case KIND_TWICE_MAPPED:
        l->reply[C_NIVEAU + 1].key = "primaire";
        l->reply[C_NIVEAU + 1].again = 1;
        break;
    case KIND_UNREADABLE:
        say(l, C_ENF_ASE, value(l, C_ENF_ASE));
        l->reply[C_ENF_ASE].text = "une douzaine";
        l->reply[C_ENF_ASE].unreadable = 1;
        break;
    case KIND_PRIVATE:
        say(l, C_PORTEUR, 12);
        break;
    case KIND_COMMA:
        dress_range(l, C_ETP, C_ETP + 4, DRESS_COMMA);
        dress_range(l, C_DUREE_TOTAL, C_ACTIONS, DRESS_COMMA);
        break;
    case KIND_THOUSANDS:
        dress_range(l, C_FIN_TOTAL, C_POSTES, DRESS_THOUSANDS);
        break;
    case KIND_SILENCES:
        silences(l);
        break;
    case KIND_CDATA:
        cdata(l);
        break;
    case KIND_ZEROS:
        dress(l, C_ENF_TOTAL, DRESS_ZEROS);
        dress(l, C_SEXE, DRESS_SPACES);
        dress(l, C_FIN_TOTAL, DRESS_SPACES);
        dress(l, C_POSTES + 1, DRESS_ZEROS);
        break;
    case KIND_HINT:
        l->sabotage = SABOTAGE_HINT;
        break;
    case KIND_OTHER_QUARTIER:
        l->other_department = 1;
        break;
    case KIND_EMPTY_RETURN:
        say_nothing(l);
        break;
    case KIND_ZERO:
        no_child(l);
        break;
    case KIND_SCALE:
        scale_children(l, 10);
        break;
    case KIND_TEST_ONLY:
        l->essai = 1;
        break;
    case KIND_CREDITS:
    case KIND_RICH:
        money(k, l);
        break;
    default:
        break_sums(k, l);
    }
}

void trouble_apply(enum kind k, const struct people *p, struct letter *l)
{
    static const struct {
        enum kind kind;
        enum sabotage sabotage;
    } SABOTAGES[] = {{KIND_CUT, SABOTAGE_CUT},
                     {KIND_BYTES, SABOTAGE_BYTES},
                     {KIND_HTML_BY_HAND, SABOTAGE_HTML},
                     {KIND_NO_BYTE, SABOTAGE_EMPTY},
                     {KIND_DOCTYPE, SABOTAGE_DOCTYPE},
                     {KIND_EXTERNAL, SABOTAGE_EXTERNAL},
                     {KIND_ENTITIES, SABOTAGE_ENTITIES},
                     {KIND_NO_NAMESPACE, SABOTAGE_NO_NAMESPACE},
                     {KIND_UNKNOWN_ELEMENT, SABOTAGE_UNKNOWN},
                     {KIND_ORDER, SABOTAGE_ORDER},
                     {KIND_NEGATIVE, SABOTAGE_NEGATIVE},
                     {KIND_FRACTION, SABOTAGE_FRACTION},
                     {KIND_TWICE, SABOTAGE_TWICE},
                     {KIND_WORD, SABOTAGE_WORD},
                     {KIND_MANY, SABOTAGE_ELEMENTS},
                     {KIND_DEEP, SABOTAGE_DEEP},
                     {KIND_LONG_TEXT, SABOTAGE_TEXT},
                     {KIND_LOGIN, SABOTAGE_HTML}};
    (void)p;
    if (k == KIND_BYTES)
        l->software = SOFTWARE_PLAIN; /* its name has an accent */
    for (size_t i = 0; i < sizeof SABOTAGES / sizeof *SABOTAGES; i++)
        if (SABOTAGES[i].kind == k) {
            l->sabotage = SABOTAGES[i].sabotage;
            return;
        }
    if (k == KIND_EDITION_2021 || k == KIND_EDITION_2023)
        l->namespace_year = k == KIND_EDITION_2021 ? "2021" : "2023";
    else if (k == KIND_CAMPAIGN)
        l->campagne = "2021";
    else
        rewrite(k, l);
}
