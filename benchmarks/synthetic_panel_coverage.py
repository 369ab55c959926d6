"""How near moves from two cross-sections come to a known truth.

    .venv/bin/python benchmarks/synthetic_panel_coverage.py    # writes synthetic_panel_coverage.csv

Each draw is two samples of 40 villages with 20 households each, other villages and other households
in each year. Log income is linear in schooling, region and year of birth; what is left over is
normal, with a part that a village shares, and of one household over time its correlation is .6. So
the share of all who are poor in both years, and so on, is known in closed form.

Ways: both bounds, held against what they aim at (rho 0 and 1); whether the true rate lies between
the lower end of the lower bound and the upper end of the upper one (``between``; its estimate is
the middle, which aims at nothing); the point with the true rho stated; and the point with rho from
15 cohorts (region by year of birth).

The bound of most moves and the stated point have next to no bias. At rho 1 a rate near 0 is too
high by up to a fifth of itself, a point of a hundred: who left is then an average of positive parts,
to which noise in the coefficients adds. **The point from cohorts is far off**: means of cohorts go
together more closely than incomes of households do (.92 here, where households have .66), so that
large cohorts would give a rho of .92 where .60 is true. Noise in the means of small ones pulls it
back, to about .74, and exits and entries are a fifth too low. Its intervals hold the truth all the
same, for rho is badly known and they are wide: half of that is luck.
"""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from known_truth import main

import povstudy as ps
from povstudy.panels.unseen.synthetic import MOVES, _moves

FILE = Path(__file__).with_suffix(".csv")
SLOPES = np.array([[-0.1, 0.12, -0.30, 0.05], [0.05, 0.16, -0.55, 0.02]])
SPREAD, RHO = np.array([0.55, 0.60]), 0.6
CELLS = np.array([(1, *one) for one in product(range(5), (0, 0.5, 1), range(5))], dtype=float)
RATES = ("exit rate", "entry rate", "poor in both")


def truth(rho):
    """Rates of all, at a correlation of the residuals."""
    h = -(CELLS @ SLOPES.T) / SPREAD
    even = np.full(len(CELLS), 1 / len(CELLS))
    return dict(zip(MOVES, _moves(even, h[:, 0], h[:, 1], rho), strict=True))


def sample(rng, year, villages=40, size=20):
    """One cross-section."""
    village = np.repeat(np.arange(villages), size)
    x = CELLS[rng.integers(len(CELLS), size=len(village))]
    shared = rng.normal(size=villages)[village]
    left = np.sqrt(0.1) * shared + np.sqrt(0.9) * rng.normal(size=len(village))
    log_income = x @ SLOPES[year] + SPREAD[year] * left
    return pd.DataFrame({"schooling": x[:, 1], "region": x[:, 2], "born": x[:, 3], "psu": village,
                         "income": np.exp(log_income)})  # fmt: skip


def draw(seed, draws=40):
    """Estimates of one draw, in each way."""
    rng = np.random.default_rng(seed)
    asked = *(sample(rng, year) for year in (0, 1)), "schooling + region + born", 1.0
    stated = ps.synthetic_panel(*asked, rho=RHO, draws=draws).tidy()
    rows = []
    for rate in RATES:
        most, fewest, point = (stated[stated["term"] == rate].iloc[k] for k in range(3))
        for way, one, at in (
            ("most moves", most, 0.0),
            ("fewest moves", fewest, 1.0),
            ("rho stated", point, RHO),
        ):
            rows.append({"way": way, **one, "truth": truth(at)[rate]})
        ends = (fewest, most) if rate != "poor in both" else (most, fewest)
        rows.append({"way": "between", "term": rate, "estimate": (most["estimate"] + fewest["estimate"]) / 2,
                     "ci_low": ends[0]["ci_low"], "ci_high": ends[1]["ci_high"], "truth": truth(RHO)[rate]})  # fmt: skip
    try:
        cohorts = ps.synthetic_panel(*asked, cohort=["region", "born"], draws=draws).tidy()
    except ps.base.errors.DataError:  # they give no correlation from 0 to 1
        return pd.DataFrame(rows)
    at = cohorts[cohorts["reading"] == "point"].set_index("term")
    rows += [
        {"way": "rho of cohorts", "term": rate, **at.loc[rate], "truth": truth(RHO)[rate]}
        for rate in RATES
    ]
    one = at.loc["correlation of residuals"]
    rows.append({"way": "rho of cohorts", "term": "correlation of residuals", **one, "truth": RHO})
    return pd.DataFrame(rows)


if __name__ == "__main__":
    main(draw, FILE, __doc__)
