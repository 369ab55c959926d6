# Oracle for the formulas of intervals, made data and all: Rscript formulas.R (in this folder).
# R 4.2.2, survey 4.1.1, survival 3.5-3. Writes formulas.csv, formulas_replicates.csv, formulas.json
suppressMessages({library(survey); library(survival); library(jsonlite)})
options(digits = 15)
set.seed(3); n <- 240
d <- data.frame(stratum = rep(1:2, c(100, 140)),
                psu = c(rep(1:8, length.out = 100), 8 + rep(1:11, length.out = 140)))
d$w <- round(exp(rnorm(n, 0, .6)) * ifelse(d$stratum == 1, 4, 1), 3)
d$x <- round(exp(rnorm(n, 9, .7) + rnorm(19, 0, .3)[d$psu]))
d$common <- as.numeric(d$x > quantile(d$x, .3)); d$rare <- as.numeric(runif(n) < .12)
d$idle <- ifelse(d$psu == 3, 0, d$w)  # a unit without weight
d$none <- ifelse(d$stratum == 1, 0, d$idle)  # and a stratum
x <- runif(n); fall <- rgeom(n, .05 + .15 * x) + 1; other <- rgeom(n, .06) + 1; lost <- rgeom(n, .12) + 1
d$time <- pmin(fall, other, lost); d$risk <- round(.1 + .6 * x, 3)
d$event <- ifelse(d$time == fall, "fell", ifelse(d$time == other, "moved", "censored"))
write.csv(d, "formulas.csv", row.names = FALSE)
design <- svydesign(~psu, strata = ~stratum, weights = ~w, data = d, nest = TRUE)
share <- function(name, method) {
  found <- svyciprop(as.formula(paste0("~", name)), design, method = method)
  list(estimate = as.numeric(found), se = as.numeric(SE(found)), low = confint(found)[[1]], high = confint(found)[[2]])
}
shares <- lapply(c(common = "common", rare = "rare"), function(v)
  lapply(c(logit = "logit", beta = "beta"), function(m) share(v, m)))
idle <- lapply(c(idle = "idle", none = "none"), function(v) {
  one <- svydesign(~psu, strata = ~stratum, weights = as.formula(paste0("~", v)), data = d, nest = TRUE)
  m <- svymean(~x, one); list(estimate = coef(m)[[1]], se = SE(m)[[1]], df = degf(one))
})
# Woodruff's: the values at both ends of the interval of p itself, on the logit scale, with the
# design effect of the share at or below the estimate (svyquantile of survey 4 takes the interval of
# that share instead, which is p where the estimate meets it).
places <- c(.25, .5, .75)
cut <- function(p) { o <- order(d$x); d$x[o][which(cumsum(d$w[o]) >= p * sum(d$w) - 1e-9)[1]] }
quantiles <- lapply(places, function(p) {
  q <- cut(p); d$below <- as.numeric(d$x <= q); m <- svymean(~below, update(design, below = as.numeric(x <= q)))
  se <- SE(m)[[1]] / sqrt(coef(m)[[1]] * (1 - coef(m)[[1]])) / sqrt(p * (1 - p))
  ends <- plogis(qlogis(p) + c(-1, 1) * qt(.975, degf(design)) * se)
  list(p = p, estimate = q, low = cut(ends[1]), high = cut(ends[2]))
})
kind <- factor(d$event, c("censored", "fell", "moved"))
curve <- summary(survfit(Surv(d$time, kind) ~ 1, weights = d$w, id = seq_len(n), robust = TRUE), times = 4)
r <- sapply(1:12, function(i) round(d$w * 10 * sample(c(1.7, 1, .3), n, TRUE) + rnorm(n, 0, 4)))
colnames(r) <- paste0("r", 1:12)
write.csv(r, "formulas_replicates.csv", row.names = FALSE)
made <- svrepdesign(weights = d$w * 10, repweights = r, type = "other", scale = 4 / 12, rscales = rep(1, 12),
                    mse = TRUE, combined.weights = TRUE, data = d)
m <- svymean(~x + rare, made); t <- svytotal(~x, made)
write_json(list(
  shares = shares, idle = idle, quantiles = quantiles,
  incidence = list(estimate = curve$pstate[1, 2], se = curve$std.err[1, 2]),
  negative = list(mean = unname(coef(m)), se = unname(SE(m)), total_se = SE(t)[[1]], df = degf(made), below = sum(r < 0))
), "formulas.json", digits = 12, auto_unbox = TRUE, pretty = TRUE)
