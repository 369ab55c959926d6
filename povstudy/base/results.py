"""What every result can do: be shown, told, drawn, written to a file, and read by others."""

from inspect import signature
from types import SimpleNamespace

import numpy as np
import pandas as pd

from .checks import listed, mean, nearest, need_columns, need_share
from .errors import DataError
from .exports import write
from .language import in_words, spoken, told
from .lazy import figure
from .optional import optional
from .rounding import keys_of, shown
from .showing import Shown
from .status import Source, handed_on, source_of, status_of

_MOST = 60  # rows that are shown; of longer tables the first and the last


class _Read:
    """A property that gives way to a field of the same name."""

    def __init__(self, make):
        self.make, self.__doc__ = make, make.__doc__

    def __get__(self, one, kind=None):
        if one is None:  # so that a dataclass takes it for no default
            raise AttributeError(self.make.__name__)
        return self.make(one)


class Result:
    """What every result of the house can do; it needs `tidy`, and says the rest itself.

    ``.summary()`` tells it in words, ``.show()`` as a table to be read (which notebooks show by
    themselves), ``.plot()`` draws it where there is a figure for it, ``.wide()`` sets terms or
    domains side by side, ``.to_excel()`` and ``.to_latex()`` hand it on; ``params``, ``bse``,
    ``tvalues``, ``pvalues``, ``conf_int()``, ``nobs`` and ``model`` are what other packages ask of
    results, such as statsmodels' ``summary_col``.
    """

    _figures = {}  # noqa: RUF012  for each figure that takes it, where its table is; first: of plot

    def _main(self, lang):
        """The table that is shown: not always that of `tidy`."""
        return self.tidy()

    def _told(self, lang):
        """Sentences that stand under the table: those of a summary of its own."""
        told = "" if type(self).summary is Result.summary else self.summary(lang)
        return told if isinstance(told, str) else ""

    def _look(self):
        """What the figure of `plot` is told besides."""
        return {}

    # To be read.

    def show(self, lang="en", names=None, title=None):
        """The table to be read: with words, few digits, kind of data and source.

        Parameters
        ----------
        lang : {"en", "zh"}
            Language of the words.
        names : dict, optional
            For a column, a value of the domains, or a term, its text or its texts in English and
            Chinese.
        title : str or tuple of str, optional
            What stands above it, in English and Chinese.

        Returns
        -------
        Shown
            A notebook shows it as HTML, ``print`` as text. Numbers are rounded there alone; those
            of `tidy` are whole. Of more than 60 rows the first and the last 30 are shown.
        """
        table = self._main(lang)
        titles = in_words("result", lang)
        kinds = [one.__name__ for one in type(self).__mro__ if one.__name__ in titles]
        title = title or table.attrs.get("title") or titles[kinds[0] if kinds else "Result"]
        source = (
            source_of(table) or source_of(self) or Source(status_of(table, status_of(self)), "")
        )
        part = table if len(table) <= _MOST else pd.concat([table.head(30), table.tail(30)])
        part.attrs = dict(table.attrs)
        say, told = in_words("shown", lang), [self._told(lang)]
        if (
            "method" in table
            and table["method"].astype(str).str.startswith("one sampling unit").any()
        ):
            told.append(say["alone"])
        if dropped := getattr(self, "dropped", 0):
            told.append(say["dropped"].format(dropped))
        return Shown(
            shown(part, lang, names), source.heading(spoken(title, lang), lang),
            "\n".join(filter(None, told)), source.line(lang),
            say["more"].format(len(table)) if len(table) > _MOST else "",
        )  # fmt: skip

    def summary(self, lang="en"):
        """Say what was found, as text.

        Parameters
        ----------
        lang : {"en", "zh"}
            The language.

        Returns
        -------
        str
        """
        return str(self.show(lang))

    def __repr__(self):
        """What `summary` says."""
        told = self.summary()
        return told if isinstance(told, str) else str(self.show())

    def _repr_html_(self):
        return self.show()._repr_html_()

    def plot(self, *, ax=None, **options):
        """Draw it: the first of the figures of `povstudy.figures` that take this result.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Axes to draw on.
        **options
            As of that figure: ``source lang title`` and its own. Of estimates of several measures
            by domain the first is drawn, or that of ``term=``.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        DataError
            If there is no figure for it.
        """
        for name in self._figures:
            return figure(name)(self, ax=ax, **options)
        table = self.tidy()
        if "estimate" not in table:
            raise DataError(f"There is no figure of {type(self).__name__}.", where="plot()",
                            remedy=".show()  # its table")  # fmt: skip
        name, look, rows = _drawn(table, options.pop("term", None))
        data = self if name in _BANDS and hasattr(self, "band") else rows
        given = options.get("colour")
        first = next(iter(given), None) if isinstance(given, dict) else str(given)
        if given is not None and "colour" in look and first not in rows:
            options["colour"] = {look["colour"]: given}  # colours, beside the column of groups
        return figure(name)(data, ax=ax, **{**look, **options})

    # For other programs.

    def wide(self, columns=None, values="estimate"):
        """Terms, lines or domains side by side: a column for each, as a table for a report.

        Parameters
        ----------
        columns : str or list of str, optional
            What is set side by side; without it the terms or, of one term, the last domain.
        values : str or list of str
            What stands in the cells: ``"estimate"``, or several columns of `tidy`, such as
            ``["estimate", "std_error"]``; the first has the name of what is set side by side,
            the others add theirs: ``gini``, ``gini_std_error``.

        Returns
        -------
        DataFrame
            A row for each combination of the other columns; ``data_status`` stands last.

        Raises
        ------
        DataError
            If a column is not there.
        """
        table = self._estimates()
        keys, values = keys_of(table), listed(values)
        varying = [one for one in keys if table[one].nunique(dropna=False) > 1] or keys[:1]
        columns = listed(columns) or (["term"] if "term" in varying else varying[-1:])
        need_columns(table, [*columns, *values])
        rows = [one for one in keys if one not in columns]
        at = pd.Series(0, table.index)
        if rows:
            at = table.groupby(rows, sort=False, dropna=False).ngroup()
        made = (
            table[rows].drop_duplicates().reset_index(drop=True)
            if rows
            else pd.DataFrame(index=[0])
        )
        for name, part in table.groupby(columns, sort=False, dropna=False):
            name = name[0] if len(columns) == 1 else ", ".join(map(str, name))
            for one in values:
                head = name if one == values[0] else f"{name}_{one}"
                made[head] = pd.Series(part[one].to_numpy(), at[part.index])
        made["data_status"] = status_of(table, status_of(self))
        return handed_on(made, table, self)

    def to_excel(self, path):
        """Write the table of `tidy`, with all digits and its source, to a workbook.

        Parameters
        ----------
        path : str or Path
            ``.xlsx``; or ``.csv``.

        Raises
        ------
        DataError
            If the file cannot be written there.
        """
        table = self.tidy()
        source = source_of(table) or source_of(self)
        write(table if source is None else table.assign(source=source.text), path)

    def to_latex(self, lang="en", names=None):
        """The table of `show` for LaTeX, with the lines of the package booktabs.

        Parameters
        ----------
        lang, names
            As of `show`. (For Chinese the document needs ctex.)

        Returns
        -------
        str
        """
        made = self.show(lang, names)
        look = "".join("r" if one else "l" for one in made.numbers)
        with optional("jinja2", "Writing LaTeX"):
            text = made.table.to_latex(index=False, escape=True, column_format=look)
            line = pd.DataFrame({"x": [made.line]}).to_latex(index=False, header=False, escape=True)
        foot = line.split("\\\n", 1)[0].splitlines()[-1].rstrip(" \\")
        under = (
            f"\\multicolumn{{{len(look)}}}{{p{{0.9\\linewidth}}}}{{\\footnotesize {foot}}} \\\\\n"
        )
        return text.replace("\\bottomrule\n", "\\bottomrule\n" + under)

    def _estimates(self, level=None):
        asked = "level" in signature(self.tidy).parameters and level is not None
        table = self.tidy(**({"level": level} if asked else {}))
        if "estimate" not in table:
            raise DataError(
                f"{type(self).__name__} holds no estimates.", remedy=".tidy()  # what it holds"
            )
        own = level if asked else table.attrs.get("level", getattr(self, "level", 0.95))
        if level is not None and abs(level - own) > 1e-9:
            raise DataError("The intervals of this result are of one level alone.", where="argument level",
                            found=level, remedy=f"level={own:.12g}")  # fmt: skip
        return table

    def _series(self, name, values=None):
        """A column of `tidy` by readable names of its rows."""
        table = self._estimates()
        if values is None:
            need_columns(table, [name])
            values = table[name]
        return pd.Series(np.asarray(values), _names(table), name=name)

    @_Read
    def params(self):
        """The estimates, by their names."""
        return self._series("estimate")

    @_Read
    def std_errors(self):
        """Their standard errors."""
        return self._series("std_error")

    @_Read
    def bse(self):
        """Their standard errors, as statsmodels calls them."""
        return self.std_errors

    @_Read
    def tvalues(self):
        """Estimates by their standard errors."""
        table = self._estimates()
        need_columns(table, ["std_error"])
        error = table["std_error"].where(table["std_error"] > 0)
        return self._series("t_value", table["estimate"] / error)

    @_Read
    def pvalues(self):
        """For each the p-value of a true value of zero: its own, or that of t."""
        table = self._estimates()
        if "p_value" in table:
            return self._series("p_value")
        from scipy import stats

        df = table["df"].where(table["df"] > 0) if "df" in table else np.inf
        return self._series("p_value", 2 * stats.t.sf(self.tvalues.abs(), df))

    @_Read
    def nobs(self):
        """Rows that they rest on: one number, or one for each where they differ."""
        rows = self._series("n")
        return int(rows.iloc[0]) if rows.notna().any() and rows.nunique(dropna=False) == 1 else rows

    @_Read
    def model(self):
        """Names of the outcome and of the estimates, as tables of statsmodels ask for them."""
        outcome = getattr(getattr(self, "fit", self), "outcome", "estimate")
        return SimpleNamespace(endog_names=str(outcome), exog_names=list(self.params.index))

    def conf_int(self, alpha=None, *, level=None):
        """Confidence intervals, by the names of the estimates.

        Parameters
        ----------
        alpha : float, optional
            What the intervals leave out, as in statsmodels: 0.05 gives those of 95 percent.
            Without it they are those of `tidy`.
        level : float, optional
            What they hold, as in `tidy`; in place of alpha.

        Returns
        -------
        DataFrame
            ``ci_low ci_high``.

        Raises
        ------
        DataError
            If alpha is above a half, as a level would be, or the result knows one level alone.
        """
        if alpha is not None and level is None:
            need_share("alpha", alpha, 0.05)
            if alpha > 0.5:
                raise DataError("alpha= is what an interval leaves out; level= is what it holds.",
                                where="argument alpha", found=alpha, remedy=f"level={alpha}")  # fmt: skip
            level = round(1 - alpha, 12)
        if level is not None:
            need_share("level", level, 0.95)
        table = self._estimates(level)
        need_columns(table, ["ci_low", "ci_high"])
        return table[["ci_low", "ci_high"]].set_axis(_names(table))


def _names(table):
    """Readable names of estimates: what tells them apart, such as ``headcount, 2010``."""
    keys = keys_of(table)
    varying = [one for one in keys if table[one].nunique(dropna=False) > 1]
    first = varying or [one for one in keys if one == "term"] or keys[:1]
    return pd.Index([", ".join(told(one, "en", lists=()) for one in row)
                     for row in table[first].itertuples(index=False, name=None)], dtype=object)  # fmt: skip


_BANDS = ("lorenz_curve", "tip_curve", "growth_curve", "concentration_curve")
_CURVES = {  # how terms begin, their figure, and what it keeps apart by itself
    "lorenz(": ("lorenz_curve", ()), "tip(": ("tip_curve", ()), "growth(": ("growth_curve", ()),
    "concentration(": ("concentration_curve", ()), "hazard": ("hazards_by_period", ("period",)),
    "survivor": ("survival_curves", ("period",)),
    "cumulative incidence": ("incidence_curves", ("period", "cause")),
}  # fmt: skip


def _drawn(table, term):
    """Which figure shows estimates, what it is told, and of which rows."""
    if "term" not in table:
        table = table.assign(term="estimate")
    keys = [one for one in keys_of(table) if one != "term"]
    terms = list(dict.fromkeys(table["term"]))
    if term is not None and term not in terms:
        raise DataError("There is no such term." + mean(nearest(term, terms)), where="argument term",
                        found=term, remedy=f"term={terms[0]!r}")  # fmt: skip
    for start, (name, apart) in _CURVES.items() if term is None else ():
        rows = table[table["term"].astype(str).str.startswith(start)]
        groups = [one for one in keys if one not in apart and rows[one].nunique() > 1]
        if len(rows):
            return name, {"colour": groups[0]} if groups else {}, table
    if set(terms) == {"sensitivity", "false positive rate"} and "cutoff" in table:
        groups = [one for one in keys if one != "cutoff" and table[one].nunique() > 1]
        return "roc_curve", {"colour": groups[0]} if groups else {}, table
    rows = table[table["term"] == (terms[0] if term is None else term)]
    if "component" in rows and {"growth", "change"} <= set(rows["component"]):
        return "waterfall", {}, rows
    varying = [one for one in keys if rows[one].nunique() > 1]
    if not varying:
        return "estimates_by_domain", {"by": "term"}, table if term is None else rows
    if term is None and {"M0", "contribution"} <= set(terms):
        return "deprivation_bars", {"by": varying[0]}, table
    # Few groups are told apart by colour; all others are rows.
    few = [one for one in varying[1:] if rows[one].nunique() <= 5] or [
        one for one in varying[:1] if len(varying) > 1 and rows[one].nunique() <= 5]  # fmt: skip
    by = [one for one in varying if one not in few[-1:]]
    if len(by) > 1:
        texts = [", ".join(told(x, "en", lists=()) for x in row)
                 for row in rows[by].itertuples(index=False, name=None)]  # fmt: skip
        rows = rows.assign(**{", ".join(by): texts})
    look = {"by": ", ".join(by)} | ({"colour": few[-1]} if few else {})
    return "estimates_by_domain", look, rows


def as_ratios(table, keys, name):
    """Coefficients that are logs of ratios as these ratios, with p-values of a ratio of 1.

    Parameters
    ----------
    table : DataFrame
        ``estimate std_error ci_low ci_high n df method data_status``.
    keys : DataFrame
        What names each row, with the same index.
    name : str
        Of the column of ratios.

    Returns
    -------
    DataFrame
    """
    from scipy import stats

    p_value = 2 * stats.t.sf((table["estimate"] / table["std_error"]).abs(), table["df"])
    made = keys.assign(**{name: np.exp(table["estimate"]), "ci_low": np.exp(table["ci_low"]),
                          "ci_high": np.exp(table["ci_high"]), "p_value": p_value})  # fmt: skip
    return made.join(table[["n", "df", "method", "data_status"]])


def taken(data, name):
    """What a figure draws: the table that is given, or that which a result has for it.

    Parameters
    ----------
    data : DataFrame or Result
    name : str
        Of the figure.

    Returns
    -------
    table : DataFrame
    look : dict
        What the result tells the figure besides, if it is the one of its `plot`.
    """
    if not isinstance(data, Result):
        return data, {}
    held = "band" if name in _BANDS and hasattr(data, "band") else "tidy"
    table = getattr(data, data._figures.get(name, held))
    look = data._look() if name == next(iter(data._figures), None) else {}
    return table() if callable(table) else table, look
