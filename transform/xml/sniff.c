/* SPDX-License-Identifier: Apache-2.0 */
/* A document before the parser sees it: is it XML at all, in which encoding, and within limits. The encoding is decided
 * here, once, and the parser only ever reads UTF-8: so a contradiction has one outcome on every version of libxml2, and
 * columns count characters. */
#include "transform/xml/reader.h"

#include "schemas/run/text.h"

#include <ctype.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { HEAD = 1024 };

static const char *bom_of(const unsigned char *p, size_t n, size_t *skip)
{
    static const struct {
        const char *mark;
        size_t n;
        const char *name;
    } marks[] = {
        {"\xFF\xFE\0\0", 4, "UTF-32LE"}, {"\0\0\xFE\xFF", 4, "UTF-32BE"}, {"\xEF\xBB\xBF", 3, "UTF-8"},
        {"\xFF\xFE", 2, "UTF-16LE"},     {"\xFE\xFF", 2, "UTF-16BE"},
    };
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (n >= marks[i].n && memcmp(p, marks[i].mark, marks[i].n) == 0) {
            *skip = marks[i].n;
            return marks[i].name;
        }
    *skip = 0;
    return "";
}

/* Encodings that show without a mark: "<?" in 16 bits. */
static const char *wide_of(const unsigned char *p, size_t n)
{
    if (n >= 4 && memcmp(p, "<\0?\0", 4) == 0)
        return "UTF-16LE";
    if (n >= 4 && memcmp(p, "\0<\0?", 4) == 0)
        return "UTF-16BE";
    return "";
}

/* The first bytes without zero bytes, so that a declaration can be read whatever the width. */
static void narrow(const char *p, size_t n, char *out)
{
    size_t k = 0;
    for (size_t i = 0; i < n && k < HEAD; i++)
        if (p[i] != '\0')
            out[k++] = p[i];
    out[k] = '\0';
}

static const char *declared_encoding(struct xml_reader *r, const char *head)
{
    const char *end = strncmp(head, "<?xml", 5) == 0 ? strstr(head, "?>") : NULL;
    const char *p = end ? strstr(head, "encoding") : NULL;
    if (!p || p > end)
        return "";
    p += 8;
    p += strspn(p, " \t\r\n=");
    if (*p != '"' && *p != '\'')
        return "";
    size_t n = strcspn(p + 1, *p == '"' ? "\"" : "'");
    return n < 64 ? xml_keep_visible(r, p + 1, n) : "";
}

static int starts(const char *head, const char *word)
{
    return strncasecmp(head, word, strlen(word)) == 0;
}

/* What it is when it is not XML; NULL when it may be. */
static const char *other_format(const char *p, size_t n, const char *head, const char **fr)
{
    static const struct {
        const char *magic;
        size_t n;
        const char *fr, *en;
    } magics[] = {
        {"%PDF", 4, "un document PDF", "a PDF document"},
        {"PK\003\004", 4, "un classeur ou un fichier zip", "a spreadsheet or a zip file"},
        {"\xD0\xCF\x11\xE0", 4, "un ancien fichier Office", "an old Office file"},
        {"\x1F\x8B", 2, "un fichier gzip", "a gzip file"},
        {"BZh", 3, "un fichier compressé", "a compressed file"},
        {"\xFD"
         "7zXZ",
         5, "un fichier compressé", "a compressed file"},
        {"7z\xBC\xAF", 4, "un fichier compressé", "a compressed file"},
        {"Rar!", 4, "un fichier compressé", "a compressed file"},
        {"\x30\x82", 2, "un fichier signé ou chiffré", "a signed or encrypted file"},
        {"\x30\x80", 2, "un fichier signé ou chiffré", "a signed or encrypted file"},
        {"-----BEGIN ", 11, "un fichier signé ou chiffré", "a signed or encrypted file"},
        {"{\\rtf", 5, "un document de traitement de texte", "a word processor's document"},
        {"{", 1, "du JSON", "JSON"},
        {"[", 1, "du JSON", "JSON"},
    };
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (n >= magics[i].n && memcmp(p, magics[i].magic, magics[i].n) == 0) {
            *fr = magics[i].fr;
            return magics[i].en;
        }
    if (starts(head, "<!doctype html") || starts(head, "<html") || starts(head, "<head") || starts(head, "<body")) {
        *fr = "une page HTML (page de connexion ou d'erreur ?)";
        return "an HTML page (a login or error page?)";
    }
    return NULL;
}

enum flow xml_refuse(struct xml_reader *r, enum xml_kind kind, uint64_t offset, const char *fr, const char *en)
{
    struct xml_fault *f = xml_add(r, kind, 0, offset);
    if (f)
        xml_sentence(r, f, fr, en);
    return FLOW_ITEM;
}

/* What stands before the declaration is shown: mostly nobody sees it, a blank line or a second byte-order mark. */
static enum flow text_before(struct xml_reader *r, const char *head, size_t n)
{
    (void)xml_refuse(r, XML_NOT_XML, 0,
                     "Du texte précède la déclaration XML : le fichier doit commencer par « <?xml ».",
                     "Text before the XML declaration: the file must begin with \"<?xml\".");
    if (r->faults.count)
        r->faults.item[r->faults.count - 1].value = xml_keep_visible(r, head, n);
    return FLOW_ITEM;
}

static enum flow check_kind(struct xml_reader *r, const char *p, size_t n, const char *head)
{
    char fr[256], en[256];
    const char *what_fr = "", *what = other_format(p, n, head, &what_fr);
    size_t blank = strspn(head, " \t\r\n");
    if (head[blank] == '\0' && strlen(head) < HEAD)
        return xml_refuse(r, XML_NOT_XML, 0, n == 0 ? "Le fichier est vide." : "Le fichier ne contient que des blancs.",
                          n == 0 ? "The file is empty." : "The file holds nothing but white space.");
    if (!what)
        what = other_format(p + (n > blank ? blank : 0), n > blank ? n - blank : 0, head + blank, &what_fr);
    if (what) {
        (void)snprintf(fr, sizeof fr, "Ce n'est pas un fichier XML : c'est %s.", what_fr);
        (void)snprintf(en, sizeof en, "This is no XML file: it is %s.", what);
        return xml_refuse(r, XML_NOT_XML, 0, fr, en);
    }
    const char *declaration = strstr(head, "<?xml");
    if (declaration && declaration != head && isspace((unsigned char)declaration[5]) &&
        strchr(head, '<') == declaration)
        return text_before(r, head, (size_t)(declaration - head));
    if (head[blank] != '<')
        return xml_refuse(r, XML_NOT_XML, blank, "Ce n'est pas un fichier XML : le premier caractère n'est pas « < ».",
                          "This is no XML file: its first character is not \"<\".");
    return FLOW_OK;
}

static int is_utf8(const char *name)
{
    return strcasecmp(name, "UTF-8") == 0 || strcasecmp(name, "UTF8") == 0;
}

static int is_wide(const char *name)
{
    return starts(name, "UTF-16") || starts(name, "UTF-32") || starts(name, "UCS-") || starts(name, "ISO-10646");
}

/* Encodings a return may come in: known, without state, without surprises in a converter. */
static int accepted(const char *name)
{
    static const char *const families[] = {"ISO-8859-", "ISO_8859-", "windows-125", "cp125",
                                           "UTF-16",    "UTF-32",    "latin"};
    if (strcasecmp(name, "US-ASCII") == 0 || strcasecmp(name, "ASCII") == 0 || is_utf8(name))
        return 1;
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '-' && *p != '_')
            return 0;
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        if (starts(name, families[i]))
            return 1;
    return 0;
}

/* "UTF-16" agrees with a mark "UTF-16LE". */
static int agree(const char *declared, const char *mark)
{
    size_t n = strlen(declared);
    return (is_utf8(declared) && is_utf8(mark)) || strcasecmp(declared, mark) == 0 ||
           (n == 6 && strncasecmp(declared, mark, 6) == 0);
}

static void notice_disagreement(struct xml_reader *r, const char *mark, const char *declared, int bom)
{
    struct xml_fault *f = xml_add(r, XML_BOM, 0, 0);
    if (!f)
        return;
    f->value = xml_keep(r, declared);
    f->expected = xml_keep(r, mark);
    if (bom)
        xml_say(r, f, "L'encodage déclaré (%s) contredit la marque d'ordre des octets ; le fichier a été lu en %s.",
                "The declared encoding (%s) contradicts the byte-order mark; the file was read as %s.", declared, mark);
    else if (declared[0])
        xml_say(r, f, "L'encodage déclaré (%s) contredit les octets du fichier ; il a été lu en %s.",
                "The declared encoding (%s) contradicts the bytes of the file; it was read as %s.", declared, mark);
    else
        xml_say(r, f, "Aucun encodage n'est déclaré ; d'après ses octets, le fichier a été lu en %s.",
                "No encoding is declared; by its bytes the file was read as %s.", mark);
}

/* What is valid UTF-8 beyond ASCII is nothing else: in another reading each accent would be two signs. */
static int is_twice_encoded(const char *used, const char *p, size_t n)
{
    if (is_utf8(used) || is_wide(used))
        return 0;
    size_t i = 0;
    while (i < n && !((unsigned char)p[i] & 0x80))
        i++;
    return i < n && text_invalid(p, n) == n;
}

static void notice_twice_encoded(struct xml_reader *r, const char *declared)
{
    struct xml_fault *f = xml_add(r, XML_BOM, 0, 0);
    if (!f)
        return;
    f->value = xml_keep(r, declared);
    f->expected = "UTF-8";
    xml_say(
        r, f,
        "Déclaré en %s, le fichier est de l'UTF-8 d'après ses octets ; il a été lu en %s, et ses accents sont faux.",
        "Declared as %s, the file is UTF-8 by its bytes; it was read as %s, and its accents are wrong.", declared,
        declared);
}

/* ---- conversion to UTF-8 ---- */

static enum flow bad_bytes(struct xml_reader *r, const char *p, size_t n, uint64_t at, const char *encoding)
{
    char hex[16], fr[400], en[400];
    size_t k = 0;
    for (size_t i = at; i < n && i < at + 4; i++)
        k += (size_t)snprintf(hex + k, sizeof hex - k, "%s%02X", k ? " " : "", (unsigned char)p[i]);
    (void)snprintf(fr, sizeof fr,
                   "Octets %s à la position %llu : ce n'est pas de l'%s. Enregistrez le fichier en UTF-8, ou déclarez "
                   "l'encodage réel (souvent windows-1252).",
                   hex, (unsigned long long)at, encoding);
    (void)snprintf(en, sizeof en,
                   "Bytes %s at offset %llu are not %s. Save the file as UTF-8, or declare its real encoding (often "
                   "windows-1252).",
                   hex, (unsigned long long)at, encoding);
    struct xml_fault *f = xml_add(r, XML_ENCODING, 0, at);
    if (!f)
        return FLOW_ITEM;
    f->value = xml_keep(r, hex);
    f->expected = xml_keep(r, encoding);
    xml_sentence(r, f, fr, en);
    /* the text is not UTF-8: lines are counted on its bytes */
    f->line = 1;
    for (size_t i = 0; i < at; i++)
        f->line += p[i] == '\n';
    f->column = 0;
    return FLOW_ITEM;
}

/* A name that iconv(3) does not take is either unknown or could not be loaded, and errno does not tell which: when one
 * that it must know fails too, the fault is the machine's and no return is refused for it. */
static enum flow no_converter(struct xml_reader *r, const char *from, struct err *e)
{
    iconv_t c = iconv_open("UTF-8", "ISO-8859-1");
    if (c == (iconv_t)-1) /* NOLINT(performance-no-int-to-ptr): the documented failure value */
        return err_set(
            e, STATUS_SYSTEM,
            "no converter from %s or ISO-8859-1: memory was refused, or the C library's converters (gconv) are missing",
            from);
    (void)iconv_close(c);
    return xml_refuse(r, XML_ENCODING, 0, "Encodage inconnu sur cette machine : enregistrez le fichier en UTF-8.",
                      "This machine does not know the encoding: save the file as UTF-8.");
}

static enum flow convert(struct xml_reader *r, const char *p, size_t n, const char *from, struct err *e)
{
    iconv_t c = iconv_open("UTF-8", from);
    char *in = (char *)(uintptr_t)p, *to;
    size_t left = n;
    enum flow f = FLOW_OK;
    if (c == (iconv_t)-1) /* NOLINT(performance-no-int-to-ptr): the documented failure value */
        return no_converter(r, from, e);
    buf_reset(&r->converted);
    r->converted.max = 4 * n + 64;
    while (f == FLOW_OK && left > 0) {
        f = buf_room(&r->converted, 2 * left + 64, &to, e);
        if (f != FLOW_OK)
            break;
        char *out = to;
        size_t room = 2 * left + 64;
        size_t rc = iconv(c, &in, &left, &out, &room);
        r->converted.len += (size_t)(out - to);
        r->converted.data[r->converted.len] = '\0';
        if (rc == (size_t)-1 && room > 8)
            f = bad_bytes(r, p, n, (uint64_t)(in - p), from);
    }
    (void)iconv_close(c);
    r->text = r->converted.data ? r->converted.data : "";
    r->length = r->converted.len;
    return f;
}

static int is_c1(unsigned long c)
{
    return c >= 0x80 && c <= 0x9F && c != 0x85;
}

/* The character that a reference at p ("&#146;", "&#x92;") stands for; 0 when it is none. */
static unsigned long reference_at(const char *p, const char *end)
{
    unsigned long c = 0;
    int hex = p + 2 < end && p[2] == 'x';
    for (p += 2 + hex; p < end && isxdigit((unsigned char)*p) && c < 0x110000; p++) {
        int digit = isdigit((unsigned char)*p) ? *p - '0' : (*p | 0x20) - 'a' + 10;
        if (!hex && digit > 9)
            return 0;
        c = c * (hex ? 16 : 10) + (unsigned long)digit;
    }
    return p < end && *p == ';' ? c : 0;
}

/* Whether the bytes show that what is declared is not what they are. */
static const char *reading_of(const struct xml_reader *r, const char *used, const char *p, size_t n)
{
    for (size_t i = 0; i < r->reading_count; i++) {
        if (strcasecmp(r->readings[i].declared, used) != 0)
            continue;
        for (size_t k = 0; k < n; k++)
            if (is_c1((unsigned char)p[k]))
                return r->readings[i].real;
    }
    return NULL;
}

/* The byte at `index` of what was converted, as the character it became. */
static const char *became(struct xml_reader *r, size_t index, size_t *offset)
{
    const char *s = r->text;
    size_t at = 0, n = 1;
    for (; at < r->length; at++)
        if (((unsigned char)s[at] & 0xC0) != 0x80 && index-- == 0)
            break;
    while (at + n < r->length && ((unsigned char)s[at + n] & 0xC0) == 0x80)
        n++;
    *offset = at;
    return at < r->length ? xml_keep_visible(r, s + at, n) : "";
}

/* Reads it as the table says, and tells: first character before and after, and how many more. FLOW_ITEM when the bytes
 * are not of that encoding either: nothing is told then. */
static enum flow convert_as(struct xml_reader *r, const char *p, size_t n, const char *real, struct err *e)
{
    struct xml_document *d = r->document;
    const size_t faults = r->faults.count;
    const uint64_t total = d->total;
    size_t first = n, count = 0, offset;
    enum flow f = convert(r, p, n, real, e);
    if (f != FLOW_OK) {
        r->faults.count = faults;
        d->total = total;
        return f;
    }
    for (size_t i = 0; i < n; i++) {
        if (!is_c1((unsigned char)p[i]))
            continue;
        first = count++ ? first : i;
    }
    const char c1[] = {(char)0xC2, p[first], '\0'}, *after = became(r, first, &offset);
    struct xml_fault *x = xml_add(r, XML_CONTROL, 0, offset);
    if (x) {
        x->value = xml_keep_visible(r, c1, 2);
        x->expected = after;
        x->converted = 1;
        x->folded = count - 1;
        xml_say(r, x, "Le fichier, déclaré en %s, a été lu en %s : %s devient « %s ».",
                "The file, declared as %s, was read as %s: %s becomes \"%s\".", d->used, real, x->value, after);
    }
    d->used = real;
    return FLOW_OK;
}

/* The next of U+0080..U+009F without U+0085, as UTF-8 (C2 80..9F); NULL when there is none. */
static const char *next_control(const char *p, const char *end)
{
    while ((p = memchr(p, 0xC2, (size_t)(end - p))) != NULL && !(p + 1 < end && is_c1((unsigned char)p[1])))
        p++;
    return p;
}

/* The same, as a reference. */
static const char *next_reference(const char *p, const char *end)
{
    while ((p = memchr(p, '&', (size_t)(end - p))) != NULL &&
           !(p + 1 < end && p[1] == '#' && is_c1(reference_at(p, end))))
        p++;
    return p;
}

static void tell_control(struct xml_reader *r, struct xml_fault *f, unsigned char c, int reference)
{
    const char c1[] = {(char)0xC2, (char)c, '\0'};
    f->value = xml_keep_visible(r, c1, 2);
    if (reference)
        xml_say(r, f, "Caractère de commande %s écrit par une référence : c'est le numéro d'un caractère Windows.",
                "Control character %s written by a reference: it is the number of a Windows character.", f->value);
    else
        xml_say(r, f, "Caractère de commande %s dans le texte : le fichier, lu en %s, est sans doute en windows-1252.",
                "Control character %s in the text: the file, read as %s, is probably windows-1252.", f->value,
                r->document->used);
}

/* One notice: the first, and how many more. */
static void find_controls(struct xml_reader *r)
{
    const char *end = r->text + r->length, *byte = next_control(r->text, end),
               *reference = next_reference(r->text, end);
    uint64_t more = 0;
    struct xml_fault *f = NULL;
    if (byte && (!reference || byte < reference)) {
        f = xml_add(r, XML_CONTROL, 0, (uint64_t)(byte - r->text));
        if (f)
            tell_control(r, f, (unsigned char)byte[1], 0);
    } else if (reference) {
        f = xml_add(r, XML_CONTROL, 0, (uint64_t)(reference - r->text));
        if (f)
            tell_control(r, f, (unsigned char)reference_at(reference, end), 1);
    }
    for (; byte; byte = next_control(byte + 2, end))
        more++;
    for (; reference; reference = next_reference(reference + 1, end))
        more++;
    if (f)
        f->folded = more - 1;
}

/* A file that ends inside a character was cut: its encoding is not at fault. */
static int ends_inside(const char *p, size_t n)
{
    unsigned char first = (unsigned char)p[0];
    size_t whole = first >= 0xF0 && first < 0xF5 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 1, i = 1;
    while (i < n && ((unsigned char)p[i] & 0xC0) == 0x80)
        i++;
    return first < 0xF5 && i == n && n < whole;
}

static enum flow decode(struct xml_reader *r, const char *p, size_t n, int twice, struct err *e)
{
    const char *used = r->document->used, *real = twice ? NULL : reading_of(r, used, p, n);
    if (real) {
        enum flow f = convert_as(r, p, n, real, e);
        if (f != FLOW_ITEM)
            return f;
    }
    if (!is_utf8(used) && strcasecmp(used, "US-ASCII") != 0 && strcasecmp(used, "ASCII") != 0)
        return convert(r, p, n, used, e);
    size_t bad = text_invalid(p, n);
    if (!is_utf8(used))
        for (size_t i = 0; i < bad; i++)
            bad = (unsigned char)p[i] > 0x7F ? i : bad;
    r->text = p;
    r->length = n;
    if (bad < n && is_utf8(used) && ends_inside(p + bad, n - bad))
        return xml_refuse(r, XML_BROKEN, bad, "Le fichier est coupé : il s'arrête au milieu d'un caractère.",
                          "The file is cut short: it stops inside a character.");
    return bad < n ? bad_bytes(r, p, n, bad, used) : FLOW_OK;
}

enum flow xml_sniff(struct xml_reader *r, const char *text, size_t n, struct err *e)
{
    struct xml_document *d = r->document;
    char head[HEAD + 1], fr[256], en[256];
    size_t skip;
    const char *mark = bom_of((const unsigned char *)text, n, &skip);
    int bom = mark[0] != '\0';
    r->text = text += skip;
    r->length = n -= skip;
    d->bom = mark;
    if (!bom)
        mark = wide_of((const unsigned char *)text, n);
    narrow(text, n < 4 * HEAD ? n : 4 * HEAD, head);
    d->declared = declared_encoding(r, head);
    d->used = mark[0] ? mark : d->declared[0] ? d->declared : "UTF-8";
    enum flow f = check_kind(r, text, n, head);
    if (f != FLOW_OK)
        return f;
    if (!accepted(d->used)) {
        (void)snprintf(fr, sizeof fr, "Encodage « %s » non accepté : enregistrez le fichier en UTF-8.", d->used);
        (void)snprintf(en, sizeof en, "Encoding \"%s\" is not accepted: save the file as UTF-8.", d->used);
        return xml_refuse(r, XML_ENCODING, 0, fr, en);
    }
    if (!mark[0] && is_wide(d->used)) {
        (void)snprintf(fr, sizeof fr, "Le fichier se déclare en %s, mais ses octets n'en sont pas.", d->used);
        (void)snprintf(en, sizeof en, "The file declares %s, but its bytes are not.", d->used);
        return xml_refuse(r, XML_ENCODING, 0, fr, en);
    }
    int twice = is_twice_encoded(d->used, text, n);
    f = decode(r, text, n, twice, e);
    if (f != FLOW_OK)
        return f;
    if (twice)
        notice_twice_encoded(r, d->declared);
    if (mark[0] && !agree(d->declared, mark) && (d->declared[0] || !bom))
        notice_disagreement(r, mark, d->declared, bom);
    const char *nul = memchr(r->text, '\0', r->length); /* the parser would take it for the end of a whole document */
    if (nul)
        return xml_refuse(
            r, XML_BROKEN, (uint64_t)(nul - r->text),
            "Caractère nul, interdit en XML : ce qui le suit ne peut être lu ; enregistrez le fichier de nouveau.",
            "A NUL character, which XML does not allow: what follows cannot be read; save the file again.");
    if (!twice)
        find_controls(r);
    return FLOW_OK;
}
