# Oracle for test_prediction.py and test_watch.py: Rscript warning.R (seconds)
# Writes warning.csv (made-up households) and warning.json. riskRegression without weights and
# late entry; survival, glm, survey and loops in base R for the rest.
suppressMessages({library(survival); library(survey); library(jsonlite); library(riskRegression)})
set.seed(7)
n <- 480; h <- 4
d <- data.frame(row = seq_len(n), psu = rep(1:48, each = 10))
d$stratum <- d$psu %% 4
village <- rnorm(48, 0, 0.4)[d$psu]
x <- rnorm(n)
d$risk <- round(pmin(pmax(plogis(-1 + 0.9 * x), 0.02), 0.95), 2)
hazard <- 1 - exp(-exp(-2.2 + 0.8 * x + village))
fell <- rgeom(n, hazard) + 1
lost <- sample(1:9, n, TRUE)
d$time <- pmin(fell, lost); d$event <- as.integer(fell <= lost)
d$entry <- ifelse(runif(n) < 0.3, sample(1:2, n, TRUE), 0)
d$weight <- round(runif(n, 1, 4), 3)
d$county <- c("A", "B")[1 + d$row %% 2]
d$income <- round(exp(8 - 0.4 * x + rnorm(n, 0, 0.5)), -2)
d$horizon <- h
d <- d[d$entry < d$time, ]
d$row <- seq_len(nrow(d))
write.csv(d, "warning.csv", row.names = FALSE)

# Weights at the horizon, from the risk sets of survfit.
ahead <- function(d, w) {
  fit <- survfit(Surv(d$entry, d$time, d$event) ~ 1, weights = w)
  sets <- summary(fit, times = 1:h, extend = TRUE)
  before <- c(1, sets$surv[-h])
  d$y <- as.numeric(d$event == 1 & d$time <= h)
  d$known <- d$y == 1 | d$time >= h
  at <- pmin(d$time, h)
  d$mass <- ifelse(d$known, w * before[at] / sets$n.risk[at], 0)
  d
}
area <- function(d) {
  top <- 0; bottom <- 0
  controls <- which(d$mass > 0 & d$y == 0)
  for (i in which(d$mass > 0 & d$y == 1)) {
    pairs <- d$mass[i] * d$mass[controls]
    win <- (d$risk[i] > d$risk[controls]) + 0.5 * (d$risk[i] == d$risk[controls])
    top <- top + sum(pairs * win); bottom <- bottom + sum(pairs)
  }
  top / bottom
}
slopes <- function(d, link) {
  k <- d[d$mass > 0, ]
  k$x <- if (link == "logit") qlogis(k$risk) else log(-log(1 - k$risk))
  k$m <- k$mass / mean(k$mass)
  family <- quasibinomial(link)
  exact <- glm.control(epsilon = 1e-14, maxit = 100)
  one <- glm(y ~ 1, offset = x, weights = m, data = k, family = family, control = exact)
  two <- glm(y ~ x, weights = m, data = k, family = family, control = exact)
  c(unname(coef(one)), unname(coef(two)[2]))
}
measures <- function(d, w, link = "logit") {
  d <- ahead(d, w)
  m <- d$mass; f <- sum(m * d$y); p <- sum(m * d$risk); b <- sum(m * (d$y - d$risk)^2)
  s <- slopes(d, link)
  c("observed risk" = f, "predicted risk" = p, "observed / predicted" = f / p,
    "calibration intercept" = s[1], "calibration slope" = s[2], brier = b,
    "scaled brier" = 1 - b / (f * (1 - f)), auc = area(d))
}
benefit <- function(d, w, p) {
  d <- ahead(d, w)
  gain <- function(on) sum(d$mass * on * d$y) - sum(d$mass * on * (1 - d$y)) * p / (1 - p)
  c(risk = gain(d$risk >= p), all = gain(rep(1, nrow(d))), rule = gain(d$income < 2500))
}
# The first share p by a score; those of one value are listed in part.
listed <- function(score, w, p) {
  part <- numeric(length(score)); left <- p * sum(w)
  for (s in sort(unique(score))) {
    here <- score == s
    part[here] <- min(1, left / sum(w[here])); left <- max(0, left - sum(w[here]))
  }
  part
}
lists <- function(d, w, p, line, threshold) {
  d <- ahead(d, w)
  own <- sum(w * (d$income < line)) / sum(w)
  result <- list()
  for (size in c("capacity", "rule")) for (name in c("risk", "official rule")) {
    score <- if (name == "risk") -d$risk else d$income
    part <- listed(score, w, if (size == "capacity") p else own)
    hit <- sum(d$mass * part * d$y); all <- sum(d$mass * part)
    result[[paste(size, name)]] <- c(
      coverage = if (size == "capacity") p else own, sensitivity = hit / sum(d$mass * d$y),
      "positive predictive value" = hit / all, "number needed to watch" = all / hit,
      "net benefit" = hit - (all - hit) * threshold / (1 - threshold))
  }
  result
}
result <- list(R = R.version.string,
  packages = sapply(c("survival", "survey", "riskRegression"), function(p) as.character(packageVersion(p))))
result$logit <- as.list(measures(d, d$weight))
result$cloglog <- as.list(measures(d, d$weight, "cloglog")[4:5])
for (c in c("A", "B")) {
  part <- d[d$county == c, ]
  result$county[[c]] <- as.list(measures(part, part$weight))
}
# Errors: jackknife of villages within strata, everything estimated anew in each.
design <- svydesign(~psu, strata = ~stratum, weights = ~weight, data = d, nest = TRUE)
jack <- as.svrepdesign(design, type = "JKn")
again <- withReplicates(jack, function(w, data) {
  kept <- w > 0
  measures(data[kept, ], w[kept])
})
result$se <- as.list(setNames(SE(again), names(result$logit)))
again <- withReplicates(jack, function(w, data) {
  kept <- w > 0
  benefit(data[kept, ], w[kept], 0.3)
})
result$benefit <- list(estimate = as.list(benefit(d, d$weight, 0.3)),
                       se = as.list(setNames(SE(again), c("risk", "all", "rule"))))
cuts <- c(0.15, 0.3, 0.5)
result$curve <- lapply(split(d, findInterval(d$risk, cuts, left.open = TRUE)), function(part) {
  k <- ahead(part, part$weight)
  c(predicted = sum(k$mass * k$risk),
    observed = 1 - summary(survfit(Surv(entry, time, event) ~ 1, weights = weight, data = part),
                           times = h)$surv)
})
result$lists <- lapply(lists(d, d$weight, 0.2, 2500, 0.3), as.list)
# riskRegression, no weights and no late entry. Who falls back in a period does so before those
# who are lost in it: half a period earlier; and who is last seen at the horizon is known there.
plain <- d[d$entry == 0, ]
plain$shifted <- plain$time - 0.5 * plain$event
score <- Score(list(model = matrix(plain$risk)), Surv(shifted, event) ~ 1, data = plain,
               times = h - 0.25, metrics = c("AUC", "Brier"), null.model = TRUE, cens.model = "km",
               se.fit = TRUE, conservative = FALSE, contrasts = FALSE)
brier <- as.data.frame(score$Brier$score); brier <- brier[brier$model == "model", ]
result$score <- list(auc = score$AUC$score$AUC, auc_se = score$AUC$score$se,
                     brier = brier$Brier, brier_se = brier$se)
# The naive ways: who was lost counts as out of poverty, or is left out.
lost <- ahead(d, d$weight)
result$naive <- list(as_out = weighted.mean(lost$y, d$weight),
                     left_out = weighted.mean(lost$y[lost$known], d$weight[lost$known]))
writeLines(toJSON(result, digits = NA, auto_unbox = TRUE, pretty = TRUE), "warning.json")
