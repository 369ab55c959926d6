"""Moves among several states, of those who start in each or of all who were seen twice."""

import numpy as np
import pandas as pd

from ...survey.groups.levels import shares as shares_of
from .seen import paired


def moves(svy, table, now, then, by, household, names):
    """Shares of moves of those who start in each state: `Estimates` with ordered from and to."""
    table = table.assign(**{"from": now, "to": then})
    made = paired(svy, table, by, "to", household)
    found = shares_of(made, "to", [*by, "from"], list(map(float, range(len(names)))))
    return _told(found, found.table["from"], found.table["to"], by, names)


def joint(svy, table, now, then, by, household, names, term=None):
    """Shares of all moves among all pairs; ``term``: names of moves that are not said by states."""
    size = len(names)
    pair, kinds = size * now + then, {name: table[name].dtype for name in by}
    whole = {name: kind.name.capitalize().replace("Uint", "UInt").replace("Bool", "boolean") for name, kind in kinds.items()
             if kind.kind in "iu" or kind.name == "bool"}  # fmt: skip
    table = table.assign(pair_=pair)
    for name in by:  # a domain is one of pairs: the last period has none
        table[name] = table[name].astype(whole.get(name, kinds[name])).where(~np.isnan(pair))
    made = paired(svy, table, by, "pair_", household)
    found = shares_of(made, "pair_", by, list(map(float, range(size**2))))
    code = found.table.pop("pair_").astype(int)
    kept = {name: kinds[name] for name in whole if found.table[name].dtype.name != "object"}
    return _told(found, code // size, code % size, by, names, kept, term)


def _told(found, now, then, by, names, kinds=None, term=None):
    told = found.table.astype(kinds or {})
    sides = [np.asarray(one, dtype=int) for one in (now, then)]
    if term is None:
        told["term"] = [f"{names[a]} to {names[b]}" for a, b in zip(*sides, strict=True)]
        one, two = (pd.Categorical.from_codes(side, names, ordered=True) for side in sides)
    else:
        one, two = (np.take(names, side).tolist() for side in sides)
        told["term"] = [term[pair] for pair in zip(one, two, strict=True)]
    told = told.drop(columns=["from", "to"], errors="ignore").assign(**{"from": one, "to": two})
    return found.plain(told[["term", *by, "from", "to", "estimate", "n", "population"]])
