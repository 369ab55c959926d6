"""Replicate weights below zero: American surveys have them by construction."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import povstudy as ps

HOLDERS = [lambda x: x, pl.from_pandas, lambda x: pl.from_pandas(x).lazy(), duckdb.from_df]
COLUMNS = [f"r{i}" for i in range(8)]


def sample(rows=200):
    rng = np.random.default_rng(0)
    made = pd.DataFrame({"x": np.exp(rng.normal(9, 0.8, rows)), "g": rng.choice(list("ab"), rows),
                         "w": rng.integers(2, 80, rows) * 1.0})  # fmt: skip
    for one in COLUMNS:
        made[one] = np.round(made["w"] * rng.choice([1.7, 1.0, 0.3], rows) + rng.normal(0, 4, rows))
    assert (made[COLUMNS] < 0).any(axis=None)
    return made


def quantile(x, w, p):
    order = np.argsort(x, kind="stable")
    return x[order][np.argmax(np.cumsum(w[order]) >= p * w.sum() - 1e-9)]


def gini(x, w):
    apart = np.abs(x[:, None] - x[None, :])
    return (w[:, None] * w[None, :] * apart).sum() / (2 * w.sum() * (w * x).sum())


TRUTH = {
    "mean": (lambda s: ps.mean(s, "x"), lambda x, w: (w * x).sum() / w.sum()),
    "headcount": (lambda s: ps.poverty(s, "x", 9000, measures="headcount"),
                  lambda x, w: (w * (x < 9000)).sum() / w.sum()),
    "quantile": (lambda s: ps.quantile(s, "x", 0.3), lambda x, w: quantile(x, w, 0.3)),
    "gini": (lambda s: ps.inequality(s, "x", measures="gini"), gini),
}  # fmt: skip


@pytest.mark.parametrize("hold", HOLDERS)
@pytest.mark.parametrize("name", TRUTH)
def test_squares_of_differences_are_added_up(hold, name):
    """The closed form, sqrt(sum of scale x squared differences), as of R svrepdesign."""
    table = sample()
    measure, truth = TRUTH[name]
    made = ps.Replicates(COLUMNS, "brr", scales=[4 / 8] * 8)
    found = measure(ps.Survey(hold(table), weight="w", replicates=made)).tidy().iloc[0]
    x, whole = table["x"].to_numpy(), truth(table["x"].to_numpy(), table["w"].to_numpy())
    moved = np.array([truth(x, table[one].to_numpy()) for one in COLUMNS])
    assert found["estimate"] == pytest.approx(whole)
    assert found["std_error"] == pytest.approx(np.sqrt(4 / 8 * ((moved - whole) ** 2).sum()))


@pytest.mark.parametrize("hold", HOLDERS)
def test_a_relative_line_by_replicates_below_zero(hold):
    table, made = sample(), ps.Replicates(COLUMNS, "brr")
    found, wanted = (
        ps.poverty(ps.Survey(x, weight="w", replicates=made), "x", ps.relative_line(), by="g")
        for x in (hold(table), table)
    )
    pd.testing.assert_frame_equal(found.tidy(), wanted.tidy(), rtol=1e-9)
    line = wanted.line.tidy().iloc[0]
    x, w = table["x"].to_numpy(), table["w"].to_numpy()
    assert line["estimate"] == pytest.approx(0.6 * quantile(x, w, 0.5))


@pytest.mark.parametrize("hold", HOLDERS)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_the_weight_itself_and_what_is_no_number_are_refused(hold, bad):
    table, made = sample(), ps.Replicates(COLUMNS, "brr")
    broken = table.assign(r3=table["r3"].where(table.index != 5, bad))
    with pytest.raises(ps.DesignError, match="1 rows have no usable r3") as caught:
        ps.mean(ps.Survey(hold(broken), weight="w", replicates=made), "x")
    assert "fill it in" in caught.value.remedy
    with pytest.raises(ps.DesignError, match="a number of 0 or more"):
        ps.Survey(hold(table.assign(w=table["w"] - 5)), weight="w", replicates=made)
