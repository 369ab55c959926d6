"""Remedies of counts, variety of measures and scales; see `modelling` for how a situation is told."""

import numpy as np
import pandas as pd

import povstudy as ps

STARTS = {"help": "start"}


def counts(**more):
    """Four households helped in the second year, and four that are not."""
    table = pd.DataFrame({"household_id": np.repeat(range(8), 2), "year": [2014, 2015] * 8, "y": range(1, 17), "e": 1.0,
                          "x": np.arange(16) // 2 % 3, "start": [2015.0] * 8 + [np.nan] * 8})  # fmt: skip
    return table.assign(**more)


def answers(**more):
    return pd.DataFrame(
        {"trust": [1.0, 2, 4, 5], "respect": [2, 2, 5, 3], "doubt": [5.0, 4, 1, 1]}
    ).assign(**more)


HOMES = {"village": list("aaabbb"), "cause": list("xxyxyx"), "measure": list("ppqpqp")}
CALL = 'ps.compare(table, "y", starts=starts, {})'
SCALE = 'ps.scale_score(table, ["trust", "respect", "doubt"], {})'
WITH = {"table": counts(), "starts": STARTS}

SITUATIONS = [
    ("approaches/counts/ratios.refuse_exposure", WITH, CALL.format('exposure="e"'), CALL.format('exposure="e", {}')),
    ("approaches/counts/ratios.refuse_exposure", WITH, CALL.format('exposure="e", link="log", covariates="x"'),
     CALL.format('exposure="e", link="log", {}')),
    ("approaches/counts/ratios._refuse_negative", {**WITH, "table": counts(y=[-8, *range(15)])}, CALL.format('link="log"'),
     CALL.format('link="log", missing="drop"')),
    ("approaches/counts/ratios._refuse_negative", {**WITH, "table": counts(e=[-1.0, *[2.0] * 15])},
     CALL.format('link="log", exposure="e"'), CALL.format('link="log", exposure="e", missing="drop"')),
    ("approaches/counts/ratios.refuse_ratios", {"eff": ps.compare(counts(), "y", starts=STARTS, link="log"), **WITH},
     "eff.two_way()", "ps.compare(table, 'y', starts=starts, {}).two_way()"),
    ("targeting/variety._checked", {"table": pd.DataFrame(HOMES | {"cause": ["x", None, *"yxyx"]})},
     "ps.variety_of_measures(table)", None),
    ("targeting/variety._checked", {"table": pd.DataFrame(HOMES | {"cause": ["x", " ", *"yxyx"]})},
     "ps.variety_of_measures(table)", None),
    ("targeting/variety._checked", {"table": pd.DataFrame(HOMES | {"measure": [["p", "q"], *"pqpqp"]})},
     "ps.variety_of_measures(table)", None),
    ("survey/items._refuse_options", {"table": answers()}, 'ps.scale_score(table, "trust")', "ps.scale_score(table, {})"),
    ("survey/items._refuse_options", {"table": answers()}, SCALE.format('reverse="doubt"'), SCALE.format('reverse="doubt", {}')),
    ("survey/items._refuse_options", {"table": answers()}, SCALE.format("ends=(5, 1)"), SCALE),
    ("survey/items._answers", {"table": answers(trust=[1.0, 2, 4, 9], doubt=[5.0, 4, 1, np.nan])}, SCALE.format("ends=(1, 5)"), None),
    ("survey/items._answers", {"table": answers(trust=[1.0, 2, 4, np.inf])}, SCALE.format(""), None),
]  # fmt: skip
