"""Domains bear the labels that a survey file has for their codes."""

import numpy as np
import pandas as pd
import pytest

import povstudy as ps

pyreadstat = pytest.importorskip("pyreadstat")
RNG = np.random.default_rng(5)
WORDS = {1: "城镇", 0: "乡村", 2: "same", 3: "same", 8: "不知道"}


@pytest.fixture(scope="module", params=["dta", "sav"])
def table(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("labels") / f"panel.{request.param}"
    made = pd.DataFrame({"income": RNG.lognormal(8, 0.7, 400).round(2), "year": [2010, 2012] * 200,
                         "urban": [1.0, 0, 1, 5, 0, 2, 3, 8] * 50})  # fmt: skip
    if path.suffix == ".dta":
        made = made.astype({"urban": "int32"})
        made.to_stata(path, write_index=False, version=118, value_labels={"urban": WORDS})
    else:
        pyreadstat.write_sav(made, path, variable_value_labels={"urban": WORDS})
    table, report = ps.clean.read_table(path)
    assert (report["column"] == "urban").sum() == 50  # 不知道
    return table


def test_labels_stand_in_tables_in_the_order_of_codes(table):
    svy = ps.Survey(table.dropna())
    bare = pd.DataFrame(table.dropna().to_dict("list"))
    for call in (
        lambda s: ps.poverty(s, "income", 2300, by="urban"),
        lambda s: ps.poverty(s, "income", ps.relative_line(by="urban"), by=["year", "urban"]),
        lambda s: ps.mean(s, "income", by=["urban", "year"]),
        lambda s: ps.quantile(s, "income", by="urban"),
        lambda s: ps.inequality(s, "income", by="urban"),
        lambda s: ps.lorenz(s, "income", 0.5, by="urban"),
        lambda s: ps.poverty_profile(s, "income", 2300, by="urban"),
        lambda s: ps.decompose(s, "income", 2300, "urban", base=0, value=1),
        lambda s: ps.growth_incidence(s, "income", "year", base=2010, value=2012),
    ):
        found, wanted = call(svy).tidy(), call(ps.Survey(bare)).tidy()
        if "urban" in wanted:
            words = [{1: "城镇", 0: "乡村"}.get(code, code) for code in wanted["urban"]]
            assert found["urban"].tolist() == words and words[0] in ("乡村", "1 - 0")
        pd.testing.assert_series_equal(found["estimate"], wanted["estimate"])


def test_differences_are_asked_by_label(table):
    found = ps.poverty(ps.Survey(table, missing="drop"), "income", 2300, by="urban")
    assert found.contrast("urban", "城镇", "乡村").tidy()["estimate"].notna().all()
    with pytest.raises(ps.DataError, match="乡村"):
        found.contrast("urban", 1, 0)
