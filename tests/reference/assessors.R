# Oracle for test_assessors.py and test_judged.py: Rscript assessors.R (seconds), which writes
# assessors.json beside this script.
# e1071: latent classes of four who say 0 or 1, by counts of patterns (best of 20 starts of lca).
# R survey (Lumley) on design.csv and indicators.csv: svyglm with a mark for each province.
library(e1071)
library(survey)
library(jsonlite)
counts <- c(426, 224, 21, 35, 125, 46, 34, 62, 71, 24, 41, 76, 25, 25, 99, 166)
patterns <- as.matrix(expand.grid(four = 0:1, three = 0:1, two = 0:1, one = 0:1))[, 4:1]
x <- patterns[rep(1:16, counts), ]
best <- NULL
for (seed in 1:20) {
  set.seed(seed)
  fit <- lca(x, 2, niter = 4000)
  if (is.null(best) || fit$logl > best$logl) best <- fit
}
poor <- which.max(rowSums(best$p))
d <- cbind(read.csv("design.csv"), read.csv("indicators.csv")[, -1])
s <- svydesign(~psu, strata = ~stratum, weights = ~weight, nest = TRUE, data = d)
fit <- svyglm(log(income) ~ schooling + water + factor(province), s)
write_json(list(
  counts = counts, share = best$classprob[poor], sensitivity = best$p[poor, ], specificity = 1 - best$p[-poor, ],
  log_likelihood = best$logl,
  judged = list(estimate = unname(coef(fit)[2:3]), se = unname(SE(fit)[2:3])),
  version = paste("R", getRversion(), "e1071", packageVersion("e1071"), "survey", packageVersion("survey"))
), "assessors.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
