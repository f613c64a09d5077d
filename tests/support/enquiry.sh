# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A small enquiry for a test: a specimen served on loopback in a folder of its own, gone with the test (kept when it fails).
# Sourced by tests, which are told PRE_BIN and PRE_SOURCE.
# shellcheck disable=SC2034 # the tests use these variables

set -euo pipefail
# shellcheck source=tests/support/flip.sh
. "$PRE_SOURCE/tests/support/flip.sh"
umask 077
export LC_ALL=C.UTF-8

edition=$PRE_SOURCE/schemas/pre/2022
work=$(mktemp -d "${TMPDIR:-/tmp}/enquiry-test-XXXXXX")
server=''

finish()
{
    local status=$?
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    if [ "$status" -eq 0 ] || [ "$status" -eq 77 ]; then
        rm -rf "$work"
    else
        printf 'kept for reading: %s\n' "$work"
    fi
}
trap finish EXIT

fail()
{
    printf 'failed: %s\n' "$*"
    exit 1
}

# need PROGRAM...: skips the test when one was not built.
need()
{
    local program
    for program in "$@"; do
        [ -x "$PRE_BIN/$program" ] || command -v "$program" >/dev/null || { printf '%s is not there\n' "$program"; exit 77; }
    done
}

# expect_status N COMMAND...: the output stays in $work/out and $work/err.
expect_status()
{
    local wanted=$1 status=0
    shift
    "$@" </dev/null >"$work/out" 2>"$work/err" || status=$?
    if [ "$status" -ne "$wanted" ]; then
        printf 'status %s, not %s: %s\n--- stdout\n' "$status" "$wanted" "$*"
        tail -n 30 "$work/out"
        printf -- '--- stderr\n'
        tail -n 30 "$work/err"
        exit 1
    fi
}

# serve ROOT SCRIPT: starts the loopback server on $port (0: any) and sets port.
port=0
serve()
{
    rm -f "$work/port"
    "$PRE_BIN/pre-faultserver" --root "$1" --script "$2" --port "$port" --port-file "$work/port" --log "$work/server.csv" </dev/null >"$work/server.log" 2>&1 &
    server=$!
    for _ in $(seq 200); do
        [ ! -s "$work/port" ] || break
        sleep 0.05
    done
    port=$(cat "$work/port") || fail "no server: $(tail -n 1 "$work/server.log")"
}

stop_serving()
{
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=''
}

# enquiry N [SEED]: specimen of N units in $work/specimen, served; hosts.csv that allows loopback in $work/hosts.csv.
enquiry()
{
    mkdir -p "$work/specimen/site"
    printf 'path,from,to,status,headers,body,fault,at,delay_ms\n' >"$work/none.csv"
    serve "$work/specimen/site" "$work/none.csv"
    stop_serving
    expect_status 0 "$PRE_BIN/pre-specimen" --seed "${2:-1}" --units "$1" --edition "$edition" --reference "$PRE_SOURCE/schemas/reference" \
        --base-url "http://127.0.0.1:$port" --output "$work/specimen"
    serve "$work/specimen/site" "$work/specimen/site.csv"
    printf 'host,parallel,ca,certificate,key,bearer_file,secret_parameter,user,password_file,ssh_key,known_hosts,allow_private\n127.0.0.1,,,,,,,,,,,yes\n' >"$work/hosts.csv"
}

# workspace DIR [OPTION...]: laid out for that enquiry, with its hosts and decisions; a source that fails is asked once.
workspace()
{
    expect_status 0 "$PRE_SOURCE/jobs/init" "$1" --edition "$edition" --register "$work/specimen/register.csv" \
        --previous "$work/specimen/previous/current" "${@:2}"
    cp "$work/hosts.csv" "$work/specimen/decisions.csv" "$1/"
    sed -i 's/^tries=.*/tries=1/; s/^inbox_quiet=.*/inbox_quiet=0/' "$1/workspace.conf"
}

# bare DATASET [TABLE...]: its content (and these) without what names archives and records, by which rows of one instant are ordered, and
# without milliseconds.
bare()
{
    local name
    for name in units documents observations findings "${@:2}"; do
        printf '%s\n' "[$name]"
        gzip -dc "$1/$name.csv.gz" | sed -E 's/(urn:uuid:[0-9a-f-]{36}|2022-[0-9TZ]+(-s[0-9]+of[0-9]+)?\.warc\.gz)//g; s/ after [0-9]+ ms//' | sort
    done
}

# figures WORKSPACE: of its last vintage, as CSV.
figures()
{
    "$PRE_BIN/pre-load" --database "sqlite:$1/pre.sqlite" --show figures --format csv | grep -v '^#'
}
