# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What is new since the last run, as text, as HTML and as a message. Sourced by the jobs, after common.sh.
# A snapshot is a folder of sorted tables; two of them are compared line by line. The last one that was reported is state/last.
# shellcheck disable=SC2154 # workspace, bin, run, stages, worst, code come from common.sh

# Tables of what is in force now: documents, units, sources, figures, and how the run ended.
take_snapshot()
{
    snapshot=$workspace/state/now
    rm -rf "$snapshot"
    mkdir "$snapshot"
    printf '%s\n' "$(grave "$worst")" >"$snapshot/status"
    if [ -e "$workspace/dataset/current/datapackage.json" ]; then
        resource documents unit record state verdict reason | sort >"$snapshot/documents"
        resource units unit outcome late scope | awk -F'\t' -v OFS='\t' '$4 == "in" { print $1, $2, $3 }' | sort >"$snapshot/units"
        resource fetches unit outcome class | awk -F'\t' -v OFS='\t' '{ print $1, $2 == "fetched" || $2 == "unchanged" ? "answered" : $2, $3 }' | sort >"$snapshot/sources"
    fi
    "$bin/pre-load" --database "$(database_url)" --show figures --format csv >"$snapshot/figures" 2>/dev/null || : >"$snapshot/figures"
}

# Statuses 0 and 1 are everyday life: the tables tell them apart better.
grave()
{
    if [ "$1" -le 1 ]; then echo 0; else echo "$1"; fi
}

nothing_new()
{
    [ "$worst" -le 1 ] && [ -d "$workspace/state/last" ] && diff -rq "$workspace/state/last" "$snapshot" >/dev/null
}

# The snapshot becomes the last one reported: the next night compares with it.
keep_snapshot()
{
    rm -rf "$workspace/state/before"
    [ ! -d "$workspace/state/last" ] || mv "$workspace/state/last" "$workspace/state/before"
    mv "$snapshot" "$workspace/state/last"
    rm -rf "$workspace/state/before"
}

# Lines of a table of the snapshot that the last one did not have.
fresh()
{
    if [ -f "$workspace/state/last/$1" ]; then
        comm -13 "$workspace/state/last/$1" "$snapshot/$1"
    else
        cat "$snapshot/$1"
    fi
}

# A heading with the number of rows, then at most 40 of them; nothing when there is none.
section()
{
    local title=$1 rows
    rows=$(cat)
    [ -n "$rows" ] || return 0
    printf '\n%s: %s\n' "$title" "$(printf '%s\n' "$rows" | wc -l)"
    printf '%s\n' "$rows" | sed -n 1,40p | sed 's/^/  /'
    [ "$(printf '%s\n' "$rows" | wc -l)" -le 40 ] || printf '  ... jobs/audit shows them all\n'
}

report_text()
{
    printf 'pre: run of %s\n' "$(paris "$(now_utc)")"
    printf 'workspace  %s\n' "$workspace"
    printf 'result     %s (%s)\n\n' "$worst" "$(status_text "$worst")"
    printf '%s\n' "${stages[@]}"
    local before
    before=$(cat "$workspace/state/last/status" 2>/dev/null || echo 0)
    [ "$before" -eq 0 ] || [ "$worst" -gt 1 ] || printf '\nThe run before this one had failed (%s): it works again.\n' "$(status_text "$before")"
    if [ "$worst" -gt 1 ]; then
        printf '\nWhat was published before is untouched. Last lines of the log of the stage that failed:\n'
        tail_of_logs
    fi
    [ ! -f "$snapshot/documents" ] || report_changes
}

tail_of_logs()
{
    local newest
    newest=$(find "$workspace/logs" -name "$run-*.log" -size +0c -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-)
    [ -z "$newest" ] || tail -n 5 "$newest" | sed 's/^/  /'
}

report_changes()
{
    fresh documents | awk -F'\t' '$3 == "current" { print $1, "(verdict " $4 ")" }' | section 'Returns that now count'
    fresh documents | awk -F'\t' '$3 == "refused" || $3 == "undecided" { print $1, $3 ": " $5, "(" $2 ")" }' | section 'Returns refused or to be decided'
    fresh documents | awk -F'\t' '$3 == "withdrawal" || $3 == "withdrawn" { print $1, $3 }' | section 'Returns withdrawn'
    fresh sources | awk -F'\t' '$2 == "failed" { print $1, $3 }' |
        section 'Sources that now fail'
    if [ -f "$workspace/state/last/sources" ]; then
        fresh sources | awk -F'\t' '$2 == "answered" { print $1 }' | section 'Sources that answer now'
    fi
    printf '\nOutcome of the units\n'
    cut -f2 "$snapshot/units" | sort | uniq -c | sed 's/^ */  /'
    if [ -s "$snapshot/figures" ]; then
        printf '\nFigures\n'
        "$bin/pre-load" --database "$(database_url)" --show figures 2>/dev/null | sed 's/^/  /'
    fi
}

escape_html()
{
    sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g' -e 's/"/\&quot;/g'
}

write_report()
{
    report=$workspace/reports/$run
    report_text >"$report.txt.part"
    {
        printf '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n'
        printf '<meta http-equiv="Content-Security-Policy" content="default-src '"'none'"'; style-src '"'unsafe-inline'"'">\n'
        printf '<title>pre: run %s</title>\n<style>body{max-width:60rem;margin:2rem auto}pre{white-space:pre-wrap}</style>\n' "$run"
        printf '<h1>Run of %s</h1>\n<pre>\n' "$(paris "$(now_utc)" | escape_html)"
        escape_html <"$report.txt.part"
        printf '</pre>\n</html>\n'
    } >"$report.html.part"
    mv "$report.html.part" "$report.html"
    mv "$report.txt.part" "$report.txt"
}

# One message with the text report; a mail that cannot be sent is said, and changes no status.
mail_report()
{
    local to command
    to=$(option mail_to)
    [ -n "$to" ] || return 0
    command=$(option mail_command '/usr/sbin/sendmail -t -i')
    {
        printf 'To: %s\nSubject: pre: %s\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n' "$to" "$(status_text "$worst")"
        printf 'Content-Transfer-Encoding: 8bit\n\n'
        cat "$report.txt"
    } >"$report.message"
    # shellcheck disable=SC2086 # the command is words
    $command {lock}>&- <"$report.message" || printf 'nightly: the report could not be mailed (%s); it is in %s.txt\n' "$command" "$report" >&2
    rm -f "$report.message"
}
