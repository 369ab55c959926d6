"""Remedies of ends that compete; see `modelling` for how they are laid out."""

import numpy as np

from .modelling import asked, falls


def ending(**more):
    """Spells that end by a fall, by moving away, or not yet."""
    made = falls()
    end = np.where(np.arange(len(made)) % 3, "fell", "moved")
    return made.assign(event=np.where(made["event"], end, "")).assign(**more)


def in_periods(**more):
    """The same with a row for each period, and a covariate that changes."""
    whole = ending()
    made = whole.loc[whole.index.repeat(whole["exit"])].reset_index(drop=True)
    entry = made.groupby("household_id").cumcount()
    last = entry + 1 == made["exit"]
    made = made.assign(event=made["event"].where(last, ""), entry=entry, exit=entry + 1)
    return made.assign(**more)


FIT = 'ps.fine_gray("x", spells, cause="fell", baseline="constant")'
LATE = ending(entry=lambda t: np.where((t.index % 5 == 0) & (t["exit"] > 1), 1, 0))
GAP = in_periods()
GAP = GAP[~((GAP["household_id"] % 7 == 0) & (GAP["entry"] == 1))]

SITUATIONS = [
    ("relapse/ends/causes.relapse_ends", {"spells": falls()}, 'ps.relapse_ends("x", spells)', "{}"),
    ("relapse/ends/subdistribution._asked", {"spells": ending(), "households": asked(duration=1)},
     f"{FIT}.risk(households)", "{}"),
    ("relapse/ends/subdistribution.survival", {"spells": ending(), "households": asked()},
     f"fit = {FIT}; fit.survival(households, 3)", "{}"),
    ("relapse/ends/subdistribution._refuse_kept", {"spells": ending(), "households": asked()},
     f'fit = {FIT}; fit.save("model.json")', "fit.risk(households, 3)"),
    ("relapse/ends/subdistribution.check", {"spells": ending()}, f"{FIT}.check()", "{}"),
    ("relapse/ends/subdistribution._last", {"spells": LATE}, FIT, None),
    ("relapse/ends/subdistribution._last", {"spells": GAP}, FIT, 'ps.relapse_ends("x", spells)'),
    ("relapse/ends/subdistribution._last", {"spells": in_periods(x=lambda t: t["x"] + t["entry"])}, FIT, None),
]  # fmt: skip
