"""How the cells of a matched column are read, and in which odd ways they are written."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa

from ..cell import amounts, numerals, places, times, words
from ..cell.cell import Cell, CellError, known_word, plain
from ..cell.columns import column as read_column
from ..file.surveys import DECLARED
from ..file.texts import repaired
from ..reports import number_form

_ISO = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")


def read_cells(one, known, missing):
    """Read the distinct cells of a column.

    Parameters
    ----------
    one : Column
        What the column is.
    known : Index or Array
        Its distinct texts; of identifiers an array of Arrow.
    missing : list of str
        Texts that stand for missing.

    Returns
    -------
    DataFrame
        For each category, and a last row for none: ``raw``, ``value``, ``bound``, ``note``, and
        the reason why it was ``refused``, is ``missing`` or was ``changed``; else empty.
    """
    if one.rule["read"] != "household_id":
        texts = [*map(str, known.to_numpy(dtype=object)), ""]
        return _read_cells(one, pd.Series(texts, dtype=object), missing)
    # nearly all identifiers are plain figures, which are taken as they stand: no texts of Python
    known = known.to_pandas() if isinstance(known, pa.Array) else pd.Series(known)
    raws = pd.concat([known.astype("string"), pd.Series([""], dtype="string")], ignore_index=True)
    usual = raws.str.fullmatch("[0-9]{1,40}") & ~raws.isin(missing)
    at = np.flatnonzero(~usual.to_numpy(dtype=bool))
    read = _read_cells(one, raws.iloc[at].astype(object).reset_index(drop=True), missing)
    table = {"raw": raws, "value": raws.copy()}
    table["value"].iloc[at] = read["value"].astype("string").array
    for name in ("refused", "bound", "note", "missing", "changed"):
        as_usual = "exact" if name == "bound" else ""
        words = list(dict.fromkeys([as_usual, *read[name]]))
        codes = np.zeros(len(raws), dtype=np.int16)
        codes[at] = [words.index(word) for word in read[name]]
        table[name] = pd.Categorical.from_codes(codes, words)
    return pd.DataFrame(table, copy=False)


def _read_cells(one, raws, missing):
    fixed = raws.map(repaired)
    gone = fixed.str.strip().isin(missing) | fixed.str.fullmatch(DECLARED)
    read, options = _reader(one)
    found, errors = read_column(fixed.where(~gone, ""), read, **options)
    refused = pd.Series("", index=raws.index)
    refused[errors["row"]] = errors["code"].to_numpy()
    odd = _wrong_unit(one, found) & (found["reason"].astype(str) == "") & (refused == "")
    refused[odd] = "wrong_unit"
    refused[(found["bound"] == "range") & (refused == "")] = "range"
    value = found["value"].astype(object).where(found["value"].notna() & (refused == ""), None)
    if one.rule["read"] in ("count", "year"):
        value = pd.Series([None if v is None else int(v) for v in value], dtype=object)
    outside = pd.Series([v is not None and not _allowed(v, one.rule) for v in value])
    refused[outside] = "out_of_range"
    value = value.where(~outside, None)
    if one.rule["read"] == "date" and not fixed.str.fullmatch(r"[0-9]{4}\.10").any():
        # 2014.10 as a number of a spreadsheet is 2014.1
        unsure = fixed.str.fullmatch(r"[0-9]{4}\.1") & value.notna()
        refused[unsure], value = "ambiguous_date", value.where(~unsure, None)
    if one.unit == "percent":  # 0.97 among 95 and 98 is a fraction
        known = value.map(lambda v: v or 0.0)
        unsure = (known > 0) & (known <= 1) & ~fixed.str.contains("%|％") & (known > 1).any()
        refused[unsure], value = "ambiguous_scale", value.where(~unsure, None)
    table = pd.DataFrame({"raw": raws, "value": value, "refused": refused})
    table["bound"] = found["bound"].astype(str)
    table["note"] = found["note"].astype(str)
    reasons = found["reason"].astype(str).where(~gone, "missing_code")
    table["missing"] = reasons.where((refused == "") & value.isna() & (fixed.str.strip() != ""), "")
    table["changed"] = [
        _form(one, cell, text, unit)
        if not cell.refused and not cell.missing and cell.value is not None
        else ""
        for cell, text, unit in zip(table.itertuples(), fixed, found["unit"], strict=True)
    ]
    return table


def _allowed(value, rule):
    """Whether a value lies within the limits of its rule; dates by their years."""
    low, high = rule.get("min", -np.inf), rule.get("max", np.inf)
    if rule["read"] == "date":
        return low <= int(value[:4]) <= high
    if rule["read"] in ("number", "money", "count", "percent", "year"):
        return low <= value <= high and abs(value) < 2**53
    return True


def _reader(one):
    """The function that reads the cells of a column, and its options."""
    rule, kind = one.rule, one.rule["read"]
    if kind == "money":
        return amounts.money, {"unit": one.unit or rule.get("unit")}
    if kind == "count":
        return amounts.count, {"unit": one.unit or rule.get("unit", "person")}
    if kind == "percent":
        return amounts.percent, {"scale": rule.get("scale") or one.unit or None}
    if kind == "yes_no":
        return words.yes_no, {key: rule[key] for key in ("yes", "no") if key in rule}
    if kind == "category":
        known = {_word_key(text): code for code, texts in rule["values"].items() for text in texts}
        loose = {_loose(text): code for text, code in known.items()} if rule.get("open") else None
        return _category, {"known": known, "loose": loose, "what": one.name}
    simple = {
        "number": numerals.number, "year": _year, "date": _or_not_yet(times.date), "period": _or_not_yet(_period),
        "province": _province, "places": _places, "adcode": _adcode,
        "causes": _several(kind), "measures": _several(kind), "status": words.status, "monitor_type": words.monitor_type,
        "household_id": words.household_id, "text": _text,
    }  # fmt: skip
    return simple[kind], {}


def _word_key(text):
    return "".join(plain(text).split())


def _loose(text):
    """A name without year, quotation marks, brackets at its end and the word 项目."""
    text = re.sub(r"^[0-9]{4}年?度?|[“”‘’\"'「」『』【】《》〈〉]", "", _word_key(text))
    return re.sub(r"(?:[(\[][^()\[\]]*[)\]])+$|项目$", "", text) or text


def _category(raw, known, loose, what):
    """A listed value; in an open category also a name like a listed one, or any other."""
    try:
        return known_word(raw, known, "unknown_word", f"value of {what}")
    except CellError:
        if loose is None:
            raise
    like = loose.get(_loose(raw))
    return Cell(like) if like else _text(raw)


def _text(raw):
    text = " ".join(raw.replace("\ufeff", "").replace("\u3000", " ").split())
    return Cell(text) if text else Cell(reason="blank")


def _unless_blank(read):
    return lambda raw: Cell(read(raw)) if raw.strip() else Cell(reason="blank")


def _one_province(raw):
    place = places.province(raw)
    if place.level not in ("province", "unit"):
        raise CellError("unknown_place", "A household lives in a province.", raw, "look it up")
    return place.zh


_province = _unless_blank(_one_province)
_adcode = _unless_blank(places.adcode)
_period = _unless_blank(lambda raw: "/".join(map(str, times.period(raw))))


def _several(kind):
    """A reader of lists, whose words stand in one text with ; between."""

    def one(raw):
        found, left = words.listed(raw, kind, some=True)
        note = "part_unknown" if left else ""
        return Cell(";".join(found), note=note) if found else Cell(reason="blank")

    return one


# What stands in a column of a year or date where the thing has not happened yet.
_NOT_YET = re.compile(
    "(?:至今|目前|现在?|暂时?|仍|还)?(?:[尚仍还暂从]未|未曾?|[尚还]?没有?)(?:稳定|整户|能|实现)?"
    "(?:脱贫|返贫|退出|出列|摘帽|消除|解除|销号|完成|结束|完工|竣工|到期|发生)(?:风险|户)?"
    "|(?:not yet(?: (?:out|left|exited|graduated|ended|removed|completed))?|still (?:poor|in poverty)|not out of poverty"
    "|has not (?:left|exited|graduated)|not (?:exited|graduated|ended|removed|completed))",
    re.IGNORECASE,
)


_POOR = re.compile("(?i)脱贫|退出|出列|摘帽|poor|poverty|left|exited|graduated|yet out")


def _or_not_yet(read):
    """A reader of years or dates that takes 未脱贫 for what it says: there is none yet."""

    def one(raw):
        text = re.sub(r"(?<=[\u4e00-\u9fff])\s+", "", plain(raw))
        if not _NOT_YET.fullmatch(text):
            return read(raw)
        return Cell(reason="not_applicable", note="poor" if _POOR.search(text) else "")

    return one


_STILL = {word: one for one in ("poor", "pre_exit", "relapsed", "newly_listed")
          for word in words.STATUSES[one]}  # fmt: skip


@_or_not_yet
def _year(raw):
    """A year, or the year of a date; 返贫 is a status of who is on the list, and no year."""
    if _word_key(raw) in _STILL:
        return Cell(reason="not_applicable", note=_STILL[_word_key(raw)])
    try:
        return times.year(raw)
    except CellError:
        found = times.date(raw)
        return Cell(int(found.value[:4]), kind="year", note="date")


def _places(raw):
    """Names of places, parted by 、 or by 和 and 及 after the name of a unit."""
    text = plain(raw)
    parts = re.split(r"[、,;]|(?<=[县市区旗乡镇村州盟])(?:以?及|和)(?=[\u4e00-\u9fff])", text)
    kept = [part.strip() for part in parts if part.strip()]
    return Cell("、".join(kept)) if kept else Cell(reason="blank")


def count_places(text):
    """How many places a text names; ``None`` where it says 等 without a number.

    Examples
    --------
    >>> from povstudy.clean.record.readings import count_places
    >>> count_places("棠溪县、岚坪县"), count_places("棠溪县等3个县"), count_places("棠溪县等")
    (2, 3, None)
    """
    more = re.search("等(?:([0-9]+)个?[县市区乡镇村])?$", text)
    if more:
        return int(more[1]) if more[1] else None
    return text.count("、") + 1


def _wrong_unit(one, found):
    """Counts in another unit than the column's, and points where a rate is wanted."""
    if one.rule["read"] == "percent":
        return found["kind"].astype(str) == "points"
    if one.rule["read"] != "count":
        return pd.Series(False, index=found.index)
    own = re.sub("^(?:10k|100m)_", "", one.rule.get("unit", "person"))
    return ~found["unit"].astype(str).isin({own, *one.rule.get("also", [])})


# Odd ways of writing ------------------------------------------------------------------


def _form(one, cell, text, unit):
    """In which odd way a cell that was read is written; empty if in the usual one."""
    kind, raw, value = one.rule["read"], cell.raw, cell.value
    if cell.note == "part_unknown":  # more than a form: something is left out
        return cell.note
    if text != raw:
        return "repaired_text"
    if kind == "places":
        return "several_places" if count_places(value) != 1 else "" if value == raw else "blanks"
    if kind == "text":
        return "" if value == raw else "blanks"
    if raw.strip() != raw or raw[:1] == "\ufeff":
        return "blanks"
    if kind in ("number", "money", "count", "percent"):
        return _number_form(one, cell, unit)
    if kind == "date":
        return (
            "" if _ISO.fullmatch(raw) else "serial_date" if cell.note == "serial" else "date_form"
        )
    if kind == "period":
        written = "-".join(value.split("/"))
        return "" if raw.replace("年", "").replace("至", "-") == written else "date_form"
    if kind in ("year", "household_id", "adcode", "province"):
        odd = {"year": "date_form", "province": "renamed"}.get(kind, "code_form")
        return "" if raw.removesuffix("年" if kind == "year" else "") == str(value) else odd
    return _word_form(one, raw, value)


def _number_form(one, cell, unit):
    kind, raw = one.rule["read"], cell.raw
    if kind == "percent" and re.fullmatch(r"[0-9]+(?:\.[0-9]+)?%", raw):
        return ""
    form = number_form(raw)
    if not form:
        scaled = one.unit or "_" in one.rule.get("unit", "").replace("person_time", "")
        return "numeral" if kind == "count" and not raw.isdigit() and not scaled else ""
    if cell.bound not in ("exact", "rounded"):
        return "bound_word"
    if kind == "count" and unit == "time":
        return "occasions"
    if all(sign in numerals.CHINESE + "点" for sign in raw):
        return "numeral"
    written = re.search("[\u4e00-\u9fff%]", plain(raw))
    if written and kind == "percent" and plain(raw) != raw:
        return "full_width"
    return "unit_in_cell" if written and form in ("numeral", "footnote") else form


def _word_form(one, raw, value):
    """Words: in their first spelling, in another one, or a narrower word under the same code."""
    kind, rule = one.rule["read"], one.rule
    raw = plain(raw)  # full-width brackets are usual in Chinese
    if kind == "yes_no":
        coded = {str(rule[key]) for key in ("yes", "no") if key in rule}
        return "" if raw in (coded or {"是", "否", "TRUE", "FALSE"}) else "spelling"
    if kind == "category":
        first = rule["values"].get(value)
        if raw == plain(first[0] if first else value):
            return ""
        return "name_variant" if rule.get("open") else "listed_under"
    listed = {"causes": words.CAUSES, "measures": words.MEASURES, "status": words.STATUSES,
              "monitor_type": words.MONITOR_TYPES}[kind]  # fmt: skip
    firsts = [listed[one][0] for one in value.split(";")]
    return "" if re.split("[、,;，；/]", raw) == firsts else "spelling"


# Types --------------------------------------------------------------------------------


def typed(one, value, codes):
    """Values of all rows in the type of their column, under one or two names.

    Parameters
    ----------
    one : Column
        What the column is.
    value : Series
        Of the distinct cells.
    codes : ndarray of int
        Distinct cell of each row.

    Returns
    -------
    dict
    """
    kind, name = one.rule["read"], one.name
    if kind == "period":
        ends = value.map(lambda text: text.split("/"), na_action="ignore")
        start, end = (ends.map(lambda two, i=i: two[i], na_action="ignore") for i in (0, 1))
        return {"start": _strings(start, codes), "end": _strings(end, codes)}
    if kind in ("number", "money", "percent"):
        return {name: value.astype(float).to_numpy()[codes]}
    if kind in ("count", "year"):
        return {name: value.astype("Int64").array.take(codes)}
    if kind == "yes_no":
        return {name: value.astype("boolean").array.take(codes)}
    if kind == "places":
        several = pd.Series([None if text is None else count_places(text) for text in value])
        return {name: _strings(value, codes), "places": several.astype("Int64").array.take(codes)}
    return {name: _strings(value, codes)}


def _strings(value, codes):
    return value.astype("string").array.take(codes)
