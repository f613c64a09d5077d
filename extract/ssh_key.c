/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/ssh_key.h"

#include <stdio.h>
#include <string.h>

enum kind { KEY_GOOD, KEY_NONE, KEY_LOCKED, KEY_RSA };

/* OpenSSH writes its keys in base64 that always begins alike, "none" for the cipher of one without passphrase, and
 * "ssh-rsa" at a fixed place. */
static enum kind kind_of(const char *text)
{
    if (!strstr(text, " PRIVATE KEY-----"))
        return KEY_NONE;
    if (strstr(text, "BEGIN RSA PRIVATE KEY") || strstr(text, "AAAAB3NzaC1yc2") || strstr(text, "AAAAdzc2gtcn"))
        return KEY_RSA;
    if (strstr(text, "ENCRYPTED") ||
        (strstr(text, "BEGIN OPENSSH PRIVATE KEY") && !strstr(text, "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU")))
        return KEY_LOCKED;
    return KEY_GOOD;
}

static enum kind read_kind(const char *path)
{
    char text[64 * 1024];
    FILE *f = fopen(path, "re");
    if (!f)
        return KEY_NONE;
    size_t n = fread(text, 1, sizeof text - 1, f);
    (void)fclose(f);
    text[n] = '\0';
    enum kind k = kind_of(text);
    explicit_bzero(text, sizeof text);
    return k;
}

enum failure ssh_key_fault(const struct host_rule *rule, const char **why)
{
    static const char *const words[] = {
        [KEY_GOOD] = "the server refuses this user or this key",
        [KEY_NONE] = "the file that ssh_key names holds no private key",
        [KEY_LOCKED] = "the SSH key has a passphrase: add it to the agent and leave ssh_key empty",
        [KEY_RSA] = "the SSH key is RSA, which cannot be signed in a way current servers accept: use ed25519 or ecdsa",
    };
    enum kind k = rule && rule->ssh_key ? read_kind(rule->ssh_key) : KEY_GOOD;
    *why = words[k];
    if (rule && rule->password)
        *why = "the server refuses this user or this password";
    else if (!rule || !rule->ssh_key)
        *why = "no key of the SSH agent (SSH_AUTH_SOCK) is accepted; RSA keys cannot be signed";
    return k == KEY_RSA ? FAILURE_KEY_RSA : FAILURE_LOGIN;
}

void ssh_host_text(const struct host_rule *rule, const struct url *u, int changed, char *out, size_t size)
{
    if (!rule || !rule->known_hosts)
        (void)snprintf(out, size, "no known_hosts file for %s in the hosts table: an SSH host is never trusted unseen",
                       u->host);
    else if (changed)
        (void)snprintf(out, size, "the SSH host key of %s is not the one in known_hosts: changed, or another machine",
                       u->host);
    else
        (void)snprintf(out, size, "the SSH host key of %s port %d is not in known_hosts", u->host, u->port);
}
