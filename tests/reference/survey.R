# Oracle for test_measures.py: Rscript survey.R > survey.json (a few seconds)
# R survey (Lumley), on design.csv beside this script; also writes replicates.csv (see below).
library(survey)
library(jsonlite)
set.seed(20162)
d <- read.csv("design.csv")
d$poor <- as.numeric(d$income < 2300)
d$gap <- ifelse(d$income < 2300, 1 - d$income / 2300, 0)
d$severity <- d$gap^2
d$watts <- ifelse(d$income < 2300, log(2300 / d$income), 0)
d$power <- ifelse(d$income < 2300, d$gap^1.5, 0)
d$own <- as.numeric(d$income < d$line)
designs <- list(
  full = svydesign(~psu, strata = ~stratum, weights = ~weight, nest = TRUE, data = d),
  fpc = svydesign(~psu, strata = ~stratum, weights = ~weight, fpc = ~units, nest = TRUE, data = d),
  rows = svydesign(~1, strata = ~stratum, weights = ~weight, data = d),
  clusters = svydesign(~psu, weights = ~weight, data = d),
  simple = svydesign(~1, weights = ~weight, data = d)
)
columns <- c("income", "poor", "gap", "severity", "watts", "power", "own")
points <- c(.1, .25, .5, .75, .9)
# The package's quantile rule: least value whose cumulative share of weight is >= p - 1e-12. The
# rules "math" and "hf1" of R survey are the same but for the 1e-12, which tells only where weights
# meet p exactly (never here: stopped otherwise).
cut <- function(y, w, p) {
  order <- order(y)
  y[order][which(cumsum(w[order]) / sum(w) >= p - 1e-12)[1]]
}
# Values of svyby, one list entry per column
each <- function(part, names, start = "") {
  lapply(setNames(names, names), function(name) part[[paste0(start, name)]])
}
result <- list()
for (name in names(designs)) {
  design <- designs[[name]]
  form <- reformulate(columns)
  all <- svymean(form, design)
  part <- svyby(form, ~province, design, svymean, covmat = TRUE)
  two <- svyby(~poor, ~province + year, design, svymean, covmat = TRUE)
  values <- as.matrix(part[, columns])
  covariance <- vcov(part)
  # difference B - A of each measure, with the covariance of the design
  k <- match(columns, columns)
  at <- function(p, j) (j - 1) * 3 + p
  difference <- sapply(k, function(j)
    sqrt(covariance[at(1, j), at(1, j)] + covariance[at(2, j), at(2, j)] -
      2 * covariance[at(1, j), at(2, j)]))
  total <- svytotal(~poor + income, design)
  totals <- svyby(~poor + income, ~province, design, svytotal)
  ratio <- svyratio(~gap, ~poor, design)
  ratios <- svyby(~gap, ~province, design, svyratio, denominator = ~poor)
  # standard errors and intervals: Woodruff, the package's default, for information
  quantile <- svyquantile(~income, design, points, qrule = "math")$income
  stopifnot(quantile[, "quantile"] == sapply(points, function(p) cut(d$income, d$weight, p)))
  # design effect: variance over that of a simple sample with replacement of as many rows,
  # n / (n - 1) * sum(w * (x - mean)^2) / sum(w) / n; in a province: its own rows alone
  effect <- svymean(~poor + gap + income, design, deff = "replace")
  effects <- svyby(~poor + gap + income, ~province, design, svymean, deff = "replace")
  n <- nrow(d)
  plain <- sum(d$weight * (d$poor - coef(all)[["poor"]])^2) / sum(d$weight) / (n - 1)
  stopifnot(abs(deff(effect)[["poor"]] / (vcov(all)["poor", "poor"] / plain) - 1) < 1e-9)
  # the two years share primary sampling units: covariance between them
  years <- svyby(~poor, ~year, design, svymean, covmat = TRUE)
  later <- svycontrast(years, c(`2011` = -1, `2019` = 1))
  # the same difference as the slope of a regression
  slope <- svyglm(poor ~ I(year == 2019), design)
  stopifnot(abs(coef(slope)[[2]] - coef(later)) < 1e-9, abs(SE(slope)[[2]] / SE(later) - 1) < 1e-6)
  change <- sapply(c("A", "B", "C"), function(p) {
    x <- svycontrast(two, setNames(c(-1, 1), paste0(p, c(".2011", ".2019"))))
    c(coef(x), SE(x))
  })
  poor <- svyby(~poor, ~province, design, svymean, covmat = TRUE)
  result[[name]] <- list(
    mean = as.list(coef(all)), se = as.list(SE(all)), df = degf(design),
    domain = lapply(setNames(columns, columns), function(c) part[[c]]),
    domain_se = lapply(setNames(columns, columns), function(c) part[[paste0("se.", c)]]),
    difference_se = as.list(setNames(difference, columns)),
    cells = list(province = two$province, year = two$year, poor = two$poor, se = two$se),
    total = as.list(coef(total)), total_se = setNames(as.list(SE(total)), names(coef(total))),
    domain_total = each(totals, c("poor", "income")),
    domain_total_se = each(totals, c("poor", "income"), "se."),
    ratio = list(
      gap_over_poor = coef(ratio)[[1]], se = SE(ratio)[[1]],
      domain = unname(coef(ratios)), domain_se = unname(SE(ratios))
    ),
    quantile = list(
      p = points, value = unname(quantile[, "quantile"]), se = unname(quantile[, "se"]),
      lower = unname(quantile[, 2]), upper = unname(quantile[, 3]), qrule = "math"
    ),
    deff = as.list(deff(effect)), domain_deff = each(effects, c("poor", "gap", "income"), "DEff."),
    years = list(
      year = years$year, poor = years$poor, se = unname(SE(years)),
      covariance = unname(vcov(years)), difference = coef(later)[[1]],
      difference_se = SE(later)[[1]], province = colnames(change),
      domain_difference = unname(change[1, ]), domain_difference_se = unname(change[2, ])
    ),
    covariance = list(province = poor$province, poor = unname(vcov(poor)))
  )
}

# Replicate weights: analysis weights (a row's weight times its replicate factor), one column per
# replicate, in the order of the rows of design.csv; the base weight is `weight` there. Rounded to
# ten significant digits and read back, so that estimates here are of the very numbers in the file.
# JKn and boot (R survey's "subbootstrap": n - 1 of the n units of a stratum, with replacement) are
# of the full design. BRR and Fay need two units in each stratum: the twelve units of a stratum are
# taken in pairs (1 and 2, 3 and 4, ...), each pair a stratum. Variance: scale * sum(rscales *
# (replicate - estimate of the base weight)^2).
d$pair <- paste(d$stratum, (d$psu - 1) %/% 2)
paired <- svydesign(~psu, strata = ~pair, weights = ~weight, nest = TRUE, data = d)
made <- list(
  JKn = as.svrepdesign(designs$full, type = "JKn", mse = TRUE),
  boot = as.svrepdesign(designs$full, type = "subbootstrap", replicates = 100, mse = TRUE),
  BRR = as.svrepdesign(paired, type = "BRR", mse = TRUE),
  Fay = as.svrepdesign(paired, type = "Fay", fay.rho = .3, mse = TRUE)
)
kinds <- c(JKn = "JKn", boot = "bootstrap", BRR = "BRR", Fay = "Fay")
sheets <- lapply(names(made), function(name) {
  weight <- weights(made[[name]], type = "analysis")
  text <- matrix(sprintf("%.10g", weight), nrow(weight))
  colnames(text) <- sprintf("%s%03d", name, seq_len(ncol(text)))
  text
})
write.csv(do.call(cbind, sheets), "replicates.csv", row.names = FALSE, quote = FALSE)
sheet <- as.matrix(read.csv("replicates.csv"))
for (name in names(made)) {
  weight <- sheet[, startsWith(colnames(sheet), name)]
  known <- list(scale = made[[name]]$scale, rscales = made[[name]]$rscales)
  arguments <- list(
    data = d, weights = ~weight, repweights = weight, type = kinds[[name]],
    combined.weights = TRUE, mse = TRUE
  )
  if (name %in% c("JKn", "boot")) arguments <- c(arguments, known)
  if (name == "Fay") arguments$rho <- .3
  design <- do.call(svrepdesign, arguments)
  stopifnot(all.equal(design$scale, known$scale), all.equal(design$rscales, known$rscales))
  all <- svymean(~income + poor + gap, design)
  part <- svyby(~income + poor + gap, ~province, design, svymean, covmat = TRUE)
  ratio <- svyratio(~gap, ~poor, design)
  median <- withReplicates(design, function(w, data) cut(data$income, w, .5))
  medians <- lapply(c("A", "B", "C"), function(p) {
    withReplicates(subset(design, province == p), function(w, data) cut(data$income, w, .5))
  })
  years <- svyby(~poor, ~year, design, svymean, covmat = TRUE)
  later <- svycontrast(years, c(`2011` = -1, `2019` = 1))
  # by hand, from the file alone
  mean_of <- function(w) sum(w * d$poor) / sum(w)
  apart <- apply(weight, 2, mean_of) - mean_of(d$weight)
  hand <- sqrt(known$scale * sum(known$rscales * apart^2))
  stopifnot(abs(hand / SE(all)[2] - 1) < 1e-9)
  errors <- SE(part)
  names(errors) <- c("income", "poor", "gap")
  among <- vcov(part)[4:6, 4:6] # columns of vcov: income, poor, gap, provinces within each
  stopifnot(all.equal(sqrt(diag(among)), errors$poor, check.attributes = FALSE))
  result$replicates[[name]] <- list(
    type = kinds[[name]], columns = ncol(weight), scale = design$scale, rscales = design$rscales,
    df = degf(design), mean = as.list(coef(all)),
    se = setNames(as.list(SE(all)), names(coef(all))),
    domain = each(part, c("income", "poor", "gap")),
    domain_se = as.list(errors),
    covariance = list(province = part$province, poor = unname(among)),
    ratio = list(gap_over_poor = coef(ratio)[[1]], se = SE(ratio)[[1]]),
    median = coef(median)[[1]], median_se = SE(median)[[1]],
    domain_median = sapply(medians, function(x) coef(x)[[1]]),
    domain_median_se = sapply(medians, function(x) SE(x)[[1]]),
    years = list(
      year = years$year, poor = years$poor, se = unname(SE(years)),
      covariance = unname(vcov(years)), difference = coef(later)[[1]],
      difference_se = SE(later)[[1]]
    )
  )
}
result$replicates$Fay$rho <- .3

d$alone <- ifelse(d$psu == 1 & d$stratum == "s0", "lonely", d$stratum)
options(survey.lonely.psu = "adjust")
lonely <- svydesign(~psu, strata = ~alone, weights = ~weight, nest = TRUE, data = d)
alone <- svymean(~poor, lonely)
result$lonely <- list(mean = coef(alone)[[1]], se = SE(alone)[[1]])
result$version <- paste("R", getRversion(), "survey", packageVersion("survey"))
cat(toJSON(result, auto_unbox = TRUE, digits = NA, pretty = TRUE), "\n")
