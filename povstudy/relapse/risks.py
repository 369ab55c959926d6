"""Risks as they are given: shares, at one horizon; what is none is refused."""

import numpy as np
import pandas as pd

from ..base.errors import DataError

PLACES = ("county", "township", "village")  # where a household is found


def one_horizon(values, of="risk"):
    """The horizon that all risks have; refused where they have several, or none."""
    values = pd.Series(values)
    numbers = pd.to_numeric(values.astype(object), errors="coerce").to_numpy(dtype=float)
    found = pd.unique(numbers)
    if len(found) != 1 or not (found[0] >= 1 and found[0] == np.floor(found[0])):
        whole = values[(numbers >= 1) & (numbers == np.floor(numbers))]
        most = None if whole.empty else whole.mode().tolist()[0]
        raise DataError(
            "Risks are judged at one horizon: a whole number of periods.",
            where="column horizon", found=", ".join(f"{one:g}" for one in found[:5]),
            remedy=f"{of}['horizon'] = 3  # in how many periods" if most is None
            else f"{of} = {of}[{of}['horizon'] == {most!r}]",
        )  # fmt: skip
    return int(found[0])


def refuse_values(rows, risk, late):
    """Refuse rows whose risk or time is none."""
    whole = "a whole number of periods"
    rules = [(risk, lambda row: ~((row[risk] >= 0) & (row[risk] <= 1)), "A risk lies between 0 and 1.",
              as_shares("table", risk, rows[risk])),
             ("time", lambda row: (row["time"] < 1) | (row["time"] % 1 != 0),
              f"The time from prediction to what came is {whole}, 1 or more.",
              "ps.follow_up(risk, spells) counts it")]  # fmt: skip
    if late:
        rules.append(("entry", lambda row: ~((row["entry"] >= 0) & (row["entry"] < row["time"])
                                             & (row["entry"] % 1 == 0)),
                      f"Late entry is {whole}, 0 or more, before the time.",
                      "0 for who was seen from the prediction on"))  # fmt: skip
    for name, wrong, problem, remedy in rules:
        bad = rows.first(name, wrong)
        if bad:
            raise DataError(
                problem, where=f"{bad[1]} ({bad[0]:,} in all)", found=bad[2], remedy=remedy
            )


def as_shares(of, name, values):
    """A line that makes shares of risks in percent, or leaves out what is no risk."""
    values = np.asarray(values, dtype=float)
    known = values[~np.isnan(values)]
    if len(known) == len(values) and known.min(initial=0) >= 0 and 1 < known.max(initial=0) <= 100:
        return f"{of}[{name!r}] = pd.to_numeric({of}[{name!r}]) / 100  # if it is in percent"
    return (f"{of} = {of}[pd.to_numeric({of}[{name!r}].astype(object), errors='coerce').between(0, 1)]"
            "  # leaves them out")  # fmt: skip
