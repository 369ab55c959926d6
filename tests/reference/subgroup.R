# Oracle for tests of decompositions by group: Rscript subgroup.R > subgroup.json (a few seconds)
# Base R, weighted point estimates by province: design.csv (under "design") and sample.csv (under
# "sample") beside this script. Standard errors of FGT contributions: R survey, ratio estimator
# under strata, primary sampling units and weights.
# Shares of population s, of income v = s * mean of the group / mean.
# GE(0) = sum s GE0 + sum s log(mean / mean of group); GE(1) = sum v GE1 + sum v log(v / s);
# GE(2) = sum v^2 / s GE2 + (sum v^2 / s - 1) / 2 (first within, then between).
# FGT (lines 2300 and 60 % of the median): contribution of a group = s * its index / index.
library(survey)
library(jsonlite)
mean_of <- function(x, w) sum(w * x) / sum(w)
entropy <- function(y, w, a) {
  r <- y / mean_of(y, w)
  if (a == 0) return(-mean_of(log(r), w))
  if (a == 1) return(mean_of(r * log(r), w))
  (mean_of(r^a, w) - 1) / (a * (a - 1))
}
cut <- function(y, w, p) {
  order <- order(y)
  y[order][which(cumsum(w[order]) / sum(w) >= p - 1e-12)[1]]
}
orders <- c(headcount = 0, gap = 1, severity = 2)

decompose <- function(d) {
  y <- d$income
  w <- d$weight
  groups <- sort(unique(d$province))
  s <- sapply(groups, function(g) sum(w[d$province == g]) / sum(w))
  means <- sapply(groups, function(g) mean_of(y[d$province == g], w[d$province == g]))
  v <- s * means / mean_of(y, w)
  factors <- list(s, v, v^2 / s)
  between <- list(sum(s * log(s / v)), sum(v * log(v / s)), (sum(v^2 / s) - 1) / 2)
  ge <- lapply(0:2, function(a) {
    own <- sapply(groups, function(g) entropy(y[d$province == g], w[d$province == g], a))
    within <- sum(factors[[a + 1]] * own)
    total <- entropy(y, w, a)
    # second way: between = inequality were all to have the mean of their group
    smooth <- entropy(means[match(d$province, groups)], w, a)
    stopifnot(
      abs(total - within - between[[a + 1]]) < 1e-12, abs(smooth - between[[a + 1]]) < 1e-12
    )
    list(
      total = total, within = within, between = between[[a + 1]], group = unname(own),
      group_within = unname(factors[[a + 1]] * own)
    )
  })
  names(ge) <- paste0("ge(", 0:2, ")")
  lines <- c(fixed = 2300, relative = .6 * cut(y, w, .5))
  fgt <- lapply(lines, function(z) {
    out <- lapply(orders, function(a) {
      depth <- ifelse(y < z, (1 - y / z)^a, 0)
      own <- sapply(groups, function(g) mean_of(depth[d$province == g], w[d$province == g]))
      total <- mean_of(depth, w)
      share <- s * own / total
      stopifnot(abs(sum(share) - 1) < 1e-12)
      for (g in groups) d[[paste0("in_", g)]] <- depth * (d$province == g)
      d$depth <- depth
      design <- svydesign(~psu, strata = ~stratum, weights = ~weight, nest = TRUE, data = d)
      known <- svyratio(reformulate(paste0("in_", groups)), ~depth, design)
      stopifnot(abs(as.vector(coef(known)) - share) < 1e-12)
      list(
        total = total, group = unname(own), share = unname(share),
        # the line taken as known, also where it is relative
        share_se = as.vector(SE(known)), absolute = unname(s * own)
      )
    })
    c(list(line = z), out)
  })
  list(
    province = groups, population_share = unname(s), income_share = unname(v),
    mean = unname(means), ge = ge, fgt = fgt
  )
}

result <- list(
  design = decompose(read.csv("design.csv")), sample = decompose(read.csv("sample.csv")),
  version = paste("R", getRversion(), "survey", packageVersion("survey"))
)
cat(toJSON(result, auto_unbox = TRUE, digits = NA, pretty = TRUE), "\n")
