# Oracle for test_trial_arms.py: Rscript trial_arms.R > trial_arms.json (seconds)
# R's lm with a mark for each stratum on design.csv beside this script; sandwiches by their
# definitions, with n x n matrices (CR2 and Satterthwaite: Bell and McCaffrey 2002).
library(jsonlite)
d <- read.csv("design.csv")
d$row <- seq_len(nrow(d))
d$village <- paste(d$stratum, d$psu)
number <- match(d$village, unique(d$village))
words <- c("none", "administrative", "both")
d$by_village <- factor(words[number %% 3 + 1], words)
d$by_row <- factor(words[d$row %% 3 + 1], words)
d$lag <- 1000 * sin(d$row) + d$income / 2
d$lot <- paste(d$stratum, d$province)  # villages lie in several

root <- function(m) {
  e <- eigen((m + t(m)) / 2, symmetric = TRUE)
  v <- ifelse(e$values > 1e-9, 1 / sqrt(pmax(e$values, 1e-9)), 0)
  e$vectors %*% (v * t(e$vectors))
}
cr2 <- function(x, y, cluster, contrast) {
  inverse <- solve(crossprod(x))
  hat <- x %*% inverse %*% t(x)
  rest <- diag(nrow(x)) - hat
  e <- rest %*% y
  sums <- list(); v <- 0
  for (g in unique(cluster)) {
    at <- which(cluster == g)
    pull <- root(rest[at, at, drop = FALSE]) %*% x[at, , drop = FALSE] %*% inverse %*% contrast
    v <- v + sum(pull * e[at])^2
    sums[[g]] <- rest[, at, drop = FALSE] %*% pull
  }
  p <- crossprod(do.call(cbind, sums))
  list(estimate = sum(contrast * (inverse %*% crossprod(x, y))), se = sqrt(v),
       df = sum(diag(p))^2 / sum(p^2))
}
hc1 <- function(x, y, contrast) {
  inverse <- solve(crossprod(x))
  e <- y - x %*% inverse %*% crossprod(x, y)
  v <- inverse %*% crossprod(x * c(e)) %*% inverse * nrow(x) / (nrow(x) - ncol(x))
  list(estimate = sum(contrast * (inverse %*% crossprod(x, y))),
       se = sqrt(c(t(contrast) %*% v %*% contrast)), df = nrow(x) - ncol(x))
}
asked <- function(formula, arm, weights, cluster = NULL) {
  d$own <- weights
  environment(formula) <- environment()
  fit <- lm(formula, d, weights = own)
  x <- model.matrix(fit) * sqrt(weights)
  y <- model.response(model.frame(fit)) * sqrt(weights)
  of <- function(value) as.numeric(colnames(x) == paste0(arm, value))
  wanted <- list(administrative = of("administrative"), both = of("both"),
                 less = of("both") - of("administrative"))
  lapply(wanted, function(one) if (is.null(cluster)) hc1(x, y, one) else cr2(x, y, cluster, one))
}
ones <- rep(1, nrow(d))
out <- list(
  version = R.version.string,
  strata = asked(income ~ by_village + lag + factor(stratum), "by_village", ones, d$village),
  weighted = asked(income ~ by_village + lag + factor(stratum), "by_village", d$weight, d$village),
  crossed = asked(income ~ by_row + factor(lot), "by_row", d$weight, d$village),
  rows = asked(income ~ by_row + lag + factor(lot), "by_row", d$weight)
)
cat(toJSON(out, auto_unbox = TRUE, digits = 12, pretty = TRUE), "\n")
