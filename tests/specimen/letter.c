/* SPDX-License-Identifier: Apache-2.0 */
/* Element names and order are those of ENQUIRY §4; the writer never looks at the schema, so that xmllint's verdict on
 * what it writes means something. */
#include "tests/specimen/letter.h"

#include "tests/specimen/rng.h"

#include <stdio.h>
#include <string.h>

struct pen {
    struct buf *out;
    struct err *err;
    const struct letter *letter;
    const char *prefix; /* "" or "r:" */
    const char *indent; /* of one level, "" for no line breaks */
    int comments;
    int depth;
    int failed;
};

static void put(struct pen *p, const char *s)
{
    if (!p->failed && buf_puts(p->out, s, p->err) != FLOW_OK)
        p->failed = 1;
}

static void line(struct pen *p)
{
    if (!*p->indent)
        return;
    put(p, "\n");
    for (int i = 0; i < p->depth; i++)
        put(p, p->indent);
}

static void open_tag(struct pen *p, const char *name)
{
    line(p);
    put(p, "<");
    put(p, p->prefix);
    put(p, name);
    put(p, ">");
    p->depth++;
}

static void close_tag(struct pen *p, const char *name)
{
    p->depth--;
    line(p);
    put(p, "</");
    put(p, p->prefix);
    put(p, name);
    put(p, ">");
}

void letter_number(size_t cell, int32_t value, char *out)
{
    int scale = question_of(cell)->scale;
    int32_t ten = scale == 2 ? 100 : scale == 1 ? 10 : 1;
    if (value % ten == 0)
        snprintf(out, 32, "%d", (int)(value / ten));
    else if (scale == 2 && value % 10 != 0)
        snprintf(out, 32, "%d.%02d", (int)(value / 100), (int)(value % 100));
    else
        snprintf(out, 32, "%d.%d", (int)(value / ten), (int)(value % ten / (ten / 10)));
}

/* A SIRET with valid check digits is not needed: fourteen digits from the place and the sequence, always the same. */
void letter_value(const struct pre *u, size_t cell, int32_t value, char *out)
{
    const struct question *q = question_of(cell);
    if (q->kind == QUESTION_CODE)
        snprintf(out, 32, "%s", q->values[value]);
    else if (q->kind == QUESTION_TEXT)
        snprintf(out, 32, "2%07u0%05u", (unsigned)(u->index % 10000000u), (unsigned)(u->sequence % 100000u));
    else
        letter_number(cell, value, out);
}

static void grouped(const char *plain, const char *space, char *out, size_t size)
{
    size_t whole = strcspn(plain, "."), n = 0;
    for (size_t i = 0; plain[i] && n + 8 < size; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0)
            n += (size_t)snprintf(out + n, size - n, "%s", space);
        out[n++] = plain[i];
    }
    out[n] = '\0';
}

static void dressed(struct pen *p, size_t cell, const struct reply *r)
{
    static const char *const SPACES[] = {" ", "\xc2\xa0", "\xe2\x80\xaf"};
    char plain[32], text[64];
    letter_value(p->letter->from, cell, r->value, plain);
    size_t n = strlen(plain);
    switch (r->dress) {
    case DRESS_COMMA:
        for (size_t i = 0; i <= n; i++)
            text[i] = plain[i] == '.' ? ',' : plain[i];
        break;
    case DRESS_THOUSANDS:
        grouped(plain, SPACES[r->value % 3], text, sizeof text);
        break;
    case DRESS_ZEROS:
        snprintf(text, sizeof text, "00%s", plain);
        break;
    case DRESS_CDATA:
        snprintf(text, sizeof text, "%.1s<![CDATA[%s]]>", plain, plain + 1);
        break;
    case DRESS_COMMENT:
        snprintf(text, sizeof text, "%.1s<!-- saisi -->%s", plain, plain + 1);
        break;
    case DRESS_SPACES:
        snprintf(text, sizeof text, "\n      %s\t", plain);
        break;
    default:
        snprintf(text, sizeof text, "%s", plain);
    }
    put(p, text);
}

/* One question or row: <name attribute="code" ...>value</name>. */
static void answer(struct pen *p, const char *name, const char *attribute, const char *code, size_t cell)
{
    static const char *const REASON[] = {"", "", "", "", "ND", "NC", "SO", "REFUS"};
    const struct reply *r = &p->letter->reply[cell];
    if (r->how != HOW_ABSENT) {
        line(p);
        if (p->comments) {
            const struct question *q = question_of(cell);
            put(p, "<!-- question ");
            put(p, q->id);
            if (q->codes) {
                put(p, ", ligne ");
                put(p, q->codes[cell - q->first]);
            }
            put(p, p->letter->software == SOFTWARE_COMMENTED
                       ? " (valeur saisie au tableau de suivi, arrêtée au 31 décembre de l'année) -->"
                       : " : reprise du tableau de suivi, vérifiée en équipe -->");
            line(p);
        }
        put(p, "<");
        put(p, p->prefix);
        put(p, name);
        if (attribute) {
            put(p, " ");
            put(p, attribute);
            put(p, "=\"");
            put(p, r->key ? r->key : code);
            put(p, "\"");
        }
        if (cell == C_CITE_EDUC && r->how == HOW_VALUE && r->value == 0) {
            put(p, " identifiant=\"CE-");
            put(p, p->letter->from->place->commune);
            put(p, "\"");
        }
        if (r->how >= HOW_NIL)
            put(p, " xsi:nil=\"true\"");
        if (r->how >= HOW_ND) {
            put(p, " nonReponse=\"");
            put(p, REASON[r->how]);
            put(p, "\"");
        }
        if (r->how != HOW_VALUE) {
            put(p, "/>");
        } else {
            put(p, ">");
            if (r->text)
                put(p, r->text);
            else
                dressed(p, cell, r);
            put(p, "</");
            put(p, p->prefix);
            put(p, name);
            put(p, ">");
        }
    }
}

static int any(const struct letter *l, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++)
        if (l->reply[i].how != HOW_ABSENT)
            return 1;
    return 0;
}

static void plain_row(struct pen *p, const char *name, const char *attribute, const char *code, size_t cell)
{
    char text[128], number[32];
    letter_value(p->letter->from, cell, p->letter->reply[cell].value, number);
    snprintf(text, sizeof text, "<%s%s %s=\"%s\">%s</%s%s>", p->prefix, name, attribute, code, number, p->prefix, name);
    line(p);
    put(p, text);
}

static void rows(struct pen *p, const char *name, const char *attribute, size_t first)
{
    const struct question *q = question_of(first);
    for (size_t i = 0; i < q->count; i++) {
        answer(p, name, attribute, q->codes[i], first + i);
        if (p->letter->reply[first + i].again)
            plain_row(p, name, attribute, q->codes[i], first + i);
    }
}

static void table(struct pen *p, const char *block, const char *name, const char *attribute, size_t first)
{
    if (!any(p->letter, first, question_of(first)->count))
        return;
    open_tag(p, block);
    rows(p, name, attribute, first);
    close_tag(p, block);
}

static void leaf(struct pen *p, const char *name, const char *text)
{
    line(p);
    put(p, "<");
    put(p, p->prefix);
    put(p, name);
    put(p, ">");
    put(p, text);
    put(p, "</");
    put(p, p->prefix);
    put(p, name);
    put(p, ">");
}

/* The seat first, then other communes of the département. */
static void communes(struct pen *p, const struct places *places)
{
    const struct place *seat = p->letter->from->place;
    int32_t n = p->letter->reply[C_COMMUNES].value;
    open_tag(p, "communes");
    leaf(p, "commune", seat->commune);
    for (size_t i = 0; i < places->count && n > 1; i++)
        if (&places->items[i] != seat && strcmp(places->items[i].departement, seat->departement) == 0) {
            leaf(p, "commune", places->items[i].commune);
            n--;
        }
    close_tag(p, "communes");
}

static void quartiers(struct pen *p)
{
    const struct pre *u = p->letter->from;
    const char *d = u->place->departement;
    open_tag(p, "quartiers");
    for (int32_t i = 0; i < p->letter->reply[C_QUARTIERS].value; i++) {
        char code[16];
        if (i == 0 && p->letter->other_department)
            snprintf(code, sizeof code, "QP0%s", strcmp(d, "59") == 0 ? "62001" : "59001");
        else
            snprintf(code, sizeof code, "QP%s%s%03d", strlen(d) == 2 ? "0" : "", d,
                     (int)((u->sequence * 41 + (uint32_t)i) % 1000));
        leaf(p, "quartier", code);
    }
    close_tag(p, "quartiers");
}

static void identification(struct pen *p, const struct places *places)
{
    const struct letter *l = p->letter;
    open_tag(p, "identification");
    if (any(l, C_PORTEUR, 2)) {
        open_tag(p, "structure");
        answer(p, "categorie", NULL, NULL, C_PORTEUR);
        answer(p, "siret", NULL, NULL, C_SIRET);
        close_tag(p, "structure");
    }
    communes(p, places);
    quartiers(p);
    answer(p, "education-prioritaire", NULL, NULL, C_EDUC_PRIO);
    answer(p, "cite-educative", NULL, NULL, C_CITE_EDUC);
    answer(p, "contrat-ville", NULL, NULL, C_CONTRAT_VILLE);
    close_tag(p, "identification");
}

static void jobs(struct pen *p)
{
    const struct question *q = question_of(C_POSTES);
    if (!any(p->letter, C_POSTES, 8))
        return;
    open_tag(p, "emplois");
    for (size_t i = 0; i < 4; i++) {
        if (!any(p->letter, C_POSTES + i, 1) && !any(p->letter, C_ETP + i, 1))
            continue;
        line(p);
        put(p, "<");
        put(p, p->prefix);
        put(p, "emploi fonction=\"");
        put(p, q->codes[i]);
        put(p, "\">");
        p->depth++;
        answer(p, "postes", NULL, NULL, C_POSTES + i);
        answer(p, "etp", NULL, NULL, C_ETP + i);
        close_tag(p, "emploi");
    }
    close_tag(p, "emplois");
}

static void moyens(struct pen *p)
{
    if (!any(p->letter, C_FIN_TOTAL, C_EQ_NOMBRE - C_FIN_TOTAL))
        return;
    open_tag(p, "moyens");
    if (any(p->letter, C_FIN_TOTAL, 9)) {
        open_tag(p, "financements");
        answer(p, "total", NULL, NULL, C_FIN_TOTAL);
        rows(p, "financement", "financeur", C_FIN);
        close_tag(p, "financements");
    }
    table(p, "nature", "contribution", "contributeur", C_NAT);
    jobs(p);
    close_tag(p, "moyens");
}

static void equipes(struct pen *p)
{
    if (!any(p->letter, C_EQ_NOMBRE, 3))
        return;
    open_tag(p, "equipes");
    answer(p, "nombre", NULL, NULL, C_EQ_NOMBRE);
    answer(p, "reunions", NULL, NULL, C_EQ_REUNIONS);
    answer(p, "delai", NULL, NULL, C_EQ_DELAI);
    close_tag(p, "equipes");
}

static void sabotaged_child(struct pen *p)
{
    switch (p->letter->sabotage) {
    case SABOTAGE_UNKNOWN:
        leaf(p, "garcons", "12");
        break;
    case SABOTAGE_NEGATIVE:
        leaf(p, "parcours", "-3");
        break;
    case SABOTAGE_FRACTION:
        leaf(p, "parcours", "12.5");
        break;
    case SABOTAGE_WORD:
        leaf(p, "parcours", "une vingtaine");
        break;
    default:
        break;
    }
}

static void enfants(struct pen *p)
{
    const struct letter *l = p->letter;
    if (!any(l, C_ENF_TOTAL, C_DUREE_TOTAL - C_ENF_TOTAL))
        return;
    open_tag(p, "enfants");
    answer(p, "total", NULL, NULL, C_ENF_TOTAL);
    sabotaged_child(p);
    if (l->sabotage != SABOTAGE_NEGATIVE && l->sabotage != SABOTAGE_FRACTION && l->sabotage != SABOTAGE_WORD)
        answer(p, "parcours", NULL, NULL, C_ENF_PARCOURS);
    answer(p, "qpv", NULL, NULL, C_ENF_QPV);
    answer(p, "entrees", NULL, NULL, C_ENF_ENTREES);
    if (any(l, C_ENF_SORTIES, 7)) {
        open_tag(p, "sorties");
        answer(p, "total", NULL, NULL, C_ENF_SORTIES);
        rows(p, "sortie", "code", C_SORTIE);
        close_tag(p, "sorties");
    }
    answer(p, "ase", NULL, NULL, C_ENF_ASE);
    answer(p, "avec-motif", NULL, NULL, C_ENF_MOTIF);
    table(p, "sexe", "effectif", "code", C_SEXE);
    table(p, "age", "effectif", "code", C_AGE);
    if (l->sabotage == SABOTAGE_TWICE) {
        open_tag(p, "profil");
        rows(p, "effectif", "code", C_PROFIL);
        answer(p, "effectif", "code", "P1", C_PROFIL);
        close_tag(p, "profil");
    } else {
        table(p, "profil", "effectif", "code", C_PROFIL);
    }
    table(p, "niveau", "effectif", "code", C_NIVEAU);
    table(p, "motifs", "effectif", "code", C_MOTIF);
    table(p, "orienteurs", "effectif", "code", C_ORIENTEUR);
    table(p, "transitions", "effectif", "code", C_TRANSITION);
    close_tag(p, "enfants");
}

static void parcours(struct pen *p)
{
    if (!any(p->letter, C_DUREE_TOTAL, C_ETAB - C_DUREE_TOTAL))
        return;
    open_tag(p, "parcours");
    if (any(p->letter, C_DUREE_TOTAL, 5)) {
        open_tag(p, "duree");
        answer(p, "moyenne", NULL, NULL, C_DUREE_TOTAL);
        rows(p, "profil", "code", C_DUREE);
        close_tag(p, "duree");
    }
    table(p, "actions", "domaine", "code", C_ACTIONS);
    close_tag(p, "parcours");
}

static void articulation(struct pen *p)
{
    if (!any(p->letter, C_ART_CV, 2))
        return;
    open_tag(p, "articulation");
    answer(p, "contrat-ville", NULL, NULL, C_ART_CV);
    answer(p, "cite-educative", NULL, NULL, C_ART_CE);
    close_tag(p, "articulation");
}

static void observations(struct pen *p)
{
    static const char *const SENTENCES[] = {
        "Le coordonnateur a pris ses fonctions en cours d'année ; les effectifs des premiers mois viennent du tableau "
        "de suivi.",
        "Plusieurs actions collectives ont été reportées à l'automne, faute de salle.",
        "L'équipe de soutien se réunit désormais dans les écoles, à la demande des familles.",
        "Le partenariat avec le centre médico-psychologique reste à formaliser (délais d'attente de huit à dix mois).",
        "Les contributions en nature de la commune sont estimées d'après la comptabilité analytique.",
        "Deux référents à temps partiel se partagent le secteur nord & l’hypercentre.",
        "La durée moyenne tient compte des parcours interrompus puis repris dans l'année.",
        "Une enquête auprès des familles est prévue au second semestre ; ses résultats seront joints au prochain "
        "retour.",
        "L'atelier « Coup de pouce langage » a trouvé son rythme : vingt séances, dont six avec les parents.",
        "Le changement de logiciel explique l'écart avec l'an passé sur les motifs de saisine."};
    struct rng r;
    rng_seed(&r, p->letter->from->index, "observations", (uint64_t)p->letter->numero);
    int n = (int)rng_below(&r, 24);
    line(p);
    put(p, "<");
    put(p, p->prefix);
    put(p, "observations>");
    if (p->letter->encoding == ENCODING_LATIN1_QUOTES || p->letter->encoding == ENCODING_CP1252)
        put(p, "L’équipe n’a rien à signaler. ");
    if (p->letter->sabotage == SABOTAGE_EXTERNAL)
        put(p, "&x;");
    if (p->letter->sabotage == SABOTAGE_ENTITIES)
        put(p, "&e9;");
    for (int i = 0; i < n && !p->failed; i++) {
        const char *s = SENTENCES[rng_below(&r, sizeof SENTENCES / sizeof *SENTENCES)];
        for (const char *amp; (amp = strchr(s, '&')) != NULL; s = amp + 1) {
            if (buf_put(p->out, s, (size_t)(amp - s), p->err) != FLOW_OK)
                p->failed = 1;
            put(p, "&amp;");
        }
        put(p, s);
        put(p, i + 1 < n ? "\n" : "");
    }
    if (p->letter->sabotage == SABOTAGE_TEXT)
        for (int i = 0; i < 1100000 / 50; i++)
            put(p, "un texte libre bien plus long que ce qui est admis ");
    put(p, "</");
    put(p, p->prefix);
    put(p, "observations>");
}

static void declaration(struct pen *p)
{
    static const char *const NAME[] = {"UTF-8",  "UTF-8",      "ISO-8859-1", "windows-1252",
                                       "UTF-16", "ISO-8859-1", "ISO-8859-1"};
    put(p, "<?xml version=\"1.0\" encoding=\"");
    put(p, NAME[p->letter->encoding]);
    put(p, "\"?>\n");
    switch (p->letter->sabotage) {
    case SABOTAGE_DOCTYPE:
        put(p, "<!DOCTYPE retour SYSTEM \"retour.dtd\">\n");
        break;
    case SABOTAGE_EXTERNAL:
        put(p, "<!DOCTYPE retour [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>\n");
        break;
    case SABOTAGE_ENTITIES:
        put(p, "<!DOCTYPE retour [<!ENTITY e0 \"ha\">");
        for (int i = 1; i < 10; i++) {
            char name[8];
            snprintf(name, sizeof name, "e%d", i);
            put(p, "<!ENTITY ");
            put(p, name);
            put(p, " \"");
            snprintf(name, sizeof name, "&e%d;", i - 1);
            for (int k = 0; k < 10; k++)
                put(p, name);
            put(p, "\">");
        }
        put(p, "]>\n");
        break;
    default:
        break;
    }
}

static void root(struct pen *p)
{
    static const char *const LOGICIEL[SOFTWARE_COUNT] = {"Réussite 3.2", "SuiviPRE 2022.1", "Éduc'Action 5",
                                                         "export tableur"};
    const struct letter *l = p->letter;
    char text[400];
    put(p, "<");
    put(p, p->prefix);
    put(p, "retour");
    if (l->sabotage != SABOTAGE_NO_NAMESPACE) {
        snprintf(text, sizeof text, " xmlns%s=\"urn:fr:anct:pre:retour:%s\"", *p->prefix ? ":r" : "",
                 l->namespace_year);
        put(p, text);
    }
    put(p, " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"");
    if (l->sabotage == SABOTAGE_HINT)
        put(p, " xsi:schemaLocation=\"urn:fr:anct:pre:retour:2022 http://127.0.0.1:9/retour.xsd\"");
    snprintf(text, sizeof text,
             " pre=\"%s\" campagne=\"%s\" numero=\"%d\" nature=\"%s\" horodatage=\"%s\" logiciel=\"%s\" essai=\"%s\">",
             l->pre, l->campagne, l->numero, l->nature, l->horodatage, LOGICIEL[l->software], l->essai ? "oui" : "non");
    put(p, text);
    p->depth++;
}

static void too_much(struct pen *p)
{
    if (p->letter->sabotage == SABOTAGE_ELEMENTS)
        for (int i = 0; i < 100100; i++)
            leaf(p, "etablissement", "1");
    if (p->letter->sabotage == SABOTAGE_DEEP) {
        for (int i = 0; i < 100; i++)
            put(p, "<articulation>");
        for (int i = 0; i < 100; i++)
            put(p, "</articulation>");
    }
}

static void blocks(struct pen *p, const struct places *places)
{
    if (p->letter->sabotage == SABOTAGE_ORDER)
        enfants(p);
    identification(p, places);
    moyens(p);
    equipes(p);
    if (p->letter->sabotage != SABOTAGE_ORDER)
        enfants(p);
    parcours(p);
    table(p, "etablissements", "etablissement", "code", C_ETAB);
    articulation(p);
    too_much(p);
    observations(p);
}

static const char LOGIN_PAGE[] =
    "<!DOCTYPE html>\n<html lang=\"fr\"><head><title>Connexion</title></head>\n<body><h1>Identifiez-vous</h1>"
    "<form action=\"/connexion\" method=\"post\"><input name=\"utilisateur\"><input name=\"passe\" type=\"password\">"
    "</form></body></html>\n";

/* Characters above U+00FF that our sentences use, as bytes of windows-1252 or of Latin-1. */
static char narrow(uint32_t c, enum encoding encoding)
{
    if (c < 0x100)
        return (char)(unsigned char)c;
    if (c == 0x2019)
        return encoding == ENCODING_CP1252 || encoding == ENCODING_LATIN1_QUOTES ? (char)(unsigned char)0x92 : '\'';
    return c == 0x202f ? (char)(unsigned char)0xa0 : '?';
}

static uint32_t next_char(const unsigned char *s, size_t *i)
{
    uint32_t c = s[*i];
    size_t more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    c &= more == 0 ? 0x7fu : 0x3fu >> more;
    for (; more > 0; more--)
        c = c << 6 | (s[++*i] & 0x3fu);
    ++*i;
    return c;
}

static enum flow encode(const struct letter *l, const struct buf *text, struct buf *out, struct err *e)
{
    int marked = l->encoding == ENCODING_UTF8_BOM || l->encoding == ENCODING_BOM_LATIN1;
    if (marked && buf_puts(out, "\xef\xbb\xbf", e) != FLOW_OK)
        return FLOW_FATAL;
    if (l->encoding == ENCODING_UTF16 && buf_put(out, "\xff\xfe", 2, e) != FLOW_OK)
        return FLOW_FATAL;
    if ((l->encoding == ENCODING_UTF8 || marked) && l->sabotage != SABOTAGE_BYTES)
        return buf_put(out, buf_str(text), text->len, e);
    for (size_t i = 0; i < text->len;) {
        uint32_t c = next_char((const unsigned char *)text->data, &i);
        if (l->encoding == ENCODING_UTF16) {
            char two[2] = {(char)(c & 0xff), (char)(c >> 8)};
            if (buf_put(out, two, 2, e) != FLOW_OK)
                return FLOW_FATAL;
            continue;
        }
        if (buf_putc(out, narrow(c, l->encoding), e) != FLOW_OK)
            return FLOW_FATAL;
    }
    return FLOW_OK;
}

enum flow letter_write(const struct letter *l, const struct people *people, const struct places *places,
                       struct buf *out, struct err *e)
{
    static const char *const INDENT[SOFTWARE_COUNT] = {"    ", "    ", "\t", ""};
    struct buf text;
    enum flow flow;
    (void)people;
    if (l->sabotage == SABOTAGE_EMPTY)
        return FLOW_OK;
    if (l->sabotage == SABOTAGE_HTML)
        return buf_puts(out, LOGIN_PAGE, e);
    buf_init(&text, 32u * 1024 * 1024);
    struct pen p = {&text,
                    e,
                    l,
                    l->software == SOFTWARE_PREFIXED && l->sabotage != SABOTAGE_NO_NAMESPACE ? "r:" : "",
                    INDENT[l->software],
                    l->software != SOFTWARE_DENSE,
                    0,
                    0};
    declaration(&p);
    root(&p);
    if (!l->withdrawal)
        blocks(&p, places);
    close_tag(&p, "retour");
    put(&p, "\n");
    if (l->sabotage == SABOTAGE_CUT)
        text.len = text.len * 2 / 3;
    flow = p.failed ? FLOW_FATAL : encode(l, &text, out, e);
    buf_fini(&text);
    return flow;
}
