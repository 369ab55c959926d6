"""Any tidy table as one to be read: words for codes, few digits."""

import pandas as pd

from ..base.checks import need_columns
from ..base.language import in_words, spoken, texts, told
from ..base.results import taken
from ..base.status import handed_on


def plain_table(table, columns=None, title=None, names=None, lang="en"):
    """Show rows of a result, or of a table of one's own, in words and with few digits.

    Parameters
    ----------
    table : DataFrame or Result
        A tidy table, such as ``ps.budget(...).frontier(totals)``, or the result itself.
    columns : list of str, optional
        Those shown, in this order; without it all.
    title : str or tuple of str, optional
        What the table shows, in English and Chinese.
    names : dict, optional
        For a column or a value its text, or its texts in English and Chinese.
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        Texts: whole numbers from 100 on, three digits below; blank where a value is missing.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"strategy": ["none", "social_work"], "cost": [0, 59_864_646.1]})
    >>> ps.tables.plain_table(table, lang="zh").values.tolist()
    [['无帮扶', '0'], ['社会工作', '59,864,646']]
    """
    rows = taken(table, "plain_table")[0]
    columns = list(rows.columns) if columns is None else list(columns)
    need_columns(rows, columns)
    heads = {**texts("printed"), **(names or {})}
    known = {**texts("approach"), "both": texts("value")["both"], **texts("budget_outcome"), **(names or {})}  # fmt: skip
    more = in_words("parameter", "zh") if lang == "zh" else {}
    lists = ("percent", "term", "value")

    def cell(value):
        if pd.isna(value):
            return ""
        if isinstance(value, str):
            text = told(value, lang, known, lists)
            return more.get(value, text.replace("_", " ")) if text == value else text
        if isinstance(value, bool) or not pd.api.types.is_number(value):
            return told(value, lang, known)
        # One kind of minus: these are texts that programs may read back.
        return f"{value:,.0f}" if abs(value) >= 100 or value == 0 else f"{value:.3g}"

    made = rows[columns].astype(object).map(cell)
    made.columns = [told(one, lang, heads, ("term",)).replace("_", " ") for one in columns]
    made = made.reset_index(drop=True)
    if title is not None:
        made.attrs["title"] = spoken(title, lang)
    return handed_on(made, rows)
