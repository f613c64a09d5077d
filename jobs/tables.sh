# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Tables read by the jobs. Sourced, never run.

# CSV on stdin (RFC 4180) to tab-separated; tabs and line breaks inside a field become blanks. With column names: those columns only.
table()
{
    awk -v want="$*" '
        function flush_row(   i, out) {
            if (!header) {
                header = 1
                for (i = 1; i <= n; i++) at[f[i]] = i
                k = split(want, w, " ")
                for (i = 1; i <= k; i++) if (!(w[i] in at)) { print "no column " w[i] > "/dev/stderr"; exit 65 }
                n = 0
                return
            }
            out = ""
            if (k) for (i = 1; i <= k; i++) out = out (i > 1 ? "\t" : "") f[at[w[i]]]
            else for (i = 1; i <= n; i++) out = out (i > 1 ? "\t" : "") f[i]
            print out
            n = 0
        }
        {
            line = $0
            sub(/\r$/, "", line)
            if (!open && substr(line, 1, 1) == "#") next
            if (open) { field = field " "; } else if (line == "") next
            for (;;) {
                if (open) {
                    p = index(line, "\"")
                    if (!p) { field = field line; break }
                    field = field substr(line, 1, p - 1)
                    line = substr(line, p + 1)
                    if (substr(line, 1, 1) == "\"") { field = field "\""; line = substr(line, 2); continue }
                    open = 0
                }
                if (substr(line, 1, 1) == "\"" && field == "" && !closed) { open = 1; closed = 1; line = substr(line, 2); continue }
                p = index(line, ",")
                field = field (p ? substr(line, 1, p - 1) : line)
                gsub(/\t/, " ", field)
                f[++n] = field
                field = ""; closed = 0
                if (!p) { flush_row(); break }
                line = substr(line, p + 1)
            }
        }'
}

# Tab-separated rows on stdin to CSV.
to_csv()
{
    awk -F'\t' -v OFS=, '{ for (i = 1; i <= NF; i++) if ($i ~ /[",]/) { gsub(/"/, "\"\"", $i); $i = "\"" $i "\"" } $1 = $1; print }'
}

# silent_register REGISTER EDITION.json: the register with the column of sources emptied.
silent_register()
{
    local name header
    name=$(sed -n '/"register"/,/}/s/.*"source": *"\([^"]*\)".*/\1/p' "$2")
    header=$(head -n 1 "$1" | tr -d '\r' | sed 's/^\xef\xbb\xbf//' | tr ';' ',')
    printf '%s\n' "$header"
    tr ';' ',' <"$1" | table | awk -F'\t' -v OFS='\t' -v header="$header" -v name="$name" '
        BEGIN { n = split(header, h, ","); for (i = 1; i <= n; i++) if (h[i] == name) at = i }
        at { $at = "" } { print }' | to_csv
}
