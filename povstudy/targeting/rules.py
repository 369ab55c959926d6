"""What rules say of households: the line that each puts them in, and who is taken at a share.

The arguments of a contest are looked at here, before anything is computed.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from ..base.checks import listed, need_positive, need_share
from ..base.columns import need_numbers
from ..base.errors import DataError, tell
from ..measures.fgt import Drawn, RelativeLine
from ..measures.inorder import InOrder
from ..measures.order import TENTHS
from ..survey.cells import Rows
from ..survey.linear import domain_names, is_mark, refuse_odd
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
    coverage: tuple | None  # without it that of the first list
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
        raise DataError("Who is poor is told by consumption and a line, or by a mark.",
                        where="arguments consumption, line, poor",
                        found=f"consumption={consumption!r}, line={line!r}, poor={poor!r}",
                        remedy='consumption="consumption", line=2300')  # fmt: skip
    if isinstance(line, RelativeLine):
        raise DataError("The line of a contest is known, not estimated.", where="argument line", found="relative",
                        remedy="a number: ps.poverty(svy, income, ps.relative_line()).line tells it")  # fmt: skip
    if hasattr(line, "items"):
        where = by[0] if by else "district"
        raise DataError("Lines of domains are a column.", where="argument line", found=type(line).__name__,
                        remedy=f'table["line"] = table[{where!r}].map(line)  # line="line"')  # fmt: skip
    if line is None and not (depth is transfer is None and (consumption or poorest is None)):
        raise DataError("How poor somebody is, is told by consumption and a line.",
                        where="arguments consumption, line", found="depth, transfer or poorest without them",
                        remedy='consumption="consumption", line=2300, poor=None')  # fmt: skip
    if persons is not None and transfer is None:
        raise DataError("Persons share a transfer, and there is none.", where="argument persons",
                        found=persons, remedy="transfer=100")  # fmt: skip
    beside = listed(beside)
    for one in beside:
        if one not in BESIDE:
            raise DataError("This does not stand beside rules.", where="argument beside", found=one,
                            remedy=f"beside={BESIDE}")  # fmt: skip
    columns, made = _ruled(svy, rules, beside)
    own = [one for one in (consumption, poor) if one is not None]
    own += [one for one in (line, transfer, persons) if isinstance(one, str)]
    asked = [*own, *(one for one in columns.values() if one not in made), *within, *by]
    svy = svy.in_memory(asked)
    replicates = () if svy.replicates is None else svy.replicates.columns
    names = dict.fromkeys([*asked, *svy.layout.names, *replicates])
    if depth is not None:
        domain_names(names, ("depth",))  # the bands are that column
    placed = f"place ({', '.join(map(str, within))})"  # rows of no place are in no line
    made[placed] = np.where(svy.rows.codes(within)[0] < 0, np.nan, 1.0)
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
    needed = list(dict.fromkeys([*own, *columns.values(), placed]))
    _refuse_unscored(svy, columns, marks, scores, is_poor, made)
    more = {PERFECT: welfare, RANDOM: np.zeros(len(rows))}
    scores |= {one: more[one] for one in beside if one in more}
    columns |= dict.fromkeys((PERFECT, RANDOM), consumption or poor)
    below = ()
    if depth is not None:
        for one in listed(depth):
            need_positive("depth", one, 0.5)
        bands, below = _bands(welfare, sorted({1.0, *map(float, listed(depth))}))
        svy, by = svy.reopened(frame.assign(depth=bands)), [*by, "depth"]
    amount, gap = _amounts(rows, transfer, persons, consumption, line)
    if poorest is not None:
        need_share("poorest", poorest, 0.2)
    if coverage is not None or not marks:
        coverage = listed(TENTHS if coverage is None else coverage)
        for one in coverage or [None]:
            need_share("coverage", round(one, 12) if isinstance(one, float) else one, 0.3)
        # .3 of an arange too
        coverage = tuple(dict.fromkeys(round(float(p), 12) for p in coverage))
    rules = *scores, *([EVERYBODY] if EVERYBODY in beside else [])
    race = Race(scores, columns, marks, rules, coverage, within, by, needed, is_poor, welfare, below, amount,
                gap, poorest)  # fmt: skip
    field = Field(svy, race)
    _refuse_rules(race, field.good, consumption is not None)
    if coverage is None:
        _refuse_budgets(field)
    return svy, race


def _ruled(svy, rules, beside):
    """Column of each rule, and the columns that functions make."""
    named = dict(rules) if hasattr(rules, "items") else {one: one for one in listed(rules)}
    taken = [one for one in named if one in BESIDE or callable(one)]
    if not (named or beside):
        raise DataError(
            "There is no rule.", where="argument rules", remedy='rules={"formula": "score"}'
        )
    if taken:
        given = "rules.values()" if hasattr(rules, "items") else "rules" if rules is not taken[0] \
            else "[rules]"  # fmt: skip
        names = [f"rule {i}" if one in taken else one for i, one in enumerate(named, 1)]
        raise DataError(
            "A rule bears no name of its own.", where="argument rules", found=taken[0],
            remedy=f"rules = dict(zip({names}, {given}))",
        )  # fmt: skip
    columns, made = dict(named), {}
    for rule, what in named.items():
        if not callable(what):
            svy.rows.need([what])
            continue
        if not isinstance(svy.rows, Rows):
            raise DataError(
                "A rule that is a function needs a table in memory.", where=f"rule {rule}",
                found=type(svy.data).__name__,
                remedy=f"rules[{rule!r}] = the name of a column that the query makes",
            )  # fmt: skip
        name = f"rule {rule}"
        while name in made or name in svy.rows.columns:
            name += "'"
        columns[rule], made[name] = name, _said(svy.rows, rule, what)
    return columns, made


def _said(rows, rule, function):
    """What a function of the table says of each row, as floats."""
    table = rows.table.copy() if isinstance(rows.table, pd.DataFrame) else rows.table
    index, values = getattr(table, "index", None), function(table)
    try:
        made = need_numbers(rule, pd.Series(np.asarray(values)), rows.place)
        found = "rows in another order"
        if not isinstance(values, pd.Series) or index is None or values.index.equals(index):
            if len(made) == len(rows) and not np.isinf(made).any():
                return made
            found = f"{len(made):,} for {len(rows):,} rows, {np.isinf(made).sum():,} infinite"
    # words; one number; lists of several lengths
    except (DataError, TypeError, ValueError) as error:
        found = getattr(error, "found", error)
    raise DataError("A rule gives one number for each row, in the order of the table.", where=f"rule {rule}",
                    found=found, remedy=f'rules[{rule!r}] = lambda table: table["score"]')  # fmt: skip


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


def _refuse_rules(race, good, known):
    """Refuse rules that tell nobody apart; tell of those that know consumption itself, where it is known."""
    for rule, score in race.scores.items():
        if rule in BESIDE:
            continue
        x = score[good]
        if not len(x):
            continue
        order = np.argsort(x, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(x[order]) > 0])
        if len(starts) < 2:
            raise DataError(
                "A rule says the same of all households: it tells nobody apart.",
                where=f"rule {rule}, column {race.columns[rule]}", found=race.marks.get(rule, score)[good][0],
                remedy=f"rules = {{name: rules[name] for name in rules if name != {rule!r}}}  # without it"
                if rule != race.columns[rule] else f"rules={[one for one in race.scores if one not in (rule, *BESIDE)]}",
            )  # fmt: skip
        y = race.welfare[good][order]
        least, most = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
        if known and (most[:-1] <= least[1:]).all() and len(y) > 10 and least[0] < most[-1]:
            tell("A rule orders households as consumption itself does: no rule can know that.",
                 where=f"rule {rule}, column {race.columns[rule]}", found=f"{len(starts):,} values",
                 remedy="a score that was made without the outcome, out of sample; perfect targeting "
                 "stands beside the rules anyway")  # fmt: skip


def _bands(welfare, edges):
    """Band of each row in percent of the line, in order; those below the line."""
    told = [f"{100 * one:.12g}" for one in edges]
    names = [f"< {told[0]} %", *(f"{a}-{b} %" for a, b in pairwise(told)), f">= {told[-1]} %"]
    bands = pd.cut(welfare, [-np.inf, *edges, np.inf], right=False, labels=names)
    return bands, tuple(names[: edges.index(1.0) + 1])


def _amounts(rows, transfer, persons, consumption, line):
    """What a household gets that is helped, and what it lacks."""
    if transfer is None:
        return None, None
    if not isinstance(transfer, str):
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


def _refuse_budgets(field):
    """Refuse lists that help different shares, of all or of a place."""
    (base, mark), *others = field.race.marks.items()
    share = field.share(mark)
    for rule, mark in others:
        other = field.share(mark)
        at = np.abs(other - share).argmax()
        if abs(other[at] - share[at]) > 1e-9:
            place = field.places.iloc[at].to_dict()
            raise DataError(
                "Two lists help different shares of households: they have different budgets.",
                where=f"rules {base}, {rule}" + (f", {place}" if place else ""),
                found=f"{share[at]:.3g} and {other[at]:.3g}",
                remedy=f"coverage={field.shares[0][0]:.3g}  # the longer one is drawn from "
                "by lot, the shorter one filled up by lot; or ps.targeting_errors of each",
            )  # fmt: skip


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
        rows = svy.rows
        good = rows.good(race.needed, svy.missing == "refuse")
        self.good = np.ones(len(rows), dtype=bool) if good is None else good
        self.w = np.where(self.good, rows.weights, 0.0)
        code, self.places = rows.codes(race.within)
        self.place = np.where(self.good, code, 0)
        # Of each coverage: its number, the share of each place, and what stands for it in each row.
        if race.coverage:
            self.shares = [(p, np.full(len(self.places), p), p) for p in race.coverage]
        else:
            mark = np.where(self.good, next(iter(race.marks.values())), 0.0)
            self.shares = [((self.w @ mark) / self.w.sum(), self.share(mark), mark)]

    def share(self, mark):
        """Of those of each place, who bear a mark."""
        whole, some = (
            np.bincount(self.place, self.w * np.where(self.good, x, 0.0), len(self.places))
            for x in (1.0, mark)
        )
        return some / np.where(whole > 0, whole, 1)

    def line(self, rule):
        """For each of ``shares``: itself, which part of each row is taken, who stands near the cut."""
        race, svy = self.race, self.svy
        if rule == EVERYBODY or (not race.coverage and rule in race.marks):
            taken = 1.0 if rule == EVERYBODY else race.marks[rule]
            yield from ((one, np.where(self.good, taken, 0.0), None) for one in self.shares)
            return
        ranked = InOrder(
            svy, race.columns[rule], race.within, race.scores[rule], race.needed
        ).ranked
        for one in self.shares:
            taken, tied = first(ranked, one[1])
            near = None
            if svy.layout.errors:
                near = ranked.back(near_cut(ranked, tied))
                if rule == PERFECT:
                    near = self._beside(near, ranked.back(tied * 1.0) > 0)
            yield one, ranked.back(np.nan_to_num(taken)), near

    def _beside(self, near, tied):
        """Those near a cut through consumption who are poor as those there are: that is known."""
        poor, side = self.race.poor, np.zeros(len(self.places))
        if not np.array_equal(poor[self.good], self.race.welfare[self.good] < 1):
            return near  # poor is who bears a mark
        side[self.place[tied]] = poor[tied]
        return np.where(poor == side[self.place], near, 0.0)
