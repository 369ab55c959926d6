# Calibrated weights, two stages, lonely units and replicate weights: survey 4.1.1.
#   Rscript tests/reference/weights.R    # writes weights.json beside itself

suppressMessages({library(survey); library(jsonlite)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
table <- read.csv(file.path(here, "design.csv"))
table$poor <- as.numeric(table$income < 2300)
table$gap <- ifelse(table$poor == 1, 1 - table$income / 2300, 0)
table$third <- factor(table$psu %% 3)
table$half <- factor(seq_len(nrow(table)) %% 2)
table$place <- seq_len(nrow(table)) %% 5
design <- svydesign(~psu, strata = ~stratum, weights = ~weight, data = table, nest = TRUE)
whole <- sum(table$weight)
thirds <- whole * c(.3, .45, .25)
halves <- whole * c(.55, .45)
told <- function(x) list(estimate = unname(coef(x)), error = unname(SE(x)))
by <- function(x) list(estimate = unname(coef(x)), error = unname(SE(x)))

answers <- list()
calibrated <- list(
  raking = calibrate(design, ~ third + half, c(whole, thirds[2:3], halves[2]), calfun = "raking", epsilon = 1e-12, maxit = 100),
  linear = calibrate(design, ~ third + half, c(whole, thirds[2:3], halves[2])),
  logit = calibrate(design, ~ third + half, c(whole, thirds[2:3], halves[2]), calfun = "logit", bounds = c(.2, 3), epsilon = 1e-12, maxit = 100)
)
for (name in names(calibrated)) {
  one <- calibrated[[name]]
  answers$calibrated[[name]] <- list(
    headcount = told(svymean(~poor, one)),
    gap = told(svymean(~gap, one)),
    poor = told(svytotal(~poor, one)),
    kept = told(svymean(~poor, subset(one, place > 1))),
    by = by(svyby(~poor, ~place, one, svymean)),
    regression = told(svyglm(income ~ poor + place, one))
  )
}

# Two stages: schools of districts, and a made-up table with units of the second stage of several rows.
data(api)
two <- svydesign(id = ~ dnum + snum, fpc = ~ fpc1 + fpc2, data = apiclus2)
answers$two_stages <- list(
  mean = told(svymean(~api00, two)), total = told(svytotal(~api.stu, two)),
  kept = told(svymean(~api00, subset(two, stype == "E"))),
  by = by(svyby(~api00, ~awards, two, svymean)),
  regression = told(svyglm(api00 ~ ell, two)),
  calibrated = told(svymean(~api00, calibrate(two, ~stype, c(6194, 755, 1018))))
)
n <- 240
nested <- data.frame(stratum = rep(1:2, each = 120), village = rep(1:12, each = 20), household = rep(1:60, each = 4))
nested$villages <- ifelse(nested$stratum == 1, 30, 40)
nested$households <- 20 + nested$village
nested$y <- (nested$village * 7 + nested$household * 13 + seq_len(n) * 5) %% 23
nested$w <- nested$villages / 6 * nested$households / 5
deep <- svydesign(id = ~ village + household, strata = ~ stratum, fpc = ~ villages + households, weights = ~w, data = nested)
answers$nested <- list(mean = told(svymean(~y, deep)), total = told(svytotal(~y, deep)))
write.csv(nested, file.path(here, "weights.csv"), row.names = FALSE)

# Lonely units.
table$alone <- ifelse(table$psu == 1 & table$stratum == "s0", "lonely", table$stratum)
for (rule in c("average", "certainty", "remove")) {
  options(survey.lonely.psu = rule)
  one <- svydesign(~psu, strata = ~alone, weights = ~weight, data = table, nest = TRUE)
  answers$lonely[[rule]] <- list(mean = told(svymean(~poor, one)), total = told(svytotal(~poor, one)))
}
options(survey.lonely.psu = "fail")

# Replicates made of the design, and calibrated each.
jkn <- as.svrepdesign(design, type = "JKn", mse = TRUE)
answers$replicates <- list(
  JKn = told(svymean(~poor, jkn)),
  raked = told(svymean(~poor, calibrate(jkn, ~ third + half, c(whole, thirds[2:3], halves[2]), calfun = "raking", epsilon = 1e-12, maxit = 100)))
)
answers$population <- whole
writeLines(toJSON(answers, digits = NA, auto_unbox = TRUE), file.path(here, "weights.json"))
