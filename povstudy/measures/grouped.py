"""Poverty from the groups of a published table: Lorenz curves through shares of income."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..base.checks import need_positive
from ..base.errors import DataError
from ..base.status import handed_on, status_of

TERMS = ("headcount", "gap", "severity", "watts", "gini", "median")
_GRID = np.r_[0.001, np.linspace(0.005, 0.995, 199), 0.999]  # where a curve is looked at


def grouped_poverty(shares, *, line, mean=None, population=None, source=None):
    """Poverty below a line from grouped data, such as a yearbook's fifths, by two Lorenz curves.

    Parameters
    ----------
    shares : sequence of float
        Of each group, the poorest first: its share of all income (in any unit: percent will do),
        with ``mean``; or, without ``mean``, its mean income.
    line : float or list of float
        In the unit of the mean income.
    mean : float, optional
        Mean income of all. Default: that of the groups.
    population : sequence of float, optional
        Share of persons of each group; default: groups of one size.
    source : Source, optional
        Where they come from, and of which kind they are; default: what ``shares`` knows of itself,
        else *official*.

    Returns
    -------
    DataFrame
        ``curve`` (``general quadratic``, ``beta``), ``term`` (``headcount``, ``gap``,
        ``severity``, ``watts``, ``gini``, ``median``), ``line``, ``estimate``, ``valid``,
        ``chosen``, ``why``, ``fit_error`` (root mean square of the shares), ``n`` (groups),
        ``data_status``. There is no standard error: groups tell nothing of how households differ
        within them, nor of the sample. ``attrs["curves"]`` holds the numbers of each curve.

    Raises
    ------
    DataError
        If there are fewer than five groups, they do not go from the poorest to the richest, or
        income or line is not above 0.

    Notes
    -----
    Both curves are fitted by least squares through the cumulative shares p (persons) and L
    (income): the general quadratic (Villasenor and Arnold), ``L(1 - L) = a(p^2 - L) + bL(p - 1) +
    c(p - L)`` without the last point; the beta (Kakwani), ``log(p - L) = log(theta) + gamma log(p)
    + delta log(1 - p)``. Income at p is the mean times the slope of L there. Headcount, gaps and
    the quadratic's Gini are the closed forms that Datt lists, other numbers are integrals. A curve is
    ``valid`` where it starts at 0, bends upwards and has no negative slope from .001 to .999
    (the quadratic: a + c not below 1 too); ``why`` tells what is not so. Of two that are valid, or
    of two that are not, the one that lies nearer to the shares up to the line is ``chosen``.
    Trust the two where they agree; five groups say little of the poorest.

    References
    ----------
    Datt, G. (1998), Computational tools for poverty measurement and analysis, FCND discussion
    paper 50, IFPRI. Villasenor, J., Arnold, B. (1989), Elliptical Lorenz curves, Journal of
    Econometrics 40. Kakwani, N. (1980), On a class of poverty measures, Econometrica 48.

    Examples
    --------
    Mean incomes of fifths, made up for illustration:

    >>> import povstudy as ps
    >>> found = ps.grouped_poverty([3000, 6000, 9000, 13000, 24000], line=4000,
    ...     source=ps.Source("simulated", "made up"))
    >>> found.query("chosen and term == 'headcount'")[["curve", "estimate"]].round(3).values.tolist()
    [['general quadratic', 0.162]]
    """
    p, L, mean = _points(shares, mean, population)
    lines = [line] if np.ndim(line) == 0 else list(line)
    for one in lines or [None]:
        need_positive("line", one, 4000)
    curves = {"general quadratic": _Quadratic.through(p, L), "beta": _Beta.through(p, L)}
    rows = []
    with np.errstate(all="ignore"):  # what a curve that is not valid does not have is missing
        faults = {name: curve.faults() for name, curve in curves.items()}
        error = {name: np.sqrt(np.mean((curve(p) - L) ** 2)) for name, curve in curves.items()}
        for z in map(float, lines):
            found = {name: curve.measured(z, mean) for name, curve in curves.items()}
            chosen = min(curves, key=lambda name: (
                bool(faults[name]), _misses(curves[name], p, L, found[name]["headcount"])))  # fmt: skip
            rows += [
                {"curve": name, "term": term, "line": z, "estimate": found[name][term],
                 "valid": not faults[name], "chosen": name == chosen, "why": "; ".join(faults[name]),
                 "fit_error": error[name], "n": len(p) + 1}
                for name in curves for term in TERMS
            ]  # fmt: skip
    made = pd.DataFrame(rows).assign(data_status=status_of(source or shares, "official"))
    made.attrs["curves"] = {name: vars(curve) for name, curve in curves.items()}
    return handed_on(made, source, shares)


def _points(shares, mean, population):
    """Cumulative shares of persons and income, without the ends, and the mean."""
    income = _numbers(shares)
    persons = np.ones(len(income)) if population is None else _numbers(population)
    if len(persons) != len(income) or len(income) < 5:
        raise DataError("Grouped poverty needs five groups or more, and the persons of each.",
                        found=f"{len(income)} groups of income, {len(persons)} of persons",
                        remedy="ps.grouped_poverty([3000, 6000, 9000, 13000, 24000], line=4000)")  # fmt: skip
    for name, one in (("income", income), ("persons", persons)):
        bad = np.flatnonzero(~(one > 0) | ~np.isfinite(one))
        if len(bad):
            raise DataError(f"Of each group, {name} is a number above 0.",
                            where=f"group {bad[0] + 1} of {len(one)}", found=one[bad[0]])  # fmt: skip
    persons = persons / persons.sum()
    level = income if mean is None else income / persons
    down = np.flatnonzero(np.diff(level) < 0)
    if len(down):
        raise DataError(
            "Groups go from the poorest to the richest.", where=f"groups {down[0] + 1} and {down[0] + 2}",
            found=f"{level[down[0]]:g}, then {level[down[0] + 1]:g} "
            + ("(mean incomes)" if mean is None else "(income for each share of persons)"),
            remedy="shares= of income, not cumulated, with population= that goes with them",
        )  # fmt: skip
    if mean is None:
        mean, income = float(persons @ income), persons * income
    need_positive("mean", mean, 11000)
    if level[-1] - level[0] <= 1e-12 * level[0]:
        raise DataError("All groups have the same income: no curve goes through them.",
                        where="argument shares", found=f"{level[0]:g} in each",
                        remedy="shares= of groups in the order of income, the poorest first")  # fmt: skip
    return np.cumsum(persons)[:-1], np.cumsum(income / income.sum())[:-1], float(mean)


def _numbers(given):
    return pd.to_numeric(pd.Series(list(given), dtype=object), errors="coerce").to_numpy(
        dtype=float
    )


def _misses(curve, p, L, headcount):
    """Squared distance from the shares, up to the first group that ends beyond the poor."""
    last = min(int(np.searchsorted(p, headcount)), len(p) - 1)
    return float(((curve(p) - L)[: last + 1] ** 2).sum())


def _slopes(curve):
    """What is wrong with the slopes of a curve, as words."""
    slope, faults = curve.slope(_GRID), []
    if not (slope >= 0).all():
        faults.append("incomes below zero")
    if not (np.diff(slope) >= 0).all():
        faults.append("incomes that fall from poor to rich")
    return faults


def _integral(of, stop):
    from scipy.integrate import quad

    # In the root of p: slopes of a beta curve have no end at 0. With full output it warns of nothing.
    return quad(lambda root: 2 * root * of(root**2), 0, np.sqrt(stop), limit=200, epsabs=1e-13,
                full_output=1)[0]  # fmt: skip


@dataclass(frozen=True)
class _Quadratic:
    """The general quadratic curve."""

    a: float
    b: float
    c: float

    @classmethod
    def through(cls, p, L):
        x = np.column_stack([p**2 - L, L * (p - 1), p - L])
        return cls(*map(float, np.linalg.lstsq(x, L * (1 - L), rcond=None)[0]))

    def _parts(self):
        e = -(self.a + self.b + self.c + 1)
        m, n = self.b**2 - 4 * self.a, 2 * self.b * e - 4 * self.c
        return e, m, n, np.sqrt(n**2 - 4 * m * e**2)

    def __call__(self, p):
        e, m, n, _ = self._parts()
        return -(self.b * p + e + np.sqrt(m * p**2 + n * p + e**2)) / 2

    def slope(self, p):
        e, m, n, _ = self._parts()
        return -self.b / 2 - (2 * m * p + n) / (4 * np.sqrt(m * p**2 + n * p + e**2))

    def faults(self):
        e, *_ = self._parts()
        faults = ["it does not start at 0"] if e > 0 else []
        if self.a + self.c < 1:
            faults.append("a + c is below 1")
        return faults + _slopes(self)

    def measured(self, z, mean):
        _, m, n, r = self._parts()
        if not r > 0:  # it bends down
            return dict.fromkeys(TERMS, np.nan)
        at = self.b + 2 * z / mean
        if m >= 0 and at**2 <= m:
            head = 1.0 if self.slope(0.5) * mean < z else 0.0
        else:
            head = float(np.clip(-(n + r * at / np.sqrt(at**2 - m)) / (2 * m), 0, 1))
        return _measured(self, head, z, mean)


@dataclass(frozen=True)
class _Beta:
    """The beta curve."""

    theta: float
    gamma: float
    delta: float

    @classmethod
    def through(cls, p, L):
        x = np.column_stack([np.ones_like(p), np.log(p), np.log(1 - p)])
        level, gamma, delta = np.linalg.lstsq(x, np.log(p - L), rcond=None)[0]
        return cls(float(np.exp(level)), float(gamma), float(delta))

    def __call__(self, p):
        return p - self.theta * p**self.gamma * (1 - p) ** self.delta

    def slope(self, p):
        bend = self.theta * p**self.gamma * (1 - p) ** self.delta
        return 1 - bend * (self.gamma / p - self.delta / (1 - p))

    def faults(self):
        return ["it does not start at 0"] * (not self._ends) + _slopes(self)

    @property
    def _ends(self):
        """Whether it goes from 0 to 1."""
        return self.gamma > 0 and self.delta > 0

    def measured(self, z, mean):
        from scipy.optimize import brentq

        if not self._ends:
            return dict.fromkeys(TERMS, np.nan)
        # Below the lowest slope nobody is poor but for negative incomes, which are not counted on.
        low = _GRID[np.argmin(self.slope(_GRID))] if self.slope(1e-12) > z / mean else 1e-12
        gap = lambda p: self.slope(p) - z / mean  # noqa: E731
        ends = gap(low), gap(1 - 1e-12)
        head = (
            0.0 if ends[0] > 0 else 1.0 if ends[1] < 0 else brentq(gap, low, 1 - 1e-12, xtol=1e-15)
        )
        return _measured(self, float(head), z, mean)


def _measured(curve, head, z, mean):
    """All measures, where the share `head` is poor."""
    share, inverse = float(curve(head)) if head else 0.0, mean / z
    squares = _integral(lambda p: curve.slope(p) ** 2, head)
    worst = curve.slope(np.array([1e-9]))[0]
    return {
        "headcount": head,
        "gap": head - inverse * share,
        "severity": head - 2 * inverse * share + inverse**2 * squares,
        "watts": _integral(lambda p: np.log(z / (mean * curve.slope(p))), head) if worst > 0 else np.nan,
        "gini": 1 - 2 * _integral(curve, 1),
        "median": mean * float(curve.slope(0.5)),
    }  # fmt: skip
