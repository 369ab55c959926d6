# Writes indicators.csv beside this script: Rscript indicators.R
# Six made-up deprivations (1 = deprived) of the rows of design.csv, in its order; `row` counts
# from 1. The lower the income, the likelier; what is unseen is partly shared by a primary sampling
# unit and by a row's indicators.
set.seed(20162)
d <- read.csv("design.csv")
names <- c("schooling", "attendance", "health", "water", "fuel", "housing")
common <- c(-.9, -1.4, -1.1, -.7, .1, -.5) # the higher, the more are deprived
unit <- factor(paste(d$stratum, d$psu))
of_unit <- rnorm(nlevels(unit), 0, .5)[unit]
of_row <- rnorm(nrow(d), 0, .5)
depth <- -log(d$income / 2500)
deprived <- sapply(common, function(a) {
  as.integer(a + 1.2 * depth + of_unit + of_row + rlogis(nrow(d)) > 0)
})
colnames(deprived) <- names
write.csv(data.frame(row = seq_len(nrow(d)), deprived), "indicators.csv",
  row.names = FALSE, quote = FALSE)
