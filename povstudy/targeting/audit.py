"""Third-party audit of a county that leaves poverty: four indices, their bounds, a verdict.

Official files print three rates and one approval (三率一度) as points. Here each comes with the
bound that decides: a rate passes if all that the sample allows lies below the limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from pathlib import Path

import numpy as np
import pandas as pd

from ..base.answers import said_word, yes_or_no
from ..base.checks import listed, need_columns, need_positive, read_line
from ..base.errors import DataError, DesignError
from ..base.language import words
from ..base.results import Result
from ..base.status import handed_on
from ..clean.cell.words import GROUPS
from ..sources.rules import composite_incidence
from ..survey.linear import Term, estimates, share_of
from ..survey.shares import exact, refuse_level, together, worth
from ..survey.survey import Survey

_TOTALS = ("rural", "remaining", "exited")
_RATES = ("omission rate", "wrong exit rate", "approval")
# Official limits in percent; that of the composite incidence hangs on the region.
_BELOW, _AT_LEAST = 2.0, 90.0
_ZH = {
    "omission rate": "漏评率", "wrong exit rate": "错退率", "composite incidence": "综合贫困发生率",
    "approval": "群众认可度", "passes": "通过", "fails": "不通过", "cannot be told": "无法判定",
    "persons": "人", "households": "户",
}  # fmt: skip
_APPROVAL = (("认可",), ("不认可",))
_DRAWN = {"omission rate": "outside", "wrong exit rate": "exited"}


# The audit ----------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class ExitAudit(Result):
    """The indices of an exit audit, with bounds and verdicts.

    Attributes
    ----------
    table : DataFrame
        As `tidy` gives it.
    verdict : {"passes", "fails", "cannot be told"}
        Of the county: it passes if all four indices do, and fails if one does.
    level : float
        Of the bounds.
    sides : int
        1 or 2.
    """

    table: pd.DataFrame
    verdict: str
    level: float
    sides: int

    def tidy(self):
        """Table of the indices.

        Returns
        -------
        DataFrame
            ``term estimate std_error ci_low ci_high limit decides verdict point_passes found n
            counted design_effect n_effective df method data_status``; estimates, errors,
            bounds and limits in percent. ``decides`` names the bound that must keep the limit;
            ``point_passes`` is what the estimate alone would say; ``found`` of ``n`` are counts
            of the sample, not weighted.
        """
        return self.table.copy()

    def summary(self, lang="en"):
        """Say the result in plain words.

        Parameters
        ----------
        lang : {"en", "zh"}
            English or Chinese.

        Returns
        -------
        str
        """
        zh = words(lang)("en", "zh") == "zh"
        lines = [_line(row, zh) for row in self.table.itertuples()]
        level = f"{100 * self.level:g}"
        if zh:
            lines.append(f"结论：{_ZH[self.verdict]}。四项须全部达标，一项不达标即不能退出。"
                         f"界限为{'单' if self.sides == 1 else '双'}侧{level}%。")  # fmt: skip
        else:
            side = "one" if self.sides == 1 else "two"
            lines.append(f"Verdict: {self.verdict}. All four must pass; one failure blocks the "
                         f"exit. Bounds are {side}-sided, {level} %.")  # fmt: skip
        return "\n".join(lines)


def _line(row, zh):
    counts, upper = not pd.isna(row.found), row.decides == "ci_high"
    low, high = (f"{one:.2f}" for one in (row.ci_low, row.ci_high))
    weighted = bool(counts and abs(row.estimate - 100 * row.found / row.n) >= 0.005)
    if zh:
        unit = _ZH[row.counted]
        of = f"（{row.n:,}{unit}中{row.found:,}{unit}{'，已加权' * weighted}）" if counts else ""
        return (f"{_ZH[row.term]}：{row.estimate:.2f}%{of}，下限{low}%，上限{high}%，"
                f"{'须低于' if upper else '须不低于'}{row.limit:g}%：{_ZH[row.verdict]}。")  # fmt: skip
    of = f" ({row.found:,} of {row.n:,} {row.counted}{', weighted' * weighted})" if counts else ""
    return (f"{row.term}: {row.estimate:.2f} %{of}, bounds {low} to {high} %, "
            f"must be {'below' if upper else 'at least'} {row.limit:g} %: {row.verdict}.")  # fmt: skip


def exit_audit(sample, totals, region, *, design_effect=None, level=0.95, sides=1, psu="village",
               group="group", size="size", omitted="omitted", wrong_exit="wrong_exit",
               approves="approves", **design):  # fmt: skip
    """Audit the exit of a county: three rates and one approval, with the bounds that decide.

    Parameters
    ----------
    sample : DataFrame
        A row for each household that was visited (or for each person, with ``size=None``).
        Households outside the register must be drawn by chance (or be all of the village): if
        only those are visited that somebody suspects, the omission rate is too high. Of a
        village that was listed in full, those that nobody had to visit are rows too, with false.
    totals : mapping
        Persons of the county: ``rural`` registered, ``remaining`` on the register, ``exited``
        from it.
    region : {"East", "Central", "West"}
        Which limit of the composite incidence holds: 2, 2 or 3 percent. 东部, 中部, 西部 will do.
    design_effect : float or dict of float, optional
        Variance over that of a simple random sample of as many persons (households for
        ``"approval"``), at least 1; a dict has one for some of ``"omission rate"``, ``"wrong exit
        rate"``, ``"approval"``. Without it, it is estimated, and at least 1.
    level : float
        Of the bounds.
    sides : {1, 2}
        1: each bound holds by itself with this level, as a verdict needs it; 2: both together.
    psu : str or list of str
        Column of the sampled village.
    group : str
        Column with ``"listed"`` (still on the register), ``"exited"`` or ``"outside"``; 在册,
        未脱贫, 已脱贫, 脱贫户, 未建档 and their like will do. 建档 is refused: it holds both who is
        on the register and who left it.
    size : str or None
        Column of persons in the household; ``None`` where each row is a person.
    omitted, wrong_exit : str
        Columns of true and false (or 是 and 否, yes and no): a household outside the register
        should be on it; an exited one should not have exited. They count for these groups alone.
    approves : str
        Column of true and false (or 是 and 否, 认可 and 不认可), missing where nobody was asked; of
        persons, put it into one row of each household.
    **design
        ``weight`` (of households), ``strata``, ``fpc``, ``lonely``, ``status``, as for `Survey`.

    Returns
    -------
    ExitAudit
        With ``.verdict``, ``.tidy()`` and ``.summary(lang="zh")``.

    Raises
    ------
    DataError
        If a column, a group or a total is missing or contradicts another.
    DesignError
        If the design gives no error, such as a stratum with one village.

    Notes
    -----
    Official formulas, times 100: omission rate (漏评率) = omitted persons found / persons outside
    the register in the sampled villages, below 2; wrong exit rate (错退率) = wrongly exited /
    sampled exited persons, below 2; composite incidence (综合贫困发生率) = (remaining + omission
    rate x persons outside + wrong exit rate x exited) / rural registered persons, below 2, in
    the West 3, where persons outside are the rural minus remaining and exited; approval
    (群众认可度) = approving / asked households, 90 or more.

    A rate passes if its upper bound is below the limit and fails if its lower bound is not;
    approval passes if its lower bound keeps the limit and fails if its upper bound does not.
    Else the sample cannot tell. That all four pass in error has at most the chance of one
    bound (Berger 1982); that one of four fails in error may have more.

    With a design effect that is given, bounds are Clopper-Pearson's at n over the design effect.
    It holds all that makes rows alike: village, household, weights. Give it where earlier audits
    tell it. One that is estimated comes from the linearised variance, and bounds are those of Korn
    and Graubard (1998) but for their degrees of freedom: few villages with errors tell
    little of how errors cluster, so these are the villages with errors minus one (or those of the
    design, if fewer). Where errors come from one village or none, nothing tells how they cluster:
    the sample is then worth as many persons as it has villages, the worst that can be. With 50
    villages without any error the upper bound is 5.8 percent, and nothing passes.

    The bounds of the composite incidence are combined from those of the two rates by MOVER (Zou and
    Donner 2008), with the correlation of the design, taken as 0 if negative and 1 if unknown.
    ``std_error`` is linearised: 0 where nothing is found, which no bound follows.

    Percent of 2,000 simulated samples (50 villages of 20 persons outside the register) in which the
    one-sided 95 percent upper bound of the omission rate holds the truth, by true rate and true
    design effect, from ``benchmarks/audit_coverage.py``. "Plain" is Korn and Graubard's rule with
    the degrees of freedom of the design, and a design effect of 1 where no error is found::

        design effect is     rate %      1      2      3      4      5
        given                   0.0  100.0  100.0  100.0  100.0  100.0
        given                   0.5   95.8  100.0  100.0  100.0  100.0
        given                   1.0   96.9   98.3   99.8  100.0  100.0
        given                   2.0   96.3   97.4   97.8   98.5   99.2
        given                   5.0   95.5   96.9   96.8   97.0   97.8
        estimated, as here      0.0  100.0  100.0  100.0  100.0  100.0
        estimated, as here      0.5  100.0  100.0  100.0  100.0  100.0
        estimated, as here      1.0  100.0  100.0  100.0  100.0  100.0
        estimated, as here      2.0   98.2   97.0   95.8   96.6   95.5
        estimated, as here      5.0   96.5   95.6   94.9   93.8   94.5
        estimated, plain        0.0  100.0  100.0  100.0  100.0  100.0
        estimated, plain        0.5   95.8   88.6   82.5   76.5   69.8
        estimated, plain        1.0   97.2   93.8   89.8   87.8   83.2
        estimated, plain        2.0   96.8   95.1   91.9   90.7   87.7
        estimated, plain        5.0   96.2   95.1   94.1   92.6   93.3

    A county just at the limit of 2 percent passes in error in 1 to 4 percent of the samples with
    the design effect given, 2 to 4 estimated as here, 3 to 12 by the plain rule. Caution has
    its price: with a true rate of 0.5 and a design effect of 2, it passes in 91 percent of them
    with the design effect given, and in 30 with one that is estimated.

    References
    ----------
    Exit rules of the State Council Leading Group Office of Poverty Alleviation and Development,
    2016. Korn, E., Graubard, B. (1998), Confidence intervals for proportions with small expected
    number of positive counts estimated from survey data, Survey Methodology 24. Zou, G., Donner,
    A. (2008), Construction of confidence limits about effect measures: a general approach,
    Statistics in Medicine 27. Berger, R. (1982), Multiparameter hypothesis testing and acceptance
    sampling, Technometrics 24.

    Examples
    --------
    Sixty villages, each with 20 households outside, 15 exited and 5 listed; no error is found.

    >>> import pandas as pd, povstudy as ps
    >>> group = ["outside"] * 20 + ["exited"] * 15 + ["listed"] * 5
    >>> sample = pd.DataFrame({"village": [v for v in range(60) for _ in group], "group": group * 60,
    ...                        "size": 3, "omitted": False, "wrong_exit": False})
    >>> sample["approves"] = sample.index % 40 > 1
    >>> totals = {"rural": 400_000, "remaining": 2_000, "exited": 50_000}
    >>> print(ps.exit_audit(sample, totals, "West", design_effect=5).summary())
    omission rate: 0.00 % (0 of 3,600 persons), bounds 0.00 to 0.42 %, must be below 2 %: passes.
    wrong exit rate: 0.00 % (0 of 2,700 persons), bounds 0.00 to 0.55 %, must be below 2 %: passes.
    composite incidence: 0.50 %, bounds 0.50 to 0.93 %, must be below 3 %: passes.
    approval: 95.00 % (2,280 of 2,400 households), bounds 93.04 to 96.53 %, must be at least 90 %: passes.
    Verdict: passes. All four must pass; one failure blocks the exit. Bounds are one-sided, 95 %.
    """
    refuse_level(level, sides)
    _refuse_design(psu, design)
    given = _given(design_effect)
    totals = _counts(totals)
    made = _prepared(sample, psu, group, size, omitted, wrong_exit, approves, design)
    units = [*listed(design.get("strata")), *listed(psu)]
    svy = Survey(made, psu=psu, **design)
    tops, bottoms = ([f"{name}, {part}" for name in _RATES] for part in ("found", "of"))
    names = [*tops, *bottoms]
    found = svy.cells([], names, lambda row: {name: row[name] for name in names})
    terms = [
        Term(name, *share_of(found, top, bottom))
        for name, top, bottom in zip(_RATES, tops, bottoms, strict=True)
    ]
    linear = estimates(svy, found, terms)
    share, cov = linear.table["estimate"].to_numpy(), linear.cov().to_numpy()
    count, seen = made[bottoms].sum().to_numpy(), made[tops].sum().to_numpy()
    weight = 1.0 if design.get("weight") is None else made[design["weight"]]
    here = made[bottoms].mul(weight, axis=0).groupby([made[one] for one in units]).sum()
    alike = (here.sum() ** 2 / (here**2).sum()).to_numpy()
    # Villages where the rarer answer was found: errors, or households that do not approve.
    wrong = made[tops].gt(0).groupby([made[one] for one in units]).any().sum().to_numpy()
    right = made[bottoms].to_numpy() > made[tops].to_numpy()
    right = pd.DataFrame(right).groupby([made[one].to_numpy() for one in units]).any().sum()
    tail = (1 - level) / sides
    effect, number, df = worth(share, count, np.diag(cov), alike,
                                   np.minimum(wrong, right.to_numpy()), svy.design.df, tail)  # fmt: skip
    known = np.isfinite(given)
    effect, number = np.where(known, given, effect), np.where(known, count / given, number)
    low, high = exact(share, number, tail)
    table = pd.DataFrame({
        "term": _RATES, "estimate": share, "std_error": np.sqrt(np.diag(cov)), "ci_low": low,
        "ci_high": high, "found": seen.round().astype(int), "n": count.round().astype(int),
        "counted": ["persons", "persons", "households"], "design_effect": effect,
        "n_effective": number, "df": np.where(known, svy.design.df, df),
        "method": [_method(*one) for one in zip(known, effect, strict=True)],
    })  # fmt: skip
    both = _composite(table, cov[:2, :2], totals)
    table = pd.concat([table[:2], both, table[2:]], ignore_index=True)
    table[["estimate", "std_error", "ci_low", "ci_high"]] *= 100
    limit = composite_incidence(totals["remaining"], 0, 0, totals["rural"], region)
    table["limit"] = [_BELOW, _BELOW, limit["limit_percent"], _AT_LEAST]
    table["decides"] = ["ci_high"] * 3 + ["ci_low"]
    table["verdict"] = [_verdict(row) for row in table.itertuples()]
    point = table["estimate"]
    table["point_passes"] = np.where(table["decides"] == "ci_high", point < table["limit"],
                                     point >= table["limit"])  # fmt: skip
    side = "one-sided" if sides == 1 else "two-sided"
    table["method"] += f"; {side} {100 * level:g} % bounds"
    table["found"] = table["found"].astype("Int64")
    table = table.assign(data_status=svy.status)[[
        "term", "estimate", "std_error", "ci_low", "ci_high", "limit", "decides", "verdict",
        "point_passes", "found", "n", "counted", "design_effect", "n_effective", "df", "method",
        "data_status",
    ]]  # fmt: skip
    verdicts = set(table["verdict"])
    worst = next(one for one in ("fails", "cannot be told", "passes") if one in verdicts)
    table.attrs["level"] = 1 - 2 * tail  # of both bounds together
    return ExitAudit(handed_on(table, svy), worst, level, sides)


def _verdict(row):
    upper = row.decides == "ci_high"
    keeps = (lambda x: x < row.limit) if upper else (lambda x: x >= row.limit)
    worse, better = (row.ci_high, row.ci_low) if upper else (row.ci_low, row.ci_high)
    return "passes" if keeps(worse) else "cannot be told" if keeps(better) else "fails"


def _composite(table, cov, totals):
    """The composite incidence: what remains on the register, and what the two rates add."""
    outside = totals["rural"] - totals["remaining"] - totals["exited"]
    part = np.array([outside, totals["exited"]]) / totals["rural"]
    rate, low, high = (table[name][:2].to_numpy() for name in ("estimate", "ci_low", "ci_high"))
    errors = np.sqrt(np.diag(cov))
    correlation = max(cov[0, 1] / errors.prod(), 0.0) if errors.all() else 1.0
    value = totals["remaining"] / totals["rural"] + part @ rate
    reach = [together(part * far, correlation) for far in (rate - low, high - rate)]
    return pd.DataFrame({
        "term": ["composite incidence"], "estimate": value, "std_error": np.sqrt(part @ cov @ part),
        "ci_low": value - reach[0], "ci_high": value + reach[1], "n": table["n"][:2].sum(),
        "counted": "persons", "df": table["df"][:2].min(),
        "method": "MOVER from the bounds of both rates",
    })  # fmt: skip


def _method(known, effect):
    if known:
        return "Clopper-Pearson, design effect given"
    if np.isnan(effect):
        return "Clopper-Pearson of villages: no design effect can be estimated"
    return "Korn-Graubard, design effect estimated, at least 1"


# What was asked for -------------------------------------------------------------------


def _given(design_effect):
    """Design effect of each rate; missing where it is to be estimated."""
    if not isinstance(design_effect, Mapping):
        design_effect = dict.fromkeys(_RATES, design_effect)
    made = {name: one for name, one in design_effect.items() if one is not None}
    for one in made.values():
        need_positive("design_effect", one, 3, least=1)
    if set(made) - set(_RATES):
        raise DataError("A design effect is of all rates or of each, by its name.", where="argument design_effect",
                        found=design_effect, remedy='design_effect={"omission rate": 3}')  # fmt: skip
    return np.array([made.get(name, np.nan) for name in _RATES], dtype=float)


def _refuse_design(psu, design):
    odd = set(design) - {"weight", "strata", "fpc", "lonely", "status"}
    if odd:
        raise DataError("An audit has no such argument.", where=f"argument {min(odd)}", found=", ".join(sorted(odd)),
                        remedy="weight=, strata=, fpc=, lonely= or status=")  # fmt: skip
    if not listed(psu):
        raise DesignError("An audit is drawn by villages.", found=f"psu={psu!r}",
                          where="argument psu",
                          remedy='psu="village"  # or the column of households where each was drawn by itself')  # fmt: skip


def _counts(totals):
    """Persons of the county, as a dict of numbers that fit each other."""
    right = 'totals={"rural": 412_000, "remaining": 3_100, "exited": 58_000}'
    found = dict(totals) if isinstance(totals, Mapping) else {}
    lacking = [name for name in _TOTALS if name not in found]
    if lacking:
        raise DataError("A total of the county is missing.", where="argument totals", found=f"no {', '.join(lacking)}",
                        remedy=right)  # fmt: skip
    for name in _TOTALS:
        if not isinstance(found[name], Real) or not 0 <= found[name] < np.inf:
            raise DataError("A total of the county is a number of persons.", where=f"totals, {name}",
                            found=repr(found[name]), remedy=right)  # fmt: skip
    made = {name: float(found[name]) for name in _TOTALS}
    if made["remaining"] + made["exited"] >= made["rural"]:
        raise DataError("Persons remaining and exited are a part of the rural registered persons.",
                        where="argument totals", found=made, remedy=right)  # fmt: skip
    return made


def _first(sample, bad, column):
    """Where the first bad row is, and what stands there."""
    at = int(np.flatnonzero(bad)[0])
    value = sample[column].iloc[at]
    return f"column {column}, row {sample.index[at]}", getattr(value, "item", lambda: value)()


def _prepared(sample, psu, group, size, omitted, wrong_exit, approves, design):
    """The design's columns, and for each rate what is found and of how many, in numbers."""
    kept = [
        *listed(psu),
        *(name for key in ("weight", "strata", "fpc") for name in listed(design.get(key))),
    ]
    asked = [*kept, group, omitted, wrong_exit, approves, *listed(size)]
    if not isinstance(sample, pd.DataFrame):
        kind = type(sample).__name__
        raise DataError("A sample is a DataFrame.", where="argument sample", found=kind,
                        remedy=read_line("sample", sample, asked) if isinstance(sample, str | Path) else
                        "sample = sample.to_pandas()" if hasattr(sample, "to_pandas") else
                        "sample = pd.DataFrame(sample)")  # fmt: skip
    need_columns(sample, asked)
    drawn = _groups(sample, group)
    made = sample[list(dict.fromkeys(kept))].copy()
    handed_on(made, sample)
    persons = pd.Series(1.0, sample.index) if size is None else _persons(sample, size)
    for name, column in zip(_DRAWN, (omitted, wrong_exit), strict=True):
        asked = drawn == _DRAWN[name]
        marks = _marks(sample, column)
        if not asked.any():
            raise DataError(f"No household is {_DRAWN[name]}: there is no {name}.",
                            where=f"column {group}", remedy="take the whole sample of the audit")  # fmt: skip
        for bad, why, remedy in (
            (asked & marks.isna(), f"of a household that is {_DRAWN[name]} it is not known",
             "look these households up; what is not known is no 'no'"),
            (~asked & (marks == 1), f"only households that are {_DRAWN[name]} can be so",
             f"look up the group of these households, or whether they are {column} at all"),
        ):  # fmt: skip
            if bad.any():
                where, value = _first(sample, bad, column)
                told = "nothing" if pd.isna(value) else value
                raise DataError(f"{bad.sum():,} rows: {why}.", where=where, remedy=remedy,
                                found=f"{told}, {drawn[bad].iloc[0]}")  # fmt: skip
        bad = asked & ~((persons > 0) & (persons < np.inf))
        if bad.any():
            where, value = _first(sample, bad, size)
            raise DataError(f"{bad.sum():,} households have no persons.", where=where,
                            found=value, remedy="look up how many persons they have, 1 or more")  # fmt: skip
        made[f"{name}, of"] = persons.where(asked, 0.0)
        made[f"{name}, found"] = persons.where(asked & (marks == 1), 0.0)
    marks = _marks(sample, approves, _APPROVAL)
    if not marks.notna().any():
        raise DataError("No household was asked whether it approves.", where=f"column {approves}",
                        remedy="approves= a column of true and false")  # fmt: skip
    made["approval, of"] = marks.notna().astype(float)
    made["approval, found"] = (marks == 1).astype(float)
    return made


def _persons(sample, size):
    """Persons of each household as numbers; text is refused with the line that reads it."""
    made = pd.to_numeric(sample[size], errors="coerce")
    bad = sample[size].notna() & made.isna()
    if bad.any():
        where, value = _first(sample, bad, size)
        raise DataError("Persons are written as text.", where=where, found=value,
                        remedy=f"sample[{size!r}] = [ps.clean.count(x).value for x in sample[{size!r}]]")  # fmt: skip
    return made


def _groups(sample, group):
    """Group of each household by its word, in either language; what is none is refused."""
    known = {said_word(one): name for name, also in GROUPS.items() for one in (name, *also)}
    cells = sample[group].astype(object)
    made = cells.map(lambda one: known.get(said_word(one)), na_action="ignore")
    bad = made.isna()
    if bad.any():
        where, value = _first(sample, bad, group)
        odd = list(cells[bad].dropna().map(repr).unique()[:8])
        told = "; ".join(f"{name}, {', '.join(also)}" for name, also in GROUPS.items())
        pairs = ", ".join(f'{one}: "listed", "exited" or "outside"' for one in odd)
        raise DataError(f"A household is listed, exited or outside. Read are: {told}.", where=where, found=value,
                        remedy=f"sample[{group!r}] = sample[{group!r}].replace({{{pairs}}})"
                        if odd else "look up of which group it is")  # fmt: skip
    return made


def _marks(sample, column, also=((), ())):
    """Yes and no as 1 and 0, with gaps."""
    return pd.Series(yes_or_no(sample[column], column, also, table="sample"), sample.index)
