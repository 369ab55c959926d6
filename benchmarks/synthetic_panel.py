"""What `ps.synthetic_panel` is worth where the truth is seen: real panels taken as two cross-sections.

    .venv/bin/python benchmarks/synthetic_panel.py    # writes synthetic_panel.csv beside itself

Households of a panel are taken twice as if nobody knew who is who, and its moves are estimated
from both tables; then the panel tells the truth. Argentina's household survey, of which about two
in five households are found again a quarter and a year later, and simulated panels. Its covariates
are what a file of households has: region, dwelling, size (no schooling of the head). The American
panel of young women (NLSY79) that the project has holds poverty and no income: the method needs
incomes, and there is nothing to compare.

A row for each pair and rate: the truth, both bounds, the point from cohorts, and whether the truth
lies within the bounds.
"""

from pathlib import Path

import pandas as pd

import povstudy as ps

FILE = Path(__file__).with_suffix(".csv")
HOUSES = "C(REGION) + C(IV1) + C(IV3) + C(IV6) + C(II7) + IX_TOT"
COHORTS = ["REGION", "II7"]
RATES = ("exit rate", "entry rate")


def argentina():
    """Pairs of quarters, a quarter and a year apart, of households that were found again."""
    homes = ps.load("argentina_eph").query(
        "IPCF > 0 and II7 < 10 and IV6 in (1, 2, 3) and IV3 < 4 and IV1 < 3"
    )
    homes = homes.eval("household_id = CODUSU * 100 + NRO_HOGAR\nwhen = 4 * ANO4 + TRIMESTRE")
    homes["income"] = homes["IPCF"] / homes.groupby("quarter")["IPCF"].transform("median")
    homes = homes[["household_id", "when", "quarter", "income", "PONDERA", "CODUSU", "REGION", "IV1",
                   "IV3", "IV6", "II7", "IX_TOT"]]  # fmt: skip
    by = dict(tuple(homes.drop_duplicates(["household_id", "when"]).groupby("when")))
    for step, name in ((1, "Argentina, a quarter apart"), (4, "Argentina, a year apart")):
        for at in sorted(by):
            if at + step in by:
                first, second = by[at], by[at + step]
                yield name, *_found_again(first, second), HOUSES, 0.6, COHORTS, "PONDERA"


def simulated():
    """Simulated villages, three years apart, from several seeds."""
    for seed in range(1, 11):
        panel = ps.simulate(households=6_000, years=4, seed=seed).panel
        panel = panel[panel["income"] > 0]
        first, second = (panel[panel["wave"] == one] for one in (1, 4))
        yield ("simulated, three years apart", *_found_again(first, second),
               "C(region) + schooling + able + size", 2300, ["region", "schooling"], "weight")  # fmt: skip


def _found_again(first, second):
    """Rows of households that are in both, in the same order; what lasts as the first has it."""
    both = first["household_id"].isin(second["household_id"])
    first = first[both].sort_values("household_id").reset_index(drop=True)
    second = second.set_index("household_id").loc[first["household_id"]].reset_index()
    return first, second


def record(pairs):
    """Truth, bounds and point of each pair."""
    rows = []
    for name, first, second, formula, line, cohort, weight in pairs:
        poor = first["income"].to_numpy() < line, second["income"].to_numpy() < line
        w = second[weight].to_numpy(dtype=float)
        truth = {"exit rate": w @ (poor[0] & ~poor[1]) / (w @ poor[0]),
                 "entry rate": w @ (~poor[0] & poor[1]) / (w @ ~poor[0])}  # fmt: skip
        for residuals in ("normal", "observed"):
            sides = [ps.Survey(one, weight=weight) for one in (first, second)]
            asked = (*sides, formula, line)
            try:
                found = ps.synthetic_panel(*asked, cohort=cohort, residuals=residuals, draws=20)
            except ps.base.errors.DataError:  # cohorts give no correlation from 0 to 1
                found = ps.synthetic_panel(*asked, residuals=residuals, draws=20)
            wide = found.wide("reading").set_index("term")
            for rate in RATES:
                one = wide.loc[rate]
                low, high = one["bound, fewest moves"], one["bound, most moves"]
                rows.append({
                    "panel": name, "from": first["quarter"].iloc[0] if "quarter" in first else "",
                    "households": len(first), "residuals": residuals, "rate": rate,
                    "truth": truth[rate], "fewest": low, "most": high, "point": one.get("point"),
                    "rho": found.rho, "within": low <= truth[rate] <= high,
                })  # fmt: skip
    return pd.DataFrame(rows)


def judged(found):
    """How often the truth lies within the bounds, by panel, residuals and rate."""
    made = found.assign(off=found["point"] - found["truth"])
    made = made.assign(far=made["off"].abs())
    return made.groupby(["panel", "residuals", "rate"], sort=False).agg(
        pairs=("within", "size"), within=("within", "sum"), truth=("truth", "mean"), fewest=("fewest", "mean"),
        most=("most", "mean"), points=("point", "count"), point=("point", "mean"), off=("off", "mean"),
        far=("far", "mean"), rho=("rho", "mean"),
    ).reset_index()  # fmt: skip


if __name__ == "__main__":
    whole = record([*argentina(), *simulated()])
    print(judged(whole).round(3).to_string(index=False))
    whole.round(4).to_csv(FILE, index=False, lineterminator="\n")
