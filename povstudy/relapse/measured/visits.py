"""One relapse rate from a register that sees few falls and from visits to a drawn sample."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
import pandas as pd

from ...base.answers import yes_or_no
from ...base.checks import listed, need_columns, need_one_of, need_positive, need_share
from ...base.columns import need_numbers
from ...base.errors import DataError, DesignError
from ...base.language import in_words, words
from ...base.results import Result
from ...base.status import handed_on, status_of
from ...panels.households import columns_of
from ...survey.shares import reach_of, refuse_level
from ...survey.survey import Survey
from .profiles import NAMES, Counts, counted, ends, slopes, truth

_YES, _NO = ("返贫", "已返贫", "贫困"), ("未返贫", "不贫困", "未贫困")


@dataclass(frozen=True, repr=False)
class Visited(Result):
    """The relapse rate, and how much of it the register sees.

    Attributes
    ----------
    table : DataFrame
        As `tidy` gives it.
    level : float
        Of the intervals.
    counts : Counts
        What the visits say of the flagged (first) and of the other households.
    right : ndarray
        Sensitivity and specificity of a visit among both, in two rows.
    apart : ndarray
        What the likelihood of each term was divided by, for villages and for unsure visits.
    """

    table: pd.DataFrame
    level: float
    counts: Counts
    right: np.ndarray
    apart: np.ndarray

    _figures = {"register_and_visits": "tidy"}  # noqa: RUF012

    def tidy(self):
        """Table of the three terms.

        Returns
        -------
        DataFrame
            ``term estimate std_error ci_low ci_high register n df method data_status``: the
            ``relapse rate`` of all who left; ``detection``, the share of true falls that the
            register flags; ``false flags``, the share of flags that are wrong. ``register`` is
            what the register says of the rate: its share of flags, missing where there is no
            register. ``n`` are visits.
        """
        return self.table.copy()

    def visits_for(self, width=None):
        """Tell how many more visits make each interval as narrow as asked.

        Parameters
        ----------
        width : float or dict of float, optional
            From the lower to the upper end, as a share: 0.02 is two points of percent. A dict
            has one for some of the terms. Without it: half of what they are now.

        Returns
        -------
        DataFrame
            ``term width asked more flagged others``: more visits in all, among the flagged and
            among the others, drawn as before. Missing where even visits to all do not reach it.

        Raises
        ------
        DataError
            If a width is no share.

        Notes
        -----
        Further visits are taken to say what those so far say, with the same design effect. They go
        where they tell most: to each side in proportion to the spread of its answers, times how
        much the term turns on them (Neyman 1934).

        References
        ----------
        Neyman, J. (1934), On the two different aspects of the representative method, Journal of
        the Royal Statistical Society 97.

        Examples
        --------
        >>> import pandas as pd, povstudy as ps
        >>> left = pd.DataFrame({"relapsed": [1] * 40 + [0] * 960,
        ...                      "poor_again": [1] * 18 + [0] * 2 + [None] * 20
        ...                                    + [1] * 3 + [0] * 97 + [None] * 860})
        >>> found = ps.register_and_visits(left)
        >>> found.visits_for(0.05).head(1)[["more", "flagged", "others"]].values.tolist()
        [[51, 0, 51]]
        """
        now = (self.table["ci_high"] - self.table["ci_low"]).to_numpy()
        terms, asked = list(self.table["term"]), now / 2
        if width is not None:
            given = width if isinstance(width, dict) else dict.fromkeys(terms, width)
            for term, one in given.items():
                need_one_of("width", term, terms)
                need_share("width", one, 0.02)
            asked = np.array([given.get(term, np.nan) for term in terms])
        rows = [self._more(at, *one) for at, one in enumerate(zip(now, asked, strict=True))]
        more = pd.DataFrame(rows, columns=["flagged", "others"], dtype="Int64")
        made = pd.DataFrame({"term": self.table["term"], "width": now, "asked": asked})
        made = made.assign(more=more.sum(axis=1, min_count=2), **more)
        if isinstance(width, dict):
            made = made[made["term"].isin(width)]
        return handed_on(made.reset_index(drop=True), self.table)

    def _more(self, at, now, asked):
        """More visits among the flagged and the others for one term; missing if none will do."""
        if not now > asked:
            return (0, 0) if now <= asked else (None, None)
        counts, shares = self.counts, self.counts.size / self.counts.size.sum()
        seen, size = counts.visits, counts.size
        slope = slopes(truth(counts.yes, self.right), shares)[0][at]
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.diag(counts.cov) * seen / np.maximum(1 - seen / np.maximum(size, 1), 1e-12)
        pull = np.nan_to_num(np.abs(slope) * np.sqrt(spread) * (seen < size)) + 1e-12 * (size > 0)

        def then(extra):
            total = seen.sum() + extra
            least, most = max(seen[0], total - size[1]), min(size[0], seen[0] + extra)
            first = np.clip(round(total * pull[0] / pull.sum()), least, most)
            visits = np.array([first, total - first])
            found = ends(counts.more(visits), shares, self.right, self.apart,
                         reach_of(self.level, counts.df))[at]  # fmt: skip
            return found[1] - found[0] <= asked, visits - seen

        low, high = 0, int((size - seen).sum())
        if not then(high)[0]:
            return None, None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if then(middle)[0] else (middle, high)
        return tuple(int(one) for one in then(high)[1])

    def summary(self, lang="en"):
        """Say what was found, and how many more visits would help.

        Parameters
        ----------
        lang : {"en", "zh"}
            The language.

        Returns
        -------
        str
        """
        say, counts = in_words("visits", lang), self.counts
        numbers = {"level": f"{100 * self.level:g}", "seen": f"{int(counts.visits.sum()):,}",
                   "size": f"{int(counts.size.sum()):,}", "flags": f"{int(counts.visits[0]):,}"}  # fmt: skip
        alone = " alone" if self.table["register"].isna().all() else ""  # no register
        lines = [say[f"drawn{alone}"].format(**numbers)]
        if (counts.visits == counts.size).all():
            lines.append(say["all"])
        more = self.visits_for()
        for row, help_ in zip(self.table.itertuples(), more.itertuples(), strict=True):
            parts = {name: f"{100 * getattr(row, name):.1f}" for name in
                     ("estimate", "ci_low", "ci_high", "register")}  # fmt: skip
            code = f"{row.term}{alone}" if row.estimate >= 0 else f"{row.term} unknown"
            line = say[code].format(**parts, **numbers)
            if help_.width > 0:
                known = not pd.isna(help_.more)
                helped = {"more": help_.more, "flagged": help_.flagged, "others": help_.others}
                line += words(lang)(" ", "") + say[f"half{alone}" if known else "never"].format(
                    **{name: f"{one:,}" for name, one in helped.items() if known})  # fmt: skip
            lines.append(line)
        return "\n".join(lines)

    def _main(self, lang):
        return handed_on(self.table.drop(columns="register"), self.table)


def register_and_visits(left, flag="relapsed", visit="poor_again", *, strata=None, psu=None,
                        weight=None, sensitivity=1.0, specificity=1.0, income=None, line=None,
                        noise=None, level=0.95):  # fmt: skip
    """Find the true relapse rate from the register of all who left and visits to some of them.

    Parameters
    ----------
    left : DataFrame or Survey
        A row for each household that left the list, visited or not; of a Survey with its weight,
        strata and psu.
    flag : str or None
        Column of yes and no (是 and 否, true and false, 1 and 0): does the register say that the
        household fell back? ``None``: there is no register.
    visit : str
        Column of yes and no: was the household found poor again? Blank: not visited. Who is
        visited must be drawn by chance; flagged ones may be drawn more often than others.
    strata, psu : str or list of str, optional
        Columns of strata that were drawn from on their own; and of villages, if first villages
        were drawn and then households in them.
    weight : str, optional
        Column of how many households a visited one stands for, where households of one stratum
        and one flag had different chances to be drawn. Else the table itself tells them.
    sensitivity, specificity : float or tuple of int
        Of a visit: the share of the truly poor that it finds poor, and of the others that it finds
        not poor. Or two counts, (right, checked), of another study: then they are not sure.
    income, line, noise : str, float, float, optional
        In place of these three: column of the visited income (blank: not visited), the poverty
        line, and the standard deviation of the error of the logarithm of income, such as 0.2.
        A visit says poor where income is below the line; how often it errs follows.
    level : float
        Of the intervals.

    Returns
    -------
    Visited
        With ``.tidy()``, ``.visits_for(width)``, ``.summary(lang="zh")`` and ``.plot()``.

    Raises
    ------
    DataError
        If a mark is neither yes nor no, a flag is missing, sensitivity and specificity add up to
        one or less, or nobody was visited among the flagged, or among the others.
    DesignError
        If in a stratum nobody was visited, or in one village alone.

    Notes
    -----
    Let s1 and s0 = 1 - s1 be the shares of flagged and others in all who left, which are known, and
    p1, p0 the shares of them that truly fell back. Then the relapse rate is s1 p1 + s0 p0, the
    detection s1 p1 / (s1 p1 + s0 p0), and of the flags 1 - p1 are false. A visit to a household
    says yes with the chance sensitivity x p + (1 - specificity) (1 - p). The log-likelihood is
    the sum over both of n* (y log q + (1 - y) log(1 - q)), with y the weighted share of yes, q that
    chance, and n* the visits by their design effect (pseudo-likelihood; Rao and Scott 1984). The
    interval of a term is its range over all (p1, p0) whose log-likelihood is less than t^2 / 2
    below the highest; the t distribution has villages minus strata, or visits minus strata, degrees
    of freedom. Where villages or unsure visits move p1 and p0 together, t^2 is multiplied by what
    that adds to the variance of the term.

    Each household of a stratum and a flag stands for all such households by those that were visited.
    Errors know that a large part was visited (finite population): if all were, only the error of
    the visit is left. With villages the part of the villages counts, and that of the households
    in them. Where fewer than five falls were visited (or fewer than five villages had one), the design
    effect is not taken from them: households count as drawn one by one, villages as in `exit_audit`.
    Where nobody was found poor again, the upper end is that of exact bounds (one-sided).

    Draw by flag. The flagged are few: some visits, or visits to all, tell the false flags, and help
    to tell the detection. The others tell how many falls the register missed; where it sees few,
    nearly all that is unsure of the rate is there, and `visits_for` sends visits there.

    Limits: without flags and with visits that never err the rate is the plain share of the visited;
    with visits that err it is that of `rogan_gladen`, kept within 0 and 1. If no flag is false and
    the same part of flagged and others was visited, the number of falls is that of two lists
    (`chapman`, but for its small correction).

    From noise: incomes are drawn together until they spread as true ones would (variance minus
    noise^2), around their mean, for flagged and others apart; noise is added again, and it is counted
    who crosses the line. How unsure that is does not enter the interval.

    In simulated counties (``benchmarks/visits_coverage.py``: detection 0.05 to 0.9, rates of 5 and 2
    percent, 100 to 2,000 visits, households or villages drawn) 95 percent intervals hold the truth in
    95 to 97 percent of draws on the average; with 100 visits nearly always, as next to no falls are
    found; lowest, 93, in some cells (1,000 draws each). The rate
    has next to no bias. The detection is told too high on the average, as it is one over what was found:
    by about one part in as many as the falls found among the others (with 10 of them a tenth).

    References
    ----------
    Rogan, W., Gladen, B. (1978), Estimating prevalence from the results of a screening test,
    American Journal of Epidemiology 107. Tenenbein, A. (1970), A double sampling scheme for
    estimating from binomial data with misclassifications, Journal of the American Statistical
    Association 65. Rao, J., Scott, A. (1984), On chi-squared tests for multiway contingency tables
    with cell proportions estimated from survey data, Annals of Statistics 12.

    Examples
    --------
    A thousand households left; the register flags 40 of them. Twenty of these and a hundred others
    were drawn and visited.

    >>> import pandas as pd, povstudy as ps
    >>> left = pd.DataFrame({"relapsed": ["是"] * 40 + ["否"] * 960,
    ...                      "poor_again": [None] * 20 + ["是"] * 18 + ["否"] * 2
    ...                                    + ["是"] * 3 + ["否"] * 97 + [None] * 860})
    >>> found = ps.register_and_visits(left)
    >>> found.tidy()[["term", "estimate", "ci_low", "ci_high"]].round(3).values.tolist()
    [['relapse rate', 0.065, 0.043, 0.107], ['detection', 0.556, 0.336, 0.822],
     ['false flags', 0.1, 0.05, 0.219]]
    """
    refuse_level(level, 1)
    given, source = left, [visit] if income is None else [income]
    left, strata, psu, weight = _opened(left, [*listed(flag), *source], strata, psu, weight)
    need_columns(left, [*listed(flag), *source, *strata, *psu, *weight])
    flags = np.zeros(len(left)) if flag is None else _marks(left, flag)
    _refuse_missing(left, listed(flag))
    flags = flags.astype(int)
    if (line, noise) != (None, None) if income is None else (sensitivity, specificity) != (1, 1):
        raise DataError("A line and noise belong to an income; sensitivity and specificity to a yes and no.",
                        where="argument income", found=repr(income), remedy="leave out those that do not belong, or name income=")  # fmt: skip
    if income is None:
        said = _marks(left, visit)
        sens, spec = _right("sensitivity", sensitivity), _right("specificity", specificity)
        right = np.array([[sens[0], spec[0]]] * 2)
        unsure = np.array([sens[1], spec[1]])
    else:
        need_positive("line", line, 2300)
        need_positive("noise", noise, 0.2, least=0)
        earned = need_numbers(income, left[income])
        said = np.where(np.isnan(earned), np.nan, earned < line)
        right, unsure = _from_noise(earned, flags, line, noise, income), np.zeros(2)
    if not (right.sum(axis=1) > 1).all():
        raise DataError(
            "Sensitivity and specificity add up to one or less: such a visit tells nothing.",
            where="arguments sensitivity, specificity", found=" + ".join(f"{one:.4g}" for one in right[0]),
            remedy="look at which of the two is which; a visit that finds all is sensitivity=1",
        )  # fmt: skip
    stratum, village, heavy = _design(left, strata, psu, weight, said)
    _refuse_unseen(left, flags, said, stratum, village, flag, strata, *source)
    table, counts, apart = answered(flags, said, stratum, village, heavy, right, unsure, level)
    table = table.assign(n=int(counts.visits.sum()), df=counts.df, method="profile likelihood",
                         data_status=status_of(given))  # fmt: skip
    if flag is None:
        table = table[:1].assign(register=np.nan)
    table.attrs["level"] = level
    return Visited(handed_on(table, given), level, counts, right, apart)


def answered(flags, said, stratum, village, weight, right, unsure=(0.0, 0.0), level=0.95):
    """The three terms from numbers: estimates, errors, intervals, and what the register says.

    Parameters
    ----------
    flags, said, stratum, village, weight, right
        As `counted` takes them.
    unsure : array, 2
        Variances of sensitivity and specificity.
    level : float
        Of the intervals.

    Returns
    -------
    table : DataFrame
    counts : Counts
    apart : ndarray, 3
    """
    counts = counted(flags, said, stratum, village, weight, right)
    shares = counts.size / counts.size.sum()
    slope, values = slopes(truth(counts.yes, right), shares)
    var, apart = _variances(counts, slope, right, unsure)
    found = ends(counts, shares, right, apart, reach_of(level, counts.df))
    if not counts.size[0]:  # no flags: none is right, none is false
        values[1:] = var[1:] = 0.0, np.nan
        found[1:] = [[0.0, 0.0], [np.nan, np.nan]]
    table = pd.DataFrame({
        "term": NAMES, "estimate": values, "std_error": np.sqrt(var), "ci_low": found[:, 0],
        "ci_high": found[:, 1], "register": [shares[0], np.nan, np.nan],
    })  # fmt: skip
    return table, counts, apart


def _opened(left, names, strata, psu, weight):
    """The table with the columns of its design."""
    if isinstance(left, Survey):
        layout = left.layout
        if left.replicates is not None or layout.masks or layout.fpc or layout.calibrated:
            raise DesignError("All who left are needed, in one table, with strata and units; it tells itself what part was visited.",
                              where="argument left", found=repr(left), remedy="the table itself, with strata=, psu= and weight=")  # fmt: skip
        strata, psu, weight = strata or layout.strata, psu or layout.psu, weight or layout.weights
        left = columns_of(left, [*names, *listed(strata), *listed(psu), *listed(weight)])
    return left, listed(strata), listed(psu), listed(weight)


def _marks(left, column):
    return yes_or_no(left[column], column, (_YES, _NO), table="left")


def _refuse_missing(left, columns):
    for name in columns:
        gone = left[name].isna() | (left[name].astype(object).map(str).str.strip() == "")
        if gone.any():
            raise DataError(
                f"{gone.sum():,} households have no {name}.", where=f"column {name}, row {left.index[gone.to_numpy()][0]}",
                remedy=f"left = left[left[{name!r}].notna() & (left[{name!r}] != '')]  # or look them up",
            )  # fmt: skip


def _right(name, given):
    """A share, and its variance where it comes from two counts."""
    if isinstance(given, tuple | list):
        good = len(given) == 2 and all(
            isinstance(one, Integral) and not isinstance(one, bool) for one in given
        )
        if not (good and 0 < given[0] <= given[1] < np.inf):
            raise DataError(f"The {name} is a share, or two counts: right, of how many checked.",
                            where=f"argument {name}", found=given, remedy=f"{name}=(45, 50)")  # fmt: skip
        share = given[0] / given[1]
        return share, share * (1 - share) / given[1]
    need_share(name, given, 0.9, ends=(1,))
    return float(given), 0.0


def _from_noise(income, flags, line, noise, name):
    """How often a noisy income judges rightly, among the flagged and the others."""
    from scipy import stats

    seen = ~np.isnan(income)
    if np.isinf(income).any():
        raise DataError("An income has no end.", where=f"column {name}, row number {np.flatnonzero(np.isinf(income))[0]}",
                        remedy=f"left[{name!r}] = left[{name!r}].replace(float('inf'), None)  # not visited")  # fmt: skip
    if (income[seen] <= 0).any():
        raise DataError("Noise of the logarithm of income needs incomes above 0.", where=f"column {name}",
                        found=float(income[seen].min()), remedy=f"left.loc[left[{name!r}] <= 0, {name!r}] = 1")  # fmt: skip
    logs, border = np.log(np.where(seen, income, 1.0)), np.log(line)
    made, means = [], []
    for one in (seen, seen & (flags == 1), seen & (flags == 0)):
        here = logs[one] if one.sum() > 1 else logs[seen]
        spread = here.var()
        if spread <= noise**2:
            raise DataError("So much noise leaves no differences of true incomes.", where="argument noise",
                            found=f"{noise:g}; incomes spread {np.sqrt(spread):.3g}", remedy="a smaller noise=")  # fmt: skip
        true = here.mean() + np.sqrt(1 - noise**2 / spread) * (here - here.mean())
        below = stats.norm.cdf((border - true) / noise) if noise else (true < border).astype(float)
        sides = (below, true < border), (1 - below, true >= border)
        means = [judged[side].mean() if side.any() else (means or [1.0, 1.0])[at]
                 for at, (judged, side) in enumerate(sides)]  # fmt: skip
        made.append(means)
    return np.array(made[1:])


def _design(left, strata, psu, weight, said):
    """Stratum and village as numbers, and weights."""
    _refuse_missing(left, [*strata, *psu])
    number = lambda names: left.groupby(names, sort=True, observed=True).ngroup().to_numpy()  # noqa: E731
    stratum = number(strata) if strata else np.zeros(len(left), int)
    village = number([*strata, *psu]) if psu else None
    heavy = np.ones(len(left))
    for name in weight:
        heavy = heavy * need_numbers(name, left[name])
    bad = ~np.isnan(said) & ~((heavy > 0) & (heavy < np.inf))
    if bad.any():
        raise DesignError("A visited household has no weight above 0.", where=f"column {', '.join(weight)}, row {left.index[bad][0]}",
                          found=f"{bad.sum():,} households", remedy="weight=None")  # fmt: skip
    return stratum, village, heavy


def _refuse_unseen(left, flags, said, stratum, village, flag, strata, visit):
    """Refuse what visits cannot tell: nobody of a group was visited."""
    seen = ~np.isnan(said)
    for of, name in ((1, "flagged"), (0, "not flagged")):
        if (flags == of).any() and not (seen & (flags == of)).any():
            why = ("falls that the register missed", "flags that are false")[of]
            raise DataError(
                f"No household that is {name} was visited: nothing tells of {why if seen.any() else 'anything'}.",
                where=f"column {visit}", found=f"{(flags == of).sum():,} {name}, {seen.sum():,} visits",
                remedy=f"draw some of those that are {name} by chance, and visit them",
            )  # fmt: skip
    cell = 2 * stratum + flags
    unseen = np.setdiff1d(cell, cell[seen])
    if len(unseen):
        at = np.flatnonzero(cell == unseen[0])
        raise DesignError(
            f"In {len(unseen):,} strata nobody was visited among the flagged, or among the others.",
            where=f"stratum {left[strata].iloc[at[0]].tolist()}, {flag} {flags[at[0]]}",
            found=f"{len(at):,} households, 0 visits",
            remedy="strata=None  # if all strata were drawn from at one rate; else join strata",
        )  # fmt: skip
    if village is not None:
        pairs = pd.DataFrame({"stratum": stratum, "village": village})
        there, here = (one.groupby("stratum")["village"].nunique() for one in (pairs, pairs[seen]))
        if (there == 1).all() and strata:
            raise DesignError("Every stratum is one village: villages were not drawn, but households in each.",
                              where=f"columns {', '.join(strata)}", found=f"{len(there):,} strata", remedy="psu=None")  # fmt: skip
        alone = (here == 1) & (there > 1)
        if alone.any():
            raise DesignError(
                f"In {alone.sum():,} strata one village alone was visited: it does not tell how villages differ.",
                where=f"stratum {left[strata].iloc[np.flatnonzero(stratum == alone.idxmax())[0]].tolist()}" if strata else "column of villages",
                remedy="psu=None  # if households were drawn one by one; else visit a second village",
            )  # fmt: skip


def _variances(counts, slope, right, unsure):
    """Variance of each term, and by how much it is above that of shares drawn apart."""
    better, true = right.sum(axis=1) - 1, truth(counts.yes, right)
    moved = np.nan_to_num(slope) / better
    alone, var = moved**2 @ np.diag(counts.cov), np.diag(moved @ counts.cov @ moved.T)
    var = var + (moved @ np.stack([-true, 1 - true], axis=1)) ** 2 @ unsure
    apart = np.where(alone > 0, var / np.where(alone > 0, alone, 1), 1.0)
    return np.where(np.isnan(slope).any(axis=1), np.nan, var), apart
