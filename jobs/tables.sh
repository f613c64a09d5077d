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
