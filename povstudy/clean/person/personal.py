"""What personal data look like: heads of columns, numbers with their checksums, names."""

import re
from datetime import date
from decimal import Decimal

from ..cell.cell import plain

REMOVED = "[removed]"


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


def header_kind(label):
    """Kind of personal data that a head announces; ``None`` if it announces none."""
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
MAYBE = (
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
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢"
    "姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常"
)
PLACE = "家|[村寨庄湾沟屯镇乡县市区省组坝坪坡岭山河桥塘冲堡营店铺岩坑洞岗川社街旗州盟]$|(大学|中心|公司|协会)$"
_NAME_SHAPE = rf"[{SURNAMES}][一-鿿]{{1,2}}"
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


def look(text):
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
        inner, other = look(str(int(value))) if value == value.to_integral_value() else ([], 0)
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


def without(text, places):
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
            if match and not re.search(PLACE, match[1]):
                spans.append((match.start(1) + shift, match.end(1) + shift))
    for start, end in sorted(set(spans), reverse=True):
        text = text[:start] + REMOVED + text[end:]
    return text


_CALLED = re.compile(
    "((?:填报|填表|联系|负责|审核|经办|制表|责任|统计|帮扶)人|户主|姓名|社工)([:：]\\s*)[\u4e00-\u9fff]{2,4}"
)


def without_personal(text):
    """A text without the personal data in it; of a name alone, its first sign.

    Examples
    --------
    >>> from povstudy.clean.person.personal import without_personal
    >>> without_personal("填报人：张三 电话13800000000"), without_personal("张三"), without_personal("面议")
    ('填报人：[removed] 电话[removed]', '张***', '面议')
    """
    text = _CALLED.sub(rf"\1\2{REMOVED}", text)
    found, _ = look(text)
    if found:
        rest = without(text, found)
        return REMOVED if rest is None else rest
    named = re.fullmatch(_NAME_SHAPE, text.strip()) and not re.search(PLACE, text.strip())
    return masked(text) if named else text


def masked(text):
    """First sign of a text, and that there was more."""
    text = str(text).strip()
    return f"{text[:1]}***"
