"""Weights that make up for households lost from a panel."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...base.checks import need_positive, need_whole
from ...base.errors import DataError
from ...base.language import in_words
from ...base.results import Result
from ...base.status import Source, handed_on
from ...survey.design import Replicates
from ...survey.models.formulas import Formula
from ...survey.models.logit import multinomial
from ...survey.models.regression import regress
from ...survey.survey import Survey
from ...survey.weights.pieces import need_units
from ...survey.weights.replication import beside, drawn_anew
from ..households import columns_of, in_order, surveyed

WEIGHT = "attrition_weight"


@dataclass(frozen=True, repr=False)
class AttritionWeights(Result):
    """Weights that make up for loss, and a report of the loss.

    Attributes
    ----------
    panel : DataFrame
        The panel that was given, with ``attrition_weight`` and, of replicates,
        ``attrition_weight_1`` and so on. Rows that are not followed without a gap from the first
        wave on have 0.
    waves : DataFrame
        For each wave after the first: ``followed`` (seen in all waves before), ``seen``,
        ``response`` (weighted share), ``least`` and ``most`` of the factor on the weight, 1 on
        average; ``design_effect`` (Kish) of the weights, and ``trimmed`` households.
    models : dict
        For each of these waves the logit of being seen: a `Regression`.
    returned, joined : int
        Rows of households that came back after a gap, and that are not in the first wave.
    survey : Survey
        The panel with these weights, with all that the design of the old one has.
    """

    panel: pd.DataFrame
    waves: pd.DataFrame
    models: dict
    returned: int
    joined: int
    survey: Survey
    status: str
    source: Source | None

    def _main(self, lang):
        return handed_on(self.waves, self)

    def _told(self, lang):
        say = in_words("attrition", lang)
        made = [say["left_out"].format(self.returned, self.joined)]
        told = self.tidy()
        strong = told[(told["ci_low"] > 1) | (told["ci_high"] < 1)]["term"].unique()
        made.append(say["tells"].format(", ".join(strong)) if len(strong) else say["tells_none"])
        made.append(say["replicates" if self.survey.replicates is not None else "fixed"])
        return "\n".join([*made, say["seen"]])

    def tidy(self, level=0.95):
        """What tells loss: odds ratios of being seen again, by wave.

        Parameters
        ----------
        level : float
            Of the intervals.

        Returns
        -------
        DataFrame
            ``wave term estimate ci_low ci_high p_value n df method data_status``.
        """
        parts = [one.exponentiated(level).assign(wave=at) for at, one in self.models.items()]
        made = pd.concat(parts, ignore_index=True).rename(columns={"odds_ratio": "estimate"})
        made.insert(0, "wave", made.pop("wave"))
        made.attrs["level"] = level
        return handed_on(made, self)


def attrition_weights(
    panel, formula, *, trim=None, draws=0, seed=0, household="household_id", time="year"
):
    """Make weights that make up for households lost from a panel.

    Parameters
    ----------
    panel : Survey or table
        A row for each household and wave in which it was seen; a table takes its design from the
        columns ``weight``, ``stratum`` and ``psu`` that it has.
    formula : str
        What tells who is lost, as it was in the wave before: ``"poor + size + C(region)"``; see
        `regress`.
    trim : float, optional
        Greatest factor on a weight, of which the mean is 1: larger ones are cut to it, and
        counted. Without it none is cut.
    draws : int
        Bootstrap samples of the sampling units (of households, where the survey names none), in
        each of which the weights are made anew: errors of the survey then know that they are
        estimated. A survey with replicate weights has them all made anew, and needs none.
    seed : int
    household, time : str
        Columns of the household and the wave.

    Returns
    -------
    AttritionWeights
        ``.survey`` is the panel with its new weights, ready for every measure; ``.panel`` the
        table; ``.waves`` tells response and weights by wave, ``.tidy()`` what tells loss.

    Raises
    ------
    DataError
        If a group was lost wholly (no weight makes up for it), nobody was lost, a covariate is
        missing, or a household is there twice in a wave.

    Notes
    -----
    Of the households that were seen in the first wave and in all waves up to t - 1, a logit with
    the weights of the survey gives the chance to be seen in t by what was seen in t - 1. The
    weight in t is that of the first wave over the product of these chances, scaled so that the
    total stays that of the first wave (which makes a stabilised weight the same). Households that
    return after a gap, or come later, have weight 0 and are told: their chances are not those of
    the product.

    What makes up for loss is what was seen: where of two households alike in the formula the one
    that falls back is lost more often, the rate stays wrong. How far, is in
    ``benchmarks/attrition_coverage.csv``. Households that died or left the place of the study are
    not lost: take them out before.

    References
    ----------
    Fitzgerald, J., Gottschalk, P., Moffitt, R. (1998), An analysis of sample attrition in panel
    data, Journal of Human Resources 33. Robins, J., Rotnitzky, A., Zhao, L. (1995), Analysis of
    semiparametric regression models for repeated outcomes in the presence of missing data,
    Journal of the American Statistical Association 90. Kish, L. (1992), Weighting for unequal Pi,
    Journal of Official Statistics 8.

    Examples
    --------
    Of four poor households two are seen again, of four others all but one:

    >>> import pandas as pd, povstudy as ps
    >>> first = pd.DataFrame({"household_id": range(8), "year": 2020, "poor": [1, 0] * 4})
    >>> then = first.assign(year=2021).iloc[[0, 1, 2, 3, 5]]
    >>> made = ps.attrition_weights(pd.concat([first, then]), "poor")
    >>> made.panel.query("year == 2021")["attrition_weight"].round(3).tolist()
    [2.0, 1.333, 2.0, 1.333, 1.333]
    """
    if trim is not None:
        need_positive("trim", trim, 5, least=1)
    need_whole("draws", draws, 2 if draws == 1 else 0, such=200)
    need_whole("seed", seed, 0)
    svy = surveyed(panel)
    need_units(svy)
    names = [household, time]
    svy.rows.need(names)
    Formula(formula, svy.rows.columns, intercept=True)  # refused before anything is read
    svy = svy.in_memory(svy.rows.columns)
    table = columns_of(svy, svy.rows.columns)
    if own := [one for one in table if str(one).startswith(WEIGHT)]:
        raise DataError("The panel has such weights already.", where=f"column {own[0]}", found=own[0],
                        remedy=f"panel = panel.drop(columns={own!r})")  # fmt: skip
    followed = _Followed(svy, table, names)
    steps = [_Step(svy, table, formula, followed, at, time) for at in range(1, len(followed.waves))]
    own, weights, scale, df = followed.weights(svy.weights), (), None, None
    if svy.replicates is not None or draws:
        first = table.iloc[followed.row[:, 0]].reset_index(drop=True)
        weights, scale, df = drawn_anew(svy.reopened(first), max(draws, 1), seed)
    factor, trimmed = _factors(own, followed, steps, trim)
    columns = {WEIGHT: _placed(own, factor, followed, len(table))}
    for k, one in enumerate(weights, 1):
        made, _ = _factors(one, followed, steps, trim, anew=True)
        columns[f"{WEIGHT}_{k}"] = _placed(one, made, followed, len(table))
    given = svy.data if isinstance(svy.data, pd.DataFrame) else table
    made, layout = handed_on(beside(given, columns), svy), svy.layout
    design = {"strata": layout.strata, "psu": layout.psu or household, "fpc": layout.fpc}
    if len(weights):
        design = {"replicates": Replicates(list(columns)[1:], scales=scale.tolist(),
                                           df=min(df, len(weights) - 1))}  # fmt: skip
    new = Survey(made, weight=WEIGHT, lonely=svy.lonely, missing=svy.missing, status=svy.status,
                 codes=layout.codes, source=svy.source, **design)  # fmt: skip
    waves = _report(own, factor, trimmed, followed)
    return AttritionWeights(made, waves, {one.wave: one.fit for one in steps}, followed.returned,
                            followed.joined, new, svy.status, svy.source)  # fmt: skip


class _Followed:
    """Households of the first wave, in which waves each was seen without a gap, and their rows."""

    def __init__(self, svy, table, names):
        """Place the rows of households by wave."""
        order, code, times = in_order(table, *names)
        self.waves, wave = np.unique(times, return_inverse=True)
        if len(self.waves) < 2:
            raise DataError("One wave loses nobody.", where=f"column {names[1]}", found="1 wave",
                            remedy="a panel of two waves or more")  # fmt: skip
        row = np.full((code.max() + 1, len(self.waves)), -1)
        row[code, wave] = order
        first = row[:, 0] >= 0
        self.row = row[first]
        self.seen = np.logical_and.accumulate(self.row >= 0, axis=1)
        self.joined = int((row[~first] >= 0).sum())
        self.returned = int(((self.row >= 0) & ~self.seen).sum())

    def weights(self, weights):
        """Weight of each household in the first wave."""
        return weights[self.row[:, 0]]


class _Step:
    """From a wave to the next: covariates of who was followed so far, and who was seen again."""

    def __init__(self, svy, table, formula, followed, at, time):
        """Fit the logit with the weights of the survey."""
        self.at, self.wave = at, followed.waves[at].item()
        self.who = np.flatnonzero(followed.seen[:, at - 1] & (followed.weights(svy.weights) > 0))
        rows = followed.row[self.who, at - 1]
        self.again = followed.seen[self.who, at].astype(np.intp)
        kept = self.again.sum()
        if kept in (0, len(self.who)):
            raise DataError("A wave lost nobody, or everybody." if len(self.who) else "Nobody was followed to this wave.",
                            where=f"column {time}, wave {self.wave}", found=f"{kept:,} of {len(self.who):,} seen again",
                            remedy=f"panel = panel[panel[{time!r}] != {self.wave}]  # leaves the wave out")  # fmt: skip
        part = table.iloc[rows].reset_index(drop=True)
        self._refuse_lost(part, formula, time)
        # as in the first wave: who is followed keeps weight and unit
        base = table.iloc[followed.row[self.who, 0]].reset_index(drop=True)
        # a name that no column bears
        part = part.assign(**base[list(svy.layout.names)], **{WEIGHT: self.again})
        own = svy.reopened(part, missing="refuse")
        self.fit = regress(f"{WEIGHT} ~ {formula}", own, family="logit")
        self.x = self.fit.fit.formula.of(part)
        self.slopes = self.fit.table["estimate"].to_numpy()[None]

    def _refuse_lost(self, part, formula, time):
        """Refuse covariates that are missing, and groups of which nobody was seen again."""
        for name in Formula(formula, list(part), intercept=True).columns:
            column = part[name]
            if lacking := int(column.isna().sum()):
                raise DataError(f"{lacking:,} households that were followed have no {name} before wave {self.wave}.",
                                where=f"column {name}", found="missing",
                                remedy="fill it in, or leave it out of the formula")  # fmt: skip
            if column.nunique() > 20 and pd.api.types.is_numeric_dtype(column):
                continue
            share = pd.Series(self.again).groupby(column.to_numpy()).agg(["max", "size"])
            if lost := share.index[share["max"] == 0].tolist():
                raise DataError("A group was lost wholly: no weight makes up for it.",
                                where=f"column {name}, wave {self.wave}", found=f"{lost[0]!r}: {share['size'][lost[0]]:,} households, none seen again",
                                remedy=f"join it with another group of {name}, or leave {name} out and say so")  # fmt: skip

    def chances(self, w, anew):
        """Chances to be seen again; by other weights the logit is fitted anew."""
        slopes = self.slopes
        if anew:
            _, _, slopes = multinomial(self.x, self.again, w[self.who], start=slopes)
        return 1 / (1 + np.exp(-np.clip(self.x @ slopes[0], -30, 30)))


def _factors(w, followed, steps, trim, anew=False):
    """Factor on the weight of each household by wave, and how many were trimmed."""
    made = np.where(followed.seen, 1.0, 0.0)
    chance, trimmed = np.ones(len(w)), [0]
    for one in steps:
        chance[one.who] *= one.chances(w, anew)
        here = followed.seen[:, one.at]
        factor = np.where(here, 1 / np.maximum(chance, 1e-12), 0.0)
        factor, cut = _scaled(factor, w, here, trim)
        made[:, one.at] = factor
        trimmed.append(cut)
    return made, trimmed


def _scaled(factor, w, here, trim):
    """Factors with mean 1 over who is here, none above ``trim``; how many were cut."""
    whole, cut = w[here].sum(), np.zeros(len(w), dtype=bool)
    factor = factor * (whole / (w @ factor) if whole > 0 else 1.0)
    while trim is not None and (over := (factor > trim * (1 + 1e-9)) & here).any():
        cut |= over
        factor = np.where(cut, trim, factor)
        free = here & ~cut
        rest = w[free] @ factor[free]
        if not rest > 0:
            break
        factor = np.where(free, factor * ((whole - trim * w[cut].sum()) / rest), factor)
    return factor, int(cut.sum())


def _placed(w, factor, followed, rows):
    """Weights of the rows of the panel: the total of each wave is that of the first."""
    made, each = np.zeros(rows), w[:, None] * factor
    each = each * (w.sum() / each.sum(axis=0))
    made[followed.row[followed.seen]] = each[followed.seen]
    return made


def _report(w, factor, trimmed, followed):
    """What is told of each wave after the first."""
    here, each = followed.seen & (w > 0)[:, None], w[:, None] * factor
    seen, whole, of = here.sum(axis=0), w @ here, np.where(here, factor, np.nan)
    table = pd.DataFrame({
        "wave": followed.waves, "followed": np.roll(seen, 1), "seen": seen,
        "response": whole / np.roll(whole, 1), "least": np.nanmin(of, axis=0), "most": np.nanmax(of, axis=0),
        "design_effect": seen * (each**2).sum(axis=0) / each.sum(axis=0) ** 2, "trimmed": trimmed,
    })  # fmt: skip
    return table[1:].reset_index(drop=True)
