# Fine and Gray's model in periods, and the judgement of one end among several, in R.
# Rscript tests/reference/ends.R > tests/reference/ends.json     (R 4.2.2, survival 3.5.3)
suppressMessages(library(survival))
options(digits = 15)
set.seed(20)
n <- 400
x <- round(rnorm(n), 2)
z <- rbinom(n, 1, 0.5)
one <- 1 - exp(-exp(-1.6 + 0.5 * x - 0.4 * z))
two <- 1 - exp(-exp(-2.0 - 0.4 * x + 0.5 * z))
end <- rgeom(n, one + two) + 1
lost <- sample(1:6, n, TRUE)
status <- ifelse(end > lost, 0, ifelse(runif(n) < one / (one + two), 1, 2))
time <- pmin(end, lost)

# Chance to be seen for longer than t: those lost come after those who ended.
km <- sapply(1:6, function(t) {
  stay <- sum(time >= t) - sum(time == t & status > 0)
  if (stay > 0) 1 - sum(time == t & status == 0) / stay else 1
})
G <- c(1, cumprod(km)) # G[t + 1] = G(t)

rows <- do.call(rbind, lapply(seq_len(n), function(i) {
  until <- if (status[i] == 2) 6 else time[i]
  t <- seq_len(until)
  data.frame(id = i, t = t, x = x[i], z = z[i], y = as.numeric(status[i] == 1 & t == time[i]),
             w = ifelse(t <= time[i], 1, G[t] / G[time[i]]))
}))
rows <- rows[rows$w > 0, ]
fit <- suppressWarnings(glm(y ~ 0 + factor(t) + x + z, binomial("cloglog"), rows, weights = w,
                            control = glm.control(epsilon = 1e-14, maxit = 100)))

# The weights of survival::finegray are the same.
grid <- finegray(Surv(time, factor(status, 0:2)) ~ ., data.frame(time, status, id = seq_len(n)),
                 etype = "1", id = id, timefix = FALSE)
long <- grid[grid$fgwt < 1, ]
compared <- 0
for (i in seq_len(nrow(long))) {
  own <- rows$w[rows$id == long$id[i] & rows$t == ceiling(long$fgstop[i])]
  stopifnot(length(own) == 0 || abs(own - long$fgwt[i]) < 1e-12)
  compared <- compared + length(own)
}
stopifnot(compared > 100)

# AUC and Brier score at 3 (Blanche and others 2013, definition 2).
risk <- plogis(-1 + 0.7 * x)
h <- 3
fell <- as.numeric(status == 1 & time <= h)
known <- (status > 0 & time <= h) | time >= h
a <- known / G[pmin(time, h)]
rank <- outer(risk, risk, ">") + 0.5 * outer(risk, risk, "==")
pairs <- outer(a * fell, a * (1 - fell))
brier <- sum(a * (fell - risk)^2) / n
gain <- sapply(c(0.2, 0.4), function(p) sum(a * (risk >= p) * (fell - (1 - fell) * p / (1 - p))) / n)

number <- function(v) paste0("[", paste(format(v, digits = 15), collapse = ", "), "]")
cat("{\n", paste0(' "x": ', number(x), ',\n "z": ', number(z), ',\n "time": ', number(time),
  ',\n "status": ', number(status), ',\n "risk": ', number(risk),
  ',\n "fine_gray": ', number(coef(fit)), ',\n "auc": ', format(sum(pairs * rank) / sum(pairs), digits = 15),
  ',\n "brier": ', format(brier, digits = 15), ',\n "observed": ', format(sum(a * fell) / n, digits = 15),
  ',\n "net_benefit": ', number(gain)), "\n}\n", sep = "")
