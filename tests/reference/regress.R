# Oracle for test_regress.py: Rscript regress.R (seconds), which writes regress.json beside this script
# R survey (Lumley) on design.csv, indicators.csv and replicates.csv: svyglm with errors of the design.
library(survey)
library(jsonlite)
options(survey.lonely.psu = "adjust")
d <- cbind(read.csv("design.csv"), read.csv("indicators.csv")[, -1])
d$poor <- as.numeric(d$income < 2300)
d$count <- d$schooling + d$water + d$fuel + d$health
d$lonely <- ifelse(d$stratum == "s4" & d$psu == 7, "alone", d$stratum)  # one unit by itself
r <- read.csv("replicates.csv")
designs <- list(
  full = svydesign(~psu, strata = ~stratum, weights = ~weight, fpc = ~units, nest = TRUE, data = d),
  units = svydesign(~psu, strata = ~stratum, weights = ~weight, nest = TRUE, data = d),
  rows = svydesign(~1, strata = ~stratum, weights = ~weight, data = d),
  weights = svydesign(~1, weights = ~weight, data = d),
  lonely = svydesign(~psu, strata = ~lonely, weights = ~weight, nest = TRUE, data = d),
  jackknife = svrepdesign(weights = ~weight, repweights = r[, grep("JK", names(r))], type = "other", scale = 1,
                          rscales = rep(11 / 12, 60), mse = TRUE, data = d),
  bootstrap = svrepdesign(weights = ~weight, repweights = r[, grep("boot", names(r))], type = "other", scale = 1 / 100, rscales = rep(1, 100), mse = TRUE, data = d))
designs$subpopulation <- subset(designs$full, province != "B")
told <- function(fit) list(term = names(coef(fit)), estimate = unname(coef(fit)), covariance = unname(vcov(fit)))
models <- function(s) {
  linear <- svyglm(log(income) ~ factor(year) * schooling + water + units, s)
  test <- regTermTest(linear, ~factor(year):schooling + water, method = "Wald")
  list(
    linear = c(told(linear), list(chisq = c(test$Ftest) * test$df)),
    logit = told(svyglm(poor ~ factor(year) + schooling + fuel, s, family = quasibinomial, epsilon = 1e-300, maxit = 60)),
    probit = told(svyglm(poor ~ factor(year) + schooling + fuel, s, family = quasibinomial("probit"), epsilon = 1e-300, maxit = 60)),
    poisson = told(svyglm(count ~ factor(year) + log(income), s, family = quasipoisson, epsilon = 1e-300, maxit = 60)))
}
result <- lapply(designs, models)
result$df <- lapply(designs, degf)
result$absorbed <- told(svyglm(log(income) ~ schooling + water + factor(paste(stratum, psu)) + factor(year), designs$full))
result$version <- paste("R", getRversion(), "survey", packageVersion("survey"))
write_json(result, "regress.json", digits = NA, auto_unbox = TRUE, pretty = FALSE)
