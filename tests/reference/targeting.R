# Oracle for test_targeting.py, test_latent.py: Rscript targeting.R > targeting.json (seconds)
# R survey (Lumley), vcd and pROC on design.csv and indicators.csv beside this script.
library(survey)
library(jsonlite)
suppressMessages({library(vcd); library(pROC)})
d <- cbind(read.csv("design.csv"), read.csv("indicators.csv"))
d$poor <- as.numeric(d$income < 2300)
d$listed <- d$water
d$aid <- ifelse(d$fuel == 1, 100 + d$row %% 7, 0)
d$assessor <- ifelse(d$housing == 1, "cadre", "visitor")
d$all <- 1
d$one <- factor(d$water)
d$two <- factor(d$fuel)
d$both <- d$listed * d$poor
d$wrong_in <- d$listed * (1 - d$poor)
d$wrong_out <- (1 - d$listed) * d$poor
d$unlisted <- 1 - d$listed
d$others <- 1 - d$poor
d$wrong <- d$wrong_in + d$wrong_out
d$to_others <- d$aid * d$others
d$to_poor <- d$aid * d$poor
designs <- list(
  full = svydesign(~psu, strata = ~stratum, weights = ~weight, nest = TRUE, data = d),
  rows = svydesign(~1, strata = ~stratum, weights = ~weight, data = d)
)
parts <- list(
  "inclusion error of the listed" = c("wrong_in", "listed"),
  "inclusion error of the not poor" = c("wrong_in", "others"),
  "exclusion error of the poor" = c("wrong_out", "poor"),
  "exclusion error of the not listed" = c("wrong_out", "unlisted"),
  "mistargeted" = c("wrong", "all"), "coverage" = c("listed", "all"), "poor" = c("poor", "all"),
  "leakage of transfers" = c("to_others", "aid")
)
result <- list()
for (name in names(designs)) {
  design <- designs[[name]]
  rates <- lapply(parts, function(p) {
    one <- svyratio(reformulate(p[1]), reformulate(p[2]), design)
    each <- svyby(reformulate(p[1]), ~province, design, svyratio, denominator = reformulate(p[2]))
    list(estimate = c(coef(one)), se = c(SE(one)), domain = unname(coef(each)),
         domain_se = unname(SE(each)))
  })
  sums <- svytotal(~both + listed + poor + all + to_poor + aid, design)
  ratio <- svycontrast(sums, quote((both / listed) / (poor / all)))
  money <- svycontrast(sums, quote((to_poor / aid) / (poor / all)))
  rates[["targeting ratio"]] <- list(estimate = c(coef(ratio)), se = c(SE(ratio)))
  rates[["targeting ratio of transfers"]] <- list(estimate = c(coef(money)), se = c(SE(money)))
  # difference of assessors, in the exclusion error of the poor, within provinces: all sums of
  # an assessor and a province as totals, then one expression
  places <- expand.grid(a = c("cadre", "visitor"), p = c("A", "B", "C"))
  for (i in seq_len(nrow(places))) {
    here <- d$assessor == places$a[i] & d$province == places$p[i]
    d[[paste0("out_", places$a[i], places$p[i])]] <- d$wrong_out * here
    d[[paste0("poor_", places$a[i], places$p[i])]] <- d$poor * here
  }
  design <- if (name == "full") {
    svydesign(~psu, strata = ~stratum, weights = ~weight, nest = TRUE, data = d)
  } else svydesign(~1, strata = ~stratum, weights = ~weight, data = d)
  columns <- grep("^(out|poor)_", names(d), value = TRUE)
  totals <- svytotal(reformulate(columns), design)
  text <- function(pattern) paste(sapply(c("A", "B", "C"), function(p) {
    value <- gsub("W", paste(paste0("poor_visitor", c("A", "B", "C")), collapse = "+"), pattern)
    value <- gsub("V", paste(paste0("poor_cadre", c("A", "B", "C")), collapse = "+"), value)
    gsub("@", p, value)
  }), collapse = " + ")
  r1 <- "out_visitor@/poor_visitor@"; r0 <- "out_cadre@/poor_cadre@"
  s1 <- "poor_visitor@/(W)"; s0 <- "poor_cadre@/(V)"
  composition <- text(sprintf("(%s-%s)*(%s+%s)/2", s1, s0, r1, r0))
  of_rates <- text(sprintf("(%s-%s)*(%s+%s)/2", r1, r0, s1, s0))
  made <- svycontrast(totals, list(composition = parse(text = composition)[[1]],
    rates = parse(text = of_rates)[[1]],
    difference = parse(text = paste(composition, "+", of_rates))[[1]]))
  kappa <- svykappa(~one + two, design)
  result[[name]] <- list(rates = rates,
    difference = list(estimate = c(coef(made)), se = c(SE(made))),
    kappa = list(estimate = c(coef(kappa)), se = c(SE(kappa))))
}
plain <- Kappa(table(d$water, d$fuel))$Unweighted
result$kappa <- list(estimate = plain[["value"]], se = plain[["ASE"]], n = nrow(d))
curve <- roc(d$poor, d$schooling + 2 * d$health + d$water, direction = "<", quiet = TRUE)
result$auc <- list(estimate = c(auc(curve)), se = sqrt(var(curve, method = "delong")))
# Hui and Walter by the maximum of the likelihood, on the tuberculin tests of their paper
counts <- rbind(c(14, 4, 9, 528), c(887, 31, 37, 367))
negative <- function(x) {
  q <- plogis(x); se <- q[1:2]; sp <- q[3:4]
  of <- function(one, two, prev) prev * dbinom(one, 1, se[1]) * dbinom(two, 1, se[2]) +
    (1 - prev) * dbinom(one, 1, 1 - sp[1]) * dbinom(two, 1, 1 - sp[2])
  p <- sapply(5:6, function(i) c(of(1, 1, q[i]), of(1, 0, q[i]), of(0, 1, q[i]), of(0, 0, q[i])))
  -sum(t(counts) * log(p))
}
start <- qlogis(c(.9, .9, .95, .95, .1, .6))
fit <- optim(start, negative, method = "BFGS", hessian = TRUE,
             control = list(reltol = 1e-15, maxit = 5000))
fit <- optim(fit$par, negative, method = "BFGS", hessian = TRUE, control = list(reltol = 1e-16))
q <- plogis(fit$par)
h <- optimHess(fit$par, negative, control = list(ndeps = rep(1e-4, 6)))
result$hui_walter <- list(estimate = q, se = sqrt(diag(solve(h))) * q * (1 - q))
result$version <- paste("R", getRversion(), "survey", packageVersion("survey"), "vcd", packageVersion("vcd"),
  "pROC", packageVersion("pROC"))
cat(toJSON(result, auto_unbox = TRUE, digits = NA, pretty = TRUE), "\n")
