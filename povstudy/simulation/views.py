"""What is seen in a simulation beside what is true, as tidy tables."""

import numpy as np
import pandas as pd

from ..measures import mean
from ..survey import Survey


def seen_and_true(sim):
    """Poverty and relapse by year: by the register, by the survey, and in truth.

    Parameters
    ----------
    sim : Simulation
        Kept in memory.

    Returns
    -------
    DataFrame
        ``measure year series estimate ci_low ci_high``; shares. ``poverty`` is of all
        households: still listed (the survey's weights say how many live there), below the
        line in the survey, truly below it. ``relapse`` is of households that left the list
        before and are not on it: marked as fallen back by the register, below the line in
        the survey, truly below it. Intervals are of the survey.

    Examples
    --------
    >>> import povstudy as ps
    >>> table = ps.simulation.seen_and_true(ps.simulate(households=5_000, years=4))
    >>> sorted(table["series"].unique())
    ['register', 'survey', 'truth']
    """
    panel, register = sim.panel, sim.register
    whole = panel.groupby("year")["weight"].sum().iloc[0]
    line = sim.parameters.loc["line", "value"]
    out = _out(register)
    on_list = register[register["listed"]].groupby("year").size() / whole
    gone = register[out].assign(below=register.loc[out, "income_true"] < line).groupby("year")
    headcount = sim.truth[sim.truth["estimand"] == "headcount"].set_index("year")["value"]
    found = {
        ("poverty", "register"): on_list,
        ("poverty", "truth"): headcount,
        ("relapse", "register"): gone["relapsed"].mean(),
        ("relapse", "truth"): gone["below"].mean(),
    }
    parts = [
        pd.DataFrame({"measure": measure, "year": one.index, "series": series, "estimate": one.values})
        for (measure, series), one in found.items()
    ]  # fmt: skip
    asked = panel.assign(below=panel["poor"].astype(float), out=_out(panel))
    svy = Survey(asked, weight="weight", strata="stratum", psu="psu")
    everyone = mean(svy, ["below"], by="year").tidy()
    gone = mean(svy, ["below"], by=["out", "year"]).tidy().query("out == True")
    for measure, found in (("poverty", everyone), ("relapse", gone)):
        part = found[["year", "estimate", "ci_low", "ci_high"]].dropna()
        parts.append(part.assign(measure=measure, series="survey"))
    table = pd.concat(parts, ignore_index=True)
    table = table[["measure", "year", "series", "estimate", "ci_low", "ci_high"]]
    table["year"] = table["year"].astype(int)
    table = table.sort_values(["measure", "series", "year"], ignore_index=True)
    table.attrs["source"] = panel.attrs["source"]
    return table


def _out(table):
    """Rows of households that left the list in an earlier year and are not on it."""
    return ~table["listed"] & (table["year"] > table["exit_year"].fillna(9999).astype(int))


def prior_effects(sims, after=3):
    """True effects of each approach under several assumptions about social work.

    Parameters
    ----------
    sims : list or dict of Simulation
        Of one seed, alike but for ``social_work_effect``, or for what the names of a dict say.
    after : int
        Years that a household has stayed out.

    Returns
    -------
    DataFrame
        ``scenario assumed arm measure after value``, the scenario by name or number.
        ``income`` is the change of log own income while helped, ``poverty_free`` of years
        above the line, ``stayed_out`` of the share that left and stayed out; all against no
        help.

    Examples
    --------
    >>> import povstudy as ps
    >>> sims = [ps.simulate(ps.Scenario(social_work_effect=x), households=5_000) for x in (0, 0.1)]
    >>> ps.simulation.prior_effects(sims)["assumed"].unique().tolist()
    [0.0, 0.1]
    """
    parts = []
    named = sims if isinstance(sims, dict) else dict(enumerate(sims))
    for scenario, sim in named.items():
        truth, assumed = sim.truth, sim.parameters.loc["social_work_effect", "value"]
        effects = truth.set_index(["estimand", "year", "arm"])["value"].sort_index()
        channels = truth[truth["estimand"].str.startswith("channel_")]
        for measure, years, one in (
            ("income", 0, channels.groupby("arm")["value"].sum()),
            ("poverty_free", 0, effects["poverty_free_years_effect", 0]),
            ("stayed_out", after, effects["stayed_out_effect", after]),
        ):
            named_by = {"scenario": scenario, "assumed": assumed, "measure": measure}
            found = pd.DataFrame({"arm": one.index, "after": years, "value": one.values})
            parts.append(found.assign(**named_by))
    columns = ["scenario", "assumed", "arm", "measure", "after", "value"]
    table = pd.concat(parts, ignore_index=True)[columns]
    table.attrs["source"] = sim.truth.attrs["source"]
    return table


def naive_and_true(sim, year):
    """What comparing helped and not helped households gives, beside the true effect.

    Parameters
    ----------
    sim : Simulation
        Kept in memory.
    year : int
        Of the comparison.

    Returns
    -------
    DataFrame
        ``arm comparison year estimate ci_low ci_high``, differences of log income between
        households that ever had this help and those that had none by that year: ``all``
        households of the survey, those ``listed`` in the first year, and of these the
        ``change`` of log income since the first year; ``truth`` has no interval.

    Examples
    --------
    >>> import povstudy as ps
    >>> sim = ps.simulate(households=20_000, years=6)
    >>> table = ps.simulation.naive_and_true(sim, 2016)
    >>> table["comparison"].unique().tolist()
    ['all', 'listed', 'change', 'truth']
    """
    panel = sim.panel.assign(log_income=np.log(sim.panel["income"].astype(float)))
    first, now = (panel[panel["year"] == one] for one in (panel["year"].min(), year))
    before = first.set_index("household_id")
    began = now["household_id"].map(before["listed"])
    change = now["log_income"] - now["household_id"].map(before["log_income"])
    arm = now["approach"].astype(str)
    parts = []
    for name, values, counts in (
        ("all", now["log_income"], pd.Series(True, now.index)),
        ("listed", now["log_income"], began.eq(True)),
        ("change", change, began.eq(True) & change.notna()),
    ):
        # Who does not count is a domain of its own: the design stays whole.
        rows = now.assign(value=values.where(counts, 0), arm=arm.where(counts, "left out"))
        svy = Survey(rows, weight="weight", strata="stratum", psu="psu")
        found = mean(svy, ["value"], by="arm")
        for helped in _HELPED:
            part = found.contrast("arm", helped, "none").tidy()[["estimate", "ci_low", "ci_high"]]
            parts.append(part.assign(arm=helped, comparison=name))
    true = sim.truth[(sim.truth["estimand"] == "att_log_income") & (sim.truth["year"] == year)]
    true = true.rename(columns={"value": "estimate"})[["arm", "estimate"]]
    table = pd.concat([*parts, true.assign(comparison="truth")], ignore_index=True)
    table = table.assign(year=year)
    table = table[["arm", "comparison", "year", "estimate", "ci_low", "ci_high"]]
    table.attrs["source"] = sim.panel.attrs["source"]
    return table


_HELPED = ("administrative", "social_work", "both")
