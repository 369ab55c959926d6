# Oracle for tests of multidimensional poverty: Rscript multidimensional.R > multidimensional.json
# (a few seconds). Alkire and Foster (2011) with R survey on design.csv and indicators.csv beside
# this script (made by indicators.R), under the full design: strata, primary sampling units,
# weights, no finite population correction.
# Three dimensions of 1/3 each, equal weights within: schooling and attendance 1/6 each; health
# 1/3; water, fuel, housing 1/9 each. Poor: score >= k - 1e-12 (sums of weights may fall short of
# k by rounding; with k = 7/9 some do, whatever the order of summing).
# H: share of poor; M0: mean of scores of the poor; A = M0 / H. uncensored: share deprived;
# censored: share deprived and poor; contribution of an indicator: its weight times its censored
# ratio over M0, a ratio estimator as A is.
library(survey)
library(jsonlite)
d <- read.csv("design.csv")
marks <- read.csv("indicators.csv")
stopifnot(marks$row == seq_len(nrow(d)))
names <- c("schooling", "attendance", "health", "water", "fuel", "housing")
weight <- setNames(c(1 / 6, 1 / 6, 1 / 3, 1 / 9, 1 / 9, 1 / 9), names)
dimension <- c("education", "education", "health", "living", "living", "living")
stopifnot(abs(sum(weight) - 1) < 1e-12)
deprived <- as.matrix(marks[, names])
score <- as.vector(deprived %*% weight)
# the same in whole eighteenths: no score is so close to a cutoff that rounding would decide
eighteenths <- as.vector(deprived %*% round(18 * weight))
cutoffs <- c(.2, 1 / 3, .5, 7 / 9)
labels <- c("0.2", "1/3", "0.5", "7/9")
provinces <- c("A", "B", "C")

# Estimate and standard error of a mean or a ratio, whole and by province
mean_of <- function(column, design) {
  form <- reformulate(column)
  all <- svymean(form, design)
  part <- svyby(form, ~province, design, svymean)
  stopifnot(part$province == provinces)
  list(
    estimate = coef(all)[[1]], se = SE(all)[[1]],
    domain = unname(coef(part)), domain_se = unname(SE(part))
  )
}
ratio_of <- function(above, below, design) {
  all <- svyratio(reformulate(above), reformulate(below), design)
  part <- svyby(reformulate(above), ~province, design, svyratio,
    denominator = reformulate(below))
  stopifnot(part$province == provinces)
  list(
    estimate = coef(all)[[1]], se = SE(all)[[1]],
    domain = unname(coef(part)), domain_se = unname(SE(part))
  )
}

result <- list(
  weights = as.list(weight), dimensions = as.list(setNames(dimension, names)),
  provinces = provinces, k = cutoffs
)
for (i in seq_along(cutoffs)) {
  k <- cutoffs[i]
  poor <- as.numeric(score >= k - 1e-12)
  stopifnot(poor == (eighteenths >= ceiling(18 * k - 1e-9)))
  censored <- deprived * poor
  colnames(censored) <- paste0("censored_", names)
  parts <- sweep(censored, 2, weight, "*")
  colnames(parts) <- paste0("part_", names)
  by_dimension <- sapply(unique(dimension), function(x) {
    rowSums(parts[, dimension == x, drop = FALSE])
  })
  colnames(by_dimension) <- paste0("dimension_", unique(dimension))
  all <- data.frame(d, deprived, poor = poor, score = score, censored_score = score * poor,
    censored, parts, by_dimension)
  design <- svydesign(~psu, strata = ~stratum, weights = ~weight, nest = TRUE, data = all)
  each <- function(values, fun) lapply(setNames(values, values), fun)
  out <- list(
    k = k, rows_at_cutoff = sum(abs(score - k) < 1e-9),
    rows_lost_without_tolerance = sum(poor == 1 & score < k), poor_rows = sum(poor),
    H = mean_of("poor", design), A = ratio_of("censored_score", "poor", design),
    M0 = mean_of("censored_score", design),
    uncensored = each(names, function(x) mean_of(x, design)),
    censored = each(names, function(x) mean_of(paste0("censored_", x), design)),
    contribution = each(names, function(x) {
      ratio_of(paste0("part_", x), "censored_score", design)
    }),
    dimension_contribution = each(unique(dimension), function(x) {
      ratio_of(paste0("dimension_", x), "censored_score", design)
    })
  )
  # share of a province in the M0 and in the H of the whole (population share times its own / whole)
  for (p in provinces) {
    all[[paste0("score_", p)]] <- all$censored_score * (all$province == p)
    all[[paste0("poor_", p)]] <- all$poor * (all$province == p)
  }
  design <- svydesign(~psu, strata = ~stratum, weights = ~weight, nest = TRUE, data = all)
  share <- function(start, below) {
    x <- svyratio(reformulate(paste0(start, provinces)), reformulate(below), design)
    list(estimate = as.vector(coef(x)), se = as.vector(SE(x)))
  }
  out$province_share <- list(M0 = share("score_", "censored_score"), H = share("poor_", "poor"))
  # by hand: M0 = H * A = sum of weights times censored ratios; contributions add to 1
  w <- d$weight / sum(d$weight)
  m0 <- sum(weight * colSums(w * censored))
  parts_sum <- sum(sapply(out$contribution, function(x) x$estimate))
  stopifnot(
    abs(out$M0$estimate - m0) < 1e-12, abs(out$H$estimate * out$A$estimate - m0) < 1e-12,
    abs(parts_sum - 1) < 1e-12
  )
  # linearised by hand: standard error of A from its residuals
  all$residual <- (all$censored_score - out$A$estimate * all$poor) / out$H$estimate
  design <- svydesign(~psu, strata = ~stratum, weights = ~weight, nest = TRUE, data = all)
  stopifnot(abs(SE(svymean(~residual, design))[[1]] / out$A$se - 1) < 1e-9)
  result[[labels[i]]] <- out
}
result$version <- paste("R", getRversion(), "survey", packageVersion("survey"))
cat(toJSON(result, auto_unbox = TRUE, digits = NA, pretty = TRUE), "\n")
