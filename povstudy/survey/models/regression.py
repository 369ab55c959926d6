"""An outcome explained by covariates: least squares, logit, probit, Poisson, with errors of the design."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ...base.checks import listed, mean, nearest
from ...base.errors import DataError, DesignError
from ...base.language import in_words, told
from ...base.results import as_ratios
from ...base.status import handed_on
from ..design import designed, rooted
from ..estimates import Estimates, by_replicates
from ..joint import hotelling
from .fitting import family_of, solve
from .formulas import Formula
from .reading import read

_MODELS = {"linear": "least squares", "logit": "logit", "probit": "probit", "poisson": "Poisson"}
_RATIOS = {"logit": "odds_ratio", "poisson": "incidence_ratio"}


@dataclass(frozen=True)
class Fit:
    """What stands behind the table of a regression.

    Attributes
    ----------
    outcome, family, errors : str
        What is explained, as the formula has it, how, and the kind of errors.
    formula : Formula
        Of the covariates, with the levels it was fitted on.
    n, clusters : int
        Rows, and units that are independent of each other.
    dropped : dict
        Rows left out, by reason: a value is ``missing``; with absorbed effects ``singletons``
        (alone in a group) and, of counts, those of groups that are ``all zero``.
    r_squared : float
        Share of the variance explained; of other families, of the deviance. Always against the mean
        of all: a fit without a constant may be worse than that (below 0).
    r_squared_within : float
        Of what absorbed effects leave of the variance; missing without any.
    absorbed : dict
        For each absorbed column the number of its groups.
    count : int
        Coefficients that count for the small-sample factor of a plain table.
    frame, weights : DataFrame, ndarray
        Covariates and weights of the rows.
    """

    outcome: str
    family: str
    errors: str
    formula: Formula
    n: int
    clusters: int
    dropped: dict
    r_squared: float
    r_squared_within: float
    absorbed: dict
    count: int
    frame: pd.DataFrame
    weights: np.ndarray


@dataclass(frozen=True, repr=False)
class Regression(Estimates):
    """Coefficients of a regression: `Estimates`, with ``fit`` (see `Fit`) and what is asked of fits."""

    fit: Fit | None = None

    @property
    def _free(self):
        """Which coefficients are not the constant."""
        return np.array(self.fit.formula.names) != "Intercept"

    @property
    def rsquared(self):
        """Share of the variance explained, as statsmodels calls it; of other families none."""
        return self.fit.r_squared if self.fit.family == "linear" else np.nan

    def show(self, lang="en", names=None, title=None):
        """As of `Estimates`; terms are told by their parts, such as ``approach: both``."""
        told_ = lambda one: ": ".join(told(part, lang, names) for part in one.split(": ", 1))  # noqa: E731
        said = {one: " x ".join(map(told_, one.split(" x "))) for one in self.table["term"]}
        return super().show(lang, {**said, **(names or {})}, title)

    def _told(self, lang):
        """What is explained, by which rows, and the kind of errors."""
        say, fit = in_words("regression", lang), self.fit
        how = fit.errors
        for one in ("linearisation", "replication", "clustered by"):
            how = how.replace(one, say[one])
        groups = ", ".join(f"{one} ({n:,})" for one, n in fit.absorbed.items())
        lost = ", ".join(say[reason].format(n) for reason, n in fit.dropped.items() if n)
        made = [
            say["about"].format(say[fit.family], fit.outcome, fit.n, fit.r_squared),
            say["errors"].format(how),
        ]
        made += [
            say[one].format(told) for one, told in (("absorbed", groups), ("dropped", lost)) if told
        ]
        return "\n".join(made)

    def plot(self, *, ax=None, **options):
        """As of `Estimates`, without the constant, which is of another size."""
        keep = np.flatnonzero(self._free)
        if len(keep) in (0, len(self)):
            return super().plot(ax=ax, **options)
        return self.combine(self.table.iloc[keep], np.eye(len(self))[:, keep]).plot(
            ax=ax, **options
        )

    def combine(self, table, gradient, apart=False):
        """As of `Estimates`; what is made of coefficients is no fit any more."""
        return self._plain().combine(table, gradient, apart)

    def test(self, *terms):
        """Test that coefficients are all zero (Wald).

        Parameters
        ----------
        *terms : str
            Terms as the formula has them (``"approach"``, ``"C(year)"``, ``"land:approach"``), or
            as `tidy` has them; without any, all but the constant.

        Returns
        -------
        DataFrame
            One row: ``term statistic df_num df_den p_value n method data_status``.

        Raises
        ------
        DataError
            If there is no such term.

        Notes
        -----
        With W the Wald statistic of q coefficients and d degrees of freedom (units minus strata, of
        a plain table clusters minus one, else rows minus coefficients), the statistic is
        W (d - q + 1)/(d q), which is F with q and d - q + 1 (Korn and Graubard 1990): W/q, as R
        survey's regTermTest has it, rejects too often where d is small.

        References
        ----------
        Korn, E., Graubard, B. (1990), Simultaneous testing of regression coefficients with complex
        survey data: use of Bonferroni t statistics, The American Statistician 44.

        Examples
        --------
        >>> import pandas as pd, povstudy as ps
        >>> table = pd.DataFrame({"income": [1.0, 2, 3, 4, 6, 5], "land": [1, 2, 2, 3, 4, 5]})
        >>> ps.regress("income ~ land", table).test("land")["p_value"].round(4).tolist()
        [0.0197]
        """
        names, formula = self.table["term"].tolist(), self.fit.formula
        terms = [one for given in terms for one in listed(given)]
        at = np.flatnonzero(self._free).tolist()
        if terms:
            known = {}
            for i, one in enumerate(names):
                for key in {one, one.partition(": ")[0] if " x " not in one else one}:
                    known.setdefault(key, []).append(i)
            known |= {label: list(range(len(names)))[here] for label, here in formula.terms.items()}
            for one in terms:
                if one not in known:
                    raise DataError(f"There is no such term.{mean(nearest(one, known))}", where="argument terms",
                                    found=repr(one), remedy=f"one of {list(known)}")  # fmt: skip
            at = list(dict.fromkeys(i for one in terms for i in known[one]))
        root = rooted(self.cov().to_numpy()[None][:, at][:, :, at])[0].T
        found = hotelling(self.table["estimate"].to_numpy()[at], root, self._df()[at].min())
        made = pd.DataFrame([{
            "term": ", ".join(terms) or "all", **found, "n": self.fit.n,
            "method": f"Wald, {self.design.method}", "data_status": self.status,
        }])  # fmt: skip
        return handed_on(made, self)

    def exponentiated(self, level=0.95):
        """Ratios: of odds (logit), or of incidence (Poisson).

        Parameters
        ----------
        level : float
            Of the intervals.

        Returns
        -------
        DataFrame
            ``term``, ``odds_ratio`` or ``incidence_ratio``, ``ci_low ci_high p_value n df method
            data_status``, without the constant. The p-value is that of a ratio of 1.

        Raises
        ------
        DataError
            For other families, whose coefficients are no logs of ratios.
        """
        ratio = _RATIOS.get(self.fit.family)
        if ratio is None:
            raise DataError("Its coefficients are no logs of ratios.", where="argument family", found=self.fit.family,
                            remedy='family="logit", or family="poisson"')  # fmt: skip
        table = self.tidy(level)
        made = as_ratios(table, table[["term"]], ratio)[self._free].reset_index(drop=True)
        made.attrs.update(table.attrs)
        return made

    def marginal_effects(self):
        """By how much the outcome moves with each covariate, on average over the rows.

        Returns
        -------
        Estimates
            Of a number the mean slope, of a mark of 0 and 1 the mean change from 0 to 1, of a
            category that from its level of reference; weighted, by the delta method: covariates
            stay as they are in these rows.

        Raises
        ------
        DataError
            With absorbed effects: how high each group stands is not known.

        References
        ----------
        Bartus, T. (2005), Estimation of marginal effects using margeff, Stata Journal 5.

        Examples
        --------
        >>> import pandas as pd, povstudy as ps
        >>> table = pd.DataFrame({"poor": [1, 1, 0, 1, 0, 0], "land": [1, 2, 2, 3, 4, 5]})
        >>> fit = ps.regress("poor ~ land", table, family="logit")
        >>> fit.marginal_effects().tidy()["estimate"].round(4).tolist()
        [-0.1973]
        """
        from scipy import sparse

        fit = self.fit
        if fit.absorbed:
            raise DataError("How high each absorbed group stands is not known, nor are marginal effects.",
                            where="argument absorb", found=list(fit.absorbed),
                            remedy="the coefficients: .exponentiated()" if fit.family == "poisson" else "the coefficients")  # fmt: skip
        link, slopes = family_of(fit.family).link, self.table["estimate"].to_numpy()
        share, found = fit.weights / fit.weights.sum(), []
        level = lambda x: link.inverse(x @ slopes)  # noqa: E731
        moved = lambda x: share * link.inverse_deriv(x @ slopes)  # noqa: E731
        for name in fit.formula.columns:
            levels, told = fit.formula.contrasts(name, fit.frame[name])
            if levels is not None:
                at = lambda value: fit.formula.matrix(  # noqa: E731
                    fit.frame.assign(**{name: fit.formula.held(name, value, len(fit.frame))}))  # noqa: B023  # fmt: skip
                base = at(levels[0])
                for value, word in zip(levels[1:], told[1:], strict=True):
                    x = at(value)
                    gradient = moved(x) @ x - moved(base) @ base
                    found.append((word, share @ (level(x) - level(base)), gradient))
                continue
            column = fit.frame[name].to_numpy(dtype=float)
            reach = 1e-5 * (column.std() or 1.0)
            x, up, down = (fit.formula.matrix(fit.frame.assign(**{name: column + side}))
                           for side in (0, reach, -reach))  # fmt: skip
            steep = (up - down) / (2 * reach)
            along, linear = steep @ slopes, x @ slopes
            bent = share * link.inverse_deriv2(linear) * along
            found.append((name, moved(x) @ along, moved(x) @ steep + bent @ x))
        if not found:
            raise DataError("There is no covariate.", where="argument formula", found=fit.formula.text,
                            remedy="a fit with covariates")  # fmt: skip
        words, estimates, gradient = zip(*found, strict=True)
        table = pd.DataFrame({"term": words, "estimate": estimates, "n": fit.n,
                              "population": self.table["population"].iloc[0]})  # fmt: skip
        made = self.combine(table, sparse.csr_array(np.column_stack(gradient)))
        method = f"{self.design.method}, average marginal effects"
        return replace(made, design=replace(self.design, method=method))

    def predict(self, table):
        """Expect the outcome of other rows: chances of logit and probit, counts of Poisson.

        Parameters
        ----------
        table : DataFrame
            With the covariates of the formula.

        Returns
        -------
        Series

        Raises
        ------
        DataError
            For values and levels that the fit does not know, and with absorbed effects.
        """
        if self.fit.absorbed:
            raise DataError("How high each absorbed group stands is not known.", where="argument absorb",
                            found=list(self.fit.absorbed), remedy="name the groups in the formula, absorb=None")  # fmt: skip
        level = self.fit.formula.of(table) @ self.table["estimate"].to_numpy()
        link = family_of(self.fit.family).link
        return handed_on(pd.Series(link.inverse(level), table.index, name="predicted"), self)


def regress(formula, data, cluster=None, absorb=None, family="linear", missing=None, weight=None):
    """Explain an outcome by covariates: least squares, logit, probit or Poisson.

    Parameters
    ----------
    formula : str
        Outcome and covariates: ``"log(income) ~ approach + land + approach:land"``. Columns,
        ``C(column)``, ``a:b``, ``a*b``, ``log()``, ``sqrt()``, ``I()``, as in `relapse_model`; an
        outcome may be a comparison, ``"I(income < 2300) ~ ..."``.
    data : DataFrame or Survey
        A row for each household or person. A Survey brings its weights, strata, sampling units or
        replicate weights, and the errors are those of its design; one of Parquet files or another
        engine is read into memory, the columns that are needed. Without a Survey no row weighs
        more than another.
    cluster : str or list of str, optional
        Of a plain table: columns of units that are independent of each other, such as villages.
    absorb : str or list of str, optional
        Columns whose groups each have a constant of their own, that is taken out and not shown:
        ``["village", "year"]``. Families ``"linear"`` and ``"poisson"``; needs the package pyfixest
        (``pip install "povstudy[fe]"``).
    family : {"linear", "logit", "probit", "poisson"}
        How the outcome hangs on the covariates; of Poisson, amounts of 0 and more will do.
    missing : {"refuse", "drop"}, optional
        Rows without a value: refused, or left out and counted (``dropped``). Without it, as the
        Survey has it, and of a plain table refused.
    weight : str, optional
        Not taken: weights make a `Survey` of a table, and the error tells how.

    Returns
    -------
    Regression
        `Estimates` of all coefficients, with ``.tidy() .cov() .test() .exponentiated()
        .marginal_effects() .predict()``, and in ``.fit`` outcome, formula, family, rows, dropped
        rows, ``r_squared`` and absorbed groups.

    Raises
    ------
    DataError
        If a value is missing, a code of no answer or not finite; if a covariate is made of others
        or says no more than absorbed effects; if the outcome of a logit is not 0 or 1, or is told
        for sure by covariates (separation).
    DesignError
        If a Survey is given clusters or weights too; if there is one cluster.

    Notes
    -----
    The influence of a row on the coefficients is the inverse of the expected information times its
    score; influences are summed by sampling unit and give the variance of the design (Binder 1983),
    the same as that of R survey's svyglm. Intervals and tests take the degrees of freedom of the
    design, units minus strata (svyglm: of these the coefficients but the constant too).

    Of a plain table, errors are HC1: N/(N - k) times the squares (MacKinnon and White 1985), t with
    N - k; with clusters G/(G - 1) x (N - 1)/(N - k), t with G - 1. ``method`` tells which. With
    absorbed effects k counts their groups, of every column but the first minus one; of a column
    whose groups each lie in one cluster one alone (as in fixest). A probit has the expected
    information around it, as R's sandwich of a glm; Stata's has the observed one.

    Rows that are alone in an absorbed group say nothing, and are left out; for Poisson so are
    groups whose outcomes are all 0. ``.fit.dropped`` counts both.

    Where help starts in different years, effects of village and year give no effect of help:
    households helped early serve as controls for those helped late. See `compare`.

    References
    ----------
    Binder, D. (1983), On the variances of asymptotically normal estimators from complex surveys,
    International Statistical Review 51. MacKinnon, J., White, H. (1985), Some
    heteroskedasticity-consistent covariance matrix estimators with improved finite sample
    properties, Journal of Econometrics 29. Correia, S. (2015), Singletons, cluster-robust standard
    errors and fixed effects: a bad mix, Duke University. Lumley, T. (2010), Complex Surveys, Wiley.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [1.0, 2, 3, 4, 6, 5], "approach": ["none", "both"] * 3,
    ...                       "land": [1, 2, 2, 3, 4, 5], "village": list("aabbcc")})
    >>> fit = ps.regress("income ~ approach + land", ps.Survey(table, psu="village"))
    >>> fit.tidy()[["term", "estimate", "std_error"]].round(3).values.tolist()
    [['constant', -0.619, 0.551], ['approach: none', 0.952, 0.598], ['land', 1.286, 0.124]]
    """
    model = read(formula, data, cluster, absorb, family, missing, weight)
    svy = model.svy
    whole = solve(model, svy.weights[model.rows])
    made = _coefficients(svy, model, whole)
    name = ", absorbed ".join(
        [_MODELS[family], *([" + ".join(map(str, model.absorbed))] if absorb else [])]
    )
    design = replace(made.design, method=f"{name}, {made.design.method}")
    return replace(made, design=design, fit=_facts(model, whole, made.design.method))


def _facts(model, whole, errors):
    """What is told of the fit beside its coefficients."""
    svy, weights, family = model.svy, model.svy.weights[model.rows], family_of(model.family)
    even = np.full(len(model.y), np.average(model.y, weights=weights))
    lost = [family.deviance(model.y, of, var_weights=weights) for of in (whole.mean, even)]
    units = svy.rows.unit_codes
    clusters = len(weights) if units is None else len(np.unique(units[model.rows]))
    absorbed = {name: len(np.unique(code)) for name, code in (model.absorbed or {}).items()}
    return Fit(model.outcome, model.family, errors, model.formula, len(weights), clusters, model.lost,
               1 - lost[0] / lost[1], whole.within, absorbed, _count(model, units), model.frame, weights)  # fmt: skip


def _count(model, units):
    """Coefficients that count: with absorbed groups, of a column nested in clusters one alone."""
    nested = 0
    if units is not None:
        for code in (model.absorbed or {}).values():
            pairs = pd.DataFrame({"code": code, "unit": units[model.rows]}).drop_duplicates()
            if not pairs["code"].duplicated().any():
                nested += len(pairs) - 1
    return model.x.shape[1] + model.taken - nested


@by_replicates
def _coefficients(svy, model, whole):
    """Coefficients with the influences of their sampling units."""
    weights = svy.weights[model.rows]
    if svy.layout.weights != model.svy.layout.weights:
        whole = solve(model, weights)
    table = pd.DataFrame({"term": model.words, "estimate": whole.params, "n": len(weights),
                          "population": weights.sum()})  # fmt: skip
    made = Regression(
        table, svy.design, None, None, model.lost["missing"], svy.status, source=svy.source
    )
    if not svy.layout.errors:
        return made
    units, stratum = svy.rows.unit_codes, svy.rows.stratum_codes
    units = None if units is None else units[model.rows]
    if not model.plain:
        return _of_design(made, svy.design, units, stratum[model.rows], whole.influences, model.rows)  # fmt: skip
    n, k = len(weights), _count(model, svy.rows.unit_codes)
    if n <= k:
        raise DataError("There are no more rows than coefficients.", found=f"{n} rows, {k} coefficients",
                        remedy="name fewer covariates")  # fmt: skip
    if units is None:
        design = replace(designed(np.array([n])), df=n - k, method="HC1: N/(N - k)")
    else:
        units, seen = pd.factorize(units)
        by = " + ".join(svy.layout.psu)
        if len(seen) < 2:
            raise DesignError("There is one cluster: how clusters differ cannot be seen.", where=f"column {by}",
                              found=f"{n} rows", remedy="cluster= a column of several values, or none")  # fmt: skip
        design = designed(np.array([len(seen)]), np.zeros(len(seen), dtype=np.intp))
        design = replace(design, method=f"clustered by {by}: G/(G - 1) x (N - 1)/(N - k)")
    scaled = whole.influences * np.sqrt((n - 1) / (n - k))
    return replace(
        _of_design(made, design, units, np.zeros(n, dtype=np.intp), scaled), touched=None
    )


def _of_design(made, design, units, stratum, influences, rows=None):
    """Estimates with the influences of rows, or their sums by unit."""
    from scipy import sparse

    n, k, lone = *influences.shape, None
    if design.pieces is not None:
        every = np.zeros((design.pieces.count, k))
        every[rows] = influences
        totals = design.of_rows(every)
        seen = np.unique(units)
        lone = np.full(k, seen[0] if len(seen) == 1 else -1)
    elif units is None:
        totals = design.totals(influences, stratum)
    else:
        cells = (np.ones(n), (units, np.arange(n)))
        totals = design.totals(sparse.csr_array(cells, shape=(len(design.stratum), n)) @ influences)
        seen = np.unique(units)
        lone = np.full(k, seen[0] if len(seen) == 1 else -1)
    touched = np.zeros((len(design.units), k))
    touched[stratum] = 1
    return replace(made, design=design, totals=totals, lone=lone, touched=sparse.csr_array(touched))
