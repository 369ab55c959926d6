"""Codebooks of panels: names that change by wave, codes with their meaning, and the design."""

from ...base.checks import listed
from ...base.errors import DataError

COLUMN_KEYS = {"earlier", "missing"}
_DESIGN = {"weight": "weight", "strata": "stratum", "psu": "psu"}  # as tables of panels have them


def checked(book, where, check, refuse):
    """Check a codebook of a panel, and bring its numbers and names into one form.

    Parameters
    ----------
    book : dict
        As it was read.
    where : str
        What an error calls it.
    check : callable
        Checks a codebook of one wave.
    refuse : callable
        Takes the problem, the column, what was found and the remedy.

    Returns
    -------
    dict
        With all keys; names as lists, or as lists by wave; codes as texts.
    """
    if not isinstance(book.get("columns"), dict):
        check(book | {"table": "households"}, where)
    book = {
        "name": where, "title": "", "title_zh": "", "series": "survey", "key": ["household_id", "year"],
        "personal": [], "ignored": [], "checks": [], "source": "", "decimal": ".",
        "wave": [], "encoding": None,
    } | book  # fmt: skip
    if book["wave"]:
        book["wave"] = _listed(book["wave"], None, refuse)
    if not isinstance(book["encoding"], str | None):
        refuse("'encoding' is that of text files which are no UTF-8.", None, book["encoding"],
               "encoding: cp1252")  # fmt: skip
    if book["decimal"] not in (".", ","):
        refuse("'decimal' is the mark before decimals in text files.", None, book["decimal"],
               'decimal: ","')  # fmt: skip
    columns = {}
    for name, rule in book["columns"].items():
        if not isinstance(rule, dict):
            refuse("A column is a name with its rule.", name, rule, "{from: head, read: number}")
        if rule.get("read") == "period":
            refuse("A wave is no period.", name, "period", "read: date")
        if name == "year":
            refuse("The year of a row is that of its file.", name, rule, "take it out of columns")
        rule = rule | {"from": _names(rule.get("from"), name, refuse)}
        rule["missing"] = _codes(rule.get("missing", {}), name, refuse)
        if "earlier" in rule:
            rule["earlier"] = _names(rule["earlier"], name, refuse)
            if rule.get("read") != "household_id" or not isinstance(rule["earlier"], dict):
                refuse(
                    "'earlier' says where a file has the codes that its households had in waves before.",
                    name, rule["earlier"], "earlier: {2010: fid10, 2012: fid12}",
                )  # fmt: skip
        values = rule.get("values")
        if isinstance(values, dict):
            rule["values"] = {str(key): [*map(code_text, some)] if isinstance(some, list) else some
                              for key, some in values.items()}  # fmt: skip
        elif rule.get("read") == "category" and values is None:
            rule.pop("values", None)
            rule["read"] = "text"  # the labels of the file, as they are
        if rule.get("read") == "money" and "unit" not in rule:
            rule["read"] = "number"  # in the money of the survey
        columns[name] = rule
    book |= {"columns": columns, "missing": _codes(book.get("missing", {}), None, refuse)}
    waves = sorted({one for rule in columns.values() if isinstance(rule["from"], dict)
                    for one in rule["from"]})  # fmt: skip
    for wave in waves or [None]:
        check(_plain(book, wave), where)
    made = {*columns, "year"}
    key = book["key"]
    book["key"] = key if isinstance(key, list) and key else [key]
    for name in book["key"]:
        if name not in [*made]:  # it may be a list or a mapping
            refuse("'key' names a column that is not there.", None, name,
                   "key: [household_id, year]")  # fmt: skip
    if columns.get(book["key"][0], {}).get("read") not in ("household_id", "text"):
        refuse("'key' begins with the codes of households or persons.", None, book["key"],
               "key: [household_id, year]")  # fmt: skip
    design = book.setdefault(
        "design", {role: one for role, one in _DESIGN.items() if one in columns}
    )
    good = isinstance(design, dict) and set(design) <= set(_DESIGN)
    if not (good and set(map(str, design.values())) <= made):
        refuse("'design' says which columns are weight, strata and psu.", None, design,
               "design: {weight: weight, strata: stratum, psu: psu}")  # fmt: skip
    for role, one in design.items():
        if one != _DESIGN[role]:  # spells and transitions look for these names in their table
            refuse("Columns of the design bear the names weight, stratum and psu in a panel.", one,
                   f"{role}: {one}", f"call it {_DESIGN[role]} in 'columns' (one head may stand for two), and in design: "
                   f"{role}: {_DESIGN[role]}")  # fmt: skip
    return book


def names_in(rule, wave):
    """Names that a column may have in a wave, the first that is there first.

    Examples
    --------
    >>> from povstudy.clean.wave.books import names_in
    >>> names_in({"from": {2010: ["fid"], 2012: ["fid12"]}}, 2012), names_in({"from": ["size"]}, 2012)
    (['fid12'], ['size'])
    """
    told = rule["from"]
    return told.get(wave, []) if isinstance(told, dict) else told


def code_text(code):
    """A code as text: -8, -8.0 and "-8" are one.

    Examples
    --------
    >>> from povstudy.clean.wave.books import code_text
    >>> code_text(-8.0), code_text("-8"), code_text(".a")
    ('-8', '-8', '.a')
    """
    if isinstance(code, float) and code.is_integer():
        code = int(code)
    return str(code).strip()


def _names(told, name, refuse):
    """Names of a column as lists: for all waves, or for each."""
    if isinstance(told, dict) and told and all(type(one) is int for one in told):
        return {wave: _listed(names, name, refuse) for wave, names in told.items()}
    return _listed(told, name, refuse)


def _listed(names, name, refuse):
    names = [names] if isinstance(names, str) else names
    good = isinstance(names, list) and all(isinstance(one, str) and one.strip() for one in names)
    if not (good and names):
        refuse("'from' is a name, a list of names, or these by the year of the wave.", name, names,
               "from: {2010: fid, 2012: fid12}")  # fmt: skip
    return names


def _codes(told, name, refuse):
    """Codes of no answer with what they mean, as a list or a mapping says it."""
    plain = isinstance(told, list | dict) and all(type(one) in (int, float, str) for one in told)
    told = dict.fromkeys(told, "") if plain and isinstance(told, list) else told
    if not (plain and isinstance(told, dict)):
        refuse("'missing' lists codes, or says what each of them means.", name, told,
               "missing: {-8: 不适用, -1: 不知道}")  # fmt: skip
    return {code_text(one): "" if text is None else str(text) for one, text in told.items()}


def _plain(book, wave):
    """The codebook of one wave, as those of registers are written, to be checked as these are."""
    columns = {"year": {"from": ["year"], "read": "year"}}
    for name, rule in book["columns"].items():
        if names := names_in(rule, wave):  # one head may stand for two columns here
            plain = {key: one for key, one in rule.items() if key not in COLUMN_KEYS}
            columns[name] = plain | {"from": [f"{name}|{one}" for one in names]}
    absent, checks = {*book["columns"]} - {*columns, "start", "end"}, book["checks"]
    if isinstance(checks, list):
        checks = [one for one in checks if not isinstance(one, dict) or not _asks(one, absent)]
    return {key: book[key] for key in ("name", "title", "title_zh", "series", "personal", "ignored")} | {
        "table": "households", "columns": columns, "checks": checks,
    }  # fmt: skip


def _asks(check, absent):
    """Whether a check asks for a column that the codebook has, but not in this wave."""
    return any(one in absent for key, value in check.items() if key != "check"
               for one in listed(value) if isinstance(one, str))  # fmt: skip


def refuse_other_kind(book, codebook, kind):
    """Refuse a codebook that makes another kind of table."""
    if book["table"] != kind:
        panel = book["table"] == "panel"
        way = "ps.read_panel({2010: raw}" if panel else f"ps.clean.{book['table']}(raw"
        named = repr(codebook) if isinstance(codebook, str) else "codebook"
        more = (
            ""
            if kind != "panel"
            # a draft of one wave is of households
            else (
                "  # of one wave; for several say in it `table: panel`: docs/panels.md, A panel of your own"
            )
        )
        raise DataError(
            f"This codebook makes {book['table']}, not {'a panel' if kind == 'panel' else kind}.",
            where=f"codebook {book['name']}", remedy=f"{way}, codebook={named}){more}",
        )  # fmt: skip
