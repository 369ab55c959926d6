"""Registers and programme records: raw columns become canonical ones, by a codebook."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import DataError
from . import amounts, checks, numerals, places, times, words
from .cells import Cell, CellError, known_word, plain
from .codebooks import head_key, load_codebook, without_unit
from .columns import column as read_column
from .files import repaired
from .frames import raw_frame
from .privacy import drop_personal, find_personal
from .reports import number_form, report

PROGRAMMES = ["programme", "agency", "pathway", "place", "start", "end", "amount_yuan", "workers",
              "cases", "sessions", "activities", "persons", "person_times", "bound", "kind"]  # fmt: skip
_ISO = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")


def households(raw, codebook="register", sheet=None):
    """Turn a raw register or survey file into a table with canonical columns, and a report.

    Parameters
    ----------
    raw : DataFrame, str or Path
        Raw cells, or a file (.csv, .txt, .xlsx, .xls, .dta, .sav) with one row of heads.
    codebook : str, Path or dict
        ``"register"``, the path of a YAML file made after ``data/codebooks/register.yaml``, or
        its content.
    sheet : str, optional
        Sheet of a spreadsheet that has several.

    Returns
    -------
    table : DataFrame
        One row for each row of the file but exact repetitions, under its number in the file
        (index ``row``); the canonical columns that the file has, in the order of the codebook,
        and ``series``. Money is in yuan, dates are text as exact as they were written.
    report : DataFrame
        ``file row column old new action reason why why_zh``. ``action`` is ``changed``
        (read, though written in an odd way), ``missing`` (a mark or code for missing),
        ``refused`` (not readable or not possible, left missing), ``dropped`` (a row or column) or
        ``proposed`` (an identity fails; nothing was changed). What is not in it was taken as it
        stood.

    Raises
    ------
    DataError
        If the file or the codebook cannot be read, a required column is not there, or two
        columns claim one name.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> raw = pd.DataFrame({"户编号": ["5201", "5202"], "人均纯收入(元)": ["2,855", "三千"],
    ...                     "致贫原因": ["因病", "懒"], "姓名": ["某某", "某某"]})
    >>> table, report = ps.clean.households(raw)
    >>> table["income"].tolist()
    [2855.0, 3000.0]
    >>> report[["row", "column", "old", "action"]].values.tolist()
    [[<NA>, '姓名', None, 'dropped'], [1, 'income', '2,855', 'changed'],
     [2, 'cause', '懒', 'refused'], [2, 'income', '三千', 'changed']]
    """
    return _records(raw, codebook, "households", sheet)


def programmes(raw, codebook="agency", sheet=None):
    """Turn records of social-work programmes into the canonical table, and a report.

    Parameters
    ----------
    raw : DataFrame, str or Path
        Raw cells, or a file with one row of heads, one row for each project or contract.
    codebook : str, Path or dict
        ``"agency"``, or a codebook of one's own as in `households`.
    sheet : str, optional
        Sheet of a spreadsheet that has several.

    Returns
    -------
    table : DataFrame
        ``programme agency pathway place start end amount_yuan workers cases sessions
        activities persons person_times bound kind``, then what else the file has. ``bound`` tells
        which numbers are no exact ones (``"person_times: lower"``), ``kind`` whether the row is
        plan, output or spend, ``basis`` whether it is yearly or cumulative, ``places`` over how
        many places one contract goes: its amounts are not divided among them.
    report : DataFrame
        As in `households`.

    Raises
    ------
    DataError
        As in `households`.

    Notes
    -----
    Persons (人) and person-times (人次), sessions (节) and events (场) are never turned into
    each other: a cell in another unit than its column is refused. An amount without a unit
    in its cell or head is refused.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> raw = pd.DataFrame({"项目名称": ["三区社工人才计划"], "承接机构": ["清源社工中心"],
    ...                     "合同金额(万元)": ["28.5"], "服务人次": ["1200多人次"]})
    >>> table, report = ps.clean.programmes(raw)
    >>> table[["programme", "amount_yuan", "person_times", "bound"]].values.tolist()
    [['three_areas_plan', 285000.0, 1200, 'person_times: lower']]
    """
    table, told = _records(raw, codebook, "programmes", sheet)
    for name in PROGRAMMES:
        if name not in table:
            table[name] = pd.Series(pd.NA, index=table.index, dtype="string")
    attrs = table.attrs
    table = table[PROGRAMMES + [name for name in table.columns if name not in PROGRAMMES]]
    table.attrs = attrs
    return table, told


@dataclass
class _Column:
    """One raw column, matched with a rule of the codebook."""

    name: str
    head: str
    rule: dict
    unit: str = ""  # from the brackets of its head
    cumulative: bool = False


def _records(raw, codebook, kind, sheet):
    book = load_codebook(codebook)
    if book["table"] != kind:
        raise DataError(
            f"This codebook makes {book['table']}.",
            where=book["name"],
            remedy=f"povstudy.clean.{book['table']}(raw, codebook=...)",
        )
    frame, file, first = raw_frame(raw, sheet)
    frame.index = pd.RangeIndex(first, first + len(frame), name="row")
    matched, parts = _matched(frame, book, file)
    parts += [{"row": [row], "column": None, "old": text, "new": None, "action": "dropped",
               "reason": "title"} for row, text in frame.attrs.pop("above", [])]  # fmt: skip
    frame = frame[_filled_rows(frame)]
    ignored = [part["column"] for part in parts if part["reason"] == "ignored"]
    twice = frame.drop(columns=ignored).duplicated()
    frame = frame.loc[~twice, [one.head for one in matched]]
    if twice.any():
        parts.append({"row": twice.index[twice].to_numpy(), "column": None, "old": None,
                      "new": None, "action": "dropped", "reason": "duplicate"})  # fmt: skip
    frame, parts = _without_personal(frame, matched, parts, file)
    matched = [one for one in matched if one.head in frame]
    made, bounds = {}, {}
    for one in matched:
        for name, values in _read(one, frame[one.head], book, parts, bounds).items():
            if name in made:
                raise DataError(
                    f"Two columns of this file give {name}.",
                    where=f"{file or 'table'}, column {one.head}",
                    remedy="take one of them out of the file, or out of the codebook",
                )
            made[name] = values
    table = pd.DataFrame(made, index=frame.index, copy=False)
    if kind == "programmes":
        table = _programme_columns(table, bounds, matched)
    table = _checked_rows(table, book, matched, parts, frame)
    if book["series"]:
        table["series"] = pd.Categorical([book["series"]] * len(table))
    parts += _identities(table, book, matched, frame)
    for part in parts:
        part.setdefault("file", file)
    table.attrs |= {"codebook": book["name"], "file": file}
    return table, report(parts)


# Columns ------------------------------------------------------------------------------


def _matched(frame, book, file):
    """Which raw column is which; what is left out is told."""
    heads = {head_key(one): name for name, rule in book["columns"].items() for one in rule["from"]}
    personal = set(map(head_key, book["personal"]))
    ignored = set(map(head_key, book["ignored"]))
    matched, parts = {}, []
    for head in frame.columns:
        key = head_key(head)
        bare, unit = without_unit(key)
        plainer = bare.removeprefix("累计")
        reason = None
        if key in personal or bare in personal:
            reason = "personal_column"
        elif key in ignored:
            reason = "ignored"
        elif key in heads or bare in heads or plainer in heads:
            name = heads.get(key) or heads.get(bare) or heads[plainer]
            if name in matched:
                raise DataError(
                    f"Two columns of this file are {name}.",
                    where=f"{file or 'table'}, row 1",
                    found=f"{matched[name].head}, {head}",
                    remedy="take one of them out of the file, or out of the codebook",
                )
            unit = "" if key in heads else unit
            rule = book["columns"][name]
            matched[name] = _Column(name, head, rule, unit, key not in heads and plainer != bare)
        else:
            reason = "not_in_codebook"
        if reason:
            parts.append({"row": [pd.NA], "column": head, "old": None, "new": None,
                          "action": "dropped", "reason": reason})  # fmt: skip
    absent = [
        name
        for name, rule in book["columns"].items()
        if rule.get("required") and name not in matched
    ]
    if absent:
        raise DataError(
            f"This file has no column that the codebook knows as {absent[0]}.",
            where=f"{file or 'table'}, row 1",
            found=", ".join(map(str, frame.columns))[:200],
            remedy=f"add its head to 'from' of {absent[0]} in the codebook {book['name']}",
        )
    return [matched[name] for name in book["columns"] if name in matched], parts


def _filled_rows(frame):
    """Rows that hold anything at all."""
    filled = np.zeros(len(frame), dtype=bool)
    for name in frame.columns:
        cells = frame[name].cat
        some = np.array([bool(str(one).strip()) for one in cells.categories] + [False])
        filled |= some[cells.codes]
    return filled


def _without_personal(frame, matched, parts, file):
    """Take personal data out of what is left, before any cell gets into a report."""
    ids = [one.head for one in matched if one.rule["read"] == "household_id"]
    found = find_personal(frame[ids]) if ids else []
    if len(found):
        held = found[found["kind"].isin(["id_number", "phone"]) & (found["share"] >= 0.5)]
        if len(held):
            raise DataError(
                "This identifier is an ID number or a phone number.",
                where=f"{file or 'table'}, column {held['column'].iloc[0]}",
                remedy="put a number of your own in its place, and keep the key to it apart",
            )
    clean, told = drop_personal(frame, keep=ids)
    if len(told):
        rows = frame.index.to_numpy()
        told["row"] = [pd.NA if pd.isna(one) else rows[one - 1] for one in told["row"]]
        names = {one.head: one.name for one in matched if one.head in clean}
        told["column"] = [names.get(head, head) for head in told["column"]]
        parts = [*parts, {name: told[name].tolist() for name in told.columns if name != "file"}]
    return clean, parts


# Cells --------------------------------------------------------------------------------


def _read(one, cells, book, parts, bounds):
    """Typed values of one raw column, under one or more canonical names."""
    rule, name = one.rule, one.name
    cells = cells.astype("category") if cells.dtype != "category" else cells
    codes = cells.cat.codes.to_numpy()
    raws = pd.Series([str(text) for text in cells.cat.categories] + [""], dtype=object)
    fixed = raws.map(repaired)
    gone = fixed.str.strip().isin(book["missing"])
    read, options = _reader(one)
    found, refused = read_column(fixed.where(~gone, ""), read, **options)
    bad = pd.Series("", index=raws.index)
    bad[refused["row"]] = refused["code"].to_numpy()
    _refuse_units(one, found, bad)
    value = found["value"].astype(object).where(found["value"].notna() & (bad == ""), None)
    if rule["read"] in ("count", "year"):
        value = pd.Series([None if v is None else int(v) for v in value], dtype=object)
        huge = pd.Series([v is not None and abs(v) >= 2**53 for v in value])
        bad[huge], value = "out_of_range", value.where(~huge, None)
    ranged = (found["bound"] == "range") & (bad == "")
    bad[ranged] = "range"
    missing = found["reason"].astype(str).where(~gone, "missing_code")
    blank = (fixed.str.strip() == "") & (bad == "")
    form = pd.Series(
        [
            "" if b or g or v is None else _form(one, raw, text, v, bound, unit, note)
            for raw, text, v, b, g, bound, unit, note in zip(
                raws,
                fixed,
                value,
                bad,
                gone,
                found["bound"],
                found["unit"],
                found["note"],
                strict=True,
            )
        ],
        index=raws.index,
    )
    for action, reasons in (
        ("refused", bad),
        ("missing", missing.where((bad == "") & value.isna() & ~blank & ~ranged, "")),
        ("changed", form),
    ):
        _tell(
            parts, action, reasons, name, cells, codes, raws, value if action == "changed" else None
        )
    if (found["bound"] != "exact").any():
        told = found["bound"].astype(str).where(value.notna(), "exact").to_numpy()
        bounds[name] = told[codes]
    return _typed(name, rule, value, codes)


def _tell(parts, action, reasons, name, cells, codes, raws, new):
    """Add the cells of these distinct texts to the report."""
    marked = (reasons != "").to_numpy()
    if not marked.any():
        return
    at = np.flatnonzero(marked[codes])
    which = codes[at]
    parts.append(
        {
            "row": cells.index[at].to_numpy(),
            "column": pd.Categorical([name] * len(at)),
            "old": raws.to_numpy()[which],
            "new": None if new is None else new.to_numpy()[which],
            "action": pd.Categorical([action] * len(at)),
            "reason": pd.Categorical(reasons.to_numpy()[which]),
        }
    )


_SCALE = (("亿", "100m_"), ("万", "10k_"))


def _reader(one):
    """The function that reads the cells of a column, and its options."""
    rule, kind = one.rule, one.rule["read"]
    scale = next((prefix for sign, prefix in _SCALE if sign in one.unit), "")
    if kind == "money":
        yuan = "元" in one.unit
        return amounts.money, {"unit": f"{scale}yuan" if yuan else rule.get("unit")}
    if kind == "count":
        words_of_unit = re.sub("[万亿]", "", one.unit)
        return amounts.count, {
            "unit": scale + amounts.UNITS.get(words_of_unit, rule.get("unit", "person"))
        }
    if kind == "percent":
        return amounts.percent, {
            "scale": rule.get("scale") or ("percent" if "%" in one.unit else None)
        }
    if kind == "yes_no":
        return words.yes_no, {key: rule[key] for key in ("yes", "no") if key in rule}
    if kind == "category":
        known = {
            "".join(plain(text).split()): code
            for code, texts in rule["values"].items()
            for text in texts
        }
        return _category, {
            "known": known,
            "open_to_others": rule.get("open", False),
            "what": one.name,
        }
    simple = {
        "number": numerals.number, "year": times.year, "date": times.date, "period": _period,
        "province": _province, "places": _places, "adcode": places.adcode, "causes": _causes,
        "status": words.status, "monitor_type": words.monitor_type,
        "household_id": words.household_id, "text": _text,
    }  # fmt: skip
    return simple[kind], {}


def _category(raw, known, open_to_others, what):
    try:
        return known_word(raw, known, "unknown_word", f"value of {what}")
    except CellError:
        if open_to_others:
            return _text(raw)
        raise


def _text(raw):
    text = " ".join(raw.replace("\ufeff", "").replace("\u3000", " ").split())
    return Cell(text) if text else Cell(reason="blank")


def _causes(raw):
    found = words.causes(raw)
    return Cell(";".join(found)) if found else Cell(reason="blank")


def _province(raw):
    return Cell(places.province(raw).zh) if raw.strip() else Cell(reason="blank")


def _period(raw):
    return Cell("/".join(map(str, times.period(raw)))) if raw.strip() else Cell(reason="blank")


def _places(raw):
    text = plain(raw)
    if not text:
        return Cell(reason="blank")
    return Cell(
        "、".join(one.strip() for one in re.split(r"[、,;/]|和|及|\s+", text) if one.strip())
    )


def _refuse_units(one, found, bad):
    """Refuse counts in another unit than the column's: persons are no person-times."""
    if one.rule["read"] != "count":
        return
    allowed = {one.rule.get("unit", "person"), *one.rule.get("also", [])}
    odd = (
        ~found["unit"].astype(str).isin(allowed) & found["reason"].astype(str).eq("") & (bad == "")
    )
    bad[odd] = "wrong_unit"


def _form(one, raw, text, value, bound, unit, note):
    """In which odd way a cell that was read is written; empty if in the usual one."""
    kind, rule = one.rule["read"], one.rule
    if text != raw:
        return "repaired_text"
    if kind in ("text", "places"):
        if kind == "places" and "、" in value:
            return "several_places"
        return "" if value == raw else "blanks"
    if raw.strip() != raw or raw[:1] == "\ufeff":
        return "blanks"
    if kind in ("number", "money", "count", "percent"):
        if kind == "percent" and re.fullmatch(r"[0-9]+(?:\.[0-9]+)?%", raw):
            return ""
        form = number_form(raw)
        if not form:
            return "numeral" if kind == "count" and not raw.isdigit() and not one.unit else ""
        if bound not in ("exact", "rounded"):
            return "bound_word"
        if kind == "count" and unit == "time":
            return "occasions"
        if all(sign in numerals.CHINESE + "点" for sign in raw):
            return "numeral"
        written = re.search("[\u4e00-\u9fff%]", plain(raw))
        if written and kind == "percent" and plain(raw) != raw:
            return "full_width"
        return "unit_in_cell" if written and form in ("numeral", "footnote") else form
    if kind == "date":
        return "" if _ISO.fullmatch(raw) else "serial_date" if note == "serial" else "date_form"
    if kind == "year":
        return "" if raw == str(value) else "date_form"
    if kind == "household_id":
        return "" if raw == value else "code_form"
    if kind == "adcode":
        return "" if raw == value else "code_form"
    if kind == "province":
        return "" if raw == value else "renamed"
    return "" if _usual(kind, rule, raw, value) else _WORDED.get(one.name, "spelling")


_WORDED = {"programme": "name_variant"}


def _usual(kind, rule, raw, value):
    """Whether a word stands in its first spelling."""
    if kind == "period":
        return re.fullmatch(r"[0-9.年月日-]+[-至][0-9.年月日-]+", raw) is not None
    if kind == "yes_no":
        coded = {str(rule[key]) for key in ("yes", "no") if key in rule}
        return raw in (coded or {"是", "否"})
    if kind == "category":
        first = rule["values"].get(value)
        return raw == first[0] if first else raw == value
    listed = {
        "causes": words.CAUSES,
        "status": words.STATUSES,
        "monitor_type": words.MONITOR_TYPES,
    }[kind]
    firsts = {listed[one][0] for one in value.split(";")}
    return set(re.split("[、,;，；/]", raw)) == firsts


def _typed(name, rule, value, codes):
    """Values of all rows in the type of their column."""
    kind = rule["read"]
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
        several = value.map(lambda text: text.count("、") + 1, na_action="ignore")
        return {name: _strings(value, codes), "places": several.astype("Int64").array.take(codes)}
    return {name: _strings(value, codes)}


def _strings(value, codes):
    return value.astype("string").array.take(codes)


# Rows ---------------------------------------------------------------------------------


def _programme_columns(table, bounds, matched):
    """Bounds of each row in one text, and whether its numbers are cumulative by their head."""
    told = pd.Series("exact", index=table.index)
    for name, bound in bounds.items():
        text = np.where(
            np.isin(bound, ["exact", "range"]), "", f"{name}: " + pd.Series(bound).to_numpy()
        )
        told = told.where(text == "", np.where(told == "exact", text, told + "; " + text))
    table["bound"] = told.astype("string")
    if any(one.cumulative for one in matched):
        basis = table["basis"] if "basis" in table else pd.Series(pd.NA, index=table.index)
        table["basis"] = basis.fillna("cumulative").astype("string")
    return table


def _checked_rows(table, book, matched, parts, frame):
    """Refuse what the schema of the codebook forbids; tell of rows that share a key."""
    import pandera.pandas as pa

    rules = {one.name: one.rule for one in matched if one.name in table}
    heads = {one.name: one.head for one in matched}
    ranged = {name: rule for name, rule in rules.items() if "min" in rule or "max" in rule}
    schema = pa.DataFrameSchema(
        {
            name: pa.Column(
                nullable=True,
                checks=pa.Check.in_range(rule.get("min", -np.inf), rule.get("max", np.inf)),
            )
            for name, rule in ranged.items()
        }
    )
    try:
        schema.validate(table, lazy=True)
    except pa.errors.SchemaErrors as error:
        for name, cases in error.failure_cases.groupby("column"):
            rows = cases["index"].to_numpy()
            old = frame.loc[rows, heads[name]].astype(str).tolist()
            low, high = (ranged[name].get(end) for end in ("min", "max"))
            parts.append({"row": rows, "column": name, "old": old, "new": None, "action": "refused",
                          "reason": "out_of_range",
                          "why": f"outside what the codebook allows ({low} to {high})",
                          "why_zh": f"超出编码簿允许范围（{low}至{high}）"})  # fmt: skip
            table.loc[rows, name] = np.nan if table[name].dtype == float else pd.NA
    required = [name for name, rule in rules.items() if rule.get("required")]
    for name in required:
        rows = table.index[table[name].isna()]
        if len(rows):
            parts.append({"row": rows.to_numpy(), "column": name, "old": None, "new": None,
                          "action": "dropped", "reason": "no_key"})  # fmt: skip
            table = table.drop(rows)
    key = [name for name in book["key"] if name in table]
    if key and key[0] == book["key"][0]:
        keyed = table[table[key[0]].notna()]
        again = keyed.index[keyed.duplicated(key, keep=False)]
        if len(again):
            parts.append({"row": again.to_numpy(), "column": ", ".join(key), "old": None, "new": None,
                          "action": "proposed", "reason": "duplicate",
                          "why": "another row has the same key and other content: keep one",
                          "why_zh": "另有一行标识相同而内容不同：请择一保留"})  # fmt: skip
    return table


_FAILS_ZH = {
    "order": "日期先后颠倒",
    "one_status": "同一时点有不同状态",
    "members": "人数与成员行数不符",
    "parts": "分项之和不等于合计",
    "flow": "期初减期末不等于变化量",
    "incidence": "人数除以人口不等于发生率",
}


def _identities(table, book, matched, frame):
    """What the checks of the codebook find, as proposals."""
    heads, parts = {one.name: one.head for one in matched}, []
    for rule in book["checks"]:
        options = {key: value for key, value in rule.items() if key != "check"}
        names = [
            one
            for value in options.values()
            for one in (value if isinstance(value, list) else [value])
        ]
        if any(name not in table for name in names):
            continue
        if rule["check"] == "members":
            found = _members(table, **options)
        else:
            function = {"order": checks.check_order, "one_status": checks.one_status,
                        "parts": checks.check_parts, "flow": checks.check_flow,
                        "incidence": checks.check_incidence}[rule["check"]]  # fmt: skip
            found = function(table, **options) if len(table) else []
        if len(found):
            new = [None if pd.isna(one) else f"{one:g}" for one in found["proposed"]]
            old = [
                str(frame.at[row, heads[column]]) if column in heads else None
                for row, column in zip(found["row"], found["column"], strict=True)
            ]
            parts.append({"row": found["row"].to_numpy(), "column": found["column"].to_numpy(),
                          "old": old, "new": new, "action": "proposed", "reason": "identity",
                          "why": found["why"].tolist(), "why_zh": _FAILS_ZH[rule["check"]]})  # fmt: skip
    return parts


def _members(table, household, time, size):
    """Households of which the file has another number of persons than their size says."""
    groups = table.groupby([household, time], observed=True)[size]
    count, told = groups.transform("size"), table[size]
    odd = table[(count > 1) & told.notna() & (told != count)]
    return pd.DataFrame(
        {"row": odd.index, "column": size, "found": told[odd.index].astype(float),
         "proposed": count[odd.index].astype(float),
         "why": [f"household {one} has {n} rows here" for one, n in zip(odd[household], count[odd.index], strict=True)]}
    )  # fmt: skip
