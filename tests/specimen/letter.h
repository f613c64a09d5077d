/* SPDX-License-Identifier: Apache-2.0 */
/* A return as a PRE writes it: the answers it gives, the way it says that it gives none, and the way its software
 * writes XML. */
#ifndef TESTS_SPECIMEN_LETTER_H
#define TESTS_SPECIMEN_LETTER_H

#include "schemas/run/buf.h"
#include "tests/specimen/people.h"

enum how { HOW_VALUE, HOW_ABSENT, HOW_BLANK, HOW_NIL, HOW_ND, HOW_NC, HOW_SO, HOW_REFUS };

enum dress {
    DRESS_PLAIN,
    DRESS_COMMA,     /* 12,5 */
    DRESS_THOUSANDS, /* 124 528 with a space, a no-break space or a narrow one */
    DRESS_ZEROS,     /* 0012 */
    DRESS_CDATA,     /* 1<![CDATA[2]]> */
    DRESS_COMMENT,   /* 1<!-- x -->2 */
    DRESS_SPACES     /* around the value */
};

struct reply {
    int32_t value;
    enum how how;
    enum dress dress;
    const char *text; /* written instead of the number (a word for "no answer", a label); NULL: none */
    enum how means;   /* what the text stands for: HOW_VALUE (the value), else a silence */
    const char *key;  /* written instead of the category code; NULL: none */
    int unknown;      /* the key is in no table of the edition */
    int unreadable;   /* the text is neither a number nor a word the edition knows */
    int again;        /* a second row follows, with the plain code */
};

enum encoding {
    ENCODING_UTF8,
    ENCODING_UTF8_BOM,
    ENCODING_LATIN1,
    ENCODING_CP1252,
    ENCODING_UTF16,
    ENCODING_LATIN1_QUOTES, /* windows-1252 bytes announced as Latin-1 */
    ENCODING_BOM_LATIN1     /* UTF-8 with its mark, announced as Latin-1 */
};
enum software { SOFTWARE_PLAIN, SOFTWARE_COMMENTED, SOFTWARE_PREFIXED, SOFTWARE_DENSE, SOFTWARE_COUNT };

/* Something wrong with the document itself, put in when it is written. */
enum sabotage {
    SABOTAGE_NONE,
    SABOTAGE_DOCTYPE,
    SABOTAGE_ENTITIES, /* nine levels of ten-fold entities */
    SABOTAGE_EXTERNAL, /* an entity that asks for a local file */
    SABOTAGE_CUT,      /* ends inside an element */
    SABOTAGE_BYTES,    /* Latin-1 bytes declared as UTF-8 */
    SABOTAGE_NO_NAMESPACE,
    SABOTAGE_UNKNOWN,  /* an element the schema does not know */
    SABOTAGE_ORDER,    /* blocks in another order */
    SABOTAGE_NEGATIVE, /* a negative count */
    SABOTAGE_FRACTION, /* a count with a fraction */
    SABOTAGE_TWICE,    /* the same category twice */
    SABOTAGE_WORD,     /* a word where a count is due */
    SABOTAGE_ELEMENTS, /* more elements than the edition allows */
    SABOTAGE_DEEP,     /* deeper than the edition allows */
    SABOTAGE_TEXT,     /* longer text than the edition allows */
    SABOTAGE_HTML,     /* a login page */
    SABOTAGE_EMPTY,    /* no byte */
    SABOTAGE_HINT      /* schemaLocation pointing elsewhere: harmless */
};

struct letter {
    const struct pre *from;     /* who writes: random stream, places */
    const char *pre;            /* what it calls itself */
    const char *namespace_year; /* "2022" */
    const char *campagne;
    int numero;
    const char *nature; /* initial, rectificatif, annulation */
    char horodatage[32];
    int essai;
    enum software software;
    enum encoding encoding;
    enum sabotage sabotage;
    int other_department; /* one quartier of another département */
    int withdrawal;       /* header only */
    struct reply reply[CELLS];
};

/* Appends the bytes of the letter. */
enum flow letter_write(const struct letter *l, const struct people *p, const struct places *places, struct buf *out,
                       struct err *e) MUST_USE;
/* The plain text of a value of a cell ("12.5"); out has 32 bytes. */
void letter_number(size_t cell, int32_t value, char *out);
/* The code or text a cell holds ("7361", "oui", a SIRET), or its number. */
void letter_value(const struct pre *u, size_t cell, int32_t value, char *out);

#endif
