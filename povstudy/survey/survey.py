"""A table together with its design: weights, strata, sampling units. Weights never get lost.

Every estimate comes with the influence of each row on it. Its error is that of a total of
influences: they are summed within each primary sampling unit (PSU), and the variance between
the PSUs of a stratum is added up over strata (Taylor linearisation; Binder 1983, Deville
1999). Domains keep the whole design: a PSU without rows in a domain counts as zero.
"""

from copy import copy
from dataclasses import replace

import numpy as np

from ..base.checks import listed, nearest, shown
from ..base.codes import read_codes
from ..base.columns import LARGEST, SMALLEST, refuse_size
from ..base.errors import DataError, DesignError
from ..base.status import STATUSES, Source, source_of, status_of
from .cells import Layout, Rows, place_of
from .design import LONELY, Replicates, design_of
from .engines import open_table

RESULTS = ("term", "estimate", "std_error", "ci_low", "ci_high", "n", "population", "df",
           "method", "data_status", "design_effect")  # fmt: skip


def refuse_results(domains, more=()):
    """Refuse domains that bear the name of a column of results, of all estimates or of ``more``."""
    taken = [one for one in domains if one in (*RESULTS, *more)]
    if taken:
        raise DataError("Domains bear the name of a column of results.", where=f"column {taken[0]}",
                        remedy="give that column another name where the table is made")  # fmt: skip


class Survey:
    """Rows of a survey with their weights, strata and primary sampling units.

    Parameters
    ----------
    data : DataFrame, LazyFrame, relation or path
        A row for each household or person: of pandas or polars; or, for tables past memory, the
        path of Parquet files, a DuckDB relation, a polars LazyFrame or a Spark DataFrame. It is
        not changed, and a pandas table is kept as it is now: make the survey anew after changing
        the table.
    weight : str, optional
        Column of weights; without it every row counts once. Rows of weight 0 are not looked at,
        whatever stands in them, but their units stay in the design: so one says *of the positive
        incomes* with the errors of the whole design (weight 0 for the others).
    strata, psu : str or list of str, optional
        Columns of strata and of primary sampling units. PSUs of one name in two strata are
        two. Without ``psu`` every row is a unit of its own.
    fpc : str or list of str, optional
        Column with the number of units in the population of the stratum (finite population
        correction), for designs without replacement. A second column counts the units of the
        second stage in each PSU: both stages make the error then.
    size : str, optional
        Column of persons in the household, where rows are households and persons are to be
        counted: the weight of a row is weight times size then.
    key : str or list of str, optional
        Columns that name a row once, such as ``["household_id", "wave"]``: repeated rows are
        refused.
    replicates : Replicates, optional
        Replicate weights, in place of strata and psu.
    lonely : {"refuse", "center", "average", "certain"}
        A stratum with one unit has no variance of its own: refused; or its unit is set against
        the mean of all units (conservative); or it gets the mean variance of the other strata; or
        it was sure to be drawn, and has none (R survey's ``"adjust"``, but around the mean; its
        ``"average"``; its ``"certainty"`` and ``"remove"``).
    missing : {"refuse", "drop"}
        Rows of which a needed value or a domain is missing: refused, or left out and counted
        (``dropped`` of the results). A domain of which nothing is left has ``n`` 0 and no
        estimate; it refuses nothing.
    status : {"official", "survey", "register", "trial", "reported", "simulated"}, optional
        What the data are; goes into every table of results. Without it, what the table says of
        itself (`load`, `povstudy.clean` and `simulate` make it), else ``"survey"``.
    codes : list or dict of list, optional
        Numbers that stand for no answer, in every column that is measured, such as ``[-8, -9]``,
        or by column, ``{"income": [-8], "age": [999]}``: they are missing values, and ``missing=``
        says what becomes of these. What a column still holds of the usual codes (-1 to -10, -99,
        9999 and their like) is refused by every measure, with its rows; not in columns that a dict
        names, nor where ``codes=()`` says that all numbers are values. Domains keep their codes.
    source : str or Source, optional
        Where the data come from, such as ``"Household survey of Qingshui county, 2024"``: said here
        once, every figure and table made of the results bears it. Without it, what the table says.
    ssu : str or list of str, optional
        Columns of the units of the second stage, such as households of a village, where ``fpc``
        has two columns; without them every row is one.

    Attributes
    ----------
    calibration : Calibration or None
        What `calibrate` did to the weights.
    design : Design
        Strata and units.
    status : str
        What the data are.
    source : Source or None
        Where they come from, if it is said.

    Raises
    ------
    DesignError
        If a weight is missing, not finite or negative; if a stratum or PSU is missing; for a
        lonely PSU; if ``fpc`` differs within a stratum or is too small; if a key is repeated.

    Notes
    -----
    Confidence intervals use the t distribution; degrees of freedom are the units that have a
    weight minus the strata, where the domain has rows (of replicate weights: see `Replicates`).
    What adds up (means, totals, ratios, poverty, generalised entropy, Alkire-Foster) runs on
    every kind of table. So does what depends on ranks (quantiles, Gini, shares, curves, relative
    lines): past memory rows are counted in bins, and those with a quantile are read. Quantiles are
    exact; of other numbers less than 1e-10 is lost, of several hundred domains 1e-7. Replicates, and
    what follows single rows, bring their columns into memory, and refuse tables of Spark.

    What is refused as a code of no answer: a usual code that several rows hold to the last digit,
    and that does not belong to the other values. Below zero all that is there are such codes, or
    more rows hold it than values near it; at the upper end nothing else lies from half of it on;
    in the midst of others, 999, 9999 and so on alone, 1 row in 200 at least. The whole rule, with
    its numbers: ``help(povstudy.base.codes.suspects)``.

    References
    ----------
    Binder, D. (1983), On the variances of asymptotically normal estimators from complex
    surveys, International Statistical Review 51. Lumley, T. (2010), Complex Surveys, Wiley.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [1800, 2500, 3000, 1200], "w": [10, 20, 10, 10],
    ...                       "village": ["a", "a", "b", "b"]})
    >>> ps.Survey(table, weight="w", psu="village")
    Survey(4 rows, weight w, 1 stratum, 2 PSUs of village)
    """

    def __init__(self, data, weight=None, strata=None, psu=None, fpc=None, size=None, key=None,
                 replicates=None, lonely="refuse", missing="refuse", status=None, codes=None, source=None,
                 ssu=None):  # fmt: skip
        """Check the design once, at the door."""
        if lonely not in LONELY or missing not in ("refuse", "drop"):
            raise DesignError(
                "lonely= is refuse, center, average or certain; missing= is refuse or drop.",
                where="arguments lonely, missing",
                found=f"lonely={lonely!r}, missing={missing!r}",
                remedy='lonely="center", missing="drop"',
            )
        if status is not None and status not in STATUSES:
            such = nearest(status, STATUSES) or "survey"
            raise DataError("This status of data is not known.", where="argument status", found=status,
                            remedy=f"status={such!r}  # one of {list(STATUSES)}")  # fmt: skip
        fpc, ssu = tuple(listed(fpc)), tuple(listed(ssu))
        beside = (bool(listed(one)) for one in (strata, psu, fpc, ssu))
        if replicates is not None and (
            not isinstance(replicates, Replicates) or weight is None or any(beside)
        ):
            columns = list(listed(getattr(replicates, "columns", replicates)))
            columns = columns if len(columns) > 1 else ["w1", "w2"]
            given = {"weight": weight, "strata": strata, "psu": psu, "fpc": fpc or None}
            raise DesignError(
                "Replicate weights stand beside a weight, in place of strata, psu and fpc.",
                where="argument replicates",
                found=", ".join(f"{name}={one!r}" for name, one in given.items() if one is not None)
                or "no weight",
                remedy=f"weight={weight or 'w'!r}, replicates=ps.Replicates({columns!r})",
            )
        if len(fpc) > 2 or (ssu and len(fpc) < 2) or (len(fpc) == 2 and psu is None):
            raise DesignError(
                "A second stage has units within PSUs, and its own count of them in the population.",
                where="arguments psu, ssu, fpc", found=f"psu={psu!r}, ssu={list(ssu)}, fpc={list(fpc)}",
                remedy='psu="village", ssu="household_id", fpc=["villages", "households"]  # or no ssu=',
            )  # fmt: skip
        self.lonely, self.missing, self.replicates = lonely, missing, replicates
        weights = tuple(one for one in (weight, size) if one is not None)
        strata, psu = tuple(listed(strata)), tuple(listed(psu))
        layout = Layout(weights, strata, psu, fpc, codes=read_codes(codes), ssu=ssu)
        self._open(data, layout)
        self.rows.need([one for one in layout.codes or () if isinstance(layout.codes, dict)])
        if key is not None:
            self.rows.need(listed(key))
            self.rows.refuse_repeated(listed(key))
        if replicates is not None:
            self.rows.need(replicates.columns)
        told = source if isinstance(source, Source) else None
        self.status = status or status_of(told, status_of(data))
        if not isinstance(source, str | Source | None):
            raise DataError("A source is a text, or a Source.", where="argument source", found=shown(source),
                            remedy='source="Household survey of Qingshui county, 2024"')  # fmt: skip
        self.source = (
            Source(self.status, source) if isinstance(source, str) else told or source_of(data)
        )
        if self.source is not None:  # what the user says of its kind counts
            self.source = Source(self.status, self.source.text, self.source.text_zh)

    calibration = None

    def _open(self, data, layout, path=""):
        known = layout.calibrated
        if known is not None and known.column not in layout.weights:  # by other weights
            layout = replace(layout, calibrated=None)
        self.data, self.layout, self.rows = data, layout, open_table(data, layout, path)
        if isinstance(self.rows, Rows):
            self.data = self.rows.table  # as it is now
        self._units = self.rows.units()
        self.design = design_of(self._units, self.lonely, layout)
        if not self.rows.whole > 0:
            raise DesignError(
                "All weights are zero, or add up to less.", where=self.rows.at(*layout.weights),
                remedy="weight= the column that tells how many each row stands for",
            )  # fmt: skip

    def __len__(self):
        """Number of rows."""
        return len(self.rows)

    def __repr__(self):
        """What it holds, in words."""
        layout, strata = self.layout, len(self.design.units)
        ends = f"{strata:,} strat{'um' if strata == 1 else 'a'}, {self.design.units.sum():,} PSUs"
        ends += f" of {', '.join(layout.psu)}" if layout.psu else ""
        if self.replicates is not None:
            ends = f"{len(self.replicates.columns):,} replicates ({self.replicates.kind})"
        ends = ", where ".join([ends, *layout.masks])
        return f"Survey({len(self):,} rows, weight {' x '.join(_own(layout)) or 'none'}, {ends})"

    def where(self, condition):
        """Keep the rows for which a condition holds, with the errors of the whole design.

        Parameters
        ----------
        condition : str or sequence of bool
            In words, such as ``"area == 'urban' and income < 2300"``, which runs on every kind of
            table; or true and false for each row, of tables in memory. It may have names of columns
            (in backticks where they hold blanks or begin with a figure), numbers, words in quotes, ``==
            != < <= > >=``, ``in [...]``, ``+ - * /``, ``and``, ``or``, ``not``, ``is None``.

        Returns
        -------
        Survey
            The same rows and design, of which those that were not kept have no weight.

        Raises
        ------
        DataError
            If it is no such condition, names what is no column, keeps no row, or cannot be told of
            a row because a value is missing. Where the survey drops missing values
            (``missing="drop"``), such rows are left out, with a warning.

        Notes
        -----
        Estimates and errors are those of a domain (``by=``), of Stata's ``subpop()`` and of R survey's
        ``subset``: all units stay in the design, and those without a row that was kept count as zero.
        A table that is cut before `Survey` has smaller errors, or lonely units.

        Degrees of freedom are units minus strata, in the strata where rows were kept: a unit without
        such a row is drawn all the same, and its zero tells how units differ. So it is with ``by=``,
        and in Stata. R's ``degf`` of a subset counts only units with such rows; weight 0 for the other
        rows (``weight=`` of `Survey`) gives that. It is the safer one where few units have any: of 40
        units in 5 strata, 95 % intervals held in 87 % of samples here and in 96 % by R's count where
        one unit in five had such rows, in 94 % both where seven in ten had (simulated).

        References
        ----------
        Lumley, T. (2010), Complex Surveys, Wiley, section 2.2.1. West, B., Berglund, P., Heeringa, S.
        (2008), A closer examination of subpopulation analysis of complex-sample survey data, Stata
        Journal 8.

        Examples
        --------
        >>> import pandas as pd, povstudy as ps
        >>> table = pd.DataFrame({"income": [1.0, 2.0, 6.0], "地区": ["城镇", "乡村", "乡村"]})
        >>> svy = ps.Survey(table).where("地区 == '乡村'")
        >>> ps.mean(svy, "income").tidy()["estimate"].tolist()
        [4.0]
        """
        from .groups.conditions import kept

        return kept(self, condition)

    def calibrate(self, totals, method="raking", bounds=None):
        """Make the weights meet known totals, with errors that know it.

        Parameters
        ----------
        totals : dict, Series or DataFrame
            Margins, by column, ``{"sex": {"f": 5100, "m": 4900}, "land": 81_000}``: the total of each
            value, or of a column of numbers. A pair of columns is a margin of their cells
            (post-strata), a Series with both in its index. A Series is one margin, named by its
            index; so is a DataFrame, with ``total``. Persons are counted, where there is ``size``.
        method : {"raking", "linear", "logit"}
            How weights move: raking multiplies them, and none falls below zero; linear is the
            generalised regression estimator (GREG); logit stays within bounds, smoothly.
        bounds : tuple of float, optional
            Least and greatest ratio of a weight to what it was, such as ``(0.3, 3)``: of logit and
            linear.

        Returns
        -------
        Survey
            With a column of calibrated weights in place of the weight, and ``.calibration``: margins
            before and after, ratios of the weights. Replicate weights are calibrated each.

        Raises
        ------
        DataError
            If a value has no total, a total no row, a column missing values; if margins add up to
            different populations; if no such weights exist.

        Notes
        -----
        Weights w g(x'b) of rows x meet the totals: g(u) is exp(u), 1 + u, or a logit curve between
        the bounds. Errors are those of residuals (a measure that cannot take them refuses): what the variables
        explain (by the weights before) is taken off the influence of each row. Weights of another
        scale are brought to the population first; ratios and bounds are told from there.

        References
        ----------
        Deville, J.-C., Särndal, C.-E. (1992), Calibration estimators in survey sampling, Journal of
        the American Statistical Association 87. Lumley, T. (2010), Complex Surveys, Wiley, chapter 7.

        Examples
        --------
        >>> import pandas as pd, povstudy as ps
        >>> table = pd.DataFrame({"poor": [1, 0, 0, 1], "sex": list("ffmm"), "w": [10.0, 10, 10, 10]})
        >>> svy = ps.Survey(table, weight="w").calibrate({"sex": {"f": 60, "m": 40}})
        >>> svy.weights.round(6).tolist()
        [30.0, 30.0, 20.0, 20.0]
        """
        from .weights.calibration import calibrated

        return calibrated(self, totals, method, bounds)

    def with_replicates(self, kind="JKn", count=500, seed=0, fay=0.0):
        """Make replicate weights from strata and sampling units.

        Parameters
        ----------
        kind : {"JKn", "BRR", "Fay", "bootstrap"}
            Each unit left out in turn (JK1 without strata); half samples of pairs of units, or
            their weights moved by ``1 - fay`` alone; or units drawn anew (Rao, Wu and Yue).
        count, seed : int
            Replicates of the bootstrap, and their seed.
        fay : float
            Of Fay's method, such as 0.3.

        Returns
        -------
        Survey
            With columns of replicate weights, in place of strata and units: so every step of an
            estimate (calibration, a model) can be made anew by each of them.

        Raises
        ------
        DesignError
            For replicate or calibrated weights, two stages, a lonely unit; of half samples if a
            stratum has not two units.

        References
        ----------
        Rao, J., Wu, C., Yue, K. (1992), Some recent work on resampling methods for complex surveys,
        Survey Methodology 18. Wolter, K. (2007), Introduction to Variance Estimation, Springer.

        Examples
        --------
        >>> import pandas as pd, povstudy as ps
        >>> svy = ps.Survey(pd.DataFrame({"x": [1.0, 2, 6], "w": [1, 1, 2]}), weight="w")
        >>> ps.mean(svy.with_replicates("JKn"), "x").tidy()["n"].tolist()
        [3]
        """
        from .weights.replication import replicated

        return replicated(self, kind, count, seed, fay)

    # What measures ask of it; not part of the public interface.

    def cells(self, by, needed, terms, plain=None, group=()):
        """Weighted sums of terms by domain and sampling unit.

        Parameters
        ----------
        by : list of str
            Columns of domains.
        needed : list of str
            Columns whose values a row must have to count.
        terms, plain : callable
            From a row (columns as ``row["income"]``, functions ``where``, ``log``, ``exp``,
            ``lookup``) to a dict of terms; ``plain`` are those that errors do not need.
        group : list of str
            Columns of groups that have a poverty line of their own.

        Returns
        -------
        Cells
        """
        by = list(by)
        self.rows.need([*by, *needed, *group])
        refuse_results([*by, *group])
        names = []

        def named(row):
            made = terms(row)
            names[:] = made
            return made

        found = self.rows.cells(by, needed, named, self.missing == "refuse", plain, tuple(group))
        _refuse_sizes(found, names, ", ".join(map(str, needed)))
        lost = int(found.rows[found.domain < 0].sum())
        if lost and self.missing == "refuse":
            self.rows.refuse_values(" or no ".join(by), lost, self.rows.at(*by))
        refuse_empty(found.population, found.domains)
        asked = by, needed, terms, group
        return replace(found, dropped=found.dropped + lost, asked=asked)

    def reopened(self, data, layout=None, **changes):
        """A copy over another table or layout, with other settings."""
        made = copy(self)
        vars(made).update(changes)
        made._open(data, layout or self.layout, self.rows.path if data is self.data else "")
        return made

    def in_memory(self, names):
        """The same survey with its needed columns at hand, for what follows single rows."""
        self.rows.need(names)
        if isinstance(self.rows, Rows):
            return self
        replicates = self.replicates.columns if self.replicates is not None else ()
        needed = [*names, *self.layout.names, *replicates]
        return self.reopened(self.rows.at_hand(needed))

    def with_weight(self, column=None):
        """The same survey without replicates; by another column of weights, if one is given."""
        weights = self.layout.weights if column is None else (column, *self.layout.weights[1:])
        layout = replace(self.layout, weights=weights, errors=False, signed=column is not None)
        return self.reopened(self.data, layout, replicates=None)

    def totals(self, influences):
        """Weighted influences of rows, summed by sampling unit; of tables in memory."""
        if self.design.pieces is not None:
            return self.design.of_rows(influences)
        units = self.rows.unit_codes
        if units is None:
            return self.design.totals(influences, self.rows.stratum_codes)
        made = np.zeros((len(self.design.stratum), influences.shape[1]))
        np.add.at(made, units, influences)
        return self.design.totals(made)

    @property
    def weights(self):
        """Weight of each row; of tables in memory."""
        return self.rows.weights


def _own(layout):
    """Columns of weights, without those of `Survey.where`."""
    return [one for one in layout.weights if one not in layout.masks]


def code_of(svy, table="table", **other):
    """A line that makes this survey anew from its table, by weight, strata, psu and codes alone.

    Examples
    --------
    >>> from povstudy.survey.survey import Survey, code_of
    >>> import pandas as pd
    >>> code_of(Survey(pd.DataFrame({"w": [1.0, 2]}), weight="w"), psu="village")
    "svy = ps.Survey(table, weight='w', psu='village')"
    """
    layout = svy.layout
    told = {"strata": list(layout.strata), "psu": list(layout.psu)}
    told = dict(zip(("weight", "size"), _own(layout), strict=False)) | told
    told |= {"codes": layout.codes} | other
    one = lambda x: x[0] if isinstance(x, list) and len(x) == 1 else x  # noqa: E731
    table = "svy.data" if layout.calibrated is not None and table == "table" else table
    given = [table, *(f"{name}={one(x)!r}" for name, x in told.items() if x)]
    return f"svy = ps.Survey({', '.join(given)})"


def _refuse_sizes(found, names, columns):
    """Refuse sums whose squares a float cannot hold."""
    for name, x in found.sums.items():
        if str(name).startswith("power "):  # told with its parameter, by `inequality`
            continue
        total = np.abs(found.total(name)) if name in names else np.ones(0)
        odd = [*np.abs(x[np.abs(x) > 1e10 * LARGEST]), *total[(total > 0) & (total < SMALLEST)]]
        if odd:
            refuse_size(f"column {columns}" if columns else "weights", odd[0])


def refuse_empty(population, domains):
    """Refuse a table without domains, or none of which has a weight; an empty one alone is not."""
    if not len(domains):
        raise DataError(
            "No row has a domain.", where=f"column {', '.join(map(str, domains.columns))}",
            remedy="by= columns that are filled in",
        )  # fmt: skip
    if not (population > 0).any():
        raise DataError(
            "There is no row with a value and a weight.", where=place_of(domains.iloc[0]) if len(
            domains) == 1 else f"column {', '.join(map(str, domains.columns))}",
            remedy="look at the column, and at the weights",
        )  # fmt: skip
