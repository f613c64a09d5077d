# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# flip FILE OFFSET: one byte, another than it was.
flip()
{
    chmod u+w "$1"
    printf '%b' "\\x$(printf '%02x' $(($(od -An -tu1 -j "$2" -N 1 "$1") ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
