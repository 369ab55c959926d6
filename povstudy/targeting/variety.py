"""One measure for all? Variety of measures beside variety of causes, village by village."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..base.checks import listed, need_columns, need_whole
from ..base.errors import DataError
from ..base.language import in_words
from ..base.results import Result
from ..base.status import handed_on, status_of
from ..measures.sums import mean, ratio
from ..survey.negatives import tell_codes
from ..survey.survey import Survey

_CELLS = 2_000_000  # marks that are dealt at once
_ROUNDING = 1e-9
_ENTROPIES = ("entropy of measures", "entropy of causes", "mutual information")
RATIO = "ratio of entropies"


@dataclass(frozen=True, repr=False)
class Variety(Result):
    """Variety of measures and of causes within villages, as `variety_of_measures` finds it.

    Attributes
    ----------
    table : DataFrame
        As `tidy` gives it.
    villages : DataFrame
        A row for each village: its name, ``households measures causes`` (how many different ones)
        and the three entropies, corrected as in the table.
    """

    table: pd.DataFrame
    villages: pd.DataFrame

    def tidy(self):
        """Table of entropies, their ratio, and both tests.

        Returns
        -------
        DataFrame
            ``term estimate std_error ci_low ci_high plain by_chance p_value n villages df method
            data_status``.
        """
        return self.table.copy()

    def _told(self, lang):
        say, row = in_words("variety", lang), self.table.set_index("term")
        p_value = row["p_value"].map(lambda p: f"{p:.2g}")
        measures, causes, shared = _ENTROPIES
        return say["told"].format(
            measures=np.exp(row["estimate"][measures]), causes=np.exp(row["estimate"][causes]),
            ratio=row["estimate"][RATIO], low=row["ci_low"][RATIO], high=row["ci_high"][RATIO],
            p=p_value[measures], follow=p_value[shared],
        )  # fmt: skip


def variety_of_measures(
    table, measure="measure", cause="cause", village="village", *, within=None, draws=999, seed=0
):
    """Ask whether villages gave one measure to all, whatever the cause of poverty.

    Within each village the entropy of measures is set against that of causes; two permutation
    tests say what dealing measures out at random would show.

    Parameters
    ----------
    table : DataFrame
        A row for each household; a household with two measures has two rows, each with a cause.
    measure, cause, village : str
        Columns of the measure given, of the recorded cause, and of the village.
    within : str or list of str, optional
        Column such as the county: measures are dealt among the households of one county alone, so
        that counties may offer different measures.
    draws, seed : int
        Times that measures are dealt at random, and the seed.

    Returns
    -------
    Variety
        ``.tidy()`` has the terms ``entropy of measures``, ``entropy of causes`` and ``mutual
        information`` of both, means over households; and ``ratio of entropies``: below 1,
        measures vary less than causes. ``plain`` is without the correction of bias, ``by_chance``
        what ``plain`` is on average if measures are dealt at random, and ``p_value``: of
        *entropy of measures* (and the ratio), whether villages vary less than if the same measures
        were dealt to all households at random, and villages kept their sizes; of *mutual
        information*, whether measures follow causes more than if each village dealt its own
        measures at random. ``.villages`` has a row for each village.

    Raises
    ------
    DataError
        If a cause, measure or village is missing, blank or a list, or there are fewer than two villages; or no
        village has two causes.

    Notes
    -----
    Entropy H = -sum p log p (Shannon), in nats: exp(H) is the number of measures, all equally
    common, that would be as varied. Small villages show too little of it: (kinds - 1)/(2 n) is
    added for each (Miller and Madow), and (measures - 1)(causes - 1)/(2 n) is taken off mutual
    information, which they show too much of (in the project's benchmark bias is then under 2
    percent at 30 households a
    village, more where villages are smaller). The ratio is sum n H(measures) / sum n H(causes)
    over villages of n households. Errors are those between villages, as if villages had been drawn. p is (b + 1)/(draws + 1), with b the draws that
    show as much: never 0, and exact. The ratio does not say that a fit is good: a village that
    deals measures at random has a high one. Read it beside mutual information, and `match_rate`.

    References
    ----------
    Shannon, C. (1948), A mathematical theory of communication, Bell System Technical Journal 27.
    Miller, G. (1955), Note on the bias of information estimates, in Information Theory in
    Psychology. Phipson, B., Smyth, G. (2010), Permutation p-values should never be zero,
    Statistical Applications in Genetics and Molecular Biology 9.

    Examples
    --------
    Each village gave one measure, whatever the cause:

    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"village": ["a"] * 4 + ["b"] * 4, "measure": ["loan"] * 4 + ["job"] * 4,
    ...                       "cause": ["illness", "no skill"] * 4})
    >>> found = ps.variety_of_measures(table).tidy()
    >>> found[["term", "estimate"]].round(3).values.tolist()
    [['entropy of measures', 0.0], ['entropy of causes', 0.818], ['mutual information', 0.0],
     ['ratio of entropies', 0.0]]
    """
    table = table.to_pandas() if hasattr(table, "to_pandas") else table
    _checked(table, [measure, cause, village, *listed(within)])
    need_whole("draws", draws, such=999)
    need_whole("seed", seed, 0)
    tell_codes(
        table, [one for one in (measure, cause) if pd.api.types.is_numeric_dtype(table[one])]
    )
    m, c = (pd.factorize(table[one])[0] for one in (measure, cause))
    v, names = pd.factorize(table[village])
    if len(names) < 2:
        raise DataError("Variety is compared between villages: there is one.", where=f"column {village}",
                        found=names[0], remedy="village= a column of smaller places")  # fmt: skip
    both = m * (c.max() + 1) + c
    size = np.bincount(v)
    kinds, plain = zip(*(_entropy(one, v, size) for one in (m, c, both)), strict=True)
    fixed = [plain[k] + (kinds[k] - 1) / (2 * size) for k in (0, 1)]
    if not plain[1].any():
        raise DataError("No village has two causes: there is nothing that measures could follow.",
                        where=f"column {cause}", remedy="village= larger places, or finer causes")  # fmt: skip
    bare = (plain[0], plain[1], plain[0] + plain[1] - plain[2])
    less = bare[2] - (kinds[0] - 1) * (kinds[1] - 1) / (2 * size)
    heads = dict(zip(_ENTROPIES, (*fixed, less), strict=True))
    villages = pd.DataFrame({village: names, "households": size, "measures": kinds[0],
                             "causes": kinds[1], **heads})  # fmt: skip
    svy = Survey(villages, weight="households", status=status_of(table, "register"))
    parts = [mean(svy, [*_ENTROPIES]), ratio(svy, *_ENTROPIES[:2])]
    made = pd.concat([one.tidy() for one in parts], ignore_index=True)
    shares = [size @ one / size.sum() for one in bare]
    group = pd.factorize(pd.MultiIndex.from_frame(table[listed(within)]))[0] if within else 0 * v
    chances = _chances(m, c, v, group, draws, np.random.default_rng(seed), shares)
    made = made.assign(
        term=[*_ENTROPIES, RATIO], plain=[*shares, shares[0] / shares[1]],
        by_chance=[chances[0][0], np.nan, chances[1][0], chances[0][0] / shares[1]],
        p_value=[chances[0][1], np.nan, chances[1][1], chances[0][1]], n=len(table),
        villages=len(names),
    )  # fmt: skip
    columns = ["term", "estimate", "std_error", "ci_low", "ci_high", "plain", "by_chance", "p_value",
               "n", "villages", "df", "method", "data_status"]  # fmt: skip
    made = made[columns]
    made.attrs["level"] = 0.95
    return Variety(handed_on(made, table), handed_on(villages, table))


def _checked(table, names):
    if isinstance(table, Survey) or not isinstance(table, pd.DataFrame):
        raise DataError("Measures are dealt among the rows of a table, and each row counts once.",
                        where="argument table", found=type(table).__name__,
                        remedy="the table itself, with a row for each household")  # fmt: skip
    need_columns(table, names)
    if table.empty:
        raise DataError("The table has no rows.", remedy="a row for each household")
    for name in names:
        many = table[name].map(pd.api.types.is_list_like).to_numpy(dtype=bool)
        if many.any():
            raise DataError(f"A row has one {name}: {many.sum():,} rows have a list.",
                            where=f"column {name}, row {table.index[many.argmax()]}",
                            remedy=f"table = table.explode({name!r}, ignore_index=True)")  # fmt: skip
        blank = table[name].map(lambda one: isinstance(one, str) and not one.strip())
        bad = (table[name].isna() | blank.astype(bool)).to_numpy()
        if bad.any():
            raise DataError(f"{bad.sum():,} rows have no {name}.",
                            where=f"column {name}, row {table.index[bad.argmax()]}",
                            remedy=f"table = table[table[{name!r}].notna() & table[{name!r}].astype(str).str.strip().ne('')]")  # fmt: skip


def _entropy(code, v, size):
    """How many kinds each village has, and their entropy."""
    counts = np.zeros((len(size), code.max() + 1))
    np.add.at(counts, (v, code), 1)
    return (counts > 0).sum(axis=1), np.log(size) - _logged(counts).sum(axis=1) / size


def _logged(counts):
    return counts * np.log(np.maximum(counts, 1))


def _chances(m, c, v, group, draws, rng, shares):
    """Of measures dealt across villages, and of those dealt within: the mean, and the p-value."""
    made, n, kinds = [], len(m), m.max() + 1
    table = _logged(np.arange(n + 1.0))
    for share, place, among, sign in (
        (shares[0], v, group, -1.0), (shares[2], v * (c.max() + 1) + c, v, 1.0),
    ):  # fmt: skip
        order = np.argsort(among, kind="stable")
        place, codes, among = place[order], m[order], among[order]
        cells = (place.max() + 1) * kinds
        seen = table[np.bincount(place * kinds + codes, minlength=cells)].sum()
        count, total = 0, 0.0
        for first in range(0, draws, step := max(1, _CELLS // max(n, cells))):
            here = min(step, draws - first)
            dealt = codes[np.argsort(among + rng.random((here, n)), axis=1)]
            at = place * kinds + dealt + np.arange(here)[:, None] * cells
            found = (
                table[np.bincount(at.ravel(), minlength=here * cells)].reshape(here, -1).sum(axis=1)
            )
            count += int((found >= seen * (1 - _ROUNDING)).sum())
            total += found.sum()
        # Rows that fall together are less entropy, and more that measures share with causes.
        made.append((share + sign * (total / draws - seen) / n, (count + 1) / (draws + 1)))
    return made
