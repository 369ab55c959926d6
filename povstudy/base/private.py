"""What looks personal in a text: found and masked, for errors and reports alike.

Parses on Python 3.8 and needs the standard library alone: the errors of the set-up use it.
"""

import csv
import re
import unicodedata
from datetime import date
from pathlib import Path

REMOVED = "[removed]"
HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_DOTS = "\u00b7\u2022\u2027\u30fb\u318d"  # between the parts of a name of a minority

# One character for one, so that a place found in the plain text is the place in the cell.
_PLAIN = {0xFF01 + i: chr(0x21 + i) for i in range(94)}
_PLAIN[0x3000] = " "
_GAP = r"[ \t\u00a0\u200b\u200e\u200f\ufeff\u2010-\u2015-]{0,2}"
_WIDE_GAP = r"[\s\u200b\u200e\u200f\ufeff\u2010-\u2015./\\_,:|\u00b7\u3001-]{0,3}"
_NOT_IN_NUMBER = r"(?<![0-9])(?<![0-9]\.)"
# Not phones: the beginning of a longer or broken number, and amounts of money.
_PHONE_END = rf"(?![0-9]|\.[0-9]*[1-9]|{_GAP}[元万亿])"

# A disability certificate bears the ID number of its holder, kind (1-7) and degree (1-4).
_ID_18 = re.compile(
    rf"(?<![0-9])(?=(([0-9](?:{_WIDE_GAP}[0-9]){{16}}{_WIDE_GAP}[0-9Xx])(?:[1-7][1-4](?:[Bb][0-9]{{1,2}})?)?)(?![0-9Xx]))"
)
_ID_15 = re.compile(
    rf"(?<![0-9])(?=(([0-9]{{6}}{_WIDE_GAP}[0-9]{{6}}{_WIDE_GAP}[0-9]{{3}}))(?![0-9Xx]))"
)
_AREA = "(?:010|02[0-57-9]|0[3-9][0-9]{2})"
_DOT = rf"(?:{_GAP}|[ ]?[./_\u00b7][ ]?)"
_PHONES = re.compile(
    rf"{_NOT_IN_NUMBER}(?:(?:\((?:\+|00)?86\)|(?:\+|00)?86){_DOT})?(?:"
    # Mobile numbers in one piece or written 3-4-4, 4-3-4 or 3-3-5, or sign by sign.
    rf"0?1[3-9][0-9](?:{_DOT}[0-9]{{4}}{_DOT}|[0-9]{_DOT}[0-9]{{3}}{_DOT}|{_DOT}[0-9]{{3}}{_DOT}[0-9])[0-9]{{4}}"
    r"|1[ .-][3-9](?:[ .-][0-9]){9}"
    # Fixed lines with their area code; without it, eight digits may as well be a date.
    rf"|(?:\({_AREA}\)|{_AREA}){_DOT}[2-8][0-9]{{2,3}}{_DOT}[0-9]{{4}}"
    rf"){_PHONE_END}"
    # Fixed lines without one, where a word says what they are.
    rf"|(?:电话|座机|固话|传真|联系方式|[Tt][Ee][Ll]|[Pp]hone)[^0-9\n]{{0,4}}[2-8][0-9]{{2,3}}{_DOT}[0-9]{{4}}(?![0-9])"
    
)  # fmt: skip
_CARDS = re.compile(r"(?<![0-9])(?:[0-9]{4}[ -]?){3}[0-9]{4}(?:[ -]?[0-9]{1,3})?(?![0-9])")
_CARD_START = re.compile(r"62|60|95|[45][0-9]{15}$")
_PLATE = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
_DOCUMENT = "护照|通行证|军官证|士兵证|居[留住]证|出生证明?|出生医学证明|[Pp]assport"
_NUMERAL = "[0-9一二三四五六七八九十百]"
_OTHERS = (
    ("phone", re.compile("[〇零一二三四五六七八九]{11,18}")),
    ("contact", re.compile(r"[\w.+-]{1,64}\s?@\s?[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")),
    ("contact", re.compile(r"wxid_\w+|(?:微信号?|[Ww]e[Cc]hat|[Ww]eixin|\b[Vv][Xx])(?:号|ID|id)?[\s:._是为=]{0,3}[A-Za-z0-9][\w-]{4,19}")),
    ("contact", re.compile(r"[Qq]{2}(?:号码?|群)?[\s:._是为=]{0,3}[1-9][0-9]{4,11}(?![0-9])")),
    ("address", re.compile(r"(?:[东西]经|[南北]纬)\s?[0-9]{1,3}[.°度][0-9.°度′'分″\"秒 ]+|[0-9]{1,3}\s?[°º度]\s?[0-9]{1,2}(?:\.[0-9]+)?\s?\\?[′'’分][0-9.″\"”秒 ]*[NSEWnsew]?")),
    ("id_number", re.compile(rf"(?:{_DOCUMENT})[^0-9A-Za-z\n]{{0,6}}[A-Za-z]{{0,2}}[0-9]{{6,10}}(?![0-9])")),
    ("plate", re.compile(rf"{_PLATE}[A-HJ-NP-Z][ .\u00b7\u2022-]?(?=[A-Z]{{0,5}}[0-9])[A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳](?![A-Za-z0-9])")),
    ("address", re.compile(rf"[{HAN}]{{0,12}}[0-9]{{0,3}}(?:路|街|巷|弄|胡同|大道|里|村|组|寨|庄|屯|社|坊|苑|小区|门牌)\s?附?第?{_NUMERAL}{{1,5}}(?:[-之]{_NUMERAL}{{1,4}})?\s?号(?![文令公召])(?:[0-9A-Za-z附一二三四五六七八九十-]{{1,4}}(?:号|栋|幢|座|单元|楼|层|室|户))*")),
    ("address", re.compile(rf"[{HAN}]{{0,12}}{_NUMERAL}{{1,3}}[栋幢座]\s?{_NUMERAL}{{1,2}}\s?单元(?:\s?[0-9]{{1,5}}[室号户]?)?")),
)  # fmt: skip
_POINTS = re.compile(
    r"(?<![0-9.])[NSEW北南东西纬经: ]{0,3}([0-9]{1,3}\.[0-9]{3,})\s?°?\s?[NSEW]?\s?[,;、/\s]\s?"
    r"[NSEW北南东西纬经: ]{0,3}([0-9]{1,3}\.[0-9]{3,})(?![0-9])\s?°?\s?[NSEW]?"
)
_POWER = re.compile(r"\s*[0-9]\.[0-9]+[eE]\+?[0-9]{1,2}\s*")
# What every one of them holds, so that most texts are passed over at once.
_HINT = re.compile(
    rf"(?:[0-9][^0-9A-Za-z{HAN}]{{0,3}}){{10}}|[0-9]\.[0-9]{{3,}}\D{{1,8}}[0-9]|@|wxid_|微信|[Ww]e[Cc]hat|[Ww]eixin|[Vv][Xx]"
    rf"|[Qq]{{2}}|[°º度]|[经纬]\s?[0-9]|[〇零一二三四五六七八九]{{11}}|{_PLATE}[A-Z][^A-Za-z]?[A-Z0-9]{{5}}|{_NUMERAL}\s?号|单元|{_DOCUMENT}"
    r"|(?:电话|座机|固话|传真|联系方式|[Tt][Ee][Ll]|[Pp]hone)|\.[0-9]{7}[0-9]*[eE]"
)  # fmt: skip
_HEX = re.compile(r"(?<![0-9A-Za-z])(?=[0-9]*[a-f])[0-9a-f]{32,64}(?![0-9A-Za-z])")

# GB/T 2260: the first two digits, with those of the residence permits (81-83).
_REGIONS = {"11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36",
            "37", "41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62",
            "63", "64", "65", "71", "81", "82", "83"}  # fmt: skip
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def plain_signs(text):
    """The text with full-width and foreign figures as plain ones, sign for sign."""
    if text.isascii():
        return text
    text = text.translate(_PLAIN)
    return "".join(
        str(unicodedata.decimal(one)) if one > "\x7f" and one.isdecimal() else one for one in text
    )


def like_id(text):
    """Whether this is formed as a resident ID number: region and a date of birth inside.

    The fifteen digits in use before 1999 have a year of two digits. Of those, births before
    1930 are left out: codes of place with a number behind them (520527 201 203 + 001) would
    pass for them, because township codes run from 001 to 299.
    """
    if text[:2] not in _REGIONS:
        return False
    if len(text) == 15:
        year = 1900 + int(text[6:8])
        born, known = (year, int(text[8:10]), int(text[10:12])), year >= 1930
    else:
        born = (int(text[6:10]), int(text[10:12]), int(text[12:14]))
        known = text[6:8] in ("19", "20")
    try:
        return known and bool(date(*born))
    except ValueError:
        return False


def valid_id(text):
    """Whether this is a resident ID number with the right check digit.

    GB 11643-1999: 17 digits weighted 7 9 10 5 8 4 2 1 6 3 7 9 10 5 8 4 2; the sum modulo 11
    points to the check digit in 1 0 X 9 8 7 6 5 4 3 2 (ISO 7064, MOD 11-2). The fifteen digits
    in use before have none.
    """
    if not like_id(text) or len(text) == 15:
        return like_id(text)
    total = sum(w * int(text[i]) for i, w in enumerate(_WEIGHTS))
    return "10X98765432"[total % 11] == text[17].upper()


def luhn(digits):
    """Whether the last figure is Luhn's check digit (ISO/IEC 7812-1)."""
    doubled = (2 * int(digit) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0


def card(digits):
    """Whether this may be a bank card, by its beginning and Luhn's digit (ISO/IEC 7812-1)."""
    return bool(_CARD_START.match(digits)) and luhn(digits)


def look(text):
    """Places of personal data in a text: ``(start, end, kind)`` each, and other long numbers."""
    text = plain_signs(text)
    # A cell of digits alone, the usual case, can only be what its length allows.
    size = len(text) if text.isascii() and text.isdigit() else 0
    if size in (15, 18) and like_id(text):
        return [(0, size, "id_number")], 0
    if 16 <= size <= 19:
        return ([(0, size, "bank_card")], 0) if card(text) else ([], 1)
    if not size and not _HINT.search(text):
        return [], 0
    if not size and _POWER.fullmatch(text):  # 1.3812345678E+10, as spreadsheets write it
        value = float(text)
        inner, other = look(str(int(value))) if value.is_integer() else ([], 0)
        return [(0, len(text), kind) for _, _, kind in inner[:1]], other
    found, other = [], 0

    def free(start, end):
        return all(end <= one[0] or start >= one[1] for one in found)

    for pattern in (_ID_18, _ID_15) if size in (0, 20) else ():
        for match in pattern.finditer(text):
            start, end = match.span(1)
            if free(start, end) and like_id(re.sub(r"[^0-9Xx]", "", match.group(2))):
                found.append((start, end, "id_number"))
    if size < 17:
        found += [(*m.span(), "phone") for m in _PHONES.finditer(text) if free(*m.span())]
    for match in _CARDS.finditer(text) if not size else ():
        if free(*match.span()):
            digits = re.sub(r"[ -]", "", match.group(0))
            told = re.search("卡|[账帐]号|银行|信用社|card|account", text[: match.start()])
            if card(digits) or told or digits[:2] == "62":
                found.append((*match.span(), "bank_card"))
            else:
                other += 1
    for match in _POINTS.finditer(text) if not size else ():
        one, two = sorted(map(float, match.groups()))
        if 3 <= one <= 54 and 73 <= two <= 136 and free(*match.span()):  # within China
            found.append((*match.span(), "address"))
    for kind, pattern in _OTHERS if not size else ():
        found += [(*m.span(), kind) for m in pattern.finditer(text) if free(*m.span())]
    return sorted(found), other


# ---- what a message shows -----------------------------------------------------------------

_NAMED = rf"(?:[{HAN}{_DOTS}]+|[A-Z][A-Za-z'\u2019.-]*)"
_BETWEEN = r"(?:[\s:：，、()（）._\u3000-]|,(?! ))"
# with an end, it would be tried in endless ways
_LEFT = re.compile(rf"{_NAMED}(?:{_NAMED}|{_BETWEEN})*")
_RIGHT = re.compile(rf"(?:{_BETWEEN}*{_NAMED})+")
PLACE_SHAPE = re.compile(
    rf"[{HAN}]{{1,8}}(?:[省市县区旗州盟乡镇村组屯寨庄湾沟坝社]|自治[区州县旗]|街道|社区)"
)
_FREE = re.compile(rf"[{HAN}{_DOTS}]+|[A-Z][a-z]+(?: [A-Z][a-z]+)+")
# Signs of numbers, units and time, and those between them.
SIGNS = "0-9〇零一二两三四五六七八九十百千万亿几多余约近每第年月日号时个户人次元角分岁亩斤吨节场名期项批级类型和及与或以等的为在共计无有是否男女不"
_CALLED = re.compile(
    "((?:填报|填表|联系|负责|审核|经办|制表|责任|统计|帮扶|监护)人|户主|姓名|社工)"
    "([:：]\\s*)[\u4e00-\u9fff·]{2,12}"
)
_ESCAPED = re.compile(r"\\(?:[nrt]|x[0-9a-f]{2}|u[0-9a-f]{4})")
WORDS = set()  # words that are known to be no names; the room that reads cells adds its own


def words():
    """Words that tables and reports use, and those that were added, as a set."""
    if "贫困" not in WORDS:
        WORDS.update(("贫困", "非贫困", "不贫困", "脱贫", "未脱贫", "返贫", "未返贫", "元", "是",
                      "否", "有", "无", "没有"))  # fmt: skip
        with Path(__file__).with_name("words.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for text in (row["code"], row["en"], row["zh"]):
                    WORDS.update((text, *re.findall(rf"[{HAN}]{{2,}}|[A-Za-z]{{2,}}", text)))
    return WORDS


def called(text):
    """The text without the names that stand behind a word for whose they are: 填报人：张三."""
    return _CALLED.sub(rf"\1\2{REMOVED}", text)


def masked(text):
    """The text without what looks personal, and without what stands beside that.

    Parameters
    ----------
    text : str
        A message, the name of a file or sheet, the head of a column.

    Returns
    -------
    str
        Numbers, columns and what else is there stay.

    Examples
    --------
    >>> from povstudy.base.private import masked
    >>> masked("column 张三 13800000000, row 3"), masked("columns year, income, 6.5")
    ('column [removed], row 3', 'columns year, income, 6.5')
    """
    text = called(text)
    mended = _ESCAPED.sub(" ", text)  # a break in a number, as Python shows it
    text = mended if mended != text and look(mended)[0] else text
    hexes = [one.span() for one in _HEX.finditer(text)]  # checksums are no persons
    spots = [one for one in look(text)[0] if not any(a <= one[0] and one[1] <= b for a, b in hexes)]
    beside = [one.span() for one in _LEFT.finditer(text)] if spots else []
    last, told = len(text), []
    for start, end, _ in reversed(spots):
        right = _RIGHT.match(text, end)
        while beside and beside[-1][0] >= start:
            beside.pop()
        start = beside[-1][0] if beside and beside[-1][1] >= start else start
        end = right.end() if right else end
        if end >= last and told:  # what stands beside two of them goes once
            last = min(start, last)
        else:
            told += [text[end:last], REMOVED]
            last = start
    return text[:last] + "".join(reversed(told))


def cell(text):
    """What an error shows of a cell of a table: free text only as far as it is known.

    Numbers, codes, single words in Latin letters, places and listed words stay; Chinese words
    that are not known and names in two words become ``***``.

    Examples
    --------
    >>> from povstudy.base.private import cell
    >>> cell("张三三"), cell("盐池县"), cell("2,855"), cell("yes")
    ('***', '盐池县', '2,855', 'yes')
    """
    text = masked(text)

    def one(match):
        run = match.group(0)
        known = run in words() or PLACE_SHAPE.fullmatch(run) or re.fullmatch(f"[{SIGNS}]+", run)
        return run if known else "***"

    return _FREE.sub(one, text)
