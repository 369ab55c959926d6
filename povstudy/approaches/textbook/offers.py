"""Offers that some take up: the effect on those who take it up because it was offered."""

import numpy as np

from ...base.errors import DataError
from ...base.status import handed_on
from ...survey.quotients import ratio_set
from ...survey.shares import reach_of

TAKE_UP, OF_TAKE_UP = "take-up", "effect of take-up"
_LEAST = 1e-9  # of a share: less is rounding
OF_OFFERS = ("take_up", "base_take_up", "f", "weak", "ar_low", "ar_high")  # columns of `take_up`
WEAK = 10  # of F, below which the offer moves take-up little


TAKEN = ("Help was taken up, or not: 1 or 0.", "All took it up, or none: the offer moved nobody.",
         "taken= a column that differs between households")  # fmt: skip


def with_take_up(made, taken):
    """Effects of an offer, and with marks of take-up those on take-up and of take-up.

    Parameters
    ----------
    made : list of tuple
        Of the outcome, and of take-up if it is known: what `fitted` found, and the rows.
    taken : str or None
        The column of take-up.

    Returns
    -------
    rows : list of dict
    influences : list of ndarray
        Their columns are those of the rows.
    places : list of int
        The question that each row answers.
    """
    (found, rows), *of_taken = made
    places = list(range(len(rows)))
    if not of_taken:
        return rows, [found[3]], places
    (first, steps), k = of_taken[0], [k for k in places if rows[k]["term"] == "effect"]
    step = first[0][k]
    if (np.abs(step) < _LEAST).any():
        raise DataError("The offer does not move take-up: its effect cannot be told.",
                        where=f"column {taken}, arm {rows[k[int(np.argmin(np.abs(step)))]]['arm']!r}",
                        found="as many took it up with the offer as without",
                        remedy="the effect of the offer alone, without taken=")  # fmt: skip
    value = found[0][k] / step
    moved = (found[3][:, k] - first[3][:, k] * value) / step
    error = np.sqrt((moved**2).sum(axis=0))
    late = [rows[at] | {"term": OF_TAKE_UP, "estimate": value[i],
                        "std_error": error[i] if rows[at]["std_error"] >= 0 else np.nan,
                        "method": rows[at]["method"] + f", the offer as instrument of {taken}"}
            for i, at in enumerate(k)]  # fmt: skip
    rows = [*rows, *(steps[at] | {"term": TAKE_UP} for at in k), *late]
    return rows, [found[3], first[3][:, k], moved], [*places, *k, *k]


def take_up(found, level=None):
    """Who took the offer up, how far the offer moved it, and an interval that holds if it did little.

    Parameters
    ----------
    found : TrialEffects
        As `trial_effects` makes it with ``taken=``.
    level : float, optional
        Of the intervals; that of the table without it.

    Returns
    -------
    DataFrame
        A row for each outcome, arm and subgroup: ``take_up`` (what the offer adds to the share)
        with its ``std_error``, ``base_take_up`` (the share without the offer), ``f`` of the first
        stage, whether it is ``weak`` (below 10), and the effect on those who took it up because of
        the offer: ``estimate``, ``ci_low ci_high`` as in the table, ``ar_low ar_high`` of Anderson
        and Rubin, and ``method``, which says so where these leave out a middle part, not both ends.

    Raises
    ------
    DataError
        If the trial knows nothing of take-up.

    Notes
    -----
    F is the square of t of take-up, with the errors of the trial. An interval of Anderson and
    Rubin holds every value b at which the effect on the outcome minus b times that on take-up is
    not told from 0; it holds as often as it says however little the offer moves, and has no
    end where take-up itself is not told from 0 (Andrews, Stock and Sun 2019). F below 10 is the
    usual mark of a weak first stage (Staiger and Stock 1997); usual intervals of .95 are exact from
    about 105 on (Lee and others 2022), so read the other one between, too.

    References
    ----------
    Anderson, T., Rubin, H. (1949), Estimation of the parameters of a single equation in a complete
    system of stochastic equations, Annals of Mathematical Statistics 20. Staiger, D., Stock, J.
    (1997), Instrumental variables regression with weak instruments, Econometrica 65. Andrews, I.,
    Stock, J., Sun, L. (2019), Weak instruments in instrumental variables regression: theory and
    practice, Annual Review of Economics 11. Lee, D., McCrary, J., Moreira, M., Porter, J. (2022),
    Valid t-ratio inference for IV, American Economic Review 112.
    """
    trial = found._trial
    rows, level = trial.rows, trial.level if level is None else level
    at = [np.flatnonzero(rows["term"] == term) for term in ("effect", TAKE_UP, OF_TAKE_UP)]
    if not len(at[1]):
        raise DataError("Nothing is known of who took the offer up.", found="a trial without taken=",
                        remedy='taken="took_up"  # of trial_effects: the column of who took it up')  # fmt: skip
    whole, step, late = (rows.iloc[one].reset_index(drop=True) for one in at)
    y, took = (trial.influences[:, one] for one in at[:2])
    reach = reach_of(level, late["df"])
    low, high, how = _anderson_rubin(
        whole["estimate"], step["estimate"], reach, [(a * b).sum(axis=0) for a, b in ((y, y), (y, took), (took, took))]
    )  # fmt: skip
    f = (step["estimate"] / step["std_error"].fillna(0)) ** 2
    keys = [one for one in rows.columns[1 : rows.columns.get_loc("estimate")]
            if trial.named or one != "arm"]  # fmt: skip
    made = late[keys].assign(
        take_up=step["estimate"], std_error=step["std_error"], base_take_up=step["control_mean"], f=f,
        weak=f < WEAK, estimate=late["estimate"], ci_low=late["estimate"] - reach * late["std_error"],
        ci_high=late["estimate"] + reach * late["std_error"], ar_low=low, ar_high=high, method=how,
        data_status=late["data_status"],
    )  # fmt: skip
    made.attrs["level"] = level
    return handed_on(made, found._table)


def _anderson_rubin(whole, step, reach, products):
    """Ends of the values at which whole minus value times step is not told from 0; and words."""
    low, high, shape = ratio_set(whole, step, reach, products)
    how = np.full(len(low), "Anderson and Rubin", dtype=object)
    for k in np.flatnonzero(shape != "closed"):
        out = shape[k] == "complement"
        how[k] += f": all but {low[k]:.4g} to {high[k]:.4g}" if out else ": any value"
    open_ends = shape != "closed"
    return np.where(open_ends, -np.inf, low), np.where(open_ends, np.inf, high), how


def told_of_take_up(found, say):
    """What a summary says of take-up: a head, its table, and sentences."""
    table = take_up(found).drop(columns=["method", "data_status"])
    sentences = [say["take_up_means"]]
    if table["weak"].any():
        sentences.append(say["weak"].format(table["f"].min(), WEAK))
    return say["take_up"], table, sentences
