# A transfer within the incomes of design.csv: shares, ratios and differences by R survey.
# Rscript tests/reference/transfers.R  (in the root of the project)
library(survey)
library(jsonlite)
table <- read.csv("tests/reference/design.csv")
line <- 2300
n <- nrow(table)
table$t <- ifelse(seq_len(n) %% 3 == 0 & table$income < 4000, 50 + 0.1 * table$income, 0)
table$before <- table$income - table$t
table$gets <- as.numeric(table$t > 0)
table$held <- table$income * table$gets
table$poor <- as.numeric(table$before < line)
for (one in c("gets", "t", "held")) table[[paste0(one, "_poor")]] <- table[[one]] * table$poor
table$short0 <- pmax(line - table$before, 0)
table$short1 <- pmax(line - table$income, 0)
table$closed <- table$short0 - table$short1
table$one <- 1
table$out <- (table$income < line) - (table$before < line)
design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~weight, data = table, nest = TRUE)
ratio <- function(top, bottom, d) {
  found <- svyratio(as.formula(paste0("~", top)), as.formula(paste0("~", bottom)), d)
  c(coef(found)[[1]], SE(found)[[1]])
}
total <- function(name, d) {
  found <- svytotal(as.formula(paste0("~", name)), d)
  c(coef(found)[[1]], SE(found)[[1]])
}
asked <- function(d) list(
  "transfer coverage/all" = ratio("gets", "one", d),
  "transfer coverage/poor" = ratio("gets_poor", "poor", d),
  "adequacy of benefits/all" = ratio("t", "held", d),
  "adequacy of benefits/poor" = ratio("t_poor", "held_poor", d),
  "benefit incidence/poor" = ratio("t_poor", "t", d),
  "beneficiary incidence/poor" = ratio("gets_poor", "gets", d),
  "headcount/with - without" = ratio("out", "one", d),
  "gap closed/all" = ratio("closed", "short0", d),
  "benefit-cost ratio/all" = ratio("closed", "t", d),
  "cost to close the gap/without" = total("short0", d),
  "cost to close the gap/with" = total("short1", d),
  "transfer total/all" = total("t", d)
)
made <- c(list(all = asked(design)), lapply(split(seq_len(n), table$province), function(x)
  asked(subset(design, province == table$province[x[1]]))))
write(toJSON(made, digits = NA, auto_unbox = TRUE, pretty = TRUE), "tests/reference/transfers.json")
