"""Weights that meet known totals: raking, the generalised regression estimator, post-strata."""

from dataclasses import dataclass, replace
from numbers import Real

import numpy as np
import pandas as pd

from ...base.checks import listed, need_columns, need_one_of
from ...base.errors import DataError, DesignError
from ...base.language import in_words
from ...base.results import Result
from ...base.status import handed_on
from ..cells import Rows
from .pieces import Calibrated, refuse_engine
from .replication import beside, free_name

METHODS = ("raking", "linear", "logit")
STEPS = 200
_NEAR = 1e-9  # of a total: margins that add up to the same, and totals that are met


@dataclass(frozen=True, repr=False)
class Calibration(Result):
    """What calibration did: margins before and after, and by how much weights moved.

    Attributes
    ----------
    table : DataFrame
        ``margin level before after target data_status``.
    method : str
        How weights moved.
    ratios : tuple of float
        Least and greatest ratio of a weight to what it was (brought to the population first).
    steps : int
        Steps until the totals were met.
    design_effect : tuple of float
        1 plus the squared coefficient of variation of the weights, before and after (Kish).
    status : str
        What the data are.
    source : Source or None
        Where they come from.
    """

    table: pd.DataFrame
    method: str
    ratios: tuple
    steps: int
    design_effect: tuple
    status: str
    source: object = None

    def tidy(self):
        """The margins, before and after.

        Returns
        -------
        DataFrame
        """
        return handed_on(self.table.copy(), self)

    def _told(self, lang):
        say = in_words("calibrated_weights", lang)
        return say["told"].format(say[self.method], *self.ratios, *self.design_effect, self.steps)


def calibrated(svy, totals, method="raking", bounds=None):
    """A survey whose weights meet known totals; see `Survey.calibrate`.

    Parameters
    ----------
    svy : Survey
    totals : dict, Series or DataFrame
    method : {"raking", "linear", "logit"}
    bounds : tuple of float, optional

    Returns
    -------
    Survey
    """
    need_one_of("method", method, METHODS)
    low, high = _bounds(method, bounds)
    if not isinstance(svy.rows, Rows):
        refuse_engine("Calibrated weights")
    if svy.layout.masks or svy.calibration is not None:
        raise DesignError(
            "Weights are calibrated once, with all totals, and of the whole sample.", where="argument totals",
            found="rows chosen by where" if svy.layout.masks else "calibrated weights",
            remedy="svy.calibrate({...}).where(...): all totals at once, then the rows",
        )  # fmt: skip
    x, names, targets, whole = _variables(svy, _margins(totals))
    rows, layout = svy.rows, svy.layout
    size = np.prod([rows[one] for one in layout.weights[1:]], axis=0) if layout.weights else 1.0
    solve = lambda base, name: _solved(x, base, names, targets, whole, method, low, high, name)  # noqa: E731
    base = rows.weights
    ratio, scale, steps, inverse = solve(base, "")
    if (ratio < 0).any():
        raise DataError(
            f"{(ratio < 0).sum():,} weights would fall below zero.", where="argument method",
            found=f"method='linear', least ratio {ratio.min():.3g}",
            remedy='method="raking"  # never below zero; or bounds=(0.3, 3), if such weights exist',
        )  # fmt: skip
    name = free_name(rows, f"{(layout.weights or ('weight',))[0]} calibrated")
    own = rows[layout.weights[0]] if layout.weights else np.ones(len(rows))
    columns, replicates = {name: own * ratio}, svy.replicates
    if replicates is not None:
        made = {}
        for one in replicates.columns:
            own = rows[one]
            made[free_name(rows, f"{one} calibrated")] = own * solve(own * size, one)[0]
        columns |= made
        replicates = replace(replicates, columns=tuple(made))
    known = Calibrated(name, x, base, ratio, inverse, targets)
    layout = replace(layout, weights=(name, *layout.weights[1:]),
                     calibrated=None if replicates is not None else known)  # fmt: skip
    table = names.assign(before=x.T @ base, after=x.T @ (base * ratio), target=np.asarray(targets, dtype=float),
                         data_status=svy.status)  # fmt: skip
    spread = [len(w) * (w**2).sum() / w.sum() ** 2 for w in (base[base > 0], (base * ratio)[base > 0])]  # fmt: skip
    moved = ratio[base > 0] / scale
    told = Calibration(table, method, (float(moved.min()), float(moved.max())), steps, tuple(map(float, spread)), svy.status,
                       svy.source)  # fmt: skip
    return svy.reopened(beside(rows.table, columns), layout, calibration=told, replicates=replicates)  # fmt: skip


def _bounds(method, bounds):
    low, high = (-np.inf, np.inf) if bounds is None else (*listed(bounds), None)[:2]
    good = bounds is None or (
        len(listed(bounds)) == 2 and all(isinstance(one, Real) for one in (low, high))
        and 0 <= low < 1 < high < np.inf
    )  # fmt: skip
    if not good or (method == "logit") > (bounds is not None) or (method == "raking" and bounds is not None):  # fmt: skip
        raise DataError(
            "Bounds are the least and the greatest ratio of a weight to what it was, below and above 1: "
            "logit needs them, linear may have them, raking has none.",
            where="arguments method, bounds", found=f"method={method!r}, bounds={bounds!r}",
            remedy='method="logit", bounds=(0.3, 3)',
        )  # fmt: skip
    return low, high


# Margins ------------------------------------------------------------------------------


def _margins(totals):
    """For each margin its columns, and the total of each level, or one number."""
    if isinstance(totals, pd.Series):
        totals = {tuple(totals.index.names): totals}
    if isinstance(totals, pd.DataFrame):
        need_columns(totals, ["total"])
        totals = {tuple(totals.columns.drop("total")): totals}
    if not isinstance(totals, dict) or not totals or (None,) in totals or () in totals:
        raise DataError(
            "Totals are a dict of margins, or a table or Series that names the columns of one.",
            where="argument totals", found=type(totals).__name__,
            remedy='totals={"sex": {"f": 5100, "m": 4900}}',
        )  # fmt: skip
    made = {}
    for key, of in totals.items():
        names = listed(key) if isinstance(key, tuple) else [key]
        if isinstance(of, pd.DataFrame):
            need_columns(of, [*names, "total"])
            of = of.set_index(names)["total"]
        if isinstance(of, dict):
            of = pd.Series(of, dtype=float if not of else None)
        for one in of if isinstance(of, pd.Series) else [of]:
            if (
                isinstance(one, bool | np.bool_)
                or not isinstance(one, Real)
                or (one is of and len(names) > 1)
            ):
                raise DataError("A total is a number: one for a column of numbers, or one for each value or cell.", where=f"argument totals, margin {' x '.join(map(str, names))}",
                                found=repr(one), remedy=f"totals={{{names[0]!r}: 81_000}}  # or a number for each value")  # fmt: skip
        if not isinstance(of, pd.Series):
            made[tuple(names)] = float(of)
            continue
        values = of.to_numpy(dtype=float)
        if of.index.has_duplicates or not len(of) or not (np.isfinite(values) & (values > 0)).all():
            bad = of.index[of.index.duplicated() | ~(np.isfinite(values) & (values > 0))]
            raise DataError(
                "A margin has one total, above 0, for each level.", where=f"argument totals, margin {' x '.join(map(str, names))}",
                found=f"level {bad[0]!r}: {of[bad[0]]}" if len(bad) else "no level", remedy="look at the table of totals",
            )  # fmt: skip
        made[tuple(names)] = {one if isinstance(one, tuple) else (one,): x
                              for one, x in zip(of.index, values, strict=True)}  # fmt: skip
    return made


def _variables(svy, margins):
    """Variables of rows that have a weight, their names, their totals, and the whole population."""
    from scipy import sparse

    rows, some = svy.rows, svy.rows.weights != 0
    svy.rows.need([one for names in margins for one in names])
    blocks, names, targets, wholes = [], [], [], {}
    for columns, of in margins.items():
        told = " x ".join(map(str, columns))
        if not isinstance(of, dict):
            if not np.isfinite(of):
                raise DataError("A total is a finite number.", where=f"argument totals, column {told}", found=of,
                                remedy=f'totals={{"{told}": 81_000}}')  # fmt: skip
            rows.refuse_codes(columns)
            x = np.where(some, rows[columns[0]], 0.0)
            _refuse_lost(rows, columns, ~np.isfinite(x))
            blocks.append(sparse.csr_array(x[:, None]))
            names.append((told, ""))
            targets.append(of)
            continue
        codes, levels = rows.codes(list(columns))
        levels = list(levels.itertuples(index=False, name=None))
        _refuse_levels(rows, told, columns, codes, levels, of, some)
        place = {one: i for i, one in enumerate(of)}
        at = np.array([place.get(one, -1) for one in levels])[codes]
        here = np.flatnonzero(some)
        cells = (np.ones(len(here)), (here, at[here]))
        blocks.append(sparse.csr_array(cells, shape=(len(rows), len(of))))
        names += [(told, " x ".join(map(str, one))) for one in of]
        targets += list(of.values())
        wholes[told] = sum(of.values())
    _refuse_contradiction(wholes, margins)
    made = pd.DataFrame(names, columns=["margin", "level"])
    whole = next(iter(wholes.values()), None)
    return sparse.hstack(blocks, format="csr"), made, np.array(targets, dtype=float), whole


def _refuse_lost(rows, columns, lost):
    """Refuse rows that have a weight and no value."""
    if (lost := np.flatnonzero(lost)).size:
        raise DataError(
            f"{len(lost):,} rows have no {' or no '.join(map(str, columns))}: they belong to no total.",
            where=f"column {', '.join(map(str, columns))}, {rows.place(lost[0])}",
            remedy="fill them in, or drop these rows and say so: totals are of all",
        )  # fmt: skip


def _refuse_levels(rows, told, columns, codes, levels, of, some):
    """Refuse rows without a level, levels without a total, and totals without a row."""
    where = f"margin {told}"
    _refuse_lost(rows, columns, (codes < 0) & some)
    seen = {levels[i] for i in np.unique(codes[some])}
    show = lambda some: ", ".join(repr(one[0] if len(one) == 1 else one) for one in list(some)[:5])  # noqa: E731
    if more := [one for one in levels if one in seen and one not in of]:
        raise DataError(
            f"{len(more):,} values of the table have no total.", where=where,
            found=f"{show(more)}; totals are of {show(of)}",
            remedy="name a total for each value, written as the table has it (1 is not '1')",
        )  # fmt: skip
    if empty := [one for one in of if one not in seen]:
        count = sum(of[one] for one in empty)
        raise DataError(
            f"{len(empty):,} totals have no row that weighs: no weight can meet them.", where=where,
            found=f"{show(empty)}: {count:,.6g} of {sum(of.values()):,.6g}",
            remedy="join such a level with one like it, in the table and in the totals",
        )  # fmt: skip


def _refuse_contradiction(wholes, margins):
    """Refuse margins that add up to different populations."""
    (first, whole), *others = wholes.items() or [(None, None)]
    for name, other in others:
        if abs(other / whole - 1) > _NEAR:
            columns = next(one for one in margins if " x ".join(map(str, one)) == name)
            key = columns[0] if len(columns) == 1 else columns
            raise DataError(
                "Margins add up to different populations: no weights meet both.", where=f"margins {first} and {name}",
                found=f"{first}: {whole:,.10g}, {name}: {other:,.10g} ({100 * (other / whole - 1):+.3g} %)",
                remedy=f"totals[{key!r}] = {{one: x * {whole!r} / {other!r} for one, x in "
                f"dict(totals[{key!r}]).items()}}  # if the first is right",
            )  # fmt: skip


# Weights ------------------------------------------------------------------------------


def _solved(x, base, names, targets, whole, method, low, high, replicate):
    """Ratio of weights to what they were, the scale in it, steps, and the inverse of the products."""
    from scipy import sparse

    scale = 1.0 if whole is None or not base.sum() > 0 else whole / base.sum()
    w = base * scale
    size = np.sqrt(np.asarray(x.multiply(x).T @ np.abs(w))) + (x.T @ np.abs(w) == 0)
    z, goal = x @ sparse.diags_array(1 / size), targets / size
    z = z.tocsr()
    b = np.zeros(x.shape[1])

    def inverse(d):
        products = (z.T @ z.multiply(d[:, None])).toarray()
        return np.linalg.pinv(products, rcond=1e-11, hermitian=True)

    ratio, steps = np.ones(len(w)), 0
    least = _NEAR * np.maximum(np.abs(goal), np.abs(z.T @ w))
    missed = goal - z.T @ w
    while (np.abs(missed) > least / 100).any() and steps < STEPS:
        steps += 1
        steep = _slope(method, ratio, low, high)
        step = inverse(w * steep) @ missed
        for half in 0.5 ** np.arange(20):  # shorter, where a whole step leads away
            made = _ratio(method, z @ (b + half * step), low, high)
            left = goal - z.T @ (w * made)
            if np.isfinite(left).all() and np.abs(left).max() < np.abs(missed).max():
                break
        else:
            break
        b, ratio, missed = b + half * step, made, left
    none = method == "raking" and (ratio[w > 0] < _NEAR).any()  # a total that only weight 0 meets
    if none or (np.abs(missed) > least).any():
        _refuse_not_met(names, targets, x.T @ (w * ratio), size * np.abs(missed), method, low, high, replicate)  # fmt: skip
    return ratio * scale, scale, steps, inverse(base) / np.outer(size, size)


def _ratio(method, u, low, high):
    """Ratio of weights that belongs to a combination of the variables."""
    if method == "linear":
        return np.clip(1 + u, low, high)
    if method == "raking":
        return np.exp(np.clip(u, -50, 50))
    steep = (high - low) / ((1 - low) * (high - 1))
    e = np.exp(np.clip(steep * u, -50, 50))
    return (low * (high - 1) + high * (1 - low) * e) / ((high - 1) + (1 - low) * e)


def _slope(method, ratio, low, high):
    """By how much a ratio moves with that combination."""
    if method == "linear":
        return ((ratio > low) & (ratio < high)).astype(float)
    if method == "raking":
        return ratio
    return (ratio - low) * (high - ratio) / ((1 - low) * (high - 1))


def _refuse_not_met(names, targets, reached, missed, method, low, high, replicate):
    at = int(np.argmax(missed / np.maximum(np.abs(targets), 1e-300)))
    margin, level = names.iloc[at]
    told = f"margin {margin}" + (f", level {level}" if level else "")
    bounded = np.isfinite(low)
    raise DataError(
        "No weights were found that meet all totals"
        + (f" within these bounds ({low:g} to {high:g})." if bounded else "."),
        where=", ".join(filter(None, (replicate and f"replicate weight {replicate}", told))),
        found=f"{reached[at]:,.10g} in place of {targets[at]:,.10g}, by {method}",
        remedy="wider bounds=, or fewer totals" if bounded
        else "fewer totals, or levels joined: two of them may contradict each other in these rows",
    )  # fmt: skip
