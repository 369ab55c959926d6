"""Results of models, whoever made them, as rows of one kind: what tables side by side are made of."""

from dataclasses import dataclass, field, replace
from inspect import signature

import numpy as np
import pandas as pd

from ..base.checks import need_columns
from ..base.errors import DataError
from ..base.results import Result
from ..base.rounding import MIDDLE, keys_of
from ..base.status import Source, source_of, status_of
from .terms import code_of, pieces

RATIOS = ("hazard_ratio", "odds_ratio", "incidence_ratio", "ratio")
_RATIO_OF = {  # what the exponent of a coefficient is called, by link, family or kind of model
    **dict.fromkeys(("cloglog", "CLogLog", "PHReg"), "hazard_ratio"),
    **dict.fromkeys(("logit", "Logit", "feglm-logit"), "odds_ratio"),
    **dict.fromkeys(("poisson", "Poisson", "fepois"), "incidence_ratio"),
}
_NUMBERS = [*MIDDLE, "p_value", "n", "df"]
BESIDE = ("clusters", "control_mean")  # what rows of a trial tell
_ABOUT = ("outcome", "unit")  # of the whole model, where it has but one
_CLASSICAL = ("nonrobust", "iid", "naive")
_WEIGHTS = {
    "WLS": ("weights",),
    "GLM": ("freq_weights", "var_weights"),
}  # others' are steps of a fit
_OWN = ("variable", "level", "reference")  # what hazard ratios tell of a term
_TAKEN = ("model", "text")  # columns of the numbers of a table of models


@dataclass
class Model:
    """What a table tells of one model: its rows, and what stands below them.

    Attributes
    ----------
    rows : DataFrame
        ``term``, columns of domains, ``_parts`` (see `terms.pieces`), ``_reference`` and numbers.
    groups : list of str
        Columns of domains.
    below : dict
        Rows, clusters, outcome and the like.
    method, level, source
        How errors were made, the level of intervals, kind and source of the data; blank where
        nobody stated them.
    ratio : str
        What the estimates are, where they are ratios; else blank.
    exponent : str
        What their exponents are.
    left : list of str
        Terms whose exponent is no ratio, such as the baseline of a hazard.
    """

    rows: pd.DataFrame
    groups: list
    below: dict
    method: str
    level: float
    source: Source
    ratio: str = ""
    exponent: str = "exponent"
    left: list = field(default_factory=list)


def in_rows(table):
    """Estimates of a table, with the pieces of their terms; hazard ratios are estimates too.

    Parameters
    ----------
    table : DataFrame
        As ``.tidy()`` or ``.hazard_ratios()`` gives it; ``term`` and ``estimate`` are enough.

    Returns
    -------
    tuple
        Rows, the columns of the domains, and the name of the ratio.
    """
    # a ratio that stands beside an estimate is not in its place
    named = getattr(table, "columns", ())
    ratio = next((one for one in RATIOS if one in named and "estimate" not in named), "")
    need_columns(table, ["term", ratio or "estimate"])
    made = (table.rename(columns={ratio: "estimate"}) if ratio else table).reset_index(drop=True)
    groups = [one for one in keys_of(made) if one != "term"]
    known = set(_OWN) <= set(groups)
    groups = [one for one in groups if not (known and one in _OWN)]
    parts = [[(str(one), "")] if groups else pieces(one) for one in made["term"]]
    if known:
        parts = [[(row.variable, row.level)] if ":" not in str(row.variable) else part
                 for row, part in zip(made.itertuples(), parts, strict=True)]  # fmt: skip
    reference = made["reference"] if known else ""
    made = made.drop(columns=list(_OWN) if known else [])
    return made.assign(_parts=parts, _reference=reference), groups, ratio


def read(model, level, name):
    """A model as a table of models needs it, whoever made it.

    Parameters
    ----------
    model : object
        A result of povstudy, a table of estimates, or a result of statsmodels or pyfixest.
    level : float
        Of the intervals.
    name : str
        Its head, for errors.

    Returns
    -------
    Model
    """
    kinds = (("coef", "se", "tidy"), _of_pyfixest), (("tidy",), _of_ours), (("params", "bse"), _of_statsmodels)  # fmt: skip
    if isinstance(model, pd.DataFrame) and not hasattr(model, "tidy"):
        return _of_table(model, model, model.attrs.get("level", 0.95))
    several = hasattr(model, "to_list") and hasattr(model, "tidy")  # formulas of pyfixest
    for marks, reader in () if several else kinds:
        if all(hasattr(model, one) for one in marks):
            return reader(model, level)
    raise DataError(
        "This is no result of a model.", where=f"model {name}", found=type(model).__name__,
        remedy="its models one by one: models.to_list()" if several
        else "a fit, effects or estimates; or a table with term, estimate and std_error",
    )  # fmt: skip


def _of_ours(model, level):
    asked = {"level": level} if "level" in signature(model.tidy).parameters else {}
    table = model.tidy(**asked)
    made = _of_table(table, model, table.attrs.get("level", level))
    below, rows = made.below, made.rows
    fit = getattr(model, "fit", model)  # a regression keeps apart what stands behind it
    if isinstance(model, Result) and len(known := model.pvalues) == len(rows):
        rows["p_value"] = known.set_axis(rows.index).fillna(rows["p_value"])
    formula = getattr(fit, "formula", None)
    if hasattr(model, "hazard_ratios"):
        made.left = [one for one in rows["term"] if one not in formula.names]
    made.exponent = ""
    if hasattr(formula, "levels"):
        levels = formula.levels().set_index(["variable", "level"])["reference"].to_dict()
        rows["_reference"] = [
            levels.get(term[0], "") if len(term) == 1 else "" for term in rows["_parts"]
        ]
        made.exponent = _RATIO_OF.get(getattr(fit, "link", getattr(fit, "family", "")), "exponent")
    for name in ("outcome", "clusters", "events"):
        one = getattr(fit, name, None)
        if isinstance(one, str | int | np.integer):
            below.setdefault(name, one)
    if below.get("clusters") == rows["n"].max():  # each row by itself
        del below["clusters"]
    below["absorbed"] = " + ".join(map(str, getattr(fit, "absorbed", ()))) or None
    plain = getattr(fit, "family", "linear") == "linear"
    below["r2" if plain else "pseudo_r2"] = getattr(fit, "r_squared", None)
    design = getattr(getattr(model, "cells", model), "design", None)
    if getattr(design, "stratum", None) is not None:
        below["clusters"] = int(design.units.sum())
    return made


def _of_table(table, model, level):
    """A table of estimates; what its model has beside it is of the same rows."""
    rows, groups, ratio = in_rows(table)
    if taken := [one for one in groups if one in _TAKEN]:
        mine = "table" if isinstance(model, pd.DataFrame) else "model.tidy()"
        raise DataError("This name stands in tables of models for something else.", where=f"column {taken[0]}",
                        found=taken[0], remedy=f"table = {mine}.rename(columns={{{taken[0]!r}: 'kind'}})")  # fmt: skip
    beside = model if isinstance(model, pd.DataFrame) and len(model) == len(rows) else rows
    rows = rows.assign(**{one: beside[one].to_numpy() for one in BESIDE if one in beside})
    below = {one: str(rows[one].iloc[0]) for one in _ABOUT
             if one in groups and rows[one].nunique(dropna=False) == 1}  # fmt: skip
    groups = [one for one in groups if one not in below]
    # Where methods differ, each row tells its own.
    method = rows["method"].unique() if "method" in rows and "method" not in groups else ()
    known = source_of(table) or source_of(model) or Source("", "")
    status = status_of(table, "") or status_of(model, "") or known.status
    return Model(_numbers(rows, groups, level), groups, below, "; ".join(map(str, method)), level,
                 Source(status, known.text, known.text_zh), ratio)  # fmt: skip


def _numbers(rows, groups, level):
    """Rows with all columns: ends and p-values that are not there are those of t, else normal."""
    from scipy import stats

    made = rows[["term", *groups, "_parts", "_reference"]].copy()
    for name in [*_NUMBERS, *(one for one in BESIDE if one in rows)]:
        made[name] = rows[name].to_numpy(dtype=float, na_value=np.nan) if name in rows else np.nan
    if (made["std_error"] < 0).any():
        raise DataError("A standard error is never below zero.", where="column std_error",
                        found=made["std_error"].min(), remedy="look at its column: it may be t")  # fmt: skip
    df = made["df"].where(made["df"] > 0, np.inf).to_numpy(dtype=float)
    error = made["std_error"].where(made["std_error"] > 0).to_numpy(dtype=float)
    reach = stats.t.ppf((1 + level) / 2, df) * error
    for name, end in (("ci_low", made["estimate"] - reach), ("ci_high", made["estimate"] + reach)):
        made[name] = made[name].fillna(end) if name not in rows else made[name]
    by_t = 2 * stats.t.sf(np.abs(made["estimate"] / error), df)
    made["p_value"] = made["p_value"].fillna(pd.Series(by_t, made.index))
    return made


def _of_statsmodels(fit, level):
    at = fit.model
    names = getattr(fit.params, "index", None)
    names = list(at.exog_names if names is None else names)
    if np.ndim(fit.params) != 1:
        raise DataError(
            "A model of several equations has several columns of coefficients.",
            where=type(at).__name__, found=f"{np.shape(fit.params)[1]} equations",
            remedy="fit = pd.DataFrame({'term': fit.params.index, 'estimate': fit.params.iloc[:, 0], "
            "'std_error': fit.bse.iloc[:, 0]})  # the first of them",
        )  # fmt: skip
    ends = np.asarray(fit.conf_int(1 - level))
    n = getattr(fit, "nobs", None)
    rows = pd.DataFrame({
        "term": names, "estimate": np.asarray(fit.params), "std_error": np.asarray(fit.bse),
        "ci_low": ends[:, 0], "ci_high": ends[:, 1], "p_value": np.asarray(fit.pvalues),
        "n": len(np.asarray(at.endog)) if n is None else int(n),
    })  # fmt: skip
    kind, kwds = getattr(fit, "cov_type", None), getattr(fit, "cov_kwds", None) or {}
    groups = kwds.get("groups") if kind == "cluster" else None
    below = {"outcome": at.endog_names if isinstance(at.endog_names, str) else None}
    with np.errstate(all="ignore"):  # it may fit once more for these
        below |= {
            "r2": getattr(fit, "rsquared", None),
            "pseudo_r2": getattr(fit, "prsquared", None),
        }
    if groups is not None and np.ndim(groups) == 1:
        below["clusters"] = len(pd.unique(np.asarray(groups)))
    if not hasattr(at, "status"):  # of a duration some are cut off: a mean tells little
        weights = np.ones(np.shape(at.endog))
        for one in _WEIGHTS.get(type(at).__name__, ()):
            weights = weights * getattr(at, one)
        below["outcome_mean"] = float(np.average(at.endog, weights=weights))
    by = getattr(groups, "name", None)
    how = "clustered" + (f" by {by}" if by else "") if kind == "cluster" else kind
    made = _of_others(rows, getattr(at.data, "frame", None), type(at).__name__, how, below, level)
    family = getattr(at, "family", None)
    link = type(getattr(family, "link", None)).__name__
    made.exponent = _RATIO_OF.get(type(family).__name__ if link == "Log" else link, made.exponent)
    return made


def _of_pyfixest(fit, level):
    told = fit.tidy(alpha=1 - level)
    rows = pd.DataFrame({
        "term": told.index, "estimate": told["Estimate"], "std_error": told["Std. Error"],
        "p_value": told["Pr(>|t|)"], "ci_low": told.iloc[:, -2], "ci_high": told.iloc[:, -1],
        "n": getattr(fit, "_N", np.nan),
    })  # fmt: skip
    by, sizes = getattr(fit, "_clustervar", None), getattr(fit, "_G", None)
    how = getattr(fit, "_vcov_type_detail", None)
    below = {one: getattr(fit, f"_{name}", None)
             for one, name in (("outcome", "depvar"), ("absorbed", "fixef"), ("r2", "r2"))}  # fmt: skip
    if by:
        how, below["clusters"] = f"clustered by {' and '.join(by)}", int(min(sizes[: len(by)]))
    outcome, weights = getattr(fit, "_Y_untransformed", None), getattr(fit, "_weights_df", None)
    if outcome is not None:
        weights = None if weights is None else np.asarray(weights).ravel()
        below["outcome_mean"] = float(np.average(np.asarray(outcome).ravel(), weights=weights))
    kind = getattr(fit, "_method", type(fit).__name__)
    return _of_others(rows, getattr(fit, "_data", None), kind, how, below, level)


def _of_others(rows, data, kind, how, below, level):
    """A model of others; its table, where it kept it, tells kind and source of the data."""
    made = _of_table(rows, rows, level)
    made.below |= {name: one for name, one in below.items() if not pd.isna(one)}
    how = "classical errors" if how in _CLASSICAL else how
    made.method = ", ".join(filter(None, (kind, how)))
    made.exponent = _RATIO_OF.get(kind, "exponent")
    if isinstance(data, pd.DataFrame):
        made.source = source_of(data) or Source(status_of(data, ""), "")
        made.rows["_reference"] = _references(made.rows["_parts"], data)
    return made


def _references(parts, data):
    """The level that stands in no row: that of the table which the others are set against."""
    left = {}
    for name in {one for term in parts for one, level in term if level and one in data}:
        levels = {level for term in parts for one, level in term if one == name}
        others = {code_of(pieces(f"x[{one}]"))[3:] for one in data[name].dropna().unique()} - levels
        left[name] = others.pop() if len(others) == 1 else ""
    return [left.get(term[0][0], "") if len(term) == 1 else "" for term in parts]


def by_outcome(model):
    """A model of several outcomes as several models, by the name of the outcome; else as it is."""
    if "outcome" not in model.groups:
        return {model.below.get("outcome"): model}
    groups = [one for one in model.groups if one != "outcome"]
    return {name: replace(model, rows=rows.reset_index(drop=True), groups=groups,
                          below=model.below | {"outcome": str(name)})
            for name, rows in model.rows.groupby("outcome", sort=False)}  # fmt: skip


def exponent(model, name):
    """The same model with its estimates as ratios: their exponent, errors by the delta method.

    Parameters
    ----------
    model : Model
        Of what is a ratio already, nothing is changed.
    name : str
        Its head, for errors.

    Returns
    -------
    Model
        What is no ratio, such as the baseline of a hazard, has no row.
    """
    if model.ratio:
        return model
    if not model.exponent:
        raise DataError("These estimates are no coefficients: their exponents tell nothing.",
                        where=f"model {name}", found=str(model.rows["term"].iloc[0]),
                        remedy="exponentiate=[...] with the heads of the fits alone")  # fmt: skip
    rows = model.rows[~model.rows["term"].isin(model.left)].reset_index(drop=True)
    ends = ["estimate", "ci_low", "ci_high"]
    rows[ends] = np.exp(rows[ends])
    rows["std_error"] *= rows["estimate"]
    return replace(model, rows=rows, ratio=model.exponent)
