"""What the essay of Li and Xu (2016) says, coded: typologies, pathways, hypotheses.

The words come from the typed tables ``essay_typologies`` and ``hypotheses``. They are
claims, not findings. The essay's supplied text has no notes and ends after the second of
three announced pathways; what is missing is named as missing, and nothing is made up.
"""

import pandas as pd

from ..base.errors import DataError
from ..base.language import headed, in_words, words
from ..base.status import handed_on
from .catalogue import load

# Which claimed function answers which limit, and who says so. Of D2 the essay names none.
_ANSWERS = [
    ("D1", "A3", "essay"),
    ("D2", "", "none"),
    ("D3", "A1", "reading"),
    ("D3", "A2", "reading"),
    ("D4", "A4", "essay"),
    ("", "A5", "none"),
]
_FEATURES = ("relation", "parties", "money", "control", "example")


def hypotheses(lang="en"):
    """List the claims of the essay as hypotheses, and whether they are tested here.

    Parameters
    ----------
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        One row for each of D1-D4, X1-X9, A1-A5: claim, hypothesis, what would be
        estimated and by which model, on which data it is tested, in which notebook, and why
        so. Data needed and threats are in the dataset ``hypotheses``; what was found is told by
        `povstudy.tables.claims`.

    Examples
    --------
    >>> import povstudy as ps
    >>> table = ps.hypotheses().set_index("number")
    >>> table.loc["X6", "tested"]
    'not testable here'
    """
    t = words(lang)
    rows = load("hypotheses")
    told = ["number", "claim", "hypothesis", "estimand", "model", "tested", "notebook", "why"]
    said = {one: rows[t(one, f"{one}_zh")] for one in told if f"{one}_zh" in rows}
    made = pd.DataFrame({
        **said, "number": rows["id"], "notebook": rows["notebook"],
        "tested": rows["tested"].map(in_words("tested", lang)),
    })[told]  # fmt: skip
    return handed_on(headed(made, "hypotheses", lang), rows)


def typology(name, lang="en"):
    """One coded typology of the essay.

    Parameters
    ----------
    name : str
        A name listed by `typology_list`.
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        ``code``, ``item``, the model it belongs to, how the essay has it, and a note.

    Raises
    ------
    DataError
        If there is no such typology.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.typology("methods")["item"].tolist()
    ['casework', 'group work', 'community work']
    """
    t = words(lang)
    table = load("essay_typologies")
    rows = table[table["typology"] == name].sort_values("order").reset_index(drop=True)
    if rows.empty:
        raise DataError(f"There is no typology {name!r}.",
                        found=f"known are {', '.join(table['typology'].unique())}",
                        remedy="ps.typology_list()")  # fmt: skip
    made = pd.DataFrame(
        {
            "code": rows["item"],
            "item": rows[t("title", "title_zh")],
            "model": rows["model"].map({"": "", **in_words("essay_model", lang)}),
            "in_the_essay": rows["essay_status"].map(in_words("essay_status", lang)),
            "note": rows[t("note", "note_zh")],
        }
    )
    made = headed(made, "typology_items", lang)
    made.attrs["title"] = in_words("typology", lang)[name]
    return handed_on(made, table)


def typology_list(lang="en"):
    """List the typologies, with their number of items and how the essay has them.

    Parameters
    ----------
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        ``name`` (for `typology`), ``title``, ``items``, and in how many ways the items
        stand in the essay.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.typology_list().set_index("name").loc["pathways", "items"].item()
    3
    """
    t, titles, known = words(lang), in_words("typology", lang), in_words("essay_status", lang)
    table = load("essay_typologies")
    rows = []
    for name, one in table.groupby("typology", sort=False):
        counts = one["essay_status"].value_counts(sort=False)
        status = t("; ", "；").join(
            known[code] + ("" if len(counts) == 1 else t(f": {n}", f"：{n}"))
            for code, n in counts.items()
        )
        rows.append((name, titles[name], len(one), status))
    made = pd.DataFrame(rows, columns=["name", "title", "items", "in_the_essay"])
    return handed_on(headed(made, "typology_list", lang), table)


def two_approaches(lang="en"):
    """Limits of administrative help beside the functions that social work claims.

    Parameters
    ----------
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        ``limit_id``, ``limit``, ``function_id``, ``function``, and ``link``: whether the
        essay sets the two against each other or the pairing is our reading.

    Examples
    --------
    >>> import povstudy as ps
    >>> table = ps.two_approaches()
    >>> table.loc[table["limit_id"] == "D1", "function"].item()
    'links resources from outside'
    """
    t = words(lang)
    table = load("essay_typologies")
    chosen = table[table["typology"].isin(["administrative_limits", "social_work_functions"])]
    number = chosen["item"].str.split("_").str[0].str.upper()
    said = dict(zip(number, chosen[t("title", "title_zh")], strict=True))
    links = in_words("link", lang)
    rows = [
        (limit, said.get(limit, ""), answer, said.get(answer, ""), links[link])
        for limit, answer, link in _ANSWERS
    ]
    made = pd.DataFrame(rows, columns=["limit_id", "limit", "function_id", "function", "link"])
    return handed_on(headed(made, "two_approaches", lang), table)


def pathways(lang="en"):
    """The pathways of social work into poverty work, feature by feature.

    Parameters
    ----------
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        One row for each announced pathway: relation, parties, money, control, examples. The
        third is not in the essay's supplied text, and its cells say so.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.pathways().loc[2, "relation"]
    "not in the essay's supplied text"
    """
    t = words(lang)
    table = load("essay_typologies")
    text = table[t("title", "title_zh")]
    features = table["typology"] == "pathway_features"
    said = dict(zip(table.loc[features, "item"], text[features], strict=True))
    missing = in_words("essay_status", lang)["not_in_text"]
    rows = []
    for code, title in zip(
        table.loc[table["typology"] == "pathways", "item"],
        text[table["typology"] == "pathways"],
        strict=True,
    ):
        cells = {name: said.get(f"{code}_{name}", missing) for name in _FEATURES}
        rows.append({"code": code, "pathway": title} | cells)
    return handed_on(headed(pd.DataFrame(rows), "pathways", lang), table)
