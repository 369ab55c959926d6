"""What is seen in a simulation beside what is true, as tidy tables."""

import numpy as np
import pandas as pd

from ..base.errors import DataError
from ..base.status import handed_on
from ..measures.sums import mean
from ..survey.survey import Survey
from ..targeting.latent import chapman, hui_walter, rogan_gladen
from ..targeting.lists import targeting_errors


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
    >>> table = ps.lessons.seen_and_true(ps.simulate(households=5_000, years=4))
    >>> sorted(table["series"].unique())
    ['register', 'survey', 'truth']
    """
    need_tables(sim)
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
    return handed_on(table, panel)


def need_tables(sim):
    """Refuse a simulation that was written into files."""
    if isinstance(sim.panel, str):
        raise DataError(
            "This simulation was written into files.", where=sim.panel,
            remedy="ps.simulate(...) without folder=",
        )  # fmt: skip


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
        Years that a household has stayed out, from 1 to 5.

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
    >>> ps.lessons.prior_effects(sims)["assumed"].unique().tolist()
    [0.0, 0.1]
    """
    parts = []
    if not isinstance(sims, dict | list | tuple) or not sims:
        raise DataError(
            "Effects are set side by side for several simulations.", found=type(sims).__name__,
            remedy="sims=[ps.simulate(ps.Scenario(social_work_effect=x), households=5_000) for x in (0, 0.1)]",
        )  # fmt: skip
    named = sims if isinstance(sims, dict) else dict(enumerate(sims))
    for scenario, sim in named.items():
        truth, assumed = sim.truth, sim.parameters.loc["social_work_effect", "value"]
        effects = truth.set_index(["estimand", "year", "arm"])["value"].sort_index()
        if ("stayed_out_effect", after) not in effects.index.droplevel("arm"):
            told = truth.loc[truth["estimand"] == "stayed_out_effect", "year"]
            raise DataError(
                "The truth does not tell who stayed out so long.", where="argument after",
                found=after, remedy=f"after=1 to {told.max():.0f}",
            )  # fmt: skip
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
    return handed_on(table, sim.truth)


# Who is found and who is missed -------------------------------------------------------


def methods_and_truth(sim):
    """What several methods say of the errors of two assessors, and of how many are poor.

    Parameters
    ----------
    sim : Simulation
        Kept in memory.

    Returns
    -------
    DataFrame
        ``measure assessor method estimate ci_low ci_high truth``, of the first year; poor is who
        has a lasting income below the line. Measures are ``exclusion`` (of the poor),
        ``inclusion`` (of the not poor) and ``poor`` (share of households). Methods are

        - ``checked``: a visitor who sees the lasting income of each household of the survey;
        - ``income``: the income that the survey measured in that year, taken for the truth;
        - ``latent``: `hui_walter`, two assessors and nobody who knows, over households with
          and without a grave illness in that year; left out where it is refused;
        - ``two lists``: `chapman`, of the poor that either assessor lists;
        - ``listed``: the share that is listed, as it is;
        - ``corrected``: `rogan_gladen`, with what a visitor found in every tenth village.

    Examples
    --------
    >>> import povstudy as ps
    >>> sim = ps.simulate(households=50_000, years=3)
    >>> table = ps.lessons.methods_and_truth(sim)
    >>> table["measure"].unique().tolist()
    ['exclusion', 'inclusion', 'poor']
    """
    need_tables(sim)
    design = {"weight": "weight", "strata": "stratum", "psu": "psu"}
    first = sim.panel[sim.panel["wave"] == 1].reset_index(drop=True)
    marks = {one: first[f"listed_by_{one}"].astype(int) for one in _ASSESSORS}
    first = first.assign(**marks, truth=first["lasting_poor_true"].astype(int),
                         income_poor=first["poor"].astype(int),
                         health=np.where(first["shock"] == "illness", "ill", "well"))  # fmt: skip
    both = Survey(first, **design)
    judged = pd.concat(
        [first.assign(assessor=one, judged=first[one]) for one in _ASSESSORS], ignore_index=True
    )
    judged, parts = Survey(judged, **design), []
    for method, poor in (("checked", "truth"), ("income", "income_poor")):
        errors = targeting_errors(judged, "judged", poor, by="assessor").tidy()
        for measure, term in (("exclusion", "exclusion error of the poor"),
                              ("inclusion", "inclusion error of the not poor")):  # fmt: skip
            part = errors[errors["term"] == term]
            parts.append(part.assign(measure=measure, method=method))
        share = mean(both, [poor]).tidy()
        parts.append(share.assign(measure="poor", method=method, assessor=""))
    try:
        latent, told = hui_walter(both, *_ASSESSORS, over="health").tidy(), _ASSESSORS
    except DataError:  # these judgements do not fit the model
        told = ()
    for one in told:
        for measure, term in (("exclusion", "sensitivity"), ("inclusion", "specificity")):
            part = latent[latent["term"] == f"{term} of {one}"]
            ends = {"estimate": 1 - part["estimate"], "ci_low": 1 - part["ci_high"],
                    "ci_high": 1 - part["ci_low"]}  # fmt: skip
            parts.append(part.assign(**ends, measure=measure, method="latent", assessor=one))
    seen = first[(first["truth"] == 1) & (first["cadre"] + first["third_party"] > 0)]
    lists = chapman(Survey(seen[list(_ASSESSORS)]), *_ASSESSORS).tidy()
    part = lists[lists["term"] == "exclusion error of the poor"]
    parts.append(part.assign(measure="exclusion", method="two lists", assessor="cadre"))
    checked = first[first["village"] % 10 == 0]
    found = [
        (int((checked["cadre"] == value)[rows].sum()), int(rows.sum()))
        for value, rows in ((1, checked["truth"] == 1), (0, checked["truth"] == 0))
    ]
    for method, part in (("listed", mean(both, ["cadre"]).tidy()),
                         ("corrected", rogan_gladen(both, "cadre", *found).tidy())):  # fmt: skip
        parts.append(part.assign(measure="poor", method=method, assessor="cadre"))
    table = pd.concat(parts, ignore_index=True)
    table["truth"] = [_true(sim, *one) for one in zip(table["measure"], table["assessor"], strict=True)]  # fmt: skip
    table = table[["measure", "assessor", "method", "estimate", "ci_low", "ci_high", "truth"]]
    return handed_on(table, sim.truth)


_ASSESSORS = ("cadre", "third_party")


def _true(sim, measure, assessor):
    """Error of an assessor by its own denominator, or the share of the poor."""
    truth = sim.truth.set_index(["estimand", "arm"])["value"].sort_index()
    poor = truth["headcount_lasting", ""].item()
    if measure == "poor":
        return poor
    missed = truth["exclusion_error", assessor].item()
    if measure == "exclusion":
        return missed
    wrong = truth["inclusion_error", assessor].item()  # of the listed
    return poor * (1 - missed) / (1 - wrong) * wrong / (1 - poor)


def register_flows(sim):
    """Count who is on the list, who leaves it and who comes back, by year.

    Parameters
    ----------
    sim : Simulation
        Kept in memory.

    Returns
    -------
    DataFrame
        ``year stock returned exited``, households: on the list at the end of the year; put
        back on it and taken off it during the year. The last year has no end.

    Examples
    --------
    >>> import povstudy as ps
    >>> flows = ps.lessons.register_flows(ps.simulate(households=5_000, years=5))
    >>> ps.stocks_and_flows(flows, "stock", ["returned"], ["exited"]).empty
    True
    """
    need_tables(sim)
    wide = sim.register.pivot(index="household_id", columns="year", values="listed")
    on = wide.to_numpy()
    before, after = on[:, :-1], on[:, 1:]
    table = pd.DataFrame({
        "year": wide.columns[:-1], "stock": after.sum(axis=0),
        "returned": (~before & after).sum(axis=0), "exited": (before & ~after).sum(axis=0),
    })  # fmt: skip
    return handed_on(table, sim.truth)


def audit_sample(sim, county, year):
    """Make the sample of an exit audit of one county, as a visitor would write it down.

    Parameters
    ----------
    sim : Simulation
        Kept in memory.
    county : int
        Code of the county.
    year : int
        Year of the visit.

    Returns
    -------
    sample : DataFrame
        ``village group size omitted wrong_exit approves weight``, as `povstudy.exit_audit`
        takes it. The visitor sees true income; who was left out and complained does not approve.
    totals : dict
        ``rural remaining exited``, persons of the county.

    Raises
    ------
    DataError
        If nobody of the county was asked in that year.

    Examples
    --------
    >>> import povstudy as ps
    >>> sim = ps.simulate(households=5_000, years=8)
    >>> sample, totals = ps.lessons.audit_sample(sim, 900_000, 2019)
    >>> ps.exit_audit(sample, totals, "West", weight="weight").verdict
    'fails'
    """
    need_tables(sim)
    asked = sim.panel[(sim.panel["county"] == county) & (sim.panel["year"] == year)]
    if asked.empty:
        last = sim.panel.loc[sim.panel["year"] == sim.panel["year"].max(), "county"].iloc[0]
        raise DataError(
            "Nobody of this county was asked in this year.", found=f"{county}, {year}",
            remedy=f"county={last}, year={sim.panel['year'].max()}",
        )  # fmt: skip
    line = sim.parameters.loc["line", "value"]
    listed, gone, poor = asked["listed"], _out(asked), asked["income_true"] < line
    sample = pd.DataFrame({
        "village": asked["village"], "size": asked["size"],
        "group": np.select([listed, gone], ["listed", "exited"], "outside"),
        "omitted": ~listed & ~gone & poor, "wrong_exit": gone & poor,
        "approves": ~asked["complaint"], "weight": asked["weight"],
    }).reset_index(drop=True)  # fmt: skip
    register = sim.register[(sim.register["county"] == county) & (sim.register["year"] == year)]
    totals = {
        "rural": round(float((asked["weight"] * asked["size"]).sum())),
        "remaining": int(register.loc[register["listed"], "size"].sum()),
        "exited": int(register.loc[_out(register), "size"].sum()),
    }
    return handed_on(sample, sim.truth), totals
