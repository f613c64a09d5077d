# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What is new since the last run, as text, as HTML and as a message. Sourced by the jobs, after common.sh.
# A snapshot is a folder of sorted tables; two of them are compared line by line. The last one that was reported is state/last.
# What is printed and mailed tells only what is new; the report that is kept adds where the enquiry stands.
# shellcheck disable=SC2154 # workspace, bin, run, began, stages, worst, worst_stage come from common.sh

# Tables of what is in force now: documents, units, sources, figures, and how the run ended.
take_snapshot()
{
    snapshot=$workspace/state/now
    rm -rf "$snapshot"
    mkdir "$snapshot"
    printf '%s\n' "$(grave "$worst")" >"$snapshot/status"
    for table in documents units sources figures; do : >"$snapshot/$table"; done
    [ -e "$workspace/dataset/current/datapackage.json" ] || return 0
    resource documents unit record state verdict reason | sort >"$snapshot/documents"
    resource units unit outcome late scope | awk -F'\t' -v OFS='\t' '$4 == "in" { print $1, $2, $3 }' | sort >"$snapshot/units"
    resource fetches unit outcome class |
        awk -F'\t' -v OFS='\t' '{ print $1, $2 == "fetched" || $2 == "unchanged" ? "answered" : $2, $2 == "failed" ? $3 : "" }' |
        sort >"$snapshot/sources"
    figures_shown csv | table figure domain unit observed estimated lower upper 2>/dev/null | sort >"$snapshot/figures" || : >"$snapshot/figures"
}

# The national figures of the last vintage; nothing when there is none.
figures_shown()
{
    "$bin/pre-load" --database "$(database_url)" --lang "$lang" --show figures --format "$1" 2>/dev/null {lock}>&- || true
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

# A table of the last snapshot; empty on the first run.
last_of()
{
    cat "$workspace/state/last/$1" 2>/dev/null || true
}

# Lines of a table of the snapshot that the last one did not have.
fresh()
{
    comm -13 <(last_of "$1") "$snapshot/$1"
}

# A heading with the number of rows, then at most 40 of them; nothing when there is none.
section()
{
    local title=$1 rows count
    rows=$(cat)
    [ -n "$rows" ] || return 0
    count=$(printf '%s\n' "$rows" | wc -l)
    printf '\n%s: %s\n' "$title" "$count"
    printf '%s\n' "$rows" | sed -n 1,40p | sed 's/^/  /'
    [ "$count" -le 40 ] || printf '  ... %s\n' "$(say 'jobs/audit les montre tous' 'jobs/audit shows them all')"
}

# One line: the status of the run, the stage that it comes from, what it means.
result_line()
{
    local from=''
    [ "$worst" -eq 0 ] || from="$worst_stage, "
    printf '%s %s (%s%s)\n' "$(say 'résultat ' 'result   ')" "$worst" "$from" "$(status_said "$worst")"
}

report_new()
{
    printf '%s %s\n' "$(say 'pre : passage du' 'pre: run of')" "$(paris "$began")"
    printf '%s %s\n' "$(say 'dossier  ' 'workspace')" "$workspace"
    result_line
    local before
    before=$(last_of status)
    if [ "${before:-0}" -ne 0 ] && [ "$worst" -le 1 ]; then
        printf '\n'
        say "Le passage précédent avait échoué ($(status_said "$before")) : tout refonctionne." \
            "The run before this one had failed ($(status_said "$before")): it works again."
        printf '\n'
    fi
    if [ "$worst" -gt 1 ]; then
        printf '\n'
        say 'Ce qui était publié est intact. Dernières lignes du journal de l'"'"'étape en échec :' \
            'What was published before is untouched. Last lines of the log of the stage that failed:'
        printf '\n'
        tail_of_logs
    fi
    report_changes
    report_figures
}

tail_of_logs()
{
    local newest
    newest=$(find "$workspace/logs" -name "$run-*.log" ! -name "$run-$job_name.log" -size +0c -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-)
    [ -z "$newest" ] || tail -n 5 "$newest" | sed 's/^/  /'
}

report_changes()
{
    [ -e "$workspace/dataset/current/datapackage.json" ] || return 0
    fresh documents | awk -F'\t' '$3 == "current" { print $1 " (verdict " $4 ")" }' |
        section "$(say 'Retours désormais pris en compte' 'Returns that now count')"
    fresh documents | refusals | section "$(say 'Retours refusés ou à trancher' 'Returns refused or to be decided')"
    fresh documents | awk -F'\t' '$3 == "withdrawal" || $3 == "withdrawn" { print $1, $3 }' | section "$(say 'Retours retirés' 'Returns withdrawn')"
    fresh documents | awk -F'\t' '$3 == "repeat" || $3 == "out-of-scope" || $3 == "test" { print $1 " " $3 ($5 == "" ? "" : ": " $5) }' |
        section "$(say 'Autres documents reçus' 'Other documents received')"
    fresh sources | awk -F'\t' '$2 == "failed" { print $1 " (" $3 ")" }' |
        section "$(say 'Sources désormais en échec' 'Sources that now fail')"
    fresh sources | awk -F'\t' '$2 == "answered" { print $1 }' | sort |
        comm -12 - <(last_of sources | awk -F'\t' '$2 == "failed" { print $1 }' | sort) |
        section "$(say 'Sources qui répondent de nouveau' 'Sources that answer again')"
    [ ! -d "$workspace/state/last" ] || fresh sources | awk -F'\t' '$2 != "failed" && $2 != "answered" { print $1 " (" $2 ")" }' |
        section "$(say 'Autres sources dont la réponse change' 'Other sources that answer otherwise')"
    # Moved by a decision, the register or the edition, not by a document.
    [ ! -d "$workspace/state/last" ] || fresh units | awk -F'\t' -v OFS='\t' '{ print $1, $2 }' | sort -t$'\t' -k1,1 |
        join -t $'\t' -v 1 - <(fresh documents | cut -f1 | sort -u) | awk -F'\t' '{ print $1 " (" $2 ")" }' |
        section "$(say 'Autres PRE dont la situation change' 'Other units whose outcome changed')"
}

# Fresh rows of documents that were refused or wait for a decision: unit, rule, line and sentence of the first fatal finding.
refusals()
{
    awk -F'\t' '
        reading == "findings" { if (!($1 in why)) why[$1] = $2 " l. " $3 ": " $4; next }
        $3 == "refused" || $3 == "undecided" { print $1 " " $3 ": " ($2 in why ? why[$2] : $5) }' \
        reading=findings <(resource findings record rule line "message_$lang" severity | awk -F'\t' '$5 == "fatal"') reading=documents -
}

# The figures whose number moved, before and after; all of them on the first run.
report_figures()
{
    local moved
    [ -s "$snapshot/figures" ] || return 0
    if [ ! -s "$workspace/state/last/figures" ]; then
        printf '\n%s\n' "$(say 'Chiffres' 'Figures')"
        figures_shown text | sed 's/^/  /'
        return 0
    fi
    moved=$(fresh figures)
    [ -n "$moved" ] || return 0
    figures_shown csv | table figure label >"$workspace/state/labels"
    printf '%s\n' "$moved" | awk -F'\t' -v labels="$workspace/state/labels" -v last="$workspace/state/last/figures" -v lang="$lang" '
        function shown(v, unit,   n) {
            if (v == "") return "-"
            n = unit == "share" || unit == "%" || unit == "percent" ? sprintf("%.1f %%", v * 100) : v >= 100 ? sprintf("%.0f", v) : sprintf("%.1f", v)
            if (lang != "en") sub(/\./, ",", n)
            return n
        }
        BEGIN {
            while ((getline line < labels) > 0) { split(line, f, "\t"); label[f[1]] = f[2] }
            while ((getline line < last) > 0) { split(line, f, "\t"); was[f[1] f[2]] = f[5] == "" ? f[4] : f[5] }
        }
        { printf "%s %s: %s -> %s\n", $1, label[$1], shown(was[$1 $2], $3), shown($5 == "" ? $4 : $5, $3) }' |
        section "$(say 'Chiffres qui changent' 'Figures that changed')"
    rm -f "$workspace/state/labels"
}

# Where the enquiry stands, whether or not it is new: only in the report that is kept.
report_state()
{
    printf '\n%s\n' "$(say 'Étapes' 'Stages')"
    stage_table | sed 's/^/  /'
    [ -s "$snapshot/units" ] || return 0
    printf '\n%s\n' "$(say 'Situation des PRE' 'Outcome of the units')"
    cut -f2 "$snapshot/units" | sort | uniq -c | sed 's/^ */  /'
    [ -s "$workspace/state/last/figures" ] || return 0
    printf '\n%s\n' "$(say 'Chiffres' 'Figures')"
    figures_shown text | sed 's/^/  /'
}

escape_html()
{
    sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g' -e 's/"/\&quot;/g'
}

# A paragraph whose first line stands at the margin is a heading with its rows.
html_body()
{
    escape_html | awk '
        function shut() { if (open) print "</pre>"; open = 0 }
        NR == 1 { print "<h1>" $0 "</h1>"; next }
        /^$/ { shut(); head = 1; next }
        head && /^[^ ]/ { print "<h2>" $0 "</h2>"; head = 0; next }
        { if (!open) print "<pre>"; open = 1; head = 0; print }
        END { shut() }'
}

write_report()
{
    report=$workspace/reports/$run
    report_new >"$report.new.part"
    { cat "$report.new.part" && report_state; } >"$report.txt.part"
    {
        printf '<!DOCTYPE html>\n<html lang="%s">\n<meta charset="utf-8">\n' "$lang"
        printf '<meta http-equiv="Content-Security-Policy" content="default-src '"'none'"'; style-src '"'unsafe-inline'"'">\n'
        printf '<title>pre: %s</title>\n' "$run"
        printf '<style>body{max-width:60rem;margin:2rem auto;font-family:sans-serif}pre{white-space:pre-wrap}</style>\n'
        html_body <"$report.txt.part"
        printf '</html>\n'
    } >"$report.html.part"
    mv "$report.html.part" "$report.html"
    mv "$report.txt.part" "$report.txt"
    printf '\n%s %s.txt, .html\n' "$(say 'Compte rendu complet :' 'Whole report:')" "$report" >>"$report.new.part"
}

# What is printed: cron mails it, a person reads it.
print_report()
{
    cat "$report.new.part"
    rm -f "$report.new.part"
    journal end status="$worst" report="$run"
}

# send WHAT-IT-SAYS on stdin, under SUBJECT: one message to mail_to. A mail that cannot be sent is said, and changes no status.
send()
{
    local to command
    to=$(option mail_to)
    command=$(option mail_command '/usr/sbin/sendmail -t -i')
    {
        printf 'To: %s\nSubject: =?UTF-8?B?%s?=\n' "$to" "$(printf '%s' "$1" | base64 -w 0)"
        printf 'MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n'
        cat
    } >"$workspace/state/message"
    # shellcheck disable=SC2086 # the command is words
    $command {lock}>&- <"$workspace/state/message" ||
        printf '%s: the message to %s could not be sent (mail_command=%s)\n' "$job_name" "$to" "$command" >&2
    rm -f "$workspace/state/message"
}

mail_report()
{
    local word
    [ -n "$(option mail_to)" ] || return 0
    word=$(status_said "$worst")
    send "pre: ${word%%:*}" <"$report.new.part"
}

# A run that stopped before its first stage has no report: what it said is mailed.
mail_failure()
{
    [ -n "$(option mail_to)" ] || return 0
    on_die=:
    { say 'Aucune étape menée à bien ; ce qui était publié est intact.' 'No stage was completed; what was published is untouched.'
      printf '\n\n%s: %s\n%s (%s)\n' "$job_name" "$2" "$1" "$(status_said "$1")"; } | send "pre: $job_name $1" 2>/dev/null || true
}
