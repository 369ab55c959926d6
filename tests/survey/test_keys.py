"""Keys, strata, units and domains whatever their number and size: nothing runs over or merges."""

import numpy as np
import pandas as pd
import pytest

import povstudy as ps
from povstudy.survey import cells


def register(count):
    """Made up persons, named by six columns whose levels multiply to more than 2**63."""
    rng = np.random.default_rng(20)
    return pd.DataFrame({
        "province": rng.integers(0, 31, count), "county": rng.integers(0, 2800, count),
        "village": rng.integers(0, 20_000, count), "household": rng.permutation(count) // 3,
        "person": rng.permutation(count), "year": rng.integers(2014, 2021, count),
        "income": rng.lognormal(8, 0.5, count),
    })  # fmt: skip


def test_many_columns_name_each_row_once():
    table = register(60_000)
    names = list(table.columns[:6])
    ps.Survey(table, key=names)
    found = ps.mean(ps.Survey(table), "income", by=names).tidy()
    assert len(found.merge(table, on=names)) == len(table)
    lower, upper = table.iloc[:30_000], table.iloc[:1]
    with pytest.raises(ps.DataError, match="1 rows repeat the key"):
        ps.Survey(pd.concat([lower, upper], ignore_index=True), key=names)
    units = ps.Survey(table, strata=names[0], psu=names[1:]).design.units
    assert units.sum() == len(table)


@pytest.mark.parametrize("largest", [1, 7, 60, 500])
def test_codes_are_numbered_anew_where_their_product_grows_too_large(monkeypatch, largest):
    table = register(400).assign(stratum=lambda t: t["person"] % 3, arm=lambda t: t["person"] % 2)
    table.loc[5:9, "county"] = np.nan

    def told():
        svy = ps.Survey(table, strata=["stratum", "arm"], psu=["household", "year"], missing="drop")
        line = ps.relative_line(by=["arm", "year"])
        return [
            ps.mean(svy, "income", by=["year", "county", "stratum"]).tidy(),
            ps.poverty(svy, "income", line=line, by=["stratum", "arm"]).tidy(),
        ]

    wanted = told()
    monkeypatch.setattr(cells, "LARGEST", largest)
    for one, other in zip(told(), wanted, strict=True):
        pd.testing.assert_frame_equal(one, other)
