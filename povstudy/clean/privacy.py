"""Personal data: found and taken out."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import DataError
from .cells import plain

_KINDS = {
    "name": "姓名",
    "id_number": "证件号码",
    "phone": "电话号码",
    "bank_card": "银行账号",
    "address": "住址",
}
_REMOVED = "[removed]"


def _words(text):
    return frozenset(text.split())


# ---- what a header says -------------------------------------------------------------------
# Of a header such as "户主姓名\nName of head", the Chinese and the Latin words are looked at
# apart: spellings drift between exports, and register fields are pinyin initials.

_HAN_HEADERS = {
    "id_number": r"身份证|身份号|证件号|残疾人?证(件|编)?号|(社保|医保|社会保障)(卡|号)",
    "phone": r"联系电话|联系方式|电话号|手机号|(?<![通有])(手机|电话|座机|固话)$",
    "bank_card": r"银行卡|[卡账帐]号",
    "name": r"姓名|名字$|曾用名|^户主$|^联系人$|^监护人$|^法定代表人$|负责人$"
    r"|帮扶(责任|联系)?(人|干部)$",
    "address": r"住址|家庭地址|户籍地址|详细地址|通讯地址|门牌",
}
# Whether, how many, what sort, how dear: no personal data, though the word is there.
_HAN_OTHER = re.compile(r"是否|有无|类型|类别|种类|数量|[率费数]$")
_PINYIN_HEADERS = {
    "name": r"(hz|jtcy|cy|jhr|bfr|bfzrr|lxr|r)?xm|xingming",
    "id_number": r"(hz|jtcy|cy|jhr|h|r)?(sfz(h|hm|jh|jhm)?|zjhm?|gmsfz?hm)|cjr?zh|shenfenzheng(hao)?",
    "phone": r"(hz|cy|bfr|lxr|h|r)?(lxdh|sjhm?|dhhm|lxfs)|(lianxi)?dianhua|shouji(hao)?",
    "bank_card": r"(hz|h|r)?(yhkh?|yhzh|yhkzh)",
    "address": r"jtzz|jtdz|xxdz|hjdz",
}
_PERSON = _words(
    "name names full first last family given middle head of the hh household member "
    "person respondent contact guardian spouse"
)
_NAME_WORDS = _words("surname fullname firstname lastname")
_ADDRESS = _words("address home household street residential postal full")
_PHONE = _words(
    "phone mobile telephone tel cellphone mobilephone phonenumber phoneno mobileno telno"
)
_OWNING = _words(
    "has have own owns is any n count share cost fee expense access use uses type payment "
    "money owned coverage"
)
_ID = re.compile(
    r"(idcard|idnumber|idnum|idno|nationalid|citizenid|residentid|identity(card|no|n))"
)
_OTHER_IDS = _words("household hh case project contract survey record village")
_BANK = re.compile(r"bankcard|bankaccount|(card|account)(number|no)$")


def _header_kind(label):
    text = plain(" ".join(map(str, label)) if isinstance(label, tuple) else label)
    han = "".join(re.findall(r"[一-鿿]+", text))
    if not _HAN_OTHER.search(han):
        for kind, pattern in _HAN_HEADERS.items():
            if re.search(pattern, han):
                return kind
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()
    words = set(re.findall(r"[a-z]+", apart))
    joined = "".join(re.findall(r"[a-z]+", apart))
    for kind, pattern in _PINYIN_HEADERS.items():
        if re.fullmatch(pattern, joined):
            return kind
    if _ID.search(joined) and not words & _OTHER_IDS:
        return "id_number"
    if words & _PHONE and not words & _OWNING:
        return "phone"
    if _BANK.search(joined):
        return "bank_card"
    if words & _NAME_WORDS or ({"name"} <= words <= _PERSON):
        return "name"
    if {"address"} <= words <= _ADDRESS:
        return "address"
    return None


# ---- what a cell holds --------------------------------------------------------------------

# One character for one, so that a place found in the plain text is the place in the cell.
_PLAIN = {0xFF10 + i: 0x30 + i for i in range(10)}
_PLAIN |= {ord(wide): ord(one) for wide, one in zip("Ｘｘ（）－＋．　", "Xx()-+. ", strict=True)}
_GAP = r"[ \t\u00a0\u200b\u200e\u200f\ufeff\u2010-\u2015-]{0,2}"
_NOT_IN_NUMBER = r"(?<![0-9])(?<![0-9]\.)"
# Not phones: the beginning of a longer or broken number, and amounts of money.
_PHONE_END = rf"(?![0-9]|\.[0-9]*[1-9]|{_GAP}[元万亿])"

# A disability certificate bears the ID number of its holder, kind (1-7) and degree (1-4).
_ID_18 = re.compile(
    rf"(?<![0-9])(?=(([0-9](?:{_GAP}[0-9]){{16}}{_GAP}[0-9Xx])(?:[1-7][1-4](?:[Bb][0-9]{{1,2}})?)?)"
    r"(?![0-9Xx]))"
)
_ID_15 = re.compile(rf"(?<![0-9])(?=(([0-9]{{6}}{_GAP}[0-9]{{6}}{_GAP}[0-9]{{3}}))(?![0-9Xx]))")
_AREA = "(?:010|02[0-57-9]|0[3-9][0-9]{2})"
_PHONES = re.compile(
    rf"{_NOT_IN_NUMBER}(?:(?:\((?:\+|00)?86\)|(?:\+|00)?86){_GAP})?(?:"
    # Mobile numbers in one piece or written 3-4-4, 4-3-4 or 3-3-5.
    rf"0?1[3-9][0-9](?:{_GAP}[0-9]{{4}}{_GAP}|[0-9]{_GAP}[0-9]{{3}}{_GAP}|{_GAP}[0-9]{{3}}{_GAP}[0-9])[0-9]{{4}}"
    # Fixed lines with their area code; without it, eight digits may as well be a date.
    rf"|(?:\({_AREA}\)|{_AREA}){_GAP}[2-8][0-9]{{2,3}}{_GAP}[0-9]{{4}}"
    rf"){_PHONE_END}"
)
_CARDS = re.compile(r"(?<![0-9])(?:[0-9]{4}[ -]?){3}[0-9]{4}(?:[ -]?[0-9]{1,3})?(?![0-9])")
_CARD_START = re.compile(r"62|60|95|[45][0-9]{15}$")
_POWER = re.compile(r"\s*[0-9]\.[0-9]+[eE]\+?[0-9]{1,2}\s*")

# Only cells with ten digits in a row (blanks and dashes between them) are looked at closely.
_MAYBE = (
    r"(?:[0-9０-９][()（） \t\x{3000}\x{a0}\x{200b}\x{200e}\x{200f}\x{feff}\x{2010}-\x{2015}\x{ff0d}-]{0,3}){10}"
    r"|[0-9]\.[0-9]{7}"
)

# GB/T 2260: the first two digits, with those of the residence permits (81-83).
_REGIONS = _words(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 "
    "63 64 65 71 81 82 83"
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

# The hundred commonest surnames, borne by more than four in five people.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢"
    "姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常"
)
_PLACE = "家|[村寨庄湾沟屯镇乡县市区省组坝坪坡岭山河桥塘冲堡营店铺岩坑洞岗川社街旗州盟]$|(大学|中心|公司|协会)$"
_NAME_SHAPE = rf"[{_SURNAMES}][一-鿿]{{1,2}}"
_NAME_BEFORE = re.compile(rf"(?:^|[^一-鿿])({_NAME_SHAPE})[\s:：,，、(（]*$")
_NAME_AFTER = re.compile(rf"^[\s:：,，、)）]*({_NAME_SHAPE})(?![一-鿿])")


def _valid_id(text):
    """Whether this is a resident ID number, by region, birth date and check digit.

    GB 11643-1999: 17 digits weighted 7 9 10 5 8 4 2 1 6 3 7 9 10 5 8 4 2; the sum modulo 11
    points to the check digit in 1 0 X 9 8 7 6 5 4 3 2 (ISO 7064, MOD 11-2). The fifteen
    digits in use before have a year of two digits and no check digit. Of those, births before
    1930 are left out: codes of place with a number behind them (520527 201 203 + 001) would
    pass for them, because township codes run from 001 to 299.
    """
    if text[:2] not in _REGIONS:
        return False
    if len(text) == 15:
        year = 1900 + int(text[6:8])
        born, known = (year, int(text[8:10]), int(text[10:12])), year >= 1930
    else:
        born, known = (
            (int(text[6:10]), int(text[10:12]), int(text[12:14])),
            text[6:8] in ("19", "20"),
        )
    if not known:
        return False
    try:
        date(*born)
    except ValueError:
        return False
    if len(text) == 15:
        return True
    total = sum(w * int(digit) for w, digit in zip(_WEIGHTS, text, strict=False))
    return "10X98765432"[total % 11] == text[17].upper()


def _card(digits):
    """Whether this may be a bank card, by its beginning and Luhn's digit (ISO/IEC 7812-1)."""
    if not _CARD_START.match(digits):
        return False
    doubled = (2 * int(digit) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0


def _look(text):
    """Places of personal data in a text: ``(start, end, kind)`` each, and other long numbers."""
    text = text if text.isascii() else text.translate(_PLAIN)
    # A cell of digits alone, the usual case, can only be what its length allows.
    size = len(text) if text.isascii() and text.isdigit() else 0
    if size in (15, 18) and _valid_id(text):
        return [(0, size, "id_number")], 0
    if 16 <= size <= 19:
        return ([(0, size, "bank_card")], 0) if _card(text) else ([], 1)
    if not size and _POWER.fullmatch(text):  # 1.3812345678E+10, as spreadsheets write it
        value = Decimal(text.strip())
        inner, other = _look(str(int(value))) if value == value.to_integral_value() else ([], 0)
        return [(0, len(text), kind) for _, _, kind in inner[:1]], other
    found, other = [], 0

    def free(start, end):
        return all(end <= one[0] or start >= one[1] for one in found)

    for pattern in (_ID_18, _ID_15) if size in (0, 20) else ():
        for match in pattern.finditer(text):
            start, end = match.span(1)
            if free(start, end) and _valid_id(re.sub(r"[^0-9Xx]", "", match[2])):
                found.append((start, end, "id_number"))
    if size < 17:
        found += [(*m.span(), "phone") for m in _PHONES.finditer(text) if free(*m.span())]
    for match in _CARDS.finditer(text) if not size else ():
        if free(*match.span()):
            if _card(re.sub(r"[ -]", "", match[0])):
                found.append((*match.span(), "bank_card"))
            else:
                other += 1
    return sorted(found), other


def _without(text, places):
    """The text with its personal parts removed; ``None`` if nothing else was in it."""
    spans = [(start, end) for start, end, _ in places]
    rest = text
    for start, end in reversed(spans):
        rest = rest[:start] + rest[end:]
    if not re.search(r"\w", re.sub(r"\.0+\s*$", "", rest)):
        return None
    # A name that stands beside the number goes with it, unless it reads like a place.
    for start, end in list(spans):
        for match, shift in ((_NAME_BEFORE.search(text[:start]), 0),
                             (_NAME_AFTER.search(text[end:]), end)):  # fmt: skip
            if match and not re.search(_PLACE, match[1]):
                spans.append((match.start(1) + shift, match.end(1) + shift))
    for start, end in sorted(set(spans), reverse=True):
        text = text[:start] + _REMOVED + text[end:]
    return text


_CALLED = re.compile(
    "((?:填报|填表|联系|负责|审核|经办|制表|责任|统计|帮扶)人|户主|姓名|社工)([:：]\\s*)[\u4e00-\u9fff]{2,4}"
)


def without_personal(text):
    """A text without the personal data in it; of a name alone, its first sign.

    Examples
    --------
    >>> from povstudy.clean.privacy import without_personal
    >>> without_personal("填报人：张三 电话13800000000"), without_personal("张三"), without_personal("面议")
    ('填报人：[removed] 电话[removed]', '张***', '面议')
    """
    text = _CALLED.sub(rf"\1\2{_REMOVED}", text)
    found, _ = _look(text)
    if found:
        rest = _without(text, found)
        return _REMOVED if rest is None else rest
    named = re.fullmatch(_NAME_SHAPE, text.strip()) and not re.search(_PLACE, text.strip())
    return _masked(text) if named else text


def _masked(text):
    text = str(text).strip()
    return f"{text[:1]}***"


# ---- columns ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Column:
    """One column, looked at once for each distinct cell."""

    codes: np.ndarray  # number of the distinct cell, -1 where blank
    distinct: object
    places: dict  # number of the distinct cell: its personal parts
    texts: dict  # and its text
    filled: int  # cells that are not blank
    kind: object = None
    by: str = ""
    cells: int = 0
    example: str = ""


def _distinct(column):
    """Codes and distinct values of a column, all categories of a categorical one."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), column.cat.categories
    if pd.api.types.is_bool_dtype(column.dtype) or column.dtype.kind in "mM":
        return np.full(len(column), -1), pd.Index([], dtype=object)  # true, false, times
    try:
        return pd.factorize(column)
    except TypeError:  # lists and the like
        return pd.factorize(column.map(str, na_action="ignore"))


def _as_text(value):
    if isinstance(value, (float, np.floating)) and value == value // 1 and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def _look_through(label, column):
    codes, distinct = _distinct(column)
    counts = np.bincount(codes[codes >= 0], minlength=len(distinct))
    kind, filled, words = _header_kind(label), int(counts.sum()), None
    if not pd.api.types.is_numeric_dtype(distinct):
        kept = distinct if pd.api.types.is_string_dtype(distinct) else map(_as_text, distinct)
        words = pa.array(kept, type=pa.large_string(), from_pandas=True)
        full = pc.not_equal(pc.utf8_trim_whitespace(words), "").to_numpy(zero_copy_only=False)
        filled = int(counts[full.astype(bool)].sum())
        if kind == "name" and plain(label).lower() == "name" and _share(words, _PLACE) > 0.5:
            kind = None  # a list of places may call its column "name", too
    if kind:
        example = next((one for one, n in zip(distinct, counts, strict=True) if n), "")
        shown = _masked(example) if filled else ""
        return _Column(codes, distinct, {}, {}, filled, kind, "header", filled, shown)
    if words is None:
        # The shortest number that counts has 11 digits; above 2**53 a float has lost digits,
        # and a number that ends in six zeros is an amount rather than a phone.
        size = np.asarray(distinct, dtype=float)
        top = 2.0**53 if distinct.dtype.kind == "f" else 1e18
        maybe = np.flatnonzero((size >= 1e10) & (size < top)).tolist()
        texts = {i: _as_text(distinct[i]) for i in maybe}
        texts = {i: text for i, text in texts.items() if not text.endswith("000000")}
    else:
        maybe = np.flatnonzero(_matching(words, _MAYBE))
        texts = dict(zip(maybe.tolist(), words.take(pa.array(maybe)).to_pylist(), strict=True))
    places = _places(texts, counts)
    if places:
        tally = dict.fromkeys(_KINDS, 0)
        for i, found in places.items():
            for one in {one for _, _, one in found}:
                tally[one] += int(counts[i])
        first = next(iter(places))
        start, end, _ = places[first][0]
        return _Column(codes, distinct, places, texts, filled, max(tally, key=tally.get), "content",
                       sum(int(counts[i]) for i in places), _masked(texts[first][start:end]))  # fmt: skip
    if words is not None and _names(words, counts):
        shown = _masked(distinct[int(counts.argmax())])
        return _Column(codes, distinct, {}, {}, filled, "name", "content", filled, shown)
    return _Column(codes, distinct, {}, {}, filled)


def _places(texts, counts):
    """Personal parts of the distinct texts, bank cards only where they are no coincidence."""
    looked = {i: _look(text) for i, text in texts.items()}
    # One number in ten passes Luhn's test by chance: most numbers of the column must pass.
    cards = sum(int(counts[i]) for i, (found, _) in looked.items()
                if any(kind == "bank_card" for _, _, kind in found))  # fmt: skip
    if cards < sum(int(counts[i]) for i, (_, other) in looked.items() if other):
        looked = {
            i: ([one for one in found if one[2] != "bank_card"], other)
            for i, (found, other) in looked.items()
        }
    return {i: found for i, (found, _) in looked.items() if found}


def _matching(words, pattern):
    found = pc.match_substring_regex(words, pattern).to_numpy(zero_copy_only=False)
    return found.astype(bool)


def _share(words, pattern):
    return float(_matching(words, pattern).mean()) if len(words) else 0.0


def _names(words, counts):
    """Whether a column without a telling header is one of people's names.

    It is if it has at least 20 filled cells, half of them distinct, if nine in ten distinct
    cells are two to four Chinese characters, if seven in ten begin with one of the hundred
    commonest surnames, and if fewer than two in ten read like a place (王家村, 李庄).
    """
    if counts.sum() < 20 or len(words) < counts.sum() / 2:
        return False
    return (
        _share(words, "^[一-鿿]{2,4}$") >= 0.9
        and _share(words, f"^[{_SURNAMES}]") >= 0.7
        and _share(words, _PLACE) < 0.2
    )


def _frame(table):
    if not isinstance(table, pd.DataFrame):
        raise DataError(
            "Personal data are looked for in a DataFrame.",
            found=type(table).__name__,
            remedy="table = pandas.DataFrame(table)",
        )
    if isinstance(table.index, pd.RangeIndex):
        return
    for level in range(table.index.nlevels):
        values = table.index.get_level_values(level)
        if _look_through(values.name or "", pd.Series(values)).kind:
            raise DataError(
                "The index of the table holds personal data.",
                where=f"index {values.name or level}",
                remedy="table = table.reset_index()",
            )


def find_personal(table):
    """Columns that hold personal data, by their header or by their cells.

    Parameters
    ----------
    table : DataFrame
        As read from a file. It is not changed.

    Returns
    -------
    DataFrame
        One row per column with personal data: ``column``, ``kind`` (``name``, ``id_number``,
        ``phone``, ``bank_card``, ``address``), ``by`` (``header`` or ``content``), ``cells``
        (how many match; of a column found by its header, all that are not blank), ``share``
        of the cells that are not blank, and ``example``, masked.

    Notes
    -----
    By content are found: resident ID numbers (GB 11643-1999: region, birth date, check digit;
    the old ones of fifteen digits by region and date; those inside the number of a disability
    certificate), mobile numbers, fixed lines with an area code, bank cards (Luhn's test,
    16 to 19 digits), also inside longer text, in full-width digits or with blanks. Names are
    found by the header, or in a column of at least 20 cells, half of them distinct, of which
    nine in ten have two to four Chinese characters and seven in ten begin with one of the
    hundred commonest surnames, while fewer than two in ten read like a place. Names of
    minorities and addresses are found by the header alone: look at the columns yourself, too.

    Examples
    --------
    >>> import pandas as pd
    >>> raw = pd.DataFrame({"姓名": ["张三"], "备注": ["电话１３８００１３８０００"], "人数": [4]})
    >>> find_personal(raw)[["column", "kind", "by", "cells", "example"]]
      column   kind       by  cells example
    0     姓名   name   header      1    张***
    1     备注  phone  content      1    １***
    """
    _frame(table)
    rows = []
    for i, label in enumerate(table.columns):
        seen = _look_through(label, table.iloc[:, i])
        if seen.kind and (seen.by == "header" or seen.cells):
            share = seen.cells / seen.filled if seen.filled else 0.0
            rows.append((label, seen.kind, seen.by, seen.cells, share, seen.example))
    return pd.DataFrame(rows, columns=["column", "kind", "by", "cells", "share", "example"])


_REPORT = ("file", "row", "column", "old", "new", "action", "reason", "why", "why_zh")


def drop_personal(table, keep=()):
    """Take personal data out of a table.

    Columns found by their header, or in which at least half of the filled cells match, are
    dropped. In other columns a cell that is an ID number, a phone or a bank card becomes
    blank, and in a longer text that part, and a name right beside it, becomes ``[removed]``.
    No key of what was removed is kept.

    Parameters
    ----------
    table : DataFrame
        As read from a file. It is not changed.
    keep : sequence of column names
        Columns to leave as they are, such as a ``name`` that is a county's.

    Returns
    -------
    table : DataFrame
        Without personal data.
    report : DataFrame
        ``file`` (empty), ``row`` (1 is the first row of data; ``<NA>`` for a column),
        ``column``, ``old`` (masked), ``new`` (``[removed]``, or ``<NA>`` for nothing; of a
        longer text both tell the personal part alone), ``action``, ``reason``, ``why``,
        ``why_zh``.

    Raises
    ------
    DataError
        If a column to keep is not there, or the index holds personal data.

    Examples
    --------
    >>> import pandas as pd
    >>> notes = ["张三(520527197001010018)", "因病", "缺水"]
    >>> raw = pd.DataFrame({"xm": ["张三", "李四", "王五"], "note": notes})
    >>> clean, report = drop_personal(raw)
    >>> clean["note"].tolist()
    ['[removed]([removed])', '因病', '缺水']
    >>> report[["row", "column", "old", "action"]]
        row column   old   action
    0  <NA>     xm  张***  dropped
    1     1   note  5***  changed
    """
    _frame(table)
    keep = [keep] if isinstance(keep, str) else list(keep)
    absent = [label for label in keep if label not in table.columns]
    if absent:
        raise DataError(
            "A column to keep is not in the table.",
            found=f"{absent[0]!r}; columns are {', '.join(map(str, table.columns))}"[:300],
            remedy="drop_personal(table, keep=[...])  # names of columns as in table.columns",
        )
    columns, reports = [], []
    for i, label in enumerate(table.columns):
        column = table.iloc[:, i]
        seen = None if label in keep else _look_through(label, column)
        if seen is None or not (seen.kind or seen.places):
            columns.append(i)
        elif seen.by == "header" or (seen.cells and 2 * seen.cells >= seen.filled):
            reports.append(_dropped(label, seen))
        else:
            new = {code: _new(seen, code) for code in seen.places}
            columns.append((i, _cleaned(column, seen, new)))
            reports.append(_changed(label, seen, new))
    kept = [one if isinstance(one, int) else one[0] for one in columns]
    result = table.iloc[:, kept].copy()
    for at, one in enumerate(columns):
        if not isinstance(one, int):
            result.isetitem(at, one[1])
    report = pd.concat(reports, ignore_index=True) if reports else _report([])
    return result, report


def _report(rows):
    report = pd.DataFrame(rows, columns=list(_REPORT))
    return report.astype({"row": "Int64"} | dict.fromkeys({*_REPORT} - {"row", "column"}, "string"))


def _dropped(label, seen):
    kind = seen.kind.replace("_", " ")
    by, by_zh = ("header", "表头") if seen.by == "header" else ("cells", "内容")
    why = f"The column holds personal data ({kind}), by its {by}."
    why_zh = f"该列按{by_zh}判断含有个人信息（{_KINDS[seen.kind]}），已删除。"
    return _report(
        [("", pd.NA, label, seen.example, pd.NA, "dropped", "personal_column", why, why_zh)]
    )


def _changed(label, seen, new):
    rows = np.flatnonzero(np.isin(seen.codes, list(new)))
    told = {}
    for i, text in new.items():
        start, end, kind = seen.places[i][0]
        told[i] = (
            _masked(seen.texts[i][start:end]),
            pd.NA if text is None else _REMOVED,
            f"The cell holds personal data ({kind.replace('_', ' ')}).",
            f"该单元格含有个人信息（{_KINDS[kind]}），已去除。",
        )
    cells = [("", int(row) + 1, label, old, new, "changed", "personal_cell", why, why_zh)
             for row in rows for old, new, why, why_zh in [told[seen.codes[row]]]]  # fmt: skip
    return _report(cells)


def _new(seen, i):
    """What a distinct value becomes: nothing, or its text without the personal parts."""
    if pd.api.types.is_numeric_dtype(seen.distinct) or not isinstance(seen.distinct[i], str):
        return None
    return _without(seen.texts[i], seen.places[i])


def _cleaned(column, seen, new):
    dtype = column.dtype
    if pd.api.types.is_numeric_dtype(dtype):
        # Plain whole numbers know no blank: they become nullable ones.
        nullable = (
            column.astype("Int64") if isinstance(dtype, np.dtype) and dtype.kind in "iu" else column
        )
        return nullable.mask(np.isin(seen.codes, list(new)))
    values = np.array([*seen.distinct, None], dtype=object)  # the last one is for blanks
    for i, text in new.items():
        values[i] = text
    if isinstance(dtype, pd.CategoricalDtype):
        # Made anew: a category that no cell has any more would still tell the number.
        left = list(dict.fromkeys(value for value in values.tolist() if value is not None))
        return pd.Series(
            pd.Categorical(values[seen.codes], categories=left, ordered=dtype.ordered),
            index=column.index,
        )
    result = column.copy()
    at = np.isin(seen.codes, list(new))
    result.iloc[at] = values[seen.codes[at]]
    return result
