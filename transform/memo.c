/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* dl_iterate_phdr */
#include "transform/memo.h"

#include "schemas/archive/gzip.h"
#include "schemas/run/fs.h"
#include "schemas/run/output.h"
#include "schemas/run/text.h"

#include <fcntl.h>
#include <libxml/parser.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UNIT_MAX = 256, ENTRY_MAX = 64 << 20, FILE_MAX = 512 << 20, BUILD_MAX = 64, PACK_LEVEL = 1 };

struct memo {
    const struct plan *plan;
    char basis[DIGEST_HEX_MAX];
    int fd;           /* of the last run's; -1: none */
    uint64_t at, end; /* in it: the next entry, the end */
    int keeps;
    struct output *out; /* NULL: not any more */
    uint64_t kept;      /* bytes written */
};

/* The beginning of the file, and of each entry: then the id of the unit with its NUL, and as one member of gzip the
 * rows and what was counted. */
struct head {
    char magic[16];
    char basis[DIGEST_HEX_MAX];
};

struct entry_head {
    char seal[DIGEST_HEX_MAX]; /* SHA-256 of all that follows */
    char key[DIGEST_HEX_MAX];
    uint64_t crashed;
    uint64_t rows[TABLE_COUNT], unit, counted, packed; /* lengths */
};

static const char magic[16] = "pre-judgements2";

/* ---- keys ---- */
struct memo_desk {
    const struct memo *memo;
    struct digest *d;
    struct gzip_packer *packer;
    struct buf plain, entry; /* to be packed; as it stands in the file */
};

struct memo_desk *memo_desk_new(const struct memo *m, struct err *e)
{
    struct memo_desk *k = calloc(1, sizeof *k);
    if (!k) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
        return NULL;
    }
    k->memo = m;
    buf_init(&k->plain, ENTRY_MAX);
    buf_init(&k->entry, ENTRY_MAX);
    if ((k->d = digest_new(e)) != NULL && (k->packer = gzip_packer_new(PACK_LEVEL, e)) != NULL)
        return k;
    memo_desk_free(k);
    return NULL;
}

void memo_desk_free(struct memo_desk *k)
{
    if (!k)
        return;
    digest_free(k->d);
    gzip_packer_free(k->packer);
    buf_fini(&k->plain);
    buf_fini(&k->entry);
    free(k);
}

/* With its NUL, so that no two lists of texts give the same bytes. */
static enum flow put_text(struct digest *d, const char *s, struct err *e)
{
    return digest_put(d, s, strlen(s) + 1, e);
}

static enum flow put_texts(struct digest *d, const char *const *s, size_t n, struct err *e)
{
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < n && f == FLOW_OK; i++)
        f = put_text(d, s[i], e);
    return f;
}

static enum flow put_numbers(struct digest *d, const int64_t *numbers, size_t n, struct err *e)
{
    return digest_put(d, numbers, n * sizeof *numbers, e);
}

static enum flow put_row(struct memo_desk *k, const struct subject *s, struct err *e)
{
    const struct register_table *t = k->memo->plan->frame;
    const struct register_unit u = register_unit(t, s->row);
    const struct decimal size = register_size(s->rows, s->row);
    const char *successor = u.successor == REGISTER_NONE ? "" : register_id(t, u.successor);
    const int64_t numbers[] = {u.scope, size.unscaled, size.scale, (int64_t)s->decision_count};
    enum flow f = put_text(k->d, s->unit, e);
    for (uint32_t c = 0; c < register_columns(t) && f == FLOW_OK; c++)
        f = put_text(k->d, register_value(s->rows, s->row, c), e);
    if (f == FLOW_OK)
        f = put_text(k->d, successor, e);
    return f == FLOW_OK ? put_numbers(k->d, numbers, sizeof numbers / sizeof numbers[0], e) : f;
}

static enum flow put_decision(struct digest *d, const struct decision *k, struct err *e)
{
    const char *const texts[] = {k->record, k->rule, k->old_value, k->new_value, k->who, k->reason};
    const int64_t numbers[] = {k->action, k->variable, k->category, k->when};
    enum flow f = put_texts(d, texts, sizeof texts / sizeof texts[0], e);
    return f == FLOW_OK ? put_numbers(d, numbers, sizeof numbers / sizeof numbers[0], e) : f;
}

enum flow memo_key_begin(struct memo_desk *k, const struct subject *s, struct err *e)
{
    enum flow f = digest_reset(k->d, e);
    if (f == FLOW_OK)
        f = put_text(k->d, k->memo->basis, e);
    if (f == FLOW_OK)
        f = put_row(k, s, e);
    for (size_t i = 0; i < s->decision_count && f == FLOW_OK; i++)
        f = put_decision(k->d, s->decisions[i], e);
    return f;
}

/* The payload by the digest that its own record states and that was checked when it was read; else by its bytes. */
enum flow memo_key_document(struct memo_desk *k, const struct archive_document *a, const struct archive_body *b,
                            struct err *e)
{
    const char *stated = warc_get(&b->record, "WARC-Payload-Digest");
    const char *const texts[] = {b->id, b->digest, a->archive, buf_str(&b->source)};
    const int64_t numbers[] = {a->received_at, (int64_t)b->received, b->fault};
    enum flow f = put_texts(k->d, texts, sizeof texts / sizeof texts[0], e);
    if (f == FLOW_OK)
        f = put_numbers(k->d, numbers, sizeof numbers / sizeof numbers[0], e);
    if (f == FLOW_OK && b->record.payload_digest == WARC_DIGEST_GOOD && stated)
        f = put_text(k->d, stated, e);
    else if (f == FLOW_OK)
        f = digest_put(k->d, buf_str(&b->bytes), b->bytes.len, e);
    return f;
}

enum flow memo_key_end(struct memo_desk *k, char hex[DIGEST_HEX_MAX], struct err *e)
{
    return digest_hex(k->d, hex, e);
}

/* ---- the basis ---- */
struct build {
    unsigned char id[BUILD_MAX];
    size_t size; /* 0: the linker gave none */
};

static size_t round_up(size_t n)
{
    return (n + 3) & ~(size_t)3;
}

/* The build id that the linker wrote into the program: it changes with every change of the code. */
static int find_build(struct dl_phdr_info *info, size_t size, void *ctx)
{
    struct build *b = ctx;
    (void)size;
    for (size_t i = 0; i < info->dlpi_phnum && !b->size; i++) {
        if (info->dlpi_phdr[i].p_type != PT_NOTE)
            continue;
        const char *at = (const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
        const char *end = at + info->dlpi_phdr[i].p_memsz;
        while ((size_t)(end - at) >= sizeof(ElfW(Nhdr))) {
            ElfW(Nhdr) note;
            memcpy(&note, at, sizeof note);
            const char *name = at + sizeof note, *id = name + round_up(note.n_namesz);
            if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(name, "GNU", 4) == 0 &&
                note.n_descsz <= BUILD_MAX) {
                memcpy(b->id, id, note.n_descsz);
                b->size = note.n_descsz;
                break;
            }
            at = id + round_up(note.n_descsz);
        }
    }
    return 1; /* the program itself comes first; its libraries are not asked */
}

static enum flow put_plan(struct digest *d, const struct plan *p, struct err *e)
{
    enum flow f = FLOW_OK;
    for (size_t i = 0; i < p->sibling_count && f == FLOW_OK; i++) {
        const char *const texts[] = {p->siblings[i].id, p->siblings[i].namespace_uri};
        f = put_texts(d, texts, 2, e);
    }
    for (uint32_t c = 0; c < register_columns(p->frame) && f == FLOW_OK; c++)
        f = put_text(d, register_column(p->frame, c), e);
    return f;
}

static enum flow find_basis(struct memo *m, const struct memo_basis *b, const struct build *build, struct err *e)
{
    const char *const texts[] = {PRE_VERSION,       xmlParserVersion,   text_library(),
                                 b->edition_digest, b->previous_digest, b->shares ? "shares" : ""};
    struct digest *d = digest_new(e);
    enum flow f = d ? digest_put(d, build->id, build->size, e) : FLOW_FATAL;
    if (f == FLOW_OK)
        f = put_texts(d, texts, sizeof texts / sizeof texts[0], e);
    if (f == FLOW_OK)
        f = put_plan(d, b->plan, e);
    if (f == FLOW_OK)
        f = digest_hex(d, m->basis, e);
    digest_free(d);
    return f;
}

/* ---- the file ---- */
static int read_at(int fd, void *p, size_t n, uint64_t offset)
{
    return fs_read_at(fd, p, n, offset) == (ssize_t)n;
}

static void open_old(struct memo *m, const char *path)
{
    struct head h;
    m->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    off_t size = m->fd < 0 ? 0 : lseek(m->fd, 0, SEEK_END);
    if (size < (off_t)sizeof h || !read_at(m->fd, &h, sizeof h, 0) || memcmp(h.magic, magic, sizeof magic) != 0 ||
        memcmp(h.basis, m->basis, sizeof m->basis) != 0)
        return;
    m->at = sizeof h;
    m->end = (uint64_t)size;
}

static void give_up(struct memo *m)
{
    output_abort(m->out);
    m->out = NULL;
}

static void open_new(struct memo *m, const char *path)
{
    struct head h = {{0}, {0}};
    struct err ignored;
    memcpy(h.magic, magic, sizeof magic);
    memcpy(h.basis, m->basis, sizeof m->basis);
    m->out = output_cache_open(path, &ignored);
    if (m->out && sink_write(output_sink(m->out), &h, sizeof h, &ignored) != FLOW_OK)
        give_up(m);
}

struct memo *memo_open(const char *path, const struct memo_basis *b, int recall, int keep, struct err *e)
{
    struct build build = {.size = 0};
    struct memo *m = calloc(1, sizeof *m);
    if (!m) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory");
        return NULL;
    }
    m->plan = b->plan;
    m->fd = -1;
    (void)dl_iterate_phdr(find_build, &build);
    if (find_basis(m, b, &build, e) != FLOW_OK) {
        memo_close(m);
        return NULL;
    }
    if (!build.size) /* two programs cannot be told apart: nothing is believed, nothing kept */
        return m;
    if (recall)
        open_old(m, path);
    if (keep)
        open_new(m, path);
    m->keeps = m->out != NULL;
    return m;
}

int memo_keeps(const struct memo *m)
{
    return m->keeps;
}

/* What is beyond the bound is judged each time. */
void memo_put(struct memo *m, const struct buf *entries)
{
    struct err ignored;
    m->kept += entries->len;
    if (m->out && m->kept <= FILE_MAX &&
        sink_write(output_sink(m->out), buf_str(entries), entries->len, &ignored) != FLOW_OK)
        give_up(m);
}

void memo_commit(struct memo *m)
{
    struct err ignored;
    struct output *out = m->out;
    m->out = NULL;
    if (out)
        (void)!output_commit(out, &ignored);
}

void memo_close(struct memo *m)
{
    if (!m)
        return;
    output_abort(m->out);
    if (m->fd >= 0)
        (void)close(m->fd);
    free(m);
}

/* ---- entries ---- */
/* Of the rows and what was counted, not packed. */
static uint64_t plain_length(const struct entry_head *h)
{
    uint64_t n = h->counted;
    for (int t = 0; t < TABLE_COUNT; t++)
        n += h->rows[t];
    return n;
}

/* The whole length, or 0 when the lengths say nothing sensible. */
static uint64_t length_of(const struct entry_head *h)
{
    int sensible = h->unit > 0 && h->unit <= UNIT_MAX && h->counted <= ENTRY_MAX && h->packed <= ENTRY_MAX;
    for (int t = 0; t < TABLE_COUNT; t++)
        sensible &= h->rows[t] <= ENTRY_MAX;
    return sensible && plain_length(h) <= ENTRY_MAX ? sizeof *h + h->unit + h->packed : 0;
}

struct memo_place memo_find(struct memo *m, const char *unit)
{
    const struct memo_place none = {0, 0};
    struct {
        struct entry_head head;
        char unit[UNIT_MAX];
    } x;
    while (m->at < m->end) {
        uint64_t left = m->end - m->at, size = 0;
        if (read_at(m->fd, &x, left < sizeof x ? left : sizeof x, m->at))
            size = left < sizeof x.head ? 0 : length_of(&x.head);
        if (!size || size > left || x.unit[x.head.unit - 1] != '\0') {
            m->at = m->end; /* damaged: what follows cannot be found */
            break;
        }
        int order = strcmp(x.unit, unit);
        if (order > 0)
            break;
        m->at += size;
        if (order == 0)
            return (struct memo_place){m->at - size, size};
    }
    return none;
}

/* Where the parts of an entry stand. */
static void point(struct memo_entry *entry, const struct entry_head *h, const char *at)
{
    for (int t = 0; t < TABLE_COUNT; t++) {
        entry->rows[t].text = at;
        entry->rows[t].len = (size_t)h->rows[t];
        at += h->rows[t];
    }
    entry->counted.text = at;
    entry->counted.len = (size_t)h->counted;
    entry->crashed = h->crashed;
}

static enum flow seal(const char *entry, size_t n, char *hex, struct err *e)
{
    return digest_of(entry + DIGEST_HEX_MAX, n - DIGEST_HEX_MAX, hex, e);
}

/* What the member of a sealed entry holds. */
static enum flow unpack(const struct entry_head *h, const char *member, struct buf *b, struct err *e)
{
    size_t used;
    enum gzip_fault fault = gzip_inflate_member(member, (size_t)h->packed, 0, b, &used, e);
    if (fault == GZIP_MEMORY)
        return FLOW_FATAL;
    return fault == GZIP_OK && used == h->packed && b->len == plain_length(h) ? FLOW_OK : FLOW_ITEM;
}

enum flow memo_recall(struct memo_desk *k, struct memo_place at, const char *key, struct buf *b,
                      struct memo_entry *entry, struct err *e)
{
    struct entry_head h;
    char hex[DIGEST_HEX_MAX], *to;
    buf_reset(b);
    buf_reset(&k->entry);
    if (buf_room(&k->entry, (size_t)at.size, &to, e) != FLOW_OK)
        return FLOW_FATAL;
    if (!read_at(k->memo->fd, to, (size_t)at.size, at.offset))
        return FLOW_ITEM;
    k->entry.len = (size_t)at.size;
    memcpy(&h, to, sizeof h);
    if (length_of(&h) != at.size || memcmp(h.key, key, DIGEST_HEX_MAX) != 0)
        return FLOW_ITEM;
    if (seal(to, (size_t)at.size, hex, e) != FLOW_OK)
        return FLOW_FATAL;
    if (memcmp(h.seal, hex, DIGEST_HEX_MAX) != 0)
        return FLOW_ITEM;
    enum flow f = unpack(&h, to + sizeof h + h.unit, b, e);
    if (f == FLOW_OK)
        point(entry, &h, buf_str(b));
    return f;
}

enum flow memo_keep(const struct memo_desk *k, struct buf *out, struct err *e)
{
    return buf_put(out, k->entry.data, k->entry.len, e);
}

enum flow memo_write(struct memo_desk *k, const char *unit, const char *key, const struct memo_entry *entry,
                     struct buf *out, struct err *e)
{
    struct entry_head h;
    memset(&h, 0, sizeof h); /* padding too: the file is the same for the same judgements */
    memcpy(h.key, key, DIGEST_HEX_MAX);
    h.crashed = entry->crashed;
    h.unit = strlen(unit) + 1;
    h.counted = entry->counted.len;
    for (int t = 0; t < TABLE_COUNT; t++)
        h.rows[t] = entry->rows[t].len;
    if (!length_of(&h))
        return FLOW_OK; /* too large to be kept */
    buf_reset(&k->plain);
    buf_reset(&k->entry);
    enum flow f = FLOW_OK;
    for (int t = 0; t < TABLE_COUNT && f == FLOW_OK; t++)
        f = buf_put(&k->plain, entry->rows[t].text, entry->rows[t].len, e);
    if (f == FLOW_OK)
        f = buf_put(&k->plain, entry->counted.text, entry->counted.len, e);
    if (f == FLOW_OK)
        f = buf_put(&k->entry, &h, sizeof h, e);
    if (f == FLOW_OK)
        f = buf_put(&k->entry, unit, h.unit, e);
    if (f == FLOW_OK)
        f = gzip_pack(k->packer, buf_str(&k->plain), k->plain.len, &k->entry, e);
    if (f != FLOW_OK)
        return f;
    h.packed = k->entry.len - sizeof h - h.unit;
    memcpy(k->entry.data, &h, sizeof h);
    f = seal(k->entry.data, k->entry.len, k->entry.data, e);
    return f == FLOW_OK ? memo_keep(k, out, e) : f;
}
