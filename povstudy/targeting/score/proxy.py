"""Scores from traits (proxy means tests), judged by places that they were not made from."""

from dataclasses import dataclass, replace
from functools import cached_property
from textwrap import shorten

import numpy as np
import pandas as pd

from ...base.checks import listed, need_columns, need_share
from ...base.errors import DataError
from ...base.language import in_words
from ...base.results import Result
from ...base.status import handed_on
from ...survey.estimates import Estimates, refuse_no_survey
from ...survey.survey import Survey
from ...survey.weights.pieces import need_units
from .judging import OUTCOME, judged
from .scorecard import Scorecard, made_card
from .traits import Core, coefficients, columns_of

_FIFTH = 0.2  # who is listed where neither a line nor a coverage says how many


@dataclass(frozen=True, repr=False, eq=False)
class ProxyMeans(Result):
    """A score from traits, fitted on all rows and judged by places that were left out.

    Attributes
    ----------
    formula : str
        As it was given.
    kind : str
        ``"ols"``, ``"logit"``, ``"quantile"``, or the name of the regressor.
    leave_out : list of str
        Columns of the places that were left out in turn.
    coefficients : Estimates or None
        Of the fit of all rows, with errors of the design; a regressor has none.
    survey : Survey
        The rows with their design and new columns: ``predicted``, made without the place of the
        row, and ``order``, by which the score ranks, the poorest the lowest. So
        ``ps.targeting_contest`` and others can use the score.
    places : DataFrame
        Each place with its ``fold`` and its number of households. Where there are more than ten
        places, and the fit is not by least squares, folds are ten groups of whole places.
    line : float, str, RelativeLine or None
        Below which a household is poor.
    coverage : list of float
        Shares that are listed, where nothing else is asked.
    """

    formula: str
    kind: str
    leave_out: list
    coefficients: object
    survey: Survey
    places: pd.DataFrame
    line: object
    coverage: list
    core: object

    def _main(self, lang):
        return (self.coefficients or self.quality).tidy()

    @property
    def predicted(self):
        """Prediction for each row by a model of the other places, as the left side of the formula."""
        return self.survey.rows.table["predicted"]

    @property
    def poor(self):
        """Column of the poor, where a line or the outcome tells who they are."""
        return "poor_" if "poor_" in self.survey.rows.table else None

    @cached_property
    def quality(self):
        """How well predictions agree with the outcome, in sample and in places left out.

        Estimates: for each ``sample`` (*in sample*, *out of sample*) the terms ``R2`` (1 minus the
        squared error over that of the mean: it can be below 0), ``rank correlation`` (Spearman),
        ``calibration intercept`` (mean outcome minus mean prediction) and ``calibration slope``
        (of the outcome on the prediction; 1 is right).
        """
        scores = {"in sample": ("fitted_", "fitted_"), "out of sample": ("predicted", "order")}
        return judged(self.survey, scores, column="sample")

    def tidy(self, level=0.95):
        """Table of the coefficients, as of `Estimates.tidy`."""
        if self.coefficients is None:
            raise DataError("This regressor has no coefficients.", found=self.kind,
                            remedy="score.quality.tidy()  # how well it predicts")  # fmt: skip
        return self.coefficients.tidy(level)

    def errors(self, coverage=None) -> Estimates:
        """Estimate whom a list by the score would miss, in places it was not made from.

        Parameters
        ----------
        coverage : float or sequence of float, optional
            Shares of the population that are listed; without it those of `proxy_means`.

        Returns
        -------
        Estimates
            For each ``coverage`` the terms ``inclusion error of the listed``, ``exclusion error of
            the poor``, ``mistargeted`` and ``auc``, as of `targeting_errors` and `auc`. Poor is
            who is below the line; without a line, who is among as many poorest as are listed.
            The cut-off of the list is estimated, and errors say so; the model is taken as it is.
        """
        scores = {"score": ("predicted", "order")}
        return judged(self.survey, scores, poor=self.poor, fit=False, column=None,
                      coverage=self.shares(coverage))  # fmt: skip

    def shares(self, coverage=None):
        """Shares that are listed: those asked for, else those that were set."""
        return self.coverage if coverage is None else _shares(coverage)

    def score(self, table):
        """Predict for new households, by the fit of all rows.

        Parameters
        ----------
        table : DataFrame
            The traits of the formula: of another year, or of another county's file.

        Returns
        -------
        Series
            ``predicted``, on the scale of the left side of the formula. Where the survey drops
            rows with missing values, households without a trait have none.

        Raises
        ------
        DataError
            If a trait is missing, or has a level that the fit has not seen.
        """
        core = self.core
        need_columns(table, core.right.columns)
        known = table[core.right.columns].notna().all(axis=1).to_numpy()
        known = known if self.core.drops else np.ones(len(table), dtype=bool)
        made = pd.Series(np.nan, table.index, name="predicted")
        made[known] = core.whole.predict(core.right.of(table[known]))
        return handed_on(made, self.survey)

    def drift(self, other, coverage=None, *, line=None) -> Estimates:
        """Estimate what the score is worth in another year, or in another file.

        Parameters
        ----------
        other : DataFrame or Survey
            Households with the outcome, the traits and the places that are left out. A table has
            the columns of the same design, and units of one name are the same units, as in a
            panel; a Survey of its own was drawn apart.
        coverage : float or sequence of float, optional
            As for `errors`.
        line : float, str or RelativeLine, optional
            The line there, where it is another.

        Returns
        -------
        Estimates
            The terms of `quality` and of `errors` for the ``sample`` *here*, in places left out,
            and *there*: households of a known place are predicted without that place too, so
            that what differs is the year. ``.contrast("sample", "there", "here")`` is the drift.
        """
        core, own = self.core, self.survey
        need_units(own)
        apart = isinstance(other, Survey)
        if apart and other.layout != own.layout:
            raise DataError("Both surveys have the same columns of weights, strata and units.",
                            where="argument other", found=repr(other),
                            remedy="rename the columns of its design, or give the table alone")  # fmt: skip
        if "sample" in own.layout.names:
            raise DataError("A column of the design bears a name that the drift gives.", where="column sample",
                            found="sample", remedy="give it another name where the table is made")  # fmt: skip
        line = self.line if line is None else line
        needed = [*core.needed, *self.leave_out]
        if apart:
            there = other.in_memory([*needed, *columns_of(line)])
        else:
            need_columns(other, needed)
            there = own.reopened(other, missing="drop" if core.drops else "refuse")
        made = core.elsewhere(there, line)
        if ("poor_" in made) != (self.poor is not None):
            raise DataError("Who is poor is told there and not here, or here and not there.",
                            where="argument line", found=f"{line!r}; of the score: {self.line!r}",
                            remedy="a line, or a mark, of both: make the score so too")  # fmt: skip
        replicates = () if own.replicates is None else own.replicates.columns
        kept = (*own.layout.names, *replicates, *OUTCOME, "predicted", "order", *listed(self.poor))
        kept = [*dict.fromkeys(kept)]
        both = pd.concat([own.rows.table[kept].assign(sample="here"),
                          made[kept].assign(sample="there")], ignore_index=True)  # fmt: skip
        layout = own.layout
        if apart:
            layout = replace(layout, strata=(*layout.strata, "sample"))
        svy = own.reopened(handed_on(both, own), layout, missing="drop")
        scores = {"score": ("predicted", "order")}
        return judged(svy, scores, poor=self.poor, coverage=self.shares(coverage),
                      by=("sample",), column=None)  # fmt: skip

    def scorecard(self, points=100, traits=None) -> Scorecard:
        """Make an integer scorecard of the score, that a village committee can add up by hand.

        Parameters
        ----------
        points : int
            What the poorest answers add up to.
        traits : int or list of str, optional
            Columns to ask for; or how many, which are then chosen one by one, each time the one
            that explains most beside the others. Ten without it.

        Returns
        -------
        Scorecard

        Notes
        -----
        Traits of numbers are cut into four bands at most. The kind of the score is fitted to the
        answers (a regressor's card by least squares); points are the coefficients, shifted so
        that none is below 0, scaled and rounded: the more points, the poorer. Choice, fit and
        rounding are made anew without each fold, and judged there.
        """
        return made_card(self, points, traits)

    def summary(self, lang="en"):
        """Say first what the score is worth out of its places, beside what it seems worth.

        Parameters
        ----------
        lang : {"en", "zh"}
            English or Chinese.

        Returns
        -------
        str
        """
        say = in_words("proxy_means", lang)
        table = self.quality.tidy().set_index(["term", "sample"])
        out, own = (table.loc[("R2", one)] for one in ("out of sample", "in sample"))
        rank = table.loc[("rank correlation", "out of sample")]
        places, folds = len(self.places), self.places["fold"].nunique()
        lines = [
            say["r2"].format(out=out, own=own, places=", ".join(self.leave_out), rank=rank),
            say["honest"],
        ]
        errors = self.errors().tidy().set_index(["coverage", "term"])
        for c in self.coverage:
            here = errors.loc[c]
            told = {name.split()[0]: here.loc[name] for name in here.index}
            key = "errors" if self.poor else "poorest"
            lines.append(say[key].format(coverage=100 * c, **{
                f"{name}_{end}": (1 if name == "auc" else 100) * row[end]
                for name, row in told.items() for end in ("estimate", "ci_low", "ci_high")
            }))  # fmt: skip
        lines.append(say["made"].format(
            kind=say.get(self.kind, self.kind), n=out["n"], traits=len(self.core.right.columns), places=places,
            formula=shorten(self.formula, 90, placeholder=" …"), dropped=self.quality.dropped,
        ))  # fmt: skip
        if folds < places:
            lines.append(say["folds"].format(folds=folds))
        return "\n".join(lines)


def _shares(coverage):
    """Shares that are listed, each once."""
    for one in (asked := listed(coverage)) or [None]:
        need_share("coverage", one, 0.3)
    return [*dict.fromkeys(map(float, asked))]


def proxy_means(svy, formula, *, leave_out, kind="ols", quantile=0.5, line=None, coverage=None):
    """Make a score of households from traits, judged by places that it was not made from.

    Parameters
    ----------
    svy : Survey
        With its design.
    formula : str
        Outcome and traits: ``"log(consumption) ~ rooms + C(roof)"``; the outcome is a column or a
        function of one, or a mark of 1 for the poor.
    leave_out : str or list of str
        Columns of places, such as ``"district"``: each is predicted by a model of the others.
    kind : {"ols", "logit", "quantile"} or regressor
        Least squares; a logit of being poor (the outcome is a mark, or below ``line``); a
        quantile regression; or an object with ``fit(X, y, sample_weight=)`` and ``predict(X)``, as
        of scikit-learn, which is copied, not changed.
    quantile : float
        Which quantile.
    line : float, str or RelativeLine, optional
        Poor is who has less, as for `poverty`. With a line of each place (a column) a list takes
        who is predicted to be furthest below it.
    coverage : float or sequence of float, optional
        Shares of the population that are listed; without it as many as are poor, or, without a
        line, a fifth.

    Returns
    -------
    ProxyMeans

    Raises
    ------
    DataError
        If the outcome is among the traits, or a trait is the outcome under another name
        (correlation, of values or ranks, above .999); if an outcome has no logarithm; if a trait
        is missing (see ``missing`` of `Survey`), constant or made of others; if there is one place,
        or a level of a trait is known from one place alone.

    Notes
    -----
    Coefficients have linearised errors of the design (Binder 1983); of quantiles with the density
    at zero by a kernel (Powell 1991). R2, errors, area and rank correlations are those of
    predictions for places left out, with the error of drawing households; the models are taken as
    they are. They speak of the places of the survey; for places at large, make the place the unit
    (``psu``). In sample a formula looks better than it is, the more so the more traits it has, and
    the more places differ: a list is drawn up where nobody was interviewed.

    References
    ----------
    Grosh, M., Baker, J. (1995), Proxy means tests for targeting social programs, World Bank LSMS
    working paper 118. Alatas, V. et al. (2012), Targeting the poor: evidence from a field
    experiment in Indonesia, American Economic Review 102. Roberts, D. et al. (2017),
    Cross-validation strategies for data with temporal, spatial, hierarchical, or phylogenetic
    structure, Ecography 40. Binder, D. (1983), On the variances of asymptotically normal
    estimators from complex surveys, International Statistical Review 51.

    Examples
    --------
    >>> import numpy as np, pandas as pd, povstudy as ps
    >>> rng = np.random.default_rng(1)
    >>> table = pd.DataFrame({"district": np.arange(400) % 8, "rooms": rng.integers(1, 5, 400),
    ...                       "radio": rng.integers(0, 2, 400)})
    >>> place = rng.normal(0, 0.2, 8)[table["district"]]
    >>> table["consumption"] = np.exp(5 + 0.2 * table["rooms"] + 0.3 * table["radio"] + place
    ...                               + rng.normal(0, 0.3, 400))
    >>> score = ps.proxy_means(ps.Survey(table, psu="district"), "log(consumption) ~ rooms + radio",
    ...                        leave_out="district", line=250)
    >>> score.quality.tidy().query("term == 'R2'")[["sample", "estimate"]].round(2).values.tolist()
    [['in sample', 0.38], ['out of sample', 0.32]]
    """
    refuse_no_survey(svy)
    core = Core(svy, formula, kind, quantile, line, leave_out)
    core.fit()
    if not listed(coverage):
        poor = _FIFTH if core.poor is None else np.average(core.poor, weights=core.w)
        coverage = round(float(poor), 4)
    made = None if core.slopes is None else coefficients(core.survey, core)
    return ProxyMeans(
        formula, core.name, core.leave_out, made, core.survey, core.places, line,
        _shares(coverage), core,
    )  # fmt: skip
