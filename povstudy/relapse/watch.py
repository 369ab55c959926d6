"""Whom to watch: lists by predicted risk, with reasons, beside the list of an official rule."""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
import pandas as pd

from ..base.checks import listed, need_columns, need_positive, need_share
from ..base.columns import need_numbers, same_keys
from ..base.errors import DataError
from ..base.exports import write
from ..base.language import told, words
from ..base.results import Result
from ..clean.person.drop import drop_personal
from ..clean.person.suppression import suppress
from ..clean.record.chinese import in_chinese
from ..survey.cells import Layout, Rows
from ..survey.engines import open_table
from ..survey.estimates import by_replicates, refuse_no_survey
from ..survey.ranks import Ranked
from ..targeting.concentration import first, mean_at
from .bounds import bounded, marked, worth
from .horizon import AtHorizon, named, refuse_twice
from .risks import PLACES, as_shares

_MOST = 3  # reasons that are told
_NOTHING = ("no factor of the model raises it", "模型所含因素均未使其升高")
_OWN = ("number", "rank", "risk", "reasons", "reasons_zh")


# Lists --------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class WatchList(Result):
    """Households in the order of their risk, and which of them are watched.

    Attributes
    ----------
    table : DataFrame
        The columns that the risks came with, ``number`` (1 for the first; it stands for the
        household where lists are passed on), ``rank`` (1 is the highest risk; equal risks
        share it), ``on_list``, ``tied`` and, of what a model says, ``reasons`` and
        ``reasons_zh``.
    capacity : int
        Households that can be watched.
    households : int
        How many there are; past memory the table has those at the top alone.
    """

    table: pd.DataFrame
    capacity: int
    households: int

    def tidy(self):
        """The households in their order."""
        return self.table.copy()

    def to_excel(self, path):
        """Write the list for an office, without personal data; see `export`."""
        self.export(path)

    @property
    def places_left(self):
        """Places that households of one and the same risk compete for."""
        return self.capacity - int(self.table["on_list"].sum())

    def summary(self, lang="en"):
        """What the list is, in words.

        Parameters
        ----------
        lang : {"en", "zh"}
            The language.

        Returns
        -------
        str
        """
        t, table = words(lang), self.table
        listed, tied = int(table["on_list"].sum()), int(table["tied"].sum())
        said = t(f"{listed:,} of {self.households:,} households are on the list, of {self.capacity:,} places",
                 f"{self.households:,}户中{listed:,}户列入名单，名额{self.capacity:,}个")  # fmt: skip
        if listed:
            least = table.loc[table["on_list"], "risk"].min()
            said += t(f"; their risk is {least:.3g} or more", f"；风险不低于{least:.3g}")
        if tied:
            equal = table.loc[table["tied"], "risk"].iloc[0]
            said += t(f". {tied:,} households with the same risk of {equal:.3g} compete for the "
                      f"places left ({self.places_left:,}): people decide, not the order of rows",
                      f"。另有{tied:,}户风险同为{equal:.3g}，争{self.places_left:,}个余额：由人决定，不按行序")  # fmt: skip
        late = int((table["without_falls"] > 0).sum()) if "without_falls" in table else 0
        if late:
            said += t(f". Of {late:,} households the horizon reaches periods in which nobody was seen to fall "
                      "back: nothing is known of their risk there, and it counts as 0",
                      f"。另有{late:,}户的预测期含从未见有人返贫的时段：该时段风险无从得知，按0计")  # fmt: skip
        if undated := table.attrs.get("undated", 0):
            said += t(f". {undated:,} households fell back at a time that is not known: the model lacks them, and "
                      "its risks are too low", f"。另有{undated:,}户返贫而时间不详，未计入模型：风险因此偏低")  # fmt: skip
        return said + t(".", "。")

    def counts(self, by="county", k=10):
        """Count households on the list and not on it, for release.

        Parameters
        ----------
        by : str
            Column of places.
        k : int
            Counts from 1 to ``k`` - 1 are kept back, and others that would give them away.

        Returns
        -------
        DataFrame
            ``by``, ``listed`` (yes, no, total), ``households``, ``suppressed``.

        Raises
        ------
        DataError
            As `povstudy.clean.suppress`; if a household has no place; and of a list made past
            memory, which has no row of those that are not on it.
        """
        need_columns(self.table, [by])
        if len(self.table) < self.households:
            raise DataError("The list has the households at its top alone.",
                            found=f"{len(self.table):,} of {self.households:,}",
                            remedy="watched = ps.watch_list(pd.read_parquet(risk), capacity)")  # fmt: skip
        if self.table[by].isna().any():
            raise DataError(f"{self.table[by].isna().sum():,} households have no place.",
                            where=f"column {by}", remedy="fill it in")  # fmt: skip
        marks = self.table["on_list"].map({True: "yes", False: "no"}).rename("listed")
        cells = pd.crosstab(self.table[by], marks, margins=True, margins_name="total")
        cells = cells.stack().rename("households").reset_index()
        return suppress(cells, [by, "listed"], "households", k)

    def export(self, path, keep=None, codes=True, lang="en"):
        """Write the households on the list to a file, for the office that visits them.

        Parameters
        ----------
        path : str or Path
            ``.xlsx`` (a spreadsheet shows long codes whole) or ``.csv``.
        keep : str or sequence of str, optional
            Columns that are written beside number, rank, risk and reasons; without it
            ``county``, ``township`` and ``village``, as far as they are there. Names, ID
            numbers, phones, bank cards and addresses in them are dropped all the same.
        codes : bool
            Whether the household's code is written.
        lang : {"en", "zh"}
            Language of heads, reasons and values; in Chinese the list says 户编号, 乡镇, 村.

        Returns
        -------
        DataFrame
            What was taken out and why, as of `povstudy.clean.drop_personal`.

        Raises
        ------
        DataError
            If a column is not there, ``codes`` is neither true nor false, the ending is another
            one, or the file cannot be written.

        Notes
        -----
        Village and code are what an office needs to find a household in its own register. The
        code names it to everyone who has that register: the file is for those who may see it,
        and no other. For others, ``export(path, keep="county", codes=False)``: a household is
        then known by its ``number``, which `table` tells the owner of the list; but a number is
        no protection where few households share what is kept. For release, `counts`.

        Where households of one risk compete for the last places, all of them are written, and the
        column ``tied`` marks them: the office decides which to visit.

        A code that is an ID number, a bank card or a phone is never written. A text that a
        spreadsheet would run as a formula (it begins with ``= + - @``) has an apostrophe before
        it. What personal data look like is told by `povstudy.clean.find_personal`; look at the
        columns yourself, too.
        """
        if not isinstance(codes, bool | np.bool_):
            raise DataError("codes= is True or False.", where="argument codes", found=repr(codes),
                            remedy="codes=False")  # fmt: skip
        if keep is None:
            keep = [one for one in PLACES if one in self.table]
        keep = [*(["household_id"] if codes else []), *listed(keep)]
        need_columns(self.table, keep)
        t = words(lang)
        skip = t((), ("reasons",)) if "reasons_zh" in self.table else ()
        own = [one for one in _OWN if one in self.table and one not in skip]
        rows = self.table.loc[self.table["on_list"] | self.table["tied"]].reset_index(drop=True)
        own += ["tied"] * bool(rows["tied"].any())
        rest, report = drop_personal(rows[[one for one in dict.fromkeys(keep) if one not in own]])
        made = rows[own].join(rest)
        write(t(made, in_chinese(made.round({"risk": 4}))), path)
        return report


def watch_list(risk, capacity, *, reasons=None, names=None):
    """List the households of the highest risk, as many as can be watched.

    Parameters
    ----------
    risk : DataFrame, relation or path
        ``household_id risk``, a row for each household, and what else is to be kept. Past memory
        (the file of ``fit.risk(..., into=)``) the list has the households at its top alone.
    capacity : int or float
        Households that can be watched; or their share, more than 0 and less than 1.
    reasons : DataFrame, optional
        A column for each term of a model: by how much it raises the risk of the household
        above that of the mean household, on the model's scale. In the order of ``risk``, or
        with ``household_id``.
    names : dict, optional
        For each term its text, or its texts in English and Chinese.

    Returns
    -------
    WatchList

    Raises
    ------
    DataError
        If a household is twice there, a risk is none, the capacity is more than there are
        households, or reasons are of other households.

    Notes
    -----
    Where a risk reaches periods in which nobody was seen to fall back (``without_falls``, as
    ``fit.risk`` tells), nothing more can be known there: it counts as 0, and the list says so.
    Households of one risk stay together: if they are too many for the places left, none of
    them is on the list, all are marked ``tied``, and the places stay open. Reasons are the
    terms that raise the risk most, up to three. They tell why the model says so, not what would
    help.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> risk = pd.DataFrame({"household_id": ["a", "b", "c", "d"], "risk": [0.1, 0.4, 0.2, 0.1]})
    >>> why = pd.DataFrame({"illness": [-0.2, 0.9, 0.3, -0.2], "assets": [0.1, 0.4, -0.1, 0.1]})
    >>> found = ps.watch_list(risk, 3, reasons=why, names={"illness": ("illness", "患病"),
    ...                                                    "assets": ("few assets", "资产少")})
    >>> found
    2 of 4 households are on the list, of 3 places; their risk is 0.2 or more. 2 households with
    the same risk of 0.1 compete for the places left (1): people decide, not the order of rows.
    >>> found.table[["household_id", "rank", "on_list", "reasons", "reasons_zh"]]
      household_id  rank  on_list              reasons reasons_zh
    0            b     1     True  illness; few assets     患病；资产少
    1            c     2     True              illness         患病
    2            a     3    False           few assets        资产少
    3            d     3    False           few assets        资产少
    """
    everyone = None
    if not isinstance(risk, pd.DataFrame) and not isinstance(
        rows := open_table(risk, Layout()), Rows
    ):
        risk, everyone = _at_the_top(rows, capacity)
    need_columns(risk, ["household_id", "risk"])
    refuse_twice(risk, ["household_id"])
    clash = [one for one in (*_OWN, "on_list", "tied") if one in risk and one != "risk"]
    if clash:
        raise DataError("The table has a column that the list makes.", where=f"column {clash[0]}",
                        remedy=f"risk = risk.drop(columns={clash!r})")  # fmt: skip
    values = pd.to_numeric(risk["risk"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = np.flatnonzero(~((values >= 0) & (values <= 1)))
    if len(bad):
        raise DataError(
            f"{len(bad):,} risks do not lie between 0 and 1.",
            where=named(risk, ["household_id"], bad[0]), found=risk["risk"].iloc[bad[0]],
            remedy=as_shares("risk", "risk", values),
        )  # fmt: skip
    capacity = int(_places(capacity, everyone or len(risk)) + 1e-9)
    why = None if reasons is None else _reasons(risk, reasons, names)
    falling = -values.round(12)  # what differs by rounding alone is one risk
    order = np.argsort(falling, kind="stable")
    table, falling = risk.iloc[order].reset_index(drop=True), falling[order]
    above = np.searchsorted(falling, falling, side="left")
    upto = np.searchsorted(falling, falling, side="right")
    table["number"] = np.arange(1, len(table) + 1)
    table["rank"], table["on_list"] = above + 1, upto <= capacity
    table["tied"] = (above < capacity) & (upto > capacity)
    if why is not None:
        table[["reasons", "reasons_zh"]] = why[order]
    return WatchList(table, capacity, everyone or len(table))


def _at_the_top(rows, capacity):
    """Rows of an engine that may be on the list, and how many households there are."""
    rows.need(["household_id", "risk"])
    rows.refuse_repeated(["household_id"])
    risk = rows["risk"]
    if bad := len(rows) - int(rows.count((risk >= 0) & (risk <= 1))):
        raise DataError(f"{bad:,} risks do not lie between 0 and 1.", where="column risk",
                        remedy="fit.risk(households, into=...) gives shares")  # fmt: skip
    places = int(_places(capacity, len(rows)) + 1e-9)
    top = rows.frame.select(r=risk).sort("r", descending=True).head(max(places, 1))
    least = rows._fetch(top.select(rows.nw.col("r").min())).iloc[0, 0]
    table = rows.rows_where(risk >= least - 1e-11)  # those that differ by rounding alone too
    return table.sort_values("household_id", ignore_index=True), len(rows)


def _places(capacity, households):
    """How many households can be watched."""
    is_number = isinstance(capacity, Real) and not isinstance(capacity, bool | np.bool_)
    if is_number and not isinstance(capacity, Integral) and 0 < capacity < 1:
        return capacity * households
    if not (is_number and capacity >= 1 and capacity == np.floor(capacity)):
        raise DataError("A capacity is a whole number of households, or a share below 1.",
                        found=capacity, remedy="capacity=500, or capacity=0.05")  # fmt: skip
    if capacity > households:
        raise DataError("More can be watched than there are households.",
                        found=f"capacity {capacity:,.0f}, households {households:,.0f}",
                        remedy="a smaller capacity")  # fmt: skip
    return capacity


def _reasons(risk, reasons, names):
    """English and Chinese texts of each row: the terms that raise its risk most."""
    if not isinstance(reasons, pd.DataFrame):
        need_columns(reasons, [])
    terms = reasons
    if "household_id" in reasons:
        need_columns(reasons, ["household_id"])
        refuse_twice(reasons, ["household_id"], "reasons")
        of, asked = same_keys("household_id", reasons["household_id"], risk["household_id"])
        terms = reasons.drop(columns="household_id").set_axis(of).reindex(asked)
    elif not reasons.index.equals(risk.index):
        raise DataError("Reasons are of other rows than the risks.",
                        found=f"{len(reasons):,} rows beside {len(risk):,}, or another index",
                        remedy="reasons= a table with household_id, or with the rows of the risks")  # fmt: skip
    place = lambda at: named(risk, ["household_id"], at)  # noqa: E731
    columns = [need_numbers(name, column, place) for name, column in terms.items()]
    raised = np.column_stack(columns) if columns else np.empty((len(terms), 0))
    bad = np.flatnonzero(~np.isfinite(raised).all(axis=1))
    if len(bad):
        raise DataError(f"{len(bad):,} households lack reasons.",
                        where=named(risk, ["household_id"], bad[0]),
                        remedy="reasons=fit.contributions(households)  # of the same households")  # fmt: skip
    most = np.argsort(-raised, axis=1, kind="stable")[:, :_MOST]
    most = np.where(np.take_along_axis(raised, most, axis=1) > 0, most, -1)
    kinds, which = np.unique(most, axis=0, return_inverse=True)
    texts = np.empty((len(kinds), 2), dtype=object)  # each set of reasons is worded once
    for i, lang in enumerate(("en", "zh")):
        t = words(lang)
        own = [told(one, lang, names) for one in terms.columns]
        for j, kind in enumerate(kinds):
            said = t("; ", "；").join(own[one] for one in kind if one >= 0)
            texts[j, i] = said or t(*_NOTHING)
    return texts[which.ravel()]


# Beside the official rule -------------------------------------------------------------


def compare_lists(svy, capacity, line, threshold, income="income", risk="risk", cause=None):
    """Set a watch list by risk beside the official rule: income below the monitoring line.

    Parameters
    ----------
    svy : Survey
        Rows as `follow_up` makes them, with the income when the risk was predicted.
    capacity : int or float
        Households that can be watched, in the population that the weights add up to; or
        their share, more than 0 and less than 1.
    line : float or str
        The monitoring line, in the unit of income; or the column of it, where each province
        has its own.
    threshold : float
        Risk from which on watching is worth its while, between 0 and 1: one household found
        is worth (1 - threshold) / threshold watched in vain.
    income, risk : str
        Columns.
    cause : str or int, optional
        Of several ends the one that counts, as in `validate_risk`.

    Returns
    -------
    Estimates
        A column ``list`` (``risk``, ``official rule``) and a column ``size``: ``capacity``,
        and ``rule``, where both lists are as long as that of all below the line. By term:

        =============================  =====================================================
        term                           is
        =============================  =====================================================
        ``coverage``                   P(listed)
        ``sensitivity``                P(listed | falls back)
        ``positive predictive value``  P(falls back | listed)
        ``number needed to watch``     households watched for each that falls back
        ``net benefit``                P(listed, falls back) - P(listed, does not) x
                                       threshold / (1 - threshold)
        =============================  =====================================================

        ``.contrast("list", "risk", "official rule")`` gives the paired differences with their
        errors.

    Raises
    ------
    DataError
        As `validate_risk`; and if nobody is below the line, the capacity is larger than the
        population, or a threshold is none.

    Notes
    -----
    At the capacity the rule lists the lowest incomes (in multiples of the line), whichever side
    of the line they are on. Of those who are cut at (one risk, one income) each is listed in
    part: the mean of drawing lots. A list is drawn anew in each sample: the cut-off is
    estimated, and the error says so, with the mean outcome at the cut-off from a Gaussian
    kernel over ranks as in `concentration_curve`. Followed up and weighed as in
    `validate_risk`. Intervals keep to what is possible: exact ends of sensitivity and predictive
    value as in `calibration_curve`, of the others on the scale of logit or log.

    China set the line to 1.5 times the national one in 2020, and provinces set it later: give
    the one that held.

    References
    ----------
    Vickers, A., Elkin, E. (2006), Decision curve analysis: a novel method for evaluating
    prediction models, Medical Decision Making 26. Davidson, R., Duclos, J.-Y. (1997),
    Statistical inference for the measurement of the incidence of taxes and transfers,
    Econometrica 65.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"risk": [0.6, 0.5, 0.4, 0.3, 0.2, 0.1], "horizon": 1, "time": 1,
    ...                       "event": [1, 1, 0, 1, 0, 0], "income": [5, 6, 3, 2, 9, 8]})
    >>> found = ps.compare_lists(ps.Survey(table), capacity=2, line=4, threshold=0.2).tidy()
    >>> found = found.query("term == 'sensitivity' and size == 'capacity'")
    >>> found[["list", "estimate"]].round(3).values.tolist()
    [['risk', 0.667], ['official rule', 0.333]]
    """
    refuse_no_survey(svy)
    need_share("threshold", threshold, 0.1)
    return bounded(_compared(svy, capacity, line, threshold, income, risk, cause))


@by_replicates
def _compared(svy, capacity, line, threshold, income, risk, cause):
    own_line = isinstance(line, str)
    at = AtHorizon(svy, risk, (), [income, *([line] if own_line else [])], cause=cause)
    at.both_kinds()
    limit = at.svy.rows[line] if own_line else line
    if not own_line:
        need_positive("line", line, "6000  # in the unit and the prices of the incomes")
    elif not (np.isfinite(limit) & (limit > 0))[at.inside].all():
        raise DataError("A monitoring line is more than 0.", found=line,
                        remedy="line=6000  # in the unit and the prices of the incomes")  # fmt: skip
    ratio = np.where(at.inside, at.svy.rows[income] / limit, np.inf)
    below = (ratio < 1).astype(float)
    whole = at.w.sum()
    share_below = at.w @ below / whole
    if not 0 < share_below < 1:
        raise DataError(
            "The line parts nobody: all incomes lie on one side of it.", where=f"column {income}",
            found=f"line {line}, share below {share_below:.3g}",
            remedy="line= the monitoring line, in the unit and the prices of the incomes",
        )  # fmt: skip
    p = _places(capacity, whole) / whole
    lists = {"risk": -at.risk, "official rule": ratio}
    # A list of a share grows with every household, one of a number of places does not.
    sizes = {"capacity": (p, p if capacity < 1 else 0.0), "rule": (share_below, below)}
    odds, everyone, made = threshold / (1 - threshold), np.ones(len(below)), {}
    number, of_cases = [], worth(at, at.code, at.mass * at.fell, 1)
    fell, of_fell = at.mean(at.fell), at.spread(at.fell)
    for size, (share, wanted) in sizes.items():
        for name, score in lists.items():
            taken, at_cut = _taken(at, score, share)
            hit, flagged = at.mean(taken * at.fell), at.mean(taken)
            of_hit, of_flagged = (
                at.spread(taken * x) + at_cut(x) * (wanted - taken) for x in (at.fell, 1.0)
            )
            some = np.where(hit > 0, hit, np.nan)
            of_listed, whole_of = (worth(at, at.code, at.mass * part, 1) for part in (taken, 1))
            number += [whole_of, of_cases, of_listed, of_listed, whole_of]
            made |= {
                ("coverage", size, name): (np.array([share]), everyone * (wanted - share) / whole),
                ("sensitivity", size, name): (hit / fell, (of_hit - hit / fell * of_fell) / fell),
                ("positive predictive value", size, name):
                    (hit / flagged, (of_hit - hit / flagged * of_flagged) / flagged),
                ("number needed to watch", size, name):
                    (flagged / some, (of_flagged - flagged / some * of_hit) / some),
                ("net benefit", size, name):
                    (hit - (flagged - hit) * odds, of_hit * (1 + odds) - of_flagged * odds),
            }  # fmt: skip
    found = at.estimates(made, pd.DataFrame(list(made), columns=["term", "size", "list"]))
    each = len(made) // 5
    return marked(found, np.tile([0.0, 0, 0, 1, -odds], each), np.tile([1.0, 1, 1, np.inf, 1], each),
                  np.concatenate(number), np.tile([False, True, True, False, False], each))  # fmt: skip


def _taken(at, score, share):
    """Which part of each row is listed, and the mean outcome at the cut-off, of any outcome."""
    score = np.where(at.inside, score, np.inf)
    r = Ranked(score, at.w, np.where(at.inside, 0, -1), 1)
    part, tied = first(r, share)
    return r.back(part), lambda x: mean_at(r, (at.a * x)[r.order], tied)[0]
