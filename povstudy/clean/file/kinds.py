"""What a file is, by its content: names are often wrong (a web page or a text named .xls)."""

import zipfile

from ...base.errors import DataError
from .decoding import BLOCK
from .texts import SHEETS, SURVEYS, TEXTS, path_of

_ANEW = "open it in a spreadsheet program, and save it as .xlsx"
# First bytes of what is no table that is read here, what it is, and what to do with it.
_OTHERS = (
    (b"%PDF", "a PDF", "copy its table into a spreadsheet, and save that as .xlsx"),
    (b"{\\rtf", "a text of a word processor", "copy its table into a spreadsheet"),
    (b"MIME-Version:", "a web page saved as one file", _ANEW),
    (b"PAR1", "a Parquet file", 'ps.Survey("survey.parquet"), or pandas.read_parquet'),
    (b"\x1f\x8b", "a compressed file", "unpack it first"),
    (b"Rar!", "a RAR archive", "unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it first"),
    (b"\x89PNG", "a picture", "copy its table into a spreadsheet"),
    (b"\xff\xd8\xff", "a picture", "copy its table into a spreadsheet"),
)
_PAGES = (b"<html", b"<!doctype html", b"<table", b"<head", b"<meta", b"<body", b"<div", b"<style",
          b"<script", b"<!--", b"<?xml")  # fmt: skip
_NO_TEXT = set(range(32)) - set(b"\t\n\r\f")


def file_of(raw, sheet=None, encoding=None, more=()):
    """Path of a file, and what it is by its content.

    Parameters
    ----------
    raw : str or Path
        A file of `SHEETS`, `TEXTS` or `SURVEYS`.
    sheet, encoding : str, optional
        Only workbooks have sheets, and only texts an encoding.
    more : tuple of str
        Endings of other files that may be read here: ``".parquet"``.

    Returns
    -------
    path : Path
    kind : str
        ``"xlsx"``, ``"xls"``, ``"text"``, ``"dta"``, ``"sav"`` or ``"parquet"``; where the content tells
        nothing, what the name says.

    Raises
    ------
    DataError
        If it is something else, in plain words, or is locked with a password.
    """
    path = path_of(raw, SHEETS + TEXTS + SURVEYS + more)
    named = path.suffix.lower()
    with path.open("rb") as file:
        block = file.read(BLOCK)
    start = block.replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe \t\r\n")
    if block.startswith(b"PK\x03\x04"):
        kind = _of_zip(path)
    elif block.startswith(b"\xd0\xcf\x11\xe0"):
        kind = _of_compound(path)
    elif block.startswith((b"$FL2", b"$FL3")):
        kind = "sav"
    elif block.startswith(b"<stata_dta>"):
        kind = "dta"
    elif block.startswith(b"PAR1") and more:
        kind = "parquet"
    elif start[:20].lower().startswith(_PAGES):
        books = b"urn:schemas-microsoft-com:office:spreadsheet" in start
        raise _other(path, "an XML spreadsheet of 2003" if books else "a web page", _ANEW)
    else:
        for sign, what, remedy in _OTHERS:
            if block.startswith(sign):
                raise _other(path, what, remedy)
        kind = "text" if named in TEXTS or (named in SHEETS and _is_text(block)) else named[1:]
    kind = "xlsx" if kind == "xlsm" else kind
    for name, given, wanted in (
        ("sheet", sheet, ("xlsx", "xls")),
        ("encoding", encoding, ("text",)),
    ):
        if given is not None and kind not in wanted:
            raise no_such(name, given, path.name)
    return path, kind


def no_such(name, given, where):
    """Error for a sheet or an encoding of what has none."""
    return DataError(
        f"This file or table has no {name}s." if name == "sheet" else "Only texts have an encoding.",
        where=where,
        found=f"{name}={given!r}"[:80],
        remedy=f"leave out {name}=",
    )  # fmt: skip


def _other(path, what, remedy):
    return DataError(
        f"This file is {what}, whatever its name says." if path.suffix else f"This file is {what}.",
        where=path.name,
        remedy=remedy,
    )


def _is_text(block):
    """Whether this may be text: UTF-16 by its mark, or without any sign that steers a machine."""
    return block.startswith((b"\xff\xfe", b"\xfe\xff")) or not set(block) & _NO_TEXT


def _of_zip(path):
    try:
        with zipfile.ZipFile(path) as box:
            names = {one.lower() for one in box.namelist()}
            kind = box.read("mimetype")[:99] if "mimetype" in box.namelist() else b""
    except Exception:  # a damaged one: its reader will say so
        return "xlsx"
    if b"opendocument" in kind:
        raise _other(path, "an OpenDocument file", _ANEW)
    if "xl/workbook.bin" in names:
        raise _other(path, "a binary workbook (.xlsb)", _ANEW)
    if any(one.startswith("xl/") for one in names):
        return "xlsx"
    if any(one.startswith("word/") for one in names):
        raise _other(path, "a text of a word processor", "copy its table into a spreadsheet")
    if "[content_types].xml" in names:
        return "xlsx"
    raise _other(path, "a zip archive", "unpack it first")


def _of_compound(path):
    """An old workbook, or what else comes in the same kind of box."""
    rest, found = b"", set()
    wanted = {one.encode("utf-16-le"): one for one in ("EncryptedPackage", "WordDocument")}
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found |= {name for sign, name in wanted.items() if sign in rest + block}
            rest = block[-64:]
    if "EncryptedPackage" in found:
        raise locked(path)
    if "WordDocument" in found:
        raise _other(path, "a text of a word processor", "copy its table into a spreadsheet")
    return "xls"


def locked(path):
    """Error for a workbook with a password."""
    return DataError(
        "This workbook is locked with a password.",
        where=path.name,
        remedy="open it in the program that made it, and save it anew with no password",
    )
