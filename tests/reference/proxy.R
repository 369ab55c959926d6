# Oracle for test_proxy.py: Rscript proxy.R (seconds), which writes proxy.json beside this script
# R survey (Lumley) on design.csv and indicators.csv: coefficients of svyglm with errors of the
# design; predictions of each province by a model of the others; R2 out of it, by svycontrast.
library(survey)
library(jsonlite)
d <- cbind(read.csv("design.csv"), read.csv("indicators.csv")[, -1])
d$poor <- as.numeric(d$income < 2300)
designs <- list(full = svydesign(~psu, strata = ~stratum, weights = ~weight, nest = TRUE, data = d),
                rows = svydesign(~1, strata = ~stratum, weights = ~weight, data = d))
told <- function(fit) list(estimate = unname(coef(fit)), se = unname(SE(fit)))
left <- function(fit_of) {
  made <- numeric(nrow(d))
  for (one in unique(d$province)) {
    here <- d$province == one
    made[here] <- predict(fit_of(d[!here, ]), d[here, ], type = "response")
  }
  made
}
linear <- log(income) ~ schooling + water + fuel + health; logit <- poor ~ schooling + water + fuel + health
d$out <- left(function(t) lm(linear, t, weights = weight))
chance <- left(function(t) suppressWarnings(glm(logit, quasibinomial, t, weights = weight, epsilon = 1e-14)))
d$y <- log(d$income); d$yy <- d$y^2; d$ee <- (d$y - d$out)^2; d$one <- 1; d$gap <- d$y - d$out
result <- list()
for (name in names(designs)) {
  s <- update(designs[[name]], y = d$y, yy = d$yy, ee = d$ee, one = 1, gap = d$gap, out = d$out)
  r2 <- svycontrast(svytotal(~one + y + yy + ee, s), quote(1 - ee / (yy - y^2 / one)))
  slope <- svyglm(y ~ out, s)
  m <- svymean(~gap, s)
  result[[name]] <- list(
    ols = told(svyglm(linear, s)), logit = told(svyglm(logit, s, family = quasibinomial, epsilon = 1e-14)),
    r2 = list(estimate = unname(coef(r2)), se = c(SE(r2))), intercept = list(estimate = unname(coef(m)), se = SE(m)[[1]]),
    slope = list(estimate = coef(slope)[[2]], se = SE(slope)[[2]])
  )
}
result$out <- d$out[1:12]; result$chance <- chance[1:12]
result$version <- paste("R", getRversion(), "survey", packageVersion("survey"))
write_json(result, "proxy.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
