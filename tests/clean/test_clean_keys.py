"""Keys of rows are as pandas groups them, however many columns they are of."""

import numpy as np
import pandas as pd
import pytest

import povstudy as ps
from povstudy.clean.keys import keys, nunique, repeated


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 400, (3000, 8)).astype(float)
    codes[rng.random(codes.shape) < 0.1] = np.nan
    made = pd.DataFrame(np.vstack([codes, codes[:500]])).rename(columns=str)
    made["one"] = rng.integers(0, 3, len(made))
    made["few"] = pd.Categorical(rng.choice(["a", "b", None], len(made)))
    return made


@pytest.mark.parametrize("by", [["0"], ["0", "few"], list("01234567"), ["few", *"76543210"]])
def test_keys_are_the_groups_of_pandas(
    table, by
):  # eight columns of 400 values are more than 2**64
    wanted = table.groupby(by, observed=True)["one"].transform("nunique").fillna(0)
    assert nunique(table, by, "one").tolist() == wanted.tolist()
    key, gone = keys(table, by)
    assert key.min() >= 0
    assert repeated(key).tolist() == table.duplicated(by, keep=False).tolist()
    assert gone.tolist() == table[by].isna().any(axis=1).tolist()


def test_a_missing_key_or_an_empty_table_counts_nothing(table):
    assert nunique(table.assign(none=np.nan), ["none"], "0").sum() == 0
    assert len(nunique(table[:0], ["0"], "1")) == len(repeated(keys(table[:0], ["0"])[0])) == 0


def test_a_state_that_is_not_told_is_called_blank():
    table = pd.DataFrame({"id": "a", "year": 2015, "status": ["poor", "exited", None]})
    why = ps.clean.one_status(table, "id", "year", "status")["why"].tolist()
    assert why[1:] == ["household a is exited and another", "household a is blank and another"]


def test_dates_are_compared_as_far_as_both_are_known():
    table = pd.DataFrame({"a": ["2014-05", "2016", "2014", None, "2015-03", "?"], "b": ["2014", "2015", "2014-01", "2013", "2015-02-28", "2010"]})  # fmt: skip
    found = ps.clean.check_order(pd.concat([table] * 2), "a", "b")
    assert found["row"].tolist() == [1, 4, 1, 4]
    assert found["why"].tolist()[:2] == ["b 2015 lies before a 2016", "b 2015-02-28 lies before a 2015-03"]  # fmt: skip
