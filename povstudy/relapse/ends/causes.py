"""A hazard model for each of several ends, and the share of households that comes to each."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ...base.checks import need_whole
from ...base.ends import ends_of
from ...base.errors import DataError
from ...base.results import Result
from ...base.status import handed_on
from ...survey.cells import Rows
from ..model import fitted, opened
from ..prediction import Rival, within

_MANY = 1_000  # values of a column of ends


@dataclass(frozen=True, repr=False, eq=False)
class RelapseEnds(Result):
    """Models of several ends that compete, fitted on the same household-periods.

    Attributes
    ----------
    fits : dict
        For each end, its `RelapseFit`, as ``relapse_model(..., cause=)`` gives it.
    status : str
        What the data are.
    source : object
        Where the data come from, as the table says.
    """

    fits: dict
    status: str
    source: object
    _covariance: np.ndarray = None
    _edges: np.ndarray = None

    def _main(self, lang):
        return self.hazard_ratios()

    def _stacked(self, tables, by_term=False):
        parts = [one.assign(cause=name) for name, one in tables.items()]
        made = pd.concat([one[["cause", *one.columns[:-1]]] for one in parts], ignore_index=True)
        if by_term:
            place = pd.Series(pd.factorize(made["term"])[0])
            made = made.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)
        made.attrs.update(parts[0].attrs)
        return handed_on(made, self)

    def tidy(self, level=0.95):
        """Table of the coefficients of all ends.

        Parameters
        ----------
        level : float

        Returns
        -------
        DataFrame
            ``cause`` and the columns of `RelapseFit.tidy`.
        """
        return self._stacked({name: fit.tidy(level) for name, fit in self.fits.items()})

    def hazard_ratios(self, level=0.95):
        """Hazard ratios (of logit: odds ratios) of all ends, term by term.

        Parameters
        ----------
        level : float

        Returns
        -------
        DataFrame
            ``cause`` and the columns of `RelapseFit.hazard_ratios`; the ends of a term follow
            each other.
        """
        ratios = {name: fit.hazard_ratios(level) for name, fit in self.fits.items()}
        return self._stacked(ratios, by_term=True)

    def cov(self):
        """Covariance of the coefficients of all ends, within ends and between them.

        Returns
        -------
        DataFrame
            Rows and columns by ``cause`` and ``term``.
        """
        terms = [(name, term) for name, fit in self.fits.items() for term in fit.params.index]
        names = pd.MultiIndex.from_tuples(terms, names=["cause", "term"])
        return pd.DataFrame(self._covariance, index=names, columns=names)

    def hold_last(self):
        """Let the last level of each baseline hold for all later periods; see `RelapseFit.hold_last`.

        Returns
        -------
        RelapseEnds
        """
        return replace(self, fits={name: fit.hold_last() for name, fit in self.fits.items()})

    def _of(self, name):
        """The fit of one end, with each of the others beside it by itself."""
        order = [name, *(one for one in self.fits if one != name)]
        spans = dict(zip(self.fits, zip(self._edges, self._edges[1:], strict=False), strict=True))
        at = np.concatenate([np.arange(*spans[one]) for one in order])
        parts = tuple(Rival(self.fits[one].params.to_numpy(), None, self.fits[one].baseline)
                      for one in order[1:])  # fmt: skip
        rival = Rival(covariance=self._covariance[np.ix_(at, at)], parts=parts)
        return replace(self.fits[name], rival=rival)

    def incidence(self, households, periods=5, level=0.95):
        """Share of households like each of these that has come to each end, period by period.

        Parameters
        ----------
        households : DataFrame
            Covariates of the formula, a row for each household; ``duration`` tells how many
            periods it has been out (without the column: 0, at the start).
        periods : int
            Number of periods from ``duration`` on.
        level : float
            Of the intervals, each by itself.

        Returns
        -------
        DataFrame
            ``term cause household_id`` (where it is there) ``period estimate std_error ci_low
            ci_high n method data_status``; ``period`` counts from leaving poverty. The ends of
            a household and the share without any add up to 1. `povstudy.figures.incidence_curves`
            draws one household, with ``of="ends"``.

        Raises
        ------
        DataError
            For values, levels and periods that the fit does not know, as `RelapseFit.risk`.

        Notes
        -----
        ``F_j(t)`` sums ``h_j(s) S(s - 1)`` over the periods up to t, where ``h_j`` is the hazard
        of the end j and S is the product of ``1 - h_1(s) - h_2(s) - ...``. The error is by the
        delta method, from the covariance of the coefficients of all ends.
        """
        need_whole("periods", periods, such=5)
        parts = []
        for name in self.fits:
            fit = self._of(name)
            start, z, _ = fit._asked(households, periods)
            at = np.repeat(np.arange(len(z)), periods)
            step = np.tile(np.arange(periods) + 1, len(z))
            made = within(fit, start[at], step, z[at], level)
            made["estimate"] = made.pop("risk")
            table = pd.DataFrame({
                "term": "cumulative incidence", "cause": name, "period": start[at] + step,
                **{one: made[one] for one in ("estimate", "std_error", "ci_low", "ci_high")},
                "n": fit.n, "method": fit.method, "data_status": fit.status,
            })  # fmt: skip
            if "household_id" in households:
                table.insert(2, "household_id", households["household_id"].to_numpy()[at])
            parts.append(table)
        made = pd.concat(parts, ignore_index=True)
        made.attrs["level"] = level
        return handed_on(made, self)


def relapse_ends(formula, spells, cluster=None, weight=None, link="cloglog", baseline="dummies",
                 missing=None, household="household_id"):  # fmt: skip
    """Fit a hazard model for each of several ends that compete: fell back, moved away, died.

    Parameters
    ----------
    formula, cluster, weight, link, baseline, missing, household
        As for `relapse_model`; all ends have the same formula and kind of baseline.
    spells : DataFrame or Survey
        As for `relapse_model`; ``event`` says how a spell ended, in words or numbers, and is
        blank, 0 or ``"censored"`` where the household was still out when last seen.

    Returns
    -------
    RelapseEnds
        ``.hazard_ratios()`` of all ends, ``.incidence(households, periods)``, ``.fits``.

    Raises
    ------
    DataError
        If spells end in one way alone; and as `relapse_model`, of each end.

    Notes
    -----
    The hazard of an end is the share that comes to it in a period, of those who have come to none
    so far; other ends stop observation (Prentice and others 1978). It tells *why* households come
    to an end. *How many* do follows from the hazards of all ends together: what keeps households
    from moving away leaves more of them to fall back. `fine_gray` has a model of that share.

    The coefficients of all ends have one covariance, from the influences of each cluster on all
    of them. Late entry and covariates that change are as in `relapse_model`.

    References
    ----------
    Prentice, R. et al. (1978), The analysis of failure times in the presence of competing risks,
    Biometrics 34. Tutz, G., Schmid, M. (2016), Modeling Discrete Time-to-Event Data, Springer.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> spells = pd.DataFrame({"household_id": range(8), "entry": 0, "help": list("aabbaabb"),
    ...                        "exit": [1, 2, 1, 2, 3, 3, 3, 3],
    ...                        "event": ["fell", "moved", "moved", "fell", "fell", "", "", "moved"]})
    >>> ends = ps.relapse_ends("help", spells, baseline="constant")
    >>> ends.hazard_ratios()[["cause", "term", "hazard_ratio"]].round(2).values.tolist()
    [['fell', 'help[T.b]', 0.47], ['moved', 'help[T.b]', 2.13]]
    >>> ends.incidence(spells.head(1), 2)[["cause", "period", "estimate"]].round(2).values.tolist()
    [['fell', 1, 0.22], ['fell', 2, 0.37], ['moved', 1, 0.11], ['moved', 2, 0.19]]
    """
    _, table, _ = opened(spells, cluster, weight, missing, household)
    table.need(["event"])
    in_memory = isinstance(table, Rows)
    event = table.key("event") if in_memory else table.distinct(["event"], None, _MANY)["k0"]
    _, causes = ends_of(event, "event", table.place if in_memory else None)
    if len(causes) < 2:
        raise DataError("Spells end in one way alone: nothing competes.", where="column event",
                        found=", ".join(causes) or "no end",
                        remedy=f"ps.relapse_model({formula!r}, spells)")  # fmt: skip
    fits = {
        name: fitted(formula, spells, cluster, weight, link, baseline, None, name, missing, household,
                     beside=len(causes) > 2)
        for name in causes
    }  # fmt: skip
    edges = np.cumsum([0, *(len(fit.params) for fit in fits.values())])
    first = next(iter(fits.values()))
    units = [fit.rival.influences for fit in fits.values()]
    joint = replace(units[0], scores=np.hstack([one.scores for one in units]))
    covariance = joint.around(np.eye(edges[-1]), first.n)
    if len(causes) == 2:  # each is all that competes with the other
        one, two = fits.values()
        both = np.roll(covariance, len(two.params), axis=(0, 1))  # the second first
        made = _beside(one, two, covariance), _beside(two, one, both)
        fits = dict(zip(fits, made, strict=True))
    errors = np.concatenate([fit.std_errors for fit in fits.values()])
    own = errors / np.sqrt(np.diagonal(covariance))  # each model counts its own coefficients
    covariance = own[:, None] * covariance * own
    return RelapseEnds(fits, first.status, first.source, covariance, edges)


def _beside(fit, other, covariance):
    """The fit of an end, with that of the only other end beside it."""
    rival = replace(fit.rival, params=other.params.to_numpy(), covariance=covariance, baseline=other.baseline)  # fmt: skip
    return replace(fit, rival=rival)
