"""Trials: help drawn by lot. Effects, with errors that hold with few clusters, and many outcomes.

Errors of few clusters are bias-reduced (CR2) with Satterthwaite's degrees of freedom; the test by
the lot itself, in `randomisation`, needs no large numbers at all.
"""

import numpy as np
import pandas as pd

from ..base.checks import listed, need_columns, need_share
from ..base.columns import refuse_infinite, refuse_text
from ..base.errors import DataError, DesignError
from ..base.status import handed_on, status_of
from ..survey.shares import reach_of

_ERRORS = ("HC1", "HC3", "CR2")
_LEAST = 1e-9  # of one less the leverage of a cluster: less is rounding
ROUNDING = 1e-12  # of the largest outcome: what is left over and is no more than this is rounding
_ALONE, _PERFECT = "no error: an arm has one unit", "no error: nothing is left over"


def trial_effects(table, outcome, treatment, baseline=None, covariates=(), *, subgroup=None,
                  cluster=None, errors=None, level=0.95):  # fmt: skip
    """Estimate the effect of a treatment that was drawn by lot, adjusted for the baseline.

    Parameters
    ----------
    table : DataFrame
        A row for each household, or person.
    outcome : str or list of str
        Columns of outcomes; of several, p-values are adjusted by Holm's method.
    treatment : str
        Column of 1 (or true) and 0.
    baseline : str or list of str, optional
        Columns of the same outcomes before the trial, in the order of the outcomes.
    covariates : str or list of str
        Other columns from before the trial: numbers or marks.
    subgroup : str, optional
        Column of groups that were named before the data were seen: the effect in each, and
        how it differs from that in the first.
    cluster : str, optional
        Column of clusters, such as ``"village"``, if help was drawn or households were sampled
        by cluster.
    errors : {"HC1", "HC3", "CR2"}, optional
        By default ``"CR2"`` with clusters, ``"HC1"`` without.
    level : float
        Of confidence intervals.

    Returns
    -------
    DataFrame
        A row for each term (``effect``, and with subgroups ``difference``), outcome and
        subgroup: ``estimate std_error ci_low ci_high n treated clusters df p_value p_holm
        control_mean method data_status``. ``n`` and ``treated`` are rows. An effect in a subgroup
        with one unit (household, or cluster) in an arm has no error, nor has one that leaves
        nothing over, as take-up that is the lot itself: it is missing, and ``method`` says why.

    Raises
    ------
    DataError
        If the treatment is not 0 or 1, a value is missing, an outcome is constant, or a
        covariate is made of others.
    DesignError
        If an arm has one cluster, or without clusters one row; if the kind of errors does not
        fit the clusters.

    Notes
    -----
    Least squares of the outcome on the treatment, its baseline and the covariates (ANCOVA;
    McKenzie 2012). HC1 multiplies squares by n/(n - k), HC3 divides each residual by one less
    its leverage; df are n - k. CR2 multiplies the residuals of each cluster by the inverse
    root of one less its part of the projection (Bell and McCaffrey 2002), so that the variance
    has no bias if errors were independent and alike, and df are Satterthwaite's, one for each
    estimate (Pustejovsky and Tipton 2018): few or uneven clusters give few df. Under about 5
    of them, trust `randomisation_test` more.

    References
    ----------
    McKenzie, D. (2012), Beyond baseline and follow-up: the case for more T in experiments,
    Journal of Development Economics 99. MacKinnon, J., White, H. (1985), Some
    heteroskedasticity-consistent covariance matrix estimators with improved finite sample
    properties, Journal of Econometrics 29. Bell, R., McCaffrey, D. (2002), Bias reduction in
    standard errors for linear regression with multi-stage samples, Survey Methodology 28.
    Pustejovsky, J., Tipton, E. (2018), Small-sample methods for cluster-robust variance
    estimation and hypothesis testing in fixed effects models, Journal of Business and Economic
    Statistics 36.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [1.0, 2, 3, 4, 3, 4, 5, 6], "treated": [0] * 4 + [1] * 4})
    >>> found = ps.trial_effects(table, "income", "treated")
    >>> found[["estimate", "std_error", "df"]].round(3).values.tolist()
    [[2.0, 0.913, 6.0]]
    """
    outcomes, before, covariates = listed(outcome), listed(baseline), listed(covariates)
    if not outcomes or (before and len(before) != len(outcomes)):
        raise DataError("Each outcome has its baseline, or none has.",
                        found=f"{len(outcomes)} outcomes, {len(before)} baselines",
                        remedy="baseline= as many columns as outcome=, in the same order")  # fmt: skip
    need_share("level", level, 0.95)
    errors = _kind(errors, cluster)
    more = [one for one in (subgroup, cluster) if one is not None]
    need_numbers(
        table, [treatment, *outcomes, *dict.fromkeys(before), *covariates], more, covariates
    )
    treated = arm_marks(table, treatment)
    clusters = None if cluster is None else clusters_of(table, cluster, treatment, treated)
    units = np.arange(len(table)) if cluster is None else clusters
    groups = [None] if subgroup is None else table[subgroup].unique().tolist()
    code = np.zeros(len(table), int) if subgroup is None else pd.factorize(table[subgroup])[0]
    for g, group in enumerate(groups):
        if len(np.unique(treated[code == g])) < 2:
            raise DataError("A subgroup has one arm only.", where=f"{subgroup} {group!r}",
                            found=f"{(code == g).sum()} rows",
                            remedy="join it to another, or leave it out")  # fmt: skip
    dummies = (code[:, None] == np.arange(len(groups))).astype(float)
    alone = np.array([_alone(units[code == g], treated[code == g]) for g in range(len(groups))])
    alone = np.concatenate([alone, alone[1:] | alone[0]])
    rows, why = [], []
    for i, name in enumerate(outcomes):
        y = table[name].to_numpy(dtype=float)
        if np.ptp(y) == 0:
            raise DataError("The outcome is the same for all.", where=f"column {name}", found=y[0],
                            remedy="outcome= a column that differs between households")  # fmt: skip
        others = [*before[i : i + 1], *covariates]
        x = [treated[:, None] * dummies, dummies, table[others].to_numpy(dtype=float)]
        labels = [treatment] * len(groups) + ["the constant"] * len(groups) + others
        wanted = np.eye(len(groups), 2 * len(groups) + len(others))
        wanted = np.vstack([wanted, wanted[1:] - wanted[0]])
        estimate, error, df = _fitted(np.hstack(x), y, wanted, errors, clusters, labels)
        perfect = ~alone & (error <= ROUNDING * np.abs(y).max())
        error[alone | perfect] = np.nan
        why += np.select([alone, perfect], [f", {_ALONE}", f", {_PERFECT}"], "").tolist()
        for k in range(len(wanted)):
            inside = dummies.any(axis=1) if k >= len(groups) else code == k
            told = {"term": "effect", "outcome": name}
            if subgroup is not None:
                told[subgroup] = groups[k % len(groups)]
            if k >= len(groups):
                told |= {"term": "difference",
                         subgroup: f"{groups[k - len(groups) + 1]} - {groups[0]}"}  # fmt: skip
            rows.append(told | {
                "estimate": estimate[k], "std_error": error[k], "n": int(inside.sum()),
                "treated": int(treated[inside].sum()),
                "clusters": np.nan if clusters is None else len(np.unique(clusters[inside])),
                "df": df[k], "control_mean": y[inside & (treated == 0)].mean(),
            })  # fmt: skip
    if _alone(units, treated):
        raise DesignError(
            "An arm has one row: how households of that arm differ cannot be seen.",
            where=f"column {treatment}", found=f"{int(treated.sum())} treated of {len(table)}",
            remedy=f"ps.randomisation_test(table, {outcomes[0]!r}, {treatment!r})",
        )  # fmt: skip
    method = [f"least squares, {errors}{one}" for one in why]
    return _told(pd.DataFrame(rows), level, method, table)


def holm(table, within="term"):
    """Adjust p-values for the number of questions asked: Holm's method.

    Parameters
    ----------
    table : DataFrame
        With ``p_value``; or with ``estimate``, ``std_error`` and ``df``, as `tidy` gives it.
    within : str or list of str, optional
        Columns that tell families of questions apart; ``None``: all rows are one family.

    Returns
    -------
    DataFrame
        With ``p_value`` and ``p_holm``: the least level at which the row would be rejected
        while the chance of any false rejection in its family stays below that level.

    References
    ----------
    Holm, S. (1979), A simple sequentially rejective multiple test procedure, Scandinavian
    Journal of Statistics 6.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> ps.holm(pd.DataFrame({"p_value": [0.01, 0.04, 0.03]}), None)["p_holm"].round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    from scipy import stats

    within, made = listed(within), table.copy()
    if "p_value" not in made:
        need_columns(made, ["estimate", "std_error", "df"])
        with np.errstate(divide="ignore", invalid="ignore"):
            size = np.abs(made["estimate"] / made["std_error"])
        made["p_value"] = 2 * stats.t.sf(size, made["df"])
    need_columns(made, within)
    family = made.groupby(within, sort=False, dropna=False).ngroup() if within else [0] * len(made)
    adjusted, family = np.full(len(made), np.nan), np.asarray(family)
    p = made["p_value"].to_numpy(dtype=float)
    for one in np.unique(family):
        asked = np.flatnonzero((family == one) & np.isfinite(p))
        order = asked[np.argsort(p[asked])]
        steps = p[order] * np.arange(len(order), 0, -1)
        adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return made.assign(p_holm=adjusted)


# Least squares ------------------------------------------------------------------------


def _fitted(x, y, wanted, errors, clusters, labels):
    """Estimates of combinations of coefficients, their errors and degrees of freedom."""
    refuse_repeating(x, labels)
    if errors == "CR2":
        return _bias_reduced(x, y, wanted, clusters)
    from statsmodels.regression.linear_model import OLS

    if errors == "HC3":
        return _each_row(x, y, wanted)
    fit = OLS(y, x).fit(cov_type=errors)
    variance = np.einsum("ij,jk,ik->i", wanted, fit.cov_params(), wanted)
    return wanted @ fit.params, np.sqrt(variance), np.full(len(wanted), fit.df_resid)


def _each_row(x, y, wanted):
    """HC3; a row that is fitted exactly, as one alone in its arm, has nothing left over."""
    z, r = np.linalg.qr(x)
    left = 1 - (z**2).sum(axis=1)
    residual = np.where(left > _LEAST, (y - z @ (z.T @ y)) / np.where(left > _LEAST, left, 1), 0)
    variance = ((z * residual[:, None] @ np.linalg.solve(r.T, wanted.T)) ** 2).sum(axis=0)
    df = np.full(len(wanted), float(len(x) - x.shape[1]))
    return wanted @ np.linalg.solve(r, z.T @ y), np.sqrt(variance), df


def _bias_reduced(x, y, wanted, clusters):
    """CR2 with Satterthwaite's degrees of freedom, by k x k matrices of each cluster.

    With columns z of length one that span x, the part of the projection that is of cluster g
    is z_g z_g'; (1 - z_g z_g')^(-1/2) z_g = z_g c_g, where c_g = (1 - z_g' z_g)^(-1/2).
    """
    z, r = np.linalg.qr(x)
    residual = y - z @ (z.T @ y)
    order = np.argsort(clusters, kind="stable")
    starts = np.flatnonzero(np.diff(clusters[order], prepend=-1))
    sums = lambda values: np.add.reduceat(values[order], starts)  # noqa: E731
    own = sums(z[:, :, None] * z[:, None, :])
    values, vectors = np.linalg.eigh(own)
    left = 1 - values
    root = np.where(left > _LEAST, 1 / np.sqrt(np.where(left > _LEAST, left, 1)), 0)
    c = (vectors * root[:, None, :]) @ vectors.transpose(0, 2, 1)
    scores = np.einsum("gij,gj->gi", c, sums(z * residual[:, None]))
    away = np.linalg.solve(r.T, wanted.T)  # of each combination, in the columns z
    variance = ((scores @ away) ** 2).sum(axis=0)
    df = []
    for one in away.T:
        u = c @ one
        q = np.einsum("gij,gj->gi", own, u)
        products = np.diag((u * q).sum(axis=1)) - q @ q.T
        df.append(np.trace(products) ** 2 / (products**2).sum())
    return wanted @ np.linalg.solve(r, z.T @ y), np.sqrt(variance), np.array(df)


# What is refused ----------------------------------------------------------------------


def _alone(units, treated):
    """Whether one of the arms has one unit, so that nothing tells how its units differ."""
    return any(len(np.unique(units[treated == arm])) < 2 for arm in (0, 1))


def need_numbers(table, numbers, keys=(), covariates=()):
    """Refuse a table that lacks columns, of numbers (the treatment first) and of keys, or values."""
    need_columns(table, [*numbers, *keys])
    if len(set(numbers)) < len(numbers):
        raise DataError("A column is named twice.", found=", ".join(map(str, numbers)),
                        remedy="outcome, treatment, baseline and covariates are columns apart")  # fmt: skip
    for name in numbers:
        if pd.api.types.is_numeric_dtype(table[name]):
            continue
        values = table[name].dropna().astype(object)
        number = pd.to_numeric(values, errors="coerce")
        if number.isin([0, 1]).all() or (name != numbers[0] and number.notna().all()):
            remedy = f"table[{name!r}] = pd.to_numeric(table[{name!r}].astype(object))"
        elif name == numbers[0]:
            remedy = _two_arms(name, values)
        elif name in covariates:
            remedy = f"table = pd.get_dummies(table, columns=[{name!r}], drop_first=True)"
            remedy += "  # its columns are covariates then"
        else:
            refuse_text(name, values)
        raise DataError("This column holds no numbers.", where=f"column {name}",
                        found=repr(table[name].iloc[0]), remedy=remedy)  # fmt: skip
    for name in [*numbers, *keys]:
        column = table[name]
        bad = column.isna()
        if name in numbers:
            values = column.to_numpy(dtype=float, na_value=np.nan)
            if np.isinf(values).any():
                at = int(np.isinf(values).argmax())
                where = f"column {name}, row {table.index[at]!r}"
                refuse_infinite(name, int(np.isinf(values).sum()), where, values[at])
            bad |= np.isnan(values)
        if bad.any():
            raise DataError(
                f"{bad.sum():,} rows have no {name}.",
                where=f"column {name}, row {table.index[int(np.argmax(bad))]!r}",
                remedy=f"table = table.dropna(subset=[{name!r}]), and report how many were lost "
                "by arm: loss that differs between arms spoils the lot",
            )  # fmt: skip


def arm_marks(table, treatment):
    """The treatment as 1 and 0; refused where it is neither, or the same for all."""
    marks = table[treatment].to_numpy(dtype=float)
    odd = ~np.isin(marks, (0, 1))
    if odd.any():
        raise DataError("The treatment is 1 or 0.",
                        where=f"column {treatment}, row {table.index[int(np.argmax(odd))]!r}",
                        found=marks[odd][0],
                        remedy=_two_arms(treatment, table[treatment]))  # fmt: skip
    if len(np.unique(marks)) < 2:
        raise DataError("There is one arm only.", where=f"column {treatment}", found=marks[0],
                        remedy="keep the control group in the table")  # fmt: skip
    return marks


_CONTROL = (
    "0",
    "0.0",
    "none",
    "no",
    "control",
    "controls",
    "c",
    "untreated",
    "placebo",
    "否",
    "无",
    "对照",
    "对照组",
)


def _two_arms(name, values):
    """A line that makes 1 and 0 of a treatment told otherwise: of two arms, whatever there are."""
    codes = sorted(
        pd.Series(values).dropna().astype(object).unique(), key=lambda one: (str(type(one)), one)
    )
    column, codes = (
        f"table[{name!r}]",
        [getattr(one, "item", lambda one=one: one)() for one in codes],
    )
    if len(codes) > 10 and not any(isinstance(one, str) for one in codes):
        cut = 0 if codes[0] <= 0 < codes[-1] else codes[len(codes) // 2]
        return f"{column} = {column} > {cut!r}  # a cut-off that was set in advance"
    none = next((one for one in codes if str(one).strip().casefold() in _CONTROL), None)
    rest = [one for one in codes if one is not none] or codes
    one = next((code for code in rest if str(code) == "1"), rest[-1] if none is None else rest[0])
    if len(codes) <= 2:
        return f"{column} = ({column} == {one!r}) * 1  # what means treated"
    other = next(code for code in codes if code != one) if none is None else none
    return (f"table = table.assign(**{{{name!r}: ({column} == {one!r}) * 1}})[{column}.isin({[one, other]!r})]"
            "  # a trial compares two arms: the treated one, and the control")  # fmt: skip


def clusters_of(table, cluster, treatment, treated):
    """Code of the cluster of each row; refused where an arm has one."""
    code = pd.factorize(table[cluster])[0]
    for arm in (0, 1):
        if len(np.unique(code[treated == arm])) < 2:
            raise DesignError(
                "An arm has one cluster: what is peculiar to it cannot be told from the effect.",
                where=f"{treatment} {arm}, column {cluster}",
                found=table[cluster].iloc[int(np.argmax(treated == arm))],
                remedy="a trial needs two clusters or more in each arm",
            )  # fmt: skip
    return code


def _kind(errors, cluster):
    errors = ("HC1" if cluster is None else "CR2") if errors is None else errors
    if errors not in _ERRORS:
        raise DataError("Errors of this kind are not known.", found=errors,
                        remedy=f"errors= one of {list(_ERRORS)}")  # fmt: skip
    if (errors == "CR2") != (cluster is not None):
        raise DesignError("CR2 goes with clusters, HC1 and HC3 with none.",
                          found=f"errors={errors!r}, cluster={cluster!r}",
                          remedy='cluster="village", or errors="HC1"')  # fmt: skip
    return errors


def refuse_repeating(x, labels):
    """Refuse covariates that are made of others, and more coefficients than rows."""
    if len(x) <= x.shape[1]:
        raise DataError("There are no more rows than coefficients.",
                        found=f"{len(x)} rows, {x.shape[1]} coefficients",
                        remedy="name fewer covariates")  # fmt: skip
    length = np.sqrt((x**2).sum(axis=0))
    own = np.abs(np.diag(np.linalg.qr(x / np.where(length > 0, length, 1), mode="r")))
    if own.min() < 1e-9:
        raise DataError(
            "A covariate says nothing that the others do not say: it is constant, or made of them.",
            found=labels[int(np.argmin(own))], remedy="leave it out",
        )  # fmt: skip


# Tables -------------------------------------------------------------------------------


def _told(made, level, method, table):
    reach = reach_of(level, made["df"]) * made["std_error"]
    made = made.assign(ci_low=made["estimate"] - reach, ci_high=made["estimate"] + reach,
                       method=method, data_status=status_of(table, "trial"))  # fmt: skip
    made = holm(made)
    keys = list(made.columns[: made.columns.get_loc("estimate")])
    made = made[[
        *keys, "estimate", "std_error", "ci_low", "ci_high", "n", "treated", "clusters", "df",
        "p_value", "p_holm", "control_mean", "method", "data_status",
    ]]  # fmt: skip
    made.attrs["level"] = level
    return handed_on(made, table)
