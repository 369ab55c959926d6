# Oracle for test_trials.py: Rscript trials.R > trials.json (seconds)
# R clubSandwich (Pustejovsky), sandwich and estimatr on design.csv beside this script.
suppressMessages({library(clubSandwich); library(sandwich); library(estimatr); library(jsonlite)})
d <- read.csv("design.csv")
d$row <- seq_len(nrow(d))
d$village <- paste(d$stratum, d$psu)
number <- match(d$village, unique(d$village))
d$by_village <- as.numeric(number %% 3 == 0)
d$by_row <- as.numeric(d$row %% 2 == 0)
d$first <- as.numeric(d$province == d$province[1])
d$log_income <- log(pmax(d$income, 1))
d$lag <- 1000 * sin(d$row) + d$income / 2
clustered <- function(formula, contrast) {
  fit <- lm(formula, d)
  v <- vcovCR(fit, cluster = d$village, type = "CR2")
  one <- linear_contrast(fit, vcov = v, contrasts = matrix(contrast, 1), test = "Satterthwaite")
  list(estimate = one$Est, se = one$SE, df = one$df)
}
out <- list(
  versions = as.list(c(R = R.version.string, sapply(c("clubSandwich", "sandwich", "estimatr"),
    function(p) as.character(packageVersion(p))))),
  by_village = clustered(log_income ~ by_village, c(0, 1)),
  ancova = clustered(income ~ by_village + lag + weight, c(0, 1, 0, 0)),
  within = clustered(income ~ by_row + lag, c(0, 1, 0)),
  subgroup = clustered(income ~ by_village * first + lag, c(0, 0, 0, 0, 1)),
  first = clustered(income ~ by_village * first + lag, c(0, 1, 0, 0, 1)),
  fixed = clustered(income ~ by_row + factor(village), c(0, 1, rep(0, length(unique(d$village)) - 1)))
)
for (kind in c("HC1", "HC3")) {
  fit <- lm(income ~ by_row + lag, d)
  out[[kind]] <- list(estimate = coef(fit)[[2]], se = sqrt(vcovHC(fit, type = kind)[2, 2]))
}
e <- lm_robust(income ~ by_village + lag + weight, d, clusters = village, se_type = "CR2")
out$estimatr <- list(estimate = e$coefficients[[2]], se = e$std.error[[2]], df = e$df[[2]])
cat(toJSON(out, auto_unbox = TRUE, digits = 12, pretty = TRUE), "\n")
