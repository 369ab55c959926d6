"""Predicted risks of falling back beside what came later.

Households are followed for a while, not all up to the horizon of the risk. Each whose state at
the horizon is known stands for some that were lost: the weights come from the risk sets of each
period, and the errors know that they were estimated.
"""

import numpy as np
import pandas as pd

from ..base.checks import need_columns
from ..base.columns import refuse_two_kinds, same_keys
from ..base.ends import ends_of
from ..base.errors import DataError
from ..base.progress import watched
from ..base.status import handed_on
from ..panels.overlaps import refuse_overlapping_spells
from ..survey.cells import place_of
from ..survey.estimates import refuse_no_survey
from ..survey.linear import OF_ALL, Term, estimates, labelled, refuse_odd
from .risks import one_horizon, refuse_values
from .rows import counted_cause

FOLLOWED = ("horizon", "time", "event")
_WORDS = ("fell back", "did not")
_SIDES = ("who fell back", "who did not")
_SHARES = {
    **dict.fromkeys(
        ("observed risk", "predicted risk", "coverage", "sensitivity", "positive predictive value"),
        OF_ALL,
    ),
    "auc": (None, *({name: 1.0} for name in _SIDES)),
}


# What came later ----------------------------------------------------------------------


def follow_up(risk, spells, *, missing="refuse"):
    """Set what came later beside each risk.

    Parameters
    ----------
    risk : DataFrame
        ``household_id risk horizon``, a row for each household; ``duration``, the periods out
        so far when the risk was predicted (0 where it is not given).
    spells : DataFrame
        ``household_id entry exit event``: spells, or person periods, as they were seen later;
        if both tables have ``spell``, it tells which one. Further columns, such as weight,
        stratum, psu, county, are taken along (of the first row of each spell).
    missing : {"refuse", "drop"}
        Households that are in one table alone: refused, or left out; their numbers then stand
        in ``attrs["left_out"]``.

    Returns
    -------
    DataFrame
        The columns of ``risk``, and ``entry`` and ``time`` (periods from the prediction until
        the household was first seen, and until it fell back or was last seen), ``event`` (true
        or 1 where marks say so; the cause, where it is named), and the rest of ``spells``.

    Raises
    ------
    DataError
        If a household is twice in a table or in one alone, or a row has none; if the horizon
        differs, the risks have outcomes of their own, a spell has rows that overlap or leave a
        gap, or it ended before its risk was predicted.

    Notes
    -----
    To judge a model by later time, fit it on the spells as they stood in one year, predict for
    the households that were out of poverty then, and take the spells as they stand years
    later. To judge it by other counties, see `cross_validated_risk`.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> risk = pd.DataFrame({"household_id": [1, 2], "risk": [0.3, 0.1], "horizon": 3,
    ...                      "duration": [2, 0]})
    >>> spells = pd.DataFrame({"household_id": [1, 2], "entry": [0, 0], "exit": [4, 5],
    ...                        "event": [True, False]})
    >>> ps.follow_up(risk, spells)[["household_id", "risk", "entry", "time", "event"]]
       household_id  risk  entry  time  event
    0             1   0.3      0     2   True
    1             2   0.1      0     5  False
    """
    for table, names in ((risk, ["risk", "horizon"]), (spells, ["entry", "exit", "event"])):
        need_columns(table, ["household_id", *names])
        need_columns(table, [one for one in ("spell", "duration", "origin") if one in table])
    if missing not in ("refuse", "drop"):
        raise DataError("Households without a partner are refused or left out.", found=missing,
                        remedy='missing="drop"')  # fmt: skip
    keys = ["household_id", *(["spell"] if "spell" in risk and "spell" in spells else [])]
    for of, table, names in (("risk", risk, ["duration"]), ("spells", spells, ["entry", "exit"])):
        for name in names:
            if name in table and not pd.api.types.is_numeric_dtype(table[name]):
                read = f"pd.to_numeric({of}[{name!r}].astype(object), errors='coerce')"
                raise DataError(
                    "Periods are whole numbers.", where=f"column {name}", found=str(table[name].iloc[0]),
                    remedy=f"{of} = {of}.assign({name}={read}).dropna(subset={[name]!r})"
                    "  # leaves out what is no number",
                )  # fmt: skip
    one_horizon(risk["horizon"])
    taken = [one for one in ("entry", "exit", "time", "event") if one in risk]
    if taken:
        raise DataError("The risks bear outcomes: those to be judged by are in the spells.",
                        where=f"column {taken[0]}", remedy=f"risk = risk.drop(columns={taken!r})")  # fmt: skip
    refuse_twice(risk, keys)
    _refuse_lacking(spells, [*keys, "entry", "exit", "event"])
    later = _whole_spells(spells, keys)
    later = later.drop(columns=[one for one in later if one in risk and one not in keys])
    asked, kinds = risk, risk[keys].dtypes
    for key in keys:  # the same ids in whichever type they stand
        one, later[key] = same_keys(key, risk[key], later[key])
        risk = risk.assign(**{key: one})
    both = risk[keys].merge(later[keys], on=keys, how="outer", indicator="_side")
    counts = {}
    sides = {
        "left_only": "risk without a later outcome",
        "right_only": "later outcome without a risk",
    }
    for side, words in sides.items():
        alone = both[both["_side"] == side]
        counts[words] = len(alone)
        if len(alone) and missing == "refuse":
            raise DataError(
                f"{len(alone):,} households have a {words}.",
                where=named(alone, keys, 0),
                remedy='missing="drop"  # leaves them out and counts',
            )
    found = risk.merge(later, on=keys).astype(kinds.to_dict())  # in the order of the risks
    # Of the risks: spells may have a duration of their own.
    since = found["duration"] if "duration" in risk else 0
    found["time"] = found.pop("exit") - since
    found["entry"] = (found["entry"] - since).clip(lower=0)
    early = np.flatnonzero(~(found["time"] > 0))
    if len(early):
        raise DataError(f"{len(early):,} spells ended before their risk was predicted.",
                        where=named(found, keys, early[0]),
                        found=f"{found['time'].iloc[early[0]]} periods after it",
                        remedy="predict for households that are still out of poverty")  # fmt: skip
    found.attrs["left_out"] = counts
    return handed_on(found, spells, asked)


def _whole_spells(spells, keys):
    """One row for each spell, of tables with one for each period too."""
    refuse_overlapping_spells(spells)
    groups = spells.groupby(keys, sort=False)
    later = spells.drop_duplicates(keys).set_index(keys)
    later["entry"], later["exit"] = groups["entry"].min(), groups["exit"].max()
    codes, causes = ends_of(spells["event"], "event", lambda at: named(spells, keys, at))
    if causes not in ([], ["event"]):  # named causes: that of the last row, blank for none
        last = spells.assign(event=spells["event"].astype(object).where(codes >= 0, ""))
        last = last.loc[groups["exit"].transform("max") == spells["exit"]]
        later["event"] = last.drop_duplicates(keys).set_index(keys)["event"]
    else:
        later["event"] = pd.Series(codes >= 0, spells.index).groupby(
            [spells[one] for one in keys], sort=False).max()  # fmt: skip
        if pd.api.types.is_numeric_dtype(spells["event"]):
            later["event"] = later["event"].astype(spells["event"].dtype)
    seen = (spells["exit"] - spells["entry"]).groupby([spells[one] for one in keys], sort=False)
    apart = np.flatnonzero((seen.sum() != later["exit"] - later["entry"]).to_numpy())
    if len(apart):
        raise DataError(
            f"{len(apart):,} spells have rows that overlap, or that leave a gap.",
            where=named(later.reset_index(), keys, apart[0]),
            remedy="name the spell in both tables (column spell), or drop the repeated rows",
        )
    return later.reset_index()


def named(table, keys, at):
    """The household of a row, for people.

    Examples
    --------
    >>> from povstudy.relapse.horizon import named
    >>> named(pd.DataFrame({"household_id": [7, 8]}), ["household_id"], 1)
    'household_id 8'
    """
    return ", ".join(f"{name} {table[name].iloc[[at]].tolist()[0]!r}" for name in keys)


def _refuse_lacking(table, names):
    for name in names:
        lost = table[name].isna()
        if lost.any():
            raise DataError(f"{lost.sum():,} rows have no {name}.",
                            where=f"row {table.index[lost][[0]].tolist()[0]!r}",
                            remedy="fill it in, or leave these rows out")  # fmt: skip


def refuse_twice(table, keys, of="risk"):
    """Refuse households that have two rows, and rows without one; ``of``: what the table is called."""
    _refuse_lacking(table, keys)
    for key in keys:
        refuse_two_kinds(key, table[key])
    twice = np.flatnonzero(table.duplicated(keys))
    if len(twice):
        raise DataError(
            f"{len(twice):,} rows repeat a household.",
            where=named(table, keys, twice[0]),
            remedy=f"{of} = {of}.drop_duplicates({keys!r})  # if the first row is the one that counts",
        )


def cross_validated_risk(table, predict, by="county"):
    """Predict the risk of each county by a model that has not seen it.

    Parameters
    ----------
    table : DataFrame
        What models are made of, such as spells, with the column ``by``.
    predict : callable
        Takes the rows of all other counties and those of the one left out; gives the risks of
        the latter, ``household_id risk horizon``. ``lambda others, here: ps.relapse_model(
        "assets", others).risk(here, horizon=3)`` fits anew for each county.
    by : str
        Column of counties, or of whatever is left out together, such as years.

    Returns
    -------
    DataFrame
        The risks of all counties, with the column ``by``.

    Raises
    ------
    DataError
        If there is one county alone, a row has none, or a household comes back twice, without
        having been given or not at all.

    Examples
    --------
    The model of this example is the share of events elsewhere.

    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"household_id": range(6), "county": list("aabbcc"),
    ...                       "event": [1, 1, 0, 1, 0, 0]})
    >>> share = lambda others, here: here[["household_id"]].assign(
    ...     risk=others["event"].mean(), horizon=1)
    >>> ps.cross_validated_risk(table, share)["risk"].tolist()
    [0.25, 0.25, 0.5, 0.5, 0.75, 0.75]
    """
    need_columns(table, ["household_id", by])
    if not callable(predict):
        raise DataError("A function predicts the risks of the rows left out.", found=repr(predict)[:80],
                        where="argument predict", remedy="predict=lambda others, here: "
                        'ps.relapse_model("assets", others).risk(here, horizon=3)')  # fmt: skip
    if table[by].isna().any() or table[by].nunique() < 2:
        raise DataError("To leave one out, each row has its own, and there are two or more.",
                        where=f"column {by}", found=table[by].unique()[:5].tolist(),
                        remedy="by= a column of two places or more" if table[by].nunique() < 2
                        else f"table = table[table[{by!r}].notna()]")  # fmt: skip
    parts = []
    groups = table.groupby(by, sort=False)
    for name, here in watched(groups, "leave out and predict"):
        made = predict(table[table[by] != name], here)
        need_columns(made, ["household_id", "risk", "horizon"])
        refuse_twice(made, [one for one in ("household_id", "spell") if one in made])
        both = same_keys("household_id", here["household_id"], made["household_id"])
        wrong = set(both[0]) ^ set(both[1])
        if wrong:
            raise DataError(
                f"{len(wrong):,} households have no risk, or were not asked for.",
                where=f"{by} {name!r}, household {min(wrong, key=str)!r}",
                remedy="predict= gives a risk for each household of the rows left out, no other",
            )
        parts.append(made.assign(**{by: name}))
    whole = pd.concat(parts, ignore_index=True)
    return handed_on(whole, table)


def _with_marks(svy, cause):
    """The survey with marks of 0 and 1 for the cause, and of other ends in the column ``rival_``."""
    event = svy.rows.key("event")
    if cause is None and pd.api.types.is_numeric_dtype(event):  # true and false are numbers here
        return svy
    known = event.notna().to_numpy()
    codes, causes = ends_of(
        event[known], "event", lambda at: svy.rows.place(np.flatnonzero(known)[at])
    )
    place = 0 if causes in ([], ["event"]) else counted_cause(cause, causes)
    marks, rival = np.full(len(event), np.nan), np.zeros(len(event))
    marks[known], rival[known] = codes == place, (codes >= 0) & (codes != place)
    table = pd.DataFrame({name: svy.rows.key(name).array for name in svy.rows.columns})
    return svy.reopened(table.set_index(event.index).assign(event=marks, rival_=rival))


# At the horizon -----------------------------------------------------------------------


class AtHorizon:
    """Rows as they stand at the horizon of their risk, and for how much each stands.

    Parameters
    ----------
    svy : Survey
        Rows as of `follow_up`.
    risk : str
        Column of the risk.
    by : list of str
        Columns of domains.
    more : list of str
        Further columns that a row must have.
    split : callable, optional
        From the risks to the number of the group, from 0: each group has weights of its own.
    cause : str or int, optional
        Of several ends the one that counts; by others a household is known not to fall back.

    Attributes
    ----------
    risk, fell : ndarray
        Predicted risk; 1 for who fell back by the horizon.
    a, mass : ndarray
        For how much each row stands, per unit of its weight, and with it: the masses of a
        domain add up to one. Zero for who was lost before.

    Notes
    -----
    Who falls back in period k has ``a = S(k - 1) / Y(k)``, who is still out after the horizon h
    ``S(h - 1) / Y(h)``, where Y(k) are the weights of those at risk in period k (seen before
    it, and not lost before it) and S is the Kaplan-Meier curve. Where nobody is seen late, these
    are inverse probability of censoring weights: Y(k) over all is then S(k - 1) times the chance
    of not being lost before k. Where some are, Y(k) counts them from when they are seen. Who ends
    otherwise in period k has ``a`` as who falls back then, and S is the curve of all ends: the
    mean of who fell back is the estimate of Aalen and Johansen.
    """

    def __init__(self, svy, risk, by=(), more=(), split=None, cause=None):
        """Check the rows, and weigh them."""
        refuse_no_survey(svy)
        svy.rows.need([risk, *FOLLOWED])
        late = "entry" in svy.rows.columns
        self.needed = list(dict.fromkeys([risk, *FOLLOWED, *(["entry"] * late), *more]))
        self.by, self.svy = list(by), svy.in_memory([risk, *FOLLOWED, *self.needed, *by])
        self.svy = _with_marks(self.svy, cause)
        rows = self.svy.rows
        refuse_odd(self.svy, ["event"], _WORDS)
        refuse_values(rows, risk, late)
        good = rows.good(self.needed, svy.missing == "refuse")
        good = np.ones(len(rows), bool) if good is None else good
        code, self.domains = rows.codes(self.by)
        self.inside = good & (code >= 0)
        self.count, self.code = len(self.domains), np.where(self.inside, code, 0)
        self.w = np.where(self.inside, rows.weights, 0.0)
        known = lambda name: np.where(self.inside, rows[name], 0.0)  # noqa: E731
        self.risk, time = known(risk), known("time").astype(np.int64)
        self.h = h = one_horizon(rows["horizon"][self.inside], "table")
        self._entry = known("entry").astype(np.int64) if late else np.zeros(len(rows), np.int64)
        if self.inside.any() and time.max() < h:
            raise DataError(
                "Nobody was followed up to the horizon of the risks.", where="column time",
                found=f"longest {time.max()}, horizon {h}",
                remedy=f"predict the risk within {time.max()} periods, or wait for later waves",
            )  # fmt: skip
        case = (known("event") == 1) & (time <= h)
        ended = (
            case if "rival_" not in rows.columns else case | (known("rival_") == 1) & (time <= h)
        )
        self.fell, self._ended = case.astype(float), ended.astype(float)
        self._seen = (ended | (time >= h)) & self.inside
        group = np.zeros(len(rows), np.int64) if split is None else split(self.risk)
        self.groups = int(group.max()) + 1
        self.cell = self.code * self.groups + group
        self._first, self._last = np.minimum(self._entry, h), np.minimum(time, h)
        self._weigh(time)
        self.mass = self.w * self.a

    def _weigh(self, time):
        h, cells = self.h, self.count * self.groups
        at_risk = np.zeros((cells, h + 1))
        for k in range(1, h + 1):
            here = (self._entry < k) & (time >= k)
            at_risk[:, k] = np.bincount(self.cell[here], self.w[here], cells)
        self._place = self.cell * (h + 1) + self._last
        fell = np.bincount(self._place, self.w * self._ended, cells * (h + 1)).reshape(cells, -1)
        left = at_risk - fell
        left[left < 1e-12 * at_risk] = 0  # rounding
        share = over(fell, at_risk)
        before = np.ones((cells, h + 1))  # still out before each period
        share[(left == 0) & (at_risk > 0)] = 1
        before[:, 1:] = np.cumprod(1 - share[:, :h], axis=1)
        filled = np.bincount(self.cell, self.w, cells) > 0
        unseen = (before > 0) & (at_risk == 0) & filled[:, None]
        unseen[:, 0] = False
        known = filled & ~unseen.any(axis=1)
        if not known.any() or not self.by:
            self._refuse_unseen(unseen)
        factor = over(before, at_risk)
        self.a = np.where(self._seen & known[self.cell], factor.ravel()[self._place], 0.0)
        # a domain of which nothing is known
        self._blank = ~known.reshape(self.count, -1).any(axis=1)
        self._sets = at_risk, left, share

    def _refuse_unseen(self, unseen):
        cells, periods = np.nonzero(unseen)
        if len(cells):
            place = self.domains.iloc[cells[0] // self.groups].items()
            told = [f"{name} {value!r}" for name, value in place]
            if self.groups > 1:
                told.append(f"group {cells[0] % self.groups + 1} of {self.groups} by risk")
            raise DataError(
                f"Nobody is at risk in period {periods[0]} after the prediction: what comes up to "
                f"the horizon {self.h} is not known there.",
                where=", ".join(told) or "all rows",
                found=f"seen up to period {periods[0] - 1}",
                remedy="a shorter horizon, fewer groups, or domains that were followed for longer",
            )

    def both_kinds(self):
        """Domains in which some fell back and some did not; refused where there is none."""
        share = self.mean(self.fell)
        both = (share > 0) & (share < 1 - 1e-12)
        if not both.any():
            share = share[~self._blank]
            words = (
                "Nobody" if not (share > 0).any() else "Everybody" if (share > 0).all() else None
            )
            raise DataError(
                f"{words or 'In each domain nobody, or everybody,'} fell back within the horizon: "
                "risks cannot be judged by that.",
                where=place_of(self.domains.iloc[0]), found=f"horizon {self.h}",
                remedy="another horizon, or larger domains",
            )  # fmt: skip
        return both

    def mean(self, x):
        """Mean of ``x`` at the horizon in each domain; missing where nobody was followed so far."""
        found = np.bincount(self.code, self.mass * x, minlength=self.count)
        return np.where(self._blank, np.nan, found)

    def spread(self, x):
        """Influence of each row on the mean of ``x``, also by the weights that it helps to set."""
        at_risk, left, share = self._sets
        sums = np.bincount(self._place, self.mass * x, at_risk.size).reshape(at_risk.shape)
        later = np.cumsum(sums[:, ::-1], axis=1)[:, ::-1] - sums
        of_event = over(later, left)
        running = np.cumsum(share * of_event - over(sums, at_risk), axis=1)
        moved = running[self.cell, self._last] - running[self.cell, self._first]
        return self.a * x + moved - self._ended * of_event.ravel()[self._place]

    def estimates(self, made, names=None):
        """Estimates of terms: value by domain and influence of each row; columns of names."""
        influences = {name: np.nan_to_num(x) for name, (_, x) in made.items()}
        if "auc" in made:
            for name, x in zip(_SIDES, (self.fell, 1 - self.fell), strict=True):
                influences[name] = np.nan_to_num(np.where(self.inside, x, 0.0))
        found = self.svy.cells(self.by, self.needed, lambda row: influences)
        terms = [
            Term("" if names is not None else name, value,
                 {name: np.where(np.isfinite(value), 1.0, np.nan)}, None,
                 _SHARES.get(name[0] if isinstance(name, tuple) else name))
            for name, (value, _) in made.items()
        ]  # fmt: skip
        found = estimates(self.svy, found, terms)
        return found if names is None else labelled(found, names)


def over(top, bottom):
    """Ratio; zero where there is nothing below."""
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)
