"""Spells out of poverty with a known hazard, and what shortcuts in their analysis cost."""

import numpy as np
import pandas as pd

from ..base.checks import listed, need_positive, need_whole
from ..base.status import handed_on
from ..relapse.model import relapse_model
from ..simulation.run import SOURCE

HOUSEHOLDS, YEARS, WINDOW = 20, 6, 12  # of a village; years of a spell, and of all spells
BASE = np.log([0.12, 0.09, 0.07, 0.06, 0.05, 0.045])  # log(-log(1 - hazard)) by year out
SLOPES = {"social_work": -0.4, "shock": 0.5, "land": -0.25}
TRUTH = {"duration 1": float(BASE[0]), **SLOPES}
TOGETHER = 0.15  # correlation within a village and year
FORMULA = "social_work + shock + land"
MISTAKES = 0.03  # chance of a false fall, per year out


def known_hazards(villages=150, frailty=0.0, spells=1, seed=0):
    """Make spells out of poverty whose hazard of relapse is known.

    Parameters
    ----------
    villages : int
        Of 20 households each, 2 or more.
    frailty : float
        Variance of a gamma factor on the hazard of each household; 0 for none.
    spells : int
        How many of a household are followed at most, within 12 years.
    seed : int or sequence of int
        Of the random numbers.

    Returns
    -------
    DataFrame
        Spells as `povstudy.spells` makes them, with ``village`` and the covariates
        ``social_work`` (of the village), ``shock`` and ``land``.

    Notes
    -----
    log(-log(1 - hazard)) is a level for each year out plus -0.4 with social work, 0.5 with a
    shock and -0.25 for each step of land (-2 to 2); the numbers were chosen by the authors.
    Households of a village fall together: what decides a year is correlated by 0.15 within the
    village and year (normal copula), which leaves the hazard of each household as it is. Some
    are first seen one to three years after they left, more of them where there is no social
    work, and those who fell before that are never seen.

    Examples
    --------
    >>> import povstudy as ps
    >>> spells = ps.lessons.known_hazards(villages=10)
    >>> bool((spells["entry"] > 0).any()), spells.attrs["source"].status
    (True, 'simulated')
    """
    from scipy import special

    need_whole("villages", villages, 2, such=150)
    need_whole("spells", spells)
    need_positive("frailty", frailty, 0.5, least=0)
    for one in listed(seed) or [None]:
        need_whole("seed", one, 0)
    rng, n = np.random.default_rng(seed), villages * HOUSEHOLDS
    village = np.repeat(np.arange(villages), HOUSEHOLDS)
    social = (rng.random(villages) < 0.5).astype(float)[village]
    shock = (rng.random(n) < 0.5 - 0.2 * social).astype(float)
    land = rng.integers(-2, 3, n).astype(float)
    linear = sum(slope * x for slope, x in zip(SLOPES.values(), (social, shock, land), strict=True))
    if frailty:
        linear = linear + np.log(rng.gamma(1 / frailty, frailty, n))
    hazard = -np.expm1(-np.exp(BASE + linear[:, None]))
    common = rng.standard_normal((villages, WINDOW + YEARS))
    entry = np.where(rng.random(n) < 0.3 + 0.4 * social, 0, rng.integers(1, 4, n))
    last = np.maximum(entry + 1, rng.integers(3, YEARS + 1, n))
    begin, here, parts = np.zeros(n, dtype=int), np.ones(n, dtype=bool), []
    for spell in range(1, spells + 1):
        when = begin[:, None] + np.arange(YEARS)
        mixed = np.sqrt(TOGETHER) * common[village[:, None], when]
        mixed += np.sqrt(1 - TOGETHER) * rng.standard_normal((n, YEARS))
        falls = special.ndtr(mixed) < hazard
        ended = np.where(falls.any(axis=1), falls.argmax(axis=1) + 1, YEARS + 1)
        here = here & (ended > entry)  # who fell before was never seen
        rows, event = np.flatnonzero(here), ended <= last
        parts.append(pd.DataFrame({
            "household_id": rows, "village": village[rows], "spell": spell,
            "origin": 2012 + begin[rows], "origin_known": True, "entry": entry[rows],
            "exit": np.minimum(ended, last)[rows], "event": event[rows],
            "social_work": social[rows], "shock": shock[rows], "land": land[rows],
        }))  # fmt: skip
        # poor for a year
        begin = np.where(here & event, np.minimum(begin + ended + 1, WINDOW), begin)
        last, entry = np.minimum(YEARS, WINDOW - begin), np.zeros(n, dtype=int)
        here = here & event & (last > 0)
    table = pd.concat(parts).sort_values(["household_id", "spell"], ignore_index=True)
    return handed_on(table, SOURCE)


def shortcuts(villages=150, frailty=0.5, seed=0):
    """Fit models of relapse to spells with a known hazard: rightly, and with shortcuts.

    Parameters
    ----------
    villages, seed
        As for `known_hazards`.
    frailty : float
        Variance of the unseen differences in the last two ways, which 0 leaves out; several
        spells of a household are seen there, as one spell tells little of them.

    Returns
    -------
    DataFrame
        ``way term estimate std_error ci_low ci_high truth``; the terms are the covariates and,
        where the model has it, the level of the first year out.

    Examples
    --------
    >>> import povstudy as ps
    >>> found = ps.lessons.shortcuts(villages=40)
    >>> found["way"].nunique()
    8
    """
    spells = known_hazards(villages, seed=seed)
    # A false fall ends the spell, if it comes before what ended it.
    length = (spells["exit"] - spells["entry"]).to_numpy()
    mistake = np.random.default_rng(seed).geometric(MISTAKES, len(spells))
    early = mistake < length + ~spells["event"].to_numpy()
    false = spells.assign(exit=spells["entry"] + np.where(early, mistake, length),
                          event=spells["event"] | early)  # fmt: skip
    ways = {
        "all of it right": (spells, {}),
        "errors by household": (spells, {"cluster": None}),
        "late entry ignored": (spells.assign(entry=0), {}),
        "unknown start as start": (spells.assign(entry=0, exit=length), {}),
        "constant hazard": (spells, {"baseline": "constant"}),
        "false falls": (false, {}),
    }
    if frailty:
        mixed = known_hazards(villages, frailty, spells=4, seed=seed)
        ways |= {"differences unseen": (mixed, {}), "gamma frailty": (mixed, {"frailty": "gamma"})}
    parts = []
    for way, (table, how) in ways.items():
        found = relapse_model(FORMULA, table, **{"cluster": "village", **how}).tidy()
        parts.append(found[found["term"].isin(TRUTH)].assign(way=way))
    made = pd.concat(parts, ignore_index=True)
    made["truth"] = made["term"].map(TRUTH)
    made = made[["way", "term", "estimate", "std_error", "ci_low", "ci_high", "truth"]]
    return handed_on(made, SOURCE)
