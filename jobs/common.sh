# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What every job shares: where programs are, the workspace and its options, the lock, one stage run and logged, tables read.
# Sourced, never run. Stages are linked by files, never by pipes, so that no status is lost.
# shellcheck disable=SC2034 # the jobs that source this file use these variables

set -euo pipefail
umask 077
export LC_ALL=C.UTF-8

job_name=$(basename "$0")
exec {lock}</dev/null # the descriptor of the lock, once a job takes it
job_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# One line that says what, where and what to do. A night that nobody watches mails it as well: `on_die` is its function for that.
on_die=:
die()
{
    local status=$1
    shift
    printf '%s: %s\n' "$job_name" "$*" >&2
    "$on_die" "$status" "$*"
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

# ---- language: answers and reports are French unless workspace.conf or --lang says English; errors are English, as the programs' ----

lang=fr
say()
{
    if [ "$lang" = en ]; then printf '%s' "$2"; else printf '%s' "$1"; fi
}

# The name and the sentence of an exit status, in the language of reports.
status_said()
{
    if [ "$lang" = en ]; then
        status_text "$1"
        return 0
    fi
    case $1 in
    0) echo 'ok : fait' ;;
    1) echo 'partiel : fait, mais une source est en échec, ou un retour est refusé ou à trancher' ;;
    64) echo 'usage : la ligne de commande est fausse' ;;
    65) echo 'données : une donnée en entrée est refusée' ;;
    66) echo 'absent : une entrée manque' ;;
    69) echo "aucune source : pas une seule n'a répondu" ;;
    70) echo 'défaut : erreur du programme, à signaler' ;;
    71) echo 'système : mémoire, fil ou processus refusé' ;;
    73) echo 'création : une sortie ne peut pas être créée' ;;
    74) echo 'disque : erreur de lecture ou d'"'"'écriture, ou disque plein' ;;
    75) echo 'à relancer : verrou tenu, ou arrêt par un signal après un enregistrement complet' ;;
    77) echo "droits : accès refusé, ou fichier de mots de passe lisible par d'autres" ;;
    78) echo 'configuration : configuration ou édition refusée' ;;
    1[3-9]?) echo "tué : par le signal $(($1 - 128))" ;;
    *) echo 'inconnu' ;;
    esac
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

# The worse of two statuses: 0, then 1, then the rest by number, a kill above all. Without a substitution: a listening run uses it too.
worse() # VARIABLE STATUS: the variable takes the status when that is worse
{
    [ "$2" -le "${!1}" ] || printf -v "$1" %s "$2"
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

# Takes --workspace DIR (else PRE_WORKSPACE) and --lang out of the arguments; what is left is in the array `rest`.
take_workspace()
{
    local asked=''
    workspace=${PRE_WORKSPACE:-}
    rest=()
    while [ $# -gt 0 ]; do
        case $1 in
        --help)
            print_help
            exit 0
            ;;
        --workspace=* | --lang=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
        --workspace | --lang)
            [ $# -ge 2 ] || usage "$1 needs a value"
            if [ "$1" = --lang ]; then asked=$2; else workspace=$2; fi
            shift 2
            ;;
        *)
            rest+=("$1")
            shift
            ;;
        esac
    done
    case $asked in '' | fr | en) ;; *) usage "--lang: '$asked' is none of fr|en" ;; esac
    [ -n "$workspace" ] || usage 'which workspace? give --workspace DIR or set PRE_WORKSPACE'
    open_workspace
    lang=${asked:-$(option lang fr)}
    bin=$(find_programs)
}

open_workspace()
{
    [ -d "$workspace" ] || die 66 "$workspace: no such folder; make a workspace with jobs/init"
    [ -x "$workspace" ] || die 77 "$workspace: permission denied; it belongs to $(stat -c %U -- "$workspace"): run this job as that user"
    [ -f "$workspace/workspace.conf" ] || die 66 "$workspace: no workspace.conf there; make a workspace with jobs/init"
    [ -r "$workspace/workspace.conf" ] ||
        die 77 "$workspace/workspace.conf: permission denied; it belongs to $(stat -c %U -- "$workspace/workspace.conf"): run this job as that user"
    workspace=$(cd -- "$workspace" && pwd)
    check_options
}

# Every line of workspace.conf is a comment or a known option with a value that can be: a typing error is told before anything runs.
check_options()
{
    local file=$workspace/workspace.conf number=0 line name value wrong
    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1)) wrong=''
        line=${line#$'\xef\xbb\xbf'}
        name=${line%%=*} value=${line#*=}
        case $line in
        '' | '#'*) continue ;;
        *$'\r') wrong="ends with a carriage return: sed -i 's/\\r$//' '$file'" ;;
        *=*) wrong=$(option_wrong "$name" "$value") ;;
        *) wrong="'$line' is neither name=value nor a comment (#)" ;;
        esac
        [ -z "$wrong" ] || die 78 "$file:$number: $wrong"
    done <"$file"
}

# What is wrong with an option; nothing when it is right.
option_wrong()
{
    case $1 in
    edition | register | decisions | contacts | hosts) [ -n "$2" ] || echo "$1: empty: give a path" ;;
    previous | file_root | mail_to | mail_command) ;;
    parallel) whole "$1" "$2" 1 1000 ;;
    deadline) whole "$1" "$2" 1 604800 ;;
    tries) whole "$1" "$2" 1 100 ;;
    inbox_quiet) whole "$1" "$2" 0 86400 ;;
    shards) whole "$1" "$2" 1 999 ;;
    min_free_mb) whole "$1" "$2" 0 999999999 ;;
    database) case $2 in sqlite:?* | postgresql://*) ;; *) echo "$1: '$2' is neither sqlite:FILE nor postgresql://HOST/NAME" ;; esac ;;
    status) case $2 in provisional | semi-final | final) ;; *) echo "$1: '$2' is none of provisional|semi-final|final" ;; esac ;;
    lang) case $2 in fr | en) ;; *) echo "$1: '$2' is none of fr|en" ;; esac ;;
    *[[:blank:]]) echo "'$1': no blanks around =" ;;
    *) echo "$1: no such option; they are edition, register, decisions, contacts, hosts, previous, parallel, deadline, tries," \
        'inbox_quiet, shards, file_root, database, status, lang, min_free_mb, mail_to, mail_command' ;;
    esac
}

# whole NAME VALUE LEAST MOST: a sentence unless VALUE is a whole number between the two.
whole()
{
    if ! [[ $2 =~ ^[0-9]{1,9}$ ]] || [ "$((10#$2))" -lt "$3" ] || [ "$((10#$2))" -gt "$4" ]; then
        echo "$1: '$2' is not a whole number from $3 to $4"
    fi
}

# What the options name must be there: a run that would stop at its second stage is not begun.
check_inputs()
{
    local name path
    [ -f "$(option_path edition)/edition.json" ] || die 66 "$workspace/workspace.conf: edition=$(option edition): no edition.json there"
    for name in register decisions contacts hosts; do
        path=$(option_path "$name" "$name.csv")
        [ -f "$path" ] || die 66 "$workspace/workspace.conf: $name=$(option "$name" "$name.csv"): no such file"
        [ -r "$path" ] || die 77 "$path: permission denied; it belongs to $(stat -c %U -- "$path"): run this job as that user"
    done
    path=$(option_path previous)
    [ -z "$path" ] || [ -f "$path/datapackage.json" ] ||
        die 66 "$workspace/workspace.conf: previous=$(option previous): no datapackage.json there; name a dataset's folder, or nothing"
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
    if ! [ -w "$workspace" ] || { [ -e "$workspace/lock" ] && ! [ -w "$workspace/lock" ]; }; then
        die 77 "$workspace: cannot be written to; it belongs to $(stat -c %U -- "$workspace"): run this job as that user"
    fi
    exec {lock}>&-
    exec {lock}<>"$workspace/lock"
    if ! flock -n "$lock"; then
        die 75 "$workspace is used by $(head -n 1 "$workspace/lock"); run again later"
    fi
    printf '%s (pid %s) since %s\n' "$job_name" "$$" "$(now_utc)" >"$workspace/lock"
}

# A folder of the job's own, gone with it.
make_scratch()
{
    scratch=$(mktemp -d 2>/dev/null) || die 73 "${TMPDIR:-/tmp}: no folder can be made there; set TMPDIR to a folder that can be written to"
    trap 'rm -rf "$scratch"' EXIT
}

# Free space below the option min_free_mb stops a job before it begins.
check_space()
{
    local wanted free
    wanted=$(option min_free_mb 200)
    free=$(df -P -m -- "$workspace" | awk 'END { print $4 }')
    [ "$free" -ge "$((10#$wanted))" ] ||
        die 74 "$workspace: $free MB free, $wanted wanted (min_free_mb in workspace.conf): nothing was started; make room, then run again"
}

# ---- stages ----

# One line of logfmt about the run itself, appended to its log: journal EVENT KEY=VALUE...
journal()
{
    local event=$1 now=${PRE_NOW:-}
    shift
    [ -n "$now" ] || TZ=UTC printf -v now '%(%Y-%m-%dT%H:%M:%SZ)T' -1
    printf 'time=%s level=info program=%s event=%s %s\n' "$now" "$job_name" "$event" "$*" >>"$workspace/logs/${run:?}-$job_name.log" ||
        die 74 "$workspace/logs cannot be written to: disk full, or permission; nothing that was published is touched"
}

# A run that is told to end (SIGTERM, SIGINT, SIGHUP) tells the stage that runs, waits for it and begins no other. While it listens no
# command substitution is written: bash 5.2 now and then takes a trap that comes amid one for a part of it, and stops.
running=() told_to_end=0
end_stage()
{
    told_to_end=$((told_to_end + 1))
    [ ${#running[@]} -eq 0 ] || kill -s TERM "${running[@]}" 2>/dev/null || true
}

# started PID: one more that is told. It may have been too late for end_stage.
started()
{
    running+=("$1")
    [ "$told_to_end" -eq 0 ] || kill -s TERM "$1" 2>/dev/null || true
}

# await PID: sets `ended` to its status; a signal interrupts `wait`, which is then asked again. Told before it listened, a program dies of
# it (143): nothing was begun.
await()
{
    local told
    while :; do
        told=$told_to_end ended=0
        wait "$1" || ended=$?
        [ "$told_to_end" -ne "$told" ] || break
    done
    [ "$told_to_end" -eq 0 ] || [ "$ended" -ne 143 ] || ended=75
}

# Whether the next stage begins: the one before left something to work on, and nobody told the run to end.
go_on()
{
    [ "$code" -le 1 ] || return 1
    [ "$told_to_end" -gt 0 ] || return 0
    worst=75
    return 1
}

# stage NAME COMMAND...: appends to the log of this run; sets `code`; a row of `stages` is name, status, seconds.
stage()
{
    local name=$1 log start
    shift
    log=$workspace/logs/${run:?}-$name.log
    start=$SECONDS
    : >>"$log" || die 74 "$log cannot be written: disk full, or permission; nothing that was published is touched"
    "$@" {lock}>&- </dev/null >>"$log" 2>&1 &
    started $!
    await $!
    running=() code=$ended
    stage_ended "$name" $((SECONDS - start))
}

stage_ended()
{
    stages+=("$1"$'\t'"$code"$'\t'"$2")
    journal stage stage="${1// /-}" status="$code" seconds="$2"
    if [ "$code" -gt "$worst" ] || [ -z "$worst_stage" ]; then
        worst=$code
        worst_stage=$1
    fi
}

# A run that ends before its report is written (the disk filled up meanwhile) must not look like everyday life, nor end with the status
# of sed or awk: `finished` is set when all is done.
finished=0
unfinished()
{
    local status=$?
    if [ "$finished" -eq 1 ] || [ "$status" -eq 0 ] || [ "$status" -ge 64 ]; then exit "$status"; fi
    printf '%s: the report of the run cannot be written in %s: disk full, or permission; run again\n' "$job_name" "$workspace" >&2
    exit 74
}

# The stages of the run as a table, with the sentence of each status.
stage_table()
{
    local row name status seconds
    for row in "${stages[@]}"; do
        IFS=$'\t' read -r name status seconds <<<"$row"
        printf '%-12s %3d  %4d s  %s\n' "$name" "$status" "$seconds" "$(status_said "$status")"
    done
}

# The three stages of a run, each only when the one before left something to work on. `shards` processes for the first two.
# `drop` and `drop_quiet` stand for another drop folder than the workspace's. Sets worst, worst_stage, code, stages, run, began.
run_stages()
{
    local shards=$1 inputs extract transform load
    began=$(now_utc)
    run=$(compact "$began")
    stages=()
    worst=0 worst_stage=''
    mkdir -p "$workspace"/{archive,inbox,dataset,publication,logs,reports,state} || die 73 "$workspace: its folders cannot be made"
    inputs=(--edition "$(option_path edition)" --archive "$workspace/archive" --register "$(option_path register register.csv)")
    inputs+=(--decisions "$(option_path decisions decisions.csv)")
    extract=("$bin/pre-extract" "${inputs[@]}" --inbox "${drop:-$workspace/inbox}" --hosts "$(option_path hosts hosts.csv)")
    extract+=(--parallel "$(option parallel 8)" --deadline "$(option deadline 3600)" --tries "$(option tries 4)")
    extract+=(--quiet "${drop_quiet:-$(option inbox_quiet 60)}")
    [ -z "$(option file_root)" ] || extract+=(--file-root "$(option_path file_root)")
    transform=("$bin/pre-transform" "${inputs[@]}")
    [ -z "$(option previous)" ] || transform+=(--previous "$(option_path previous)")
    load=("$bin/pre-load" --database "$(database_url)" --status "$(option status provisional)" --publish "$workspace/publication")
    load+=(--lang "$(option lang fr)" --summary "$workspace/state/load.json" "$workspace/dataset/current")
    trap end_stage TERM INT HUP
    journal start workspace="\"$workspace\"" shards="$shards"
    each_stage
    trap '' TERM INT HUP # the report is written whatever comes
}

each_stage()
{
    local parts=() i output=(--output "$workspace/dataset" --summary "$workspace/state/transform.json")
    sharded extract "$shards" "${extract[@]}"
    go_on || return 0
    if [ "$shards" -le 1 ]; then
        stage transform "${transform[@]}" "${output[@]}"
    else
        rm -rf "$workspace/state/parts"
        mkdir "$workspace/state/parts"
        sharded transform "$shards" "${transform[@]}" --output "$workspace/state/parts"
        for ((i = 1; i <= shards; i++)); do parts+=("$workspace/state/parts/part-$i-of-$shards"); done
        ! go_on || stage merge "${transform[@]}" "${output[@]}" --merge "${parts[@]}"
        rm -rf "$workspace/state/parts"
    fi
    go_on || return 0
    stage load "${load[@]}"
}

# sharded NAME N COMMAND...: one stage in N processes (`--shard i/N` added when N > 1); `code` is the worst of them. That nobody answered
# one shard (69) says nothing while another was answered: the whole night would have said 1.
sharded()
{
    local name=$1 n=$2 i answered=0 lost=0 start=$SECONDS
    shift 2
    if [ "$n" -le 1 ]; then
        stage "$name" "$@" --summary "$workspace/state/$name.json"
        return 0
    fi
    for ((i = 1; i <= n; i++)); do
        "$@" --shard "$i/$n" --summary "$workspace/state/$name-$i.json" {lock}>&- </dev/null \
            >>"$workspace/logs/$run-$name-$i.log" 2>&1 &
        started $!
    done
    code=0
    for i in "${running[@]}"; do
        await "$i"
        case $ended in
        0 | 1) answered=1 ;;
        69) lost=1 && continue ;;
        esac
        worse code "$ended"
    done
    running=()
    if [ "$lost" -eq 1 ]; then
        if [ "$answered" -eq 1 ]; then ended=1; else ended=69; fi
        worse code "$ended"
    fi
    stage_ended "$name x$n" $((SECONDS - start))
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
