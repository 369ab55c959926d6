"""The risk of a household: from its hazard, its own past, and the hazards of other ends."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..base.checks import need_columns
from ..base.errors import DataError
from ..survey.cells import Layout, Rows
from ..survey.engines import open_table
from ..survey.keys import as_pandas
from ..survey.shares import reach_of
from .checks.paths import designed
from .frailty import NAME, first_seen_late
from .links import LINKS
from .risks import PLACES
from .rows import kinds_of, read_rows

_AT_ONCE = 20_000  # households whose risk is worked out at once
_NODES = 60


@dataclass(frozen=True)
class Rival:
    """Hazard of the ends that compete with the one fitted.

    Attributes
    ----------
    params, covariance : ndarray
        Coefficients, as those of the fit, of any other end; covariance of both, the fit first.
    baseline : Baseline
    error : DataError or None
        Why there are none.
    parts : tuple of Rival
        Each other end by itself, where they are not taken together.
    influences : Units or None
        Influences of independent units on the coefficients of the fit, for what is joint.
    """

    params: np.ndarray | None = None
    covariance: np.ndarray | None = None
    baseline: object = None
    error: DataError | None = None
    parts: tuple = ()
    influences: object = None


def within(fit, start, periods, z, level, past=None, any_end=False, path=None):
    """Chance of an end of each row within some periods after its start, with its error.

    Parameters
    ----------
    fit : RelapseFit
    start, periods : ndarray of int
    z : ndarray
        Design of the rows; its last column the offset of a fit that has one.
    level : float
        Of the intervals.
    past : Past, optional
        Earlier spells of the rows.
    any_end : bool
        Whether other ends count too.
    path : ndarray, optional
        Design of each row in each period after its start, in place of that of now.

    Returns
    -------
    dict of ndarray
        ``risk std_error ci_low ci_high``.
    """
    most = int(start.max(initial=0)) + int(periods.max(initial=1))
    seen = np.arange(most) + 1
    width = len(fit.formula.names)
    own = _Hazard(fit.link, fit.baseline, fit.params.to_numpy(), width, seen)
    covariance, rivals = fit.cov().to_numpy(), []
    if fit.others:
        covariance = fit.rival.covariance
        rivals = [_Hazard(fit.link, one.baseline, one.params, width, seen)
                  for one in fit.rival.parts or [fit.rival]]  # fmt: skip
    silent = np.append(0, np.cumsum(fit.baseline.silent(seen)))
    more = -np.log1p(-fit.baseline.bound)  # what a period without events may have
    reach = reach_of(level, fit.df)
    out = {name: np.empty(len(z)) for name in ("risk", "std_error", "ci_low", "ci_high")}
    for a in range(0, len(z), _AT_ONCE):
        part = slice(a, a + _AT_ONCE)
        asked = start[part], periods[part], (z if path is None else path)[part]
        if rivals:
            total, gradient = _among([own, *rivals], *asked, any_end)
        else:
            total, gradient = own.cumulative(*asked)
        if NAME in fit.params.index:
            before, slope = own.cumulative(np.zeros_like(asked[0]), asked[0], z[part])
            of_past = None if past is None else past.link[part]
            if past is not None:
                before, slope = before + of_past @ past.lived, slope + of_past @ past.slope
            theta = np.exp(fit.params.iloc[-1])
            made = _over_all(theta, before, slope, total, gradient)
            if past is not None:
                _after_falls(theta, before, slope, total, gradient, past, of_past, made)
            total, gradient = made
        error = np.sqrt(np.maximum(np.einsum("ij,ij->i", gradient @ covariance, gradient), 0))
        out["risk"][part] = -np.expm1(-total)
        out["std_error"][part] = np.exp(-total) * error
        width = np.divide(reach * error, total, out=np.zeros_like(total), where=total > 0)
        out["ci_low"][part] = -np.expm1(-total * np.exp(-width))
        out["ci_high"][part] = -np.expm1(
            -total * np.exp(width) - more * (silent[asked[0] + asked[1]] - silent[asked[0]])
        )
    return out


class _Hazard:
    """Hazard of each period by the coefficients of a baseline and of the formula."""

    def __init__(self, link, baseline, params, width, seen):
        self.link, self.split = LINKS[link], len(baseline.names)
        self.curve = baseline.matrix(seen)
        self.of_period = baseline.levels(seen, params[: self.split])
        self.width = width
        self.slopes = np.append(params[self.split : self.split + width], 1.0)  # the last: an offset

    def at(self, period, here, z):
        """Cumulative hazard of a period, and its slope; 0 for rows that are not here."""
        period = np.where(here, period, 0)
        rate, slope = self.link.cumulative(z @ self.slopes[: z.shape[1]] + self.of_period[period])
        return np.where(here, rate, 0), np.where(here, slope, 0), self.curve[period]

    def cumulative(self, start, periods, z):
        """Cumulative hazard over some periods after the start, and its slopes."""
        total = np.zeros(len(start))
        by_curve, by_z = np.zeros((len(start), self.split)), np.zeros((len(start), self.width))
        for step in range(int(periods.max(initial=0))):
            here = of_step(z, step)
            rate, slope, curve = self.at(start + step, step < periods, here)
            total += rate
            by_curve += slope[:, None] * curve
            by_z += slope[:, None] * here[:, : self.width]
        return total, np.hstack([by_curve, by_z])


def of_step(z, step):
    """Design of a period: along a path that of the period, else the one of all."""
    return z if z.ndim == 2 else z[:, min(step, z.shape[1] - 1)]


def _among(ends, start, periods, z, any_end):
    """Minus the log of one minus the cumulative incidence (of all ends: of surviving), and slopes.

    Of the first end, which competes with the others.
    """
    edges = np.cumsum([0, *(one.split + one.width for one in ends)])
    size = edges[-1]
    come, left = np.zeros(len(start)), np.ones(len(start))
    of_come, of_left = np.zeros((len(start), size)), np.zeros((len(start), size))
    for step in range(int(periods.max(initial=0))):
        hazards, slopes, x = [], np.zeros((len(ends), len(start), size)), of_step(z, step)
        for i, one in enumerate(ends):
            rate, slope, curve = one.at(start + step, step < periods, x)
            hazards.append(-np.expm1(-rate))
            slopes[i][:, edges[i] : edges[i + 1]] = (np.exp(-rate) * slope)[:, None] * np.hstack(
                [curve, x[:, : one.width]]
            )
        most = np.maximum(sum(hazards), 1)  # more than all cannot end
        first, both = hazards[0] / most, sum(hazards) / most
        of_come += left[:, None] * slopes[0] + first[:, None] * of_left
        come += left * first
        of_left = (1 - both)[:, None] * of_left - left[:, None] * slopes.sum(axis=0)
        left = left * (1 - both)
    rest, gradient = (left, -of_left) if any_end else (1 - come, of_come)
    rest = np.maximum(rest, 1e-300)
    return -np.log(rest), gradient / rest[:, None]


# Past memory --------------------------------------------------------------------------


def in_memory(table):
    """A table of polars or of an engine as one of pandas; another as it is."""
    if isinstance(table, pd.DataFrame) or not hasattr(table, "columns"):
        need_columns(table, [])
        return table
    return as_pandas(Rows(table, Layout()).table.to_arrow())


def written(fit, households, into, **asked):
    """Write the risks of rows that an engine holds to a Parquet file; see `RelapseFit.risk`.

    Rows of the same covariates and duration have one risk: it is worked out once, and looked up.
    """
    rows = open_table(households, Layout())
    if isinstance(rows, Rows):
        raise DataError("A table in memory gives a table in memory.", where="argument into",
                        remedy=f"fit.risk(households).to_parquet({str(into)!r})  # all other arguments as they are")  # fmt: skip
    single = [one for one in ("history", "path")
              if asked[one] is not None and not isinstance(asked[one], dict)]  # fmt: skip
    if single:
        file = isinstance(households, str | Path)
        raise DataError(
            "What is told of each household is looked up in memory.",
            where=f"argument {single[0]}", found="into=",
            remedy=f"households = pd.read_parquet({str(households)!r})  # and no into=" if file
            else "give households as a table of pandas, and no into=",
        )  # fmt: skip
    own = ["spell"] if NAME in fit.params.index else []  # else it says nothing, and may be missing
    more = [one for one in ("duration", *own) if one in rows.columns]
    keys = [*fit.formula.columns, *([] if fit.offset is None else [fit.offset]), *more]
    rows.need(keys := list(dict.fromkeys(keys)))
    packing, kinds = kinds_of(rows, keys)
    shown = [f"k{i}" for i in range(len(keys))]
    told = kinds[shown].set_axis(keys, axis=1)
    try:
        risks = fit.risk(told, **asked)
    except DataError as error:
        row = re.fullmatch(r"row (\d+)", str(error.where))
        if row is None:
            raise
        # rows that are alike were asked about: how many there are of each is known here alone
        one = ", ".join(f"{name} {told[name].iloc[int(row[1])]!r}" for name in keys)
        problem = re.sub(r"^([\d,]+) households", r"\1 kinds of households", error.problem)
        raise DataError(problem, where=f"rows of {one}", found=error.found,
                        remedy=error.remedy) from None  # fmt: skip
    risks = risks.drop(columns=[one for one in PLACES if one in risks])
    named = kinds[shown if packing is None else ["kind"]]
    kept = [one for one in ("household_id", *PLACES) if one in rows.columns]
    rows.looked_up(keys, named.join(pd.DataFrame(risks)), kept, into, packing)
    return into


# After earlier spells -----------------------------------------------------------------


@dataclass(frozen=True)
class Past:
    """Earlier spells: which row asked has which, and the hazard survived in each.

    Attributes
    ----------
    link : sparse array, rows asked x earlier rows
    lived, slope : ndarray
        Cumulative hazard survived in each earlier row, and its slopes.
    fell : ndarray of bool
        Which of them ended by a fall.
    last, of_last : ndarray
        Hazard of the period of the fall, and its slopes.
    """

    link: object
    lived: np.ndarray
    slope: np.ndarray
    fell: np.ndarray
    last: np.ndarray
    of_last: np.ndarray


def past_of(fit, households, history):
    """Read the earlier spells of the households of which a risk is asked.

    Parameters
    ----------
    fit : RelapseFit
    households : DataFrame
    history : DataFrame

    Returns
    -------
    Past
    """
    from scipy import sparse

    table = Rows(history, Layout())
    names = [*fit.formula.columns, *([] if fit.offset is None else [fit.offset])]
    table.need(["household_id", "entry", "exit", "event", *names])
    read = read_rows(table, names, "household_id", fit.cause, "refuse")
    rows = read.rows
    fit.refuse_late(rows.exit, 0, "history=")
    kept = slice(None) if read.kept is None else read.kept
    ids = table.key("household_id")
    if "household_id" not in households:
        raise DataError("Earlier spells are known by their household.", where="households",
                        remedy="give households the column household_id, as in history=")  # fmt: skip
    whole = pd.Index(ids.unique())
    who = whole.get_indexer(households["household_id"])
    if len(who) and (who < 0).all():
        raise DataError(
            "No household of history= is among those asked for.", where="column household_id",
            found=f"{households['household_id'].iloc[0]!r} beside {ids.iloc[0]!r}",
            remedy="history= the earlier spells of these households, with the same codes",
        )  # fmt: skip
    asked = pd.DataFrame({"who": who, "i": np.arange(len(who))})
    earlier = pd.DataFrame({"who": whole.get_indexer(ids.iloc[kept]), "j": np.arange(len(rows))})
    numbered = "spell" in households and "spell" in table.columns
    if numbered:
        asked["now"] = pd.to_numeric(households["spell"], errors="coerce").to_numpy(dtype=float)
        earlier["then"] = pd.to_numeric(table.key("spell"), errors="coerce").to_numpy(dtype=float)[
            kept
        ]
    both = asked[who >= 0].merge(earlier, on="who")
    if numbered:
        both = both[both["then"] < both["now"]]
    if "spell" in households:
        spell = pd.to_numeric(households["spell"], errors="coerce").to_numpy(dtype=float)
        lost = ~(spell <= 1)
        lost[asked["i"][who >= 0] if not numbered else both["i"]] = False
        fit.refuse_again(households, lost)
    link = sparse.csr_array((np.ones(len(both)), (both["i"], both["j"])), (len(who), len(rows)))
    z = designed(fit, read.patterns)[rows.pattern]
    hazard = _Hazard(fit.link, fit.baseline, fit.params.to_numpy(), len(fit.formula.names),
                     np.arange(int(rows.exit.max())) + 1)  # fmt: skip
    start = rows.entry.copy()
    start[first_seen_late(rows, pd.factorize(rows.household)[0])] = 0  # survived unseen
    fell = rows.event.astype(np.int64)
    lived, slope = hazard.cumulative(start, rows.exit - start - fell, z)
    last, of_last = hazard.cumulative(rows.exit - 1, fell, z)
    return Past(link, lived, slope, rows.event, last, of_last)


def _over_all(theta, before, slope_before, total, slope):
    """Cumulative hazard of those still out, over all frailties, and its slopes.

    Households that are out for long are less frail: the mean over those who survived so far.
    """
    whole = before + total
    made = (np.log1p(theta * whole) - np.log1p(theta * before)) / theta
    now, then = 1 / (1 + theta * whole), 1 / (1 + theta * before)
    gradient = (now - then)[:, None] * slope_before + now[:, None] * slope
    return made, np.column_stack([gradient, whole * now - before * then - made])


def _gamma(shape):
    """Nodes and weights of a gamma distribution of scale 1 (Golub and Welsch 1969)."""
    from scipy.linalg import eigh_tridiagonal

    k = np.arange(1, _NODES)
    nodes, vectors = eigh_tridiagonal(2.0 * np.arange(_NODES) + shape, np.sqrt(k * (k + shape - 1)))
    return nodes, vectors[0] ** 2


def _after_falls(theta, before, slope_before, total, slope, past, link, made):
    """Put in the cumulative hazard of rows with earlier falls, over the frailties they leave.

    Given m falls and the hazard survived, the frailty would be gamma with shape 1/theta + m; a
    fall is known by its period alone, which the other factor of each tells.
    """
    link = link.tocoo()
    fall = past.fell[link.col]
    owner, row = link.row[fall], link.col[fall]
    order = np.argsort(owner, kind="stable")
    owner, row = owner[order], row[order]
    number = np.bincount(owner, minlength=len(total))
    first = np.cumsum(number) - number
    for m in np.unique(number[number > 0]):
        who = np.flatnonzero(number == m)
        falls = row[first[who][:, None] + np.arange(m)]
        rate = np.maximum(past.last[falls], 1e-300)

        def weighed(theta, who=who, rate=rate, m=m):
            """Frailties, and their weights before and after the periods to come."""
            node, weight = _gamma(1 / theta + m)
            v = node / (1 / theta + before[who])[:, None]
            for j in range(rate.shape[1]):
                x = v * rate[:, [j]]
                weight = weight * (-np.expm1(-x) / x)
            after = weight * np.exp(-v * total[who][:, None])
            return v, weight, after, np.log(weight.sum(axis=1)) - np.log(after.sum(axis=1))

        v, then, now, made[0][who] = weighed(theta)
        then, now = (x / x.sum(axis=1, keepdims=True) for x in (then, now))
        change, later = ((now - then) * v).sum(axis=1), (now * v).sum(axis=1)
        gradient = change[:, None] * slope_before[who] + later[:, None] * slope[who]
        for j in range(m):
            pull = ((then - now) * v / np.expm1(np.maximum(v * rate[:, [j]], 1e-300))).sum(axis=1)
            gradient += pull[:, None] * past.of_last[falls[:, j]]
        of_theta = (weighed(theta * np.exp(1e-4))[3] - weighed(theta * np.exp(-1e-4))[3]) / 2e-4
        made[1][who] = np.column_stack([gradient, of_theta])
