"""Poverty at every line of a range: where one distribution lies below another, and where they cross."""

from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd

from ..base.checks import need_between, need_one_of
from ..base.errors import DataError
from ..base.language import in_words, told, words
from ..base.results import Result
from ..base.rounding import short
from ..base.status import handed_on
from ..survey.estimates import Estimates
from .fgt import FGT, poverty
from .order import quantile

_LINES = 40  # in a range


@dataclass(frozen=True, repr=False)
class Dominance(Result):
    """Differences of poverty at all lines of a range.

    Attributes
    ----------
    differences : Estimates
        Poverty of ``value`` minus that of ``base``, a row for each line.
    ranges : DataFrame
        ``from to lines finding``: neighbouring lines at which the joint band says the same:
        ``lower`` (``value`` has less poverty than ``base``), ``higher`` or ``cannot be told``.
    crossings : tuple of float
        Where the estimated difference changes its sign, between two lines.
    p_value : float
        Of the hypothesis that the side which is lower in the sample is not lower at some line of
        the range; 1 where the estimates cross.
    over, base, value, measure, level
        As asked.
    """

    differences: Estimates
    ranges: pd.DataFrame
    crossings: tuple
    p_value: float
    over: str
    base: object
    value: object
    measure: str
    level: float
    _figures = {"dominance_curve": "tidy"}  # noqa: RUF012

    def tidy(self, level=None):
        """Differences with intervals that hold at all lines at once.

        Parameters
        ----------
        level : float, optional
            Of the band; default: that of the call.

        Returns
        -------
        DataFrame
            As of `Estimates.band`, with the column ``line``.
        """
        return self.differences.band(level or self.level)

    def summary(self, lang="en"):
        """Say at which lines poverty is lower, in sentences.

        Parameters
        ----------
        lang : {"en", "zh"}
            The language.

        Returns
        -------
        str
        """
        say = in_words("dominance", lang)
        names = {"value": self.value, "base": self.base, "measure": told(self.measure, lang)}
        lines = [
            say[one["finding"]].format(
                place=say["line" if one["lines"] == 1 else "range"].format(
                    short(one["from"]), short(one["to"])
                ),
                **names,
            )
            for one in self.ranges.to_dict("records")
        ]
        at = words(lang)(", ", "、").join(map(short, self.crossings))
        lines.append(say["crosses"].format(at) if at else say["never"].format(self.p_value))
        return "\n".join([*lines, say["band"].format(100 * self.level)])


def dominance(svy, income, over, *, base, value, lines=None, measure="headcount", level=0.95):
    """Compare poverty of two domains at every line of a range: is one lower whatever the line?

    Parameters
    ----------
    svy : Survey
        With its design.
    income : str
        Column of income (or consumption) per person; in constant prices, where years are compared.
    over : str
        Column of the domains, such as ``"year"`` or ``"approach"``.
    base, value : object
        Poverty of ``value`` minus that of ``base``.
    lines : sequence of float, optional
        Poverty lines. Default: 40 of equal distance from the 2nd to the 90th percentile of all.
    measure : {"headcount", "gap", "severity"}
        First, second and third order: if one headcount ratio is lower at every line, so is every
        measure of poverty that falls with income; if the gap is, every one that also weighs the
        poorer more (Atkinson 1987).
    level : float
        Of the joint band.

    Returns
    -------
    Dominance

    Raises
    ------
    DataError
        If a domain is not there, or lines are not above 0 and in order.

    Notes
    -----
    The band holds at all lines at once (sup-t over the joint covariance of the differences, which
    knows units that both domains share). ``p_value`` is the largest one-sided p-value over the
    lines: that of Davidson and Duclos's test that starts from no dominance, so that a small one
    shows dominance over the range. No range reaches down to the lowest incomes, where few rows are.

    References
    ----------
    Atkinson, A. (1987), On the measurement of poverty, Econometrica 55. Davidson, R., Duclos,
    J.-Y. (2013), Testing for restricted stochastic dominance, Econometric Reviews 32.

    Examples
    --------
    >>> import numpy as np, pandas as pd, povstudy as ps
    >>> income = np.exp(np.random.default_rng(1).normal(8, 0.6, 4000))
    >>> table = pd.DataFrame({"income": income, "year": np.repeat([2014, 2018], 2000)})
    >>> table.loc[table["year"] == 2018, "income"] *= 1.3
    >>> found = ps.dominance(ps.Survey(table), "income", "year", base=2014, value=2018)
    >>> found.ranges["finding"].tolist(), found.crossings
    (['lower'], ())
    """
    need_one_of("measure", measure, tuple(FGT))
    need_between("level", level, 0, 1, 0.95)
    if base == value:
        raise DataError("A domain is not compared with itself.", where="arguments base, value",
                        found=value, remedy="base= and value= two domains")  # fmt: skip
    if lines is None:
        ends = quantile(svy, income, (0.02, 0.9)).tidy()["estimate"]
        if not ends[1] > 0:
            raise DataError("Nine in ten have no income above 0: no line lies in between.",
                            where=f"column {income}", found=f"{ends[1]:g} at the 90th percentile",
                            remedy="lines=np.linspace(1000, 5000, 41)")  # fmt: skip
        lines = np.linspace(max(ends[0], ends[1] / 1000), ends[1], _LINES)
        lines = np.unique(lines.round(2 - int(np.floor(np.log10(ends[1])))))  # to be read
    lines = np.asarray(list(lines), dtype=float)
    if (
        lines.ndim != 1
        or len(lines) < 2
        or not 0 < lines[0] < lines[-1] < np.inf
        or not (np.diff(lines) > 0).all()
    ):
        raise DataError("Lines are two or more numbers above 0, the lowest first.",
                        where="argument lines", found=lines.tolist()[:10],
                        remedy="lines=np.linspace(1000, 5000, 41)")  # fmt: skip
    found = poverty(svy, income, list(lines), by=over, measures=[measure])
    apart = found.contrast(over, value, base)
    band, each = apart.band(level), apart.tidy()
    findings = np.select(
        [band["ci_high"] < 0, band["ci_low"] > 0], ["lower", "higher"], "cannot be told"
    )
    rows = []
    for finding, part in groupby(zip(lines, findings, strict=True), key=lambda one: one[1]):
        at = [line for line, _ in part]
        rows.append({"from": at[0], "to": at[-1], "lines": len(at), "finding": finding})
    difference = each["estimate"].to_numpy()
    ranges = handed_on(pd.DataFrame(rows), apart)
    return Dominance(apart, ranges, _crossings(lines, difference), _not_dominated(each), over,
                     base, value, measure, level)  # fmt: skip


def _crossings(lines, difference):
    """Where a curve through these values changes its sign."""
    here = np.flatnonzero(difference != 0)
    signs = np.sign(difference[here])
    found = []
    for k in np.flatnonzero(signs[1:] != signs[:-1]):
        a, b = here[k], here[k + 1]
        part = difference[a] / (difference[a] - difference[b])
        found.append(float(lines[a] + part * (lines[b] - lines[a])))
    return tuple(found)


def _not_dominated(each):
    """The largest one-sided p-value over the lines, on the side of the mean difference."""
    from scipy import stats

    t = each["estimate"] / each["std_error"].where(each["std_error"] > 0)
    t = np.sign(each["estimate"].mean()) * t
    return float(np.where(t >= 0, stats.t.sf(t, each["df"]), 1.0).max())
