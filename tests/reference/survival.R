# Oracle for test_survival.py: Rscript survival.R (in this folder, seconds).
# Writes durations.csv (columns of example data of the R package survival, Therneau) and
# survival.json. Errors: survfit's infinitesimal jackknife; its influences summed by survey (Lumley).
suppressMessages({library(survival); library(survey); library(jsonlite)})
rows <- function(data, id, arm, entry, exit, event, stratum = 1, unit = id, weight = 1) {
  data.frame(data, id, arm = as.character(arm), stratum, unit, weight, entry, exit,
             event = as.character(event))
}
m <- mgus2[seq(1, nrow(mgus2), 3), ]
m$time <- with(m, ifelse(pstat == 0, futime, ptime))
m$cause <- with(m, ifelse(pstat == 1, "progression", ifelse(death == 1, "death", "censored")))
m$late <- ifelse(m$id %% 2 == 0, m$id %% 11, 0)  # months before they were seen: made up
m <- m[m$time > m$late, ]
g <- subset(cgd, tstop > tstart)
d <- rbind(
  rows("lung", seq_len(nrow(lung)), lung$sex, 0, lung$time, lung$status - 1,
       weight = 1 + (seq_len(nrow(lung)) %% 5) / 2),
  rows("heart", heart$id, heart$transplant, heart$start, heart$stop, heart$event),
  rows("ovarian", seq_len(nrow(ovarian)), ovarian$rx, 0, ovarian$futime, ovarian$fustat),
  rows("mgus2", m$id, m$sex, m$late, m$time, m$cause, stratum = m$id %% 4, unit = m$id %% 40,
       weight = 1 + (m$id %% 5) / 2),
  rows("cgd", g$id, g$treat, g$tstart, g$tstop, g$status, stratum = as.integer(g$sex),
       unit = as.integer(g$center), weight = 1 + (g$id %% 4) / 2)
)
write.csv(d, "durations.csv", row.names = FALSE, quote = FALSE)
d <- read.csv("durations.csv", colClasses = c(arm = "character", event = "character"))
clean <- function(x) unname(c(x))
designed <- function(d, influence) {  # error of totals of influences in the full design
  columns <- paste0("z", seq_len(ncol(influence)))
  d[columns] <- as.data.frame(as.matrix(influence) / d$weight)
  design <- svydesign(~unit, strata = ~stratum, weights = ~weight, nest = TRUE, data = d)
  clean(SE(svytotal(reformulate(columns), design)))
}
curve <- function(d, full) {
  d$dead <- as.integer(!d$event %in% c("0", "censored"))
  d$row <- seq_len(nrow(d))
  fit <- survfit(Surv(entry, exit, dead) ~ 1, data = d, weights = weight, cluster = id)
  s <- summary(fit, censored = TRUE)
  by_row <- survfit(Surv(entry, exit, dead) ~ 1, data = d, weights = weight, cluster = row,
                    influence = 1)
  horizon <- quantile(d$exit, 0.6, names = FALSE)
  step <- diff(c(pmin(s$time, horizon), horizon))
  area <- by_row$influence.surv %*% step
  one <- summary(fit, rmean = horizon)$table
  result <- list(
    time = s$time, survivor = s$surv, se = s$std.err, n = s$n.risk, clusters = length(unique(d$id)),
    horizon = horizon, rmean = clean(one["rmean"]),
    rmean_se = sqrt(sum(rowsum(area, d$id)^2))
  )
  if (full) {
    result$design_se <- designed(d, by_row$influence.surv)
    result$rmean_design_se <- designed(d, area)
  }
  result
}
incidence <- function(d, full) {
  d$cause <- factor(d$event, c("censored", "death", "progression"))
  fit <- survfit(Surv(entry, exit, cause) ~ 1, data = d, weights = weight, id = id, influence = TRUE)
  result <- list(time = fit$time, states = fit$states, clusters = length(unique(d$id)),
                 share = fit$pstate, se = fit$std.err)
  if (full) result$design_se <- sapply(2:3, function(k) designed(d, d$weight * fit$influence.pstate[, -1, k]))
  result
}
hazards <- function(d) {  # person-periods of one time: those at risk, and who ends
  design <- svydesign(~unit, strata = ~stratum, weights = ~weight, nest = TRUE, data = d)
  times <- sort(unique(d$exit))[c(1, 5, 20, 40)]
  lapply(times, function(t) {
    design <- update(design, risk = as.numeric(entry < t & exit >= t),
                     ends = as.numeric(exit == t & event == "1"))
    one <- svyratio(~ends, ~risk, design)
    list(time = t, hazard = clean(coef(one)), se = clean(SE(one)))
  })
}
parts <- split(d, d$data)
result <- list(
  versions = list(R = as.character(getRversion()), survival = as.character(packageVersion("survival")),
                  survey = as.character(packageVersion("survey"))),
  curves = lapply(parts, function(p) {
    arms <- split(p, p$arm)
    if (p$data[1] == "heart") arms["1"] <- NULL  # transplanted are not seen from the start
    lapply(c(list(all = p), arms), curve, full = FALSE)
  }),
  full = lapply(parts[c("cgd", "mgus2")], curve, full = TRUE),
  incidence = list(all = incidence(parts$mgus2, TRUE), F = incidence(subset(parts$mgus2, arm == "F"), FALSE),
                   M = incidence(subset(parts$mgus2, arm == "M"), FALSE)),
  hazards = hazards(parts$cgd)
)
write_json(result, "survival.json", digits = NA, auto_unbox = TRUE)
