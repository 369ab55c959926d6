# Cronbach's alpha, correlations with the rest, and their errors, by the R package survey: moments
# of the items with svymean, functions of them with svycontrast. Feldt's interval by its formula.
#
#     cd tests/reference && Rscript scales.R    # writes scales.csv and scales.json
suppressMessages(library(survey))
set.seed(5)
n <- 600
village <- rep(1:40, each = 15)
trait <- rnorm(n) + rnorm(40, 0, 0.6)[village]
cut5 <- function(x) as.integer(cut(x, c(-Inf, -1.2, -0.4, 0.4, 1.2, Inf)))
d <- data.frame(village, stratum = (village - 1) %/% 10, weight = round(runif(n, 1, 4), 2),
                q1 = cut5(trait + rnorm(n)), q2 = cut5(trait + rnorm(n)),
                q3 = cut5(0.6 * trait + rnorm(n)), q4 = cut5(-trait + 1.2 * rnorm(n)))
write.csv(d, "scales.csv", row.names = FALSE)
d$r4 <- 6 - d$q4
items <- c("q1", "q2", "q3", "r4")
moments <- function(names) {
  x <- as.matrix(d[names]); t <- rowSums(x)
  m <- cbind(x, x^2, t, t^2)
  colnames(m) <- c(names, paste0(names, "s"), "t", "t2")
  m
}
of_alpha <- function(names, design) {
  m <- moments(names)
  design$variables <- cbind(design$variables[c("village", "stratum", "weight")], m)
  found <- svymean(as.formula(paste("~", paste(colnames(m), collapse = "+"))), design)
  k <- length(names)
  top <- paste0("(", names, "s - ", names, "^2)", collapse = " + ")
  text <- sprintf("%d/%d * (1 - (%s) / (t2 - t^2))", k, k - 1, top)
  one <- svycontrast(found, parse(text = text)[[1]])
  c(as.numeric(coef(one)), as.numeric(SE(one)))
}
of_rest <- function(name, design) {
  rest <- rowSums(d[setdiff(items, name)])
  x <- d[[name]]
  m <- data.frame(x = x, y = rest, xx = x^2, yy = rest^2, xy = x * rest)
  design$variables <- cbind(design$variables[c("village", "stratum", "weight")], m)
  found <- svymean(~x + y + xx + yy + xy, design)
  one <- svycontrast(found, quote((xy - x * y) / sqrt((xx - x^2) * (yy - y^2))))
  c(as.numeric(coef(one)), as.numeric(SE(one)))
}
designs <- list(plain = svydesign(~1, data = d, weights = rep(1, n)),
                clustered = svydesign(~village, strata = ~stratum, weights = ~weight, data = d, nest = TRUE))
made <- lapply(designs, function(design) {
  list(alpha = of_alpha(items, design), rest = lapply(items, of_rest, design = design),
       without = lapply(items, function(one) of_alpha(setdiff(items, one), design)))
})
S <- cov(d[items])
k <- 4
value <- k / (k - 1) * (1 - sum(diag(S)) / sum(S))
# Feldt, Woodruff and Salih (1987), equation 2: an interval of a sample of normal answers.
feldt <- 1 - (1 - value) * qf(c(0.975, 0.025), n - 1, (n - 1) * (k - 1))
body <- c(
  sprintf("\"feldt\": [%.12f, %.12f, %.12f]", value, feldt[1], feldt[2]),
  sapply(names(made), function(one) {
    pair <- function(x) sprintf("[%.12f, %.12f]", x[1], x[2])
    sprintf("\"%s\": {\"alpha\": %s, \"rest\": [%s], \"without\": [%s]}", one, pair(made[[one]]$alpha),
            paste(sapply(made[[one]]$rest, pair), collapse = ", "),
            paste(sapply(made[[one]]$without, pair), collapse = ", "))
  }))
writeLines(c("{", paste0("  ", body, c(rep(",", length(body) - 1), "")), "}"), "scales.json")
