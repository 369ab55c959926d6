"""What rules say of households: the line that each puts them in, and who is taken at a share.

The arguments of a contest are looked at here, before anything is computed.
"""

from dataclasses import dataclass
from itertools import pairwise
from numbers import Real

import numpy as np
import pandas as pd

from ..base.checks import listed, need_positive, need_share
from ..base.errors import DataError, tell
from ..measures.fgt import Drawn, RelativeLine
from ..measures.order import TENTHS, InOrder
from ..survey.cells import Rows
from ..survey.linear import is_mark, refuse_odd
from ..survey.negatives import tell_below_zero
from .concentration import first, near_cut

PERFECT, RANDOM, EVERYBODY = BESIDE = "perfect", "random", "everybody"


# What the rules are tried on ----------------------------------------------------------


@dataclass(frozen=True)
class Race:
    """What rules say of rows, in the order of the table; the lower a score, the sooner taken."""

    scores: dict  # by rule; of everybody there is none
    columns: dict
    marks: dict  # of rules that are lists
    rules: tuple
    coverage: tuple  # empty: that of the first list
    within: list
    by: list
    needed: list
    poor: np.ndarray
    welfare: np.ndarray  # consumption in lines
    below: tuple  # bands of depth below the line
    amount: np.ndarray | None
    gap: np.ndarray | None
    poorest: float | None


def prepared(svy, rules, consumption, line, poor, coverage, within, by, depth, transfer, persons,
              poorest, beside):  # fmt: skip
    """A survey of the columns that are needed, and what the rules say of its rows."""
    if (consumption is None or line is None) if poor is None else line is not None:
        raise DataError(
            "Who is poor is told by consumption and a line, or by a mark.",
            where="arguments consumption, line, poor",
            found=f"consumption={consumption!r}, line={line!r}, poor={poor!r}",
            remedy='consumption="consumption", line=2300',
        )
    if isinstance(line, RelativeLine):
        raise DataError("The line of a contest is known, not estimated.", where="argument line", found="relative",
                        remedy="a number: the term line of ps.poverty(svy, income, ps.relative_line()) tells it")  # fmt: skip
    if hasattr(line, "items"):
        where = by[0] if by else "district"
        raise DataError("Lines of domains are a column.", where="argument line", found=type(line).__name__,
                        remedy=f'table["line"] = table[{where!r}].map(line)  # line="line"')  # fmt: skip
    if consumption is None and not (depth is transfer is poorest is None):
        raise DataError("How poor somebody is, is told by consumption.", where="argument consumption",
                        found="depth, transfer or poorest without it",
                        remedy='consumption="consumption", line=2300')  # fmt: skip
    if line is None and not (depth is transfer is None):
        raise DataError("How far below the line somebody is, is told by a line.", where="argument line",
                        found="depth or transfer without it", remedy="line=2300, poor=None")  # fmt: skip
    beside = listed(beside)
    for one in beside:
        if one not in BESIDE:
            raise DataError("This does not stand beside rules.", where="argument beside", found=one,
                            remedy=f"beside={BESIDE}")  # fmt: skip
    columns, made = _ruled(svy, rules, beside)
    extra = [one for one in (transfer, persons) if isinstance(one, str)]
    own = [one for one in (consumption, poor, line if isinstance(line, str) else None, *extra)
           if one is not None]  # fmt: skip
    asked = [*own, *(one for one in columns.values() if one not in made), *within, *by]
    svy = svy.in_memory(asked)
    if poor is None and not isinstance(line, str):
        Drawn(svy, consumption, line)  # refuses what is no line
    replicates = () if svy.replicates is None else svy.replicates.columns
    names = dict.fromkeys([*asked, *svy.layout.names, *replicates])
    frame = pd.DataFrame({name: svy.rows.key(name) for name in names}).assign(**made)
    svy = svy.reopened(frame)
    rows = svy.rows
    if poor is not None:
        refuse_odd(svy, [poor], ("poor", "not poor"))
        is_poor = rows[poor]
        welfare = 1 - is_poor if consumption is None else rows[consumption]
    else:
        tell_below_zero(svy, consumption)
        z = np.broadcast_to(Drawn(svy, consumption, line).at(rows), len(rows))
        welfare = rows[consumption] / z
        is_poor = np.where(np.isnan(welfare), np.nan, rows[consumption] < z)
    marks = {rule: rows[name] for rule, name in columns.items() if is_mark(svy, name)}
    scores = {rule: -marks[rule] if rule in marks else rows[name] for rule, name in columns.items()}
    needed = list(dict.fromkeys([*own, *columns.values()]))
    _refuse_unscored(svy, columns, marks, scores, is_poor, made)
    good = rows.good(needed, svy.missing == "refuse")
    good = np.ones(len(rows), dtype=bool) if good is None else good
    _refuse_rules(scores, columns, welfare if consumption else None, good)
    more = {PERFECT: welfare, RANDOM: np.zeros(len(rows))}
    scores |= {one: more[one] for one in beside if one in more}
    columns |= dict.fromkeys((PERFECT, RANDOM), consumption or poor)
    below = ()
    if depth is not None:
        for one in listed(depth):
            need_positive("depth", one, 0.5)
        edges = sorted({1.0, *map(float, listed(depth))})
        bands = _bands(welfare, edges)
        svy, below = (
            svy.reopened(frame.assign(depth=bands)),
            bands.categories[: edges.index(1.0) + 1],
        )
    amount, gap = _amounts(rows, welfare, transfer, persons, consumption, line)
    if poorest is not None:
        need_share("poorest", poorest, 0.2)
    asked = _coverage(svy, coverage, marks, within, good)
    shares = tuple(dict.fromkeys(round(float(p), 12) for p in asked))  # .3 of an arange too
    return svy, Race(scores, columns, marks, (*scores, *([EVERYBODY] if EVERYBODY in beside else [])),
                      shares, within, [*by, *(["depth"] if depth is not None else [])], needed, is_poor, welfare,
                      tuple(below), amount, gap, poorest)  # fmt: skip


def _ruled(svy, rules, beside):
    """Column of each rule, and the columns that functions make."""
    rules = dict(rules) if hasattr(rules, "items") else {one: one for one in listed(rules)}
    taken = [one for one in rules if one in beside]
    if taken or not (rules or beside):
        raise DataError(
            "A rule bears the name of what stands beside the rules." if taken else "There is no rule.",
            where="argument rules", found=taken or None,
            remedy=f"rules[{taken[0] + ' rule'!r}] = rules.pop({taken[0]!r})" if taken
            else 'rules={"formula": "score"}',
        )  # fmt: skip
    columns, made = dict(rules), {}
    for rule, what in rules.items():
        if not callable(what):
            continue
        if not isinstance(svy.rows, Rows):
            raise DataError(
                "A rule that is a function needs a table in memory.", where=f"rule {rule}",
                found=type(svy.data).__name__,
                remedy=f"rules[{rule!r}] = the name of a column that the query makes",
            )  # fmt: skip
        values = what(svy.rows.table)
        if np.shape(values) != (len(svy),):
            raise DataError("A rule gives one number for each row.", where=f"rule {rule}",
                            found=f"shape {np.shape(values)}, {len(svy):,} rows",
                            remedy=f'rules[{rule!r}] = lambda table: table["score"]')  # fmt: skip
        columns[rule] = name = f"rule {rule}"
        made[name] = np.asarray(values)
    svy.rows.need([one for one in rules.values() if not callable(one)])
    return columns, made


def _refuse_unscored(svy, columns, marks, scores, poor, made):
    """Refuse rows of which a rule says nothing, or tell who they are if they are left out."""
    weights = svy.weights
    known = np.isfinite(poor) & (weights > 0)
    for rule, score in scores.items():
        lost, name = known & np.isnan(score), columns[rule]
        if not lost.any() or lost.sum() == known.sum():
            continue
        lacks, rest = (100 * weights[x] @ poor[x] / weights[x].sum() for x in (lost, known & ~lost))
        problem = f"{lost.sum():,} households have no place in the line of a rule"
        said = {"where": f"rule {rule}, column {name}",
                "found": f"{lacks:.0f} % of them are poor, {rest:.0f} % of the others"}  # fmt: skip
        if svy.missing == "drop":
            tell(f"{problem}, and are left out of all rules.", **said,
                 remedy="fill the column in, if who is not judged is not helped")  # fmt: skip
            continue
        last = 0 if rule in marks else f"table[{name!r}].max() + 1"
        raise DataError(
            f"{problem}.", **said, remedy='missing="drop"  # of ps.Survey: out of all rules'
            if name in made else f"table[{name!r}] = table[{name!r}].fillna({last})  # who is not "
            'judged is not helped; or missing="drop", of ps.Survey',
        )  # fmt: skip


def _refuse_rules(scores, columns, welfare, good):
    """Refuse rules that tell nobody apart; tell of those that know consumption itself."""
    for rule, score in scores.items():
        x = score[good]
        if not len(x):
            continue
        order = np.argsort(x, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(x[order]) > 0])
        if len(starts) < 2:
            raise DataError(
                "A rule says the same of all households: it tells nobody apart.",
                where=f"rule {rule}, column {columns[rule]}", found=x[0],
                remedy=f"rules.pop({rule!r})  # random and everybody stand beside the rules",
            )  # fmt: skip
        if welfare is None:
            continue
        y = welfare[good][order]
        least, most = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
        if (most[:-1] <= least[1:]).all() and len(y) > 10:
            tell("A rule orders households as consumption itself does: no rule can know that.",
                 where=f"rule {rule}, column {columns[rule]}", found=f"{len(starts):,} values",
                 remedy="a score that was made without the outcome, out of sample; perfect targeting "
                 "stands beside the rules anyway")  # fmt: skip


def _bands(welfare, edges):
    """Band of each row in percent of the line, in order."""
    told = [f"{100 * one:.12g}" for one in edges]
    names = [f"< {told[0]} %", *(f"{a}-{b} %" for a, b in pairwise(told)),
             f">= {told[-1]} %"]  # fmt: skip
    code = np.where(np.isnan(welfare), -1, np.searchsorted(edges, welfare, side="right"))
    return pd.Categorical.from_codes(code, names, ordered=True)


def _amounts(rows, welfare, transfer, persons, consumption, line):
    """What a household gets that is helped, and what it lacks."""
    if transfer is None:
        return None, None
    if isinstance(transfer, Real):
        need_positive("transfer", transfer, 100)
    for name in (one for one in (transfer, persons) if isinstance(one, str)):
        bad = rows.first(name, lambda row, name=name: row[name] <= 0)
        if bad:
            raise DataError("A transfer, and persons of a household, are more than 0.", where=bad[1], found=bad[2],
                            remedy=f"table = table[table[{name!r}] > 0]  # or mend them")  # fmt: skip
    amount = rows[transfer] if isinstance(transfer, str) else np.full(len(rows), float(transfer))
    z = rows[line] if isinstance(line, str) else float(line)
    lacks = np.maximum(z - rows[consumption], 0.0)
    return amount, lacks if persons is None else lacks * rows[persons]


def _coverage(svy, coverage, marks, within, good):
    """Shares that are taken; none where it is that of a list, which all lists must have."""
    if coverage is not None or not marks:
        coverage = listed(TENTHS if coverage is None else coverage)
        for one in coverage or [None]:
            need_share("coverage", one, 0.3)
        return coverage
    codes, places = svy.rows.codes(within)
    good = good & (codes >= 0)
    w, code = svy.weights[good], codes[good]
    whole = np.bincount(code, w, len(places))
    shares = {rule: np.bincount(code, w * mark[good], len(places)) / np.where(whole > 0, whole, 1)
              for rule, mark in marks.items()}  # fmt: skip
    base, *others = shares
    for rule in others:
        apart = np.abs(shares[rule] - shares[base])
        if apart.max(initial=0) > 1e-9:
            at = apart.argmax()
            raise DataError(
                "Two lists help different shares of households: they have different budgets.",
                where=f"rules {base}, {rule}" + (f", {places.iloc[at].to_dict()}" if within else ""),
                found=f"{shares[base][at]:.3g} and {shares[rule][at]:.3g}",
                remedy=f"coverage={(shares[base] @ whole) / whole.sum():.3g}  # the longer one is drawn from "
                "by lot, the shorter one filled up by lot; or ps.targeting_errors of each",
            )  # fmt: skip
    return ()


def broken(score, welfare):
    """Places in a line in which ties are broken by welfare, the least first."""
    made = np.empty(len(score))
    made[np.lexsort((welfare, score))] = np.arange(len(score), dtype=float)
    return np.where(np.isnan(score), np.nan, made)


class Field:
    """Rows of a survey as rules take them: who is taken, and who stands near the cut."""

    def __init__(self, svy, race):
        """Rows that count, their places, and the share that is taken in each."""
        self.svy, self.race = svy, race
        rows, refuse = svy.rows, svy.missing == "refuse"
        good = rows.good(race.needed, refuse)
        good = np.ones(len(rows), dtype=bool) if good is None else good
        self.place, places = rows.codes(race.within)
        lost = good & (self.place < 0)
        if lost.any() and refuse:
            rows.refuse_values(
                " or no ".join(race.within), lost.sum(), f"column {', '.join(race.within)}"
            )
        self.good = good & ~lost
        self.w = np.where(self.good, rows.weights, 0.0)
        self.places, at = len(places), np.where(self.good, self.place, 0)
        self.place = at
        ones = np.ones(self.places)
        if race.coverage:
            self.shares = [(p, p * ones, p) for p in race.coverage]
        else:
            mark = np.where(self.good, next(iter(race.marks.values())), 0.0)
            whole = np.bincount(at, self.w, self.places)
            p = np.bincount(at, self.w * mark, self.places) / np.where(whole > 0, whole, 1)
            self.shares = [((self.w @ mark) / self.w.sum(), p, mark)]

    def line(self, rule):
        """For each coverage: its number, which part of each row is taken, who stands near the cut."""
        race = self.race
        for told, p, _ in self.shares:
            if rule == EVERYBODY or (not race.coverage and rule in race.marks):
                taken = 1.0 if rule == EVERYBODY else race.marks[rule]
                yield told, np.where(self.good, taken, 0.0), None
                continue
            ranked = self._ranked(rule)
            taken, tied = first(ranked, p)
            taken = ranked.back(np.nan_to_num(taken))
            near = None if not self.svy.layout.errors else ranked.back(near_cut(ranked, tied))
            yield told, taken, near

    def _ranked(self, rule):
        if getattr(self, "_kept", (None,))[0] != rule:
            race = self.race
            self._kept = rule, InOrder(self.svy, race.columns[rule], race.within, race.scores[rule],
                                       race.needed).ranked  # fmt: skip
        return self._kept[1]
