"""Codebooks: which raw column is which, how it is read, and what it may hold."""

import json
import math
import re
import reprlib
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from ...base.checks import mean, nearest
from ...base.errors import DataError
from ...base.files import need_file
from ...sources.catalogue import DATA
from ..cell.cell import CellError
from ..file.texts import head_key

_MOST, _DEEP = 2**20, 20  # bytes, and levels, of a codebook
FOLDER = DATA / "codebooks"
_REGISTERS = ("register", "agency")
SHIPPED = (*_REGISTERS, *sorted(
    one.stem for one in FOLDER.glob("*.yaml") if one.stem not in (*_REGISTERS, "measures")
))  # fmt: skip
_KEYS = {"name", "title", "title_zh", "table", "series", "key", "missing", "columns", "personal",
         "ignored", "checks"}  # fmt: skip
_COLUMN_KEYS = {"from", "read", "required", "open", "values", "unit", "also", "min", "max", "yes",
                "no", "scale", "column", "kind", "missing"}  # fmt: skip
_PANEL_KEYS = {"design", "source", "wave", "decimal", "encoding"}
_NUMBERS = ("number", "count", "money", "percent", "year", "date")  # with a least and a most
_MADE = ("row", "series", "file")  # columns that the reader makes itself
READS = ("number", "count", "money", "percent", "year", "period", "date", "province", "places",
         "adcode", "causes", "measures", "status", "monitor_type", "yes_no", "household_id", "category",
         "text")  # fmt: skip
_FAMILIES = {"%": "pct|points|[%‰点]", "yuan": "yuan|元", "person_time": "人次", "household": "户|household",
             "person": "人$|person|^10k$", "area": "亩|公顷|平方"}  # fmt: skip
# 年末数 and 总数 are of whatever the table counts
_NO_PIECES = "(?:规模|总[额量]|(?:^|[年期]末|[年期]初|[本上当][年期]|累计|计划|实际|完成|平均|增减)总?数量?)$"
CHECKS = {
    "order": {"first", "second"},
    "one_status": {"household", "time", "status"},
    "members": {"household", "time", "size"},
    "parts": {"total", "parts"},
    "flow": {"start", "end", "change"},
    "incidence": {"poor", "population", "incidence"},
}


def without_unit(key):
    """Head without what stands in brackets at its end, and that."""
    found = re.fullmatch(r"(.+?)[(\[]([^()\[\]]*)[)\]]", key)
    return (found[1], found[2]) if found else (key, "")


def load_codebook(codebook):
    """Load a codebook and check that it makes sense.

    Parameters
    ----------
    codebook : str, Path or dict
        The name of one that is shipped (``"register"``, ``"agency"``, ``"cfps"``), the path of a
        YAML file, or its content.

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
    >>> from povstudy.clean.record.codebooks import load_codebook
    >>> load_codebook("register")["columns"]["income"]["read"]
    'money'
    """
    if isinstance(codebook, dict):
        named = f" {_shown(codebook['name'])}" if "name" in codebook else ""
        return _checked(codebook, f"codebook{named}")
    if not isinstance(codebook, str | Path):
        raise DataError("A codebook is a name, a path or a mapping.", found=type(codebook).__name__,
                        remedy=f"one of {list(SHIPPED)}, or the path of a .yaml file")  # fmt: skip
    path = FOLDER / f"{codebook}.yaml" if str(codebook) in SHIPPED else Path(codebook)
    try:
        size = need_file(path).stat().st_size
    except DataError as error:
        raise DataError(
            f"There is no such codebook, or it cannot be read.{mean(nearest(codebook, SHIPPED))}",
            where=path.name[:80],
            found=f"{str(codebook)[:200]}: {error.problem}",
            remedy=f"one of {list(SHIPPED)}, or the path of a .yaml file",
        ) from None
    if size > _MOST:
        raise DataError(
            "This file is too large to be a codebook.", where=path.name, found=f"{size / 1e6:.1f} MB",
            remedy=f"one of {list(SHIPPED)}, or the path of a .yaml file",
        )  # fmt: skip
    return _checked(_yaml(path.read_bytes(), path.name), path.name)


def _yaml(data, file):
    """Content of a YAML file, given as its bytes."""
    import yaml

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DataError(
            "A codebook is UTF-8 text.", where=f"{file}, line {line}", remedy="save it as UTF-8"
        ) from None
    try:
        return yaml.load(text, Loader=_loader())
    except Exception as error:  # tags with a wrong content raise all sorts of errors
        mark = getattr(error, "problem_mark", None)
        if mark is None and isinstance(error, yaml.reader.ReaderError):
            place = f", line {text[: error.position].count(chr(10)) + 1}"
        else:
            place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        found = getattr(error, "problem", None) or getattr(error, "reason", None) or error
        raise DataError(
            "This codebook is no YAML.",
            where=f"{file}{place}",
            found=f"{type(error).__name__}: {found}"[:120],
            remedy="check brackets, quotation marks and the blanks before each line",
        ) from None


@cache
def _loader():
    """A loader of plain YAML: keys are texts, ``yes`` and ``no`` too, and none may stand twice.

    Aliases (``*a``, ``<<``) are refused: a codebook needs none, and a few lines of them unfold
    without end.
    """
    import yaml

    class Loader(yaml.SafeLoader):
        depth = 0

        def compose_node(self, parent, index):
            event = self.peek_event()
            if isinstance(event, yaml.AliasEvent) or self.depth > _DEEP:
                raise yaml.constructor.ConstructorError(
                    None,
                    None,
                    "an alias (*), or lists within lists without end: write it out",
                    event.start_mark,
                )
            self.depth += 1
            try:
                node = super().compose_node(parent, index)
            finally:
                self.depth -= 1
            if node.tag == "tag:yaml.org,2002:int" and len(node.value) > 300:
                raise yaml.constructor.ConstructorError(
                    None, None, "a number of more than 300 digits", event.start_mark
                )
            return node

        def construct_mapping(self, node, deep=False):
            seen = set()
            for key, _ in getattr(node, "value", ()) if isinstance(node, yaml.MappingNode) else ():
                if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                    if key.value in seen:
                        raise yaml.constructor.ConstructorError(
                            None, None, f"the key {key.value!r} stands twice", key.start_mark
                        )
                    seen.add(key.value)
                    if key.tag == "tag:yaml.org,2002:bool":
                        key.tag = "tag:yaml.org,2002:str"
            return super().construct_mapping(node, deep)

    return Loader


def _shown(found):
    """A short text of anything, of tangled aliases and of endless numbers too."""
    try:
        return reprlib.repr(found)[:80]
    except Exception:
        return type(found).__name__


def _texts(listed):
    return isinstance(listed, list) and all(isinstance(one, str) and one for one in listed)


_QUOTED = "{!r} is a list of texts; numbers stand in quotation marks."


def _quoted(key, given):
    """The line of a codebook with its numbers in quotation marks."""
    given = given if isinstance(given, list) else [given]
    texts = [str(one) if type(one) is int and abs(one) < 2**53 else one for one in given]
    return f"{key}: {json.dumps(texts if _texts(texts) else ['text'], ensure_ascii=False)}"


def _checked(book, where):
    def refuse(problem, column=None, found=None, remedy=None):
        place = where if column is None else f"{where}, column {str(column)[:80]}"
        raise DataError(problem, where=place, found=_shown(found), remedy=remedy)

    if not isinstance(book, dict):
        refuse("A codebook is a YAML mapping.", None, book, "begin it with: columns:")
    panel = book.get("table") == "panel"
    unknown = [key for key in book if key not in (_KEYS | _PANEL_KEYS if panel else _KEYS)]
    if unknown:
        refuse("This key of a codebook is not known.", None, unknown[0], f"one of {sorted(_KEYS)}")
    if panel:
        from ..wave.books import checked

        return checked(book, where, _checked, refuse)
    book = {
        "name": where, "title": "", "title_zh": "", "table": "households", "series": "",
        "key": [], "missing": [], "personal": [], "ignored": [], "checks": [],
    } | book  # fmt: skip
    if book["table"] not in ("households", "programmes"):
        refuse("A codebook makes households, programmes or a panel.", None, book["table"],
               "table: households")  # fmt: skip
    for key in ("name", "title", "title_zh", "series"):
        if not isinstance(book[key], str):
            refuse(f"{key!r} is a text.", None, book[key], f'{key}: "text"')
    for key in ("key", "missing", "personal", "ignored"):
        if not isinstance(book[key], list) or not all(isinstance(one, str) for one in book[key]):
            refuse(_QUOTED.format(key), None, book[key], _quoted(key, book[key]))
    columns = book.get("columns")
    if not isinstance(columns, dict) or not columns:
        refuse("A codebook has columns.", None, columns,
               "columns: {income: {from: [...], read: number}}")  # fmt: skip
    heads = {}
    for name, rule in columns.items():
        if not isinstance(name, str) or not name.strip() or not isinstance(rule, dict):
            refuse("A column is a name with its rule.", name, rule, "{from: [head], read: number}")
        if name in _MADE:
            refuse("This name is taken.", name, name, f"{name}_2: {{from: [...], read: ...}}")
        _check_rule(rule, lambda *told, name=name: refuse(told[0], name, *told[1:]))
        for one in rule["from"]:
            if heads.setdefault(head_key(one), name) != name:
                refuse(f"This head stands for {heads[head_key(one)]!r} too.", name, one,
                       "take it out of one of the two")  # fmt: skip
    for key in ("personal", "ignored"):
        both = [one for one in book[key] if head_key(one) in heads]
        if both:
            refuse(f"This head is {key} and a column too.", heads[head_key(both[0])], both[0],
                   f"take it out of 'from', or out of {key!r}")  # fmt: skip
    _check_checks(book, refuse)
    return book


def _check_rule(rule, refuse):
    """Check the rule of one column; ``refuse`` takes the problem, what was found and the remedy."""
    wrong = [key for key in rule if key not in _COLUMN_KEYS]
    if wrong:
        refuse("This key of a column is not known.", wrong[0], f"one of {sorted(_COLUMN_KEYS)}")
    read = rule.get("read")
    if read not in READS:
        refuse("There is no such way to read a column.", read, f"read: one of {READS}")
    if not (rule.get("from") and _texts(rule["from"])):
        refuse("'from' lists the heads of the raw column.", rule.get("from"), "from: [人均纯收入]")
    values = rule.get("values", {})
    if "values" in rule and read != "category":
        refuse("'values' is for columns of categories.", values, "read: category")
    if read == "category" and not (
        isinstance(values, dict)
        and values
        and all(
            isinstance(key, str) and listed and _texts(listed) for key, listed in values.items()
        )
    ):
        refuse("A category lists its values, as text.", values, 'values: {primary: ["小学"]}')
    if read == "category":
        codes = {}
        for code, text in ((code, text) for code, listed in values.items() for text in listed):
            if codes.setdefault(head_key(text), code) != code:
                refuse("This value stands for two codes.", text, "take it out of one of the two")
    for end in ("min", "max"):
        if end not in rule:
            continue
        if type(rule[end]) not in (int, float) or not abs(rule[end]) < 2**53:
            refuse(f"{end!r} is a number.", rule[end], f"{end}: 0")
        if read not in _NUMBERS:
            refuse(f"{end!r} is for columns of numbers.", read, f"read: one of {_NUMBERS}")
    if rule.get("min", -math.inf) > rule.get("max", math.inf):
        refuse("'min' is above 'max'.", rule["min"], "min: 0")
    if not _texts(rule.get("also", [])):
        refuse("'also' is a list of units.", rule["also"], "also: [time]")
    if not _texts(rule.get("missing", [])):
        refuse(_QUOTED.format("missing"), rule["missing"], _quoted("missing", rule["missing"]))
    for flag in ("required", "open"):
        if not isinstance(rule.get(flag, False), bool):
            refuse(f"{flag!r} is true or false.", rule[flag], f"{flag}: true")
    for code in ("yes", "no"):
        if code in rule and type(rule[code]) is not int:
            refuse(f"{code!r} is a code of the survey.", rule[code], f"{code}: 1")
    if len({"yes", "no"} & set(rule)) == 1 or ("yes" in rule and rule["yes"] == rule["no"]):
        refuse("'yes' and 'no' are two codes.", rule, "{yes: 1, no: 5}")
    _check_unit(rule, read, refuse)


def _check_unit(rule, read, refuse):
    from ..cell.amounts import SCALES, UNITS

    known = {
        "money": ["yuan", "1k_yuan", "10k_yuan", "1m_yuan", "100m_yuan"],
        "count": [prefix + unit for prefix in SCALES for unit in dict.fromkeys(UNITS.values())],
    }.get(read)
    if "unit" in rule and (
        rule["unit"] not in known if known else not isinstance(rule["unit"], str)
    ):
        few = f"one of {known[:20]}" if known else "yuan"
        refuse("There is no such unit.", rule["unit"], f"unit: {few}")
    scales = ("percent", "fraction")
    if "scale" in rule and rule["scale"] not in scales:
        refuse("There is no such scale.", rule["scale"], f"scale: one of {scales}")


def _check_checks(book, refuse):
    """Check the identities of a codebook, and that they name its columns."""
    if not isinstance(book["checks"], list):
        refuse("'checks' is a list.", None, book["checks"], "checks: []")
    made = {*book["columns"], "start", "end", "places", "bound", "basis"}
    for rule in book["checks"]:
        kind = rule.get("check") if isinstance(rule, dict) else None
        wanted = CHECKS.get(kind) if isinstance(kind, str) else None
        if wanted is None or set(rule) - {"check"} != wanted:
            refuse(
                "This check is not known, or lacks columns.", None, rule,
                "one of " + "; ".join(f"{one}: {sorted(names)}" for one, names in CHECKS.items()),
            )  # fmt: skip
        for role in sorted(wanted):
            listed = rule[role]
            names = listed if role == "parts" and _texts(listed) and listed else [listed]
            for name in names:
                if not isinstance(name, str) or name not in made:
                    refuse(f"{role!r} of the check {kind!r} is no column of this codebook.", None,
                           name, f"{role}: one of {sorted(made)[:8]}")  # fmt: skip
    for name in book["key"]:
        if name not in made:
            refuse("'key' names a column that is not there.", None, name, "key: [household_id]")


@cache
def measures():
    """Words of the heads of official tables, by what they are compared with.

    ``fits`` gives, for each measure, the units that it can be counted in.
    """
    path = FOLDER / "measures.yaml"
    book = _yaml(path.read_bytes(), path.name)
    words = {
        kind: {head_key(one): name for name, words in book[kind].items() for one in words}
        for kind in ("labels", "measures", "units")
    }
    ends = {word: kind for kind, words in book["counted"].items() for word in words}
    return words | {"fits": book["fits"], "counted": ends}


def unit_family(measure):
    """Family of the units in which a column is counted, by its head; empty where it does not tell."""
    text = re.sub("^number_of_|^no_of_", "", measure)
    text = re.sub("(?<=[^指])(?:总?数量?|个数|总[额量]|规模)$", "", text)
    ends = [one for one in measures()["counted"] if re.search(f"(?:^|_|[^a-z]){one}$", text)]
    if not ends and text != measure and not re.search(_NO_PIECES, measure):
        return "each"
    return measures()["counted"][max(ends, key=len)] if ends else ""


@cache
def unit_kind(unit):
    """Family of a unit: 万元 is money, 万户 households; ``"each"`` where it is of none that is known."""
    short = measures()["units"].get(head_key(unit), head_key(unit))
    for kind, pattern in _FAMILIES.items():
        if re.search(pattern, short):
            return kind
    return "each"


@cache
def _shipped_heads():
    heads = {}
    for name in _REGISTERS:
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
            "unknown_column", "This head of a column is in no shipped codebook.", found=raw,
            remedy=f"add it to 'from' of a codebook of your own; near: {', '.join(near) or 'none'}",
        )  # fmt: skip
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
