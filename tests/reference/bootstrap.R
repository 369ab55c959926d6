# Oracle for tests of measures without a linearised variance: Rscript bootstrap.R > bootstrap.json
# (half a minute). Rescaled bootstrap of Rao and Wu (1988), 10,000 replicates, on sample.csv
# beside this script. In every replicate and stratum n - 1 of the n PSUs are drawn with
# replacement; the weight of a row is multiplied by n / (n - 1) times the draws of its PSU.
# Drawn here as as.svrepdesign(type = "subbootstrap") of R survey does, but applied in blocks of
# replicates, in base R; the first replicates are held against plain definitions (below), and
# standard errors of means against R survey.
#
# Lines: relative = 60 % of the median of the sample at hand (estimated anew in each replicate);
# *_fixed = 2300. Poor: income below the line. Quantile: least income whose cumulative share of
# weight is >= p - 1e-12. Year 1 is 2011, year 2 is 2019. *_year1, *_year2: line 60 % of the median
# of that year. Growth incidence and growth decompositions: year 2 against year 1, line 2300.
library(survey)
library(jsonlite)
set.seed(20162)
replicates <- 10000
block <- 250
fixed <- 2300
d <- read.csv("sample.csv")
d <- d[order(d$income), ] # sorted once: replicates change the weights alone
points <- c(.1, .25, .5, .75, .9)
tenths <- (1:9) / 10
orders <- c("headcount", "gap", "severity")

# --- the fast way: one column per replicate ------------------------------------------------------

cumulate <- function(x) apply(x, 2, cumsum)

# What all measures need of a group of rows (kept in the order of income): cumulative sums
sums <- function(weight, rows = TRUE) {
  w <- weight[rows, , drop = FALSE]
  y <- d$income[rows]
  n <- cumulate(w)
  list(w = w, y = y, n = n, y1 = cumulate(w * y), y2 = cumulate(w * y^2), size = n[nrow(n), ])
}

# Cell k[i] of column i; 0 if k[i] is 0
cell <- function(x, k) ifelse(k > 0, x[cbind(pmax(k, 1), seq_along(k))], 0)

quantile_of <- function(s, p) {
  s$y[colSums(s$n < rep((p - 1e-12) * s$size, each = nrow(s$n))) + 1]
}

mean_income <- function(s) s$y1[nrow(s$y1), ] / s$size

# Headcount ratio, poverty gap, severity; `line` is a number or one per replicate
poverty <- function(s, line) {
  line <- rep_len(line, ncol(s$w))
  k <- findInterval(line, s$y, left.open = TRUE) # rows with income < line
  n <- cell(s$n, k)
  y1 <- cell(s$y1, k) / line
  y2 <- cell(s$y2, k) / line^2
  list(headcount = n / s$size, gap = (n - y1) / s$size, severity = (n - 2 * y1 + y2) / s$size)
}

gini <- function(s) {
  (2 * colSums(s$w * s$y * s$n) - colSums(s$w^2 * s$y)) / (s$size * s$y1[nrow(s$y1), ]) - 1
}

# Sen-Shorrocks-Thon: mean gap times (1 + Gini of gaps); gaps ascend where incomes descend
sst <- function(s, line) {
  line <- rep_len(line, ncol(s$w))
  k <- findInterval(line, s$y, left.open = TRUE)
  above <- rep(s$size, each = nrow(s$n)) - s$n + s$w # weight of this row and all richer ones
  gaps <- function(x) cell(cumulate(x), k) - cell(cumulate(x * s$y), k) / line # sum of x * gap
  total <- gaps(s$w)
  inequality <- (2 * gaps(s$w * above) - gaps(s$w^2)) / (s$size * total) - 1
  total / s$size * (1 + inequality)
}

# Sum of w * x over the poorest share p, the row that is cut counted in part; `sum_x` is the
# cumulative sum of w * x, `x` the value of each row
poorest <- function(s, p, sum_x, x) {
  target <- p * s$size
  k <- pmin(colSums(s$n < rep(target, each = nrow(s$n))) + 1, nrow(s$n))
  cell(sum_x, k) - (cell(s$n, k) - target) * x[k]
}

lorenz <- function(s, p) poorest(s, p, s$y1, s$y) / s$y1[nrow(s$y1), ]

s80s20 <- function(s) {
  upto <- function(value) cell(s$y1, findInterval(value, s$y)) # sum of w * y of y <= value
  (s$y1[nrow(s$y1), ] - upto(quantile_of(s, .8))) / upto(quantile_of(s, .2))
}

average <- function(s, x) colSums(s$w * x) / s$size

put <- function(names, values) setNames(values, names)

# All statistics, one list entry each, one value per column of `weight`
measure <- function(weight) {
  s <- sums(weight)
  y <- s$y
  mean_y <- mean_income(s)
  line <- .6 * quantile_of(s, .5)
  out <- c(
    list(
      gini = gini(s), s80s20 = s80s20(s),
      mld = log(mean_y) - average(s, log(y)),
      theil = average(s, y * log(y)) / mean_y - log(mean_y),
      `ge(2)` = (average(s, y^2) / mean_y^2 - 1) / 2,
      `atkinson(0.5)` = 1 - average(s, sqrt(y))^2 / mean_y,
      `atkinson(1)` = 1 - exp(average(s, log(y))) / mean_y,
      `atkinson(2)` = 1 - 1 / (average(s, 1 / y) * mean_y),
      mean = mean_y, median = quantile_of(s, .5), line = line
    ),
    poverty(s, line),
    put(paste0(orders, "_fixed"), poverty(s, fixed)),
    list(sst = sst(s, line), sst_fixed = sst(s, fixed)),
    put(paste0("quantile(", points, ")"), lapply(points, function(p) quantile_of(s, p)))
  )
  curve <- lapply(tenths, function(p) lorenz(s, p))
  out <- c(out, put(paste0("lorenz(", tenths, ")"), curve))
  ends <- c(list(0), curve[c(2, 4, 6, 8)], list(1))
  out <- c(out, put(paste0("share(", 1:5, ")"), lapply(1:5, function(i) ends[[i + 1]] - ends[[i]])))
  gap <- pmax(0, 1 - y / fixed)
  below <- cumulate(s$w * gap)
  depths <- c(.1, .2, .3, .5)
  tips <- lapply(depths, function(p) poorest(s, p, below, gap) / s$size)
  out <- c(out, put(paste0("tip(", depths, ")"), tips))
  for (province in c("A", "B", "C")) {
    part <- sums(weight, d$province == province)
    end <- paste0("_", tolower(province))
    out <- c(out, put(paste0(orders, end), poverty(part, line)))
    out <- c(out, put(paste0(c("gini", "s80s20"), end), list(gini(part), s80s20(part))))
  }
  old <- sums(weight, d$year == 2011)
  new <- sums(weight, d$year == 2019)
  mean_old <- mean_income(old)
  mean_new <- mean_income(new)
  line_old <- .6 * quantile_of(old, .5)
  line_new <- .6 * quantile_of(new, .5)
  out <- c(
    out, list(mean_year1 = mean_old, mean_year2 = mean_new, line_year1 = line_old,
      line_year2 = line_new),
    put(paste0(orders, "_year1"), poverty(old, line_old)),
    put(paste0(orders, "_year2"), poverty(new, line_new))
  )
  for (name in orders) {
    out[[paste0(name, "_difference")]] <-
      out[[paste0(name, "_year2")]] - out[[paste0(name, "_year1")]]
  }
  growth <- lapply(points, function(p) log(quantile_of(new, p) / quantile_of(old, p)))
  out <- c(out, put(paste0("gic(", points, ")"), growth))
  # Incomes scaled to another mean, line kept = incomes kept, line scaled the other way
  p00 <- poverty(old, fixed)
  p11 <- poverty(new, fixed)
  p10 <- poverty(old, fixed * mean_old / mean_new) # mean of year 2, Lorenz curve of year 1
  p01 <- poverty(new, fixed * mean_new / mean_old) # mean of year 1, Lorenz curve of year 2
  for (name in orders) {
    a <- p00[[name]]
    b <- p11[[name]]
    g <- p10[[name]]
    r <- p01[[name]]
    parts <- list(
      total = b - a, dr_growth = g - a, dr_redistribution = r - a, dr_residual = b - g - r + a,
      shapley_growth = (g - a + b - r) / 2, shapley_redistribution = (r - a + b - g) / 2,
      fixed_year1 = a, fixed_year2 = b
    )
    names(parts) <- paste0(names(parts), "_", name)
    names(parts) <- sub("^fixed_(year.)_(.*)$", "\\2_fixed_\\1", names(parts))
    names(parts) <- sub("^total_", "dr_total_", names(parts))
    out <- c(out, parts)
  }
  do.call(cbind, out)
}

# --- the plain way: one vector of weights, definitions spelled out -------------------------------

plain <- function(w) {
  y <- d$income
  cut <- function(y, w, p) y[which(cumsum(w) / sum(w) >= p - 1e-12)[1]]
  mean_of <- function(x, w) sum(w * x) / sum(w)
  gini <- function(y, w) { # half the mean absolute difference over the mean
    y <- y[w > 0]
    w <- w[w > 0]
    sum(outer(w, w) * abs(outer(y, y, "-"))) / (2 * sum(w)^2 * mean_of(y, w))
  }
  ratio <- function(y, w) {
    sum((w * y)[y > cut(y, w, .8)]) / sum((w * y)[y <= cut(y, w, .2)])
  }
  fgt <- function(y, w, z) {
    gap <- ifelse(y < z, 1 - y / z, 0)
    low <- as.numeric(y < z)
    c(headcount = mean_of(low, w), gap = mean_of(gap, w), severity = mean_of(gap^2, w))
  }
  shortfall <- function(y, z) ifelse(y < z, 1 - y / z, 0)
  rate <- function(y, w, z) mean_of(shortfall(y, z), w) * (1 + gini(shortfall(y, z), w))
  upto <- function(x, w, p) { # each row in turn gives what is left of the share p
    take <- pmax(0, pmin(w, p * sum(w) - (cumsum(w) - w)))
    sum(take * x)
  }
  line <- .6 * cut(y, w, .5)
  old <- d$year == 2011
  new <- d$year == 2019
  fit <- function(rows, mean) y[rows] * mean / mean_of(y[rows], w[rows])
  m0 <- mean_of(y[old], w[old])
  m1 <- mean_of(y[new], w[new])
  b <- d$province == "B"
  a0 <- fgt(y[old], w[old], fixed)
  a1 <- fgt(y[new], w[new], fixed)
  grown <- fgt(fit(old, m1), w[old], fixed)
  spread <- fgt(fit(new, m0), w[new], fixed)
  year1 <- fgt(y[old], w[old], .6 * cut(y[old], w[old], .5))
  year2 <- fgt(y[new], w[new], .6 * cut(y[new], w[new], .5))
  out <- c(
    gini = gini(y, w), s80s20 = ratio(y, w), median = cut(y, w, .5), fgt(y, w, line),
    gini_b = gini(y[b], w[b]), s80s20_b = ratio(y[b], w[b]),
    headcount_b = fgt(y[b], w[b], line)[[1]], gap_b = fgt(y[b], w[b], line)[[2]],
    sst = rate(y, w, line), sst_fixed = rate(y, w, fixed),
    `quantile(0.1)` = cut(y, w, .1), `quantile(0.9)` = cut(y, w, .9),
    `lorenz(0.1)` = upto(y, w, .1) / sum(w * y), `lorenz(0.7)` = upto(y, w, .7) / sum(w * y),
    `share(3)` = (upto(y, w, .6) - upto(y, w, .4)) / sum(w * y),
    `tip(0.1)` = upto(shortfall(y, fixed), w, .1) / sum(w),
    `tip(0.5)` = upto(shortfall(y, fixed), w, .5) / sum(w),
    `gic(0.25)` = log(cut(y[new], w[new], .25) / cut(y[old], w[old], .25)),
    headcount_year1 = year1[[1]], severity_difference = year2[[3]] - year1[[3]]
  )
  add <- function(start, x) setNames(x, paste0(start, names(x)))
  c(
    out, add("dr_growth_", grown - a0), add("dr_redistribution_", spread - a0),
    add("dr_residual_", (a1 - a0) - (grown - a0) - (spread - a0)),
    add("shapley_growth_", (grown - a0 + a1 - spread) / 2),
    add("shapley_redistribution_", (spread - a0 + a1 - grown) / 2),
    # written the other way round than above: entropy as means of ratios to the mean
    mld = -mean_of(log(y / mean_of(y, w)), w),
    theil = mean_of(y / mean_of(y, w) * log(y / mean_of(y, w)), w),
    `ge(2)` = mean_of((y / mean_of(y, w))^2 - 1, w) / 2,
    `atkinson(0.5)` = 1 - mean_of((y / mean_of(y, w))^.5, w)^2,
    `atkinson(1)` = 1 - prod((y / mean_of(y, w))^(w / sum(w))),
    `atkinson(2)` = 1 - mean_of((y / mean_of(y, w))^-1, w)^-1
  )
}

# --- replicates ----------------------------------------------------------------------------------

unit <- paste(d$stratum, d$psu)
units <- unique(data.frame(unit, stratum = d$stratum))
# one row per PSU, one column per replicate: the factor of the weights
draw <- function(count) {
  factor <- matrix(0, nrow(units), count)
  for (rows in split(seq_len(nrow(units)), units$stratum)) {
    n <- length(rows)
    factor[rows, ] <- rmultinom(count, n - 1, rep(1 / n, n)) * n / (n - 1)
  }
  factor
}
place <- match(unit, units$unit)

check <- function(weight, values) {
  for (i in seq_len(ncol(weight))) {
    known <- plain(weight[, i])
    apart <- abs(known - values[i, names(known)]) / pmax(abs(known), 1e-3)
    if (any(apart > 1e-9)) stop(paste(names(known)[apart > 1e-9], collapse = " "))
  }
}

whole <- matrix(d$weight)
estimate <- measure(whole)
check(whole, estimate)
values <- matrix(NA_real_, replicates, ncol(estimate), dimnames = list(NULL, colnames(estimate)))
for (start in seq(1, replicates, block)) {
  weight <- d$weight * draw(block)[place, ]
  values[start - 1 + seq_len(block), ] <- measure(weight)
  if (start == 1) check(weight[, 1:5], values[1:5, ])
}
stopifnot(is.finite(values))
se <- apply(values, 2, sd)
# mean of the replicates less the estimate, in standard errors: what the bootstrap takes for bias
bias <- (colMeans(values) - estimate[1, ]) / se

# Linearised standard errors of R survey of what is a mean: the bootstrap must come close
d$low <- as.numeric(d$income < fixed)
d$gap <- pmax(0, 1 - d$income / fixed)
design <- svydesign(~psu, strata = ~stratum, weights = ~weight, nest = TRUE, data = d)
by_year <- svyby(~low, ~year, design, svymean, covmat = TRUE)
linearised <- c(
  mean = SE(svymean(~income, design))[[1]], headcount_fixed = SE(svymean(~low, design))[[1]],
  gap_fixed = SE(svymean(~gap, design))[[1]], headcount_fixed_year1 = SE(by_year)[[1]],
  headcount_fixed_year2 = SE(by_year)[[2]],
  dr_total_headcount = sqrt(c(-1, 1) %*% vcov(by_year) %*% c(-1, 1))[[1]]
)
stopifnot(abs(se[names(linearised)] / linearised - 1) < .03)

together <- c(
  "headcount", "gap", "severity", "headcount_a", "headcount_b", "headcount_c", "gap_b", "gap_c",
  "headcount_year1", "headcount_year2", "gini", "median", "mean", "sst", "lorenz(0.4)",
  "lorenz(0.8)", "dr_growth_headcount", "dr_redistribution_headcount"
)
result <- list(
  estimate = as.list(estimate[1, ]), se = as.list(se), bias_in_se = as.list(bias),
  linearised_se = as.list(linearised),
  covariance = list(names = together, matrix = unname(cov(values[, together]))),
  correlation = list(names = together, matrix = unname(cor(values[, together]))),
  replicates = replicates,
  version = paste("R", getRversion(), "survey", packageVersion("survey"))
)
cat(toJSON(result, auto_unbox = TRUE, digits = NA, pretty = TRUE), "\n")
