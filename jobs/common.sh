# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What every job shares: where programs are, the workspace and its options, the lock, one stage run and logged, tables read.
# Sourced, never run. Stages are linked by files, never by pipes, so that no status is lost.
# shellcheck disable=SC2034 # the jobs that source this file use these variables

set -euo pipefail
umask 077
export LC_ALL=C.UTF-8

job_name=$(basename "$0")
job_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

die()
{
    local status=$1
    shift
    printf '%s: %s\n' "$job_name" "$*" >&2
    exit "$status"
}

usage()
{
    printf "%s: %s\nTry '%s --help'.\n" "$job_name" "$1" "$job_name" >&2
    exit 64
}

# --help prints the comment at the head of the job, without its first two lines.
print_help()
{
    sed -n '3,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"
}

# ---- programs ----

# The folder of the programs: PRE_BIN, else the build of this tree, else the prefix that this file was installed in, else PATH.
find_programs()
{
    local folder
    for folder in "${PRE_BIN:-}" "$job_folder/../build/bin" "$job_folder/../../bin"; do
        if [ -n "$folder" ] && [ -x "$folder/pre-extract" ]; then
            (cd "$folder" && pwd)
            return 0
        fi
    done
    folder=$(command -v pre-extract) || die 78 'pre-extract is not found: build first (cmake -S . -B build -G Ninja; ninja -C build) or set PRE_BIN'
    dirname "$folder"
}

# The name and the sentence of an exit status, as in schemas/run/status.h.
status_text()
{
    case $1 in
    0) echo 'ok: done' ;;
    1) echo 'partial: done, but a source failed or a document was refused or is undecided' ;;
    64) echo 'usage: the command line is wrong' ;;
    65) echo 'data: input data refused' ;;
    66) echo 'noinput: an input is missing' ;;
    69) echo 'nosource: no source answered at all' ;;
    70) echo 'bug: a defect of the program; please report it' ;;
    71) echo 'system: the system refused memory, a thread or a process' ;;
    73) echo 'cantcreat: an output cannot be created' ;;
    74) echo 'io: read or write error, or the disk is full' ;;
    75) echo 'retry: locked, or stopped by a signal after a clean commit: run again' ;;
    77) echo 'perm: permission denied, or a credential file that others can read' ;;
    78) echo 'config: configuration or edition refused' ;;
    1[3-9]?) echo "killed: by signal $(($1 - 128))" ;;
    *) echo 'unknown' ;;
    esac
}

# The worse of two statuses: 0, then 1, then the rest by number, a kill above all.
worse()
{
    if [ "$1" -ge "$2" ]; then echo "$1"; else echo "$2"; fi
}

# ---- time: stored in UTC, shown in Paris ----

now_utc()
{
    if [ -n "${PRE_NOW:-}" ]; then
        printf '%s\n' "$PRE_NOW"
    else
        date -u +%Y-%m-%dT%H:%M:%SZ
    fi
}

compact()
{
    printf '%s\n' "$1" | tr -d ':-' | sed 's/\.[0-9]*//'
}

paris()
{
    TZ=Europe/Paris date -d "$1" '+%Y-%m-%d %H:%M:%S %:z (Paris)'
}

# ---- workspace ----

# Takes --workspace DIR out of the arguments (or PRE_WORKSPACE); what is left is in the array `rest`.
take_workspace()
{
    workspace=${PRE_WORKSPACE:-}
    rest=()
    while [ $# -gt 0 ]; do
        case $1 in
        --help)
            print_help
            exit 0
            ;;
        --workspace)
            [ $# -ge 2 ] || usage '--workspace needs a value'
            workspace=$2
            shift 2
            ;;
        --workspace=*)
            workspace=${1#--workspace=}
            shift
            ;;
        *)
            rest+=("$1")
            shift
            ;;
        esac
    done
    [ -n "$workspace" ] || usage 'which workspace? give --workspace DIR or set PRE_WORKSPACE'
    [ -f "$workspace/workspace.conf" ] || die 66 "$workspace: no workspace.conf there; make one with jobs/init"
    workspace=$(cd "$workspace" && pwd)
    bin=$(find_programs)
}

# Value of an option of workspace.conf; the file is read, never executed. Unknown or absent: the second argument.
option()
{
    local value
    value=$(sed -n "s/^$1=//p" "$workspace/workspace.conf" | tail -n 1)
    printf '%s\n' "${value:-${2:-}}"
}

# Same for a path: relative ones are the workspace's.
option_path()
{
    local value
    value=$(option "$1" "${2:-}")
    case $value in
    '' | /*) printf '%s\n' "$value" ;;
    *) printf '%s\n' "$workspace/$value" ;;
    esac
}

database_url()
{
    local url
    url=$(option database sqlite:pre.sqlite)
    case $url in
    sqlite:/*) printf '%s\n' "$url" ;;
    sqlite:*) printf 'sqlite:%s\n' "$workspace/${url#sqlite:}" ;;
    *) printf '%s\n' "$url" ;;
    esac
}

# A kernel lock, freed by death. Children do not inherit it: every command below is run with the descriptor closed.
lock_workspace()
{
    exec {lock}<>"$workspace/lock"
    if ! flock -n "$lock"; then
        die 75 "$workspace is used by $(head -n 1 "$workspace/lock"); run again later"
    fi
    printf '%s (pid %s) since %s\n' "$job_name" "$$" "$(now_utc)" >"$workspace/lock"
}

# Free space below the option min_free_mb stops a job before it begins.
check_space()
{
    local wanted free
    wanted=$(option min_free_mb 200)
    free=$(df -P -m "$workspace" | awk 'NR == 2 { print $4 }')
    [ "$free" -ge "$wanted" ] || die 74 "$workspace: $free MB free, $wanted wanted (min_free_mb): nothing was started"
}

# ---- stages ----

# stage NAME COMMAND...: appends to the log of this run; sets `code`; the line of the table of stages goes to `stages`.
stage()
{
    local name=$1 log began
    shift
    log=$workspace/logs/${run:?}-$name.log
    began=$SECONDS
    code=0
    "$@" {lock}>&- </dev/null >>"$log" 2>&1 || code=$?
    stages+=("$(printf '%-10s %3d  %-58s %4d s' "$name" "$code" "$(status_text "$code")" $((SECONDS - began)))")
    worst=$(worse "$worst" "$code")
}

# The three stages of a run, each only when the one before left something to work on. `shards` processes for the first two.
# Sets worst, code, stages, run.
run_stages()
{
    local shards=$1 extra=() i n
    run=$(compact "$(now_utc)")
    stages=()
    worst=0
    [ -z "$(option file_root)" ] || extra+=(--file-root "$(option_path file_root)")
    extra+=(--edition "$(option_path edition)" --register "$(option_path register register.csv)")
    extra+=(--archive "$workspace/archive" --inbox "$workspace/inbox" --hosts "$(option_path hosts hosts.csv)")
    extra+=(--decisions "$(option_path decisions decisions.csv)")
    extra+=(--parallel "$(option parallel 8)" --deadline "$(option deadline 3600)" --tries "$(option tries 4)")
    extra+=(--quiet "$(option inbox_quiet 60)")
    sharded extract "$shards" "$bin/pre-extract" "${extra[@]}"
    [ "$code" -le 1 ] || return 0

    extra=(--edition "$(option_path edition)" --archive "$workspace/archive")
    extra+=(--register "$(option_path register register.csv)" --decisions "$(option_path decisions decisions.csv)")
    [ -z "$(option previous)" ] || extra+=(--previous "$(option_path previous)")
    if [ "$shards" -le 1 ]; then
        stage transform "$bin/pre-transform" "${extra[@]}" --output "$workspace/dataset" \
            --summary "$workspace/state/transform.json"
    else
        rm -rf "$workspace/state/parts"
        mkdir "$workspace/state/parts"
        sharded transform "$shards" "$bin/pre-transform" "${extra[@]}" --output "$workspace/state/parts"
        [ "$code" -le 1 ] || return 0
        local parts=()
        for i in $(seq "$shards"); do parts+=("$workspace/state/parts/part-$i-of-$shards"); done
        stage merge "$bin/pre-transform" "${extra[@]}" --output "$workspace/dataset" --summary "$workspace/state/transform.json" \
            --merge "${parts[@]}"
        rm -rf "$workspace/state/parts"
    fi
    [ "$code" -le 1 ] || return 0

    stage load "$bin/pre-load" --database "$(database_url)" --status "$(option status provisional)" --publish "$workspace/publication" \
        --summary "$workspace/state/load.json" "$workspace/dataset/current"
}

# sharded NAME N COMMAND...: one stage in N processes (`--shard i/N` added when N > 1); `code` is the worst of them.
sharded()
{
    local name=$1 n=$2 i pids=() status=0 began=$SECONDS
    shift 2
    if [ "$n" -le 1 ]; then
        stage "$name" "$@" --summary "$workspace/state/$name.json"
        return 0
    fi
    for i in $(seq "$n"); do
        "$@" --shard "$i/$n" --summary "$workspace/state/$name-$i.json" {lock}>&- </dev/null \
            >>"$workspace/logs/$run-$name-$i.log" 2>&1 &
        pids+=($!)
    done
    code=0
    for i in "${pids[@]}"; do
        status=0
        wait "$i" || status=$?
        code=$(worse "$code" "$status")
    done
    stages+=("$(printf '%-10s %3d  %-58s %4d s' "$name x$n" "$code" "$(status_text "$code")" $((SECONDS - began)))")
    worst=$(worse "$worst" "$code")
}

# ---- tables ----

. "$job_folder/tables.sh"

# Rows of a resource of the current dataset, as `table`.
resource()
{
    local name=$1
    shift
    gzip -dc "$workspace/dataset/current/$name.csv.gz" | table "$@"
}
