"""A second opinion on effects, by another estimator."""

import numpy as np
import pandas as pd

from ..base.checks import need_share
from ..base.errors import DataError
from ..base.optional import optional
from .counts.ratios import refuse_ratios
from .paths import even_step


def second_opinion(eff, *, level=0.95):
    """What imputation says of the same effects.

    Outcomes without help are imputed from household and year effects, fitted to all rows without
    help (Borusyak, Jaravel and Spiess 2024).

    Parameters
    ----------
    eff : Effects
        As `compare` makes them.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        ``arm since estimate std_error ci_low ci_high method``, a row of both opinions for each
        time since the start.

    Raises
    ------
    SetupError
        If the package diff-diff is not there.
    DataError
        For cross-sections, where times are uneven, and for ratios.

    Notes
    -----
    The estimator is that of the package diff-diff. It knows no covariates that do not change:
    it is then an opinion without them, and says so. It leans on all years before help, group-time
    effects on the last one: they differ where trends were not parallel. How far trends may part is
    asked of `Effects.sensitivity`.

    References
    ----------
    Borusyak, K., Jaravel, X., Spiess, J. (2024), Revisiting event-study designs, Review of
    Economic Studies 91.

    Examples
    --------
    >>> import povstudy as ps
    >>> eff = ps.compare(panel, "log_income", cluster="village")  # doctest: +SKIP
    >>> ps.second_opinion(eff)                                    # doctest: +SKIP
    """
    need_share("level", level, 0.95)
    with optional("diff-diff", "A second opinion", extra="did"):
        import diff_diff
    refuse_ratios(eff, "A second opinion")
    return _imputation(diff_diff, eff, level)


def _imputation(diff_diff, eff, level):
    sample, design = eff.sample, eff.cells.design
    if sample.period is not None:
        raise DataError("Imputation needs the same households at several times.",
                        remedy="compare(..., unit=) with a panel")  # fmt: skip
    step = even_step(eff, "Imputation")
    place, j = np.nonzero(np.isfinite(sample.outcome))
    start = 1 + np.searchsorted(sample.times, sample.start)
    table = pd.DataFrame({
        "unit": place, "time": 1 + j, "y": sample.outcome[place, j], "arm": sample.arm[place],
        "weight": sample.weight[place], "psu": sample.cluster[place],
        "stratum": design.stratum[sample.cluster[place]], "first": start[place],
        "since": (sample.times[j] - sample.start[place]),
    })  # fmt: skip
    table = table[table["first"] > 1]  # those helped from the first time on show nothing
    ours = eff.tidy("since", level).assign(method="group-time")
    parts = [ours[ours["since"] >= 0]]
    for at, arm in enumerate(sample.names[1:], start=1):
        own, without = table["arm"] == at, table["arm"] == 0
        if eff.controls == "not_yet":
            without |= ~own & (table["since"] < -eff.anticipation)
        part = table[own | without]
        part = part.assign(first=part["first"].where(own, 0))
        fit = diff_diff.ImputationDiD(anticipation=round(eff.anticipation / step), alpha=1 - level).fit(
            part, "y", "unit", "time", "first",
            survey_design=diff_diff.SurveyDesign(weights="weight", strata="stratum", psu="psu"),
        )  # fmt: skip
        found = fit.aggregate("event_study").to_dataframe()
        found = found[(found["event_time"] >= 0) & ~found["is_reference"]]
        parts.append(pd.DataFrame({
            "term": "effect", "arm": arm, "since": step * found["event_time"],
            "estimate": found["att"], "std_error": found["se"], "ci_low": found["conf_int_lower"],
            "ci_high": found["conf_int_upper"], "df": found["df"],
            "method": "imputation" + (", without covariates" * (sample.covariates is not None)),
            "data_status": eff.cells.status,
        }))  # fmt: skip
    columns = ["term", "arm", "since", "estimate", "std_error", "ci_low", "ci_high", "df",
               "method", "data_status"]  # fmt: skip
    made = pd.concat([part[columns] for part in parts], ignore_index=True)
    made["since"] = made["since"].astype(ours["since"].dtype)
    order = {arm: at for at, arm in enumerate(sample.names)}
    return made.sort_values(
        ["arm", "since"], key=lambda column: column.map(order) if column.name == "arm" else column,
        kind="stable", ignore_index=True,
    )  # fmt: skip
