"""The simulated survey, made ready to follow who left the list of the poor."""

import numpy as np
import pandas as pd

from .seen import need_tables

BRACKETS = {
    "below 1.1": 1.1,
    "1.1 to 1.25": 1.25,
    "1.25 to 1.5": 1.5,
    "1.5 to 2": 2,
    "above 2": np.inf,
}


def leavers(sim):
    """Add to the panel what a study of relapse asks of it.

    Parameters
    ----------
    sim : Simulation
        Kept in memory.

    Returns
    -------
    DataFrame
        The panel, with

        - ``in_need``: on the list, or below the line in the survey; a spell out of it begins
          when a household is off the list and above the line;
        - ``left_list``: left the list by that year, ``just_left``: left it in the year before;
        - ``transfers``: income from transfers, percent of income;
        - ``due``: whether the first exit is in the ``deadline year`` of the county, or in
          another (``other year``; also where there was none);
        - ``fresh_illness``: a shock of illness in the year (``yes``, ``no``);
        - ``log_income``, and ``bracket``: income as a multiple of the line, in five brackets;
        - ``by_collaboration``: whether the household's social work came by collaboration (``yes``;
          ``no``: by contract, or none);
        - ``village_help``: help that came to the village in the end.

    Examples
    --------
    >>> import povstudy as ps
    >>> panel = ps.lessons.leavers(ps.simulate(households=5_000, years=6))
    >>> sorted(panel["due"].unique()), panel.attrs["source"].status
    (['deadline year', 'other year'], 'simulated')
    """
    need_tables(sim)
    panel, line = sim.panel, sim.parameters.loc["line", "value"]
    deadline = sim.register.groupby("county")["deadline"].first()
    left = panel["exit_year"].fillna(9999).astype(int)
    income = panel["income"].astype(float)
    came = panel.groupby("village")[["start_admin", "start_social_work"]].transform("min").notna()
    kind = came["start_admin"].to_numpy() + 2 * came["start_social_work"].to_numpy()
    bracket = pd.cut(income / line, [0, *BRACKETS.values()], labels=list(BRACKETS)).astype(
        "category"
    )
    bracket = bracket.cat.as_unordered()
    return panel.assign(
        in_need=panel["listed"] | panel["poor"],
        left_list=left <= panel["year"],
        just_left=left + 1 == panel["year"],
        transfers=100 * panel["transfer_income"] / panel["income"],
        due=np.where(left == panel["county"].map(deadline), "deadline year", "other year"),
        by_collaboration=np.where(panel["pathway"] == "collaboration", "yes", "no"),
        fresh_illness=np.where(panel["shock"] == "illness", "yes", "no"),
        log_income=np.log(income),
        bracket=bracket.cat.reorder_categories(list(BRACKETS)[::-1]),  # the safest first
        village_help=np.array(["none", "administrative", "social_work", "both"])[kind.astype(int)],
    )
