"""How mobile households are: indices of moves among states, and of incomes of two periods."""

import numpy as np

from ...base.errors import DataError
from ...survey.estimates import by_replicates
from ...survey.linear import Term, domain_names, estimates, ratio_of, share_term
from ..households import surveyed
from .seen import paired, paired_states, seen_states

_TAKEN = ("term", "pair_", "rank_", "spread_", "jump_", "stay_", "log_")


def mobility_indices(panel, states=None, step=None, by=None, *, income=None,
                     household="household_id", time="year", poor="poor"):  # fmt: skip
    """Estimate how mobile households are from one period to a later one.

    Parameters
    ----------
    panel, step, by, household, time, poor
        As for `transitions`.
    states : str or dict, optional
        Several states in their order, as for `transitions`; without it poor and not poor.
    income : str, optional
        Column of incomes: indices of incomes in place of those of states.

    Returns
    -------
    Estimates
        Of states the terms ``trace index``, ``share who stayed`` and ``average jump``; of incomes
        ``rank correlation`` and ``mean change of log income``. ``n`` and ``population`` are of
        all pairs.

    Raises
    ------
    DataError
        If nobody was seen twice, or an income of 0 or less has no logarithm.

    Notes
    -----
    With the chances P of k states (rows of `transitions`) the trace index is (k - tr P) / (k - 1):
    0 where nobody moves, 1 where the state before says nothing of the one after, missing where
    nobody starts in a state (Prais 1955, Shorrocks 1978). The average jump is the mean number of
    states between the first and the second, in their order (Bartholomew 1967). The rank
    correlation is Pearson's of weighted ranks (of equal incomes the middle one), within a domain,
    and missing where all incomes of a period are equal;
    the mean of abs(log y2 - log y1) is the index of Fields and Ok (1999). Errors are of
    linearised influences; those of ranks know that a household moves the ranks of others.

    Errors of measurement make all of them say more mobility than there is.

    References
    ----------
    Shorrocks, A. (1978), The measurement of mobility, Econometrica 46. Bartholomew, D. (1967),
    Stochastic Models for Social Processes, Wiley. Fields, G., Ok, E. (1999), Measuring movement of
    incomes, Economica 66.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> panel = pd.DataFrame({"household_id": [1, 1, 2, 2, 3, 3, 4, 4], "year": [2019, 2020] * 4,
    ...                       "poor": [1, 0, 1, 1, 0, 0, 0, 0], "income": [8, 12, 7, 7, 20, 21, 30, 18]})
    >>> ps.mobility_indices(panel).tidy()[["term", "estimate"]].values.tolist()
    [['trace index', 0.5], ['share who stayed', 0.75], ['average jump', 0.25]]
    >>> ps.mobility_indices(panel, income="income").tidy()["estimate"].round(3).tolist()
    [0.8, 0.241]
    """
    names = household, time, poor
    return _indices(surveyed(panel), step, by, names, states, income)


@by_replicates
def _indices(svy, step, by, names, states, income):
    by = domain_names(by, _TAKEN)
    if income is not None and states is not None:
        raise DataError("Indices are of states, or of incomes.", where="argument income", found=income,
                        remedy="states=None  # or income=None")  # fmt: skip
    svy, table, seen, step, (now, then) = seen_states(
        svy, by, names, step, states, income, paired_states
    )
    pair = ~np.isnan(now)
    if not pair.any():
        seen.refuse_unseen("No household was seen again so much later.", "argument step", step,
                           (lambda seen, one: ~np.isnan(seen(0) + seen(one)), "step={}"))  # fmt: skip
    table["pair_"] = np.where(pair, 1.0, np.nan)
    if income is not None:
        return _of_incomes(svy, table, now, then, by, names[0], income)
    size = len(seen.names)
    marks = {"stay_": now == then, "jump_": np.where(pair, np.abs(then - now), 0)}
    for a in range(size):
        marks |= {f"start_{a}": now == a, f"stay_{a}": (now == a) & (then == a)}
    table = table.assign(**{name: one.astype(float) for name, one in marks.items()})
    made = paired(svy, table, by, "pair_", names[0])
    found = made.cells([*by], ["pair_"], lambda row: {one: row[one] for one in marks})
    trace, slopes = np.zeros(len(found.domains)), {}
    for a in range(size):
        stays, of = ratio_of(found, {f"stay_{a}": 1.0}, {f"start_{a}": 1.0})
        trace = trace + stays
        slopes |= {name: -one / (size - 1) for name, one in of.items()}
    return estimates(made, found, [
        Term("trace index", (size - trace) / (size - 1), slopes),
        share_term("share who stayed", found, "stay_"),
        Term("average jump", *ratio_of(found, {"jump_": 1.0}, {"weight": 1.0})),
    ])  # fmt: skip


def _of_incomes(svy, table, now, then, by, household, income):
    pair = table["pair_"].notna().to_numpy()
    low = np.flatnonzero(pair & ~((np.fmin(now, then) > 0) & (np.fmax(now, then) < np.inf)))
    if len(low):
        raise DataError(
            f"{len(low):,} pairs have an income of 0 or less, or one without end: it has no logarithm.",
            where=f"column {income}, household {table[household].iloc[low[0]]!r}",
            found=f"{now[low[0]]:g}, then {then[low[0]]:g}",
            remedy=f"panel = panel[(panel[{income!r}] > 0) & (panel[{income!r}] < np.inf)]  # and say so",
        )  # fmt: skip
    with np.errstate(invalid="ignore", divide="ignore"):
        table["log_"] = np.where(pair, np.abs(np.log(then) - np.log(now)), 0.0)
    made = paired(svy, table, by, "pair_", household)
    weight, (code, domains) = made.rows.weights, made.rows.codes(by)
    code, rho, moved = np.where(pair & (weight > 0), code, -1), {}, np.zeros(len(table))
    for g in np.unique(code[code >= 0]):
        own = code == g
        rho[tuple(domains.iloc[g])], moved[own] = _ranks(now[own], then[own], weight[own])
    made = paired(svy, table.assign(rank_=moved), by, "pair_", household)
    found = made.cells([*by], ["pair_"], lambda row: {one: row[one] for one in ("rank_", "log_")})
    at = [rho.get(tuple(one), np.nan) for one in found.domains[by].to_numpy()]
    return estimates(made, found, [
        Term("rank correlation", np.array(at), {"rank_": 1 / found.population}),
        Term("mean change of log income", *ratio_of(found, {"log_": 1.0}, {"weight": 1.0})),
    ])  # fmt: skip


def _ranks(x, y, weight):
    """Correlation of weighted middle ranks, and what each row moves it by."""
    share = weight / weight.sum()

    def below(of, values):
        """Sum of values of the rows below each row, and half of those equal to it."""
        _, place = np.unique(of, return_inverse=True)
        sums = np.bincount(place, values)
        return (sums.cumsum() - sums / 2)[place]

    one, two = below(x, share), below(y, share)
    pairs = [(x, one, y, two), (x, one, x, one), (y, two, y, two)]
    means = [(share * a * b).sum() for _, a, _, b in pairs]
    moved = [a * b + (share * b).sum() - below(u, share * b) + (share * a).sum() - below(v, share * a) - 3 * mean
             for (u, a, v, b), mean in zip(pairs, means, strict=True)]  # fmt: skip
    both, first, second = (mean - 0.25 for mean in means)
    scale = np.sqrt(first * second) if first * second > 0 else np.nan
    rho = both / scale
    return rho, moved[0] / scale - rho * (moved[1] / first + moved[2] / second) / 2
