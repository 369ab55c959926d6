"""Moves in and out of poverty from two cross-sections: bounds, and a point where rho is known."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...base.checks import listed, need_between, need_one_of, need_whole
from ...base.errors import DataError
from ...base.language import in_words
from ...survey.estimates import Estimates, by_moves
from ...survey.keys import combine
from ...survey.models.formulas import Formula
from ...survey.models.leastsquares import refuse_repeating
from ...survey.weights.replication import drawn_anew
from ..households import columns_of, surveyed
from ..persistence import line_columns, over_line

MOVES = ("poor in both", "left poverty", "fell into poverty", "poor in neither",
         "exit rate", "entry rate")  # fmt: skip
READINGS = ("bound, most moves", "bound, fewest moves", "point")


@dataclass(frozen=True, repr=False)
class SyntheticPanel(Estimates):
    """Moves between two cross-sections: `Estimates`, by ``reading``.

    Attributes
    ----------
    rho : float or None
        Correlation of the residuals at which the point stands; none where there are bounds alone.
    cohorts : DataFrame or None
        Cohorts with mean log income over the line (``first``, ``second``) and households of both.
    covariates : DataFrame
        Means of the covariates in both surveys; ``apart`` is their difference in standard
        deviations. What does not change in time is alike in both but for chance.
    residuals : str
        How residuals are spread in the bounds: ``"normal"``, or as ``"observed"``.
    clipped : float
        Share of replicates whose correlation was set to 0 or 1.
    """

    rho: float | None = None
    cohorts: pd.DataFrame | None = None
    covariates: pd.DataFrame | None = None
    residuals: str = "normal"
    clipped: float = 0.0

    def _told(self, lang):
        """What is a bound and what a point, and what such numbers were worth where truth is known."""
        say = in_words("synthetic", lang)
        made = [say["bounds"]]
        if self.rho is not None:
            made.append(say["point"].format(self.rho))
        if self.cohorts is not None:
            told = len(self.cohorts), self.cohorts["n"].min(), 100 * self.clipped
            made.append(say["cohorts"].format(*told))
        if len(self.covariates):  # a formula may have a constant alone
            worst = self.covariates.loc[self.covariates["apart"].abs().idxmax()]
            made.append(say["apart"].format(worst["covariate"], abs(worst["apart"])))
        return "\n".join([*made, say["record"]])

    def combine(self, table, gradient, apart=False):
        """As of `Estimates`; what is made of them has no correlation of its own."""
        return self._plain().combine(table, gradient, apart)


def synthetic_panel(first, second, formula, line, *, cohort=None, rho=None, residuals="normal",
                    income="income", draws=200, seed=0):  # fmt: skip
    """Estimate moves in and out of poverty from two cross-sections, where there is no panel.

    Parameters
    ----------
    first, second : Survey or table
        A row for each household, with income of the earlier and of the later year; each with its
        own design. A table takes it from the columns ``weight``, ``stratum`` and ``psu`` that it
        has.
    formula : str
        Covariates that do not change between the surveys and that both have, such as
        ``"birth_year + schooling + C(region)"``; see `regress`.
    line : float, str or pair
        The poverty line, or the column that holds it; of two, the first is that of ``first``.
    cohort : str or list of str, optional
        Columns whose groups keep their members, such as ``["born", "sex"]``: the correlation of
        incomes over time is taken from the means of cohorts, and gives a point.
    rho : float, optional
        The correlation of the residuals, from 0 to 1, where it is known from elsewhere, such as
        a real panel of a like place. Without ``cohort`` and ``rho`` there are bounds alone.
    residuals : {"normal", "observed"}
        How residuals are spread in the bounds: as a bivariate normal, or as they were found. The
        point takes them as normal.
    income : str
        Column of income (more than 0), in both.
    draws : int
        Bootstrap samples of each survey; one with replicate weights is estimated with these.
    seed : int

    Returns
    -------
    SyntheticPanel
        The terms ``poor in both``, ``left poverty``, ``fell into poverty`` and ``poor in neither``
        of all, ``exit rate`` of the poor and ``entry rate`` of the others, each by ``reading``:
        ``bound, most moves`` (rho 0), ``bound, fewest moves`` (rho 1) and ``point``. With cohorts
        the term ``correlation of residuals`` too, with its error. Shares are of the households
        of ``second``.

    Raises
    ------
    DataError
        If an income is not more than 0, a value is missing, a category of ``second`` is not in
        ``first``, there are fewer than three cohorts, or these give no correlation from 0 to 1.

    Notes
    -----
    Log income over the line is x b1 + e1 in the first survey and x b2 + e2 in the second
    (least squares with weights and a constant). With h = -x b / sigma of each, the chance to be
    poor in both is the bivariate normal Phi(h1, h2; rho), on average over the households of the
    second survey. The chance grows with rho: at 0 there are most moves, at 1 fewest. With
    residuals as observed, rho 0 sets every residual of the first survey beside each household
    of the second (what repeated draws tend to), rho 1 its own residual, in the scale of the
    first.

    From cohorts, rho is (r s1 s2 - b1' V b2) / (sigma1 sigma2), with r the correlation of the
    means of cohorts, s the standard deviations of log income, and V the covariances of x in the
    second survey. It takes the correlation of means for that of households, which is the weakest
    link of the point.

    Errors are of a bootstrap of the sampling units of both surveys, each by itself, in which
    coefficients, residuals and the correlation are estimated anew. They tell of sampling alone,
    not of whether the assumptions hold: of both bounds, rho between 0 and 1, residuals that are
    as the method has them, covariates that do not change, and one population in both years.

    References
    ----------
    Dang, H.-A., Lanjouw, P., Luoto, J., McKenzie, D. (2014), Using repeated cross-sections to
    explore movements into and out of poverty, Journal of Development Economics 107. Dang, H.-A.,
    Lanjouw, P. (2023), Measuring poverty dynamics with synthetic panels based on repeated
    cross-sections, Oxford Bulletin of Economics and Statistics 85.

    Examples
    --------
    >>> import povstudy as ps
    >>> seen = ps.simulate(households=2_000, years=3, seed=1).panel
    >>> first, second = (seen[seen["wave"] == one] for one in (1, 3))
    >>> found = ps.synthetic_panel(first, second, "schooling + able", 2300, draws=20)
    >>> rates = found.wide("reading").set_index("term").loc[["exit rate", "entry rate"]]
    >>> rates[["bound, fewest moves", "bound, most moves"]].round(2).values.tolist()
    [[0.2, 0.79], [0.0, 0.19]]
    """
    need_one_of("residuals", residuals, ["normal", "observed"])
    need_whole("draws", draws, 20, such=200)
    need_whole("seed", seed, 0)
    if rho is not None:
        need_between("rho", rho, 0, 1, 0.7, ends=(0, 1))
        if cohort is not None:
            raise DataError("The correlation is stated, or taken from cohorts.", where="arguments cohort, rho",
                            found=f"cohort={cohort!r}, rho={rho!r}", remedy="cohort=None")  # fmt: skip
    lines = listed(line)
    if len(lines) not in (1, 2):
        raise DataError("There is one line for both surveys, or one for each.", where="argument line",
                        found=f"{len(lines)} lines", remedy=f"line=({lines[0]!r}, {lines[-1]!r})" if lines else "line=2300")  # fmt: skip
    by = listed(cohort)
    sides = [_Side(surveyed(one), formula, of, income, by)
             for one, of in zip((first, second), (lines[0], lines[-1]), strict=True)]  # fmt: skip
    both = _Both(*sides, None if not by else _cohorts(sides, by), rho, residuals)
    whole, found_rho = both.values(*(one.w for one in sides))
    if by and not 0 <= found_rho <= 1:
        raise DataError("Cohorts give no correlation of residuals from 0 to 1: incomes of cohorts do not move as this method has it.",
                        where="argument cohort", found=f"{found_rho:.2f}",
                        remedy="cohort=None, rho=0.7  # from a panel of a like place; or neither: bounds alone")  # fmt: skip
    moved, df, clipped, times = [], [], 0, 0
    for k, one in enumerate(sides):
        weights, scale, own = drawn_anew(one.svy, draws, (seed, k))
        for w, of in zip(weights[:, one.good], scale, strict=True):
            pair = (w, sides[1].w) if k == 0 else (sides[0].w, w)
            found, at = both.values(*pair)
            moved.append(np.sqrt(of) * (found - whole))
            clipped, times = clipped + (by != [] and not 0 <= at <= 1), times + 1
        df.append(own)
    two, readings = sides[1], READINGS[: 2 + both.has_point]
    named = [(move, one) for one in readings for move in MOVES]
    named += [("correlation of residuals", READINGS[2])] if by else []
    table = pd.DataFrame(named, columns=["term", "reading"])
    table = table.assign(estimate=whole, n=len(two.y), population=two.w.sum())
    ones = np.ones(len(table))
    made = SyntheticPanel(
        table, two.svy.design, None, dropped=sum(one.dropped for one in sides), status=two.svy.status,
        source=two.svy.source or sides[0].svy.source,
        shares=lambda: (ones > 0, table["n"].to_numpy(dtype=float), np.inf * ones), same=("reading",),
        rho=float(found_rho) if both.has_point else None, cohorts=both.cohorts_told() if by else None,
        covariates=both.covariates(), residuals=residuals, clipped=clipped / times,
    )  # fmt: skip
    return by_moves(made, np.array(moved), min(df), "bootstrap of both surveys")


class _Side:
    """One survey: log income over the line, covariates and weights of its rows."""

    def __init__(self, svy, formula, line, income, by):
        """Read it."""
        self.formula = Formula(formula, svy.rows.columns, intercept=True)
        names = list(dict.fromkeys([*line_columns(income, line), *self.formula.columns, *by]))
        self.svy = svy = svy.in_memory(names)
        svy.rows.need(names)
        table = columns_of(svy, names)
        for one in self.formula.columns:
            table[one] = svy.rows.cleared(one, table[one])
        ratio, counts = over_line(svy, table, income, line), svy.weights > 0
        if len(bad := np.flatnonzero((ratio <= 0) & counts)):
            raise DataError(
                f"{len(bad):,} households have an income that is not more than 0: it has no logarithm.",
                where=f"column {income}, {svy.rows.place(bad[0])}", found=table[income].iloc[bad[0]],
                remedy="leave them out of both surveys, and say so",
            )  # fmt: skip
        asked = [*self.formula.columns, *by]
        known = ~np.isnan(ratio) & table[asked].notna().all(axis=1).to_numpy()
        if svy.missing == "refuse" and len(lost := np.flatnonzero(~known & counts)):
            svy.rows.refuse_values(" or ".join(asked), len(lost), svy.rows.place(lost[0]))
        self.good = np.flatnonzero(known & counts)
        if not len(self.good):
            raise DataError("No row has all that the formula needs.", where="argument formula",
                            found=f"{len(svy):,} rows", remedy="look which column is empty")  # fmt: skip
        self.dropped = int((~known & counts).sum())
        self.table = table.iloc[self.good].reset_index(drop=True)
        self.y, self.w = np.log(ratio[self.good]), svy.weights[self.good]
        self.x = self.formula.bind(self.table).matrix(self.table)
        svy.rows.tell_codes(self.formula.plain, "survey")
        refuse_repeating(self.x, self.formula.names)
        self.free = len(self.y) / (len(self.y) - self.x.shape[1])
        self.cohort, self.count = None, 0

    def fit(self, w):
        """Coefficients and standard deviation of residuals, by some weights."""
        cross = (self.x * w[:, None]).T
        try:
            slopes = np.linalg.solve(cross @ self.x, cross @ self.y)
        except np.linalg.LinAlgError:  # a category that is in no unit that was drawn
            slopes = np.linalg.pinv(cross @ self.x, hermitian=True) @ (cross @ self.y)
        left = self.y - self.x @ slopes
        return slopes, np.sqrt(self.free * (w @ left**2) / w.sum()), left

    def spread(self, w):
        """Standard deviation of log income, and its means by cohort."""
        n = len(self.y)
        middle = w @ self.y / w.sum()
        size = np.bincount(self.cohort, w, self.count)
        means = np.bincount(self.cohort, w * self.y, self.count) / np.where(size > 0, size, np.nan)
        return np.sqrt(n / (n - 1) * (w @ (self.y - middle) ** 2) / w.sum()), means


def _cohorts(sides, by):
    """Codes of cohorts that both surveys have; the table of them."""
    lone = [one.table[by] for one in sides]
    code, names = combine({one: pd.concat([x[one] for x in lone], ignore_index=True) for one in by})
    parts = np.split(code, [len(lone[0])])
    both = np.intersect1d(*parts)
    if len(both) < 3:
        raise DataError("Three cohorts or more tell how incomes of cohorts go together.", where="argument cohort",
                        found=f"{len(both)} cohorts that are in both surveys", remedy="cohort= columns of more groups")  # fmt: skip
    for side, part in zip(sides, parts, strict=True):
        place = np.searchsorted(both, part).clip(max=len(both) - 1)
        side.count = len(both) + 1  # the last: of one survey alone
        side.cohort = np.where(both[place] == part, place, len(both))
    return names.iloc[both].reset_index(drop=True)


class _Both:
    """Both surveys, and what is made of them by some weights."""

    def __init__(self, one, two, cohorts, rho, residuals):
        """Covariates of the second survey, as the first has them."""
        self.one, self.two, self.cohorts = one, two, cohorts
        self.rho, self.residuals = rho, residuals
        self.has_point = rho is not None or cohorts is not None
        self.x = one.formula.of(two.table)
        each = np.column_stack([self.x, two.x])
        _, self.first, pattern = np.unique(each, axis=0, return_index=True, return_inverse=True)
        self.pattern = pattern.ravel()

    def values(self, w1, w2):
        """All estimates, and the correlation of residuals before it is set into 0 to 1."""
        one, two = self.one, self.two
        (b1, s1, e1), (b2, s2, e2) = one.fit(w1), two.fit(w2)
        x1, x2 = self.x @ b1, two.x @ b2
        rho = self.rho if self.cohorts is None else self._of_cohorts(w1, w2, x1, x2, s1, s2)
        share = np.bincount(self.pattern, w2, len(self.first)) / w2.sum()
        h1, h2 = -x1[self.first] / s1, -x2[self.first] / s2
        kept = None if rho is None else min(max(rho, 0.0), 1.0)
        if self.residuals == "normal":
            made = [_moves(share, h1, h2, at) for at in (0.0, 1.0)]
        else:
            made = _as_observed(-x1, e1, w1 / w1.sum(), two.y < 0, e2 * s1 / s2, w2 / w2.sum())
        made += [_moves(share, h1, h2, kept)] if rho is not None else []
        made += [[kept]] if self.cohorts is not None else []
        return np.concatenate(made), rho

    def _of_cohorts(self, w1, w2, x1, x2, s1, s2):
        """Correlation of residuals from that of the means of cohorts."""
        (d1, m1), (d2, m2) = self.one.spread(w1), self.two.spread(w2)
        m1, m2 = m1[:-1], m2[:-1]
        here = ~np.isnan(m1 + m2)  # a cohort may be in no unit that was drawn
        r = np.corrcoef(m1[here], m2[here])[0, 1] if here.sum() > 2 else np.nan
        share, n = w2 / w2.sum(), len(w2)
        common = n / (n - 1) * (share @ ((x1 - share @ x1) * x2))
        rho = (r * d1 * d2 - common) / (s1 * s2)
        return rho if np.isfinite(rho) else 0.0

    def cohorts_told(self):
        """Cohorts with their means, by the full weights."""
        one, two = self.one, self.two
        n = sum(np.bincount(side.cohort, minlength=side.count) for side in (one, two))
        (_, first), (_, second) = one.spread(one.w), two.spread(two.w)
        return self.cohorts.assign(first=first[:-1], second=second[:-1], n=n[:-1])

    def covariates(self):
        """Means of covariates in both surveys, and how far apart they are."""
        words, free = self.one.formula.words(), np.array(self.one.formula.names) != "Intercept"
        rows = []
        for x, w in ((self.one.x, self.one.w), (self.x, self.two.w)):
            mean = np.average(x, axis=0, weights=w)
            rows.append((mean, np.average((x - mean) ** 2, axis=0, weights=w)))
        (m1, v1), (m2, v2) = rows
        spread = np.sqrt((v1 + v2) / 2)
        apart = np.divide(m2 - m1, spread, out=np.zeros_like(m1), where=spread > 0)
        made = pd.DataFrame({"covariate": words, "first": m1, "second": m2, "apart": apart})
        return made[free].reset_index(drop=True)


def _moves(share, h1, h2, rho):
    """The four shares and both rates, by thresholds and their correlation."""
    from scipy.special import ndtr

    return _rates(share @ bivariate(h1, h2, rho), share @ ndtr(h1), share @ ndtr(h2))


def _as_observed(low, e1, w1, poor, e2, w2):
    """Both bounds, with residuals as they were found."""
    order = np.argsort(e1, kind="stable")
    below = np.r_[0.0, np.cumsum(w1[order])]
    chance = below[np.searchsorted(e1[order], low, side="left")]
    ways = chance, (e2 < low).astype(float)
    return [_rates(w2 @ (poor * then), w2 @ then, w2 @ poor) for then in ways]


def _rates(both, one, two):
    """The four shares and both rates, from the chance to be poor in both and in each."""
    left, fell = one - both, two - both
    exits, entries = left / one if one > 0 else np.nan, fell / (1 - one) if one < 1 else np.nan
    return np.array([both, left, fell, 1 - one - fell, exits, entries])


def bivariate(h, k, rho):
    """Chance that two standard normals of a correlation are below h and below k (Owen's T).

    Parameters
    ----------
    h, k : ndarray
    rho : float
        From -1 to 1.

    Returns
    -------
    ndarray

    References
    ----------
    Owen, D. (1956), Tables for computing bivariate normal probabilities, Annals of Mathematical
    Statistics 27.

    Examples
    --------
    >>> from povstudy.panels.unseen.synthetic import bivariate
    >>> bivariate([0.0, 1.0], [0.0, -0.5], 0.5).round(6).tolist()
    [0.333333, 0.296091]
    """
    from scipy.special import ndtr, owens_t

    h, k = (np.asarray(one, dtype=float) for one in (h, k))
    p, q = ndtr(h), ndtr(k)
    if rho == 0:
        return p * q
    if abs(rho) == 1:
        return np.minimum(p, q) if rho > 0 else np.maximum(p + q - 1, 0)
    h, k = (np.where(one == 0, 1e-300, one) for one in (h, k))
    root = np.sqrt(1 - rho**2)
    return (p + q) / 2 - owens_t(h, (k / h - rho) / root) - owens_t(k, (h / k - rho) / root) \
        - np.where(h * k < 0, 0.5, 0.0)  # fmt: skip
