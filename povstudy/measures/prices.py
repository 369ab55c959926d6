"""Incomes at the prices of one year, by an index that the user gives."""

from collections.abc import Mapping
from numbers import Real

import numpy as np
import pandas as pd

from ..base.checks import listed, need_columns
from ..base.columns import need_numbers, same_keys
from ..base.errors import DataError
from ..base.status import handed_on
from ..clean.reports import part, report
from .before import grouped, known, opened

_FIGURE = "figure of the index"
_NEAR = (85, 125)  # figures of which each may be of the year before as 100


def deflate(table, income, *, index, base, by="year", chained=None, codes=None):
    """Bring incomes to the prices of one year, with a price index of one's own.

    Parameters
    ----------
    table : DataFrame
        Of pandas or polars; it is not changed.
    income : str or list of str
        Columns of incomes at the prices of their year.
    index : dict, Series or DataFrame
        Price index by year, on any base: ``{2010: 100, 2015: 114.6}``; or a table of the columns
        of ``by`` and one of figures, with a row for each place and year. None is bundled.
    base : int or tuple
        The year at whose prices incomes are wanted, each place at its own. With
        ``("Guizhou", 2010)`` all are at the prices of that place too: only an index that compares
        places allows it.
    by : str or list of str
        Columns that tell the year and, before it, the place: ``["province", "year"]``. Quarters
        are one number, ``4 * year + quarter``, here and in the index.
    chained : bool, optional
        Whether each figure is of the year before as 100, as China's statistical yearbooks print
        consumer prices (上年=100). They are multiplied up to one base. If it is not said, figures
        that may be either are refused.
    codes : float, list of float or dict, optional
        Numbers that stand for no answer in incomes, of all or by column, as of `povstudy.Survey`:
        they are missing, and told. Others that look so are refused; ``codes=[]``: there are none.

    Returns
    -------
    table : DataFrame
        With a new column for each income, ``<income>_2010prices``; nothing else is changed.
    report : DataFrame
        As of a cleaning, for `povstudy.clean.summary`: by what each place and year was divided.

    Raises
    ------
    DataError
        If the index lacks a year (none is filled in), holds one twice or is not above 0; if a
        chain is broken; if figures may be chained or not; if incomes hold codes of no answer.

    Notes
    -----
    income at prices of the base = income / (index of its year / index of the base). Chained
    figures x make the index I(t) = I(t - 1) x(t) / 100, from 100 in the year before the first.

    Incomes may stay as they are if the line moves instead: ``povstudy.line(year, deflator=)``, or a
    column with the line of each row for `povstudy.poverty`. Headcount and gaps are the same.

    References
    ----------
    ILO, IMF, OECD and others (2020), Consumer Price Index Manual: Concepts and Methods, chapter 9.

    Examples
    --------
    The figures are for illustration.

    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"year": [2010, 2011, 2012], "income": [2000.0, 2100.0, 2310.0]})
    >>> found, report = ps.deflate(table, "income", index={2010: 100, 2011: 105, 2012: 110}, base=2010)
    >>> found["income_2010prices"].round(2).tolist()
    [2000.0, 2000.0, 2100.0]
    >>> report["why"].iloc[2]
    'divided by 1.1: prices of 2012 over prices of 2010 (rows: 1)'

    Of the year before as 100; that of the base year is not needed:

    >>> found, _ = ps.deflate(table, "income", index={2011: 105, 2012: 102}, base=2010, chained=True)
    >>> found["income_2010prices"].round(2).tolist()
    [2000.0, 2000.0, 2156.86]
    """
    incomes, by = listed(income), listed(by)
    *place, year = base if isinstance(base, tuple) and base else (base,)
    ending = f"_{_told((*place, year)).replace(' ', '')}prices"
    table, codes = opened(table, [*incomes, *by], codes, [f"{one}{ending}" for one in incomes])
    _refuse_options(incomes, by, base, place, year, chained)
    prices, rows = _index(index, by), {name: table[name] for name in by}
    for name in by[:-1]:
        rows[name], prices[name] = same_keys(name, rows[name], prices[name])
    which, cells = grouped(rows)
    for one in (cells, prices):
        one[by[-1]] = need_numbers(by[-1], one[by[-1]])
    levels = _levels(prices, by, chained)
    levels = dict(zip(zip(*(levels[one] for one in by), strict=True), levels[_FIGURE], strict=True))
    cells = list(cells.itertuples(index=False, name=None))
    bases = [(*place, year) if place else (*one[:-1], year) for one in cells]
    factor = _looked_up(levels, cells, by) / _looked_up(levels, bases, by, "argument base")
    made, parts, counts = table.copy(), [], np.bincount(which, minlength=len(cells))
    for name in incomes:
        made[f"{name}{ending}"] = known(name, table[name], codes, parts) / factor[which]
        for i, one in enumerate(cells):
            told = counts[i], factor[i], _told(one), _told(bases[i])
            parts.append(part(None, f"{name}{ending}", None, None, "added", "deflated", *told))
    return handed_on(made, table), report(parts)


def _refuse_options(incomes, by, base, place, year, chained):
    """Refuse a base that is none, and what would mix places with years."""
    if not incomes:
        raise DataError("No income is named.", where="argument income", found=incomes,
                        remedy='income="income"')  # fmt: skip
    if len(place) not in (0, len(by) - 1) or not isinstance(year, Real) or isinstance(year, bool):
        raise DataError(
            "A base is a year, or a place and a year: one value for each column of by=.",
            where="argument base", found=repr(base)[:80], remedy="base=2010",
        )  # fmt: skip
    if early := [one for one in by[:-1] if one in ("year", "wave")]:
        raise DataError(
            "The time stands last in by=, in one column.", where="argument by", found=", ".join(by),
            remedy=f"by={[*(one for one in by if one != early[0]), early[0]]!r}; of quarters one number, "
            "4 * year + quarter, in the index too",
        )  # fmt: skip
    if chained not in (None, True, False) or (chained and place):
        raise DataError(
            "Figures are of the year before as 100, or they are not; such figures compare no places.",
            where="arguments chained and base", found=f"chained={chained!r}, base={base!r}"[:80],
            remedy=f"chained=True, base={year}",
        )  # fmt: skip


def _told(cell):
    return " ".join(f"{one:.10g}" if isinstance(one, Real) else str(one) for one in cell)


def _index(index, by):
    """The index as a table of the columns ``by`` and its figures, each cell once."""
    if isinstance(index, Mapping):  # in JSON years are texts
        index = pd.Series({int(one) if isinstance(one, str) and one.isdecimal() else one: x
                           for one, x in index.items()})  # fmt: skip
    index = index.to_pandas() if hasattr(index, "to_pandas") else index
    if isinstance(index, pd.Series) and index.index.nlevels == len(by):
        index = index.rename(_FIGURE).rename_axis(by).reset_index()
    if not isinstance(index, pd.DataFrame):
        keys = getattr(getattr(index, "index", None), "nlevels", type(index).__name__)
        raise DataError(
            "A price index is a table of the columns of by= and one of figures, or goes by such keys.",
            where="argument index", found=f"{keys} where by= names {len(by)}",
            remedy="index={2010: 100, 2015: 114.6}; of places {('Guizhou', 2010): 100}",
        )  # fmt: skip
    if set(by) - set(index) & set(index.index.names):
        index = index.reset_index()
    need_columns(index, by)
    others = [one for one in index if one not in by]
    if len(others) != 1:
        raise DataError(
            "A price index has one column of figures.", where="argument index",
            found=f"columns {', '.join(map(str, others))}",
            remedy=f"index=index[{[*by, *others[:1]]!r}]",
        )  # fmt: skip
    figures = need_numbers(others[0], index[others[0]])
    made = index[by].assign(**{_FIGURE: figures}).reset_index(drop=True)
    bad = np.flatnonzero(~((figures > 0) & (figures < np.inf)) | made.isna().any(axis=1))
    if len(bad):
        raise DataError(
            "Each figure of a price index has its year, and is above 0.", where=f"index, {_told(made[by].iloc[bad[0]])}",
            found=figures[bad[0]], remedy="leave blanks out; add 100 to each figure, if they are rates of change, and say chained=True",
        )  # fmt: skip
    twice = made.duplicated(by)
    if twice.any():
        raise DataError(
            "The price index has a figure twice.", where=f"index, {_told(made.loc[twice, by].iloc[0])}",
            found=made.loc[twice, _FIGURE].iloc[0],
            remedy=f"index = index.drop_duplicates({by!r})  # of one kind of index alone",
        )  # fmt: skip
    return made


def _levels(prices, by, chained):
    """The index on one base for each place; chained figures are multiplied up."""
    time = by[-1]
    prices = prices.sort_values(time, ignore_index=True)
    figures = prices[_FIGURE]
    place = [prices[one] for one in by[:-1]] or np.zeros(len(prices))
    few = ", ".join(f"{one:g}" for one in figures[:6])
    if not chained:
        falls = (figures.groupby(place, observed=True).diff() < 0).any()
        plain = (figures == 100).any() and not falls  # it rises, and a year is 100
        if chained is None and figures.between(*_NEAR).all() and not plain:
            raise DataError(
                "These figures may be of the year before as 100, or all of one year: say which.",
                where="argument chained", found=few,
                remedy="chained=True  # 上年=100; or chained=False, if they are all of one year",
            )  # fmt: skip
        return prices
    if figures.median() < 50:
        raise DataError(
            "Chained figures are near 100: 102.3 means that prices rose by 2.3 %.",
            where="argument index", found=few,
            remedy="add 100 to each figure, if they are rates; take each times 100, if they are ratios",
        )  # fmt: skip
    step = prices[time].groupby(place, observed=True).diff()
    gap = step.notna() & (step != 1)
    if gap.any():
        *where, year = prices.loc[gap.idxmax(), by]
        raise DataError(
            "The chain is broken: a year between is not there.", where="argument index",
            found=_told([*where, year - step[gap.idxmax()], "then", year]),
            remedy="add the years between to the index",
        )  # fmt: skip
    start = prices[step.isna()].assign(**{_FIGURE: 100.0, time: prices[time] - 1})
    levels = 100 * (figures / 100).groupby(place, observed=True).cumprod()
    return pd.concat([start, prices.assign(**{_FIGURE: levels})])


def _looked_up(levels, cells, by, where="argument index"):
    """Figures of some cells; refused are those that are not there, with the nearest that are."""
    lacking = [one for one in dict.fromkeys(cells) if one not in levels]
    if lacking:
        *place, year = lacking[0]
        near = sorted((one[-1] for one in levels if [*one[:-1]] == place), key=lambda x: abs(x - year))  # fmt: skip
        told = ", ".join(map(_told, lacking[:12])) + ", ..." * (len(lacking) > 12)
        of = f" of {_told(place)}" if place else ""
        raise DataError(
            f"The price index lacks {len(lacking):,} {'places and ' * (len(by) > 1)}years, and no figure is made up.",
            where=where, found=f"{told}; nearest there{of}: {_told(near[:2]) or 'nothing'}",
            remedy="add them to the index, or leave their rows out",
        )  # fmt: skip
    return np.array([levels[one] for one in cells])
