/* SPDX-License-Identifier: Apache-2.0 */
/* Network file systems by the magic numbers of statfs(2). FUSE is refused too: sshfs and its kind answer so, and none
 * of them promises locks. */
#include "load/store/db_place.h"

#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

static const struct {
    unsigned long magic;
    const char *name;
} networks[] = {
    {0x6969, "NFS"},       {0x517B, "SMB"},        {0xFF534D42, "CIFS"},     {0xFE534D42, "SMB2"},
    {0x00C36400, "Ceph"},  {0x5346414F, "AFS"},    {0x6B414653, "AFS"},      {0x01021997, "9P"},
    {0x65735546, "FUSE"},  {0x0BD00BD0, "Lustre"}, {0x47504653, "GPFS"},     {0x19830326, "BeeGFS"},
    {0x73757245, "Coda"},  {0x564C, "NCP"},        {0x01161970, "GFS2"},     {0x7461636F, "OCFS2"},
    {0xAAD7AAEA, "PanFS"}, {0x013111A8, "IBRIX"},  {0x20030528, "OrangeFS"},
};

const char *db_place_network(unsigned long magic)
{
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        if (networks[i].magic == (magic & 0xFFFFFFFFUL)) {
            return networks[i].name;
        }
    }
    return NULL;
}

enum flow db_place_check(const char *path, struct err *e)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    int n = slash == NULL ? snprintf(folder, sizeof folder, ".")
                          : snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    struct statfs fs;
    if (n < 0 || (size_t)n >= sizeof folder || statfs(folder, &fs) != 0) {
        return FLOW_OK;
    }
    const char *name = db_place_network((unsigned long)fs.f_type);
    if (name != NULL) {
        return err_set(e, STATUS_CONFIG,
                       "%s: the folder is on a network file system (%s), where SQLite's locks cannot be trusted: use a "
                       "local disk or PostgreSQL",
                       path, name);
    }
    return FLOW_OK;
}
