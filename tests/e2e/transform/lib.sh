# SPDX-License-Identifier: Apache-2.0
# Shared by the tests of pre-transform: a folder of its own, archives made of files, returns made from the example of the edition.
# shellcheck shell=bash
: "${PRE_BIN:?folder of the programs}" "${PRE_SOURCE:?folder of the sources}"
# shellcheck source=tests/support/flip.sh
. "$PRE_SOURCE/tests/support/flip.sh"
EDITION=$PRE_SOURCE/schemas/pre/2022
T=$(mktemp -d "${TMPDIR:-/tmp}/pre-transform.XXXXXX")
trap 'rc=$?; if [ $rc -eq 0 ] || [ $rc -eq 77 ]; then rm -rf "$T"; else echo "kept: $T" >&2; fi' EXIT
cd "$T" || exit 1
fail() {
  echo "FAILED: $*" >&2
  exit 1
}
# expect STATUS COMMAND...: the command ends with this status; what it says goes to the log.
expect() {
  local want=$1 rc=0
  shift
  "$@" 2>>log || rc=$?
  [ "$rc" -eq "$want" ] || { tail -3 log >&2; fail "status $rc, expected $want: $*"; }
}
# equal WHAT EXPECTED FOUND
equal() {
  [ "$2" = "$3" ] || fail "$1: expected \"$2\", found \"$3\""
}
# register UNIT...: a register of PRE of the Nord in scope, all alike.
register() {
  echo "pre,label,commune,departement,region,carrier,credits,valid_from,valid_to,successor,source"
  local u
  for u in "$@"; do
    echo "$u,$u,59350,59,32,7361,124500,2006-01-01,,,"
  done
}
# letter UNIT NUMBER NATURE [SED...]: the example as a return of that unit, sent in April.
letter() {
  local unit=$1 number=$2 nature=$3
  shift 3
  sed -e "s/pre=\"PRE-59-01\"/pre=\"$unit\"/" -e "s/numero=\"1\"/numero=\"$number\"/" -e "s/nature=\"initial\"/nature=\"$nature\"/" \
    -e 's/horodatage="[^"]*"/horodatage="2022-04-20T10:00:00+02:00"/' \
    "$@" "$EDITION/example.xml"
}
# deposit ARCHIVE INSTANT < "unit<TAB>instant<TAB>file": one archive file.
deposit() {
  "$PRE_BIN/pre-deposit" "$1" 2022 "$2" 2>>log
}
transform() {
  "$PRE_BIN/pre-transform" --edition "$EDITION" "$@"
}
# field TABLE COLUMN KEY=VALUE...: a column of the rows of the current dataset in DATASET (default: out/current) where all keys match.
# One reader answers all questions of a test; it reads a table again only when it is another file.
coproc READER { exec python3 "$PRE_SOURCE/tests/support/reader.py"; }
exec {ask}>&"${READER[1]}" {told}<&"${READER[0]}"
field() {
  local answer
  printf '%s\0' "${DATASET:-out/current}" "$@" '' >&"$ask"
  IFS= read -r -d '' -u "$told" answer || answer='no answer: the reader of datasets is gone'
  printf '%s\n' "$answer" # that there is no answer is one that no test expects
  case $answer in 'no answer'*) fail "field $*: $answer" ;; esac
}
