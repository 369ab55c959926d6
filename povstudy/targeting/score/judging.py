"""How well a score tells who is poor, with the influence of every row on it."""

import numpy as np
import pandas as pd

from ...survey.estimates import by_replicates
from ...survey.linear import Term, estimates, labelled
from ...survey.ranks import Ranked
from ..concentration import area, first, mean_at

OUTCOME = ("outcome_", "rank_")  # columns of it, and of what ranks by it, the poorest the lowest
FIT = ("R2", "rank correlation", "calibration intercept", "calibration slope")


class _Means:
    """Weighted means of domains, of rows that have all that is needed."""

    def __init__(self, svy, by, needed):
        rows = svy.rows
        good = rows.good(needed, svy.missing == "refuse")
        self.code, self.domains = rows.codes(by)
        if good is not None:
            self.code = np.where(good, self.code, -1)
        self.count, self.inside = len(self.domains), self.code >= 0
        self.w = np.where(self.inside, rows.weights, 0.0)
        self.whole = 1.0
        self.whole = self.of(np.ones(len(self.w)))

    def of(self, x):
        """Mean of values of rows, by domain."""
        sums = np.bincount(self.code[self.inside], (self.w * x)[self.inside], self.count)
        return sums / self.whole

    def spread(self, x):
        """Values of domains, by row."""
        return x[self.code]

    def ranked(self, x):
        """Rows in the order of a value."""
        return Ranked(x, self.w, self.code, self.count)


@by_replicates
def judged(svy, scores, *, poor=None, coverage=(), by=(), fit=True, column="score"):
    """Estimate how well scores agree with an outcome, and whom lists by them would miss.

    Parameters
    ----------
    svy : Survey
        In memory, with the columns `OUTCOME`.
    scores : dict
        For the name of each score its columns: what it predicts, and by what it ranks, the
        poorest the lowest.
    poor : str, optional
        Column of 1 for the poor; without it the poor are as many as are listed.
    coverage : sequence of float
        Shares of the population that are listed; rows of one score share what is left for them.
    by : sequence of str
        Columns of domains.
    fit : bool
        Whether agreement with the outcome is told too.
    column : str
        Column of the names of scores; ``None`` for one score.

    Returns
    -------
    Estimates

    Notes
    -----
    Of a share c that is listed and a share P of poor, of which J are both: missed are 1 - J/P of
    the poor, and 1 - J/c of the listed are not poor. The influence of a row on J has the part
    that goes through the cut-off of the list (Deville 1999), and, where the poor are the poorest
    c, that of the line between them. The influence on a rank correlation has those of all ranks.

    References
    ----------
    Deville, J.-C. (1999), Variance estimation for complex statistics and estimators, Survey
    Methodology 25. Hoeffding, W. (1948), A class of statistics with asymptotically normal
    distribution, Annals of Mathematical Statistics 19.
    """
    rows, by = svy.rows, list(by)
    needed = list(dict.fromkeys([*OUTCOME, *(x for pair in scores.values() for x in pair)]))
    needed += [] if poor is None else [poor]
    at = _Means(svy, by, needed)
    made, names, sides = [], [], {}
    truth = at.ranked(rows[OUTCOME[1]])
    marks = None if poor is None else np.where(at.inside, rows[poor], 0.0)
    for label, (predicted, order) in scores.items():
        if fit:
            y, f = (np.where(at.inside, rows[name], 0.0) for name in (OUTCOME[0], predicted))
            told = FIT[:2] if label == "in sample" else FIT  # a fit is in line with its own rows
            for name, (value, influence) in zip(told, _agreement(at, y, f), strict=False):
                made.append((value, influence, None))
                names.append((name, label, np.nan))
        ranked = at.ranked(rows[order])
        for c in coverage:
            taken, tied = _poorest(ranked, c)
            here, line = (marks, None) if marks is not None else _poorest(truth, c)
            sides |= {f"listed {label} {c}": taken, f"poor {c}": here}
            found = _errors(at, (ranked, taken, tied), (truth, here, line), c)
            below = [f"listed {label} {c}", f"poor {c}", "weight", None]
            for (name, part), side in zip(found.items(), below, strict=True):
                made.append((*part, side))
                names.append((name, label, c))
    columns = ["term", column or "score", "coverage"]
    names = pd.DataFrame(names, columns=columns)
    if column is None:
        names = names.drop(columns="score")
    if not coverage:
        names = names.drop(columns="coverage")
    terms = {
        f"term {i}": influence / at.spread(at.whole) for i, (_, influence, _) in enumerate(made)
    }
    found = svy.cells(by, needed, lambda row: {
        **{name: np.where(at.inside, x, 0.0) for name, x in terms.items()}, **sides})  # fmt: skip
    one = np.ones(at.count)
    return labelled(estimates(svy, found, [
        Term(name, value, {name: one}, None, side and (None, {side: 1.0}))
        for name, (value, _, side) in zip(terms, made, strict=True)
    ]), names)  # fmt: skip


def _poorest(ranked, share):
    """Which part of each row is among the poorest share, and who is cut at, in the order of rows."""
    return [ranked.back(x.astype(float)) for x in first(ranked, share)]


def _errors(at, lists, poor, c):
    """Errors of a list of the poorest share, and the area under its ROC curve."""
    (ranked, taken, tied), (truth, here, line) = lists, poor

    def cut(r, x, at_cut):  # mean of x among those who are cut at
        return at.spread(mean_at(r, x[r.order], at_cut[r.order] > 0))

    both, share = at.of(taken * here), at.of(here)
    of_both = taken * here - at.spread(both) + (c - taken) * cut(ranked, here, tied)
    of_share = here - at.spread(share)
    if line is not None:  # the line moves with the sample, and their share does not
        of_both, of_share = of_both + (c - here) * cut(truth, taken, line), 0.0
    found = np.where(share > 0, both / share, np.nan)
    of_found = (of_both - at.spread(found) * of_share) / at.spread(share)
    value, influence = area(ranked, here[ranked.order])
    return {
        "inclusion error of the listed": (1 - both / c, -of_both / c),
        "exclusion error of the poor": (1 - found, -of_found),
        "mistargeted": (c + share - 2 * both, of_share - 2 * of_both),
        "auc": (1 - value, -ranked.back(influence) * at.spread(at.whole)),
    }


def _agreement(at, y, f):
    """R2, rank correlation, calibration in the large, slope: values and influences."""
    mean_y, mean_f = at.of(y), at.of(f)
    dy, df = y - at.spread(mean_y), f - at.spread(mean_f)
    var_y, var_f, lost = at.of(dy**2), at.of(df**2), at.of((y - f) ** 2)
    ratio, slope = lost / var_y, at.of(dy * df) / np.where(var_f > 0, var_f, np.nan)
    yield 1 - ratio, ((y - f) ** 2 - at.spread(ratio) * dy**2) / -at.spread(var_y)
    yield _rank_correlation(at, y, f)
    yield mean_y - mean_f, dy - df
    yield slope, df * (dy - at.spread(slope) * df) / at.spread(var_f)


def _rank_correlation(at, y, f):
    """Spearman's rank correlation; rows of one value have the middle of their ranks."""
    ranked = [at.ranked(x) for x in (y, f)]
    a, b = (r.back(r.middle(r.w)) / at.spread(at.whole) - 0.5 for r in ranked)

    def above(r, x):
        """Mean of what lies above each row, of values with the mean 0."""
        return -r.back(r.middle(r.w * x[r.order])) / at.spread(at.whole)

    both, own, other = at.of(a * b), at.of(a**2), at.of(b**2)
    of_both = a * b + above(ranked[0], b) + above(ranked[1], a) - 3 * at.spread(both)
    of_own = a**2 + 2 * above(ranked[0], a) - 3 * at.spread(own)
    of_other = b**2 + 2 * above(ranked[1], b) - 3 * at.spread(other)
    size = np.sqrt(own * other)
    value = both / np.where(size > 0, size, np.nan)
    moved = of_own / at.spread(own) + of_other / at.spread(other)
    return value, of_both / at.spread(size) - at.spread(value) * moved / 2
