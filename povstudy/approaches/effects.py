"""Effects of approaches that start at different times, and the differences between them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..base.checks import listed, need_one_of, need_positive
from ..base.errors import DataError
from ..base.language import in_words, printed, texts, words
from ..base.language import told as told_of
from ..base.results import Result
from ..base.status import handed_on
from ..survey.estimates import Estimates
from .cohorts import TIME, Columns, read
from .counts.ratios import RATIOS, LogRatios, beside, in_percent, refuse_exposure
from .grouptime import Sample, average, group_time
from .paths import with_base
from .sensitivity import sensitivity
from .standing.trends import pretrends
from .standing.verdict import verdict
from .textbook.coding import arms_by_marks
from .textbook.two_way import two_way

STARTS = {"administrative": "start_admin", "social_work": "start_social_work"}
_BY = {"overall": (), "since": ("since",), "year": ("year",), "group": ("group",),
       "cells": ("group", "year", "since")}  # fmt: skip
FEW = 20  # clusters of an arm, below which errors are doubtful


@dataclass(frozen=True, repr=False)
class Effects(Result):
    """Effects of each arm of help, as `compare` makes them.

    Attributes
    ----------
    cells : Estimates
        Effect of each arm, start (``group``) and time, and sizes of cohorts; all averages and
        differences are made of these.
    arms : DataFrame
        ``arm households clusters population first_start last_start highest_propensity``.
    left_out : DataFrame
        ``reason households rows``: what the effects do not rest on, and why.
    sample : Sample
        What was compared.
    outcome : str
        What it is an effect on.
    controls, anticipation, switches
        As asked.
    source : object
        Where the data come from, if the table says so.
    marks : tuple, or None
        The columns of ``treat`` and ``post`` that starts were read from.
    used : ndarray of bool
        Which clusters of the sample the cells rest on.
    link : str
        Whether effects are differences (``identity``) or logarithms of ratios (``log``).
    """

    cells: Estimates
    arms: pd.DataFrame
    left_out: pd.DataFrame
    sample: Sample
    outcome: str
    controls: str
    anticipation: float
    switches: str
    source: object = None
    marks: tuple | None = None
    used: np.ndarray | None = None
    link: str = "identity"
    pretrends, sensitivity, verdict, two_way = pretrends, sensitivity, verdict, two_way
    _figures = {"event_study": "event_study"}  # noqa: RUF012

    def _look(self):
        return {"outcome": self.outcome}

    def effects(self, by="overall"):
        """Average effects on the helped.

        Parameters
        ----------
        by : {"overall", "since", "year", "group", "cells"}
            ``overall``: all times from the start on; ``since``: by years since the start, those
            before it too; ``year``: by calendar year, from the start on; ``group``: by year of
            start, from it on; ``cells``: each arm, start and time by itself.

        Returns
        -------
        Estimates
            By ``arm``; ``n`` counts helped households (household-years, where times are averaged)
            and ``population`` their weight.

        Notes
        -----
        Cells are averaged with the sizes of their cohorts as weights, and the error holds that
        these are estimated. The last time before help (minus ``anticipation``) is the base of
        all: its effect is zero by construction and has no row.
        """
        table = self._rows(by)
        if by == "cells":
            keys = ["arm", *_BY[by]]
            made = table[["term", *keys, "estimate", "n", "population"]]
            picked = np.zeros((len(self.cells), len(table)))
            picked[table.index, np.arange(len(table))] = 1
            return self.cells.combine(made, picked)
        table = table.sort_values(["place", *_BY[by]], kind="stable")
        return average(self.cells, table[["arm", *_BY[by]]], table.index.to_numpy())

    def _rows(self, by):
        """Cells that an average rests on, in the order of arms."""
        if by not in _BY:
            raise DataError("Effects are not averaged so.", found=by,
                            remedy=f"by= one of {list(_BY)}")  # fmt: skip
        table = self.cells.table
        here = (table["term"] == "effect").to_numpy()
        if by not in ("since", "cells"):
            here = here & (table["since"] >= 0).to_numpy()
        table = table[here]
        whole = {name: table[name].astype(np.int64) for name in ("group", "year", "since")
                 if not (table[name].to_numpy() % 1).any()}  # fmt: skip
        place = {name: at for at, name in enumerate(self.sample.names)}
        table = table.assign(place=table["arm"].map(place), **whole)
        if table.empty:
            raise DataError(
                "No arm is seen after its start.", where=f"times {_span(self.sample.times)}",
                remedy="a panel that goes on after help started",
            )  # fmt: skip
        return table

    def contrast(self, value, base, by="overall", cohorts="common"):
        """Difference between the effects of two arms.

        Parameters
        ----------
        value, base : str
            Arms: the effect of ``value`` minus that of ``base``.
        by
            As in `effects`.
        cohorts : {"common", "own"}
            ``common``: starts and times that both arms have, with the same weights for both
            (the sizes of the two cohorts together), so that no difference of years is taken for
            one of arms. ``own``: each arm over its own starts, as `effects` gives them.

        Returns
        -------
        Estimates

        Notes
        -----
        It compares those who were helped one way with those who were helped the other way, each
        against those without help. It tells what the other way would have done for the same
        households only if effects do not hang on who was chosen for which.
        """
        for arm in (value, base):
            if arm not in self.sample.names[1:]:
                raise DataError("There is no such arm.", found=arm,
                                remedy=f"one of {self.sample.names[1:]}")  # fmt: skip
        if cohorts not in ("common", "own"):
            raise DataError("Arms are compared over common starts, or each over its own.",
                            found=cohorts, remedy='cohorts="common"  # or "own"')  # fmt: skip
        if cohorts == "own":
            return self.effects(by).contrast("arm", value, base)
        table = self._rows(by)
        table["at"] = table.index
        one, two = (table[table["arm"] == arm] for arm in (value, base))
        both = one.merge(two[["group", "year", "at"]], on=["group", "year"],
                         suffixes=("", "_base"))  # fmt: skip
        if both.empty:
            raise DataError(
                "The two arms have no start in common, so years and arms cannot be told apart.",
                found=f"{value}: {_values(one['group'])}; {base}: {_values(two['group'])}",
                remedy='cohorts="own", if you hold effects to be the same whenever help starts',
            )
        both = both.assign(arm=f"{value} - {base}").sort_values(list(_BY[by]) or "at")
        return average(
            self.cells, both[["arm", *_BY[by]]], both["at"].to_numpy(), both["at_base"].to_numpy()
        )

    def tidy(self, by="overall", level=0.95):
        """Table of `effects` with errors and intervals; see `Estimates.tidy`."""
        return self.effects(by).tidy(level)

    def event_study(self, value=None, base=None, level=0.95, verdict=True):
        """Table for `figures.event_study` or, of one arm minus another, `figures.arm_difference`.

        Parameters
        ----------
        value, base : str, optional
            Arms, as in `contrast`.
        level : float
            Of the pointwise intervals, and of the joint band over all rows.
        verdict : bool
            Whether ``attrs["verdict"]`` says what `verdict` finds, for the figure to show.

        Returns
        -------
        DataFrame
            By ``since``, with ``ci_low ci_high`` and ``band_low band_high``. The base, the last
            wave before help as the panel has it, has a row of its own: ``estimate`` 0, no error,
            ``method`` "base, zero by construction"; ``attrs["base"]`` holds its years.
        """
        found = self.effects("since") if value is None else self.contrast(value, base, "since")
        band = found.band(level)
        made = found.tidy(level).assign(band_low=band["ci_low"], band_high=band["ci_high"])
        made = handed_on(with_base(self, made), self)
        made = beside(made) if self.link == "log" else made
        if verdict:
            judged = self.verdict() if value is None else self.verdict([(value, base)], arms=())
            made.attrs["verdict"] = judged.verdicts()
        return made

    def summary(self, lang="en"):
        """The verdict, the effects, what was compared, the trends before, and what it assumes.

        Parameters
        ----------
        lang : {"en", "zh"}
            The language.

        Returns
        -------
        str
        """
        say, left_out = in_words("effects", lang), self.left_out
        if lang == "zh":
            names = dict(texts("left_out").values())
            left_out = left_out.assign(reason=left_out["reason"].map(lambda x: names.get(x, x)))
        ratios = RATIOS[: 3 * (self.link == "log")]
        shown = ["arm", *ratios, "estimate", "std_error", "ci_low", "ci_high", "n", "df"]
        parts = {
            say["effects"].format(outcome=self.outcome): self.tidy()[shown],
            say["arms"]: self.arms,
            say["pretrends"]: self.pretrends(),
            say["left_out"]: left_out if len(left_out) else None,
        }
        told = [f"{head}\n{printed(table, lang)}" for head, table in parts.items()
                if table is not None]  # fmt: skip
        if self.marks is not None:
            start = self.sample.start[np.isfinite(self.sample.start)].min()
            told.insert(1, say["marks"].format(treat=", ".join(self.marks[0]), post=self.marks[1],
                                               start=f"{start:g}"))  # fmt: skip
        verdict, *assumed = self._sentences(lang)
        return "\n\n".join([verdict, *told, *assumed])

    def _told(self, lang):
        return "\n".join(self._sentences(lang))

    def _sentences(self, lang):
        """The verdict, what is assumed, and where there are few clusters."""
        say, told = in_words("effects", lang), [self.verdict().summary(lang)]
        if self.link == "log":
            told.append(in_percent(self.tidy(), lang))
        few = self.arms.loc[self.arms["clusters"] < FEW, "arm"].tolist()
        told.append(say["assumed"].format(
            controls=say["never" if self.controls == "never" else "later"],
            did=say["did" if self.sample.covariates is None else "did_alike"],
        ))  # fmt: skip
        if few:
            told.append(
                say["few"].format(
                    count=FEW, arms=words(lang)(", ", "、").join(told_of(one, lang) for one in few)
                )
            )
        return told


def _span(times):
    return f"{times[0]:g} to {times[-1]:g}"


def _values(column):
    return ", ".join(f"{one:g}" for one in sorted(set(column))[:8]) or "none"


# From a table to a sample -------------------------------------------------------------------


def compare(
    data, outcome, cluster=None, *, unit="household_id", time=TIME, starts=None, treat=None,
    post=None, covariates=(), controls="never", anticipation=0, weight=None, switches="censor",
    missing="refuse", factor="cohort", link="identity", exposure=None,
):  # fmt: skip
    """Effects of help that starts at different times: of each arm, and of one minus another.

    Parameters
    ----------
    data : DataFrame, Survey or path
        A row for each household and time; a Survey brings its weights, strata and PSUs. Rows of
        Parquet files come in blocks: what stays in memory is a number for each household and time.
    outcome : str
        Column asked of all households, helped or not: income, poverty (0 or 1), assets.
    cluster : str or list of str, optional
        Column within which households share their luck, such as the village where help is given
        out; without it each household stands for itself.
    unit : str or None
        Column that names households; ``None``: repeated cross-sections, each row a household of
        its own.
    time : str
        Column of years.
    starts : dict
        For each arm, the column that says when its help started, missing (or, where all times
        are later and none is missing, 0) where it never did; or a column of true and false, or 1
        and 0, that says whether help is on. By default
        ``{"administrative": "start_admin", "social_work": "start_social_work"}``. Both in one
        year are the arm ``both``.
    treat : str or list of str or dict, optional
        In place of ``starts``, as textbooks have it: a column of 1 for households that are helped
        in the end and 0 for others, in all their rows; or several, for arms named as they are.
    post : str, optional
        With ``treat``: a column of 1 in the waves after help began, and 0 before. Those treated
        start in the first such wave, which ``.summary()`` tells. It is the time too, where the
        table has no ``year``.
    covariates : sequence of str
        Columns as they were when the household was first seen: trends need to be parallel only
        among households alike in these. Columns of words become indicators.
    controls : {"never", "not_yet"}
        Against households that no arm ever helps, or also against those that none helps yet.
    anticipation : float
        Years before the start in which help may matter already.
    weight : str, optional
        Column of weights; that of the first time counts.
    switches : {"censor", "refuse", "final"}
        Households whose second help starts later: rows from then on are left out and counted,
        which is selection if the second help follows bad outcomes (`Effects.verdict` tests it); or
        refused; or they are ``both`` from the first start on.
    missing : {"refuse", "drop"}
        Rows without outcome or covariates: refused, or left out and counted.
    factor : {"cohort", "whole"}
        Small-sample factor n/(n-1) of errors: by the clusters of each cohort and those of its
        controls, each on their side; or by all clusters alike, as in R did and diff-diff, which
        is too small where a cohort has few.
    link : {"identity", "log"}
        Effects are differences of means; or, of counts and amounts (complaints, visits, yuan of
        aid), ratios: how many times the mean is what it would be without help. ``estimate`` is
        then the logarithm, with ``ratio ratio_low ratio_high`` beside it. Zeros are zeros.
    exposure : str, optional
        With ``link="log"``: column of what each row counts for, such as workers or households;
        the ratio is then one of sums, cases per worker.

    Returns
    -------
    Effects

    Raises
    ------
    DataError
        If help switches off or its start changes from row to row; a household has two rows for a
        time; nobody is left to compare with (also by covariates); values are missing; if ``post``
        differs within a wave or ``treat`` within a household.
        Of ratios: if a count is below 0, or all are 0 in a cell.
    DesignError
        If a cohort has one cluster; if a design cannot be followed (replicates, fpc).

    Notes
    -----
    Group-time effects on the treated (Callaway and Sant'Anna 2021), doubly robust where there
    are covariates (Sant'Anna and Zhao 2020). It is the effect of having started, whether or not
    help went on. Households count in a cell if they are seen both at the base and at its time,
    and those in no cell have no weight in any average; starts after the last time are no starts. Errors: influences summed by cluster, with
    ``factor``, within strata; t with clusters minus strata degrees of freedom. Two groups of
    single households have the error of the difference of two means. Clusters are taken as many:
    intervals of effects that rest on few (15 in the project's benchmark) hold a little less often
    than they say.

    It assumes that without help the outcome of the helped would have moved as that of the
    controls did; that help of one household does not reach another (a village as cluster does
    not mend this); and that those who leave the panel are no others than those who stay. `Effects.verdict` says
    whether it may be believed.

    References
    ----------
    Callaway, B., Sant'Anna, P. (2021), Difference-in-differences with multiple time periods,
    Journal of Econometrics 225. Sant'Anna, P., Zhao, J. (2020), Doubly robust
    difference-in-differences estimators, Journal of Econometrics 219.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({
    ...     "household_id": [1, 1, 2, 2, 3, 3, 4, 4], "year": [2014, 2015] * 4,
    ...     "income": [10, 14, 10, 16, 9, 10, 9, 11], "start": [2015] * 4 + [None] * 4})
    >>> eff = ps.compare(table, "income", starts={"administrative": "start"})
    >>> eff.tidy()[["arm", "estimate", "n"]].values.tolist()
    [['administrative', 3.5, 2]]

    The same in the coding of textbooks:

    >>> table = table.assign(treated=(table["household_id"] < 3) * 1, post=table["year"] - 2014)
    >>> ps.compare(table, "income", treat="treated", post="post").tidy()["estimate"].tolist()
    [3.5]
    """
    marks = treat is not None or post is not None
    starts = arms_by_marks(starts, treat, post) if marks else _arms_asked(starts)
    _refuse_options(starts, controls, anticipation, switches, missing, factor, link)
    refuse_exposure(link, exposure, covariates, unit)
    asked = Columns(
        outcome, unit, time, starts, listed(covariates), anticipation, switches, missing, post,
        link, exposure,
    )  # fmt: skip
    sample, design, left_out, svy = read(data, asked, cluster, weight)
    _refuse_no_controls(sample, controls, starts)
    cells, skipped, overlap, used = group_time(
        sample, controls, anticipation, design, svy.status, factor
    )
    cells = replace(cells, source=svy.source)
    lost = set(sample.names[1:]) - set(cells.table.loc[cells.table["term"] == "effect", "arm"])
    if lost:
        raise DataError(
            "No household of an arm is seen both before its help and at another time, with "
            "controls seen then.", found=", ".join(sorted(lost)),
            remedy="earlier rows; or leave the arm out of starts=, and its households with it",
        )  # fmt: skip
    if skipped:
        reason = f"{len(skipped)} pairs of start and time have nobody to compare"
        left_out.loc[len(left_out)] = [reason, pd.NA, pd.NA]
    return Effects(
        LogRatios.of(cells) if link == "log" else cells, _arms(sample, overlap), left_out, sample, outcome,
        controls, anticipation, switches, svy.source, (list(starts.values()), post) if marks else None,
        used, link,
    )  # fmt: skip


def _arms(sample, overlap):
    """Sizes of arms, when they started, and how near to certain help is for some."""
    rows = []
    for at, name in enumerate(sample.names):
        here = sample.arm == at
        start = sample.start[here] if at else np.full(1, np.nan)
        rows.append((name, here.sum(), len(np.unique(sample.cluster[here])),
                     sample.weight[here].sum(), start.min(), start.max(),
                     overlap.get(name, np.nan)) if here.any() else (name, 0, 0, 0.0) + (np.nan,) * 3)  # fmt: skip
    return pd.DataFrame(rows, columns=["arm", "households", "clusters", "population",
                                       "first_start", "last_start", "highest_propensity"])  # fmt: skip


def _arms_asked(starts):
    """For each arm its column; refused where columns have no names of arms."""
    if starts is None or isinstance(starts, Mapping):
        return dict(STARTS if starts is None else starts)
    names = [one for one in listed(starts) if isinstance(one, str)]
    such = {"help": names[0]} if len(names) == 1 else {one: one for one in names} or STARTS
    raise DataError("Each arm of help has a name and a column that says when it started.",
                    where="argument starts", found=repr(starts)[:80],
                    remedy=f"starts={such}")  # fmt: skip


def _refuse_options(starts, controls, anticipation, switches, missing, factor, link):
    known = {
        "controls": (controls, ("never", "not_yet")),
        "switches": (switches, ("censor", "refuse", "final")),
        "missing": (missing, ("refuse", "drop")),
        "factor": (factor, ("cohort", "whole")),
        "link": (link, ("identity", "log")),
    }
    for name, (value, choices) in known.items():
        need_one_of(name, value, choices)
    need_positive("anticipation", anticipation, least=0)
    if not starts or "none" in starts or "both" in starts:
        such = {f"help {i}" if arm in ("none", "both") else arm: one
                for i, (arm, one) in enumerate(starts.items(), 1)} or STARTS  # fmt: skip
        raise DataError(
            "Arms are named by the columns of their starts; none and both follow from them.",
            found=list(starts), remedy=f"starts={such}",
        )  # fmt: skip


def _refuse_no_controls(sample, controls, starts):
    if not (sample.arm > 0).any():
        raise DataError(
            "Nobody started any help by the last time.", where=f"columns {list(starts.values())}",
            remedy="look at the columns of starts=: a start is a time such as 2015",
        )  # fmt: skip
    if controls == "never" and not (sample.arm == 0).any():
        raise DataError(
            "Everybody is helped in the end: there is no household without help to compare with.",
            where=f"columns {list(starts.values())}",
            remedy='controls="not_yet" compares with those whom help reached later',
        )  # fmt: skip
