# Writes the column `year` of sample.csv beside this script: Rscript years.R
# Data are made up. Rule, by the place i = 1, 2, ... of a row in its primary sampling unit (PSU):
# 2019 if i is even (where income is below 2500: only if i is a multiple of 4), else 2011.
# So both years are in every PSU, and 2019 is the richer year. Other columns stay as they are;
# running it again changes nothing.
lines <- readLines("sample.csv")
d <- read.csv("sample.csv")
place <- ave(seq_len(nrow(d)), d$stratum, d$psu, FUN = seq_along)
late <- place %% ifelse(d$income < 2500, 4, 2) == 0
year <- c("year", ifelse(late, 2019, 2011))
if ("year" %in% names(d)) lines <- sub(",[^,]*$", "", lines)
stopifnot(tapply(late, paste(d$stratum, d$psu), function(x) length(unique(x))) == 2)
writeLines(paste(lines, year, sep = ","), "sample.csv")
