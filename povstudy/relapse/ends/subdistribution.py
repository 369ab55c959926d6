"""A model of how many come to one end where others may come first (Fine and Gray), by periods."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ...base.errors import DataError
from ...survey.cells import Rows
from ...survey.models.formulas import Formula, household_of
from ...survey.survey import code_of
from ..baselines import baseline_of
from ..fit import RelapseFit
from ..likelihood import Model, Spells, counted
from ..links import LINKS
from ..model import _codes, _finished, _refuse_one, _Units, opened
from ..rows import coded, read_rows, with_undated


@dataclass(frozen=True, repr=False, eq=False)
class SubdistributionFit(RelapseFit):
    """A fitted model of Fine and Gray: who comes to one end, where another may come first.

    It has what a `RelapseFit` has of coefficients, and `risk` and `incidence` from leaving
    poverty on.
    """

    def _asked(self, households, periods, history=None):
        start, z, past = super()._asked(households, periods, history)
        late = np.flatnonzero(start > 0)
        if len(late):
            raise DataError(
                f"{len(late):,} households have been out for some time: this model tells of all who "
                "leave poverty, from then on, and does not know who came to no end so far.",
                where=household_of(households, late[0]), found=f"duration {start[late[0]]}",
                remedy=f"ps.relapse_ends({self.formula.text!r}, spells).incidence(households, {periods})",
            )  # fmt: skip
        return start, z, past

    def incidence(self, households, periods=5, level=0.95):
        """Share of households like each of these that has come to the end, period by period.

        Parameters
        ----------
        households : DataFrame
            Covariates of the formula, a row for each household that just left poverty.
        periods : int
            Number of periods.
        level : float
            Of the intervals, each by itself.

        Returns
        -------
        DataFrame
            ``term cause household_id`` (where it is there) ``period estimate std_error ci_low
            ci_high n method data_status``, as `RelapseEnds.incidence`.
        """
        made = super().survival(households, periods, level)
        made = made[made["duration"] > 0].reset_index(drop=True)
        table = made[[one for one in made if one == "household_id"]].assign(
            period=made["duration"], estimate=1 - made["survival"], std_error=made["std_error"],
            ci_low=1 - made["ci_high"], ci_high=1 - made["ci_low"],
            n=self.n, method=self.method, data_status=self.status,
        )  # fmt: skip
        table.insert(0, "term", "cumulative incidence")
        table.insert(1, "cause", "event" if self.cause is None else str(self.cause))
        return self._signed(table, level)

    def survival(self, households, periods, level=0.95, history=None):
        """Not told by a model of one end: who has come to none. See `incidence`."""
        raise DataError("Who has come to no end at all is not told by a model of one of them.",
                        found=self.method, remedy="fit.incidence(households, 5)")  # fmt: skip

    def save(self, path):
        """Not there: a model of Fine and Gray is fitted anew each year."""
        self._refuse_kept()

    def still_fits(self, households, spells=None, level=0.95):
        """Not there: see `validate_risk`."""
        self._refuse_kept()

    def check(self, by=None, groups=5, level=0.95):
        """Not there: rows that stay at risk after another end are not seen."""
        raise DataError(
            "A model of Fine and Gray has rows that nobody saw, of those who came to another end: they are no check.",
            found=self.method,
            remedy=f"ps.relapse_model({self.formula.text!r}, spells, cause={self.cause!r}).check()",
        )  # fmt: skip

    def _refuse_kept(self):
        raise DataError(
            "A model of Fine and Gray says nothing of households that are out for some time, so it is "
            "not kept for later years.",
            found=self.method,
            remedy=f"fit = ps.relapse_model({self.formula.text!r}, spells, cause={self.cause!r})",
        )  # fmt: skip


def fine_gray(formula, spells, cause=None, cluster=None, weight=None, baseline="dummies",
              missing=None, household="household_id"):  # fmt: skip
    """Fit a model of how many come to one end where others may come first, such as moving away.

    Parameters
    ----------
    formula : str
        As for `relapse_model`; of what was known when a household left poverty.
    spells : DataFrame or Survey
        As for `relapse_model`, in memory; each spell seen from its start. ``event`` says how it
        ended, in words or numbers.
    cause : str or int
        The end that counts.
    cluster, weight, baseline, missing, household
        As for `relapse_model`.

    Returns
    -------
    SubdistributionFit
        ``hazard_ratios()`` are ratios of subdistribution hazards: above 1, more households come
        to the end. ``risk(households, horizon)`` and ``incidence(households, periods)`` start
        when a household leaves poverty.

    Raises
    ------
    DataError
        If spells are first seen after their start, have gaps, or covariates that change; and as
        `relapse_model`.

    Notes
    -----
    The subdistribution hazard of a period is the share that comes to the end in it, of those who
    have not come to *it* before: those who moved away or died stay among them for ever. Its link
    is the complementary log-log, so ``1 - F(t) = (1 - F_0(t)) ** exp(x b)`` for the share ``F``
    that has come to the end, the model of Fine and Gray (1999) seen in periods. It is a
    function of its own, not an option of `relapse_model`, as frailty, late entry, covariates
    that change and hazards of those still out have no place in it.

    Who came to another end in period T counts in period t after it with weight ``G(t - 1) /
    G(T - 1)``, where G(t) is the chance to be seen for longer than t (Berger and others 2020),
    by weighted shares of those who came to no end in a period; those lost come after those who
    ended. That is right where being lost has nothing to do with covariates and ends.
    Errors are clustered, as of `relapse_model`; the influence of each cluster has the part that
    goes through G, as weights are estimated.

    References
    ----------
    Fine, J., Gray, R. (1999), A proportional hazards model for the subdistribution of a competing
    risk, Journal of the American Statistical Association 94. Berger, M., Schmid, M., Welchowski,
    T., Schmitz-Valckenberg, S., Beyersmann, J. (2020), Subdistribution hazard models for
    competing risks in discrete time, Biostatistics 21.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> spells = pd.DataFrame({"household_id": range(8), "entry": 0, "help": list("aabbaabb"),
    ...                        "exit": [1, 2, 1, 2, 3, 3, 3, 3],
    ...                        "event": ["fell", "moved", "moved", "fell", "fell", "", "", "moved"]})
    >>> fit = ps.fine_gray("help", spells, cause="fell", baseline="constant")
    >>> fit.hazard_ratios()["hazard_ratio"].round(2).tolist()
    [0.43]
    >>> fit.incidence(spells.head(1), 2)["estimate"].round(2).tolist()
    [0.2, 0.36]
    """
    svy, table, missing = opened(spells, cluster, weight, missing, household)
    if not isinstance(table, Rows):
        raise DataError(
            "A model of Fine and Gray needs a table in memory.", found=type(spells).__name__,
            remedy=code_of(svy, "spells") + "  # of spells in memory, such as pd.read_parquet(...)" if svy is not None
            else f"spells = pd.read_parquet({str(spells)!r})" if isinstance(spells, str | Path) else "spells = spells.df()",
        )  # fmt: skip
    formula = Formula(formula, table.columns)
    read = with_undated(read_rows(table, formula.columns, household, cause, missing), table)
    formula = formula.bind(read.patterns)
    table.tell_codes(formula.plain, "spells")
    rows, other = read.rows, np.zeros(len(read.rows), bool) if read.rival is None else read.rival
    last = _last(rows, table, household, read.kept, formula)
    weight = np.ones(len(rows)) if rows.weight is None else rows.weight
    lost = _Lost(rows, weight, last & ~rows.event & ~other, rows.event | other)
    more, added = lost.stay_on(rows, weight, np.flatnonzero(other))
    counts = counted(added, len(read.patterns), int(rows.exit.max()))
    shape = baseline_of(baseline, counts)
    model = Model(formula, read.patterns, counts.heard(shape), shape, LINKS["cloglog"])
    model.refuse()
    params, at = model.fit()
    design, names = (svy.design, None) if svy is not None else (None, cluster or household)
    code, size = _codes(read, table, names, design)
    scores = model.unit_scores(params, added, np.append(code, code[more]), size)
    scores += lost.influence(model, params, added, rows, more, code, size)
    if svy is not None:
        units = _Units(scores, size, float(design.df), design.method, design)
    else:
        _refuse_one(size, names)
        method = "households" if cluster is None else f"clustered by {cluster}"
        units = _Units(scores, size, size - 1.0, method)
    told = replace(units, method=f"Fine-Gray, {units.method}")
    fit = _finished(model, params, at, replace(read, others=()), told, spells)
    own = {name: getattr(fit, name) for name in fit.__dataclass_fields__}
    return SubdistributionFit(**own | {"weighted": True})


def _last(rows, table, household, kept, formula):
    """Which rows are the last of their spell; what this model has no place for is refused."""
    code, first, _ = coded({
        "household": pd.Series(rows.household), "spell": pd.Series(rows.spell),
    })  # fmt: skip
    start, until = np.full(len(first), np.iinfo(np.int64).max), np.zeros(len(first), np.int64)
    np.minimum.at(start, code, rows.entry)
    np.maximum.at(until, code, rows.exit)
    keys = [household, *(["spell"] if "spell" in table.columns else [])]
    names = formula.columns

    def refuse(wrong, problem, remedy):
        if wrong.any():
            at = np.flatnonzero(wrong)[0]
            row = at if kept is None else kept[at]
            raise DataError(
                f"{len(np.unique(code[wrong])):,} spells {problem}: a model of Fine and Gray has no place for that.",
                where=f"{table.place(row)}, household {table.key(household).iloc[[row]].tolist()[0]!r}",
                found=f"entry {rows.entry[at]}, exit {rows.exit[at]}", remedy=remedy,
            )  # fmt: skip

    refuse((start > 0)[code], "are first seen after their start",
           remedy=f"spells = spells[spells.groupby({keys!r})['entry'].transform('min') == 0]  # leaves them out")  # fmt: skip
    refuse((np.bincount(code, rows.width, len(first)) < until - start)[code], "have periods in which they were not seen",
           remedy=f"ps.relapse_ends({formula.text!r}, spells)")  # fmt: skip
    refuse(rows.pattern != rows.pattern[first][code], "have covariates that change",
           remedy=f"spells = spells.sort_values('entry'); spells[{names!r}] = spells.groupby({keys!r})[{names!r}]"
           ".transform('first')  # as they were at the start")  # fmt: skip
    return rows.exit == until[code]


class _Lost:
    """The chance of being lost in each period, of those who came to no end in it."""

    def __init__(self, rows, weight, lost, ended):
        size = int(rows.exit.max()) + 1
        sums = lambda at, of: np.bincount(at, weight * of, size)  # noqa: E731
        at_risk = np.append(0, np.cumsum(sums(rows.entry, 1.0) - sums(rows.exit, 1.0))[:-1])
        self.of, self.ended, self.weight = lost, ended, weight
        alone = np.maximum(at_risk - sums(rows.exit, ended), 0)
        alone[alone < 1e-12 * at_risk] = 0  # rounding
        gone = sums(rows.exit, lost)
        self.share = np.minimum(np.divide(gone, alone, out=np.zeros(size), where=alone > 0), 1)
        left = alone * (1 - self.share)
        self.per = np.divide(1, left, out=np.zeros(size), where=left > 1e-12 * alone)
        self.seen = np.cumprod(1 - self.share)  # G(t), from G(0) = 1 on

    def stay_on(self, rows, weight, other):
        """Rows of those who came to another end, for each period after it, beside the rows."""
        until = int(rows.exit.max())
        width = until - rows.exit[other]
        more = np.repeat(other, width)
        first = np.cumsum(width) - width
        before = rows.exit[more] + np.arange(len(more)) - np.repeat(first, width)  # t - 1
        share = self.seen[before] / self.seen[rows.exit[more] - 1]
        some = share > 0
        more, before, share = more[some], before[some], share[some]
        join = lambda one, two: np.concatenate([one, two])  # noqa: E731
        return more, Spells(
            join(rows.pattern, rows.pattern[more]), join(rows.entry, before),
            join(rows.exit, before + 1), join(rows.event, np.zeros(len(more), bool)),
            join(weight, weight[more] * share), join(np.ones(len(rows)), share),
        )  # fmt: skip

    def influence(self, model, params, added, rows, more, code, units):
        """Influence of each unit on the score, through the chances of being lost."""
        from scipy import sparse

        size, own = len(self.share), len(rows)
        later = Spells(
            *(getattr(added, one)[own:] for one in ("pattern", "entry", "exit", "event", "weight"))
        )
        since, until = (
            model.unit_scores(params, later, at, size) for at in (rows.exit[more], later.exit)
        )
        moved = np.cumsum(since - until, axis=0)  # of the log of 1 minus each chance
        per = moved * self.per[:, None]
        running = np.cumsum(self.share[:, None] * per, axis=0)
        w, last = self.weight, rows.exit - self.ended
        place = lambda weight, at: sparse.coo_array((weight, (code, at)), shape=(units, size))  # noqa: E731
        return (place(w, last) - place(w, rows.entry)) @ running - place(
            w * self.of, rows.exit
        ) @ per
