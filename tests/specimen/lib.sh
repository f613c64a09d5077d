# SPDX-License-Identifier: Apache-2.0
# Shared by the tests of the specimen: a folder of its own, kept when something fails, and a specimen made in it.
# shellcheck shell=bash
: "${PRE_BIN:?folder of the programs}" "${PRE_SOURCE:?folder of the sources}"
T=$(mktemp -d "${TMPDIR:-/tmp}/pre-specimen.XXXXXX")
trap 'rc=$?; if [ $rc -eq 0 ]; then rm -rf "$T"; else echo "kept: $T" >&2; fi' EXIT
# make NAME [OPTION...]: a specimen in $T/NAME.
make_specimen() {
  local name=$1
  shift
  "$PRE_BIN/pre-specimen" --edition "$PRE_SOURCE/schemas/pre/2022" --reference "$PRE_SOURCE/schemas/reference" --output "$T/$name" "$@" 2>>"$T/log"
}
fail() {
  echo "FAILED: $*" >&2
  exit 1
}
