# Oracle for test_before.py: Rscript equivalence.R > equivalence.json (a second)
# R laeken: units of the modified OECD scale and equivalised incomes, of the made-up persons of
# people.csv beside this script, and of laeken's synthetic EU-SILC (GPL: only figures of it are kept).
# With a name of a file after it, the script writes the synthetic EU-SILC there as well.
library(laeken)
library(jsonlite)
# Ages of -1 there (born since) are children to laeken, as 0 is.
people <- read.csv("people.csv")
people$units <- eqSS("household_id", "age", data = people)
people$equivalised <- eqInc(
  "household_id", c("rent", "gift"), c("tax", "fee"), c("wage", "farm"), character(), "units", data = people
)
data(eusilc)
columns <- function(kind, parts) paste0(kind, parts, "n")
eusilc$units <- eqSS("db030", "age", data = eusilc)
eusilc$equivalised <- eqInc(
  "db030", columns("hy", c("040", "050", "070", "080", "090", "110")), columns("hy", c("130", "145")),
  columns("py", c("010", "050", "090", "100", "110", "120", "130", "140")), character(), "units",
  data = eusilc
)
stopifnot(max(abs(eusilc$units - eusilc$eqSS)) == 0)
stopifnot(max(abs(eusilc$equivalised - eusilc$eqIncome)) < 1e-9)
file <- commandArgs(trailingOnly = TRUE)
if (length(file)) write.csv(format(eusilc, digits = 17, trim = TRUE), file, row.names = FALSE, quote = TRUE)
result <- list(
  people = unique(people[, c("household_id", "units", "equivalised")]),
  eusilc = list(
    persons = nrow(eusilc), households = length(unique(eusilc$db030)),
    units = sum(eusilc$units), equivalised = sum(eusilc$equivalised),
    gini = gini(eusilc$equivalised, weights = eusilc$rb050)$value,
    arpt = arpt(eusilc$equivalised, weights = eusilc$rb050),
    arpr = arpr(eusilc$equivalised, weights = eusilc$rb050)$value
  ),
  version = paste("R", getRversion(), "laeken", packageVersion("laeken"))
)
cat(toJSON(result, auto_unbox = TRUE, digits = NA, pretty = TRUE), "\n")
