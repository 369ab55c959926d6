"""What a trial found: a table that knows the covariance of its rows, and many questions at once."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..base.checks import listed, mean, nearest, need_columns
from ..base.errors import DataError
from ..base.language import in_words, printed
from ..base.results import Result
from ..base.status import handed_on
from ..survey.joint import holm, hotelling, romano_wolf
from ..survey.shares import reach_of
from .bounds import lee_bounds
from .standing.verdict import trial_verdict
from .textbook.offers import TAKE_UP, take_up, told_of_take_up

FEW = 20  # clusters below which it is told that errors rest on few


@dataclass(frozen=True)
class Trial:
    """What stands behind the table of a trial.

    Attributes
    ----------
    rows : DataFrame
        Estimates with errors: all effects with their arm, and (term ``contrast``) each arm minus
        each other.
    sides : list of tuple
        The two arms that each row compares.
    influences : ndarray, units x rows
        Their products add up to the covariance of the estimates.
    arms : DataFrame
        ``arm``, ``n`` rows, ``clusters``, and ``lost``: rows left out as a value is missing.
    drawn, outcomes : DataFrame
        ``arm``, ``cluster`` and ``weight`` of all rows, with those that were lost, and outcomes.
    alone : tuple of int
        Strata with one arm, which tell nothing, and their rows.
    named : bool
        Whether the table tells arms.
    many : bool
        Whether several outcomes or arms are asked for.
    level : float
        Of the intervals.
    draws, seed : int
        Of `romano_wolf`.
    """

    rows: pd.DataFrame
    sides: list
    influences: np.ndarray
    arms: pd.DataFrame
    drawn: pd.DataFrame
    outcomes: pd.DataFrame
    alone: tuple
    named: bool
    many: bool
    level: float
    draws: int
    seed: int


class TrialEffects(Result, pd.DataFrame):
    """Effects of a trial: the table itself, and what needs the covariance of its rows.

    What is selected or made of it is a plain table. Methods tell of the table as it was found,
    whatever is done to its columns or rows.
    """

    verdict, take_up = trial_verdict, take_up
    _metadata = ["_trial", "_table", "_places"]  # noqa: RUF012

    @property
    def _constructor(self):
        return pd.DataFrame

    @classmethod
    def of(cls, trial, places):
        """The table of some rows of a trial, with intervals and with p-values for so many rows."""
        places = np.asarray(places)
        rows = holm(_between(trial.rows.iloc[places].reset_index(drop=True), trial.level))
        for term in rows["term"].unique() if trial.many else ():
            at = np.flatnonzero(rows["term"] == term)
            p, influences = rows.loc[at, "p_value"].to_numpy(), trial.influences[:, places[at]]
            rows.loc[at, "p_romano_wolf"] = romano_wolf(p, influences, trial.draws, trial.seed)
        keys = [one for one in rows.columns[: rows.columns.get_loc("estimate")]
                if trial.named or one != "arm"]  # fmt: skip
        table = rows[[
            *keys, "estimate", "std_error", "ci_low", "ci_high", "n", "treated", "clusters", "df",
            "p_value", "p_holm", *["p_romano_wolf"] * trial.many, "control_mean", "method",
            "data_status",
        ]]  # fmt: skip
        table.attrs["level"] = trial.level
        return cls(table)._knowing(trial, handed_on(table, trial.drawn), places)

    def _knowing(self, trial, table, places):
        """The same table, with what stands behind it: a trial, and which of its rows these are."""
        self.attrs.update(table.attrs)
        self._trial, self._table, self._places = trial, table, places
        return self

    def copy(self, deep=True):
        """A copy that knows as much."""
        made = type(self)(super().copy(deep))._knowing(self._trial, self._table, self._places)
        made.attrs.update(self.attrs)
        return made

    def covariance(self):
        """Covariance of the estimates, in the order of the rows.

        Returns
        -------
        DataFrame
            Missing where an effect has no error.
        """
        influences = self._trial.influences[:, self._places]
        made, none = influences.T @ influences, self._table["std_error"].isna().to_numpy()
        made[none] = made[:, none] = np.nan
        return pd.DataFrame(made)

    def contrast(self, value, base):
        """Effect of one arm minus that of another, by outcome and subgroup.

        Parameters
        ----------
        value, base : object
            Arms.

        Returns
        -------
        TrialEffects
            ``arm`` says ``value - base``; errors are those of the one fit of all arms.

        Raises
        ------
        DataError
            If there is no such arm, or both are one.
        """
        trial, (control, *arms) = self._trial, self._trial.arms["arm"]
        for one in (value, base):
            if value not in arms or base not in [control, *arms] or value == base:
                raise DataError("A contrast is of an arm minus another." + mean(nearest(one, arms)),
                                found=f"{value!r}, {base!r}",
                                remedy=f"one of {arms} first, then another, or {control!r}")  # fmt: skip
        places = [k for k, term in enumerate(trial.rows["term"])
                  if term != "difference" and trial.sides[k] == (value, base)]  # fmt: skip
        return type(self).of(trial, places)

    def joint(self, **where):
        """Test that some effects are all zero.

        Parameters
        ----------
        **where
            Columns and the value, or values, whose rows are meant, such as
            ``outcome="income"``; without any, all rows of the term of the first.

        Returns
        -------
        DataFrame
            One row: ``statistic df_num df_den p_value n method data_status``.
        """
        where = where or {"term": self._table["term"].iloc[0]}
        need_columns(self._table, list(where))
        keep = np.all([self._table[name].isin(listed(one)) for name, one in where.items()], axis=0)
        keep &= self._table["std_error"].notna().to_numpy()
        if not keep.any():
            raise DataError("No row with an error is meant.", found=where,
                            remedy=f"outcome={self._table['outcome'].iloc[0]!r}")  # fmt: skip
        rows = self._table[keep]
        influences = self._trial.influences[:, self._places[keep]]
        made = hotelling(rows["estimate"].to_numpy(), influences, rows["df"].min())
        made = pd.DataFrame([made | {"n": self._trial.arms["n"].sum(), "method": "Hotelling's T-squared",
                                     "data_status": rows["data_status"].iloc[0]}])  # fmt: skip
        return handed_on(made, self._table)

    def bounds(self, range=None, level=None):
        """Bounds of each effect if who is lost differs between arms; see `lee_bounds`.

        Parameters
        ----------
        range : tuple of two floats, optional
            As of `lee_bounds`.
        level : float, optional
            Of the intervals; that of the table without it.

        Returns
        -------
        DataFrame
            As of `lee_bounds`, with ``arm`` if arms have words. They are of means of the outcome:
            baseline, covariates and strata are left aside.
        """
        trial, made = self._trial, []
        cluster = None if self._table["clusters"].isna().any() else "cluster"
        options = {"range": range, "level": trial.level if level is None else level}
        for arm, base in dict.fromkeys(trial.sides[k] for k in self._places):
            pair = trial.drawn[trial.drawn["arm"].isin([arm, base])]
            name = arm if base == trial.arms["arm"].iloc[0] else f"{arm} - {base}"
            for outcome in self._table["outcome"].unique():
                one = pair.assign(treated=(pair["arm"] == arm) * 1, outcome=trial.outcomes[outcome])
                told = {"outcome": outcome} | ({"arm": name} if trial.named else {})
                part = lee_bounds(
                    one, "outcome", "treated", weight="weight", cluster=cluster, **options
                )
                made.append(part.assign(**told))
        made = pd.concat(made, ignore_index=True)
        made["data_status"] = self._table["data_status"].iloc[0]
        keys = ["term", "outcome", *["arm"] * trial.named]  # before the numbers, as in all tables
        return handed_on(made[keys + [one for one in made if one not in keys]], self._table)

    def tidy(self, level=None):
        """The effects in the columns that all estimates have.

        Parameters
        ----------
        level : float, optional
            Of the intervals; that of the table without it.

        Returns
        -------
        DataFrame
            ``term``, outcome, arm and subgroup, ``estimate std_error ci_low ci_high n df method
            data_status``.
        """
        level = self._table.attrs["level"] if level is None else level
        made = _between(self._table, level)
        keys = list(made.columns[: made.columns.get_loc("estimate")])
        made = made[[*keys, "estimate", "std_error", "ci_low", "ci_high", "n", "df", "method",
                     "data_status"]]  # fmt: skip
        made.attrs["level"] = level
        return handed_on(made, self._table)

    def summary(self, lang="en"):
        """Effects, who is in each arm and who was lost, in words.

        Parameters
        ----------
        lang : {"en", "zh"}
            The language.

        Returns
        -------
        str
        """
        say, trial = in_words("trial", lang), self._trial
        keys = list(self._table.columns[: self._table.columns.get_loc("estimate")])
        shown = ["estimate", "std_error", "ci_low", "ci_high", "n", "df", "p_value"]
        adjusted = ["p_holm", *["p_romano_wolf"] * trial.many] * (len(self._table) > 1)
        tables = {say["effects"]: self._table[[*keys, *shown, *adjusted]],
                  say["arms"]: trial.arms.dropna(axis="columns", how="all")}  # fmt: skip
        if self._of_offers:
            head, table, _ = told_of_take_up(self, say)
            tables[head] = table
        told = [f"{head}\n{printed(one, lang)}" for head, one in tables.items()]
        verdict, *rest = self._sentences(lang)
        return "\n\n".join([verdict, *told, *rest])

    def _main(self, lang):
        made = pd.DataFrame(self)  # as it is now
        made.attrs = dict(self.attrs)
        return made

    def __repr__(self):
        """The table to be read."""
        return str(self.show())

    def _told(self, lang):
        return "\n".join(self._sentences(lang))

    @property
    def _of_offers(self):
        return (self._table["term"] == TAKE_UP).any()

    def _sentences(self, lang):
        """The verdict, how errors were made, and what they rest on."""
        say, trial, told = in_words("trial", lang), self._trial, [self.verdict().summary(lang)]
        parts = ", ".join(self._table["method"]).split(", ")
        method = ", ".join(dict.fromkeys(parts))
        for one, text in in_words("trial_method", lang).items():
            method = method.replace(one, text)
        told.append(say["method"].format(method))
        told += told_of_take_up(self, say)[2] if self._of_offers else []
        if trial.alone[0]:
            told.append(say["alone"].format(*trial.alone))
        if trial.arms["clusters"].min() < FEW:
            told.append(say["few"].format(FEW))
        return told


def _between(table, level):
    """Estimates with the ends of their intervals."""
    reach = reach_of(level, table["df"]) * table["std_error"]
    return table.assign(ci_low=table["estimate"] - reach, ci_high=table["estimate"] + reach)
