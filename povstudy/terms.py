"""What measures and domains are called, in English and Chinese."""

import pandas as pd

from .style import words

TERMS = {  # what a measure is called, and whether it is shown in percent
    "headcount": ("headcount ratio", "贫困发生率", True),
    "gap": ("poverty gap index", "贫困深度指数", True),
    "severity": ("poverty severity index", "贫困强度指数", True),
    "watts": ("Watts index", "沃茨指数", True),
    "sst": ("Sen-Shorrocks-Thon index", "森—肖罗克斯—托恩指数", True),
    "line": ("poverty line", "贫困线", False),
    "gini": ("Gini coefficient", "基尼系数", True),
    "s80s20": ("S80/S20", "收入五等分比（S80/S20）", False),
    "mld": ("mean log deviation", "平均对数离差", True),
    "theil": ("Theil index", "泰尔指数", True),
    "population": ("population", "人口", True),
    "H": ("multidimensional headcount ratio", "多维贫困发生率", True),
    "A": ("intensity of multidimensional poverty", "多维贫困平均强度", True),
    "uncensored headcount": ("deprived", "受剥夺比例", True),
    "censored headcount": ("deprived and poor", "受剥夺且贫困比例", True),
    "contribution": ("contribution to M0", "对M0的贡献", True),
    "dimension contribution": ("contribution of the dimension to M0", "维度对M0的贡献", True),
    "share of the poor": ("share of the poor", "占贫困人口比重", True),
    "share of M0": ("share of M0", "占M0比重", True),
    "M0": ("adjusted headcount ratio M0", "多维贫困指数M0", True),
}
WORDS = {
    "component": ("component", "成分"),
    "share": ("share of all", "占全体比重"),
    "level": ("level", "水平"),
    "within": ("within groups", "组内"),
    "between": ("between groups", "组间"),
    "total": ("total", "合计"),
    "growth": ("growth", "增长"),
    "redistribution": ("redistribution", "再分配"),
    "residual": ("residual", "残差"),
    "change": ("change", "变化"),
    "dimension": ("dimension", "维度"),
    "indicator": ("indicator", "指标"),
    "year": ("year", "年份"),
    "region": ("region", "地区"),
    "province": ("province", "省份"),
    "county": ("county", "县"),
    "approach": ("approach", "方式"),
    "age_group": ("age", "年龄组"),
    "sex": ("sex", "性别"),
    "Male": ("men", "男性"),
    "Female": ("women", "女性"),
}


def told(value, lang, names=None):
    """A term, a column or a value of a domain in the words of a language.

    Parameters
    ----------
    value : object
        What stands in a table of estimates.
    lang : {"en", "zh"}
        The language.
    names : dict, optional
        Texts of one's own: for a value its text, or its texts in English and Chinese.

    Returns
    -------
    str
        Blank for a missing value; what has no words is told as it is.

    Examples
    --------
    >>> from povstudy.terms import told
    >>> told("gini", "zh"), told("hills", "zh", {"hills": ("hills", "山区")})
    ('基尼系数', '山区')
    """
    t = words(lang)
    text = (names or {}).get(value, TERMS.get(value, WORDS.get(value)))
    if text is None:
        if isinstance(value, float) and value.is_integer():  # a year beside a missing one
            value = int(value)
        return "" if pd.isna(value) else str(value)
    return text if isinstance(text, str) else t(*text[:2])
