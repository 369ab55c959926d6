"""Places: provinces by any usual spelling, six-digit codes, and codes that changed over time."""

import re
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from functools import cache

from ...sources.catalogue import load
from .cell import CellError, mark, plain, without_footnote


@dataclass(frozen=True, slots=True)
class Place:
    """A province, or what stands in its column without being one.

    Attributes
    ----------
    adcode : str or None
        Six-digit code; ``None`` where there is none.
    zh, en : str
        Short names.
    level : str
        ``"province"``, ``"national"``, ``"area"`` (several provinces) or ``"unit"`` (reports
        beside the provinces and lies inside one: do not add it to that one).
    name : str
        Full name in Chinese.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.province("兵团").level
    'unit'
    """

    adcode: str | None
    zh: str
    en: str
    level: str
    name: str


# Code, short name, rest of the full name, English, abbreviation, other spellings. Codes are
# those of GB/T 2260; abbreviations are the ones in official use.
_PROVINCES = """
11 北京 市 Beijing 京|12 天津 市 Tianjin 津|13 河北 省 Hebei 冀|14 山西 省 Shanxi 晋
15 内蒙古 自治区 Inner_Mongolia 蒙 内蒙 Nei_Mongol Neimenggu Nei_Mongolia
21 辽宁 省 Liaoning 辽|22 吉林 省 Jilin 吉|23 黑龙江 省 Heilongjiang 黑|31 上海 市 Shanghai 沪 申
32 江苏 省 Jiangsu 苏|33 浙江 省 Zhejiang 浙|34 安徽 省 Anhui 皖|35 福建 省 Fujian 闽
36 江西 省 Jiangxi 赣|37 山东 省 Shandong 鲁|41 河南 省 Henan 豫|42 湖北 省 Hubei 鄂
43 湖南 省 Hunan 湘|44 广东 省 Guangdong 粤|45 广西 壮族自治区 Guangxi 桂 广西自治区
46 海南 省 Hainan 琼|50 重庆 市 Chongqing 渝|51 四川 省 Sichuan 川 蜀|52 贵州 省 Guizhou 贵 黔
53 云南 省 Yunnan 云 滇|54 西藏 自治区 Tibet 藏 Xizang|61 陕西 省 Shaanxi 陕 秦
62 甘肃 省 Gansu 甘 陇|63 青海 省 Qinghai 青|64 宁夏 回族自治区 Ningxia 宁 宁夏自治区
65 新疆 维吾尔自治区 Xinjiang 新 新疆自治区|71 台湾 省 Taiwan 台|81 香港 特别行政区 Hong_Kong 港 Xianggang
82 澳门 特别行政区 Macao 澳 Macau Aomen
"""

_OTHERS = {
    Place(None, "全国", "China", "national", "全国"): (
        "中国", "合计", "总计", "全国合计", "全国总计", "National", "National total", "Total",
        "Grand total", "Nationwide",
    ),
    Place(None, "东部", "East", "area", "东部地区"): ("Eastern",),
    Place(None, "中部", "Central", "area", "中部地区"): ("Middle",),
    Place(None, "西部", "West", "area", "西部地区"): ("Western",),
    Place(None, "东北", "Northeast", "area", "东北地区"): ("Northeastern",),
    Place(None, "新疆兵团", "XPCC", "unit", "新疆生产建设兵团"): (
        "兵团", "生产建设兵团", "Xinjiang Production and Construction Corps",
    ),
}  # fmt: skip

# Resolution of the National People's Congress of 30 July 1955 (People's Daily, 31 July 1955).
_ABOLISHED_1955 = {"热河": "Hebei, Liaoning, Inner Mongolia", "西康": "Sichuan"}

_TRADITIONAL = str.maketrans(
    "內遼寧龍蘇廣貴雲陝肅臺灣門慶壯維爾東區總計國團產設",
    "内辽宁龙苏广贵云陕肃台湾门庆壮维尔东区总计国团产设",
)
# What may follow an English name: of a province, and of a group of provinces.
_TAILS = {
    "province": re.compile(
        r"(province|municipality|city|sheng|shi|sar|(special|zhuang|hui|uygur|uighur|uyghur)?"
        r"(autonomousregion|administrativeregion|ar|zizhiqu))?(ofchina|china)?$"
    ),
    "area": re.compile(r"(regions?|areas?|china)$"),
}
_PARTS = re.compile(
    r"(?P<zh>[㐀-鿿]+(?:\s+[㐀-鿿]+)*)|(?P<en>[A-Za-z]+(?:[-.' ]+[A-Za-z]+)*(?:, China)?\.?)"
    r"|(?P<code>[0-9]+(?:\.0+)?)|[\s/|,()、]+"
)


@cache
def _spellings():
    """Every spelling as plain letters, with its place; a spelling of two places is a mistake."""
    found = {}

    def spell(place, words):
        for word in words:
            key = word.replace("_", "").replace(" ", "").lower()
            if found.setdefault(key, place) != place:
                raise AssertionError(f"{word} is {found[key].en} and {place.en}")

    for entry in re.split(r"[|\n]", _PROVINCES.strip()):
        code, zh, rest, en, *more = entry.split()
        place = Place(f"{code}0000", zh, en.replace("_", " "), "province", zh + rest)
        spell(place, [zh, zh + rest, en, *more])
    for place, words in _OTHERS.items():
        spell(place, [place.zh, place.name, place.en, *words])
    return found


def province(raw):
    """Read a province, by its name in Chinese or English, its abbreviation or its code.

    Parameters
    ----------
    raw : object
        The cell: short or full name, padded or not, in one language or both.

    Returns
    -------
    Place
        Totals have the level ``"national"``, groups of provinces ``"area"``, the Xinjiang
        Production and Construction Corps ``"unit"``; none of these has a code.

    Raises
    ------
    CellError
        ``blank``; ``unknown_place``; ``ambiguous_place`` for one character of several names;
        ``contradictory_place`` for two names of different places; ``old_name`` for a province
        that was abolished.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.province("内 蒙 古").adcode
    '150000'
    >>> ps.clean.province("陕西省 Shaanxi").en, ps.clean.province("合计").level
    ('Shaanxi', 'national')
    """
    text = _given(raw)
    # A word in brackets is a name: the last letter of (Tibet) is no footnote.
    if not re.search(r"\([A-Za-z' -]{2,}\)$", text):
        text = without_footnote(text)[0]
    read = {"zh": _by_chinese, "en": _by_english, "code": _by_code}
    places, end = [], 0
    for part in _PARTS.finditer(text):
        if part.start() != end:
            break
        end = part.end()
        if part.lastgroup:
            places.append(read[part.lastgroup](re.sub(r"\s", "", part[0]), raw))
    if end != len(text) or not places:
        raise _unknown(text, raw)
    if len(set(places)) > 1:
        raise CellError("contradictory_place", "The names in this cell are of different places.",
                        found=raw, remedy=" or ".join(_call(one) for one in dict.fromkeys(places)))  # fmt: skip
    return places[0]


def _call(place, tongue="zh"):
    return f'ps.clean.province("{getattr(place, tongue)}")'


def _given(raw):
    """Text of a cell that must not be empty."""
    text = plain(raw)
    if mark(text) is not None:
        raise CellError(
            "blank",
            "This cell names no place.",
            found=raw,
            remedy="read, refused = ps.clean.column(cells, ps.clean.province)  # blanks are set aside",
        )
    return text


def _unknown(text, raw):
    near = get_close_matches(text[:40].lower(), _spellings(), n=3, cutoff=0.6)
    near = dict.fromkeys(_spellings()[one] for one in near)
    tongue = "en" if text.isascii() else "zh"
    return CellError(
        "unknown_place", "This is no province, area or total that is known.", found=raw,
        remedy=" or ".join(_call(one, tongue) for one in near) or 'ps.clean.province("贵州")',
    )  # fmt: skip


def _by_chinese(text, raw):
    known = _spellings()
    text = text.translate(_TRADITIONAL)
    if text in known:
        return known[text]
    heirs = _ABOLISHED_1955.get(text.removesuffix("省"))
    if heirs:
        raise CellError(
            "old_name",
            f"This province was abolished in 1955; its territory went to {heirs}.",
            found=raw,
            remedy=" or ".join(
                _call(known[one.replace(" ", "").lower()], "en") for one in heirs.split(", ")
            ),
        )
    several = {place.zh: place for key, place in known.items() if text in key and place.adcode}
    if len(text) == 1 and len(several) > 1:
        raise CellError("ambiguous_place",
                        "This character stands in the names of several provinces.", found=raw,
                        remedy=" or ".join(_call(place) for place in several.values()))  # fmt: skip
    raise _unknown(text, raw)


def _by_english(text, raw):
    text = re.sub(r"[-.',]", "", text).lower()
    known = _spellings()
    if text in known:
        return known[text]
    for level, tail in _TAILS.items():
        found = known.get(tail.sub("", text))
        if found is not None and found.level == level:
            return found
    raise _unknown(text, raw)


def _by_code(text, raw):
    try:
        code = adcode(text)
    except CellError:
        raise _unknown(text, _shown(text, raw)) from None
    province_of = _by_prefix()[code[:2]]
    if code != province_of.adcode:
        raise CellError("unknown_place",
                        f"This is the code of a place in {province_of.en}, not of a province.",
                        found=raw, remedy=_call(province_of))  # fmt: skip
    return province_of


def _shown(text, raw):
    """What an error may show: fifteen or eighteen digits are a person's number."""
    return f"{len(text)} characters" if len(text) > 12 else raw


@cache
def _by_prefix():
    return {place.adcode[:2]: place for place in _spellings().values() if place.adcode}


def adcode(raw):
    """Read a code of place as six digits.

    Parameters
    ----------
    raw : object
        Two, four or six digits, or a statistical code of nine or twelve (township, village),
        of which the first six are the county. Numbers that a spreadsheet made of codes too.

    Returns
    -------
    str
        Six digits. Whether the code was in use is told by `adcode_at`.

    Raises
    ------
    CellError
        ``blank``; ``corrupt_code`` if these are not digits or not so many; ``unknown_code`` if
        no province begins so; ``precision_lost`` if a number lost digits.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.adcode("520527.0"), ps.clean.adcode("52"), ps.clean.adcode(520527103000)
    ('520527', '520000', '520527')
    """
    text = _given(raw).lstrip("'")
    digits = re.sub(r"(?<=[0-9])\.0*$", "", text)
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?[eE]\+?[0-9]{1,2}", text):
        digits = _exact(Decimal(text), raw)
    if not re.fullmatch(r"[0-9]+", digits) or len(digits) not in (2, 4, 6, 9, 12):
        raise CellError(
            "corrupt_code",
            "A code of place has 2, 4, 6, 9 or 12 digits and nothing else.",
            found=_shown(text, raw),
            remedy='ps.load("place_codes")  # codes, names and years',
        )
    if digits[:2] not in _by_prefix():
        raise CellError("unknown_code", "No province has a code that begins so.", found=raw,
                        remedy=f"one of {', '.join(_by_prefix())}")  # fmt: skip
    return digits[:6].ljust(6, "0")


def _exact(value, raw):
    """Digits of a number in scientific notation, if it shows all of them."""
    if value.as_tuple().exponent > 0:
        raise CellError(
            "precision_lost",
            "A spreadsheet has cut digits off this code; they cannot be got back.",
            found=raw,
            remedy="format the column as text in the file that it was made from, and save it anew",
        )
    return f"{value:.0f}" if value == int(value) else str(value)


@cache
def _history():
    """Names by code and year, changes by year and old code, changes by year and new code."""
    names, after, before = defaultdict(dict), defaultdict(list), defaultdict(list)
    codes = load("place_codes")
    for code, name, first, last in zip(*(codes[one].tolist() for one in codes), strict=True):
        for year in range(first, last + 1):
            names[year][code] = name
    for row in load("place_code_changes").itertuples(index=False):
        after[row.year, row.old_code].append(row)
        before[row.year, row.new_code].append(row)
    return dict(names), dict(after), dict(before)


def adcode_at(code, year, to):
    """Give the code that a place had in another year.

    Parameters
    ----------
    code : object
        Code of a province, prefecture or county, as `adcode` reads it.
    year : int
        Year in which it was in use (on 31 December, as in the yearly lists).
    to : int
        Year whose code is wanted, later or earlier.

    Returns
    -------
    str
        The code in year ``to``.

    Raises
    ------
    CellError
        ``year_not_covered``; ``unknown_code`` if the code was not listed in ``year``;
        ``not_one_to_one`` if the place was divided on the way, or, going back, was made of
        several; ``unsourced_change`` if no source tells what became of it, or what it was
        before; and those of `adcode`.

    Notes
    -----
    Going forward, a place that was merged whole into another is followed; a place that gave
    up a part to found a new one counts as divided. Moves that leave codes alone are not
    followed: townships that passed between places that both go on, counties that passed to
    another prefecture. The changes are those of ``ps.load("place_code_changes")``.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.adcode_at("542300", 2013, 2020)
    '540200'
    >>> ps.clean.adcode_at("520522", 2011, 2010)
    '522423'
    """
    names, code = _history()[0], adcode(code)
    listed = [one for one in names if code in names[one]]
    for one in (year, to):
        if one not in names:
            raise CellError(
                "year_not_covered",
                f"The lists of codes at hand are of the years {min(names)} to {max(names)}.",
                found=one,
                remedy=f'ps.clean.adcode_at("{code}", {_near(year, listed or names)}, {_near(to, names)})',
            )
    year, to = int(year), int(to)
    if code not in names[year]:
        raise CellError("unknown_code", f"The list of {year} has no code {code}.", found=code,
                        remedy=f'ps.clean.adcode_at("{code}", {listed[0]}, {to})' if listed
                        else 'ps.load("place_codes")')  # fmt: skip
    steps = range(year + 1, to + 1) if to > year else range(year, to, -1)
    for change in steps:
        code = (_forward if to > year else _back)(code, change, to)
    return code


def _near(year, listed):
    """The year of lists that is nearest to a year, or the last where it is none."""
    found = re.search("[0-9]{4}", str(year))
    return min(listed, key=lambda one: abs(one - int(found[0]))) if found else max(listed)


def _forward(code, year, to):
    names, after, _ = _history()
    rows = after.get((year, code), [])
    if any(row.kind == "split" for row in rows):
        parts = {row.new_code: row.new_name for row in rows}
        raise _not_one(code, parts, year, year, to)
    if rows:
        return rows[0].new_code
    if code not in names[year]:
        _refuse_unsourced(code, year, "what became of it")
    return code


def _back(code, year, to):
    names, after, before = _history()
    rows = before.get((year, code), [])
    gave = any(row.kind == "split" for row in after.get((year, code), []))
    if gave or any(row.kind in ("split", "merged_into") for row in rows):
        parts = {row.old_code: row.old_name for row in rows}
        raise _not_one(code, parts, year, year - 1, to)
    if rows and rows[0].old_code:
        return rows[0].old_code
    if rows or code not in names[year - 1]:
        _refuse_unsourced(code, year, "what it was before")
    return code


def _not_one(code, parts, year, start, to):
    """Error for a place that was divided or put together in ``year``; where one may go on."""
    there = _history()[0][start]
    parts = {one: name for one, name in parts.items() if one in there}
    if code in there:
        parts[code] = there[code]
    return CellError(
        "not_one_to_one",
        f"The place {code} was divided or put together in {year}: it has no single counterpart.",
        found=", ".join(f"{one} {name}" for one, name in sorted(parts.items())),
        remedy="choose one, and say so: "
        + " or ".join(f'ps.clean.adcode_at("{one}", {start}, {to})' for one in sorted(parts)),
    )


def _refuse_unsourced(code, year, what):
    raise CellError("unsourced_change",
                    f"The code {code} changed in {year}, and no source at hand tells {what}.",
                    found=code, remedy='ps.load("place_code_changes")')  # fmt: skip
