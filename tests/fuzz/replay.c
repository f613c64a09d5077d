/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over files and the files of folders, one level deep: seeds and inputs that once failed. */
#include "schemas/run/fs.h"

#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static unsigned runs;

static int replay(const char *path)
{
    struct err e;
    struct buf b;
    buf_init(&b, 64 << 20);
    int good = fs_read(path, &b, &e) == FLOW_OK;
    if (good)
        (void)LLVMFuzzerTestOneInput((const unsigned char *)buf_str(&b), b.len);
    else
        (void)fprintf(stderr, "%s\n", e.text);
    /* every input also cut in three places and with one byte changed: cheap neighbours of what is known to be good */
    for (size_t cut = 1; good && cut < 4; cut++)
        (void)LLVMFuzzerTestOneInput((const unsigned char *)buf_str(&b), b.len * cut / 4);
    for (size_t i = 0; good && i < 8 && b.len; i++) {
        b.data[b.len * i / 8] ^= 0x20;
        (void)LLVMFuzzerTestOneInput((const unsigned char *)buf_str(&b), b.len);
    }
    runs++;
    buf_fini(&b);
    return good;
}

static int replay_folder(const char *folder)
{
    struct err e;
    char **names, path[4096];
    size_t count;
    int good = 1;
    if (fs_names(folder, &names, &count, &e) != FLOW_OK)
        return 0;
    for (size_t i = 0; i < count; i++)
        if (fs_join(path, sizeof path, folder, names[i]) && fs_is_file(path))
            good &= replay(path);
    fs_names_free(names, count);
    return good;
}

int main(int argc, char **argv)
{
    int good = 1;
    for (int i = 1; i < argc; i++)
        if (fs_is_file(argv[i]))
            good &= replay(argv[i]);
        else if (fs_is_dir(argv[i]))
            good &= replay_folder(argv[i]);
    (void)printf("%u inputs replayed\n", runs);
    return good && runs ? 0 : 1;
}
