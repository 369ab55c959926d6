"""What personal data look like: heads of columns, names, and what a report shows of a cell."""

import re
from functools import cache

from ...base.private import (
    HAN,
    PLACE_SHAPE,
    REMOVED,
    SIGNS,
    WORDS,
    called,
    look,
    plain_signs,
    words,
)
from ..cell.amounts import UNITS
from ..cell.cell import _MARKS, plain
from ..cell.places import _spellings
from ..cell.words import CAUSES, MEASURES, MONITOR_TYPES, STATUSES, repair


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

# Only cells with ten figures in a row (signs between them), or with a word or sign of the other
# kinds, are looked at closely.
MAYBE = (
    r"(?:[\p{Nd}][^\p{Nd}\p{L}]{0,3}){10}|[0-9]\.[0-9]{7}|\p{Nd}\.\p{Nd}{3,}[^0-9]{1,8}\p{Nd}|[@＠]|wxid_|微信|(?i:wechat|weixin|vx|qq|tel|phone)"
    r"|[ＱｑＶｖ]|[°º度]|[经纬]\s?\p{Nd}|[〇零一二三四五六七八九]{11}|[\x{4e00}-\x{9fff}][A-Z][^A-Za-z]?[A-Z0-9]{5}"
    r"|[\p{Nd}一二三四五六七八九十百]\s?号|单元|电话|座机|固话|传真|联系方式|护照|通行证|军官证|士兵证|居[留住]证|出生|(?i:passport)"
)

# The hundred commonest surnames, borne by more than four in five people.
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢"
    "姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常"
)
PLACE = "家|[村寨庄湾沟屯镇乡县市区省组坝坪坡岭山河桥塘冲堡营店铺岩坑洞岗川社街旗州盟]$|(大学|中心|公司|协会)$"
_NAME_SHAPE = rf"[{SURNAMES}][一-鿿]{{1,2}}"


def without(text, places):
    """The text of a cell that holds personal data, as far as the rest is known to be harmless.

    ``None`` if nothing else was in it. Beside a number stand names: only numbers, places and
    words of the lists stay.
    """
    rest = text
    for start, end, _ in reversed(places):
        rest = rest[:start] + rest[end:]
    if not re.search(r"\w", re.sub(r"\.0+\s*$", "", rest)):
        return None
    parts, last = [], 0
    for start, end, _ in places:
        parts += [_known(text[last:start], REMOVED), REMOVED]
        last = end
    told = "".join([*parts, _known(text[last:], REMOVED)])
    return re.sub(rf"(?:{re.escape(REMOVED)}){{2,}}", REMOVED, told)


def without_personal(text):
    """A text without the personal data in it; of a name alone, its first sign.

    Examples
    --------
    >>> from povstudy.clean.person.personal import without_personal
    >>> without_personal("填报人：张三 电话13800000000"), without_personal("张三"), without_personal("面议")
    ('填报人：[removed] 电话[removed]', '张***', '面议')
    """
    text = called(text)
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


# ---- what a report shows ------------------------------------------------------------------

# Words of cells and titles of registers beside those of the lists and codebooks.
_WORDS = """
户主 电话 手机 联系 联系人 填报人 填表人 审核人 制表人 负责人 身份证 银行卡 卡号 微信 住址 家住 姓名 帮扶 干部 社工
备注 致贫 致贫返贫 面议 待定 懒 扫盲班 汉族 苗族 彝族 布依族 藏族 壮族 回族 土家族 侗族 瑶族 白族 维吾尔族 蒙古族 满族
配偶 之子 之女 之父 之母 儿子 女儿 父亲 母亲 孙子 孙女 儿媳 女婿 兄弟 姐妹 其他 本人 某某 见 有劳力 劳力 低保 五保 特困
名单 名册 花名册 台账 台帐 汇总表 统计表 明细表 登记表 一览表 情况表 监测户 监测对象 监测 建档立卡 贫困户 贫困人口 脱贫户
脱贫人口 农户 防返贫 易返贫 易致贫 边缘 信息 导出 数据 截至 截止 填报 填表 单位 日期 时间 项目 购买 服务 合同 资金 社会工作
专业 人才 计划 机构 民政局 乡村振兴局 扶贫办 全县 全市 全省 全国 村委会 街道办 中心 已 未 全部 部分 以上 以下 不足 超过
左右 约 大约 近 至少 最多 至 到 人均 年均 每年 每月 纯收入 收入 元整 交通 外出 务工 打工 在家 上班 学生 老人 儿童 死亡 外迁
case missing unknown other total household village county note none yes no true false
"""
_RUNS = re.compile(rf"[{HAN}·•‧・]+|[A-Za-z\u00c0-\u024f]+|[0-9][0-9.,]*")


@cache
def _vocabulary(size):
    """Words that are known, in any case; and what a run of Chinese signs of them looks like."""
    known = {one.lower() for one in words()} | {one.lower() for one in _MARKS}
    known |= {one.split("(")[0] for one in UNITS} | set(_WORDS.split())
    known |= {one.lower() for one in _spellings() if isinstance(one, str)}
    for lists in (CAUSES, MEASURES, STATUSES, MONITOR_TYPES):
        known |= {one for all_ in lists.values() for one in all_}
    han = sorted(
        (one for one in known if re.fullmatch(f"[{HAN}]{{2,}}", one)), key=len, reverse=True
    )
    place = rf"(?:[{HAN}]{{1,6}}?(?:[省市县区旗州盟乡镇村组]|街道|社区))"
    return known, re.compile(rf"{place}{{0,3}}(?:{'|'.join(han)}|[{SIGNS}])*")


def _known(text, hidden="***"):
    """The text with its numbers, places and known words; ``hidden`` for each other run of signs."""
    known, listed = _vocabulary(len(WORDS))

    def one(match):
        run = match[0]
        if run[0].isdigit():
            return run if sum(map(str.isdigit, run)) < 15 else hidden
        if run.lower() in known or (run.isascii() and len(run) < 3):
            return run
        if "\u3400" <= run[0] <= "\u9fff" and (PLACE_SHAPE.fullmatch(run) or listed.fullmatch(run)):
            return run
        return hidden

    # signs one for one: what is full-width is looked at as plain, and shown as it stood
    flat = plain_signs(text)
    parts, last = [], 0
    for match in _RUNS.finditer(flat):
        shown = one(match)
        parts += [
            text[last : match.start()],
            text[slice(*match.span())] if shown == match[0] else shown,
        ]
        last = match.end()
    return "".join([*parts, text[last:]])


_PERSON_NAME = re.compile(
    rf"((?:欧阳|司马|上官|诸葛|皇甫|尉迟|慕容|令狐|夏侯|东方|[{SURNAMES}][一-鿿])[一-鿿]|(?:欧阳|司马|上官|诸葛|皇甫)[一-鿿]{{2}}"
    rf"|[一-鿿]{{2,6}}(?:[·•‧・][一-鿿]{{2,6}})+)(?=$|[^一-鿿]|家|户|的|信息|档案|资料|台账|登记)"
)
_MEASURED = "率数额费量户人员年月日地房水电病款比值表类型级等号码名物入出金贴贷险助业学育疗校况因别种质产销价度次时间力期"


def without_name(text):
    """A head or a file's name without the person's name that it is, or begins with.

    Examples
    --------
    >>> from povstudy.clean.person.personal import without_name
    >>> without_name("王建国（户主）"), without_name("张三三.csv"), without_name("王家庄.csv"), without_name("高中生人数")
    ('王***（户主）', '张***.csv', '王家庄.csv', '高中生人数')
    """
    found = _PERSON_NAME.match(text)
    name = found[1] if found else ""
    if not name or name[-1] in _MEASURED or re.search(PLACE, name) or _known(name) == name:
        return text
    return masked(name) + text[len(name) :]


def known_only(text):
    """A cell as a report shows it: what was recognised, and ``***`` for everything else.

    Parameters
    ----------
    text : str
        A cell of a table of persons or households.

    Returns
    -------
    str
        ``[removed]`` where it holds an identifier: the rest of such a cell is not known to be
        harmless either.

    Examples
    --------
    >>> from povstudy.clean.person.personal import known_only
    >>> known_only("三千二百元"), known_only("因病、张三三"), known_only("盐池县"), known_only("张三 13800000000")
    ('三千二百元', '因病、***', '盐池县', '[removed]')
    """
    if look(text)[0]:
        return REMOVED
    if re.fullmatch(r"#[A-Z0-9/]*[!?#A]", text.strip()):  # an error of a spreadsheet
        return text
    shown = _known(text)
    if "***" in shown and not text.isascii():
        try:  # a place in the wrong encoding is one all the same
            mended = repair(text)
        except ValueError:
            return shown
        if mended != text and _known(mended) == mended:
            return text
    return shown
