"""Which raw column is which: heads with their prefixes, brackets and units."""

import re
from dataclasses import dataclass, replace

import pandas as pd

from ...base.errors import DataError
from ..cell.amounts import UNITS
from ..cell.cell import plain
from ..person.personal import known_only
from .codebooks import head_key
from .years import year_in_brackets, year_of

_YUAN = {
    "元": "yuan",
    "千元": "1k_yuan",
    "万元": "10k_yuan",
    "百万元": "1m_yuan",
    "亿元": "100m_yuan",
}
_PREFIXES = {
    "计划": ("kind", "plan"), "目标": ("kind", "plan"), "合同约定": ("kind", "plan"),
    "实际": ("kind", "output"), "完成": ("kind", "output"),
    "累计": ("basis", "cumulative"),
}  # fmt: skip
_BRACKETS = {
    "累计": ("basis", "cumulative"), "计划": ("kind", "plan"), "实际": ("kind", "output"),
    "含税": ("tax", "included"), "不含税": ("tax", "excluded"), "税后": ("tax", "excluded"),
}  # fmt: skip
# How a cell is filled in, which changes nothing of what it means.
_ASIDE = re.compile(
    "必填|选填|单选|多选|可多选|下拉|是/?否|有/?无|年/?|月/?|日|年[/.-]?月(?:[/.-]?日)?|年度|格式.*|[例如].*"
)


@dataclass(frozen=True)
class Column:
    """One raw column, matched with a rule of the codebook.

    Attributes
    ----------
    name, head : str
        Canonical name, and the head in the file.
    rule : dict
        From the codebook.
    unit : str
        From the brackets of the head, as the readers name it; empty if there is none.
    kind, basis, tax : str
        ``plan`` or ``output``, ``cumulative``, ``included`` or ``excluded``, where the head says so.
    year : int
        Of a column of money, from its head; 0 if it tells none.
    """

    name: str
    head: str
    rule: dict
    unit: str = ""
    kind: str = ""
    basis: str = ""
    tax: str = ""
    year: int = 0


def match(frame, book, file):
    """Match the columns of a file with those of a codebook.

    Parameters
    ----------
    frame : DataFrame
        Raw records under their heads.
    book : dict
        Codebook, checked.
    file : str
        Name of the file, for errors.

    Returns
    -------
    matched : list of Column
        In the order of the codebook.
    parts : list of dict
        For the report: every column that is left out, and why.
    """
    heads = {head_key(one): name for name, rule in book["columns"].items() for one in rule["from"]}
    personal = set(map(head_key, book["personal"]))
    ignored = set(map(head_key, book["ignored"]))
    matched, parts, left = {}, [], []

    def drop(head, reason):
        left.append((head, reason))

    _refuse_second_head(frame, heads, file)
    for head in frame.columns:
        key = head_key(head)
        if key in personal or re.sub(r"[(\[].*", "", key) in personal:
            drop(head, "personal_column")
        elif key in ignored:
            drop(head, "ignored")
        else:
            one = _column(head, key, heads, book["columns"])
            if isinstance(one, Column) and one.kind and book["table"] == "households":
                one = "not_in_codebook"  # a register knows no plan
            if not isinstance(one, Column):
                drop(head, one)
                continue
            place = (one.name, one.kind, one.year)
            if place in matched:  # the head that stands first in the codebook is kept
                first, second = sorted((matched[place], one), key=_rank)
                matched[place] = first
                drop(second.head, "second_column")
                parts += _differences(frame, first, second)
            else:
                matched[place] = one
    absent = [name for name, rule in book["columns"].items()
              if rule.get("required") and (name, "", 0) not in matched]  # fmt: skip
    if absent:
        # heads that hold numbers may be records, and personal: a file without heads
        shown = [str(head) for head in frame.columns if not re.search("[0-9]{5}", str(head))]
        raise DataError(
            f"This file has no column that the codebook knows as {absent[0]}.",
            where=f"{file or 'table'}, row 1",
            found=", ".join(shown)[:200] if len(shown) == len(frame.columns) else "no heads",
            remedy=f"name it {book['columns'][absent[0]]['from'][0]} in the file, or add its head to "
            f"'from' of {absent[0]} in the codebook {book['name']}",
        )
    if left:  # one part: a file may have thousands of columns
        parts.insert(0, {"row": [pd.NA] * len(left), "column": [head for head, _ in left], "old": None,
                         "new": None, "action": "dropped", "reason": [why for _, why in left]})  # fmt: skip
    order = list(book["columns"])
    return sorted(matched.values(), key=lambda one: (order.index(one.name), one.year)), parts


def _rank(column):
    """Exact heads first, in the order of the codebook, then those with prefix or brackets."""
    listed = [head_key(one) for one in column.rule["from"]]
    key = head_key(column.head)
    bare = key if key in listed else re.sub(r"[(\[].*", "", key)
    return (listed.index(bare) if bare in listed else len(listed), len(key))


def _differences(frame, first, second):
    """Cells of a column that was left out which say something else than the one that was kept."""
    kept, other = (frame[one.head].astype(object).map(plain) for one in (first, second))
    odd = frame.index[((other != "") & (kept != other)).to_numpy()]
    if not len(odd):
        return []
    return [{"row": odd.to_numpy(), "column": first.name,
             "old": [known_only(text) for text in kept[odd]],
             "new": [known_only(text) for text in other[odd]],
             "action": "proposed", "reason": "second_value"}]  # fmt: skip


def _column(head, key, heads, columns):
    """The column of a head, or the reason why it is left out."""
    if key in heads:
        return Column(heads[key], head, columns[heads[key]])
    (bare, year), brackets = year_of(key), []
    while found := re.fullmatch(r"(.+?)[(\[]([^()\[\]]*)[)\]]", bare):
        bare = found[1]
        brackets += re.split("[,、;]", found[2])
    if not year:
        bare, year = year_of(bare)
    told = {"year": year} if year else {}
    while bare not in heads:
        prefix = next(
            (one for one in _PREFIXES if bare.startswith(one) and len(bare) > len(one)), None
        )
        if prefix is None:
            return "not_in_codebook"
        field, value = _PREFIXES[prefix]
        told[field], bare = value, bare.removeprefix(prefix)
    name = heads[bare]
    for one in brackets:
        if one in _BRACKETS:
            field, value = _BRACKETS[one]
            told[field] = value
        elif year_in_brackets(one) and "year" not in told:
            told["year"] = year_in_brackets(one)
        elif _ASIDE.fullmatch(one):
            continue
        else:
            unit = unit_of(one, columns[name])
            if not unit or "unit" in told:
                return "unknown_bracket"
            told["unit"] = unit
    if "year" in told and columns[name]["read"] != "money":
        return "not_in_codebook"
    return Column(name, head, columns[name], **told)


def unit_of(text, rule):
    """Unit that brackets of a head give to a column; empty if they hold none that it can have.

    Examples
    --------
    >>> from povstudy.clean.record.matching import unit_of
    >>> unit_of("万元", {"read": "money"}), unit_of("万人次", {"read": "count"})
    ('10k_yuan', '10k_person_time')
    """
    if rule["read"] == "money":
        return _YUAN.get(re.sub("/(?:年|人|人年|年人)$", "", text), "")
    if rule["read"] == "percent":
        return "percent" if text == "%" else ""
    if rule["read"] == "count":
        found = re.fullmatch(f"([万亿]?)({'|'.join(sorted(UNITS, key=len, reverse=True))})", text)
        return {"": "", "万": "10k_", "亿": "100m_"}[found[1]] + UNITS[found[2]] if found else ""
    return ""


def with_stated_units(matched, above):
    """Columns whose head tells no unit, with the one that stands above the heads and fits.

    Parameters
    ----------
    matched : list of Column
        From `match`.
    above : list of tuple
        Number and text of the rows above the heads: 单位：万元.

    Returns
    -------
    list of Column
    """
    told = [found for _, text in above for found in re.findall(r"单位:\s*([^\s:]+)", plain(text))]
    units = {one.strip("()[]") for text in told for one in re.split("[,、;/和]", text)}
    made = []
    for one in matched:
        fits = {unit_of(unit, one.rule) for unit in units} - {""}
        made.append(replace(one, unit=fits.pop()) if len(fits) == 1 and not one.unit else one)
    return made


def _refuse_second_head(frame, heads, file):
    """Refuse a table whose first row of data is a second row of heads, and no record with codes."""
    if not len(frame):
        return
    cells = [str(cell) for cell in frame.head(1).iloc[0] if not pd.isna(cell)]
    known = [cell for cell in cells if cell and re.sub(r"[(\[].*", "", head_key(cell)) in heads]
    coded = any(re.fullmatch("[A-Za-z]*[0-9][0-9.]*", cell.strip()) for cell in cells)
    if len(known) > 1 and not coded:
        raise DataError("There are two rows of heads.",
                        where=f"{file or 'table'}, row {frame.index[0]}",
                        found=", ".join(known)[:80],
                        remedy="give the file itself, not a table; or write one row of heads")  # fmt: skip
