"""Does the simulation look like what was seen? Targets, where they were seen, what comes out."""

import numpy as np
import pandas as pd

from ..base.errors import DataError
from ..base.language import in_words
from ..base.status import handed_on
from .parameters import Scenario
from .run import SOURCE, simulate
from .world.people import BLOCK

_YEARS = 8  # waves: rates hang on how long one looks
_WITHIN = 4  # years in which a return counts
TARGETS = {  # rate: target, interval; where it was seen stands in base/words.csv
    "leave_after_a_year": (0.372, 0.32, 0.42),
    **{
        f"leave_after_{years}_years": (seen, round(0.7 * seen, 3), round(1.3 * seen, 3))
        for years, seen in ((2, 0.25), (3, 0.17), (4, 0.12), (5, 0.086))
    },
    "back_within_four_years": (0.15, 0.10, 0.25),
    "above_twice_the_line": (0.60, 0.50, 0.90),
    "back_illness": (1.5, 1.0, 2.0),
    "back_assets": (0.75, 0.60, 1.0),
    "back_migrant": (0.70, 0.50, 1.0),
    "survey_over_register": (30.0, 10.0, 100.0),
    "register_relapse": (0.005, 0.0005, 0.015),
    "wrongly_listed": (0.11, 0.05, 0.45),
    "wrongly_left_out": (0.10, 0.05, 0.60),
}
FREE = (  # such as
    "social_work_effect", "administrative_effect", "stay_share", "fade", "fit_part", "outside_part",
    "staying_part", "mismatch_return", "third_party_gain", "third_party_apart", "third_party_bar",
    "caseload_elasticity", "work_response", "collaboration_effect", "complementarity", "selection",
    "efficacy_gain", "asset_gain", "outside_inflow", "revenue_elasticity", "relocation_tilt",
    "complaint_rate", "budget",
)  # fmt: skip


def calibration_table(scenario=None, households=400_000, seed=0):
    """Set what a scenario gives in eight years beside what was seen.

    Parameters
    ----------
    scenario : Scenario, optional
        The defaults where none is given.
    households, seed : int
        As `simulate`; 50,000 or more.

    Returns
    -------
    DataFrame
        ``target low high simulated std_error inside where_seen not_pinned_down`` by rate, a row
        without a target, and a last one, ``none``, with parameters that no target speaks of.
        Errors are by jackknife of ten groups of counties, and missing where the value is the
        truth.

    Notes
    -----
    Rates of the panel are as measured, with weights: income with error, below the line or not.
    *Leave after k years*: of spells whose first poor wave was seen after one that was not poor,
    and that have been poor for k waves, the share not poor in the next. ``leave_running``, of
    those poor in the first wave, whose spells began nobody knows when, has no target. *Back
    within four years*: of those who left between two waves, the share seen poor again in one of
    the four waves after; the rows on illness, assets and migrants are ratios of that share (with
    to without; assets above the mean to below).
    *Above twice the line*: of those who left, in the wave in which they are seen not poor.
    *Register relapse*: falls that the register sees, over households and years after the first
    exit; *survey over register*: the share of leavers poor again a wave later, over that.

    Poverty of two kinds gives these rates together: one that lasts, of long illness and of
    households with nobody able to work, and one of a bad year.
    Another mix with the same rates would be as good: the table pins down rates, not parameters,
    and none of the targets speaks of what help does. A larger part of the listed is listed
    wrongly than the review of the register took off it.

    Examples
    --------
    >>> import povstudy as ps
    >>> table = ps.simulation.calibration_table(households=50_000)
    >>> float(table.loc["leave_after_a_year", "target"])
    0.372
    """
    if not households >= BLOCK:
        raise DataError(
            "Errors come from how counties differ: there are ten in a province.",
            where="argument households", found=households, remedy=f"households={BLOCK}  # or more",
        )  # fmt: skip
    scenario = scenario or Scenario()
    sim = simulate(scenario, households=households, years=_YEARS, seed=seed)
    panel, register = sim.panel, sim.register
    measured = _measure(panel, register, scenario.line)
    group, other = panel["county"].to_numpy() % 10, register["county"].to_numpy() % 10
    parts = pd.DataFrame(
        _measure(panel[group != one], register[other != one], scenario.line) for one in range(10)
    )
    errors = np.sqrt(0.9 * ((parts - parts.mean()) ** 2).sum(skipna=False))  # jackknife of groups
    truth = sim.truth.set_index(["estimand", "arm", "year"])["value"]
    for name, estimand in (("wrongly_listed", "inclusion_error"), ("wrongly_left_out", "exclusion_error")):  # fmt: skip
        measured[name] = truth.get((estimand, "cadre", 0), np.nan)
    rows = {
        name: {
            "target": seen, "low": low, "high": high, "simulated": measured[name],
            "std_error": errors.get(name, np.nan), "inside": bool(low <= measured[name] <= high),
        }
        for name, (seen, low, high) in TARGETS.items()
    }  # fmt: skip
    rows["leave_running"] = {
        "simulated": measured["leave_running"], "std_error": errors["leave_running"],
    }  # fmt: skip
    rows["none"] = {}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("rate")
    table["where_seen"] = table.index.map(in_words("where_seen", "en"))
    table["not_pinned_down"] = table.index.map(
        in_words("not_pinned_down", "en") | {"none": ", ".join(FREE)}
    )
    return handed_on(table, SOURCE)


def _measure(panel, register, line):
    """Rates of a panel and a register."""
    wide = panel.pivot(index="household_id", columns="wave", values="income")
    first = panel.drop_duplicates("household_id").set_index("household_id").loc[wide.index]
    weight = panel.groupby("household_id")["weight"].mean().to_numpy()
    out = ~register["listed"] & (register["year"] > register["exit_year"].fillna(9999))
    falls = register.loc[out, "relapsed"].mean()
    has = {name: first[name].to_numpy() for name in ("illness", "assets", "migrant")}
    return rates(wide.to_numpy(dtype=float), weight, has, line, falls)


def rates(income, weight, traits, line, falls):
    """Rates of ``TARGETS`` but those of lists.

    Parameters
    ----------
    income : ndarray, households x waves
        As measured; missing where not seen.
    weight : ndarray
        Of households.
    traits : dict of ndarray
        ``illness assets migrant`` of households.
    line : float
        Poverty line.
    falls : float
        Share of households and years after exit in which the register saw a fall.

    Returns
    -------
    dict of float
    """
    weight, seen, poor = weight[:, None], ~np.isnan(income), income < line

    def share(event, base):
        total = (weight * base).sum()
        return (weight * (event & base)).sum() / total if total else np.nan

    left = poor[:, :-1] & seen[:, 1:] & ~poor[:, 1:]
    found = {}
    spell = seen[:, :-1] & ~poor[:, :-1]  # then poor in as many waves as the length
    for length, name in enumerate(("a_year", *(f"{k}_years" for k in (2, 3, 4, 5))), start=1):
        spell = spell[:, : poor.shape[1] - length - 1] & poor[:, length:-1]
        found[f"leave_after_{name}"] = share(left[:, length:], spell & seen[:, length + 1 :])
    found["leave_running"] = share(left[:, [0]], poor[:, [0]] & seen[:, [1]])
    windows = np.lib.stride_tricks.sliding_window_view
    back = windows(poor[:, 2:], _WITHIN, axis=1).any(axis=2)
    whole = windows(seen[:, 2:], _WITHIN, axis=1).all(axis=2)
    gone = left[:, : back.shape[1]] & whole
    found["back_within_four_years"] = share(back, gone)
    for name, values in traits.items():
        has = (values > 0)[:, None]
        without = share(back, gone & ~has)
        found[f"back_{name}"] = share(back, gone & has) / without if without else np.nan
    found["above_twice_the_line"] = share(income[:, 1:] >= 2 * line, left)
    again = share(poor[:, 2:], left[:, :-1] & seen[:, 2:])
    found["survey_over_register"] = again / falls if falls else np.nan
    found["register_relapse"] = falls
    return found
