# A register, and visits drawn by stratum and flag without replacement: rate and detection by R
# survey, and profile likelihood intervals by optimize and uniroot; for test_visits.py.
# Rscript visits.R > visits.json (seconds)
library(survey)
set.seed(7)
size <- 3000
left <- data.frame(stratum = rep(c("hill", "plain"), c(1000, 2000)))
fell <- rbinom(size, 1, ifelse(left$stratum == "hill", .15, .05))
left$flag <- rbinom(size, 1, ifelse(fell == 1, .4, .02))
left$cell <- paste(left$stratum, left$flag)
left$count <- as.numeric(table(left$cell)[left$cell])
take <- c("hill 0" = 150, "hill 1" = 40, "plain 0" = 200, "plain 1" = 30)
seen <- unlist(lapply(names(take), function(one) sample(which(left$cell == one), take[one])))
visited <- left[seen, ]
visited$poor <- fell[seen]
design <- svydesign(~1, strata = ~cell, fpc = ~count, data = visited)
rate <- svymean(~poor, design)
found <- svyratio(~I(flag * poor), ~poor, design)
both <- svyby(~poor, ~flag, design, svymean)
y <- rev(both$poor); v <- rev(both$se)^2              # the flagged first
n <- y * (1 - y) / v
share <- c(mean(left$flag), 1 - mean(left$flag))
loglik <- function(p) sum(n * (y * log(p) + (1 - y) * log(1 - p)))
drop <- qt(.975, nrow(visited) - 4)^2 / 2
tight <- function(f, ends) optimize(f, ends, maximum = TRUE, tol = 1e-12)$objective
over_rate <- function(r) tight(function(p) loglik(c(p, (r - share[1] * p) / share[2])),
                               c(max(1e-9, (r - share[2]) / share[1]), min(1 - 1e-9, r / share[1] - 1e-12)))
over_detection <- function(d) tight(function(r) loglik(c(d * r / share[1], (1 - d) * r / share[2])),
                                    c(1e-9, min(share[1] / d, share[2] / (1 - d)) - 1e-9))
over_false <- function(f) loglik(c(1 - f, y[2]))
ends <- function(over, at, low, high) {
  gap <- function(x) loglik(y) - over(x) - drop
  c(uniroot(gap, c(low, at), tol = 1e-12)$root, uniroot(gap, c(at, high), tol = 1e-12)$root)
}
json <- function(x) paste0("[", paste(format(x, digits = 15), collapse = ","), "]")
cells <- aggregate(poor ~ stratum + flag + count, visited, function(x) c(length(x), sum(x)))
rows <- with(cells, paste0('["', stratum, '",', flag, ",", count, ",", poor[, 1], ",", poor[, 2], "]"))
cat('{"cells":[', paste(rows, collapse = ","), '],\n"estimate":', json(c(coef(rate), coef(found), 1 - y[1])),
    ',\n"std_error":', json(c(SE(rate), SE(found), sqrt(v[1]))),
    ',\n"rate":', json(ends(over_rate, coef(rate), .02, .3)),
    ',\n"detection":', json(ends(over_detection, coef(found), .05, .95)),
    ',\n"false":', json(ends(over_false, 1 - y[1], .01, .9)), "}\n", sep = "")
