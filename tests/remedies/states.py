"""Remedies of several states; see `modelling` for how a situation is told."""

import numpy as np
import pandas as pd

import povstudy as ps

RNG = np.random.default_rng(3)
STATUS = np.array(["listed", "left", "watched", "back"])[RNG.integers(0, 4, 200)]
PANEL = pd.DataFrame({
    "household_id": np.repeat(range(50), 4), "year": np.tile(range(2018, 2022), 50), "status": STATUS,
    "income": RNG.uniform(1000, 6000, 200).round(),
})  # fmt: skip
ZERO = PANEL.assign(income=PANEL["income"].where(PANEL["household_id"] > 0, 0.0))
_MOVES = RNG.random((300, 10)) < 0.3
_POOR = pd.DataFrame({"household_id": np.repeat(range(300), 10), "year": np.tile(range(2001, 2011), 300),
                      "poor": _MOVES.cumsum(axis=1).ravel() % 2, "help": np.repeat(np.arange(300) % 2, 10),
                      "village": np.repeat(np.arange(300) % 20, 10)})  # fmt: skip
OUT, POOR = (ps.spells(_POOR, of=of, covariates=["help", "village"]) for of in ("out", "poor"))
QUIET = POOR.assign(event=POOR["event"] & (POOR["exit"] < 4))
FIT = 'ps.exits_and_returns("help", out, poor, {})'
SITUATIONS = [
    ("panels/states/seen._named", {"panel": PANEL}, "ps.transitions(panel, states='income')", "ps.transitions(panel, {})"),
    ("panels/states/seen._named", {"panel": PANEL}, "ps.transitions(panel, states={'status': ['listed', 'left']})",
     "ps.transitions(panel, {})"),
    ("panels/states/seen._named", {"panel": PANEL}, "ps.transitions(panel, states={'status': ['listed', 'left', 'watched', 'back', 'left']})",
     "ps.transitions(panel, {})"),
    ("panels/states/seen._banded", {"panel": PANEL}, "ps.transitions(panel, states={'income': {'a': 5, 'b': 4, 'c': 3}})",
     "ps.transitions(panel, {})"),
    ("panels/states/occupation._occupation", {"panel": PANEL}, "ps.state_occupation(panel, 'gone', 'status')",
     "ps.state_occupation(panel, {}, states='status')"),
    ("panels/states/occupation._occupation", {"panel": PANEL.assign(since=np.where(PANEL["year"] > 2019, 2019.0, 2040))},
     "ps.state_occupation(panel.assign(status='left'), 'left', {'status': ['left', 'back']}, since='since')", None),
    ("panels/states/mobility._indices", {"panel": PANEL}, "ps.mobility_indices(panel, states='status', income='income')",
     "ps.mobility_indices(panel, {}, income='income')"),
    ("panels/states/mobility._of_incomes", {"panel": ZERO}, "ps.mobility_indices(panel, income='income')", None),
    ("relapse/states/returns._opened", {"out": ps.Survey(OUT, psu="village"), "poor": POOR, "plain": OUT},
     'ps.exits_and_returns("help", out, poor)', 'ps.exits_and_returns("help", plain, poor, {})'),
    ("relapse/states/returns._opened", {"out": OUT, "panel": _POOR.assign(help=1)}, 'ps.exits_and_returns("1", out, out)',
     'ps.exits_and_returns("1", out, {})'),
    ("relapse/states/returns._model", {"out": OUT, "poor": QUIET}, FIT.format("baseline='dummies'"), FIT),
]  # fmt: skip
