"""Provinces as tiles: where each lies, roughly, and what a table says of it."""

from numbers import Integral

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from ...base.checks import nearest, need_columns
from ...base.columns import need_numbers, refuse_infinite, refuse_two_kinds
from ...base.errors import DataError
from ...base.language import texts, told, words
from ...base.rounding import short
from .. import style
from ..draw import Drawn, drawn_in

# First two digits of the codes of GB/T 2260. The places are schematic: no areas, no borders.
_GRID = """
.. .. .. .. .. .. 23
.. .. .. .. .. 21 22
65 .. 64 15 11 12 ..
63 62 61 14 13 37 ..
54 51 50 41 34 32 31
.. 53 52 42 36 33 ..
.. .. 45 43 44 35 71
.. .. .. 46 82 81 ..
"""
_AT = {code: (x, y) for y, row in enumerate(_GRID.split("\n")[1:-1])
       for x, code in enumerate(row.split()) if code != ".."}  # fmt: skip
_WIDE, _HIGH, _HEAD, _GAP = 7, 8, 0.8, 0.5  # of one map, in tiles; its head; between maps


@drawn_in("double")
def tile_map(
    table, value, *, place="province", by=None, classes=None, tiles=None, source=None, ax=None,
    lang="en",
):  # fmt: skip
    """Provinces of China as tiles, shaded by a column of the table: a schematic map.

    Each tile bears the name of its province and its value. Tiles lie roughly where provinces
    do; they show no areas and no borders. A province without a value is hollow.

    Parameters
    ----------
    table : DataFrame
        One row for each province (and each value of ``by``).
    value : str
        Column that is shown: numbers, or classes as texts.
    place : str
        Column of provinces: names in Chinese or English, or codes of GB/T 2260 (of provinces; of
        counties the first two digits count).
    by : str, optional
        Column with a map for each of its values, such as the year.
    classes : list of str, optional
        Classes from the palest to the darkest; by default in the order of a categorical column,
        or else as they stand in the table.
    tiles : dict, optional
        A map of other places, such as the counties of a province: for each the column and the row of
        its tile, counted from the upper left, such as ``{"Qingshui": (0, 0), "Heshan": (1, 0)}``.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd
    >>> import povstudy as ps
    >>> mine = pd.DataFrame({"province": ["云南省", "Guizhou", "510000"], "visits": [120, 95, 40]})
    >>> ax = ps.figures.tile_map(mine, "visits", lang="zh")
    >>> ax.title_text
    'visits，各省份：云南最高（120），四川最低（40）'
    """
    t = words(lang)
    need_columns(table, [one for one in (place, value, by) if one is not None])
    if tiles is not None:
        _refuse_tiles(tiles, place)
    kind = pd.api.types
    numbers = kind.is_numeric_dtype(table[value]) and not kind.is_bool_dtype(table[value])
    if numbers and (count := int(np.isinf(need_numbers(value, table[value])).sum())):
        refuse_infinite(value, count, f"column {value}")
    rows = _rows(table, value, place, by, tiles)
    shown = rows.dropna(subset=[value])
    if classes is None:
        kinds = getattr(shown[value], "cat", None)
        classes = list(shown[value].unique() if kinds is None else kinds.categories)
        if kind.is_bool_dtype(table[value]):
            classes = sorted(classes)  # what is true is the darker
    elif not numbers and (off := [one for one in shown[value].unique() if one not in classes]):
        raise DataError("A value is none of the classes.", where=f"column {value}", found=str(off[0])[:40],
                        remedy=f"classes={[*classes, *off]!r}")  # fmt: skip
    said = _draw(ax, rows, value, by, None if numbers else classes, lang, tiles=tiles)
    over = t("province", "各省份") if tiles is None else told(place, lang)
    name = texts("value").get(value, (value, value))
    if numbers:
        ends = [shown.loc[getattr(shown[value], one)()] for one in ("idxmax", "idxmin")]
        (most, high), (least, low) = (
            (_name(one["code"], lang, tiles), short(one[value])) for one in ends
        )
        title = t(f"{name[0]} by {over}: highest in {most} ({high}), lowest in {least} ({low})",
                  f"{name[1]}，{over}：{most}最高（{high}），{least}最低（{low}）")  # fmt: skip
    else:
        count, of = int((shown[value] == classes[-1]).sum()), len(shown)
        title = t(f"{name[0]} by {over}: {classes[-1]} in {count} of {of}",
                  f"{name[1]}，{over}：{of}个中有{count}个为{classes[-1]}")  # fmt: skip
    return Drawn(
        title=title,
        unit=t("tiles lie roughly where places do: no areas, no borders",
               "方块只示意各地的大致方位，不表示面积与边界"),
        alt=t("Map of tiles, one for each place. ", "方块示意图，每地一块。"),
        data=rows,
        said=said,
    )  # fmt: skip


@drawn_in("double", "year", "measure", "province", "province_zh", "lower", "upper")
def province_brackets(table, *, source=None, ax=None, lang="en"):
    """Bracket of poverty incidence of each province in two years, as two maps of tiles.

    Parameters
    ----------
    table : DataFrame
        Columns ``year``, ``measure``, ``province``, ``province_zh``, ``lower``, ``upper``;
        a blank end is open. Rows of other measures are left out.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> ax = ps.figures.province_brackets(ps.load("china_province_brackets"))
    >>> ax.title_text
    'Rural China: 21 provinces stood at 3 % or more in 2016, 8 in 2018'
    """
    t = words(lang)
    rows = table[table["measure"] == "incidence_percent"].sort_values("year", kind="stable")
    years = list(rows["year"].unique())
    if len(years) != 2:
        raise DataError("Brackets are compared for two years.", found=years)
    ends = rows.assign(low=rows["lower"].fillna(0), high=rows["upper"].fillna(100))
    bracket = [f"≤{high:g}" if low == 0 else f"≥{low:g}" if high == 100 else f"{low:g}-{high:g}"
               for low, high in zip(ends["low"], ends["high"], strict=True)]  # fmt: skip
    ends = ends.assign(bracket=bracket).sort_values(["low", "high"], kind="stable")
    said = _draw(ax, _rows(ends, "bracket", "province", "year"), "bracket", "year",
                 list(ends["bracket"].unique()), lang, ("not listed", "未列出"))  # fmt: skip
    edge = rows["upper"].min()
    first, last = (int(((rows["year"] == year) & (rows["lower"] >= edge)).sum()) for year in years)
    return Drawn(
        title=t(f"Rural China: {first} provinces stood at {edge:g} % or more in {years[0]}, {last} in "
                f"{years[1]}",
                f"中国农村：{years[0]}年{first}个省份贫困发生率在{edge:g}%及以上，{years[1]}年{last}个"),
        unit=t("bracket of incidence, percent\ntiles lie roughly where provinces do: no areas, no borders",
               "贫困发生率所在区间（%）\n方块只示意省份的大致方位，不表示面积与边界"),
        alt=t("Two maps of tiles, one tile for each province, by bracket of poverty incidence in "
              "percent. ", "两幅方块示意图，每个省份一块，按贫困发生率（%）所在区间着色。"),
        data=rows[["year", "province", "lower", "upper", "lower_included", "upper_included"]],
        said=said,
    )  # fmt: skip


def _refuse_tiles(tiles, place):
    """Refuse a map in which a place has no tile of its own."""
    found = [tuple(one) if np.iterable(one) else (one,) for one in tiles.values()]
    good = all(
        len(one) == 2 and all(isinstance(x, Integral) and x >= 0 for x in one) for one in found
    )
    if not good or len(set(found)) < len(found) or not found:
        raise DataError("Each place has a tile of its own: its column and its row, whole numbers from 0.",
                        where="argument tiles", found=str(tiles)[:80],
                        remedy=f"tiles = {{one: (k % 6, k // 6) for k, one in enumerate(table[{place!r}].unique())}}")  # fmt: skip


def _rows(table, value, place, by, tiles=None):
    """Code of each row's province, with what is shown; refused if one stands twice."""
    keys, found = [] if by is None else [by], table[place].unique()
    if tiles is not None and (off := [one for one in found if one not in tiles]):
        refuse_two_kinds(place, table[place], pd.Index(tiles))
        raise DataError("A place has no tile.", where=f"column {place}", found=str(off[0])[:40],
                        remedy=f"table = table.dropna(subset=[{place!r}])" if pd.isna(off[0])
                        else f"table = table[table[{place!r}] != {off[0]!r}]")  # fmt: skip
    codes = table[place].map({one: one if tiles else _code(one, place) for one in found})
    rows = table[[*keys, value]].assign(code=codes)[[*keys, "code", value]]
    twice = rows.duplicated([*keys, "code"])
    if twice.any():
        apart = [one for one in table if one not in (place, value, by)
                 and not table.assign(code=codes).duplicated([*keys, "code", one]).any()]  # fmt: skip
        raise DataError(
            "A place has several rows, and its tile shows one value.", where=f"column {place}",
            found=", ".join(dict.fromkeys(table.loc[twice, place].astype(str)))[:80],
            remedy=f"by={apart[0]!r}" if apart and by is None
            else f"table = table.drop_duplicates({[*keys, place]})",
        )  # fmt: skip
    return rows.reset_index(drop=True)


def _code(given, column):
    """Two digits of a province: from a code of any length, or a name in either language."""
    text = str(given).strip()
    digits = text.removesuffix(".0")
    if digits[:2] in _AT and digits.isdigit():
        return digits[:2]
    names = texts("province")
    plain = text.casefold().replace(" ", "")
    for code, (english, chinese) in names.items():
        if text.startswith(chinese) or plain == english.casefold().replace(" ", ""):
            return code
    near = nearest(text, [one for pair in names.values() for one in pair])
    raise DataError(
        "This is no province, by name or code.", where=f"column {column}", found=text[:40],
        remedy=f"table = table.replace({{{given!r}: {near!r}}})" if near
        else f"table = table[table[{column!r}] != {given!r}]",
    )  # fmt: skip


def _name(code, lang, tiles=None):
    return words(lang)(*texts("province")[code]) if tiles is None else told(code, lang)


def _draw(ax, rows, value, by, classes, lang, hollow=("no figure", "无数据"), tiles=None):
    """Draw a map for each value of ``by``; returns what each says."""
    t, whole = words(lang), ax.figure.figure
    wide, rows_high = (
        (_WIDE, _HIGH)
        if tiles is None
        else (1 + max(one) for one in zip(*tiles.values(), strict=True))
    )
    parts = [("", rows)] if by is None else [(f"{one}", part) for one, part in rows.groupby(by)]
    points = ax.bbox.width * 72 / whole.dpi
    across = min(len(parts), 2) if points > 300 else 1
    down = -(-len(parts) // across)
    if down > 1 and whole.axes == [ax]:
        whole.set_size_inches(whole.get_figwidth(), whole.get_figheight() * (0.3 + 0.7 * down))
    size = min(8.5, points / (across * (wide + _GAP)) / 4.6)
    high, said = rows_high + _HEAD, []
    for k, (name, part) in enumerate(parts):
        x0, y0 = k % across * (wide + _GAP), k // across * high
        ax.text(x0 + 0.04, y0 + 0.1, name, va="center", fontsize=9.5)
        said += _one_map(ax, part.set_index("code")[value], rows[value], classes, (x0, y0 + _HEAD), size,
                         f"{name}{t(', ', '，')}" if name else "", lang, tiles)  # fmt: skip
    for one in classes or ():
        ax.add_patch(Rectangle((0, 0), 0, 0, fc=_ink(one, None, classes), label=str(one)))
    blank = tiles is None or len(rows.dropna(subset=[value])) < len(tiles) * len(parts)
    if blank:
        ax.add_patch(Rectangle((0, 0), 0, 0, **_HOLLOW, label=t(*hollow)))
    if blank or classes:  # in the corner that the map of China leaves; in the head of another
        place = (0, 1 - _HEAD / (high * down)) if tiles is None else (1, 1)
        ax.legend(loc="upper left" if tiles is None else "upper right", bbox_to_anchor=place, ncols=3, borderaxespad=0, fontsize=8,
                  columnspacing=1, handlelength=1.2)  # fmt: skip
    ax.set(xlim=(0, across * (wide + _GAP) - _GAP), ylim=(high * down, -0.3))
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    return said


_HOLLOW = {"fc": "white", "ec": style.GREY, "ls": ":", "lw": 0.7}


def _one_map(ax, values, every, classes, corner, size, head, lang, tiles):
    t, at = words(lang), {}
    for code, (x, y) in (_AT if tiles is None else tiles).items():
        one, (x, y) = values.get(code), (corner[0] + x, corner[1] + y)
        known = pd.notna(one)
        ink = _ink(one, every, classes) if known else None
        look = {"fc": ink, "lw": 0} if known else _HOLLOW
        ax.add_patch(Rectangle((x + 0.03, y + 0.03), 0.94, 0.94, **look))
        text = {"ha": "center", "color": "white" if known and ink[3] > 0.65 else style.INK}
        name = _name(code, lang, tiles).replace(" ", "\n")
        long = max(map(len, name.split("\n"))) * (0.55 if lang == "en" else 1)
        small = min(0.84 if "\n" in name else 1, 4.3 / long) * size
        ax.text(x + 0.5, y + 0.34, name, va="center", fontsize=small, linespacing=0.95, **text)
        if known:
            shown = str(one) if classes else short(one)
            at.setdefault(shown, []).append(_name(code, lang, tiles))
            ax.text(x + 0.5, y + 0.77, shown, va="center", fontsize=0.92 * size, **text)
    listed = [str(one) for one in classes] if classes else list(at)
    return [
        f"{head}{one}{t(': ', '：')}{t(', ', '、').join(at[one])}" for one in listed if one in at
    ]


def _ink(one, every, classes):
    """The darker, the higher: blue that covers more of the white below it."""
    if classes:
        share = classes.index(one) / max(len(classes) - 1, 1)
    else:
        share = (one - every.min()) / ((every.max() - every.min()) or 1)
    return to_rgba(style.COLOURS["blue"], 0.12 + 0.88 * share)
