"""Errors that need each row: of calibrated weights, and of two stages.

Elsewhere the influences of the rows of a sampling unit may be summed before anything else is
known. Calibration takes from the influence of each row what the totals explain of it, and a
second stage sums by its own units first.
"""

from dataclasses import dataclass

import numpy as np

from ...base.errors import DesignError


@dataclass(frozen=True, eq=False)
class Calibrated:
    """What errors need of a calibration.

    Attributes
    ----------
    column : str
        Column of the calibrated weights.
    x : sparse array, rows x totals
        Calibration variables; nothing where a row had no weight.
    base : ndarray
        Weight of each row before, with its size, if it has one.
    ratio : ndarray
        Calibrated weight over the weight before.
    inverse : ndarray, totals x totals
        Of the sum of the base weights times the products of the variables.
    targets : ndarray
        Known totals, which the calibrated weights meet.
    """

    column: str
    x: object
    base: np.ndarray
    ratio: np.ndarray
    inverse: np.ndarray
    targets: np.ndarray

    @property
    def weighted(self):
        """Calibration variables times the calibrated weights."""
        return self.x.multiply((self.base * self.ratio)[:, None]).tocsr()

    def slopes(self, influences):
        """Coefficients of influences (with the calibrated weight in them) on the variables."""
        per = np.divide(1.0, self.ratio, out=np.zeros_like(self.ratio), where=self.ratio != 0)
        return self.inverse @ (self.x.multiply(per[:, None]).T @ influences)


@dataclass(frozen=True)
class Pieces:
    """How influences of rows become those of units of the first, and of the second stage."""

    count: int
    units: object
    parts: object
    calibrated: object
    remedy: str

    def summed(self, influences):
        """Influences by unit, and by unit of the second stage (``None`` without one)."""
        from scipy import sparse

        rows, known = sparse.csr_array(influences), self.calibrated
        slopes = None if known is None else _dense(known.slopes(rows))
        made = []
        for by in (self.units, self.parts):
            if by is None:
                made.append(None)
                continue
            sums = by @ rows
            if known is not None:
                told, least = by @ known.weighted, abs(sums)
                sums = _dense(sums) - told @ slopes
                least = _dense(least) + abs(told) @ abs(slopes)
                sums[np.abs(sums) < 1e-11 * least] = 0.0  # rounding
            made.append(sums)
        return made

    def refuse(self):
        """Refuse a measure that has summed its rows already."""
        what = "two stages" if self.calibrated is None else "calibrated weights"
        raise DesignError(
            f"This measure does not know the errors of {what}.", where="argument svy",
            remedy=f"{self.remedy}  # "
            + ("the first stage alone" if self.calibrated is None
               else "errors of plain weights; replicates know of it, where they are taken"),
        )  # fmt: skip


def _dense(x):
    return x.toarray() if hasattr(x, "toarray") else np.asarray(x)


def _sums(codes, count):
    """Matrix that sums rows by their codes."""
    from scipy import sparse

    cells = (np.ones(len(codes)), (codes, np.arange(len(codes))))
    return sparse.csr_array(cells, shape=(count, len(codes)))


def finer(rows):
    """Units of the second stage (or ``None``), and the pieces of a table in memory.

    Parameters
    ----------
    rows : Rows

    Returns
    -------
    Units or None
    Pieces
    """
    from ..cells import Units
    from ..survey import code_of

    layout, (_, _, unit, of_unit) = rows.layout, rows._unit
    within = parts = None
    if len(layout.fpc) > 1:
        names = [layout.psu, layout.ssu or None]
        part = np.arange(len(unit))
        if names[1]:
            code, _ = rows._design_codes(layout.ssu)
            part = np.unique(unit * (code.max() + 1) + code, return_inverse=True)[1]
        stratum = np.zeros(part.max() + 1, dtype=np.intp)
        stratum[part] = unit
        count = np.bincount(stratum, minlength=len(of_unit))
        first = np.zeros(len(of_unit), dtype=np.intp)
        first[unit[::-1]] = np.arange(len(unit))[::-1]
        names = list(zip(*(rows.key(one).iloc[first] for one in layout.psu), strict=True))
        names = [one if len(one) > 1 else one[0] for one in names]
        population = rows._population(layout.fpc[1], unit, names, count)
        within, parts = Units(names, stratum, count, population), _sums(part, len(stratum))
    known = layout.calibrated
    remedy = code_of(rows, "svy.data", fpc=layout.fpc[:1])
    remedy += "".join(f".where(svy.data[{name!r}] == 1)" for name in layout.masks)
    if known is not None:
        _refuse_other_rows(rows, known, remedy)
    return within, Pieces(len(unit), _sums(unit, len(of_unit)), parts, known, remedy)


def _refuse_other_rows(rows, known, remedy):
    """Refuse a table whose rows are not those that were calibrated."""
    alike = len(rows) == len(known.base)
    if alike:
        whole = np.ones(len(rows))
        for name in rows.layout.weights:
            if name not in rows.layout.masks:
                whole *= rows[name]
        size = abs(known.x).T @ np.abs(whole) + np.abs(known.targets)
        alike = (np.abs(known.x.T @ whole - known.targets) <= 1e-6 * size).all()
    if not alike:
        raise DesignError(
            "This measure is of other rows than those whose weights were calibrated: it does not know their errors.",
            where="argument svy", found=f"{len(rows):,} rows, {len(known.base):,} were calibrated",
            remedy=f"{remedy}  # errors of plain weights; replicates know of it, where they are taken",
        )  # fmt: skip


def need_units(svy):
    """Refuse a survey whose errors need each row, for what takes its units alone."""
    if svy.design.pieces is not None:
        svy.design.pieces.refuse()


def refuse_engine(what):
    """Refuse a table past memory."""
    raise DesignError(
        f"{what} need the rows in memory.", where="argument data",
        remedy="read the columns that are needed into memory: pd.read_parquet(path, columns=[...])",
    )  # fmt: skip
