"""What a transfer does to poverty: whom it reaches, how much it is, what it closes of the gap."""

from dataclasses import replace

import numpy as np

from ..base.checks import need_whole
from ..base.errors import DataError, tell
from ..survey.estimates import by_replicates
from ..survey.linear import Term, domain_names, estimates, share_term
from ..survey.negatives import tell_below_zero
from ..survey.ranks import Ranked
from .fgt import FGT, Drawn, RelativeLine, depths
from .many import many

SIDES = {"without": -1.0, "with": 1.0}


@by_replicates
def transfer_impact(svy, income, transfer, line, by=None, groups=5, separately=False, total=False):
    """Estimate whom a transfer reaches, how much it is, and what it does to poverty.

    Parameters
    ----------
    svy : Survey
        With its design; its weights count persons.
    income : str
        Column of what a person has **with** the transfer, per head.
    transfer : str, list of str, or dict
        Column of the transfer within it, per head, so that all members of a household that has it
        receive it; 0 for who receives none. Several at once: a list or a dict, as for `poverty`;
        each is taken away by itself.
    line : float or str; or a list or dict of them
        A number, or a column with the line of each row.
    by : str or list of str, optional
        Columns of domains.
    groups : int
        Number of groups of one size by income without the transfer; 5 are fifths, the poorest
        first, of each domain by itself.
    separately, total : bool
        Each column of ``by`` by itself; a row for all rows too: as for `poverty`.

    Returns
    -------
    Estimates
        With the column ``component``; shares are not in percent:

        - ``transfer coverage``: share of persons who receive it, of ``all``, of the ``poor``
          (without the transfer), and of each group (``1 of 5`` are the poorest);
        - ``adequacy of benefits``: the transfer as a share of the income of those who receive it;
        - ``benefit incidence``: share of the whole transfer that goes to the poor, to each group;
        - ``beneficiary incidence``: share of all who receive it that are poor (one minus it is the
          inclusion error), and that are of each group;
        - ``headcount``, ``gap``, ``severity``: ``without`` the transfer, ``with`` it, and the
          difference ``with - without``, which is paired;
        - ``gap closed``: share of the gap without the transfer that it closes;
        - ``benefit-cost ratio``: what each yuan of it takes from the gap;
        - ``cost to close the gap``: yuan that bring each poor person just to the line, ``without``
          and ``with`` the transfer; and ``transfer total``, yuan that are spent, both in all.

    Raises
    ------
    DataError
        If a transfer is below zero, nobody receives it, or the line is relative or not positive.

    Warns
    -----
    DataWarning
        If a transfer is more than the income that is to hold it.

    Notes
    -----
    Income without the transfer is income minus the transfer: nobody is taken to work, save or be
    helped by others more without it. So it is what the transfer adds up to, not the effect of a
    programme (for that see `compare` and `trial_effects`). Terms are those of the World Bank's Atlas
    of Social Protection (ASPIRE), by income before the transfer. Errors are linearised; those of groups
    know that their limits were estimated (the mean at a limit by a Gaussian kernel). For groups
    of the whole survey within each region make a column by `quantile_group`, and name it in ``by``.

    References
    ----------
    Grosh, M., del Ninno, C., Tesliuc, E., Ouerghi, A. (2008), For Protection and Promotion: The
    Design and Implementation of Effective Safety Nets, World Bank. World Bank (2018), The State of
    Social Safety Nets 2018. Beckerman, W. (1979), The impact of income maintenance payments on
    poverty in Britain, 1975, Economic Journal 89.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [1500, 2400, 3000, 5000], "help": [500, 400, 0, 100]})
    >>> found = ps.transfer_impact(ps.Survey(table), "income", "help", 2300, groups=2).tidy()
    >>> found.set_index(["term", "component"])["estimate"].loc["headcount"].to_dict()
    {'without': 0.5, 'with': 0.25, 'with - without': -0.25}
    """
    need_whole("groups", groups, 2, such=5)
    told = set()

    def one(by, transfer, line):
        svy.rows.need([income, transfer])
        domain_names(by, ["component"])
        if isinstance(line, RelativeLine):
            raise DataError(
                "A relative line moves with the transfer that it is to judge.",
                where="argument line", found=line, remedy="line=2300  # a real line",
            )  # fmt: skip
        drawn = Drawn(svy, income, line)
        if transfer not in told:
            told.add(transfer)
            _refuse(svy, income, transfer)
        return _impact(svy, drawn, transfer, by, groups)

    return many(one, by, separately, total, transfer=transfer, line=line)


def _refuse(svy, income, transfer):
    """Refuse what is no transfer, and tell where income does not seem to hold it."""
    tell_below_zero(svy, income)
    svy.rows.refuse_codes([transfer], income=True)
    bad = svy.rows.first(transfer, lambda row: row[transfer] < 0)
    if bad:
        raise DataError(
            "A transfer is 0 or more.", where=bad[1], found=bad[2],
            remedy=f"table = table[table[{transfer!r}] >= 0]  # or mend them: paid back is no transfer",
        )  # fmt: skip
    more = svy.rows.first(transfer, lambda row: row[transfer] > row[income])
    if more and not svy.layout.signed:
        tell(
            f"In {more[0]:,} rows the transfer is more than the income, which is to hold it.",
            where=more[1], found=more[2],
            remedy=f"if {income} is without it: table[{income!r}] = table[{income!r}] + table[{transfer!r}]",
        )  # fmt: skip


def _impact(svy, drawn, transfer, by, groups):
    """Impact of one transfer at one line."""
    income, powers = drawn.income, FGT
    svy = svy.in_memory([transfer, *drawn.needed, *by])
    rows, needed = svy.rows, [transfer, *drawn.needed]
    good = rows.good(needed, svy.missing == "refuse")
    codes, domains = rows.codes(by)
    codes = codes if good is None else np.where(good, codes, -1)
    # rows that do not count hold anything
    y, t, z = (np.where(codes >= 0, x, 1.0) for x in (rows[income], rows[transfer], drawn.at(rows)))
    before, gets = y - t, np.where(t > 0, 1.0, 0.0)
    poor = np.where(before < z, 1.0, 0.0)
    sums = {"gets": gets, "spent": t, "held": y * gets, "poor": poor}
    sums |= {f"{name} of the poor": poor * sums[name] for name in ("gets", "spent", "held")}
    for side, x in {"without": before, "with": y}.items():
        made = depths(rows, x, z, powers)
        sums |= {(name, side): made[name] for name in powers}
        sums["short", side] = np.maximum(z - x, 0)
    ranked = Ranked(before, rows.weights, codes, len(domains))
    limits = _Limits(ranked, before, codes, rows.weights, groups)
    for i in range(groups):
        sums |= {(name, i): limits.within(i, sums[name]) for name in ("gets", "spent", "held")}
        sums["in", i] = limits.within(i, np.ones(len(y)))
    moved = {(name, i, "moved"): limits.moved(i, sums[name])
             for name in ("gets", "spent", "held") for i in range(groups)}  # fmt: skip
    found = svy.cells(by, needed, lambda row: {**sums, **moved})
    if not (found.total("gets") > 0).any():
        raise DataError(
            "Nobody receives this transfer.", where=f"column {transfer}", found=0,
            remedy="transfer= the column of what a person receives, per head",
        )  # fmt: skip
    return _table(svy, found, groups, powers, not (t > y).any())


def _table(svy, found, groups, powers, parted):
    """Terms of the sums; ``parted``: no transfer is more than its income."""
    terms, components = [], []

    def add(name, component, top, bottom="weight", share=True):
        made = share_term(name, found, top, bottom)
        terms.append(made if share else replace(made, share=None))
        components.append(component)

    def add_group(name, i, top, bottom, share=True):
        """As ``add``, with the limits of groups in the error."""
        add(name, f"{i + 1} of {groups}", top, bottom, share)
        slopes = terms[-1].slopes
        if bottom[0] == "in":  # a group has its share of all, however its limits lie
            slopes = {top: slopes[top], "weight": slopes[bottom] / groups}
        slopes = {(*x, "moved") if isinstance(x, tuple) else x: of for x, of in slopes.items()}
        terms[-1] = replace(
            terms[-1], slopes=slopes, share=(None, {bottom: 1.0}) if share else None
        )

    every = range(groups)
    add("transfer coverage", "all", "gets")
    add("transfer coverage", "poor", "gets of the poor", "poor")
    for i in every:
        add_group("transfer coverage", i, ("gets", i), ("in", i))
    add("adequacy of benefits", "all", "spent", "held", parted)
    add("adequacy of benefits", "poor", "spent of the poor", "held of the poor", parted)
    for i in every:
        add_group("adequacy of benefits", i, ("spent", i), ("held", i), parted)
    for name, whole in (("benefit incidence", "spent"), ("beneficiary incidence", "gets")):
        add(name, "poor", f"{whole} of the poor", whole)
        for i in every:
            add_group(name, i, (whole, i), whole)
    for name in powers:
        for side in SIDES:
            add(name, side, (name, side))
        step = {(name, side): sign for side, sign in SIDES.items()}
        add(name, "with - without", step, share=False)
    closed = {("short", side): -sign for side, sign in SIDES.items()}
    add("gap closed", "all", closed, ("short", "without"))
    add("benefit-cost ratio", "all", closed, "spent")
    totals = [("cost to close the gap", side, ("short", side)) for side in SIDES]
    for name, component, top in [*totals, ("transfer total", "all", "spent")]:
        value = np.where(found.n > 0, found.total(top), np.nan)
        terms.append(Term(name, value, {top: np.ones(len(value))}))
        components.append(component)
    made = estimates(svy, found, terms)
    made.table.insert(1, "component", np.repeat(components, len(found.domains)))
    amounts = made.table["term"].isin(["adequacy of benefits", "benefit incidence"]).to_numpy()
    amounts = amounts & made.table["component"].str.contains(" of ").to_numpy()

    def shares():
        """Amounts of a group as parts of others are counted by no unit: on the logit scale alone."""
        which, alike, touched = shares_known()
        return which, alike, np.where(amounts, np.inf, touched)

    shares_known = made.shares
    return replace(made, shares=shares, same=("component",))


class _Limits:
    """Limits of groups of one size, and the mean of a value at them."""

    def __init__(self, ranked, y, codes, weights, groups):
        """Find the limits in each domain, and weigh the rows near them."""
        self.groups, self.weights, self.count = groups, weights, ranked.count
        self.inside, self.at = codes >= 0, np.where(codes >= 0, codes, 0)
        self.below, self.near = [], []
        for i in range(1, groups):
            cut = ranked.quantile(i / groups)
            self.below.append(self.inside & (y <= cut[self.at]))
            with np.errstate(divide="ignore", invalid="ignore"):
                away = (y - cut[self.at]) / ranked.width[self.at]
                # the rest weighs under 1e-14 of a row at it
                some = self.inside & (np.abs(away) < 8)
                self.near.append(np.where(some, np.exp(-0.5 * away * away) * weights, 0.0))

    def within(self, i, x):
        """A value of the rows of a group, 0 of others."""
        here = self.below[i] if i < self.groups - 1 else self.inside
        return np.where(here & ~self.below[i - 1] if i else here, x, 0.0)

    def moved(self, i, x):
        """The same with what the limits add to the influence of each row."""
        made = self.within(i, x)
        for at, sign in ((i, 1), (i - 1, -1)):
            if 0 <= at < self.groups - 1:
                part = self.near[at]
                top, bottom = (np.bincount(self.at, part * one, self.count) for one in (x, 1.0))
                mean = np.divide(top, bottom, out=np.zeros(self.count), where=bottom > 0)
                share = (at + 1) / self.groups
                made = made + sign * mean[self.at] * np.where(
                    self.inside, share - self.below[at], 0.0
                )
        return made
