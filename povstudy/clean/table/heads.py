"""Heads and units of official tables: what each column measures, and in what."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from ..cell.cell import without_footnote
from ..record.codebooks import head_key, measures, unit_family, unit_kind

_UNIT = re.compile(r"(?:(?:计量|数据)?单位|units?)\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)
HAN = re.compile("[\u4e00-\u9fff]")
_UNIT_WORD = re.compile(
    "(?:(?:[十百千万亿]|十万|百万|千万)?(?:元|人|人次|人日|户|个|次|天|岁|年|斤|公斤|千克|克|吨|亩|公顷|公里"
    "|米|平方米|立方米|平方公里|千瓦|千瓦时|所|张|台|部|辆|头|只|床|倍|件|项|名|对|家|村|县|乡|千卡))(?:/.{1,4})?"
    "|百分点|个百分点|‰|[a-z ]*yuan|[0-9 ,]*(?:persons|households|villages|counties)"
)


def trimmed(text):
    """Lines of a cell without blanks at their ends or blank lines between them."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


@dataclass
class Head:
    """What the head of a column says. ``kind``: measure, label, group (a year), unit, other."""

    measure: str = ""
    unit: str = ""
    kind: str = "other"
    groups: tuple = ()
    text: str = ""
    parts: tuple = ()

    def name(self, unit):
        """Name of the column, its unit being this."""
        short = short_unit(unit)
        told = not short or f"_{self.measure}".endswith(f"_{short}")
        return "__".join([self.measure if told else f"{self.measure}_{short}", *self.groups])


def read_heads(rows, width, merged=()):
    """What the head says of each column, from the rows of the head."""
    named = [j for j in range(width) if any(row[j] for row in rows)]
    filled = []
    for i, row in enumerate(rows):
        row = list(row)
        for left, j in pairwise(named):
            # a blank continues the cell to its left, within the group of the row above, and
            # if that cell is not merged, which would show how far it goes
            same_group = i == 0 or filled[i - 1][j] == filled[i - 1][left]
            below = any(rows[k][j] for k in range(i + 1, len(rows)))
            if not row[j] and same_group and below and (i, left) not in merged:
                row[j] = row[left]
        filled.append(row)
    return [_head(tuple(dict.fromkeys(row[j] for row in filled if row[j]))) for j in range(width)]


def text_head(head):
    """Head of a column of text, which has no unit: 县, 村 and 户 name what stands in it."""
    return _head(head.parts, of_text=True)


def _head(parts, of_text=False):
    """Measure with its unit first, then the groups above it, the nearest last."""
    read = [one_head(part) for part in parts]
    if of_text:
        read = [Head(head_key(part), "", "other", (), part)
                if one.kind == "unit" and head_key(part) == head_key(one.unit) else one
                for one, part in zip(read, parts, strict=True)]  # fmt: skip
    made = _joined(read, parts)
    made.parts = parts
    return made


def _joined(read, parts):
    units = [one.unit for one in read if one.unit]
    read = [one for one in read if one.kind != "unit"]
    if len(read) > 1:  # 单位 over the labels heads a row of units
        read = [one for one in read if (one.kind, one.measure) != ("label", "unit")]
    if not read:
        return Head(unit=units[-1] if units else "")
    if read[-1].kind == "label" or (len({one.measure for one in read}) == 1):
        return Head(read[-1].measure, units[-1] if units else "", read[-1].kind, (), parts[0])
    for kinds in (("measure",), ("other", "label"), ("group",)):
        at = next((i for i in reversed(range(len(read))) if read[i].kind in kinds), None)
        if at is not None:
            break
    groups = tuple(one.measure for i, one in enumerate(read) if i != at and one.measure)
    return Head(read[at].measure, units[-1] if units else "", read[at].kind, groups, parts[0])


@cache
def one_head(part):
    """Read one cell of a head."""
    lines = [without_footnote(line)[0] for line in trimmed(part).splitlines()]
    stated = next((unit for unit in map(stated_unit, lines) if unit), "")
    lines = [line for line in lines if not stated_unit(line)]
    whole = " ".join(lines)
    inner = re.fullmatch(r"[(\[]?([^()\[\]]+)[)\]]?", whole)
    if inner and short_unit(inner[1]):
        return Head("", inner[1], "unit")
    brackets = re.findall(r"[(\[]([^()\[\]]*)[)\]]", whole)
    unit = next((one for one in brackets if short_unit(one)), stated)
    if not unit and whole[1:].endswith("%"):  # 贫困发生率%
        lines, unit = [*lines[:-1], lines[-1].removesuffix("%")], "%"
    if not unit and "/" in whole and short_unit(whole.rsplit("/", 1)[1]):
        whole, unit = whole.rsplit("/", 1)  # 贫困人口/万人
        lines = [whole]
    lines = [re.sub(r"\s*[(\[]([^()\[\]]*)[)\]]", lambda one: "" if short_unit(one[1]) else one[0], line)
             for line in lines]  # fmt: skip
    han = bool(HAN.search(whole))
    if han:  # of a head in two languages, the Chinese one
        lines = [_chinese(line) for line in lines if HAN.search(line) or not re.search("[a-z]{2}", line)]  # fmt: skip
    text = without_footnote(("" if han else " ").join(lines))[0]
    key = head_key(text)
    book = measures()
    for kind in ("measures", "labels"):
        if key in book[kind]:
            return Head(book[kind][key], unit, kind.removesuffix("s"), (), part)
    group = re.fullmatch(
        r"((?:19|20)[0-9]{2})(?:年度?[末底初]?)?(?:农村)?(?:贫困)?(?:标准)?(?:\[yr[0-9]{4}\])?", key
    )
    if group:
        return Head(group[1], unit, "group", (), part)
    signed = re.fullmatch(r"[<>≤≥]=?[0-9.,]+|[0-9.,]+\+", key)  # 65+ is not 65
    name = key if han or signed else re.sub(r"[^a-z0-9%$.]+", "_", text.lower()).strip("_")
    return Head(name or key, unit, "other", (), part)


def _chinese(line):
    """A line without the English that follows its Chinese."""
    return re.sub(r"(?:\s+[A-Za-z]|(?<=[\u4e00-\u9fff)\]])[A-Z][a-z])[^\u4e00-\u9fff]*$", "", line)


# Units --------------------------------------------------------------------------------


def short_unit(unit):
    """Short name of a unit, for the name of a column; empty if it is none that is known."""
    key = head_key(unit)
    return measures()["units"].get(key) or (key if _UNIT_WORD.fullmatch(key) else "")


@lru_cache(2**16)
def stated_unit(cell):
    """Unit that a cell states for the whole table, as 单位：万人; empty if it states none."""
    inner = re.fullmatch(r"\((.+)\)", cell, re.DOTALL)
    found = _UNIT.fullmatch(inner[1] if inner else cell)
    if not found:
        return ""
    unit = re.split(r"\s*\n|\s*[(]?\s*units?\s*:", found[1], flags=re.IGNORECASE)[0].strip()
    return unit if any(map(short_unit, listed_units(unit))) else ""  # 单位 may be an office too


def listed_units(unit):
    """Units of a list such as 万人、%."""
    return [unit] if short_unit(unit) else [one.strip() for one in re.split("[、,;和及]", unit)]


def unit_for(head, stated):
    """Unit of a column whose head has none, from those stated for the whole table."""
    listed = listed_units(stated)
    if head.measure in measures()["fits"]:
        listed = [one for one in listed if short_unit(one) in measures()["fits"][head.measure]]
    else:
        told = unit_family(head.measure)
        if not told and len(listed) > 1 and "%" in map(unit_kind, listed):
            return ""  # of 万人、% only what calls itself a rate is surely in %
        listed = [one for one in listed if not told or unit_kind(one) == told]
    return listed[0] if len(listed) == 1 else ""
