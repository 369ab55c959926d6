"""A model of the hazard of relapse is fitted here; the risk of a household is in `fit`."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from ..base.checks import need_one_of
from ..base.errors import DataError, DesignError
from ..base.status import source_of, status_of
from ..survey.cells import Layout, Rows
from ..survey.engines import open_table
from ..survey.models.formulas import Formula
from ..survey.models.reading import refuse_own
from ..survey.survey import Survey, code_of
from .baselines import baseline_of
from .checks.paths import offset_of
from .firth import Penalised
from .fit import RelapseFit
from .frailty import NAME, Shared, against_zero
from .kept.seen import seen_in
from .likelihood import Model, counted
from .links import LINKS
from .prediction import Rival
from .rows import coded, read_engine, read_rows, with_undated


def relapse_model(formula, spells, cluster=None, weight=None, link="cloglog", baseline="dummies",
                  frailty=None, cause=None, missing=None, household="household_id",
                  penalty=None, offset=None):  # fmt: skip
    """Fit a discrete-time hazard model: who falls back into poverty, and when.

    Parameters
    ----------
    formula : str
        Covariates: columns, ``C(column)``, ``a:b``, ``a*b``, ``log()``, ``sqrt()``, ``I()``; curves
        ``bs(column, df=4)`` (splines), ``cr(column, df=3)`` (natural), ``cc(column, df=4)``
        (cyclic), ``poly(column, 2)``, with knots at quantiles of the household-periods.
        Text, categories and truth values have a level of reference, the first;
        ``C(approach, Treatment("none"))`` names it. A name with spaces stands in backticks:
        ``"`in town` + log(`land in mu`)"``.
    spells : DataFrame or Survey
        Rows ``household_id entry exit event`` with covariates: at risk in the periods after
        ``entry`` up to ``exit``, ended there if ``event``; spells whole or cut into
        person-periods. ``spell``, ``origin`` and ``origin_known`` are looked at where they are
        there: a spell whose start was not seen is left out and counted. A Survey brings its
        weights, strata and PSUs.
    cluster : str, optional
        Column of the units that are independent of each other, such as villages; without it,
        households are.
    weight : str, optional
        Column of weights (pseudo-likelihood).
    link : {"cloglog", "logit"}
        Complementary log-log: coefficients are logs of hazard ratios, whatever the length of
        the periods; or logistic: of odds ratios.
    baseline : str or list of int
        How the hazard moves with duration: ``"dummies"`` (a level for each period; periods
        without events join the next with some, as the names of the levels tell; at the end
        they have a hazard of 0, and intervals of risk its bound), the
        first period of each group, such as ``[1, 2, 3, 5]`` (the last is open),
        ``"constant"``, ``"log"``, ``"linear"`` or ``"quadratic"``.
    frailty : {None, "gamma"}
        Households may differ in ways not seen: a gamma factor on the hazard that the spells
        of a household share; cloglog only. It is not tested where rows have weights; the
        risk of second and later spells needs the earlier ones (``risk(..., history=spells)``).
    cause : str or int, optional
        Where ``event`` holds several causes, in words or numbers, the one that counts. Others
        end observation: the hazard is that of the cause. That of all others together is fitted
        beside: ``risk`` is the cumulative incidence of the cause among them.
    missing : {"refuse", "drop"}, optional
        Rows without a covariate: refused, or left out and counted; if it is not said, as the
        Survey says it, and of a table refused.
    household : str
        Column of households.
    penalty : {None, "firth"}
        Where a level or a cell of an interaction has no events, or covariates part the events
        from the others: a penalised likelihood has finite estimates (Jeffreys' prior; Firth
        1993), with profile intervals and tests (Heinze and Schemper 2001). Household-periods
        count as independent: not with ``weight``, ``cluster``, ``frailty`` or a Survey.
    offset : str, optional
        Column that is added to the linear predictor as it is, with a coefficient of 1: the log of
        the time at risk in a period, or the log of a hazard ratio known from elsewhere.

    Returns
    -------
    RelapseFit

    Raises
    ------
    DataError
        If rows overlap, end before they begin, or go on after an event; if a covariate is
        missing, constant, aliased, or tells events from the others without error; if a level
        has no events (the error tells the bound of its hazard).
    DesignError
        If there is one cluster.

    Notes
    -----
    The likelihood is that of a binary outcome in each household-period (Allison 1982; Prentice
    and Gloeckler 1978), maximised by Newton's method on counts by pattern of covariates and
    period. Errors are clustered: inverse of the observed information, around the products of
    the clusters' scores, times G/(G-1) x (N-1)/(N-k) for G clusters, N household-periods, k
    coefficients; t distribution with G-1 degrees of freedom. Of a Survey: the linearised
    variance of the design (Binder 1983) around the same information, t with units minus strata.
    ``fit.cov("expected")`` has the expected information instead, as R's glm and svyglm.

    Coefficients describe those who left poverty. Leaving is itself an outcome of help, so they
    are no effects of help on all: for that, see `stayed_out`.

    References
    ----------
    Allison, P. (1982), Discrete-time methods for the analysis of event histories, Sociological
    Methodology 13. Prentice, R., Gloeckler, L. (1978), Regression analysis of grouped survival
    data, Biometrics 34. Cameron, A. C., Miller, D. (2015), A practitioner's guide to
    cluster-robust inference, Journal of Human Resources 50. Jenkins, S. (1995), Easy estimation
    methods for discrete-time duration models, Oxford Bulletin of Economics and Statistics 57.
    Firth, D. (1993), Bias reduction of maximum likelihood estimates, Biometrika 80. Heinze, G.,
    Schemper, M. (2001), A solution to the problem of monotone likelihood in Cox regression,
    Biometrics 57.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> spells = pd.DataFrame({"household_id": range(8), "entry": 0,
    ...                        "exit": [1, 2, 3, 3, 1, 1, 2, 3], "help": ["a"] * 4 + ["b"] * 4,
    ...                        "event": [1, 0, 1, 0, 1, 1, 1, 0]})
    >>> fit = ps.relapse_model("help", spells, baseline="constant")
    >>> fit.params.round(3).to_dict()
    {'Intercept': -1.381, 'help[T.b]': 0.801}
    >>> fit.risk(spells.head(1), horizon=2)["risk"].round(3).tolist()
    [0.395]
    """
    return fitted(formula, spells, cluster, weight, link, baseline, frailty, cause, missing, household,
                  penalty, offset)  # fmt: skip


def fitted(formula, spells, cluster, weight, link, baseline, frailty, cause, missing, household,
           penalty=None, offset=None, beside=True):  # fmt: skip
    """See `relapse_model`; ``beside``: whether the hazard of other ends is fitted too."""
    need_one_of("penalty", penalty, [None, "firth"])
    need_one_of("link", link, list(LINKS))
    need_one_of("frailty", frailty, [None, "gamma"])
    need_one_of("missing", missing, [None, "refuse", "drop"])
    svy, table, missing = opened(spells, cluster, weight, missing, household)
    formula = Formula(formula, table.columns)
    if frailty is not None and (link != "cloglog" or not isinstance(table, Rows)):
        raise DataError(
            "A gamma frailty needs the link cloglog, and a table in memory.",
            found=f"link={link!r}, {type(spells).__name__}",
            remedy='link="cloglog"' if isinstance(table, Rows) else
            f"spells = pd.read_parquet({str(spells)!r})" if isinstance(spells, str | Path) else
            "spells = spells.df()",
        )  # fmt: skip
    reader = read_rows if isinstance(table, Rows) else read_engine
    names = [*formula.columns, *([] if offset in (None, *formula.columns) else [offset])]
    read = reader(table, names, household, cause, missing)
    if offset is not None and read.others:
        raise DataError("An offset is of one hazard, and several ends compete.", where="argument offset",
                        found=f"other ends: {', '.join(read.others[:8])}",
                        remedy=f"offset=None, and {offset} in the formula")  # fmt: skip
    rows = read.rows
    more = {} if offset is None else {"offset": offset_of(offset, read.patterns)}
    times = rows.width if rows.count is None else rows.width * rows.count
    counts = np.bincount(rows.pattern, times, len(read.patterns))  # household-periods
    formula = formula.bind(read.patterns, counts=counts)
    table.tell_codes(formula.plain, "spells")
    units = [household if cluster is None else cluster] if svy is None else svy.layout.psu
    read = replace(with_undated(read, table), seen=seen_in(formula, read, table, units))
    plain = svy is None and weight is None and frailty is None
    if penalty is not None and not (plain and cluster is None):
        raise DesignError(
            "A penalised likelihood takes household-periods as independent: it has no weights, "
            "clusters or frailty.",
            found=f"{type(spells).__name__}, cluster={cluster!r}, weight={weight!r}, frailty={frailty!r}",
            remedy="spells, the table of the Survey, in its place; or penalty=None" if svy is not None
            else 'penalty="firth", cluster=None, weight=None, frailty=None  # and say so; or penalty=None',
        )  # fmt: skip
    way = "" if not plain or penalty else (
        f'penalty="firth"{"" if cluster is None else ", cluster=None"}  # estimates are finite; or '
    )  # fmt: skip
    counts = counted(rows, len(read.patterns), int(rows.exit.max()))
    if penalty is not None:
        from scipy.linalg import block_diag

        fit = _penalised(formula, read, counts, baseline, LINKS[link], spells, **more)
        if not read.others:
            return replace(fit, offset=offset)
        rows = replace(rows, event=read.rival)
        try:
            other = _penalised(formula, replace(read, rows=rows), counted(
                rows, len(read.patterns), int(rows.exit.max())), baseline, LINKS[link], spells)  # fmt: skip
        except DataError as error:
            return replace(fit, rival=Rival(error=error))
        both = block_diag(fit.cov(), other.cov())
        return replace(fit, rival=Rival(other.params.to_numpy(), both, other.baseline))
    shape = baseline_of(baseline, counts, way)
    model = Model(formula, read.patterns, counts.heard(shape), shape, LINKS[link], way=way, **more)
    model.refuse()
    params, at = model.fit()
    if frailty is not None:
        fit = _with_frailty(model, params, at, read, table, svy, household, cluster, spells)
        return replace(fit, offset=offset)
    places = read, table, svy, household, cluster
    units = _units(model, params, *places)
    fit = _finished(model, params, at, read, units, spells)
    given = {"spells": spells, "cluster": cluster, "weight": weight, "household": household,
             "cause": cause, "missing": missing}  # fmt: skip
    fit = replace(fit, offset=offset, _made=given)
    if not read.others:
        return fit
    of_params = np.linalg.inv(model.crossed(at[2])) @ model.plain().T
    influences = replace(units, scores=units.scores @ of_params)
    rival = _rival(model, params, at, units, baseline, places, fit.n) if beside else Rival()
    return replace(fit, rival=replace(rival, influences=influences))


def opened(spells, cluster, weight, missing, household):
    """The Survey if it is one, the rows with their weight, and what becomes of missing values."""
    svy = spells if isinstance(spells, Survey) else None
    if svy is not None:
        refuse_own(svy, cluster, weight, "spells")
        if svy.replicates is not None or not svy.layout.psu:
            raise DesignError(
                "A model of spells needs sampling units that hold whole households.",
                found=repr(svy), remedy=code_of(svy, "spells", psu=household),
            )  # fmt: skip
        table, missing = svy.rows, missing or svy.missing
    else:
        missing = missing or "refuse"
        table = open_table(spells, Layout(() if weight is None else (weight,)))
    table.need([household, *([] if cluster is None else [cluster])])
    return svy, table, missing


def _penalised(formula, read, counts, baseline, link, spells, **more):
    """Fit with Firth's penalty."""
    shape = baseline_of(baseline, counts, parted=False)
    nothing = np.zeros(len(formula.names))  # profiles are of the columns as they are
    model = Model(formula, read.patterns, counts.heard(shape), shape, link, nothing, **more)
    model.refuse(parted=False)
    top = Penalised(model)
    units = _Units(None, int(counts.rows.sum()), np.inf, "penalised likelihood (Firth)")
    return replace(
        _finished(model, top.params, top.at, read, units, spells, penalised=top), profile=top
    )


def _rival(model, params, at, units, baseline, places, n):
    """Fit the hazard of all other ends together, for risks among them all."""
    from scipy.linalg import block_diag

    read = replace(places[0], rows=replace(places[0].rows, event=places[0].rival))
    try:
        counts = counted(read.rows, len(read.patterns), int(read.rows.exit.max()))
        shape = baseline_of(baseline, counts)
        other = Model(model.formula, model.table, counts.heard(shape), shape, model.link)
        other.refuse()
        found, there = other.fit()
    except DataError as error:
        return Rival(error=error)
    scores = np.hstack([units.scores, _units(other, found, read, *places[1:]).scores])
    breads = [np.linalg.inv(one.crossed(cells[2])) for one, cells in ((model, at), (other, there))]
    bread, plain = block_diag(*breads), block_diag(model.plain(), other.plain())
    around = plain @ replace(units, scores=scores).around(bread, n) @ plain.T
    return Rival(other.plain() @ found, around, shape)


# Errors -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Units:
    """Scores of independent units (none: the information tells all), and what squares make."""

    scores: np.ndarray | None
    count: int
    df: float
    method: str
    design: object = None

    def around(self, bread, n):
        """Covariance of the coefficients, from the inverse of an information."""
        if self.scores is None:
            return bread
        return bread @ self.squares(self.scores, n, self.scores.shape[1]) @ bread

    def squares(self, scores, n, coefficients):
        """Covariance of the sum of what units have, with the small-sample factor of the fit."""
        if self.design is None:
            count = len(scores)
            return count / (count - 1) * (n - 1) / (n - coefficients) * (scores.T @ scores)
        return self.design.covariance(self.design.totals(scores))


def _codes(read, table, name, design=None):
    """Unit of each row of a table in memory, and their number."""
    if design is not None:
        code = table.unit_codes
        return (code if read.kept is None else code[read.kept]), len(design.stratum)
    column = table.key(name)
    column = column if read.kept is None else column.iloc[read.kept]
    if column.isna().any():
        _refuse_no_unit(name, int(column.isna().sum()))
    code, first, _ = coded({name: column})
    return code, len(first)


def _scores(model, params, read, table, names, design=None, make=None):
    """Sum of the scores of each unit; of a design in the order of its units.

    ``make`` sums something else by unit, beside which the units are named.
    """
    rows, named = read.rows, make is not None
    make = make or partial(model.unit_scores, params)
    if isinstance(table, Rows):
        code, count = _codes(read, table, names[0], design)
        sums = make(rows, code, count)
        if not named:
            return sums
        first = np.zeros(count, dtype=np.intp)
        first[code[::-1]] = np.arange(len(code))[::-1]
        at = first if read.kept is None else read.kept[first]
        return sums, pd.DataFrame({name: table.key(name).iloc[at].array for name in names})
    kinds = len(rows)  # each kind of row once; the engine sums over its rows
    each = make(replace(rows, weight=None), np.arange(kinds), kinds)
    found, sums = read.lookup.sums(table, each, names)
    if design is None:
        if found["g0"].isna().any():
            _refuse_no_unit(names[0], None)
        if named:
            return sums, found.set_axis(names, axis=1)
        return sums[np.argsort(found["g0"].to_numpy(), kind="stable")] if read.others else sums
    scores = np.zeros((len(design.stratum), sums.shape[1]))
    place = table.unit_places(found.set_axis([f"k{i}" for i in range(len(names))], axis=1))
    scores[place] = sums
    if not named:
        return scores
    units = found.set_axis(names, axis=1).astype(object)
    return scores, units.set_axis(place, axis=0).reindex(range(len(scores)))


def reopened(fit, more=()):
    """The rows of a fit read once more, with further columns.

    Parameters
    ----------
    fit : RelapseFit
        Not penalised, without frailty, not kept and read again.
    more : sequence of str
        Columns that patterns have beside those of the formula.

    Returns
    -------
    model : Model
    params : ndarray
        Coefficients, as the model has its columns.
    read : Read
    sums : callable
        From what sums by unit (rows, unit, units) to the sums, the units, and their `_Units`.
    """
    given = fit._made
    svy = given["spells"] if isinstance(given["spells"], Survey) else None
    weight = given["weight"]
    table = svy.rows if svy is not None else open_table(
        given["spells"], Layout(() if weight is None else (weight,)))  # fmt: skip
    names = dict.fromkeys(
        [*fit.formula.columns, *([] if fit.offset is None else [fit.offset]), *more]
    )
    table.need(list(more))
    reader = read_rows if isinstance(table, Rows) else read_engine
    missing = given["missing"]
    read = reader(table, list(names), given["household"], given["cause"], missing)
    rows = read.rows
    counts = counted(rows, len(read.patterns), int(rows.exit.max()))
    lost = fit.n - int((rows.width if rows.count is None else rows.width * rows.count).sum())
    if lost:
        raise DataError(
            "The rows are not those of the fit: they were changed since, or lack a column that is asked for.",
            where=", ".join(map(str, more)) or "spells", found=f"{abs(lost):,} household-periods {'fewer' if lost > 0 else 'more'}",
            remedy="fit again with the table as it is now; by= a column without missing values",
        )  # fmt: skip
    added = None if fit.offset is None else offset_of(fit.offset, read.patterns)
    model = Model(fit.formula, read.patterns, counts.heard(fit.baseline), fit.baseline,
                  LINKS[fit.link], offset=added)  # fmt: skip
    params = np.linalg.solve(model.plain(), fit.params.to_numpy())

    def sums(make):
        name = given["cluster"] or given["household"]
        names = [name] if svy is None else [*svy.layout.strata, *svy.layout.psu]
        design = None if svy is None else svy.design
        made, units = _scores(model, params, read, table, names, design, make)
        count, df = (
            (len(made), len(made) - 1.0) if svy is None else (len(made), float(svy.design.df))
        )
        return made, units, _Units(made, count, df, fit.method, design)

    return model, params, read, sums


def _units(model, params, read, table, svy, household, cluster):
    """Scores of the units of a design, or of clusters."""
    if svy is not None:
        names = [*svy.layout.strata, *svy.layout.psu]
        scores = _scores(model, params, read, table, names, svy.design)
        return _Units(scores, len(scores), float(svy.design.df), svy.design.method, svy.design)
    name = household if cluster is None else cluster
    scores = _scores(model, params, read, table, [name])
    _refuse_one(len(scores), name)
    method = "households" if cluster is None else f"clustered by {cluster}"
    return _Units(scores, len(scores), len(scores) - 1.0, method)


def _with_frailty(model, params, at, read, table, svy, household, cluster, spells):
    """Fit a gamma frailty beside the coefficients, and test it."""
    shared = Shared(model, read.rows)
    if shared.households < 2:
        _refuse_one(shared.households, household)
    found = shared.fit(params, model.crossed(at[2]))
    if found is None:  # on the border: the model without frailty
        units = _units(model, params, read, table, svy, household, cluster)
        fit = _finished(model, params, at, read, units, spells)
        return replace(fit, frailty=against_zero(0, np.nan, 0.0, fit.weighted))
    params, information, loglik = found
    if svy is None and cluster is None:
        units = _Units(None, shared.households, shared.households - 1.0, "observed information")
    else:
        code, count = _codes(read, table, cluster, None if svy is None else svy.design)
        own = np.full(shared.households, -1, dtype=np.intp)
        own[shared.of_row] = code
        if (own[shared.of_row] != code).any():
            raise DesignError(
                "A household lies in several clusters, and its spells share a frailty.",
                where=f"column {cluster or 'psu'}", remedy="cluster= a unit of whole households",
            )  # fmt: skip
        scores = shared.scores(params, own, count)
        if svy is None:
            _refuse_one(count, cluster)
            units = _Units(scores, count, count - 1.0, f"clustered by {cluster}")
        else:
            units = _Units(scores, count, float(svy.design.df), svy.design.method, svy.design)
    fit = _finished(model, params, at, read, units, spells, information)
    variance = np.exp(params[-1])
    error = variance * fit.std_errors.iloc[-1]
    return replace(fit, loglik=loglik, method=fit.method.replace("cloglog", "cloglog, gamma frailty"),
                   frailty=against_zero(variance, error, loglik - at[0], fit.weighted))  # fmt: skip


def _refuse_no_unit(name, count):
    raise DesignError(
        f"{'Some' if count is None else f'{count:,}'} rows have no {name}.",
        where=f"column {name}", remedy="each row belongs to a cluster",
    )  # fmt: skip


def _refuse_one(count, name):
    if count < 2:
        raise DesignError(
            "Errors come from differences between clusters, and there is one.",
            where=f"column {name}", found=f"{count} cluster",
            remedy="cluster= a column with many values, such as the village",
        )  # fmt: skip


def _finished(model, params, at, read, units, spells, shared=None, penalised=None):
    """Put the results together."""
    width, count = read.rows.width, read.rows.count
    n = int((width if count is None else width * count).sum())
    if penalised is not None:
        informations = {"expected": penalised.information}
    elif shared is None:
        informations = {"observed": model.crossed(at[2]), "expected": model.crossed(at[3])}
    else:
        informations = {"observed": shared}
    breads = {kind: np.linalg.inv(one) for kind, one in informations.items()}
    plain, split = np.eye(len(params)), len(model.names)
    plain[:split, :split] = model.plain()  # of the columns as they are, not as they were fitted
    covariance = {kind: plain @ units.around(one, n) @ plain.T for kind, one in breads.items()}
    weight = read.rows.weight
    names = model.names
    if shared is not None:
        names = [*names, NAME]
    at_risk = np.bincount(model.counts.pattern, model.counts.at_risk, len(model.table))
    means = sum(at_risk[a:b] @ z for a, b, z in model.blocks()) / at_risk.sum() + model.shift
    return RelapseFit(
        params=pd.Series(plain @ params, index=names, name="estimate"),
        n=int(n), events=int(model.counts.ends.sum()), clusters=units.count,
        population=float(n if weight is None else (width * weight).sum()), df=units.df, loglik=float(at[0]),
        link=model.link.name, baseline=model.baseline, formula=model.formula,
        method=f"{model.link.name}, {units.method}", status=status_of(spells), excluded=read.excluded,
        weighted=read.rows.weight is not None, source=source_of(spells), others=read.others,
        cause=read.cause, seen=read.seen, _covariance=covariance, _means=means,
    )  # fmt: skip
