# Oracle for test_survey.py: Rscript laeken.R > laeken.json (a few seconds)
# R laeken, point estimates on design.csv beside this script; those under "sample": on sample.csv.
# Shares are in per cent. For information: laeken's own bootstrap (below).
library(laeken)
library(jsonlite)
by <- function(x, names) as.list(setNames(x, names))
pick <- function(x) {
  list(all = x$value, province = by(x$valueByStratum$value, x$valueByStratum$stratum))
}
# laeken's default median averages two values where the weights meet exactly; here they never do
point <- function(d) {
  list(
    gini = pick(gini(d$income, weights = d$weight, breakdown = d$province)),
    qsr = pick(qsr(d$income, weights = d$weight, breakdown = d$province)),
    arpt = arpt(d$income, weights = d$weight),
    arpr = pick(arpr(d$income, weights = d$weight, breakdown = d$province)),
    # (line - median income of the poor) / line, the line that of the whole sample
    rmpg = pick(rmpg(d$income, weights = d$weight, breakdown = d$province)),
    # by year, the line that of the year
    arpt_year = as.list(arpt(d$income, weights = d$weight, years = d$year)),
    arpr_year = as.list(arpr(d$income, weights = d$weight, years = d$year)$value)
  )
}
d <- read.csv("design.csv")
result <- point(d)
# laeken has no linearised variance. Its naive bootstrap draws as many primary sampling units of a
# stratum as there are (n of n, not rescaled: too small by (n - 1) / n, n = 12), the line estimated
# anew; it cuts incomes to whole numbers. No oracle: only the size is to be compared.
# It takes units for strata by place: levels must be in the order in which units come up.
unit <- paste(d$stratum, d$psu)
unit <- factor(unit, levels = unique(unit))
errors <- function(measure) {
  x <- variance(
    d$income, weights = d$weight, breakdown = d$province, design = factor(d$stratum),
    cluster = unit, indicator = measure, bootType = "naive",
    R = 1000, seed = 20162
  )
  list(all = sqrt(x$var[[1]]), province = by(sqrt(x$varByStratum$var), x$varByStratum$stratum))
}
result$naive_bootstrap_se <- list(
  arpr = errors(arpr(d$income, weights = d$weight, breakdown = d$province)),
  gini = errors(gini(d$income, weights = d$weight, breakdown = d$province)),
  qsr = errors(qsr(d$income, weights = d$weight, breakdown = d$province)),
  rmpg = errors(rmpg(d$income, weights = d$weight, breakdown = d$province))
)
result$sample <- point(read.csv("sample.csv"))
result$version <- paste("R", getRversion(), "laeken", packageVersion("laeken"))
cat(toJSON(result, auto_unbox = TRUE, digits = NA, pretty = TRUE), "\n")
