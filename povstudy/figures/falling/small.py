"""Small places: what the survey says of each, and what is left when covariates speak too."""

from ...base.checks import need_columns
from ...base.language import told, words
from ...base.rounding import in_percent, keys_of
from .. import draw, style
from ..draw import Drawn, drawn_in


@drawn_in("double", "estimate", "ci_low", "ci_high", "direct", "direct_error", "weight_of_direct")
def small_places(table, *, truth=None, source=None, ax=None, lang="en"):
    """Rates of small places beside what the survey alone says of them.

    Places stand in the order of the survey's error, the least known above. A hollow dot with a
    thin line is the direct estimate with two errors to each side, a full one with a thick line the
    estimate with its interval.

    Parameters
    ----------
    table : DataFrame
        As ``.tidy()`` of `povstudy.fay_herriot` gives it.
    truth : str, optional
        Column of the true rates, where they are known.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> areas = pd.DataFrame({"county": list("abcdefg"), "listed": [2, 4, 5, 7, 9, 11, 15]})
    >>> direct = pd.DataFrame({"county": list("abcdefg"), "estimate": [3, 4, 7, 6.1, 10, 12, 14],
    ...                        "std_error": [1.5, 1.8, 2.0, 1.3, 1.9, 1.2, 2.4]})
    >>> ax = ps.fay_herriot(direct, "listed", areas).plot()
    >>> ax.title_text
    'Small places: the error in the middle falls from 1.8 to 1.66'
    """
    t = words(lang)
    need_columns(table, [] if truth is None else [truth])
    area = next(one for one in keys_of(table) if one not in ("term", "method"))
    percent = "term" in table and in_percent(table["term"].iloc[0])
    scale, unit = (100, t(" points", "个百分点")) if percent else (1, "")
    rows = table.assign(unknown=table["direct_error"].fillna(float("inf")))
    rows = rows.sort_values("unknown", ascending=False, kind="stable").reset_index(drop=True)
    whole = ax.figure.figure
    if whole.axes == [ax]:
        whole.set_figheight(max(whole.get_figheight(), 1.6 + 0.17 * len(rows)))
    grey, blue = style.COLOURS["orange"], style.COLOURS["blue"]
    for y, one in enumerate(rows.itertuples()):
        if one.direct_error > 0:
            reach = 1.96 * one.direct_error
            ends = [scale * x for x in (one.direct - reach, one.direct, one.direct + reach)]
            draw.whisker(ax, y - 0.18, *ends, grey, lw=0.8, ms=4.5, fill=False)
        draw.whisker(ax, y + 0.18, scale * one.ci_low, scale * one.estimate, scale * one.ci_high, blue,
                     lw=2, ms=4.5)  # fmt: skip
    dots, both = {"marker": "o", "ms": 4.5}, t("survey and covariates", "调查与辅助变量")
    ax.plot([], [], color=grey, mfc="white", lw=0.8, label=t("survey alone", "仅调查"), **dots)
    ax.plot([], [], color=blue, lw=2, label=both, **dots)
    if truth is not None:
        true = {"color": style.INK, "ms": 5, "label": t("truth", "真值")}
        ax.plot(scale * rows[truth], range(len(rows)), "x", **true)
    ax.legend(loc="lower right")
    draw.labelled_rows(ax, draw.named(rows[area].tolist(), lang, lists=["value"]))
    ax.tick_params(axis="y", labelsize=7 if len(rows) > 15 else 9)
    fitted = rows[rows["direct_error"] > 0]
    before, now = (f"{scale * fitted[one].median():.3g}" for one in ("direct_error", "std_error"))
    moved = t("falls", "降到") if float(now) < float(before) else t("moves", "变为")
    title = (t(f"Small places: the error in the middle {moved} from {before} to {now}{unit}",
               f"小地区：误差的中位数从{before}{moved}{now}{unit}")
             if len(fitted) else t("Small places: covariates alone speak", "小地区：仅由辅助变量推算"))  # fmt: skip
    measure = told(rows["term"].iloc[0], lang) if "term" in rows else ""
    measure += t(" (percent); ", "（%）；") if percent else t("; ", "；") if measure else ""
    said = [f"{scale * x:.3g}" for x in rows["estimate"]]
    return Drawn(
        title=title,
        unit=measure + t("places in the order of the survey's error, the least known above;\nthick lines: "
                         f"{draw.level_of(table)} % intervals; thin lines: two errors to each side",
                         "各地按调查误差排列，最不确定者在上；\n粗线："
                         f"{draw.level_of(table)}%区间；细线：两侧各两倍误差"),
        alt=t("Estimates of small places with intervals, beside those of the survey alone. ",
              "各小地区的估计值及区间，旁为仅用调查的估计值。"),
        data=rows.drop(columns="unknown"),
        said=draw.paired([str(one) for one in rows[area]], said, t),
    )  # fmt: skip
