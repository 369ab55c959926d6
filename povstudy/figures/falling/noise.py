"""Rates against the noise that incomes may have."""

from ...base.checks import need_columns
from ...base.errors import DataError
from ...base.language import words
from .. import draw, style
from ..draw import Drawn, drawn_in

_SHOWN = ("exit rate", "poor again", "poor in every period", "entry rate")


@drawn_in("double", "noise", "raw", *draw.TIDY)
def noise_curve(table, truth=None, *, labels=None, source=None, ax=None, lang="en"):
    """Exits, relapse and lasting poverty by how much noise the incomes are thought to have.

    Parameters
    ----------
    table : DataFrame or NoiseCurve
        ``ps.noise_curve(...)`` or its ``.tidy()``.
    truth : DataFrame, optional
        ``term noise estimate``: true rates, where they are known, with the noise that there is.
    labels : dict, optional
        For a term, its text or its texts in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"term": "poor again", "noise": [0.0, 0.2], "raw": 0.17,
    ...     "estimate": [0.17, 0.11], "ci_low": [0.15, 0.08], "ci_high": [0.19, 0.14],
    ...     "method": "SIMEX", "data_status": "survey"})
    >>> ax = ps.figures.noise_curve(table, source=ps.Source("survey", "Made up."))
    >>> ax.title_text
    'If incomes have noise of 0.2, 11 of 100 that left poverty were poor again in the next period, not 17'
    """
    t = words(lang)
    rows = table[table["term"].isin(_SHOWN)].dropna(subset=["estimate"])
    if rows.empty or rows["noise"].nunique() < 2:
        raise DataError("A curve needs rates at two noises or more.", where="columns term, noise",
                        found=f"{len(rows)} rows", remedy="a table of several noises, such as 0 and 0.2")  # fmt: skip
    order = {one: k for k, one in enumerate(_SHOWN)}
    rows = rows.sort_values(
        ["term", "noise"], key=lambda x: x.map(order) if x.name == "term" else x
    )
    looks = draw.groups_of(rows, "term")
    names = dict(zip(looks, draw.named(looks, lang, labels), strict=True))
    draw.curves(ax, rows, "noise", "term", looks, list(names.values()), ms=5)
    most, said = rows["noise"].max(), []
    for one, (ink, marker) in looks.items():
        part = rows[rows["term"] == one]
        last = part[part["noise"] == most].iloc[0]
        said.append(draw.listing(t, names[one], [
            t(f"{100 * last.raw:.1f} % as measured", f"未校正{100 * last.raw:.1f}%"),
            t(f"{100 * last.estimate:.1f} % if noise is {most:g}", f"误差为{most:g}时{100 * last.estimate:.1f}%"),
        ]))  # fmt: skip
        if truth is not None:
            need_columns(truth, ["term", "noise", "estimate"])
            true = truth[truth["term"] == one]
            ax.plot(true["noise"], 100 * true["estimate"], ls="", marker=marker, ms=10, mfc="none",
                    mec=style.COLOURS[ink], mew=1.6)  # fmt: skip
            said[-1] += "".join(
                t(f", truly {100 * x:.1f} %", f"，真值{100 * x:.1f}%") for x in true["estimate"]
            )
    data = rows
    if truth is not None:
        ax.plot([], [], ls="", marker="o", ms=10, mfc="none", mec=style.INK, mew=1.6,
                label=t("truth", "真值"))  # fmt: skip
        known = truth[truth["term"].isin(looks)].rename(columns={"estimate": "truth"})
        data = rows.merge(known[["term", "noise", "truth"]], on=["term", "noise"], how="outer")
    wide = ax.figure.figure.get_figwidth() > 5
    draw.taller(ax, 1.2)
    ax.set_ylim(0, (130 if wide else 175) * rows["ci_high"].max())
    ax.set_xticks(sorted(rows["noise"].unique()))
    ax.xaxis.set_major_formatter("{x:g}")
    ax.set_xlabel(
        t("noise of income (standard deviation of its log)", "收入误差（对数收入的标准差）")
    )
    ax.legend(loc="upper left", ncols=2 if wide else 1)
    return Drawn(
        title=_found(rows, most, t),
        unit=t("percent; 0: as measured, without a correction; ", "百分比；0处为未校正的测量值；") + draw.band_of(rows, t),
        alt=t("Lines of rates against the noise of incomes: ", "各项比率随收入误差变化的折线："),
        data=data,
        said=said,
    )  # fmt: skip


def _found(rows, most, t):
    """What the largest noise makes of relapse, or of the first rate that there is."""
    last = rows[rows["noise"] == most]
    if (again := last[last["term"] == "poor again"]).empty:
        return t(f"What noise of up to {most:g} makes of rates", f"误差至{most:g}时各项比率的变化")
    raw, value = (f"{100 * again[one].iloc[0]:.0f}" for one in ("raw", "estimate"))
    return t(f"If incomes have noise of {most:g}, {value} of 100 that left poverty were poor again in the next period, not {raw}",
             f"若收入误差为{most:g}，每100个脱贫户中下一期再次贫困的是{value}户，而非{raw}户")  # fmt: skip
