"""A fit beside the rows it was made of: effects that move with time, falls by group, units that weigh much."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ...base.checks import need_share, need_whole
from ...base.errors import DataError
from ...base.language import in_words, told, words
from ...base.results import Result
from ...base.status import STATUSES, handed_on
from ...survey.joint import holm, hotelling
from ...survey.shares import reach_of
from ..model import reopened

MOVED = 0.5  # standard errors by which a unit may move a coefficient: a quarter of its variance
_SURE, _SHOWN = 0.05, 5
ALL = "all covariates"


@dataclass(frozen=True, repr=False, eq=False)
class FitCheck(Result):
    """What a fit takes for granted, beside its rows.

    Attributes
    ----------
    dfbeta : DataFrame
        For each independent unit the change of each coefficient of the formula if it is left out.
    unit : str
        What the units are.
    """

    dfbeta: pd.DataFrame
    unit: str
    _table: pd.DataFrame = field(default_factory=pd.DataFrame)

    def tidy(self):
        """Table of all that was looked at.

        Returns
        -------
        DataFrame
            ``check term group unit estimate std_error ci_low ci_high observed expected statistic df_num
            df p_value p_holm n method data_status``. Of ``check`` ``"moves with time"`` the estimate is
            the change of a coefficient with the log of the period; of ``"falls by group"`` observed
            over expected falls; of ``"influence"`` the change of a coefficient if the unit is left out,
            in standard errors (of each coefficient the five largest).
        """
        return self._table.copy()

    def summary(self, lang="en"):
        """Say what was found, and what to do.

        Parameters
        ----------
        lang : {"en", "zh"}
            The language.

        Returns
        -------
        str
        """
        say, table = in_words("fit_check", lang), self._table
        of = lambda name: table[table["check"] == name]  # noqa: E731
        moves = of("moves with time").set_index("term")
        lines, terms = [], moves[moves["p_holm"].notna()]
        if len(terms):
            bad = terms[terms["p_holm"] < _SURE]
            lines += [say["moves"].format(told(term, lang), one["p_value"], one["p_holm"])
                      for term, one in bad.iterrows()]  # fmt: skip
            whole = moves.loc[ALL, "p_value"] if ALL in moves.index else terms["p_value"].min()
            lines += [say["move_do"]] if len(bad) else [say["still"].format(whole)]
        elif len(self.dfbeta.columns):
            lines.append(say["one_period"])
        falls = of("falls by group")
        for name, part in falls.groupby("term", sort=False):
            one, rows = part.iloc[-1], part.iloc[:-1]
            word = say["risk"] if name == "predicted hazard" else told(name, lang)
            if not one["p_value"] < _SURE:
                lines.append(say["agree"].format(word, len(rows), one["p_value"]))
                continue
            size = (
                (rows["observed"] - rows["expected"]) / (rows["std_error"] * rows["expected"])
            ).abs()
            worst = rows.loc[size.idxmax()]
            lines.append(say["differ"].format(
                word, one["p_value"], worst["group"], worst["observed"], worst["expected"]))  # fmt: skip
            lines.append(say["risk_do" if name == "predicted hazard" else "by_do"])
        most = of("influence")
        if len(most):
            most = most.loc[most["estimate"].abs().idxmax()]
            about = told(self.unit, lang), most["unit"], told(most["term"], lang), most["estimate"]
            limit = max(MOVED, 3 / np.sqrt(len(self.dfbeta)))
            lines.append(
                say["weighs" if abs(most["estimate"]) > limit else "light"].format(*about, limit)
            )
        lines.append(say["data"].format(words(lang)(*STATUSES[table["data_status"].iloc[0]])))
        return "\n".join(lines)


def check(fit, by=None, groups=5, level=0.95):
    """Check a fit against its rows; see `RelapseFit.check`."""
    need_share("level", level, 0.95)
    need_whole("groups", groups, such=5)
    if fit._made is None:
        kept = fit.profile is None and fit.frailty is None
        raise DataError(
            "A check needs the rows of the fit, as independent units.",
            where="fit", found="a fit with a penalty" if fit.profile else "a fit with frailty" if fit.frailty
            else "a fit that was kept in a file",
            remedy="fit.still_fits(households, spells)  # a later year" if kept
            else "penalty=None, frailty=None  # in ps.relapse_model, then .check()",
        )  # fmt: skip
    model, params, read, sums = reopened(fit, [] if by is None else [by])
    at = model.cells(params)
    rate, slope = model.link.cumulative(model.eta(params))
    hazard, steep = -np.expm1(-rate), np.exp(-rate) * slope
    cells = _groups(hazard, model.counts.at_risk, groups)
    parts = {"predicted hazard": (cells, [str(k + 1) for k in range(cells.max() + 1)])}
    if by is not None:
        code, values = pd.factorize(read.patterns[by], sort=True)
        parts[by] = code[model.counts.pattern], [str(one) for one in values]
    times = np.log(np.arange(model.baseline.seen) + 1.0)
    count = len(model.names)

    def make(rows, unit, units):
        own = model.unit_scores(params, rows, unit, units)
        moving = model.unit_scores(params, rows, unit, units, times)
        return np.hstack([own, moving, *_left(model, params, rows, unit, units, parts, hazard)])

    found, names, units = sums(make)
    own, moving, left = np.split(found, [count, 2 * count], axis=1)
    bread = np.linalg.inv(model.crossed(at[2]))

    # around their mean, as a design has it: else what is tested is in its own error
    def squares(x):
        return units.squares(x - x.mean(axis=0) if units.design is None else x, fit.n, count)

    table = [*_moves(fit, model, at[2], own, moving, bread, squares, times, units.df, level)]
    first = 0
    for name, (code, labels) in parts.items():
        here = left[:, first : first + len(labels)]
        first += len(labels)
        table += _falls(model, name, code, labels, here, own @ bread, hazard, steep, squares,
                        units.df, level)  # fmt: skip
    plain = model.plain()
    moved = -(own @ bread @ plain.T)[:, model.split :]
    labels = names.astype(str).agg(" ".join, axis=1)
    dfbeta = pd.DataFrame(moved, columns=fit.formula.names, index=pd.Index(labels, name="unit"))
    errors = fit.std_errors[fit.formula.names].to_numpy()
    for j, name in enumerate(fit.formula.names):
        for i in np.argsort(-np.abs(moved[:, j]), kind="stable")[:_SHOWN]:
            table.append({"check": "influence", "term": name, "unit": labels.iloc[i],
                          "estimate": moved[i, j] / errors[j], "n": len(moved)})  # fmt: skip
    order = ["check", "term", "group", "unit", "estimate", "std_error", "ci_low", "ci_high", "observed",
             "expected", "statistic", "df_num", "df", "p_value", "p_holm", "n"]  # fmt: skip
    table = pd.DataFrame(table).reindex(columns=order)
    table = table.assign(
        **{name: table[name].astype(object).fillna("") for name in ("group", "unit")}
    )
    table = table.assign(method=fit.method, data_status=fit.status)
    table.attrs["level"] = level
    told_units = names.columns[-1]
    return FitCheck(dfbeta, str(told_units), handed_on(table, fit))


def _groups(hazard, at_risk, groups):
    """Group of each cell by its hazard, of about the same number at risk."""
    order = np.argsort(hazard, kind="stable")
    share = np.cumsum(at_risk[order]) / at_risk.sum()
    cuts = hazard[order][np.searchsorted(share, np.arange(1, groups) / groups - 1e-12)]
    return np.unique(np.searchsorted(np.unique(cuts), hazard), return_inverse=True)[1]


def _left(model, params, rows, unit, units, parts, hazard):
    """Falls minus those expected of each unit in each group: a matrix for each way to group."""
    counts, seen = model.counts, len(model.curve)
    key = counts.pattern.astype(np.int64) * seen + counts.duration  # sorted, as counts are
    at, duration, ended = rows.periods()
    asked = rows.pattern[at].astype(np.int64) * seen + duration
    cell = np.minimum(np.searchsorted(key, asked), len(key) - 1)
    heard = key[cell] == asked  # others are of the last periods, in which nobody fell back
    value = np.where(heard, ended - hazard[cell], 0.0)
    if rows.weight is not None:
        value = value * rows.weight[at]
    unit = unit[at]
    made = []
    for code, labels in parts.values():
        place = unit * len(labels) + code[cell]
        made.append(np.bincount(place, value, units * len(labels)).reshape(units, -1))
    return made


def _moves(fit, model, weight, own, moving, bread, squares, times, df, level):
    """Rows on effects that move with time."""
    g = times[model.counts.duration]
    if np.ptp(g) == 0 or not fit.formula.names:
        return
    ones = np.linalg.lstsq(model.curve, np.ones(len(model.curve)), rcond=None)[0]
    turn = np.vstack([-np.outer(ones, fit._means - model.shift), np.eye(len(fit.formula.names))])
    beside = model.crossed(weight * g) @ turn
    inside = turn.T @ model.crossed(weight * g**2) @ turn - beside.T @ bread @ beside
    scores = moving @ turn - own @ bread @ beside
    total = scores.sum(axis=0)
    reach, rows = reach_of(level, df), []

    def tested(j):
        back = np.linalg.pinv(inside[np.ix_(j, j)], hermitian=True)
        step = back @ total[j]
        around = back @ squares(scores[:, j]) @ back
        return step, np.sqrt(np.diagonal(around)), _together(step, around, df)

    everything = np.arange(len(fit.formula.names))
    for name, of in fit.formula.terms.items():
        j = everything[of]
        if not len(j):
            continue
        step, errors, joint = tested(j)
        if len(j) > 1:
            rows.append({"term": name, **joint, "p_holm": 0.0})
        for i, (x, error) in enumerate(zip(step, errors, strict=True)):
            alone = tested(j[[i]]) if len(j) > 1 else (step, errors, joint)
            x, error = alone[0][0], alone[1][0]
            rows.append({"term": fit.formula.names[j[i]], "estimate": x, "std_error": error,
                         "ci_low": x - reach * error, "ci_high": x + reach * error, **alone[2],
                         **({} if len(j) > 1 else {"p_holm": 0.0})})  # fmt: skip
    asked = [one for one in rows if "p_holm" in one]
    adjusted = holm(pd.DataFrame({"p_value": [one["p_value"] for one in asked]}), None)["p_holm"]
    for one, p in zip(asked, adjusted, strict=True):
        one["p_holm"] = p
    if len(asked) > 1:
        rows.append({"term": ALL, **tested(everything)[2]})
    for one in rows:
        yield {"check": "moves with time", "n": fit.n, **one}


def _falls(model, name, code, labels, left, influences, hazard, steep, squares, df, level):
    """Rows on observed and expected falls of groups, and one on all of them."""
    counts, reach = model.counts, reach_of(level, df)
    slopes = np.array(
        [
            model.collect(np.where(code == g, counts.at_risk * steep, 0.0))
            for g in range(len(labels))
        ]
    )
    around = squares(left - influences @ slopes.T)
    sums = lambda x: np.bincount(code, x, len(labels))  # noqa: E731
    observed, expected, n = sums(counts.events), sums(counts.at_risk * hazard), sums(counts.rows)
    errors = np.sqrt(np.diagonal(around))
    for g, label in enumerate(labels):
        ratio, error = observed[g] / expected[g], errors[g] / expected[g]
        yield {"check": "falls by group", "term": name, "group": label, "estimate": ratio,
               "std_error": error, "ci_low": max(ratio - reach * error, 0.0), "ci_high": ratio + reach * error,
               "observed": observed[g], "expected": expected[g], "df": df, "n": int(n[g])}  # fmt: skip
    yield {"check": "falls by group", "term": name, "group": "all", "observed": observed.sum(),
           "expected": expected.sum(), "n": int(n.sum()), **_together(observed - expected, around, df)}  # fmt: skip


def _together(estimate, around, df):
    """Test that all are zero; directions without spread are left out."""
    values, vectors = np.linalg.eigh(around)
    kept = values > 1e-9 * max(values.max(initial=0), 1e-300)
    if not kept.any():
        return {"statistic": np.nan, "df_num": 0, "df": df, "p_value": np.nan}
    with np.errstate(invalid="ignore", divide="ignore"):
        made = hotelling(estimate @ vectors[:, kept], np.diag(np.sqrt(values[kept])), df)
    return {"statistic": made["statistic"], "df_num": made["df_num"], "df": made["df_den"],
            "p_value": made["p_value"]}  # fmt: skip
