# Chances to be in each state (survival 3.5.3) and moves among states (survey 4.1.1) of states.csv.
#   Rscript states.R    # writes states.json beside itself
library(survival); library(survey); library(jsonlite)
panel <- read.csv("states.csv")
names <- c("listed", "left", "watched", "back")
panel <- panel[order(panel$household_id, panel$year), ]
n <- nrow(panel)
next_row <- c(2:n, NA)
follows <- !is.na(next_row) & panel$household_id[next_row] == panel$household_id
pairs <- panel[follows, ]
pairs$then <- panel$status[next_row[follows]]

# From the first period off the list on: seen to leave, or told by the column since.
off <- pairs[!is.na(pairs$since) & pairs$year >= pairs$since, ]
off$start <- off$year - off$since
off$stop <- off$start + 1
off$state <- factor(ifelse(off$then == off$status, "none", off$then), c("none", names[2:4]))
off$now <- factor(off$status, names[2:4])
# Errors: infinitesimal jackknife by household (id), without n/(n - 1).
curves <- function(data, weights) {
  fit <- survfit(Surv(start, stop, state) ~ 1, id = household_id, istate = now, data = data,
                 weights = weights, p0 = c(1, 0, 0))
  list(time = fit$time, states = fit$states, share = fit$pstate, error = fit$std.err)
}
off$one <- 1
late <- curves(off, off$weight)
seen <- off[!(off$household_id %in% off$household_id[duplicated(off$household_id) == FALSE & off$start > 0]), ]
plain <- curves(seen, seen$one)

options(survey.lonely.psu = "fail")
design <- svydesign(~psu, strata = ~stratum, weights = ~weight, data = pairs, nest = TRUE)
moves <- svyby(~factor(then, names), ~factor(status, names), design, svymean, covmat = TRUE)
both <- svymean(~interaction(factor(status, names), factor(then, names)), design)
write_json(list(late = late, plain = plain, households = length(unique(seen$household_id)),
                rows = as.matrix(moves[, 2:5]), row_cov = vcov(moves), row_errors = as.matrix(SE(moves)),
                joint = unname(coef(both)), joint_names = names(coef(both)), joint_cov = vcov(both)),
           "states.json", digits = NA, matrix = "rowmajor")
