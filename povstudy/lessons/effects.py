"""Ways to estimate the effect of help beside its true effect, in a simulated panel."""

import numpy as np
import pandas as pd

from ..approaches.effects import compare
from ..approaches.textbook.two_way import two_way_fit
from ..base.errors import DataError
from ..base.status import handed_on
from ..measures.sums import mean
from ..simulation.run import SOURCE
from ..survey.survey import Survey
from .seen import need_tables

_ARMS = ("administrative", "social_work", "both")


def listed_by_both(sim):
    """Take the households that either assessor would have listed in the first year.

    Cadres and third parties list different households, so that listed households of different
    villages are not alike; these are.

    Parameters
    ----------
    sim : Simulation
        Kept in memory.

    Returns
    -------
    DataFrame
        Rows of the panel, with ``log_income`` and, of the first year, ``first_log_income``.

    Examples
    --------
    >>> import povstudy as ps
    >>> panel = ps.lessons.listed_by_both(ps.simulate(households=5_000, years=4))
    >>> panel.attrs["source"].status
    'simulated'
    """
    need_tables(sim)
    panel = sim.panel
    first = panel[panel["wave"] == 1].set_index("household_id")
    both = first[first["listed_by_cadre"] & first["listed_by_third_party"]]
    panel = panel[panel["household_id"].isin(both.index)]
    before = np.log(both["income"].astype(float))
    panel = panel.assign(log_income=np.log(panel["income"].astype(float)),
                         first_log_income=panel["household_id"].map(before))  # fmt: skip
    return handed_on(panel, SOURCE)


def two_way_fixed_effects(panel, outcome="log_income", arm="approach", unit="household_id",
                          time="year", cluster="village"):  # fmt: skip
    """Regress an outcome on help, households and years: the usual way, wrong for staggered help.

    Parameters
    ----------
    panel : DataFrame
        A row for each unit and time.
    outcome, arm, unit, time, cluster : str
        Columns; ``"none"`` is the arm without help.

    Returns
    -------
    DataFrame
        ``arm estimate std_error ci_low ci_high``, errors clustered.

    Notes
    -----
    It is here to be set beside `povstudy.compare`, of help as it is had so far; of starts,
    ``compare(...).two_way()`` gives it beside. Where effects differ by time since the start,
    households helped earlier serve as controls of those helped later, with their effects in.

    References
    ----------
    Goodman-Bacon, A. (2021), Difference-in-differences with variation in treatment timing,
    Journal of Econometrics 225. de Chaisemartin, C., D'Haultfoeuille, X. (2020), Two-way fixed
    effects estimators with heterogeneous treatment effects, American Economic Review 110.

    Examples
    --------
    >>> import povstudy as ps
    >>> panel = ps.lessons.listed_by_both(ps.simulate(households=20_000, years=8))
    >>> ps.lessons.two_way_fixed_effects(panel)["arm"].tolist()
    ['administrative', 'social_work', 'both']
    """
    from scipy import stats

    arms = [one for one in _ARMS if (panel[arm] == one).any()]
    helped = np.column_stack([panel[arm] == one for one in arms]).astype(float)
    codes = [pd.factorize(panel[name])[0] for name in (unit, time)]
    y, n = panel[outcome].to_numpy(dtype=float), len(panel)
    estimate, influences, _ = two_way_fit(y, helped, *codes, np.ones(n))
    group = pd.factorize(panel[cluster])[0]
    sums = np.column_stack([np.bincount(group, one) for one in influences.T])
    factor = len(sums) / (len(sums) - 1) * (n - 1) / (n - len(arms))
    error = np.sqrt(factor * (sums**2).sum(axis=0))
    reach = stats.norm.isf(0.025) * error
    made = pd.DataFrame({"arm": arms, "estimate": estimate, "std_error": error,
                         "ci_low": estimate - reach, "ci_high": estimate + reach})  # fmt: skip
    return handed_on(made, panel)


def effects_and_truth(sim, cluster="county"):
    """Set estimates of the effect of help on log income beside the true effect.

    Parameters
    ----------
    sim : Simulation
        Kept in memory.
    cluster : str
        Column of the units that are independent of each other.

    Returns
    -------
    DataFrame
        ``arm way estimate ci_low ci_high truth``. Of households that either assessor would list;
        an arm is the help that their village had in the end, its effect the mean over
        household-years from the first help on. Ways are

        - ``helped less not``: in the last year, households of villages with this help minus
          those of villages with none;
        - ``change``: the same of the change since the first year;
        - ``two-way fixed effects``: `two_way_fixed_effects`, by the help had so far;
        - ``group-time effects``: `povstudy.compare`, against villages never helped;
        - ``own list``: the same of all listed households, who differ by who listed them.

    Examples
    --------
    >>> import povstudy as ps
    >>> found = ps.lessons.effects_and_truth(ps.simulate(households=100_000, years=7))
    >>> found["way"].nunique(), sorted(found["arm"].unique())
    (5, ['administrative', 'both', 'social_work'])
    """
    panel = listed_by_both(sim)
    asked = {"outcome": "log_income", "cluster": cluster, "switches": "final"}
    found = compare(panel, **asked)
    since = found.effects("since").tidy()
    since = since[since["since"] >= 0]
    truth = sim.truth[sim.truth["estimand"] == "att_log_income_since_start"]
    truth = truth.set_index(["arm", "year"])["value"]
    true = {
        arm: np.average([truth[arm, int(k)] for k in part["since"]], weights=part["n"])
        for arm, part in since.groupby("arm")
    }
    if set(true) != set(_ARMS):
        raise DataError("Not every kind of help is there.", found=", ".join(true),
                        remedy="more households, or another seed")  # fmt: skip
    last = panel[panel["year"] == panel["year"].max()]
    start = last[["start_admin", "start_social_work"]].notna().to_numpy()
    kind = np.array(["none", *_ARMS])[start[:, 0] + 2 * start[:, 1]]
    parts = []
    for way, value in (("helped less not", last["log_income"]),
                       ("change", last["log_income"] - last["first_log_income"])):  # fmt: skip
        rows = Survey(last.assign(value=value, arm=kind), psu=cluster, missing="drop")
        shares = mean(rows, ["value"], by="arm")
        parts += [
            shares.contrast("arm", arm, "none").tidy().assign(arm=arm, way=way) for arm in _ARMS
        ]
    parts.append(two_way_fixed_effects(panel, cluster=cluster).assign(way="two-way fixed effects"))
    parts.append(found.effects().tidy().assign(way="group-time effects"))
    first = sim.panel[(sim.panel["wave"] == 1) & sim.panel["listed"]]
    own = sim.panel[sim.panel["household_id"].isin(first["household_id"])]
    own = own.assign(log_income=np.log(own["income"].astype(float)))
    parts.append(compare(own, **asked).effects().tidy().assign(way="own list"))
    table = pd.concat(parts, ignore_index=True)
    table["truth"] = table["arm"].map(true)
    table = table[["arm", "way", "estimate", "ci_low", "ci_high", "truth"]]
    return handed_on(table, SOURCE)
