"""Cells of a workbook as a reader of the sheet sees them: number formats that scale or add a unit."""

import operator
import re
from decimal import Decimal
from xml.etree import ElementTree

_BUILT_IN = {9: "0%", 10: "0.00%"}
_LITERAL = re.compile(r'"([^"]*)"|[\\!](.)|_.|\*.|\[[^\]]*\]', re.DOTALL)
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)\s*(-?[0-9]*\.?[0-9]+)\]")
_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
            "=": operator.eq, "<>": operator.ne}  # fmt: skip
_SECTIONS = re.compile(r'(?:"[^"]*"|[\\!].|\[[^\]]*\]|[^;"\\!\[])+', re.DOTALL)
_ZEROS = re.compile("0{2,15}")  # 0012: what is shown so is a code
_UNITS = re.compile("[万亿千百%％‰]")
_STYLED = re.compile(rb"<(?:\w+:)?c\b([^>]*)>")
_AT = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_STYLE = re.compile(rb"""\bs=["']([0-9]{1,6})["']""")


def cell_styles(box):
    """Formats that show a number otherwise than stored, and steps that set a text in from its edge.

    Parameters
    ----------
    box : ZipFile
        The workbook.

    Returns
    -------
    forms, steps : dict
        By the style's number.
    """
    forms, steps = {}, {}
    if "xl/styles.xml" not in box.namelist():
        return forms, steps
    root = ElementTree.fromstring(box.read("xl/styles.xml"))
    own = {one.get("numFmtId"): one.get("formatCode", "") for one in root.iterfind(".//{*}numFmt")}
    for i, one in enumerate(root.iterfind("./{*}cellXfs/{*}xf")):
        number, held = one.get("numFmtId", "0"), one.find("{*}alignment")
        form = own.get(number) or _BUILT_IN.get(int(number), "")
        if _ZEROS.fullmatch(form) or any(map(_effect, _SECTIONS.findall(form))):
            forms[i] = form
        step = "0" if held is None else held.get("indent", "0")
        if step.isdecimal() and int(step):
            steps[i] = int(step)
    return forms, steps


def column_number(letters):
    """Number of a column from its letters, as bytes: A is 1."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def styled_cells(block, styles):
    """Number formats of the cells of a piece of XML, as far as in `styles`, by place from 0."""
    found = {}
    for inside in _STYLED.findall(block):
        style = _STYLE.search(inside)
        form = styles.get(int(style[1])) if style else None
        place = _AT.search(inside) if form else None
        if place:
            found[int(place[2]) - 1, column_number(place[1]) - 1] = form
    return found


def _effect(section):
    """Power of ten and unit of one section of a format; ``None`` if it shows what is stored."""
    if re.search(r"\[\$?-?[hmsHMS]+\]", section):
        return None
    point = re.search(r'(?:[\\!]\.|"\.")([0#?]+)', section)
    unit = "".join(a or b for a, b in _LITERAL.findall(section)).replace(".", "", bool(point))
    bare = _LITERAL.sub("", section)
    if not re.search("[0#?]", bare) or re.search("[ymdhsYMDHSeE]", bare):
        return None
    digits = re.search(r"[0#?](,+)(?![0#?,])", bare)
    power = -3 * len(digits[1]) if digits else 0
    power += 2 * bare.count("%") - (len(point[1]) if point else 0)
    unit = ("".join(unit.split()) if _UNITS.search(unit) else "") or "%" * ("%" in bare)
    bare_unit = _UNITS.search(re.sub(r"[0#?.,]", "", bare))
    if not unit and bare_unit:  # 0.0万 without quotation marks
        unit = "".join(re.findall("[\u4e00-\u9fff]", bare))
    return (power, unit) if power or unit else None


def as_shown(value, form):
    """Text of a number under a format, with all of its digits.

    Parameters
    ----------
    value : int or float
        As stored.
    form : str
        Number format, such as ``"0.0%"`` or ``"0!.0,"``.

    Returns
    -------
    str or None
        ``None`` if the format shows what is stored.

    Examples
    --------
    >>> from povstudy.clean.file.shown import as_shown
    >>> as_shown(0.057, "0.0%"), as_shown(3660000, "0!.0,"), as_shown(3660000, '0!.0,"万"')
    ('5.7%', '366', '366万')
    """
    if _ZEROS.fullmatch(form):
        return f"{int(value):0{len(form)}d}" if value >= 0 and value == int(value) else None
    sections = _SECTIONS.findall(form)
    told = [_CONDITION.search(one) for one in sections]
    if any(told):
        which = next(
            (i for i, one in enumerate(told) if not one or _COMPARE[one[1]](value, float(one[2]))),
            0,
        )
    else:
        which = (
            1 if value < 0 and len(sections) > 1 else 2 if value == 0 and len(sections) > 2 else 0
        )
    effect = _effect(sections[which]) if sections else None
    if effect is None:
        return None
    # what a spreadsheet shows of a number has fifteen digits: 0.07 * 100 is 7
    number = Decimal(f"{value:.15g}").scaleb(effect[0]).normalize()
    return f"{number + 0:f}{effect[1]}"
