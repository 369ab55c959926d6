"""What the essay of Li and Xu (2016) says, coded: typologies, pathways, hypotheses.

The words come from the typed tables ``essay_typologies`` and ``hypotheses``. They are
claims, not findings. The essay's supplied text has no notes and ends after the second of
three announced pathways; what is missing is named as missing, and nothing is made up.
"""

import pandas as pd

from ..base.errors import DataError
from ..base.language import words
from ..base.status import handed_on
from .catalogue import load

_TITLES = {
    "administrative_functions": ("What administrative help does", "行政式扶贫的做法"),
    "administrative_limits": ("Limits of administrative help (D1-D4)", "行政式扶贫的局限（D1-D4）"),
    "administrative_side_effects": (
        "Side effects of administrative help (X1-X3)", "行政式扶贫的延伸性问题（X1-X3）"),
    "execution_deviations": ("Problems of practice (X4-X9)", "实践中的偏差（X4-X9）"),
    "social_work_functions": ("Claimed functions of social work (A1-A5)", "社会工作的功能（A1-A5）"),
    "third_party_tasks": ("Tasks of social work as a third party", "社会工作作为第三方的任务"),
    "pathways": ("Pathways", "介入路径"),
    "pathway_features": ("Features of the pathways", "介入路径的特征"),
    "methods": ("Methods of social work", "社会工作方法"),
    "four_links": ("Four links of targeting", "精准四环节"),
    "weak_points": ("Weak points of targeting", "精准扶贫的薄弱环节"),
    "five_batches": ("Five batches", "五个一批"),
    "six_precisions": ("Six precisions", "六个精准"),
    "four_earnestly": ("Four 'earnestly' demands", "四个切实"),
    "mechanism_proposals": ("Proposed mechanisms", "机制建议"),
    "resource_types": ("Types of resources", "资源类型"),
    "roles": ("Roles of social workers", "社工角色"),
    "values": ("Values of social work", "社会工作价值理念"),
    "outcome_domains": ("Domains of outcomes", "结果领域"),
    "service_fields": ("Fields of service", "服务领域"),
    "service_levels": ("Levels of service", "服务层次"),
    "poverty_work_models": ("Models of poverty work", "扶贫模式"),
    "experience_abroad": ("Experience abroad", "国外经验"),
}  # fmt: skip
_STATUS = {
    "named": ("named", "有名称"),
    "named_only": ("named only, content not given", "仅有名称，无内容"),
    "used": ("described, not named as a type", "有描述，未命名"),
    "not_in_text": ("not in the essay's supplied text", "不在所给文本中"),
    "content_elsewhere": (
        "set named in the essay, content from other public pages",
        "文中仅有总称，内容据其他公开网页",
    ),
}
_MODELS = {
    "administrative": ("administrative", "行政式"),
    "social_work": ("social work", "社会工作"),
    "both": ("both", "两者"),
    "": ("", ""),
}
_TESTED = {
    "real": ("real data, see why", "真实数据，见理由"),
    "simulated": ("simulated data only", "仅模拟数据"),
    "not_testable": ("not testable here", "无法检验"),
}
# Which claimed function answers which limit, and who says so. Of D2 the essay names none.
_ANSWERS = [
    ("D1", "A3", "essay"),
    ("D2", "", ""),
    ("D3", "A1", "reading"),
    ("D3", "A2", "reading"),
    ("D4", "A4", "essay"),
    ("", "A5", ""),
]
_LINKS = {
    "essay": ("the essay sets them against each other", "文中对应提出"),
    "reading": ("our reading", "本研究的理解"),
    "": ("the essay names no counterpart", "文中未提对应项"),
}
_FEATURES = {
    "relation": "关系",
    "parties": "主体",
    "money": "资金",
    "control": "监督",
    "example": "例子",
}


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
        estimated and by which model, on which data it is tested, in which notebook (those
        after 02 are planned), and why so. Data needed and threats are in the dataset
        ``hypotheses``.

    Examples
    --------
    >>> from povstudy import typologies
    >>> table = typologies.hypotheses().set_index("number")
    >>> table.loc["X6", "tested"]
    'not testable here'
    """
    t = words(lang)
    rows = load("hypotheses")
    made = pd.DataFrame(
        {
            "number": rows["id"],
            "claim": rows[t("claim", "claim_zh")],
            "hypothesis": rows[t("hypothesis", "hypothesis_zh")],
            "estimand": rows[t("estimand", "estimand_zh")],
            "model": rows[t("model", "model_zh")],
            "tested": _said(rows["tested"], _TESTED, t),
            "notebook": rows["notebook"],
            "why": rows[t("why", "why_zh")],
        }
    )
    names = ("编号", "文中论断", "可检验假设", "估计量", "模型", "检验", "笔记本", "理由")
    title = ("Claims of the essay as hypotheses", "文中论断与可检验假设")
    return _titled(made, names, title, t, rows)


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
    >>> from povstudy import typologies
    >>> typologies.typology("methods")["item"].tolist()
    ['casework', 'group work', 'community work']
    """
    t = words(lang)
    table = load("essay_typologies")
    rows = table[table["typology"] == name].sort_values("order").reset_index(drop=True)
    if rows.empty:
        raise DataError(
            f"There is no typology {name!r}.",
            found=f"known are {', '.join(table['typology'].unique())}",
            remedy="typologies.typology_list()",
        )
    made = pd.DataFrame(
        {
            "code": rows["item"],
            "item": rows[t("title", "title_zh")],
            "model": _said(rows["model"], _MODELS, t),
            "in_the_essay": _said(rows["essay_status"], _STATUS, t),
            "note": rows[t("note", "note_zh")],
        }
    )
    return _titled(made, ("代码", "条目", "模式", "文中状态", "备注"), _TITLES[name], t, table)


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
    >>> from povstudy import typologies
    >>> typologies.typology_list().set_index("name").loc["pathways", "items"].item()
    3
    """
    t = words(lang)
    table = load("essay_typologies")
    rows = []
    for name, one in table.groupby("typology", sort=False):
        counts = one["essay_status"].value_counts(sort=False)
        status = t("; ", "；").join(
            t(*_STATUS[code]) + ("" if len(counts) == 1 else t(f": {n}", f"：{n}"))
            for code, n in counts.items()
        )
        rows.append((name, t(*_TITLES[name]), len(one), status))
    made = pd.DataFrame(rows, columns=["name", "title", "items", "in_the_essay"])
    title = ("Typologies of the essay, coded", "文中分类（编码）")
    return _titled(made, ("代码", "分类", "条目数", "文中状态"), title, t, table)


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
    >>> from povstudy import typologies
    >>> table = typologies.two_approaches()
    >>> table.loc[table["limit_id"] == "D1", "function"].item()
    'links resources from outside'
    """
    t = words(lang)
    table = load("essay_typologies")
    chosen = table[table["typology"].isin(["administrative_limits", "social_work_functions"])]
    number = chosen["item"].str.split("_").str[0].str.upper()
    said = dict(zip(number, chosen[t("title", "title_zh")], strict=True))
    rows = [
        (limit, said.get(limit, ""), answer, said.get(answer, ""), t(*_LINKS[link]))
        for limit, answer, link in _ANSWERS
    ]
    made = pd.DataFrame(rows, columns=["limit_id", "limit", "function_id", "function", "link"])
    names = ("局限编号", "行政式的局限", "功能编号", "社会工作的功能", "对应依据")
    title = ("Limits of administrative help and claimed functions of social work",
             "行政式扶贫的局限与社会工作的功能")  # fmt: skip
    return _titled(made, names, title, t, table)


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
    >>> from povstudy import typologies
    >>> typologies.pathways().loc[2, "relation"]
    "not in the essay's supplied text"
    """
    t = words(lang)
    table = load("essay_typologies")
    text = table[t("title", "title_zh")]
    features = table["typology"] == "pathway_features"
    said = dict(zip(table.loc[features, "item"], text[features], strict=True))
    missing = t(*_STATUS["not_in_text"])
    rows = []
    for code, title in zip(
        table.loc[table["typology"] == "pathways", "item"],
        text[table["typology"] == "pathways"],
        strict=True,
    ):
        cells = {name: said.get(f"{code}_{name}", missing) for name in _FEATURES}
        rows.append({"code": code, "pathway": title} | cells)
    names = ("代码", "路径", *_FEATURES.values())
    title = ("Pathways of social work into poverty work", "社会工作介入扶贫的路径")
    return _titled(pd.DataFrame(rows), names, title, t, table)


def _said(codes, known, t):
    return codes.map(lambda code: t(*known[code]))


def _titled(table, names_zh, title, t, said):
    """The table in the words of one language, with its title and the source of what is said."""
    if t("en", "zh") == "zh":
        table.columns = names_zh
    table.attrs["title"] = t(*title)
    return handed_on(table, said)
