"""Ratios of a model of relapse: how much sooner one household falls back than another."""

import re

import numpy as np
import pandas as pd

from ..base.errors import DataError
from ..base.language import told, words
from . import draw, style
from .draw import Drawn, drawn_in

_RATIOS = {"hazard_ratio": ("hazard ratio", "风险比"), "odds_ratio": ("odds ratio", "优势比")}


@drawn_in("double", "variable", "level", "reference", "ci_low", "ci_high", "data_status")
def hazard_ratios(table, *, labels=None, note=("", ""), source=None, ax=None, lang="en"):
    """Forest plot of hazard ratios (or odds ratios), with the levels they are set against.

    Parameters
    ----------
    table : DataFrame
        ``fit.hazard_ratios()``.
    labels : dict, optional
        For a variable, a level or a term of the formula its text, or its texts in English and
        Chinese.
    note : str or tuple of str
        What belongs under the title besides, in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> spells = pd.DataFrame({"household_id": range(8), "entry": 0, "help": list("aaaabbbb"),
    ...                        "exit": [1, 2, 3, 3, 1, 1, 2, 3], "event": [1, 0, 1, 0, 1, 1, 1, 0]})
    >>> table = ps.relapse_model("help", spells, baseline="constant").hazard_ratios()
    >>> ax = ps.figures.hazard_ratios(table, source=ps.Source("survey", "Made up."))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['help: a', 'help: b']
    """
    t = words(lang)
    kind = next((one for one in _RATIOS if one in table), None)
    if kind is None:
        raise DataError("The table holds no ratios.", found=", ".join(map(str, table.columns)),
                        remedy="table = fit.hazard_ratios()")  # fmt: skip
    rows = _with_references(table, kind)
    measure = t(*_RATIOS[kind])
    names = [_label(row, labels, t, lang) for row in rows.itertuples()]
    texts, said = [], []
    for at, (name, row) in enumerate(zip(names, rows.itertuples(), strict=True)):
        ratio = getattr(row, kind)
        if row.is_reference:
            ax.plot(1, at, marker="o", ls="", mfc="white", color=style.GREY, ms=5)
            texts.append(t("reference", "参照"))
            continue
        ink = style.COLOURS["blue"]
        draw.whisker(ax, at, row.ci_low, ratio, row.ci_high, ink, lw=1.6, marker="s")
        texts.append(t(f"{ratio:.2f} ({row.ci_low:.2f} to {row.ci_high:.2f})",
                       f"{ratio:.2f}（{row.ci_low:.2f}—{row.ci_high:.2f}）"))  # fmt: skip
        said.append(f"{name}{t(' ', '：')}{texts[-1]}")
    draw.taller(ax, 1 + 0.2 * len(texts))
    for at, text in enumerate(texts):
        draw.beside(ax, text, (1, at), (6, 0), xycoords=("axes fraction", "data"), va="center",
                    annotation_clip=False, color=style.INK)  # fmt: skip
    ax.axvline(1, color=style.INK, lw=0.8)
    _log_axis(ax, rows)
    draw.labelled_rows(ax, names)
    ax.set_xlabel(t(f"{measure}, log scale; right of 1: it happens sooner",
                    f"{measure}，对数刻度；1的右侧：发生更快"))  # fmt: skip
    level = draw.level_of(table)
    return Drawn(
        title=_found(rows, names, measure, t),
        unit=t(f"squares: estimates; lines: {level} % confidence intervals; circles: reference levels",
               f"方块：估计值；横线：{level}%置信区间；圆圈：参照组") + note[lang == "zh"],
        alt=t(f"{measure.capitalize()}s with {level} % confidence intervals: {'; '.join(said)}.",
              f"{measure}及{level}%置信区间：{'；'.join(said)}。"),
        data=rows,
    )  # fmt: skip


def _with_references(table, kind):
    """Rows of the table, with a row of 1 for the reference level of each variable."""
    made, shown = [], set()
    for row in table.to_dict("records"):
        if row["reference"] and row["variable"] not in shown:
            made.append(row | {"level": row["reference"], kind: 1.0, "ci_low": np.nan,
                               "ci_high": np.nan, "is_reference": True})  # fmt: skip
        shown.add(row["variable"])
        made.append(row | {"is_reference": False})
    return pd.DataFrame(made)


def _label(row, labels, t, lang):
    if not row.level:
        return told(row.variable, lang, labels)
    if not row.reference:  # an interaction: its parts, each in its words
        parts = [
            re.sub(r"\[(?:T\.)?(.*)\]$", r" \1", one).split(" ") for one in row.level.split(":")
        ]
        return " × ".join(" ".join(told(one, lang, labels) for one in part) for part in parts)
    return told(row.variable, lang, labels) + t(": ", "：") + told(row.level, lang, labels)


def _log_axis(ax, rows):
    """Log scale with ticks at round ratios."""
    low, high = min(rows["ci_low"].min(), 0.9), max(rows["ci_high"].max(), 1.1)
    ax.set_xscale("log")
    ax.set_xlim(low / 1.08, high * 1.08)
    steps = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100])
    if high / low < 6:
        steps = np.array([0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 2.5])
    ticks = steps[(steps >= low / 1.08) & (steps <= high * 1.08)]
    ax.set_xticks(ticks, [f"{one:g}" for one in ticks])
    ax.minorticks_off()


def _found(rows, names, measure, t):
    """Which ratios can be told from 1, in words."""
    ratio = next(rows[one] for one in _RATIOS if one in rows)
    apart = ((rows["ci_low"] > 1) | (rows["ci_high"] < 1)).to_numpy()
    of = f"{(~rows['is_reference']).sum():,}"
    if not apart.any():
        return t(f"None of {of} {measure}s can be told from 1", f"{of}个{measure}的区间都含1")
    told_apart = [t(f"{name} {value:.2f}", f"{name}{value:.2f}")
                  for name, value in zip(np.array(names)[apart], ratio[apart], strict=True)]  # fmt: skip
    if len(told_apart) > 4:
        told_apart = [
            *told_apart[:3],
            t(f"{len(told_apart) - 3} more", f"另有{len(told_apart) - 3}个"),
        ]
    return t(f"Of {of} {measure}s, {apart.sum()} can be told from 1: {'; '.join(told_apart)}",
             f"{of}个{measure}中，{apart.sum()}个的区间不含1：{'；'.join(told_apart)}")  # fmt: skip
