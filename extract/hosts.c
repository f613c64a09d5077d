/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/hosts.h"

#include "schemas/dataset/csv.h"
#include "schemas/run/fs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { TABLE_MAX = 4 << 20, SECRET_MAX = 4096 };

struct hosts {
    struct host_rule *rule;
    size_t count;
};

static enum flow private_file(const char *path, struct err *e)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return err_sys(e, err_status(errno, STATUS_NOINPUT), "%s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(e, STATUS_CONFIG, "%s: not a file", path);
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return err_set(e, STATUS_PERM, "%s: others can read this file (mode %04o): chmod 600 it", path,
                       (unsigned)st.st_mode & 07777u);
    return FLOW_OK;
}

static char *copy(const char *s)
{
    return s && *s ? strdup(s) : NULL;
}

/* What goes into one line of a request. */
static int one_line(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            return 0;
    return 1;
}

/* The first line of a file that only we can read. */
static enum flow read_secret(const char *path, char **out, struct err *e)
{
    struct buf b;
    buf_init(&b, SECRET_MAX);
    enum flow f = private_file(path, e);
    if (f == FLOW_OK && fs_read(path, &b, e) != FLOW_OK)
        f = b.len == b.max ? err_set(e, STATUS_CONFIG, "%s: longer than %d bytes", path, SECRET_MAX) : FLOW_FATAL;
    if (f == FLOW_OK) {
        *out = strndup(buf_str(&b), strcspn(buf_str(&b), "\r\n"));
        if (!*out)
            f = err_set(e, STATUS_SYSTEM, "out of memory");
        else if (!**out)
            f = err_set(e, STATUS_CONFIG, "%s: the first line is empty", path);
        else if (!one_line(*out))
            f = err_set(e, STATUS_CONFIG, "%s: the first line holds a control character", path);
    }
    if (b.data)
        explicit_bzero(b.data, b.len);
    buf_fini(&b);
    return f;
}

static enum flow take_parallel(const char *text, long *out, struct err *e)
{
    long v = 0;
    for (const char *p = text; *p; p++) {
        if (*p < '0' || *p > '9' || v > 1000)
            return err_set(e, STATUS_CONFIG, "parallel: '%s' is not a number from 1 to 1000", text);
        v = v * 10 + (*p - '0');
    }
    if (*text && (v < 1 || v > 1000))
        return err_set(e, STATUS_CONFIG, "parallel: '%s' is not a number from 1 to 1000", text);
    *out = v;
    return FLOW_OK;
}

static enum flow take_flag(const char *text, int *out, struct err *e)
{
    *out = strcmp(text, "yes") == 0;
    return *out || !*text || strcmp(text, "no") == 0
               ? FLOW_OK
               : err_set(e, STATUS_CONFIG, "allow_private: '%s' is neither yes nor no", text);
}

static const char *named(const struct csv_table *t, const char *column)
{
    const char *v = csv_table_named(t, column);
    return v ? v : "";
}

static enum flow take_files(const struct csv_table *t, struct host_rule *r, struct err *e)
{
    static const char *const secret_files[] = {"key", "ssh_key", NULL};
    enum flow f = FLOW_OK;
    for (size_t i = 0; secret_files[i] && f == FLOW_OK; i++)
        if (*named(t, secret_files[i]))
            f = private_file(named(t, secret_files[i]), e);
    if (f == FLOW_OK && *named(t, "bearer_file"))
        f = read_secret(named(t, "bearer_file"), &r->bearer, e);
    if (f == FLOW_OK && *named(t, "password_file"))
        f = read_secret(named(t, "password_file"), &r->password, e);
    return f;
}

/* "name", "name:port", "[address]:port", or an IPv6 address alone. */
static enum flow take_host(const char *text, struct host_rule *r, struct err *e)
{
    char address[URL_HOST_MAX + 16];
    struct url u;
    int bare = strchr(text, ':') != strrchr(text, ':') && *text != '[';
    int n = snprintf(address, sizeof address, bare ? "http://[%s]" : "http://%s", text);
    const char *why = n < 0 || (size_t)n >= sizeof address || strpbrk(text, "/?#") ? "no host" : url_parse(address, &u);
    if (why)
        return err_set(e, STATUS_CONFIG, "host: '%.60s' is neither a host name, nor name:port (%s)", text, why);
    const char *colon = strrchr(text, ':');
    r->port = colon && !bare && colon[1] && colon[1] != ']' && !strchr(colon, ']') ? u.port : 0;
    r->host = strdup(u.host);
    return r->host ? FLOW_OK : err_set(e, STATUS_SYSTEM, "out of memory for the hosts table");
}

static enum flow take_rule(const struct csv_table *t, struct host_rule *r, struct err *e)
{
    enum flow f = take_host(csv_table_get(t, 0), r, e);
    if (f != FLOW_OK)
        return f;
    r->ca = copy(named(t, "ca"));
    r->certificate = copy(named(t, "certificate"));
    r->key = copy(named(t, "key"));
    r->secret = copy(named(t, "secret_parameter"));
    r->user = copy(named(t, "user"));
    r->ssh_key = copy(named(t, "ssh_key"));
    r->known_hosts = copy(named(t, "known_hosts"));
    f = take_parallel(named(t, "parallel"), &r->parallel, e);
    if (f == FLOW_OK)
        f = take_flag(named(t, "allow_private"), &r->allow_private, e);
    return f == FLOW_OK ? take_files(t, r, e) : f;
}

/* A column that nobody reads, or a second row for one host, would be a limit or a permission that is not there. */
static enum flow check_columns(const struct csv_table *t, struct err *e)
{
    static const char known[] = " host parallel ca certificate key bearer_file secret_parameter user password_file "
                                "ssh_key known_hosts allow_private ";
    char word[64];
    for (size_t i = 0; i < csv_table_columns(t); i++) {
        (void)snprintf(word, sizeof word, " %s ", csv_table_column(t, i));
        if (!strstr(known, word))
            return err_set(e, STATUS_CONFIG, "column '%.40s' is none of%.*s", csv_table_column(t, i),
                           (int)sizeof known - 2, known);
    }
    return FLOW_OK;
}

static enum flow check_once(const struct hosts *h, struct err *e)
{
    const struct host_rule *last = &h->rule[h->count - 1];
    for (const struct host_rule *r = h->rule; r < last; r++)
        if (r->port == last->port && strcmp(r->host, last->host) == 0)
            return err_set(e, STATUS_CONFIG, "host: '%s' has a row already", last->host);
    return FLOW_OK;
}

static enum flow take_table(struct hosts *h, struct csv_table *t, const char *path, struct err *e)
{
    enum flow f = check_columns(t, e);
    if (f != FLOW_OK)
        return err_prefix(e, "%s: line 1", path);
    while ((f = csv_table_next(t, e)) == FLOW_OK) {
        struct host_rule *rule = realloc(h->rule, (h->count + 1) * sizeof *rule);
        if (!rule)
            return err_set(e, STATUS_SYSTEM, "out of memory for the hosts table");
        h->rule = rule;
        rule[h->count] = (struct host_rule){0};
        f = take_rule(t, &rule[h->count++], e);
        if (f == FLOW_OK)
            f = check_once(h, e);
        if (f != FLOW_OK)
            return err_prefix(e, "%s: line %llu", path, (unsigned long long)csv_table_line(t));
    }
    return f == FLOW_END ? FLOW_OK : f;
}

static enum flow read_table(struct hosts *h, const char *path, struct err *e)
{
    static const char *const columns[] = {"host", NULL};
    struct buf text;
    buf_init(&text, TABLE_MAX);
    struct csv_table *t = NULL;
    enum flow f = private_file(path, e);
    if (f == FLOW_OK)
        f = fs_read(path, &text, e);
    if (f == FLOW_OK) {
        t = csv_table_open(buf_str(&text), text.len, path, 0, columns, e);
        f = t ? take_table(h, t, path, e) : FLOW_FATAL;
        if (f == FLOW_FATAL && e && e->status == STATUS_DATA)
            e->status = STATUS_CONFIG;
    }
    csv_table_close(t);
    if (text.data)
        explicit_bzero(text.data, text.len);
    buf_fini(&text);
    return f;
}

struct hosts *hosts_open(const char *path, struct err *e)
{
    struct hosts *h = calloc(1, sizeof *h);
    if (!h) {
        (void)err_set(e, STATUS_SYSTEM, "out of memory for the hosts table");
        return NULL;
    }
    if (path && read_table(h, path, e) != FLOW_OK) {
        hosts_close(h);
        return NULL;
    }
    return h;
}

static void wipe(char *s)
{
    if (s)
        explicit_bzero(s, strlen(s));
    free(s);
}

void hosts_close(struct hosts *h)
{
    for (size_t i = 0; h && i < h->count; i++) {
        struct host_rule *r = &h->rule[i];
        free(r->host);
        free(r->ca);
        free(r->certificate);
        free(r->key);
        wipe(r->bearer);
        wipe(r->secret);
        free(r->user);
        wipe(r->password);
        free(r->ssh_key);
        free(r->known_hosts);
    }
    if (h)
        free(h->rule);
    free(h);
}

const struct host_rule *hosts_find(const struct hosts *h, const struct url *u)
{
    const struct host_rule *found = NULL;
    for (const struct host_rule *r = h->rule; r < h->rule + h->count; r++) {
        if (strcmp(r->host, u->host) != 0 || (r->port && r->port != u->port))
            continue;
        if (r->port)
            return r;
        found = r;
    }
    return found;
}

int hosts_have_secrets(const struct hosts *h)
{
    for (size_t i = 0; i < h->count; i++)
        if (h->rule[i].secret)
            return 1;
    return 0;
}

/* Length of "name=" at p when a rule calls that parameter secret, else 0. */
static size_t secret_at(const struct hosts *h, const char *p, size_t n)
{
    for (size_t i = 0; i < h->count; i++) {
        size_t k = h->rule[i].secret ? strcspn(h->rule[i].secret, "=") : 0;
        if (k && n > k && memcmp(p, h->rule[i].secret, k) == 0 && p[k] == '=')
            return k + 1;
    }
    return 0;
}

/* Where the value of a query parameter ends: at the next one, or where the address ends. */
static int ends_value(char c, const char *more)
{
    return (unsigned char)c <= ' ' || strchr("&#\"", c) || strchr(more, c);
}

enum flow hosts_mask(const struct hosts *h, enum hosts_text kind, const char *p, size_t n, struct buf *out,
                     struct err *e)
{
    size_t from = 0, at = 0;
    int quoted = 0;
    enum flow f = FLOW_OK;
    while (at < n && f == FLOW_OK) {
        size_t k = p[at] == '?' || p[at] == '&' ? secret_at(h, p + at + 1, n - at - 1) : 0;
        quoted ^= kind == HOSTS_TABLE && p[at] == '"';
        at++;
        if (!k)
            continue;
        at += k;
        f = buf_put(out, p + from, at - from, e);
        if (f == FLOW_OK)
            f = buf_puts(out, "masked", e);
        /* a comma or a semicolon may be part of an address: in a table it is not, unless the field is quoted */
        const char *more = kind == HOSTS_HEAD ? ">" : kind == HOSTS_TABLE && !quoted ? ",;" : "";
        while (at < n && !ends_value(p[at], more))
            at++;
        from = at;
    }
    return f == FLOW_OK ? buf_put(out, p + from, n - from, e) : f;
}

void hosts_mask_url(const struct hosts *h, const struct url *u, char *out, size_t size)
{
    struct buf b;
    struct err e;
    buf_init(&b, (size_t)URL_MAX * 3);
    int ok = hosts_mask(h, HOSTS_URL, u->text, strlen(u->text), &b, &e) == FLOW_OK;
    (void)snprintf(out, size, "%s", ok ? buf_str(&b) : "masked");
    buf_fini(&b);
}
