"""Are those who were helped like those who were not: balance of covariates, overlap of chances."""

import numpy as np
import pandas as pd

from .. import style
from ..base.checks import need_columns
from ..base.errors import DataError
from ..base.language import APPROACHES, told, words
from ._common import drawn_in

_INKS = ("black", "blue", "vermilion", "green", "purple", "orange", "sky")
_ARMS = {**APPROACHES, "both": ("both", "两者兼有")}  # here nothing is halved
_DASHES = ("-", "--", ":", "-.")


@drawn_in("double", "arm", "covariate", "difference", "adjusted")
def love_plot(table, *, labels=None, source=None, ax=None, lang="en"):
    """Standardised differences of covariates from the base, before and after weighting.

    Parameters
    ----------
    table : DataFrame
        As `povstudy.balance` makes it.
    labels : dict, optional
        Texts of arms and covariates; for each its text, or its texts in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"arm": ["both"], "covariate": ["age"], "difference": [0.3],
    ...                       "adjusted": [0.01]})
    >>> ax = ps.figures.love_plot(table, source=ps.Source("survey", "Made up."))
    >>> ax.data_behind["adjusted"].tolist()
    [0.01]
    """
    t, names = words(lang), {**_ARMS, **(labels or {})}
    covariates, arms = list(table["covariate"].unique()), list(table["arm"].unique())
    if len(arms) >= len(_INKS):
        raise DataError("So many arms cannot be told apart.", found=len(arms),
                        remedy='table[table["arm"].isin([...])]')  # fmt: skip
    furthest = max(0.15, 1.1 * table[["difference", "adjusted"]].abs().to_numpy().max())
    ax.axvspan(-0.1, 0.1, color=style.PALE, alpha=0.5, lw=0)
    ax.axvline(0, color=style.INK, lw=0.8)
    for a, arm in enumerate(arms):
        rows = table[table["arm"] == arm]
        at = rows["covariate"].map(covariates.index) + 0.25 * (a - (len(arms) - 1) / 2)
        ink, marker = style.COLOURS[_INKS[a + 1]], style.MARKERS[a]
        for column, fill, text in (("difference", "none", t("as it is", "未加权")),
                                   ("adjusted", ink, t("weighted", "加权后"))):  # fmt: skip
            ax.plot(rows[column], at, ls="", marker=marker, color=ink, mfc=fill,
                    label=told(arm, lang, names) + t(", ", "，") + text)  # fmt: skip
    ax.set_yticks(range(len(covariates)), [told(one, lang, names) for one in covariates])
    ax.set_ylim(len(covariates) - 0.4, -0.6)
    ax.set_xlim(-furthest, furthest)
    ax.grid(axis="x")
    ax.set_xlabel(t("difference from the base, in standard deviations", "与基准组之差（标准差）"))
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1))
    worst = table[["difference", "adjusted"]].abs().max()
    return style.finish(
        ax,
        title=t("Are the arms alike? Before and after weighting", "各组是否相似：加权前后"),
        unit=t("grey: less than 0.1", "灰色：小于0.1"),
        source=source,
        alt=t(f"Standardised differences of {len(covariates)} covariates from the base. "
              f"Largest, before: {worst.iloc[0]:.2f}; after: {worst.iloc[1]:.2f}.",
              f"{len(covariates)}个协变量与基准组的标准化差。最大值，加权前{worst.iloc[0]:.2f}，"
              f"加权后{worst.iloc[1]:.2f}。"),
        data=table,
        lang=lang,
    )  # fmt: skip


@drawn_in("double", "arm", "weight")
def overlap(table, *, arm, labels=None, source=None, ax=None, lang="en"):
    """Chances of one arm among the rows of each arm: where they overlap, arms can be compared.

    Parameters
    ----------
    table : DataFrame
        As `povstudy.propensities` makes it.
    arm : str
        The arm whose chance is shown.
    labels : dict, optional
        As in `love_plot`.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"approach": ["none", "none", "both"] * 9, "age": range(27)})
    >>> chances = ps.propensities(table, "age")
    >>> ax = ps.figures.overlap(chances, arm="both", source=ps.Source("survey", "Made up."))
    >>> ax.data_behind.groupby("arm")["percent"].sum().round(6).tolist()
    [100.0, 100.0]
    """
    need_columns(table, [arm])
    t, names = words(lang), {**_ARMS, **(labels or {})}
    edges, parts, said = np.linspace(0, 1, 26), [], []
    for k, (one, rows) in enumerate(table.groupby("arm", sort=False)):
        counts = np.histogram(rows[arm].clip(0, 1), edges, weights=rows["weight"])[0]
        percent = 100 * counts / rows["weight"].sum()
        ax.stairs(percent, edges, color=style.COLOURS[_INKS[k % len(_INKS)]], lw=1.6,
                  ls=_DASHES[k % len(_DASHES)], label=told(one, lang, names))  # fmt: skip
        parts.append(pd.DataFrame({"arm": one, "from": edges[:-1], "percent": percent}))
        low, high = rows[arm].min(), rows[arm].max()
        said.append(f"{told(one, lang, names)} {low:.2f}{t(' to ', '至')}{high:.2f}")
    name = told(arm, lang, names)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, None)
    ax.set_xlabel(t(f"chance of: {name}", f"接受“{name}”的概率"))
    ax.legend(loc="upper right", title=t("they had", "实际所得"))
    return style.finish(
        ax,
        title=t("Could each have been in another arm? Overlap", "各组能否互换：倾向得分的重叠"),
        unit=t("percent of the rows of each arm, in steps of 0.04", "占各组的百分比，组距0.04"),
        source=source,
        alt=t(f"Steps of the chance of {name} by arm. Range: ", f"各组接受“{name}”概率的阶梯图。范围：")
        + t("; ", "；").join(said) + t(".", "。"),
        data=pd.concat(parts, ignore_index=True),
        lang=lang,
    )  # fmt: skip
