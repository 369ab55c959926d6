# Oracle for test_checks.py and test_formula_curves.py: Rscript checks.R (in this folder; seconds)
# Reads relapse_rossi.csv; writes checks.json: curves, an offset, score tests of products with the log
# of the period, falls by race, and fits without each village.
suppressMessages({library(splines); library(jsonlite)})
d <- read.csv("relapse_rossi.csv")
p <- d[rep(seq_len(nrow(d)), d$exit), ]
p$k <- sequence(d$exit)
p$y <- as.numeric(p$event == 1 & p$k == p$exit)
tight <- glm.control(epsilon = 1e-14, maxit = 100)
g <- function(right, link) suppressWarnings(glm(as.formula(paste("y ~", right)), binomial(link), p, control = tight))
result <- list(R = R.version.string)
new <- data.frame(k = 1, age = c(18, 22.5, 35), prio = c(0, 3, 10), fin = "no", off = 0)
p$off <- p$prio / 10
for (link in c("cloglog", "logit")) {
  curve <- g("log(k) + bs(age, df = 4) + prio", link)
  power <- g("log(k) + poly(age, 2) + prio", link)
  inner <- quantile(unique(p$age), 1:2 / 3)
  natural <- suppressWarnings(glm(y ~ log(k) + ns(age, knots = inner) + prio, binomial(link), p, control = tight))
  shifted <- g("log(k) + age + offset(off)", link)
  out <- list(bs = unname(coef(curve)), poly = unname(coef(power)), offset = unname(coef(shifted)),
              bs_risk = unname(predict(curve, new, type = "response")),
              ns_risk = unname(predict(natural, new, type = "response")))
  fit <- g("factor(k) - 1 + fin + age + prio", link)
  e <- predict(fit)
  x <- model.matrix(fit)
  # score and observed information of each row, by symbolic derivatives
  ll <- if (link == "cloglog") deriv3(~ y * log(1 - exp(-exp(e))) - (1 - y) * exp(e), "e") else
    deriv3(~ y * e - log(1 + exp(e)), "e")
  got <- eval(ll, list(y = p$y, e = e))
  s <- attr(got, "gradient")[, 1]; w <- -attr(got, "hessian")[, 1, 1]
  bread <- solve(crossprod(x * w, x))
  n <- nrow(x); kk <- ncol(x); G <- length(unique(p$village))
  factor <- G / (G - 1) * (n - 1) / (n - kk)
  byv <- function(m) rowsum(m, p$village)
  covariates <- c("finyes", "age", "prio")
  tests <- function(j) {
    z <- x[, j, drop = FALSE] * log(p$k)
    beside <- crossprod(x * w, z)
    inside <- crossprod(z * w, z) - t(beside) %*% bread %*% beside
    u <- byv(z * s) - byv(x * s) %*% bread %*% beside
    total <- colSums(u)
    meat <- factor * crossprod(scale(u, scale = FALSE))  # around their mean
    list(step = unname(drop(solve(inside, total))), wald = drop(total %*% solve(meat) %*% total))
  }
  out$moves <- c(lapply(covariates, tests), list(tests(covariates)))
  # the same by a fit with the product
  for (one in c("age", "prio")) {
    full <- g(paste0("factor(k) - 1 + fin + age + prio + I(", one, " * log(k))"), link)
    out$product[[one]] <- unname(coef(full)[length(coef(full))])
  }
  h <- fitted(fit)
  steep <- if (link == "cloglog") exp(-exp(e)) * exp(e) else h * (1 - h)
  races <- sort(unique(p$race))
  marks <- sapply(races, function(r) as.numeric(p$race == r))
  slopes <- crossprod(marks * steep, x)
  left <- scale(byv(marks * (p$y - h)) - byv(x * s) %*% bread %*% t(slopes), scale = FALSE)
  out$races <- list(name = races, observed = unname(colSums(marks * p$y)), expected = unname(colSums(marks * h)),
                    error = unname(sqrt(factor * colSums(left^2))))
  cut <- c(sort(unique(p$village)))
  out$village <- cut
  out$without <- t(sapply(cut, function(v) {
    some <- suppressWarnings(glm(y ~ factor(k) - 1 + fin + age + prio, binomial(link), p[p$village != v, ], control = tight))
    coef(some)[covariates] - coef(fit)[covariates]
  }))
  result[[link]] <- out
}
write_json(result, "checks.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
