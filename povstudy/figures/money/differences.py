"""Plans against one plan, draw by draw."""

from ...base.checks import need_columns
from ...base.errors import DataError
from ...base.language import texts, told, words
from .. import draw, style
from ..draw import Drawn, drawn_in
from .amounts import YUAN, at_side, ends, fixed, money_of, named, row_labels, scaled, settle, widen
from .spending import MONEY, SHARES


@drawn_in("double", "plan", "outcome", *draw.ENDS)
def plan_differences(
    table, *, outcome="years_gained", money=YUAN, labels=None, source=None, ax=None, lang="en"
):
    """How plans differ from one plan, with the range of the draws.

    Parameters
    ----------
    table : DataFrame
        ``ps.budget(...).contrast(plan, minus)``, or several of them with the same ``minus``, one
        below the other (``pd.concat``).
    outcome : str
        What is drawn.
    money : tuple of str
        Unit of money in English and in Chinese, for spending.
    labels : dict, optional
        For a plan or the outcome, its text or its texts in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes
        Its ``data_behind`` has the rows of the outcome.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"plan": ["social_work - administrative"], "outcome": ["years_gained"],
    ...     "estimate": [40], "ci_low": [-100], "ci_high": [190], "above": [0.6], "below": [0.4]})
    >>> ax = ps.figures.plan_differences(table, source=ps.Source("simulated", "Made up."))
    >>> ax.title_text
    'Simulated: None of 1 plans differs from administrative help over the whole range'
    """
    need_columns(table, ["above", "below"])
    rows = table[table["outcome"] == outcome].reset_index(drop=True)
    sides = rows["plan"].astype(object).astype(str).str.partition(" - ")
    if rows.empty or sides[2].nunique() != 1 or sides[2].iloc[0] == "":
        raise DataError("Plans are set against one plan.", where="column plan",
                        found=", ".join(sorted({*rows["plan"]}))[:80] or f"no rows of {outcome}",
                        remedy="found.contrast(plan, minus) with the same minus for all")  # fmt: skip
    t = words(lang)
    draw.refuse_twice(rows.assign(term="cost"), ["plan"])
    known = {**texts("budget_outcome"), **(labels or {})}
    measure, against = told(outcome, lang, known), named([sides[2].iloc[0]], lang, labels)[0]
    names, percent = named(sides[0], lang, labels), outcome in SHARES  # fmt: skip
    cash = money_of(rows[[*draw.ENDS]], money if outcome in MONEY else ("", ""), lang)
    scale = 100 if percent else cash.by
    write = (lambda x: fixed(100 * x)) if percent else cash.bare
    ax.axvline(0, color=style.INK, lw=1)
    said = []
    for k, (row, name) in enumerate(zip(rows.itertuples(), names, strict=True)):
        draw.whisker(ax, k, scale * row.ci_low, scale * row.estimate, scale * row.ci_high,
                     style.COLOURS["blue"], ms=7)  # fmt: skip
        text = write(row.estimate) + ends(t, row.ci_low, row.ci_high, write)
        more = t(f"more in {100 * row.above:.0f} % of draws", f"{100 * row.above:.0f}%的抽取中更多")
        at_side(ax, f"{text}\n{more}", k)
        said.append(f"{name}{t(' ', '')}{text}{t(', ', '，')}{more}")
    tall = row_labels(ax, names, 28)
    reach = scale * rows[[*draw.ENDS]].to_numpy(float)
    widen(ax, min(reach.min(), 0), max(reach.max(), 0), left=6, right=6)
    unit = t("percentage points", "百分点") if percent else cash.unit
    what = measure + (t(f", {unit}", f"（{unit}）") if unit else "")
    scaled(ax.xaxis, 1, what)
    clear = int(((rows["ci_low"] > 0) | (rows["ci_high"] < 0)).sum())
    title = t(f"{clear or 'none'} of {len(rows)} plans {'differs' if clear < 2 else 'differ'} from {against} over the whole range",
              f"{len(rows)}个方案中{clear}个与{against}之差在整个范围内同号")  # fmt: skip
    if 0 < clear < 4:
        apart = [names[k] for k in rows.index[(rows["ci_low"] > 0) | (rows["ci_high"] < 0)]]
        title += t(": ", "：") + t(", ", "、").join(apart)
    title = title[0].upper() + title[1:]
    level = f"{100 * table.attrs.get('level', 0.9):g}"
    unit = t(f"{measure}, minus {against}; lines: range of the draws, {level} %",
             f"{measure}，各方案与{against}之差；横线：抽取结果的{level}%范围")  # fmt: skip
    settle(ax, title, unit, least=tall, legend=False)
    alt = t(f"Differences in {measure} from {against}, with ranges. ", f"{measure}与{against}之差，附范围。")  # fmt: skip
    return Drawn(title=title, unit=unit, alt=alt, said=said, data=rows)
