"""Vulnerability: the chance to be poor in a later period, from one wave of a survey."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..base.checks import listed, need_share, need_whole
from ..base.errors import DataError
from ..base.language import in_words
from ..base.results import Result
from ..base.status import handed_on
from ..measures.sums import mean
from ..survey.estimates import Estimates, by_replicates
from ..survey.models.formulas import Formula
from ..survey.ranks import Ranked, quantiles
from ..survey.survey import Survey
from .households import columns_of, in_order, surveyed
from .persistence import line_columns, over_line

FLOOR = 0.1  # of the mean squared residual, below which no fitted variance goes


@dataclass(frozen=True, repr=False)
class Vulnerability(Result):
    """Vulnerability of households, and what became of them.

    Attributes
    ----------
    households : DataFrame
        A row for each household of the wave: ``household_id``, ``expected`` (log income over the
        line, fitted), ``sd`` (fitted standard deviation of log income), ``vep`` (chance to be
        poor), ``poor`` (in the wave), ``poor_later`` (missing where not asked for or not seen),
        and the columns of the design and the formula.
    params : DataFrame
        Coefficients of log ``income`` and of its ``variance``, by regressor.
    floored : int
        Households whose fitted variance was raised to the floor.
    survey : Survey
        These households with their design.
    model : tuple of ndarray
        Log income over the line, and the regressors, of these households.
    """

    households: pd.DataFrame
    params: pd.DataFrame
    floored: int
    survey: Survey
    model: tuple

    def _told(self, lang):
        said = in_words("shown", lang)["vulnerable"]
        return said.format(len(self.households), self.floored)

    def tidy(self, level=0.95):
        """Table of `shares` with errors and intervals; see `Estimates.tidy`."""
        return self.shares().tidy(level)

    def shares(self, cutoffs=(0.29, 0.5), by=None) -> Estimates:
        """Estimate the share of the vulnerable.

        Parameters
        ----------
        cutoffs : sequence of float
            Vulnerable is whose chance is this or more. 0.5: more likely poor than not, in one
            later period; 0.29: at least once in two, as 1 - (1 - 0.29)^2 is 0.5.
        by : str or list of str, optional
            Columns of domains.

        Returns
        -------
        Estimates
            A term ``vep >= <cut-off>`` for each.

        Notes
        -----
        Errors are of drawing households and of estimating the model: each step of it carries its
        influence into the next (stacked estimating equations), and the last moves households
        over the cut-off, by the density of chances there (a Gaussian kernel over their normal
        quantiles). With replicate weights the model is estimated anew with each. Where few
        regressors leave few different chances, whole groups move at once, and errors are rough.

        References
        ----------
        Newey, W., McFadden, D. (1994), Large sample estimation and hypothesis testing, Handbook
        of Econometrics 4, section 6. Deville, J.-C. (1999), Variance estimation for complex
        statistics and estimators, Survey Methodology 25.
        """
        for cut in listed(cutoffs) or [None]:
            need_share("cutoffs", cut)
        return _shares(self.survey, self.model, listed(cutoffs), listed(by))

    def check(self, groups=5) -> Estimates:
        """Set the chances beside who was poor later, in groups from the least vulnerable.

        Parameters
        ----------
        groups : int
            Groups of like weight, by their chance.

        Returns
        -------
        Estimates
            For each ``group`` the terms ``mean of vep`` and ``mean of poor_later``, which are
            alike if the chances are right. ``dropped`` counts households not seen later.
            ``ps.auc(result.survey, "vep", "poor_later")`` tells how well chances rank. Errors
            take the chances as known.

        Raises
        ------
        DataError
            If no later period was asked for.
        """
        need_whole("groups", groups, such=5)
        table = self.survey.rows.table
        if table["poor_later"].isna().all():
            raise DataError("It is not known who was poor later.", where="argument later",
                            remedy="later= a period in which these households were seen again")  # fmt: skip
        vep, weights = self.households["vep"].to_numpy(), self.survey.weights
        ends = quantiles(vep, weights, list(np.arange(1, groups) / groups))
        group = np.searchsorted(ends, vep, side="left") + 1
        svy = self.survey.reopened(table.assign(group=group), missing="drop")
        return mean(svy, ["vep", "poor_later"], by="group")


def vulnerability(panel, formula, line, *, at, later=None, income="income",
                  household="household_id", time="year"):  # fmt: skip
    """Estimate each household's chance to be poor, from one wave (three-step FGLS).

    Parameters
    ----------
    panel : Survey or table
        A row for each household and period; a table takes its design from the columns ``weight``,
        ``stratum`` and ``psu`` that it has.
    formula : str
        Regressors, such as ``"schooling + able + C(region)"``, as in `relapse_model`.
    line : float or str
        The poverty line, or the column that holds it.
    at : int
        Period that the model is fitted to.
    later : int, optional
        Period in which it is looked up who was poor; the model does not use it.
    income, household, time : str
        Columns of income (more than 0), the household and the period.

    Returns
    -------
    Vulnerability

    Raises
    ------
    DataError
        If a period has no rows, an income is not more than 0, or a regressor is missing (see
        ``missing`` of `Survey`).

    Notes
    -----
    Log income over the line has mean X b and variance X g. Least squares gives residuals; their
    squares are regressed on X, first plainly, then divided by the fitted variance; b is then
    estimated anew with the variance as weight. The chance to be poor (vep) is
    Phi(-X b / sqrt(X g)), with survey weights in each step.

    A linear variance may be fitted as negative. Where it is less than a tenth of the mean squared
    residual it is set to that in both uses; ``floored`` counts these households (many of them: the
    regressors of the variance do not suit).

    All of this rests on one wave: it takes differences between like households for the risk of
    one of them over time. What lasts and is not among the regressors, and errors of
    measurement, count as risk. `Vulnerability.check` shows what that costs.

    References
    ----------
    Chaudhuri, S., Jalan, J., Suryahadi, A. (2002), Assessing household vulnerability to poverty
    from cross-sectional data, Columbia University discussion paper 0102-52. Amemiya, T. (1977),
    A note on a heteroscedastic model, Journal of Econometrics 6.

    Examples
    --------
    >>> import povstudy as ps
    >>> sim = ps.simulate(households=5_000, years=4)
    >>> found = ps.vulnerability(sim.panel, "schooling + able + migrant", 2300, at=2014, later=2015)
    >>> found.shares().tidy()["term"].tolist()
    ['vep >= 0.29', 'vep >= 0.5']
    >>> found.check(2).tidy()["estimate"].round(2).tolist()
    [0.18, 0.28, 0.15, 0.2]
    """
    svy = surveyed(panel)
    formula = Formula(formula, svy.rows.columns, intercept=True)
    table, later_poor = _wave(svy, formula, line, at, later, income, household, time)
    good, exog = _regressors(svy, formula, table)
    svy.rows.tell_codes(formula.plain, "panel")
    table, later_poor = table[good].reset_index(drop=True), later_poor[good]
    y = np.log(table["over_line_"].to_numpy())
    fit = _Fitted(y, exog, svy.reopened(table, missing="drop").weights)
    made = {
        "expected": fit.expected, "sd": np.sqrt(fit.variance), "vep": fit.vep, "poor": y < 0,
        "poor_later": later_poor,
    }  # fmt: skip
    rest = table.drop(columns=[household, time, "over_line_"])
    households = pd.DataFrame({"household_id": table[household], **made}).join(
        rest[[name for name in rest if name not in made]]
    )
    params = {"income": fit.of_income, "variance": fit.of_variance}
    params = pd.DataFrame(params, index=formula.names)
    survey = svy.reopened(handed_on(households, svy), missing="drop")
    return Vulnerability(households, params, int(fit.low.sum()), survey, (y, exog))


class _Fitted:
    """The three steps: coefficients, variances and chances, and the influence of each household."""

    def __init__(self, y, x, weights):
        """Fit them."""
        from scipy import stats
        from statsmodels.api import WLS

        self.x, self.w = x, weights
        first = WLS(y, x, weights).fit()
        self.squares, self.left = first.resid**2, first.resid
        self.floor = FLOOR * np.average(self.squares, weights=weights)
        self.plain = WLS(self.squares, x, weights).fit().fittedvalues
        self.rough = np.maximum(self.plain, self.floor)
        self.of_variance = WLS(self.squares, x, weights / self.rough**2).fit().params
        self.low = x @ self.of_variance < self.floor
        self.variance = np.maximum(x @ self.of_variance, self.floor)
        self.of_income = WLS(y, x, weights / self.variance).fit().params
        self.expected = x @ self.of_income
        self.rest = y - self.expected
        self.index = -self.expected / np.sqrt(self.variance)
        self.vep = stats.norm.cdf(self.index)

    def influences(self):
        """Weighted influence of each household on the coefficients of income, and on the variance.

        The second: on the coefficients of the variance, and on its floor.
        """
        x, w, left = self.x, self.w, self.left

        def solved(weights, own, *moved):
            """Influence on coefficients of a step, from its own score and from steps before."""
            score = x * own[:, None]
            for slope, steps, before in moved:
                score = score + before @ ((x * slope[:, None]).T @ steps).T
            return np.linalg.solve((x * weights[:, None]).T @ x, score.T).T

        of_first = solved(w, w * left)
        by_first = lambda weights: (-2 * weights * left, x, of_first)  # noqa: E731
        of_plain = solved(w, w * (self.squares - self.plain), by_first(w))
        of_floor = FLOOR * w * (self.squares - np.average(self.squares, weights=w)) / w.sum()
        of_rough = np.column_stack([of_plain, of_floor])
        steps = self._steps(self.plain < self.floor)
        away = self.squares - x @ self.of_variance
        of_variance = solved(w / self.rough**2, w * away / self.rough**2,
                             by_first(w / self.rough**2), (-2 * w * away / self.rough**3, steps, of_rough))  # fmt: skip
        of_variance = np.column_stack([of_variance, of_floor])
        of_income = solved(w / self.variance, w * self.rest / self.variance,
                           (-w * self.rest / self.variance**2, self._steps(self.low), of_variance))  # fmt: skip
        return of_income, of_variance

    def _steps(self, low):
        """By how much a variance moves with its coefficients, or with the floor where it is low."""
        return np.column_stack([self.x * ~low[:, None], low])

    def moved(self, slope, domain, count):
        """Weighted influence of each household, by its coefficients, on means of domains.

        ``slope``: by how much the value of a household moves with its index.
        """
        inside, spread = domain >= 0, np.sqrt(self.variance)
        of_income, of_variance = self.influences()
        steps = np.column_stack([
            -self.x / spread[:, None],
            self._steps(self.low) * (self.expected / (2 * spread**3))[:, None],
        ])  # fmt: skip
        whole = np.bincount(domain[inside], self.w[inside], count)
        gradient = np.zeros((count, steps.shape[1]))
        np.add.at(gradient, domain[inside], (steps * (self.w * slope)[:, None])[inside])
        return np.column_stack([of_income, of_variance]) @ (gradient / whole[:, None]).T


@by_replicates
def _shares(svy, model, cutoffs, by):
    """Shares of the vulnerable, with the influence of households on them and on the model."""
    from scipy import stats

    fit = _Fitted(*model, svy.weights)
    named = {f"vep >= {cut:g}": (fit.vep >= cut).astype(float) for cut in cutoffs}
    whole = svy.reopened(svy.rows.table.assign(**named), missing="drop")
    found = mean(whole, list(named), by)
    found = replace(found, simple=None, table=found.table.assign(
        term=found.table["term"].str.removeprefix("mean of ")
    ))  # fmt: skip
    if not svy.layout.errors:  # replicates: the model is estimated anew
        return found
    domain, domains = whole.rows.codes(by)
    count, inside = len(domains), domain >= 0
    people = np.bincount(domain[inside], fit.w[inside], count)
    wide = Ranked(fit.index, fit.w, np.zeros(len(domain), dtype=np.intp), 1).width[0]
    means, parts = found.table["estimate"].to_numpy().reshape(-1, count), []
    for cut, value, share in zip(cutoffs, named.values(), means, strict=True):
        slope = stats.norm.pdf((fit.index - stats.norm.ppf(cut)) / wide) / wide
        part = fit.moved(slope, domain, count)
        own = (fit.w * (value - share[domain]) / people[domain])[inside]
        part[np.flatnonzero(inside), domain[inside]] += own
        parts.append(part)
    return replace(found, totals=whole.totals(np.hstack(parts)))


def _wave(svy, formula, line, at, later, income, household, time):
    """Rows of a wave with income over the line, and who was poor later."""
    svy.rows.need([household, time, income])
    table = columns_of(svy, [household, time, *line_columns(income, line), *formula.columns])
    table = table.assign(**{one: svy.rows.cleared(one, table[one]) for one in formula.columns})
    in_order(table, household, time)
    table["over_line_"] = over_line(svy, table, income, line)
    bad = np.flatnonzero(((table["over_line_"] <= 0) & (table[time] == at)).to_numpy())
    if len(bad):
        raise DataError(
            f"{len(bad):,} households have an income that is not more than 0: it has no logarithm.",
            where=f"household {table[household].iloc[bad[0]]!r}, time {at}",
            found=table[income].iloc[bad[0]], remedy="leave them out, and say so",
        )  # fmt: skip
    for asked in (at, *listed(later)):
        if not (table[time] == asked).any():
            raise DataError("The panel has no rows of this period.", where=f"column {time}",
                            found=asked, remedy=f"{table[time].min()} to {table[time].max()}")  # fmt: skip
    now = table[table[time] == at].reset_index(drop=True)
    poor = np.full(len(now), np.nan)
    if later is not None:
        after = table[table[time] == later].set_index(household)["over_line_"]
        over = now[household].map(after).to_numpy(dtype=float)
        poor = np.where(np.isnan(over), np.nan, over < 1)
    return now, poor


def _regressors(svy, formula, table):
    """Rows with all regressors, and the regressors."""
    good = table[["over_line_", *formula.columns]].notna().all(axis=1).to_numpy()
    if not good.all() and svy.missing == "refuse":
        rows = np.flatnonzero(~good)
        svy.rows.refuse_values(f"value of {formula.text}", len(rows), f"row {rows[0]} of the wave")
    exog = formula.bind(table[good]).matrix(table[good])
    if np.linalg.matrix_rank(exog) < exog.shape[1]:
        raise DataError(
            "A regressor is constant, or follows from the others.", where="argument formula",
            found=", ".join(formula.names), remedy="leave it out",
        )  # fmt: skip
    return good, exog
