"""How far below the line the poor are: their mean and their median gap."""

import numpy as np

from ..base.checks import listed
from ..survey.linear import Term, estimates, share_term
from ..survey.ranks import Ranked
from .fgt import Drawn

OF_POOR = ("mean_gap", "median_gap")


def gaps_of_the_poor(svy, income, line, by, names):
    """Mean and median gap of the poor, as shares of the line, with influences that know the line.

    Parameters
    ----------
    svy : Survey
        Its columns are brought to memory.
    income : str
    line : float, str or RelativeLine
    by : list of str
    names : list of str
        Of `OF_POOR`.

    Returns
    -------
    Estimates

    Notes
    -----
    The median is that of income over line among the poor. Where a relative line rises, half of those
    who become poor are to lie below the median, and every ratio falls by its part of the line.
    """
    own = [line] if isinstance(line, str) else []
    svy = svy.in_memory([income, *by, *listed(getattr(line, "by", ())), *own])
    drawn, rows = Drawn(svy, income, line), svy.rows
    y, z = rows[income], np.broadcast_to(drawn.at(rows), len(svy))
    with np.errstate(invalid="ignore"):
        poor = y < z
        ratio = np.where(poor, y / z, 1.0)
    codes, domains = rows.codes(by)
    ranked = Ranked(ratio, rows.weights, np.where(poor, codes, -1), len(domains))
    cut, each = ranked.quantile(0.5), ranked.each
    with np.errstate(all="ignore"):
        density, width = ranked.density(cut), ranked.width
        apart = width > 1e-12 * np.abs(cut)  # else all are the same: a median has no error then
        away = (ranked.y - each(cut)) / each(width)
        near = np.exp(-away * away / 2) / each(width * np.sqrt(2 * np.pi))
        moves = (0.5 - (ranked.y <= each(cut))) / each(density)
        moves, scaled = (
            ranked.back(np.where(each(apart), one, 0)) for one in (moves, near * ranked.y)
        )
        scaled /= z
    terms = {"poor": poor.astype(float), "gap": 1 - ratio, "median": moves}

    def plain(row):
        if not drawn.relative:
            return {}
        of_line = {"d poor": drawn.bell(row), "d gap": np.where(poor, ratio / z, 0.0),
                   "d scale": scaled}  # fmt: skip
        return {**of_line, **drawn.there(row)}

    found = svy.cells(by, drawn.needed, lambda row: {**terms, **drawn.below(row)}, plain, drawn.by)
    some, of_line = found.total("poor") > 0, {}
    with np.errstate(all="ignore"):
        if drawn.relative:
            poor, gap, scale = (drawn.moved(found, f"d {one}") for one in ("poor", "gap", "scale"))
            mean = (found.total("gap") / found.total("poor"))[:, None]
            per_poor, per_density = (
                (found.population / one)[:, None] for one in (found.total("poor"), density)
            )
            of_line = {
                "mean_gap": np.where(some[:, None], (gap - mean * poor) * per_poor, 0),
                "median_gap": np.where(
                    (some & apart)[:, None], (scale - poor / 2) * per_density, 0
                ),
            }
        made = {
            "mean_gap": share_term("mean_gap", found, "gap", "poor", of_line.get("mean_gap")),
            "median_gap": Term(
                "median_gap", np.where(some, 1 - cut, np.nan),
                {"median": np.where(some & apart, -1.0, np.nan)}, of_line.get("median_gap"),
            ),
        }  # fmt: skip
    return estimates(svy, found, [made[name] for name in names], drawn.shared(found))
