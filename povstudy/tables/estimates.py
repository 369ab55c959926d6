"""Estimates and published figures as tables to be read."""

import pandas as pd

from ..base.checks import need_columns
from ..base.errors import DataError
from ..base.language import headed, in_words, spoken, texts, told, words
from ..base.results import taken
from ..base.rounding import estimates_shown
from ..base.status import handed_on
from .fits import in_rows
from .terms import text_of


def estimates_table(table, title=None, names=None, lang="en"):
    """Estimates as a table to be read: with words, percent where that is usual, few digits.

    Parameters
    ----------
    table : DataFrame or Result
        The result itself, a table as `Estimates.tidy` gives it, or ``hazard_ratios`` of a relapse fit.
    title : str or tuple of str, optional
        What the table shows, in English and Chinese.
    names : dict, optional
        For a column or value of the domains, or a term, its text or its texts in English and
        Chinese. A text for a column is not that of a value of the same name.
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        Measure, domains, estimate, standard error (of ratios none), 95 percent interval, rows.
        For LaTeX:
        ``.to_latex(index=False, escape=True)``; without ``escape`` the rest of a row is lost
        after a percent sign.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> svy = ps.Survey(pd.DataFrame({"income": [1150, 1725, 2300, 4000]}))
    >>> found = ps.poverty(svy, "income", line=2300, measures=["headcount"]).tidy()
    >>> ps.tables.estimates_table(found, ("Poverty", "贫困"))[["measure", "estimate"]].values.tolist()
    [['headcount ratio (%)', '50.0']]
    """
    say, table = in_words("estimates_table", lang), taken(table, "estimates_table")[0]
    read, _, ratio = in_rows(table)
    need_columns(read, ["ci_low", "ci_high", "n", *["std_error"] * (not ratio)])
    terms = {term: text_of(term, parts, lang, names)
             for term, parts in zip(read["term"], read["_parts"], strict=True)}  # fmt: skip
    of_models = {one: text for one, text in terms.items() if text != told(one, lang, names)}
    made = pd.DataFrame(estimates_shown(read, say, lang, {**(names or {}), **of_models}))
    if ratio:
        made = made.rename(columns={say["estimate"]: say[ratio]})
    if title is not None:
        made.attrs["title"] = spoken(title, lang)
    return handed_on(made, table)


def verdicts(judged, title=None, names=None, lang="en"):
    """Verdicts on effects as a table to be read: the verdict, the effect, why, and what may help.

    Parameters
    ----------
    judged : Verdict
        As ``ps.compare(...).verdict()`` or ``ps.trial_effects(...).verdict()`` gives it.
    title : str or tuple of str, optional
        What the table shows, in English and Chinese.
    names : dict, optional
        For an arm or an outcome its text or its texts in English and Chinese.
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame

    Examples
    --------
    >>> import povstudy as ps
    >>> judged = ps.trial_effects(ps.load("nsw_trial"), "re78", "treat").verdict()
    >>> ps.tables.verdicts(judged)[["effect of", "verdict"]].values.tolist()
    [['re78', 'holds']]
    """
    made = headed(judged.told(lang, names), "verdicts_table", lang)
    if title is not None:
        made.attrs["title"] = spoken(title, lang)
    return handed_on(made, judged.table)


def published_check(published, found, lang="en"):
    """Set figures that a statistical office published beside those computed from its survey.

    Parameters
    ----------
    published : DataFrame
        As the dataset ``published_survey_figures``: columns ``figure name name_zh unit value
        decimals``.
    found : dict
        For codes of figures, the row of `Estimates.tidy` that answers it; shares become
        percent where that is the unit.
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        Figure, unit, published, computed, difference, standard error (of which the published
        figure has one as large), and whether the published digits hold.

    Raises
    ------
    DataError
        If a figure was not published.

    Examples
    --------
    >>> import povstudy as ps
    >>> published = ps.load("published_survey_figures")
    >>> row = {"estimate": 0.3297, "std_error": 0.004}
    >>> ps.tables.published_check(published, {"gini": row})["holds"].item()
    'yes'
    """
    t, units = words(lang), texts("unit")
    need_columns(published, ["figure", "name", "name_zh", "unit", "value", "decimals"])
    table = published.set_index("figure")
    unknown = [one for one in found if one not in table.index]
    if unknown:
        raise DataError(
            "No such figure was published.", found=", ".join(unknown),
            remedy=f"one of {list(table.index)}",
        )  # fmt: skip
    rows = []
    for code, row in found.items():
        one = table.loc[code]
        scale, decimals = 100 if one["unit"] == "percent" else 1, int(one["decimals"])
        value, error = scale * row["estimate"], scale * row["std_error"]
        text = f"{{:,.{decimals}f}}".format
        finer = f"{{:,.{decimals + 2}f}}".format
        rows.append({
            "figure": t(one["name"], one["name_zh"]), "unit": told(one["unit"], lang, units),
            "published": text(one["value"]), "computed": finer(value),
            "difference": f"{{:+,.{decimals + 2}f}}".format(value - one["value"]),
            "standard_error": finer(error),
            "holds": told("yes" if text(value) == text(one["value"]) else "no", lang),
        })  # fmt: skip
    return handed_on(headed(pd.DataFrame(rows), "published_check", lang), published)
