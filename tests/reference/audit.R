# Oracle for test_audit.py and test_quality.py: Rscript audit.R > audit.json (seconds)
# R survey (Lumley) on design.csv beside this script. Korn-Graubard: svyciprop(method = "beta").
# Clopper-Pearson: binom.test. Digits: Rao and Scott's second order from svymean. Exit audit and
# spike ratio: svycontrast, which applies the delta method by itself.
library(survey)
library(jsonlite)
d <- read.csv("design.csv")
d$poor <- as.numeric(d$income < 2300)
d$rare <- as.numeric(d$income < 700)
designs <- list(
  full = svydesign(~psu, strata = ~stratum, weights = ~weight, nest = TRUE, data = d),
  rows = svydesign(~1, strata = ~stratum, weights = ~weight, data = d),
  clusters = svydesign(~psu, weights = ~weight, data = d),
  simple = svydesign(~1, weights = ~weight, data = d)
)
result <- list(beta = list(), binom = list(), digits = list())
for (name in names(designs)) {
  for (column in c("poor", "rare")) {
    for (level in c(.9, .95)) {
      found <- svyciprop(reformulate(column), designs[[name]], method = "beta", level = level)
      result$beta <- c(result$beta, list(list(
        design = name, column = column, level = level, estimate = found[[1]],
        variance = as.numeric(attr(found, "var")), ci = unname(attr(found, "ci")),
        n = nrow(d), df = degf(designs[[name]])
      )))
    }
  }
}
for (pair in list(c(0, 149), c(1, 60), c(3, 1000), c(57, 60), c(60, 60), c(950, 1000))) {
  two <- binom.test(pair[1], pair[2])$conf.int
  result$binom <- c(result$binom, list(list(
    found = pair[1], n = pair[2], two = c(two),
    high = binom.test(pair[1], pair[2], alternative = "less")$conf.int[2],
    low = binom.test(pair[1], pair[2], alternative = "greater")$conf.int[1]
  )))
}
d$digit <- factor(floor(d$income) %% 10, levels = 0:9)
for (name in c("clusters", "simple")) {
  plain <- if (name == "simple") svydesign(~1, weights = ~1, data = d) else
    svydesign(~psu, weights = ~1, data = d)
  share <- svymean(~digit, plain)
  lambda <- eigen(nrow(d) * vcov(share) / .1)$values
  statistic <- nrow(d) * sum((coef(share) - .1)^2) / .1
  scale <- sum(lambda^2) / sum(lambda)
  df <- sum(lambda)^2 / sum(lambda^2)
  result$digits[[name]] <- list(
    share = unname(coef(share)), se = unname(SE(share)), statistic = statistic / scale, df = df,
    p = pchisq(statistic / scale, df, lower.tail = FALSE)
  )
}
# The exit audit: province A is outside the register, B has exited, C is still listed; errors are
# the poor; households have 1 to 5 persons. 50,000 persons, 1,000 remaining, 9,000 exited.
d$size <- (seq_len(nrow(d)) - 1) %% 5 + 1
d$outside <- d$size * (d$province == "A")
d$exited <- d$size * (d$province == "B")
d$omitted <- d$outside * d$rare
d$wrong <- d$exited * d$rare
d$content <- as.numeric(d$income > 1000)
design <- svydesign(~psu, strata = ~stratum, weights = ~weight, nest = TRUE, data = d)
sums <- svytotal(~omitted + outside + wrong + exited, design)
rates <- list(
  omission = quote(omitted / outside), wrong_exit = quote(wrong / exited),
  composite = quote(.02 + .8 * omitted / outside + .18 * wrong / exited)
)
result$audit <- lapply(rates, function(rate) {
  found <- svycontrast(sums, rate)
  c(coef(found)[[1]], SE(found)[[1]])
})
content <- svymean(~content, design)
result$audit$approval <- c(coef(content)[[1]], SE(content)[[1]])
# Spike ratio: the poor leave, 2019 is the deadline.
clusters <- svydesign(~psu, weights = ~1, data = d)
rates <- svyby(~poor, ~year, clusters, svymean, covmat = TRUE)
spike <- svycontrast(rates, quote(`2019` / `2011`))
result$spike <- list(
  rates = unname(coef(rates)), se = unname(SE(rates)),
  ratio = coef(spike)[[1]], ratio_se = SE(spike)[[1]]
)
cat(toJSON(result, digits = NA, auto_unbox = TRUE, pretty = TRUE), "\n")
