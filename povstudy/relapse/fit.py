"""What a fitted model of relapse tells: the risk of a household, hazard ratios, survival."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from ..base.checks import need_whole
from ..base.errors import DataError
from ..base.results import Result, as_ratios
from ..base.status import handed_on
from ..survey.models.formulas import household_of
from ..survey.shares import reach_of
from .checks.paths import along, designed
from .frailty import NAME
from .kept.doors import Kept
from .links import LINKS
from .prediction import in_memory, past_of, within, written
from .risks import PLACES
from .told import summary

_HOLDS = "  # in ps.relapse_model: its last level then holds for all later periods"


@dataclass(frozen=True, repr=False, eq=False)
class RelapseFit(Kept, Result):
    """A fitted model of relapse.

    Attributes
    ----------
    params : Series
        Coefficients: of the baseline first, then of the formula.
    n, events, clusters : int
        Household-periods at risk, events, and independent units.
    population : float
        Sum of the weights of the household-periods.
    df : float
        Degrees of freedom of intervals.
    loglik : float
        Log-likelihood; of weighted rows a pseudo-log-likelihood, that compares nothing.
    link : str
        ``"cloglog"`` or ``"logit"``.
    baseline : Baseline
        How the hazard moves with duration.
    formula : Formula
        With the levels it was fitted on.
    method : str
        Link and kind of errors.
    status : str
        What the data are.
    excluded : dict
        Rows left out, by reason; and households that fell back at a time that is not known.
    weighted : bool
        Whether rows have weights.
    source : object
        Where the data come from, as the table says.
    frailty : Frailty or None
        Variance of what is shared and not seen, and its test; its log is the last coefficient.
    others : tuple of str
        Ends that competed with the one that was fitted.
    cause : str, int or None
        The end that was asked for.
    rival : Rival or None
        The hazard of the others together, fitted beside.
    profile : Penalised or None
        The penalised likelihood, of which intervals and tests of the coefficients are profiles.
    seen : Seen or None
        What the rows were like: ranges of covariates, the last period, its step.
    offset : str or None
        Column that is added to the linear predictor.
    """

    params: pd.Series
    n: int
    events: int
    clusters: int
    population: float
    df: float
    loglik: float
    link: str
    baseline: object
    formula: object
    method: str
    status: str
    excluded: dict
    weighted: bool
    source: object
    frailty: object = None
    others: tuple = ()
    cause: object = None
    rival: object = None
    profile: object = None
    seen: object = None
    offset: str | None = None
    _made: dict | None = None
    _covariance: dict = field(default_factory=dict)
    _means: np.ndarray = None
    _figures = {"hazard_ratios": "hazard_ratios"}  # noqa: RUF012

    @property
    def aic(self):
        """Akaike's criterion; not a number where rows are weighted or the likelihood penalised."""
        return np.nan if self.weighted or self.profile else 2 * len(self.params) - 2 * self.loglik

    def cov(self, information=None):
        """Covariance of the coefficients.

        Parameters
        ----------
        information : {"observed", "expected"}
            The matrix around the products of scores; without it observed, of a penalised
            likelihood expected.

        Returns
        -------
        DataFrame
        """
        information = information or next(iter(self._covariance))
        if information not in self._covariance:
            raise DataError("There is no such information.", found=information,
                            remedy=f"one of {list(self._covariance)}")  # fmt: skip
        names = self.params.index
        return pd.DataFrame(self._covariance[information], index=names, columns=names)

    @property
    def std_errors(self):
        """Standard errors of the coefficients."""
        variances = np.diagonal(next(iter(self._covariance.values())))
        return pd.Series(np.sqrt(variances), self.params.index, name="std_error")

    def _ends(self, level):
        """Lower and upper ends of the intervals of the coefficients."""
        if self.profile is not None:
            return np.transpose(self.profile.intervals(level))
        params, reach = self.params.to_numpy(), reach_of(level, self.df) * self.std_errors
        return params - reach.to_numpy(), params + reach.to_numpy()

    @property
    def pvalues(self):
        """P-values of coefficients of zero: of a penalised likelihood by its ratio."""
        if self.profile is None:
            return super().pvalues
        made = self.profile.p_values(np.arange(len(self.params)))
        return pd.Series(made, self.params.index, name="p_value")

    def tidy(self, level=0.95):
        """Table of the coefficients.

        Parameters
        ----------
        level : float

        Returns
        -------
        DataFrame
            ``term estimate std_error ci_low ci_high n population df method data_status``.
        """
        low, high = self._ends(level)
        made = pd.DataFrame({
            "term": self.params.index, "estimate": self.params.to_numpy(),
            "std_error": self.std_errors.to_numpy(), "ci_low": low, "ci_high": high, "n": self.n,
            "population": self.population, "df": self.df, "method": self.method,
            "data_status": self.status,
        })  # fmt: skip
        return self._signed(made, level)

    def _signed(self, table, level=None):
        if level is not None:
            table.attrs["level"] = level
        return handed_on(table, self)

    def hazard_ratios(self, level=0.95):
        """Hazard ratios (of logit: odds ratios) of the covariates.

        Parameters
        ----------
        level : float

        Returns
        -------
        DataFrame
            ``term variable level reference``, ``hazard_ratio`` or ``odds_ratio``,
            ``ci_low ci_high p_value n df method data_status``. The p-value is that of a ratio
            of 1.
        """
        inside = self.formula.names
        table = self.tidy(level).set_index("term").loc[inside].reset_index()
        keys = table[["term"]].join(self.formula.levels())
        made = as_ratios(table, keys, LINKS[self.link].ratio)
        if self.profile is not None:
            places = np.arange(len(inside)) + len(self.baseline.names)
            made["p_value"] = self.profile.p_values(places)
        return self._signed(made, level)

    def summary(self, lang="en"):
        """Tell the fit in text.

        Parameters
        ----------
        lang : {"en", "zh"}
            The language.

        Returns
        -------
        str
        """
        return summary(self, lang)

    def _told(self, lang):
        return self.summary(lang).split("\n\n")[0]

    # Prediction.

    def risk(self, households, horizon=3, level=0.95, history=None, path=None, into=None):
        """Chance that each household falls back within the next periods.

        Parameters
        ----------
        households : DataFrame, or with ``into`` a path or table of an engine
            Covariates of the formula, a row for each household; ``duration`` tells how many
            periods it has been out (without the column: 0, at the start).
        horizon : int
            Number of periods.
        level : float
            Of the intervals.
        history : DataFrame, optional
            After a fit with frailty, the earlier spells of these households, as rows of the
            spells that were fitted (``household_id entry exit event`` and the covariates). With
            ``spell`` in both tables, those with a lower number count; without it, all. The
            spell that a household is in counts by its ``duration``.
        path : dict or DataFrame, optional
            Covariates that change: for each column its values in the next periods, the same for
            all (``{"help": [1, 1, 0]}``); or rows ``household_id period`` (1 is the next) with
            such columns. All others stay as they are.
        into : path, optional
            Write the risks to this Parquet file, past memory: rows that are alike are asked once.

        Returns
        -------
        DataFrame, or path
            ``household_id county township village`` (where they are there) ``duration horizon risk
            std_error ci_low ci_high``, in the order of the rows (in a file: in any); and ``without_falls``, where there are any: how
            many of these periods are of the last ones, in which nobody was seen to fall back.

        Raises
        ------
        DataError
            For values and levels that the fit does not know, and for periods after the last
            one seen, where the baseline says nothing of them; after a fit with frailty for
            second and later spells (``spell`` above 1) without their ``history``; and where the
            hazard of ends that competed could not be fitted, or was with frailty.

        Notes
        -----
        After a fit of one ``cause`` among several, the risk is the cumulative incidence: who
        ends otherwise is out of it. The hazard of all other ends together is fitted beside, by
        the same formula and kind of baseline, and the error is of both.

        After a fit with frailty of variance theta, a household with m earlier falls that survived
        a hazard of A has a frailty near to gamma with shape 1/theta + m and rate 1/theta + A, and
        exactly so but for falls being known by their period; the risk is the mean over it.

        Covariates stay as they are over the horizon, or go along ``path``: a path that is stated,
        not predicted; a baseline of the past holds beside it. Errors by the delta method, intervals on
        the scale of the log of the cumulative hazard, so they keep between 0 and 1. Last
        periods without events add nothing to a risk, and their bound to its upper end.
        """
        need_whole("horizon", horizon, such=3)
        if into is not None:
            return written(
                self, households, into, horizon=horizon, level=level, history=history, path=path
            )
        start, z, past = self._asked(households, horizon, history)
        path = None if path is None else along(self, in_memory(households), path, horizon)
        made = within(self, start, np.full(len(z), horizon), z, level, past, path=path)
        table = pd.DataFrame({"duration": start, "horizon": int(horizon), **made})
        quiet = self.baseline.quiet
        late = np.clip(start + horizon + 1 - quiet, 0, horizon) if quiet else np.zeros(len(z), int)
        if late.any():
            table["without_falls"] = late
        for name in reversed(("household_id", *PLACES)):
            if name in households:
                table.insert(0, name, households[name].array)
        if undated := self.excluded.get("undated falls"):
            table.attrs["undated"] = undated
        return self._signed(table, level)

    def survival(self, households, periods, level=0.95, history=None, path=None):
        """Chance that each stated household is still out of poverty, period by period.

        Parameters
        ----------
        households : DataFrame
            As for `risk`.
        periods : int
            Number of periods from ``duration`` on.
        level : float
            Of the intervals, each by itself.
        history, path
            As for `risk`.

        Returns
        -------
        DataFrame
            ``household_id duration survival std_error ci_low ci_high``, from the period where
            it stands (1 by definition) on. Where other ends competed with the one fitted:
            without an end of any kind; ``risk`` is the chance of the one fitted up to then.
        """
        need_whole("periods", periods, such=5)
        start, z, past = self._asked(households, periods, history)
        at = np.repeat(np.arange(len(z)), periods + 1)
        step = np.tile(np.arange(periods + 1), len(z))
        if past is not None:
            past = replace(past, link=past.link[at])
        asked, more = (start[at], step, z[at], level), {}
        if path is not None:
            more["path"] = along(self, in_memory(households), path, periods)[at]
        made = within(self, *asked, past, any_end=True, **more)
        table = pd.DataFrame({
            "duration": start[at] + step, "survival": 1 - made["risk"],
            "std_error": made["std_error"], "ci_low": 1 - made["ci_high"],
            "ci_high": 1 - made["ci_low"],
        })  # fmt: skip
        if self.others:
            table["risk"] = within(self, *asked, **more)["risk"]
        if "household_id" in households:
            table.insert(0, "household_id", households["household_id"].to_numpy()[at])
        return self._signed(table, level)

    def check(self, by=None, groups=5, level=0.95):
        """Check the fit against the rows it was made of: what it takes for granted, and what moves it.

        Parameters
        ----------
        by : str, optional
            Column of the spells; observed and expected falls are set side by side for each value.
        groups : int
            Groups of about the same number of household-periods by predicted hazard.
        level : float
            Of the intervals.

        Returns
        -------
        FitCheck
            ``.tidy()``, ``.summary(lang)`` (what to do), ``.dfbeta`` (what each unit moves).

        Raises
        ------
        DataError
            After ``penalty=``, ``frailty=`` or `load_model`, which have no rows of independent
            units at hand; if the rows were changed since.

        Notes
        -----
        *Effects that move with time out*: score tests of a product of each covariate and the log of
        the period, by cluster; ``estimate`` is the first Newton step of its coefficient. *Observed and
        expected falls*: their difference in each group, with the part that goes through the
        coefficients. *Influence*: one-step dfbeta of each unit, in standard errors of the fit: their squares are
        shares of its variance. A unit is named that moves one by more than 0.5 of them, of few units
        more than three over the root of their number. The tests have
        the covariance of the fit (clusters or design), as Hotelling's T-squared; of several terms
        Holm's method adjusts the p-values.

        References
        ----------
        Grambsch, P., Therneau, T. (1994), Proportional hazards tests and diagnostics based on weighted
        residuals, Biometrika 81. Boos, D. (1992), On generalized score tests, The American
        Statistician 46. Archer, K., Lemeshow, S. (2006), Goodness-of-fit test for a logistic regression
        model fitted using survey sample data, Stata Journal 6. Pregibon, D. (1981), Logistic
        regression diagnostics, Annals of Statistics 9.
        """
        from .checks.check import check

        return check(self, by, groups, level)

    def contributions(self, households):
        """What each term of the formula adds to the linear predictor of each household.

        Parameters
        ----------
        households : DataFrame
            As for `risk`.

        Returns
        -------
        DataFrame
            ``household_id`` and a column for each term, against the (weighted) mean of the
            household-periods that were fitted.
        """
        households = in_memory(households)
        z = self.formula.of(households) - self._means
        slopes = self.params[self.formula.names].to_numpy()
        table = pd.DataFrame({
            name: z[:, at] @ slopes[at] for name, at in self.formula.terms.items()
        }, index=range(len(z)))  # fmt: skip
        if "household_id" in households:
            table.insert(0, "household_id", households["household_id"].to_numpy())
        return self._signed(table)

    def hold_last(self):
        """Let the last level of the baseline hold for all later periods, of which nothing was seen.

        Returns
        -------
        RelapseFit
            The fit that ``baseline=[1, 2, ...]`` gives; one that says something of later
            periods stays as it is.

        Raises
        ------
        DataError
            If nobody fell back in the last periods: their hazard of 0 would hold on.
        """
        every = [
            self.baseline,
            *([self.rival.baseline] if self.rival and not self.rival.error else []),
        ]
        if any(one.quiet for one in every):
            raise DataError("In the last periods nobody was seen to fall back: a hazard of 0 is none to hold on.",
                            where=f"periods {max(one.quiet for one in every)} to {self.baseline.seen}",
                            remedy=f"baseline={list(self.baseline.starts)}{_HOLDS}")  # fmt: skip
        baseline, *other = (replace(one, open=True) for one in every)
        names = [*baseline.names, *self.params.index[len(baseline.names) :]]
        return replace(self, baseline=baseline, params=self.params.set_axis(names),
                       rival=replace(self.rival, baseline=other[0]) if other else self.rival)  # fmt: skip

    def _asked(self, households, periods, history=None):
        """Duration, design and past of households; refused where the model says nothing of them."""
        shared = NAME in self.params.index
        alone = self.frailty is not None
        if self.others and (alone or self.rival.error is not None):
            raise DataError(
                "Other ends compete with the one fitted, and there is no model of them: "
                + ("with a frailty none is fitted." if alone else self.rival.error.problem),
                where="cause=" if alone else f"other ends, {self.rival.error.where}",
                found=f"other ends: {', '.join(self.others[:8])}",
                remedy='frailty=None, cluster="household_id"  # in relapse_model' if alone
                else "fewer levels or terms in the formula, or a baseline of fewer groups, "
                "so that other ends can be fitted by it too",
            )  # fmt: skip
        if history is not None and self.frailty is None:
            raise DataError(
                "Only a fit with frailty uses earlier spells.", found="history=",
                remedy='frailty="gamma"  # in relapse_model; or ask without history=',
            )  # fmt: skip
        households = in_memory(households)
        z, past = designed(self, households), None
        start = np.zeros(len(z), dtype=np.int64)
        if shared and history is not None:
            past = past_of(self, households, in_memory(history))
        elif shared and "spell" in households:
            spell = pd.to_numeric(households["spell"], errors="coerce").to_numpy(dtype=float)
            self.refuse_again(households, ~(spell <= 1))
        if "duration" in households:
            given = pd.to_numeric(households["duration"], errors="coerce").to_numpy(dtype=float)
            bad = np.flatnonzero(~((given >= 0) & (given == np.floor(given))))
            if len(bad):
                raise DataError(
                    "A duration is a whole number of periods out of poverty, 0 or more.",
                    where=household_of(households, bad[0]), found=households["duration"].iloc[bad[0]],
                    remedy="0 for a household that has just left",
                )  # fmt: skip
            start = given.astype(np.int64)
        self.refuse_late(start, periods, households)
        return start, z, past

    def refuse_again(self, households, again):
        """Refuse second and later spells whose earlier ones are not known."""
        again = np.flatnonzero(again)
        if len(again):
            raise DataError(
                f"{len(again):,} rows are of second or later spells: who fell back before is more "
                "frail than the mean, and a fit with frailty needs the earlier spells.",
                where=household_of(households, again[0]),
                found=f"spell {households['spell'].iloc[again[0]]}",
                remedy="history=spells  # the rows that were fitted, with their column spell",
            )  # fmt: skip

    def refuse_late(self, start, periods, rows):
        """Refuse periods after the last one seen, where the baseline says nothing of them."""
        late = np.flatnonzero(start + periods > self.baseline.seen)
        if len(late) and not self.baseline.open:
            raise DataError(
                f"Nobody was seen at risk after period {self.baseline.seen}, and this baseline says "
                "nothing of later ones.",
                where=rows if isinstance(rows, str) else household_of(rows, late[0]),
                found=f"duration {start[late[0]]} and {periods} more periods",
                remedy=f"baseline={list(self.baseline.starts)}{_HOLDS}" if self.baseline.quiet else
                "fit = fit.hold_last()  # its last level then holds for all later ones; or fewer periods",
            )  # fmt: skip
