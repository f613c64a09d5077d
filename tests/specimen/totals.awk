# SPDX-License-Identifier: Apache-2.0
# usage: awk -v units=N -f totals.awk units.csv cells.csv register.csv national.csv
function bad(what) { print "FAILED: " what; failed = 1 }
function near(what, got, want, gap) { if (got - want > gap || want - got > gap) bad(what ": " got ", expected " want) }
function scaled(x) { return int(x * units / 530 + 0.5) }
function share(sum, v, c, parts, list, n, i, all) {
  n = split(parts, list, " ")
  all = 0
  for (i = 1; i <= n; i++) all += sum[v, list[i]]
  return sum[v, c] / all
}
function put(figure, t, o) { want[figure] = t; wanto[figure] = o; order[++figures] = figure }
BEGIN {
  FS = ","
  lists["SEXE"] = "G F"; lists["AGE"] = "A02_05 A06_10 A11_16 A17P"; lists["PROFIL"] = "P1 P2 P3 P4"
  lists["MOTIF"] = "RESULTATS ISOLEMENT COMPORTEMENT ABSENTEISME LANGAGE SANTE PARENTALITE FAMILLE LOISIRS AUTRE"
  lists["ORIENTEUR"] = "ECOLE COLLEGE FAMILLE SOCIAL SANTE ASSOCIATION MAIRIE AUTRE"
}
FNR == 1 { file++; next }
file == 1 {
  scope[$1] = $2
  outcome[$1] = $3
  if ($2 == "in") field++
  if ($3 == "complete" || $3 == "partial") { answers[$1] = 1; respondents++ }
  next
}
file == 2 {
  if ($2 == "PORTEUR" || $2 == "SIRET" || $2 ~ /^ART_/ || $2 == "EDUC_PRIO" || $2 == "CITE_EDUC" || $2 == "CONTRAT_VILLE") next
  t[$2, $3] += $7
  if ($2 == "ENF_TOTAL") { total[$1] = $7; if ($7 > 0.02 * scaled(85000) * 530 / units) giants++ }
  if ($2 == "PROFIL") n[$1, $3] = $7
  if ($2 == "DUREE") { tm[$3] += n[$1, $3] * $7; tw[$3] += n[$1, $3] }
  if (($5 == "") != ($4 != "")) bad($1 " " $2 " " $3 ": value and silence")
  asked++
  if ($1 in answers) {
    said++
    if ($5 != "" && $5 != "SO" && $5 != "withheld") silent++
    if ($2 == "PROFIL") m[$1, $3] = $5 == "" ? $4 : "no"
    if ($5 == "") {
      o[$2, $3] += $4
      if ($2 == "DUREE" && m[$1, $3] != "no") { om[$3] += m[$1, $3] * $4; ow[$3] += m[$1, $3] }
    }
  }
  next
}
file == 3 {
  # A merged PRE counts within its successor.
  credits[$1] += $7
  if (scope[$1] == "merged") credits[$10] += $7
  next
}
file == 4 {
  got[$1] = $2
  goto_[$1] = $3
  if ($1 ~ /^F10/) { r = substr($1, 5); ts[r] = $4; os[r] = $5 }
}
END {
  for (u in scope) if (scope[u] == "in") money += credits[u]
  for (u in total) {
    x = log(total[u] / credits[u]); s1 += x; s2 += x * x; k++
    if (u in answers) { rc += credits[u]; rn++ } else { sc += credits[u]; sn++ }
  }
  sd = sqrt(s2 / k - (s1 / k) ^ 2)
  near("PRE in the field", field, units, 0)
  near("respondents", respondents, int(units * 0.7 + 0.5), 0)
  near("credits", money, scaled(66000000), 0)
  near("coordinators", t["POSTES", "COORD"], units, 0)
  near("référents", t["ETP", "REFERENT"], scaled(100000) / 100, 0.001)
  near("children", t["ENF_TOTAL", ""], scaled(85000), 0)
  put("F01", field, field)
  put("F02", money, money)
  put("F03", t["POSTES", "COORD"], o["POSTES", "COORD"])
  put("F04", t["ETP", "REFERENT"], o["ETP", "REFERENT"])
  put("F05", t["ENF_TOTAL", ""], o["ENF_TOTAL", ""])
  split("SEXE AGE", vs, " "); fig["SEXE"] = "F06"; fig["AGE"] = "F07"
  for (i = 1; i <= 2; i++) {
    c = split(lists[vs[i]], cs, " ")
    for (j = 1; j <= c; j++)
      put(fig[vs[i]] "." cs[j], share(t, vs[i], cs[j], lists[vs[i]]), share(o, vs[i], cs[j], lists[vs[i]]))
  }
  p = lists["PROFIL"]
  put("F08.P23", share(t, "PROFIL", "P2", p) + share(t, "PROFIL", "P3", p), share(o, "PROFIL", "P2", p) + share(o, "PROFIL", "P3", p))
  put("F08.P14", share(t, "PROFIL", "P1", p) + share(t, "PROFIL", "P4", p), share(o, "PROFIL", "P1", p) + share(o, "PROFIL", "P4", p))
  for (i = 1; i <= 4; i++) put("F09.P" i, tm["P" i] / tw["P" i], om["P" i] / ow["P" i])
  c = split(lists["MOTIF"], cs, " ")
  for (j = 1; j <= c; j++) {
    put("F10." cs[j], t["MOTIF", cs[j]], o["MOTIF", cs[j]])
    near("share of " cs[j], ts[cs[j]], t["MOTIF", cs[j]] / t["ENF_TOTAL", ""], 0.000001)
    near("observed share of " cs[j], os[cs[j]], o["MOTIF", cs[j]] / o["ENF_TOTAL", ""], 0.000001)
  }
  q = lists["ORIENTEUR"]
  put("F11.ECOLE", share(t, "ORIENTEUR", "ECOLE", q) + share(t, "ORIENTEUR", "COLLEGE", q), share(o, "ORIENTEUR", "ECOLE", q) + share(o, "ORIENTEUR", "COLLEGE", q))
  put("F12", respondents / field, respondents / field)
  for (i = 1; i <= figures; i++) {
    f = order[i]
    if (!(f in got)) bad(f " is not in national.csv")
    near(f " truth", got[f] + 0, want[f], 0.000001)
    near(f " observed", goto_[f] + 0, wanto[f], 0.000001)
    if (f ~ /^F0[678]|^F11/ && (wanto[f] - want[f] > 0.01 || want[f] - wanto[f] > 0.01)) { biased++; list = list " " f }
  }
  fine = units / 530 >= 1 ? 0.0001 : 0.02
  near("boys", want["F06.G"], 0.582, fine); near("2-5", want["F07.A02_05"], 0.146, fine); near("6-10", want["F07.A06_10"], 0.524, fine)
  near("11-16", want["F07.A11_16"], 0.315, fine); near("17 and over", want["F07.A17P"], 0.015, fine); near("profiles 2 and 3", want["F08.P23"], 0.77, fine)
  near("shortest", want["F09.P1"], 12, 0.05); near("longest", want["F09.P4"], 19, 0.05)
  for (j = 2; j <= c; j++) if (want["F10." cs[j]] >= want["F10.RESULTATS"]) bad("school results are not the first reason")
  for (j = 3; j <= c; j++) if (want["F10." cs[j]] >= want["F10.ISOLEMENT"]) bad("isolation is not the second reason")
  if (want["F11.ECOLE"] < 0.7) bad("school refers " want["F11.ECOLE"])
  if (sd < 0.4) bad("standard deviation of ln(children / credits): " sd)
  if (giants < int(3 * units / 530)) bad(giants " PRE above 2 %")
  if (biased < 3) bad("only" list " observed more than a point away from the truth")
  if (rc / rn <= sc / sn) bad("small PRE answer as much as large ones")
  if (silent / said < 0.06 || silent / said > 0.14) bad("item silence " silent / said)
  printf "field %d, respondents %d, children %.0f, credits %.0f, sd %.3f, PRE above 2 %%: %d, item silence %.3f\n", field, respondents, t["ENF_TOTAL", ""], money, sd, giants, silent / said
  printf "observed more than a point away:%s\n", list
  exit failed
}
