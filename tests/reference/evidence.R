# Oracle for test_evidence.py: Rscript evidence.R (writes evidence.json; seconds)
# R metafor (Viechtbauer) on the BCG trials of metadat and on effects typed from Harrer et al. (2021);
# posteriors by adaptive integration in two dimensions of the unreduced likelihood.
suppressMessages({library(metafor); library(jsonlite)})
tight <- list(threshold = 1e-14, maxiter = 10000, tol = 1e-14)
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
third <- data.frame(
  yi = c(0.7091362, 0.3548641, 1.7911700, 0.1824552, 0.4218509, 0.6300000, 0.7248838, 0.5286638,
         0.2840000, 1.2750682, 0.1036082, 0.3883906, 0.5407398, 0.4261593, 0.5153969, 1.4797260,
         0.6125782, 0.6000000),
  sei = c(0.2608202, 0.1963624, 0.3455692, 0.1177874, 0.1448128, 0.1960000, 0.2246641, 0.2104609,
          0.1680000, 0.3371997, 0.1947275, 0.2307689, 0.2443133, 0.2579379, 0.3512737, 0.3152817,
          0.2266834, 0.2490000))
third$vi <- third$sei^2
alike <- data.frame(yi = c(0.10, 0.12, 0.09, 0.11), vi = c(0.05, 0.04, 0.08, 0.06)^2)
five <- data.frame(yi = c(0.1, 0.3, 0, 0.2, 0.4), vi = c(0.08, 0.1, 0.1, 0.05, 0.15)^2)
sets <- list(bcg = bcg, third = third, alike = alike, five = five)
fit <- function(d, method) {
  r <- rma(yi, vi, data = d, method = method, test = "adhoc", control = tight)
  hk <- rma(yi, vi, data = d, method = method, test = "knha", control = tight)
  p <- predict(r)
  half <- qt(0.975, r$k - 2) * sqrt(r$se^2 + r$tau2)
  one <- list(estimate = r$b[1], se = r$se, ci = c(r$ci.lb, r$ci.ub), se_unmodified = hk$se,
              tau2 = r$tau2, q = r$QE, q_p = r$QEp,
              new = c(r$b[1] - half, r$b[1] + half))
  if (method == "REML") {
    tau <- confint(rma(yi, vi, data = d, control = tight),
                   control = list(tol = 1e-12, maxiter = 10000))$random["tau", 2:3]
    left <- leave1out(r)
    one$tau_ci <- unname(tau)
    one$leave <- list(estimate = left$estimate, se = left$se, tau2 = left$tau2)
  }
  one
}
out <- lapply(sets, function(d) sapply(c("REML", "PM", "DL"), fit, d = d, simplify = FALSE))
out$data <- lapply(sets, function(d) list(yi = as.numeric(d$yi), sei = sqrt(as.numeric(d$vi))))

# Posterior: nothing is integrated in closed form here.
posterior <- function(d, m, s, tau_density) {
  parts <- function(g, cuts) sum(sapply(seq_len(length(cuts) - 1), function(i)
    integrate(g, cuts[i], cuts[i + 1], rel.tol = 1e-10, subdivisions = 2000)$value))
  whole <- function(h) parts(function(tau) sapply(tau, function(u) {
    inner <- function(mu) sapply(mu, function(x)
      h(x, u) * dnorm(x, m, s) * exp(sum(dnorm(d$yi, x, sqrt(d$vi + u^2), log = TRUE))))
    parts(inner, c(m - 12 * s, 0, 0.3, m + 12 * s)) * tau_density(u)
  }), c(0, 0.05, 0.2, 1, 5, Inf))
  z <- whole(function(x, u) 1)
  mean <- function(f) whole(f) / z
  mu <- mean(function(x, u) x); tau <- mean(function(x, u) u)
  list(mean = mu, sd = sqrt(mean(function(x, u) x^2) - mu^2),
       tau = tau, tau_sd = sqrt(mean(function(x, u) u^2) - tau^2),
       new_sd = sqrt(mean(function(x, u) x^2 + u^2) - mu^2),
       below_zero = mean(function(x, u) as.numeric(x < 0)),
       new_below_zero = mean(function(x, u) pnorm(0, x, u)))
}
out$posterior <- list(
  normal = posterior(five, 0, 0.2, function(u) 2 * dnorm(u, 0, 0.1)),
  cauchy = posterior(five, 0.05, 0.5, function(u) 2 * dcauchy(u, 0, 0.1)))
out$versions <- list(R = R.version.string, metafor = as.character(packageVersion("metafor")),
                     metadat = as.character(packageVersion("metadat")))
write_json(out, "evidence.json", auto_unbox = TRUE, digits = 15, pretty = TRUE)
