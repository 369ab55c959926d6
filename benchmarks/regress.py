"""Regressions beside statsmodels, in one run: CPU seconds, best of three.

A million households, ten covariates, errors by village: weighted least squares, and a logit. Here
with formula, checks and design; statsmodels with matrices alone. Run: .venv/bin/python benchmarks/regress.py
"""

import time
import warnings

import numpy as np
import pandas as pd
import statsmodels.api as sm

import povstudy as ps

NAMES = [f"x{i}" for i in range(10)]


def households(rows=1_000_000, villages=5_000):
    """Households with weights."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.normal(size=(rows, 10)), columns=NAMES)
    table["village"], table["weight"] = rng.integers(0, villages, rows), rng.uniform(1, 5, rows)
    table["y"] = (
        table[NAMES].sum(axis=1)
        + rng.normal(size=rows)
        + rng.normal(size=villages)[table["village"]]
    )
    return table.assign(poor=(table["y"] < -2).astype(int))


def ours(table, outcome, family):
    """Table of coefficients."""
    svy = ps.Survey(table, weight="weight", psu="village")
    return ps.regress(f"{outcome} ~ {' + '.join(NAMES)}", svy, family=family).tidy()


def peer(table, outcome, family):
    """The same numbers."""
    x, y, w = (
        sm.add_constant(table[NAMES].to_numpy()),
        table[outcome].to_numpy(),
        table["weight"].to_numpy(),
    )
    kind = {"cov_type": "cluster", "cov_kwds": {"groups": table["village"].to_numpy()}}
    if family == "linear":
        return sm.WLS(y, x, w).fit(**kind).summary2()
    return sm.GLM(y, x, sm.families.Binomial(), var_weights=w).fit(**kind).summary2()


def best(call, *args):
    """Least CPU seconds of three runs, after one to warm up."""
    seconds = []
    for _ in range(4):
        start = time.process_time()
        call(*args)
        seconds.append(time.process_time() - start)
    return min(seconds[1:])


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # its clusters with weights; the numbers are the same
    data = households()
    for asked in (("y", "linear"), ("poor", "logit")):
        print(
            asked[1], *(f"{one.__name__} {best(one, data, *asked):.2f} s" for one in (ours, peer))
        )
