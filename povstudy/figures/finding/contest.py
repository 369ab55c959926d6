"""Rules that choose whom to help, beside each other: whom they miss, at any budget."""

import numpy as np

from ...base.checks import need_share
from ...base.errors import DataError
from ...base.language import told, words
from .. import draw, style
from ..draw import Drawn, drawn_in

_ERRORS = {  # words at the curve, and of the unit
    "exclusion error of the poor": (("missed, of the poor", "贫困户中漏掉的"), 1),
    "inclusion error of the listed": (("not poor, of those helped", "受助户中不贫困的"), -1),
    "inclusion error of the not poor": (("helped, of the not poor", "非贫困户中受助的"), -1),
    "exclusion error of the not listed": (("poor, of those not helped", "未受助户中贫困的"), 1),
    "mistargeted": (("taken or left wrongly, of all", "全部户中选错的"), 1),
}  # fmt: skip
_LINES = {"perfect": ("-", ("perfect", "完全瞄准")),
          "random": (":", ("by lot", "抽签"))}  # fmt: skip


@drawn_in("double", "rule", "coverage", *draw.TIDY)
def targeting_contest(table, *, at=None, labels=None, source=None, ax=None, lang="en"):
    """Errors of rules over coverage, with bands; perfect targeting and a lot beside them.

    Who is missed by group, at one coverage, is drawn by `estimates_by_domain`, with the group as
    ``by=`` (or ``"depth"``) and ``colour="rule"``.

    Parameters
    ----------
    table : DataFrame
        ``ps.targeting_contest(...).only(term=[...]).band()``, of one or two kinds of error;
        without ``only`` the exclusion error of the poor and the inclusion error of the listed.
    at : float, optional
        Coverage of which the title speaks, the middle one without it.
    labels : dict, optional
        For a rule its text, or its texts in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"consumption": [1, 2, 3, 4, 5, 6, 7, 8],
    ...                       "score": [2, 1, 7, 3, 8, 4, 5, 6], "rank": [1, 4, 2, 3, 8, 7, 6, 5]})
    >>> found = ps.targeting_contest(ps.Survey(table), {"formula": "score", "community": "rank"},
    ...                              consumption="consumption", line=4.5, coverage=(0.25, 0.5, 0.75))
    >>> ax = ps.figures.targeting_contest(found.band(), source=ps.Source("survey", "Made up."))
    >>> ax.get_title(loc="left")
    'Where 50 % are helped: of 100 poor households, formula misses 25, community 0'
    """
    t = words(lang)
    rows = table[table["estimate"].ge(0) & (table["rule"] != "everybody")]  # no differences
    terms = [one for one in _ERRORS if one in set(rows["term"])][:2]
    rows = rows[rows["term"].isin(terms)]
    draw.refuse_twice(rows, ["rule", "coverage"])
    rules = rows[~rows["rule"].isin([*_LINES])]
    if rules["coverage"].nunique() < 2 or (table["estimate"] < 0).any():
        raise DataError(
            "A contest is drawn of errors of rules, not of differences, over several coverages.",
            found=f"{rules['coverage'].nunique()} coverages, {len(terms)} errors of rules of your own",
            remedy="table = ps.targeting_contest(svy, rules, consumption='consumption', line=2300, "
            "coverage=(0.1, 0.2, 0.3, 0.4, 0.5)).band()",
        )
    looks = draw.groups_of(rules, "rule")
    rows, rules = (
        one.assign(place=100 * one["coverage"]).sort_values("place", kind="stable")
        for one in (rows, rules)
    )
    lined = {one: look for one, look in _LINES.items() if one in set(rows["rule"])}
    names = draw.named(looks, lang, labels)
    for i, term in enumerate(terms):
        before = len(ax.lines)
        draw.curves(ax, rules[rules["term"] == term], "place", "rule", looks, names, ms=5)
        for line in ax.lines[before:]:
            if i:  # the second error has open marks, and no place in the legend
                line.set(markerfacecolor="white", markeredgecolor=line.get_color(), markeredgewidth=1,
                         label="_")  # fmt: skip
        for one, (dashes, said) in lined.items():
            part = rows[(rows["term"] == term) & (rows["rule"] == one)]
            ax.plot(part["place"], 100 * part["estimate"], color=style.GREY, ls=dashes, lw=1.1, marker="",
                    label="_" if i else told(one, lang, {one: said, **(labels or {})}))  # fmt: skip
        if len(terms) > 1:
            _beside(ax, rows[rows["term"] == term], t(*_ERRORS[term][0]), _ERRORS[term][1])
    ax.set_xlim(0, 100)
    tall = 40 * ax.figure.figure.get_figheight()  # points of the axes, about
    # the legend's room
    ax.set_ylim(
        0, (100 + 6 * len(terms)) / (1 - (13 * ((len(looks) + len(lined) + 1) // 2) + 6) / tall)
    )
    ax.set_yticks(range(0, 101, 20))
    ax.legend(loc="upper right", ncols=2)
    ax.set_xlabel(t("households helped, percent of all", "受助户占全部户的百分比"))
    if at is not None:
        need_share("at", at, 0.3)
    places = np.sort(rules["coverage"].unique())
    middle = places[(len(places) - 1) // 2] if at is None else places[np.abs(places - at).argmin()]
    there = rules[(rules["coverage"] == middle) & (rules["term"] == terms[0])].set_index("rule")
    values = [100 * there.loc[one, "estimate"] for one in looks]
    return Drawn(
        title=_title(t, terms[0], 100 * middle, names, values),
        unit=t("percent; ", "%；") + (t(*_ERRORS[terms[0]][0]) + t("; ", "；")) * (len(terms) == 1)
        + draw.band_of(rules, t),
        alt=t("Curves of errors over the share of households helped, by rule. ", "各规则误差随受助比例变化的曲线。"),
        data=rows.drop(columns="place"),
        said=[
            t(f"{told(row.rule, lang, labels)}, {_ERRORS[row.term][0][0]}, at {row.place:.0f} percent: "
              f"{100 * row.estimate:.1f}",
              f"{told(row.rule, lang, labels)}，{_ERRORS[row.term][0][1]}，受助{row.place:.0f}%时：{100 * row.estimate:.1f}")
            for row in rules[rules["coverage"] == middle].itertuples()
        ],
    )  # fmt: skip


def _beside(ax, rows, text, side):
    """What a bundle of curves is of, at its upper end."""
    ends = rows[rows["place"] == (rows["place"].min() if side > 0 else rows["place"].max())]
    x, y = ends["place"].iloc[0], 100 * ends["estimate"].max()
    draw.beside(
        ax, text, (x, y), (4 * side, 7), ha="left" if side > 0 else "right", bbox=draw.WHITE
    )


def _title(t, term, middle, names, values):
    """What the figure found, in a sentence."""
    if term == "exclusion error of the poor":
        english = ", ".join(f"{name} {'misses ' if i == 0 else ''}{x:.0f}"
                            for i, (name, x) in enumerate(zip(names, values, strict=True)))  # fmt: skip
        chinese = "，".join(f"{name}漏掉{x:.0f}户" for name, x in zip(names, values, strict=True))
        return t(f"Where {middle:.0f} % are helped: of 100 poor households, {english}",
                 f"救助{middle:.0f}%的户时：每100个贫困户中，{chinese}")  # fmt: skip
    english, chinese = _ERRORS[term][0]
    said = t(", ", "，").join(f"{name} {x:.0f}" for name, x in zip(names, values, strict=True))
    return t(f"Where {middle:.0f} % are helped: {english}, percent: {said}",
             f"救助{middle:.0f}%的户时，{chinese}（%）：{said}")  # fmt: skip
