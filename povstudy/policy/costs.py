"""What programmes cost: by approach and component, from records of them and unit prices."""

import calendar
import re
from dataclasses import dataclass, replace
from numbers import Real

import numpy as np
import pandas as pd

from ..base.checks import mean as meant
from ..base.checks import nearest, need_columns, need_share, need_whole
from ..base.columns import LARGEST, need_numbers
from ..base.errors import DataError, tell
from ..base.language import in_words
from ..base.status import source_of, status_of
from ..measures.sums import total
from ..panels.households import columns_of
from ..survey.design import Totals, designed
from ..survey.estimates import Estimates
from ..survey.linear import domain_names
from ..survey.survey import Survey

WORKERS, TOTAL = "workers", "total"
_WIDTH = 2 * np.sqrt(3)  # of an even distribution, in standard deviations


@dataclass(frozen=True, repr=False)
class ProgrammeCosts(Estimates):
    """Costs by approach and component, with one covariance; see `programme_costs`.

    Attributes
    ----------
    prices : DataFrame
        ``component unit price std_error``, as they were used.
    per : str
        What costs are of: ``"all"``, ``"year"``, or what one household is.
    rate : float
        Of discounting, a year; 0: not discounted.
    base_year : int or None
        Year to which costs are discounted.
    opened : ndarray of bool, 3 x costs
        Whether the true cost may be lower, higher, or is about this, as records say.
    """

    prices: pd.DataFrame | None = None
    per: str = "all"
    rate: float = 0.0
    base_year: int | None = None
    opened: object = None
    _figures = {"costs_by_component": "_drawn"}  # noqa: RUF012

    def _ends(self, level, errors, df):
        low, high = super()._ends(level, errors, df)
        lower, higher, _ = self.opened
        return np.where(lower, -np.inf, low), np.where(higher, np.inf, high)

    def tidy(self, level=0.95):
        """Table of the costs; as `Estimates.tidy`, with what records say of how exact they are.

        Parameters
        ----------
        level : float
            Of the intervals. Where a number was "at least" so much, the upper end is infinite;
            where "at most", the lower one is.

        Returns
        -------
        DataFrame
            ``term approach component``, as of `Estimates.tidy`, and ``bound``: exact, about,
            at least, at most, or no bound.
        """
        lower, higher, about = self.opened
        bound = np.select([lower & higher, higher, lower, about],
                          ["no bound", "at least", "at most", "about"], "exact")  # fmt: skip
        made = super().tidy(level)
        made.insert(made.columns.get_loc("ci_high") + 1, "bound", bound)
        return made

    def _drawn(self):
        """The figure knows the column of ``by=`` as the approach, whatever its name."""
        made = self.tidy()
        return made.rename(columns={made.columns[1]: "approach"})  # attrs go along

    def combine(self, table, gradient, apart=False):
        """As of `Estimates`; a bound of a cost is one of what is made of it."""
        from scipy import sparse

        made, gradient = super().combine(table, gradient, apart), sparse.csr_array(gradient)
        up, down = ((sign * gradient > 0).astype(float).toarray() for sign in (1, -1))
        lower, higher, about = self.opened
        opened = lower @ up + higher @ down, higher @ up + lower @ down, about @ (up + down)
        return replace(made, opened=np.array(opened) > 0)

    def total(self):
        """The totals of all components alone.

        Returns
        -------
        ProgrammeCosts
            The component ``total`` for each approach.
        """
        rows = np.flatnonzero(self.table["component"] == TOTAL)
        return self.combine(self.table.iloc[rows], np.eye(len(self))[:, rows])

    def _main(self, lang):
        made, say = self.tidy(), in_words("programme_costs", lang)
        if not self.opened.any():
            return made.drop(columns="bound")
        return made.assign(bound=made["bound"].map(say)).rename(columns={"bound": say["bound"]})

    def _told(self, lang):
        say = in_words("programme_costs", lang)
        rate = say["rate"].format(f"{100 * self.rate:g}", self.base_year)
        per = say["per"].format(say.get(self.per, self.per))
        return (" " * (lang == "en")).join([rate if self.rate else say["none"], per])


def programme_costs(programmes, prices, *, by="approach", per="all", rate=0.0, base_year=None):
    """Cost programmes by approach and component, from their records and unit prices.

    Parameters
    ----------
    programmes : DataFrame or Survey
        Records as `clean.programmes` or `simulate` make them. A table holds all programmes there
        are: their costs have no error but that of prices. A `Survey` is a sample of them, and
        its sampling units (villages, say) give an error too.
    prices : dict
        A component and its price, in one unit of money: ``"workers"`` or a value of the column
        ``programme`` (``"resident_team"``) counts worker-years of these records; the name of
        another column (``"persons"``, ``"outside_yuan"``, ``"amount_yuan"``) counts what stands
        in it. A price is a number; with its standard error ``(47000, 3000)``; or a range, the
        larger number second, ``(30000, 80000)``, in which any price is as likely.
    by : str
        Column of the approach.
    per : str or dict
        ``"all"``: in total. ``"year"``: a calendar year, from the first to the last of an
        approach (discounted as costs are: the equivalent annual cost). The name of a column: one
        of what it counts, such as ``"households"``. A dict gives such a number for each approach.
    rate : float
        Of discounting, a year; 0: not discounted.
    base_year : int, optional
        To which costs are discounted; needed with a rate.

    Returns
    -------
    ProgrammeCosts
        `Estimates` with the term ``cost`` for each ``approach`` and ``component``, in the money
        of the prices, and of the component ``total`` all together; ``.total()`` has these alone,
        ``.contrast("approach", a, b)`` sets approaches against each other, ``.cov()`` is the
        covariance of all.

    Raises
    ------
    DataError
        If a component is no column and no programme, staff of a programme has no price, a value
        that is needed is missing or below zero, records of plan and output stand together, or
        households would count twice.

    Warns
    -----
    DataWarning
        If records say "at least", "at most" or "about": `tidy` then tells which costs hang on them.

    Notes
    -----
    A record with a ``year`` is of that year; one without is of the time from ``start`` to
    ``end``, both included, each as exact as written (2013, 2013-05, 2013-05-20). Worker-years
    are workers times years. The cost of a component is C = p Q, with price p and quantity Q;
    its error is that of p dQ + Q dp: dQ from the sampling units, dp one draw for all approaches
    that pay this price. Prices are independent of each other and of the sample. A record of
    several years is spread evenly over its time, and what falls into calendar year y is
    multiplied by (1 + rate)^(base_year - y). Prices are real: of one year. Numbers of
    households are not discounted.

    References
    ----------
    Drummond, M., Sculpher, M., Claxton, K., Stoddart, G., Torrance, G. (2015), Methods for the
    Economic Evaluation of Health Care Programmes, Oxford, chapter 7.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> records = pd.DataFrame({"approach": ["administrative", "social_work"],
    ...     "programme": ["resident_team", "social_work"], "start": [2013, 2013],
    ...     "end": [2014, 2013], "workers": [3, 2], "persons": [100, 40]})
    >>> prices = {"resident_team": 40000, "social_work": (50000, 5000), "persons": 300}
    >>> costs = ps.programme_costs(records, prices)
    >>> costs.total().tidy()[["approach", "estimate", "std_error"]].values.tolist()
    [['administrative', 270000.0, 0.0], ['social_work', 112000.0, 10000.0]]
    """
    sample = isinstance(programmes, Survey)
    table = columns_of(programmes, list(programmes.rows.columns)) if sample else programmes
    need_columns(table, ["programme"])
    domain_names(by, ("term", "component", "bound"))
    if by not in table:
        raise DataError("Records do not tell which approach they belong to.", where=f"column {by}",
                        remedy=f"programmes = programmes.assign(**{{{by!r}: programmes['programme']}})  # or what each stands for")  # fmt: skip
    if not sample and table[by].isna().any():
        raise DataError(f"{table[by].isna().sum():,} records have no approach.", where=f"column {by}",
                        remedy=f"programmes = programmes[programmes[{by!r}].notna()]")  # fmt: skip
    need_share("rate", rate, 0.03, ends=(0,))
    if rate and base_year is None:
        first = int(np.nanmin(_ends(table, slice(None))[0])) // 12
        raise DataError("Costs are discounted to a stated year.", where="argument base_year",
                        found="none", remedy=f"base_year={first}")  # fmt: skip
    if base_year is not None:
        need_whole("base_year", base_year, 1900, most=2200)
    _refuse_two_kinds(table)
    priced = _prices(prices, table)
    parts = [_quantity(table, one, rate, base_year) for one in priced["component"]]
    _refuse_unpriced(table, priced["component"], parts)
    counted = not isinstance(per, dict) and per not in ("all", "year")
    if counted:
        parts.append(_households(table, per, by))
    whole = table.assign(**{f"quantity {i}": one for i, (one, _) in enumerate(parts)})
    svy = programmes.reopened(whole) if sample else Survey(whole, codes=[], status=status_of(table, "register"), source=source_of(table))  # fmt: skip
    found = total(svy, [f"quantity {i}" for i in range(len(parts))], by=by)
    there = np.flatnonzero(found.table["population"] > 0)  # what `Survey.where` left out is none
    if len(there) < len(found):
        found = found.combine(found.table.iloc[there], np.eye(len(found))[:, there])
    size = len(found) // len(parts)
    groups = found.table[by].iloc[:size].reset_index(drop=True)
    code = pd.Index(groups).get_indexer(pd.Index(table[by].astype(groups.dtype)))
    opened = np.array([np.bincount(code[marked], minlength=size) > 0 for one in _BOUNDS
                       for _, marks in parts for marked in [marks[one] & (code >= 0)]])  # fmt: skip
    made = _with_prices(found, priced, size, sample)
    made = ProgrammeCosts(
        **made, prices=priced, per="household" if isinstance(per, dict) else per, rate=float(rate),
        base_year=base_year, opened=opened.reshape(3, -1),
    )  # fmt: skip
    below = _below(table, groups, code, per, rate, base_year, made.table["estimate"].to_numpy())
    return _finished(made, priced["component"], by, groups, below, counted)


_BOUNDS = ("upper", "lower", "about")  # the true number may be lower, higher, is about this


def _prices(prices, table):
    """Components with their prices; refused where they are none, or are no price."""
    if not (isinstance(prices, dict) and prices):
        raise DataError("Prices are a dict of components.", where="argument prices",
                        found=type(prices).__name__, remedy='prices={"workers": 47000}')  # fmt: skip
    kinds, rows = list(dict.fromkeys(table["programme"].dropna())), []
    if TOTAL in prices:
        raise DataError("A component bears the name of all of them together.", where="argument prices", found=repr(TOTAL),
                        remedy="another name for that programme or column, such as 'whole'")  # fmt: skip
    for name, price in prices.items():
        known = [*kinds, *table.columns]
        if name not in known:
            near = nearest(name, known)
            raise DataError("A component is a programme, or a column of the records." + meant(near),
                            where="argument prices", found=repr(name),
                            remedy=f"prices={{{near or 'workers'!r}: 47000}}")  # fmt: skip
        pair = tuple(price) if isinstance(price, list | tuple) else (price, 0.0)
        if not (len(pair) == 2 and all(_number(one) and one >= 0 for one in pair)):
            raise DataError("A price is a number of 0 or more, with its error, or a range.",
                            where=f"prices[{name!r}]", found=repr(price)[:80],
                            remedy=f"prices={{{name!r}: (47000, 3000)}}  # or a range: (30000, 80000)")  # fmt: skip
        middle, error = pair
        if error > middle:  # a range, in which each price is as likely
            middle, error = sum(pair) / 2, (pair[1] - pair[0]) / _WIDTH
        unit = "worker-year" if name == WORKERS or name in kinds else str(name)
        rows.append((name, unit, float(middle), float(error)))
    return pd.DataFrame(rows, columns=["component", "unit", "price", "std_error"])


def _number(x):
    most = LARGEST if isinstance(x, int | float) else np.float64(LARGEST)
    return isinstance(x, Real) and not isinstance(x, bool) and abs(x) <= most


def _quantity(table, name, rate, base_year):
    """How much of a component each record has, and which records say so with a bound."""
    staff = name == WORKERS or name not in table
    here = np.ones(len(table), dtype=bool)
    if name != WORKERS and staff:
        here = (table["programme"] == name).fillna(False).to_numpy(dtype=bool)
    column = WORKERS if staff else name
    need_columns(table, [column])
    values = _numbers(table, column, here)
    if staff or rate:
        years, worth = _years(*_ends(table, here), rate, base_year)
        values[here] *= worth if staff else worth / years
    return values, {one: here & _said(table, column, one) for one in _BOUNDS}


def _numbers(table, column, here):
    """Numbers of some records, 0 of the others; refused where one is missing or below zero."""
    values = need_numbers(column, table[column])
    bad = np.flatnonzero(here & ~((values >= 0) & (values < np.inf)))
    if len(bad):
        rest = f"programmes[{column!r}].{'fillna(0)  # if none is meant' if np.isnan(values[bad[0]]) else 'clip(lower=0)  # if it is an error'}"
        raise DataError(f"{len(bad):,} records have no number of 0 or more.",
                        where=f"column {column}, row {table.index[[bad[0]]].tolist()[0]!r}",
                        found=repr(table[column].iloc[bad[0]]),
                        remedy=f"programmes[{column!r}] = {rest}")  # fmt: skip
    return np.where(here, values, 0.0)


def _said(table, column, word):
    """Which records say of a column that it is a bound."""
    if "bound" not in table:
        return np.zeros(len(table), dtype=bool)
    told = {}
    for one in table["bound"].dropna().unique():
        parts = [part.strip() for part in str(one).split(";")]
        odd = [part for part in parts if part.rpartition(": ")[2] not in ("", "exact", *_BOUNDS)]
        if odd:
            raise DataError("A bound is exact, lower, upper or about.", where="column bound", found=odd[0][:60],
                            remedy="programmes['bound'] = programmes['bound'].str.replace('at least', 'lower').str.replace('at most', 'upper')")  # fmt: skip
        told[one] = any(part in (word, f"{column}: {word}") for part in parts)
    return table["bound"].map(told).fillna(False).to_numpy(dtype=bool)


def _refuse_two_kinds(table):
    """Plans and what was done are not added up."""
    kinds = list(table["kind"].dropna().unique()) if "kind" in table else []
    if len(kinds) > 1:
        raise DataError("Records of plan, output or spending stand together: they would count twice.",
                        where="column kind", found=", ".join(map(str, kinds)),
                        remedy=f"programmes = programmes[programmes['kind'] == {('output' if 'output' in kinds else kinds[0])!r}]")  # fmt: skip


def _refuse_unpriced(table, names, parts):
    """Staff is priced once, or not at all."""
    staff = [name for name in names if name == WORKERS or name not in table]
    if WORKERS in staff and len(staff) > 1:
        raise DataError("Workers have a price, and so have those of a programme: they would count twice.",
                        where="argument prices", found=", ".join(map(str, staff)),
                        remedy="prices.pop('workers')")  # fmt: skip
    if not staff or WORKERS in staff:
        return
    free = ~table["programme"].isin(staff).to_numpy() & (
        np.nan_to_num(need_numbers(WORKERS, table[WORKERS])) > 0)  # fmt: skip
    if free.any():
        name = table["programme"].iloc[np.flatnonzero(free)[0]]
        remedy = f"prices[{name!r}] = 47000  # 0 if they cost nothing"
        if pd.isna(name):
            remedy = "programmes = programmes.dropna(subset=['programme'])  # or fill it in"
        raise DataError("Workers of a programme have no price.", where="argument prices", found=repr(name), remedy=remedy)  # fmt: skip


# Time ---------------------------------------------------------------------------------


def _ends(table, here):
    """First and last month of records, counted from year 0; parts of months are parts."""
    spans = "start" in table and "end" in table
    if "year" in table:
        year = pd.Series(need_numbers("year", table["year"]), table.index, dtype=object)
    else:
        need_columns(table, ["start", "end"])
    ends = []
    for name, late in (("start", False), ("end", True)):
        column = table[name] if spans else year
        if "year" in table and spans:
            column = year.where(year.notna(), column.astype(object))
        name, column = name if spans else "year", column[here]
        known = {one: _month(one, late) for one in column.unique()}
        ends.append(column.map(known).to_numpy(dtype=float, na_value=np.nan))
        if np.isnan(ends[-1]).any():
            at = np.flatnonzero(np.isnan(ends[-1]))[0]
            raise DataError(f"A record has no {name} that is a date.", found=repr(column.iloc[at]),
                            where=f"column {name}, row {table.index[here][[at]].tolist()[0]!r}",
                            remedy=f"programmes = programmes.dropna(subset=[{name!r}])  # or fill it in, as 2013, 2013-05 or 2013-05-20")  # fmt: skip
    short = np.flatnonzero(ends[1] <= ends[0])
    if len(short):
        row = table[here].iloc[short[0]]
        raise DataError("A record ends before it starts.", where=f"row {row.name!r}",
                        found=f"{row['start']} to {row['end']}",
                        remedy="programmes = programmes[programmes['end'] >= programmes['start']]")  # fmt: skip
    return ends


def _month(told, late):
    """Month in which a date begins or, if it is late, ends."""
    form = r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:\.0|[ T]\d\d:.*)?"  # dates may tell the hour
    found = re.fullmatch(form, str(told).strip())
    if not found:
        return np.nan
    year, month, day = (int(one) if one else None for one in found.groups())
    if month is None:
        return 12 * year + 12 * late
    if not 1 <= month <= 12:
        return np.nan
    days = calendar.monthrange(year, month)[1]
    part = late if day is None else (day - (not late)) / days
    return 12 * year + month - 1 + part if 0 <= part <= 1 else np.nan


def _years(start, end, rate, base_year):
    """Years of each record, and what they are worth in the base year."""
    years = worth = np.zeros(len(start))
    for year in range(int(start.min() // 12), int(np.ceil(end.max() / 12))) if len(start) else ():
        part = np.clip(np.minimum(end, 12 * year + 12) - np.maximum(start, 12 * year), 0, None) / 12
        years = years + part
        worth = worth + part * (1 + rate) ** ((base_year or 0) - year if rate else 0)
    return years, worth


# Of whom ------------------------------------------------------------------------------


def _households(table, per, by):
    """What costs are of, of each record; refused where a place has it twice at a time."""
    near = nearest(per, ["all", "year", *table.columns])
    if per not in table:
        raise DataError("Costs are of all, of a year, or of what a column counts." + meant(near),
                        where="argument per", found=repr(per), remedy=f"per={near or 'all'!r}")  # fmt: skip
    every = np.ones(len(table), dtype=bool)
    values = _numbers(table, per, every)
    when = [one for one in ("year", "start") if one in table][:1]
    if "place" in table and when:
        some = table[values > 0]
        twice = some.duplicated([by, "place", *when]) & some["place"].notna()
        if twice.any():
            raise DataError("Two records of one place and time count the same households twice.",
                            where=f"column {per}, row {some.index[twice].tolist()[0]!r}",
                            found=f"{int(twice.sum()):,} records",
                            remedy=f"programmes.loc[programmes.duplicated({[by, 'place', *when]!r}), {per!r}] = 0")  # fmt: skip
    return values, {one: _said(table, per, one) for one in _BOUNDS}


def _below(table, groups, code, per, rate, base_year, estimate):
    """What the costs of each approach are divided by."""
    if isinstance(per, dict):
        lacks = [one for one in groups if one not in per]
        if lacks or not all(_number(one) and one > 0 for one in per.values()):
            raise DataError("per= has a number of more than 0 for each approach.", where="argument per",
                            found=repr(per)[:80],
                            remedy=f"per={dict.fromkeys(groups.tolist(), 100)!r}  # with their numbers")  # fmt: skip
        return np.array([per[one] for one in groups], dtype=float)
    if per == "all":
        return np.ones(len(groups))
    if per == "year":
        start, end = _ends(table, slice(None))
        first, last = (np.array([pick(x[code == i]) for i in range(len(groups))]) for pick, x in
                       ((np.min, start // 12 * 12), (np.max, np.ceil(end / 12) * 12)))  # fmt: skip
        return _years(first, last, rate, base_year)[1]
    below = estimate[-len(groups) :]
    none = np.flatnonzero(~(below > 0))
    if len(none):
        raise DataError("An approach has none of what costs are of.", where=f"column {per}",
                        found=str(groups[none[0]]), remedy='per="all"')  # fmt: skip
    return below


def _with_prices(found, priced, size, sample):
    """Fields of costs: influences of records times prices, and one draw of each price."""
    from scipy import sparse

    price, error = (np.repeat(priced[one].to_numpy(), size) for one in ("price", "std_error"))
    quantity = found.table["estimate"].to_numpy()
    more = len(quantity) - len(price)  # what costs are of has no price
    price, error = np.r_[price, np.ones(more)], np.r_[error, np.zeros(more)]
    whole, design = found._whole(), found.design
    totals = whole.totals if whole.mix is None else whole.totals @ whole.mix
    of = np.r_[np.repeat(np.arange(len(priced)), size), np.full(more, -1)]
    drawn = sparse.csr_array((of == np.arange(len(priced))[:, None]) * (error * quantity))
    random = np.flatnonzero(design.factor > 0) if sample else []
    if len(random):  # prices join a stratum, in the scale of its squares, and leave its mean alone
        first, by = totals.first * price, sparse.diags_array(price)
        drawn = drawn / np.sqrt(design.factor[random[0]])
        second = sparse.vstack([totals.second @ by, drawn], format="csr")
        stratum, within = np.r_[totals.stratum, np.full(len(priced), random[0])], totals.within and totals.within @ by  # fmt: skip
        design = replace(design, method=f"{design.method}, with prices")
    else:
        first, second, within = np.zeros((1, len(price))), drawn, None
        stratum = np.zeros(len(priced), dtype=np.intp)
        design = replace(designed(np.array([2])), factor=np.ones(1), df=np.inf, method="prices, all records")  # fmt: skip
    table = found.table.assign(estimate=quantity * price)
    return {"table": table, "design": design, "totals": Totals(first, second, stratum, within),
            "dropped": found.dropped, "status": found.status, "source": found.source,
            "lone": found.lone if sample else None}  # fmt: skip


def _finished(made, names, by, groups, below, counted):
    """Costs of one of what they are of, told by approach and component."""
    size, count, old = len(groups), len(names) + 1, len(made)
    raw, below = size * (count - 1), np.tile(below, count)
    parts = np.tile(np.eye(size), (count - 1, 1))  # all components of an approach are its total
    gradient = np.zeros((old, size * count))
    gradient[:raw] = np.hstack([np.eye(raw), parts]) / below
    estimate = made.table["estimate"].to_numpy() @ gradient
    if counted:
        at = np.tile(np.arange(size), count)
        gradient[raw + at, np.arange(size * count)] = -estimate / below
    table = pd.DataFrame({
        "term": "cost", by: np.tile(groups, count), "component": np.repeat([*names, TOTAL], size),
        "estimate": estimate,
        **{one: np.tile(made.table[one].iloc[:size], count) for one in ("n", "population")},
    })  # fmt: skip
    order = np.lexsort((np.arange(size * count), np.tile(np.arange(size), count)))
    found = made.combine(table.iloc[order], gradient[:, order])
    if found.opened.any():
        told = [word for word, some in zip(("at most", "at least", "about"), found.opened, strict=True) if some.any()]  # fmt: skip
        tell("Records give bounds or round numbers: costs that hang on them are no exact ones.",
             where="column bound", found=", ".join(told), remedy="see the column bound of .tidy()")  # fmt: skip
    return found
