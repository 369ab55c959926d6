# Oracle for test_dynamics.py: Rscript dynamics.R (seconds). Writes panel.csv (made up) and
# dynamics.json beside this script. R survey (Lumley): svyby and svyratio on pairs of rows of the
# whole design, units given by psu or, without it, by household. Jalan-Ravallion, Foster and the
# three steps of Chaudhuri, Jalan and Suryahadi are written out from their formulas in base R.
library(survey)
library(jsonlite)
set.seed(20167)
households <- 240
h <- data.frame(household = seq_len(households), stratum = rep(1:4, each = 60))
h$psu <- h$stratum * 100 + (seq_len(households) %% 7)
h$weight <- round(rgamma(households, 4, 2) + .2, 3)
h$schooling <- rpois(households, 6)
h$land <- round(rgamma(households, 2, 1), 2)
level <- rnorm(households, .05 * (h$schooling - 6) + rnorm(707, 0, .2)[h$psu], .3)
d <- do.call(rbind, lapply(2011:2015, function(year) {
  spread <- exp(rnorm(households, 0, .15 + .03 * h$land))
  cbind(h, year = year, income = round(2500 * exp(level) * spread, 2))
}))
d$aid <- as.integer(d$income < 2300 & runif(nrow(d)) < .6)
keep <- runif(nrow(d)) > .12 & !(d$household %% 5 == 0 & d$year %% 2 == 0)
d <- d[order(runif(nrow(d))), ][keep, ]
d$poor <- as.integer(d$income < 2300)
write.csv(d, "panel.csv", row.names = FALSE, quote = FALSE)

at <- function(offset) {
  d$poor[match(paste(d$household, d$year + offset), paste(d$household, d$year))]
}
d$now <- factor(d$poor, levels = 0:1)
designs <- function(data) list(
  psu = svydesign(~psu, strata = ~stratum, weights = ~weight, nest = TRUE, data = data),
  household = svydesign(~household, weights = ~weight, data = data)
)
pick <- function(found) {
  list(estimate = as.numeric(coef(found)), se = as.numeric(SE(found)))
}
result <- list(R = R.version.string, survey = as.character(packageVersion("survey")))

for (lag in 1:2) {
  d$to <- at(lag)
  for (name in names(designs(d))) {
    own <- subset(designs(d)[[name]], !is.na(to))
    both <- svyby(~to, ~now, own, svymean, covmat = TRUE)
    aid <- svyby(~to, ~ now + aid, own, svymean)
    result$transitions[[name]][[paste0("lag", lag)]] <- c(
      pick(both), list(cov = vcov(both)[1, 2], n = as.numeric(table(d$now[!is.na(d$to)])),
      aid = pick(aid), keys = paste(aid$now, aid$aid))
    )
  }
}

for (lag in 1:2) {
  d$again <- at(lag)
  d$left <- at(-1) == 1 & d$poor == 0 & !is.na(d$again)
  d$left[is.na(d$left)] <- FALSE
  for (name in names(designs(d))) {
    own <- subset(designs(d)[[name]], left)
    result$after_exit[[name]][[paste0("lag", lag)]] <-
      c(pick(svymean(~again, own)), list(n = sum(d$left)))
  }
}

# Denominators by a plain loop over rows
before <- at(-1)
two <- at(-2)
seen <- !is.na(before)
had_left <- sapply(seq_len(nrow(d)), function(i) {
  own <- d[d$household == d$household[i] & d$year < d$year[i], ]
  own <- own[order(own$year), ]
  poor_at <- own$year[own$poor == 1]
  length(poor_at) > 0 && any(own$poor == 0 & own$year > min(poor_at))
})
d$fell <- as.integer(d$poor == 1 & seen & before %in% 0 & had_left)
of <- list(
  "all who had left" = seen & had_left,
  "those who are out" = seen & had_left & before %in% 0,
  "last period's leavers" = seen & two %in% 1 & before %in% 0
)
for (name in names(designs(d))) {
  for (part in names(of)) {
    d$here <- of[[part]]
    own <- subset(designs(d)[[name]], here)
    result$relapse[[name]][[part]] <- c(pick(svymean(~fell, own)), list(n = sum(d$here)))
  }
}

# Chronic poverty, of households seen in every year; weight of the last row
last <- d[order(d$household, d$year), ]
last <- last[!duplicated(last$household, fromLast = TRUE), ]
wide <- sapply(2011:2015, function(year) {
  d$income[match(paste(last$household, year), paste(d$household, d$year))]
}) / 2300
last$complete <- rowSums(is.na(wide)) == 0
gap <- pmax(1 - wide, 0)
last$poverty <- rowMeans(gap^2)
last$chronic <- pmax(1 - rowMeans(wide), 0)^2
last$transient <- last$poverty - last$chronic
share <- rowMeans(wide < 1)
last$H <- as.numeric(share >= .4)
last$K0 <- last$H * share
last$K1 <- last$H * rowMeans(gap)
last$K2 <- last$H * rowMeans(gap^2)
last$passing <- as.numeric(share > 0 & share < .4)
whole <- designs(last)$psu
own <- subset(whole, complete)
result$jalan_ravallion <- list(
  means = pick(svymean(~ poverty + chronic + transient, own)),
  share = pick(svyratio(~chronic, ~poverty, own)), n = sum(last$complete)
)
result$foster <- list(
  means = pick(svymean(~ H + K0 + K1 + K2 + passing, own)), D = pick(svyratio(~K0, ~H, own))
)

# Vulnerability in 2013
w <- d[d$year == 2013, ]
w$y <- log(w$income / 2300)
one <- lm(y ~ schooling + land, w, weights = weight)
w$e2 <- resid(one)^2
floor <- .1 * weighted.mean(w$e2, w$weight)
w$v1 <- pmax(fitted(lm(e2 ~ schooling + land, w, weights = weight)), floor)
second <- lm(e2 ~ schooling + land, w, weights = weight / v1^2)
w$v2 <- pmax(fitted(second), floor)
third <- lm(y ~ schooling + land, w, weights = weight / v2)
w$vep <- pnorm(-fitted(third) / sqrt(w$v2))
w <- w[order(w$household), ]
result$vulnerability <- list(
  income = as.numeric(coef(third)), variance = as.numeric(coef(second)), vep = w$vep,
  floored = sum(fitted(second) < floor), share = weighted.mean(w$vep >= .29, w$weight)
)
writeLines(toJSON(result, digits = NA, auto_unbox = TRUE, pretty = TRUE), "dynamics.json")
