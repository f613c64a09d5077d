# SPDX-License-Identifier: Apache-2.0
# The method once more, in another language and by another way: base R, and the package survey for the calibrated weights. Written from
# the text of pre-method(7), not from the C. Reads the tables of a dataset package, prints every national, regional, size and carrier
# figure with its standard error and interval.
#   Rscript method.R PACKAGE OUTPUT.csv
suppressMessages(library(survey))
arguments <- commandArgs(trailingOnly = TRUE)
package <- arguments[1]
table_of <- function(name) {
  path <- file.path(package, name)
  if (!file.exists(path)) path <- paste0(path, ".gz")
  read.csv(path, colClasses = "character", na.strings = character(0), encoding = "UTF-8", check.names = FALSE)
}
edition <- paste(readLines(file.path(package, "edition", "edition.json"), warn = FALSE), collapse = " ")
figures <- table_of("edition/figures.csv")
variables <- table_of("edition/variables.csv")
categories <- table_of("edition/categories.csv")
figures <- figures[order(as.numeric(figures$order)), ]

# ---- population ----
units <- table_of("units.csv")
# Merged during the reference year: out of scope, its credits go to the unit that took over in the end.
year <- sub('.*"reference_year": *([0-9]+).*', "\\1", edition)
merged <- units[units$scope == "merged", ]
units$credits <- as.numeric(units$credits)
for (k in seq_len(nrow(merged))) {
  to <- merged$successor[k]
  while (to %in% merged$unit) to <- merged$successor[merged$unit == to]
  if (merged$valid_to[k] >= paste0(year, "-01-01")) {
    i <- which(units$unit == to & units$scope == "in")
    units$credits[i] <- units$credits[i] + as.numeric(merged$credits[k])
  }
}
units <- units[units$scope == "in", ]
units <- units[order(units$unit, method = "radix"), ]
N <- nrow(units)
credits <- as.numeric(units$credits)
answers <- units$outcome %in% c("complete", "partial")
cells <- table_of("observations.csv")
cells <- cells[cells$unit %in% units$unit, ]
cells$row <- match(cells$unit, units$unit)

# A column: value (NA unless reported or deduced; not applicable is zero where values are added, missing for a mean), of respondents
# only; and last edition's value.
column <- function(variable, category = "", mean = FALSE) {
  v <- previous <- rep(NA_real_, N)
  s <- cells[cells$variable == variable & cells$category == category, ]
  known <- s$silence == "" & s$value != ""
  v[s$row[known]] <- as.numeric(s$value[known])
  if (!mean) v[s$row[s$silence == "SO"]] <- 0
  before <- s$previous != ""
  previous[s$row[before]] <- as.numeric(s$previous[before])
  v[!answers] <- NA
  list(value = v, previous = previous)
}

# ---- response groups ----
minimum <- 5
rate <- as.numeric(sub('.*"rate": *([0-9.]+).*', "\\1", edition))
cuts <- sort(credits)[floor((1:7) * N / 8) + 1]
cuts <- unique(cuts[cuts > min(credits)])
size <- findInterval(credits, cuts) + 1
group <- size
poor <- function(h) {
  n <- sum(answers[group == h]); M <- sum(group == h)
  (n > 0 && n < minimum && n < M) || n < rate * M || n == 0
}
repeat {
  present <- sort(unique(group))
  bad <- Filter(poor, present)
  if (length(bad) == 0 || length(present) == 1) break
  h <- bad[1]
  to <- if (h == max(present)) max(present[present < h]) else min(present[present > h])
  group[group == h] <- to
}
group <- match(group, sort(unique(group)))
Nh <- tabulate(group); nh <- tabulate(group[answers], length(Nh))
d <- (Nh / nh)[group]

# ---- regions ----
pairs <- regmatches(edition, gregexpr('"from": *"[^"]*", *"into": *"[^"]*"', edition))[[1]]
from <- sub('"from": *"([^"]*)".*', "\\1", pairs); into <- sub('.*"into": *"([^"]*)"', "\\1", pairs)
region <- units$region
repeat {
  before <- region
  for (k in seq_along(from)) {
    a <- unique(region[units$region == from[k]]); b <- unique(region[units$region == into[k]])
    if (length(a) == 1 && length(b) == 1 && a != b) {
      n <- sum(answers[region == a])
      if (n < minimum || n < rate * sum(region == a)) region[region == a] <- b
    }
  }
  if (identical(before, region)) break
}
label <- tapply(units$region, region, function(x) paste(sort(unique(x), method = "radix"), collapse = "+"))
region <- as.vector(label[region])

# ---- weights: the silent part calibrated by raking on units by region and credits ----
w <- rep(0, N)
w[answers] <- 1
open <- names(which(tapply(!answers, region, sum) > 0))
moves <- answers & d > 1 & region %in% open
frame <- data.frame(region = factor(region[moves], levels = open), credits = credits[moves])
target <- c(tapply(!answers, region, sum)[open], sum(credits[!answers]))
design <- svydesign(id = ~1, weights = d[moves] - 1, data = frame)
names(target) <- c(paste0("region", open), "credits")
model <- if (length(open) > 1) ~ region + credits - 1 else ~ credits + I(credits * 0 + 1) - 1
if (length(open) == 1) target <- c(credits = unname(target[2]), "I(credits * 0 + 1)" = unname(target[1]))
calibrated <- calibrate(design, model, target, calfun = "raking", epsilon = 1e-12, maxit = 200)
w[moves] <- 1 + weights(calibrated)
w <- signif(w, 12)

# ---- item non-response ----
list_of <- function(variable) {
  r <- variables[variables$id == variable, ]
  if (r$shape != "keyed") return("")
  c <- categories[categories$list == r$list, ]
  c$code[order(as.numeric(c$position))]
}
sum_to <- function(variable) variables$sum_to[variables$id == variable]
# The total a variable is prorated on.
base_of <- function(variable) {
  if (sum_to(variable) != "") return(sum_to(variable))
  other <- figures$denominator_variable[figures$kind %in% c("share", "rank") & figures$variable == variable & figures$denominator_variable != variable &
    figures$denominator_variable != ""]
  if (length(other) > 0) other[1] else ""
}
donors <- 5
# Ratio of sums by group, else region, else nation, for each unit.
ratio <- function(y, x, give) {
  by <- function(f) {
    n <- tapply(give, f, sum); top <- tapply(ifelse(give, y, 0), f, sum); low <- tapply(ifelse(give, x, 0), f, sum)
    as.vector(ifelse(n >= donors & low > 0, top / low, NA)[as.character(f)])
  }
  r <- by(group)
  r <- ifelse(is.na(r), by(region), r)
  r <- ifelse(is.na(r), by(rep("nation", N)), r)
  ifelse(is.na(r), sum(y[give & !is.na(y)]) / sum(x[give & !is.na(y)]), r)
}
own <- function(y, x, give) {
  n <- tapply(give, group, sum); top <- tapply(ifelse(give, y, 0), group, sum); low <- tapply(ifelse(give, x, 0), group, sum)
  as.vector(ifelse(n >= donors & low > 0, top / low, NA)[group])
}
store <- new.env()
influential_in <- new.env()
total_of <- function(variable, category = "") {
  key <- paste(variable, category)
  if (!is.null(store[[key]])) return(store[[key]])
  col <- column(variable, category)
  y <- col$value; known <- answers & !is.na(y); before <- col$previous
  has <- !is.na(before) & before > 0
  expect <- function(give) {
    p <- own(ifelse(known, y, 0), ifelse(is.na(before), 0, before), give & !is.na(before))
    ifelse(has & !is.na(p), p * before, ratio(ifelse(known, y, 0), credits, give) * credits)
  }
  fit <- expect(known)
  all <- sum((w * ifelse(known, y, fit))[answers])
  influential <- known & w * abs(ifelse(known, y, fit) - fit) / all > 0.01
  fit <- expect(known & !influential)
  influential_in[[key]] <- influential
  store[[key]] <- list(value = ifelse(known, y, ifelse(answers, fit, 0)), known = known)
  store[[key]]
}
table_cache <- new.env()
part_of <- function(variable, category) {
  key <- paste(variable, category)
  if (!is.null(table_cache[[key]])) return(table_cache[[key]])
  base <- base_of(variable)
  if (base == "") return(total_of(variable, category))
  b <- total_of(base)
  adds <- sum_to(variable) != ""
  y <- column(variable, category)$value
  if (adds) {
    whole <- sapply(list_of(variable), function(k) column(variable, k)$value)
    known <- answers & rowSums(is.na(whole)) == 0
    on <- rowSums(whole)
  } else {
    known <- answers & !is.na(y)
    on <- b$value
  }
  give <- known & b$known & !influential_in[[paste(base, "")]]
  r <- ratio(ifelse(known, y, 0), ifelse(known, on, 0), give)
  table_cache[[key]] <- list(value = ifelse(known, y, ifelse(answers, r * b$value, 0)), known = known, base = b)
  table_cache[[key]]
}
length_of <- function(variable, category, weight) {
  n <- part_of(weight, category)
  m <- column(variable, category, mean = TRUE)$value
  known <- answers & !is.na(m)
  r <- ratio(ifelse(known, m, 0) * n$value, n$value, known & n$known)
  list(value = ifelse(known, m, ifelse(answers, r, 0)), known = known, children = n)
}

# ---- variance ----
# Groups with fewer than two known values join the next one.
pools <- function(known) {
  p <- seq_along(Nh); m <- tabulate(group[known], length(Nh)); M <- Nh
  h <- 1
  while (h <= length(M)) {
    if (m[h] < 2 && m[h] < M[h] && length(M) > 1) {
      to <- if (h < length(M)) h + 1 else h - 1
      m[to] <- m[to] + m[h]; M[to] <- M[to] + M[h]
      p[p == h] <- to
      m <- m[-h]; M <- M[-h]
      p[p > h] <- p[p > h] - 1
      if (to < h) h <- to
    } else {
      h <- h + 1
    }
  }
  list(of = p[group], M = M, m = m)
}
X <- cbind(model.matrix(~ factor(region) - 1), credits)
residual <- function(u, known) {
  q <- ifelse(known, d - 1, 0)
  s <- known & q > 0
  # Rank deficient systems are solved on the columns that matter.
  B <- qr.coef(qr(X[s, , drop = FALSE] * sqrt(q[s]), tol = 1e-11), u[s] * sqrt(q[s]))
  B[is.na(B)] <- 0
  as.vector(u - X %*% B) * w / d
}
spread <- function(e, known, p, H) sapply(seq_len(H), function(h) var(e[known & p == h]))
degrees <- function(k, known, inside) {
  touched <- sapply(seq_along(k$M), function(h) any(known & inside & k$of == h))
  sum((k$m - 1)[k$m < k$M & touched & k$m > 1])
}
item <- function(u, known, inside) {
  k <- pools(known)
  s2 <- spread(residual(u, known), known, k$of, length(k$M))
  use <- k$m < k$M & k$m > 1
  c(sum((k$M^2 * (1 - k$m / k$M) * s2 / k$m)[use]), degrees(k, known, inside))
}
prorated <- function(u, known, base_known, c, y, scale, inside) {
  k <- pools(known)
  H <- length(k$M)
  n <- sapply(seq_len(H), function(h) sum(base_known & k$of == h))
  s2 <- spread(residual(u, known), known, k$of, H)
  first <- k$m > 1 & n < k$M
  R <- sapply(seq_len(H), function(h) sum(c[known & k$of == h]) / sum(y[known & k$of == h]))
  r <- scale * ifelse(inside, c - R[k$of] * y, 0)
  r2 <- spread(r, known, k$of, H)
  second <- k$m > 1 & k$m < n
  c(sum((k$M^2 * (1 - n / k$M) * s2 / n)[first]) + sum((k$M^2 * (1 - k$m / n) * r2 / k$m)[second]), degrees(k, known, inside))
}

# A ratio of two variables: respondents are the first phase, what the imputation of each one adds comes on top.
imputing <- function(known, c, on, scale, inside) {
  sum(sapply(seq_along(Nh), function(h) {
    s <- known & group == h; m <- sum(s); n <- nh[h]
    if (m < 2 || m >= n) return(0)
    R <- sum(c[s]) / sum(on[s])
    Nh[h]^2 * (1 - m / n) * var(scale * ifelse(inside, c - R * on, 0)[s]) / m
  }))
}
apart <- function(u, num, den, value, low, inside) {
  known <- num$known & den$known
  k <- pools(known)
  s2 <- spread(residual(u, known), known, k$of, length(k$M))
  n <- sapply(seq_along(k$M), function(h) sum(answers & k$of == h))
  use <- k$m > 1 & n < k$M
  on <- function(x) if (is.null(x$base)) credits else x$base$value
  c(sum((k$M^2 * (1 - n / k$M) * s2 / n)[use]) + imputing(num$known, num$value, on(num), 1 / low, inside) +
    imputing(den$known, den$value, on(den), value / low, inside), degrees(k, known, inside))
}

# ---- figures ----
add <- function(variable, codes) {
  parts <- lapply(codes, function(k) part_of(variable, k))
  list(value = Reduce(`+`, lapply(parts, `[[`, "value")), known = Reduce(`&`, lapply(parts, `[[`, "known")), base = parts[[1]]$base)
}
given <- function(variable, codes, mean = FALSE) Reduce(`&`, lapply(codes, function(k) answers & !is.na(column(variable, k, mean)$value)))
codes_of <- function(variable, text) if (text != "") strsplit(text, " ")[[1]] else list_of(variable)
rows <- list()
put <- function(f, domain, area, value, variance, df, share) {
  se <- sqrt(variance)
  if (se < 1e-12 * abs(value)) se <- 0 # rounding
  exact <- is.na(df)
  t <- if (!exact && df > 0) qt(0.975, df) else NA
  lower <- value - t * se; upper <- value + t * se
  if (share && !exact && value > 0 && value < 1 && (value < 0.1 || value > 0.9)) {
    half <- t * se / (value * (1 - value))
    lower <- plogis(qlogis(value) - half); upper <- plogis(qlogis(value) + half)
  }
  if (exact) lower <- upper <- value
  if (value == 0) lower <- upper <- NA
  rows[[length(rows) + 1]] <<- data.frame(figure = f$figure, domain = domain, area = area, estimated = value, se = if (exact) 0 else se,
    lower = lower, upper = upper, df = if (exact) 0 else df)
}
areas <- function(kind) switch(kind, nation = rep("", N), region = region, size = if (max(size) < 10) as.character(size) else sprintf("%02d", size),
  carrier = units$carrier)
for (k in seq_len(nrow(figures))) {
  f <- figures[k, ]
  if (!f$kind %in% c("total", "share", "mean", "ratio", "rank")) next
  if (f$kind == "mean") {
    codes <- codes_of(f$variable, f$category)
    p <- lapply(codes, function(c) length_of(f$variable, c, f$weight_variable))
    num <- list(value = Reduce(`+`, lapply(p, function(q) q$value * q$children$value)),
      known = Reduce(`&`, lapply(p, function(q) q$known | (q$children$known & q$children$value == 0))))
    den <- list(value = Reduce(`+`, lapply(p, function(q) q$children$value)))
    seen <- Reduce(`&`, lapply(codes, function(c) {
      n <- column(f$weight_variable, c)$value
      answers & !is.na(n) & (given(f$variable, c, TRUE) | (!is.na(n) & n == 0))
    }))
  } else {
    num <- add(f$variable, codes_of(f$variable, f$category))
    seen <- given(f$variable, codes_of(f$variable, f$category))
    if (f$kind %in% c("share", "ratio")) {
      of <- if (f$denominator_variable == "") f$variable else f$denominator_variable
      den <- add(of, codes_of(of, f$denominator_category))
      seen <- seen & given(of, codes_of(of, f$denominator_category))
    } else den <- NULL
  }
  level <- f$kind %in% c("total", "rank")
  base <- if (f$kind != "mean" && base_of(f$variable) != "" && (level || identical(base_of(f$variable), f$denominator_variable))) num$base else NULL
  for (domain in intersect(strsplit(f$domains, " ")[[1]], c("nation", "region", "size", "carrier"))) {
    area_of <- areas(domain)
    for (area in sort(unique(area_of), method = "radix")) {
      inside <- answers & area_of == area
      if (!any(inside & seen)) next
      top <- sum((w * num$value)[inside])
      low <- if (is.null(den)) 1 else sum((w * den$value)[inside])
      if (low == 0) next
      value <- top / low
      u <- if (is.null(den)) ifelse(inside, num$value, 0) else ifelse(inside, (num$value - value * den$value) / low, 0)
      known <- num$known
      if (!is.null(den) && f$kind == "share") known <- known & den$known
      if (!is.null(base)) known <- known & base$known
      if (all(inside[area_of == area]) && all(known[inside]) && all(w[inside] == 1)) {
        put(f, domain, area, value, 0, NA, f$kind == "share")
        next
      }
      v <- if (f$kind == "ratio") apart(u, num, den, value, low, inside) else if (!is.null(base)) prorated(u, known, base$known, num$value, base$value, if (is.null(den)) 1 else 1 / low, inside) else item(u, known, inside)
      if (v[2] > 0) put(f, domain, area, value, v[1], v[2], f$kind == "share")
    }
  }
}
out <- do.call(rbind, rows)
for (n in c("estimated", "se", "lower", "upper")) out[[n]] <- ifelse(is.na(out[[n]]), "", format(out[[n]], digits = 12, trim = TRUE, scientific = TRUE))
write.csv(out, arguments[2], row.names = FALSE, quote = FALSE, eol = "\n")
cat(sprintf("%d units, %d respondents, %d groups, %d regions, %d rows\n", N, sum(answers), length(Nh), length(unique(region)), nrow(out)))
