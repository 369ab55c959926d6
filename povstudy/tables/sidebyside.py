"""Models side by side: rows are terms, columns are models, and notes say what is seen."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..base.checks import listed, mean, nearest, need_share, need_whole
from ..base.errors import DataError
from ..base.language import in_percent, in_words, spoken, told, words
from ..base.showing import Shown
from ..base.status import Source, handed_on
from ..base.verdicts import minus
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
    _rows: tuple = ()

    def __repr__(self):
        """The table as text, with its title and notes."""
        return str(Shown(self.table, self.title, "", "\n".join(self.notes)))

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
        return writers.saved(self, path, ".html", writers.html if path is None else writers.page)

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
        return writers.saved(self, path, ".tex", writers.latex)

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
        return writers.saved(self, path, ".md", writers.markdown)

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
    for model in found if source is not None else ():
        model.source = model.source if model.source.status else source
    heads = [told(one, lang, names, []) for one in heads]
    if twice := [one for one in heads if heads.count(one) > 1]:
        raise DataError("Two models have one head.", where="argument names", found=twice[0],
                        remedy="a text of its own for each head")  # fmt: skip
    levels = _levels_of(stars)
    numbers = _kept(_lined_up(heads, found, lang, names), keep)
    rows = [row for _, group in numbers.groupby("_code", sort=False)
            for row in pair(group, heads, below, levels, digits, say)]  # fmt: skip
    rows += bottom(numbers, heads, found, say, lang, names)
    table = pd.DataFrame([[row.label, *(cell.text for cell in row.cells)] for row in rows],
                         columns=["", *heads])  # fmt: skip
    shown = numbers[[one for one in numbers if not str(one).startswith("_")]].copy()
    for one in (table, shown):
        handed_on(one, *[model.source for model in found if model.source.text])
    table.attrs["title"] = _title(title, {model.source.status for model in found}, lang)
    told_ = told_below(numbers, heads, found, below, levels, say, lang, names)
    own = [notes] if isinstance(notes, str | tuple) else listed(notes)
    told_ += [spoken(one, lang) for one in own]
    return ModelTable(table, shown, table.attrs["title"], tuple(told_), lang, tuple(rows))


def _title(title, kinds, lang):
    """The title, which says first that data are simulated, or some of them."""
    title = "" if title is None else spoken(title, lang)
    if "simulated" not in kinds:
        return title
    mixed = in_words("model_table", lang)["mixed"] + words(lang)(" ", "") + title
    made = Source("simulated", "").heading(title, lang) if len(kinds) == 1 else mixed
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
    asked = listed(exponentiate)
    if isinstance(exponentiate, bool):
        asked = heads if exponentiate else []
    if unknown := [one for one in asked if one not in heads]:
        raise DataError("There is no such model." + mean(nearest(unknown[0], heads)), where="argument exponentiate",
                        found=unknown[0], remedy=f"some of {heads}")  # fmt: skip
    return [fits.exponent(one, head) if head in asked else one
            for head, one in zip(heads, found, strict=True)]  # fmt: skip


def _levels_of(stars):
    """Levels at which p-values have one star more, the largest first."""
    if isinstance(stars, bool):
        return STARS if stars else ()
    made = listed(stars)
    for one in made:
        need_share("stars", one, 0.05)
    return tuple(sorted(set(made), reverse=True))


def _lined_up(heads, found, lang, names):
    """Rows of all models below each other, in the order in which the table shows them."""
    against, made = {}, []  # reference levels of each variable
    for model in found:
        for parts, one in zip(model.rows["_parts"], model.rows["_reference"], strict=True):
            against.setdefault(parts[0][0], set()).update({one} - {""})
    many = {name for name, levels in against.items() if len(levels) > 1}
    for head, model in zip(heads, found, strict=True):
        rows = model.rows.assign(model=head, data_status=model.source.status)
        rows["_percent"] = [in_percent(one) and not model.ratio for one in rows["term"]]
        rows[["_code", "text"]] = [
            _spelled(row, model.groups, many, lang, names) for row in rows.to_dict("records")
        ]
        if (twice := rows["_code"].duplicated()).any():
            raise DataError("A model has several estimates of the same term.", where="column term",
                            found=f"{rows['term'][twice].iloc[0]}, model {head}",
                            remedy="one row for each, or the columns that tell them apart between term and estimate")  # fmt: skip
        rows["_variable"] = [one[0][0] if len(one) == 1 else code_of(one) for one in rows["_parts"]]
        made.append(rows)
    every = pd.concat(made, ignore_index=True)
    order = {one: at for at, one in enumerate(dict.fromkeys(every["_variable"]))}
    order |= {"Intercept": len(order)} if "Intercept" in order else {}
    first = every.groupby("_code")["_code"].transform(lambda one: one.index[0])
    every = every.iloc[np.lexsort((every.index, first, every["_variable"].map(order)))]
    groups = dict.fromkeys(name for model in found for name in model.groups)
    front = ["model", "term", "text", *groups]
    return every[front + [one for one in every if one not in front]]


def _spelled(row, groups, many, lang, names):
    """The code by which a row is known, and its text: the term, its domains, what it is set against."""
    t, say = words(lang), in_words("model_table", lang)
    colon, of_values = t(": ", "："), {a: b for a, b in (names or {}).items() if a not in groups}
    code, text = code_of(row["_parts"]), text_of(row["term"], row["_parts"], lang, names)
    text = say["percent"].format(text) if row["_percent"] else text
    for name in groups:
        sides = row[name].split(" - ") if isinstance(row[name], str) else [row[name]]
        value = minus([told(one, lang, of_values, ["value"]) for one in sides], t)
        value = method_in_words(value, lang, names) if name == "method" else value
        head = "" if name in ("arm", "method") else told(name, lang, names) + colon
        code += f", {name}: {row[name]}"
        text += (colon if name == "arm" else t(", ", "，")) + head + value
    if row["_reference"] and row["_parts"][0][0] in many:
        code += f" ({row['_reference']})"
        against = told(row["_reference"], lang, of_values, ["value"])
        text += t(" ", "") + say["against"].format(against)
    return code, text


def _kept(numbers, keep):
    """The rows that are asked for, in the order asked for."""
    if keep is None:
        return numbers
    if not listed(keep):
        raise DataError("No row is to be kept.", where="argument keep", found=keep, remedy="keep=None")  # fmt: skip
    taken = {}
    for one in listed(keep):
        spellings = (numbers[name] == one for name in ("term", "_code", "text", "_variable"))
        codes = next((numbers["_code"][same] for same in spellings if same.any()), ())
        if not len(codes):
            known = list(dict.fromkeys([*numbers["_code"], *numbers["_variable"]]))
            raise DataError("There is no such row." + mean(nearest(one, known)), where="argument keep",
                            found=one, remedy=f"some of {known[:12]}")  # fmt: skip
        taken |= dict.fromkeys([one for one in codes if one not in taken])
    order = numbers["_code"].map({code: at for at, code in enumerate(taken)}).dropna()
    return numbers.loc[order.sort_values(kind="stable").index].reset_index(drop=True)
