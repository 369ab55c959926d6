# Oracle for test_firth.py: Rscript firth.R (in this folder; minutes). Writes firth.json
# Estimates and errors of brglm2 (type "MPL_Jeffreys": the likelihood with Jeffreys' prior; of logit
# also "AS_mean", which is Firth's); top, ends and tests of the profile by nlminb on that likelihood
# (of cloglog brglm2 0.9 stops a little before the top).
suppressMessages({library(brglm2); library(jsonlite)})
tight <- list(epsilon = 1e-12, maxit = 1000)
profiled <- function(X, y, link, top) {
  family <- binomial(link)
  penalised <- function(b) {
    eta <- drop(X %*% b); mu <- pmin(pmax(family$linkinv(eta), 1e-15), 1 - 1e-15)
    w <- family$mu.eta(eta)^2 / (mu * (1 - mu))
    sum(y * log(mu) + (1 - y) * log1p(-mu)) + determinant(crossprod(X, w * X))$modulus[1] / 2
  }
  tightly <- list(rel.tol = 1e-14, x.tol = 1e-10, iter.max = 5000, eval.max = 5000)
  least <- function(start, f) {
    safe <- function(b) { v <- f(b); if (is.finite(v)) v else 1e10 }
    for (i in 1:3) { found <- nlminb(start, safe, control = tightly); start <- found$par }
    found
  }
  top <- least(top, function(b) -penalised(b))$par
  best <- penalised(top)
  at <- function(j, value) {
    rest <- top[-j]
    for (step in seq(0, 1, length.out = 6)[-1]) {  # on the way there, from one top to the next
      f <- function(x) { b <- top; b[j] <- top[j] + step * (value - top[j]); b[-j] <- x; -penalised(b) }
      found <- least(rest, f); rest <- found$par
    }
    best + found$objective
  }
  ends <- sapply(seq_along(top), function(j) {
    gap <- function(x) at(j, x) - qchisq(.95, 1) / 2
    side <- function(s) {
      far <- 0.5; while (gap(top[j] + s * far) < 0) far <- far * 2
      uniroot(function(x) gap(top[j] + s * x), c(0, far), tol = 1e-8)$root * s + top[j]
    }
    c(side(-1), side(1))
  })
  list(mode = top, low = ends[1, ], high = ends[2, ], top = best,
       p = sapply(seq_along(top), function(j) pchisq(2 * at(j, 0), 1, lower.tail = FALSE)))
}
one <- function(formula, d, link) {
  fit <- function(type) suppressWarnings(glm(formula, binomial(link), d, method = "brglmFit",
                                             type = type, control = tight))
  found <- fit("MPL_Jeffreys")
  X <- model.matrix(found); y <- found$y
  c(list(coef = unname(coef(found)), se = unname(sqrt(diag(vcov(found))))),
    if (link == "logit") list(firth = unname(coef(fit("AS_mean")))),
    profiled(X, y, link, unname(coef(found))))
}
cells <- data.frame(a = c("x", "x", "w", "w"), b = c("y", "z", "y", "z"), k = c(25, 35, 30, 0))
table <- cells[rep(1:4, each = 100), ]
table$event <- as.numeric(unlist(lapply(cells$k, function(k) seq_len(100) <= k)))
rossi <- read.csv("relapse_rossi.csv"); rossi <- rossi[1:60, ]
rossi$event[rossi$race == "other"] <- 0  # a level without events
width <- rossi$exit - rossi$entry
p <- rossi[rep(seq_len(nrow(rossi)), width), ]
p$k <- p$entry + sequence(width); p$event <- as.numeric(p$event == 1 & p$k == p$exit)
out <- list()
for (link in c("cloglog", "logit")) out[[link]] <- list(
  cells = one(event ~ a * b, table, link),
  rossi = one(event ~ log(k) + fin + I(age / 10) + race, p, link))
write_json(out, "firth.json", digits = 12, auto_unbox = TRUE, pretty = TRUE)
