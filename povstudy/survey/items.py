"""Answers to the items of a scale: one score for each person, and how well the items hang together."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..base.checks import listed, need_one_of, need_whole
from ..base.errors import DataError, DesignError
from ..base.language import in_words, words
from ..base.results import Result
from ..base.status import handed_on
from .estimates import Estimates, by_replicates
from .models.reading import refuse_own
from .shares import reach_of
from .survey import Survey

_WHOLE = "scale"  # in the column of items: all of them together


@dataclass(frozen=True, repr=False)
class ScaleScore(Result):
    """A scale, as `scale_score` makes it.

    Attributes
    ----------
    score : Series
        Of each row of the table, with its index; missing where too few items were answered.
    estimates : Estimates
        Alpha, and of each item its correlation with the rest and alpha without it.
    rules : dict
        ``items reverse score least rows scored complete``: what was asked, and how many rows have
        a score, and all items.
    """

    score: pd.Series
    estimates: Estimates
    rules: dict

    def tidy(self, level=0.95):
        """Table of the estimates with errors and intervals; see `Estimates.tidy`."""
        return self.estimates.tidy(level)

    def plot(self, *, ax=None, term="rest correlation", **options):
        """Draw how each item goes with the rest, or another term; see `Result.plot`."""
        return super().plot(ax=ax, term=term, **options)

    def _told(self, lang):
        say, rules, table = in_words("scale_score", lang), self.rules, self.tidy()
        rest = table[table["term"] == "rest correlation"]
        against = rest.loc[rest["estimate"] < 0, "item"].tolist()
        join = words(lang)(", ", "、").join
        told = [say[rules["score"]].format(**rules, count=len(rules["items"]))]
        told += [say["reverse"].format(join(rules["reverse"]))] if rules["reverse"] else []
        told += [say["against"].format(join(against))] if against else []
        return words(lang)(" ", "").join(told)


def scale_score(
    data, items, cluster=None, *, reverse=(), ends=None, score="mean", least=None, weight=None
):
    """Make a score of several questions, and ask how well they hang together: Cronbach's alpha.

    Parameters
    ----------
    data : DataFrame or Survey
        A row for each person; a Survey brings its weights, strata and PSUs, or replicate weights.
    items : list of str
        Columns of answers in numbers, such as 1 to 5.
    cluster : str or list of str, optional
        Column within which people are alike, such as the village.
    reverse : str or list of str
        Items in which a high answer means little; they are turned round.
    ends : tuple of float, optional
        Lowest and highest answer that can be given, as ``(1, 5)``; needed to turn items round.
    score : {"mean", "sum"}
        Mean of the items, or their sum.
    least : int, optional
        Items that must be answered for a score, all without it. Of those who skipped some, it is
        the mean of those they answered (for ``sum``, times the number of items).
    weight : str, optional
        Column of weights.

    Returns
    -------
    ScaleScore
        ``.score`` is a column for `trial_effects` or `compare`; ``.tidy()`` has the terms
        ``alpha``, and by ``item`` ``rest correlation`` and, of three items or more, ``alpha
        without``. These rest on people who answered all items.

    Raises
    ------
    DataError
        If there are fewer than two items, an answer lies outside ``ends``, or all people gave the
        same answers; if items are to be turned round and ``ends`` is not given; if an answer is
        infinite.
    DesignError
        If there is one cluster.

    Notes
    -----
    alpha = k/(k - 1) (1 - sum of variances / variance of the sum), of k items. Its error is
    linearised and follows clusters, strata and weights; the interval is made of log(1 - alpha).
    In a simple random sample of normal answers it is near that of Feldt (1965), which knows no
    clusters. Alpha is no proof that items measure one thing: it rises with their number.

    References
    ----------
    Cronbach, L. (1951), Coefficient alpha and the internal structure of tests, Psychometrika 16.
    Feldt, L. (1965), The approximate sampling distribution of Kuder-Richardson reliability
    coefficient twenty, Psychometrika 30. Maydeu-Olivares, A., Coffman, D., Hartmann, W. (2007),
    Asymptotically distribution-free interval estimation of coefficient alpha, Psychological
    Methods 12.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"trust": [1, 2, 4, 5, 3], "respect": [2, 2, 5, 4, 3],
    ...                       "doubt": [5, 4, 1, 2, 3]})
    >>> scale = ps.scale_score(table, ["trust", "respect", "doubt"], reverse="doubt", ends=(1, 5))
    >>> scale.score.round(2).tolist()
    [1.33, 2.0, 4.67, 4.33, 3.0]
    >>> scale.tidy()["estimate"].round(3).tolist()[0]
    0.963
    """
    items, reverse = listed(items), listed(reverse)
    _refuse_options(items, reverse, ends, score)
    least = len(items) if least is None else least
    need_whole("least", least, such=len(items), most=len(items))
    if isinstance(data, Survey):
        refuse_own(data, cluster, weight)
    else:
        data = Survey(data, weight=weight, psu=cluster, lonely="center")
    svy = data.in_memory(items)
    svy.rows.refuse_codes(items)
    x = _answers(svy.rows, items, reverse, ends)
    known = np.isfinite(x)
    complete, count = known.all(axis=1), known.sum(axis=1)
    values = np.where(known, x, 0).sum(axis=1) / np.maximum(count, 1)
    values = np.where(count >= least, values * (len(items) if score == "sum" else 1), np.nan)
    index = getattr(svy.data, "index", None)
    made = pd.Series(values, index if index is not None and len(index) == len(values) else None)
    rules = {"items": items, "reverse": reverse, "score": score, "least": least, "rows": len(x),
             "scored": int(np.isfinite(values).sum()), "complete": int(complete.sum())}  # fmt: skip
    return ScaleScore(
        handed_on(made, svy), _with_intervals(_estimated(svy, x, complete, items)), rules
    )


def _refuse_options(items, reverse, ends, score):
    need_one_of("score", score, ("mean", "sum"))
    if len(items) < 2 or len(set(items)) < len(items):
        raise DataError("A scale has two items or more, each of them once.", where="argument items",
                        found=items, remedy='items=["trust", "respect"]')  # fmt: skip
    if not set(reverse) <= set(items):
        raise DataError("Only items of the scale are turned round.", where="argument reverse",
                        found=reverse, remedy=f"reverse=  # some of {items}")  # fmt: skip
    if reverse and ends is None:
        raise DataError("To turn an item round, its lowest and highest possible answers must be known.",
                        where="argument ends", remedy="ends=(1, 5)")  # fmt: skip
    if ends is not None and not (len(listed(ends)) == 2 and ends[0] < ends[1]):
        raise DataError("The ends are the lowest and the highest answer.", where="argument ends",
                        found=ends, remedy="ends=(1, 5)")  # fmt: skip


def _answers(rows, items, reverse, ends):
    """Answers by item, those turned round too."""
    made = []
    for name in items:
        values = rows[name]
        if np.isinf(values).any():
            raise DataError(f"{np.isinf(values).sum():,} rows have an infinite {name}.",
                            where=f"column {name}, {rows.place(np.isinf(values).argmax())}",
                            remedy=f"table[{name!r}] = table[{name!r}].where(table[{name!r}].abs() < float('inf'))"
                            "  # if it means no answer")  # fmt: skip
        if ends is not None:
            bad = (values < ends[0]) | (values > ends[1])
            if bad.any():
                raise DataError(f"{bad.sum():,} answers lie outside {ends[0]:g} to {ends[1]:g}.",
                                where=f"column {name}, {rows.place(bad.argmax())}", found=f"{values[bad][0]:g}",
                                remedy=f"table[{name!r}] = table[{name!r}].where(table[{name!r}]"
                                f".between({ends[0]:g}, {ends[1]:g}))  # if it means no answer")  # fmt: skip
        made.append(ends[0] + ends[1] - values if name in reverse else values)
    return np.column_stack(made)


@by_replicates
def _estimated(svy, x, complete, items):
    """Alpha, correlations with the rest, and alphas without an item."""
    w = np.where(complete, svy.weights, 0.0)
    whole = w.sum()
    if not (whole > 0 and complete.sum() > 1):
        raise DataError("Nobody, or one person, answered all items.", where=f"columns {items}",
                        remedy="fewer items=")  # fmt: skip
    x = np.where(complete[:, None], x, 0.0)
    x = (x - w @ x / whole) * (w > 0)[:, None]
    rows = [("alpha", _WHOLE, *_alpha(x, w))]
    for j, name in enumerate(items):
        rows.append(
            ("rest correlation", name, *_correlation(x[:, j], np.delete(x, j, 1).sum(axis=1), w))
        )
    for j, name in enumerate(items if len(items) > 2 else ()):
        rows.append(("alpha without", name, *_alpha(np.delete(x, j, 1), w)))
    table = pd.DataFrame([one[:3] for one in rows], columns=["term", "item", "estimate"])
    table = table.assign(n=int(complete.sum()), population=whole)
    influences = np.column_stack([w * one[3] / whole for one in rows])
    return Estimates(
        table, svy.design, svy.totals(influences), status=svy.status, source=svy.source
    )


def _with_intervals(found):
    """The estimates, with intervals that stay below 1."""
    errors, df, table = found._errors(), found._df(), found.table
    value = table["estimate"].to_numpy()
    if not np.min(df) > 0:
        raise DesignError("One cluster shows no difference between clusters: no error can be estimated.",
                          found=f"degrees of freedom {np.min(df):g}", remedy="cluster= a smaller unit")  # fmt: skip
    signs = (table["term"] == "rest correlation").to_numpy()

    def intervals(level):
        """Of log(1 - alpha), and of correlations on Fisher's scale."""
        reach = reach_of(level, df) * errors
        with np.errstate(divide="ignore", invalid="ignore"):
            away = np.exp(reach / (1 - value))
            z, step = np.arctanh(value), reach / (1 - value**2)
        low = np.where(signs, np.tanh(z - step), 1 - (1 - value) * away)
        high = np.where(signs, np.tanh(z + step), 1 - (1 - value) / away)
        sure = ~(errors > 0) | (np.abs(value) >= 1)
        return [np.where(sure & np.isfinite(errors), value, one) for one in (low, high)]

    return Estimates(**{**vars(found), "intervals": intervals})


def _alpha(x, w):
    """Cronbach's alpha of centred items, and the influence of each row."""
    k, whole = x.shape[1], w.sum()
    own, total = (x**2).sum(axis=1), x.sum(axis=1) ** 2
    a, b = w @ own / whole, w @ total / whole
    if not b > 0:
        raise DataError("The sum of the items is the same for everybody: nothing hangs together.",
                        found=f"{k} items", remedy="look at items= and reverse=")  # fmt: skip
    return k / (k - 1) * (1 - a / b), k / (k - 1) * (a * (total - b) / b - (own - a)) / b


def _correlation(x, y, w):
    """Correlation of two centred columns, and the influence of each row."""
    whole = w.sum()
    sx, sy = np.sqrt(w @ x**2 / whole), np.sqrt(w @ y**2 / whole)
    if not (sx > 0 and sy > 0):
        return np.nan, np.zeros(len(x))
    r = w @ (x * y) / whole / sx / sy
    return r, x * y / sx / sy - r / 2 * ((x / sx) ** 2 + (y / sy) ** 2)
