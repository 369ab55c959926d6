# Oracle for test_groups.py and test_joint_moves.py: Rscript groups.R > groups.json (a few seconds)
# R survey (Lumley), on design.csv beside this script: shares of categories and their covariances,
# Rao and Scott's tests (svychisq), subsets that keep the design, variances and quantiles of columns,
# and fifths by hand from svyquantile (xtile: x <= cut). On sample.csv, strata with three or more units.
library(survey)
library(jsonlite)
d <- read.csv("design.csv")
names_of <- c("low", "mid", "high", "top")
d$education <- cut(d$income * (1 + (d$psu %% 3) / 10), c(0, 1200, 2300, 4000, Inf), labels = names_of)
d$urban <- ifelse((d$psu + d$year) %% 2 == 0, "urban", "rural")
designs <- list(
  full = svydesign(~psu, strata = ~stratum, weights = ~weight, nest = TRUE, data = d),
  fpc = svydesign(~psu, strata = ~stratum, weights = ~weight, fpc = ~units, nest = TRUE, data = d),
  rows = svydesign(~1, strata = ~stratum, weights = ~weight, data = d),
  simple = svydesign(~1, weights = ~weight, data = d)
)
replicates <- read.csv("replicates.csv")
replicates <- replicates[grepl("^boot|^subboot|^bootstrap", names(replicates))]
designs$replicates <- svrepdesign(
  weights = ~weight, repweights = replicates, type = "bootstrap", combined.weights = TRUE,
  scale = 1 / ncol(replicates), rscales = rep(1, ncol(replicates)), mse = TRUE,
  data = d
)
tests <- function(design, formula) {
  f <- svychisq(formula, design, statistic = "F")
  chi <- svychisq(formula, design, statistic = "Chisq")
  list(
    F = unname(f$statistic), df = unname(f$parameter[1]), df_residual = unname(f$parameter[2]),
    p = unname(f$p.value), chi = unname(chi$statistic), chi_df = unname(chi$parameter),
    chi_p = unname(chi$p.value)
  )
}
moments <- function(design) {
  x <- svymean(~income + line, design)
  list(mean = unname(coef(x)), se = unname(SE(x)), total_se = unname(SE(svytotal(~income, design))))
}
result <- lapply(designs, function(design) {
  all <- svymean(~education, design)
  part <- svyby(~education, ~province, design, svymean)
  counts <- svytotal(~education, design)
  list(
    share = unname(coef(all)), cov = unname(vcov(all)),
    counts = unname(coef(counts)), counts_se = unname(SE(counts)),
    by = unname(as.matrix(part[, 2:5])), by_se = unname(as.matrix(part[, 6:9])),
    province = tests(design, ~education + province), year = tests(design, ~education + year),
    urban = moments(subset(design, urban == "urban")),
    poor = moments(subset(design, income < 2300 & province %in% c("A", "B"))),
    gini_free = moments(subset(design, !(year == 2019) | education == "top"))
  )
})
full <- designs$full
# R counts the units of a subset that have a row in it; povstudy all units of the strata (as by= does)
result$degf <- c(empty = degf(subset(full, urban == "urban")), whole = degf(subset(full, income < 4000)))
result$describe <- list(
  mean = coef(svymean(~income, full))[[1]], var = svyvar(~income, full)[1],
  quantiles = unname(svyquantile(~income, full, c(.25, .5, .75), qrule = "math")$income[, "quantile"])
)
result$fifths <- unlist(lapply(split(seq_len(nrow(d)), d$year), function(i) {
  part <- svydesign(~1, weights = ~weight, data = d[i, ])
  cuts <- svyquantile(~income, part, 1:4 / 5, qrule = "math")$income[, "quantile"]
  setNames(findInterval(d$income[i], cuts, left.open = TRUE) + 1, i)
}))
result$fifths <- unname(result$fifths[order(as.integer(sub(".*[.]", "", names(result$fifths))))])
# by arm: the difference of two domains, as svyglm of a mark has it
arm <- svyby(~income, ~year, full, svymean, covmat = TRUE)
gap <- svycontrast(arm, c(-1, 1))
result$arm <- list(difference = coef(gap)[[1]], se = SE(gap)[[1]])
# moves: joint shares of pairs of years, by the year of the first, of panel.csv
d <- read.csv("panel.csv")
d$to <- d$poor[match(paste(d$household, d$year + 1), paste(d$household, d$year))]
d$pair <- factor(2 * d$poor + d$to, levels = 0:3)
pairs <- subset(svydesign(~psu, strata = ~stratum, weights = ~weight, nest = TRUE, data = d), !is.na(to))
all <- svymean(~pair, pairs)
part <- svyby(~pair, ~year, pairs, svymean)
result$pairs <- list(
  share = unname(coef(all)), cov = unname(vcov(all)),
  by = unname(as.matrix(part[, 2:5])), by_se = unname(as.matrix(part[, 6:9]))
)
result$version <- paste("R", getRversion(), "survey", packageVersion("survey"))
cat(toJSON(result, auto_unbox = TRUE, digits = NA, pretty = FALSE), "\n")
