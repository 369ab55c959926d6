"""A second opinion on effects: another estimator, and what unparallel trends would leave of them."""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from ..base.checks import listed, need_positive, need_share
from ..base.errors import DataError
from ..base.optional import optional

_WAYS = ("imputation", "smoothness")


def second_opinion(eff, method="imputation", *, bends=(0.0,), level=0.95):
    """What another estimator says of the same effects, or how far trends may part.

    Parameters
    ----------
    eff : Effects
        As `compare` makes them.
    method : {"imputation", "smoothness"}
        ``imputation``: outcomes without help are imputed from household and year effects, fitted
        to all rows without help (Borusyak, Jaravel and Spiess 2024). ``smoothness``: intervals of
        each arm's effect, the mean of all years since the start, that hold if the difference in trends bends by no more than
        ``bends`` from one time to the next (Rambachan and Roth 2023); with a bend of 0 it is a
        straight line, which the times before help show.
    bends : sequence of float
        In units of the outcome.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        ``imputation``: ``arm since estimate std_error ci_low ci_high method``, a row of both
        opinions for each time since the start. ``smoothness``: ``arm bend estimate ci_low ci_high
        method``.

    Raises
    ------
    SetupError
        If the package diff-diff is not there.
    DataError
        For cross-sections (imputation); where times are uneven, or none lies before help
        (smoothness).

    Notes
    -----
    Both are those of the package diff-diff. Imputation knows no covariates that do not change:
    it is then an opinion without them, and says so. It leans on all years before help, group-time
    effects on the last one: they differ where trends were not parallel. Intervals that bound
    later bends by earlier ones are not offered: in that package they came out too narrow.

    References
    ----------
    Borusyak, K., Jaravel, X., Spiess, J. (2024), Revisiting event-study designs, Review of
    Economic Studies 91. Rambachan, A., Roth, J. (2023), A more credible approach to parallel
    trends, Review of Economic Studies 90.

    Examples
    --------
    >>> import povstudy as ps
    >>> eff = ps.compare(panel, "log_income", cluster="village")  # doctest: +SKIP
    >>> ps.second_opinion(eff, "smoothness", bends=[0, 0.01])     # doctest: +SKIP
    """
    if method not in _WAYS:
        raise DataError("There is no such second opinion.", found=method,
                        remedy=f"method= one of {list(_WAYS)}")  # fmt: skip
    need_share("level", level, 0.95)
    for one in listed(bends) or [None]:
        need_positive("bends", one, [0, 0.01], least=0)
    with optional("diff-diff", "A second opinion", extra="did"):
        import diff_diff
    if method == "imputation":
        return _imputation(diff_diff, eff, level)
    return _smoothness(diff_diff, eff, [float(bend) for bend in listed(bends)], level)


def _imputation(diff_diff, eff, level):
    sample, design = eff.sample, eff.cells.design
    if sample.period is not None:
        raise DataError("Imputation needs the same households at several times.",
                        remedy="compare(..., unit=) with a panel")  # fmt: skip
    step = _step(eff, "Imputation")
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
        fit = diff_diff.ImputationDiD(anticipation=_whole(eff, step), alpha=1 - level).fit(
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


def _smoothness(diff_diff, eff, bends, level):
    step = _step(eff, "Smoothness")
    found = eff.effects("since")
    table, covariance = found.tidy(level), found.cov().to_numpy()
    base, rows = -1 - _whole(eff, step), []
    for arm in dict.fromkeys(table["arm"]):
        here = np.flatnonzero(table["arm"] == arm)
        part = table.iloc[here]
        times = np.round(part["since"] / step).astype(int).to_numpy()
        wanted = np.setdiff1d(np.arange(times.min(), times.max() + 1), [base])
        if times.min() >= base or not np.array_equal(times, wanted):
            raise DataError(
                "Smoothness needs effects at all times, and at one or more before the base.",
                where=f"arm {arm}", found=", ".join(f"{one:g}" for one in part["since"]),
                remedy="an earlier wave, or a single arm with enough of them",
            )  # fmt: skip
        study = _study(diff_diff, part, times, base, covariance[np.ix_(here, here)])
        late = times[times > base] >= 0
        for bend in bends:
            bound = diff_diff.HonestDiD("smoothness", bend, 1 - level, late / late.sum())
            ends, quantiles = bound.fit(study), ""
            if not np.isfinite(ends.ci_lb):  # t with much bias is past what the package can do
                ends, quantiles = bound.fit(replace(study, df_survey=None)), ", normal quantiles"
            rows.append((arm, bend, ends.original_estimate, ends.ci_lb, ends.ci_ub,
                         "smoothness" + quantiles))  # fmt: skip
    made = pd.DataFrame(rows, columns=["arm", "bend", "estimate", "ci_low", "ci_high", "method"])
    return made.assign(data_status=eff.cells.status)


def _study(diff_diff, part, times, base, covariance):
    """An event study in the form that diff-diff takes: with a row of the base."""
    before = (times < base).sum()
    columns = {
        "att": ("estimate", 0.0), "se": ("std_error", np.nan), "n": ("n", np.nan),
        "conf_int_lower": ("ci_low", np.nan), "conf_int_upper": ("ci_high", np.nan),
    }  # fmt: skip
    at = np.insert(times, before, base)
    columns = {
        name: np.insert(part[ours].to_numpy(dtype=float), before, blank)
        for name, (ours, blank) in columns.items()
    }
    ratio = columns["att"] / columns["se"]
    return diff_diff.EventStudyResults(
        event_time=at, t_stat=ratio, p_value=2 * stats.norm.sf(np.abs(ratio)),
        is_reference=at == base, reference_period=base, vcov=covariance, vcov_index=times,
        base_period="universal", source="CallawaySantAnnaResults",
        df_survey=float(part["df"].iloc[0]), reference_event_times=(base,), **columns,
    )  # fmt: skip


def _whole(eff, step):
    return round(eff.anticipation / step)


def _step(eff, what):
    """Years from one time to the next; refused where they, or the starts, are uneven."""
    times = eff.sample.times
    step = np.diff(times).min()
    helped = eff.sample.start[np.isfinite(eff.sample.start)]
    steps = np.r_[np.diff(times) - step, (helped - times[0]) % step, eff.anticipation % step]
    if not np.allclose(steps, 0):
        raise DataError(
            f"{what} needs evenly spaced times, with starts among them.",
            found=f"times {', '.join(f'{one:g}' for one in times[:9])}; starts "
            f"{', '.join(f'{one:g}' for one in np.unique(helped)[:9])}",
            remedy="compare with starts= that name the first wave with help",
        )
    return step
