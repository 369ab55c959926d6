"""Codebooks: which raw column is which, how it is read, and what it may hold."""

import re
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from ..errors import DataError
from ..sources import DATA
from .cells import CellError, plain
from .files import repaired

FOLDER = DATA / "codebooks"
SHIPPED = ("register", "agency")
_KEYS = {"name", "title", "title_zh", "table", "series", "key", "missing", "columns", "personal",
         "ignored", "checks"}  # fmt: skip
_COLUMN_KEYS = {"from", "read", "required", "open", "values", "unit", "also", "min", "max", "yes",
                "no", "scale", "column", "kind"}  # fmt: skip
READS = ("number", "count", "money", "percent", "year", "period", "date", "province", "places",
         "adcode", "causes", "status", "monitor_type", "yes_no", "household_id", "category",
         "text")  # fmt: skip
CHECKS = {
    "order": {"first", "second"},
    "one_status": {"household", "time", "status"},
    "members": {"household", "time", "size"},
    "parts": {"total", "parts"},
    "flow": {"start", "end", "change"},
    "incidence": {"poor", "population", "incidence"},
}


def head_key(raw):
    """Head of a column as it is compared: plain signs, no blanks, lower case.

    Examples
    --------
    >>> from povstudy.clean.codebooks import head_key
    >>> head_key("务工时间（月）"), head_key(" HBH ")
    ('务工时间(月)', 'hbh')
    """
    return "".join(plain(repaired(str(raw))).split()).lower().strip("'\"“”*#:")


def without_unit(key):
    """Head without what stands in brackets at its end, and that."""
    found = re.fullmatch(r"(.+?)[(\[]([^()\[\]]*)[)\]]", key)
    return (found[1], found[2]) if found else (key, "")


def load_codebook(codebook):
    """Load a codebook and check that it makes sense.

    Parameters
    ----------
    codebook : str, Path or dict
        ``"register"`` or ``"agency"``, the path of a YAML file, or its content.

    Returns
    -------
    dict
        With all keys present.

    Raises
    ------
    DataError
        With the file, the column and what is wrong.

    Examples
    --------
    >>> from povstudy.clean.codebooks import load_codebook
    >>> load_codebook("register")["columns"]["income"]["read"]
    'number'
    """
    if isinstance(codebook, dict):
        return _checked(codebook, str(codebook.get("name", "codebook")))
    path = FOLDER / f"{codebook}.yaml" if str(codebook) in SHIPPED else Path(codebook)
    if not path.is_file():
        raise DataError(
            "There is no such codebook.",
            found=codebook,
            remedy=f"one of {list(SHIPPED)}, or the path of a .yaml file",
        )
    return _checked(_yaml(path), path.name)


def _yaml(path):
    import yaml

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DataError(
            "A codebook is UTF-8 text.",
            where=f"{path.name}, line {line}",
            remedy="save it as UTF-8",
        ) from error
    except (
        yaml.YAMLError,
        ValueError,
        RecursionError,
    ) as error:  # a date of month 13 is a ValueError
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise DataError(
            "This codebook is no YAML.",
            where=f"{path.name}{place}",
            found=str(getattr(error, "problem", None) or error)[:120],
            remedy="check brackets, quotation marks and the blanks before each line",
        ) from error


def _checked(book, where):
    def refuse(problem, column=None, found=None, remedy=None):
        place = f"{where}, column {column}" if column is not None else where
        raise DataError(problem, where=place, found=repr(found)[:80], remedy=remedy)

    if not isinstance(book, dict):
        refuse("A codebook is a YAML mapping.", None, book, "begin it with: columns:")
    unknown = [key for key in book if key not in _KEYS]
    if unknown:
        refuse("This key of a codebook is not known.", None, unknown[0], f"one of {sorted(_KEYS)}")
    book = {
        "name": where, "title": "", "title_zh": "", "table": "households", "series": "",
        "key": [], "missing": [], "personal": [], "ignored": [], "checks": [],
    } | book  # fmt: skip
    if book["table"] not in ("households", "programmes"):
        refuse("A codebook makes households or programmes.", None, book["table"])
    for key in ("key", "missing", "personal", "ignored", "checks"):
        if not isinstance(book[key], list):
            refuse(f"{key!r} is a list.", None, book[key], f"{key}: []")
    columns = book.get("columns")
    if not isinstance(columns, dict) or not columns:
        refuse(
            "A codebook has columns.",
            None,
            columns,
            "columns: {income: {from: [...], read: number}}",
        )
    heads = {}
    for name, rule in columns.items():
        if not isinstance(name, str) or not isinstance(rule, dict):
            refuse("A column is a name with its rule.", name, rule, "{from: [head], read: number}")
        wrong = [key for key in rule if key not in _COLUMN_KEYS]
        if wrong:
            refuse(
                "This key of a column is not known.",
                name,
                wrong[0],
                f"one of {sorted(_COLUMN_KEYS)}",
            )
        if rule.get("read") not in READS:
            refuse(
                "There is no such way to read a column.",
                name,
                rule.get("read"),
                f"read: one of {READS}",
            )
        listed = rule.get("from")
        if not isinstance(listed, list) or not all(isinstance(one, str) and one for one in listed):
            refuse("'from' lists the heads of the raw column.", name, listed, "from: [人均纯收入]")
        values = rule.get("values", {})
        if rule["read"] == "category" and not (
            isinstance(values, dict)
            and values
            and all(
                isinstance(v, list) and all(isinstance(t, str) for t in v) for v in values.values()
            )
            and all(isinstance(k, str) for k in values)
        ):
            refuse(
                "A category lists its values, as text.", name, values, 'values: {primary: ["小学"]}'
            )
        for end in ("min", "max"):
            if not isinstance(rule.get(end, 0), int | float) or isinstance(rule.get(end), bool):
                refuse(f"{end!r} is a number.", name, rule[end])
        if not isinstance(rule.get("also", []), list):
            refuse("'also' is a list of units.", name, rule["also"])
        if not isinstance(rule.get("unit", ""), str):
            refuse("'unit' is a text.", name, rule["unit"])
        for one in listed:
            if heads.setdefault(head_key(one), name) != name:
                refuse(f"This head stands for {heads[head_key(one)]!r} too.", name, one)
    if not all(
        isinstance(one, str)
        for key in ("personal", "ignored", "missing", "key")
        for one in book[key]
    ):
        refuse("Lists of a codebook hold text.", None, None, "put numbers into quotation marks")
    for rule in book["checks"]:
        wanted = CHECKS.get(rule.get("check")) if isinstance(rule, dict) else None
        if wanted is None or set(rule) - {"check"} != wanted:
            refuse("This check is not known, or lacks columns.", None, rule, f"{CHECKS}")
        for value in rule.values():
            if not (
                isinstance(value, str)
                or (isinstance(value, list) and all(isinstance(one, str) for one in value))
            ):
                refuse("A check names columns.", None, rule)
    return book


@cache
def measures():
    """Words of the heads of official tables, by what they are compared with."""
    book = _yaml(FOLDER / "measures.yaml")
    return {
        kind: {head_key(one): name for name, words in book[kind].items() for one in words}
        for kind in ("labels", "measures", "units")
    }


@cache
def _shipped_heads():
    heads = {}
    for name in SHIPPED:
        for column, rule in load_codebook(name)["columns"].items():
            for one in rule["from"]:
                heads.setdefault(head_key(one), column)
    for kind in ("measures", "labels"):
        heads = measures()[kind] | heads
    return heads


def column_name(raw):
    """Canonical name of a column by its head: 户编号, hbh and 户编码 are household_id.

    Parameters
    ----------
    raw : str
        Head as it stands in the file: padded, full-width, with a byte order mark, in pinyin
        initials, or in the wrong encoding.

    Returns
    -------
    str

    Raises
    ------
    CellError
        ``unknown_column``, with the nearest heads that are known.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.column_name("务工时间（月）"), ps.clean.column_name("yfpzph")
    ('work_months', 'monitor_type')
    """
    key, heads = head_key(raw), _shipped_heads()
    name = heads.get(key) or heads.get(without_unit(key)[0])
    if name is None:
        near = get_close_matches(key, heads, n=3, cutoff=0.5)
        raise CellError(
            "unknown_column",
            "This head of a column is in no shipped codebook.",
            found=raw,
            remedy=f"add it to 'from' of a codebook of your own; near: {', '.join(near) or 'none'}",
        )
    return name


_WAVES = "10|12|14|16|18|20|22"
_STEMS = {"rswt_nat": "weight_cs", "rswt_natcs": "weight_cs", "rswt_natpn": "weight_panel",
          "fswt_nat": "family_weight_cs", "fswt_natcs": "family_weight_cs",
          "provcd": "province", "familysize": "size"}  # fmt: skip


def wave_name(raw):
    """Name and wave of a column of the China Family Panel Studies: fid16, rswt_natcs18n.

    Parameters
    ----------
    raw : str
        Name of the variable.

    Returns
    -------
    dict
        ``name`` and ``wave`` (a year, or ``None`` where the name holds none). Weights get
        plain names: ``weight_cs`` (cross-section, persons), ``weight_panel``,
        ``family_weight_cs``; a weight without a wave is of the first, 2010.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.wave_name("rswt_natcs18n")
    {'name': 'weight_cs', 'wave': 2018}
    """
    text = head_key(raw)
    dated = re.fullmatch(r"cfps(20[0-9]{2})_?(\w+)", text)
    if dated:
        return {"name": dated[2], "wave": int(dated[1])}
    ended = re.fullmatch(rf"(\w*?[a-z_])((?:{_WAVES})?)({_WAVES})n?", text)
    if ended and (not ended[2] or ended[1].endswith("pn")):
        return {"name": _STEMS.get(ended[1], ended[1]), "wave": 2000 + int(ended[3])}
    return {
        "name": _STEMS.get(text, text),
        "wave": 2010 if text in ("rswt_nat", "fswt_nat") else None,
    }
