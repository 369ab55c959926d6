"""Models side by side: rows are terms, columns are models, and notes say what is seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..base.checks import listed, mean, nearest, need_share, need_whole
from ..base.errors import DataError
from ..base.language import in_percent, in_words, told, words
from ..base.status import Source, handed_on
from . import fits, writers
from .below import bottom, method_in_words, pair
from .below import notes as told_below
from .terms import code_of, text_of

STARS = (0.1, 0.05, 0.01)


@dataclass(frozen=True, repr=False, eq=False)
class ModelTable:
    """Models side by side, to be read, printed and passed on; made by `model_table`.

    Attributes
    ----------
    table : DataFrame
        Texts: a column of rows' names, and one for each model; below each estimate its error.
    numbers : DataFrame
        What stands in it, unrounded: ``model term text``, domains, ``estimate std_error ci_low
        ci_high p_value n df data_status``.
    title : str
        It says first that data are simulated.
    notes : tuple of str
        What stands below: what is in brackets, how errors were made, kind and source of the data.
    lang : str
        Language of the words.
    """

    table: pd.DataFrame
    numbers: pd.DataFrame
    title: str
    notes: tuple
    lang: str
    _rows: tuple = field(default=())

    def __repr__(self):
        """The table as text, with its title and notes."""
        with pd.option_context("display.unicode.east_asian_width", self.lang == "zh"):
            text = self.table.to_string(index=False)
        return "\n".join(filter(None, (self.title, text, *self.notes)))

    def _repr_html_(self):
        return writers.html(self)

    def tidy(self):
        """The numbers, as `numbers` has them."""
        return self.numbers.copy()

    def to_html(self, path=None):
        """Write it as HTML, in the colours of the page that it stands in.

        Parameters
        ----------
        path : str or Path, optional
            ``.html``; without it the text is returned, to stand within a page.

        Returns
        -------
        str or None
        """
        return writers.text(self, path, ".html", writers.html if path is None else writers.page)

    def to_latex(self, path=None):
        r"""Write it as LaTeX: ``booktabs``, with notes of the width of the table.

        Parameters
        ----------
        path : str or Path, optional
            ``.tex``; without it the text is returned.

        Returns
        -------
        str or None
            A floating table; its first line says which packages it needs. Chinese needs
            ``ctex`` and xelatex. All signs of LaTeX in texts are told as text.
        """
        return writers.text(self, path, ".tex", writers.latex)

    def to_markdown(self, path=None):
        """Write it as a table of Markdown.

        Parameters
        ----------
        path : str or Path, optional
            ``.md``; without it the text is returned.

        Returns
        -------
        str or None
        """
        return writers.text(self, path, ".md", writers.markdown)

    def to_word(self, path):
        """Write it as a table of Word, with its title above and its notes below.

        Parameters
        ----------
        path : str or Path
            ``.docx``.

        Raises
        ------
        SetupError
            If the package python-docx is missing.
        DataError
            If the file cannot be written, as when it is open in Word.
        """
        writers.saved(self, path, ".docx", writers.word)

    def to_excel(self, path):
        """Write it as a workbook: a sheet to be read, and one of the unrounded numbers.

        Parameters
        ----------
        path : str or Path
            ``.xlsx``. Estimates and errors are numbers there, shown with as many figures, stars
            and brackets as in the table; no text is run as a formula.

        Raises
        ------
        SetupError
            If the package openpyxl is missing.
        DataError
            If the file cannot be written, as when it is open in Excel.
        """
        writers.saved(self, path, ".xlsx", writers.excel)


def model_table(models, *, below="std_error", stars=False, exponentiate=False, keep=None,
                names=None, digits=None, level=0.95, title=None, notes=None, source=None,
                lang="en"):  # fmt: skip
    """Set models side by side: terms in rows, models in columns, errors in brackets below.

    Parameters
    ----------
    models : list or dict
        Results of povstudy (`relapse_model`, `compare`, `trial_effects`, `adjusted_effects`,
        `pool`, all `Estimates`), tables of ``.tidy()`` or ``.hazard_ratios()``, and results of
        statsmodels and pyfixest. In a dict each under its head; in a list heads are (1), (2).
    below : {"std_error", "interval"}
        What stands in brackets. Where there is no standard error, the interval does.
    stars : bool or sequence of float
        Whether p-values have stars: at 0.1, 0.05, 0.01, or at the levels given. The notes tell.
    exponentiate : bool or list of str
        Whether coefficients become ratios (hazard, odds), for all models or those whose heads
        are listed; errors by the delta method, intervals from those of the coefficients. The
        baseline of a hazard is left out then, and the notes say so.
    keep : str or list of str, optional
        Which rows, in this order: variables (all their levels), terms, or texts.
    names : dict, optional
        For a term, variable, level, column or head its text, or its texts in English and Chinese.
    digits : int, optional
        Figures behind the point; by default two figures of the smallest error of the row.
    level : float
        Of the intervals.
    title : str or tuple of str, optional
        What the table shows, in English and Chinese.
    notes : str, tuple or list of them, optional
        Further notes, below those that the table makes itself.
    source : Source, optional
        Of the data of models that do not tell it, such as those of statsmodels.
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    ModelTable
        With ``.table .numbers .title .notes``, and ``.to_latex() .to_word() .to_excel()
        .to_html() .to_markdown()``.

    Raises
    ------
    DataError
        If something is no result of a model, or nothing is to be kept.

    Notes
    -----
    Levels are rows of their own. Where models set them against different reference levels, the
    rows say against which; else the notes do.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> spells = pd.DataFrame({"household_id": range(8), "entry": 0,
    ...                        "exit": [1, 2, 3, 3, 1, 1, 2, 3], "help": ["a"] * 4 + ["b"] * 4,
    ...                        "event": [1, 0, 1, 0, 1, 1, 1, 0]})
    >>> fit = ps.relapse_model("help", spells, baseline="constant")
    >>> shown = ps.model_table({"hazards": fit}, exponentiate=True)
    >>> shown.table["hazards"].tolist()[:2], shown.table.iloc[0, 0]
    (['2.2', '(2.3)'], 'help: b')
    """
    say = in_words("model_table", lang)
    need_share("level", level, 0.95)
    if digits is not None:
        need_whole("digits", digits, 0, 3)
    if below not in ("std_error", "interval"):
        raise DataError("Below stands a standard error or an interval.", where="argument below",
                        found=below, remedy='below="interval"')  # fmt: skip
    heads, found = _read(models, level)
    found = _as_ratios(heads, found, exponentiate)
    found = [_sourced(model, source) for model in found]
    heads = [told(one, lang, names, []) for one in heads]
    if twice := [one for one in heads if heads.count(one) > 1]:
        raise DataError("Two models have one head.", where="argument names", found=twice[0],
                        remedy="a text of its own for each head")  # fmt: skip
    levels = _levels_of(stars)
    numbers = _lined_up(heads, found, lang, names)
    numbers = _kept(numbers, keep)
    rows = [row for _, group in numbers.groupby("code", sort=False)
            for row in pair(group, heads, below, levels, digits, say)]  # fmt: skip
    rows += bottom(numbers, heads, found, say, lang, names)
    table = pd.DataFrame([[row.label, *row.texts] for row in rows], columns=["", *heads])
    shown = numbers.drop(columns=["parts", "reference", "variable", "code", "percent"])
    for one in (table, shown):
        handed_on(one, *[model.source for model in found])
    table.attrs["title"] = _title(title, [model.status for model in found], lang)
    own = [notes] if isinstance(notes, str | tuple) else listed(notes)
    below_it = told_below(numbers, heads, found, below, levels, say, lang, names)
    below_it += [one if isinstance(one, str) else words(lang)(*one) for one in own]
    return ModelTable(table, shown, table.attrs["title"], tuple(below_it), lang, tuple(rows))


def _title(title, kinds, lang):
    """The title, which says first that data are simulated, or some of them."""
    title = "" if title is None else title if isinstance(title, str) else words(lang)(*title)
    if "simulated" not in kinds:
        return title
    if set(kinds) == {"simulated"}:
        made = Source("simulated", "").heading(title, lang)
    else:
        made = in_words("model_table", lang)["mixed"] + words(lang)(" ", "") + title
    return made if title else made.rstrip(": ：")


def _read(models, level):
    """Heads of the models, and the models as they are read."""
    named = isinstance(models, Mapping)
    if not named:
        single = isinstance(models, pd.DataFrame | str) or not np.iterable(models)
        models = [models] if single or hasattr(models, "tidy") else list(models)
        models = {f"({at})": one for at, one in enumerate(models, 1)}
    if not models:
        raise DataError("There is no model to show.", where="argument models", found="none",
                        remedy="a list of results, or a dict of them under their heads")  # fmt: skip
    heads, found = [], []
    for head, model in models.items():
        parts = fits.by_outcome(fits.read(model, level, head))
        heads += [f"{head}: {name}" if len(parts) > 1 else head for name in parts]
        found += parts.values()
    return heads if named else [f"({at})" for at in range(1, len(found) + 1)], found


def _as_ratios(heads, found, exponentiate):
    if isinstance(exponentiate, bool):
        asked = heads if exponentiate else []
    else:
        asked = listed(exponentiate)
        if unknown := [one for one in asked if one not in heads]:
            raise DataError("There is no such model." + mean(nearest(unknown[0], heads)), where="argument exponentiate",
                            found=unknown[0], remedy=f"some of {heads}")  # fmt: skip
    return [fits.exponent(one, head) if head in asked else one
            for head, one in zip(heads, found, strict=True)]  # fmt: skip


def _sourced(model, source):
    if source is not None and model.source is None and not model.status:
        model.source, model.status = source, source.status
    return model


def _levels_of(stars):
    """Levels at which p-values have one star more, the largest first."""
    if isinstance(stars, bool):
        return STARS if stars else ()
    for one in (made := sorted(listed(stars), reverse=True)):
        need_share("stars", one, 0.05)
    return tuple(made)


def _lined_up(heads, found, lang, names):
    """Rows of all models below each other, in the order in which the table shows them."""
    say, t = in_words("model_table", lang), words(lang)
    against = {}  # reference levels of each variable
    for model in found:
        for parts, one in zip(model.rows["parts"], model.rows["reference"], strict=True):
            if one:
                against.setdefault(parts[0][0], set()).add(one)
    many = {name for name, levels in against.items() if len(levels) > 1}
    made = []
    for head, model in zip(heads, found, strict=True):
        rows = model.rows.assign(model=head, data_status=model.status)
        domains = {one: told(one, lang, names) for one in model.groups}
        of_values = {one: text for one, text in (names or {}).items() if one not in domains}
        codes, texts, percents = [], [], []
        for row in rows.to_dict("records"):
            percent = in_percent(row["term"]) and not model.ratio
            code, text = code_of(row["parts"]), text_of(row["term"], row["parts"], lang, names)
            text = say["percent"].format(text) if percent else text
            for name, head_of in domains.items():
                sides = row[name].split(" - ") if isinstance(row[name], str) else [row[name]]
                value = t(" minus ", "减").join(told(x, lang, of_values, ["value"]) for x in sides)
                value = method_in_words(value, lang, names) if name == "method" else value
                bare = name in ("arm", "method")
                code += f", {name}: {row[name]}"
                text += (t(": ", "：") if name == "arm" else t(", ", "，")) + (
                    value if bare else head_of + t(": ", "：") + value)  # fmt: skip
            if row["reference"] and row["parts"][0][0] in many:
                code += f" ({row['reference']})"
                against = told(row["reference"], lang, of_values, ["value"])
                text += t(" ", "") + say["against"].format(against)
            codes.append(code), texts.append(text), percents.append(percent)
        made.append(rows.assign(code=codes, text=texts, percent=percents))
    every = pd.concat(made, ignore_index=True)
    every["variable"] = [term[0][0] if len(term) == 1 else code_of(term) for term in every["parts"]]
    groups = list(dict.fromkeys(name for model in found for name in model.groups))
    order = {one: at for at, one in enumerate(dict.fromkeys(every["variable"]))}
    order |= {"Intercept": len(order)} if "Intercept" in order else {}
    first = every.groupby("code")["code"].transform(lambda one: one.index[0])
    every = every.iloc[np.lexsort((every.index, first, every["variable"].map(order)))]
    front = ["model", "term", "text", *groups]
    return every[front + [one for one in every if one not in front]]


def _kept(numbers, keep):
    """The rows that are asked for, in the order asked for."""
    if keep is None:
        return numbers
    taken = []
    if not listed(keep):
        raise DataError("No row is to be kept.", where="argument keep", found=keep, remedy="keep=None")  # fmt: skip
    for one in listed(keep):
        for column in ("term", "code", "text", "variable"):
            codes = numbers.loc[numbers[column] == one, "code"].unique()
            if len(codes):
                break
        else:
            known = list(dict.fromkeys(numbers["code"]))
            raise DataError("There is no such row." + mean(nearest(one, [*known, *numbers["variable"]])),
                            where="argument keep", found=one, remedy=f"some of {known[:12]}")  # fmt: skip
        taken += [code for code in codes if code not in taken]
    at = numbers["code"].map({code: at for at, code in enumerate(taken)})
    return numbers[at.notna()].iloc[at.dropna().argsort(kind="stable")].reset_index(drop=True)
