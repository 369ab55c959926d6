"""Encodings of text files: told by their marks, else read where the signs leave no doubt."""

import codecs
import re
from collections import Counter

from ...base.errors import DataError

BLOCK = 2**20
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "cp950"}
_ENOUGH = 5_000  # signs that are no ASCII, by which an encoding is judged
_FEW = 8  # signs so few that they tell nothing: then GB18030, if it makes sense


def encoding_of(path, encoding=None):
    """Encoding of a text file.

    Parameters
    ----------
    path : Path
        The file.
    encoding : str, optional
        As the user says; the file must be of it throughout.

    Returns
    -------
    str
        By its byte order mark; else UTF-8 if it is that throughout; else UTF-16, GB18030 or
        Big5 where the text makes sense in one of them alone. GB18030 and Big5 put the common
        characters first (GB 2312 level 1, Big5 level 1), so a text read in the wrong one is
        full of rare signs.

    Raises
    ------
    DataError
        If the file is none of these throughout, or could be several.
    """
    if encoding is not None:
        name = _known(encoding)
        problem = _undecodable(path, name)
        if problem is None:
            return name
        raise DataError("The text of this file is not of the encoding that was given.",
                        where=path.name, found=problem,
                        remedy="leave out encoding=, or give the one that it was written in")  # fmt: skip
    with path.open("rb") as file:
        block = file.read(BLOCK)
    marked = next((name for mark, name in _MARKS.items() if block.startswith(mark)), None)
    names = (marked,) if marked else ("utf-8",) if block.isascii() else ("utf-8", "gb18030")
    if b"\0" in block and not marked:
        wide = [one for one in ("utf-16-le", "utf-16-be") if _has_lines(block, one)]
        names = tuple(wide) if len(wide) == 1 else names
    problems = []
    for name in names:
        problem = _undecodable(path, name)
        if problem is None and name != "gb18030":
            return name
        problems.append(problem)
    if len(names) == 2:
        likely, doubt = _likely(path, problems.pop())
        if likely:
            return likely
        problems.append(doubt)
    raise DataError(
        f"The text of this file is not {' or '.join(names).upper()} throughout, "
        "or its encoding is not certain.", where=path.name, found="; ".join(problems),
        remedy='if you know it, give it: encoding="cp1252", for example; else save it anew as '
        "'CSV UTF-8' from the program that made it. Read without it are UTF-8, UTF-16, GB18030 "
        "(GBK, GB2312) and Big5",
    )  # fmt: skip


def _known(encoding):
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)  # hex and rot13 are no encodings of text
        return _SUPERSETS.get(name, name)
    except (LookupError, TypeError, ValueError):
        raise DataError(
            "There is no such encoding.",
            found=str(encoding)[:80],
            remedy='encoding="utf-8", "gb18030", "big5", "utf-16" or "cp1252", for example',
        ) from None


def _has_lines(block, name):
    """Whether this UTF-16 gives lines of signs that are in use; the other one gives none."""
    text = block[: len(block) // 2 * 2].decode(name, "replace")
    if "\0" in text or not any(sign in text for sign in "\n\r,\t;"):
        return False
    odd = sum(
        times
        for sign, times in Counter(text).items()
        if not (sign < "\u0530" or re.match("[\u3000-\u30ff\uac00-\ud7a3\uff01-\uffee]", sign))
        and not (sign >= "\u4e00" and any(_is_common(sign, one) for one in ("gb18030", "cp950")))
    )
    return odd < 0.2 * len(text)


def _is_common(sign, name):
    """Whether a sign is among the first that the encoding lists."""
    code = sign.encode(name, "ignore")
    if name != "gb18030":
        return bool(code) and code[0] in range(0xA1, 0xC7)
    first = code[:1] and (code[0] in range(0xA1, 0xA4) or code[0] in range(0xB0, 0xD8))
    return len(code) == 4 or bool(first and code[1] > 0xA0)


def _likely(path, problem):
    """GB18030 or Big5, if one alone makes sense; and what speaks against GB18030."""
    gb, count = (None, 0) if problem else _common(path, "gb18030")
    big5 = {}
    for name in ("cp950", "big5hkscs"):
        if _undecodable(path, name) is None:
            big5[name], _ = _common(path, name)
            break
    for name, share in big5.items():
        if share >= 0.9 and (gb is None or share - gb >= 0.15):
            return name, ""
    most = max(big5.values(), default=None)
    if gb is not None and (
        gb >= 0.3 if most is None else gb >= 0.6 and (gb - most >= 0.15 or count < _FEW)
    ):
        return "gb18030", ""
    return None, problem or "gb18030: read so, the text is of signs that nobody uses"


def _common(path, name):
    """Share of the signs that are among the common ones of the encoding, and their number."""
    counts, decoder = Counter(), codecs.getincrementaldecoder(name)()
    with path.open("rb") as file:
        while (block := file.read(BLOCK)) and counts.total() < _ENOUGH:
            counts.update(filter(lambda sign: sign > "\x7f", decoder.decode(block)))
    if any("\ue000" <= sign <= "\uf8ff" for sign in counts):  # signs of nobody
        return 0.0, counts.total()
    common = sum(times for sign, times in counts.items() if _is_common(sign, name))
    return common / max(counts.total(), 1), counts.total()


def _undecodable(path, name):
    """Where a file stops being text of this encoding; ``None`` if it does not."""
    decoder, line = codecs.getincrementaldecoder(name)(), 1
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK):
                text = decoder.decode(block)
                if "\0" in text:
                    line += text[: text.index("\0")].count("\n")
                    return f"{name}: line {line} holds a zero byte, which is no text"
                line += text.count("\n")
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            if isinstance(error, UnicodeDecodeError):
                line += error.object[: error.start].decode(name, "ignore").count("\n")
            return f"{name} until line {line}"
    return None
