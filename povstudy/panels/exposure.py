"""Who is at risk at a time and what ends there, by domain: what curves of durations are made of.

Rows of one domain, entry, exit and end are one profile: their influences on a curve are alike but
for their weights.
"""

from functools import cached_property

import numpy as np
import pandas as pd

from ..base.checks import listed, need_positive
from ..base.ends import MARKS, ends_of
from ..base.errors import DataError, DesignError
from ..survey.cells import nothing, place_of
from ..survey.design import rooted
from ..survey.estimates import NUMBERS, Estimates, refuse_no_survey
from ..survey.linear import domain_names
from ..survey.shares import exact, reach_of, worth
from ..survey.survey import code_of
from .overlaps import refuse_overlapping_spells

COUNTS = ("at risk", "events", "censored")
_TAKEN = ("term", "period", "cause", "horizon")


class AtRisk:
    """Rows at risk and ends of each domain at each time, and the influences of rows on curves.

    Parameters
    ----------
    svy : Survey
        Of spells.
    by : str or list of str, or None
        Columns of domains.
    entry, exit, event : str
        As for `kaplan_meier`.
    times : sequence of float, or None
        What is reported.

    Notes
    -----
    ``marks`` are all times at which something starts or ends, or is asked for; what is summed up
    to a time has a column for each number of marks passed, 0 first. A curve is told by its words,
    its estimates (domains x times), and the influences of profiles (profiles x times, per weight).
    """

    def __init__(self, svy, by, entry, exit, event, times):
        """Look at the rows once, and refuse what tells nothing."""
        refuse_no_survey(svy)
        by = domain_names(by, _TAKEN)
        svy.rows.need([entry, exit, event])
        _refuse_units(svy)
        known = ["origin_known"] if "origin_known" in svy.rows.columns else []
        needed, words = [entry, exit], [event, *known]
        found = svy.cells(by, needed, nothing, group=[*needed, *words])
        groups, self.svy, self.names, self.domains = found.groups, svy, (entry, exit), found.domains
        here = found.domain >= 0
        lost = int(found.rows[here & (found.group < 0)].sum())
        if lost and svy.missing == "refuse":
            svy.rows.refuse_values(" or no ".join(words), lost, f"column {', '.join(words)}")
        here &= found.group >= 0
        if known:
            seen = _marked(groups["origin_known"], "origin_known")[found.group]
            lost += int(found.rows[here & ~seen].sum())
            here &= seen
        self.dropped = found.dropped + lost
        here &= found.sums["weight"] > 0
        self.stratum = found.unit[here]
        if svy.design.stratum is not None:
            self.unit, self.stratum = found.unit[here], svy.design.stratum[self.stratum]
        self._w, self._products = found.sums["weight"][here], found.products
        if found.products is not None:
            self._products = found.products["weight", "weight"][here]
        key = found.domain[here] * len(groups) + found.group[here]
        self._profile, profiles = pd.factorize(key)
        self.domain, pattern = profiles // len(groups), profiles % len(groups)
        if len(profiles):  # a domain without a spell has no curve
            some, self.domain = np.unique(self.domain, return_inverse=True)
            self.domains = self.domains.iloc[some].reset_index(drop=True)
        self.w = np.bincount(self._profile, self._w, len(profiles))
        self.rows = np.bincount(self._profile, found.rows[here], len(profiles))
        start, end = (groups[name].to_numpy(dtype=float)[pattern] for name in needed)
        self._refuse_times(start, end)
        refuse_overlapping_spells(svy.rows, "household_id", entry, exit, event)
        ends, self.causes = ends_of(groups[event], event)
        self.cause = ends[pattern]
        self.times = np.unique(end) if times is None else _times(times)
        self.marks = np.unique(np.concatenate([start[start > 0], end, self.times]))
        self.start, self.end = (np.searchsorted(self.marks, x, "right") for x in (start, end))
        self._count()

    def _refuse_times(self, start, end):
        entry, exit = self.names
        for bad, name, problem, condition, kept in (
            (start < 0, entry, "A duration is 0 or more.", lambda row: row[entry] < 0, ">= 0"),
            (end <= start, exit, "A spell ends after it starts: it is at risk in (entry, exit].",
             lambda row: row[exit] - row[entry] <= 0, f"> spells[{entry!r}]"),
        ):  # fmt: skip
            if bad.any():
                _, where, value = self.svy.rows.first(name, condition)
                raise DataError(
                    problem, where=where, found=value,
                    remedy=f"spells = spells[spells[{name!r}] {kept}]  # were at risk",
                )  # fmt: skip

    def _of_domain(self, place, x, width):
        """Sums of ``x`` over profiles by domain and place."""
        sums = np.bincount(self.domain * width + place, x, len(self.domains) * width)
        return sums.reshape(-1, width)

    def _at_risk(self, x):
        width = len(self.marks) + 1
        moves = self._of_domain(self.start, x, width) - self._of_domain(self.end, x, width)
        return moves.cumsum(axis=1)[:, :-1]

    def _ended(self, x):
        return self._of_domain(self.end - 1, x, len(self.marks))

    def _count(self):
        self.last = np.full(len(self.domains), 0)
        np.maximum.at(self.last, self.domain, self.end)
        empty = np.flatnonzero(self.last == 0)
        if len(empty):
            raise DataError(
                "A domain has no spell whose start is known.", where=self._place(empty[0]),
                remedy="leave it out: spells seen from their start alone tell how long they last",
            )  # fmt: skip
        self.n = np.round(self._at_risk(self.rows)).astype(np.int64)
        begun = np.maximum.accumulate(self.n > 0, axis=1)  # a curve begins at the first entry
        holes = begun & (self.n == 0) & (np.arange(len(self.marks)) < self.last[:, None])
        if holes.any():
            g, at = np.argwhere(holes)[0]
            raise DataError(
                "Nobody is seen at risk for a while: what ended then is not known.",
                where=f"{self._place(g)}, up to duration {self.marks[at]:g}",
                remedy="leave the later rows out, or put domains together",
            )  # fmt: skip
        seen = self.n > 0
        self.weight = np.where(seen, self._at_risk(self.w), 0.0)
        below = np.where(seen, self.weight, 1.0)
        self.hazards = [
            self._ended(self.w * (self.cause == i)) / below for i in range(len(self.causes))
        ]
        ended = self._ended(self.w * (self.cause >= 0)) / below
        self.all = seen & (self._ended(self.rows * (self.cause >= 0.0)) == self.n)
        self.ended = np.where(self.all, 1.0, ended)
        # By how much log S falls if the sum of ends at a mark goes up by one.
        with np.errstate(divide="ignore", over="ignore"):
            self.fall = np.where(self.all, 0.0, 1 / (below * (1 - self.ended)))
        self.left = _from(1.0, (1 - self.ended).cumprod(axis=1))
        self.passed = np.searchsorted(self.marks, self.times, "right")
        self.shown = (self.passed <= self.last[:, None]) & begun[:, self.passed - 1]

    def _place(self, g):
        return place_of(self.domains.iloc[g])

    def refuse_unseen(self, horizon):
        """Refuse a horizon that a domain was not seen up to, unless all had ended before."""
        late = np.flatnonzero(self.n[:, 0] == 0)
        if len(late):
            raise DataError(
                "Nobody is seen at risk at first: how long it lasts from the start is not known.",
                where=f"{self._place(late[0])}, up to duration {self.marks[0]:g}",
                remedy="ps.kaplan_meier(svy)  # the curve from the first entry on",
            )  # fmt: skip
        unseen = self.passed > self.last
        g = np.flatnonzero(unseen & (self.left[:, -1] > 0))
        self.shown[:] = True  # all of them had ended, where it is later than the last
        if len(g):
            last = self.marks[self.last[g] - 1]
            raise DataError(
                "A domain was not seen up to the horizon.", found=horizon,
                where=f"{self._place(g[last.argmin()])}, last seen at {last.min():g}",
                remedy=f"horizon={np.format_float_positional(last.min(), trim='-')}",
            )  # fmt: skip

    # Curves: words, estimates, influences.

    def _between(self, sums):
        """What is summed over the time at risk of each profile, up to each time."""
        until = np.minimum(self.end[:, None], self.passed)
        since = np.minimum(self.start[:, None], self.passed)
        g = self.domain[:, None]
        return sums[g, until] - sums[g, since]

    @cached_property
    def _ends_by(self):
        """Whether a profile ended, by each time."""
        return (self.cause >= 0)[:, None] & (self.end[:, None] <= self.passed)

    @cached_property
    def _under_risk(self):
        return (self.start[:, None] < self.passed) & (self.passed <= self.end[:, None])

    def _own(self, x):
        """Value of each profile at the mark of its end."""
        return x[self.domain, self.end - 1][:, None]

    def survivor(self):
        """Product limit."""
        estimate = self.left[:, self.passed]
        steps = self._between(_from(0.0, (self.ended * self.fall).cumsum(axis=1)))
        steps -= self._ends_by * self._own(self.fall)
        return {"term": "survivor"}, estimate, estimate[self.domain] * steps

    def incidence(self, i):
        """Share that has ended by a cause."""
        hazard, before = self.hazards[i], self.left[:, :-1]
        rate = np.divide(before, self.weight, out=np.zeros_like(before), where=self.n > 0)
        whole = _from(0.0, (before * hazard).cumsum(axis=1))
        falls = self.ended * self.fall
        estimate = whole[:, self.passed]
        at = estimate[self.domain]
        moved = -self._between(_from(0.0, (rate * hazard).cumsum(axis=1)))
        moved += at * self._between(_from(0.0, falls.cumsum(axis=1)))
        moved -= self._between(_from(0.0, (falls * whole[:, 1:]).cumsum(axis=1)))
        own = (self.cause == i)[:, None] * self._own(rate)
        own = own - (at - self._own(whole[:, 1:])) * self._own(self.fall)
        labels = {"term": "cumulative incidence", "cause": self.causes[i]}
        return labels, estimate, moved + self._ends_by * own

    def hazard(self):
        """Share of those at risk that ends."""
        at = self.passed - 1
        estimate, weight = self.ended[:, at], self.weight[:, at]
        ends = self._ends_by & (self.end[:, None] == self.passed)
        moved = ends - self._under_risk * estimate[self.domain]
        with np.errstate(divide="ignore", invalid="ignore"):  # of times after the last
            return {"term": "hazard"}, estimate, moved / weight[self.domain]

    def counts(self):
        """Sums of weights at risk, ending, and censored."""
        at, now = self.passed - 1, self.end[:, None] == self.passed
        ends = now & self._ends_by
        sums = (self.weight, self._ended(self.w * (self.cause >= 0)),
                self._ended(self.w * (self.cause < 0)))  # fmt: skip
        for term, of, moved in zip(COUNTS, sums, (self._under_risk, ends, now ^ ends), strict=True):
            yield {"term": term}, of[:, at], moved

    def area(self, horizon):
        """Area under the survivor function up to the horizon."""
        edges = np.minimum(_from(0.0, self.marks[None])[0], horizon)
        steps = np.diff(edges, append=horizon) * self.left
        estimate = steps.sum(axis=1, keepdims=True)
        rest = steps[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
        moved = self._between(_from(0.0, (self.ended * self.fall * rest).cumsum(axis=1)))
        moved -= self._ends_by * self._own(self.fall * rest)
        return {"term": "restricted mean", "horizon": horizon}, estimate, moved

    # Estimates and their intervals.

    def _placed(self, moved, shown=None):
        """Profiles by time as a sparse array with a column for each estimate that is shown."""
        from scipy import sparse

        count, width = moved.shape
        columns = self.domain[:, None] * width + np.arange(width)
        made = sparse.csr_array(
            (np.ravel(moved).astype(float), columns.ravel(), np.arange(count + 1) * width),
            shape=(count, len(self.domains) * width),
        )
        made.eliminate_zeros()
        return made[:, np.flatnonzero(self.shown if shown is None else shown)]

    @cached_property
    def _units(self):
        """Weights of units by profile; where rows are units, roots of their squares by stratum."""
        from scipy import sparse

        if self._products is None:
            shape = (len(self.svy.design.stratum), len(self.w))
            return sparse.coo_array((self._w, (self.unit, self._profile)), shape=shape).tocsr()
        rows, shape = np.arange(len(self._w)), (len(self._w), len(self.w))
        return sparse.csr_array((np.sqrt(self._products), (rows, self._profile)), shape=shape)

    def estimates(self, parts, kind=Estimates):
        """Put curves and their errors together."""
        from scipy import sparse

        design, parts = self.svy.design, list(parts)
        area = "horizon" in parts[0][0]
        if not self.shown.any() and (self.passed <= self.last[:, None]).any():
            first = self.marks[(self.n > 0).any(axis=0).argmax()]
            raise DataError(
                "Nobody is seen at risk so early.", where="times=", found=self.times[-1],
                remedy=f"times= with one of {first:g} or more",
            )  # fmt: skip
        if not self.shown[:, -1].any():
            raise DataError(
                "No spell was seen for so long.", where="times=", found=self.times[-1],
                remedy=f"times= of at most {self.marks[self.last.max() - 1]:g}",
            )  # fmt: skip
        g, t = np.nonzero(self.shown)
        domains = self.domains.iloc[g].reset_index(drop=True)
        if area:
            n, weight = (self._of_domain(0, x, 1)[g, 0] for x in (self.rows, self.w))
        else:
            n, weight = (x[g, self.passed[t] - 1] for x in (self.n, self.weight))
            domains = domains.assign(period=self.times[t])
        tables = [
            domains.assign(**labels, estimate=estimate[g, t], n=n.astype(np.int64),
                           population=weight)
            for labels, estimate, _ in parts
        ]  # fmt: skip
        table = pd.concat(tables, ignore_index=True)
        first = [one for one in ("term", "cause", "horizon") if one in table]
        table = table[[*first, *domains.columns, *NUMBERS]]
        moved = sparse.hstack([self._placed(moved) for _, _, moved in parts], format="csr")
        strata = len(design.units)
        stratum = self.stratum if self._products is not None else design.stratum
        cells = (self._w, (self.stratum, self._profile))
        sums = sparse.coo_array(cells, shape=(strata, len(self.w))).tocsr() @ moved
        if len(stratum) > 4 * strata * len(table):  # many units: what they sum up to is less
            second = _roots(self._units, stratum, strata, moved)
            stratum = np.repeat(np.arange(strata), len(table))
        else:
            second = (self._units @ moved).tocsr()
        touched = np.zeros((strata, len(self.domains)))
        touched[self.stratum, self.domain[self._profile]] = 1
        touched = sparse.csr_array(np.tile(touched[:, g], len(parts)))
        totals = design.totals(second, stratum, sums.toarray())
        return kind(table, design, totals, None, self.dropped, self.svy.status, None, touched,
                    source=self.svy.source, lone=np.tile(self._lone[g], len(parts)))  # fmt: skip

    @property
    def _lone(self):
        """The one sampling unit in which the spells of a domain lie, as of `Estimates`."""
        size, domain, weighs = len(self.domains), self.domain[self._profile], self._w > 0
        random = self.svy.design.factor[self.stratum] > 0
        some = np.bincount(domain[weighs], random[weighs], size) > 0
        if self._products is not None:
            rows = np.bincount(self.domain, self.rows, size)
            return np.where(some & (rows == 1), np.arange(size), -1)
        least, most = np.full(size, np.iinfo(np.intp).max), np.full(size, -1)
        np.minimum.at(least, domain[weighs], self.unit[weighs])
        np.maximum.at(most, domain[weighs], self.unit[weighs])
        return np.where(some & (least == most), most, -1)

    def _worth(self, marks, shown=None):
        """Number of units of one size that the units of marked profiles are worth."""
        marks = self._placed(marks, shown)
        units = self._units @ marks
        squares = np.asarray(units.multiply(units).sum(axis=0)).ravel()
        sums = self.w @ marks
        return np.divide(sums**2, squares, out=np.zeros_like(sums), where=squares > 0)

    def _least(self, until):
        """The least of these numbers up to each mark, by domain."""
        marks = np.arange(1, until + 1)
        under_risk = (self.start[:, None] < marks) & (marks <= self.end[:, None])
        every = np.ones((len(self.domains), until), dtype=bool)
        worth_ = self._worth(under_risk, every).reshape(-1, until)
        worth_ = np.where(self.n[:, :until] > 0, worth_, np.inf)  # before the first entry
        return np.minimum.accumulate(worth_, axis=1)

    def of_share(self, made, level, ends=False):
        """Ends of intervals of shares: log-log, exact where nothing or everything has ended."""
        table = made if isinstance(made, pd.DataFrame) else made.tidy(level)
        share, error, df = (table[c].to_numpy() for c in ("estimate", "std_error", "df"))
        left = 1 - share if ends else share
        left = np.where(left < 1e-12, 0.0, left)  # rounding
        some = (left > 0) & (left < 1)
        x = np.where(some, left, 0.5)
        with np.errstate(over="ignore"):
            reach = np.exp(reach_of(level, df) * error / (x * -np.log(x)))
            low, high = x**reach, x ** (1 / reach)
        if not some.all():
            g, t = np.nonzero(self.shown)
            g, passed = (np.tile(x, len(left) // len(x)) for x in (g, self.passed[t]))
            least = self._least(passed[~some].max())[g, np.minimum(passed, passed[~some].max()) - 1]
            low_, high_ = exact(left, least, (1 - level) / 2)
            low, high = np.where(some, low, low_), np.where(some, high, high_)
        return (1 - high, 1 - low) if ends else (low, high)

    def of_hazard(self, table, level):
        """Ends of intervals of hazards: exact binomial, at the number that the sample is worth."""
        share, error, df = (table[c].to_numpy() for c in ("estimate", "std_error", "df"))
        n, alike, tail = table["n"].to_numpy(), self._worth(self._under_risk), (1 - level) / 2
        ended = self._placed(self._ends_by & (self.end[:, None] == self.passed))
        if self._products is None:
            touched = np.asarray((self._units @ ended > 0).sum(axis=0)).ravel()
        else:
            touched = self.rows @ ended
        with np.errstate(invalid="ignore"):
            _, number, _ = worth(share, n, error**2, alike, touched, df, tail)
        return exact(share, number, tail)


def _from(first, running):
    """Running sums or products with what stands before the first."""
    return np.column_stack([np.full(len(running), first), running])


def _roots(units, stratum, strata, moved):
    """Rows whose squares and products are, in each stratum, those of the totals of its units."""
    from scipy import sparse

    cells, profiles, size = units.tocoo(), *moved.shape
    columns = stratum[cells.row] * profiles + cells.col
    wide = sparse.csr_array(
        (cells.data, (cells.row, columns)), shape=(len(stratum), strata * profiles)
    )
    crossed, products = (wide.T @ wide).tocsr(), np.empty((strata, size, size))
    for i in range(strata):
        here = slice(i * profiles, (i + 1) * profiles)
        products[i] = (moved.T @ (crossed[here, here] @ moved)).toarray()
    return sparse.csr_array(np.swapaxes(rooted(products), 1, 2).reshape(-1, size))


# What is refused ----------------------------------------------------------------------


def _refuse_units(svy):
    """Refuse replicate weights, and repeated households without a psu."""
    right = code_of(svy, "spells", psu="household_id") + "  # or the villages that were drawn"
    if svy.replicates is not None:
        raise DesignError("Curves of durations take strata and PSUs, not replicate weights.",
                          remedy=right)  # fmt: skip
    if svy.layout.psu or "household_id" not in svy.rows.columns:
        return
    try:
        svy.rows.refuse_repeated(["household_id"])
    except DesignError as error:
        if "repeat" not in error.problem:
            raise
        raise DesignError(
            "A household has several rows, and the survey says that each row is a unit of its own.",
            where=error.where, found=error.found, remedy=right,
        ) from None  # fmt: skip


def _marked(values, name):
    """Marks of 0 and 1 as true and false."""
    numbers = pd.to_numeric(values.astype(object), errors="coerce")
    bad = ~numbers.isin([0, 1])
    if bad.any():
        kinds = values.astype(object).dropna().unique().tolist()
        yes = [one for one in kinds if str(one).strip().casefold() in (*MARKS, "1.0")] or kinds[:1]
        raise DataError("A mark is 1 (yes) or 0 (no).", where=f"column {name}",
                        found=values[bad].iloc[0],
                        remedy=f"spells[{name!r}] = spells[{name!r}].isin({yes!r})  # what means yes")  # fmt: skip
    return numbers.to_numpy(dtype=float) == 1


def _times(times):
    """Times that are asked for, in order."""
    for one in listed(times) or [None]:
        need_positive("times", one, [1, 2, 3])
    return np.unique(np.asarray(times, dtype=float))
