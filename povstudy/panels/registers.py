"""Spells from one register: an export tells when each household left and fell back.

No panel is needed: a register is a list of dates. What they leave open stays open, and every
household that cannot be used is counted, with the reason.
"""

import numpy as np
import pandas as pd

from ..base.answers import yes_or_no
from ..base.checks import need_columns, need_whole, refuse_columns_twice
from ..base.columns import numbers_of, refuse_two_kinds
from ..base.errors import DataError, tell
from ..base.language import texts
from ..base.status import handed_on
from ..clean.cell.words import STATUSES
from ..survey.keys import combine

_POOR, _OUT, _GONE = 1, 2, 3
_STATE = {
    "poor": _POOR, "pre_exit": _POOR, "relapsed": _POOR, "newly_listed": _POOR,
    "exited": _OUT, "exited_supported": _OUT, "removed": _GONE, "natural_decrease": _GONE,
}  # fmt: skip
_OWN = ("spell", "origin", "origin_known", "entry", "exit", "event", "duration")
# What spells are made of, and what is of rows: no covariates.
_USED = ("household_id", "person_id", "date", "year", "series", "exit_year", "relapsed", "relapse_date",
         "relapse_cause", "status")  # fmt: skip
# What tells of the day of the export, and follows from what happened until then.
_TODAY = ("household_type", "monitor_type", "risk_date", "risk_removed", "risk_removed_date")
_SLIPS = 0.05  # of households, in which persons differ: up to here it is a slip
_NEVER = 9999  # a year that does not come
_SPAN = 10_000


def register_spells(households, until):
    """Make spells out of poverty from one cleaned register, and a row for each household out now.

    Parameters
    ----------
    households : DataFrame
        As `povstudy.clean.households` gives it: ``household_id``, ``exit_year`` and
        ``relapse_date``; and, where they are there, ``listed_date``, ``relapsed``, ``status``,
        ``household_type``, ``date`` (or ``year``) of the export. A household may stand in
        several rows: one for each person, and for each of several exports.
    until : int
        Last year of which the register tells all falls. Later exits and falls are passed over,
        so that an earlier year shows the register as it stood.

    Returns
    -------
    spells : DataFrame
        ``household_id spell origin origin_known entry exit event`` as `spells` makes them, a
        row for each time out of poverty, and as covariates all other columns of the household,
        with their value in the last export that is not later than the entry (where all are
        later, in the first). ``pd.DataFrame(spells.attrs["report"])`` counts what could not be
        used, and what is to be known of the rest, by reason, with the first household of each.
        Of falls without a date, which make risks too low, models and watch lists tell, too.
    now : DataFrame
        ``household_id spell origin duration`` and the columns of each household that is out of
        poverty at the end of ``until``, as they were then: for ``fit.risk(now, horizon=3)``.

    Raises
    ------
    DataError
        If a column is not there or was not cleaned, if the register ends before ``until``, or
        if no household is left, with the reasons.

    Warns
    -----
    DataWarning
        If the last export is of a month of ``until`` before December: the falls of its other
        months are not known yet.

    Notes
    -----
    Time is counted in years. A household that left in 2016 is out at the end of 2016: this is
    the origin, and it is at risk in 2017 (period 1) and later. The spell ends in the year of the
    fall; or, censored, in ``until``, in the last export that shows the household, or in the last
    one before it was taken off the books. Falls after that are passed over too, for of those who
    did not fall no more is known: a household that is off the books in the only export is left out.

    - Of several exports, a household that is first seen in a later one than the first enters
      late: it is at risk from then on (delayed entry). One that is out without an exit year has
      a known start if the export of the year before shows it poor; otherwise ``origin_known``
      is false, and models leave it out. A fall without a date is dated by two exports, a year
      apart; if none has a date, all are at risk from their first export on. No date is made up
      otherwise.
    - One that fell back before its exit year has left again since, unless its status is poor:
      its spell is the second, and the first is counted, for its start is not known. In the year
      itself it has if its status says that it is out.
    - Of persons (there is a ``person_id`` or ``relation``), ``size`` is their number where the
      file has no such column. A column that differs between the rows of a household is missing
      there; if it does so in more than one household in twenty it is of persons, and left out.
      A column of households is made of it before: ``households["ill"] =
      households["health"].ne("healthy").groupby(households["household_id"]).transform("any")``.
    - Type, status and dates of monitoring tell of the day of the export, often of the fall
      itself. They are in ``now``, not in ``spells``. Incomes and the like of an export after
      the entry may follow from the fall, too: the reason ``recorded_later`` counts the spells.

    A register sees the falls that were reported. Households that were dropped from the file
    before the export are missed, and so are their falls: see `detection_bounds`.

    References
    ----------
    Guo, G. (1993), Event-history analysis for left-truncated data, Sociological Methodology 23.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> raw = pd.DataFrame({"户编号": ["1", "2", "3"], "脱贫年度": ["2016", "2017", "未脱贫"],
    ...                     "返贫时间": ["2019年5月", "", ""], "致贫原因": ["因病", "因学", "因病"]})
    >>> households, report = ps.clean.households(raw)
    >>> spells, now = ps.register_spells(households, until=2021)
    >>> spells.drop(columns="cause").values.tolist()
    [['1', 1, 2016, True, 0, 3, True], ['2', 1, 2017, True, 0, 4, False]]
    >>> now.drop(columns="cause").to_dict("records")
    [{'household_id': '2', 'spell': 1, 'origin': 2017, 'duration': 4}]
    >>> pd.DataFrame(spells.attrs["report"])[["of", "count", "why_zh"]].values.tolist()
    [['households', 1, '仍未脱贫'], ['spells', 2, '协变量登记于脱贫之后，或登记时间不详']]
    """
    need_whole("until", until, 1949, such=2024, most=2099)
    need_columns(households, ["household_id", "exit_year"])
    refuse_columns_twice(households.columns, list(households.columns))
    taken = [name for name in _OWN if name in households]
    if taken:
        new = {one: f"{one}_before" for one in taken}
        raise DataError("A column bears a name that spells have.", where=f"column {taken[0]}",
                        remedy=f"households = households.rename(columns={new!r})")  # fmt: skip
    report = _Report()
    books = _Books(households, report)
    books.refuse_end(until)
    out = _times_out(books, until, report)
    made = _tables(books, out, until, report)
    if not any(map(len, made)):
        counts = "; ".join(f"{one['why']} {one['count']:,}" for one in report)
        raise DataError("No household of this register can be used.", found=counts,
                        remedy="look at exit_year, relapse_date and status in the report of the cleaning")  # fmt: skip
    for table in made:
        table.attrs["report"] = list(report)
        handed_on(table, households)
    undated = report.count("fall_undated") + report.count("poor_no_fall")
    made[0].attrs |= {"step": 1, "not_followed": report.count("not_followed"), "undated": undated}
    return made


class _Report(list):
    """Counts by reason, in words."""

    def add(self, reason, which, names=None, of="households", column=""):
        """Count what is marked, and tell the first household of it."""
        at = np.flatnonzero(which)
        if len(at):
            en, zh = (one.format(column) for one in texts("register_spells")[reason])
            first = None if names is None else names.iloc[at[:1]].tolist()[0]
            self.append({"reason": reason, "of": of, "count": len(at), "why": en, "why_zh": zh,
                         "first": first})  # fmt: skip

    def count(self, reason):
        return sum(one["count"] for one in self if one["reason"] == reason)


# Rows to households --------------------------------------------------------------------


class _Books:
    """A record for each household and export: rows of persons are brought together.

    ``of`` is the household of each record, ``first`` the first record of each household.
    """

    def __init__(self, table, report):
        refuse_two_kinds("household_id", table["household_id"])
        ids = table["household_id"]
        code, _ = combine({"household_id": ids.mask(ids.isin([""]))})
        year, day = np.full(len(table), _NEVER), np.zeros(len(table), dtype=np.int64)
        times = [one for one in ("date", "year") if one in table and table[one].notna().any()]
        self.table, self.time = table, next(iter(times), None)
        if times:
            years = [_years(table, one) for one in times]
            day = table[times[0]].astype("string")  # of an export without a date its year will do
            day = day.fillna(table[times[-1]].astype("string"))
            years = np.where(np.isnan(years[0]), years[-1], years[0])
            year, self.day = np.where(np.isnan(years), -1, years).astype(np.int64), day
            day = pd.factorize(day, sort=True)[0]
            report.add("no_date", (year < 0) & (code >= 0), of="rows")
        report.add("no_code", code < 0, of="rows")
        rows = np.flatnonzero((code >= 0) & (year >= 0))
        self.order = rows[np.lexsort((day[rows], code[rows]))]
        code, day = code[self.order], day[self.order]
        other = np.r_[True, code[1:] != code[:-1]][: len(code)]
        self.start = np.flatnonzero(other | np.r_[True, day[1:] != day[:-1]][: len(code)])
        if not len(self.start):
            raise DataError("No row of this register has a household and a date.",
                            where="columns household_id and date",
                            remedy="households, report = ps.clean.households(raw)  # and look at the report")  # fmt: skip
        self.persons = np.diff(np.r_[self.start, len(code)])
        self.year = year[self.order][self.start]
        self.first = np.flatnonzero(other[self.start])
        self.of = np.cumsum(other[self.start]) - 1
        self.names = table["household_id"].iloc[self.order[self.start[self.first]]]
        last = np.r_[self.first[1:], len(self.of)] - 1
        self.several = bool((self.year[self.first] < self.year[last]).any())

    def refuse_end(self, until):
        """Refuse a register that ends before it is asked about; warn where it ends within."""
        if self.time is None:
            return
        last = int(self.year.max())
        if last < until:
            raise DataError("The register ends before until=: what came later is not known.",
                            where=f"column {self.time}", found=f"last export of {last}",
                            remedy=f"until={last}")  # fmt: skip
        latest = self.day.iloc[self.order].max()
        if last == until and "01" <= latest[5:7] < "12":
            tell("The last export is of a month before December: falls later in that year are not known yet.",
                 where=f"column {self.time}", found=latest, remedy=f"until={last - 1}")  # fmt: skip

    def record(self, column):
        """First value that is there in each record, and where values differ."""
        column = column.iloc[self.order]
        if len(self.start) == len(column):
            return column, np.zeros(len(column), dtype=bool)
        try:
            code = pd.factorize(column)[0]
        except TypeError:
            raise DataError("Lists and records are no values of a household.",
                            where=f"column {column.name}",
                            remedy=f"households[{column.name!r}] = households[{column.name!r}].astype(str)") from None  # fmt: skip
        n = len(code)
        low = np.minimum.reduceat(np.where(code < 0, n, code), self.start)
        there = np.minimum.reduceat(np.where(code < 0, n, np.arange(n)), self.start)
        differ = np.maximum.reduceat(code, self.start) > low
        return column.iloc[np.where(there == n, self.start, there)], differ

    def numbers(self, values):
        """Numbers of each record, and which households hold differing ones in one record."""
        made, differ = self.record(pd.Series(values, self.table.index))
        return made.to_numpy(dtype=float), self.any(differ)

    def any(self, marks):
        """Whether a household has a record that is marked."""
        return np.maximum.reduceat(marks, self.first)

    def covariates(self, report):
        """Columns of households; those of persons are left out, slips set missing."""
        made = {}
        # Where few households have several rows, these are slips, and no persons.
        several = max((self.persons > 1).sum(), _SLIPS * len(self.persons))
        for name in self.table.columns:
            if name in _USED:
                continue
            values, differ = self.record(self.table[name])
            if differ.sum() > _SLIPS * several:
                report.add("of_persons", differ, of="columns", column=name)
                continue
            if differ.any():
                report.add("persons_differ", differ, self.names.iloc[self.of], "values", name)
                if isinstance(values.dtype, np.dtype) and values.dtype.kind in "biu":
                    values = values.convert_dtypes()
                values = values.mask(differ)
            made[name] = values
        if "size" not in self.table and {"person_id", "relation"} & set(self.table.columns):
            made["size"] = pd.Series(self.persons)
        return made


def _years(table, name):
    """Years of a column of dates or years as numbers; what was not cleaned is refused."""
    column = table[name]
    made = column.dt.year if column.dtype.kind == "M" else numbers_of(column)
    if made is None:
        column = column.astype("string").str.strip().replace("", pd.NA)
        made = column.str.extract(r"^((?:19|20)\d\d)(?:-\d\d){0,2}(?:[ T]00:00(?::00)?)?$")[0]
    made = pd.Series(made).to_numpy(dtype=float, na_value=np.nan)
    bad = column.notna().to_numpy() & ~((made >= 1949) & (made < 2100) & (made == np.floor(made)))
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        read = "year" if name in ("exit_year", "year") else "date"
        raise DataError(
            "This is no year, and no date as the cleaning writes it.",
            where=f"column {name}, row {column.index[[at]].tolist()[0]}", found=str(column.iloc[at])[:80],
            remedy=f"households[{name!r}] = ps.clean.column(households[{name!r}].astype(str), "
            f"ps.clean.{read})[0]['value']",
        )  # fmt: skip
    return made


def _states(table):
    """State of each row, as far as it is told, and whether it is called fallen back."""
    made, fell = np.full(len(table), np.nan), np.zeros(len(table), dtype=bool)
    if "status" in table:
        status = table["status"].astype(object)
        odd = np.flatnonzero(status.notna() & ~status.isin([*STATUSES, ""]))
        if len(odd):
            raise DataError(
                "This is no status as the cleaning writes it.", where=f"column status, row {table.index[odd[:1]].tolist()[0]}",
                found=status.iloc[odd[0]],
                remedy="households['status'] = ps.clean.column(households['status'], ps.clean.status)[0]['value']",
            )  # fmt: skip
        made = status.map(_STATE).to_numpy(dtype=float)
        fell = (status == "relapsed").to_numpy()
    if "household_type" in table:
        kind = table["household_type"].astype(object).map({"poor": _POOR, "exited": _OUT})
        made = np.where(np.isnan(made), kind.to_numpy(dtype=float), made)
    return made, fell


# Times out of poverty ------------------------------------------------------------------


def _times_out(books, until, report):
    """Each exit with the fall that ended it, if one did; contradictions are left out.

    Returns
    -------
    DataFrame
        ``of`` (household), ``origin known fall number last``.
    """
    table, first, of, n = books.table, books.first, books.of, len(books.first)
    why = np.full(n, "", dtype=object)

    def leave(reason, which):
        why[np.asarray(which, dtype=bool) & (why == "")] = reason

    none = np.full(len(table), np.nan)
    years = {name: _years(table, name) if name in table else none
             for name in ("exit_year", "relapse_date", "listed_date")}  # fmt: skip
    exit, exits_differ = books.numbers(years["exit_year"])
    fall, falls_differ = books.numbers(years["relapse_date"])
    listed = np.fmin.reduceat(years["listed_date"][books.order], books.start[first])
    said = table.get("relapsed")
    marks = none if said is None else yes_or_no(said, "relapsed", table="households")
    state, called = _states(table)
    fell, marks_differ = books.numbers(np.where(called, 1.0, marks))
    state, states_differ = books.numbers(state)
    if not ("relapse_date" in table or books.several):
        raise DataError(
            "The register does not tell when households fell back.", where="column relapse_date",
            found=f"columns {', '.join(map(str, table.columns))}"[:300],
            remedy="a column relapse_date (返贫时间); or exports of several years in one table, with their date",
        )  # fmt: skip
    dated, left = books.any(~np.isnan(fall)), books.any(~np.isnan(exit))
    at = np.maximum.reduceat(np.where(np.isnan(state), -1, np.arange(len(state))), first)
    today = np.where(at < 0, 0, state[at])
    leave("rows_differ", exits_differ | falls_differ | marks_differ | states_differ)
    leave("fall_denied", books.any((fell == 0) & ~np.isnan(fall)))
    leave("exit_before_listed", np.fmin.reduceat(exit, first) < listed)
    # Seen from one export to the next, a year apart: who left, and who fell back.
    next_to = np.r_[False, (of[1:] == of[:-1]) & (np.diff(books.year) <= 1)]
    before = np.r_[np.nan, state[:-1]]
    seen_out = np.minimum.reduceat(np.where(state == _OUT, np.arange(len(of)), len(of)), first)
    shown = ~left & (seen_out < len(of)) & books.several
    leave("still_poor", ~left & ~shown & (today == _POOR))
    leave("no_exit_year", ~left & ~shown)
    sees_fall = next_to & (before == _OUT) & (state == _POOR) & ~dated[of]
    sees = books.any(sees_fall)
    # Where no fall is dated, none is seen before the first export.
    since = books.year[first]
    late = books.several & ((since > books.year.min()) | ~dated.any())
    before_all = late & (state[first] == _POOR) & (exit[first] <= since)
    leave("fell_unseen", before_all & ~dated & ~sees)
    leave("fall_undated", books.any(fell == 1) & ~dated & ~sees)
    at = seen_out[shown]
    told = pd.DataFrame({"of": of, "year": exit, "known": True}).dropna()
    seen = pd.DataFrame({"of": np.flatnonzero(shown), "year": books.year[at],
                         "known": next_to[at] & (before[at] == _POOR)})  # fmt: skip
    out = pd.concat([told, seen]).drop_duplicates(["of", "year"]).query("year <= @until")
    leave("exit_later", np.bincount(out["of"], minlength=n) == 0)
    leave("poor_no_fall", (today == _POOR) & ~dated & ~sees)
    falls = pd.concat([pd.DataFrame({"of": of, "year": fall}).dropna(),
                       pd.DataFrame({"of": of, "year": books.year})[sees_fall]])  # fmt: skip
    falls = falls.drop_duplicates().query("year <= @until")
    out = out.sort_values(["of", "year"]).reset_index(drop=True)
    # Each fall ends the last time out that began before it.
    key = out["of"].to_numpy() * _SPAN + out["year"].to_numpy()
    owner = np.searchsorted(key, falls["of"].to_numpy() * _SPAN + falls["year"].to_numpy()) - 1
    whose, year = falls["of"].to_numpy(), falls["year"].to_numpy()
    own = (owner >= 0) & (out["of"].to_numpy()[owner] == whose) if len(out) else owner >= 0
    ends = np.bincount(owner[own], minlength=len(out))
    out["fall"] = np.nan
    out.loc[owner[own], "fall"] = year[own]
    out["last"] = ~out["of"].duplicated(keep="last")
    fallen = np.bincount(out["of"], out["last"] & out["fall"].notna(), n) > 0
    # A fall before the first exit was of a time out before it, if the household left again.
    early = np.bincount(whose[~own], minlength=n)
    begun = out.groupby("of")["year"].min().reindex(range(n)).to_numpy()
    same = np.bincount(whose[~own & (year == begun[whose])], minlength=n) > 0
    again = (early > 0) & (fallen | (today == _OUT) | (~same & (today != _POOR)))
    leave("fall_in_exit_year", (early > 0) & ~again & same)
    leave("fall_before_exit", (early > 0) & ~again)
    leave("falls_differ", (early > 1) | (np.bincount(out["of"], ends > 1, n) > 0))
    leave("exits_differ", np.bincount(out["of"], ~out["last"] & (ends == 0), n) > 0)
    for reason in dict.fromkeys(why[why != ""]):
        report.add(reason, why == reason, books.names)
    out["number"] = out.groupby("of").cumcount() + 1 + early[out["of"]]
    good = why == ""
    report.add("fell_earlier", again & good, books.names)
    report.add("out_again", good & fallen & (today == _OUT), books.names)
    seen_to = np.maximum.reduceat(np.where(state == _GONE, -1, books.year), first)
    out["seen_to"] = np.minimum(seen_to, until)[out["of"]]
    out["since"] = np.where(late, since, -1)[out["of"]]
    return out[good[out["of"]]].reset_index(drop=True)


# Tables --------------------------------------------------------------------------------


def _tables(books, out, until, report):
    """Spells, and who is out now."""
    of, origin = out["of"].to_numpy(), out["year"].to_numpy(dtype=np.int64)
    seen_to = out["seen_to"].to_numpy(dtype=np.int64)
    # Who did not fall is not followed any longer, either.
    fell = (out["fall"] <= seen_to).to_numpy()
    end = np.where(fell, out["fall"].fillna(0), seen_to).astype(np.int64)
    entry = np.maximum(out["since"].to_numpy() - origin, 0)
    risk, known = end - origin > entry, out["known"].to_numpy(dtype=bool)
    here = ~fell & out["last"].to_numpy() & (seen_to >= until)
    names = books.names.iloc[of].reset_index(drop=True)
    for reason, which in (
        ("fell_unseen", fell & ~risk), ("gone_undated", ~fell & ~risk & (seen_to < 0)),
        ("not_seen_after", ~fell & ~risk & ~here & (seen_to >= 0)),
        ("not_followed", here & ~risk), ("start_unknown", here & ~known),
    ):  # fmt: skip
        report.add(reason, which, names, "spells")
    columns = books.covariates(report)
    keys = books.of * _SPAN + books.year

    def beside(rows, year, kept):
        """Columns in the last record up to a year, or else in the first."""
        at = np.searchsorted(keys, of[rows] * _SPAN + year, side="right") - 1
        at = np.maximum(at, books.first[of[rows]])
        made = {name: columns[name].iloc[at].array for name in kept}
        return made, books.year[at] > year

    rows = np.flatnonzero(risk)
    kept = [name for name in columns if name not in _TODAY]
    made, later = beside(rows, origin[rows] + entry[rows], kept)
    report.add("recorded_later", later, names.iloc[rows], "spells")
    spells = pd.DataFrame({
        "household_id": names.iloc[rows].array, "spell": out["number"].to_numpy()[rows],
        "origin": origin[rows], "origin_known": known[rows], "entry": entry[rows],
        "exit": (end - origin)[rows], "event": fell[rows], **made,
    })  # fmt: skip
    rows = np.flatnonzero(here & known)
    made, _ = beside(rows, np.full(len(rows), until), columns)
    return spells, pd.DataFrame({
        "household_id": names.iloc[rows].array, "spell": out["number"].to_numpy()[rows],
        "origin": origin[rows], "duration": until - origin[rows], **made,
    })  # fmt: skip
