"""Exits and returns together: hazards with a factor that both share, and the years poor that follow."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ...base.checks import need_whole
from ...base.columns import same_keys
from ...base.errors import DataError, DesignError
from ...base.language import told, words
from ...base.results import Result, as_ratios
from ...base.status import STATUSES, handed_on, source_of, status_of
from ...panels.households import columns
from ...survey.cells import Layout, Rows
from ...survey.estimates import Estimates
from ...survey.models.formulas import Formula
from ...survey.shares import reach_of
from ...survey.survey import Survey
from ..baselines import baseline_of
from ..frailty import first_seen_late, household_weights, slopes
from ..likelihood import Model, counted
from ..links import LINKS
from ..model import opened
from ..rows import read_rows
from .joint import _REMEDY, Joint
from .years import seen_years, years_ahead

HAZARDS = ("leaving", "falling back")


def exits_and_returns(formula, spells_out, spells_poor, *, cluster=None, weight=None, baseline="log",
                      household="household_id", missing=None):  # fmt: skip
    """Fit the hazards of leaving poverty and of falling back, with an unseen factor that both share.

    Parameters
    ----------
    formula : str
        Covariates of both hazards, such as ``"help + C(region)"``; each has its own coefficients.
    spells_out, spells_poor : DataFrame or Survey
        Spells of the same panel, of ``ps.spells(panel)`` and ``ps.spells(panel, of="poor")``, with
        the covariates. Spells whose start was not seen are left out and counted. A Survey brings
        weights, strata and units, and then both are one.
    cluster, weight : str, optional
        Columns of units for the errors (without one, households), and of weights: one for a
        household.
    baseline : str or list of int
        Of both hazards, as of `relapse_model`; after the last period seen its last level (or its
        curve) holds on.
    household : str
        Column of households.
    missing : {"refuse", "drop"}, optional
        Rows without a covariate, as of `relapse_model`.

    Returns
    -------
    ExitsAndReturns
        ``.hazard_ratios()``, ``.years_poor(10)``, ``.tidy()``, ``.summary(lang="zh")``;
        ``.shared`` says whether a shared factor was found, ``.p_value`` how surely.

    Raises
    ------
    DataError
        If no household has two spells, or the spells do not tell the two groups apart; and for
        what `relapse_model` refuses.

    Notes
    -----
    In period d of a spell the chance to leave it is 1 - exp(-exp(b(d) + x'b + s g)), with
    baseline, slopes and s for each of both hazards. The group g is 0 or 1, not seen, the same in
    all spells of a household: two mass points (Heckman and Singer 1984) for one factor. Its
    loading is s times the standard deviation of g. Where 30 households or more begin with each
    kind of spell, the chance of g = 1 is another for those first seen to fall and first
    seen to leave; else it is one number. So the first state is not explained: of those whose start was
    never seen, who are the most lasting, nothing is said. Covariates are those of the start of a spell.

    The test of no factor is a score test over all loadings at once; with its variance on
    the border of zero it has no chi-squared distribution, so its p-value is of 20,000 draws. With
    few spells for each household it finds little, and the groups are barely told apart: look at
    the errors, and at what the years poor are without the factor. Where the groups run away
    (nobody in one, or one that never moves) and the test finds nothing, no factor is fitted; where it
    finds one, that is refused. Errors are of scores by
    cluster or design around the observed information.

    References
    ----------
    Stevens, A. (1999), Climbing out of poverty, falling back in, Journal of Human Resources 34.
    Heckman, J., Singer, B. (1984), A method for minimizing the impact of distributional
    assumptions in econometric models for duration data, Econometrica 52. Jenkins, S. (2011),
    Changing Fortunes, Oxford.

    Examples
    --------
    Half of the households move fast, out of poverty and back into it; nobody sees which.

    >>> import numpy as np, pandas as pd, povstudy as ps
    >>> rng = np.random.default_rng(5)
    >>> fast, help = rng.random((400, 1)) < 0.5, np.arange(400)[:, None] % 2
    >>> moves = rng.random((400, 12)) < np.where(fast, 0.5, 0.1) + 0.1 * help
    >>> panel = pd.DataFrame({"household_id": np.repeat(np.arange(400), 12), "help": np.repeat(help, 12),
    ...     "year": np.tile(np.arange(2001, 2013), 400), "poor": moves.cumsum(axis=1).ravel() % 2})
    >>> both = [ps.spells(panel, of=of, covariates="help") for of in ("out", "poor")]
    >>> fit = ps.exits_and_returns("help", *both)
    >>> fit.tidy().query("hazard == 'factor'")["estimate"].round(1).tolist()
    [0.8, 0.6, 0.7]
    >>> years = fit.years_poor(5).tidy().query("term == 'mean' and start == 'just fell'")
    >>> years[["way", "estimate"]].round(2).values.tolist()
    [['shared factor', 3.3], ['each spell by itself', 3.21], ['as seen', 3.24]]
    """
    tables, layout, missing = _opened(spells_out, spells_poor, cluster, weight, missing, household)
    reads, models, held, chains = [], [], [], []
    for table in tables:
        asked = Formula(formula, table.columns)
        reads.append(read := read_rows(table, asked.columns, household, None, missing))
        models.append(_model(asked.bind(read.patterns), read, baseline))
        kept = slice(None) if read.kept is None else read.kept
        needed = columns(table, [household, "origin", *layout.strata, *layout.psu])
        held.append(needed.iloc[kept])
    known = pd.concat(same_keys(household, *(one[household] for one in held)), ignore_index=True)
    code, ids = pd.factorize(known)
    rows = [replace(read.rows, household=own)
            for read, own in zip(reads, np.split(code, [len(held[0])]), strict=True)]  # fmt: skip
    for of, one, table in zip(rows, held, HAZARDS, strict=True):
        late = first_seen_late(of, of.household)
        if len(late):
            raise DataError(
                "A spell was first seen after its start: what went before says who is left.",
                where=f"spells of {table}, household {one[household].iloc[late[0]]!r}", found=f"entry {of.entry[late[0]]}",
                remedy="ps.spells(panel) and ps.spells(panel, of='poor'), without start=",
            )  # fmt: skip
        rated = pd.DataFrame({"h": of.household, "spell": of.spell, "origin": one["origin"].to_numpy(dtype=np.int64),
                              "exit": of.exit, "event": of.event, "row": np.arange(len(of))})  # fmt: skip
        how = {"origin": "first", "exit": "max", "event": "max", "row": "first"}
        spells = rated.groupby(["h", "spell"], as_index=False).agg(how)
        chains.append(spells.assign(poor=table == HAZARDS[0]))
    chain = pd.concat(chains, ignore_index=True).sort_values(["h", "origin"], ignore_index=True)
    first = chain.drop_duplicates("h")
    twice = int((np.bincount(chain["h"]) > 1).sum())
    if twice < 2:
        raise DataError("No two households have a second spell: nothing tells what spells share.",
                        found=f"{len(ids):,} households", remedy=_REMEDY)  # fmt: skip
    weights = [one.weight for one in rows] if layout.weights else None
    weights = weights and household_weights(np.concatenate(weights), code, len(ids))
    units = _units(pd.concat(held, ignore_index=True), code, layout)
    joint = Joint(models, rows, ~first["poor"].to_numpy(), weights)
    from scipy.linalg import block_diag

    alone = [one.fit() for one in models]
    start = np.concatenate([params for params, _ in alone])
    bread = block_diag(*(np.linalg.inv(one.crossed(at[2])) for one, (_, at) in zip(models, alone, strict=True)))  # fmt: skip
    none = joint.without(start)
    plain = start, joint.scores(none)[:, : len(start)] @ bread
    statistic, p_value = joint.test(start, units.rows.unit_codes)
    before = -float(joint.objective(none)[0])
    found, shared, loglik = joint.fit(start, bread, p_value), plain, before
    excluded = Counter(reads[0].excluded)
    excluded.update(reads[1].excluded)
    if found is not None:
        top, information, loglik = found
        shared = top, joint.scores(top) @ np.linalg.inv(information)
    return ExitsAndReturns(
        text=formula, households=len(ids), twice=twice, spells=tuple(map(len, chains)),
        ends=tuple(int(one["event"].sum()) for one in chains), df=float(units.design.df), loglik=float(loglik),
        gain=float(loglik - before), statistic=statistic, p_value=p_value,
        excluded=dict(excluded), status=status_of(spells_poor),
        source=source_of(spells_poor), method=f"two-point factor, {units.design.method}", _joint=joint, _shared=shared, _plain=plain,
        _chain=chain, _units=units, _step=int(getattr(tables[0].table, "attrs", {}).get("step", 1)),
    )  # fmt: skip


def _opened(out, poor, cluster, weight, missing, household):
    """Both tables, poor first, the layout of weights and units, and what becomes of missing values."""
    made = [opened(one, cluster, weight, missing, household) for one in (poor, out)]
    (one, first, missing), (two, second, _) = made
    layout, other = (svy and svy.layout for svy in (one, two))
    if layout != other or (layout and (layout.fpc or layout.calibrated)):
        raise DesignError("Of Surveys both are one, of the same columns, without fpc or calibration.",
                          found=f"{type(poor).__name__}, {type(out).__name__}",
                          remedy='cluster="village"  # and both as tables')  # fmt: skip
    layout = layout or Layout(() if weight is None else (weight,), psu=(cluster or household,))
    for table, of, name in ((first, "poor", "spells_poor"), (second, "out", "spells_out")):
        if not isinstance(table, Rows):
            raise DataError("Spells in and out are tables in memory.", where=f"argument {name}",
                            remedy="bring them into memory: spells.df() of a relation, pd.read_parquet of a file")  # fmt: skip
        told = getattr(table.table, "attrs", {}).get("of", of)
        if told != of:
            raise DataError("These are spells of the other kind.", where=f"argument {name}", found=f"of={told!r}",
                            remedy=f"{name}=ps.spells(panel, of={of!r})")  # fmt: skip
        table.need([household, "spell", "origin", *layout.names])
    return [first, second], layout, missing


def _model(formula, read, baseline):
    """The hazard of one kind of spell; its last level holds on."""
    counts = counted(read.rows, len(read.patterns), int(read.rows.exit.max()))
    shape = baseline_of(baseline, counts)
    if shape.quiet:
        raise DataError("In the last periods no spell ended: a hazard of 0 is none to hold on.",
                        where=f"periods {shape.quiet} to {shape.seen}", found=f"baseline={baseline!r}",
                        remedy='baseline="log"')  # fmt: skip
    model = Model(formula, read.patterns, counts, replace(shape, open=True), LINKS["cloglog"])
    model.refuse()
    return model


def _units(table, code, layout):
    """The design of households: a row for each."""
    columns = [*layout.strata, *layout.psu]
    at = np.unique(code, return_index=True)[1]
    own = table[columns].iloc[at].reset_index(drop=True)
    for name in columns:
        codes = pd.factorize(table[name])[0]
        if (codes != codes[at][code]).any():
            raise DesignError("A household lies in several clusters, and its spells share a factor.", where=f"column {name}",
                              remedy="cluster= a unit of whole households")  # fmt: skip
    svy = Survey(own, strata=list(layout.strata) or None, psu=list(layout.psu))
    if svy.design.df < 1:
        raise DesignError("Errors come from differences between clusters, and there is one.",
                          where=f"column {layout.psu[-1]}", remedy="cluster= a column with many values, such as the village")  # fmt: skip
    return svy


@dataclass(frozen=True, repr=False, eq=False)
class ExitsAndReturns(Result):
    """Hazards of leaving poverty and of falling back with a shared factor; see `exits_and_returns`.

    Attributes
    ----------
    text : str
        The formula.
    households, twice : int
        Households with a spell whose start was seen, and those of them with two or more.
    spells, ends : tuple of int
        Spells in and out of poverty, and those that ended.
    df : float
        Units minus strata.
    loglik, gain : float
        Log-likelihood, and by how much it is more than without the factor.
    statistic, p_value : float
        Of the score test that nothing is shared.
    excluded : dict
        Rows left out, by reason.
    status, method : str
        Kind of data; how errors were made.
    source : object
        Where the data come from.
    """

    text: str
    households: int
    twice: int
    spells: tuple
    ends: tuple
    df: float
    loglik: float
    gain: float
    statistic: float
    p_value: float
    excluded: dict
    status: str
    method: str
    source: object = None
    _joint: object = None
    _shared: tuple = ()
    _plain: tuple = ()
    _chain: object = None
    _units: object = None
    _step: int = 1

    @property
    def n(self):
        """Spells."""
        return sum(self.spells)

    @property
    def shared(self):
        """Whether a shared factor was found."""
        return len(self._shared[0]) > len(self._plain[0])

    def _told_parts(self, params):
        """Coefficients of the columns as they are, and loadings and shares of the factor."""
        *betas, steps, share = self._joint.split(params)
        made = [model.plain() @ beta for model, beta in zip(self._joint.models, betas, strict=True)]
        if self.shared:
            chance = self._joint.chance(share)
            mean = np.average(chance, weights=self._joint.weight)
            turn = 1 if steps[0] >= 0 else -1
            made += [turn * steps * np.sqrt(mean * (1 - mean)), [mean if turn == 1 else 1 - mean]]
        return np.concatenate(made)

    def tidy(self, level=0.95):
        """Table of the coefficients, and of the factor.

        Parameters
        ----------
        level : float

        Returns
        -------
        DataFrame
            ``hazard term estimate std_error ci_low ci_high n df method data_status``. Of the
            ``factor``: its loading on the log of each hazard (a standard deviation of it more),
            and the share of the group that leaves faster.
        """
        names = [
            (one, name)
            for one, model in zip(HAZARDS, self._joint.models, strict=True)
            for name in model.names
        ]
        if self.shared:
            factor = *(f"loading on {one}" for one in HAZARDS), "share who leave faster"
            names += [("factor", name) for name in factor]
        estimate, moved = _moved(self._told_parts, *self._shared)
        error = np.sqrt(self._units.design.variance(self._units.totals(moved)))
        reach = reach_of(level, self.df) * error
        table = pd.DataFrame(names, columns=["hazard", "term"]).assign(
            estimate=estimate, std_error=error, ci_low=estimate - reach, ci_high=estimate + reach,
            n=self.n, df=self.df, method=self.method, data_status=self.status)  # fmt: skip
        table.attrs["level"] = level
        return handed_on(table, self)

    def hazard_ratios(self, level=0.95):
        """Hazard ratios of the covariates, of leaving and of falling back.

        Parameters
        ----------
        level : float

        Returns
        -------
        DataFrame
            ``hazard term hazard_ratio ci_low ci_high p_value n df method data_status``.
        """
        table = self.tidy(level)
        covariates = self._joint.models[0].formula.names
        table = table[table["term"].isin(covariates)].reset_index(drop=True)
        return handed_on(as_ratios(table, table[["hazard", "term"]], "hazard_ratio"), self)

    def years_poor(self, horizon=10):
        """How many of the next years a household is poor that has just fallen into poverty, or left it.

        Parameters
        ----------
        horizon : int
            Years; the first is the one in which it fell, or left.

        Returns
        -------
        Estimates
            The terms ``share`` (of households with so many ``years`` poor) and ``mean``, for each
            ``start`` (``"just fell"``, ``"just left"``) and ``way``: ``"shared factor"``; ``"each
            spell by itself"``, the same hazards without it; and ``"as seen"``, of those that
            were seen for the whole time, where these are 20 or more. ``.contrast("way", "shared
            factor", "each spell by itself")`` is what the second misses.

        Notes
        -----
        Each way through the years is counted by recursion over durations, for the covariates
        of each household that was seen to start so, and its chances to be of each group (after
        all that was seen of it); the mean over them is taken. Covariates stay as they are. A
        household moves the mean by its own value, and by what it moves the coefficients: errors
        hold both. Who is seen for the whole time started early: the third way is no truth for
        the first two.
        """
        need_whole("horizon", horizon, such=10)
        tables, moves, horizon = [], [], int(horizon)
        for kind, start in enumerate(("just fell", "just left")):
            years = np.arange(horizon) + 1 - kind
            kept = [*years, horizon + 1]
            for way, who, mean, moved in self._ways(kind, horizon):
                tables.append(pd.DataFrame({
                    "term": ["share"] * horizon + ["mean"], "start": start, "way": way,
                    "years": [*years, np.nan], "estimate": mean[kept],
                    "n": len(who), "population": self._joint.weight[who].sum(),
                }))  # fmt: skip
                moves.append(moved[:, kept])
        table = pd.concat(tables, ignore_index=True)
        share, n = (table["term"] == "share").to_numpy(), table["n"].to_numpy(dtype=float)
        return Estimates(table, self._units.design, self._units.totals(np.hstack(moves)), status=self.status,
                         source=self.source, shares=lambda: (share, n, n * np.minimum(table["estimate"], 1)))  # fmt: skip

    def _ways(self, kind, horizon):
        """Of each way: its name, who starts so, their mean, and by how much each household moves it."""
        who, ahead = self._ahead(kind, horizon)
        for way, (params, own) in (("shared factor", self._shared), ("each spell by itself", self._plain)):  # fmt: skip
            mean, moved = _moved(lambda at: self._mean(who, ahead(at))[0], params, own)
            yield way, who, mean, moved + self._mean(who, ahead(params))[1]
        seen = seen_years(self._chain, kind == 0, horizon, self._step)
        if len(seen) >= 20:
            who, values = seen["h"].to_numpy(), seen["years"].to_numpy()
            marks = np.column_stack([values[:, None] == np.arange(horizon + 1), values])
            yield "as seen", who, *self._mean(who, marks.astype(float))

    def _mean(self, who, values):
        """Weighted mean of values of some households, and by how much each moves it."""
        weight = self._joint.weight[who] / self._joint.weight[who].sum()
        mean, moved = weight @ values, np.zeros((self.households, values.shape[1]))
        moved[who] = weight[:, None] * (values - mean)
        return mean, moved

    def _ahead(self, kind, horizon):
        """Who was seen to start so, and a function of coefficients: shares of years, and their mean, of each."""
        joint, durations = self._joint, np.arange(horizon) + 1
        own = self._chain[self._chain["poor"] == (kind == 0)].drop_duplicates("h")
        patterns, place = np.unique(joint.rows[kind].pattern[own["row"]], return_inverse=True)
        rows, who = joint.models[kind].table.iloc[patterns], own["h"].to_numpy()
        z = [model.formula.matrix(rows) - model.shift for model in joint.models]

        def ahead(params):
            *betas, steps, share = joint.split(params)
            second = np.zeros(len(who))
            if len(share):
                second = (joint.evaluate(params)[2][2] + joint.chance(share))[who]
            hazards, steps = [], steps if len(steps) else (0, 0)
            for model, beta, step, one in zip(joint.models, betas, steps, z, strict=True):
                level = model.baseline.levels(durations, beta[: model.split])
                by_group = level + step * np.arange(2)[:, None]
                eta = (one @ beta[model.split :])[:, None, None] + by_group
                hazards.append(-np.expm1(-np.exp(np.minimum(eta, 30))))
            none, some = years_ahead(*hazards, kind == 0, horizon)[place].transpose(1, 0, 2)
            found = none + second[:, None] * (some - none)
            return np.column_stack([found, found @ np.arange(horizon + 1)])

        return who, ahead

    def summary(self, lang="en"):
        """Tell the fit in words.

        Parameters
        ----------
        lang : {"en", "zh"}

        Returns
        -------
        str
        """
        t = words(lang)
        lines = [
            t(f"Leaving poverty and falling back: {self.text}", f"脱贫与返贫：{self.text}"),
            t(f"{self.spells[0]:,} spells in poverty ({self.ends[0]:,} ended), {self.spells[1]:,} out of it "
              f"({self.ends[1]:,} ended), of {self.households:,} households; {self.twice:,} have two or more; "
              f"data: {self.status}",
              f"{self.households:,}户，贫困时段{self.spells[0]:,}个（{self.ends[0]:,}个已结束），脱贫时段{self.spells[1]:,}个"
              f"（{self.ends[1]:,}个已结束）；{self.twice:,}户有两个或以上；数据性质：{STATUSES[self.status][1]}"),
            t("a shared factor was found: " if self.shared else "no shared factor was found: ",
              "找到共同的未观测因素：" if self.shared else "没有找到共同的未观测因素：")
            + t(f"log-likelihood +{self.gain:.2f}, score test of none {self.statistic:.2f}, p = {self.p_value:.3g}",
                f"对数似然增加{self.gain:.2f}，“无共同因素”得分检验{self.statistic:.2f}，p={self.p_value:.3g}"),
        ]  # fmt: skip
        if self.excluded:
            left = (f"{told(why, lang)} {n:,}" for why, n in self.excluded.items())
            lines.append(t("left out: ", "未计入：") + t(", ", "，").join(left))
        return "\n".join(lines)


def _moved(of, params, moves):
    """Values of a function of coefficients, and by how much each household moves them (delta method)."""
    return of(params), moves @ slopes(of, params)
