"""Rates of small places: what a survey says of each, and what covariates of all say (Fay and Herriot)."""

from dataclasses import dataclass, replace
from numbers import Real

import numpy as np
import pandas as pd

from ...base.checks import need_columns, need_one_of, shown
from ...base.columns import need_numbers, same_keys
from ...base.errors import DataError, DesignError
from ...base.language import in_words
from ...base.results import Result
from ...base.rounding import in_percent, keys_of
from ...base.status import handed_on, source_of, status_of
from ..models.formulas import Formula
from ..shares import reach_of

_FEW = 5  # degrees of freedom below which the error of an area is hardly known
_NONE = 1e-9  # of the middle error: less is rounding
_LOST = 0.2  # share of the areas without an error, above which nothing is fitted
_NUMBERS = ("estimate", "std_error", "n", "df")
_METHODS = {True: "Fay-Herriot", False: "covariates alone"}


def fay_herriot(direct, formula, areas, *, term=None, persons=None, benchmark=None,
                method="adjusted"):  # fmt: skip
    """Estimate the rates of small places from a survey and from covariates of every place.

    Parameters
    ----------
    direct : Estimates or table
        Direct estimates with their errors, a row for each area, such as ``ps.poverty(svy,
        "income", 2300, by="county")``; of several measures ``term`` names one.
    formula : str
        Covariates that are known of each area, such as ``"register_rate + C(region)"``.
    areas : DataFrame
        A row for each area, with the column of the areas that ``direct`` has, the covariates, and
        ``persons``. Areas that the survey did not reach may be there too.
    term : str, optional
        Which of the measures of ``direct``.
    persons : str, optional
        Column of the persons (or households) of each area; with it all estimates are shifted so
        that their weighted mean is that of the direct estimates, or ``benchmark``.
    benchmark : float or Estimates, optional
        What the weighted mean has to be: that of the province, as its survey tells it.
    method : {"adjusted", "REML"}
        How the spread of areas around the covariates is estimated: by restricted maximum
        likelihood as it is, which is 0 in many a small sample, or times the spread, which never
        is. R's package sae gives the first.

    Returns
    -------
    SmallAreas
        With ``.tidy() .summary() .show() .plot()``.

    Raises
    ------
    DesignError
        If the errors of the direct estimates are not estimated from a design: they are the same
        for all areas, or those of a simple random sample; or a fifth of the areas has none.
    DataError
        If an area has no covariates or stands there twice, or there are too few areas.

    Notes
    -----
    The model is y_i = x_i'b + u_i + e_i: e_i is the sampling error with variance D_i, taken as
    known, and u_i what the covariates do not say of the area, with variance s2. The estimate is g_i y_i + (1 - g_i) x_i'b with g_i = s2 / (s2 + D_i): the
    less is known of an area, the more counts what areas like it are like. The error squared is g1
    + g2 + 2 g3 (Prasad and Rao; Datta and Lahiri). An area without a direct error (one sampling
    unit, or nobody poor among those asked) is told by its covariates alone, and did not help to
    fit them. The shift to the mean of the province adds its own variance (Steorts and Ghosh), in
    which the mean itself is taken as given; under a mean from elsewhere it also brings what areas
    without a direct error differ by from their covariates.

    Intervals take the t distribution, with as many degrees of freedom as areas minus coefficients.
    Errors from fewer than five degrees of freedom are hardly known, while the model takes them as
    known: intervals are then too short. In 1,000 provinces of 40 counties 97 of 100 intervals hold
    the rate where errors are known (92 by plain REML), 94 with 8 to 20 villages in each county,
    and 89 with 3 to 5 (``benchmarks/areas_coverage.csv``). Where an error comes from few villages
    it is small when few poor were met, so that low rates count too much: estimates were 1 to 3
    percent too low there, and ``persons`` sets them right. A linear model
    may give a rate below 0 where rates are near it; that is told, and not hidden.

    References
    ----------
    Fay, R., Herriot, R. (1979), Estimates of income for small places, Journal of the American
    Statistical Association 74. Prasad, N., Rao, J. (1990), The estimation of the mean squared
    error of small-area estimators, Journal of the American Statistical Association 85. Datta, G.,
    Lahiri, P. (2000), A unified measure of uncertainty of estimated best linear unbiased
    predictors in small area estimation problems, Statistica Sinica 10. Li, H., Lahiri, P. (2010),
    An adjusted maximum likelihood method for solving small area estimation problems, Journal of
    Multivariate Analysis 101. Steorts, R., Ghosh, M.
    (2013), On estimation of mean squared errors of benchmarked empirical Bayes estimators,
    Statistica Sinica 23.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> areas = pd.DataFrame({"county": list("abcdefgh"), "register": [2, 4, 5, 7, 9, 11, 12, 15]})
    >>> direct = pd.DataFrame({"county": list("abcdefg"), "estimate": [3, 4.2, 9, 6.1, 12.2, 10, 16],
    ...                        "std_error": [1.0, 0.8, 2.0, 1.1, 0.9, 1.6, 2.2]})
    >>> found = ps.fay_herriot(direct, "register", areas)
    >>> found.tidy()[["county", "estimate", "std_error", "method"]].round(2).tail(2).values.tolist()
    [['g', 15.18, 2.07, 'Fay-Herriot'], ['h', 17.07, 4.22, 'covariates alone']]
    """
    need_one_of("method", method, ["adjusted", "REML"])
    source, status = source_of(direct), status_of(direct)
    bounded = getattr(direct, "shares", None) is not None
    table = direct.tidy() if isinstance(direct, Result) else direct
    table, area = _direct(table, term)
    _refuse_made_up(table)
    need_columns(areas, [area, *([] if persons is None else [persons])])
    rows = _all_areas(table, areas, area, formula)
    least = _NONE * rows["direct_error"].median()
    known = (
        rows["direct_error"].gt(least) & rows["df"].fillna(np.inf).gt(0) & rows["direct"].notna()
    )
    x, names = _covariates(formula, areas, area)
    _refuse_few(known, rows["direct"].notna(), x.shape[1], area)
    y, d = (rows.loc[known, one].to_numpy() for one in ("direct", "direct_error"))
    fit = _Fit.of(y, d**2, x[known], names, method == "adjusted")
    made = fit.told(rows.assign(estimate=0.0), x, known.to_numpy())
    shift = 0.0
    if persons is not None:
        weight = _weights(areas, persons, area)
        made, shift = fit.shifted(made, x, known.to_numpy(), weight, benchmark)
    elif benchmark is not None:
        raise DataError("A mean over areas needs their persons.", where="argument persons", found=None,
                        remedy='persons="persons"  # a column of areas')  # fmt: skip
    if "term" in table:
        made.insert(0, "term", table["term"].iloc[0])
    if bounded:
        made["ends"] = True
    few = int((rows.loc[known, "df"] < _FEW).sum())
    facts = {"areas": len(rows), "fitted": int(known.sum()), "few": few, "shift": shift,
             "below": int((made["estimate"] < 0).sum()) if bounded else 0}  # fmt: skip
    return SmallAreas(made, fit.coefficients(), fit.variance, facts, status, source)


@dataclass(frozen=True, repr=False)
class SmallAreas(Result):
    """Rates of small places; made by `fay_herriot`.

    Attributes
    ----------
    table : DataFrame
        A row for each area.
    coefficients : DataFrame
        ``term estimate std_error`` of the covariates.
    variance : float
        Of what the covariates do not say of an area (s2).
    facts : dict
        Areas; those fitted; those whose error is hardly known; the shift to the province's mean;
        estimates below 0.
    status : str
        What the data are.
    source : Source or None
        Where they come from.
    """

    table: pd.DataFrame
    coefficients: pd.DataFrame
    variance: float
    facts: dict
    status: str
    source: object
    _figures = {"small_places": "tidy"}  # noqa: RUF012

    def tidy(self, level=0.95):
        """Table of the estimates beside the direct ones.

        Parameters
        ----------
        level : float
            Of the intervals; ends of shares stay within 0 and 1.

        Returns
        -------
        DataFrame
            The measure and the area, ``estimate std_error ci_low ci_high n direct direct_error by_covariates
            weight_of_direct df method data_status``. ``by_covariates`` is what they alone say,
            ``weight_of_direct`` how much the direct estimate counts, from 0 to 1.
        """
        reach = reach_of(level, self.table["df"]) * self.table["std_error"]
        low, high = self.table["estimate"] - reach, self.table["estimate"] + reach
        if "ends" in self.table:
            low, high = low.clip(0, 1), high.clip(0, 1)
        made = self.table.drop(columns="ends", errors="ignore")
        at = made.columns.get_loc("std_error") + 1
        made.insert(at, "ci_low", low)
        made.insert(at + 1, "ci_high", high)
        made["data_status"] = self.status
        made.attrs["level"] = level
        return handed_on(made, self)

    @property
    def _scale(self):
        """What a number is multiplied with to be read: a share as percent."""
        return 100 if "term" in self.table and in_percent(self.table["term"].iloc[0]) else 1

    def _main(self, lang):
        made = self.tidy().drop(columns=["direct_error", "by_covariates"])
        return handed_on(made.assign(direct=self._scale * made["direct"]), self)

    def _told(self, lang):
        say, facts, scale = in_words("areas_told", lang), self.facts, self._scale
        known = self.table[self.table["weight_of_direct"] > 0]
        all_or_some = "fitted" if facts["fitted"] == facts["areas"] else "some"
        told = [say[all_or_some].format(facts["fitted"], facts["areas"])]
        if self.variance > 0:
            both = (scale * known[one].median() for one in ("direct_error", "std_error"))
            told.append(say["errors"].format(*(f"{one:.3g}" for one in both)))
        else:
            told.append(say["zero"])
        for name in ("few", "below"):
            if facts[name]:
                told.append(say[name].format(facts[name]))
        if facts["shift"]:
            told.append(say["shift"].format(f"{scale * facts['shift']:+.3g}".replace("-", "−")))
        return "\n".join(told)


@dataclass(frozen=True)
class _Fit:
    """The model, fitted to the areas with a direct error."""

    y: np.ndarray
    d: np.ndarray  # variances of the direct estimates
    x: np.ndarray
    names: list
    adjusted: bool
    variance: float = 0.0

    @classmethod
    def of(cls, y, d, x, names, adjusted):
        """Fit by restricted maximum likelihood: where its slope is zero, or 0."""
        from scipy import optimize

        start, most = cls(y, d, x, names, adjusted), np.var(y) + d.max()
        least = _NONE * most
        if start.slope(least) <= 0:
            return start
        while start.slope(most) > 0:
            most *= 2
        found = optimize.brentq(start.slope, least, most, xtol=1e-14 * most, rtol=1e-14)
        return replace(start, variance=float(found))

    def slope(self, variance):
        """Derivative of the restricted log-likelihood, twice; of that times the variance."""
        v, q, beta = self._at(variance)
        left = (self.y - self.x @ beta) / v
        trace = (1 / v).sum() - np.trace(q @ (self.x.T @ (self.x / v[:, None] ** 2)))
        return (left**2).sum() - trace + (2 / variance if self.adjusted else 0)

    def _at(self, variance):
        v = variance + self.d
        q = np.linalg.inv(self.x.T @ (self.x / v[:, None]))
        return v, q, q @ (self.x.T @ (self.y / v))

    def coefficients(self):
        _, q, beta = self._at(self.variance)
        return pd.DataFrame(
            {"term": self.names, "estimate": beta, "std_error": np.sqrt(np.diag(q))}
        )

    def told(self, rows, x, known):
        """Estimates of all areas, with their errors."""
        v, q, beta = self._at(self.variance)
        by_covariates, spread = x @ beta, np.einsum("ij,jk,ik->i", x, q, x)
        weight = np.zeros(len(x))
        weight[known] = self.variance / v
        squared, own = self.variance + spread, weight[known]
        third = 2 / (v**-2).sum() * self.d**2 / v**3
        squared[known] = own * self.d + (1 - own) ** 2 * spread[known] + 2 * third
        direct = rows["direct"].where(known).fillna(0)
        area = rows.columns[0]
        return pd.DataFrame({
            area: rows[area], "estimate": weight * direct + (1 - weight) * by_covariates,
            "std_error": np.sqrt(squared), "n": rows["n"], "direct": rows["direct"],
            "direct_error": rows["direct_error"], "by_covariates": by_covariates,
            "weight_of_direct": weight, "df": float(len(self.y) - len(beta)), "method": [_METHODS[bool(one)] for one in known],
        })  # fmt: skip

    def shifted(self, made, x, known, weight, benchmark):
        """The same, with the mean that is asked; and by how much all were shifted."""
        own = np.where(known, weight, 0) / weight[known].sum() if benchmark is None else weight
        target = (own * made["direct"].fillna(0)).sum()
        if benchmark is not None:
            target = _number(benchmark)
        shift = target - (own * made["estimate"]).sum()
        v, q, _ = self._at(self.variance)
        part, rest = own[known] * self.d / v, own[~known]
        mixed, other = self.x.T @ part, x[~known].T @ rest
        added = (part**2 * v).sum() - mixed @ q @ mixed
        # 0 without a benchmark from elsewhere
        added += (rest**2).sum() * self.variance + other @ q @ other
        lone = np.where(known, 0, own) * self.variance
        added = max(added, 0) - 2 * ((1 - made["weight_of_direct"]) * (x @ q @ other) + lone)
        error = np.sqrt(made["std_error"] ** 2 + added)
        return made.assign(estimate=made["estimate"] + shift, std_error=error), float(shift)


def _direct(table, term):
    """Direct estimates of one measure, and their column of areas."""
    need_columns(table, ["estimate", "std_error"])
    if term is not None and "term" not in table:
        raise DataError("The direct estimates name no measure.", where="argument term", found=term,
                        remedy="term=None")  # fmt: skip
    if "term" in table:
        terms = list(dict.fromkeys(table["term"]))
        if (term is None and len(terms) > 1) or (term is not None and term not in terms):
            raise DataError("One measure is estimated at a time.", where="argument term",
                            found=term, remedy=f"term={terms[0]!r}  # or another of {terms[1:6]}")  # fmt: skip
        table = table[table["term"] == (term or terms[0])]
    keys = [one for one in keys_of(table) if one not in ("term", "method")]
    if len(keys) != 1:
        raise DataError("Direct estimates have one column that names the areas.", where="argument direct",
                        found=keys or "none", remedy='ps.poverty(svy, "income", 2300, by="county")')  # fmt: skip
    own = (*_NUMBERS, "direct", "direct_error", "by_covariates", "weight_of_direct")
    if keys[0] in own:
        raise DataError(f"The column of areas bears a name of the result: {', '.join(own)} are taken.",
                        where=f"column {keys[0]} of direct", found=keys[0],
                        remedy=f"direct, areas = (one.rename(columns={{{keys[0]!r}: 'area'}}) for one in (direct, areas))")  # fmt: skip
    numbers = {one: need_numbers(one, table[one]) for one in _NUMBERS if one in table}
    table = table.assign(**{one: np.where(np.isfinite(x), x, np.inf if one == "df" else np.nan)
                            for one, x in numbers.items()})  # fmt: skip
    if (below := table["std_error"] < 0).any():
        raise DataError("A standard error is 0 or more.", where="column std_error of direct",
                        found=table.loc[below, "std_error"].iloc[0], remedy="direct = direct[direct['std_error'] >= 0]")  # fmt: skip
    twice = table[keys[0]].duplicated()
    if twice.any():
        raise DataError("An area has several direct estimates.", where=f"column {keys[0]} of direct",
                        found=table.loc[twice, keys[0]].iloc[0],
                        remedy=f"one row for each: direct.drop_duplicates({keys[0]!r})")  # fmt: skip
    return table.reset_index(drop=True), keys[0]


def _refuse_made_up(table):
    """Refuse errors that no design gave."""
    errors = table["std_error"].to_numpy(dtype=float)
    some = errors[errors > 0]
    if len(some) > 2 and np.ptp(some) <= 1e-9 * some.max():
        raise DesignError(
            "All areas have the same error: it was not estimated for each.",
            where="column std_error of direct", found=f"{some[0]:.6g}",
            remedy='ps.poverty(ps.Survey(table, weight="weight", strata="stratum", psu="village"), '
            '"income", 2300, by="county")',
        )  # fmt: skip
    if "n" not in table or "method" in table:
        return
    share, n = (table[one].to_numpy(dtype=float) for one in ("estimate", "n"))
    with np.errstate(invalid="ignore", divide="ignore"):
        simple = share * (1 - share) / n
        near = np.abs(errors**2 / simple - 1) < 0.02
    if len(some) > 2 and near[simple > 0].all() and (simple > 0).any():
        raise DesignError(
            "These are the errors of a simple random sample, p (1 - p) / n: they were worked out, not "
            "estimated from villages and weights.",
            where="column std_error of direct", found=f"{some[0]:.4g}",
            remedy='ps.poverty(ps.Survey(table, weight="weight", strata="stratum", psu="village"), '
            '"income", 2300, by="county")',
        )  # fmt: skip


def _all_areas(table, areas, area, formula):
    """A row for each area of ``areas``, with its direct estimate where there is one."""
    twice, blank = areas[area].duplicated(), areas[area].isna()
    if twice.any() or blank.any():
        raise DataError(
            "Areas stand there once each, by name.", where=f"column {area} of areas",
            found=areas.loc[twice | blank, area].iloc[0],
            remedy=f"areas = areas.dropna(subset=[{area!r}]).drop_duplicates({area!r})",
        )  # fmt: skip
    here, there = same_keys(area, table[area], areas[area])
    lacking = here[~here.isin(there)]
    if len(lacking):
        raise DataError(
            f"{len(lacking)} areas of the survey have no row of covariates.",
            where=f"column {area} of areas", found=", ".join(map(str, lacking[:5])),
            remedy="add their rows to areas",
        )  # fmt: skip
    told = {"estimate": "direct", "std_error": "direct_error"}
    kept = [one for one in (area, *told, "n", "df") if one in table]
    direct = table[kept].rename(columns=told).assign(**{area: here})
    rows = pd.DataFrame({area: there}).merge(direct, on=area, how="left")
    rows[area] = areas[area].to_numpy()
    return rows.assign(**{one: np.nan for one in ("n", "df") if one not in rows})


def _covariates(formula, areas, area):
    made = Formula(formula, areas.columns, intercept=True)
    for name in made.columns:
        blank = areas[name].isna()
        if blank.any():
            raise DataError(f"{int(blank.sum())} areas have no {name}.", where=f"column {name} of areas",
                            found=f"{area} {areas.loc[blank, area].iloc[0]}",
                            remedy="fill it in, or leave it out of the formula")  # fmt: skip
    made = made.bind(areas)
    x = made.matrix(areas, lost := {})
    for label in lost:
        raise DataError(f"{label} is not finite in some areas.", where="argument formula", found=label,
                        remedy="look at its values, such as the log of zero")  # fmt: skip
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise DataError("Covariates of the areas say the same twice.", where="argument formula", found=formula,
                        remedy="leave one of them out")  # fmt: skip
    return x, made.words()


def _refuse_few(known, asked, columns, area):
    lost = asked & ~known
    if lost.sum() > _LOST * asked.sum():
        raise DesignError(
            f"{int(lost.sum())} of {int(asked.sum())} areas have no direct error, and none is made up: they "
            "lie in one sampling unit, or nobody asked there was poor.",
            where="column std_error of direct", found="missing or 0",
            remedy=f"put neighbours together: another column of larger areas than {area}",
        )  # fmt: skip
    if known.sum() < columns + 3:
        raise DataError(f"{int(known.sum())} areas have a direct error: too few for {columns} coefficients.",
                        where="argument formula", found=int(known.sum()),
                        remedy="fewer covariates, or smaller areas")  # fmt: skip


def _weights(areas, persons, area):
    count = pd.to_numeric(areas[persons], errors="coerce").to_numpy(dtype=float)
    bad = ~(count > 0) | ~np.isfinite(count)
    if bad.any():
        raise DataError("Each area has persons, more than 0.", where=f"column {persons} of areas",
                        found=f"{area} {areas[area].iloc[np.flatnonzero(bad)[0]]}",
                        remedy="fill them in")  # fmt: skip
    return count / count.sum()


def _number(benchmark):
    if not isinstance(benchmark, Result):
        if isinstance(benchmark, bool) or not (
            isinstance(benchmark, Real) and np.isfinite(benchmark)
        ):
            raise DataError("benchmark= is a finite number, or an estimate.", where="argument benchmark",
                            found=shown(benchmark), remedy='ps.mean(svy, "income")')  # fmt: skip
        return float(benchmark)
    found = benchmark.tidy()
    if len(found) != 1:
        raise DataError("The mean of the province is one number.", where="argument benchmark",
                        found=f"{len(found)} rows", remedy='ps.mean(svy, "income")')  # fmt: skip
    return float(found["estimate"].iloc[0])
