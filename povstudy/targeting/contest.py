"""Rules that choose whom to help, at one budget: who finds the poor, and who is missed.

Each rule puts households in a line, and takes the first of them. What is found so is made of
sums of those taken; where the line is cut is estimated too, and that goes into every error.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..base.checks import listed, mean, nearest
from ..base.errors import DataError
from ..measures.inorder import InOrder
from ..survey.cells import nothing
from ..survey.estimates import NUMBERS, Estimates, by_replicates, refuse_no_survey
from ..survey.linear import Term, domain_names, estimates, share_term
from .concentration import first, near_cut
from .lists import _BOTH, _ERRORS, _IN, _NEITHER, _OUT, _SHARES, _over, _rate
from .rules import BESIDE, EVERYBODY, PERFECT, RANDOM, Field, broken, prepared

_TAKEN = ("term", "rule", "coverage", "depth", "poorest_first", "richest_first", "tied")
_POOR_GIVEN, _OTHERS_GIVEN, _SPENT = "to poor", "to others", "spent"
_CLOSED, _GAP, _POOREST = "closed", "gap", "poorest"
_MADE_OF = {  # what is no sum by itself
    _OUT: {"poor": 1.0, _BOTH: -1.0},
    _NEITHER: {"weight": 1.0, "poor": -1.0, _IN: -1.0},
}  # fmt: skip
_RATES = {**_ERRORS, "coverage": _SHARES["coverage"]}
_GIVEN = {
    "leakage of transfers": ([_OTHERS_GIVEN], [_POOR_GIVEN, _OTHERS_GIVEN]),
    "gap closed": ([_CLOSED], [_GAP]),
    "gap closed per unit spent": ([_CLOSED], [_POOR_GIVEN, _OTHERS_GIVEN]),
}
_OF_POOR, _OF_OTHERS = "exclusion error of the poor", "inclusion error of the not poor"


# The contest --------------------------------------------------------------------------


def targeting_contest(svy, rules, *, consumption=None, line=None, poor=None, coverage=None,
                      within=None, by=None, depth=None, transfer=None, persons=None,
                      poorest=None, beside=BESIDE):  # fmt: skip
    """Compare rules that choose whom to help, at the same number of households helped.

    Parameters
    ----------
    svy : Survey
        With its design; a row is a household.
    rules : dict, str or list of str
        For each rule by its name, a column, or a function of the table that gives a number for
        each row, in its order. The lower, the sooner helped: predicted consumption, a rank from
        the poorest on.
        A column of nothing but 0 and 1 is a list: 1 (or true) is helped.
    consumption : str, optional
        Column of consumption or income per person; needed for ``line``, and for all that says
        how poor somebody is.
    line : float or str, optional
        Poor is consumption < line: a number, or a column with the line of each row.
    poor : str, optional
        Column of 1 (or true) and 0, in place of a line.
    coverage : float or sequence of float, optional
        Share of households that each rule helps, between 0 and 1. Without it the share that is on
        the list, if one of the rules is a list, else the tenths.
    within : str or list of str, optional
        Columns of places with a quota each: that share is taken in every place, not of all.
    by : str or list of str, optional
        Columns of groups whose errors are told; whom a rule takes does not hang on them.
    depth : sequence of float, optional
        Bands of consumption in lines, such as ``(0.5, 0.75, 1.25)``; the line is always an edge.
    transfer : float or str, optional
        What a household gets that is helped, in the unit of consumption: a number, or a column
        (such as of a sum per person).
    persons : str, optional
        Column of persons of the household, where consumption and line are per person and the
        transfer is for the household.
    poorest : float, optional
        A share of households, the poorest by consumption: how much of the spending they get.
    beside : sequence of {"perfect", "random", "everybody"}
        What stands beside the rules: the poorest by consumption (over the line) are taken; so many
        are drawn by lot; everybody shares the same budget.

    Returns
    -------
    Contest
        `Estimates` with columns ``rule`` and ``coverage``. Terms are those of `targeting_errors`:
        five errors, ``coverage`` (of a group: how much of it is helped) and ``targeting ratio``.
        ``mistargeted`` is the share of households that are taken wrongly, as of Alatas et al.
        (2012); the inclusion error of the listed is the leakage of a budget spread evenly.
        With ``transfer`` also ``leakage of transfers``; ``gap closed``, the part of the poverty
        gap of all that is closed; and ``gap closed per unit spent``, what is not lost on who is
        not poor, or gets more than is lacking. With ``poorest`` also ``share to poorest(p)`` and
        its ``targeting ratio(p)``. With ``depth`` the column ``depth``, and the terms
        ``coverage``, the exclusion error below the line, and the inclusion error above it.

        ``.contrast("rule", "community", "formula")`` gives paired differences, ``.only(term=,
        rule=)`` a part, of which ``.band()`` holds for the whole curve; ``.ties()`` says what
        hangs on households that tie at the cut, ``.households()`` gives the error of each.

    Raises
    ------
    DataError
        If two lists help different shares and no coverage is stated, a rule is the same for all
        or is missing for some (see ``missing`` of `Survey`), or a coverage is no share.

    Warns
    -----
    DataWarning
        If a rule orders households as consumption itself does, which no rule can know; or if
        households are left out because a rule says nothing of them.

    Notes
    -----
    At coverage p the first of the line are taken until their weights are the share p of all (of
    the place). Households of one score at the cut are taken in part, each by the same share, as
    if drawn by lot. So a list at another coverage than its own is drawn by lot from the listed,
    or filled up by lot from the others. Where the sample of a place is a few households, its poorest are
    those of the sample.

    The cut is estimated. With taken t (0 to 1), any amount h of a household, and the sum T of
    t h, the influence of a household on T is t h + (p - t) m, where m is the mean of h at the cut
    (a Gaussian kernel over ranks, as of `concentration_curve`; of perfect targeting over those on
    the same side of the line as the cut, which is known). This does not vanish in large samples:
    with the cut taken as known, errors of 800 villages were between .6 and 1.7 of what they are.
    Where the coverage is that of a list, whether one is listed stands for p. Within
    places that are sampling units the second part is zero: their own sample is cut. Where a place
    has a few units (six, say), its cut is fitted to them, rules look better than they are, and
    .9 of intervals hold. Rules of one survey hang together; `contrast` knows that. Scores are
    taken as given: that a formula was fitted to the same households makes it look better.

    What is spent at a coverage is the same for all rules if the transfer is a number; everybody
    gets the share p of it. Rows count as their weights say: with ``size`` of `Survey`, coverage
    is a share of persons, and the transfer is for each.

    References
    ----------
    Alatas, V. et al. (2012), Targeting the poor: evidence from a field experiment in Indonesia,
    American Economic Review 102. Coady, D., Grosh, M., Hoddinott, J. (2004), Targeting of
    Transfers in Developing Countries, World Bank. Brown, C., Ravallion, M., van de Walle, D.
    (2018), A poor means test? Econometric targeting in Africa, Journal of Development Economics
    134. Deville, J.-C. (1999), Variance estimation for complex statistics and estimators, Survey
    Methodology 25.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"consumption": [1, 2, 3, 4, 5, 6, 7, 8],
    ...                       "score": [2, 1, 7, 3, 8, 4, 5, 6], "rank": [1, 4, 2, 3, 8, 7, 6, 5]})
    >>> found = ps.targeting_contest(ps.Survey(table), {"formula": "score", "community": "rank"},
    ...                              consumption="consumption", line=3.5, coverage=0.375)
    >>> found.only(term="exclusion error of the poor").tidy()[["rule", "estimate"]].round(3).values.tolist()
    [['formula', 0.333], ['community', 0.333], ['perfect', 0.0], ['random', 0.625], ['everybody', 0.0]]
    """
    refuse_no_survey(svy)
    svy, race = prepared(svy, rules, consumption, line, poor, coverage, domain_names(within, _TAKEN),
                          domain_names(by, _TAKEN), depth, transfer, persons, poorest, beside)  # fmt: skip
    return replace(_run(svy, race), again=(svy, race))


@dataclass(frozen=True, repr=False)
class Contest(Estimates):
    """Estimates of rules beside each other; see `targeting_contest`.

    Attributes
    ----------
    again : tuple, or None
        The survey and what the rules say, from which the rest is made when it is asked for.
    """

    again: object = None
    _figures = {"targeting_contest": "band"}  # noqa: RUF012

    def combine(self, table, gradient, apart=False):
        """New estimates that are functions of these; see `Estimates.combine`."""
        return replace(super().combine(table, gradient, apart), again=None)

    def contrast(self, column, value, base):
        """Paired differences; see `Estimates.contrast`. Two rules judge the same households, once."""
        made = super().contrast(column, value, base)
        if column not in ("rule", "coverage"):
            return made
        table = made.table.assign(n=made.table["n"] // 2, population=made.table["population"] / 2)
        return replace(made, table=table)

    def only(self, **values):
        """Some of the estimates, such as of one term: their band is narrower than that of all.

        Parameters
        ----------
        **values
            For columns such as ``term``, ``rule`` and ``coverage``, a value or a list of them.

        Returns
        -------
        Contest
        """
        kept = np.ones(len(self), dtype=bool)
        for name, wanted in values.items():
            known, wanted = list(dict.fromkeys(self.table.get(name, ()))), listed(wanted)
            wrong = [one for one in wanted if one not in known]
            if wrong or not (known and wanted):
                raise DataError(
                    "There are no such estimates." + mean(nearest(wrong[0], known) if wrong else None),
                    where=f"column {name}", found=wrong or name, remedy=f"{name}= one of {known[:12]}"
                    if known else f"one of the columns {[x for x in self.table if x not in NUMBERS]}",
                )  # fmt: skip
            kept &= self.table[name].isin(wanted).to_numpy()
        return self._kept(np.flatnonzero(kept))

    def _kept(self, at):
        """The estimates at some places."""
        from scipy import sparse

        mix = sparse.eye_array(len(self), format="csc") if self.mix is None else self.mix.tocsc()
        part = None if self.touched is None else self.touched.tocsc()[:, at]
        shares = self.shares and (lambda: tuple(one[at] for one in self.shares()))
        ends = self.intervals and (lambda level: [one[at] for one in self.intervals(level)])
        return replace(
            self, table=self.table.iloc[at].reset_index(drop=True), mix=mix[:, at], touched=part,
            lone=None if self.lone is None else self.lone[at], shares=shares, intervals=ends,
        )  # fmt: skip

    def ties(self):
        """What the estimates would be if households that tie at the cut were told apart.

        Returns
        -------
        DataFrame
            The columns of the estimates, ``estimate`` (those who tie are taken by lot),
            ``poorest_first`` and ``richest_first`` (by consumption), and ``tied``, the share of
            households that are taken in part.

        Examples
        --------
        >>> import pandas as pd, povstudy as ps
        >>> table = pd.DataFrame({"consumption": [1, 2, 3, 4], "grade": [1, 2, 2, 2]})
        >>> found = ps.targeting_contest(ps.Survey(table), "grade", consumption="consumption",
        ...                              line=2.5, coverage=0.5, beside=())
        >>> found.only(term="mistargeted").ties().iloc[:, 3:].round(3).values.tolist()
        [[0.333, 0.0, 0.5, 0.75]]
        """
        svy, race = self._asked()
        keys = [one for one in self.table if one not in NUMBERS]
        made, field = self.table[[*keys, "estimate"]], Field(svy, race)
        for name, sign in (("poorest_first", 1), ("richest_first", -1)):
            told_apart = {
                rule: score if rule == RANDOM else broken(score, sign * race.welfare)
                for rule, score in race.scores.items()
            }
            other = _run(svy, replace(race, scores=told_apart)).table
            made = made.merge(other[[*keys, "estimate"]].rename(columns={"estimate": name}), on=keys,
                              how="left")  # fmt: skip
        tied = {
            (rule, told): field.w[(taken > 0) & (taken < 1)].sum() / field.w.sum()
            for rule in race.rules for (told, *_), taken, _ in field.line(rule)
        }  # fmt: skip
        places = zip(made["rule"], made["coverage"], strict=True)
        return made.assign(tied=[tied[one] for one in places])

    def households(self):
        """Whether each rule errs about a household: 1 if so, a part if it is taken in part.

        Returns
        -------
        DataFrame
            A column for each rule (and coverage, where there are several), a row for each of the
            table, under its index: a column for `trial_effects`. Missing for rows left out.
        """
        svy, race = self._asked()
        field, made = Field(svy, race), {}
        for rule in race.rules:
            for (told, *_), taken, _ in field.line(rule):
                error = np.where(field.good, np.abs(race.poor - taken), np.nan)
                made[rule if len(field.shares) == 1 else (rule, told)] = error
        return pd.DataFrame(made, index=svy.rows.table.index)

    def _asked(self):
        if self.again is None:
            raise DataError("Differences and other combinations know no households.",
                            remedy="ask the estimates themselves, as targeting_contest gave them")  # fmt: skip
        svy, race = self.again
        return svy.with_weight(), race  # without errors


# Sums ---------------------------------------------------------------------------------


@by_replicates
def _run(svy, race):
    """Estimates of all rules at all coverages, in all groups."""
    field = Field(svy, race)
    w, sums = field.w, _Sums(svy, race, field)
    poor, amount = np.where(field.good, race.poor, 0.0), np.ones(len(w))
    sums.add("weight", amount)
    sums.add("poor", poor)
    if race.amount is not None:
        amount, gap = (np.where(field.good, x, 0.0) for x in (race.amount, race.gap))
        sums.add(_GAP, gap)
        full = np.minimum(amount, gap)  # what a whole transfer closes
    if race.poorest:
        ranked = InOrder(svy, race.columns[PERFECT], [], race.welfare, race.needed).ranked
        inside, tied = first(ranked, race.poorest)
        inside, bell = ranked.back(inside), ranked.back(near_cut(ranked, tied))
    for rule in race.rules:
        for (told, p, target), taken, near in field.line(rule):
            sums.start(rule, told)
            cut = w * (target - taken), near
            sums.add(_BOTH, taken * poor, (*cut, poor))
            sums.add(_IN, taken * (1 - poor), (*cut, 1 - poor))
            if rule == EVERYBODY:  # the same budget, so the share p of a transfer for each
                taken = p[field.place]
                cut = w * (target - taken), w
            if race.amount is not None:
                closed = np.minimum(taken * amount, gap) if rule == EVERYBODY else taken * full
                more = np.where(closed < gap, amount, 0.0) if rule == EVERYBODY else full
                sums.add(_POOR_GIVEN, taken * amount * poor, (*cut, amount * poor))
                sums.add(_OTHERS_GIVEN, taken * amount * (1 - poor), (*cut, amount * (1 - poor)))
                sums.add(_CLOSED, closed, (*cut, more))
            if race.poorest:
                other = w * (race.poorest - inside), bell, taken * amount
                sums.add(_POOREST, taken * amount * inside, (*cut, amount * inside), other)
                sums.add(_SPENT, taken * amount, (*cut, amount))
            sums.weigh()
    return sums.estimates()


class _Sums:
    """Sums of what is taken, by sampling unit and group, with the influence of the cuts."""

    def __init__(self, svy, race, field):
        """Units, groups, and places in which a line is cut."""
        self.svy, self.race, self.field = svy, race, field
        self.found = svy.cells(race.by, race.needed, nothing)
        group, domains = svy.rows.codes(race.by)
        unit, self.stratum = svy.rows.unit_codes, svy.design.stratum
        if unit is None or svy.design.pieces is not None:  # every row is one, or told by itself
            unit, self.stratum = np.arange(len(group)), svy.rows.stratum_codes
        self.size = len(self.stratum), len(domains)
        self.here = field.good & (group >= 0)
        self.group = group[self.here]
        self.unit, self.key = unit, unit[self.here] * self.size[1] + self.group
        self.influences, self.totals = [], []
        self.shared, self.own, self.raw, self.heads, self.worth = {}, [], {}, [], []
        random = svy.design.factor[self.stratum] > 0
        self.drawn = np.bincount(self.group, random[unit[self.here]], self.size[1]) > 0

    def start(self, rule, told):
        """What is added from now on is of this rule at this coverage."""
        self.heads.append((rule, told))
        self.own.append({})

    def add(self, name, x, *cuts):
        """Sum of weight times ``x``; a cut has moved weights, rows near it, and what moves there."""
        units, groups = self.size
        raw = np.bincount(self.key, (self.field.w * x)[self.here], units * groups)
        raw = raw.reshape(units, groups)
        (self.own[-1] if self.own else self.shared)[name] = len(self.totals)
        self.totals.append(raw.sum(axis=0))
        if not self.svy.layout.errors:
            return
        self.raw[name] = raw
        for i, (moved, near, h) in enumerate(cuts):
            if near is not None:  # the second is one cut of all
                raw = raw + self._moved(moved, near, h, self.field.place * (i == 0))
        self.influences.append(raw)

    def _moved(self, moved, near, h, place):
        """Influence of a cut: weights that are moved over it, times the mean of ``h`` there."""
        from scipy import sparse

        groups, shape = self.size[1], (self.size[0], len(self.field.places))
        at = place[self.here] * groups + self.group
        there = np.bincount(at, (near * h)[self.here], shape[1] * groups).reshape(-1, groups)
        whole = np.bincount(place, near, shape[1])
        there /= np.where(whole > 0, whole, 1.0)[:, None]
        return sparse.coo_array((moved, (self.unit, place)), shape=shape).tocsr() @ there

    def _rates(self):
        """Sums above and below of all shares, by term."""
        race, made = self.race, dict(_RATES)
        if race.amount is not None:
            made |= _GIVEN
        if race.poorest:
            made[f"share to poorest({race.poorest:.12g})"] = [_POOREST], [_SPENT]
        return made

    def weigh(self):
        """Units of one size below each share of the last rule, and units with the rarer answer."""
        if not self.raw:
            return
        known = {
            **self.raw,
            **{name: sum(k * self.raw[x] for x, k in of.items()) for name, of in _MADE_OF.items()},
        }
        made = []
        for top, bottom in self._rates().values():
            above, below = (sum(known[x] for x in part) for part in (top, bottom))
            least = 1e-12 * below
            with np.errstate(divide="ignore", invalid="ignore"):
                alike = below.sum(axis=0) ** 2 / (below**2).sum(axis=0)
            some = ((above > least).sum(axis=0), (below - above > least).sum(axis=0))
            made.append((np.where(self.drawn, alike, np.inf), np.minimum(*some)))
        self.worth.append(made)

    def _blocks(self, name):
        """For each rule and coverage the number of a sum that is one."""
        return [self.shared.get(name, of.get(name)) for of in self.own]

    def total(self, name):
        """A sum, or what is made of sums, for each rule, coverage and group; as of `Cells`."""
        if name in _MADE_OF:
            parts = np.array([k * self.total(x) for x, k in _MADE_OF[name].items()])
            made = parts.sum(axis=0)
            return np.where(np.abs(made) > 1e-12 * np.abs(parts).sum(axis=0), made, 0.0)  # rounding
        return np.concatenate([self.totals[i] for i in self._blocks(name)])

    def _terms(self):
        rates = {name: _rate(self, *of, name) for name, of in self._rates().items()}
        everyone = _rate(self, [_BOTH, _OUT], ["weight"])
        ratios = {"targeting ratio": ([_BOTH], [_BOTH, _IN])}
        if self.race.amount is not None:
            ratios["targeting ratio of transfers"] = [_POOR_GIVEN], [_POOR_GIVEN, _OTHERS_GIVEN]
        rates |= {name: _over(name, _rate(self, *of), everyone) for name, of in ratios.items()}
        if self.race.poorest:
            p = self.race.poorest
            one = rates[f"share to poorest({p:.12g})"]
            rates[name] = Term(name := f"targeting ratio({p:.12g})", one.estimate / p,
                               {x: slope / p for x, slope in one.slopes.items()})  # fmt: skip
        return list(rates.values())

    def estimates(self):
        """All of it as `Contest`."""
        from scipy import sparse

        svy, race, found, groups = self.svy, self.race, self.found, self.size[1]
        terms, size = self._terms(), len(self.heads) * groups
        group, count = np.tile(np.arange(groups), len(self.heads)), np.arange(size)
        cells = []
        for i, term in enumerate(terms):
            for name, slope in term.slopes.items():
                for base, k in _MADE_OF.get(name, {name: 1.0}).items():
                    at = np.repeat(self._blocks(base), groups) * groups + group
                    cells.append((k * slope, at, i * size + count))
        values, old, new = (np.concatenate(one) for one in zip(*cells, strict=True))
        shape = len(self.totals) * groups, len(terms) * size
        mix = sparse.coo_array((values, (old, new)), shape=shape).tocsc()
        base = estimates(svy, found, [share_term("", found, "weight")])  # what groups are like
        of, every = np.tile(group, len(terms)), len(terms) * size
        heads = pd.DataFrame(self.heads, columns=["rule", "coverage"])
        heads = heads.loc[heads.index.repeat(groups)]
        table = found.domains.take(of).reset_index(drop=True).assign(
            term=np.repeat([one.name for one in terms], size),
            rule=np.tile(heads["rule"], len(terms)), coverage=np.tile(heads["coverage"], len(terms)),
            estimate=np.concatenate([one.estimate for one in terms]), n=found.n[of],
            population=found.population[of],
        )[["term", "rule", "coverage", *found.domains.columns, *NUMBERS]]  # fmt: skip
        which = np.repeat([one.share is not None for one in terms], size)
        most = np.where(which, 1.0, 1e9)  # ratios have no such end
        which &= ~table["rule"].isin([PERFECT, EVERYBODY]).to_numpy()  # no wrong one by chance
        if race.coverage and not race.by:
            which &= (table["term"] != "coverage").to_numpy()
        alike, touched = np.full((2, every), np.nan)
        if self.worth:
            known = np.array(self.worth, dtype=float)  # rules and coverages x terms x 2 x groups
            known = known.transpose(2, 1, 0, 3).reshape(2, -1)
            alike[: known.shape[1]], touched[: known.shape[1]] = known
        made = Contest(**{
            **vars(base), "table": table, "totals": self._totals(), "mix": mix, "simple": None,
            "touched": base.touched.tocsc()[:, of], "lone": base.lone[of],
            "shares": lambda: (which, alike, touched, np.zeros(every), most),
        })  # fmt: skip
        if race.below:
            below, term = table["depth"].isin(race.below), table["term"]
            return made._kept(np.flatnonzero(
                (term == "coverage") | (below & term.isin([_OF_POOR, "gap closed"]))
                | (~below & (term == _OF_OTHERS))
            ))  # fmt: skip
        return made

    def _totals(self):
        """Influences by unit; where every row is one, rows with the same squares and products."""
        if not self.svy.layout.errors:
            return None
        design, all_of = self.svy.design, np.hstack(self.influences)
        if design.pieces is not None:
            return design.of_rows(all_of)
        if design.stratum is not None:
            return design.totals(all_of)
        parts = [all_of[self.stratum == i] for i in range(len(design.units))]
        roots = [np.linalg.qr(part, mode="r") for part in parts]
        stratum = np.repeat(np.arange(len(roots)), [len(one) for one in roots])
        return design.totals(
            np.vstack(roots), stratum, np.array([one.sum(axis=0) for one in parts])
        )
