"""What combining imputations gives where incomes are missing by what is known of the household.

    .venv/bin/python benchmarks/imputation_coverage.py    # writes imputation_coverage.csv beside itself

Each draw is a sample of 50 villages with 20 households; log income follows land, and a village of
its own. Of 100 incomes 30 are missing, more where there is much land. ``5 imputations`` come from
a regression whose coefficients and variance are drawn too, with a constant for each village.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from known_truth import main
from scipy import stats

import povstudy as ps

FILE = Path(__file__).with_suffix(".csv")
VILLAGES, HOUSEHOLDS, IMPUTATIONS = 50, 20, 5
LINE, MEAN, SLOPE, OF_VILLAGE, SPREAD = 2300.0, 8.2, 0.4, 0.2, 0.5
TRUTH = {"headcount": stats.norm.cdf((np.log(LINE) - MEAN) / np.sqrt(SLOPE**2 + OF_VILLAGE**2 + SPREAD**2)),
         "land": SLOPE}  # fmt: skip


def filled(rng, table):
    """One proper imputation."""
    seen = table["log_income"].notna().to_numpy()
    x = np.column_stack([pd.get_dummies(table["village"]).to_numpy(dtype=float), table["land"]])
    y = table["log_income"].to_numpy()
    root = np.linalg.pinv(x[seen].T @ x[seen])
    beta = root @ x[seen].T @ y[seen]
    df = seen.sum() - np.linalg.matrix_rank(x[seen])
    variance = ((y[seen] - x[seen] @ beta) ** 2).sum() / rng.chisquare(df)
    beta = rng.multivariate_normal(beta, variance * root, method="eigh")
    drawn = x @ beta + np.sqrt(variance) * rng.standard_normal(len(x))
    return table.assign(log_income=np.where(seen, y, drawn))


def asked(table):
    """Share below the line, and the slope of log income on land."""
    svy = ps.Survey(table.assign(income=np.exp(table["log_income"])), psu="village")
    headcount = ps.poverty(svy, "income", LINE, measures=["headcount"])
    return headcount, ps.regress("log_income ~ land", svy)


def draw(seed):
    """Estimates of one sample, by how the missing incomes are met."""
    rng, n = np.random.default_rng(seed), VILLAGES * HOUSEHOLDS
    village = np.repeat(np.arange(VILLAGES), HOUSEHOLDS)
    land = rng.standard_normal(n)
    whole = MEAN + SLOPE * land + OF_VILLAGE * rng.standard_normal(VILLAGES)[village]
    whole += SPREAD * rng.standard_normal(n)
    lost = rng.random(n) < 1 / (1 + np.exp(1.1 - land))
    table = pd.DataFrame(
        {"village": village, "land": land, "log_income": np.where(lost, np.nan, whole)}
    )
    many = [asked(filled(rng, table)) for _ in range(IMPUTATIONS)]
    ways = {"complete": asked(table.assign(log_income=whole)), "left out": asked(table[~lost]),
            "1 imputation": many[0],
            "5 imputations": [ps.combine_imputations(one) for one in zip(*many, strict=True)]}  # fmt: skip
    parts = [one.tidy().query("term in ('headcount', 'land')").assign(way=way)
             for way, both in ways.items() for one in both]  # fmt: skip
    made = pd.concat(parts)
    return made.assign(truth=made["term"].map(TRUTH))


if __name__ == "__main__":
    main(draw, FILE, __doc__)
