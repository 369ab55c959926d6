"""Codes of no answer on real and simulated data: no false alarm, and every planted code."""

import os
from itertools import product

import numpy as np
import pytest

import povstudy as ps
from povstudy.base.codes import Looked, codes_of_width, read_codes, reason_of, suspects
from povstudy.base.columns import numbers_of

REAL = ["argentina_eph", "graduation_pakistan", "nlsy_teen_poverty", "spain_ecv", "world_bank",
        "indonesia_targeting", "burkina_faso_ranking"]  # fmt: skip
# What the questionnaire of the EPH says: 99 rooms are not known; 96 to 98 are no members.
CODES = {"II1": {99}, "II2": {99}, "II7": {99}, "VII1_2": {96, 97, 98}, "VII2_2": {96, 97, 98},
         "VII2_3": {96, 97, 98}, "VII2_4": {96, 97, 98}}  # fmt: skip


def found_in(table):
    found, count = {}, 0
    for name in table:
        try:
            y = numbers_of(table[name])
        except TypeError:
            continue
        y = None if y is None else y[np.isfinite(y)]
        if y is None or not len(y):
            continue
        count += 1
        for income in (False, True):
            if some := suspects(y.min(), y.max(), Looked(y), income):
                found[name] = set(some)
    return found, count


@pytest.mark.parametrize("name", ps.datasets()["name"].tolist())
def test_data_have_no_codes_but_those_that_their_questionnaires_tell(name):
    if name in REAL and "POVSTUDY_DATA" not in os.environ:
        pytest.skip("needs the survey files: set POVSTUDY_DATA to their folder")
    loaded = ps.load(name)
    for table in loaded if isinstance(loaded, tuple) else [loaded]:
        assert found_in(table)[0] == (CODES if name == "argentina_eph" else {})


def test_simulated_data_have_none():
    sim = ps.simulate(households=3_000, years=6, seed=2)
    for table in (sim.panel, sim.register, sim.programmes):
        found, count = found_in(table)
        assert not found and count > 3


@pytest.mark.parametrize("name", ["spain_ecv", "nlsy_teen_poverty", "indonesia_targeting"])
def test_planted_codes_are_found_in_real_incomes(name):
    if "POVSTUDY_DATA" not in os.environ:
        pytest.skip("needs the survey files: set POVSTUDY_DATA to their folder")
    table = ps.load(name)
    columns = [one for one in table if numbers_of(table[one]) is not None]
    income = max(columns, key=lambda one: np.nanmedian(np.abs(numbers_of(table[one])))
                 if table[one].nunique() > 200 and "id" not in str(one).lower() else 0)  # fmt: skip
    y = numbers_of(table[income])
    y = np.random.default_rng(1).permutation(y[np.isfinite(y)])[:1000]
    wide = codes_of_width(len(str(int(y.max()))) + 1)[-1]
    for code, rows in product((-8, -1, -9, wide), (3, 10, 50)):
        planted = np.r_[y, [code] * rows]
        assert suspects(planted.min(), planted.max(), Looked(planted)) == {int(code): rows}, code


def test_words_and_arguments():
    assert reason_of("refused") == "withheld" and reason_of("没有回答") == "not_available"
    assert read_codes(None) is None and read_codes(-8) == [-8] and read_codes(()) == []
    with pytest.raises(ps.DataError, match="numbers"):
        read_codes({"income": ["-8"]})
