# Oracle for test_relapse.py: Rscript relapse.R (in this folder; seconds)
# Writes relapse.json; relapse_rossi.csv (carData: arrests of 432 men, in periods of four weeks);
# relapse_cgd.csv (survival: infections of children in months, repeated events, by centre).
suppressMessages({library(survival); library(survey); library(sandwich); library(jsonlite)})
data(Rossi, package = "carData")
rossi <- data.frame(household_id = seq_len(nrow(Rossi)), entry = 0,
                    exit = ceiling(Rossi$week / 4), event = Rossi$arrest, fin = Rossi$fin,
                    age = Rossi$age, race = Rossi$race, prio = Rossi$prio,
                    village = (seq_len(nrow(Rossi)) * 7) %% 40, weight = 1 + (Rossi$educ == 3) / 2)
rossi$stratum <- rossi$village %% 4
cgd2 <- data.frame(household_id = cgd$id, spell = cgd$enum, entry = floor(cgd$tstart / 30),
                   exit = ceiling(cgd$tstop / 30), event = cgd$status, treat = cgd$treat,
                   age = cgd$age, steroids = cgd$steroids, centre = as.integer(cgd$center),
                   weight = 1 + cgd$age %% 3)
# a period holds the end of one spell and the start of the next: the next starts after it
late <- which(c(FALSE, diff(cgd2$household_id) == 0))
cgd2$entry[late] <- pmax(cgd2$entry[late], cgd2$exit[late - 1])
cgd2 <- cgd2[cgd2$exit > cgd2$entry, ]
write.csv(rossi, "relapse_rossi.csv", row.names = FALSE)
write.csv(cgd2, "relapse_cgd.csv", row.names = FALSE)
periods <- function(d) {
  width <- d$exit - d$entry
  p <- d[rep(seq_len(nrow(d)), width), ]
  p$k <- p$entry + sequence(width)
  p$y <- as.numeric(p$event == 1 & p$k == p$exit)
  p
}
tight <- glm.control(epsilon = 1e-14, maxit = 100)
one <- function(p, right, link, cluster, weighted) {
  p$w <- if (weighted) p$weight else 1
  formula <- as.formula(paste("y ~ ", right))
  fit <- suppressWarnings(glm(formula, binomial(link), p, weights = w, control = tight))
  # expected information; sums of scores of clusters; G/(G-1) (N-1)/(N-k)
  sandwich <- vcovCL(fit, cluster = p[[cluster]], type = "HC1", cadjust = TRUE)
  list(names = names(coef(fit)), coef = unname(coef(fit)), se = unname(sqrt(diag(sandwich))),
       loglik = sum(p$w * (p$y * log(fitted(fit)) + (1 - p$y) * log(1 - fitted(fit)))))
}
models <- list(
  rossi = list(data = rossi, cluster = "village", right = "log(k) + fin + age + race + prio + fin:prio"),
  cgd = list(data = cgd2, cluster = "centre", right = "factor(pmin(k, 9)) - 1 + treat + age + I(age^2) + steroids")
)
result <- list(R = R.version.string, packages = lapply(
  c(survival = "survival", survey = "survey", sandwich = "sandwich", carData = "carData"),
  function(x) as.character(packageVersion(x))))
for (name in names(models)) {
  m <- models[[name]]
  p <- periods(m$data)
  for (link in c("cloglog", "logit")) for (weighted in c(FALSE, TRUE)) {
    key <- paste(name, link, if (weighted) "weighted" else "plain")
    result$fits[[key]] <- one(p, m$right, link, m$cluster, weighted)
  }
}
p <- periods(rossi)
design <- svydesign(~village, strata = ~stratum, weights = ~weight, data = p, nest = TRUE)
for (link in c("cloglog", "logit")) {
  fit <- svyglm(y ~ log(k) + fin + age, design, family = quasibinomial(link), control = tight)
  result$survey[[link]] <- list(coef = unname(coef(fit)), se = unname(SE(fit)), df = degf(design))
}
write_json(result, "relapse.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
