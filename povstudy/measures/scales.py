"""From persons to households: sizes by counting, equivalence scales, equivalised incomes."""

import numpy as np
import pandas as pd

from ..base.checks import listed, mean, nearest, need_columns, need_positive
from ..base.columns import need_numbers, refuse_two_kinds
from ..base.errors import DataError
from ..base.language import texts
from ..base.status import handed_on
from ..clean.reports import part, report
from .before import grouped, known, opened

_WEIGHTS = {"oecd_modified": (0.5, 0.3), "oecd_old": (0.7, 0.5), "per_head": (1.0, 1.0)}
SCALES = [*_WEIGHTS, "square_root"]
OLDEST = 120  # years
ASKED = 16  # age from which household surveys ask persons for their own incomes
_TIMES = ("year", "wave")


def equivalise(people, household, age=None, scale="oecd_modified", *, income=None, personal=None,
               keep=None, size=None, person=None, adult=14, missing_age="refuse", codes=None):  # fmt: skip
    """Make households of persons: counted size, units of need, and income per unit.

    Parameters
    ----------
    people : DataFrame
        One row for each person (of pandas or polars); it is not changed.
    household : str or list of str
        Column of the household; of several waves in one table ``["household_id", "year"]``.
    age : str, optional
        Column of ages in years. May be left out where the scale asks for none.
    scale : {"oecd_modified", "oecd_old", "square_root", "per_head"} or callable
        See Notes; or a function of (adults, children), two whole numbers, that gives the units.
    income : str or list of str, optional
        Income of the whole household, repeated with its members or written with one of them.
    personal : str or list of str, optional
        Incomes of the persons, which are added up. A blank of a member under 16 counts as none;
        a blank of another makes the sum of the household unknown. Both are in the report.
    keep : str or list of str, optional
        What is the same for all members and stays: weight, place, stratum.
    size : str, optional
        A size that is stated beside. Members are counted; where it differs the report says so.
    person : str, optional
        Column of persons, none of whom may be in a household twice; ``person_id`` if there is one.
    adult : float
        Age from which a member counts as an adult.
    missing_age : {"refuse", "adult"}
        What is done with persons of unknown age.
    codes : float, list of float or dict, optional
        Numbers that stand for no answer in incomes, of all or by column, as of `povstudy.Survey`:
        they are missing, and told. Others that look so are refused; ``codes=[]``: there are none.

    Returns
    -------
    households : DataFrame
        One row for each household, in their order: its key, what was kept, ``size``,
        ``adults`` and ``children`` (with ages), ``units``, and for each income its sum or value
        and ``equivalised_<income>``, which is income / units. Measures count persons with
        ``ps.Survey(households, size="size")``.
    report : DataFrame
        As of a cleaning, for `povstudy.clean.summary`: the formula, and every member and
        household that was not plain; ``row`` 1 is the first.

    Raises
    ------
    DataError
        If a household is unknown, ages are missing, below 0, over 120 or years of birth, a person
        is there twice, an income differs within a household, or incomes hold codes of no answer.

    Notes
    -----
    Units of a household of n members, a of them adults and c children (under 14):

    - ``"oecd_modified"``: 1 + 0.5 (a - 1) + 0.3 c
    - ``"oecd_old"``: 1 + 0.7 (a - 1) + 0.5 c
    - ``"square_root"``: the square *root* of n (four members need twice what one needs)
    - ``"per_head"``: n

    The first member counts 1 in each of them, so in a household of children alone the first child
    does: c children make 1 + 0.3 (c - 1). (With a = 0 the formula would give a child who lives
    alone 0.8.) EU-SILC has ages of -1, of who was born after the year of the incomes: 0 is meant.

    References
    ----------
    OECD, What are equivalence scales? Eurostat, Statistics Explained, Glossary: Equivalised income.
    Hagenaars, A., de Vos, K., Zaidi, M. (1994), Poverty Statistics in the Late 1980s, Eurostat.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> people = pd.DataFrame({"household_id": [1, 1, 1, 2], "age": [40, 38, 9, 70],
    ...                        "income": [36_000, 36_000, 36_000, 9_000], "wage": [900, 0, None, 0]})
    >>> households, report = ps.equivalise(people, "household_id", "age", income="income")
    >>> households[["household_id", "size", "units", "equivalised_income"]].values.tolist()
    [[1.0, 3.0, 1.8, 20000.0], [2.0, 1.0, 1.0, 9000.0]]
    >>> report["why"].item()
    'persons: 4; households: 2; units = 1 + 0.5 × (adults - 1) + 0.3 × children'

    Persons' own incomes are added up, and what was done with blanks is told:

    >>> _, report = ps.equivalise(people, "household_id", "age", "square_root", personal="wage")
    >>> ps.clean.summary(report)["reason"].tolist()
    ['units of need from counted members', 'blank of a member under 16, counted as none']
    """
    keys, shared, own, kept = (listed(one) for one in (household, income, personal, keep))
    _refuse_options(keys, age, scale, missing_age, adult, [*keys, *shared, *own, *kept])
    people, codes = opened(people, [*keys, *shared, *own, *kept], codes)
    person = "person_id" if person is None and "person_id" in people else person
    need_columns(people, [*listed(age), *listed(size), *listed(person)])
    people, parts = people.reset_index(drop=True), []
    code, table = _households(people, keys, person, parts)
    table["size"] = n = np.bincount(code)
    years = None if age is None else _ages(people, age, missing_age, parts)
    first = np.zeros(len(n), dtype=np.intp)
    first[code[::-1]] = np.arange(len(code))[::-1]
    adults = n if years is None else np.bincount(code, years >= adult).astype(np.int64)
    if years is not None:
        table["adults"], table["children"] = adults, n - adults
    table["units"] = _units(scale, adults, n - adults, n)
    kind = scale if isinstance(scale, str) else "own"
    parts.insert(0, part(None, "units", None, None, "added", "equivalised", len(people), len(n),
                         texts("scale")[kind]))  # fmt: skip
    alone = np.flatnonzero((adults == 0) & (kind not in ("square_root", "per_head")))
    parts.append(part(first[alone], "adults", None, None, "proposed", "no_adult"))

    def held(column):
        return _of_household(column, people[keys], code, first, parts)

    if size is not None:
        stated = need_numbers(size, held(people[size]))
        other = np.flatnonzero(~np.isnan(stated) & (stated != n))
        parts.append(part(first[other], size, stated[other], n[other], "proposed", "size_differs"))
    for at, name in enumerate(kept, start=len(keys)):
        refuse_two_kinds(name, people[name])
        table.insert(at, name, held(people[name]).array)
    for name in shared:
        table[name] = known(name, people[name], codes, parts, lambda one: held(one).to_numpy())
    for name in own:
        values = known(name, people[name], codes, parts)
        table[name] = _added_up(name, values, code, years, first, parts)
    for name in (*shared, *own):
        table[f"equivalised_{name}"] = table[name] / table["units"]
    return handed_on(table, people), report(parts)


# What is refused ----------------------------------------------------------------------


def _refuse_options(keys, age, scale, missing_age, adult, names):
    """Refuse a scale that is not known, or lacks ages; and columns that would be made twice."""
    if not keys:
        raise DataError("Households need a column.", where="argument household", found=keys,
                        remedy='household="household_id"')  # fmt: skip
    if not callable(scale) and scale not in SCALES:
        near = nearest(scale, SCALES)
        raise DataError(
            f"There is no such scale: known are {', '.join(SCALES)}, or a function.{mean(near)}",
            where="argument scale", found=repr(scale)[:80], remedy=f"scale={near or SCALES[0]!r}",
        )  # fmt: skip
    if age is None and scale not in ("square_root", "per_head"):
        raise DataError("This scale counts children: it needs the ages.", where="argument age",
                        found=age, remedy='age="age"')  # fmt: skip
    if missing_age not in ("refuse", "adult"):
        raise DataError("Persons of unknown age are refused, or counted as adults.",
                        where="argument missing_age", found=repr(missing_age)[:80],
                        remedy='missing_age="adult"')  # fmt: skip
    need_positive("adult", adult, 14)
    made = ["size", "adults", "children", "units", *(f"equivalised_{one}" for one in names)]
    for name in (one for one in names if one in made):
        raise DataError(
            "A column of this name is made here.", where=f"column {name}", found=name,
            remedy=f"people = people.rename(columns={{{name!r}: {f'{name}_stated'!r}}})",
        )  # fmt: skip


def _households(people, keys, person, parts):
    """The household of each row, and the table of them; refused where one is unknown or mixed."""
    code, table = grouped({name: people[name] for name in keys}, "people")
    wrong, of, time = False, person, next((one for one in _TIMES if one in people and one not in keys), None)  # fmt: skip
    if person is not None:
        refuse_two_kinds(person, people[person])
        there = people[person].notna().to_numpy()
        parts.append(part(np.flatnonzero(~there), person, None, None, "proposed", "no_person"))
        wrong = there & pd.DataFrame({0: code, 1: people[person]}).duplicated().to_numpy()
        problem = f"{wrong.sum():,} rows are of a person who is in the household already."
    if time is not None and not np.any(wrong):
        number = pd.Series(pd.factorize(people[time])[0])
        wrong = ((number >= 0) & (number != number.groupby(code).transform("max"))).to_numpy()
        of, problem = time, f"Households have members of several {time}s: count each {time} alone."
    if np.any(wrong):
        at = int(wrong.argmax())
        raise DataError(
            problem, where=f"column {of}, row {at + 1}, household {_told(people[keys], at)}",
            found=people[of].iloc[at],
            remedy=f"household={[*keys, time]!r}  # if {time} is that of the survey" if time is not None else
            f"people = people.drop_duplicates({[*keys, person]!r})  # if the rows say the same",
        )  # fmt: skip
    return code, table


def _told(keys, at):
    return ", ".join(map(str, keys.iloc[at].tolist()))


def _ages(people, age, missing_age, parts):
    """Ages in years; who is of unknown age is an adult, if that was asked for."""
    years = need_numbers(age, people[age])
    blank = np.isnan(years)
    bad = np.flatnonzero(~blank & ~((years >= 0) & (years <= OLDEST)))
    if len(bad):
        found, counts = np.unique(years[bad], return_counts=True)
        few = ", ".join(f"{x:.10g} ({k:,})" for x, k in zip(found[:6], counts[:6], strict=True))
        problem = f"{len(bad):,} of {len(people):,} ages are below 0 or over {OLDEST}."
        remedy = (f"people[{age!r}] = people[{age!r}].where(people[{age!r}].between(0, {OLDEST}))"
                  '  # codes: then missing_age="adult"')  # fmt: skip
        if found.min() >= 1880 and found.max() <= 2100 and len(bad) > len(years) / 2:
            problem = "These are years of birth, not ages."
            year = "people['year']" if "year" in people and age != "year" else f"{found.max():.0f}"
            remedy = f"people[{age!r}] = {year} - people[{age!r}]  # the year of the survey minus that of birth"
        elif list(found) == [-1]:
            remedy = f"people[{age!r}] = people[{age!r}].clip(lower=0)  # of EU-SILC: born since; else a code"
        raise DataError(problem, where=f"column {age}, row {bad[0] + 1}", found=few, remedy=remedy)
    rows = np.flatnonzero(blank)
    if len(rows) and missing_age == "refuse":
        raise DataError(
            f"{len(rows):,} of {len(people):,} persons have no age.",
            where=f"column {age}, row {rows[0] + 1}", found=None, remedy='missing_age="adult"',
        )  # fmt: skip
    parts.append(part(rows, age, None, None, "changed", "age_taken"))
    return np.where(blank, np.inf, years)


# What is worked out -------------------------------------------------------------------


def _units(scale, adults, children, n):
    if scale == "square_root":
        return np.sqrt(n)
    if not callable(scale):
        other, child = _WEIGHTS[scale]
        alone = adults == 0  # the first member counts 1
        return 1 + other * (adults - 1 + alone) + child * (children - alone)
    pairs, which = np.unique(np.c_[adults, children], axis=0, return_inverse=True)
    made = []
    for a, c in pairs.tolist():
        try:
            found = scale(a, c)
            made.append(float(found))
        except (TypeError, ValueError, ArithmeticError) as error:
            found = error
            made.append(np.nan)
        if not 0 < made[-1] < np.inf:
            raise DataError(
                "A scale gives one number of more than 0 for so many adults and children.",
                where=f"{a} adults, {c} children", found=repr(found)[:80],
                remedy="scale=lambda adults, children: (adults + 0.7 * children) ** 0.7",
            )  # fmt: skip
    return np.array(made)[which.ravel()]


def _of_household(column, keys, code, first, parts):
    """What all members of a household say alike; refused where they differ."""
    name, there = column.name, column.notna().to_numpy()
    rows = np.flatnonzero(there)
    held = np.full(len(first), -1)
    held[code[rows[::-1]]] = rows[::-1]
    own = pd.factorize(column)[0]
    other = np.flatnonzero(there & (own != own[held[code]]))
    if len(other):
        at, homes = other[0], len(np.unique(code[other]))
        raise DataError(
            f"{name} differs between the members of {homes:,} of {len(first):,} households.",
            where=f"column {name}, row {at + 1}, household {_told(keys, at)}",
            found=f"{column.iloc[held[code[at]]]} and {column.iloc[at]}",
            remedy=f"personal={name!r}  # if each member has an own one: it is added up",
        )  # fmt: skip
    none = held < 0
    some = np.flatnonzero((np.bincount(code, ~there, len(first)) > 0) & ~none)
    values = column.iloc[held.clip(0)].reset_index(drop=True)
    told = values.iloc[some].tolist()
    parts.append(part(held[some], name, None, told, "changed", "some_members"))
    parts.append(part(first[none], name, None, None, "missing", "blank"))
    return values.where(~none) if none.any() else values


def _added_up(name, values, code, years, first, parts):
    """Sum of what members have; unknown where one who could have an income tells none."""
    blank = np.isnan(values)
    young = blank & (years < ASKED) if years is not None else np.zeros(len(blank), dtype=bool)
    parts.append(part(np.flatnonzero(young), name, None, 0, "changed", "child_blank"))
    unknown = np.bincount(code, blank & ~young) > 0
    parts.append(part(first[unknown], name, None, None, "missing", "member_unknown"))
    return np.where(unknown, np.nan, np.bincount(code, np.where(blank, 0, values)))
