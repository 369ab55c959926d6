"""Laeken's profile of its EU-SILC data, which are GPL and stay in R: read there, computed here."""

import io
import shutil
import subprocess

import pandas as pd
import pytest

import povstudy as ps

SCRIPT = """
suppressMessages(library(laeken)); data(eusilc)
eusilc$area <- ifelse(eusilc$db040 == "Vienna", "urban", "rural")
value <- function(x) paste(formatC(x, digits = 12, format = "g"), collapse = " ")
rate <- arpr("eqIncome", weights = "rb050", breakdown = "rb090", data = eusilc)
region <- arpr("eqIncome", weights = "rb050", breakdown = "db040", data = eusilc)
cat(value(c(rate$value, rate$valueByStratum$value)), "\\n")
cat(value(region$valueByStratum$value), "\\n")
cat(value(rate$threshold), "\\n")
cat(value(weightedQuantile(eusilc$eqIncome, eusilc$rb050, c(.1, .25, .5, .75, .9))), "\\n")
gap <- rmpg("eqIncome", weights = "rb050", breakdown = "rb090", data = eusilc)
cat(value(c(gini("eqIncome", weights = "rb050", data = eusilc)$value, gap$value, gap$valueByStratum$value)), "\\n")
columns <- c("db030", "db040", "rb090", "eqIncome", "rb050", "area", "pl030")
write.csv(eusilc[columns], stdout(), row.names = FALSE)
"""


@pytest.fixture(scope="module")
def eusilc():
    script = shutil.which("Rscript")
    asked = "quit(status = !requireNamespace('laeken', quietly = TRUE))"
    if (
        not script
        or subprocess.run([script, "-e", asked], capture_output=True, check=False).returncode
    ):
        pytest.skip("needs R with laeken")
    told = subprocess.run([script, "-e", SCRIPT], capture_output=True, text=True, check=True).stdout
    *lines, rows = told.split("\n", 5)
    values = [[float(one) for one in line.split()] for line in lines]
    return pd.read_csv(io.StringIO(rows)), values


def test_the_profile_is_laekens_with_errors_of_the_design(eusilc):
    table, (rates, regions, line, quantiles, (*gini, gap, men, women)) = eusilc
    svy = ps.Survey(table, weight="rb050", strata="db040", psu="db030")
    of = ps.relative_line(0.6)
    whole = (
        ps.poverty(svy, "eqIncome", of, measures="headcount").tidy().query("term == 'headcount'")
    )
    sexes = ps.poverty(svy, "eqIncome", of, by="rb090", measures="headcount").tidy()
    sexes = sexes.query("term == 'headcount'").set_index("rb090").loc[["male", "female"]]
    found = [*whole["estimate"], *sexes["estimate"]]
    assert [100 * one for one in found] == pytest.approx(rates, rel=1e-11)
    assert [round(one, 5) for one in rates] == [14.44422, 12.02660, 16.73351]
    assert (whole["std_error"] > 0.003).all() and (sexes["std_error"].between(0.003, 0.008)).all()
    by = ps.poverty(svy, "eqIncome", of, by="db040", measures="headcount").tidy()
    by = by.query("term == 'headcount'")
    assert (100 * by["estimate"]).tolist() == pytest.approx(regions, rel=1e-11)
    gaps = ps.poverty(svy, "eqIncome", of, by="rb090", total=True, measures="median_gap")
    gaps = gaps.tidy().set_index("rb090")["estimate"].loc[["all", "male", "female"]]
    assert (100 * gaps).tolist() == pytest.approx([gap, men, women], rel=1e-9)
    made = ps.quantile(svy, "eqIncome", [0.1, 0.25, 0.5, 0.75, 0.9]).tidy()
    assert made["estimate"].tolist() == pytest.approx(quantiles, rel=1e-11)
    assert 0.6 * made["estimate"][2] == pytest.approx(line[0], rel=1e-11)
    found = ps.inequality(svy, "eqIncome", measures="gini").tidy()["estimate"].iloc[0]
    assert 100 * found == pytest.approx(gini[0], rel=1e-9)


def test_parts_of_the_profile_keep_the_design(eusilc):
    table, _ = eusilc
    svy = ps.Survey(table, weight="rb050", strata="db040", psu="db030")
    women = ps.quantile(svy.where("rb090 == 'female'"), "eqIncome").tidy()
    by = ps.quantile(svy, "eqIncome", by="rb090").tidy().query("rb090 == 'female'")
    assert women["estimate"].tolist() == by["estimate"].tolist()
    assert women["std_error"].tolist() == pytest.approx(by["std_error"].tolist(), rel=1e-12)
    looked = ps.describe_columns(svy, ["eqIncome", "area"], by="rb090")
    assert looked["rb090: female"].iloc[1] == pytest.approx(
        ps.mean(svy, "eqIncome", by="rb090").tidy()["estimate"].iloc[0]
    )
    adults = ps.Survey(table, weight="rb050", strata="db040", psu="db030", missing="drop")
    found = ps.share(adults, "pl030", by="rb090")
    assert found.dropped == table["pl030"].isna().sum()
    assert found.test()["p_value"].max() < 1e-10
